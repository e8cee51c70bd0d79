package index

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index/skills"
	"assay/verify/verdict"
)

// why gives the score and the reasons, "label|name|how" each.
func why(t *testing.T, a Application, text string, o QueryOptions) (int, []string, bool) {
	t.Helper()
	o.Now = now
	q, err := NewQuery(text, o)
	if err != nil {
		t.Fatal(err)
	}
	score, list, ok := q.Plan.Match(&a)
	var out []string
	for _, m := range list {
		out = append(out, m.Label+"|"+m.Name+"|"+string(m.How))
	}
	return score, out, ok
}

// A concept that no framework knows is no question that everybody answers.
func TestUnknownConcept(t *testing.T) {
	const unknown = "https://skills.example/no-such-skill"
	for id, a := range folk {
		for _, text := range []string{unknown, `skill:"` + unknown + `"`} {
			if _, _, ok := why(t, a, text, QueryOptions{}); ok {
				t.Errorf("%q finds %s", text, id)
			}
		}
		strong, weak, _ := Evidence(skills.Builtin(), unknown, 7, 3)
		for _, c := range []Cond{strong, weak} {
			if _, _, ok := (&Plan{Root: c, Now: now.Unix()}).Match(&a); ok {
				t.Errorf("%s has an unknown skill of a role", id)
			}
		}
	}
	a := application("own", made{name: "Python", issuer: "college"})
	a.Claims[0].ID = unknown
	if _, _, ok := why(t, a, unknown, QueryOptions{}); !ok {
		t.Error("a claim of that very concept is not found")
	}
}

// What is not proven never stands before what is.
func TestProvenFirst(t *testing.T) {
	loose, _, ok := why(t, folk["mention"], "abseiling", QueryOptions{})
	if !ok || loose != weightAbout {
		t.Fatalf("a mention scores %d", loose)
	}
	for _, id := range []string{"rejected", "auth", "expired"} {
		score, _, ok := why(t, folk[id], "python include:all", QueryOptions{})
		if !ok || score >= loose || score <= 0 {
			t.Errorf("%s scores %d, a mention in a verified badge %d", id, score, loose)
		}
	}
	if score, _, _ := why(t, folk["both"], "python include:all", QueryOptions{}); score != weightConcept {
		t.Errorf("a verified one scores %d", score)
	}
}

// One badge is one reason, and words of two badges are no name of a skill.
func TestNameOfSeveralWords(t *testing.T) {
	a := application("a", made{name: "First aid", issuer: "college"})
	_, list, ok := why(t, a, "first aid", QueryOptions{})
	if !ok || len(list) != 1 {
		t.Errorf("reasons %q", list)
	}
	b := application("b", made{name: "Lead a team", issuer: "x", tags: []string{"juggling"}}, made{name: "Woodwork at work", issuer: "y"})
	if _, list, ok := why(t, b, "team work", QueryOptions{}); ok && slices.ContainsFunc(list, func(s string) bool { return strings.Contains(s, "Woodwork") }) {
		t.Errorf("teamwork by %q", list)
	}
	c := application("c", made{name: "Sewing machine: learning to thread", issuer: "x"})
	if _, list, ok := why(t, c, `"machine learning"`, QueryOptions{}); ok {
		t.Errorf("machine learning by %q", list)
	}
	d := application("d", made{name: "Knots", issuer: "x", tags: []string{"sewing machine", "learning"}})
	if _, list, ok := why(t, d, `"machine learning"`, QueryOptions{}); ok {
		t.Errorf("machine learning by the tags %q", list)
	}
}

func TestSearchedText(t *testing.T) {
	for in, want := range map[string]string{
		"Sewing machine: learning to thread": "sewing machine · learning to thread",
		"Node.js (basics), go":               "node js · basic · go",
		"a\xffb; c":                          "a b · c",
		"well-being – a course.":             "well being · a course",
		"…":                                  "",
	} {
		if got := text(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	if got := text("one", "two"); got != "one · two" {
		t.Errorf("two texts are %q", got)
	}
}

// A correction does not forgive more than the error that it set right.
func TestTypoStaysNear(t *testing.T) {
	wedding := application("w", made{name: "Wedding planner", issuer: "x"})
	if _, list, ok := why(t, wedding, "wellding", QueryOptions{}); ok {
		t.Errorf("wellding finds %q", list)
	}
	nurse := application("n", made{name: "Registered nurse", issuer: "x"})
	if _, _, ok := why(t, nurse, "regstered nurse", QueryOptions{}); !ok {
		t.Error("regstered nurse finds no registered nurse")
	}
}

// Expired is what has run out, whether that was before the check or since.
func TestExpired(t *testing.T) {
	before := application("before", made{name: "Python", issuer: "college", expire: "2025-01-01", result: verdict.Rejected})
	for _, a := range []Application{before, folk["expired"]} {
		if _, _, ok := why(t, a, "status:expired", QueryOptions{}); !ok {
			t.Errorf("%s is not found among the expired", a.Application)
		}
	}
	for _, id := range []string{"rejected", "today", "both"} {
		if _, _, ok := why(t, folk[id], "status:expired", QueryOptions{}); ok {
			t.Errorf("%s is found among the expired", id)
		}
	}
}

func TestQueryAsPeopleType(t *testing.T) {
	for in, want := range map[string]string{
		"python –java":      "python AND NOT java",
		"python !java":      "python AND NOT java",
		"python —java":      "python AND NOT java",
		"r & d":             "r AND d",
		"🐍 python":          "python",
		"a - b":             "a AND b",
		"level=>3 python":   "level>=3 AND python",
		"earned=<2024 java": "earned<=2024 AND java",
	} {
		p, err := ParseQuery(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if got := p.Tree.String(); got != want {
			t.Errorf("%q is read as %q, want %q", in, got, want)
		}
	}
}

// A badge that is not verified does not name an issuer, and a moment of long ago
// is not asked again.
func TestFacetAndCursor(t *testing.T) {
	forged := application("f", made{name: "Python", issuer: "college", result: verdict.Rejected})
	forged.Claims[0].IssuerName = "Forge Mill"
	q, err := NewQuery("python include:rejected", QueryOptions{Now: now, Facets: []Facet{FacetIssuer}})
	if err != nil {
		t.Fatal(err)
	}
	r := NewResults(&q)
	for _, a := range []Application{forged, folk["both"]} {
		h, ok := r.Hit("acme", &a)
		if !ok {
			t.Fatal("no hit")
		}
		r.Hits = append(r.Hits, h)
	}
	r.AddFacet(FacetIssuer, map[string]int{"college": 2})
	if l := r.Facets[0].Buckets[0].Label; l != "The college" {
		t.Errorf("the issuer is called %q", l)
	}
	cursor := SealCursor(key, "acme", &q, q.Position(&forged, 1, 1))
	for age, want := range map[time.Duration]error{0: nil, 59 * time.Minute: nil, 61 * time.Minute: ErrCursor, -61 * time.Minute: ErrCursor} {
		later, err := NewQuery("python include:rejected", QueryOptions{Now: now.Add(age), Facets: []Facet{FacetIssuer}, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := OpenCursor(key, "acme", &later); !errors.Is(err, want) {
			t.Errorf("after %v: %v", age, err)
		}
	}
}

// Worth summed is the breadth of every moment.
func TestWorth(t *testing.T) {
	a := application("a",
		made{name: "Python", issuer: "college", expire: "2027-01-01"}, made{name: "Python", issuer: "academy", expire: "2028-01-01"},
		made{name: "Java", issuer: "college"}, made{name: "First aid", issuer: "x", expire: "2026-07-01"},
		made{name: "Microsoft Excel", issuer: "x", expire: "2027-06-01"}, made{name: "spreadsheets", issuer: "x", tags: []string{"use spreadsheets software"}},
		made{name: "Welding", issuer: "x", result: verdict.Rejected})
	seen := map[int]bool{}
	for at := day("2026-05-02"); at.Before(day("2029-01-01")); at = at.AddDate(0, 1, 0) {
		sum := 0
		for i := range a.Claims {
			if c := &a.Claims[i]; EffectiveStatus(c, at.Unix()) == verdict.Verified {
				sum += c.Worth
			}
		}
		want := BreadthOf(&a, at.Unix()).Skills
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
	a := application("a", made{name: "Medal", tags: []string{"🏆"}, issuer: "x"}, made{name: "Star", tags: []string{"⭐"}, issuer: "x"})
	n := 0
	for _, d := range DepthOf(&a, now.Unix()) {
		if d.Label == "🏆" || d.Label == "⭐" {
			n++
		}
	}
	if n == 1 {
		t.Errorf("two signs are one skill")
	}
	b := application("b", made{name: "Python", issuer: "x"}, made{name: "Java", issuer: "y"})
	b.Claims[1].ID, b.Claims[1].Framework, b.Claims[1].Ancestors = "https://other.example/python", "Other", []string{b.Claims[0].ID}
	b.Claims[1].Domain = "another name of the domain"
	d := DepthOf(&b, now.Unix())
	if len(d) != 1 || d[0].Credentials != 2 || d[0].Issuers != 2 || d[0].ID != b.Claims[0].ID {
		t.Errorf("%+v", d)
	}
	if br := BreadthOf(&b, now.Unix()); br.Skills != 1 || br.Domains != 1 {
		t.Errorf("%+v", br)
	}
}

// What a badge names as its framework is a claim; only what a framework knows
// counts as that framework's.
func TestUnmappedHasNoFramework(t *testing.T) {
	e := entryOf(made{name: "Brain surgery", issuer: "x"})
	e.Verdict.Credential.Alignments = []verdict.Alignment{{TargetName: "Brain surgery", TargetURL: "http://data.europa.eu/esco/skill/deadbeef-0000-4000-8000-000000000000", TargetFramework: "ESCO", TargetCode: "X.1"}}
	e.Skills = nil
	a := NewApplication(key, Submission{Tenant: "acme", Application: "a", Submitted: now, Checked: now}, []Entry{e}, nil)
	Remake(&a, skills.Builtin().Resolve)
	i := slices.IndexFunc(a.Claims, func(c Claim) bool { return c.Label == "Brain surgery" && c.URL != "" })
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
