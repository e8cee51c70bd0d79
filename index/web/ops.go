package web

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"slices"
	"strings"
	"sync/atomic"

	"assay/verify/guard"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

// Ops is the server of what orchestrators and operators ask: /healthz, /readyz with
// what is not ready, /metrics, and below /debug/pprof/ profiles. It listens on any
// address, answers under any name and asks nobody who he is, for a cluster asks pods
// by their addresses and bears no token: so it serves nothing of a person, nor of what
// the process was started with.
type Ops struct {
	port
	routes atomic.Pointer[Routes]
}

// NewOps returns an Ops for HOST:PORT, where HOST may be left out; the error wraps
// ErrAddress. Of faults and log, nil is none.
func NewOps(listen string, faults *guard.Watch, log *zap.Logger) (*Ops, error) {
	if _, _, err := net.SplitHostPort(listen); err != nil {
		return nil, fmt.Errorf("%q is %w", listen, ErrAddress)
	}
	log = cmp.Or(log, zap.NewNop())
	return &Ops{port: port{at: listen, faults: cmp.Or(faults, &guard.Watch{Log: log}), log: log}}, nil
}

// Show has the server answer by these routes, whose Page it never shows. Until then the
// process lives and is not ready: what it starts with may take long. No server shows
// nothing.
func (o *Ops) Show(r Routes) {
	if o != nil {
		o.routes.Store(&r)
	}
}

// Serve serves until ctx ends, and then what is in hand for ten seconds at most.
func (o *Ops) Serve(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	o.serve(ctx, g, o)
	return g.Wait()
}

// ServeHTTP answers a request.
func (o *Ops) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	guarded(o.faults, "an operator's question over HTTP", nil, rw, r, o.answer)
}

// profiles are what runtime/pprof knows by name: lines of the program with counts and
// sizes, and nothing that stands in memory.
var profiles = []string{"allocs", "block", "goroutine", "heap", "mutex", "threadcreate"}

func (o *Ops) answer(rw http.ResponseWriter, r *http.Request) {
	secured(rw.Header())
	routes := o.routes.Load()
	profile, isProfile := strings.CutPrefix(r.URL.Path, "/debug/pprof/")
	switch {
	case fromElsewhere(r): // a profile costs the process something: not for a page's asking
		http.Error(rw, "asked for by a page of another site", http.StatusForbidden)
	case !taken(r):
		methodless(rw)
	case r.URL.Path == "/healthz":
		_, _ = fmt.Fprintln(rw, "ok")
	case routes == nil && (r.URL.Path == "/readyz" || r.URL.Path == "/metrics"):
		http.Error(rw, "not ready: starting", http.StatusServiceUnavailable)
	case r.URL.Path == "/readyz":
		routes.answerReady(rw, r, o.log, true)
	case r.URL.Path == "/metrics":
		routes.Metrics.ServeHTTP(rw, r)
	case !isProfile:
		http.NotFound(rw, r)
	case profile == "profile":
		pprof.Profile(rw, r)
	case profile == "trace":
		pprof.Trace(rw, r)
	case slices.Contains(profiles, profile):
		pprof.Handler(profile).ServeHTTP(rw, r)
	default: // cmdline among them: a password may stand there
		http.NotFound(rw, r)
	}
}

// routeOf gives the pattern of a path: of the routes that there are, or "other".
func routeOf(path string) string {
	switch path {
	case "/healthz", "/readyz":
		return path
	}
	if _, ok := needs[path]; ok && path != "/v1/" {
		return path
	}
	if _, ok := needs["POST "+path]; ok {
		return path
	}
	if id, ok := strings.CutPrefix(path, "/v1/applications/"); ok && strings.HasSuffix(id, "/outcome") {
		return "/v1/applications/{id}/outcome"
	} else if ok && strings.HasSuffix(id, "/record") {
		return "/v1/applications/{id}/record"
	}
	if id, ok := strings.CutPrefix(path, "/saved/"); ok && strings.HasSuffix(id, "/export") {
		return "/saved/{id}/export"
	} else if ok {
		return "/saved/{id}"
	}
	if strings.HasPrefix(path, "/v1/hooks/") {
		return "/v1/hooks/{hook}"
	}
	for _, prefix := range []string{"/applications/", "/v1/applications/", "/v1/skills/", "/static/", feedRoute} {
		if !strings.HasPrefix(path, prefix) {
			continue
		}
		if _, ok := needs[prefix]; ok {
			return prefix
		}
		return prefix + "{id}"
	}
	return "other"
}
