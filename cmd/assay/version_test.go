package main

import (
	"runtime/debug"
	"testing"
)

func TestDescribed(t *testing.T) {
	info := func(module string, settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: module}, Settings: settings}
	}
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef0123"}
	for _, c := range []struct {
		desc            string
		info            *debug.BuildInfo
		version, commit string
		v, c            string
	}{
		{"linked in", info("v9.9.9", revision), "0.2.0", "abc", "0.2.0", "abc"},
		{"noted by Go", info("v0.2.0", revision), "", "", "0.2.0", "0123456789ab"},
		{"from a tree with changes", info("(devel)", revision, debug.BuildSetting{Key: "vcs.modified", Value: "true"}), "", "", "devel", "0123456789ab-modified"},
		{"nothing known", info(""), "", "", "devel", "unknown"},
	} {
		t.Run(c.desc, func(t *testing.T) {
			if v, commit := described(c.info, c.version, c.commit); v != c.v || commit != c.c {
				t.Errorf("%q, %q; want %q, %q", v, commit, c.v, c.c)
			}
		})
	}
}
