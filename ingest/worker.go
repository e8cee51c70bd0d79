package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/index/skills"
	"assay/ingest/examine"
	"assay/verify/guard"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/semaphore"
)

// Defaults of WorkerOptions.
const (
	DefaultWorkers = 8
	DefaultInHand  = 512
	DefaultDrain   = 25 * time.Second
	DefaultRecheck = 24 * time.Hour
	DefaultBudget  = 3600
	fetchWait      = time.Second            // of one request for messages, where tenants are few; the end waits for it, see take
	grace          = 500 * time.Millisecond // for an application whose time is over to say what was found
	dueEvery       = 10 * time.Second
	sweepEvery     = time.Hour
	sweepLook      = time.Minute // whether it is this worker's turn
)

// roomForDocuments is how many bytes of submissions and their documents are in hand at a
// time, until they have been read; one that is larger goes alone.
const roomForDocuments = 64 << 20

// tellsAtOnce is how many outcomes are on their way to the queue: enough that it never
// waits for one, and few, for who comes next waits for all of them.
const tellsAtOnce = 8

// bulkLot is how many rechecks are written at a time: while they are, new applications
// wait.
const bulkLot = 32

// Examiner examines one application; *examine.Examiner does.
type Examiner interface {
	Examine(ctx context.Context, in examine.Input) ([]examine.Report, error)
}

// WorkerOptions configure a Worker. Queue, Engine, Examiner and IDKey are
// required.
type WorkerOptions struct {
	Queue     *Queue
	Engine    index.Engine
	Examiner  Examiner
	IDKey     []byte                  // of the installation: index ids are made with it
	Decisions *Decisions              // what employers say of issuers; nil = the examiner's own policy alone
	Workers   int                     // applications that are examined at a time; who waits for a host is not counted; 0 = DefaultWorkers
	Batch     int                     // of those, at most so many rechecks; 0 = half, 1 at least
	InHand    int                     // new applications that are examined or on their way to the index, and as many rechecks; 0 = DefaultInHand
	Taxonomy  func() *skills.Taxonomy // of an operator's rebuild; the examiner's, so that both say the same; nil = skills.Builtin
	Tenants   []string                // who is worked for; what is others' stays on the queue; none = everybody
	Time      time.Duration           // what the Examiner gives one application; at twice that it is given up; 0 = examine.DefaultApplication
	Names     bool                    // what names the applicant in a badge stays in outcomes; else it is masked
	Drain     time.Duration           // how long applications in hand may take at the end; 0 = DefaultDrain
	Recheck   time.Duration           // how often what may have changed is looked at again; 0 = DefaultRecheck, less than 0 = never
	Budget    int                     // requests an hour for that at the hosts of one issuer, 0 = DefaultBudget
	Now       func() time.Time        // nil = time.Now
	Jitter    func() float64          // in [0,1); nil = random
	Metrics   *Metrics                // nil = none
	Figures   prometheus.Gatherer     // what an operator's question for figures is answered with; nil = nothing
	Forget    func() int              // drops what is kept in memory of hosts' answers, and gives how much; nil = there is nothing
	Faults    *guard.Watch            // is told of assay's own faults; nil = Log is
	Log       *zap.Logger             // nil = no log
}

// Worker takes applications off the queue.
type Worker struct {
	o       WorkerOptions
	q       *Queue
	log     *zap.Logger
	writer  *writer // of new applications
	bulk    *writer // of what is checked again
	turns   *turns
	hosts   *turns              // of those whose hosts are asked
	waiting chan struct{}       // for a place among them
	spent   *spent              // with hosts, by candidate
	second  *second             // applications whose hosts are to be asked
	hands   [urgencies]*turns   // room among what is in hand
	tells   *turns              // of those of whom something is told
	room    *semaphore.Weighted // bytes of documents in hand
	beats   beats
	roster  *roster
	lease   *lease
	renewal renewal    // of the loop of what is due alone
	even    time.Time  // when outcomes and index were compared; of the sweep alone
	left    guard.Left // applications that were given up
}

// Left is how many applications were given up because their time was over twice,
// and run on all the same: none, where nothing is at fault.
func (w *Worker) Left() int { return w.left.Running() }

// ErrOptions is wrapped by NewWorker when a required option is missing.
var ErrOptions = errors.New("option missing")

// NewWorker returns a Worker. The error wraps ErrOptions, or record.ErrToken
// when one of Tenants is none.
func NewWorker(o WorkerOptions) (*Worker, error) {
	if o.Queue == nil || o.Engine == nil || o.Examiner == nil || len(o.IDKey) == 0 {
		return nil, fmt.Errorf("%w: Queue, Engine, Examiner and IDKey are required", ErrOptions)
	}
	for _, t := range o.Tenants {
		if err := record.CheckToken("tenant", t); err != nil {
			return nil, err
		}
	}
	o.Tenants = slices.Compact(slices.Sorted(slices.Values(o.Tenants)))
	o.Workers = cmp.Or(max(o.Workers, 0), DefaultWorkers)
	o.Batch = min(cmp.Or(max(o.Batch, 0), max(1, o.Workers/2)), o.Workers)
	o.InHand = cmp.Or(max(o.InHand, 0), DefaultInHand)
	o.Time = cmp.Or(max(o.Time, 0), examine.DefaultApplication)
	o.Drain = cmp.Or(max(o.Drain, 0), DefaultDrain)
	o.Recheck = cmp.Or(o.Recheck, DefaultRecheck)
	o.Budget = cmp.Or(max(o.Budget, 0), DefaultBudget)
	o.Log = cmp.Or(o.Log, zap.NewNop())
	o.Faults = cmp.Or(o.Faults, &guard.Watch{Log: o.Log})
	o.Metrics = cmp.Or(o.Metrics, NewMetrics(nil))
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	if o.Taxonomy == nil {
		builtin := skills.Builtin()
		o.Taxonomy = func() *skills.Taxonomy { return builtin }
	}
	w := &Worker{o: o, q: o.Queue, log: o.Log, turns: newTurns(o.Workers, o.Batch, o.Now), room: semaphore.NewWeighted(roomForDocuments),
		hosts: newTurns(hostsAtOnce, hostsAtOnce, o.Now), waiting: make(chan struct{}, hostsAtOnce), spent: newSpent(o.Now), second: newSecond(o.Now), roster: newRoster(), lease: &lease{q: o.Queue}, even: o.Now()}
	near := o.Queue.o.InProcess != nil
	w.turns.beside, w.turns.yielding = busy(o.Workers, near), busy(o.Batch, near)
	w.writer, w.bulk = newWriter(o.Engine, o.Faults, o.Metrics, o.Now), newWriter(o.Engine, o.Faults, o.Metrics, o.Now)
	w.bulk.most, w.bulk.first = bulkLot, w.writer
	for u, n := range [urgencies]int{0, o.InHand, hostsAtOnce, o.InHand} {
		w.hands[u] = newTurns(n, n, o.Now)
		w.hands[u].perTenant = n - n/4
	}
	w.tells = newTurns(tellsAtOnce, tellsAtOnce/2, o.Now)
	w.tells.beside = tellsAtOnce - tellsAtOnce/4
	w.hosts.perTenant = hostsAtOnce / 4 * 3
	w.roster.add(o.Tenants...)
	if _, err := o.Queue.Saved(o.IDKey); err != nil {
		return nil, err
	}
	return w, nil
}

// busy is what a tenant beside others, and what is checked again beside what is new, has of
// n places. Where the queue is near, index and queue are busy in this very process, and a
// processor is left to those who come: each step of theirs would wait until one is given
// up. A far queue is waited for: half, and no fewer than keep the processors busy.
func busy(n int, near bool) int {
	procs := runtime.GOMAXPROCS(0)
	if near {
		return max(1, min(n, procs-1))
	}
	return min(n, max((n+1)/2, procs))
}

// Run sets the queue up and works until ctx ends; then it takes nothing more,
// finishes what it has in hand within Options.Drain, hands the rest back to the
// queue, whether it ends or not, and returns nil. The error is that of the set-up.
func (w *Worker) Run(ctx context.Context) error {
	if err := w.q.Patiently(ctx, func(ctx context.Context) error { return w.q.Setup(ctx, w.o.Tenants...) }); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	hand, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	f := w.o.Faults
	var writer, loops sync.WaitGroup
	writer.Go(func() { _ = f.Keep(hand, "the writer", w.writer.run) })
	writer.Go(func() { _ = f.Keep(hand, "the writer of rechecks", w.bulk.run) })
	writer.Go(func() { _ = f.Keep(hand, "heartbeats", w.keepBeating) })
	loops.Go(func() {
		_ = f.Keep(ctx, "the loops of new applications", func(ctx context.Context) error {
			return w.tend(ctx, hand, source{StreamApplications, ConsumerLive, w.live})
		})
	})
	loops.Go(func() {
		_ = f.Keep(ctx, "the loops of rechecks", func(ctx context.Context) error {
			return w.tend(ctx, hand, source{StreamRechecks, ConsumerBatch, w.batch})
		})
	})
	loops.Go(func() {
		_ = f.Keep(ctx, "the loop of advisories", func(ctx context.Context) error {
			return w.loop(ctx, hand, StreamAdvisories, ConsumerAdvisories, w.advisory)
		})
	})
	if len(w.o.Tenants) == 0 {
		loops.Go(func() {
			_ = f.Keep(ctx, "looking for tenants", func(ctx context.Context) error { return w.scout(ctx, hand) })
		})
		loops.Go(func() { _ = f.Keep(ctx, "the list of tenants", w.keepRoster) })
	}
	if w.o.Decisions != nil {
		loops.Go(func() { _ = f.Keep(ctx, "deciding again", w.o.Decisions.Carry) })
	}
	if err := w.lease.beat(ctx); err != nil && ctx.Err() == nil {
		w.log.Warn("who sweeps cannot be settled", zap.Error(err))
	}
	loops.Go(func() { _ = f.Keep(ctx, "who sweeps", w.keepLease) })
	loops.Go(func() { _ = f.Keep(ctx, "what is due", w.keepDue) })
	loops.Go(func() { _ = f.Keep(ctx, "the sweep", w.keepSwept) })
	loops.Go(func() {
		if err := f.Keep(ctx, "operators' requests", w.serveAdmin); err != nil {
			w.log.Warn("operators' requests are not answered", zap.Error(err))
		}
	})
	<-ctx.Done()
	defer time.AfterFunc(w.o.Drain, cancel).Stop()
	loops.Wait()
	cancel()
	writer.Wait()
	return nil
}

// keepDue has rechecks queued when they are due, keeps HELD up and has what is worked
// off give way, where no other worker does.
func (w *Worker) keepDue(ctx context.Context) error {
	return every(ctx, dueEvery, func() {
		if !w.lease.held.Load() {
			return
		}
		if err := w.q.holdDocuments(ctx); err != nil && ctx.Err() == nil {
			w.log.Warn("documents cannot be noted", zap.Error(err))
		}
		if _, err := w.q.thin(ctx, w.o.Now()); err != nil && ctx.Err() == nil {
			w.log.Warn("submissions that are worked off cannot give way", zap.Error(err))
		}
		if _, err := w.q.due(ctx, w.o.Now()); err != nil && ctx.Err() == nil {
			w.log.Warn("pending applications cannot be queued", zap.Error(err))
		}
		if _, err := w.renew(ctx, w.o.Now()); err != nil && ctx.Err() == nil {
			w.log.Warn("what may have changed cannot be looked at again", zap.Error(plain(err)))
		}
	})
}

// keepSwept sweeps now, and then from time to time, where no other worker does.
func (w *Worker) keepSwept(ctx context.Context) error {
	rest := 0
	look := func() {
		switch {
		case !w.lease.held.Load():
			rest = 0
		case rest > 0:
			rest--
		default:
			w.sweep(ctx)
			rest = int(sweepEvery/sweepLook) - 1
		}
	}
	look()
	return every(ctx, sweepLook, look)
}

func (w *Worker) sweep(ctx context.Context) {
	now := w.o.Now()
	if _, err := w.q.sweep(ctx, now); err != nil && ctx.Err() == nil {
		w.log.Warn("sweep of submissions", zap.Error(err))
	}
	old := func(o *jetstream.ObjectInfo) bool { return now.Sub(o.ModTime) > documentAge }
	if _, err := w.q.sweepDocuments(ctx, old); err != nil && ctx.Err() == nil {
		w.log.Warn("sweep of documents", zap.Error(err))
	}
	if _, err := w.q.sweepParts(ctx, now.Add(-time.Hour)); err != nil && ctx.Err() == nil {
		w.log.Warn("sweep of documents in parts", zap.Error(err))
	}
	w.compare(ctx, now)
	w.log.Debug("sweep is done")
}
