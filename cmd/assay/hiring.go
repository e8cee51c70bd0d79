package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"assay/ingest"
	"assay/verify/guard"
)

// hiringCmd is the other side of assay bench, a process of its own, so that nothing of
// it is counted as assay's: a hiring system that submits and reads the outcomes, and the
// issuers' site. It takes a hiringTask a line and answers each with a hiringDone.
type hiringCmd struct{}

// hiringPlan is its first line.
type hiringPlan struct {
	Kind   string // json, pdf or mixed
	Site   bool   // issuers have a site
	Silent int    // hosts that take connections and say nothing
}

// hiringHello is its answer to that.
type hiringHello struct {
	Site     string          // HOST:PORT; "" = none
	Registry json.RawMessage // of the issuers
	Silent   []string        // addresses of hosts that say nothing
}

// hiringTask says what is to be submitted.
type hiringTask struct {
	Nats    string // where
	Login   login
	First   int
	N       int
	Rate    float64 // a second; 0 = as fast as outcomes come
	Tenants []string
	Alone   bool     // no outcome is waited for
	Links   []string // hosts that each is linked to
}

// hiringDone is what became of it. Times are from before submitting to the outcome that
// is read, in milliseconds.
type hiringDone struct {
	Error    string
	Outcomes int // that were read, so far
	Whole    bool
	Seconds  float64 // from the first submission to the last outcome
	P50, P95 float64
	P99      float64
	Verified int
	Indexed  int
	Floor    besideFloor // of what has a rate
}

// ahead is how many applications wait for their outcomes at most: what more would wait
// shows nothing but waiting.
const ahead = 2000

// Run answers until its input ends.
func (c *hiringCmd) Run(e *env) error {
	in, out := json.NewDecoder(bufio.NewReader(e.stdin)), json.NewEncoder(e.stdout)
	h := &hiring{e: e, out: out}
	var err error
	if h.sampler, err = newSampler(); err != nil {
		return err
	}
	if err := in.Decode(&h.plan); err != nil {
		return err
	}
	hello := hiringHello{}
	if h.plan.Site {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		hello.Site = l.Addr().String()
		if h.sampler.academy, err = newAcademy(e.ctx, h.sampler, "http://"+hello.Site); err != nil {
			return err
		}
		dir, err := os.MkdirTemp("", "assay-bench-site-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if err := h.sampler.publish(dir); err != nil {
			return err
		}
		site := &http.Server{Handler: http.FileServer(http.Dir(dir)), ReadHeaderTimeout: 10 * time.Second}
		var served sync.WaitGroup
		served.Go(func() { _ = guard.Try("the issuers' site", func() error { return site.Serve(l) }) })
		defer served.Wait()
		defer func() { _ = site.Close() }()
	}
	for range h.plan.Silent {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close() // what nobody takes off it stays open and silent
		hello.Silent = append(hello.Silent, l.Addr().String())
	}
	if hello.Registry, err = h.sampler.registry(); err != nil {
		return err
	}
	if err := out.Encode(hello); err != nil {
		return err
	}
	for {
		var t hiringTask
		switch err := in.Decode(&t); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		d, err := h.work(t)
		if err != nil {
			d.Error = err.Error()
		}
		d.Whole = true
		if err := out.Encode(d); err != nil {
			return err
		}
	}
}

type hiring struct {
	e       *env
	out     *json.Encoder
	plan    hiringPlan
	sampler *sampler
	queue   *ingest.Queue
}

// registry is that of the employer for whom the bench checks: it lists the issuers, for
// keys and addresses stand for nothing by themselves.
func (s *sampler) registry() ([]byte, error) {
	listed := map[string]any{}
	for i := range s.keys {
		listed["did:key:"+keyText(s.keys[i])] = map[string]any{"name": fmt.Sprintf("Bench Issuer %d", i)}
	}
	if s.academy != nil {
		listed[s.base+"/profile.json"] = map[string]any{"name": "Bench Academy"}
		listed[s.base+"/issuer.json"] = map[string]any{"name": "Bench Academy"}
	}
	return json.Marshal(map[string]any{"registry": listed})
}

// make makes application number i.
func (h *hiring) make(ctx context.Context, i int, tenants []string) (s ingest.Submission, err error) {
	switch {
	case h.plan.Kind == "pdf", h.plan.Kind == "mixed" && i%2 == 1:
		s, err = h.sampler.resume(ctx, i)
	default:
		s, err = h.sampler.simple(ctx, i)
	}
	s.Tenant = tenants[i%len(tenants)]
	return s, err
}

// prepared is how many applications are made before any is submitted: making them, and
// above all signing, takes longer than checking them.
const prepared = 2000

func (h *hiring) work(t hiringTask) (d hiringDone, err error) {
	ctx, cancel := context.WithCancel(h.e.ctx)
	defer cancel()
	if h.queue == nil {
		q := queued{Nats: t.Nats, NatsLogin: t.Login}
		if h.queue, err = q.connect(h.e); err != nil {
			return d, err
		}
	}
	sub, err := ingest.NewSubmitter(h.queue, nil)
	if err != nil {
		return d, err
	}
	w := &awaiting{began: map[string]time.Time{}, free: make(chan struct{}, ahead)}
	if t.Alone {
		return d, h.leave(ctx, sub, t)
	}
	end, err := h.queue.Follow(ctx, t.Tenants, w.told)
	if err != nil {
		return d, err
	}
	defer end()
	if t.Rate > 0 {
		f, err := newFloorOf(h.queue)
		if err != nil {
			return d, err
		}
		defer func() { d.Floor = f.end() }()
	}
	var spent time.Duration // in making applications, with nothing on its way
	var first time.Time
	for done := 0; done < t.N; {
		n := min(prepared, t.N-done)
		subs := make([]ingest.Submission, n)
		for i := range subs {
			if subs[i], err = h.make(ctx, t.First+done+i, t.Tenants); err != nil {
				return d, err
			}
		}
		begin := time.Now()
		if first.IsZero() {
			first = begin
		} else {
			spent += begin.Sub(w.latest())
		}
		if err := h.submit(ctx, sub, subs, t.Rate, w); err != nil {
			return d, err
		}
		done += n
		if err := h.await(ctx, w, done); err != nil {
			return d, err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.Sort(w.took)
	d.Outcomes, d.Seconds, d.Verified, d.Indexed = len(w.took), (w.last.Sub(first) - spent).Seconds(), w.verified, w.indexed
	d.P50, d.P95, d.P99 = percentile(w.took, 50), percentile(w.took, 95), percentile(w.took, 99)
	return d, nil
}

// leave submits applications and waits for nothing.
func (h *hiring) leave(ctx context.Context, sub *ingest.Submitter, t hiringTask) error {
	subs := make([]ingest.Submission, t.N)
	for i := range subs {
		var err error
		if subs[i], err = h.make(ctx, t.First+i, t.Tenants); err != nil {
			return err
		}
		for _, host := range t.Links {
			subs[i].Links = append(subs[i].Links, "http://"+host+"/badge.json")
		}
	}
	return h.submit(ctx, sub, subs, 0, &awaiting{began: map[string]time.Time{}, free: make(chan struct{}, t.N)})
}

// submit submits applications, at so many a second (0 = at once).
func (h *hiring) submit(ctx context.Context, s *ingest.Submitter, subs []ingest.Submission, rate float64, w *awaiting) error {
	var mu sync.Mutex
	var failed error
	begin := time.Now()
	next := make(chan ingest.Submission)
	var hands sync.WaitGroup
	for range 32 {
		hands.Go(func() {
			err := guard.Try("submitting", func() error {
				for sub := range next {
					w.begin(sub.Tenant + "/" + sub.Application)
					if _, err := s.Submit(ctx, sub); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				mu.Lock()
				failed = errors.Join(failed, err)
				mu.Unlock()
				for range next { // who hands out must not wait for ever
				}
			}
		})
	}
	for i, sub := range subs {
		if rate > 0 {
			time.Sleep(time.Until(begin.Add(time.Duration(float64(i) / rate * float64(time.Second)))))
		}
		select {
		case w.free <- struct{}{}:
		case <-ctx.Done():
		}
		next <- sub
	}
	close(next)
	hands.Wait()
	return errors.Join(failed, ctx.Err())
}

// await waits until n outcomes are there.
func (h *hiring) await(ctx context.Context, w *awaiting, n int) error {
	began := time.Now()
	for {
		got, last := w.count()
		if got >= n {
			return nil
		}
		if err := h.out.Encode(hiringDone{Outcomes: got}); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Since(last) > time.Minute && time.Since(began) > time.Minute {
			return fmt.Errorf("no outcome came for a minute: %d of %d are there", got, n)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// awaiting are applications whose outcomes are awaited.
type awaiting struct {
	free chan struct{} // one in it for each

	mu       sync.Mutex
	began    map[string]time.Time
	took     []time.Duration
	last     time.Time
	verified int
	indexed  int
}

func (w *awaiting) begin(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.began[name] = time.Now()
}

// told takes the first outcome of each.
func (w *awaiting) told(o *ingest.Outcome, _ time.Time) {
	if o.Phase == ingest.PhaseDocuments {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	name := o.Tenant + "/" + o.Application
	at, ok := w.began[name]
	if !ok {
		return
	}
	delete(w.began, name)
	w.last = time.Now()
	w.took = append(w.took, w.last.Sub(at))
	w.verified += o.Counts.Verified
	if o.State == ingest.Indexed {
		w.indexed++
	}
	<-w.free
}

func (w *awaiting) count() (int, time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.took), w.last
}

func (w *awaiting) latest() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

func percentile(sorted []time.Duration, p int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[min(len(sorted)-1, len(sorted)*p/100)].Microseconds()) / 1000
}
