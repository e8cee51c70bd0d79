package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/elastic/go-seccomp-bpf"
)

// unit gives the settings of a systemd unit by their names, each in the order that it is
// given in.
func unit(t *testing.T, path string) map[string][]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
			all[name] = append(all[name], value)
		}
	}
	return all
}

// TestUnit: deploy/systemd/assay.service is one that systemd takes, and starts assay as
// assay can be started.
func TestUnit(t *testing.T) {
	path := filepath.Join(root(t), "deploy", "systemd", "assay.service")
	u := unit(t, path)
	start := strings.Fields(u["ExecStart"][0])
	if start[0] != "/usr/bin/assay" {
		t.Errorf("it starts %s", start[0])
	}
	if err := taken(start[1:]); err != nil {
		t.Errorf("%q: %v", start, err)
	}
	// Without these a document that is too large for its child, or a child that tries
	// whether it is shut in, would end the service.
	for name, want := range map[string]string{"OOMPolicy": "continue", "SystemCallErrorNumber": "EPERM", "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "ProtectSystem": "strict", "RestartPreventExitStatus": "2"} {
		if got := u[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	systemd, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd-analyze here")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	here := filepath.Join(t.TempDir(), "assay.service")
	if err := os.WriteFile(here, []byte(strings.ReplaceAll(string(b), "/usr/bin/assay", exe)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(systemd, "verify", here).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v: %s", err, out)
	}
}

// TestUnitSandbox: under the system calls that the unit leaves, the children that parse
// documents come up as guarded as without it.
func TestUnitSandbox(t *testing.T) {
	systemd, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd-analyze here, which knows what its groups of system calls are")
	}
	groups := map[string][]string{}
	out, err := exec.Command(systemd, "syscall-filter").Output()
	if err != nil {
		t.Fatal(err)
	}
	name := ""
	for line := range strings.Lines(string(out)) {
		switch word := strings.TrimSpace(line); {
		case strings.HasPrefix(line, "@"):
			name = word
		case word != "" && !strings.HasPrefix(word, "#"):
			groups[name] = append(groups[name], word)
		}
	}
	allowed := []string{"@default"}
	for _, f := range unit(t, filepath.Join(root(t), "deploy", "systemd", "assay.service"))["SystemCallFilter"] {
		allowed = append(allowed, strings.Fields(f)...)
	}
	for i := 0; i < len(allowed); i++ { // groups hold groups
		allowed = append(allowed, groups[allowed[i]]...)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	assay := filepath.Join(t.TempDir(), "assay")
	if err := os.Symlink(exe, assay); err != nil {
		t.Fatal(err)
	}
	top := root(t)
	check := []string{assay, "check", "--json", "--at", "2026-11-29", "--web", filepath.Join(top, "testdata", "site", "web.json"), "--trust", filepath.Join(top, "testdata", "site", "trust.json"),
		filepath.Join(top, "testdata", "applications", "A-01-proof-png", "teamwork.png")}
	run := func(filter string) (string, string) {
		cmd := exec.Command(exe, append([]string{"-test.run=^TestUnderFilter$", "--"}, check...)...)
		cmd.Env = settled("UNIT_FILTER=" + filter)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, _ := cmd.Output()
		return string(out), stderr.String()
	}
	want, _ := run("none")
	if !strings.Contains(want, `"document"`) {
		t.Fatalf("without a filter: %s", want)
	}
	if got, said := run(strings.Join(allowed, ",")); got != want {
		t.Errorf("under the unit's filter:\n%s%s\nwithout:\n%s", got, said, want)
	}
	// What is here is a filter: without Landlock and seccomp no child is guarded.
	if got, _ := run(strings.Join(slices.DeleteFunc(slices.Clone(allowed), func(s string) bool { return s == "seccomp" || strings.HasPrefix(s, "landlock_") }), ",")); got == want {
		t.Error("the filter of a unit that leaves out Landlock and seccomp changes nothing")
	}
}

// TestUnderFilter is not a test of its own: TestUnitSandbox runs it to have a program
// started under a filter.
func TestUnderFilter(t *testing.T) {
	filter := os.Getenv("UNIT_FILTER")
	if filter == "" {
		t.Skip("is run by TestUnitSandbox")
	}
	args := os.Args[slices.Index(os.Args, "--")+1:]
	if filter != "none" {
		known := seccomp.SyscallGroup{Action: seccomp.ActionAllow}
		for _, name := range strings.Split(filter, ",") {
			one := seccomp.Policy{DefaultAction: seccomp.ActionErrno, Syscalls: []seccomp.SyscallGroup{{Action: seccomp.ActionAllow, Names: []string{name}}}}
			if _, err := one.Assemble(); err == nil && !slices.Contains(known.Names, name) { // of this processor
				known.Names = append(known.Names, name)
			}
		}
		if len(known.Names) < 200 {
			t.Fatalf("only %d system calls are known", len(known.Names))
		}
		if err := seccomp.LoadFilter(seccomp.Filter{NoNewPrivs: true, Flag: seccomp.FilterFlagTSync,
			Policy: seccomp.Policy{DefaultAction: seccomp.ActionErrno, Syscalls: []seccomp.SyscallGroup{known}}}); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal(syscall.Exec(args[0], args, slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "UNIT_FILTER=") })))
}
