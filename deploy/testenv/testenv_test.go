package testenv

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRequired(t *testing.T) {
	for _, tt := range []struct {
		env, what string
		want      bool
	}{
		{"", NATS, false}, {"nats", NATS, true}, {"shared,nats", NATS, true}, {"shared nats", NATS, true},
		{"gnats", NATS, false}, {"elasticsearch", NATS, false},
	} {
		t.Setenv("ASSAY_REQUIRE", tt.env)
		if got := Required(tt.what); got != tt.want {
			t.Errorf("%q requires %s: %t", tt.env, tt.what, got)
		}
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "vectors", "one"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ASSAY_SHARED", dir)
	if got := Find(t, "vectors", "one"); got != filepath.Join(dir, "vectors", "one") {
		t.Errorf("found %q", got)
	}
	if got := Find(t, "vectors", "two"); got != "" {
		t.Errorf("found %q", got)
	}
	rel, err := filepath.Rel(Root(t), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("ASSAY_SHARED", rel)
	if got := Find(t, "vectors"); got != filepath.Join(dir, "vectors") {
		t.Errorf("by the project's folder: found %q", got)
	}
}

// What is missing skips where nothing requires it, and not where it is
// required.
func TestMissing(t *testing.T) {
	t.Setenv("ASSAY_SHARED", t.TempDir())
	for require, fatal := range map[string]bool{"": false, "nats": false, "shared": true, "nats,shared": true} {
		t.Setenv("ASSAY_REQUIRE", require)
		f := &failing{TB: t}
		func() {
			defer func() { _ = recover() }()
			Shared(f, "nothing")
			t.Errorf("required %q: a test went on without what it needs", require)
		}()
		if f.fatal != fatal || f.skip == fatal {
			t.Errorf("required %q and missing: fatal %t, skipped %t", require, f.fatal, f.skip)
		}
	}
}

// failing keeps what becomes of a test.
type failing struct {
	testing.TB
	fatal, skip bool
}

func (f *failing) Fatalf(string, ...any) { f.fatal = true; panic("ended") }
func (f *failing) Skip(...any)           { f.skip = true; panic("ended") }
