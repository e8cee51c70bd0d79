package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"assay/index"
	"assay/index/local"
	"assay/index/query"
	"assay/index/record"
	"assay/ingest"
	"assay/ingest/natsd"
	"assay/verify/guard"
)

type benchCmd struct {
	Applications int  `help:"How many applications." default:"1000"`
	Workers      int  `help:"Applications in hand at a time." default:"${workers}"`
	NoSync       bool `help:"Let the queue leave it to the operating system when to write."`
	JSON         bool `name:"json" help:"Print the figures as JSON."`

	UnsafeNoSandbox bool `help:"Go on where documents cannot be parsed in a guarded child process."`
}

// figures are what the bench measures.
type figures struct {
	Applications int     `json:"applications"`
	Workers      int     `json:"workers"`
	PerSecond    float64 `json:"applicationsPerSecond"` // everything submitted at once
	FullP50      float64 `json:"fullP50ms"`             // submit to searchable, everything submitted at once: mostly waiting
	FullP99      float64 `json:"fullP99ms"`
	HalfRate     float64 `json:"halfLoadPerSecond"`
	HalfP50      float64 `json:"halfP50ms"` // the same at half of that rate
	HalfP99      float64 `json:"halfP99ms"`
	WorkerPeak   int64   `json:"workerPeakBytes"` // resident memory of this process: queue, workers, index
	ChildPeak    int64   `json:"childPeakBytes"`  // of the largest parser child
	Children     int64   `json:"children"`        // started
	Verified     int     `json:"verified"`        // badges, of two an application
}

// Run measures the way of generated applications through the embedded queue and
// index on a temporary folder.
func (c *benchCmd) Run(e *env) (err error) {
	if c.Applications < 1 || c.Workers < 1 {
		return errors.New("--applications and --workers: at least 1")
	}
	dir, err := os.MkdirTemp("", "assay-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	quiet := *e
	quiet.log = quieter(e.log)

	d, err := natsd.Start(natsd.Options{Dir: filepath.Join(dir, "nats"), NoSync: c.NoSync})
	if err != nil {
		return err
	}
	defer d.Close()
	q, err := ingest.Dial(e.ctx, ingest.QueueOptions{InProcess: d, Log: quiet.log})
	if err != nil {
		return err
	}
	defer q.Close()
	if err := q.Setup(e.ctx); err != nil {
		return err
	}
	key := []byte(strings.Repeat("bench key ", 4))
	en, err := local.Open(local.Options{Dir: filepath.Join(dir, "index"), Key: key, Log: quiet.log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, en.Close()) }()
	f, err := openFrameworks("")
	if err != nil {
		return err
	}
	j := judging{Offline: true, Follow: "none", QR: "auto", UnsafeNoSandbox: c.UnsafeNoSandbox, registry: sampleIssuers()}
	in, err := j.open(&quiet, &guard.Watch{Log: quiet.log}, "", 0, f)
	if err != nil {
		return err
	}
	defer func() { _ = in.close() }()
	watch := &watched{Engine: en, at: map[string]time.Time{}}
	w, err := ingest.NewWorker(ingest.WorkerOptions{Queue: q, Engine: watch, Examiner: in.examiner, IDKey: key, Workers: c.Workers, Log: quiet.log})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(e.ctx)
	worked := make(chan error, 1)
	go func() { worked <- guard.Try("the worker", func() error { return w.Run(ctx) }) }()
	defer func() { cancel(); err = errors.Join(err, <-worked) }()

	r := figures{Applications: c.Applications, Workers: c.Workers}
	full, took, err := c.load(e, q, watch, 0, c.Applications, 0, "as fast as possible")
	if err != nil {
		return err
	}
	r.PerSecond = float64(c.Applications) / took.Seconds()
	r.FullP50, r.FullP99 = percentile(full, 50), percentile(full, 99)
	r.HalfRate = r.PerSecond / 2
	half, _, err := c.load(e, q, watch, c.Applications, max(1, c.Applications/4), r.HalfRate, "at half of that rate")
	if err != nil {
		return err
	}
	r.HalfP50, r.HalfP99 = percentile(half, 50), percentile(half, 99)

	// What was counted must be there.
	total := c.Applications + max(1, c.Applications/4)
	query, err := query.New("", query.Options{Taxonomy: f.Taxonomy()})
	if err != nil {
		return err
	}
	res, err := en.Search(ctx, "bench", query)
	if err != nil {
		return err
	}
	if res.Total != total {
		return fmt.Errorf("%d applications are to be found, %d were submitted", res.Total, total)
	}
	r.Verified = watch.verified
	if r.Verified != 2*total {
		return fmt.Errorf("%d of %d badges verified", r.Verified, 2*total)
	}
	st := in.pool.Stats()
	r.WorkerPeak, r.ChildPeak, r.Children = peakMemory(), st.PeakRSS, st.Started
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(r)
	}
	tw := tabwriter.NewWriter(e.stdout, 0, 8, 2, ' ', 0)
	mib := func(n int64) string {
		if n == 0 {
			return "not known here"
		}
		return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
	}
	fmt.Fprintf(tw, "applications\t%d, of 3 documents and 2 badges; %d workers, %s\n", r.Applications, r.Workers, processors())
	fmt.Fprintf(tw, "throughput\t%.0f applications a second\n", r.PerSecond)
	fmt.Fprintf(tw, "submit to searchable, all at once\tp50 %.0f ms\tp99 %.0f ms\n", r.FullP50, r.FullP99)
	fmt.Fprintf(tw, "submit to searchable, %.0f a second\tp50 %.1f ms\tp99 %.1f ms\n", r.HalfRate, r.HalfP50, r.HalfP99)
	fmt.Fprintf(tw, "peak memory, queue, workers and index\t%s\n", mib(r.WorkerPeak))
	fmt.Fprintf(tw, "peak memory, largest parser child\t%s (%d started)\n", mib(r.ChildPeak), r.Children)
	return tw.Flush()
}

func processors() string {
	if n := runtime.GOMAXPROCS(0); n > 1 {
		return strconv.Itoa(n) + " processors"
	}
	return "1 processor"
}

// load submits n applications from number first on, at so many a second (0 = at
// once), and gives for each the time from submit to searchable, and the time
// that all took.
func (c *benchCmd) load(e *env, q *ingest.Queue, watch *watched, first, n int, rate float64, word string) ([]time.Duration, time.Duration, error) {
	s, err := newSampler()
	if err != nil {
		return nil, 0, err
	}
	// Signing is the generator's work, not the way's: it is done before.
	subs := make([]ingest.Submission, n)
	for i := range subs {
		if subs[i], err = s.application(e.ctx, first+i); err != nil {
			return nil, 0, err
		}
	}
	sub, err := ingest.NewSubmitter(q, nil)
	if err != nil {
		return nil, 0, err
	}
	b := progress(e.stderr, word)
	defer b.end()
	started := make([]time.Time, n)
	begin := time.Now()
	var wg sync.WaitGroup
	var mu sync.Mutex
	next := make(chan int)
	for range 16 {
		wg.Go(func() {
			failed := func(e2 error) {
				mu.Lock()
				defer mu.Unlock()
				err = errors.Join(err, e2)
			}
			if fault := guard.Do("submitting", func() {
				for i := range next {
					mu.Lock()
					started[i] = time.Now()
					mu.Unlock()
					if _, e2 := sub.Submit(e.ctx, subs[i]); e2 != nil {
						failed(e2)
					}
				}
			}); fault != nil {
				failed(fault)
				for range next { // who hands out must not wait for ever
				}
			}
		})
	}
	for i := range n {
		if rate > 0 {
			time.Sleep(time.Until(begin.Add(time.Duration(float64(i) / rate * float64(time.Second)))))
		}
		next <- i
	}
	close(next)
	wg.Wait()
	if err != nil {
		return nil, 0, err
	}
	out := make([]time.Duration, n)
	for quiet := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		done, last := watch.done()
		b.set(max(0, done-first), n)
		if done >= first+n {
			break
		}
		if last.After(quiet) {
			quiet = last
		}
		if e.ctx.Err() != nil {
			return nil, 0, e.ctx.Err()
		}
		if time.Since(quiet) > time.Minute {
			return nil, 0, fmt.Errorf("nothing came through for a minute: %d of %d are there", done-first, n)
		}
	}
	var end time.Time
	for i := range out {
		at := watch.of(subs[i].Application)
		out[i] = at.Sub(started[i])
		if at.After(end) {
			end = at
		}
	}
	return out, end.Sub(begin), nil
}

func percentile(d []time.Duration, p int) float64 {
	s := slices.Sorted(slices.Values(d))
	return float64(s[min(len(s)-1, len(s)*p/100)].Microseconds()) / 1000
}

// watched notes when a document is written: from then on a search finds it.
type watched struct {
	index.Engine
	mu       sync.Mutex
	at       map[string]time.Time
	last     time.Time
	verified int
}

// Write passes on and takes the time.
func (w *watched) Write(ctx context.Context, docs []record.Application) []index.Outcome {
	out := w.Engine.Write(ctx, docs)
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, d := range docs {
		if _, ok := w.at[d.Application]; ok || out[i].Err != nil {
			continue
		}
		w.at[d.Application], w.last = now, now
		w.verified += d.Counts.Verified
	}
	return out
}

func (w *watched) done() (int, time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.at), w.last
}

func (w *watched) of(application string) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at[application]
}

// peakMemory is the greatest resident size of this process, 0 where the system
// does not tell.
func peakMemory() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(v), "kB")), 10, 64)
			if err != nil {
				return 0
			}
			return n << 10
		}
	}
	return 0
}
