package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Every mutant takes out what stands in the tree, once, and stands once in the
// list: so that a moved check is noticed at once and not by the long run.
func TestEveryMutantFits(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range slices.Concat(mutants, indexMutants) {
		src, err := os.ReadFile(filepath.Join(root, m.file))
		if err != nil {
			t.Error(err)
			continue
		}
		if n := bytes.Count(src, []byte(m.old)); n != 1 {
			t.Errorf("%s: %s holds the check %d times", m.desc, m.file, n)
		}
		if key := m.file + m.old + m.with; seen[key] || m.old == m.with || len(m.packages) == 0 {
			t.Errorf("%s: stands twice, changes nothing or is tested by nothing", m.desc)
		} else {
			seen[key] = true
		}
	}
	if len(seen) < 80 {
		t.Errorf("%d mutants", len(seen))
	}
}
