package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/index/web"
	"assay/ingest"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

type eraseCmd struct {
	queued
	Tenant      string        `help:"The employer." default:"${tenant}" placeholder:"TOKEN"`
	Application string        `arg:"" help:"The application."`
	Timeout     time.Duration `help:"How long to wait at most." default:"2m"`
}

// Run has a worker erase the application.
func (c *eraseCmd) Run(e *env) error {
	if err := errors.Join(record.CheckToken("--tenant", c.Tenant), record.CheckToken("application", c.Application)); err != nil {
		return err
	}
	q, err := c.dial(e)
	if err != nil {
		return err
	}
	defer q.Close()
	ctx, cancel := context.WithTimeout(e.ctx, c.Timeout)
	defer cancel()
	if err := q.RequestErase(ctx, c.Tenant, c.Application); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s/%s is erased and takes no submission any more\n", c.Tenant, c.Application)
	return err
}

type reprocessCmd struct {
	queued
	Tenant        string `help:"Only this employer's." placeholder:"TOKEN"`
	Application   string `help:"Only this application." placeholder:"TOKEN"`
	CheckedBefore string `help:"Only what was last checked before (RFC 3339, or a date); go on with a stopped run by giving its time again." placeholder:"TIME"`
	NoWait        bool   `help:"Queue the work and leave."`
}

// Run queues the work and shows how far it is.
func (c *reprocessCmd) Run(e *env) error {
	before := time.Now().UTC().Truncate(time.Second)
	if c.CheckedBefore != "" {
		var err error
		if before, err = parseTime(c.CheckedBefore); err != nil {
			return fmt.Errorf("--checked-before: %w", err)
		}
	}
	if c.Application != "" && c.Tenant == "" {
		c.Tenant = web.DefaultTenant
	}
	q, err := c.dial(e)
	if err != nil {
		return err
	}
	defer q.Close()
	bar := progress(e.stderr, "queueing")
	n, err := q.Reprocess(e.ctx, ingest.ReprocessOptions{Tenant: c.Tenant, Application: c.Application, Before: before, Progress: bar.set})
	bar.end()
	again := fmt.Sprintf("assay reprocess --checked-before %s", before.Format(time.RFC3339))
	if err != nil {
		return fmt.Errorf("%w (go on with: %s)", err, again)
	}
	fmt.Fprintf(e.stdout, "%s to check again\n", plural(n, "application"))
	if c.NoWait || n == 0 {
		return nil
	}
	bar = progress(e.stderr, "checking")
	defer bar.end()
	for {
		left, err := q.Rechecks(e.ctx)
		if err != nil {
			return err
		}
		bar.set(max(0, n-left), n)
		if left == 0 {
			fmt.Fprintln(e.stdout, "done")
			return nil
		}
		select {
		case <-time.After(300 * time.Millisecond):
		case <-e.ctx.Done():
			bar.end()
			fmt.Fprintf(e.stdout, "the workers go on with the %d that are left\n", left)
			return nil
		}
	}
}

// bar is a progress bar on a terminal, and nothing elsewhere.
type bar struct {
	w    io.Writer
	word string
	b    *progressbar.ProgressBar
}

func progress(w io.Writer, word string) *bar {
	if f, ok := w.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		w = nil
	}
	return &bar{w: w, word: word}
}

func (b *bar) set(n, total int) {
	if b.w == nil || total <= 0 {
		return
	}
	if b.b == nil {
		b.b = progressbar.NewOptions(total, progressbar.OptionSetWriter(b.w), progressbar.OptionSetDescription(b.word),
			progressbar.OptionShowCount(), progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
	}
	if total != b.b.GetMax() {
		b.b.ChangeMax(total)
	}
	_ = b.b.Set(n)
}

func (b *bar) end() {
	if b.b != nil {
		_ = b.b.Finish()
		b.b = nil
	}
}

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

func (c *indexing) through() bool { return c.Data == "" && len(c.Elastic) == 0 }

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
	cl := queued{Nats: c.Nats, NatsCreds: c.NatsCreds, NatsCA: c.NatsCA}
	return cl.dial(e)
}

type indexRebuildCmd struct{ indexing }

// Run rebuilds the index: directly with --data or --elastic, else through the
// worker that answers at --nats.
func (c *indexRebuildCmd) Run(e *env) error {
	bar := progress(e.stderr, "rebuilding")
	defer bar.end()
	if c.through() {
		q, err := c.dial(e)
		if err != nil {
			return err
		}
		defer q.Close()
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
	if c.through() {
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
