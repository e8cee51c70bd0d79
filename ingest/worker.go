package ingest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/index/skills"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/verdict"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// Defaults of WorkerOptions.
const (
	DefaultWorkers = 8
	DefaultDrain   = 25 * time.Second
	fetchWait      = 5 * time.Second
	dueEvery       = 30 * time.Second
	sweepEvery     = time.Hour
	maxBulk        = 500
)

// Examiner examines one application; *examine.Examiner does.
type Examiner interface {
	Examine(ctx context.Context, in examine.Input) ([]examine.Report, error)
}

// WorkerOptions configure a Worker. Queue, Engine, Examiner and IDKey are
// required.
type WorkerOptions struct {
	Queue    *Queue
	Engine   index.Engine
	Examiner Examiner
	IDKey    []byte                                  // of the installation: index ids are made with it
	Workers  int                                     // applications in hand at a time; 0 = DefaultWorkers
	Batch    int                                     // of those, at most so many rechecks beside; 0 = a quarter, 1 at least
	Resolve  func(verdict.Credential) []skills.Skill // nil = skills.Builtin().Resolve
	Tenants  []string                                // who is worked for; nil = everybody
	Drain    time.Duration                           // how long applications in hand may take at the end; 0 = DefaultDrain
	Now      func() time.Time                        // nil = time.Now
	Jitter   func() float64                          // in [0,1); nil = random
	Metrics  *Metrics                                // nil = none
	Log      *zap.Logger                             // nil = no log
}

// Worker takes applications off the queue.
type Worker struct {
	o      WorkerOptions
	q      *Queue
	log    *zap.Logger
	writes chan *write
}

// ErrOptions is wrapped by NewWorker when a required option is missing.
var ErrOptions = errors.New("ingest: option missing")

// NewWorker returns a Worker.
func NewWorker(o WorkerOptions) (*Worker, error) {
	if o.Queue == nil || o.Engine == nil || o.Examiner == nil || len(o.IDKey) == 0 {
		return nil, fmt.Errorf("%w: Queue, Engine, Examiner and IDKey are required", ErrOptions)
	}
	if o.Workers <= 0 {
		o.Workers = DefaultWorkers
	}
	if o.Batch <= 0 {
		o.Batch = max(1, o.Workers/4)
	}
	if o.Drain <= 0 {
		o.Drain = DefaultDrain
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Resolve == nil {
		o.Resolve = skills.Builtin().Resolve
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	return &Worker{o: o, q: o.Queue, log: o.Log, writes: make(chan *write)}, nil
}

// Run sets the queue up and works until ctx ends; then it takes nothing more,
// finishes what it has in hand within Options.Drain, hands the rest back to the
// queue and returns nil. The error is that of the set-up.
func (w *Worker) Run(ctx context.Context) error {
	if err := w.q.Setup(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	hand, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(w.o.Drain, cancel) })
	defer stop()

	var writer, loops sync.WaitGroup
	writer.Go(func() { w.write(hand) })
	loops.Go(func() { w.loop(ctx, hand, StreamApplications, ConsumerLive, w.o.Workers, w.live) })
	loops.Go(func() { w.loop(ctx, hand, StreamRechecks, ConsumerBatch, w.o.Batch, w.batch) })
	loops.Go(func() { w.loop(ctx, hand, StreamAdvisories, ConsumerAdvisories, 1, w.advisory) })
	loops.Go(func() { w.keep(ctx) })
	loops.Go(func() {
		if err := w.serveAdmin(ctx); err != nil {
			w.log.Warn("operators' requests are not answered", zap.Error(err))
		}
	})
	loops.Wait()
	cancel()
	writer.Wait()
	return nil
}

// loop asks for as many messages as there are free hands and no more: what is
// delivered ages from then on.
func (w *Worker) loop(ctx, hand context.Context, stream, consumer string, hands int, handle func(context.Context, jetstream.Msg)) {
	free := make(chan struct{}, hands)
	var busy sync.WaitGroup
	defer busy.Wait()
	var c jetstream.Consumer
	for ctx.Err() == nil {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return
		}
		n := 1
		for more := true; more && n < hands; {
			select {
			case free <- struct{}{}:
				n++
			default:
				more = false
			}
		}
		got, err := 0, error(nil)
		if c == nil {
			c, err = w.q.js.Consumer(ctx, stream, consumer)
		}
		if err == nil {
			got, err = w.take(ctx, c, n, func(m jetstream.Msg) {
				busy.Go(func() {
					defer func() { <-free }()
					w.hold(hand, m, handle)
				})
			})
		}
		for range n - got {
			<-free
		}
		if err != nil && ctx.Err() == nil {
			// A server that restarts or a consumer that is made anew: not the
			// end of the worker.
			w.log.Warn("queue does not deliver; trying again", zap.String("consumer", consumer), zap.Error(w.q.explain(err)))
			c = nil
			if errors.Is(w.q.explain(err), ErrNoQueue) {
				if err := w.q.Setup(ctx); err != nil && ctx.Err() == nil {
					w.log.Warn("queue cannot be set up", zap.Error(err))
				}
			}
			sleep(ctx, time.Second+time.Duration(w.o.Jitter()*float64(time.Second)))
		}
	}
}

// take fetches at most n messages and gives how many came.
func (w *Worker) take(ctx context.Context, c jetstream.Consumer, n int, f func(jetstream.Msg)) (int, error) {
	wait, cancel := context.WithTimeout(ctx, fetchWait)
	defer cancel()
	b, err := c.Fetch(n, jetstream.FetchContext(wait))
	if err != nil {
		return 0, err
	}
	got := 0
	for m := range b.Messages() {
		got++
		f(m)
	}
	err = b.Error()
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.Is(err, jetstream.ErrNoMessages) {
		err = nil
	}
	return got, err
}

// hold works on one message and tells the queue all the while that it is in
// hand.
func (w *Worker) hold(ctx context.Context, m jetstream.Msg, handle func(context.Context, jetstream.Msg)) {
	done := make(chan struct{})
	var beat sync.WaitGroup
	beat.Go(func() {
		t := time.NewTicker(w.q.o.AckWait / 3)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				if err := m.InProgress(); err != nil {
					w.log.Debug("heartbeat", zap.Error(err))
				}
			case <-done:
				return
			}
		}
	})
	defer beat.Wait()
	defer close(done)
	handle(ctx, m)
}

// task is a submission in hand.
type task struct {
	subject   string
	data      []byte
	sequence  uint64
	submitted time.Time
	tries     uint64
	attempt   int // of rechecks for pending badges
}

// permanent is an error that trying again does not mend.
type permanent struct {
	class  Class
	detail string
}

func (p *permanent) Error() string { return string(p.class) + ": " + meaning[p.class] + " " + p.detail }

// live works on a message of APPLICATIONS.
func (w *Worker) live(ctx context.Context, m jetstream.Msg) {
	md, err := m.Metadata()
	if err != nil {
		w.log.Error("message without metadata", zap.Error(err))
		return
	}
	t := task{subject: m.Subject(), data: m.Data(), sequence: md.Sequence.Stream, submitted: md.Timestamp, tries: md.NumDelivered}
	w.answer(ctx, m, t, w.guarded(ctx, t))
}

// batch works on a message of RECHECKS.
func (w *Worker) batch(ctx context.Context, m jetstream.Msg) {
	md, err := m.Metadata()
	if err != nil {
		w.log.Error("message without metadata", zap.Error(err))
		return
	}
	var r recheck
	tenant, application, ok := split(m.Subject(), "rechecks")
	if !ok || json.Unmarshal(m.Data(), &r) != nil {
		w.log.Warn("recheck is malformed", zap.Uint64("sequence", md.Sequence.Stream))
		w.do(m.TermWithReason("malformed"))
		return
	}
	t := task{subject: "applications." + tenant + "." + application, tries: md.NumDelivered, attempt: r.Attempt}
	last, err := w.q.last(ctx, StreamApplications, t.subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		// Erased, or gone by age: nothing to check.
		w.do(m.DoubleAck(ctx))
		return
	}
	if err == nil && !r.Before.IsZero() {
		if doc, e := w.o.Engine.Get(ctx, tenant, application); e == nil && !doc.CheckedAt.Before(r.Before) && !doc.AppliedAt.Before(last.Time.Truncate(time.Millisecond)) {
			w.do(m.DoubleAck(ctx))
			return
		}
	}
	if err == nil {
		t.data, t.sequence, t.submitted = last.Data, last.Sequence, last.Time
		err = w.guarded(ctx, t)
	}
	w.answer(ctx, m, t, err)
}

// answer tells the queue what became of a message.
func (w *Worker) answer(ctx context.Context, m jetstream.Msg, t task, err error) {
	if err == nil {
		if err := m.DoubleAck(context.WithoutCancel(ctx)); err != nil {
			// It comes again, and the index takes it as the same.
			w.log.Warn("answer to the queue is lost", zap.Uint64("sequence", t.sequence), zap.Error(err))
		}
		return
	}
	if ctx.Err() != nil {
		w.do(m.NakWithDelay(time.Millisecond)) // a delay of 0 would mean the default
		return
	}
	p := new(permanent)
	if !errors.As(err, &p) {
		if t.tries < uint64(w.q.o.MaxTries) {
			w.o.Metrics.retries.Inc()
			w.log.Warn("application is tried again", zap.Uint64("sequence", t.sequence), zap.Uint64("tries", t.tries), zap.Error(plain(err)))
			w.do(m.NakWithDelay(w.delay(t.tries)))
			return
		}
		p = &permanent{class: ClassExhausted}
		switch {
		case errors.Is(err, errDocumentMissing):
			p.class = ClassMissing
		case errors.Is(err, errPanic):
			p.detail = "the worker failed on it"
		}
	}
	if err := w.refuse(ctx, t, p); err != nil {
		w.log.Error("dead letter cannot be written", zap.Uint64("sequence", t.sequence), zap.Error(err))
		w.do(m.NakWithDelay(w.delay(t.tries)))
		return
	}
	w.do(m.TermWithReason(string(p.class)))
}

// refuse writes the dead letter and the outcome that says so.
func (w *Worker) refuse(ctx context.Context, t task, p *permanent) error {
	tenant, application, ok := split(t.subject, "applications")
	if ok && errors.Is(w.q.refuseErased(ctx, tenant, application), ErrErased) {
		// No letter and no outcome of it may stand. The submission stays until
		// the erasure is done: the sweep finds it by that.
		w.log.Error("an erased application is not gone yet; the sweep tries again, or erase it again", zap.Uint64("sequence", t.sequence), zap.Uint64("tries", t.tries))
		return nil
	}
	w.o.Metrics.applications.WithLabelValues(string(Refused)).Inc()
	fields := []zap.Field{zap.Uint64("sequence", t.sequence), zap.String("class", string(p.class)), zap.Uint64("tries", t.tries)}
	if p.class == ClassIndex {
		fields = append(fields, zap.String("detail", p.detail))
	}
	w.log.Warn("application is a dead letter", fields...)
	if err := w.q.bury(ctx, letter{t.subject, t.data, t.sequence, t.submitted, t.tries, p.class, p.detail}); err != nil {
		return err
	}
	if !ok {
		return nil
	}
	o := outcome(nil, 0)
	o.Tenant, o.Application, o.Sequence, o.Submitted, o.Checked = tenant, application, t.sequence, t.submitted.UTC(), w.o.Now().UTC()
	o.State, o.Reason = Refused, string(p.class)
	return w.q.publishOutcome(ctx, o)
}

func (w *Worker) do(err error) {
	if err != nil {
		w.log.Warn("answer to the queue is lost", zap.Error(err))
	}
}

// delay between tries: 5 s, doubling to 5 min, spread by half.
func (w *Worker) delay(tries uint64) time.Duration {
	d := min(5*time.Second<<min(tries-1, 6), 5*time.Minute)
	return d/2 + time.Duration(w.o.Jitter()*float64(d))
}

var errPanic = errors.New("ingest: worker failed on a message")

// guarded keeps one application's fault from being the end of all.
func (w *Worker) guarded(ctx context.Context, t task) (err error) {
	defer func() {
		if r := recover(); r != nil {
			// What it says may be out of a document.
			w.log.Error("worker failed on a message", zap.Uint64("sequence", t.sequence), zap.Stack("stack"))
			err = errPanic
		}
	}()
	start := w.o.Now()
	err = w.work(ctx, t)
	w.o.Metrics.seconds.Observe(w.o.Now().Sub(start).Seconds())
	return err
}

// work takes one submission from its message to its outcome. nil means that it
// is in the index (or something newer is) and its outcome is published.
func (w *Worker) work(ctx context.Context, t task) error {
	tenant, application, ok := split(t.subject, "applications")
	if !ok {
		return &permanent{class: ClassSubject}
	}
	if w.o.Tenants != nil && !slices.Contains(w.o.Tenants, tenant) {
		return &permanent{class: ClassTenant}
	}
	o := outcome(nil, 0)
	o.Tenant, o.Application, o.Sequence, o.Submitted = tenant, application, t.sequence, t.submitted.UTC()
	// Before it is read: what was erased goes, readable or not.
	if err := w.q.refuseErased(ctx, tenant, application); err != nil {
		if errors.Is(err, ErrErased) {
			return w.late(ctx, o)
		}
		return err
	}
	a, err := Decode(t.data, tenant, application)
	if err != nil {
		return &permanent{ClassMalformed, strings.TrimPrefix(err.Error(), ErrEnvelope.Error()+": ")}
	}
	docs, err := w.q.documents(ctx, a)
	if errors.Is(err, errDocumentMissing) || errors.Is(err, errDocumentMismatch) {
		// Removed for a newer submission that no longer names it: that one is
		// worked on.
		if last, e := w.q.last(ctx, StreamApplications, t.subject); e == nil && last.Sequence > t.sequence {
			o.State = Superseded
			return w.publish(ctx, o)
		}
	}
	if errors.Is(err, errDocumentMismatch) {
		return &permanent{class: ClassMismatch}
	}
	if err != nil {
		return err
	}
	checked := w.o.Now()
	reports, err := w.o.Examiner.Examine(ctx, examine.Input{Documents: docs, Links: a.Links,
		Applicant: verify.Applicant{Emails: a.Applicant.Emails, Name: a.Applicant.Name, IDs: a.Applicant.IDs}})
	if err != nil {
		return err
	}
	found := outcome(reports, len(docs))
	o.Counts, o.Findings, o.Unread, o.NotFollowed = found.Counts, found.Findings, found.Unread, found.NotFollowed
	o.Checked = checked.UTC()

	doc := w.document(a, t, checked, reports)
	o.Version = doc.Version
	out, err := w.put(ctx, doc)
	if err != nil {
		return err
	}
	o.State = Indexed
	if out.Superseded {
		o.State = Superseded
		if _, err := w.o.Engine.Get(ctx, tenant, application); errors.Is(err, index.ErrErased) {
			return w.late(ctx, o)
		}
	} else if wait, n := pendingOf(reports); n > 0 {
		if o.Recheck, err = w.q.later(ctx, tenant, application, t.attempt, wait, checked, w.o.Jitter()); err != nil {
			return err
		}
	}
	for _, f := range o.Findings {
		w.o.Metrics.badges.WithLabelValues(string(f.Result)).Inc()
	}
	return w.publish(ctx, o)
}

// errErasing: what was erased is in the index still.
var errErasing = errors.New("ingest: an erased application cannot be taken out of the index")

// late answers a submission of an application that was erased: it is removed
// from the index, where an erasure that was stopped half-way left it, and from
// the queue. The index first: of all that is left, only the submission names the
// application, and it brings the worker here again.
func (w *Worker) late(ctx context.Context, o Outcome) error {
	err := w.patient(ctx, func() error { return w.o.Engine.Erase(ctx, o.Tenant, o.Application) })
	if err != nil {
		return fmt.Errorf("%w: %w", errErasing, err)
	}
	if err := w.q.forget(ctx, o.Tenant, o.Application); err != nil {
		return err
	}
	e := outcome(nil, 0)
	e.Tenant, e.Application, e.Sequence, e.Submitted, e.Checked = o.Tenant, o.Application, o.Sequence, o.Submitted, w.o.Now().UTC()
	e.State, e.Reason = Erased, ErrErased.Error()
	return w.publish(ctx, e)
}

func (w *Worker) publish(ctx context.Context, o Outcome) error {
	if err := w.q.publishOutcome(ctx, o); err != nil {
		return err
	}
	w.o.Metrics.applications.WithLabelValues(string(o.State)).Inc()
	w.log.Info("application", zap.Uint64("sequence", o.Sequence), zap.String("state", string(o.State)),
		zap.Int("verified", o.Counts.Verified), zap.Int("authentic", o.Counts.Authentic), zap.Int("rejected", o.Counts.Rejected),
		zap.Int("pending", o.Counts.Pending), zap.Int("unsupported", o.Counts.Unsupported), zap.Int("unread", len(o.Unread)))
	return nil
}

// document makes the document for the index.
func (w *Worker) document(a *Application, t task, checked time.Time, reports []examine.Report) record.Application {
	var entries []record.Entry
	for _, f := range examine.Merged(reports) {
		entries = append(entries, record.Entries(f.Where, f.Carrier, f.Verdict, w.o.Resolve)...)
	}
	var unread []record.Unread
	for _, r := range reports {
		for _, u := range r.Unread {
			unread = append(unread, record.Unread{Where: u.Where, Reason: u.Reason})
		}
	}
	doc := record.New(w.o.IDKey, record.Submission{
		Tenant: a.Tenant, Application: a.Application, Job: a.Job, Candidate: candidate(w.o.IDKey, a),
		DisplayName: a.Applicant.Name, Submitted: t.submitted.UTC(), Checked: checked.UTC(),
	}, entries, unread)
	return doc
}

// candidate is the opaque key by which a tenant's applications of one person
// are known for such.
func candidate(key []byte, a *Application) string {
	who := ""
	switch {
	case len(a.Applicant.Emails) > 0:
		who = strings.ToLower(a.Applicant.Emails[0])
	case len(a.Applicant.IDs) > 0:
		who = a.Applicant.IDs[0]
	default:
		who = a.Application
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("candidate\x00" + a.Tenant + "\x00" + who))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// pendingOf counts pending badges and gives the time that their hosts ask for.
func pendingOf(reports []examine.Report) (time.Duration, int) {
	var wait time.Duration
	n := 0
	for _, r := range reports {
		for _, f := range r.Findings {
			if f.Result == verdict.Pending {
				n++
				wait = max(wait, f.RetryAfter)
			}
		}
	}
	return wait, n
}

// write is a document on its way to the engine.
type write struct {
	doc  record.Application
	done chan index.Outcome
}

// write sends what has gathered while the engine was at the last lot: nothing
// waits for company, and nothing that has company goes alone.
func (w *Worker) write(ctx context.Context) {
	for {
		var lot []*write
		select {
		case x := <-w.writes:
			lot = append(lot, x)
		case <-ctx.Done():
			return
		}
		for more := true; more && len(lot) < maxBulk; {
			select {
			case x := <-w.writes:
				lot = append(lot, x)
			default:
				more = false
			}
		}
		docs := make([]record.Application, len(lot))
		for i, x := range lot {
			docs[i] = x.doc
		}
		outs := w.engineWrite(ctx, docs)
		for i, x := range lot {
			if outs == nil { // one of them is at fault: which?
				x.done <- w.alone(ctx, x.doc)
				continue
			}
			x.done <- outs[i]
		}
	}
}

// engineWrite gives nil when the engine failed on the documents.
func (w *Worker) engineWrite(ctx context.Context, docs []record.Application) (outs []index.Outcome) {
	defer func() {
		if recover() != nil {
			w.log.Error("index failed on a document", zap.Int("documents", len(docs)), zap.Stack("stack"))
			outs = nil
		}
	}()
	outs = w.o.Engine.Write(ctx, docs)
	for len(outs) < len(docs) {
		outs = append(outs, index.Outcome{Err: index.ErrUnavailable})
	}
	return outs
}

func (w *Worker) alone(ctx context.Context, doc record.Application) index.Outcome {
	if outs := w.engineWrite(ctx, []record.Application{doc}); outs != nil {
		return outs[0]
	}
	return index.Outcome{Err: errPanic}
}

// put writes one document.
func (w *Worker) put(ctx context.Context, doc record.Application) (index.Outcome, error) {
	var o index.Outcome
	err := w.patient(ctx, func() error {
		x := &write{doc, make(chan index.Outcome, 1)}
		select {
		case w.writes <- x:
		case <-ctx.Done():
			return ctx.Err()
		}
		o = <-x.done
		return o.Err
	})
	switch {
	case errors.Is(err, index.ErrRejected):
		return o, &permanent{class: ClassIndex, detail: refusal(err)}
	case errors.Is(err, index.ErrErased):
		return index.Outcome{Superseded: true}, nil
	}
	return o, err
}

// patient does f again while the engine takes nothing, with the message in hand:
// an outage uses up no tries, and nothing more is taken off the queue.
func (w *Worker) patient(ctx context.Context, f func() error) error {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 30*time.Second) {
		err := f()
		if !errors.Is(err, index.ErrUnavailable) {
			return err
		}
		w.o.Metrics.unavailable.Inc()
		w.log.Warn("index takes nothing just now", zap.Duration("pause", pause))
		if !sleep(ctx, pause/2+time.Duration(w.o.Jitter()*float64(pause))) {
			return ctx.Err()
		}
	}
}

// refusal is what the engine says of a document that it refuses. Engines name
// the kind of fault and the field and quote nothing; what becomes a header is
// cut to a short line of ASCII all the same.
func refusal(err error) string {
	_, text, _ := strings.Cut(err.Error(), index.ErrRejected.Error()+": ")
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, text)
	return text[:min(len(text), 200)]
}

// plain is err as far as it may stand in a log: ours, or its kind alone.
func plain(err error) error {
	for _, e := range []error{errErasing, errDocumentMissing, errPanic, ErrNoServer, ErrNoQueue, ErrFull, index.ErrUnavailable, context.DeadlineExceeded} {
		if errors.Is(err, e) {
			return e
		}
	}
	return fmt.Errorf("%T", err)
}

// advisory buries what the server has given up delivering: the worker died
// every time.
func (w *Worker) advisory(ctx context.Context, m jetstream.Msg) {
	var adv struct {
		Stream     string `json:"stream"`
		Sequence   uint64 `json:"stream_seq"`
		Deliveries uint64 `json:"deliveries"`
	}
	if json.Unmarshal(m.Data(), &adv) != nil {
		w.do(m.TermWithReason("malformed"))
		return
	}
	if err := w.exhausted(ctx, adv.Stream, adv.Sequence, adv.Deliveries); err != nil {
		w.log.Warn("dead letter cannot be written", zap.Uint64("sequence", adv.Sequence), zap.Error(err))
		w.do(m.NakWithDelay(w.delay(3)))
		return
	}
	w.do(m.DoubleAck(context.WithoutCancel(ctx)))
}

func (w *Worker) exhausted(ctx context.Context, stream string, seq, tries uint64) error {
	if stream != StreamApplications && stream != StreamRechecks {
		return nil
	}
	s, err := w.q.stream(ctx, stream)
	if err != nil {
		return err
	}
	raw, err := s.GetMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil // answered, replaced or erased meanwhile
	}
	if err != nil {
		return err
	}
	t := task{subject: raw.Subject, data: raw.Data, sequence: raw.Sequence, submitted: raw.Time, tries: tries}
	if stream == StreamRechecks {
		tenant, application, ok := split(raw.Subject, "rechecks")
		if ok {
			last, err := w.q.last(ctx, StreamApplications, "applications."+tenant+"."+application)
			switch {
			case err == nil:
				t.subject, t.data, t.sequence, t.submitted = last.Subject, last.Data, last.Sequence, last.Time
				if err := w.refuse(ctx, t, &permanent{class: ClassExhausted, detail: "in a recheck"}); err != nil {
					return err
				}
			case !errors.Is(err, jetstream.ErrMsgNotFound):
				return err
			}
		}
		// A work queue keeps what it gave up on: take it out.
		if err := s.DeleteMsg(ctx, seq); err != nil && !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
			return err
		}
		return nil
	}
	if tenant, application, ok := split(t.subject, "applications"); ok {
		last, err := w.q.last(ctx, StreamResults, "results."+tenant+"."+application)
		if err == nil && submitted(last.Header) >= t.submitted.UnixNano() {
			return nil // it was done: only the answer was lost
		}
		if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
			return err
		}
	}
	return w.refuse(ctx, t, &permanent{class: ClassExhausted})
}

// keep does what is due from time to time.
func (w *Worker) keep(ctx context.Context) {
	due, all := time.NewTicker(dueEvery), time.NewTicker(sweepEvery)
	defer due.Stop()
	defer all.Stop()
	w.sweep(ctx)
	for {
		select {
		case <-due.C:
			if _, err := w.q.due(ctx, w.o.Now()); err != nil && ctx.Err() == nil {
				w.log.Warn("pending applications cannot be queued", zap.Error(err))
			}
		case <-all.C:
			w.sweep(ctx)
		case <-ctx.Done():
			return
		}
	}
}

func (w *Worker) sweep(ctx context.Context) {
	now := w.o.Now()
	if _, err := w.q.sweep(ctx, now); err != nil && ctx.Err() == nil {
		w.log.Warn("sweep of submissions", zap.Error(err))
	}
	old := func(o *jetstream.ObjectInfo) bool { return now.Sub(o.ModTime) > time.Hour }
	if _, err := w.q.sweepDocuments(ctx, old); err != nil && ctx.Err() == nil {
		w.log.Warn("sweep of documents", zap.Error(err))
	}
}

// sleep reports whether d passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
