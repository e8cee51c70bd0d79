package ingest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
)

// denials are who waits for the server while it says what it does not allow. It does
// not answer what is not allowed; it says so beside, and nothing but its words tell of
// which subject.
type denials struct {
	mu    sync.Mutex
	inbox string                       // that answers come to
	deaf  error                        // the server does not allow the inbox: no answer comes
	waits map[*waiting]func(err error) // what ends the wait
}

// waiting is for what one who waits has asked: nil for whatever is asked on the
// connection.
type waiting struct{ subjects []string }

// deny tells those whom it concerns.
func (d *denials) deny(err error) {
	if !errors.Is(err, nats.ErrPermissionViolation) {
		return
	}
	violation := err
	about := func(subject string) bool { return strings.Contains(violation.Error(), strconv.Quote(subject)) }
	err = fmt.Errorf("%w: %w", ErrRights, violation)
	d.mu.Lock()
	defer d.mu.Unlock()
	if strings.Contains(violation.Error(), `Subscription to "`+d.inbox+".") {
		err = fmt.Errorf("%w (--nats-inbox names the inbox that it has)", err)
		d.deaf = err
	}
	for w, end := range d.waits {
		if d.deaf != nil || w.subjects == nil {
			end(err)
			continue
		}
		for _, s := range w.subjects {
			if about(s) {
				end(err)
			}
		}
	}
}

// hear forgets what an earlier connection was told.
func (d *denials) hear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deaf = nil
}

// Heed gives a context that ends at once when the server says that this user may not do
// something that is asked of it: its cause then wraps ErrRights, with the subject. Without
// it, what is not allowed is waited for, as it is not answered. The second result ends it.
func (q *Queue) Heed(ctx context.Context) (context.Context, func()) { return q.heed(ctx) }

// heed gives a context that ends at once when the server does not allow one of the
// subjects, or with none of them, anything; its cause then wraps ErrRights.
func (q *Queue) heed(ctx context.Context, subjects ...string) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &waiting{subjects}
	d := &q.denials
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.deaf != nil {
		cancel(d.deaf)
	}
	d.waits[w] = cancel
	return ctx, func() {
		d.mu.Lock()
		delete(d.waits, w)
		d.mu.Unlock()
		cancel(nil)
	}
}

// allowed calls f with a context that heed gives, and gives ErrRights with the
// server's words, where that ended it.
func (q *Queue) allowed(ctx context.Context, f func(ctx context.Context) error, subjects ...string) error {
	ctx, done := q.heed(ctx, subjects...)
	defer done()
	err := f(ctx)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, ErrRights) {
		return cause
	}
	return err
}
