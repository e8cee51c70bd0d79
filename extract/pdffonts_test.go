package extract

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/extract/pdf"
	"assay/extract/pdf/pdftest"
)

// TestPDFManyFonts searches the glyphs of any page that people have, and tells of one with
// more fonts of drawn glyphs than are looked at.
func TestPDFManyFonts(t *testing.T) {
	const code = "https://badges.example.org/assertions/fonts-1"
	const more = "more fonts of drawn glyphs than are looked at: its pixels are not searched for QR codes"
	for _, tc := range []struct {
		desc   string
		before int // fonts of letters
		want   []string
		unread []Unread
	}{
		{"the last of three hundred", 299, []string{"cv.pdf > page 1 > drawing > QR code"}, nil},
		{"behind more than are looked at", pdfMaxFonts, nil, []Unread{{Where: "cv.pdf > page 1", Reason: ReasonParts, Detail: more}}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			d := newDrawing(t, code)
			cell := d.b.Packed("", "1 0 0 0 1 1 d1 0 0 1 1 re f")
			const entries = "/Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] /FirstChar 97 /Widths [1] /Encoding <</Differences [97 /c]>> /CharProcs <</c "
			d.res.WriteString("/Font <<")
			for i := range tc.before + 1 {
				fmt.Fprintf(&d.res, "/T%d %s ", i, d.b.Add("%s", "<<"+entries+cell+">>>>"))
			}
			d.res.WriteString(">>")
			d.f("BT")
			for i := range tc.before {
				d.f("/T%d 8 Tf (a) Tj", i)
			}
			d.f("ET q")
			d.onPage()
			d.f("BT /T%d 1 Tf", tc.before)
			d.cells(func(x, y float64) { d.f("1 0 0 1 %f %f Tm (a) Tj", x, y) })
			d.f("ET Q")
			r := find(t, "cv.pdf", d.build())
			if got := wheres(pdfFound(r, code)); !slices.Equal(got, tc.want) || !slices.Equal(r.Unread, tc.unread) {
				t.Errorf("%q, want %q; %+v", got, tc.want, r.Unread)
			}
		})
	}
}

// TestPDFFontOfForms: a font that is no object is one font, whatever number of forms set it.
func TestPDFFontOfForms(t *testing.T) {
	const code = "https://badges.example.org/assertions/fonts-2"
	d := newDrawing(t, code)
	cell := d.b.Packed("", "1 0 0 0 1 1 d1 0 0 1 1 re f")
	res := d.b.Add("%s", "<</Font <</T <</Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] /FirstChar 97 /Widths [1] /Encoding <</Differences [97 /c]>> /CharProcs <</c "+cell+">>>>>>>>")
	d.onPage()
	d.res.WriteString("/XObject <<")
	for y := range d.n {
		var row strings.Builder
		for x := range d.n {
			if d.dark(x, y) {
				fmt.Fprintf(&row, "1 0 0 1 %d 0 Tm (a) Tj ", x)
			}
		}
		form := d.b.Packed(fmt.Sprintf("/Subtype /Form /BBox [0 0 %d 1] /Resources %s", d.n, res), "BT /T 1 Tf "+row.String()+"ET")
		fmt.Fprintf(&d.res, "/R%d %s ", y, form)
		d.f("q 1 0 0 1 0 %d cm /R%d Do Q", d.n-1-y, y)
	}
	d.res.WriteString(">>")
	r := find(t, "cv.pdf", d.build())
	if got := wheres(pdfFound(r, code)); !slices.Equal(got, []string{"cv.pdf > page 1 > drawing > QR code"}) || len(r.Unread) != 0 {
		t.Errorf("%q; %+v", got, r.Unread)
	}
}

// TestPDFNamedFonts: names of fonts are kept up to a bound, and those of no font not at all:
// each is looked for among them.
func TestPDFNamedFonts(t *testing.T) {
	var b pdftest.Builder
	font := b.Add("<</Type /Font /Subtype /Type1 /BaseFont /Courier>>")
	var fonts strings.Builder
	for i := range 2 * pdfMaxNamed {
		fmt.Fprintf(&fonts, "/F%d %s ", i, font)
	}
	b.Catalog = "/Font <<" + fonts.String() + ">>"
	p := &part{call: newCall(t.Context(), Limits{}.WithDefaults(), nil), where: "d.pdf", name: "d.pdf", data: b.Build(), carrier: "pdf"}
	d := &pdfDoc{p: p}
	d.file = pdf.Open(p.data, d.inflated, d.libraryFailed)
	w := &pdfWalk{d: d, trailer: d.file.Tree(), left: pdfMaxNodes, seen: map[int]int{}}
	c := &pdfContent{pdfInterpreter: &pdfInterpreter{w: w, fonts: map[int]*pdf.Font{}}, res: w.trailer.Key("Root")}
	for name, want := range map[string]int{"None": 0, "F": pdfMaxNamed} {
		for i := range 2 * pdfMaxNamed {
			c.args = []pdfArg{{kind: pdf.TokenName}, {kind: pdf.TokenReal, num: 1}}
			c.arena = fmt.Appendf(nil, "%s%d", name, i)
			c.args[0].end = len(c.arena)
			c.setFont()
		}
		if want == 0 != (c.st.font == nil) || len(c.named) > pdfMaxNamed {
			t.Errorf("%s: %d names, %v", name, len(c.named), c.st.font)
		}
		if want == 0 && len(c.named) != 0 && len(c.named) != pdfMaxNamed {
			t.Errorf("%d names of no font", len(c.named))
		}
	}
}

// stopped is a context whose time is over once it was asked so many times.
type stopped struct {
	context.Context
	left int
}

func (s *stopped) Err() error {
	if s.left--; s.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// TestPDFWalkHeedsTime: fields, annotations, name trees, bookmarks and the structure are
// walked no further once the time is over, wherever the walk is.
func TestPDFWalkHeedsTime(t *testing.T) {
	const many = 3000
	refs := func(b *pdftest.Builder, format string) string {
		var out strings.Builder
		for i := range many {
			out.WriteString(b.Add("%s", strings.ReplaceAll(format, "%", fmt.Sprint(i))) + " ")
		}
		return out.String()
	}
	for _, tc := range []struct {
		desc  string
		build func(b *pdftest.Builder)
	}{
		{"fields", func(b *pdftest.Builder) {
			b.Catalog = "/AcroForm <</Fields [" + refs(b, "<</T (f%) /V (see a/b) /DV (see c/d)>>") + "]>>"
		}},
		{"values of fields", func(b *pdftest.Builder) {
			b.Catalog = "/AcroForm <</Fields [" + refs(b, "<</T (f%) /V ["+strings.Repeat("(see a/b)", 20)+"]>>") + "]>>"
		}},
		{"annotations", func(b *pdftest.Builder) {
			b.Page = "/Annots [" + refs(b, "<</Subtype /Text /Contents (see a/b%)>>") + "]"
		}},
		{"a name tree", func(b *pdftest.Builder) {
			b.Catalog = "/Names <</EmbeddedFiles <</Kids [" + refs(b, "<</Names [(a) <</F (a)>> (b) <</F (b)>>]>>") + "]>>>>"
		}},
		{"the structure", func(b *pdftest.Builder) {
			b.Catalog = "/StructTreeRoot <</K [" + refs(b, "<</S /P /AF [] /K %>>") + "]>>"
		}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			b := &pdftest.Builder{}
			tc.build(b)
			walk := func(ctx context.Context) (spent int, over bool) {
				p := &part{call: newCall(ctx, Limits{}.WithDefaults(), nil), where: "d.pdf", name: "d.pdf", data: b.Build(), carrier: "pdf"}
				d := &pdfDoc{p: p, links: map[string]pdfSeen{}, files: map[[32]byte]pdfSeen{}, objects: map[int]bool{}}
				d.file = pdf.Open(p.data, d.inflated, d.libraryFailed)
				_, trailer, err := pdf.OpenLedongthuc(t.Context(), d.file)
				if err != nil {
					t.Fatal(err)
				}
				w := &pdfWalk{d: d, reader: readerLedongthuc, trailer: trailer}
				w.run()
				return pdfMaxNodes - w.left, w.over
			}
			if spent, over := walk(t.Context()); spent < many || over {
				t.Fatalf("%d nodes, %v", spent, over)
			}
			if spent, over := walk(&stopped{t.Context(), 2}); spent > 3*256+16 || !over {
				t.Errorf("%d nodes, %v", spent, over)
			}
		})
	}
	// It is said by the error.
	b := &pdftest.Builder{Catalog: ""}
	if _, err := (&Extractor{}).Extract(&stopped{t.Context(), 2}, Document{Name: "d.pdf", Data: b.Build()}); err == nil {
		t.Error("no error")
	}
}
