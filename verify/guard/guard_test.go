package guard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

const secret = "words of a document"

func failing() { panic(secret) }

// one is a number that the compiler does not know.
func one() int { return len(time.Now().Weekday().String()) }

func watch() (*Watch, *bytes.Buffer, map[string]int) {
	var log bytes.Buffer
	counts := map[string]int{}
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&log), zapcore.DebugLevel)
	return &Watch{Log: zap.New(core), Count: func(where string) { counts[where]++ }}, &log, counts
}

func TestDo(t *testing.T) {
	table := []struct {
		desc string
		f    func()
		want bool
	}{
		{"no fault", func() {}, false},
		{"a text", failing, true},
		{"an error", func() { panic(errors.New(secret)) }, true},
		{"nil", func() { panic(nil) }, true},
		{"the runtime's", func() { _ = secret[len(secret)+one():] }, true},
		{"again while it unwinds", func() { defer failing(); failing() }, true},
	}
	for _, tt := range table {
		t.Run(tt.desc, func(t *testing.T) {
			w, log, counts := watch()
			err := w.Do("test", tt.f)
			if errors.Is(err, ErrFault) != tt.want || (err != nil) != tt.want {
				t.Fatalf("error %v", err)
			}
			if !tt.want {
				if log.Len() > 0 || len(counts) > 0 {
					t.Errorf("log %s, counts %v", log, counts)
				}
				return
			}
			f := Faults(err)[0]
			if f.Where != "test" || !strings.Contains(f.Stack, "guard_test.go:") || strings.Contains(f.Stack, "gopanic") {
				t.Errorf("fault %+v", f)
			}
			if counts["test"] != 1 || !strings.Contains(log.String(), `"where":"test"`) || !strings.Contains(log.String(), "guard_test.go:") {
				t.Errorf("log %s, counts %v", log, counts)
			}
			if all := log.String() + err.Error() + fmt.Sprintf("%+v", f); strings.Contains(all, secret) {
				t.Errorf("the panic's words are told: %s", all)
			}
		})
	}
}

// The innermost function stands first, so that a cut stack still tells.
func TestStack(t *testing.T) {
	f := Faults(Do("test", failing))[0]
	if first, _, _ := strings.Cut(f.Stack, "\n"); !strings.HasPrefix(first, "assay/verify/guard.failing ") {
		t.Errorf("stack begins with %q", first)
	}
	var deep func(n int)
	deep = func(n int) {
		if n == 0 {
			panic(secret)
		}
		deep(n - 1)
	}
	f = Faults(Do("test", func() { deep(1000) }))[0]
	if n := strings.Count(f.Stack, "\n") + 1; n != maxFrames {
		t.Errorf("%d frames", n)
	}
}

func TestTry(t *testing.T) {
	own := errors.New("own")
	if err := Try("test", func() error { return own }); err != own {
		t.Errorf("error %v", err)
	}
}

func TestFaults(t *testing.T) {
	one, two := Do("one", failing), Do("two", failing)
	err := fmt.Errorf("both: %w", errors.Join(one, errors.New("no fault"), fmt.Errorf("%w", two)))
	w, log, counts := watch()
	w.Tell(err, zap.Int("sequence", 7))
	if got := Faults(err); len(got) != 2 || got[0].Where != "one" || got[1].Where != "two" {
		t.Errorf("%v", got)
	}
	if counts["one"] != 1 || counts["two"] != 1 || strings.Count(log.String(), `"sequence":7`) != 2 {
		t.Errorf("log %s, counts %v", log, counts)
	}
	if Faults(nil) != nil || Faults(errors.New("no fault")) != nil {
		t.Error("faults of nothing")
	}
	(*Watch)(nil).Tell(err)
	(&Watch{}).Tell(err)
}

func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, counts := watch()
		begin, calls := time.Now(), 0
		own := errors.New("own")
		err := w.Keep(t.Context(), "test", func(context.Context) error {
			if calls++; calls <= 3 {
				panic(secret)
			}
			return own
		})
		if err != own || calls != 4 || counts["test"] != 3 || time.Since(begin) != 7*time.Second {
			t.Errorf("%v after %d calls in %v, counts %v", err, calls, time.Since(begin), counts)
		}

		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		calls = 0
		err = w.Keep(ctx, "test", func(context.Context) error { calls++; panic(secret) })
		if !errors.Is(err, ErrFault) || calls > 26 {
			t.Errorf("%v after %d calls", err, calls)
		}

		// Another work's fault is an error like any other.
		calls = 0
		err = w.Keep(t.Context(), "test", func(context.Context) error { calls++; return Do("other", failing) })
		if calls != 1 || !errors.Is(err, ErrFault) {
			t.Errorf("%v after %d calls", err, calls)
		}
	})
}

func TestGo(t *testing.T) {
	failed := make(chan error)
	Go("test", failing, func(err error) { failed <- err })
	if err := <-failed; !errors.Is(err, ErrFault) || err.Error() != "a fault of assay's own in: test (string at assay/verify/guard.failing)" {
		t.Error(err)
	}
	done := make(chan bool)
	Go("test", func() { close(done) }, func(err error) { t.Error(err) })
	<-done
}

// A fault that is raised again stays the one it was.
func TestAgain(t *testing.T) {
	first := Faults(Do("first", failing))[0]
	if err := Do("second", func() { panic(first) }); err != error(first) {
		t.Error(err)
	}
}

// Every goroutine that the verifier starts is started here, and what others
// start for it is guarded: no package below verify has a go statement, and those
// that hand functions to others' goroutines are the ones named.
func TestEveryGoroutineIsGuarded(t *testing.T) {
	handed := map[string]int{"fetch/client.go DoChan": 1, "status/list.go Do": 1}
	files := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "verifytest") {
			return err
		}
		files++
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				if filepath.Base(path) != "guard.go" {
					t.Errorf("%s: a go statement; guard.Go guards what it starts", set.Position(n.Pos()))
				}
			case *ast.SelectorExpr:
				of, _ := n.X.(*ast.Ident)
				field, _ := n.X.(*ast.SelectorExpr)
				switch n.Sel.Name {
				case "Go", "TryGo", "AfterFunc":
					if of == nil || of.Name != "guard" {
						t.Errorf("%s: %s starts a goroutine without a guard", set.Position(n.Pos()), n.Sel.Name)
					}
				case "Do", "DoChan":
					if field != nil && field.Sel.Name == "flight" {
						handed[strings.TrimPrefix(filepath.ToSlash(path), "../")+" "+n.Sel.Name]--
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil || files < 30 {
		t.Fatalf("%d files: %v", files, err)
	}
	for where, n := range handed {
		if n != 0 {
			t.Errorf("%s: %d fewer than known; is what it runs guarded by guard.Do or Try?", where, n)
		}
	}
}

// What does not end with its time is given up and counted until it ends; what
// ends in time, or fails, says so.
func TestWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Left
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := l.Within(ctx, time.Second, "test", func() {}); err != nil {
			t.Error(err)
		}
		if err := l.Within(ctx, time.Second, "test", failing); !errors.Is(err, ErrFault) || strings.Contains(err.Error(), secret) {
			t.Error(err)
		}
		// In the grace after the end.
		begin := time.Now()
		if err := l.Within(ctx, time.Second, "test", func() { time.Sleep(time.Minute + time.Second/2) }); err != nil || time.Since(begin) != time.Minute+time.Second/2 {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		if n := l.Running(); n != 0 {
			t.Errorf("%d run", n)
		}
		for _, end := range []func(){func() {}, failing} {
			begin, stop := time.Now(), make(chan bool)
			if err := l.Within(ctx, time.Second, "test", func() { <-stop; end() }); !errors.Is(err, ErrLeft) || time.Since(begin) != time.Second {
				t.Errorf("%v after %v", err, time.Since(begin))
			}
			if n := l.Running(); n != 1 {
				t.Errorf("%d run, want the one that was given up", n)
			}
			close(stop)
			synctest.Wait()
			if n := l.Running(); n != 0 {
				t.Errorf("%d run after their end", n)
			}
		}
	})
}
