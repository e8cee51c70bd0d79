package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestNothingDecidesWhoMaySee counts the functions of this package that decide
// who may see what, by what such a decision cannot be written without: an HTTP
// handler, a header that is read, a caller that is told from another, a
// comparison of tenants or of secrets. There are none: index/web decides.
func TestNothingDecidesWhoMaySee(t *testing.T) {
	fset := token.NewFileSet()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if ours, err := build.Default.MatchFile(".", name); err != nil || !ours || strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	imp := exports(t, fset)
	found, functions := decisions(t, fset, imp, files)
	for _, d := range found {
		t.Error(d)
	}
	if functions < 100 {
		t.Errorf("only %d functions were seen", functions)
	}
	t.Logf("%d functions, %d of them decide", functions, len(found))

	// Each kind of decision is seen where there is one.
	for desc, code := range map[string]string{
		"a handler":                   `func f(w http.ResponseWriter, r *http.Request) {}`,
		"a handler in a literal":      `var f = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) })`,
		"a handler by a type":         `type x struct{ http.Handler }; func (x) f() {}`,
		"a header that is read":       `func f(h http.Header) bool { return h.Get("Authorization") != "" }`,
		"a header by its name":        `func f(h http.Header) []string { return h["Authorization"] }`,
		"a caller":                    `func f(c web.Caller) string { return c.Name }`,
		"an identity":                 `func f(o web.Options) bool { return o.Identity != nil }`,
		"an identity of its own":      `func f() web.Options { return web.Options{Identity: nil} }`,
		"secrets":                     `func f(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }`,
		"two tenants":                 `func f(a, b ingest.DeadLetter) bool { return a.Tenant == b.Tenant }`,
		"a tenant that is not":        `func f(tenant, other string) bool { return tenant != other }`,
		"a tenant of a list":          `func f(tenant string, list []string) bool { return slices.Contains(list, tenant) }`,
		"a tenant of some cases":      `func f(tenant string) { switch tenant { case "acme": } }`,
		"a tenant without its letter": `func f(tenant string) bool { return strings.EqualFold(tenant, "acme") }`,
	} {
		src := "package x\nimport (\"crypto/subtle\"; \"net/http\"; \"slices\"; \"strings\"; \"assay/index/web\"; \"assay/ingest\")\n" +
			"var _, _, _, _, _, _ = subtle.ConstantTimeCompare, http.StatusOK, slices.Max[[]int], strings.ToLower, web.DefaultTenant, ingest.Indexed\n" + code
		f, err := parser.ParseFile(fset, desc, src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if found, _ := decisions(t, fset, imp, []*ast.File{f}); len(found) == 0 {
			t.Errorf("%s passes: %s", desc, code)
		}
	}
	f, err := parser.ParseFile(fset, "none", "package x\nfunc f(tenant string) string { if tenant == \"\" { tenant = \"default\" }; return tenant }", parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if found, _ := decisions(t, fset, imp, []*ast.File{f}); len(found) != 0 {
		t.Errorf("a tenant that is not given is one by default: %v", found)
	}
}

// exports imports what the package is built of by the compiler's own records.
func exports(t *testing.T, fset *token.FileSet) types.Importer {
	t.Helper()
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export", ".", "crypto/subtle")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	at := map[string]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ ImportPath, Export string }
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		at[p.ImportPath] = p.Export
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(at[path]) })
}

// whose are the names of web that tell callers apart.
var whose = regexp.MustCompile(`^(Caller|Identity|ErrNoIdentity|New)$`)

// decisions gives a line for each function, or declaration, that decides, and the
// number of functions.
func decisions(t *testing.T, fset *token.FileSet, imp types.Importer, files []*ast.File) (found []string, functions int) {
	t.Helper()
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	if _, err := (&types.Config{Importer: imp}).Check("assay/cmd/x", fset, files, info); err != nil {
		t.Fatal(err)
	}
	net, err := imp.Import("net/http")
	if err != nil {
		t.Fatal(err)
	}
	handler := net.Scope().Lookup("Handler").Type().Underlying().(*types.Interface)
	named := func(e ast.Expr) string {
		if tv := info.TypeOf(e); tv != nil {
			return tv.String()
		}
		return ""
	}
	tenant := func(e ast.Expr) bool {
		name := ""
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			name = x.Name
		case *ast.SelectorExpr:
			name = x.Sel.Name
		}
		return strings.Contains(strings.ToLower(name), "tenant")
	}
	empty := func(e ast.Expr) bool {
		v := info.Types[e].Value
		return v != nil && v.Kind() == constant.String && constant.StringVal(v) == ""
	}
	for _, file := range files {
		for _, decl := range file.Decls {
			where := "a declaration"
			if f, ok := decl.(*ast.FuncDecl); ok {
				functions++
				where = f.Name.Name
			}
			say := func(n ast.Node, what string) {
				found = append(found, fmt.Sprintf("%s: %s %s", fset.Position(n.Pos()), where, what))
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncType:
					for _, p := range n.Params.List {
						if s := named(p.Type); s == "net/http.ResponseWriter" || s == "*net/http.Request" {
							say(n, "answers requests")
						}
					}
				case *ast.TypeSpec:
					if o := info.Defs[n.Name]; o != nil && !types.IsInterface(o.Type()) &&
						(types.Implements(o.Type(), handler) || types.Implements(types.NewPointer(o.Type()), handler)) {
						say(n, "is a handler")
					}
				case *ast.SelectorExpr:
					if named(n.X) == "net/http.Header" {
						say(n, "reads headers")
					}
				case *ast.IndexExpr:
					if named(n.X) == "net/http.Header" {
						say(n, "reads headers")
					}
				case *ast.Ident:
					o := info.Uses[n]
					if o == nil || o.Pkg() == nil {
						break
					}
					if p := o.Pkg().Path(); p == "crypto/subtle" && where != "a declaration" || p == "assay/index/web" && whose.MatchString(n.Name) {
						say(n, "uses "+p+"."+n.Name)
					}
				case *ast.BinaryExpr:
					if (n.Op == token.EQL || n.Op == token.NEQ) && (tenant(n.X) && !empty(n.Y) || tenant(n.Y) && !empty(n.X)) {
						say(n, "compares tenants")
					}
				case *ast.SwitchStmt:
					if n.Tag != nil && tenant(n.Tag) {
						say(n, "compares tenants")
					}
				case *ast.CallExpr:
					s, ok := n.Fun.(*ast.SelectorExpr)
					if ok && slices.Contains([]string{"Contains", "ContainsFunc", "Index", "EqualFold", "HasPrefix", "Equal", "Compare"}, s.Sel.Name) && slices.ContainsFunc(n.Args, tenant) {
						say(n, "compares tenants")
					}
				}
				return true
			})
		}
	}
	return found, functions
}
