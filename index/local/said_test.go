package local

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"assay/index/conformance"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// of makes an application with one badge of an issuer that calls itself by a name.
func of(t *testing.T, name, issuer string, version int64, expires time.Time) record.Application {
	t.Helper()
	a := record.New(conformance.Key, record.Submission{Tenant: "acme", Application: name, Submitted: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}, []record.Entry{{
		Verdict: verdict.Verdict{Result: verdict.Verified, Credential: verdict.Credential{
			Name: "Badge " + issuer, Expires: expires, Issuer: verdict.Party{ID: "https://issuer.example/" + issuer, Name: issuer},
		}},
		Skills: []skills.Skill{{Label: "zither", Basis: skills.BasisUnmapped}},
	}}, nil)
	a.Version = version
	return a
}

func countOf(t *testing.T, e *Engine, now time.Time, asked ...string) []int {
	t.Helper()
	plans := make([]query.Plan, len(asked))
	for i, text := range asked {
		q, err := query.New(text, query.Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		plans[i] = q.Plan
	}
	n, err := e.Count(t.Context(), "acme", plans)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

var day = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// TestWhatClaimsSay asks by texts that a search knows of before it looks at claims, when
// rows were written, written again, and left out.
func TestWhatClaimsSay(t *testing.T) {
	e := open(t)
	asked := []string{"issuer~guild", "issuer~guild zither", "zither issuer~guild", "badge:guild", "zither badge:guild", "zither NOT badge:guild", "zither badge:nobody"}
	check := func(when string, want ...int) {
		t.Helper()
		if got := countOf(t, e, day, asked...); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	put(t, e, of(t, "other", "college", 1, time.Time{}))
	check("nobody has it", 0, 0, 0, 0, 0, 1, 0)
	put(t, e, of(t, "one", "guild", 1, time.Time{}))
	check("one has it", 1, 1, 1, 1, 1, 1, 0)
	for v := range int64(200) {
		put(t, e, of(t, "other", fmt.Sprintf("college %d", v), 2+v, time.Time{}))
	}
	if n := len(e.tenants["acme"].rows); n > 100 {
		t.Fatalf("%d rows of two applications", n)
	}
	if n := len(e.tenants["acme"].said[titleText]); n > 100 {
		t.Errorf("%d badges' names of two", n)
	}
	check("rows were left out", 1, 1, 1, 1, 1, 1, 0)
}

// TestAskedAlike asks the same word beside others: what is found for one is nothing for
// another.
func TestAskedAlike(t *testing.T) {
	e := open(t)
	put(t, e, of(t, "one", "guild", 1, time.Time{}), of(t, "two", "guild", 1, time.Time{}), of(t, "three", "college", 1, time.Time{}))
	for range 2 {
		if got := countOf(t, e, day, "zither", "zither badge:guild", "zither badge:college", "zither", "zither badge:guild"); !slices.Equal(got, []int{3, 2, 1, 3, 2}) {
			t.Errorf("%v", got)
		}
	}
	word := func(w string) *query.ClaimCond {
		return &query.ClaimCond{Tiers: []query.Tier{{Weight: 1, Field: query.FieldLabel, Words: []string{w}}}}
	}
	one, other := inFull(word("zither")), inFull(word("zither"))
	if one == "" || one != other || one == inFull(word("lute")) {
		t.Error("what is asked goes by something else")
	}
	if inFull(word("a\xff")) != "" {
		t.Error("what cannot be told apart is alike")
	}
}

// TestRunsOutLate has badges that run out when a column cannot say it.
func TestRunsOutLate(t *testing.T) {
	e := open(t)
	put(t, e, of(t, "never", "guild", 1, time.Time{}), of(t, "soon", "guild", 1, day.AddDate(1, 0, 0)), of(t, "late", "guild", 1, day.AddDate(200, 0, 0)))
	for years, want := range map[int]int{0: 3, 2: 2, 150: 2, 201: 1} {
		if got := countOf(t, e, day.AddDate(years, 0, 0), "zither")[0]; got != want {
			t.Errorf("in %d years: %d, want %d", years, got, want)
		}
	}
}
