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
// the same, in one run by turns: of both the median and the 99th of 100, in microseconds,
// how many times the one is the other, and of the page how much it weighs.
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
	routes := []string{"/v1/search", "/"}
	took, most, i := map[string][]time.Duration{}, 0, 0
	for b.Loop() { // by turns, so that what else the machine does falls on both
		for _, route := range routes {
			r := httptest.NewRequest(http.MethodGet, route+"?q="+url.QueryEscape(list[i%len(list)].Text), nil)
			w := httptest.NewRecorder()
			start := time.Now()
			h.ServeHTTP(w, r)
			took[route] = append(took[route], time.Since(start))
			if w.Code != http.StatusOK {
				b.Fatalf("%s: status %d", r.URL, w.Code)
			}
			if route == "/" {
				most = max(most, w.Body.Len())
			}
		}
		i++
	}
	api50, api99 := conformance.Quantiles(took["/v1/search"])
	page50, page99 := conformance.Quantiles(took["/"])
	b.ReportMetric(float64(api50.Microseconds()), "api-p50-µs")
	b.ReportMetric(float64(api99.Microseconds()), "api-p99-µs")
	b.ReportMetric(float64(page50.Microseconds()), "page-p50-µs")
	b.ReportMetric(float64(page99.Microseconds()), "page-p99-µs")
	b.ReportMetric(float64(page99)/float64(max(api99, 1)), "page/api-p99")
	b.ReportMetric(float64(most), "most-bytes")
}
