package market

import (
	"context"
	"crypto/rand"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/deploy/testenv"
	"assay/index"
	"assay/index/conformance"
	"assay/index/elastic"
	"assay/index/local"
	"assay/index/query"
	"assay/index/skills"
)

// heldEnv asks the questions that are held back, too, as CI does, and tells what
// they are worth together; "names" also which of them fail. Whoever works on the
// search leaves it unset.
const heldEnv = "ASSAY_HELD"

func TestMarket(t *testing.T) {
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: conformance.Key})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	judge(t, e)
}

func TestLongMarket(t *testing.T) {
	if os.Getenv("ASSAY_LONG") == "" {
		t.Skip("is long: make test-long")
	}
	addr := testenv.Elastic(t)
	prefix := "market-" + strings.ToLower(rand.Text()[:12])
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
	judge(t, e)
}

// answers gives whole answers of an engine, sections included.
func answers(e index.Engine) func(context.Context, string, query.Query) (Page, error) {
	return func(ctx context.Context, tenant string, q query.Query) (Page, error) {
		r, err := index.Search(ctx, e, tenant, q)
		if err != nil {
			return Page{}, err
		}
		p := Page{Hits: Shown(r.Hits), Cursor: r.Cursor}
		for _, s := range r.Sections {
			p.Below = append(p.Below, Page{Hits: Shown(s.Hits), Cursor: s.Cursor})
		}
		return p, nil
	}
}

// judge asks an engine, and beside it the plain strict reading and BM25, and holds
// the search to its floors and above BM25.
func judge(t *testing.T, e index.Engine) {
	t.Helper()
	kinds, asked := load(t)
	people := People(kinds, Seed, Number)
	docs := Applications(conformance.Key, skills.Builtin(), people)
	for i, o := range e.Write(t.Context(), docs) {
		if o.Err != nil {
			t.Fatalf("Write of %s: %v", docs[i].Application, o.Err)
		}
	}
	if err := conformance.Refresh(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	// The first is held to the floors.
	names := []string{"search", "strict reading", "BM25"}
	strict := func(ctx context.Context, tenant string, q query.Query) (Page, error) {
		r, err := e.Search(ctx, tenant, q)
		if err != nil {
			return Page{}, err
		}
		return Page{Hits: Shown(r.Hits), Cursor: r.Cursor}, nil
	}
	rankings := []Ranking{Searching(skills.Builtin(), answers(e)), Searching(skills.Builtin(), strict), bm25(t, people)}
	// What it is worth is told beside what a full-text index is worth in the same run.
	beats := func(t *testing.T, m, other *Measure) {
		t.Helper()
		if m.NDCG <= other.NDCG || m.Precision <= other.Precision || m.Recall <= other.Recall || m.Empty > other.Empty {
			t.Errorf("the search (%s) is no better than BM25 (%s)", m, other)
		}
	}
	ask := func(what string, asked []Question, show bool) Measured {
		var all []Measured
		for _, rank := range rankings {
			m, err := Ask(t.Context(), rank, asked, people)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, m)
		}
		t.Logf("%s\n%s", what, Table(names, all))
		if show {
			t.Log("\n" + strings.Join(all[0][""].Failing(), "\n"))
		}
		beats(t, all[0][""], all[len(all)-1][""])
		return all[0]
	}
	work, held := split(asked)
	m := ask("the questions to work on", work, testing.Verbose())
	for _, kind := range slices.Sorted(maps.Keys(m)) {
		Floors[kind].Hold(t, kind, m[kind])
	}
	m[""].Ordered(t, Floors[""])
	if how := os.Getenv(heldEnv); how != "" {
		m := ask("the questions that are held back", held, how == "names")
		HeldFloor.Hold(t, "held back", m[""])
		m[""].Ordered(t, HeldFloor)
	}
}

func load(t *testing.T) ([]Badge, []Question) {
	t.Helper()
	kinds, err := Badges()
	if err != nil {
		t.Fatal(err)
	}
	asked, err := Questions(kinds)
	if err != nil {
		t.Fatal(err)
	}
	return kinds, asked
}

func split(all []Question) (work, held []Question) {
	for _, q := range all {
		if q.Held {
			held = append(held, q)
		} else {
			work = append(work, q)
		}
	}
	return work, held
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
