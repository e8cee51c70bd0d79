package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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

// A file of tests is left out of a build where nothing that runs needs it, by
// whatever way.
func TestUnneeded(t *testing.T) {
	dir := t.TempDir()
	for name, src := range map[string]string{
		"a_test.go":      "package p\nfunc TestA(t *T) { helpA() }",
		"help_test.go":   "package p\nvar shared = 1\nfunc helpA() { var k kind; k.say() }",
		"kind_test.go":   "package p\ntype kind int",
		"method_test.go": "package p\nfunc (*kind) say() {}",
		"b_test.go":      "package p\nfunc TestB(t *T) { shared := 2; _ = shared }",
		"out_test.go":    "package p_test\nfunc TestOut(t *T) { p.Given() }",
		"given_test.go":  "package p\nfunc Given() {}",
		"main_test.go":   "package p\nfunc init() {}",
		"code.go":        "package p",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for run, want := range map[string]string{
		"^TestA$":                 "b_test.go given_test.go out_test.go",
		"^TestB$/^TestA$":         "a_test.go given_test.go help_test.go kind_test.go method_test.go out_test.go",
		"TestOut":                 "a_test.go b_test.go help_test.go kind_test.go method_test.go",
		"^Test(A|B)$/x|^TestOut$": "",
		".":                       "",
	} {
		got, err := unneeded(dir, run)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			got[i] = filepath.Base(got[i])
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("%s: %s, want %s", run, g, want)
		}
	}
}
