package main

import (
	"context"
	"errors"
	"fmt"

	"assay/extract"
	"assay/index/skills"
	"assay/index/web"
	"assay/ingest/examine"
	"assay/ingest/intake"
	"assay/verify/guard"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

// publishing are the flags of the page for applicants and issuers.
type publishing struct {
	PublicCheck string   `name:"public-check" help:"Address of a page where anybody sees what an employer will see of a document or badge, with no tenant, decision or index behind it; none is there by default." placeholder:"HOST:PORT"`
	PublicProxy []string `name:"public-proxy" help:"Address or network of a proxy before that page whose X-Forwarded-For is believed (repeatable)." placeholder:"CIDR"`
}

// Bounds of what that page judges with.
const (
	publicFetches = 10 // for links and for badges, in all
	publicParsers = 2
)

// start opens the page, where there is one, and has the group serve it.
func (p *publishing) start(ctx context.Context, g *errgroup.Group, e *env, j *judging, faults *guard.Watch, f *skills.Folder) (shut func(), err error) {
	page, shut, err := p.open(e, j, faults, f)
	if err == nil && page != nil {
		g.Go(func() error { return faults.Keep(ctx, "the public page", page.Serve) })
	}
	return shut, err
}

// open makes the page with means of its own, so that nothing of it is in the way of
// applications: children, hosts' turns, breakers, answers. The page is nil where there is
// none.
func (p *publishing) open(e *env, j *judging, faults *guard.Watch, f *skills.Folder) (page *web.Public, shut func(), err error) {
	if p == nil || p.PublicCheck == "" {
		return nil, func() {}, nil
	}
	own := *j
	own.pins, own.metrics, own.together, own.ChildPer = nil, nil, true, "application"
	own.Limits.Fetches, own.Limits.Lookups, own.Limits.Parsers = publicFetches, publicFetches, publicParsers
	if own.Follow != string(examine.FollowNone) {
		own.Follow = string(examine.FollowKnown)
	}
	in, err := own.open(e, faults, "", 0, f)
	if err != nil {
		return nil, nil, err
	}
	page, err = web.NewPublic(web.PublicOptions{Listen: p.PublicCheck, Proxies: p.PublicProxy, Checker: &intake.Checker{Examiner: in.aside, Chosen: true, Faults: faults},
		Unread: func(code string) string { return extract.Reason(code).Words() }, Link: func(code string) string { return examine.Skipped(code).Words() }, Faults: faults, Log: e.log})
	flag := "--public-check"
	if errors.Is(err, web.ErrProxies) {
		flag = "--public-proxy"
	}
	if err == nil {
		err = page.Listen()
	}
	if err != nil {
		_ = in.close()
		return nil, nil, fmt.Errorf("%s: %w", flag, err)
	}
	e.log.Info("serving the public check", zap.String("http", page.URL()))
	return page, func() { _, _ = page.Close(), in.close() }, nil
}
