package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"assay/index"
	"assay/index/local"
	"assay/index/record"
	"assay/ingest/examine"
	"assay/verify/fetch"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/semaphore"
)

// hosting is an examiner whose documents that begin with "hosted" need a host.
type hosting struct {
	slow chan struct{} // hosts answer when it is closed; nil = at once
	met  chan string   // is told of each application whose host is asked; nil = nobody is
}

func (h *hosting) Examine(ctx context.Context, in examine.Input) ([]examine.Report, error) {
	later := false
	for i := range in.Documents {
		rest, hosted := strings.CutPrefix(string(in.Documents[i].Data), "hosted ")
		if !hosted {
			continue
		}
		in.Documents[i].Data = []byte(rest)
		if in.Asks == nil {
			continue
		}
		answered, err := in.Asks(ctx)
		if later = err != nil; later {
			if !errors.Is(err, fetch.ErrLater) {
				return nil, err
			}
			in.Documents[i].Data = []byte("pending")
			continue
		}
		if h.met != nil {
			h.met <- in.Application
		}
		if h.slow != nil {
			select {
			case <-h.slow:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		answered()
	}
	reports, err := byContent(ctx, in)
	if in.Read != nil {
		in.Read()
	}
	return reports, err
}

// follows collects what is told.
func (r *rig) follows(t *testing.T) func(application string) []string {
	t.Helper()
	var mu sync.Mutex
	all := map[string][]string{}
	end, err := r.Follow(t.Context(), nil, func(o *Outcome, _ time.Time) {
		mu.Lock()
		defer mu.Unlock()
		what := string(o.State)
		if o.State == Indexed {
			what = fmt.Sprintf("%s verified %d pending %d", o.Phase, o.Counts.Verified, o.Counts.Pending)
		}
		all[o.Application] = append(all[o.Application], what)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	return func(application string) []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), all[application]...)
	}
}

func (r *rig) pending(t *testing.T, application string) *recheck {
	t.Helper()
	m, err := r.last(t.Context(), StreamPending, "pending.acme."+application)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var c recheck
	if err := json.Unmarshal(m.Data, &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

// What the documents prove is told at once, and the whole when hosts have answered; who
// waits is told of the whole, and nothing stays to be done.
func TestPhases(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r, e, ex := newRig(t, s), newMemory(), &hosting{slow: make(chan struct{}), met: make(chan string, 8)}
		told := r.follows(t)
		r.work(t, e, ex)
		plain := r.submit(t, "acme", "A-1", "verified")
		rc := r.submit(t, "acme", "A-2", "hosted verified")
		r.outcome(t, "acme", "A-1", plain)
		<-ex.met
		eventually(t, "the documents are told of", func() bool { return len(told("A-2")) == 1 })
		doc, err := e.Get(t.Context(), "acme", "A-2")
		if err != nil || doc.Counts.Pending != 1 {
			t.Fatalf("in the index: %+v, %v", doc, err)
		}
		if c := r.pending(t, "A-2"); c == nil || c.Reason != "hosts" || time.Until(c.At) < time.Minute {
			t.Errorf("noted is %+v", c)
		}
		close(ex.slow)
		if o := r.outcome(t, "acme", "A-2", rc); o.Phase != PhaseComplete || o.Counts.Verified != 1 || o.Version <= doc.Version {
			t.Errorf("outcome %+v", o)
		}
		eventually(t, "nothing is left to be done", func() bool { return r.pending(t, "A-2") == nil })
		eventually(t, "nothing waits", func() bool { l, err := r.Lag(t.Context()); return err == nil && l == waits{} })
		for application, want := range map[string][]string{"A-1": {"complete verified 1 pending 0"}, "A-2": {"documents verified 0 pending 1", "complete verified 1 pending 0"}} {
			if got := told(application); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: told %q, want %q", application, got, want)
			}
		}
	})
}

// Applications whose hosts do not answer keep no place from others, and none of the
// worker's hands.
func TestHostsKeepNobody(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	ex := &hosting{slow: make(chan struct{}), met: make(chan string, 64)}
	r.work(t, e, ex, func(o *WorkerOptions) { o.Workers, o.InHand = 1, 2 })
	for i := range 20 {
		r.submit(t, "acme", fmt.Sprintf("slow-%d", i), "hosted verified")
	}
	for range 20 {
		<-ex.met // all of them are asked for at a time
	}
	for _, application := range names(5) {
		r.outcome(t, "acme", application, r.submit(t, "acme", application, "verified"))
	}
	if n, err := r.Reprocess(t.Context(), nil, ReprocessOptions{Tenant: "acme"}); err != nil || n != 25 {
		t.Fatal(n, err)
	}
	close(ex.slow)
	for i := range 20 {
		if o := r.outcome(t, "acme", fmt.Sprintf("slow-%d", i), &Receipt{Sequence: uint64(i + 1)}); o.Counts.Verified != 1 {
			t.Errorf("outcome %+v", o)
		}
	}
	eventually(t, "all is checked again", func() bool { n, err := r.Rechecks(t.Context()); return err == nil && n == 0 })
}

// A worker that ends while hosts are asked leaves that to the next one.
func TestHostsAreAskedByTheNext(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	ex := &hosting{slow: make(chan struct{}), met: make(chan string, 8)}
	stop := r.work(t, e, ex, func(o *WorkerOptions) { o.Drain = 100 * time.Millisecond })
	rc := r.submit(t, "acme", "A-1", "hosted verified")
	<-ex.met
	stop()
	c := r.pending(t, "A-1")
	if c == nil || c.Reason != "hosts" || time.Until(c.At) > time.Second {
		t.Fatalf("noted is %+v", c)
	}
	if n, err := r.due(t.Context(), time.Now().Add(time.Second)); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	close(ex.slow)
	r.work(t, e, ex)
	if o := r.outcome(t, "acme", "A-1", rc); o.Phase != PhaseComplete || o.Counts.Verified != 1 {
		t.Errorf("outcome %+v", o)
	}
	if l := r.letters(t); len(l) != 0 {
		t.Errorf("letters %+v", l)
	}
}

// A newer submission takes the place of one whose hosts are asked, and what these say
// then is told of nobody.
func TestHostsOfTheOlder(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	ex := &hosting{slow: make(chan struct{}), met: make(chan string, 8)}
	told := r.follows(t)
	r.work(t, e, ex)
	r.submit(t, "acme", "A-1", "hosted verified")
	<-ex.met
	newer := r.submit(t, "acme", "A-1", "rejected")
	if o := r.outcome(t, "acme", "A-1", newer); o.Counts.Rejected != 1 {
		t.Fatalf("outcome %+v", o)
	}
	close(ex.slow)
	eventually(t, "it is superseded", func() bool { return strings.Contains(strings.Join(told("A-1"), " "), "superseded") })
	if doc, err := e.Get(t.Context(), "acme", "A-1"); err != nil || doc.Counts.Rejected != 1 {
		t.Errorf("in the index: %+v, %v", doc, err)
	}
	eventually(t, "nothing is left to be done", func() bool { return r.pending(t, "A-1") == nil })
}

// A candidate whose applications have waited for hosts for long is not asked for at
// once; others are.
func TestAttack420_HostsOfOneCandidate(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	ex := &hosting{}
	var mu sync.Mutex
	var ahead time.Duration
	now := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return time.Now().Add(ahead)
	}
	r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		if in.Asks != nil && in.Application == "A-1" {
			if _, err := in.Asks(ctx); err == nil {
				mu.Lock()
				ahead = hostsEach + time.Second
				mu.Unlock()
			}
		}
		return ex.Examine(ctx, in)
	}), func(o *WorkerOptions) { o.Now = now })
	first := r.submit(t, "acme", "A-1", "hosted verified")
	r.outcome(t, "acme", "A-1", first)
	// The same candidate.
	r.submit(t, "acme", "A-2", "hosted verified")
	eventually(t, "it is put off", func() bool { c := r.pending(t, "A-2"); return c != nil && c.At.Sub(now()) < 2*time.Minute })
	m, err := r.last(t.Context(), StreamResults, "results.acme.A-2")
	var o Outcome
	if err != nil || json.Unmarshal(m.Data, &o) != nil || o.Phase != PhaseDocuments || o.Counts.Pending != 1 {
		t.Errorf("outcome %+v, %v", o, err)
	}
	other := submission("acme", "A-3", "hosted verified")
	other.Applicant.Emails = []string{"other@example.org"}
	rc, err := r.sub.Submit(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	if o := r.outcome(t, "acme", "A-3", rc); o.Counts.Verified != 1 {
		t.Errorf("outcome %+v", o)
	}
}

// One tenant's backlog is in nobody's way.
func TestAttack421_BacklogOfOneTenant(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	gate := make(chan struct{})
	var mu sync.Mutex
	var order []string
	r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		<-gate
		mu.Lock()
		order = append(order, in.Tenant)
		mu.Unlock()
		return byContent(ctx, in)
	}), func(o *WorkerOptions) { o.Workers = 1 })
	for i := range 150 {
		r.submit(t, "acme", fmt.Sprintf("A-%d", i), "verified")
	}
	rc := r.submit(t, "rival", "R-1", "verified")
	eventually(t, "both are known", func() bool { all, err := r.tenants(t.Context()); return err == nil && len(all) == 2 })
	time.Sleep(100 * time.Millisecond) // until it has come; else it comes later, and the test is no worse
	close(gate)
	r.outcome(t, "rival", "R-1", rc)
	mu.Lock()
	defer mu.Unlock()
	for i, tenant := range order {
		if tenant == "rival" && i > 3*turnLength {
			t.Errorf("it came after %d of another tenant's", i)
		}
	}
}

// A submission that is replaced while it waits for its turn is told as superseded, and
// the newer one is worked on.
func TestReplacedWhileItWaits(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	gate, entered := make(chan struct{}), make(chan bool, 3)
	told := r.follows(t)
	r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		entered <- true
		<-gate
		return byContent(ctx, in)
	}), func(o *WorkerOptions) { o.Workers = 1 })
	r.submit(t, "acme", "A-0", "verified")
	<-entered // and has the only place
	r.submit(t, "acme", "A-1", "verified: older")
	eventually(t, "both are in hand", func() bool { l, err := r.Lag(t.Context()); return err == nil && l.Held == 2 })
	newer := r.submit(t, "acme", "A-1", "rejected: newer")
	close(gate)
	if o := r.outcome(t, "acme", "A-1", newer); o.Counts.Rejected != 1 {
		t.Errorf("outcome %+v", o)
	}
	eventually(t, "the older one has its outcome", func() bool {
		return strings.Contains(strings.Join(told("A-1"), " "), "superseded")
	})
	eventually(t, "the newest is the last", func() bool {
		got := told("A-1")
		return got[len(got)-1] != "superseded"
	})
}

// Documents in hand have a bound together; one that is larger than it goes alone, and who
// waits holds nothing that another one waits for.
func TestRoomForDocuments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &Worker{room: semaphore.NewWeighted(roomForDocuments)}
		first, second, third := w.roomFor(), w.roomFor(), w.roomFor()
		if err := errors.Join(first.take(t.Context(), roomForDocuments/2), second.take(t.Context(), roomForDocuments/4)); err != nil {
			t.Fatal(err)
		}
		var order []string
		go func() {
			_ = second.take(t.Context(), 10*roomForDocuments)
			order = append(order, "second")
		}()
		synctest.Wait()
		if len(order) > 0 {
			t.Fatal("there is more in hand than may be")
		}
		first.leave()
		first.leave()
		synctest.Wait()
		if len(order) != 1 {
			t.Fatal("it waits for what it has itself")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := third.take(ctx, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		third.leave()
		second.leave()
		if !w.room.TryAcquire(roomForDocuments) {
			t.Error("room is lost")
		}
	})
}

// A recheck of what was checked before does not pass for the hosts' part of it.
func TestHostsAreAskedByARecheck(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	ex := &hosting{slow: make(chan struct{}), met: make(chan string, 8)}
	stop := r.work(t, e, ex, func(o *WorkerOptions) { o.Drain = 100 * time.Millisecond })
	rc := r.submit(t, "acme", "A-1", "hosted verified")
	<-ex.met
	stop()
	doc, err := e.Get(t.Context(), "acme", "A-1")
	if err != nil {
		t.Fatal(err)
	}
	// The one note of it becomes a recheck, which another one replaces.
	if n, err := r.due(t.Context(), time.Now().Add(time.Second)); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if err := r.recheck(t.Context(), "acme", "A-1", recheck{V: 1, Reason: "reprocess", Before: doc.CheckedAt}); err != nil {
		t.Fatal(err)
	}
	close(ex.slow)
	r.work(t, e, ex)
	if o := r.outcome(t, "acme", "A-1", rc); o.Phase != PhaseComplete || o.Counts.Verified != 1 {
		t.Errorf("outcome %+v", o)
	}
	if done, err := r.checkedSince(t.Context(), "acme.A-1", doc.CheckedAt); !done || err != nil {
		t.Errorf("afterwards it is checked: %v, %v", done, err)
	}
}

// What nobody has worked on does not become a dead letter for being handed back often.
func TestHandedBackOften(t *testing.T) {
	t.Parallel()
	r, e := alone(t, func(o *QueueOptions) { o.MaxTries = 2 })
	w, err := NewWorker(WorkerOptions{Queue: r.Queue, Engine: e, Examiner: examiner(byContent), IDKey: []byte("id key of a test, long enough...."), Log: r.log.logger()})
	if err != nil {
		t.Fatal(err)
	}
	rc := r.submit(t, "acme", "A-1", "verified")
	c, err := r.js.Consumer(t.Context(), StreamApplications, consumerOf(ConsumerLive, "acme"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		m, err := c.Next(jetstream.FetchMaxWait(20 * time.Second))
		if err != nil {
			t.Fatal(err)
		}
		w.back(m)
	}
	if n, err := r.Rechecks(t.Context()); n != 1 || err != nil {
		t.Errorf("%d rechecks, %v", n, err)
	}
	r.work(t, e, examiner(byContent))
	if o := r.outcome(t, "acme", "A-1", rc); o.State != Indexed || o.Counts.Verified != 1 {
		t.Errorf("outcome %+v", o)
	}
	if l := r.letters(t); len(l) != 0 {
		t.Errorf("letters %+v", l)
	}
}

// Those whose hosts have answered come first, and one place is left for them.
func TestTurnsOfThoseWhoseHostsAreAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 4, 2)
		q.wait("check", rechecked, "acme") // what is checked again has its place
		for range 6 {
			q.wait("new", urgent, "acme")
		}
		q.wait("hosts", answered, "acme")
		if got := q.leave(); got != "hosts" {
			t.Fatalf("next is %q", got)
		}
		p := q.at["hosts"]
		back, _ := p.asks(t.Context())
		synctest.Wait()
		done := make(chan bool)
		go func() { back(); close(done) }()
		synctest.Wait()
		q.at["new"].leave()
		synctest.Wait()
		select {
		case <-done:
		default:
			t.Error("new ones come before who has waited for a host")
		}
		p.leave()
	})
}

// An installation's options reach the consumers of tenants that others have met.
func TestConsumersFollowTheOptions(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	r.work(t, e, examiner(byContent))()
	other, err := Dial(t.Context(), QueueOptions{InProcess: r.o.InProcess, AckWait: 77 * time.Second, Log: r.log.logger()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	(&rig{Queue: other, log: r.log}).work(t, e, examiner(byContent))
	eventually(t, "the option is there", func() bool {
		c, err := r.js.Consumer(t.Context(), StreamApplications, consumerOf(ConsumerLive, "acme"))
		return err == nil && c.CachedInfo().Config.AckWait == 77*time.Second
	})
}

// Erased by the id of its document, too, an application is gone.
func TestEraseByTheDocument(t *testing.T) {
	t.Parallel()
	r, _ := alone(t)
	key := []byte("id key of a test, long enough....")
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	r.work(t, e, examiner(byContent))
	r.outcome(t, "acme", "A-1", r.submit(t, "acme", "A-1", "verified"))
	if err := r.Erase(t.Context(), e, "acme", record.ID(key, "acme", "A-1"), time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Get(t.Context(), "acme", "A-1"); !errors.Is(err, index.ErrErased) {
		t.Errorf("in the index: %v", err)
	}
	if _, err := r.last(t.Context(), StreamApplications, "applications.acme.A-1"); !errors.Is(err, jetstream.ErrMsgNotFound) {
		t.Errorf("on the queue: %v", err)
	}
}
