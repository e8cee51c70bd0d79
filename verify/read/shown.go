package read

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// unseen are the characters that Unicode counts as graphic and that show as
// nothing all the same: fillers and joiners (Other_Default_Ignorable_Code_Point),
// the selectors of a letter's variant (Variation_Selector), in which text can
// be smuggled, and the braille pattern without a dot.
var unseen = []*unicode.RangeTable{
	unicode.Other_Default_Ignorable_Code_Point,
	unicode.Variation_Selector,
	{R16: []unicode.Range16{{Lo: 0x2800, Hi: 0x2800, Stride: 1}}},
}

// Shown reports whether a character of a stranger's text may be shown to a
// person: letters, marks, numbers, punctuation, symbols and spaces (UAX #44,
// categories L, M, N, P, S and Zs) that are seen. Not shown are control and
// format characters (C0, C1, zero width, soft hyphen, tags, and what turns the
// direction of writing, UTR #36 §3), line and paragraph separators, fillers and
// variation selectors, the replacement character, private use, surrogates, and
// what Unicode has not assigned.
//
// It is the one table: whatever prints, indexes or logs a stranger's text asks
// it. Package extract, which imports nothing of assay's, has a copy that a test
// compares.
func Shown(r rune) bool {
	if ' ' <= r && r < 0x7f {
		return true
	}
	return unicode.IsGraphic(r) && r != utf8.RuneError && !unicode.IsOneOf(unseen, r)
}

// Printable is s without what may not be shown ([Shown]). A tab, a
// character that breaks a line and a separator of lines or paragraphs become a
// space each, so that words stay apart; what is not UTF-8 is left out.
func Printable(s string) string {
	plain := true
	for i := 0; plain && i < len(s); i++ {
		plain = ' ' <= s[i] && s[i] < 0x7f
	}
	if plain {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case Shown(r):
			return r
		case breaks(r):
			return ' '
		}
		return -1
	}, s)
}

// Control reports whether a character steers whatever reads it, a terminal, a
// log, a reader of lines: C0, C1, DEL and the separators of lines and
// paragraphs. Text with one is not what somebody's name or a file's is; other
// characters that are not [Shown] may well be (a joiner in a Persian name), and
// are left out where it is shown.
func Control(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp)
}

// breaks reports whether r stands between words: a tab or the end of a line
// (UAX #14, class BK, CR, LF, NL).
func breaks(r rune) bool {
	return '\t' <= r && r <= '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029'
}

// Cut shortens s to n bytes at most, at a character's edge where it has one: no
// more than the rest of one character is given up, so a text that is no UTF-8
// keeps its beginning.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for back := range min(utf8.UTFMax, n+1) {
		if utf8.RuneStart(s[n-back]) {
			return s[:n-back]
		}
	}
	return s[:n]
}

// maxQuoted bounds what Quoted shows of a value, in bytes.
const maxQuoted = 60

// Quoted names a member and the value that it has, for words about one that
// cannot be read.
func Quoted(name string, v any) string {
	switch v.(type) {
	case map[string]any, Object:
		return name + " (an object)"
	case []any:
		return name + " (a list)"
	}
	return name + " " + strconv.Quote(Cut(Printable(Text(v)), maxQuoted))
}
