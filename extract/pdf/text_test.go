package pdf

import "testing"

// TestTextString: the encodings of ISO 32000-1 §7.9.2.2 and annex D.3, of
// ISO 32000-2 (UTF-8), and what writers do instead.
func TestTextString(t *testing.T) {
	for _, tc := range []struct{ desc, in, want string }{
		{"ASCII", "badge", "badge"},
		{"UTF-16, big endian", "\xfe\xff\x00b\x20\xac", "b€"},
		{"UTF-16 beyond the first plane", "\xfe\xff\xd8\x3c\xdf\x93", "🎓"},
		{"UTF-16, little endian", "\xff\xfeb\x00\xac\x20", "b€"},
		{"half a character at the end", "\xfe\xff\x00b\x00", "b"},
		{"UTF-8 with its mark", "\xef\xbb\xbfgröße", "größe"},
		{"UTF-8 without, as writers have it", "größe", "größe"},
		{"PDFDocEncoding, Latin", "gr\xf6\xdfe", "größe"},
		{"PDFDocEncoding, where it differs", "\x80\x84\x8d\x93\x9e\xa0\xff", "•—“ﬁž€ÿ"},
		{"nothing", "", ""},
	} {
		if got := TextString(tc.in); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.desc, got, tc.want)
		}
	}
}
