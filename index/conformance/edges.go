package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/verify/verdict"

	"github.com/google/go-cmp/cmp"
)

// labelled makes an applicant with one badge for each label, all of one name.
func labelled(name string, labels ...string) person {
	p := person{name: name, applied: "2026-01-01"}
	for _, l := range labels {
		p.badges = append(p.badges, badge{name: "Token", skills: []string{"=" + l}, issuer: ligo, earned: "2024-01-01"})
	}
	return p
}

// finds compares whom a query finds with names, and everything else of the
// answer with the oracle.
func finds(t *testing.T, e index.Engine, docs []record.Application, text string, o query.Options, want ...string) {
	t.Helper()
	o.Size, o.Facets = query.MaxSize, query.AllFacets()
	q := ask(t, text, o)
	r, err := e.Search(t.Context(), "acme", q)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	got := names(r)
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(want, got, equateEmpty); d != "" {
		t.Errorf("%s finds (-want +got):\n%s", text, d)
	}
	if d := oracle(docs, "acme", &q).differs(&q, r); d != "" {
		t.Errorf("%s: %s", text, d)
	}
}

func (s *suite) edges(t *testing.T) {
	e := s.open(t)
	var docs []record.Application
	add := func(list ...person) {
		for _, p := range list {
			docs = append(docs, p.document("acme"))
		}
	}
	word := func(letter string, n int) string { return strings.Repeat(letter, n) }
	add(
		labelled("len64", word("v", 64)), labelled("len65", word("w", 65)), labelled("len66", word("v", 66)),
		labelled("cyr64", word("ж", 32)), labelled("cyr66", word("ж", 33)), labelled("geo63", word("ღ", 21)), labelled("geo66", word("ღ", 22)),
		// A word of every script that folds in its own way.
		labelled("russian", "программирование"), labelled("greek", "Προγραμματισμός"), labelled("georgian", "პროგრამირება"),
		labelled("korean", "프로그래밍"), labelled("german", "Qualitätssicherung"), labelled("strasse", "Straßenbau"), labelled("arabic", "البرمجة"),
		labelled("mixed", "docკერება"), labelled("english", "Programming"),
		// One label of two concepts, and of none.
		person{name: "same-1", applied: "2026-01-01", badges: []badge{{name: "Token", skills: []string{"@urn:x:1 Weaving", "@urn:x:2 Weaving"}, issuer: ligo}}},
		person{name: "same-2", applied: "2026-01-01", badges: []badge{{name: "Token", skills: []string{"@urn:x:2 Weaving"}, issuer: ligo}}},
		person{name: "same-3", applied: "2026-01-01", badges: []badge{{name: "Token", skills: []string{"=Weaving", "@urn:x:4 Weaving by hand"}, issuer: ligo}}},
		person{name: "same-4", applied: "2026-01-01", badges: []badge{{name: "Token", skills: []string{"@urn:x:3 Weaving", "@urn:x:4 Weaving by hand"}, issuer: ligo}}},
		person{name: "same-5", applied: "2026-01-01", badges: []badge{{name: "Token", skills: []string{"@urn:x:5 Weaves", "@urn:x:4 Weaving by hand"}, issuer: ligo}}},
		// Concepts of a framework that is not loaded.
		person{name: "url", applied: "2026-01-01", badges: []badge{{name: "Token", skills: []string{"@https://unknown.example/skills/7 Basketry", "=Osier"}, issuer: ligo}}},
		person{name: "url-rejected", applied: "2026-01-01", badges: []badge{{name: "Token", skills: []string{"@https://unknown.example/skills/7 Basketry"}, issuer: ligo, result: verdict.Rejected}}},
		// A forger who claims to be the university.
		person{name: "forger", applied: "2026-01-01", badges: []badge{{name: "Forgery", skills: []string{"=Forging"}, issuer: party{uni.id, "University of Forgers"}, result: verdict.Rejected, earned: "2025-01-01"}}},
		person{name: "forged-too", applied: "2026-01-02", badges: []badge{
			{name: "Forgery", skills: []string{"=Forging"}, issuer: party{uni.id, "University of Forgers"}, result: verdict.Rejected, earned: "2025-01-01"},
			{name: "Real", skills: []string{"=Studying"}, issuer: uni, earned: "2025-01-01"},
		}},
		person{name: "forged-pending", applied: "2026-01-03", badges: []badge{{name: "Forgery", skills: []string{"=Forging"}, issuer: party{uni.id, "Forgers, pending"}, result: verdict.Pending, earned: "2025-01-01"}}},
		person{name: "forged-only", applied: "2026-01-03", badges: []badge{{name: "Forgery", skills: []string{"=Moulding"}, issuer: party{code.id, "Moulders"}, result: verdict.Rejected, earned: "2025-01-01"}}},
		// The best that is not proven beside the least that is.
		person{name: "proven-a-bit", applied: "2026-01-01", badges: []badge{{name: "Token", skills: []string{"=Osier"}, issuer: ligo, about: "With falconry on the last day."}}},
		person{name: "authentic-all", applied: "2026-03-01", badges: []badge{{name: "Falconry", skills: []string{"=Falconry"}, issuer: ligo, result: verdict.Authentic, about: "Falconry."}}},
		person{name: "rejected-all", applied: "2026-03-01", badges: []badge{{name: "Falconry", skills: []string{"=Falconry"}, issuer: ligo, result: verdict.Rejected, about: "Falconry."}}},
		// Run out, whatever the check said.
		person{name: "out-rejected", applied: "2026-01-01", badges: []badge{{name: "Bygone", skills: []string{"=Thatching"}, issuer: ligo, result: verdict.Rejected, earned: "2024-01-01", expires: "2026-02-01"}}},
		person{name: "out-unsupported", applied: "2026-01-01", badges: []badge{{name: "Bygone", skills: []string{"=Thatching"}, issuer: ligo, result: verdict.Unsupported, earned: "2024-01-01", expires: "2026-02-01"}}},
		person{name: "out-verified", applied: "2026-01-01", badges: []badge{{name: "Bygone", skills: []string{"=Thatching"}, issuer: ligo, earned: "2024-01-01", expires: "2026-02-01"}}},
		person{name: "out-pending", applied: "2026-01-01", badges: []badge{{name: "Bygone", skills: []string{"=Thatching"}, issuer: ligo, result: verdict.Pending, earned: "2024-01-01", expires: "2026-02-01"}}},
		person{name: "not-yet-rejected", applied: "2026-01-01", badges: []badge{{name: "Bygone", skills: []string{"=Thatching"}, issuer: ligo, result: verdict.Rejected, earned: "2024-01-01", expires: "2027-02-01"}}},
	)
	put(t, e, docs...)
	put(t, e, documents("other")...)

	for _, c := range []struct {
		desc, query string
		want        []string
	}{
		{"a word of 64 bytes", word("v", 64), []string{"len64"}},
		{"a word of 65 bytes is not kept", word("w", 65), nil},
		{"a word of 65 bytes is near one of 64", word("v", 65), []string{"len64"}},
		{"a word of 66 bytes is near one of 64", word("v", 66), []string{"len64"}},
		{"a word of 67 bytes is not", word("v", 67), nil},
		{"a word of 64 bytes is near no word that is not kept", word("w", 64), nil},
		{"a phrase with a word of 65 bytes", `"` + word("w", 65) + `"`, nil},
		{"64 bytes of Cyrillic", word("ж", 32), []string{"cyr64"}},
		{"66 bytes of Cyrillic are near 64", word("ж", 33), []string{"cyr64"}},
		{"68 bytes of Cyrillic are near 64", word("ж", 34), []string{"cyr64"}},
		{"70 bytes of Cyrillic are not", word("ж", 35), nil},
		{"63 bytes of Georgian", word("ღ", 21), []string{"geo63"}},
		{"69 bytes of Georgian are near 63", word("ღ", 23), []string{"geo63"}},
		{"a word of 256 letters", word("v", 256), nil},

		{"Cyrillic", "программирование", []string{"russian"}},
		{"Cyrillic in capitals", "ПРОГРАММИРОВАНИЕ", []string{"russian"}},
		{"Cyrillic, a letter replaced", "програмнирование", []string{"russian"}},
		{"Cyrillic, a letter missing", "програмирование", []string{"russian"}},
		{"Cyrillic, letters swapped", "прогарммирование", []string{"russian"}},
		{"Cyrillic, two letters too many", "программмирование", []string{"russian"}},
		{"Cyrillic, another first letter", "крограммирование", nil},
		{"Greek without its accent", "προγραμματισμος", []string{"greek"}},
		{"Greek, a letter replaced", "προγρανματισμός", []string{"greek"}},
		{"Greek, a letter missing", "προγραματισμός", []string{"greek"}},
		{"Greek, letters swapped", "πρσγραμματιομός", []string{"greek"}},
		{"Georgian", "პროგრამირება", []string{"georgian"}},
		{"Georgian, a letter replaced", "პროგრანირება", []string{"georgian"}},
		{"Georgian, a letter missing", "პროგრამრება", []string{"georgian"}},
		{"Georgian, letters swapped", "პროგარმირება", []string{"georgian"}},
		{"Georgian, a letter too many", "პროგრამმირება", []string{"georgian"}},
		{"Hangul", "프로그래밍", []string{"korean"}},
		{"Hangul, a vowel replaced", "프로그레밍", []string{"korean"}},
		{"Hangul, a final missing", "프로그래미", []string{"korean"}},
		{"Hangul, a letter too many", "프로그램밍", []string{"korean"}},
		{"umlaut written without", "qualitatssicherung", []string{"german"}},
		{"umlaut, a letter missing", "qualitätsicherung", []string{"german"}},
		{"umlaut, letters swapped", "qaulitätssicherung", []string{"german"}},
		{"sharp s written out", "strassenbau", []string{"strasse"}},
		{"sharp s, a letter replaced", "straßenbaw", []string{"strasse"}},
		{"Arabic, a letter missing", "البرجة", []string{"arabic"}},
		{"two scripts in a word", "docკერეა", []string{"mixed"}},

		{"a URL that nothing knows", "skill:https://nobody.example/skills/1", nil},
		{"a URL beginning like one that is there", "skill:https://unknown.example/skills/", nil},
		{"a URL in other case", "skill:https://unknown.example/SKILLS/7", nil},
		{"a URL that a claim has", "skill:https://unknown.example/skills/7", []string{"url"}},
		{"a URL in quotes", `"https://unknown.example/skills/7"`, []string{"url"}},
		{"a URL that a claim has, rejected too", "skill:https://unknown.example/skills/7 include:rejected", []string{"url", "url-rejected"}},
		{"not a URL", "osier NOT skill:https://unknown.example/skills/7", []string{"proven-a-bit"}},
		{"not a URL that nothing knows", "osier NOT skill:https://nobody.example/skills/1", []string{"url", "proven-a-bit"}},

		{"run out, of what was good at the check", "thatching status:expired", []string{"out-verified"}},
		{"run out and not named so", "thatching", nil},
		{"rejected, run out or not", "thatching status:rejected", []string{"out-rejected", "not-yet-rejected"}},
		{"what was never proven is no real badge whose time is over", "thatching include:pending", []string{"out-pending"}},
		{"included, and shut out by name", "thatching include:rejected,expired NOT status:expired", []string{"out-rejected", "not-yet-rejected"}},
		{"expired at the check or since", "thatching include:expired NOT status:rejected", []string{"out-verified"}},
	} {
		s.run(t, c.desc, func(t *testing.T) { finds(t, e, docs, c.query, query.Options{}, c.want...) })
	}
	s.run(t, "the best that is not proven stands behind the least that is", func(t *testing.T) {
		r := search(t, e, "acme", "falconry include:authentic,rejected", query.Options{})
		if got := names(r); len(got) != 3 || got[0] != "proven-a-bit" || r.Hits[1].Score >= r.Hits[0].Score || r.Hits[1].Score != r.Hits[2].Score || r.Hits[1].Score == 0 {
			t.Errorf("%v", got)
		}
	})
	// What is known goes before what the issuer calls itself.
	shown := `badges.montreal.example, which calls itself "` + uni.name + `"`
	for _, include := range []string{"", " include:rejected", " include:all", " include:pending", " status:rejected"} {
		s.run(t, "a forger does not name an issuer:"+include, func(t *testing.T) {
			for _, text := range []string{"forging OR moulding OR studying", "forging", "moulding"} {
				r := search(t, e, "acme", text+include, query.Options{Facets: []query.Facet{query.FacetIssuer}})
				for _, b := range r.Facets[0].Buckets {
					if b.Label != "" && !(b.Value == uni.id && b.Label == shown) {
						t.Errorf("%s: the issuer %s is shown as %q", text+include, b.Value, b.Label)
					}
				}
			}
		})
	}
	s.run(t, "a true badge among forgeries names the issuer", func(t *testing.T) {
		r := search(t, e, "acme", "(forging OR studying) include:rejected", query.Options{Facets: []query.Facet{query.FacetIssuer}})
		i := slices.IndexFunc(r.Facets[0].Buckets, func(b index.Bucket) bool { return b.Value == uni.id })
		if i < 0 || r.Facets[0].Buckets[i].Label != shown {
			t.Errorf("%+v", r.Facets[0])
		}
	})
	s.run(t, "a badge that counts for nothing, beside the one that was asked for", func(t *testing.T) {
		h := found(t, e, "studying", "forged-too")
		if len(h.Refused) != 1 {
			t.Fatalf("%+v", h.Refused)
		}
		want := query.Match{Name: "Forgery", Label: "Forging", Status: verdict.Rejected, Credential: 0, Earned: day("2025-01-01"), IssuerName: `badges.montreal.example, which calls itself "University of Forgers"`}
		m := h.Refused[0].Shown
		got := query.Match{Name: m.Name, Label: m.Label, Status: m.Status, Credential: m.Credential, Earned: m.Earned, IssuerName: m.IssuerName}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	for _, prefix := range []string{"weav", "weaving", "weaving by", "w", "пр", "პრ", "프로", "qualit", "straß", "baske", word("v", 64), word("v", 65)} {
		for _, n := range []int{1, 2, 3, 4, 5, 10} {
			s.run(t, fmt.Sprintf("%d suggestions of %s", n, prefix), func(t *testing.T) {
				for _, kind := range index.SuggestionKinds() {
					want, _ := reference{docs: docs, now: Now.Unix()}.Suggest(t.Context(), "acme", kind, prefix, n)
					got, err := e.Suggest(t.Context(), "acme", kind, prefix, n)
					if err != nil {
						t.Fatal(err)
					}
					if d := cmp.Diff(want, got, cmp.FilterValues(func(a, b []index.Suggestion) bool { return len(a)+len(b) == 0 }, cmp.Ignore())); d != "" {
						t.Errorf("%s (-want +got):\n%s", kind, d)
					}
				}
			})
		}
	}
}

// lapsing makes an applicant whose badges run out one after the other, at odd
// moments too.
func lapsing(name string, n int, skills []string, from time.Time, step time.Duration) person {
	p := person{name: name, job: "Keeper " + name, applied: "2026-01-01"}
	for i := range n {
		p.badges = append(p.badges, badge{
			name: fmt.Sprintf("Craft %d", i%4), skills: []string{skills[i%len(skills)], fmt.Sprintf("=task %d", i)},
			issuer: issuers[i%len(issuers)], earned: fmt.Sprintf("%d-05-05", 2015+i%10), level: []string{"", "B1", "advanced"}[i%3],
			standing: []string{"listed", "domain"}[i%2], about: "falconry", ends: from.Add(time.Duration(i) * step),
			result: []verdict.Result{"", "", "", verdict.Authentic, "", verdict.Pending}[i%6],
		})
	}
	return p
}

// onetPython is O*NET's name of the concept of ESCO's.
const onetPython = "https://www.onetonline.org/search/tech/example?e=Python"

// expiry asks for documents at moments before, at and after their badges run out.
func (s *suite) expiry(t *testing.T) {
	e := s.open(t)
	var docs []record.Application
	add := func(list ...person) {
		for _, p := range list {
			docs = append(docs, p.document("acme"))
		}
	}
	begin := day("2026-04-01")
	forever := func(p person, skills ...string) person {
		for _, x := range skills {
			p.badges = append(p.badges, badge{name: "Lasting", skills: []string{x}, issuer: uni, earned: "2024-01-01"})
		}
		return p
	}
	add(
		lapsing("twelve", 12, []string{python, java, sql, welding}, begin, 24*time.Hour),
		lapsing("thirty", 30, concepts, begin.Add(500*time.Millisecond), 7*time.Hour),
		lapsing("eight", 8, []string{python, sql}, begin, 36*time.Hour),
		lapsing("nine", 9, []string{java}, begin, 36*time.Hour),
		// Eleven skills at the check, of which one lasts, and three that last.
		forever(lapsing("broad", 10, concepts[1:], begin, 0), python),
		forever(person{name: "three", applied: "2026-01-01"}, python, java, sql),
		forever(person{name: "two", applied: "2026-01-02"}, python, java),
		forever(lapsing("one", 2, concepts[2:], begin.Add(48*time.Hour), 24*time.Hour), python),
	)
	// Two frameworks' names of one concept count once while both hold, whichever
	// goes first.
	for i, first := range []int{0, 1} {
		a := person{name: fmt.Sprintf("names-%d", i), job: "names", applied: "2026-01-03", badges: []badge{
			{name: "Python", skills: []string{python}, issuer: uni, earned: "2024-01-01", ends: begin.Add(time.Duration(1+first*2) * 24 * time.Hour)},
			{name: "Python", skills: []string{onetPython}, issuer: code, earned: "2024-01-01", ends: begin.Add(time.Duration(3-first*2) * 24 * time.Hour)},
		}}
		add(a)
	}
	for i := range 20 {
		add(forever(lapsing(fmt.Sprintf("tie-%02d", i), i%4, concepts, begin.Add(time.Duration(i)*time.Hour), 24*time.Hour), concepts[i%3]))
	}
	put(t, e, docs...)
	put(t, e, documents("other")...)

	var moments []time.Time
	for i := range 12 {
		moments = append(moments, begin.Add(time.Duration(i)*24*time.Hour))
	}
	for i := range 10 { // at every third of thirty's ends
		moments = append(moments, begin.Add(time.Duration(i)*21*time.Hour))
	}
	texts := []string{
		"", "python", "python OR java", "craft", "falconry", "NOT python", "NOT (java OR sql)", "job:keeper", "job:keeper NOT sql",
		"python issuer:montreal", "python earned>=2018 level>=B1", "status:expired", "include:all", "java include:rejected", "trust:listed NOT status:expired",
		"python NOT status:verified", "expires<2026-04-05", "python java include:authentic", "python ?java",
	}
	for i, m := range moments {
		s.run(t, "as of "+m.Format("01-02 15h"), func(t *testing.T) {
			for _, off := range []time.Duration{-time.Second, 0, time.Second} {
				for k := range 4 { // every text at some moment, every moment with some texts
					o := query.Options{Now: m.Add(off), Size: query.MaxSize, Facets: query.AllFacets(), Sort: []query.Sort{query.SortMatch, query.SortBreadth, query.SortRecency}[(i+k)%3]}
					if err := check(t.Context(), e, docs, "acme", ask(t, texts[(5*i+k)%len(texts)], o)); err != nil {
						t.Errorf("%s%+v: %v", m.Format(time.DateTime), off, err)
					}
				}
			}
		})
	}
	s.run(t, "a badge that runs out at this second has run out", func(t *testing.T) {
		end := begin.Add(8 * 36 * time.Hour) // of the last of nine's
		for off, want := range map[time.Duration]int{-time.Second: 1, 0: 0, time.Second: 0} {
			n := 0
			for _, h := range search(t, e, "acme", `skill:java issuer:redaid OR "task 8"`, query.Options{Now: end.Add(off), Size: query.MaxSize}).Hits {
				if h.Application == "nine" {
					n++
				}
			}
			if n != want {
				t.Errorf("%v from its end: found %d times, want %d", off, n, want)
			}
		}
	})
	s.breadths(t, e, begin)
	s.lapsingPages(t, e, docs, moments[:12])
	s.run(t, "a cursor of another order", func(t *testing.T) {
		c := search(t, e, "acme", "python", query.Options{Size: 2, Sort: query.SortBreadth}).Cursor
		if _, err := e.Search(t.Context(), "acme", ask(t, "python", query.Options{Size: 2, Sort: query.SortMatch, Cursor: c})); c == "" || !errors.Is(err, index.ErrCursor) {
			t.Errorf("%q %v", c, err)
		}
	})
}

// breadths looks at what is counted as badges run out.
func (s *suite) breadths(t *testing.T, e index.Engine, begin time.Time) {
	s.run(t, "the broadest of now come first", func(t *testing.T) {
		r := search(t, e, "acme", "python", query.Options{Now: begin.AddDate(0, 1, 0), Sort: query.SortBreadth, Size: query.MaxSize})
		got := names(r)
		if len(got) < 4 || got[0] != "three" || got[1] != "two" {
			t.Errorf("%v", got)
		}
		for i := 1; i < len(r.Hits); i++ {
			if r.Hits[i-1].Breadth.Skills < r.Hits[i].Breadth.Skills {
				t.Errorf("%s with %d skills stands before %s with %d", got[i-1], r.Hits[i-1].Breadth.Skills, got[i], r.Hits[i].Breadth.Skills)
			}
		}
		r = search(t, e, "acme", "python", query.Options{Now: begin.Add(-time.Second), Sort: query.SortBreadth, Size: query.MaxSize})
		if got := names(r); len(got) == 0 || got[0] != "broad" && got[0] != "thirty" {
			t.Errorf("before anything ran out: %v", got)
		}
	})
	s.run(t, "two names of one concept", func(t *testing.T) {
		for i := range 2 {
			for d, want := range []int{1, 1, 1, 0} {
				q := ask(t, "job:names", query.Options{Now: begin.Add(time.Duration(d)*24*time.Hour + time.Hour), Sort: query.SortBreadth})
				r, err := e.Search(t.Context(), "acme", q)
				if err != nil || len(r.Hits) != 2 {
					t.Fatalf("day %d: %+v %v", d, r, err)
				}
				if n := r.Hits[i].Breadth.Skills; n != want {
					t.Errorf("day %d: %s has %d skills, want %d", d, r.Hits[i].Application, n, want)
				}
			}
		}
	})
}

// lapsingPages goes through all pages while badges run out.
func (s *suite) lapsingPages(t *testing.T, e index.Engine, docs []record.Application, moments []time.Time) {
	for _, order := range []query.Sort{query.SortMatch, query.SortBreadth, query.SortRecency} {
		for _, size := range []int{1, 3, 7} {
			s.run(t, fmt.Sprintf("by %s in pages of %d while badges run out", order, size), func(t *testing.T) {
				for i, m := range moments {
					for _, text := range []string{"", "python OR job:keeper"} {
						o := query.Options{Now: m, Sort: order, Size: size}
						q := ask(t, text, o)
						want := oracle(docs, "acme", &q).hits
						var got []string
						for range len(docs) + 1 {
							r := search(t, e, "acme", text, o)
							for _, h := range r.Hits {
								got = append(got, h.ID)
							}
							if o.Cursor = r.Cursor; o.Cursor == "" {
								break
							}
							o.Now = o.Now.Add(time.Second) // time goes on, the pages stay as of the first
						}
						if d := cmp.Diff(want, got); d != "" {
							t.Fatalf("moment %d, %q (-want +got):\n%s", i, text, d)
						}
					}
				}
			})
		}
	}
}

// many has more facet values than are shown, or than an engine may like to count.
func (s *suite) many(t *testing.T) {
	e := s.open(t)
	var docs []record.Application
	// 140 years and issuers, the oldest year and the first issuer the most
	// frequent; a third of the applicants have a badge that ran out.
	for i := range 140 {
		for k := range 1 + (139-i)/20 {
			p := person{name: fmt.Sprintf("year-%d-%d", i, k), applied: "2026-01-01", badges: []badge{{
				name: "Craft", skills: []string{fmt.Sprintf("@urn:craft:%d Craft %d", i, i)}, issuer: party{fmt.Sprintf("https://i%d.example/", i), fmt.Sprintf("Issuer %d", i)},
				earned: fmt.Sprintf("%d-01-01", 1880+i), result: []verdict.Result{"", verdict.Authentic, ""}[k%3],
			}}}
			if (i+k)%3 == 0 {
				p.badges = append(p.badges, badge{name: "Gone", skills: []string{mysql}, issuer: yard, earned: fmt.Sprintf("%d-01-01", 1860+i%20), expires: "2026-02-01"})
			}
			docs = append(docs, p.document("acme"))
		}
	}
	// Applicants of more than a thousand values each, of whose badges one ran out.
	for i := range 3 {
		p := person{name: fmt.Sprintf("wide-%d", i), applied: "2026-01-01"}
		for b := range 120 {
			w := badge{name: "Wide", issuer: party{fmt.Sprintf("https://w%d.example/", b), "W"}, earned: fmt.Sprintf("%d-01-01", 1750+b)}
			for k := range 10 {
				w.skills = append(w.skills, fmt.Sprintf("@urn:wide:%d Wide %d", (b*10+k)*(1+i%2), b*10+k))
			}
			p.badges = append(p.badges, w)
		}
		p.badges = append(p.badges, badge{name: "Gone", skills: []string{sql}, issuer: yard, earned: "2020-01-01", expires: fmt.Sprintf("2026-02-%02d", 1+i)})
		// And a value that others have too, behind all of theirs.
		p.badges = append(p.badges, badge{name: "Craft", skills: []string{"@urn:craft:139 Craft 139"}, issuer: party{"https://i139.example/", "Issuer 139"}, earned: "2019-01-01"})
		docs = append(docs, p.document("acme"))
	}
	// And so many values of documents that ran out that none is asked for all of
	// them: a count that they add to is right all the same.
	for i := range 25 {
		docs = append(docs, person{name: fmt.Sprintf("zed-%d", i), applied: "2026-01-01", badges: []badge{{name: "Craft", skills: []string{"@urn:z:2 Z"}, issuer: uni, earned: "2019-01-01"}}}.document("acme"))
	}
	for i := range 6 {
		p := person{name: fmt.Sprintf("wider-%d", i), applied: "2026-01-01"}
		for b := range 150 {
			w := badge{name: "Craft", issuer: uni, earned: "2019-01-01"}
			for k := range 10 {
				w.skills = append(w.skills, fmt.Sprintf("@urn:a:%d A", i*2000+b*10+k))
			}
			p.badges = append(p.badges, w)
		}
		if i == 0 {
			p.badges = append(p.badges, badge{name: "Craft", skills: []string{"@urn:z:2 Z"}, issuer: uni, earned: "2019-01-01"})
		}
		p.badges = append(p.badges, badge{name: "Gone", skills: []string{sql}, issuer: yard, earned: "2020-01-01", expires: "2026-02-01"})
		docs = append(docs, p.document("acme"))
	}
	// More frameworks than any facet with few values has.
	for i := range 450 {
		d := person{name: fmt.Sprintf("framed-%d", i), applied: "2026-01-01", badges: []badge{{name: "Framed", skills: []string{"@urn:framed F"}, issuer: uni, earned: "2019-01-01"}}}.document("acme")
		d.Claims[0].Framework = fmt.Sprintf("Framework %03d", i)
		d.Claims[0].FrameworkW = record.Key(d.Claims[0].Framework)
		d.Flat = record.FlatAt(&d, d.CheckedAt.Unix())
		docs = append(docs, d)
	}
	put(t, e, docs...)
	put(t, e, documents("other")...)
	for _, text := range []string{"", "craft", "framed", "include:all", "craft include:authentic", "NOT craft", "wide", "wide include:all", "earned<1900", "issuer:i139", "status:expired"} {
		s.run(t, "more than is shown: "+text, func(t *testing.T) {
			for _, d := range []string{"2026-01-15", "2026-02-02", "2026-06-01"} {
				if err := check(t.Context(), e, docs, "acme", ask(t, text, query.Options{Facets: query.AllFacets(), Now: day(d), Size: 5})); err != nil {
					t.Errorf("as of %s: %v", d, err)
				}
			}
		})
	}
	s.run(t, "years, the newest first", func(t *testing.T) {
		// All badges: the wide ones' that ran out are of 2020.
		for text, newest := range map[string]int{"craft": 2019, "craft include:authentic": 2019, "craft include:all": 2020} {
			b := search(t, e, "acme", text, query.Options{Facets: []query.Facet{query.FacetYear}}).Facets[0].Buckets
			if len(b) != query.MaxBuckets || b[0].Value != fmt.Sprint(newest) || b[len(b)-1].Value != fmt.Sprint(newest-query.MaxBuckets+1) {
				t.Errorf("%s: %d years from %v to %v", text, len(b), b[0], b[len(b)-1])
			}
		}
	})
}
