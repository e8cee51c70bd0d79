package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// licence is how files that hold a licence or a notice are named.
var licence = regexp.MustCompile(`(?i)^(licen[cs]e|copying|copyright|notice|patents)([-._].*)?$`)

// licences are the licence texts of every module that is linked into the program
// for a target, and of Go: those of its top folder, and of each folder between it
// and a package that is linked in. A module without one is an error.
func (r *release) licences(ctx context.Context, t target) ([]entry, error) {
	b, err := output(r.command(ctx, t, "go", "list", "-deps", "-json=Dir,Standard,Module", "./cmd/assay"))
	if err != nil {
		return nil, err
	}
	texts := map[string]string{} // name in the archive → file
	modules := map[string]bool{}
	for dec := json.NewDecoder(strings.NewReader(string(b))); ; {
		var p struct {
			Dir      string
			Standard bool
			Module   *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if p.Standard || p.Module == nil || p.Module.Main {
			continue
		}
		name := p.Module.Path + "@" + p.Module.Version
		modules[name] = modules[name] || false
		rel, err := filepath.Rel(p.Module.Dir, p.Dir)
		if err != nil {
			return nil, err
		}
		for at := rel; ; at = filepath.Dir(at) {
			found, err := licencesIn(filepath.Join(p.Module.Dir, at))
			if err != nil {
				return nil, err
			}
			for _, f := range found {
				texts[path.Join("licences", name, filepath.ToSlash(at), f)] = filepath.Join(p.Module.Dir, at, f)
				modules[name] = true
			}
			if at == "." {
				break
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		if !modules[name] {
			return nil, fmt.Errorf("module %s has no licence text", name)
		}
	}
	goroot, err := output(r.command(ctx, t, "go", "env", "GOROOT"))
	if err != nil {
		return nil, err
	}
	texts["licences/"+runtime.Version()+"/LICENSE"] = filepath.Join(strings.TrimSpace(string(goroot)), "LICENSE")
	var entries []entry
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		b, err := os.ReadFile(texts[name])
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{name, 0o644, b})
	}
	return entries, nil
}

func licencesIn(dir string) ([]string, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		if f.Type().IsRegular() && licence.MatchString(f.Name()) && !strings.HasSuffix(f.Name(), ".go") {
			names = append(names, f.Name())
		}
	}
	return names, nil
}
