package ingest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"assay/index/web/session"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// BucketSignedOut has which sessions of the page were ended before their time, so that
// every process that shows it knows: key-value: <digest>: until when they had begun, in
// nanoseconds. A digest tells neither the session nor whose it is.
const BucketSignedOut = "SIGNEDOUT"

// Bounds of the bucket.
const (
	signedOutSize  = 64       // bytes of a value
	signedOutBytes = 32 << 20 // of all
	signedOutFirst = 2 * time.Second
)

func (q *Queue) setupSignedOut(ctx context.Context) error {
	return q.bucket(ctx, jetstream.KeyValueConfig{Bucket: BucketSignedOut, Description: "Sessions of the page that were ended, by digests",
		MaxValueSize: signedOutSize, MaxBytes: signedOutBytes, TTL: session.Absolute + time.Hour})
}

// errUnfollowed: what was followed has come to an end by itself.
var errUnfollowed = errors.New("it can be followed no longer")

// SignedOut is a session.Ended that all processes share that have the queue. Who may
// write to the bucket can sign people out, and nobody in.
type SignedOut struct {
	q      *Queue
	log    *zap.Logger
	memory *session.Memory

	began time.Time // this process
	once  sync.Once
	read  chan struct{} // closed when the bucket was read, or could not be
	knows atomic.Bool   // it was read once
}

// NewSignedOut returns one that knows what has ended as soon as Follow runs.
func NewSignedOut(q *Queue, now func() time.Time, log *zap.Logger) *SignedOut {
	if now == nil {
		now = time.Now
	}
	return &SignedOut{q: q, log: log, memory: session.NewMemory(now), began: now(), read: make(chan struct{})}
}

// End implements [session.Ended]. In this process it holds even where the queue cannot
// be told.
func (s *SignedOut) End(ctx context.Context, id string, at time.Time) error {
	if err := s.memory.End(ctx, id, at); err != nil {
		return err
	}
	kv, err := s.q.js.KeyValue(ctx, BucketSignedOut)
	if err == nil {
		_, err = kv.PutString(ctx, id, strconv.FormatInt(at.UnixNano(), 10))
	}
	return s.q.explain(err)
}

// Since implements [session.Ended]. At the start it waits until the bucket was read; where
// it cannot be, every session has ended that began before this process: whether it was
// ended nobody knows. What others end while the queue is away is known when it is back.
func (s *SignedOut) Since(id string) time.Time {
	select {
	case <-s.read:
	case <-time.After(signedOutFirst):
	}
	at := s.memory.Since(id)
	if !s.knows.Load() && s.began.After(at) {
		return s.began
	}
	return at
}

// Follow keeps up with what other processes end, until ctx ends.
func (s *SignedOut) Follow(ctx context.Context) error {
	said := false // of this outage
	for ctx.Err() == nil {
		read, err := s.watch(ctx)
		said = said && !read
		if err != nil && ctx.Err() == nil && !said {
			said = true
			s.log.Warn("sessions that other processes end are not known here; trying again", zap.Error(s.q.explain(err)))
		}
		s.known()
		sleep(ctx, time.Second)
	}
	return nil
}

// known has nobody wait any more.
func (s *SignedOut) known() { s.once.Do(func() { close(s.read) }) }

// watch follows the bucket until the connection breaks, and reports whether it was read.
func (s *SignedOut) watch(ctx context.Context) (read bool, err error) {
	kv, err := s.q.js.KeyValue(ctx, BucketSignedOut)
	if err != nil {
		return false, err
	}
	w, err := kv.WatchAll(ctx)
	if err != nil {
		return false, err
	}
	for e := range w.Updates() {
		if e == nil {
			read = true
			s.knows.Store(true)
			s.known()
			continue
		}
		if at, err := strconv.ParseInt(string(e.Value()), 10, 64); err == nil && e.Operation() == jetstream.KeyValuePut {
			_ = s.memory.End(ctx, e.Key(), time.Unix(0, at)) // memory fails never
		}
	}
	_ = w.Stop() // it has ended
	if ctx.Err() == nil {
		err = errUnfollowed
	}
	return read, err
}
