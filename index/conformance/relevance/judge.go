package relevance

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"assay/index"
	"assay/index/skills"
)

// Floors that an engine must reach.
const (
	FloorNDCG    = 0.90
	FloorQueries = 60
)

// judgment is one query with the grades of its applicants: 3 what a recruiter
// wants, 2 nearly, 1 better than nothing; not listed is 0.
type judgment struct {
	line   int
	topic  string
	query  string
	grades map[string]int
	must   []string // marked with an exclamation mark
}

// read parses a file of judgments: topic, query and id=grade entries, separated
// by tabs. "none" in the place of the entries: nothing may be found.
func read(r io.Reader) ([]judgment, error) {
	var out []judgment
	s := bufio.NewScanner(r)
	for n := 1; s.Scan(); n++ {
		l := s.Text()
		if l == "" || l[0] == '#' {
			continue
		}
		f := strings.Split(l, "\t")
		if len(f) != 3 {
			return nil, fmt.Errorf("line %d has %d fields, want 3", n, len(f))
		}
		j := judgment{line: n, topic: f[0], query: f[1], grades: map[string]int{}}
		if f[2] != "none" {
			for e := range strings.FieldsSeq(f[2]) {
				id, grade, ok := strings.Cut(e, "=")
				must := strings.HasSuffix(grade, "!")
				g, err := strconv.Atoi(strings.TrimSuffix(grade, "!"))
				if !ok || err != nil || g < 1 || g > 3 {
					return nil, fmt.Errorf("line %d: %q is no id=grade", n, e)
				}
				j.grades[id] = g
				if must {
					j.must = append(j.must, id)
				}
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

// folder finds testdata/relevance above the working directory.
func folder() (string, error) {
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

// Judge writes the corpus into an empty engine that was opened under key, asks
// every judged query, and fails t below the floors: nDCG@10 of FloorNDCG on the
// mean, and every must-have found. refresh makes what was written visible; nil
// where that is at once. It returns the mean.
func Judge(t *testing.T, e index.Engine, key []byte, refresh func() error) float64 {
	t.Helper()
	return JudgeWith(t, e, key, refresh, skills.Builtin())
}

// JudgeWith is Judge with another taxonomy than the built-in one.
func JudgeWith(t *testing.T, e index.Engine, key []byte, refresh func() error, tax *skills.Taxonomy) float64 {
	t.Helper()
	dir, err := folder()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "queries.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := read(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < FloorQueries {
		t.Errorf("%d judged queries, want at least %d", len(all), FloorQueries)
	}
	docs, err := Corpus(key, tax)
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
	sum, topics := 0.0, map[string][]float64{}
	mustFound, mustAll := 0, 0
	for _, j := range all {
		for id := range j.grades {
			if !known[id] {
				t.Fatalf("line %d judges %s, who is not in the corpus", j.line, id)
			}
		}
		q, err := index.NewQuery(j.query, index.QueryOptions{Taxonomy: tax, Now: Now, Size: index.MaxSize})
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
				t.Errorf("%q found %s of tenant %s", j.query, h.Application, h.Tenant)
			}
		}
		for _, m := range j.must {
			mustAll++
			if slices.Contains(ranking, m) {
				mustFound++
			} else {
				t.Errorf("%q does not find %s", j.query, m)
			}
		}
		n := NDCG(ranking, j.grades, 10)
		if n < 0.8 {
			t.Logf("%.3f %s: %q gives %v, want %v", n, j.topic, j.query, ranking[:min(len(ranking), 12)], j.grades)
		}
		sum += n
		topics[j.topic] = append(topics[j.topic], n)
	}
	mean := sum / float64(len(all))
	t.Logf("%d queries, nDCG@10 %.4f, must-have recall %d of %d", len(all), mean, mustFound, mustAll)
	for topic, list := range topics {
		s := 0.0
		for _, v := range list {
			s += v
		}
		t.Logf("  %-12s %2d queries, nDCG@10 %.4f", topic, len(list), s/float64(len(list)))
	}
	if mean < FloorNDCG {
		t.Errorf("nDCG@10 is %.4f, want at least %.2f", mean, FloorNDCG)
	}
	return mean
}
