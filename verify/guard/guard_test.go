package guard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
