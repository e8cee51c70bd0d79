package ingest

import (
	"context"
	"errors"
	"strconv"
	"time"

	"assay/index"

	"github.com/nats-io/nats.go/jetstream"
)

// Times between two looks at what became of a submission.
const (
	firstLook = 25 * time.Millisecond
	lastLook  = time.Second
)

// Told calls f with what became of a submission, or of a later one of the same
// application, as it is on the queue, and again when it changes, until f has enough; stamp
// is another one then. Where nothing is told yet it is first called with a nil Outcome. The sequence is a Receipt's, 0 for the newest submission there is. It asks for
// single messages only, which any user who reads outcomes may. The error is ctx's or the
// queue's, ErrErased, or index.ErrNotFound where neither submission nor outcome is there.
func (q *Queue) Told(ctx context.Context, tenant, application string, sequence uint64, f func(o *Outcome, body []byte, stamp string) (enough bool)) error {
	if err := checkNames(tenant, application); err != nil {
		return err
	}
	of := tenant + "." + application
	r := &Receipt{Sequence: sequence}
	last, err := q.last(ctx, StreamApplications, "applications."+of)
	there := err == nil
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
	case err != nil:
		return q.explain(err)
	case sequence == 0:
		r.Sequence, r.Submitted = last.Sequence, last.Time
	}
	for told, looked, wait := "", false, firstLook; ; looked, wait = true, min(2*wait, lastLook) {
		m, err := q.last(ctx, StreamResults, "results."+of)
		switch {
		case err == nil:
			there = true
			stamp := strconv.FormatUint(m.Sequence, 10)
			if stamp == told {
				break
			}
			o, err := q.awaited(ctx, r, m.Data)
			if err != nil {
				return err
			}
			if o != nil {
				told = stamp
				if f(o, m.Data, stamp) {
					return nil
				}
			}
		case !errors.Is(err, jetstream.ErrMsgNotFound):
			return q.explain(err)
		}
		if err := q.refuseErased(ctx, tenant, application); err != nil {
			return err
		}
		if !there {
			return index.ErrNotFound
		}
		if told == "" && !looked && f(nil, nil, "") {
			return nil
		}
		if !sleep(ctx, wait) {
			return context.Cause(ctx)
		}
	}
}
