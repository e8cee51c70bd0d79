package web

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

// TestProtectedResource: whoever has no token is told whose are taken (RFC 9728), by an
// address that the challenge names, and only where an issuer's are.
func TestProtectedResource(t *testing.T) {
	t.Parallel()
	s := newRealm(t)
	l, err := NewLogins(s.options(&clock{at: time.Now()}))
	if err != nil {
		t.Fatal(err)
	}
	tokens, _, err := tokensOf(t, digest("a-token")+" acme Recruiter One\n")
	if err != nil {
		t.Fatal(err)
	}
	doorOf := func(l *Logins) *door {
		server, err := NewServer(Access{Listen: "192.0.2.1:443", Hosts: []string{"badges.example.org"}, Tokens: tokens, Logins: l})
		if err != nil {
			t.Fatal(err)
		}
		pages, err := New(Options{Engine: &failing{}, Identity: server.access.caller, logins: l})
		if err != nil {
			t.Fatal(err)
		}
		return &door{server: server, pages: pages, log: zap.NewNop()}
	}
	ask := func(d *door, method, host, path string, secure bool) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
		r.Host = host
		if secure {
			r.TLS = &tls.ConnectionState{}
		}
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		return w
	}
	d := doorOf(l)
	for _, tc := range []struct {
		method, host, path string
		tls                bool
		at                 string // what the challenge names
		resource           string
	}{
		{"POST", "badges.example.org", "/mcp", true, "https://badges.example.org/.well-known/oauth-protected-resource/mcp", "https://badges.example.org/mcp"},
		{"POST", "badges.example.org", "/mcp", false, "https://badges.example.org/.well-known/oauth-protected-resource/mcp", "https://badges.example.org/mcp"},
		{"GET", "127.0.0.1:8080", "/v1/search?q=go", false, "http://127.0.0.1:8080/.well-known/oauth-protected-resource/v1", "http://127.0.0.1:8080/v1"},
		{"GET", "badges.example.org:8443", "/", true, "https://badges.example.org:8443/.well-known/oauth-protected-resource", "https://badges.example.org:8443"},
	} {
		w := ask(d, tc.method, tc.host, tc.path, tc.tls)
		if want := `Bearer realm="assay", resource_metadata="` + tc.at + `"`; w.Code != http.StatusUnauthorized || !slices.Contains(w.Header().Values("WWW-Authenticate"), want) {
			t.Errorf("%s: %d, %q", tc.path, w.Code, w.Header().Values("WWW-Authenticate"))
		}
		_, path, _ := strings.Cut(tc.at, tc.host)
		w = ask(d, "GET", tc.host, path, tc.tls)
		var got resource
		if err := json.Unmarshal(w.Body.Bytes(), &got); w.Code != http.StatusOK || err != nil || got.Resource != tc.resource || !slices.Equal(got.Servers, []string{s.URL}) || !slices.Equal(got.Bearer, []string{"header"}) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := ask(d, "GET", "elsewhere.example", protectedAt, true); w.Code != http.StatusMisdirectedRequest {
		t.Errorf("under another name: %d", w.Code)
	}
	for method, path := range map[string]string{"GET": protectedAt + "/x", "POST": protectedAt} {
		if w := ask(d, method, "127.0.0.1", path, false); w.Code == http.StatusOK || strings.Contains(w.Body.String(), s.URL) {
			t.Errorf("%s %s: %d", method, path, w.Code)
		}
	}
	alone := doorOf(nil)
	if w := ask(alone, "GET", "127.0.0.1", protectedAt, false); w.Code != http.StatusUnauthorized || strings.Contains(w.Header().Get("WWW-Authenticate"), "resource_metadata") {
		t.Errorf("without an issuer: %d %v", w.Code, w.Header())
	}
}
