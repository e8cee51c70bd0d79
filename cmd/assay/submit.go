package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
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
	Application     string        `help:"The application." placeholder:"TOKEN"`
	Job             string        `help:"The job that is applied for." placeholder:"TEXT"`
	ApplicantEmail  []string      `help:"Address that the applicant claims (repeatable)." placeholder:"ADDRESS" sep:"none"`
	ApplicantProven []string      `help:"Address that is confirmed to be the applicant's (repeatable)." placeholder:"ADDRESS" sep:"none"`
	ApplicantName   string        `help:"The applicant's name." placeholder:"NAME"`
	ApplicantID     []string      `name:"applicant-id" help:"DID, URL or telephone number of the applicant (repeatable)." placeholder:"ID" sep:"none"`
	Link            []string      `help:"Link that the application names (repeatable)." placeholder:"URL" sep:"none"`
	Batch           string        `help:"Submit many: a folder, in which each sub-folder is an application with its files, and each file one by itself; or a file with a message on each line, whose documents have a path." placeholder:"DIR|MANIFEST"`
	BatchState      string        `help:"Where is noted what was submitted, so that the same command goes on where it was stopped; beside the folder or manifest by default." placeholder:"FILE"`
	IDKey           string        `name:"id-key" help:"Key that submitters share, so that the queue knows repetitions." placeholder:"FILE"`
	Wait            bool          `help:"Wait for the outcome and print it."`
	Timeout         time.Duration `help:"How long to wait at most." default:"2m"`
	JSON            bool          `name:"json" help:"Print the outcome as JSON."`
	Traces          tracing       `embed:""`
}

// key is what submitters share, nil for none.
func (c *submitCmd) key() ([]byte, error) {
	if c.IDKey == "" {
		return nil, nil
	}
	return idKey(c.IDKey, "")
}

// Run submits one application, or many.
func (c *submitCmd) Run(e *env) error {
	shared, err := c.key()
	if err != nil {
		return err
	}
	traces, sent, err := c.Traces.open(e, nil, shared)
	if err != nil {
		return err
	}
	defer sent()
	c.traces = traces
	if c.Batch != "" {
		return c.runBatch(e)
	}
	if c.Application == "" {
		return errors.New("submit: which application? --application TOKEN, or --batch")
	}
	if len(c.Files) == 0 && len(c.Link) == 0 {
		return errors.New("submit: a FILE or --link is needed")
	}
	emails, err := addresses(c.ApplicantEmail)
	if err != nil {
		return err
	}
	proven, err := provenAddresses(c.ApplicantProven)
	if err != nil {
		return err
	}
	s := ingest.Submission{Tenant: c.Tenant, Application: c.Application, Job: c.Job, Links: c.Link,
		Applicant: ingest.Applicant{Emails: emails, Proven: proven, Name: c.ApplicantName, IDs: c.ApplicantID}}
	if err := errors.Join(record.CheckToken("--tenant", c.Tenant), record.CheckToken("--application", c.Application)); err != nil {
		return err
	}
	for _, name := range c.Files {
		f, err := file(e, name)
		if err != nil {
			return err
		}
		s.Files = append(s.Files, f)
	}
	q, err := c.connect(e)
	if err != nil {
		return err
	}
	defer q.Close()
	sub, err := ingest.NewSubmitter(q, shared)
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
		p := newPrinter(e.stdout)
		fmt.Fprintf(p, "%s/%s is on the queue (submission %d)\n", c.Tenant, c.Application, r.Sequence)
		p.gaps(r.Unread, c.called)
		return p.err
	}
	o, err := q.Wait(ctx, c.Tenant, c.Application, r)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no outcome within %v; the application stays on the queue", c.Timeout)
	}
	if err != nil {
		return fmt.Errorf("the application is on the queue; its outcome cannot be had: %w", err)
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
		called := c.called
		if o.Sequence != r.Sequence {
			called = nil // somebody's later one
		}
		newPrinter(e.stdout).outcome(o, called)
	}
	if o.State != ingest.Indexed && o.State != ingest.Superseded {
		return exit(statusRefused)
	}
	return nil
}

// file reads a document. Of one that is larger than documents may be, its size
// alone goes with the application.
func file(e *env, name string) (ingest.File, error) {
	data, err := readFile(e, name, ingest.MaxDocument)
	f := ingest.File{Name: filepath.Base(name), Data: data, Size: int64(len(data))}
	if f.Size <= ingest.MaxDocument || err != nil {
		return f, err
	}
	f.Data = nil
	if name == "-" {
		rest, err := io.Copy(io.Discard, e.stdin)
		f.Size += rest
		return f, err
	}
	i, err := os.Stat(name)
	if err == nil && i.Mode().IsRegular() {
		f.Size = max(f.Size, i.Size())
	}
	return f, err
}

// called is what the one who submits calls a document or link by, with the size of
// one that is too large.
func (c *submitCmd) called(place string) string {
	for i, name := range c.Files {
		if place != fmt.Sprintf("document %d", i+1) {
			continue
		}
		if s, err := os.Stat(name); err == nil && s.Size() > ingest.MaxDocument {
			return fmt.Sprintf("%s, %d bytes, at most %d", filepath.Base(name), s.Size(), ingest.MaxDocument)
		}
		return filepath.Base(name)
	}
	for i, link := range c.Link {
		if place == fmt.Sprintf("link %d", i+1) {
			return link
		}
	}
	return ""
}

func (p *printer) gaps(list []ingest.OutcomeGap, called func(place string) string) {
	parts := map[ingest.OutcomeGap]int{}
	for _, u := range list {
		parts[u]++
	}
	for _, u := range list {
		n := parts[u]
		if n == 0 {
			continue // told with the others
		}
		parts[u] = 0
		where := u.Document
		if called != nil {
			if name := called(where); name != "" {
				where += " (" + name + ")"
			}
		}
		if n > 1 {
			where += ", " + plural(n, "part")
		}
		fmt.Fprintf(p, "  %s %s: %s\n", p.paint("! unread", yellow), clean(where), coded(u.Reason, extract.Reason(u.Reason).Words()))
	}
}

// outcome prints what became of a submission; called gives what one who submitted it
// calls a document or link.
func (p *printer) outcome(o *ingest.Outcome, called func(place string) string) {
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
	p.gaps(o.Unread, called)
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
	missing := slices.ContainsFunc(o.Unread, func(u ingest.OutcomeGap) bool { return u.Reason == string(extract.ReasonMissing) })
	if again != "" && (o.Counts.Pending > 0 || missing || pending == 0) {
		fmt.Fprintf(p, "  what is pending is %s\n", again)
	}
}
