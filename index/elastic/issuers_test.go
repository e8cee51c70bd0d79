package elastic

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"assay/index"
	"assay/index/conformance"
)

// TestIssuersAbout: above what the server counts one by one, a number is told as nearly
// so, and never as more applicants than there are applications.
func TestIssuersAbout(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"responses":[{"status":200,"hits":{"hits":[]},"aggregations":{"claims":{"issuers":{"buckets":[
{"key":{"issuer":"a"},"apps":{"doc_count":3100,"people":{"value":3000},"keyed":{"value":3050}}},
{"key":{"issuer":"b"},"apps":{"doc_count":3400,"people":{"value":3420},"keyed":{"value":3390}}},
{"key":{"issuer":"c"},"apps":{"doc_count":7,"people":{"value":0},"keyed":{"value":0}}},
{"key":{"issuer":"d"},"apps":{"doc_count":9,"people":{"value":3},"keyed":{"value":5}}}]}}}}]}`)
	}))
	defer s.Close()
	e, err := connect(Options{Addresses: []string{s.URL}, Key: conformance.Key})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	got, err := e.Issuers(t.Context(), "acme")
	want := []index.IssuerCount{{ID: "b", Applications: 3400, Applicants: 3400, About: true}, {ID: "a", Applications: 3100, Applicants: 3050}, {ID: "d", Applications: 9, Applicants: 7}, {ID: "c", Applications: 7, Applicants: 7}}
	if err != nil || !slices.Equal(got, want) || asked != 1 {
		t.Errorf("%+v, %v, asked %d times", got, err, asked)
	}
}
