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
	"sync/atomic"
	"testing"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/verify/verdict"

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
		{"the same again", []step{{5, false, 5}, {5, false, 5}, {5, false, 5}}},
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
		for text, want := range map[string]int{`python issuer:montreal`: 0, "issuer:harbour": 1, "welding": 1} {
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
	s.run(t, "many at once, from many writers", func(t *testing.T) {
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
	})
	s.run(t, "what is read is what was written", func(t *testing.T) {
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
	s.run(t, "a cancelled write says so", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		o := e.Write(ctx, []record.Application{one("acme", "late", 1, b)})
		if !errors.Is(o[0].Err, index.ErrUnavailable) {
			t.Errorf("%+v", o)
		}
	})
	s.run(t, "ready", func(t *testing.T) {
		if err := e.Ready(t.Context()); err != nil {
			t.Error(err)
		}
	})
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
		list, err := e.Suggest(t.Context(), "acme", "latte", 5)
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

func (s *suite) facets(t *testing.T) {
	e := s.open(t)
	docs := documents("acme")
	// More values than a facet shows, most of them on fresh documents and some
	// on documents that ran out in part, so that both are counted together.
	for i := range 130 {
		p := person{name: fmt.Sprintf("many-%d", i), applied: "2026-01-01"}
		for k := range 1 + i%3 {
			p.badges = append(p.badges, badge{name: "Craft", skills: []string{fmt.Sprintf("=craft %d", (i+k)%120)}, issuer: party{fmt.Sprintf("https://i%d.example/", (i+k)%120), "I"}, earned: "2024-01-01"})
		}
		if i%10 == 0 {
			p.badges = append(p.badges, badge{name: "Gone", skills: []string{mysql}, issuer: yard, earned: "2023-01-01", expires: "2026-02-01"})
		}
		docs = append(docs, p.document("acme"))
	}
	put(t, e, docs...)
	put(t, e, documents("other")...)
	for _, text := range []string{
		"", "python", "python include:all", "include:authentic", "include:rejected", "NOT python", "craft", "craft OR python", "status:expired", "issuer:i7",
		"zymurgology", "job:nurse", "include:pending,authentic python", "trust:listed",
	} {
		for _, f := range [][]query.Facet{query.AllFacets(), {query.FacetIssuer}, {query.FacetStatus}} {
			s.run(t, fmt.Sprintf("%s by %v", text, f), func(t *testing.T) {
				if err := check(t.Context(), e, docs, "acme", ask(t, text, query.Options{Facets: f})); err != nil {
					t.Error(err)
				}
			})
		}
	}
	for _, d := range []string{"2026-01-01", "2026-02-15", "2026-06-02", "2031-01-01"} {
		s.run(t, "as of "+d, func(t *testing.T) {
			for _, text := range []string{"", "python", "include:all", "first aid"} {
				if err := check(t.Context(), e, docs, "acme", ask(t, text, query.Options{Facets: query.AllFacets(), Now: day(d)})); err != nil {
					t.Error(err)
				}
			}
		})
	}
	s.run(t, "counts by hand", func(t *testing.T) {
		r := search(t, e, "acme", "python", query.Options{Facets: query.AllFacets()})
		got := map[string]int{}
		for _, f := range r.Facets {
			for _, b := range f.Buckets {
				got[string(f.Facet)+"="+b.Value] = b.Count
			}
		}
		for k, want := range map[string]int{
			"skill=" + esco + python: 4, "skill=" + esco + java: 2, "skill=" + esco + sql: 1,
			"issuer=" + uni.id: 4, "issuer=" + code.id: 2, "trust=listed": 4, "trust=unlisted": 2,
			"earned=2025": 3, "earned=2022": 2, "status=verified": 4, "status=authentic": 1, "status=pending": 1, "status=rejected": 2,
			"framework=ESCO": 4,
		} {
			if got[k] != want {
				t.Errorf("%s is %d, want %d", k, got[k], want)
			}
		}
	})
}

func (s *suite) paging(t *testing.T) {
	e := s.open(t)
	docs := documents("acme")
	// Many ties in score, breadth and date.
	for i := range 57 {
		p := person{name: fmt.Sprintf("tie-%02d", i), applied: fmt.Sprintf("2026-01-%02d", 1+i%5)}
		for k := range i % 3 {
			p.badges = append(p.badges, badge{name: "Python", skills: []string{[]string{python, java, sql}[k]}, issuer: uni, earned: "2024-01-01"})
		}
		docs = append(docs, p.document("acme"))
	}
	put(t, e, docs...)
	put(t, e, documents("other")...)
	walk := func(t *testing.T, text string, o query.Options, between func()) (ids []string, first *index.Results) {
		for page := 0; ; page++ {
			r, err := e.Search(t.Context(), "acme", ask(t, text, o))
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = r
			}
			for _, h := range r.Hits {
				ids = append(ids, h.ID)
			}
			if r.Cursor == "" {
				return ids, first
			}
			if page > 100 || len(r.Hits) == 0 {
				t.Fatal("paging does not end")
			}
			o.Cursor = r.Cursor
			if between != nil {
				between()
			}
		}
	}
	for _, order := range []query.Sort{query.SortMatch, query.SortBreadth, query.SortRecency} {
		for _, size := range []int{1, 7, 50} {
			for _, text := range []string{"", "python", "python OR java", "NOT welding"} {
				s.run(t, fmt.Sprintf("%s by %s in pages of %d", text, order, size), func(t *testing.T) {
					o := query.Options{Sort: order, Size: size}
					q := ask(t, text, o)
					want := oracle(docs, "acme", &q)
					got, first := walk(t, text, o, nil)
					if d := cmp.Diff(want.hits, got); d != "" {
						t.Errorf("(-want +got):\n%s", d)
					}
					if first.Total != len(want.hits) {
						t.Errorf("total %d, want %d", first.Total, len(want.hits))
					}
				})
			}
		}
	}
	s.run(t, "export pages", func(t *testing.T) {
		o := query.Options{Export: true}
		q := ask(t, "", o)
		got, _ := walk(t, "", o, nil)
		if d := cmp.Diff(oracle(docs, "acme", &q).hits, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	s.run(t, "stable while others are written", func(t *testing.T) {
		o := query.Options{Sort: query.SortRecency, Size: 10}
		q := ask(t, "python", o)
		want := oracle(docs, "acme", &q).hits
		n := 0
		got, _ := walk(t, "python", o, func() {
			n++
			// Newer than the pages seen: they do not push anything onto the next.
			put(t, e, person{name: fmt.Sprintf("new-%d", n), applied: "2026-05-01", badges: []badge{{name: "Python", skills: []string{python}, issuer: uni, earned: "2024-01-01"}}}.document("acme"))
		})
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	s.run(t, "the moment of the first page holds", func(t *testing.T) {
		// Fay's badge runs out between the pages.
		o := query.Options{Size: 1, Now: day("2026-03-01").Add(-time.Minute), Sort: query.SortRecency}
		var got []string
		for {
			r := search(t, e, "acme", "python issuer:montreal job:backend", o)
			got = append(got, names(r)...)
			if r.Cursor == "" {
				break
			}
			o.Cursor, o.Now = r.Cursor, day("2026-03-01").Add(50*time.Minute)
		}
		if d := cmp.Diff([]string{"mia", "fay", "ana"}, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	s.run(t, "a cursor holds for an hour", func(t *testing.T) {
		for _, order := range []query.Sort{query.SortMatch, query.SortBreadth, query.SortRecency} {
			o := query.Options{Size: 2, Sort: order}
			o.Cursor = search(t, e, "acme", "python", o).Cursor
			o.Now = Now.Add(time.Hour)
			if r := search(t, e, "acme", "python", o); len(r.Hits) != 2 {
				t.Errorf("%s: after an hour: %v", order, names(r))
			}
			o.Now = Now.Add(time.Hour + time.Second)
			if _, err := e.Search(t.Context(), "acme", ask(t, "python", o)); !errors.Is(err, index.ErrCursor) {
				t.Errorf("%s: after more than an hour: %v", order, err)
			}
		}
	})
	first := search(t, e, "acme", "python", query.Options{Size: 2})
	if first.Cursor == "" {
		t.Fatal("no cursor")
	}
	flip := []byte(first.Cursor)
	flip[len(flip)/2] ^= 1
	for _, c := range []struct{ desc, tenant, text, cursor string }{
		{"of another tenant", "other", "python", first.Cursor},
		{"of another query", "acme", "java", first.Cursor},
		{"changed", "acme", "python", string(flip)},
		{"cut", "acme", "python", first.Cursor[:len(first.Cursor)-3]},
		{"nonsense", "acme", "python", "nonsense"},
		{"not base64", "acme", "python", "!!!"},
	} {
		s.run(t, "cursor "+c.desc, func(t *testing.T) {
			_, err := e.Search(t.Context(), c.tenant, ask(t, c.text, query.Options{Size: 2, Cursor: c.cursor}))
			if !errors.Is(err, index.ErrCursor) {
				t.Errorf("%v", err)
			}
		})
	}
}

func (s *suite) why(t *testing.T) {
	e := s.open(t)
	put(t, e, documents("acme")...)
	hit := func(t *testing.T, text, name string) index.Hit {
		for _, h := range search(t, e, "acme", text, query.Options{Size: 50}).Hits {
			if h.Application == name {
				return h
			}
		}
		t.Fatalf("%s does not find %s", text, name)
		return index.Hit{}
	}
	s.run(t, "concept", func(t *testing.T) {
		w := hit(t, "python", "ana").Why
		if len(w) != 1 || w[0].Skill != esco+python || w[0].Status != verdict.Verified || !w[0].Exact || w[0].Issuer != uni.id ||
			w[0].IssuerName != uni.name || w[0].Name != "Python Programming Basics" || w[0].Credential != 0 || w[0].Trust != record.TrustListed {
			t.Errorf("%+v", w)
		}
		if len(w[0].LabelSpans) == 0 || len(w[0].NameSpans) != 1 || w[0].NameSpans[0] != (query.Span{Start: 0, End: 6}) {
			t.Errorf("highlights %+v", w[0])
		}
	})
	s.run(t, "narrower", func(t *testing.T) {
		w := hit(t, "communication", "gus").Why
		if len(w) == 0 || w[0].How != query.HowNarrower || w[0].Label != "moderate a discussion" {
			t.Errorf("%+v", w)
		}
	})
	s.run(t, "a word of the name", func(t *testing.T) {
		w := hit(t, "responder", "ivy").Why
		if len(w) != 1 || w[0].How != query.HowName || w[0].Name[w[0].NameSpans[0].Start:w[0].NameSpans[0].End] != "Responder" {
			t.Errorf("%+v", w)
		}
	})
	s.run(t, "accents are highlighted whole", func(t *testing.T) {
		w := hit(t, "brulee", "kim").Why
		if len(w) == 0 || len(w[0].NameSpans) == 0 || w[0].Name[w[0].NameSpans[0].Start:w[0].NameSpans[0].End] != "Brûlée" {
			t.Errorf("%+v", w)
		}
	})
	s.run(t, "typing error", func(t *testing.T) {
		w := hit(t, "champiom", "kim").Why
		if len(w) != 1 || w[0].How != query.HowTypo || len(w[0].NameSpans) != 1 {
			t.Errorf("%+v", w)
		}
	})
	s.run(t, "expired", func(t *testing.T) {
		h := hit(t, "python status:expired", "fay")
		if len(h.Why) != 1 || !h.Why[0].Expired || h.Why[0].Status != verdict.Rejected || h.Counts.Verified != 0 || h.Counts.Rejected != 1 || h.Breadth.Skills != 0 {
			t.Errorf("%+v", h)
		}
	})
	s.run(t, "what an applicant can prove", func(t *testing.T) {
		h := hit(t, "python", "ben")
		if h.Counts.Verified != 2 || h.Breadth.Skills != 2 || h.Breadth.Issuers != 2 || h.DisplayName != "Ben" || h.Job != "Backend Developer" || h.Candidate != "candidate-ben" {
			t.Errorf("%+v", h)
		}
	})
	s.run(t, "unread parts are counted", func(t *testing.T) {
		if h := hit(t, "job:welder", "oli"); h.Unread != 2 {
			t.Errorf("%+v", h)
		}
	})
	s.run(t, "the tree and what was expanded", func(t *testing.T) {
		r := search(t, e, "acme", "communication NOT java", query.Options{})
		if r.Tree == nil || r.Read == "" || len(r.Expanded) == 0 || r.Expanded[0].Narrower == 0 {
			t.Errorf("%+v", r)
		}
	})
	s.run(t, "score is that of the plan", func(t *testing.T) {
		r := search(t, e, "acme", "python java", query.Options{})
		q := ask(t, "python java", query.Options{})
		for _, h := range r.Hits {
			a, err := e.Get(t.Context(), "acme", h.Application)
			if err != nil {
				t.Fatal(err)
			}
			if n, _, _ := q.Plan.Match(a); n != h.Score || n == 0 {
				t.Errorf("%s: %d, want %d", h.Application, h.Score, n)
			}
		}
	})
}

func (s *suite) suggest(t *testing.T) {
	e := s.open(t)
	put(t, e, documents("acme")...)
	secret := person{name: "zoe", applied: "2026-01-01", badges: []badge{{name: "Secret", skills: []string{"=Latte Smuggling"}, issuer: ligo, earned: "2024-01-01"}}}
	put(t, e, secret.document("other"))
	for _, c := range []struct {
		desc, prefix string
		n            int
		want         []string
	}{
		{"a beginning", "pyth", 5, []string{"Python (computer programming) 4"}},
		{"a whole word", "python", 5, []string{"Python (computer programming) 4"}},
		{"a word within", "discuss", 5, []string{"moderate a discussion 1"}},
		{"two words", "work in te", 5, []string{"work in teams 1"}},
		{"two words out of order", "teams wor", 5, []string{"work in teams 1"}},
		{"upper case", "LATTE", 5, []string{"Latte Art 1"}},
		{"accents", "creme bru", 5, []string{"crème brûlée 1"}},
		{"another tenant's", "smugg", 5, nil},
		{"not the expired or unproven", "carry out wound", 5, nil},
		{"not the middle of a word", "ython", 5, nil},
		{"nothing", "", 5, nil},
		{"none wanted", "pyth", 0, nil},
		{"query syntax is just letters", `*"]}`, 5, nil},
	} {
		s.run(t, c.desc, func(t *testing.T) {
			list, err := e.Suggest(t.Context(), "acme", c.prefix, c.n)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range list {
				got = append(got, fmt.Sprintf("%s %d", x.Label, x.Count))
			}
			if d := cmp.Diff(c.want, got, equateEmpty); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	s.run(t, "most frequent first, n at most", func(t *testing.T) {
		list, err := e.Suggest(t.Context(), "acme", "p", 2)
		if err != nil || len(list) != 2 || list[0].ID != esco+python || list[0].Framework != "ESCO" || list[0].Count != 4 {
			t.Errorf("%+v %v", list, err)
		}
	})
	s.run(t, "a malformed tenant", func(t *testing.T) {
		if _, err := e.Suggest(t.Context(), "", "p", 2); !errors.Is(err, record.ErrToken) {
			t.Errorf("%v", err)
		}
	})
}

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

func (s *suite) bad(t *testing.T) {
	e := s.open(t)
	good := badge{name: "Python", skills: []string{python}, issuer: uni, earned: "2024-01-01"}
	for _, c := range []struct {
		desc string
		spin func(a *record.Application)
	}{
		{"no id", func(a *record.Application) { a.ID = "" }},
		{"an id of nobody", func(a *record.Application) { a.ID = strings.Repeat("ab", 32) }},
		{"an id with syntax in it", func(a *record.Application) { a.ID = "x\"}}\n{\"delete\":{\"_id\":\"y" }},
		{"no tenant", func(a *record.Application) { a.Tenant = "" }},
		{"version 0", func(a *record.Application) { a.Version = 0 }},
		{"a negative version", func(a *record.Application) { a.Version = -1 }},
		{"the version of stubs", func(a *record.Application) { a.Version = record.VersionErased }},
		{"erased, at a lower version", func(a *record.Application) { a.Erased = true }},
		{"a skill id without end", func(a *record.Application) { a.Claims[0].ID = strings.Repeat("x", 40000) }},
		{"an issuer without end", func(a *record.Application) { a.Claims[0].Issuer = strings.Repeat("é", 20000) }},
		{"an ancestor without end", func(a *record.Application) { a.Claims[0].Ancestors = []string{strings.Repeat("x", 33000)} }},
		{"a job without end", func(a *record.Application) { a.Job = strings.Repeat("x", 33000) }},
		{"a flat value without end", func(a *record.Application) { a.Flat.Skills = []string{strings.Repeat("x", 33000)} }},
		{"more claims than can be", func(a *record.Application) {
			for len(a.Claims) <= 10000 {
				a.Claims = append(a.Claims, record.Claim{Until: record.Never})
			}
		}},
		{"a year that no date has", func(a *record.Application) {
			a.Claims[0].Earned = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)
		}},
	} {
		s.run(t, c.desc, func(t *testing.T) {
			name := "bad-" + strings.ReplaceAll(strings.ReplaceAll(c.desc, " ", "-"), ",", "")
			docs := []record.Application{one("acme", name+"-1", 5, good), one("acme", name, 5, good), one("acme", name+"-2", 5, good)}
			c.spin(&docs[1])
			out := e.Write(t.Context(), docs)
			if !errors.Is(out[1].Err, index.ErrRejected) || out[1].Superseded {
				t.Errorf("outcome %+v, want rejected", out[1])
			}
			for _, i := range []int{0, 2} {
				if out[i].Err != nil {
					t.Errorf("its neighbour: %+v", out[i])
				}
				if _, err := e.Get(t.Context(), "acme", docs[i].Application); err != nil {
					t.Errorf("its neighbour: %v", err)
				}
			}
			if _, err := e.Get(t.Context(), "acme", name); !errors.Is(err, index.ErrNotFound) {
				t.Errorf("Get: %v", err)
			}
		})
	}
	for _, c := range []struct {
		desc string
		b    badge
	}{
		{"quotes and braces", badge{name: `"}]} {"query":{"match_all":{}}}`, skills: []string{`="}}`}, issuer: uni}},
		{"markup", badge{name: "<script>alert(1)</script>", skills: []string{"=<b>bold</b>"}, issuer: uni}},
		{"line ends", badge{name: "a\nb\r\nc\u2028d", skills: []string{"=x\ny"}, issuer: uni}},
		{"zero bytes", badge{name: "a\x00b", skills: []string{"=c\x00d"}, issuer: uni}},
		{"other scripts", badge{name: "日本語能力試験 عربى русский", skills: []string{"=日本語"}, issuer: uni}},
		{"right to left override", badge{name: "abc\u202edef", skills: []string{"=g\u200bh"}, issuer: uni}},
		{"not UTF-8", badge{name: "a\xffb", skills: []string{"=c\xfed"}, issuer: uni}},
		{"an old date", badge{name: "Old", skills: []string{python}, issuer: uni, earned: "0001-01-02"}},
		{"a late date", badge{name: "Late", skills: []string{python}, issuer: uni, earned: "9999-12-31", expires: "9999-12-31"}},
		{"no issuer", badge{name: "Nobody's", skills: []string{python}}},
		{"no name", badge{skills: []string{python}, issuer: uni}},
		{"nothing", badge{}},
		{"a long name", badge{name: strings.Repeat("long ", 5000), skills: []string{"=" + strings.Repeat("w", 4000)}, issuer: uni}},
	} {
		s.run(t, "taken all the same: "+c.desc, func(t *testing.T) {
			tenant := "odd"
			name := strings.ReplaceAll(c.desc, " ", "-")
			a := one(tenant, name, 5, c.b)
			put(t, e, a)
			raw, _ := json.Marshal(a)
			var stored record.Application
			if err := json.Unmarshal(raw, &stored); err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{"", "python", "issuer:montreal", "earned<2000", "earned>=9999"} {
				q := ask(t, text, query.Options{Size: 50, Facets: query.AllFacets()})
				_, _, want := q.Plan.Match(&stored)
				r, err := e.Search(t.Context(), tenant, q)
				if err != nil {
					t.Fatal(err)
				}
				if slices.Contains(names(r), name) != want {
					t.Errorf("%q finds it: %v, want %v", text, !want, want)
				}
			}
			if err := e.Erase(t.Context(), tenant, name); err != nil {
				t.Fatal(err)
			}
			refresh(t, e)
		})
	}
	for _, text := range []string{
		`"`, `{"match_all":{}}`, `/.*/`, `*`, `?`, `~2`, `a^5`, `_id:x`, `tenant:other`, `[a TO z]`, `\`, `\u0000`, `' OR 1=1`, `<b>`, `%00`, `&&`, `||`, `!x`,
		`doc['x'].value`, `日本語`, strings.Repeat("a", 256), strings.Repeat("(", 200), "earned>99999", "level>=", "include:everything", "skill:", "NOT", "AND OR",
	} {
		s.run(t, "odd query "+text[:min(len(text), 20)], func(t *testing.T) {
			q, err := query.New(text, query.Options{Now: Now, Facets: query.AllFacets()})
			if err != nil {
				var se *query.SyntaxError
				if !errors.As(err, &se) {
					t.Errorf("%v", err)
				}
				return
			}
			if _, err := e.Search(t.Context(), "acme", q); err != nil {
				t.Errorf("%v", err)
			}
		})
	}
	s.run(t, "an application that is not there", func(t *testing.T) {
		if _, err := e.Get(t.Context(), "acme", "nobody"); !errors.Is(err, index.ErrNotFound) {
			t.Errorf("%v", err)
		}
	})
	s.run(t, "a cancelled search", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := e.Search(ctx, "acme", ask(t, "python OR java OR sql", query.Options{Facets: query.AllFacets()})); err == nil {
			t.Error("it answers")
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

func (s *suite) rebuild(t *testing.T) {
	e := s.open(t)
	docs := documents("acme")
	put(t, e, docs...)
	if err := e.Erase(t.Context(), "acme", "oli"); err != nil {
		t.Fatal(err)
	}
	s.run(t, "as they are", func(t *testing.T) {
		var last, total int
		if err := e.Rebuild(t.Context(), nil, func(d, n int) { last, total = d, n }); err != nil {
			t.Fatal(err)
		}
		if last != len(docs) || total != len(docs) {
			t.Errorf("progress ended at %d of %d, want %d", last, total, len(docs))
		}
		var live []record.Application
		for _, a := range docs {
			if a.Application != "oli" {
				live = append(live, a)
			}
		}
		for _, text := range []string{"", "python", "communication", "include:all job:backend"} {
			if err := check(t.Context(), e, live, "acme", ask(t, text, query.Options{Facets: query.AllFacets()})); err != nil {
				t.Error(err)
			}
		}
	})
	s.run(t, "versions and stubs come along", func(t *testing.T) {
		a := docs[0]
		a.Version--
		stub := docs[slices.IndexFunc(docs, func(d record.Application) bool { return d.Application == "oli" })]
		for _, o := range e.Write(t.Context(), []record.Application{a, stub}) {
			if o.Err != nil || !o.Superseded {
				t.Errorf("%+v", o)
			}
		}
		if _, err := e.Get(t.Context(), "acme", "oli"); !errors.Is(err, index.ErrErased) {
			t.Errorf("%v", err)
		}
	})
	s.run(t, "remade", func(t *testing.T) {
		err := e.Rebuild(t.Context(), func(a *record.Application) {
			a.JobWords = "remade"
			a.Tenant = "other" // is not its business
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r := search(t, e, "acme", "job:remade", query.Options{}); r.Total != len(docs)-1 {
			t.Errorf("%d, want %d", r.Total, len(docs)-1)
		}
	})
	s.run(t, "with no moment without results, and no write lost", s.busyRebuild)
	s.run(t, "two at the same time", s.twoRebuilds)
}

// load is what goes on while an index is rebuilt: searches that must find the
// same each time, and writes and erasures, some of them of what is there.
type load struct {
	t        *testing.T
	e        index.Engine
	searches atomic.Int64
	writes   atomic.Int64 // each a new person, some with an older version of somebody
	erasures atomic.Int64 // of doomed people, and of people written a moment ago
	wg       sync.WaitGroup
	stop     context.CancelFunc
}

const (
	loadBase   = 400 // people who know Python, besides the four of the suite
	loadDoomed = 400 // people to erase
)

// startLoad fills an engine and begins.
func startLoad(t *testing.T, e index.Engine) *load {
	docs := documents("acme")
	for i := range loadBase {
		docs = append(docs, one("acme", fmt.Sprintf("base-%d", i), 5, badge{name: "Python", skills: []string{python}, issuer: uni, earned: "2024-01-01"}))
	}
	for i := range loadDoomed {
		docs = append(docs, doomed(i, 5))
	}
	put(t, e, docs...)
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{t: t, e: e, stop: cancel}
	l.wg.Go(func() {
		for ctx.Err() == nil {
			r, err := e.Search(t.Context(), "acme", ask(t, `python "python"`, query.Options{}))
			if err != nil {
				t.Errorf("in the middle of a rebuild: %v", err)
				return
			}
			if r.Total != loadBase+4 || len(r.Hits) != query.DefaultSize {
				t.Errorf("in the middle of a rebuild: %d found, %d hits", r.Total, len(r.Hits))
				return
			}
			l.searches.Add(1)
		}
	})
	l.wg.Go(func() {
		for i := int64(0); ctx.Err() == nil; i++ {
			w := []record.Application{welder(fmt.Sprintf("live-%d", i), 5)}
			if i%4 == 0 { // and an older version of something that is there
				w = append(w, welder(fmt.Sprintf("base-%d", i%loadBase), 4))
			}
			for k, o := range e.Write(t.Context(), w) {
				if o.Err != nil || o.Superseded != (k == 1) {
					t.Errorf("in the middle of a rebuild: %+v", o)
					return
				}
			}
			l.writes.Add(1)
		}
	})
	l.wg.Go(func() {
		for i := int64(0); ctx.Err() == nil && i < loadDoomed; i++ {
			// From both ends, so that some are copied already and some are not.
			n := i / 2
			if i%2 == 1 {
				n = loadDoomed - 1 - i/2
			}
			if err := e.Erase(t.Context(), "acme", doomed(int(n), 5).Application); err != nil {
				t.Errorf("in the middle of a rebuild: %v", err)
				return
			}
			l.erasures.Add(1)
		}
	})
	return l
}

func welder(name string, version int64) record.Application {
	return one("acme", name, version, badge{name: "Welding", skills: []string{welding}, issuer: yard, earned: "2024-01-01"})
}

func doomed(i int, version int64) record.Application {
	return one("acme", fmt.Sprintf("doomed-%d", i), version, badge{name: "Doom", skills: []string{mysql}, issuer: code, earned: "2024-01-01"})
}

// more waits until n more searches, writes and erasures have come through.
func (l *load) more(n int64) {
	s, w, x := l.searches.Load()+n, l.writes.Load()+n, min(l.erasures.Load()+n, loadDoomed)
	for until := time.Now().Add(time.Minute); !l.t.Failed(); time.Sleep(time.Millisecond) {
		if l.searches.Load() >= s && l.writes.Load() >= w && l.erasures.Load() >= x {
			return
		}
		if time.Now().After(until) {
			l.t.Errorf("in a minute of a rebuild, not %d searches (%d missing), writes (%d) and erasures (%d)",
				n, s-l.searches.Load(), w-l.writes.Load(), x-l.erasures.Load())
			return
		}
	}
}

// end ends the load and looks whether everything that was acknowledged is so.
func (l *load) end() {
	t := l.t
	t.Helper()
	l.stop()
	l.wg.Wait()
	refresh(t, l.e)
	count := func(text string) int { return search(t, l.e, "acme", text, query.Options{}).Total }
	if n := count("welding"); int64(n) != l.writes.Load()+1 { // and jon
		t.Errorf("%d welders, want %d", n, l.writes.Load()+1)
	}
	if n := count("python"); n != loadBase+4 {
		t.Errorf("%d with Python, want %d", n, loadBase+4)
	}
	// Who was erased is gone, and is not brought back.
	gone := map[string]bool{}
	for i := int64(0); i < l.erasures.Load(); i++ {
		n := i / 2
		if i%2 == 1 {
			n = loadDoomed - 1 - i/2
		}
		gone[doomed(int(n), 5).Application] = true
	}
	if n := count("mysql"); n != loadDoomed-len(gone)+1 { // and sue
		t.Errorf("%d are left of the %d to erase and sue, want %d", n, loadDoomed, loadDoomed-len(gone)+1)
	}
	err := l.e.Scan(t.Context(), "acme", func(a *record.Application) error {
		if gone[a.Application] {
			t.Errorf("%s was erased and is scanned", a.Application)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	var late []record.Application
	for name := range gone {
		if _, err := l.e.Get(t.Context(), "acme", name); !errors.Is(err, index.ErrErased) {
			t.Errorf("%s was erased: %v", name, err)
		}
		a := doomed(0, 9)
		a.Application, a.ID = name, record.ID(Key, "acme", name)
		late = append(late, a)
	}
	for _, o := range l.e.Write(t.Context(), late) {
		if o.Err != nil || !o.Superseded {
			t.Errorf("what was erased is written again: %+v", o)
		}
	}
}

func (s *suite) busyRebuild(t *testing.T) {
	e := s.open(t)
	l := startLoad(t, e)
	const floor = 5 // of each, at each step
	steps := 0
	for range 2 {
		err := e.Rebuild(t.Context(), nil, func(int, int) {
			if steps++; steps < 12 {
				l.more(floor) // writers and searchers are not held up by a rebuild
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
	searches, writes, erasures := l.searches.Load(), l.writes.Load(), l.erasures.Load()
	l.end()
	if most := int64(min(steps, 11)) * floor; most < 2*floor || searches < most || writes < most || erasures < min(most, loadDoomed) {
		t.Errorf("%d searches, %d writes and %d erasures during two rebuilds of %d steps, want %d of each", searches, writes, erasures, steps, most)
	}
	t.Logf("%d searches, %d writes and %d erasures during two rebuilds of %d steps", searches, writes, erasures, steps)
}

// twoRebuilds: an engine may refuse one or give up the other, but must lose
// nothing by it.
func (s *suite) twoRebuilds(t *testing.T) {
	e := s.open(t)
	l := startLoad(t, e)
	var done atomic.Int64
	for range 2 {
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if err := e.Rebuild(t.Context(), nil, func(int, int) { l.more(2) }); err != nil {
					t.Logf("one of two rebuilds: %v", err)
					return
				}
				done.Add(1)
			})
		}
		wg.Wait()
	}
	if err := e.Rebuild(t.Context(), nil, nil); err != nil {
		t.Errorf("a rebuild after them: %v", err)
	}
	l.end()
	t.Logf("%d of 4 rebuilds came to their end, beside %d writes and %d erasures", done.Load(), l.writes.Load(), l.erasures.Load())
}
