package main

import (
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// addition is a row of CONTRIBUTING.md's table of what can be added and where
// that is told.
var addition = regexp.MustCompile(`(?m)^\| an? ([^|:]+?)(?::[^|]*)? \| \[[^\]]+\]\(([^)]+)\) \|$`)

// TestAdding: what CONTRIBUTING.md says can be added has a heading "Adding a …"
// in the package comment that it names.
func TestAdding(t *testing.T) {
	dir := root(t)
	b, err := os.ReadFile(filepath.Join(dir, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := addition.FindAllStringSubmatch(string(b), -1)
	if len(rows) != 6 {
		t.Errorf("%d rows were seen, want 6: %q", len(rows), rows)
	}
	for _, row := range rows {
		words := strings.Fields(row[1])
		noun := words[len(words)-1] // "reason of a verdict" is told as a reason
		if i := strings.Index(row[1], " of "); i > 0 {
			noun = row[1][:i]
		}
		found := false
		for _, h := range headings(t, filepath.Join(dir, row[2])) {
			found = found || strings.HasPrefix(h, "Adding a") && strings.HasSuffix(h, noun)
		}
		if !found {
			t.Errorf("the package comment of %s has no heading \"Adding a … %s\"", row[2], noun)
		}
	}
}

// headings are the headings of the package comment in a folder.
func headings(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var asts []*ast.File
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		asts = append(asts, f)
	}
	if len(asts) == 0 {
		t.Fatalf("%s holds no package", dir)
	}
	p, err := doc.NewFromFiles(fset, asts, "assay/x")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, block := range new(comment.Parser).Parse(p.Doc).Content {
		if h, ok := block.(*comment.Heading); ok {
			var b strings.Builder
			for _, x := range h.Text {
				if s, ok := x.(comment.Plain); ok {
					b.WriteString(string(s))
				}
			}
			out = append(out, b.String())
		}
	}
	return out
}
