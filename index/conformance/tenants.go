package conformance

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
)

func (s *suite) tenants(t *testing.T) {
	e := s.open(t)
	put(t, e, documents("acme")...)
	put(t, e, one("other", "solo", 5, badge{name: "Python", skills: []string{python}, issuer: uni, earned: "2024-01-01"}))
	for _, bad := range []string{"", " ", "a b", "a.b", "*", "acme,other", "acme*", "_all/x", strings.Repeat("a", 65), "ac\x00me", "acmé", "../acme"} {
		s.run(t, fmt.Sprintf("%q is none", bad), func(t *testing.T) {
			if _, err := e.Search(t.Context(), bad, ask(t, "python", query.Options{})); !errors.Is(err, record.ErrToken) {
				t.Errorf("Search: %v", err)
			}
			if _, err := e.Get(t.Context(), bad, "ana"); !errors.Is(err, record.ErrToken) {
				t.Errorf("Get: %v", err)
			}
			if bad != "" {
				if err := e.Scan(t.Context(), bad, func(*record.Application) error { return nil }); !errors.Is(err, record.ErrToken) {
					t.Errorf("Scan: %v", err)
				}
			}
			a := one("acme", "x", 1, badge{})
			a.Tenant, a.ID = bad, record.ID(Key, bad, "x")
			if o := e.Write(t.Context(), []record.Application{a}); !errors.Is(o[0].Err, index.ErrRejected) {
				t.Errorf("Write: %+v", o)
			}
		})
	}
	s.run(t, "each sees its own", func(t *testing.T) {
		if r := search(t, e, "other", "", query.Options{}); r.Total != 1 || r.Hits[0].Application != "solo" {
			t.Errorf("%+v", r)
		}
		if r := search(t, e, "acme", "python", query.Options{}); r.Total != 4 {
			t.Errorf("%+v", r)
		}
	})
	s.run(t, "a tenant without documents", func(t *testing.T) {
		r := search(t, e, "nobody", "", query.Options{Facets: query.AllFacets()})
		if r.Total != 0 || len(r.Hits) != 0 {
			t.Errorf("%+v", r)
		}
	})
	s.run(t, "tenants differ in case", func(t *testing.T) {
		if r := search(t, e, "ACME", "", query.Options{}); r.Total != 0 {
			t.Errorf("%+v", r)
		}
	})
	s.run(t, "another's application is not found", func(t *testing.T) {
		if _, err := e.Get(t.Context(), "acme", "solo"); !errors.Is(err, index.ErrNotFound) {
			t.Errorf("%v", err)
		}
		if _, err := e.Get(t.Context(), "other", "ana"); !errors.Is(err, index.ErrNotFound) {
			t.Errorf("%v", err)
		}
	})
	s.run(t, "erasing another's application touches nothing", func(t *testing.T) {
		if err := e.Erase(t.Context(), "other", "ben"); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Get(t.Context(), "acme", "ben"); err != nil {
			t.Errorf("%v", err)
		}
	})
	s.run(t, "a document under another tenant's id", func(t *testing.T) {
		a := one("other", "ana", 1<<62, badge{})
		a.ID = record.ID(Key, "acme", "ana")
		if o := e.Write(t.Context(), []record.Application{a}); !errors.Is(o[0].Err, index.ErrRejected) {
			t.Errorf("%+v", o)
		}
		if got, err := e.Get(t.Context(), "acme", "ana"); err != nil || len(got.Claims) == 0 {
			t.Errorf("%v %v", got, err)
		}
	})
}

func (s *suite) scan(t *testing.T) {
	e := s.open(t)
	var docs []record.Application
	for i := range 450 {
		docs = append(docs, one(fmt.Sprintf("t%d", i%3), fmt.Sprintf("app-%d", i), 5, badge{name: "Python", skills: []string{python}, issuer: uni}))
	}
	put(t, e, docs...)
	count := func(t *testing.T, tenant string) int {
		seen := map[string]bool{}
		err := e.Scan(t.Context(), tenant, func(a *record.Application) error {
			if tenant != "" && a.Tenant != tenant || seen[a.ID] || len(a.Claims) != 1 {
				t.Errorf("%s %s", a.Tenant, a.Application)
			}
			seen[a.ID] = true
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return len(seen)
	}
	s.run(t, "a tenant's", func(t *testing.T) {
		if n := count(t, "t1"); n != 150 {
			t.Errorf("%d", n)
		}
	})
	s.run(t, "everybody's", func(t *testing.T) {
		if n := count(t, ""); n != 450 {
			t.Errorf("%d", n)
		}
	})
	s.run(t, "nobody's", func(t *testing.T) {
		if n := count(t, "nobody"); n != 0 {
			t.Errorf("%d", n)
		}
	})
	s.run(t, "until the caller has enough", func(t *testing.T) {
		enough := errors.New("enough")
		n := 0
		err := e.Scan(t.Context(), "", func(*record.Application) error {
			if n++; n == 5 {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) || n != 5 {
			t.Errorf("%v after %d", err, n)
		}
	})
}
