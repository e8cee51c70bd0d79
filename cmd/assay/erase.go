package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/index/record"
	"assay/ingest"
	"assay/verify/read"
)

type eraseCmd struct {
	queued
	Tenant      string        `help:"The employer." default:"${tenant}" placeholder:"TOKEN"`
	Application string        `help:"The application." placeholder:"TOKEN"`
	Bare        string        `arg:"" optional:"" name:"application" help:"The application, without its flag."`
	Candidate   string        `help:"All applications of a candidate, by the key that the index has for one." placeholder:"KEY"`
	Address     string        `help:"All applications of whom this address is confirmed to belong to." placeholder:"ADDRESS"`
	Claimed     bool          `help:"With --candidate or --address: those, too, that merely claim the address. Anybody can claim another's."`
	DryRun      bool          `help:"With --candidate or --address: say what would be erased, and change nothing."`
	JSON        bool          `name:"json" help:"With --candidate or --address: print the report as JSON."`
	Timeout     time.Duration `help:"How long to wait at most for one application." default:"2m"`
}

// errWhich: it is not said what is to be erased.
var errWhich = errors.New("erase: which application? --application TOKEN, or all of a person by --candidate KEY or --address ADDRESS")

// Run has a worker erase the application, or all of a candidate.
func (c *eraseCmd) Run(e *env) error {
	n := 0
	for _, s := range []string{c.Application, c.Bare, c.Candidate, c.Address} {
		if s != "" {
			n++
		}
	}
	if n != 1 {
		return errWhich
	}
	if c.Candidate != "" || c.Address != "" {
		return c.person(e)
	}
	if c.Claimed || c.DryRun || c.JSON {
		return errors.New("erase: --claimed, --dry-run and --json go with --candidate or --address")
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

// person has a worker erase all applications of a person. Its status is 1 where anything
// is left.
func (c *eraseCmd) person(e *env) error {
	who := ingest.Person{Candidate: c.Candidate, Address: c.Address, Claimed: c.Claimed}
	if c.Address != "" {
		list, ok := read.Addresses(c.Address)
		if !ok || len(list) != 1 {
			return errors.New("--address: not one e-mail address")
		}
		who.Address = list[0]
	}
	if err := record.CheckToken("--tenant", c.Tenant); err != nil {
		return err
	}
	q, err := c.dial(e)
	if err != nil {
		return err
	}
	defer q.Close()
	r, err := q.RequestEraseCandidate(e.ctx, c.Tenant, who, c.DryRun)
	if r == nil {
		return err
	}
	if c.JSON {
		err = errors.Join(err, json.NewEncoder(e.stdout).Encode(r))
	} else {
		err = errors.Join(err, erasure(e.stdout, r))
	}
	if err == nil && len(r.Left) > 0 {
		return exit(statusRefused)
	}
	return err
}

// erasure prints what an erasure came to.
func erasure(w io.Writer, r *ingest.Erasure) error {
	p := newPrinter(w)
	word := "is erased"
	if r.DryRun {
		word = "would be erased"
	}
	for _, a := range r.Applications {
		fmt.Fprintf(p, "%s/%s %s: %s\n", clean(r.Tenant), clean(a.Application), word, inPlaces(a.Removed))
	}
	if n := r.Erased - len(r.Applications); n > 0 {
		fmt.Fprintf(p, "and %d more\n", n)
	}
	switch {
	case r.DryRun:
		fmt.Fprintf(p, "%s would be erased\n", plural(r.Erased, "application"))
	case r.Erased == 0:
		fmt.Fprintf(p, "no application is erased\n")
	default:
		fmt.Fprintf(p, "%s erased; %s in the memory of %s dropped\n", plural(r.Erased, "application"), plural(r.Answers, "answer"), many(r.Processes, "process", "processes"))
	}
	if r.Claimed > 0 {
		fmt.Fprintf(p, "%s to be theirs, and not erased (--claimed)\n", many(r.Claimed, "application merely claims", "applications merely claim"))
	}
	if r.Unread > 0 {
		fmt.Fprintf(p, "%s cannot be read: whose they are is not known\n", plural(r.Unread, "submission"))
	}
	if len(r.Left) > 0 {
		fmt.Fprintf(p, "left, erase again: %s\n", inPlaces(r.Left))
	}
	return p.err
}

// inPlaces tells how much there is where.
func inPlaces(n map[string]int) string {
	var all []string
	for _, place := range slices.Sorted(maps.Keys(n)) {
		all = append(all, fmt.Sprintf("%s %d", place, n[place]))
	}
	return cmp.Or(strings.Join(all, ", "), "nothing was left of it")
}
