package relevance

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/index"
	"assay/index/query"
	"assay/index/skills"
)

// What the set and any engine must reach, whatever taxonomy is loaded.
const (
	FloorNDCG    = 0.90
	FloorQueries = 100
	// FloorGraded is the least number of queries with three distinct grades:
	// only these can tell a good order from a bad one.
	FloorGraded = 30
)

// judgment is one query with what a recruiter wants of it.
type judgment struct {
	line   int
	topic  string
	query  string
	grades map[string]int // 1 to 3; not listed is 0
	must   []string       // must be found
	never  []string       // must not be shown
}

// read parses a file of judgments: topic, query, the applicants of grade 3, 2
// and 1, and those who must not be shown, separated by tabs; "-" is nobody.
func read(r io.Reader) ([]judgment, error) {
	var out []judgment
	s := bufio.NewScanner(r)
	for n := 1; s.Scan(); n++ {
		l := s.Text()
		if l == "" || l[0] == '#' {
			continue
		}
		f := strings.Split(l, "\t")
		if len(f) != 6 {
			return nil, fmt.Errorf("line %d has %d fields, want 6", n, len(f))
		}
		j := judgment{line: n, topic: f[0], query: f[1], grades: map[string]int{}}
		listed := map[string]bool{}
		for i, column := range f[2:] {
			for id := range strings.FieldsSeq(column) {
				if id == "-" {
					continue
				}
				id, must := strings.CutSuffix(id, "!")
				if listed[id] || id == "" {
					return nil, fmt.Errorf("line %d judges %q twice", n, id)
				}
				listed[id] = true
				switch grade := 3 - i; {
				case grade > 0:
					j.grades[id] = grade
					if must {
						j.must = append(j.must, id)
					}
				case must:
					return nil, fmt.Errorf("line %d: %s must be found and must not be shown", n, id)
				default:
					j.never = append(j.never, id)
				}
			}
			if column == "" {
				return nil, fmt.Errorf("line %d has an empty field", n)
			}
		}
		out = append(out, j)
	}
	return out, s.Err()
}

// NDCG gives the normalised discounted cumulative gain of the first k of a
// ranking.
func NDCG(ranking []string, grades map[string]int, k int) float64 {
	gain := func(g int) float64 { return math.Pow(2, float64(g)) - 1 }
	dcg := 0.0
	for i, id := range ranking[:min(len(ranking), k)] {
		dcg += gain(grades[id]) / math.Log2(float64(i+2))
	}
	var ideal []int
	for _, g := range grades {
		ideal = append(ideal, g)
	}
	slices.SortFunc(ideal, func(a, b int) int { return b - a })
	best := 0.0
	for i, g := range ideal[:min(len(ideal), k)] {
		best += gain(g) / math.Log2(float64(i+2))
	}
	if best == 0 {
		if len(ranking) == 0 {
			return 1
		}
		return 0
	}
	return dcg / best
}

// Precision gives the share of the first k of a ranking that have a grade. An
// empty ranking is right only where nobody has one.
func Precision(ranking []string, grades map[string]int, k int) float64 {
	n := min(len(ranking), k)
	if n == 0 {
		if len(grades) == 0 {
			return 1
		}
		return 0
	}
	good := 0
	for _, id := range ranking[:n] {
		if grades[id] > 0 {
			good++
		}
	}
	return float64(good) / float64(n)
}

// Folder finds testdata/relevance above the working directory.
func Folder() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			return filepath.Join(dir, "testdata", "relevance"), nil
		}
		if filepath.Dir(dir) == dir {
			return "", os.ErrNotExist
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

func judgments() ([]judgment, error) {
	dir, err := Folder()
	if err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(dir, "queries.tsv"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return read(f)
}

// measure sums what was found for a set of queries.
type measure struct {
	queries          int
	ndcg, precision  float64 // means, once done
	reversed, worst  float64 // nDCG of the same hits in other orders
	must, mustFound  int
	never, neverSeen int
}

func (m *measure) add(ranking []string, j *judgment) {
	m.queries++
	m.ndcg += NDCG(ranking, j.grades, 10)
	m.precision += Precision(ranking, j.grades, 10)
	m.reversed += NDCG(reversed(ranking), j.grades, 10)
	m.worst += NDCG(worst(ranking, j.grades), j.grades, 10)
	m.must += len(j.must)
	for _, id := range j.must {
		if slices.Contains(ranking, id) {
			m.mustFound++
		}
	}
	m.never += len(j.never)
	for _, id := range j.never {
		if slices.Contains(ranking, id) {
			m.neverSeen++
		}
	}
}

func (m *measure) done() {
	for _, v := range []*float64{&m.ndcg, &m.precision, &m.reversed, &m.worst} {
		*v /= float64(m.queries)
	}
}

func (m *measure) String() string {
	return fmt.Sprintf("%3d queries  nDCG@10 %.3f  P@10 %.3f  must %d/%d  never %d/%d  reversed %.3f  worst %.3f",
		m.queries, m.ndcg, m.precision, m.mustFound, m.must, m.neverSeen, m.never, m.reversed, m.worst)
}

func reversed(ranking []string) []string {
	r := slices.Clone(ranking)
	slices.Reverse(r)
	return r
}

// worst puts the hits that are wanted least first.
func worst(ranking []string, grades map[string]int) []string {
	r := slices.Clone(ranking)
	slices.SortStableFunc(r, func(a, b string) int { return cmp.Compare(grades[a], grades[b]) })
	return r
}

// Judge writes the corpus into an empty engine that was opened under key, asks
// every judged query, and fails t below the floors (see floors), where someone
// who must be found is not or who must not be shown is, and where another order
// of the same hits would pass as well: then the floor measures nothing. refresh
// makes what was written visible; nil where that is at once. It returns the mean
// nDCG at 10.
func Judge(t *testing.T, e index.Engine, key []byte, refresh func() error) float64 {
	t.Helper()
	return judge(t, e, key, refresh, skills.Builtin(), floors)
}

// JudgeWith is Judge with another taxonomy than the built-in one. The same floors
// hold: more frameworks must not make an answer worse.
func JudgeWith(t *testing.T, e index.Engine, key []byte, refresh func() error, tax *skills.Taxonomy) float64 {
	t.Helper()
	return judge(t, e, key, refresh, tax, floors)
}

// MaxLoss is what the mean nDCG may lose by the frameworks that are imported.
const MaxLoss = 0.005

func judge(t *testing.T, e index.Engine, key []byte, refresh func() error, tax *skills.Taxonomy, floors map[string]floor) float64 {
	t.Helper()
	all, err := judgments()
	if err != nil {
		t.Fatal(err)
	}
	docs, err := Judged(key, tax)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, d := range docs {
		if d.Tenant == Tenant {
			known[d.Application] = true
		}
	}
	for i, o := range e.Write(t.Context(), docs) {
		if o.Err != nil {
			t.Fatalf("Write of %s: %v", docs[i].Application, o.Err)
		}
	}
	if refresh != nil {
		if err := refresh(); err != nil {
			t.Fatal(err)
		}
	}
	total, topics := &measure{}, map[string]*measure{}
	for i := range all {
		j := &all[i]
		q, err := query.New(j.query, query.Options{Taxonomy: tax, Now: Now, Size: query.MaxSize})
		if err != nil {
			t.Errorf("line %d: %v", j.line, err)
			continue
		}
		r, err := e.Search(t.Context(), Tenant, q)
		if err != nil {
			t.Errorf("line %d: %v", j.line, err)
			continue
		}
		var ranking []string
		for _, h := range r.Hits {
			ranking = append(ranking, h.Application)
			if !known[h.Application] || h.Tenant != Tenant {
				t.Errorf("line %d: %s finds %s of tenant %s", j.line, j.query, h.Application, h.Tenant)
			}
		}
		if r.Total != len(r.Hits) {
			t.Logf("line %d: %s finds %d, and only %d are looked at", j.line, j.query, r.Total, len(r.Hits))
		}
		for _, id := range j.must {
			if !slices.Contains(ranking, id) {
				t.Errorf("line %d: %s does not find %s", j.line, j.query, id)
			}
		}
		for _, id := range j.never {
			if slices.Contains(ranking, id) {
				t.Errorf("line %d: %s shows %s", j.line, j.query, id)
			}
		}
		if n, p := NDCG(ranking, j.grades, 10), Precision(ranking, j.grades, 10); n < 0.95 || p < 0.95 {
			t.Logf("line %d: nDCG %.3f P %.3f: %s gives %s", j.line, n, p, j.query, graded(ranking, j.grades))
		}
		if topics[j.topic] == nil {
			topics[j.topic] = &measure{}
		}
		total.add(ranking, j)
		topics[j.topic].add(ranking, j)
	}
	total.done()
	t.Logf("%-10s %s", "all", total)
	check(t, "all", total, floors[""])
	for _, topic := range slices.Sorted(maps.Keys(topics)) {
		topics[topic].done()
		t.Logf("%-10s %s", topic, topics[topic])
		check(t, topic, topics[topic], floors[topic])
	}
	return total.ndcg
}

func check(t *testing.T, topic string, m *measure, f floor) {
	t.Helper()
	if m.ndcg < f.ndcg {
		t.Errorf("%s: nDCG@10 is %.3f, want at least %.3f", topic, m.ndcg, f.ndcg)
	}
	if m.precision < f.precision {
		t.Errorf("%s: P@10 is %.3f, want at least %.3f", topic, m.precision, f.precision)
	}
	// The check of the check: other orders of the same hits must not do.
	if !slices.Contains(unordered, topic) && f.ndcg > 0 && (m.reversed >= f.ndcg || m.worst >= f.ndcg) {
		t.Errorf("%s: the floor of %.3f says nothing about order: reversed %.3f, worst %.3f", topic, f.ndcg, m.reversed, m.worst)
	}
}

// graded shows a ranking with the grade of each, and of whom it lacks.
func graded(ranking []string, grades map[string]int) string {
	var b strings.Builder
	for _, id := range ranking[:min(len(ranking), 20)] {
		fmt.Fprintf(&b, "%s=%d ", id, grades[id])
	}
	b.WriteString("without")
	for _, id := range slices.Sorted(maps.Keys(grades)) {
		if !slices.Contains(ranking, id) {
			fmt.Fprintf(&b, " %s=%d", id, grades[id])
		}
	}
	return b.String()
}
