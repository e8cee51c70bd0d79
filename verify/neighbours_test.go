package verify

import (
	"encoding/json"
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// TestShapeOfVeramo: did-jwt-vc, which Veramo signs with, moves the id of an issuer
// that is an object into iss and leaves the rest of it beside the claim vc. That is
// one credential; an issuer there with another id, or beside one in vc, is a second.
func TestShapeOfVeramo(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	judge := func(issuer any, inVC bool) Verdict {
		return check(t, issuers(), tokenOf(badgeV1(did), m{"alg": "EdDSA", "kid": method}, issuerKey, func(_, c m) {
			vc := c["vc"].(m)
			if !inVC {
				delete(vc, "issuer")
			}
			c["iss"], c["issuer"] = did, issuer
		}))
	}
	profile := m{"type": []any{"Profile"}, "name": "University"}
	v := judge(profile, false)
	wantVerified(t, v)
	if v.Credential.Issuer.ID != did || v.Credential.Issuer.Name != "University" {
		t.Errorf("issuer %+v", v.Credential.Issuer)
	}
	wantVerified(t, judge(with(profile, m{"id": did}), false))
	for _, issuer := range []any{"did:example:another", m{"id": "did:example:another"}, m{"@id": "did:example:another"}, m{"id": []any{did, "did:example:another"}}, []any{profile}, 7} {
		wantReason(t, judge(issuer, false), verdict.Rejected, verdict.Ambiguous)
	}
	wantReason(t, judge(profile, true), verdict.Rejected, verdict.Ambiguous)
}

// TestEndOfTokenEarlier: exp before the badge's own end takes nothing from it until
// then, in both data models.
func TestEndOfTokenEarlier(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	for _, b := range []m{badge(did), badgeV1(did)} {
		v := check(t, issuers(), tokenOf(b, m{"alg": "EdDSA", "kid": method}, issuerKey, func(_, c m) { c["exp"] = 1830000000 }))
		wantVerified(t, v)
		if v.Credential.Expires.Unix() != 1830000000 {
			t.Errorf("expires %v", v.Credential.Expires)
		}
	}
}

// TestKeyNamedInAnotherSpelling: a key that the profile lists, on the issuer's own
// host, is its key though assertion or key spell a name otherwise.
func TestKeyNamedInAnotherSpelling(t *testing.T) {
	const key = "https://issuer.example/key"
	plain := func(s string) string { return strings.Replace(s, "https", "http", 1) }
	judge := func(creator, owner string) Verdict {
		w := ob2Web()
		w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"publicKey": key}))
		w.Put(key, m{"@context": ob2Context, "type": "CryptographicKey", "id": key, "owner": owner, "publicKeyPem": verifytest.PEM(issuerKey.Public())})
		return check(t, w, verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(with(ob2Badge(), m{"id": "urn:uuid:1", "verification": m{"type": "signed", "creator": creator}})), issuerKey))
	}
	for _, creator := range []string{key, plain(key), key + "/", ob2Profile} {
		for _, owner := range []string{ob2Profile, plain(ob2Profile), ob2Profile + "/"} {
			wantVerified(t, judge(creator, owner))
		}
	}
	for _, creator := range []string{key + "2", "https://other.example/key"} {
		wantReason(t, judge(creator, ob2Profile), verdict.Rejected, verdict.KeyNotIssuers)
	}
	for _, owner := range []string{ob2Profile + "/2", "https://other.example/profile"} {
		wantReason(t, judge(key, owner), verdict.Rejected, verdict.KeyNotIssuers)
	}
}

// TestKeyWithoutPrivatePart: null, an empty text or an empty list is no private part
// of a key, as .NET's JsonWebKey writes what it does not have; anything else is.
func TestKeyWithoutPrivatePart(t *testing.T) {
	for _, tc := range []struct {
		value any
		good  bool
	}{{nil, true}, {"", true}, {[]any{}, true}, {"AAAA", false}, {[]any{m{"r": "AAAA"}}, false}, {0, false}, {false, false}} {
		w := issuers()
		w.Put("https://issuer.example/.well-known/did.json", m{"id": didWeb, "assertionMethod": []any{m{"id": didWeb + "#jwk", "type": "JsonWebKey", "controller": didWeb,
			"publicKeyJwk": with(verifytest.JWK(issuerKey.Public()), m{"d": json.RawMessage(verifytest.JSON(tc.value)), "oth": json.RawMessage(verifytest.JSON(tc.value))})}}})
		v := check(t, w, verifytest.Secure(badge(didWeb), issuerKey, didWeb+"#jwk", "eddsa-jcs-2022"))
		if good := v.Aspects.Issuer.State == verdict.Pass; good != tc.good {
			t.Errorf("%v: %s", tc.value, short(v))
		}
	}
}
