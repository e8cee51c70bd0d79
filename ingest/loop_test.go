package ingest

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// delivering is a consumer that delivers one batch.
type delivering struct {
	jetstream.Consumer
	batch
}

type batch chan jetstream.Msg

func (d delivering) Fetch(int, ...jetstream.FetchOpt) (jetstream.MessageBatch, error) {
	return d.batch, nil
}
func (d delivering) Messages(...jetstream.PullMessagesOpt) (jetstream.MessagesContext, error) {
	return nil, jetstream.ErrMsgNotFound
}
func (b batch) Messages() <-chan jetstream.Msg { return b }
func (b batch) Error() error                   { return nil }

// handed is a message that knows whether it was handed back.
type handed struct {
	jetstream.Msg
	back int
}

func (h *handed) Metadata() (*jetstream.MsgMetadata, error) { return nil, jetstream.ErrMsgNotFound }

func (h *handed) NakWithDelay(time.Duration) error { h.back++; return nil }

// What the server has delivered when the worker ends is handed back at once, and
// neither worked on nor left to wait.
func TestTakeAtTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := delivering{batch: make(batch, 4)}
	msgs := make([]*handed, 4)
	for i := range msgs {
		msgs[i] = &handed{}
		d.batch <- msgs[i]
	}
	close(d.batch)
	w := &Worker{log: zap.NewNop(), roster: newRoster()}
	worked := 0
	got, err := w.take(ctx, d, len(msgs), fetchWait, func(jetstream.Msg) {
		if worked++; worked == 2 {
			cancel()
		}
	})
	if err != nil || got != 2 || worked != 2 {
		t.Errorf("%d taken, %d worked on, %v", got, worked, err)
	}
	for i, m := range msgs {
		if want := i / 2; m.back != want {
			t.Errorf("message %d was handed back %d times, want %d", i, m.back, want)
		}
	}
}
