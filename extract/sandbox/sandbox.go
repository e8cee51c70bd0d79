// Package sandbox parses untrusted documents in child processes of the same
// binary, so that a parser that is broken into, loops, or dies takes nothing
// with it but its own document.
//
// A child has no network, no file system and no way to start programs: on Linux
// by Landlock, seccomp and, where the kernel allows it, namespaces of its own.
// It tests that itself and tells its parent, and the parent refuses a child
// whose guard does not hold (ErrUnguarded) unless Options.Unsafe is set.
// Memory, CPU time and wall time are limited, and a child is replaced after 500
// documents and after any breach. What a child says is treated as hostile: frames
// are length-prefixed, capped, strictly decoded and checked against the limits
// that the parent set.
//
// A panic, in the child or in what runs it, is a fault of the program: it costs
// its document (extract.ReasonReaderFailed) and never the service, and is logged
// by names and lines of the program alone.
//
// A program that uses a Pool calls Child first thing in main.
//
// Elsewhere than on Linux the limits of wall time and (softly) memory hold, and
// Guard.Missing says what does not.
//
// Out of scope: hiding the length of a document or the time it took.
package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"assay/extract"

	"go.uber.org/zap"
)

// Time for one schema, at most that for a document: an honest one needs
// milliseconds.
const (
	schemaCPU  = 2 * time.Second
	schemaWall = 4 * time.Second
)

// Defaults of Options.
const (
	DefaultCPU    = 10 * time.Second
	DefaultWall   = 15 * time.Second
	DefaultMemory = 400 << 20 // bytes
)

// recycle is how many documents a child parses before it is replaced, so that
// what one of them did to it does not last.
const recycle = 500

// What a pool's errors are.
var (
	// ErrUnguarded: the child's self-test could open a file, reach the network
	// or start a program.
	ErrUnguarded = errors.New("child is not guarded")
	// ErrStart: no child could be started at all.
	ErrStart = errors.New("child does not start")
	// ErrClosed: the pool was closed.
	ErrClosed = errors.New("pool is closed")
	// ErrSchema: a schema is none, or came to no end within its limits.
	ErrSchema = errors.New("schema cannot be followed")
)

// faultPause is how long nothing is done after a fault of the program.
const faultPause = 100 * time.Millisecond

// Options configure a Pool. The zero value is good: a field that is zero or less
// means its default.
type Options struct {
	Workers int            // children at most; as many as Go uses processors
	Limits  extract.Limits // of each application's documents
	CPU     time.Duration  // processor time of one document, rounded up to whole seconds; 10 s
	Wall    time.Duration  // time of one document by the clock; 15 s
	Memory  int64          // bytes of data that a child may hold beyond what it starts with; 400 MiB
	Unsafe  bool           // go on with children whose guard does not hold (--unsafe-no-sandbox)
	Log     *zap.Logger    // nil = no log
	// Fault is told of a fault of the program that no result tells of: the work, one
	// of a fixed set of words, and the line. nil = Log is told.
	Fault func(where, at string)

	recycle   int      // tests: documents of one child
	childArgs []string // tests: what the child does instead of extracting
}

// Guard is what a child found when it tried to break out.
type Guard struct {
	Landlock   int      `json:"landlock"`   // Landlock ABI in force, 0 = none
	Seccomp    bool     `json:"seccomp"`    // system calls are filtered
	Namespaces bool     `json:"namespaces"` // user, network and IPC namespaces of its own
	Missing    []string `json:"missing"`    // what still can be done: "file", "network", "exec", "write"
}

// Holds reports whether nothing is missing.
func (g Guard) Holds() bool { return len(g.Missing) == 0 }

// Stats counts what became of a pool's children.
type Stats struct {
	Started int64 // children
	Killed  int64 // for a breach of a limit or of the protocol
	PeakRSS int64 // bytes, of the largest child that was seen
}

// Pool is a set of children. Safe for concurrent use.
type Pool struct {
	o       Options
	guard   Guard
	slots   chan *child // a nil child is started when it is needed
	spawn   chan func()
	quit    chan struct{}
	once    sync.Once
	started atomic.Int64
	killed  atomic.Int64
	peak    atomic.Int64
}

// New starts a pool and its first child, whose self-test must hold. Errors wrap
// ErrStart or ErrUnguarded.
func New(o Options) (*Pool, error) {
	o.Workers = cmp.Or(max(o.Workers, 0), runtime.GOMAXPROCS(0))
	o.CPU = cmp.Or(max(o.CPU, 0), DefaultCPU)
	o.Wall = cmp.Or(max(o.Wall, 0), DefaultWall)
	o.Memory = cmp.Or(max(o.Memory, 0), DefaultMemory)
	o.recycle = cmp.Or(o.recycle, recycle)
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	p := &Pool{o: o, slots: make(chan *child, o.Workers), spawn: make(chan func()), quit: make(chan struct{})}
	p.spawning()
	c, err := p.start()
	if err != nil {
		close(p.quit)
		return nil, err
	}
	p.guard = c.guard
	if !c.guard.Holds() {
		o.Log.Warn("sandbox is not complete", zap.Strings("missing", c.guard.Missing), zap.String("os", runtime.GOOS))
	}
	p.slots <- c
	for range o.Workers - 1 {
		p.slots <- nil
	}
	return p, nil
}

// spawner starts every child from one thread that lives as long as the pool:
// the kernel's parent-death signal is tied to the thread that forked.
func (p *Pool) spawner() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for {
		select {
		case f := <-p.spawn:
			f()
		case <-p.quit:
			return nil
		}
	}
}

// spawning runs the spawner, and after a fault anew: nobody else starts
// children.
func (p *Pool) spawning() {
	start("starting children", p.spawner, func(where string, err error) {
		if err == nil {
			return
		}
		p.o.tell(where, err)
		select {
		case <-time.After(faultPause):
			p.spawning()
		case <-p.quit:
		}
	})
}

func (p *Pool) start() (*child, error) {
	var c *child
	done := make(chan error, 1)
	select {
	case p.spawn <- func() {
		done <- protected(func() (err error) { c, err = startChild(p.o); return err })
	}:
	case <-p.quit:
		return nil, ErrClosed
	}
	switch err := <-done; {
	case errors.As(err, new(fault)):
		return nil, fmt.Errorf("%w: %w", ErrStart, err)
	case err != nil:
		return nil, err
	}
	p.started.Add(1)
	if !c.guard.Holds() && !p.o.Unsafe && mustGuard {
		c.kill()
		return nil, fmt.Errorf("%w: %v", ErrUnguarded, c.guard.Missing)
	}
	return c, nil
}

// Guard tells what holds the children.
func (p *Pool) Guard() Guard { return p.guard }

// Stats returns the counts so far.
func (p *Pool) Stats() Stats {
	return Stats{Started: p.started.Load(), Killed: p.killed.Load(), PeakRSS: p.peak.Load()}
}

// Extract runs extract.Extractor on d in a child. A breach of a limit, a crash
// or a broken protocol is an Unread of the result beside what was found before
// it, never an error: the error is ctx's, or ErrClosed.
func (p *Pool) Extract(ctx context.Context, d extract.Document) (extract.Result, error) {
	var res extract.Result
	breach, err := p.use(ctx, len(d.Data), func(c *child) (*breach, error) { return c.extract(ctx, p.o, d, &res) })
	switch {
	case errors.Is(err, ErrStart):
		return unread(res, d.Name, extract.ReasonUnavailable, "no child could be started"), nil
	case errors.As(err, new(fault)):
		res = faulty(res, cmp.Or(d.Name, "document"), err)
	case err != nil:
		return res, err
	case breach != nil:
		res = unread(res, d.Name, breach.reason, breach.cause)
	}
	p.tell(res)
	return res, nil
}

// Obeys reports whether a JSON document obeys the schema of that text, which was
// found at the address id; the work is done by the Schemas that Child was given.
// The error is ctx's, or wraps ErrSchema, ErrStart or ErrClosed.
func (p *Pool) Obeys(ctx context.Context, id string, schema, document []byte) (bool, error) {
	var a answer
	breach, err := p.use(ctx, len(schema)+len(document), func(c *child) (*breach, error) { return c.obeys(ctx, p.o, id, schema, document, &a) })
	switch {
	case errors.As(err, new(fault)):
		p.o.tell("following a schema", err)
		return false, fmt.Errorf("%w: %w", ErrSchema, err)
	case err != nil:
		return false, err
	case breach != nil:
		return false, fmt.Errorf("%w: %s", ErrSchema, breach.cause)
	case a.Failed != "":
		p.o.tell("following a schema", fault{a.Failed})
		return false, ErrSchema
	case a.Unknown:
		return false, ErrSchema
	}
	return a.Obeys, nil
}

// use has a child do something with so many bytes. The error is ctx's, a fault
// of ours, or wraps ErrStart, ErrUnguarded or ErrClosed.
func (p *Pool) use(ctx context.Context, size int, f func(*child) (*breach, error)) (*breach, error) {
	var c *child
	select {
	case c = <-p.slots:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.quit:
		return nil, ErrClosed
	}
	if c == nil {
		var err error
		if c, err = p.start(); err != nil {
			p.slots <- nil
			if errors.Is(err, ErrClosed) {
				return nil, err
			}
			p.o.Log.Error("sandbox child does not start", zap.Error(err))
			return nil, fmt.Errorf("%w: %w", ErrStart, err)
		}
	}
	var b *breach
	err := protected(func() (err error) { b, err = f(c); return err })
	switch {
	case err != nil || b != nil:
		c.kill()
		p.peakOf(c.peakRSS())
		p.killed.Add(1)
		p.slots <- nil
		if b != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if b != nil {
			p.o.Log.Warn("sandbox child replaced", zap.String("reason", string(b.reason)), zap.String("cause", b.cause))
		}
	case c.documents >= p.o.recycle || c.over:
		c.stop()
		p.peakOf(c.peakRSS())
		p.slots <- nil
	default:
		// Looking costs a few microseconds: not for every small document.
		if size > 256<<10 || c.documents%32 == 1 {
			p.peakOf(c.peakRSS())
		}
		p.slots <- c
	}
	return b, err
}

// tell logs the readers that failed on a document: by the names and
// lines of the program that the protocol allows, never by the document's.
func (p *Pool) tell(r extract.Result) {
	n, first := 0, extract.Unread{}
	for _, u := range r.Unread {
		if u.Reason == extract.ReasonReaderFailed {
			if n++; n == 1 {
				first = u
			}
		}
	}
	if n > 0 {
		p.o.Log.Error("a reader failed", zap.String("reader", first.Reader), zap.String("at", first.At), zap.Int("parts", n))
	}
}

func (p *Pool) peakOf(rss int64) {
	for {
		old := p.peak.Load()
		if rss <= old || p.peak.CompareAndSwap(old, rss) {
			return
		}
	}
}

func unread(r extract.Result, where string, reason extract.Reason, detail string) extract.Result {
	r.Unread = append(r.Unread, extract.Unread{Where: where, Reason: reason, Detail: detail})
	return r
}

// Close waits for the documents in hand and ends every child.
func (p *Pool) Close() {
	p.once.Do(func() {
		for range p.o.Workers {
			if c := <-p.slots; c != nil {
				c.stop()
			}
		}
		close(p.quit)
	})
}

// childArg marks a process as a child. It is the first argument.
const childArg = "sandbox-child"

// Child runs the child's side and never returns when this process was started
// as one; else it returns at once. Call it first thing in main. obeys follows
// the schemas that the pool is asked about; nil = none is followed.
func Child(obeys Schemas) {
	if len(os.Args) == 2 && os.Args[1] == childArg {
		os.Exit(runChild(os.Stdin, os.Stdout, enterGuard, work{parse, obeys}))
	}
}
