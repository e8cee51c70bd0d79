package extract

import (
	"strings"
	"testing"
)

// TestCleanStep: a name from inside a document, as a place shows it.
func TestCleanStep(t *testing.T) {
	for _, tc := range []struct{ desc, name, want string }{
		{"plain", "badge (1).png", "badge (1).png"},
		{"letters and signs of any script", "Zeugnis größe 证书 שלום €.pdf", "Zeugnis größe 证书 שלום €.pdf"},
		{"a step of its own", "a > b", "a › b"},
		{"control characters", "a\x1b[2Jb\x00c\u009bd", "a[2Jbcd"},
		{"direction of writing", "a\u202efdp.exe\u2066b", "afdp.exeb"},
		{"zero width", "a\u200bb\u2060c\ufeffd", "abcd"},
		{"tag characters", "a\U000e0041\U000e007fb", "ab"},
		{"ends of lines", "a\u2028b\u2029c\nd", "abcd"},
		{"soft hyphen", "a\u00adb", "ab"},
		{"private use and unassigned", "a\ue000b\U0010fffdc\u0378d", "abcd"},
		{"fillers and selectors", "a\u3164b\u2800c\ufe0fd\U000e0100", "abcd"},
		{"not UTF-8", "a\xffb", "ab"},
		{"too long", strings.Repeat("a", maxStep+1), strings.Repeat("a", maxStep) + "…"},
		{"too long, cut within a character", strings.Repeat("ä", maxStep), strings.Repeat("ä", maxStep/2) + "…"},
	} {
		if got := cleanStep(tc.name); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.desc, got, tc.want)
		}
	}
}
