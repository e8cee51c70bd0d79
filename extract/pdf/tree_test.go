package pdf

import (
	"strings"
	"testing"

	"assay/extract/pdf/pdftest"
)

// TestTreeKeeps: an object that is asked for again is not read again.
func TestTreeKeeps(t *testing.T) {
	b := &pdftest.Builder{}
	b.Catalog = "/X " + b.Add("<</Name /Here>>")
	f := Open(b.Build(), func(int) bool { return true }, func(string) {})
	root := f.Tree().Key("Root")
	tree := root.(treeNode).t
	for range 1000 {
		if root.Key("X").Key("Name").Name() != "Here" {
			t.Fatal("it is gone")
		}
	}
	if used := treeFree + 2*len(f.data) - tree.left; used > 2000 {
		t.Errorf("%d bytes read", used)
	}
}

// TestAttack413_ObjectsInTurn: objects too large to be kept, asked for in turn, are read
// only so often, and that is told.
func TestAttack413_ObjectsInTurn(t *testing.T) {
	b := &pdftest.Builder{}
	large := "[" + strings.Repeat("1 ", treeKept/2+1000) + "]"
	b.Catalog = "/X " + b.Add("%s", large) + " /Y " + b.Add("%s", large)
	f := Open(b.Build(), func(int) bool { return true }, func(string) {})
	root := f.Tree().Key("Root")
	n := 0
	for ; n < 100 && !root.Key("X").Null() && !root.Key("Y").Null(); n++ {
	}
	if n < 10 || n > 50 || !f.Limited {
		t.Errorf("read %d times, limited %v", n, f.Limited)
	}
}
