package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"assay/index/record"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Submissions of an application are ordered as the stream has them, by their sequence:
// clocks are set back, and two submissions may come within a millisecond. The newest on
// the stream is the one that holds. What an index has of one that the stream knows
// nothing of is from an earlier life of the stream, which was made anew or is back from a
// backup: then, and only then, the time of submission tells which holds, and the
// submission begins an epoch of its application.

// Headers that carry the time of the submission that an outcome or dead letter is
// about, in nanoseconds since 1970, and its sequence, so that the sweep need not read
// bodies. The time survives a stream made anew.
const (
	headerSubmitted = "Assay-Submitted"
	headerSequence  = "Stream-Seq"
)

func submitted(h nats.Header) int64 {
	n, err := strconv.ParseInt(h.Get(headerSubmitted), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// mark is the submission that an outcome or dead letter is about; sequence is 0 where
// an earlier release wrote it.
type mark struct {
	sequence  uint64
	submitted int64
}

func markOf(h nats.Header) mark {
	n, _ := strconv.ParseUint(h.Get(headerSequence), 10, 64)
	return mark{n, submitted(h)}
}

func (m mark) header() nats.Header {
	return nats.Header{headerSubmitted: {strconv.FormatInt(m.submitted, 10)}, headerSequence: {strconv.FormatUint(m.sequence, 10)}}
}

// covers reports whether what is told of m makes telling anything of a submission
// needless: it is that one, or a later one. One of an earlier life of the stream is
// neither.
func (m mark) covers(of mark) bool {
	if m.sequence == 0 || m.sequence > of.sequence {
		return m.submitted >= of.submitted
	}
	return m == of
}

func (t task) mark() mark { return mark{t.sequence, t.submitted.UnixNano()} }

// of reports whether a record is of the submission in hand.
func (t task) of(a *record.Application) bool {
	_, sequence, ok := record.Place(a.Version)
	return (!ok || sequence == t.sequence) && a.AppliedAt.Truncate(time.Millisecond).Equal(t.submitted.Truncate(time.Millisecond))
}

// errSuperseded: a newer submission is on the stream or in the index, or a newer check of
// the same one is told of already.
var errSuperseded = errors.New("superseded")

// overtaken reports whether the stream has a newer submission of the same application.
// Its leader is asked: another member of a cluster may not know of it yet.
func (q *Queue) overtaken(ctx context.Context, t task) (bool, error) {
	body, err := json.Marshal(struct {
		Sequence uint64 `json:"seq"`
		Subject  string `json:"next_by_subj"`
	}{t.sequence + 1, t.subject})
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	m, err := q.nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+StreamApplications, body)
	if err != nil {
		return false, q.explain(err)
	}
	var answer struct {
		Error *jetstream.APIError `json:"error"`
	}
	switch err := json.Unmarshal(m.Data, &answer); {
	case err != nil:
		return false, fmt.Errorf("%w: %w", ErrNoQueue, err)
	case answer.Error == nil:
		return true, nil
	case answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return false, nil
	}
	return false, q.explain(answer.Error)
}

// version gives the version at which the document of a submission, checked at a time, is
// to be written over what the index had of the application (nil for nothing) when it was
// read, just now. The error is errSuperseded, or the queue's.
func (w *Worker) version(ctx context.Context, t task, old *record.Application, checked time.Time) (int64, error) {
	// After the index was read: a newer one that is written there was on the stream
	// before.
	if late, err := w.q.overtaken(ctx, t); err != nil || late {
		return 0, errors.Join(err, superseded(late))
	}
	if old == nil {
		return record.NextVersion(record.VersionAt(0, t.sequence)), nil
	}
	epoch, sequence, ok := record.Place(old.Version)
	switch {
	case !ok, sequence < t.sequence: // by its time, from an earlier release; or older
		return record.NextVersion(record.VersionAt(epoch, t.sequence)), nil
	case sequence == t.sequence && t.of(old):
		if old.Version != t.began && old.CheckedAt.After(checked) {
			// A check that began later was quicker. Where it is not told of yet, this
			// one is written all the same: whoever made it may be gone.
			told, err := w.q.told(ctx, t)
			if err != nil || told {
				return 0, errors.Join(err, superseded(told))
			}
		}
		return record.NextVersion(old.Version), nil
	}
	// The stream knows nothing of what is there.
	if !t.submitted.After(old.AppliedAt) {
		return 0, errSuperseded
	}
	return record.NextVersion(record.VersionAt(epoch+1, t.sequence)), nil
}

func superseded(is bool) error {
	if is {
		return errSuperseded
	}
	return nil
}

// told reports whether the outcome of this very submission is published.
func (q *Queue) told(ctx context.Context, t task) (bool, error) {
	tenant, application, ok := split(t.subject, "applications")
	if !ok {
		return false, nil
	}
	last, err := q.last(ctx, StreamResults, "results."+tenant+"."+application)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, nil
	}
	return err == nil && markOf(last.Header) == t.mark(), q.explain(err)
}
