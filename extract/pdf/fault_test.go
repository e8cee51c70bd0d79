package pdf

import (
	"context"
	"errors"
	"slices"
	"testing"

	"assay/extract/pdf/pdftest"

	"github.com/ledongthuc/pdf"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// TestLibraryFaults: a runtime error in a library is a fault of its own and is
// told; a panic by which it says that an object is broken is not. Either way
// the object is a null node and is counted.
func TestLibraryFaults(t *testing.T) {
	var none []int
	for _, tc := range []struct {
		desc string
		with func()
		told bool
	}{
		{"runtime error", func() { _ = none[len(none)] }, true},
		{"its own error", func() { panic(errors.New("malformed PDF")) }, false},
		{"its own word", func() { panic("missing endobj") }, false},
	} {
		var told []string
		f := Open((&pdftest.Builder{}).Build(), func(int) bool { return true }, func(library string) { told = append(told, library) })
		r, trailer, err := OpenLedongthuc(context.Background(), f)
		if err != nil {
			t.Fatal(err)
		}
		n := trailer.(ledongthucNode).safely(func() pdf.Value { tc.with(); return pdf.Value{} })
		if !n.Null() || r.Errors != 1 {
			t.Errorf("%s: null %v, %d errors", tc.desc, n.Null(), r.Errors)
		}
		f.gaveUp("x", errors.New("said"))
		want := []string{"ledongthuc"}
		if !tc.told {
			want = nil
		}
		if !slices.Equal(told, want) {
			t.Errorf("%s: told %q, want %q", tc.desc, told, want)
		}
	}
}

// TestPdfcpuFaults: the same for the second reader, whose table is broken under
// it.
func TestPdfcpuFaults(t *testing.T) {
	var told []string
	f := Open((&pdftest.Builder{}).Build(), func(int) bool { return true }, func(library string) { told = append(told, library) })
	r, _, err := OpenPdfcpu(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	r.ctx.XRefTable = nil
	if n := r.node(*types.NewIndirectRef(1, 0), 0); !n.Null() || r.errors != 1 || !slices.Equal(told, []string{"pdfcpu"}) {
		t.Errorf("null %v, %d errors, told %q", n.Null(), r.errors, told)
	}
}
