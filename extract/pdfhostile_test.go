package extract

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/extract/pdf/pdftest"
)

// TestB01_B02_PDFHostile: no file kills, hangs or bloats the reader, and what can be
// found is found.
func TestB01_B02_PDFHostile(t *testing.T) {
	dir := t.TempDir()
	part := 1
	if raceDetector {
		part = 8 // it makes everything ten times slower
	}
	hostile := pdftest.Hostile(part)
	var files []string
	for name, h := range hostile {
		f := filepath.Join(dir, name+".pdf")
		if err := os.WriteFile(f, h.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	slices.Sort(files)
	pdfChildren(t, 2, files, func(file string, r *pdfReport, why string) {
		name := strings.TrimSuffix(filepath.Base(file), ".pdf")
		if r == nil {
			t.Errorf("%s: %s", name, why)
			return
		}
		t.Logf("%-22s %6.2f s %4d MiB %d findings, unread %v", name, r.Seconds, r.PeakKiB>>10, len(r.Found), r.Unread)
		if r.Seconds > pdfChildSeconds {
			t.Errorf("%s took %.1f s", name, r.Seconds)
		}
		if r.PeakKiB > pdfChildMiB<<10 && !raceDetector {
			t.Errorf("%s took %d MiB", name, r.PeakKiB>>10)
		}
		if hostile[name].Find && !slices.Contains(r.Found, pdfTestURL) {
			t.Errorf("%s: the link is not found", name)
		}
	})
}
