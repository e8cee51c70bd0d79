package extract

import (
	"bytes"
	"image"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

// plainCenters is what gozxing sees of a picture: its dark pixels, and how many things
// like finder patterns.
func plainCenters(t *testing.T, g *gray, global bool) (*gozxing.BitMatrix, int) {
	t.Helper()
	z := gozxing.NewHybridBinarizer(g)
	if global {
		z = gozxing.NewGlobalHistgramBinarizer(g)
	}
	m, err := z.GetBlackMatrix()
	if err != nil {
		return nil, 0
	}
	f := detector.NewFinderPatternFinder(m, nil)
	_, _ = f.Find(map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	return m, len(f.GetPossibleCenters())
}

// sameAsGozxing holds the finder against gozxing, and gives the number of centres.
func sameAsGozxing(t *testing.T, f *finder, g *gray, global bool) int {
	t.Helper()
	m, want := plainCenters(t, g, global)
	if !f.set(g) {
		t.Fatalf("%v: too small", g)
	}
	if !global {
		f.local()
	} else if !f.global() {
		if m != nil {
			t.Errorf("%v: no shade", g)
		}
		return 0
	}
	if m == nil {
		t.Fatalf("%v: a shade where gozxing has none", g)
	}
	own := f.matrix()
	for y := range g.Height {
		for x := range g.Width {
			if m.Get(x, y) != own.Get(x, y) || f.dark(x, y) != own.Get(x, y) {
				t.Fatalf("%v: pixel %d,%d is dark: %v in a row, %v alone, %v for gozxing", g, x, y, own.Get(x, y), f.dark(x, y), m.Get(x, y))
			}
		}
	}
	if n := f.centers(); n != min(want, 3) {
		t.Errorf("%v, global %v: %d centres, want %d", g, global, n, min(want, 3))
	}
	return want
}

// pattern paints a finder pattern whose modules are size pixels, turned by (cos, sin) and
// leant by lean, on light or on dark.
func (g *gray) pattern(cx, cy, size, cos, sin, lean float64, dark, light byte) {
	for y := range g.Height {
		for x := range g.Width {
			dx, dy := float64(x)-cx, float64(y)-cy
			u, v := (dx*cos+dy*sin)/size, (dy*cos-dx*sin)/size
			u += lean * v
			switch r := max(u, -u, v, -v); {
			case r < 1.5, r >= 2.5 && r < 3.5:
				g.pix[y*g.Width+x] = dark
			case r < 4.5:
				g.pix[y*g.Width+x] = light
			}
		}
	}
}

// TestFinder: pictures are parted and gone through as gozxing does it, with patterns turned,
// leant, small, on dark, blurred and in noise, and of every width.
func TestFinder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var f finder
	some, three := 0, 0
	for i := range 600 {
		g := newGray(40+rng.IntN(200), 40+rng.IntN(200))
		dark, light := byte(rng.IntN(256)), byte(rng.IntN(256))
		if i%3 > 0 && dark > light {
			dark, light = light, dark
		}
		for j := range g.pix {
			g.pix[j] = light
		}
		turns := [][2]float64{{1, 0}, {0.995, 0.0998}, {0.966, 0.259}, {0.866, 0.5}, {0.707, 0.707}, {-0.6, 0.8}}
		turn := turns[rng.IntN(len(turns))]
		for range rng.IntN(6) {
			g.pattern(rng.Float64()*float64(g.Width), rng.Float64()*float64(g.Height), 1+rng.Float64()*rng.Float64()*8, turn[0], turn[1], rng.Float64()/4, dark, light)
		}
		if i%5 == 1 { // blurred
			g = g.double()
		}
		if noise := i % 7; noise > 3 {
			for j := range g.pix {
				g.pix[j] = byte(min(255, max(0, int(g.pix[j])+rng.IntN(1+noise*noise)-noise)))
			}
		}
		for _, global := range []bool{false, true} {
			if n := sameAsGozxing(t, &f, g, global); n > 0 {
				some++
				if n > 2 {
					three++
				}
			}
			if t.Failed() {
				t.Fatalf("picture %d", i)
			}
		}
	}
	t.Logf("%d with a centre, %d with three", some, three)
	if some < 200 || three < 50 {
		t.Error("too few patterns prove nothing")
	}
}

// TestFinderBits: a picture of black and white is, as bits, what it is as shades of gray,
// and one line for all of it parts it as one for each part of it does.
func TestFinderBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 4))
	var f finder
	three := 0
	for i := range 300 {
		g := newGray(40+rng.IntN(200), 40+rng.IntN(200))
		fill(g.pix, 255*byte(i&1))
		for range rng.IntN(6) {
			g.pattern(rng.Float64()*float64(g.Width), rng.Float64()*float64(g.Height), 1+rng.Float64()*rng.Float64()*8, 0.966, 0.259, 0, 255*byte(i>>1&1), 255-255*byte(i>>1&1))
		}
		for range rng.IntN(3) * 200 {
			g.pix[rng.IntN(len(g.pix))] ^= 255
		}
		b := newBlackWhite(g.Width, g.Height)
		for y := range g.Height {
			for x, v := range g.pix[y*g.Width:][:g.Width] {
				if v == 0 {
					darken(b.row(y), x, x+1)
				}
			}
		}
		own := &gray{LuminanceSourceBase: g.LuminanceSourceBase, bits: b}
		if !bytes.Equal(own.whole().pix, g.pix) || !bytes.Equal(own.half().pix, g.half().pix) {
			t.Fatalf("picture %d is another one, whole or halved", i)
		}
		half, shades := b.half(), b.inHalf()
		for y := range shades.Height {
			for x := range shades.Width {
				if want := shades.pix[y*shades.Width+x] <= 127; half.row(y)[x>>3]>>(x&7)&1 == 1 != want {
					t.Fatalf("picture %d, half as large: pixel %d,%d, want dark %v", i, x, y, want)
				}
			}
			if rest := half.row(y)[(half.w+7)/8:]; len(bytes.TrimRight(rest, "\x00")) > 0 || half.w&7 != 0 && half.row(y)[half.w/8]>>(half.w&7) != 0 {
				t.Fatalf("picture %d, half as large: something is dark behind row %d", i, y)
			}
		}
		if fourth := b.quarter(g.Width/2/2, g.Height/2/2); !bytes.Equal(fourth.pix, shades.half().pix) {
			t.Fatalf("picture %d is another one, a quarter as large", i)
		}
		for _, global := range []bool{false, true} {
			m, want := plainCenters(t, g, global)
			if m == nil {
				continue
			}
			if !f.set(own) {
				t.Fatal("too small")
			}
			if n := f.centers(); n != min(want, 3) {
				t.Fatalf("picture %d, global %v: %d centres, want %d", i, global, n, want)
			} else if n == 3 {
				three++
			}
			parts := f.matrix()
			for y := range g.Height {
				for x := range g.Width {
					if m.Get(x, y) != parts.Get(x, y) || f.dark(x, y) != m.Get(x, y) {
						t.Fatalf("picture %d, global %v: pixel %d,%d", i, global, x, y)
					}
				}
			}
		}
	}
	if three < 15 {
		t.Errorf("%d with three centres prove nothing", three)
	}
}

// TestFinderLight: where the inverted picture has the patterns of a code, the picture itself
// says that it may; with a margin, to the edge of which they come, and without.
func TestFinderLight(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var f finder
	codes, spared := 0, 0
	may := func(g *gray) bool {
		f.set(g)
		f.local()
		f.centers()
		if light := f.light; light || !f.global() { // as a small picture is searched
			return light
		}
		f.centers()
		return f.light
	}
	for i := range 400 {
		dark, light := byte(rng.IntN(100)), byte(140+rng.IntN(116))
		size := 1 + rng.Float64()*5
		edge := size * (3.5 + rng.Float64()*2)
		w, h := 90+rng.IntN(200), 90+rng.IntN(200)
		if i%2 == 0 { // cropped, and all three at the margin
			edge = quiet + size*3.5 - 0.5
			w = int(edge + size*17.5 + quiet - 0.5)
			h = w
		} else if i%4 == 1 { // far from every margin
			edge += 2 * quiet
			w = int(edge + size*17.5 + 2*quiet)
			h = w
		}
		g := newGray(w, h)
		fill(g.pix, dark)
		far := edge + size*14
		// What is dark on light, inverted: light modules on dark.
		for _, at := range [][2]float64{{edge, edge}, {far, edge}, {edge, far}} {
			g.pattern(at[0], at[1], size, 1, 0.02*float64(rng.IntN(3)), 0, light, dark)
		}
		if i%2 == 0 {
			g.frameOf(quiet, 255)
		}
		if i%5 == 1 {
			g = g.double()
		}
		if noise := i % 7; noise > 3 {
			for j := range g.pix {
				g.pix[j] = byte(min(255, max(0, int(g.pix[j])+rng.IntN(1+noise*noise)-noise)))
			}
		}
		other := g.inverted()
		other.frame(255)
		for _, global := range []bool{false, true} {
			if _, n := plainCenters(t, other, global); n < 3 {
				continue
			}
			codes++
			if !may(g) {
				t.Errorf("picture %d, global %v: three patterns when inverted, and none seen before", i, global)
			}
		}
		// A code as it should be asks for no second search.
		plain := g.inverted()
		plain.frame(255)
		if !may(plain) {
			spared++
		}
	}
	t.Logf("%d inverted codes, %d others spared", codes, spared)
	if codes < 150 {
		t.Error("too few codes prove nothing")
	}
}

// FuzzFinder: a picture of any shades and any size.
func FuzzFinder(f *testing.F) {
	f.Add([]byte{0, 255, 0, 255, 255, 255, 0, 255, 0}, 41, 43)
	f.Add([]byte{200, 190}, 64, 64)
	f.Fuzz(func(t *testing.T, pix []byte, width, height int) {
		if len(pix) == 0 {
			return
		}
		g := newGray(40+width&127, 40+height&127)
		for i := range g.pix {
			g.pix[i] = pix[i%len(pix)]
		}
		var own finder
		sameAsGozxing(t, &own, g, false)
		sameAsGozxing(t, &own, g, true)
	})
}

// smallCode draws a code whose modules are so many pixels large, turned, in a margin, as
// a program makes a picture smaller: every pixel has the mean of what lies on it.
func smallCode(t *testing.T, rng *rand.Rand, text string, module, turn float64, noise int) *image.Gray {
	t.Helper()
	code, err := qrcode.NewQRCodeWriter().EncodeWithoutHint(text, gozxing.BarcodeFormat_QR_CODE, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	n := code.GetWidth()
	sin, cos := math.Sincos(turn)
	side := int(float64(n)*module*(math.Abs(cos)+math.Abs(sin))) + 2 + 2*rng.IntN(60)
	img := image.NewGray(image.Rect(0, 0, side, side))
	ox, oy := rng.Float64()-float64(side)/2, rng.Float64()-float64(side)/2
	for y := range side {
		for x := range side {
			dark := 0
			for i := range 16 {
				px, py := float64(x)+(float64(i%4)+.5)/4+ox, float64(y)+(float64(i/4)+.5)/4+oy
				mx, my := math.Floor((px*cos+py*sin)/module+float64(n)/2), math.Floor((py*cos-px*sin)/module+float64(n)/2)
				if mx >= 0 && my >= 0 && mx < float64(n) && my < float64(n) && code.Get(int(mx), int(my)) {
					dark++
				}
			}
			img.Pix[y*side+x] = byte(max(0, min(255, 230-dark*12+rng.IntN(2*noise+1)-noise)))
		}
	}
	return img
}

// TestFinderBusy: a picture of lines and areas is not made larger to look for a code with
// small modules, and every code that is found where it is made larger is found still.
func TestFinderBusy(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	larger := 0
	for i := range 150 {
		turn := float64(i%3) * (rng.Float64() - 0.5) * 0.7
		img := smallCode(t, rng, "https://b.example/"+strings.Repeat("x", rng.IntN(90)), 1+rng.Float64()*1.6, turn, rng.IntN(2)*rng.IntN(12))
		if max(img.Rect.Dx(), img.Rect.Dy()) > 600 {
			continue
		}
		p := &part{call: newCall(t.Context(), Limits{}.WithDefaults(), nil)}
		s, g := &searcher{p: p}, flatten(img)
		if len(s.search(g, false)) > 0 {
			continue
		}
		if d := g.double(); len(s.search(d, false)) == 0 {
			continue
		}
		larger++
		if !s.busy(g) {
			t.Errorf("code %d, which is read where it is made larger, is not", i)
		}
		if len(p.readSizes(g, nil)) == 0 {
			t.Errorf("code %d is lost", i)
		}
	}
	if larger < 15 {
		t.Errorf("%d codes had to be made larger: too few prove nothing", larger)
	}
	logo := image.NewGray(image.Rect(0, 0, 300, 200))
	fill(logo.Pix, 255)
	for y := 40; y < 160; y++ {
		for x := range 4 {
			fill(logo.Pix[y*logo.Stride+30+60*x:][:30+y/8], byte(40*x))
		}
	}
	s := &searcher{p: &part{call: newCall(t.Context(), Limits{}.WithDefaults(), nil)}}
	if s.busy(flatten(logo)) {
		t.Error("a few areas are taken for what may hold a code")
	}
}
