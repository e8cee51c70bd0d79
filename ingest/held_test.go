package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// left gives the documents that the store has of an application, by their digests'
// first letters.
func (r *rig) left(t *testing.T, application string) string {
	t.Helper()
	s, err := r.store(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, c := range "abc" {
		if _, err := s.GetInfo(t.Context(), objectName("acme", application, strings.Repeat(string(c), 64))); err == nil {
			all += string(c)
		}
	}
	return all
}

func (r *rig) document(t *testing.T, application, letter string) {
	t.Helper()
	if err := r.putDocuments(t.Context(), "acme", application, map[string][]byte{strings.Repeat(letter, 64): []byte("document " + letter)}); err != nil {
		t.Fatal(err)
	}
}

// naming publishes a submission that names documents by reference.
func (r *rig) naming(t *testing.T, application string, letters ...string) {
	t.Helper()
	var docs []string
	for _, l := range letters {
		docs = append(docs, fmt.Sprintf(`{"name":"cv.pdf","sha256":"%s","size":10,"object":true}`, strings.Repeat(l, 64)))
	}
	body := fmt.Sprintf(`{"v":1,"tenant":"acme","application":%q,"applicant":{},"documents":[%s]}`, application, strings.Join(docs, ","))
	if _, err := r.js.Publish(t.Context(), "applications.acme."+application, []byte(body)); err != nil {
		t.Fatal(err)
	}
}

// An erasure removes every document of the application, whoever put it there and
// whether a submission names it: those that are noted, those that came since, and none
// of its neighbours'.
func TestEraseDocuments(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	r.document(t, "A-1", "a")
	r.document(t, "A-10", "a")
	if err := r.holdDocuments(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.document(t, "A-1", "b")
	r.document(t, "A-1", "c")
	r.document(t, "A-10", "b")
	r.naming(t, "A-1", "c")
	if err := r.Erase(t.Context(), e, "acme", "A-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := r.left(t, "A-1") + "/" + r.left(t, "A-10"); got != "/ab" {
		t.Errorf("left: %s", got)
	}
	if list, err := r.held(t.Context(), "acme", "A-1"); err != nil || len(list) != 0 {
		t.Errorf("noted still: %v, %v", list, err)
	}
}

// What an erasure, a sweep and a look at what is due read does not grow with what
// others have on the queue.
func TestOwnWorkAlone(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	stop := r.work(t, e, examiner(byContent))
	cost := func(f func()) uint64 {
		before := r.nc.Stats().InMsgs
		f()
		return r.nc.Stats().InMsgs - before
	}
	const many = 60
	for i := range many {
		a := fmt.Sprintf("B-%d", i)
		r.document(t, a, "a")
		r.outcome(t, "acme", a, r.submit(t, "acme", a, "pending: the host is down"))
	}
	r.outcome(t, "acme", "A-1", r.submit(t, "acme", "A-1", "pending: the host is down"))
	eventually(t, "answered", func() bool { l, err := r.Lag(t.Context()); return err == nil && l.Held == 0 })
	stop()
	// As if the worker had not begun with it.
	kv, err := r.sweeper(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{heldKey, consumerOf(ConsumerLive, "acme")} {
		if err := kv.Purge(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	r.agenda.until, r.agenda.dates = 0, nil
	later := time.Now().Add(2 * time.Minute)
	old := func(*jetstream.ObjectInfo) bool { return false }
	for name, f := range map[string]func() error{
		"sweep":  func() error { _, err := r.sweep(t.Context(), later); return err },
		"due":    func() error { _, err := r.due(t.Context(), later); return err },
		"noting": func() error { return r.holdDocuments(t.Context()) },
	} {
		do := func() {
			if err := f(); err != nil {
				t.Fatal(name, err)
			}
		}
		if first := cost(do); first < many {
			t.Errorf("%s read %d messages at first: this test sees nothing", name, first)
		}
		if again := cost(do); again > many/2 {
			t.Errorf("%s reads %d messages again, and nothing is new", name, again)
		}
	}
	if n := cost(func() {
		if err := r.Erase(t.Context(), e, "acme", "A-1", later); err != nil {
			t.Fatal(err)
		}
	}); n > many {
		t.Errorf("an erasure reads %d messages", n)
	}
	if _, err := r.sweepDocuments(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Queue.agenda.dates {
		if x.at == 0 {
			t.Errorf("no time in %+v", x)
		}
	}
}

// A submission without an outcome is found again until it has one, and everything
// behind it is looked at anew.
func TestSweepStaysAtTheLost(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	lost := r.submit(t, "acme", "A-1", "verified")
	c, err := r.js.Consumer(t.Context(), StreamApplications, consumerOf(ConsumerLive, "acme"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Next(jetstream.FetchMaxWait(10 * time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.DoubleAck(t.Context()); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(2 * time.Minute)
	for range 2 { // what it asked for may be lost, too
		if n, err := r.sweep(t.Context(), later); n != 1 || err != nil {
			t.Fatalf("found %d, %v", n, err)
		}
		s, err := r.stream(t.Context(), StreamRechecks)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := r.sweep(t.Context(), later); n != 1 || err != nil {
		t.Fatalf("found %d, %v", n, err)
	}
	r.work(t, e, examiner(byContent))
	r.outcome(t, "acme", "A-1", lost)
	if n, err := r.sweep(t.Context(), later); n != 0 || err != nil {
		t.Errorf("found %d, %v though it has its outcome", n, err)
	}
	// A queue made anew is looked at from its beginning.
	p, err := r.progress(t.Context(), consumerOf(ConsumerLive, "acme"), StreamApplications)
	if err != nil || p.Seq == 0 {
		t.Fatalf("%+v, %v: this test sees nothing", p, err)
	}
	if err := r.js.DeleteStream(t.Context(), StreamApplications); err != nil {
		t.Fatal(err)
	}
	if err := r.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.consumersFor(t.Context(), "acme", 1); err != nil {
		t.Fatal(err)
	}
	for _, a := range names(int(p.Seq) + 1) {
		r.submit(t, "acme", a, "verified")
	}
	if p, err = r.progress(t.Context(), consumerOf(ConsumerLive, "acme"), StreamApplications); err != nil || p.Seq != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	// So is one that was set back.
	if err := r.doneUpTo(t.Context(), p, 1000); err != nil {
		t.Fatal(err)
	}
	if p, err = r.progress(t.Context(), consumerOf(ConsumerLive, "acme"), StreamApplications); err != nil || p.Seq != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

// Documents that a later submission no longer names go, whoever published it; those of
// a submission on its way stay.
func TestSweepReplacedDocuments(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	r.document(t, "A-1", "a")
	r.naming(t, "A-1", "a")
	old := func(*jetstream.ObjectInfo) bool { return true }
	if n, err := r.sweepDocuments(t.Context(), old); n != 0 || err != nil {
		t.Fatalf("removed %d, %v", n, err)
	}
	r.document(t, "A-1", "b")
	r.document(t, "A-1", "c")
	r.naming(t, "A-1", "b")
	r.work(t, e, examiner(byContent))
	if err := r.holdDocuments(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "answered", func() bool {
		l, err := r.Lag(t.Context())
		_, told := r.last(t.Context(), StreamResults, "results.acme.A-1")
		return err == nil && told == nil && l.Held == 0 && l.Live == 0
	})
	if _, err := r.sweepReplaced(t.Context(), "acme", "A-1", time.Now().Add(-documentAge)); err != nil || r.left(t, "A-1") != "abc" {
		t.Errorf("young ones: %s left, %v", r.left(t, "A-1"), err)
	}
	if _, err := r.sweep(t.Context(), time.Now().Add(2*time.Hour)); err != nil || r.left(t, "A-1") != "b" {
		t.Errorf("left: %s, %v", r.left(t, "A-1"), err)
	}
}

// An erasure of what the sweep is long past, and that was stopped half-way, is gone on
// with, though nobody repeats it.
func TestErasureIsGoneOnWith(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	r.work(t, e, examiner(byContent))
	r.outcome(t, "acme", "A-1", r.submit(t, "acme", "A-1", "verified"))
	eventually(t, "answered", func() bool { l, err := r.Lag(t.Context()); return err == nil && l.Held == 0 })
	if _, err := r.sweep(t.Context(), time.Now().Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	keep := func(f func() error) { e.mu.Lock(); defer e.mu.Unlock(); e.keep = f }
	keep(func() error { return errFlaky })
	if err := r.Erase(t.Context(), e, "acme", "A-1", time.Now()); !errors.Is(err, errFlaky) {
		t.Fatal(err)
	}
	keep(nil)
	if n, err := r.due(t.Context(), time.Now().Add(eraseAgain+time.Second)); n != 1 || err != nil {
		t.Fatalf("due: %d, %v", n, err)
	}
	eventually(t, "gone", func() bool {
		_, err := r.last(t.Context(), StreamApplications, "applications.acme.A-1")
		return errors.Is(err, jetstream.ErrMsgNotFound)
	})
}

// One worker sweeps. When it leaves, another one does at once; when it is gone without
// a word, after a while.
func TestLease(t *testing.T) {
	t.Parallel()
	r, _ := alone(t)
	a, b := &lease{q: r.Queue}, &lease{q: r.Queue}
	beat := func(l *lease) bool {
		t.Helper()
		if err := l.beat(t.Context()); err != nil {
			t.Fatal(err)
		}
		return l.held.Load()
	}
	for range 2 * leaseBeats {
		if !beat(a) || beat(b) {
			t.Fatal("not the first one alone")
		}
	}
	a.leave(t.Context())
	if !beat(b) || beat(a) {
		t.Fatal("not the second one alone")
	}
	// b is silent.
	taken := 0
	for range leaseBeats {
		if beat(a) {
			taken++
		}
	}
	if taken != 1 {
		t.Fatalf("taken %d times", taken)
	}
	if beat(b) || !beat(a) {
		t.Error("who came back has it, too")
	}
	b.leave(t.Context())
	if !beat(a) {
		t.Error("who has it not let it go")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.beat(ctx); err == nil || a.held.Load() {
		t.Errorf("held without an answer of the queue: %v", err)
	}
}

// What earlier versions noted without a time in the header is due by its body, and a
// newer note of an application stands for an older one.
func TestDueByItsTime(t *testing.T) {
	t.Parallel()
	r, _ := alone(t)
	now := time.Now().Truncate(time.Second).UTC()
	if _, err := r.js.Publish(t.Context(), "pending.acme.A-0", fmt.Appendf(nil, `{"v":1,"reason":"pending","at":%q}`, now.Add(time.Hour).Format(time.RFC3339))); err != nil {
		t.Fatal(err)
	}
	for i, at := range []time.Duration{3, 1, 2} {
		if _, err := r.note(t.Context(), "acme", fmt.Sprintf("A-%d", i+1), recheck{V: 1, Reason: "pending", At: now.Add(at * time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	want := func(at time.Duration, n int) {
		t.Helper()
		if got, err := r.due(t.Context(), now.Add(at)); got != n || err != nil {
			t.Errorf("after %v: %d, %v, want %d", at, got, err, n)
		}
	}
	want(0, 0)
	want(time.Hour-time.Second, 0)
	if _, err := r.note(t.Context(), "acme", "A-2", recheck{V: 1, Reason: "pending", At: now.Add(4 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	want(time.Hour, 1)
	want(3*time.Hour, 2)
	want(3*time.Hour, 0)
	want(4*time.Hour, 1)
}
