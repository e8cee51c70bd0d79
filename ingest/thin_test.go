package ingest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A queue that is full of what is worked off takes what is new: the oldest give way,
// with their documents. What is pending, and what nobody has worked on, stays.
func TestArchiveGivesWay(t *testing.T) {
	t.Parallel()
	r, e := alone(t, func(o *QueueOptions) { o.Retention.MaxBytes, o.Retention.Documents = 1<<20, 4<<20 })
	stop := r.work(t, e, examiner(byContent))
	rest := strings.Repeat("x", 60<<10)
	r.outcome(t, "acme", "P-1", r.submit(t, "acme", "P-1", "pending: the host is down "+rest))
	worked := 0
	for err := error(nil); err == nil; {
		a := fmt.Sprintf("A-%d", worked)
		r.document(t, a, "a")
		var rc *Receipt
		if rc, err = r.sub.Submit(t.Context(), submission("acme", a, "verified "+rest)); err == nil {
			r.outcome(t, "acme", a, rc)
			worked++
		} else if !errors.Is(err, ErrFull) {
			t.Fatal(err)
		}
	}
	eventually(t, "answered", func() bool { l, err := r.Lag(t.Context()); return err == nil && l.Held == 0 })
	stop()
	if n, err := r.thin(t.Context(), time.Now()); n != 0 || err != nil {
		t.Fatalf("young ones gave way: %d, %v", n, err)
	}
	if err := r.holdDocuments(t.Context()); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(2 * thinAge)
	n, err := r.thin(t.Context(), later)
	if n == 0 || n == worked || err != nil {
		t.Fatalf("%d of %d gave way, %v", n, worked, err)
	}
	there := func(a string) bool {
		_, err := r.last(t.Context(), StreamApplications, "applications.acme."+a)
		return err == nil
	}
	for i := range worked {
		if a := fmt.Sprintf("A-%d", i); there(a) != (i >= n) || (r.left(t, a) == "a") != (i >= n) {
			t.Errorf("%s of %d that gave way: there %v, with document %q", a, n, there(a), r.left(t, a))
		}
	}
	if !there("P-1") {
		t.Error("what is pending gave way")
	}
	if err := r.Ready(t.Context()); err != nil {
		t.Errorf("ready: %v", err)
	}
	// Nobody works now: nothing of what waits gives way, nor what was lost in work.
	r.submit(t, "acme", "W-0", "verified "+rest)
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
	waiting := 1
	for err = nil; err == nil; waiting++ {
		_, err = r.sub.Submit(t.Context(), submission("acme", fmt.Sprintf("W-%d", waiting), "verified "+rest))
	}
	if waiting--; !errors.Is(err, ErrFull) || waiting < 2 {
		t.Fatal(err)
	}
	// Nor where all that is worked off leaves.
	r.o.Retention.KeepAge = thinAge
	if _, err := r.thin(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	if there(fmt.Sprintf("A-%d", worked-1)) {
		t.Error("what is worked off did not give way")
	}
	for i := range waiting {
		if a := fmt.Sprintf("W-%d", i); !there(a) {
			t.Errorf("%s gave way, and nobody has worked on it", a)
		}
	}
}

// What is worked off leaves at the age that is asked for, also when its outcome has
// left before.
func TestKeptForItsAge(t *testing.T) {
	t.Parallel()
	r, e := alone(t, func(o *QueueOptions) { o.Retention.KeepAge = time.Hour })
	r.work(t, e, examiner(byContent))
	r.outcome(t, "acme", "A-1", r.submit(t, "acme", "A-1", "verified"))
	eventually(t, "answered", func() bool { l, err := r.Lag(t.Context()); return err == nil && l.Held == 0 })
	if _, err := r.sweep(t.Context(), time.Now().Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	s, err := r.stream(t.Context(), StreamResults)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		age  time.Duration
		want int
	}{{59 * time.Minute, 0}, {61 * time.Minute, 1}, {2 * time.Hour, 0}} {
		if n, err := r.thin(t.Context(), time.Now().Add(x.age)); n != x.want || err != nil {
			t.Errorf("after %v: %d, %v", x.age, n, err)
		}
	}
	if _, err := e.Get(t.Context(), "acme", "A-1"); err != nil {
		t.Errorf("in the index: %v", err)
	}
}
