package ingest

import (
	"context"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// beats tells the queue of every message in hand that it is, again and again.
type beats struct {
	mu   sync.Mutex
	held map[jetstream.Msg]struct{}
}

// hold begins with a message, until the function that it gives is called.
func (b *beats) hold(m jetstream.Msg) (end func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held == nil {
		b.held = map[jetstream.Msg]struct{}{}
	}
	b.held[m] = struct{}{}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.held, m)
	}
}

// keepBeating beats three times in the time after which a message is delivered again.
func (w *Worker) keepBeating(ctx context.Context) error {
	return every(ctx, w.q.o.AckWait/3, func() {
		w.beats.mu.Lock()
		all := make([]jetstream.Msg, 0, len(w.beats.held))
		for m := range w.beats.held {
			all = append(all, m)
		}
		w.beats.mu.Unlock()
		for _, m := range all {
			if err := m.InProgress(); err != nil {
				w.log.Debug("heartbeat", zap.Error(err))
			}
		}
	})
}
