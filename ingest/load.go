package ingest

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Load is how the queue stands: what waits, and how full its stores are.
type Load struct {
	Waiting []Waiting `json:"waiting"`
	Stores  []Store   `json:"stores"`
}

// Waiting is what waits for workers on one of their queues: of all tenants that a worker
// has met.
type Waiting struct {
	Queue       string    `json:"queue"`           // "live" or "batch"
	Messages    uint64    `json:"messages"`        // not delivered yet
	Held        int       `json:"held"`            // delivered, and not yet answered
	Redelivered int       `json:"redelivered"`     // of those, more than once
	Asking      int       `json:"asking"`          // requests of workers that wait for messages
	Oldest      time.Time `json:"oldest,omitzero"` // of all of them, when it was put there
}

// Store is one of the queue's streams, or the stream behind a bucket.
type Store struct {
	Name     string    `json:"name"` // such as "applications"
	Stream   string    `json:"-"`
	Messages uint64    `json:"messages"`
	Bytes    int64     `json:"bytes"`
	Limit    int64     `json:"limit,omitempty"` // of Bytes; 0 = none
	GivesWay bool      `json:"-"`               // at the limit its oldest is dropped, else what is new is refused
	Oldest   time.Time `json:"oldest,omitzero"`
}

// Full reports that a store soon refuses what is new.
func (s *Store) Full() bool {
	return !s.GivesWay && s.Limit > 0 && s.Bytes > s.Limit-min(maxMessage, s.Limit/4)
}

// storesOf are the queue's streams by the names that operators have for them.
var storesOf = []struct{ name, stream string }{
	{"applications", StreamApplications}, {"documents", "OBJ_" + BucketDocuments}, {"results", StreamResults}, {"deadletters", StreamDeadLetters},
	{"rechecks", StreamRechecks}, {"pending", StreamPending}, {"advisories", StreamAdvisories}, {"erased", "KV_" + BucketErased},
	{"issuers", "KV_" + BucketIssuers}, {"redecide", "KV_" + BucketRedecide}, {"contexts", "KV_" + BucketContexts},
	{"parts", StreamParts}, {"held", "KV_" + BucketHeld}, {"sweep", "KV_" + BucketSweep},
	{"notices", "KV_" + BucketNotices}, {"roster", "KV_" + BucketRoster}, {"webhooks", "KV_" + BucketWebhooks},
	{"signedout", "KV_" + BucketSignedOut}, {"saved", "KV_" + BucketSaved},
}

// Load asks how the queue stands. A store that is not there is left out; the error
// wraps ErrNoQueue where there is none at all.
func (q *Queue) Load(ctx context.Context) (*Load, error) {
	all, err := q.stores(ctx)
	l := &Load{Stores: all}
	for _, x := range []struct{ stream, consumer string }{{StreamApplications, ConsumerLive}, {StreamRechecks, ConsumerBatch}} {
		if err == nil {
			err = q.waiting(ctx, l, x.stream, x.consumer)
		}
	}
	if err != nil {
		return nil, q.explain(err)
	}
	return l, nil
}

// stores gives what the queue holds, each kind with its limit.
func (q *Queue) stores(ctx context.Context) ([]Store, error) {
	var all []Store
	for _, x := range storesOf {
		s, err := q.js.Stream(ctx, x.stream)
		if errors.Is(err, jetstream.ErrStreamNotFound) && x.stream != StreamApplications {
			continue
		}
		if err != nil {
			return nil, q.explain(err)
		}
		i := s.CachedInfo()
		st := Store{Name: x.name, Stream: x.stream, Messages: i.State.Msgs, Bytes: int64(i.State.Bytes), Limit: max(i.Config.MaxBytes, 0), GivesWay: i.Config.Discard == jetstream.DiscardOld}
		if x.stream == StreamParts { // is bounded by their number
			st.Limit = i.Config.MaxMsgs * partBytes
		}
		if i.State.Msgs > 0 {
			st.Oldest = i.State.FirstTime.UTC()
		}
		all = append(all, st)
	}
	return all, nil
}

// waiting adds what waits on a stream for the consumers of a name.
func (q *Queue) waiting(ctx context.Context, l *Load, stream, base string) error {
	s, err := q.stream(ctx, stream)
	if err != nil {
		return err
	}
	var all []*jetstream.ConsumerInfo
	unknown := uint64(0)
	list := s.ListConsumers(ctx)
	for i := range list.Info() {
		switch {
		case strings.HasPrefix(i.Name, base+"_"):
			all = append(all, i)
		case i.Name == ConsumerTenants:
			unknown = i.NumPending
		}
	}
	if err := list.Err(); err != nil {
		return err
	}
	w := Waiting{Queue: base}
	for _, i := range all {
		w.Messages += i.NumPending
		w.Held += i.NumAckPending
		w.Redelivered += i.NumRedelivered
		w.Asking += i.NumWaiting
		if i.NumPending == 0 && i.NumAckPending == 0 {
			continue
		}
		// All before the floor is answered: the next one is what waits longest.
		m, err := s.GetMsg(ctx, i.AckFloor.Stream+1, jetstream.WithGetMsgSubject(cmp.Or(i.Config.FilterSubject, ">")))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if w.Oldest.IsZero() || m.Time.Before(w.Oldest) {
			w.Oldest = m.Time.UTC()
		}
	}
	if len(all) == 0 {
		w.Messages = unknown
	}
	l.Waiting = append(l.Waiting, w)
	return nil
}
