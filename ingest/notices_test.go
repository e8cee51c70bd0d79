package ingest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

// narrow lets notices have so much room.
func (r *rig) narrow(t *testing.T, limit int64) {
	t.Helper()
	s, err := r.js.Stream(t.Context(), "KV_"+BucketNotices)
	if err != nil {
		t.Fatal(err)
	}
	c := s.CachedInfo().Config
	c.MaxBytes = limit
	if _, err := r.js.UpdateStream(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// TestNoticesShare: a hook whose notices are not worked off is refused more while another
// has room, and what of it is there is known still.
func TestNoticesShare(t *testing.T) {
	t.Parallel()
	r, _ := alone(t)
	const limit = 256 << 10
	r.narrow(t, limit)
	flood := func(hook string) (n int) {
		t.Helper()
		for ; ; n++ {
			known, err := r.PutNotice(t.Context(), hook, fmt.Sprint(n), []byte(strings.Repeat("x", 2048)))
			if errors.Is(err, ErrFull) {
				break
			}
			if err != nil || known || n == 200 {
				t.Fatal(hook, n, known, err)
			}
		}
		if known, err := r.PutNotice(t.Context(), hook, "0", []byte("again")); !known || err != nil {
			t.Errorf("%s: what is there is sent again: %t, %v", hook, known, err)
		}
		return n
	}
	first, second, third := flood("first"), flood("second"), flood("third")
	if first < 50 || second < 24 || third < 12 {
		t.Errorf("room for %d, %d and %d notices of 2 KiB in %d KiB", first, second, third, limit>>10)
	}
	if known, err := r.PutNotice(t.Context(), "fourth", "1", []byte("a notice")); known || err != nil {
		t.Errorf("one of a hook that has none is refused: %v", err)
	}
}

// TestNoticesYield: notices that were worked off are known for as long as there is room,
// and give way to what is new of their hook, and of no other.
func TestNoticesYield(t *testing.T) {
	t.Parallel()
	r, _ := alone(t)
	r.narrow(t, 128<<10)
	if _, err := r.PutNotice(t.Context(), "other", "1", nil); err != nil {
		t.Fatal(err)
	}
	const n = 1500
	for i := range n {
		if known, err := r.PutNotice(t.Context(), "busy", fmt.Sprint(i), nil); known || err != nil {
			t.Fatal(i, known, err)
		}
	}
	kv, err := r.js.KeyValue(t.Context(), BucketNotices)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"other.1": true, fmt.Sprint("busy.", n-1): true, "busy.0": false} {
		if _, err := kv.Get(t.Context(), key); (err == nil) != want || err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
			t.Errorf("%s is known: %v", key, err)
		}
	}
	if known, err := r.PutNotice(t.Context(), "other", "2", []byte(strings.Repeat("x", 20<<10))); known || err != nil {
		t.Errorf("another hook's: %v", err)
	}
}
