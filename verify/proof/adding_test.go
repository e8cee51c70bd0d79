package proof

import (
	"strings"
	"testing"

	"assay/deploy/testenv"
)

// usesSHA512 is the test of the suite that the package comment adds.
const usesSHA512 = `package proof

import "testing"

func TestSHA512(t *testing.T) {
	s := newEd25519(t, 1)
	doc := again(t, s.signed(t, sample(t), "eddsa-jcs-sha512"))
	wantErr(t, "good", doc, s.options(), nil)
	wantErr(t, "another key", doc, newEd25519(t, 2).options(), ErrSignature)
	wantErr(t, "another suite", with(doc, set("cryptosuite", "eddsa-jcs-2022")), s.options(), ErrSignature)
}
`

// TestAddingASuite does what the package comment says under "Adding a proof
// suite", with the code that stands there, and runs the tests to whose lists a
// suite is added.
func TestAddingASuite(t *testing.T) {
	t.Parallel()
	const suite = `"eddsa-jcs-sha512"`
	told := testenv.Told(t, "proof.go", "Adding a proof suite") // the function, its row, its case
	if len(told) != 3 {
		t.Fatalf("%d blocks of code", len(told))
	}
	s := testenv.NewScratch(t)
	s.Put("sha512.go", "package proof\n\nimport (\n\t\"context\"\n\t\"crypto/ed25519\"\n\t\"crypto/sha512\"\n)\n\n"+told[0])
	s.Insert("dataintegrity.go", "\t\"ecdsa-sd-2023\":   ecdsaSD,", told[1])
	s.Insert("dataintegrity.go", "\tdefault:\n\t\terr = verdict.Because(ErrUnsupported, \"%.60q\", name)", told[2])
	s.Insert("attack_test.go", "\t\t\"ecdsa-rdfc-2019\":      newECDSASigner(t, elliptic.P256(), 1),", suite+": newEd25519(t, 1),\n")
	s.Insert("mutation_test.go", "{\"ecdsa-jcs-2019\", 300}", "{"+suite+", 300}, ")
	s.Put("sha512_test.go", usesSHA512)
	out, err := s.Test("-run", "^(TestSHA512|TestSuites|TestOneFieldMutations)$", ".")
	if err != nil || !strings.Contains(out, "--- PASS: TestSHA512 ") || !strings.Contains(out, "--- PASS: TestOneFieldMutations ") {
		t.Errorf("%v\n%s", err, out)
	}
}
