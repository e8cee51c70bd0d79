package read

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func inUTF16(s string, order binary.AppendByteOrder) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

func TestUTF8(t *testing.T) {
	const s = "{\"name\":\"Schweißer 😀\"}\r\n"
	little, big := inUTF16(s, binary.LittleEndian), inUTF16(s, binary.BigEndian)
	for _, tc := range []struct{ desc, in, charset, want string }{
		{"plain", s, "", s},
		{"byte order mark", "\uFEFF" + s, "", s},
		{"byte order mark, declared otherwise", "\uFEFF" + s, "iso-8859-1", s},
		{"two byte order marks: one is too many", "\uFEFF\uFEFF" + s, "", "\uFEFF" + s},
		{"UTF-8 that is declared as something else", s, "iso-8859-1", s},
		{"ISO 8859-1", "{\"name\":\"Schwei\xdfer\"}", "iso-8859-1", "{\"name\":\"Schweißer\"}"},
		{"windows-1252, as Latin 1 is read everywhere", "\"\x80\"", "latin1", "\"€\""},
		{"in capitals", "\"\xdf\"", "ISO-8859-1", "\"ß\""},
		{"Shift JIS", "\"\x83\x5c\"", "shift_jis", "\"ソ\""},
		{"not declared", "\"\xdf\"", "", "\"\xdf\""},
		{"declared as UTF-8", "\"\xdf\"", "utf-8", "\"\xdf\""},
		{"an unknown charset", "\"\xdf\"", "x-mystery", "\"\xdf\""},
		{"one that hides letters in others", "\"\xdf+ADw-\"", "utf-7", "\"\xdf+ADw-\""},
		{"what the charset does not hold", "\"\x83\"", "shift_jis", "\"\x83\""},
		{"UTF-16 with a mark", "\xff\xfe" + little, "", s},
		{"the other way round", "\xfe\xff" + big, "utf-8", s},
		{"UTF-16 without one", little, "", s},
		{"the other way round, declared", big, "utf-16be", s},
		{"UTF-16 cut in half a unit", "\xff\xfe" + little[:9], "", "\xff\xfe" + little[:9]},
		{"half a surrogate pair", "\xff\xfe\x22\x00\x3d\xd8\x22\x00", "", "\xff\xfe\x22\x00\x3d\xd8\x22\x00"},
		{"nothing", "", "utf-16", ""},
		{"a mark alone", "\uFEFF", "", ""},
	} {
		if got := string(UTF8([]byte(tc.in), tc.charset)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.desc, got, tc.want)
		}
	}
}

// FuzzUTF8: what is UTF-8 stays as it is but for a mark, and what is decoded is
// well-formed and bounded by what was given.
func FuzzUTF8(f *testing.F) {
	for _, s := range []string{"{}", "\uFEFF{}", "\xff\xfe{\x00}\x00", "\x00{\x00}", "\"\xdf\"", "\"\x83\x5c\""} {
		f.Add([]byte(s), "")
		f.Add([]byte(s), "shift_jis")
	}
	f.Fuzz(func(t *testing.T, in []byte, charset string) {
		kept := bytes.Clone(in)
		out := UTF8(in, charset)
		if !bytes.Equal(in, kept) {
			t.Fatal("the answer was changed")
		}
		if !bytes.Equal(out, in) && !bytes.Equal(out, bytes.TrimPrefix(in, []byte("\uFEFF"))) && !utf8.Valid(out) {
			t.Fatalf("%q is decoded to %q", in, out)
		}
		if utf8.Valid(in) && bytes.IndexByte(in, 0) < 0 && string(out) != strings.TrimPrefix(string(in), "\uFEFF") {
			t.Fatalf("%q is well-formed and became %q", in, out)
		}
		if len(out) > 4*len(in) {
			t.Fatalf("%d bytes became %d", len(in), len(out))
		}
	})
}
