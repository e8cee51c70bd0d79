package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"assay/ingest"
	"assay/verify/guard"
)

// besideTenant is whose work the bench does beside that of the tenants that it measures.
const besideTenant = benchTenant + "beside"

const (
	besideRate    = 20  // applications a second of a tenant whose times are measured
	besideN       = 240 // of them at most; else a tenth of what the bench is asked for
	backlog       = 16  // times as many are another tenant's, or as many as last three times so long
	silentHosts   = 20  // that each of the next is linked to
	silentWaiting = 16  // applications that wait for them
)

// besideRun is what a tenant's times were beside other work.
type besideRun struct {
	Beside string  `json:"beside"`
	Rate   float64 `json:"perSecond"`
	P50    float64 `json:"p50ms"`
	P95    float64 `json:"p95ms"`
	Left   int     `json:"left"` // of the other work that waited when it was measured

	Floor besideFloor `json:"floor"` // at the same time
}

// besideFloor is what no application is quicker than, several times over: a question to the
// queue's server and back, with nothing to do in it, and a write of 4 KiB to the disk. In
// milliseconds.
type besideFloor struct {
	Ask50   float64 `json:"askP50ms"`
	Ask95   float64 `json:"askP95ms"`
	Write50 float64 `json:"writeP50ms"`
	Write95 float64 `json:"writeP95ms"`
}

// floorOf measures that until its end.
type floorOf struct {
	queue       *ingest.Queue
	file        *os.File
	quit        chan struct{}
	done        sync.WaitGroup
	asks, write []time.Duration
}

const floorEvery = 50 * time.Millisecond

func newFloorOf(q *ingest.Queue) (*floorOf, error) {
	file, err := os.CreateTemp("", "assay-bench-floor-")
	if err != nil {
		return nil, err
	}
	f := &floorOf{queue: q, file: file, quit: make(chan struct{})}
	f.done.Go(func() { _ = guard.Try("the floor", f.measure) })
	return f, nil
}

func (f *floorOf) measure() error {
	t := time.NewTicker(floorEvery)
	defer t.Stop()
	for page := make([]byte, 4<<10); ; {
		select {
		case <-t.C:
		case <-f.quit:
			return nil
		}
		took, err := f.queue.RoundTrip()
		if err != nil {
			return err
		}
		f.asks = append(f.asks, took)
		begin := time.Now()
		if _, err := f.file.WriteAt(page, 0); err != nil {
			return err
		}
		if err := f.file.Sync(); err != nil {
			return err
		}
		f.write = append(f.write, time.Since(begin))
	}
}

// end ends it. What could not be measured is 0.
func (f *floorOf) end() besideFloor {
	close(f.quit)
	f.done.Wait()
	_, _ = f.file.Close(), os.Remove(f.file.Name())
	slices.Sort(f.asks)
	slices.Sort(f.write)
	return besideFloor{percentile(f.asks, 50), percentile(f.asks, 95), percentile(f.write, 50), percentile(f.write, 95)}
}

// silent is how many hosts are wanted that do not answer.
func (b *bench) silent() int {
	if b.Beside {
		return silentHosts
	}
	return 0
}

// beside measures the times of one tenant alone, and beside what others have done.
func (b *bench) beside() error {
	some := min(max(b.Sizes[len(b.Sizes)-1]/10, 5), besideN)
	live := func(what string, left func() (int, error)) error {
		from := b.size
		if err := b.run(from+some, besideRate); err != nil {
			return err
		}
		x := b.r.Runs[len(b.r.Runs)-1]
		b.r.Runs = b.r.Runs[:len(b.r.Runs)-1]
		n, err := left()
		b.r.Beside = append(b.r.Beside, besideRun{what, besideRate, x.P50, x.P95, n, b.least})
		return err
	}
	nothing := func() (int, error) { return 0, nil }
	if err := live("alone", nothing); err != nil {
		return err
	}
	n := max(backlog*some, int(3*float64(some)/besideRate*b.r.Runs[len(b.r.Runs)-1].PerSecond))
	if err := b.order(hiringTask{N: n, Alone: true}); err != nil {
		return err
	}
	if err := live(fmt.Sprintf("beside a backlog of %d of another tenant", n), b.waiting); err != nil {
		return err
	}
	if err := b.idle(); err != nil {
		return err
	}
	again := make(chan error, 1)
	go func() {
		again <- guard.Try("checking all again", func() error {
			_, err := b.queue.Reprocess(b.e.ctx, b.engine, ingest.ReprocessOptions{Tenant: besideTenant})
			return err
		})
	}()
	if err := live(fmt.Sprintf("while %d of another are checked again", n), b.waiting); err != nil {
		return err
	}
	if err := <-again; err != nil {
		return err
	}
	if err := b.idle(); err != nil {
		return err
	}
	if err := b.order(hiringTask{First: n, N: silentWaiting, Alone: true, Links: b.pits}); err != nil {
		return err
	}
	return live(fmt.Sprintf("beside %d of another that wait for %d hosts each", silentWaiting, silentHosts), nothing)
}

// order has applications of the other tenant submitted, for whose outcomes nobody waits.
func (b *bench) order(t hiringTask) error {
	t.Nats, t.Login, t.Tenants = b.nats, b.NatsLogin, []string{besideTenant}
	if err := json.NewEncoder(b.orders).Encode(t); err != nil {
		return err
	}
	_, err := b.done(func(int) {})
	return err
}

// waiting is how many applications wait to be examined, or to be examined again.
func (b *bench) waiting() (int, error) {
	l, err := b.queue.Load(b.e.ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, w := range l.Waiting {
		n += int(w.Messages) + w.Held
	}
	return n, nil
}

// idle waits until nothing waits.
func (b *bench) idle() error {
	for {
		switch n, err := b.waiting(); {
		case err != nil:
			return err
		case n == 0:
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-b.e.ctx.Done():
			return b.e.ctx.Err()
		}
	}
}
