package main

import (
	"context"
	"fmt"

	"assay/index"
	"assay/index/web"
	"assay/ingest"
	"assay/ingest/intake/hooks"
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

// take has the page's server take notifications, which are worked off in the group.
func (c *hooking) take(ctx context.Context, g *errgroup.Group, h *hooks.Hooks, faults *guard.Watch, o *web.Options) {
	if h == nil {
		return
	}
	o.Hooks = h
	g.Go(func() error { return faults.Keep(ctx, "hooks", h.Run) })
}
