package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"assay/index"
	"assay/index/record"
	"assay/verify/verdict"

	"github.com/nats-io/nats.go/jetstream"
)

// The same credential with two candidates of one tenant is told on both, whoever
// came first: each application that is indexed looks for the others which hold
// its credentials, and brings itself and them up to date. Whoever wrote looks
// once more afterwards, so that of two who come at the same time the later one
// sees the other.

// holders gives the other applications of the tenant that hold one of the credentials,
// without those that were erased: an erasure shuts the door before it comes to
// the index. Of most applications there is none, and nothing is asked of the queue.
func (q *Queue) holders(ctx context.Context, e index.Engine, tenant, application string, keys []string) ([]record.Holder, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	list, err := e.Holders(ctx, tenant, keys)
	if err != nil {
		return nil, err
	}
	out := list[:0]
	for _, h := range list {
		if h.Application == application {
			continue
		}
		switch err := q.refuseErased(ctx, tenant, h.Application); {
		case errors.Is(err, ErrErased):
		case err != nil:
			return nil, err
		default:
			out = append(out, h)
		}
	}
	return out, nil
}

// reconcileTries is how often an application is written because of others before it
// is left to whoever comes next.
const reconcileTries = 10

// reconcile brings what an application says of others who hold its credentials up
// to date, and tells its outcome anew when that changed it. It gives the
// application as it stands then; nil when it is not in the index.
func (q *Queue) reconcile(ctx context.Context, e index.Engine, tenant, application string) (*record.Application, error) {
	var told *record.Application
	for range reconcileTries {
		doc, err := e.Get(ctx, tenant, application)
		if errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrErased) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		others, err := q.holders(ctx, e, tenant, application, doc.Keys())
		if err != nil {
			return nil, err
		}
		if !record.Share(doc, others) {
			if told != nil {
				err = q.retell(ctx, doc)
			}
			return doc, err
		}
		doc.Version = record.NextVersion(doc.Version)
		out := e.Write(ctx, []record.Application{*doc})
		if len(out) != 1 {
			return nil, index.ErrUnavailable
		}
		if out[0].Err != nil && !errors.Is(out[0].Err, index.ErrErased) {
			return nil, out[0].Err
		}
		told = doc
	}
	return nil, fmt.Errorf("%w: an application changes all the time", index.ErrUnavailable)
}

// reconcileOthers brings up to date what other applications say of this one, which
// holds its credentials now, and held those of before. It gives those.
func (q *Queue) reconcileOthers(ctx context.Context, e index.Engine, doc *record.Application, before []string) ([]record.Holder, error) {
	list, err := q.holders(ctx, e, doc.Tenant, doc.Application, append(doc.Keys(), before...))
	if err != nil {
		return nil, err
	}
	for i := range list {
		if h := &list[i]; outdated(doc, h) {
			if _, err := q.reconcile(ctx, e, doc.Tenant, h.Application); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// outdated reports whether a holder may say something else of doc than is so.
func outdated(doc *record.Application, h *record.Holder) bool {
	other := doc.Other(h)
	for _, x := range h.Held {
		at := slices.IndexFunc(doc.Held, func(m record.Held) bool { return m.Key == x.Key })
		switch {
		case at < 0 || !other:
			if x.Elsewhere != "" {
				return true
			}
		case doc.Held[at].Proven != (x.Elsewhere == record.HeldByProvenOther), x.Elsewhere == "":
			return true
		}
	}
	return false
}

// leave brings up to date what others say of an application that is about to be
// erased; its door is shut.
func (q *Queue) leave(ctx context.Context, e index.Engine, tenant, application string) error {
	doc, err := e.Get(ctx, tenant, application)
	switch {
	case errors.Is(err, index.ErrNotFound), errors.Is(err, index.ErrErased):
		return nil
	case err != nil:
		return err
	}
	gone := record.Application{Tenant: tenant, Application: application}
	_, err = q.reconcileOthers(ctx, e, &gone, doc.Keys())
	return err
}

// meet tells a document that is about to be written of the others who hold its
// credentials, and gives what it is written over, nil for nothing.
func (w *Worker) meet(ctx context.Context, doc *record.Application) (old *record.Application, err error) {
	err = w.patient(ctx, func() error {
		var err error
		old, err = w.o.Engine.Get(ctx, doc.Tenant, doc.Application)
		if err != nil && !errors.Is(err, index.ErrNotFound) && !errors.Is(err, index.ErrErased) {
			return err
		}
		others, err := w.q.holders(ctx, w.o.Engine, doc.Tenant, doc.Application, doc.Keys())
		if err != nil {
			return err
		}
		record.Share(doc, others)
		return nil
	})
	return old, err
}

// reconcile brings what this application and others say of each other up to date,
// once it is in the index; doc is then as it stands there.
func (w *Worker) reconcile(ctx context.Context, o *Outcome, doc *record.Application, before []string) error {
	if len(doc.Held)+len(before) == 0 {
		return nil
	}
	changed := false // stays so, however often it is tried: Share tells it once
	return w.patient(ctx, func() error {
		list, err := w.q.reconcileOthers(ctx, w.o.Engine, doc, before)
		if err != nil {
			return err
		}
		if changed = record.Share(doc, list) || changed; !changed {
			return nil
		}
		now, err := w.q.reconcile(ctx, w.o.Engine, doc.Tenant, doc.Application)
		if err != nil || now == nil {
			return err
		}
		o.shared(now)
		o.Version, *doc = max(o.Version, now.Version), *now
		return nil
	})
}

// lookAgain tells the outcome that was just published anew, when another candidate
// came while it was on its way: whoever that was did not find it yet.
func (w *Worker) lookAgain(ctx context.Context, became State, doc *record.Application) error {
	if became != Indexed || len(doc.Held) == 0 {
		return nil
	}
	return w.patient(ctx, func() error {
		v, err := w.o.Engine.Version(ctx, doc.Tenant, doc.Application)
		if err == nil && v == doc.Version {
			return nil
		}
		now, err := w.o.Engine.Get(ctx, doc.Tenant, doc.Application)
		if errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrErased) {
			return nil
		}
		if err != nil {
			return err
		}
		*doc = *now
		return w.q.retell(ctx, now)
	})
}

// retell publishes the newest outcome of an application anew, with what its
// document says now of each badge. One that somebody else publishes meanwhile
// stands.
func (q *Queue) retell(ctx context.Context, doc *record.Application) error {
	subject := "results." + doc.Tenant + "." + doc.Application
	m, err := q.last(ctx, StreamResults, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil // it comes yet
	}
	if err != nil {
		return err
	}
	var o, was Outcome
	if json.Unmarshal(m.Data, &o) != nil || json.Unmarshal(m.Data, &was) != nil || o.State != Indexed || !o.shared(doc) {
		return nil
	}
	o.Version = doc.Version
	o.since(&was, doc.CheckedAt)
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_, err = q.tell(ctx, subject, body, m.Header, m)
	if isTaken(err) {
		return nil
	}
	if err != nil {
		return q.explain(err)
	}
	if err := q.refuseErased(ctx, doc.Tenant, doc.Application); errors.Is(err, ErrErased) {
		return q.wipe(ctx, StreamResults, subject)
	}
	return nil
}

// shared takes over what the document says of others who hold the badges, and
// reports whether that changed the outcome. Both have the badges in one order.
func (o *Outcome) shared(doc *record.Application) bool {
	changed := false
	for i := range min(len(o.Findings), len(doc.Credentials)) {
		f, c := &o.Findings[i], &doc.Credentials[i]
		if f.Elsewhere == c.Elsewhere {
			continue
		}
		changed = true
		f.Elsewhere = c.Elsewhere
		if f.Result != c.Verdict.Result {
			o.Counts.Add(f.Result, -1)
			o.Counts.Add(c.Verdict.Result, 1)
			f.Result = c.Verdict.Result
		}
		f.Reason = c.Verdict.Reason
		r := c.Verdict.Aspects.Recipient
		f.Aspects[string(verdict.Recipient)] = FoundSays{State: r.State, Reason: r.Reason}
	}
	return changed
}
