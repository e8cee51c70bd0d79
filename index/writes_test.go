package index

import (
	"errors"
	"testing"
	"time"
)

// TestWrites: an engine whose writes fail for ten seconds is not ready, until one is
// taken or none is tried any more.
func TestWrites(t *testing.T) {
	var w Writes
	full := errors.New("no space")
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, step := range []struct {
		after time.Duration
		say   string
		down  bool
	}{
		{0, "", false}, {0, "failed", false}, {5 * time.Second, "failed", false}, {5 * time.Second, "failed", true}, {45 * time.Second, "", true},
		{time.Second, "failed", true}, {time.Second, "took", false}, {time.Second, "failed", false}, {time.Minute, "failed", true},
		{time.Minute, "", true}, {61 * time.Second, "", false}, // nobody tries
		{time.Second, "failed", false}, {11 * time.Second, "failed", true},
	} {
		at = at.Add(step.after)
		switch step.say {
		case "failed":
			w.Failed(at, full)
		case "took":
			w.Took()
		}
		err := w.Ready(at)
		if (err != nil) != step.down || err != nil && (!errors.Is(err, ErrUnavailable) || !errors.Is(err, full)) {
			t.Errorf("step %d: %v, want down %t", i, err, step.down)
		}
	}
}
