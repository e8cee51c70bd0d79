package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// loop works on the messages of one consumer, one after the other, until ctx ends.
func (w *Worker) loop(ctx, hand context.Context, stream, consumer string, handle func(context.Context, jetstream.Msg)) error {
	var c jetstream.Consumer
	for ctx.Err() == nil {
		var err error
		if c == nil {
			c, err = w.q.js.Consumer(ctx, stream, consumer)
		}
		if err == nil {
			_, err = w.take(ctx, c, 1, fetchWait, func(m jetstream.Msg) {
				defer w.beats.hold(m)()
				if w.o.Faults.Do("a message in hand", func() { handle(hand, m) }) != nil {
					w.again(m)
				}
			})
		}
		if err != nil && ctx.Err() == nil {
			c = nil
			w.undelivered(ctx, consumer, "", err)
		}
	}
	return nil
}

// take fetches at most n messages and gives how many came; it waits so long for them.
// When ctx ends what was asked for is read all the same, until the server gives it up,
// and handed back at once: what nobody reads would wait for AckWait.
func (w *Worker) take(ctx context.Context, c jetstream.Consumer, n int, wait time.Duration, f func(jetstream.Msg)) (int, error) {
	b, err := c.Fetch(n, jetstream.FetchMaxWait(wait))
	if err != nil {
		return 0, err
	}
	got := 0
	for m := range b.Messages() {
		if ctx.Err() != nil {
			w.back(m)
			continue
		}
		got++
		f(m)
	}
	err = b.Error()
	if errors.Is(err, nats.ErrTimeout) || errors.Is(err, jetstream.ErrNoMessages) {
		err = nil
	}
	return got, err
}

// back hands a message back that nobody has worked on: to others, and not to this
// worker's last request. Where the server would give it up for being delivered so often,
// it goes on as a recheck.
func (w *Worker) back(m jetstream.Msg) {
	md, err := m.Metadata()
	if err != nil || md.NumDelivered < uint64(w.q.o.MaxTries) {
		w.do(m.NakWithDelay(w.patience()))
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), defaultTimeout)
	defer cancel()
	r := recheck{V: 1, Reason: "sweep"}
	for prefix, stream := range map[string]string{"applications": StreamApplications, "rechecks": StreamRechecks} {
		tenant, application, ok := split(m.Subject(), prefix)
		if !ok || md.Stream != stream {
			continue
		}
		if stream == StreamRechecks && json.Unmarshal(m.Data(), &r) != nil {
			break
		}
		if err := w.q.recheck(ctx, tenant, application, r); err == nil {
			w.do(m.DoubleAck(ctx))
			return
		}
	}
	w.do(m.NakWithDelay(w.patience()))
}

// again hands back a message that assay failed to work on or to answer. What
// the server has delivered often enough it gives up, and says so; its word of
// that is dropped here when nothing can be done with it: the sweep finds the
// submission.
func (w *Worker) again(m jetstream.Msg) {
	md, err := m.Metadata()
	switch {
	case err != nil:
		w.log.Error("message without metadata", zap.Error(err))
	case md.Stream == StreamAdvisories && md.NumDelivered >= uint64(w.q.o.MaxTries):
		w.do(m.TermWithReason(string(ClassFault)))
	default:
		w.do(m.NakWithDelay(w.delay(md.NumDelivered)))
	}
}

// every calls f each d until ctx ends.
func every(ctx context.Context, d time.Duration, f func()) error {
	t := time.NewTicker(d)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			f()
		case <-ctx.Done():
			return nil
		}
	}
}

// sleep reports whether d passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
