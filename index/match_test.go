package index

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"assay/index/skills"
	"assay/verify/verdict"
)

var now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// folk are the applicants of the table below.
var folk = map[string]Application{
	"both":     application("both", made{name: "Python", issuer: "college", earned: "2025-02-01", trust: verdict.Pass, level: "Advanced"}, made{name: "Java", issuer: "academy", earned: "2020-02-01", trust: verdict.Unknown}),
	"split":    application("split", made{name: "Python", issuer: "academy", earned: "2020-02-01"}, made{name: "Knots", issuer: "college", earned: "2025-02-01"}),
	"java":     application("java", made{name: "Java", issuer: "college", earned: "2024-02-01", expire: "2027-01-01"}),
	"rejected": application("rejected", made{name: "Python", issuer: "college", earned: "2025-02-01", result: verdict.Rejected}),
	"mixed":    application("mixed", made{name: "Python", issuer: "college", earned: "2025-02-01", result: verdict.Rejected}, made{name: "Java", issuer: "college", earned: "2025-02-01"}),
	"auth":     application("auth", made{name: "Python", issuer: "college", earned: "2025-02-01", result: verdict.Authentic}),
	"expired":  application("expired", made{name: "Python", issuer: "college", earned: "2021-02-01", expire: "2026-06-01"}),
	"today":    application("today", made{name: "Python", issuer: "college", earned: "2021-02-01", expire: "2026-06-02"}),
	"talker":   application("talker", made{name: "Round tables", tags: []string{"moderate a discussion"}, issuer: "club", earned: "2019-01-01"}),
	"rope":     application("rope", made{name: "Rope access technician, level 3", issuer: "yard", earned: "2022-01-01"}),
	"ropy":     application("ropy", made{name: "Access to ropes", issuer: "yard", earned: "2022-01-01"}),
	"mention":  application("mention", made{name: "Cleaner", tags: []string{"cleaning"}, issuer: "yard", earned: "2022-01-01", about: "Also python and abseiling"}),
}

func found(t *testing.T, text string, o QueryOptions) []string {
	t.Helper()
	o.Now = now
	q, err := NewQuery(text, o)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for id, a := range folk {
		if _, _, ok := q.Plan.Match(&a); ok {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

func TestMeaning(t *testing.T) {
	tests := []struct {
		desc, query string
		o           QueryOptions
		want        string
	}{
		{"verified only, and expiry at query time", "python", QueryOptions{}, "both split today"},
		{"a description does not prove a known skill", "python NOT java", QueryOptions{}, "split today"},
		{"a description is found for what no framework knows", "abseiling", QueryOptions{}, "mention"},
		{"but does not exclude", "NOT abseiling cleaning", QueryOptions{}, "mention"},
		{"AND across credentials", "python java", QueryOptions{}, "both"},
		{"OR", "java OR talker OR moderation", QueryOptions{}, "both java mixed talker"},
		{"one credential: skill, issuer and date", "python issuer:college earned>2024", QueryOptions{}, "both"},
		{"one credential: the academy's Python is of 2020", "python issuer:academy earned>2024", QueryOptions{}, ""},
		{"issuer binds to each skill", "python java issuer:college", QueryOptions{}, ""},
		{"groups bind on their own", "(python issuer:college) (java issuer:academy)", QueryOptions{}, "both"},
		{"OR of issuers binds to the skill", "python (issuer:academy OR issuer:nobody)", QueryOptions{}, "split"},
		{"NOT of an issuer beside a skill: Python by somebody else", "python NOT issuer:college", QueryOptions{}, "split"},
		{"NOT of an issuer alone: nothing by it", "NOT issuer:college NOT issuer:yard", QueryOptions{}, "auth expired rejected talker"},
		{"conditions alone bind to one credential", "issuer:college earned>2024", QueryOptions{}, "both mixed split"},
		{"conditions alone, no credential has both", "issuer:academy earned>2024", QueryOptions{}, ""},
		{"NOT of a skill excludes by verified skills", "java NOT python", QueryOptions{}, "java mixed"},
		{"include widens", "python include:authentic", QueryOptions{}, "auth both split today"},
		{"include rejected shows expired too", "python include:rejected", QueryOptions{}, "both expired mixed rejected split today"},
		{"include by option", "python", QueryOptions{Include: []verdict.Result{verdict.Authentic}}, "auth both split today"},
		{"status narrows and is seen without include", "python status:rejected", QueryOptions{}, "expired mixed rejected"},
		{"status binds to its own skill only", "java (python status:rejected)", QueryOptions{}, "mixed"},
		{"status expired", "status:expired", QueryOptions{}, "expired"},
		{"status by choice", "python", QueryOptions{Choices: []Choice{{FacetStatus, []string{"authentic"}}}}, "auth"},
		{"trust", "python trust:listed", QueryOptions{}, "both"},
		{"trust unlisted", "trust:unlisted", QueryOptions{}, "both"},
		{"level", "python level>=intermediate", QueryOptions{}, "both"},
		{"level of another scale", "python level>=3", QueryOptions{}, ""},
		{"number level", "rope level>=3", QueryOptions{}, "rope"},
		{"earned in a year", "earned:2022", QueryOptions{}, "mention rope ropy"},
		{"earned before", "earned<2020", QueryOptions{}, "talker"},
		{"expires", "expires<2027-01-02", QueryOptions{}, "java today"},
		{"never expiring is after every date", "java expires>2030", QueryOptions{}, "both mixed"},
		{"framework", "framework:esco java", QueryOptions{}, "both java mixed"},
		{"framework by any spelling", "framework:o*net", QueryOptions{}, ""},
		{"job", "job:technician java", QueryOptions{}, "both java mixed"},
		{"job of nobody", "job:pilot", QueryOptions{}, ""},
		{"hierarchy", "communication", QueryOptions{}, "talker"},
		{"no hierarchy when exact", "communication", QueryOptions{Exact: true}, ""},
		{"no alias when exact", "moderation", QueryOptions{Exact: true}, ""},
		{"phrase in order", `"rope access"`, QueryOptions{}, "rope"},
		{"words in any order", "rope access", QueryOptions{}, "rope ropy"},
		{"typing error in an unknown word", "technicain", QueryOptions{}, "rope"},
		{"no typing errors in quotes", `"technicain"`, QueryOptions{}, ""},
		{"no typing errors under NOT", "rope NOT technicain", QueryOptions{}, "rope ropy"},
		{"skill by URI", "skill:http://data.europa.eu/esco/skill/5b46f572-7ced-4efd-b270-a81a164d521c", QueryOptions{}, "talker"},
		{"skill: does not look at the badge's name", `skill:"round tables"`, QueryOptions{}, ""},
		{"choice of a facet", "", QueryOptions{Choices: []Choice{{FacetIssuer, []string{"club", "x"}}}}, "talker"},
		{"two choices", "", QueryOptions{Choices: []Choice{{FacetYear, []string{"2020"}}, {FacetTrust, []string{"unlisted"}}}}, "both"},
		{"soft skill by choice", "", QueryOptions{Choices: []Choice{{FacetSoft, []string{"communication"}}}}, "talker"},
		{"everything", "", QueryOptions{}, "auth both expired java mention mixed rejected rope ropy split talker today"},
	}
	for _, tt := range tests {
		t.Run(tt.desc, func(t *testing.T) {
			if got := strings.Join(found(t, tt.query, tt.o), " "); got != tt.want {
				t.Errorf("%s finds %q, want %q", tt.query, got, tt.want)
			}
		})
	}
}

func TestScores(t *testing.T) {
	tests := []struct {
		query, id string
		want      int
	}{
		{"python", "both", weightConcept}, {"python java", "both", 2 * weightConcept}, {"pyhton", "both", weightTypo},
		{"communication", "talker", weightNarrower}, {`"rope access"`, "rope", weightLabel}, {"technicain", "rope", weightFuzzy}, {"abseiling", "mention", weightAbout},
		{"issuer:college", "both", 0}, {"NOT java", "rope", 0}, {"", "rope", 0}, {"python OR java", "both", 2 * weightConcept}, {"tables", "talker", weightName},
	}
	for _, tt := range tests {
		q, err := NewQuery(tt.query, QueryOptions{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		a := folk[tt.id]
		if got, _, ok := q.Plan.Match(&a); !ok || got != tt.want {
			t.Errorf("%q scores %s %d (%v), want %d", tt.query, tt.id, got, ok, tt.want)
		}
	}
}

func TestWhy(t *testing.T) {
	q, err := NewQuery("python OR technician include:rejected", QueryOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	a := folk["expired"]
	_, why, _ := q.Plan.Match(&a)
	if len(why) != 1 || why[0].Status != verdict.Rejected || !why[0].Expired || why[0].Exact || why[0].How != HowAlias {
		t.Errorf("%+v", why)
	}
	if d := cmp.Diff([]Span{{0, len("Python (computer programming)")}}, why[0].LabelSpans); d != "" {
		t.Error(d)
	}
	a = folk["rope"]
	_, why, _ = q.Plan.Match(&a)
	if len(why) != 1 || why[0].Label[why[0].LabelSpans[0].Start:why[0].LabelSpans[0].End] != "technician" || why[0].Name[why[0].NameSpans[0].Start:why[0].NameSpans[0].End] != "technician" {
		t.Errorf("%+v", why)
	}
	// What did not match for itself is no reason: the AND beside it failed.
	q, err = NewQuery("(python knots2) OR java", QueryOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	a = folk["both"]
	_, why, ok := q.Plan.Match(&a)
	if !ok || len(why) != 1 || why[0].Term != "java" {
		t.Errorf("%+v", why)
	}
}

func TestExpanded(t *testing.T) {
	q, err := NewQuery("comunication NOT leadership", QueryOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	r := NewResults(&q)
	if r.Read != "comunication AND NOT leadership" || len(r.Expanded) != 1 {
		t.Fatalf("%+v", r)
	}
	if e := r.Expanded[0]; e.How != HowTypo || !slices.Contains(e.Also, "moderate a discussion") || e.Narrower < 10 || e.Label == "" {
		t.Errorf("%+v", e)
	}
}

func TestHitRefusesOthers(t *testing.T) {
	q, err := NewQuery("python", QueryOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	a := folk["both"]
	r := NewResults(&q)
	if _, ok := r.Hit("acme", &a); !ok {
		t.Error("own applicant refused")
	}
	for _, tenant := range []string{"other", "", "acme ", "ACME", "acme*"} {
		if _, ok := r.Hit(tenant, &a); ok {
			t.Errorf("tenant %q sees acme's applicant", tenant)
		}
	}
	b := folk["java"]
	if _, ok := r.Hit("acme", &b); ok {
		t.Error("a document that does not match became a hit")
	}
	s := Stub(key, "acme", "both")
	q, _ = NewQuery("", QueryOptions{Now: now})
	r = NewResults(&q)
	if _, ok := r.Hit("acme", &s); ok {
		t.Error("an erased applicant became a hit")
	}
}

func TestWithInclude(t *testing.T) {
	q, err := NewQuery("python OR (java status:pending)", QueryOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	before := q.Plan
	p := q.Plan.WithInclude(verdict.Authentic)
	a, b := folk["auth"], folk["both"]
	if _, _, ok := p.Match(&a); !ok {
		t.Error("authentic is not found")
	}
	if _, _, ok := p.Match(&b); ok {
		t.Error("verified is still found")
	}
	if d := cmp.Diff(before, q.Plan); d != "" {
		t.Errorf("the plan itself changed: %s", d)
	}
	if s := p.Root.Kids[1].Claim.Status; !slices.Equal(s, []verdict.Result{verdict.Authentic, verdict.Pending}) {
		t.Errorf("what status: named is lost: %q", s)
	}
}

func TestCursor(t *testing.T) {
	q, err := NewQuery("python", QueryOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	pos := Position{Score: 10, Breadth: 2, Applied: 5, ID: "x", Seen: 20, Now: now.Unix()}
	c := SealCursor(key, "acme", &q, pos)
	open := func(key []byte, tenant, text, cursor string, o QueryOptions) error {
		o.Cursor = cursor
		o.Now = now.Add(time.Hour)
		q, err := NewQuery(text, o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := OpenCursor(key, tenant, &q)
		if err == nil && (*got != pos || q.Plan.Now != pos.Now) {
			t.Errorf("%+v at %d", got, q.Plan.Now)
		}
		return err
	}
	if err := open(key, "acme", "python", c, QueryOptions{}); err != nil {
		t.Error(err)
	}
	flipped := []byte(c)
	flipped[len(flipped)/2] ^= 1
	tests := []struct {
		desc string
		err  error
	}{
		{"another tenant", open(key, "other", "python", c, QueryOptions{})},
		{"another query", open(key, "acme", "java", c, QueryOptions{})},
		{"another include", open(key, "acme", "python", c, QueryOptions{Include: []verdict.Result{verdict.Pending}})},
		{"another order", open(key, "acme", "python", c, QueryOptions{Sort: SortRecency})},
		{"another choice", open(key, "acme", "python", c, QueryOptions{Choices: []Choice{{FacetTrust, []string{"listed"}}}})},
		{"exact now", open(key, "acme", "python", c, QueryOptions{Exact: true})},
		{"another key", open([]byte("k"), "acme", "python", c, QueryOptions{})},
		{"changed", open(key, "acme", "python", string(flipped), QueryOptions{})},
		{"cut", open(key, "acme", "python", c[:10], QueryOptions{})},
		{"rubbish", open(key, "acme", "python", "!!", QueryOptions{})},
		{"long", open(key, "acme", "python", strings.Repeat("A", 100_000), QueryOptions{})},
	}
	for _, tt := range tests {
		if !errors.Is(tt.err, ErrCursor) {
			t.Errorf("%s: error %v", tt.desc, tt.err)
		}
	}
}

func TestNewQueryRefuses(t *testing.T) {
	tests := []struct {
		desc, text string
		o          QueryOptions
	}{
		{"syntax", "(", QueryOptions{}},
		{"size", "x", QueryOptions{Size: MaxSize + 1}},
		{"negative size", "x", QueryOptions{Size: -1}},
		{"export size", "x", QueryOptions{Size: MaxExportSize + 1, Export: true}},
		{"sort", "x", QueryOptions{Sort: "name"}},
		{"facet", "x", QueryOptions{Facets: []Facet{"display_name"}}},
		{"choice", "x", QueryOptions{Choices: []Choice{{"tenant", []string{"other"}}}}},
		{"include", "x", QueryOptions{Include: []verdict.Result{"x"}}},
	}
	for _, tt := range tests {
		var s *SyntaxError
		if _, err := NewQuery(tt.text, tt.o); !errors.As(err, &s) {
			t.Errorf("%s: error %v", tt.desc, err)
		}
	}
	q, err := NewQuery("x", QueryOptions{Export: true})
	if err != nil || q.Size != MaxExportSize {
		t.Errorf("%d, %v", q.Size, err)
	}
}

func TestCountFacets(t *testing.T) {
	q, err := NewQuery("", QueryOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, id := range []string{"both", "split", "rejected", "expired"} {
		a := folk[id]
		q.Plan.CountFacets(&a, AllFacets(), func(f Facet, v string) { got[string(f)+" "+skills.Builtin().Label(v)+v]++ })
	}
	python := "skill Python (computer programming)http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d"
	if got[python] != 2 || got["issuer college"] != 2 || got["issuer academy"] != 2 || got["earned 2025"] != 2 || got["framework ESCO"] != 2 || got["trust unasked"] != 1 {
		t.Errorf("%v", got)
	}
}

func BenchmarkNewQuery(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewQuery(`skill:python issuer:"harbour college" earned>2024`, QueryOptions{Now: now}); err != nil {
			b.Fatal(err)
		}
	}
}
