package conformance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
)

// looseText makes a question of a few words, some of them filler words, that often
// nobody meets as it stands.
func looseText(r *rand.Rand) string {
	var out []string
	for range 1 + r.IntN(4) {
		out = append(out, pick(r, vocabulary))
	}
	for range r.IntN(3) {
		out = append(out, pick(r, []string{"with", "experience", "years", "certified", "zymurgology", "montreal", "ligo", "academy", "speaker", "monrteal", "acadmey"}))
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	switch r.IntN(6) {
	case 0:
		out = append(out, "NOT "+pick(r, vocabulary))
	case 1:
		out = append(out, "issuer:"+pick(r, []string{"montreal", "code", "ligo"}))
	case 2:
		out = append(out, "include:all")
	case 3:
		out = append(out, `"`+pick(r, vocabulary)+`"`)
	}
	return strings.Join(out, " ")
}

// sectionsOf asks for an answer and for the next page of each of its sections, and
// writes all of it down.
func sectionsOf(ctx context.Context, e index.Engine, tenant, text string, o query.Options) (string, error) {
	q, err := query.New(text, o)
	if err != nil {
		return "", err
	}
	res, err := index.Search(ctx, e, tenant, q)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	write := func(hits []index.Hit) {
		for _, h := range hits {
			fmt.Fprintf(&out, "  %s %s %d\n", h.ID, h.Tenant, h.Score)
			for _, w := range h.Why {
				fmt.Fprintf(&out, "    %s %s %s\n", w.Term, w.How, w.Label)
			}
		}
	}
	if res.Help != nil {
		res.Help.Near = nil // as of the engine's own clock, as suggestions are
	}
	fmt.Fprintf(&out, "%d %v %s %s %s\n", res.Total, res.Words, asJSON(res.Facets), asJSON(res.Instead), asJSON(res.Help))
	write(res.Hits)
	for _, s := range res.Sections {
		fmt.Fprintf(&out, "%s %s %d\n", s.Way, s.Heading, s.Total)
		write(s.Hits)
		if s.Cursor == "" {
			continue
		}
		q.Cursor = s.Cursor
		next, err := index.Search(ctx, e, tenant, q)
		if err != nil {
			return "", err
		}
		if len(next.Sections) != 1 {
			return "", fmt.Errorf("the next page of a section has %d sections", len(next.Sections))
		}
		n := next.Sections[0]
		fmt.Fprintf(&out, " next: %s %d %d\n", n.Heading, n.Total, len(next.Hits))
		write(n.Hits)
	}
	return out.String(), nil
}

// thin are questions that find fewer than a page, and what stands below.
var thin = []struct {
	desc, query string
	o           query.Options
	want        string // the hits, and of each section its way, a colon and its hits, parted by a bar
}{
	{desc: "filler words", query: "certified python experience", want: "| fillers: ana ben mia ned"},
	{desc: "filler words of other languages", query: "python mit erfahrung", want: "| fillers: ana ben mia ned"},
	{desc: "a filler word that is all there is", query: "experience", want: ""},
	{desc: "a word that nobody has", query: "python zymurgology", want: "| most: ana ben mia ned"},
	{desc: "two skills, the commoner is given up first", query: "python welding", want: "| most: jon | most: ana ben mia ned"},
	{desc: "two of three", query: "python java sql", want: "| most: mia ned | most: ben | any: ana sue"},
	{desc: "an AND that was written out", query: "python AND welding", want: ""},
	{desc: "an and among words", query: "python and welding", want: "| most: jon | most: ana ben mia ned"},
	{desc: "a NOT is kept", query: "python welding NOT java", want: "| most: jon | most: ana ben"},
	{desc: "what NOT keeps out is nowhere", query: "zymurgology python -java", want: "| most: ana ben"},
	{desc: "quotes are kept", query: `"python" welding`, want: "| most: ana ben mia ned"},
	{desc: "quotes alone", query: `"python" "welding"`, want: ""},
	{desc: "brackets are kept", query: "(python welding)", want: ""},
	{desc: "brackets within are kept", query: "(python OR java) welding", want: "| most: ana ben mia ned"},
	{desc: "a field is kept", query: "python welding issuer:montreal", want: "| most: ana mia"},
	{desc: "a field binds what is left", query: "python zymurgology earned>2024", want: "| most: ben mia"},
	{desc: "a job is kept", query: "python zymurgology job:welder", want: ""},
	{desc: "exact gives nothing up", query: "certified python welding", o: query.Options{Exact: true}, want: ""},
	{desc: "a picked filter is kept", query: "python welding", o: choose(query.FacetSkill, esco+java), want: "| most: mia ned"},
	{desc: "statuses are kept", query: "python zymurgology include:rejected", want: "| most: ana ben dan mia ned"},
	{desc: "a full page has no sections", query: "python java", o: query.Options{Size: 2}, want: "mia ned"},
	{desc: "what is found stands above", query: "python sql", want: "ben | most: sue | most: ana mia ned"},
	{desc: "a year is when a badge was earned", query: "python 2025", want: "ben mia | most: ana ned"},
	{desc: "a year among words that nobody has", query: "python zymurgology 2025", want: "| most: ben mia | most: ana ned"},
	{desc: "since a year", query: "python since 2023", want: "ana ben mia | most: ned"},
	{desc: "a level", query: "french B2", want: "lea"},
	{desc: "a level that nobody has", query: "french C1", want: "| most: lea"},
	{desc: "a number of years", query: "python 4+ years", want: "ned | most: ana ben mia"},
	{desc: "a number alone is nobody", query: "zymurgology 2025", want: ""},
	{desc: "a role word is given up first", query: "python operator", want: "| most: ana ben mia ned"},
	{desc: "nobody is found by a role word alone", query: "zymurgology latte technician", want: "| most: kim"},
	{desc: "another form of a word", query: "responding", want: "| forms: ivy"},
	{desc: "an issuer by a word", query: "montreal python", want: "ana ben mia ned"},
	{desc: "an issuer with a typing error", query: "monrteal python", want: "| spelling: ana ben mia ned"},
	{desc: "an issuer with a typing error, by what it calls itself", query: "acadmey sql", want: "| spelling: ben sue"},
	{desc: "no typing error in quotes", query: `"monrteal" python`, want: ""},
	{desc: "an issuer by what it calls itself", query: "academy sql", want: "ben sue | most: ned"},
}

func (s *suite) sections(t *testing.T) {
	e := s.open(t)
	docs := documents("acme")
	put(t, e, docs...)
	put(t, e, documents("other")...)
	for _, c := range thin {
		s.run(t, c.desc, func(t *testing.T) {
			if c.o.Size == 0 {
				c.o.Size = query.MaxSize
			}
			res, err := index.Search(t.Context(), e, "acme", ask(t, c.query, c.o))
			if err != nil {
				t.Fatal(err)
			}
			list := names(res)
			slices.Sort(list)
			got := strings.Join(list, " ")
			seen := map[string]bool{}
			for _, n := range list {
				seen[n] = true
			}
			for _, x := range res.Sections {
				list = names(&index.Results{Hits: x.Hits})
				slices.Sort(list)
				got += " | " + string(x.Way) + ": " + strings.Join(list, " ")
				if x.Total != len(x.Hits) || x.Heading == "" {
					t.Errorf("%+v", x)
				}
				for _, n := range list {
					if seen[n] {
						t.Errorf("%s stands there twice", n)
					}
					seen[n] = true
				}
			}
			if got = strings.TrimSpace(got); got != c.want {
				t.Errorf("%s finds\n  %s\nwant\n  %s", c.query, got, c.want)
			}
		})
	}
	s.longest(t, e)
	s.counted(t, e)
	s.sectionPages(t, e)
	s.randomSections(t)
}

// counted asks again with what is known of how many there are: the answer is the same,
// also where there are more by now.
func (s *suite) counted(t *testing.T, e index.Engine) {
	for _, sort := range []query.Sort{query.SortMatch, query.SortBreadth, query.SortRecency} {
		s.run(t, "the number is known, by "+string(sort), func(t *testing.T) {
			for _, text := range []string{"python", "python OR welding", "latte include:all"} {
				for _, blind := range []bool{false, true} {
					q := ask(t, text, query.Options{Sort: sort, Size: query.MaxSize, Blind: blind, Facets: query.AllFacets()})
					answer := func() string {
						r, err := e.Search(t.Context(), "acme", q)
						if err != nil || len(r.Hits) == 0 {
							t.Fatalf("%+v, %v", r, err)
						}
						r.Took, q.Found = 0, r.Total
						return asJSON(r)
					}
					for _, size := range []int{query.MaxSize, 2} {
						q.Size, q.Found = size, 0
						want := answer()
						q.Found = min(q.Found, size) // with fewer, those that are more by now
						if got := answer(); got != want {
							t.Errorf("%q, %d a page: %s\nwant %s", text, size, got, want)
						}
					}
				}
			}
		})
	}
}

// longest asks what is dearest to ask, of all statuses and for blind readers: as many
// words as a question may have, known ones and misspelt ones.
func (s *suite) longest(t *testing.T, e index.Engine) {
	known := strings.Fields("python java sql welding nursing french latte montreal academy crane mysql bandaging sommelier kubernetes zeppelin falconry")
	for _, c := range []struct{ desc, text string }{
		{"known words", strings.Join(known[:query.MaxTerms-1], " ")},
		{"words that nobody knows", strings.Join(known[:query.MaxTerms-1], "qx ") + "qx"},
		{"names of several words", "machine learning project management customer service first aid data science certified public accountant"},
	} {
		s.run(t, "the longest question: "+c.desc, func(t *testing.T) {
			for _, text := range []string{c.text, c.text + " include:all"} {
				q := ask(t, text, query.Options{Blind: true, Facets: query.AllFacets()})
				if _, err := index.Search(t.Context(), e, "acme", q); err != nil {
					t.Errorf("%q: %v", text, err)
				}
			}
		})
	}
}

// sectionPages goes through a section page by page.
func (s *suite) sectionPages(t *testing.T, e index.Engine) {
	o := query.Options{Size: 2}
	q := ask(t, "python zymurgology", o)
	first, err := index.Search(t.Context(), e, "acme", q)
	if err != nil || len(first.Sections) != 1 || first.Sections[0].Cursor == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	cursor := first.Sections[0].Cursor
	s.run(t, "page by page", func(t *testing.T) {
		got := names(&index.Results{Hits: first.Sections[0].Hits})
		q := q
		for q.Cursor = cursor; q.Cursor != ""; {
			r, err := index.Search(t.Context(), e, "acme", q)
			if err != nil || len(r.Sections) != 1 || len(r.Hits) != 0 {
				t.Fatalf("%+v, %v", r, err)
			}
			got = append(got, names(&index.Results{Hits: r.Sections[0].Hits})...)
			q.Cursor = r.Sections[0].Cursor
		}
		whole := search(t, e, "acme", "python", query.Options{Size: query.MaxSize})
		slices.Sort(got)
		want := names(whole)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
	for _, c := range []struct{ desc, tenant, text string }{
		{"under another tenant", "other", "python zymurgology"},
		{"with another question", "acme", "java zymurgology"},
	} {
		s.run(t, "a section's cursor "+c.desc, func(t *testing.T) {
			q := ask(t, c.text, o)
			q.Cursor = cursor
			if _, err := index.Search(t.Context(), e, c.tenant, q); err == nil {
				t.Error("is taken")
			}
		})
	}
	s.run(t, "a section's cursor is none of the answer", func(t *testing.T) {
		q := q
		q.Cursor = cursor
		if _, err := e.Search(t.Context(), "acme", q); err == nil {
			t.Error("is taken")
		}
	})
}

// randomSections compares the sections of random questions with those of the
// oracle.
func (s *suite) randomSections(t *testing.T) {
	e := s.open(t)
	r := rand.New(rand.NewPCG(20260601, 3))
	docs := randomDocuments(r, 60, "acme", "other")
	for _, tenant := range []string{"acme", "other"} {
		docs = append(docs, record.Stub(Key, tenant, "person-0"))
	}
	put(t, e, randomDocuments(rand.New(rand.NewPCG(20260601, 3)), 60, "acme", "other")...)
	for _, tenant := range []string{"acme", "other"} {
		if err := e.Erase(t.Context(), tenant, "person-0"); err != nil {
			t.Fatal(err)
		}
	}
	refresh(t, e)
	docs = slices.DeleteFunc(docs, func(a record.Application) bool { return a.Application == "person-0" })
	s.run(t, "random sections", func(t *testing.T) {
		n := 60
		if testing.Short() {
			n = 20
		}
		found := map[query.Way]int{}
		for range n {
			text := looseText(r)
			o := query.Options{
				Now: day(randomDay(r, 2027, 2028)), Size: 1 + r.IntN(query.MaxSize), Blind: r.IntN(3) == 0,
				Sort: pick(r, []query.Sort{query.SortMatch, query.SortMatch, query.SortBreadth, query.SortRecency}),
			}
			if r.IntN(4) == 0 {
				o.Facets = query.AllFacets()
			}
			for _, tenant := range []string{"acme", "other"} {
				own := reference{}
				for _, d := range docs {
					if d.Tenant == tenant && !d.Erased {
						own.docs = append(own.docs, d)
					}
				}
				want, err := sectionsOf(t.Context(), own, tenant, text, o)
				if err != nil {
					t.Fatal(err)
				}
				got, err := sectionsOf(t.Context(), e, tenant, text, o)
				if err != nil {
					t.Fatal(err)
				}
				if got != want {
					t.Fatalf("%q as %s:\n%s\nwant\n%s", text, tenant, got, want)
				}
				for _, w := range []query.Way{query.WayFillers, query.WayForms, query.WaySpelling, query.WayMost, query.WayAny} {
					found[w] += strings.Count(got, "\n"+string(w)+" ")
				}
			}
		}
		for _, w := range []query.Way{query.WayFillers, query.WayMost, query.WayAny} {
			if found[w] == 0 {
				t.Errorf("no section is of %s: %v", w, found)
			}
		}
	})
}
