package main

import "errors"

type benchCmd struct{}

// Run measures.
func (c *benchCmd) Run(*env) error { return errors.New("pending") }
