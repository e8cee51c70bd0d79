package index

import (
	"fmt"
	"sync"
	"time"
)

// Writes is whether an engine takes writes, by those that it was given: no read tells of
// a full disk. The zero value is that of an engine that was given none. Safe for
// concurrent use.
type Writes struct {
	mu    sync.Mutex
	err   error     // of the last one, nil = it was taken
	since time.Time // when the first in a row failed
	last  time.Time // and the last
}

// Bounds of Ready: one write that fails is no full disk, and of a write that nobody
// tries again nothing more is known after a while. Workers try at least every minute.
const (
	refusingAfter = 10 * time.Second
	refusingFor   = 2 * time.Minute
)

// Took says that a write was taken.
func (w *Writes) Took() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = nil
}

// Failed says that a write was not taken, for a cause that is not its document's.
func (w *Writes) Failed(now time.Time, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil || now.Sub(w.last) > refusingFor {
		w.since = now
	}
	w.err, w.last = err, now
}

// Ready is ErrUnavailable once writes have failed for ten seconds, until one is taken or
// none is tried any more.
func (w *Writes) Ready(now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil || w.last.Sub(w.since) < refusingAfter || now.Sub(w.last) > refusingFor {
		return nil
	}
	return fmt.Errorf("%w: it takes no writes: %w", ErrUnavailable, w.err)
}
