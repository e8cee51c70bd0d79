//go:build !linux

package sandbox

import (
	"io"
	"syscall"
	"time"
)

// Elsewhere than on Linux a child is only a process of its own: it can crash
// alone and be killed, and Guard.Missing says the rest.
const (
	mustGuard       = false
	namespacesExist = false
	lifeCPU         = 10 * time.Minute
)

func processAttributes(bool) *syscall.SysProcAttr { return nil }

func enterGuard(int64) Guard {
	return Guard{Missing: []string{"file", "write", "network", "exec", "process"}}
}

func limitCPU(time.Duration) {}

func cpuUsed() time.Duration { return 0 }

func widenPipe(io.Writer) {}

func waiting(io.Reader) bool { return false }

func (c *child) peakRSS() int64 { return 0 }
