package kept

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// TestPut: an applicant stands on a list once, and a list is bounded.
func TestPut(t *testing.T) {
	x := &Thing{List: &List{}}
	for i := range MaxEntries {
		if fresh, err := x.Put(Entry{ID: fmt.Sprint(i)}); !fresh || err != nil {
			t.Fatal(i, fresh, err)
		}
	}
	if fresh, err := x.Put(Entry{ID: "7"}); fresh || err != nil {
		t.Errorf("twice: %v, %v", fresh, err)
	}
	if _, err := x.Put(Entry{ID: "one more"}); !errors.Is(err, ErrFull) {
		t.Errorf("one more: %v", err)
	}
	if _, err := (&Thing{Search: &Search{}}).Put(Entry{ID: "1"}); !errors.Is(err, ErrNone) {
		t.Errorf("on a search: %v", err)
	}
}

// TestForget: whoever is erased leaves everything, and nobody else does.
func TestForget(t *testing.T) {
	one, other := strings.Repeat("a", 64), strings.Repeat("b", 64)
	look := func() map[string]Look {
		return map[string]Look{"Jo": {Seen: map[string]string{Short(one): "x", Short(other): "y"}}}
	}
	for _, x := range []*Thing{
		{List: &List{Entries: []Entry{{ID: one}, {ID: other}}}},
		{Search: &Search{}, Looks: look()},
		{Search: &Search{Alert: &Alert{Seen: []string{Short(other), Short(one)}}}},
	} {
		if !x.Forget(one) || x.Forget(one) {
			t.Error("he is there still, or never was")
		}
		b, err := x.Encode()
		if err != nil || strings.Contains(string(b), Short(one)) || !strings.Contains(string(b), Short(other)) {
			t.Errorf("%s, %v", b, err)
		}
	}
}

// TestSaw: of many callers, those who looked last are kept; and what does not fit costs
// the oldest look first.
func TestSaw(t *testing.T) {
	x := &Thing{Search: &Search{}}
	for i := range 2 * MaxLooks {
		x.Saw(fmt.Sprint("caller ", i), Look{At: now.Add(time.Duration(i) * time.Minute)})
	}
	if _, ok := x.Looks["caller 15"]; len(x.Looks) != MaxLooks || !ok {
		t.Errorf("%v", maps.Keys(x.Looks))
	}
	large := map[string]string{"a": strings.Repeat("x", MaxValue/2)}
	x = &Thing{Search: &Search{}}
	x.Saw("old", Look{At: now, Seen: large})
	x.Saw("new", Look{At: now.Add(1), Seen: large})
	if b, err := x.Encode(); err != nil || len(b) > MaxValue || len(x.Looks) != 1 || x.Looks["new"].At.IsZero() {
		t.Errorf("%d bytes, %d looks, %v", len(b), len(x.Looks), err)
	}
	x.Search.Query = strings.Repeat("x", MaxValue)
	if _, err := x.Encode(); !errors.Is(err, ErrLarge) {
		t.Errorf("%v", err)
	}
}

func TestNames(t *testing.T) {
	for _, good := range []string{"Site crew, spring", "Bauleitung Süd", strings.Repeat("ä", MaxName)} {
		if err := CheckName(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", " ", strings.Repeat("a", MaxName+1), "a\nb", "a\x00b", "a\u202eb", "\xff"} {
		if err := CheckName(bad); !errors.Is(err, ErrName) {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestStates: what was written is read.
func TestStates(t *testing.T) {
	a, b := BadgeKey("urn:1", "First aid"), BadgeKey("urn:1F", "irst aid")
	if a == b {
		t.Error("two badges have one key")
	}
	got := Was(States([]Badge{{a, "verified"}, {b, "revoked"}}))
	if !maps.Equal(got, map[string]string{a: "verified", b: "revoked"}) {
		t.Error(got)
	}
	if got := Was(States(make([]Badge, 2*MaxBadges))); len(got) != 0 {
		t.Error(got)
	}
	if got := Was("x  yy 12345678"); len(got) != 0 {
		t.Error(got)
	}
}
