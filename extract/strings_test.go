package extract

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestFilesInStrings reads files in the strings and lists of exports: text in base64 of
// any encoding, packed files, the lists of bytes that JavaScript writes, cells.
func TestFilesInStrings(t *testing.T) {
	const urlB = "https://badges.example.org/b/2"
	b64 := base64.StdEncoding.EncodeToString
	md := []byte("# Curriculum vitae\n\n[My badge](" + urlA + ")\n")
	wide := []byte{0xff, 0xfe}
	for _, c := range utf16.Encode([]rune(string(md))) {
		wide = append(wide, byte(c), byte(c>>8))
	}
	packed := gzipped(md)
	bytes := func(b []byte) string { return strings.ReplaceAll(fmt.Sprint(b), " ", ",") }
	str := func(v any) []byte {
		b, err := json.Marshal(map[string]any{"cv": v})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	xml := func(s string) []byte {
		return []byte(`<?xml version="1.0"?><Candidate><Data>` + s + `</Data></Candidate>`)
	}
	noise := make([]byte, 300)
	for i := range noise {
		noise[i] = byte(i * i * 7)
	}
	for _, c := range []struct {
		name, file string
		data       []byte
		want       []string
	}{
		{"Markdown in JSON", "a.json", str(b64(md)), []string{urlA}},
		{"UTF-16 in JSON, which begins with two slashes", "a.json", str(b64(wide)), []string{urlA}},
		{"gzip in JSON", "a.json", str(b64(packed)), []string{urlA}},
		{"Markdown in XML", "a.xml", xml(b64(md)), []string{urlA}},
		{"UTF-16 in XML", "a.xml", xml(b64(wide)), []string{urlA}},
		{"noise", "a.json", str(b64(noise)), nil},
		{"noise with two slashes before it", "a.json", str("//" + b64(noise)), nil},
		{"a list of bytes", "a.json", []byte(`{"cv":{"type":"Buffer","data":` + bytes(append(md, md...)) + `}}`), []string{urlA}},
		{"a list of other numbers", "a.json", []byte(`{"cv":` + strings.Replace(bytes(append(md, md...)), ",", ",256,", 1) + `}`), nil},
		{"a cell", "a.csv", []byte("id,cv\n1," + b64(packed) + "\n"), []string{urlA}},
		{"HTML in a cell", "a.csv", []byte(`id,cv` + "\n" + `1,"<a href=""` + urlA + `"">x</a>"` + "\n"), []string{urlA}},
		{"HTML that was escaped twice", "a.xml", xml(`&amp;lt;a href=&amp;quot;` + urlA + `&amp;quot;&amp;gt;x&amp;lt;/a&amp;gt;`), []string{urlA}},
		{"a list in a cell", "a.csv", []byte("id;urls\n1;" + urlA + "," + urlB + "\n"), []string{urlA, urlB}},
		{"a list with bars in a string", "a.json", str(urlA + "|" + urlB), []string{urlA, urlB}},
		{"a list with semicolons in a string", "a.json", str(urlA + ";" + urlB), []string{urlA, urlB}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := find(t, c.file, c.data)
			if got := payloads(r); !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q (%v)", got, c.want, r.Unread)
			}
		})
	}
}

// TestPGPInText tells of a message that is encrypted within the text of a mail or a file.
func TestPGPInText(t *testing.T) {
	const message = "-----BEGIN PGP MESSAGE-----\n\nhQEMA0\n=abcd\n-----END PGP MESSAGE-----\n"
	for name, data := range map[string]string{"a.txt": message, "a.eml": "From: a@example.org\nSubject: x\n\nHello\n\n" + message} {
		r := find(t, name, []byte(data))
		if len(r.Unread) != 1 || r.Unread[0].Reason != ReasonEncrypted {
			t.Errorf("%s: %v", name, r.Unread)
		}
	}
}

// TestEscapedSigns reads addresses as programs write them in the source of Markdown and
// LaTeX, and none beyond a backslash that escapes nothing.
func TestEscapedSigns(t *testing.T) {
	for text, want := range map[string]string{
		`see https://badges.example.org/a\-b\_c.`:              "https://badges.example.org/a-b_c",
		`[b](https://badges.example.org/a\_1)`:                 "https://badges.example.org/a_1",
		`\href{https://badges.example.org/a\%20b\#x}{b}`:       "https://badges.example.org/a%20b",
		`"u": "https://badges.example.org/a\", "v"`:            "https://badges.example.org/a",
		`https://badges.example.org/a\nhttps is no more of it`: "https://badges.example.org/a",
		`https://badges.example.org/a\-`:                       "https://badges.example.org/a",
	} {
		if got := payloads(find(t, "a.txt", []byte(text))); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestBackslashInHost takes no backslash out of a host, nor breaks on one alone.
func TestBackslashInHost(t *testing.T) {
	for _, raw := range []string{`\`, `\-`, `https://evil.example\.badgr.com/public/assertions/8bLUrJhgSMyWKF-I7xOosQ`, `https://evil\-x`} {
		if u, l, ok := ParseLink(raw); ok && l.Class == ClassKnown {
			t.Errorf("%s: %s of %q", raw, u, l.Provider)
		}
	}
}

// TestBinaryWorkbook reads the strings of an Excel workbook that is not XML.
func TestBinaryWorkbook(t *testing.T) {
	var wide strings.Builder
	for _, c := range urlA {
		wide.WriteString(string(c) + "\x00")
	}
	data := zipped(t, file{"[Content_Types].xml", `<Types/>`}, file{"xl/workbook.bin", "\x83\x01\x00"},
		file{"xl/sharedStrings.bin", "\x13\x41\x00" + wide.String() + "\xa0\x01\x00"})
	if got := payloads(find(t, "a.xlsb", data)); !slices.Equal(got, []string{urlA}) {
		t.Errorf("found %q", got)
	}
}

// TestAnimatedWebP tells what it is that is not searched: the file is not damaged.
func TestAnimatedWebP(t *testing.T) {
	b := "RIFF\x32\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x31\x00\x00\x31\x00\x00ANIM\x06\x00\x00\x00\xff\xff\xff\xff\x00\x00ANMF\x00\x00\x00\x00"
	data := []byte(b)
	data[4] = byte(len(data) - 8)
	r := find(t, "a.webp", data)
	if len(r.Unread) != 1 || r.Unread[0].Reason != ReasonUnknown {
		t.Errorf("%v", r.Unread)
	}
}
