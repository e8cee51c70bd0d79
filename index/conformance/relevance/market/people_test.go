package market

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"assay/index/skills"
	"assay/verify/verdict"
)

// The market is as mixed as it claims to be: what a third of the badges say, how
// many of each result, and somebody for each kind of badge.
func TestPeople(t *testing.T) {
	kinds, _ := load(t)
	people := People(kinds, Seed, Number)
	if again := People(kinds, Seed, 100); !reflect.DeepEqual(again, people[:100]) {
		t.Error("the same seed gives other people, or more people change those before")
	}
	if other := People(kinds, Seed+1, 100); reflect.DeepEqual(other, people[:100]) {
		t.Error("another seed gives the same people")
	}
	results, counts, says := map[verdict.Result]int{}, map[int]int{}, map[string]int{}
	of, all, impostors, expired := map[string]int{}, 0, 0, 0
	for i := range people {
		counts[len(people[i].Held)]++
		for k := range people[i].Held {
			h := &people[i].Held[k]
			all++
			results[h.Result]++
			if h.Counts() {
				of[h.Badge.ID]++
			} else if h.Result == verdict.Verified {
				expired++
			}
			if h.Impostor {
				impostors++
			}
			v := verdictOf(h)
			switch c := &v.Credential; {
			case len(c.Alignments) > 0:
				says["alignments"]++
			case len(c.Tags) > 0:
				says["tags"]++
			default:
				says["name"]++
			}
			if h.Issued.After(people[i].Applied) {
				t.Errorf("%s has a badge of the time after applying", people[i].ID)
			}
		}
	}
	for _, b := range kinds {
		if of[b.ID] < 2 {
			t.Errorf("%d people have %s", of[b.ID], b.ID)
		}
	}
	for _, s := range []string{"alignments", "tags", "name"} {
		if says[s]*100 < all*20 || says[s]*100 > all*45 {
			t.Errorf("%d of %d badges say what they are by %s", says[s], all, s)
		}
	}
	for n := 1; n <= 8; n++ {
		if counts[n] < 20 {
			t.Errorf("%d people have %d badges", counts[n], n)
		}
	}
	for _, r := range []verdict.Result{verdict.Authentic, verdict.Rejected, verdict.Unvouched, verdict.Pending} {
		if results[r] < 100 {
			t.Errorf("%d badges are %s", results[r], r)
		}
	}
	if expired < 300 || impostors < 30 {
		t.Errorf("%d badges have run out, %d are impostors'", expired, impostors)
	}
}

// What is remembered of a badge stands nowhere in the document.
func TestNothingTold(t *testing.T) {
	kinds := []Badge{{ID: "secret-id", Sector: "secret-sector", Topics: []string{"secret-topic"}, Near: []string{"secret-kin"}, Names: []string{"Knots"}, Issuers: []Issuer{{"Yard", "yard.example"}}, Scale: "step", Rank: 4}}
	for _, d := range Applications([]byte("k"), skills.Builtin(), People(kinds, 1, 20)) {
		if s := text(t, d); strings.Contains(s, "secret") {
			t.Errorf("%s", s)
		}
	}
}

func TestReadBadges(t *testing.T) {
	const good = "x\tit\ta ~b\tde:Eins|Two: three\tA=a.example|B, Inc.=b.example\tk\tt,u\tcefr B2\t3"
	known, err := concepts([]byte("# y\nk\tESCO\thttps://esco.example/k\tknow\nl\tO*NET\t-\tL\n"))
	k := verdict.Alignment{TargetFramework: "ESCO", TargetURL: "https://esco.example/k", TargetName: "know"}
	if err != nil || len(known) != 2 || known["k"] != k {
		t.Fatalf("%+v, %v", known, err)
	}
	if _, err := concepts([]byte("k\tESCO")); err == nil {
		t.Error("half a concept is read")
	}
	got, err := badges([]byte("# y\n\n"+good+"\n"), known)
	want := []Badge{{ID: "x", Sector: "it", Topics: []string{"a"}, Near: []string{"b"}, Names: []string{"Eins", "Two: three"},
		Issuers: []Issuer{{"A", "a.example"}, {"B, Inc.", "b.example"}}, Concepts: []verdict.Alignment{k}, Tags: []string{"t", "u"}, Scale: "cefr", Rank: 4, Years: 3}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range [][2]string{{"\t3", ""}, {"\t3", "\tx"}, {"A=a.example", "A"}, {"cefr B2", "cefr 2"}, {"cefr B2", "step 9"}, {"x\tit", "\tit"}, {"\tk\t", "\tm\t"}} {
		if _, err := badges([]byte(strings.Replace(good, bad[0], bad[1], 1)), known); err == nil {
			t.Errorf("%q for %q is read", bad[1], bad[0])
		}
	}
}

// No question is the name of a badge: they were written from how people ask.
func TestQuestionsAreNoNames(t *testing.T) {
	kinds, asked := load(t)
	names := map[string]bool{}
	for _, b := range kinds {
		for _, n := range b.Names {
			names[folded(n)] = true
		}
	}
	same := slices.DeleteFunc(slices.Clone(asked), func(q Question) bool { return !names[folded(q.Text)] })
	if len(same)*25 > len(asked) {
		t.Errorf("%d of %d questions are a badge's name letter by letter", len(same), len(asked))
	}
}
