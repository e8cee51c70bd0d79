package intake

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"assay/extract/sandbox"
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

// Unmapped lists what badges of the tenant say and no framework knows.
func (d *Desk) Unmapped(ctx context.Context, tenant string) ([]web.Unmapped, error) {
	list, err := ingest.ListUnmapped(ctx, d.e, tenant)
	if err != nil {
		return nil, err
	}
	var out []web.Unmapped
	for _, u := range list {
		out = append(out, web.Unmapped{Label: u.Label, Framework: u.Framework, Applications: u.Applications, Verified: u.Verified, Clear: u.Clear})
	}
	return out, nil
}

// Status says how everything stands.
func (d *Desk) Status(ctx context.Context, tenant string) (*web.Standing, error) {
	s := &web.Standing{Letters: map[string]int{}}
	load, err := d.q.Load(ctx)
	if err != nil {
		return nil, told(err)
	}
	for _, w := range load.Waiting {
		s.Waiting = append(s.Waiting, web.Waiting(w))
	}
	for _, x := range load.Stores {
		s.Stores = append(s.Stores, web.Store{Name: x.Name, Messages: x.Messages, Bytes: x.Bytes, Limit: x.Limit, Oldest: x.Oldest})
	}
	if err := d.q.DeadLetters(ctx, tenant, func(l ingest.DeadLetter) error { s.Letters[string(l.Class)]++; return nil }); err != nil {
		return nil, told(err)
	}
	if s.Index, err = d.e.Status(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Bounds of the rate at which applications are checked.
const (
	rateOver = 10 * time.Minute
	rateFrom = 4 * time.Second // a shorter time tells too little
)

// pace is how much was checked at times of the last minutes.
type pace struct {
	mu    sync.Mutex
	marks []mark
}

type mark struct {
	at      time.Time
	checked int
}

// minute notes how much was checked by now, and gives how much that is a minute; 0 where
// it is not known yet.
func (p *pace) minute(now time.Time, checked int) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.marks); n > 0 && checked < p.marks[n-1].checked {
		p.marks = nil // a worker has been started again
	}
	p.marks = slices.DeleteFunc(p.marks, func(m mark) bool { return now.Sub(m.at) > rateOver })
	rate := 0.0
	if len(p.marks) > 0 {
		if since := now.Sub(p.marks[0].at); since >= rateFrom {
			rate = float64(checked-p.marks[0].checked) / since.Minutes()
		}
	}
	if n := len(p.marks); n == 0 || now.Sub(p.marks[n-1].at) >= rateFrom {
		p.marks = append(p.marks, mark{now, checked})
	}
	return rate
}

// Workers says what those who work have done.
func (d *Desk) Workers(ctx context.Context) (*web.Workers, error) {
	all, err := d.q.RequestFigures(ctx)
	if err != nil {
		return nil, told(err)
	}
	w := &web.Workers{N: len(all)}
	for _, one := range all {
		for _, f := range one {
			n := int(f.Value)
			switch f.Name {
			case "assay_applications_total":
				w.Checked += n
			case "assay_in_hand":
				w.InHand += n
			case "assay_hosts_applications":
				w.Asking += n
			case "assay_redeliveries_total":
				w.Again += n
			case "assay_fetch_breakers_open":
				w.Resting += n
			case "assay_children_working":
				w.Working += n
			case "assay_children_started_total":
				w.Children += n
			case "assay_children_ended_total":
				switch sandbox.End(f.Labels["end"]) {
				case sandbox.EndTime, sandbox.EndMemory, sandbox.EndCrashed:
					w.Ended += n
				}
			case "assay_faults_total":
				w.Faults += n
			}
		}
	}
	w.Rate = d.pace.minute(d.now(), w.Checked)
	return w, nil
}
