package ingest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// Each tenant has consumers of its own, so that what one of them has waiting is in
// nobody's way: behind one consumer for all, a tenant's ten thousand applications come
// before the next one's first. Who the tenants are is told by their subjects: one
// consumer for all, ConsumerTenants, delivers the headers of every submission once, and
// whoever gets one sees to it that its tenant has consumers.

// ahead is how many messages of a tenant a worker has before there is a place for them.
const ahead = 32

// roster are the tenants that a worker knows of.
type roster struct {
	mu     sync.Mutex
	all    map[string]bool
	change chan struct{} // closed at the next one
}

func newRoster() *roster { return &roster{all: map[string]bool{}, change: make(chan struct{})} }

func (r *roster) knows(tenant string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all[tenant]
}

func (r *roster) add(tenants ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.all)
	for _, t := range tenants {
		r.all[t] = true
	}
	if len(r.all) > n {
		close(r.change)
		r.change = make(chan struct{})
	}
}

// list gives the tenants, and what is closed when there are more.
func (r *roster) list() ([]string, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.all)), r.change
}

// source is a stream of which each tenant has a consumer.
type source struct {
	stream, base string
	handle       func(ctx, hand context.Context, m jetstream.Msg, tenant string, more func())
}

// tend takes messages of a source, of each tenant that there is, until ctx ends.
func (w *Worker) tend(ctx, hand context.Context, s source) error {
	var lanes sync.WaitGroup
	defer lanes.Wait()
	at := map[string]bool{}
	for {
		tenants, more := w.roster.list()
		for _, t := range tenants {
			if at[t] {
				continue
			}
			at[t] = true
			lanes.Go(func() {
				_ = w.o.Faults.Keep(ctx, "the loop of a tenant", func(ctx context.Context) error { return w.lane(ctx, hand, s, t) })
			})
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil
		}
	}
}

// lane takes a tenant's messages until ctx ends.
func (w *Worker) lane(ctx, hand context.Context, s source, tenant string) error {
	name := consumerOf(s.base, tenant)
	free := make(chan struct{}, ahead)
	var busy sync.WaitGroup
	defer busy.Wait()
	var c jetstream.Consumer
	for ctx.Err() == nil {
		n, err := gather(ctx, free), error(nil)
		if n == 0 {
			return nil
		}
		if c == nil {
			c, err = w.q.js.Consumer(ctx, s.stream, name)
		}
		got := 0
		if err == nil {
			got, err = w.take(ctx, c, n, w.patience(), func(m jetstream.Msg) {
				end := w.beats.hold(m)
				more := sync.OnceFunc(func() { <-free })
				busy.Go(func() {
					if w.o.Faults.Do("a message in hand", func() { w.hold(ctx, hand, m, tenant, s, more) }) != nil {
						w.again(m)
					}
					more()
					end()
				})
			})
		}
		for range n - got {
			<-free
		}
		if err != nil && ctx.Err() == nil {
			c = nil
			w.undelivered(ctx, name, tenant, err)
		}
	}
	return nil
}

// gather takes what is free, one at least; 0 = ctx has ended.
func gather(ctx context.Context, free chan struct{}) int {
	select {
	case free <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case free <- struct{}{}:
		default:
			return n
		}
	}
}

// patience is how long one request for messages waits: the more tenants there are, the
// longer, as each has a request of its own.
func (w *Worker) patience() time.Duration {
	tenants, _ := w.roster.list()
	return min(max(fetchWait, time.Duration(len(tenants))*20*time.Millisecond), 5*fetchWait)
}

// undelivered waits after an error of the queue: a server that restarts, or a consumer
// that is made anew, is not the end of the worker.
func (w *Worker) undelivered(ctx context.Context, consumer, tenant string, err error) {
	w.log.Warn("queue does not deliver; trying again", zap.String("consumer", consumer), zap.Error(w.q.explain(err)))
	if errors.Is(w.q.explain(err), ErrNoQueue) {
		err := w.q.Setup(ctx, w.o.Tenants...)
		if err == nil && tenant != "" {
			err = w.q.consumersFor(ctx, tenant, 1) // what was answered is passed over
		}
		if err != nil && ctx.Err() == nil {
			w.log.Warn("queue cannot be set up", zap.Error(err))
		}
	}
	sleep(ctx, time.Second+time.Duration(w.o.Jitter()*float64(time.Second)))
}

// hold works on one message.
func (w *Worker) hold(ctx, hand context.Context, m jetstream.Msg, tenant string, s source, more func()) {
	if md, err := m.Metadata(); err == nil {
		defer w.o.Metrics.taken(md, w.o.Now())()
	}
	s.handle(ctx, hand, m, tenant, more)
}

// scoutLot is how many submissions are looked at in one request.
const scoutLot = 256

// scout learns of tenants, and buries what is of none, until ctx ends.
func (w *Worker) scout(ctx, hand context.Context) error {
	var busy sync.WaitGroup
	defer busy.Wait()
	var c jetstream.Consumer
	for ctx.Err() == nil {
		var err error
		if c == nil {
			c, err = w.q.js.Consumer(ctx, StreamApplications, ConsumerTenants)
		}
		if err == nil {
			_, err = w.take(ctx, c, scoutLot, w.patience(), func(m jetstream.Msg) {
				tenant, ok := tenantOf(m.Subject(), "applications")
				switch {
				case !ok:
					end := w.beats.hold(m)
					busy.Go(func() {
						if w.o.Faults.Do("a message in hand", func() { w.ofNobody(hand, m) }) != nil {
							w.again(m)
						}
						end()
					})
					return
				case !w.roster.knows(tenant):
					from, err := w.q.scouted(ctx)
					if err == nil {
						err = w.q.consumersFor(ctx, tenant, from)
					}
					if err != nil {
						if ctx.Err() == nil {
							w.log.Warn("a tenant has no consumer yet; trying again", zap.String("tenant", tenant), zap.Error(err))
						}
						w.do(m.NakWithDelay(time.Second))
						return
					}
					w.roster.add(tenant)
				}
				w.do(m.Ack())
			})
		}
		if err != nil && ctx.Err() == nil {
			c = nil
			w.undelivered(ctx, ConsumerTenants, "", err)
		}
	}
	return nil
}

// rosterEvery is how often it is looked whether another worker has met a tenant.
const rosterEvery = 5 * time.Second

// keepRoster looks for consumers that others have made.
func (w *Worker) keepRoster(ctx context.Context) error {
	look := func() {
		all, err := w.q.tenants(ctx)
		for _, t := range all {
			if err == nil && !w.roster.knows(t) {
				if err = w.q.consumersFor(ctx, t, 1); err == nil { // is there: brought up to the options
					w.roster.add(t)
				}
			}
		}
		if err != nil && ctx.Err() == nil {
			w.log.Warn("tenants cannot be listed", zap.Error(err))
		}
	}
	look()
	return every(ctx, rosterEvery, look)
}

// ofNobody buries a submission under a subject that names no tenant.
func (w *Worker) ofNobody(ctx context.Context, m jetstream.Msg) {
	md, err := m.Metadata()
	if err != nil {
		w.log.Error("message without metadata", zap.Error(err))
		return
	}
	t := task{subject: m.Subject(), sequence: md.Sequence.Stream, submitted: md.Timestamp, tries: md.NumDelivered}
	w.answer(ctx, m, t, &permanent{class: ClassSubject})
}

// tenantOf gives the tenant of a subject, whatever follows.
func tenantOf(subject, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(subject, prefix+".")
	tenant, _, more := strings.Cut(rest, ".")
	return tenant, ok && more && isToken(tenant)
}

// tenants lists those who have consumers.
func (q *Queue) tenants(ctx context.Context) ([]string, error) {
	s, err := q.stream(ctx, StreamApplications)
	if err != nil {
		return nil, err
	}
	var all []string
	names := s.ConsumerNames(ctx)
	for name := range names.Name() {
		if t, ok := strings.CutPrefix(name, ConsumerLive+"_"); ok {
			all = append(all, t)
		}
	}
	return all, q.explain(names.Err())
}

// scouted gives the sequence at which the consumer of a new tenant begins: whatever is
// before it is of tenants who have theirs, or was answered under the one consumer of an
// earlier release.
func (q *Queue) scouted(ctx context.Context) (uint64, error) {
	from := uint64(1)
	for _, name := range []string{ConsumerTenants, ConsumerLive} {
		c, err := q.js.Consumer(ctx, StreamApplications, name)
		switch {
		case err == nil:
			from = max(from, c.CachedInfo().AckFloor.Stream+1)
		case !errors.Is(err, jetstream.ErrConsumerNotFound):
			return 0, q.explain(err)
		}
	}
	return from, nil
}

// manyPending is what the server may have delivered to all workers together: more than
// they take, as each takes only what it has room for.
const manyPending = 100_000

// consumersFor makes the consumers of a tenant, or brings them up to the options; new
// ones begin at a sequence of APPLICATIONS.
func (q *Queue) consumersFor(ctx context.Context, tenant string, from uint64) error {
	c := q.consumer(consumerOf(ConsumerLive, tenant), filterOf("applications", tenant))
	c.HeadersOnly = true
	if from > 1 {
		c.DeliverPolicy, c.OptStartSeq = jetstream.DeliverByStartSequencePolicy, from
	}
	if err := q.ensure(ctx, StreamApplications, c); err != nil {
		return err
	}
	return q.ensure(ctx, StreamRechecks, q.consumer(consumerOf(ConsumerBatch, tenant), filterOf("rechecks", tenant)))
}

// consumer is how ours are.
func (q *Queue) consumer(name, filter string) jetstream.ConsumerConfig {
	// No BackOff: the server would add it to the delay that a worker asks for,
	// and hours would go by before the last try.
	return jetstream.ConsumerConfig{Durable: name, FilterSubject: filter, AckPolicy: jetstream.AckExplicitPolicy,
		MaxAckPending: manyPending, AckWait: q.o.AckWait, MaxDeliver: q.o.MaxTries}
}

// ensure makes a consumer, or brings one that is there up to the options; where it began
// stays.
func (q *Queue) ensure(ctx context.Context, stream string, c jetstream.ConsumerConfig) error {
	fail := func(err error) error {
		if err == nil {
			return nil
		}
		return fmt.Errorf("consumer %s: %w", c.Durable, q.explain(err))
	}
	old, err := q.js.Consumer(ctx, stream, c.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		_, err = q.js.CreateConsumer(ctx, stream, c)
		if err == nil || !errors.Is(err, jetstream.ErrConsumerExists) {
			return fail(err)
		}
		old, err = q.js.Consumer(ctx, stream, c.Durable) // somebody was quicker
	}
	if err != nil {
		return fail(err)
	}
	is := old.CachedInfo().Config
	if is.AckWait == c.AckWait && is.MaxDeliver == c.MaxDeliver && is.MaxAckPending == c.MaxAckPending && is.HeadersOnly == c.HeadersOnly {
		return nil
	}
	is.AckWait, is.MaxDeliver, is.MaxAckPending, is.HeadersOnly = c.AckWait, c.MaxDeliver, c.MaxAckPending, c.HeadersOnly
	_, err = q.js.UpdateConsumer(ctx, stream, is)
	return fail(err)
}

// consumers makes what delivers: to workers for everybody, unless tenants are named. Of a
// release before this one, which had one consumer for all, the one of new applications
// stays, for where it came to.
func (q *Queue) consumers(ctx context.Context, tenants []string) error {
	if err := q.js.DeleteConsumer(ctx, StreamRechecks, ConsumerBatch); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return q.explain(err)
	}
	for _, t := range tenants {
		if err := q.consumersFor(ctx, t, 1); err != nil {
			return err
		}
	}
	if len(tenants) == 0 {
		c := q.consumer(ConsumerTenants, "")
		c.HeadersOnly, c.MaxDeliver = true, -1
		if err := q.ensure(ctx, StreamApplications, c); err != nil {
			return err
		}
	}
	c := q.consumer(ConsumerAdvisories, "")
	c.MaxDeliver = -1
	return q.ensure(ctx, StreamAdvisories, c)
}
