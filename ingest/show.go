package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/verify/verdict"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Situation is where an application is and what is kept of it, without anything that it
// says or who it is.
type Situation struct {
	Tenant      string       `json:"tenant"`
	Application string       `json:"application"`
	Erased      bool         `json:"erased,omitempty"`
	Submission  *Submitted   `json:"submission,omitempty"` // nil where the queue has none
	Work        Work         `json:"work"`
	Recheck     *Scheduled   `json:"recheck,omitempty"` // waits to be checked again
	Later       *Scheduled   `json:"later,omitempty"`   // is to wait for that from a time on
	Outcome     *Outcome     `json:"outcome,omitempty"`
	Letters     []DeadLetter `json:"letters,omitempty"`
	Documents   int          `json:"documents"` // in the object store, beside the submission
	Parts       int          `json:"parts,omitempty"`
	Index       *Indexing    `json:"index,omitempty"` // nil where no worker answers, or where it is not there
	NoWorker    bool         `json:"noWorker,omitempty"`
}

// Work says how far the newest submission is.
type Work string

// How far a submission is. Of one in hand it is not known whether it is being worked on
// or waits for another try.
const (
	WorkNone    Work = "none"    // there is none
	WorkWaiting Work = "waiting" // no worker has had it yet
	WorkInHand  Work = "in_hand" // a worker has it, or had it and it waits for another try
	WorkAsking  Work = "asking"  // its documents are examined and told of, and its hosts are asked
	WorkDone    Work = "done"    // it has its outcome or its letter
)

// Submitted is the newest submission of an application.
type Submitted struct {
	Sequence uint64    `json:"sequence"`
	At       time.Time `json:"at"`
	Bytes    int       `json:"bytes"`
}

// Scheduled is another check.
type Scheduled struct {
	Reason string    `json:"reason"`
	At     time.Time `json:"at"` // since when it waits, or from when on
}

// Indexing is what the index has of an application.
type Indexing struct {
	Version   int64          `json:"version"`
	Sequence  uint64         `json:"sequence,omitempty"` // of the submission
	Submitted time.Time      `json:"submitted"`
	Checked   time.Time      `json:"checked"`
	Counts    verdict.Counts `json:"counts"` // as they are now
	Claims    int            `json:"claims"`
}

// Known reports whether anything at all is known of the application.
func (s *Situation) Known() bool {
	return s.Erased || s.Submission != nil || s.Outcome != nil || len(s.Letters) > 0 || s.Index != nil || s.Documents+s.Parts > 0 || s.Recheck != nil || s.Later != nil
}

// requestShow asks for what the index has: assay.show.<tenant>.<application>.
const requestShow = "assay.show"

// Show gives where an application is. What the index has is asked of a worker.
func (q *Queue) Show(ctx context.Context, tenant, application string) (*Situation, error) {
	if err := errors.Join(record.CheckToken("tenant", tenant), record.CheckToken("application", application)); err != nil {
		return nil, err
	}
	s := &Situation{Tenant: tenant, Application: application, Work: WorkNone}
	name := tenant + "." + application
	switch err := q.refuseErased(ctx, tenant, application); {
	case errors.Is(err, ErrErased):
		s.Erased = true
	case err != nil:
		return nil, err
	}
	newest := func(stream, prefix string) (*jetstream.RawStreamMsg, error) {
		m, err := q.last(ctx, stream, prefix+name)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil, nil
		}
		return m, q.explain(err)
	}
	told, err := newest(StreamResults, "results.")
	if err != nil {
		return nil, err
	}
	if told != nil {
		s.Outcome = new(Outcome)
		if json.Unmarshal(told.Data, s.Outcome) != nil {
			s.Outcome = nil
		}
	}
	m, err := newest(StreamApplications, "applications.")
	if err != nil {
		return nil, err
	}
	if m != nil {
		s.Submission = &Submitted{m.Sequence, m.Time.UTC(), len(m.Data)}
		if s.Work, err = q.workOn(ctx, tenant, application, mark{m.Sequence, m.Time.UnixNano()}); err != nil {
			return nil, err
		}
		if s.Work == WorkDone && s.Outcome != nil && s.Outcome.Phase == PhaseDocuments {
			s.Work = WorkAsking
		}
	}
	for _, x := range []struct {
		stream, prefix string
		to             **Scheduled
	}{{StreamRechecks, "rechecks.", &s.Recheck}, {StreamPending, "pending.", &s.Later}} {
		m, err := newest(x.stream, x.prefix)
		if err != nil {
			return nil, err
		}
		var r recheck
		if m == nil || json.Unmarshal(m.Data, &r) != nil {
			continue
		}
		*x.to = &Scheduled{r.Reason, m.Time.UTC()}
		if x.stream == StreamPending {
			(*x.to).At = r.At
		}
	}
	if err := q.walk(ctx, StreamDeadLetters, "deadletters."+name, func(subject string, h nats.Header, seq uint64, at time.Time) error {
		s.Letters = append(s.Letters, deadLetter(subject, h, seq, at))
		return nil
	}); err != nil {
		return nil, err
	}
	if s.Documents, err = q.count(ctx, "KV_"+BucketHeld, heldSubject+name+".*"); err != nil {
		return nil, err
	}
	if s.Parts, err = q.count(ctx, StreamParts, "parts."+name+".>"); err != nil {
		return nil, err
	}
	r, err := q.ask(ctx, requestShow+"."+name, nil)
	switch {
	case errors.Is(err, ErrNoWorker):
		s.NoWorker = true
	case err != nil:
		return nil, err
	default:
		s.Index = r.Indexing
	}
	return s, nil
}

// workOn says how far a submission is.
func (q *Queue) workOn(ctx context.Context, tenant, application string, of mark) (Work, error) {
	if told, err := q.answered(ctx, tenant+"."+application, of); err != nil || told {
		return WorkDone, err
	}
	all, err := q.consumersOf(ctx, StreamApplications)
	if err != nil {
		return WorkNone, err
	}
	for name, i := range all {
		if to, ok := strings.CutPrefix(name, ConsumerLive); ok && (to == "" || to == "_"+tenant) && i.Delivered.Stream >= of.sequence {
			return WorkInHand, nil
		}
	}
	return WorkWaiting, nil
}

// count gives how many messages a stream has of some subjects.
func (q *Queue) count(ctx context.Context, stream, subjects string) (int, error) {
	s, err := q.js.Stream(ctx, stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, q.explain(err)
	}
	i, err := s.Info(ctx, jetstream.WithSubjectFilter(subjects))
	if err != nil {
		return 0, q.explain(err)
	}
	n := uint64(0)
	for _, k := range i.State.Subjects {
		n += k
	}
	return int(n), nil
}

// indexing gives what an index has of an application; nil for nothing.
func indexing(ctx context.Context, e index.Engine, tenant, application string, now time.Time) (*Indexing, error) {
	if err := errors.Join(record.CheckToken("tenant", tenant), record.CheckToken("application", application)); err != nil {
		return nil, err
	}
	a, err := e.Get(ctx, tenant, application)
	switch {
	case errors.Is(err, index.ErrNotFound), errors.Is(err, index.ErrErased):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("the index: %w", err)
	case a.Application != application: // by its id
		return nil, nil
	}
	_, seq, _ := record.Place(a.Version)
	return &Indexing{a.Version, seq, a.AppliedAt, a.CheckedAt, record.CountsAt(a, now.Unix()), len(a.Claims)}, nil
}
