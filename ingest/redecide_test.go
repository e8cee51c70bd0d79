package ingest

import (
	"errors"
	"testing"
	"time"

	"assay/index/record"
	"assay/verify/guard"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// Telling an outcome that fails for a fault of ours ends nothing: the others'
// turn comes, the fault is told, and the work is not counted as done.
func TestE06_TellingFails(t *testing.T) {
	core, logs := observer.New(zap.DebugLevel)
	d := &Decisions{o: DecisionsOptions{Now: time.Now, Faults: &guard.Watch{Log: zap.New(core)}}} // without a queue, telling panics
	err := d.publish(t.Context(), make([]record.Application, 3*publishers))
	if !errors.Is(err, guard.ErrFault) {
		t.Errorf("%v", err)
	}
	if n := logs.FilterField(zap.String("where", "telling an outcome")).Len(); n == 0 {
		t.Errorf("log %v", logs.All())
	}
}
