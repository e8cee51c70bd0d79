package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/index"
	"assay/index/record"

	"github.com/google/go-cmp/cmp"
)

// holding gives a document whose first badge is the credential of that name,
// known by these marks.
func holding(tenant, application, credential string, proven bool, marks ...string) record.Application {
	a := one(tenant, application, 5, badge{name: "Python", skills: []string{python}, issuer: uni, earned: "2024-01-01"})
	a.Persons = marks
	a.Credentials[0].Key, a.Credentials[0].Proven = credential, proven
	record.Refresh(&a)
	return a
}

// holders: who holds a credential is found among the tenant's own, at once, as
// long as the newest version of the application holds it and is not erased.
func (s *suite) holders(t *testing.T) {
	e := s.open(t)
	holders := func(t *testing.T, tenant string, keys ...string) []record.Holder {
		t.Helper()
		list, err := e.Holders(t.Context(), tenant, keys)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	applications := func(list []record.Holder) []string {
		var out []string
		for _, h := range list {
			out = append(out, h.Application)
		}
		slices.Sort(out)
		return out
	}
	// No refresh: Holders sees what was written.
	write := func(t *testing.T, docs ...record.Application) {
		t.Helper()
		for _, o := range e.Write(t.Context(), docs) {
			if o.Err != nil || o.Superseded {
				t.Fatalf("%+v", o)
			}
		}
	}
	s.run(t, "what was written is seen at once, with its marks", func(t *testing.T) {
		a := holding("acme", "a", "k1", true, "m1", "m2")
		write(t, a)
		want := []record.Holder{{Application: "a", Persons: []string{"m1", "m2"}, Held: []record.Held{{Key: "k1", Proven: true}}}}
		if d := cmp.Diff(want, holders(t, "acme", "k1")); d != "" {
			t.Error(d)
		}
		record.Share(&a, []record.Holder{{Application: "z", Held: []record.Held{{Key: "k1"}}}})
		a.Version = record.NextVersion(a.Version)
		write(t, a)
		want[0].Held[0].Elsewhere = record.HeldByOther
		if d := cmp.Diff(want, holders(t, "acme", "k1")); d != "" {
			t.Error(d)
		}
	})
	s.run(t, "several keys, each holder once", func(t *testing.T) {
		b := holding("acme", "b", "k2", false, "m3")
		b.Credentials = append(b.Credentials, b.Credentials[0])
		b.Credentials[1].Key = "k3"
		record.Refresh(&b)
		write(t, b, holding("acme", "c", "k3", false))
		if got := applications(holders(t, "acme", "k2", "k3", "none")); !slices.Equal(got, []string{"b", "c"}) {
			t.Errorf("%v", got)
		}
		if got := holders(t, "acme"); len(got) != 0 {
			t.Errorf("without a key: %v", got)
		}
		if got := holders(t, "acme", "none"); len(got) != 0 {
			t.Errorf("of a key that nobody has: %v", got)
		}
	})
	s.run(t, "other tenants' holders do not show", func(t *testing.T) {
		write(t, holding("other", "a", "k1", true), holding("other", "x", "k9", false))
		if got := applications(holders(t, "acme", "k1", "k9")); !slices.Equal(got, []string{"a"}) {
			t.Errorf("%v", got)
		}
		if got := applications(holders(t, "other", "k1", "k9")); !slices.Equal(got, []string{"a", "x"}) {
			t.Errorf("%v", got)
		}
		for _, tenant := range []string{"", "*", "a.b"} {
			if _, err := e.Holders(t.Context(), tenant, []string{"k1"}); !errors.Is(err, record.ErrToken) {
				t.Errorf("%q: %v", tenant, err)
			}
		}
	})
	s.run(t, "a newer version without it holds it no more", func(t *testing.T) {
		c := holding("acme", "c", "", false)
		c.Version = 6
		write(t, c)
		if got := applications(holders(t, "acme", "k3")); !slices.Equal(got, []string{"b"}) {
			t.Errorf("%v", got)
		}
	})
	s.run(t, "who is proven comes first, and no more than there may be", func(t *testing.T) {
		var docs []record.Application
		for i := range index.MaxHolders + 5 {
			docs = append(docs, holding("crowd", fmt.Sprintf("n%d", i), "k", i == index.MaxHolders))
		}
		write(t, docs...)
		got := holders(t, "crowd", "k")
		if len(got) != index.MaxHolders || got[0].Application != fmt.Sprintf("n%d", index.MaxHolders) {
			t.Errorf("%d holders, the first is %+v", len(got), got[:min(1, len(got))])
		}
	})
	s.run(t, "a rebuild keeps them", func(t *testing.T) {
		if err := e.Rebuild(t.Context(), nil, nil); err != nil {
			t.Fatal(err)
		}
		if got := holders(t, "acme", "k1"); len(got) != 1 || !slices.Equal(got[0].Persons, []string{"m1", "m2"}) || got[0].Held[0].Elsewhere != record.HeldByOther {
			t.Errorf("%+v", got)
		}
	})
	s.run(t, "who is erased holds nothing", func(t *testing.T) {
		if err := e.Erase(t.Context(), "acme", "a"); err != nil {
			t.Fatal(err)
		}
		if got := holders(t, "acme", "k1"); len(got) != 0 {
			t.Errorf("%v", got)
		}
		if got := applications(holders(t, "other", "k1")); strings.Join(got, " ") != "a" {
			t.Errorf("another tenant's of the same name: %v", got)
		}
	})
}
