package web

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"assay/index"
	"assay/index/local"
	"assay/index/query"
	"assay/verify/guard"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// Others than this machine are served only where it is known who asks.
func TestNewServer(t *testing.T) {
	tokens, _, err := tokensOf(t, digest("a-token")+" acme Recruiter One\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		desc  string
		a     Access
		err   error
		warns bool
	}{
		{"loopback", Access{Listen: "127.0.0.1:8080"}, nil, false},
		{"loopback by name", Access{Listen: "localhost:0"}, nil, false},
		{"loopback of IPv6", Access{Listen: "[::1]:1"}, nil, false},
		{"everywhere", Access{Listen: "0.0.0.0:80"}, ErrUnguarded, false},
		{"everywhere, unsaid", Access{Listen: ":80"}, ErrUnguarded, false},
		{"another address", Access{Listen: "192.0.2.1:80"}, ErrUnguarded, false},
		{"a name", Access{Listen: "example.org:80"}, ErrUnguarded, false},
		{"encrypted, nobody asked", Access{Listen: ":80", TLS: &tls.Config{}}, ErrUnguarded, false},
		{"with tokens, in the clear", Access{Listen: ":80", Tokens: tokens}, nil, true},
		{"with tokens, encrypted", Access{Listen: ":80", Tokens: tokens, TLS: &tls.Config{}}, nil, false},
		{"loopback with tokens", Access{Listen: "127.0.0.1:80", Tokens: tokens}, nil, false},
		{"no port", Access{Listen: "8080"}, ErrAddress, false},
		{"a host with a port", Access{Listen: "127.0.0.1:80", Hosts: []string{"example.org:80"}}, ErrHostName, false},
		{"a host with a scheme", Access{Listen: "127.0.0.1:80", Hosts: []string{"https://example.org"}}, ErrHostName, false},
		{"any host", Access{Listen: "127.0.0.1:80", Hosts: []string{"*"}}, ErrHostName, false},
	} {
		core, logged := observer.New(zap.WarnLevel)
		tc.a.Log = zap.New(core)
		s, err := NewServer(tc.a)
		if !errors.Is(err, tc.err) || (s == nil) != (err != nil) {
			t.Errorf("%s: %v, want %v", tc.desc, err, tc.err)
		}
		if (logged.Len() > 0) != tc.warns {
			t.Errorf("%s: %d warnings", tc.desc, logged.Len())
		}
	}
}

// A server asks on the page for the tokens that it was given, whatever identity
// the page's own options name, and ends with its context.
func TestServe(t *testing.T) {
	tokens, _, err := tokensOf(t, digest("a-token")+" acme Recruiter One\n")
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewServer(Access{Listen: "127.0.0.1:0", Tokens: tokens})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.Serve(ctx, Routes{Ready: func(context.Context) error { return nil }, Page: &Options{Engine: &failing{}}})
	}()
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/v1/openapi.json": 401, "/": 401} {
		resp, err := http.Get(s.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, resp.Status, want)
		}
	}
	req, _ := http.NewRequest(http.MethodGet, s.URL()+"/v1/openapi.json", nil)
	req.Header.Set("Authorization", "Bearer a-token")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 || !strings.HasPrefix(s.URL(), "http://127.0.0.1:") {
		t.Errorf("with a token: %s at %s", resp.Status, s.URL())
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the server does not end")
	}
}

// panicking is an engine with a fault of ours, after so many good answers.
type panicking struct{ failing }

func (p *panicking) Search(ctx context.Context, tenant string, q query.Query) (*index.Results, error) {
	if p.good == 0 {
		panic("words of a document")
	}
	return p.failing.Search(ctx, tenant, q)
}

// A fault of ours costs one answer: it is a problem, or breaks off what has begun,
// is counted, and is logged without what the panic says.
func TestFaults(t *testing.T) {
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: key, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	e.Write(t.Context(), crowd(query.MaxExportSize+1))
	core, logged := observer.New(zap.DebugLevel)
	faults := 0
	engine := &panicking{failing{Engine: e}}
	s, err := NewServer(Access{Listen: "127.0.0.1:0", Log: zap.New(core), Faults: &guard.Watch{Log: zap.New(core), Count: func(string) { faults++ }}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.Serve(ctx, Routes{Page: &Options{Engine: engine, Now: func() time.Time { return now }}})
	}()
	for i, path := range []string{"/v1/search?q=x", "/?q=x", "/v1/export?format=csv"} {
		r, err := http.Get(s.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		var p problem
		err = json.NewDecoder(r.Body).Decode(&p)
		r.Body.Close()
		if err != nil || p.Status != 500 || r.StatusCode != 500 || r.Header.Get("Content-Type") != "application/problem+json" || r.Header.Get("X-Total-Count") != "" || faults != i+1 {
			t.Errorf("%s: %s, %+v, %v; %d faults", path, r.Status, p, err, faults)
		}
	}
	engine.good = 1 // the first page of an export
	r, err := http.Get(s.URL() + "/v1/export?format=csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r.Body); err == nil || r.StatusCode != 200 || faults != 4 {
		t.Errorf("an export that a fault cuts: %s, %v; %d faults", r.Status, err, faults)
	}
	r.Body.Close()
	engine.good = 1
	if r, err = http.Get(s.URL() + "/v1/search"); err != nil || r.StatusCode != 200 {
		t.Errorf("the server does not go on: %v", err)
	}
	r.Body.Close()
	for _, l := range logged.All() {
		if strings.Contains(fmt.Sprint(l.Message, l.ContextMap()), "words of a document") {
			t.Errorf("the log says %s %v", l.Message, l.ContextMap())
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A name elsewhere that was made to point at this machine gets nothing, unless
// Access.Hosts lists it.
func TestOwnNames(t *testing.T) {
	s, err := NewServer(Access{Listen: "127.0.0.1:0", Hosts: []string{"Badges.example.org", "192.0.2.7", "[2001:db8::1]"}})
	if err != nil {
		t.Fatal(err)
	}
	h := &door{server: s, pages: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })}
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

// What orchestrators ask is open; the metrics are for tokens and this machine.
func TestOwnRoutes(t *testing.T) {
	tokens, _, err := tokensOf(t, digest("a-token")+" acme rights=operate Prometheus\n"+digest("of before")+" acme Recruiter One\n"+digest("names")+" acme rights=search,names Two\n")
	if err != nil {
		t.Fatal(err)
	}
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	var down error
	asked := &door{server: &Server{access: Access{Tokens: tokens}, hosts: map[string]bool{"badges.example.org": true}}, Routes: Routes{Metrics: ok, Ready: func(context.Context) error { return down }}, pages: ok, log: zap.NewNop()}
	open := &door{server: &Server{}, Routes: asked.Routes, log: zap.NewNop()}
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
		{"metrics from afar with a token", asked, "GET", "/metrics", "badges.example.org", far, "Authorization", "Bearer a-token", nil, 204},
		{"metrics from afar with a token of before there were rights", asked, "GET", "/metrics", "badges.example.org", far, "Authorization", "Bearer of before", nil, 403},
		{"metrics from afar with a token for something else", asked, "GET", "/metrics", "badges.example.org", far, "Authorization", "Bearer names", nil, 403},
		{"asked by a page of another site", asked, "GET", "/metrics", "127.0.0.1", near, "Sec-Fetch-Site", "cross-site", nil, 403},
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

// TestAttack114_Readiness: an application that was given up and does not end is
// told at /readyz, until it ends, and the server lives.
func TestAttack114_Readiness(t *testing.T) {
	stuck := 0
	d := &door{server: &Server{}, log: zap.NewNop(), Routes: Routes{Ready: func(context.Context) error { return nil }, Stuck: func() int { return stuck }}}
	ask := func(path string) (int, string) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "127.0.0.1"
		d.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	for _, n := range []int{0, 2, 0} {
		stuck = n
		want, words := http.StatusOK, "ready"
		if n > 0 {
			want, words = http.StatusServiceUnavailable, "not ready: 2 applications were given up and do not end"
		}
		if code, body := ask("/readyz"); code != want || strings.TrimSpace(body) != words {
			t.Errorf("%d stuck: %d %q", n, code, body)
		}
		if code, _ := ask("/healthz"); code != http.StatusOK {
			t.Errorf("%d stuck: healthz %d", n, code)
		}
	}
}
