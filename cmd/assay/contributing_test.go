package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// link is a link of a Markdown text to something beside it.
var link = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)

// TestLinks: every link of our own texts leads somewhere.
func TestLinks(t *testing.T) {
	dir, n := root(t), 0
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "testdata/ATTACKS.md", "deploy/OPERATIONS.md", "deploy/SCALING.md", "deploy/helm/assay/README.md"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			n++
			at := filepath.Join(dir, filepath.Dir(name), m[1])
			if _, err := os.Stat(at); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if m[2] == "" {
				continue
			}
			b, err := os.ReadFile(at)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(anchors(string(b)), m[2]+"\n") {
				t.Errorf("%s: %s has no heading %s", name, m[1], m[2])
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d links were seen", n)
	}
}

// anchors are the headings of a Markdown text as links name them, a line each.
func anchors(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if h := strings.TrimLeft(line, "#"); h != line {
			h = regexp.MustCompile(`[^\w\s-]`).ReplaceAllString(strings.ToLower(strings.TrimSpace(h)), "")
			b.WriteString("#" + strings.ReplaceAll(h, " ", "-") + "\n")
		}
	}
	return b.String()
}

// TestPackageComments: every package says what it is.
func TestPackageComments(t *testing.T) {
	dir, n := root(t), 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") && path != dir || d.Name() == "testdata" || d.Name() == "bin" {
			return filepath.SkipDir
		}
		files, err := filepath.Glob(filepath.Join(path, "*.go"))
		if err != nil || len(files) == 0 {
			return err
		}
		n++
		for _, name := range files {
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.PackageClauseOnly)
			if err != nil {
				return err
			}
			if f.Doc != nil && len(f.Doc.Text()) > 20 {
				return nil
			}
		}
		t.Errorf("%s has no package comment", path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 20 {
		t.Errorf("only %d packages were seen", n)
	}
}
