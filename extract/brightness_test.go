package extract

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"runtime"
	"testing"
)

// photo is a picture of soft shades with a few sharp things in it.
func photo(rng *rand.Rand, w, h int, gray bool) image.Image {
	c := image.NewRGBA(image.Rect(0, 0, w, h))
	fx, fy := rng.Float64()*5, rng.Float64()*5
	for y := range h {
		for x := range w {
			c.SetRGBA(x, y, color.RGBA{uint8(float64(x) * fx), uint8(float64(y) * fy), uint8(x ^ y), 255})
		}
	}
	for range rng.IntN(9) {
		x, y, v := rng.IntN(w), rng.IntN(h), uint8(255*rng.IntN(2))
		for i := range 400 {
			c.SetRGBA(x+i%20, y+i/20, color.RGBA{v, v, v, 255})
		}
	}
	if !gray {
		return c
	}
	g := image.NewGray(c.Rect)
	for y := range h {
		for x := range w {
			g.Set(x, y, c.At(x, y))
		}
	}
	return g
}

// TestBrightness: a JPEG has the brightness that the library gives it, but for what
// rounding makes.
func TestBrightness(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	for i := range 120 {
		w, h := 1+rng.IntN(90), 1+rng.IntN(90)
		var b bytes.Buffer
		if err := jpeg.Encode(&b, photo(rng, w, h, i%3 == 0), &jpeg.Options{Quality: 1 + rng.IntN(100)}); err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		want, got := grayOf(img), brightness(b.Bytes())
		if got == nil || got.Rect.Dx() != w || got.Rect.Dy() != h {
			t.Fatalf("picture %d, %d by %d: %v", i, w, h, got)
		}
		for y := range h {
			for x := range w {
				if d := int(got.Pix[y*got.Stride+x]) - int(want.Pix[y*want.Stride+x]); d < -2 || d > 2 {
					t.Fatalf("picture %d, %d by %d: %d at %d,%d, want %d", i, w, h, got.Pix[y*got.Stride+x], x, y, want.Pix[y*want.Stride+x])
				}
			}
		}
		// Decoded within its margin it is the same, margin and all.
		within, err := decodeJPEG(b.Bytes(), true)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := flatten(within), flatten(got); a.Width != b.Width || a.Height != b.Height || !bytes.Equal(a.pix, b.pix) {
			t.Fatalf("picture %d, %d by %d: not as a copy within a margin is", i, w, h)
		}
		pictureDone(within)
		// Broken off, it is the library's, which says so.
		for range 5 {
			n := rng.IntN(b.Len() - 2)
			if brightness(b.Bytes()[:n]) != nil {
				t.Fatalf("picture %d: %d bytes of %d are a picture", i, n, b.Len())
			}
			cut := append(bytes.Clone(b.Bytes()[:n]), 0xFF, 0xD9)
			if _, err := jpeg.Decode(bytes.NewReader(cut)); err != nil && brightness(cut) != nil {
				t.Fatalf("picture %d: %d bytes of %d and an end are a picture", i, n, b.Len())
			}
		}
	}
}

// FuzzBrightness: no bytes make the reader fail, nor take more than they explain.
func FuzzBrightness(f *testing.F) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, photo(rand.New(rand.NewPCG(1, 8)), 20, 20, false), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if img := brightness(data); img != nil && len(img.Pix) > 64*4*4*len(data) {
			t.Errorf("%d pixels of %d bytes", len(img.Pix), len(data))
		}
	})
}

// TestAttack414_JPEGOfNothing: a JPEG of a few bytes that says it is large is not given
// the memory.
func TestAttack414_JPEGOfNothing(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 16, 16)), nil); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	i := bytes.Index(data, []byte{0xFF, 0xC0})
	copy(data[i+5:], []byte{0x17, 0x70, 0x17, 0x70}) // 6000 by 6000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	img := brightness(data)
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; img != nil || grown > 1<<20 {
		t.Errorf("%v, %d bytes", img != nil, grown)
	}
}
