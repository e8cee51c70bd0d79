package index_test

import (
	"slices"
	"testing"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/index/record/recordtest"
	"assay/verify/verdict"
)

// Every number of a thin or an empty answer is what asking gives, and nothing is offered
// that adds nobody.
func TestHelp(t *testing.T) {
	m := newMemory(recordtest.Key)
	for _, a := range recordtest.Folk {
		for _, o := range m.Write(t.Context(), []record.Application{a}) {
			if o.Err != nil {
				t.Fatal(o.Err)
			}
		}
	}
	// Another tenant's applicants are in no number.
	other := recordtest.Application("other", recordtest.Badge{Name: "Pythonesque zymurgology", Issuer: "college"})
	other.Tenant = "rival"
	other.ID = record.ID(recordtest.Key, "rival", "other")
	m.Write(t.Context(), []record.Application{other})
	ask := func(text string, o query.Options) *index.Results {
		t.Helper()
		o.Now = recordtest.Now
		q, err := query.New(text, o)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		r, err := index.Search(t.Context(), m, "acme", q)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	college := []query.Choice{{Facet: query.FacetIssuer, Values: []string{"club"}}}
	for _, tc := range []struct {
		text                    string
		o                       query.Options
		parts, try, near, ticks bool
		unfiltered, widened     bool
	}{
		{text: `"pyton" issuer:college`, parts: true, try: true},
		{text: `"access rope" NOT java`, parts: true, try: true},
		{text: `issuer:club python`, parts: true},
		{text: `"technicians"`, near: false},
		{text: `"acess"`, try: true},
		{text: `python`, ticks: true},
		{text: `python java`, ticks: false},
		{text: `python include:expired`, ticks: true},
		{text: `python`, o: query.Options{Choices: college}, unfiltered: true},
		{text: `pyton`, o: query.Options{Exact: true}, widened: true, try: true},
		{text: `zymurgology`},
		{text: `python status:verified issuer:club`, parts: true},
	} {
		r := ask(tc.text, tc.o)
		h := r.Help
		if (h != nil) != (r.Total == 0) {
			t.Errorf("%s finds %d, with help %v", tc.text, r.Total, h)
		}
		if h == nil {
			h = &index.Help{}
		}
		if len(h.Parts) > 0 != tc.parts || tc.try && len(h.Try) == 0 || h.Unfiltered > 0 != tc.unfiltered || h.Widened > 0 != tc.widened || tc.ticks && len(r.Instead) == 0 {
			t.Errorf("%s: %+v, with %+v", tc.text, h, r.Instead)
		}
		for _, p := range h.Parts {
			if n := ask(p.Words, tc.o).Total; n != p.Count {
				t.Errorf("%s: %s finds %d, told are %d", tc.text, p.Words, n, p.Count)
			}
			if n := ask(p.Rest, tc.o).Total; n != p.Without {
				t.Errorf("%s: %s finds %d, told are %d", tc.text, p.Rest, n, p.Without)
			}
		}
		for _, x := range h.Try {
			if n := ask(x.Query, tc.o).Total; n != x.Count || n == 0 {
				t.Errorf("%s: %s finds %d, told are %d", tc.text, x.Query, n, x.Count)
			}
		}
		for _, s := range h.Near {
			if s.Count == 0 {
				t.Errorf("%s: nobody has %s", tc.text, s.Label)
			}
		}
		for _, b := range r.Instead {
			o := tc.o
			o.Include = append(slices.Clone(o.Include), verdict.Result(b.Value))
			if n := ask(tc.text, o).Total - r.Total; n != b.Count || n == 0 {
				t.Errorf("%s: %s adds %d, told are %d", tc.text, b.Value, n, b.Count)
			}
		}
	}
}

// found asks a question at the tests' time.
func found(t *testing.T, e index.Engine, text string) *index.Results {
	t.Helper()
	q, err := query.New(text, query.Options{Now: recordtest.Now})
	if err != nil {
		t.Fatal(err)
	}
	r, err := index.Search(t.Context(), e, "acme", q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What is spelt like a word that found nobody is told, with those who can prove it.
func TestHelpNear(t *testing.T) {
	m := newMemory(recordtest.Key)
	m.Write(t.Context(), []record.Application{recordtest.Application("a", recordtest.Badge{Name: "x", Tags: []string{"Python"}, Issuer: "college"})})
	for text, want := range map[string]bool{`"pythonista"`: true, `badge:pyhton`: true, `"pyrotechnics"`: false} {
		r := found(t, m, text)
		if r.Help == nil || len(r.Help.Near) > 0 != want || want && r.Help.Near[0].Count != 1 {
			t.Errorf("%s: %+v", text, r.Help)
		}
	}
}

// An issuer is near by what is known of it, and not by what it calls itself.
func TestHelpNearIssuer(t *testing.T) {
	m := newMemory(recordtest.Key)
	doc := recordtest.Application("a", recordtest.Badge{Name: "x", Tags: []string{"Python"}, Issuer: "https://example.edu/mills"})
	for i := range doc.Claims {
		doc.Claims[i].IssuerName = `example.edu, which calls itself "Excelsior"`
	}
	m.Write(t.Context(), []record.Application{doc})
	for text, want := range map[string]bool{`"exmaple"`: true, `"excelsoir"`: false, `"xyz"`: false} {
		r := found(t, m, text)
		if r.Help == nil || len(r.Help.Near) > 0 != want || r.Help.Looked != (text != `"xyz"`) {
			t.Errorf("%s: %+v", text, r.Help)
		}
	}
}
