package intake

import (
	"context"
	"errors"
	"time"

	"assay/index"
	"assay/index/web"
	"assay/ingest"
)

// Erase removes an application everywhere and for good.
func (d *Desk) Erase(ctx context.Context, tenant, application string) error {
	return told(d.q.Erase(ctx, d.e, tenant, application, d.now()))
}

// EraseCandidate erases all applications of a person, or says what that would be.
func (d *Desk) EraseCandidate(ctx context.Context, tenant string, who web.Person, dry bool) (any, int, error) {
	r, err := d.q.RequestEraseCandidate(ctx, tenant, ingest.Person{Candidate: who.Candidate, Address: who.Address, Claimed: who.Claimed}, dry)
	if r == nil {
		return nil, 0, told(err)
	}
	return r, r.Erased, told(err)
}

// errEnough ends a walk.
var errEnough = errors.New("enough")

// Letters gives the tenant's dead letters.
func (d *Desk) Letters(ctx context.Context, tenant, class string, after uint64, n int) ([]web.Letter, error) {
	var list []web.Letter
	err := d.q.DeadLetters(ctx, tenant, func(l ingest.DeadLetter) error {
		if l.Sequence <= after || class != "" && string(l.Class) != class {
			return nil
		}
		if len(list) == n {
			return errEnough
		}
		list = append(list, web.Letter{Number: l.Sequence, Application: l.Application, Class: string(l.Class), Words: l.Class.Words(), Error: l.Error,
			Attempts: l.Attempts, Submitted: l.Submitted, Buried: l.Buried.UTC()})
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return list, told(err)
}

// of gives an error unless a dead letter is the tenant's: a number names one of everybody's.
func (d *Desk) of(ctx context.Context, tenant string, number uint64) error {
	l, _, err := d.q.ShowDeadLetter(ctx, number)
	if err == nil && l.Tenant != tenant {
		err = ingest.ErrNoLetter
	}
	return err
}

// Retry puts the submission of a dead letter back to work.
func (d *Desk) Retry(ctx context.Context, tenant string, number uint64) error {
	if err := d.of(ctx, tenant, number); err != nil {
		return told(err)
	}
	return told(d.q.RetryDeadLetter(ctx, number))
}

// Drop removes a dead letter for good.
func (d *Desk) Drop(ctx context.Context, tenant string, number uint64) error {
	if err := d.of(ctx, tenant, number); err != nil {
		return told(err)
	}
	return told(d.q.DropDeadLetter(ctx, number))
}

// Reprocess has applications of the tenant checked again.
func (d *Desk) Reprocess(ctx context.Context, tenant, application string, before time.Time) (int, error) {
	n, err := d.q.Reprocess(ctx, d.e, ingest.ReprocessOptions{Tenant: tenant, Application: application, Before: before})
	return n, told(err)
}

// standing is how queue and index stand, and what dead letters a tenant has.
type standing struct {
	*ingest.Load
	Letters map[ingest.Class]int `json:"letters"`
	Index   index.Status         `json:"index"`
}

// Status says how everything stands.
func (d *Desk) Status(ctx context.Context, tenant string) (any, error) {
	s := standing{Letters: map[ingest.Class]int{}}
	var err error
	if s.Load, err = d.q.Load(ctx); err != nil {
		return nil, told(err)
	}
	if err := d.q.DeadLetters(ctx, tenant, func(l ingest.DeadLetter) error { s.Letters[l.Class]++; return nil }); err != nil {
		return nil, told(err)
	}
	if s.Index, err = d.e.Status(ctx); err != nil {
		return nil, err
	}
	return s, nil
}
