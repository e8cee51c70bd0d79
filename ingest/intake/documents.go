package intake

import (
	"context"
	"encoding/json"
	"errors"

	"assay/extract"
	"assay/extract/sandbox"
	"assay/index/web"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/guard"
)

// Documents judges what assistants hold, as `assay check` does, and keeps nothing of it.
// Its examiner asks badge platforms alone (examine.Platforms). Safe for concurrent use.
type Documents struct {
	Examiner *examine.Examiner
	Policy   func(tenant string) verify.Policy // what an employer says of issuers
	Faults   *guard.Watch                      // is told of assay's own faults
}

// CheckBytes gives the report of a document.
func (d *Documents) CheckBytes(ctx context.Context, tenant, name string, data []byte) (json.RawMessage, error) {
	p := d.Policy(tenant)
	reports, err := d.Examiner.Examine(ctx, examine.Input{Tenant: tenant, Application: "assistant", Policy: &p,
		Documents: []extract.Document{{Name: name, Data: data}}})
	switch {
	case errors.Is(err, examine.ErrBusy):
		return nil, &web.DoorError{Kind: web.KindBusy, Err: err}
	case len(reports) == 0:
		return nil, err
	case err != nil:
		d.Faults.Tell(err) // what it kept from being judged says so itself
	}
	return json.Marshal(reports[0])
}

// Credentials gives the credentials that stand in a document, as they are written.
func (d *Documents) Credentials(ctx context.Context, tenant, application string, o web.Original) ([]web.Written, error) {
	found, err := d.Examiner.Credentials(ctx, tenant, application, extract.Document{Name: o.Name, ContentType: o.Type, Data: o.Data})
	if errors.Is(err, sandbox.ErrBusy) {
		return nil, &web.DoorError{Kind: web.KindBusy, Err: err}
	}
	if err != nil {
		return nil, err
	}
	var out []web.Written
	for _, f := range found {
		out = append(out, web.Written{Text: f.Payload, Token: f.Kind == extract.KindJWS})
	}
	return out, nil
}
