package extract

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"slices"
	"strings"
	"testing"

	"assay/extract/pdf/pdftest"
)

// drawing is a page that draws a code of n modules, whose dark ones are given row by
// row, in the ways of those that make certificates.
type drawing struct {
	b    pdftest.Builder
	n    int
	dark func(x, y int) bool
	out  strings.Builder
	res  strings.Builder // resources of the page
}

func newDrawing(t testing.TB, text string) *drawing {
	img := qr(t, text, 1)
	return &drawing{n: img.Rect.Dx(), dark: func(x, y int) bool { return image.Pt(x, y).In(img.Rect) && img.GrayAt(x, y).Y < 128 }}
}

func (d *drawing) f(format string, args ...any) { fmt.Fprintf(&d.out, format+"\n", args...) }

// cells calls each for the dark modules, from the lower left corner in units of one.
func (d *drawing) cells(each func(x, y float64)) {
	for y := range d.n {
		for x := range d.n {
			if d.dark(x, y) {
				each(float64(x), float64(d.n-1-y))
			}
		}
	}
}

// runs calls each for the dark modules of a row that lie side by side.
func (d *drawing) runs(each func(x, y, w float64)) {
	for y := range d.n {
		for x := 0; x < d.n; x++ {
			from := x
			for x < d.n && d.dark(x, y) {
				x++
			}
			if x > from {
				each(float64(from), float64(d.n-1-y), float64(x-from))
			}
		}
	}
}

// picture is the code as the samples of a picture: of module pixels each, a byte
// each, rows from y0 to y1 of modules.
func (d *drawing) picture(module, y0, y1 int) string {
	var b strings.Builder
	for y := y0 * module; y < y1*module; y++ {
		for x := range d.n * module {
			if d.dark(x/module, y/module) {
				b.WriteByte(0)
			} else {
				b.WriteByte(255)
			}
		}
	}
	return b.String()
}

// bilevel are samples of a bit each.
func bilevel(samples string, width int) string {
	var out []byte
	for row := range slices.Chunk([]byte(samples), width) {
		line := make([]byte, (width+7)/8)
		for x, v := range row {
			if v > 127 {
				line[x/8] |= 0x80 >> (x % 8)
			}
		}
		out = append(out, line...)
	}
	return string(out)
}

func (d *drawing) build() []byte {
	d.b.Page += " /Resources <<" + d.res.String() + ">>"
	d.b.Content = d.out.String()
	return d.b.Build()
}

// onPage is where the codes of these tests lie: 100 units square.
func (d *drawing) onPage() { d.f("%f 0 0 %[1]f 200 300 cm", 100/float64(d.n)) }

// outline walks round everything dark, once for each edge of it that is whole: what
// programs make of a code that they unite.
func (d *drawing) outline() {
	type corner struct{ x, y int }
	next := map[corner][]corner{} // dark on the left hand
	edge := func(a, b corner) { next[a] = append(next[a], b) }
	for y := range d.n {
		for x := range d.n {
			if !d.dark(x, y) {
				continue
			}
			if !d.dark(x, y-1) {
				edge(corner{x, y}, corner{x + 1, y})
			}
			if !d.dark(x+1, y) {
				edge(corner{x + 1, y}, corner{x + 1, y + 1})
			}
			if !d.dark(x, y+1) {
				edge(corner{x + 1, y + 1}, corner{x, y + 1})
			}
			if !d.dark(x-1, y) {
				edge(corner{x, y + 1}, corner{x, y})
			}
		}
	}
	for y := range d.n + 1 {
		for x := range d.n + 1 {
			for c := (corner{x, y}); len(next[c]) > 0; {
				d.f("%d %d m", c.x, d.n-c.y)
				start, way := c, corner{}
				for {
					to := next[c][0]
					next[c] = next[c][1:]
					if step := (corner{to.x - c.x, to.y - c.y}); way != (corner{}) && step != way {
						d.f("%d %d l", c.x, d.n-c.y)
						way = step
					} else {
						way = step
					}
					if c = to; c == start || len(next[c]) == 0 {
						break
					}
				}
				d.f("h")
				c = start
			}
		}
	}
}

// strips cuts the code into so many pictures, one above another.
func (d *drawing) strips(count, module int, name func(i int, samples string, w, h int)) {
	rows := d.n * module
	all := d.picture(module, 0, d.n)
	w := d.n * module
	for i := range count {
		from, to := i*rows/count, (i+1)*rows/count
		if from == to {
			continue
		}
		d.f("q %f 0 0 %f 100 %f cm", 300.0, 300*float64(to-from)/float64(rows), 700-300*float64(to)/float64(rows))
		name(i, all[from*w:to*w], w, to-from)
		d.f("Q")
	}
}

func TestPDFDrawnCodes(t *testing.T) {
	const code = "https://badges.example.org/assertions/drawn-1"
	const drawn, pictures = "page 1 > drawing > QR code", "page 1 > pictures > QR code"
	xobject := func(d *drawing, samples string, w, h int, entries string) {
		ref := d.b.Packed(fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d "+entries, w, h), samples)
		name := strings.Fields(ref)[0]
		fmt.Fprintf(&d.res, "/XO%s %s ", name, ref)
		d.f("/XO%s Do", name)
	}
	const gray = "/ColorSpace /DeviceGray /BitsPerComponent 8"
	objects := func(d *drawing) { // resources so far are XObjects
		s := d.res.String()
		d.res.Reset()
		d.res.WriteString("/XObject <<" + s + ">> ")
	}
	for _, tc := range []struct {
		desc string
		draw func(d *drawing)
		want string
	}{
		{"a rectangle for each module, filled one by one", func(d *drawing) {
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
		}, drawn},
		{"moved and scaled for each", func(d *drawing) {
			d.onPage()
			d.f("0.05 w")
			d.cells(func(x, y float64) { d.f("q 1 0 0 1 %f %f cm 0 0 m 1 0 l 1 1 l 0 1 l b Q", x, y) })
		}, drawn},
		{"upside down in points, as TCPDF", func(d *drawing) {
			d.f("0.57 w 0 0 0 1 k")
			d.cells(func(x, y float64) { d.f("%.2f %.2f %.2f %.2f re f", 100+2.13*x, 400+2.13*y, 2.13, -2.13) })
		}, drawn},
		{"runs as rules, as LaTeX", func(d *drawing) {
			d.runs(func(x, y, w float64) {
				d.f("q 1 0 0 1 %f %f cm []0 d 0 J 1.2 w 0 0.6 m %f 0.6 l S Q", 90+1.2*x, 200+1.2*y, 1.2*w)
			})
		}, drawn},
		{"all cells in one path", func(d *drawing) {
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re", x, y) })
			d.f("f*")
		}, drawn},
		{"the outline of all, filled even-odd", func(d *drawing) {
			d.onPage()
			d.outline()
			d.f("f*")
		}, drawn},
		{"the outline of all, holes turned back", func(d *drawing) {
			d.onPage()
			d.outline()
			d.f("f")
		}, drawn},
		{"one stroke of many runs", func(d *drawing) {
			d.onPage()
			d.f("1 w")
			d.runs(func(x, y, w float64) { d.f("%f %f m %f %f l", x, y+0.5, x+w, y+0.5) })
			d.f("S")
		}, drawn},
		{"dots", func(d *drawing) {
			d.onPage()
			d.cells(func(x, y float64) {
				d.f("%f %f m %f %f %f %f %f %f c %f %f %f %f %f %f c f", x, y+0.5,
					x, y+1.16, x+1, y+1.16, x+1, y+0.5, x+1, y-0.16, x, y-0.16, x, y+0.5)
			})
		}, drawn},
		{"as a designer's: dots, and corners of rings that are stroked", func(d *drawing) {
			corner := func(x, y float64) (float64, float64, bool) {
				const quiet = 4 // modules around it
				x, y = x-quiet, float64(d.n)-1-quiet-y
				far := float64(d.n-2*quiet) - 7
				fx, fy := 0.0, 0.0
				if x >= far {
					fx = far
				}
				if y >= far {
					fy = far
				}
				return quiet + fx, float64(d.n) - 7 - quiet - fy, x-fx < 7 && y-fy < 7 && (fx == 0 || fy == 0)
			}
			d.onPage()
			d.f("0.1 0.1 0.3 rg 0.1 0.1 0.3 RG 1 w")
			d.cells(func(x, y float64) {
				if cx, cy, ok := corner(x, y); ok {
					d.f("%f %f 6 6 re S %f %f 3 3 re f", cx+0.5, cy+0.5, cx+2, cy+2)
					return
				}
				const r, k = 0.45, 0.6
				x, y = x+0.5, y+0.5
				d.f("%f %f m %f %f %f %f %f %f c %f %f %f %f %f %f c f", x-r, y, x-r, y+k, x+r, y+k, x+r, y, x+r, y-k, x-r, y-k, x-r, y)
			})
		}, drawn},
		{"two of them close together", func(d *drawing) {
			d.onPage()
			for _, at := range []float64{0, float64(d.n)} {
				d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x+at, y) })
			}
		}, drawn},
		{"light on a dark picture that fills the page", func(d *drawing) {
			d.f("q 595 0 0 842 0 0 cm")
			xobject(d, strings.Repeat("\x30", 600), 30, 20, gray)
			d.f("Q 1 g")
			objects(d)
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
		}, drawn},
		{"turned by 30 degrees, in units of ten points, on a page that is turned", func(d *drawing) {
			d.b.Page = "/Rotate 270 /UserUnit 10 /MediaBox [0 0 59.5 84.2]"
			d.f("0.1 0 0 0.1 20 10 cm %f %f %f %f 0 0 cm", math.Cos(0.5236), math.Sin(0.5236), -math.Sin(0.5236), math.Cos(0.5236))
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
		}, drawn},
		{"light on a dark box", func(d *drawing) {
			d.f("0.1 0.1 0.3 rg 150 250 250 250 re f 1 g")
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
		}, drawn},
		{"an ink by its name, its own colour space", func(d *drawing) {
			d.res.WriteString("/ColorSpace <</CS1 [/Separation /Black /DeviceCMYK <</FunctionType 2 /Domain [0 1] /N 1 /C0 [0 0 0 0] /C1 [0 0 0 1]>>]>>")
			d.f("/CS1 cs 0 scn 150 250 250 250 re f 0.9 scn")
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
		}, drawn},
		{"in a form within a form", func(d *drawing) {
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
			inner := d.b.Packed(fmt.Sprintf("/Subtype /Form /BBox [0 0 %d %[1]d] /Matrix [2 0 0 2 0 0]", d.n), d.out.String())
			outer := d.b.Packed("/Subtype /Form /BBox [0 0 500 500] /Resources <</XObject <</Fm2 "+inner+">>>>", "q 0.8 0 0 0.8 20 20 cm /Fm2 Do Q")
			d.out.Reset()
			d.res.WriteString("/XObject <</Fm1 " + outer + ">>")
			d.f("1 0 0 1 100 100 cm /Fm1 Do")
		}, drawn},
		{"in the appearance of a stamp", func(d *drawing) {
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
			form := d.b.Packed(fmt.Sprintf("/Subtype /Form /BBox [0 0 %d %[1]d]", d.n), d.out.String())
			d.out.Reset()
			d.b.Page = "/Annots [<</Subtype /Stamp /Rect [100 100 180 180] /AP <</N " + form + ">>>>]"
		}, drawn},
		{"black through a clip of all cells", func(d *drawing) {
			d.f("q")
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re", x, y) })
			d.f("f 1 g 0 0 %d %[1]d re f", d.n) // and what was filled is covered
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re", x, y) })
			d.f("W n 0 g 0 0 %d %[1]d re f Q", d.n)
		}, drawn},
		{"cells cut out of a dark box by what covers it in white", func(d *drawing) {
			d.onPage()
			d.f("q 0 0 %d %[1]d re f 1 g", d.n)
			for y := range d.n {
				for x := range d.n {
					if !d.dark(x, y) {
						d.f("%d %d 1 1 re f", x, d.n-1-y)
					}
				}
			}
			d.f("Q")
		}, drawn},
		{"filled with a pattern of one colour", func(d *drawing) {
			p := d.b.Stream("/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 50 50] /XStep 50 /YStep 50 /Resources <<>>", "0 0.2 0.4 rg 0 0 50 50 re f")
			d.res.WriteString("/Pattern <</P1 " + p + ">>")
			d.f("/Pattern cs /P1 scn")
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
		}, drawn},
		{"filled with a shading", func(d *drawing) {
			d.res.WriteString("/Pattern <</P1 <</PatternType 2 /Shading <</ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 100 100] /Function <</FunctionType 2 /N 1 /Domain [0 1] /C0 [0 0.2 0] /C1 [0 0 0.4]>>>>>>>>")
			d.f("/Pattern cs /P1 scn")
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
		}, drawn},
		{"a tile that is a picture of it", func(d *drawing) {
			img := d.b.Packed(fmt.Sprintf("/Subtype /Image /Width %d /Height %[1]d "+gray, 4*d.n), d.picture(4, 0, d.n))
			p := d.b.Stream("/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 100 100] /XStep 100 /YStep 100 /Matrix [1 0 0 1 200 300] /Resources <</XObject <</X "+img+">>>>", "100 0 0 100 0 0 cm /X Do")
			d.res.WriteString("/Pattern <</P1 " + p + ">>")
			d.f("/Pattern cs /P1 scn 200 300 100 100 re f")
		}, "page 1 > pattern > QR code"},
		{"a small picture for each module", func(d *drawing) {
			d.onPage()
			xobject(d, "\x00", 1, 1, gray)
			do := strings.TrimSpace(d.out.String())
			do = do[strings.LastIndex(do, "\n")+1:]
			d.cells(func(x, y float64) { d.f("q 1 0 0 1 %f %f cm %s Q", x, y, do) })
			objects(d)
		}, drawn},
		{"an inline mask for each module", func(d *drawing) {
			d.onPage()
			d.cells(func(x, y float64) {
				d.f("q 1 0 0 1 %f %f cm BI /W 1 /H 1 /IM true /BPC 1 ID \x00 EI Q", x, y)
			})
		}, drawn},
		{"eight strips", func(d *drawing) {
			d.strips(8, 5, func(i int, samples string, w, h int) { xobject(d, samples, w, h, gray) })
			objects(d)
		}, pictures},
		{"eight strips of one bit", func(d *drawing) {
			d.strips(8, 5, func(i int, samples string, w, h int) {
				xobject(d, bilevel(samples, w), w, h, "/ColorSpace /DeviceGray /BitsPerComponent 1")
			})
			objects(d)
		}, pictures},
		{"a hundred strips that are masks", func(d *drawing) {
			d.strips(100, 5, func(i int, samples string, w, h int) {
				xobject(d, bilevel(samples, w), w, h, "/ImageMask true /BitsPerComponent 1")
			})
			objects(d)
		}, pictures},
		{"a picture for each row", func(d *drawing) {
			d.strips(d.n*3, 3, func(i int, samples string, w, h int) { xobject(d, samples, w, h, gray) })
			objects(d)
		}, pictures},
		{"strips that are inline", func(d *drawing) {
			d.strips(8, 5, func(i int, samples string, w, h int) {
				d.f("BI /W %d /H %d /BPC 8 /CS /G /F [/AHx /Fl] ID %x> EI", w, h, pdftest.Deflated(samples))
			})
		}, pictures},
		{"strips that are JPEG", func(d *drawing) {
			d.strips(6, 5, func(i int, samples string, w, h int) {
				var b bytes.Buffer
				if err := jpeg.Encode(&b, &image.Gray{Pix: []byte(samples), Stride: w, Rect: image.Rect(0, 0, w, h)}, nil); err != nil {
					panic(err)
				}
				ref := d.b.Stream(fmt.Sprintf("/Subtype /Image /Width %d /Height %d /Filter /DCTDecode "+gray, w, h), b.String())
				fmt.Fprintf(&d.res, "/S%d %s ", i, ref)
				d.f("/S%d Do", i)
			})
			objects(d)
		}, pictures},
		{"strips whose code is in their transparency", func(d *drawing) {
			d.strips(8, 5, func(i int, samples string, w, h int) {
				opaque := []byte(samples)
				for k := range opaque {
					opaque[k] = ^opaque[k]
				}
				mask := d.b.Packed(fmt.Sprintf("/Subtype /Image /Width %d /Height %d "+gray, w, h), string(opaque))
				xobject(d, strings.Repeat("\x20", w*h), w, h, gray+" /SMask "+mask)
			})
			objects(d)
		}, pictures},
		{"tiles", func(d *drawing) {
			all, side := d.picture(4, 0, d.n), 4*d.n
			for y := range 4 {
				for x := range 4 {
					x0, x1, y0, y1 := x*side/4, (x+1)*side/4, y*side/4, (y+1)*side/4
					var part strings.Builder
					for r := y0; r < y1; r++ {
						part.WriteString(all[r*side+x0 : r*side+x1])
					}
					d.f("q %d 0 0 %d %d %d cm", x1-x0, y1-y0, 100+x0, 700-y1)
					xobject(d, part.String(), x1-x0, y1-y0, gray)
					d.f("Q")
				}
			}
			objects(d)
		}, pictures},
		{"an inline image", func(d *drawing) {
			d.f("q 100 0 0 100 200 300 cm BI /W %d /H %[1]d /BPC 1 /CS /G ID %s EI Q", 4*d.n, bilevel(d.picture(4, 0, d.n), 4*d.n))
		}, "page 1 > inline image 1 > QR code"},
		{"an inline image of packed runs, behind another", func(d *drawing) {
			var runs strings.Builder
			for _, c := range []byte(d.picture(2, 0, d.n)) {
				runs.WriteString("\x00" + string([]byte{c}))
			}
			d.f("q 5 0 0 5 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q")
			d.f("q 100 0 0 100 200 300 cm BI /W %d /H %[1]d /BPC 8 /CS /DeviceGray /F /RL ID %s\x80 EI Q", 2*d.n, runs.String())
		}, "page 1 > inline image 2 > QR code"},
		{"outside of what is seen of the page", func(d *drawing) {
			d.b.Page = "/CropBox [0 0 150 150]"
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
		}, ""},
		{"in ink that is not seen", func(d *drawing) {
			d.res.WriteString("/ExtGState <</G0 <</ca 0>>>>")
			d.f("/G0 gs")
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
		}, ""},
		{"in a path that is not painted", func(d *drawing) {
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re n", x, y) })
		}, ""},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			d := newDrawing(t, code)
			tc.draw(d)
			r := find(t, "cv.pdf", d.build())
			var want []string
			if tc.want != "" {
				want = []string{"cv.pdf > " + tc.want}
			}
			if got := wheres(pdfFound(r, code)); !slices.Equal(got, want) || len(r.Unread) != 0 {
				t.Errorf("%q, want %q; %+v", got, want, r.Unread)
			}
		})
	}
}
