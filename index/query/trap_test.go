package query

import (
	"slices"
	"strings"
	"testing"

	"assay/index/record"
	"assay/index/record/recordtest"
	"assay/index/skills"
	"assay/verify/verdict"
)

// why gives the score and the reasons, "label|name|how" each.
func why(t *testing.T, a record.Application, text string, o Options) (int, []string, bool) {
	t.Helper()
	o.Now = recordtest.Now
	q, err := New(text, o)
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
	for id, a := range recordtest.Folk {
		for _, text := range []string{unknown, `skill:"` + unknown + `"`} {
			if _, _, ok := why(t, a, text, Options{}); ok {
				t.Errorf("%q finds %s", text, id)
			}
		}
		strong, weak, _ := Evidence(skills.Builtin(), unknown, 7, 3)
		for _, c := range []Cond{strong, weak} {
			if _, _, ok := (&Plan{Root: c, Now: recordtest.Now.Unix()}).Match(&a); ok {
				t.Errorf("%s has an unknown skill of a role", id)
			}
		}
	}
	a := recordtest.Application("own", recordtest.Badge{Name: "Python", Issuer: "college"})
	a.Claims[0].ID = unknown
	if _, _, ok := why(t, a, unknown, Options{}); !ok {
		t.Error("a claim of that very concept is not found")
	}
}

// What is not proven never stands before what is.
func TestProvenFirst(t *testing.T) {
	loose, _, ok := why(t, recordtest.Folk["mention"], "abseiling", Options{})
	if !ok || loose != weightAbout*StandingStep {
		t.Fatalf("a mention scores %d", loose)
	}
	listed := func(r verdict.Result) record.Application { // what is about a skill is lifted where its issuer is known
		return recordtest.Application(string(r), recordtest.Badge{Name: "Python", Issuer: "college", Earned: "2025-02-01", Result: r, Standing: verdict.LevelListed})
	}
	for _, a := range []record.Application{recordtest.Folk["rejected"], recordtest.Folk["auth"], recordtest.Folk["expired"], listed(verdict.Authentic), listed(verdict.Rejected)} {
		score, _, ok := why(t, a, "python include:all", Options{})
		if !ok || score >= loose || score <= 0 {
			t.Errorf("%s scores %d, a mention in a verified badge %d", a.Application, score, loose)
		}
	}
	if score, _, _ := why(t, recordtest.Folk["both"], "python include:all", Options{}); score != weightConcept*StandingStep+record.MaxStandingRank*StandingUnit+weightNamed+weightMain+2*weightLevel {
		t.Errorf("a verified one scores %d", score)
	}
}

// One badge is one reason, and words of two badges are no name of a skill.
func TestNameOfSeveralWords(t *testing.T) {
	a := recordtest.Application("a", recordtest.Badge{Name: "First aid", Issuer: "college"})
	_, list, ok := why(t, a, "first aid", Options{})
	if !ok || len(list) != 1 {
		t.Errorf("reasons %q", list)
	}
	b := recordtest.Application("b", recordtest.Badge{Name: "Lead a team", Issuer: "x", Tags: []string{"juggling"}}, recordtest.Badge{Name: "Woodwork at work", Issuer: "y"})
	if _, list, ok := why(t, b, "team work", Options{}); ok && slices.ContainsFunc(list, func(s string) bool { return strings.Contains(s, "Woodwork") }) {
		t.Errorf("teamwork by %q", list)
	}
	c := recordtest.Application("c", recordtest.Badge{Name: "Sewing machine: learning to thread", Issuer: "x"})
	if _, list, ok := why(t, c, `"machine learning"`, Options{}); ok {
		t.Errorf("machine learning by %q", list)
	}
	d := recordtest.Application("d", recordtest.Badge{Name: "Knots", Issuer: "x", Tags: []string{"sewing machine", "learning"}})
	if _, list, ok := why(t, d, `"machine learning"`, Options{}); ok {
		t.Errorf("machine learning by the tags %q", list)
	}
}

// A correction does not forgive more than the error that it set right.
func TestTypoStaysNear(t *testing.T) {
	wedding := recordtest.Application("w", recordtest.Badge{Name: "Wedding planner", Issuer: "x"})
	if _, list, ok := why(t, wedding, "wellding", Options{}); ok {
		t.Errorf("wellding finds %q", list)
	}
	nurse := recordtest.Application("n", recordtest.Badge{Name: "Registered nurse", Issuer: "x"})
	if _, _, ok := why(t, nurse, "regstered nurse", Options{}); !ok {
		t.Error("regstered nurse finds no registered nurse")
	}
}

// Expired is what has run out, whether that was before the check or since.
func TestExpired(t *testing.T) {
	before := recordtest.Application("before", recordtest.Badge{Name: "Python", Issuer: "college", Expires: "2025-01-01", Result: verdict.Expired})
	for _, a := range []record.Application{before, recordtest.Folk["expired"]} {
		if _, _, ok := why(t, a, "status:expired", Options{}); !ok {
			t.Errorf("%s is not found among the expired", a.Application)
		}
	}
	for _, id := range []string{"rejected", "today", "both"} {
		if _, _, ok := why(t, recordtest.Folk[id], "status:expired", Options{}); ok {
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
		p, err := Parse(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if got := p.Tree.String(); got != want {
			t.Errorf("%q is read as %q, want %q", in, got, want)
		}
	}
}
