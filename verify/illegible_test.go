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
		"an alg in capitals":           keyIn(m{"publicKeyJwk": with(jwk, m{"alg": "EDDSA"})}),
		"an alg that is empty":         keyIn(m{"publicKeyJwk": with(jwk, m{"alg": ""})}),
		"for signatures, by a word":    keyIn(m{"publicKeyJwk": with(jwk, m{"use": "Signature"})}),
		"for signatures, in a list":    keyIn(m{"publicKeyJwk": with(jwk, m{"use": []any{"sig"}, "key_ops": "verify"})}),
		"to sign":                      keyIn(m{"publicKeyJwk": with(jwk, m{"use": "", "key_ops": []any{"sign"}})}),
		"to do nothing":                keyIn(m{"publicKeyJwk": with(jwk, m{"key_ops": []any{}})}),
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
		"an unknown use":          {keyIn(m{"publicKeyJwk": with(jwk, m{"use": "tls"})}), verdict.Unsupported, verdict.SuiteUnsupported},
		"an unknown operation":    {keyIn(m{"publicKeyJwk": with(jwk, m{"key_ops": []any{"notarise"}})}), verdict.Unsupported, verdict.SuiteUnsupported},
		"alg of another kind":     {keyIn(m{"publicKeyJwk": with(jwk, m{"alg": "ES256"})}), verdict.Pending, verdict.KeyUnavailable},
		"two controllers":         {keyIn(m{"controller": []any{didWeb, "did:web:other.example"}}), verdict.Pending, verdict.KeyUnavailable},
		"half a JWK":              {keyIn(m{"publicKeyJwk": with(jwk, m{"x": nil})}), verdict.Pending, verdict.KeyUnavailable},
		"no base64 in a JWK":      {keyIn(m{"publicKeyJwk": with(jwk, m{"x": "%"})}), verdict.Pending, verdict.KeyUnavailable},
		"a form that is not read": {keyIn(m{"publicKeyJwk": nil, "publicKeyHex": hex.EncodeToString(issuerKey.Public().(ed25519.PublicKey))}), verdict.Unsupported, verdict.SuiteUnsupported},
		"a document of nobody":    {with(keyIn(nil), m{"id": nil}), verdict.Pending, verdict.KeyUnavailable},
		"a key of another's list": {keyIn(m{"controller": []any{"did:web:other.example"}}), verdict.Unsupported, verdict.IssuerUnprovable},
		// What is read speaks as ever.
		"a document of another":     {with(keyIn(nil), m{"id": "did:web:other.example"}), verdict.Rejected, verdict.KeyNotIssuers},
		"by keyword, of another":    {with(keyIn(nil), m{"id": nil, "@id": "did:web:other.example"}), verdict.Rejected, verdict.KeyNotIssuers},
		"a key that anybody has":    {keyIn(m{"publicKeyJwk": with(jwk, m{"d": "AA"})}), verdict.Rejected, verdict.ProofKey},
		"a key of small order":      {keyIn(m{"publicKeyJwk": with(jwk, m{"x": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})}), verdict.Rejected, verdict.ProofKey},
		"a key for encryption":      {keyIn(m{"publicKeyJwk": with(jwk, m{"use": "enc"})}), verdict.Rejected, verdict.KeyNotAssertion},
		"a key to derive others":    {keyIn(m{"publicKeyJwk": with(jwk, m{"key_ops": []any{"deriveKey", "deriveBits"}})}), verdict.Rejected, verdict.KeyNotAssertion},
		"one key twice, once ended": {with(keyIn(nil), m{"assertionMethod": []any{with(at(keyIn(nil), "verificationMethod", 0), m{"revoked": "2026-01-01T00:00:00Z"})}}), verdict.Rejected, verdict.KeyRevoked},
	} {
		for who, k := range map[string]ed25519.PrivateKey{"the issuer's": issuerKey, "a forger's": evilKey} {
			v := judge(tc.doc, token(k, didWeb+"#k"))
			if who == "a forger's" && (tc.reason == verdict.KeyRevoked || tc.reason == verdict.IssuerUnprovable) {
				wantReason(t, v, verdict.Rejected, verdict.ProofInvalid)
				continue
			}
			if v.Result != tc.result || v.Reason != tc.reason {
				t.Errorf("%s, %s: %s", desc, who, short(v))
			}
			// Nor where the proof does not name its key.
			if v := judge(tc.doc, token(k, "x")); v.Result == verdict.Verified || v.Result == verdict.Authentic || tc.reason != verdict.IssuerUnprovable && tc.result != verdict.Rejected && v.Result != tc.result {
				t.Errorf("%s, %s, named loosely: %s", desc, who, short(v))
			}
		}
	}
}

// TestAttack226SilentDocuments: where an issuer's documents name no key at all, no
// key is the issuer's, and none is shown to be another's: whoever signs, and however
// the key is named or brought along. What names another's key does.
func TestAttack226SilentDocuments(t *testing.T) {
	const set = "https://university.example/.well-known/jwks.json"
	profile := m{"@context": "https://w3id.org/openbadges/v3", "id": httpIssuer, "type": "Profile", "name": "Example University"}
	for desc, tc := range map[string]struct {
		header m
		reason Reason
	}{
		"a name":          {m{"kid": "k1"}, verdict.IssuerUnprovable},
		"no name":         {m{}, verdict.IssuerUnprovable},
		"in the header":   {m{"jwk": verifytest.JWK(issuerKey.Public())}, verdict.IssuerUnprovable},
		"both":            {m{"kid": "k1", "jwk": verifytest.JWK(issuerKey.Public())}, verdict.IssuerUnprovable},
		"a fragment":      {m{"kid": httpIssuer + "#k1"}, verdict.IssuerUnprovable},
		"a place on it":   {m{"kid": "https://university.example/keys/1"}, verdict.IssuerUnprovable},
		"another host":    {m{"kid": "https://other.example/keys/1"}, verdict.KeyNotIssuers},
		"another DID":     {m{"kid": "did:web:other.example#k"}, verdict.KeyNotIssuers},
		"another did:key": {m{"kid": first(verifytest.DIDKey(issuerKey))}, verdict.KeyNotIssuers},
	} {
		w := verifytest.NewWeb(m{httpIssuer: profile, set: verifytest.Answer{Status: 404}})
		badge := tokenOf(badge(httpIssuer), with(tc.header, m{"alg": "EdDSA"}), issuerKey)
		v := check(t, w, badge)
		if want := map[bool]Result{true: verdict.Unsupported, false: verdict.Rejected}[tc.reason == verdict.IssuerUnprovable]; v.Result != want || v.Aspects.Issuer.Reason != tc.reason {
			t.Errorf("%s: %s", desc, short(v))
		}
		// Where they name one, it is asked.
		w.Put(set, m{"keys": []any{with(verifytest.JWK(evilKey.Public()), m{"kid": "e"})}})
		if v := check(t, w, badge); v.Result != verdict.Rejected {
			t.Errorf("%s, beside another's key: %s", desc, short(v))
		}
	}
}

func first(s, _ string) string { return s }
