package extract

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHTML(t *testing.T) {
	a := "json " + assertionA
	for _, tc := range []struct {
		desc, html string
		want       []string
	}{
		{"no badge", `<!DOCTYPE html><p>Nothing here`, nil},
		{"link", `<html><a href="https://example.org/badges/1?a=1&amp;b=2">x</a>`, []string{"link https://example.org/badges/1?a=1&b=2 | page.html > link"}},
		{"a field that was filled in", `<html><input type="text" name="badge" value="https://example.org/badges/1">`, []string{"link https://example.org/badges/1 | page.html > link"}},
		{"a field with more in it", `<html><input value="see https://example.org/badges/1">`, []string{"link https://example.org/badges/1 | page.html > text"}},
		{"a field with words behind the address", `<html><input value="https://example.org/badges/1 Ada Lovelace">`, []string{"link https://example.org/badges/1 | page.html > text"}},
		{"a field that nobody sees", `<html><input type="hidden" value="https://example.org/badges/1">`, nil},
		{"relative link", `<html><a href="badges/1">x</a>`, nil},
		{"script link", `<html><a href="javascript:location='https://example.org/badges/1'">x</a>`, nil},
		{"JSON-LD", `<html><script type="application/ld+json">` + assertionA + `</script>`, []string{a + " | page.html > json-ld"}},
		{"JSON-LD graph", `<html><script type='application/ld+json; charset=utf-8'>{"@graph":[{"@type":"Person"},` + assertionA + `]}</script>`, []string{a + " | page.html > json-ld > @graph[1]"}},
		{"JSON-LD of other things", `<html><script type="application/ld+json">{"@type":"Organization","name":"x"}</script>`, nil},
		{"plain script", `<html><script>var a = "https://example.org/badges/1"</script><style>a{b:url(https://example.org/badges/2)}</style>`, nil},
		{"alternate", `<html><link rel="alternate" type="application/json" href="https://example.org/1.json">`, []string{"link https://example.org/1.json | page.html > alternate (machine_form)"}},
		{"text", `<html><p>See https://example.org/badges/1<br>and`, []string{"link https://example.org/badges/1 | page.html > text"}},
		{"text over tags", `<html><p>https://example.org/<b>badges</b>/1</p>`, []string{"link https://example.org/badges/1 | page.html > text"}},
		{"escaped JSON in text", `<html><pre>` + strings.ReplaceAll(assertionA, `"`, "&quot;") + `</pre>`, []string{a + " | page.html > text"}},
		{"data: image", `<html><img src="data:image/png;base64,` + base64.StdEncoding.EncodeToString(baked(assertionA)) + `">`, []string{a + " | page.html > inline file > data: URI > iTXt openbadges"}},
		{"data: in the alphabet of URLs, without padding", `<html><img src="data:;base64,` + base64.RawURLEncoding.EncodeToString([]byte(assertionA)) + `">`, []string{a + " | page.html > inline file > data: URI"}},
		{"data: with percent signs", `<html><img src="data:image/png;base64,` + strings.ReplaceAll(base64.StdEncoding.EncodeToString(baked(assertionA)), "=", "%3D") + `">`, []string{a + " | page.html > inline file > data: URI > iTXt openbadges"}},
		{"data: of nothing", `<html><img src="data:image/png;base64,"><a href="data:x">x</a>`, nil},
		{"data: JSON", `<html><a href="data:application/json,` + strings.ReplaceAll(strings.ReplaceAll(assertionA, `"`, "%22"), " ", "%20") + `">x</a>`, []string{a + " | page.html > inline file > data: URI"}},
		{"inline SVG", `<html><body><svg xmlns="http://www.w3.org/2000/svg" xmlns:o="` + nsOB2 + `"><svg/><o:assertion verify="` + jwsA + `"></o:assertion></svg><p>x`, []string{"jws " + jwsA + " | page.html > inline SVG > assertion verify"}},
		{"image elsewhere is not fetched", `<html><img src="https://example.org/badges/1.png">`, nil},
		{"a button that copies", `<html><input readonly value="https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"><button data-clipboard-text="https://example.org/badges/1">`, []string{"link https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11 | page.html > link"}},
		{"a scheme that is none", `<html><a href="htps://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11">x</a><a href="htps://example.org/badges/1">y</a>`, []string{"link https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11 | page.html > link"}},
		{"as browsers and Office show it", `<html><a href="chrome-extension://abc/https://example.org/badges/1">x</a><a href="view-source:https://example.org/badges/2">x</a><a href="ms-word:ofe|u|https://example.org/badges/3">x</a><a href="../C:/x/https:/example.org/badges/4">x</a><a href="badges/5">x</a>`,
			[]string{"link https://example.org/badges/1 | page.html > link", "link https://example.org/badges/2 | page.html > link", "link https://example.org/badges/3 | page.html > link", "link https://example.org/badges/4 | page.html > link"}},
		{"base without a scheme", `<html><base target="_blank" HREF='//www.credly.com/'><a href="badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11">x</a>`, []string{"link https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11 | page.html > link"}},
		{"unclosed tag", `<html><a href="https://example.org/badges/1`, nil},
		{"windows-1252", "<html><meta charset=windows-1252><p>\x93https://example.org/badges/1\x94", []string{"link https://example.org/badges/1 | page.html > text"}},
		{"nested 100,000 deep", `<html>` + strings.Repeat("<div>", 100_000) + `<a href="https://example.org/badges/1">`, []string{"link https://example.org/badges/1 | page.html > link"}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			if d := cmp.Diff(tc.want, show(find(t, "page.html", []byte(tc.html)))); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestDiscovery: what a fetched page says of its machine forms, in the order in
// which they are to be asked.
func TestDiscovery(t *testing.T) {
	const where = "https://badges.example.org/show/1?x=1"
	page := `<!DOCTYPE html><head>
<meta property="og:image" content="/img/1.png">
<meta name="twitter:image" content="https://cdn.example.org/1.png">
<meta http-equiv="refresh" content="5; url=/moved">
<link rel="stylesheet" type="text/css" href="/x.css">
<link rel="alternate" type="application/rss+xml" href="/feed">
<link rel="Alternate" type="application/ld+json" href="/1.jsonld">
</head><body><a href="/other">x</a><a href="1.json">JSON</a><a href="/1/baked">download</a><img src="logo.png"></body>`
	flag := " (machine_form)"
	for _, tc := range []struct {
		desc string
		doc  Document
		want []string
	}{
		{"page", Document{Name: where, ContentType: "text/html", Fetched: true, Data: []byte(page)}, []string{
			"link https://badges.example.org/1.jsonld | " + where + " > alternate" + flag,
			"link https://badges.example.org/show/1.json | " + where + " > link" + flag,
			"link https://badges.example.org/1/baked | " + where + " > link" + flag,
			"link https://badges.example.org/img/1.png | " + where + " > image" + flag,
			"link https://cdn.example.org/1.png | " + where + " > image" + flag,
			"link https://badges.example.org/show/logo.png | " + where + " > image" + flag,
			"link https://badges.example.org/moved | " + where + " > refresh" + flag,
			"link https://badges.example.org/other | " + where + " > link",
		}},
		{"JSON-LD first, and then no pictures", Document{Name: where, Fetched: true, Data: []byte(`<html><img src="1.png"><link rel=alternate type=application/json href=1.json><script type="application/ld+json">` + credentialA + `</script>`)}, []string{
			"json " + credentialA + " | " + where + " > json-ld",
			"link https://badges.example.org/show/1.json | " + where + " > alternate" + flag,
		}},
		{"base", Document{Name: where, Fetched: true, Data: []byte(`<html><base href="/b/"><link rel=alternate type=application/json href=1.json>`)}, []string{"link https://badges.example.org/b/1.json | " + where + " > alternate" + flag}},
		{"base of another host is not followed", Document{Name: where, Fetched: true, Data: []byte(`<html><base href="https://other.example.org/"><link rel=alternate type=application/json href=1.json>`)}, []string{"link https://badges.example.org/show/1.json | " + where + " > alternate" + flag}},
		{"a bake under an extension of the query", Document{Name: "https://badges.example.org/1?f=x.html", Fetched: true, Data: baked(assertionA)}, []string{"json " + assertionA + " | https://badges.example.org/1?f=x.html > iTXt openbadges"}},
		{"nothing but the page", Document{Name: "https://badges.example.org/show/1?x=1", Fetched: true, Data: []byte("<html><p>Well done")}, []string{
			"link https://badges.example.org/show/1.json?x=1 | " + where + " > variant (machine_form,variant)",
			"link https://badges.example.org/show/1?x=1&format=json | " + where + " > variant (machine_form,variant)",
			"link https://badges.example.org/show/1?x=1&v=2_0 | " + where + " > variant (machine_form,variant)",
		}},
		{"nothing, and no cause to think of badges", Document{Name: "https://www.example.org/show/1", Fetched: true, Data: []byte("<html><p>Well done")}, nil},
		{"JSON", Document{Name: where, Fetched: true, Data: []byte(assertionA)}, []string{"json " + assertionA + " | " + where}},
		{"JWS", Document{Name: where, Fetched: true, Data: []byte(jwsA)}, []string{"jws " + jwsA + " | " + where}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			if d := cmp.Diff(tc.want, show(findWith(t, Limits{}, tc.doc))); d != "" {
				t.Error(d)
			}
			for _, f := range findWith(t, Limits{}, tc.doc).Findings {
				form := len(f.Places[0].Flags) > 0 && f.Places[0].Flags[0] == "machine_form"
				if f.Link != nil && (f.Link.Form != form || form && f.Link.Class == ClassOther) {
					t.Errorf("%s: %+v", f.Payload, f.Link)
				}
			}
		})
	}
}

// TestSavedPage: a page that was saved leads to where it was, and its links are told by
// that, or by the base that it names.
func TestSavedPage(t *testing.T) {
	const u, was = "https://example.org/badges/1", "https://example.org/u/ada"
	page := "<html><a href=/badges/1>x</a>"
	mhtml := func(fields string) string {
		return "From: <Saved>\r\n" + fields + "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b1\r\n\r\n" +
			parts("b1", "Content-Type: text/html\r\nContent-Location: "+was+"\r\n\r\n"+page)
	}
	for _, tc := range []struct {
		desc, name, text string
		want             []string
	}{
		{"base", "a.html", `<html><base href="https://example.org/x/"><base href="https://example.net/"><a href="../badges/1">x</a>`, []string{"link " + u + " | a.html > link"}},
		{"a base that is none", "a.html", `<html><base href="javascript:x"><base href="x/"><a href="badges/1">x</a>`, nil},
		{"a note of the browser", "a.html", "<!DOCTYPE html>\n<!-- saved from url=(0025)" + was + " -->\n<html><p>x", []string{"link " + was + " | a.html > address"}},
		{"canonical", "a.html", `<html><link rel="canonical" href="` + was + `"><meta property="og:url" content="` + was + `">`, []string{"link " + was + " | a.html > link"}},
		{"MHTML", "a.mhtml", mhtml("Snapshot-Content-Location: " + was + "\r\n"), []string{"link " + was + " | a.mhtml > address", "link " + u + " | a.mhtml > part 1 > link"}},
		{"MHTML of an address that is none", "a.mhtml", mhtml("Snapshot-Content-Location: file:///etc/passwd\r\n"), []string{"link " + u + " | a.mhtml > part 1 > link"}},
		{"a piece of a page", "a", "<pre>" + strings.ReplaceAll(assertionA, `"`, "&quot;") + "</pre>", []string{"json " + assertionA + " | a > text"}},
	} {
		if d := cmp.Diff(tc.want, show(find(t, tc.name, []byte(tc.text)))); d != "" {
			t.Errorf("%s: %s", tc.desc, d)
		}
	}
	// Of a page that was fetched none of this leads elsewhere.
	got := show(findWith(t, Limits{}, Document{Name: "https://www.example.org/show", Fetched: true, Data: []byte(`<!-- saved from url=(0025)` + was + ` --><html><link rel="canonical" href="` + was + `">`)}))
	if len(got) > 0 {
		t.Error(got)
	}
}

// TestPageData: credentials that a page has for its scripts are found, and nothing
// else of what stands there.
func TestPageData(t *testing.T) {
	a := "json " + assertionA + " | page.html > "
	attr := strings.NewReplacer(`"`, "&quot;").Replace
	str := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace
	for _, tc := range []struct {
		desc, html string
		want       []string
	}{
		{"an object of a script", `<html><script>window.x = ` + assertionA + `; y()</script>`, []string{a + "script"}},
		{"within another", `<html><script>window.x = {"api":"https://api.example.org/badges","all":[` + assertionA + `]}</script>`, []string{a + "script > all[0]"}},
		{"a text that is parsed", `<html><script>let a = JSON.parse("` + str(assertionA) + `")</script>`, []string{a + "script"}},
		{"a token in it", `<html><script>window.x = {"type":"x","api":"https://api.example.org/badges","token":"` + vcJWS + `"}</script>`, []string{"jws " + vcJWS + " | page.html > script > token"}},
		{"an attribute", `<html><div data-badge="` + attr(assertionA) + `">x</div>`, []string{a + "div data-badge"}},
		{"a token in an attribute", `<html><input type=hidden value="` + vcJWS + `">`, []string{"jws " + vcJWS + " | page.html > input value"}},
		{"a session's token", `<html><div data-session="` + jwsA + `" data-x="{&quot;api&quot;:&quot;https://api.example.org/badges&quot;}">x</div>`, nil},
		{"addresses of a program", `<html><script>var c = {"type":"x","url":"https://api.example.org/badges"}; var u = "https://api.example.org/badges"</script>`, nil},
	} {
		if d := cmp.Diff(tc.want, show(find(t, "page.html", []byte(tc.html)))); d != "" {
			t.Errorf("%s: %s", tc.desc, d)
		}
	}
	// Scripts are not looked through without end, which is told.
	r := find(t, "page.html", []byte("<html>"+strings.Repeat("<script>"+strings.Repeat("x", 1<<20)+"</script>", 9)+"<script>"+assertionA+"</script>"))
	if got := show(r); len(got) != 1 || got[0] != "unread page.html > script: limit_file_size" {
		t.Error(got)
	}
}
