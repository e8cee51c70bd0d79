package ingest

import (
	"context"
	"errors"

	"assay/extract"
	"assay/index"

	"github.com/nats-io/nats.go/jetstream"
)

// Original is a document of a submission as it came, or why it cannot be had.
type Original struct {
	Document
	Gone extract.Reason // "" = Data has its bytes
}

// Originals calls f with each document of an application's newest submission, byte for
// byte, one at a time. Errors are f's or the queue's, record.ErrToken, ErrErased, or
// index.ErrNotFound where no submission is kept any more.
func (q *Queue) Originals(ctx context.Context, tenant, application string, f func(Original) error) error {
	if err := checkNames(tenant, application); err != nil {
		return err
	}
	if err := q.refuseErased(ctx, tenant, application); err != nil {
		return err
	}
	m, err := q.last(ctx, StreamApplications, "applications."+tenant+"."+application)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return index.ErrNotFound
	}
	if err != nil {
		return q.explain(err)
	}
	a, err := Decode(m.Data, tenant, application)
	if err != nil {
		return err
	}
	for _, d := range a.Documents {
		o := Original{Document: d, Gone: d.gap}
		if d.Object && d.gap == "" {
			switch o.Data, err = q.document(ctx, tenant, application, d); {
			case errors.Is(err, errDocumentMismatch):
				o.Gone = extract.ReasonMismatch
			case errors.Is(err, errDocumentMissing), errors.Is(err, errDocumentLost):
				o.Gone = extract.ReasonMissing
			case err != nil:
				return err
			}
		}
		if o.Gone != "" {
			o.Data = nil
		}
		if err := f(o); err != nil {
			return err
		}
	}
	return nil
}
