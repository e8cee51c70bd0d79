package relevance

import (
	"context"
	"crypto/rand"
	"io"
	"math"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"assay/deploy/testenv"
	"assay/index"
	"assay/index/conformance"
	"assay/index/elastic"
	"assay/index/local"
	"assay/index/record"
	"assay/index/skills"
)

func TestBleve(t *testing.T) {
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: conformance.Key})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	Judge(t, e, conformance.Key, func() error { return conformance.Refresh(t.Context(), e) })
}

// With all of ESCO and O*NET loaded, twenty times as many names compete for what
// is typed: the floors must still hold, and the answers be as good as without.
func TestBleveWithWholeFrameworks(t *testing.T) {
	dir := shared(t, "skills/build")
	to := t.TempDir()
	for _, format := range []string{skills.FormatESCO, skills.FormatONET} {
		if _, err := (skills.Source{Format: format, Files: os.DirFS(dir), Version: "1"}).Install(to, false); err != nil {
			t.Fatal(err)
		}
	}
	tax, err := skills.Open(to)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(judge func(e index.Engine, refresh func() error) float64) float64 {
		e, err := local.Open(local.Options{Dir: t.TempDir(), Key: conformance.Key})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		}()
		return judge(e, func() error { return conformance.Refresh(t.Context(), e) })
	}
	whole := ask(func(e index.Engine, refresh func() error) float64 {
		return JudgeWith(t, e, conformance.Key, refresh, tax)
	})
	core := ask(func(e index.Engine, refresh func() error) float64 { return Judge(t, e, conformance.Key, refresh) })
	if whole < core-MaxLoss {
		t.Errorf("mean nDCG@10 is %.4f with whole frameworks, and %.4f without", whole, core)
	}
}

// shared gives a folder of the data that tests read when it is there.
func shared(t *testing.T, sub string) string {
	t.Helper()
	return testenv.Shared(t, sub)
}

func TestElasticsearch(t *testing.T) {
	addr := testenv.Elastic(t)
	prefix := "relevance-" + strings.ToLower(rand.Text()[:12])
	e, err := elastic.Open(t.Context(), elastic.Options{Addresses: []string{addr}, Key: conformance.Key, Prefix: prefix, Timeout: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		remove(t, addr, prefix)
	}()
	Judge(t, e, conformance.Key, func() error { return conformance.Refresh(t.Context(), e) })
}

// remove deletes the test's indices and template.
func remove(t *testing.T, addr, prefix string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	do := func(method, path string) string {
		r, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(addr, "/")+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for name := range strings.FieldsSeq(do(http.MethodGet, "/_cat/indices/"+prefix+"*?h=index")) {
		if strings.HasPrefix(name, prefix) {
			do(http.MethodDelete, "/"+name)
		}
	}
	do(http.MethodDelete, "/_index_template/"+prefix+"*")
}

func TestNDCG(t *testing.T) {
	grades := map[string]int{"a": 3, "b": 2, "c": 1}
	tests := []struct {
		desc    string
		ranking []string
		want    float64
	}{
		{"ideal", []string{"a", "b", "c"}, 1},
		{"nothing found", nil, 0},
		{"only what nobody wants", []string{"x", "y"}, 0},
		{"one in the way", []string{"x", "a", "b", "c"}, (7/math.Log2(3) + 3/math.Log2(4) + 1/math.Log2(5)) / (7 + 3/math.Log2(3) + 1/math.Log2(4))},
		{"turned round", []string{"c", "b", "a"}, (1 + 3/math.Log2(3) + 7/math.Log2(4)) / (7 + 3/math.Log2(3) + 1/math.Log2(4))},
	}
	for _, tt := range tests {
		if got := NDCG(tt.ranking, grades, 10); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", tt.desc, got, tt.want)
		}
	}
	if NDCG(nil, nil, 10) != 1 || NDCG([]string{"x"}, nil, 10) != 0 {
		t.Error("nothing wanted")
	}
}

func TestPrecision(t *testing.T) {
	grades := map[string]int{"a": 3, "b": 1}
	tests := []struct {
		desc    string
		ranking []string
		grades  map[string]int
		want    float64
	}{
		{"all wanted", []string{"a", "b"}, grades, 1},
		{"half", []string{"x", "a", "y", "b"}, grades, 0.5},
		{"beyond the first ten", []string{"a", "b", "a", "b", "a", "b", "a", "b", "a", "b", "x", "x"}, grades, 1},
		{"nothing found", nil, grades, 0},
		{"nothing wanted, nothing found", nil, nil, 1},
		{"nothing wanted", []string{"x"}, nil, 0},
	}
	for _, tt := range tests {
		if got := Precision(tt.ranking, tt.grades, 10); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.desc, got, tt.want)
		}
	}
}

func TestRead(t *testing.T) {
	got, err := read(strings.NewReader("# x\n\nsoft\tq r\ta! c\tb\t-\tz y\nnone\tq\t-\t-\t-\t-\n"))
	if err != nil || len(got) != 2 || len(got[1].grades) != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	want := judgment{3, "soft", "q r", map[string]int{"a": 3, "c": 3, "b": 2}, []string{"a"}, []string{"z", "y"}}
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("%+v, want %+v", got[0], want)
	}
	for _, bad := range []string{"a\tb", "a\tb\tc\t-\t-", "a\tb\tc\tc\t-\t-", "a\tb\t-\t-\t-\tc!", "a\tb\t!\t-\t-\t-", "a\tb\tc\t\t-\t-"} {
		if _, err := read(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

// The set is as large and as mixed as it claims to be, and judges only people
// who exist.
func TestQueries(t *testing.T) {
	all, err := judgments()
	if err != nil {
		t.Fatal(err)
	}
	docs, err := Judged([]byte("k"), skills.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, d := range docs {
		known[d.Application] = true
	}
	mixed, topics, seen := 0, map[string]int{}, map[string]bool{}
	for _, j := range all {
		if seen[j.query] {
			t.Errorf("line %d: %s is asked twice", j.line, j.query)
		}
		seen[j.query] = true
		topics[j.topic]++
		kinds := map[int]bool{}
		for id, g := range j.grades {
			kinds[g] = true
			if !known[id] {
				t.Errorf("line %d judges %s, who is not in the corpus", j.line, id)
			}
		}
		for _, id := range j.never {
			if !known[id] {
				t.Errorf("line %d judges %s, who is not in the corpus", j.line, id)
			}
		}
		if len(kinds) == 3 {
			mixed++
		}
	}
	if len(all) < FloorQueries || mixed < FloorGraded {
		t.Errorf("%d queries, %d of them with three grades, want %d and %d", len(all), mixed, FloorQueries, FloorGraded)
	}
	for topic, n := range topics {
		if n < 5 {
			t.Errorf("%d queries about %s", n, topic)
		}
	}
	for _, s := range skills.Builtin().SoftSkills() {
		if !seen[s.Name] && !seen[`"`+s.Name+`"`] {
			t.Errorf("nobody asks for %s", s.Name)
		}
	}
}

func TestCorpus(t *testing.T) {
	tests := []struct {
		desc  string
		load  func([]byte, *skills.Taxonomy) ([]record.Application, error)
		least int
	}{
		{"judged", Judged, 500},
		{"few", Corpus, 190},
	}
	for _, tt := range tests {
		docs, err := tt.load([]byte("k"), skills.Builtin())
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		for _, d := range docs {
			if ids[d.ID] {
				t.Errorf("%s: %s twice", tt.desc, d.Application)
			}
			ids[d.ID] = true
		}
		if len(docs) < tt.least {
			t.Errorf("%s: %d documents", tt.desc, len(docs))
		}
	}
}

func TestPeople(t *testing.T) {
	got, err := people([]byte("# x\n\na\tjob\tOne\n\t\tTwo | tag x\nb\tjob\tThree\n"))
	if want := []person{{"a", "job", []string{"One", "Two | tag x"}}, {"b", "job", []string{"Three"}}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"a\tb", "\t\tc", "a\t\tc", "\tb\tc", "a\tb\t"} {
		if _, err := people([]byte(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
	for _, bad := range []string{"A | esco no such skill", "A | by nobody", "A | is good", "A | on yesterday", "A | until 2024-13", "A | colour red", "A | tag"} {
		if _, err := entry(skills.Builtin(), bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}
