package verify

import (
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// TestEndOfAKey: until when a key may be used is a date in any spelling, to its end, and
// "never" is the last that there is.
func TestEndOfAKey(t *testing.T) {
	const keyURL = "https://issuer.example/key"
	for _, tc := range []struct {
		end  any
		good bool
	}{
		{"2099", true}, {"2026", true}, {"2026-11-23", true}, {253402300799, true}, {"253402300800", true}, {999999999999, true}, {4070908800000, true}, {"9999-12-31", true},
		{"2025", false}, {"2025-12-31", false}, {1577836800, false}, {1577836800000, false}, {true, false}, {2099, false}, {"soon", false},
	} {
		w := ob2Web()
		w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"publicKey": keyURL}))
		w.Put(keyURL, m{"@context": ob2Context, "type": "CryptographicKey", "id": keyURL, "owner": ob2Profile, "publicKeyPem": verifytest.PEM(issuerKey.Public()), "expires": tc.end})
		if v := check(t, w, signedOB2()); (v.Result == verdict.Verified) != tc.good {
			t.Errorf("Open Badges 2.0, expires %v: %s", tc.end, short(v))
		}
		w = issuers()
		doc := didDocument(didWeb, issuerKey)
		at(doc, "verificationMethod", 0)["expires"] = tc.end
		w.Put(didWebDoc, doc)
		if v := check(t, w, named(badge(didWeb), webMethod(issuerKey), issuerKey)); (v.Result == verdict.Verified) != tc.good {
			t.Errorf("did:web, expires %v: %s", tc.end, short(v))
		}
	}
}

// TestEndNever: a badge that ends never, as software writes that in seconds, has not run
// out, and its end does not lie before its beginning.
func TestEndNever(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	for _, never := range []any{253402300799, 253402300800, 999999999999, "253402300799"} {
		w := ob2Web()
		b := with(ob2Badge(), m{"expires": never})
		w.Put(ob2URL, b)
		wantVerified(t, check(t, w, b))
		claims := with(badge(did), m{"validUntil": nil, "exp": never})
		wantVerified(t, check(t, issuers(), verifytest.Compact(m{"alg": "EdDSA", "kid": method}, verifytest.JSON(claims), issuerKey)))
	}
	// What may be a day and a time that are over is no such end.
	for _, over := range []any{202501012359, "202501012359", 250101235959, "250101235959"} {
		w := ob2Web()
		b := with(ob2Badge(), m{"expires": over})
		w.Put(ob2URL, b)
		wantReason(t, check(t, w, b), verdict.Pending, verdict.DateMalformed)
	}
}

// TestKeyInAList: a key of Open Badges 2 in a list of one is that key; of two, two
// readers would take two.
func TestKeyInAList(t *testing.T) {
	const keyURL = "https://issuer.example/key"
	mine, his := verifytest.PEM(issuerKey.Public()), verifytest.PEM(evilKey.Public())
	for _, tc := range []struct {
		pem  any
		want Result
	}{{[]any{mine}, verdict.Verified}, {[]any{his, mine}, verdict.Pending}, {[]any{mine, his}, verdict.Pending}, {[]any{}, verdict.Pending}, {[]any{his}, verdict.Rejected}, {m{"pem": mine}, verdict.Pending}} {
		w := ob2Web()
		w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"publicKey": keyURL}))
		w.Put(keyURL, m{"@context": ob2Context, "type": "CryptographicKey", "id": keyURL, "owner": ob2Profile, "publicKeyPem": tc.pem})
		if v := check(t, w, signedOB2()); v.Result != tc.want {
			t.Errorf("%.40v: %s", tc.pem, short(v))
		}
	}
}

// TestKeyOfAnotherLength: what stands for a raw key and is none says nothing of who
// signed.
func TestKeyOfAnotherLength(t *testing.T) {
	w := issuers()
	doc := didDocument(didWeb, issuerKey)
	method := at(doc, "verificationMethod", 0)
	delete(method, "publicKeyMultibase")
	method["type"], method["publicKeyBase58"] = "Ed25519VerificationKey2018", verifytest.Multikey(issuerKey)[1:]
	w.Put(didWebDoc, doc)
	wantReason(t, check(t, w, named(badge(didWeb), webMethod(issuerKey), issuerKey)), verdict.Pending, verdict.KeyUnavailable)
}

// TestNoCredentialWithin: what stands in the place of a credential and is neither an
// object nor a token is no forgery; it is told as what cannot be read. A token that
// nobody may accept is refused there, too.
func TestNoCredentialWithin(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	unsigned := func(alg string) string {
		parts := strings.Split(string(verifytest.Compact(m{"alg": alg, "kid": method}, verifytest.JSON(badge(did)), issuerKey)), ".")
		return parts[0] + "." + parts[1] + "."
	}
	for _, tc := range []struct {
		desc   string
		inner  any
		result Result
		reason Reason
	}{
		{"an address", "https://issuer.example/credentials/1", verdict.Unsupported, verdict.PayloadUnreadable},
		{"a URN", "urn:uuid:11111111-1111-4111-8111-111111111111", verdict.Unsupported, verdict.PayloadUnreadable},
		{"a word", "rubbish", verdict.Unsupported, verdict.PayloadUnreadable},
		{"a number", 7, verdict.Unsupported, verdict.PayloadUnreadable},
		{"an envelope of nothing", m{"type": "EnvelopedVerifiableCredential", "id": "urn:uuid:1"}, verdict.Unsupported, verdict.PayloadUnreadable},
		{"a token without an algorithm", unsigned("none"), verdict.Rejected, verdict.HeaderNotAllowed},
		{"a token with a symmetric one", unsigned("HS256"), verdict.Rejected, verdict.HeaderNotAllowed},
		{"a badge that was changed", with(secured(), m{"name": "Surgeon"}), verdict.Rejected, verdict.ProofInvalid},
	} {
		vp := m{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation"}, "verifiableCredential": []any{tc.inner}}
		clr := verifytest.Compact(m{"alg": "EdDSA", "kid": method}, verifytest.JSON(clrOf(did, tc.inner)), issuerKey)
		for where, v := range map[string]Verdict{"a presentation": check(t, issuers(), vp), "a record": check(t, issuers(), clr)} {
			if len(v.Contained) != 1 {
				t.Errorf("%s in %s: %d within", tc.desc, where, len(v.Contained))
				continue
			}
			wantReason(t, v.Contained[0], tc.result, tc.reason)
		}
		// As an endorsement it is no word against anybody either.
		v := check(t, issuers(), verifytest.Compact(m{"alg": "EdDSA", "kid": method}, verifytest.JSON(with(badge(did), m{"endorsement": []any{tc.inner}})), issuerKey))
		wantVerified(t, v)
		if len(v.Endorsements) != 1 || tc.result == verdict.Unsupported && v.Endorsements[0].Result != tc.result || v.Endorsements[0].Result == verdict.Authentic {
			t.Errorf("%s as an endorsement: %+v", tc.desc, v.Endorsements)
		}
	}
}

// TestEnvelopeOfADraft: drafts of the data model wrote a semicolon where a data: URL has
// its comma, before the token.
func TestEnvelopeOfADraft(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	token := string(named(badge(did), method, issuerKey))
	for _, id := range []string{"data:application/vc+ld+json+jwt;" + token, "data:application/vc+jwt;charset=utf-8;" + token, "data:application/vc+jwt," + token} {
		wantVerified(t, check(t, issuers(), m{"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiableCredential", "id": id}))
	}
	for _, id := range []string{"data:application/vc+jwt" + token, "blob:application/vc+jwt;" + token, "data:application/vc+jwt;x" + token} {
		if v := check(t, issuers(), m{"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiableCredential", "id": id}); v.Result != verdict.Unsupported {
			t.Errorf("%.40s: %s", id, short(v))
		}
	}
	forged := string(named(with(badge(did), m{"name": "Surgeon"}), method, evilKey))
	wantReason(t, check(t, issuers(), m{"type": "EnvelopedVerifiableCredential", "id": "data:application/vc+ld+json+jwt;" + forged}), verdict.Rejected, verdict.ProofInvalid)
}

// TestAnotherProof: an assertion of Open Badges 2 that says by a proof how it is to be
// verified is not said to be unsigned.
func TestAnotherProof(t *testing.T) {
	b := with(ob2Badge(), m{"id": "urn:uuid:11111111-aaaa-4111-8111-111111111111", "verification": nil, "proof": m{"type": "MerkleProof2019", "proofValue": "z1"}})
	wantReason(t, check(t, ob2Web(), b), verdict.Unsupported, verdict.SuiteUnsupported)
	for _, p := range []any{nil, "x", m{}, []any{}} {
		wantReason(t, check(t, ob2Web(), with(b, m{"proof": p})), verdict.Rejected, verdict.Unsigned)
	}
}
