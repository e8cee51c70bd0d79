package main

import (
	"context"
	"fmt"

	"assay/index"
	"assay/index/record"
	"assay/index/web"
	"assay/ingest"
	"assay/ingest/intake/hooks"
	"assay/ingest/intake/tell"
	"assay/verify/guard"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
)

// hooking are the flags of what hiring systems notify.
type hooking struct {
	Hooks string `help:"Webhooks of hiring systems: a YAML file that says whose they are, of which system, and where their secrets lie." placeholder:"FILE"`
}

// open connects the hooks of the file with the queue; nil where there are none.
func (c *hooking) open(e *env, j *judging, in *inspection, q *ingest.Queue, engine index.Engine, key []byte, reg prometheus.Registerer, faults *guard.Watch) (*hooks.Hooks, error) {
	if c.Hooks == "" {
		return nil, nil
	}
	all, err := hooks.Open(c.Hooks)
	if err != nil {
		return nil, fmt.Errorf("--hooks: %w", err)
	}
	client, err := j.client(e.log)
	if err != nil {
		return nil, err
	}
	return hooks.New(hooks.Options{Hooks: all, Queue: q, Engine: engine, Key: key, Fetcher: in.fetcher, Client: client, Figures: reg, Now: in.now, Faults: faults, Log: e.log})
}

// teller sends outcomes to where tenants want them.
func (a *access) teller(e *env, j *judging, in *inspection, q *ingest.Queue, engine index.Engine, key []byte, reg prometheus.Registerer, faults *guard.Watch) (*tell.Teller, error) {
	if err := record.CheckURL(a.ApplicationURL); err != nil {
		return nil, fmt.Errorf("--application-url: %w", err)
	}
	client, err := j.client(e.log)
	if err != nil {
		return nil, err
	}
	return tell.New(tell.Options{Queue: q, Engine: engine, Key: key, Client: client, Link: a.ApplicationURL, Figures: reg, Now: in.now, Faults: faults, Log: e.log})
}

// outside is what hiring systems notify, and what they are told; each nil where it is not.
type outside struct {
	in  *hooks.Hooks
	out *tell.Teller
}

// connect has the page's server take notifications and destinations, and works on both in
// the group.
func (x *outside) connect(ctx context.Context, g *errgroup.Group, faults *guard.Watch, o *web.Options) {
	if x.in != nil {
		o.Hooks = x.in
		g.Go(func() error { return faults.Keep(ctx, "hooks", x.in.Run) })
	}
	if x.out != nil {
		o.Webhooks = x.out
		g.Go(func() error { return faults.Keep(ctx, "webhooks", x.out.Run) })
	}
}
