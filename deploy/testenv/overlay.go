package testenv

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Told gives the blocks of code below a heading of a package comment, the file of
// which lies in the folder that the test runs in.
func Told(t testing.TB, file, heading string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(f.Doc.Text(), "# "+heading+"\n")
	if !ok {
		t.Fatalf("the package comment of %s has no heading %q", file, heading)
	}
	section, _, _ = strings.Cut(section, "\n# ")
	var blocks []string
	inside := false
	for line := range strings.Lines(section) {
		code, ok := strings.CutPrefix(line, "\t")
		switch {
		case ok && inside:
			blocks[len(blocks)-1] += code
		case ok:
			blocks, inside = append(blocks, code), true
		case strings.TrimSpace(line) == "" && inside:
			blocks[len(blocks)-1] += line
		default:
			inside = false
		}
	}
	return blocks
}

// Scratch is a copy of the tree that costs nothing: files of the folder that a
// test runs in are put in place of those on disk, or beside them, for a run of the
// go command alone.
type Scratch struct {
	t       testing.TB
	dir     string
	replace map[string]string
}

// NewScratch returns one without a change.
func NewScratch(t testing.TB) *Scratch {
	t.Helper()
	return &Scratch{t: t, dir: t.TempDir(), replace: map[string]string{}}
}

// Put puts a file in place.
func (s *Scratch) Put(name, text string) {
	s.t.Helper()
	from, err := filepath.Abs(name)
	if err != nil {
		s.t.Fatal(err)
	}
	to := filepath.Join(s.dir, strings.ReplaceAll(filepath.ToSlash(name), "/", "_"))
	if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.replace[from] = to
}

// Insert puts text before what stands in a file once.
func (s *Scratch) Insert(name, before, text string) {
	s.t.Helper()
	from, err := filepath.Abs(name)
	if err != nil {
		s.t.Fatal(err)
	}
	if put := s.replace[from]; put != "" {
		from = put
	}
	b, err := os.ReadFile(from)
	if err != nil {
		s.t.Fatal(err)
	}
	if n := strings.Count(string(b), before); n != 1 {
		s.t.Fatalf("%s: %q stands in %d places, not in one", name, before, n)
	}
	s.Put(name, strings.Replace(string(b), before, text+before, 1))
}

// Test runs go test -v with these arguments on the copy, and gives what it
// printed.
func (s *Scratch) Test(args ...string) (string, error) {
	s.t.Helper()
	b, err := json.Marshal(map[string]any{"Replace": s.replace})
	if err != nil {
		s.t.Fatal(err)
	}
	overlay := filepath.Join(s.dir, "overlay.json")
	if err := os.WriteFile(overlay, b, 0o600); err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command("go", append([]string{"test", "-overlay", overlay, "-count=1", "-v"}, args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
