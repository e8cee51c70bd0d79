package skills

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shared gives a folder of the data that tests read when it is there.
func shared(t testing.TB, sub string) string {
	t.Helper()
	dir := sharedOrNot(t, sub)
	if dir == "" {
		if strings.Contains(os.Getenv("ASSAY_REQUIRE"), "shared") {
			t.Fatalf("required: %s of the shared data", sub)
		}
		t.Skip("shared data is not there")
	}
	return dir
}

// sharedOrNot is shared for tests that say something without the data too: ""
// where it is not there.
func sharedOrNot(t testing.TB, sub string) string {
	t.Helper()
	dir := os.Getenv("ASSAY_SHARED")
	if dir == "" {
		dir = "../shared"
	}
	if !filepath.IsAbs(dir) {
		root, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
				break
			}
			if filepath.Dir(root) == root {
				t.Fatal("no go.mod above the test")
			}
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, dir)
	}
	dir = filepath.Join(dir, sub)
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}
