package ingest

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// What waits for hosts is seen: how many, where they are, and for how long the oldest is.
func TestHostsWaiting(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	w := &Worker{o: WorkerOptions{Now: func() time.Time { return now }}}
	w.second = newSecond(w.o.Now)
	reg := prometheus.NewRegistry()
	reg.MustRegister(HostsCollector(w))
	of := func(name string, ago time.Duration) task {
		return task{subject: "applications.acme." + name, submitted: now.Add(-ago)}
	}
	want := func(when string, lines ...string) {
		t.Helper()
		t.Log(when)
		says(t, scraped(t, reg), lines...)
	}
	none := []string{`assay_hosts_applications{at="waiting"} 0`, `assay_hosts_applications{at="asked"} 0`, `assay_hosts_applications{at="later"} 0`,
		`assay_hosts_oldest_seconds{at="waiting"} 0`, `assay_hosts_oldest_seconds{at="asked"} 0`, `assay_hosts_oldest_seconds{at="later"} 0`}
	want("none", none...)
	a, b := w.second.begin(of("A-1", time.Minute)), w.second.begin(of("A-2", 2*time.Minute))
	want("two wait", `assay_hosts_applications{at="waiting"} 2`, `assay_hosts_oldest_seconds{at="waiting"} 120`)
	b.ask()
	want("one is asked", `assay_hosts_applications{at="waiting"} 1`, `assay_hosts_oldest_seconds{at="waiting"} 60`, `assay_hosts_applications{at="asked"} 1`, `assay_hosts_oldest_seconds{at="asked"} 120`)
	w.second.put(of("A-2", 2*time.Minute), now.Add(time.Hour))
	b.end()
	a.end()
	now = now.Add(time.Minute)
	want("one is put off", `assay_hosts_applications{at="asked"} 0`, `assay_hosts_applications{at="later"} 1`, `assay_hosts_oldest_seconds{at="later"} 180`)
	c := w.second.begin(of("A-2", 0))
	want("it is submitted again", `assay_hosts_applications{at="later"} 0`, `assay_hosts_applications{at="waiting"} 1`)
	w.second.put(of("A-2", 0), now.Add(time.Minute))
	c.end()
	now = now.Add(time.Minute)
	want("its time has come", none...)
}

// A worker tells of its own: those that it asks, and those that it takes up for others.
func TestHostsWaitingOfWorker(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	ex := &hosting{slow: make(chan struct{}), met: make(chan string, 8)}
	w, err := NewWorker(WorkerOptions{Queue: r.Queue, Engine: e, Examiner: ex, IDKey: []byte("id key of a test, long enough...."), Now: func() time.Time { return time.Now().Add(time.Minute) }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	asked := func() (int, bool) {
		n, oldest := w.second.standing()
		return n[hostsAsked], n[hostsWaiting] == 0 && (n[hostsAsked] == 0 || w.o.Now().Sub(oldest[hostsAsked]) >= time.Minute)
	}
	first := r.submit(t, "acme", "A-1", "hosted verified")
	<-ex.met
	if n, ok := asked(); n != 1 || !ok {
		t.Errorf("of an application whose hosts are asked is told: %d, %v", n, ok)
	}
	// Another worker's, which ended.
	if err := r.recheck(t.Context(), "acme", "A-1", recheck{V: 1, Reason: "hosts"}); err != nil {
		t.Fatal(err)
	}
	<-ex.met
	if n, ok := asked(); n != 2 || !ok {
		t.Errorf("of one that was taken up is told: %d, %v", n, ok)
	}
	close(ex.slow)
	r.outcome(t, "acme", "A-1", first)
	eventually(t, "none is asked", func() bool { n, ok := asked(); return n == 0 && ok })
}
