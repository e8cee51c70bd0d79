package ingest

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// APPLICATIONS is queue and archive in one: what was worked off stays for a recheck.
// As an archive it gives way, so that it never stands in the way of what is new.

// thinAge is how old a submission is that nobody is about to ask for, and a document
// that no newer submission is about to name.
const thinAge = time.Minute

// errEnough ends a walk.
var errEnough = errors.New("enough was removed")

// thin removes the oldest submissions that are worked off, with their documents, as
// long as there are more bytes than are kept or they are older. What waits, what is to
// be checked again, and what has neither outcome nor letter stays, whatever there is.
func (q *Queue) thin(ctx context.Context, now time.Time) (int, error) {
	r := q.o.Retention
	stores, err := q.stores(ctx)
	if err != nil {
		return 0, err
	}
	// A tenth more than must go, so that not every new one asks for it.
	over := func(name string, keep int64) int64 {
		for _, s := range stores {
			if s.Stream == name && s.Bytes > keep {
				return s.Bytes - keep + keep/10
			}
		}
		return 0
	}
	messages, documents := over(StreamApplications, r.Keep), over(storeDocuments, min(r.Keep, r.Documents/4*3))
	if messages == 0 && documents == 0 && r.KeepAge >= r.MaxAge {
		return 0, nil
	}
	floors, err := q.floors(ctx)
	if err != nil {
		return 0, err
	}
	s, err := q.stream(ctx, StreamApplications)
	if err != nil {
		return 0, err
	}
	settled := map[string]uint64{} // the sweep found outcomes or letters of all up to here
	for tenant := range floors {
		p, err := q.progress(ctx, consumerOf(ConsumerLive, tenant), StreamApplications)
		if err != nil {
			return 0, err
		}
		settled[tenant] = p.Seq
	}
	n := 0
	err = q.walkFrom(ctx, StreamApplications, 1, jetstream.OrderedConsumerConfig{FilterSubjects: []string{"applications.>"}, HeadersOnly: true},
		func(m jetstream.Msg, md *jetstream.MsgMetadata) error {
			age := now.Sub(md.Timestamp)
			if messages <= 0 && documents <= 0 && age < r.KeepAge || age < thinAge {
				return errEnough
			}
			tenant, application, ok := split(m.Subject(), "applications")
			if !ok || md.Sequence.Stream > max(floors[""], floors[tenant]) {
				return nil
			}
			name := tenant + "." + application
			if md.Sequence.Stream > max(settled[""], settled[tenant]) {
				if told, err := q.answered(ctx, name, mark{md.Sequence.Stream, md.Timestamp.UnixNano()}); err != nil || !told {
					return err
				}
			}
			if waits, err := q.waits(ctx, name); err != nil || waits {
				return err
			}
			// By its sequence: a newer one that came just now is another message.
			if err := s.DeleteMsg(ctx, md.Sequence.Stream); err != nil && !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
				return q.explain(err)
			}
			n++
			size, _ := strconv.ParseInt(m.Headers().Get(nats.MsgSize), 10, 64)
			messages -= size
			freed, err := q.sweepReplaced(ctx, tenant, application, now.Add(-thinAge))
			documents -= freed
			return err
		})
	if errors.Is(err, errEnough) {
		err = nil
	}
	if n > 0 {
		q.log.Info("submissions that are worked off gave way", zap.Int("count", n))
	}
	return n, err
}

// waits reports that an application waits to be checked again.
func (q *Queue) waits(ctx context.Context, name string) (bool, error) {
	for _, x := range []struct{ stream, prefix string }{{StreamPending, "pending."}, {StreamRechecks, "rechecks."}} {
		switch _, err := q.last(ctx, x.stream, x.prefix+name); {
		case err == nil:
			return true, nil
		case !errors.Is(err, jetstream.ErrMsgNotFound):
			return false, q.explain(err)
		}
	}
	return false, nil
}
