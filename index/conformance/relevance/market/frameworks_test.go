package market

import (
	"os"
	"path/filepath"
	"testing"

	"assay/deploy/testenv"
	"assay/index/conformance"
	"assay/index/local"
	"assay/index/skills"
)

// worse is how much an answer may lose of each measure by frameworks that are
// imported: what rounds away.
const worse = 0.005

// Who imports all of ESCO and O*NET has no worse answers than who has the core
// alone, to either set of questions.
func TestLongFrameworks(t *testing.T) {
	if os.Getenv("ASSAY_LONG") == "" {
		t.Skip("is long: make test-long")
	}
	from := testenv.Shared(t, "skills/build")
	dir := t.TempDir()
	for _, format := range []string{skills.FormatESCO, skills.FormatONET} {
		f, err := os.Create(filepath.Join(dir, format+skills.Suffix))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (skills.Source{Format: format, Files: os.DirFS(from), Version: "test"}).Prepare(f); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := skills.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	kinds, asked := load(t)
	people := People(kinds, Seed, Number)
	work, held := split(asked)
	sets := map[string][]Question{"the questions to work on": work, "the questions that are held back": held}
	measured := func(tax *skills.Taxonomy) map[string]Measured {
		e, err := local.Open(local.Options{Dir: t.TempDir(), Key: conformance.Key})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		}()
		for _, o := range e.Write(t.Context(), Applications(conformance.Key, tax, people)) {
			if o.Err != nil {
				t.Fatal(o.Err)
			}
		}
		if err := conformance.Refresh(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		rank := Searching(tax, answers(e))
		out := map[string]Measured{}
		for what, list := range sets {
			if out[what], err = Ask(t.Context(), rank, list, people); err != nil {
				t.Fatal(err)
			}
		}
		return out
	}
	core, all := measured(skills.Builtin()), measured(whole)
	for what := range sets {
		t.Logf("%s\n%s", what, Table([]string{"the core", "ESCO and O*NET"}, []Measured{core[what], all[what]}))
		a, b := core[what][""], all[what][""]
		if b.NDCG < a.NDCG-worse || b.Precision < a.Precision-worse || b.Recall < a.Recall-worse || b.Empty > a.Empty {
			t.Errorf("%s: with ESCO and O*NET %s, without %s", what, b, a)
		}
	}
	if testing.Verbose() {
		t.Log(all["the questions to work on"][""].Failing())
	}
}
