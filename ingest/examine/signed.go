package examine

import (
	"context"

	"assay/extract"
	"assay/extract/sandbox"
)

// Credentials finds what stands in a document itself and was not fetched: assertions and
// credentials, each once, as they are written, judged by nobody.
func (e *Examiner) Credentials(ctx context.Context, tenant, application string, d extract.Document) ([]extract.Finding, error) {
	res, err := e.o.Extraction.Extract(sandbox.WithOwner(ctx, sandbox.Owner{Tenant: tenant, Application: application}), d)
	if err != nil {
		return nil, err
	}
	for _, u := range res.Unread {
		if u.Reason == extract.ReasonUnavailable {
			return nil, sandbox.ErrBusy
		}
	}
	var out []extract.Finding
	for _, f := range res.Findings {
		if f.Kind != extract.KindLink {
			out = append(out, f)
		}
	}
	return out, nil
}
