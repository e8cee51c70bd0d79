package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"assay/ingest"
)

type deadlettersCmd struct {
	List  deadListCmd  `cmd:"" help:"List dead letters, oldest first."`
	Show  deadShowCmd  `cmd:"" help:"Show one dead letter. Its body is personal."`
	Retry deadRetryCmd `cmd:"" help:"Put dead letters back to work."`
	Drop  deadDropCmd  `cmd:"" help:"Remove dead letters for good."`
}

type deadListCmd struct {
	queued
	Tenant string `help:"Only this employer's." placeholder:"TOKEN"`
	Class  string `help:"Only those of this class." placeholder:"CLASS"`
	JSON   bool   `name:"json" help:"Print one JSON object a letter."`
}

// Run lists dead letters.
func (c *deadListCmd) Run(e *env) error {
	q, err := c.dial(e)
	if err != nil {
		return err
	}
	defer q.Close()
	enc := json.NewEncoder(e.stdout)
	tw := tabwriter.NewWriter(e.stdout, 0, 8, 2, ' ', 0)
	n := 0
	err = q.DeadLetters(e.ctx, c.Tenant, func(d ingest.DeadLetter) error {
		if c.Class != "" && string(d.Class) != c.Class {
			return nil
		}
		n++
		if c.JSON {
			return enc.Encode(d)
		}
		if n == 1 {
			fmt.Fprintln(tw, "NUMBER\tTENANT\tAPPLICATION\tCLASS\tTRIES\tSINCE\tERROR")
		}
		fmt.Fprintf(tw, "%d\t%s\t%s\t%s\t%d\t%s\t%s\n", d.Sequence, clean(d.Tenant), clean(d.Application), d.Class, d.Attempts, d.Buried.UTC().Format(time.RFC3339), clean(d.Error))
		return nil
	})
	if err != nil {
		return err
	}
	if n == 0 && !c.JSON {
		fmt.Fprintln(tw, "no dead letters")
	}
	return tw.Flush()
}

type deadShowCmd struct {
	queued
	Number uint64 `arg:"" help:"Number of the letter."`
	Body   bool   `help:"Print the body alone, as it came."`
}

// Run shows one dead letter.
func (c *deadShowCmd) Run(e *env) error {
	q, err := c.dial(e)
	if err != nil {
		return err
	}
	defer q.Close()
	d, body, err := q.ShowDeadLetter(e.ctx, c.Number)
	if err != nil {
		return err
	}
	if c.Body {
		_, err := e.stdout.Write(body)
		return err
	}
	return json.NewEncoder(e.stdout).Encode(d)
}

type letters struct {
	queued
	Numbers []uint64 `arg:"" optional:"" name:"number" help:"Numbers of the letters."`
	Class   string   `help:"All letters of this class." placeholder:"CLASS"`
	Tenant  string   `help:"Of these, only this employer's." placeholder:"TOKEN"`
	All     bool     `help:"All letters."`
}

// each does f to every letter that was chosen.
func (c *letters) each(e *env, f func(*ingest.Queue, context.Context, uint64) error, word string) error {
	if len(c.Numbers) == 0 && c.Class == "" && !c.All {
		return errors.New("which letters? Give numbers, --class or --all")
	}
	q, err := c.dial(e)
	if err != nil {
		return err
	}
	defer q.Close()
	todo := c.Numbers
	if len(todo) == 0 {
		if err := q.DeadLetters(e.ctx, c.Tenant, func(d ingest.DeadLetter) error {
			if c.All || string(d.Class) == c.Class {
				todo = append(todo, d.Sequence)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	n := 0
	var errs []error
	for _, seq := range todo {
		if err := f(q, e.ctx, seq); err != nil {
			errs = append(errs, fmt.Errorf("letter %d: %w", seq, err))
			continue
		}
		n++
	}
	fmt.Fprintf(e.stdout, "%s %s\n", plural(n, "letter"), word)
	return errors.Join(errs...)
}

type deadRetryCmd struct{ letters }

// Run puts letters back to work.
func (c *deadRetryCmd) Run(e *env) error {
	return c.each(e, (*ingest.Queue).RetryDeadLetter, "back to work")
}

type deadDropCmd struct{ letters }

// Run drops letters.
func (c *deadDropCmd) Run(e *env) error { return c.each(e, (*ingest.Queue).DropDeadLetter, "dropped") }
