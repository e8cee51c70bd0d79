package skills

import (
	"strings"
	"testing"

	"assay/deploy/testenv"
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
	_, err := Source{Format: FormatCASE, Name: "SFIA", Version: "1", Files: fstest.MapFS{"a.json": {Data: []byte(` + "`" + `{"CFItems":[{"uri":"https://x.example/1","fullStatement":"Rope work"}]}` + "`" + `)}}}.Prepare(io.Discard)
	if !errors.Is(err, ErrRefused) {
		t.Errorf("another framework by the name of SFIA: %v", err)
	}
}
`

// TestAddingAFramework does what the package comment says under "Adding a
// framework", with the code that stands there.
func TestAddingAFramework(t *testing.T) {
	t.Parallel()
	told := testenv.Told(t, "skills.go", "Adding a framework") // the file, and its row
	if len(told) < 2 {
		t.Fatalf("%d blocks of code", len(told))
	}
	s := testenv.NewScratch(t)
	s.Put("sfia.go", "package skills\n\nimport \"strings\"\n\n"+told[0])
	s.Insert("framework.go", "\t\t{name: Lightcast,", told[1])
	s.Put("sfia_test.go", usesSFIA)
	out, err := s.Test("-run", "^(TestSFIA|TestWords|TestImport)", ".")
	if err != nil || !strings.Contains(out, "--- PASS: TestSFIA ") {
		t.Errorf("%v\n%s", err, out)
	}
}
