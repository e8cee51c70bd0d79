package extract

import (
	"slices"
	"testing"
)

// TestEncodedAddresses finds addresses that are encoded as one within another is.
func TestEncodedAddresses(t *testing.T) {
	const u = "link https://badges.example.org/a/1?b=2"
	const encoded = "https%3A%2F%2Fbadges.example.org%2Fa%2F1%3Fb%3D2"
	for _, tc := range []struct {
		desc, name, data string
		want             []string
	}{
		{"by itself", "a.txt", "see " + encoded + " there", []string{u + " | a.txt > text"}},
		{"the body of a form", "a.json", `{"body":"name=x&url=` + encoded + `&b=c"}`, []string{u + " | a.json > body"}},
		{"with words behind it", "a.txt", "text=See%20" + encoded + "%20and%20more", []string{u + " | a.txt > text"}},
		{"and words that are encoded, too", "a.txt", "url=" + encoded + "%20and%20more", []string{u + " | a.txt > text"}},
		{"within another", "a.txt", "see https://example.org/go?to=" + encoded, []string{"link https://example.org/go?to=" + encoded + " | a.txt > text"}},
		{"a button that writes a message", "a.html", "<!DOCTYPE html><html><a href=\"mailto:?subject=x&amp;body=See%20" + encoded + "\">tell</a></html>", []string{u + " | a.html > link"}},
		{"an address of mail alone", "a.html", "<!DOCTYPE html><html><a href=\"mailto:applicant@example.org\">tell</a></html>", nil},
		{"damaged", "a.txt", "see https%3A%2F%2Fbadges.example.org%2Fa%2", nil},
		{"no scheme", "a.txt", "see https%3A and http%2F", nil},
	} {
		if got := show(find(t, tc.name, []byte(tc.data))); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.desc, got, tc.want)
		}
	}
}
