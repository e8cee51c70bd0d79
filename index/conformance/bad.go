package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
)

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
