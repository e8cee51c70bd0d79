package read

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

// UTF8 brings a text that a host gave to UTF-8, without the byte order mark that
// it may begin with (RFC 8259 §8.1 lets a reader ignore one). JSON is UTF-8, so
// what is well-formed UTF-8 is taken for that, whatever the host declares: many
// declare one charset for all their files. What is not is read by its byte order
// mark, as UTF-16 where its first character is (RFC 4627 §3), or by the declared
// charset, a label of the Encoding Standard or "". A text that none of these
// reads without loss is given back as it is, for [Parse] to refuse.
//
// It is for what is fetched. What is signed is read as it stands.
func UTF8(b []byte, charset string) []byte {
	switch {
	case bytes.HasPrefix(b, []byte("\xEF\xBB\xBF")):
		return b[3:]
	case bytes.HasPrefix(b, []byte("\xFE\xFF")):
		return fromUTF16(b, 2, binary.BigEndian)
	case bytes.HasPrefix(b, []byte("\xFF\xFE")):
		return fromUTF16(b, 2, binary.LittleEndian)
	case len(b) >= 2 && b[0] == 0 && b[1] != 0:
		return fromUTF16(b, 0, binary.BigEndian)
	case len(b) >= 2 && b[0] != 0 && b[1] == 0:
		return fromUTF16(b, 0, binary.LittleEndian)
	case charset == "", charset == "utf-8", utf8.Valid(b):
		return b
	}
	e, err := htmlindex.Get(charset)
	if err != nil {
		return b
	}
	out, err := e.NewDecoder().Bytes(b)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return b
	}
	return out
}

// fromUTF16 decodes what stands behind a mark of skip bytes, unless it is not
// well-formed.
func fromUTF16(b []byte, skip int, order binary.ByteOrder) []byte {
	text := b[skip:]
	if len(text)%2 != 0 {
		return b
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	runes := utf16.Decode(units)
	var out strings.Builder
	for _, r := range runes {
		if r == utf8.RuneError {
			return b
		}
		out.WriteRune(r)
	}
	return []byte(out.String())
}
