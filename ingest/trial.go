package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// ErrForeign: the queue holds what is not of a trial.
var ErrForeign = errors.New("the queue holds applications of others")

// Trial makes a queue ready for made-up applications of tenants whose names all begin
// with a word: what an earlier trial left goes, and what this one leaves when the
// function that it gives is called. A queue that holds a submission of anybody else it
// leaves alone: ErrForeign. Nothing but those tenants' is ever removed.
func (q *Queue) Trial(ctx context.Context, word string, tenants []string) (end func(context.Context) error, err error) {
	all := map[string]bool{}
	for _, t := range tenants {
		all[t] = true
	}
	for seq := uint64(0); ; {
		m, err := q.one(ctx, StreamApplications, map[string]any{"seq": seq + 1, "next_by_subj": "applications.>"})
		if errors.Is(err, jetstream.ErrMsgNotFound) || errors.Is(err, jetstream.ErrNoStreamResponse) {
			break
		}
		if err != nil {
			return nil, q.explain(err)
		}
		tenant, _, ok := split(m.Subject, "applications")
		if !ok || !strings.HasPrefix(tenant, word) {
			return nil, fmt.Errorf("%w: a trial needs a server without them", ErrForeign)
		}
		all[tenant], seq = true, m.Sequence
	}
	if err := q.Setup(ctx); err != nil {
		return nil, err
	}
	end = func(ctx context.Context) error {
		var failed error
		for t := range all {
			for stream, subjects := range map[string]string{StreamApplications: "applications.", StreamResults: "results.", StreamDeadLetters: "deadletters.",
				StreamRechecks: "rechecks.", StreamPending: "pending."} {
				s, err := q.stream(ctx, stream)
				if err == nil {
					err = s.Purge(ctx, jetstream.WithPurgeSubject(subjects+t+".>"))
				}
				failed = errors.Join(failed, q.explain(err))
			}
		}
		return failed
	}
	return end, end(ctx)
}

// Bare takes n submissions of tenants off the queue as whoever works on them must, and no
// more: from a sequence on each is delivered once, answered by an outcome that says nothing
// but has a size, and acknowledged. What it costs is the least that a worker can. each gets
// the bytes of every submission; they are gone when it returns. Errors are the queue's.
func (q *Queue) Bare(ctx context.Context, tenants []string, from uint64, n, size int, each func([]byte)) error {
	var subjects []string
	for _, t := range tenants {
		subjects = append(subjects, "applications."+t+".>")
	}
	c, err := q.js.CreateConsumer(ctx, StreamApplications, jetstream.ConsumerConfig{FilterSubjects: subjects, DeliverPolicy: jetstream.DeliverByStartSequencePolicy,
		OptStartSeq: from, AckPolicy: jetstream.AckExplicitPolicy, InactiveThreshold: defaultTimeout})
	if err != nil {
		return q.explain(err)
	}
	outcome := make([]byte, size)
	for got := 0; got < n; {
		lot, err := c.Fetch(min(n-got, goodBulk), jetstream.FetchMaxWait(defaultTimeout))
		if err != nil {
			return q.explain(err)
		}
		var told []jetstream.PubAckFuture
		var msgs []jetstream.Msg
		for m := range lot.Messages() {
			tenant, application, _ := split(m.Subject(), "applications")
			each(m.Data())
			f, err := q.js.PublishAsync("results."+tenant+"."+application, outcome)
			if err != nil {
				return q.explain(err)
			}
			told, msgs = append(told, f), append(msgs, m)
		}
		if err := errors.Join(lot.Error(), ctx.Err()); err != nil || len(msgs) == 0 {
			return errors.Join(err, fmt.Errorf("%d of %d submissions came", got, n))
		}
		for i, f := range told {
			select {
			case <-f.Ok():
			case err := <-f.Err():
				return q.explain(err)
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := msgs[i].Ack(); err != nil {
				return q.explain(err)
			}
		}
		got += len(msgs)
	}
	return nil
}

// End is the sequence of the newest submission of all, and the size of the newest outcome
// of an application; 0 where there is none.
func (q *Queue) End(ctx context.Context, tenant, application string) (sequence uint64, outcome int, err error) {
	s, err := q.stream(ctx, StreamApplications)
	if err != nil {
		return 0, 0, err
	}
	i, err := s.Info(ctx)
	if err != nil {
		return 0, 0, q.explain(err)
	}
	m, err := q.last(ctx, StreamResults, "results."+tenant+"."+application)
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, 0, q.explain(err)
	}
	if m != nil {
		outcome = len(m.Data)
	}
	return i.State.LastSeq, outcome, nil
}
