package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/verify/verdict"

	"github.com/google/go-cmp/cmp"
)

// named are applicants whose badges tell their names: in every text that can be
// searched, of badges that hold, that ran out and that will.
var named = []person{
	{name: "N1", shown: "Zaphod Beeblebrox-Müller", mails: []string{"zaphod.b@galaxy.example", "zb42@president.example"}, job: "Captain Zaphod", applied: "2026-02-01", badges: []badge{
		{name: "Pottery of Zaphod Beeblebrox", skills: []string{"=Pottery by Zaphod", python}, issuer: party{"https://zaphodbeeblebrox.example/issuer", "Beeblebrox Academy"}, earned: "2025-01-01", about: "Zaphod has thrown pots, says Mueller."},
		{name: "Glazing", skills: []string{"=Glazing"}, issuer: code, earned: "2025-02-01", expires: "2026-05-01"},
		{name: "Beeblebrox, glazing again", skills: []string{"=Glazing Zaphod", sql}, issuer: party{"https://galaxy.example/muller", "Zaphods Kiln"}, earned: "2025-02-02", expires: "2030-05-01"},
		{name: "MUELLER zb42", issuer: party{"did:web:kiln.example", "Kiln"}, result: verdict.Authentic, earned: "2025-02-03", expires: "2029-05-01"},
	}},
	{name: "N2", shown: "Ann Java", job: "Captain", applied: "2026-02-02", badges: []badge{
		{name: "Java for Ann", skills: []string{java}, issuer: code, earned: "2025-01-01", about: "Ann Java flies a zeppelin"},
		{name: "Java", skills: []string{java, "=Java of Ann"}, issuer: uni, earned: "2025-03-01"},
	}},
	{name: "N3", shown: "Somebody Else", job: "Captain", applied: "2026-02-03", badges: []badge{
		{name: "Pottery", skills: []string{"=Pottery", python}, issuer: code, earned: "2025-01-01", about: "Pots."},
		{name: "Java", skills: []string{java}, issuer: uni, earned: "2025-03-01"},
	}},
	{name: "N6", shown: "Marvin Paranoid", job: "Android", applied: "2026-02-05", badges: []badge{ // none ran out
		{name: "Brooding", skills: []string{"=Brooding"}, issuer: party{"https://marvin.example/issuer", "Marvin"}, earned: "2025-02-01"},
	}},
	{name: "N4", shown: "Trillian Astra", old: true, job: "Captain Trillian", applied: "2026-02-04", badges: []badge{
		{name: "Pottery of Trillian", skills: []string{"=Trillian", java}, issuer: party{"https://trillian.example", "Trillian"}, earned: "2025-01-01", about: "Trillian throws."},
		{name: "Glazing", skills: []string{"=Glazing Trillian"}, issuer: code, earned: "2025-02-01", expires: "2026-05-01"},
	}},
}

// blind holds an engine to it that nobody is found by the name in a blind search:
// not in any text, not by a misspelling, a count, an order or a suggestion.
func (s *suite) blind(t *testing.T) {
	e := s.open(t)
	var docs []record.Application
	for _, p := range named {
		docs = append(docs, p.document("acme"))
	}
	// Badges that run out one after the other, more than states are kept for.
	many := lapsing("N5", 12, []string{python, "=Weaving by Slartibart"}, day("2026-02-01"), 24*30*60*60*1e9)
	many.shown = "Slartibart Fast"
	docs = append(docs, many.document("acme"))
	put(t, e, docs...)
	s.unfound(t, e, docs)
	s.untold(t, e, docs)
}

// blindly asks for everything, with everything that is counted.
var blindly = query.Options{Blind: true, Facets: query.AllFacets(), Include: verdict.Results(), Size: query.MaxSize}

// blindAnswer is an answer but for what was typed.
func blindAnswer(t *testing.T, e index.Engine, text string, o query.Options) string {
	t.Helper()
	r := search(t, e, "acme", text, o)
	r.Query, r.Read, r.Tree, r.Expanded, r.Took = "", "", nil, nil, 0
	for i := range r.Hits {
		for j := range r.Hits[i].Why {
			r.Hits[i].Why[j].Term = ""
		}
	}
	return asJSON(r)
}

// unfound asks for names in every way that there is.
func (s *suite) unfound(t *testing.T, e index.Engine, docs []record.Application) {
	forms := []string{"%s", `"%s"`, "skill:%s", `skill:"%s"`, "issuer:%s", "issuer~%s", "job:%s", "NOT %s", "pottery OR %s", "pottery AND NOT issuer:%s", "python NOT skill:%s", "java issuer:%s", "captain OR %s"}
	for _, name := range []string{"zaphod", "Beeblebrox", "Müller", "mueller", "zb42", "zaphodbeeblebrox", "Zaphods", "Zaphot", "beeblebroks", "zahpod", "trillian", "Trilian", "slartibart", "slartibrat", "marvin"} {
		for i, form := range forms {
			text, nobody := fmt.Sprintf(form, name), fmt.Sprintf(form, "qqxyzzyqq")
			s.run(t, "blind: "+text, func(t *testing.T) {
				o := blindly
				o.Sort = []query.Sort{query.SortMatch, query.SortBreadth, query.SortRecency}[(i+len(name))%3]
				// As if the word stood nowhere.
				if d := cmp.Diff(blindAnswer(t, e, nobody, o), blindAnswer(t, e, text, o)); d != "" {
					t.Errorf("sort %s: the name tells: %s", o.Sort, d)
				}
				if err := check(t.Context(), e, docs, "acme", ask(t, text, query.Options{Blind: true, Facets: query.AllFacets()})); err != nil {
					t.Error(err)
				}
			})
		}
		s.run(t, "suggestions of "+name, func(t *testing.T) {
			for n := 2; n <= len(name); n++ {
				var list []index.Suggestion
				for _, kind := range index.SuggestionKinds() {
					some, err := e.Suggest(t.Context(), "acme", kind, name[:n], 10)
					if err != nil {
						t.Fatal(err)
					}
					list = append(list, some...)
				}
				for _, x := range list {
					if (x.Kind != index.SuggestSkill || x.ID == "") && told(x.Label+x.ID) {
						t.Errorf("%s: %+v", name[:n], x)
					}
				}
			}
		})
	}
	s.run(t, "who sees names finds by them", func(t *testing.T) {
		open := blindly
		open.Blind = false
		for text, want := range map[string]int{"zaphod": 1, `"Zaphod Beeblebrox"`: 1, "issuer~beeblebrox": 1, "issuer:zaphodbeeblebrox.example": 1, "job:zaphod": 1, "skill:zaphod": 1, "trillian": 1, "slartibart": 1, "zaphot": 1} {
			if r := search(t, e, "acme", text, open); r.Total != want {
				t.Errorf("%s: %d, want %d", text, r.Total, want)
			}
		}
	})
}

// untold asks for everything else, and looks for names in what comes.
func (s *suite) untold(t *testing.T, e index.Engine, docs []record.Application) {
	s.run(t, "the rest of a text is found", func(t *testing.T) {
		for text, want := range map[string][]string{
			"pottery": {"N1", "N3"}, "skill:pottery": {"N1", "N3"}, "glazing include:expired": {"N1"}, "job:captain": {"N1", "N2", "N3"}, "issuer~academy": {"N1", "N2", "N3"},
			"java": {"N2", "N3", docs[4].ID}, "python": {"N1", "N3", "N5"}, "zeppelin": {"N2"}, "issuer:kiln include:authentic": {"N1"}, "weaving include:expired": {"N5"},
		} {
			o := query.Options{Blind: true, Size: query.MaxSize}
			got := names(search(t, e, "acme", text, o))
			slices.Sort(got)
			if text == "issuer~academy" {
				got = slices.Compact(got)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s (-want +got): %s", text, d)
			}
		}
	})
	s.run(t, "no answer tells a name", func(t *testing.T) {
		for _, text := range []string{"", "brooding", "pottery", "python", "java", "job:captain", "status:rejected", "glazing include:all"} {
			for _, o := range []query.Options{blindly, {Blind: true, Export: true, Facets: query.AllFacets()}} {
				if err := check(t.Context(), e, docs, "acme", ask(t, text, o)); err != nil {
					t.Error(err)
				}
				if a := blindAnswer(t, e, text, o); told(a) {
					t.Errorf("%q: %s", text, a)
				}
			}
		}
		role, err := index.MatchRole(t.Context(), e, "acme", index.Role{Required: []string{"pottery", "java"}, Wished: []string{"glazing"}}, index.RoleOptions{Blind: true, Now: Now})
		if err != nil || role.Total == 0 || told(asJSON(role)) {
			t.Errorf("%v: %s", err, asJSON(role))
		}
	})
	s.ticked(t, e, docs)
	s.barredBlindly(t, e, docs)
}

// ticked picks what names the applicant.
func (s *suite) ticked(t *testing.T, e index.Engine, docs []record.Application) {
	s.run(t, "an issuer's id that names the applicant is asked for in vain", func(t *testing.T) {
		for _, id := range []string{"https://zaphodbeeblebrox.example/issuer", "https://galaxy.example/muller", "https://trillian.example", "https://marvin.example/issuer", "https://•••.example/issuer"} {
			o := blindly
			o.Choices = []query.Choice{{Facet: query.FacetIssuer, Values: []string{id}}}
			if r := search(t, e, "acme", "", o); r.Total != 0 {
				t.Errorf("%s finds %v", id, names(r))
			}
			if r := search(t, e, "acme", "issuer:\""+id+"\"", blindly); r.Total != 0 {
				t.Errorf("issuer:%s finds %v", id, names(r))
			}
		}
		o := blindly
		o.Choices = []query.Choice{{Facet: query.FacetIssuer, Values: []string{code.id}}}
		if r := search(t, e, "acme", "", o); !slices.Equal(slices.Sorted(slices.Values(names(r))), []string{"N1", "N2", "N3", "N5"}) {
			t.Errorf("%s finds %v", code.id, names(r))
		}
	})
	s.run(t, "a badge's own name that names the applicant is asked for in vain", func(t *testing.T) {
		for name, want := range map[string][]string{"Pottery of Zaphod Beeblebrox": nil, "Java for Ann": nil, "Java": {"N2", "N3"}} {
			o := blindly
			o.Choices = []query.Choice{{Facet: query.FacetCertificate, Values: []string{name}}}
			if r := search(t, e, "acme", "", o); !slices.Equal(slices.Sorted(slices.Values(names(r))), want) {
				t.Errorf("%s finds %v", name, names(r))
			}
			// Beside words, a choice is asked of each badge.
			for _, text := range []string{"python", "java", "NOT qqxyzzyqq", "badge:pottery", "NOT skill:java"} {
				if err := check(t.Context(), e, docs, "acme", ask(t, text, o)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	})
}

// barredBlindly asks what else blind readers get.
func (s *suite) barredBlindly(t *testing.T, e index.Engine, docs []record.Application) {
	s.run(t, "a block holds where the issuer's id names the applicant", func(t *testing.T) {
		for _, text := range []string{"", "pottery", "skill:pottery", "python", "NOT java", "sort"} {
			q := ask(t, text, blindly)
			q.Plan = q.Plan.Bar([]string{"https://zaphodbeeblebrox.example/issuer", "https://galaxy.example/muller"})
			if err := check(t.Context(), e, docs, "acme", q); err != nil {
				t.Error(err)
			}
			r, err := e.Search(t.Context(), "acme", q)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(text, "pottery") && (r.Total != 1 || !slices.Equal(names(r), []string{"N3"})) {
				t.Errorf("%s finds %d, %v", text, r.Total, names(r))
			}
		}
	})
	s.run(t, "a page of one reader is no page of the other", func(t *testing.T) {
		for _, blind := range []bool{true, false} {
			o := query.Options{Blind: blind, Size: 1, Now: Now}
			first := search(t, e, "acme", "", o)
			o.Cursor, o.Blind = first.Cursor, !blind
			if _, err := e.Search(t.Context(), "acme", ask(t, "", o)); !errors.Is(err, index.ErrCursor) {
				t.Errorf("blind %v: %v", blind, err)
			}
		}
	})
	s.run(t, "an application is had by the document's id", func(t *testing.T) {
		for i := range docs {
			a, err := e.Get(t.Context(), "acme", docs[i].ID)
			if err != nil || a.Application != docs[i].Application {
				t.Errorf("%v %v", a, err)
			}
			if _, err := e.Get(t.Context(), "other", docs[i].ID); !errors.Is(err, index.ErrNotFound) {
				t.Errorf("another tenant: %v", err)
			}
		}
	})
	s.run(t, "a document is rebuilt as it was", func(t *testing.T) {
		if err := e.Rebuild(context.WithoutCancel(t.Context()), nil, nil); err != nil {
			t.Fatal(err)
		}
		refresh(t, e)
		for _, text := range []string{"zaphod", "pottery", "java", "issuer:beeblebrox", "trillian"} {
			if err := check(t.Context(), e, docs, "acme", ask(t, text, blindly)); err != nil {
				t.Error(err)
			}
		}
	})
}

// told reports whether an answer holds a name of those that are called so.
func told(s string) bool {
	s = strings.ToLower(s)
	return slices.ContainsFunc([]string{"zaphod", "beeble", "muller", "müller", "mueller", "zb42", "trillian", "astra", "marvin", "slartibart", "java for ann", "ann java"}, func(n string) bool { return strings.Contains(s, n) })
}
