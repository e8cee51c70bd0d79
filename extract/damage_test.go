package extract

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"assay/extract/pdf/pdftest"
)

// hexLines is text of so many lines that does not pack well.
func hexLines(lines int) string {
	rng := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for range lines {
		fmt.Fprintf(&b, "%x\n", rng.Uint64())
	}
	return b.String()
}

// spoilt flips bytes in the middle of the deflate data that begin at from, so that they
// cannot be read on.
func spoilt(t *testing.T, whole []byte, from int) []byte {
	t.Helper()
	size := bytes.NewReader(whole[from:])
	if _, err := io.Copy(io.Discard, flate.NewReader(size)); err != nil {
		t.Fatal(err)
	}
	middle := from + (len(whole)-from-size.Len())/2
	for flip := range 255 {
		b := bytes.Clone(whole)
		for i := middle; i < middle+40; i++ {
			b[i] ^= byte(flip + 1)
		}
		n, err := io.Copy(io.Discard, flate.NewReader(bytes.NewReader(b[from:])))
		if err != nil && n > 1000 {
			return b
		}
	}
	t.Fatal("nothing spoils it")
	return nil
}

// TestPDFDamagedStreams reads streams up to their damage, and tells of it.
func TestPDFDamagedStreams(t *testing.T) {
	const before, behind = "https://badges.example.org/assertions/before", "https://badges.example.org/assertions/behind"
	const why = "its data are damaged: what comes behind the damage is lost"
	text := func(s string) string {
		var b strings.Builder
		for i, line := range strings.Split(s, "\n") {
			fmt.Fprintf(&b, "BT /F1 9 Tf 40 %d Td (%s) Tj ET\n", 800-i, line)
		}
		return b.String()
	}
	prose := before + "\n" + hexLines(400) + behind
	spoil := func(s string) string { return string(spoilt(t, []byte(s), 2)) }
	cut := func(s string) string { return s[:len(s)/2] }
	whole := func(s string) string { return s }
	other := func(s string) string { return s[:len(s)-1] + string([]byte{s[len(s)-1] ^ 1}) }
	without := func(s string) string { return s[:len(s)-4] } // some writers have none
	flushed := func(s string) string {                       // as from a writer that does not close what it writes
		var b bytes.Buffer
		w, _ := flate.NewWriter(&b, 6)
		_, _ = w.Write([]byte(text(prose)))
		_ = w.Flush()
		return "\x78\x9c" + b.String()
	}
	for _, tc := range []struct {
		desc  string
		build func(change func(string) string) []byte
		where string
	}{
		{"a page", func(change func(string) string) []byte {
			var b pdftest.Builder
			b.Page = "/Contents " + b.Stream("/Filter /FlateDecode", change(pdftest.Deflated(text(prose))))
			return []byte(strings.Replace(string(b.Build()), "/Contents 4 0 R", "", 1))
		}, "cv.pdf > page 1 > text"},
		{"an attachment", func(change func(string) string) []byte {
			var b pdftest.Builder
			file := b.Stream("/Type /EmbeddedFile /Filter /FlateDecode", change(pdftest.Deflated(prose)))
			b.Catalog = "/Names <</EmbeddedFiles <</Names [(a.txt) <</Type /Filespec /F (a.txt) /EF <</F " + file + ">>>>]>>>>"
			return b.Build()
		}, "cv.pdf > attachment a.txt"},
	} {
		for name, change := range map[string]func(string) string{"spoilt": spoil, "cut": cut, "whole": whole, "flushed": flushed, "another checksum": other, "no checksum": without} {
			if name == "flushed" && tc.where != "cv.pdf > page 1 > text" {
				continue
			}
			r := find(t, "cv.pdf", tc.build(change))
			var want []Unread
			if name == "spoilt" || name == "cut" {
				want = []Unread{{Where: tc.where, Reason: ReasonMalformed, Detail: why}}
			}
			lost := want != nil
			if name == "another checksum" {
				want = []Unread{{Where: tc.where, Reason: ReasonMalformed, Detail: badSum}}
			}
			if !slices.Equal(r.Unread, want) || len(pdfFound(r, before)) == 0 || lost == (len(pdfFound(r, behind)) > 0) {
				t.Errorf("%s, %s: %v, %q", tc.desc, name, r.Unread, show(r))
			}
		}
	}
}

// TestPDFDamagedObjects tells of the stream whose objects are lost.
func TestPDFDamagedObjects(t *testing.T) {
	const before, behind = "https://badges.example.org/assertions/before", "https://badges.example.org/assertions/behind"
	var b pdftest.Builder
	b.Page = "/Annots [<</Subtype /Link /A <</S /URI /URI (" + before + ")>>>>]"
	b.Add("(%s)", strings.ReplaceAll(hexLines(400), "\n", " "))
	b.Catalog = "/Outlines " + b.Add("<</First %s>>", b.Add("<</A <</S /URI /URI (%s)>>>>", behind))
	whole := b.BuildStreams("")
	const begins = "stream\n\x78\x9c"
	from := bytes.Index(whole, []byte("/Type /ObjStm"))
	from += bytes.Index(whole[from:], []byte(begins)) + len(begins)
	for desc, tc := range map[string]struct {
		data []byte
		lost bool
	}{"whole": {whole, false}, "spoilt": {spoilt(t, whole, from), true}} {
		r := find(t, "cv.pdf", tc.data)
		told := slices.ContainsFunc(r.Unread, func(u Unread) bool {
			return u.Where == "cv.pdf > object 9" && u.Reason == ReasonMalformed
		})
		if told != tc.lost || len(pdfFound(r, before)) == 0 || len(pdfFound(r, behind)) > 0 == tc.lost {
			t.Errorf("%s: %v, %q", desc, r.Unread, show(r))
		}
	}
}

// TestPDFDamagedPictures tells of a picture that breaks off.
func TestPDFDamagedPictures(t *testing.T) {
	for _, entries := range []string{"/ColorSpace /DeviceGray /BitsPerComponent 8", "/ColorSpace /DeviceGray /BitsPerComponent 1"} {
		for _, rows := range []int{200, 198, 100} {
			var b pdftest.Builder
			stride := 200
			if strings.HasSuffix(entries, "1") {
				stride = 25
			}
			img := b.Packed("/Subtype /Image /Width 200 /Height 200 "+entries, strings.Repeat("\xff", rows*stride))
			b.Page = "/Resources <</XObject <</X " + img + ">>>>"
			b.Content = "100 0 0 100 0 0 cm /X Do"
			r := find(t, "cv.pdf", b.Build())
			var want []Unread
			if rows == 100 {
				want = []Unread{{Where: "cv.pdf > page 1 > image X", Reason: ReasonTruncated, Detail: "behind 100 of 200 rows: its pixels are not searched for QR codes"}}
			}
			if !slices.Equal(r.Unread, want) {
				t.Errorf("%s, %d rows: %v", entries, rows, r.Unread)
			}
		}
	}
}

// TestDamagedMembers reads members of archives up to their damage, and tells of it.
func TestDamagedMembers(t *testing.T) {
	const before, behind = "https://badges.example.org/assertions/before", "https://badges.example.org/assertions/behind"
	link := func(u string) string {
		return `<w:p><w:r><w:t>` + u + `</w:t></w:r></w:p>`
	}
	word := docx(t, file{"word/document.xml", body(link(before) + "<w:p><w:r><w:t>" + hexLines(400) + "</w:t></w:r></w:p>" + link(behind))})
	zip := zipped(t, file{"a.txt", before + "\n" + hexLines(400) + behind})
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	_, _ = w.Write([]byte(before + "\n" + hexLines(400) + behind))
	_ = w.Close()
	for _, tc := range []struct {
		name, where string
		data        []byte
		from        int
	}{
		{"cv.docx", "cv.docx > word/document.xml", word, bytes.Index(word, []byte("word/document.xml")) + len("word/document.xml")},
		{"cv.zip", "cv.zip > a.txt", zip, 30 + len("a.txt")},
		{"cv.txt.gz", "cv.txt.gz", gz.Bytes(), 10},
	} {
		r := find(t, tc.name, spoilt(t, tc.data, tc.from))
		if len(r.Unread) == 0 || r.Unread[0].Where != tc.where || r.Unread[0].Reason != ReasonMalformed || len(pdfFound(r, before)) == 0 {
			t.Errorf("%s: %v, %q", tc.name, r.Unread, show(r))
		}
		if r = find(t, tc.name, tc.data); len(r.Unread) != 0 || len(pdfFound(r, behind)) == 0 {
			t.Errorf("%s, whole: %v, %q", tc.name, r.Unread, show(r))
		}
	}
	// Data that can be read, and are others than they were.
	for _, name := range []string{"a.txt", "word/document.xml"} {
		data := docx(t, file{name, body("nothing")})
		if name == "a.txt" {
			data = zipped(t, file{name, "nothing at all"})
		}
		at := bytes.Index(data, []byte("PK\x01\x02"))
		for i := at; i >= 0 && i < len(data)-46; i++ {
			if n := bytes.Index(data[i:], []byte("PK\x01\x02")); n >= 0 {
				i += n
				if bytes.HasPrefix(data[i+46:], []byte(name)) {
					data[i+16] ^= 1
					data[i+8] &^= 8
				}
			}
		}
		r := find(t, "cv.docx", data)
		if len(r.Unread) != 1 || r.Unread[0].Reason != ReasonMalformed || !strings.HasSuffix(r.Unread[0].Where, name) {
			t.Errorf("%s with another checksum: %v", name, r.Unread)
		}
	}
}
