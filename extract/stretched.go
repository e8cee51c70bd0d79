package extract

import (
	"image"
	"math"

	"assay/extract/raster"
)

// Pictures whose pixels are no squares: a scan of a fax of 204 by 98 dots an inch, or
// one that a page draws into a square though it is twice as wide. Readers of codes find
// none in them; so they are made square and searched once more.

const (
	// Up to how much longer one side of a pixel is, codes are read as they are, and from
	// how much on it is no picture any more but a bar or a shade.
	stretchedFrom, stretchedTo = 1.15, 16.0
	stretchedPixels            = 8_000_000 // of one that is made square at most
)

// stretched reports whether pixels are so many times as high as they are wide that no
// code is read as it is.
func stretched(ratio float64) bool {
	if ratio < 1 {
		ratio = 1 / ratio
	}
	return ratio > stretchedFrom && ratio < stretchedTo
}

// squareSize is how large a picture of w by h pixels is when they are made square; 0, 0
// for one whose pixels are square, and one in which no code has room.
func squareSize(w, h int, ratio float64) (int, int) {
	if !stretched(ratio) || w < pdfMinQR || h < pdfMinQR {
		return 0, 0
	}
	wide, high := float64(w), float64(h)
	if ratio > 1 {
		high *= ratio
	} else {
		wide /= ratio
	}
	less := min(1, math.Sqrt(stretchedPixels/(wide*high)), raster.MaxSide/max(wide, high))
	w, h = int(math.Round(wide*less)), int(math.Round(high*less))
	if w < pdfMinQR || h < pdfMinQR {
		return 0, 0
	}
	return w, h
}

// squared is a picture with square pixels, of a size that squareSize gave.
func squared(img image.Image, w, h int) *image.Gray {
	if m, ok := img.(*blackWhite); ok && m.w*m.h > stretchedPixels { // a byte for each pixel would be too much
		half := m.inHalf()
		defer half.done()
		img = &image.Gray{Pix: half.pix, Stride: half.Width, Rect: image.Rect(0, 0, half.Width, half.Height)}
	}
	c := raster.On(pictureMemory(w*h), w, h)
	c.Picture(grayOf(img), nil, raster.Matrix{float64(w), 0, 0, -float64(h), 0, float64(h)})
	return c.Gray
}

// qrOf is qr for a picture whose pixels are so many times as high as wide: as it is, and
// where that gives nothing, with square ones.
func (p *part) qrOf(img image.Image, ratio float64, pl Place) bool {
	if p.qr(img, pl) {
		return true
	}
	b := img.Bounds()
	w, h := squareSize(b.Dx(), b.Dy(), ratio)
	if w == 0 || p.done() {
		return false
	}
	if p.pixelsLeft -= int64(w * h); p.pixelsLeft < 0 {
		p.unread(pl.Where, ReasonPixels, "it is stretched: it is searched for QR codes as it is alone")
		p.pixelsLeft = 0
		return false
	}
	g := squared(img, w, h)
	defer pictureDone(g)
	return p.qr(g, pl)
}
