package ingest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"assay/index/record"
	"assay/ingest/examine"
)

// many is how many applications of a backlog are in hand in these tests.
const many = 200

// Behind all that a tenant has in hand nobody waits: neither to be taken in hand nor to be
// told of.
func TestTenantsBesideABacklog(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	open := make(chan struct{})
	release := sync.OnceFunc(func() { close(open) })
	defer release()
	e.set(func(record.Application) error { <-open; return nil })
	seen := make(chan string, 2*many)
	ex := examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		seen <- in.Tenant
		return byContent(ctx, in)
	})
	r.work(t, e, ex, func(o *WorkerOptions) { o.InHand = many / 5 * 6 })
	for i := range many {
		r.submit(t, "busy", fmt.Sprintf("B-%d", i), "verified: one of many")
	}
	// All that may be in hand of a tenant is, and waits for the engine.
	for range many / 5 * 6 * 3 / 4 {
		<-seen
	}
	for _, name := range []string{"A-1", "A-2", "A-3"} {
		r.submit(t, "acme", name, "verified: one of few")
	}
	for range 3 {
		if tenant := <-seen; tenant != "acme" {
			t.Fatalf("%s is taken in hand, who has all of its share", tenant)
		}
	}
	release()
	eventually(t, "all is told of", func() bool { l, err := r.Lag(t.Context()); return err == nil && l.Live == 0 && l.Held == 0 })
	s, err := r.js.Stream(t.Context(), StreamResults)
	if err != nil {
		t.Fatal(err)
	}
	var at []uint64
	for _, name := range []string{"A-1", "A-2", "A-3"} {
		m, err := s.GetLastMsgForSubject(t.Context(), "results.acme."+name)
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, m.Sequence)
	}
	if last := slices.Max(at); last > 8*tellsAtOnce {
		t.Errorf("outcomes %v of %d", at, many+3)
	}
}
