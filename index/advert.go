package index

import (
	"slices"
	"strings"
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
	leastAlone   = 7 // letters of a word that may have a typing error
	shortestName = 3 // letters of a name of one word; "R" and "go" are words of the language
)

// wishedWords begin what an advert would like and does not demand; folded, by spaces.
var wishedWords = []string{
	"nice to have", "a plus", "an advantage", "is welcome", "are welcome", "welcome", "ideally", "preferably", "preferred", "desirable", "bonus", "would be good", "optional",
	"von vorteil", "wunschenswert", "wünschenswert", "idealerweise", "gern", "gerne", "gern gesehen", "willkommen", "ein plus", "bonus",
	"un plus", "apprécié", "souhaité", "idéalement", "deseable", "valorable", "gradito", "preferibile",
}

// ReadAdvert reads the skills that the text of an advert names, in the order in which
// they stand there, each once: as the words that name them, with their typing errors. A
// sentence that says so wishes for them, any other requires them. LeftOut counts those
// beyond MaxRoleSkills. What it reads is a proposal: words of a language are names of
// skills, too.
func ReadAdvert(t *skills.Taxonomy, text string) Role {
	var r Role
	seen := map[string]bool{}
	for _, sentence := range sentences(record.Cut(text, MaxAdvert)) {
		words := record.Words(sentence)
		wished := wishes(words)
		for i := 0; i < len(words); {
			name, concept, n := nameAt(t, words[i:])
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
	return r
}

// sentences cuts a text where one ends, and at the points of a list.
func sentences(text string) []string {
	return strings.FieldsFunc(strings.NewReplacer(". ", "\n", ".\n", "\n", "; ", "\n", "! ", "\n", "? ", "\n").Replace(text), func(r rune) bool { return strings.ContainsRune("\n\r•·|", r) })
}

// wishes reports whether words say that what they name is not demanded.
func wishes(words []string) bool {
	said := " " + strings.Join(words, " ") + " "
	return slices.ContainsFunc(wishedWords, func(w string) bool { return strings.Contains(said, " "+strings.Join(record.Words(w), " ")+" ") })
}

// nameAt gives the longest name of a skill that words begin with, what it means, and of
// how many words it is; of one word alone also with a typing error.
func nameAt(t *skills.Taxonomy, words []string) (name, concept string, n int) {
	for n := min(len(words), longestName); n > 0; n-- {
		if n == 1 && (utf8.RuneCountInString(words[0]) < shortestName || query.Filler(words[0])) || !t.IsName(words[:n]) {
			continue
		}
		name := strings.Join(words[:n], " ")
		if s := t.Expand(name, false); s.Known() {
			return name, meaning(&s), n
		}
	}
	if w := words[0]; utf8.RuneCountInString(w) >= leastAlone && !query.Filler(w) {
		s := t.Expand(w, true)
		if _, near := skills.Within(w, s.Term, 1); s.Corrected && near && s.Known() {
			return w, meaning(&s), 1
		}
	}
	return "", "", 0
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
