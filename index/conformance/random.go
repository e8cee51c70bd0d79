package conformance

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// The words that random documents and queries are made of: few, so that much is
// found, and near each other, so that typing errors meet.
var vocabulary = []string{
	"python", "pythons", "pyhton", "java", "javas", "welding", "wielding", "welds", "communication", "comunication", "teamwork",
	"craft", "crafts", "crafty", "drafts", "graft", "first", "aid", "latte", "latté", "lattes", "harbour", "harbor", "kran", "kräne", "crane",
	"analysis", "analyses", "naïve", "naive", "c++", "c#", "日本", "abcdefgh", "abcdefhg", "abcdfegh", "bacdefgh", "abcdefgi", "abcdefij", "abcde", "abced", "abdce",
}

var concepts = []string{python, java, sql, mysql, moderate, teams, firstAid, wound, dressings, welding, arcWelding, spokenFr}

var issuers = []party{uni, code, forge, club, redaid, ecole, ligo, yard}

// randomPerson makes an applicant of random badges.
func randomPerson(r *rand.Rand, name string) person {
	p := person{name: name, applied: randomDay(r, 2025, 2026), job: pick(r, vocabulary) + " " + pick(r, vocabulary)}
	if r.IntN(2) == 0 {
		// Called as badges, skills, issuers and jobs are: what blind readers may not
		// meet is what the questions ask for.
		p.shown = words(r, 1) + " " + pick(r, []string{"montreal", "code", "ligo", "speaker", pick(r, vocabulary)})
	}
	p.old = r.IntN(12) == 0
	for range r.IntN(4) {
		b := badge{
			name: words(r, 1+r.IntN(3)), issuer: pick(r, issuers), earned: randomDay(r, 2019, 2026),
			result:   pick(r, []verdict.Result{"", "", "", verdict.Authentic, verdict.Pending, verdict.Rejected, verdict.Unsupported, verdict.Expired, verdict.Unvouched}),
			standing: pick(r, append(record.Standings(), "", "listed", "domain", "account")),
			level:    pick(r, []string{"", "", "beginner", "advanced", "B1", "C2", "80%", "gold"}),
		}
		if r.IntN(3) == 0 {
			b.expires = randomDay(r, 2025, 2030)
		}
		if r.IntN(3) == 0 {
			b.about = words(r, 5)
		}
		if r.IntN(10) == 0 {
			b.earned = ""
		}
		for range r.IntN(3) {
			if r.IntN(2) == 0 {
				b.skills = append(b.skills, pick(r, concepts))
			} else {
				b.skills = append(b.skills, "="+words(r, 1+r.IntN(2)))
			}
		}
		p.badges = append(p.badges, b)
	}
	return p
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func words(r *rand.Rand, n int) string {
	w := make([]string, n)
	for i := range w {
		w[i] = pick(r, vocabulary)
	}
	return strings.Join(w, " ")
}

func randomDay(r *rand.Rand, from, to int) string {
	first := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, r.IntN(365*(to-from+1))).Format(time.DateOnly)
}

// randomText makes a query of the whole language; not every one is right.
func randomText(r *rand.Rand, depth int) string {
	if depth > 0 && r.IntN(2) == 0 {
		a, b := randomText(r, depth-1), randomText(r, depth-1)
		switch r.IntN(5) {
		case 0:
			return "(" + a + ") OR (" + b + ")"
		case 1:
			return "(" + a + ") AND (" + b + ")"
		case 2:
			return "NOT (" + a + ")"
		case 3:
			return a + " OR " + b
		}
		return a + " " + b
	}
	switch r.IntN(18) {
	case 0:
		return `"` + words(r, 2) + `"`
	case 1:
		return "skill:" + pick(r, vocabulary)
	case 2:
		return "issuer:" + pick(r, []string{"montreal", "code", "academy", "example", "ligo", uni.id})
	case 3:
		return "framework:" + pick(r, []string{"esco", "onet"})
	case 4:
		return "level" + pick(r, []string{">=", ">", "<", "<=", ":"}) + pick(r, []string{"beginner", "advanced", "B1", "C2", "80%", "gold"})
	case 5:
		return "earned" + pick(r, []string{">=", ">", "<", "<=", ":"}) + randomDay(r, 2019, 2026)[:pick(r, []int{4, 7, 10})]
	case 6:
		return "expires" + pick(r, []string{">=", ">", "<", "<="}) + randomDay(r, 2025, 2028)[:pick(r, []int{4, 7, 10})]
	case 7:
		return "status:" + pick(r, []string{"verified", "authentic", "pending", "rejected", "expired", "unsupported", "verified,rejected"})
	case 8:
		return "trust:" + pick(r, []string{"listed", "unlisted", "blocked", "domain", "account", "key", "unasked"})
	case 9:
		return "job:" + pick(r, vocabulary)
	case 10:
		return "badge:" + pick(r, vocabulary)
	case 11:
		w := []rune(pick(r, vocabulary))
		return string(w[:1+r.IntN(len(w))]) + "*"
	}
	return pick(r, vocabulary)
}

// randomQuery makes a query that can be read.
func randomQuery(r *rand.Rand) query.Query {
	for {
		text := randomText(r, r.IntN(4))
		if r.IntN(4) == 0 {
			text = "(" + text + ") include:" + pick(r, []string{"authentic", "pending", "rejected", "all"})
		}
		o := query.Options{
			// Not before the last check: nobody asks what was true then.
			Now: day(randomDay(r, 2027, 2028)), Size: 1 + r.IntN(query.MaxSize), Exact: r.IntN(8) == 0, Blind: r.IntN(3) == 0,
			Sort: pick(r, []query.Sort{query.SortMatch, query.SortMatch, query.SortBreadth, query.SortRecency}),
		}
		if r.IntN(3) == 0 {
			o.Facets = query.AllFacets()
		}
		if r.IntN(6) == 0 {
			o.Choices = []query.Choice{{Facet: query.FacetSkill, Values: []string{esco + pick(r, concepts)}}}
		}
		if r.IntN(8) == 0 {
			o.Choices = append(o.Choices, query.Choice{Facet: query.FacetCertificate, Values: []string{pick(r, vocabulary), pick(r, vocabulary)}})
		}
		if r.IntN(8) == 0 {
			o.Choices = append(o.Choices, query.Choice{Facet: query.FacetYear, Values: []string{"2023", "2024"}})
		}
		if q, err := query.New(text, o); err == nil {
			if r.IntN(4) == 0 {
				q.Plan.Root = randomCond(r, 2)
				q.Plan = q.Plan.WithInclude(q.Plan.Include...)
			}
			return q
		}
	}
}

// randomCond makes a plan that no text need lead to.
func randomCond(r *rand.Rand, depth int) query.Cond {
	if depth > 0 && r.IntN(2) == 0 {
		c := query.Cond{Op: pick(r, []query.Op{query.OpAnd, query.OpOr, query.OpNot, query.OpBest, query.OpMost, query.OpMay})}
		n := 1 + r.IntN(3)
		if c.Op == query.OpNot || c.Op == query.OpMay {
			n = 1
		}
		for range n {
			c.Kids = append(c.Kids, randomCond(r, depth-1))
		}
		if c.Op == query.OpMost {
			c.Least = 1 + r.IntN(n)
		}
		return c
	}
	switch r.IntN(11) {
	case 0:
		return query.Cond{}
	case 2:
		c := query.Cond{Op: query.OpTies}
		for _, k := range record.TieKinds() {
			c.Ties = append(c.Ties, query.Tie{Weight: 1 + r.IntN(5), Any: []string{k.Of(esco + pick(r, concepts)), k.Of(esco + pick(r, concepts))}})
		}
		return c
	case 1:
		return query.Cond{Op: query.OpJob, Job: record.Words(words(r, 1+r.IntN(2)))}
	}
	c := &query.ClaimCond{}
	if r.IntN(3) == 0 {
		c.Extra = []verdict.Result{verdict.Authentic, verdict.Rejected}
	}
	weight := 12
	for range r.IntN(4) {
		t := query.Tier{How: query.HowLabel, Weight: weight, Unproven: weight / 3}
		switch r.IntN(5) {
		case 0:
			t.Skills = []string{esco + pick(r, concepts), esco + pick(r, concepts)}
		case 1:
			t.Under = []string{esco + "552c4f35-a2d1-49c2-8fda-afe26695c44a", esco + wound}
		case 2:
			t.Soft = []string{"teamwork", "communication"}
		default:
			t.Field = pick(r, []query.Field{query.FieldLabel, query.FieldName, query.FieldAbout, query.FieldLabel, query.FieldName, query.FieldTitle, query.FieldIssuer, query.FieldClaimed, query.FieldBadge})
			t.Words = record.Words(words(r, 1+r.IntN(2)))
			switch t.Field {
			case query.FieldBadge:
				t.Words = record.Words(pick(r, vocabulary) + " " + pick(r, issuers).name)
			case query.FieldIssuer, query.FieldClaimed:
				t.Words = record.Words(pick(r, issuers).name)
				t.Words = t.Words[:1+r.IntN(len(t.Words))]
				t.Phrase = len(t.Words) > 1
			default:
				switch r.IntN(6) {
				case 0, 1:
					t.Phrase = true
				case 2, 3:
					t.Fuzzy = true
				case 4:
					t.Any = true
				case 5:
					w := []rune(t.Words[0])
					t.Words, t.Prefix = []string{string(w[:1+r.IntN(len(w))])}, true
				}
			}
		}
		weight -= 1 + r.IntN(4)
		c.Tiers = append(c.Tiers, t)
	}
	c.Plain, c.Known = r.IntN(6) == 0, r.IntN(6) == 0
	if r.IntN(2) == 0 {
		f := randomFilter(r, 2)
		c.Where = &f
	}
	return query.Cond{Op: query.OpClaim, Claim: c}
}

func randomFilter(r *rand.Rand, depth int) query.Filter {
	if depth > 0 && r.IntN(3) == 0 {
		f := query.Filter{Op: pick(r, []query.Op{query.OpAnd, query.OpOr, query.OpNot})}
		f.Kids = append(f.Kids, randomFilter(r, depth-1))
		if f.Op != query.OpNot {
			f.Kids = append(f.Kids, randomFilter(r, depth-1))
		}
		return f
	}
	f := query.Filter{Op: query.OpLeaf}
	f.Field = pick(r, []query.FilterField{
		query.FilterSkill, query.FilterSoft, query.FilterIssuerID, query.FilterIssuer, query.FilterBadge, query.FilterFramework, query.FilterStanding,
		query.FilterStatus, query.FilterLevel, query.FilterEarned, query.FilterExpires, query.FilterYear, query.FilterCertificate,
	})
	switch f.Field {
	case query.FilterSkill:
		f.Values = []string{esco + pick(r, concepts), esco + pick(r, concepts)}
	case query.FilterSoft:
		f.Values = []string{"communication"}
	case query.FilterIssuerID:
		f.Values = []string{pick(r, issuers).id}
	case query.FilterIssuer:
		f.Values = []string{pick(r, issuers).id}
		f.Words = record.Words(pick(r, issuers).name)
	case query.FilterBadge:
		f.Words = record.Words(words(r, 1+r.IntN(2)))
	case query.FilterCertificate:
		f.Values = []string{pick(r, vocabulary), pick(r, vocabulary)}
	case query.FilterFramework:
		f.Values = []string{"esco"}
	case query.FilterStanding:
		f.Values = []string{string(verdict.LevelListed), record.Blocked}
	case query.FilterStatus:
		f.Values = []string{pick(r, []string{"verified", "rejected", "authentic", "expired", "unvouched"})}
	case query.FilterLevel:
		scale, rank := skills.ParseLevel(pick(r, []string{"beginner", "B2", "80%", "gold"}))
		f.Values, f.Min, f.Max = []string{scale}, int64(rank), int64(rank+r.IntN(3))
	case query.FilterEarned, query.FilterExpires:
		f.Min = day(randomDay(r, 2019, 2027)).Unix() + r.Int64N(3)
		f.Max = pick(r, []int64{f.Min, f.Min + 86400*300, record.Never})
	case query.FilterYear:
		f.Values = []string{"2021", "2024"}
	}
	return f
}

// randomDocuments makes n documents for each tenant, whose applications have the
// same names.
func randomDocuments(r *rand.Rand, n int, tenants ...string) []record.Application {
	var out []record.Application
	for _, t := range tenants {
		for i := range n {
			out = append(out, randomPerson(r, fmt.Sprintf("person-%d", i)).document(t))
		}
	}
	return out
}

// random compares random queries over random documents with the oracle, each
// query on one engine as two tenants.
func (s *suite) random(t *testing.T) {
	e := s.open(t)
	r := rand.New(rand.NewPCG(20260601, 1))
	docs := randomDocuments(r, 120, "acme", "other")
	put(t, e, docs...)
	s.run(t, "queries", func(t *testing.T) {
		n := 400
		if testing.Short() {
			n = 100
		}
		failed := 0
		for range n {
			q := randomQuery(r)
			for _, tenant := range []string{"acme", "other"} {
				if err := check(t.Context(), e, docs, tenant, q); err != nil {
					t.Error(err)
					failed++
				}
			}
			if failed > 5 {
				t.Fatal("and so on")
			}
		}
	})
}
