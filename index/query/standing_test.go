package query

import (
	"fmt"
	"strings"
	"testing"

	"assay/index/record"
	"assay/index/record/recordtest"
	"assay/index/skills"
	"assay/verify/verdict"

	"pgregory.net/rapid"
)

// No number of badges of lower standing lifts an applicant above one who has the
// same skill at a higher standing, whatever else is asked and however many badges
// there are: in a search, and for a role.
func TestStandingBeforeBreadth(t *testing.T) {
	names := []string{"Python", "Java", "Teamwork", "First aid", "Welding", "Knots", "Leadership"}
	of := func(skill string, l verdict.Level, n int, r verdict.Result) recordtest.Badge {
		return recordtest.Badge{Name: skill, Issuer: fmt.Sprintf("https://issuer-%s-%d.example", l, n), Standing: l, Result: r, Earned: "2025-01-01"}
	}
	rapid.Check(t, func(t *rapid.T) {
		high := rapid.SampledFrom(verdict.Levels()[:4]).Draw(t, "standing")
		lower := rapid.SampledFrom(verdict.Levels()).Filter(func(l verdict.Level) bool { return l.Rank() < high.Rank() && l != verdict.LevelSelf })
		asked := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 4, rapid.ID).Draw(t, "asked")
		var honest, many []recordtest.Badge
		for _, s := range asked {
			honest = append(honest, of(s, high, 0, ""))
		}
		for n := range rapid.IntRange(1, 40).Draw(t, "badges") {
			skill := rapid.SampledFrom(names).Draw(t, "skill")
			r := rapid.SampledFrom([]verdict.Result{verdict.Verified, verdict.Verified, verdict.Authentic, verdict.Expired, verdict.Unvouched, verdict.Pending}).Draw(t, "result")
			many = append(many, of(skill, lower.Draw(t, "lower"), n, r))
		}
		a, b := recordtest.Application("honest", honest...), recordtest.Application("many", many...)
		var quoted []string
		for _, s := range asked {
			quoted = append(quoted, `"`+s+`"`)
		}
		for _, text := range []string{strings.Join(quoted, " "), strings.Join(quoted, " OR "), strings.Join(quoted, " ") + " include:all"} {
			q, err := New(text, Options{Now: recordtest.Now})
			if err != nil {
				t.Fatal(err)
			}
			above(t, text, &q, &a, &b)
		}
		root := Cond{Op: OpOr}
		for _, s := range asked {
			strong, weak, _ := Evidence(skills.Builtin(), s, 700, 300)
			root.Kids = append(root.Kids, strong, weak)
		}
		above(t, "role", &Query{Sort: SortMatch, Plan: Plan{Root: root, Include: []verdict.Result{verdict.Verified}, Now: recordtest.Now.Unix()}}, &a, &b)
	})
}

// above fails where a, who must be found, does not stand before b.
func above(t *rapid.T, what string, q *Query, a, b *record.Application) {
	x, _, ok := q.Plan.Match(a)
	if !ok {
		t.Fatalf("%s: not found", what)
	}
	y, _, ok := q.Plan.Match(b)
	if ok && !q.Sort.Before(q.Position(a, x, 1), q.Position(b, y, 1)) {
		t.Fatalf("%s: %d badges of lower standing score %d, the higher one %d", what, len(b.Credentials), y, x)
	}
}

// What counts of a role's skill is who stands behind the badge that speaks of it, not
// behind another one with the word in its name.
func TestEvidenceBySkill(t *testing.T) {
	strong, weak, _ := Evidence(skills.Builtin(), "python", 700, 300)
	p := Plan{Root: Cond{Op: OpOr, Kids: []Cond{strong, weak}}, Include: []verdict.Result{verdict.Verified}, Now: recordtest.Now.Unix()}
	a := recordtest.Application("a", recordtest.Badge{Name: "Python", Issuer: "https://a.example", Standing: verdict.LevelDomain})
	b := recordtest.Application("b", recordtest.Badge{Name: "Python", Issuer: "https://b.example", Standing: verdict.LevelAccount},
		recordtest.Badge{Name: "Fifty years of Monty Python", Tags: []string{"history"}, Issuer: "https://c.example", Standing: verdict.LevelListed})
	x, _, _ := p.Match(&a)
	y, _, ok := p.Match(&b)
	if !ok || x <= y {
		t.Errorf("by a domain %d, by an account %d", x, y)
	}
}

// The sum of every term's standing is less than one step of a weight.
func TestStandingStep(t *testing.T) {
	below := 2*weightLevel + 2*weightBadges
	if 6*below >= StandingUnit || weightLevel <= 2*weightBadges {
		t.Errorf("levels weigh %d, badges %d, a step of standing %d", weightLevel, weightBadges, StandingUnit)
	}
	ties := MaxTerms * (record.MaxStandingRank*StandingUnit + below)
	if ties >= StandingStep {
		t.Errorf("%d terms add up to %d, a step is %d", MaxTerms, ties, StandingStep)
	}
	// Elasticsearch scores in 32 bit floats, exact up to here.
	if top := MaxTerms*(weightConcept*StandingStep+weightNamed+weightMain+weightCertified) + ties + weightTogether; top >= 1<<24 {
		t.Errorf("the greatest score is %d", top)
	}
}

// Attack 196: a host that is asked for is no phrase of words: those of "real.example"
// stand in other names, too.
func TestAttack196HostIsNoPhrase(t *testing.T) {
	a := recordtest.Application("a", recordtest.Badge{Name: "Python", Issuer: "real example", Standing: verdict.LevelListed})
	for text, want := range map[string]bool{"issuer:real.example": false, `issuer:"real example"`: true, "issuer:REAL": true} {
		q, err := New(text, Options{Now: recordtest.Now})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, ok := q.Plan.Match(&a); ok != want {
			t.Errorf("%s: %v", text, ok)
		}
	}
}
