package index_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/index/record/recordtest"
	"assay/index/skills"
	"assay/verify/guard"
)

// aside is an engine that answers suggestions once some are asked at the same time, or
// after a while, the first of them last.
type aside struct {
	*memory
	at      int // how many are waited for
	fails   error
	panics  bool
	mu      sync.Mutex
	waiting int
	most    int
	all     chan struct{}
}

func newAside(m *memory, at int) *aside { return &aside{memory: m, at: at, all: make(chan struct{})} }

func (e *aside) Suggest(ctx context.Context, tenant string, kind index.SuggestionKind, prefix string, n int) ([]index.Suggestion, error) {
	e.mu.Lock()
	e.waiting++
	e.most = max(e.most, e.waiting)
	if e.waiting == e.at {
		close(e.all)
		e.at = -1
	}
	e.mu.Unlock()
	defer func() { e.mu.Lock(); defer e.mu.Unlock(); e.waiting-- }()
	select {
	case <-e.all:
	case <-time.After(2 * time.Second):
	}
	switch {
	case e.panics:
		panic("canary")
	case e.fails != nil && kind == index.SuggestIssuer:
		return nil, e.fails
	}
	if kind == index.SuggestSkill {
		time.Sleep(10 * time.Millisecond)
	}
	return e.memory.Suggest(ctx, tenant, kind, prefix, n)
}

func asideOf(t *testing.T) *memory {
	t.Helper()
	m := newMemory(recordtest.Key)
	m.Write(t.Context(), []record.Application{recordtest.Application("a", recordtest.Badge{Name: "Python in Practice", Tags: []string{"Python"}, Issuer: "https://python.example/mills"})})
	return m
}

// TestSuggestAside: the kinds of suggestions are asked for together, few at a time, and
// answered as if they had been asked one after the other.
func TestSuggestAside(t *testing.T) {
	m := asideOf(t)
	want, err := index.Suggest(t.Context(), m, skills.Builtin(), "acme", "pyth", 10)
	if err != nil || len(want) < 2 {
		t.Fatalf("%+v, %v", want, err)
	}
	e := newAside(m, 3)
	got, err := index.Suggest(t.Context(), e, skills.Builtin(), "acme", "pyth", 10)
	if err != nil || !slices.Equal(got, want) || e.most != 3 {
		t.Errorf("%+v, %v, %d at once", got, err, e.most)
	}
	e = newAside(m, 4)
	help := found(t, e, `"pyhton" "pyhtonic"`).Help
	if one := found(t, m, `"pyhton" "pyhtonic"`).Help; help == nil || len(help.Near) == 0 || !slices.Equal(help.Near, one.Near) || e.most != 4 {
		t.Errorf("%+v, one after the other %+v, %d at once", help, one, e.most)
	}
	e = newAside(m, 3)
	e.fails = index.ErrUnavailable
	if _, err := index.Suggest(t.Context(), e, skills.Builtin(), "acme", "pyth", 10); !errors.Is(err, index.ErrUnavailable) {
		t.Errorf("one that fails: %v", err)
	}
}

// TestE06_SuggestingFails: a panic in one of them is that of the request, and of no
// goroutine that nobody keeps.
func TestE06_SuggestingFails(t *testing.T) {
	e := newAside(asideOf(t), 3)
	e.panics = true
	err := guard.Do("a request", func() { _, _ = index.Suggest(t.Context(), e, skills.Builtin(), "acme", "pyth", 10) })
	fault := (*guard.Fault)(nil)
	if !errors.As(err, &fault) || fault.Where != "suggesting" {
		t.Errorf("%v", err)
	}
}
