package verify

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// keyIn is the issuer's DID document with one key, written as change says.
func keyIn(change m) m {
	return m{"@context": []any{"https://www.w3.org/ns/did/v1"}, "id": didWeb, "assertionMethod": []any{didWeb + "#k"},
		"verificationMethod": []any{with(m{"id": didWeb + "#k", "type": "JsonWebKey2020", "controller": didWeb, "publicKeyJwk": verifytest.JWK(issuerKey.Public())}, change)}}
}

// TestAttack225IllegibleKeys: what an issuer's own document says of a key and cannot be
// read speaks neither for a badge nor against it: whoever signs in that issuer's name,
// the issuer or a forger, is waited for or unsupported, by what it is.
func TestAttack225IllegibleKeys(t *testing.T) {
	jwk := verifytest.JWK(issuerKey.Public())
	null := json.RawMessage("null")
	token := func(k ed25519.PrivateKey, kid any) []byte {
		return tokenOf(badge(didWeb), m{"alg": "EdDSA", "kid": kid}, k)
	}
	judge := func(doc any, badge []byte) Verdict {
		w := issuers()
		w.Put(didWebDoc, doc)
		return check(t, w, badge)
	}
	for desc, doc := range map[string]m{
		"one key in two forms":         keyIn(m{"publicKeyMultibase": verifytest.Multikey(issuerKey)}),
		"null members of a JWK":        keyIn(m{"publicKeyJwk": with(jwk, m{"alg": null, "use": null, "kid": null})}),
		"a JWK with padding":           keyIn(m{"publicKeyJwk": with(jwk, m{"x": jwk["x"].(string) + "="})}),
		"its controller in a list":     keyIn(m{"controller": []any{didWeb}}),
		"its controller as an object":  keyIn(m{"controller": m{"id": didWeb}}),
		"its controller in capitals":   keyIn(m{"controller": "did:web:ISSUER.example"}),
		"the document's id by keyword": with(keyIn(nil), m{"id": nil, "@id": didWeb}),
		"the document's id, capitals":  with(keyIn(nil), m{"id": "did:web:Issuer.example"}),
	} {
		wantVerified(t, judge(doc, token(issuerKey, didWeb+"#k")))
		wantVerified(t, judge(doc, token(issuerKey, "did:web:Issuer.example#k")))
		if v := judge(doc, token(evilKey, didWeb+"#k")); v.Result != verdict.Rejected {
			t.Errorf("%s, forged: %s", desc, short(v))
		}
	}
	for desc, tc := range map[string]struct {
		doc    any
		result Result
		reason Reason
	}{
		"no key":                  {keyIn(m{"publicKeyJwk": nil}), verdict.Pending, verdict.KeyUnavailable},
		"two keys":                {keyIn(m{"publicKeyMultibase": verifytest.Multikey(evilKey)}), verdict.Pending, verdict.KeyUnavailable},
		"two controllers":         {keyIn(m{"controller": []any{didWeb, "did:web:other.example"}}), verdict.Pending, verdict.KeyUnavailable},
		"half a JWK":              {keyIn(m{"publicKeyJwk": with(jwk, m{"x": nil})}), verdict.Pending, verdict.KeyUnavailable},
		"no base64 in a JWK":      {keyIn(m{"publicKeyJwk": with(jwk, m{"x": "%"})}), verdict.Pending, verdict.KeyUnavailable},
		"a form that is not read": {keyIn(m{"publicKeyJwk": nil, "publicKeyHex": hex.EncodeToString(issuerKey.Public().(ed25519.PublicKey))}), verdict.Unsupported, verdict.SuiteUnsupported},
		"a document of nobody":    {with(keyIn(nil), m{"id": nil}), verdict.Pending, verdict.KeyUnavailable},
		// What is read speaks as ever.
		"a document of another":     {with(keyIn(nil), m{"id": "did:web:other.example"}), verdict.Rejected, verdict.KeyNotIssuers},
		"by keyword, of another":    {with(keyIn(nil), m{"id": nil, "@id": "did:web:other.example"}), verdict.Rejected, verdict.KeyNotIssuers},
		"a key of another's list":   {keyIn(m{"controller": []any{"did:web:other.example"}}), verdict.Rejected, verdict.KeyNotIssuers},
		"a key that anybody has":    {keyIn(m{"publicKeyJwk": with(jwk, m{"d": "AA"})}), verdict.Rejected, verdict.ProofKey},
		"a key of small order":      {keyIn(m{"publicKeyJwk": with(jwk, m{"x": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})}), verdict.Rejected, verdict.ProofKey},
		"a key for encryption":      {keyIn(m{"publicKeyJwk": with(jwk, m{"use": "enc"})}), verdict.Rejected, verdict.ProofKey},
		"one key twice, once ended": {with(keyIn(nil), m{"assertionMethod": []any{with(at(keyIn(nil), "verificationMethod", 0), m{"revoked": "2026-01-01T00:00:00Z"})}}), verdict.Rejected, verdict.KeyRevoked},
	} {
		for who, k := range map[string]ed25519.PrivateKey{"the issuer's": issuerKey, "a forger's": evilKey} {
			v := judge(tc.doc, token(k, didWeb+"#k"))
			if who == "a forger's" && tc.reason == verdict.KeyRevoked {
				wantReason(t, v, verdict.Rejected, verdict.ProofInvalid)
				continue
			}
			if v.Result != tc.result || v.Reason != tc.reason {
				t.Errorf("%s, %s: %s", desc, who, short(v))
			}
			// Nor where the proof does not name its key.
			if v := judge(tc.doc, token(k, "x")); v.Result == verdict.Verified || v.Result == verdict.Authentic || tc.result != verdict.Rejected && v.Result != tc.result {
				t.Errorf("%s, %s, named loosely: %s", desc, who, short(v))
			}
		}
	}
}
