package query

import (
	"slices"
	"strings"
	"testing"

	"assay/index/record"
	"assay/verify/verdict"
)

// questions are of every form that a recruiter types.
var questions = []string{
	`teamwork`, `teamwork "rope access" frist aid certificate NOT trainee`, `teamwork AND ("rope access" OR climbing) NOT (first aid)`, `python or java`,
	`python OR java ?welding`, `?welding`, `?(first aid) python`, `level>=B2 issuer:goethe german`, `NOT python`, `-python ?"rope access"`, `python include:expired,authentic`,
	`badge:"Teamwork on site" earned>2024 standing:listed`, `HR manager with CIPD or SHRM`, `(python java) sql`, `NOT (python OR java) ?(sql OR php)`, `python AND java AND sql`, `first aid NOT (machine learning)`,
	`issuer~"north gate"`, `AWS/Azure kubernetes`, `NOT NOT python`, `job:technician welder`, `C++ ?c#`, `status:rejected`, `a* pyth*`,
}

func askedOf(t *testing.T, text string) []Asked {
	t.Helper()
	q, err := New(text, Options{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return q.Asked()
}

// TestAskedAndTold: a question that is told of what it asks for asks for the same, and
// each change of one thing changes that alone.
func TestAskedAndTold(t *testing.T) {
	for _, text := range questions {
		list := askedOf(t, text)
		if len(list) == 0 {
			t.Errorf("%s asks for nothing", text)
		}
		first, _ := New(text, Options{})
		again, err := New(Tell(list), Options{})
		if err != nil || again.Printed() != first.Printed() {
			t.Errorf("%s is told as %s, which is read as %s and not %s: %v", text, Tell(list), again.Printed(), first.Printed(), err)
		}
		for i := range list {
			if got := askedOf(t, Tell(slices.Delete(slices.Clone(list), i, i+1))); !holds(got, list, i) {
				t.Errorf("%s without %s: %q", text, list[i].Text, Tell(slices.Delete(slices.Clone(list), i, i+1)))
			}
			for _, as := range []As{AsMust, AsMay, AsNot} {
				if list[i].As == AsInclude {
					continue
				}
				changed := slices.Clone(list)
				changed[i].As = as
				told := Tell(changed)
				got := askedOf(t, told)
				if !slices.ContainsFunc(got, func(a Asked) bool {
					return a.As == as && strings.Contains(bare(a.Text), bare(list[i].Text)) || as == AsMust && list[i].As != AsMust && list[i].Kind == NodeNot
				}) {
					t.Errorf("%s with %s as %s: %s asks for %+v", text, list[i].Text, as, told, got)
				}
				if !holds(got, list, i) {
					t.Errorf("%s with %s as %s: %s asks otherwise for the rest", text, list[i].Text, as, told)
				}
			}
		}
	}
}

// bare is a text without signs.
func bare(s string) string { return strings.Join(record.Words(s), " ") }

// holds reports whether all of a list but one thing is asked for still, as it was.
func holds(got, list []Asked, but int) bool {
	words := map[As]string{} // brackets that stand alone are as many things as are in them
	for _, a := range got {
		words[a.As] += " " + bare(a.Text)
	}
	for i, a := range list {
		for _, w := range record.Words(a.Text) {
			if i != but && w != "and" && !slices.Contains(strings.Fields(words[a.As]), w) {
				return false
			}
		}
	}
	return true
}

// TestAskedIsRead: each thing says what it was read as.
func TestAskedIsRead(t *testing.T) {
	list := askedOf(t, `teamwork "rope access" frist aid certificate NOT trainee ?welding`)
	if len(list) != 6 {
		t.Fatalf("%+v", list)
	}
	if r := list[0].Read; r == nil || r.Label == "" {
		t.Errorf("teamwork: %+v", r)
	}
	if list[1].Kind != NodePhrase || list[2].Value != "frist aid" || list[2].Read == nil || list[2].Read.How != HowTypo || !list[3].Filler || list[4].As != AsNot || list[5].As != AsMay || list[5].Read == nil {
		t.Errorf("%+v", list)
	}
	if q := list[0].Quoted(); q.Text != `"teamwork"` || q.Loose().Text != "teamwork" {
		t.Errorf("%+v", q)
	}
}

// TestMay: what is nice to have is needed by nobody, comes first, and is told.
func TestMay(t *testing.T) {
	app := func(names ...string) *record.Application {
		a := &record.Application{Tenant: "t"}
		for i, n := range names {
			a.Claims = append(a.Claims, record.Claim{Credential: i, LabelWords: n, Label: n, Status: verdict.Verified, Until: record.Never})
		}
		return a
	}
	q, err := New("juggling ?unicycling", Options{})
	if err != nil {
		t.Fatal(err)
	}
	without, _, ok := q.Plan.Match(app("juggling"))
	with, why, also := q.Plan.Match(app("juggling", "unicycling"))
	if !ok || !also || with <= without || len(why) != 2 || why[1].Term != "unicycling" {
		t.Errorf("%v %d, %v %d, %+v", ok, without, also, with, why)
	}
	if _, _, ok := q.Plan.Match(app("unicycling")); ok {
		t.Error("what must be is not needed")
	}
	for _, bad := range []string{"a OR ?b", "NOT ?b", "?(?b)", "?(include:expired)", "?"} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("%s can be read", bad)
		}
	}
	if p, err := Parse("who can weld ?"); err != nil || len(p.May) != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}
