package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/verify/guard"

	"github.com/google/go-cmp/cmp"
)

// bulks is an engine that keeps the lots that it is given.
type bulks struct {
	index.Engine
	mu    sync.Mutex
	lots  [][]string
	write func(doc record.Application) error
	short bool          // it says nothing of the last document of a lot
	slow  time.Duration // a lot takes so long
}

func (b *bulks) Write(_ context.Context, docs []record.Application) []index.Outcome {
	time.Sleep(b.slow)
	b.mu.Lock()
	defer b.mu.Unlock()
	var lot []string
	out := make([]index.Outcome, len(docs))
	for i, d := range docs {
		lot = append(lot, d.Application)
		if b.write != nil {
			out[i].Err = b.write(d)
		}
	}
	b.lots = append(b.lots, lot)
	if b.short {
		return out[:len(out)-1]
	}
	return out
}

// putAll has a writer write n documents, one a second after the other, and
// gives their outcomes.
func putAll(t *testing.T, e index.Engine, n int) (outs []error, faults int) {
	t.Helper()
	watch := &guard.Watch{Count: func(string) { faults++ }}
	w := newWriter(e, watch, nil, time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var running, putting sync.WaitGroup
	running.Go(func() { _ = w.run(ctx) })
	outs = make([]error, n)
	for i := range n {
		putting.Go(func() { outs[i] = w.put(ctx, record.Application{Application: fmt.Sprint(i)}).Err })
		synctest.Wait()
	}
	putting.Wait()
	cancel()
	running.Wait()
	return outs, faults
}

// What comes while the engine is at one lot goes in the next, at most maxBulk.
func TestWriterGathers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &bulks{slow: time.Second}
		outs, _ := putAll(t, e, maxBulk+3)
		if err := errors.Join(outs...); err != nil {
			t.Error(err)
		}
		var sizes []int
		for _, l := range e.lots {
			sizes = append(sizes, len(l))
		}
		if d := cmp.Diff([]int{1, maxBulk, 2}, sizes); d != "" {
			t.Errorf("lots (-want +got):\n%s", d)
		}
	})
}

// Each gets the outcome of its own document, whatever became of its neighbours.
func TestWriterOutcomes(t *testing.T) {
	table := []struct {
		desc   string
		engine *bulks
		want   []error
		faults int
	}{
		{desc: "one is refused", engine: &bulks{write: func(d record.Application) error {
			if d.Application == "2" {
				return index.ErrRejected
			}
			return nil
		}}, want: []error{nil, nil, index.ErrRejected, nil}},
		{desc: "the engine fails on one", engine: &bulks{write: func(d record.Application) error {
			if d.Application == "2" {
				panic("words of a document")
			}
			return nil
		}}, want: []error{nil, nil, guard.ErrFault, nil}, faults: 2}, // in company, and alone
		{desc: "the engine says nothing of one", engine: &bulks{short: true},
			want: []error{index.ErrUnavailable, nil, nil, index.ErrUnavailable}},
	}
	for _, tt := range table {
		t.Run(tt.desc, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.engine.slow = time.Second
				outs, faults := putAll(t, tt.engine, len(tt.want))
				for i := range outs {
					if !errors.Is(outs[i], tt.want[i]) {
						t.Errorf("document %d: %v, want %v", i, outs[i], tt.want[i])
					}
				}
				if faults != tt.faults {
					t.Errorf("%d faults told, want %d", faults, tt.faults)
				}
			})
		})
	}
}

// Nobody waits for a writer that has ended.
func TestWriterEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriter(&bulks{}, nil, nil, time.Now)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := w.run(ctx); err != nil {
			t.Error(err)
		}
		if o := w.put(ctx, record.Application{}); !errors.Is(o.Err, context.Canceled) {
			t.Errorf("outcome %v", o.Err)
		}
	})
}

// taken is a writer's next lot, by tenant.
func taken(w *writer) (of map[string]int) {
	of = map[string]int{}
	for _, x := range w.lot() {
		of[x.doc.Tenant]++
	}
	return of
}

// come has so many documents of a tenant wait.
func come(w *writer, tenant string, n int) {
	for range n {
		w.add(&write{doc: record.Application{Tenant: tenant}})
	}
}

// Beside a tenant that has most of what is written, lots are short, and others' documents
// are in the next, which is theirs; the many come to their end all the same.
func TestWriterBesideABacklog(t *testing.T) {
	type lot = map[string]int
	at := time.Unix(0, 0)
	w := newWriter(&bulks{}, &guard.Watch{}, nil, func() time.Time { return at })
	check := func(what string, want lot) {
		t.Helper()
		if d := cmp.Diff(want, taken(w)); d != "" {
			t.Errorf("%s (-want +got):\n%s", what, d)
		}
	}
	come(w, "busy", maxBulk+100)
	check("alone", lot{"busy": maxBulk})
	come(w, "acme", 2)
	check("who has just come", lot{"acme": 2})
	come(w, "acme", 1)
	check("the many, every other time", lot{"busy": 2 * leastLot})
	check("who has come again", lot{"acme": 1})
	check("the many", lot{"busy": 2 * leastLot})
	for range 9 {
		w.took(leastLot, 10*lotTime)
	}
	check("as many as take their time", lot{"busy": leastLot})
	w.took(1, time.Hour)
	w.took(1, -time.Hour)
	for range 9 {
		w.took(maxBulk, time.Millisecond)
	}
	if got := w.size(); got < maxBulk/2 {
		t.Errorf("%d documents where they take little", got)
	}
	at = at.Add(lately)
	come(w, "busy", 100)
	check("alone again", lot{"busy": 100 + 100 - 5*leastLot})
	for range 64 { // tenants of which none has most
		come(w, "acme", 1)
		come(w, "busy", 1)
	}
	check("of two that have as much", lot{"acme": 64, "busy": 64})
}

// Where a lot takes long whatever is in it, lots are not so short that more comes than is
// written; where it is the documents that take long, they are short.
func TestWriterOfASlowIndex(t *testing.T) {
	const inHand, every, runs = 300, 20 * time.Millisecond, 20 * time.Second
	for _, tt := range []struct {
		desc        string
		fixed, each time.Duration
		others      time.Duration // the longest that one of the other tenant's waits
		many        int           // at least so many of the many are written
	}{
		{"over a network", 25 * time.Millisecond, 300 * time.Microsecond, 150 * time.Millisecond, 25_000},
		{"on a busy disk", 300 * time.Millisecond, 300 * time.Microsecond, 1600 * time.Millisecond, 3000},
		{"documents that take long", 0, time.Millisecond, 40 * time.Millisecond, 15_000},
	} {
		t.Run(tt.desc, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWriter(slow{fixed: tt.fixed, each: tt.each}, &guard.Watch{}, nil, time.Now)
				ctx, cancel := context.WithCancel(t.Context())
				var all sync.WaitGroup
				all.Go(func() { _ = w.run(ctx) })
				var mu sync.Mutex
				written := 0
				for range inHand {
					all.Go(func() {
						for ctx.Err() == nil {
							if w.put(ctx, record.Application{Tenant: "busy"}).Err == nil {
								mu.Lock()
								written++
								mu.Unlock()
							}
						}
					})
				}
				time.Sleep(time.Second)
				longest := time.Duration(0)
				for i := range runs / every {
					all.Go(func() {
						began := time.Now()
						o := w.put(ctx, record.Application{Tenant: "acme"})
						if o.Err == nil && i > 2*time.Second/every { // behind the last long lot
							mu.Lock()
							longest = max(longest, time.Since(began))
							mu.Unlock()
						}
					})
					time.Sleep(every)
				}
				cancel()
				all.Wait()
				if longest > tt.others || written < tt.many {
					t.Errorf("one waits for %s, of the many %d are written", longest, written)
				}
			})
		})
	}
}

// A lot of others' documents is of all of them that wait; one of who has most is short.
func TestWriterOthersGoAtOnce(t *testing.T) {
	w := newWriter(&bulks{}, &guard.Watch{}, nil, time.Now)
	w.short = leastLot
	add := func(n int, tenant string) {
		for range n {
			w.add(&write{doc: record.Application{Tenant: tenant}})
		}
	}
	add(100, "busy")
	add(20, "acme")
	for i, want := range []int{20, leastLot} {
		if lot := w.lot(); len(lot) != want || (lot[0].doc.Tenant == "acme") != (i == 0) {
			t.Errorf("lot %d has %d documents of %s, want %d", i, len(lot), lot[0].doc.Tenant, want)
		}
	}
}

// slow is an index that takes its time.
type slow struct {
	index.Engine
	fixed, each time.Duration
}

func (s slow) Write(_ context.Context, docs []record.Application) []index.Outcome {
	time.Sleep(s.fixed + time.Duration(len(docs))*s.each)
	return make([]index.Outcome, len(docs))
}

// Lots of what is checked again are short while new applications are written.
func TestWriterOfRechecksYields(t *testing.T) {
	at := time.Unix(100, 0)
	now := func() time.Time { return at }
	w, again := newWriter(&bulks{}, &guard.Watch{}, nil, now), newWriter(&bulks{}, &guard.Watch{}, nil, now)
	again.first, again.most = w, 2*bulkLot
	for range 9 {
		again.took(leastLot, 10*lotTime)
	}
	for _, tt := range []struct {
		desc string
		do   func()
		want int
	}{
		{"nothing is new", func() {}, 2 * bulkLot},
		{"one is", func() { come(w, "acme", 1) }, leastLot},
		{"one was", func() { at = at.Add(lately) }, 2 * bulkLot},
	} {
		tt.do()
		come(again, "acme", 3*bulkLot)
		if n := taken(again)["acme"]; n != tt.want {
			t.Errorf("%s: %d in a lot, want %d", tt.desc, n, tt.want)
		}
	}
}

// Beside a backlog, of which more is on its way, another's document waits for none of it.
func TestWriterWaitsForNoBacklog(t *testing.T) {
	for _, tt := range []struct {
		tenant string
		want   time.Duration
	}{{"acme", 0}, {"busy", company}} {
		synctest.Test(t, func(t *testing.T) {
			w := newWriter(&bulks{}, &guard.Watch{}, nil, time.Now)
			come(w, "busy", 64)
			w.waiting = nil // are written
			for range 9 {
				w.expect()
			}
			ctx, cancel := context.WithCancel(t.Context())
			var running sync.WaitGroup
			running.Go(func() { _ = w.run(ctx) })
			began := time.Now()
			if o := w.put(ctx, record.Application{Tenant: tt.tenant}); o.Err != nil || time.Since(began) != tt.want {
				t.Errorf("%s: %v after %s, want %s", tt.tenant, o.Err, time.Since(began), tt.want)
			}
			cancel()
			running.Wait()
		})
	}
}

// Where the writer itself fails, what waits for it is not taken for written.
func TestWriterFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fails := false
		w := newWriter(&bulks{slow: time.Second}, &guard.Watch{}, nil, func() time.Time {
			if fails {
				panic("no time")
			}
			return time.Now()
		})
		var all sync.WaitGroup
		outs := make([]error, 3)
		for i := range outs {
			all.Go(func() { outs[i] = w.put(t.Context(), record.Application{Tenant: "acme"}).Err })
		}
		synctest.Wait()
		w.add(<-w.in)
		fails = true // at its next look
		if err := guard.Do("the writer", func() { _ = w.run(t.Context()) }); !errors.Is(err, guard.ErrFault) {
			t.Fatal(err)
		}
		fails = false
		ctx, cancel := context.WithCancel(t.Context())
		all.Go(func() { _ = w.run(ctx) })
		time.Sleep(time.Minute)
		cancel()
		all.Wait()
		faults := 0
		for _, err := range outs {
			if errors.Is(err, guard.ErrFault) {
				faults++
			} else if err != nil {
				t.Error(err)
			}
		}
		if faults == 0 {
			t.Errorf("%v", outs)
		}
	})
}
