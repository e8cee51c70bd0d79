package ingest

import (
	"cmp"
	"context"
	"errors"
	"slices"
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

// While somebody waits for the lot that the engine is at, it may take so long: the number of
// documents of one follows what they take, and is no less than that. Where a lot of one takes
// long, too, as over a network and on a disk that is busy, it may take so many times that: to
// make it shorter would only make more of them, and what comes would soon be more than what
// is written.
const (
	lotTime  = 8 * time.Millisecond
	lotTimes = 3
	leastLot = 16
)

// writer gathers the documents of all hands for the engine: what comes while it
// is at one lot goes in the next. What is alone in hand does not wait for company. Beside a
// tenant that has most of what is written lately, others' documents are lots of their
// own, and wait for nothing but the lot under way, which is short.
type writer struct {
	engine  index.Engine
	faults  *guard.Watch
	in      chan *write
	most    int          // documents of a lot
	first   *writer      // whose documents should not wait for these; nil = none
	coming  atomic.Int64 // in hand, and here or on their way here
	newest  atomic.Int64 // when one came last, in Unix nanoseconds
	now     func() time.Time
	metrics *Metrics // nil = none

	// Of run alone.
	waiting []*write // the oldest first
	comers  comers
	recent  recent
	short   int           // documents that take lotTime
	fixed   time.Duration // that a lot takes, whatever is in it
	each    time.Duration // that a document takes beside that
	apart   bool          // the last lot was of others than who has most
}

func newWriter(e index.Engine, faults *guard.Watch, m *Metrics, now func() time.Time) *writer {
	return &writer{engine: e, faults: faults, in: make(chan *write), most: maxBulk, metrics: m, now: now, short: 2 * leastLot}
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
	defer func() { // whatever happens, nobody waits for ever
		for _, x := range w.waiting {
			x.answer(index.Outcome{Err: cmp.Or(ctx.Err(), guard.ErrFault)})
		}
		w.waiting = nil
	}()
	for ctx.Err() == nil {
		if len(w.waiting) == 0 {
			select {
			case x := <-w.in:
				w.add(x)
			case <-ctx.Done():
				return nil
			}
		}
		w.gather()
		began := w.now()
		lot := w.lot()
		w.write(ctx, lot)
		w.took(len(lot), w.now().Sub(began))
	}
	return nil
}

// add takes a document.
func (w *writer) add(x *write) {
	w.waiting = append(w.waiting, x)
	now := w.now()
	w.recent.add(x.doc.Tenant)
	w.comers.came(x.doc.Tenant, now)
	w.newest.Store(now.UnixNano())
}

// gather adds to the documents that wait all that are there, and those that come before
// long: they are no more than what is in hand.
func (w *writer) gather() {
	var late <-chan time.Time
	for {
		select {
		case x := <-w.in:
			w.add(x)
			continue
		default:
		}
		if n := len(w.waiting); n >= min(goodBulk, w.size()) || int64(n) >= w.coming.Load() || w.hurried() {
			return
		}
		if late == nil {
			t := time.NewTimer(company)
			defer t.Stop()
			late = t.C
		}
		select {
		case x := <-w.in:
			w.add(x)
		case <-late:
			return
		}
	}
}

// hurried reports whether others' documents wait than those of who has most. They go first
// every other time: nobody waits for ever.
func (w *writer) hurried() bool {
	most := w.recent.most()
	return most != "" && !w.apart && slices.ContainsFunc(w.waiting, func(x *write) bool { return x.doc.Tenant != most })
}

// lot takes the next lot out of what waits. Of others it takes all: what is left of them
// would wait for who has most.
func (w *writer) lot() (lot []*write) {
	most, size := w.recent.most(), w.size()
	if w.apart = w.hurried(); w.apart {
		size = w.most
	}
	rest := w.waiting[:0:0]
	for _, x := range w.waiting {
		if len(lot) < size && (!w.apart || x.doc.Tenant != most) {
			lot = append(lot, x)
		} else {
			rest = append(rest, x)
		}
	}
	w.waiting = rest
	return lot
}

// size is how many documents the next lot may have.
func (w *writer) size() int {
	now := w.now()
	most := w.recent.most()
	if most != "" && w.comers.others(most, now) || w.first != nil && now.Sub(time.Unix(0, w.first.newest.Load())) < lately {
		return min(w.short, w.most)
	}
	return w.most
}

// took reckons with what a lot took. A small one says what each takes, and a large one what
// its documents do.
func (w *writer) took(n int, d time.Duration) {
	d = max(d, 0) // clocks are set
	if n < leastLot {
		w.fixed = (w.fixed + max(0, d-time.Duration(n)*w.each)) / 2
		return
	}
	w.fixed = min(w.fixed, d)
	w.each = max(1, (d-w.fixed)/time.Duration(n))
	fit := (max(lotTime, lotTimes*w.fixed) - w.fixed) / w.each
	w.short = (w.short + int(min(max(fit, leastLot), time.Duration(min(w.most, 2*w.short))))) / 2
}

// recent are the tenants of the last documents.
type recent struct {
	ring [64]string
	next int
	of   map[string]int
}

func (r *recent) add(tenant string) {
	if r.of == nil {
		r.of = map[string]int{}
	}
	if old := r.ring[r.next]; old != "" {
		if r.of[old]--; r.of[old] == 0 {
			delete(r.of, old)
		}
	}
	r.ring[r.next] = tenant
	r.next = (r.next + 1) % len(r.ring)
	r.of[tenant]++
}

// most is the tenant who has more than half of them, "" for none.
func (r *recent) most() string {
	for tenant, n := range r.of {
		if n > len(r.ring)/2 {
			return tenant
		}
	}
	return ""
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
