package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// root is the project's top folder.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above")
		}
		dir = filepath.Dir(dir)
	}
}

func under(path string, dirs ...string) bool {
	for _, d := range dirs {
		if path == d || strings.HasPrefix(path, d+"/") {
			return true
		}
	}
	return false
}

// TestArrows holds every package to the table of DESIGN.md: what it may import
// of ours, directly or not.
func TestArrows(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Deps,Imports", "./...")
	cmd.Dir = root(t)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	may := []struct {
		pkg  string
		ours []string
	}{
		{"assay/extract/sandbox", []string{"assay/extract"}},
		{"assay/extract/pdf", nil},
		{"assay/extract/raster", nil},
		{"assay/extract", []string{"assay/extract/pdf", "assay/extract/raster"}},
		{"assay/verify/verifytest", []string{"assay/verify", "assay/deploy/testenv"}},
		{"assay/verify", []string{"assay/verify"}},
		{"assay/index", []string{"assay/index", "assay/verify"}},
		{"assay/ingest/natsd", []string{"assay/verify/guard"}},
		{"assay/ingest/examine", []string{"assay/extract", "assay/verify", "assay/index"}},
		{"assay/ingest", []string{"assay/ingest", "assay/extract", "assay/verify", "assay/index"}},
		{"assay/deploy", nil},
		{"assay/cmd/internal", []string{"assay"}},
		{"assay/cmd", []string{"assay"}},
	}
	seen := map[string]bool{}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p struct {
			ImportPath    string
			Standard      bool
			Deps, Imports []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if !under(p.ImportPath, "assay") {
			continue
		}
		found := false
		for _, m := range may {
			if !under(p.ImportPath, m.pkg) {
				continue
			}
			found, seen[m.pkg] = true, true
			for _, d := range p.Deps {
				if under(d, "assay") && !under(d, m.ours...) {
					t.Errorf("%s depends on %s", p.ImportPath, d)
				}
			}
			break
		}
		if !found {
			t.Errorf("%s is in no row of the table", p.ImportPath)
		}
		// A parser has nothing to do with the network.
		if under(p.ImportPath, "assay/extract") &&
			(slices.Contains(p.Imports, "net") || slices.Contains(p.Imports, "net/http")) {
			t.Errorf("%s imports the network", p.ImportPath)
		}
		for _, tests := range []string{"assay/extract/pdf/pdftest", "assay/verify/verifytest", "assay/deploy/testenv"} {
			if slices.Contains(p.Deps, tests) && p.ImportPath != "assay/verify/verifytest" {
				t.Errorf("%s depends on %s, which is for tests", p.ImportPath, tests)
			}
		}
	}
	for _, m := range may {
		if !seen[m.pkg] {
			t.Errorf("%s was not listed: this test sees nothing of it", m.pkg)
		}
	}
}

// TestWhoKnowsWhat holds libraries and the network to the packages that may
// know them.
func TestWhoKnowsWhat(t *testing.T) {
	libraries := []struct{ path, in string }{
		{"github.com/nats-io", "ingest"},
		{"github.com/elastic/go-elasticsearch", "index/elastic"},
		{"github.com/elastic/elastic-transport-go", "index/elastic"},
		{"github.com/blevesearch/bleve", "index/local"},
		{"github.com/blevesearch/bleve_index_api", "index/local"},
		{"github.com/blevesearch/snowballstem", "index/skills/stems.go"},
		{"go.etcd.io/bbolt", "index/local"},
		{"github.com/lestrrat-go", "verify/proof/jose.go"},
		{"github.com/coreos/go-oidc", "index/web/oidc.go"},
		{"github.com/go-jose", "index/web/oidc.go"},
		{"github.com/modelcontextprotocol/go-sdk", "index/web"},
		{"github.com/piprate/json-gold", "verify/rdf"},
		{"github.com/santhosh-tekuri/jsonschema", "verify/schema"},
		{"github.com/ledongthuc/pdf", "extract/pdf"},
		{"github.com/pdfcpu/pdfcpu", "extract/pdf"},
		{"github.com/alecthomas/kong", "cmd"},
		{"go.opentelemetry.io/otel/sdk", "ingest"},
		{"modernc.org/sqlite", "nothing but tests"},
	}
	// The client's side of a network, by the names that open it.
	client := map[string][]string{
		"http": {"Get", "Head", "Post", "PostForm", "Client", "DefaultClient", "Transport", "DefaultTransport"},
		"net":  {"Dial", "DialTimeout", "Dialer", "DialTCP", "DialUDP", "LookupHost", "LookupIP", "LookupAddr"},
	}
	clients := []string{"ingest/natsd/seed.go", // asks a server of this machine who it is
		"verify/fetch", "index/elastic", "index/web/client", "cmd/internal/demo", "extract/sandbox"} // the last one proves that it cannot
	clients = append(clients, "ingest/otlp") // to the collector that the operator names
	dir := root(t)
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		if d.IsDir() {
			if rel == "testdata" || strings.HasPrefix(d.Name(), ".") && rel != "." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		files++
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			name, _ := strconv.Unquote(i.Path.Value)
			for _, l := range libraries {
				if under(name, l.path) && !under(rel, l.in) {
					t.Errorf("%s imports %s, which only %s may", rel, name, l.in)
				}
			}
		}
		if under(rel, clients...) {
			return nil
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && slices.Contains(client[x.Name], s.Sel.Name) {
					t.Errorf("%s uses %s.%s: the network is reached through verify/fetch", rel, x.Name, s.Sel.Name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Errorf("only %d files were seen", files)
	}
}

// TestTopLevel holds the top level to what DESIGN.md lists.
func TestTopLevel(t *testing.T) {
	want := []string{"cmd", "ingest", "extract", "verify", "index", "deploy", "testdata", "go.mod", "go.sum", "Makefile",
		"README.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "CHANGELOG.md", "NOTICE", "bin"} // bin is made by make and ignored
	files, err := os.ReadDir(root(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !slices.Contains(want, f.Name()) && !strings.HasPrefix(f.Name(), ".") {
			t.Errorf("%s does not belong at the top", f.Name())
		}
	}
}
