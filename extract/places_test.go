package extract

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"assay/extract/pdf/pdftest"
)

// TestMailHeaders takes the addresses of badges in the fields of a message, and no others.
func TestMailHeaders(t *testing.T) {
	const badge = "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-000000000001"
	const other = "https://api.badgr.io/public/assertions/abcdefghijklmnopqrstuv"
	many := strings.Repeat("X-Spam: nothing\r\n", 40)
	for _, tc := range []struct {
		desc, fields string
		want         []string
	}{
		{"the subject", "Subject: My badge " + badge + "\r\n", []string{"link " + badge + " | a.eml > header subject"}},
		{"the subject, encoded and folded", "Subject: =?utf-8?Q?My_badge:?=\r\n " + badge + "\r\n", []string{"link " + badge + " | a.eml > header subject"}},
		{"a list's field", "List-Help: <mailto:a@b.example>, <" + badge + ">\r\n", []string{"link " + badge + " | a.eml > header list-help"}},
		{"one of a program's, behind many", many + "X-Badge: " + other + "\r\n", []string{"link " + other + " | a.eml > header x-badge"}},
		{"where to unsubscribe", "List-Unsubscribe: <https://lists.example.org/out?u=1>\r\nX-Report: https://report.example.com/badges/1\r\n", nil},
		{"what is done to a badge", "List-Unsubscribe: <" + badge + ">\r\nX-A: " + badge + "/accept?x=1\r\nX-B: " + badge + "?token=once\r\nX-C: " + badge + "/unsubscribe\r\n", nil},
		{"a profile", "X-Profile: https://www.credly.com/users/somebody\r\n", nil},
		{"another field", "Received: from x by y; " + badge + "\r\n", nil},
	} {
		data := "From: a@b.example\r\nTo: c@d.example\r\n" + tc.fields + "Date: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\nHello.\r\n"
		if got := show(find(t, "a.eml", []byte(data))); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.desc, got, tc.want)
		}
	}
}

// TestPDFAlternativeTexts reads what stands in place of a picture or of signs.
func TestPDFAlternativeTexts(t *testing.T) {
	const u = "https://badges.example.org/assertions/alt-1"
	utf16 := func(s string) string {
		var b strings.Builder
		b.WriteString("<FEFF")
		for _, c := range s {
			fmt.Fprintf(&b, "%04X", c)
		}
		return b.String() + ">"
	}
	for _, tc := range []struct {
		desc, element string
		found         bool
	}{
		{"/Alt", "/S /Figure /Alt (My badge: " + u + ")", true},
		{"/Alt in UTF-16", "/S /Figure /Alt " + utf16("My badge: "+u), true},
		{"/ActualText", "/S /Span /ActualText (" + u + ")", true},
		{"/ActualText by reference", "/S /Span /ActualText 7 0 R", true},
		{"an alternate colour space", "/Alternate (" + u + ")", false},
		{"nothing of the kind", "/S /Figure /Alt (and/or)", false},
	} {
		for _, how := range []string{"plain", "streams"} {
			var b pdftest.Builder
			b.Catalog = "/StructTreeRoot " + b.Add("<</Type /StructTreeRoot /K [<</Type /StructElem %s>>]>>", tc.element)
			b.Add("(%s)", u)
			data := b.Build()
			if how == "streams" {
				data = b.BuildStreams("")
			}
			r := find(t, "cv.pdf", data)
			var want []string
			if tc.found {
				want = []string{"cv.pdf > object 6 > alternative text"}
			}
			if got := wheres(pdfFound(r, u)); !slices.Equal(got, want) || len(r.Unread) != 0 || !tc.found && len(r.Findings) != 0 {
				t.Errorf("%s, %s: %q, want %q; %q", tc.desc, how, got, want, show(r))
			}
		}
	}
}

// TestHyperlinkBase puts relative links on the base that a document says.
func TestHyperlinkBase(t *testing.T) {
	const id = "7e6dfd1a-6cb8-4a26-9d5b-000000000001"
	const u = "https://www.credly.com/badges/" + id
	props := func(base string) file {
		return file{"docProps/app.xml", `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><HyperlinkBase>` + base + `</HyperlinkBase></Properties>`}
	}
	rels := func(target, mode string) file {
		return file{"word/_rels/document.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" Target="` + target + `" TargetMode="` + mode + `"/></Relationships>`}
	}
	document := file{"word/document.xml", body("<w:p><w:r><w:t>My badge</w:t></w:r></w:p>")}
	field := file{"word/document.xml", body(`<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>HYPERLINK "badges/` + id + `"</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>`)}
	for _, tc := range []struct {
		desc  string
		files []file
		want  []string
	}{
		{"the base behind the links", []file{rels(id, "External"), document, props("https://www.credly.com/badges/")}, []string{u}},
		{"the base before them, a path in it", []file{props("https://www.credly.com/"), rels("badges/"+id, "External"), document}, []string{u}},
		{"a folder without its slash", []file{rels(id, "External"), document, props("https://www.credly.com/badges")}, []string{"https://www.credly.com/" + id, u}},
		{"a page", []file{rels(id, "External"), document, props("https://www.credly.com/badges/index.html")}, []string{u}},
		{"a field", []file{field, props("https://www.credly.com/")}, []string{u}},
		{"a field that leads to a place in the document", []file{{"word/document.xml", strings.Replace(field.text, "HYPERLINK ", `HYPERLINK \l `, 1)}, props("https://www.credly.com/")}, nil},
		{"within the document", []file{rels(id, "Internal"), document, props("https://www.credly.com/badges/")}, nil},
		{"an address of its own", []file{rels("https://example.org/x", "External"), document, props("https://www.credly.com/badges/")}, []string{"https://example.org/x"}},
		{"a folder of a disk", []file{rels(id, "External"), document, props(`C:\Users\me`)}, nil},
	} {
		r := find(t, "cv.docx", docx(t, tc.files...))
		var got []string
		for _, f := range r.Findings {
			if !strings.Contains(f.Places[0].Where, "docProps") { // the base is told as what it is
				got = append(got, f.Payload)
			}
		}
		if !slices.Equal(got, tc.want) || len(r.Unread) != 0 {
			t.Errorf("%s: %q, want %q; %v", tc.desc, got, tc.want, r.Unread)
		}
	}
}

// TestRTFHyperlinkBase does so for fields of RTF.
func TestRTFHyperlinkBase(t *testing.T) {
	const id = "7e6dfd1a-6cb8-4a26-9d5b-000000000001"
	const u = "https://www.credly.com/badges/" + id
	long := "https://www.credly.com/badges/?" + strings.Repeat("x", maxURL)
	for base, want := range map[string]bool{"https://www.credly.com/badges/": true, long: false, `https://www.credly.com/b\'61dges/`: true, "Documents": false, "": false} {
		r := find(t, "cv.rtf", []byte(`{\rtf1{\info{\title x}{\*\hlinkbase `+base+`}}{\field{\*\fldinst{HYPERLINK "`+id+`"}}{\fldrslt x}}\par}`))
		if got := len(pdfFound(r, u)) > 0; got != want || len(r.Unread) != 0 {
			t.Errorf("%q: %q", base, show(r))
		}
	}
}

// TestJSONKeys takes addresses that are the names of members.
func TestJSONKeys(t *testing.T) {
	const u = "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-000000000001"
	for _, tc := range []struct {
		desc, data string
		want       []string
	}{
		{"an address", `{"badges": {"` + u + `": {"name": "AWS"}}}`, []string{"link " + u + " | a.json > badges." + u}},
		{"without its scheme", `{"` + strings.TrimPrefix(u, "https://") + `": true}`, []string{"link " + u + " | a.json > " + strings.TrimPrefix(u, "https://")}},
		{"vocabularies", `{"http://schema.org/name": "x", "https://www.w3.org/ns/y": 1, "a/b": 2}`, nil},
	} {
		if got := show(find(t, "a.json", []byte(tc.data))); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.desc, got, tc.want)
		}
	}
}

// TestJSONKeysAreBounded: what the places of addresses cost does not grow with the names
// that they stand under, and the time of a document ends them.
func TestJSONKeysAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"` + strings.Repeat("k", 256<<10) + `": {`)
	for i := range 2000 {
		fmt.Fprintf(&b, `"http://example.org/%d": 1, `, i)
	}
	b.WriteString(`"x": 1}}`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := find(t, "a.json", []byte(b.String()))
	runtime.ReadMemStats(&after)
	if len(r.Unread) > 1 || after.TotalAlloc-before.TotalAlloc > 100<<20 {
		t.Errorf("%d MiB for %d KiB: %v", (after.TotalAlloc-before.TotalAlloc)>>20, b.Len()>>10, r.Unread)
	}
	ctx, cancel := context.WithCancel(t.Context())
	found := 0
	e := Extractor{Found: func(Finding) { found++; cancel() }}
	_, _ = e.Extract(ctx, Document{Name: "a.json", Data: []byte(strings.ReplaceAll(b.String(), "example.org/", "www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-00000000"))})
	if found > 3 {
		t.Errorf("%d addresses after the time was over", found)
	}
}
