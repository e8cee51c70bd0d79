package ingest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// idle is how long a loop over several consumers rests when none of them has
// anything.
const idle = 250 * time.Millisecond

// loop asks for as many messages as there are free hands and no more: what is
// delivered ages from then on. Of several consumers each is asked in turn. It
// ends with ctx.
func (w *Worker) loop(ctx, hand context.Context, stream string, consumers []string, hands int, handle func(context.Context, jetstream.Msg)) error {
	free := make(chan struct{}, hands)
	var busy sync.WaitGroup
	defer busy.Wait()
	made := map[string]jetstream.Consumer{}
	for turn := 0; ctx.Err() == nil; turn++ {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return nil
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
		got, asked, err := 0, "", error(nil)
		for i := 0; i < len(consumers) && got < n && err == nil; i++ {
			asked = consumers[(turn+i)%len(consumers)]
			c := made[asked]
			if c == nil {
				if c, err = w.q.js.Consumer(ctx, stream, asked); err != nil {
					break
				}
				made[asked] = c
			}
			some := 0
			some, err = w.take(ctx, c, n-got, len(consumers) == 1, func(m jetstream.Msg) {
				busy.Go(func() {
					defer func() { <-free }()
					if w.o.Faults.Do("a message in hand", func() { w.hold(hand, m, handle) }) != nil {
						w.again(m)
					}
				})
			})
			got += some
		}
		for range n - got {
			<-free
		}
		switch {
		case ctx.Err() != nil:
		case err != nil:
			// A server that restarts or a consumer that is made anew: not the
			// end of the worker.
			w.log.Warn("queue does not deliver; trying again", zap.String("consumer", asked), zap.Error(w.q.explain(err)))
			clear(made)
			if errors.Is(w.q.explain(err), ErrNoQueue) {
				if err := w.q.Setup(ctx, w.o.Tenants...); err != nil && ctx.Err() == nil {
					w.log.Warn("queue cannot be set up", zap.Error(err))
				}
			}
			sleep(ctx, time.Second+time.Duration(w.o.Jitter()*float64(time.Second)))
		case got == 0 && len(consumers) > 1:
			sleep(ctx, idle)
		}
	}
	return nil
}

// take fetches at most n messages and gives how many came; it waits for them, or
// takes what is there. When ctx ends what was asked for is read all the same, until the
// server gives it up (fetchWait), and handed back at once: what nobody reads would wait
// for AckWait.
func (w *Worker) take(ctx context.Context, c jetstream.Consumer, n int, wait bool, f func(jetstream.Msg)) (int, error) {
	var b jetstream.MessageBatch
	var err error
	if wait {
		b, err = c.Fetch(n, jetstream.FetchMaxWait(fetchWait))
	} else {
		b, err = c.FetchNoWait(n)
	}
	if err != nil {
		return 0, err
	}
	got := 0
	for m := range b.Messages() {
		if ctx.Err() != nil {
			w.do(m.Nak())
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

// hold works on one message and tells the queue all the while that it is in
// hand.
func (w *Worker) hold(ctx context.Context, m jetstream.Msg, handle func(context.Context, jetstream.Msg)) {
	held, done := context.WithCancel(context.WithoutCancel(ctx))
	var beat sync.WaitGroup
	beat.Go(func() {
		_ = w.o.Faults.Keep(held, "the heartbeat of a message", func(ctx context.Context) error {
			return every(ctx, w.q.o.AckWait/3, func() {
				if err := m.InProgress(); err != nil {
					w.log.Debug("heartbeat", zap.Error(err))
				}
			})
		})
	})
	defer beat.Wait()
	defer done()
	if md, err := m.Metadata(); err == nil {
		defer w.o.Metrics.taken(md, w.o.Now())()
	}
	handle(ctx, m)
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
