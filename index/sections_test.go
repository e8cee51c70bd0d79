package index_test

import (
	"strings"
	"testing"

	"assay/index"
	"assay/index/conformance"
	"assay/index/query"
	"assay/index/record"
	"assay/index/record/recordtest"
	"assay/index/skills"
	"assay/verify/verdict"
)

// pythonBarred gives an engine in which one applicant has Python by one issuer, by how
// many issuers are blocked: none, and that one.
func pythonBarred(t *testing.T) map[int]*index.Ruled {
	t.Helper()
	m := newMemory(recordtest.Key)
	a := recordtest.Application("a", recordtest.Badge{Name: "Python", Issuer: "https://code.example", Standing: verdict.LevelDomain})
	for _, o := range m.Write(t.Context(), []record.Application{a}) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
	out := map[int]*index.Ruled{}
	for _, barred := range [][]string{nil, {"https://code.example"}} {
		out[len(barred)] = &index.Ruled{Engine: m, Barred: func(string) []string { return barred }, Taxonomy: skills.Builtin}
	}
	return out
}

// What an employer blocks is not counted either.
func TestRuledCounts(t *testing.T) {
	for barred, e := range pythonBarred(t) {
		q, err := query.New("python zymurgology", query.Options{Now: recordtest.Now})
		if err != nil {
			t.Fatal(err)
		}
		r, err := index.Search(t.Context(), e, recordtest.Application("a").Tenant, q)
		if err != nil {
			t.Fatal(err)
		}
		want := 1 - barred
		if len(r.Words) != 2 || r.Words[0].Count != want || len(r.Sections) != want {
			t.Errorf("with %d barred: %+v", barred, r)
		}
	}
}

// What only an employer's blocked issuers have is not suggested.
func TestRuledSuggest(t *testing.T) {
	for barred, e := range pythonBarred(t) {
		for kind, prefix := range map[index.SuggestionKind]string{index.SuggestSkill: "pyth", index.SuggestCertificate: "pyth", index.SuggestIssuer: "code"} {
			got, err := e.Suggest(t.Context(), recordtest.Application("a").Tenant, kind, prefix, 5)
			if err != nil || len(got) != 1-barred {
				t.Errorf("%s with %d barred: %+v, %v", kind, barred, got, err)
			}
		}
	}
}

// A section says in a sentence what it gives up.
func TestHeadings(t *testing.T) {
	m := newMemory(conformance.Key)
	for _, o := range m.Write(t.Context(), conformance.Documents("acme", 60)) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
	for text, want := range map[string]string{
		"certified python":        "without the words “certified”",
		"python zymurgology":      "nobody has both; these have one: python, without zymurgology",
		"firefighter zymurgology": "",
		// What is in quotes is kept, and is no part of what the words are counted among.
		`"python" zymurgology`:            "nobody has all of it; these have the rest of the question, without zymurgology",
		`"python" java zymurgology NOT x`: "nobody has all of it; these have java and the rest of the question, without zymurgology",
		"python java zymurgology x":       "",
	} {
		q, err := query.New(text, query.Options{Now: conformance.Now})
		if err != nil {
			t.Fatal(err)
		}
		r, err := index.Search(t.Context(), m, "acme", q)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range r.Sections {
			if s.Heading == "" || strings.HasSuffix(s.Heading, " ") || strings.Contains(s.Heading, "  ") {
				t.Errorf("%s: %q", text, s.Heading)
			}
		}
		if want != "" && (len(r.Sections) == 0 || r.Sections[0].Heading != want) {
			t.Errorf("%s: %+v", text, r.Sections)
		}
	}
}
