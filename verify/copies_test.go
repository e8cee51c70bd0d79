package verify

import (
	"fmt"
	"slices"
	"testing"

	"assay/verify/contexts"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// TestRevocationListsAndOthers: a revocation list says what it says in whatever context,
// and what lies at its address and is none clears nobody.
func TestRevocationListsAndOthers(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	const where, context = "https://issuer.example/revoked/1", "https://contexts.example/rl.json"
	b := with(badge(did), m{"id": "https://issuer.example/credentials/1", "credentialStatus": m{"id": where, "type": "1EdTechRevocationList"}})
	badge := verifytest.Secure(b, issuerKey, method, "eddsa-jcs-2022")
	v2 := []any{"https://www.w3.org/ns/credentials/v2"}
	entries := []any{m{"id": b["id"], "revocationReason": "cheating"}}
	terms := m{"revokedCredential": "https://v.example/t#revokedCredential", "revocationReason": "https://v.example/t#why"}
	list := m{"@context": v2, "id": where, "type": []any{"VerifiableCredential"}, "issuer": did, "validFrom": "2026-01-01T00:00:00Z", "credentialSubject": m{"id": where + "#list", "revokedCredential": entries}}
	ask := func(answer any) Verdict {
		w := issuers()
		w.Put(context, m{"@context": terms})
		w.Put(where, answer)
		return judgeWith(t, w, contexts.Options{}, badge)
	}
	token := func(payload m) string {
		return string(tokenOf(payload, m{"alg": "EdDSA", "kid": method}, issuerKey))
	}
	for desc, answer := range map[string]any{
		"signed, by a context within it":      extended(list, nil, m(terms)),
		"signed, by a context":                extended(with(list, m{"revokedCredential": entries}), map[string]any{context: m{"@context": terms}}, context),
		"an id in a list":                     fmt.Sprintf("[%q]", b["id"]),
		"ids in a list":                       fmt.Sprintf("[%q, \"urn:x\"]", b["id"]),
		"past its end, and names it":          with(list, m{"validUntil": "2020-01-01T00:00:00Z"}),
		"a token of the list, and without vc": token(list),
	} {
		if v := ask(answer); v.Result != verdict.Rejected || v.Reason != verdict.Revoked {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	clear := with(list, m{"credentialSubject": m{"revokedCredential": []any{}}})
	for desc, answer := range map[string]any{
		"of none":                    clear,
		"of none, in its own member": m{"id": where, "issuer": did, "revokedCredential": []any{}},
		"of none, by its type":       m{"id": where, "issuer": did, "type": "1EdTechRevocationList"},
		"of none, by its address":    m{"id": where, "issuer": did},
	} {
		if v := ask(answer); v.Result != verdict.Verified {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	for desc, answer := range map[string]any{
		"another kind of list":    token(m{"@context": v2, "id": where, "type": []any{"VerifiableCredential", "BitstringStatusListCredential"}, "issuer": did, "credentialSubject": m{"type": "BitstringStatusList", "encodedList": "uH4s", "statusPurpose": "revocation"}}),
		"a word":                  m{"issuer": did, "error": "moved"},
		"a profile":               m{"id": where, "type": "Profile", "issuer": did},
		"a list in two wrappings": m{"issuer": did, "vc": m{"revokedCredential": entries}, "data": m{"revokedCredential": entries}},
		"past its end":            with(clear, m{"validUntil": "2020-01-01T00:00:00Z"}),
		"before its beginning":    with(clear, m{"validFrom": "2027-01-01T00:00:00Z"}),
		"of no time":              with(clear, m{"validUntil": "soon"}),
	} {
		if v := ask(answer); v.Result != verdict.Pending {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
}

// TestZeroBesideAnEnd: a zero of a clock hides no end that stands beside it, in the same
// member or another.
func TestZeroBesideAnEnd(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	for _, zero := range []string{"0000-00-00", "0001-01-01T00:00:00Z", "1970-01-01"} {
		b := with(badge(did), m{"validUntil": []any{zero, "2026-02-01T00:00:00Z"}, "expirationDate": "2030-01-01T00:00:00Z"})
		if v := check(t, issuers(), tokenOf(b, m{"alg": "EdDSA", "kid": method}, issuerKey)); v.Reason != verdict.PastEnd {
			t.Errorf("%s: %s", zero, short(v))
		}
	}
}

// TestCopyOfAToken: the decoded form of a token is no altered copy of it, and an empty
// proof is none.
func TestCopyOfAToken(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	const home = "https://issuer.example/credentials/1"
	b := with(badgeV1(did), m{"id": home, "issuer": did, "issuanceDate": "2026-01-01T00:00:00Z", "expirationDate": "2030-01-01T00:00:00Z"})
	inner := verifytest.Clone(b)
	for _, name := range []string{"id", "issuer", "issuanceDate", "expirationDate"} {
		delete(inner, name)
	}
	w := issuers()
	w.Put(home, string(verifytest.Compact(m{"alg": "EdDSA", "kid": method}, verifytest.JSON(m{"iss": did, "jti": home, "nbf": 1767225600, "exp": 1893456000, "vc": inner}), issuerKey)))
	for desc, tc := range map[string]struct {
		b       m
		differs bool
	}{
		"decoded":        {b, false},
		"another end":    {with(b, m{"expirationDate": "2031-01-01T00:00:00Z"}), true},
		"another issuer": {with(b, m{"issuer": "did:example:2"}), true},
		"a name beside":  {with(b, m{"name": "Chief Surgeon"}), true},
	} {
		if v := check(t, w, tc.b); v.Result != verdict.Verified || slices.Contains(v.Warnings, verdict.WarnCopyDiffers) != tc.differs {
			t.Errorf("%s: %s %v", desc, short(v), v.Warnings)
		}
	}
	signed := with(badge(did), m{"id": home})
	w.Put(home, verifytest.Secure(signed, issuerKey, method, "eddsa-jcs-2022"))
	for _, none := range []any{[]any{}, m{}, "", false, []any{m{}}} {
		if v := check(t, w, with(signed, m{"proof": none})); v.Result != verdict.Verified {
			t.Errorf("proof %v: %s", none, short(v))
		}
		bare := issuers()
		bare.Put(home, with(signed, m{"proof": none}))
		if v := check(t, bare, signed); v.Reason != verdict.NoProof || bare.Total() != 1 {
			t.Errorf("at its own address proof %v: %s, asked %d times", none, short(v), bare.Total())
		}
	}
}

// TestWithdrawnUnderABrokenName: a key that the issuer's document withdraws in an entry
// that cannot be read is withdrawn in the others.
func TestWithdrawnUnderABrokenName(t *testing.T) {
	jwk := verifytest.JWK(issuerKey.Public())
	key := func(id string, more m) m {
		return with(m{"id": didWeb + id, "type": "JsonWebKey", "controller": didWeb, "publicKeyJwk": jwk}, more)
	}
	for desc, tc := range map[string]struct {
		first  m
		result verdict.Result
	}{
		"withdrawn": {key("#1", m{"revoked": true, "publicKeyJwk": with(m(verifytest.Clone(jwk)), m{"alg": "ES256"})}), verdict.Rejected},
		"its twin":  {key("#1", m{"publicKeyJwk": with(m(verifytest.Clone(jwk)), m{"alg": "ES256"})}), verdict.Verified},
	} {
		w := issuers()
		w.Put(didWebDoc, m{"id": didWeb, "verificationMethod": []any{tc.first, key("#2", nil)}, "assertionMethod": []any{didWeb + "#1", didWeb + "#2"}})
		if v := check(t, w, tokenOf(badge(didWeb), m{"alg": "EdDSA", "kid": didWeb + "#2"}, issuerKey)); v.Result != tc.result {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	// Nor does a document without relationships speak against the key in a token's header.
	w := issuers()
	w.Put(didWebDoc, m{"id": didWeb, "verificationMethod": []any{key("#k", nil)}})
	if v := check(t, w, tokenOf(badge(didWeb), m{"alg": "EdDSA", "jwk": jwk}, issuerKey)); v.Result == verdict.Verified || v.Result == verdict.Rejected {
		t.Errorf("in the header: %s", short(v))
	}
}
