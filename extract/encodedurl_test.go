package extract

import (
	"runtime"
	"slices"
	"strings"
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
		{"and a word in the next line", "a.txt", "mailto:?body=" + encoded + "%0AAnna%20Example", []string{u + " | a.txt > text"}},
		{"and a number in the next line", "a.txt", "url=" + encoded + "%0D%0A%2B49301234567", []string{u + " | a.txt > text"}},
		{"and a word in the next cell", "a.txt", "url=" + encoded + "%09Anna", []string{u + " | a.txt > text"}},
		{"and a word behind a space that does not break", "a.txt", "url=" + encoded + "%C2%A0Anna", []string{u + " | a.txt > text"}},
		{"and a word in the next line, of Unicode", "a.txt", "url=" + encoded + "%E2%80%A8Anna", []string{u + " | a.txt > text"}},
		{"an element with words in it", "a.txt", "body=" + encoded + "%22%3EAnna%3C%2Fa%3E", []string{u + " | a.txt > text"}},
		{"within another", "a.txt", "see https://example.org/go?to=" + encoded, []string{"link https://example.org/go?to=" + encoded + " | a.txt > text"}},
		{"a button that writes a message", "a.html", "<!DOCTYPE html><html><a href=\"mailto:?subject=x&amp;body=See%20" + encoded + "\">tell</a></html>", []string{u + " | a.html > link"}},
		{"an address of mail alone", "a.html", "<!DOCTYPE html><html><a href=\"mailto:applicant@example.org\">tell</a></html>", nil},
		{"but its slashes", "a.txt", "see https%3A//badges.example.org/a/1%3Fb%3D2 there", []string{u + " | a.txt > text"}},
		{"but its slashes, in a query", "a.txt", "see go?to=https%3A//badges.example.org/a/1%3Fb%3D2&x=y there", []string{u + " | a.txt > text"}},
		{"but its slashes, with words behind", "a.txt", "url=http%3A//badges.example.org%3A8080/a/1%20and%20more", []string{"link http://badges.example.org:8080/a/1 | a.txt > text"}},
		{"its colon alone, in a link", "a.html", "<!DOCTYPE html><html><a href=\"https%3A//badges.example.org/a/1?b=2\">badge</a></html>", []string{u + " | a.html > link"}},
		{"but its slashes, in a link of Markdown", "a.md", "[badge](https%3A//badges.example.org/a/1%3Fb%3D2)", []string{u + " | a.md > text"}},
		{"its colon alone, and nothing behind", "a.txt", "https%3A//", nil},
		{"damaged", "a.txt", "see https%3A%2F%2Fbadges.example.org%2Fa%2", nil},
		{"no scheme", "a.txt", "see https%3A and http%2F", nil},
	} {
		if got := show(find(t, tc.name, []byte(tc.data))); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.desc, got, tc.want)
		}
	}
}

// TestEncodedDamaged: what is damaged is passed over whole, or each address that begins in
// it would be read to the same end.
func TestEncodedDamaged(t *testing.T) {
	s := strings.Repeat("https%3A%2F%2F", 100) + "%"
	if end := (&scan{s: s}).encoded(0); end != len(s) {
		t.Errorf("ends at %d of %d", end, len(s))
	}
}

// TestWholeSchemes: schemes that are divided are whole, nothing else moves, and the text is
// not copied for each of them.
func TestWholeSchemes(t *testing.T) {
	for s, want := range map[string]string{
		"at ht-\ntps://a":            "at  \nhttps://a",
		"at http\u2010 \n\ts://a":    "at      \nhttps://a",
		"ht-\ntps://ht-\ntps://a":    " \nhttps:// \nhttps://a",
		"ht-\nps://a":                "ht-\nps://a",
		"white-\nhttps://a and http": "white-\nhttps://a and http",
		"at https:\n//a":             "at \nhttps://a",
		"at http\r\n\t s://a":        "at    \nhttps://a",
		"https:/\n/a":                "\nhttps://a",
		"http:\n//a\nhttps:\n//b":    "\nhttp://a\n\nhttps://b",
		"one/\n/two":                 "one/\n/two",
		"dash:\n//two":               "dash:\n//two",
	} {
		if got := wholeSchemes(s); got != want || len(got) != len(s) {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	s := strings.Repeat("see ht-\ntps://a.example\n", 4000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	whole := wholeSchemes(s)
	runtime.ReadMemStats(&after)
	if n := strings.Count(whole, "\nhttps://a.example"); n != 4000 {
		t.Errorf("%d are whole", n)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 40*uint64(len(s)) {
		t.Errorf("%d bytes for a text of %d", took, len(s))
	}
}
