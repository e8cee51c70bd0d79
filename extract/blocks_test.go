package extract

import (
	"slices"
	"strings"
	"testing"
)

// blocked is a code in block elements: two modules in a character or, doubled, one in two;
// light says that the light modules are printed, as they are on a dark terminal.
func blocked(d *drawing, double, light bool) string {
	var b strings.Builder
	on := func(x, y int) bool { return y < d.n && d.dark(x, y) != light }
	step := 2
	if double {
		step = 1
	}
	for y := 0; y < d.n; y += step {
		for x := range d.n {
			switch top, low := on(x, y), on(x, y+1); {
			case double && top:
				b.WriteString("██")
			case double:
				b.WriteString("  ")
			case top && low:
				b.WriteString("█")
			case top:
				b.WriteString("▀")
			case low:
				b.WriteString("▄")
			default:
				b.WriteString(" ")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestBlockCodes reads codes that were printed on a terminal.
func TestBlockCodes(t *testing.T) {
	const code = "https://badges.example.org/assertions/blocks-1"
	d := newDrawing(t, code)
	half, light, double := blocked(d, false, false), blocked(d, false, true), blocked(d, true, false)
	quoted := "> " + strings.ReplaceAll(strings.TrimSuffix(light, "\n"), "\n", "\n> ") + "\n"
	ansi := "\x1b[40;37;1m" + strings.ReplaceAll(light, "\n", "\x1b[0m\n\x1b[40;37;1m") + "\x1b[0m\n"
	chart := strings.Repeat("Java ██████████▌ 10 years\n", 40) + strings.Repeat("██████████▌\n", 40)
	found := func(where string) []string { return []string{"link " + code + " | " + where + " > QR code"} }
	for _, tc := range []struct {
		desc, name, data string
		want             []string
	}{
		{"halves", "a.txt", "My badge:\n\n" + half + "\nand so on", found("a.txt > text")},
		{"light ones", "a.md", "# Badge\n\n```\n" + light + "```\n", found("a.md > text")},
		{"doubled", "a.txt", double, found("a.txt > text")},
		{"doubled and light", "a.txt", blocked(d, true, true), found("a.txt > text")},
		{"with colours", "a.txt", ansi, found("a.txt > text")},
		{"in an answer", "m.eml", mailHead + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + strings.ReplaceAll(quoted, "\n", "\r\n"), found("m.eml > text")},
		{"in a page", "a.html", "<!DOCTYPE html><html><body><pre>" + half + "</pre></body></html>", found("a.html > text")},
		{"bars of a chart", "a.txt", chart, nil},
		{"beside a badge", "a.txt", "see " + urlA + "\n" + half, []string{"link " + urlA + " | a.txt > text"}},
	} {
		if got := show(find(t, tc.name, []byte(tc.data))); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.desc, got, tc.want)
		}
	}
	// They are searched within the budget, and it is said where that is spent.
	many := strings.Repeat(half+"and another\n", 30)
	r := find(t, "a.txt", []byte(many))
	if r.Pixels == 0 || r.Pixels > 10*200*200 {
		t.Errorf("%d pixels", r.Pixels)
	}
	r, err := (&Extractor{}).Extract(t.Context(), Document{Name: "a.txt", Data: []byte(half), Spent: Spent{Pixels: manyPixels}})
	if got := show(r); err != nil || !slices.Equal(got, []string{"unread a.txt > text: limit_pixels"}) {
		t.Errorf("%q, %v", got, err)
	}
}
