package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/verify/verdict"
)

// issuers holds an engine to what it says of issuers, to reading the applications
// of some, to writing them again, and to claims that count for nothing.
func (s *suite) issuers(t *testing.T) {
	e := s.open(t)
	docs := documents("acme")
	for i := range 40 {
		p := person{name: fmt.Sprintf("mill-%02d", i), job: "Town Guide", applied: "2026-01-05", badges: []badge{
			{name: "Python in Practice", skills: []string{python}, issuer: forge, earned: "2025-03-01", expires: []string{"", "2026-02-01", "2027-01-01"}[i%3]},
			{name: "Java Essentials", skills: []string{java}, issuer: []party{uni, code, forge}[i%3], earned: "2024-03-01"},
		}}
		d := p.document("acme")
		switch { // some apply again and again, of some nobody knows who they are
		case i < 24:
			d.Candidate = fmt.Sprintf("miller-%d", i/5)
		case i < 32:
			d.Candidate = ""
		}
		docs = append(docs, d)
	}
	put(t, e, docs...)
	// Another employer's candidates have the same keys, and what is erased counts nowhere.
	other := documents("other")
	for i := range other {
		other[i].Candidate = "miller-0"
	}
	put(t, e, other...)
	gone := person{name: "mill-gone", job: "Town Guide", applied: "2026-01-05", badges: []badge{{name: "Python in Practice", skills: []string{python}, issuer: forge, earned: "2025-03-01"}}}.document("acme")
	put(t, e, gone)
	if err := e.Erase(t.Context(), "acme", gone.Application); err != nil {
		t.Fatal(err)
	}
	s.run(t, "counted", func(t *testing.T) {
		for tenant, docs := range map[string][]record.Application{"acme": docs, "other": other} {
			got, err := e.Issuers(t.Context(), tenant)
			if err != nil {
				t.Fatal(err)
			}
			want := issuerCounts(docs)
			if len(want) < 6 || tenant == "acme" && !slices.ContainsFunc(want, func(c index.IssuerCount) bool { return c.Applicants+10 < c.Applications }) {
				t.Fatalf("%+v shows nothing", want)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %+v, want %+v", tenant, got, want)
			}
		}
	})
	for _, bad := range []string{"", "a b", "*"} {
		s.run(t, fmt.Sprintf("no tenant %q", bad), func(t *testing.T) {
			_, err := e.Issuers(t.Context(), bad)
			err2 := e.ScanIssuers(t.Context(), bad, nil, "", func(*record.Application) error { return nil })
			if !errors.Is(err, record.ErrToken) || !errors.Is(err2, record.ErrToken) {
				t.Errorf("%v, %v", err, err2)
			}
		})
	}
	for _, list := range [][]string{nil, {}, {forge.id}, {uni.id, code.id}, {"https://nobody.example/"}} {
		s.run(t, fmt.Sprintf("scan of %v", list), func(t *testing.T) {
			var want []string
			for i := range docs {
				if list == nil || slices.ContainsFunc(docs[i].Claims, func(c record.Claim) bool { return slices.Contains(list, c.Issuer) }) {
					want = append(want, docs[i].ID)
				}
			}
			slices.Sort(want)
			scan := func(after string) (got []string) {
				if err := e.ScanIssuers(t.Context(), "acme", list, after, func(a *record.Application) error {
					if a.Tenant != "acme" || len(a.Credentials) == 0 && len(a.Claims) > 0 {
						t.Errorf("%s of %s", a.Application, a.Tenant)
					}
					got = append(got, a.ID)
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				return got
			}
			if got := scan(""); !slices.Equal(got, want) {
				t.Errorf("%d applications, want %d", len(got), len(want))
			}
			if n := len(want) / 2; n > 0 {
				if got := scan(want[n-1]); !slices.Equal(got, want[n:]) {
					t.Errorf("from the middle: %d applications, want %d", len(got), len(want)-n)
				}
			}
		})
	}
	s.barred(t, e, docs)
	s.replaced(t, docs)
}

// issuerCounts counts, in documents, as an engine has to.
func issuerCounts(docs []record.Application) []index.IssuerCount {
	n := map[string]*index.IssuerCount{}
	known := map[[2]string]bool{}
	for i := range docs {
		seen := map[string]bool{}
		for _, c := range docs[i].Claims {
			if c.Issuer == "" || seen[c.Issuer] {
				continue
			}
			seen[c.Issuer] = true
			if n[c.Issuer] == nil {
				n[c.Issuer] = &index.IssuerCount{ID: c.Issuer}
			}
			n[c.Issuer].Applications++
			if who := [2]string{c.Issuer, docs[i].Candidate}; who[1] == "" || !known[who] {
				known[who] = true
				n[c.Issuer].Applicants++
			}
		}
	}
	var out []index.IssuerCount
	for _, c := range n {
		out = append(out, *c)
	}
	slices.SortFunc(out, index.IssuerCount.Compare)
	return out
}

// barred holds an engine to leaving out the claims of barred issuers.
func (s *suite) barred(t *testing.T, e index.Engine, docs []record.Application) {
	for _, barred := range [][]string{{forge.id}, {uni.id}, {code.id, uni.id, forge.id}, {"https://nobody.example/"}} {
		without := stripped(docs, barred)
		for _, text := range []string{"", "python", "java python", "python include:all", "include:rejected", "NOT python", "issuer:forge", "craft OR python", "job:guide", "python earned:2025", `"python" NOT java`} {
			for _, sort := range []query.Sort{query.SortMatch, query.SortBreadth, query.SortRecency} {
				s.run(t, fmt.Sprintf("%v barred: %s by %s", barred, text, sort), func(t *testing.T) {
					if err := checkBarred(t.Context(), e, without, "acme", barred, ask(t, text, query.Options{Sort: sort, Facets: query.AllFacets(), Size: 50})); err != nil {
						t.Error(err)
					}
				})
			}
		}
	}
	// A blind reader does not see an issuer that names the applicant: it is barred
	// all the same.
	var masked []record.Application
	for _, p := range named {
		masked = append(masked, p.document("blind"))
	}
	put(t, e, masked...)
	for _, barred := range [][]string{{named[0].badges[0].issuer.id}, {named[0].badges[2].issuer.id, code.id}} {
		without := stripped(masked, barred)
		for _, text := range []string{"", "python", "sql", "glazing", "NOT python", "java include:all"} {
			s.run(t, fmt.Sprintf("%v barred, blind: %s", barred, text), func(t *testing.T) {
				if err := checkBarred(t.Context(), e, without, "blind", barred, ask(t, text, query.Options{Blind: true, Facets: query.AllFacets(), Size: 50})); err != nil {
					t.Error(err)
				}
			})
		}
	}
	s.run(t, "what a hit says of barred badges", func(t *testing.T) {
		q := ask(t, "job:guide", query.Options{Size: 50})
		q.Plan = q.Plan.Bar([]string{forge.id})
		r, err := e.Search(t.Context(), "acme", q)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, h := range r.Hits {
			if h.Application[:3] != "mil" {
				continue
			}
			n++
			if h.Counts.Rejected == 0 || h.Breadth.Skills > 1 || len(h.Refused) == 0 || h.Refused[0].Reason != verdict.IssuerBlocked {
				t.Errorf("%s: %+v, breadth %d, refused %v", h.Application, h.Counts, h.Breadth.Skills, h.Refused)
			}
		}
		if n != 40 {
			t.Errorf("%d of 40", n)
		}
	})
}

// replaced holds an engine to losing no write when what was read is written again.
func (s *suite) replaced(t *testing.T, docs []record.Application) {
	s.run(t, "replaced", func(t *testing.T) {
		e := s.open(t)
		put(t, e, docs...)
		var read []record.Application
		if err := e.ScanIssuers(t.Context(), "acme", []string{forge.id}, "", func(a *record.Application) error {
			read = append(read, *a)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		read = read[:3]
		block := func(v *verdict.Verdict) {
			if v.Credential.Issuer.ID == forge.id {
				v.Result, v.Reason = verdict.Rejected, verdict.IssuerBlocked
				v.Aspects.Standing = verdict.Aspect{State: verdict.Fail, Reason: verdict.IssuerBlocked}
			}
		}
		for i := range read {
			record.Redecide(&read[i], block)
		}
		// Somebody was quicker with the first: at the version that this one would
		// have. Of the second an older write comes late.
		quicker := docs[slices.IndexFunc(docs, func(a record.Application) bool { return a.ID == read[0].ID })]
		quicker.Version++
		quicker.Job = "Newer"
		put(t, e, quicker)
		for i := range read {
			read[i].Version = record.NextVersion(read[i].Version)
		}
		outs := e.Write(t.Context(), read)
		if len(outs) != 3 || !outs[0].Superseded || outs[0].Err != nil || outs[1].Superseded || outs[1].Err != nil || outs[2].Err != nil {
			t.Fatalf("%+v", outs)
		}
		late := e.Write(t.Context(), []record.Application{docs[slices.IndexFunc(docs, func(a record.Application) bool { return a.ID == read[1].ID })]})
		if !late[0].Superseded {
			t.Errorf("an older write: %+v", late[0])
		}
		if a, err := e.Get(t.Context(), "acme", read[0].Application); err != nil || a.Job != "Newer" {
			t.Errorf("what was quicker is gone: %v", err)
		}
		for _, d := range read[1:] {
			a, err := e.Get(t.Context(), "acme", d.Application)
			if err != nil || a.Version != d.Version || a.Counts.Rejected == 0 || a.Claims[0].Status != verdict.Rejected {
				t.Errorf("%s at %d, written at %d: %+v %v", d.Application, a.Version, d.Version, a.Counts, err)
			}
		}
		// The same once more is nothing new.
		if outs := e.Write(t.Context(), read[1:]); !outs[0].Superseded || !outs[1].Superseded {
			t.Errorf("again: %+v", outs)
		}
		if err := e.Erase(t.Context(), "acme", read[2].Application); err != nil {
			t.Fatal(err)
		}
		read[2].Version += 5
		if outs := e.Write(t.Context(), read[2:]); !outs[0].Superseded {
			t.Errorf("an erased application came back: %+v", outs)
		}
	})
}

// stripped gives documents without the claims of some issuers. What is stored of
// their breadth stays, as it does in an index.
func stripped(docs []record.Application, issuers []string) []record.Application {
	out := slices.Clone(docs)
	for i := range out {
		out[i].Claims = slices.DeleteFunc(slices.Clone(out[i].Claims), func(c record.Claim) bool { return slices.Contains(issuers, c.Issuer) })
		out[i].Flat.Ties = nil // they may be by what is barred
	}
	return out
}

// checkBarred compares a search of which issuers are barred with that of documents
// that lack their claims.
func checkBarred(ctx context.Context, e index.Engine, without []record.Application, tenant string, barred []string, q query.Query) error {
	b := q
	b.Plan = q.Plan.Bar(barred)
	got, err := e.Search(ctx, tenant, b)
	if err != nil {
		return fmt.Errorf("search %q: %w", q.Text, err)
	}
	if d := oracle(without, tenant, &q).differs(&q, got); d != "" {
		return fmt.Errorf("search %q, %v barred: %s", q.Text, barred, d)
	}
	return nil
}
