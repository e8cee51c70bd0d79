package elastic

import (
	"testing"
	"time"

	"assay/index"
	"assay/verify/guard"
)

// TestGateAfterAFault: a fault of ours while a request is in hand, in a goroutine
// of the writer or in its caller's, gives the place of the request back: what
// comes afterwards is written.
func TestGateAfterAFault(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	e := c.engine(func(o *Options) { o.Concurrency, o.FlushDocs, o.RetryFor = 1, 1, 2*time.Second })
	docs := apps(4)
	var ops []*op
	for i := range docs {
		o, err := e.encode(&docs[i])
		if err != nil {
			t.Fatal(err)
		}
		ops = append(ops, o)
	}
	var second index.Outcome
	told := false
	e.bulk.write(t.Context(), target{alias: e.alias}, ops[:2], func(o *op, out index.Outcome) {
		if o == ops[0] {
			panic("about a document")
		}
		second, told = out, true
	})
	if !told || second.Err != nil {
		t.Errorf("beside a fault in a goroutine: %v %+v", told, second)
	}
	if err := guard.Do("a test", func() {
		e.bulk.write(t.Context(), target{alias: e.alias}, ops[2:3], func(*op, index.Outcome) { panic("about a document") })
	}); err == nil {
		t.Error("the caller is told nothing of a fault in its own goroutine")
	}
	if out := e.Write(t.Context(), docs[3:]); out[0].Err != nil {
		t.Errorf("after a fault in the caller's goroutine: %v", out[0].Err)
	}
}
