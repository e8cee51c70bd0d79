package ingest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/index"

	"github.com/nats-io/nats.go/jetstream"
)

// After an erasure nothing of the person is left in the queue's files.
func TestF03_ErasureOnDisk(t *testing.T) {
	t.Parallel()
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(func() { s.stop() })
	r, e := newRig(t, s), newMemory()
	stop := r.work(t, e, examiner(byContent))
	sub := submission("acme", "A-1", "verified "+strings.Repeat("canary-small ", 10))
	sub.Applicant.Name = "canary-name"
	sub.Files = append(sub.Files, File{Name: "big.pdf", Data: []byte(strings.Repeat("canary-large ", 60_000))})
	rc, err := r.sub.Submit(t.Context(), sub)
	if err != nil {
		t.Fatal(err)
	}
	r.outcome(t, "acme", "A-1", rc)
	// Messages before and after: the erased one is in the midst of a block.
	r.outcome(t, "acme", "A-2", r.submit(t, "acme", "A-2", "verified"))
	if err := r.bury(t.Context(), letter{subject: "applications.acme.A-1", data: []byte("canary-letter"), class: ClassIndex}); err != nil {
		t.Fatal(err)
	}
	if err := r.Erase(t.Context(), e, "acme", "A-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	stop()
	r.Close()
	s.stop()
	defer s.start(t)
	files := 0
	if err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		// Inline documents are base64 in the message.
		for _, c := range []string{"canary", "Y2FuYXJ5", "NhbmFye", "jYW5hcn"} {
			if i := bytes.Index(b, []byte(c)); i >= 0 {
				rel, _ := filepath.Rel(s.dir, path)
				t.Errorf("%s at byte %d of %s", c, i, rel)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Error("no files: this test sees nothing")
	}
}

// halfErased is a queue and an index of which an erasure shut the door and did
// no more, and what tells whether it was finished.
func halfErased(t *testing.T, change ...func(*QueueOptions)) (r *rig, e *memory, gone func() bool) {
	t.Helper()
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	// What the server sends to the worker that was just stopped comes again soon.
	change = append(change, func(o *QueueOptions) { o.AckWait = time.Second })
	r, e = newRig(t, s, change...), newMemory()
	stop := r.work(t, e, examiner(byContent))
	r.outcome(t, "acme", "A-1", r.submit(t, "acme", "A-1", "verified "+strings.Repeat("x", MaxInline)))
	r.outcome(t, "acme", "A-2", r.submit(t, "acme", "A-2", "verified"))
	eventually(t, "answered", func() bool { l, err := r.Lag(t.Context()); return err == nil && l.Held == 0 })
	stop()
	kv, err := r.doors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.Put(t.Context(), door("acme", "A-1"), []byte("2026-01-01")); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Get(t.Context(), "acme", "A-1"); err != nil {
		t.Fatalf("%v: this test sees nothing", err)
	}
	return r, e, func() bool {
		_, inIndex := e.Get(t.Context(), "acme", "A-1")
		_, inQueue := r.last(t.Context(), StreamApplications, "applications.acme.A-1")
		return errors.Is(inIndex, index.ErrErased) && errors.Is(inQueue, jetstream.ErrMsgNotFound)
	}
}

// foundHalf has a sweep find what halfErased left, and not its neighbour.
func foundHalf(t *testing.T, r *rig) {
	t.Helper()
	if n, err := r.sweep(t.Context(), time.Now().Add(eraseAgain+time.Second)); n != 1 || err != nil {
		t.Fatalf("found %d, %v", n, err)
	}
}

// An erasure that was stopped after it shut the door is finished by the worker
// that meets the submission: nobody is told "erased" of whom a search finds.
func TestErasureStoppedHalfWay(t *testing.T) {
	t.Parallel()
	t.Run("met by a recheck", func(t *testing.T) {
		t.Parallel()
		r, e, gone := halfErased(t)
		r.work(t, e, examiner(byContent))
		if _, err := r.Reprocess(t.Context(), nil, ReprocessOptions{Tenant: "acme", Before: time.Now()}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "erased", gone)
		eventually(t, "told", func() bool {
			m, err := r.last(t.Context(), StreamResults, "results.acme.A-1")
			return err == nil && strings.Contains(string(m.Data), `"state":"erased"`)
		})
		if _, err := e.Get(t.Context(), "acme", "A-2"); err != nil {
			t.Errorf("the neighbour: %v", err)
		}
	})
	t.Run("found by the sweep", func(t *testing.T) {
		t.Parallel()
		r, e, gone := halfErased(t)
		// An erasure that is still going on is not met: it would be told of when all of it is gone.
		if n, err := r.sweep(t.Context(), time.Now()); n != 0 || err != nil {
			t.Fatalf("found %d, %v, while it may still go on", n, err)
		}
		foundHalf(t, r)
		r.work(t, e, examiner(byContent))
		eventually(t, "erased", gone)
		eventually(t, "answered", func() bool { n, err := r.Rechecks(t.Context()); return err == nil && n == 0 })
		if n, err := r.sweep(t.Context(), time.Now().Add(eraseAgain+time.Second)); n != 0 || err != nil {
			t.Errorf("found again: %d, %v", n, err)
		}
	})
	t.Run("met as a submission that cannot be read", func(t *testing.T) {
		t.Parallel()
		r, e, gone := halfErased(t)
		if _, err := r.js.Publish(t.Context(), "applications.acme.A-1", []byte("Applicant One, unreadable")); err != nil {
			t.Fatal(err)
		}
		r.work(t, e, examiner(byContent))
		eventually(t, "erased", gone)
		if l := r.letters(t); len(l) != 0 {
			t.Errorf("letters %+v", l)
		}
	})
	t.Run("the index takes nothing at first", func(t *testing.T) {
		t.Parallel()
		r, e, gone := halfErased(t, func(o *QueueOptions) { o.MaxTries = 2 })
		refused := 0
		e.keep = func() error {
			if refused++; refused <= 4 {
				return index.ErrUnavailable
			}
			return nil
		}
		foundHalf(t, r)
		r.work(t, e, examiner(byContent))
		eventually(t, "erased, and no tries used up", gone)
	})
	t.Run("the index fails for good", func(t *testing.T) {
		t.Parallel()
		r, e, gone := halfErased(t, func(o *QueueOptions) { o.MaxTries = 2 })
		e.keep = func() error { return errFlaky }
		foundHalf(t, r)
		stop := r.work(t, e, examiner(byContent))
		eventually(t, "given up", func() bool { return strings.Contains(r.log.String(), "an erased application is not gone yet") })
		eventually(t, "answered", func() bool { n, err := r.Rechecks(t.Context()); return err == nil && n == 0 })
		stop()
		if _, err := r.last(t.Context(), StreamApplications, "applications.acme.A-1"); err != nil {
			t.Errorf("the submission is gone, and nothing tells any more what to erase: %v", err)
		}
		if l := r.letters(t); len(l) != 0 {
			t.Errorf("letters %+v", l)
		}
		e.keep = nil
		foundHalf(t, r)
		r.work(t, e, examiner(byContent))
		eventually(t, "erased once the index is mended", gone)
	})
}

// The submission goes last: while anything else is left, it tells whose.
func TestSubmissionIsForgottenLast(t *testing.T) {
	t.Parallel()
	r, e, gone := halfErased(t)
	if err := r.js.DeleteObjectStore(t.Context(), BucketDocuments); err != nil {
		t.Fatal(err)
	}
	if err := r.Erase(t.Context(), e, "acme", "A-1", time.Now()); err == nil {
		t.Fatal("no error without the documents' store: this test sees nothing")
	}
	if _, err := r.last(t.Context(), StreamApplications, "applications.acme.A-1"); err != nil {
		t.Errorf("the submission went before the rest: %v", err)
	}
	if err := r.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Erase(t.Context(), e, "acme", "A-1", time.Now()); err != nil || !gone() {
		t.Errorf("repeated: %v", err)
	}
}
