package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"assay/extract"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/guard"
	"assay/verify/verdict"
)

type checkCmd struct {
	Inputs          []string `arg:"" name:"file" help:"Files, - for standard input, or http(s) URLs."`
	JSON            bool     `name:"json" help:"Print one JSON object a document."`
	ApplicantEmail  []string `help:"Address that the applicant claims (repeatable)." placeholder:"ADDRESS" sep:"none"`
	ApplicantProven []string `help:"Address that is confirmed to be the applicant's (repeatable)." placeholder:"ADDRESS" sep:"none"`
	ApplicantName   string   `help:"The applicant's name." placeholder:"NAME"`
	ApplicantID     []string `name:"applicant-id" help:"DID, URL or telephone number of the applicant (repeatable)." placeholder:"ID" sep:"none"`
	Record          string   `help:"Write what was fetched as a recorded web." placeholder:"FILE"`
	Skills          string   `help:"Folder of imported skills frameworks." placeholder:"DIR"`
	judging
}

// checkAtOnce is how many inputs are in hand at a time.
const checkAtOnce = 4

// Run checks every input and prints one report for each, in order.
func (c *checkCmd) Run(e *env) (err error) {
	if e.level != "debug" {
		// What a host did not answer stands in the report.
		e.log = quieter(e.log)
	}
	emails, err := addresses(c.ApplicantEmail)
	if err != nil {
		return err
	}
	proven, err := provenAddresses(c.ApplicantProven)
	if err != nil {
		return err
	}
	f, err := openFrameworks(c.Skills)
	if err != nil {
		return err
	}
	faults := &guard.Watch{Log: e.log}
	in, err := c.open(e, faults, c.Record, checkAtOnce, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	who := verify.Applicant{Emails: emails, Proven: proven, Name: c.ApplicantName, IDs: c.ApplicantID}

	type answer struct {
		reports []examine.Report
		err     error
	}
	answers := make([]chan answer, len(c.Inputs))
	slots := make(chan struct{}, checkAtOnce)
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	for i, name := range c.Inputs {
		answers[i] = make(chan answer, 1)
		wg.Go(func() {
			var a answer
			if err := guard.Do("checking", func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				a.reports, a.err = c.one(ctx, e, in, name, who)
			}); err != nil {
				a = answer{err: fmt.Errorf("%s: %w", name, err)}
			}
			answers[i] <- a
		})
	}
	p := newPrinter(e.stdout)
	status, counts, others := statusOK, verdict.Counts{}, false
	for i := range answers {
		a := <-answers[i]
		if a.err != nil {
			if e.ctx.Err() != nil {
				return e.ctx.Err()
			}
			fail(e.stderr, a.err)
			faults.Tell(a.err)
			if !errors.Is(a.err, verify.ErrFault) {
				status = statusUsage
			} else if status == statusOK {
				status = statusRefused
			}
			if len(a.reports) == 0 {
				continue
			}
		}
		for _, r := range a.reports {
			if c.JSON {
				line, err := r.Line()
				if err != nil {
					return err
				}
				if _, err := fmt.Fprintf(e.stdout, "%s\n", line); err != nil {
					return err
				}
			} else {
				p.report(r)
			}
			for _, f := range r.Findings {
				count(&counts, f.Verdict)
				others = others || anothers(f.Verdict)
			}
		}
	}
	if !c.JSON {
		p.summary(counts)
	}
	if status == statusOK && (others || counts.Verified+counts.Authentic < counts.Total()) {
		status = statusRefused
	}
	if status != statusOK {
		return exit(status)
	}
	return p.err
}

// count counts a badge and those it contains.
func count(n *verdict.Counts, v verify.Verdict) {
	n.Add(v.Result, 1)
	for _, c := range v.Contained {
		count(n, c)
	}
}

// anothers reports whether a badge, or one that it contains, names somebody else.
func anothers(v verify.Verdict) bool {
	return v.Aspects.Recipient.Reason == verdict.RecipientMismatch || slices.ContainsFunc(v.Contained, anothers)
}

// one checks one input. Its error is that the input cannot be opened.
func (c *checkCmd) one(ctx context.Context, e *env, in *inspection, name string, who verify.Applicant) ([]examine.Report, error) {
	if isURL(name) {
		r, err := in.examiner.Check(ctx, examine.Input{Tenant: "check", Application: name, Links: []string{name}, Applicant: who})
		if err != nil {
			return r, err
		}
		if len(r) == 1 && len(r[0].Findings) == 0 {
			for _, u := range r[0].NotFollowed {
				if u.Where == name && u.Reason != examine.SkippedNoBadge {
					return nil, fmt.Errorf("%s: %s", name, phrase(u.Reason.Words()))
				}
			}
		}
		return r, nil
	}
	data, err := readFile(e, name, int64(c.Limits.FileSize))
	if err != nil {
		return nil, err
	}
	if name == "-" {
		name = "standard input"
	}
	return in.examiner.Check(ctx, examine.Input{Tenant: "check", Application: name, Documents: []extract.Document{{Name: filepath.Base(name), Data: data}}, Applicant: who})
}
