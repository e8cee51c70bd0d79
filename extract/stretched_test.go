package extract

import "testing"

// A picture is made square within bounds, and only one in which a code has room.
func TestSquareSize(t *testing.T) {
	for _, tc := range []struct {
		desc  string
		w, h  int
		ratio float64
		wide  int
		high  int
	}{
		{"a fax", 1728, 1100, 2.0, 1728, 2200},
		{"lying", 300, 600, 0.5, 600, 600},
		{"square", 300, 300, 1, 0, 0},
		{"nearly square", 300, 300, 1.1, 0, 0},
		{"a bar", 300, 30, 40, 0, 0},
		{"a row", 300, 1, 10, 0, 0},
		{"no number", 300, 300, 0, 0, 0},
		{"large", 6000, 3000, 2, 2828, 2828},
		{"long", 30, 9000, 1.5, 0, 0},
	} {
		if w, h := squareSize(tc.w, tc.h, tc.ratio); w != tc.wide || h != tc.high {
			t.Errorf("%s: %d by %d, want %d by %d", tc.desc, w, h, tc.wide, tc.high)
		}
	}
}
