// Package sandbox parses untrusted documents in child processes of the same
// binary, so that a parser that is broken into, loops, or dies takes nothing
// with it but its own document.
//
// A child has no network, no file system and no way to start programs: on Linux
// by Landlock, seccomp and, where the kernel allows it, namespaces of its own.
// It tests that itself and tells its parent, and the parent refuses a child
// whose guard does not hold (ErrUnguarded) unless Options.Unsafe is set.
// Memory, CPU time and wall time are limited. What a child says is treated as
// hostile: frames are length-prefixed, capped, strictly decoded and checked
// against the limits that the parent set.
//
// A child that a document has broken into sees what it is given afterwards. So it
// belongs to one Owner, an employer or one application, and is never lent to
// another; it ends after 100 documents, and after any breach of a limit, failed
// reader or odd frame. Work of no known owner gets a child of its own. Where many
// employers take turns, more children than can work wait for their owners' next document,
// 5 s each: to start one costs as much as a dozen small documents.
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
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
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
const recycle = 100

// DefaultKept is how many children of employers wait for their next document beside as
// many as can work, each with about 9 MiB.
const DefaultKept = 64

// keptFor is how long they wait.
const keptFor = 5 * time.Second

// What a pool's errors are.
var (
	// ErrUnguarded: the child's self-test could open a file, reach the network
	// or start a program.
	ErrUnguarded = errors.New("child is not guarded")
	// ErrStart: no child could be started at all.
	ErrStart = errors.New("child does not start")
	// ErrClosed: the pool was closed.
	ErrClosed = errors.New("pool is closed")
	// ErrBusy: no child was free in the time that there was. The document had none
	// of it, and nothing is said of it.
	ErrBusy = errors.New("no child is free")
	// ErrSchema: a schema is none, or came to no end within its limits.
	ErrSchema = errors.New("schema cannot be followed")
)

// faultPause is how long nothing is done after a fault of the program.
const faultPause = 100 * time.Millisecond

// Owner is on whose behalf a child works.
type Owner struct {
	Tenant      string
	Application string
}

type ownerKey struct{}

// WithOwner says on whose behalf a Pool is asked under the context.
func WithOwner(ctx context.Context, o Owner) context.Context {
	return context.WithValue(ctx, ownerKey{}, o)
}

// OwnerOf is what WithOwner said last; no owner, where it said nothing.
func OwnerOf(ctx context.Context) Owner {
	o, _ := ctx.Value(ownerKey{}).(Owner)
	return o
}

// Per is what a child is bound to.
type Per string

// What a child may be bound to.
const (
	PerTenant      Per = "tenant"      // an employer's documents, one after another; the zero value means this
	PerApplication Per = "application" // the documents of one application
)

// Options configure a Pool. The zero value is good: a field that is zero or less
// means its default.
type Options struct {
	Workers int            // children that work at most; as many as Go uses processors
	Kept    int            // children that wait beside them, where PerTenant; DefaultKept
	Per     Per            // what a child is bound to; PerTenant
	Limits  extract.Limits // of each application's documents
	CPU     time.Duration  // processor time of one document, rounded up to whole seconds; 10 s
	Wall    time.Duration  // time of one document by the clock; 15 s
	Memory  int64          // bytes of data that a child may hold beyond what it starts with; 400 MiB
	Unsafe  bool           // go on with children whose guard does not hold (--unsafe-no-sandbox)
	Log     *zap.Logger    // nil = no log
	// Fault is told of a fault of the program that no result tells of: the work, one
	// of a fixed set of words, and the line. nil = Log is told.
	Fault func(where, at string)

	recycle   int           // tests: documents of one child
	keptFor   time.Duration // tests: how long one waits
	childArgs []string      // tests: what the child does instead of extracting
}

// Guard is what a child found when it tried to break out.
type Guard struct {
	Landlock   int      `json:"landlock"`   // Landlock ABI in force, 0 = none
	Seccomp    bool     `json:"seccomp"`    // system calls are filtered
	Namespaces bool     `json:"namespaces"` // user, network and IPC namespaces of its own
	Missing    []string `json:"missing"`    // what still can be done: "file", "write", "network", "exec", "process"
}

// Holds reports whether nothing is missing.
func (g Guard) Holds() bool { return len(g.Missing) == 0 }

// Stats counts what became of a pool's children.
type Stats struct {
	Started int64         // children
	Killed  int64         // for a breach of a limit or of the protocol
	PeakRSS int64         // bytes, of the largest child that was seen
	Working int           // children that have something in hand
	Ended   map[End]int64 // children, by why
}

// End says why a child ended.
type End string

// The ends. Those that a document brought about go by its extract.Reason.
const (
	EndWorn     End = "worn"                       // it had its number of documents, or an owner who is nobody
	EndMadeRoom End = "made_room"                  // for another owner's
	EndIdle     End = "idle"                       // its owner did not come again in time
	EndSpoke    End = "spoke"                      // unasked
	EndLeft     End = "left"                       // who asked went away
	EndFault    End = "fault"                      // of the program
	EndTime     End = End(extract.ReasonTime)      // by the clock or the processor
	EndMemory   End = End(extract.ReasonMemory)    // it was out of memory
	EndCrashed  End = End(extract.ReasonCrashed)   // or broke its protocol
	EndNamed    End = End(extract.ReasonMalformed) // the document's name was too long
)

// Ends are all of them.
var Ends = []End{EndWorn, EndMadeRoom, EndIdle, EndSpoke, EndLeft, EndFault, EndTime, EndMemory, EndCrashed, EndNamed}

// Pool is a set of children. Safe for concurrent use.
type Pool struct {
	o       Options
	guard   Guard
	slots   *slots // one for each child that works
	spawn   chan func()
	quit    chan struct{}
	once    sync.Once
	started atomic.Int64
	killed  atomic.Int64
	peak    atomic.Int64

	mu      sync.Mutex
	idle    []*child // of owners, the longest idle first
	looks   bool     // it is looked soon which are idle for too long
	spare   *child   // of nobody yet: it has seen nothing
	sparing bool     // a spare is being started
	several bool     // there is more than one owner: a spare is worth its memory
	last    Owner    // who had a child made last
	closed  bool
	ended   map[End]int64
	behind  sync.WaitGroup // what is done behind the scenes
}

// New starts a pool and its first child, whose self-test must hold. Errors wrap
// ErrStart or ErrUnguarded.
func New(o Options) (*Pool, error) {
	o.Workers = cmp.Or(max(o.Workers, 0), runtime.GOMAXPROCS(0))
	o.CPU = cmp.Or(max(o.CPU, 0), DefaultCPU)
	o.Wall = cmp.Or(max(o.Wall, 0), DefaultWall)
	o.Memory = cmp.Or(max(o.Memory, 0), DefaultMemory)
	o.Kept = cmp.Or(max(o.Kept, 0), DefaultKept)
	o.recycle, o.keptFor = cmp.Or(o.recycle, recycle), cmp.Or(o.keptFor, keptFor)
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	p := &Pool{o: o, several: o.Per == PerApplication, slots: newSlots(o.Workers), spawn: make(chan func()), quit: make(chan struct{}), ended: map[End]int64{}}
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
	p.spare = c
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
	p.mu.Lock()
	defer p.mu.Unlock()
	return Stats{Started: p.started.Load(), Killed: p.killed.Load(), PeakRSS: p.peak.Load(), Working: p.slots.taken(), Ended: maps.Clone(p.ended)}
}

// count counts the end of a child.
func (p *Pool) count(e End) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended[e]++
}

// Extract runs extract.Extractor on d in a child of the owner in ctx. A breach of a
// limit, a crash or a broken protocol is an Unread of the result beside what was
// found before it, never an error: the error is ctx's, wraps ErrBusy when ctx ended
// before a child had the document, or is ErrClosed.
func (p *Pool) Extract(ctx context.Context, d extract.Document) (extract.Result, error) {
	var res extract.Result
	read := func() (*breach, error) {
		return p.use(ctx, len(d.Data), func(c *child) (*breach, error) {
			if d.Started != nil {
				d.Started()
			}
			return c.extract(ctx, p.o, d, &res)
		})
	}
	breach, err := read()
	if err == nil && breach != nil && breach.ended {
		// Once more, in another child: it was not the document.
		res = extract.Result{}
		breach, err = read()
	}
	switch {
	case errors.Is(err, ErrStart):
		return unread(res, d.Name, extract.ReasonUnavailable, "no child could be started"), nil
	case errors.As(err, new(fault)):
		res = faulty(res, cmp.Or(d.Name, "document"), err)
	case errors.Is(err, ErrBusy):
		return extract.Result{}, err
	case err != nil:
		return res, err
	case breach != nil:
		res = unread(res, d.Name, breach.reason, breach.cause)
	}
	p.tell(res)
	return res, nil
}

// ErrPicture: what is baked into a picture cannot be told.
var ErrPicture = errors.New("picture cannot be read")

// Unbake gives the texts that are baked into a picture itself, each once: JSON or
// compact JWS. What they say is believed for the picture's address, so that the child
// is one of its own, which no other document has seen. The error is ctx's, ErrPicture,
// or wraps ErrBusy or ErrClosed.
func (p *Pool) Unbake(ctx context.Context, mediaType string, picture []byte) ([]string, error) {
	res, err := p.Extract(WithOwner(ctx, Owner{}), extract.Document{Name: "picture", ContentType: mediaType, Data: picture})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range res.Findings {
		switch {
		case !f.Bake || f.Kind == extract.KindLink || !slices.ContainsFunc(f.Places, outermost):
		case f.Ambiguous != "":
			return nil, ErrPicture
		case !slices.Contains(out, f.Payload):
			out = append(out, f.Payload)
		}
	}
	if len(out) == 0 && len(res.Unread) > 0 {
		return nil, ErrPicture
	}
	return out, nil
}

// outermost reports whether a place is in the document itself, not in one that it
// holds.
func outermost(pl extract.Place) bool { return strings.Count(pl.Where, " > ") == 1 }

// Obeys reports whether a JSON document obeys the schema of that text, which was
// found at the address id; the work is done by the Schemas that Child was given.
// The error is ctx's, or wraps ErrSchema, ErrBusy, ErrStart or ErrClosed.
func (p *Pool) Obeys(ctx context.Context, id string, schema, document []byte) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*schemaWall) // with the wait for a child
	defer cancel()
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
	tenant := OwnerOf(ctx).Tenant
	switch err := p.slots.take(ctx, tenant, p.quit); {
	case errors.Is(err, ErrClosed):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrBusy, err)
	}
	defer p.slots.give(tenant)
	c, err := p.child(ctx)
	if err != nil {
		return nil, err
	}
	var b *breach
	err = protected(func() (err error) { b, err = f(c); return err })
	switch {
	case err != nil || b != nil:
		c.kill()
		p.peakOf(c.peakRSS())
		p.killed.Add(1)
		p.count(endOf(ctx, b))
		if b != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if b != nil {
			p.o.Log.Warn("sandbox child replaced", zap.String("reason", string(b.reason)), zap.String("cause", b.cause))
		}
	case c.owner == Owner{} || c.documents >= p.o.recycle || c.over:
		p.count(EndWorn)
		p.end(c)
	default:
		// Looking costs a few microseconds: not for every small document.
		if size > 256<<10 || c.documents%32 == 1 {
			p.peakOf(c.peakRSS())
		}
		p.rest(c)
	}
	return b, err
}

// endOf says why a child was killed; without a breach it was a fault.
func endOf(ctx context.Context, b *breach) End {
	switch {
	case b == nil:
		return EndFault
	case ctx.Err() != nil:
		return EndLeft
	}
	return End(b.reason)
}

// child gives a child that has worked for nobody but the owner in ctx: an idle
// one of his, the spare one, or one that is started. The caller has a slot.
func (p *Pool) child(ctx context.Context) (*child, error) {
	owner := OwnerOf(ctx)
	if p.o.Per != PerApplication {
		owner.Application = ""
	}
	p.mu.Lock()
	for i := len(p.idle) - 1; i >= 0; i-- {
		c := p.idle[i]
		if c.owner != owner {
			continue
		}
		p.idle = slices.Delete(p.idle, i, i+1)
		if c.quiet() {
			p.mu.Unlock()
			return c, nil
		}
		// What a child says before it is asked would be taken for its answer.
		p.o.Log.Warn("sandbox child replaced", zap.String("reason", string(extract.ReasonCrashed)), zap.String("cause", "the parser spoke unasked"))
		p.killed.Add(1)
		p.ended[EndSpoke]++
		p.end(c)
	}
	// Somebody else's has to go where there is no room beside it.
	var old *child
	if len(p.idle) > 0 && p.over() > p.kept() {
		i := p.dispensable()
		old = p.idle[i]
		p.idle = slices.Delete(p.idle, i, i+1)
		p.ended[EndMadeRoom]++
	}
	c := p.spare
	p.spare = nil
	p.several = p.several || p.last != (Owner{}) && p.last != owner
	p.last = owner
	several := p.several
	p.mu.Unlock()
	if old != nil {
		p.end(old)
	}
	if c == nil {
		var err error
		if c, err = p.start(); err != nil {
			if errors.Is(err, ErrClosed) {
				return nil, err
			}
			p.o.Log.Error("sandbox child does not start", zap.Error(err))
			return nil, fmt.Errorf("%w: %w", ErrStart, err)
		}
	}
	if several {
		p.keepSpare()
	}
	c.owner = owner
	return c, nil
}

// kept is how many children there may be beside those that can work at once. An
// application does not come again.
func (p *Pool) kept() int {
	if p.o.Per == PerApplication {
		return 0
	}
	return p.o.Kept
}

// over is how many more children there are than can work at once. The caller holds mu.
func (p *Pool) over() int { return len(p.idle) + p.slots.taken() - p.o.Workers }

// dispensable gives the place of the idle child whose owner is likeliest to come last.
// Where they come one after the other, that is who went last; but who has only just gone
// may have gone for a moment. The caller holds mu.
func (p *Pool) dispensable() int {
	i := len(p.idle) - 1
	for i > 0 && time.Since(p.idle[i].since) < p.o.keptFor/20 {
		i--
	}
	return i
}

// rest lets a child wait for its owner's next document.
func (p *Pool) rest(c *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.since = time.Now()
	p.idle = append(p.idle, c)
	p.look()
}

// look sees to it that children who are idle for too long end, where there are more than
// can work. The caller holds mu.
func (p *Pool) look() {
	if p.looks || p.closed || p.over() <= 0 {
		return
	}
	p.looks = true
	after(time.Until(p.idle[0].since.Add(p.o.keptFor)), func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.looks = false
		for !p.closed && p.over() > 0 && len(p.idle) > 0 && time.Since(p.idle[0].since) >= p.o.keptFor {
			p.ended[EndIdle]++
			p.end(p.idle[0])
			p.idle = p.idle[1:]
		}
		if len(p.idle) > 0 {
			p.look()
		}
		return nil
	}, func(err error) { p.o.tell("ending a child", err) })
}

// end ends a child that has done its work, behind the scenes.
func (p *Pool) end(c *child) {
	p.behind.Add(1)
	start("ending a child", func() error {
		c.stop()
		p.peakOf(c.peakRSS())
		return nil
	}, func(where string, err error) {
		p.o.tell(where, err)
		p.behind.Done()
	})
}

// keepSpare starts a spare child behind the scenes, if there is none.
func (p *Pool) keepSpare() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spare != nil || p.sparing || p.closed {
		return
	}
	p.sparing = true
	p.behind.Add(1)
	start("starting a spare child", func() error {
		c, err := p.start()
		if err == nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.spare = c
		}
		return err
	}, func(where string, err error) {
		p.o.tell(where, err)
		p.mu.Lock()
		p.sparing = false
		p.mu.Unlock()
		p.behind.Done()
	})
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
		p.slots.end()
		p.mu.Lock()
		p.closed = true
		p.mu.Unlock()
		p.behind.Wait()
		for _, c := range append(p.idle, p.spare) {
			if c != nil {
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
