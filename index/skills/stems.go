package skills

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/spanish"
)

// stemmers are Snowball's, of the languages of the tables in the order of their
// columns; of Polish there is none.
var stemmers = []struct {
	language string
	stem     func(*snowballstem.Env) bool
}{
	{"en", english.Stem}, {"de", german.Stem}, {"fr", french.Stem}, {"es", spanish.Stem}, {"it", italian.Stem}, {"nl", dutch.Stem}, {"pt", portuguese.Stem},
}

// Stem gives the stem of a folded word in a language ("en", "de", "fr", "es",
// "it", "nl" or "pt"); in any other the word itself.
func Stem(word, language string) string {
	for _, s := range stemmers {
		if s.language == language {
			env := snowballstem.NewEnv(word)
			s.stem(env)
			return env.Current()
		}
	}
	return word
}

// shortestStem bounds the words whose other forms are looked for, in letters:
// of shorter ones too many words begin alike.
const shortestStem = 4

// endings are what may differ between two forms of one English word: bookkeep-er,
// bookkeep-ing. Snowball takes off more than that, and makes one of animal and
// animation.
var endings = []string{"", "e", "ed", "er", "ing", "or", "y"}

// things are names of things that only look as who does what the verb says.
var things = []string{"server", "docker", "container", "router", "computer", "order", "tender", "letter", "number", "paper", "power", "weather", "counter", "river", "meter", "filter"}

// forms are the words that names hold, by their stems, for each stemmer.
var forms = sync.OnceValue(func() []map[string][]string {
	out := make([]map[string][]string, len(stemmers))
	for i := range out {
		out[i] = map[string][]string{}
	}
	add := func(i int, w string) {
		if utf8.RuneCountInString(w) < shortestStem {
			return
		}
		k := Stem(w, stemmers[i].language)
		if !slices.Contains(out[i][k], w) {
			out[i][k] = append(out[i][k], w)
		}
	}
	for w := range Builtin().vocabulary() {
		add(0, w)
	}
	for line := range strings.Lines(labelsFile) {
		if line[0] == '#' {
			continue
		}
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		for i, s := range []int{1, 2, 3, 4, 5, 0, 6} { // the stemmer of each column
			for _, name := range splitNames(f[1+i]) {
				for w := range strings.SplitSeq(Folded(name), " ") {
					if s > 0 {
						add(s, w)
					}
				}
			}
		}
	}
	for _, m := range out {
		for _, list := range m {
			slices.Sort(list)
		}
	}
	return out
})

// maxForms bounds what Inflected gives for one term.
const maxForms = 12

// Inflected gives the other forms of a folded word that may stand in a badge for
// it, sorted: English ones made by rule (lifeguarding for lifeguard, bookkeeper
// for bookkeeping), and of the words that names hold in any of the languages those
// of the same stem. What it gives is likely, not certain.
func Inflected(word string) []string {
	if utf8.RuneCountInString(word) < shortestStem {
		return nil
	}
	var out []string
	add := func(w string) {
		if w != word && w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	for _, w := range inflections(word) {
		add(w)
	}
	for i, s := range stemmers {
		for _, w := range forms()[i][Stem(word, s.language)] {
			if alike(word, w, s.language) {
				add(w)
			}
		}
	}
	slices.Sort(out)
	return out[:min(len(out), maxForms)]
}

// alike reports whether two words of one stem differ by endings that are forms
// of one word.
func alike(a, b, language string) bool {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	x, y := a[n:], b[n:]
	if language == "en" {
		return slices.Contains(endings, x) && slices.Contains(endings, y)
	}
	return n >= shortestStem && len(x) <= 3 && len(y) <= 3
}

// inflections makes the forms of an English word: who does it, doing it, and the
// verb, whatever of them the word is.
func inflections(word string) []string {
	for i := 0; i < len(word); i++ {
		if word[i] < 'a' || word[i] > 'z' {
			return nil
		}
	}
	var verb string
	switch {
	case strings.HasSuffix(word, "ing"):
		verb = strings.TrimSuffix(word, "ing")
	case slices.Contains(things, word):
		return nil
	case strings.HasSuffix(word, "er"):
		verb = strings.TrimSuffix(word, "er")
	default:
		// A noun or a verb: only what adds to it.
		return []string{word + "er", word + "ing"}
	}
	if len(verb) < shortestStem || !strings.ContainsAny(verb, "aeiouy") {
		return nil
	}
	out := []string{verb, verb + "er", verb + "ing"}
	if n := len(verb); verb[n-1] == verb[n-2] && strings.IndexByte("bdgmnprt", verb[n-1]) >= 0 { // swimming
		out[0] = verb[:n-1]
	} else if Stem(verb+"ing", "en") != verb { // driving
		out = append(out, verb+"e")
	}
	return out
}
