package extract

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestProviders: a row, a test. Every row of the table matches its own example
// and no other row takes it first.
func TestProviders(t *testing.T) {
	const u = "7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"
	const h = "3feb070ed8e6f9cef27543405d9faf48adaacecc"
	const a = "8bLUrJhgSMyWKF-I7xOosQ"
	credly := "https://api.credly.com/v1/obi/v2/badge_assertions/" + u
	known := func(name, machine string) Link { return Link{Class: ClassKnown, Provider: name, Machine: machine} }
	claim := func(name string) Link { return Link{Class: ClassKnown, Provider: name, Claim: true} }
	portal := func(name string) Link { return Link{Class: ClassKnown, Provider: name, Portal: true} }
	for _, tc := range []struct {
		url  string
		want Link
	}{
		{"https://www.credly.com/badges/" + u, known("credly", credly)},
		{"https://www.credly.com/badges/" + u + "/public_url", known("credly", credly)},
		{"https://www.credly.com/badges/" + u + "/linked_in_profile", known("credly", credly)},
		{"https://www.credly.com/badges/" + u + "/linked_in?t=s1", known("credly", credly)},
		{"https://www.credly.com/badges/" + u + "/embed", known("credly", credly)},
		{"https://www.credly.com/badges/" + u + "/print", known("credly", credly)},
		{"https://www.credly.com/badges/" + u + "?source=linked_in_profile", known("credly", credly)},
		{"https://www.youracclaim.com/badges/" + u, known("credly", credly)},
		{"https://www.credly.com/earner/earned/badge/" + u, known("credly", credly)},
		{"https://api.credly.com/api/v1/obi/v2/badge_assertions/" + u, known("credly", credly)},
		{"https://api.credly.com/v1/obi/v2/badge_assertions/" + u, known("credly", credly)},
		{"https://www.credly.com/go/AbC12xyz", known("credly", "")},
		{"https://www.credly.com/users/role-account", portal("credly")},
		{"https://www.credly.com/users/role-account/badges", portal("credly")},
		{"https://api.badgr.io/public/assertions/" + a, known("badgr", "https://api.badgr.io/public/assertions/"+a+".json")},
		{"https://api.badgr.io/public/assertions/" + a + "?identity__email=applicant%40example.org&action=download", known("badgr", "https://api.badgr.io/public/assertions/"+a+".json")},
		{"https://badgr.com/public/assertions/" + a, known("badgr", "https://api.badgr.io/public/assertions/"+a+".json")},
		{"https://badges.parchment.com/public/assertions/" + a, known("badgr", "https://api.badgr.io/public/assertions/"+a+".json")},
		{"https://eu.badgr.com/public/assertions/" + a, known("badgr", "https://api.eu.badgr.io/public/assertions/"+a+".json")},
		{"https://api.eu.badgr.io/public/assertions/" + a, known("badgr", "https://api.eu.badgr.io/public/assertions/"+a+".json")},
		{"https://ca.badgr.com/public/assertions/" + a, known("badgr", "https://api.ca.badgr.io/public/assertions/"+a+".json")},
		{"https://au.badgr.com/public/assertions/" + a, known("badgr", "https://api.au.badgr.io/public/assertions/"+a+".json")},
		{"https://api.badgr.io/public/collections/5f0c3e8a9b7d4c2e1a6f", portal("badgr")},
		{"https://badgr.io/share/badge/0a1b2c3d4e5f", known("badgr", "")},
		{"https://badges.example.edu/public/assertions/" + a, known("badgr", "")},
		{"https://www.edubadges.nl/public/assertions/" + a, known("edubadges", "https://api.edubadges.nl/public/assertions/"+a+".json")},
		{"https://api.edubadges.nl/public/assertions/" + a, known("edubadges", "https://api.edubadges.nl/public/assertions/"+a+".json")},
		{"https://demo.edubadges.nl/public/assertions/" + a, known("edubadges", "")},
		{"https://moodle.example.edu/badges/badge.php?hash=" + h, known("moodle", "https://moodle.example.edu/badges/assertion.php?b="+h)},
		{"https://www.example.edu/learn/moodle/badges/badge.php?hash=" + h, known("moodle", "https://www.example.edu/learn/moodle/badges/assertion.php?b="+h)},
		{"http://moodle.example.edu:8080/badges/badge.php?hash=" + h, known("moodle", "http://moodle.example.edu:8080/badges/assertion.php?b="+h)},
		{"https://moodle.example.edu/badges/assertion.php?b=" + h, known("moodle", "https://moodle.example.edu/badges/assertion.php?b="+h)},
		{"https://moodle.example.edu/badges/assertion.php?b=" + h + "&obversion=2", known("moodle", "https://moodle.example.edu/badges/assertion.php?b="+h+"&obversion=2")},
		{"https://moodle.example.edu/badges/assertion.php?b=" + h + "&action=1", known("moodle", "https://moodle.example.edu/badges/assertion.php?b="+h)},
		{"https://openbadgefactory.com/v1/assertion/" + h + ".html", known("openbadgefactory", "https://openbadgefactory.com/v1/assertion/"+h)},
		{"https://openbadgefactory.com/v1/assertion/" + h, known("openbadgefactory", "https://openbadgefactory.com/v1/assertion/"+h)},
		{"https://factory.cancred.ca/v1/assertion/" + h, known("openbadgefactory", "https://factory.cancred.ca/v1/assertion/"+h)},
		{"https://openbadgepassport.com/app/badge/info/123456", known("openbadgepassport", "")},
		{"https://openbadgepassport.com/app/badge/info/123456/pic/embed", known("openbadgepassport", "")},
		{"https://openbadgepassport.com/app/page/view/4711", portal("openbadgepassport")},
		{"https://www.credential.net/" + u, known("accredible", "")},
		{"https://www.credential.net/12345678", known("accredible", "")},
		{"https://www.credential.net/" + u + "#acc.abcd1234", known("accredible", "")},
		{"https://brand.credential.net/" + u, known("accredible", "")},
		{"https://courses.accredible.com/" + u, known("accredible", "")},
		{"https://www.credential.net/profile/roleaccount/wallet", portal("accredible")},
		{"https://credsverse.com/credentials/" + u + "?preview=1", claim("certifier")},
		{"https://verified.sertifier.com/en/verify/12345678901234/", claim("sertifier")},
		{"https://www.badgecraft.eu/en/user-badges/12345", claim("badgecraft")},
		{"https://www.linkedin.com/learning/certificates/" + strings.Repeat("0123456789abcdef", 4), claim("linkedin-learning")},
		{"https://catalog-education.oracle.com/pls/certview/sharebadge?id=0123456789ABCDEF", claim("oracle")},
		{"https://rhtapps.redhat.com/verify?certId=123-456-789", claim("redhat")},
		{"https://backpack.openbadges.org/share/0123456789abcdef0123456789abcdef/", claim("mozilla-backpack")},

		{"https://www.credly.com/badges/not-a-uuid", Link{Class: ClassLikely}},
		{"https://credly.com.example.org/badges/" + u, Link{Class: ClassLikely}},
		{"https://example.org/?u=https://www.credly.com/badges/" + u, Link{Class: ClassLikely}},
		{"https://moodle.example.edu/badges/badge.php?hash=123", Link{Class: ClassLikely}},
		{"https://assertions.example.org/x", Link{Class: ClassLikely}},
		{"https://example.org/credentials/x.json", Link{Class: ClassLikely}},
		{"https://example.org/Certificates/x", Link{Class: ClassLikely}},
		{"https://example.org/awards/2020", Link{Class: ClassLikely}},
		{"https://github.com/example", Link{Class: ClassOther}},
		{"https://www.linkedin.com/in/roleaccount", Link{Class: ClassOther}},
	} {
		_, got, ok := ParseLink(tc.url)
		if d := cmp.Diff(tc.want, got); !ok || d != "" {
			t.Errorf("%s: %s", tc.url, d)
		}
	}
	for i, p := range providers {
		n, l, ok := ParseLink(p.example)
		if !ok || l.Class != ClassKnown || l.Provider != p.name || l.Claim != p.claim || l.Portal != p.portal || (l.Machine != "") != (p.machine != "") {
			t.Errorf("row %d (%s): its example %s gives %+v", i, p.name, p.example, l)
		}
		if p.source == "" || len(p.hosts) == 0 {
			t.Errorf("row %d (%s) lacks source or hosts", i, p.name)
		}
		if _, err := regexp.Compile(p.path); err != nil {
			t.Errorf("row %d: %v", i, err)
		}
		// Normal forms and machine forms are fixed points.
		for _, u := range []string{n, l.Machine} {
			if again, m, ok := ParseLink(u); u != "" && (!ok || again != u || m.Machine != "" && l.Machine != "" && m.Machine != l.Machine) {
				t.Errorf("row %d: %s is no fixed point: %s %+v", i, u, again, m)
			}
		}
	}
}

func TestParseLink(t *testing.T) {
	for _, tc := range []struct {
		desc, raw, want string // want "" = refused
	}{
		{"plain", "https://example.org/a", "https://example.org/a"},
		{"round brackets", "(https://example.org/a)", "https://example.org/a"},
		{"a bracket of its own", "https://example.org/a_(b)", "https://example.org/a_(b)"},
		{"its own and another", "(https://example.org/a_(b))", "https://example.org/a_(b)"},
		{"angle brackets", "<https://example.org/a>", "https://example.org/a"},
		{"quotes", `"https://example.org/a"`, "https://example.org/a"},
		{"full stop", "https://example.org/a.", "https://example.org/a"},
		{"several", "https://example.org/a).,;'\"", "https://example.org/a"},
		{"blanks behind it that were encoded", "https://example.org/a%20%E2%80%8B", "https://example.org/a"},
		{"blanks within it", "https://example.org/a%20b%2F", "https://example.org/a%20b%2F"},
		{"letters that a font runs together", "https://example.org/\ufb01t/o\ufb03ce", "https://example.org/fit/office"},
		{"soft hyphen", "https://exam\u00ADple.org/a", "https://example.org/a"},
		{"zero-width", "https://example.org/\u200Ba\u2060b\uFEFF", "https://example.org/ab"},
		{"turned around", "https://example.org/\u202Ea", "https://example.org/a"},
		{"line break inside", "https://example.org/\n a", "https://example.org/a"},
		{"entity", "https://example.org/?a=1&amp;b=2", "https://example.org/?a=1&b=2"},
		{"numeric entity", "https://example.org/?a=1&#38;b=2", "https://example.org/?a=1&b=2"},
		{"entity without semicolon is a member", "https://example.org/?a=1&copy=2", "https://example.org/?a=1&copy=2"},
		{"defanged", "hxxps://example[.]org/a", "https://example.org/a"},
		{"defanged colon", "hxxp[:]//example[.]org/a", "http://example.org/a"},
		{"no scheme", "www.example.org/a", "https://www.example.org/a"},
		{"no scheme at all", "example.org/a", ""},
		{"relative scheme", "//example.org/a", "https://example.org/a"},
		{"host in capitals", "HTTPS://EXAMPLE.ORG/Path", "https://example.org/Path"},
		{"default port", "https://example.org:443/a", "https://example.org/a"},
		{"default port of http", "http://example.org:80/a", "http://example.org/a"},
		{"other port", "https://example.org:8443/a", "https://example.org:8443/a"},
		{"tracking", "https://example.org/a?utm_source=x&b=1&fbclid=y&UTM_medium=z", "https://example.org/a?b=1"},
		{"tracking only", "https://example.org/a?utm_source=x", "https://example.org/a"},
		{"address of the recipient", "https://api.badgr.io/public/assertions/8bLUrJhgSMyWKF-I7xOosQ?identity__email=applicant%40example.org", "https://api.badgr.io/public/assertions/8bLUrJhgSMyWKF-I7xOosQ"},
		{"address, escaped name", "https://example.org/a?identity%5F%5Femail=applicant%40example.org&x=1", "https://example.org/a?x=1"},
		{"address after an entity", "https://example.org/a?x=1&amp;identity__email=applicant%40example.org", "https://example.org/a?x=1"},
		{"fragment", "https://example.org/a#top", "https://example.org/a"},
		{"text fragment", "https://example.org/a#:~:text=x", "https://example.org/a"},
		{"fragment that routes", "https://example.org/#/badge/1", "https://example.org/#/badge/1"},
		{"stray percent", "https://example.org/100%", "https://example.org/100%25"},
		{"mail filter", "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.org%2Fa%3Fb%3D1&data=05%7C01%7Capplicant%40example.org", "https://example.org/a?b=1"},
		{"search page", "https://www.google.com/url?q=https://example.org/a&sa=D", "https://example.org/a"},
		{"script", "javascript:alert(1)", ""},
		{"file", "file:///etc/hosts", ""},
		{"mail", "mailto:applicant@example.org", ""},
		{"no host", "https:///a", ""},
		{"only a port", "https://:80/", ""},
		{"empty", "", ""},
		{"too long", "https://example.org/" + strings.Repeat("a", maxURL), ""},
	} {
		got, _, ok := ParseLink(tc.raw)
		if got != tc.want || ok != (tc.want != "") {
			t.Errorf("%s: %q gives %q, %v; want %q", tc.desc, tc.raw, got, ok, tc.want)
		}
	}
}

func TestText(t *testing.T) {
	long := "https://openbadgefactory.com/v1/assertion/db2ebffb91aa1e64c27090cf3feaf3e99dad3700"
	at := func(p string, flags ...string) string {
		s := " | cv.txt > text"
		if len(flags) > 0 {
			s += " (" + strings.Join(flags, ",") + ")"
		}
		return p + s
	}
	for _, tc := range []struct {
		desc, text string
		want       []string
	}{
		{"nothing", "I like badges.", nil},
		{"a URL in prose", "See https://example.org/badges/1, please.", []string{at("link https://example.org/badges/1")}},
		{"Markdown", "[![AWS](https://img.example.org/x.png)](https://example.org/badges/1)", []string{at("link https://img.example.org/x.png"), at("link https://example.org/badges/1")}},
		{"Markdown with itself for text", "[https://example.org/badges/1](https://example.org/badges/2)", []string{at("link https://example.org/badges/1"), at("link https://example.org/badges/2")}},
		{"twice", "https://example.org/badges/1 https://example.org/badges/1", []string{"link https://example.org/badges/1 | cv.txt > text | cv.txt > text"}},
		{"provider without scheme", "my badge: credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11", []string{at("link https://credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11")}},
		{"other host without scheme", "either/or and example.org/badges/1", nil},
		{"mail address", "write to applicant@www.example.org", nil},
		{"broken in a known URL", "Badge: " + long[:60] + "\n" + long[60:] + "\nExperience", []string{at("link "+long, "joined")}},
		{"broken three times", "Badge: " + long[:50] + "  \r\n  " + long[50:60] + "\n" + long[60:70] + "\n" + long[70:], []string{at("link "+long, "joined")}},
		{"broken, other host", "Badge: https://example.org/badges/a-very-long-\npath/1234567\nThe end", []string{at("link https://example.org/badges/a-very-long-"), at("link https://example.org/badges/a-very-long-path/1234567", "joined")}},
		{"broken without a scheme", "Badge: www.credly.com/badges/7e6dfd1a-6cb8-\n4a26-9d5b-2c2f8a0b1c11\nExperience", []string{at("link https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11", "joined")}},
		{"broken before its last digit", "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c1\n1 and more", []string{at("link https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11", "joined")}},
		{"a number below a whole one", "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11\n1 and more", []string{at("link https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11")}},
		{"digits that any host could ask for", "https://moodle.example.edu/badges/badge.php?hash=3feb070ed8e6f9cef27543405d9faf48ada\n12345 and more", []string{at("link https://moodle.example.edu/badges/badge.php?hash=3feb070ed8e6f9cef27543405d9faf48ada")}},
		{"a heading follows", "https://example.org/badges/1\nExperience\n", []string{at("link https://example.org/badges/1")}},
		{"prose follows", "https://example.org/badges/1\nand more of it", []string{at("link https://example.org/badges/1")}},
		{"a list", "https://example.org/badges/1\nhttps://example.org/badges/2\n", []string{at("link https://example.org/badges/1"), at("link https://example.org/badges/2")}},
		{"known and complete", long + "\n1234567\n", []string{at("link " + long)}},
		{"JWS", "token " + jwsA + " end", []string{at("jws " + jwsA)}},
		{"broken JWS", jwsA[:30] + "\n" + jwsA[30:70] + " \n  " + jwsA[70:] + "\nExperience\n", []string{at("jws "+jwsA, "joined")}},
		{"not a JWS", "eyJhbGciOiJ.only.two dots", nil},
		{"JSON in prose", "My badge:\n" + assertionA + "\nBye", []string{at("json " + assertionA)}},
		{"JSON broken over lines", assertionA[:60] + "\n" + assertionA[60:140] + "\r\n" + assertionA[140:], []string{"json " + assertionA + " | cv.txt (joined)"}},
		{"JSON that is none", `{"type":"Person","name":"x"}`, nil},
		{"code around it", "function f() { return " + assertionA + " }", []string{at("json " + assertionA)}},
		{"JWS in a link's fragment", "https://wallet.example.org/#/share?vc=" + vcJWS, []string{at("link https://wallet.example.org/#/share?vc=" + vcJWS), at("jws "+vcJWS, "in_url")}},
		{"JWS in a fragment that is no part of the address", "https://wallet.example.org/view#credential=" + vcJWS, []string{at("link https://wallet.example.org/view"), at("jws "+vcJWS, "in_url")}},
		{"JWS in a link", "https://validator.example.org/?vc=" + vcJWS, []string{at("link https://validator.example.org/?vc=" + vcJWS), at("jws "+vcJWS, "in_url")}},
		{"a session token in a link", "https://app.example.org/?t=" + jwsA, []string{at("link https://app.example.org/?t=" + jwsA)}},
		{"namespaces are not links", `xmlns="http://www.w3.org/2000/svg" https://purl.imsglobal.org/spec/ob/v3p0/context.json`, nil},
		{"defanged", "hxxps://example[.]org/badges/1", []string{at("link https://example.org/badges/1")}},
		{"between full-width marks", "見て：https://example.org/badges/1。終わり", []string{at("link https://example.org/badges/1")}},
		{"glued together", "https://example.org/badges/1https://example.org/badges/2", []string{at("link https://example.org/badges/1"), at("link https://example.org/badges/2")}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			if d := cmp.Diff(tc.want, show(find(t, "cv.txt", []byte(tc.text+"\n")))); d != "" {
				t.Error(d)
			}
		})
	}
}

// vcJWS has a credential for its payload: {"type":["VerifiableCredential"],"issuer":"x"}.
const vcJWS = "eyJhbGciOiJFZERTQSJ9.eyJ0eXBlIjpbIlZlcmlmaWFibGVDcmVkZW50aWFsIl0sImlzc3VlciI6IngifQ.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func TestTextEncodings(t *testing.T) {
	want := []string{"link https://example.org/badges/1 | cv.txt > text"}
	s := "sé https://example.org/badges/1 "
	little, big := []byte{0xFF, 0xFE}, []byte{0xFE, 0xFF}
	for _, r := range s {
		little = append(little, byte(r), byte(r>>8))
		big = append(big, byte(r>>8), byte(r))
	}
	for desc, b := range map[string][]byte{
		"UTF-8": []byte(s), "with BOM": []byte("\uFEFF" + s), "Latin-1": []byte("s\xe9 https://example.org/badges/1 "), "UTF-16 LE": little, "UTF-16 BE": big,
	} {
		if d := cmp.Diff(want, show(find(t, "cv.txt", b))); d != "" {
			t.Errorf("%s: %s", desc, d)
		}
	}
}

func TestOffsets(t *testing.T) {
	text := "0123456789 https://example.org/badges/1 and " + jwsA
	r := find(t, "cv.txt", []byte(text))
	if len(r.Findings) != 2 {
		t.Fatal(show(r))
	}
	for i, want := range []int{11, strings.Index(text, "eyJ")} {
		if got := r.Findings[i].Places[0].Offset; got != int64(want) {
			t.Errorf("finding %d at %d, want %d", i, got, want)
		}
	}
}

func BenchmarkLink(b *testing.B) {
	for _, bc := range []struct{ name, url string }{
		{"known", "https://www.credly.com/badges/7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11/public_url"},
		{"moodle", "https://moodle.example.edu/badges/badge.php?hash=3feb070ed8e6f9cef27543405d9faf48adaacecc"},
		{"other", "https://github.com/example/project"},
	} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, ok := ParseLink(bc.url); !ok {
					b.Fatal(bc.url)
				}
			}
		})
	}
}

func BenchmarkText(b *testing.B) {
	s := strings.Repeat("Experience line: lorem ipsum dolor sit amet, consectetur adipiscing elit, who would have thought.\n", 10_000) +
		"https://example.org/badges/1\n"
	e := Extractor{}
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		if r, _ := e.Extract(context.Background(), Document{Name: "cv.txt", Data: []byte(s)}); len(r.Findings) != 1 {
			b.Fatal(len(r.Findings))
		}
	}
}

// TestCarried: the first address that speaks of a badge and stands whole in the query of
// another.
func TestCarried(t *testing.T) {
	for raw, want := range map[string]string{
		"https://track.example.org/?a=1&to=https%3A%2F%2Fexample.org%2Fbadges%2F1%3Fb%3D2":           "https://example.org/badges/1?b=2",
		"https://track.example.org/?ref=https://example.org/&vc=https://example.org/credentials/1":   "https://example.org/credentials/1",
		"https://track.example.org/?to=https%3A%2F%2Fdrive.google.com%2Fopen%3Fid%3D1AbCdEfGhIjKlMn": "https://drive.google.com/open?id=1AbCdEfGhIjKlMn",
		"https://track.example.org/?to=example.org/badges/1":                                         "",
		"https://track.example.org/https://example.org/badges/1?a=b":                                 "https://example.org/badges/1?a=b",
		"https://track.example.org/https/example.org/badges/1":                                       "",
		"https://track.example.org/?to=https://example.org/":                                         "",
		"https://track.example.org/?to=https%3A%2F%2F%zz":                                            "",
		"": "",
	} {
		if got, _, ok := Carried(raw); got != want || ok != (want != "") {
			t.Errorf("%s carries %q, want %q", raw, got, want)
		}
	}
}
