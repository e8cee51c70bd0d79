package extract

import (
	"bytes"
	"image"
	"math/rand/v2"
	"testing"

	"github.com/makiuchi-d/gozxing"
)

// TestPixels: what is done to eight pixels at once is what is done to each, at every
// width.
func TestPixels(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for w := 1; w < 70; w++ {
		img := image.NewGray(image.Rect(0, 0, w, 1+rng.IntN(40)))
		h := img.Rect.Dy()
		for i := range img.Pix {
			img.Pix[i] = byte(rng.Uint32())
		}
		same := func(desc string, got []byte, width int, want func(x, y int) byte) {
			t.Helper()
			for i, v := range got {
				if x, y := i%width, i/width; v != want(x, y) {
					t.Fatalf("%s of %d by %d: %d at %d,%d, want %d", desc, w, h, v, x, y, want(x, y))
				}
			}
		}
		at := func(x, y int) byte { return img.Pix[max(0, y)*w+max(0, x)] }
		g := flatten(img)
		paper := func(x, y int) byte {
			if x -= quiet; x < 0 || x >= w || y < quiet || y >= h+quiet {
				return 255
			}
			return at(x, y-quiet)
		}
		same("flatten", g.pix, g.Width, paper)
		same("inverted", g.inverted().pix, g.Width, func(x, y int) byte { return 255 - paper(x, y) })
		same("half", g.half().pix, g.Width/2, func(x, y int) byte {
			return byte((int(paper(2*x, 2*y)) + int(paper(2*x+1, 2*y)) + int(paper(2*x, 2*y+1)) + int(paper(2*x+1, 2*y+1))) / 4)
		})
		same("double", g.double().pix, 2*g.Width, func(x, y int) byte {
			x0, y0 := x/2, y/2
			x1, y1 := min(x0+x%2, g.Width-1), min(y0+y%2, g.Height-1)
			sum := int(paper(x0, y0)) + int(paper(x1, y0)) + int(paper(x0, y1)) + int(paper(x1, y1))
			return byte(sum / 4)
		})
		same("grown", g.grown().pix, g.Width, func(x, y int) byte {
			return min(paper(x, y), paper(max(0, x-1), y), paper(x, max(0, y-1)), paper(max(0, x-1), max(0, y-1)))
		})
		plain := &gray{LuminanceSourceBase: gozxing.LuminanceSourceBase{Width: w, Height: h}, pix: bytes.Clone(img.Pix)}
		plain.frame(9)
		m := min(quiet, w/4, h/4)
		same("frame", plain.pix, w, func(x, y int) byte {
			if x < m || x >= w-m || y < m || y >= h-m {
				return 9
			}
			return at(x, y)
		})
	}
}

// TestPDFSamples: rows of samples are gray as each sample alone is, however they are packed.
func TestPDFSamples(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	row := make([]byte, 400)
	for i := range row {
		row[i] = byte(rng.Uint32())
	}
	palette := make([]uint8, 200)
	for i := range palette {
		palette[i] = byte(rng.Uint32())
	}
	for _, f := range []pdfSamples{
		{bits: 1, comps: 1}, {bits: 1, comps: 1, invert: true}, {bits: 2, comps: 1}, {bits: 4, comps: 1, palette: palette}, {bits: 1, comps: 1, palette: palette[:2]},
		{bits: 8, comps: 1}, {bits: 8, comps: 1, invert: true}, {bits: 8, comps: 1, palette: palette}, {bits: 16, comps: 1}, {bits: 16, comps: 3},
		{bits: 8, comps: 3}, {bits: 8, comps: 3, invert: true}, {bits: 8, comps: 4}, {bits: 4, comps: 3}, {bits: 1, comps: 4},
	} {
		for w := 1; w < 40; w++ {
			got, want := make([]byte, w), make([]byte, w)
			f.gray(row, got)
			f.graySlow(row, want)
			if !bytes.Equal(got, want) {
				t.Fatalf("%d bits, %d components, %d pixels: %v, want %v", f.bits, f.comps, w, got, want)
			}
		}
	}
}

// TestFramed: a picture that was decoded within its margin is searched as a copy of it is,
// whatever stood in the memory before, and however few rows of it came.
func TestFramed(t *testing.T) {
	for _, rows := range []int{40, 33} {
		f := newFramed(50, 40, true)
		for i := range f.all.pix {
			f.all.pix[i] = byte(i * 7)
		}
		f.end(rows)
		copied := image.NewGray(f.Bounds())
		for y := range rows {
			copy(copied.Pix[y*copied.Stride:], f.Pix[y*f.Stride:][:50])
		}
		got, want := flatten(f), flatten(copied)
		if got.Width != want.Width || got.Height != want.Height || !bytes.Equal(got.pix, want.pix) {
			t.Errorf("%d rows: not as a copy within a margin is", rows)
		}
		if got.done(); got.pix == nil {
			t.Error("the search gave back memory that is the picture's")
		}
		pictureDone(f)
	}
}
