package ingest

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// A member of a cluster that is behind, or has a hole where its disk failed, says that
// there is no message: it is not believed, where something would be left undone for good.
func TestHoleOfOneMember(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	r.work(t, e, examiner(byContent))
	rc, err := r.sub.Submit(traced(t.Context(), aParent), submission("acme", "A-1", "verified"))
	if err != nil {
		t.Fatal(err)
	}
	before := r.outcome(t, "acme", "A-1", rc)
	// Each member that is asked but the leader has nothing.
	for _, name := range []string{StreamApplications, StreamPending} {
		s, err := r.js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		c := s.CachedInfo().Config
		c.AllowDirect = false
		if _, err := r.js.UpdateStream(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if _, err := r.nc.Subscribe("$JS.API.DIRECT.GET."+name+".>", nothing); err != nil {
			t.Fatal(err)
		}
		if _, err := r.nc.Subscribe("$JS.API.DIRECT.GET."+name, nothing); err != nil {
			t.Fatal(err)
		}
	}
	m, err := r.submission(t.Context(), "applications.acme.A-1", 0)
	if err != nil || m.Sequence != rc.Sequence || !m.Time.Equal(rc.Submitted) || traceOf(m.Header) != aParent {
		t.Fatalf("%+v, %v", m, err)
	}
	if _, err := r.note(t.Context(), "acme", "A-1", recheck{V: 1, Reason: "pending", At: time.Now().Add(-time.Second)}); err != nil {
		t.Fatal(err)
	}
	if n, err := r.due(t.Context(), time.Now()); err != nil || n != 1 {
		t.Errorf("%d are due, %v", n, err)
	}
	eventually(t, "it is checked again", func() bool {
		doc, err := e.Get(t.Context(), "acme", "A-1")
		return err == nil && doc.Version > before.Version
	})
}

func nothing(m *nats.Msg) {
	_ = m.RespondMsg(&nats.Msg{Header: nats.Header{"Status": {"404"}, "Description": {"Message Not Found"}}})
}
