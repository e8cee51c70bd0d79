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
