package index

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"assay/index/skills"
	"assay/verify/verdict"
)

var key = []byte("a key for tests of package index!")

func day(s string) time.Time {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		panic(err)
	}
	return t
}

// made is a badge of a test.
type made struct {
	name, issuer   string
	tags           []string
	result         verdict.Result
	earned, expire string
	achievement    string
	level          string
	about          string
	trust          verdict.State
}

func entryOf(m made) Entry {
	v := verdict.Verdict{Result: m.result, Credential: verdict.Credential{Name: m.name, Tags: m.tags, AchievementID: m.achievement, Description: m.about,
		Issuer: verdict.Party{ID: m.issuer, Name: "The " + m.issuer}}}
	if m.result == "" {
		v.Result = verdict.Verified
	}
	v.Aspects.Trust.State = m.trust
	if m.earned != "" {
		v.Credential.Issued = day(m.earned)
	}
	if m.expire != "" {
		v.Credential.Expires = day(m.expire)
	}
	if m.level != "" {
		v.Credential.Results = []verdict.Attainment{{Name: "Level", Level: m.level}}
	}
	return Entry{Where: "cv.pdf", Carrier: "pdf", Verdict: v, Skills: skills.Builtin().Resolve(v.Credential)}
}

func application(id string, badges ...made) Application {
	var entries []Entry
	for _, b := range badges {
		entries = append(entries, entryOf(b))
	}
	return NewApplication(key, Submission{Tenant: "acme", Application: id, Job: "Site technician", Candidate: "c-" + id, DisplayName: "Somebody",
		Submitted: day("2026-05-01"), Checked: day("2026-05-01").Add(time.Hour)}, entries, nil)
}

func TestID(t *testing.T) {
	a := ID(key, "acme", "a1")
	if len(a) != 64 || strings.Contains(a, "acme") {
		t.Errorf("id %q", a)
	}
	for _, other := range []string{ID(key, "acme", "a2"), ID(key, "acm", "ea1"), ID([]byte("another key"), "acme", "a1")} {
		if other == a {
			t.Error("two applications have one id")
		}
	}
}

func TestVersion(t *testing.T) {
	base := day("2026-01-01")
	tests := []struct {
		desc         string
		lower, upper int64
	}{
		{"a later check", Version(base, base), Version(base, base.Add(time.Minute))},
		{"a later submission, checked at once, after a check of years", Version(base, base.AddDate(14, 0, 0)), Version(base.Add(time.Millisecond), base)},
		{"before the epoch counts as the epoch", Version(day("1999-01-01"), day("1999-01-01")), Version(base, base)},
		{"erasure is above all", Version(day("2990-01-01"), day("2999-01-01")), VersionErased},
	}
	for _, tt := range tests {
		if tt.lower >= tt.upper || tt.lower < 0 {
			t.Errorf("%s: %d is not below %d", tt.desc, tt.lower, tt.upper)
		}
	}
	if Version(base, base) != Version(base, base.Add(59*time.Second)) {
		t.Error("checks within a minute differ")
	}
	if v := Version(versionEpoch, versionEpoch); v != 0 {
		t.Errorf("the epoch has version %d", v)
	}
	if v := Version(versionEpoch.Add(time.Millisecond), versionEpoch.Add(time.Millisecond+2*time.Minute)); v != 1<<23|2 {
		t.Errorf("version %d", v)
	}
	if VersionErased != math.MaxInt64 {
		t.Error("the stub's version is not the highest")
	}
}

func TestStubHasNoPersonalData(t *testing.T) {
	a := application("a1", made{name: "Python", issuer: "college"})
	s := Stub(key, "acme", "a1")
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
	a := application("a1",
		made{name: "Python", issuer: "college", tags: []string{"teamwork", "Knots"}, earned: "2024-05-01", expire: "2027-01-01", level: "Advanced", about: "Long words", trust: verdict.Pass},
		made{name: "Picture", issuer: "", result: verdict.Rejected},
	)
	if a.ID != ID(key, "acme", "a1") || a.Version != Version(a.AppliedAt, a.CheckedAt) || a.JobWords != "site technician" {
		t.Errorf("%+v", a)
	}
	if d := cmp.Diff(Counts{Verified: 1, Rejected: 1}, a.Counts); d != "" {
		t.Error(d)
	}
	var got []string
	for _, c := range a.Claims {
		got = append(got, fmt.Sprintf("%d %s %s %s %s %s/%d %q %q", c.Credential, c.Label, c.Basis, c.Status, c.Trust, c.Scale, c.Rank, c.LabelWords, c.AboutWords))
	}
	want := []string{
		`0 work in teams alias verified listed /0 "work in team" "long word"`,
		`0 Knots unmapped verified listed /0 "knot" ""`,
		`0 Python (computer programming) alias verified listed step/3 "python · computer programming" ""`,
		`1 Picture unmapped rejected unasked /0 "picture" ""`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if c := a.Claims[0]; c.Until != day("2027-01-01").Unix() || c.Year != 2024 || c.NameWords != "python · teamwork · knot" || c.IssuerW != "the college · college" {
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
	var back Application
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(a, back); d != "" {
		t.Error(d)
	}
}

// A credential without skills can still be found by its issuer and status.
func TestCredentialWithoutSkills(t *testing.T) {
	a := application("a1", made{issuer: "college"})
	if len(a.Claims) != 1 || a.Claims[0].ID != "" || a.Claims[0].Issuer != "college" {
		t.Errorf("%+v", a.Claims)
	}
}

func TestEntriesOfCLR(t *testing.T) {
	inner := verdict.Verdict{Result: verdict.Rejected, Credential: verdict.Credential{Name: "Python"}}
	outer := verdict.Verdict{Result: verdict.Verified, Format: verdict.CLR20, Credential: verdict.Credential{Name: "Transcript"}, Contained: []verdict.Verdict{inner, {Result: verdict.Verified, Credential: verdict.Credential{Name: "Java"}}}}
	got := Entries("clr.json", "json", outer, skills.Builtin().Resolve)
	if len(got) != 3 || got[1].Where != "clr.json > credential 1" || got[0].Verdict.Contained != nil {
		t.Fatalf("%+v", got)
	}
	a := NewApplication(key, Submission{Tenant: "acme", Application: "a1", Submitted: day("2026-01-01"), Checked: day("2026-01-01")}, got, nil)
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
	var badges []made
	for range 300 {
		badges = append(badges, made{name: strings.Repeat("long ", 5000), tags: tags, issuer: "x", about: strings.Repeat("é", 100_000)})
	}
	a := application("a1", badges...)
	if len(a.Credentials) != MaxCredentials || len(a.Claims) > MaxClaims || a.Counts.Verified != MaxCredentials || a.Counts.Unsupported != 100 {
		t.Errorf("%d credentials, %d claims, %+v", len(a.Credentials), len(a.Claims), a.Counts)
	}
	for _, c := range a.Claims {
		for _, f := range []string{c.LabelWords, c.NameWords, c.AboutWords} {
			if len(strings.Fields(f)) > maxWords {
				t.Fatalf("a field of %d words", len(strings.Fields(f)))
			}
		}
	}
	if n := len(a.Credentials[0].Verdict.Credential.Description); n > maxText {
		t.Errorf("a description of %d bytes", n)
	}
}

func TestBreadth(t *testing.T) {
	a := application("a1",
		made{name: "Python", issuer: "college", earned: "2020-05-01", achievement: "urn:py"},
		made{name: "Python", issuer: "college", earned: "2021-05-01", achievement: "urn:py"}, // issued again: one achievement
		made{name: "Java", issuer: "academy", earned: "2022-05-01", expire: "2026-09-01"},
		made{name: "Teamwork", issuer: "club", earned: "2025-05-01"},
		made{name: "Leadership", issuer: "forge", earned: "2024-01-01", result: verdict.Rejected},
		made{name: "Knots", issuer: "club", earned: "2010-01-01", expire: "2012-01-01"},
	)
	got := BreadthOf(&a, day("2026-06-01").Unix())
	want := Breadth{Skills: 3, Domains: 2, SoftSkills: 1, Credentials: 3, Issuers: 3, Years: 3, First: day("2020-05-01"), Last: day("2025-05-01"), NextExpiry: day("2026-09-01")}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// The night after Java has run out.
	if got := BreadthOf(&a, day("2026-09-01").Unix()); got.Skills != 2 || got.Years != 2 || !got.NextExpiry.IsZero() {
		t.Errorf("%+v", got)
	}
	if d := cmp.Diff(Counts{Verified: 3, Rejected: 3}, CountsAt(&a, day("2026-09-01").Unix())); d != "" {
		t.Error(d)
	}
}

func TestDepth(t *testing.T) {
	a := application("a1",
		made{name: "Python", issuer: "college", earned: "2020-05-01", level: "Beginner", achievement: "urn:a"},
		made{name: "Python", issuer: "college", earned: "2021-05-01", level: "Advanced", achievement: "urn:b", expire: "2027-01-01"},
		made{name: "Python", issuer: "academy", earned: "2023-05-01", level: "Intermediate"},
		made{name: "Python", issuer: "academy", earned: "2024-05-01", result: verdict.Authentic, level: "Expert"},
		made{name: "Knots", issuer: "club", earned: "2024-05-01"},
	)
	got := DepthOf(&a, day("2026-06-01").Unix())
	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	want := Depth{ID: got[0].ID, Label: "Python (computer programming)", Framework: "ESCO", Credentials: 3, Issuers: 2, Level: "Advanced", First: day("2020-05-01"), Last: day("2023-05-01"), NextExpiry: day("2027-01-01")}
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
	a := NewApplication(key, Submission{Tenant: "acme", Application: "a", Submitted: day("2026-01-01"), Checked: day("2026-01-01")},
		Entries("x", "json", v, skills.Builtin().Resolve), nil)
	if len(a.Claims) != 2 || a.Breadth.Skills != 1 {
		t.Errorf("%d claims, %d skills", len(a.Claims), a.Breadth.Skills)
	}
}

func TestRemake(t *testing.T) {
	a := application("a1", made{name: "Python", issuer: "college"})
	want := a
	a.Claims, a.Flat, a.Breadth = nil, Flat{}, Breadth{}
	Remake(&a, skills.Builtin().Resolve)
	if d := cmp.Diff(want, a); d != "" {
		t.Error(d)
	}
	s := Stub(key, "acme", "a1")
	Remake(&s, skills.Builtin().Resolve)
	if d := cmp.Diff(Stub(key, "acme", "a1"), s); d != "" {
		t.Error(d)
	}
}

func BenchmarkNewApplication(b *testing.B) {
	e := []Entry{entryOf(made{name: "Python", issuer: "college", tags: []string{"teamwork", "excel"}, earned: "2024-01-01"}), entryOf(made{name: "First aid", issuer: "redaid", earned: "2025-01-01"})}
	s := Submission{Tenant: "acme", Application: "a", Submitted: day("2026-01-01"), Checked: day("2026-01-01")}
	b.ReportAllocs()
	for b.Loop() {
		NewApplication(key, s, e, nil)
	}
}
