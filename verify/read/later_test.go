package read_test

import (
	"testing"

	"assay/verify/read"
)

// TestAttack354LaterYears: what may be a day of this century is no year after 9999,
// in which nothing ends.
func TestAttack354LaterYears(t *testing.T) {
	for _, s := range []string{"10000-01-01", "12026-02-01T00:00:00Z", "+12026-02-01", "292278994-08-17T07:12:55Z"} {
		if d, ok := read.DateOf(s); !ok || d.Last.Year() != 9999 {
			t.Errorf("%s: %v, %v", s, d, ok)
		}
	}
	for _, s := range []string{"20260201-05", "20260201-0500", "202602-01", "202602-32", "02026-02-01", "00002026-02-01T00:00:00Z", "2026020-1", "20260201-", "20260201-W05"} {
		if d, ok := read.DateOf(s); ok && d.Last.Year() > 2026 {
			t.Errorf("%s is read as %v", s, d.Last)
		}
	}
}
