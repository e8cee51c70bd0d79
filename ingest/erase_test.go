package ingest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// F3: after an erasure nothing of the person is left in the queue's files.
func TestErasureOnDisk(t *testing.T) {
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
