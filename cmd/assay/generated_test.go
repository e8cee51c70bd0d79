package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestGeneratedClients: clients that others' generators make of the API's document are
// whole and compile, where the generators are installed (deploy/setup.sh ci):
// openapi-python-client (PyPI) and openapi-typescript with tsc (npm).
func TestGeneratedClients(t *testing.T) {
	t.Parallel()
	spec := filepath.Join(root(t), "index", "web", "openapi.json")
	find := func(name string) string {
		for _, dir := range []string{"clients/bin", "node/node_modules/.bin"} {
			if path := filepath.Join(root(t), "bin", dir, name); runs(path) {
				return path
			}
		}
		return name
	}
	run := func(dir, name string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), find(name), args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		return string(out)
	}
	need := func(t *testing.T, names ...string) {
		t.Helper()
		for _, name := range names {
			if _, err := exec.LookPath(find(name)); err != nil {
				t.Skipf("no %s here", name)
			}
		}
	}
	t.Run("python", func(t *testing.T) {
		need(t, "openapi-python-client", "python3")
		dir := t.TempDir()
		// Whatever it cannot make something of is an error.
		run(dir, "openapi-python-client", "generate", "--path", spec, "--output-path", "client", "--meta", "none")
		run(dir, "python3", "-m", "compileall", "-q", "client")
		for _, name := range []string{"models/export_hit.py", "models/section.py", "api/default/__init__.py"} {
			if _, err := os.Stat(filepath.Join(dir, "client", name)); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("typescript", func(t *testing.T) {
		need(t, "openapi-typescript", "tsc")
		dir := t.TempDir()
		run(dir, "openapi-typescript", spec, "-o", "assay.d.ts")
		use := `import type { paths } from "./assay";
type Search = paths["/v1/search"]["get"]["responses"]["200"]["content"]["application/json"];
export function first(r: Search): string | undefined { return r.hits[0]?.application; }
`
		if err := os.WriteFile(filepath.Join(dir, "use.ts"), []byte(use), 0o600); err != nil {
			t.Fatal(err)
		}
		run(dir, "tsc", "--noEmit", "--strict", "--skipLibCheck", "false", "use.ts")
	})
}

// runs reports whether there is a program at a path.
func runs(path string) bool {
	_, err := exec.LookPath(path)
	return err == nil
}
