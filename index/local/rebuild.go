package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"assay/index"
	"assay/index/record"

	bolt "go.etcd.io/bbolt"
	"go.uber.org/zap"
)

// rebuildPart is how many documents are rewritten between two writes of others.
const rebuildPart = 200

// Rebuild implements index.Engine: every document is written again at its own
// version, into the old Bleve index and a fresh one; writes go to both
// meanwhile; then the fresh one takes the old one's place. A Rebuild that does
// not come to its end leaves the old index, with the documents so far remade.
func (e *Engine) Rebuild(ctx context.Context, remake func(*record.Application), progress func(done, total int)) (err error) {
	e.commits.Lock()
	if e.building != nil {
		e.commits.Unlock()
		return errors.New("a rebuild is under way")
	}
	if err := e.Ready(ctx); err != nil {
		e.commits.Unlock()
		return err
	}
	var old string
	err = e.view(func(tx *bolt.Tx) error {
		old = string(tx.Bucket(bucketMeta).Get(keyText))
		return nil
	})
	n, _ := strconv.Atoi(strings.TrimPrefix(old, "text-"))
	name := fmt.Sprintf("text-%06d", n+1)
	if err == nil {
		err = os.RemoveAll(filepath.Join(e.o.Dir, name))
	}
	if err == nil {
		e.building, err = openText(filepath.Join(e.o.Dir, name))
	}
	e.commits.Unlock()
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	defer func() {
		e.commits.Lock()
		defer e.commits.Unlock()
		if e.building != nil { // not swapped
			err = errors.Join(err, e.building.Close(), os.RemoveAll(filepath.Join(e.o.Dir, name)))
			e.building = nil
		}
	}()

	ids := e.ids("")
	for done := 0; done < len(ids); {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("rebuild: %w", err)
		}
		part := ids[done:min(done+rebuildPart, len(ids))]
		if err := e.rewrite(part, remake); err != nil {
			return fmt.Errorf("rebuild: %w", err)
		}
		done += len(part)
		if progress != nil {
			progress(done, len(ids))
		}
	}

	e.commits.Lock()
	defer e.commits.Unlock()
	e.mu.RLock()
	closed := e.closed
	e.mu.RUnlock()
	if closed {
		return fmt.Errorf("rebuild: %w: closed", index.ErrUnavailable)
	}
	reader, err := newReader(e.building)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	err = e.db.Update(func(tx *bolt.Tx) error {
		m := tx.Bucket(bucketMeta)
		return errors.Join(m.Put(keyText, []byte(name)), m.Put(keySchema, []byte(strconv.Itoa(index.SchemaVersion))))
	})
	if err != nil {
		return errors.Join(fmt.Errorf("rebuild: %w", err), reader.Close())
	}
	before, text := e.snap, e.text
	e.text, e.building = e.building, nil
	e.places = &placeCache{}
	if err := e.publish(reader, nil); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	e.log.Info("index rebuilt", zap.Int("documents", len(ids)))
	// Searches that began on the old index end before it is closed.
	<-before.gone
	if err := errors.Join(text.Close(), os.RemoveAll(filepath.Join(e.o.Dir, old))); err != nil {
		return fmt.Errorf("rebuild: done, but the old index could not be removed: %w", err)
	}
	return nil
}

// rewrite writes documents again as they stand.
func (e *Engine) rewrite(ids []string, remake func(*record.Application)) error {
	e.commits.Lock()
	defer e.commits.Unlock()
	var list []*write
	err := e.view(func(tx *bolt.Tx) error {
		docs := tx.Bucket(bucketDocuments)
		for _, id := range ids {
			var a record.Application
			if err := json.Unmarshal(docs.Get([]byte(id)), &a); err != nil {
				return err
			}
			was := a
			if remake == nil && !a.Erased {
				record.Refresh(&a)
			}
			if remake != nil && !a.Erased {
				remake(&a)
				a.ID, a.Tenant, a.Application, a.Version, a.Erased = was.ID, was.Tenant, was.Application, was.Version, false
			}
			if err := index.CheckDocument(e.o.Key, &a); err != nil {
				return err
			}
			body, err := json.Marshal(&a)
			if err != nil {
				return err
			}
			list = append(list, &write{app: &a, body: body, equal: true})
		}
		return nil
	})
	if err != nil {
		return err
	}
	e.commit(list)
	for _, w := range list {
		if w.out.Err != nil {
			return w.out.Err
		}
	}
	return nil
}
