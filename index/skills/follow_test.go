package skills

import (
	"os"
	"path/filepath"
	"testing"

	"assay/verify/verdict"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// A folder takes up what is imported into it, and keeps what it has when what
// came cannot be read.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	core, logged := observer.New(zap.InfoLevel)
	log := zap.New(core)
	before := f.Taxonomy()
	f.reload(log)
	if f.Taxonomy() != before || logged.Len() != 0 {
		t.Error("read again though nothing came")
	}
	if _, err := (Source{Format: FormatESCO, Files: official(), Version: "1.2.0"}).Install(dir, false); err != nil {
		t.Fatal(err)
	}
	f.reload(log)
	if f.Taxonomy().Len() <= before.Len() || logged.FilterMessageSnippet("replaced").Len() != 1 {
		t.Errorf("%d concepts after an import, %d before", f.Taxonomy().Len(), before.Len())
	}
	if got := f.Resolve(verdict.Credential{Name: "teamwork"}); len(got) == 0 {
		t.Error("resolves nothing")
	}
	now := f.Taxonomy()
	if err := os.WriteFile(filepath.Join(dir, "broken"+Suffix), []byte("no framework"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.reload(log)
	if f.Taxonomy() != now || logged.FilterLevelExact(zap.WarnLevel).Len() != 1 {
		t.Error("a file that cannot be read took the frameworks away")
	}
	if _, err := OpenFolder(dir); err == nil {
		t.Error("opened a folder that holds what cannot be read")
	}
	if b, err := OpenFolder(""); err != nil || b.Taxonomy().Len() != Builtin().Len() {
		t.Errorf("the built-in taxonomy: %v", err)
	}
}
