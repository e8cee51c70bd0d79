package hooks

import (
	"context"
	"errors"
	"testing"
	"time"

	"assay/ingest"
	"assay/verify/guard"
)

// A fault of ours in a notice is told as one, and the notice is tried again.
func TestE06_NoticeFails(t *testing.T) {
	d := open(t, "hooks: {}", files)
	if known, err := d.q.PutNotice(t.Context(), "x", "1", []byte("a notice")); known || err != nil {
		t.Fatal(known, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tries := 0
	d.q.Notices(ctx, "x", time.Now, func(context.Context, ingest.Notice) error {
		if tries++; tries == 1 {
			panic("canary")
		}
		return nil
	}, func(err error, dead bool) {
		if dead || (tries == 1) != errors.Is(err, guard.ErrFault) {
			t.Errorf("try %d: %v, dead %t", tries, err, dead)
		}
		if err == nil {
			cancel()
		}
	})
	if tries != 2 {
		t.Errorf("%d tries", tries)
	}
}
