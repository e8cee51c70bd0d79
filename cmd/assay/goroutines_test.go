package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// starters are what begins a goroutine, beside a go statement, and which of
// their arguments it runs.
var starters = map[string]int{
	"(*sync.WaitGroup).Go":                      0,
	"(*golang.org/x/sync/errgroup.Group).Go":    0,
	"(*golang.org/x/sync/errgroup.Group).TryGo": 0,
	"time.AfterFunc":                            1,
	"context.AfterFunc":                         1,
}

// keepers are what keeps a panic from ending the process, with the places of
// the work's name (-1: it has none) and of the work among their arguments. The
// child's parent has its own: extract may import nothing of ours.
var keepers = map[string]struct{ where, work int }{
	"assay/verify/guard.Do":             {0, 1},
	"assay/verify/guard.Try":            {0, 1},
	"assay/verify/guard.Go":             {0, 1},
	"(*assay/verify/guard.Watch).Do":    {0, 1},
	"(*assay/verify/guard.Watch).Keep":  {1, 2},
	"(*assay/verify/guard.Left).Within": {2, 3},
	"assay/extract/sandbox.protected":   {-1, 0},
}

// keptWork is where work begins that a panic may not get out of.
type keptWork struct {
	file   string // under the top folder
	line   int    // of the keeper's call
	body   string // the file with the work's first statement
	offset int    // of that statement
	where  string // expression that names the work in the body
	names  []string
}

func (p keptWork) id() string { return p.file + ":" + strconv.Itoa(p.line) }

// source is what of the program is ours, with types.
type source struct {
	top      string
	set      *token.FileSet
	packages []*types.Package
	files    map[string]*ast.File // by name under the top folder
	info     *types.Info
	decls    map[string]*ast.FuncDecl // by full name
	text     map[string][]byte
}

// load reads and checks every package of ours that the program is made of.
func load(t *testing.T) *source {
	t.Helper()
	s := &source{top: root(t), set: token.NewFileSet(), files: map[string]*ast.File{}, decls: map[string]*ast.FuncDecl{}, text: map[string][]byte{},
		info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}}
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export,Dir,GoFiles", "./cmd/assay")
	cmd.Dir = s.top
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	type listed struct {
		ImportPath, Export, Dir string
		GoFiles                 []string
	}
	var ours []listed
	export := map[string]string{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		export[p.ImportPath] = p.Export
		if under(p.ImportPath, "assay") {
			ours = append(ours, p)
		}
	}
	config := types.Config{Importer: importer.ForCompiler(s.set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(export[path]) })}
	for _, p := range ours {
		var files []*ast.File
		for _, name := range p.GoFiles {
			path := filepath.Join(p.Dir, name)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f, err := parser.ParseFile(s.set, path, b, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel(s.top, path)
			s.files[rel], s.text[rel] = f, b
			files = append(files, f)
		}
		pkg, err := config.Check(p.ImportPath, s.set, files, s.info)
		if err != nil {
			t.Fatal(err)
		}
		s.packages = append(s.packages, pkg)
		for _, f := range files {
			for _, d := range f.Decls {
				if fd, ok := d.(*ast.FuncDecl); ok {
					s.decls[s.info.Defs[fd.Name].(*types.Func).FullName()] = fd
				}
			}
		}
	}
	return s
}

// at says where a node stands.
func (s *source) at(n ast.Node) (file string, line, offset int) {
	p := s.set.Position(n.Pos())
	file, _ = filepath.Rel(s.top, p.Filename)
	return file, p.Line, p.Offset
}

// function gives the function that an expression names, "" for none.
func (s *source) function(e ast.Expr) string {
	var id *ast.Ident
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	default:
		return ""
	}
	f, ok := s.info.Uses[id].(*types.Func)
	if !ok {
		f, ok = s.info.Defs[id].(*types.Func)
	}
	if ok {
		return f.FullName()
	}
	return ""
}

// body gives what a function value runs, nil when that is not ours or cannot be
// told.
func (s *source) body(e ast.Expr) *ast.BlockStmt {
	if lit, ok := ast.Unparen(e).(*ast.FuncLit); ok {
		return lit.Body
	}
	if d := s.decls[s.function(e)]; d != nil {
		return d.Body
	}
	return nil
}

// keeper finds the call of a keeper in a statement, where it is always run.
func (s *source) keeper(stmt ast.Stmt) *ast.CallExpr {
	var nodes []ast.Node
	if c, ok := stmt.(*ast.IfStmt); ok {
		if c.Init != nil {
			nodes = append(nodes, c.Init)
		}
		nodes = append(nodes, c.Cond)
	} else {
		nodes = append(nodes, stmt)
	}
	var found *ast.CallExpr
	for _, n := range nodes {
		ast.Inspect(n, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.CallExpr:
				if _, ok := keepers[s.function(x.Fun)]; ok && found == nil {
					found = x
				}
			}
			return true
		})
	}
	return found
}

// cannotPanic reports that a statement before the work cannot panic: it waits, or
// says what is done at the end.
func cannotPanic(stmt ast.Stmt) bool {
	ok := true
	look := func(n ast.Node, into bool) {
		ast.Inspect(n, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.FuncLit:
				return into
			case *ast.CallExpr:
				if sel, is := x.Fun.(*ast.SelectorExpr); !is || sel.Sel.Name != "Done" {
					ok = false
				}
			case *ast.IndexExpr, *ast.StarExpr, *ast.TypeAssertExpr, *ast.SliceExpr:
				ok = false
			}
			return ok
		})
	}
	if d, is := stmt.(*ast.DeferStmt); is {
		lit, is := d.Call.Fun.(*ast.FuncLit)
		if !is || len(d.Call.Args) > 0 {
			return false
		}
		look(lit.Body, true)
		return ok
	}
	look(stmt, false)
	return ok
}

// goroutines finds every place where a goroutine of ours begins, and says of
// which the work is not kept.
func (s *source) goroutines() (n int, problems []string) {
	begin := func(at ast.Node, work ast.Expr) {
		n++
		file, line, _ := s.at(at)
		if t := s.info.Types[work].Type; t != nil && types.TypeString(t, nil) == "context.CancelFunc" {
			return // the library's own
		}
		body := s.body(work)
		if body == nil {
			problems = append(problems, fmt.Sprintf("%s:%d: what it runs cannot be told", file, line))
			return
		}
		for _, stmt := range body.List {
			if s.keeper(stmt) != nil {
				return
			}
			if !cannotPanic(stmt) {
				break
			}
		}
		problems = append(problems, fmt.Sprintf("%s:%d: a panic in it ends the process", file, line))
	}
	for _, f := range s.files {
		ast.Inspect(f, func(node ast.Node) bool {
			switch x := node.(type) {
			case *ast.GoStmt:
				begin(x, x.Call.Fun)
			case *ast.FuncDecl:
				if s.collects(x) { // a registry's goroutine
					begin(x, x.Name)
				}
			case *ast.CallExpr:
				if i, ok := starters[s.function(x.Fun)]; ok && i >= 0 {
					begin(x, x.Args[i])
				}
			}
			return true
		})
	}
	return n, problems
}

// collects reports whether a function is what a registry of metrics calls of a
// collector, in a goroutine for each.
func (s *source) collects(d *ast.FuncDecl) bool {
	f := s.info.Defs[d.Name].(*types.Func)
	params := f.Signature().Params()
	return d.Name.Name == "Collect" && d.Recv != nil && params.Len() == 1 && types.TypeString(params.At(0).Type(), nil) == "chan<- github.com/prometheus/client_golang/prometheus.Metric"
}

// places finds every call of a keeper with the work that it keeps.
func (s *source) places(t *testing.T) []keptWork {
	t.Helper()
	var all []keptWork
	for file, f := range s.files {
		if under(file, "verify/guard") {
			continue
		}
		for _, d := range f.Decls {
			within, _ := d.(*ast.FuncDecl)
			ast.Inspect(d, func(node ast.Node) bool {
				call, ok := node.(*ast.CallExpr)
				if !ok {
					return true
				}
				k, ok := keepers[s.function(call.Fun)]
				if !ok {
					return true
				}
				p := keptWork{}
				p.file, p.line, _ = s.at(call)
				body := s.body(call.Args[k.work])
				if body == nil {
					t.Errorf("%s: what it keeps cannot be told: give it a func literal", p.id())
					return true
				}
				p.body, _, p.offset = s.at(body)
				p.offset++
				var name ast.Expr
				if k.where >= 0 {
					name = call.Args[k.where]
				} else if within != nil {
					for _, field := range within.Type.Params.List {
						for _, id := range field.Names {
							if id.Name == "where" {
								name = id
							}
						}
					}
				}
				switch x := name.(type) {
				case nil:
					p.names, p.where = []string{p.id()}, strconv.Quote(p.id())
				case *ast.BasicLit:
					word, _ := strconv.Unquote(x.Value)
					p.names, p.where = []string{word}, x.Value
				case *ast.Ident:
					p.names, p.where = s.given(within, x.Name), x.Name
				}
				if len(p.names) == 0 {
					t.Errorf("%s: the name of the work cannot be told", p.id())
				}
				all = append(all, p)
				return true
			})
		}
	}
	slices.SortFunc(all, func(a, b keptWork) int { return strings.Compare(a.id(), b.id()) })
	return all
}

// given gives the words that callers pass for a parameter of a function.
func (s *source) given(d *ast.FuncDecl, param string) []string {
	i, at := 0, -1
	for _, field := range d.Type.Params.List {
		for _, id := range field.Names {
			if id.Name == param {
				at = i
			}
			i++
		}
	}
	if at < 0 {
		return nil
	}
	full := s.info.Defs[d.Name].(*types.Func).FullName()
	var words []string
	for _, f := range s.files {
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && s.function(call.Fun) == full && at < len(call.Args) {
				if lit, ok := call.Args[at].(*ast.BasicLit); ok {
					word, _ := strconv.Unquote(lit.Value)
					words = append(words, word)
				}
			}
			return true
		})
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// TestE06_GoroutinesAreKept: whatever goroutine the program begins, a panic in its
// work is kept in one place and ends nothing.
func TestE06_GoroutinesAreKept(t *testing.T) {
	n, problems := load(t).goroutines()
	for _, p := range problems {
		t.Error(p)
	}
	if n < 20 {
		t.Errorf("only %d goroutines were seen", n)
	}
}
