package ingest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"assay/ingest/natsd"

	"github.com/google/go-cmp/cmp"
)

// Changed options reach the streams, buckets and consumers that are there, and
// what they hold stays.
func TestSetupChangesRetention(t *testing.T) {
	t.Parallel()
	type kept struct {
		Age, ResultAge, DeadAge, DocumentAge, AckWait time.Duration
		Bytes, Documents, Results, Dead               int64
		Tries                                         int
		BackOff                                       []time.Duration // none, or a worker's delay would not be what it asks for
	}
	look := func(t *testing.T, r *rig) (k kept) {
		t.Helper()
		for name, f := range map[string]func(age time.Duration, bytes int64){
			StreamApplications:       func(a time.Duration, b int64) { k.Age, k.Bytes = a, b },
			StreamResults:            func(a time.Duration, b int64) { k.ResultAge, k.Results = a, b },
			StreamDeadLetters:        func(a time.Duration, b int64) { k.DeadAge, k.Dead = a, b },
			"OBJ_" + BucketDocuments: func(a time.Duration, b int64) { k.DocumentAge, k.Documents = a, b },
		} {
			s, err := r.js.Stream(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			c := s.CachedInfo().Config
			f(c.MaxAge, c.MaxBytes)
		}
		c, err := r.js.Consumer(t.Context(), StreamApplications, consumerOf(ConsumerLive, "acme"))
		if err != nil {
			t.Fatal(err)
		}
		i := c.CachedInfo().Config
		k.AckWait, k.Tries, k.BackOff = i.AckWait, i.MaxDeliver, i.BackOff
		return k
	}
	servers(t, func(t *testing.T, s server) {
		r := newRig(t, s)
		want := kept{Age: DefaultMaxAge, ResultAge: DefaultResultAge, DeadAge: DefaultDeadAge, DocumentAge: DefaultMaxAge, AckWait: DefaultAckWait,
			Bytes: DefaultMaxBytes, Documents: DefaultMaxBytes, Results: DefaultResults, Dead: DefaultDead, Tries: DefaultMaxTries}
		if d := cmp.Diff(want, look(t, r)); d != "" {
			t.Errorf("defaults (-want +got):\n%s", d)
		}
		r.submit(t, "acme", "A-1", "verified")
		r = newRig(t, s, func(o *QueueOptions) {
			o.Retention = Retention{MaxAge: time.Hour, MaxBytes: 1 << 20, Documents: 2 << 20, ResultAge: 2 * time.Hour, Results: 3 << 20, DeadAge: 3 * time.Hour, Dead: 4 << 20}
			o.AckWait, o.MaxTries = 10*time.Second, 3
		})
		want = kept{Age: time.Hour, ResultAge: 2 * time.Hour, DeadAge: 3 * time.Hour, DocumentAge: time.Hour, AckWait: 10 * time.Second,
			Bytes: 1 << 20, Documents: 2 << 20, Results: 3 << 20, Dead: 4 << 20, Tries: 3}
		if d := cmp.Diff(want, look(t, r)); d != "" {
			t.Errorf("changed (-want +got):\n%s", d)
		}
		if _, err := r.last(t.Context(), StreamApplications, "applications.acme.A-1"); err != nil {
			t.Errorf("what was held: %v", err)
		}
	})
}

// A store of Retention.Room has place for the streams; a smaller one refuses
// them at the start, not when it is full, and does not call itself full.
func TestRoom(t *testing.T) {
	t.Parallel()
	r := Retention{MaxBytes: 30 << 30, Documents: 40 << 30}
	if (Retention{}).Room() > natsd.DefaultMaxStore {
		t.Error("the defaults do not fit one another")
	}
	for _, tt := range []struct {
		store int64
		want  error
	}{{r.Room(), nil}, {69 << 30, ErrRoom}, {1 << 30, ErrRoom}} {
		d, err := natsd.Start(natsd.Options{Dir: t.TempDir(), NoSync: true, MaxStore: tt.store})
		if err != nil {
			t.Fatal(err)
		}
		q, err := Dial(t.Context(), QueueOptions{InProcess: d, Retention: r})
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Setup(t.Context()); !errors.Is(err, tt.want) || errors.Is(err, ErrFull) {
			t.Errorf("store of %d bytes: %v, want %v", tt.store, err, tt.want)
		}
		q.Close()
		d.Close()
	}
}

// Everything that the queue holds has a limit by bytes; what is full shows, unless its
// oldest gives way.
func TestStores(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r := newRig(t, s, func(o *QueueOptions) { o.Retention.MaxBytes = 256 << 10 })
		all, err := r.stores(t.Context())
		if err != nil || len(all) < 6 {
			t.Fatal(all, err)
		}
		for _, x := range all {
			if strings.HasPrefix(x.Stream, "KV_") {
				continue
			}
			if x.Limit <= 0 || x.Full() || x.GivesWay != (x.Stream == StreamResults || x.Stream == StreamAdvisories) {
				t.Errorf("%+v", x)
			}
		}
		if err := r.Ready(t.Context()); err != nil {
			t.Errorf("empty: %v", err)
		}
		for _, a := range names(20) {
			if _, err = r.sub.Submit(t.Context(), submission("acme", a, strings.Repeat("x", 40<<10))); err != nil {
				break
			}
		}
		if err := r.Ready(t.Context()); !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), StreamApplications) {
			t.Errorf("full: %v", err)
		}
	})
}

// A queue that can be read and takes nothing is not ready.
func TestReadyWrites(t *testing.T) {
	t.Parallel()
	r, _ := alone(t)
	if err := r.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := r.js.Stream(t.Context(), "KV_"+BucketSweep)
	if err != nil {
		t.Fatal(err)
	}
	c := s.CachedInfo().Config
	c.Sealed = true
	if _, err := r.js.UpdateStream(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if err := r.Ready(t.Context()); err == nil {
		t.Error("ready, and nothing can be written")
	}
}

// With too little free on the disk submitting is refused, in words, and what is there
// waits with its tries, until there is room again.
func TestDiskIsFull(t *testing.T) {
	t.Parallel()
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(func() { s.stop() })
	r, e := newRig(t, s), newMemory()
	rc := r.submit(t, "acme", "A-1", "pending: the host is down")
	r.Close()
	s.stop()
	d, err := natsd.Start(natsd.Options{Dir: s.dir, NoSync: true, MinFree: 1 << 60})
	if err != nil {
		t.Fatal(err)
	}
	s.d = d
	r = newRig(t, s, func(o *QueueOptions) { o.AckWait, o.MaxTries = time.Second, 2 })
	if err := r.Ready(t.Context()); !errors.Is(err, ErrFull) || !errors.Is(err, natsd.ErrNoSpace) {
		t.Errorf("ready: %v", err)
	}
	if _, err := r.sub.Submit(t.Context(), submission("acme", "A-2", "verified")); !errors.Is(err, ErrFull) {
		t.Errorf("submitted: %v", err)
	}
	stop := r.work(t, e, examiner(byContent))
	eventually(t, "it waits for longer than its tries take", func() bool {
		return strings.Count(r.log.String(), "queue takes nothing just now") > 5
	})
	stop()
	r.Close()
	s.stop()
	s.start(t)
	r = newRig(t, s)
	r.work(t, e, examiner(byContent))
	if o := r.outcome(t, "acme", "A-1", rc); o.State != Indexed || o.Recheck.IsZero() {
		t.Errorf("outcome %+v", o)
	}
	if l := r.letters(t); len(l) != 0 {
		t.Errorf("letters %+v", l)
	}
}
