package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestREADMEHour runs a stranger's hour of the README as it is printed, on ports of its
// own but for the one that the sample's issuer has, and finds what it says.
func TestREADMEHour(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers")
	}
	for _, name := range []string{"bash", "curl", "openssl", "python3", "sha256sum"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("no %s here", name)
		}
	}
	t.Parallel()
	for try := 0; ; try++ { // the issuer's
		l, err := net.Listen("tcp", "127.0.0.1:8931")
		if err == nil {
			_ = l.Close()
			break
		}
		if try == 120 {
			t.Skip("port 8931 is taken")
		}
		time.Sleep(time.Second)
	}
	top := root(t)
	text, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "### A stranger's hour\n")
	section, _, _ = strings.Cut(section, "\n### ")
	blocks := regexp.MustCompile("(?s)```(sh|text)\n(.*?)```").FindAllStringSubmatch(section, -1)
	if !ok || len(blocks) < 6 {
		t.Fatalf("%d blocks", len(blocks))
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(exe, filepath.Join(dir, "assay")); err != nil { // by this name the test is the program
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(top, "testdata"), filepath.Join(dir, "testdata")); err != nil {
		t.Fatal(err)
	}
	page, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	receiver, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	const mark = "-- the next block --"
	var script strings.Builder
	var want []string // of each block of commands
	script.WriteString("set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n")
	for _, b := range blocks {
		if b[1] == "text" {
			want[len(want)-1] = b[2]
			continue
		}
		fmt.Fprintf(&script, "%s\necho '%s'\n", b[2], mark)
		want = append(want, "")
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-c", strings.NewReplacer("127.0.0.1:8080", "127.0.0.1:"+page, "127.0.0.1:9000", "127.0.0.1:"+receiver, `"127.0.0.1", 9000`, `"127.0.0.1", `+receiver).Replace(script.String()))
	cmd.Dir = dir
	cmd.Env = settled("PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "COLUMNS=110")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // with all that it starts
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	end := time.AfterFunc(2*time.Minute, func() { _ = cmd.Cancel() })
	defer end.Stop()
	out, err := cmd.Output()
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "hour", "serve.log"))
		t.Fatalf("%v: %s\n%s", err, out, log)
	}
	t.Logf("%s", out)
	got := strings.Split(string(out), mark+"\n")
	if len(got) != len(want)+1 {
		t.Fatalf("%d blocks came out, want %d: %s", len(got)-1, len(want), out)
	}
	applied := regexp.MustCompile(`applied \d{4}-\d\d-\d\d`)
	lines := func(s string) []string {
		return trimmed(strings.Split(applied.ReplaceAllString(strings.TrimRight(s, "\n"), "applied DATE"), "\n"))
	}
	for i, w := range want {
		if d := differs(lines(w), lines(got[i])); d != "" {
			t.Errorf("block %d: %s\n\nall of it:\n%s", i+1, d, got[i])
		}
	}
	if !slices.ContainsFunc(want, func(s string) bool { return strings.Contains(s, "✔ verified") }) {
		t.Error("nobody is found in what the README prints")
	}
}
