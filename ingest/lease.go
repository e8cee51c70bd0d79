package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// BucketSweep is the key-value bucket of what one worker does for all: who it is
// (leaseKey), and how far he has come with each work.
const BucketSweep = "SWEEP"

const (
	leaseKey   = "lease"
	readyKey   = "ready" // is written to see whether anything is
	leaseBeat  = 10 * time.Second
	leaseBeats = 3 // without a sign of the holder, and another one takes its place
)

// lease is a worker's part in who sweeps. It needs nobody's clock: a holder whose
// entry does not change over leaseBeats is gone. Two that hold it for a moment do the
// same work twice, and no harm.
type lease struct {
	q     *Queue
	held  atomic.Bool
	mine  uint64 // revision of the entry that was written here; 0 = none
	seen  uint64 // of another's
	still int    // beats that it did not change
}

func (q *Queue) sweeper(ctx context.Context) (jetstream.KeyValue, error) {
	kv, err := q.js.KeyValue(ctx, BucketSweep)
	return kv, q.explain(err)
}

// beat takes the lease or keeps it, if it can be had.
func (l *lease) beat(ctx context.Context) error {
	held, err := l.hold(ctx)
	l.held.Store(held)
	return err
}

func (l *lease) hold(ctx context.Context) (bool, error) {
	kv, err := l.q.sweeper(ctx)
	if err != nil {
		return false, err
	}
	sign := []byte(l.q.o.Name)
	if l.mine > 0 {
		if l.mine, err = kv.Update(ctx, leaseKey, sign, l.mine); err == nil {
			return true, nil
		}
		l.mine = 0 // another one has it, or the queue does not answer
	}
	e, err := kv.Get(ctx, leaseKey)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		l.mine, err = kv.Create(ctx, leaseKey, sign)
	case err != nil:
	case e.Revision() != l.seen:
		l.seen, l.still = e.Revision(), 0
		return false, nil
	default:
		if l.still++; l.still < leaseBeats {
			return false, nil
		}
		l.mine, err = kv.Update(ctx, leaseKey, sign, l.seen)
	}
	if err != nil {
		l.mine = 0
		if outrun(err) {
			err = nil
		}
		return false, l.q.explain(err)
	}
	return true, nil
}

// outrun reports whether a write failed because another one was faster.
func outrun(err error) bool {
	var api *jetstream.APIError
	return errors.Is(err, jetstream.ErrKeyExists) || errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence
}

// leave lets go of the lease, so that another one need not wait.
func (l *lease) leave(ctx context.Context) {
	l.held.Store(false)
	if l.mine == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if kv, err := l.q.sweeper(ctx); err == nil {
		_ = kv.Delete(ctx, leaseKey, jetstream.LastRevision(l.mine)) // who has it now keeps it
	}
	l.mine = 0
}

// keepLease keeps the lease until ctx ends.
func (w *Worker) keepLease(ctx context.Context) error {
	defer w.lease.leave(ctx)
	return every(ctx, leaseBeat, func() {
		if err := w.lease.beat(ctx); err != nil && ctx.Err() == nil {
			w.log.Warn("who sweeps cannot be settled", zap.Error(err))
		}
	})
}

// noteEvery is after how many messages a work notes how far it has come.
const noteEvery = 1000

// progress is how far a work on a stream has come. Of a stream that was made anew it
// says nothing.
type progress struct {
	Created time.Time `json:"created"` // the stream
	Seq     uint64    `json:"seq"`     // everything up to it is done
	key     string
	rev     uint64
}

// progress gives how far a work on a stream has come.
func (q *Queue) progress(ctx context.Context, key, stream string) (*progress, error) {
	kv, err := q.sweeper(ctx)
	if err != nil {
		return nil, err
	}
	s, err := q.js.Stream(ctx, stream)
	if err != nil {
		return nil, q.explain(err)
	}
	i := s.CachedInfo()
	p := &progress{key: key}
	switch e, err := kv.Get(ctx, key); {
	case err == nil:
		p.rev = e.Revision()
		if json.Unmarshal(e.Value(), p) != nil || !p.Created.Equal(i.Created) || p.Seq > i.State.LastSeq {
			p.Seq = 0
		}
	case !errors.Is(err, jetstream.ErrKeyNotFound):
		return nil, q.explain(err)
	}
	p.Created = i.Created
	return p, nil
}

// doneUpTo notes that everything up to seq is done.
func (q *Queue) doneUpTo(ctx context.Context, p *progress, seq uint64) error {
	if seq <= p.Seq {
		return nil
	}
	kv, err := q.sweeper(ctx)
	if err != nil {
		return err
	}
	p.Seq = seq
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	// Who was faster has noted his own; what is done twice does no harm.
	if p.rev == 0 {
		p.rev, err = kv.Create(ctx, p.key, body)
	} else {
		p.rev, err = kv.Update(ctx, p.key, body, p.rev)
	}
	if err != nil && !outrun(err) {
		return fmt.Errorf("%s: %w", p.key, q.explain(err))
	}
	return nil
}
