package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Most of a mutant's time goes into compiling tests that are not run. The files of
// tests that none of those named needs are left out of its build.

// testFile is what a file of tests says and asks for.
type testFile struct {
	path     string
	external bool            // of the package of that name with _test
	tests    []string        // what go test may run of it
	gives    map[string]bool // names of the package
	asks     map[string]bool // names that it does not declare itself
	always   bool            // it does something without being asked
}

// unneeded gives the files of tests in a directory that the tests of a -run do not
// need, by name alone: rather one too few.
func unneeded(dir, run string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []testFile
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := readTests(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	pick, err := regexp.Compile(topLevel(run))
	if err != nil {
		return nil, err
	}
	needed := make([]bool, len(files))
	var need func(i int)
	need = func(i int) {
		if needed[i] {
			return
		}
		needed[i] = true
		for j, f := range files {
			for name := range files[i].asks {
				if f.gives[name] && (f.external == files[i].external || files[i].external) {
					need(j)
					break
				}
			}
		}
	}
	for i, f := range files {
		if f.always || slices.ContainsFunc(f.tests, pick.MatchString) {
			need(i)
		}
	}
	var out []string
	for i, f := range files {
		if !needed[i] {
			out = append(out, f.path)
		}
	}
	return out, nil
}

// topLevel gives what a -run asks of the names of tests, without what it asks of
// those within them.
func topLevel(run string) string {
	var out strings.Builder
	depth, within := 0, false
	for _, c := range run {
		switch {
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == '/' && depth == 0:
			within = true
		case c == '|' && depth == 0:
			within = false
		}
		if !within {
			out.WriteRune(c)
		}
	}
	return out.String()
}

func readTests(path string) (testFile, error) {
	// The parser resolves what the file declares itself.
	parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return testFile{}, err
	}
	f := testFile{path: path, external: strings.HasSuffix(parsed.Name.Name, "_test"), gives: map[string]bool{}, asks: map[string]bool{}}
	for name := range parsed.Scope.Objects {
		f.gives[name] = true
	}
	for _, id := range parsed.Unresolved {
		f.asks[id.Name] = true
	}
	if f.external {
		// What the package's own tests export to these.
		ast.Inspect(parsed, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				f.asks[s.Sel.Name] = true
			}
			return true
		})
	}
	for _, d := range parsed.Decls {
		fn, ok := d.(*ast.FuncDecl)
		switch {
		case !ok:
		case fn.Recv != nil:
			// A type without its methods is another one.
			if name := receiver(fn.Recv.List[0].Type); name != "" {
				f.gives[name] = true
			}
			f.gives[fn.Name.Name] = true
		case fn.Name.Name == "init" || fn.Name.Name == "TestMain":
			f.always = true
		case strings.HasPrefix(fn.Name.Name, "Test") || strings.HasPrefix(fn.Name.Name, "Fuzz") || strings.HasPrefix(fn.Name.Name, "Example"):
			f.tests = append(f.tests, fn.Name.Name)
		}
	}
	return f, nil
}

func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}
