package ingest

import (
	"context"
	"strconv"
	"sync"
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

// SignedOut is a session.Ended that all processes share that have the queue. Who may
// write to the bucket can sign people out, and nobody in.
type SignedOut struct {
	q      *Queue
	log    *zap.Logger
	memory *session.Memory

	once sync.Once
	read chan struct{} // closed when the bucket was read, or could not be
}

// NewSignedOut returns one that knows what has ended as soon as Follow runs.
func NewSignedOut(q *Queue, now func() time.Time, log *zap.Logger) *SignedOut {
	if now == nil {
		now = time.Now
	}
	return &SignedOut{q: q, log: log, memory: session.NewMemory(now), read: make(chan struct{})}
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

// Since implements [session.Ended]. At the start it waits until the bucket was read.
func (s *SignedOut) Since(id string) time.Time {
	select {
	case <-s.read:
	case <-time.After(signedOutFirst):
	}
	return s.memory.Since(id)
}

// Follow keeps up with what other processes end, until ctx ends.
func (s *SignedOut) Follow(ctx context.Context) error {
	said := false
	for ctx.Err() == nil {
		if err := s.watch(ctx); err != nil && ctx.Err() == nil && !said {
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

// watch follows the bucket until the connection breaks.
func (s *SignedOut) watch(ctx context.Context) error {
	kv, err := s.q.js.KeyValue(ctx, BucketSignedOut)
	if err != nil {
		return err
	}
	w, err := kv.WatchAll(ctx)
	if err != nil {
		return err
	}
	for e := range w.Updates() {
		if e == nil {
			s.known()
			continue
		}
		if at, err := strconv.ParseInt(string(e.Value()), 10, 64); err == nil && e.Operation() == jetstream.KeyValuePut {
			_ = s.memory.End(ctx, e.Key(), time.Unix(0, at)) // memory fails never
		}
	}
	_ = w.Stop() // it has ended
	return nil
}
