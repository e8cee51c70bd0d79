package web

import "testing"

// What is under way has a bound for each and for all, and what has ended makes room once.
func TestAtOnce(t *testing.T) {
	l := newAtOnce(3, 2)
	var ends []func()
	for i, tc := range []struct {
		who string
		ok  bool
	}{{"acme", true}, {"acme", true}, {"acme", false}, {"rival", true}, {"third", false}} {
		end, ok := l.begin(tc.who)
		if ok != tc.ok {
			t.Errorf("%d, %s: %v", i, tc.who, ok)
		}
		if ok {
			ends = append(ends, end)
		}
	}
	ends[0]()
	ends[0]()
	if _, ok := l.begin("acme"); !ok {
		t.Error("what has ended makes no room")
	}
	if _, ok := l.begin("rival"); ok {
		t.Error("what has ended makes room twice")
	}
	for _, end := range ends {
		end()
	}
	if len(l.of) != 1 || l.all != 1 {
		t.Errorf("%d are under way, of %v", l.all, l.of)
	}
}
