package ingest

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// documentAge is how old a document is that belongs to no submission on its way.
const documentAge = time.Hour

// errBeyond ends a walk.
var errBeyond = errors.New("beyond what was worked on")

// sweep finds submissions that were delivered and yet have neither outcome nor
// dead letter (the server was killed before it could tell), and those of
// applications whose erasure was stopped half-way, and has them checked again. It
// begins where everything before was settled.
func (q *Queue) sweep(ctx context.Context, now time.Time) (int, error) {
	floors, err := q.floors(ctx)
	if err != nil {
		return 0, err
	}
	n, half := 0, 0
	for tenant, floor := range floors {
		p, err := q.progress(ctx, consumerOf(ConsumerLive, tenant), StreamApplications)
		if err != nil {
			return n + half, err
		}
		filter := filterOf("applications", tenant)
		if filter == "" {
			filter = "applications.>"
		}
		settled, open, seen := p.Seq, false, 0
		err = q.walkFrom(ctx, StreamApplications, p.Seq+1, jetstream.OrderedConsumerConfig{FilterSubjects: []string{filter}, HeadersOnly: true},
			func(m jetstream.Msg, md *jetstream.MsgMetadata) error {
				if md.Sequence.Stream > floor {
					return errBeyond
				}
				s, err := q.whereabouts(ctx, m.Subject(), md, now)
				if err != nil {
					return err
				}
				switch s {
				case nowSettled:
				case nowHalf:
					half++
				case nowLost:
					n++
				}
				if open = open || s != nowSettled; !open {
					settled = md.Sequence.Stream
				}
				if seen++; seen%noteEvery == 0 {
					return q.doneUpTo(ctx, p, settled)
				}
				return nil
			})
		if errors.Is(err, errBeyond) {
			err = nil
		}
		if err == nil && !open {
			settled = max(settled, floor)
		}
		if err := errors.Join(err, q.doneUpTo(ctx, p, settled)); err != nil {
			return n + half, err
		}
	}
	if n > 0 {
		q.log.Warn("submissions without an outcome are checked again", zap.Int("count", n))
	}
	if half > 0 {
		q.log.Warn("erasures that were stopped half-way are finished", zap.Int("count", half))
	}
	return n + half, nil
}

// whereabouts is how a submission stands that was delivered.
type whereabouts int

const (
	nowSettled whereabouts = iota
	nowYoung               // nobody need have told of it yet, or have erased all of it
	nowLost                // it has neither outcome nor letter, and is checked again
	nowHalf                // it was erased, and is there
)

// whereabouts says how a submission stands, and has it checked again where that is due.
func (q *Queue) whereabouts(ctx context.Context, subject string, md *jetstream.MsgMetadata, now time.Time) (whereabouts, error) {
	tenant, application, ok := split(subject, "applications")
	if !ok {
		return nowSettled, nil
	}
	at := md.Timestamp
	again := recheck{V: 1, Reason: "sweep"}
	switch erased, err := q.erasedAt(ctx, tenant, application); {
	case err != nil:
		return nowYoung, err
	case !erased.IsZero() && now.Sub(erased) < eraseAgain:
		return nowYoung, nil // it may be going on, and would be told of once it is done
	case !erased.IsZero():
		return nowHalf, q.recheck(ctx, tenant, application, again)
	}
	if now.Sub(at) < time.Minute {
		return nowYoung, nil
	}
	if now.Sub(at) <= q.o.Retention.ResultAge-time.Hour {
		told, err := q.answered(ctx, tenant+"."+application, mark{md.Sequence.Stream, at.UnixNano()})
		if err != nil {
			return nowYoung, err
		}
		if !told {
			return nowLost, q.recheck(ctx, tenant, application, again)
		}
	}
	_, err := q.sweepReplaced(ctx, tenant, application, now.Add(-documentAge))
	return nowSettled, err
}

// answered reports whether a submission, or a later one, has an outcome or a dead letter.
func (q *Queue) answered(ctx context.Context, name string, of mark) (bool, error) {
	for _, x := range []struct{ stream, prefix string }{{StreamResults, "results."}, {StreamDeadLetters, "deadletters."}} {
		m, err := q.last(ctx, x.stream, x.prefix+name)
		if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
			return false, q.explain(err)
		}
		if err == nil && markOf(m.Header).covers(of) {
			return true, nil
		}
	}
	return false, nil
}

// floors gives up to which submission everything was worked on: for everybody
// (""), and for each tenant that has workers of its own.
func (q *Queue) floors(ctx context.Context) (map[string]uint64, error) {
	all, err := q.consumersOf(ctx, StreamApplications)
	floors := map[string]uint64{}
	for name, i := range all {
		if tenant, ok := strings.CutPrefix(name, ConsumerLive); ok {
			floors[strings.TrimPrefix(tenant, "_")] = i.AckFloor.Stream
		}
	}
	return floors, err
}
