package local

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/index"
	"assay/index/conformance"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

const canary = "Canaria Birdsong"

// named makes a document with a display name, of a size that n picks.
func named(name, display string, n int) record.Application {
	s := record.Submission{
		Tenant: "acme", Application: name, Job: "Warbler " + display, Candidate: "key of " + display, DisplayName: display,
		Submitted: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Checked: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	var entries []record.Entry
	for i := range 1 + n%7 {
		entries = append(entries, record.Entry{
			Where: display + ".pdf",
			Verdict: verdict.Verdict{Result: verdict.Verified, Credential: verdict.Credential{
				Name: fmt.Sprintf("Badge %d", i), Description: strings.Repeat("sings ", n*40), Issuer: verdict.Party{ID: "https://issuer.example/"},
			}},
			Skills: []skills.Skill{{Label: "zither", Basis: skills.BasisUnmapped}},
		})
	}
	return record.New(conformance.Key, s, entries, nil)
}

// canaries counts in the files of a folder, and in the bbolt file alone.
func canaries(t *testing.T, dir string) (all, file int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // merged away meanwhile
		}
		if err != nil {
			return err
		}
		n := 0
		for _, form := range []string{canary, "canaria", "Birdsong", "birdsong"} {
			n += bytes.Count(b, []byte(form))
		}
		all += n
		if filepath.Base(path) == fileName {
			file = n
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, file
}

func TestErasureReachesTheDisk(t *testing.T) {
	dir := t.TempDir()
	o := Options{Dir: dir, Key: conformance.Key}
	e, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	var gone []string
	for i := range 60 {
		display := "Stays Put"
		if i%3 == 0 {
			display = canary
			gone = append(gone, fmt.Sprintf("app-%d", i))
		}
		put(t, e, named(fmt.Sprintf("app-%d", i), display, i))
	}
	// Older versions of the same people lie about as well.
	for i := range 60 {
		if i%3 == 0 && i%2 == 0 {
			a := named(fmt.Sprintf("app-%d", i), canary, i/2)
			a.Version++
			put(t, e, a)
		}
	}
	if _, n := canaries(t, dir); n == 0 {
		t.Fatal("the file never held the name: this test says nothing")
	}
	for _, name := range gone {
		if err := e.Erase(t.Context(), "acme", name); err != nil {
			t.Fatal(err)
		}
	}
	if _, n := canaries(t, dir); n == 0 {
		t.Error("overwritten already: this test says nothing of Close")
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if all, n := canaries(t, dir); n != 0 || all != 0 {
		t.Errorf("after Close the name stands %d times in the folder, %d times in the file", all, n)
	}
	e, err = Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if n := find(t, e, "zither"); n != 40 {
		t.Errorf("%d found, want 40", n)
	}
	for _, name := range gone {
		if _, err := e.Get(t.Context(), "acme", name); !errors.Is(err, index.ErrErased) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

// A process that ended between an erasure and its scrub does it at its start.
func TestErasureReachesTheDiskAfterACrash(t *testing.T) {
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
	for i := range 20 {
		put(t, e, named(fmt.Sprintf("app-%d", i), canary, i))
	}
	for i := range 20 {
		if err := e.Erase(t.Context(), "acme", fmt.Sprintf("app-%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	copied := filepath.Join(t.TempDir(), "copy")
	copyTree(t, dir, copied, false)
	if _, n := canaries(t, copied); n == 0 {
		t.Fatal("nothing was left behind: this test says nothing")
	}
	c, err := Open(Options{Dir: copied, Key: conformance.Key})
	if err != nil {
		t.Fatal(err)
	}
	if _, n := canaries(t, copied); n != 0 {
		t.Errorf("after a start the name stands %d times in the file", n)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// Pages are overwritten under readers and writers without harm, and without
// waiting for Close.
func TestScrubUnderLoad(t *testing.T) {
	e := open(t)
	for i := range 100 {
		put(t, e, named(fmt.Sprintf("app-%d", i), "Stays Put", i%20))
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if n := find(t, e, "zither"); n != 100 {
					t.Errorf("%d found, want 100", n)
					return
				}
				err := e.Scan(t.Context(), "acme", func(a *record.Application) error {
					if a.DisplayName != "Stays Put" {
						return nil // on its way out
					}
					if len(a.Claims) == 0 {
						t.Errorf("%s is torn", a.Application)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 25 {
		name := fmt.Sprintf("gone-%d", i)
		a := named(name, canary, i)
		for k := range a.Claims {
			a.Claims[k].LabelWords = "harp"
		}
		put(t, e, a)
		// And what stays is written again, so that pages move.
		b := named(fmt.Sprintf("app-%d", i), "Stays Put", (i+7)%20)
		b.Version += int64(i)
		put(t, e, b)
		if err := e.Erase(t.Context(), "acme", name); err != nil {
			t.Fatal(err)
		}
		e.commits.Lock()
		err := e.scrub()
		e.commits.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		if _, n := canaries(t, e.o.Dir); n != 0 {
			t.Fatalf("after scrub %d the name stands %d times in the file", i, n)
		}
	}
	close(stop)
	wg.Wait()
}

// An erasure is followed by a scrub without anybody's doing.
func TestScrubComesByItself(t *testing.T) {
	e := open(t)
	put(t, e, named("app", canary, 30))
	if err := e.Erase(t.Context(), "acme", "app"); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, n := canaries(t, e.o.Dir); n == 0 {
			return
		}
		if time.Now().After(until) {
			t.Fatal("the name still stands in the file")
		}
	}
}
