package main

import (
	"bytes"
	"os"
	"runtime/pprof"
	"strings"
	"sync"
	"time"

	"assay/verify/guard"

	"github.com/google/pprof/profile"
)

// usage watches what processes use of processors and memory while the bench runs.
type usage struct {
	others   map[string]int // servers on this machine, by their name
	stranger int            // a child of this process that is not assay's

	mu                sync.Mutex
	anonymous, files  int64 // greatest, of this process
	childrenAnonymous int64 // greatest, of all children together
}

// spent is processor time.
type spent struct {
	assay, children time.Duration
	others          map[string]time.Duration
}

// watch looks at memory until end is called.
func (u *usage) watch() (end func()) {
	stop := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		_ = guard.Do("watching memory", func() {
			t := time.NewTicker(time.Second)
			defer t.Stop()
			for {
				u.look()
				select {
				case <-t.C:
				case <-stop:
					return
				}
			}
		})
	})
	return func() { close(stop); done.Wait() }
}

func (u *usage) look() {
	anonymous, files := memoryOf(os.Getpid())
	var children int64
	for _, p := range childrenOf(os.Getpid()) {
		if p != u.stranger {
			a, _ := memoryOf(p)
			children += a
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.anonymous, u.files, u.childrenAnonymous = max(u.anonymous, anonymous), max(u.files, files), max(u.childrenAnonymous, children)
}

// now is what was spent up to now.
func (u *usage) now() spent {
	s := spent{others: map[string]time.Duration{}}
	s.assay, s.children = ownTime()
	for _, p := range childrenOf(os.Getpid()) {
		if p != u.stranger {
			s.children += processorTime(p)
		}
	}
	for name, pid := range u.others {
		s.others[name] = processorTime(pid)
	}
	return s
}

// each is what was spent since, in milliseconds for each of n, by the process; the parts
// of assay and their sum.
func (s spent) each(since spent, n int) map[string]float64 {
	of := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(n) }
	all := map[string]float64{"assay": of(s.assay - since.assay), "children": of(s.children - since.children)}
	for name, d := range s.others {
		all[name] = of(d - since.others[name])
	}
	return all
}

// stages are what the processor time of assay's main process goes into, by the packages
// whose functions are on the stack: the innermost that is named here counts.
var stages = []struct{ stage, prefix string }{
	{"queue server", "github.com/nats-io/nats-server/"},
	{"queue client", "github.com/nats-io/nats.go"},
	{"index", "github.com/blevesearch/"},
	{"index", "go.etcd.io/bbolt"},
	{"index", "github.com/elastic/"},
	{"index", "assay/index/local"},
	{"index", "assay/index/elastic"},
	{"skills", "assay/index/skills"},
	{"documents", "assay/extract"},
	{"judging", "assay/verify"},
	{"record", "assay/index"},
	{"worker", "assay/ingest"},
	{"bench", "main."},
	{"bench", "runtime/pprof"},
	{"garbage", "runtime.gcBgMarkWorker"},
	{"garbage", "runtime.bgsweep"},
	{"garbage", "runtime.bgscavenge"},
}

// profiled takes a profile of this process while f runs, and gives the shares of each
// stage; what is of none is "runtime". The profile is written to a file, "" = none.
func profiled(f func() error, file string) (map[string]float64, error) {
	var b bytes.Buffer
	if err := pprof.StartCPUProfile(&b); err != nil {
		return nil, err
	}
	err := f()
	pprof.StopCPUProfile()
	if err != nil {
		return nil, err
	}
	if file != "" {
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			return nil, err
		}
	}
	p, err := profile.Parse(&b)
	if err != nil {
		return nil, err
	}
	shares, all := map[string]float64{}, 0.0
	for _, s := range p.Sample {
		v := float64(s.Value[len(s.Value)-1])
		shares[stageOf(s)] += v
		all += v
	}
	for stage := range shares {
		shares[stage] /= all
	}
	return shares, nil
}

func stageOf(s *profile.Sample) string {
	for _, l := range s.Location {
		for _, line := range l.Line {
			for _, st := range stages {
				if strings.HasPrefix(line.Function.Name, st.prefix) {
					return st.stage
				}
			}
		}
	}
	return "runtime"
}
