package extract

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

// uuencoded is a file between "begin" and "end" (POSIX uuencode), with blanks for
// zeros.
func uuencoded(name string, b []byte) string {
	out := "begin 644 " + name + "\n"
	c := func(v byte) string { return string(rune(' ' + v&63)) }
	for len(b) > 0 {
		line := b[:min(45, len(b))]
		b = b[len(line):]
		out += c(byte(len(line)))
		for ; len(line) > 0; line = line[min(3, len(line)):] {
			var three [3]byte
			copy(three[:], line)
			out += c(three[0]>>2) + c(three[0]<<4|three[1]>>4) + c(three[1]<<2|three[2]>>6) + c(three[2])
		}
		out += "\n"
	}
	return out + " \nend\n"
}

// TestFilesInText: files that stand in text are files, and the text around them is read.
func TestFilesInText(t *testing.T) {
	const u = "https://example.org/badges/1"
	badge := baked(assertionA)
	one := base64.StdEncoding.EncodeToString(badge)
	lines := b64(badge)
	stripped := ""
	for line := range strings.Lines(uuencoded("b.png", badge)) {
		stripped += strings.TrimRight(line, " \n") + "\n"
	}
	a, link := "json "+assertionA+" | cv.txt > text > ", "link "+u+" | cv.txt > text"
	for _, tc := range []struct {
		desc, text string
		want       []string
	}{
		{"base64", "My badge: " + one + " and " + u, []string{a + "base64 > iTXt openbadges", link}},
		{"in lines", "My badge:\r\n\r\n" + lines + "Regards\r\nRole\r\n" + u, []string{a + "base64 > iTXt openbadges", link}},
		{"in lines of a quotation", "> " + strings.ReplaceAll(strings.TrimSpace(lines), "\r\n", "\r\n> ") + "\r\n" + u, []string{a + "base64 > iTXt openbadges", link}},
		{"set in", "    " + strings.ReplaceAll(strings.TrimSpace(lines), "\r\n", "\r\n    ") + "\r\n\r\n" + u, []string{a + "base64 > iTXt openbadges", link}},
		{"a credential in base64", "x " + base64.StdEncoding.EncodeToString([]byte(assertionA)) + " " + u, []string{a + "base64", link}},
		{"a token is no file", "x " + jwsA + " " + u, []string{"jws " + jwsA + " | cv.txt > text", link}},
		{"a data: URI", "x data:image/png;base64," + one + " " + u, []string{a + "data: URI > iTXt openbadges", link}},
		{"over lines", "x data:image/png;base64," + strings.ReplaceAll(strings.TrimSpace(lines), "\r\n", "\n") + "\n\n" + u, []string{a + "data: URI > iTXt openbadges", link}},
		{"in Markdown", "![badge](data:image/png;base64," + one + ") and " + u, []string{a + "data: URI > iTXt openbadges", link}},
		{"of text", `data:application/json,` + strings.ReplaceAll(assertionA, `"`, "%22") + " " + u, []string{a + "data: URI", link}},
		{"prose about data", "data: a, b/c and data:x,y " + u, []string{link}},
		{"uuencoded", "Hello\n\n" + uuencoded("b.png", badge) + "bye " + u + "\n", []string{a + "b.png > iTXt openbadges", link}},
		{"without blanks at the ends of lines", "Hello\n\n" + stripped + "bye " + u + "\n", []string{a + "b.png > iTXt openbadges", link}},
		{"in base64 between the same", "Hello\nbegin-base64 644 b.png\n" + lines + "====\nbye " + u + "\n", []string{a + "b.png > iTXt openbadges", link}},
		{"prose that begins", "begin 644 things\nand go on " + u + "\n", []string{link}},
	} {
		got := show(find(t, "cv.txt", []byte(tc.text)))
		if d := cmp.Diff(sorted(tc.want), sorted(got)); d != "" {
			t.Errorf("%s: %s", tc.desc, d)
		}
	}
	// In the text of mail.
	got := show(find(t, "m.eml", []byte(mailHead+"\r\n"+strings.ReplaceAll(uuencoded("b.png", badge), "\n", "\r\n"))))
	if d := cmp.Diff([]string{"json " + assertionA + " | m.eml > text > b.png > iTXt openbadges"}, got); d != "" {
		t.Error(d)
	}
	// What stands in the text keeps its place.
	r := find(t, "cv.txt", []byte("x "+one+" "+u))
	if at := r.Findings[1].Places[0].Offset; at != int64(len(one)+3) {
		t.Errorf("at %d, want %d", at, len(one)+3)
	}
}

// TestAttack376_FilesInText: no more files are read out of strings and text than
// parts are allowed, and what is left out is told.
func TestAttack376_FilesInText(t *testing.T) {
	// Each another file, a PNG of nothing.
	file := func(i int) string {
		return base64.StdEncoding.EncodeToString([]byte(fmt.Sprintf("\x89PNG\r\n\x1a\n%064d", i)))
	}
	var text, json, xml, card strings.Builder
	json.WriteString("[")
	xml.WriteString("<?xml version=\"1.0\"?><a>")
	card.WriteString("BEGIN:VCARD\n")
	const n = DefaultParts + 100
	for i := range n {
		fmt.Fprintf(&text, "%s .\n", file(i))
		fmt.Fprintf(&json, "%q,", file(i))
		fmt.Fprintf(&xml, "<b>%s</b>", file(i))
		fmt.Fprintf(&card, "PHOTO;ENCODING=b:%s\n", file(i))
	}
	json.WriteString("0]")
	xml.WriteString("</a>")
	for name, data := range map[string]string{"a.txt": text.String(), "a.json": json.String(), "a.xml": xml.String(), "a.vcf": card.String()} {
		// What cannot be read of them does not crowd out that there are more.
		r := findWith(t, Limits{}, Document{Name: name, Data: []byte(data)})
		if got := strings.Join(show(r), "\n"); !strings.Contains(got, string(ReasonParts)) {
			t.Errorf("%s: more files than parts, and %d unread", name, len(r.Unread))
		}
	}
}

// TestAttack380_Uuencoded: a block says what it likes of its name and length, and has
// no end; and each line begins another, which would be read anew from there.
func TestAttack380_Uuencoded(t *testing.T) {
	for desc, tc := range map[string]struct {
		text string
		want []string
	}{
		"a name with a step and a path": {uuencoded("../a > iTXt openbadges", []byte(assertionA)), []string{"json " + assertionA + " | cv.txt > text > ../a › iTXt openbadges"}},
		"lines that are too short":      {"begin 644 a\n" + strings.Repeat("M\n", 10) + "end\n", nil},
		"no end":                        {"begin 644 a.json\n" + strings.Repeat("M"+strings.Repeat("!", 60)+"\n", 20_000), nil},
		"nothing but beginnings":        {strings.Repeat("begin 644 a\n", 100_000), nil},
		"a mode that is none":           {"begin 999 a\n" + uuencoded("a", []byte(assertionA))[12:], nil},
		"beginnings in base64":          {strings.Repeat("begin-base64 644 a\n!\n", 50_000) + "====\n", nil},
		"base64 on every line":          {strings.Repeat("eyJ"+strings.Repeat("a", 73)+"\n", 100_000), nil},
		"data: in data:":                {"%zz" + strings.Repeat(",data:a/b", 200_000), nil},
	} {
		got := show(find(t, "cv.txt", []byte(tc.text)))
		got = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "unread") })
		if d := cmp.Diff(tc.want, got, cmp.Transformer("", func(s []string) string { return strings.Join(s, "\n") })); d != "" {
			t.Errorf("%s: %s", desc, d)
		}
	}
}
