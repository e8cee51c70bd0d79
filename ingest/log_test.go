package ingest

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"assay/index/record"
	"assay/ingest/examine"

	"github.com/nats-io/nats.go"
)

// TestLogOfAnApplication: lines tell whose an application is, by which key the index has
// it, its tries and its time; its own id, which may name a person, they do not tell.
func TestLogOfAnApplication(t *testing.T) {
	r, e := alone(t)
	fails := 1
	r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		if fails > 0 {
			fails--
			return nil, errFlaky
		}
		return byContent(ctx, in)
	}))
	const id = "Canary-Applicant"
	rc := r.submit(t, "acme", id, "verified")
	if o := r.outcome(t, "acme", id, rc); o.State != Indexed {
		t.Fatalf("outcome %+v", o)
	}
	if err := r.nc.PublishMsg(&nats.Msg{Subject: "applications.acme." + id + "-2", Data: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a letter", func() bool { return len(r.letters(t)) == 1 })
	key := func(id string) string { return record.ID([]byte("id key of a test, long enough...."), "acme", id) }
	found := map[string]map[string]any{}
	for line := range strings.Lines(r.log.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		found[m["msg"].(string)] = m
	}
	for msg, want := range map[string]struct {
		key   string
		tries float64
	}{"application": {key(id), 2}, "application is tried again": {key(id), 1}, "application is a dead letter": {key(id + "-2"), 1}} {
		m := found[msg]
		if m == nil || m["tenant"] != "acme" || m["key"] != want.key || m["tries"] != want.tries || m["sequence"] == nil {
			t.Errorf("%s: %v", msg, m)
		}
	}
	if ms, ok := found["application"]["ms"].(float64); !ok || ms < 0 || ms > 60000 {
		t.Errorf("ms %v", found["application"]["ms"])
	}
	if strings.Contains(r.log.String(), "Canary") {
		t.Errorf("the log names the application: %s", r.log)
	}
}
