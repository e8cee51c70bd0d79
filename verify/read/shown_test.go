package read

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestShown(t *testing.T) {
	type span struct {
		desc   string
		lo, hi rune
	}
	for _, s := range []span{
		{"C0", 0, 0x1f}, {"DEL and C1", 0x7f, 0x9f}, {"soft hyphen", 0xad, 0xad}, {"grapheme joiner", 0x34f, 0x34f},
		{"Arabic letter mark", 0x61c, 0x61c}, {"Hangul fillers", 0x115f, 0x1160}, {"Khmer inherent vowels", 0x17b4, 0x17b5},
		{"Mongolian selectors and vowel separator", 0x180b, 0x180f}, {"zero width, direction", 0x200b, 0x200f},
		{"line and paragraph separator, embeddings, overrides", 0x2028, 0x202e}, {"word joiner, invisible operators, isolates, deprecated", 0x2060, 0x206f},
		{"blank braille", 0x2800, 0x2800}, {"Hangul filler", 0x3164, 0x3164}, {"surrogates", 0xd800, 0xdfff}, {"private use", 0xe000, 0xf8ff},
		{"variation selectors", 0xfe00, 0xfe0f}, {"byte order mark", 0xfeff, 0xfeff}, {"halfwidth filler", 0xffa0, 0xffa0},
		{"unassigned and interlinear", 0xfff0, 0xfffb}, {"replacement", 0xfffd, 0xfffd}, {"noncharacters", 0xfdd0, 0xfdef}, {"end of plane 0", 0xfffe, 0xffff},
		{"musical beams", 0x1d173, 0x1d17a}, {"tags", 0xe0000, 0xe007f}, {"more selectors", 0xe0100, 0xe01ef}, {"unassigned planes", 0x40000, 0xdffff},
		{"private planes", 0xf0000, unicode.MaxRune}, {"beyond", unicode.MaxRune + 1, unicode.MaxRune + 100}, {"negative", -10, -1},
		{"unassigned letter", 0x0378, 0x0379},
	} {
		for r := s.lo; r <= s.hi; r++ {
			if Shown(r) {
				t.Errorf("%s: %U is shown", s.desc, r)
			}
		}
	}
	for _, s := range []span{
		{"ASCII", ' ', '~'}, {"Latin 1 before the soft hyphen", 0xa0, 0xac}, {"Latin 1 and Latin Extended", 0xae, 0x24f}, {"combining accents", 0x300, 0x34e},
		{"Greek", 0x3a3, 0x3ff}, {"Cyrillic", 0x400, 0x52f}, {"Hebrew", 0x5d0, 0x5ea}, {"Arabic", 0x620, 0x64a}, {"Devanagari", 0x900, 0x97f}, {"Thai", 0xe01, 0xe3a},
		{"spaces", 0x2000, 0x200a}, {"dashes and quotes", 0x2010, 0x2027}, {"braille with dots", 0x2801, 0x28ff}, {"Kana", 0x30a1, 0x30fa},
		{"Han", 0x4e00, 0x9fff}, {"Hangul", 0xac00, 0xd7a3}, {"emoji", 0x1f600, 0x1f64f},
	} {
		for r := s.lo; r <= s.hi; r++ {
			if !Shown(r) {
				t.Errorf("%s: %U is not shown", s.desc, r)
			}
		}
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if Control(r) && Shown(r) {
			t.Errorf("%U steers and is shown", r)
		}
		if Shown(r) && unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) {
			t.Errorf("%U is of a category that is never shown", r)
		}
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"Müller, Zoë":                "Müller, Zoë",
		"a\tb\nc\r\nd\re":            "a b c  d e",
		"a\u2028b\u2029c\u0085d\ve":  "a b c d e",
		"\x1b[31mred\x1b[0m":         "[31mred[0m",
		"\u202egnp.exe":              "gnp.exe",
		"Ada\u200b Love\u00adlace":   "Ada Lovelace",
		"a\xffb\ufffdc":              "abc",
		"x\U000e0041\U000e0042y":     "xy",
		"\u3164\u2800\uffa0\u115f\n": " ",
		"e\u0301":                    "e\u0301",
	} {
		if got := Printable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("a\u202eb\x00\xff\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		got := Printable(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !Shown(r) }) || Printable(got) != got {
			t.Errorf("%q: %q", s, got)
		}
	})
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		desc, s string
		n       int
		want    string
	}{
		{"short", "abc", 3, "abc"},
		{"between characters", "abc", 2, "ab"},
		{"nothing", "abc", 0, ""},
		{"within a character", "añb", 2, "a"},
		{"within a long one", "a😀b", 4, "a"},
		{"after it", "a😀b", 5, "a😀"},
		{"no place for the first", "日本", 2, ""},
		{"no UTF-8 after a beginning", "0" + strings.Repeat("\xa3", 600), 512, "0" + strings.Repeat("\xa3", 511)},
		{"nothing but the rest of a character", strings.Repeat("\x80", 9), 3, "\x80\x80\x80"},
	} {
		if got := Cut(c.s, c.n); got != c.want {
			t.Errorf("%s: %q, want %q", c.desc, got, c.want)
		}
	}
}
