package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/index"
	"assay/index/conformance"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"

	"github.com/blevesearch/bleve/v2"
)

// app makes a document that the query "craft" finds.
func app(name string, version int64, label string) record.Application {
	s := record.Submission{Tenant: "acme", Application: name, Submitted: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Checked: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	a := record.New(conformance.Key, s, []record.Entry{{
		Verdict: verdict.Verdict{Result: verdict.Verified, Credential: verdict.Credential{Name: "Badge", Issuer: verdict.Party{ID: "https://issuer.example/"}}},
		Skills:  []skills.Skill{{Label: label, Basis: skills.BasisUnmapped}},
	}}, nil)
	a.Version = version
	return a
}

func find(t *testing.T, e *Engine, text string) int {
	t.Helper()
	q, err := query.New(text, query.Options{Exact: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.Search(t.Context(), "acme", q)
	if err != nil {
		t.Fatal(err)
	}
	if r.Total != len(r.Hits) && len(r.Hits) < query.DefaultSize {
		t.Errorf("%q: total %d, %d hits", text, r.Total, len(r.Hits))
	}
	return r.Total
}

func put(t *testing.T, e *Engine, docs ...record.Application) {
	t.Helper()
	for _, o := range e.Write(t.Context(), docs) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	o := Options{Dir: dir, Key: conformance.Key}
	e, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	put(t, e, app("a", 1, "zither"), app("b", 1, "zither"), app("c", 1, "zither"))
	put(t, e, app("a", 2, "bassoon"))
	if err := e.Erase(t.Context(), "acme", "c"); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	if err := e.Ready(t.Context()); !errors.Is(err, index.ErrUnavailable) {
		t.Errorf("closed, Ready: %v", err)
	}
	if out := e.Write(t.Context(), []record.Application{app("d", 1, "zither")}); !errors.Is(out[0].Err, index.ErrUnavailable) {
		t.Errorf("closed, Write: %v", out)
	}
	for range 3 {
		e, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		if z, b := find(t, e, "zither"), find(t, e, "bassoon"); z != 1 || b != 1 {
			t.Errorf("%d zithers and %d bassoons, want 1 and 1", z, b)
		}
		if out := e.Write(t.Context(), []record.Application{app("a", 1, "zither"), app("c", 7, "zither")}); !out[0].Superseded || !out[1].Superseded {
			t.Errorf("%+v", out)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(Options{Dir: dir, Key: []byte("another")}); !errors.Is(err, index.ErrKey) {
		t.Errorf("another key: %v", err)
	}
	if _, err := Open(Options{Dir: dir}); err == nil {
		t.Error("no key: no error")
	}
}

func TestTwoProcesses(t *testing.T) {
	e := open(t)
	if _, err := Open(Options{Dir: e.o.Dir, Key: conformance.Key}); err == nil {
		t.Error("a folder opened twice")
	}
}

// A copy of the folder taken at any moment opens, and holds everything that was
// acknowledged before: the kill -9 of a process, without the process.
func TestCrash(t *testing.T) {
	dir := t.TempDir()
	e, err := Open(Options{Dir: dir, Key: conformance.Key})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	for round := range 6 {
		for i := range 25 {
			put(t, e, app(fmt.Sprintf("app-%d", i), int64(round+1), fmt.Sprintf("instrument%d", round)))
		}
		put(t, e, app(fmt.Sprintf("gone-%d", round), 1, "harpsichord"))
		if err := e.Erase(t.Context(), "acme", fmt.Sprintf("gone-%d", round)); err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(t.TempDir(), "copy")
		// The text index is copied as it lies, or is lost altogether.
		copyTree(t, dir, copied, round%3 == 1)
		if round%3 == 2 {
			wreck(t, copied)
		}
		c, err := Open(Options{Dir: copied, Key: conformance.Key})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if n := find(t, c, fmt.Sprintf("instrument%d", round)); n != 25 {
			t.Errorf("round %d: %d found, want 25", round, n)
		}
		if round > 0 {
			if n := find(t, c, fmt.Sprintf("instrument%d", round-1)); n != 0 {
				t.Errorf("round %d: %d of the version before", round, n)
			}
		}
		if n := find(t, c, "harpsichord"); n != 0 {
			t.Errorf("round %d: %d erased are found", round, n)
		}
		put(t, c, app("after", 1, "harpsichord"))
		if n := find(t, c, "harpsichord"); n != 1 {
			t.Errorf("round %d: a write after the crash is found %d times", round, n)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func copyTree(t *testing.T, from, to string, withoutText bool) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // merged away meanwhile
			}
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if withoutText && strings.HasPrefix(rel, "text-") {
			return nil
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		in, err := os.Open(path)
		if err != nil {
			return nil
		}
		defer in.Close()
		out, err := os.Create(filepath.Join(to, rel))
		if err != nil {
			return err
		}
		_, err = io.Copy(out, in)
		return errors.Join(err, out.Close())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// wreck spoils the text index beyond opening.
func wreck(t *testing.T, dir string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "text-*", "index_meta.json"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	if err := os.WriteFile(names[0], []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRebuildEndsEarly(t *testing.T) {
	e := open(t)
	var docs []record.Application
	for i := range 3 * rebuildPart {
		docs = append(docs, app(fmt.Sprintf("app-%d", i), 1, "zither"))
	}
	put(t, e, docs...)
	ctx, cancel := context.WithCancel(t.Context())
	err := e.Rebuild(ctx, nil, func(done, total int) {
		if done > rebuildPart {
			cancel()
		}
		if err := e.Rebuild(t.Context(), nil, nil); err == nil {
			t.Error("two rebuilds at once")
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if n := find(t, e, "zither"); n != len(docs) {
		t.Errorf("%d found, want %d", n, len(docs))
	}
	if err := e.Rebuild(t.Context(), nil, nil); err != nil {
		t.Error(err)
	}
	if n := find(t, e, "zither"); n != len(docs) {
		t.Errorf("%d found, want %d", n, len(docs))
	}
	found, err := filepath.Glob(filepath.Join(e.o.Dir, "text-*"))
	if err != nil || len(found) != 1 {
		t.Errorf("folders %v", found)
	}
}

// Rows of replaced documents do not pile up.
func TestRowsArePacked(t *testing.T) {
	e := open(t)
	for v := range int64(30) {
		var docs []record.Application
		for i := range 300 {
			docs = append(docs, app(fmt.Sprintf("app-%d", i), v+1, "zither"))
		}
		put(t, e, docs...)
	}
	e.mu.RLock()
	rows, own := len(e.snap.rows), len(e.tenants["acme"].rows)
	e.mu.RUnlock()
	if rows > 2*300+4096+300 || own > 2*300+64+300 {
		t.Errorf("%d rows, %d of the tenant, for 300 applications", rows, own)
	}
	if n := find(t, e, "zither"); n != 300 {
		t.Errorf("%d found", n)
	}
}

type anyText = bleve.Index // whose methods have its name

// fullText is a Bleve index on a full disk.
type fullText struct{ anyText }

func (fullText) Batch(*bleve.Batch) error { return errors.New("no space left on device") }

// TestNotReady: an index whose disk is full is searched still, and is not ready until it
// takes a write.
func TestNotReady(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	e, err := Open(Options{Dir: t.TempDir(), Key: conformance.Key, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	put(t, e, app("a", 1, "zither"))
	text := e.text
	e.text = fullText{text}
	for i := range 3 {
		if err := e.Ready(t.Context()); err != nil {
			t.Errorf("after %d tries: %v", i, err)
		}
		if out := e.Write(t.Context(), []record.Application{app("b", int64(2+i), "zither")}); !errors.Is(out[0].Err, index.ErrUnavailable) {
			t.Errorf("%+v", out)
		}
		now = now.Add(5 * time.Second)
	}
	if err := e.Ready(t.Context()); !errors.Is(err, index.ErrUnavailable) {
		t.Errorf("a full disk: %v", err)
	}
	if _, err := e.Get(t.Context(), "acme", "a"); err != nil {
		t.Errorf("what is there: %v", err)
	}
	e.text = text
	put(t, e, app("c", 1, "zither"))
	if err := e.Ready(t.Context()); err != nil {
		t.Errorf("when it took one: %v", err)
	}
}
