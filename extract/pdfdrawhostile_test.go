package extract

import (
	"context"
	"fmt"
	"hash/maphash"
	"image"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/extract/pdf"
	"assay/extract/pdf/pdftest"
	"assay/extract/raster"
)

// drawnParts reads a PDF, and gives what was told, and the pixels that are left.
func drawnParts(t *testing.T, data []byte) (unreads []Unread, left int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	p := &part{call: newCall(ctx, Limits{QR: QRAlways}.WithDefaults(), nil), where: "d.pdf", name: "d.pdf", data: data, carrier: "pdf"}
	(&pdfDoc{p: p}).read()
	if ctx.Err() != nil {
		t.Fatal("it does not end")
	}
	return p.unreads, p.pixelsLeft
}

const drawsMore = "it draws more than is looked through: its pixels are not searched for QR codes"

// TestAttack360_PageWithoutEnd: a page that draws without end is told, and costs what
// is set aside for a page.
func TestAttack360_PageWithoutEnd(t *testing.T) {
	const box = "/BBox [0 0 10 10]"
	for desc, make := range map[string]func(b *pdftest.Builder){
		"more operators than are read": func(b *pdftest.Builder) {
			b.Content = strings.Repeat("0 0 1 1 re f ", 60) + strings.Repeat("n ", pdfMaxOps)
		},
		"forms of ten forms each": func(b *pdftest.Builder) {
			for i := range 12 {
				inner := fmt.Sprintf("/Resources <</XObject <</F %d 0 R>>>>", i+7)
				b.Stream("/Subtype /Form "+box+inner, strings.Repeat("0 0 1 1 re f /F Do ", 10))
			}
			b.Add("<<>>")
			b.Page = "/Resources <</XObject <</F 6 0 R>>>>"
			b.Content = strings.Repeat("0 0 1 1 re f ", 60) + "/F Do"
		},
		"forms of nothing": func(b *pdftest.Builder) {
			for i := range 12 {
				inner := fmt.Sprintf("/Resources <</XObject <</F %d 0 R>>>>", i+7)
				b.Stream("/Subtype /Form "+box+inner, strings.Repeat("/F Do ", 10))
			}
			b.Stream("/Subtype /Form "+box, "")
			b.Page = "/Resources <</XObject <</F 6 0 R>>>>"
			b.Content = strings.Repeat("0 0 1 1 re f ", 60) + "/F Do"
		},
		"glyphs of ten glyphs each": func(b *pdftest.Builder) {
			const font = "/Subtype /Type3 /FontMatrix [1 0 0 1 0 0] /FontBBox [0 0 1 1] /FirstChar 97 /Widths [1] /Encoding <</Differences [97 /a]>>"
			var fonts strings.Builder
			for i := range 12 { // each of them is shown as cells are
				fmt.Fprintf(&fonts, "/T%d %d 0 R ", i, 7+2*i)
				b.Content += fmt.Sprintf("BT /T%d 30 Tf (%s) Tj ET ", i, strings.Repeat("a", 120))
				b.Stream("", "1 0 d0 BT /T 1 Tf (aaaaaaaaaa) Tj ET")
				b.Add("<<"+font+" /CharProcs <</a %d 0 R>> /Resources <</Font <</T %d 0 R>>>>>>", 6+2*i, 9+2*i)
			}
			b.Page = "/Resources <</Font <<" + fonts.String() + ">>>>"
		},
		"glyphs of nothing": func(b *pdftest.Builder) {
			b.Page = "/Resources <</Font <</T <</Subtype /Type3 /FontMatrix [1 0 0 1 0 0] /FontBBox [0 0 1 1] /FirstChar 97 /Widths [1] /CharProcs <<>> /Encoding <</Differences [97 /a]>>>>>>" +
				" /XObject <</F " + b.Stream("/Subtype /Form "+box, "BT /T 30 Tf ("+strings.Repeat("a", 60_000)+") Tj ET") + ">>>>"
			b.Content = strings.Repeat("/F Do ", 1000)
		},
		"clips in clips that wait for paint": func(b *pdftest.Builder) {
			b.Content = strings.Repeat("0 0 1 1 re W n ", 100_000)
		},
		"tiles of tiles": func(b *pdftest.Builder) {
			for i := range 12 {
				inner := fmt.Sprintf("/Resources <</Pattern <</P %d 0 R>>>>", i+7)
				b.Stream("/PatternType 1 /PaintType 1 /XStep 10 /YStep 10 "+box+inner, "/Pattern cs /P scn 0 0 150 150 re f")
			}
			b.Add("<<>>")
			b.Page = "/Resources <</Pattern <</P 6 0 R>>>>"
			b.Content = "/Pattern cs /P scn 0 0 150 150 re f"
		},
		"a picture placed again and again": func(b *pdftest.Builder) {
			b.Page = "/Resources <</XObject <</X " + b.Stream("/Subtype /Image /Width 2 /Height 2 /BitsPerComponent 8 /ColorSpace /DeviceGray", "abcd") + ">>>>"
			b.Content = strings.Repeat("1 0 0 1 1 0 cm /X Do ", pdfMaxPlaced+1)
		},
	} {
		t.Run(desc, func(t *testing.T) {
			var b pdftest.Builder
			make(&b)
			unreads, left := drawnParts(t, b.Build())
			// Where objects are asked for again and again, the reader's own end may come first.
			if !slices.Contains(unreads, Unread{Where: "d.pdf > page 1", Reason: ReasonPixels, Detail: drawsMore}) &&
				(!strings.Contains(desc, "of") || !slices.Contains(unreads, Unread{Where: "d.pdf", Reason: ReasonParts, Detail: "too many or too large objects"})) {
				t.Errorf("%+v", unreads)
			}
			used := int64(allPixels) - left
			if used > pdfOpPixels*pdfMaxOps*3 || desc == "more operators than are read" && used < pdfOpPixels*(pdfMaxOps-1) {
				t.Errorf("%d pixels are used", used)
			}
		})
	}
}

// TestAttack361_DrawnBudget: what is drawn is taken off the pixels that a document may
// have, and the pages for which nothing is left are told.
func TestAttack361_DrawnBudget(t *testing.T) {
	const text = "https://badges.example.org/assertions/%d"
	var b pdftest.Builder
	kids := ""
	for i := range 3 {
		d := newDrawing(t, fmt.Sprintf(text, i))
		d.onPage()
		d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
		kids += b.Add("<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %s>> ", b.Packed("", d.out.String())) + " "
	}
	b.Catalog = "/Pages " + b.Add("<</Type /Pages /Kids [%s] /Count 3>>", kids)
	data := b.Build()
	whole := find(t, "d.pdf", data)
	if len(whole.Findings) != 3 || len(whole.Unread) != 0 || whole.Pixels < 3*100*100 {
		t.Fatalf("%v, %+v, %d pixels", show(whole), whole.Unread, whole.Pixels)
	}
	r := findWith(t, Limits{}, Document{Name: "d.pdf", Data: data, Spent: Spent{Pixels: manyPixels - whole.Pixels/2}})
	told := Unread{Where: "d.pdf > page 3 > drawing", Reason: ReasonPixels, Detail: "its pixels are not searched for QR codes"}
	if len(r.Findings) != 1 || !slices.Contains(r.Unread, told) || r.Pixels > whole.Pixels/2 {
		t.Errorf("half of the pixels: %v, %+v, %d pixels", show(r), r.Unread, r.Pixels)
	}
	// With next to nothing left, the pages are told all the same.
	r = findWith(t, Limits{}, Document{Name: "d.pdf", Data: data, Spent: Spent{Pixels: manyPixels - 100}})
	for page := 1; page <= 3; page++ {
		if !slices.Contains(r.Unread, Unread{Where: fmt.Sprintf("d.pdf > page %d", page), Reason: ReasonPixels, Detail: drawsMore}) {
			t.Errorf("page %d: %+v", page, r.Unread)
		}
	}
}

// TestAttack362_DrawnAtOddPlaces: places and pictures that are none cost nothing and
// hide nothing.
func TestAttack362_DrawnAtOddPlaces(t *testing.T) {
	const code = "https://badges.example.org/assertions/odd"
	far := strings.Repeat("9", 18)
	odd := map[string]string{
		"numbers that are far off":      far + " " + far + " " + far + " -" + far + " re f " + far + " 700 m " + far + " " + far + " l S",
		"a space that grows":            "q " + strings.Repeat(far+" 0 0 "+far+" 0 0 cm 0 0 1 1 re f 1 1 m 2 2 3 3 4 4 c f ", 40) + " Q",
		"a space that is flat":          "q 1 0 0 0 0 0 cm /X Do 0 0 1 1 re f 5 w 1 1 m 2 2 l S Q q 0 0 0 0 0 0 cm /X Do Q",
		"a clip of nothing":             "q W n 0 0 m W n 0 0 5 5 re f Q q 1 1 0 0 re W n 0 0 500 500 re f Q",
		"states that are never closed":  "q " + strings.Repeat("q 2 0 0 2 0 0 cm ", 3*pdfMaxStates) + strings.Repeat("Q ", 3*pdfMaxStates) + " Q",
		"operators without operands":    "q re m l c v y h f W n cm w J gs g rg k cs scn sh Do Q BI ID EI",
		"a pattern that is not there":   "q /Pattern cs /None scn 0 0 5 5 re f /S sh /Pattern cs /P2 scn 0 0 500 500 re f Q",
		"a picture as large as it says": "q 100 0 0 100 0 0 cm /Y Do Q q 100 0 0 100 100 0 cm /Y Do Q",
		"a form that paints itself":     "q /F Do Q",
	}
	for desc, content := range odd {
		t.Run(desc, func(t *testing.T) {
			d := newDrawing(t, code)
			d.f("q 1 g 1 G %s Q q", content)
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
			d.f("Q")
			fmt.Fprintf(&d.res, "/XObject <</X %s /Y %s /F 8 0 R>> /Pattern <</P2 %s>>",
				d.b.Stream("/Subtype /Image /Width 30 /Height 30 /BitsPerComponent 8 /ColorSpace /DeviceGray", strings.Repeat("x", 900)),
				d.b.Stream("/Subtype /Image /Width 32000 /Height 32000 /BitsPerComponent 8 /ColorSpace /DeviceGray /Filter /FlateDecode", pdftest.Deflated("x")),
				d.b.Stream("/PatternType 1 /PaintType 1 /XStep 0.001 /YStep 1e-9 /BBox [0 0 1 1]", "0 0 1 1 re f"))
			// Object 8 is the pattern, and a form that names itself.
			data := []byte(strings.Replace(string(d.build()), "/PatternType 1", "/Subtype /Form /PatternType 1 /Resources <</XObject <</F 8 0 R>>>>", 1))
			r := find(t, "d.pdf", data)
			if got := wheres(pdfFound(r, code)); !slices.Equal(got, []string{"d.pdf > page 1 > drawing > QR code"}) {
				t.Errorf("%q; %+v", got, r.Unread)
			}
			for _, u := range r.Unread {
				if u.Reason != ReasonPixels || u.Where != "d.pdf > page 1 > image Y" && desc != "a picture as large as it says" {
					t.Errorf("%+v", u)
				}
			}
		})
	}
}

// Whether a page is searched for what it draws is asked as for its pictures, and what
// every page shows is searched once.
func TestPDFDrawnByPage(t *testing.T) {
	const code = "https://badges.example.org/assertions/1"
	const credly = "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-000000000001"
	d := newDrawing(t, code)
	d.onPage()
	d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
	for _, tc := range []struct {
		desc, text string
		mode       QRMode
		want       []string
	}{
		{"nothing else", "", QRAuto, []string{"cv.pdf > page 1 > drawing > QR code"}},
		{"a badge on the first page", credly, QRAuto, []string{"cv.pdf > page 2 > drawing > QR code"}},
		{"a profile on the first page", "https://www.credly.com/users/abc", QRAuto, []string{"cv.pdf > page 1 > drawing > QR code"}},
		{"a badge, all wanted", credly, QRAlways, []string{"cv.pdf > page 1 > drawing > QR code"}},
		{"none wanted", "", QRNever, nil},
	} {
		var b pdftest.Builder
		form := b.Packed("/Subtype /Form /BBox [0 0 600 900]", d.out.String())
		const font = " /Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Courier>>>>"
		b.Page = "/Resources <</XObject <</Fm " + form + ">>" + font + ">>"
		b.Content = "BT /F1 10 Tf 40 700 Td " + pdftest.String(tc.text) + " Tj ET /Fm Do"
		page := b.Add("<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %s /Resources <</XObject <</Fm %s>>>>>>", b.Stream("", "/Fm Do"), form)
		b.Catalog = "/Pages " + b.Add("<</Type /Pages /Kids [3 0 R %s] /Count 2>>", page)
		r := findWith(t, Limits{QR: tc.mode}, Document{Name: "cv.pdf", Data: b.Build()})
		if got := wheres(pdfFound(r, code)); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q; %v", tc.desc, got, tc.want, show(r))
		}
	}
}

// FuzzPDFDraw: no content stream makes the painter panic, take for ever, or paint
// beyond its budget.
func FuzzPDFDraw(f *testing.F) {
	many := strings.Repeat("1 0 0 1 2 3 cm 0 0 1 1 re f ", 60)
	f.Add(many + "q 2 0 0 2 5 5 cm 0.5 g 0 0 m 5 5 l 1 2 3 4 5 6 c 1 2 3 4 v 1 2 3 4 y h W* n B b* s Q /G gs /F Do /X Do /P sh")
	f.Add(many + "/Pattern cs /P scn 0 0 100 100 re f /S sh /C cs 0.4 scn BI /W 21 /H 21 /IM true ID aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa EI")
	f.Fuzz(func(t *testing.T, content string) {
		if len(content) > 1<<16 {
			return
		}
		b := &pdftest.Builder{Content: content}
		picture := b.Stream("/Subtype /Image /Width 30 /Height 21 /BitsPerComponent 1 /ColorSpace /DeviceGray", strings.Repeat("\x5a", 84))
		form := b.Stream("/Subtype /Form /BBox [0 0 50 50] /Matrix [1 0 0 2 3 4] /Resources <</XObject <</X "+picture+" /F 7 0 R>>>>", content)
		pattern := b.Stream("/PatternType 1 /PaintType 2 /XStep 45 /YStep 45 /BBox [0 0 50 50]", content)
		b.Page = "/Resources <</XObject <</X " + picture + " /F " + form + ">> /Pattern <</P " + pattern + ">> /ExtGState <</G <</ca 0.5 /LW 3 /BM /Multiply>>>> " +
			"/ColorSpace <</C [/Separation /A /DeviceGray 5 0 R]>> /Shading <</S <</ColorSpace /DeviceRGB /Function <</FunctionType 2 /C1 [1 0 0]>>>>>>>>"
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		p := &part{call: newCall(ctx, Limits{}.WithDefaults(), nil), where: "d.pdf", name: "d.pdf", data: b.Build(), carrier: "pdf"}
		d := &pdfDoc{p: p, links: map[string]pdfSeen{}, files: map[[32]byte]pdfSeen{}, objects: map[int]bool{}}
		d.file = pdf.Open(p.data, d.inflated, d.libraryFailed)
		_, trailer, err := pdf.OpenLedongthuc(ctx, d.file)
		if err != nil {
			t.Fatal(err)
		}
		w := &pdfWalk{d: d, reader: readerLedongthuc, trailer: trailer}
		w.run()
		w.left, w.seen, w.shown = pdfMaxNodes, map[int]int{}, map[uint64]bool{}
		w.seed = maphash.MakeSeed()
		c := &pdfCodes{w: w, page: w.pages[0], decoded: map[int]*image.Gray{}, done: map[int]bool{}}
		var survey raster.Survey
		c.painter = pdfPainter{w: w, survey: &survey, shows: c.picture, bytes: pdfMaxContent}
		c.painter.paint(c.page, raster.Identity)
		c.painter.survey = nil
		regions := survey.Regions()
		for _, r := range append(regions[:min(len(regions), 2)], raster.Region{Box: raster.Box{X1: 100, Y1: 100}, Module: 5}) {
			c.draw(r.Box, pdfModule/r.Module, 200)
		}
		if ctx.Err() != nil {
			t.Fatalf("%d bytes took ten seconds", len(content))
		}
		if p.pixelsLeft < -pdfOpPixels*pdfMaxOps {
			t.Fatalf("%d pixels are left", p.pixelsLeft)
		}
	})
}

// pdfOfPages is a document of so many pages, each of one kind.
func pdfOfPages(b testing.TB, kind string, pages int) []byte {
	doc := pdftest.Builder{}
	kids := ""
	for i := range pages {
		d := newDrawing(b, fmt.Sprintf("https://badges.example.org/assertions/%d", i))
		res := ""
		var text strings.Builder
		text.WriteString("BT /F1 10 Tf 12 TL 50 800 Td ")
		for line := range 50 {
			fmt.Fprintf(&text, "(Line %d of a long life, with things done that nobody asked for) ' ", line)
		}
		text.WriteString("ET\n")
		d.out.WriteString(text.String())
		switch kind {
		case "drawn":
			d.onPage()
			d.cells(func(x, y float64) { d.f("%f %f 1 1 re f", x, y) })
		case "table":
			for row := range 40 {
				for column := range 6 {
					d.f("%d %d 80 15 re S", 50+80*column, 100+15*row)
				}
			}
		case "strips", "scanned":
			const w, h = 1240, 1754 // a page at 150 dpi
			page := image.NewGray(image.Rect(0, 0, w, h))
			for y := range h {
				for x := range w {
					page.Pix[y*w+x] = 255
					if m := 6; x < d.n*m && y < d.n*m && d.dark(x/m, y/m) || y%40 < 12 && x*7%23 < 9 && y > 600 {
						page.Pix[y*w+x] = 0
					}
				}
			}
			parts := 1
			if kind == "strips" {
				parts = 16
			}
			for k := range parts {
				from, to := k*h/parts, (k+1)*h/parts
				ref := doc.Packed(fmt.Sprintf("/Subtype /Image /Width %d /Height %d /BitsPerComponent 1 /ColorSpace /DeviceGray", w, to-from), bilevel(string(page.Pix[from*w:to*w]), w))
				res += fmt.Sprintf("/X%d %s ", k, ref)
				d.f("q 595 0 0 %f 0 %f cm /X%d Do Q", 842*float64(to-from)/h, 842*(1-float64(to)/h), k)
			}
		}
		kids += doc.Add("<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources <</XObject <<%s>> /Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>>> /Contents %s>>", res, doc.Packed("", d.out.String())) + " "
	}
	doc.Catalog = "/Pages " + doc.Add("<</Type /Pages /Kids [%s] /Count %d>>", kids, pages)
	return doc.Build()
}

// BenchmarkQRPage is what a page costs: of text, with a table, with a code that it
// draws, a scan in one picture and one in strips, each with QR codes searched for and
// without.
func BenchmarkQRPage(b *testing.B) {
	const pages = 10
	for _, kind := range []string{"none", "table", "drawn", "scanned", "strips"} {
		data := pdfOfPages(b, kind, pages)
		for _, mode := range []QRMode{QRNever, QRAuto} {
			name := kind + "/off"
			if mode == QRAuto {
				name = kind + "/on"
			}
			b.Run(name, func(b *testing.B) {
				start := cpuSeconds()
				for b.Loop() {
					r := findWith(b, Limits{QR: mode}, Document{Name: "cv.pdf", Data: data})
					if want := kind != "none" && kind != "table" && mode == QRAuto; want != (len(r.Findings) == pages) {
						b.Fatalf("%d findings, %+v", len(r.Findings), r.Unread)
					}
				}
				b.ReportMetric(1000*(cpuSeconds()-start)/float64(b.N*pages), "cpu-ms/page")
			})
		}
	}
}
