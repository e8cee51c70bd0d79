package ingest

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// Follow calls f with each outcome that is told from now on, of the tenants or, where
// none is named, of all, in their order and with the time at which the queue had it.
// What a restart of the server keeps from it comes afterwards. It ends with the function
// that it gives. The error is the queue's.
func (q *Queue) Follow(ctx context.Context, tenants []string, f func(o *Outcome, at time.Time)) (end func(), err error) {
	c := jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverNewPolicy, InactiveThreshold: walkIdle}
	for _, t := range tenants {
		c.FilterSubjects = append(c.FilterSubjects, "results."+t+".*")
	}
	consumer, err := q.js.OrderedConsumer(ctx, StreamResults, c)
	if err != nil {
		return nil, q.explain(err)
	}
	told, err := consumer.Consume(func(m jetstream.Msg) {
		md, err := m.Metadata()
		var o Outcome
		if err != nil || json.Unmarshal(m.Data(), &o) != nil {
			q.log.Warn("outcome cannot be read", zap.Error(err))
			return
		}
		f(&o, md.Timestamp)
	})
	if err != nil {
		return nil, q.explain(err)
	}
	return told.Stop, nil
}
