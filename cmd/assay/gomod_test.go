package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// testsOnly begins the block of go.mod that holds what only tests need.
const testsOnly = "// Only tests need these."

// TestGoMod holds go.mod to three blocks: what the programs are built from,
// what only tests need, and what those bring along.
func TestGoMod(t *testing.T) {
	dir := root(t)
	b, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./cmd/...")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range modProblems(string(b), strings.Fields(string(out))) {
		t.Error(p)
	}
}

// modProblems names what stands in the wrong block of a go.mod whose programs
// are built from some modules.
func modProblems(mod string, built []string) []string {
	var problems []string
	within, comment, seen := false, "", map[string]int{}
	for line := range strings.Lines(mod) {
		line = strings.TrimSpace(line)
		switch {
		case line == "require (":
			within = true
		case line == ")":
			within, comment = false, ""
		case !within && strings.HasPrefix(line, "//"):
			comment = line
		case !within && strings.HasPrefix(line, "require "):
			problems = append(problems, line+" stands outside the blocks")
		case within && line != "":
			path, indirect := strings.Fields(line)[0], strings.HasSuffix(line, "// indirect")
			kind := "program"
			switch {
			case indirect && comment != "":
				problems = append(problems, path+" is brought along by others and does not belong under "+comment)
			case indirect:
				kind = "indirect"
			case comment == testsOnly:
				if kind = "tests"; slices.Contains(built, path) {
					problems = append(problems, path+" is part of a program, not only of tests")
				}
			case !slices.Contains(built, path):
				problems = append(problems, path+" is part of no program: it belongs under "+testsOnly)
			}
			seen[kind]++
		}
	}
	for _, kind := range []string{"program", "tests", "indirect"} {
		if seen[kind] == 0 {
			problems = append(problems, "no requirement of the kind "+kind+" was seen")
		}
	}
	return problems
}

// TestModProblems: each kind of misplacement is seen.
func TestModProblems(t *testing.T) {
	const good = "module x\n\nrequire (\n\ta v1\n)\n\n" + testsOnly + "\nrequire (\n\tb v1\n)\n\nrequire (\n\tc v1 // indirect\n)\n"
	for _, c := range []struct {
		desc, old, new string
		bad            bool
	}{
		{"as it should be", "", "", false},
		{"a test's among the program's", "a v1\n", "a v1\n\tt v1\n", true},
		{"the program's among the tests'", "\tb v1\n", "\tb v1\n\ta v1\n", true},
		{"indirect among the tests'", "\tb v1\n", "\tb v1\n\td v1 // indirect\n", true},
		{"a line by itself", "module x\n", "module x\nrequire t v1\n", true},
		{"no tests' block", testsOnly + "\nrequire (\n\tb v1\n)\n", "", true},
	} {
		t.Run(c.desc, func(t *testing.T) {
			if got := modProblems(strings.Replace(good, c.old, c.new, 1), []string{"a", "x"}); (len(got) > 0) != c.bad {
				t.Errorf("%v", got)
			}
		})
	}
}
