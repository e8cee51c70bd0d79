package market

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"assay/index"
	"assay/index/conformance/relevance"
	"assay/index/query"
	"assay/index/skills"
)

// Ranking answers a question with applications, best first, on all pages.
type Ranking func(ctx context.Context, tenant, question string) ([]string, error)

// Page is what one page of an answer shows: who, where the next one is ("" = this
// was the last), and the parts below it, each with pages of its own.
type Page struct {
	Hits   []string
	Cursor string
	Below  []Page
}

// Asking asks for one page.
type Asking func(ctx context.Context, tenant string, q query.Query) (Page, error)

// Searching is the ranking of a search that is read to its last page, and then the
// parts below it each to its last.
func Searching(t *skills.Taxonomy, ask Asking) Ranking {
	return func(ctx context.Context, tenant, question string) ([]string, error) {
		page := func(cursor string) (Page, error) {
			// The first is a recruiter's: its size decides what is shown below it.
			q, err := query.New(question, query.Options{Taxonomy: t, Now: Now, Cursor: cursor, Export: cursor != ""})
			if err != nil {
				return Page{}, err
			}
			return ask(ctx, tenant, q)
		}
		first, err := page("")
		if err != nil {
			return nil, err
		}
		var out []string
		for _, part := range append([]Page{first}, first.Below...) {
			out = append(out, part.Hits...)
			for cursor := part.Cursor; cursor != ""; {
				next, err := page(cursor)
				if err != nil {
					return nil, err
				}
				if len(next.Hits) == 0 && len(next.Below) > 0 {
					next = next.Below[0] // of a part, the page has that part alone
				}
				out, cursor = append(out, next.Hits...), next.Cursor
			}
		}
		return out, nil
	}
}

// Shown gives the applications of hits, in their order.
func Shown(hits []index.Hit) []string {
	out := make([]string, len(hits))
	for i := range hits {
		out[i] = hits[i].Application
	}
	return out
}

// Measure sums what a ranking was worth for a set of questions.
type Measure struct {
	Questions       int
	NDCG, Precision float64 // at 10, means
	Recall          float64 // mean share of those of grade 2 and 3 that stand on any page
	Empty           int     // answers without anybody where somebody of grade 2 or 3 is there
	reversed, worst float64 // nDCG of the same answers in other orders
	recalled        int     // questions that Recall is of
	failing         []string
}

func (m *Measure) add(q *Question, ranking []string, grades map[string]int, err error) {
	m.Questions++
	n, p := relevance.NDCG(ranking, grades, 10), relevance.Precision(ranking, grades, 10)
	m.NDCG += n
	m.Precision += p
	turned := slices.Clone(ranking)
	slices.Reverse(turned)
	m.reversed += relevance.NDCG(turned, grades, 10)
	slices.SortStableFunc(turned, func(a, b string) int { return cmp.Compare(grades[a], grades[b]) })
	m.worst += relevance.NDCG(turned, grades, 10)
	there, found := 0, 0
	for _, g := range grades {
		if g >= 2 {
			there++
		}
	}
	for _, id := range ranking {
		if grades[id] >= 2 {
			found++
		}
	}
	if there > 0 {
		m.recalled++
		m.Recall += float64(found) / float64(there)
		if len(ranking) == 0 {
			m.Empty++
		}
	}
	if n < 0.9 || p < 0.9 || found*5 < there*4 {
		s := fmt.Sprintf("line %d %-11s nDCG %.2f P %.2f recall %d/%d of %d shown: %s", q.Line, q.Kind, n, p, found, there, len(ranking), q.Text)
		if err != nil {
			s += " (" + err.Error() + ")"
		}
		m.failing = append(m.failing, s)
	}
}

// Failing tells each question whose answer is far from right.
func (m *Measure) Failing() []string { return m.failing }

func (m *Measure) done() {
	n := float64(max(m.Questions, 1))
	m.NDCG, m.Precision, m.reversed, m.worst = m.NDCG/n, m.Precision/n, m.reversed/n, m.worst/n
	m.Recall /= float64(max(m.recalled, 1))
}

// String gives the measure as a table has it.
func (m *Measure) String() string {
	return fmt.Sprintf("%.3f %.3f %.3f %3d", m.NDCG, m.Precision, m.Recall, m.Empty)
}

// Measured is what a ranking was worth: by kind, "" being all.
type Measured map[string]*Measure

// together is how many questions are asked at once.
const together = 4

// Ask asks a ranking every question.
func Ask(ctx context.Context, rank Ranking, asked []Question, people []Person) (Measured, error) {
	type answer struct {
		ranking []string
		grades  map[string]int
		refused error
	}
	answers := make([]answer, len(asked))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(together)
	for i := range asked {
		g.Go(func() error {
			a, q := &answers[i], &asked[i]
			a.grades = q.Grades(people)
			var err error
			a.ranking, err = rank(ctx, Tenant, q.Text)
			// A question that is refused shows nobody, as one that finds nobody.
			var refused *query.SyntaxError
			switch {
			case errors.As(err, &refused):
				a.refused = err
			case err != nil:
				return fmt.Errorf("line %d: %w", q.Line, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := Measured{"": {}}
	for i, a := range answers {
		q := &asked[i]
		if out[q.Kind] == nil {
			out[q.Kind] = &Measure{}
		}
		out[""].add(q, a.ranking, a.grades, a.refused)
		out[q.Kind].add(q, a.ranking, a.grades, a.refused)
	}
	for _, m := range out {
		m.done()
	}
	return out, nil
}

// Table writes what several rankings are worth beside each other.
func Table(names []string, all []Measured) string {
	var kinds []string
	for k := range all[0] {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	var b strings.Builder
	fmt.Fprintf(&b, "%-12s %4s", "", "n")
	for _, name := range names {
		fmt.Fprintf(&b, " | %-21s", name)
	}
	fmt.Fprintf(&b, "\n%-12s %4s", "", "")
	for range names {
		fmt.Fprintf(&b, " | %-21s", "nDCG   P@10 recall  0")
	}
	for _, k := range kinds {
		fmt.Fprintf(&b, "\n%-12s %4d", cmp.Or(k, "all"), all[0][k].Questions)
		for _, m := range all {
			fmt.Fprintf(&b, " | %-21s", m[k])
		}
	}
	return b.String()
}

// Floor is what a ranking must reach.
type Floor struct {
	NDCG, Precision, Recall float64
	Empty                   int // at most
}

// Hold fails t where a measure is below the floor.
func (f Floor) Hold(t *testing.T, what string, m *Measure) {
	t.Helper()
	for _, p := range f.problems(m) {
		t.Errorf("%s: %s", what, p)
	}
}

func (f Floor) problems(m *Measure) []string {
	var out []string
	for _, c := range []struct {
		name      string
		got, want float64
	}{{"nDCG@10", m.NDCG, f.NDCG}, {"P@10", m.Precision, f.Precision}, {"recall", m.Recall, f.Recall}} {
		if c.got < c.want {
			out = append(out, fmt.Sprintf("%s is %.3f, want at least %.3f", c.name, c.got, c.want))
		}
	}
	if m.Empty > f.Empty {
		out = append(out, fmt.Sprintf("%d answers are empty though somebody is there, want at most %d", m.Empty, f.Empty))
	}
	return out
}

// Ordered fails t where other orders of the same answers would stand above the
// floor: then it measures nothing.
func (m *Measure) Ordered(t *testing.T, f Floor) {
	t.Helper()
	if m.reversed >= f.NDCG || m.worst >= f.NDCG {
		t.Errorf("the floor of %.3f says nothing about order: reversed %.3f, worst %.3f", f.NDCG, m.reversed, m.worst)
	}
}
