package skills

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed words.tsv
var wordsFile string

// words are the lists of words.tsv.
var words = readWords(wordsFile)

// wordLists are words that say what a text of a badge is about.
type wordLists struct {
	levels      map[string]step
	targets     map[string]targetKind
	begins      map[string]bool
	unattained  map[string]bool
	attained    map[string]bool
	letters     map[string]bool
	measure     map[string]bool
	whole       map[string]bool
	alone       map[string]bool
	beside      map[string]bool
	done        []string
	targetParts []string
	ends, opens []string // with the space that parts them from the name
}

// step is a place on a scale of levels.
type step struct {
	scale string
	rank  int
}

// readWords reads the embedded table; that it can be read is tested.
func readWords(file string) wordLists {
	l := wordLists{
		levels: map[string]step{}, targets: map[string]targetKind{}, begins: map[string]bool{}, unattained: map[string]bool{}, attained: map[string]bool{}, letters: map[string]bool{},
		measure: map[string]bool{}, whole: map[string]bool{}, alone: map[string]bool{}, beside: map[string]bool{},
	}
	sets := map[string]map[string]bool{"begins": l.begins, "unattained": l.unattained, "attained": l.attained, "letter": l.letters, "measure": l.measure, "whole": l.whole, "alone": l.alone, "beside": l.beside}
	kinds := map[string]targetKind{"competency": targetCompetency, "other": targetOther}
	n := 0
	for line := range strings.Lines(file) {
		n++
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		list, rest, _ := strings.Cut(line, "\t")
		word, value, _ := strings.Cut(rest, "\t")
		kind, isKind := kinds[value]
		switch set := sets[list]; {
		case word == "":
			panic(fmt.Sprintf("words.tsv:%d: no word", n))
		case set != nil && value == "":
			set[word] = true
		case list == "level":
			var s step
			if _, err := fmt.Sscanf(value, "%s %d", &s.scale, &s.rank); err != nil {
				panic(fmt.Sprintf("words.tsv:%d: %v", n, err))
			}
			l.levels[word] = s
		case list == "target" && isKind:
			l.targets[word] = kind
		case list == "target-part":
			l.targetParts = append(l.targetParts, word)
		case list == "done":
			l.done = append(l.done, word)
		case list == "ends":
			l.ends = append(l.ends, " "+word)
		case list == "opens":
			l.opens = append(l.opens, word+" ")
		default:
			panic(fmt.Sprintf("words.tsv:%d: list %q, value %q", n, list, value))
		}
	}
	return l
}

// lowered looks a word up in small letters, without a copy of it.
func lowered[T any](list map[string]T, word string) T {
	var buf [64]byte
	if len(word) > len(buf) {
		word = ""
	}
	return list[string(appendLower(buf[:0], word))]
}
