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
	"unsafe"

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
	parent := os.Getppid() // which cannot be asked later
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
		g.Seccomp = loadOwnOnly() && seccomp.LoadFilter(filter()) == nil
	}
	g.Missing = tryToEscape(parent)
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
// that are open already. Everything else fails with EPERM. What may be asked of
// those that can name a process says ownOnly.
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

// own are the values that an argument of a system call may have. All of these
// arguments are 32 bits wide, and the kernel looks at no more.
type own struct {
	number   uintptr
	argument uint32
	values   []uint32
}

// ownOnly are the system calls of filter that can name a process: by its number,
// by a clock of it, as the owner of a file, or by a lock. They are for this one.
func ownOnly() []own {
	clocks := []uint32{unix.CLOCK_REALTIME, unix.CLOCK_MONOTONIC, unix.CLOCK_PROCESS_CPUTIME_ID, unix.CLOCK_THREAD_CPUTIME_ID,
		unix.CLOCK_MONOTONIC_RAW, unix.CLOCK_REALTIME_COARSE, unix.CLOCK_MONOTONIC_COARSE, unix.CLOCK_BOOTTIME}
	var locks []uint32 // without priority inheritance, which finds a thread by the number in memory
	for _, op := range []uint32{futexWait, futexWake, futexRequeue, futexCmpRequeue, futexWakeOp, futexWaitBitset, futexWakeBitset} {
		locks = append(locks, op, op|futexPrivate, op|futexRealtime, op|futexPrivate|futexRealtime)
	}
	return []own{
		{unix.SYS_PRLIMIT64, 0, []uint32{0}},
		{unix.SYS_SCHED_GETAFFINITY, 0, []uint32{0}},
		{unix.SYS_TGKILL, 0, []uint32{uint32(os.Getpid())}}, // how the runtime interrupts its own threads
		{unix.SYS_CLOCK_GETTIME, 0, clocks},
		{unix.SYS_CLOCK_NANOSLEEP, 0, clocks},
		{unix.SYS_TIMER_CREATE, 0, clocks},
		{unix.SYS_FCNTL, 1, []uint32{unix.F_GETFD, unix.F_SETFD, unix.F_GETFL, unix.F_SETFL, unix.F_DUPFD_CLOEXEC}},
		{unix.SYS_FUTEX, 1, locks},
	}
}

// loadOwnOnly has the kernel hold every thread to ownOnly. The library that loads
// filter cannot: after an argument that does not fit, it takes the argument for
// the number of the next call.
func loadOwnOnly() bool {
	// Of struct seccomp_data, little endian.
	const number, arguments = 0, 16
	prog := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: number}}
	for _, o := range ownOnly() {
		n := len(o.values)
		prog = append(prog, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(o.number), Jf: uint8(n + 3)},
			unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: arguments + 8*o.argument})
		for i, v := range o.values {
			prog = append(prog, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: v, Jt: uint8(n - i)})
		}
		prog = append(prog, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	}
	prog = append(prog, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != nil {
		return false
	}
	p := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	r, _, err := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&p)))
	return err == 0 && r == 0
}

// Operations of futex(2).
const (
	futexWait       = 0
	futexWake       = 1
	futexRequeue    = 3
	futexCmpRequeue = 4
	futexWakeOp     = 5
	futexLockPI     = 6
	futexWaitBitset = 9
	futexWakeBitset = 10
	futexPrivate    = 128
	futexRealtime   = 256
)

// tryToEscape returns what still works and should not; other is the number of a
// process that is not this one.
func tryToEscape(other int) []string {
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
	if list := reachable(other); len(list) > 0 {
		missing = append(missing, "process: "+strings.Join(list, " "))
	}
	return missing
}

// reachable names the system calls by which another process can be reached. Each is tried so that it does nothing where it is allowed: the error
// alone tells. EPERM and EACCES are the filter's, and ENOSYS that of a kernel
// without it; all others are those of a call that was let through.
func reachable(other int) []string {
	pid := uintptr(other)
	var limit unix.Rlimit
	var cpus [16]uint64
	var now, past unix.Timespec
	var head, size uintptr
	var pipe [2]int
	if unix.Pipe2(pipe[:], unix.O_CLOEXEC) != nil {
		return []string{"pipe2"}
	}
	defer func() {
		_ = unix.Close(pipe[0])
		_ = unix.Close(pipe[1])
	}()
	owner := [2]int32{1, int32(pid)} // F_OWNER_PID
	word := uint32(0)                // a lock that nobody holds
	clock := ^pid<<3 | 2             // the CPU time of a process
	var list []string
	try := func(name string, number uintptr, a ...uintptr) {
		var x [6]uintptr
		copy(x[:], a)
		switch _, _, err := unix.Syscall6(number, x[0], x[1], x[2], x[3], x[4], x[5]); err {
		case unix.EPERM, unix.EACCES, unix.ENOSYS:
		default:
			list = append(list, name)
		}
	}
	const none, last = 0, ^uintptr(0)
	try("prlimit64", unix.SYS_PRLIMIT64, pid, unix.RLIMIT_NOFILE, none, uintptr(unsafe.Pointer(&limit)))
	try("kill", unix.SYS_KILL, pid, none)
	try("tgkill", unix.SYS_TGKILL, pid, pid, none)
	try("tkill", unix.SYS_TKILL, pid, none)
	try("rt_sigqueueinfo", unix.SYS_RT_SIGQUEUEINFO, pid, none, none)
	try("rt_tgsigqueueinfo", unix.SYS_RT_TGSIGQUEUEINFO, pid, pid, none, none)
	try("pidfd_open", unix.SYS_PIDFD_OPEN, pid, last)
	try("pidfd_getfd", unix.SYS_PIDFD_GETFD, last, none, none)
	try("pidfd_send_signal", unix.SYS_PIDFD_SEND_SIGNAL, last, none, none, none)
	try("process_vm_readv", unix.SYS_PROCESS_VM_READV, pid, none, none, none, none, last)
	try("process_vm_writev", unix.SYS_PROCESS_VM_WRITEV, pid, none, none, none, none, last)
	try("process_madvise", unix.SYS_PROCESS_MADVISE, last, none, none, none, none)
	try("ptrace", unix.SYS_PTRACE, unix.PTRACE_PEEKDATA, pid, none, none)
	try("kcmp", unix.SYS_KCMP, pid, pid, last, none, none)
	try("get_robust_list", unix.SYS_GET_ROBUST_LIST, pid, uintptr(unsafe.Pointer(&head)), uintptr(unsafe.Pointer(&size)))
	try("perf_event_open", unix.SYS_PERF_EVENT_OPEN, none, pid, last, last, none)
	try("sched_getaffinity", unix.SYS_SCHED_GETAFFINITY, pid, unsafe.Sizeof(cpus), uintptr(unsafe.Pointer(&cpus)))
	try("sched_setaffinity", unix.SYS_SCHED_SETAFFINITY, pid, none, none)
	try("sched_getscheduler", unix.SYS_SCHED_GETSCHEDULER, pid)
	try("sched_setscheduler", unix.SYS_SCHED_SETSCHEDULER, pid, last, none)
	try("sched_getparam", unix.SYS_SCHED_GETPARAM, pid, none)
	try("sched_setparam", unix.SYS_SCHED_SETPARAM, pid, none)
	try("sched_getattr", unix.SYS_SCHED_GETATTR, pid, none, none, none)
	try("sched_setattr", unix.SYS_SCHED_SETATTR, pid, none, none)
	try("sched_rr_get_interval", unix.SYS_SCHED_RR_GET_INTERVAL, pid, none)
	try("getpriority", unix.SYS_GETPRIORITY, unix.PRIO_PROCESS, pid)
	try("setpriority", unix.SYS_SETPRIORITY, last, pid, none)
	try("ioprio_get", unix.SYS_IOPRIO_GET, 1, pid)
	try("ioprio_set", unix.SYS_IOPRIO_SET, last, pid, none)
	try("getpgid", unix.SYS_GETPGID, pid)
	try("setpgid", unix.SYS_SETPGID, pid, last)
	try("getsid", unix.SYS_GETSID, pid)
	try("capget", unix.SYS_CAPGET, none, none)
	try("migrate_pages", unix.SYS_MIGRATE_PAGES, pid, none, none, none)
	try("move_pages", unix.SYS_MOVE_PAGES, pid, none, none, none, none, last)
	try("wait4", unix.SYS_WAIT4, last, none, unix.WNOHANG, none)
	try("clock_gettime", unix.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&now)))
	try("clock_nanosleep", unix.SYS_CLOCK_NANOSLEEP, clock, none, none, none)
	try("timer_create", unix.SYS_TIMER_CREATE, clock, none, none)
	try("F_SETOWN", unix.SYS_FCNTL, uintptr(pipe[0]), unix.F_SETOWN, pid)
	try("F_SETOWN_EX", unix.SYS_FCNTL, uintptr(pipe[0]), unix.F_SETOWN_EX, uintptr(unsafe.Pointer(&owner)))
	try("FUTEX_LOCK_PI", unix.SYS_FUTEX, uintptr(unsafe.Pointer(&word)), futexLockPI|futexPrivate, none, uintptr(unsafe.Pointer(&past)))
	try("PR_SET_PTRACER", unix.SYS_PRCTL, unix.PR_SET_PTRACER, pid)
	try("PR_SET_PDEATHSIG", unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, last)
	return list
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

// waiting reports whether a pipe has something to be read.
func waiting(r io.Reader) bool {
	f, ok := r.(interface {
		SyscallConn() (syscall.RawConn, error)
	})
	if !ok {
		return false
	}
	n := 0
	if raw, err := f.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	}
	return n > 0
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
