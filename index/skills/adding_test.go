package skills

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

// usesSFIA is the test of the framework that the package comment adds.
const usesSFIA = `package skills

import (
	"errors"
	"io"
	"testing"
	"testing/fstest"

	"assay/verify/verdict"
)

func TestSFIA(t *testing.T) {
	const url = "https://sfia-online.org/en/sfia-8/skills/programming"
	got := Builtin().Resolve(verdict.Credential{Name: "Coder", Alignments: []verdict.Alignment{
		{TargetName: "Programming", TargetURL: url}, {TargetName: "Programming again", TargetURL: url, TargetFramework: "SFIA 8"},
	}})
	if len(got) != 1 || got[0].ID != url || got[0].Framework != "SFIA" || got[0].Basis != BasisURI {
		t.Errorf("%+v", got)
	}
	if name := frameworkName("The SFIA framework, version 8"); name != "SFIA" {
		t.Errorf("is %q", name)
	}
	_, err := Import(FormatCASE, "SFIA", "1", fstest.MapFS{"a.json": {Data: []byte(` + "`" + `{"CFItems":[{"uri":"https://x.example/1","fullStatement":"Rope work"}]}` + "`" + `)}}, io.Discard)
	if !errors.Is(err, ErrRefused) {
		t.Errorf("another framework by the name of SFIA: %v", err)
	}
}
`

// TestAddingAFramework does what the package comment says under "Adding a
// framework", with the code that stands there, in an overlay of the build.
func TestAddingAFramework(t *testing.T) {
	t.Parallel()
	f, err := parser.ParseFile(token.NewFileSet(), "skills.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(f.Doc.Text(), "# Adding a framework\n")
	if !ok {
		t.Fatal("the package comment says nothing of it")
	}
	file, rest, ok := strings.Cut(section[strings.Index(section, "\n\t")+1:], "\nAnd its row:\n")
	if !ok {
		t.Fatal("there is no row")
	}
	row, _, ok := strings.Cut(strings.TrimLeft(rest, "\n"), "\n")
	if !ok {
		t.Fatal("there is no row")
	}
	table, err := os.ReadFile("framework.go")
	if err != nil {
		t.Fatal(err)
	}
	const last = "\t\t{name: Lightcast,"
	if strings.Count(string(table), last) != 1 {
		t.Fatal("framework.go has no one place for the row")
	}
	dir := t.TempDir()
	replace := map[string]string{}
	for name, text := range map[string]string{
		"sfia.go":      "package skills\n\nimport \"strings\"\n\n" + strings.ReplaceAll("\n"+file, "\n\t", "\n"),
		"framework.go": strings.Replace(string(table), last, "\t"+row+"\n"+last, 1),
		"sfia_test.go": usesSFIA,
	} {
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
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, b, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-overlay", overlay, "-count=1", "-v", "-run", "^(TestSFIA|TestWords|TestImport)", ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestSFIA ") {
		t.Errorf("%v\n%s", err, out)
	}
}
