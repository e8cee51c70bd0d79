// Command mutants takes safety checks out of the verifier and the search, one at
// a time, and runs the tests that must notice. It prints each mutant and "killed
// X of Y", and exits with 1 unless all are killed. Mutants that only tests with
// Elasticsearch notice are left out where ASSAY_ELASTIC does not name one.
//
//	go run ./cmd/internal/mutants [-v] [-only REGEXP]
//
// Nothing in the tree is changed: each mutant is an overlay of the build.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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

// needsServer begins the description of a mutant that is noticed only with an
// Elasticsearch.
const needsServer = "Elasticsearch: "

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
	sound := map[string]bool{} // tests that pass on the tree as it is
	for i, m := range slices.Concat(mutants, indexMutants) {
		if !pick.MatchString(m.desc) {
			continue
		}
		if strings.HasPrefix(m.desc, needsServer) && os.Getenv("ASSAY_ELASTIC") == "" {
			if os.Getenv("ASSAY_REQUIRE") != "" {
				return errors.New("ASSAY_ELASTIC does not name an Elasticsearch")
			}
			fmt.Printf("%-9s %5s   %s\n", "left out", "", m.desc)
			continue
		}
		total++
		if key := m.run + fmt.Sprint(m.packages); !sound[key] {
			// Tests that fail anyway would kill every mutant.
			if out, err := test(root, "", m); err != nil {
				return fmt.Errorf("%v %q fail on the tree as it is: %s", m.packages, m.run, out)
			}
			sound[key] = true
		}
		start := time.Now()
		out, dead, err := try(root, filepath.Join(dir, fmt.Sprint(i)), m)
		if err != nil {
			fmt.Printf("%-9s %5.1fs  %s: %v\n", "BROKEN", time.Since(start).Seconds(), m.desc, err)
			continue
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
	out, err := test(root, list, m)
	return out, err != nil, nil
}

// test runs the tests that must notice a mutant, on the overlay if there is
// one.
func test(root, overlay string, m mutant) ([]byte, error) {
	args := []string{"test", "-failfast", "-timeout=300s"}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	if m.run != "" {
		args = append(args, "-run", m.run)
	}
	cmd := exec.Command("go", append(args, m.packages...)...)
	cmd.Dir = root
	return cmd.CombinedOutput()
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
