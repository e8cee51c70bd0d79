package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func model(t *testing.T) *kong.Kong {
	t.Helper()
	k, err := kong.New(&commands{}, kong.Name("assay"), kong.DefaultEnvars("ASSAY"), vars())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestManIsWhole: every command and every flag stands in the manual page, and no
// line of it is a request by accident.
func TestManIsWhole(t *testing.T) {
	k := model(t)
	var b strings.Builder
	if err := man(&b, k.Model, "1.2.3"); err != nil {
		t.Fatal(err)
	}
	page, n := b.String(), 0
	for _, leaf := range k.Model.Leaves(true) {
		if !strings.Contains(page, ".SS \""+roff(strings.TrimPrefix(leaf.Path(), "assay "))) {
			t.Errorf("no command %s", leaf.Path())
		}
		for _, group := range leaf.AllFlags(true) {
			for _, f := range group {
				n++
				if !strings.Contains(page, "\n\\fB"+roff("--"+f.Name)+"\\fR") && !strings.Contains(page, "\n\\fB"+roff("--[no-]"+f.Name)+"\\fR") {
					t.Errorf("no flag --%s", f.Name)
				}
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d flags were seen", n)
	}
	requests := []string{".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".I", ".RB", ".BR"}
	for line := range strings.Lines(page) {
		if name, _, _ := strings.Cut(strings.TrimSpace(line), " "); strings.HasPrefix(line, "'") || strings.HasPrefix(line, ".") && !slices.Contains(requests, name) {
			t.Errorf("%q is no request of man(7)", line)
		}
	}
}

func TestRoff(t *testing.T) {
	for in, want := range map[string]string{".so /x": `\&.so /x`, "'a": `\&'a`, `a\b`: `a\eb`, "a\n.so x": "a .so x", "--x": `\-\-x`} {
		if got := roff(in); got != want {
			t.Errorf("roff(%q) is %q, want %q", in, got, want)
		}
	}
}

// TestCompletionIsWhole: each shell's script names every command and flag.
func TestCompletionIsWhole(t *testing.T) {
	k := model(t)
	all := places(k.Model.Node)
	for name, write := range map[string]func(*strings.Builder) error{
		"bash": func(b *strings.Builder) error { return bash(b, all) },
		"zsh":  func(b *strings.Builder) error { return zsh(b, all) },
		"fish": func(b *strings.Builder) error { return fish(b, all) },
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			for _, leaf := range k.Model.Leaves(true) {
				if !strings.Contains(b.String(), strings.TrimPrefix(leaf.Path(), "assay ")) {
					t.Errorf("no command %s", leaf.Path())
				}
				for _, group := range leaf.AllFlags(true) {
					for _, f := range group {
						flag := "--" + f.Name
						if name == "fish" {
							flag = "-l " + f.Name
						}
						if !strings.Contains(b.String(), flag) {
							t.Errorf("no flag %s", flag)
						}
					}
				}
			}
			shell, err := exec.LookPath(name)
			if err != nil {
				return // the script is read by its shell where that is installed
			}
			cmd := exec.Command(shell, "-n")
			cmd.Stdin = strings.NewReader(b.String())
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s does not take it: %v\n%s", name, err, out)
			}
		})
	}
}

// TestBashCompletes asks the script as bash does.
func TestBashCompletes(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	var script strings.Builder
	if err := bash(&script, places(model(t).Model.Node)); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string][]string{
		"se":                        {"serve", "search"},
		"deadletters ":              {"list", "show", "retry", "drop"},
		"index re":                  {"rebuild"},
		"check --applicant-e":       {"--applicant-email"},
		"--log-level ":              {"debug", "info", "warn", "error"},
		"deadletters list --log-le": {"--log-level"},
		"completion --nothing-else": nil,
	} {
		words := strings.Split("assay "+line, " ")
		cmd := exec.Command(shell, append([]string{"--norc", "-c", script.String() + `
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_assay
printf '%s\n' "${COMPREPLY[@]}"`, "bash"}, words...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%q: %v\n%s", line, err, out)
			continue
		}
		got := strings.Fields(string(out))
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("%q: no %s among %q", line, w, got)
			}
		}
		if want == nil && len(got) > 0 {
			t.Errorf("%q gives %q", line, got)
		}
	}
}
