package verify

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// TestStatusListInSomething: a status list that its host hands out in an enveloping
// object, in quotes or in an object that names it is read, and proven, like any: what
// is around it is not signed, and adds nothing.
func TestStatusListInSomething(t *testing.T) {
	const where = "https://issuer.example/status-lists/5"
	header := m{"alg": "EdDSA", "kid": webMethod(issuerKey)}
	b := tokenOf(with(badge(didWeb), m{"credentialStatus": m{"id": where + "#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
		"statusListCredential": where, "statusListIndex": "7"}}), header, issuerKey)
	list := func(set ...int) m {
		return listOf([]any{"https://www.w3.org/ns/credentials/v2"}, where, didWeb, "BitstringStatusListCredential", 131_072, set...)
	}
	w := issuers()
	ask := func(answer any) Verdict {
		w.Put(where, answer)
		return check(t, w, b)
	}
	enveloped := func(token string) any {
		return m{"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + token}
	}
	quoted := func(x any) any { return string(verifytest.JSON(x)) }
	for desc, around := range map[string]func(token string) any{
		"enveloped":     enveloped,
		"in quotes":     func(s string) any { return quoted(s) },
		"a list of one": func(s string) any { return quoted([]any{s}) },
		"credential":    func(s string) any { return m{"credential": s} },
		"verifiableCredential": func(s string) any {
			return m{"type": "VerifiablePresentation", "verifiableCredential": []any{enveloped(s)}}
		},
		"named, in an answer": func(s string) any { return m{"data": m{"statusListCredential": s}} },
	} {
		wantVerified(t, ask(around(string(tokenOfAny(list(6, 8), header)))))
		v := ask(around(string(tokenOfAny(list(7), header))))
		wantReason(t, v, verdict.Rejected, verdict.Revoked)
		if v.Aspects.Status.Detail != "revoked by the issuer" {
			t.Errorf("%s, of a list that is proven: %q", desc, v.Aspects.Status.Detail)
		}
		// Its own proof counts.
		broken := string(tokenOfAny(list(), header))
		broken = broken[:len(broken)-8] + "AAAAAAAA"
		wantReason(t, ask(around(broken)), verdict.Pending, verdict.StatusInvalid)
	}
	signed := func(l m) m { return verifytest.Secure(l, issuerKey, webMethod(issuerKey), "eddsa-jcs-2022") }
	wantVerified(t, ask(m{"credential": signed(list())}))
	wantReason(t, ask(m{"credential": signed(list(7))}), verdict.Rejected, verdict.Revoked)
	// What is around it takes the place of nothing in it, and of two none is it.
	wantReason(t, ask(m{"credential": list(), "issuer": didWeb, "proof": m{"type": "DataIntegrityProof"}}), verdict.Pending, verdict.StatusInvalid)
	wantReason(t, ask(m{"credential": signed(list()), "data": signed(list(7))}), verdict.Pending, verdict.StatusInvalid)
	wantReason(t, ask(m{"verifiableCredential": []any{signed(list()), signed(list(7))}}), verdict.Pending, verdict.StatusInvalid)
	deep := string(tokenOfAny(list(), header))
	for range 9 {
		deep = string(verifytest.JSON(m{"data": json.RawMessage(verifytest.JSON(deep))}))
	}
	wantReason(t, ask(deep), verdict.Pending, verdict.StatusInvalid)
	nested := string(tokenOfAny(list(), header))
	for range 9 {
		nested = string(verifytest.JSON(m{"type": "EnvelopedVerifiableCredential", "id": "data:application/json;base64," + b64([]byte(nested))}))
	}
	if v := ask(nested); v.Result != verdict.Pending || !strings.Contains(v.Aspects.Status.Detail, "too deeply") {
		t.Errorf("nine envelopes: %s", short(v))
	}
	// A list that holds another is itself.
	wantReason(t, ask(with(list(), m{"credential": signed(list())})), verdict.Pending, verdict.StatusInvalid)
	// Of one in a form that is not read nobody says that it is unsigned.
	v := ask(m{"type": "EnvelopedVerifiableCredential", "id": "data:application/vc+cose;base64,oWE="})
	wantReason(t, v, verdict.Unsupported, verdict.StatusUnknownType)
	if !strings.Contains(v.Aspects.Status.Detail, "cose") || strings.Contains(v.Aspects.Status.Detail, "unsigned") {
		t.Errorf("of a list as COSE: %q", v.Aspects.Status.Detail)
	}
	if v := ask(m{"type": "EnvelopedVerifiableCredential", "id": "urn:uuid:1"}); v.Result != verdict.Pending || strings.Contains(v.Aspects.Status.Detail, "unsigned") {
		t.Errorf("of an empty envelope: %s", short(v))
	}
	if v := ask(list()); !strings.Contains(v.Aspects.Status.Detail, "unsigned") {
		t.Errorf("of a list that is not signed: %q", v.Aspects.Status.Detail)
	}
}

// TestHeaderOfAnotherKind: a kid or typ that is no text, and a jwk that is no key, are
// ignored, and told; the badge keeps its name. None of them helps a forger.
func TestHeaderOfAnotherKind(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	for _, h := range []m{{"kid": 7}, {"kid": []any{method}}, {"kid": m{"id": method}}, {"kid": method, "typ": 1}, {"kid": method, "jwk": "key"}, {"kid": method, "jwk": m{"kty": "OKP", "crv": "Ed25519", "x": "AQ"}}} {
		h["alg"] = "EdDSA"
		v := check(t, issuers(), tokenOf(badge(did), h, issuerKey))
		wantVerified(t, v)
		if v.Credential.Name == "" || !slices.Contains(v.Warnings, verdict.WarnHeaderIgnored) {
			t.Errorf("%v: %q, %v", h, v.Credential.Name, v.Warnings)
		}
		wantReason(t, check(t, issuers(), tokenOf(badge(did), h, evilKey)), verdict.Rejected, verdict.ProofInvalid)
	}
	// The attacker's own key, beside a kid that is none, is not the issuer's.
	v := check(t, issuers(), tokenOf(badge(did), m{"alg": "EdDSA", "kid": 7, "jwk": verifytest.JWK(evilKey.Public())}, evilKey))
	if v.Result != verdict.Rejected && v.Result != verdict.Unsupported {
		t.Error(short(v))
	}
	if v.Aspects.Issuer.State == verdict.Pass {
		t.Error("a key in the header is the issuer's")
	}
}
