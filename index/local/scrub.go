package local

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
	"go.uber.org/zap"
)

// The file keeps what was overwritten in pages that nothing refers to any more,
// until they are used again: an erased person's name too. So pages that are free
// after an erasure are overwritten with zeros: a moment after it, as a few often
// come together, once a minute at most, at Close, and at Open when the process
// ended before.

// view reads from the file.
func (e *Engine) view(fn func(*bolt.Tx) error) error {
	e.reads.RLock()
	defer e.reads.RUnlock()
	return e.db.View(fn)
}

const (
	scrubSoon  = time.Second // after an erasure
	scrubEvery = time.Minute // at most
)

// scrubLater has the file scrubbed before long.
func (e *Engine) scrubLater() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed || e.scrubTimer != nil {
		return
	}
	wait := max(scrubSoon, time.Until(e.scrubbed.Add(scrubEvery)))
	e.scrubTimer = time.AfterFunc(wait, func() {
		if e.o.Faults.Do("overwriting what was erased", e.scrubNow) != nil {
			e.mu.Lock()
			e.scrubTimer, e.scrubbed = nil, time.Now()
			e.mu.Unlock()
			e.scrubLater() // erased is erased: it is tried until it is done
		}
	})
}

func (e *Engine) scrubNow() {
	e.commits.Lock()
	defer e.commits.Unlock()
	e.mu.Lock()
	closed := e.closed
	e.scrubTimer, e.scrubbed = nil, time.Now()
	e.mu.Unlock()
	if closed {
		return // Close does it
	}
	if err := e.scrub(); err != nil {
		e.log.Error("pages of erased applications could not be overwritten, the next erasure or start tries again", zap.Error(err))
	}
}

// scrub overwrites the free pages of the file when somebody was erased since it
// last did. The caller holds e.commits, or is alone.
func (e *Engine) scrub() (err error) {
	// Pages that a reader may still look at are free for nobody. Without one at
	// this moment, every page that no state refers to is; readers that come later
	// see the newest state.
	e.reads.Lock()
	tx, err := e.db.Begin(true)
	e.reads.Unlock()
	if err != nil {
		return fmt.Errorf("scrub: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a fault too, or nobody could write any more
	meta := tx.Bucket(bucketMeta)
	if meta.Get(keyErasures) == nil {
		return tx.Rollback()
	}
	pages, err := e.zeroFree(tx)
	if err == nil {
		err = meta.Delete(keyErasures)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("scrub: %w", err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("scrub: %w", err)
	}
	e.log.Info("free pages overwritten after an erasure", zap.Int("pages", pages))
	return nil
}

// zeroFree writes zeros over the pages that are free in a transaction that has
// written nothing so far, and says over how many. It writes through a file of
// its own: bbolt offers no way to, and reads none of these pages.
func (e *Engine) zeroFree(tx *bolt.Tx) (n int, err error) {
	f, err := os.OpenFile(filepath.Join(e.o.Dir, fileName), os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size := int64(e.db.Info().PageSize)
	zeros, have := make([]byte, size), make([]byte, size)
	for id := int64(2); id*size < tx.Size(); { // 0 and 1 are the meta pages
		p, err := tx.Page(int(id))
		if err != nil {
			return n, err
		}
		if p == nil {
			break
		}
		if p.Type != "free" {
			id += 1 + int64(p.OverflowCount)
			continue
		}
		if _, err := f.ReadAt(have, id*size); err != nil && !errors.Is(err, io.EOF) {
			return n, err
		}
		if !bytes.Equal(have, zeros) {
			if _, err := f.WriteAt(zeros, id*size); err != nil {
				return n, err
			}
			n++
		}
		id++
	}
	return n, f.Sync()
}
