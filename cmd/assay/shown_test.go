package main

import (
	"testing"
	"unicode"

	"assay/extract"
	"assay/verify/read"
)

// TestOneTableOfShownCharacters: extract may import nothing of ours, so it has a
// copy of the table of characters that may be shown. The two say the same of
// every character that there is.
func TestOneTableOfShownCharacters(t *testing.T) {
	shown := 0
	for r := rune(-1); r <= unicode.MaxRune+1; r++ {
		if read.Shown(r) {
			shown++
		}
		if extract.Shown(r) != read.Shown(r) {
			t.Errorf("%U: extract says %v, verify/read %v", r, extract.Shown(r), read.Shown(r))
		}
	}
	if shown < 100_000 || shown > unicode.MaxRune/2 {
		t.Errorf("%d characters are shown: no table that anybody could use", shown)
	}
}
