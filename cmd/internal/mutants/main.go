// Command mutants takes safety checks out of the program, one at
// a time, and runs the tests that must notice. Where a check stands in two
// layers, it takes out either, after which what the other promises must still
// hold, and both, which must be noticed. It prints each mutant and "killed X of
// Y, Z of two layers hold", and exits with 1 unless all do. Mutants that only
// tests with Elasticsearch notice are left out where ASSAY_ELASTIC does not name
// one.
//
//	go run ./cmd/internal/mutants [-v] [-only REGEXP] [-part K/N]
//
// Nothing in the tree is changed: each mutant is an overlay of the build.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
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

// change replaces a text that stands once in a file.
type change struct{ file, old, with string }

// layered is a mutant of several changes: parts of a check, or one or both of
// the two layers that it stands in.
type layered struct {
	desc     string
	changes  []change
	packages []string
	fails    string   // the tests that must notice; "" = none need to
	says     []string // patterns of what they say, each of which must be said
	holds    string   // the tests that must pass all the same; "" = none
}

// layered gives a mutant of one change as one of several.
func (m mutant) layered() layered {
	all := m.run
	if all == "" {
		all = "."
	}
	return layered{desc: m.desc, changes: []change{{m.file, m.old, m.with}}, packages: m.packages, fails: all}
}

// every lists all mutants.
func every() []layered {
	var out []layered
	for _, m := range slices.Concat(mutants, indexMutants, questionMutants, extractMutants, ingestMutants, webMutants, laneMutants, hostMutants, decisionMutants, otherMutants, formMutants, proseMutants, storeMutants, doorMutants,
		tracingMutants, holeMutants, hookMutants, checkMutants, whoMutants, assistMutants, signInMutants, savedMutants) {
		out = append(out, m.layered())
	}
	return append(out, tenantMutants...)
}

// needsServer begins the description of a mutant that is noticed only with an
// Elasticsearch.
const needsServer = "Elasticsearch: "

func main() {
	verbose := flag.Bool("v", false, "show what the tests said")
	only := flag.String("only", "", "run only the mutants whose description matches")
	part := flag.String("part", "1/1", "run only every Nth of them, beginning at the Kth: K/N")
	flag.Parse()
	if err := run(*verbose, *only, *part); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(verbose bool, only, part string) error {
	pick, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	k, n, err := share(part)
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
	killed, toKill, held, toHold := 0, 0, 0, 0
	sound := map[string]bool{} // tests that pass on the tree as it is
	for i, m := range every() {
		if !pick.MatchString(m.desc) || i%n != k-1 {
			continue
		}
		if strings.HasPrefix(m.desc, needsServer) && os.Getenv("ASSAY_ELASTIC") == "" {
			if os.Getenv("ASSAY_REQUIRE") != "" {
				return errors.New("ASSAY_ELASTIC does not name an Elasticsearch")
			}
			fmt.Printf("%-9s %5s   %s\n", "left out", "", m.desc)
			continue
		}
		for _, tests := range []string{m.fails, m.holds} {
			if key := tests + fmt.Sprint(m.packages); tests != "" && !sound[key] {
				// Tests that fail anyway would kill every mutant.
				if out, err := test(root, "", tests, m.packages); err != nil {
					return fmt.Errorf("%v %q fail on the tree as it is: %s", m.packages, tests, out)
				}
				sound[key] = true
			}
		}
		start := time.Now()
		say := func(word, why string) {
			if why != "" {
				why = ": " + why
			}
			fmt.Printf("%-9s %5.1fs  %s%s\n", word, time.Since(start).Seconds(), m.desc, why)
		}
		if m.fails != "" {
			toKill++
		}
		if m.holds != "" {
			toHold++
		}
		files, err := replaced(root, m)
		if err != nil {
			say("BROKEN", err.Error())
			continue
		}
		at := filepath.Join(dir, fmt.Sprint(i))
		if m.fails != "" {
			out, err := onOverlay(root, at, files, m.fails, m.packages)
			word, why := became(m, out, err)
			if say(word, why); word == "killed" {
				killed++
			}
			if verbose {
				fmt.Println(string(out))
			}
		}
		if m.holds != "" {
			out, err := onOverlay(root, at, files, m.holds, m.packages)
			if why := fell(out, err); why != "" {
				say("FELL", m.holds+why)
			} else {
				say("held", m.holds)
				held++
			}
			if verbose {
				fmt.Println(string(out))
			}
		}
	}
	fmt.Printf("killed %d of %d, %d of %d layers hold alone\n", killed, toKill, held, toHold)
	if killed != toKill || held != toHold || toKill+toHold == 0 {
		return fmt.Errorf("%d of %d checks can be taken out without a test that fails, %d of %d layers do not hold alone", toKill-killed, toKill, toHold-held, toHold)
	}
	return nil
}

// became tells what tests that must notice a mutant made of it, and why.
func became(m layered, out []byte, err error) (word, why string) {
	missing := unsaid(m.says, out)
	switch {
	case unbuilt.Match(out):
		return "BROKEN", "does not build: " + string(out) // shows nothing
	case err == nil && skipped.Match(out):
		return "SKIPPED", "its tests want what is not here"
	case err == nil:
		return "SURVIVED", ""
	case missing != "":
		return "SURVIVED", "nothing says " + missing
	}
	return "killed", ""
}

// fell says why tests that must pass all the same did not, "" where they did: with a
// space before.
func fell(out []byte, err error) string {
	switch {
	case err != nil:
		return " failed"
	case !passed.Match(out) || skipped.Match(out):
		return " was not run"
	}
	return ""
}

// share reads K/N.
func share(part string) (k, n int, err error) {
	if _, err := fmt.Sscanf(part, "%d/%d", &k, &n); err != nil || k < 1 || k > n {
		return 0, 0, fmt.Errorf("-part %s: want K/N, as in 1/4", part)
	}
	return k, n, nil
}

// What go test -v prints of a test.
var (
	passed  = regexp.MustCompile(`(?m)^--- PASS`)
	unbuilt = regexp.MustCompile(`(?m)^FAIL\s.*\[(build|setup) failed\]$`)
	skipped = regexp.MustCompile(`(?m)^--- SKIP`)
)

// unsaid gives the first of the patterns that nothing in the output matches.
func unsaid(patterns []string, output []byte) string {
	for _, p := range patterns {
		if !regexp.MustCompile(p).Match(output) {
			return p
		}
	}
	return ""
}

// replaced gives the text of each file that a mutant changes.
func replaced(root string, m layered) (map[string]string, error) {
	out := map[string]string{}
	for _, c := range m.changes {
		file := filepath.Join(root, c.file)
		src, ok := out[file]
		if !ok {
			b, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			src = string(b)
		}
		if n := strings.Count(src, c.old); n != 1 {
			return nil, fmt.Errorf("%s holds the check %d times, not once: %s", c.file, n, c.old)
		}
		out[file] = strings.Replace(src, c.old, c.with, 1)
	}
	return out, nil
}

// onOverlay runs tests with these texts in the place of the tree's.
func onOverlay(root, dir string, files map[string]string, tests string, packages []string) ([]byte, error) {
	var leave []string
	for _, p := range packages {
		un, err := unneeded(filepath.Join(root, p), tests)
		if err != nil {
			return nil, err
		}
		leave = append(leave, un...)
	}
	overlay, err := write(dir, files, leave)
	if err != nil {
		return nil, err
	}
	out, err := test(root, overlay, tests, packages)
	if !unbuilt.Match(out) || len(leave) == 0 {
		return out, err
	}
	if overlay, err = write(dir, files, nil); err != nil {
		return nil, err
	}
	return test(root, overlay, tests, packages)
}

// write writes the texts of files and gives the file of the overlay that puts them
// in their places, without those to leave.
func write(dir string, files map[string]string, leave []string) (overlay string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	replace := map[string]string{}
	for _, file := range leave {
		replace[file] = ""
	}
	for i, file := range slices.Sorted(maps.Keys(files)) {
		changed := filepath.Join(dir, fmt.Sprintf("mutant%d.go", i))
		if err := os.WriteFile(changed, []byte(files[file]), 0o644); err != nil {
			return "", err
		}
		replace[file] = changed
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, list, 0o644); err != nil {
		return "", err
	}
	return overlay, nil
}

// test runs tests, on the overlay if there is one.
func test(root, overlay, tests string, packages []string) ([]byte, error) {
	// What vet says of it is the linter's business, and a third of the time.
	args := []string{"test", "-vet=off", "-failfast", "-v", "-timeout=300s", "-run", tests}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.Command("go", append(args, packages...)...)
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
