package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"assay/verify/guard"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"go.uber.org/zap"
)

// memoryShare is what of a container's memory is this process's own: its parser children,
// and the pages of an index's files, are in it too.
const memoryShare = 0.7

// limitMemory has the collector of garbage work harder as memory comes to its end, where
// what this process runs in has one. GOMEMLIMIT, where it is set, stands.
func limitMemory(has memlimit.Provider, log *zap.Logger) {
	if _, err := memlimit.Set(memlimit.WithRatio(memoryShare), memlimit.WithProvider(has)); err != nil {
		log.Warn("the limit of memory cannot be read", zap.Error(err))
	}
}

// heapAim is what the heap may grow to before its garbage is collected: what is in use and
// as much again, as Go has it, while that is little, and no less than half as much again.
const (
	heapAim    = 240 << 20
	heapEvery  = time.Second
	mostGrowth = 100 // per cent of what is in use
	leastGrow  = 50
)

// growth is how much the heap may grow beyond so many bytes in use, in per cent.
func growth(live uint64) int {
	if live == 0 {
		return mostGrowth
	}
	return int(min(max(100*(heapAim-float64(live))/float64(live), leastGrow), mostGrowth))
}

// holdHeap has garbage collected sooner the more is in use, until the function that it
// gives is called: documents in hand, and the blocks that the embedded queue keeps for
// seconds, would else be in memory twice. GOGC, where it is set, stands.
func holdHeap(ctx context.Context, faults *guard.Watch) (end func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(mostGrowth)
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		_ = faults.Keep(ctx, "the heap", func(ctx context.Context) error {
			t := time.NewTicker(heapEvery)
			defer t.Stop()
			live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
			for was := mostGrowth; ; {
				select {
				case <-t.C:
				case <-ctx.Done():
					return nil
				}
				metrics.Read(live)
				// To set it stops the world: not for a trifle.
				if g := growth(live[0].Value.Uint64()); g != was && (g-was > 9 || was-g > 9 || g == leastGrow || g == mostGrowth) {
					debug.SetGCPercent(g)
					was = g
				}
			}
		})
	})
	return func() {
		cancel()
		done.Wait()
		debug.SetGCPercent(before)
	}
}
