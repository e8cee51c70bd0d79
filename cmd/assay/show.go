package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"assay/index/record"
	"assay/ingest"
	"assay/verify/verdict"
)

type showCmd struct {
	queued
	Application string `arg:"" help:"The application."`
	Tenant      string `help:"The employer." default:"${tenant}" placeholder:"TOKEN"`
	JSON        bool   `name:"json" help:"Print JSON."`
}

// Run shows where an application is. Its status is 1 where nothing is known of it.
func (c *showCmd) Run(e *env) error {
	if err := errors.Join(record.CheckToken("--tenant", c.Tenant), record.CheckToken("APPLICATION", c.Application)); err != nil {
		return err
	}
	q, err := c.dial(e)
	if err != nil {
		return err
	}
	defer q.Close()
	s, err := q.Show(e.ctx, c.Tenant, c.Application)
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(e.stdout).Encode(s)
	} else {
		err = situation(e.stdout, s)
	}
	if err == nil && !s.Known() {
		return exit(statusRefused)
	}
	return err
}

// works are how far a submission is, in words.
var works = map[ingest.Work]string{
	ingest.WorkNone:    "the queue has no submission of it",
	ingest.WorkWaiting: "waits for a worker",
	ingest.WorkInHand:  "in hand, or waits for another try",
	ingest.WorkAsking:  "documents are done, hosts are being asked",
	ingest.WorkDone:    "done",
}

// situation prints where an application is.
func situation(w io.Writer, s *ingest.Situation) error {
	p := newPrinter(w)
	line := func(word, format string, args ...any) {
		fmt.Fprintf(p, "%-13s %s\n", word, fmt.Sprintf(format, args...))
	}
	at := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	fmt.Fprintf(p, "%s/%s\n", s.Tenant, s.Application)
	if s.Erased {
		line("erased", "it takes no submission any more")
	}
	if !s.Known() {
		line("unknown", "nothing is known of it")
		return p.err
	}
	if x := s.Submission; x != nil {
		line("submitted", "%s (submission %d, %s)", at(x.At), x.Sequence, inBytes(uint64(x.Bytes)))
	}
	line("work", "%s", works[s.Work])
	if x := s.Recheck; x != nil {
		line("checked again", "waits since %s (%s)", at(x.At), clean(x.Reason))
	}
	if x := s.Later; x != nil {
		line("checked again", "from %s on (%s)", at(x.At), clean(x.Reason))
	}
	if o := s.Outcome; o != nil {
		reason := ""
		if o.Reason != "" {
			reason = ": " + coded(o.Reason, ingest.Class(o.Reason).Words())
		}
		line("outcome", "%s%s, of submission %d, checked %s: %s", clean(string(o.State)), clean(reason), o.Sequence, at(o.Checked), counted(o.Counts))
		if o.Tries > 1 {
			line("tries", "%d", o.Tries)
		}
		for _, c := range o.Changed {
			line("changed", "%s: %s", at(c.At), change(c))
		}
	}
	for _, l := range s.Letters {
		line("letter", "%d: %s, %s, since %s: %s", l.Sequence, clean(string(l.Class)), many(l.Attempts, "try", "tries"), at(l.Buried), clean(l.Error))
	}
	if n := s.Documents + s.Parts; n > 0 {
		line("documents", "%d beside the submission", n)
	}
	switch x := s.Index; {
	case s.NoWorker:
		line("index", "no worker answers: start assay serve or assay work")
	case x == nil:
		line("index", "not in the index")
	default:
		line("index", "submission %d, checked %s, version %d: %s, %s", x.Sequence, at(x.Checked), x.Version, counted(x.Counts), plural(x.Claims, "claim"))
	}
	return p.err
}

// change is one change in words.
func change(c ingest.Change) string {
	of, from, to := fmt.Sprintf("badge %d", c.Finding), string(c.From), string(c.To)
	if c.Finding == 0 {
		of = "a badge"
	}
	if from == "" {
		from = "not found"
	}
	if to == "" {
		to = "not found"
	}
	text := of + ", " + from + " → " + to
	if c.Reason != "" {
		text += " (" + string(c.Reason) + ")"
	}
	return clean(text)
}

// many is a number with its word.
func many(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// counted tells badges by result.
func counted(c verdict.Counts) string {
	var all []string
	for _, r := range verdict.Results() {
		if n := c.Of(r); n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, r))
		}
	}
	if len(all) == 0 {
		return "no badge"
	}
	return strings.Join(all, ", ")
}
