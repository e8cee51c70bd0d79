package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
)

// TestOps: orchestrators ask by a pod's address and bear no token; what they are told
// is nothing of a person, nor of what the process was started with.
func TestOps(t *testing.T) {
	o, err := NewOps(":0", nil, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, path string, header ...string) (int, string) {
		t.Helper()
		r := httptest.NewRequest(method, path, nil)
		r.Host, r.RemoteAddr = "10.1.2.3:9090", "192.0.2.9:1234"
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		o.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	if code, body := ask("GET", "/healthz"); code != 200 || body != "ok\n" {
		t.Errorf("while it starts: %d %q", code, body)
	}
	for _, path := range []string{"/readyz", "/metrics"} {
		if code, body := ask("GET", path); code != 503 || body != "not ready: starting\n" {
			t.Errorf("%s while it starts: %d %q", path, code, body)
		}
	}

	var down error
	stuck := 0
	page := &Options{Engine: &failing{}}
	o.Show(Routes{Ready: func(context.Context) error { return down }, Stuck: func() int { return stuck }, Page: page,
		Words:   func(err error) string { return "words of " + err.Error() },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "metrics") })})
	for _, tc := range []struct {
		desc, method, path string
		header             []string
		down               error
		stuck, want        int
		body               string
	}{
		{"alive", "GET", "/healthz", nil, errors.New("x"), 1, 200, "ok\n"},
		{"ready", "GET", "/readyz", nil, nil, 0, 200, "ready\n"},
		{"asked for the head alone", "HEAD", "/readyz", nil, nil, 0, 200, "ready\n"},
		{"not ready, in words", "GET", "/readyz", nil, errors.New("a full queue"), 0, 503, "not ready: words of a full queue\n"},
		{"stuck", "GET", "/readyz", nil, nil, 2, 503, "not ready: 2 applications were given up and do not end\n"},
		{"metrics", "GET", "/metrics", nil, nil, 0, 200, "metrics"},
		{"a profile", "GET", "/debug/pprof/goroutine?debug=1", nil, nil, 0, 200, ""},
		{"the command line, where a password may stand", "GET", "/debug/pprof/cmdline", nil, nil, 0, 404, ""},
		{"a list of profiles", "GET", "/debug/pprof/", nil, nil, 0, 404, ""},
		{"no page", "GET", "/", nil, nil, 0, 404, ""},
		{"no API", "GET", "/v1/search?q=teamwork&tenant=acme", nil, nil, 0, 404, ""},
		{"no record", "GET", "/v1/applications/a", nil, nil, 0, 404, ""},
		{"a method that is not taken", "POST", "/debug/pprof/profile", nil, nil, 0, 405, ""},
		{"asked by a page of another site", "GET", "/debug/pprof/heap", []string{"Sec-Fetch-Site", "cross-site"}, nil, 0, 403, ""},
	} {
		down, stuck = tc.down, tc.stuck
		if code, body := ask(tc.method, tc.path, tc.header...); code != tc.want || tc.body != "" && body != tc.body {
			t.Errorf("%s: %d %q, want %d %q", tc.desc, code, body, tc.want, tc.body)
		}
	}
}

// TestOpsServe: it listens wherever it is told to, and ends with its context.
func TestOpsServe(t *testing.T) {
	if _, err := NewOps("8080", nil, nil); !errors.Is(err, ErrAddress) {
		t.Errorf("no port: %v", err)
	}
	if _, err := NewOps("0.0.0.0:9090", nil, nil); err != nil {
		t.Errorf("everywhere: %v", err)
	}
	o, err := NewOps("127.0.0.1:0", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Listen(); err != nil {
		t.Fatal(err)
	}
	o.Show(Routes{Ready: func(context.Context) error { return nil }})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- o.Serve(ctx) }()
	res, err := http.Get(o.URL() + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 {
		t.Error(res.Status)
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it does not end")
	}
}

// TestCountRequests: requests are counted by patterns, whatever a path says.
func TestCountRequests(t *testing.T) {
	reg := prometheus.NewRegistry()
	d := &door{server: &Server{}, log: zap.NewNop(), pages: http.NotFoundHandler(),
		Routes: Routes{Ready: func(context.Context) error { return nil }, Count: CountRequests(reg)}}
	for _, path := range []string{"/healthz", "/", "/role", "/applications/canary", "/v1/applications/canary", "/v1/skills/http://canary",
		"/static/canary", "/v1/search?q=canary", "/v1/canary", "/canary", "/v1/", "/applications/", "/feeds/canary.atom", "/saved/canary/export"} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "127.0.0.1"
		d.ServeHTTP(httptest.NewRecorder(), r)
	}
	w := httptest.NewRecorder()
	promhttp.HandlerFor(reg, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	text := w.Body.String()
	if strings.Contains(text, "canary") {
		t.Error("a path is a label")
	}
	for _, want := range []string{`{route="/healthz",status="2xx"} 1`, `{route="other",status="4xx"} 3`, `{route="/applications/{id}",status="4xx"} 2`,
		`{route="/v1/applications/{id}",status="4xx"} 1`, `{route="/v1/skills/{id}",status="4xx"} 1`, `{route="/static/",status="4xx"} 1`, `{route="/v1/search",status="4xx"} 1`, `{route="/feeds/",status="4xx"} 1`, `{route="/saved/{id}/export",status="4xx"} 1`} {
		if !strings.Contains(text, "assay_http_requests_total"+want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	for route := range needs {
		_, route = methodOf(route)
		if got := routeOf(strings.ReplaceAll(route, "{id}", "x")); got != route && route != "/v1/" {
			t.Errorf("%s counts as %s", route, got)
		}
	}
}
