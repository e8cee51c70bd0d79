package raster

import (
	"image"
	"math"
	"strings"
	"testing"
)

// shown is a canvas as a person sees it: # dark, + gray, . light.
func shown(c *Canvas) string {
	var b strings.Builder
	for y := range c.Gray.Rect.Dy() {
		for x := range c.Gray.Rect.Dx() {
			switch v := c.Gray.GrayAt(x, y).Y; {
			case v < 64:
				b.WriteByte('#')
			case v < 192:
				b.WriteByte('+')
			default:
				b.WriteByte('.')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func want(t *testing.T, c *Canvas, rows ...string) {
	t.Helper()
	if got, want := shown(c), strings.Join(rows, "\n")+"\n"; got != want {
		t.Errorf("drawn:\n%swant:\n%s", got, want)
	}
}

// square is a part as rect makes it, or turned the other way.
func square(p *Path, x, y, side float64, back bool) {
	if !back {
		p.Rect(x, y, side, side)
		return
	}
	p.Move(x, y)
	p.Line(x, y+side)
	p.Line(x+side, y+side)
	p.Line(x+side, y)
	p.Close()
}

func TestFillRules(t *testing.T) {
	for _, tc := range []struct {
		desc string
		rule Rule
		back bool
		hole bool
	}{
		{"nonzero, the inner one turned the same way", NonZero, false, false},
		{"nonzero, the inner one turned back", NonZero, true, true},
		{"even-odd, the inner one turned the same way", EvenOdd, false, true},
		{"even-odd, the inner one turned back", EvenOdd, true, true},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			c := New(6, 5)
			var p Path
			square(&p, 0, 0, 5, false)
			square(&p, 1, 1, 3, tc.back)
			c.Fill(&p, Identity, tc.rule, Black)
			if tc.hole {
				want(t, c, "#####.", "#...#.", "#...#.", "#...#.", "#####.")
			} else {
				want(t, c, "#####.", "#####.", "#####.", "#####.", "#####.")
			}
		})
	}
}

// Cells that share edges leave no gap and do not overlap, wherever the edges lie.
func TestCellsTile(t *testing.T) {
	for _, m := range []Matrix{{2.3, 0, 0, 2.3, 0.4, 0.7}, {1.9, 0.4, -0.4, 1.9, 9, 1}, {0, 2.5, -2.5, 0, 28, 0}} {
		c := New(30, 30)
		for y := range 8 {
			for x := range 8 {
				var p Path
				p.Rect(float64(x), float64(y), 1, 1)
				c.Fill(&p, m, NonZero, Ink{0, 128})
			}
		}
		all := New(30, 30)
		var p Path
		p.Rect(0, 0, 8, 8)
		all.Fill(&p, m, NonZero, Ink{0, 128})
		if got, want := shown(c), shown(all); got != want {
			t.Errorf("%v: cells:\n%sone square:\n%s", m, got, want)
		}
	}
}

func TestCurves(t *testing.T) {
	const k = 0.5523
	c := New(9, 9)
	var p Path
	p.Move(8, 4)
	p.Cube(8, 4+4*k, 4+4*k, 8, 4, 8)
	p.Cube(4-4*k, 8, 0, 4+4*k, 0, 4)
	p.Cube(0, 4-4*k, 4-4*k, 0, 4, 0)
	p.Cube(4+4*k, 0, 8, 4-4*k, 8, 4)
	c.Fill(&p, Matrix{0.95, 0, 0, 0.95, 0.7, 0.7}, NonZero, Black)
	want(t, c,
		".........",
		"..#####..",
		".#######.",
		".#######.",
		".#######.",
		".#######.",
		".#######.",
		"..#####..",
		".........")
}

func TestStroke(t *testing.T) {
	c := New(8, 7)
	var p Path
	p.Move(1, 1)
	p.Line(6, 1)
	p.Move(3, 5)
	p.Line(5, 5)
	c.Stroke(&p, Identity, 2, false, Black)
	want(t, c, ".#####..", ".#####..", "........", "........", "...##...", "...##...", "........")

	// Corners are filled, ends are not longer than the line.
	c = New(7, 6)
	p.Reset()
	p.Rect(1, 1, 4, 4)
	c.Stroke(&p, Identity, 2, false, Black)
	want(t, c, "######.", "######.", "##..##.", "##..##.", "######.", "######.")

	c = New(6, 3)
	p.Reset()
	p.Move(2, 1.5)
	p.Line(4, 1.5)
	c.Stroke(&p, Identity, 1, false, Black)
	want(t, c, "......", "..##..", "......")
	c.Stroke(&p, Identity, 1, true, Black) // half a width more at both ends
	want(t, c, "......", ".###..", "......")
}

func TestClip(t *testing.T) {
	triangle := func() *Path {
		var p Path
		p.Move(0, 0)
		p.Line(6, 0)
		p.Line(0, 6)
		return &p
	}
	all, half := &Path{}, &Path{}
	all.Rect(-5, -5, 50, 50)
	half.Rect(1, 0, 9, 10)
	c := New(6, 6)
	c.Clip = c.Narrow(nil, triangle(), Identity, NonZero)
	c.Fill(all, Identity, NonZero, Black)
	want(t, c, "#####.", "####..", "###...", "##....", "#.....", "......")

	c = New(6, 6)
	c.Clip = c.Narrow(c.Narrow(nil, triangle(), Identity, NonZero), half, Identity, NonZero)
	outer := c.Clip
	c.Clip = c.Narrow(c.Clip, triangle(), Matrix{-1, 0, 0, 1, 6, 0}, NonZero)
	c.Fill(all, Identity, NonZero, Black)
	want(t, c, ".####.", ".###..", "..#...", "......", "......", "......")
	c.Clip = outer
	c.Picture(image.NewGray(image.Rect(0, 0, 1, 1)), nil, Matrix{6, 0, 0, 6, 0, 0})
	want(t, c, ".####.", ".###..", ".##...", ".#....", "......", "......")
}

func TestPictures(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 2, 2))
	img.Pix = []byte{0, 255, 255, 255} // black in the upper left corner
	c := New(6, 6)
	c.Picture(img, nil, Matrix{4, 0, 0, -4, 1, 5}) // upright, as a page of PDF has it
	want(t, c, "......", ".##...", ".##...", "......", "......", "......")
	c = New(6, 6)
	c.Picture(img, nil, Matrix{0, 4, 4, 0, 1, 1}) // on its side
	want(t, c, "......", "...##.", "...##.", "......", "......", "......")

	// What is not opaque shows what was there; a stencil paints ink.
	c = New(4, 4)
	opacity := image.NewGray(image.Rect(0, 0, 2, 1))
	opacity.Pix = []byte{255, 0}
	black := image.NewGray(image.Rect(0, 0, 1, 1))
	c.Picture(black, opacity, Matrix{4, 0, 0, -4, 0, 4})
	want(t, c, "##..", "##..", "##..", "##..")
	c.Stencil(opacity, Ink{128, 255}, Matrix{-4, 0, 0, -2, 4, 2})
	want(t, c, "##++", "##++", "##..", "##..")

	// Where a pixel covers many samples it is their mean.
	fine := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range fine.Pix {
		if (i/8+i)%2 == 0 {
			fine.Pix[i] = 255
		}
	}
	c = New(4, 4)
	c.Picture(fine, nil, Matrix{4, 0, 0, -4, 0, 4})
	want(t, c, "++++", "++++", "++++", "++++")
}

// TestAttack357_DrawnWithoutEnd: what is drawn costs what is set aside for it, and says
// so, whatever the path.
func TestAttack357_DrawnWithoutEnd(t *testing.T) {
	const side = 1000
	for _, tc := range []struct {
		desc string
		draw func(c *Canvas)
	}{
		{"the page filled again and again", func(c *Canvas) {
			var p Path
			p.Rect(0, 0, side, side)
			for range 2000 {
				c.Fill(&p, Identity, NonZero, Black)
			}
		}},
		{"the page covered by pictures", func(c *Canvas) {
			img := image.NewGray(image.Rect(0, 0, 4000, 4000))
			for range 20 {
				c.Picture(img, img, Matrix{side, 0, 0, side, 0, 0})
			}
		}},
		{"a path of too many points", func(c *Canvas) {
			var p Path
			for i := range 2 * MaxPath {
				p.Line(float64(i%side), float64(i*7%side))
			}
			for i := range 2 * MaxPath {
				p.Rect(float64(i), 0, 1, 1)
			}
			if len(p.points) > MaxPath || len(p.parts) > MaxPath {
				panic("more points than a path may have")
			}
			c.Fill(&p, Identity, EvenOdd, Black)
		}},
		{"paths whose every line crosses every row", func(c *Canvas) {
			var p Path
			for i := range MaxPath - 1 {
				p.Line(float64(i%side), float64(i%2*side))
			}
			for range 4 {
				c.Fill(&p, Identity, EvenOdd, Black)
				c.Stroke(&p, Identity, 500, true, Black)
			}
		}},
		{"clips that each take memory", func(c *Canvas) {
			var p Path
			p.Move(0, 0)
			p.Line(side, 10)
			p.Line(10, side)
			for range 100 {
				c.Clip = c.Narrow(nil, &p, Identity, NonZero)
			}
		}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			c := New(side, side)
			tc.draw(c)
			if !c.Cut {
				t.Error("nothing was left out")
			}
			if c.masks > maxMasks {
				t.Errorf("clips of %d bytes", c.masks)
			}
		})
	}
}

// TestAttack358_NoNumbers: coordinates that are huge or no numbers paint nothing wrong,
// and take no time.
func TestAttack358_NoNumbers(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, v := range []float64{inf, -inf, nan, 1e300, -1e300, math.MaxFloat64} {
		c := New(20, 20)
		var p Path
		p.Rect(0, 0, v, 5)
		p.Move(v, 1)
		p.Line(2, v)
		p.Cube(v, v, 1, 1, 0, v)
		img := image.NewGray(image.Rect(0, 0, 3, 3))
		for _, m := range []Matrix{Identity, {v, 0, 0, v, 0, 0}, {1, v, v, 1, v, v}, {1e-300, 0, 0, 1e-300, 0, 0}} {
			c.Fill(&p, m, NonZero, Black)
			c.Stroke(&p, m, v, true, Black)
			c.Stroke(&p, m, 1, false, Black)
			c.Picture(img, img, m)
			c.Stencil(img, Black, m)
			c.Clip = c.Narrow(nil, &p, m, EvenOdd)
			c.Clip = nil
		}
		if c.Cut {
			t.Errorf("%v: the budget is spent", v)
		}
	}
	// What reaches far beyond the canvas is drawn where it is on it.
	for _, far := range []float64{1e12, 1e300} {
		c := New(3, 2)
		var p Path
		p.Rect(1, -far, far, 2*far)
		c.Fill(&p, Identity, NonZero, Black)
		want(t, c, ".##", ".##")
	}
}

func FuzzCanvas(f *testing.F) {
	f.Add([]byte("m\x01\x02l\x10\x20c\x05\x01\x02\x03\x04\x05\x06r\x01\x01\x20\x20hf"))
	f.Add([]byte("r\x00\x00\x40\x40Wr\x05\x05\x10\x10sPS\x80e"))
	f.Fuzz(func(t *testing.T, program []byte) {
		c := New(64, 48)
		var p Path
		var img image.Gray
		m := Identity
		num := func() float64 {
			if len(program) == 0 {
				return 0
			}
			v := program[0]
			program = program[1:]
			switch v {
			case 255:
				return math.NaN()
			case 254:
				return math.Inf(-1)
			case 253:
				return 1e200
			}
			return float64(int8(v)) * 0.75
		}
		for steps := 0; len(program) > 0 && steps < 10_000; steps++ {
			op := program[0]
			program = program[1:]
			switch op {
			case 'm':
				p.Move(num(), num())
			case 'l':
				p.Line(num(), num())
			case 'c':
				p.Cube(num(), num(), num(), num(), num(), num())
			case 'r':
				p.Rect(num(), num(), num(), num())
			case 'h':
				p.Close()
			case 'f', 'e':
				c.Fill(&p, m, Rule(op&1), Ink{op, 200})
				p.Reset()
			case 's':
				c.Stroke(&p, m, num(), op&1 == 0, Black)
			case 'W':
				c.Clip = c.Narrow(c.Clip, &p, m, NonZero)
			case 'w':
				c.Clip = nil
			case 't':
				m = Matrix{num(), num(), num(), num(), num(), num()}.Mul(m)
			case 'i':
				m = Identity
			case 'p':
				w := 7
				if v := num(); v >= 0 && v <= 50 {
					w = int(v)
				}
				img = *image.NewGray(image.Rect(0, 0, w, 3))
				c.Picture(&img, &img, m)
				c.Stencil(&img, Black, m)
			}
		}
		if c.Work < 0 && !c.Cut {
			t.Fatal("spent, and nothing said")
		}
	})
}
