package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/verify/verdict"
)

// judged is what came of a badge, by its id.
type judged struct {
	ID     string
	Result verdict.Result
	Reason verdict.Reason
}

// TestRecordRoundTrip: an application's record, taken out as originals, as a learner's
// record and as a résumé, is judged by `assay check` as what was submitted is.
func TestRecordRoundTrip(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server")
	}
	t.Parallel()
	top := root(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	assay := filepath.Join(dir, "assay") // by this name the test is the program
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
	serve := exec.CommandContext(t.Context(), assay, "serve", "--data", t.TempDir(), "--listen", page, "--nats-listen", queue, "--web", site, "--trust", trust)
	untilServing(t, serve, page)
	run := func(args ...string) []byte {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), assay, args...)
		cmd.Env = settled("ASSAY_NATS=nats://" + queue)
		out, err := cmd.Output()
		if e := (*exec.ExitError)(nil); errors.As(err, &e) && e.ExitCode() != statusRefused || err != nil && e == nil {
			t.Fatalf("assay %q: %v %s", args, err, out)
		}
		return out
	}
	// Signed and hosted, of each generation, good and bad.
	files := []string{"A-01-proof-png/teamwork.png", "A-02-jwt-es256/python.jws", "A-03-jwt-rs256-png/problem-solving.png", "A-04-hosted-png/team-lead.png",
		"A-05-signed-png/listening.png", "A-07-svg/first-aid.svg", "A-08-resume-pdf/resume.pdf", "A-10-edited/first-aid.png", "A-12-revoked-list/rope-access.json", "A-14-forged-issuer/welding.png"}
	for i, f := range files {
		files[i] = filepath.Join(samples, f)
	}
	who := []string{}
	for _, n := range []string{"01", "02", "03", "04", "05", "07", "08", "10", "12", "14"} {
		who = append(who, "--applicant-email", "applicant"+n+"@example.org")
	}
	run(slices.Concat([]string{"submit", "--application", "A-1", "--wait"}, who, files)...)
	check := func(wrapped bool, files ...string) (all []judged) {
		t.Helper()
		out := run(slices.Concat([]string{"check", "--json", "--web", site, "--trust", trust}, who, files)...)
		for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
			var r struct{ Findings []verdict.Verdict }
			if err := dec.Decode(&r); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			for _, v := range r.Findings {
				list := []verdict.Verdict{v}
				if wrapped {
					if list = v.Contained; v.Reason != verdict.Unsigned {
						t.Errorf("the bundle itself is %s, %s", v.Result, v.Reason)
					}
				}
				for _, v := range list {
					all = append(all, judged{v.Credential.ID, v.Result, v.Reason})
				}
			}
		}
		slices.SortFunc(all, func(a, b judged) int { return strings.Compare(a.ID, b.ID) })
		return slices.Compact(all)
	}
	want := check(false, files...)
	if len(want) < 12 {
		t.Fatalf("only %d badges: %v", len(want), want)
	}
	for _, form := range []string{"zip", "ler-rs", "clr"} {
		r, err := http.Get("http://" + page + "/v1/applications/A-1/record?as=" + form)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %v", form, r.Status, err)
		}
		ext := ".json"
		if form == "zip" {
			ext = ".zip"
		}
		at := filepath.Join(dir, "record-"+form+ext)
		if err := os.WriteFile(at, body, 0o600); err != nil {
			t.Fatal(err)
		}
		got := check(form == "clr", at)
		if form == "zip" && !slices.Equal(got, want) {
			t.Errorf("zip: %v\nwant %v", got, want)
		}
		// A bundle has what stands in the documents, not what links lead to.
		for _, g := range got {
			if !slices.Contains(want, g) {
				t.Errorf("%s: %v is another verdict than that of what was submitted", form, g)
			}
		}
		t.Logf("%s: %d of %d badges, %s left out", form, len(got), len(want), r.Header.Get("X-Left-Out"))
		if form != "zip" && len(got) < 6 {
			t.Errorf("%s: only %v", form, got)
		}
	}
}
