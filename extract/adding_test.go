package extract

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAddingACarrier does what the package comment says under "Adding a
// carrier", with the code that stands there, in an overlay of the build, and
// runs the tests that every carrier has to stand.
func TestAddingACarrier(t *testing.T) {
	t.Parallel()
	f, err := parser.ParseFile(token.NewFileSet(), "extract.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(f.Doc.Text(), "# Adding a carrier\n")
	if !ok {
		t.Fatal("the package comment says nothing of it")
	}
	// The first three blocks of code: the file, the line of the table, the line
	// of the samples.
	var blocks []string
	inBlock := false
	for line := range strings.Lines(section) {
		code, ok := strings.CutPrefix(line, "\t")
		switch {
		case ok && inBlock:
			blocks[len(blocks)-1] += code
		case ok:
			blocks, inBlock = append(blocks, code), true
		case strings.TrimSpace(line) == "" && inBlock:
			blocks[len(blocks)-1] += line
		default:
			inBlock = false
		}
	}
	if len(blocks) < 3 {
		t.Fatalf("%d blocks of code", len(blocks))
	}
	dir := t.TempDir()
	replace := map[string]string{}
	put := func(name, text string) {
		t.Helper()
		to := filepath.Join(dir, name)
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		from, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		replace[from] = to
	}
	insert := func(name, before, line string) {
		t.Helper()
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(b), before) != 1 {
			t.Fatalf("%s: no one place for the new line", name)
		}
		put(name, strings.Replace(string(b), before, line+before, 1))
	}
	put("vcard.go", "package extract\n\nimport (\n\t\"bytes\"\n\t\"strings\"\n)\n\n"+blocks[0])
	insert("carrier.go", "\t\t{\"mail\",", blocks[1])
	insert("samples_test.go", "\t\t\"mail\":", blocks[2])
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, b, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-overlay", overlay, "-count=1", "-v", "-run", "^(TestSamples|TestB12_ReaderFails|TestFaultAround)$", ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestB12_ReaderFails/vcard ") {
		t.Errorf("%v\n%s", err, out)
	}
}
