package pdf

import (
	"unicode/utf16"
	"unicode/utf8"
)

// TextString decodes a text string (ISO 32000-1 §7.9.2.2).
func TextString(s string) string {
	switch {
	case len(s) >= 2 && s[0] == 0xfe && s[1] == 0xff:
		return utf16String(s[2:], 0)
	case len(s) >= 2 && s[0] == 0xff && s[1] == 0xfe:
		return utf16String(s[2:], 1)
	case len(s) >= 3 && s[:3] == "\xef\xbb\xbf":
		return s[3:]
	}
	ascii := true
	for i := 0; i < len(s) && ascii; i++ {
		ascii = s[i] < 0x80
	}
	if ascii {
		return s
	}
	if utf8.ValidString(s) { // not what the standard says, but what writers do
		return s
	}
	out := make([]rune, 0, len(s))
	for i := 0; i < len(s); i++ {
		out = append(out, docEncoding(s[i]))
	}
	return string(out)
}

// utf16String decodes UTF-16; low is the place of the low byte's index, 0 for
// big endian.
func utf16String(s string, low int) string {
	u := make([]uint16, 0, len(s)/2)
	for i := 0; i+1 < len(s); i += 2 {
		u = append(u, uint16(s[i+low])<<8|uint16(s[i+1-low]))
	}
	return string(utf16.Decode(u))
}

// docEncoding is PDFDocEncoding where it differs from Latin-1
// (ISO 32000-1 annex D.3).
func docEncoding(c byte) rune {
	const high = "•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž"
	switch {
	case c >= 0x80 && c < 0x9f:
		return []rune(high)[c-0x80]
	case c == 0xa0:
		return '€'
	}
	return rune(c)
}
