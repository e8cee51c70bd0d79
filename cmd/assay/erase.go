package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"assay/index/record"
)

type eraseCmd struct {
	queued
	Tenant      string        `help:"The employer." default:"${tenant}" placeholder:"TOKEN"`
	Application string        `arg:"" help:"The application."`
	Timeout     time.Duration `help:"How long to wait at most." default:"2m"`
}

// Run has a worker erase the application.
func (c *eraseCmd) Run(e *env) error {
	if err := errors.Join(record.CheckToken("--tenant", c.Tenant), record.CheckToken("application", c.Application)); err != nil {
		return err
	}
	q, err := c.dial(e)
	if err != nil {
		return err
	}
	defer q.Close()
	ctx, cancel := context.WithTimeout(e.ctx, c.Timeout)
	defer cancel()
	if err := q.RequestErase(ctx, c.Tenant, c.Application); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s/%s is erased and takes no submission any more\n", c.Tenant, c.Application)
	return err
}
