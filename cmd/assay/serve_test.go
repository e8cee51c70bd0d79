package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/index/web"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

const goodToken = "a-token-of-the-tests"

// tokensFile writes a file of one token of the tenant acme.
func tokensFile(t *testing.T) string {
	t.Helper()
	sum := sha256.Sum256([]byte(goodToken))
	path := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(path, []byte(hex.EncodeToString(sum[:])+" acme Recruiter One\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// certificate writes a certificate and its key.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	kder, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: kder}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// A name elsewhere that was made to point at this machine gets nothing, unless
// --host lists it.
func TestOwnNames(t *testing.T) {
	a := &access{Host: []string{"Badges.example.org", "192.0.2.7", "[2001:db8::1]"}}
	g, err := a.open(zap.NewNop(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &door{gate: g, pages: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })}
	for host, want := range map[string]int{
		"127.0.0.1:8080": 204, "localhost:8080": 204, "localhost": 204, "[::1]:8080": 204, "127.0.0.2": 204,
		"badges.example.org": 204, "BADGES.example.org:8080": 204, "badges.example.org.": 204, "192.0.2.7:80": 204, "[2001:db8::1]:80": 204,
		"evil.example.org": 421, "evil.example.org:8080": 421, "127.0.0.1.evil.example.org": 421, "192.0.2.1": 421, "": 421,
		"badges.example.org.evil.example.org": 421, "evil.badges.example.org": 421,
	} {
		r := httptest.NewRequest(http.MethodGet, "/v1/search", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("Host %q: %d, want %d", host, w.Code, want)
		}
		var p struct{ Status int }
		if want == 421 && (w.Header().Get("Content-Type") != "application/problem+json" || json.Unmarshal(w.Body.Bytes(), &p) != nil || p.Status != 421) {
			t.Errorf("Host %q: %s %s is no problem", host, w.Header().Get("Content-Type"), w.Body)
		}
	}
}

// Others than this machine are served only where it is known who asks.
func TestAccess(t *testing.T) {
	tokens := tokensFile(t)
	cert, key := certificate(t)
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("# tokens\nnonsense acme Recruiter\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		desc, listen, err string
		a                 *access
		warns             bool
	}{
		{"loopback", "127.0.0.1:8080", "", &access{}, false},
		{"loopback by name", "localhost:0", "", &access{}, false},
		{"loopback of IPv6", "[::1]:1", "", &access{}, false},
		{"loopback of a worker", "127.0.0.1:8081", "", nil, false},
		{"everywhere", "0.0.0.0:80", "only loopback is served", &access{}, false},
		{"everywhere, unsaid", ":80", "only loopback is served", &access{}, false},
		{"another address", "192.0.2.1:80", "only loopback is served", &access{}, false},
		{"a name", "example.org:80", "only loopback is served", &access{}, false},
		{"a worker elsewhere", "192.0.2.1:80", "only loopback is served", nil, false},
		{"no port", "8080", "is not HOST:PORT", &access{}, false},
		{"everywhere, with tokens, in the clear", "0.0.0.0:80", "", &access{Tokens: tokens}, true},
		{"everywhere, with tokens, encrypted", "0.0.0.0:80", "", &access{Tokens: tokens, TLSCert: cert, TLSKey: key}, false},
		{"everywhere, encrypted, nobody asked", "0.0.0.0:80", "only loopback is served", &access{TLSCert: cert, TLSKey: key}, false},
		{"loopback with tokens", "127.0.0.1:80", "", &access{Tokens: tokens}, false},
		{"no such tokens", "127.0.0.1:80", "--tokens: ", &access{Tokens: tokens + "x"}, false},
		{"broken tokens", "127.0.0.1:80", "line 2", &access{Tokens: broken}, false},
		{"half a certificate", "127.0.0.1:80", "need each other", &access{TLSCert: cert}, false},
		{"a certificate that is none", "127.0.0.1:80", "--tls-cert, --tls-key", &access{TLSCert: broken, TLSKey: key}, false},
		{"a host with a port", "127.0.0.1:80", "--host: ", &access{Host: []string{"example.org:80"}}, false},
		{"a host with a scheme", "127.0.0.1:80", "--host: ", &access{Host: []string{"https://example.org"}}, false},
		{"any host", "127.0.0.1:80", "--host: ", &access{Host: []string{"*"}}, false},
	} {
		core, logged := observer.New(zap.WarnLevel)
		_, err := tc.a.open(zap.New(core), tc.listen)
		if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: %v, want %q", tc.desc, err, tc.err)
		}
		if (logged.Len() > 0) != tc.warns {
			t.Errorf("%s: %d warnings", tc.desc, logged.Len())
		}
	}
}

// What orchestrators ask is open; the metrics are for tokens and this machine.
func TestOwnRoutes(t *testing.T) {
	tokens, err := web.OpenTokens(tokensFile(t))
	if err != nil {
		t.Fatal(err)
	}
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	var down error
	asked := &door{gate: &gate{tokens: tokens, hosts: map[string]bool{"badges.example.org": true}}, metrics: ok, pages: ok, log: zap.NewNop(),
		ready: func(context.Context) error { return down }}
	open := &door{gate: &gate{}, metrics: ok, log: zap.NewNop(), ready: asked.ready}
	const far, near = "192.0.2.9:1234", "127.0.0.1:1234"
	for _, tc := range []struct {
		desc               string
		door               *door
		method, path, host string
		from               string
		header, value      string
		down               error
		want               int
	}{
		{"alive", asked, "GET", "/healthz", "badges.example.org", far, "", "", nil, 200},
		{"ready", asked, "GET", "/readyz", "badges.example.org", far, "", "", nil, 200},
		{"not ready", asked, "GET", "/readyz", "badges.example.org", far, "", "", errors.New("no index"), 503},
		{"metrics from afar", asked, "GET", "/metrics", "badges.example.org", far, "", "", nil, 401},
		{"metrics from afar under a name of this machine", asked, "GET", "/metrics", "localhost", far, "", "", nil, 401},
		{"metrics from afar with a token", asked, "GET", "/metrics", "badges.example.org", far, "Authorization", "Bearer " + goodToken, nil, 204},
		{"metrics from afar with another token", asked, "GET", "/metrics", "badges.example.org", far, "Authorization", "Bearer other", nil, 401},
		{"metrics from this machine", asked, "GET", "/metrics", "127.0.0.1", near, "", "", nil, 204},
		{"metrics through a proxy on this machine", asked, "GET", "/metrics", "badges.example.org", near, "", "", nil, 401},
		{"metrics through a proxy that says so", asked, "GET", "/metrics", "127.0.0.1", near, "X-Forwarded-For", "192.0.2.9", nil, 401},
		{"metrics where nobody is asked", open, "GET", "/metrics", "127.0.0.1", near, "", "", nil, 204},
		{"a worker has no page", open, "GET", "/", "127.0.0.1", near, "", "", nil, 404},
		{"a method that is not taken", asked, "POST", "/healthz", "127.0.0.1", near, "", "", nil, 405},
		{"two slashes reach the API as they are", asked, "GET", "/v1/skills/http://x", "127.0.0.1", near, "", "", nil, 204},
	} {
		down = tc.down
		r := httptest.NewRequest(tc.method, tc.path, nil)
		r.Host, r.RemoteAddr = tc.host, tc.from
		if tc.header != "" {
			r.Header.Set(tc.header, tc.value)
		}
		w := httptest.NewRecorder()
		tc.door.ServeHTTP(w, r)
		if w.Code != tc.want {
			t.Errorf("%s: %d, want %d", tc.desc, w.Code, tc.want)
		}
		if tc.want == 401 && len(w.Header().Values("WWW-Authenticate")) != 2 {
			t.Errorf("%s: says not how to bear a token", tc.desc)
		}
	}
}
