package ingest

import (
	"context"
	"errors"
	"math"
	"time"

	"assay/extract"
	"assay/extract/sandbox"
	"assay/index"
	"assay/ingest/examine"
	"assay/verify/fetch"
	"assay/verify/guard"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts what a Worker, and what it works with, does. Labels are of fixed
// sets: neither tenants nor issuers are among them.
type Metrics struct {
	applications *prometheus.CounterVec // by State
	badges       *prometheus.CounterVec // by result
	verdicts     *prometheus.CounterVec // by result, reason and standing
	letters      *prometheus.CounterVec // by Class
	redelivered  *prometheus.CounterVec // by queue
	held         *prometheus.GaugeVec   // by queue
	steps        *prometheus.HistogramVec
	retries      prometheus.Counter
	unavailable  prometheus.Counter
	seconds      prometheus.Histogram
	bulk         prometheus.Histogram
	engine       *prometheus.CounterVec // by index.Trouble
	fetches      *prometheus.CounterVec // by purpose, outcome and cache
	fetchSeconds *prometheus.HistogramVec
}

// Steps of an application, beside those of examine.Step: what is between the queue and
// them, and behind.
const (
	stepWait      = "wait"      // on the queue, before the first try
	stepDocuments = "documents" // those by reference out of the object store
	stepExamine   = "examine"   // all of examine's steps
	stepWrite     = "write"     // until the index has it, with the wait for it
	stepOutcome   = "outcome"   // until the results have it
)

// askingHosts stands among the queues for applications whose hosts are asked, or wait for
// that.
const askingHosts = "hosts"

// purposes of fetches.
const (
	purposeLinks   = "links"   // what an applicant chose
	purposeIssuers = "issuers" // what issuers publish
)

// elsewise stands for what is of no fixed set.
const elsewise = "other"

var seconds = []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800}

// NewMetrics registers the metrics with r; nil registers nowhere.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		applications: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_applications_total", Help: "Applications by what became of them."}, []string{"state"}),
		badges:       prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_badges_total", Help: "Badges by result."}, []string{"result"}),
		verdicts:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_verdicts_total", Help: "Badges by result, its reason, and what stands behind the issuer."}, []string{"result", "reason", "standing"}),
		letters:      prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_dead_letters_total", Help: "Dead letters that were written, by class."}, []string{"class"}),
		redelivered:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_redeliveries_total", Help: "Messages that the queue has delivered before: handed back, or of a worker that was silent."}, []string{"queue"}),
		held:         prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "assay_in_hand", Help: "Messages that this process works on, by queue, and applications whose hosts it asks."}, []string{"queue"}),
		steps:        prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "assay_step_seconds", Help: "Time of each step of an application.", Buckets: seconds}, []string{"step"}),
		bulk:         prometheus.NewHistogram(prometheus.HistogramOpts{Name: "assay_index_bulk_documents", Help: "Documents that go to the index at a time.", Buckets: []float64{1, 2, 5, 10, 20, 50, 100, 200, 500}}),
		engine:       prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_index_errors_total", Help: "Answers of the index, at each try, that were none or a refusal, by kind."}, []string{"kind"}),
		fetches:      prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_fetches_total", Help: "Questions to hosts, by whether links or issuers were asked for, outcome, and whether the cache had the answer."}, []string{"purpose", "outcome", "cache"}),
		fetchSeconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "assay_fetch_seconds", Help: "Time of a question to a host that the cache did not answer, with the wait for its turn.", Buckets: seconds}, []string{"purpose"}),
		retries:      prometheus.NewCounter(prometheus.CounterOpts{Name: "assay_retries_total", Help: "Applications handed back to the queue to be tried again."}),
		unavailable:  prometheus.NewCounter(prometheus.CounterOpts{Name: "assay_index_unavailable_total", Help: "Writes that the index did not take at the time."}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "assay_application_seconds", Help: "Time from taking an application to its outcome.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}}),
	}
	for _, s := range []State{Indexed, Superseded, Erased, Refused} {
		m.applications.WithLabelValues(string(s))
	}
	for c := range meaning {
		m.letters.WithLabelValues(string(c))
	}
	for _, t := range index.Troubles {
		m.engine.WithLabelValues(string(t))
	}
	for _, q := range []string{ConsumerLive, ConsumerBatch} {
		m.redelivered.WithLabelValues(q)
		m.held.WithLabelValues(q)
	}
	m.held.WithLabelValues(askingHosts)
	for _, s := range []string{stepWait, stepDocuments, stepExamine, stepWrite, stepOutcome, string(examine.StepRead), string(examine.StepFollow), string(examine.StepJudge)} {
		m.steps.WithLabelValues(s)
	}
	if r != nil {
		r.MustRegister(m.applications, m.badges, m.verdicts, m.letters, m.redelivered, m.held, m.steps, m.retries, m.unavailable, m.seconds,
			m.bulk, m.engine, m.fetches, m.fetchSeconds)
	}
	return m
}

// Examined counts the time of a step: for examine.Options.Took.
func (m *Metrics) Examined(s examine.Step, took time.Duration) { m.step(string(s), took) }

// Troubled counts what an engine met: for the options of engines.
func (m *Metrics) Troubled(t index.Trouble) { m.engine.WithLabelValues(string(t)).Inc() }

// Fetched counts a question to a host: for fetch.Options.Told.
func (m *Metrics) Fetched(a fetch.Asked) {
	purpose, cache := purposeIssuers, "miss"
	if a.Chosen {
		purpose = purposeLinks
	}
	if a.Cached {
		cache = "hit"
	} else {
		m.fetchSeconds.WithLabelValues(purpose).Observe(a.Took.Seconds())
	}
	m.fetches.WithLabelValues(purpose, a.Outcome, cache).Inc()
}

func (m *Metrics) step(name string, took time.Duration) {
	m.steps.WithLabelValues(name).Observe(took.Seconds())
}

// found counts the badges of a complete outcome. What a verdict says is out of fixed sets; that
// it stays so is not left to who writes verdicts.
func (m *Metrics) found(o *Outcome) {
	if o.Phase == PhaseDocuments {
		return // they are told once more
	}
	for _, f := range o.Findings {
		reason, level := string(f.Reason), string(f.Aspects["standing"].Level)
		if reason != "" && f.Reason.Words() == "" {
			reason = elsewise
		}
		if level != "" && f.Aspects["standing"].Level.Rank() == 0 {
			level = elsewise
		}
		m.badges.WithLabelValues(string(f.Result)).Inc()
		m.verdicts.WithLabelValues(string(f.Result), reason, level).Inc()
	}
}

// queueOf names the queue that a message came off; "" = none of those that are counted.
func queueOf(stream string) string {
	switch stream {
	case StreamApplications:
		return ConsumerLive
	case StreamRechecks:
		return ConsumerBatch
	}
	return ""
}

// taken counts a message that is taken in hand; the function it gives ends that.
func (m *Metrics) taken(md *jetstream.MsgMetadata, now time.Time) (end func()) {
	q := queueOf(md.Stream)
	if q == "" {
		return func() {}
	}
	switch {
	case md.NumDelivered > 1:
		m.redelivered.WithLabelValues(q).Inc()
	case q == ConsumerLive:
		m.step(stepWait, max(0, now.Sub(md.Timestamp)))
	}
	m.held.WithLabelValues(q).Inc()
	return m.held.WithLabelValues(q).Dec
}

// bury writes a dead letter of a submission and counts it.
func (w *Worker) bury(ctx context.Context, t task, c Class, detail string) error {
	data, err := w.q.body(ctx, t)
	if err != nil && !errors.Is(err, errWithdrawn) {
		return err
	}
	if err := w.q.bury(ctx, letter{t.subject, data, t.sequence, t.again, t.submitted, t.tries, c, detail}); err != nil {
		return err
	}
	w.o.Metrics.letters.WithLabelValues(string(c)).Inc()
	return nil
}

// step begins a step, with its span; the function it gives ends it.
func (w *Worker) step(ctx context.Context, name string) (_ context.Context, end func()) {
	start := w.o.Now()
	ctx, traced := w.q.o.Tracing.begin(ctx, name)
	return ctx, func() {
		traced(nil)
		w.o.Metrics.step(name, w.o.Now().Sub(start))
	}
}

// documents gives those of a submission, counted as a step.
func (w *Worker) documents(ctx context.Context, a *Application, t task) ([]extract.Document, []error, error) {
	ctx, end := w.step(ctx, stepDocuments)
	defer end()
	return w.q.documents(ctx, a, w.last(t))
}

// CountFaults registers the counter assay_faults_total with r and gives what
// counts in it: for [guard.Watch]. Its label is the work that assay itself failed
// in.
func CountFaults(r prometheus.Registerer) func(where string) {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_faults_total", Help: "Faults of assay's own that were caught, by the work in which they arose."}, []string{"where"})
	r.MustRegister(c)
	return func(where string) { c.WithLabelValues(where).Inc() }
}

// A registry asks each collector in a goroutine of its own, where a panic would end the
// process at each scrape: what a collector of this package does is kept, and its metrics
// are missing from the answer instead.

// lag is a collector of a Queue's Load.
type lag struct {
	q                                *Queue
	now                              func() time.Time
	faults                           *guard.Watch
	messages, oldest, bytes, limited *prometheus.Desc
}

// LagCollector gives gauges of the queue's Load, asked for at each scrape:
// assay_queue_messages and assay_queue_oldest_seconds by queue, assay_queue_bytes and
// assay_queue_limit_bytes by stream. A nil now is time.Now; faults is told of a fault in it.
func LagCollector(q *Queue, now func() time.Time, faults *guard.Watch) prometheus.Collector {
	if now == nil {
		now = time.Now
	}
	return &lag{q, now, faults,
		prometheus.NewDesc("assay_queue_messages", "Messages that wait, by queue.", []string{"queue"}, nil),
		prometheus.NewDesc("assay_queue_oldest_seconds", "Age of what waits longest for workers, or for their answer; 0 = nothing does.", []string{"queue"}, nil),
		prometheus.NewDesc("assay_queue_bytes", "Bytes that a stream of the queue holds.", []string{"stream"}, nil),
		prometheus.NewDesc("assay_queue_limit_bytes", "Bytes that a stream of the queue may hold, where there is a limit.", []string{"stream"}, nil)}
}

func (l *lag) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{l.messages, l.oldest, l.bytes, l.limited} {
		ch <- d
	}
}

func (l *lag) Collect(ch chan<- prometheus.Metric) {
	_ = l.faults.Do("counting what waits", func() { l.collect(ch) })
}

func (l *lag) collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	load, err := l.q.Load(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(l.messages, err)
		return
	}
	gauge := func(d *prometheus.Desc, v float64, label string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, label)
	}
	held := 0
	for _, w := range load.Waiting {
		age := 0.0
		if !w.Oldest.IsZero() {
			age = max(0, l.now().Sub(w.Oldest).Seconds())
		}
		gauge(l.messages, float64(w.Messages), w.Queue)
		gauge(l.oldest, age, w.Queue)
		held += w.Held
	}
	gauge(l.messages, float64(held), "held")
	for _, s := range load.Stores {
		switch s.Name {
		case "pending":
			gauge(l.messages, float64(s.Messages), "pending")
		case "deadletters":
			gauge(l.messages, float64(s.Messages), "dead_letters")
		}
		gauge(l.bytes, float64(s.Bytes), s.Name)
		if s.Limit > 0 {
			gauge(l.limited, float64(s.Limit), s.Name)
		}
	}
}

// LeftCollector gives the gauge assay_left_running: what was given up because
// its time was over and runs on, applications and, as parts gives it, links and
// badges.
func LeftCollector(w *Worker, parts func() int) prometheus.Collector {
	return &left{w, parts, prometheus.NewDesc("assay_left_running", "Work that was given up because its time was over, and runs on.", []string{"of"}, nil)}
}

type left struct {
	w     *Worker
	parts func() int
	desc  *prometheus.Desc
}

func (l *left) Describe(ch chan<- *prometheus.Desc) { ch <- l.desc }

func (l *left) Collect(ch chan<- prometheus.Metric) {
	_ = l.w.o.Faults.Do("counting what was given up", func() {
		for of, n := range map[string]int{"applications": l.w.Left(), "parts": l.parts()} {
			ch <- prometheus.MustNewConstMetric(l.desc, prometheus.GaugeValue, float64(n), of)
		}
	})
}

// ChildrenCollector gives the counters assay_children_started_total and, by why,
// assay_children_ended_total, and the gauge assay_children_working, of a pool's stats. faults is told of a fault in it.
func ChildrenCollector(stats func() sandbox.Stats, faults *guard.Watch) prometheus.Collector {
	return &children{stats, faults, prometheus.NewDesc("assay_children_started_total", "Child processes for documents that were started.", nil, nil),
		prometheus.NewDesc("assay_children_ended_total", "Child processes for documents that have ended, by why.", []string{"end"}, nil),
		prometheus.NewDesc("assay_children_working", "Child processes that have a document in hand.", nil, nil)}
}

type children struct {
	stats                   func() sandbox.Stats
	faults                  *guard.Watch
	started, ended, working *prometheus.Desc
}

func (c *children) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.started
	ch <- c.ended
	ch <- c.working
}

func (c *children) Collect(ch chan<- prometheus.Metric) {
	_ = c.faults.Do("counting children", func() {
		s := c.stats()
		ch <- prometheus.MustNewConstMetric(c.started, prometheus.CounterValue, float64(s.Started))
		ch <- prometheus.MustNewConstMetric(c.working, prometheus.GaugeValue, float64(s.Working))
		for _, e := range sandbox.Ends {
			ch <- prometheus.MustNewConstMetric(c.ended, prometheus.CounterValue, float64(s.Ended[e]), string(e))
		}
	})
}

// CountBroken registers with r the gauge assay_fetch_breakers_open: hosts that are left
// alone because they failed. A fault in counting them is told to faults.
func CountBroken(r prometheus.Registerer, broken func() int, faults *guard.Watch) {
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "assay_fetch_breakers_open", Help: "Hosts that are left alone because they have failed, each for every tenant and purpose for which they are."},
		func() float64 {
			n := math.NaN() // not known
			_ = faults.Do("counting hosts that are left alone", func() { n = float64(broken()) })
			return n
		}))
}
