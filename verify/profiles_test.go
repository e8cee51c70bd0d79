package verify

import (
	"slices"
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// profileOf is an issuer's profile that calls itself id and lists a key.
func profileOf(id any, key string) m {
	return m{"@context": "https://w3id.org/openbadges/v3", "id": id, "type": "Profile", "name": "Example University",
		"verificationMethod": []any{m{"id": key + "#k", "type": "Multikey", "controller": key, "publicKeyMultibase": verifytest.Multikey(issuerKey)}}}
}

// TestProfileSpelt: a profile may call itself by another spelling of the id that
// it lies at, and its key be named by either.
func TestProfileSpelt(t *testing.T) {
	const issuer = "https://university.example/issuers/7"
	for _, id := range []string{issuer, "http://university.example/issuers/7", issuer + "/", "https://University.example:443/issuers/7", issuer + "?v=3_0"} {
		for _, key := range []string{issuer, id} {
			for _, method := range []string{issuer, id, "http://university.example/issuers/7"} {
				w := verifytest.NewWeb(m{issuer: profileOf(id, key)})
				if strings.Contains(id, "?") {
					w.Put(id, profileOf(id, key))
				}
				v := check(t, w, verifytest.Secure(badge(issuer), issuerKey, method+"#k", "eddsa-rdfc-2022"))
				if v.Result != verdict.Verified || v.Credential.Issuer.ID != issuer {
					t.Errorf("profile %s, key %s, method %s: %s", id, key, method, short(v))
				}
			}
		}
	}
	// The spelling with another query is asked, once, and must say the same.
	for desc, tc := range map[string]struct {
		there any
		want  Reason
	}{
		"is down":              {verifytest.Answer{Status: 503}, verdict.HostUnreachable},
		"is not there":         {verifytest.Answer{Status: 404}, verdict.KeyUnavailable},
		"lists another key":    {with(profileOf(issuer+"?v=3_0", issuer), m{"verificationMethod": []any{m{"id": issuer + "#e", "type": "Multikey", "publicKeyMultibase": verifytest.Multikey(evilKey)}}}), verdict.KeyNotIssuers},
		"lists no key":         {with(profileOf(issuer+"?v=3_0", issuer), m{"verificationMethod": []any{}}), verdict.IssuerUnprovable},
		"calls itself a third": {profileOf(issuer+"?v=4", issuer), verdict.KeyNotIssuers},
	} {
		w := verifytest.NewWeb(m{issuer: profileOf(issuer+"?v=3_0", issuer), issuer + "?v=3_0": tc.there})
		w.Put("https://university.example/.well-known/jwks.json", verifytest.Answer{Status: 404})
		v := check(t, w, verifytest.Secure(badge(issuer), issuerKey, issuer+"#k", "eddsa-rdfc-2022"))
		if v.Aspects.Issuer.Reason != tc.want || w.Asked[issuer+"?v=3_0"] != 1 {
			t.Errorf("%s: %s, asked %d times", desc, short(v), w.Asked[issuer+"?v=3_0"])
		}
	}
}

// TestAttack223BorrowedProfile: what a host serves for one address speaks for no
// other, and a page is a profile only where nobody but the issuer could have
// written it.
func TestAttack223BorrowedProfile(t *testing.T) {
	const issuer = "https://university.example/issuers/7"
	jwks := "https://university.example/.well-known/jwks.json"
	for _, id := range []string{
		"https://university.example/issuers/8", "https://university.example/", "https://university.example/issuers/7/8", "https://university.example/issuers/7//",
		"https://other.example/issuers/7", "https://www.university.example/issuers/7", "https://university.example:8443/issuers/7", "https://university.example/Issuers/7",
		issuer + "#me", "did:web:university.example", "urn:uuid:1",
	} {
		w := verifytest.NewWeb(m{issuer: profileOf(id, id), id: profileOf(id, id), jwks: verifytest.Answer{Status: 404}})
		for _, method := range []string{issuer, id} {
			v := check(t, w, verifytest.Secure(badge(issuer), issuerKey, method+"#k", "eddsa-rdfc-2022"))
			if v.Aspects.Issuer.State == verdict.Pass || v.Result == verdict.Verified || v.Result == verdict.Authentic {
				t.Errorf("a profile of %s, method of %s: %s", id, method, short(v))
			}
		}
	}
	// A page.
	text := func(id string) string { return string(verifytest.JSON(profileOf(id, id))) }
	page := func(body string) verifytest.Answer {
		return verifytest.Answer{Body: body, Type: "text/html; charset=utf-8"}
	}
	key := m{"id": "https://university.example/keys/1", "type": "Multikey", "controller": issuer, "publicKeyMultibase": verifytest.Multikey(issuerKey)}
	const echo = "https://university.example/search?q=profile"
	for desc, tc := range map[string]struct {
		issuer, method string
		w              *verifytest.Web
		good           bool
	}{
		"its own":                         {issuer, issuer + "#k", verifytest.NewWeb(m{issuer: page(text(issuer))}), true},
		"its own, with a mark":            {issuer, issuer + "#k", verifytest.NewWeb(m{issuer: page("\uFEFF" + text(issuer))}), true},
		"a page with JSON in it":          {issuer, issuer + "#k", verifytest.NewWeb(m{issuer: page("<html>" + text(issuer))}), false},
		"JSON with a page behind it":      {issuer, issuer + "#k", verifytest.NewWeb(m{issuer: page(text(issuer) + "<html>")}), false},
		"the echo of a search":            {echo, echo + "#k", verifytest.NewWeb(m{echo: page(text(echo))}), false},
		"the echo of a path":              {"https://university.example/echo/%7B%22", "https://university.example/echo/%7B%22#k", verifytest.NewWeb(m{"https://university.example/echo/%7B%22": page(text("https://university.example/echo/%7B%22"))}), false},
		"where it leads on to":            {issuer, issuer + "#k", verifytest.NewWeb(m{issuer: verifytest.Answer{Body: text(issuer), Type: "text/html", Final: "https://university.example/forum/9"}}), false},
		"a key that the profile links to": {issuer, "https://university.example/keys/1", verifytest.NewWeb(m{issuer: with(profileOf(issuer, issuer), m{"verificationMethod": []any{"https://university.example/keys/1"}}), "https://university.example/keys/1": page(string(verifytest.JSON(key)))}), false},
		"a neighbour's":                   {issuer, "https://university.example/forum/9#k", verifytest.NewWeb(m{issuer: page("<html>"), "https://university.example/forum/9": page(text(issuer))}), false},
		"a picture":                       {issuer, issuer + "#k", verifytest.NewWeb(m{issuer: verifytest.Answer{Body: text(issuer), Type: "image/png"}}), false},
		"a DID's":                         {didWeb, webMethod(issuerKey), verifytest.NewWeb(m{didWebDoc: page(string(verifytest.JSON(didDocument(didWeb, issuerKey))))}), true},
		"another DID's":                   {didWeb, webMethod(issuerKey), verifytest.NewWeb(m{didWebDoc: page(string(verifytest.JSON(didDocument("did:web:other.example", issuerKey))))}), false},
	} {
		if _, ok := tc.w.Answers[jwks]; !ok {
			tc.w.Put(jwks, verifytest.Answer{Status: 404})
		}
		v := check(t, tc.w, verifytest.Secure(badge(tc.issuer), issuerKey, tc.method, "eddsa-rdfc-2022"))
		if tc.good && tc.issuer == issuer && !slices.Contains(v.Warnings, verdict.WarnSharedHost) {
			t.Errorf("%s: it is not told: %v", desc, v.Warnings)
		}
		if good := v.Aspects.Issuer.State == verdict.Pass; good != tc.good || good != (v.Result == verdict.Verified) {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
}
