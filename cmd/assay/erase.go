package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"assay/index/record"
)

type eraseCmd struct {
	queued
	Tenant      string        `help:"The employer." default:"${tenant}" placeholder:"TOKEN"`
	Application string        `help:"The application." placeholder:"TOKEN"`
	Bare        string        `arg:"" optional:"" name:"application" help:"The application, without its flag."`
	Timeout     time.Duration `help:"How long to wait at most." default:"2m"`
}

// Run has a worker erase the application.
func (c *eraseCmd) Run(e *env) error {
	if (c.Application == "") == (c.Bare == "") {
		return errors.New("erase: which application? --application TOKEN")
	}
	name := cmp.Or(c.Application, c.Bare)
	if err := errors.Join(record.CheckToken("--tenant", c.Tenant), record.CheckToken("--application", name)); err != nil {
		return err
	}
	q, err := c.dial(e)
	if err != nil {
		return err
	}
	defer q.Close()
	ctx, cancel := context.WithTimeout(e.ctx, c.Timeout)
	defer cancel()
	if err := q.RequestErase(ctx, c.Tenant, name); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s/%s is erased and takes no submission any more\n", c.Tenant, name)
	return err
}
