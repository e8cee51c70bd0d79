package tell

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"assay/ingest"
	"assay/verify/guard"
)

// A fault of ours in sending is told as one, and the outcome is sent again.
func TestE06_SendingFails(t *testing.T) {
	good := newReceiver(t, 200)
	d := open(t, time.Now, good.host())
	to, err := ingest.NewDestinations(d.q, []byte("a key of this test's own, 32 byt"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := to.Set(t.Context(), ingest.Destination{Tenant: "acme", URL: good.URL}, false); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var tries, faults atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		to.Run(ctx, &guard.Watch{}, func(context.Context, ingest.Telling) error {
			if tries.Add(1) == 1 {
				panic("canary")
			}
			return nil
		}, func(_ *ingest.Destination, err error, _ bool) {
			if errors.Is(err, guard.ErrFault) {
				faults.Add(1)
			}
			if err == nil {
				cancel()
			}
		})
	}()
	d.apply(t, "acme", "A-1")
	<-done
	if tries.Load() != 2 || faults.Load() != 1 {
		t.Errorf("%d tries, %d faults", tries.Load(), faults.Load())
	}
}
