package main

import "testing"

// Each mutant still fits the tree: what it takes out stands in its file, once.
func TestMutantsFit(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range every() {
		if seen[m.desc] {
			t.Errorf("two mutants are called %q", m.desc)
		}
		seen[m.desc] = true
		if m.fails == "" && m.holds == "" || len(m.changes) == 0 || len(m.packages) == 0 {
			t.Errorf("%s: asks nothing", m.desc)
		}
		for _, c := range m.changes {
			if c.old == c.with {
				t.Errorf("%s: changes nothing", m.desc)
			}
		}
		if _, err := replaced(root, m); err != nil {
			t.Errorf("%s: %v", m.desc, err)
		}
	}
}
