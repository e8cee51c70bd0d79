package main

import (
	"errors"
	"runtime/debug"
	"testing"

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
