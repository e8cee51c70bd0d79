package ingest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"assay/index/record"
	"assay/ingest/examine"

	"github.com/nats-io/nats.go/jetstream"
)

// tally counts how often each application's document was examined.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *tally) Examine(ctx context.Context, in examine.Input) ([]examine.Report, error) {
	c.mu.Lock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	for _, d := range in.Documents {
		c.n[in.Tenant+" "+string(d.Data)]++
	}
	c.mu.Unlock()
	return byContent(ctx, in)
}

func (c *tally) of(content string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[content]
}

func servesOnly(tenants ...string) func(*WorkerOptions) {
	return func(o *WorkerOptions) {
		o.Tenants = tenants
		// What others did is looked up when it is older than a minute.
		o.Now = func() time.Time { return time.Now().Add(2 * fresh) }
	}
}

// A worker for some tenants leaves what is others' where it is, new applications
// and rechecks, and buries none of it; a worker that serves them later finds it.
// What was done is not done again when the list changes.
func TestAttack137_OthersApplicationsStay(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r, e, ex := newRig(t, s), newMemory(), &tally{}
		left := r.submit(t, "acme", "A-1", "verified: left")
		mine := r.submit(t, "rival", "B-1", "verified: mine")
		if n, err := r.Reprocess(t.Context(), nil, ReprocessOptions{Tenant: "acme"}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		stop := r.work(t, e, ex, servesOnly("rival", "other"))
		if o := r.outcome(t, "rival", "B-1", mine); o.State != Indexed {
			t.Errorf("outcome %+v", o)
		}
		// A second round of the worker's loops, and one more of its own.
		second := r.submit(t, "rival", "B-2", "verified: second")
		r.outcome(t, "rival", "B-2", second)
		if n := ex.of("acme verified: left"); n != 0 {
			t.Errorf("another tenant's application was examined %d times", n)
		}
		if l := r.letters(t); len(l) != 0 {
			t.Errorf("letters %+v", l)
		}
		if _, err := r.last(t.Context(), StreamResults, "results.acme.A-1"); !errors.Is(err, jetstream.ErrMsgNotFound) {
			t.Errorf("an outcome of another tenant's application: %v", err)
		}
		if n, err := r.Rechecks(t.Context()); n != 1 || err != nil {
			t.Errorf("%d rechecks wait, %v; the other tenant's must", n, err)
		}
		stop()

		// The list grows: what was left is reached, new and recheck.
		stop = r.work(t, e, ex, servesOnly("acme", "rival"))
		if o := r.outcome(t, "acme", "A-1", left); o.State != Indexed {
			t.Errorf("outcome %+v", o)
		}
		eventually(t, "the recheck is done", func() bool { n, err := r.Rechecks(t.Context()); return err == nil && n == 0 })
		eventually(t, "nothing waits", func() bool { l, err := r.Lag(t.Context()); return err == nil && l.Live == 0 && l.Held == 0 })
		stop()

		// No list: everybody's are done, and nothing again.
		last := r.submit(t, "third", "C-1", "verified: last")
		stop = r.work(t, e, ex, servesOnly())
		r.outcome(t, "third", "C-1", last)
		eventually(t, "all is answered", func() bool { l, err := r.Lag(t.Context()); return err == nil && l.Live == 0 && l.Held == 0 })
		for content, most := range map[string]int{"rival verified: mine": 1, "rival verified: second": 1, "acme verified: left": 2, "third verified: last": 1} {
			if n := ex.of(content); n < 1 || n > most {
				t.Errorf("%q was examined %d times, want %d", content, n, most)
			}
		}
		stop()
		if l := r.letters(t); len(l) != 0 {
			t.Errorf("letters %+v", l)
		}
	})
}

// What an earlier version buried because it did not work for the tenant is
// worked on; what has any other outcome is not.
func TestAttack137_BuriedBefore(t *testing.T) {
	t.Parallel()
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	r, e, ex := newRig(t, s), newMemory(), &tally{}
	for application, reason := range map[string]Class{"A-1": ClassTenant, "A-2": ClassMalformed} {
		rc := r.submit(t, "acme", application, "verified: "+application)
		m, err := r.last(t.Context(), StreamApplications, "applications.acme."+application)
		if err != nil {
			t.Fatal(err)
		}
		o := Outcome{V: 1, Tenant: "acme", Application: application, State: Refused, Reason: string(reason), Sequence: rc.Sequence, Submitted: m.Time}
		if err := r.publishOutcome(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	r.work(t, e, ex, servesOnly("acme"))
	r.outcome(t, "acme", "A-3", r.submit(t, "acme", "A-3", "verified: A-3"))
	eventually(t, "answered", func() bool { l, err := r.Lag(t.Context()); return err == nil && l.Live == 0 && l.Held == 0 })
	if ex.of("acme verified: A-1") != 1 || ex.of("acme verified: A-2") != 0 {
		t.Errorf("examined %v", ex.n)
	}
}

// Workers with a list and workers for everybody at one time work on the same consumers,
// and who remains does what there is.
func TestTenantsBesideEverybody(t *testing.T) {
	t.Parallel()
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	r, e, ex := newRig(t, s), newMemory(), &tally{}
	all := r.work(t, e, ex)
	some := r.work(t, e, ex, servesOnly("acme"))
	r.outcome(t, "acme", "A-1", r.submit(t, "acme", "A-1", "verified: one"))
	r.outcome(t, "rival", "R-1", r.submit(t, "rival", "R-1", "verified: two"))
	all()
	r.outcome(t, "acme", "A-2", r.submit(t, "acme", "A-2", "verified: three"))
	if _, err := r.Reprocess(t.Context(), nil, ReprocessOptions{Tenant: "acme"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the rechecks are done", func() bool { n, err := r.Rechecks(t.Context()); return err == nil && n == 0 })
	some()
	rc := r.submit(t, "acme", "A-3", "verified: four")
	r.work(t, e, ex)
	r.outcome(t, "acme", "A-3", rc)
}

// An installation whose one consumer delivered to all tenants goes on where that one
// came to: what was answered is not examined again, and what was not is.
func TestConsumersOfAnEarlierRelease(t *testing.T) {
	t.Parallel()
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	r, e, ex := newRig(t, s), newMemory(), &tally{}
	for _, name := range []string{ConsumerTenants, consumerOf(ConsumerLive, "acme")} {
		if err := r.js.DeleteConsumer(t.Context(), StreamApplications, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.js.DeleteConsumer(t.Context(), StreamRechecks, consumerOf(ConsumerBatch, "acme")); err != nil {
		t.Fatal(err)
	}
	for stream, name := range map[string]string{StreamApplications: ConsumerLive, StreamRechecks: ConsumerBatch} {
		if _, err := r.js.CreateConsumer(t.Context(), stream, jetstream.ConsumerConfig{Durable: name, AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: 256}); err != nil {
			t.Fatal(err)
		}
	}
	r.submit(t, "acme", "A-1", "verified: done")
	r.submit(t, "rival", "R-1", "verified: done")
	c, err := r.js.Consumer(t.Context(), StreamApplications, ConsumerLive)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		m, err := c.Next(jetstream.FetchMaxWait(10 * time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.DoubleAck(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	left := r.submit(t, "rival", "R-2", "verified: left")
	if err := r.recheck(t.Context(), "acme", "A-1", recheck{V: 1, Reason: "pending"}); err != nil {
		t.Fatal(err)
	}
	r.work(t, e, ex)
	r.outcome(t, "rival", "R-2", left)
	// Of a tenant that has nothing new, too.
	eventually(t, "the recheck is done", func() bool { n, err := r.Rechecks(t.Context()); return err == nil && n == 0 })
	if ex.of("rival verified: done") != 0 || ex.of("acme verified: done") != 1 {
		t.Errorf("examined %v", ex.n)
	}
}

// A tenant that is none has no worker, and no consumer.
func TestTenantsAreTokens(t *testing.T) {
	t.Parallel()
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	r := newRig(t, s)
	for _, tenant := range []string{"", "*", ">", "a.b"} {
		if _, err := NewWorker(WorkerOptions{Queue: r.Queue, Engine: newMemory(), Examiner: &tally{}, IDKey: []byte("k"), Tenants: []string{tenant}}); !errors.Is(err, record.ErrToken) {
			t.Errorf("%q: %v", tenant, err)
		}
		if err := r.Setup(t.Context(), tenant); !errors.Is(err, record.ErrToken) {
			t.Errorf("%q: %v", tenant, err)
		}
	}
}
