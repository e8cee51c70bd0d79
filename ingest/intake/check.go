package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"assay/extract"
	"assay/extract/sandbox"
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

	Challenges *Challenges // that holders answer by presentations

	// Chosen has links followed as if they stood in a document: those alone that the
	// follow policy chooses, not whatever somebody names.
	Chosen bool
}

// input is what is asked about for a tenant, without what it is about.
func (c *Checker) input(tenant string) examine.Input {
	in := examine.Input{Tenant: tenant, Application: "check"}
	if c.Policy != nil {
		p := c.Policy(tenant)
		in.Policy = &p
	}
	return in
}

// Credential judges one credential, of whatever type.
func (c *Checker) Credential(ctx context.Context, tenant string, payload []byte) (verify.Verdict, error) {
	v, err := c.Examiner.Credential(ctx, c.input(tenant), payload)
	if err != nil {
		c.Faults.Tell(err)
	}
	return v, err
}

// Challenge issues a challenge for a holder who applies.
func (c *Checker) Challenge(tenant, application, domain string) (string, time.Time, error) {
	return c.Challenges.issue(tenant, application, domain)
}

// Present judges a presentation. What it is the answer to is taken off the list of
// challenges first, so that it answers once.
func (c *Checker) Present(ctx context.Context, tenant, application string, payload []byte, asked verify.Asked) (*verify.Presented, error) {
	asked.Own = c.Challenges.take(tenant, application, asked.Domain, asked.Challenge)
	p, err := c.Examiner.Present(ctx, c.input(tenant), payload, asked)
	switch {
	case errors.Is(err, verify.ErrPresentation):
		return nil, &web.DoorError{Kind: web.KindRefused, Member: "verifiablePresentation", Detail: fmt.Sprintf("is no presentation in JSON, of %d credentials at most", verify.MaxPresented)}
	case err != nil:
		c.Faults.Tell(err)
	}
	return p, err
}

// Check gives a report for each file and each link.
func (c *Checker) Check(ctx context.Context, tenant string, q web.Checking) ([]json.RawMessage, error) {
	who, links, err := ingest.Asked(ingest.Applicant{Emails: q.Emails, Proven: q.Proven, Name: q.Name, IDs: q.IDs}, q.Links)
	if err != nil {
		return nil, told(err)
	}
	in := c.input(tenant)
	in.Links, in.Applicant = links, who
	if c.Chosen {
		in.Links = nil
	}
	for i, f := range q.Files {
		if f.Name == "" {
			f.Name = fmt.Sprintf("file %d", i+1)
		}
		in.Documents = append(in.Documents, extract.Document{Name: f.Name, ContentType: f.Type, Data: f.Data})
	}
	if c.Chosen {
		for _, l := range links {
			in.Documents = append(in.Documents, extract.Document{Name: l, ContentType: "text/plain", Data: []byte(l)})
		}
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

// CheckBytes gives the report of one document, of whoever it may be. The Checker of
// assistants has an examiner that asks badge platforms alone (examine.Platforms): a
// document's text must not have them carry anything out by a link.
func (c *Checker) CheckBytes(ctx context.Context, tenant, name string, data []byte) (json.RawMessage, error) {
	reports, err := c.Check(ctx, tenant, web.Checking{Files: []web.File{{Name: name, Data: data}}})
	if err != nil || len(reports) == 0 {
		return nil, err
	}
	return reports[0], nil
}

// Credentials gives the credentials that stand in a document of an application, as they are
// written, and counts the parts that were not read.
func (c *Checker) Credentials(ctx context.Context, tenant, application string, o web.Original) (out []web.Written, unread int, err error) {
	found, unread, err := c.Examiner.Credentials(ctx, tenant, application, extract.Document{Name: o.Name, ContentType: o.Type, Data: o.Data})
	if errors.Is(err, sandbox.ErrBusy) {
		return nil, 0, &web.DoorError{Kind: web.KindBusy, Err: err}
	}
	if err != nil {
		return nil, 0, err
	}
	for _, f := range found {
		out = append(out, web.Written{Text: f.Payload, Token: f.Kind == extract.KindJWS})
	}
	return out, unread, nil
}
