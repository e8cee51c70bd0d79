package main

import (
	"crypto/x509"
	"sync"
	"time"

	"assay/ingest"
	"assay/ingest/examine"
	"assay/ingest/intake"
	"assay/verify"
	"assay/verify/contexts"
	"assay/verify/guard"

	"go.uber.org/zap"
)

// aside makes what judges on the spot with the means of what judges applications, and
// keeps no context that a badge names.
func (j *judging) aside(in *inspection, o examine.Options, trust *verify.Trust, roots *x509.CertPool, log *zap.Logger) (*examine.Examiner, error) {
	c := j.contexts(in.now, log)
	if c.Keeper != nil {
		c.Keeper = contexts.Aside(c.Keeper)
	}
	known, err := contexts.Open(c)
	if err != nil {
		return nil, err
	}
	if o.Verifier, err = verify.New(j.verify(examine.Budgeted(in.fetcher), in.pool, known, in.now, trust, roots)); err != nil {
		return nil, err
	}
	return j.examiner(o)
}

// made are the examiners of a process.
type made struct {
	mu  sync.Mutex
	all []*examine.Examiner
}

// left is how much is still under way that was given up, by any of them.
func (m *made) left() (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range m.all {
		n += x.Left()
	}
	return n
}

// examiner makes an examiner whose left-over work is counted.
func (j *judging) examiner(o examine.Options) (*examine.Examiner, error) {
	x, err := examine.New(o)
	if err != nil {
		return nil, err
	}
	j.made.mu.Lock()
	defer j.made.mu.Unlock()
	j.made.all = append(j.made.all, x)
	return x, nil
}

// onTheSpot is what the HTTP door asks to check without keeping anything.
func onTheSpot(in *inspection, desk *ingest.Decisions, faults *guard.Watch) *intake.Checker {
	return &intake.Checker{Examiner: in.aside, Faults: faults, Challenges: intake.NewChallenges(time.Now, nil), Policy: func(tenant string) verify.Policy {
		p, _ := desk.Policy(tenant)
		return p
	}}
}
