package ingest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/verify/guard"
)

// Lots of documents for the engine: the larger one is, the less each costs, and the
// longer the first of it waits.
const (
	maxBulk  = 500
	goodBulk = 100                   // with so many nothing waits for more
	company  = 10 * time.Millisecond // is waited for so long, where more are on their way
)

// writer gathers the documents of all hands for the engine: what comes while it
// is at one lot goes in the next. What is alone in hand does not wait for company.
type writer struct {
	engine  index.Engine
	faults  *guard.Watch
	in      chan *write
	most    int          // documents of a lot
	coming  atomic.Int64 // in hand, and here or on their way here
	metrics *Metrics     // nil = none
}

func newWriter(e index.Engine, faults *guard.Watch, m *Metrics) *writer {
	return &writer{engine: e, faults: faults, in: make(chan *write), most: maxBulk, metrics: m}
}

// expect says that a document is on its way, until the function that it gives is
// called; once.
func (w *writer) expect() (gone func()) {
	w.coming.Add(1)
	var once sync.Once
	return func() { once.Do(func() { w.coming.Add(-1) }) }
}

// write is a document on its way to the engine.
type write struct {
	doc  record.Application
	done chan index.Outcome // of one place
}

// answer gives the outcome to who waits; only the first counts.
func (x *write) answer(o index.Outcome) {
	select {
	case x.done <- o:
	default:
	}
}

// put writes one document and waits for its outcome. The outcome's error is
// the engine's, ctx's, or a fault.
func (w *writer) put(ctx context.Context, doc record.Application) index.Outcome {
	x := &write{doc, make(chan index.Outcome, 1)}
	select {
	case w.in <- x:
		return <-x.done
	case <-ctx.Done():
		return index.Outcome{Err: ctx.Err()}
	}
}

// run writes until ctx ends. What it has taken by then it answers.
func (w *writer) run(ctx context.Context) error {
	for {
		select {
		case x := <-w.in:
			w.write(ctx, w.gather(x))
		case <-ctx.Done():
			return nil
		}
	}
}

// gather adds to the first document those that wait, and those that come before long.
func (w *writer) gather(first *write) []*write {
	lot := []*write{first}
	var late <-chan time.Time
	for len(lot) < w.most {
		select {
		case x := <-w.in:
			lot = append(lot, x)
			continue
		default:
		}
		if len(lot) >= min(goodBulk, w.most) || int64(len(lot)) >= w.coming.Load() {
			return lot
		}
		if late == nil {
			t := time.NewTimer(company)
			defer t.Stop()
			late = t.C
		}
		select {
		case x := <-w.in:
			lot = append(lot, x)
		case <-late:
			return lot
		}
	}
	return lot
}

// write writes a lot. A document on which the engine fails costs its neighbours
// nothing: each is written again, alone.
func (w *writer) write(ctx context.Context, lot []*write) {
	defer func() { // whatever happens, nobody waits for ever
		for _, x := range lot {
			x.answer(index.Outcome{Err: guard.ErrFault})
		}
	}()
	outs, err := w.bulk(ctx, lot)
	for i, x := range lot {
		switch {
		case err == nil:
			x.answer(outs[i])
		case len(lot) == 1:
			x.answer(index.Outcome{Err: err})
		default:
			w.write(ctx, lot[i:i+1])
		}
	}
}

// bulk writes documents at once and gives an outcome for each. The error is a
// fault.
func (w *writer) bulk(ctx context.Context, lot []*write) ([]index.Outcome, error) {
	docs := make([]record.Application, len(lot))
	for i, x := range lot {
		docs[i] = x.doc
	}
	var outs []index.Outcome
	err := w.faults.Do("index", func() { outs = w.engine.Write(ctx, docs) })
	w.count(outs, err)
	for len(outs) < len(docs) { // what it says nothing of is not written
		outs = append(outs, index.Outcome{Err: index.ErrUnavailable})
	}
	return outs, err
}

// count counts a lot, and what the engine did not take of it.
func (w *writer) count(outs []index.Outcome, err error) {
	if w.metrics == nil {
		return
	}
	w.metrics.bulk.Observe(float64(len(outs)))
	if err != nil {
		w.metrics.Troubled(index.TroubleFault)
	}
	for _, o := range outs {
		switch {
		case errors.Is(o.Err, index.ErrRejected):
			w.metrics.Troubled(index.TroubleRejected)
		case errors.Is(o.Err, index.ErrUnavailable):
			w.metrics.Troubled(index.TroubleNotTaken)
		}
	}
}
