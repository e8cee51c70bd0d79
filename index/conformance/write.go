package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"assay/index"
	"assay/index/query"
	"assay/index/record"

	"github.com/google/go-cmp/cmp"
)

// one makes a document with one verified badge.
func one(tenant, application string, version int64, b badge) record.Application {
	a := person{name: application, applied: "2026-01-01", badges: []badge{b}}.document(tenant)
	a.Version = version
	return a
}

func (s *suite) write(t *testing.T) {
	e := s.open(t)
	b := badge{name: "Python", skills: []string{python}, issuer: uni, earned: "2024-01-01"}
	s.versions(t, e, b)
	s.outcomes(t, e, b)
	s.run(t, "many at once, from many writers", func(t *testing.T) { crowd(t, e, b) })
	s.run(t, "what is read is what was written", func(t *testing.T) {
		for _, p := range people {
			if p.unread > 0 {
				want := p.document("acme")
				put(t, e, want)
				if got, err := e.Get(t.Context(), "acme", want.Application); err != nil || len(want.NotFollowed) == 0 || !cmp.Equal(want.NotFollowed, got.NotFollowed) {
					t.Errorf("links: wrote %+v, read %+v, %v", want.NotFollowed, got, err)
				}
			}
		}
		want := people[1].document("acme")
		put(t, e, want)
		got, err := e.Get(t.Context(), "acme", want.Application)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		if !bytes.Equal(a, b) {
			t.Errorf("wrote %s\nread %s", a, b)
		}
	})
	s.run(t, "ready", func(t *testing.T) {
		if err := e.Ready(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// versions writes applications in several versions.
func (s *suite) versions(t *testing.T, e index.Engine, b badge) {
	type step struct {
		version    int64
		superseded bool
		then       int64 // version that Get gives
	}
	for _, c := range []struct {
		desc  string
		steps []step
	}{
		{"once", []step{{5, false, 5}}},
		{"the same again", []step{{5, false, 5}, {5, true, 5}, {5, true, 5}}},
		{"newer", []step{{5, false, 5}, {6, false, 6}}},
		{"older comes late", []step{{6, false, 6}, {5, true, 6}}},
		{"much older comes late", []step{{1 << 62, false, 1 << 62}, {1, true, 1 << 62}}},
		{"newer, older, newest", []step{{5, false, 5}, {4, true, 5}, {9, false, 9}, {8, true, 9}}},
		{"the highest but one", []step{{record.VersionErased - 1, false, record.VersionErased - 1}, {7, true, record.VersionErased - 1}}},
	} {
		s.run(t, c.desc, func(t *testing.T) {
			app := strings.ReplaceAll(c.desc, " ", "-")
			app = strings.ReplaceAll(app, ",", "")
			for i, st := range c.steps {
				o := e.Write(t.Context(), []record.Application{one("acme", app, st.version, b)})
				if len(o) != 1 || o[0].Err != nil || o[0].Superseded != st.superseded || o[0].ID != record.ID(Key, "acme", app) {
					t.Fatalf("step %d: outcome %+v, want superseded %v", i, o, st.superseded)
				}
				a, err := e.Get(t.Context(), "acme", app)
				if err != nil || a.Version != st.then {
					t.Fatalf("step %d: Get gives %v, %v; want version %d", i, a, err, st.then)
				}
			}
		})
	}
	s.run(t, "a newer document replaces the whole older one", func(t *testing.T) {
		put(t, e, one("acme", "whole", 1, b))
		put(t, e, one("acme", "whole", 2, badge{name: "Welding", skills: []string{welding}, issuer: yard, earned: "2024-01-01"}))
		for text, want := range map[string]int{`python issuer:montreal`: 0, "issuer:yard.example": 1, "welding": 1} {
			r := search(t, e, "acme", text, query.Options{})
			n := 0
			for _, h := range r.Hits {
				if h.Application == "whole" {
					n++
				}
			}
			if n != want {
				t.Errorf("%s finds it %d times, want %d", text, n, want)
			}
		}
	})
}

// outcomes looks at what Write says of each document.
func (s *suite) outcomes(t *testing.T, e index.Engine, b badge) {
	s.run(t, "no documents", func(t *testing.T) {
		if o := e.Write(t.Context(), nil); len(o) != 0 {
			t.Errorf("%v", o)
		}
	})
	s.run(t, "one application in two versions in one call", func(t *testing.T) {
		for _, o := range e.Write(t.Context(), []record.Application{one("acme", "twice", 3, b), one("acme", "twice", 2, b)}) {
			if o.Err != nil {
				t.Error(o.Err)
			}
		}
		if a, err := e.Get(t.Context(), "acme", "twice"); err != nil || a.Version != 3 {
			t.Errorf("%v %v", a, err)
		}
	})
	s.run(t, "outcomes in the order of documents", func(t *testing.T) {
		var docs []record.Application
		for i := range 40 {
			docs = append(docs, one("acme", fmt.Sprintf("order-%d", i), 5, b))
		}
		docs[7].Version, docs[9].ID = 0, "0"
		out := e.Write(t.Context(), docs)
		if len(out) != len(docs) {
			t.Fatalf("%d outcomes", len(out))
		}
		for i, o := range out {
			if o.ID != docs[i].ID || errors.Is(o.Err, index.ErrRejected) != (i == 7 || i == 9) {
				t.Errorf("%d: %+v", i, o)
			}
		}
	})
	s.run(t, "a cancelled write says so", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		o := e.Write(ctx, []record.Application{one("acme", "late", 1, b)})
		if !errors.Is(o[0].Err, index.ErrUnavailable) {
			t.Errorf("%+v", o)
		}
	})
}

// crowd has many writers write the same applications at once.
func crowd(t *testing.T, e index.Engine, b badge) {
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 10 {
				// Every application comes from two writers, in two versions.
				o := e.Write(t.Context(), []record.Application{one("crowd", fmt.Sprintf("app-%d-%d", w/2, i), int64(1+w%2), b)})
				if o[0].Err != nil {
					t.Error(o[0].Err)
				}
			}
		})
	}
	wg.Wait()
	refresh(t, e)
	r := search(t, e, "crowd", "python", query.Options{})
	if r.Total != 40 {
		t.Errorf("%d applications, want 40", r.Total)
	}
	for i := range 10 {
		if a, err := e.Get(t.Context(), "crowd", fmt.Sprintf("app-1-%d", i)); err != nil || a.Version != 2 {
			t.Errorf("%v %v", a, err)
		}
	}
}

func (s *suite) erase(t *testing.T) {
	e := s.open(t)
	docs := documents("acme")
	put(t, e, docs...)
	put(t, e, documents("other")...)
	if err := e.Erase(t.Context(), "acme", "ana"); err != nil {
		t.Fatal(err)
	}
	refresh(t, e)
	s.run(t, "Get says erased", func(t *testing.T) {
		if _, err := e.Get(t.Context(), "acme", "ana"); !errors.Is(err, index.ErrErased) {
			t.Errorf("%v", err)
		}
	})
	s.run(t, "the other tenant's twin stays", func(t *testing.T) {
		if _, err := e.Get(t.Context(), "other", "ana"); err != nil {
			t.Errorf("%v", err)
		}
	})
	for _, text := range []string{"", "python", "NOT welding", "include:all", "job:backend", "zeppelin", "issuer:montreal", "earned:2023"} {
		s.run(t, "no search finds it: "+text, func(t *testing.T) {
			r := search(t, e, "acme", text, query.Options{Size: 50, Facets: query.AllFacets()})
			if slices.Contains(names(r), "ana") {
				t.Error("it does")
			}
			q := ask(t, text, query.Options{Size: 50, Facets: query.AllFacets()})
			if d := oracle(docs[1:], "acme", &q).differs(&q, r); d != "" {
				t.Error(d)
			}
		})
	}
	for _, v := range []int64{1, docs[0].Version, docs[0].Version + 1, record.VersionErased - 1} {
		s.run(t, fmt.Sprintf("nothing brings it back: version %d", v), func(t *testing.T) {
			a := docs[0]
			a.Version = v
			if o := e.Write(t.Context(), []record.Application{a}); o[0].Err != nil || !o[0].Superseded {
				t.Errorf("%+v", o)
			}
			refresh(t, e)
			if _, err := e.Get(t.Context(), "acme", "ana"); !errors.Is(err, index.ErrErased) {
				t.Errorf("%v", err)
			}
			if r := search(t, e, "acme", "python", query.Options{}); slices.Contains(names(r), "ana") {
				t.Error("a search finds it")
			}
		})
	}
	s.run(t, "again", func(t *testing.T) {
		if err := e.Erase(t.Context(), "acme", "ana"); err != nil {
			t.Error(err)
		}
	})
	s.run(t, "before it ever came", func(t *testing.T) {
		if err := e.Erase(t.Context(), "acme", "never-came"); err != nil {
			t.Fatal(err)
		}
		o := e.Write(t.Context(), []record.Application{one("acme", "never-came", 9, badge{name: "Python", skills: []string{python}, issuer: uni})})
		if o[0].Err != nil || !o[0].Superseded {
			t.Errorf("%+v", o)
		}
	})
	s.run(t, "suggestions do not know it", func(t *testing.T) {
		if err := e.Erase(t.Context(), "acme", "kim"); err != nil {
			t.Fatal(err)
		}
		refresh(t, e)
		list, err := e.Suggest(t.Context(), "acme", index.SuggestSkill, "latte", 5)
		if err != nil || len(list) != 0 {
			t.Errorf("%v %v", list, err)
		}
	})
	s.run(t, "Scan leaves it out", func(t *testing.T) {
		err := e.Scan(t.Context(), "acme", func(a *record.Application) error {
			if a.Erased || a.Application == "ana" {
				t.Error(a.Application)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	s.run(t, "Status counts stubs", func(t *testing.T) {
		st, err := e.Status(t.Context())
		if err != nil || st.Erased != 3 || st.Applications != 2*len(people)-2 || st.Schema != index.SchemaVersion || st.Engine == "" || st.Name == "" {
			t.Errorf("%+v %v", st, err)
		}
	})
	s.run(t, "a stub cannot be written", func(t *testing.T) {
		if o := e.Write(t.Context(), []record.Application{record.Stub(Key, "acme", "ben")}); !errors.Is(o[0].Err, index.ErrRejected) {
			t.Errorf("%+v", o)
		}
	})
	s.run(t, "a malformed tenant", func(t *testing.T) {
		if err := e.Erase(t.Context(), "a.b", "ana"); !errors.Is(err, record.ErrToken) {
			t.Errorf("%v", err)
		}
	})
}
