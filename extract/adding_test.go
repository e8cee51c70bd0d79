package extract

import (
	"strings"
	"testing"

	"assay/deploy/testenv"
)

// TestAddingACarrier does what the package comment says under "Adding a
// carrier", with the code that stands there, and runs the tests that every carrier
// has to stand.
func TestAddingACarrier(t *testing.T) {
	t.Parallel()
	// The first three blocks of code: the file, the line of the table, the line
	// of the samples.
	told := testenv.Told(t, "extract.go", "Adding a carrier")
	if len(told) < 3 {
		t.Fatalf("%d blocks of code", len(told))
	}
	s := testenv.NewScratch(t)
	s.Put("playlist.go", "package extract\n\nimport (\n\t\"bytes\"\n\t\"strings\"\n)\n\n"+told[0])
	s.Insert("carrier.go", "\t\t{\"mail\",", told[1])
	s.Insert("samples_test.go", "\t\t\"mail\":", told[2])
	out, err := s.Test("-run", "^(TestSamples|TestB12_ReaderFails|TestFaultAround)$", ".")
	if err != nil || !strings.Contains(out, "--- PASS: TestB12_ReaderFails/playlist ") {
		t.Errorf("%v\n%s", err, out)
	}
}
