package skills

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Words splits a text into the words that labels, queries and documents are
// compared by: case and accents folded, English plurals taken off, punctuation and
// the signs of trade marks dropped except the plus and hash signs that end a word
// (C++, C#), the ampersand read as "and", and soft hyphens and characters without
// width taken out. A character of a script without spaces (Han, kana) is a word of
// its own.
func Words(s string) []string {
	var buf [256]byte
	return strings.Fields(string(appendFolded(buf[:0], s)))
}

// Typed gives the words of s as Words does, but with their plural endings where
// a word would otherwise become too short to forgive a typing error in: "acces"
// is a slip of "access", not the plural of "acce".
func Typed(s string) []string {
	var buf [256]byte
	words := Words(s)
	whole := strings.Fields(string(fold(buf[:0], s, false)))
	for i := range words {
		if i < len(whole) && EditDistance(words[i]) == 0 {
			words[i] = whole[i]
		}
	}
	return words
}

// Folded gives the words of s joined by one space.
func Folded(s string) string {
	var buf [256]byte
	return string(appendFolded(buf[:0], s))
}

// WordSpan is one word of a text and where it stood in it, in bytes.
type WordSpan struct {
	Word       string
	Start, End int
}

// WordSpans gives the words of s, as Words does, with their places: what
// highlighting needs.
func WordSpans(s string) []WordSpan {
	var out []WordSpan
	start := -1
	flush := func(end int) {
		if start >= 0 {
			for _, w := range Words(s[start:end]) {
				out = append(out, WordSpan{w, start, end})
			}
		}
		start = -1
	}
	for i, r := range s {
		switch {
		case r == '&', lone(r):
			flush(i)
			start = i
			flush(i + utf8.RuneLen(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r):
			if start < 0 {
				start = i
			}
		case (r == '+' || r == '#' || r == '\'' || r == '’' || unicode.Is(unicode.Cf, r)) && start >= 0:
			// part of the word so far: C++, driver's, a soft hyphen
		default:
			flush(i)
		}
	}
	flush(len(s))
	return out
}

// lone reports whether r is a word of its own.
func lone(r rune) bool {
	return r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// appendFolded appends the words of s, joined by one space, to dst.
func appendFolded(dst []byte, s string) []byte { return fold(dst, s, true) }

func fold(dst []byte, s string, stems bool) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return foldSlow(dst, s, stems)
		}
	}
	begin, word := len(dst), -1
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case (c == '+' || c == '#') && word >= 0:
		case c == '\'' && word >= 0:
			continue
		case c == '&':
			if word >= 0 && stems {
				dst = stem(dst, word)
			}
			dst, word = appendAnd(dst, begin), -1
			continue
		default:
			if word >= 0 && stems {
				dst = stem(dst, word)
			}
			word = -1
			continue
		}
		if word < 0 {
			if len(dst) > begin {
				dst = append(dst, ' ')
			}
			word = len(dst)
		}
		dst = append(dst, c)
	}
	if word >= 0 && stems {
		dst = stem(dst, word)
	}
	return dst
}

// appendAnd appends the word that an ampersand stands for.
func appendAnd(dst []byte, begin int) []byte {
	if len(dst) > begin {
		dst = append(dst, ' ')
	}
	return append(dst, "and"...)
}

func foldSlow(dst []byte, s string, stems bool) []byte {
	begin, word := len(dst), -1
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r < utf8.RuneSelf:
			dst, word = foldRune(dst, begin, word, r, stems)
		case r >= latinFirst && r <= latinLast && latin[r-latinFirst] != "":
			if word < 0 {
				if len(dst) > begin {
					dst = append(dst, ' ')
				}
				word = len(dst)
			}
			dst = append(dst, latin[r-latinFirst]...)
		case r == '™', r == '℠': // whose decompositions are letters
			dst, word = foldRune(dst, begin, word, ' ', stems)
		case r >= 0xAC00 && r <= 0xD7A3: // Hangul, whose decomposition is arithmetic (Unicode 3.12)
			at := r - 0xAC00
			dst, word = foldRune(dst, begin, word, 0x1100+at/588, stems)
			dst, word = foldRune(dst, begin, word, 0x1161+at%588/28, stems)
			if at%28 > 0 {
				dst, word = foldRune(dst, begin, word, 0x11A7+at%28, stems)
			}
		default:
			// A character at a time: a whole text would be decomposed into memory.
			d := norm.NFKD.PropertiesString(s[i : i+n]).Decomposition()
			if len(d) == 0 {
				dst, word = foldRune(dst, begin, word, r, stems)
			}
			for len(d) > 0 {
				r, n := utf8.DecodeRune(d)
				d = d[n:]
				dst, word = foldRune(dst, begin, word, r, stems)
			}
		}
		i += n
	}
	if word >= 0 && stems {
		dst = stem(dst, word)
	}
	return dst
}

// The letters of Latin-1 and Latin Extended-A.
const latinFirst, latinLast = 0xC0, 0x17F

// latin holds what they fold to, "" for what is no letter: most words that are not
// of ASCII alone have no others, and to decompose each costs ten times as much.
var latin = func() (out [latinLast - latinFirst + 1]string) {
	for r := rune(latinFirst); r <= latinLast; r++ {
		if !unicode.IsLetter(r) {
			continue
		}
		var folded []byte
		word := -1
		for _, d := range norm.NFKD.String(string(r)) {
			folded, word = foldRune(folded, 0, word, d, false)
		}
		if word >= 0 { // a sign within parts the word
			out[r-latinFirst] = string(folded)
		}
	}
	return out
}()

// softHyphen is the one format character (Cf) before the combining marks.
const softHyphen = '\u00ad'

// foldRune appends one character of a text that begins at dst[begin:]; word is
// where the word at hand begins, -1 outside of words. Slices go in and out by
// value so that the caller's buffer stays on its stack.
func foldRune(dst []byte, begin, word int, r rune, stems bool) ([]byte, int) {
	whole := lone(r)
	switch {
	case r == softHyphen, r >= 0x300 && (unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r)): // the accent of the letter before it; what nobody sees
		return dst, word
	case (r == '\'' || r == '’') && word >= 0:
		return dst, word
	case (r == '+' || r == '#') && word >= 0:
		return append(dst, byte(r)), word
	case r == '&':
		if word >= 0 && stems {
			dst = stem(dst, word)
		}
		return appendAnd(dst, begin), -1
	case !whole && !unicode.IsLetter(r) && !unicode.IsDigit(r):
		if word >= 0 && stems {
			dst = stem(dst, word)
		}
		return dst, -1
	}
	if whole && word >= 0 {
		if stems {
			dst = stem(dst, word)
		}
		word = -1
	}
	if word < 0 {
		if len(dst) > begin {
			dst = append(dst, ' ')
		}
		word = len(dst)
	}
	if whole {
		return utf8.AppendRune(dst, r), -1
	}
	return appendLetter(dst, r), word
}

// appendStemmed appends a text that was folded without stemming with its words
// stemmed, so that both forms cost one reading.
func appendStemmed(dst, folded []byte) []byte {
	for len(folded) > 0 {
		n := bytes.IndexByte(folded, ' ')
		if n < 0 {
			n = len(folded)
		}
		at := len(dst)
		dst = stem(append(dst, folded[:n]...), at)
		if n == len(folded) {
			break
		}
		dst = append(dst, ' ')
		folded = folded[n+1:]
	}
	return dst
}

// appendLetter appends a letter in lower case; letters that no decomposition
// takes apart are written as their neighbours write them.
func appendLetter(dst []byte, r rune) []byte {
	r = unicode.ToLower(r)
	switch r {
	case 'ß':
		return append(dst, "ss"...)
	case 'æ':
		return append(dst, "ae"...)
	case 'œ':
		return append(dst, "oe"...)
	case 'ø':
		return append(dst, 'o')
	case 'đ', 'ð':
		return append(dst, 'd')
	case 'ł':
		return append(dst, 'l')
	case 'þ':
		return append(dst, "th"...)
	case 'ı':
		return append(dst, 'i')
	case 'ς':
		r = 'σ'
	}
	return utf8.AppendRune(dst, r)
}

// stem takes an English plural off the word at dst[at:].
func stem(dst []byte, at int) []byte {
	w := dst[at:]
	n := len(w)
	if n < 4 || w[n-1] != 's' {
		return dst
	}
	for _, c := range w {
		if c < 'a' || c > 'z' {
			return dst
		}
	}
	switch {
	case w[n-2] == 's', w[n-2] == 'u', w[n-2] == 'i': // glass, status, analysis
		return dst
	case n > 4 && w[n-2] == 'e' && w[n-3] == 'i': // batteries
		return append(dst[:len(dst)-3], 'y')
	case n > 4 && w[n-2] == 'e' && (w[n-3] == 's' && w[n-4] == 's' || w[n-3] == 'x' || w[n-3] == 'h' && (w[n-4] == 'c' || w[n-4] == 's')): // processes, boxes, coaches
		return dst[:len(dst)-2]
	}
	return dst[:len(dst)-1]
}
