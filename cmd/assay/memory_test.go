package main

import (
	"errors"
	"runtime/debug"
	"testing"

	"assay/verify/guard"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"go.uber.org/zap"
)

// Of what a container may have, its share is the limit; a container without a limit, one
// that cannot be read, and GOMEMLIMIT leave it as it is.
func TestLimitMemory(t *testing.T) {
	was := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(was)
	const has = 1000 << 20
	limitMemory(memlimit.Limit(has), zap.NewNop())
	if got := debug.SetMemoryLimit(-1); got < has*69/100 || got > has*71/100 {
		t.Errorf("limit %d of %d", got, has)
	}
	limitMemory(func() (uint64, error) { return 0, errors.New("not to be read") }, zap.NewNop())
	if got := debug.SetMemoryLimit(-1); got > has {
		t.Errorf("limit %d", got)
	}
	debug.SetMemoryLimit(was)
	t.Setenv("GOMEMLIMIT", "5GiB")
	limitMemory(memlimit.Limit(has), zap.NewNop())
	if got := debug.SetMemoryLimit(-1); got != was {
		t.Errorf("limit %d, was %d", got, was)
	}
}

// A small heap grows as Go has it, a great one less, and none by less than half.
func TestGrowth(t *testing.T) {
	for live, want := range map[uint64]int{0: 100, 40 << 20: 100, 120 << 20: 100, 140 << 20: 71, 160 << 20: 50, 300 << 20: 50, 8 << 30: 50} {
		if got := growth(live); got != want {
			t.Errorf("with %d MiB in use: %d, want %d", live>>20, got, want)
		}
	}
}

// What is set while it holds is as before when it ends; GOGC stands.
func TestHoldHeap(t *testing.T) {
	t.Setenv("GOGC", "")
	was := debug.SetGCPercent(77)
	defer debug.SetGCPercent(was)
	end := holdHeap(t.Context(), &guard.Watch{Log: zap.NewNop()})
	if got := debug.SetGCPercent(mostGrowth); got != mostGrowth {
		t.Errorf("%d while it holds", got)
	}
	end()
	if got := debug.SetGCPercent(77); got != 77 {
		t.Errorf("%d after it", got)
	}
	t.Setenv("GOGC", "77")
	end = holdHeap(t.Context(), &guard.Watch{Log: zap.NewNop()})
	if got := debug.SetGCPercent(77); got != 77 {
		t.Errorf("%d in place of what GOGC says", got)
	}
	end()
}
