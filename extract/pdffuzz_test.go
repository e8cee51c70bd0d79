package extract

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

func pdfSeeds(f *testing.F) {
	b := &pdfBuilder{
		pageMore: "/Annots [<</Subtype /Link /A <</S /URI /URI (" + pdfTestURL + ")>>>>] /AA <</O <</S /URI /URI <feff0068>>>>>",
		content:  "BT /F1 10 Tf 12 TL 50 700 Td [(https:) -20 (//a.example.org/1)] TJ (x) ' ET",
		info:     "/openbadges (" + pdfTestURL + ")",
		catalog:  "/OpenAction 3 0 R /Outlines <</First 3 0 R>> /AcroForm <</Fields [3 0 R]>>",
	}
	f.Add(b.build())
	f.Add(b.buildStreams(""))
	b.catalog += " /AF [<</F (a) /EF <</F " + b.packed("/Type /EmbeddedFile", pdfTestURL) + ">>>>] /Metadata " + b.stream("/Type /Metadata", "<a b='"+pdfTestURL+"'>{</a>")
	f.Add(b.build())
	plain := b.build()
	f.Add(bytes.Replace(plain, []byte("startxref\n"), []byte("startxref\n9"), 1))
	f.Add(plain[:len(plain)*2/3])
	for _, h := range pdfHostile(false) {
		if len(h.data) < 4096 {
			f.Add(h.data)
		}
	}
}

// FuzzPDFPreflight: whatever the bytes, the preflight ends, stays in bounds,
// and makes an overlay that holds together.
func FuzzPDFPreflight(f *testing.F) {
	pdfSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		inflated := 0
		file := openPDF(data, func(n int) bool { inflated += n; return inflated < 64<<20 })
		if file == nil {
			return
		}
		for num, l := range file.locs {
			if l.kind == locStream && !file.encrypted {
				t.Fatalf("object %d is still in an object stream", num)
			}
			if l.kind == locPlain && (l.off < 0 || l.off >= len(file.data)+len(file.expanded)) {
				t.Fatalf("object %d is at %d of %d", num, l.off, len(file.data)+len(file.expanded))
			}
		}
		for _, o := range file.physical {
			if o.off > o.body || o.body > o.end || o.end > len(data) || o.stream > len(data) {
				t.Fatalf("object %+v of %d bytes", o, len(data))
			}
		}
		o := file.overlay()
		o.short = false
		b, err := io.ReadAll(io.NewSectionReader(o, 0, o.size()))
		if err != nil || int64(len(b)) != o.size() || !bytes.HasSuffix(b, []byte("%%EOF\n")) || !bytes.Equal(b[len(overlayHeader):][:len(data)], data) {
			t.Fatalf("overlay of %d bytes: %v", len(b), err)
		}
	})
}

// FuzzPDFWalker: no bytes make a reader or a walker panic past its guard, or
// take for ever.
func FuzzPDFWalker(f *testing.F) {
	pdfSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<20 {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		p := &part{call: newCall(ctx, Limits{}.withDefaults(), nil), where: "d.pdf", name: "d.pdf", data: data, carrier: "pdf"}
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
		b := &pdfBuilder{content: content}
		font := b.add("<</Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<</W [0 [500] 1 9 500]>>] /ToUnicode %s>>", b.packed("", cmap))
		b.pageMore = "/Resources <</Font <</F1 " + font + " /F2 <</Subtype /TrueType /ToUnicode 6 0 R>>>> /XObject <</F1 4 0 R>>>>"
		p := &part{call: newCall(context.Background(), Limits{QR: QRNever}.withDefaults(), nil), where: "d.pdf", name: "d.pdf", data: b.build(), carrier: "pdf"}
		most := 0
		(&pdfDoc{p: p, onText: func(s string) { most = max(most, len(s)) }}).read()
		if most > 8*pdfMaxPageText {
			t.Fatalf("%d bytes of text from %d", most, len(content))
		}
	})
}

// FuzzPDFFilters: no stream makes a filter panic or exceed its limit.
func FuzzPDFFilters(f *testing.F) {
	for _, name := range []string{"FlateDecode", "LZWDecode", "ASCIIHexDecode", "ASCII85Decode", "RunLengthDecode"} {
		f.Add(name, []byte(pdfDeflated("hello")), uint8(15), uint8(4))
		f.Add(name, []byte("80 0b 60 50 22 0c 0c 85 01>"), uint8(2), uint8(1))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte, predictor, columns uint8) {
		const limit = 1 << 16
		for _, early := range []bool{true, false} {
			out, _, err := pdfDecode(bytes.Clone(data), []pdfFilter{{name: name, predictor: int(predictor), columns: int(columns), colors: 1, bits: 8, early: early}}, limit)
			if len(out) > limit && len(out) > len(data) {
				t.Fatalf("%d bytes, at most %d; %v", len(out), limit, err)
			}
		}
	})
}
