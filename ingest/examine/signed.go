package examine

import (
	"context"

	"assay/extract"
	"assay/extract/sandbox"
)

// Credentials finds what stands in a document itself and was not fetched: assertions and
// credentials, each once, as they are written, judged by nobody; and how many parts of it
// were not read, in which more may stand.
func (e *Examiner) Credentials(ctx context.Context, tenant, application string, d extract.Document) (out []extract.Finding, unread int, err error) {
	res, err := e.o.Extraction.Extract(sandbox.WithOwner(ctx, sandbox.Owner{Tenant: tenant, Application: application}), d)
	if err != nil {
		return nil, 0, err
	}
	for _, u := range res.Unread {
		if u.Reason == extract.ReasonUnavailable {
			return nil, 0, sandbox.ErrBusy
		}
	}
	for _, f := range res.Findings {
		if f.Kind != extract.KindLink {
			out = append(out, f)
		}
	}
	return out, len(res.Unread), nil
}
