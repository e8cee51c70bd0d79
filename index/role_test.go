package index_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index"
	"assay/index/conformance/relevance"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// full gives an engine that holds the corpus of the judgments.
func full(t *testing.T) *memory {
	t.Helper()
	docs, err := relevance.Corpus(testKey, skills.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	m := newMemory(testKey)
	m.Write(t.Context(), docs)
	return m
}

func TestMatchRole(t *testing.T) {
	m := full(t)
	r, err := index.MatchRole(t.Context(), m, relevance.Tenant, index.Role{
		Title: "Data lead", Required: []string{"python", "sql"}, Wished: []string{"leadership", "tableau"},
	}, index.RoleOptions{Now: relevance.Now})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	standings := map[string]string{}
	for _, a := range r.Applicants {
		order = append(order, a.Application)
		var s []string
		for _, k := range a.Skills {
			s = append(s, string(k.Standing))
			if (k.Standing == index.StandingLacks) != (k.Match == nil) {
				t.Errorf("%s: %s %s with evidence %v", a.Application, k.Term, k.Standing, k.Match)
			}
		}
		standings[a.Application] = strings.Join(s, " ")
		if a.Required+a.Wished+a.Weaker+a.Lacks != 4 {
			t.Errorf("%s: %+v", a.Application, a)
		}
	}
	// Who has both required skills comes first, then Python with a wished one.
	if len(order) < 8 || order[0] != "mx2" || order[1] != "sq3" && order[1] != "mx1" {
		t.Errorf("order %q", order)
	}
	for id, want := range map[string]string{
		"mx2": "has has lacks has", "mx1": "has lacks has lacks", "sq3": "lacks has lacks has",
		"p6": "weaker lacks lacks lacks", "p7": "weaker lacks lacks lacks", "p4": "weaker lacks lacks lacks",
	} {
		if standings[id] != want {
			t.Errorf("%s: %q, want %q", id, standings[id], want)
		}
	}
	// Rejected and expired badges are no evidence at all.
	for _, id := range []string{"p5", "p8"} {
		if slices.Contains(order, id) {
			t.Errorf("%s is shown", id)
		}
	}
	// What would close the gap: badges of this tenant that others hold.
	if b := r.Skills[1].Badges; len(b) == 0 || !slices.ContainsFunc(b, func(b index.Badge) bool { return b.Name == "SQL Querying" && b.IssuerName == "Harbour College" }) {
		t.Errorf("%+v", b)
	}
	if s := r.Skills[0]; s.ID == "" || !s.Required || r.Skills[2].Required || s.Badges[0].Name != "Python Programming" || s.Badges[0].Holders != 2 || !strings.HasPrefix(s.ID, "http://data.europa.eu/") {
		t.Errorf("%+v", r.Skills)
	}
}

func TestMatchRoleRequiredBeforeWished(t *testing.T) {
	m := full(t)
	r, err := index.MatchRole(t.Context(), m, relevance.Tenant, index.Role{Required: []string{"java"}, Wished: []string{"teamwork", "communication", "leadership"}}, index.RoleOptions{Now: relevance.Now})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, a := range r.Applicants[:4] {
		order = append(order, a.Application)
	}
	if slices.Contains(order[:3], "mx3") || order[3] != "mx3" {
		t.Errorf("order %q: all wished skills go before a required one", order)
	}
}

func TestMatchRoleRefuses(t *testing.T) {
	m := full(t)
	tests := []struct {
		desc string
		role index.Role
		o    index.RoleOptions
	}{
		{"no skill", index.Role{}, index.RoleOptions{}},
		{"too many", index.Role{Required: make([]string, index.MaxRoleSkills+1)}, index.RoleOptions{}},
		{"no letter", index.Role{Wished: []string{"***"}}, index.RoleOptions{}},
		{"size", index.Role{Wished: []string{"x"}}, index.RoleOptions{Size: 1000}},
	}
	for _, tt := range tests {
		var s *query.SyntaxError
		if _, err := index.MatchRole(t.Context(), m, "acme", tt.role, tt.o); !errors.As(err, &s) {
			t.Errorf("%s: error %v", tt.desc, err)
		}
	}
	if _, err := index.MatchRole(t.Context(), m, "", index.Role{Required: []string{"x"}}, index.RoleOptions{}); !errors.Is(err, record.ErrToken) {
		t.Errorf("error %v", err)
	}
}

func TestRoleCursor(t *testing.T) {
	m := full(t)
	role := index.Role{Required: []string{"python"}, Wished: []string{"teamwork"}}
	seen := map[string]bool{}
	cursor := ""
	for page := 0; ; page++ {
		r, err := index.MatchRole(t.Context(), m, "acme", role, index.RoleOptions{Now: relevance.Now, Size: 3, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range r.Applicants {
			if seen[a.Application] {
				t.Errorf("%s twice", a.Application)
			}
			seen[a.Application] = true
		}
		if cursor = r.Cursor; cursor == "" {
			if len(seen) != r.Total || page < 3 {
				t.Errorf("%d of %d on %d pages", len(seen), r.Total, page+1)
			}
			return
		}
	}
}

func TestOccupationRole(t *testing.T) {
	r, ok := index.OccupationRole(skills.Builtin(), "Software Developers")
	if !ok || r.Title != "software developer" || len(r.Required) == 0 || len(r.Wished) < 5 || r.LeftOut > 0 {
		t.Errorf("%+v, %v", r, ok)
	}
	if _, ok := index.OccupationRole(skills.Builtin(), "Lion Tamers"); ok {
		t.Error("an occupation that nothing describes has a role")
	}
	res, err := index.MatchRole(t.Context(), full(t), "acme", r, index.RoleOptions{Now: relevance.Now})
	if err != nil || res.Total == 0 {
		t.Errorf("%d applicants, %v", res.Total, err)
	}
}

func TestSuggest(t *testing.T) {
	m := full(t)
	got, err := index.Suggest(t.Context(), m, skills.Builtin(), "acme", "pyth", 5)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) == 0 || got[0].Count == 0 || !strings.HasPrefix(got[0].Label, "Python") {
		t.Errorf("%+v", got)
	}
	for i, s := range got {
		if slices.ContainsFunc(got[:i], func(o index.Suggestion) bool { return o.Label == s.Label }) {
			t.Errorf("%s twice", s.Label)
		}
	}
	// By a name in another language the same people hold it.
	english, err := index.Suggest(t.Context(), m, skills.Builtin(), "acme", "first aid", 5)
	if err != nil {
		t.Fatal(err)
	}
	german, err := index.Suggest(t.Context(), m, skills.Builtin(), "acme", "Erste Hi", 5)
	if err != nil {
		t.Fatal(err)
	}
	held := func(s index.Suggestion) bool { return s.Label == "first aid" && s.Count > 0 }
	if slices.ContainsFunc(english, held) != slices.ContainsFunc(german, held) || !slices.ContainsFunc(german, held) {
		t.Errorf("first aid: %+v; Erste Hi: %+v", english, german)
	}
	if got, err := index.Suggest(t.Context(), m, skills.Builtin(), "acme", " ** ", 5); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := index.Suggest(t.Context(), m, skills.Builtin(), "a b", "x", 5); !errors.Is(err, record.ErrToken) {
		t.Errorf("error %v", err)
	}
}

// Random queries of one tenant never show anything of the other: neither hit
// nor reason nor facet, whatever was typed.
func TestTenantsApart(t *testing.T) {
	m := newMemory(testKey)
	tax := skills.Builtin()
	terms := []string{"python", "java", "teamwork", "communication", "excel", "first aid", "secretmine", "secretyours"}
	r := rand.New(rand.NewPCG(4, 4))
	for n := range 120 {
		tenant, secret := "mine", "secretmine"
		if n%2 == 1 {
			tenant, secret = "yours", "secretyours"
		}
		v := verdict.Verdict{Result: verdict.Verified, Credential: verdict.Credential{Name: secret + " badge", Tags: []string{terms[r.IntN(6)], secret}, Issuer: verdict.Party{ID: "https://" + secret + ".example/", Name: secret}, Issued: relevance.Now.AddDate(-1, 0, 0)}}
		m.Write(t.Context(), []record.Application{record.New(testKey, record.Submission{Tenant: tenant, Application: fmt.Sprint("a", n/2), Submitted: relevance.Now, Checked: relevance.Now},
			record.Entries(secret, "json", v, record.SkillsOf(&v, tax.Resolve), nil), nil)})
	}
	for n := range 500 {
		var b strings.Builder
		for i := range 1 + r.IntN(4) {
			if i > 0 {
				b.WriteString([]string{" ", " AND ", " OR ", " NOT "}[r.IntN(4)])
			}
			b.WriteString([]string{"", "issuer:", "skill:", ""}[r.IntN(4)] + `"` + terms[r.IntN(len(terms))] + `"`)
		}
		tenant, foreign := "mine", "secretyours"
		if n%2 == 1 {
			tenant, foreign = "yours", "secretmine"
		}
		q, err := query.New(b.String(), query.Options{Now: relevance.Now, Facets: query.AllFacets(), Size: query.MaxSize})
		if err != nil {
			t.Fatal(err)
		}
		res, err := m.Search(t.Context(), tenant, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range res.Hits {
			if h.Tenant != tenant || strings.Contains(fmt.Sprintf("%+v", h.Why), foreign+".example") {
				t.Fatalf("%q shows %+v", b.String(), h)
			}
		}
		if strings.Contains(fmt.Sprintf("%+v", res.Facets), foreign) {
			t.Fatalf("%q counts %+v", b.String(), res.Facets)
		}
	}
}

func TestPagesAreStable(t *testing.T) {
	m := full(t)
	for _, sort := range []query.Sort{query.SortMatch, query.SortBreadth, query.SortRecency} {
		whole, cursor := []string{}, ""
		for {
			q, err := query.New("python OR teamwork OR english OR rope", query.Options{Now: relevance.Now.Add(time.Duration(len(whole)) * time.Minute), Size: 4, Sort: sort, Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			r, err := m.Search(t.Context(), relevance.Tenant, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range r.Hits {
				if slices.Contains(whole, h.Application) {
					t.Errorf("%s twice", h.Application)
				}
				whole = append(whole, h.Application)
			}
			// The first page's moment counts for all of them, though time passes.
			if cursor = r.Cursor; cursor == "" {
				if len(whole) != r.Total || r.Total < 20 {
					t.Errorf("%s: %d of %d", sort, len(whole), r.Total)
				}
				break
			}
		}
	}
}

func TestFacetLabels(t *testing.T) {
	m := full(t)
	q, err := query.New("rope OR python", query.Options{Now: relevance.Now, Facets: query.AllFacets()})
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Search(t.Context(), relevance.Tenant, q)
	if err != nil {
		t.Fatal(err)
	}
	got := map[query.Facet]map[string]index.Bucket{}
	for _, f := range r.Facets {
		got[f.Facet] = map[string]index.Bucket{}
		for _, b := range f.Buckets {
			got[f.Facet][b.Value] = b
		}
	}
	if b := got[query.FacetIssuer]["did:web:ropes.example"]; b.Label != "Harbour Rope School" || b.Count != 4 {
		t.Errorf("%+v", b)
	}
	if b := got[query.FacetSkill]["http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d"]; b.Label != "Python (computer programming)" || b.Count < 5 {
		t.Errorf("%+v", b)
	}
	// The status facet counts what each status alone would find.
	s := got[query.FacetStatus]
	if s["verified"].Count != r.Total || s["pending"].Count != 1 || s["authentic"].Count != 1 || s["rejected"].Count != 1 || s["expired"].Count != 1 {
		t.Errorf("%+v, total %d", s, r.Total)
	}
}

// TestRoleWeights: a weight moves who has the heavier skill ahead, is refused beyond its
// range, and a required skill counts more than nine wished ones of its weight.
func TestRoleWeights(t *testing.T) {
	m := full(t)
	first := func(weights map[string]int) string {
		t.Helper()
		r, err := index.MatchRole(t.Context(), m, relevance.Tenant, index.Role{Required: []string{"python", "leadership"}, Weights: weights}, index.RoleOptions{Now: relevance.Now, Size: 50})
		if err != nil {
			t.Fatal(err)
		}
		// Of those who have one of the two alone, the first tells which counts more.
		for _, a := range r.Applicants {
			if a.Required == 1 && a.Lacks == 1 {
				return a.Skills[slices.IndexFunc(a.Skills, func(s index.RoleStanding) bool { return s.Standing == index.StandingHas })].Term
			}
		}
		return ""
	}
	if got := first(map[string]int{"leadership": 1}); got != "python" {
		t.Errorf("python weighs more, and %q is first", got)
	}
	if got := first(map[string]int{"python": 1}); got != "leadership" {
		t.Errorf("leadership weighs more, and %q is first", got)
	}
	for _, bad := range []int{0, -1, 4} {
		var syntax *query.SyntaxError
		if _, err := index.MatchRole(t.Context(), m, relevance.Tenant, index.Role{Required: []string{"python"}, Weights: map[string]int{"python": bad}}, index.RoleOptions{Now: relevance.Now}); !errors.As(err, &syntax) {
			t.Errorf("weight %d: %v", bad, err)
		}
	}
}

// TestBesideASkill: who lacks a skill is shown with a badge of it that has run out, and
// with a neighbour's, and with nothing where there is nothing.
func TestBesideASkill(t *testing.T) {
	o := index.RoleOptions{Now: relevance.Now, Taxonomy: skills.Builtin()}
	docs, err := relevance.Corpus(testKey, skills.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	over, related, none := 0, 0, 0
	for i := range docs {
		r, err := index.StandingTo(&docs[i], "python", o)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case r.Standing != index.StandingLacks:
			if r.Instead != nil {
				t.Errorf("%s: %s, and %+v instead", docs[i].Application, r.Standing, r.Instead)
			}
		case r.Instead == nil:
			none++
		case r.Instead.Status == verdict.Expired:
			over++
		case r.Instead.How == query.HowRelated && r.Instead.Status == verdict.Verified:
			related++
		default:
			t.Errorf("%s: %+v", docs[i].Application, r.Instead)
		}
	}
	if over == 0 || related == 0 || none == 0 {
		t.Errorf("%d over, %d related, %d with nothing", over, related, none)
	}
}
