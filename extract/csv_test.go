package extract

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCSV(t *testing.T) {
	const u = "https://example.org/badges/1"
	link := func(file, step string) []string { return []string{"link " + u + " | " + file + " > " + step} }
	for desc, tc := range map[string]struct {
		file, data string
		want       []string
	}{
		"commas":                  {"a.csv", "Name,Url,Authority\nWelding," + u + ",Northgate\n", link("a.csv", "row 2 Url")},
		"semicolons, by the rows": {"a.txt", "Name;Url;By\nWelding;" + u + ";Northgate\nCloud;;\n", link("a.txt", "row 2 Url")},
		"tabs":                    {"a.tsv", "Name\tUrl\nWelding\t" + u + "\n", link("a.tsv", "row 2 Url")},
		"bars":                    {"a.txt", "a|b|c\n1|" + u + "|3\n4|5|6\n", link("a.txt", "row 2 b")},
		"a quoted text":           {"a.csv", "Name,About\nx,\"see, please,\n" + u + ", there\"\n", link("a.csv", "row 2 About")},
		"JSON with doubled quotes": {"a.csv", "Name,Badge\nx,\"" + strings.ReplaceAll(assertionA, `"`, `""`) + "\"\n",
			[]string{"json " + assertionA + " | a.csv > row 2 Badge"}},
		"prose with commas": {"a.txt", "I weld, build, and mend\nsee " + u + ", please\n", link("a.txt", "text")},
		"no badge":          {"a.csv", "Name,Url\nx,y\n", nil},
	} {
		r := find(t, tc.file, []byte(tc.data))
		if d := cmp.Diff(tc.want, show(r)); d != "" || len(r.Unread) > 0 {
			t.Errorf("%s: %s %v", desc, d, r.Unread)
		}
	}
	if r := find(t, "a.csv", []byte(strings.Repeat("a,b,c,d,e,f,g,h\n", maxCells/8+2))); len(r.Unread) != 1 || r.Unread[0].Reason != ReasonParts {
		t.Errorf("values have no end: %v", r.Unread)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("Name,Url\nWelding,https://example.org/badges/1\n"))
	f.Add([]byte("a;\"b\"\"\n;c"))
	fuzzCarrier(f, "a.csv")
}

// TestRTFFromHTML: the HTML from which a mail program made RTF is read as HTML,
// without what stands in for it.
func TestRTFFromHTML(t *testing.T) {
	const u = "https://example.org/badges/1"
	rtf := `{\rtf1\ansi\fromhtml1 {\*\htmltag19 <html>}{\*\htmltag84 <a href="` + u + `">}\htmlrtf {\b \htmlrtf0 Badge\htmlrtf }\htmlrtf0 {\*\htmltag92 </a>}}`
	if d := cmp.Diff([]string{"link " + u + " | a.rtf > HTML > link"}, show(find(t, "a.rtf", []byte(rtf)))); d != "" {
		t.Error(d)
	}
}

// TestZIPNames: without the mark of UTF-8 a name is in code page 437.
func TestZIPNames(t *testing.T) {
	if d := cmp.Diff([]string{"json " + assertionA + " | a.zip > Schweißer.json"}, show(find(t, "a.zip", zipped(t, file{"Schwei\xe1er.json", assertionA})))); d != "" {
		t.Error(d)
	}
}
