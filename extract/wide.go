package extract

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Text in units of two or four bytes, with a byte order mark or without: some
// programs leave it out (RFC 2781 §3.3). It is made UTF-8 before any carrier is
// asked, so that all kinds of text are known in it.

// wideText is how a text is written.
type wideText struct {
	size int // bytes of a unit, 0 when it is no such text
	big  bool
	mark int // bytes of its mark
}

// wideOf tells how b is written.
func wideOf(b []byte) wideText {
	switch {
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE, 0, 0}):
		return wideText{4, false, 4}
	case bytes.HasPrefix(b, []byte{0, 0, 0xFE, 0xFF}):
		return wideText{4, true, 4}
	case isUTF16(b):
		return wideText{2, b[0] == 0xFE, 2}
	}
	if len(b) < 8 {
		return wideText{}
	}
	for _, w := range []wideText{{size: 4}, {size: 4, big: true}, {size: 2}, {size: 2, big: true}} {
		if w.holds(b) {
			return w
		}
	}
	return wideText{}
}

const wideSample = 512 // bytes looked at at the beginning, in the middle and at the end

// holds reports whether b is text of this form without a mark: nothing that is looked at is
// what no text has, and it begins with a character of ASCII, of which most of it is, or an
// address stands in it. A file that only begins so is none.
func (w wideText) holds(b []byte) bool {
	r := w.unit(b)
	foreign := r > unicode.MaxASCII
	if !plainRune(r) && !(w.size == 2 && utf16.IsSurrogate(r)) {
		return false
	}
	n := len(b) - len(b)%w.size
	letters, narrow := true, true
	for _, from := range []int{0, n / 2, n - wideSample} {
		from = max(0, from-from%w.size)
		sample := b[from:min(n, from+wideSample)]
		narrow = narrow && !bytes.ContainsFunc(sample, func(r rune) bool { return r >= utf8.RuneSelf || !plainRune(r) })
		ascii, all := 0, 0
		for ; len(sample) >= w.size; sample = sample[w.size:] {
			r := w.unit(sample)
			half := w.size == 2 && utf16.IsSurrogate(r)
			if !plainRune(r) && !half {
				return false
			}
			all++
			if r <= unicode.MaxASCII {
				ascii++
			}
			letters = letters && (half || unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r) || r < ' ')
		}
		foreign = foreign || 2*ascii < all
	}
	// Two bytes of whatever else are a character, too: in text each is one that is written.
	return !foreign || letters && !narrow && !bytes.Contains(b[:min(n, 1024)], []byte("%PDF-")) && w.tells(b)
}

// tells reports whether an address stands in b.
func (w wideText) tells(b []byte) bool {
	var scheme []byte
	for _, c := range []byte("://") {
		unit := make([]byte, w.size)
		unit[0] = c
		if w.big {
			slices.Reverse(unit)
		}
		scheme = append(scheme, unit...)
	}
	for at := 0; ; at++ {
		n := bytes.Index(b[at:], scheme)
		if n < 0 {
			return false
		}
		if at += n; at%w.size == 0 {
			return true
		}
	}
}

// plainRune reports whether r may stand in a text.
func plainRune(r rune) bool {
	return utf8.ValidRune(r) && r != 0xFFFE && r != 0xFFFF && (r >= ' ' && r != 0x7f || r == '\t' || r == '\r' || r == '\n' || r == '\f')
}

// unit is the first unit of b.
func (w wideText) unit(b []byte) rune {
	u := uint32(0)
	for i := range w.size {
		if w.big {
			u = u<<8 | uint32(b[i])
		} else {
			u |= uint32(b[i]) << (8 * i)
		}
	}
	return rune(min(u, unicode.MaxRune+1))
}

// decode makes UTF-8 of b.
func (w wideText) decode(b []byte) []byte {
	b = b[w.mark:]
	out := make([]byte, 0, len(b)/w.size+utf8.UTFMax)
	for ; len(b) >= w.size; b = b[w.size:] {
		r := w.unit(b)
		if w.size == 2 && utf16.IsSurrogate(r) {
			if len(b) >= 4 {
				r = utf16.DecodeRune(r, w.unit(b[2:]))
			}
			if r > 0xFFFF {
				b = b[2:]
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// narrow makes UTF-8 of a part that is written in wide units. What somebody said of
// its encoding is true no more.
func (p *part) narrow() {
	if w := wideOf(p.data); w.size > 0 {
		p.data = w.decode(p.data)
		p.contentType, _, _ = strings.Cut(p.contentType, ";")
	}
}
