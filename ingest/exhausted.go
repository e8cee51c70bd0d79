package ingest

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// advisory buries what the server has given up delivering: the worker died
// every time.
func (w *Worker) advisory(ctx context.Context, m jetstream.Msg) {
	var adv struct {
		Stream     string `json:"stream"`
		Sequence   uint64 `json:"stream_seq"`
		Deliveries uint64 `json:"deliveries"`
	}
	if json.Unmarshal(m.Data(), &adv) != nil {
		w.do(m.TermWithReason("malformed"))
		return
	}
	if err := w.exhausted(ctx, adv.Stream, adv.Sequence, adv.Deliveries); err != nil {
		w.log.Warn("dead letter cannot be written", zap.Uint64("sequence", adv.Sequence), zap.Error(err))
		w.do(m.NakWithDelay(w.delay(3)))
		return
	}
	w.do(m.DoubleAck(context.WithoutCancel(ctx)))
}

func (w *Worker) exhausted(ctx context.Context, stream string, seq, tries uint64) error {
	if stream != StreamApplications && stream != StreamRechecks {
		return nil
	}
	s, err := w.q.stream(ctx, stream)
	if err != nil {
		return err
	}
	raw, err := w.q.at(ctx, stream, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil // answered, replaced or erased meanwhile
	}
	if err != nil {
		return err
	}
	t := task{subject: raw.Subject, data: raw.Data, sequence: raw.Sequence, submitted: raw.Time, tries: tries}
	if stream == StreamRechecks {
		tenant, application, ok := split(raw.Subject, "rechecks")
		if ok {
			last, err := w.q.last(ctx, StreamApplications, "applications."+tenant+"."+application)
			switch {
			case err == nil:
				t.subject, t.data, t.sequence, t.again, t.submitted = last.Subject, last.Data, last.Sequence, raw.Sequence, last.Time
				if err := w.refuse(ctx, t, &permanent{class: ClassExhausted, detail: "in a recheck"}); err != nil {
					return err
				}
			case !errors.Is(err, jetstream.ErrMsgNotFound):
				return err
			}
		}
		// A work queue keeps what it gave up on: take it out.
		if err := s.DeleteMsg(ctx, seq); err != nil && !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
			return err
		}
		return nil
	}
	if tenant, application, ok := split(t.subject, "applications"); ok {
		last, err := w.q.last(ctx, StreamResults, "results."+tenant+"."+application)
		if err == nil && markOf(last.Header).covers(t.mark()) {
			return nil // it was done: only the answer was lost
		}
		if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
			return err
		}
	}
	return w.refuse(ctx, t, &permanent{class: ClassExhausted})
}
