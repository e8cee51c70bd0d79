package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestClients runs the example clients that deploy/examples shows against assay serve,
// and finds what it says that they print; those whose language or library is not here are
// left out.
func TestClients(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers")
	}
	t.Parallel()
	top := root(t)
	text, err := os.ReadFile(filepath.Join(top, "deploy", "examples", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	assay := filepath.Join(dir, "assay") // by this name the test is the program
	if err := os.Symlink(exe, assay); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(dir, "large.txt")
	if err := os.WriteFile(large, []byte(strings.Repeat("Dear all, there is no badge in here.\n", 20_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	page, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	queue, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	serve := exec.CommandContext(t.Context(), assay, "serve", "--data", data, "--listen", "127.0.0.1:"+page, "--nats-listen", "127.0.0.1:"+queue,
		"--web", filepath.Join(top, "testdata", "site", "web.json"), "--trust", filepath.Join(top, "testdata", "site", "trust.json"))
	untilServing(t, serve, "127.0.0.1:"+page)
	words := strings.NewReplacer("$URL", "http://127.0.0.1:"+page, "$NATS", "nats://127.0.0.1:"+queue, "$SEED", filepath.Join(data, "queue.nk"), "$JARS", filepath.Join(top, "bin", "java", "*"),
		"first-aid.png", filepath.Join(top, "testdata", "applications", "A-10-edited", "first-aid.png"), "large.txt", large)
	number := regexp.MustCompile(`is submission \d+`)
	ran := 0
	blocks := regexp.MustCompile(`(?m)^    \$ (.*)\n((?:    .*\n)+)`).FindAllStringSubmatch(string(text), -1)
	for _, b := range blocks {
		args := strings.Fields(words.Replace(b[1]))
		name := args[1]
		if args[0] == "java" {
			name = args[3]
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			program, err := exec.LookPath(args[0])
			if err != nil {
				t.Skipf("no %s here", args[0])
			}
			env := append(settled(), "NODE_PATH="+filepath.Join(top, "bin", "node", "node_modules"))
			if args[0] == "java" {
				if jars, _ := filepath.Glob(filepath.Join(top, "bin", "java", "jnats-*.jar")); len(jars) == 0 {
					t.Skip("no client of NATS for java here")
				}
			} else if strings.Contains(args[1], "nats") {
				there := exec.CommandContext(t.Context(), program, "-e", `require("nats")`)
				if args[0] == "python3" {
					if own := filepath.Join(top, "bin", "clients", "bin", "python3"); isThere(own) {
						program = own
					}
					there = exec.CommandContext(t.Context(), program, "-c", "import nats, nkeys")
				}
				there.Env = env
				if there.Run() != nil {
					t.Skipf("no client of NATS for %s here", args[0])
				}
			}
			cmd := exec.CommandContext(t.Context(), program, args[1:]...)
			cmd.Dir, cmd.Env = filepath.Join(top, "deploy", "examples"), env
			// What a runtime warns of (Node 18 of its File) is not the client's.
			var warned strings.Builder
			cmd.Stderr = &warned
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s%s", err, out, &warned)
			}
			want := strings.ReplaceAll("\n"+b[2], "\n    ", "\n")[1:]
			if got := number.ReplaceAllString(string(out), "is submission N"); got != number.ReplaceAllString(want, "is submission N") {
				t.Errorf("it prints\n%s\nand is shown to print\n%s", out, want)
			}
			ran++
		})
	}
	if len(blocks) != 5 {
		t.Errorf("%d clients are shown", len(blocks))
	}
	if ran == 0 {
		t.Skip("neither Python nor Node here, nor Java")
	}
}

func isThere(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
