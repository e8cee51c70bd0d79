package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// readers are the functions by which a text is read.
var readers = []string{"Contains", "ContainsAny", "Cut", "CutPrefix", "CutSuffix", "EqualFold", "Fields", "HasPrefix", "HasSuffix", "Index", "LastIndex",
	"MatchString", "FindString", "FindStringSubmatch", "Replace", "ReplaceAll", "ReplaceAllString", "Split", "SplitN", "TrimPrefix", "TrimSuffix"}

// readsOfOthers are the places that read an error of a library by its text, for
// want of a type.
var readsOfOthers = map[string]string{
	"extract/json.go":        "encoding/json has no type for a text that ends too early",
	"ingest/rights.go":       "nats.go tells the subject that is not allowed in words alone",
	"verify/fetch/client.go": "compress/flate and net/http have no types for a bad encoding and an answer that is not HTTP",
}

// errorProblems names the errors of a file that begin with a package's name, and
// the errors that it reads by their text.
func errorProblems(fset *token.FileSet, file *ast.File, prefix *regexp.Regexp) (prefixed, read []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			sel, ok := n.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if name := fmt.Sprint(sel.X) + "." + sel.Sel.Name; len(n.Args) > 0 && (name == "errors.New" || name == "fmt.Errorf") {
				if lit, ok := n.Args[0].(*ast.BasicLit); ok {
					if text, _ := strconv.Unquote(lit.Value); prefix.MatchString(text) {
						prefixed = append(prefixed, fset.Position(n.Pos()).String()+": "+text)
					}
				}
			}
			if slices.Contains(readers, sel.Sel.Name) && slices.ContainsFunc(append(n.Args[:len(n.Args):len(n.Args)], sel.X), errorText) {
				read = append(read, fset.Position(n.Pos()).String())
			}
		case *ast.BinaryExpr:
			if (n.Op == token.EQL || n.Op == token.NEQ) && (errorText(n.X) || errorText(n.Y)) {
				read = append(read, fset.Position(n.Pos()).String())
			}
		}
		return true
	})
	return prefixed, read
}

// errorText reports whether an expression is what an error says.
func errorText(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) != 0 {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Error"
}

// TestErrors: what an error says is for a person. None begins with the name of a
// package, which says nothing to him, and none of ours is read by its text:
// there are sentinels, and types with fields.
func TestErrors(t *testing.T) {
	names := []string{}
	sources(t, func(_ string, file *ast.File) {
		if n := file.Name.Name; n != "main" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	})
	prefix := regexp.MustCompile(`^(` + strings.Join(names, "|") + `): `)
	if !prefix.MatchString("elastic: x") || !prefix.MatchString("natsd: x") {
		t.Errorf("packages %v", names)
	}
	read := map[string]bool{}
	sources(t, func(path string, _ *ast.File) {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, filepath.Join(root(t), path), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		p, r := errorProblems(fset, file, prefix)
		for _, s := range p {
			t.Errorf("%s: begins with a package", s)
		}
		for _, s := range r {
			if read[path] = true; readsOfOthers[path] == "" {
				t.Errorf("%s: reads an error by its text", s)
			}
		}
	})
	for path := range readsOfOthers {
		if !read[path] {
			t.Errorf("%s reads no error by its text any more", path)
		}
	}
	for code, want := range map[string][2]int{
		`errors.New("index: gone")`:                     {1, 0},
		`fmt.Errorf("skills: %w", err)`:                 {1, 0},
		`errors.New("gone: index: there")`:              {0, 0},
		`strings.TrimPrefix(err.Error(), "index: ")`:    {0, 1},
		`strings.Contains(errGone.Error(), "x")`:        {0, 1},
		`word.MatchString(err.Error())`:                 {0, 1},
		`println(err.Error() == "gone")`:                {0, 1},
		`zap.String("x", strings.ToLower(err.Error()))`: {0, 0},
	} {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "x.go", "package x\nfunc f() { _ = "+code+" }", parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if p, r := errorProblems(fset, file, prefix); len(p) != want[0] || len(r) != want[1] {
			t.Errorf("%s: %v %v", code, p, r)
		}
	}
}
