package conformance

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/verify/verdict"

	"github.com/google/go-cmp/cmp"
)

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
			"issuer=" + uni.id: 4, "issuer=" + code.id: 2, "standing=listed": 4, "standing=domain": 2,
			"earned=2025": 3, "earned=2022": 2, "status=verified": 4, "status=authentic": 1, "status=pending": 1, "status=rejected": 1, "status=expired": 1, "status=unvouched": 1,
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
	s.explained(t, e)
	s.described(t, e)
}

// found gives one applicant's hit.
func found(t *testing.T, e index.Engine, text, name string) index.Hit {
	t.Helper()
	for _, h := range search(t, e, "acme", text, query.Options{Size: 50}).Hits {
		if h.Application == name {
			return h
		}
	}
	t.Fatalf("%s does not find %s", text, name)
	return index.Hit{}
}

// explained looks at why a hit is one.
func (s *suite) explained(t *testing.T, e index.Engine) {
	hit := func(t *testing.T, text, name string) index.Hit { t.Helper(); return found(t, e, text, name) }
	s.run(t, "concept", func(t *testing.T) {
		w := hit(t, "python", "ana").Why
		if len(w) != 1 || len(w[0].LabelSpans) == 0 {
			t.Fatalf("%+v", w)
		}
		want := query.Match{Skill: esco + python, Status: verdict.Verified, Exact: true, Issuer: uni.id, IssuerName: uni.name,
			Name: "Python Programming Basics", NameSpans: []query.Span{{Start: 0, End: 6}}, Standing: string(verdict.LevelListed)}
		got := query.Match{Skill: w[0].Skill, Status: w[0].Status, Exact: w[0].Exact, Issuer: w[0].Issuer, IssuerName: w[0].IssuerName,
			Name: w[0].Name, NameSpans: w[0].NameSpans, Standing: w[0].Standing, Credential: w[0].Credential}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
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
		if len(h.Why) != 1 || !h.Why[0].Expired || h.Why[0].Status != verdict.Expired || h.Counts.Verified != 0 || h.Counts.Expired != 1 || len(h.Refused) != 0 || h.Breadth.Skills != 0 {
			t.Errorf("%+v", h)
		}
	})
}

// described looks at what else an answer says.
func (s *suite) described(t *testing.T, e index.Engine) {
	hit := func(t *testing.T, text, name string) index.Hit { t.Helper(); return found(t, e, text, name) }
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
		kind         index.SuggestionKind
	}{
		{"certificates, by their own names", "pyth", 5, []string{"Python Programming Basics 2", "Python in Practice 2"}, index.SuggestCertificate},
		{"a word within a certificate's name", "querying da", 5, []string{"Querying Databases 1"}, index.SuggestCertificate},
		{"no certificate of another tenant", "secret", 5, nil, index.SuggestCertificate},
		{"no certificate that ran out or is not proven", "wound", 5, nil, index.SuggestCertificate},
		{"no certificate by its skill", "interact", 5, nil, index.SuggestCertificate},
		{"issuers, by what is known of them", "montr", 5, []string{"Université de Montréal 4"}, index.SuggestIssuer},
		{"no issuer by what it calls itself", "academy", 5, nil, index.SuggestIssuer},
		{"no issuer that is blocked or unvouched", "forge", 5, nil, index.SuggestIssuer},
		{"an issuer by its domain", "cod", 5, []string{"code.example, which calls itself \"Code Academy\" 3"}, index.SuggestIssuer},
		{"a beginning", "pyth", 5, []string{"Python (computer programming) 4"}, index.SuggestSkill},
		{"a whole word", "python", 5, []string{"Python (computer programming) 4"}, index.SuggestSkill},
		{"a word within", "discuss", 5, []string{"moderate a discussion 1"}, index.SuggestSkill},
		{"two words", "work in te", 5, []string{"work in teams 1"}, index.SuggestSkill},
		{"two words out of order", "teams wor", 5, []string{"work in teams 1"}, index.SuggestSkill},
		{"upper case", "LATTE", 5, []string{"Latte Art 1"}, index.SuggestSkill},
		{"accents", "creme bru", 5, []string{"crème brûlée 1"}, index.SuggestSkill},
		{"another tenant's", "smugg", 5, nil, index.SuggestSkill},
		{"not the expired or unproven", "carry out wound", 5, nil, index.SuggestSkill},
		{"not the middle of a word", "ython", 5, nil, index.SuggestSkill},
		{"nothing", "", 5, nil, index.SuggestSkill},
		{"none wanted", "pyth", 0, nil, index.SuggestSkill},
		{"query syntax is just letters", `*"]}`, 5, nil, index.SuggestSkill},
	} {
		s.run(t, c.desc, func(t *testing.T) {
			list, err := e.Suggest(t.Context(), "acme", c.kind, c.prefix, c.n)
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
		list, err := e.Suggest(t.Context(), "acme", index.SuggestSkill, "p", 2)
		if err != nil || len(list) != 2 || list[0].ID != esco+python || list[0].Framework != "ESCO" || list[0].Count != 4 {
			t.Errorf("%+v %v", list, err)
		}
	})
	s.run(t, "a malformed tenant", func(t *testing.T) {
		if _, err := e.Suggest(t.Context(), "", index.SuggestSkill, "p", 2); !errors.Is(err, record.ErrToken) {
			t.Errorf("%v", err)
		}
	})
}
