package ingest

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"assay/extract"
	"assay/ingest/examine"
)

// stubborn examines all but what is called endless as byContent does; that it
// does not end until the test does, whatever its context says.
type stubborn struct{ over, met chan struct{} }

func newStubborn() *stubborn {
	return &stubborn{over: make(chan struct{}), met: make(chan struct{}, 10)}
}

func (s *stubborn) Examine(ctx context.Context, in examine.Input) ([]examine.Report, error) {
	switch {
	case len(in.Documents) == 1 && strings.HasPrefix(string(in.Documents[0].Data), "endless"):
		s.met <- struct{}{}
		<-s.over
	case len(in.Documents) == 1 && strings.HasPrefix(string(in.Documents[0].Data), "late"):
		<-ctx.Done() // and obeys, in the end
		return nil, ctx.Err()
	}
	return byContent(ctx, in)
}

// runs runs a worker of one hand and gives what stops it and says how long that
// took.
func (r *rig) runs(t *testing.T, ex Examiner, change func(*WorkerOptions)) (*Worker, func() time.Duration) {
	t.Helper()
	o := WorkerOptions{Queue: r.Queue, Engine: newMemory(), Examiner: ex, IDKey: []byte("id key of a test, long enough...."), Workers: 1, Jitter: func() float64 { return 0 }, Log: r.log.logger()}
	change(&o)
	w, err := NewWorker(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	stop := func() time.Duration {
		start := time.Now()
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			done <- nil
		case <-time.After(20 * time.Second):
			t.Error("the worker does not end")
		}
		return time.Since(start)
	}
	t.Cleanup(func() { stop() })
	return w, stop
}

// An application whose examination does not end gives its slot back and is a dead
// letter at once, not after six tries; the worker tells that it runs on, until it
// does not.
func TestAttack114_ApplicationWithoutEnd(t *testing.T) {
	t.Parallel()
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(func() { s.stop() })
	r := newRig(t, s)
	ex := newStubborn()
	w, stop := r.runs(t, ex, func(o *WorkerOptions) { o.Time, o.Drain = 200*time.Millisecond, 5*time.Second })
	for _, content := range []string{"endless", "late"} {
		rc := r.submit(t, "acme", content, content)
		o := r.outcome(t, "acme", content, rc)
		if o.State != Refused || o.Reason != string(ClassStuck) {
			t.Errorf("%s: outcome %+v", content, o)
		}
	}
	l := r.letters(t)
	if len(l) != 2 || l[0].Class != ClassStuck || l[1].Class != ClassStuck || l[0].Attempts != 1 || ClassStuck.Words() == "" {
		t.Errorf("letters %+v", l)
	}
	if n := w.Left(); n != 1 {
		t.Errorf("%d are left, want the one that does not end", n)
	}
	// The only slot is free.
	rc := r.submit(t, "acme", "A-2", "verified")
	if o := r.outcome(t, "acme", "A-2", rc); o.State != Indexed || o.Counts.Verified != 1 {
		t.Errorf("the next application: %+v", o)
	}
	// And the worker ends although that does not.
	if took := stop(); took > 10*time.Second {
		t.Errorf("ended after %s", took)
	}
	close(ex.over)
	eventually(t, "nothing is left", func() bool { return w.Left() == 0 })
}

// A worker that is told to end does so after its drain, whatever it has in hand;
// that goes back to the queue and is no letter.
func TestAttack114_WorkerEnds(t *testing.T) {
	t.Parallel()
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(func() { s.stop() })
	r := newRig(t, s)
	ex := newStubborn()
	defer close(ex.over)
	_, stop := r.runs(t, ex, func(o *WorkerOptions) { o.Drain = 300 * time.Millisecond })
	rc := r.submit(t, "acme", "A-1", "endless")
	<-ex.met
	if took := stop(); took > 15*time.Second {
		t.Errorf("ended after %s", took)
	}
	r.work(t, newMemory(), examiner(byContent))
	if o := r.outcome(t, "acme", "A-1", rc); o.State != Indexed || len(r.letters(t)) != 0 {
		t.Errorf("outcome %+v, letters %v", o, r.letters(t))
	}
}

// A fault while an application is worked on, beside examining it, is told with
// its number, and the application is tried again.
func TestE06_WorkFails(t *testing.T) {
	t.Parallel()
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(func() { s.stop() })
	r := newRig(t, s)
	var asked atomic.Int64
	r.work(t, newMemory(), examiner(byContent), func(o *WorkerOptions) {
		o.Jitter = func() float64 {
			if asked.Add(1) == 1 {
				panic("words of a document") // when a pending badge is to be asked for again
			}
			return 0
		}
	})
	rc := r.submit(t, "acme", "A-1", "pending")
	if o := r.outcome(t, "acme", "A-1", rc); o.State != Indexed || o.Counts.Pending != 1 || o.Recheck.IsZero() {
		t.Errorf("outcome %+v", o)
	}
	if log := r.log.String(); strings.Count(log, `"where":"an application in hand"`) != 1 || !strings.Contains(log, "application is tried again") || strings.Contains(log, "words of") {
		t.Errorf("log %s", log)
	}
}

// An application for whose documents no child is free is tried again, and says so
// in the end; its owner is told to who reads them.
func TestAttack119_TriedAgain(t *testing.T) {
	t.Parallel()
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(func() { s.stop() })
	r := newRig(t, s, func(o *QueueOptions) { o.MaxTries = 2 })
	var busy, other atomic.Int64
	r.work(t, newMemory(), examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		if in.Tenant != "acme" || in.Application != string(in.Documents[0].Data) {
			other.Add(1)
		}
		reports := []examine.Report{{Document: in.Documents[0].Name}}
		if busy.Add(1) == 1 || in.Application == "never" {
			reports[0].Unread = []extract.Unread{{Where: in.Documents[0].Name, Reason: extract.ReasonUnavailable}}
			return reports, examine.ErrBusy
		}
		return reports, nil
	}))
	rc := r.submit(t, "acme", "soon", "soon")
	if o := r.outcome(t, "acme", "soon", rc); o.State != Indexed || len(o.Unread) != 0 || busy.Load() != 2 {
		t.Errorf("outcome %+v after %d tries", o, busy.Load())
	}
	rc = r.submit(t, "acme", "never", "never")
	if o := r.outcome(t, "acme", "never", rc); o.State != Indexed || len(o.Unread) != 1 || o.Unread[0].Reason != string(extract.ReasonUnavailable) || busy.Load() != 4 {
		t.Errorf("outcome %+v after %d tries", o, busy.Load())
	}
	if other.Load() != 0 {
		t.Error("it is not told whose documents they are")
	}
}
