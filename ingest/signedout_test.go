package ingest

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"assay/index/web/session"
	"assay/ingest/natsd"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestSignedOut: what one process ends has ended for the others, and for one that starts
// later.
func TestSignedOut(t *testing.T) {
	t.Parallel()
	server, err := natsd.Start(natsd.Options{Dir: t.TempDir(), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{}, 8)
	n := 0
	core, logged := observer.New(zap.WarnLevel)
	page := func(key string) (*SignedOut, *session.Keeper) {
		t.Helper()
		q, err := Dial(t.Context(), QueueOptions{InProcess: server})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(q.Close)
		if n == 0 {
			if err := q.Setup(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		n++
		out := NewSignedOut(q, nil, zap.New(core))
		go func() { _ = out.Follow(ctx); ended <- struct{}{} }()
		k, err := session.New(session.Options{Key: []byte(key), Ended: out})
		if err != nil {
			t.Fatal(err)
		}
		return out, k
	}
	one, keepOne := page("key")
	two, keepTwo := page("key")
	w := httptest.NewRecorder()
	s, err := keepOne.Begin(w, session.Who{Token: "x"})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(w.Result().Cookies()[0])
	if _, err := keepTwo.Read(r); err != nil {
		t.Fatalf("the other process does not know the session: %v", err)
	}
	if err := keepOne.EndAll(t.Context(), httptest.NewRecorder(), s, "acme", "Jo"); err != nil {
		t.Fatal(err)
	}
	until := time.Now().Add(10 * time.Second)
	for time.Now().Before(until) {
		if _, err := keepTwo.Read(r); err != nil && keepTwo.Still(s, "acme", "Jo") != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	_, later := page("key")
	for desc, k := range map[string]*session.Keeper{"where it ended": keepOne, "another process": keepTwo, "one that starts later": later} {
		if _, err := k.Read(r); err == nil {
			t.Errorf("%s: the session goes on", desc)
		}
		if err := k.Still(s, "acme", "Jo"); err == nil {
			t.Errorf("%s: not everywhere", desc)
		}
		if err := k.Still(s, "acme", "Al"); err != nil {
			t.Errorf("%s: somebody else: %v", desc, err)
		}
	}
	// What stands there and is no time ends nothing; and what is taken out comes not back.
	kv, err := one.q.js.KeyValue(t.Context(), BucketSignedOut)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.PutString(t.Context(), "odd", "soon"); err != nil {
		t.Fatal(err)
	}
	list, err := kv.ListKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for key := range list.Keys() {
		if err := kv.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if err := two.End(t.Context(), "last", time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(10 * time.Second); one.Since("last").IsZero() && time.Now().Before(until); {
		time.Sleep(10 * time.Millisecond)
	}
	if one.Since("last").IsZero() || !one.Since("odd").IsZero() {
		t.Errorf("last %v, odd %v", one.Since("last"), one.Since("odd"))
	}
	if _, err := keepTwo.Read(r); err == nil {
		t.Error("it came back")
	}
	if logged.Len() != 0 {
		t.Errorf("told: %v", logged.All())
	}
	cancel()
	for range n {
		<-ended
	}
}

// TestSignedOutAlone: where the bucket is not there, what ends here has ended here, and
// it is told once that others do not know.
func TestSignedOutAlone(t *testing.T) {
	t.Parallel()
	server, err := natsd.Start(natsd.Options{Dir: t.TempDir(), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	q, err := Dial(t.Context(), QueueOptions{InProcess: server})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Close)
	core, logged := observer.New(zap.WarnLevel)
	out := NewSignedOut(q, nil, zap.New(core))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { _ = out.Follow(ctx); close(done) }()
	<-out.read
	at := time.Unix(1000, 0)
	if err := out.End(t.Context(), "a", at); err == nil {
		t.Error("nobody is told that others do not know")
	}
	if !out.memory.Since("a").Equal(at) {
		t.Error("it goes on here")
	}
	if now := time.Now(); out.Since("other").IsZero() || out.Since("other").After(now) || now.Sub(out.Since("other")) > time.Minute {
		t.Errorf("of what began before this process it is not known whether it was ended: %v", out.Since("other"))
	}
	if err := q.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	kv, err := q.js.KeyValue(t.Context(), BucketSignedOut)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.PutString(t.Context(), "b", "1000000000000"); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(20 * time.Second); !out.Since("b").Equal(at) && time.Now().Before(until); {
		time.Sleep(10 * time.Millisecond)
	}
	if !out.Since("other").IsZero() {
		t.Error("what nobody ended has ended")
	}
	if !out.Since("b").Equal(at) || logged.Len() != 1 {
		t.Errorf("%v, told %d times", out.Since("b"), logged.Len())
	}
	if status, err := kv.Status(t.Context()); err != nil || status.TTL() < session.Absolute || status.(*jetstream.KeyValueBucketStatus).StreamInfo().Config.MaxBytes != signedOutBytes {
		t.Errorf("%v, %v", status, err)
	}
	// Of the next outage it is told again.
	q.Close()
	for until := time.Now().Add(20 * time.Second); logged.Len() < 2 && time.Now().Before(until); {
		time.Sleep(10 * time.Millisecond)
	}
	if logged.Len() != 2 {
		t.Errorf("told %d times", logged.Len())
	}
	cancel()
	<-done
}
