package query

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"assay/index/record"
	"assay/index/record/recordtest"
	"assay/index/skills"
	"assay/verify/verdict"

	"github.com/google/go-cmp/cmp"
)

func found(t *testing.T, text string, o Options) []string {
	t.Helper()
	o.Now = recordtest.Now
	q, err := New(text, o)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for id, a := range recordtest.Folk {
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
		o           Options
		want        string
	}{
		{"verified only, and expiry at query time", "python", Options{}, "both split today"},
		{"a description does not prove a known skill", "python NOT java", Options{}, "split today"},
		{"a description is found for what no framework knows", "abseiling", Options{}, "mention"},
		{"but does not exclude", "NOT abseiling cleaning", Options{}, "mention"},
		{"AND across credentials", "python java", Options{}, "both"},
		{"OR", "java OR talker OR moderation", Options{}, "both java mixed talker"},
		{"one credential: skill, issuer and date", "python issuer:college earned>2024", Options{}, "both"},
		{"one credential: the academy's Python is of 2020", "python issuer:academy earned>2024", Options{}, ""},
		{"issuer binds to each skill", "python java issuer:college", Options{}, ""},
		{"groups bind on their own", "(python issuer:college) (java issuer:academy)", Options{}, "both"},
		{"OR of issuers binds to the skill", "python (issuer:academy OR issuer:nobody)", Options{}, "split"},
		{"NOT of an issuer beside a skill: Python by somebody else", "python NOT issuer:college", Options{}, "split"},
		{"NOT of an issuer alone: nothing by it", "NOT issuer:college NOT issuer:yard", Options{}, "auth expired rejected talker"},
		{"conditions alone bind to one credential", "issuer:college earned>2024", Options{}, "both mixed split"},
		{"conditions alone, no credential has both", "issuer:academy earned>2024", Options{}, ""},
		{"NOT of a skill excludes by verified skills", "java NOT python", Options{}, "java mixed"},
		{"include widens", "python include:authentic", Options{}, "auth both split today"},
		{"include rejected", "python include:rejected", Options{}, "both mixed rejected split today"},
		{"include expired", "python include:expired", Options{}, "both expired split today"},
		{"include by option", "python", Options{Include: []verdict.Result{verdict.Authentic}}, "auth both split today"},
		{"status narrows and is seen without include", "python status:rejected", Options{}, "mixed rejected"},
		{"status binds to its own skill only", "java (python status:rejected)", Options{}, "mixed"},
		{"status expired", "status:expired", Options{}, "expired"},
		{"status by choice", "python", Options{Choices: []Choice{{FacetStatus, []string{"authentic"}}}}, "auth"},
		{"trust", "python trust:listed", Options{}, "both"},
		{"trust unlisted", "trust:unlisted", Options{}, "both"},
		{"level", "python level>=intermediate", Options{}, "both"},
		{"level of another scale", "python level>=3", Options{}, ""},
		{"number level", "rope level>=3", Options{}, "rope"},
		{"earned in a year", "earned:2022", Options{}, "mention rope ropy"},
		{"earned before", "earned<2020", Options{}, "talker"},
		{"expires", "expires<2027-01-02", Options{}, "java today"},
		{"never expiring is after every date", "java expires>2030", Options{}, "both mixed"},
		{"framework", "framework:esco java", Options{}, "both java mixed"},
		{"framework by any spelling", "framework:o*net", Options{}, ""},
		{"job", "job:technician java", Options{}, "both java mixed"},
		{"job of nobody", "job:pilot", Options{}, ""},
		{"hierarchy", "communication", Options{}, "talker"},
		{"no hierarchy when exact", "communication", Options{Exact: true}, ""},
		{"no alias when exact", "moderation", Options{Exact: true}, ""},
		{"phrase in order", `"rope access"`, Options{}, "rope"},
		{"words in any order", "rope access", Options{}, "rope ropy"},
		{"typing error in an unknown word", "technicain", Options{}, "rope"},
		{"no typing errors in quotes", `"technicain"`, Options{}, ""},
		{"no typing errors under NOT", "rope NOT technicain", Options{}, "rope ropy"},
		{"skill by URI", "skill:http://data.europa.eu/esco/skill/5b46f572-7ced-4efd-b270-a81a164d521c", Options{}, "talker"},
		{"skill: does not look at the badge's name", `skill:"round tables"`, Options{}, ""},
		{"choice of a facet", "", Options{Choices: []Choice{{FacetIssuer, []string{"club", "x"}}}}, "talker"},
		{"two choices", "", Options{Choices: []Choice{{FacetYear, []string{"2020"}}, {FacetStanding, []string{"unlisted"}}}}, "both"},
		{"soft skill by choice", "", Options{Choices: []Choice{{FacetSoft, []string{"communication"}}}}, "talker"},
		{"everything", "", Options{}, "auth both expired java mention mixed rejected rope ropy split talker today"},
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
	const high = 2 * weightLevel
	const listed, domain = record.MaxStandingRank * StandingUnit, (record.MaxStandingRank - 1) * StandingUnit
	tests := []struct {
		query, id string
		want      int
	}{
		{"python", "both", weightConcept*StandingStep + listed + weightNamed + weightMain + high}, {"python java", "both", 2*weightConcept*StandingStep + listed + domain + 2*weightNamed + 2*weightMain + high}, {"pyhton", "both", weightTypo*StandingStep + listed + weightNamed + weightMain + high},
		{"communication", "talker", weightNarrower * StandingStep}, {`"rope access"`, "rope", weightLabel * StandingStep}, {"technicain", "rope", weightFuzzy * StandingStep},
		{"abseiling", "mention", weightAbout * StandingStep}, {"tables", "talker", weightName * StandingStep},
		{"issuer:college", "both", 0}, {"NOT java", "rope", 0}, {"", "rope", 0}, {"python OR java", "both", 2*weightConcept*StandingStep + listed + domain + 2*weightNamed + 2*weightMain + high},
		{"python include:expired", "expired", weightConcept / unprovenShare * StandingStep},
	}
	for _, tt := range tests {
		q, err := New(tt.query, Options{Now: recordtest.Now})
		if err != nil {
			t.Fatal(err)
		}
		a := recordtest.Folk[tt.id]
		if got, _, ok := q.Plan.Match(&a); !ok || got != tt.want {
			t.Errorf("%q scores %s %d (%v), want %d", tt.query, tt.id, got, ok, tt.want)
		}
	}
}

func TestWhy(t *testing.T) {
	q, err := New("python OR technician include:expired", Options{Now: recordtest.Now})
	if err != nil {
		t.Fatal(err)
	}
	a := recordtest.Folk["expired"]
	_, why, _ := q.Plan.Match(&a)
	if len(why) != 1 || why[0].Status != verdict.Expired || !why[0].Expired || why[0].Exact || why[0].How != HowAlias {
		t.Errorf("%+v", why)
	}
	if d := cmp.Diff([]Span{{0, len("Python (computer programming)")}}, why[0].LabelSpans); d != "" {
		t.Error(d)
	}
	a = recordtest.Folk["rope"]
	_, why, _ = q.Plan.Match(&a)
	if len(why) != 1 || why[0].Label[why[0].LabelSpans[0].Start:why[0].LabelSpans[0].End] != "technician" || why[0].Name[why[0].NameSpans[0].Start:why[0].NameSpans[0].End] != "technician" {
		t.Errorf("%+v", why)
	}
	// What did not match for itself is no reason: the AND beside it failed.
	q, err = New("(python knots2) OR java", Options{Now: recordtest.Now})
	if err != nil {
		t.Fatal(err)
	}
	a = recordtest.Folk["both"]
	_, why, ok := q.Plan.Match(&a)
	if !ok || len(why) != 1 || why[0].Term != "java" {
		t.Errorf("%+v", why)
	}
}

func TestExpanded(t *testing.T) {
	q, err := New("comunication NOT leadership", Options{Now: recordtest.Now})
	if err != nil {
		t.Fatal(err)
	}
	if q.Tree.String() != "comunication AND NOT leadership" || len(q.Expanded) != 1 {
		t.Fatalf("%+v", q)
	}
	if e := q.Expanded[0]; e.How != HowTypo || !slices.Contains(e.Also, "moderate a discussion") || e.Narrower < 10 || e.Label == "" {
		t.Errorf("%+v", e)
	}
}

func TestWithInclude(t *testing.T) {
	q, err := New("python OR (java status:pending)", Options{Now: recordtest.Now})
	if err != nil {
		t.Fatal(err)
	}
	before := q.Plan
	p := q.Plan.WithInclude(verdict.Authentic)
	a, b := recordtest.Folk["auth"], recordtest.Folk["both"]
	if _, _, ok := p.Match(&a); !ok {
		t.Error("authentic is not found")
	}
	if _, _, ok := p.Match(&b); ok {
		t.Error("verified is still found")
	}
	if d := cmp.Diff(before, q.Plan); d != "" {
		t.Errorf("the plan itself changed: %s", d)
	}
	if s := p.Root.Kids[1].Kids[0].Claim.Status; !slices.Equal(s, []verdict.Result{verdict.Authentic, verdict.Pending}) {
		t.Errorf("what status: named is lost: %q", s)
	}
}

func TestNewQueryRefuses(t *testing.T) {
	tests := []struct {
		desc, text string
		o          Options
	}{
		{"syntax", "(", Options{}},
		{"size", "x", Options{Size: MaxSize + 1}},
		{"negative size", "x", Options{Size: -1}},
		{"export size", "x", Options{Size: MaxExportSize + 1, Export: true}},
		{"sort", "x", Options{Sort: "name"}},
		{"facet", "x", Options{Facets: []Facet{"display_name"}}},
		{"choice", "x", Options{Choices: []Choice{{"tenant", []string{"other"}}}}},
		{"include", "x", Options{Include: []verdict.Result{"x"}}},
	}
	for _, tt := range tests {
		var s *SyntaxError
		if _, err := New(tt.text, tt.o); !errors.As(err, &s) {
			t.Errorf("%s: error %v", tt.desc, err)
		}
	}
	q, err := New("x", Options{Export: true})
	if err != nil || q.Size != MaxExportSize {
		t.Errorf("%d, %v", q.Size, err)
	}
}

func TestCountFacets(t *testing.T) {
	q, err := New("", Options{Now: recordtest.Now})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, id := range []string{"both", "split", "rejected", "expired"} {
		a := recordtest.Folk[id]
		q.Plan.CountFacets(&a, AllFacets(), func(f Facet, v string) { got[string(f)+" "+skills.Builtin().Label(v)+v]++ })
	}
	python := "skill Python (computer programming)http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d"
	if got[python] != 2 || got["issuer college"] != 2 || got["issuer academy"] != 2 || got["earned 2025"] != 2 || got["framework ESCO"] != 2 || got["standing listed"] != 1 || got["standing domain"] != 1 {
		t.Errorf("%v", got)
	}
}

func BenchmarkNewQuery(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(`skill:python issuer:"harbour college" earned>2024`, Options{Now: recordtest.Now}); err != nil {
			b.Fatal(err)
		}
	}
}

// Words that stand in one badge, among what it says of its issuer too, stand above the
// same words in several, whoever stands behind them.
func TestTogether(t *testing.T) {
	one := recordtest.Application("one", recordtest.Badge{Name: "Sea rescue", Issuer: "Crimson Cross", Standing: verdict.LevelDomain})
	several := recordtest.Application("several", recordtest.Badge{Name: "Sea rescue", Issuer: "https://a.example", Standing: verdict.LevelListed},
		recordtest.Badge{Name: "Visitor", Issuer: "Crimson Cross", Standing: verdict.LevelListed})
	for _, text := range []string{"crimson cross rescue", "rescue crimson"} {
		q, err := New(text, Options{Now: recordtest.Now})
		if err != nil {
			t.Fatal(err)
		}
		x, why, ok := q.Plan.Match(&one)
		y, _, also := q.Plan.Match(&several)
		if !ok || !also || x <= y {
			t.Errorf("%s: one badge scores %d (%v), several %d (%v)", text, x, ok, y, also)
		}
		for _, m := range why {
			if m.How == HowTogether {
				t.Errorf("%s: told as a reason", text)
			}
		}
	}
}

// The id of an issuer is an address: its short words name nobody.
func TestClaimedWords(t *testing.T) {
	a := recordtest.Application("a", recordtest.Badge{Name: "Pottery", Issuer: "https://kiln.it/issuers/dev", Standing: verdict.LevelDomain})
	for text, want := range map[string]bool{"it": false, "dev": false, "https": false, "issuers": false, "kiln": true} {
		q, err := New(text, Options{Now: recordtest.Now})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, ok := q.Plan.Match(&a); ok != want {
			t.Errorf("%s: %v", text, ok)
		}
	}
}

// An occupation is met by the first of the skills that it needs, or by two of them.
func TestOccupationReading(t *testing.T) {
	q, err := New("lifeguard zymurgology", Options{Now: recordtest.Now})
	if err != nil {
		t.Fatal(err)
	}
	path := []Reading{{Way: WayOccupation, Drop: 2}}
	loose, ok := q.Read(path, true)
	if title, needs, least := q.Occupation(); !ok || title != "lifeguard" || len(needs) < 3 || least != 2 {
		t.Fatalf("%v %s %v %d", ok, title, needs, least)
	}
	for tags, want := range map[string]bool{"rescue bathers": true, "first aid,resuscitation": true, "first aid": false, "": false} {
		a := recordtest.Application("a", recordtest.Badge{Name: "Seaside", Tags: strings.Split(tags, ","), Issuer: "club"})
		if _, _, ok := loose.Plan.Match(&a); ok != want {
			t.Errorf("%q: %v", tags, ok)
		}
	}
}

// A word that was set right finds nobody by itself where others were given up.
func TestTypoStandsNotAlone(t *testing.T) {
	q, err := New("pyhton zymurgology", Options{Now: recordtest.Now})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := q.Read([]Reading{{Way: WayMost, Drop: 2}}, true); ok {
		t.Error("it does")
	}
	if q, _ = New("pyhton with experience", Options{Now: recordtest.Now}); len(q.Relax()) == 0 {
		t.Fatal("no reading without fillers")
	}
	if _, ok := q.Read(q.Relax()[:1], true); !ok {
		t.Error("fillers bind it")
	}
}
