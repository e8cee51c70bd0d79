// Package deploy holds tests of the scripts beside it.
package deploy

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// bare makes a folder of programs: those of a small system, and stubs.
func bare(t *testing.T, stubs map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"sh", "sed", "awk", "grep", "head", "cut", "tr", "cat", "dirname", "id", "env", "go", "rm", "mkdir", "touch"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("no %s here", name)
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, script := range stubs {
		_ = os.Remove(filepath.Join(dir, name))
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestSetup: on a system without a thing, each missing thing is named, and what
// is required fails.
func TestSetup(t *testing.T) {
	all := map[string]string{"make": "", "curl": "", "openssl": "", "unzip": "", "mvn": "", "chromium": "", "gcc": "", "runuser": "", "java": `echo 'openjdk version "17.0.1"' >&2`}
	without := func(name string) map[string]string {
		m := map[string]string{}
		for k, v := range all {
			if k != name {
				m[k] = v
			}
		}
		return m
	}
	with := func(name, script string) map[string]string {
		m := without(name)
		m[name] = script
		return m
	}
	for _, c := range []struct {
		desc    string
		stubs   map[string]string
		target  string
		env     []string
		status  int
		says    []string
		nothing bool
	}{
		{desc: "all is there", stubs: all, target: "test", nothing: true},
		{desc: "nothing is there", target: "test", status: 1, says: []string{"make:", "curl:", "unzip:", "a JDK 17", "Maven", "Chromium", "gcc", "openssl"}},
		{desc: "run needs only make", stubs: map[string]string{"make": ""}, target: "run", nothing: true},
		{desc: "tests are left out for a server", stubs: without("mvn"), target: "test", says: []string{"Maven", "ES_ZIP"}},
		{desc: "unless it is required", stubs: without("mvn"), target: "test", env: []string{"ASSAY_REQUIRE=nats,elasticsearch"}, status: 1, says: []string{"Maven"}},
		{desc: "or is there", stubs: without("mvn"), target: "test", env: []string{"ASSAY_REQUIRE=elasticsearch", "ASSAY_ELASTIC=http://127.0.0.1:1"}, nothing: true},
		{desc: "the browser", stubs: without("chromium"), target: "test", says: []string{"Chromium"}},
		{desc: "the maker of certificates", stubs: without("openssl"), target: "test", says: []string{"openssl"}},
		{desc: "the maker of certificates is required", stubs: without("openssl"), target: "test", env: []string{"ASSAY_REQUIRE=openssl"}, status: 1, says: []string{"openssl"}},
		{desc: "the browser is required", stubs: without("chromium"), target: "test", env: []string{"ASSAY_REQUIRE=chromium"}, status: 1, says: []string{"Chromium"}},
		{desc: "the race detector", stubs: without("gcc"), target: "test", says: []string{"race detector"}},
		{desc: "the race detector is required", stubs: without("gcc"), target: "test", env: []string{"ASSAY_REQUIRE=race"}, status: 1, says: []string{"race detector"}},
		{desc: "an old JDK", stubs: with("java", `echo 'openjdk version "11.0.1"' >&2`), target: "test", says: []string{"a JDK 17"}},
		{desc: "an old Go", stubs: with("go", "echo go1.19.8"), target: "run", status: 1, says: []string{"go.dev/dl"}},
		{desc: "a Go that cannot read go.mod", stubs: with("go", "exit 1"), target: "run", status: 1, says: []string{"go.dev/dl"}},
		{desc: "a newer Go", stubs: with("go", "echo go1.30rc1"), target: "run", nothing: true},
		{desc: "wrong usage", stubs: all, target: "walk", status: 2, says: []string{"usage"}},
		{desc: "apt brings what it can", stubs: map[string]string{"make": "", "curl": "", "openssl": "", "unzip": "", "mvn": "", "gcc": "", "runuser": "", "java": all["java"], "sudo": `"$@"`,
			"apt-cache": "echo '  Candidate: 1:1.0'",
			"apt-get":   `case $* in *install*chromium*) touch "$HERE/chromium"; exec /bin/chmod +x "$HERE/chromium" ;; esac`},
			target: "test", env: []string{"ASSAY_SETUP="}, says: []string{"apt-get install chromium"}},
	} {
		t.Run(c.desc, func(t *testing.T) {
			dir := bare(t, c.stubs)
			cmd := exec.Command(filepath.Join(dir, "sh"), "setup.sh", c.target)
			cmd.Env = append([]string{"PATH=" + dir, "HERE=" + dir, "HOME=/nonexistent", "SSL_CERT_FILE=setup.sh", "ASSAY_SETUP=tell", "ASSAY_SHARED=/nonexistent"}, c.env...)
			out, err := cmd.CombinedOutput()
			status := 0
			if e := (*exec.ExitError)(nil); errors.As(err, &e) {
				status = e.ExitCode()
			} else if err != nil {
				t.Fatal(err)
			}
			if status != c.status {
				t.Errorf("exit status %d, want %d", status, c.status)
			}
			for _, w := range c.says {
				if !strings.Contains(string(out), w) {
					t.Errorf("%q is not said in:\n%s", w, out)
				}
			}
			if c.nothing && len(out) > 0 {
				t.Errorf("said without need:\n%s", out)
			}
			if c.desc == "apt brings what it can" && strings.Contains(string(out), "not here") {
				t.Errorf("what apt brought is told as missing:\n%s", out)
			}
		})
	}
}
