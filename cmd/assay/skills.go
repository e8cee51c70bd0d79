package main

import "errors"

type skillsCmd struct {
	Import skillsImportCmd `cmd:"" help:"Import a skills framework."`
}

type skillsImportCmd struct{ storage }

// Run imports a framework.
func (c *skillsImportCmd) Run(*env) error { return errors.New("pending") }
