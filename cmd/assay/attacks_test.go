package main

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	// numberedTest is a test that is called after attacks or threats.
	numberedTest = regexp.MustCompile(`(?m)^func Test(Attack[A-F]?[0-9]\w*|[A-F][0-9]+_\w+)\(`)
	// numberIn is one number within such a name, with what joins it to the next.
	numberIn = regexp.MustCompile(`^([A-F]?)0*([1-9][0-9]*)`)
	// listed is a row of testdata/ATTACKS.md.
	listed = regexp.MustCompile(`(?m)^\| ([A-F]?[1-9][0-9]*) \|`)
)

// attackNumbers are the numbers that a test is called after: "29" and "30" of
// Attack29To30Rewritten, "16" and "A4" of Attack16AndA4Headers.
func attackNumbers(name string) []string {
	rest := strings.TrimPrefix(name, "Attack")
	var out []string
	through := false
	for {
		m := numberIn.FindStringSubmatch(rest)
		if m == nil {
			return out
		}
		if through {
			from, to := number(out[len(out)-1]), number(m[2])
			for i := from + 1; i < to; i++ {
				out = append(out, m[1]+strconv.Itoa(i))
			}
		}
		out = append(out, m[1]+m[2])
		rest, through = strings.TrimLeft(rest[len(m[0]):], "_"), false
		switch {
		case strings.HasPrefix(rest, "And"):
			rest = strings.TrimLeft(rest[3:], "_")
		case strings.HasPrefix(rest, "To"):
			rest, through = strings.TrimLeft(rest[2:], "_"), true
		}
	}
}

func number(s string) int {
	n, _ := strconv.Atoi(strings.TrimLeft(s, "ABCDEF")) // of a match of digits
	return n
}

// TestAttacksAreListed: the numbers of tests and of testdata/ATTACKS.md are the
// same.
func TestAttacksAreListed(t *testing.T) {
	for name, want := range map[string]string{
		"Attack5To8AndA5KidElsewhere": "5 6 7 8 A5", "Attack01_A1_AlgNone": "1 A1", "A10_Matrix": "A10", "C2_Rebinding": "C2", "B04_PNG": "B4",
		"Attack61_PNG": "61", "AttackA12AndA13Through": "A12 A13", "Attack29UnknownTerm": "29",
	} {
		if got := strings.Join(attackNumbers(name), " "); got != want {
			t.Fatalf("%s is called after %q, want %q", name, got, want)
		}
	}
	dir := root(t)
	tested := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range numberedTest.FindAllStringSubmatch(string(b), -1) {
			numbers := attackNumbers(m[1])
			if len(numbers) == 0 {
				t.Errorf("%s: Test%s has no number", path, m[1])
			}
			for _, n := range numbers {
				tested[n] = m[1]
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "testdata", "ATTACKS.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for _, m := range listed.FindAllStringSubmatch(string(b), -1) {
		if rows[m[1]] {
			t.Errorf("%s stands twice in testdata/ATTACKS.md", m[1])
		}
		rows[m[1]] = true
	}
	if len(rows) < 67+21 {
		t.Errorf("only %d rows were seen", len(rows))
	}
	for _, n := range slices.Sorted(maps.Keys(tested)) {
		if !rows[n] {
			t.Errorf("Test%s is called after %s, which testdata/ATTACKS.md does not tell of", tested[n], n)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(rows)) {
		if tested[n] == "" {
			t.Errorf("%s stands in testdata/ATTACKS.md, and no test is called after it", n)
		}
	}
}
