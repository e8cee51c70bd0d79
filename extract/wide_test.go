package extract

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// widened writes s in units of two or four bytes.
func widened(s string, size int, order binary.AppendByteOrder) []byte {
	var b []byte
	if size == 4 {
		for _, r := range s {
			b = order.AppendUint32(b, uint32(r))
		}
		return b
	}
	for _, c := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, c)
	}
	return b
}

// TestWideText: text in wide units, with a mark and without, is every kind of text.
func TestWideText(t *testing.T) {
	const u = "https://example.org/badges/1"
	for _, tc := range []struct{ name, text, want string }{
		{"a.json", assertionA, "json " + assertionA + " | a.json"},
		{"a.jwt", jwsA, "jws " + jwsA + " | a.jwt"},
		{"a.txt", "Zoë 🎓 sees " + u + " there\r\n", "link " + u + " | a.txt > text"},
		{"ja.txt", strings.Repeat("\u8A3C\u660E\u66F8\u306F\u3053\u3061\u3089\u3067\u3059\u3002", 200) + u + "\u3067\u3059\n", "link " + u + " | ja.txt > text"},
		{"ru.json", `{"note":"` + strings.Repeat("\u041E\u043F\u044B\u0442 ", 200) + u + `"}`, "link " + u + " | ru.json > note"},
		{"\U0001F393.txt", strings.Repeat("\U0001F393", 300) + u + "\n", "link " + u + " | \U0001F393.txt > text"},
		{"a.html", `<!DOCTYPE html><meta charset="utf-16"><a href="` + u + `">x</a>`, "link " + u + " | a.html > link"},
		{"a.csv", "Name,Url\nWelding," + u + "\n", "link " + u + " | a.csv > row 2 Url"},
		{"a.xml", `<?xml version="1.0" encoding="utf-16"?><a><b>` + u + `</b></a>`, "link " + u + " | a.xml > a/b"},
		{"a.svg", `<?xml version="1.0" encoding="UTF-16"?>` + svgWith(nsOB2, `<o:assertion xmlns:o="`+nsOB2+`" verify="`+jwsA+`"/>`), "jws " + jwsA + " | a.svg > assertion verify"},
		{"a.eml", mailHead + "\r\nsee " + u + "\r\n", "link " + u + " | a.eml > text"},
	} {
		for _, size := range []int{2, 4} {
			for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
				for _, mark := range []string{"", "\uFEFF"} {
					got := show(find(t, tc.name, widened(mark+tc.text, size, order)))
					if d := cmp.Diff([]string{tc.want}, got); d != "" {
						t.Errorf("%s in %d bytes %s, mark %q: %s", tc.name, size, order, mark, d)
					}
				}
			}
		}
	}
	// As a page that says so, too.
	got := show(findWith(t, Limits{}, Document{Name: "a", ContentType: "text/html; charset=utf-16le", Data: widened(`<html><a href="`+u+`">x</a>`, 2, binary.LittleEndian)}))
	if d := cmp.Diff([]string{"link " + u + " | a > link"}, got); d != "" {
		t.Error(d)
	}
}

// TestAttack379_WideText: a file that only begins like text in wide units is none, and
// is not passed over in silence as one.
func TestAttack379_WideText(t *testing.T) {
	text := string(widened("This is some text. ", 2, binary.LittleEndian))
	noise := strings.Repeat("\x00\x01\x02\xd8\x00\x00\xff\xff\xfe\x07", 200)
	for desc, data := range map[string]string{
		"noise behind it":       text + noise,
		"noise far behind it":   strings.Repeat(text, 20) + noise,
		"noise in the middle":   strings.Repeat(text, 20) + noise + strings.Repeat(text, 20),
		"and text at the end":   text + noise + text + strings.Repeat(text, 20),
		"half a character":      strings.Repeat("\x00\xd8", 400),
		"half of four bytes":    strings.Repeat("a\x00\x00\x00b\x00\x00\x00\x00\xd8\x00\x00", 100),
		"an address in noise":   "\xA5\xE8" + strings.Repeat("\x12\xE4\x91\xF0", 300) + string(widened("https://example.org/badges/1", 2, binary.LittleEndian)) + strings.Repeat("\x12\xE4\x91\xF0", 300),
		"few characters":        "a\x00" + strings.Repeat("\x07\x00", 400),
		"units of four, beyond": "a\x00\x00\x00" + strings.Repeat("\x00\x00\x11\x00", 400),
		"a length and a name":   "\x00\x00\x00\x20" + strings.Repeat("boxx\x00\x01\x02\x03", 100),
	} {
		if r := find(t, "a.bin", []byte(data)); len(r.Unread) != 1 || r.Unread[0].Reason != ReasonUnknown || len(r.Findings) > 0 {
			t.Errorf("%s: %v", desc, show(r))
		}
		if w := wideOf([]byte(data)); w.size != 0 {
			t.Errorf("%s: taken for text in units of %d", desc, w.size)
		}
	}
}

func FuzzWideText(f *testing.F) {
	fuzzCarrier(f, "x", widened("see "+urlA+" 🎓", 2, binary.LittleEndian), widened(assertionA, 2, binary.BigEndian), widened("a,b\n"+urlA+",c", 4, binary.BigEndian), widened("\uFEFF<a>"+urlA+"</a>", 4, binary.LittleEndian))
}

// TestWideInNarrow: an address in wide units makes no wide text of what is written in bytes.
func TestWideInNarrow(t *testing.T) {
	wide := string(widened("https://example.org/", 2, binary.BigEndian))
	for name, data := range map[string]string{
		"text": strings.Repeat("see it ", 300) + wide + strings.Repeat("see it ", 300),
		"PDF":  "%PDF-1.4\n%\xE4\xBD\xA0" + strings.Repeat("obj ", 300) + wide + strings.Repeat("obj ", 300),
	} {
		if w := wideOf([]byte(data)); w.size != 0 {
			t.Errorf("%s: taken for text in units of %d", name, w.size)
		}
	}
}
