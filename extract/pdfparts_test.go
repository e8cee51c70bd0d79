package extract

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/extract/pdf/pdftest"
)

// TestPDFCodesBeside finds the picture of a code in the appearance that an annotation has
// in its state, and in the stencil through which a picture of one colour is seen.
func TestPDFCodesBeside(t *testing.T) {
	const code = "https://badges.example.org/assertions/1"
	img := qr(t, code, 4)
	w, h := img.Rect.Dx(), img.Rect.Dy()
	picture := func(b *pdftest.Builder) string {
		return b.Packed(fmt.Sprintf("/Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8", w, h), string(img.Pix))
	}
	form := func(b *pdftest.Builder) string {
		return b.Stream("/Subtype /Form /BBox [0 0 1 1] /Resources <</XObject <</Im1 "+picture(b)+">>>>", "/Im1 Do")
	}
	for _, tc := range []struct {
		desc  string
		build func(b *pdftest.Builder)
		found bool
	}{
		{"the state that is seen", func(b *pdftest.Builder) {
			b.Page = "/Annots [<</Subtype /Widget /Rect [0 0 99 99] /AS /On /AP <</N <</On " + form(b) + ">>>>>>]"
		}, true},
		{"another state", func(b *pdftest.Builder) {
			b.Page = "/Annots [<</Subtype /Widget /Rect [0 0 99 99] /AS /Off /AP <</N <</On " + form(b) + ">>>>>>]"
		}, false},
		{"a stencil", func(b *pdftest.Builder) {
			bits := make([]byte, 0, h*(w+7)/8)
			for y := range h {
				row := make([]byte, (w+7)/8)
				for x := range w {
					if img.GrayAt(x, y).Y >= 128 {
						row[x/8] |= 0x80 >> (x % 8)
					}
				}
				bits = append(bits, row...)
			}
			mask := b.Packed(fmt.Sprintf("/Subtype /Image /ImageMask true /Width %d /Height %d /BitsPerComponent 1", w, h), string(bits))
			one := b.Stream("/Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Mask "+mask, "\x00")
			b.Page = "/Resources <</XObject <</Im1 " + one + ">>>>"
			b.Content = "q 100 0 0 100 40 40 cm /Im1 Do Q"
		}, true},
	} {
		var b pdftest.Builder
		tc.build(&b)
		r := find(t, "cv.pdf", b.Build())
		if found := len(pdfFound(r, code)) > 0; found != tc.found {
			t.Errorf("%s: found %v, want %v; %v", tc.desc, found, tc.found, show(r))
		}
	}
}

// TestPDFTextLost tells of a page whose content cannot be decoded: nothing of it is seen.
func TestPDFTextLost(t *testing.T) {
	var b pdftest.Builder
	b.Content = "BT /F1 10 Tf 40 700 Td (See https://badges.example.org/assertions/1) Tj ET"
	data := b.Build()
	whole := find(t, "cv.pdf", data)
	lost := find(t, "cv.pdf", []byte(strings.Replace(string(data), "<</Length", "<</Filter /Foo /Length", 1)))
	at := func(r Result) []string {
		var all []string
		for _, u := range r.Unread {
			all = append(all, u.Where+" "+string(u.Reason))
		}
		return all
	}
	if got := at(whole); got != nil {
		t.Errorf("a page that can be read: %q", got)
	}
	if want := []string{"cv.pdf > page 1 > text malformed"}; !slices.Equal(at(lost), want) {
		t.Errorf("%q, want %q", at(lost), want)
	}
}
