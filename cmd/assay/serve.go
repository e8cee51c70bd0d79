package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"assay/index"
	"assay/index/web"
	"assay/ingest"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
)

// working are the flags of workers.
type working struct {
	Workers int           `help:"Applications in hand at a time; 0 = one a processor." default:"0"`
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
	worked := make(chan error, 1)
	if w != nil {
		if natsListen == "none" {
			natsListen = ""
		}
		q, down, err := s.queue(ctx, e, natsListen)
		if err != nil {
			return err
		}
		defer down()
		in, err := j.open(e, "", w.Workers, f)
		if err != nil {
			return err
		}
		defer func() { _ = in.close() }()
		reg.MustRegister(ingest.LagCollector(q))
		workers := w.Workers
		if workers <= 0 {
			workers = ingest.DefaultWorkers
		}
		worker, err := ingest.NewWorker(ingest.WorkerOptions{Queue: q, Engine: engine, Examiner: in.examiner, IDKey: key,
			Workers: workers, Batch: w.Batch, Tenants: w.Tenants, Resolve: f.resolve, Drain: w.Drain, Now: in.now, Metrics: ingest.NewMetrics(reg), Log: e.log})
		if err != nil {
			return err
		}
		if err := q.Setup(ctx); err != nil {
			return err
		}
		go func() { worked <- worker.Run(ctx) }()
		ready = func(ctx context.Context) error { return errors.Join(engine.Ready(ctx), q.Ready(ctx)) }
	} else {
		worked <- nil
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
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	if len(opts) == 0 {
		pages, err := pages(e, engine, f)
		if err != nil {
			return err
		}
		mux.Handle("/", pages)
	}
	// Timeouts against clients that send or read slowly; searches have one of
	// their own.
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: time.Minute,
		IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: zap.NewStdLog(e.log)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	e.log.Info("serving", zap.String("http", "http://"+l.Addr().String()))

	var first error
	select {
	case <-ctx.Done():
	case first = <-served:
		served <- http.ErrServerClosed
	case first = <-worked:
		worked <- nil
		if w == nil { // nothing works here: that is no end
			select {
			case <-ctx.Done():
			case first = <-served:
				served <- http.ErrServerClosed
			}
		}
	}
	e.log.Info("ending")
	cancel()
	stop, done := context.WithTimeout(context.Background(), 10*time.Second)
	defer done()
	first = errors.Join(first, server.Shutdown(stop))
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		first = errors.Join(first, err)
	}
	return errors.Join(first, <-worked)
}

func pages(e *env, engine index.Engine, f *frameworks) (http.Handler, error) {
	return web.New(web.Options{Engine: engine, Taxonomy: f.taxonomy, Log: e.log})
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
