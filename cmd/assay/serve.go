package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"time"

	"assay/extract"
	"assay/index"
	"assay/index/record"
	"assay/index/skills"
	"assay/index/web"
	"assay/ingest"
	"assay/ingest/examine"
	"assay/ingest/intake"
	"assay/ingest/intake/hooks"
	"assay/verify/guard"
	"assay/verify/verdict"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

// working are the flags of workers.
type working struct {
	Workers int           `help:"Applications that are examined at a time; who waits for hosts or for the index is not counted." default:"${workers}"`
	Batch   int           `help:"Of those, at most so many rechecks; 0 = half." default:"0"`
	InHand  int           `help:"New applications that are examined or on their way to the index, and as many rechecks." default:"${inhand}"`
	Tenants []string      `name:"tenants" help:"Work for these tenants only; what is others' stays on the queue." placeholder:"TENANT"`
	Names   bool          `name:"results-names" help:"Leave in outcomes what names the applicant in badges' names and ids; else it is masked."`
	Drain   time.Duration `help:"How long applications in hand may take at the end." default:"${drain}"`
	Recheck period        `name:"recheck-every" help:"How often badges are looked at again whose issuer may have withdrawn them or whose time is over; 0 = never." default:"${recheck}" placeholder:"TIME"`
	Budget  amount        `name:"recheck-budget" help:"Requests an hour for that at the hosts of one issuer." default:"${budget}" placeholder:"N"`
	Queue   queueing      `embed:"" prefix:"queue-"`
	Traces  tracing       `embed:""`
}

// access are the flags that say who may ask, by which name, and over what.
type access struct {
	Tokens  string   `help:"Who may ask: a file with, on each line, the SHA-256 of a token, the tenant and the caller's name." placeholder:"FILE"`
	Host    []string `help:"Name that the server answers to beside this machine's own (repeatable)." placeholder:"NAME"`
	TLSCert string   `name:"tls-cert" help:"Certificate of the HTTP server, with those that signed it (PEM)." placeholder:"FILE"`
	TLSKey  string   `name:"tls-key" help:"Key of the certificate (PEM)." placeholder:"FILE"`
	OIDC    logins   `embed:"" prefix:"oidc-"`

	PageURL        string   `name:"page-url" help:"Where others find the page, such as https://badges.example behind a proxy: feeds, webhooks and e-mails link there, the company's sign-in sends people back there, cookies go over https alone, and the server answers to its name." placeholder:"URL"`
	Language       []string `help:"Messages of a further language of the page, beside English and German: a JSON file in the form of index/web/look/catalogue/de.json (repeatable)." placeholder:"FILE"`
	ApplicationURL string   `name:"application-url" help:"Where the hiring system has an application, such as https://ats.example/{application}: the page, files and webhooks link there." placeholder:"URL"`

	Limits answering `embed:"" prefix:"limits-"`
}

// seeing are the flags of what orchestrators and operators ask.
type seeing struct {
	OpsListen string `help:"Address of health, readiness, metrics and profiles for orchestrators and operators: any address and name, nobody is asked who he is; none is there by default." placeholder:"HOST:PORT"`
}

type serveCmd struct {
	storage
	judging
	working
	access
	seeing
	hooking
	publishing
	mailing
	Listen     string `help:"Address of the HTTP API and page." default:"${http}" placeholder:"HOST:PORT"`
	NatsListen string `help:"Address of the embedded queue for outside clients; none = no outside clients." default:"${nats}" placeholder:"HOST:PORT"`
}

// Run runs everything until the process is told to end.
func (c *serveCmd) Run(e *env) error {
	if err := c.need(true, true); err != nil {
		return err
	}
	c.doors = &c.hooking
	c.public = &c.publishing
	c.mails = &c.mailing
	return c.storage.run(e, &c.judging, &c.working, &c.seeing, c.Listen, c.NatsListen, &c.access)
}

type workCmd struct {
	storage
	judging
	working
	seeing
	Listen string `help:"Address of /healthz, /readyz and /metrics on this machine; --ops-listen is for others." default:"127.0.0.1:8081" placeholder:"HOST:PORT"`
}

// Run works on the queue until the process is told to end.
func (c *workCmd) Run(e *env) error {
	if err := c.need(true, true); err != nil {
		return err
	}
	if c.Nats == "" {
		return errors.New("work needs --nats URL: the embedded queue is serve's own")
	}
	return c.storage.run(e, &c.judging, &c.working, &c.seeing, c.Listen, "none", nil)
}

type webCmd struct {
	storage
	access
	seeing
	Listen string `help:"Address of the HTTP API and page." default:"${http}" placeholder:"HOST:PORT"`
	Egress string `name:"egress-proxy" help:"HTTP proxy through which registries of issuers are read, where nothing else is let out." placeholder:"URL"`
}

// Run serves searches until the process is told to end.
func (c *webCmd) Run(e *env) error {
	if err := c.need(false, true); err != nil {
		return err
	}
	return c.storage.run(e, &judging{Egress: c.Egress}, nil, &c.seeing, c.Listen, "none", &c.access)
}

// options are what the flags say of a worker.
func (w *working) options() ingest.WorkerOptions {
	return ingest.WorkerOptions{Workers: w.Workers, Batch: w.Batch, InHand: w.InHand, Tenants: w.Tenants, Names: w.Names, Drain: w.Drain,
		Recheck: time.Duration(w.Recheck), Budget: int(w.Budget)}
}

// page is what the page and the API are made with.
func (a *access) page(engine index.Engine, f *skills.Folder, key []byte, log *zap.Logger) web.Options {
	o := a.Limits.page()
	o.Key = key
	o.ApplicationURL, o.PageURL = a.ApplicationURL, a.PageURL
	o.Engine, o.Taxonomy, o.Audit, o.Log = engine, f.Taxonomy, web.AuditLog(log), log
	o.Unread = func(code string) string { return extract.Reason(code).Words() }
	o.Link = func(code string) string { return examine.Skipped(code).Words() }
	return o
}

// run runs workers (when w is not nil) and the HTTP server, with the page and
// the API when a is not nil.
func (s *storage) run(e *env, j *judging, w *working, ops *seeing, listen, natsListen string, a *access) (err error) {
	limitMemory(memlimit.FromCgroup, e.log)
	reg := prometheus.NewRegistry()
	waits := prometheus.NewRegistry() // the queue's, which no process has for itself
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewBuildInfoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	faults := &guard.Watch{Log: e.log, Count: ingest.CountFaults(reg)}
	defer holdHeap(e.ctx, faults)()
	s.metrics = ingest.NewMetrics(reg)
	server, err := a.open(e.log, faults, listen)
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
	if err := server.Listen(); err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	defer func() { _ = server.Close() }()
	seen, unseen, err := ops.open(e, faults)
	if err != nil {
		return err
	}
	defer unseen()
	engine, err := s.engine(e.ctx, e, faults, key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()

	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	ready := func(ctx context.Context) error {
		if e.ctx.Err() != nil {
			return errEnding
		}
		return named("index", engine.Ready(ctx))
	}
	routes := web.Routes{Ready: ready, Words: safe, Count: web.CountRequests(reg), Metrics: promhttp.HandlerFor(prometheus.Gatherers{reg, waits}, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return faults.Keep(gctx, "following the frameworks", func(ctx context.Context) error {
			f.Follow(ctx, e.log)
			return nil
		})
	})
	var desk *ingest.Decisions
	var out *ingest.SignedOut
	var queue *ingest.Queue
	var door *intake.Desk
	var documents *intake.Checker // of assistants
	var beyond outside
	var checker *intake.Checker
	if w != nil {
		if natsListen == "none" {
			natsListen = ""
		}
		traces, sent, err := w.Traces.open(e, faults, key)
		if err != nil {
			return err
		}
		defer sent()
		s.traces = traces
		q, down, err := s.queue(ctx, e, &w.Queue, natsListen, faults)
		if err != nil {
			return err
		}
		defer down()
		queue = q
		j.pins, j.metrics = q.Pins(key), s.metrics
		in, err := j.open(e, faults, "", 0, f)
		if err != nil {
			return err
		}
		defer func() { _ = in.close() }()
		waits.MustRegister(ingest.LagCollector(q, nil, faults))
		reg.MustRegister(ingest.ChildrenCollector(in.pool.Stats, faults))
		ingest.CountBroken(reg, in.broken, faults)
		o := w.options()
		o.Queue, o.Engine, o.Examiner, o.IDKey, o.Taxonomy = q, engine, in.examiner, key, f.Taxonomy
		o.Figures, o.Forget = reg, in.forget
		o.Time, o.Now, o.Metrics, o.Faults, o.Log = time.Duration(j.Limits.ApplicationTime), in.now, s.metrics, faults, e.log
		routes.Ready = func(ctx context.Context) error { return errors.Join(ready(ctx), named("queue", q.Ready(ctx))) }
		seen.Show(routes) // what is waited for
		if desk, err = begin(ctx, q, w.Tenants, ingest.DecisionsOptions{Queue: q, Engine: engine, Key: key, Installation: &in.policy, Taxonomy: f.Taxonomy,
			Fetcher: in.fetcher, Names: w.Names, Now: in.now, Faults: faults, Log: e.log}); err != nil {
			if e.ctx.Err() != nil {
				return nil
			}
			return err
		}
		if err := upgrade(ctx, e, engine, desk.Decide); err != nil {
			return err
		}
		if door, err = intake.New(q, engine, key, in.now); err != nil {
			return err
		}
		if documents, err = j.documents(in, f, desk, faults, e.log); err != nil {
			return err
		}
		if beyond, err = s.outside(a, &hooks.Options{Queue: q, Engine: engine, Key: key, Fetcher: in.fetcher, Figures: reg, Now: in.now, Faults: faults, Log: e.log}, j); err != nil {
			return err
		}
		checker, out = onTheSpot(in, desk, faults), ingest.NewSignedOut(q, in.now, e.log)
		o.Decisions = desk
		worker, err := ingest.NewWorker(o)
		if err != nil {
			return err
		}
		reg.MustRegister(ingest.LeftCollector(worker, j.made.left))
		reg.MustRegister(ingest.HostsCollector(worker))
		routes.Stuck = worker.Left
		g.Go(func() error { return faults.Keep(gctx, "the worker", worker.Run) })
	}
	if w == nil && s.Nats != "" {
		q, err := s.NatsLogin.dial(ctx, s.nats(&queueing{}, e.log))
		if err != nil {
			return err
		}
		defer q.Close()
		queue = q
		j.metrics = s.metrics
		c, err := j.client(e.log)
		if err != nil {
			return err
		}
		if desk, err = ingest.OpenDecisions(ctx, ingest.DecisionsOptions{Queue: q, Engine: engine, Key: key, Fetcher: c, Faults: faults, Log: e.log}); err != nil {
			return err
		}
		out = ingest.NewSignedOut(q, nil, e.log)
	}
	if desk != nil {
		g.Go(func() error { return faults.Keep(gctx, "decisions on issuers", desk.Follow) })
		g.Go(func() error { return faults.Keep(gctx, "sessions that were ended", out.Follow) })
	}
	if a != nil {
		o, err := a.beside(a.page(ruled(engine, desk, f), f, key, e.log), queue, desk, out, key)
		if err != nil {
			return err
		}
		if door != nil {
			o.Intake, o.Operations, o.Checker, o.Documents = door, door, checker, documents
		}
		beyond.connect(gctx, g, faults, &o)
		routes.Page = &o
	}
	shut, err := s.public.start(gctx, g, e, j, faults, f)
	if err != nil {
		return err
	}
	defer shut()
	g.Go(func() error {
		return faults.Keep(gctx, "the HTTP server", func(ctx context.Context) error { return server.Serve(ctx, routes) })
	})
	seen.Show(routes)
	e.log.Info("serving", zap.String("http", server.URL()))
	<-gctx.Done()
	e.log.Info("ending")
	return g.Wait()
}

// begin sets the queue up and reads what employers have decided, once its cluster has a
// leader.
func begin(ctx context.Context, q *ingest.Queue, tenants []string, o ingest.DecisionsOptions) (desk *ingest.Decisions, err error) {
	if err := q.Patiently(ctx, func(ctx context.Context) error { return q.Setup(ctx, tenants...) }); err != nil {
		return nil, err
	}
	err = q.Patiently(ctx, func(ctx context.Context) (err error) {
		desk, err = ingest.OpenDecisions(ctx, o)
		return err
	})
	return desk, err
}

// errEnding: what is in hand is finished, and nothing more is taken.
var errEnding = errors.New("ending")

// named says whose an error is, of several that are told together.
func named(part string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", part, err)
}

// open serves orchestrators and operators until end is called, which is when all else
// has ended; the first result is nil where there is no port for them.
func (s *seeing) open(e *env, faults *guard.Watch) (o *web.Ops, end func(), err error) {
	if s.OpsListen == "" {
		return nil, func() {}, nil
	}
	if o, err = web.NewOps(s.OpsListen, faults, e.log); err == nil {
		err = o.Listen()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("--ops-listen: %w", err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(e.ctx))
	var served sync.WaitGroup
	served.Go(func() {
		if err := faults.Keep(ctx, "serving operators", o.Serve); err != nil {
			e.log.Error("operators are not served", zap.Error(err))
		}
	})
	e.log.Info("serving operators", zap.String("http", o.URL()))
	return o, func() { cancel(); served.Wait() }, nil
}

// ruled is the engine as employers' decisions have it answer; without a queue it
// answers as it is.
func ruled(e index.Engine, d *ingest.Decisions, f *skills.Folder) index.Engine {
	if d == nil {
		return e
	}
	return &index.Ruled{Engine: e, Barred: d.Barred, Decide: d.Decide, Taxonomy: f.Taxonomy}
}

// upgrade decides the documents of an earlier schema again by what each employer
// says, before anything is searched or written.
func upgrade(ctx context.Context, e *env, engine index.Engine, decide func(tenant string) func(*verdict.Verdict)) error {
	bar := progress(e.stderr, "deciding again")
	defer bar.end()
	told := time.Now()
	_, err := index.Upgrade(ctx, engine, decide, func(done, total int) {
		bar.set(done, total)
		if done == total || time.Since(told) > 5*time.Second {
			told = time.Now()
			e.log.Info("documents of an earlier schema are decided again", zap.Int("documents", done), zap.Int("count", total))
		}
	})
	if err != nil {
		return fmt.Errorf("documents of an earlier schema: %w", err)
	}
	return nil
}

// open reads the files and makes the server; a nil access asks nobody.
func (a *access) open(log *zap.Logger, faults *guard.Watch, listen string) (*web.Server, error) {
	if a == nil {
		a = &access{}
	}
	o := web.Access{Listen: listen, Hosts: a.Host, Origin: a.PageURL, Faults: faults, Log: log}
	err := record.CheckURL(a.ApplicationURL)
	if err != nil {
		return nil, fmt.Errorf("--application-url: %w", err)
	}
	if err := web.CheckPageURL(a.PageURL); err != nil {
		return nil, fmt.Errorf("--page-url: %w", err)
	}
	if a.Tokens != "" {
		if o.Tokens, err = web.OpenTokens(a.Tokens); err != nil {
			return nil, fmt.Errorf("--tokens: %w", err)
		}
	}
	if o.Logins, err = a.OIDC.open(a.PageURL, log); err != nil {
		return nil, err
	}
	switch {
	case a.TLSCert != "" && a.TLSKey != "":
		pair, err := tls.LoadX509KeyPair(a.TLSCert, a.TLSKey)
		if err != nil {
			return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
		}
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	case a.TLSCert != "" || a.TLSKey != "":
		return nil, errors.New("--tls-cert and --tls-key need each other")
	}
	s, err := web.NewServer(o)
	switch {
	case errors.Is(err, web.ErrHostName):
		return nil, fmt.Errorf("--host: %w", err)
	case errors.Is(err, web.ErrOrigin):
		return nil, fmt.Errorf("--page-url: %w", err)
	case errors.Is(err, web.ErrUnguarded):
		return nil, fmt.Errorf("--listen %w: --tokens FILE says who may ask, or --oidc-issuer URL", err)
	case err != nil:
		return nil, fmt.Errorf("--listen: %w", err)
	}
	return s, nil
}
