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
