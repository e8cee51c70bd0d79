package web

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"assay/verify/guard"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

// Errors of NewServer.
var (
	// ErrUnguarded: an address that others than this machine reach, and nothing to
	// know callers by.
	ErrUnguarded = errors.New("without authentication only loopback is served")
	// ErrAddress: Access.Listen is not of the form HOST:PORT.
	ErrAddress = errors.New("not HOST:PORT")
	// ErrOrigin: Access.Origin is no address that browsers have of a whole server.
	ErrOrigin = errors.New("not of the form https://NAME")
	// ErrHostName: a name in Access.Hosts that no Host header can hold.
	ErrHostName = errors.New("not the name of a host, without port and scheme")
)

// Access says where a server listens, who may ask it, by which name, and over
// what.
type Access struct {
	Listen string       // HOST:PORT; others than loopback need Tokens or Logins
	Tokens *Tokens      // who may ask; nil, and no Logins: nobody is asked
	Logins *Logins      // who may ask beside them, by an issuer's word
	Hosts  []string     // names that the server answers to beside this machine's own
	TLS    *tls.Config  // nil: plain HTTP
	Origin string       // where browsers reach the pages, such as https://badges.example; "" = where it listens
	Faults *guard.Watch // is told of assay's own faults; nil = Log is
	Log    *zap.Logger  // nil = no log
}

// asks reports whether it is asked who asks.
func (a *Access) asks() bool { return a.Tokens != nil || a.Logins != nil }

// caller tells who asks: by the file of tokens, and else by an issuer's word.
func (a *Access) caller(r *http.Request) (Caller, error) {
	if a.Tokens != nil {
		if c, err := a.Tokens.Caller(r); err == nil || a.Logins == nil {
			return c, err
		}
	}
	return a.Logins.Caller(r)
}

// secure reports whether browsers come over https.
func (a *Access) secure() bool { return a.TLS != nil || strings.HasPrefix(a.Origin, "https://") }

// SignInBack is the path at which an issuer sends browsers back to a server.
const SignInBack = backRoute

// holds tells what a caller may do, by his name: as the file of tokens says. What it does
// not say is nothing, but of a name that only an issuer gives.
func (a *Access) holds(tenant, name string) (Rights, bool) {
	rights, found := Rights(0), false
	if a.Tokens != nil {
		rights, found = a.Tokens.holds(tenant, name)
	}
	return rights, found || a.Logins == nil || !strings.HasPrefix(name, byIssuer)
}

// Routes are what a server serves beside /healthz, which says that the process
// lives.
type Routes struct {
	Ready   func(context.Context) error // of /readyz
	Stuck   func() int                  // applications that were given up and do not end: then it is not ready, either; nil = none
	Words   func(error) string          // what Ops says at /readyz of an error of Ready, without secrets; nil = nothing
	Metrics http.Handler                // /metrics
	Page    *Options                    // the page and the API, with the server's identity; nil: neither

	// Count is told of each request: the route, by a pattern of a fixed set, the status
	// and the time; nil = nobody. CountRequests makes one.
	Count func(route string, status int, took time.Duration)
}

// Server is the HTTP server of a process: the door, and behind it the page, the
// API and what orchestrators ask.
type Server struct {
	access Access
	hosts  map[string]bool
	port
}

// port is where a server listens, and how it serves there.
type port struct {
	at     string // HOST:PORT
	tls    *tls.Config
	faults *guard.Watch
	log    *zap.Logger
	l      net.Listener
}

// tokensEvery is how often the file of tokens is looked at.
const tokensEvery = 2 * time.Second

// NewServer refuses what would serve others than this machine without asking who
// they are: ErrUnguarded, ErrAddress or ErrHostName.
func NewServer(a Access) (*Server, error) {
	if a.Log == nil {
		a.Log = zap.NewNop()
	}
	if a.Faults == nil {
		a.Faults = &guard.Watch{Log: a.Log}
	}
	s := &Server{access: a, hosts: map[string]bool{}, port: port{at: a.Listen, tls: a.TLS, faults: a.Faults, log: a.Log}}
	host, _, err := net.SplitHostPort(a.Listen)
	if err != nil {
		return nil, fmt.Errorf("%q is %w", a.Listen, ErrAddress)
	}
	for _, h := range a.Hosts {
		name := hostName(h)
		if _, _, err := net.SplitHostPort(h); err == nil || !isHostName(name) {
			return nil, fmt.Errorf("%q is %w", h, ErrHostName)
		}
		s.hosts[name] = true
	}
	if a.Origin != "" {
		name, err := originName(a.Origin)
		if err != nil {
			return nil, err
		}
		s.hosts[name] = true
	}
	if isLoopback(host) {
		return s, nil
	}
	if !a.asks() {
		return nil, fmt.Errorf("%s: %w", a.Listen, ErrUnguarded)
	}
	if a.TLS == nil {
		a.Log.Warn("tokens and names of applicants cross the network in the clear: give a certificate, or listen on loopback behind a proxy that has one", zap.String("listen", a.Listen))
	}
	return s, nil
}

// originName gives the host of an origin (RFC 6454): ErrOrigin.
func originName(origin string) (string, error) {
	u, err := url.Parse(strings.TrimSuffix(origin, "/"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || strings.TrimSuffix(origin, "/") != u.Scheme+"://"+u.Host || !isHostName(hostName(u.Host)) {
		return "", fmt.Errorf("%q is %w", origin, ErrOrigin)
	}
	return hostName(u.Host), nil
}

// Listen takes the port.
func (p *port) Listen() (err error) {
	p.l, err = net.Listen("tcp", p.at)
	return err
}

// Close gives the port back, where Serve has not.
func (p *port) Close() error { return p.l.Close() }

// URL is where the server is asked, once it listens.
func (p *port) URL() string {
	if p.tls != nil {
		return "https://" + p.l.Addr().String()
	}
	return "http://" + p.l.Addr().String()
}

// Serve serves until ctx ends, and then what is in hand for ten seconds at most.
func (s *Server) Serve(ctx context.Context, r Routes) error {
	d := &door{server: s, Routes: r, log: s.access.Log}
	var alerts *alerts
	if r.Page != nil {
		o := *r.Page
		o.faults, o.secure = s.faults, s.access.secure()
		if s.access.asks() {
			o.Identity, o.Rate = s.access.caller, cmp.Or(max(o.Rate, 0), DefaultRate)
			o.Holds = s.access.holds
			o.Checks = cmp.Or(max(o.Checks, 0), DefaultChecks)
			o.tokens, o.logins = s.access.Tokens, s.access.Logins
		}
		var err error
		o.made = func(h *handler) { alerts = alertsOf(h) }
		if d.pages, err = New(o); err != nil {
			return err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	if alerts != nil {
		g.Go(func() error { return s.faults.Keep(ctx, "alerts", alerts.run) })
	}
	if s.access.Tokens != nil {
		g.Go(func() error {
			return s.faults.Keep(ctx, "following the file of tokens", func(ctx context.Context) error {
				s.access.Tokens.Follow(ctx, tokensEvery, s.access.Log)
				return nil
			})
		})
	}
	s.serve(ctx, g, d)
	return g.Wait()
}

// serve has the group serve until ctx ends, and then what is in hand.
func (p *port) serve(ctx context.Context, g *errgroup.Group, h http.Handler) {
	// Timeouts against clients that send or read slowly; searches have one of
	// their own.
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: time.Minute,
		IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: zap.NewStdLog(p.log), TLSConfig: p.tls}
	g.Go(func() error {
		return p.faults.Keep(ctx, "serving HTTP", func(context.Context) error {
			serve := server.Serve
			if p.tls != nil {
				serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
			}
			if err := serve(p.l); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
	})
	g.Go(func() (err error) {
		<-ctx.Done()
		if fault := p.faults.Do("ending HTTP", func() {
			stop, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer done()
			err = server.Shutdown(stop)
		}); fault != nil {
			return server.Close()
		}
		return err
	})
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// hostName takes what a Host header or Access.Hosts says to the form that names
// are compared in.
func hostName(s string) string {
	if h, _, err := net.SplitHostPort(s); err == nil {
		s = h
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(s, "[]"), "."))
}

func isHostName(s string) bool {
	if net.ParseIP(s) != nil {
		return true
	}
	return s != "" && len(s) <= 253 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_'
	})
}

// door is what every request comes through. It is no http.ServeMux: that would
// take one slash out of a concept's URI before the API sees it.
type door struct {
	server *Server
	Routes
	pages http.Handler // nil: there are none
	log   *zap.Logger
}

// ServeHTTP answers a request.
func (d *door) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	guarded(d.server.access.Faults, "a request to the page or the API", d.Count, rw, r, d.serve)
}

// guarded answers a request by f. net/http would survive a fault of ours too, and
// write into the log what the panic says.
func guarded(faults *guard.Watch, where string, count func(string, int, time.Duration), rw http.ResponseWriter, r *http.Request, f http.HandlerFunc) {
	begun := &begun{ResponseWriter: rw}
	abort := false // on purpose
	if count != nil {
		at := time.Now()
		defer func() { count(routeOf(r.URL.Path), cmp.Or(begun.status, http.StatusOK), time.Since(at)) }()
	}
	fault := faults.Do(where, func() {
		defer func() {
			if x := recover(); x == http.ErrAbortHandler {
				abort = true
			} else if x != nil {
				panic(x)
			}
		}()
		f(begun, r)
	})
	switch {
	case abort, fault != nil && begun.status != 0:
		panic(http.ErrAbortHandler) // what is cut off must not look whole
	case fault != nil:
		for _, name := range []string{"Content-Disposition", "X-Total-Count", "X-Truncated"} {
			rw.Header().Del(name) // of the answer that does not come
		}
		writeProblem(begun, problem{Status: http.StatusInternalServerError, Title: "a fault of assay's own", Detail: "the server's log says where"})
	case begun.status == 0 && r.Context().Err() != nil:
		// Who has closed but his half of the connection reads on, and must not read 200.
		writeProblem(begun, problem{Type: typeClosed, Status: http.StatusBadRequest, Title: "the connection was closed before the answer", Detail: "what was asked for may have been done or not: ask again, with the same Idempotency-Key"})
	}
}

// begun knows whether an answer has begun, and with which status.
type begun struct {
	http.ResponseWriter
	status int // 0 = it has not
}

func (b *begun) WriteHeader(status int) {
	b.status = cmp.Or(b.status, status)
	b.ResponseWriter.WriteHeader(status)
}

func (b *begun) Write(p []byte) (int, error) {
	b.status = cmp.Or(b.status, http.StatusOK)
	return b.ResponseWriter.Write(p)
}

// Unwrap is for [http.ResponseController].
func (b *begun) Unwrap() http.ResponseWriter { return b.ResponseWriter }

func (d *door) serve(rw http.ResponseWriter, r *http.Request) {
	// Only requests that name this server are answered, so that no page from
	// elsewhere, whose name was made to point here, can read along.
	if host := hostName(r.Host); !isLoopback(host) && !d.server.hosts[host] {
		writeProblem(rw, problem{Status: http.StatusMisdirectedRequest, Title: "this server does not answer under this name", Detail: "it answers under those of its own machine and of --host"})
		return
	}
	// Nor is anything for a page from elsewhere that has this one's reader ask, his
	// password with it.
	if fromElsewhere(r) && !comesBack(r) {
		secured(rw.Header())
		writeProblem(rw, problem{Status: http.StatusForbidden, Title: "asked for by a page of another site", Detail: "open the address itself"})
		return
	}
	described := d.server.access.Logins != nil && d.pages != nil && describes(r)
	own := r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || r.URL.Path == "/metrics" || described
	switch {
	case own && !taken(r):
		methodless(rw)
	case described:
		secured(rw.Header())
		d.server.access.Logins.describe(rw, r)
	case r.URL.Path == "/healthz":
		_, _ = fmt.Fprintln(rw, "ok")
	case r.URL.Path == "/readyz":
		d.answerReady(rw, r, d.log, false)
	case r.URL.Path == "/metrics":
		switch err := d.mayMeasure(r); {
		case errors.Is(err, ErrNoIdentity):
			challenge(rw, r, d.server.access.Logins != nil, true)
			http.Error(rw, "a token is needed", http.StatusUnauthorized)
			return
		case err != nil:
			http.Error(rw, err.Error(), http.StatusForbidden)
			return
		}
		d.Metrics.ServeHTTP(rw, r)
	case d.pages == nil:
		http.NotFound(rw, r)
	default:
		d.pages.ServeHTTP(rw, r)
	}
}

// answerReady answers /readyz: ready, or not, and in words what is not where only
// operators read them.
func (o *Routes) answerReady(rw http.ResponseWriter, r *http.Request, log *zap.Logger, words bool) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	said := "not ready"
	if err := o.Ready(ctx); err != nil {
		log.Warn("not ready", zap.Error(err))
		if words && o.Words != nil {
			said += ": " + o.Words(err)
		}
		http.Error(rw, said, http.StatusServiceUnavailable)
		return
	}
	if o.Stuck != nil {
		if n := o.Stuck(); n > 0 {
			log.Warn("applications that were given up do not end", zap.Int("applications", n))
			http.Error(rw, fmt.Sprintf("not ready: %d applications were given up and do not end", n), http.StatusServiceUnavailable)
			return
		}
	}
	_, _ = fmt.Fprintln(rw, "ready")
}

// methodless answers a method that is not taken.
func methodless(rw http.ResponseWriter) {
	rw.Header().Set("Allow", "GET, HEAD")
	http.Error(rw, "method not allowed", http.StatusMethodNotAllowed)
}

// mayMeasure refuses the metrics to whoever may not read them: they are for a token
// that may, or for this machine itself. What a proxy on this machine passes on is
// not from this machine: it was asked for under another name, or says so.
func (d *door) mayMeasure(r *http.Request) error {
	if !d.server.access.asks() {
		return nil
	}
	if c, err := d.server.access.caller(r); err == nil {
		return permit(c, "/metrics")
	}
	for _, name := range []string{"Forwarded", "Via", "X-Forwarded-For", "X-Real-Ip"} {
		if r.Header.Get(name) != "" {
			return ErrNoIdentity
		}
	}
	if from, _, err := net.SplitHostPort(r.RemoteAddr); err != nil || !isLoopback(from) || !isLoopback(hostName(r.Host)) {
		return ErrNoIdentity
	}
	return nil
}
