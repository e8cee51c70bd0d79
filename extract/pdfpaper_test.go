package extract

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/extract/pdf"
	"assay/extract/pdf/pdftest"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// paper is a clean page of a certificate in RGB, rows of PNG's predictor or none: a
// thousand bytes of it become one.
func paper(t *testing.T, w, h int, predictor bool) string {
	t.Helper()
	code, err := qrcode.NewQRCodeWriter().Encode(pdfTestURL, gozxing.BarcodeFormat_QR_CODE, 300, 300, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	prev := make([]byte, 3*w)
	for y := range h {
		line := bytes.Repeat([]byte{255}, 3*w)
		for x := range 300 {
			if y >= 700 && y < 1000 && code.Get(x, y-700) {
				copy(line[3*(x+500):], []byte{0, 0, 0})
			}
		}
		if predictor {
			out.WriteByte(2)
			for i, c := range line {
				out.WriteByte(c - prev[i])
			}
			prev = line
		} else {
			out.Write(line)
		}
	}
	return out.String()
}

// A clean page is no bomb, however it is packed: what its picture comes to is known
// before it is unpacked.
func TestB02_PaperIsNoBomb(t *testing.T) {
	const w, h = 1240, 1754
	size := fmt.Sprintf("/Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /DeviceRGB ", w, h)
	plain, rows := paper(t, w, h, false), paper(t, w, h, true)
	hex := func(s string) string { return fmt.Sprintf("%x>", pdftest.Deflated(s)) }
	for desc, add := range map[string]func(b *pdftest.Builder) string{
		"Flate": func(b *pdftest.Builder) string { return b.Packed(size, plain) },
		"with PNG's rows": func(b *pdftest.Builder) string {
			return b.Packed(size+fmt.Sprintf("/DecodeParms <</Predictor 15 /Colors 3 /Columns %d>>", w), rows)
		},
		"in ASCII": func(b *pdftest.Builder) string {
			return b.Stream(size+"/Filter [/ASCIIHexDecode /FlateDecode]", hex(plain))
		},
		"broken off behind the code": func(b *pdftest.Builder) string { return b.Packed(size, plain[:3*w*1100]) },
	} {
		b := &pdftest.Builder{}
		b.Page = "/Resources <</XObject <</Im1 " + add(b) + ">>>>"
		r := find(t, "cv.pdf", b.Build())
		if got := wheres(pdfFound(r, pdfTestURL)); !slices.Equal(got, []string{"cv.pdf > page 1 > image Im1 > QR code"}) || len(r.Unread) != 0 {
			t.Errorf("%s: %q, %+v", desc, got, r.Unread)
		}
	}
}

// Pictures whose pixels cannot be searched are told, the first of a kind by their
// page, and how many more there are.
func TestB03_PicturesInTheDark(t *testing.T) {
	unread := func(dict, data string, n int) []Unread {
		b := &pdftest.Builder{}
		var all strings.Builder
		for i := range n {
			fmt.Fprintf(&all, "/Im%d %s ", i+1, b.Stream("/Subtype /Image "+dict, data))
		}
		b.Page = "/Resources <</XObject <<" + all.String() + ">>>>"
		return find(t, "cv.pdf", b.Build()).Unread
	}
	const why = "its pixels are not searched for QR codes"
	one := func(reason Reason, detail string) []Unread {
		return []Unread{{Where: "cv.pdf > page 1 > image Im1", Reason: reason, Detail: detail + why}}
	}
	for desc, c := range map[string]struct {
		dict, data string
		want       []Unread
	}{
		"JPEG 2000":                {"/Width 100 /Height 100 /Filter /JPXDecode", "x", one(ReasonUnknown, "JPXDecode: ")},
		"JBIG2":                    {"/Width 100 /Height 100 /Filter /JBIG2Decode", "x", one(ReasonUnknown, "JBIG2Decode: ")},
		"no fax":                   {"/Width 100 /Height 100 /Filter /CCITTFaxDecode /DecodeParms <</K 4 /Columns 100>>", "xxxxxxxxxx", one(ReasonMalformed, "CCITTFaxDecode: ")},
		"no JPEG":                  {"/Width 100 /Height 100 /Filter /DCTDecode", "x", one(ReasonMalformed, "JPEG: ")},
		"larger than any":          {"/Width 7000 /Height 7000 /Filter /DCTDecode", "x", one(ReasonPixels, "")},
		"wider than any":           {"/Width 40000 /Height 30 /Filter /DCTDecode", "x", one(ReasonPixels, "")},
		"cut before its rows":      {"/Width 100 /Height 100 /BitsPerComponent 8 /ColorSpace /DeviceGray /Filter /FlateDecode", pdftest.Deflated("x"), one(ReasonTruncated, "")},
		"colours of another kind":  {"/Width 100 /Height 100 /BitsPerComponent 8 /ColorSpace /Pattern /Filter /FlateDecode", pdftest.Deflated("x"), one(ReasonUnknown, "colours of a kind that is not known: ")},
		"too small for any code":   {"/Width 20 /Height 20 /Filter /JPXDecode", "x", nil},
		"an ornament, one is wide": {"/Width 400 /Height 20 /Filter /JPXDecode", "x", nil},
	} {
		if got := unread(c.dict, c.data, 1); !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", desc, got, c.want)
		}
	}
	got := unread("/Width 100 /Height 100 /Filter /JPXDecode", "x", 10)
	if len(got) != pdfToldEach+1 || got[pdfToldEach] != (Unread{Where: "cv.pdf", Reason: ReasonUnknown, Detail: "6 pictures more, JPXDecode: " + why}) {
		t.Errorf("ten of them: %+v", got)
	}
	if got := unread("/Width 100 /Height 100 /Filter /JPXDecode", "x", pdfToldEach+1); len(got) != pdfToldEach+1 || got[pdfToldEach].Detail != "1 picture more, JPXDecode: "+why {
		t.Errorf("one more: %+v", got)
	}
	// All together they may have so many pixels and no more.
	if got := unread("/Width 6000 /Height 6000 /BitsPerComponent 1 /ColorSpace /DeviceGray /Filter /FlateDecode", pdftest.Deflated(strings.Repeat("\xff", 750*6000)), 4); len(got) != 1 || got[0].Reason != ReasonPixels {
		t.Errorf("144 million pixels: %+v", got)
	}
}

// A bomb behind a small picture's name gives what the picture may be, and no more.
func TestB02_BombOfAPicture(t *testing.T) {
	b := &pdftest.Builder{}
	b.Page = "/Resources <</XObject <</Im1 " + b.Packed("/Subtype /Image /Width 100 /Height 100 /BitsPerComponent 8 /ColorSpace /DeviceGray", strings.Repeat("\x00", 64<<20)) + ">>>>"
	r := find(t, "cv.pdf", b.Build())
	if r.Inflated > 1<<20 || len(r.Findings) != 0 {
		t.Errorf("%d bytes unpacked, %+v", r.Inflated, r.Unread)
	}
}

// What a fax calls black is shown black or white as BlackIs1 and Decode have it.
func TestPDFFaxBlack(t *testing.T) {
	white := strings.Repeat("\xff", 10) // Group 4: every row as the white one before it
	for dict, want := range map[string]byte{
		"/DecodeParms <</K -1 /Columns 40>>":                               255,
		"/DecodeParms <</K -1 /Columns 40 /BlackIs1 true>>":                0,
		"/DecodeParms <</K -1 /Columns 40 /BlackIs1 true>> /Decode [1 0]":  255,
		"/DecodeParms <</K -1 /Columns 40 /BlackIs1 false>> /Decode [1 0]": 0,
	} {
		b := &pdftest.Builder{}
		b.Page = "/Resources <</XObject <</Im1 " + b.Stream("/Subtype /Image /Width 40 /Height 40 /BitsPerComponent 1 /ColorSpace /DeviceGray /Filter /CCITTFaxDecode "+dict, white) + ">>>>"
		_, trailer, err := pdf.OpenLedongthuc(t.Context(), pdf.Open(b.Build(), func(int) bool { return true }, func(string) {}))
		if err != nil {
			t.Fatal(err)
		}
		img, reason, detail := pdfPicture(trailer.Key("Root").Key("Pages").Key("Kids").Index(0).Key("Resources").Key("XObject").Key("Im1"), 40, 40, true)
		if img == nil || grayOf(img).GrayAt(7, 7).Y != want {
			t.Errorf("%s: %v %s %s", dict, img, reason, detail)
		}
	}
}

func TestProgressive(t *testing.T) {
	for b, want := range map[string]bool{
		"\xff\xd8\xff\xe0\x00\x04xx\xff\xc2\x00\x04xx":     true,
		"\xff\xd8\xff\xff\xff\xc2\x00\x04xx":               true,
		"\xff\xd8\xff\xe0\x00\x04\xff\xc2\xff\xc0\x00\x04": false,
		"\xff\xd8\xff\xda\x00\x04xx\xff\xc2\x00\x04xx":     false,
		"\xff\xd8": false, "": false, "\xff\xd8\xff\xe0\xff\xff": false,
	} {
		if progressive([]byte(b)) != want {
			t.Errorf("%x", b)
		}
	}
}

func TestPDFWithoutPages(t *testing.T) {
	for desc, data := range map[string]string{
		"no page tree":      "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n",
		"a tree of nothing": "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n",
	} {
		if r := find(t, "cv.pdf", []byte(data)); len(r.Unread) != 1 || r.Unread[0].Reason != ReasonMalformed || r.Unread[0].Detail != "it shows no page" {
			t.Errorf("%s: %+v", desc, r.Unread)
		}
	}
}
