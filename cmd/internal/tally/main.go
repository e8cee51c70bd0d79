// Command tally reads what `go test -json` prints, of one run or several on end,
// and prints what a person wants to see of it: a line a package, the output of
// tests that failed, and at the end how many passed, failed and were skipped,
// and for want of what.
//
//	{ go test -json ./... || echo '{"Action":"broken"}'; } | go run ./cmd/internal/tally [-slow FILE]
//
// A test that several runs hold counts once: as failed if it failed in one, as
// passed if it passed in one. Exit status 1 when a test failed or a run broke off,
// when there was no test at all, or when tests were skipped for want of something
// that ASSAY_REQUIRE names, or, where it names anything, for a reason without a name.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

func main() {
	slow := flag.String("slow", "", "file to write the time of each test into, the longest first")
	flag.Parse()
	t := tally{out: os.Stdout, tests: map[key]*test{}}
	err := t.read(os.Stdin)
	if err == nil && *slow != "" {
		err = os.WriteFile(*slow, []byte(t.slowest()), 0o644)
	}
	if err == nil {
		err = t.close(strings.FieldsFunc(os.Getenv("ASSAY_REQUIRE"), func(r rune) bool { return r == ',' || r == ' ' }))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(1)
	}
}

// wants are what tests are skipped for want of, by what they say then, and the
// names that ASSAY_REQUIRE has for it.
var wants = []struct {
	name string
	says *regexp.Regexp
}{
	{"elasticsearch", regexp.MustCompile(`(?i)elasticsearch`)},
	{"nats", regexp.MustCompile(`nats-server`)},
	{"chromium", regexp.MustCompile(`(?i)chromium`)},
	{"shared", regexp.MustCompile(`(?i)shared( test)? data`)},
	{"openssl", regexp.MustCompile(`no openssl`)},
	{"axe", regexp.MustCompile(`no axe-core`)},
	{"node", regexp.MustCompile(`(?i)no node here|NATS for node|nor Node here`)},
	{"java", regexp.MustCompile(`no java here|NATS for java`)},
	{"generators", regexp.MustCompile(`no (openapi-|tsc )`)},
	{"systemd", regexp.MustCompile(`no systemd-analyze`)},
	{"linux", regexp.MustCompile(`(?i)linux|symbolic links`)},
	{"time", regexp.MustCompile(`(?i)-short|ASSAY_LONG|is long|starts servers`)},
}

// child is what a test says that is no test: the program that another one starts.
var child = regexp.MustCompile(`only as a child|is run by Test`)

// other is the name of every other want.
const other = "other reasons"

// event is a line of go test -json (go doc test2json), or the line that says that
// a run broke off: {"Action":"broken"}.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64 // seconds
	ImportPath                    string  // of build-output
}

type key struct{ pkg, test string }

// test is what became of one test, over all runs.
type test struct {
	passed, failed, skipped int
	elapsed                 float64  // the longest of the runs, in seconds
	output                  []string // of the run under way
	want                    string
}

type tally struct {
	out    io.Writer
	tests  map[key]*test
	broken int      // runs and packages that failed, of whose tests none need have
	failed []string // packages
}

func (t *tally) get(e event) *test {
	k := key{e.Package, e.Test}
	if t.tests[k] == nil {
		t.tests[k] = &test{}
	}
	return t.tests[k]
}

// read takes all runs in. A line that is no event is printed as it is.
func (t *tally) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action != "" {
				t.event(e)
			} else {
				_, _ = t.out.Write(line)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (t *tally) event(e event) {
	switch e.Action {
	case "broken":
		t.broken++
		return
	case "build-output":
		fmt.Fprint(t.out, e.Output)
		return
	case "output":
		if e.Test != "" {
			x := t.get(e)
			x.output = append(x.output, e.Output)
		} else if strings.HasPrefix(e.Output, "-test.shuffle") {
			t.get(e).output = []string{e.Output}
		} else if e.Output != "PASS\n" && e.Output != "FAIL\n" {
			fmt.Fprint(t.out, e.Output)
		}
		return
	case "pass", "fail", "skip":
	default:
		return
	}
	if e.Test == "" {
		x := t.get(e)
		delete(t.tests, key{e.Package, ""})
		if e.Action == "fail" {
			fmt.Fprint(t.out, strings.Join(x.output, "")) // the order that the tests ran in
			t.failed = append(t.failed, e.Package)
			t.unfinished(e.Package)
		}
		return
	}
	x := t.get(e)
	x.elapsed = max(x.elapsed, e.Elapsed)
	switch e.Action {
	case "pass":
		x.passed++
	case "fail":
		x.failed++
		fmt.Fprint(t.out, strings.Join(x.output, ""))
	case "skip":
		if x.want = wanted(x.output); x.want == "" {
			delete(t.tests, key{e.Package, e.Test})
			return
		}
		x.skipped++
	}
	x.output = nil
}

// unfinished prints what tests said that the end of their package cut off.
func (t *tally) unfinished(pkg string) {
	for _, k := range slices.SortedFunc(maps.Keys(t.tests), func(a, b key) int { return strings.Compare(a.test, b.test) }) {
		if x := t.tests[k]; k.pkg == pkg && len(x.output) > 0 {
			fmt.Fprint(t.out, strings.Join(x.output, ""))
			x.output = nil
			x.failed++
		}
	}
}

// wanted names what a skipped test lacked, by the last of its words that say it;
// "" when it is no test.
func wanted(output []string) string {
	for _, line := range slices.Backward(output) {
		if child.MatchString(line) {
			return ""
		}
		for _, w := range wants {
			if w.says.MatchString(line) {
				return w.name
			}
		}
	}
	return other
}

// slowest is a line a test, the longest first.
func (t *tally) slowest() string {
	keys := slices.SortedFunc(maps.Keys(t.tests), func(a, b key) int {
		return cmp.Or(cmp.Compare(t.tests[b].elapsed, t.tests[a].elapsed), strings.Compare(a.pkg+a.test, b.pkg+b.test))
	})
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&b, "%8.2f  %s %s\n", t.tests[k].elapsed, k.pkg, k.test)
	}
	return b.String()
}

// close prints the closing lines and says what stands against the runs.
func (t *tally) close(required []string) error {
	var passed, failed, skipped int
	lacking := map[string]int{}
	for _, x := range t.tests {
		switch {
		case x.failed > 0:
			failed++
		case x.passed > 0:
			passed++
		case x.skipped > 0:
			skipped++
			lacking[x.want]++
		}
	}
	fmt.Fprintf(t.out, "\n%d passed, %d failed, %d skipped\n%s\n", passed, failed, skipped, skips(skipped, lacking))
	var errs []error
	for _, name := range required {
		if n := lacking[name]; n > 0 {
			errs = append(errs, fmt.Errorf("%d tests were skipped for want of %s, which ASSAY_REQUIRE names", n, name))
		}
	}
	// Where something is required, nothing may be skipped for a reason without a
	// name: nobody could require it.
	if n := lacking[other]; n > 0 && len(required) > 0 {
		errs = append(errs, fmt.Errorf("%d tests were skipped for %s, which ASSAY_REQUIRE cannot name", n, other))
	}
	if len(t.failed) > 0 {
		errs = append(errs, fmt.Errorf("failed: %s", strings.Join(slices.Compact(slices.Sorted(slices.Values(t.failed))), " ")))
	} else if failed > 0 || t.broken > 0 {
		errs = append(errs, errors.New("a run of go test broke off"))
	}
	if passed+failed == 0 {
		errs = append(errs, errors.New("no test was run"))
	}
	return errors.Join(errs...)
}

func skips(n int, lacking map[string]int) string {
	if n == 0 {
		return "skipped: 0"
	}
	names := slices.SortedFunc(maps.Keys(lacking), func(a, b string) int {
		return cmp.Or(cmp.Compare(lacking[b], lacking[a]), strings.Compare(a, b))
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%s (%d)", name, lacking[name])
	}
	return fmt.Sprintf("skipped: %d tests for want of %s", n, strings.Join(names, ", "))
}
