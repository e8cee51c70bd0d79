package elastic

import (
	"context"
	"crypto/rand"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/index"
	"assay/index/conformance"
)

// server gives the address of the Elasticsearch under test.
func server(t testing.TB) string {
	t.Helper()
	addr := os.Getenv("ASSAY_ELASTIC")
	if addr == "" {
		if slices.Contains(strings.FieldsFunc(os.Getenv("ASSAY_REQUIRE"), func(r rune) bool { return r == ',' || r == ' ' }), "elasticsearch") {
			t.Fatal("ASSAY_REQUIRE names elasticsearch, and ASSAY_ELASTIC is not set")
		}
		t.Skip("no Elasticsearch: start one with deploy/elasticsearch.sh and set ASSAY_ELASTIC to its address")
	}
	return addr
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
	conformance.Run(t, func(t *testing.T) index.Engine { return open(t) })
}

// pairs is how many pairs of queries and tenants the isolation property is
// tried on.
func pairs(t *testing.T) int {
	if n, err := strconv.Atoi(os.Getenv("ASSAY_ISOLATION_PAIRS")); err == nil {
		return n
	}
	if testing.Short() {
		return 500
	}
	return 10000
}

func TestIsolation(t *testing.T) {
	e := open(t)
	n := pairs(t)
	if err := conformance.Isolation(t.Context(), e, 1, n); err != nil {
		t.Error(err)
	}
	t.Logf("%d pairs", n)
}

// The property must notice when the filter is gone.
func TestIsolationNoticesAMissingFilter(t *testing.T) {
	e := open(t)
	e.unfiltered = true
	if err := conformance.Isolation(t.Context(), e, 1, 200); err == nil {
		t.Error("without the tenant filter nothing is noticed")
	} else {
		t.Log(err)
	}
}
