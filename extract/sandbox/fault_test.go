package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/extract"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// failing fails at whatever it is asked.
type failing struct{}

func (failing) Read([]byte) (int, error)  { panic("a secret of the document") }
func (failing) Write([]byte) (int, error) { panic("a secret of the document") }

// TestB12_Faults puts a panic into whatever works for one document, in the child
// and in its parent: the document is left as a fault of ours with what was found
// before it, the log tells without a word of the document, and the next one is
// read.
func TestB12_Faults(t *testing.T) {
	large := bytes.Repeat([]byte(" "), 64<<10)
	for _, tc := range []struct {
		desc, mode string
		change     func(c *child)
		data       []byte
		found      int
		killed     int64
	}{
		{"the child's parser", "fault", func(*child) {}, []byte("{}"), 1, 0},
		{"the parent's reader", "none", func(c *child) { c.out = bufio.NewReader(failing{}) }, []byte("{}"), 0, 1},
		{"the parent's writer", "none", func(c *child) { c.to = bufio.NewWriterSize(failing{}, 16) }, []byte("{}"), 0, 1},
		{"the parent's goroutine that writes", "none", func(c *child) { c.to = bufio.NewWriterSize(failing{}, 16) }, large, 0, 1},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			core, logs := observer.New(zap.DebugLevel)
			p, err := New(Options{Workers: 1, Wall: 20 * time.Second, childArgs: []string{tc.mode}, Log: zap.New(core)})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if recover() != nil {
					t.Fatal("the fault is the caller's") // and the pool waits for its child for ever
				}
				p.Close()
			}()
			start := time.Now()
			tc.change(p.spare)
			res, err := p.Extract(mine, extract.Document{Name: "bad.pdf", Data: tc.data})
			if err != nil || len(res.Findings) != tc.found || len(res.Unread) != 1 {
				t.Fatalf("%+v, %v", res, err)
			}
			if took := time.Since(start); took > 15*time.Second {
				t.Errorf("after %s: a child that has no document was waited for", took)
			}
			if u := res.Unread[0]; u.Reason != extract.ReasonReaderFailed || u.Where != "bad.pdf" || u.Reader != extract.ReaderNone || !isLine(u.At) {
				t.Errorf("unread %+v", u)
			}
			told := logs.FilterMessage("a reader failed")
			if told.Len() != 1 || told.All()[0].ContextMap()["at"] != res.Unread[0].At || told.All()[0].ContextMap()["parts"] != int64(1) {
				t.Errorf("the log tells %v", told.All())
			}
			if s := fmt.Sprint(logs.All(), res); strings.Contains(s, "secret") || strings.Contains(fmt.Sprint(logs.All()), "bad.pdf") {
				t.Errorf("the document's words are told: %s", s)
			}
			if s := p.Stats(); s.Killed != tc.killed {
				t.Errorf("stats %+v", s)
			}
			if res, err := p.Extract(mine, extract.Document{Name: "good", Data: []byte("{}")}); err != nil || len(res.Findings) != 1 || len(res.Unread) != 0 {
				t.Errorf("next document: %+v, %v", res, err)
			}
		})
	}
}

// TestProtected: whatever starts a goroutine here keeps its panic.
func TestProtected(t *testing.T) {
	broken := func() error { panic("a secret of the document") }
	ended := make(chan error, 1)
	start("a test", broken, func(where string, err error) {
		if where != "a test" {
			t.Errorf("told of %q", where)
		}
		ended <- err
	})
	err := <-ended
	var f fault
	if !errors.As(err, &f) || !strings.HasPrefix(f.at, "fault_test.go:") || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
	// What ends a child is done once more, and told.
	ran, told := make(chan struct{}, 2), make(chan error, 2)
	mark := func() error { ran <- struct{}{}; panic("a secret of the document") }
	tell := func(err error) { told <- err }
	after(0, mark, tell)
	<-ran
	<-ran
	ctx, cancel := context.WithCancel(context.Background())
	whenDone(ctx, mark, tell)
	cancel()
	<-ran
	<-ran
	for range 2 {
		if err := <-told; !errors.As(err, &f) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v", err)
		}
	}
	var where, at string
	core, logs := observer.New(zap.DebugLevel)
	o := Options{Log: zap.New(core)}
	o.tell("ending a child", f)
	o.tell("ending a child", errors.New("no fault"))
	if logs.FilterField(zap.String("where", "ending a child")).Len() != 1 || logs.Len() != 1 {
		t.Errorf("log %v", logs.All())
	}
	o.Fault = func(w, a string) { where, at = w, a }
	if o.tell("ending a child", f); where != "ending a child" || at != f.at || logs.Len() != 1 {
		t.Errorf("told of %q at %q, log %v", where, at, logs.All())
	}
}

// TestGoroutinesBeginInOnePlace: a panic of a goroutine ends the process, so
// each is started where it is protected.
func TestGoroutinesBeginInOnePlace(t *testing.T) {
	list, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range list {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		f, err := goparser.ParseFile(set, name, nil, goparser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(node ast.Node) bool {
			begins := false
			switch node := node.(type) {
			case *ast.GoStmt:
				begins = true
			case *ast.SelectorExpr:
				begins = node.Sel.Name == "Go" || node.Sel.Name == "AfterFunc"
			}
			if begins {
				n++
				if name != "fault.go" {
					t.Errorf("%s starts a goroutine that nothing protects", set.Position(node.Pos()))
				}
			}
			return true
		})
	}
	if n != 3 {
		t.Errorf("%d places start a goroutine, want the three of fault.go", n)
	}
}

// overlaid marks a test process whose child.go has a panic in it.
const overlaid = "ASSAY_TEST_OVERLAID"

// TestB12_StartFaults: a panic where children are started, in the goroutine that
// starts them, ends neither the pool nor the process. The panic is put in by an
// overlay of the build.
func TestB12_StartFaults(t *testing.T) {
	if os.Getenv(overlaid) != "" {
		if _, err := New(Options{Workers: 1}); !errors.Is(err, ErrStart) || !errors.As(err, new(fault)) || strings.Contains(err.Error(), "secret") {
			t.Fatalf("err = %v, want ErrStart with the fault", err)
		}
		// Once more, in a pool whose first child was started before.
		p := &Pool{o: Options{Workers: 1, Log: zap.NewNop()}, slots: newSlots(1), spawn: make(chan func()), quit: make(chan struct{})}
		start("starting children", p.spawner, func(string, error) {})
		defer close(p.quit)
		for range 2 {
			res, err := p.Extract(mine, extract.Document{Name: "a", Data: []byte("{}")})
			if err != nil || len(res.Unread) != 1 || res.Unread[0].Reason != extract.ReasonUnavailable {
				t.Fatalf("%+v, %v", res, err)
			}
		}
		return
	}
	t.Parallel()
	src, err := os.ReadFile("child.go")
	if err != nil {
		t.Fatal(err)
	}
	const at = "func startOnce(o Options, namespaces bool) (*child, error) {\n"
	if bytes.Count(src, []byte(at)) != 1 {
		t.Fatal("child.go has changed: nothing to put a panic into")
	}
	dir := t.TempDir()
	broken := filepath.Join(dir, "child.go")
	if err := os.WriteFile(broken, bytes.Replace(src, []byte(at), []byte(at+"\tif len(os.Args) > 1 {\n\t\tpanic(\"a secret of the document\")\n\t}\n"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := filepath.Abs("child.go")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{self: broken}})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-overlay", list, "-count=1", "-run", "^TestB12_StartFaults$", ".")
	cmd.Env = append(os.Environ(), overlaid+"=1", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// A child that cannot be ended behind the scenes is told of, and closing the pool
// does not wait for it for ever.
func TestEndingFails(t *testing.T) {
	told := make(chan string, 1)
	p := &Pool{o: Options{Fault: func(where, _ string) { told <- where }}}
	p.end(&child{}) // of no process: ending it panics
	if where := <-told; where != "ending a child" {
		t.Errorf("told of %q", where)
	}
	p.behind.Wait()
}
