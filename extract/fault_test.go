package extract

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/extract/pdf/pdftest"

	"github.com/makiuchi-d/gozxing"
)

// brokenBinarizer fails at whatever it is asked.
type brokenBinarizer struct{ gozxing.Binarizer }

// TestQRFaults: a library that fails on a picture is told of; our own limit,
// which ends a search by a panic, is none.
func TestQRFaults(t *testing.T) {
	search := func(do func(s *searcher)) []Unread {
		p := &part{call: newCall(t.Context(), Limits{}.WithDefaults(), nil), where: "a.png", carrier: "png"}
		do(&searcher{p: p})
		return p.unreads
	}
	for desc, do := range map[string]func(s *searcher){
		"one":     func(s *searcher) { s.one(nil, brokenBinarizer{}) },
		"several": func(s *searcher) { s.several(nil) },
	} {
		if u := search(do); len(u) != 1 || u[0].Reason != ReasonReaderFailed || u[0].Reader != "png" || u[0].At == "" {
			t.Errorf("%s: %+v, want a fault of the reader of QR codes", desc, u)
		}
	}
	if u := search(func(s *searcher) {
		defer func() { s.gaveUp(recover()) }()
		panic(tooManyCenters{})
	}); len(u) != 0 {
		t.Errorf("our own limit is called a fault: %+v", u)
	}
}

// TestPDFLibraryFails: what the PDF package says of a library comes out as a
// fault of ours, beside what the others read.
func TestPDFLibraryFails(t *testing.T) {
	p := &part{call: newCall(t.Context(), Limits{}.WithDefaults(), nil), where: "a.pdf", name: "a.pdf", carrier: "pdf",
		data: (&pdftest.Builder{Page: "/Annots [<</Subtype /Link /A <</S /URI /URI (" + urlA + ")>>>>]"}).Build()}
	d := &pdfDoc{p: p}
	d.read()
	func() {
		defer func() {
			_ = recover()
			d.libraryFailed("ledongthuc")
		}()
		panic("a secret of the document")
	}()
	r := p.result()
	if len(r.Findings) != 1 || len(r.Unread) != 1 {
		t.Fatalf("%q", show(r))
	}
	if u := r.Unread[0]; u.Reason != ReasonReaderFailed || u.Reader != "pdf" || u.Detail != "the ledongthuc reader failed" || !strings.HasPrefix(u.At, "fault_test.go:") {
		t.Errorf("unread %+v", u)
	}
}

// TestNoGoroutines: a panic of a goroutine ends the process, whoever started
// it: nothing here starts one.
func TestNoGoroutines(t *testing.T) {
	files := 0
	for _, dir := range []string{".", "pdf", "raster"} {
		list, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range list {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			files++
			for _, at := range goroutines(t, name) {
				t.Errorf("%s starts a goroutine", at)
			}
		}
	}
	if files < 20 {
		t.Errorf("only %d files were seen", files)
	}
	// The walk itself sees what it looks for.
	if n := len(goroutines(t, "testdata/goroutines.go")); n != 5 {
		t.Errorf("%d of 5 goroutines are seen", n)
	}
}

// goroutines are the places in a file that start one: go statements, and calls
// of what starts one for its caller.
func goroutines(t *testing.T, name string) (at []string) {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, name, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			at = append(at, set.Position(n.Pos()).String())
		case *ast.SelectorExpr:
			if n.Sel.Name == "Go" || n.Sel.Name == "AfterFunc" {
				at = append(at, set.Position(n.Pos()).String())
			}
		}
		return true
	})
	return at
}

var errTest = errors.New("test")

// TestPanicSite: the line where it arose, through a library's frames and the
// runtime's.
func TestPanicSite(t *testing.T) {
	for desc, do := range map[string]func(){
		"a value":         func() { panic(errTest) },
		"a runtime error": func() { var none []int; none[len(none)]++ },
		"a nil":           func() { var p *part; p.where = "" },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", desc)
				}
				if got := PanicSite(); !strings.HasPrefix(got, "fault_test.go:") {
					t.Errorf("%s: %q", desc, got)
				}
			}()
			do()
		}()
	}
	if got := PanicSite(); got != "" {
		t.Errorf("without a panic: %q", got)
	}
}
