package local

import (
	"context"
	"os"
	"strconv"
	"testing"

	"assay/index"
	"assay/index/conformance"
)

func open(t *testing.T) *Engine {
	t.Helper()
	e, err := Open(Options{Dir: t.TempDir(), Key: conformance.Key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
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
	n := pairs(t)
	if err := conformance.Isolation(t.Context(), open(t), 1, n); err != nil {
		t.Error(err)
	}
	t.Logf("%d pairs", n)
}

// The property must notice when the filter is gone.
func TestIsolationNoticesAMissingFilter(t *testing.T) {
	e := open(t)
	e.unfiltered = true
	if err := conformance.Isolation(context.Background(), e, 1, 200); err == nil {
		t.Error("without the tenant filter nothing is noticed")
	} else {
		t.Log(err)
	}
}
