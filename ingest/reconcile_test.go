package ingest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"assay/index/record"

	"github.com/nats-io/nats.go"
)

// An index that was lost, or is an old copy, is found out and filled from the queue.
func TestIndexIsLost(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r, e := newRig(t, s), newMemory()
		stop := r.work(t, e, examiner(byContent))
		const n = 6
		for i := range n {
			name := fmt.Sprint("A-", i)
			content := "verified"
			if i == 3 {
				content = ""
			}
			if i == 4 {
				// Refused: no index has it.
				ack, err := r.js.Publish(t.Context(), "applications.acme."+name, []byte("nothing"))
				if err != nil {
					t.Fatal(err)
				}
				r.outcome(t, "acme", name, &Receipt{Sequence: ack.Sequence})
				continue
			}
			r.outcome(t, "acme", name, r.submit(t, "acme", name, content))
		}
		if err := r.RequestErase(t.Context(), "acme", "A-5"); err != nil {
			t.Fatal(err)
		}
		got, err := r.RequestReconcile(t.Context(), nil)
		if err != nil || *got != (Reconciled{Compared: 4}) {
			t.Fatalf("nothing is missing: %+v %v", got, err)
		}
		stop()

		// One outcome is as an earlier release told it.
		last, err := r.last(t.Context(), StreamResults, "results.acme.A-0")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.js.PublishMsg(t.Context(), &nats.Msg{Subject: last.Subject, Data: last.Data, Header: nats.Header{headerSubmitted: last.Header.Values(headerSubmitted)}}); err != nil {
			t.Fatal(err)
		}
		lost := newMemory()
		r.work(t, lost, examiner(byContent))
		eventually(t, "all are in the index again", func() bool {
			left, err := r.Rechecks(t.Context())
			return err == nil && left == 0 && lost.count() == 4
		})
		eventually(t, "it is told", func() bool { return strings.Contains(r.log.String(), "the index lacks applications that were indexed") })
		// Of one, the index has an older submission than was told; of another, the
		// submission is gone.
		lost.mu.Lock()
		old := lost.docs["acme/A-1"]
		_, sequence, _ := record.Place(old.Version)
		old.Version, old.AppliedAt = record.VersionAt(0, sequence-1), old.AppliedAt.Add(-time.Hour)
		lost.docs["acme/A-1"] = old
		delete(lost.docs, "acme/A-2")
		lost.mu.Unlock()
		if err := r.wipe(t.Context(), StreamApplications, "applications.acme.A-2"); err != nil {
			t.Fatal(err)
		}
		got, err = r.RequestReconcile(t.Context(), nil)
		if err != nil || *got != (Reconciled{Compared: 4, Missing: 2, Queued: 1}) {
			t.Errorf("%+v %v", got, err)
		}
		eventually(t, "the newest is there", func() bool {
			doc, err := lost.Get(t.Context(), "acme", "A-1")
			_, now, _ := record.Place(doc.Version)
			return err == nil && now == sequence
		})
		var o Outcome
		if last, err = r.last(t.Context(), StreamResults, "results.acme.A-1"); err != nil || json.Unmarshal(last.Data, &o) != nil || o.State != Indexed {
			t.Errorf("%+v %v", o, err)
		}
	})
}
