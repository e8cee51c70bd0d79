package elastic

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"assay/deploy/testenv"
	"assay/index"
	"assay/index/conformance"
)

// server gives the address of the Elasticsearch under test.
func server(t testing.TB) string {
	t.Helper()
	return testenv.Elastic(t)
}

// open makes an engine under names of its own, which the end of the test
// removes.
func open(t testing.TB, change ...func(*Options)) *Engine {
	t.Helper()
	o := Options{
		Addresses: []string{server(t)}, Key: conformance.Key, Prefix: "test-" + strings.ToLower(rand.Text()[:12]),
		Timeout: 30 * time.Second, // of a loaded machine
	}
	for _, c := range change {
		c(&o)
	}
	e, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	e.linger = time.Second
	t.Cleanup(func() { remove(t, e) })
	return e
}

func remove(t testing.TB, e *Engine) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var names map[string]any
	if err := e.call(ctx, http.MethodGet, "/"+e.alias+"-*/_alias", nil, &names); err != nil {
		t.Error(err)
	}
	for n := range names {
		if err := e.call(ctx, http.MethodDelete, "/"+n, nil, nil); err != nil {
			t.Error(err)
		}
	}
	if err := e.call(ctx, http.MethodDelete, "/_index_template/"+e.alias, nil, nil); err != nil {
		t.Error(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	conformance.Run(t, func(t *testing.T) index.Engine { return open(t) })
}

func TestOwnVectors(t *testing.T) {
	t.Parallel()
	conformance.Vectors(t, func(t *testing.T) index.Engine { return open(t) })
}

func TestLongIsolation(t *testing.T) {
	if os.Getenv("ASSAY_LONG") == "" {
		t.Skip("is long: make test-long")
	}
	t.Parallel()
	conformance.Isolate(t, open(t), conformance.Pairs(t))
}

// The mutants take the tenant filter and the second look at what leaves out of
// the engine: with both out this finds every kind of leak, and with the second
// look alone out, none.
func TestIsolationBriefly(t *testing.T) {
	t.Parallel()
	conformance.Isolate(t, open(t), conformance.BriefPairs)
}

// Holds with the tenant filter out, too, and the second look in: see the mutants.
func TestNothingForeignLeaves(t *testing.T) {
	t.Parallel()
	conformance.NothingForeign(t, open(t))
}

// Counts of another tenant's documents do not leave, whatever was asked.
func TestCountsOfOthersAreRefused(t *testing.T) {
	e := &Engine{}
	for raw, want := range map[string]error{
		`{"tenants":{"buckets":[{"key":"acme","doc_count":1}]}}`:                              nil,
		`{"tenants":{"buckets":[]}}`:                                                          nil,
		`{"tenants":{"buckets":[{"key":"other","doc_count":1}]}}`:                             index.ErrForeign,
		`{"tenants":{"buckets":[{"key":"acme","doc_count":9},{"key":"Acme","doc_count":1}]}}`: index.ErrForeign,
	} {
		if _, err := e.aggregations("acme", searchResponse{Aggs: json.RawMessage(raw)}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", raw, err, want)
		}
	}
}
