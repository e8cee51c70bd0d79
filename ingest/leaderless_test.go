package ingest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What a leader would mend is tried again, with pauses that have an end; nothing else is.
func TestPatiently(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &logs{}
		q := &Queue{log: l.logger()}
		begun, tries := time.Now(), 0
		err := q.Patiently(t.Context(), func(context.Context) error {
			tries++
			if tries > 1 && !q.leaderless.Load() {
				t.Error("it is not said that a leader is waited for")
			}
			switch {
			case tries == 1:
				return fmt.Errorf("stream X: %w", &jetstream.APIError{Code: 503, ErrorCode: errNotThere, Description: "JetStream system temporarily unavailable"})
			case tries < 10:
				return context.DeadlineExceeded
			}
			return nil
		})
		// .5 + 1 + 2 + 4 + 8 + 4 * 10
		if took := time.Since(begun); err != nil || tries != 10 || took != 55500*time.Millisecond || q.leaderless.Load() {
			t.Errorf("%v after %d tries and %v", err, tries, took)
		}
		if n := strings.Count(l.String(), "has no leader"); n != 9 {
			t.Errorf("said %d times: %s", n, l)
		}
		for _, e := range []error{ErrRoom, ErrNoQueue, ErrLogin, fmt.Errorf("%w: %w", ErrRights, context.DeadlineExceeded), nats.ErrNoResponders, &jetstream.APIError{Code: 400, ErrorCode: 10074}} {
			if tries, err := 0, q.Patiently(t.Context(), func(context.Context) error { tries++; return e }); !errors.Is(err, e) || tries > 1 {
				t.Errorf("%v: %v after %d tries", e, err, tries)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := q.Patiently(ctx, func(context.Context) error { return nats.ErrTimeout }); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 2*time.Minute {
			t.Errorf("%v", err)
		}
	})
}

// A worker that starts beside one server of three waits for the others, says so, and works.
func TestLongNoLeaderAtStart(t *testing.T) {
	if os.Getenv("ASSAY_LONG") == "" {
		t.Skip("is long: make test-long")
	}
	t.Parallel()
	c := newCluster(t)
	t.Cleanup(func() {
		for _, n := range c.nodes {
			if n.cmd != nil {
				n.kill()
			}
		}
	})
	c.nodes[0].start(t)
	o, l := c.as("worker"), &logs{}
	o.Replicas, o.Log = 3, l.logger()
	var q *Queue
	eventually(t, "one server is there", func() (ok bool) {
		var err error
		q, err = Dial(t.Context(), o)
		return err == nil
	})
	t.Cleanup(q.Close)
	r := &rig{Queue: q, log: l}
	r.work(t, newMemory(), examiner(byContent))
	eventually(t, "it is said that there is no leader", func() bool { return strings.Contains(l.String(), "has no leader") })
	if err := q.Ready(t.Context()); !errors.Is(err, ErrNoLeader) {
		t.Errorf("ready: %v", err)
	}
	c.nodes[1].start(t)
	c.nodes[2].start(t)
	eventually(t, "it is ready", func() bool { return q.Ready(t.Context()) == nil })
	people, err := Dial(t.Context(), c.as("operator"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(people.Close)
	sub, err := NewSubmitter(people, []byte("key of a test"))
	if err != nil {
		t.Fatal(err)
	}
	var rc *Receipt
	eventually(t, "an application is taken", func() bool {
		rc, err = sub.Submit(t.Context(), submission("acme", "A-1", "verified"))
		return err == nil
	})
	if o := (&rig{Queue: people, log: l}).outcome(t, "acme", "A-1", rc); o.State != Indexed {
		t.Errorf("outcome %+v", o)
	}
}
