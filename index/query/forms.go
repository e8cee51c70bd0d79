package query

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed forms.tsv
var formsFile string

// minStem is how many letters of a word must be left without its ending.
const minStem = 4

// endings are the lines of forms.tsv.
var endings = sync.OnceValue(func() [][]string {
	var out [][]string
	for line := range strings.Lines(formsFile) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		_, list, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		group := strings.Fields(list)
		for i := range group {
			if group[i] == "-" {
				group[i] = ""
			}
		}
		out = append(out, group)
	}
	return out
})

// formsOf gives the other forms of a folded word.
func formsOf(word string) []string {
	var out []string
	add := func(w string) {
		if w != word && utf8.RuneCountInString(w) >= minStem && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	for _, r := range word {
		if r < 'a' || r > 'z' {
			return nil
		}
	}
	for _, group := range endings() {
		for _, e := range group {
			stem, ok := strings.CutSuffix(word, e)
			// "Engineer" has the engine no nearer than "engineering".
			if !ok || len(stem) < minStem || e == "er" && strings.HasSuffix(stem, "e") {
				continue
			}
			stems := []string{stem}
			if n := len(stem); e != "" && stem[n-1] == stem[n-2] && n > minStem {
				stems = append(stems, stem[:n-1]) // programmer, program
			}
			for _, s := range stems {
				for _, other := range group {
					add(s + other)
				}
			}
		}
	}
	return out
}

// apart gives the ways of writing a word as two: frontend, front end.
func apart(word string) [][]string {
	var out [][]string
	for i := range word {
		if i >= 3 && len(word)-i >= 3 {
			out = append(out, []string{word[:i], word[i:]})
		}
	}
	return out
}
