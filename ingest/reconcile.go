package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"assay/index"
	"assay/index/record"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// reconcileEvery is how often outcomes and index are compared where nothing else asks
// for it.
const reconcileEvery = 24 * time.Hour

// headerState is the State of an outcome, so that what is told can be compared with the
// index without reading it.
const headerState = "Assay-State"

// Reconciled is what a comparison of outcomes and index came to.
type Reconciled struct {
	Compared int `json:"compared"` // outcomes that tell of an application in the index
	Missing  int `json:"missing"`  // of those, not there, or only an older submission
	Queued   int `json:"queued"`   // of those, checked again; the others' submissions are gone
}

// reconcileIndex compares what was told with what the index has, and has checked again what
// is missing there: a server that lost its index, or has an old copy of it, does not say
// so. tell may be nil.
func (q *Queue) reconcileIndex(ctx context.Context, e index.Engine, tell func(now, total int)) (Reconciled, error) {
	var r Reconciled
	s, err := q.js.Stream(ctx, StreamResults)
	if err != nil {
		return r, q.explain(err)
	}
	total, end, now := int(s.CachedInfo().State.Msgs), s.CachedInfo().State.LastSeq, 0
	err = q.walk(ctx, StreamResults, "results.>", func(subject string, h nats.Header, seq uint64, _ time.Time) error {
		if seq > end {
			return nil // told since
		}
		if now++; tell != nil {
			tell(now, max(total, now))
		}
		tenant, application, ok := split(subject, "results")
		if !ok {
			return nil
		}
		state := State(h.Get(headerState))
		if state == "" { // of an earlier release
			m, err := s.GetMsg(ctx, seq)
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				return nil // a newer one is there, and is met later
			}
			var o Outcome
			if err != nil {
				return q.explain(err)
			}
			if json.Unmarshal(m.Data, &o) != nil {
				return nil
			}
			state = o.State
		}
		if state != Indexed {
			return nil
		}
		r.Compared++
		doc, err := e.Get(ctx, tenant, application)
		switch {
		case err == nil:
			if _, sequence, ok := record.Place(doc.Version); !ok || sequence >= markOf(h).sequence {
				return nil
			}
			if !doc.AppliedAt.Before(time.Unix(0, markOf(h).submitted)) {
				return nil // the outcome is of a stream that is no more
			}
		case errors.Is(err, index.ErrErased):
			return nil
		case !errors.Is(err, index.ErrNotFound):
			return err
		}
		r.Missing++
		switch _, err := q.last(ctx, StreamApplications, "applications."+tenant+"."+application); {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			return nil
		case err != nil:
			return q.explain(err)
		}
		if err := q.recheck(ctx, tenant, application, recheck{V: 1, Reason: "missing"}); err != nil {
			return err
		}
		r.Queued++
		return nil
	})
	return r, err
}

// compare compares outcomes and index where the index is empty, as one that was just
// made is, and once a day.
func (w *Worker) compare(ctx context.Context, now time.Time) {
	s, err := w.o.Engine.Status(ctx)
	if err != nil || s.Applications+s.Erased > 0 && now.Sub(w.even) < reconcileEvery {
		return
	}
	w.even = now
	r, err := w.q.reconcileIndex(ctx, w.o.Engine, nil)
	switch {
	case err != nil && ctx.Err() == nil:
		w.log.Warn("outcomes and index cannot be compared", zap.Error(plain(err)))
	case r.Missing > 0:
		w.log.Error("the index lacks applications that were indexed; what the queue has of them is checked again", zap.Int("missing", r.Missing), zap.Int("count", r.Queued))
	}
}

// RequestReconcile has a worker compare outcomes and index, and waits until what is
// missing is queued. tell may be nil.
func (q *Queue) RequestReconcile(ctx context.Context, tell func(now, total int)) (*Reconciled, error) {
	r, err := q.ask(ctx, requestReconcile, tell)
	if err != nil {
		return nil, err
	}
	return r.Reconciled, nil
}
