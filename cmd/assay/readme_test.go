package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// example is a command of the README and what it says comes out; a line that is
// "…" stands for any lines.
type example struct {
	args []string
	want []string
}

// examples are the indented blocks of a text that begin with "$ assay".
func examples(text string) []example {
	var out []example
	open := false
	for line := range strings.Lines(text) {
		code, indented := strings.CutPrefix(strings.TrimRight(line, "\n"), "    ")
		switch {
		case strings.HasPrefix(code, "$ assay ") && indented:
			out = append(out, example{args: strings.Fields(code)[2:]})
			open = true
		case open && (indented || strings.TrimSpace(line) == ""):
			e := &out[len(out)-1]
			e.want = append(e.want, strings.TrimRight(code, " \n"))
		default:
			open = false
		}
	}
	for i := range out {
		out[i].want = trimmed(out[i].want)
	}
	return out
}

func trimmed(lines []string) []string {
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// differs says where what came out is not what was said, "" when it is.
func differs(want, got []string) string {
	for len(want) > 0 {
		if want[0] == "…" {
			if len(want) == 1 {
				return ""
			}
			i := slices.Index(got, want[1])
			if i < 0 {
				return fmt.Sprintf("nowhere %q", want[1])
			}
			want, got = want[1:], got[i:]
			continue
		}
		if len(got) == 0 {
			return fmt.Sprintf("it ends before %q", want[0])
		}
		if got[0] != want[0] {
			return fmt.Sprintf("got  %q\nwant %q", got[0], want[0])
		}
		want, got = want[1:], got[1:]
	}
	if len(got) > 0 {
		return fmt.Sprintf("more came out: %q", got[0])
	}
	return ""
}

// manifestEntry is a sample application.
type manifestEntry struct {
	Application, Job, Email, Name string
	Files                         []string
}

// TestREADME runs what the README shows, and finds what it says: the commands with
// their outputs, and the two messages of the queue's contract.
func TestREADME(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers")
	}
	t.Parallel()
	top := root(t)
	text, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	assay := filepath.Join(t.TempDir(), "assay") // by this name the test is the program
	if err := os.Symlink(exe, assay); err != nil {
		t.Fatal(err)
	}
	samples := filepath.Join(top, "testdata", "applications")
	site, trust := filepath.Join(top, "testdata", "site", "web.json"), filepath.Join(top, "testdata", "site", "trust.json")
	page, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	queue, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	page, queue = "127.0.0.1:"+page, "127.0.0.1:"+queue
	run := func(dir string, args ...string) []string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), assay, args...)
		cmd.Dir = dir
		cmd.Env = settled("ASSAY_SERVER=http://"+page, "ASSAY_NATS=nats://"+queue, "COLUMNS=110")
		out, err := cmd.Output()
		if e := (*exec.ExitError)(nil); errors.As(err, &e) && e.ExitCode() != statusRefused || err != nil && e == nil {
			t.Fatalf("assay %q: %v %s %s", args, err, out, e.Stderr)
		}
		return trimmed(strings.Split(strings.TrimRight(string(out), "\n"), "\n"))
	}

	serve := exec.CommandContext(t.Context(), assay, "serve", "--data", t.TempDir(), "--listen", page, "--nats-listen", queue, "--web", site, "--trust", trust)
	untilServing(t, serve, page)
	var entries []manifestEntry
	b, err := os.ReadFile(filepath.Join(samples, "manifest.json"))
	if err == nil {
		err = json.Unmarshal(b, &entries)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if slices.Contains([]string{"A-01-proof-png", "A-08-resume-pdf", "A-10-edited"}, e.Application) {
			run(samples, append([]string{"submit", "--application", e.Application, "--job", e.Job, "--applicant-email", e.Email, "--wait"}, e.Files...)...)
		}
	}

	seen := map[string]int{}
	for _, e := range examples(string(text)) {
		name, dir := e.args[0], samples
		seen[name]++
		args := e.args
		if name == "check" {
			at, err := filepath.Glob(filepath.Join(samples, "*", args[len(args)-1]))
			if err != nil || len(at) == 0 {
				t.Fatalf("no sample %s", args[len(args)-1])
			}
			// Several samples are called so: the one whose applicant it names.
			for _, f := range entries {
				if slices.Contains(args, f.Email) {
					dir = filepath.Join(samples, f.Application)
				}
			}
			args = append(args, "--web", site, "--trust", trust)
		}
		got := run(dir, args...)
		if name == "search" {
			applied := regexp.MustCompile(`applied \d{4}-\d\d-\d\d`)
			for _, lines := range [][]string{got, e.want} {
				for i := range lines {
					lines[i] = applied.ReplaceAllString(lines[i], "applied DATE")
				}
			}
		}
		if d := differs(e.want, got); d != "" {
			t.Errorf("assay %s: %s\n\nall of it:\n%s", strings.Join(e.args, " "), d, strings.Join(got, "\n"))
		}
	}
	if seen["check"] < 2 || seen["search"] < 1 || seen["erase"] < 1 {
		t.Errorf("seen %v", seen)
	}

	assistants(t, assay, "http://"+page, string(text))

	if curl, err := exec.LookPath("curl"); err == nil {
		lines := regexp.MustCompile(`(?m)^    curl ((?:.*\\\n)*.*)$`).FindAllStringSubmatch(string(text), -1)
		if len(lines) < 4 {
			t.Errorf("%d lines of curl were seen", len(lines))
		}
		for _, line := range lines {
			cmd := exec.CommandContext(t.Context(), "sh", "-c", curl+" -sS "+strings.NewReplacer("https://badges.example.org:8443", "http://"+page,
				"cv.pdf", filepath.Join(samples, "A-08-resume-pdf", "resume.pdf")).Replace(line[1]))
			cmd.Env = settled("token=any")
			out, err := cmd.Output()
			var answer struct {
				Sequence uint64
				Query    *string
				Reports  []json.RawMessage

				Challenge string
			}
			if err != nil || json.Unmarshal(out, &answer) != nil || answer.Sequence == 0 && answer.Query == nil && len(answer.Reports) == 0 && answer.Challenge == "" {
				t.Errorf("curl %s: %v %s", line[1], err, out)
			}
		}
	}

	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) != 2 {
		t.Fatalf("%d blocks of JSON, want a submission and an outcome", len(blocks))
	}
	nc, err := connected("nats://" + queue)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	results, err := nc.SubscribeSync("results.acme.A-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Request("applications.acme.A-1", []byte(blocks[0][1]), 10*time.Second); err != nil {
		t.Fatal(err)
	}
	m, err := results.NextMsg(30 * time.Second)
	if err != nil {
		t.Fatalf("no outcome of the README's submission: %v", err)
	}
	var o struct{ State string }
	if err := json.Unmarshal(m.Data, &o); err != nil || o.State != "indexed" {
		t.Errorf("the README's submission came out as %s", m.Data)
	}
	var want, got any
	if err := json.Unmarshal([]byte(blocks[1][1]), &want); err != nil {
		t.Fatalf("the README's outcome: %v", err)
	}
	out := run(filepath.Join(samples, "A-10-edited"), "submit", "--application", "A-91", "--applicant-email", "applicant10@example.org", "--wait", "--json", "first-aid.png")
	if err := json.Unmarshal([]byte(strings.Join(out, "\n")), &got); err != nil {
		t.Fatal(err)
	}
	for _, d := range unlike("", want, got) {
		t.Errorf("the README's outcome differs from what came out: %s", d)
	}
}

// assistants calls the tools that the README calls (> TOOL ARGUMENTS) by the program, and
// compares what they say (<) up to a final "…".
func assistants(t *testing.T, assay, server, text string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), assay, "mcp")
	cmd.Env = settled("ASSAY_SERVER=" + server)
	c, err := mcp.NewClient(&mcp.Implementation{Name: "README", Version: "1"}, nil).Connect(t.Context(), &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	calls := regexp.MustCompile(`(?m)^    > (\w+) (.*)\n    < (.*)$`).FindAllStringSubmatch(text, -1)
	if len(calls) < 3 {
		t.Errorf("%d calls of tools were seen", len(calls))
	}
	applied := regexp.MustCompile(`"applied":"[0-9-]*"`)
	for _, call := range calls {
		r, err := c.CallTool(t.Context(), &mcp.CallToolParams{Name: call[1], Arguments: json.RawMessage(call[2])})
		if err != nil || len(r.Content) != 1 {
			t.Errorf("%s: %v, %v", call[1], r, err)
			continue
		}
		got, want := applied.ReplaceAllString(r.Content[0].(*mcp.TextContent).Text, "DATE"), applied.ReplaceAllString(call[3], "DATE")
		begin, cut := strings.CutSuffix(want, "…")
		if cut && !strings.HasPrefix(got, begin) || !cut && got != want {
			t.Errorf("%s %s says\n%s\nwant\n%s", call[1], call[2], got, want)
		}
	}
}

// unlike names what is in one of two JSON values and not the same in the other,
// but for numbers and times of this run.
func unlike(path string, want, got any) []string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %v", path, got)}
		}
		var out []string
		for k := range w {
			if _, ok := g[k]; !ok {
				out = append(out, path+"."+k+" is not there")
				continue
			}
			if !slices.Contains([]string{"sequence", "version", "submitted", "checked"}, k) {
				out = append(out, unlike(path+"."+k, w[k], g[k])...)
			}
		}
		for k := range g {
			if _, ok := w[k]; !ok {
				out = append(out, path+"."+k+" is there too")
			}
		}
		return out
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return []string{fmt.Sprintf("%s is %v", path, got)}
		}
		var out []string
		for i := range w {
			out = append(out, unlike(fmt.Sprintf("%s.%d", path, i), w[i], g[i])...)
		}
		return out
	}
	if want != got {
		return []string{fmt.Sprintf("%s is %v, want %v", path, got, want)}
	}
	return nil
}

// TestREADMECommands: every command line that the README and what is told to operators
// print is one, with flags and arguments as the program takes them.
func TestREADMECommands(t *testing.T) {
	var text []byte
	for _, name := range []string{"README.md", "deploy/OPERATIONS.md", "deploy/SCALING.md", "deploy/helm/assay/README.md"} {
		b, err := os.ReadFile(filepath.Join(root(t), name))
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, b...)
	}
	seen := map[string]int{}
	for _, line := range regexp.MustCompile(`(?m)^    (?:\$ )?assay (.*)$`).FindAllStringSubmatch(string(text), -1) {
		all := spelled(line[1])
		for _, args := range all {
			if len(all) > 1 { // names alone: what each takes, its help says
				args = append(args, "--help")
			}
			if err := taken(args); err != nil {
				t.Errorf("assay %s: %v", strings.Join(args, " "), err)
			}
			seen[args[0]]++
		}
	}
	for _, name := range []string{"check", "serve", "submit", "search", "reprocess", "deadletters", "erase", "index", "skills", "contexts", "issuers", "match", "status"} {
		if seen[name] == 0 {
			t.Errorf("no line of %s was seen: %v", name, seen)
		}
	}
	if taken([]string{"erase", "--tenant", "T", "--app", "A"}) == nil || taken([]string{"index", "drop", "--help"}) == nil {
		t.Error("what is no command line is taken for one")
	}
}

// taken reports why the program does not take a command line.
func taken(args []string) error {
	var c commands
	p, err := kong.New(&c, kong.DefaultEnvars("ASSAY"), vars(), kong.Writers(io.Discard, io.Discard), kong.Exit(func(n int) { panic(exit(n)) }))
	if err != nil {
		return err
	}
	_, _, err = parse(p, args)
	return err
}

// spelled gives the command lines that a line of the README stands for: without its
// remark, and each of those that bars part.
func spelled(line string) [][]string {
	for _, remark := range []string{"  ", " #"} {
		line, _, _ = strings.Cut(line, remark)
	}
	var words []string
	for _, m := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(line, -1) {
		words = append(words, m[1]+m[2])
	}
	all := [][]string{nil}
	for _, w := range words {
		var next [][]string
		for _, one := range strings.Split(w, "|") {
			for _, have := range all {
				next = append(next, append(slices.Clone(have), one))
			}
		}
		all = next
	}
	return all
}

// TestDiffers: the comparison with the README sees what it is there for.
func TestDiffers(t *testing.T) {
	for _, c := range []struct {
		want, got string
		bad       bool
	}{
		{"a b", "a b", false}, {"a b", "a c", true}, {"a", "a b", true}, {"a b", "a", true},
		{"a … c", "a x y c", false}, {"a …", "a x", false}, {"a … c", "a x", true}, {"a … c", "b c", true},
	} {
		if d := differs(strings.Fields(c.want), strings.Fields(c.got)); (d != "") != c.bad {
			t.Errorf("%q against %q: %q", c.got, c.want, d)
		}
	}
	if got := examples("x\n\n    $ assay check a\n    one\n\n    two\n\ntext\n    $ other\n"); len(got) != 1 || strings.Join(got[0].want, "|") != "one||two" {
		t.Errorf("examples are %q", got)
	}
	one := map[string]any{"a": []any{1.0, "x"}, "version": 1.0}
	for _, other := range []any{map[string]any{"a": []any{1.0, "y"}, "version": 2.0}, map[string]any{"a": []any{1.0}, "version": 1.0}, map[string]any{"a": []any{1.0, "x"}}, map[string]any{"a": []any{1.0, "x"}, "version": 1.0, "b": 1.0}, 1.0} {
		if unlike("", one, other) == nil {
			t.Errorf("%v is taken for %v", other, one)
		}
	}
	if d := unlike("", one, map[string]any{"a": []any{1.0, "x"}, "version": 2.0}); d != nil {
		t.Error(d)
	}
}

// untilServing starts assay serve, waits until it is ready, and ends it with the test.
func untilServing(t *testing.T, serve *exec.Cmd, page string) {
	t.Helper()
	serve.Env = settled()
	serve.Cancel = func() error { return serve.Process.Signal(os.Interrupt) }
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = serve.Process.Signal(os.Interrupt); _ = serve.Wait() })
	for try := 0; ; try++ {
		if r, err := http.Get("http://" + page + "/readyz"); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				break
			}
		}
		if try == 600 {
			t.Fatal("assay serve is not ready")
		}
		time.Sleep(50 * time.Millisecond)
	}
}
