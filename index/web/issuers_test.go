package web

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"assay/index/issuers"
	"assay/verify/verdict"
)

// desk keeps what is said to it.
type desk struct {
	said   []issuers.Word
	chosen []issuers.Chosen
	asked  []issuers.Word  // what would change
	change *issuers.Change // the answer to that, nil = one of the desk's
	list   *issuers.List   // nil = one of the desk's
	listed []int           // how many were asked for
}

func (d *desk) List(_ context.Context, _ string, n int) (*issuers.List, error) {
	d.listed = append(d.listed, n)
	if d.list != nil {
		return d.list, nil
	}
	w := issuers.Word{Kind: issuers.Block, Issuer: "mill.example", Note: "n", By: "b", At: now}
	return &issuers.List{Accept: verdict.LevelAccount, Total: 1,
		Issuers:   []issuers.Row{{Issuer: "did:key:z1", Shown: "a key", Applicants: 2, Standing: verdict.LevelKey, Decision: issuers.Trust, By: "b", Resembles: true, Warnings: []verdict.Warning{verdict.WarnNameLookalike}, Registries: []string{"R"}, Worth: true}},
		Decisions: []issuers.Word{w},
		Registries: []issuers.RegistryStatus{{Source: "https://registry.example/r.json", Title: "R", Whole: true, Entries: 1, Others: 1, By: "b", At: now, Loaded: now,
			Failed: now, Why: "w"}},
		Work: &issuers.Work{Done: 1, Total: 2, Since: now}}, nil
}

func (d *desk) Log(context.Context, string) ([]issuers.Word, error) {
	return []issuers.Word{{Kind: issuers.Import, By: "b", At: now, Registry: &issuers.Registry{Source: "f.json", Title: "R", Entries: map[string]string{"did:key:z1": "N"}, Others: map[string]string{"did:key:z2": ""}, Loaded: now}}}, nil
}

func (d *desk) Say(_ context.Context, tenant string, w issuers.Word) (issuers.Receipt, error) {
	if err := w.Check(); err != nil {
		return issuers.Receipt{}, err
	}
	if w.Issuer == "blocked.example" {
		return issuers.Receipt{}, issuers.ErrBlocked
	}
	w.Note = tenant
	d.said = append(d.said, w)
	return issuers.Receipt{Key: "issuer.1", Revision: 7, Applicants: 2}, nil
}

func (d *desk) Would(_ context.Context, _ string, w issuers.Word) (*issuers.Change, error) {
	if err := w.Check(); err != nil {
		return nil, err
	}
	d.asked = append(d.asked, w)
	if d.change != nil {
		return d.change, nil
	}
	return &issuers.Change{Issuers: 1, Apps: 2, Read: 2, Badges: 3, Lose: 3, Losing: 2, Judged: true, First: []issuers.Changed{{ID: "feedbeef", Application: "applicant-one", Reference: "feedbeef", Name: "Applicant One", Lose: []string{"Teamwork of One"}}}}, nil
}

func (d *desk) Import(_ context.Context, _ string, c issuers.Chosen) (issuers.Receipt, error) {
	if strings.Contains(c.Source, "down") {
		return issuers.Receipt{}, &issuers.LoadError{Status: 404, Cause: io.ErrUnexpectedEOF}
	}
	d.chosen = append(d.chosen, c)
	return issuers.Receipt{Revision: 8, Entries: 1, Title: "R", Offered: []issuers.Item{{ID: "did:key:z1", Name: "N"}}}, nil
}

// post sends a body as a caller.
func post(t *testing.T, s *httptest.Server, token, path, kind, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	status, answer, _ := do(t, r)
	return status, answer
}

const asJSON = "application/json"

// TestIssuersSaid: a decision is the caller's, for the caller's tenant, as of now.
func TestIssuersSaid(t *testing.T) {
	d := &desk{}
	tokens, _, err := tokensOf(t, digest("of acme")+" acme rights=issuers Jo of Acme\n"+digest("of rival")+" rival rights=search,names,export,submit,check,operate No Issuers\n")
	if err != nil {
		t.Fatal(err)
	}
	s := openWith(t, Options{Identity: tokens.Caller, Issuers: d})
	if status, body := post(t, s, "of acme", "/v1/issuers", asJSON, `{"decision":"block","issuer":"mill.example"}`); status != 200 || !strings.Contains(body, `"revision":7`) {
		t.Fatalf("%d %s", status, body)
	}
	want := issuers.Word{Kind: issuers.Block, Issuer: "mill.example", Note: "acme", By: "Jo of Acme", At: now.UTC().Truncate(time.Second)}
	if len(d.said) != 1 || d.said[0] != want {
		t.Errorf("%+v", d.said)
	}
	if status, body := post(t, s, "of acme", "/v1/issuers", asJSON, `{"decision":"import","source":"https://registry.example/r.json","whole":true,"note":"x"}`); status != 200 || len(d.chosen) != 1 || d.chosen[0].By != "Jo of Acme" || !d.chosen[0].Whole {
		t.Errorf("%d %s %+v", status, body, d.chosen)
	}
	for _, tc := range []struct {
		token, path, kind, body string
		status                  int
		says                    string
	}{
		{"of rival", "/v1/issuers", asJSON, `{"decision":"block","issuer":"mill.example"}`, 403, "the right issuers"},
		{"", "/v1/issuers", asJSON, `{"decision":"block","issuer":"mill.example"}`, 401, ""},
		{"of acme", "/v1/issuers?tenant=rival", asJSON, `{"decision":"block","issuer":"mill.example"}`, 400, "caller's own"},
		{"of acme", "/v1/issuers", asJSON, `{"decision":"block","issuer":"mill.example","by":"Somebody"}`, 400, "no member"},
		{"of acme", "/v1/issuers", asJSON, `{"decision":"block","issuer":"mill.example","at":"2020-01-01T00:00:00Z"}`, 400, "no member"},
		{"of acme", "/v1/issuers", asJSON, `{"decision":"trust","decision":"block","issuer":"mill.example"}`, 400, "one way"},
		{"of acme", "/v1/issuers", asJSON, `{"decision":"trust","issuer":"github.io"}`, 400, "name one issuer"},
		{"of acme", "/v1/issuers", asJSON, `{"decision":"trust","issuer":"nobody"}`, 400, "a DID"},
		{"of acme", "/v1/issuers", asJSON, `{"decision":"praise","issuer":"mill.example"}`, 400, "no decision"},
		{"of acme", "/v1/issuers", asJSON, `{"decision":"accept","accept":"self"}`, 400, "self"},
		{"of acme", "/v1/issuers", asJSON, `{"decision":"trust","issuer":"blocked.example"}`, 409, "forget it first"},
		{"of acme", "/v1/issuers", asJSON, `{"decision":"import","source":"https://down.example/"}`, 502, "answers 404"},
		{"of acme", "/v1/issuers", asJSON, `{"decision":"block","issuer":"mill.example","entries":["x"]}`, 400, "import"},
		{"of acme", "/v1/issuers", asJSON, `{"decision":"block","issuer":7}`, 400, "another type"},
		{"of acme", "/v1/issuers", asJSON, strings.Repeat(" ", maxWordBody+1), 400, "larger"},
	} {
		if status, body := post(t, s, tc.token, tc.path, tc.kind, tc.body); status != tc.status || !strings.Contains(body, tc.says) {
			t.Errorf("%.90s as %q: %d %s", tc.body, tc.token, status, body)
		}
	}
	for _, path := range []string{"/v1/issuers", "/v1/issuers/log"} {
		if status, _, _ := as(t, s, "of rival", path); status != 403 {
			t.Errorf("%s without the right: %d", path, status)
		}
		if status, _, _ := as(t, s, "of acme", path); status != 200 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if len(d.said) != 1 || len(d.chosen) != 1 {
		t.Errorf("what was refused is said: %v %v", d.said, d.chosen)
	}
}

// TestAttack185ForeignPage has a browser's reader decide by a page of another site:
// in the forms that a browser sends without asking the server first, on loopback,
// where nobody is asked who he is.
func TestAttack185ForeignPage(t *testing.T) {
	d := &desk{}
	s := openWith(t, Options{Issuers: d})
	const body = `{"decision":"trust","issuer":"mill.example"}`
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json-seq", "text/plain; application/json"} {
		if status, answer := post(t, s, "", "/v1/issuers", kind, body); status != 400 {
			t.Errorf("%q: %d %s", kind, status, answer)
		}
	}
	for _, path := range []string{"/v1/issuers?decision=trust&issuer=mill.example", "/v1/issuers/trust?issuer=mill.example"} {
		if status, answer, _ := get(t, s, path); status == 200 {
			t.Errorf("%s: %s", path, answer)
		}
	}
	if len(d.said) != 0 {
		t.Fatalf("said: %v", d.said)
	}
	if status, answer := post(t, s, "", "/v1/issuers", asJSON+"; charset=utf-8", body); status != 200 || len(d.said) != 1 || d.said[0].By != operatorName {
		t.Errorf("the operator: %d %s %+v", status, answer, d.said)
	}
	without := open(t)
	if status, _, _ := get(t, without, "/v1/search"); status != 200 {
		t.Errorf("%d", status)
	}
}

// TestNoIssuersHere: a server without a queue says that it has no decisions.
func TestNoIssuersHere(t *testing.T) {
	h, err := New(Options{Engine: engineWith(t)})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	defer s.Close()
	for _, path := range []string{"/v1/issuers", "/v1/issuers/log"} {
		if status, body, _ := get(t, s, path); status != 503 || !strings.Contains(body, "--nats") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, _ := post(t, s, "", "/v1/issuers", asJSON, `{}`); status != 503 {
		t.Errorf("%d", status)
	}
}

// What a path does not take is refused with what it takes.
func TestIssuersTakes(t *testing.T) {
	s := openWith(t, Options{Issuers: &desk{}})
	for path, want := range map[string]string{"/v1/issuers": "GET, HEAD, POST", "/v1/issuers/log": "GET, HEAD"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if status, _, h := do(t, r); status != http.StatusMethodNotAllowed || h.Get("Allow") != want {
			t.Errorf("%s: %d, Allow %q", path, status, h.Get("Allow"))
		}
	}
}
