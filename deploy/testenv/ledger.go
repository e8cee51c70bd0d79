package testenv

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"
)

// Ledger is what came of one row of a soak: a fault, under which submissions were
// acknowledged. SCALE says how much of the full size is run, ASSAY_SOAK_ROWS to which file
// rows are added.
type Ledger struct {
	Row, Fault string
	Taken      int // submissions that were acknowledged
	Lost       int // of those, how many have no document or no outcome
	Duplicate  int // documents, or messages on the queue, beyond one of each application
	Wrong      int // an older submission's, another verdict, an outcome that the index does not know
	Forbidden  int // of what was erased, or another tenant's
	Recovered  time.Duration
	Note       string
}

// defaultScale is that of CI.
const defaultScale = 0.01

// Scaled is so much of a full size as SCALE says, least at least.
func Scaled(t testing.TB, full, least int) int {
	t.Helper()
	scale := defaultScale
	if s := os.Getenv("SCALE"); s != "" {
		var err error
		if scale, err = strconv.ParseFloat(s, 64); err != nil || scale <= 0 {
			t.Fatalf("SCALE is %q", s)
		}
	}
	return max(least, int(float64(full)*scale))
}

// Enter enters the ledger in the table; what must be 0 and is not fails the test.
func (l Ledger) Enter(t testing.TB) {
	t.Helper()
	line := fmt.Sprintf("| %s | %s | %d | %d | %d | %d | %d | %s | %s |", l.Row, l.Fault, l.Taken, l.Lost, l.Duplicate, l.Wrong, l.Forbidden, l.Recovered.Round(10*time.Millisecond), l.Note)
	t.Log(line)
	if l.Lost != 0 || l.Duplicate != 0 || l.Wrong != 0 || l.Forbidden != 0 {
		t.Error("not everything is where it belongs")
	}
	name := os.Getenv("ASSAY_SOAK_ROWS")
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintln(f, line); err != nil {
		t.Fatal(err)
	}
}
