package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"assay/extract"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/semaphore"
)

// errWithdrawn: a submission is on the stream no more.
var errWithdrawn = errors.New("the submission is gone from the queue")

// body gives the bytes of a submission. The error wraps errWithdrawn where it is gone:
// replaced by a newer one, erased, or past its time.
func (q *Queue) body(ctx context.Context, t task) ([]byte, error) {
	if t.data != nil {
		return t.data, nil
	}
	m, err := q.at(ctx, StreamApplications, t.sequence)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		// Another member of a cluster may not have it yet; the leader has.
		m, err = q.fromLeader(ctx, StreamApplications, which{Sequence: t.sequence})
	}
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil, errWithdrawn
	case err != nil:
		return nil, q.explain(err)
	case m.Subject != t.subject: // the stream was made anew
		return nil, errWithdrawn
	}
	return m.Data, nil
}

// which is the message that is asked for: one of a sequence, or the last of a subject.
type which struct {
	Sequence uint64 `json:"seq,omitempty"`
	Last     string `json:"last_by_subj,omitempty"`
}

// fromLeader gives a message as the leader of its stream has it. Whatever is done for good
// because there is no message is done by its word: another member of a cluster may be
// behind, or have a hole where its disk failed.
func (q *Queue) fromLeader(ctx context.Context, stream string, of which) (*jetstream.RawStreamMsg, error) {
	body, err := json.Marshal(of)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	r, err := q.nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, body)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message *struct {
			Subject  string `json:"subject"`
			Sequence uint64 `json:"seq"`
			Data     []byte `json:"data"`
			Header   []byte `json:"hdrs"`
			Time     time.Time
		} `json:"message"`
	}
	switch err := json.Unmarshal(r.Data, &answer); {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrNoQueue, err)
	case answer.Error != nil && answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return nil, jetstream.ErrMsgNotFound
	case answer.Error != nil:
		return nil, answer.Error
	case answer.Message == nil:
		return nil, fmt.Errorf("%w that gives single messages", ErrNoQueue)
	}
	m := &jetstream.RawStreamMsg{Subject: answer.Message.Subject, Sequence: answer.Message.Sequence, Data: answer.Message.Data, Time: answer.Message.Time}
	if len(answer.Message.Header) > 0 {
		if m.Header, err = nats.DecodeHeadersMsg(answer.Message.Header); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// room is what a submission and its documents take of roomForDocuments.
type room struct {
	of   *semaphore.Weighted
	mu   sync.Mutex
	has  int64
	left bool
}

func (w *Worker) roomFor() *room { return &room{of: w.room} }

// take takes so many bytes in place of what there was; it waits for them with nothing.
// The error is ctx's.
func (r *room) take(ctx context.Context, n int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	n = min(n, roomForDocuments)
	if n <= r.has || r.left {
		return nil
	}
	r.of.Release(r.has)
	r.has = 0
	if err := r.of.Acquire(ctx, n); err != nil {
		return err
	}
	r.has = n
	return nil
}

// leave gives it back; once.
func (r *room) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.of.Release(r.has)
	r.has, r.left = 0, true
}

// read reads a submission, and has room for its documents. Errors are Decode's,
// errWithdrawn, and the queue's.
func (w *Worker) read(ctx context.Context, t task, r *room, tenant, application string) (*Application, error) {
	if err := r.take(ctx, t.size); err != nil {
		return nil, err
	}
	data, err := w.q.body(ctx, t)
	if err != nil {
		return nil, err
	}
	a, err := Decode(data, tenant, application)
	if err != nil {
		return nil, err
	}
	n := t.size
	for _, d := range a.Documents {
		if d.Object && d.gap == "" {
			n += d.Size
		}
	}
	return a, r.take(ctx, n)
}

// forget lets go of the bytes of documents that have been read.
func (a *Application) forget(docs []extract.Document) {
	for i := range docs {
		docs[i].Data = nil
	}
	for i := range a.Documents {
		a.Documents[i].Data = nil
	}
}

// withdrawn answers a submission that is on the stream no more.
func (w *Worker) withdrawn(ctx context.Context, t task, o Outcome) error {
	late, err := w.q.overtaken(ctx, t)
	if err != nil || !late {
		return err
	}
	o.State = Superseded
	return w.publish(ctx, t, o)
}
