package extract

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/extract/pdf/pdftest"
)

// TestPDFUndecodedPictures: there is no decoder of JPEG 2000 and JBIG2 here. Wherever
// such a picture stands, and whatever it is packed in besides, it is told with its
// page and its filter.
func TestPDFUndecodedPictures(t *testing.T) {
	const size = "/Type /XObject /Subtype /Image /Width 1000 /Height 1400 "
	line := func(step, filter string) []Unread {
		return []Unread{{Where: "cv.pdf > page 1 > " + step, Reason: ReasonUnknown, Detail: filter + ": its pixels are not searched for QR codes"}}
	}
	jpx, jb2 := "\x00\x00\x00\x0cjP  \r\n\x87\n", "\x00\x00\x00\x00\x30\x00\x01\x00\x00\x00\x13"
	for desc, c := range map[string]struct {
		add  func(b *pdftest.Builder)
		want []Unread
	}{
		"JPEG 2000 without colours of its own": {func(b *pdftest.Builder) {
			b.Page = "/Resources <</XObject <</Im1 " + b.Stream(size+"/Filter /JPXDecode", jpx) + ">>>>"
		}, line("image Im1", "JPXDecode")},
		"deflated besides": {func(b *pdftest.Builder) {
			b.Page = "/Resources <</XObject <</Im1 " + b.Stream(size+"/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter [/FlateDecode /JPXDecode]", pdftest.Deflated(jpx)) + ">>>>"
		}, line("image Im1", "JPXDecode")},
		"deflated twice, in hexadecimals": {func(b *pdftest.Builder) {
			b.Page = "/Resources <</XObject <</Im1 " + b.Stream(size+"/Filter [/ASCIIHexDecode /FlateDecode /FlateDecode /JBIG2Decode] /DecodeParms [null null null <<>>]", fmt.Sprintf("%x>", pdftest.Deflated(pdftest.Deflated(jb2)))) + ">>>>"
		}, line("image Im1", "JBIG2Decode")},
		"with globals": {func(b *pdftest.Builder) {
			b.Page = "/Resources <</XObject <</Im1 " + b.Stream(size+"/ImageMask true /BitsPerComponent 1 /Filter /JBIG2Decode /DecodeParms <</JBIG2Globals "+b.Stream("", jb2)+">>", jb2) + ">>>>"
		}, line("image Im1", "JBIG2Decode")},
		"in a form": {func(b *pdftest.Builder) {
			form := b.Stream("/Type /XObject /Subtype /Form /BBox [0 0 100 100] /Resources <</XObject <</Im7 "+b.Stream(size+"/Filter /JPXDecode", jpx)+">>>>", "q 100 0 0 100 0 0 cm /Im7 Do Q")
			b.Page, b.Content = "/Resources <</XObject <</Fm1 "+form+">>>>", "/Fm1 Do"
		}, line("image Im7", "JPXDecode")},
		"as a transparency": {func(b *pdftest.Builder) {
			mask := b.Stream(size+"/ColorSpace /DeviceGray /Filter /JPXDecode", jpx)
			b.Page = "/Resources <</XObject <</Im1 " + b.Packed("/Type /XObject /Subtype /Image /Width 30 /Height 30 /BitsPerComponent 8 /ColorSpace /DeviceGray /SMask "+mask, strings.Repeat("\xff", 900)) + ">>>>"
		}, line("image Im1", "JPXDecode")},
		"in the appearance of a stamp": {func(b *pdftest.Builder) {
			form := b.Stream("/Type /XObject /Subtype /Form /BBox [0 0 100 100] /Resources <</XObject <</Im7 "+b.Stream(size+"/Filter /JPXDecode", jpx)+">>>>", "q 100 0 0 100 0 0 cm /Im7 Do Q")
			b.Page = "/Annots [<</Type /Annot /Subtype /Stamp /Rect [0 0 100 100] /AP <</N " + form + ">>>>]"
		}, line("image Im7", "JPXDecode")},
	} {
		b := &pdftest.Builder{}
		c.add(b)
		if got := find(t, "cv.pdf", b.Build()).Unread; !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", desc, got, c.want)
		}
	}
}

// Pictures that are not decoded take nothing from those that are.
func TestPDFUndecodedCostNothing(t *testing.T) {
	b := &pdftest.Builder{}
	var all strings.Builder
	for i := range 30 { // 261 million pixels
		fmt.Fprintf(&all, "/Im%d %s ", i, b.Stream("/Type /XObject /Subtype /Image /Width 2480 /Height 3508 /Filter /JPXDecode", fmt.Sprint("x", i)))
	}
	img := qr(t, producedURL, 4)
	code := b.Packed(fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8", img.Rect.Dx(), img.Rect.Dy()), string(img.Pix))
	b.Page = "/Resources <</XObject <<" + all.String() + "/Jm " + code + ">>>>"
	r := find(t, "cv.pdf", b.Build())
	if len(pdfFound(r, producedURL)) != 1 || slices.ContainsFunc(r.Unread, func(u Unread) bool { return u.Reason == ReasonPixels }) {
		t.Errorf("%v", show(r))
	}
}
