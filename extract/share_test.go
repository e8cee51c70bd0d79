package extract

import (
	"context"
	"net/url"
	"strings"
	"testing"
)

// TestBrandHosts: a host under a provider's name has the provider's machine form,
// whatever stands before; a host that only looks like one has none.
func TestBrandHosts(t *testing.T) {
	const a, uuid = "8bLUrJhgSMyWKF-I7xOosQ", "7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"
	for link, machine := range map[string]string{
		"https://college.eu.badgr.com/public/assertions/" + a:                          "https://api.eu.badgr.io/public/assertions/" + a + ".json",
		"https://college.ca.badgr.com/public/assertions/" + a + "?v=":                  "https://api.ca.badgr.io/public/assertions/" + a + ".json",
		"https://COLLEGE.AU.Badgr.com/public/assertions/" + a:                          "https://api.au.badgr.io/public/assertions/" + a + ".json",
		"https://sg.badgr.io/public/assertions/" + a:                                   "https://api.sg.badgr.io/public/assertions/" + a + ".json",
		"https://arts.college.badgr.com/public/assertions/" + a + "/image":             "https://api.badgr.io/public/assertions/" + a + ".json",
		"https://college.badgr.com/public/assertions/" + a:                             "https://api.badgr.io/public/assertions/" + a + ".json",
		"https://college.badges.parchment.com/public/assertions/" + a:                  "https://api.badgr.io/public/assertions/" + a + ".json",
		"https://college.badgr.com/public/assertions/53d944bf1400005600451205":         "https://api.badgr.io/public/assertions/53d944bf1400005600451205.json",
		"https://college.openbadgefactory.com/v1/assertion/" + strings.Repeat("a", 40): "https://college.openbadgefactory.com/v1/assertion/" + strings.Repeat("a", 40),
		"https://company.credly.com/badges/" + uuid:                                    "https://api.credly.com/v1/obi/v2/badge_assertions/" + uuid,
		"https://www.credly.com/embedded_badge/" + uuid:                                "https://api.credly.com/v1/obi/v2/badge_assertions/" + uuid,
	} {
		if _, l, ok := ParseLink(link); !ok || l.Class != ClassKnown || l.Machine != machine {
			t.Errorf("%s: %+v", link, l)
		}
	}
}

// TestAttack340LookalikeHosts: nothing of a provider is asked about a link to a
// host that is none of his, however it is written.
func TestAttack340LookalikeHosts(t *testing.T) {
	const a, uuid = "8bLUrJhgSMyWKF-I7xOosQ", "7e6dfd1a-6cb8-4a26-9d5b-2c2f8a0b1c11"
	for _, link := range []string{
		"https://evilbadgr.com/public/assertions/" + a,
		"https://badgr.com.evil.example/public/assertions/" + a,
		"https://eu.badgr.com.evil.example/public/assertions/" + a,
		"https://eu-badgr.com/public/assertions/" + a,
		"https://badgr.co/public/assertions/" + a,
		"https://college.badgr.com@evil.example/public/assertions/" + a,
		"https://evil.example/college.badgr.com/public/assertions/" + a,
		"https://evil.example/?badgr.com/public/assertions/" + a,
		"https://evil.example#badgr.com/public/assertions/" + a,
		"https://evil.example\\.badgr.com/public/assertions/" + a,
		"https://badgr.com:8443/public/assertions/" + a,
		"https://evilcredly.com/badges/" + uuid,
		"https://credly.com.evil.example/badges/" + uuid,
		"https://verifierplus.org.evil.example/credentials/" + uuid,
		"https://evilverifierplus.org/credentials/" + uuid,
		"https://coursera.org.evil.example/verify/AB12CD34EF56",
	} {
		u, l, _ := ParseLink(link)
		if l.Claim || l.Share {
			t.Errorf("%s is taken for a provider's: %+v", link, l)
		}
		if l.Machine == "" {
			continue
		}
		at, err := url.Parse(u)
		machine, err2 := url.Parse(l.Machine)
		if err != nil || err2 != nil || at.Host != machine.Host {
			t.Errorf("%s leads to %s", link, l.Machine)
		}
	}
}

// TestShareLinks: what a wallet or a verifier gives to share a badge leads to the
// badge, on any host and however it is written.
func TestShareLinks(t *testing.T) {
	const uuid, at = "0b8f1c52-5d0e-4f1b-9a55-6f0d3c7b7a11", "https://creds.issuer.example/vc/1.json"
	api := Link{Class: ClassKnown, Provider: "verifierplus", Machine: "https://verifierplus.org/api/credentials/" + uuid, Share: true}
	likely := Link{Class: ClassLikely}
	for _, tc := range []struct {
		link, want string
		l          Link
	}{
		{"https://verifierplus.org/credentials/" + uuid, "https://verifierplus.org/credentials/" + uuid, api},
		{"https://verifierplus.org/credentials/" + uuid + "/?utm_source=mail", "https://verifierplus.org/credentials/" + uuid + "/", api},
		{"https://verifierplus.org/api/credentials/" + uuid, "https://verifierplus.org/api/credentials/" + uuid, api},
		{"https://verifierplus.org/#verify?vc=" + at, at, likely},
		{"https://verifierplus.org#verify?vc=" + at, at, likely},
		{"https://verifierplus.org/#verify?vc=https%3A%2F%2Fcreds.issuer.example%2Fvc%2F1.json", at, likely},
		{"https://verifierplus.org/#verify%3Fvc%3Dhttps%3A%2F%2Fcreds.issuer.example%2Fvc%2F1.json", at, likely},
		{"https://verifierplus.org/#verify?vc=https%253A%252F%252Fcreds.issuer.example%252Fvc%252F1.json", at, likely},
		{"https://verifierplus.org/#verify?vc=" + at + "?a=1&b=2", at + "?a=1&b=2", likely},
		{"https://verifierplus.org/#verify?vc=https%3A%2F%2Fcreds.issuer.example%2Fvc%2F1.json%3Fa%3D1%26b%3D2&lang=nl", at + "?a=1&b=2", likely},
		{"https://verify.college.example/tools/#verify?vc=" + at, at, likely},
		{"https://verifierplus.org/#verify?vc=https://verifierplus.org/credentials/" + uuid, "https://verifierplus.org/credentials/" + uuid, api},
		{"https://www.linkedin.com/safety/go?url=https%3A%2F%2Fverifierplus.org%2F%23verify%3Fvc%3Dhttps%3A%2F%2Fcreds.issuer.example%2Fvc%2F1.json", at, likely},
		{"https://badgecheck.io?url=https%3A%2F%2Fcreds.issuer.example%2Fvc%2F1.json", at, likely},
		{"https://badgecheck.io/?url=" + at, at, likely},
		{"https://verifierplus.org/#verify?vc=javascript:alert(1)", "https://verifierplus.org/", Link{Class: ClassOther}},
		{"https://verifierplus.org/#verify?vc=file:///etc/passwd", "https://verifierplus.org/", Link{Class: ClassOther}},
		{"https://verifierplus.org/faq", "https://verifierplus.org/faq", Link{Class: ClassOther}},
	} {
		u, l, ok := ParseLink(tc.link)
		if !ok || u != tc.want || l != tc.l {
			t.Errorf("%s\nbecame %s %+v\nwant   %s %+v", tc.link, u, l, tc.want, tc.l)
		}
	}
}

// TestSharedPage: a page of VerifierPlus is read for the badge that its script
// draws, and gives its machine form wherever it is installed.
func TestSharedPage(t *testing.T) {
	const uuid = "0b8f1c52-5d0e-4f1b-9a55-6f0d3c7b7a11"
	const vc = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential","OpenBadgeCredential"],"name":"Crane \"Signaller\""}`
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(`0:["$",{"credential":` + vc + `}]`)
	page := `<html><title>VerifierPlus</title><script>self.__next_f.push([1,"` + quoted[:60] + `"])</script><script>self.__next_f.push([1,"` + quoted[60:] + `"])</script>`
	one := func(d Document) []Finding {
		t.Helper()
		r, err := (&Extractor{}).Extract(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		return r.Findings
	}
	if f := one(Document{Name: "saved.html", Data: []byte(page)}); len(f) != 1 || f[0].Kind != KindJSON || f[0].Payload != vc {
		t.Errorf("a saved page: %+v", f)
	}
	if f := one(Document{Name: "saved.html", Data: []byte(`<html><script>self.__next_f.push([1,"broken` + vc + `])</script><script>self.__next_f.push([1,{}])`)}); len(f) != 0 {
		t.Errorf("a page that is broken: %+v", f)
	}
	first := func(name, text string) (Finding, bool) {
		for _, f := range one(Document{Name: name, Data: []byte(text), ContentType: "text/html", Fetched: true}) {
			if f.Link != nil && f.Link.Form {
				return f, true
			}
		}
		return Finding{}, false
	}
	const shown = "<html><title>VerifierPlus</title><body>"
	if f, ok := first("https://verify.college.example/tools/credentials/"+uuid, shown); !ok || f.Payload != "https://verify.college.example/tools/api/credentials/"+uuid || !f.Link.Share {
		t.Errorf("an installation of one's own: %+v", f)
	}
	for _, where := range []string{"https://verify.college.example/api/credentials/" + uuid, "https://verify.college.example/credentials/1"} {
		if f, _ := first(where, shown); strings.Contains(f.Payload, "/api/credentials/") && f.Link.Share {
			t.Errorf("%s: %+v", where, f)
		}
	}
	if f, _ := first("https://shop.example/credentials/"+uuid, "<html><title>Shop</title><body>"); f.Link != nil && f.Link.Share {
		t.Errorf("a page of something else: %+v", f)
	}
}

// TestCredlyEmbed: the code that Credly gives to show a badge is a link to it.
func TestCredlyEmbed(t *testing.T) {
	const uuid = "12345678-1234-4123-8123-123456789abc"
	for _, page := range []string{
		`<html><div data-share-badge-id="` + uuid + `" data-share-badge-host="https://www.credly.com"></div>`,
		`<html><div data-share-badge-id="` + uuid + `"></div>`,
		`<html><div data-share-badge-host="https://www.youracclaim.com/" data-share-badge-id="` + uuid + `"/>`,
		`<html><iframe src="//www.credly.com/embedded_badge/` + uuid + `"></iframe>`,
	} {
		r, err := (&Extractor{}).Extract(context.Background(), Document{Name: "cv.html", Data: []byte(page)})
		if err != nil || len(r.Findings) != 1 || r.Findings[0].Link == nil || r.Findings[0].Link.Machine != "https://api.credly.com/v1/obi/v2/badge_assertions/"+uuid {
			t.Errorf("%s: %+v %v", page, r.Findings, err)
		}
	}
}

// TestClaimLinks: the usual links to certificates that no machine can check, and
// links of the same hosts that are none.
func TestClaimLinks(t *testing.T) {
	for link, provider := range map[string]string{
		"https://coursera.org/verify/AB12CD34EF56":                                                                               "coursera",
		"https://www.coursera.org/account/accomplishments/specialization/certificate/AB12CD34EF56":                               "coursera",
		"https://coursera.org/share/0a1b2c3d4e5f67890a1b2c3d4e5f6789":                                                            "coursera",
		"https://coursera.org/verify/professional-cert/AB12CD34EF56?utm_source=link":                                             "coursera",
		"https://ude.my/UC-0a1b2c3d-4e5f-6789-abcd-ef0123456789":                                                                 "udemy",
		"https://www.udemy.com/certificate/UC-AB12CD34/":                                                                         "udemy",
		"https://learn.microsoft.com/nl-nl/users/roleaccount-1234/credentials/certification/azure-developer?tab=credentials-tab": "microsoft-learn",
		"https://learn.microsoft.com/en-us/users/roleaccount-1234/achievements/ab12cd34":                                         "microsoft-learn",
		"https://courses.edx.org/certificates/user/1234567/course/course-v1:College+Crane+2024":                                  "edx",
		"https://www.freecodecamp.org/espanol/certification/roleaccount/responsive-web-design":                                   "freecodecamp",
		"https://www.skills.google/public_profiles/3f2c9a1e-0b4d-4c6a-9e8f-7d5b3a1c2e4f/badges/123456":                           "google-skills",
		"https://www.datacamp.com/certificate/DAA0010000000000":                                                                  "datacamp",
		"https://confirm.udacity.com/e/3ac984b2-0000-11ee-a6fe-9be76f9bc811":                                                     "udacity",
		"https://alison.com/certification/check/$2y$10$AbCdEfGhIjKlMnOpQrStUv.UcNS":                                              "alison",
		"https://cp.certmetrics.com/comptia/en/public/verify/credential/AB12CD34EF56":                                            "certmetrics",
		"https://www.coursera.org/learn/machine-learning":                                                                        "",
		"https://www.udemy.com/course/certificate-in-cranes/":                                                                    "",
		"https://learn.microsoft.com/en-us/credentials/certifications/azure-developer/":                                          "",
		"https://learn.microsoft.com/en-us/users/roleaccount-1234/":                                                              "",
		"https://www.kaggle.com/learn/pandas":                                                                                    "",
		"https://trailhead.salesforce.com/en/credentials/platformdeveloperi":                                                     "",
		"https://www.salesforce.com/products/platform/":                                                                          "",
		"https://www.hackerrank.com/skills-verification/sql_basic":                                                               "",
	} {
		_, l, ok := ParseLink(link)
		if !ok || l.Provider != provider || l.Claim != (provider != "") {
			t.Errorf("%s: %+v", link, l)
		}
	}
}
