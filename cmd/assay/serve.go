package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"assay/index"
	"assay/index/web"
	"assay/ingest"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

// working are the flags of workers.
type working struct {
	Workers int           `help:"Applications in hand at a time; most of the time they wait for hosts and disks." default:"8"`
	Batch   int           `help:"Rechecks in hand beside them; 0 = a quarter." default:"0"`
	Tenants []string      `name:"tenants" help:"Work for these tenants only." placeholder:"TENANT"`
	Drain   time.Duration `help:"How long applications in hand may take at the end." default:"25s"`
}

// access are the flags that say who may ask, by which name, and over what.
type access struct {
	Tokens  string   `help:"Who may ask: a file with, on each line, the SHA-256 of a token, the tenant and the caller's name." placeholder:"FILE"`
	Host    []string `help:"Name that the server answers to beside this machine's own (repeatable)." placeholder:"NAME"`
	TLSCert string   `name:"tls-cert" help:"Certificate of the HTTP server, with those that signed it (PEM)." placeholder:"FILE"`
	TLSKey  string   `name:"tls-key" help:"Key of the certificate (PEM)." placeholder:"FILE"`
}

type serveCmd struct {
	storage
	judging
	working
	access
	Listen     string `help:"Address of the HTTP API and page." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	NatsListen string `help:"Address of the embedded queue for outside clients; none = no outside clients." default:"127.0.0.1:4222" placeholder:"HOST:PORT"`
}

// Run runs everything until the process is told to end.
func (c *serveCmd) Run(e *env) error {
	if err := c.need(true, true); err != nil {
		return err
	}
	return c.storage.run(e, &c.judging, &c.working, c.Listen, c.NatsListen, &c.access)
}

type workCmd struct {
	storage
	judging
	working
	Listen string `help:"Address of /healthz, /readyz and /metrics." default:"127.0.0.1:8081" placeholder:"HOST:PORT"`
}

// Run works on the queue until the process is told to end.
func (c *workCmd) Run(e *env) error {
	if err := c.need(true, true); err != nil {
		return err
	}
	if c.Nats == "" {
		return errors.New("work needs --nats URL: the embedded queue is serve's own")
	}
	return c.storage.run(e, &c.judging, &c.working, c.Listen, "none", nil)
}

type webCmd struct {
	storage
	access
	Listen string `help:"Address of the HTTP API and page." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
}

// Run serves searches until the process is told to end.
func (c *webCmd) Run(e *env) error {
	if err := c.need(false, true); err != nil {
		return err
	}
	return c.storage.run(e, nil, nil, c.Listen, "none", &c.access)
}

// A caller may ask this often: enough for a person who clicks and a script that
// reads page after page, too little to take the index from the others.
const (
	callerRate  = 20 // requests a second
	callerBurst = 100
)

// tokensEvery is how often the file of tokens is looked at.
const tokensEvery = 2 * time.Second

// run runs workers (when w is not nil) and the HTTP server, with the page and
// the API when a is not nil.
func (s *storage) run(e *env, j *judging, w *working, listen, natsListen string, a *access) (err error) {
	gate, err := a.open(e.log, listen)
	if err != nil {
		return err
	}
	key, err := idKey(s.IDKey, s.Data)
	if err != nil {
		return err
	}
	f, err := s.frameworks()
	if err != nil {
		return err
	}
	// The port first: what is taken shows before anything is opened.
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	defer l.Close()
	engine, err := s.engine(e.ctx, e, key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()

	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	go f.follow(ctx, e.log)
	if gate.tokens != nil {
		go gate.tokens.Follow(ctx, tokensEvery, e.log)
	}
	ready := func(ctx context.Context) error { return engine.Ready(ctx) }
	var worker *ingest.Worker
	if w != nil {
		if natsListen == "none" {
			natsListen = ""
		}
		q, down, err := s.queue(ctx, e, natsListen)
		if err != nil {
			return err
		}
		defer down()
		in, err := j.open(e, "", 0, f)
		if err != nil {
			return err
		}
		defer func() { _ = in.close() }()
		reg.MustRegister(ingest.LagCollector(q))
		worker, err = ingest.NewWorker(ingest.WorkerOptions{Queue: q, Engine: engine, Examiner: in.examiner, IDKey: key,
			Workers: w.Workers, Batch: w.Batch, Tenants: w.Tenants, Resolve: f.resolve, Drain: w.Drain, Now: in.now, Metrics: ingest.NewMetrics(reg), Log: e.log})
		if err != nil {
			return err
		}
		if err := q.Setup(ctx); err != nil {
			if e.ctx.Err() != nil {
				return nil
			}
			return err
		}
		ready = func(ctx context.Context) error { return errors.Join(engine.Ready(ctx), q.Ready(ctx)) }
	}

	door := &door{gate: gate, ready: ready, log: e.log,
		metrics: promhttp.HandlerFor(reg, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})}
	if a != nil {
		if door.pages, err = pages(e, engine, f, gate); err != nil {
			return err
		}
	}
	// Timeouts against clients that send or read slowly; searches have one of
	// their own.
	server := &http.Server{Handler: door, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: time.Minute,
		IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: zap.NewStdLog(e.log), TLSConfig: gate.tls}
	g, gctx := errgroup.WithContext(ctx)
	if worker != nil {
		g.Go(func() error { return worker.Run(gctx) })
	}
	g.Go(func() error {
		serve := server.Serve
		if gate.tls != nil {
			serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
		}
		if err := serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-gctx.Done()
		e.log.Info("ending")
		stop, done := context.WithTimeout(context.WithoutCancel(gctx), 10*time.Second)
		defer done()
		return server.Shutdown(stop)
	})
	e.log.Info("serving", zap.String("http", gate.scheme()+"://"+l.Addr().String()))
	return g.Wait()
}

func pages(e *env, engine index.Engine, f *frameworks, gate *gate) (http.Handler, error) {
	o := web.Options{Engine: engine, Taxonomy: f.taxonomy, Log: e.log,
		Audit: func(_ *http.Request, s web.Seen) {
			fields := []zap.Field{zap.String("caller", s.Name), zap.String("tenant", s.Tenant), zap.String("route", s.Route), zap.Int("count", s.Count), zap.Bool("blind", s.Blind)}
			if s.Application != "" {
				fields = append(fields, zap.String("application", s.Application))
			}
			e.log.Info("applicants seen", fields...)
		}}
	if gate.tokens != nil {
		o.Identity, o.Rate, o.Burst = gate.tokens.Caller, callerRate, callerBurst
	}
	return web.New(o)
}

// gate is what access says, checked and read.
type gate struct {
	tokens *web.Tokens // nil: nobody is asked, and only this machine is served
	hosts  map[string]bool
	tls    *tls.Config // nil: plain HTTP
}

func (g *gate) scheme() string {
	if g.tls != nil {
		return "https"
	}
	return "http"
}

// open reads the files and refuses what would serve others than this machine
// without asking who they are. A nil access asks nobody.
func (a *access) open(log *zap.Logger, listen string) (*gate, error) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return nil, fmt.Errorf("--listen: %q is not HOST:PORT", listen)
	}
	g := &gate{hosts: map[string]bool{}}
	if a == nil {
		a = &access{}
	}
	if a.Tokens != "" {
		if g.tokens, err = web.OpenTokens(a.Tokens); err != nil {
			return nil, fmt.Errorf("--tokens: %w", err)
		}
	}
	for _, h := range a.Host {
		name := hostName(h)
		if _, _, err := net.SplitHostPort(h); err == nil || !isHostName(name) {
			return nil, fmt.Errorf("--host: %q is not the name of a host, without port and scheme", h)
		}
		g.hosts[name] = true
	}
	switch {
	case a.TLSCert != "" && a.TLSKey != "":
		pair, err := tls.LoadX509KeyPair(a.TLSCert, a.TLSKey)
		if err != nil {
			return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
		}
		g.tls = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	case a.TLSCert != "" || a.TLSKey != "":
		return nil, errors.New("--tls-cert and --tls-key need each other")
	}
	if isLoopback(host) {
		return g, nil
	}
	if g.tokens == nil {
		return nil, fmt.Errorf("--listen %s: without authentication only loopback is served: --tokens FILE says who may ask", listen)
	}
	if g.tls == nil {
		log.Warn("tokens and names of applicants cross the network in the clear: give --tls-cert and --tls-key, or listen on loopback behind a proxy that has them", zap.String("listen", listen))
	}
	return g, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// hostName takes what a Host header or --host says to the form that names are
// compared in.
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

// door is the whole of the HTTP server. It is no http.ServeMux: that would take
// one slash out of a concept's URI before the API sees it.
type door struct {
	gate           *gate
	ready          func(context.Context) error
	metrics, pages http.Handler // pages nil: there are none
	log            *zap.Logger
}

func (d *door) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	// Only requests that name this server are answered, so that no page from
	// elsewhere, whose name was made to point here, can read along.
	if host := hostName(r.Host); !isLoopback(host) && !d.gate.hosts[host] {
		web.Problem(rw, http.StatusMisdirectedRequest, "this server does not answer under this name", "it answers under those of its own machine and of --host")
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
		_, _ = fmt.Fprintln(rw, "ready")
	case r.URL.Path == "/metrics":
		if !d.mayMeasure(r) {
			web.Challenge(rw)
			http.Error(rw, "a token is needed", http.StatusUnauthorized)
			return
		}
		d.metrics.ServeHTTP(rw, r)
	case d.pages == nil:
		http.NotFound(rw, r)
	default:
		d.pages.ServeHTTP(rw, r)
	}
}

// mayMeasure reports whether the metrics may be read: with a token, or from this
// machine itself. What a proxy on this machine passes on is not from this
// machine: it was asked for under another name, or says so.
func (d *door) mayMeasure(r *http.Request) bool {
	if d.gate.tokens == nil {
		return true
	}
	if _, err := d.gate.tokens.Caller(r); err == nil {
		return true
	}
	for _, name := range []string{"Forwarded", "Via", "X-Forwarded-For", "X-Real-Ip"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && isLoopback(from) && isLoopback(hostName(r.Host))
}
