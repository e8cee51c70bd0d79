package extract

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sharedRoot is where the shared data lie, if they do.
func sharedRoot(t testing.TB) string {
	t.Helper()
	root := os.Getenv("ASSAY_SHARED")
	if root == "" || !filepath.IsAbs(root) {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				break
			}
			if filepath.Dir(dir) == dir {
				t.Fatal("no go.mod above the test")
			}
			dir = filepath.Dir(dir)
		}
		if root == "" {
			root = filepath.Join("..", "shared")
		}
		root = filepath.Join(dir, root)
	}
	return root
}

// shared gives a path in the shared data, or skips the test where there is
// none. Where the data is required its absence is a failure.
func shared(t testing.TB, elem ...string) string {
	t.Helper()
	root := sharedRoot(t)
	path := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		if slices.Contains(strings.FieldsFunc(os.Getenv("ASSAY_REQUIRE"), func(r rune) bool { return r == ',' || r == ' ' }), "shared") {
			t.Fatalf("shared data is required: %v", err)
		}
		t.Skip("no shared data here")
	}
	return path
}

func readShared(t testing.TB, elem ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(shared(t, elem...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// find extracts from one document with the default limits.
func find(t testing.TB, name string, data []byte) Result {
	t.Helper()
	return findWith(t, Limits{}, Document{Name: name, Data: data})
}

func findWith(t testing.TB, l Limits, d Document) Result {
	t.Helper()
	e := Extractor{Limits: l}
	r, err := e.Extract(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// show writes a result in short lines, for comparison with what is wanted:
// kind, payload, ambiguity, and each place with its flags.
func show(r Result) []string {
	var out []string
	for _, f := range r.Findings {
		s := string(f.Kind) + " " + f.Payload
		if f.Ambiguous != "" {
			s += " AMBIGUOUS"
		}
		for _, pl := range f.Places {
			s += " | " + pl.Where
			if len(pl.Flags) > 0 {
				s += " (" + strings.Join(pl.Flags, ",") + ")"
			}
		}
		out = append(out, s)
	}
	for _, u := range r.Unread {
		out = append(out, "unread "+u.Where+": "+string(u.Reason))
	}
	return out
}
