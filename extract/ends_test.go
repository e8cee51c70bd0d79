package extract

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestURLEnds: where a URL ends in the scripts and markups that put something right
// behind it, and where it goes on.
func TestURLEnds(t *testing.T) {
	const u = "https://example.org/badges/1"
	one := []string{"link " + u + " | cv.txt > text"}
	joined := []string{"link " + u + " | cv.txt > text (joined)"}
	for _, tc := range []struct {
		desc, text string
		want       []string
	}{
		{"Japanese", "バッジは" + u + "です。", one},
		{"Korean", u + "입니다", one},
		{"Chinese", "徽章" + u + "已附上", one},
		{"Arabic", u + "شارة", one},
		{"Hebrew", u + "תג", one},
		{"a host alone", "https://badges.example.orgです", []string{"link https://badges.example.org | cv.txt > text"}},
		{"a host of such a script", "https://徽章.example.org/badges/1", []string{"link https://%E5%BE%BD%E7%AB%A0.example.org/badges/1 | cv.txt > text"}},
		{"a path of such a script", "https://example.org/徽章/1", []string{"link https://example.org/ | cv.txt > text", "link https://example.org/%E5%BE%BD%E7%AB%A0/1 | cv.txt > text"}},
		{"AsciiDoc", "See " + u + "[Welding].", one},
		{"Org", "- [[" + u + "][Welding]]", one},
		{"BBCode", "[url=" + u + "]Welding[/url]", one},
		{"one behind its label in the next line", "Badge:https://example.org/academy/assertions/1\nBadge:https://example.net/academy/assertions/2\n", []string{"link https://example.org/academy/assertions/1 | cv.txt > text", "link https://example.net/academy/assertions/2 | cv.txt > text"}},
		{"stressed in Markdown", "See __" + u + "__, and", one},
		{"struck out", "See ~" + u + "~.", one},
		{"a sign of its own", "See " + u + "_ and", []string{"link " + u + "_ | cv.txt > text"}},
		{"a member of PHP", "https://example.org/badges?a[0]=1&b[]=2", []string{"link https://example.org/badges?a[0]=1&b[]=2 | cv.txt > text"}},
		{"hyphens that a program made", "https://example.org/badges/a\u2011b\u2010c\u2212d and", []string{"link https://example.org/badges/a-b-c-d | cv.txt > text"}},
		{"a dash behind it", u + "\u2013 and", one},
		{"a long dash behind it", u + "\u2014and", one},
		{"a value among others", "Welding;" + u + ";2024;Northgate", one},
		{"by commas", "Brazing," + u + ",2024", one},
		{"the first value of a line", u + ";Welding;2024", []string{"link " + u + " | cv.txt > text", "link " + u + ";Welding;2024 | cv.txt > text"}},
		{"a comma of its own", "at " + u + ",2", []string{"link " + u + ",2 | cv.txt > text"}},
		{"code that shows a badge", "See:\n<div data-share-badge-id=\u201c7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11\u201d data-share-badge-host=\u201chttps://www.credly.com\u201d></div>", []string{"link https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11 | cv.txt > text"}},
		{"of another host", `See <div data-share-badge-id="7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11" data-share-badge-host="https://example.org">`, []string{"link https://example.org/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11 | cv.txt > text"}},
		{"code without a badge", `data-share-badge-id="x" ` + u, one},
		{"angle brackets over lines", "at <" + u[:20] + "\r\n  " + u[20:] + ">", joined},
		{"and quoted", "> at <" + u[:20] + "\n> " + u[20:] + ">", joined},
		{"and with an address within", "<" + u + "\napplicant@example.org>", one},
		{"no bracket closes", "<" + u + "\n\nmore words>", one},
		{"an address follows", "https://example.org/badges/a-rather-long-way\napplicant@example.org\n", []string{"link https://example.org/badges/a-rather-long-way | cv.txt > text"}},
		{"a year follows", "https://example.org/badges/a-rather-long-way\n2024\n", []string{"link https://example.org/badges/a-rather-long-way | cv.txt > text"}},
	} {
		if d := cmp.Diff(tc.want, show(find(t, "cv.txt", []byte(tc.text+"\n")))); d != "" {
			t.Errorf("%s: %s", tc.desc, d)
		}
	}
}

// TestRewritten: what mail filters and others wrap around a link is undone, and a
// look-alike of their hosts is a link of its own.
func TestRewritten(t *testing.T) {
	const u = "https://example.org/badges/a-1?b=2"
	for raw, want := range map[string]string{
		"https://urldefense.proofpoint.com/v1/url?u=https%3A%2F%2Fexample.org%2Fbadges%2Fa-1%3Fb%3D2&k=x":                                           u,
		"https://urldefense.proofpoint.com/v2/url?u=https-3A__example.org_badges_a-2D1-3Fb-3D2&d=DwMFaQ&c=x":                                        u,
		"https://urldefense.com/v3/__https://example.org/badges/a-1?b=2__;!!AbCd!xyz-0$":                                                            u,
		"https://urldefense.com/v3/__https:/example.org/badges/a-1*b=2__;Pw!!AbCd!xyz-0$":                                                           u,
		"https://urldefense.us/v3/__https://example.org/badges/**Bb__;Pz8_!!AbCd!x$":                                                                "https://example.org/badges/???b",
		"https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url=https%3A%2F%2Fexample.org%2Fbadges%2Fa-1%3Fb%3D2": u,
		"https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fexample.org%2fbadges%2fa-1%3fb%3d2&c=E,1,x":                                            u,
		"https://secure-web.cisco.com/1AbC-d_e/https%3A%2F%2Fexample.org%2Fbadges%2Fa-1%3Fb%3D2":                                                    u,
		"https://imsva91-ctp.trendmicro.com/wis/clicktime/v1/query?url=https%3a%2f%2fexample.org%2fbadges%2fa-1%3fb%3d2&umid=1":                     u,
		"https://eu-west-1.protection.sophos.com/?d=example.org&u=aHR0cHM6Ly9leGFtcGxlLm9yZy9iYWRnZXMvYS0xP2I9Mg==&p=m":                             u,
		"https://protect2.fireeye.com/v1/url?k=1-2&q=1&e=3&u=https%3A%2F%2Fexample.org%2Fbadges%2Fa-1%3Fb%3D2":                                      u,
		"https://www.google.co.uk/url?q=https://example.org/badges/a-1%3Fb%3D2&sa=D":                                                                u,
		"https://web.archive.org/web/20240102030405/https://example.org/badges/a-1?b=2":                                                             u,
		"https://example.fireeye.com/v1/url?k=1&q=1&e=3&u=https%3A%2F%2Fexample.org%2Fbadges%2Fa-1%3Fb%3D2":                                         u,
		"https://https://example.org/badges/a-1?b=2":                                                                                                u,
		"https://urldefense.com.example.net/v3/__https://example.org/__;!!x$":                                                                       "https://urldefense.com.example.net/v3/__https://example.org/__;!!x$",
		"https://www.google.example.net/url?q=https://example.org/":                                                                                 "https://www.google.example.net/url?q=https://example.org/",
	} {
		if got, _, _ := ParseLink(raw); got != want {
			t.Errorf("%s gives %s, want %s", raw, got, want)
		}
	}
	// Soft hyphens stand for none, but where a provider's rule wants some.
	for raw, want := range map[string]string{
		"https://www.credly.com/badges/7e6dfd1a\u00AD6cb8\u00AD4a26\u00AD9d5b\u00AD2c2f8a0b1c11": "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11",
		"https://www.cred\u00ADly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11":               "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11",
		"https://exam\u00ADple.org/badges/1":                                                     "https://example.org/badges/1",
	} {
		if got, _, _ := ParseLink(raw); got != want {
			t.Errorf("%q gives %s, want %s", raw, got, want)
		}
	}
	// With its scheme misspelt, in a text; a name of a host is needed.
	for raw, want := range map[string][]string{
		"see https:/example.org/badges/1 and":                                 {"https://example.org/badges/1"},
		"see https//example.org/badges/1 and":                                 {"https://example.org/badges/1"},
		"see https;//example.org/badges/1 and":                                {"https://example.org/badges/1"},
		"see https:///example.org/badges/1":                                   {"https://example.org/badges/1"},
		"http/https//TLS, http:/api/v1, https:/.":                             nil,
		"htps://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11":   {"https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"},
		"ttps://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11":   {"https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"},
		"https: //www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11": {"https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"},
		"a//www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11":       nil,
		"https:www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11":    {"https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"},
		"a:www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11":        nil,
		"htps://example.org/badges/1":                                         nil,
	} {
		if got := linksOf(find(t, "cv.txt", []byte(raw+"\n"))); !cmp.Equal(got, want) {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
	// As it stands in a mail.
	if got := show(find(t, "cv.txt", []byte("https://urldefense.com/v3/__https://example.org/badges/1__;!!AbCd!xyz-0$ "))); !cmp.Equal(got, []string{"link https://example.org/badges/1 | cv.txt > text"}) {
		t.Error(got)
	}
}

// TestRewrittenOtherwise: forms of the same beside the usual ones, one in another, and
// schemes that are misspelt.
func TestRewrittenOtherwise(t *testing.T) {
	const u, escaped = "https://example.org/badges/a-1?b=2", "https%3A%2F%2Fexample.org%2Fbadges%2Fa-1%3Fb%3D2"
	nested := u
	for _, wrap := range []string{"https://www.google.de/url?q=", "https://urldefense.com/v1/url?u=", "https://l.facebook.com/l.php?u=", "https://eur01.safelinks.protection.outlook.com/ap/w-1/?url="} {
		nested = wrap + url.QueryEscape(nested)
	}
	for raw, want := range map[string]string{
		nested: u,
		"https://www.google.de/url?q=" + url.QueryEscape(nested):                                                   "https://www.google.de/url?q=" + escaped,
		"https://nam12.safelinks.protection.outlook.com/ap/t-59584e83/?url=" + escaped + "&data=05%7C&reserved=0":  u,
		"https://urldefense.com/v3/__https://nam01.safelinks.protection.outlook.com/?url=" + escaped + "__;!!A!b$": u,
		"https://urldefense.us/v2/url?u=https-3A__example.org_badges_a-2D1-3Fb-3D2&d=D":                            u,
		"https://clicktime.symantec.com/3AbC?u=" + escaped:                                                         u,
		"https://protect.checkpoint.com/v2/___https://example.org/badges/a-1?b=2___.YXA6ZTp":                       u,
		"https://url.avanan.click/v2/___https://example.org/badges/a-1?b=2___.YXA6ZTp":                             u,
		"https://mail.example.net/fmlurlsvc/?fewReq=:B:Jx&url=" + escaped:                                          u,
		"https://deref-gmx.net/mail/client/AbC/dereferrer/?redirectUrl=" + escaped:                                 u,
		"https://eu.vadesecure.com/safeproxy/v4?f=x&i=y&u=" + escaped:                                              u,
		"https://link.edgepilot.com/s/8a0d33b8/AbC?u=" + escaped:                                                   u,
		"https://www.linkedin.com/redir/general-malware-page?url=" + escaped:                                       u,
		// Runs of characters beyond ASCII, counted by characters and by bytes.
		"https://urldefense.com/v3/__https://example.org/f*r/**A/*/badges/*b__;w7zml6XmnKzDqSs!!A!b$": "https://example.org/f%C3%BCr/%E6%97%A5%E6%9C%AC/%C3%A9/badges/+b",
		"https://urldefense.com/v3/__https://example.org/f**Ar/**E/badges__;w7zml6XmnKw!!A!b$":        "https://example.org/f%C3%BCr/%E6%97%A5%E6%9C%AC/badges",
		"https://urldefense.com/v3/__https://example.org/badges/1**__;!!A!b$":                         "https://example.org/badges/1",
		"https://protect.trellix.com/v1/url?k=1-2&q=1&e=3&u=" + escaped:                               u,
		"https://docs.google.com/url?q=" + escaped + "&sa=D":                                          u,
		"https://meet.google.com/linkredirect?authuser=0&dest=" + escaped:                             u,
		"https://www.linkedin.com/authwall?trk=x&sessionRedirect=" + escaped:                          u,
		"https://secure-web.cisco.com/auth=1Ab/1AbC-d_e/" + escaped:                                   u,
		"https://web.archive.org/web/2024id_/" + escaped:                                              u,
		"https://web.archive.org/save/" + u:                                                           u,
		"https://wayback.archive.org/web/2024/" + u:                                                   u,
		"https:" + u: u,
		"https://https:example.org/badges/a-1?b=2": u,
		"http://https:8080/badges":                 "http://https:8080/badges",
		"URL:" + u:                                 u,
		"https://meet.google.com.example.net/linkredirect?dest=" + escaped:                                   "https://meet.google.com.example.net/linkredirect?dest=" + escaped,
		"https://m.facebook.com/flx/warn/?u=" + escaped:                                                      u,
		"https://l.messenger.com/l.php?u=" + escaped:                                                         u,
		"https://www.bing.com/ck/a?p=1&u=a1aHR0cHM6Ly9leGFtcGxlLm9yZy9iYWRnZXMvYS0xP2I9Mg&ntb=1":             u,
		"https://www.google.com.au/url?sa=t&url=" + escaped:                                                  u,
		"https://www.google.com/amp/s/example.org/badges/a-1?b=2":                                            u,
		"https://web.archive.org/web/2024id_/http://example.org/badges/1":                                    "http://example.org/badges/1",
		"http://https://example.org/badges/a-1?b=2":                                                          u,
		"http://https//example.org/badges/a-1?b=2":                                                           u,
		"https:/example.org/badges/a-1?b=2":                                                                  u,
		"https//example.org/badges/a-1?b=2":                                                                  u,
		`https:\\example.org/badges/a-1?b=2`:                                                                 u,
		"Https;//example.org/badges/a-1?b=2":                                                                 u,
		"https:///example.org/badges/a-1?b=2":                                                                u,
		"https://nam12.safelinks.protection.outlook.com/?URL=" + escaped:                                     u,
		"https://nam12.safelinks.protection.outlook.com/?url=" + url.QueryEscape(escaped) + "&data=05":       u,
		"https://chn01.safelinks.protection.partner.outlook.cn/?url=" + escaped + "&data=05":                 u,
		"https://statics.teams.microsoft.com/evergreen-assets/safelinks/1/atp-safelinks.html?url=" + escaped: u,
		"https://mail.example.net/owa/redir.aspx?C=x&URL=" + escaped:                                         u,
		"http://imsva91-ctp.trendmicro.com:443/wis/clicktime/v1/query?url=" + escaped:                        u,
		"https://eu-west-1.protection.sophos.com?d=example.org&u=aHR0cHM6Ly9leGFtcGxlLm9yZy9+YQ==&p=m":       "https://example.org/~a",
		"https://www.google.cat/url?q=" + escaped:                                                            u,
		"https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME&name=x&certUrl=" + escaped:        u,
		"https://www.linkedin.com/sharing/share-offsite/?url=" + escaped:                                     u,
		"https://www.facebook.com/sharer/sharer.php?u=" + escaped:                                            u,
		"https://twitter.com/intent/tweet?text=x&url=" + escaped:                                             u,
		"https://web.archive.org/web/https://example.org/badges/a-1?b=2":                                     u,
		"https://web.archive.org/web/2020/credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11":            "https://credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11",
		"https://https.example.org/badges/1":                                                                 "https://https.example.org/badges/1",
		"https://protect.checkpoint.com/v2/r01/___jyyux://jcfruqj.twl/___.YXA6":                              "https://protect.checkpoint.com/v2/r01/___jyyux://jcfruqj.twl/___.YXA6",
		"https://clicktime.symantec.com.example.net/3AbC?u=" + escaped:                                       "https://clicktime.symantec.com.example.net/3AbC?u=" + escaped,
	} {
		if got, _, _ := ParseLink(raw); got != want {
			t.Errorf("%s gives %s, want %s", raw, got, want)
		}
	}
	if _, l, _ := ParseLink("https://verifybadge.org/?url=" + url.QueryEscape("https://example.org/x")); l.Class != ClassLikely {
		t.Errorf("a verifier's link is %s", l.Class)
	}
}

// TestSchemeless: a link to a provider is one without its scheme, too; the name of
// a file is none.
func TestSchemeless(t *testing.T) {
	const u = "credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"
	for raw, want := range map[string][]string{
		"www." + u:                     {"link https://www." + u + " | a.xml > link"},
		u:                              {"link https://" + u + " | a.xml > link"},
		"file:///C:/Users/ada/cv/" + u: {"link https://" + u + " | a.xml > link"},
		`file:///C:\Users\ada\www.` + strings.ReplaceAll(u, "/", `\`):                  {"link https://www." + u + " | a.xml > link"},
		"file:///C:/Users/ada/badges/report.pdf":                                       nil,
		"file:///x/credly.com.example.net/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11": nil,
		"file://" + strings.Repeat("/a", 40) + "/" + u:                                 nil,
		"files.old/badges/report.pdf":                                                  nil,
		"mailto:a@credly.com/x":                                                        nil,
	} {
		if d := cmp.Diff(want, show(find(t, "a.xml", []byte(`<?xml version="1.0"?><a href="`+raw+`"/>`)))); d != "" {
			t.Errorf("%s: %s", raw, d)
		}
	}
}

// TestWordPieces: hyphens at which no line ends, and the fields that draw a code.
func TestWordPieces(t *testing.T) {
	const u = "https://example.org/badges/a-b"
	for _, tc := range []struct{ name, data, want string }{
		{"a.xml", `<?xml version="1.0"?><w:p xmlns:w="x"><w:r><w:t>` + u[:28] + `</w:t><w:noBreakHyphen/><w:t>` + u[29:] + `</w:t></w:r></w:p>`, "link " + u + " | a.xml > text"},
		{"a.xml", `<?xml version="1.0"?><w:p xmlns:w="x"><w:r><w:instrText> DISPLAYBARCODE "` + u + `" QR \q 3</w:instrText></w:r></w:p>`, "link " + u + " | a.xml > field DISPLAYBARCODE"},
		{"a.rtf", `{\rtf1 ` + u[:28] + `\_` + u[29:] + `}`, "link " + u + " | a.rtf > text"},
	} {
		if d := cmp.Diff([]string{tc.want}, show(find(t, tc.name, []byte(tc.data)))); d != "" {
			t.Errorf("%s: %s", tc.data, d)
		}
	}
}

// TestTrackedDeletionsOfLinks: a link whose text was taken out is, too, wherever its
// relationship stands; one of which something stays, or that has no text, is not.
func TestTrackedDeletionsOfLinks(t *testing.T) {
	const gone = `<w:del w:id="1"><w:r><w:delText>x</w:delText></w:r></w:del>`
	link := func(id int, s string) string { return fmt.Sprintf(`<w:hyperlink r:id="r%d">%s</w:hyperlink>`, id, s) }
	text := body(`<w:p>` + link(0, gone) + `<w:del w:id="2">` + link(1, `<w:r><w:delText>x</w:delText></w:r>`) + `</w:del>` +
		link(2, gone+`<w:r><w:t>new</w:t></w:r>`) + link(3, "") + link(4, gone) + `<w:r><w:t>and</w:t></w:r>` + link(4, `<w:r><w:t>again</w:t></w:r>`) +
		link(5, `<w:moveFrom><w:r><w:t>x</w:t></w:r></w:moveFrom>`) + `</w:p>`)
	var to []string
	for i := range 6 {
		to = append(to, fmt.Sprintf("https://example.org/badges/%d", i))
	}
	relations := file{"word/_rels/document.xml.rels", rels(to...)}
	for _, d := range [][]byte{docx(t, relations, file{"word/document.xml", text}), docx(t, file{"word/document.xml", text}, relations)} {
		if got := linksOf(find(t, "a.docx", d)); !cmp.Equal(got, to[2:5]) {
			t.Errorf("links %q", got)
		}
	}
}

// TestTrackedDeletions: what an author took out is not in the document, and what was put
// in its place is.
func TestTrackedDeletions(t *testing.T) {
	const u, old = "https://example.org/badges/1", "https://example.org/badges/old"
	text := `<w:p><w:del w:id="1"><w:r><w:delText>` + old + `</w:delText></w:r></w:del><w:ins w:id="2"><w:r><w:t>` + u + `</w:t></w:r></w:ins>` +
		`<w:moveFrom><w:r><w:t>` + old + `</w:t></w:r></w:moveFrom><w:del><w:r><w:delInstrText> HYPERLINK "` + old + `"</w:delInstrText></w:r></w:del></w:p>`
	odt := `<office:document-content><office:body><text:tracked-changes><text:changed-region><text:deletion><text:p>` + old + `</text:p></text:deletion></text:changed-region></text:tracked-changes><text:p>` + u + `</text:p></office:body></office:document-content>`
	for _, tc := range []struct {
		name string
		data []byte
		want string
	}{
		{"a.docx", docx(t, file{"word/document.xml", body(text)}), "link " + u + " | a.docx > word/document.xml > text"},
		{"a.odt", zipped(t, file{"mimetype", "application/vnd.oasis.opendocument.text"}, file{"content.xml", odt}), "link " + u + " | a.odt > content.xml > text"},
		{"a.rtf", []byte(`{\rtf1 {\deleted\revauthdel1 ` + old + `}{\deleted0 ` + u + `}\par}`), "link " + u + " | a.rtf > text"},
	} {
		if d := cmp.Diff([]string{tc.want}, show(find(t, tc.name, tc.data))); d != "" {
			t.Errorf("%s: %s", tc.name, d)
		}
	}
}
