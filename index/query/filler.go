package query

import (
	_ "embed"
	"strings"
	"sync"

	"assay/index/record"
)

//go:embed filler.tsv
var fillerFile string

// fillers are the folded words of filler.tsv.
var fillers = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(fillerFile) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		_, words, _ := strings.Cut(line, "\t")
		for w := range strings.FieldsSeq(words) {
			out[strings.Join(record.Words(w), " ")] = true
		}
	}
	return out
})

// isFiller reports whether a thing that is asked for is a filler word alone.
func (i *item) isFiller() bool {
	return len(i.words) == 1 && fillers()[strings.Join(record.Words(i.words[0].Value), " ")]
}
