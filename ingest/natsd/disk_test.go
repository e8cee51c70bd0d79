package natsd

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// client is a connection to a server.
func client(t *testing.T, s *Server) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect("", nats.InProcessServer(s), key(t, s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// within waits for something that the watch does.
func within(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 600 {
		if ok() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// A disk that fills up: what comes is refused in words, what is there can be read and
// removed, and it goes on by itself when there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	var left atomic.Int64
	left.Store(1 << 30)
	s, err := start(Options{Dir: t.TempDir(), NoSync: true}, func(string) (int64, error) { return left.Load(), nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	js := client(t, s)
	st, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "X", Subjects: []string{"x.>"}, MaxBytes: DefaultMaxStore})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "x.1", []byte("kept")); err != nil || s.Ready() != nil {
		t.Fatal(err, s.Ready())
	}
	left.Store(DefaultMinFree - 1)
	within(t, "not ready", func() bool { return errors.Is(s.Ready(), ErrNoSpace) })
	var api *jetstream.APIError
	if _, err := js.Publish(t.Context(), "x.2", []byte("refused")); !errors.As(err, &api) {
		t.Errorf("published on a full disk: %v", err)
	}
	if m, err := st.GetMsg(t.Context(), 1); err != nil || string(m.Data) != "kept" {
		t.Errorf("what is there: %v", err)
	}
	if err := st.SecureDeleteMsg(t.Context(), 1); err != nil {
		t.Errorf("nothing can be removed: %v", err)
	}
	left.Store(DefaultMinFree + 1)
	time.Sleep(3 * lookEvery)
	if s.Ready() == nil {
		t.Error("a byte of room ends it, and the next one begins it again")
	}
	left.Store(2 * DefaultMinFree)
	within(t, "ready", func() bool { return s.Ready() == nil })
	if _, err := js.Publish(t.Context(), "x.3", []byte("taken")); err != nil {
		t.Errorf("room again: %v", err)
	}
}

// A store that could not write is noticed, and begun anew: all that was acknowledged
// is there, and what comes is taken. A server for itself would answer nothing until its
// process is started again.
func TestReadOnlyStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Start(Options{Dir: dir, MinFree: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	js := client(t, s)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "X", Subjects: []string{"x"}, MaxBytes: 8 << 20}); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "X", "msgs"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	// In the way of the next file of the stream lies another one.
	msgs, aside := found[0], filepath.Join(dir, "aside")
	if err := os.Rename(msgs, aside); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(msgs, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken, body := uint64(0), make([]byte, 512<<10)
	for s.Ready() == nil && taken < 100 {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		if _, err := js.Publish(ctx, "x", body); err == nil {
			taken++
		}
		cancel()
	}
	if err := s.Ready(); !errors.Is(err, ErrReadOnly) || taken == 0 {
		t.Fatalf("after %d: %v: this test sees nothing", taken, err)
	}
	if err := os.Remove(msgs); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(aside, msgs); err != nil {
		t.Fatal(err)
	}
	within(t, "ready", func() bool { return s.Ready() == nil })
	st, err := js.Stream(t.Context(), "X")
	if err != nil {
		t.Fatal(err)
	}
	if n := st.CachedInfo().State.Msgs; n < taken {
		t.Errorf("%d of %d that were acknowledged are there", n, taken)
	}
	if _, err := js.Publish(t.Context(), "x", []byte("taken")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A store is not opened where the disk takes nothing, and not left open with a stream
// missing: somebody would make that anew.
func TestAnew(t *testing.T) {
	t.Parallel()
	s, err := Start(Options{Dir: t.TempDir(), NoSync: true, MinFree: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.end() // the watch over the disk: this is its part
	js := client(t, s)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "X", Subjects: []string{"x"}}); err != nil {
		t.Fatal(err)
	}
	dir := s.o.Dir
	s.o.Dir = filepath.Join(dir, "missing")
	if err := s.anew(); err == nil || !s.s.JetStreamEnabled() {
		t.Errorf("closed though the disk takes nothing: %v", err)
	}
	s.o.Dir, s.streams = dir, 2
	if err := s.anew(); err == nil || s.s.JetStreamEnabled() {
		t.Errorf("open with one stream of two: %v", err)
	}
	s.streams = 1
	if err := s.anew(); err != nil || !s.s.JetStreamEnabled() {
		t.Errorf("not open: %v", err)
	}
}
