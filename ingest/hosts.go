package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"assay/index/record"
	"assay/verify/fetch"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// An application is examined twice where hosts must be asked: what the documents prove
// by themselves, and with what is known of hosts already, is indexed and told at once;
// then its hosts are asked, in a place where many may wait. Between the two it stands on
// PENDING, so that who ends in between leaves it to others.

const (
	// hostsAtOnce is how many applications wait for hosts at a time, and how many wait
	// for that. Of the first a tenant has three quarters at most.
	hostsAtOnce = 512
	// hostsAfter is how long after twice the time of an application another worker
	// takes one up whose hosts should have been asked.
	hostsAfter = time.Minute
	// A candidate's applications may wait so long for hosts in each hour; what is more
	// comes later.
	hostsEach   = 10 * time.Minute
	hostsPeriod = time.Hour
)

// hosts is what is left to do when the documents have been examined.
type hosts struct {
	any       atomic.Bool // there is something to ask
	note      uint64      // on PENDING
	began     int64       // version of the application in the index
	candidate string
}

// asked reports whether there is something to ask; nil has nothing.
func (h *hosts) asked() bool { return h != nil && h.any.Load() }

// later is told that a host is to be asked.
func (h *hosts) later(context.Context) (func(), error) {
	h.any.Store(true)
	return nil, fetch.ErrLater
}

// noteHosts notes that hosts are to be asked.
func (w *Worker) noteHosts(ctx context.Context, h *hosts, doc *record.Application) error {
	h.began, h.candidate = doc.Version, doc.Candidate
	return w.patient(ctx, func() (err error) {
		h.note, err = w.q.note(ctx, doc.Tenant, doc.Application, recheck{V: 1, Reason: "hosts", At: w.o.Now().Add(2*w.o.Time + hostsAfter).UTC().Truncate(time.Second)})
		return err
	})
}

// complete asks the hosts of an application whose documents were examined. What it
// leaves, PENDING has.
func (w *Worker) complete(ctx, hand context.Context, t task, tenant string) {
	inHand := w.o.Metrics.held.WithLabelValues(askingHosts)
	inHand.Inc()
	defer inHand.Dec()
	h := t.hosts
	_, application, _ := split(t.subject, "applications")
	here := w.second.begin(t)
	defer here.end()
	put := func(at time.Time) {
		w.second.put(t, at)
		if _, err := w.q.note(context.WithoutCancel(hand), tenant, application, recheck{V: 1, Reason: "hosts", At: at.UTC().Truncate(time.Second)}); err != nil {
			w.about(t).Warn("hosts are asked later", zap.Error(plain(err)))
		}
	}
	if wait := w.spent.over(tenant + "/" + h.candidate); wait > 0 {
		put(w.o.Now().Add(wait))
		return
	}
	select {
	case w.waiting <- struct{}{}:
	default: // its note stays
		w.second.put(t, w.o.Now().Add(2*w.o.Time+hostsAfter))
		return
	}
	at, err := w.hosts.enter(ctx, urgent, tenant)
	<-w.waiting
	if err != nil {
		put(w.o.Now())
		return
	}
	defer at.leave()
	// It may have waited so long that another worker has asked them.
	if whole, err := w.q.whole(hand, t); err == nil && whole {
		return
	}
	here.ask()
	t.hosts, t.began, t.way = nil, h.began, w.bulk
	leave, err := w.enter(ctx, &t, answered, tenant)
	if err != nil {
		put(w.o.Now())
		return
	}
	defer leave()
	start := w.o.Now()
	err = w.guarded(hand, t)
	w.spent.add(tenant+"/"+h.candidate, w.o.Now().Sub(start))
	p := new(permanent)
	switch {
	case err == nil:
	case errors.As(err, &p):
		if err := w.refuse(hand, t, p); err != nil {
			w.about(t).Error("dead letter cannot be written", zap.Error(err))
			return
		}
	case ctx.Err() != nil:
		put(w.o.Now())
		return
	default:
		w.o.Metrics.retries.Inc()
		w.about(t).Warn("application is tried again", zap.Error(plain(err)))
		put(w.o.Now().Add(w.delay(1)))
		return
	}
	if err := w.q.strike(hand, tenant, application, h.note); err != nil {
		w.about(t).Warn("an application is checked once more than it need be", zap.Error(plain(err)))
	}
}

// whole reports whether a complete outcome of a submission, or of a later one, is told.
func (q *Queue) whole(ctx context.Context, t task) (bool, error) {
	tenant, application, _ := split(t.subject, "applications")
	m, err := q.last(ctx, StreamResults, "results."+tenant+"."+application)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, nil
	}
	var o Outcome
	return err == nil && markOf(m.Header).covers(t.mark()) && json.Unmarshal(m.Data, &o) == nil && o.Phase != PhaseDocuments, q.explain(err)
}

// spent is the time that somebody's applications have waited for hosts; it runs off.
type spent struct {
	now func() time.Time
	mu  sync.Mutex
	of  map[string]level
}

type level struct {
	time.Duration
	at time.Time
}

// manySpent is how many are remembered before those that have run off are forgotten.
const manySpent = 10_000

func newSpent(now func() time.Time) *spent { return &spent{now: now, of: map[string]level{}} }

// level is how much somebody has spent by now. The caller holds mu.
func (s *spent) level(who string) time.Duration {
	l := s.of[who]
	return max(0, l.Duration-time.Duration(float64(s.now().Sub(l.at))*float64(hostsEach)/float64(hostsPeriod)))
}

// over is how long somebody is to wait; 0 = not at all.
func (s *spent) over(who string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if over := s.level(who) - hostsEach; over >= 0 {
		return max(time.Minute, time.Duration(float64(over)*float64(hostsPeriod)/float64(hostsEach)))
	}
	return 0
}

func (s *spent) add(who string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.of) > manySpent {
		for x := range s.of {
			if s.level(x) == 0 {
				delete(s.of, x)
			}
		}
	}
	s.of[who] = level{s.level(who) + d, s.now()}
}
