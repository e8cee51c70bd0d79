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
	at := bytes.Index(b, []byte{filePass, 0, 54, 0, 1, 0, 1, 0, 1, 0})
	if at < 0 {
		t.Fatal("no FilePass")
	}
	for desc, i := range map[string]int{"another salt": at + 12, "another verifier": at + 28, "another way": at + 6, "obfuscated by XOR": at + 4} {
		other := bytes.Clone(b)
		other[i] ^= 3
		if got := show(find(t, "cv.xls", other)); !slices.Equal(got, []string{"unread cv.xls: encrypted"}) {
			t.Errorf("%s: %q", desc, got)
		}
	}
	stream := []byte{0x09, 8, 0, 0}
	stream = append(append(stream, b[at:at+58]...), 0x85, 0, 9, 0, 1, 2, 3)
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
