package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"assay/extract"
	"assay/index/record"
	"assay/ingest"
	"assay/verify/verdict"
)

type submitCmd struct {
	queued
	Files           []string      `arg:"" optional:"" name:"file" help:"Documents of the application."`
	Tenant          string        `help:"The employer." default:"${tenant}" placeholder:"TOKEN"`
	Application     string        `help:"The application." required:"" placeholder:"TOKEN"`
	Job             string        `help:"The job that is applied for." placeholder:"TEXT"`
	ApplicantEmail  []string      `help:"Address that the applicant claims (repeatable)." placeholder:"ADDRESS"`
	ApplicantProven []string      `help:"Address that is confirmed to be the applicant's (repeatable)." placeholder:"ADDRESS"`
	ApplicantName   string        `help:"The applicant's name." placeholder:"NAME"`
	ApplicantID     []string      `name:"applicant-id" help:"DID, URL or telephone number of the applicant (repeatable)." placeholder:"ID"`
	Link            []string      `help:"Link that the application names (repeatable)." placeholder:"URL"`
	IDKey           string        `name:"id-key" help:"Key that submitters share, so that the queue knows repetitions." placeholder:"FILE"`
	Wait            bool          `help:"Wait for the outcome and print it."`
	Timeout         time.Duration `help:"How long to wait at most." default:"2m"`
	JSON            bool          `name:"json" help:"Print the outcome as JSON."`
}

// Run submits one application.
func (c *submitCmd) Run(e *env) error {
	if len(c.Files) == 0 && len(c.Link) == 0 {
		return errors.New("submit: a FILE or --link is needed")
	}
	emails, err := addresses(c.ApplicantEmail)
	if err != nil {
		return err
	}
	s := ingest.Submission{Tenant: c.Tenant, Application: c.Application, Job: c.Job, Links: c.Link,
		Applicant: ingest.Applicant{Emails: emails, Proven: c.ApplicantProven, Name: c.ApplicantName, IDs: c.ApplicantID}}
	if err := errors.Join(record.CheckToken("--tenant", c.Tenant), record.CheckToken("--application", c.Application)); err != nil {
		return err
	}
	for _, name := range c.Files {
		data, err := readFile(e, name, 0)
		if err != nil {
			return err
		}
		s.Files = append(s.Files, ingest.File{Name: filepath.Base(name), Data: data})
	}
	var key []byte
	if c.IDKey != "" {
		var err error
		if key, err = idKey(c.IDKey, ""); err != nil {
			return err
		}
	}
	q, err := c.dial(e)
	if err != nil {
		return err
	}
	defer q.Close()
	sub, err := ingest.NewSubmitter(q, key)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(e.ctx, c.Timeout)
	defer cancel()
	r, err := sub.Submit(ctx, s)
	if err != nil {
		return err
	}
	if !c.Wait {
		_, err := fmt.Fprintf(e.stdout, "%s/%s is on the queue (submission %d)\n", c.Tenant, c.Application, r.Sequence)
		return err
	}
	o, err := q.Wait(ctx, c.Tenant, c.Application, r)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no outcome within %v; the application stays on the queue", c.Timeout)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(o); err != nil {
			return err
		}
		if err := harmless(e.stdout, &b, true); err != nil {
			return err
		}
	} else {
		newPrinter(e.stdout).outcome(o)
	}
	if o.State != ingest.Indexed && o.State != ingest.Superseded {
		return exit(statusRefused)
	}
	return nil
}

func (p *printer) outcome(o *ingest.Outcome) {
	head := fmt.Sprintf("%s/%s %s", o.Tenant, o.Application, o.State)
	if o.Reason != "" {
		head += ": " + coded(o.Reason, ingest.Class(o.Reason).Words())
	}
	fmt.Fprintln(p, p.paint(clean(head), bold))
	for _, f := range o.Findings {
		x := results[f.Result]
		name := f.Credential.Name
		if name == "" {
			name = "badge without a name"
		}
		fmt.Fprintf(p, "  %s  %s %s\n", p.paint(x.mark+" "+fmt.Sprintf("%-11s", x.word), x.colour, bold), clean(name), p.paint("("+clean(f.Document)+")", dim))
		if f.Result != verdict.Verified && f.Reason != "" {
			p.line("why", coded(string(f.Reason), f.Reason.Words()))
		}
		p.skills(f.Result, f.Credential.Skills)
	}
	for _, u := range o.Unread {
		fmt.Fprintf(p, "  %s %s: %s\n", p.paint("! unread", yellow), clean(u.Document), coded(u.Reason, extract.Reason(u.Reason).Words()))
	}
	again := ""
	if !o.Recheck.IsZero() {
		again = "asked for again after " + o.Recheck.UTC().Format(time.RFC3339)
	}
	pending := 0
	for _, l := range o.NotFollowed {
		mark, text := "→ link not asked", clean(l.Document)+": "+plural(l.Links, "link")+" — "+coded(string(l.Reason), l.Reason.Words())
		if l.Reason.Asked() {
			mark = "→ link asked"
		}
		if pending += l.Pending; l.Pending > 0 && again != "" {
			text += " " + plural(l.Pending, "link") + " " + again + "."
		}
		fmt.Fprintf(p, "  %s %s\n", p.paint(mark, dim), text)
	}
	if again != "" && (o.Counts.Pending > 0 || pending == 0) {
		fmt.Fprintf(p, "  pending badges are %s\n", again)
	}
}
