package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// unseen are the characters that Unicode counts as graphic and that show as
// nothing all the same.
var unseen = []*unicode.RangeTable{
	unicode.Other_Default_Ignorable_Code_Point,
	unicode.Variation_Selector,
	{R16: []unicode.Range16{{Lo: 0x2800, Hi: 0x2800, Stride: 1}}},
}

// Shown reports whether a character of a stranger's text may be shown to a
// person. It is a copy of verify/read's, which this package may not import; a
// test of cmd/assay compares the two.
func Shown(r rune) bool {
	if ' ' <= r && r < 0x7f {
		return true
	}
	return unicode.IsGraphic(r) && r != utf8.RuneError && !unicode.IsOneOf(unseen, r)
}

// cleanStep makes a name from inside a document fit to be shown, and to be one
// step of a place: it bears no step of its own and no more than maxStep bytes.
func cleanStep(s string) string {
	plain := len(s) <= maxStep
	for i := 0; plain && i < len(s); i++ {
		plain = s[i] >= ' ' && s[i] < 0x7f && s[i] != '>'
	}
	if plain {
		return s
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '>':
			return '›'
		case Shown(r):
			return r
		}
		return -1
	}, s)
	if len(s) > maxStep {
		cut := maxStep
		for cut > maxStep-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return s
}
