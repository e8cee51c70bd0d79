package elastic

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"assay/index/conformance"
	"assay/index/query"
	"assay/index/record"
)

// benchSize is how many applications benchmarks work on.
func benchSize() int {
	if n, err := strconv.Atoi(os.Getenv("ASSAY_BENCH_SIZE")); err == nil {
		return n
	}
	return 2000
}

const benchPart = 500 // documents in a request, of the writer and of the bare loader

// BenchmarkBulk writes the same documents, in turns, with the bulk writer and
// with two bare loaders, which look at nothing but the status: one encodes the
// documents as it goes, the other posts bodies made beforehand. go test -run -
// -bench Bulk -benchtime 1x, ASSAY_BENCH_SIZE applications. Where the server is on
// the same machine give each a core of its own (taskset), and the server some
// rounds to warm up: else what is measured is encoding against indexing.
func BenchmarkBulk(b *testing.B) {
	const turn = 10000
	for b.Loop() {
		ours := open(b)
		write := func(docs []record.Application) time.Duration {
			start := time.Now()
			for _, o := range ours.Write(b.Context(), docs) {
				if o.Err != nil {
					b.Fatal(o.Err)
				}
			}
			return time.Since(start)
		}
		encoding, prepared := open(b), open(b)
		loaders := []struct {
			name string
			load func(docs []record.Application) time.Duration
			took time.Duration
		}{
			{name: "bulk writer", load: write},
			{name: "bare _bulk, encoding", load: func(docs []record.Application) time.Duration { return load(b, encoding, docs, false) }},
			{name: "bare _bulk, bodies made beforehand", load: func(docs []record.Application) time.Duration { return load(b, prepared, docs, true) }},
		}
		n := 0
		for ; n < benchSize(); n += turn {
			// Made anew for each turn: a heap full of documents that wait is no part
			// of writing, but its collection would be.
			docs := conformance.Documents(fmt.Sprintf("tenant-%d", n/turn), turn)
			for i := range loaders {
				l := &loaders[(i+n/turn)%len(loaders)]
				runtime.GC()
				l.took += l.load(docs)
			}
		}
		own := loaders[0].took
		for _, l := range loaders {
			b.Logf("%-36s %8.0f documents a second (the writer: %3.0f %% of it)", l.name, float64(n)/l.took.Seconds(), 100*l.took.Seconds()/own.Seconds())
		}
		b.ReportMetric(float64(n)/own.Seconds(), "docs/s")
		b.ReportMetric(100*loaders[1].took.Seconds()/own.Seconds(), "%-of-bare")
	}
}

// load posts documents as a bare loader does, each request made before the clock
// starts or by whoever sends it.
func load(b *testing.B, e *Engine, docs []record.Application, prepared bool) time.Duration {
	parts := slices.Collect(slices.Chunk(docs, benchPart))
	body := func(part []record.Application) []byte {
		var buf bytes.Buffer
		for i := range part {
			a := &part[i]
			fmt.Fprintf(&buf, `{"index":{"_id":"%s","routing":"%s"}}`+"\n", a.ID, a.Tenant)
			raw, err := json.Marshal(newDocument(a))
			if err != nil {
				b.Error(err)
			}
			buf.Write(raw)
			buf.WriteByte('\n')
		}
		return buf.Bytes()
	}
	bodies := make([][]byte, len(parts))
	if prepared {
		for i, p := range parts {
			bodies[i] = body(p)
		}
	}
	runtime.GC()
	start := time.Now()
	var wg sync.WaitGroup
	busy := make(chan bool, DefaultConcurrency)
	for i, p := range parts {
		busy <- true
		wg.Go(func() {
			if bodies[i] == nil {
				bodies[i] = body(p)
			}
			res, err := e.raw(b.Context(), http.MethodPost, "/"+e.alias+"/_bulk?filter_path=errors", "application/x-ndjson", bodies[i])
			if err != nil || res.status != http.StatusOK || !bytes.Contains(res.body, []byte("false")) {
				b.Error("bare loader", err)
			}
			bodies[i] = nil
			<-busy
		})
	}
	wg.Wait()
	return time.Since(start)
}

// BenchmarkSearch measures a three-word search with every facet beside a bare
// term query for a page of the same size, in turns: go test -run - -bench Search
// -benchtime 500x, ASSAY_BENCH_SIZE applications.
func BenchmarkSearch(b *testing.B) {
	e := filled(b)
	queries, err := conformance.Searches(b.N)
	if err != nil {
		b.Fatal(err)
	}
	var bare, full []time.Duration
	hits := 0
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
	n := len(full)
	b50, b99 := conformance.Quantiles(bare)
	f50, f99 := conformance.Quantiles(full)
	b.Logf("%-34s %10s %10s", "", "p50", "p99")
	b.Logf("%-34s %10v %10v", "bare term query", b50.Round(time.Microsecond), b99.Round(time.Microsecond))
	b.Logf("%-34s %10v %10v  (%d applications match on average)", "three words, every facet", f50.Round(time.Microsecond), f99.Round(time.Microsecond), hits/n)
	b.ReportMetric(float64(f99)/float64(b99), "p99-ratio")
	b.ReportMetric(float64(f99.Microseconds()), "p99-us")
}

// bareTerm is a term query of Elasticsearch alone for a page of documents.
func bareTerm(b *testing.B, e *Engine, skill string) error {
	var res searchResponse
	return e.call(b.Context(), http.MethodPost, "/"+e.alias+"/_search?routing=acme", object{
		"query": object{"term": object{"flat.skills": skill}}, "size": query.DefaultSize,
	}, &res)
}

// BenchmarkForgiving measures whole answers to three terms, with facets and tiers,
// beside a bare term query: go test -run - -bench Forgiving -benchtime 500x,
// ASSAY_BENCH_SIZE applications.
func BenchmarkForgiving(b *testing.B) {
	e := filled(b)
	b.Run("", func(b *testing.B) {
		conformance.Forgiving(b, e, "acme", func(q query.Query) error { return bareTerm(b, e, firstSkill(q.Plan.Root)) })
	})
}

var (
	fillOnce sync.Mutex
	fillKept *Engine
)

// filled gives an engine with the benchmark's documents. Under
// ASSAY_BENCH_KEEP=NAME it stays in the cluster under that name, for the next
// run.
func filled(b *testing.B) *Engine {
	b.Helper()
	fillOnce.Lock()
	defer fillOnce.Unlock()
	if fillKept != nil {
		return fillKept
	}
	var e *Engine
	if name := os.Getenv("ASSAY_BENCH_KEEP"); name != "" {
		var err error
		if e, err = Open(b.Context(), Options{Addresses: []string{server(b)}, Key: conformance.Key, Prefix: name, Timeout: 30 * time.Second}); err != nil {
			b.Fatal(err)
		}
		fillKept = e
	} else {
		e = open(b)
	}
	st, err := e.Status(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if st.Applications != benchSize() {
		// Made as they are written: 100,000 do not stand in memory.
		var docs []record.Application
		write := func() {
			for _, o := range e.Write(b.Context(), docs) {
				if o.Err != nil {
					b.Fatal(o.Err)
				}
			}
			docs = docs[:0]
		}
		for d := range conformance.EachDocument("acme", benchSize()) {
			if docs = append(docs, d); len(docs) == 2000 {
				write()
			}
		}
		write()
	}
	if err := e.Refresh(b.Context()); err != nil {
		b.Fatal(err)
	}
	settle(b, e)
	return e
}

// settle waits until the server merges no segments: that is the work of the
// writes before, not of the searches that are measured.
func settle(b *testing.B, e *Engine) {
	b.Helper()
	for quiet := 0; quiet < 3; time.Sleep(time.Second) {
		var st struct {
			All struct {
				Primaries struct {
					Merges struct {
						Current int `json:"current"`
					} `json:"merges"`
				} `json:"primaries"`
			} `json:"_all"`
		}
		if err := e.call(b.Context(), http.MethodGet, "/"+e.alias+"/_stats/merge", nil, &st); err != nil {
			b.Fatal(err)
		}
		if quiet++; st.All.Primaries.Merges.Current > 0 {
			quiet = 0
		}
	}
}

// firstSkill gives a concept that a plan asks for.
func firstSkill(c query.Cond) string {
	if c.Claim != nil {
		for _, t := range c.Claim.Tiers {
			if len(t.Skills) > 0 {
				return t.Skills[0]
			}
		}
	}
	for _, k := range c.Kids {
		if s := firstSkill(k); s != "" {
			return s
		}
	}
	return ""
}
