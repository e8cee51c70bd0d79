package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"assay/index"
	"assay/index/record"
	"assay/ingest"
	"assay/ingest/natsd"
)

type indexCmd struct {
	Init    indexInitCmd    `cmd:"" help:"Make the index where it is missing."`
	Rebuild indexRebuildCmd `cmd:"" help:"Write every document anew, with the skills frameworks as they are now."`
	Status  indexStatusCmd  `cmd:"" help:"Describe the index."`
}

type indexInitCmd struct{ storage }

// Run opens the index, which makes it.
func (c *indexInitCmd) Run(e *env) error {
	if err := c.need(false, true); err != nil {
		return err
	}
	return c.direct(e, func(en index.Engine) error { return describe(e, en) })
}

// indexing are the flags of commands that reach the index directly, or through
// a running worker.
type indexing struct {
	storage
}

// through reports whether a running worker is asked: where nothing says where the index
// is, and where serve has it open.
func (c *indexing) through(e *env) bool {
	if c.Data != "" && len(c.Elastic) == 0 && c.Nats == "" {
		c.Nats = natsd.Running(e.ctx, seedOf(c.Data))
		return c.Nats != ""
	}
	return c.Data == "" && len(c.Elastic) == 0
}

// direct opens the index where there is one: to describe, or to rebuild, must
// not make an empty one out of a mistyped name.
func (c *indexing) direct(e *env, f func(index.Engine) error) error {
	if len(c.Elastic) == 0 {
		if _, err := os.Stat(filepath.Join(c.Data, "index")); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("no index in %s: assay index init makes one", c.Data)
		}
	}
	c.existing = true
	return c.storage.direct(e, f)
}

func (s *storage) direct(e *env, f func(index.Engine) error) (err error) {
	key, err := idKey(s.IDKey, s.Data)
	if err != nil {
		return err
	}
	en, err := s.engine(e.ctx, e, nil, key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, en.Close()) }()
	return f(en)
}

func (c *indexing) dial(e *env) (*ingest.Queue, error) {
	if c.Nats == "" {
		c.Nats = "nats://" + natsAddress
	}
	cl := queued{Nats: c.Nats, NatsLogin: c.NatsLogin}
	return cl.dial(e)
}

type indexRebuildCmd struct {
	indexing
	FromQueue bool `help:"Have the running workers check again what was indexed and is not in the index (any more)."`
}

// Run rebuilds the index: directly with --data or --elastic, else, and beside a serve
// with that --data, through the worker that answers at --nats.
func (c *indexRebuildCmd) Run(e *env) error {
	bar := progress(e.stderr, "rebuilding")
	defer bar.end()
	through := c.through(e)
	if c.FromQueue && !through {
		return errors.New("--from-queue is for running workers: leave --data and --elastic out")
	}
	if through {
		q, err := c.dial(e)
		if err != nil {
			return err
		}
		defer q.Close()
		if c.FromQueue {
			r, err := q.RequestReconcile(e.ctx, bar.set)
			if err != nil {
				return err
			}
			bar.end()
			fmt.Fprintf(e.stdout, "%s compared, %d missing in the index, %d checked again\n", plural(r.Compared, "outcome"), r.Missing, r.Queued)
			return nil
		}
		if err := q.RequestRebuild(e.ctx, bar.set); err != nil {
			return err
		}
		bar.end()
		_, err = fmt.Fprintln(e.stdout, "rebuilt")
		return err
	}
	f, err := c.frameworks()
	if err != nil {
		return err
	}
	return c.direct(e, func(en index.Engine) error {
		// What is decided again on the way needs the employers' decisions.
		if st, err := en.Status(e.ctx); err != nil || st.Schema < index.SchemaVersion {
			return cmp.Or(err, fmt.Errorf("the index is of schema %d: serve and work bring it to schema %d when they are started", st.Schema, index.SchemaVersion))
		}
		if err := en.Rebuild(e.ctx, func(a *record.Application) { record.Remake(a, f.Resolve) }, bar.set); err != nil {
			return err
		}
		bar.end()
		return describe(e, en)
	})
}

type indexStatusCmd struct {
	indexing
	JSON bool `name:"json" help:"Print JSON."`
}

// Run describes the index.
func (c *indexStatusCmd) Run(e *env) error {
	show := func(s *index.Status) error {
		if c.JSON {
			return json.NewEncoder(e.stdout).Encode(s)
		}
		return status(e.stdout, s)
	}
	if c.through(e) {
		q, err := c.dial(e)
		if err != nil {
			return err
		}
		defer q.Close()
		s, err := q.RequestStatus(e.ctx)
		if err != nil {
			return err
		}
		return show(s)
	}
	return c.direct(e, func(en index.Engine) error {
		s, err := en.Status(e.ctx)
		if err != nil {
			return err
		}
		return show(&s)
	})
}

func describe(e *env, en index.Engine) error {
	s, err := en.Status(e.ctx)
	if err != nil {
		return err
	}
	return status(e.stdout, &s)
}

func status(w io.Writer, s *index.Status) error {
	_, err := fmt.Fprintf(w, "engine        %s\nindex         %s\napplications  %d\nerased        %d\nbytes         %d\nschema        %d\n",
		s.Engine, s.Name, s.Applications, s.Erased, s.Bytes, s.Schema)
	return err
}
