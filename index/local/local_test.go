package local

import (
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

func TestIsolation(t *testing.T) {
	conformance.Isolate(t, open(t))
}

// What Isolate asks must notice when nothing keeps tenants apart.
func TestIsolationNoticesAMissingFilter(t *testing.T) {
	e := open(t)
	e.unfiltered, e.unchecked = true, true
	conformance.Exposed(t, e)
}

// Without the filter, no document of another tenant leaves.
func TestDocumentsAreLookedAtAgain(t *testing.T) {
	e := open(t)
	e.unfiltered = true
	conformance.SecondLook(t, e)
}

// Without the second look, the filter keeps tenants apart.
func TestTheFilterIsEnough(t *testing.T) {
	e := open(t)
	e.unchecked = true
	if err := conformance.Isolation(t.Context(), e, 2, 600); err != nil {
		t.Error(err)
	}
}
