package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/deploy/testenv"
	"assay/index"
	"assay/index/local"
	"assay/index/query"
	"assay/ingest"
	"assay/ingest/natsd"
	"assay/verify/guard"

	"go.uber.org/zap"
)

// What may be more at the end of the soak than at its beginning, when everything
// that it does had been done once.
const (
	soakGoroutines = 16
	soakHeap       = 48 << 20 // bytes in use after a collection
	soakFiles      = 48       // open: segments of the index come and go
)

// resources are what a process must not use up.
type resources struct {
	goroutines, files int
	heap              uint64
}

func measured(t *testing.T) resources {
	t.Helper()
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r := resources{goroutines: runtime.NumGoroutine(), heap: m.HeapAlloc}
	if fds, err := os.ReadDir("/proc/self/fd"); err == nil {
		r.files = len(fds)
	}
	return r
}

// TestLongSoak runs what assay serve runs, the embedded queue, workers with their
// parser children and the embedded index, for as long as ASSAY_SOAK says (60 s),
// under new and repeated submissions, erasures and searches. Nothing is lost,
// nothing is there twice, and neither goroutines nor memory nor open files grow.
func TestLongSoak(t *testing.T) {
	if os.Getenv("ASSAY_LONG") == "" {
		t.Skip("is long: make test-long")
	}
	last := time.Minute
	if s := os.Getenv("ASSAY_SOAK"); s != "" {
		var err error
		if last, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	e := &env{ctx: t.Context(), log: zap.NewNop(), stderr: io.Discard}
	d, err := natsd.Start(natsd.Options{Dir: filepath.Join(dir, "nats"), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	q, err := ingest.Dial(t.Context(), ingest.QueueOptions{InProcess: d})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if err := q.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	key := []byte(strings.Repeat("soak key ", 4))
	en, err := local.Open(local.Options{Dir: filepath.Join(dir, "index"), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	defer en.Close()
	frameworks, err := openFrameworks("")
	if err != nil {
		t.Fatal(err)
	}
	j := judging{Offline: true, Follow: "none", QR: "auto", UnsafeNoSandbox: true, registry: sampleIssuers()}
	in, err := j.open(e, &guard.Watch{}, "", 0, frameworks)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.close() }()
	w, err := ingest.NewWorker(ingest.WorkerOptions{Queue: q, Engine: en, Examiner: in.examiner, IDKey: key, Workers: 4})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	worked := make(chan error, 1)
	go func() { worked <- w.Run(ctx) }()
	defer func() {
		stop()
		if err := <-worked; err != nil {
			t.Error(err)
		}
	}()
	sub, err := ingest.NewSubmitter(q, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSampler()
	if err != nil {
		t.Fatal(err)
	}

	const people, hands = 200, 6
	var mu sync.Mutex
	newest := map[string]int64{} // version of each application that stays
	var done, erased, searches atomic.Int64
	// one takes application i its whole way.
	one := func(i int64) error {
		a, err := s.application(t.Context(), int(i%people))
		if err != nil {
			return err
		}
		gone := i%25 == 24
		if gone {
			a.Application = fmt.Sprint("gone-", i)
		}
		rc, err := sub.Submit(t.Context(), a)
		if err != nil {
			return err
		}
		wait, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		o, err := q.Wait(wait, a.Tenant, a.Application, rc)
		if err != nil {
			return fmt.Errorf("%s is lost: %w", a.Application, err)
		}
		if o.State != ingest.Indexed && o.State != ingest.Superseded || o.State == ingest.Indexed && o.Counts.Verified+o.Counts.Unvouched != 2 {
			return fmt.Errorf("%s: %+v", a.Application, o)
		}
		if gone {
			erased.Add(1)
			return q.Erase(t.Context(), en, a.Tenant, a.Application, time.Now())
		}
		mu.Lock()
		newest[a.Application] = max(newest[a.Application], o.Version)
		mu.Unlock()
		return nil
	}
	// run does so with several hands until the time is over, each application once
	// at least where the time is nought.
	run := func(until time.Time) {
		var wg sync.WaitGroup
		var n atomic.Int64
		for range hands {
			wg.Go(func() {
				for !t.Failed() {
					i := n.Add(1) - 1
					if until.IsZero() && i >= people || !until.IsZero() && time.Now().After(until) {
						return
					}
					if err := one(done.Add(1) - 1); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Go(func() { // who searches meanwhile
			for i := 0; !t.Failed() && (until.IsZero() && n.Load() < people || !until.IsZero() && time.Now().Before(until)); i++ {
				question, err := query.New([]string{"python", "teamwork OR welding", "issuer:bench", ""}[i%4], query.Options{Facets: query.AllFacets()})
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := en.Search(t.Context(), "bench", question); err != nil {
					t.Error(err)
				}
				searches.Add(1)
				time.Sleep(20 * time.Millisecond)
			}
		})
		wg.Wait()
	}
	run(time.Time{})
	start := measured(t)
	run(time.Now().Add(last))

	// Everything has come to rest.
	var end resources
	for range 60 {
		load, err := q.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		live := load.Waiting[0]
		end = measured(t)
		if live.Messages == 0 && live.Held == 0 && end.goroutines <= start.goroutines+soakGoroutines && end.files <= start.files+soakFiles {
			break
		}
		time.Sleep(500 * time.Millisecond)
	}
	t.Logf("%d applications, %d of them erased, %d searches; goroutines %d then %d, heap %d MiB then %d, files %d then %d",
		done.Load(), erased.Load(), searches.Load(), start.goroutines, end.goroutines, start.heap>>20, end.heap>>20, start.files, end.files)
	if end.goroutines > start.goroutines+soakGoroutines {
		buf := make([]byte, 1<<20)
		t.Errorf("goroutines grew from %d to %d\n%s", start.goroutines, end.goroutines, buf[:runtime.Stack(buf, true)])
	}
	if end.heap > start.heap+soakHeap {
		t.Errorf("the heap grew from %d to %d bytes", start.heap, end.heap)
	}
	if end.files > start.files+soakFiles {
		t.Errorf("open files grew from %d to %d", start.files, end.files)
	}
	lost := 0
	for application, version := range newest {
		doc, err := en.Get(t.Context(), "bench", application)
		if err != nil || doc.Version != version || len(doc.Credentials) != 2 {
			lost++
			t.Errorf("%s: %v, want version %d with two badges", application, err, version)
		}
	}
	everybody, err := query.New("", query.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := en.Search(t.Context(), "bench", everybody); err != nil || r.Total != len(newest) {
		t.Errorf("%d applications are found, %d were submitted and stay (%v)", r.Total, len(newest), err)
	}
	if _, err := en.Get(t.Context(), "bench", "gone-24"); !errors.Is(err, index.ErrErased) {
		t.Errorf("what was erased: %v", err)
	}
	if err := q.DeadLetters(t.Context(), "", func(l ingest.DeadLetter) error {
		t.Errorf("a dead letter: %+v", l)
		return nil
	}); err != nil {
		t.Error(err)
	}
	testenv.Ledger{Row: "R17", Fault: fmt.Sprintf("submitted, erased and searched for %v", last), Taken: int(done.Load()), Lost: lost,
		Note: fmt.Sprintf("goroutines %d then %d, heap %d MiB then %d, files %d then %d", start.goroutines, end.goroutines, start.heap>>20, end.heap>>20, start.files, end.files)}.Enter(t)
	if searches.Load() == 0 || erased.Load() == 0 || done.Load() < 2*people {
		t.Errorf("only %d applications, %d erased, %d searches", done.Load(), erased.Load(), searches.Load())
	}
}
