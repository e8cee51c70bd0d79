package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"assay/extract"
	"assay/index/web"
	"assay/ingest"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/guard"
)

// Checker judges on the spot what the HTTP door is asked about, as `assay check` does.
// Nothing of it is kept: there is neither queue nor index behind it. Safe for concurrent
// use.
type Checker struct {
	Examiner *examine.Examiner
	Policy   func(tenant string) verify.Policy // what an employer says of issuers
	Faults   *guard.Watch                      // is told of assay's own faults
}

// Check gives a report for each file and each link.
func (c *Checker) Check(ctx context.Context, tenant string, q web.Checking) ([]json.RawMessage, error) {
	who, links, err := ingest.Asked(ingest.Applicant{Emails: q.Emails, Proven: q.Proven, Name: q.Name, IDs: q.IDs}, q.Links)
	if err != nil {
		return nil, told(err)
	}
	in := examine.Input{Tenant: tenant, Application: "check", Links: links, Applicant: who}
	if c.Policy != nil {
		p := c.Policy(tenant)
		in.Policy = &p
	}
	for i, f := range q.Files {
		if f.Name == "" {
			f.Name = fmt.Sprintf("file %d", i+1)
		}
		in.Documents = append(in.Documents, extract.Document{Name: f.Name, ContentType: f.Type, Data: f.Data})
	}
	reports, err := c.Examiner.Check(ctx, in)
	switch {
	case errors.Is(err, examine.ErrBusy):
		return nil, &web.DoorError{Kind: web.KindBusy, Detail: examine.ErrBusy.Error(), Err: err}
	case len(reports) == 0:
		return nil, err
	case err != nil:
		c.Faults.Tell(err) // what it kept from being judged says so itself
	}
	out := make([]json.RawMessage, len(reports))
	for i, r := range reports {
		if out[i], err = r.Line(); err != nil {
			return nil, err
		}
	}
	return out, nil
}
