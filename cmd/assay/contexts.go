package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"text/tabwriter"
	"time"

	"assay/index"
	"assay/verify/contexts"
)

type contextsCmd struct {
	List   contextsListCmd   `cmd:"" help:"List the JSON-LD contexts that badges named, as they were read first, and those that have changed since."`
	Accept contextsAcceptCmd `cmd:"" help:"Judge badges by the text that a context's host serves now."`
}

// pinning are the flags that say where contexts are kept, and the key that they are
// signed with.
type pinning struct {
	queued
	Data  string `help:"Folder of the installation, where its key is." placeholder:"DIR"`
	IDKey string `name:"id-key" help:"Key of the installation, hex." placeholder:"FILE"`
}

// open opens what the workers of an installation keep. close ends the connection.
func (p *pinning) open(e *env) (s *contexts.Store, close func(), err error) {
	if p.IDKey == "" {
		if p.Data == "" {
			return nil, nil, errors.New("--data DIR or --id-key FILE is needed: what is kept is signed with the installation's key")
		}
		p.IDKey = filepath.Join(p.Data, index.KeyFile)
	}
	key, err := index.ReadKey(p.IDKey)
	if err != nil {
		return nil, nil, fmt.Errorf("--id-key: %w", err)
	}
	q, err := p.dial(e)
	if err != nil {
		return nil, nil, err
	}
	if s, err = contexts.Open(contexts.Options{Keeper: q.Pins(key), Log: e.log}); err != nil {
		q.Close()
		return nil, nil, err
	}
	return s, q.Close, nil
}

type contextsListCmd struct {
	pinning
	JSON bool `name:"json" help:"Print JSON, a line a context."`
}

// Run lists contexts.
func (c *contextsListCmd) Run(e *env) error {
	s, done, err := c.open(e)
	if err != nil {
		return err
	}
	defer done()
	list, err := s.List(e.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(e.stdout)
		enc.SetEscapeHTML(false)
		for _, p := range list {
			if err := enc.Encode(p); err != nil {
				return err
			}
		}
		return nil
	}
	if len(list) == 0 {
		_, err := fmt.Fprintln(e.stdout, "no badge has named a context beside those of specifications")
		return err
	}
	tw := tabwriter.NewWriter(e.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tw, "STATE\tSINCE\tSHA-256\tCONTEXT")
	for _, p := range list {
		state := "pinned"
		switch {
		case p.Pending != "":
			state = "changed"
		case p.Known:
			state = "known"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", state, p.At.UTC().Format(time.DateOnly), p.SHA256[:16], clean(p.URL))
		if p.Pending != "" {
			fmt.Fprintf(tw, "\t\t%s\tits host serves this now\n", p.Pending[:16])
		}
	}
	return tw.Flush()
}

type contextsAcceptCmd struct {
	pinning
	SHA256 string `name:"sha256" help:"Only if the text that is served has this SHA-256, or begins so." placeholder:"HEX"`
	URL    string `arg:"" name:"url" help:"Address of the context."`
}

// Run accepts a text. Badges that wait for it are tried again by themselves.
func (c *contextsAcceptCmd) Run(e *env) error {
	s, done, err := c.open(e)
	if err != nil {
		return err
	}
	defer done()
	p, err := s.Accept(e.ctx, c.URL, c.SHA256)
	if err != nil {
		return fmt.Errorf("%s: %w", c.URL, err)
	}
	_, err = fmt.Fprintf(e.stdout, "%s is read as SHA-256 %s from now on\n", clean(p.URL), p.SHA256)
	return err
}
