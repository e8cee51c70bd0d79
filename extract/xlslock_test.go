package extract

import (
	"bytes"
	"os"
	"slices"
	"testing"
)

// TestProtectedWorkbook: a workbook whose structure is protected is encrypted with a password
// that nobody is asked for, and read; one with another password is not. The file was made by
// LibreOffice 7.4 (a sheet with a link in a cell, Tools, Protect Spreadsheet Structure).
func TestProtectedWorkbook(t *testing.T) {
	b, err := os.ReadFile("testdata/libreoffice-7.4-protected.xls")
	if err != nil {
		t.Fatal(err)
	}
	const link = "link https://badges.example.org/assertions/1 | cv.xls > Workbook > text (rescue)"
	if got := show(find(t, "cv.xls", b)); !slices.Equal(got, []string{link}) {
		t.Errorf("%q, want %q", got, link)
	}
	// Its FilePass record: what the password is held against, and the way of encryption.
	lock := bytes.Index(b, []byte{filePass, 0, 54, 0, 1, 0, 1, 0, 1, 0})
	if lock < 0 {
		t.Fatal("no FilePass")
	}
	for desc, i := range map[string]int{"another salt": lock + 12, "another verifier": lock + 28, "another way": lock + 6, "obfuscated by XOR": lock + 4} {
		other := bytes.Clone(b)
		other[i] ^= 3
		if got := show(find(t, "cv.xls", other)); !slices.Equal(got, []string{"unread cv.xls: encrypted"}) {
			t.Errorf("%s: %q", desc, got)
		}
	}
	// An open workbook that is embedded in it is read as well.
	c := openCFB(b, 100)
	at := slices.IndexFunc(c.list, func(s stream) bool { return s.key == "WORKBOOK" })
	outer, inner := string(c.read(c.list[at])), records(0x0809, 0x000A)+"see https://badges.example.org/assertions/2 "
	for _, files := range [][]file{{{"Workbook", outer}, {"MBD0001/Workbook", inner}}, {{"MBD0001/Workbook", inner}, {"Workbook", outer}}} {
		got := linksOf(find(t, "cv.xls", compoundFile(files...)))
		slices.Sort(got)
		if !slices.Equal(got, []string{"https://badges.example.org/assertions/1", "https://badges.example.org/assertions/2"}) {
			t.Errorf("two workbooks: %q", got)
		}
	}
	stream := []byte{0x09, 8, 0, 0}
	stream = append(append(stream, b[lock:lock+58]...), 0x85, 0, 9, 0, 1, 2, 3)
	for n := range stream {
		openWorkbook(stream[:n]) // wherever it breaks off
	}
}

func FuzzWorkbook(f *testing.F) {
	b, err := os.ReadFile("testdata/libreoffice-7.4-protected.xls")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[512:]) // its stream lies in one piece behind the head
	f.Fuzz(func(t *testing.T, b []byte) {
		if out := openWorkbook(b); out != nil && len(out) != len(b) {
			t.Errorf("%d bytes of %d", len(out), len(b))
		}
	})
}
