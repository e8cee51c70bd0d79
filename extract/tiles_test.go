package extract

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestPDFTiles finds codes whose modules are cut over neighbouring pictures, whatever their
// form and their number.
func TestPDFTiles(t *testing.T) {
	const code = "https://badges.example.org/assertions/tiles-1"
	const pictures, drawn = "cv.pdf > page 1 > pictures > QR code", "cv.pdf > page 1 > drawing > QR code"
	for _, tc := range []struct {
		module, across, down int // pixels of a module, tiles
		want                 []string
	}{
		{4, 2, 2, []string{pictures}},
		{4, 8, 8, []string{pictures}},
		{4, 1, 8, []string{pictures}},
		{4, 8, 1, []string{pictures}},
		{1, 1, 64, []string{pictures}},
		{3, 200, 1, []string{pictures}},
		{3, 37, 37, []string{drawn, pictures}},
	} {
		for _, form := range []string{"objects", "inline", "in forms"} {
			t.Run(fmt.Sprintf("%s, %d by %d", form, tc.across, tc.down), func(t *testing.T) {
				d := newDrawing(t, code)
				n := d.n * tc.module
				all, names := d.picture(tc.module, 0, d.n), ""
				unit := 200.0 / float64(n)
				for i := range tc.across * tc.down {
					tx, ty := i%tc.across, i/tc.across
					x0, x1, y0, y1 := tx*n/tc.across, (tx+1)*n/tc.across, ty*n/tc.down, (ty+1)*n/tc.down
					var part strings.Builder
					for y := y0; y < y1; y++ {
						part.WriteString(all[y*n+x0 : y*n+x1])
					}
					if part.Len() == 0 {
						continue
					}
					d.f("q %f 0 0 %f %f %f cm", unit*float64(x1-x0), unit*float64(y1-y0), 100+unit*float64(x0), 600-unit*float64(y1))
					if form == "inline" {
						d.f("BI /W %d /H %d /BPC 8 /CS /G ID %s EI Q", x1-x0, y1-y0, part.String())
						continue
					}
					ref := d.b.Packed(fmt.Sprintf("/Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8", x1-x0, y1-y0), part.String())
					if form == "in forms" {
						ref = d.b.Packed("/Subtype /Form /BBox [0 0 1 1] /Resources <</XObject <</I "+ref+">>>>", "/I Do")
					}
					names += fmt.Sprintf("/X%d %s ", i, ref)
					d.f("/X%d Do Q", i)
				}
				d.res.WriteString("/XObject <<" + names + ">>")
				r := find(t, "cv.pdf", d.build())
				if got := wheres(pdfFound(r, code)); !slices.Equal(got, tc.want) || len(r.Unread) != 0 {
					t.Errorf("%q, want %q; %+v", got, tc.want, r.Unread)
				}
			})
		}
	}
}
