package web

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"assay/verify/guard"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

// Errors of NewServer.
var (
	// ErrUnguarded: an address that others than this machine reach, and no tokens
	// to know callers by.
	ErrUnguarded = errors.New("without authentication only loopback is served")
	// ErrAddress: Access.Listen is not of the form HOST:PORT.
	ErrAddress = errors.New("not HOST:PORT")
	// ErrHostName: a name in Access.Hosts that no Host header can hold.
	ErrHostName = errors.New("not the name of a host, without port and scheme")
)

// Access says where a server listens, who may ask it, by which name, and over
// what.
type Access struct {
	Listen string       // HOST:PORT; others than loopback need Tokens
	Tokens *Tokens      // who may ask; nil: nobody is asked
	Hosts  []string     // names that the server answers to beside this machine's own
	TLS    *tls.Config  // nil: plain HTTP
	Faults *guard.Watch // is told of assay's own faults; nil = Log is
	Log    *zap.Logger  // nil = no log
}

// Routes are what a server serves beside /healthz, which says that the process
// lives.
type Routes struct {
	Ready   func(context.Context) error // of /readyz
	Stuck   func() int                  // applications that were given up and do not end: then it is not ready, either; nil = none
	Metrics http.Handler                // /metrics
	Page    *Options                    // the page and the API, with the server's identity; nil: neither
}

// Server is the HTTP server of a process: the door, and behind it the page, the
// API and what orchestrators ask.
type Server struct {
	access Access
	hosts  map[string]bool
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
	s := &Server{access: a, hosts: map[string]bool{}}
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
	if isLoopback(host) {
		return s, nil
	}
	if a.Tokens == nil {
		return nil, fmt.Errorf("%s: %w", a.Listen, ErrUnguarded)
	}
	if a.TLS == nil {
		a.Log.Warn("tokens and names of applicants cross the network in the clear: give a certificate, or listen on loopback behind a proxy that has one", zap.String("listen", a.Listen))
	}
	return s, nil
}

// Listen takes the port.
func (s *Server) Listen() (err error) {
	s.l, err = net.Listen("tcp", s.access.Listen)
	return err
}

// Close gives the port back, where Serve has not.
func (s *Server) Close() error { return s.l.Close() }

// URL is where the server is asked, once it listens.
func (s *Server) URL() string {
	if s.access.TLS != nil {
		return "https://" + s.l.Addr().String()
	}
	return "http://" + s.l.Addr().String()
}

// Serve serves until ctx ends, and then what is in hand for ten seconds at most.
func (s *Server) Serve(ctx context.Context, r Routes) error {
	d := &door{server: s, ready: r.Ready, stuck: r.Stuck, metrics: r.Metrics, log: s.access.Log}
	if r.Page != nil {
		o := *r.Page
		if s.access.Tokens != nil {
			o.Identity, o.Rate = s.access.Tokens.Caller, cmp.Or(max(o.Rate, 0), DefaultRate)
		}
		var err error
		if d.pages, err = New(o); err != nil {
			return err
		}
	}
	// Timeouts against clients that send or read slowly; searches have one of
	// their own.
	server := &http.Server{Handler: d, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: time.Minute,
		IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: zap.NewStdLog(s.access.Log), TLSConfig: s.access.TLS}
	faults := s.access.Faults
	g, ctx := errgroup.WithContext(ctx)
	if s.access.Tokens != nil {
		g.Go(func() error {
			return faults.Keep(ctx, "following the file of tokens", func(ctx context.Context) error {
				s.access.Tokens.Follow(ctx, tokensEvery, s.access.Log)
				return nil
			})
		})
	}
	g.Go(func() error {
		return faults.Keep(ctx, "serving HTTP", func(context.Context) error {
			serve := server.Serve
			if s.access.TLS != nil {
				serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
			}
			if err := serve(s.l); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
	})
	g.Go(func() (err error) {
		<-ctx.Done()
		if fault := faults.Do("ending HTTP", func() {
			stop, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer done()
			err = server.Shutdown(stop)
		}); fault != nil {
			return server.Close()
		}
		return err
	})
	return g.Wait()
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
	server         *Server
	ready          func(context.Context) error
	stuck          func() int
	metrics, pages http.Handler // pages nil: there are none
	log            *zap.Logger
}

// ServeHTTP answers a request. net/http would survive a fault of ours too, and
// write into the log what the panic says.
func (d *door) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	begun := &begun{ResponseWriter: rw}
	abort := false // on purpose
	fault := d.server.access.Faults.Do("a request to the page or the API", func() {
		defer func() {
			if x := recover(); x == http.ErrAbortHandler {
				abort = true
			} else if x != nil {
				panic(x)
			}
		}()
		d.serve(begun, r)
	})
	switch {
	case abort, fault != nil && begun.yes:
		panic(http.ErrAbortHandler) // what is cut off must not look whole
	case fault != nil:
		for _, name := range []string{"Content-Disposition", "X-Total-Count", "X-Truncated"} {
			rw.Header().Del(name) // of the answer that does not come
		}
		writeProblem(rw, problem{Status: http.StatusInternalServerError, Title: "a fault of assay's own", Detail: "the server's log says where"})
	}
}

// begun knows whether an answer has begun.
type begun struct {
	http.ResponseWriter
	yes bool
}

func (b *begun) WriteHeader(status int) {
	b.yes = true
	b.ResponseWriter.WriteHeader(status)
}

func (b *begun) Write(p []byte) (int, error) {
	b.yes = true
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
	if fromElsewhere(r) {
		secured(rw.Header())
		writeProblem(rw, problem{Status: http.StatusForbidden, Title: "asked for by a page of another site", Detail: "open the address itself"})
		return
	}
	own := r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || r.URL.Path == "/metrics"
	switch {
	case own && r.Method != http.MethodGet && r.Method != http.MethodHead:
		rw.Header().Set("Allow", "GET, HEAD")
		http.Error(rw, "method not allowed", http.StatusMethodNotAllowed)
	case r.URL.Path == "/healthz":
		_, _ = fmt.Fprintln(rw, "ok")
	case r.URL.Path == "/readyz":
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		if err := d.ready(ctx); err != nil {
			d.log.Warn("not ready", zap.Error(err))
			http.Error(rw, "not ready", http.StatusServiceUnavailable)
			return
		}
		if d.stuck != nil {
			if n := d.stuck(); n > 0 {
				d.log.Warn("applications that were given up do not end", zap.Int("applications", n))
				http.Error(rw, fmt.Sprintf("not ready: %d applications were given up and do not end", n), http.StatusServiceUnavailable)
				return
			}
		}
		_, _ = fmt.Fprintln(rw, "ready")
	case r.URL.Path == "/metrics":
		switch err := d.mayMeasure(r); {
		case errors.Is(err, ErrNoIdentity):
			challenge(rw)
			http.Error(rw, "a token is needed", http.StatusUnauthorized)
			return
		case err != nil:
			http.Error(rw, err.Error(), http.StatusForbidden)
			return
		}
		d.metrics.ServeHTTP(rw, r)
	case d.pages == nil:
		http.NotFound(rw, r)
	default:
		d.pages.ServeHTTP(rw, r)
	}
}

// mayMeasure refuses the metrics to whoever may not read them: they are for a token
// that may, or for this machine itself. What a proxy on this machine passes on is
// not from this machine: it was asked for under another name, or says so.
func (d *door) mayMeasure(r *http.Request) error {
	if d.server.access.Tokens == nil {
		return nil
	}
	if c, err := d.server.access.Tokens.Caller(r); err == nil {
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
