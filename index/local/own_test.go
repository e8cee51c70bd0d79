package local

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/index/conformance"
	"assay/index/record"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestOwnTerms writes every record of our own: the terms that Bleve has of it must be
// those that stand beside it.
func TestOwnTerms(t *testing.T) {
	files, err := filepath.Glob("testdata/vectors/*.txt")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil || len(a.Files) != 2 {
				t.Fatalf("%d parts: %v", len(a.Files), err)
			}
			e := open(t)
			for _, o := range e.Write(t.Context(), []record.Application{conformance.RecordOf(t, string(a.Files[0].Data))}) {
				if o.Err != nil {
					t.Fatal(o.Err)
				}
			}
			want := slices.Collect(strings.Lines(string(a.Files[1].Data)))
			if d := cmp.Diff(want, termsOf(t, e)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// termsOf lists the terms of every field of the Bleve index.
func termsOf(t *testing.T, e *Engine) (lines []string) {
	t.Helper()
	reader, err := newReader(e.text)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	fields, err := reader.Fields()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(fields)
	for _, f := range fields {
		dict, err := reader.FieldDict(f)
		if err != nil {
			t.Fatal(err)
		}
		line := f + " |"
		for {
			entry, err := dict.Next()
			if err != nil {
				t.Fatal(err)
			}
			if entry == nil {
				break
			}
			line += fmt.Sprintf(" %q", entry.Term)
			if entry.Count > 1 {
				line += fmt.Sprintf("=%d", entry.Count)
			}
		}
		if err := dict.Close(); err != nil {
			t.Fatal(err)
		}
		if f != "_id" {
			lines = append(lines, line+"\n")
		}
	}
	return lines
}
