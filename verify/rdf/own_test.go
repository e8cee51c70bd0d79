package rdf

import (
	"crypto"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"assay/verify/read"
)

// TestOwnVectors reads the vectors of our own, whose canonical forms another
// library made (see testdata/vectors/README.md of verify).
func TestOwnVectors(t *testing.T) {
	names, err := filepath.Glob("../testdata/vectors/rdf/*.txt")
	if err != nil || len(names) < 24 {
		t.Fatalf("%d vectors: %v", len(names), err)
	}
	kinds := map[string]error{"canonical": nil, "data loss": ErrDataLoss, "context": ErrContext, "malformed": ErrMalformed, "budget": ErrBudget}
	seen := map[string]int{}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			a := txtar.Parse(data)
			head := map[string]string{}
			for line := range strings.Lines(string(a.Comment)) {
				key, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
				if _, twice := head[key]; !ok || twice || key != "rule" && key != "what" && key != "expect" {
					t.Fatalf("header %q", line)
				}
				head[key] = value
			}
			want, known := kinds[head["expect"]]
			files := map[string][]byte{}
			for _, f := range a.Files {
				files[f.Name] = f.Data
			}
			if !known || len(head) != 3 || files["document"] == nil || (want == nil) != (files["canonical.nq"] != nil) || len(files) != len(a.Files) || len(files) > 2 {
				t.Fatalf("no vector: %v, %d files", head, len(a.Files))
			}
			seen[head["expect"]]++
			doc, err := read.ParseObject(files["document"], read.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			d, err := ToRDF(doc, "", Limits{})
			if !errors.Is(err, want) {
				t.Fatalf("error %v, want %v", err, want)
			}
			if want != nil {
				return
			}
			c, err := Canonicalize(t.Context(), d.Quads, crypto.SHA256, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if got := string(c.NQuads); got != string(files["canonical.nq"]) {
				t.Errorf("canonical form\n%s\nwant\n%s", got, files["canonical.nq"])
			}
		})
	}
	if seen["canonical"] < 10 || seen["data loss"] < 4 || seen["context"] < 4 || seen["malformed"] < 2 {
		t.Errorf("%v", seen)
	}
}
