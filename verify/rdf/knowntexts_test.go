//go:build knowncontexts

package rdf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReviewedTexts reads the texts themselves, which are not in the
// repository: the folder that ASSAY_KNOWN_CONTEXTS names has them, by host and path, as
// --contexts does. Each is known, and applies beside the contexts that its badges have.
func TestReviewedTexts(t *testing.T) {
	dir := os.Getenv("ASSAY_KNOWN_CONTEXTS")
	if dir == "" {
		t.Fatal("ASSAY_KNOWN_CONTEXTS names no folder with the texts")
	}
	n := 0
	for u := range reviewed {
		text, err := os.ReadFile(filepath.Join(dir, strings.TrimPrefix(u, "https://")))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
		e, err := ParseExtension(u, text)
		if err != nil || !e.Known() {
			t.Errorf("%s: %v", u, err)
			continue
		}
		if strings.Contains(u, "dcc/v1") {
			continue // of badges before Open Badges 3.0
		}
		base := []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", u}
		if err := CheckContext(base, Extensions{u: e}); err != nil {
			t.Errorf("%s: %v", u, err)
		}
	}
	if n == 0 {
		t.Errorf("%s has none of them", dir)
	}
}
