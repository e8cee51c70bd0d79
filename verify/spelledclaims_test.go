package verify

import (
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// TestClaimsThatContradictNothing: a jti that is the UUID in which the id ends, and an
// iss that is the site of the issuer's did:web, name the same; anything else is a
// contradiction as before, and the issuer stays the one that the badge names.
func TestClaimsThatContradictNothing(t *testing.T) {
	const uuid = "0b9a3b5e-0000-4000-8000-00000000000a"
	header := m{"alg": "EdDSA", "kid": webMethod(issuerKey)}
	host := strings.TrimPrefix(didWeb, "did:web:")
	judge := func(id, claim string, value any) Verdict {
		return check(t, issuers(), tokenOf(with(badge(didWeb), m{"id": id}), header, issuerKey, func(_, c m) {
			c["jti"] = id
			c[claim] = value
		}))
	}
	for _, id := range []string{"https://issuer.example/credentials/" + uuid, "urn:example:badge:" + strings.ToUpper(uuid), "https://issuer.example/badges?id=" + uuid} {
		wantVerified(t, judge(id, "jti", uuid))
		wantReason(t, judge(id, "jti", "1b9a3b5e-0000-4000-8000-00000000000a"), verdict.Rejected, verdict.ClaimsMismatch)
		wantReason(t, judge(id, "jti", uuid[1:]), verdict.Rejected, verdict.ClaimsMismatch)
		wantReason(t, judge(id+"/2", "jti", uuid), verdict.Rejected, verdict.ClaimsMismatch)
	}
	wantReason(t, judge("https://issuer.example/credentials/x"+uuid, "jti", uuid), verdict.Rejected, verdict.ClaimsMismatch)
	wantReason(t, judge("https://issuer.example/credentials/7", "jti", "7"), verdict.Rejected, verdict.ClaimsMismatch)
	for _, iss := range []string{"https://" + host, "https://" + host + "/", "HTTPS://" + strings.ToUpper(host)} {
		v := judge("urn:uuid:1", "iss", iss)
		wantVerified(t, v)
		if v.Credential.Issuer.ID != didWeb {
			t.Errorf("%s: the issuer is %q", iss, v.Credential.Issuer.ID)
		}
	}
	for _, iss := range []string{"https://evil.example", "https://" + host + "/people/1", "https://" + host + "?a", "https://" + host + "#a", "https://" + host + ":8443", "https://www." + host, host} {
		wantReason(t, judge("urn:uuid:1", "iss", iss), verdict.Rejected, verdict.ClaimsMismatch)
	}
}

// TestMethodInAnotherForm: a proof may name its key in an object or in a list of one.
// What else stands there is no key: a forger could write his own.
func TestMethodInAnotherForm(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	forms := func(id string, key any) []any {
		return []any{m{"id": id}, []any{id}, []any{m{"id": id}}, m{"id": id, "type": "Multikey", "controller": did, "publicKeyMultibase": key}}
	}
	sign := func(by any, form any) m {
		b := badge(did)
		key := issuerKey
		if by == "forger" {
			key = evilKey
		}
		return verifytest.Secure(b, key, method, "eddsa-jcs-2022", func(p m) { p["verificationMethod"] = form })
	}
	for _, form := range forms(method, verifytest.Multikey(issuerKey)) {
		wantVerified(t, check(t, issuers(), sign("issuer", form)))
	}
	for _, form := range forms(method, verifytest.Multikey(evilKey)) {
		wantReason(t, check(t, issuers(), sign("forger", form)), verdict.Rejected, verdict.ProofInvalid)
	}
	_, evil := verifytest.DIDKey(evilKey)
	for _, form := range forms(evil, verifytest.Multikey(evilKey)) {
		wantReason(t, check(t, issuers(), sign("forger", form)), verdict.Rejected, verdict.KeyNotIssuers)
	}
	for _, form := range []any{[]any{method, method}, m{}, m{"publicKeyMultibase": verifytest.Multikey(issuerKey)}, 7} {
		wantReason(t, check(t, issuers(), sign("issuer", form)), verdict.Rejected, verdict.ProofMalformed)
	}
}

// TestUnsignedCopy: of a copy without a signature no more is said than that; whether
// its address gives a signed one is not said, for nobody asked.
func TestUnsignedCopy(t *testing.T) {
	did, _ := verifytest.DIDKey(issuerKey)
	for id, asked := range map[string]string{"https://issuer.example/credentials/1": "was not asked", "urn:uuid:1": ""} {
		w := issuers()
		v := check(t, w, with(badge(did), m{"id": id}))
		wantReason(t, v, verdict.Rejected, verdict.Unsigned)
		if a := v.Aspects.Integrity; !strings.Contains(a.Detail, asked) || (a.Detail == "") != (asked == "") || w.Total() != 0 {
			t.Errorf("%s: %+v, asked %v", id, a, w.Asked)
		}
		if words := verdict.Unsigned.Words(); strings.Contains(words, "to be had") {
			t.Error(words)
		}
	}
}
