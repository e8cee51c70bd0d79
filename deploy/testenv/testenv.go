// Package testenv tells tests where to find what is not in the repository: the
// shared data and the servers that deploy/test.sh names in the environment. What
// is missing skips a test, or fails it where ASSAY_REQUIRE names it. And it lets a
// test do what a package comment tells, in a copy of the tree (overlay.go).
//
// Only tests import it.
package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Names of what ASSAY_REQUIRE may require, separated by commas or spaces.
const (
	SharedData    = "shared"
	Elasticsearch = "elasticsearch"
	NATS          = "nats"
	Chromium      = "chromium"
	Axe           = "axe" // what looks at pages for people with disabilities
)

// Required reports whether ASSAY_REQUIRE names what.
func Required(what string) bool {
	return slices.Contains(strings.FieldsFunc(os.Getenv("ASSAY_REQUIRE"), func(r rune) bool { return r == ',' || r == ' ' }), what)
}

// Missing skips a test for want of what, or fails it where that is required.
func Missing(t testing.TB, what, why string) {
	t.Helper()
	if Required(what) {
		t.Fatalf("%s is required: %s", what, why)
	}
	t.Skip(why)
}

// Root is the project's top folder.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// Find gives a path in the shared data, "" where it is not there. ASSAY_SHARED
// names its folder, by the project's; else it lies beside the project.
func Find(t testing.TB, elem ...string) string {
	t.Helper()
	dir := os.Getenv("ASSAY_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "shared")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(Root(t), dir)
	}
	path := filepath.Join(append([]string{dir}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// Shared is [Find] for a test that needs it.
func Shared(t testing.TB, elem ...string) string {
	t.Helper()
	path := Find(t, elem...)
	if path == "" {
		Missing(t, SharedData, "no "+filepath.Join(elem...)+" in the shared data")
	}
	return path
}

// Elastic gives the address of an Elasticsearch: ASSAY_ELASTIC.
func Elastic(t testing.TB) string {
	t.Helper()
	addr := os.Getenv("ASSAY_ELASTIC")
	if addr == "" {
		Missing(t, Elasticsearch, "no Elasticsearch: set ASSAY_ELASTIC")
	}
	return addr
}

// FindNATSServer gives the program of a real NATS server, "" for none:
// ASSAY_NATS_SERVER, or nats-server on the path.
func FindNATSServer() string {
	if bin := os.Getenv("ASSAY_NATS_SERVER"); bin != "" {
		return bin
	}
	bin, _ := exec.LookPath("nats-server")
	return bin
}

// NATSServer is [FindNATSServer] for a test that needs it.
func NATSServer(t testing.TB) string {
	t.Helper()
	bin := FindNATSServer()
	if bin == "" {
		Missing(t, NATS, "no nats-server: set ASSAY_NATS_SERVER")
	}
	return bin
}
