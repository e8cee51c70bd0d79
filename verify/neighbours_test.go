package verify

import (
	"crypto/ed25519"
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
	for _, creator := range []string{key, plain(key), key + "/", ob2Profile, "/key"} {
		for _, owner := range []string{ob2Profile, plain(ob2Profile), ob2Profile + "/"} {
			wantVerified(t, judge(creator, owner))
		}
	}
	for _, creator := range []string{key + "2", "https://other.example/key", "/key2", "//other.example/key", "#key"} {
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

// TestKeyByAnotherName: where the issuer's document lists the very key that a proof
// names by a DID which carries it, the name is another's and the key is not: neither for
// the badge nor against it, in a proof that stands in the badge; the kid of a token says
// who signed, and that is another. A key that no document of the issuer's lists stays another's.
func TestKeyByAnotherName(t *testing.T) {
	_, method := verifytest.DIDKey(issuerKey)
	_, evil := verifytest.DIDKey(evilKey)
	w := issuers()
	for _, issuer := range []string{didWeb, httpIssuer} {
		for _, suite := range []string{"eddsa-rdfc-2022", "eddsa-jcs-2022"} {
			wantReason(t, check(t, w, verifytest.Secure(badge(issuer), issuerKey, method, suite)), verdict.Unsupported, verdict.IssuerUnprovable)
			wantReason(t, check(t, w, verifytest.Secure(badge(issuer), evilKey, evil, suite)), verdict.Rejected, verdict.KeyNotIssuers)
			wantReason(t, check(t, w, verifytest.Secure(badge(issuer), evilKey, method, suite)), verdict.Rejected, verdict.ProofInvalid)
			edited := verifytest.Secure(badge(issuer), issuerKey, method, suite)
			edited["name"] = "Doctor"
			wantReason(t, check(t, w, edited), verdict.Rejected, verdict.ProofInvalid)
		}
		wantReason(t, check(t, w, tokenOf(badge(issuer), m{"alg": "EdDSA", "kid": method}, issuerKey, func(_, _ m) {})), verdict.Rejected, verdict.KeyNotIssuers)
		wantReason(t, check(t, w, tokenOf(badge(issuer), m{"alg": "EdDSA", "kid": evil}, evilKey, func(_, _ m) {})), verdict.Rejected, verdict.KeyNotIssuers)
	}
	// Listed, but not for assertions, or withdrawn.
	login := with(didDocument(didWeb, issuerKey), m{"authentication": []any{webMethod(issuerKey)}, "assertionMethod": nil})
	if v := check(t, webOf(login), verifytest.Secure(badge(didWeb), issuerKey, method, "eddsa-jcs-2022")); v.Result != verdict.Rejected {
		t.Errorf("listed to log in: %s", short(v))
	}
	doc := listingDID(issuerKey)
	at(doc, "verificationMethod", 0)["revoked"] = true
	wantReason(t, check(t, webOf(doc), verifytest.Secure(badge(didWeb), issuerKey, method, "eddsa-jcs-2022")), verdict.Rejected, verdict.KeyRevoked)
}

// TestOwnerOfAKeyThatIsVague: an owner that is no address of anybody, the issuer's site
// alone, or the profile's with another query or by the site's other name, leaves open whose the key is; on another host it does not. A key
// that stands in the profile without a name is open where the badge names another.
func TestOwnerOfAKeyThatIsVague(t *testing.T) {
	const key = "https://issuer.example/key"
	judge := func(k any, profile m, signer ed25519.PrivateKey) Verdict {
		w := ob2Web()
		w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), profile))
		w.Put(key, k)
		return check(t, w, verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(with(ob2Badge(), m{"id": "urn:uuid:1", "verification": m{"type": "signed", "creator": key}})), signer))
	}
	for owner, open := range map[string]bool{
		"Example University": true, "badges@issuer.example": true, ob2Profile + "?v=2_0": true, "https://issuer.example": true, "https://issuer.example/": true, "https://www.issuer.example/profile": true,
		"https://other.example/profile?v=2_0": false, "https://issuer.example/another?v=2_0": false, ob2Profile + "#x": false, "did:web:other.example": false,
		"https://issuer.example/another": false, "https://issuer.example/?of=1": false, "https://issuer.example/#x": false, "https://www.issuer.example": false, "https://www.issuer.example/another": false, "https://www2.issuer.example/profile": false, "https://www.issuer.example:8443/profile": false,
	} {
		k := m{"@context": ob2Context, "type": "CryptographicKey", "id": key, "owner": owner, "publicKeyPem": verifytest.PEM(issuerKey.Public())}
		if !open {
			wantReason(t, judge(k, m{"publicKey": key}, issuerKey), verdict.Rejected, verdict.KeyNotIssuers)
			continue
		}
		wantReason(t, judge(k, m{"publicKey": key}, issuerKey), verdict.Unsupported, verdict.IssuerUnprovable)
		if v := judge(k, m{"publicKey": key}, evilKey); v.Result != verdict.Rejected {
			t.Errorf("%s, forged: %s", owner, short(v))
		}
		wantReason(t, judge(with(k, m{"revoked": true}), m{"publicKey": key}, issuerKey), verdict.Rejected, verdict.KeyRevoked)
		wantReason(t, judge(with(k, m{"expires": "2026-05-30T00:00:00Z"}), m{"publicKey": key}, issuerKey), verdict.Unsupported, verdict.IssuerUnprovable) // a date makes it nobody's
	}
	pem := verifytest.PEM(issuerKey.Public())
	stranger := m{"@context": ob2Context, "type": "CryptographicKey", "id": key, "owner": ob2Profile, "publicKeyPem": verifytest.PEM(evilKey.Public())}
	for _, profile := range []m{{"publicKey": pem}, {"publicKeyPem": pem}, {"publicKey": []any{pem, ob2Profile + "/k"}}} {
		wantReason(t, judge(stranger, profile, issuerKey), verdict.Unsupported, verdict.IssuerUnprovable)
		wantReason(t, judge(stranger, profile, evilKey), verdict.Rejected, verdict.KeyNotIssuers)
	}
}

// TestProofDateThatCannotBeRead: it leaves the badge unknown, whoever else would refuse
// it; the key is judged all the same.
func TestProofDateThatCannotBeRead(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	dated := func(name string, value any) func(m) { return func(p m) { p[name] = value } }
	for _, name := range []string{"created", "expires"} {
		for _, suite := range []string{"eddsa-rdfc-2022", "eddsa-jcs-2022"} {
			b := verifytest.Secure(badge(did), issuerKey, method, suite, dated(name, "01/05/2026"))
			v := check(t, issuers(), b)
			if a := v.Aspects.Integrity; a.State != verdict.Unknown || a.Reason != verdict.DateMalformed || v.Result == verdict.Verified || v.Result == verdict.Rejected {
				t.Errorf("%s, %s: %s", name, suite, short(v))
			}
			b["name"] = "Doctor"
			wantReason(t, check(t, issuers(), b), verdict.Rejected, verdict.ProofInvalid)
			doc := listingDID(issuerKey)
			at(doc, "verificationMethod", 0)["revoked"] = true
			wantReason(t, check(t, webOf(doc), verifytest.Secure(badge(didWeb), issuerKey, didWeb+"#k0", suite, dated(name, "never"))), verdict.Rejected, verdict.KeyRevoked)
		}
	}
	wantReason(t, check(t, issuers(), verifytest.Secure(badge(did), issuerKey, method, "eddsa-jcs-2022", dated("expires", "2026-01-02T00:00:00Z"))), verdict.Rejected, verdict.ProofExpired)
}

// TestKeyOfNoAddressThatIsRevoked: that a proof names its key by no address hides nothing
// that the issuer says of it.
func TestKeyOfNoAddressThatIsRevoked(t *testing.T) {
	judge := func(change m) Verdict {
		w := issuers()
		w.Put(didWebDoc, keyIn(change))
		return check(t, w, verifytest.Secure(badge(didWeb), issuerKey, didWeb+"#k", "eddsa-jcs-2022", func(p m) { p["verificationMethod"] = "k" }))
	}
	wantReason(t, judge(nil), verdict.Unsupported, verdict.IssuerUnprovable)
	wantReason(t, judge(m{"revoked": "2020-01-01T00:00:00Z"}), verdict.Rejected, verdict.KeyRevoked)
}

// TestWhatIsSaidOfAKeyThatIsNamed: the issuer does not stand behind a key that it has
// withdrawn, though that key did not make the signature.
func TestWhatIsSaidOfAKeyThatIsNamed(t *testing.T) {
	for _, tc := range []struct {
		change m
		want   verdict.State
	}{{nil, verdict.Pass}, {m{"revoked": "2020-01-01T00:00:00Z"}, verdict.Fail}} {
		w := issuers()
		w.Put(didWebDoc, keyIn(tc.change))
		v := check(t, w, tokenOf(badge(didWeb), m{"alg": "EdDSA", "kid": didWeb + "#k"}, evilKey))
		if v.Result != verdict.Rejected || v.Aspects.Integrity.State != verdict.Fail || v.Aspects.Issuer.State != tc.want {
			t.Errorf("%v: %s, issuer %s", tc.change, short(v), v.Aspects.Issuer.State)
		}
	}
}

// TestListedByTheNameOfTheToken: a list that takes badges back by their jti takes back one
// whose id only ends in it.
func TestListedByTheNameOfTheToken(t *testing.T) {
	const uuid, list = "0b9a3b5e-0000-4000-8000-00000000000a", "https://issuer.example/revoked"
	judge := func(taken string) Verdict {
		w := issuers()
		w.Put(list, m{"id": list, "issuer": didWeb, "revokedCredential": []any{m{"id": taken, "revoked": true}}})
		b := with(badge(didWeb), m{"id": "https://issuer.example/credentials/" + uuid, "credentialStatus": m{"id": list, "type": "1EdTechRevocationList"}})
		return check(t, w, tokenOf(b, m{"alg": "EdDSA", "kid": webMethod(issuerKey)}, issuerKey, func(_, c m) { c["jti"] = uuid }))
	}
	wantVerified(t, judge("urn:uuid:1b9a3b5e-0000-4000-8000-00000000000a"))
	wantReason(t, judge("urn:uuid:"+uuid), verdict.Rejected, verdict.Revoked)
	wantReason(t, judge("https://issuer.example/credentials/"+uuid), verdict.Rejected, verdict.Revoked)
}

// TestCreatorIsTheVeryOne: of two keys whose names are spelt nearly alike the badge names one.
func TestCreatorIsTheVeryOne(t *testing.T) {
	const first, second = "https://issuer.example/key", "https://issuer.example/key/"
	w := ob2Web()
	w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"publicKey": []any{first, second}}))
	for name, k := range map[string]ed25519.PrivateKey{first: evilKey, second: issuerKey} {
		w.Put(name, m{"@context": ob2Context, "type": "CryptographicKey", "id": name, "owner": ob2Profile, "publicKeyPem": verifytest.PEM(k.Public())})
	}
	wantVerified(t, check(t, w, verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(with(ob2Badge(), m{"id": "urn:uuid:1", "verification": m{"type": "signed", "creator": second}})), issuerKey)))
}
