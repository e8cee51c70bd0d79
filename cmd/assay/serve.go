package main

import (
	"context"
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

type serveCmd struct {
	storage
	judging
	working
	Listen     string `help:"Address of the HTTP API and page." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	NatsListen string `help:"Address of the embedded queue for outside clients; none = no outside clients." default:"127.0.0.1:4222" placeholder:"HOST:PORT"`
}

// Run runs everything until the process is told to end.
func (c *serveCmd) Run(e *env) error {
	if err := c.need(true, true); err != nil {
		return err
	}
	return c.storage.run(e, &c.judging, &c.working, c.Listen, c.NatsListen)
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
	return c.storage.run(e, &c.judging, &c.working, c.Listen, "none", withoutWeb)
}

type webCmd struct {
	storage
	Listen string `help:"Address of the HTTP API and page." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
}

// Run serves searches until the process is told to end.
func (c *webCmd) Run(e *env) error {
	if err := c.need(false, true); err != nil {
		return err
	}
	return c.storage.run(e, nil, nil, c.Listen, "none")
}

type runOption int

const withoutWeb runOption = 1

// run runs workers (when w is not nil) and the HTTP server.
func (s *storage) run(e *env, j *judging, w *working, listen, natsListen string, opts ...runOption) (err error) {
	if err := loopback(listen); err != nil {
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

	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(rw http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(rw, "ok") })
	mux.HandleFunc("GET /readyz", func(rw http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		if err := ready(ctx); err != nil {
			e.log.Warn("not ready", zap.Error(err))
			http.Error(rw, "not ready", http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(rw, "ready")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	if len(opts) == 0 {
		pages, err := pages(e, engine, f)
		if err != nil {
			return err
		}
		mux.Handle("/", pages)
	}
	// Timeouts against clients that send or read slowly; searches have one of
	// their own.
	server := &http.Server{Handler: ownNames(mux), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: time.Minute,
		IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: zap.NewStdLog(e.log)}
	g, gctx := errgroup.WithContext(ctx)
	if worker != nil {
		g.Go(func() error { return worker.Run(gctx) })
	}
	g.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
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
	e.log.Info("serving", zap.String("http", "http://"+l.Addr().String()))
	return g.Wait()
}

func pages(e *env, engine index.Engine, f *frameworks) (http.Handler, error) {
	return web.New(web.Options{Engine: engine, Taxonomy: f.taxonomy, Log: e.log,
		Audit: func(_ *http.Request, tenant, application string) {
			e.log.Info("applicant viewed", zap.String("tenant", tenant), zap.String("application", application))
		}})
}

// ownNames answers only requests that name this machine, so that no page from
// elsewhere, whose name was made to point here, can read along.
func ownNames(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if ip := net.ParseIP(strings.Trim(host, "[]")); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(rw, "this server answers under the names of its own machine only", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

// loopback refuses to serve others than this machine without authentication.
func loopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("--listen: %q is not HOST:PORT", listen)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--listen %s: without authentication only loopback is served; put a proxy that authenticates in front", listen)
	}
	return nil
}
