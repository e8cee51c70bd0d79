package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"assay/index/issuers"
	"assay/index/web/client"
	"assay/verify/verdict"
)

type issuersCmd struct {
	List   issuersListCmd   `cmd:"" help:"List the issuers of applicants' badges, with what stands behind them and what was decided."`
	Trust  issuersTrustCmd  `cmd:"" help:"Trust an issuer, a path or a host."`
	Block  issuersBlockCmd  `cmd:"" help:"Block an issuer, a path or a host with everything under it, at once."`
	Forget issuersForgetCmd `cmd:"" help:"Take back what was decided on an issuer, a path or a host."`
	Import issuersImportCmd `cmd:"" help:"Read a registry of issuers; some of it, or all, may count."`
	Accept issuersAcceptCmd `cmd:"" help:"Say what at least must stand behind the issuer of a verified badge."`
	Log    issuersLogCmd    `cmd:"" help:"List every decision, with who made it and when."`
}

// deciding are the flags of commands that ask the HTTP API about issuers.
type deciding struct {
	Server string `help:"HTTP API." default:"http://${http}" placeholder:"URL"`
	Tenant string `help:"The employer; with a token, it is the token's." default:"${tenant}" placeholder:"TOKEN"`
	Token  string `help:"What the HTTP API knows the caller by; better set in the environment." placeholder:"SECRET"`
	JSON   bool   `name:"json" help:"Print the API's answer as it is."`
}

func (d *deciding) open() (*client.Client, error) {
	a := asking{Server: d.Server, Tenant: d.Tenant, Token: d.Token}
	c, _, err := a.open()
	return c, err
}

type issuersListCmd struct {
	deciding
	Size int `help:"Issuers at most, 1 to 200." default:"20" placeholder:"N"`
}

// Run lists issuers, most applicants first.
func (c *issuersListCmd) Run(e *env) error {
	api, err := c.open()
	if err != nil {
		return err
	}
	if c.Size < 1 || c.Size > 200 {
		return fmt.Errorf("--size %d is not from 1 to 200", c.Size)
	}
	l, body, err := api.Issuers(e.ctx, c.Size)
	if c.JSON || err != nil {
		return printJSON(e, body, err)
	}
	fmt.Fprintf(e.stdout, "a verified badge needs an issuer that is at least: %s\n", l.Accept)
	if w := l.Work; w != nil {
		text := "what is indexed is being decided again"
		if w.Total > 0 {
			text += fmt.Sprintf(": %d of %s", w.Done, plural(w.Total, "application"))
		}
		fmt.Fprintln(e.stdout, text)
	}
	tw := tabwriter.NewWriter(e.stdout, 0, 8, 2, ' ', 0)
	if len(l.Issuers) > 0 {
		fmt.Fprintln(tw, "APPLICANTS\tSTANDING\tDECISION\tISSUER\tNOTES")
	}
	for i := range l.Issuers {
		r := &l.Issuers[i]
		var notes []string
		if r.Shown != "" && r.Shown != r.Issuer {
			notes = append(notes, r.Shown)
		}
		if r.Resembles {
			notes = append(notes, "resembles a listed issuer")
		}
		if len(r.Registries) > 0 {
			notes = append(notes, "listed by "+strings.Join(r.Registries, ", "))
		}
		if r.Worth {
			notes = append(notes, "worth a decision")
		}
		n := strconv.Itoa(r.Applicants)
		if r.About {
			n = "about " + n
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", n, dash(string(r.Standing)), dash(string(r.Decision)), clean(r.Issuer), clean(strings.Join(notes, "; ")))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	if len(l.Issuers) == 0 {
		fmt.Fprintln(e.stdout, "no issuer is in the index")
	} else if more := l.Total - len(l.Issuers); more > 0 {
		fmt.Fprintf(e.stdout, "%s more\n", plural(more, "issuer"))
	}
	for _, w := range l.Decisions {
		fmt.Fprintln(e.stdout, said(&w))
	}
	for _, r := range l.Registries {
		text := fmt.Sprintf("registry %s: %d of %s count", clean(r.Source), r.Entries, plural(r.Entries+r.Others, "issuer"))
		if r.Whole {
			text = fmt.Sprintf("registry %s: taken whole, %s", clean(r.Source), plural(r.Entries, "issuer"))
		}
		if r.Why != "" {
			text += fmt.Sprintf("; %s (%s)", clean(r.Why), r.Failed.UTC().Format(time.RFC3339))
		}
		fmt.Fprintln(e.stdout, text)
	}
	return nil
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// said is a word in a line.
func said(w *issuers.Word) string {
	text := string(w.Kind)
	switch {
	case w.Issuer != "":
		text += " " + w.Issuer
	case w.Accept != "":
		text += " " + string(w.Accept)
	case w.Registry != nil && w.Registry.Whole:
		text += " " + w.Registry.Source + " whole"
	case w.Registry != nil:
		text += " " + w.Registry.Source
		if w.Kind == issuers.Import {
			text += fmt.Sprintf(" (%s)", plural(len(w.Registry.Entries), "issuer"))
		}
	}
	if w.Name != "" {
		text += " as " + w.Name
	}
	text += ", by " + w.By + ", " + w.At.UTC().Format(time.RFC3339)
	if w.Note != "" {
		text += ": " + w.Note
	}
	return clean(text)
}

type issuersLogCmd struct{ deciding }

// Run lists every word, oldest first.
func (c *issuersLogCmd) Run(e *env) error {
	api, err := c.open()
	if err != nil {
		return err
	}
	words, body, err := api.IssuersLog(e.ctx)
	if c.JSON || err != nil {
		return printJSON(e, body, err)
	}
	for i := range words {
		fmt.Fprintln(e.stdout, said(&words[i]))
	}
	if len(words) == 0 {
		fmt.Fprintln(e.stdout, "nothing was decided")
	}
	return nil
}

// spoken are the flags of a word.
type spoken struct {
	deciding
	Note   string `help:"Why, for whoever reads the log." placeholder:"TEXT"`
	NoWait bool   `help:"Do not wait until what is indexed is decided again."`
}

// say has a word hold, and waits until the index follows.
func (s *spoken) say(e *env, w client.Word) error {
	api, err := s.open()
	if err != nil {
		return err
	}
	w.Note = s.Note
	r, body, err := api.Say(e.ctx, w)
	if s.JSON || err != nil {
		return printJSON(e, body, err)
	}
	switch {
	case r.Unchanged:
		fmt.Fprintln(e.stdout, "nothing new is said")
		return nil
	case w.Decision == issuers.Import:
		title := w.Source
		if r.Title != "" {
			title = r.Title
		}
		fmt.Fprintf(e.stdout, "%s of %s count\n", plural(r.Entries, "issuer"), clean(title))
		for _, x := range r.Offered {
			fmt.Fprintf(e.stdout, "  not chosen: %s %s\n", clean(x.ID), clean(x.Name))
		}
	case w.Issuer != "":
		fmt.Fprintf(e.stdout, "%s: %s, with badges in %s\n", w.Decision, clean(w.Issuer), plural(r.Applicants, "application"))
	default:
		fmt.Fprintln(e.stdout, "it holds for what comes")
	}
	if s.NoWait {
		return nil
	}
	return follow(e, api)
}

// follow waits until the index follows what was said.
func follow(e *env, api *client.Client) error {
	bar := progress(e.stderr, "deciding again")
	defer bar.end()
	for {
		l, _, err := api.Issuers(e.ctx, 1)
		if err != nil {
			return flagged(err)
		}
		if l.Work == nil {
			fmt.Fprintln(e.stdout, "what is indexed is decided again")
			return nil
		}
		bar.set(l.Work.Done, l.Work.Total)
		select {
		case <-time.After(300 * time.Millisecond):
		case <-e.ctx.Done():
			fmt.Fprintln(e.stdout, "the workers go on")
			return nil
		}
	}
}

type issuersTrustCmd struct {
	spoken
	Issuer string `arg:"" help:"Its id (a DID or a URL), a path that ends in /, or a host."`
	Name   string `help:"What the issuer is shown as." placeholder:"TEXT"`
}

// Run trusts an issuer.
func (c *issuersTrustCmd) Run(e *env) error {
	return c.say(e, client.Word{Decision: issuers.Trust, Issuer: c.Issuer, Name: c.Name})
}

type issuersBlockCmd struct {
	spoken
	Issuer string `arg:"" help:"Its id (a DID or a URL), a path that ends in /, or a host."`
}

// Run blocks an issuer.
func (c *issuersBlockCmd) Run(e *env) error {
	return c.say(e, client.Word{Decision: issuers.Block, Issuer: c.Issuer})
}

type issuersForgetCmd struct {
	spoken
	Issuer string `arg:"" help:"As it was trusted or blocked."`
}

// Run takes a decision back.
func (c *issuersForgetCmd) Run(e *env) error {
	return c.say(e, client.Word{Decision: issuers.Forget, Issuer: c.Issuer})
}

type issuersAcceptCmd struct {
	spoken
	Level string `arg:"" enum:"key,page,account,domain,listed" help:"key, page, account, domain or listed."`
}

// Run says what is accepted.
func (c *issuersAcceptCmd) Run(e *env) error {
	return c.say(e, client.Word{Decision: issuers.Accept, Accept: verdict.Level(c.Level)})
}

type issuersImportCmd struct {
	spoken
	Source string   `arg:"" help:"File, or https URL: it is read again every day."`
	Entry  []string `help:"An issuer of it that counts, by id (repeatable)." placeholder:"ID"`
	Whole  bool     `help:"All of it counts, what it lists later too."`
	Drop   bool     `help:"None of it counts any more."`
}

// Run imports a registry.
func (c *issuersImportCmd) Run(e *env) error {
	w := client.Word{Decision: issuers.Import, Source: c.Source, Entries: c.Entry, Whole: c.Whole}
	switch {
	case c.Drop && (c.Whole || len(c.Entry) > 0), c.Whole && len(c.Entry) > 0:
		return errors.New("--entry, --whole and --drop exclude each other")
	case c.Drop:
		w.Decision = issuers.Drop
	case !isURL(c.Source):
		b, err := os.ReadFile(c.Source)
		if err != nil {
			return err
		}
		w.Registry = b
	}
	if !isURL(c.Source) {
		w.Source = filepath.Base(c.Source)
	}
	return c.say(e, w)
}
