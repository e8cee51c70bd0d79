package main

import (
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
