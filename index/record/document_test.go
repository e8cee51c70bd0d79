package record_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index/record"
	"assay/index/record/recordtest"
	"assay/index/skills"
	"assay/verify/verdict"

	"github.com/google/go-cmp/cmp"
)

func TestID(t *testing.T) {
	a := record.ID(recordtest.Key, "acme", "a1")
	if len(a) != 64 || strings.Contains(a, "acme") {
		t.Errorf("id %q", a)
	}
	for _, other := range []string{record.ID(recordtest.Key, "acme", "a2"), record.ID(recordtest.Key, "acm", "ea1"), record.ID([]byte("another key"), "acme", "a1")} {
		if other == a {
			t.Error("two applications have one id")
		}
	}
}

func TestVersion(t *testing.T) {
	epoch := recordtest.Day("2020-01-01")
	base := recordtest.Day("2026-01-01")
	tests := []struct {
		desc         string
		lower, upper int64
	}{
		{"a later check", record.Version(base, base), record.Version(base, base.Add(time.Minute))},
		{"a later submission, checked at once, after a check of years", record.Version(base, base.AddDate(14, 0, 0)), record.Version(base.Add(time.Millisecond), base)},
		{"before the epoch counts as the epoch", record.Version(recordtest.Day("1999-01-01"), recordtest.Day("1999-01-01")), record.Version(base, base)},
		{"erasure is above all", record.Version(recordtest.Day("2990-01-01"), recordtest.Day("2999-01-01")), record.VersionErased},
	}
	for _, tt := range tests {
		if tt.lower >= tt.upper || tt.lower < 0 {
			t.Errorf("%s: %d is not below %d", tt.desc, tt.lower, tt.upper)
		}
	}
	if record.Version(base, base) != record.Version(base, base.Add(59*time.Second)) {
		t.Error("checks within a minute differ")
	}
	if v := record.Version(epoch, epoch); v != 0 {
		t.Errorf("the epoch has version %d", v)
	}
	if v := record.Version(epoch.Add(time.Millisecond), epoch.Add(time.Millisecond+2*time.Minute)); v != 1<<23|2 {
		t.Errorf("version %d", v)
	}
	if record.VersionErased != math.MaxInt64 {
		t.Error("the stub's version is not the highest")
	}
}

func TestStubHasNoPersonalData(t *testing.T) {
	a := recordtest.Application("a1", recordtest.Badge{Name: "Python", Issuer: "college"})
	s := record.Stub(recordtest.Key, "acme", "a1")
	if s.ID != a.ID || s.Version <= a.Version || !s.Erased {
		t.Errorf("%+v", s)
	}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, personal := range []string{"a1\"", "c-a1", "Somebody", "Python", "technician"} {
		if strings.Contains(string(b), personal) {
			t.Errorf("the stub tells %q: %s", personal, b)
		}
	}
}

func TestNewApplication(t *testing.T) {
	a := recordtest.Application("a1",
		recordtest.Badge{Name: "Python", Issuer: "college", Tags: []string{"teamwork", "Knots"}, Earned: "2024-05-01", Expires: "2027-01-01", Level: "Advanced", About: "Long words", Standing: verdict.LevelListed},
		recordtest.Badge{Name: "Picture", Issuer: "", Result: verdict.Rejected},
	)
	if a.ID != record.ID(recordtest.Key, "acme", "a1") || a.Version != record.Version(a.AppliedAt, a.CheckedAt) || a.JobWords != "site technician" {
		t.Errorf("%+v", a)
	}
	if d := cmp.Diff(verdict.Counts{Verified: 1, Rejected: 1}, a.Counts); d != "" {
		t.Error(d)
	}
	var got []string
	for _, c := range a.Claims {
		got = append(got, fmt.Sprintf("%d %s %s %s %s %s/%d %q %q", c.Credential, c.Label, c.Basis, c.Status, c.Standing, c.Scale, c.Rank, c.LabelWords, c.AboutWords))
	}
	want := []string{
		`0 work in teams alias verified listed /0 "work in team" "long word"`,
		`0 Knots unmapped verified listed /0 "knot" ""`,
		`0 Python (computer programming) alias verified listed step/3 "python" ""`,
		`1 Picture unmapped rejected  /0 "picture" ""`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if c := a.Claims[0]; c.Until != recordtest.Day("2027-01-01").Unix() || c.Year != 2024 || c.NameWords != "python · teamwork · knot "+record.Sign("http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d") || c.IssuerW != "the college" || c.ClaimedW != "the college · college" {
		t.Errorf("%+v", c)
	}
	if a.Flat.NextUntil != a.Claims[0].Until || slices.Contains(a.Flat.Skills, "") || len(a.Flat.Skills) != 2 || !slices.Equal(a.Flat.Soft, []string{"teamwork"}) {
		t.Errorf("%+v", a.Flat)
	}
	// The JSON form is what engines store: it must come back whole.
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var back record.Application
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(a, back); d != "" {
		t.Error(d)
	}
}

// A credential without skills can still be found by its issuer and status.
func TestCredentialWithoutSkills(t *testing.T) {
	a := recordtest.Application("a1", recordtest.Badge{Issuer: "college"})
	if len(a.Claims) != 1 || a.Claims[0].ID != "" || a.Claims[0].Issuer != "college" {
		t.Errorf("%+v", a.Claims)
	}
}

func TestEntriesOfCLR(t *testing.T) {
	inner := verdict.Verdict{Result: verdict.Rejected, Credential: verdict.Credential{Name: "Python"}}
	outer := verdict.Verdict{Result: verdict.Verified, Format: verdict.CLR20, Credential: verdict.Credential{Name: "Transcript"}, Contained: []verdict.Verdict{inner, {Result: verdict.Verified, Credential: verdict.Credential{Name: "Java"}}}}
	resolve := skills.Builtin().Resolve
	got := record.Entries("clr.json", "json", outer, record.SkillsOf(&outer, resolve), [][]skills.Skill{resolve(inner.Credential), resolve(outer.Contained[1].Credential)})
	if short := record.Entries("clr.json", "json", outer, nil, [][]skills.Skill{resolve(inner.Credential)}); len(short) != 3 || len(short[1].Skills) == 0 || short[2].Skills != nil {
		t.Errorf("with the skills of one of two: %+v", short)
	}
	if len(got) != 3 || len(got[0].Skills) != 0 || len(got[1].Skills) == 0 || len(got[2].Skills) == 0 || got[1].Where != "clr.json > credential 1" || got[0].Verdict.Contained != nil {
		t.Fatalf("%+v", got)
	}
	a := record.New(recordtest.Key, record.Submission{Tenant: "acme", Application: "a1", Submitted: recordtest.Day("2026-01-01"), Checked: recordtest.Day("2026-01-01")}, got, nil)
	// The outer one verifies; that does not make the forged inner one a skill.
	if len(a.Flat.Skills) != 1 || !strings.HasPrefix(skills.Builtin().Label(a.Flat.Skills[0]), "Java") {
		t.Errorf("%q", a.Flat.Skills)
	}
}

func TestDocumentIsBounded(t *testing.T) {
	var tags []string
	for i := range 100 {
		tags = append(tags, fmt.Sprint("tag ", i, strings.Repeat(" word", 200)))
	}
	var badges []recordtest.Badge
	for range 300 {
		badges = append(badges, recordtest.Badge{Name: strings.Repeat("long ", 5000), Tags: tags, Issuer: "x", About: strings.Repeat("é", 100_000)})
	}
	a := recordtest.Application("a1", badges...)
	if len(a.Credentials) != record.MaxCredentials || len(a.Claims) > record.MaxClaims || a.Counts.Verified != record.MaxCredentials || a.Counts.Unsupported != 100 {
		t.Errorf("%d credentials, %d claims, %+v", len(a.Credentials), len(a.Claims), a.Counts)
	}
	for _, c := range a.Claims {
		for _, f := range []string{c.LabelWords, c.NameWords, c.AboutWords} {
			if len(strings.Fields(f)) > 64 {
				t.Fatalf("a field of %d words", len(strings.Fields(f)))
			}
		}
	}
	if n := len(a.Credentials[0].Verdict.Credential.Description); n > 4096 {
		t.Errorf("a description of %d bytes", n)
	}
}

func TestBreadth(t *testing.T) {
	a := recordtest.Application("a1",
		recordtest.Badge{Name: "Python", Issuer: "college", Earned: "2020-05-01", Achievement: "urn:py"},
		recordtest.Badge{Name: "Python", Issuer: "college", Earned: "2021-05-01", Achievement: "urn:py"}, // issued again: one achievement
		recordtest.Badge{Name: "Java", Issuer: "academy", Earned: "2022-05-01", Expires: "2026-09-01"},
		recordtest.Badge{Name: "Teamwork", Issuer: "club", Earned: "2025-05-01"},
		recordtest.Badge{Name: "Leadership", Issuer: "forge", Earned: "2024-01-01", Result: verdict.Rejected},
		recordtest.Badge{Name: "Knots", Issuer: "club", Earned: "2010-01-01", Expires: "2012-01-01"},
	)
	got := record.BreadthOf(&a, recordtest.Day("2026-06-01").Unix())
	want := record.Breadth{Skills: 3, Domains: 2, SoftSkills: 1, Credentials: 3, Issuers: 3, Years: 3, First: recordtest.Day("2020-05-01"), Last: recordtest.Day("2025-05-01"), NextExpiry: recordtest.Day("2026-09-01")}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// The night after Java has run out.
	if got := record.BreadthOf(&a, recordtest.Day("2026-09-01").Unix()); got.Skills != 2 || got.Years != 2 || !got.NextExpiry.IsZero() {
		t.Errorf("%+v", got)
	}
	if d := cmp.Diff(verdict.Counts{Verified: 3, Expired: 2, Rejected: 1}, record.CountsAt(&a, recordtest.Day("2026-09-01").Unix())); d != "" {
		t.Error(d)
	}
}

func TestDepth(t *testing.T) {
	a := recordtest.Application("a1",
		recordtest.Badge{Name: "Python", Issuer: "college", Earned: "2020-05-01", Level: "Beginner", Achievement: "urn:a"},
		recordtest.Badge{Name: "Python", Issuer: "college", Earned: "2021-05-01", Level: "Advanced", Achievement: "urn:b", Expires: "2027-01-01"},
		recordtest.Badge{Name: "Python", Issuer: "academy", Earned: "2023-05-01", Level: "Intermediate"},
		recordtest.Badge{Name: "Python", Issuer: "academy", Earned: "2024-05-01", Result: verdict.Authentic, Level: "Expert"},
		recordtest.Badge{Name: "Knots", Issuer: "club", Earned: "2024-05-01"},
	)
	got := record.DepthOf(&a, recordtest.Day("2026-06-01").Unix())
	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	want := record.Depth{ID: got[0].ID, Label: "Python (computer programming)", Framework: "ESCO", Credentials: 3, Issuers: 2, Level: "Advanced", First: recordtest.Day("2020-05-01"), Last: recordtest.Day("2023-05-01"), NextExpiry: recordtest.Day("2027-01-01")}
	if d := cmp.Diff(want, got[0]); d != "" {
		t.Error(d)
	}
	if got[1].Label != "Knots" || got[1].ID != "" {
		t.Errorf("%+v", got[1])
	}
}

func TestTwoNamesOfOneConceptCountOnce(t *testing.T) {
	v := verdict.Verdict{Result: verdict.Verified, Credential: verdict.Credential{Name: "x", Alignments: []verdict.Alignment{
		{TargetURL: "http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d"},
		{TargetURL: "https://www.onetonline.org/search/tech/example?e=Python"},
	}}}
	a := record.New(recordtest.Key, record.Submission{Tenant: "acme", Application: "a", Submitted: recordtest.Day("2026-01-01"), Checked: recordtest.Day("2026-01-01")},
		record.Entries("x", "json", v, record.SkillsOf(&v, skills.Builtin().Resolve), nil), nil)
	if len(a.Claims) != 2 || a.Breadth.Skills != 1 {
		t.Errorf("%d claims, %d skills", len(a.Claims), a.Breadth.Skills)
	}
}

func TestRemake(t *testing.T) {
	a := recordtest.Application("a1", recordtest.Badge{Name: "Python", Issuer: "college"})
	want := a
	a.Claims, a.Flat, a.Breadth = nil, record.Flat{}, record.Breadth{}
	record.Remake(&a, skills.Builtin().Resolve)
	if d := cmp.Diff(want, a); d != "" {
		t.Error(d)
	}
	s := record.Stub(recordtest.Key, "acme", "a1")
	record.Remake(&s, skills.Builtin().Resolve)
	if d := cmp.Diff(record.Stub(recordtest.Key, "acme", "a1"), s); d != "" {
		t.Error(d)
	}
}

func BenchmarkNewApplication(b *testing.B) {
	e := []record.Entry{recordtest.Entry(recordtest.Badge{Name: "Python", Issuer: "college", Tags: []string{"teamwork", "excel"}, Earned: "2024-01-01"}), recordtest.Entry(recordtest.Badge{Name: "First aid", Issuer: "redaid", Earned: "2025-01-01"})}
	s := record.Submission{Tenant: "acme", Application: "a", Submitted: recordtest.Day("2026-01-01"), Checked: recordtest.Day("2026-01-01")}
	b.ReportAllocs()
	for b.Loop() {
		record.New(recordtest.Key, s, e, nil)
	}
}

// Worth summed is the breadth of every moment.
func TestWorth(t *testing.T) {
	a := recordtest.Application("a",
		recordtest.Badge{Name: "Python", Issuer: "college", Expires: "2027-01-01"}, recordtest.Badge{Name: "Python", Issuer: "academy", Expires: "2028-01-01"},
		recordtest.Badge{Name: "Java", Issuer: "college"}, recordtest.Badge{Name: "First aid", Issuer: "x", Expires: "2026-07-01"},
		recordtest.Badge{Name: "Microsoft Excel", Issuer: "x", Expires: "2027-06-01"}, recordtest.Badge{Name: "spreadsheets", Issuer: "x", Tags: []string{"use spreadsheets software"}},
		recordtest.Badge{Name: "Welding", Issuer: "x", Result: verdict.Rejected})
	seen := map[int]bool{}
	for at := recordtest.Day("2026-05-02"); at.Before(recordtest.Day("2029-01-01")); at = at.AddDate(0, 1, 0) {
		sum := 0
		for i := range a.Claims {
			if c := &a.Claims[i]; record.EffectiveStatus(c, at.Unix()) == verdict.Verified {
				sum += c.Worth
			}
		}
		want := record.BreadthOf(&a, at.Unix()).Skills
		if sum != want {
			t.Errorf("at %s: worth %d, breadth %d", at.Format(time.DateOnly), sum, want)
		}
		seen[want] = true
	}
	if len(seen) < 3 {
		t.Errorf("breadth hardly changes: %v", seen)
	}
}

// Two frameworks' names for one skill are one in depth as in breadth; signs only
// are told apart.
func TestDepthJoins(t *testing.T) {
	a := recordtest.Application("a", recordtest.Badge{Name: "Medal", Tags: []string{"🏆"}, Issuer: "x"}, recordtest.Badge{Name: "Star", Tags: []string{"⭐"}, Issuer: "x"})
	n := 0
	for _, d := range record.DepthOf(&a, recordtest.Now.Unix()) {
		if d.Label == "🏆" || d.Label == "⭐" {
			n++
		}
	}
	if n == 1 {
		t.Errorf("two signs are one skill")
	}
	b := recordtest.Application("b", recordtest.Badge{Name: "Python", Issuer: "x"}, recordtest.Badge{Name: "Java", Issuer: "y"})
	b.Claims[1].ID, b.Claims[1].Framework, b.Claims[1].Ancestors = "https://other.example/python", "Other", []string{b.Claims[0].ID}
	b.Claims[1].Domain = "another name of the domain"
	d := record.DepthOf(&b, recordtest.Now.Unix())
	if len(d) != 1 || d[0].Credentials != 2 || d[0].Issuers != 2 || d[0].ID != b.Claims[0].ID {
		t.Errorf("%+v", d)
	}
	if br := record.BreadthOf(&b, recordtest.Now.Unix()); br.Skills != 1 || br.Domains != 1 {
		t.Errorf("%+v", br)
	}
}

// What a badge names as its framework is a claim; only what a framework knows
// counts as that framework's.
func TestUnmappedHasNoFramework(t *testing.T) {
	e := recordtest.Entry(recordtest.Badge{Name: "Brain surgery", Issuer: "x"})
	e.Verdict.Credential.Alignments = []verdict.Alignment{{TargetName: "Brain surgery", TargetURL: "http://data.europa.eu/esco/skill/deadbeef-0000-4000-8000-000000000000", TargetFramework: "ESCO", TargetCode: "X.1"}}
	e.Skills = nil
	a := record.New(recordtest.Key, record.Submission{Tenant: "acme", Application: "a", Submitted: recordtest.Now, Checked: recordtest.Now}, []record.Entry{e}, nil)
	record.Remake(&a, skills.Builtin().Resolve)
	i := slices.IndexFunc(a.Claims, func(c record.Claim) bool { return c.Label == "Brain surgery" && c.URL != "" })
	if i < 0 {
		t.Fatalf("%+v", a.Claims)
	}
	if c := a.Claims[i]; c.Framework != "" || c.FrameworkW != "" || c.ID != "" || c.Named != "ESCO" || c.Code != "X.1" || c.Basis.Exact() {
		t.Errorf("%+v", c)
	}
	if len(a.Flat.Frameworks) != 0 {
		t.Errorf("frameworks %q", a.Flat.Frameworks)
	}
}

// No text of a badge says what the badge is about in the words that engines go by.
func TestSign(t *testing.T) {
	const python = "http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d"
	a := recordtest.Application("a", recordtest.Badge{Name: "Juggling " + record.Sign(python), Tags: []string{record.Sign("pmp"), "knots", "teamwork"}, Issuer: "yard"})
	for _, c := range a.Claims {
		for _, w := range strings.Fields(c.NameWords) {
			if w == record.Sign(python) || w == record.Sign("pmp") {
				t.Errorf("%q", c.NameWords)
			}
		}
	}
	if record.Sign("") != "" || record.Sign("a b") != "" || record.Sign(strings.Repeat("x", 300)) != "" || record.Sign("pmp") == "pmp" {
		t.Error("a sign that is none")
	}
}
