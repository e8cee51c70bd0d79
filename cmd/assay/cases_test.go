package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"assay/deploy/testenv"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// rightCases lists the rows of the shared cases that come out right: name of the
// case, slash, file.
const rightCases = "testdata/cases-right.txt"

// miss begins a line of what cases/run prints for a row that came out wrong.
var miss = regexp.MustCompile(`(?m)^([a-z]+-[0-9]+-[^/\s]+/[^:\n]+): `)

// TestCases is a ratchet over the inputs of shared/cases, which came out wrong
// once: a row that is on the list stays right, and one that comes right is put on
// it, by ASSAY_UPDATE=1.
func TestCases(t *testing.T) {
	t.Parallel()
	dir := verifytest.Shared(t, "cases")
	python, err := exec.LookPath("python3")
	if err != nil {
		if testenv.Required(testenv.SharedData) {
			t.Fatal("the shared cases are run by Python 3, which is not here")
		}
		t.Skip("shared data is run by Python 3, which is not here")
	}
	assay := filepath.Join(t.TempDir(), "assay")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", assay, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	told := t.TempDir()
	cmd := exec.Command(python, filepath.Join(dir, "run"), "--assay", overheard(t, assay, told), "--project", root(t), "badge", "doc")
	out, err := cmd.CombinedOutput()
	if e := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &e) || e.ExitCode() != 1) {
		t.Fatalf("%v: %s", err, out)
	}
	keepOneRule(t, told)
	all := caseRows(t, dir)
	wrong := map[string]bool{}
	for _, m := range miss.FindAllStringSubmatch(string(out), -1) {
		if !slices.Contains(all, m[1]) {
			t.Fatalf("%q is no row of a case", m[1])
		}
		wrong[m[1]] = true
	}
	var right []string
	for _, row := range all {
		if !wrong[row] {
			right = append(right, row)
		}
	}
	summary := strings.TrimSpace(string(out[strings.LastIndexByte(strings.TrimSpace(string(out)), '\n')+1:]))
	t.Log(summary)
	if !strings.HasSuffix(summary, " right") || len(all) < 200 || len(right) == 0 {
		t.Fatalf("%d of %d rows, and the run says %q", len(right), len(all), summary)
	}
	if os.Getenv("ASSAY_UPDATE") != "" {
		if err := os.WriteFile(rightCases, []byte(strings.Join(right, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(rightCases)
	if err != nil {
		t.Fatal(err)
	}
	listed := strings.Split(strings.TrimSpace(string(b)), "\n")
	for _, row := range listed {
		switch {
		case !slices.Contains(all, row):
			t.Errorf("%s: %s is no row of a case any more", rightCases, row)
		case wrong[row]:
			i := strings.Index(string(out), row+": ")
			line, _, _ := strings.Cut(string(out)[i:], "\n")
			t.Errorf("was right and is wrong: %s", line)
		}
	}
	for _, row := range right {
		if !slices.Contains(listed, row) {
			t.Errorf("%s has come right: put it on %s (ASSAY_UPDATE=1)", row, rightCases)
		}
	}
}

// caseRows are all rows of all cases, in order.
func caseRows(t *testing.T, dir string) []string {
	t.Helper()
	tables, err := filepath.Glob(filepath.Join(dir, "*-*", "EXPECTED.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, table := range tables {
		b, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
			if file, _, ok := strings.Cut(line, "\t"); ok && i > 0 {
				rows = append(rows, filepath.Base(filepath.Dir(table))+"/"+file)
			}
		}
	}
	return rows
}

// overheard gives a program that is assay, and keeps what it prints in a folder.
func overheard(t *testing.T, assay, folder string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "assay")
	script := fmt.Sprintf("#!/bin/sh\nout=$(mktemp %q)\n%q \"$@\" >\"$out\"\ncode=$?\ncat \"$out\"\nexit $code\n", filepath.Join(folder, "XXXXXXXX"), assay)
	if err := os.WriteFile(name, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

// keepOneRule holds every verdict that was printed into a folder to the one rule.
func keepOneRule(t *testing.T, folder string) {
	t.Helper()
	printed, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	judged := 0
	for _, name := range printed {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(b) {
			var document struct {
				Findings []verdict.Verdict `json:"findings"`
			}
			if json.Unmarshal(line, &document) != nil {
				continue // the help
			}
			for _, v := range document.Findings {
				judged++
				for _, broken := range verifytest.OneRule(&v) {
					t.Errorf("%s %s: %s", v.Credential.ID, v.Result, broken)
				}
			}
		}
	}
	if judged < 200 {
		t.Errorf("only %d verdicts were held to the one rule", judged)
	}
}
