package extract

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestCorpus: everything under png/ and other/ ends cleanly, soon, and in
// memory that its size explains.
func TestCorpus(t *testing.T) {
	files := 0
	var slowest time.Duration
	var slow string
	var most uint64
	var large string
	for _, dir := range []string{"png", "other"} {
		root := shared(t, "corpus", dir)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			// Under its own name, and under none.
			for _, name := range []string{filepath.Base(path), "x"} {
				if name == "x" && strings.HasSuffix(path, ".png") {
					continue
				}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := time.Now()
				r := find(t, name, b)
				if took := time.Since(start); took > slowest {
					slowest, slow = took, path
				}
				runtime.ReadMemStats(&after)
				if grown := after.TotalAlloc - before.TotalAlloc; grown > most {
					most, large = grown, path
				}
				check(t, name, r)
			}
			files++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 3000 {
		t.Errorf("%d files only", files)
	}
	// Enough for the largest picture of the set, decoded for QR codes at every
	// size; a bomb would take gigabytes.
	if most > 400<<20 {
		t.Errorf("%d bytes allocated for %s", most, large)
	}
	t.Logf("%d files, slowest %v (%s), most memory %d bytes (%s)", files, slowest, filepath.Base(slow), most, filepath.Base(large))
}
