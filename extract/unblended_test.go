package extract

import (
	"image"
	"image/color"
	"slices"
	"testing"
)

// blended is a code of which each pixel is the middle of four modules, in the shades that
// LibreOffice's pictures of its own codes have.
func blended(t testing.TB, text string) *image.NRGBA {
	m := modules(t, text)
	img := image.NewNRGBA(image.Rect(0, 0, len(m)+1, len(m)+1))
	for y := range len(m) + 1 {
		for x := range len(m) + 1 {
			n := 0
			for _, at := range [][2]int{{x - 1, y - 1}, {x, y - 1}, {x - 1, y}, {x, y}} {
				if at[0] >= 0 && at[1] >= 0 && at[0] < len(m) && at[1] < len(m) && m[at[1]][at[0]] {
					n++
				}
			}
			img.SetNRGBA(x, y, color.NRGBA{A: []byte{0, 16, 49, 86, 120}[n]})
		}
	}
	return img
}

// TestQRBlended: a code that was painted half a pixel beside its pixels is read, a picture
// that is none gives nothing.
func TestQRBlended(t *testing.T) {
	const code = "https://badges.example.org/assertions/blended-1"
	img := blended(t, code)
	picture := encoded(t, "png", img)
	for name, data := range map[string][]byte{"x.png": picture, "cv.docx": docx(t, file{"word/document.xml", body(run("x"))}, file{"word/media/image1.png", string(picture)})} {
		if got := pdfFound(find(t, name, data), code); len(got) != 1 {
			t.Errorf("%s: %d findings", name, len(got))
		}
	}
	// One shade is another: it is not four modules each.
	other := image.NewNRGBA(img.Rect)
	copy(other.Pix, img.Pix)
	for i, n := 3, 0; i < len(other.Pix) && n < 1; i += 4 {
		if other.Pix[i] == 120 {
			other.Pix[i], n = 0, n+1
		}
	}
	g := flatten(other)
	defer g.done()
	if g.unblended() != nil {
		t.Error("a picture that is none")
	}
	h := flatten(img)
	defer h.done()
	if m := h.unblended(); m == nil {
		t.Error("nothing of one that is")
	} else if slices.ContainsFunc(m.pix[:m.Width*m.Height], func(v byte) bool { return v != 0 && v != 255 }) {
		t.Error("shades of gray")
	}
}
