package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"assay/index"
)

// counter takes what is handed in, and does what operators ask, for whom it notes.
type counter struct {
	tenants []string
	sizes   []int64
	forms   []Form
	ended   int
	away    error    // of the workers
	did     []string // with dead letters
	hostile string   // what strangers wrote
}

func (c *counter) Draft() Draft { return &countedDraft{c} }

type countedDraft struct{ c *counter }

func (d *countedDraft) File(_ context.Context, _, _ string, r io.Reader) error {
	n, err := io.Copy(io.Discard, r)
	d.c.sizes = append(d.c.sizes, n)
	return err
}

func (d *countedDraft) Submit(_ context.Context, tenant string, f Form) (Handed, error) {
	d.c.tenants, d.c.forms = append(d.c.tenants, tenant), append(d.c.forms, f)
	return Handed{Application: f.Application, Sequence: 7, Unread: []Gap{{Document: "document 1", Reason: "encrypted"}}}, nil
}

func (d *countedDraft) Discard(context.Context) { d.c.ended++ }

func (c *counter) Message(_ context.Context, tenant string, body []byte, key string) (Handed, error) {
	c.tenants, c.forms = append(c.tenants, tenant), append(c.forms, Form{Key: key})
	if strings.Contains(string(body), "refused") {
		return Handed{}, &DoorError{Kind: KindRefused, Member: "applicant.emails[0]", Detail: "is none"}
	}
	return Handed{Application: "A1", Sequence: 8, Repeated: true, Unread: []Gap{{Document: "document 1", Reason: "encrypted"}}}, nil
}

func (c *counter) Follow(_ context.Context, tenant, application string, _ uint64, f func(Told) bool) error {
	c.tenants = append(c.tenants, tenant)
	f(Told{Body: json.RawMessage(`{"state":"indexed"}`), Sequence: 7, Stamp: "1"})
	return nil
}

func (c *counter) Originals(_ context.Context, tenant, _ string, f func(Original) error) error {
	c.tenants = append(c.tenants, tenant)
	return f(Original{Name: "../a", Type: "text/plain", SHA256: strings.Repeat("0", 64), Size: 1, Gone: "document_missing"})
}

func (c *counter) Erase(_ context.Context, tenant, _ string) error {
	c.tenants = append(c.tenants, tenant)
	return nil
}

func (c *counter) EraseCandidate(_ context.Context, tenant string, who Person, dry bool) (any, int, error) {
	c.tenants = append(c.tenants, tenant)
	if who.Address == "" {
		return nil, 0, &DoorError{Kind: KindRefused}
	}
	return map[string]any{"tenant": tenant, "dryRun": dry, "applications": []any{}, "erased": 1, "claimed": 0, "removed": map[string]int{}}, 1, nil
}

func (c *counter) Letters(_ context.Context, tenant, _ string, _ uint64, _ int) ([]Letter, error) {
	c.tenants = append(c.tenants, tenant)
	return []Letter{{Number: 1, Application: "A1", Class: "fault", Words: "W", Error: "e" + c.hostile, Attempts: 2, Submitted: now, Buried: now}}, nil
}

func (c *counter) Retry(_ context.Context, tenant string, n uint64) error {
	c.tenants, c.did = append(c.tenants, tenant), append(c.did, fmt.Sprintf("retry %d", n))
	if n == 2 {
		return &DoorError{Kind: KindNotFound}
	}
	return nil
}

func (c *counter) Drop(_ context.Context, tenant string, n uint64) error {
	c.tenants, c.did = append(c.tenants, tenant), append(c.did, fmt.Sprintf("drop %d", n))
	return nil
}

func (c *counter) Reprocess(_ context.Context, tenant, _ string, _ time.Time) (int, error) {
	c.tenants = append(c.tenants, tenant)
	return 3, nil
}

func (c *counter) Status(_ context.Context, tenant string) (*Standing, error) {
	c.tenants = append(c.tenants, tenant)
	return &Standing{Waiting: []Waiting{{Queue: "live", Messages: 1204, Held: 3, Asking: 2, Oldest: now.Add(-4 * time.Minute)}, {Queue: "batch", Messages: 40}},
		Stores: []Store{{Name: "results", Messages: 1, Bytes: 2}, {Name: "documents", Bytes: 12 << 30, Limit: 50 << 30}}, Letters: map[string]int{"fault": 1}, Index: index.Status{Engine: "x", Applications: 8310}}, nil
}

func (c *counter) Unmapped(_ context.Context, tenant string) ([]Unmapped, error) {
	c.tenants = append(c.tenants, tenant)
	return []Unmapped{{Label: "Latte art", Framework: "House", Applications: 9, Verified: 1, Clear: 9}, {Label: "Latte art", Applications: 2, Clear: 2}, {Label: "Azubi-Mentoring" + c.hostile, Framework: c.hostile, Applications: 7, Clear: 6}, {Label: "Knots of Applicant One", Applications: 1}}, nil
}

func (c *counter) Workers(context.Context) (*Workers, error) {
	return &Workers{N: 2, Checked: 900, Rate: 312.4, InHand: 3, Asking: 5, Resting: 1, Children: 40, Ended: 2}, c.away
}

// TestDoorTenant: whatever is asked is asked for the caller's tenant, which nothing else
// names.
func TestDoorTenant(t *testing.T) {
	c := &counter{}
	tokens, _, err := tokensOf(t, digest("t")+" acme rights=submit,operate Tester\n")
	if err != nil {
		t.Fatal(err)
	}
	s := openWith(t, Options{Identity: tokens.Caller, Intake: c, Operations: c})
	form := "--x\r\nContent-Disposition: form-data; name=\"application\"\r\n\r\nA1\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc\r\n--x--\r\n"
	for _, tc := range []struct {
		method, path, kind, body string
		status                   int
	}{
		{"POST", "/v1/applications", asJSON, `{"application":"A1"}`, 202}, {"POST", "/v1/applications", "multipart/form-data; boundary=x", form, 202},
		{"GET", "/v1/applications/A1/outcome", "", "", 200}, {"DELETE", "/v1/applications/A1", "", "", 204}, {"GET", "/v1/deadletters", "", "", 200},
		{"POST", "/v1/deadletters", asJSON, `{"do":"retry","numbers":[1]}`, 200}, {"POST", "/v1/deadletters", asJSON, `{"do":"drop","numbers":[1]}`, 200},
		{"POST", "/v1/candidates/erase", asJSON, `{"address":"a@example.org"}`, 200}, {"POST", "/v1/reprocess", asJSON, `{}`, 202}, {"GET", "/v1/status", "", "", 200},
	} {
		for _, q := range []string{"?tenant=rival", ""} {
			c.tenants = nil
			r, err := http.NewRequestWithContext(t.Context(), tc.method, s.URL+tc.path+q, strings.NewReader(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer t")
			r.Header.Set("Content-Type", tc.kind)
			status, body, _ := do(t, r)
			if q != "" && (status != 400 || len(c.tenants) > 0) || q == "" && (status != tc.status || len(c.tenants) != 1 || c.tenants[0] != "acme") {
				t.Errorf("%s %s%s: %d %s, for %v", tc.method, tc.path, q, status, body, c.tenants)
			}
		}
	}
	if len(c.sizes) != 1 || c.sizes[0] != 3 || c.ended != 1 {
		t.Errorf("files of %v bytes, %d drafts ended", c.sizes, c.ended)
	}
}

// TestOperateRefused: what operators ask is read strictly, and a page elsewhere asks for
// nothing.
func TestOperateRefused(t *testing.T) {
	s := open(t)
	for _, tc := range []struct {
		path, kind, body string
		status           int
		says             string
	}{
		{"/v1/deadletters", "text/plain", `{"do":"drop","numbers":[1]}`, 415, "media_type"},
		{"/v1/deadletters", asJSON, `{"do":"burn","numbers":[1]}`, 422, `"member":"do"`},
		{"/v1/deadletters", asJSON, `{"do":"drop","numbers":[]}`, 422, `"member":"numbers"`},
		{"/v1/deadletters", asJSON, `{"do":"drop","numbers":[-1]}`, 422, `"member":"numbers"`},
		{"/v1/deadletters", asJSON, `{"do":"drop","do":"retry","numbers":[1]}`, 400, "one way"},
		{"/v1/deadletters", asJSON, `{"do":"drop","numbers":[9007199254740993]}`, 422, `"member":"numbers"`},
		{"/v1/reprocess", asJSON, `{"checked_before":null}`, 422, `"member":"checked_before"`},
		{"/v1/deadletters", asJSON, `{"do":"drop","numbers":[null]}`, 422, `"member":"numbers"`},
		{"/v1/candidates/erase", asJSON, `{"address":"a@example.org","expect":7}`, 409, "changed"},
		{"/v1/candidates/erase", asJSON, `{"address":"a@example.org","expect":"all"}`, 422, `"member":"expect"`},
		{"/v1/candidates/erase", asJSON, `{"address":"a@example.org","expect":-1}`, 422, `"member":"expect"`},
		{"/v1/candidates/erase", "text/plain", `{"address":"a@example.org"}`, 415, "media_type"},
		{"/v1/reprocess", asJSON, `{"application":""}`, 422, `"member":"application"`},
		{"/v1/reprocess", asJSON, `{"tenant":"rival"}`, 422, `"member":"tenant"`},
		{"/v1/reprocess", asJSON, `{"checked_before":"yesterday"}`, 422, "cannot be read"},
		{"/v1/reprocess", "", ``, 415, "media_type"},
	} {
		if status, body := post(t, s, "", tc.path, tc.kind, tc.body); status != tc.status || !strings.Contains(body, tc.says) {
			t.Errorf("%s %s: %d %s", tc.path, tc.body, status, body)
		}
	}
	for _, tc := range []struct{ method, path, kind, body string }{
		{"DELETE", "/v1/applications/A1", "", ""}, {"POST", "/v1/reprocess", asJSON, "{}"}, {"POST", "/v1/applications", asJSON, "{}"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), tc.method, s.URL+tc.path, strings.NewReader(tc.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", tc.kind)
		r.Header.Set("Origin", "https://elsewhere.example")
		if status, body, _ := do(t, r); status != 400 || !strings.Contains(body, "another site") {
			t.Errorf("%s %s: %d %s", tc.method, tc.path, status, body)
		}
	}
}

// TestPublished: the contract's documents are given as they are, and what they point at
// within themselves is there.
func TestPublished(t *testing.T) {
	s := open(t)
	for route, name := range published {
		want, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		status, body, h := get(t, s, route)
		if status != 200 || body != string(want) || h.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", route, status, h.Get("Content-Type"))
		}
		var doc any
		if err := json.Unmarshal(want, &doc); err != nil {
			t.Fatal(err)
		}
		refs := 0
		var walk func(any)
		walk = func(v any) {
			switch v := v.(type) {
			case []any:
				for _, x := range v {
					walk(x)
				}
			case map[string]any:
				if ref, ok := v["$ref"].(string); ok {
					refs++
					if at, ok := strings.CutPrefix(ref, "#/"); ok && !points(doc, strings.Split(at, "/")) {
						t.Errorf("%s: nothing is at %s", name, ref)
					} else if _, ok := published[ref]; !strings.HasPrefix(ref, "#/") && !ok {
						t.Errorf("%s: %s is nothing of ours", name, ref)
					}
				}
				for _, x := range v {
					walk(x)
				}
			}
		}
		walk(doc)
		if refs == 0 && name != "contract/submission.json" {
			t.Errorf("%s points at nothing", name)
		}
	}
}

func points(v any, path []string) bool {
	for _, p := range path {
		m, _ := v.(map[string]any)
		if v = m[p]; v == nil {
			return false
		}
	}
	return true
}

// TestNoDoor: a server without a queue says so.
func TestNoDoor(t *testing.T) {
	h, err := New(Options{Engine: engineWith(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/v1/applications/A1/outcome", "/v1/status", "/v1/deadletters"} {
		w := httptest.NewRecorder()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		h.ServeHTTP(w, r)
		if w.Code != http.StatusNotImplemented || w.Header().Get("Retry-After") != "" || !strings.Contains(w.Body.String(), "no queue") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
