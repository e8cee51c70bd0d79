package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"assay/verify/verdict"
)

// outer takes notifications and destinations, and notes for whom.
type outer struct {
	hooks, tenants []string
	size           int
	err            error
}

func (o *outer) Known(hook string) bool { return hook != "none" }

func (o *outer) Take(_ context.Context, hook string, h http.Header, body []byte) (HookAnswer, error) {
	o.hooks, o.size = append(o.hooks, hook+" "+h.Get("Signature")), len(body)
	return HookAnswer{Status: 202, Name: "X-Hook-Secret", Value: "v", State: "taken"}, o.err
}

func (o *outer) SetWebhook(_ context.Context, tenant, by string, r WebhookRequest) (Webhook, error) {
	o.tenants = append(o.tenants, "set "+tenant+" "+by)
	return Webhook{ID: "1", URL: r.URL, Names: r.Names, Secret: "whsec_x", Created: time.Unix(0, 0).UTC()}, o.err
}

func (o *outer) Webhooks(_ context.Context, tenant string) ([]Webhook, error) {
	o.tenants = append(o.tenants, "list "+tenant)
	at := time.Unix(1, 0).UTC()
	return []Webhook{{ID: "1", URL: "https://x.example/", Names: true, Created: at, By: "Jo", Waiting: 2, Failing: at, Error: "it answers 500", Dead: 1, DeadSince: at}}, o.err
}

func (o *outer) RemoveWebhook(_ context.Context, tenant, id string) error {
	o.tenants = append(o.tenants, "remove "+tenant+" "+id)
	return o.err
}

// TestHookRoutes: notifications need no token, and their tenant is the hook's; where
// outcomes go is for who operates, and who is told names for who may see them.
func TestHookRoutes(t *testing.T) {
	o := &outer{}
	options := Options{Engine: engineWith(t), Hooks: o, Webhooks: o, Identity: func(r *http.Request) (Caller, error) {
		switch r.Header.Get("Authorization") {
		case "operate":
			return Caller{Tenant: "acme", Name: "Jo", Rights: MayOperate}, nil
		case "both":
			return Caller{Tenant: "acme", Name: "Jo", Rights: MayOperate | MayNames}, nil
		case "search":
			return Caller{Tenant: "acme", Name: "Jo", Rights: MaySearch | MayNames}, nil
		}
		return Caller{}, ErrNoIdentity
	}}
	h, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	defer s.Close()
	ask := func(method, path, who, body string, header ...string) (int, http.Header, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", who)
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, resp.Header, string(b)
	}
	if status, head, body := ask("POST", "/v1/hooks/one", "", `{"a":1}`, "Signature", "s"); status != 202 || head.Get("X-Hook-Secret") != "v" || body != "{\"state\":\"taken\"}\n" || o.hooks[0] != "one s" {
		t.Errorf("%d %v %s %q", status, head, body, o.hooks)
	}
	if status, _, body := ask("POST", "/v1/hooks/one", "", strings.Repeat("x", maxHook+1)); status != 413 || len(o.hooks) != 1 {
		t.Errorf("%d %s", status, body)
	}
	// Of a name that is none's the body is not read, and no place taken.
	o.err = &DoorError{Kind: KindNoHook}
	if status, _, _ := ask("POST", "/v1/hooks/none", "", strings.Repeat("x", maxHook+1)); status != 503 || o.size != 0 {
		t.Errorf("%d, %d bytes", status, o.size)
	}
	o.err = nil
	if status, _, _ := ask("GET", "/v1/hooks/one", "operate", ""); status != 405 {
		t.Errorf("GET: %d", status)
	}
	for err, want := range map[*DoorError]int{{Kind: KindNoHook}: 503, {Kind: KindSignature}: 400, {Kind: KindFull}: 503} {
		o.err = err
		if status, _, body := ask("POST", "/v1/hooks/one", "", "{}"); status != want || !strings.Contains(body, "/v1/problems#"+string(err.Kind)) {
			t.Errorf("%v: %d %s", err.Kind, status, body)
		}
	}
	o.err = nil
	for _, tc := range []struct {
		method, path, who, body string
		status                  int
	}{
		{"GET", "/v1/webhooks", "", "", 401}, {"GET", "/v1/webhooks", "search", "", 403}, {"GET", "/v1/webhooks", "operate", "", 200},
		{"PUT", "/v1/webhooks", "search", `{"url":"https://x.example/"}`, 403}, {"PUT", "/v1/webhooks", "operate", `{"url":"https://x.example/"}`, 200},
		{"PUT", "/v1/webhooks", "operate", `{"url":"https://x.example/","names":true}`, 403}, {"PUT", "/v1/webhooks", "both", `{"url":"https://x.example/","names":true}`, 200},
		{"PUT", "/v1/webhooks", "operate", `{"url":"https://x.example/","tenant":"rival"}`, 422}, {"DELETE", "/v1/webhooks", "operate", "", 422},
		{"DELETE", "/v1/webhooks?id=1", "search", "", 403}, {"DELETE", "/v1/webhooks?id=1", "operate", "", 204}, {"DELETE", "/v1/webhooks?id=1&tenant=rival", "operate", "", 400},
	} {
		if status, _, body := ask(tc.method, tc.path, tc.who, tc.body); status != tc.status {
			t.Errorf("%s %s by %q: %d %s", tc.method, tc.path, tc.who, status, body)
		}
	}
	if got := strings.Join(o.tenants, ", "); got != "list acme, set acme Jo, set acme Jo, remove acme 1" {
		t.Errorf("%s", got)
	}
}

// TestApplicationURL: the record, its page and files link to the hiring system, but for an
// application whose id tells who applies.
func TestApplicationURL(t *testing.T) {
	named := document("default", "zaphod-quux", "Zaphod Quux", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, ""))
	s := openWith(t, Options{ApplicationURL: "https://ats.example/a?id={application}"}, document("default", "A1", "", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")), named)
	for path, want := range map[string]string{
		"/v1/applications/A1": `"application_url":"https://ats.example/a?id=A1"`, "/applications/A1": `href="https://ats.example/a?id=A1"`,
		"/v1/export?format=csv": ",https://ats.example/a?id=A1\r\n", "/v1/export?format=ndjson": `"application_url":"https://ats.example/a?id=A1"`,
	} {
		_, body, _ := get(t, s, path)
		if !strings.Contains(body, want) {
			t.Errorf("%s: no %s in %s", path, want, body)
		}
		if strings.Count(body, "ats.example") != strings.Count(body, "ats.example/a?id=A1") {
			t.Errorf("%s tells who applies", path)
		}
	}
	_, body, _ := get(t, s, "/v1/applications/zaphod-quux?blind=off")
	var record struct {
		URL string `json:"application_url"`
	}
	if err := json.Unmarshal([]byte(body), &record); err != nil || record.URL != "https://ats.example/a?id=zaphod-quux" {
		t.Errorf("%s", body)
	}
}
