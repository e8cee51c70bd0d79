package extract

import (
	"context"
	"strings"
	"testing"
	"time"

	"assay/extract/pdf/pdftest"
)

// FuzzPDFWalker: no bytes make a reader or a walker panic past its guard, or
// take for ever.
func FuzzPDFWalker(f *testing.F) {
	for _, s := range pdftest.Seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<20 {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		p := &part{call: newCall(ctx, Limits{}.WithDefaults(), nil), where: "d.pdf", name: "d.pdf", data: data, carrier: "pdf"}
		(&pdfDoc{p: p, all: true}).read()
		if ctx.Err() != nil {
			t.Fatalf("%d bytes took ten seconds", len(data))
		}
		for _, f := range p.result().Findings {
			for _, pl := range f.Places {
				if !strings.HasPrefix(pl.Where, "d.pdf") {
					t.Fatalf("place %q", pl.Where)
				}
			}
		}
	})
}

// FuzzPDFText: no content stream makes the interpreter panic or write without
// bound.
func FuzzPDFText(f *testing.F) {
	f.Add("BT /F1 10 Tf 12 TL 50 700 Td [(https:) -20 (//a.example.org/1)] TJ (x) ' 1 2 (y) \" T* ET", "1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <01> <5f> <0020> endbfrange 1 beginbfchar <60> <0041> endbfchar")
	f.Add("q 1 0 0 1 5 5 cm /Span <</ActualText (x)>> BDC BI /W 1 ID x EI /F1 Do EMC Q BT <", "beginbfrange <00> <02> [<0041> /B <0043>] endbfrange")
	f.Fuzz(func(t *testing.T, content, cmap string) {
		b := &pdftest.Builder{Content: content}
		font := b.Add("<</Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<</W [0 [500] 1 9 500]>>] /ToUnicode %s>>", b.Packed("", cmap))
		b.Page = "/Resources <</Font <</F1 " + font + " /F2 <</Subtype /TrueType /ToUnicode 6 0 R>>>> /XObject <</F1 4 0 R>>>>"
		p := &part{call: newCall(context.Background(), Limits{QR: QRNever}.WithDefaults(), nil), where: "d.pdf", name: "d.pdf", data: b.Build(), carrier: "pdf"}
		most := 0
		(&pdfDoc{p: p, onText: func(s string) { most = max(most, len(s)) }}).read()
		if most > 8*pdfMaxPageText {
			t.Fatalf("%d bytes of text from %d", most, len(content))
		}
	})
}
