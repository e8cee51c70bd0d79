package ingest

import (
	"errors"
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
		Bytes, Documents                              int64
		Tries                                         int
		BackOff                                       []time.Duration // none, or a worker's delay would not be what it asks for
	}
	look := func(t *testing.T, r *rig) (k kept) {
		t.Helper()
		for name, f := range map[string]func(age time.Duration, bytes int64){
			StreamApplications:       func(a time.Duration, b int64) { k.Age, k.Bytes = a, b },
			StreamResults:            func(a time.Duration, _ int64) { k.ResultAge = a },
			StreamDeadLetters:        func(a time.Duration, _ int64) { k.DeadAge = a },
			"OBJ_" + BucketDocuments: func(a time.Duration, b int64) { k.DocumentAge, k.Documents = a, b },
		} {
			s, err := r.js.Stream(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			c := s.CachedInfo().Config
			f(c.MaxAge, c.MaxBytes)
		}
		c, err := r.js.Consumer(t.Context(), StreamApplications, ConsumerLive)
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
			Bytes: DefaultMaxBytes, Documents: DefaultMaxBytes, Tries: DefaultMaxTries}
		if d := cmp.Diff(want, look(t, r)); d != "" {
			t.Errorf("defaults (-want +got):\n%s", d)
		}
		r.submit(t, "acme", "A-1", "verified")
		r = newRig(t, s, func(o *QueueOptions) {
			o.Retention = Retention{MaxAge: time.Hour, MaxBytes: 1 << 20, Documents: 2 << 20, ResultAge: 2 * time.Hour, DeadAge: 3 * time.Hour}
			o.AckWait, o.MaxTries = 10*time.Second, 3
		})
		want = kept{Age: time.Hour, ResultAge: 2 * time.Hour, DeadAge: 3 * time.Hour, DocumentAge: time.Hour, AckWait: 10 * time.Second,
			Bytes: 1 << 20, Documents: 2 << 20, Tries: 3}
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
