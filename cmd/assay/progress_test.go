package main

import (
	"strings"
	"testing"
	"time"
)

// Without a terminal progress is a line a minute, with rate and remaining time.
func TestProgressInLines(t *testing.T) {
	var out strings.Builder
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	b := progress(&out, "checking")
	b.now = func() time.Time { return at }
	for i := range 7 { // half a minute each
		b.set(100+300*i, 3000)
		at = at.Add(30 * time.Second)
	}
	b.end()
	const want = "checking 700 of 3000, 10.0 a second, 3m50s left\nchecking 1300 of 3000, 10.0 a second, 2m50s left\nchecking 1900 of 3000, 10.0 a second, 1m50s left\n"
	if got := out.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	out.Reset()
	b = progress(&out, "checking")
	b.set(1, 0)
	b.set(1, 10)
	if out.Len() > 0 {
		t.Errorf("at once: %q", out.String())
	}
}
