package ingest

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Where an application of the second phase is.
const (
	hostsWaiting = "waiting" // for a place to ask its hosts
	hostsAsked   = "asked"   // its hosts are asked
	hostsLater   = "later"   // its candidate's time with hosts is spent, or too many wait: it is on PENDING
)

var hostsPlaces = []string{hostsWaiting, hostsAsked, hostsLater}

// manyLater is how many of those that were put off are remembered; PENDING has all.
const manyLater = 10_000

// second are the applications of this process whose documents are indexed and whose hosts
// are to be asked: what their hiring systems wait for.
type second struct {
	now func() time.Time

	mu    sync.Mutex
	all   map[*inSecond]struct{}
	later map[string]putOff // by subject
}

type inSecond struct {
	of        *second
	submitted time.Time
	asked     bool
}

type putOff struct{ submitted, until time.Time }

func newSecond(now func() time.Time) *second {
	return &second{now: now, all: map[*inSecond]struct{}{}, later: map[string]putOff{}}
}

// begin takes an application in that waits for a place.
func (s *second) begin(t task) *inSecond {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.later, t.subject)
	x := &inSecond{of: s, submitted: t.submitted}
	s.all[x] = struct{}{}
	return x
}

// ask says that its hosts are asked from now on.
func (x *inSecond) ask() {
	x.of.mu.Lock()
	x.asked = true
	x.of.mu.Unlock()
}

func (x *inSecond) end() {
	x.of.mu.Lock()
	delete(x.of.all, x)
	x.of.mu.Unlock()
}

// put says that an application was put off until then.
func (s *second) put(t task, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.later) >= manyLater {
		s.passed()
	}
	if len(s.later) < manyLater {
		s.later[t.subject] = putOff{t.submitted, until}
	}
}

// passed forgets those whose time has come: they are rechecks, of whatever worker. The
// caller holds mu.
func (s *second) passed() {
	now := s.now()
	for k, p := range s.later {
		if !p.until.After(now) {
			delete(s.later, k)
		}
	}
}

// standing gives how many there are of each place, and since when the oldest was submitted.
func (s *second) standing() (n map[string]int, oldest map[string]time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passed()
	n, oldest = map[string]int{}, map[string]time.Time{}
	add := func(place string, submitted time.Time) {
		n[place]++
		if o := oldest[place]; o.IsZero() || submitted.Before(o) {
			oldest[place] = submitted
		}
	}
	for x := range s.all {
		place := hostsWaiting
		if x.asked {
			place = hostsAsked
		}
		add(place, x.submitted)
	}
	for _, p := range s.later {
		add(hostsLater, p.submitted)
	}
	return n, oldest
}

// HostsCollector gives the gauges assay_hosts_applications and assay_hosts_oldest_seconds
// of a worker: how many applications are indexed by what their documents prove, and wait
// for what hosts say of the rest, by where they are, and how long ago the oldest was
// submitted.
func HostsCollector(w *Worker) prometheus.Collector {
	return &hostsCollector{w,
		prometheus.NewDesc("assay_hosts_applications", "Applications whose documents are indexed and whose hosts are to be asked: waiting for a place, asked, or put off.", []string{"at"}, nil),
		prometheus.NewDesc("assay_hosts_oldest_seconds", "Time since the oldest of them was submitted; 0 = there is none.", []string{"at"}, nil)}
}

type hostsCollector struct {
	w                    *Worker
	applications, oldest *prometheus.Desc
}

func (c *hostsCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.applications
	ch <- c.oldest
}

func (c *hostsCollector) Collect(ch chan<- prometheus.Metric) {
	_ = c.w.o.Faults.Do("counting what waits for hosts", func() { c.collect(ch) })
}

func (c *hostsCollector) collect(ch chan<- prometheus.Metric) {
	n, oldest := c.w.second.standing()
	for _, at := range hostsPlaces {
		age := 0.0
		if o := oldest[at]; !o.IsZero() {
			age = max(0, c.w.o.Now().Sub(o).Seconds())
		}
		ch <- prometheus.MustNewConstMetric(c.applications, prometheus.GaugeValue, float64(n[at]), at)
		ch <- prometheus.MustNewConstMetric(c.oldest, prometheus.GaugeValue, age, at)
	}
}
