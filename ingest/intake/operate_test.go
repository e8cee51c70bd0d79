package intake

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"assay/index"
	"assay/index/web"
	"assay/ingest"

	"github.com/nats-io/nats.go"
)

const operator = "acme rights=operate"

// TestOperate: an operator sees, retries and drops the dead letters of the tenant, and of
// no other; erases, and has applications checked again.
func TestOperate(t *testing.T) {
	o := embedded(t)
	d, server := open(t, o), o.InProcess
	d.work(t)
	login, err := nats.NkeyOptionFromSeed(server.Seed())
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect("", nats.InProcessServer(server), login)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	for _, tenant := range []string{"acme", "rival"} {
		// What is no submission becomes a dead letter.
		if _, err := nc.Request("applications."+tenant+".A-1", []byte(`{"v":2}`), 5*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	kind, body := form("application=A-2", "file=cv.txt:hello")
	if status, _, answer := d.ask(t, submitter, http.MethodPost, "/v1/applications", kind, "", strings.NewReader(body)); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, answer)
	}
	if status, _, answer := d.ask(t, submitter, http.MethodGet, "/v1/applications/A-2/outcome?wait=30s", "", "", nil); status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	letters := func(token, query string) (out []web.Letter) {
		t.Helper()
		status, _, answer := d.ask(t, token, http.MethodGet, "/v1/deadletters"+query, "", "", nil)
		var list struct{ Letters []web.Letter }
		if err := json.Unmarshal([]byte(answer), &list); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s", status, answer)
		}
		return list.Letters
	}
	for try := 0; len(letters(operator, "")) == 0 || len(letters("rival rights=operate", "")) == 0; try++ {
		if try == 600 {
			t.Fatal("no dead letters")
		}
		time.Sleep(50 * time.Millisecond)
	}
	ours, theirs := letters(operator, "")[0], letters("rival rights=operate", "")[0]
	if ours.Application != "A-1" || ours.Class != string(ingest.ClassMalformed) || ours.Words == "" || !strings.Contains(ours.Error, "(v)") || ours.Number == theirs.Number {
		t.Errorf("%+v and %+v", ours, theirs)
	}
	if n := len(letters(operator, "?class=fault")) + len(letters(operator, "?after=1000")); n != 0 {
		t.Errorf("%d of another class, or behind the last", n)
	}
	do := func(token, what string, number uint64) string {
		t.Helper()
		b, _ := json.Marshal(map[string]any{"do": what, "numbers": []uint64{number}})
		status, _, answer := d.ask(t, token, http.MethodPost, "/v1/deadletters", "application/json", "", strings.NewReader(string(b)))
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, answer)
		}
		return answer
	}
	for _, what := range []string{"retry", "drop"} {
		if answer := do(operator, what, theirs.Number); !strings.Contains(answer, "not_found") || !strings.Contains(answer, `"done":[]`) {
			t.Errorf("another tenant's: %s", answer)
		}
	}
	if n := len(letters("rival rights=operate", "")); n != 1 {
		t.Errorf("%d letters of the other tenant", n)
	}
	if answer := do(operator, "drop", ours.Number); !strings.Contains(answer, `"failed":[]`) || len(letters(operator, "")) != 0 {
		t.Errorf("%s", answer)
	}
	for _, tc := range []struct{ method, path, kind, body string }{
		{http.MethodDelete, "/v1/applications/A-2", "", ""}, {http.MethodGet, "/v1/deadletters", "", ""}, {http.MethodPost, "/v1/deadletters", "application/json", `{"do":"drop","numbers":[1]}`},
		{http.MethodPost, "/v1/reprocess", "application/json", "{}"}, {http.MethodGet, "/v1/status", "", ""},
	} {
		if status, _, answer := d.ask(t, submitter, tc.method, tc.path, tc.kind, "", strings.NewReader(tc.body)); status != http.StatusForbidden {
			t.Errorf("%s %s without the right: %d %s", tc.method, tc.path, status, answer)
		}
	}
	before, err := d.e.Get(t.Context(), "acme", "A-2")
	if err != nil {
		t.Fatal(err)
	}
	if status, _, answer := d.ask(t, operator, http.MethodPost, "/v1/reprocess", "application/json", "", strings.NewReader(`{"application":"A-2"}`)); status != http.StatusAccepted || !strings.Contains(answer, `"queued":1`) {
		t.Errorf("%d %s", status, answer)
	}
	for try := 0; ; try++ {
		if a, err := d.e.Get(t.Context(), "acme", "A-2"); err == nil && a.Version != before.Version {
			break
		}
		if try == 600 {
			t.Fatal("not checked again")
		}
		time.Sleep(50 * time.Millisecond)
	}
	status, _, answer := d.ask(t, operator, http.MethodGet, "/v1/status", "", "", nil)
	if status != http.StatusOK || !strings.Contains(answer, `"waiting"`) || !strings.Contains(answer, `"letters":{}`) {
		t.Errorf("%d %s", status, answer)
	}
	// Another tenant's application of the same name stays.
	kind, body = form("application=A-2", "file=cv.txt:hello")
	if status, _, answer := d.ask(t, "rival rights=submit", http.MethodPost, "/v1/applications", kind, "", strings.NewReader(body)); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, answer)
	}
	if status, _, answer := d.ask(t, operator, http.MethodDelete, "/v1/applications/A-2", "", "", nil); status != http.StatusNoContent || answer != "" {
		t.Errorf("%d %s", status, answer)
	}
	if _, err := d.e.Get(t.Context(), "acme", "A-2"); !errors.Is(err, index.ErrErased) {
		t.Errorf("%v", err)
	}
	if status, _, answer := d.ask(t, "rival rights=submit", http.MethodGet, "/v1/applications/A-2/outcome?wait=30s", "", "", nil); status != http.StatusOK {
		t.Errorf("%d %s", status, answer)
	}
	if status, _, answer := d.ask(t, submitter, http.MethodPost, "/v1/applications", kind, "", strings.NewReader(body)); status != http.StatusGone {
		t.Errorf("%d %s", status, answer)
	}
	if status, _, answer := d.ask(t, operator, http.MethodDelete, "/v1/applications/a.b", "", "", nil); status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", status, answer)
	}
}
