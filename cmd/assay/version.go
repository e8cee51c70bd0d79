package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// Set at link time by make: the version, as its tag says it without the v, and
// the commit that it was built from.
var version, commit string

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(e *env) error {
	_, err := fmt.Fprintln(e.stdout, versionLine())
	return err
}

// versionAsked reads --version by itself as the command. A flag it cannot be: a
// command has one of that name for something else.
func versionAsked(args []string) []string {
	if len(args) == 1 && args[0] == "--version" {
		return []string{"version"}
	}
	return args
}

// versionLine is the version, the commit and what it was built with.
func versionLine() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{GoVersion: runtime.Version()}
	}
	v, c := described(info, version, commit)
	return fmt.Sprintf("assay %s (commit %s, %s %s/%s)", v, c, info.GoVersion, runtime.GOOS, runtime.GOARCH)
}

// described gives the version and the commit of a program: as linked in, else
// as Go noted them when it built it.
func described(info *debug.BuildInfo, version, commit string) (v, c string) {
	var revision, modified string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value[:min(len(s.Value), 12)]
		case "vcs.modified":
			if s.Value == "true" {
				modified = "-modified"
			}
		}
	}
	if revision != "" {
		revision += modified
	}
	module := strings.TrimPrefix(info.Main.Version, "v")
	if module == "(devel)" {
		module = ""
	}
	return cmp.Or(version, module, "devel"), cmp.Or(commit, revision, "unknown")
}
