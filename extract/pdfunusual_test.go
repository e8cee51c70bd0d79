package extract

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// repeated makes every row of samples of a width so many rows, and every sample so many.
func repeated(samples string, width, across, down int) string {
	var out strings.Builder
	for row := range slices.Chunk([]byte(samples), width) {
		var line strings.Builder
		for _, v := range row {
			line.WriteString(strings.Repeat(string([]byte{v}), across))
		}
		out.WriteString(strings.Repeat(line.String(), down))
	}
	return out.String()
}

// TestPDFUnusualCodes has codes in pictures whose pixels are no squares, and drawn in ways
// that are not those of a certificate's maker.
func TestPDFUnusualCodes(t *testing.T) {
	const code = "https://badges.example.org/assertions/unusual-1"
	const drawn, mask = "page 1 > drawing > QR code", "page 1 > soft mask > QR code"
	const gray = "/ColorSpace /DeviceGray /BitsPerComponent 8"
	stretched := func(across, down int, form string) func(d *drawing) {
		return func(d *drawing) {
			samples := repeated(d.picture(1, 0, d.n), d.n, across, down)
			w, h := d.n*across, d.n*down
			entries := gray
			if form == "bits" {
				samples, entries = bilevel(samples, w), "/ColorSpace /DeviceGray /BitsPerComponent 1"
			}
			img := d.b.Packed(fmt.Sprintf("/Subtype /Image /Width %d /Height %d "+entries, w, h), samples)
			switch form {
			case "form":
				img = d.b.Packed("/Subtype /Form /BBox [0 0 1 1] /Matrix [1 0 0 2 0 0] /Resources <</XObject <</X "+img+">>>>", "/X Do")
				d.f("100 0 0 50 200 300 cm /X Do")
			case "mask":
				all := d.b.Packed("/Subtype /Image /Width 1 /Height 1 "+gray+" /SMask "+img, "\x00")
				img = all
				d.f("100 0 0 100 200 300 cm /X Do")
			default:
				d.f("100 0 0 100 200 300 cm /X Do")
			}
			d.res.WriteString("/XObject <</X " + img + ">>")
		}
	}
	cell := func(d *drawing) string { // a font whose glyphs a and b are a cell and none
		a, b := d.b.Packed("", "1000 0 0 0 1000 1000 d1 0 0 1000 1000 re f"), d.b.Packed("", "1000 0 d0")
		return "/Type /Font /Subtype /Type3 /FontBBox [0 0 1000 1000] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 97 /LastChar 98 /Widths [1000 1000]" +
			" /Encoding <</Type /Encoding /Differences [97 /cell /none]>> /Resources <<>> /CharProcs <</cell " + a + " /none " + b + ">>"
	}
	row := func(d *drawing, y int) string {
		var b strings.Builder
		for x := range d.n {
			b.WriteByte("ba"[map[bool]int{true: 1}[d.dark(x, y)]])
		}
		return b.String()
	}
	group := func(d *drawing, kind, bc, content, resources string) {
		g := d.b.Packed("/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Group <</S /Transparency /CS /DeviceGray>> /Resources <<"+resources+">>", content)
		d.res.WriteString("/ExtGState <</G0 <</SMask <</Type /Mask /S /" + kind + " " + bc + " /G " + g + ">>>>>>")
		d.out.Reset()
		d.f("q 200 0 0 200 100 100 cm /G0 gs 0 0 1 1 re f Q")
	}
	for _, tc := range []struct {
		desc string
		draw func(d *drawing)
		want string
	}{
		{"a picture twice as wide as high in a square", stretched(6, 3, ""), "page 1 > image X > QR code"},
		{"a picture three times as high as wide, of bits", stretched(3, 9, "bits"), "page 1 > image X > QR code"},
		{"a sample for each module of a row", stretched(8, 1, ""), "page 1 > image X > QR code"},
		{"stretched by the form that it is in", stretched(6, 3, "form"), "page 1 > image X > QR code"},
		{"stretched transparency", stretched(6, 3, "mask"), "page 1 > image X > QR code"},
		{"stretched, and inline", func(d *drawing) {
			d.f("q 100 0 0 100 200 300 cm BI /W %d /H %d /BPC 1 /CS /G ID %s EI Q", 6*d.n, 3*d.n, bilevel(repeated(d.picture(1, 0, d.n), d.n, 6, 3), 6*d.n))
		}, "page 1 > inline image 1 > QR code"},
		{"glyphs that are cells, row by row", func(d *drawing) {
			d.res.WriteString("/Font <</T <<" + cell(d) + ">>>>")
			d.f("BT 0.2 g /T 3 Tf 3 TL 100 700 Td")
			for y := range d.n {
				d.f("(%s) Tj T*", row(d, y))
			}
			d.f("ET")
		}, drawn},
		{"glyphs that are cells, moved one by one by a matrix", func(d *drawing) {
			d.res.WriteString("/Font <</T <<" + cell(d) + ">>>>")
			d.onPage()
			d.f("BT /T 1 Tf")
			d.cells(func(x, y float64) { d.f("1 0 0 1 %f %f Tm [(a) 200] TJ", x, y) })
			d.f("ET")
		}, drawn},
		{"glyphs that are pictures of cells, spaced", func(d *drawing) {
			a := d.b.Packed("", "800 0 0 0 1000 1000 d1 1000 0 0 1000 0 0 cm BI /W 1 /H 1 /IM true /BPC 1 ID \x00 EI")
			d.res.WriteString("/Font <</T <</Subtype /Type3 /FontBBox [0 0 0 0] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 97 /LastChar 98 /Widths [800 800] /Encoding <</Differences [97 /cell]>> /CharProcs <</cell " + a + ">>>>>>")
			d.f("BT /T 4 Tf 0.8 Tc 1 0 0 1 100 700 Tm")
			for y := range d.n {
				d.f("0 -4 TD (%s) Tj", row(d, y))
			}
			d.f("ET")
		}, drawn},
		{"a glyph that is the whole code", func(d *drawing) {
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re", x, y) })
			glyph := d.b.Packed("", fmt.Sprintf("%d 0 0 0 %[1]d %[1]d d1\n", d.n)+d.out.String()+"f")
			d.out.Reset()
			d.res.WriteString(fmt.Sprintf("/Font <</T <</Subtype /Type3 /FontBBox [0 0 %d %[1]d] /FontMatrix [%f 0 0 %[2]f 0 0] /FirstChar 81 /LastChar 81 /Widths [%[1]d] /Encoding <</Differences [81 /q]>> /CharProcs <</q ", d.n, 1/float64(d.n)) + glyph + ">>>>>>")
			d.f("BT /T 90 Tf 100 500 Td <51> ' ET")
		}, drawn},
		{"a glyph that is a picture of the whole code", func(d *drawing) {
			glyph := d.b.Packed("", fmt.Sprintf("1 0 0 0 1 1 d1 BI /W %d /H %[1]d /IM true /BPC 1 ID %s EI", 4*d.n, bilevel(d.picture(4, 0, d.n), 4*d.n)))
			d.res.WriteString("/Font <</T <</Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] /FirstChar 81 /LastChar 81 /Widths [1] /Encoding <</Differences [81 /q]>> /CharProcs <</q " + glyph + ">>>>>>")
			d.f("BT /T 90 Tf 100 500 Td (Q) Tj ET")
		}, "page 1 > inline image 1 > QR code"},
		{"a clip of all cells and a fill of all", func(d *drawing) {
			d.f("q")
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re", x, y) })
			d.f("W* n 0 0 %d %[1]d re f Q", d.n)
		}, drawn},
		{"a clip for each cell and a picture over all", func(d *drawing) {
			d.res.WriteString("/XObject <</X " + d.b.Packed("/Subtype /Image /Width 2 /Height 2 "+gray, "\x00\x20\x10\x00") + ">>")
			d.onPage()
			d.cells(func(x, y float64) { d.f("q %f %f 1 1 re W n %d 0 0 %[3]d 0 0 cm /X Do Q", x, y, d.n) })
		}, drawn},
		{"a clip of all cells and a shading", func(d *drawing) {
			d.res.WriteString("/Shading <</S <</ShadingType 2 /ColorSpace /DeviceGray /Coords [0 0 100 100] /Extend [true true] /Function <</FunctionType 2 /N 1 /Domain [0 1] /C0 [0] /C1 [0.3]>>>>>>")
			d.f("q")
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re", x, y) })
			d.f("W n /S sh Q")
		}, drawn},
		{"cells in a mask of luminosity", func(d *drawing) {
			d.f("1 g %f 0 0 %[1]f 0 0 cm", 1/float64(d.n))
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
			group(d, "Luminosity", "", d.out.String(), "")
		}, mask},
		{"dark cells in a mask that is light", func(d *drawing) {
			d.f("0 g %f 0 0 %[1]f 0 0 cm", 1/float64(d.n))
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
			group(d, "Luminosity", "/BC [1]", d.out.String(), "")
		}, mask},
		{"a picture in a mask of luminosity", func(d *drawing) {
			img := d.b.Packed(fmt.Sprintf("/Subtype /Image /Width %d /Height %[1]d "+gray, 4*d.n), d.picture(4, 0, d.n))
			group(d, "Luminosity", "", "/X Do", "/XObject <</X "+img+">>")
		}, mask},
		{"a picture in a mask of opacity", func(d *drawing) {
			img := d.b.Packed(fmt.Sprintf("/Subtype /Image /Width %d /Height %[1]d "+gray, 4*d.n), d.picture(4, 0, d.n))
			group(d, "Alpha", "", "/X Do", "/XObject <</X "+img+">>")
		}, "page 1 > pattern > QR code"},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			d := newDrawing(t, code)
			tc.draw(d)
			r := find(t, "cv.pdf", d.build())
			if got := wheres(pdfFound(r, code)); !slices.Equal(got, []string{"cv.pdf > " + tc.want}) || len(r.Unread) != 0 {
				t.Errorf("%q, want %q; %+v", got, tc.want, r.Unread)
			}
		})
	}
}

// TestPDFNothingUnusual shows what has none of it: nothing is drawn, and nothing told.
func TestPDFNothingUnusual(t *testing.T) {
	for _, tc := range []struct {
		desc string
		draw func(d *drawing)
	}{
		{"text of a font whose glyphs are streams", func(d *drawing) {
			var procs, diff strings.Builder
			for i := range 26 {
				fmt.Fprintf(&procs, "/g%d %s ", i, d.b.Packed("", "50 0 0 0 50 50 d1 0 0 50 50 re f"))
				fmt.Fprintf(&diff, "/g%d ", i)
			}
			d.res.WriteString("/Font <</T <</Subtype /Type3 /FontBBox [0 0 50 50] /FontMatrix [0.01 0 0 0.01 0 0] /FirstChar 97 /Widths [" + strings.Repeat("50 ", 26) + "] /Encoding <</Differences [97 " + diff.String() + "]>> /CharProcs <<" + procs.String() + ">>>>>>")
			d.f("BT /T 10 Tf 12 TL 100 700 Td")
			for range 40 {
				d.f("(thequickbrownfoxjumpsoverthelazydog) Tj T*")
			}
			d.f("ET")
		}},
		{"a shade that is drawn through a mask, and one from light to dark", func(d *drawing) {
			sh := "<</ShadingType 2 /ColorSpace /DeviceGray /Coords [0 0 100 100] /Function <</FunctionType 2 /N 1 /Domain [0 1]>>>>"
			g := d.b.Packed("/Subtype /Form /BBox [0 0 600 800] /Group <</S /Transparency /CS /DeviceGray>> /Resources <</Shading <</S "+sh+">>>>", "/S sh")
			d.res.WriteString("/Shading <</S " + sh + ">> /ExtGState <</G0 <</SMask <</S /Luminosity /G " + g + ">>>>>>")
			d.f("/G0 gs /S sh 0 0 300 300 re f")
		}},
		{"a bar that is stretched", func(d *drawing) {
			d.res.WriteString("/XObject <</X " + d.b.Packed("/Subtype /Image /Width 400 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8", strings.Repeat("\x40", 400)) + ">>")
			d.f("500 0 0 500 0 0 cm /X Do")
		}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			d := newDrawing(t, "https://badges.example.org/assertions/none")
			tc.draw(d)
			p := &part{call: newCall(context.Background(), Limits{}.WithDefaults(), nil), where: "d.pdf", name: "d.pdf", data: d.build(), carrier: "pdf"}
			doc := &pdfDoc{p: p}
			doc.read()
			if doc.asked != 1 || doc.looked != 0 || doc.regions != 0 || len(p.unreads) != 0 {
				t.Errorf("%d asked, %d looked through, %d drawn, %+v", doc.asked, doc.looked, doc.regions, p.unreads)
			}
		})
	}
}

// letters is a font of so many glyphs from A on, of what they hold; 60 units of 100 wide.
func letters(d *drawing, kinds int, glyph string) string {
	var procs, diff strings.Builder
	for i := range kinds {
		fmt.Fprintf(&procs, "/g%d %s ", i, d.b.Packed("", fmt.Sprintf("60 0 0 0 60 60 d1 %% %d\n", i)+glyph))
		fmt.Fprintf(&diff, "/g%d ", i)
	}
	return "<</Subtype /Type3 /FontMatrix [0.01 0 0 0.01 0 0] /FontBBox [0 0 60 60] /FirstChar 65 /Widths [" + strings.Repeat("60 ", kinds) +
		"] /Encoding <</Differences [65 " + diff.String() + "]>> /CharProcs <<" + procs.String() + ">> /Resources <<>>>>"
}

// bitmap is a letter of so many pixels a side, as those of TeX are.
func bitmap(side int) string {
	samples := make([]byte, (side+7)/8*side)
	for i := range samples {
		samples[i] = byte(i*37) &^ 0x40 // no EI
	}
	return fmt.Sprintf("60 0 0 60 0 0 cm BI /W %d /H %[1]d /BPC 1 /IM true ID %s EI", side, samples)
}

// TestPDFTextOfGlyphs: fonts whose glyphs are content streams are text, mostly; beside
// them codes are found as beside any other.
func TestPDFTextOfGlyphs(t *testing.T) {
	const code = "https://badges.example.org/assertions/letters"
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	cells := func(d *drawing, fonts string) {
		cell := d.b.Packed("", "1000 0 0 0 1000 1000 d1 0 0 1000 1000 re f")
		d.res.WriteString("/Font <</C <</Subtype /Type3 /FontBBox [0 0 1000 1000] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 97 /Widths [1000]" +
			" /Encoding <</Differences [97 /cell]>> /Resources <<>> /CharProcs <</cell " + cell + ">>>> " + fonts + ">>")
		d.f("q")
		d.onPage()
		d.f("BT /C 1 Tf")
		d.cells(func(x, y float64) { d.f("1 0 0 1 %f %f Tm (a) Tj", x, y) })
		d.f("ET Q")
	}
	image := func(d *drawing, fonts string) {
		img := d.b.Packed(fmt.Sprintf("/Subtype /Image /Width %d /Height %[1]d /ColorSpace /DeviceGray /BitsPerComponent 8", 4*d.n), d.picture(4, 0, d.n))
		d.res.WriteString("/XObject <</X " + img + ">> /Font <<" + fonts + ">>")
		d.f("q 100 0 0 100 400 20 cm /X Do Q")
	}
	lines := func(d *drawing, text string) {
		d.f("BT 0 g /T 10 Tf 9 TL 0 830 Td")
		for range 90 { // all over the page, and so over the code
			d.f("(%s) Tj T*", strings.Repeat(text, 100/len(text)))
		}
		d.f("ET")
	}
	for _, tc := range []struct {
		desc   string
		draw   func(d *drawing)
		want   string
		looked bool
		pixels int64
	}{
		{"text over cells, of a font of its own", func(d *drawing) {
			cells(d, "/T "+letters(d, 26, "0 0 60 60 re f"))
			lines(d, alphabet)
		}, "page 1 > drawing > QR code", true, 3_000_000},
		{"text of bitmaps beside cells", func(d *drawing) {
			cells(d, "/T "+letters(d, 26, bitmap(60)))
			lines(d, alphabet)
		}, "page 1 > drawing > QR code", true, 3_000_000},
		{"a table of a few digits", func(d *drawing) {
			image(d, "/T "+letters(d, 12, bitmap(30)))
			lines(d, alphabet[:12])
		}, "page 1 > image X > QR code", true, 1_200_000},
		{"a letter that is larger than text", func(d *drawing) {
			image(d, "/T "+letters(d, 26, bitmap(60)))
			d.f("BT /T 60 Tf 100 700 Td (A) Tj ET")
			lines(d, alphabet)
		}, "page 1 > image X > QR code", false, 100_000},
		{"letters as large as codes, again and again", func(d *drawing) {
			image(d, "/T "+letters(d, 26, bitmap(60)))
			for range 200 {
				d.f("BT /T 80 Tf 100 700 Td (A) Tj (B) Tj ET")
			}
			lines(d, alphabet)
		}, "page 1 > image X > QR code", true, 1_500_000},
		{"more kinds of them than are searched", func(d *drawing) {
			image(d, "/T "+letters(d, 180, bitmap(60)))
			for i := range 180 {
				d.f("BT /T 80 Tf 100 700 Td <%02x> Tj ET", 65+i)
			}
		}, "page 1 > image X > QR code", true, 2_000_000},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			d := newDrawing(t, code)
			tc.draw(d)
			data := d.build()
			r := find(t, "cv.pdf", data)
			if got := wheres(pdfFound(r, code)); !slices.Equal(got, []string{"cv.pdf > " + tc.want}) || len(r.Unread) != 0 || r.Pixels > tc.pixels {
				t.Errorf("%q, want %q; %+v; %d pixels", got, tc.want, r.Unread, r.Pixels)
			}
			p := &part{call: newCall(context.Background(), Limits{}.WithDefaults(), nil), where: "d.pdf", name: "d.pdf", data: data, carrier: "pdf"}
			doc := &pdfDoc{p: p}
			if doc.read(); doc.looked > 0 != tc.looked {
				t.Errorf("%d looked through", doc.looked)
			}
		})
	}
}

// TestPDFClipsHideNoCode: clips by the thousand, of nothing or of what is painted, take
// no place of a code that is drawn.
func TestPDFClipsHideNoCode(t *testing.T) {
	const code = "https://badges.example.org/assertions/clips"
	for _, tc := range []struct {
		desc, under string
		cut         bool
	}{{"of nothing", "", false}, {"of a fill that is not seen", "1 g 0 0 1 1 re f", true}} {
		t.Run(tc.desc, func(t *testing.T) {
			d := newDrawing(t, code)
			for block := range 17 {
				for i := range 900 {
					d.f("q %d %d 1 1 re W n %s Q", 10+100*(block%5)+2*(i%30), 420+100*(block/5)+2*(i/30), tc.under)
				}
			}
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
			r := find(t, "cv.pdf", d.build())
			if got := pdfFound(r, code); len(got) != 1 || len(r.Unread) > 0 != tc.cut {
				t.Errorf("%v, %+v", show(r), r.Unread)
			}
		})
	}
}

// TestPDFShadingsOfCells tells of a page whose shadings have room for a code.
func TestPDFShadingsOfCells(t *testing.T) {
	for _, tc := range []struct {
		desc, shading string
		data          int
		want          bool
	}{
		{"a function of samples", "/ShadingType 1 /Function <</FunctionType 0 /Size [29 29] /BitsPerSample 8>>", 0, true},
		{"a function of few", "/ShadingType 1 /Function <</FunctionType 0 /Size [2 2] /BitsPerSample 8>>", 0, false},
		{"many patches", "/ShadingType 6 /BitsPerCoordinate 16 /BitsPerComponent 8 /BitsPerFlag 8 /Decode [0 1 0 1 0 1]", 300 * 53, true},
		{"a few patches", "/ShadingType 6 /BitsPerCoordinate 16 /BitsPerComponent 8 /BitsPerFlag 8 /Decode [0 1 0 1 0 1]", 20 * 53, false},
		{"triangles", "/ShadingType 4 /BitsPerCoordinate 16 /BitsPerComponent 8 /BitsPerFlag 8 /Decode [0 1 0 1 0 1]", 2000 * 6, true},
		{"a grid", "/ShadingType 5 /BitsPerCoordinate 8 /BitsPerComponent 8 /VerticesPerRow 30 /Decode [0 1 0 1 0 1]", 900 * 3, true},
		{"no bits", "/ShadingType 7 /Decode [0 1 0 1 0 1]", 9000, false},
	} {
		for _, how := range []string{"sh", "pattern"} {
			t.Run(tc.desc+" "+how, func(t *testing.T) {
				d := newDrawing(t, "https://badges.example.org/assertions/none")
				sh := d.b.Packed("/ColorSpace /DeviceGray "+tc.shading, strings.Repeat("\x00", tc.data))
				if how == "sh" {
					d.res.WriteString("/Shading <</S " + sh + ">>")
					d.f("/S sh")
				} else {
					d.res.WriteString("/Pattern <</P <</PatternType 2 /Shading " + sh + ">>>>")
					d.f("/Pattern cs /P scn 0 0 100 100 re f")
				}
				r := find(t, "cv.pdf", d.build())
				want := []Unread(nil)
				if tc.want {
					want = []Unread{{Where: "cv.pdf > page 1 > shading", Reason: ReasonUnknown, Detail: "a shading of many cells: its pixels are not searched for QR codes"}}
				}
				if !slices.Equal(r.Unread, want) {
					t.Errorf("%+v, want %+v", r.Unread, want)
				}
			})
		}
	}
}
