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
	w := newWriter(e, watch, nil)
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
		w := newWriter(&bulks{}, nil, nil)
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
