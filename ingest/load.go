package ingest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Load is how the queue stands: what waits, and how full its stores are.
type Load struct {
	Waiting []Waiting `json:"waiting"`
	Stores  []Fill    `json:"stores"`
}

// Waiting is what waits for workers on one of their queues: of the workers for
// everybody, where there ever were any, else of those with tenants of their own.
type Waiting struct {
	Queue       string    `json:"queue"`           // "live" or "batch"
	Messages    uint64    `json:"messages"`        // not delivered yet
	Held        int       `json:"held"`            // delivered, and not yet answered
	Redelivered int       `json:"redelivered"`     // of those, more than once
	Asking      int       `json:"asking"`          // requests of workers that wait for messages
	Oldest      time.Time `json:"oldest,omitzero"` // of all of them, when it was put there
}

// Fill is how full one of the queue's stores is.
type Fill struct {
	Name     string    `json:"name"` // such as "applications"
	Messages uint64    `json:"messages"`
	Bytes    uint64    `json:"bytes"`
	Limit    uint64    `json:"limit,omitempty"` // of bytes; 0 = none
	Oldest   time.Time `json:"oldest,omitzero"`
}

// stores are the queue's streams by the names that operators have for them.
var stores = []struct{ name, stream string }{
	{"applications", StreamApplications}, {"documents", "OBJ_" + BucketDocuments}, {"results", StreamResults}, {"deadletters", StreamDeadLetters},
	{"rechecks", StreamRechecks}, {"pending", StreamPending}, {"advisories", StreamAdvisories}, {"erased", "KV_" + BucketErased},
	{"issuers", "KV_" + BucketIssuers}, {"redecide", "KV_" + BucketRedecide}, {"contexts", "KV_" + BucketContexts},
}

// Load asks how the queue stands. A store that is not there is left out; the error
// wraps ErrNoQueue where there is none at all.
func (q *Queue) Load(ctx context.Context) (*Load, error) {
	l := &Load{}
	for _, x := range stores {
		s, err := q.js.Stream(ctx, x.stream)
		if errors.Is(err, jetstream.ErrStreamNotFound) && x.stream != StreamApplications {
			continue
		}
		if err != nil {
			return nil, q.explain(err)
		}
		i := s.CachedInfo()
		st := Fill{Name: x.name, Messages: i.State.Msgs, Bytes: i.State.Bytes, Limit: uint64(max(i.Config.MaxBytes, 0))}
		if i.State.Msgs > 0 {
			st.Oldest = i.State.FirstTime.UTC()
		}
		l.Stores = append(l.Stores, st)
		switch x.stream {
		case StreamApplications:
			err = q.waiting(ctx, l, s, ConsumerLive)
		case StreamRechecks:
			err = q.waiting(ctx, l, s, ConsumerBatch)
		}
		if err != nil {
			return nil, q.explain(err)
		}
	}
	return l, nil
}

// waiting adds what waits on a stream for the consumers of a name.
func (q *Queue) waiting(ctx context.Context, l *Load, s jetstream.Stream, base string) error {
	var all []*jetstream.ConsumerInfo
	list := s.ListConsumers(ctx)
	for i := range list.Info() {
		if i.Name == base || strings.HasPrefix(i.Name, base+"_") {
			all = append(all, i)
		}
	}
	if err := list.Err(); err != nil {
		return err
	}
	if i := slices.IndexFunc(all, func(i *jetstream.ConsumerInfo) bool { return i.Name == base }); i >= 0 {
		all = all[i : i+1]
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
	l.Waiting = append(l.Waiting, w)
	return nil
}
