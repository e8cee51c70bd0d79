package extract

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
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

// TestZIPNames: without the mark of UTF-8 a name is in code page 437, unless it stands in
// UTF-8 beside that of this very member.
func TestZIPNames(t *testing.T) {
	beside := func(of, name string) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		field := append([]byte{1}, binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(of)))...)
		field = append(field, name...)
		extra := append([]byte{0x55, 0x54, 1, 0, 0, 0x75, 0x70}, binary.LittleEndian.AppendUint16(nil, uint16(len(field)))...)
		f, err := w.CreateHeader(&zip.FileHeader{Name: "???.json", NonUTF8: true, Extra: append(extra, field...)})
		if err == nil {
			_, err = f.Write([]byte(assertionA))
		}
		if err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	whole := beside("???.json", "\u5C65\u6B74\u66F8.json")
	for name, data := range map[string][]byte{"\u5C65\u6B74\u66F8.json": whole, "???.json": beside("of another.json", "x.json")} {
		if got := show(find(t, "a.zip", data)); len(got) != 1 || got[0] != "json "+assertionA+" | a.zip > "+name {
			t.Errorf("%s: %q", name, got)
		}
	}
	cut := whole[:bytes.Index(whole, []byte("PK\x01\x02"))]
	if got := strings.Join(show(find(t, "a.zip", cut)), "\n"); !strings.Contains(got, "a.zip > \u5C65\u6B74\u66F8.json") {
		t.Errorf("without a directory: %s", got)
	}
	if d := cmp.Diff([]string{"json " + assertionA + " | a.zip > Schweißer.json"}, show(find(t, "a.zip", zipped(t, file{"Schwei\xe1er.json", assertionA})))); d != "" {
		t.Error(d)
	}
}
