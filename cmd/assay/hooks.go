package main

import (
	"context"
	"fmt"

	"assay/index/web"
	"assay/ingest/intake/hooks"
	"assay/ingest/intake/mail"
	"assay/ingest/intake/tell"
	"assay/verify/guard"

	"golang.org/x/sync/errgroup"
)

// hooking are the flags of what hiring systems notify.
type hooking struct {
	Hooks string `help:"Webhooks of hiring systems: a YAML file that says whose they are, of which system, and where their secrets lie." placeholder:"FILE"`
}

// outside is what hiring systems notify, and what they are told; each nil where it is not.
type outside struct {
	in  *hooks.Hooks
	out *tell.Teller
	by  *mail.Sender
}

// outside connects both with the queue, where there is a page (a is not nil).
func (s *storage) outside(a *access, o *hooks.Options, j *judging) (x outside, err error) {
	if a == nil {
		return x, nil
	}
	if o.Client, err = j.client(o.Log); err != nil {
		return x, err
	}
	if x.out, err = tell.New(tell.Options{Queue: o.Queue, Engine: o.Engine, Key: o.Key, Client: o.Client, Link: a.ApplicationURL, Figures: o.Figures, Now: o.Now, Faults: o.Faults, Log: o.Log}); err != nil {
		return x, err
	}
	if x.by, err = s.mails.open(); err != nil {
		return x, err
	}
	if s.doors == nil || s.doors.Hooks == "" {
		return x, nil
	}
	if o.Hooks, err = hooks.Open(s.doors.Hooks); err != nil {
		return x, fmt.Errorf("--hooks: %w", err)
	}
	x.in, err = hooks.New(*o)
	return x, err
}

// connect has the page's server take notifications and destinations, and works on both in
// the group.
func (x *outside) connect(ctx context.Context, g *errgroup.Group, faults *guard.Watch, o *web.Options) {
	if x.in != nil {
		o.Hooks = x.in
		g.Go(func() error { return faults.Keep(ctx, "hooks", x.in.Run) })
	}
	if x.out != nil {
		o.Webhooks, o.Alerter = x.out, &alerter{x.out, x.by}
		g.Go(func() error { return faults.Keep(ctx, "webhooks", x.out.Run) })
	}
}
