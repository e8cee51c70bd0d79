package skills

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed labels.tsv
var labelsFile string

//go:embed occupations.tsv
var occupationsFile string

// languages says how many columns of other languages the tables of labels and
// of occupations have: de fr es it nl pl pt.
const languages = 7

// tongues are the names in other languages and the occupations that assay
// carries. They do not depend on the frameworks that are loaded.
type tongues struct {
	english     map[string]string    // folded name in another language → the English name that means the same
	full        map[string]string    // folded name without its small words → with them
	titles      map[string]*vocation // folded title in any language
	initials    map[string][]string  // the titles by their first letter, sorted
	spoken      map[string]uint16    // the languages of a folded title, as bits: English, then the columns
	vocabulary  map[string]int32     // folded words of the names in other languages, for typing errors
	occupations []*vocation          // in the order of the table
	suggested   []struct{ name, english string }
}

// vocation is an occupation of the carried table.
type vocation struct {
	title            string
	required, wished string // names of skills of the core, |
}

// carried reads the two tables at their first use.
var carried = sync.OnceValue(func() *tongues {
	v, err := readTongues(labelsFile, occupationsFile)
	if err != nil {
		panic(err) // the embedded files are tested
	}
	return v
})

// readTongues reads the tables of labels and of occupations. That a name leads
// to one English name, whichever table says so, is checked.
func readTongues(labels, occupations string) (*tongues, error) {
	v := &tongues{english: make(map[string]string, 8192), full: make(map[string]string, 4096), titles: make(map[string]*vocation, 16384), spoken: make(map[string]uint16, 16384), vocabulary: map[string]int32{}}
	elided := map[string]string{}
	n := 0
	for line := range strings.Lines(labels) {
		n++
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 1+languages || f[0] == "" {
			return nil, &FileError{"labels.tsv", n, fmt.Sprintf("%d fields, want %d", len(f), 1+languages)}
		}
		for _, column := range f[1:] {
			for _, name := range splitNames(column) {
				key := Folded(name)
				if was, ok := v.english[key]; key == "" || ok && was != f[0] {
					return nil, &FileError{"labels.tsv", n, fmt.Sprintf("%q means %q, and %q too", name, f[0], was)}
				}
				if _, known := v.english[key]; !known {
					v.suggested = append(v.suggested, struct{ name, english string }{name, f[0]})
				}
				v.english[key] = f[0]
				if spelt := Folded(elisions.Replace(name)); spelt != key {
					elided[key] = spelt
				}
				for w := range strings.SplitSeq(key, " ") {
					v.vocabulary[w]++
				}
			}
		}
	}
	n = 0
	for line := range strings.Lines(occupations) {
		n++
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 4+languages || f[0] == "" || f[2+languages] == "" {
			return nil, &FileError{"occupations.tsv", n, fmt.Sprintf("%d fields, want %d, with a title and a skill that is required", len(f), 4+languages)}
		}
		o := &vocation{title: f[0], required: f[2+languages], wished: f[3+languages]}
		v.occupations = append(v.occupations, o)
		for i, column := range f[:2+languages] {
			for _, name := range splitNames(column) {
				key := Folded(name)
				if was := v.titles[key]; key == "" || was != nil && was != o {
					return nil, &FileError{"occupations.tsv", n, fmt.Sprintf("%q is a title of another occupation too", name)}
				}
				v.titles[key] = o
				v.spoken[key] |= 1 << max(i-1, 0)
				if _, known := v.english[key]; i > 1 && !known {
					v.english[key] = o.title
					if spelt := Folded(elisions.Replace(name)); spelt != key {
						elided[key] = spelt
					}
					for w := range strings.SplitSeq(key, " ") {
						v.vocabulary[w]++
					}
				}
			}
		}
	}
	v.terse(elided)
	v.initials = make(map[string][]string, 64)
	for _, title := range slices.Sorted(maps.Keys(v.titles)) {
		v.initials[initial(title)] = append(v.initials[initial(title)], title)
	}
	return v, nil
}

// small are words of the names in other languages that people leave out as they type.
var small = []string{"de", "d", "du", "des", "la", "le", "l", "les", "al", "a", "au", "aux", "en", "el", "los", "las", "del", "della", "dell", "delle", "dei", "degli", "di", "do", "da", "dos", "das", "van", "het"}

// elisions are those that stand before a word as one with it.
var elisions = strings.NewReplacer(" d'", " ", " d’", " ", " l'", " ", " l’", " ")

// terse adds the names without the small words between others, or without the first of
// them: gestion projet, where that is no name of its own. elided are those with another
// form without d' and l'.
func (v *tongues) terse(elided map[string]string) {
	type meant struct {
		english string
		title   *vocation
	}
	full := map[string]string{}
	short := map[string]meant{}
	add := func(words []string, of string, m meant) {
		key := strings.Join(words, " ")
		if was := full[key]; was == "" || len(of) > len(was) || len(of) == len(was) && of < was {
			full[key] = of
		}
		if was, ok := short[key]; ok && was != m {
			m = meant{} // of two names
		}
		short[key] = m
	}
	for whole, english := range v.english {
		name := whole
		m := meant{english, v.titles[name]}
		if spelt := elided[name]; spelt != "" {
			name = spelt
			add(strings.Split(name, " "), whole, m)
		}
		words := strings.Split(name, " ")
		n := len(words) - 1
		isSmall := func(w string) bool { return slices.Contains(small, w) }
		if n < 2 || isSmall(words[0]) || isSmall(words[n]) || !slices.ContainsFunc(words, isSmall) {
			continue
		}
		add(slices.DeleteFunc(slices.Clone(words), isSmall), whole, m)
		first := slices.IndexFunc(words, isSmall)
		next := first + slices.IndexFunc(words[first:], func(w string) bool { return !isSmall(w) })
		add(slices.Delete(slices.Clone(words), first, next), whole, m)
	}
	for key, m := range short {
		if _, taken := v.english[key]; taken || m.english == "" || v.titles[key] != nil || !strings.Contains(key, " ") {
			continue
		}
		v.english[key], v.full[key] = m.english, full[key]
		if m.title != nil {
			v.titles[key] = m.title
		}
	}
}

// abroad gives what a folded name of another language means: all that the
// English name means.
func (t *Taxonomy) abroad(folded string) (Sense, bool) {
	english, ok := carried().meaning([]byte(folded))
	if !ok {
		return Sense{}, false
	}
	s, ok := t.sense(Folded(english), english)
	s.Term, s.English, s.Full = folded, english, carried().full[folded]
	return s, ok
}

// meaning gives the English name that means what a folded name of another
// language does. Who has no ä on the keyboard types ae.
func (v *tongues) meaning(folded []byte) (string, bool) {
	if english, ok := v.english[string(folded)]; ok {
		return english, true
	}
	var buf [256]byte
	plain := buf[:0]
	for i := 0; i < len(folded); i++ {
		plain = append(plain, folded[i])
		if c := folded[i]; (c == 'a' || c == 'o' || c == 'u') && i+1 < len(folded) && folded[i+1] == 'e' {
			i++
		}
	}
	if len(plain) == len(folded) {
		return "", false
	}
	english, ok := v.english[string(plain)]
	return english, ok
}

// correct sets typing errors in a name of another language right, word by word.
func (v *tongues) correct(words []string) (string, bool) {
	words = slices.Clone(words)
	changed := false
	for i, w := range words {
		if v.vocabulary[w] > 0 {
			continue
		}
		limit := EditDistance(w)
		if limit == 0 {
			return "", false
		}
		best := nearest(v.vocabulary, w, limit, func(c string) bool { return len(words) == 1 && v.english[c] != "" })
		if best == "" {
			return "", false
		}
		words[i], changed = best, true
	}
	return strings.Join(words, " "), changed
}
