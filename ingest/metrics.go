package ingest

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts what a Worker does. Labels are of fixed sets: neither tenants
// nor issuers are among them.
type Metrics struct {
	applications *prometheus.CounterVec // by State
	badges       *prometheus.CounterVec // by result
	retries      prometheus.Counter
	unavailable  prometheus.Counter
	seconds      prometheus.Histogram
}

// NewMetrics registers the metrics with r; nil registers nowhere.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		applications: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_applications_total", Help: "Applications by what became of them."}, []string{"state"}),
		badges:       prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_badges_total", Help: "Badges by result."}, []string{"result"}),
		retries:      prometheus.NewCounter(prometheus.CounterOpts{Name: "assay_retries_total", Help: "Applications handed back to the queue to be tried again."}),
		unavailable:  prometheus.NewCounter(prometheus.CounterOpts{Name: "assay_index_unavailable_total", Help: "Writes that the index did not take at the time."}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "assay_application_seconds", Help: "Time from taking an application to its outcome.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}}),
	}
	for _, s := range []State{Indexed, Superseded, Erased, Refused} {
		m.applications.WithLabelValues(string(s))
	}
	if r != nil {
		r.MustRegister(m.applications, m.badges, m.retries, m.unavailable, m.seconds)
	}
	return m
}

// CountFaults registers the counter assay_faults_total with r and gives what
// counts in it: for [guard.Watch]. Its label is the work that assay itself failed
// in.
func CountFaults(r prometheus.Registerer) func(where string) {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_faults_total", Help: "Faults of assay's own that were caught, by the work in which they arose."}, []string{"where"})
	r.MustRegister(c)
	return func(where string) { c.WithLabelValues(where).Inc() }
}

// lag is a collector of Lag.
type lag struct {
	q    *Queue
	desc *prometheus.Desc
}

// LagCollector gives the queue's Lag as the gauge assay_queue_messages, asked
// for at each scrape.
func LagCollector(q *Queue) prometheus.Collector {
	return &lag{q, prometheus.NewDesc("assay_queue_messages", "Messages that wait, by queue.", []string{"queue"}, nil)}
}

func (l *lag) Describe(ch chan<- *prometheus.Desc) { ch <- l.desc }

func (l *lag) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	n, err := l.q.Lag(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(l.desc, err)
		return
	}
	for name, v := range map[string]float64{"live": float64(n.Live), "batch": float64(n.Batch), "pending": float64(n.Pending), "dead_letters": float64(n.DeadLetters), "held": float64(n.Held)} {
		ch <- prometheus.MustNewConstMetric(l.desc, prometheus.GaugeValue, v, name)
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
	for of, n := range map[string]int{"applications": l.w.Left(), "parts": l.parts()} {
		ch <- prometheus.MustNewConstMetric(l.desc, prometheus.GaugeValue, float64(n), of)
	}
}
