package index

import (
	"context"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
)

// MaxAdvert bounds the text of an advert, in bytes.
const MaxAdvert = 32 << 10

// Bounds of what is looked for in an advert.
const (
	longestName  = 6 // words of a skill's name
	leastAlone   = 7 // letters of a word that may have a typing error,
	leastShort   = 5 // and of one that has it only where nothing else is meant (skills.Taxonomy.Misspelt)
	shortestName = 3 // letters of a name of one word; "R" and "go" are words of the language

	// maxCorrected is how many words an advert may have that are compared with all words
	// of the frameworks, each some milliseconds; typing errors behind those are not read.
	maxCorrected = 200
)

// wishedWords are wished, as folded words between spaces.
var wishedWords = sync.OnceValue(func() []string {
	out := make([]string, len(wished))
	for i, w := range wished {
		out[i] = " " + strings.Join(record.Words(w), " ") + " "
	}
	return out
})

// wished begins what an advert would like and does not demand.
var wished = []string{
	"nice to have", "a plus", "an advantage", "is welcome", "are welcome", "welcome", "ideally", "preferably", "preferred", "desirable", "bonus", "would be good", "optional",
	"von vorteil", "wunschenswert", "wünschenswert", "idealerweise", "gern", "gerne", "gern gesehen", "willkommen", "ein plus", "bonus",
	"un plus", "apprécié", "souhaité", "idéalement", "deseable", "valorable", "gradito", "preferibile",
}

// ReadAdvert reads the skills that the text of an advert names, in the order in which
// they stand there, each once: as the words that name them, with their typing errors, which
// are looked for in the first words of an advert that are no names. A sentence that says so
// wishes for them, any other requires them. LeftOut counts those beyond MaxRoleSkills. What
// it reads is a proposal: words of a language are names of skills, too. It ends with ctx.
func ReadAdvert(ctx context.Context, t *skills.Taxonomy, text string) (Role, error) {
	var r Role
	seen := map[string]bool{}
	x := advert{t: t, named: map[string]string{}, corrected: map[string]string{}}
	for _, sentence := range sentences(record.Cut(text, MaxAdvert)) {
		words := record.Words(sentence)
		wished := wishes(words)
		for i := 0; i < len(words); {
			if err := ctx.Err(); err != nil {
				return Role{}, err
			}
			name, concept, n := x.nameAt(words[i:])
			if n == 0 {
				i++
				continue
			}
			i += n
			if seen[concept] {
				continue
			}
			seen[concept] = true
			switch {
			case len(r.Required)+len(r.Wished) == MaxRoleSkills:
				r.LeftOut++
			case wished:
				r.Wished = append(r.Wished, name)
			default:
				r.Required = append(r.Required, name)
			}
		}
	}
	return r, nil
}

// sentences cuts a text where one ends, and at the points of a list.
func sentences(text string) []string {
	return strings.FieldsFunc(strings.NewReplacer(". ", "\n", ".\n", "\n", "; ", "\n", "! ", "\n", "? ", "\n").Replace(text), func(r rune) bool { return strings.ContainsRune("\n\r•·|", r) })
}

// wishes reports whether words say that what they name is not demanded.
func wishes(words []string) bool {
	said := " " + strings.Join(words, " ") + " "
	return slices.ContainsFunc(wishedWords(), func(w string) bool { return strings.Contains(said, w) })
}

// advert remembers what the words of one were looked up as: nothing is looked up twice.
type advert struct {
	t                *skills.Taxonomy
	named, corrected map[string]string // what names mean, and words with a typing error; "" = nothing
}

// nameAt gives the longest name of a skill that words begin with, what it means, and of
// how many words it is; of one word alone also with a typing error.
func (x *advert) nameAt(words []string) (name, concept string, n int) {
	for n := min(len(words), longestName); n > 0; n-- {
		if n == 1 && (utf8.RuneCountInString(words[0]) < shortestName || query.Filler(words[0])) || !x.t.IsName(words[:n]) {
			continue
		}
		name := strings.Join(words[:n], " ")
		concept, ok := x.named[name]
		if !ok {
			if s := x.t.Expand(name, false); s.Known() {
				concept = meaning(&s)
			}
			x.named[name] = concept
		}
		if concept != "" {
			return name, concept, n
		}
	}
	if w := words[0]; utf8.RuneCountInString(w) >= leastShort && !query.Filler(w) {
		if concept := x.correct(w); concept != "" {
			return w, concept, 1
		}
	}
	return "", "", 0
}

// correct gives what a word with a typing error means, "" for nothing.
func (x *advert) correct(w string) string {
	concept, ok := x.corrected[w]
	if ok || len(x.corrected) == maxCorrected {
		return concept
	}
	s := x.t.Expand(w, true)
	if utf8.RuneCountInString(w) < leastAlone {
		if name, ok := x.t.Misspelt(w); ok && s.Corrected && s.Term == name {
			concept = meaning(&s)
		}
	} else if _, near := skills.Within(w, s.Term, 1); s.Corrected && near && s.Known() {
		concept = meaning(&s)
	}
	x.corrected[w] = concept
	return concept
}

// meaning is what tells one skill from another.
func meaning(s *skills.Sense) string {
	switch {
	case len(s.Exact) > 0:
		return s.Exact[0].ID
	case len(s.Alias) > 0:
		return s.Alias[0].ID
	}
	return strings.Join(s.Soft, " ")
}
