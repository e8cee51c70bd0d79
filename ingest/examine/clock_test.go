package examine

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"assay/extract"
	"assay/extract/sandbox"
	"assay/verify"
	"assay/verify/fetch"
)

// turns is an Extraction of which each document waits for a child and is then
// read, for so long.
type turns struct {
	wait, read time.Duration
	owners     map[sandbox.Owner]int
}

func (x *turns) Extract(ctx context.Context, d extract.Document) (extract.Result, error) {
	x.owners[sandbox.OwnerOf(ctx)]++
	select {
	case <-time.After(x.wait):
	case <-ctx.Done():
		return extract.Result{}, fmt.Errorf("%w: %w", sandbox.ErrBusy, ctx.Err())
	}
	d.Started()
	select {
	case <-time.After(x.read):
		return extract.Result{}, nil
	case <-ctx.Done():
		return extract.Result{}, ctx.Err()
	}
}

// The time in which a document waits for a child is not the application's; when
// it waits for too long, that passes, and the document is not called slow. What
// it is read for is its own.
func TestAttack119_OthersTakeTheChildren(t *testing.T) {
	for _, tc := range []struct {
		desc       string
		wait, read time.Duration
		documents  int
		unread     extract.Reason
		busy       bool
		took       time.Duration
	}{
		{"at once", 0, 50 * time.Second, 1, "", false, 50 * time.Second},
		{"after a wait", 25 * time.Second, 50 * time.Second, 1, "", false, 75 * time.Second},
		{"two after a wait", 14 * time.Second, 29 * time.Second, 2, "", false, 86 * time.Second},
		{"too slow", 0, 70 * time.Second, 1, extract.ReasonTime, false, 60 * time.Second},
		{"too slow after a wait", 25 * time.Second, 70 * time.Second, 1, extract.ReasonTime, false, 85 * time.Second},
		{"no child", time.Hour, 0, 1, extract.ReasonUnavailable, true, 30 * time.Second},
		{"no child for the second", 20 * time.Second, 20 * time.Second, 2, extract.ReasonUnavailable, true, 50 * time.Second},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, err := verify.New(verify.Options{Fetcher: Budgeted(fetch.Offline())})
				if err != nil {
					t.Fatal(err)
				}
				x := &turns{tc.wait, tc.read, map[sandbox.Owner]int{}}
				e, err := New(Options{Extraction: x, Verifier: v, Limits: Limits{Application: time.Minute, Parallel: 1}})
				if err != nil {
					t.Fatal(err)
				}
				in := Input{Tenant: "acme", Application: "A-1"}
				for i := range tc.documents {
					in.Documents = append(in.Documents, extract.Document{Name: fmt.Sprint(i)})
				}
				start := time.Now()
				reports, err := e.Examine(t.Context(), in)
				if errors.Is(err, ErrBusy) != tc.busy || err != nil && !tc.busy || len(reports) != tc.documents {
					t.Fatalf("%+v, %v", reports, err)
				}
				if took := time.Since(start); took != tc.took {
					t.Errorf("took %s, want %s", took, tc.took)
				}
				unread := map[extract.Reason]int{}
				for _, r := range reports {
					for _, u := range r.Unread {
						unread[u.Reason]++
					}
				}
				if tc.unread == "" && len(unread) > 0 || tc.unread != "" && (len(unread) != 1 || unread[tc.unread] != 1) {
					t.Errorf("unread %v, want %q", unread, tc.unread)
				}
				if x.owners[sandbox.Owner{Tenant: "acme", Application: "A-1"}] != tc.documents {
					t.Errorf("read for %v", x.owners)
				}
			})
		})
	}
}
