package skills

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of what is looked up as the plural of a title.
const (
	shortestPlural = 5 // letters of a word
	mostInflected  = 4 // words of a title
)

// plurals are endings of more than one, folded, and what one has instead, of English and
// of the languages of the tables in the order of their columns. The English s is off
// already, and with it that of French, Spanish, Dutch and Portuguese.
var plurals = [1 + languages][]struct{ many, one string }{
	{{"men", "man"}, {"wive", "wife"}},
	{{"innen", "in"}, {"leute", "mann"}, {"maenner", "mann"}, {"manner", "mann"}, {"frauen", "frau"}, {"krafte", "kraft"}, {"en", ""}, {"n", ""}, {"e", ""}, {"ern", "er"}, {"ten", "t"}},
	{{"aux", "al"}, {"eaux", "eau"}},
	{{"ore", "or"}, {"ale", "al"}, {"ione", "ion"}, {"ane", "an"}, {"ene", "en"}, {"ine", "in"}, {"one", "on"}, {"are", "ar"}, {"ere", "er"}, {"ce", "z"}},
	{{"rici", "rice"}, {"chi", "co"}, {"ci", "co"}, {"che", "ca"}, {"i", "o"}, {"i", "e"}, {"i", "a"}, {"i", "io"}, {"e", "a"}},
	{{"en", ""}, {"n", ""}, {"ren", "r"}, {"zen", "s"}},
	{{"rzy", "rz"}, {"rze", "rz"}, {"cze", "cz"}, {"cy", "k"}, {"cy", "ca"}, {"ki", "ka"}, {"dzy", "g"}, {"owie", ""}, {"ci", "t"}, {"i", ""}, {"y", "a"}, {"y", ""}, {"e", ""}, {"e", "a"}},
	{{"ore", "or"}, {"oe", "ao"}, {"ais", "al"}, {"eis", "el"}, {"ale", "al"}, {"one", "on"}, {"n", "m"}},
}

// singulars gives what one folded word of a language may be of which it is more than one.
func singulars(word string, language int) []string {
	if utf8.RuneCountInString(word) < shortestPlural {
		return nil
	}
	var out []string
	for _, p := range plurals[language] {
		stem, ok := strings.CutSuffix(word, p.many)
		if one := stem + p.one; ok && utf8.RuneCountInString(one) >= shortestPlural-1 && !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

// oneOf gives the folded title of which a folded name is the plural: soldadores,
// verpleegkundigen, addetti alle pulizie. False where it is a name itself, or the plural of
// no title of the language that its ending is of: cookies are no cooks, and a repository is
// no repositora.
func (t *Taxonomy) oneOf(folded string) (string, bool) {
	words := strings.Fields(folded)
	if len(words) == 0 || len(words) > mostInflected || len(folded) > maxNearTitle || t.isNamed(folded) || carried().titles[folded] != nil || IsRight(folded) {
		return "", false
	}
	// The head of a title comes first or last, and an adjective of it is in the plural with it.
	head, tail := words[0], words[len(words)-1]
	for language := range plurals {
		is := func(first, last string) (string, bool) {
			w := slices.Clone(words)
			w[len(w)-1] = last
			w[0] = first
			one := strings.Join(w, " ")
			return one, carried().spoken[one]&(1<<language) != 0
		}
		heads := singulars(head, language)
		for _, first := range heads {
			if one, ok := is(first, tail); ok {
				return one, true
			}
		}
		if len(words) == 1 {
			continue
		}
		for _, last := range singulars(tail, language) {
			for _, first := range append([]string{head}, heads...) {
				if one, ok := is(first, last); ok {
					return one, true
				}
			}
		}
	}
	return "", false
}
