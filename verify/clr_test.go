package verify

import (
	"slices"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// TestCLR judges a record: the outer, and each inner credential alone.
func TestCLR(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	otherKey := verifytest.Ed25519(6)
	otherDID, otherMethod := verifytest.DIDKey(otherKey)
	evilDID, evilMethod := verifytest.DIDKey(evilKey)
	sound := with(secured(), nil)
	expired := with(secured(func(b m) { b["validUntil"], b["id"] = "2026-02-01T00:00:00Z", "urn:uuid:2" }), nil)
	forged := with(verifytest.Secure(with(badge(did), m{"id": "urn:uuid:3"}), evilKey, evilMethod, "eddsa-rdfc-2022"), nil)
	edited := with(sound, m{"name": "Doctor", "id": "urn:uuid:4"})
	token := string(tokenOf(with(badge(otherDID), m{"id": "urn:uuid:5"}), m{"alg": "EdDSA", "kid": otherMethod}, otherKey))
	theirs := verifytest.Secure(func() m {
		b := with(badge(otherDID), m{"id": "urn:uuid:6"})
		at(b, "credentialSubject")["identifier"] = []any{m{"type": "IdentityObject", "identityType": "emailAddress", "hashed": false, "identityHash": "other@example.org"}}
		at(b, "credentialSubject")["id"] = "did:example:somebody-else"
		return b
	}(), otherKey, otherMethod, "eddsa-jcs-2022")
	_ = evilDID
	clr := clrOf(did, sound, expired, forged, edited, token, theirs, "rubbish", 7)
	at(clr, "credentialSubject")["association"] = []any{m{"type": []any{"Association"}, "associationType": "isParentOf", "sourceId": "urn:uuid:5", "targetId": "urn:uuid:missing"}}
	clr["@context"] = append(clr["@context"].([]any), "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")
	v := check(t, issuers(), verifytest.Secure(clr, issuerKey, method, "eddsa-jcs-2022"))
	wantVerified(t, v)
	if v.Format != verdict.CLR20 {
		t.Errorf("format %s", v.Format)
	}
	want := []struct {
		result Result
		reason Reason
	}{
		{verdict.Verified, ""}, {verdict.Expired, verdict.PastEnd}, {verdict.Rejected, verdict.KeyNotIssuers}, {verdict.Rejected, verdict.ProofInvalid},
		{verdict.Verified, ""}, {verdict.Authentic, verdict.RecipientMismatch}, {verdict.Unsupported, verdict.PayloadUnreadable}, {verdict.Unsupported, verdict.PayloadUnreadable},
	}
	if len(v.Contained) != len(want) {
		t.Fatalf("%d inner credentials", len(v.Contained))
	}
	for i, w := range want {
		if got := v.Contained[i]; got.Result != w.result || got.Reason != w.reason {
			t.Errorf("inner %d: %s", i, short(got))
		}
		if v.Contained[i].Credential.Identities != nil {
			t.Error("personal data left in an inner verdict")
		}
	}
	if !slices.Contains(v.Warnings, verdict.WarnAssociation) || !slices.Contains(v.Warnings, verdict.WarnSubjectDiffers) || !slices.Contains(v.Contained[5].Warnings, verdict.WarnSubjectDiffers) {
		t.Errorf("warnings %v, %v", v.Warnings, v.Contained[5].Warnings)
	}
	// An unsigned record around signed credentials lends them nothing and takes
	// nothing from them.
	v = check(t, issuers(), clr)
	if v.Result != verdict.Rejected || v.Contained[0].Result != verdict.Verified || v.Contained[2].Result != verdict.Rejected {
		t.Errorf("%s, %s", v.Result, v.Contained[0].Result)
	}
}

// TestCLRSubject: an inner credential that names its subject by id alone takes
// over who that is from a record of the same issuer, and from no other.
func TestCLRSubject(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	otherKey := verifytest.Ed25519(6)
	otherDID, otherMethod := verifytest.DIDKey(otherKey)
	bare := func(issuer string) m {
		b := badge(issuer)
		delete(at(b, "credentialSubject"), "identifier")
		at(b, "credentialSubject")["id"] = "did:example:applicant"
		return b
	}
	own := verifytest.Secure(bare(did), issuerKey, method, "eddsa-jcs-2022")
	others := verifytest.Secure(bare(otherDID), otherKey, otherMethod, "eddsa-jcs-2022")
	v := check(t, issuers(), verifytest.Secure(clrOf(did, own, others), issuerKey, method, "eddsa-jcs-2022"))
	wantVerified(t, v)
	wantVerified(t, v.Contained[0])
	wantReason(t, v.Contained[1], verdict.Authentic, verdict.RecipientUnknown)
}

// TestCLRAchievements: what the record itself asserts is as good as the record.
func TestCLRAchievements(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	clr := clrOf(did, secured())
	a := at(badge(did), "credentialSubject", "achievement")
	at(clr, "credentialSubject")["achievement"] = []any{with(a, m{"id": "urn:uuid:a1", "name": "First"}), with(a, m{"id": "urn:uuid:a2", "name": "Second"})}
	clr["@context"] = append(clr["@context"].([]any), "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")
	v := check(t, issuers(), verifytest.Secure(clr, issuerKey, method, "eddsa-jcs-2022"))
	if len(v.Contained) != 3 || v.Contained[1].Credential.Name != "First" || v.Contained[2].Credential.Issuer.ID != did {
		t.Fatalf("%+v", v.Contained)
	}
	wantVerified(t, v.Contained[1])
	if len(v.Contained[1].Credential.Alignments) != 1 {
		t.Errorf("%+v", v.Contained[1].Credential)
	}
	v = check(t, issuers(), verifytest.Secure(with(clr, m{"validUntil": "2026-02-01T00:00:00Z"}), issuerKey, method, "eddsa-jcs-2022"))
	if v.Contained[1].Result != verdict.Expired || v.Contained[0].Result != verdict.Verified {
		t.Errorf("an expired record: %s, %s", v.Contained[1].Result, v.Contained[0].Result)
	}
}

// TestPresentation: a wallet's wrapper is not judged, the badges in it are.
func TestPresentation(t *testing.T) {
	v := check(t, issuers(), m{
		"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation"}, "holder": "did:example:applicant",
		"verifiableCredential": []any{secured(), with(secured(), m{"name": "Doctor"})},
	})
	if v.Result != verdict.Unsupported || v.Reason != verdict.NotABadgeVC || len(v.Contained) != 2 {
		t.Fatalf("%s, %d within", short(v), len(v.Contained))
	}
	wantVerified(t, v.Contained[0])
	wantReason(t, v.Contained[1], verdict.Rejected, verdict.ProofInvalid)
}
