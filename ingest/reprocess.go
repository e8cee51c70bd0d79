package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"strings"
	"time"

	"assay/index/record"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// recheck asks for an application to be checked again. It names nobody: the
// worker reads the newest submission.
type recheck struct {
	V       int       `json:"v"`
	Reason  string    `json:"reason"`           // reprocess, pending, retry or sweep
	Before  time.Time `json:"before,omitzero"`  // only if it was last checked before
	Attempt int       `json:"attempt,omitzero"` // of rechecks for pending badges
	At      time.Time `json:"at,omitzero"`      // on PENDING: when it is due
}

func (q *Queue) recheck(ctx context.Context, tenant, application string, r recheck) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = q.js.Publish(ctx, "rechecks."+tenant+"."+application, body, jetstream.WithExpectStream(StreamRechecks))
	return q.explain(err)
}

// ReprocessOptions choose what is checked again.
type ReprocessOptions struct {
	Tenant      string    // "" = all
	Application string    // "" = all of the tenant
	Before      time.Time // only what was last checked before; zero = all
	Progress    func(queued, total int)
}

// Reprocess queues applications for checking again and gives how many. It can
// be repeated: an application is queued once, and what was checked after Before
// is passed over quickly, so repeating with the same Before goes on where the
// last run was stopped.
func (q *Queue) Reprocess(ctx context.Context, o ReprocessOptions) (int, error) {
	filter := "applications.>"
	switch {
	case o.Application != "":
		if err := record.CheckToken("application", o.Application); err != nil {
			return 0, err
		}
		if err := record.CheckToken("tenant", o.Tenant); err != nil {
			return 0, err
		}
		filter = "applications." + o.Tenant + "." + o.Application
	case o.Tenant != "":
		if err := record.CheckToken("tenant", o.Tenant); err != nil {
			return 0, err
		}
		filter = "applications." + o.Tenant + ".*"
	}
	s, err := q.stream(ctx, StreamApplications)
	if err != nil {
		return 0, err
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return 0, q.explain(err)
	}
	total, n := len(info.State.Subjects), 0
	for subject := range info.State.Subjects {
		tenant, application, ok := split(subject, "applications")
		if ok {
			if err := q.recheck(ctx, tenant, application, recheck{V: 1, Reason: "reprocess", Before: o.Before}); err != nil {
				return n, err
			}
		}
		n++
		if o.Progress != nil {
			o.Progress(n, total)
		}
	}
	return n, nil
}

// Rechecks gives how many applications wait to be checked again.
func (q *Queue) Rechecks(ctx context.Context) (int, error) {
	s, err := q.stream(ctx, StreamRechecks)
	if err != nil {
		return 0, err
	}
	i, err := s.Info(ctx)
	if err != nil {
		return 0, q.explain(err)
	}
	return int(i.State.Msgs), nil
}

// Times between rechecks for pending badges.
const (
	firstRecheck = 5 * time.Minute
	lastRecheck  = 24 * time.Hour
	maxRechecks  = 30
)

// later notes that an application is to be checked again for its pending
// badges, after at least wait; it gives the time, zero when it was tried often
// enough.
func (q *Queue) later(ctx context.Context, tenant, application string, attempt int, wait time.Duration, now time.Time, jitter float64) (time.Time, error) {
	if attempt >= maxRechecks {
		return time.Time{}, nil
	}
	d := firstRecheck << min(attempt, 16)
	d = min(max(d, wait), lastRecheck)
	at := now.Add(d + time.Duration(jitter*float64(d)/5)).UTC().Truncate(time.Second)
	body, err := json.Marshal(recheck{V: 1, Reason: "pending", Attempt: attempt + 1, At: at})
	if err != nil {
		return at, err
	}
	_, err = q.js.Publish(ctx, "pending."+tenant+"."+application, body, jetstream.WithExpectStream(StreamPending))
	return at, q.explain(err)
}

// due moves what is due from PENDING to RECHECKS. Several workers may do it at
// once: an application is queued once all the same.
func (q *Queue) due(ctx context.Context, now time.Time) (int, error) {
	s, err := q.stream(ctx, StreamPending)
	if err != nil {
		return 0, err
	}
	var seqs []uint64
	if err := q.walk(ctx, StreamPending, "pending.>", func(_ string, _ nats.Header, seq uint64, _ time.Time) error {
		seqs = append(seqs, seq)
		return nil
	}); err != nil {
		return 0, err
	}
	n := 0
	for _, seq := range seqs {
		m, err := s.GetMsg(ctx, seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return n, q.explain(err)
		}
		var r recheck
		tenant, application, ok := split(m.Subject, "pending")
		if ok && json.Unmarshal(m.Data, &r) == nil {
			if r.At.After(now) {
				continue
			}
			if err := q.recheck(ctx, tenant, application, r); err != nil {
				return n, err
			}
			n++
		}
		if err := s.DeleteMsg(ctx, seq); err != nil && !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
			return n, q.explain(err)
		}
	}
	return n, nil
}

// sweep finds submissions that were delivered and yet have neither outcome nor
// dead letter (the server was killed before it could tell), and those of
// applications whose erasure was stopped half-way, and has them checked again.
func (q *Queue) sweep(ctx context.Context, now time.Time) (int, error) {
	floors, err := q.floors(ctx)
	if err != nil {
		return 0, err
	}
	outcomes, letters := map[uint64]mark{}, map[uint64]mark{} // the newest of each application
	note := func(of map[uint64]mark, prefix string) func(string, nats.Header, uint64, time.Time) error {
		return func(subject string, h nats.Header, _ uint64, _ time.Time) error {
			of[hash(strings.TrimPrefix(subject, prefix))] = markOf(h)
			return nil
		}
	}
	if err := q.walk(ctx, StreamResults, "results.>", note(outcomes, "results.")); err != nil {
		return 0, err
	}
	if err := q.walk(ctx, StreamDeadLetters, "deadletters.>", note(letters, "deadletters.")); err != nil {
		return 0, err
	}
	erased, err := q.erasures(ctx)
	if err != nil {
		return 0, err
	}
	n, half := 0, 0
	err = q.walk(ctx, StreamApplications, "applications.>", func(subject string, _ nats.Header, seq uint64, at time.Time) error {
		tenant, application, ok := split(subject, "applications")
		if !ok || seq > max(floors[""], floors[tenant]) {
			return nil
		}
		k, of := hash(tenant+"."+application), mark{seq, at.UnixNano()}
		switch {
		case len(erased) > 0 && erased[door(tenant, application)]:
			half++
		case now.Sub(at) < time.Minute, now.Sub(at) > q.o.Retention.ResultAge-time.Hour,
			outcomes[k].covers(of), letters[k].covers(of):
			return nil
		default:
			n++
		}
		return q.recheck(ctx, tenant, application, recheck{V: 1, Reason: "sweep"})
	})
	if n > 0 {
		q.log.Warn("submissions without an outcome are checked again", zap.Int("count", n))
	}
	if half > 0 {
		q.log.Warn("erasures that were stopped half-way are finished", zap.Int("count", half))
	}
	return n + half, err
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

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}
