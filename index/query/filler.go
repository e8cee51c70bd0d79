package query

import (
	_ "embed"
	"strings"
	"sync"

	"assay/index/record"
)

//go:embed filler.tsv
var fillerFile string

// roleWords is the first cell of words that name work only beside another.
const roleWords = "role"

// fillers are the folded words of filler.tsv, true for role words.
var fillers = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(fillerFile) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		kind, words, _ := strings.Cut(line, "\t")
		for w := range strings.FieldsSeq(words) {
			out[strings.Join(record.Words(w), " ")] = kind == roleWords
		}
	}
	return out
})

// isFiller reports whether a thing that is asked for is a filler word alone.
func (i *item) isFiller() bool {
	role, ok := i.fillerWord()
	return ok && !role
}

// leans reports whether a thing says something beside another only: a role word, or
// a number that is read as a date or a level.
func (i *item) leans() bool {
	role, _ := i.fillerWord()
	return role || i.number
}

func (i *item) fillerWord() (role, ok bool) {
	role, ok = fillers()[strings.Join(wordsOf(i.words), " ")]
	return role, ok
}

// Filler reports whether a folded word names no skill by itself: how a skill is had or
// asked for, or a role.
func Filler(word string) bool {
	_, ok := fillers()[word]
	return ok
}
