package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"assay/index/web"
	"assay/ingest"
)

type reprocessCmd struct {
	queued
	Tenant        string `help:"Only this employer's." placeholder:"TOKEN"`
	Application   string `help:"Only this application." placeholder:"TOKEN"`
	Since         string `help:"Only what was submitted since (RFC 3339, or a date)." placeholder:"TIME"`
	CheckedBefore string `help:"Only what was last checked before (RFC 3339, or a date); go on with a stopped run by giving its time again." placeholder:"TIME"`
	Failed        bool   `help:"Only what was refused, or is a dead letter." xor:"which"`
	Due           bool   `help:"Only what may say something else by now: badges that their issuer hosts or says the status of, and badges whose time is over since." xor:"which"`
	Issuer        string `help:"Only applications that have a badge of this issuer, by its id." placeholder:"URL" xor:"which"`
	DryRun        bool   `help:"Say how many it would be, and change nothing."`
	NoWait        bool   `help:"Queue the work and leave."`
}

// options are what the flags say; now is when all that is asked for was last checked
// before, where nothing else is said.
func (c *reprocessCmd) options(now time.Time) (ingest.ReprocessOptions, error) {
	o := ingest.ReprocessOptions{Tenant: c.Tenant, Application: c.Application, Failed: c.Failed, Due: c.Due, Issuer: c.Issuer, DryRun: c.DryRun}
	if c.Application != "" {
		o.Tenant = cmp.Or(c.Tenant, web.DefaultTenant)
	}
	var err error
	if o.Before, err = timeOf("--checked-before", c.CheckedBefore, now.UTC()); err != nil {
		return o, err
	}
	o.Since, err = timeOf("--since", c.Since, time.Time{})
	return o, err
}

// timeOf reads the time that a flag gives.
func timeOf(flag, text string, otherwise time.Time) (time.Time, error) {
	if text == "" {
		return otherwise, nil
	}
	t, err := parseTime(text)
	if err != nil {
		return t, fmt.Errorf("%s: %w", flag, err)
	}
	return t, nil
}

// again is the command that goes on with a run.
func (c *reprocessCmd) again(o ingest.ReprocessOptions) string {
	words := []string{"assay reprocess --checked-before", o.Before.Format(time.RFC3339)}
	for _, x := range []struct{ flag, value string }{{"--tenant", c.Tenant}, {"--application", c.Application}, {"--since", c.Since}, {"--issuer", c.Issuer}} {
		if x.value != "" {
			words = append(words, x.flag, x.value)
		}
	}
	if c.Failed {
		words = append(words, "--failed")
	}
	if c.Due {
		words = append(words, "--due")
	}
	return strings.Join(words, " ")
}

// Run has a worker queue the work, and shows how far it is and what it came to.
func (c *reprocessCmd) Run(e *env) error {
	begun := time.Now()
	o, err := c.options(begun)
	if err != nil {
		return err
	}
	q, err := c.dial(e)
	if err != nil {
		return err
	}
	defer q.Close()
	behind, err := q.ToldUpTo(e.ctx)
	if err != nil {
		return err
	}
	bar := progress(e.stderr, "queueing")
	o.Progress = bar.set
	n, began, err := q.RequestReprocess(e.ctx, o)
	bar.end()
	if err != nil {
		return fmt.Errorf("%w (go on with: %s)", err, c.again(o))
	}
	if c.DryRun {
		_, err := fmt.Fprintf(e.stdout, "%s would be checked again\n", plural(n, "application"))
		return err
	}
	fmt.Fprintf(e.stdout, "%s to check again\n", plural(n, "application"))
	if c.NoWait || n == 0 {
		return nil
	}
	bar = progress(e.stderr, "checking")
	defer bar.end()
	for {
		left, err := q.RechecksOf(e.ctx, o)
		if err != nil {
			return err
		}
		bar.set(max(0, n-left), n)
		if left == 0 {
			bar.end()
			checked, list, err := q.Changes(e.ctx, ingest.ReprocessOptions{Tenant: o.Tenant, Application: o.Application}, behind, began)
			if err != nil {
				return err
			}
			return changes(e.stdout, checked, list, time.Since(begun))
		}
		select {
		case <-time.After(300 * time.Millisecond):
		case <-e.ctx.Done():
			bar.end()
			fmt.Fprintf(e.stdout, "the workers go on with the %d that are left\n", left)
			return nil
		}
	}
}

// changes prints how many applications were checked, and what changed.
func changes(w io.Writer, checked int, list []ingest.Changed, took time.Duration) error {
	if len(list) == 0 {
		_, err := fmt.Fprintf(w, "done: %s checked in %v, nothing changed\n", plural(checked, "application"), took.Round(100*time.Millisecond))
		return err
	}
	fmt.Fprintf(w, "done: %s checked in %v, this changed:\n", plural(checked, "application"), took.Round(100*time.Millisecond))
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tw, "BADGES\tFROM\tTO\tREASON")
	for _, x := range list {
		fmt.Fprintf(tw, "%d\t%s\t%s\t%s\n", x.Badges, cmp.Or(string(x.From), "not found"), cmp.Or(string(x.To), "not found"), clean(string(x.Reason)))
	}
	return tw.Flush()
}
