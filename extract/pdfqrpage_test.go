package extract

import (
	"fmt"
	"slices"
	"testing"

	"assay/extract/pdf/pdftest"
)

// pdfOfCodes has on its first page text, and on its second a picture of a code.
func pdfOfCodes(t *testing.T, text, second, code string) []byte {
	img := qr(t, code, 4)
	var b pdftest.Builder
	w, h := img.Rect.Dx(), img.Rect.Dy()
	im := b.Packed(fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8", w, h), string(img.Pix))
	b.Page = "/Resources <</Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Courier>>>>>>"
	b.Content = "BT /F1 10 Tf 40 700 Td " + pdftest.String(text) + " Tj ET"
	more := b.Stream("", "BT /F1 10 Tf 40 700 Td "+pdftest.String(second)+" Tj ET q 100 0 0 100 40 40 cm /Im1 Do Q")
	page := b.Add("<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %s /Resources <</XObject <</Im1 %s>> /Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Courier>>>>>>>>", more, im)
	b.Catalog = "/Pages " + b.Add("<</Type /Pages /Kids [3 0 R %s] /Count 2>>", page)
	return b.Build()
}

// Whether a page is searched for codes is asked of that page, and a link that leads
// nowhere is not something found.
func TestPDFCodesByPage(t *testing.T) {
	const code = "https://badges.example.org/assertions/1"
	const credly = "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-000000000001"
	at := []string{"cv.pdf > page 2 > image Im1 > QR code"}
	for _, tc := range []struct {
		desc, first, second string
		mode                QRMode
		want                []string
	}{
		{"a profile on the first page", "https://www.credly.com/users/abc", "", QRAuto, at},
		{"a badge on the first page", credly, "", QRAuto, at},
		{"a profile beside the code", "", "https://www.credly.com/users/abc", QRAuto, at},
		{"a link that may lead to a badge, on the first page", "https://example.org/awards/2020", "", QRAuto, at},
		{"a badge beside the code", "", credly, QRAuto, nil},
		{"a badge beside the code, all wanted", "", credly, QRAlways, at},
		{"none wanted", "", "", QRNever, nil},
	} {
		r := findWith(t, Limits{QR: tc.mode}, Document{Name: "cv.pdf", Data: pdfOfCodes(t, tc.first, tc.second, code)})
		if got := wheres(pdfFound(r, code)); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q; %v", tc.desc, got, tc.want, show(r))
		}
	}
}
