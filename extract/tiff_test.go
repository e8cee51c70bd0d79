package extract

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// tiffOf writes gray pictures of one size, uncompressed, as the pages of a TIFF;
// last is where the chain goes on behind the last of them.
func tiffOf(order binary.ByteOrder, w, h int, last uint32, pages ...[]byte) []byte {
	b := []byte("II*\x00\x00\x00\x00\x00")
	if order == binary.BigEndian {
		copy(b, "MM\x00*")
	}
	next := 4 // where the place of the next directory is to be written
	for _, pix := range pages {
		at := len(b)
		b = append(b, pix...)
		order.PutUint32(b[next:], uint32(len(b)))
		entries := [][3]uint32{{256, 4, uint32(w)}, {257, 4, uint32(h)}, {258, 4, 8}, {259, 4, 1}, {262, 4, 1}, {273, 4, uint32(at)}, {277, 4, 1}, {278, 4, uint32(h)}, {279, 4, uint32(len(pix))}}
		b = append(b, 0, 0)
		order.PutUint16(b[len(b)-2:], uint16(len(entries)))
		for _, e := range entries {
			var f [12]byte
			order.PutUint16(f[:], uint16(e[0]))
			order.PutUint16(f[2:], uint16(e[1]))
			order.PutUint32(f[4:], 1)
			order.PutUint32(f[8:], e[2])
			b = append(b, f[:]...)
		}
		next = len(b)
		b = append(b, 0, 0, 0, 0)
	}
	order.PutUint32(b[next:], last)
	return b
}

func TestTIFFPages(t *testing.T) {
	const u = "https://example.org/badges/1"
	code := qr(t, u, 4)
	w, h := code.Rect.Dx(), code.Rect.Dy()
	white := bytes.Repeat([]byte{255}, w*h)
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, tc := range []struct {
			desc string
			data []byte
			want []string
		}{
			{"one page", tiffOf(order, w, h, 0, code.Pix), []string{"link " + u + " | x.tif > QR code"}},
			{"the third page", tiffOf(order, w, h, 0, white, white, code.Pix), []string{"link " + u + " | x.tif > page 3 > QR code"}},
			{"a chain that ends nowhere", tiffOf(order, w, h, 0xFFFFFFF0, white, code.Pix), []string{"link " + u + " | x.tif > page 2 > QR code", "unread x.tif: truncated"}},
		} {
			if got := show(find(t, "x.tif", tc.data)); !slices.Equal(got, tc.want) {
				t.Errorf("%v, %s: %q, want %q", order, tc.desc, got, tc.want)
			}
		}
	}
}

// A chain that comes back to itself ends, one of many pages is bounded, and a page
// that cannot be decoded is told.
func TestTIFFChain(t *testing.T) {
	white := bytes.Repeat([]byte{255}, 30*30)
	order := binary.LittleEndian
	round := tiffOf(order, 30, 30, 8+uint32(len(white)), white, white)
	if pages, more, cut := tiffPages(round, 100); len(pages) != 2 || more || cut {
		t.Errorf("a ring of two: %d pages, more %v", len(pages), more)
	}
	many := tiffOf(order, 30, 30, 0, white, white, white)
	if pages, more, cut := tiffPages(many, 2); len(pages) != 2 || !more || cut {
		t.Errorf("three of two: %d pages, more %v", len(pages), more)
	}
	broken := slices.Clone(many)
	at := 8 + len(white)
	order.PutUint16(broken[at+2+12*3+8:], 77) // a compression that nobody knows
	r := find(t, "x.tif", broken)
	if len(r.Unread) != 1 || !strings.HasSuffix(r.Unread[0].Where, "page 1") || r.Unread[0].Reason != ReasonUnknown {
		t.Errorf("unread %+v", r.Unread)
	}
}
