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

func TestOwnVectors(t *testing.T) {
	conformance.Vectors(t, func(t *testing.T) index.Engine { return open(t) })
}

func TestIsolation(t *testing.T) {
	conformance.Isolate(t, open(t), conformance.Pairs(t))
}

// The mutants take the tenant filter and the second look at what leaves out of
// the engine: with both out this finds every kind of leak, and with the second
// look alone out, none.
func TestIsolationBriefly(t *testing.T) {
	conformance.Isolate(t, open(t), conformance.BriefPairs)
}

// Holds with the tenant filter out, too, and the second look in: see the mutants.
func TestNothingForeignLeaves(t *testing.T) {
	conformance.NothingForeign(t, open(t))
}
