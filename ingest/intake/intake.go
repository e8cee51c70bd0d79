// Package intake is what the HTTP door asks of the queue, in the words of package web:
// handing applications in, what became of them, and what operators ask. It decides nothing, and turns errors
// into what a caller may know of them.
//
// Out of scope: HTTP itself (index/web), and the queue (ingest).
package intake

import (
	"context"
	"errors"
	"io"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/index/web"
	"assay/ingest"
)

// Desk takes applications for the queue. Safe for concurrent use.
type Desk struct {
	q   *ingest.Queue
	s   *ingest.Submitter
	e   index.Engine
	now func() time.Time

	pace pace
}

// New returns a Desk over a queue and the index that its workers write. The key is the
// installation's: a repetition is known by it, also after a restart.
func New(q *ingest.Queue, e index.Engine, key []byte, now func() time.Time) (*Desk, error) {
	s, err := ingest.NewSubmitter(q, key)
	if err != nil {
		return nil, err
	}
	if _, err := q.Saved(key); err != nil { // what it erases leaves what is kept, too
		return nil, err
	}
	return &Desk{q: q, s: s, e: e, now: now}, nil
}

// Draft begins an application.
func (d *Desk) Draft() web.Draft { return &draft{d.s.Draft()} }

type draft struct{ *ingest.Draft }

// reader keeps an error of the body apart from one of the queue.
type reader struct {
	io.Reader
	err error
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// File takes a file.
func (d *draft) File(ctx context.Context, name, mediaType string, r io.Reader) error {
	body := &reader{Reader: r}
	err := d.Draft.File(ctx, name, mediaType, body)
	if body.err != nil {
		return body.err
	}
	return told(err)
}

// Submit hands the application in.
func (d *draft) Submit(ctx context.Context, tenant string, f web.Form) (web.Handed, error) {
	r, err := d.Draft.Submit(ctx, ingest.Submission{Tenant: tenant, Application: f.Application, Job: f.Job, Links: f.Links, Key: f.Key,
		Applicant: ingest.Applicant{Emails: f.Emails, Proven: f.Proven, Name: f.Name, IDs: f.IDs}})
	return handed(f.Application, r), told(err)
}

// Message hands in a message of the queue.
func (d *Desk) Message(ctx context.Context, tenant string, body []byte, key string) (web.Handed, error) {
	application, r, err := d.s.Message(ctx, tenant, body, key)
	return handed(application, r), told(err)
}

// Follow tells what became of a submission.
func (d *Desk) Follow(ctx context.Context, tenant, application string, sequence uint64, f func(web.Told) bool) error {
	err := d.q.Told(ctx, tenant, application, sequence, func(o *ingest.Outcome, body []byte, stamp string) bool {
		if o == nil {
			return f(web.Told{})
		}
		return f(web.Told{Body: body, Sequence: o.Sequence, Stamp: stamp, Whole: o.Phase != ingest.PhaseDocuments})
	})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
		return ctx.Err() // its end, and no fault of the queue's
	}
	return told(err)
}

// Originals tells the documents of a submission, byte for byte.
func (d *Desk) Originals(ctx context.Context, tenant, application string, f func(web.Original) error) error {
	if doc, err := d.e.Get(ctx, tenant, application); err == nil {
		application = doc.Application // it may be named by the id of its document
	}
	return told(d.q.Originals(ctx, tenant, application, func(o ingest.Original) error {
		return f(web.Original{Name: o.Name, Type: o.Type, SHA256: o.SHA256, Size: o.Size, Gone: string(o.Gone), Data: o.Data})
	}))
}

func handed(application string, r *ingest.Receipt) web.Handed {
	if r == nil {
		return web.Handed{}
	}
	h := web.Handed{Application: application, Sequence: r.Sequence, Repeated: r.Repeated, Unread: []web.Gap{}}
	for _, u := range r.Unread {
		h.Unread = append(h.Unread, web.Gap{Document: u.Document, Reason: u.Reason})
	}
	return h
}

// told is an error of the queue as a caller may know of it.
func told(err error) error {
	var form *ingest.EnvelopeError
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &form):
		e := &web.DoorError{Kind: web.KindRefused, Member: form.Member, Detail: form.Why}
		if form.Unknown != "" {
			e.Member = join(form.Member, form.Unknown)
		}
		return e
	case errors.Is(err, ingest.ErrPerson):
		return &web.DoorError{Kind: web.KindRefused, Detail: err.Error()}
	case errors.Is(err, ingest.ErrKey):
		return &web.DoorError{Kind: web.KindKeyReused}
	case errors.Is(err, ingest.ErrErased):
		return &web.DoorError{Kind: web.KindErased}
	case errors.Is(err, index.ErrNotFound), errors.Is(err, ingest.ErrNoLetter):
		return &web.DoorError{Kind: web.KindNotFound}
	case errors.Is(err, record.ErrToken):
		return &web.DoorError{Kind: web.KindRefused, Detail: err.Error()}
	case errors.Is(err, ingest.ErrOutdated):
		return &web.DoorError{Kind: web.KindOutdated}
	case errors.Is(err, ingest.ErrFull):
		return &web.DoorError{Kind: web.KindFull, Err: err}
	}
	return &web.DoorError{Kind: web.KindAway, Err: err}
}

func join(member, name string) string {
	if runes := []rune(name); len(runes) > 64 {
		name = string(runes[:64])
	}
	if member == "" {
		return name
	}
	return member + "." + name
}
