package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"assay/index"
	"assay/index/record"

	"github.com/nats-io/nats.go/jetstream"
)

func (q *Queue) doors(ctx context.Context) (jetstream.KeyValue, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.erased != nil {
		return q.erased, nil
	}
	kv, err := q.js.KeyValue(ctx, BucketErased)
	if err != nil {
		return nil, q.explain(err)
	}
	q.erased = kv
	return kv, nil
}

// door is the key of an application in ERASED: a digest, so that the list of
// those who had themselves erased names nobody.
func door(tenant, application string) string {
	sum := sha256.Sum256([]byte(tenant + "\x00" + application))
	return hex.EncodeToString(sum[:])
}

// refuseErased returns ErrErased when the application was erased.
func (q *Queue) refuseErased(ctx context.Context, tenant, application string) error {
	at, err := q.erasedAt(ctx, tenant, application)
	if err == nil && !at.IsZero() {
		return ErrErased
	}
	return err
}

// erasedAt is when an application was erased last, or nothing when it was not.
func (q *Queue) erasedAt(ctx context.Context, tenant, application string) (time.Time, error) {
	// Without the bucket's own state, which tells more than one who submits may know.
	m, err := q.last(ctx, "KV_"+BucketErased, "$KV."+BucketErased+"."+door(tenant, application))
	switch {
	case err == nil && m.Header.Get("KV-Operation") == "":
		return m.Time, nil
	case err == nil, errors.Is(err, jetstream.ErrMsgNotFound):
		return time.Time{}, nil
	}
	return time.Time{}, q.explain(err)
}

// Erase removes an application everywhere and for good, overwriting what it
// finds on the queue's disk (what the queue itself has replaced before, such as
// an earlier submission, lies there until the server compacts its files): submission, documents,
// dead letters, outcomes and pending work from the queue, and from the index
// all but a stub that keeps late arrivals out. It may be repeated after a
// failure; one that was stopped half-way is finished by the worker that meets
// the submission next, some minutes later. Errors wrap record.ErrToken or are those of the queue and the engine.
func (q *Queue) Erase(ctx context.Context, e index.Engine, tenant, application string, now time.Time) error {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return err
	}
	if err := record.CheckToken("application", application); err != nil {
		return err
	}
	// Named by the id of its document, as those know it who may not see names.
	if doc, err := e.Get(ctx, tenant, application); err == nil {
		application = doc.Application
	}
	kv, err := q.doors(ctx)
	if err != nil {
		return err
	}
	// The door first: who writes later looks at it afterwards.
	if _, err := kv.Put(ctx, door(tenant, application), []byte(now.UTC().Format(time.DateOnly))); err != nil {
		return q.explain(err)
	}
	// What is stopped half-way is finished by the worker that meets this.
	if _, err := q.note(ctx, tenant, application, recheck{V: 1, Reason: "erase", At: now.Add(eraseAgain).UTC().Truncate(time.Second)}); err != nil {
		return err
	}
	if err := q.leave(ctx, e, tenant, application); err != nil {
		return err
	}
	if err := e.Erase(ctx, tenant, application); err != nil {
		return err
	}
	if err := q.forgetSaved(ctx, tenant, application); err != nil {
		return err
	}
	return q.forget(ctx, tenant, application)
}

// eraseAgain is when an erasure that was stopped half-way is gone on with.
const eraseAgain = 5 * time.Minute

// forget removes what the queue holds of an application, the submission last:
// while anything is left, it tells whose. What was noted of it brings a worker here
// as long as the submission is there.
func (q *Queue) forget(ctx context.Context, tenant, application string) error {
	errs := []error{q.forgetDocuments(ctx, tenant, application)}
	for _, x := range []struct{ stream, prefix string }{
		{StreamDeadLetters, "deadletters"}, {StreamResults, "results"}, {StreamRechecks, "rechecks"},
	} {
		errs = append(errs, q.wipe(ctx, x.stream, x.prefix+"."+tenant+"."+application))
	}
	errs = append(errs, q.forgetParts(ctx, tenant, application))
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if err := q.wipe(ctx, StreamApplications, "applications."+tenant+"."+application); err != nil {
		return err
	}
	return q.wipe(ctx, StreamPending, "pending."+tenant+"."+application)
}

// wipe overwrites every message of a subject, and then purges it.
func (q *Queue) wipe(ctx context.Context, stream, subject string) error {
	if err := q.overwrite(ctx, stream, subject, 8); err != nil { // MaxMsgsPerSubject is 8 at most
		return err
	}
	s, err := q.stream(ctx, stream)
	if err != nil {
		return err
	}
	return q.explain(s.Purge(ctx, jetstream.WithPurgeSubject(subject)))
}

// overwrite overwrites the messages of a subject that has about n, from the first on:
// asked for the last one again and again, a server finds none any more at the end of a
// file of its own, where there are more in the one before.
func (q *Queue) overwrite(ctx context.Context, stream, subject string, n int) error {
	s, err := q.stream(ctx, stream)
	if err != nil {
		return err
	}
	next := uint64(1)
	for range n + 64 {
		m, err := q.one(ctx, stream, map[string]any{"seq": next, "next_by_subj": subject})
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return q.explain(err)
		}
		if err := s.SecureDeleteMsg(ctx, m.Sequence); err != nil && !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
			return q.explain(err)
		}
		next = m.Sequence + 1
	}
	return nil
}
