package sandbox

import (
	"errors"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/elastic/go-seccomp-bpf"
	"github.com/landlock-lsm/go-landlock/landlock"
	llsys "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

const (
	mustGuard       = true // a child that can break out is refused
	namespacesExist = true
	lifeCPU         = 10 * time.Minute // of a child, whatever its documents
)

// processAttributes gives the child a user, network and IPC namespace of its
// own, and the kernel's promise that it dies with its parent. A PID namespace
// is left out: with it, restricting every thread by Landlock hangs.
func processAttributes(namespaces bool) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if namespaces {
		a.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS
	}
	return a
}

// enterGuard shuts the child in and then tries to get out.
func enterGuard(memory int64) Guard {
	var g Guard
	releaseProgram()
	set := func(resource int, n uint64) { _ = unix.Setrlimit(resource, &unix.Rlimit{Cur: n, Max: n}) }
	// RLIMIT_DATA counts what is mapped already, too (a race-detecting build
	// maps terabytes), so the allowance comes on top of it.
	set(unix.RLIMIT_DATA, uint64(mappedData()+memory))
	set(unix.RLIMIT_FSIZE, 0)
	set(unix.RLIMIT_CORE, 0)
	_ = unix.Setrlimit(unix.RLIMIT_CPU, &unix.Rlimit{Cur: uint64(lifeCPU / time.Second), Max: uint64(lifeCPU / time.Second)})
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)

	if abi, err := llsys.LandlockGetABIVersion(); err == nil {
		cfg := landlock.V5
		if abi >= 6 {
			cfg = landlock.V6
		}
		if cfg.BestEffort().Restrict() == nil {
			g.Landlock = abi
		}
	}
	if seccomp.Supported() {
		g.Seccomp = seccomp.LoadFilter(filter()) == nil
	}
	g.Missing = tryToEscape()
	return g
}

// releaseProgram lets go of the pages of code that starting up touched: most
// belong to parts that a child never runs, and what it needs comes back from the
// page cache. Only code: data that is read-only may have been written before
// (relocated), and would come back as it was in the file. Failure costs memory
// only.
func releaseProgram() {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(maps)) {
		f := strings.Fields(line)
		if len(f) != 6 || f[5] != self || f[1] != "r-xp" {
			continue
		}
		from, to, _ := strings.Cut(f[0], "-")
		a, err1 := strconv.ParseUint(from, 16, 64)
		b, err2 := strconv.ParseUint(to, 16, 64)
		if err1 == nil && err2 == nil && b > a {
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, uintptr(a), uintptr(b-a), unix.MADV_DONTNEED)
		}
	}
}

// mappedData is the VmData of this process in bytes.
func mappedData() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	return statusField(b, "VmData:")
}

func statusField(status []byte, name string) int64 {
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return n << 10
		}
	}
	return 0
}

// filter allows what the Go runtime needs to compute and to talk over pipes
// that are open already. Everything else fails with EPERM.
func filter() seccomp.Filter {
	names := []string{
		"read", "write", "readv", "writev", "close", "fstat", "lseek", "fcntl", "pipe2",
		"mmap", "munmap", "mprotect", "madvise", "mremap", "brk", "mincore",
		"futex", "sched_yield", "sched_getaffinity", "set_robust_list", "rseq", "membarrier",
		"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "tgkill", "restart_syscall",
		"nanosleep", "clock_nanosleep", "clock_gettime", "gettimeofday", "getpid", "gettid", "getrandom",
		"timer_create", "timer_settime", "timer_delete", "setitimer",
		"epoll_create1", "epoll_ctl", "epoll_pwait", "eventfd2", "ppoll",
		"getrusage", "prlimit64", "getrlimit", "setrlimit", "exit", "exit_group", "uname",
	}
	if runtime.GOARCH == "amd64" {
		names = append(names, "epoll_wait", "poll", "arch_prctl")
	}
	return seccomp.Filter{
		NoNewPrivs: true,
		Flag:       seccomp.FilterFlagTSync,
		Policy: seccomp.Policy{
			DefaultAction: seccomp.ActionErrno,
			Syscalls: []seccomp.SyscallGroup{
				{Names: names, Action: seccomp.ActionAllow},
				// A C library starts threads by clone3, whose flags a filter cannot
				// see; told that there is none, it falls back to clone.
				{Names: []string{"clone3"}, Action: seccomp.ActionErrno | seccomp.Action(unix.ENOSYS)},
				{NamesWithCondtions: []seccomp.NameWithConditions{
					// Threads of the runtime, never a process.
					{Name: "clone", Conditions: []seccomp.Condition{{Argument: 0, Operation: seccomp.BitsSet, Value: unix.CLONE_THREAD}}},
					// Naming of memory areas by the runtime.
					{Name: "prctl", Conditions: []seccomp.Condition{{Argument: 0, Operation: seccomp.Equal, Value: unix.PR_SET_VMA}}},
				}, Action: seccomp.ActionAllow},
			},
		},
	}
}

// tryToEscape returns what still works and should not.
func tryToEscape() []string {
	var missing []string
	if f, err := os.Open("/proc/self/status"); err == nil {
		_ = f.Close()
		missing = append(missing, "file")
	}
	if f, err := os.CreateTemp(os.TempDir(), "sandbox"); err == nil {
		_ = f.Close()
		_ = os.Remove(f.Name())
		missing = append(missing, "write")
	}
	for _, family := range []int{unix.AF_INET, unix.AF_INET6, unix.AF_UNIX} {
		if fd, err := unix.Socket(family, unix.SOCK_STREAM, 0); err == nil {
			_ = unix.Close(fd)
			missing = append(missing, "network")
			break
		}
	}
	// A program that does not exist: ENOENT would mean that looking was allowed.
	if err := unix.Exec("/nonexistent/program", []string{"x"}, nil); !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES) {
		missing = append(missing, "exec")
	}
	return missing
}

// limitCPU gives the document in hand its CPU time: the kernel ends the child
// by SIGXCPU after it.
func limitCPU(d time.Duration) {
	soft := uint64((cpuUsed()+d)/time.Second) + 1
	_ = unix.Setrlimit(unix.RLIMIT_CPU, &unix.Rlimit{Cur: soft, Max: uint64(lifeCPU / time.Second)})
}

func cpuUsed() time.Duration {
	var ru unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &ru) != nil {
		return 0
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

// widenPipe lets a usual document pass in one go. Failure costs speed only.
func widenPipe(w io.Writer) {
	f, ok := w.(interface {
		SyscallConn() (syscall.RawConn, error)
	})
	if !ok {
		return
	}
	if raw, err := f.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 1<<20) })
	}
}

// peakRSS is the most memory the child ever held, in bytes.
func (c *child) peakRSS() int64 {
	if c.cmd.ProcessState != nil {
		if ru, ok := c.cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			return ru.Maxrss << 10
		}
		return 0
	}
	b, err := os.ReadFile("/proc/" + strconv.Itoa(c.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0
	}
	return statusField(b, "VmHWM:")
}
