package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"assay/index/conformance"
	"assay/index/local"
)

// BenchmarkSearchPage times the page of a search, and the bare call of the API that gives
// the same: of both the median and the 99th of 100, in microseconds, and of the page how
// much it weighs.
func BenchmarkSearchPage(b *testing.B) {
	n := 2000
	if k, err := strconv.Atoi(os.Getenv("ASSAY_BENCH_SIZE")); err == nil {
		n = k
	}
	e, err := local.Open(local.Options{Dir: b.TempDir(), Key: conformance.Key})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = e.Close() })
	for docs := range slices.Chunk(conformance.Documents(DefaultTenant, n), 500) {
		for _, o := range e.Write(b.Context(), docs) {
			if o.Err != nil {
				b.Fatal(o.Err)
			}
		}
	}
	h, err := New(Options{Engine: e})
	if err != nil {
		b.Fatal(err)
	}
	list, err := conformance.Questions(50)
	if err != nil {
		b.Fatal(err)
	}
	for _, route := range []string{"/v1/search", "/"} {
		b.Run(map[string]string{"/": "page"}[route]+map[string]string{"/v1/search": "api"}[route], func(b *testing.B) {
			var took []time.Duration
			most, i := 0, 0
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, route+"?q="+url.QueryEscape(list[i%len(list)].Text), nil)
				w := httptest.NewRecorder()
				start := time.Now()
				h.ServeHTTP(w, r)
				took = append(took, time.Since(start))
				if w.Code != http.StatusOK {
					b.Fatalf("%s: status %d", r.URL, w.Code)
				}
				most = max(most, w.Body.Len())
				i++
			}
			p50, p99 := conformance.Quantiles(took)
			b.ReportMetric(float64(p50.Microseconds()), "p50-µs")
			b.ReportMetric(float64(p99.Microseconds()), "p99-µs")
			b.ReportMetric(float64(most), "most-bytes")
		})
	}
}
