package main

import (
	"fmt"
	"time"

	"assay/index/web"
	"assay/ingest"
)

type reprocessCmd struct {
	queued
	Tenant        string `help:"Only this employer's." placeholder:"TOKEN"`
	Application   string `help:"Only this application." placeholder:"TOKEN"`
	CheckedBefore string `help:"Only what was last checked before (RFC 3339, or a date); go on with a stopped run by giving its time again." placeholder:"TIME"`
	NoWait        bool   `help:"Queue the work and leave."`
}

// Run queues the work and shows how far it is.
func (c *reprocessCmd) Run(e *env) error {
	before := time.Now().UTC().Truncate(time.Second)
	if c.CheckedBefore != "" {
		var err error
		if before, err = parseTime(c.CheckedBefore); err != nil {
			return fmt.Errorf("--checked-before: %w", err)
		}
	}
	if c.Application != "" && c.Tenant == "" {
		c.Tenant = web.DefaultTenant
	}
	q, err := c.dial(e)
	if err != nil {
		return err
	}
	defer q.Close()
	bar := progress(e.stderr, "queueing")
	n, err := q.Reprocess(e.ctx, ingest.ReprocessOptions{Tenant: c.Tenant, Application: c.Application, Before: before, Progress: bar.set})
	bar.end()
	again := fmt.Sprintf("assay reprocess --checked-before %s", before.Format(time.RFC3339))
	if err != nil {
		return fmt.Errorf("%w (go on with: %s)", err, again)
	}
	fmt.Fprintf(e.stdout, "%s to check again\n", plural(n, "application"))
	if c.NoWait || n == 0 {
		return nil
	}
	bar = progress(e.stderr, "checking")
	defer bar.end()
	for {
		left, err := q.Rechecks(e.ctx)
		if err != nil {
			return err
		}
		bar.set(max(0, n-left), n)
		if left == 0 {
			fmt.Fprintln(e.stdout, "done")
			return nil
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
