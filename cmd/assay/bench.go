package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"

	"assay/index"
	"assay/index/elastic"
	"assay/index/local"
	"assay/index/query"
	"assay/ingest"
	"assay/ingest/examine"
	"assay/ingest/natsd"
	"assay/verify/guard"
)

type benchCmd struct {
	Kind         string   `help:"What is submitted: json, one badge in a file of its own; pdf, a CV of 190 KB with three badges; mixed, both in turn." default:"json" enum:"json,pdf,mixed"`
	Applications int      `help:"How many applications." default:"1000"`
	Sizes        []int    `help:"Measure the way to each of these sizes of the index, in place of --applications." placeholder:"N"`
	Tenants      int      `help:"How many tenants they are of." default:"1"`
	Workers      int      `help:"Applications that are examined at a time." default:"${workers}"`
	NoSync       bool     `help:"Let the embedded queue leave it to the operating system when to write."`
	Nats         string   `name:"nats" help:"NATS server of your own in place of the embedded queue; it must hold no applications." placeholder:"URL"`
	NatsLogin    login    `embed:"" prefix:"nats-"`
	Elastic      []string `help:"Elasticsearch in place of the embedded index (repeatable); what is made there is taken away again." placeholder:"URL"`
	Floor        bool     `help:"Measure, in the same run, the least that such applications can cost here: their messages, bytes, signatures and index documents alone."`
	Beside       bool     `help:"Measure, in the same run, what a backlog of another tenant, checking all again, and hosts that do not answer do to the times of one."`
	Profile      string   `help:"Write the processor profile of the last run (pprof)." placeholder:"FILE"`
	JSON         bool     `name:"json" help:"Print the figures as JSON."`

	UnsafeNoSandbox bool `help:"Go on where documents cannot be parsed in a guarded child process."`
}

// figures are what the bench measures. Times of an application are from before it is
// submitted to its outcome as the one who submits reads it.
type figures struct {
	Kind      string             `json:"kind"`
	Tenants   int                `json:"tenants"`
	Workers   int                `json:"workers"`
	Runs      []benchRun         `json:"runs"`
	Half      benchRun           `json:"halfLoad"`    // at half of the last run's rate
	Stages    map[string]float64 `json:"stagesCPUms"` // of the last run: milliseconds of assay's main process for an application
	Floor     map[string]float64 `json:"floorCPUms,omitempty"`
	Beside    []besideRun        `json:"beside,omitempty"` // the first alone
	Anonymous int64              `json:"peakAnonymousBytes"`
	Files     int64              `json:"peakFileBytes"` // pages of files, which the system takes back
	Children  int64              `json:"peakChildrenBytes"`
	Started   int64              `json:"childrenStarted"`
}

// benchRun is a number of applications.
type benchRun struct {
	From      int                `json:"from"` // in the index before
	N         int                `json:"applications"`
	PerSecond float64            `json:"perSecond"`
	CPU       map[string]float64 `json:"cpuMs"` // of each process for an application
	P50       float64            `json:"p50ms"`
	P95       float64            `json:"p95ms"`
	P99       float64            `json:"p99ms"`
	Verified  int                `json:"verified"` // badges
}

// benchTenant begins the names of the bench's tenants.
const benchTenant = "assay-bench-"

// benchKey makes the ids of its documents.
const benchKey = "a key of the bench's own, no secret"

// Run measures the way of generated applications, through the embedded queue and index
// on a temporary folder, or through servers.
func (c *benchCmd) Run(e *env) (err error) {
	if c.Applications < 1 || c.Workers < 1 || c.Tenants < 1 || c.Tenants > 1000 {
		return errors.New("--applications, --workers and --tenants: at least 1, and 1000 tenants at most")
	}
	if c.Beside && c.Kind != "json" {
		return errors.New("--beside: of kind json alone")
	}
	if len(c.Sizes) == 0 {
		c.Sizes = []int{c.Applications}
	}
	if !slices.IsSorted(c.Sizes) || c.Sizes[0] < 1 {
		return errors.New("--sizes: from the smallest on, each at least 1")
	}
	dir, err := os.MkdirTemp("", "assay-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	quiet := *e
	quiet.log = quieter(e.log)
	b := &bench{benchCmd: c, e: &quiet, use: usage{others: map[string]int{}}, r: figures{Kind: c.Kind, Tenants: c.Tenants, Workers: c.Workers}}
	for i := range c.Tenants {
		b.tenants = append(b.tenants, fmt.Sprintf("%s%03d", benchTenant, i))
	}
	defer func() { err = errors.Join(err, b.close()) }()
	b.served = b.tenants
	if c.Beside {
		b.served = append(slices.Clone(b.tenants), besideTenant)
	}
	if err := b.hire(); err != nil {
		return err
	}
	if err := b.open(dir); err != nil {
		return err
	}
	end := b.use.watch()
	for i, size := range c.Sizes {
		run := func() (err error) {
			err = b.run(size, 0)
			return err
		}
		if i == len(c.Sizes)-1 {
			b.r.Stages, err = profiled(run, c.Profile)
		} else {
			err = run()
		}
		if err != nil {
			end()
			return err
		}
	}
	last := b.r.Runs[len(b.r.Runs)-1]
	for stage := range b.r.Stages {
		b.r.Stages[stage] *= last.CPU["assay"]
	}
	err = b.run(b.size+max(1, min(last.N/4, 2000)), last.PerSecond/2)
	end()
	if err != nil {
		return err
	}
	b.r.Half, b.r.Runs = b.r.Runs[len(b.r.Runs)-1], b.r.Runs[:len(b.r.Runs)-1]
	if err := b.count(); err != nil {
		return err
	}
	if c.Beside {
		if err := b.beside(); err != nil {
			return err
		}
	}
	b.r.Anonymous, b.r.Files, b.r.Children, b.r.Started = b.use.anonymous, b.use.files, b.use.childrenAnonymous, b.in.pool.Stats().Started
	if c.Floor {
		if err := b.rest(); err != nil {
			return err
		}
		if b.r.Floor, err = b.floor(dir); err != nil {
			return err
		}
	}
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(b.r)
	}
	return b.r.print(e.stdout)
}

// bench is a bench under way.
type bench struct {
	*benchCmd
	e       *env
	tenants []string
	served  []string // tenants of all that is submitted
	use     usage
	r       figures
	size    int                         // of the index
	least   besideFloor                 // of the last run that had a rate
	fresh   func(context.Context) error // makes what was written visible; nil = it is at once

	other    *exec.Cmd // who submits
	orders   io.WriteCloser
	told     *json.Decoder
	registry []byte
	site     string
	pits     []string // hosts that do not answer

	nats   string
	queue  *ingest.Queue
	engine index.Engine
	in     *inspection
	rest   func() error   // ends the worker
	ends   []func() error // in the order in which they were opened
}

// hire starts who submits.
func (b *bench) hire() (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	b.other = exec.CommandContext(b.e.ctx, self, "bench-hiring")
	b.other.Args[0], b.other.Stderr = "assay", b.e.stderr
	if b.orders, err = b.other.StdinPipe(); err != nil {
		return err
	}
	out, err := b.other.StdoutPipe()
	if err != nil {
		return err
	}
	if err := b.other.Start(); err != nil {
		return err
	}
	b.use.stranger = b.other.Process.Pid
	b.ends = append(b.ends, func() error {
		b.orders.Close()
		return b.other.Wait()
	})
	b.told = json.NewDecoder(out)
	var h hiringHello
	if err := json.NewEncoder(b.orders).Encode(hiringPlan{Kind: b.Kind, Site: b.Kind != "json", Silent: b.silent()}); err != nil {
		return err
	}
	if err := b.told.Decode(&h); err != nil {
		return fmt.Errorf("who submits for the bench does not start: %w", err)
	}
	b.registry, b.site, b.pits = h.Registry, h.Site, h.Silent
	return nil
}

// open opens queue, index and worker.
func (b *bench) open(dir string) error {
	e := b.e
	q := ingest.QueueOptions{URL: b.Nats, Log: e.log}
	b.nats = b.Nats
	if b.Nats == "" {
		d, err := natsd.Start(natsd.Options{Dir: filepath.Join(dir, "nats"), Listen: "127.0.0.1:0", NoSync: b.NoSync})
		if err != nil {
			return err
		}
		b.ends = append(b.ends, func() error { d.Close(); return nil })
		q.InProcess, b.nats = d, d.URL()
	} else if pid := listenerOf(b.Nats, "4222"); pid > 0 {
		b.use.others["nats-server"] = pid
	}
	var err error
	if b.queue, err = b.NatsLogin.dial(e.ctx, q); err != nil {
		return err
	}
	b.ends = append(b.ends, func() error { b.queue.Close(); return nil })
	end, err := b.queue.Trial(e.ctx, benchTenant, b.served)
	if err != nil {
		return err
	}
	b.ends = append(b.ends, func() error { return end(context.WithoutCancel(e.ctx)) })
	key := []byte(benchKey)
	if err := b.index(dir, key); err != nil {
		return err
	}
	f, err := openFrameworks("")
	if err != nil {
		return err
	}
	j := judging{Offline: b.site == "", Follow: "none", QR: "auto", UnsafeNoSandbox: b.UnsafeNoSandbox, registry: b.registry}
	if b.site != "" {
		j.AllowHost = []string{b.site}
	}
	if len(b.pits) > 0 {
		j.Offline, j.Follow = false, string(examine.FollowAll)
		j.AllowHost = append(j.AllowHost, b.pits...)
	}
	faults := &guard.Watch{Log: e.log}
	sooner := holdHeap(e.ctx, faults)
	b.ends = append(b.ends, func() error { sooner(); return nil })
	if b.in, err = j.open(e, faults, "", 0, f); err != nil {
		return err
	}
	b.ends = append(b.ends, b.in.close)
	w, err := ingest.NewWorker(ingest.WorkerOptions{Queue: b.queue, Engine: b.engine, Examiner: b.in.examiner, IDKey: key, Workers: b.Workers, Faults: faults, Log: e.log})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(e.ctx)
	worked := make(chan error, 1)
	go func() { worked <- guard.Try("the worker", func() error { return w.Run(ctx) }) }()
	b.rest = sync.OnceValue(func() error { cancel(); return <-worked })
	b.ends = append(b.ends, b.rest)
	return nil
}

// index opens the index.
func (b *bench) index(dir string, key []byte) error {
	if len(b.Elastic) == 0 {
		en, err := local.Open(local.Options{Dir: filepath.Join(dir, "index"), Key: key, Log: b.e.log})
		if err != nil {
			return err
		}
		b.engine = en
		b.ends = append(b.ends, en.Close)
		return nil
	}
	if pid := listenerOf(b.Elastic[0], "9200"); pid > 0 {
		b.use.others["elasticsearch"] = pid
	}
	s := storage{Elastic: b.Elastic, ElasticPrefix: fmt.Sprintf("assay-bench-%d", os.Getpid())}
	o, err := s.elastic(key, b.e.log)
	if err != nil {
		return err
	}
	en, err := elastic.Open(b.e.ctx, o)
	if err != nil {
		return err
	}
	b.engine, b.fresh = en, en.Refresh
	b.ends = append(b.ends, func() error {
		return errors.Join(en.Remove(context.WithoutCancel(b.e.ctx)), en.Close())
	})
	return nil
}

// close ends what was opened, the newest first.
func (b *bench) close() error {
	var err error
	for _, end := range slices.Backward(b.ends) {
		err = errors.Join(err, end())
	}
	return err
}

// listenerOf is the process of this machine behind a URL; 0 = none, or not known.
func listenerOf(address, port string) int {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost" && u.Hostname() != "::1" {
		return 0
	}
	if u.Port() != "" {
		port = u.Port()
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return 0
	}
	return listener(n)
}

// run has applications submitted until the index has a size, at so many a second (0 = at
// once).
func (b *bench) run(size int, rate float64) error {
	n := size - b.size
	bar := progress(b.e.stderr, fmt.Sprintf("to %d", size))
	defer bar.end()
	before := b.use.now()
	if err := json.NewEncoder(b.orders).Encode(hiringTask{Nats: b.nats, Login: b.NatsLogin, First: b.size, N: n, Rate: rate, Tenants: b.tenants}); err != nil {
		return err
	}
	d, err := b.done(func(outcomes int) { bar.set(outcomes, n) })
	if err != nil {
		return err
	}
	spent := b.use.now()
	badges := 0
	for i := b.size; i < size; i++ {
		badges++
		if b.Kind == "pdf" || b.Kind == "mixed" && i%2 == 1 {
			badges += 2
		}
	}
	if d.Indexed != n || d.Verified != badges {
		return fmt.Errorf("%d of %d applications were indexed, with %d of %d badges verified", d.Indexed, n, d.Verified, badges)
	}
	b.r.Runs = append(b.r.Runs, benchRun{From: b.size, N: n, PerSecond: float64(n) / d.Seconds, CPU: spent.each(before, n), P50: d.P50, P95: d.P95, P99: d.P99, Verified: d.Verified})
	b.size, b.least = size, d.Floor
	return nil
}

// done is what became of what was ordered.
func (b *bench) done(progress func(outcomes int)) (d hiringDone, err error) {
	for !d.Whole {
		d = hiringDone{}
		if err := b.told.Decode(&d); err != nil {
			return d, errors.Join(b.e.ctx.Err(), fmt.Errorf("who submits for the bench has ended: %w", err))
		}
		progress(d.Outcomes)
	}
	if d.Error != "" {
		return d, errors.New(d.Error)
	}
	return d, nil
}

// count looks whether what was counted is there.
func (b *bench) count() error {
	q, err := query.New("", query.Options{})
	if err != nil {
		return err
	}
	if b.fresh != nil {
		if err := b.fresh(b.e.ctx); err != nil {
			return err
		}
	}
	total := 0
	for _, t := range b.tenants {
		r, err := b.engine.Search(b.e.ctx, t, q)
		if err != nil {
			return err
		}
		total += r.Total
	}
	if total != b.size {
		return fmt.Errorf("%d applications are to be found, %d were submitted", total, b.size)
	}
	return nil
}

// print writes the figures for people.
func (r *figures) print(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintf(tw, "applications of kind %s, %d tenants; %d are examined at a time, %s\n", r.Kind, r.Tenants, r.Workers, processors())
	line := func(what string, x benchRun) {
		fmt.Fprintf(tw, "%s\t%.0f a second\tsubmit to outcome: p50 %.0f ms, p95 %.0f ms, p99 %.0f ms\tCPU ms an application: %s\n", what, x.PerSecond, x.P50, x.P95, x.P99, byWeight(x.CPU))
	}
	for _, x := range r.Runs {
		line(fmt.Sprintf("from %d to %d in the index", x.From, x.From+x.N), x)
	}
	line("at half of that rate", r.Half)
	fmt.Fprintf(tw, "of assay's own, by stage\t%s\n", byWeight(r.Stages))
	for _, x := range r.Beside {
		fmt.Fprintf(tw, "a tenant with %.0f a second, %s\tsubmit to outcome: p50 %.0f ms, p95 %.0f ms\t%.1f and %.1f times\ta question to the queue alone: %.2f and %.2f ms, a write to the disk: %.2f and %.2f ms\n", x.Rate, x.Beside, x.P50, x.P95, x.P50/r.Beside[0].P50, x.P95/r.Beside[0].P95,
			x.Floor.Ask50, x.Floor.Ask95, x.Floor.Write50, x.Floor.Write95)
	}
	if len(r.Floor) > 0 {
		sum, own := 0.0, 0.0
		for _, ms := range r.Floor {
			sum += ms
		}
		for name, ms := range r.Runs[len(r.Runs)-1].CPU {
			if name != "children" {
				own += ms
			}
		}
		fmt.Fprintf(tw, "the least it could be\t%s: together %.2f\tof which the last run took %.1f times, without its parser children\n", byWeight(r.Floor), sum, own/sum)
	}
	mib := func(n int64) string {
		if n == 0 {
			return "not known here"
		}
		return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
	}
	fmt.Fprintf(tw, "peak memory of its own\t%s\tand of files, which the system may take back: %s\n", mib(r.Anonymous), mib(r.Files))
	fmt.Fprintf(tw, "peak memory, all parser children\t%s (%d started)\n", mib(r.Children), r.Started)
	return tw.Flush()
}

// byWeight lists figures, the greatest first.
func byWeight(all map[string]float64) string {
	names := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		if all[a] != all[b] {
			return int((all[b] - all[a]) * 1e6)
		}
		return strings.Compare(a, b)
	})
	var parts []string
	for _, n := range names {
		parts = append(parts, fmt.Sprintf("%s %.2f", n, all[n]))
	}
	if len(parts) == 0 {
		return "not known here"
	}
	return strings.Join(parts, ", ")
}

func processors() string {
	if n := runtime.GOMAXPROCS(0); n > 1 {
		return strconv.Itoa(n) + " processors"
	}
	return "1 processor"
}
