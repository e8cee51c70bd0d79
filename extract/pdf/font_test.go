package pdf

import (
	"context"
	"math"
	"strings"
	"testing"

	"assay/extract/pdf/pdftest"
)

// tree opens what b builds, by both libraries.
func tree(t *testing.T, b *pdftest.Builder) map[string]Node {
	t.Helper()
	f := Open(b.Build(), func(int) bool { return true }, func(library string) { t.Errorf("%s failed", library) })
	if f == nil {
		t.Fatal("no object in it")
	}
	_, one, err := OpenLedongthuc(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	_, two, err := OpenPdfcpu(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]Node{"ledongthuc": one, "pdfcpu": two}
}

// TestFonts: what the codes of a font mean and how wide they are, by the rules
// of ISO 32000-1 §9.6 to §9.10.
func TestFonts(t *testing.T) {
	const spaces = "1 begincodespacerange <00> <ff> endcodespacerange "
	const wide = "1 begincodespacerange <0000> <ffff> endcodespacerange "
	for _, tc := range []struct {
		desc  string
		font  func(b *pdftest.Builder) string
		codes string
		text  string
		width float64 // for a size of 1000
	}{
		{"standard font, its own widths", func(*pdftest.Builder) string { return "/Subtype /Type1 /BaseFont /Helvetica" }, "Ai ", "Ai ", 667 + 222 + 278},
		{"Times", func(*pdftest.Builder) string { return "/Subtype /Type1 /BaseFont /Times-Roman" }, "A@", "A@", 722 + 921},
		{"Courier, a subset", func(*pdftest.Builder) string { return "/Subtype /Type1 /BaseFont /ABCDEF+Courier" }, "A.", "A.", 1200},
		{"widths of its own", func(*pdftest.Builder) string {
			return "/Subtype /TrueType /BaseFont /X /FirstChar 65 /Widths [500 250] /FontDescriptor <</MissingWidth 100>>"
		}, "ABC", "ABC", 850},
		{"a Type 3 font's matrix", func(*pdftest.Builder) string {
			return "/Subtype /Type3 /FontMatrix [0.01 0 0 0.01 0 0] /FirstChar 65 /Widths [50]"
		}, "A", "A", 500},
		{"WinAnsiEncoding", func(*pdftest.Builder) string {
			return "/Subtype /TrueType /BaseFont /Courier /Encoding /WinAnsiEncoding"
		}, "\x80\x96\xe4'", "€–ä'", 2400},
		{"MacRomanEncoding", func(*pdftest.Builder) string {
			return "/Subtype /TrueType /BaseFont /Courier /Encoding /MacRomanEncoding"
		}, "\x8a\xd0", "ä–", 1200},
		{"StandardEncoding", func(*pdftest.Builder) string { return "/Subtype /Type1 /BaseFont /Courier /Encoding /StandardEncoding" }, "'\xae\xaf\xb1", "’fifl–", 2400},
		{"TeX's own", func(*pdftest.Builder) string { return "/Subtype /Type1 /BaseFont /CMR10 /FirstChar 0 /Widths [0]" }, "o\x0ece", "office", 0},
		{"Differences, by every way to name a glyph", func(*pdftest.Builder) string {
			return "/Subtype /Type1 /BaseFont /Courier /Encoding <</Differences [1 /h /uni0069 /u1F393 /f_i /one.oldstyle /Adieresis /hyphenminus /nosuch 66 /B]>>"
		}, "\x01\x02\x03\x04\x05\x06\x07\x08B", "hi🎓fi1Ä-B", 5400},
		{"BaseEncoding below the differences", func(*pdftest.Builder) string {
			return "/Subtype /Type1 /BaseFont /Courier /Encoding <</BaseEncoding /WinAnsiEncoding /Differences [65 /Z]>>"
		}, "A\x80", "Z€", 1200},
		{"the encoding within a Type 1 program", func(b *pdftest.Builder) string {
			return "/Subtype /Type1 /BaseFont /X /FirstChar 0 /Widths [0] /FontDescriptor <</FontFile " +
				b.Packed("", "%!PS\n/Encoding 256 array 0 1 255 {1 index exch /.notdef put} for\ndup 1 /B put dup 2 /a put dup 3 /uni0064 put readonly def\ncurrentfile eexec dup 1 /X put") + ">>"
		}, "\x01\x02\x03", "Bad", 0},
		{"ToUnicode of a simple font", func(b *pdftest.Builder) string {
			return "/Subtype /TrueType /BaseFont /Courier /Encoding /WinAnsiEncoding /ToUnicode " + b.Packed("", spaces+"2 beginbfchar <01> <00480069> <02> /exclam endbfchar 1 beginbfrange <41> <43> <0061> endbfrange")
		}, "\x01\x02ABCD", "Hi!abcD", 3600},
		{"CID font, ToUnicode with ranges and lists", func(b *pdftest.Builder) string {
			return "/Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<</Subtype /CIDFontType2 /DW 500 /W [1 [100 200] 5 6 300]>>] /ToUnicode " +
				b.Packed("", wide+"2 beginbfrange <0001> <0003> <0061> <0005> <0006> [<0078> /Y] endbfrange")
		}, "\x00\x01\x00\x02\x00\x03\x00\x05\x00\x06\x00\x09", "abcxY�", 100 + 200 + 500 + 300 + 300 + 500},
		{"ranges that overlap", func(b *pdftest.Builder) string {
			return "/Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<<>>] /ToUnicode " + b.Packed("", wide+"2 beginbfrange <0001> <00ff> <0041> <0010> <0011> <0061> endbfrange")
		}, "\x00\x10\x00\x12", "aR", 2000},
		{"codes of one and of two bytes", func(b *pdftest.Builder) string {
			return "/Subtype /Type0 /Encoding " + b.Stream("/CMapName /X", "2 begincodespacerange <00> <7f> <8140> <9ffc> endcodespacerange") + " /DescendantFonts [<<>>] /ToUnicode " +
				b.Packed("", "2 beginbfchar <41> <0041> <8140> <3042> endbfchar")
		}, "A\x81\x40A", "AあA", 3000},
		{"UCS-2 without ToUnicode", func(*pdftest.Builder) string {
			return "/Subtype /Type0 /Encoding /UniJIS-UCS2-H /DescendantFonts [<<>>]"
		}, "\x30\x42\x00A", "あA", 2000},
		{"a mixed encoding: ASCII is itself", func(*pdftest.Builder) string {
			return "/Subtype /Type0 /Encoding /90ms-RKSJ-H /DescendantFonts [<<>>]"
		}, "A\x82\xa0B", "A�B", 3000},
		{"Adobe's collections: CIDs 1 to 95", func(*pdftest.Builder) string {
			return "/Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<</CIDSystemInfo <</Ordering (Japan1)>>>>]"
		}, "\x00\x22\x00\x01\x00\x5f", "A ~", 3000},
	} {
		b := &pdftest.Builder{}
		dict := tc.font(b)
		b.Catalog = "/X " + b.Add("<<%s>>", dict)
		for library, trailer := range tree(t, b) {
			f := NewFont(trailer.Key("Root").Key("X"), func() bool { return true })
			text, width, codes, _ := f.Decode(nil, []byte(tc.codes))
			if string(text) != tc.text || math.Abs(width*1000-tc.width) > 0.01 || codes == 0 {
				t.Errorf("%s by %s: %q, width %g, %d codes, want %q, %g", tc.desc, library, text, width*1000, codes, tc.text, tc.width)
			}
		}
	}
}

// TestFontSpaces: word spacing counts single bytes 32 only (ISO 32000-1 §9.3.3).
func TestFontSpaces(t *testing.T) {
	b := &pdftest.Builder{}
	b.Catalog = "/X <</Subtype /Type1 /BaseFont /Courier>> /Y <</Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<<>>]>>"
	root := tree(t, b)["ledongthuc"].Key("Root")
	yes := func() bool { return true }
	if _, _, codes, spaces := NewFont(root.Key("X"), yes).Decode(nil, []byte("a b c")); codes != 5 || spaces != 2 {
		t.Errorf("simple: %d codes, %d spaces", codes, spaces)
	}
	if _, _, codes, spaces := NewFont(root.Key("Y"), yes).Decode(nil, []byte("\x00 \x00 \x00")); codes != 3 || spaces != 0 {
		t.Errorf("composite: %d codes, %d spaces", codes, spaces)
	}
}

// TestFontBounds: tables without an end cost no more than they may.
func TestFontBounds(t *testing.T) {
	b := &pdftest.Builder{}
	cmap := strings.Repeat("1 beginbfchar <0001> <0041> endbfchar\n", maxCMap+1000) + "1 beginbfchar <0002> <0042> endbfchar"
	b.Catalog = "/X " + b.Add("<</Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<</W [0 2147483647 500]>>] /ToUnicode %s>>", b.Stream("", cmap))
	root := tree(t, b)["ledongthuc"].Key("Root")
	f := NewFont(root.Key("X"), func() bool { return true })
	if len(f.cids) != maxCMap {
		t.Errorf("%d widths, at most %d", len(f.cids), maxCMap)
	}
	if text, _, _, _ := f.Decode(nil, []byte("\x00\x01\x00\x02")); string(text) != "A�" {
		t.Errorf("%q: entries beyond the limit were read", text)
	}
	left := 10
	f = NewFont(root.Key("X"), func() bool { left--; return left > 0 })
	if f == nil || left > 10 {
		t.Error("spend is not asked")
	}
}

// TestGlyphNames: the table of names holds what it says.
func TestGlyphNames(t *testing.T) {
	for name, want := range map[string]string{
		"A": "A", "space": " ", "asciitilde": "~", "exclamdown": "¡", "ydieresis": "ÿ", "Euro": "€", "fi": "fi", "ffi": "ffi",
		"uni20AC": "€", "u20AC": "€", "u1F600": "😀", "a.sc": "a", "T_h": "Th", "softhyphen": "\u00ad",
	} {
		if got, ok := glyphText(name); !ok || got != want {
			t.Errorf("%s: %q, %v, want %q", name, got, ok, want)
		}
	}
	for _, name := range []string{"", ".notdef", "nosuchglyph", "uniXYZW", "u110000", "f_nosuch", "uni0000"} {
		if got, ok := glyphText(name); ok {
			t.Errorf("%q means %q", name, got)
		}
	}
	for c := ' '; c <= '~'; c++ {
		found := false
		for _, s := range glyphNames {
			found = found || s == string(c)
		}
		if !found {
			t.Errorf("no name means %q", c)
		}
	}
}
