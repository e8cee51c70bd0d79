package ingest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// loop asks for as many messages as there are free hands and no more: what is
// delivered ages from then on.
func (w *Worker) loop(ctx, hand context.Context, stream, consumer string, hands int, handle func(context.Context, jetstream.Msg)) {
	free := make(chan struct{}, hands)
	var busy sync.WaitGroup
	defer busy.Wait()
	var c jetstream.Consumer
	for ctx.Err() == nil {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return
		}
		n := 1
		for more := true; more && n < hands; {
			select {
			case free <- struct{}{}:
				n++
			default:
				more = false
			}
		}
		got, err := 0, error(nil)
		if c == nil {
			c, err = w.q.js.Consumer(ctx, stream, consumer)
		}
		if err == nil {
			got, err = w.take(ctx, c, n, func(m jetstream.Msg) {
				busy.Go(func() {
					defer func() { <-free }()
					w.hold(hand, m, handle)
				})
			})
		}
		for range n - got {
			<-free
		}
		if err != nil && ctx.Err() == nil {
			// A server that restarts or a consumer that is made anew: not the
			// end of the worker.
			w.log.Warn("queue does not deliver; trying again", zap.String("consumer", consumer), zap.Error(w.q.explain(err)))
			c = nil
			if errors.Is(w.q.explain(err), ErrNoQueue) {
				if err := w.q.Setup(ctx); err != nil && ctx.Err() == nil {
					w.log.Warn("queue cannot be set up", zap.Error(err))
				}
			}
			sleep(ctx, time.Second+time.Duration(w.o.Jitter()*float64(time.Second)))
		}
	}
}

// take fetches at most n messages and gives how many came.
func (w *Worker) take(ctx context.Context, c jetstream.Consumer, n int, f func(jetstream.Msg)) (int, error) {
	wait, cancel := context.WithTimeout(ctx, fetchWait)
	defer cancel()
	b, err := c.Fetch(n, jetstream.FetchContext(wait))
	if err != nil {
		return 0, err
	}
	got := 0
	for m := range b.Messages() {
		got++
		f(m)
	}
	err = b.Error()
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.Is(err, jetstream.ErrNoMessages) {
		err = nil
	}
	return got, err
}

// hold works on one message and tells the queue all the while that it is in
// hand.
func (w *Worker) hold(ctx context.Context, m jetstream.Msg, handle func(context.Context, jetstream.Msg)) {
	done := make(chan struct{})
	var beat sync.WaitGroup
	beat.Go(func() {
		t := time.NewTicker(w.q.o.AckWait / 3)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				if err := m.InProgress(); err != nil {
					w.log.Debug("heartbeat", zap.Error(err))
				}
			case <-done:
				return
			}
		}
	})
	defer beat.Wait()
	defer close(done)
	handle(ctx, m)
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
