package relevance

import (
	"context"
	"crypto/rand"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/index/conformance"
	"assay/index/elastic"
	"assay/index/local"
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

// With all of ESCO and O*NET loaded, thirty times as many names compete for what
// is typed: the judgments must still hold.
func TestBleveWithWholeFrameworks(t *testing.T) {
	dir := shared(t, "skills/build")
	to := t.TempDir()
	for _, format := range []string{skills.FormatESCO, skills.FormatONET} {
		if _, err := skills.Install(to, format, "", "1", os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
	}
	tax, err := skills.Open(to)
	if err != nil {
		t.Fatal(err)
	}
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: conformance.Key})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	JudgeWith(t, e, conformance.Key, func() error { return conformance.Refresh(t.Context(), e) }, tax)
}

// shared gives a folder of the data that tests read when it is there.
func shared(t *testing.T, sub string) string {
	t.Helper()
	dir := os.Getenv("ASSAY_SHARED")
	if dir == "" {
		dir = "../shared"
	}
	if !filepath.IsAbs(dir) {
		data, err := folder()
		if err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(data, "..", "..", dir)
	}
	dir = filepath.Join(dir, sub)
	if _, err := os.Stat(dir); err != nil {
		if strings.Contains(os.Getenv("ASSAY_REQUIRE"), "shared") {
			t.Fatalf("required: %v", err)
		}
		t.Skip("shared data is not there")
	}
	return dir
}

func TestElasticsearch(t *testing.T) {
	addr := os.Getenv("ASSAY_ELASTIC")
	if addr == "" {
		if strings.Contains(os.Getenv("ASSAY_REQUIRE"), "elasticsearch") {
			t.Fatal("ASSAY_REQUIRE names elasticsearch, and ASSAY_ELASTIC is not set")
		}
		t.Skip("no Elasticsearch: start one with deploy/elasticsearch.sh and set ASSAY_ELASTIC to its address")
	}
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

func TestRead(t *testing.T) {
	got, err := read(strings.NewReader("# x\n\nsoft\tq r\ta=3! b=1\nnone\tq\tnone\n"))
	if err != nil || len(got) != 2 || got[0].grades["a"] != 3 || got[0].grades["b"] != 1 || len(got[0].must) != 1 || len(got[1].grades) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"a\tb", "a\tb\tc", "a\tb\tc=4", "a\tb\tc=x", "a\tb\tc=3!!"} {
		if _, err := read(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestCorpus(t *testing.T) {
	docs, err := Corpus([]byte("k"), skills.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, d := range docs {
		if ids[d.ID] {
			t.Errorf("%s twice", d.Application)
		}
		ids[d.ID] = true
	}
	if len(docs) < 400 {
		t.Errorf("%d documents", len(docs))
	}
}
