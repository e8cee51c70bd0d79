package verify

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/rdf"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// The attacks bear the numbers of the project's list: 1 to 67, and A1 to A21
// of the threat model. Those against what lies in one package alone are tested
// there; coverage_test.go makes sure that none is missing. Each starts from a
// badge that is verified without the one change that is the attack.

func b64(v any) string {
	b, ok := v.([]byte)
	if !ok {
		b = verifytest.JSON(v)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func TestAttack1AndA1AlgNone(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	good := tokenOf(badge(did), m{"alg": "EdDSA", "kid": method}, issuerKey)
	wantVerified(t, check(t, issuers(), good))
	parts := strings.Split(string(good), ".")
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "", " none"} {
		for _, sig := range []string{"", parts[2]} {
			token := b64(m{"alg": alg, "kid": method}) + "." + parts[1] + "." + sig
			if v := check(t, issuers(), []byte(token)); v.Result == verdict.Verified || v.Result == verdict.Authentic || v.Aspects.Integrity.State == verdict.Pass {
				t.Errorf("alg %q, signature %.5q: %s", alg, sig, v.Result)
			}
		}
	}
	if v := check(t, issuers(), []byte(parts[0]+"."+parts[1]+".")); v.Result == verdict.Verified {
		t.Error("an empty signature")
	}
}

func TestAttack2AndA2SymmetricBySecretOfPublicKey(t *testing.T) {
	b := badge(httpIssuer)
	good := tokenOf(b, m{"alg": "RS256", "kid": "rsa"}, rsaKey())
	wantVerified(t, check(t, issuers(), good))
	payload := strings.Split(string(good), ".")[1]
	for _, secret := range [][]byte{[]byte(verifytest.PEM(rsaKey().Public())), verifytest.JSON(verifytest.JWK(rsaKey().Public())), rsaKey().N.Bytes()} {
		for _, alg := range []string{"HS256", "hs256", "HS512"} {
			head := b64(m{"alg": alg, "kid": "rsa"})
			token := head + "." + payload + "." + b64(hmac256(secret, head+"."+payload))
			v := check(t, issuers(), []byte(token))
			if v.Result != verdict.Rejected && v.Result != verdict.Unsupported || v.Aspects.Integrity.State == verdict.Pass {
				t.Errorf("%s: %s", alg, v.Result)
			}
		}
	}
}

func TestAttack3AlgorithmAndKey(t *testing.T) {
	w := issuers()
	w.Put("https://university.example/.well-known/jwks.json", m{"keys": []any{
		with(verifytest.JWK(rsaKey().Public()), m{"kid": "rsa", "alg": "PS256"}),
		with(verifytest.JWK(ecKey().Public()), m{"kid": "ec"}),
		m{"kid": "x", "kty": "OKP", "crv": "X25519", "x": b64(bytes.Repeat([]byte{9}, 32))},
	}})
	b := badge(httpIssuer)
	wantVerified(t, check(t, w, tokenOf(b, m{"alg": "ES256", "kid": "ec"}, ecKey())))
	for _, tc := range []struct {
		alg, kid string
		key      any
	}{
		{"RS256", "rsa", rsaKey()}, {"RS256", "ec", rsaKey()}, {"ES384", "ec", ecKey()}, {"EdDSA", "ec", issuerKey}, {"ES256", "rsa", ecKey()}, {"EdDSA", "x", issuerKey},
	} {
		if v := check(t, w, tokenOf(b, m{"alg": tc.alg, "kid": tc.kid}, tc.key)); v.Result == verdict.Verified || v.Result == verdict.Authentic {
			t.Errorf("%s by the key %s: %s", tc.alg, tc.kid, v.Result)
		}
	}
}

// TestAttack4AndA3HeaderKey forges a badge of each of twenty issuers with a
// key of the forger's in the header; the same badge by a key that stands in
// the issuer's own set is verified.
func TestAttack4AndA3HeaderKey(t *testing.T) {
	w := verifytest.NewWeb(nil)
	for i := range 20 {
		host := fmt.Sprintf("https://university%d.example", i)
		w.Put(host+"/.well-known/jwks.json", m{"keys": []any{verifytest.JWK(issuerKey.Public())}})
		w.Put(host+"/issuer", m{"id": host + "/issuer", "type": "Profile", "name": "University"})
		b := badge(host + "/issuer")
		wantVerified(t, check(t, w, tokenOf(b, m{"alg": "EdDSA", "jwk": verifytest.JWK(issuerKey.Public())}, issuerKey)))
		v := check(t, w, tokenOf(b, m{"alg": "EdDSA", "jwk": verifytest.JWK(evilKey.Public())}, evilKey))
		wantReason(t, v, verdict.Rejected, verdict.KeyNotIssuers)
		if v.Aspects.Integrity.State != verdict.Pass {
			t.Error("the signature itself is good")
		}
	}
}

func TestAttack5To6AndA5KidElsewhere(t *testing.T) {
	evilDID, evilMethod := verifytest.DIDKey(evilKey)
	w := issuers()
	w.Put("https://evil.example/key", m{"id": "https://evil.example/key", "type": "Multikey", "controller": httpIssuer, "publicKeyMultibase": verifytest.Multikey(evilKey)})
	w.Put("https://evil.example/.well-known/did.json", didDocument("did:web:evil.example", evilKey))
	for _, issuer := range []string{httpIssuer, didWeb} {
		for _, kid := range []string{
			"https://evil.example/key", evilMethod, evilDID, "did:web:evil.example#" + verifytest.Multikey(evilKey), "https://university.example@evil.example/key",
			"../../evil", "file:///etc/passwd", "' OR 1=1", "//evil.example/key", "https://university.example.evil.example/key", issuer + "/../key", issuer + "#nothing",
			"did:web:issuer.example%2f..%2fevil.example#k", strings.Repeat("k", 5000),
		} {
			v := check(t, w, tokenOf(badge(issuer), m{"alg": "EdDSA", "kid": kid}, evilKey))
			if v.Result != verdict.Rejected || v.Aspects.Issuer.State == verdict.Pass {
				t.Errorf("issuer %s, kid %.60s: %s", issuer, kid, short(v))
			}
		}
	}
	for url := range w.Asked {
		if strings.HasPrefix(url, "https://evil.example") {
			t.Errorf("%s was fetched on the forger's word", url)
		}
	}
}

func TestAttack7KeyInTheFragment(t *testing.T) {
	method := httpIssuer + "#" + verifytest.Multikey(evilKey)
	v := check(t, issuers(), verifytest.Secure(badge(httpIssuer), evilKey, method, "eddsa-rdfc-2022"))
	wantReason(t, v, verdict.Rejected, verdict.KeyNotIssuers)
	w := issuers()
	delete(w.Answers, httpIssuer)
	delete(w.Answers, "https://university.example/.well-known/jwks.json")
	v = check(t, w, verifytest.Secure(badge(httpIssuer), evilKey, method, "eddsa-rdfc-2022"))
	wantReason(t, v, verdict.Pending, verdict.HostUnreachable)
	if v.Aspects.Integrity.State != verdict.Pass || v.Aspects.Issuer.State != verdict.Unknown {
		t.Errorf("%s", short(v))
	}
}

func TestAttack8DIDKeyWithoutFragment(t *testing.T) {
	evilDID, _ := verifytest.DIDKey(evilKey)
	for _, issuer := range []string{didWeb, httpIssuer, "urn:uuid:6f2e33e5-7a29-4155-840a-59483ba10164"} {
		v := check(t, issuers(), verifytest.Secure(badge(issuer), evilKey, evilDID, "eddsa-rdfc-2022"))
		if want := issuer[:4] == "urn:"; v.Result != map[bool]Result{false: verdict.Rejected, true: verdict.Unsupported}[want] || (v.Aspects.Issuer.Reason == verdict.IssuerUnprovable) != want {
			t.Errorf("%s: %s", issuer, short(v))
		}
	}
}

func TestAttack9ControllerClaimsVictim(t *testing.T) {
	w := issuers()
	const where = "https://evil.example/keys"
	w.Put(where, m{"id": where, "controller": httpIssuer, "verificationMethod": []any{m{"id": where + "#1", "type": "Multikey", "controller": httpIssuer, "publicKeyMultibase": verifytest.Multikey(evilKey)}}, "assertionMethod": []any{where + "#1"}})
	v := check(t, w, verifytest.Secure(badge(httpIssuer), evilKey, where+"#1", "eddsa-rdfc-2022"))
	wantReason(t, v, verdict.Rejected, verdict.KeyNotIssuers)
}

// TestAttack9SharedHost: a user of the issuer's host publishes a key document
// that names the issuer as its controller.
func TestAttack9SharedHost(t *testing.T) {
	const where = "https://university.example/~mallory/key"
	w := issuers()
	w.Put(where, m{"id": where, "type": "Multikey", "controller": httpIssuer, "publicKeyMultibase": verifytest.Multikey(evilKey)})
	wantReason(t, check(t, w, verifytest.Secure(badge(httpIssuer), evilKey, where, "eddsa-rdfc-2022")), verdict.Rejected, verdict.KeyNotIssuers)
	wantReason(t, check(t, w, tokenOf(badge(httpIssuer), m{"alg": "EdDSA", "kid": where}, evilKey)), verdict.Rejected, verdict.KeyNotIssuers)
	// The issuer's own key document, which its profile lists.
	const own = "https://university.example/keys/1"
	w.Put(own, m{"id": own, "type": "Multikey", "controller": httpIssuer, "publicKeyMultibase": verifytest.Multikey(issuerKey)})
	w.Put(httpIssuer, m{"id": httpIssuer, "type": "Profile", "publicKey": own})
	wantVerified(t, check(t, w, tokenOf(badge(httpIssuer), m{"alg": "EdDSA", "kid": own}, issuerKey)))
}

// TestAttack10To12DIDDocument: a document of another DID, a key listed for
// another purpose, a key withdrawn, a key removed.
func TestAttack10To12DIDDocument(t *testing.T) {
	b := verifytest.Secure(badge(didWeb), issuerKey, webMethod(issuerKey), "eddsa-rdfc-2022")
	wantVerified(t, check(t, issuers(), b))
	method := func(change m) m {
		doc := didDocument(didWeb, issuerKey)
		maps.Copy(at(doc, "verificationMethod", 0), change)
		return doc
	}
	for desc, doc := range map[string]m{
		"id of another DID":         didDocument("did:web:victim.example", issuerKey),
		"for authentication only":   with(didDocument(didWeb, issuerKey), m{"authentication": []any{webMethod(issuerKey)}, "assertionMethod": nil}),
		"for key agreement only":    with(didDocument(didWeb, issuerKey), m{"keyAgreement": []any{webMethod(issuerKey)}, "assertionMethod": []any{}}),
		"revoked":                   method(m{"revoked": "2026-02-01T00:00:00Z"}),
		"expired":                   method(m{"expires": "2026-02-01T00:00:00Z"}),
		"removed":                   didDocument(didWeb, evilKey),
		"controller another":        method(m{"controller": "did:web:evil.example"}),
		"another key of that name":  method(m{"publicKeyMultibase": verifytest.Multikey(evilKey)}),
		"key with its private part": method(m{"publicKeyMultibase": nil, "type": "JsonWebKey", "publicKeyJwk": with(verifytest.JWK(issuerKey.Public()), m{"d": "AA"})}),
	} {
		w := issuers()
		w.Put(didWebDoc, doc)
		if v := check(t, w, b); v.Result == verdict.Verified || v.Result == verdict.Authentic || v.Aspects.Issuer.State == verdict.Pass && v.Aspects.Integrity.State == verdict.Pass {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	w := issuers()
	w.Put(didWebDoc, method(m{"revoked": "2027-02-01T00:00:00Z"}))
	wantVerified(t, check(t, w, b))
}

// TestAttack13And14OpenBadges2Keys: the tests of package ob2 (TestSigned,
// TestOpenBadges1Signed) have the variants; here through the whole Verifier.
func TestAttack13And14OpenBadges2Keys(t *testing.T) {
	key := func(owner string, k any) m {
		pub := issuerKey.Public()
		if k == "evil" {
			pub = evilKey.Public()
		}
		return m{"@context": ob2Context, "type": "CryptographicKey", "id": "https://issuer.example/key", "owner": owner, "publicKeyPem": verifytest.PEM(pub)}
	}
	w := ob2Web()
	w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"publicKey": "https://issuer.example/key"}))
	w.Put("https://issuer.example/key", key(ob2Profile, ""))
	signed := with(ob2Badge(), m{"id": "urn:uuid:1", "verification": m{"type": "signed", "creator": "https://issuer.example/key"}})
	sign := func(a m) []byte { return verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(a), issuerKey) }
	wantVerified(t, check(t, w, sign(signed)))
	forged := func(a m) []byte { return verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(a), evilKey) }
	wantReason(t, check(t, w, forged(signed)), verdict.Rejected, verdict.ProofInvalid)
	w.Put("https://evil.example/key", with(key(ob2Profile, "evil"), m{"id": "https://evil.example/key"}))
	wantReason(t, check(t, w, forged(with(signed, m{"verification": m{"type": "signed", "creator": "https://evil.example/key"}}))), verdict.Rejected, verdict.KeyNotIssuers)
	// The key comes with the token.
	withJWK := verifytest.Compact(m{"alg": "EdDSA", "jwk": verifytest.JWK(evilKey.Public())}, verifytest.JSON(signed), evilKey)
	wantReason(t, check(t, w, withJWK), verdict.Rejected, verdict.ProofInvalid)
	w.Put("https://issuer.example/key", key("https://other.example/", ""))
	wantReason(t, check(t, w, sign(signed)), verdict.Rejected, verdict.KeyNotIssuers)
	// OB 1.x: the address of the key is the signer's to choose.
	w.Put("https://evil.example/key.pem", verifytest.PEM(evilKey.Public()))
	old := m{"uid": "1", "recipient": m{"type": "email", "hashed": false, "identity": "applicant@example.org"}, "badge": ob2Class, "issuedOn": "2015-04-30",
		"verify": m{"type": "signed", "url": "https://evil.example/key.pem"}}
	wantReason(t, check(t, w, forged(old)), verdict.Rejected, verdict.KeyNotIssuers)
}

func TestAttack15WeakKeys(t *testing.T) {
	ed := verifytest.JWK(issuerKey.Public())
	for desc, jwk := range map[string]m{
		"private part":     with(ed, m{"d": b64(issuerKey.Seed())}),
		"symmetric":        {"kty": "oct", "k": b64([]byte("secret"))},
		"RSA of 1024 bits": {"kty": "RSA", "e": "AQAB", "n": b64(append([]byte{0x80}, bytes.Repeat([]byte{1}, 127)...))},
		"RSA, e = 1":       with(verifytest.JWK(rsaKey().Public()), m{"e": "AQ"}),
		"point off curve":  {"kty": "EC", "crv": "P-256", "x": b64(bytes.Repeat([]byte{1}, 32)), "y": b64(bytes.Repeat([]byte{1}, 32))},
		"for encryption":   with(ed, m{"use": "enc"}),
		"small order":      {"kty": "OKP", "crv": "Ed25519", "x": b64(append([]byte{1}, make([]byte, 31)...))},
	} {
		if _, err := proof.ParseJWK(verifytest.Clone(jwk)); err == nil {
			t.Errorf("%s: taken for a key", desc)
		}
		w := issuers()
		w.Put("https://university.example/.well-known/jwks.json", m{"keys": []any{with(jwk, m{"kid": "weak"})}})
		if v := check(t, w, tokenOf(badge(httpIssuer), m{"alg": "EdDSA", "kid": "weak"}, issuerKey)); v.Result == verdict.Verified || v.Result == verdict.Authentic {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
}

func TestAttack16AndA4HeadersAndForms(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	good := tokenOf(badge(did), m{"alg": "EdDSA", "kid": method}, issuerKey)
	wantVerified(t, check(t, issuers(), good))
	for _, h := range []m{
		{"crit": []any{"b64"}}, {"crit": []any{}}, {"crit": nil}, {"crit": []any{"anything"}, "anything": true}, {"b64": false}, {"enc": "A256GCM"},
	} {
		header := m{"alg": "EdDSA", "kid": method}
		maps.Copy(header, h)
		v := check(t, issuers(), tokenOf(badge(did), header, issuerKey))
		if v.Result != verdict.Rejected || v.Aspects.Integrity.Reason != verdict.HeaderNotAllowed {
			t.Errorf("%v: %s", h, short(v))
		}
	}
	wantReason(t, check(t, issuers(), tokenOf(badge(did), m{"alg": "EdDSA", "kid": method, "zip": "DEF"}, issuerKey)), verdict.Unsupported, verdict.SuiteUnsupported)
	// What is not understood is ignored (RFC 7515 §4), and costs conformance: of
	// Open Badges 3.0, which allows no more than four; cty is VC-JOSE-COSE's.
	for _, h := range []m{
		{"jku": "https://evil.example/jwks"}, {"x5u": "https://evil.example/x"}, {"x5c": []any{"AA"}}, {"cty": "JWT"}, {"p2c": 1 << 30}, {"anything": true}, {"x5t": "AA"},
		{"ALG": "none"}, {"iss": "did:example:another"}, {"KID": "x"},
	} {
		header := m{"alg": "EdDSA", "kid": method}
		maps.Copy(header, h)
		w := issuers()
		v := check(t, w, tokenOf(badge(did), header, issuerKey))
		wantVerified(t, v)
		told := !reflect.DeepEqual(h, m{"cty": "JWT"})
		if slices.Contains(v.Warnings, verdict.WarnHeaderIgnored) != told || (v.Aspects.Conformance.State == verdict.Fail) != told {
			t.Errorf("%v: %v, conformance %s", h, v.Warnings, v.Aspects.Conformance.State)
		}
		if w.Total() != 0 {
			t.Errorf("%v: asked %v", h, w.Asked)
		}
		if v := check(t, issuers(), tokenOf(badge(did), header, evilKey)); v.Result != verdict.Rejected || v.Reason != verdict.ProofInvalid {
			t.Errorf("%v, forged: %s", h, short(v))
		}
	}
	s := string(good)
	p := strings.Split(s, ".")
	for desc, token := range map[string]string{
		"JSON serialisation, its header unsigned": string(verifytest.JSON(m{"payload": p[1], "header": m{"alg": "EdDSA", "kid": method}, "signature": p[2]})),
		"extra dot": s + ".", "leading dot": "." + s, "spaces": p[0] + " ." + p[1] + "." + p[2], "line break": p[0] + ".\n" + p[1] + "." + p[2],
		"padding": p[0] + "=." + p[1] + "." + p[2], "JWE": s + "." + p[1] + "." + p[2], "nested": b64(m{"alg": "EdDSA", "kid": method}) + "." + b64([]byte(s)) + "." + p[2],
	} {
		if v := check(t, issuers(), []byte(token)); v.Result == verdict.Verified || v.Result == verdict.Authentic {
			t.Errorf("%s: %s", desc, v.Result)
		}
	}
}

func TestAttack19ClaimsMismatch(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	for _, layout := range []m{badge(did), badgeV1(did)} {
		at(layout, "credentialSubject")["id"] = "did:example:applicant"
		sign := func(change func(h, c m)) []byte {
			return tokenOf(layout, m{"alg": "EdDSA", "kid": method}, issuerKey, change)
		}
		wantVerified(t, check(t, issuers(), sign(func(h, c m) {})))
		for claim, values := range map[string][]any{
			"iss": {"did:example:another", 7, true, []any{did}, m{"id": "did:example:another"}}, "jti": {"urn:uuid:2", true}, "sub": {"did:example:another", 7}, "exp": {1893456001, "2030-01-02T00:00:00Z"},
		} {
			for _, value := range values {
				v := check(t, issuers(), sign(func(h, c m) { c[claim] = value }))
				wantReason(t, v, verdict.Rejected, verdict.ClaimsMismatch)
			}
		}
		// nbf is about the signature: it may be later than the badge's begin, or
		// earlier, and the later of the two counts.
		for value, want := range map[any]verdict.Warning{
			1767225600: "", 1767225601: verdict.WarnNotBefore, 1767225599: verdict.WarnNotBefore, 1790000000: verdict.WarnNotBefore, "2026-03-01": verdict.WarnNotBefore, nil: "",
		} {
			v := check(t, issuers(), sign(func(h, c m) { c["nbf"] = value }))
			wantVerified(t, v)
			if got := slices.Contains(v.Warnings, verdict.WarnNotBefore); got != (want != "") {
				t.Errorf("nbf %v: warned %v", value, got)
			}
		}
		for _, value := range []any{4102444800, 4102444800.5, "2100-01-01T00:00:00Z", "4102444800"} {
			v := check(t, issuers(), sign(func(h, c m) { c["nbf"] = value; delete(c, "exp") }))
			if v.Result != verdict.Rejected || v.Aspects.Dates.State != verdict.Fail {
				t.Errorf("nbf %v: %s", value, short(v))
			}
		}
		// What cannot be read is not passed over.
		for claim, values := range map[string][]any{"nbf": {"soon", 1e300, -1, true, []any{1767225600, 1767225601, "x"}}, "exp": {"never", m{}}} {
			for _, value := range values {
				v := check(t, issuers(), sign(func(h, c m) { c[claim] = value }))
				wantReason(t, v, verdict.Pending, verdict.DateMalformed)
				if !strings.Contains(v.Aspects.Dates.Detail, claim) {
					t.Errorf("%s %v: the detail is %q", claim, value, v.Aspects.Dates.Detail)
				}
			}
		}
		// iat decides nothing.
		for value, want := range map[any]bool{"yesterday": true, "2026-01-01T00:00:00Z": true, 1767225600: false, 1767225600.5: false, nil: false} {
			v := check(t, issuers(), sign(func(h, c m) { c["iat"] = value }))
			wantVerified(t, v)
			if got := slices.Contains(v.Warnings, verdict.WarnIssuedAt); got != want {
				t.Errorf("iat %v: warned %v", value, got)
			}
		}
	}
	// A subject without an id: sub must be one of its identifiers, or absent.
	b := badgeV1(did)
	sub := func(s string) []byte {
		return tokenOf(b, m{"alg": "EdDSA", "kid": method}, issuerKey, func(h, c m) { c["sub"] = s })
	}
	wantReason(t, check(t, issuers(), sub("somebody")), verdict.Rejected, verdict.ClaimsMismatch)
	wantVerified(t, check(t, issuers(), sub(sha("applicant@example.orgpepper"))))
}

func TestAttack20TwoCredentialsInOneToken(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	b := badgeV1(did)
	for _, extra := range []m{{"credentialSubject": m{"id": "x"}}, {"issuer": did}, {"@context": b["@context"]}} {
		v := check(t, issuers(), tokenOf(b, m{"alg": "EdDSA", "kid": method}, issuerKey, func(h, c m) { maps.Copy(c, extra) }))
		wantReason(t, v, verdict.Rejected, verdict.Ambiguous)
	}
	v := check(t, issuers(), tokenOf(b, m{"alg": "EdDSA", "kid": method}, issuerKey, func(h, c m) { c["vc"] = "text" }))
	if v.Result == verdict.Verified {
		t.Errorf("vc is no object: %s", short(v))
	}
}

func TestAttack21ExpiryOutlived(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	for _, tc := range []struct {
		desc   string
		b      m
		exp    any
		reason Reason
	}{
		{"exp later than the end, VCDM 2.0", with(badge(did), m{"validUntil": "2026-02-01T00:00:00Z"}), 1893456000, verdict.ClaimsMismatch},
		{"exp later than the end, VCDM 1.1", with(badgeV1(did), m{"expirationDate": "2026-02-01T00:00:00Z"}), 1893456000, verdict.ClaimsMismatch},
		{"end removed, exp past", with(badge(did), m{"validUntil": nil}), 1769904000, verdict.PastEnd},
		{"end removed, exp past, VCDM 1.1", with(badgeV1(did), m{"expirationDate": nil}), 1769904000, verdict.PastEnd},
		{"exp earlier than the end, VCDM 2.0", badge(did), 1769904000, verdict.PastEnd},
		{"exp earlier than the end, VCDM 1.1", badgeV1(did), 1769904000, verdict.PastEnd},
		{"exp removed, end past", with(badge(did), m{"validUntil": "2026-02-01T00:00:00Z"}), "remove", verdict.PastEnd},
	} {
		v := check(t, issuers(), tokenOf(tc.b, m{"alg": "EdDSA", "kid": method}, issuerKey, func(h, c m) {
			c["exp"] = tc.exp
			if tc.exp == "remove" {
				delete(c, "exp")
			}
		}))
		if want := map[bool]Result{true: verdict.Expired, false: verdict.Rejected}[tc.reason == verdict.PastEnd]; v.Result != want || v.Reason != tc.reason {
			t.Errorf("%s: %s", tc.desc, short(v))
		}
	}
}

func TestAttack22To28ThroughTheVerifier(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	for _, tc := range []struct {
		desc   string
		change func(p m)
		reason Reason
	}{
		{"22: purpose", func(p m) { p["proofPurpose"] = "authentication" }, verdict.ProofPurpose},
		{"22: no purpose", func(p m) { delete(p, "proofPurpose") }, verdict.ProofPurpose},
		{"23: created in the future", func(p m) { p["created"] = "2026-11-23T12:05:00Z" }, verdict.ProofExpired},
		{"23: expired", func(p m) { p["expires"] = "2026-11-23T11:59:59Z" }, verdict.ProofExpired},
		{"24: rests on a proof that is missing", func(p m) { p["previousProof"] = "urn:uuid:missing" }, verdict.ProofChain},
	} {
		v := check(t, issuers(), verifytest.Secure(badge(did), issuerKey, method, "eddsa-rdfc-2022", tc.change))
		if v.Result != verdict.Rejected || v.Reason != tc.reason {
			t.Errorf("%s: %s", tc.desc, short(v))
		}
	}
	// 28: unknown suites and no proof at all.
	for desc, change := range map[string]m{
		"empty list": {"proof": []any{}}, "null": {"proof": "null"}, "none": {"proof": nil},
		"unknown suite": {"proof": m{"type": "DataIntegrityProof", "cryptosuite": "trust-me-2026", "verificationMethod": method, "proofPurpose": "assertionMethod", "proofValue": "z1"}},
		"unknown type":  {"proof": m{"type": "TrustMe2026", "verificationMethod": method, "proofPurpose": "assertionMethod", "proofValue": "z1"}},
		// A kind that is not told is none that is known.
		"unknown, text":          {"proof": "trust me"},
		"unknown, without type":  {"proof": m{"verificationMethod": method, "proofPurpose": "assertionMethod", "proofValue": "z1"}},
		"unknown, without suite": {"proof": m{"type": "DataIntegrityProof", "verificationMethod": method, "proofPurpose": "assertionMethod", "proofValue": "z1"}},
		"unknown, two types":     {"proof": m{"type": []any{"DataIntegrityProof", "TrustMe2026"}, "verificationMethod": method, "proofPurpose": "assertionMethod", "proofValue": "z1"}},
		"unknown, texts":         {"proof": []any{"trust me"}},
	} {
		b := with(secured(), change)
		if desc == "null" {
			b["proof"] = nil
		}
		v := check(t, issuers(), b)
		if v.Result == verdict.Verified || v.Result == verdict.Authentic || v.Aspects.Integrity.State == verdict.Pass {
			t.Errorf("28, %s: %s", desc, short(v))
		}
		if strings.HasPrefix(desc, "unknown") && (v.Result != verdict.Unsupported || v.Reason != verdict.SuiteUnsupported || v.Aspects.Integrity.Detail == "") {
			t.Errorf("28, %s is not named: %s", desc, short(v))
		}
	}
}

// TestAttack29To36Rewritten rewrites a signed badge so that its statements and
// with them its signature stay the same, to hide from a reader of JSON when it
// ends, whose it is and that it was revoked.
func TestAttack29To36Rewritten(t *testing.T) {
	expired := secured(func(b m) { b["validUntil"] = "2026-02-01T00:00:00Z" })
	wantReason(t, check(t, issuers(), expired), verdict.Expired, verdict.PastEnd)
	rename := func(name, to string) func(b m) {
		return func(b m) { b[to] = b[name]; delete(b, name) }
	}
	for desc, change := range map[string]func(b m){
		"full IRI":     rename("validUntil", "https://www.w3.org/2018/credentials#validUntil"),
		"compact IRI":  rename("validUntil", "cred:validUntil"),
		"list of one":  func(b m) { b["validUntil"] = []any{b["validUntil"]} },
		"nested list":  func(b m) { b["validUntil"] = []any{[]any{b["validUntil"]}} },
		"value object": func(b m) { b["validUntil"] = m{"@value": b["validUntil"]} },
		"typed value": func(b m) {
			b["validUntil"] = m{"@value": b["validUntil"], "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}
		},
		"removed": func(b m) { delete(b, "validUntil") },
		"null":    func(b m) { b["validUntil"] = nil },
		"later":   func(b m) { b["validUntil"] = "2036-02-01T00:00:00Z" },
		"twice":   func(b m) { b["https://www.w3.org/2018/credentials#validUntil"] = "2036-02-01T00:00:00Z" },
		"@nest":   func(b m) { b["@nest"] = m{"validUntil": b["validUntil"]}; delete(b, "validUntil") },
		"@graph":  func(b m) { b["@graph"] = []any{} },
	} {
		b := verifytest.Clone(expired)
		change(b)
		if v := check(t, issuers(), b); v.Result != verdict.Rejected {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	// The proof lets none of these by; read all the same, each is its one value.
	for desc, change := range map[string]func(v any) any{
		"list of one": func(v any) any { return []any{v} },
		"and nothing": func(v any) any { return []any{v, nil} },
		"nested list": func(v any) any { return []any{[]any{v}} },
		"twice":       func(v any) any { return []any{v, v} },
	} {
		b := verifytest.Clone(expired)
		b["validUntil"] = change(b["validUntil"])
		if v := check(t, issuers(), b); v.Result != verdict.Rejected || v.Aspects.Dates.Reason != verdict.PastEnd {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	// Somebody else's badge, with its identifier hidden from the reader.
	theirs := secured(func(b m) {
		at(b, "credentialSubject")["identifier"] = []any{m{"type": "IdentityObject", "identityType": "emailAddress", "hashed": false, "identityHash": "other@example.org"}}
	})
	wantReason(t, check(t, issuers(), theirs), verdict.Authentic, verdict.RecipientMismatch)
	for desc, change := range map[string]func(i m){
		"list of one":  func(i m) { i["identityHash"] = []any{i["identityHash"]} },
		"and nothing":  func(i m) { i["identityHash"] = []any{i["identityHash"], nil} },
		"twice":        func(i m) { i["identityHash"] = []any{i["identityHash"], i["identityHash"]} },
		"type in list": func(i m) { i["identityType"] = []any{i["identityType"]} },
		"value object": func(i m) { i["identityHash"] = m{"@value": i["identityHash"]} },
		"text boolean": func(i m) { i["hashed"] = "false" },
		"@type":        func(i m) { i["@type"] = i["type"]; delete(i, "type") },
	} {
		b := verifytest.Clone(theirs)
		change(at(b, "credentialSubject", "identifier", 0))
		v := check(t, issuers(), b)
		otherForm := desc == "@type" && v.Result == verdict.Unsupported // which says the same
		if v.Result != verdict.Rejected && !otherForm && (v.Result != verdict.Authentic || v.Reason != verdict.RecipientMismatch) {
			t.Errorf("recipient, %s: %s", desc, short(v))
		}
	}
	// 29: a term that nobody signed; 30: an object that would be dropped; 31:
	// a context of one's own; 36: more than one.
	for desc, change := range map[string]func(b m){
		"29": func(b m) { b["gpa"] = "4.0" },
		"30": func(b m) {
			s := at(b, "credentialSubject")
			s["achievement"] = []any{m{"id": "rel", "type": []any{"Achievement"}, "name": "Doctor"}, s["achievement"]}
		},
		"31": func(b m) {
			b["@context"] = append(b["@context"].([]any), m{"Achievement": m{"@id": "https://purl.imsglobal.org/spec/vc/ob/vocab.html#Achievement"}})
		},
		"36": func(b m) { b["issuer"] = []any{m{"id": "rel", "name": "Famous University"}, b["issuer"]} },
	} {
		b := verifytest.Clone(secured())
		change(b)
		v := check(t, issuers(), b)
		if desc == "31" {
			wantReason(t, v, verdict.Unsupported, verdict.ContextNotPinned)
			continue
		}
		if v.Result != verdict.Rejected || v.Aspects.Integrity.State != verdict.Fail {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
}

func TestAttack37AndA8StrictJSON(t *testing.T) {
	text := string(verifytest.JSON(secured()))
	for desc, change := range map[string]func(s string) string{
		"duplicate name": func(s string) string {
			return strings.Replace(s, `"name":"Teamwork"`, `"name":"Doctor","name":"Teamwork"`, 1)
		},
		"name in other case": func(s string) string { return strings.Replace(s, `"validFrom"`, `"Issuer":"did:web:x","validFrom"`, 1) },
		"byte order mark":    func(s string) string { return "\ufeff" + s },
		"invalid UTF-8":      func(s string) string { return strings.Replace(s, "Teamwork", "Team\xffwork", 1) },
		"unpaired surrogate": func(s string) string { return strings.Replace(s, "Teamwork", `Team\ud800`, 1) },
		"deep": func(s string) string {
			return s[:len(s)-1] + `,"x":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}"
		},
		"huge number":         func(s string) string { return s[:len(s)-1] + `,"x":1e999}` },
		"data after the text": func(s string) string { return s + "{}" },
		"comment":             func(s string) string { return "{/**/" + s[1:] },
	} {
		if v := check(t, issuers(), []byte(change(text))); v.Result == verdict.Verified || v.Result == verdict.Authentic {
			t.Errorf("%s: %s", desc, v.Result)
		}
	}
	// In a token, a name in another case is another name.
	did, method := verifytest.DIDKey(issuerKey)
	v := check(t, issuers(), tokenOf(badge(did), m{"alg": "EdDSA", "kid": method}, issuerKey, func(h, c m) { c["Issuer"], c["ISS"] = didWeb, didWeb }))
	if v.Credential.Issuer.ID != did {
		t.Errorf("issuer read as %s", v.Credential.Issuer.ID)
	}
}

// TestAttack38LookalikeContexts: an address that looks like a specification's is
// another one. What it gives is read as a stranger's: what it repeats word for
// word is what it is, and anything else is refused.
func TestAttack38LookalikeContexts(t *testing.T) {
	var published []byte
	for _, src := range rdf.Bundle() {
		if src.URL == "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json" && src.Variant == "" {
			published = src.Data
		}
	}
	bent := verifytest.Object(string(published))
	at(bent, "@context", "Achievement", "@context")["name"] = m{"@id": "https://schema.org/description"}
	at(bent, "@context", "Achievement", "@context")["description"] = m{"@id": "https://schema.org/name"}
	for _, ctx := range []string{
		"http://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "https://purl.imsglobal.org.evil.example/spec/ob/v3p0/context-3.0.3.json",
		"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json?x", "https://purl.imsglobal.org/spec/ob/v3p0/Context-3.0.3.json", "https://evil.example/context.json",
	} {
		b := secured()
		b["@context"].([]any)[1] = ctx
		swapped := verifytest.Clone(b)
		a := at(swapped, "credentialSubject", "achievement")
		a["name"], a["description"] = a["description"], a["name"]
		w := issuers()
		w.Put(ctx, bent)
		for _, x := range []m{b, swapped} {
			v := check(t, w, x)
			if v.Result != verdict.Unsupported || v.Reason != verdict.ContextNotPinned || v.Aspects.Integrity.State != verdict.Unknown {
				t.Errorf("%s: %s", ctx, short(v))
			}
		}
		if n := w.Asked[ctx]; strings.HasPrefix(ctx, "http:") && n != 0 {
			t.Errorf("%s was asked for", ctx)
		}
		// The very text at another address says the same, and is out of form.
		w.Put(ctx, string(published))
		if v := check(t, w, swapped); v.Aspects.Integrity.State == verdict.Pass {
			t.Errorf("%s, the very text, swapped: %s", ctx, short(v))
		}
		if v := check(t, w, b); v.Aspects.Integrity.State == verdict.Pass && v.Aspects.Conformance.State != verdict.Fail {
			t.Errorf("%s, the very text: %s", ctx, short(v))
		}
	}
}

func TestAttack40RelatedResource(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	const ctx = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
	sign := func(r m) []byte {
		return tokenOf(with(badge(did), m{"relatedResource": []any{r}}), m{"alg": "EdDSA", "kid": method}, issuerKey)
	}
	wantReason(t, check(t, issuers(), sign(m{"id": ctx, "digestSRI": "sha256-AAAA"})), verdict.Rejected, verdict.ContextDiffers)
	wantReason(t, check(t, issuers(), sign(m{"id": ctx, "digestMultibase": "uEiAA"})), verdict.Rejected, verdict.ContextDiffers)
	wantVerified(t, check(t, issuers(), sign(m{"id": "https://issuer.example/picture.png", "digestSRI": "sha256-AAAA"})))
	// A schema that is not the one named by digest.
	w := issuers()
	w.Put("https://issuer.example/s.json", `{}`)
	b := with(badge(did), m{"credentialSchema": []any{m{"id": "https://issuer.example/s.json", "type": "JsonSchema", "digestSRI": "sha256-AAAA"}}})
	v := check(t, w, tokenOf(b, m{"alg": "EdDSA", "kid": method}, issuerKey))
	if v.Aspects.Conformance.Reason != verdict.SchemaMismatch {
		t.Errorf("%+v", v.Aspects.Conformance)
	}
}

func TestAttack41PermissiveSchema(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	w := issuers()
	w.Put("https://evil.example/anything.json", `{}`)
	b := with(badge(did), m{"credentialSchema": []any{m{"id": "https://evil.example/anything.json", "type": "1EdTechJsonSchemaValidator2019"}}})
	delete(at(b, "credentialSubject", "achievement"), "criteria")
	v := check(t, w, tokenOf(b, m{"alg": "EdDSA", "kid": method}, issuerKey))
	if v.Aspects.Conformance.State != verdict.Fail || v.Aspects.Conformance.Reason != verdict.SchemaInvalid {
		t.Errorf("%+v", v.Aspects.Conformance)
	}
}

func TestAttack42EditedHostedBadge(t *testing.T) {
	edited := with(ob2Badge(), m{
		"badge":   m{"type": "BadgeClass", "id": ob2Class, "name": "Doctor of Medicine", "issuer": m{"id": ob2Profile, "name": "Famous University"}},
		"expires": "2099-01-01T00:00:00Z",
	})
	v := check(t, ob2Web(), edited)
	if v.Credential.Name != "Teamwork" || v.Credential.Issuer.Name != "Example University" || !v.Credential.Expires.IsZero() {
		t.Errorf("the edited copy was read: %+v", v.Credential)
	}
	w := ob2Web()
	w.Put(ob2URL, with(ob2Badge(), m{"recipient": m{"type": "email", "hashed": false, "identity": "other@example.org"}}))
	wantReason(t, check(t, w, ob2Badge()), verdict.Authentic, verdict.RecipientMismatch)
}

func TestAttack43To45AndA19Scope(t *testing.T) {
	evil := func(change m) (*verifytest.Web, m) {
		w := ob2Web()
		a := with(with(ob2Badge(), m{"id": "https://evil.example/1"}), change)
		w.Put("https://evil.example/1", a)
		return w, a
	}
	w, a := evil(nil)
	wantReason(t, check(t, w, a), verdict.Rejected, verdict.HostNotIssuers)
	// The class on the attacker's host as well, the issuer the victim's.
	w, a = evil(m{"badge": "https://evil.example/class"})
	w.Put("https://evil.example/class", with(verifytest.Object(w.Answers[ob2Class].Body), m{"id": "https://evil.example/class"}))
	wantReason(t, check(t, w, a), verdict.Rejected, verdict.HostNotIssuers)
	// A class of the attacker's within the victim's host's answer: no issuer
	// can be put in its place by embedding him.
	w, a = evil(m{"badge": with(verifytest.Object(w.Answers[ob2Class].Body), m{"id": nil, "issuer": m{"id": ob2Profile, "type": "Profile", "name": "Example University", "verification": m{"startsWith": "https://evil.example/"}}})})
	wantReason(t, check(t, w, a), verdict.Rejected, verdict.HostNotIssuers)
	// 44: policies that a careless comparison lets through.
	for policy, where := range map[string]string{
		"https://issuer.example":  "https://issuer.example.evil.example/1",
		"https://issuer.example/": "https://issuer.example@evil.example/1",
		"https://issuer.exampl":   "https://issuer.example/1",
	} {
		w := ob2Web()
		w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"verification": m{"startsWith": policy}}))
		a := with(ob2Badge(), m{"id": where})
		w.Put(where, a)
		if v := check(t, w, a); v.Result != verdict.Rejected {
			t.Errorf("44, %s under %s: %s", where, policy, short(v))
		}
	}
	// 45: an issuer whose id is no address.
	for _, id := range []any{"urn:uuid:1", "did:example:1", "victim", nil, "ftp://issuer.example/p"} {
		w, a := evil(m{"badge": "https://evil.example/class"})
		w.Put("https://evil.example/class", with(verifytest.Object(w.Answers[ob2Class].Body), m{"id": "https://evil.example/class", "issuer": with(m{"type": "Profile", "name": "Example University"}, m{"id": id})}))
		v := check(t, w, a)
		if v.Result != verdict.Unsupported || v.Reason != verdict.IssuerUnprovable {
			t.Errorf("45, issuer %v: %s", id, short(v))
		}
	}
}

func TestAttack47Gone(t *testing.T) {
	for desc, tc := range map[string]struct {
		answer any
		reason Reason
	}{
		"410":        {verifytest.Answer{Status: 410, Body: `{"revoked":true}`}, verdict.Gone},
		"410 alone":  {verifytest.Answer{Status: 410, Type: "text/html"}, verdict.Gone},
		"revoked":    {with(ob2Badge(), m{"revoked": true}), verdict.Revoked},
		"404":        {verifytest.Answer{Status: 404, Type: "text/html", Body: "<html>"}, verdict.NotFound},
		"login page": {verifytest.Answer{Type: "text/html", Body: "<html><form>"}, verdict.NotABadge},
	} {
		w := ob2Web()
		w.Put(ob2URL, tc.answer)
		v := check(t, w, ob2Badge())
		if want := tc.reason == verdict.NotABadge; want && (v.Result != verdict.Pending || v.Reason != tc.reason) || !want && v.Result != verdict.Rejected {
			t.Errorf("%s: %s", desc, short(v))
		}
		if tc.reason == verdict.Gone && v.Aspects.Status.Reason != verdict.Revoked {
			t.Errorf("%s: status %+v", desc, v.Aspects.Status)
		}
	}
}

func TestAttack48ClassChangedLater(t *testing.T) {
	v := check(t, ob2Web(), ob2Badge())
	wantVerified(t, v)
	seen := map[string]bool{}
	for _, e := range append(v.Aspects.Integrity.Evidence, v.Aspects.Issuer.Evidence...) {
		if e.At.IsZero() || len(e.SHA256) != 64 {
			t.Errorf("evidence %+v", e)
		}
		seen[e.URL] = true
	}
	for _, u := range []string{ob2URL, ob2Class, ob2Profile} {
		if !seen[u] {
			t.Errorf("no evidence of what %s said", u)
		}
	}
}

func TestAttack49SharedHost(t *testing.T) {
	// A host of many users: one issuer's policy keeps the others out.
	w := verifytest.NewWeb(nil)
	base := ob2Web()
	const home = "https://host.example/university/"
	w.Put(home+"profile", with(verifytest.Object(base.Answers[ob2Profile].Body), m{"id": home + "profile", "verification": m{"startsWith": home}}))
	w.Put(home+"class", with(verifytest.Object(base.Answers[ob2Class].Body), m{"id": home + "class", "issuer": home + "profile"}))
	for where, want := range map[string]Result{home + "1": verdict.Verified, "https://host.example/mallory/1": verdict.Rejected, "https://host.example/university-evil/1": verdict.Rejected, home + "../mallory/1": verdict.Rejected} {
		a := with(ob2Badge(), m{"id": where, "badge": home + "class"})
		w.Put(where, a)
		if v := check(t, w, a); v.Result != want {
			t.Errorf("%s: %s", where, short(v))
		}
	}
}

// statusBadge is a badge on a status list, and its list. bits are the indexes
// that are set.
func statusBadge(entry m, listChange func(l m), by any, bits ...int) (m, *verifytest.Web) {
	did, method := verifytest.DIDKey(issuerKey)
	const where = "https://issuer.example/status/1"
	e := m{"id": where + "#94567", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "94567", "statusListCredential": where}
	maps.Copy(e, entry)
	list := m{
		"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "id": where, "type": []any{"VerifiableCredential", "BitstringStatusListCredential"},
		"issuer": did, "validFrom": "2026-01-01T00:00:00Z",
		"credentialSubject": m{"id": where + "#list", "type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": encodedList(131072, bits...)},
	}
	if listChange != nil {
		listChange(list)
	}
	w := issuers()
	switch by {
	case nil:
		w.Put(where, verifytest.Secure(list, issuerKey, method, "eddsa-rdfc-2022"))
	case "token":
		w.Put(where, string(tokenOfAny(list, m{"alg": "EdDSA", "kid": method})))
	case "nobody":
		w.Put(where, list)
	case "evil", "elsewhere":
		evilDID, evilMethod := verifytest.DIDKey(evilKey)
		list["issuer"] = evilDID
		w.Put(where, verifytest.Secure(list, evilKey, evilMethod, "eddsa-rdfc-2022"))
		if by == "elsewhere" {
			w.Put(where, verifytest.Answer{Final: "https://evil.example/status/1", Body: w.Answers[where].Body})
		}
	case "forged":
		_, evilMethod := verifytest.DIDKey(evilKey)
		w.Put(where, verifytest.Secure(list, evilKey, evilMethod, "eddsa-rdfc-2022"))
	default:
		w.Put(where, by)
	}
	return secured(func(b m) { b["credentialStatus"] = e }), w
}

func TestAttack50AndA16StatusList(t *testing.T) {
	set := func(k string, v any) func(l m) { return func(l m) { at(l, "credentialSubject")[k] = v } }
	for _, tc := range []struct {
		desc  string
		entry m
		list  func(l m)
		by    any
		bits  []int
		want  State
		why   Reason
	}{
		{"not revoked", nil, nil, nil, []int{94566, 94568}, verdict.Pass, ""},
		{"revoked", nil, nil, nil, []int{94567}, verdict.Fail, verdict.Revoked},
		{"bit 0", m{"statusListIndex": "0"}, nil, nil, []int{0}, verdict.Fail, verdict.Revoked},
		{"last bit", m{"statusListIndex": "131071"}, nil, nil, []int{131071}, verdict.Fail, verdict.Revoked},
		{"suspended", m{"statusPurpose": "suspension"}, set("statusPurpose", "suspension"), nil, []int{94567}, verdict.Fail, verdict.Suspended},
		{"other purpose", m{"statusPurpose": "suspension"}, nil, nil, nil, verdict.Unknown, verdict.StatusInvalid},
		{"index beyond", m{"statusListIndex": "131072"}, nil, nil, nil, verdict.Unknown, verdict.StatusInvalid},
		{"index huge", m{"statusListIndex": "99999999999999999999999"}, nil, nil, nil, verdict.Unknown, verdict.StatusInvalid},
		{"index negative", m{"statusListIndex": "-1"}, nil, nil, nil, verdict.Unknown, verdict.StatusUnfollowed},
		{"index a fraction", m{"statusListIndex": "1.5"}, nil, nil, nil, verdict.Unknown, verdict.StatusUnfollowed},
		{"list of 100,000", nil, set("encodedList", encodedList(100_000)), nil, nil, verdict.Pass, ""},
		{"list of 100,000, revoked", nil, set("encodedList", encodedList(100_000, 94567)), nil, nil, verdict.Fail, verdict.Revoked},
		{"list too short for the index", nil, set("encodedList", encodedList(1024)), nil, nil, verdict.Unknown, verdict.StatusInvalid},
		{"bomb", nil, set("encodedList", encodedList(1<<28)), nil, nil, verdict.Unknown, verdict.StatusInvalid},
		{"of another type", nil, set("type", "Person"), "token", nil, verdict.Unknown, verdict.StatusInvalid},
		{"unsigned", nil, nil, "nobody", nil, verdict.Unknown, verdict.StatusInvalid},
		{"signed by another in the issuer's name", nil, nil, "forged", nil, verdict.Unknown, verdict.StatusInvalid},
		{"of another issuer", nil, nil, "evil", nil, verdict.Pass, ""},
		{"of another issuer, revoked", nil, nil, "evil", []int{94567}, verdict.Fail, verdict.Revoked},
		{"of another issuer, from another host", nil, nil, "elsewhere", nil, verdict.Unknown, verdict.StatusForeign},
		{"of another issuer, from another host, revoked", nil, nil, "elsewhere", []int{94567}, verdict.Fail, verdict.Revoked},
		{"of another issuer, by another id", nil, func(l m) { l["id"] = "https://issuer.example/status/2" }, "evil", nil, verdict.Unknown, verdict.StatusForeign},
		{"unsigned, revoked", nil, nil, "nobody", []int{94567}, verdict.Fail, verdict.Revoked},
		{"signed by another in the issuer's name, revoked", nil, nil, "forged", []int{94567}, verdict.Fail, verdict.Revoked},
		{"expired", nil, func(l m) { l["validUntil"] = "2026-06-01T00:00:00Z" }, nil, nil, verdict.Unknown, verdict.StatusInvalid},
		{"not begun", nil, func(l m) { l["validFrom"] = "2027-06-01T00:00:00Z" }, nil, nil, verdict.Unknown, verdict.StatusInvalid},
		{"several bits", m{"statusSize": 2, "statusListIndex": "3", "statusMessage": []any{
			m{"status": "0x0", "message": "a"}, m{"status": "0x1", "message": "b"}, m{"status": "0x2", "message": "c"}, m{"status": "0x3", "message": "d"}}}, set("encodedList", encodedList(262144, 7)), nil, nil, verdict.Fail, verdict.Revoked},
		{"host down", nil, nil, verifytest.Answer{Err: fetch.ErrTimeout}, nil, verdict.Unknown, verdict.StatusUnreachable},
		{"page", nil, nil, verifytest.Answer{Type: "text/html", Body: "<html>"}, nil, verdict.Unknown, verdict.StatusUnreachable},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			b, w := statusBadge(tc.entry, tc.list, tc.by, tc.bits...)
			v := check(t, w, b)
			a := v.Aspects.Status
			if a.State != tc.want || a.Reason != tc.why {
				t.Errorf("status %+v", a)
			}
			if good := v.Result == verdict.Verified; good != (tc.want == verdict.Pass) {
				t.Errorf("%s", short(v))
			}
		})
	}
}

// TestAttack51To55Status: every entry counts, unknown kinds and silent hosts
// are not good, and lists of others do not count.
func TestAttack51To55Status(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	id := badge(did)["id"]
	const ims = "https://issuer.example/revoked"
	edtech := m{"id": ims, "type": "1EdTechRevocationList"}
	list := func(name string, entries ...any) m { return m{"id": ims, "issuer": did, name: entries} }
	revoked, w := statusBadge(nil, nil, nil, 94567)
	second := at(revoked, "credentialStatus")
	for _, tc := range []struct {
		desc   string
		status any
		list   any
		want   State
		why    Reason
	}{
		{"51: second of two", []any{edtech, second}, list("revokedCredential"), verdict.Fail, verdict.Revoked},
		{"51: first of two", []any{second, edtech}, list("revokedCredential"), verdict.Fail, verdict.Revoked},
		{"52: StatusList2021 is asked for", m{"id": "https://issuer.example/s#1", "type": "StatusList2021Entry", "statusPurpose": "revocation", "statusListIndex": "1", "statusListCredential": "https://issuer.example/s"}, nil, verdict.Unknown, verdict.StatusUnreachable},
		{"52: a kind that is not known", m{"id": "https://issuer.example/x", "type": "MyOwnStatus"}, nil, verdict.Unknown, verdict.StatusUnknownType},
		{"52: listed", edtech, list("revokedCredential", m{"id": id}), verdict.Fail, verdict.Revoked},
		{"53: host down", edtech, verifytest.Answer{Err: fetch.ErrTimeout}, verdict.Unknown, verdict.StatusUnreachable},
		{"53: 404", edtech, verifytest.Answer{Status: 404}, verdict.Unknown, verdict.StatusUnreachable},
		{"54: of another issuer", edtech, m{"id": ims, "issuer": didWeb, "revokedCredential": []any{}}, verdict.Pass, ""},
		{"54: of another issuer, not by its id", edtech, m{"issuer": didWeb, "revokedCredential": []any{}}, verdict.Unknown, verdict.StatusForeign},
		{"54: of another issuer, listed", edtech, m{"issuer": didWeb, "revokedCredential": []any{m{"id": id}}}, verdict.Fail, verdict.Revoked},
		{"54: without issuer", edtech, m{"revokedCredential": []any{}}, verdict.Unknown, verdict.StatusInvalid},
		{"54: over http", m{"id": "http://issuer.example/revoked", "type": "1EdTechRevocationList"}, nil, verdict.Unknown, verdict.StatusUnfollowed},
		{"54: in the plural", edtech, list("revokedCredentials", m{"id": id}), verdict.Fail, verdict.Revoked},
		{"not listed", edtech, list("revokedCredential", m{"id": "urn:uuid:2"}), verdict.Pass, ""},
		{"taken back", edtech, list("revokedCredential", m{"id": id, "revoked": false}), verdict.Pass, ""},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			if tc.list != nil {
				w.Put(ims, tc.list)
			}
			// As a token, so that kinds without a context can be signed.
			v := check(t, w, tokenOf(with(badge(did), m{"credentialStatus": tc.status}), m{"alg": "EdDSA", "kid": method}, issuerKey))
			if a := v.Aspects.Status; a.State != tc.want || a.Reason != tc.why {
				t.Errorf("status %+v", a)
			}
			if good := v.Result == verdict.Verified; good != (tc.want == verdict.Pass) {
				t.Errorf("%s", short(v))
			}
			if want := map[bool]Result{false: verdict.Pending, true: verdict.Unsupported}[tc.why.Lasting()]; tc.want == verdict.Unknown && v.Result != want {
				t.Errorf("unknown is %s", v.Result)
			}
		})
	}
}

func TestAttack56AndA20RefreshToAnother(t *testing.T) {
	_, method := verifytest.DIDKey(issuerKey)
	evilDID, evilMethod := verifytest.DIDKey(evilKey)
	const where = "https://issuer.example/refresh"
	old := secured(func(b m) {
		b["refreshService"] = m{"id": where, "type": "1EdTechCredentialRefresh"}
		at(b, "credentialSubject")["id"] = "did:example:applicant"
	})
	grand := func(b m) m {
		at(b, "credentialSubject")["id"] = "did:example:applicant"
		at(b, "credentialSubject", "achievement")["name"] = "Doctor"
		return with(b, m{"validFrom": "2026-06-01T00:00:00Z"})
	}
	did, _ := verifytest.DIDKey(issuerKey)
	other := grand(badge(did))
	at(other, "credentialSubject")["id"] = "did:example:somebody-else"
	for desc, forged := range map[string]m{
		"another issuer":        verifytest.Secure(grand(badge(evilDID)), evilKey, evilMethod, "eddsa-rdfc-2022"),
		"by another's key":      verifytest.Secure(grand(badge(did)), evilKey, evilMethod, "eddsa-rdfc-2022"),
		"about another subject": verifytest.Secure(other, issuerKey, method, "eddsa-rdfc-2022"),
	} {
		w := issuers()
		w.Put(where, forged)
		v := check(t, w, old)
		if v.Credential.Name != "Teamwork" || v.Credential.Issuer.ID != did {
			t.Errorf("%s: %+v", desc, v.Credential)
		}
	}
}

func TestAttack57SomebodyElses(t *testing.T) {
	theirs := func(i m) m {
		return secured(func(b m) { at(b, "credentialSubject")["identifier"] = []any{i} })
	}
	id := m{"type": "IdentityObject", "identityType": "emailAddress", "hashed": true, "salt": "pepper", "identityHash": sha("other@example.orgpepper")}
	wantReason(t, check(t, issuers(), theirs(id)), verdict.Authentic, verdict.RecipientMismatch)
	wantReason(t, check(t, issuers(), theirs(with(id, m{"salt": nil, "hashed": false, "identityHash": "other@example.org"}))), verdict.Authentic, verdict.RecipientMismatch)
	// The right address, with the wrong salt.
	wantReason(t, check(t, issuers(), theirs(with(id, m{"identityHash": sha("applicant@example.org")}))), verdict.Authentic, verdict.RecipientMismatch)
	w := ob2Web()
	w.Put(ob2URL, with(ob2Badge(), m{"recipient": m{"type": "email", "hashed": true, "salt": "pepper", "identity": sha("other@example.orgpepper")}}))
	wantReason(t, check(t, w, ob2Badge()), verdict.Authentic, verdict.RecipientMismatch)
}

func TestAttack60AndA14AndA15OthersBadge(t *testing.T) {
	b := secured()
	verified := 0
	for i := range 50 {
		who := Applicant{Emails: []string{fmt.Sprintf("applicant%d@example.org", i)}, Name: "Ada Example"}
		if i == 7 {
			who = applicant
		}
		v := checkFor(t, issuers(), b, who)
		switch v.Result {
		case verdict.Verified:
			verified++
		case verdict.Authentic:
			if v.Reason != verdict.RecipientMismatch {
				t.Errorf("%d: %s", i, short(v))
			}
		default:
			t.Errorf("%d: %s", i, short(v))
		}
	}
	if verified != 1 {
		t.Errorf("one badge is verified for %d applicants of 50", verified)
	}
	// Nobody told who the applicant is: real, and nobody's in particular.
	wantReason(t, checkFor(t, issuers(), b, Applicant{}), verdict.Authentic, "")
}

func TestAttack62AndA21AmbiguousCarrier(t *testing.T) {
	v := newVerifier(t, issuers(), nil)
	a := Assertion{Payload: verifytest.JSON(secured()), Ambiguous: "two payloads in one picture"}
	got := judged(t, v, a, applicant)
	wantReason(t, got, verdict.Rejected, verdict.Ambiguous)
	if got.Aspects.Conformance.State != verdict.Fail {
		t.Errorf("conformance %+v", got.Aspects.Conformance)
	}
	a.Ambiguous = ""
	got = judged(t, v, a, applicant)
	wantVerified(t, got)
	// 62: the picture around a badge is not signed, so nothing is read from it:
	// a badge without its own picture names none.
	if got.Credential.Image != "" {
		t.Errorf("image %q", got.Credential.Image)
	}
}

// TestAttack63Addresses: whatever a badge names is fetched through the guarded
// Fetcher only, and what the guard refuses is no verdict about the badge.
func TestAttack63Addresses(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	sign := func(change m) []byte {
		return tokenOf(with(badge(did), change), m{"alg": "EdDSA", "kid": method}, issuerKey)
	}
	for _, target := range []string{"https://127.0.0.1/x", "https://[::1]/x", "https://169.254.169.254/latest/meta-data", "https://10.0.0.1:8443/x", "http://[::ffff:127.0.0.1]/x"} {
		w := issuers()
		w.Put(target, verifytest.Answer{Err: fetch.ErrForbidden})
		for desc, payload := range map[string]any{
			"status":  sign(m{"credentialStatus": m{"id": target, "type": "1EdTechRevocationList"}}),
			"list":    sign(m{"credentialStatus": m{"id": target + "#1", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "1", "statusListCredential": target}}),
			"schema":  sign(m{"credentialSchema": []any{m{"id": target, "type": "JsonSchema"}}}),
			"refresh": sign(m{"refreshService": m{"id": target, "type": "1EdTechCredentialRefresh"}}),
			"hosted":  with(ob2Badge(), m{"id": target}),
			"issuer":  verifytest.Secure(badge(target), issuerKey, target+"#k", "eddsa-rdfc-2022"),
		} {
			v := check(t, w, payload)
			if v.Result == verdict.Verified && desc != "schema" && desc != "refresh" {
				t.Errorf("%s at %s: %s", desc, target, v.Result)
			}
		}
	}
	// did:web with a host that is an address or has a path in it.
	for _, d := range []string{"did:web:127.0.0.1", "did:web:localhost%3A8080", "did:web:evil.example%2fvictim.example", "did:web:issuer.example@evil.example"} {
		w := issuers()
		v := check(t, w, verifytest.Secure(badge(d), issuerKey, d+"#"+verifytest.Multikey(issuerKey), "eddsa-rdfc-2022"))
		if v.Result == verdict.Verified || v.Result == verdict.Authentic {
			t.Errorf("%s: %s", d, v.Result)
		}
	}
}

func TestAttack64FanOut(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	evilDID, evilMethod := verifytest.DIDKey(evilKey)
	w := issuers()
	endorsed := badge(did)
	var many []any
	for i := range 25 {
		e := m{
			"@context": endorsed["@context"], "id": fmt.Sprintf("urn:uuid:e%d", i), "type": []any{"VerifiableCredential", "EndorsementCredential"},
			"issuer": m{"id": evilDID, "type": []any{"Profile"}}, "validFrom": "2026-01-01T00:00:00Z", "name": "e",
			"credentialSubject": m{"id": endorsed["id"], "type": []any{"EndorsementSubject"}},
			"credentialStatus":  m{"id": fmt.Sprintf("https://evil.example/%d", i), "type": "1EdTechRevocationList"},
		}
		many = append(many, string(tokenOf(e, m{"alg": "EdDSA", "kid": evilMethod}, evilKey)))
	}
	endorsed["endorsementJwt"] = many
	v := check(t, w, tokenOf(endorsed, m{"alg": "EdDSA", "kid": method}, issuerKey))
	wantVerified(t, v)
	if w.Total() > DefaultFetches || len(v.Endorsements) > 8 || !slices.Contains(v.Warnings, verdict.WarnTruncated) {
		t.Errorf("%d requests, %d endorsements, %v", w.Total(), len(v.Endorsements), v.Warnings)
	}
	// A record of very many credentials, each of which names a host.
	var inner []any
	for i := range 300 {
		inner = append(inner, with(verifytest.Secure(with(badge(fmt.Sprintf("did:web:h%d.example", i)), m{"id": fmt.Sprintf("urn:uuid:%d", i)}), evilKey, fmt.Sprintf("did:web:h%d.example#k", i), "eddsa-jcs-2022"), nil))
	}
	clr := clrOf(did, inner...)
	w = issuers()
	v = check(t, w, verifytest.Secure(clr, issuerKey, method, "eddsa-jcs-2022"))
	if v.Aspects.Integrity.State != verdict.Pass || len(v.Contained) == 0 {
		t.Fatalf("%s", short(v))
	}
	if w.Total() > DefaultFetches || len(v.Contained) > 100 {
		t.Errorf("%d requests, %d inner credentials", w.Total(), len(v.Contained))
	}
	// A class that names itself, and a loop of two.
	loop := ob2Web()
	loop.Put(ob2Class, with(verifytest.Object(loop.Answers[ob2Class].Body), m{"issuer": ob2Class}))
	if v := check(t, loop, ob2Badge()); v.Result == verdict.Verified && v.Aspects.Conformance.State == verdict.Pass || loop.Total() > DefaultFetches {
		t.Errorf("a class that is its own issuer: %s, %d requests", short(v), loop.Total())
	}
}

func TestAttack65Endorsements(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	otherDID, otherMethod := verifytest.DIDKey(verifytest.Ed25519(5))
	base := badge(did)
	id := base["id"].(string)
	key := verifytest.Ed25519(5)
	revoked := with(endorse(otherDID, id), m{"credentialStatus": m{"id": "https://issuer.example/e-revoked", "type": "1EdTechRevocationList"}})
	for _, tc := range []struct {
		desc   string
		e      any
		result Result
		reason Reason
	}{
		{"sound", verifytest.Secure(endorse(otherDID, id), key, otherMethod, "eddsa-rdfc-2022"), verdict.Authentic, ""},
		{"of another subject", verifytest.Secure(endorse(otherDID, "urn:uuid:2"), key, otherMethod, "eddsa-rdfc-2022"), verdict.Rejected, verdict.RecipientMismatch},
		{"by the issuer itself", verifytest.Secure(endorse(did, id), issuerKey, method, "eddsa-rdfc-2022"), verdict.Rejected, verdict.SelfEndorsed},
		{"forged", verifytest.Secure(endorse(otherDID, id), evilKey, otherMethod, "eddsa-rdfc-2022"), verdict.Rejected, verdict.ProofInvalid},
		{"revoked", verifytest.Secure(revoked, key, otherMethod, "eddsa-rdfc-2022"), verdict.Rejected, verdict.Revoked},
		{"expired", verifytest.Secure(with(endorse(otherDID, id), m{"validUntil": "2026-02-01T00:00:00Z"}), key, otherMethod, "eddsa-rdfc-2022"), verdict.Expired, verdict.PastEnd},
		{"no endorsement", string(tokenOf(badge(otherDID), m{"alg": "EdDSA", "kid": otherMethod}, key)), verdict.Rejected, verdict.NotABadge},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			w := issuers()
			w.Put("https://issuer.example/e-revoked", m{"issuer": otherDID, "revokedCredential": []any{m{"id": "urn:uuid:e"}}})
			member := "endorsement"
			if _, ok := tc.e.(string); ok {
				member = "endorsementJwt"
			}
			v := check(t, w, secured(func(b m) { b[member] = []any{tc.e} }))
			wantVerified(t, v)
			if len(v.Endorsements) != 1 || v.Endorsements[0].Result != tc.result || v.Endorsements[0].Reason != tc.reason {
				t.Errorf("%+v", v.Endorsements)
			}
			// An endorsement raises nothing: a badge that is somebody else's stays so.
			if v := checkFor(t, w, secured(func(b m) { b[member] = []any{tc.e} }), Applicant{Emails: []string{"other@example.org"}}); v.Result != verdict.Authentic || v.Reason != verdict.RecipientMismatch {
				t.Errorf("%s", short(v))
			}
		})
	}
}

func TestAttack66Creator(t *testing.T) {
	v := check(t, issuers(), secured(func(b m) {
		at(b, "credentialSubject", "achievement")["creator"] = m{"id": "https://famous.example/", "type": []any{"Profile"}, "name": "Famous University"}
	}))
	wantVerified(t, v)
	if v.Credential.Issuer.Name == "Famous University" || v.Credential.Creator.ID != "https://famous.example/" || !slices.Contains(v.Warnings, verdict.WarnOtherCreator) {
		t.Errorf("%+v %v", v.Credential, v.Warnings)
	}
}

// TestAttack67Reuse: a Verifier keeps nothing that makes one judgment another's.
func TestAttack67Reuse(t *testing.T) {
	b, w := statusBadge(nil, nil, nil)
	v := newVerifier(t, w, nil)
	a := Assertion{Payload: verifytest.JSON(b)}
	wantVerified(t, judged(t, v, a, applicant))
	wantReason(t, judged(t, v, a, Applicant{Emails: []string{"other@example.org"}}), verdict.Authentic, verdict.RecipientMismatch)
	// Revoked meanwhile: the list says so on the next question.
	_, later := statusBadge(nil, nil, nil, 94567)
	w.Put("https://issuer.example/status/1", later.Answers["https://issuer.example/status/1"])
	wantReason(t, judged(t, v, a, applicant), verdict.Rejected, verdict.Revoked)
	// The key rotated out of the DID document.
	web := verifytest.Secure(badge(didWeb), issuerKey, webMethod(issuerKey), "eddsa-rdfc-2022")
	wantVerified(t, judged(t, v, Assertion{Payload: verifytest.JSON(web)}, applicant))
	w.Put(didWebDoc, didDocument(didWeb, evilKey))
	wantReason(t, judged(t, v, Assertion{Payload: verifytest.JSON(web)}, applicant), verdict.Rejected, verdict.KeyNotIssuers)
	// Unreachable once, reachable again.
	w.Put(didWebDoc, verifytest.Answer{Err: fetch.ErrTimeout})
	wantReason(t, judged(t, v, Assertion{Payload: verifytest.JSON(web)}, applicant), verdict.Pending, verdict.HostUnreachable)
	w.Put(didWebDoc, didDocument(didWeb, issuerKey))
	wantVerified(t, judged(t, v, Assertion{Payload: verifytest.JSON(web)}, applicant))
}

func TestAttackA6AndA7Tokens(t *testing.T) {
	w := issuers()
	for desc, token := range map[string][]byte{
		"a million dots":  bytes.Repeat([]byte("."), 1_000_000),
		"50 MB":           append([]byte("e"), make([]byte, 50<<20)...),
		"JWE":             []byte("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d"),
		"nested JWE":      []byte(b64(m{"alg": "PBES2-HS256+A128KW", "p2c": 1 << 31, "enc": "A256GCM"}) + ".a.b.c.d"),
		"deflated":        []byte(b64(m{"alg": "EdDSA", "zip": "DEF"}) + "." + b64(bytes.Repeat([]byte{0}, 1000)) + ".AA"),
		"payload no JSON": verifytest.Compact(m{"alg": "EdDSA", "kid": "k"}, []byte("hello"), issuerKey),
	} {
		start := time.Now()
		v := check(t, w, token)
		if v.Result == verdict.Verified || v.Result == verdict.Authentic || v.Aspects.Integrity.State == verdict.Pass {
			t.Errorf("%s: %s", desc, v.Result)
		}
		t.Logf("%s: %v", desc, time.Since(start)) // told, not judged: machines differ
	}
	if w.Total() != 0 {
		t.Error("something was fetched for a token that is none")
	}
}

// TestAttackA10Binding: of all combinations of issuer, key, purpose and
// relationship, the ones that pass are those in which all four are right.
func TestAttackA10Binding(t *testing.T) {
	keyDID, keyMethod := verifytest.DIDKey(issuerKey)
	_, evilMethod := verifytest.DIDKey(evilKey)
	const other = "did:web:other.example"
	passed := 0
	for _, issuer := range []string{didWeb, other, keyDID, httpIssuer} {
		for _, method := range []string{webMethod(issuerKey), other + "#" + verifytest.Multikey(evilKey), keyMethod, evilMethod} {
			for _, purpose := range []string{"assertionMethod", "authentication", ""} {
				for _, relationship := range []string{"assertionMethod", "authentication", "none"} {
					w := issuers()
					doc := didDocument(didWeb, issuerKey)
					if relationship != "assertionMethod" {
						doc[relationship] = doc["assertionMethod"]
						delete(doc, "assertionMethod")
						if relationship == "none" {
							delete(doc, "none")
							doc["authentication"] = []any{}
						}
					}
					w.Put(didWebDoc, doc)
					key := issuerKey
					if method == evilMethod || strings.HasPrefix(method, other) {
						key = evilKey
					}
					b := verifytest.Secure(badge(issuer), key, method, "eddsa-rdfc-2022", func(p m) {
						p["proofPurpose"] = purpose
						if purpose == "" {
							delete(p, "proofPurpose")
						}
					})
					good := check(t, w, b).Result == verdict.Verified
					want := purpose == "assertionMethod" && (issuer == didWeb && method == webMethod(issuerKey) && relationship == "assertionMethod" ||
						issuer == keyDID && method == keyMethod)
					if good != want {
						t.Errorf("issuer %s, method %s, purpose %q, listed under %q: %v", issuer, method, purpose, relationship, good)
					}
					if good {
						passed++
					}
				}
			}
		}
	}
	// One cell for the did:web, and one for each listing of the did:key, whose
	// document is its name.
	if passed != 1+3 {
		t.Errorf("%d combinations pass", passed)
	}
}

// TestAttackA11Mixtures: proofs beside each other. One good proof suffices and
// the bad one is told; a token around a stranger's badge makes it nobody's.
func TestAttackA11Mixtures(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	evilDID, evilMethod := verifytest.DIDKey(evilKey)
	good := secured()
	both := verifytest.Secure(good, evilKey, evilMethod, "eddsa-rdfc-2022")
	wantVerified(t, check(t, issuers(), both)) // the issuer signed; another did as well
	broken := verifytest.Clone(both)
	at(broken, "proof", 1)["proofValue"] = at(broken, "proof", 0)["proofValue"]
	v := check(t, issuers(), broken)
	wantVerified(t, v)
	if !slices.Contains(v.Warnings, verdict.WarnMalformedProof) {
		t.Errorf("a bad proof is not told: %v", v.Warnings)
	}
	at(broken, "proof", 0)["proofValue"] = at(both, "proof", 1)["proofValue"]
	wantReason(t, check(t, issuers(), broken), verdict.Rejected, verdict.ProofInvalid)
	// Only the stranger's proof is good.
	stranger := verifytest.Secure(badge(did), evilKey, evilMethod, "eddsa-rdfc-2022")
	wantReason(t, check(t, issuers(), stranger), verdict.Rejected, verdict.KeyNotIssuers)
	// A token by the forger around the issuer's signed badge.
	wrapped := tokenOf(good, m{"alg": "EdDSA", "kid": evilMethod}, evilKey)
	wantReason(t, check(t, issuers(), wrapped), verdict.Rejected, verdict.KeyNotIssuers)
	// A token by the issuer with a forged proof within: signed, and told.
	inner := verifytest.Secure(badge(did), evilKey, method, "eddsa-rdfc-2022")
	v = check(t, issuers(), tokenOf(inner, m{"alg": "EdDSA", "kid": method}, issuerKey))
	wantVerified(t, v)
	if !slices.Contains(v.Warnings, verdict.WarnMalformedProof) {
		t.Errorf("a forged proof in a token is not told: %v", v.Warnings)
	}
	_ = evilDID
}

func TestAttackA12AndA13ThroughTheVerifier(t *testing.T) {
	b := secured()
	at(b, "credentialSubject")["skill"] = "Surgery"
	wantReason(t, check(t, issuers(), b), verdict.Rejected, verdict.DataLoss)
	// A clique of nodes without names: stopped, and said so.
	var nodes []any
	for i := range 11 {
		var others []any
		for j := range 11 {
			if i != j {
				others = append(others, m{"id": fmt.Sprintf("_:n%d", j), "type": []any{"Related"}})
			}
		}
		nodes = append(nodes, m{"id": fmt.Sprintf("_:n%d", i), "type": []any{"Achievement"}, "related": others})
	}
	b = secured()
	at(b, "credentialSubject")["achievement"] = nodes
	if v := check(t, issuers(), b); v.Result != verdict.Rejected || v.Aspects.Integrity.State != verdict.Fail {
		t.Errorf("%s", short(v))
	}
}

func TestAttackA17TimeGames(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	for skew, want := range map[time.Duration]Result{
		-10 * time.Minute: verdict.Verified, -time.Minute: verdict.Verified, 0: verdict.Verified, 30 * time.Second: verdict.Verified, time.Minute: verdict.Verified,
		61 * time.Second: verdict.Rejected, 5 * time.Minute: verdict.Rejected, 10 * time.Minute: verdict.Rejected,
	} {
		from := verifytest.Now.Add(skew)
		b := with(badge(did), m{"validFrom": from.Format(time.RFC3339)})
		if v := check(t, issuers(), verifytest.Secure(b, issuerKey, method, "eddsa-rdfc-2022")); v.Result != want {
			t.Errorf("begins %v from now: %s", skew, short(v))
		}
		v := check(t, issuers(), tokenOf(b, m{"alg": "EdDSA", "kid": method}, issuerKey, func(h, c m) { c["nbf"] = from.Unix() }))
		if v.Result != want {
			t.Errorf("nbf %v from now: %s", skew, short(v))
		}
	}
	// Expiry has no grace: what is over is over.
	for skew, want := range map[time.Duration]Result{time.Second: verdict.Verified, 0: verdict.Expired, -time.Second: verdict.Expired} {
		b := with(badge(did), m{"validUntil": verifytest.Now.Add(skew).Format(time.RFC3339)})
		if v := check(t, issuers(), verifytest.Secure(b, issuerKey, method, "eddsa-rdfc-2022")); v.Result != want {
			t.Errorf("ends %v from now: %s", skew, short(v))
		}
	}
}
