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

// wordLists are words that say what a text of a badge is about, folded where
// nothing else is said.
type wordLists struct {
	kinds       wordTable[wordKind]
	levels      wordTable[step]
	targets     wordTable[targetKind] // in small letters
	done        []string
	targetParts []string
	ends, opens []string // with the space that parts them from the name

	vendors, products []string // in small letters, with the space that parts them from the rest of a technology's name

	homonyms   wordTable[homonym]
	fields     wordTable[said]
	fieldNames map[string]fields
}

// field gives a field by its name, a new one where it is not known yet.
func (l *wordLists) field(name string) fields {
	f, ok := l.fieldNames[name]
	if !ok {
		f = 1 << len(l.fieldNames)
		l.fieldNames[name] = f
	}
	return f
}

// wordKind is what a word can be: several at once.
type wordKind uint16

const (
	wordBegins      wordKind = 1 << iota // in small letters: a level that a badge's name begins with
	wordUnattained                       // a status or value of what was not attained
	wordAttained                         // a status of what was
	wordLetter                           // a letter grade of what was not attained
	wordMeasure                          // it counts attendance, progress or time
	wordWhole                            // it speaks of the achievement as a whole
	wordAlone                            // it says nothing of a skill where it stands alone
	wordBeside                           // it may stand beside a framework's name
	wordNeutral                          // beside a homonym it says nothing of its own
	wordNot                              // what follows is not meant
	wordCertificate                      // it says of a certificate's name no more than that it is one
	wordRight                            // it is right as it stands, whatever it is spelt nearly like
	wordOrdinary                         // of the language, and one letter from a skill's name
	wordPresent                          // the badge is for having been there, or for belonging
	wordPrepares                         // the badge is for getting ready for the certificate beside it
	wordRung                             // a level's number stands behind it
)

var wordKinds = map[string]wordKind{"begins": wordBegins, "unattained": wordUnattained, "attained": wordAttained, "letter": wordLetter,
	"measure": wordMeasure, "whole": wordWhole, "alone": wordAlone, "beside": wordBeside, "neutral": wordNeutral, "not": wordNot, "present": wordPresent, "prepares": wordPrepares, "rung": wordRung, "certificate": wordCertificate, "right": wordRight, "ordinary": wordOrdinary}

// wordTable says what is known of words. Of most that it is asked for that is
// nothing, which their first byte and their length tell without a look-up.
type wordTable[T any] struct {
	known map[string]T
	sizes [256]uint64 // by first byte, a bit for each length of a word in bytes
}

// put makes something known of a word of 1 to 63 bytes.
func (t *wordTable[T]) put(word string, v T) {
	if t.known == nil {
		t.known = map[string]T{}
	}
	t.known[word] = v
	t.sizes[word[0]] |= 1 << len(word)
}

// of gives what is known of a word, the zero value where nothing is.
func (t *wordTable[T]) of(word []byte) (v T) {
	if len(word) == 0 || t.sizes[word[0]]>>len(word)&1 == 0 {
		return v
	}
	return t.known[string(word)]
}

// step is a place on a scale of levels.
type step struct {
	scale string
	rank  int
}

// readWords reads the embedded table; that it can be read is tested.
func readWords(file string) wordLists {
	l := wordLists{fieldNames: map[string]fields{}}
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
		switch is := wordKinds[list]; {
		case word == "" || len(word) > 63:
			panic(fmt.Sprintf("words.tsv:%d: no word", n))
		case is != 0 && value == "":
			l.kinds.put(word, l.kinds.known[word]|is)
		case list == "level":
			var s step
			if _, err := fmt.Sscanf(value, "%s %d", &s.scale, &s.rank); err != nil {
				panic(fmt.Sprintf("words.tsv:%d: %v", n, err))
			}
			l.levels.put(word, s)
		case list == "target" && isKind:
			l.targets.put(word, kind)
		case list == "homonym" && value != "":
			of := strings.TrimRight(value, "!?")
			l.homonyms.put(word, homonym{l.field(of), value[len(of):] == "!", value[len(of):] == "?"})
		case list == "speaks" && value != "":
			f := l.fields.of([]byte(word))
			f.of |= l.field(value)
			l.fields.put(word, f)
		case list == "against" && value != "":
			f := l.fields.of([]byte(word))
			f.against |= l.field(value)
			l.fields.put(word, f)
		case list == "target-part":
			l.targetParts = append(l.targetParts, word)
		case list == "done":
			l.done = append(l.done, word)
		case list == "ends":
			l.ends = append(l.ends, " "+word)
		case list == "opens":
			l.opens = append(l.opens, word+" ")
		case list == "vendor":
			l.vendors = append(l.vendors, word+" ")
		case list == "product":
			l.products = append(l.products, " "+word)
		default:
			panic(fmt.Sprintf("words.tsv:%d: list %q, value %q", n, list, value))
		}
	}
	return l
}

// lowered looks a word up in small letters, without a copy of it.
func lowered[T any](t *wordTable[T], word string) T {
	var buf [64]byte
	if len(word) > len(buf) {
		word = ""
	}
	return t.of(appendLower(buf[:0], word))
}
