package elastic

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"assay/index"
	"assay/index/conformance"
)

// benchSize is how many applications benchmarks work on.
func benchSize() int {
	if n, err := strconv.Atoi(os.Getenv("ASSAY_BENCH_SIZE")); err == nil {
		return n
	}
	return 2000
}

const benchPart = 500 // documents in a request, of the writer and of the bare loader

// BenchmarkBulk writes the same documents, in turns of 2,000, with the bulk
// writer and with a bare loader that posts bodies made beforehand and looks at
// nothing but the status: go test -run - -bench Bulk -benchtime 1x,
// ASSAY_BENCH_SIZE applications.
func BenchmarkBulk(b *testing.B) {
	for b.Loop() {
		docs := conformance.Documents("acme", benchSize())
		ours := open(b)
		other := open(b)
		var own, bare time.Duration
		for at, turn := 0, 0; at < len(docs); turn++ {
			part := docs[at:min(at+2000, len(docs))]
			at += len(part)
			write := func() {
				start := time.Now()
				for _, o := range ours.Write(b.Context(), part) {
					if o.Err != nil {
						b.Fatal(o.Err)
					}
				}
				own += time.Since(start)
			}
			if turn%2 == 0 {
				write()
			}
			bare += load(b, other, part)
			if turn%2 == 1 {
				write()
			}
		}
		n := float64(len(docs))
		b.Logf("%-14s %8.0f documents a second", "bare _bulk", n/bare.Seconds())
		b.Logf("%-14s %8.0f documents a second (%.0f %%)", "bulk writer", n/own.Seconds(), 100*bare.Seconds()/own.Seconds())
		b.ReportMetric(n/own.Seconds(), "docs/s")
		b.ReportMetric(100*bare.Seconds()/own.Seconds(), "%-of-bare")
	}
}

// load posts documents as a bare loader does.
func load(b *testing.B, e *Engine, docs []index.Application) time.Duration {
	var bodies [][]byte
	for at := 0; at < len(docs); at += benchPart {
		var buf bytes.Buffer
		for i := range docs[at:min(at+benchPart, len(docs))] {
			o, err := e.encode(&docs[at+i])
			if err != nil {
				b.Fatal(err)
			}
			fmt.Fprintf(&buf, `{"index":{"_id":"%s","routing":"%s"}}`+"\n", o.id, o.tenant)
			buf.Write(o.body)
			buf.WriteByte('\n')
		}
		bodies = append(bodies, buf.Bytes())
	}
	start := time.Now()
	var wg sync.WaitGroup
	busy := make(chan bool, DefaultConcurrency)
	for _, body := range bodies {
		busy <- true
		wg.Go(func() {
			res, err := e.raw(b.Context(), http.MethodPost, "/"+e.alias+"/_bulk?filter_path=errors", "application/x-ndjson", body)
			if err != nil || res.status != http.StatusOK || !bytes.Contains(res.body, []byte("false")) {
				b.Error("bare loader", err)
			}
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
		var res searchResponse
		err := e.call(b.Context(), http.MethodPost, "/"+e.alias+"/_search?routing=acme", object{
			"query": object{"term": object{"flat.skills": firstSkill(q.Plan.Root)}}, "size": index.DefaultSize,
		}, &res)
		if err != nil {
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
		for docs := conformance.Documents("acme", benchSize()); len(docs) > 0; {
			k := min(10000, len(docs))
			for _, o := range e.Write(b.Context(), docs[:k]) {
				if o.Err != nil {
					b.Fatal(o.Err)
				}
			}
			docs = docs[k:]
		}
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
func firstSkill(c index.Cond) string {
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
