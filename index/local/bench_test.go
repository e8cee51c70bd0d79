package local

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"

	"assay/index"
	"assay/index/conformance"
	"assay/index/query"
	"assay/index/record"
)

// benchSize is how many applications benchmarks work on.
func benchSize(b *testing.B) int {
	if n, err := strconv.Atoi(os.Getenv("ASSAY_BENCH_SIZE")); err == nil {
		return n
	}
	return 2000
}

func filled(b *testing.B, n int) *Engine {
	b.Helper()
	e, err := Open(Options{Dir: b.TempDir(), Key: conformance.Key})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := e.Close(); err != nil {
			b.Error(err)
		}
	})
	docs := conformance.Documents("acme", n)
	start := time.Now()
	for len(docs) > 0 {
		k := min(500, len(docs))
		for _, o := range e.Write(b.Context(), docs[:k]) {
			if o.Err != nil {
				b.Fatal(o.Err)
			}
		}
		docs = docs[k:]
	}
	b.Logf("%d applications written in %v", n, time.Since(start).Round(time.Millisecond))
	return e
}

// page reads the documents of a bare query's hits, as any page of results must.
func page(b *testing.B, e *Engine, res *bleve.SearchResult) {
	shown := &hits{made: make([]index.Hit, len(res.Hits)), is: make([]bool, len(res.Hits))}
	for _, h := range res.Hits {
		ordinal, _, err := parseClaimID(h.ID)
		if err != nil {
			b.Fatal(err)
		}
		shown.page = append(shown.page, place{row: e.snap.row(ordinal)})
	}
	if err := shown.make(e, func(*record.Application) (index.Hit, bool) { return index.Hit{}, false }); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSearch measures a three-word search with every facet beside a bare
// term query of Bleve on the same index that reads as many documents, in turns: go test -run - -bench Search
// -benchtime 500x, ASSAY_BENCH_SIZE applications.
func BenchmarkSearch(b *testing.B) {
	e := filled(b, benchSize(b))
	queries, err := conformance.Searches(b.N)
	if err != nil {
		b.Fatal(err)
	}
	var bare, full []time.Duration
	hits := 0
	b.ReportAllocs()
	b.ResetTimer()
	for _, q := range queries {
		start := time.Now()
		if err := bareTerm(b, e, firstSkill(q.Plan.Root)); err != nil {
			b.Fatal(err)
		}
		bare = append(bare, time.Since(start))
		start = time.Now()
		r, err := e.Search(b.Context(), "acme", q)
		if err != nil {
			b.Fatal(err)
		}
		full = append(full, time.Since(start))
		hits += r.Total
	}
	b.StopTimer()
	report(b, bare, full, hits)
}

// bareTerm is a term query of Bleve alone that reads the documents of its page.
func bareTerm(b *testing.B, e *Engine, skill string) error {
	t := bleve.NewTermQuery(skill)
	t.SetField(fieldSkill)
	res, err := e.text.SearchInContext(b.Context(), bleve.NewSearchRequestOptions(t, query.DefaultSize, 0, false))
	if err != nil {
		return err
	}
	page(b, e, res)
	return nil
}

// BenchmarkForgiving measures whole answers to three terms, with facets and tiers,
// beside a bare term query of Bleve: go test -run - -bench Forgiving -benchtime
// 500x, ASSAY_BENCH_SIZE applications.
func BenchmarkForgiving(b *testing.B) {
	e := filled(b, benchSize(b))
	b.Run("", func(b *testing.B) {
		conformance.Forgiving(b, e, "acme", func(q query.Query) error { return bareTerm(b, e, firstSkill(q.Plan.Root)) })
	})
}
