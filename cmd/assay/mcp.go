package main

import (
	"assay/index/skills"
	"assay/ingest"
	"assay/ingest/examine"
	"assay/ingest/intake"
	"assay/verify"
	"assay/verify/contexts"
	"assay/verify/guard"

	"go.uber.org/zap"
)

type mcpCmd struct {
	Server string `help:"HTTP API." default:"http://${http}" placeholder:"URL"`
	Tenant string `help:"The employer; with a token, it is the token's." default:"${tenant}" placeholder:"TOKEN"`
	Token  string `help:"What the HTTP API knows the caller by; better set in the environment." placeholder:"SECRET"`
}

// Run answers an assistant's program on standard input and output by a server's tools.
func (c *mcpCmd) Run(e *env) error {
	a := asking{Server: c.Server, Tenant: c.Tenant, Token: c.Token}
	api, _, err := a.open()
	if err != nil {
		return err
	}
	return flagged(api.Assist(e.ctx, e.stdin, e.stdout))
}

// documents judges what assistants hold, with the means of what judges applications; of
// the contexts that badges name it keeps none.
func (j *judging) documents(in *inspection, f *skills.Folder, desk *ingest.Decisions, faults *guard.Watch, log *zap.Logger) (*intake.Checker, error) {
	known, err := contexts.Open(contexts.Options{Folder: j.Contexts, Now: in.now, Log: log})
	if err != nil {
		return nil, err
	}
	roots, err := j.roots()
	if err != nil {
		return nil, err
	}
	only := examine.Platforms(in.fetcher)
	v, err := verify.New(j.verify(examine.Budgeted(only), in.pool, known, in.now, in.policy.Trust, roots))
	if err != nil {
		return nil, err
	}
	o, err := j.examine(in.pool, v, only, f)
	if err != nil {
		return nil, err
	}
	o.Follow = examine.FollowKnown
	x, err := j.examiner(o)
	if err != nil {
		return nil, err
	}
	return &intake.Checker{Examiner: x, Faults: faults, Policy: func(tenant string) verify.Policy {
		p, _ := desk.Policy(tenant)
		return p
	}}, nil
}
