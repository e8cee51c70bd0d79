package extract

import (
	"image"
	"testing"
)

// A picture is made square within bounds, and only one in which a code has room.
func TestSquareSize(t *testing.T) {
	for _, tc := range []struct {
		desc  string
		w, h  int
		ratio float64
		wide  int
		high  int
	}{
		{"a fax", 1728, 1100, 2.0, 1728, 2200},
		{"lying", 300, 600, 0.5, 600, 600},
		{"square", 300, 300, 1, 0, 0},
		{"nearly square", 300, 300, 1.1, 0, 0},
		{"a bar", 300, 30, 40, 0, 0},
		{"a row", 300, 1, 10, 0, 0},
		{"no number", 300, 300, 0, 0, 0},
		{"large", 6000, 3000, 2, 2828, 2828},
		{"long", 30, 9000, 1.5, 0, 0},
	} {
		if w, h := squareSize(tc.w, tc.h, tc.ratio); w != tc.wide || h != tc.high {
			t.Errorf("%s: %d by %d, want %d by %d", tc.desc, w, h, tc.wide, tc.high)
		}
	}
}

// A scan of many pixels of a bit each is not given a byte for each.
func TestSquaredBits(t *testing.T) {
	const module = 150
	code := qr(t, "https://example.org/badges/1", 1)
	side := code.Rect.Dx()
	w, h := side*module, side*module/2
	b := newBlackWhite(w, h)
	for y := range h {
		for x := 0; x < w; x += module {
			if p := image.Pt(x/module, 2*y/module); code.GrayAt(p.X, p.Y).Y < 128 {
				darken(b.row(y), x, x+module)
			}
		}
	}
	if w*h <= stretchedPixels {
		t.Fatalf("%d by %d are too few", w, h)
	}
	wide, high := squareSize(w, h, 2)
	g := squared(b, wide, high)
	p := &part{call: newCall(t.Context(), Limits{}.WithDefaults(), nil)}
	if got := p.readQR(g); len(got) != 1 {
		t.Errorf("%q", got)
	}
}
