// Command mutants takes safety checks out of the verifier, one at a time, and
// runs the tests that must notice. It prints each mutant and "killed X of Y",
// and exits with 1 unless all are killed.
//
//	go run ./testdata/mutants [-v] [-only REGEXP]
//
// Nothing in the tree is changed: each mutant is an overlay of the build.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// mutant is one check taken out: in file, old becomes with. Where the tests of
// the packages are slow, run names the ones that must notice.
type mutant struct {
	desc, file, old, with string
	packages              []string
	run                   string
}

func main() {
	verbose := flag.Bool("v", false, "show what the tests said")
	only := flag.String("only", "", "run only the mutants whose description matches")
	flag.Parse()
	if err := run(*verbose, *only); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(verbose bool, only string) error {
	pick, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	killed, total := 0, 0
	for i, m := range mutants {
		if !pick.MatchString(m.desc) {
			continue
		}
		total++
		start := time.Now()
		out, dead, err := try(root, filepath.Join(dir, fmt.Sprint(i)), m)
		if err != nil {
			return fmt.Errorf("%s: %w", m.desc, err)
		}
		word := "SURVIVED"
		if dead {
			word = "killed"
			killed++
		}
		fmt.Printf("%-9s %5.1fs  %s\n", word, time.Since(start).Seconds(), m.desc)
		if verbose {
			fmt.Println(string(out))
		}
	}
	fmt.Printf("killed %d of %d\n", killed, total)
	if killed != total || total == 0 {
		return fmt.Errorf("%d of %d checks can be taken out without a test that fails", total-killed, total)
	}
	return nil
}

// try builds and tests one mutant.
func try(root, dir string, m mutant) (output []byte, dead bool, err error) {
	file := filepath.Join(root, m.file)
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, false, err
	}
	if n := bytes.Count(src, []byte(m.old)); n != 1 {
		return nil, false, fmt.Errorf("%s holds the check %d times, not once", m.file, n)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, false, err
	}
	changed := filepath.Join(dir, "mutant.go")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(src), m.old, m.with, 1)), 0o644); err != nil {
		return nil, false, err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{file: changed}})
	if err != nil {
		return nil, false, err
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o644); err != nil {
		return nil, false, err
	}
	build := exec.Command("go", append([]string{"build", "-overlay", list}, m.packages...)...)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		// A mutant that does not compile shows nothing.
		return nil, false, fmt.Errorf("does not build: %s", out)
	}
	args := []string{"test", "-overlay", list, "-count=1", "-failfast", "-timeout=120s"}
	if m.run != "" {
		args = append(args, "-run", m.run)
	}
	test := exec.Command("go", append(args, m.packages...)...)
	test.Dir = root
	out, err := test.CombinedOutput()
	return out, err != nil, nil
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("no go.mod above %s", dir)
		}
		dir = up
	}
}
