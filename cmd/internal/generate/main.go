// Command generate writes assay's sample applications and the small issuer site
// that they point at:
//
//	testdata/applications   one folder an application, and manifest.json
//	testdata/site           what the issuers' host answers, as a recorded web
//
// Run it from the project's root: go run ./cmd/internal/generate. The same run
// always writes the same bytes: every key comes from its name and every time is
// fixed. The keys are samples: they secure nothing.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	out := flag.String("out", "testdata", "folder to write applications and site into")
	base := flag.String("site", "http://127.0.0.1:8931", "where the issuer site will be served")
	flag.Parse()
	if err := run(*out, *base); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// sample is one application of the manifest.
type sample struct {
	Application string            `json:"application"`
	Job         string            `json:"job"`
	Email       string            `json:"email"`
	Name        string            `json:"name"`
	Shows       string            `json:"shows"`            // what the sample is there for
	Files       []string          `json:"files"`            // beside the manifest
	Results     []string          `json:"results"`          // of the badges, in the order of the files
	Reason      string            `json:"reason,omitempty"` // of the refusal, or of what could not be read
	contents    map[string][]byte `json:"-"`
}

func run(out, base string) error {
	w, err := newWorkshop(base)
	if err != nil {
		return err
	}
	samples, err := w.samples()
	if err != nil {
		return err
	}
	apps := filepath.Join(out, "applications")
	if err := os.RemoveAll(apps); err != nil {
		return err
	}
	for i, s := range samples {
		for name, data := range s.contents {
			file := filepath.Join(apps, s.Application, name)
			if err := write(file, data); err != nil {
				return err
			}
		}
		for j, f := range s.Files {
			samples[i].Files[j] = s.Application + "/" + f
		}
	}
	manifest, err := json.MarshalIndent(samples, "", "  ")
	if err != nil {
		return err
	}
	if err := write(filepath.Join(apps, "manifest.json"), append(manifest, '\n')); err != nil {
		return err
	}
	return w.site.write(filepath.Join(out, "site"))
}

func write(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}
