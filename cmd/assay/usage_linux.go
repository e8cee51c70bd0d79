package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is what /proc counts processor time in.
const tick = 10 * time.Millisecond

// processorTime is what a process has used of the processors.
func processorTime(pid int) time.Duration {
	f, ok := stat(pid)
	if !ok {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * tick
}

// stat are the fields of /proc/PID/stat behind the name, the state first.
func stat(pid int) ([]string, bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	at := strings.LastIndexByte(string(b), ')')
	if err != nil || at < 0 {
		return nil, false
	}
	f := strings.Fields(string(b[at+1:]))
	return f, len(f) > 12
}

// ownTime is what this process has used of the processors, and the children of it that
// have ended.
func ownTime() (self, ended time.Duration) {
	of := func(who int) time.Duration {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) != nil {
			return 0
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return of(syscall.RUSAGE_SELF), of(syscall.RUSAGE_CHILDREN)
}

// childrenOf are the processes that a process has started and that run.
func childrenOf(pid int) (all []int) {
	for _, p := range processes() {
		if f, ok := stat(p); ok && f[1] == strconv.Itoa(pid) {
			all = append(all, p)
		}
	}
	return all
}

func processes() (all []int) {
	dirs, _ := os.ReadDir("/proc")
	for _, d := range dirs {
		if pid, err := strconv.Atoi(d.Name()); err == nil {
			all = append(all, pid)
		}
	}
	return all
}

// memoryOf is what a process has in memory, in bytes: what is its own, and pages of
// files, which the system takes back when it needs them.
func memoryOf(pid int) (anonymous, files int64) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		name, v, _ := strings.Cut(s.Text(), ":")
		n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(v), " kB"), 10, 64)
		switch {
		case err != nil:
		case name == "RssAnon":
			anonymous = n << 10
		case name == "RssFile":
			files = n << 10
		}
	}
	return anonymous, files
}

// listener is the process of this machine that listens at a port; 0 = none that this
// user may look at.
func listener(port int) int {
	inodes := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		b, err := os.ReadFile(table)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(b)) {
			f := strings.Fields(line)
			const listens = "0A"
			if len(f) > 9 && f[3] == listens && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) {
				inodes["socket:["+f[9]+"]"] = true
			}
		}
	}
	for _, pid := range processes() {
		dir := fmt.Sprintf("/proc/%d/fd", pid)
		files, _ := os.ReadDir(dir)
		for _, f := range files {
			if to, err := os.Readlink(filepath.Join(dir, f.Name())); err == nil && inodes[to] {
				return pid
			}
		}
	}
	return 0
}
