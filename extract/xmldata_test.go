package extract

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestXMLData: what an export has in its elements is read for what it is, each by
// itself, and names of vocabularies are no links.
func TestXMLData(t *testing.T) {
	const u, v = "https://example.org/badges/1", "https://example.org/badges/2"
	const declared = `<?xml version="1.0" encoding="UTF-8"?>`
	file := base64.StdEncoding.EncodeToString(baked(assertionA))
	for _, tc := range []struct {
		desc, name, text string
		want             []string
	}{
		{"elements side by side", "a.xml", declared + `<c><url>` + u + `</url><name>Welding</name></c>`, []string{"link " + u + " | a.xml > c/url"}},
		{"prose", "a.xml", declared + `<c><text>see ` + u + ` there</text></c>`, []string{"link " + u + " | a.xml > c/text"}},
		{"markup in prose", "a.xml", declared + `<c><p>see <b>` + u[:20] + `</b>` + u[20:] + ` and <a href="` + v + `">x</a></p></c>`, []string{"link " + v + " | a.xml > link", "link " + u + " | a.xml > c/p"}},
		{"markup that begins it", "a.xml", declared + `<c><p><b>` + u[:20] + `</b>` + u[20:] + `</p></c>`, []string{"link " + u + " | a.xml > c/p"}},
		{"HTML", "a.xml", declared + `<c><d>&lt;p&gt;see &lt;a href="` + u + `"&gt;x&lt;/a&gt;</d></c>`, []string{"link " + u + " | a.xml > c/d > link"}},
		{"HTML in CDATA", "a.xml", declared + `<c><d><![CDATA[<p>see <a href="` + u + `">x</a>]]></d></c>`, []string{"link " + u + " | a.xml > c/d > link"}},
		{"a credential", "a.xml", declared + `<c><d>` + quoted(assertionA) + `</d></c>`, []string{"json " + assertionA + " | a.xml > c/d"}},
		{"a token", "a.xml", declared + `<c><d> ` + jwsA + `</d></c>`, []string{"jws " + jwsA + " | a.xml > c/d"}},
		{"a file", "a.xml", declared + `<Candidate><Attachment><EmbeddedData>` + "\n" + b64(baked(assertionA)) + `</EmbeddedData></Attachment></Candidate>`, []string{"json " + assertionA + " | a.xml > Candidate/Attachment/EmbeddedData > iTXt openbadges"}},
		{"a file in an attribute", "a.xml", declared + `<c><d data="` + file + `"/></c>`, []string{"json " + assertionA + " | a.xml > c/d data > iTXt openbadges"}},
		{"attributes", "a.xml", declared + `<c><d link="` + u + `" xlink:href="` + v + `"/></c>`, []string{"link " + u + " | a.xml > c/d link", "link " + v + " | a.xml > link"}},
		{"without a declaration", "a.xml", `<Candidate xmlns="http://ns.example.org/2007"><Url>` + u + `</Url></Candidate>`, []string{"link " + u + " | a.xml > Candidate/Url"}},
		{"and without a name", "a", `<!DOCTYPE Candidate SYSTEM "https://dtd.example.org/a.dtd"><hr:Candidate xmlns:hr="http://ns.example.org/2007"><Url>` + u + `</Url></hr:Candidate>` + "\n", []string{"link " + u + " | a > Candidate/Url"}},
		{"vocabularies and types of documents", "a.xml", declared + `<!DOCTYPE c PUBLIC "-//x" "https://badges.example.org/x.dtd"><?xml-stylesheet href="https://badges.example.org/x.xsl"?><c xmlns="https://badges.example.org/ns" xmlns:b="https://badges.example.org/b" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="https://badges.example.org/ns https://badges.example.org/ns.xsd" xsi:noNamespaceSchemaLocation="https://badges.example.org/no.xsd"><d>http://www.w3.org/2001/XMLSchema</d></c>`, nil},
		{"a link that was saved", "a.webloc", declared + `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd"><plist version="1.0"><dict><key>URL</key><string>` + u + `?a=1&amp;b=2</string></dict></plist>`, []string{"link " + u + "?a=1&b=2 | a.webloc > plist/dict/string"}},
		{"angle brackets that are no XML", "a.txt", "<" + u + "> and more", []string{"link " + u + " | a.txt > text"}},
		{"cut off", "a.xml", declared + `<c><url>` + u, []string{"link " + u + " | a.xml > c/url", "unread a.xml: truncated"}},
		{"not well-formed", "a.xml", declared + `<c><url>` + u + `</url><d <e>` + v + ` there</c>`, []string{"link " + u + " | a.xml > c/url", "link " + v + " | a.xml > text", "unread a.xml: malformed"}},
		{"of an office program", "a.xml", declared + `<w:p xmlns:w="x"><w:t>` + u[:20] + `</w:t><w:t>` + u[20:] + `</w:t></w:p>`, []string{"link " + u + " | a.xml > text"}},
	} {
		if d := cmp.Diff(tc.want, show(find(t, tc.name, []byte(tc.text)))); d != "" {
			t.Errorf("%s: %s", tc.desc, d)
		}
	}
}

// TestAttack375_XMLData: entities are not expanded, from wherever, and elements are
// not as deep nor their names as long as they like.
func TestAttack375_XMLData(t *testing.T) {
	entities := `<?xml version="1.0"?><!DOCTYPE c [<!ENTITY u "https://badges.example.org/1"><!ENTITY x SYSTEM "https://badges.example.org/2"><!ENTITY % p SYSTEM "https://badges.example.org/3">%p;`
	lol := "ha"
	for i := range 20 {
		entities += `<!ENTITY l` + string(rune('a'+i)) + ` "` + strings.Repeat(lol, 10) + `">`
		lol = "&l" + string(rune('a'+i)) + ";"
	}
	long := strings.Repeat("n", 100_000)
	for desc, tc := range map[string]struct {
		text   string
		reason Reason
	}{
		"entities":     {entities + `]><c><a>&u; see &u;</a><b>&x;</b><d>` + lol + `</d><e f="&u; and &lt;a href='&u;'"/></c>`, ""},
		"deep":         {`<?xml version="1.0"?>` + strings.Repeat("<a>", 100_000), ReasonDepth},
		"long names":   {`<?xml version="1.0"?><` + long + `>` + strings.Repeat("<"+long[:1000]+">12345678</"+long[:1000]+">", 2000) + `</` + long + `>`, ""},
		"many leaves":  {`<?xml version="1.0"?>` + strings.Repeat("<abcdefgh>", 100) + strings.Repeat("<a>12345678</a>", 100_000) + strings.Repeat("</abcdefgh>", 100), ""},
		"texts within": {`<?xml version="1.0"?>` + inItself(20), ""},
	} {
		start := time.Now()
		r := find(t, "a.xml", []byte(tc.text))
		if len(r.Findings) > 0 {
			t.Errorf("%s: %v", desc, show(r))
		}
		if got := strings.Join(show(r), "\n"); tc.reason == "" && got != "" || !strings.Contains(got, string(tc.reason)) {
			t.Errorf("%s: %q, want %q", desc, got, tc.reason)
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s took %v", desc, d)
		}
	}
}

// inItself is an element whose text is HTML whose attribute is JSON whose string is an
// element, n times.
func inItself(n int) string {
	s := "nothing here"
	for range n {
		s = quoted(`<p>` + s + `</p>`)
		if len(s) > 1<<16 {
			break
		}
	}
	return "<a><b>" + s + "</b></a>"
}

func FuzzXML(f *testing.F) {
	fuzzCarrier(f, "x.xml", []byte(`<?xml version="1.0" encoding="iso-8859-1"?><!DOCTYPE a [<!ENTITY b "c">]><a b="`+urlA+`"><c>&b;<![CDATA[<p>]]> <d>`+urlA+`</d>x</c><e>`+base64.StdEncoding.EncodeToString(baked(assertionA))+`</e></a>`),
		[]byte(`<Candidate xmlns="http://ns.example.org/2007"><Url>`+urlA+`</Url></Candidate>`), []byte(`<?xml version="1.0"?><w:p xmlns:w="x"><w:t>`+urlA+`</w:t></w:p>`))
}
