package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// Addresses are read alike wherever they come from: flags, the environment and the
// file of --config; commas of a name part nothing.
func TestAddressesOfFlags(t *testing.T) {
	const name = `"Eight, Applicant" <a@example.org>`
	file := filepath.Join(t.TempDir(), "assay.yaml")
	if err := os.WriteFile(file, []byte("submit:\n  applicant-email:\n    - 'Eight, Applicant <a@example.org>'\n    - mailto:b@example.org\n  link:\n    - https://example.org/?a=1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		desc         string
		args         []string
		env          string
		want, proven string
	}{
		{"flags", []string{"--applicant-email", name, "--applicant-email", "b@example.org., c@example.org", "--applicant-proven", "<A@example.org>"}, "", "a@example.org b@example.org c@example.org", "A@example.org"},
		{"the environment", nil, name, "a@example.org", ""},
		{"the file", []string{"--config", file}, "", "a@example.org b@example.org", ""},
		{"none", []string{"--applicant-email", "a@example.org", "--applicant-email", "b@"}, "", "--applicant-email 2: not an e-mail address", ""},
		{"none that is confirmed", []string{"--applicant-proven", "b"}, "", "", "--applicant-proven 1: not one e-mail address"},
		{"two that are confirmed by one", []string{"--applicant-proven", "a@example.org, b@example.org"}, "", "", "--applicant-proven 1: not one e-mail address"},
	} {
		t.Run(tt.desc, func(t *testing.T) {
			t.Setenv("ASSAY_SUBMIT_APPLICANT_EMAIL", "")
			t.Setenv("ASSAY_APPLICANT_EMAIL", tt.env)
			if tt.env == "" {
				_ = os.Unsetenv("ASSAY_APPLICANT_EMAIL")
			}
			args := append([]string{"submit", "--application", "A-1", "--link", "https://example.org/?a=1,2"}, tt.args...)
			c, err := openConfig(args)
			if err != nil {
				t.Fatal(err)
			}
			opts := []kong.Option{kong.DefaultEnvars("ASSAY"), vars()}
			if c != nil {
				opts = append(opts, kong.Resolvers(c))
			}
			var cmds commands
			p, err := kong.New(&cmds, opts...)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Parse(args); err != nil {
				t.Fatal(err)
			}
			s := &cmds.Submit
			for _, x := range []struct {
				flags []string
				read  func([]string) ([]string, error)
				want  string
			}{{s.ApplicantEmail, addresses, tt.want}, {s.ApplicantProven, provenAddresses, tt.proven}} {
				all, err := x.read(x.flags)
				got := strings.Join(all, " ")
				if err != nil {
					got = err.Error()
				}
				if got != x.want {
					t.Errorf("%q: %s, want %s", x.flags, got, x.want)
				}
			}
			if !slices.Equal(s.Link, []string{"https://example.org/?a=1,2"}) {
				t.Errorf("links %q", s.Link)
			}
		})
	}
}
