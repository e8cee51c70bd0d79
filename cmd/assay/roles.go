package main

import (
	"fmt"
	"path/filepath"

	"assay/index/record"
	"assay/ingest/natsd"
)

type rolesCmd struct {
	Dir     string   `arg:"" name:"dir" help:"Folder for roles.conf and the keys."`
	Tenants []string `help:"Employers whose hiring systems connect." placeholder:"TENANT"`
}

// Run makes the users of a NATS server.
func (c *rolesCmd) Run(e *env) error {
	for _, t := range c.Tenants {
		if err := record.CheckToken("--tenants", t); err != nil {
			return err
		}
	}
	roles, err := natsd.MakeRoles(c.Dir, c.Tenants)
	if err != nil {
		return err
	}
	p := newPrinter(e.stdout)
	fmt.Fprintln(p, filepath.Join(c.Dir, natsd.RolesFile))
	for _, r := range roles {
		fmt.Fprintf(p, "%s  --nats-inbox %s\n", filepath.Join(c.Dir, r.Name+".nk"), r.Inbox())
	}
	return p.err
}
