package verdict

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"assay/deploy/testenv"
)

// TestAddingAReason does what the package comment says under "Adding a reason",
// with the code that stands there, in a copy of the package and of what it imports: a constant without
// words is found, and with them all is well.
func TestAddingAReason(t *testing.T) {
	t.Parallel()
	told := testenv.Told(t, "verdict.go", "Adding a reason") // the constant, its words
	if len(told) != 2 {
		t.Fatalf("%d blocks of code", len(told))
	}
	dir := t.TempDir()
	room := filepath.Join(dir, "verify", "verdict")
	if err := os.CopyFS(room, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(room, "adding_test.go")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "verify", "read"), os.DirFS(filepath.Join("..", "read"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		b, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	insert := func(name, before, text string) {
		t.Helper()
		name = filepath.Join(room, name)
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(b), before) != 1 {
			t.Fatalf("%s: no one place for the new line", name)
		}
		if err := os.WriteFile(name, []byte(strings.Replace(string(b), before, text+before, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	words := func() (string, error) {
		cmd := exec.Command("go", "test", "-count=1", "-v", "-run", "^TestWords$", "./verify/verdict")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	insert("reasons.go", "\t// Unsupported.\n", told[0])
	if out, err := words(); err == nil || !strings.Contains(out, "forgotten") {
		t.Errorf("a reason without words: %v\n%s", err, out)
	}
	insert("words.go", "\tProofInvalid:", told[1])
	if out, err := words(); err != nil || !strings.Contains(out, "--- PASS: TestWords ") {
		t.Errorf("%v\n%s", err, out)
	}
}
