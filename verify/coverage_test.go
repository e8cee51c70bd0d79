package verify

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	attackTest = regexp.MustCompile(`func (Test\w*Attack\w*)\(`)
	number     = regexp.MustCompile(`^(A?)(\d+)`)
)

// numbersOf reads the numbers that a test bears in its name, such as
// TestAttack5To6AndA5KidElsewhere or TestAttack61_PNG.
func numbersOf(name string) (out []string) {
	_, rest, _ := strings.Cut(name, "Attack")
	rest = strings.TrimLeft(rest, "s_")
	last, lastPrefix := 0, ""
	through := false
	for {
		n := number.FindStringSubmatch(rest)
		if n == nil {
			return out
		}
		i, err := strconv.Atoi(n[2])
		if err != nil {
			return out
		}
		from := i
		if n[1] == "" && through {
			n[1], from = lastPrefix, last+1
		}
		for k := from; k <= i; k++ {
			out = append(out, n[1]+strconv.Itoa(k))
		}
		last, lastPrefix = i, n[1]
		rest = strings.TrimLeft(rest[len(n[0]):], "_")
		switch {
		case number.MatchString(rest):
			through = false // TestAttack01_A1_AlgNone
		case strings.HasPrefix(rest, "And"):
			rest, through = strings.TrimLeft(rest[3:], "_"), false
		case strings.HasPrefix(rest, "To"):
			rest, through = strings.TrimLeft(rest[2:], "_"), true
		default:
			return out
		}
	}
}

// TestEveryAttackHasATest reads the names of all tests of the project and
// misses none of the attacks 1 to 67, 70 to 77, 90 and above, and A1 to A21.
func TestEveryAttackHasATest(t *testing.T) {
	if got := fmt.Sprint(numbersOf("TestAttack5To6AndA5KidElsewhere"), numbersOf("TestAttack61_PNG"), numbersOf("TestAttack13And14Keys")); got != "[5 6 A5] [61] [13 14]" {
		t.Fatal(got)
	}
	tests := map[string][]string{}
	err := filepath.WalkDir("..", func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, "_test.go") {
			return err
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		for _, f := range attackTest.FindAllSubmatch(b, -1) {
			for _, n := range numbersOf(string(f[1])) {
				tests[n] = append(tests[n], string(f[1]))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := make([]string, 0, 96)
	for i := 1; i <= 67; i++ {
		want = append(want, strconv.Itoa(i))
	}
	for i := 70; i <= 77; i++ {
		want = append(want, strconv.Itoa(i))
	}
	for i := 90; i <= 97; i++ {
		want = append(want, strconv.Itoa(i))
	}
	for i := 1; i <= 21; i++ {
		want = append(want, "A"+strconv.Itoa(i))
	}
	for _, n := range want {
		if len(tests[n]) == 0 {
			t.Errorf("attack %s has no test", n)
		}
		t.Logf("%-4s %s", n, strings.Join(tests[n], " "))
	}
}
