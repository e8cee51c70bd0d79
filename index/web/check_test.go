package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/verify"
	"assay/verify/vc"
	"assay/verify/verdict"
)

// spot is a Checker that tells what it was asked.
type spot struct {
	mu      sync.Mutex
	tenants []string
	asked   []Checking
	hold    chan struct{} // nil = nobody waits
	held    chan struct{}
}

func (s *spot) Check(_ context.Context, tenant string, c Checking) ([]json.RawMessage, error) {
	if s.hold != nil {
		select {
		case s.held <- struct{}{}:
		default:
		}
		<-s.hold
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tenants, s.asked = append(s.tenants, tenant), append(s.asked, c)
	if c.Name == "bad" {
		return nil, &DoorError{Kind: KindRefused, Member: "applicant.emails[0]"}
	}
	return []json.RawMessage{json.RawMessage(exampleOf(nil, "CheckReport"))}, nil
}

func (s *spot) Credential(_ context.Context, tenant string, payload []byte) (verify.Verdict, error) {
	if string(payload) == "text" {
		return verdict.NotJudged(verdict.PayloadUnreadable), nil
	}
	v := everything().Credentials[0].Verdict
	v.Warnings = append(v.Warnings, verdict.WarnNulls)
	return v, nil
}

func (s *spot) Challenge(tenant, application, domain string) (string, time.Time, error) {
	return tenant + application + domain, now, nil
}

func (s *spot) Present(_ context.Context, tenant, application string, _ []byte, asked verify.Asked) (*verify.Presented, error) {
	v := everything().Credentials[4].Verdict
	return &verify.Presented{Held: vc.Held{Holder: "did:key:z1", Challenge: asked.Challenge, Domain: "other.example", Proof: verdict.Aspect{State: verdict.Pass}}, Credentials: []verify.Verdict{v}}, nil
}

// exampleOf is the example that openapi.json gives of a schema.
func exampleOf(t *testing.T, schema string) string {
	var doc struct {
		Components struct {
			Schemas map[string]struct{ Example json.RawMessage }
		}
	}
	b, err := files.ReadFile("openapi.json")
	if err == nil {
		err = json.Unmarshal(b, &doc)
	}
	if t != nil && (err != nil || doc.Components.Schemas[schema].Example == nil) {
		t.Helper()
		t.Fatalf("no example of %s: %v", schema, err)
	}
	return string(doc.Components.Schemas[schema].Example)
}

func checkingForm(t *testing.T, fields [][2]string, files ...[]byte) (kind, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range fields {
		if err := w.WriteField(f[0], f[1]); err != nil {
			t.Fatal(err)
		}
	}
	for i, f := range files {
		p, err := w.CreateFormFile("file", fmt.Sprintf("%d.pdf", i))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = p.Write(f)
	}
	_ = w.Close()
	return w.FormDataContentType(), b.String()
}

// TestCheck: a form and JSON come to the checker as they are, for the caller's tenant.
func TestCheck(t *testing.T) {
	c := &spot{}
	s := openWith(t, Options{Checker: c})
	kind, body := checkingForm(t, [][2]string{{"applicant_email", "a@example.org"}, {"applicant_email", "b@example.org"}, {"applicant_name", "A"}, {"applicant_id", "did:key:z1"},
		{"applicant_proven", "c@example.org"}, {"link", "https://a.example/1"}, {"credential", `{"a":1.50}`}, {"credential", "ey.ey."}}, []byte("one"), []byte("two"))
	status, answer := post(t, s, "", "/v1/check?tenant=acme", kind, body)
	if status != 200 || !strings.Contains(answer, `"reports":[{"document":"badge.png"`) {
		t.Fatalf("%d %s", status, answer)
	}
	q := c.asked[0]
	got := fmt.Sprintf("%q %q %q %q %q %q", q.Emails, q.Proven, q.Name, q.IDs, q.Links, q.Files)
	want := `["a@example.org" "b@example.org"] ["c@example.org"] "A" ["did:key:z1"] ["https://a.example/1"] [{"0.pdf" "" "one"} {"1.pdf" "" "two"} {"credential 1" "application/json" "{\"a\":1.50}"} {"credential 2" "text/plain" "ey.ey."}]`
	if got != want || c.tenants[0] != "acme" {
		t.Errorf("asked was %s, for %v", got, c.tenants)
	}
	status, answer = post(t, s, "", "/v1/check", asJSON, `{"credential":{"a":1.50, "b":[]},"links":["https://a.example/1"],"applicant_email":["a@example.org"],"applicant_name":"A"}`)
	if q = c.asked[1]; status != 200 || string(q.Files[0].Data) != `{"a":1.50, "b":[]}` || q.Files[0].Type != asJSON || len(q.Links) != 1 || len(q.Emails) != 1 || q.Name != "A" {
		t.Errorf("%d %s, asked %q", status, answer, q)
	}
	status, answer = post(t, s, "", "/v1/check", asJSON, `{"credential":"ey.ey."}`)
	if q = c.asked[2]; status != 200 || string(q.Files[0].Data) != "ey.ey." || c.tenants[2] != "default" {
		t.Errorf("%d %s, asked %q", status, answer, q)
	}

	long := strings.Repeat("x", maxFields)
	kind, body = checkingForm(t, [][2]string{{"applicant_name", long + "x"}})
	many := make([][]byte, maxCheckParts+1)
	manyKind, manyBody := checkingForm(t, nil, many...)
	noneKind, noneBody := checkingForm(t, [][2]string{{"applicant_name", "A"}})
	badKind, badBody := checkingForm(t, [][2]string{{"applicant_name", "bad"}}, []byte("x"))
	jobKind, jobBody := checkingForm(t, [][2]string{{"application", "A1"}})
	for _, tc := range []struct {
		desc, kind, body string
		status           int
		says             string
	}{
		{"fields without end", kind, body, 413, "too_large"},
		{"too many files", manyKind, manyBody, 422, `"member":"file"`},
		{"nothing", noneKind, noneBody, 422, "no file, no credential"},
		{"an address that is none", badKind, badBody, 422, `"member":"applicant_email[0]"`},
		{"an application", jobKind, jobBody, 422, `"member":"application"`},
		{"no form", "multipart/form-data", "x", 400, "boundary"},
		{"a form that ends before it begins", "multipart/form-data; boundary=x", "x", 400, "malformed"},
		{"a text", "text/plain", "x", 415, "media_type"},
		{"a number for a credential", asJSON, `{"credential":7}`, 422, `"member":"credential"`},
		{"a list for a credential", asJSON, `{"credential":[]}`, 422, `"member":"credential"`},
		{"a member twice", asJSON, `{"credential":{"a":1,"a":2}}`, 400, "one way only"},
		{"too many links", asJSON, `{"links":["a"` + strings.Repeat(`,"a"`, maxCheckParts) + `]}`, 422, "more than"},
		{"JSON without end", asJSON, `{"applicant_name":"` + strings.Repeat("x", maxCredential) + `"}`, 413, "too_large"},
	} {
		if status, answer := post(t, s, "", "/v1/check", tc.kind, tc.body); status != tc.status || !strings.Contains(answer, tc.says) {
			t.Errorf("%s: %d %.300s", tc.desc, status, answer)
		}
	}
	if len(c.asked) != 4 { // the address that is none among them
		t.Errorf("%d questions came through", len(c.asked))
	}
}

// TestCheckBounds: a caller has so much in hand, and so much in an hour; other callers have
// their own.
func TestCheckBounds(t *testing.T) {
	tokens, _, err := tokensOf(t, digest("a")+" acme rights=check One\n"+digest("b")+" acme rights=check Two\n"+digest("s")+" acme rights=search,submit Searcher\n")
	if err != nil {
		t.Fatal(err)
	}
	at := now
	c := &spot{}
	s := openWith(t, Options{Identity: tokens.Caller, Checker: c, Checks: 3, Now: func() time.Time { return at }})
	ask := func(token string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/v1/check", strings.NewReader(`{"links":["https://a.example/1"]}`))
		if err != nil {
			t.Error(err)
			return 0
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", asJSON)
		res, err := (&http.Client{Timeout: 5 * time.Second}).Do(r)
		if err != nil {
			t.Error(err)
			return 0
		}
		defer res.Body.Close()
		if res.StatusCode == http.StatusTooManyRequests && res.Header.Get("Retry-After") != "1200" {
			t.Errorf("again after %s s", res.Header.Get("Retry-After"))
		}
		return res.StatusCode
	}
	if status := ask("s"); status != http.StatusForbidden {
		t.Errorf("without the right: %d", status)
	}
	c.hold, c.held = make(chan struct{}), make(chan struct{}, 4)
	answers := make(chan int, 3)
	let := sync.OnceFunc(func() { close(c.hold) })
	defer let()
	for _, token := range []string{"a", "a", "b"} {
		go func() { answers <- ask(token) }()
		<-c.held
	}
	if status := ask("a"); status != http.StatusServiceUnavailable {
		t.Fatalf("a third one in hand: %d", status)
	}
	let()
	for range 3 {
		if status := <-answers; status != 200 {
			t.Errorf("status %d", status)
		}
	}
	for i, want := range []int{200, 429, 429} {
		if status := ask("a"); status != want {
			t.Errorf("question %d of the hour: %d, want %d", i+3, status, want)
		}
	}
	if status := ask("b"); status != 200 {
		t.Errorf("another caller: %d", status)
	}
	at = at.Add(20 * time.Minute)
	if status := ask("a"); status != 200 {
		t.Errorf("20 minutes later: %d", status)
	}
}
