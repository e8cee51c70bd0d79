package ingest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/deploy/testenv"
	"assay/extract"
	"assay/index"
	"assay/index/record"
	"assay/ingest/examine"
	"assay/ingest/natsd"
	"assay/verify"
	"assay/verify/verdict"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// TestMain runs more tests at a time than there are processors: they wait for
// servers and for time.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		_ = f.Value.Set(strconv.Itoa(4 * runtime.GOMAXPROCS(0)))
	}
	m.Run()
}

// memory is an index.Engine of versions alone.
type memory struct {
	index.Engine // the methods that ingest does not use
	mu           sync.Mutex
	docs         map[string]record.Application
	writes       int
	fail         func(doc record.Application) error // before a write
	after        func(doc record.Application)       // after a write
	keep         func() error                       // before an erasure
}

func newMemory() *memory { return &memory{docs: map[string]record.Application{}} }

func (m *memory) Write(ctx context.Context, docs []record.Application) []index.Outcome {
	out := make([]index.Outcome, len(docs))
	for i, d := range docs {
		m.mu.Lock()
		fail, after := m.fail, m.after
		m.mu.Unlock()
		if fail != nil {
			if err := fail(d); err != nil {
				out[i].Err = err
				continue
			}
		}
		m.mu.Lock()
		k := d.Tenant + "/" + d.Application
		if old, ok := m.docs[k]; ok && old.Version >= d.Version {
			out[i].Superseded = true
		} else {
			m.docs[k] = d
			m.writes++
		}
		m.mu.Unlock()
		if after != nil {
			after(d)
		}
	}
	return out
}

func (m *memory) Get(ctx context.Context, tenant, application string) (*record.Application, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.docs[tenant+"/"+application]
	switch {
	case !ok:
		return nil, index.ErrNotFound
	case d.Erased:
		return nil, index.ErrErased
	}
	return &d, nil
}

func (m *memory) Version(ctx context.Context, tenant, application string) (int64, error) {
	d, err := m.Get(ctx, tenant, application)
	if err != nil {
		return 0, err
	}
	return d.Version, nil
}

func (m *memory) Erase(ctx context.Context, tenant, application string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keep != nil {
		if err := m.keep(); err != nil {
			return err
		}
	}
	m.docs[tenant+"/"+application] = record.Application{Tenant: tenant, Version: record.VersionErased, Erased: true}
	return nil
}

func (m *memory) Scan(_ context.Context, tenant string, fn func(*record.Application) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.docs {
		if d.Erased || tenant != "" && d.Tenant != tenant {
			continue
		}
		if err := fn(&d); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Status(context.Context) (index.Status, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return index.Status{Engine: "memory", Applications: len(m.docs)}, nil
}

func (m *memory) set(fail func(record.Application) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = fail
}

// examiner makes a finding of each document whose bytes name a result.
type examiner func(ctx context.Context, in examine.Input) ([]examine.Report, error)

func (f examiner) Examine(ctx context.Context, in examine.Input) ([]examine.Report, error) {
	return f(ctx, in)
}

func byContent(_ context.Context, in examine.Input) ([]examine.Report, error) {
	var out []examine.Report
	for _, d := range in.Documents {
		r := examine.Report{Document: d.Name}
		word, _, _ := strings.Cut(strings.ReplaceAll(string(d.Data), ":", " "), " ")
		switch res := verdict.Result(word); res {
		case verdict.Verified, verdict.Pending, verdict.Rejected:
			r.Findings = []examine.Finding{{Where: d.Name + " > iTXt", Carrier: "png", Verdict: verify.Verdict{Result: res, Credential: verdict.Credential{Name: "Teamwork"}}}}
		default:
			r.Unread = []extract.Unread{{Where: d.Name, Reason: extract.ReasonUnknown}}
		}
		out = append(out, r)
	}
	for _, l := range in.Links {
		out = append(out, examine.Report{Document: l})
	}
	return out, nil
}

// logs keeps what is logged, everything at every level.
type logs struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logs) logger() *zap.Logger {
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(l), zapcore.DebugLevel))
}

// server is a NATS server that can be stopped and started on the same store.
type server interface {
	options() QueueOptions
	stop()
	start(t *testing.T)
}

type embedded struct {
	dir string
	d   *natsd.Server
}

func (s *embedded) options() QueueOptions { return QueueOptions{InProcess: s.d} }
func (s *embedded) stop()                 { s.d.Close() }
func (s *embedded) start(t *testing.T) {
	t.Helper()
	var err error
	if s.d, err = natsd.Start(natsd.Options{Dir: s.dir, NoSync: true}); err != nil {
		t.Fatal(err)
	}
}

type process struct {
	bin, dir, port string
	cmd            *exec.Cmd
}

func (s *process) options() QueueOptions { return QueueOptions{URL: "nats://127.0.0.1:" + s.port} }
func (s *process) stop() {
	_ = s.cmd.Process.Kill() // as a crash does
	_ = s.cmd.Wait()
}
func (s *process) start(t *testing.T) {
	t.Helper()
	s.cmd = exec.Command(s.bin, "-js", "-sd", s.dir, "-a", "127.0.0.1", "-p", s.port)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+s.port); err == nil {
			c.Close()
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatal("nats-server does not listen")
}

// servers runs a test against the embedded server and a real one.
func servers(t *testing.T, f func(t *testing.T, s server)) {
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		s := &embedded{dir: t.TempDir()}
		s.start(t)
		t.Cleanup(func() { s.stop() })
		f(t, s)
	})
	t.Run("nats-server", func(t *testing.T) {
		t.Parallel()
		f(t, newProcess(t))
	})
}

// newProcess is a real server of its own.
func newProcess(t *testing.T) *process {
	t.Helper()
	bin := testenv.NATSServer(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	s := &process{bin: bin, dir: filepath.Join(t.TempDir(), "js"), port: port}
	s.start(t)
	t.Cleanup(func() { s.stop() })
	return s
}

// rig is a queue with a submitter.
type rig struct {
	*Queue
	sub *Submitter
	log *logs
}

func newRig(t *testing.T, s server, change ...func(*QueueOptions)) *rig {
	t.Helper()
	r := &rig{log: &logs{}}
	o := s.options()
	o.Log = r.log.logger()
	for _, f := range change {
		f(&o)
	}
	var err error
	if r.Queue, err = Dial(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	if err := r.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	// For tests that take messages themselves, before a worker meets the tenant.
	if err := r.consumersFor(t.Context(), "acme", 1); err != nil {
		t.Fatal(err)
	}
	if r.sub, err = NewSubmitter(r.Queue, []byte("key of a test")); err != nil {
		t.Fatal(err)
	}
	r.watch(t)
	return r
}

// alone is a rig on an embedded server of its own, with an engine.
func alone(t *testing.T, change ...func(*QueueOptions)) (*rig, *memory) {
	t.Helper()
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(func() { s.stop() })
	return newRig(t, s, change...), newMemory()
}

// work runs a worker until the test (or the returned stop) ends.
func (r *rig) work(t *testing.T, e index.Engine, ex Examiner, change ...func(*WorkerOptions)) (stop func()) {
	t.Helper()
	o := WorkerOptions{Queue: r.Queue, Engine: e, Examiner: ex, IDKey: []byte("id key of a test, long enough...."), Workers: 4,
		Jitter: func() float64 { return 0 }, Drain: 2 * time.Second, Log: r.log.logger()}
	for _, f := range change {
		f(&o)
	}
	w, err := NewWorker(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("worker: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func (r *rig) submit(t *testing.T, tenant, application, content string) *Receipt {
	t.Helper()
	rc, err := r.sub.Submit(t.Context(), submission(tenant, application, content))
	if err != nil {
		t.Fatal(err)
	}
	return rc
}

func submission(tenant, application, content string) Submission {
	return Submission{Tenant: tenant, Application: application, Applicant: Applicant{Emails: []string{"applicant@example.org"}},
		Files: []File{{Name: "resume.png", Data: []byte(content)}}}
}

func (r *rig) outcome(t *testing.T, tenant, application string, rc *Receipt) *Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	o, err := r.Wait(ctx, tenant, application, rc)
	if err != nil {
		t.Fatalf("no outcome: %v\n%s", err, r.log)
	}
	return o
}

func (r *rig) letters(t *testing.T) []DeadLetter {
	t.Helper()
	var out []DeadLetter
	if err := r.DeadLetters(t.Context(), "", func(d DeadLetter) error { out = append(out, d); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// eventually waits for a condition; the limit is only there so that a broken
// test ends.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 1200 {
		if ok() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

var errFlaky = errors.New("flaky")

func names(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("A-%d", i)
	}
	return out
}

// waits is how much waits on the queue, in messages.
type waits struct {
	Live, Batch, Pending, DeadLetters uint64
	Held                              int // delivered and not yet answered
}

func (r *rig) Lag(ctx context.Context) (waits, error) {
	var l waits
	load, err := r.Load(ctx)
	if err != nil {
		return l, err
	}
	for _, w := range load.Waiting {
		l.Held += w.Held
		if w.Queue == ConsumerLive {
			l.Live += w.Messages
		} else {
			l.Batch += w.Messages
		}
	}
	for _, s := range load.Stores {
		switch s.Stream {
		case StreamPending:
			l.Pending = s.Messages
		case StreamDeadLetters:
			l.DeadLetters = s.Messages
		}
	}
	return l, nil
}

func (m *memory) ScanIssuers(ctx context.Context, tenant string, issuers []string, _ string, fn func(*record.Application) error) error {
	return m.Scan(ctx, tenant, func(a *record.Application) error {
		if slices.ContainsFunc(a.Claims, func(c record.Claim) bool { return slices.Contains(issuers, c.Issuer) }) {
			return fn(a)
		}
		return nil
	})
}

func natsMsg(subject string) *nats.Msg { return &nats.Msg{Subject: subject, Data: []byte("{}")} }
