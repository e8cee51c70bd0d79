package extract

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"assay/extract/pdf"
	"assay/extract/pdf/pdftest"
)

// pdfLarge makes a PDF of so many pages and bytes: text, links and a photo on
// each page.
func pdfLarge(pages, size int, streams bool) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	b := &pdftest.Builder{}
	photo := make([]byte, size/pages-3000)
	var kids strings.Builder
	for i := range pages {
		for j := range photo {
			photo[j] = byte(rng.Uint32())
		}
		img := b.Stream("/Type /XObject /Subtype /Image /Width 640 /Height 480 /BitsPerComponent 8 /ColorSpace /DeviceRGB /Filter /DCTDecode", string(photo))
		var text strings.Builder
		text.WriteString("q 1 0 0 1 0 0 cm /Im1 Do Q BT /F1 10 Tf 12 TL 50 800 Td ")
		for range 60 {
			fmt.Fprintf(&text, "(Line %d of a long life, with things done at %d, and then %x) ' ", rng.IntN(1000), rng.IntN(1000), rng.Uint64())
		}
		content := b.Packed("", text.String()+"ET")
		kids.WriteString(b.Add("<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources <</Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>> /XObject <</Im1 %s>>>> /Contents %s /Annots [<</Subtype /Link /A <</S /URI /URI (https://badges.example.org/%d)>>>>]>>", img, content, i) + " ")
	}
	data := b.Build()
	if streams {
		data = b.BuildStreams("")
	}
	return bytes.Replace(data, []byte("/Kids [3 0 R]"), []byte("/Kids ["+kids.String()+"]"), 1)
}

// TestPDFMemory: a large file takes little more memory than itself.
func TestPDFMemory(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("memory is measured without the race detector, as deploy/test.sh does")
	}
	file := filepath.Join(t.TempDir(), "large.pdf")
	if err := os.WriteFile(file, pdfLarge(500, 25<<20-200<<10, false), 0o600); err != nil {
		t.Fatal(err)
	}
	pdfChildren(t, 1, []string{file}, func(_ string, r *pdfReport, why string) {
		if r == nil {
			t.Fatal(why)
		}
		t.Logf("25 MiB, 500 pages: %.2f s, %d MiB, %d findings, unread %v", r.Seconds, r.PeakKiB>>10, len(r.Found), r.Unread)
		if len(r.Found) != 500 {
			t.Errorf("%d links found, want 500", len(r.Found))
		}
		if r.PeakKiB == 0 && runtime.GOOS != "linux" {
			t.Skip("this system does not tell")
		}
		if r.PeakKiB == 0 {
			t.Error("no memory was measured")
		}
		if r.PeakKiB > 64<<10 {
			t.Errorf("%d MiB, want at most 64", r.PeakKiB>>10)
		}
	})
}

// TestPDFMemoryOfCodes: so it is where codes are drawn, scanned and cut into strips.
func TestPDFMemoryOfCodes(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("memory is measured without the race detector, as deploy/test.sh does")
	}
	const pages = 8
	rng := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	var files []string
	for _, kind := range []string{"drawn", "scanned", "strips"} {
		data := pdfOfPages(t, kind, pages)
		photo := make([]byte, 25<<20-200<<10-len(data))
		for i := range photo {
			photo[i] = byte(rng.Uint32())
		}
		// An object that nothing leads to.
		head := len("%PDF-1.7\n")
		more := fmt.Appendf(nil, "9999 0 obj\n<</Length %d>> stream\n%s\nendstream endobj\n", len(photo), photo)
		file := filepath.Join(dir, kind+".pdf")
		if err := os.WriteFile(file, slices.Concat(data[:head], more, data[head:]), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for _, file := range files { // a child each: it keeps what it had for the one before
		pdfChildren(t, 1, []string{file}, func(_ string, r *pdfReport, why string) {
			if r == nil {
				t.Fatal(why)
			}
			t.Logf("%s: %.2f s, %d MiB, unread %v", filepath.Base(file), r.Seconds, r.PeakKiB>>10, r.Unread)
			if len(r.Found) != pages {
				t.Errorf("%s: %d codes found, want %d", filepath.Base(file), len(r.Found), pages)
			}
			if r.PeakKiB > 64<<10 {
				t.Errorf("%s: %d MiB, want at most 64", filepath.Base(file), r.PeakKiB>>10)
			}
		})
	}
}

// pdfBenchCorpus are the documents of the corpus that have pages.
func pdfBenchCorpus(b *testing.B) (data [][]byte, size int64) {
	root := shared(b, "corpus", "pdf")
	list, err := os.Open(filepath.Join(root, "EXPECTED.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	defer list.Close()
	sc := bufio.NewScanner(list)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		var e struct {
			File        string
			Qpdf, Mupdf string
			Pages       int `json:"mupdf_pages"`
			Size        int64
		}
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			b.Fatal(err)
		}
		if e.Qpdf != "ok" || e.Mupdf != "ok" || e.Pages < 1 || e.Size <= 3000 {
			continue
		}
		d, err := os.ReadFile(filepath.Join(root, e.File))
		if err != nil {
			b.Fatal(err)
		}
		data = append(data, d)
		size += e.Size
	}
	return data, size
}

// BenchmarkPDF reads real documents: their links and attachments, these and
// the text, and all with QR codes. library is the structured reader alone:
// open, and walk to every annotation.
func BenchmarkPDF(b *testing.B) {
	data, size := pdfBenchCorpus(b)
	run := func(b *testing.B, one func(d []byte)) {
		b.SetBytes(size)
		b.ReportAllocs()
		start := cpuSeconds()
		for b.Loop() {
			for _, d := range data {
				one(d)
			}
		}
		b.ReportMetric(float64(len(data)*b.N)/(cpuSeconds()-start), "docs/cpu-s")
	}
	asked, looked, regions := 0, 0, 0
	read := func(qr QRMode, noText bool) func(d []byte) {
		return func(d []byte) {
			p := &part{call: newCall(context.Background(), Limits{QR: qr}.WithDefaults(), nil), where: "d.pdf", name: "d.pdf", data: d, carrier: "pdf"}
			doc := &pdfDoc{p: p, noText: noText}
			doc.read()
			asked, looked, regions = asked+doc.asked, looked+doc.looked, regions+doc.regions
		}
	}
	b.Run("links", func(b *testing.B) { run(b, read(QRNever, true)) })
	// What no search for drawn codes costs less than: each page's content unpacked, and
	// nothing in it read.
	b.Run("links and contents", func(b *testing.B) {
		run(b, func(d []byte) {
			p := &part{call: newCall(context.Background(), Limits{QR: QRNever}.WithDefaults(), nil), where: "d.pdf", name: "d.pdf", data: d, carrier: "pdf"}
			doc := &pdfDoc{p: p, noText: true}
			if doc.read(); doc.file != nil && !doc.file.Encrypted {
				pdfContents(doc)
			}
		})
	})
	b.Run("text", func(b *testing.B) { run(b, read(QRNever, false)) })
	b.Run("qr", func(b *testing.B) {
		run(b, read(QRAuto, false))
		b.ReportMetric(float64(asked/b.N), "pages-asked")
		b.ReportMetric(float64(looked/b.N), "pages-looked-through")
		b.ReportMetric(float64(regions/b.N), "regions-drawn")
	})
	b.Run("preflight", func(b *testing.B) {
		run(b, func(d []byte) { pdf.Open(d, func(int) bool { return true }, func(string) {}) })
	})
	b.Run("library", func(b *testing.B) { run(b, pdfLibrary) })
}

func pdfContents(doc *pdfDoc) {
	w := &pdfWalk{d: doc, trailer: doc.file.Tree(), left: pdfMaxNodes, seen: map[int]int{}}
	w.pageTree(w.trailer.Key("Root").Key("Pages"))
	for _, page := range w.pages {
		content := page.Key("Contents")
		if content.IsStream() {
			_, _, _ = content.Data()
		}
		for i := range content.Len() {
			_, _, _ = content.Index(i).Data()
		}
	}
}

func pdfLibrary(d []byte) {
	f := pdf.Open(d, func(int) bool { return true }, func(string) {})
	if f == nil {
		return
	}
	_, trailer, err := pdf.OpenLedongthuc(context.Background(), f)
	if err != nil {
		return
	}
	var walk func(v pdf.Node, depth int)
	walk = func(v pdf.Node, depth int) {
		kids := v.Key("Kids")
		for i := 0; i < kids.Len() && depth < 16; i++ {
			walk(kids.Index(i), depth+1)
		}
		annots := v.Key("Annots")
		for i := 0; i < annots.Len(); i++ {
			_, _ = annots.Index(i).Key("A").Key("URI").Str()
		}
	}
	walk(trailer.Key("Root").Key("Pages"), 0)
}

func BenchmarkPDFLarge(b *testing.B) {
	for _, form := range []string{"table", "streams"} {
		data := pdfLarge(500, 25<<20-200<<10, form == "streams")
		b.Run(form, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				find(b, "cv.pdf", data)
			}
		})
	}
}
