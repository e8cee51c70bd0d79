package extract

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	nsOB2 = "http://openbadges.org"
	nsOB3 = "https://purl.imsglobal.org/ob/v3p0"
	nsCLR = "https://purl.imsglobal.org/clr/v2p0"
)

// svgWith is an SVG with markup inside, in which the prefix o is namespace.
func svgWith(namespace, inside string) string {
	return `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:o="` + namespace + `">` + inside + `<rect width="1"/></svg>`
}

func cdata(s string) string { return "<![CDATA[" + s + "]]>" }

func quoted(s string) string { return strings.ReplaceAll(s, `"`, "&quot;") }

func gzipped(b []byte) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write(b)
	_ = w.Close()
	return z.Bytes()
}

func TestSVG(t *testing.T) {
	a := "json " + assertionA
	c := "json " + credentialA
	u16 := []byte{0xFF, 0xFE}
	for _, r := range svgWith(nsOB3, `<o:credential>`+cdata(credentialA)+`</o:credential>`) {
		u16 = append(u16, byte(r), byte(r>>8))
	}
	for _, tc := range []struct {
		desc string
		data string
		want []string
	}{
		{"no badge", svgWith(nsOB2, ""), nil},
		{"OB2 body", svgWith(nsOB2, `<o:assertion>`+cdata(assertionA)+`</o:assertion>`), []string{a + " | x.svg > assertion body"}},
		{"OB3 body", svgWith(nsOB3, `<o:credential>`+cdata(credentialA)+`</o:credential>`), []string{c + " | x.svg > credential body"}},
		{"CLR body", svgWith(nsCLR, `<o:credential>`+cdata(credentialA)+`</o:credential>`), []string{c + " | x.svg > credential body"}},
		{"escaped body", svgWith(nsOB3, `<o:credential>`+quoted(credentialA)+`</o:credential>`), []string{c + " | x.svg > credential body"}},
		{"CDATA in two pieces", svgWith(nsOB3, `<o:credential>`+cdata(credentialA[:50])+cdata(credentialA[50:])+`</o:credential>`), []string{c + " | x.svg > credential body"}},
		{"comment in the body", svgWith(nsOB3, `<o:credential>`+cdata(credentialA[:50])+`<!-- x -->`+cdata(credentialA[50:])+`</o:credential>`), []string{c + " | x.svg > credential body"}},
		{"verify JWS", svgWith(nsOB3, `<o:credential verify="`+jwsA+`"></o:credential>`), []string{"jws " + jwsA + " | x.svg > credential verify"}},
		{"verify URL", svgWith(nsOB2, `<o:assertion verify="`+urlA+`"/>`), []string{"link " + urlA + " | x.svg > assertion verify"}},
		{"URL and its assertion", svgWith(nsOB2, `<o:assertion verify="`+urlA+`">`+cdata(assertionA)+`</o:assertion>`), []string{a + " | x.svg > assertion body | x.svg > assertion verify"}},
		{"JWS and what it signs", svgWith(nsOB3, `<o:credential verify="`+vcJWS+`">`+cdata(`{"issuer":"x","type":["VerifiableCredential"]}`)+`</o:credential>`),
			[]string{"jws " + vcJWS + " | x.svg > credential verify | x.svg > credential body (unsigned_copy)"}},
		{"prefix not declared", `<svg xmlns="http://www.w3.org/2000/svg"><openbadges:assertion verify="` + urlA + `"/></svg>`, []string{"link " + urlA + " | x.svg > assertion verify (wrong_namespace)"}},
		{"default namespace", `<svg xmlns="http://www.w3.org/2000/svg"><credential xmlns="` + nsOB3 + `">` + cdata(credentialA) + `</credential></svg>`, []string{c + " | x.svg > credential body"}},
		{"another namespace", svgWith("https://example.org/", `<o:assertion verify="`+jwsA+`"/>`), nil},
		{"prefixed svg", `<s:svg xmlns:s="http://www.w3.org/2000/svg" xmlns:o="` + nsOB2 + `"><o:assertion verify="` + urlA + `"/></s:svg>`, []string{"link " + urlA + " | x.svg > assertion verify"}},
		{"document type", `<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">` + svgWith(nsOB2, `<o:assertion verify="`+urlA+`"/>`)[21:], []string{"link " + urlA + " | x.svg > assertion verify"}},
		{"compressed", string(gzipped([]byte(svgWith(nsOB2, `<o:assertion verify="`+urlA+`"/>`)))), []string{"link " + urlA + " | x.svg > assertion verify"}},
		{"UTF-16", string(u16), []string{c + " | x.svg > credential body"}},
		{"declared Latin-1", `<?xml version="1.0" encoding="ISO-8859-1"?>` + svgWith(nsOB2, "<desc>\xe9</desc>"+`<o:assertion verify="`+urlA+`"/>`)[21:], []string{"link " + urlA + " | x.svg > assertion verify"}},
		{"link", svgWith(nsOB2, `<a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="https://example.org/badges/1"><text>x</text></a>`), []string{"link https://example.org/badges/1 | x.svg > link"}},
		{"text", svgWith(nsOB2, `<text>https://example.org/badges/1</text><script>var u = "https://example.org/2"</script>`), []string{"link https://example.org/badges/1 | x.svg > text"}},
		{"PNG inside", svgWith(nsOB2, `<image href="data:image/png;base64,`+base64.StdEncoding.EncodeToString(baked(assertionA))+`"/>`), []string{a + " | x.svg > image > data: URI > iTXt openbadges"}},
		{"cut off", svgWith(nsOB2, `<o:assertion verify="`+urlA+`"/>`)[:150], []string{"link " + urlA + " | x.svg > assertion verify", "unread x.svg: truncated"}},
		{"broken before the badge", `<svg><a b="1" <</a></svg>`, []string{"unread x.svg: malformed"}},
		{"rubbish in the element", svgWith(nsOB2, `<o:assertion>not a badge</o:assertion>`), []string{"unread x.svg > assertion body: malformed"}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			if d := cmp.Diff(tc.want, show(find(t, "x.svg", []byte(tc.data)))); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestAttack61_SVG: an SVG that shows other badges to other readers.
func TestAttack61_SVG(t *testing.T) {
	element := func(s string) string { return `<o:assertion>` + cdata(s) + `</o:assertion>` }
	for _, tc := range []struct {
		desc      string
		data      string
		ambiguous int
		plain     int
	}{
		{"verify and body disagree", svgWith(nsOB2, `<o:assertion verify="https://badges.example.org/a/2">`+cdata(assertionA)+`</o:assertion>`), 2, 0},
		{"JWS in verify, another in the body", svgWith(nsOB3, `<o:credential verify="`+jwsA+`">`+cdata(credentialA)+`</o:credential>`), 2, 0},
		{"two elements", svgWith(nsOB2, element(assertionA)+element(assertionB)), 2, 0},
		{"two elements alike", svgWith(nsOB2, element(assertionA)+element(assertionA)), 0, 1},
		{"two namespaces", svgWith(nsOB2, element(assertionA)+`<credential xmlns="`+nsOB3+`">`+cdata(credentialA)+`</credential>`), 2, 0},
		{"nested svg", svgWith(nsOB2, element(assertionA)+`<svg>`+element(assertionB)+`</svg>`), 2, 0},
		{"entities of its own", `<!DOCTYPE svg [<!ENTITY x "y">]>` + svgWith(nsOB2, element(assertionA))[21:], 1, 0},
		{"script beside it", svgWith(nsOB2, `<script>alert(1)</script>`+element(assertionA)), 0, 1},
		{"XInclude", svgWith(nsOB2, `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hosts"/>`+element(assertionA)), 0, 1},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			r := find(t, "x.svg", []byte(tc.data))
			ambiguous, plain := 0, 0
			for _, f := range r.Findings {
				if f.Ambiguous != "" {
					ambiguous++
				} else {
					plain++
				}
			}
			if ambiguous != tc.ambiguous || plain != tc.plain || len(r.Unread) > 0 {
				t.Errorf("%d ambiguous, %d plain; want %d and %d: %v", ambiguous, plain, tc.ambiguous, tc.plain, show(r))
			}
		})
	}
}

// TestB05_XML: entities are not expanded, files not included, nesting is
// counted, and it all costs what the file weighs.
func TestB05_XML(t *testing.T) {
	laughs := `<!DOCTYPE svg [<!ENTITY a "ha">`
	for c := 'b'; c < 'k'; c++ {
		laughs += fmt.Sprintf(`<!ENTITY %c "%s">`, c, strings.Repeat(fmt.Sprintf("&%c;", c-1), 10))
	}
	laughs += "]>"
	element := `<o:assertion>` + cdata(assertionA) + `</o:assertion>`
	ambiguous := []string{"json " + assertionA + " AMBIGUOUS | x.svg > assertion body (dtd_entities)"}
	nested := func(n int) string {
		return svgWith(nsOB2, element+strings.Repeat("<g>", n)+strings.Repeat("</g>", n))
	}
	plain := []string{"json " + assertionA + " | x.svg > assertion body"}
	for _, tc := range []struct {
		desc string
		data string
		want []string
	}{
		{"billion laughs", laughs + svgWith(nsOB2, element+"<text>&j;</text>")[21:], ambiguous},
		{"laughs in verify", laughs + svgWith(nsOB2, `<o:assertion verify="&j;"/>`)[21:], []string{"unread x.svg > assertion verify: malformed"}},
		{"external entity", `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + svgWith(nsOB2, element+"<text>&x;</text>")[21:], ambiguous},
		{"external entity in the body", `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + svgWith(nsOB2, `<o:assertion>&x;</o:assertion>`)[21:], []string{"unread x.svg > assertion body: malformed"}},
		{"deep, n-1", nested(maxXMLDepth - 2), plain},
		{"deep, n", nested(maxXMLDepth - 1), plain},
		{"deep, n+1", nested(maxXMLDepth), append(plain, "unread x.svg: limit_depth")},
		{"200,000 deep", nested(200_000), append(plain, "unread x.svg: limit_depth")},
		{"a body of more than a credential may be", svgWith(nsOB2, `<o:assertion>{"id":"`+strings.Repeat("a", maxPayload)+`"}</o:assertion>`), []string{"unread x.svg > assertion body: limit_file_size"}},
		{"attribute of 4 MB", svgWith(nsOB2, element+`<g d="`+strings.Repeat("a", 4<<20)+`"/>`), plain},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r := find(t, "x.svg", []byte(tc.data))
			runtime.ReadMemStats(&after)
			if d := cmp.Diff(tc.want, show(r)); d != "" {
				t.Error(d)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > uint64(12*len(tc.data)+1<<20) {
				t.Errorf("%d bytes allocated for %d", grown, len(tc.data))
			}
		})
	}
	t.Run("svgz bomb", func(t *testing.T) {
		z := gzipped([]byte(svgWith(nsOB2, element+strings.Repeat(" ", 30<<20))))
		r := find(t, "x.svgz", z)
		if d := cmp.Diff([]string{"json " + assertionA + " | x.svgz > assertion body", "unread x.svgz: limit_file_size", "unread x.svgz: truncated"}, show(r)); d != "" {
			t.Error(d)
		}
	})
}

func BenchmarkSVG(b *testing.B) {
	data := []byte(svgWith(nsOB3, `<o:credential>`+cdata(credentialA)+`</o:credential>`+strings.Repeat(`<path d="M0 0 L10 10"/>`, 200)))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if r := find(b, "x.svg", data); len(r.Findings) != 1 {
			b.Fatal(show(r))
		}
	}
}
