package verify

import (
	"crypto/ed25519"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"assay/verify/vc"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// held makes a badge about a subject's id, by key 1.
func heldBadge(subject string) m {
	key := verifytest.Ed25519(1)
	did, method := verifytest.DIDKey(key)
	return verifytest.Secure(m{
		"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		"id":       "urn:uuid:1", "type": []any{"VerifiableCredential", "OpenBadgeCredential"},
		"issuer": did, "validFrom": "2026-01-01T00:00:00Z", "name": "Teamwork",
		"credentialSubject": m{"id": subject, "type": []any{"AchievementSubject"},
			"achievement": m{"id": "https://issuer.example/teamwork", "type": []any{"Achievement"}, "name": "Teamwork",
				"description": "Works well with others", "criteria": m{"narrative": "Nominated by peers"}}},
	}, key, method, "eddsa-rdfc-2022")
}

// presented signs a presentation of badges with a key.
func presented(key ed25519.PrivateKey, holder, suite string, change func(p map[string]any), badges ...any) []byte {
	_, method := verifytest.DIDKey(key)
	vp := m{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation"}, "verifiableCredential": badges}
	if holder != "" {
		vp["holder"] = holder
	}
	return verifytest.JSON(verifytest.Secure(vp, key, method, suite, func(p map[string]any) {
		p["proofPurpose"], p["challenge"], p["domain"] = "authentication", "c-1", "jobs.example"
		if change != nil {
			change(p)
		}
	}))
}

// TestPresent: a badge passes for its holder's only where the key of its subject's id
// signed a challenge of assay's own, for authentication, and nowhere else.
func TestPresent(t *testing.T) {
	key, stranger := verifytest.Ed25519(7), verifytest.Ed25519(8)
	did, _ := verifytest.DIDKey(key)
	other, _ := verifytest.DIDKey(stranger)
	issuer, issuerMethod := verifytest.DIDKey(verifytest.Ed25519(1))
	trust, err := LoadTrust([]byte(`{"meta":{"title":"Harbour"},"registry":{"` + issuer + `":{"name":"Harbour College"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(t, verifytest.NewWeb(nil), trust)
	own := Asked{Challenge: "c-1", Domain: "jobs.example", Own: true}
	mine := heldBadge(did)
	for _, suite := range []string{"eddsa-rdfc-2022", "eddsa-jcs-2022"} {
		for _, tc := range []struct {
			desc    string
			payload []byte
			asked   Asked
			proof   verdict.State
			reason  verdict.Reason // of the proof
			proven  bool
		}{
			{"as it was asked for", presented(key, did, suite, nil, mine), own, verdict.Pass, "", true},
			{"without a holder", presented(key, "", suite, nil, mine), own, verdict.Pass, "", true},
			{"in an envelope", verifytest.JSON(m{"type": "EnvelopedVerifiablePresentation", "id": "data:application/vp," + url.PathEscape(string(presented(key, did, suite, nil, mine)))}), own, verdict.Pass, "", true},
			{"a challenge that is not assay's", presented(key, did, suite, nil, mine), Asked{Challenge: "c-1", Domain: "jobs.example"}, verdict.Pass, "", false},
			{"another challenge", presented(key, did, suite, nil, mine), Asked{Challenge: "c-2", Domain: "jobs.example", Own: true}, verdict.Pass, "", false},
			{"another domain", presented(key, did, suite, nil, mine), Asked{Challenge: "c-1", Domain: "other.example", Own: true}, verdict.Pass, "", false},
			{"no domain", presented(key, did, suite, func(p map[string]any) { delete(p, "domain") }, mine), own, verdict.Pass, "", false},
			{"a domain that was not asked for", presented(key, did, suite, nil, mine), Asked{Challenge: "c-1", Own: true}, verdict.Pass, "", false},
			{"no challenge", presented(key, did, suite, func(p map[string]any) { delete(p, "challenge") }, mine), Asked{Domain: "jobs.example", Own: true}, verdict.Pass, "", false},
			{"for several domains", presented(key, did, suite, func(p map[string]any) { p["domain"] = []any{"jobs.example", "phish.example"} }, mine), own, verdict.Pass, "", false},
			{"made to assert", presented(key, did, suite, func(p map[string]any) { p["proofPurpose"] = "assertionMethod" }, mine), own, verdict.Fail, verdict.ProofPurpose, false},
			{"by a key that is not the subject's", presented(stranger, "", suite, nil, mine), own, verdict.Pass, "", false},
			{"in another holder's name", presented(stranger, did, suite, nil, mine), own, verdict.Fail, verdict.KeyNotIssuers, false},
			{"by a key that its name does not carry", presented(stranger, "", suite, func(p map[string]any) { p["verificationMethod"] = did + "#" + strings.TrimPrefix(did, "did:key:") }, mine), own, verdict.Fail, verdict.ProofInvalid, false},
			{"by a key of a web address", presented(key, "", suite, func(p map[string]any) {
				p["verificationMethod"] = "https://holder.example/#" + strings.TrimPrefix(did, "did:key:")
			}, mine), own, verdict.Unknown, verdict.IssuerUnprovable, false},
			{"by a host that is away", presented(key, "", suite, func(p map[string]any) { p["verificationMethod"] = "did:web:holder.example#k" }, mine), own, verdict.Unknown, verdict.HostUnreachable, false},
			{"edited", []byte(strings.Replace(string(presented(key, did, suite, nil, mine)), "jobs.example", "jobs2.example", 1)), Asked{Challenge: "c-1", Domain: "jobs2.example", Own: true}, verdict.Fail, verdict.ProofInvalid, false},
			{"without a proof", verifytest.JSON(m{"@context": "https://www.w3.org/ns/credentials/v2", "type": "VerifiablePresentation", "holder": did, "verifiableCredential": []any{mine}}), own, verdict.Fail, verdict.Unsigned, false},
		} {
			got, err := v.Present(t.Context(), tc.payload, tc.asked, Applicant{})
			if err != nil || len(got.Credentials) != 1 {
				t.Fatalf("%s %s: %+v %v", suite, tc.desc, got, err)
			}
			one := got.Credentials[0]
			proven := one.Aspects.Recipient.State == verdict.Pass
			if got.Proof.State != tc.proof || got.Proof.Reason != tc.reason || proven != tc.proven || proven != (one.Aspects.Recipient.Reason == verdict.HolderProven) || (one.Result == verdict.Verified) != tc.proven {
				t.Errorf("%s %s: proof %+v, %s, recipient %+v", suite, tc.desc, got.Proof, one.Result, one.Aspects.Recipient)
			}
			if broken := verifytest.OneRule(&one); broken != nil {
				t.Errorf("%s: %v", tc.desc, broken)
			}
		}
	}

	// Each badge for itself; what is his own making is nobody's word.
	selfDID, selfMethod := verifytest.DIDKey(key)
	self := verifytest.Secure(with(heldBadge(did), m{"issuer": selfDID, "proof": nil}), key, selfMethod, "eddsa-rdfc-2022")
	who := verifytest.Clone(self["credentialSubject"].(m))
	who["identifier"] = []any{m{"type": "IdentityObject", "identityType": "emailAddress", "hashed": false, "identityHash": "a@example.org"}}
	delete(who, "id")
	mailed := verifytest.Secure(with(self, m{"proof": nil, "credentialSubject": who}), key, selfMethod, "eddsa-rdfc-2022")
	got, err := v.Present(t.Context(), presented(key, did, "eddsa-jcs-2022", nil, mine, heldBadge(other), self, string(tokenOfAny(mine, m{"alg": "EdDSA", "kid": issuerMethod})), mailed), own, Applicant{Emails: []string{"a@example.org"}})
	if err != nil || len(got.Credentials) != 5 {
		t.Fatal(got, err)
	}
	for i, want := range []struct {
		result    verdict.Result
		recipient verdict.Reason
	}{{verdict.Verified, verdict.HolderProven}, {verdict.Authentic, verdict.RecipientUnknown}, {verdict.Unvouched, verdict.HolderProven}} {
		if v := got.Credentials[i]; v.Result != want.result || v.Aspects.Recipient.Reason != want.recipient {
			t.Errorf("badge %d: %s %+v", i, v.Result, v.Aspects.Recipient)
		}
	}
	for _, i := range []int{2, 4} {
		if one := got.Credentials[i]; one.Aspects.Standing.Level != verdict.LevelSelf || one.Result != verdict.Unvouched {
			t.Errorf("his own, %d: %s %+v", i, one.Result, one.Aspects.Standing)
		}
	}

	// In a document it is a copy, whoever asks.
	whole := presented(key, did, "eddsa-rdfc-2022", nil, mine)
	for _, payload := range [][]byte{whole, verifytest.JSON(mine)} {
		got, err := v.Verify(t.Context(), Assertion{Payload: payload}, Applicant{holder: did})
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range append(got.Contained, got) {
			if one.Aspects.Recipient.State == verdict.Pass || one.Result == verdict.Verified {
				t.Errorf("found in a document: %s %+v", one.Result, one.Aspects.Recipient)
			}
		}
	}

	for _, bad := range []string{"", "x", "{}", string(verifytest.JSON(mine)), `{"type":"VerifiablePresentation","type":"x"}`,
		string(presented(key, did, "eddsa-jcs-2022", nil, slices.Repeat([]any{"x"}, MaxPresented+1)...))} {
		if _, err := v.Present(t.Context(), []byte(bad), own, Applicant{}); !errors.Is(err, ErrPresentation) {
			t.Errorf("%.60s: %v", bad, err)
		}
	}
	if vc.Presentation(nil) != nil {
		t.Error("nothing is a presentation")
	}
}

// TestPresentByDocument: the key must stand under authentication in the holder's document.
func TestPresentByDocument(t *testing.T) {
	key := verifytest.Ed25519(7)
	const did = "did:web:holder.example"
	method := m{"id": did + "#k", "type": "Multikey", "controller": did, "publicKeyMultibase": verifytest.Multikey(key)}
	v := newVerifier(t, verifytest.NewWeb(nil), nil)
	for desc, tc := range map[string]struct {
		doc    m
		state  verdict.State
		reason verdict.Reason
	}{
		"for authentication":      {m{"id": did, "verificationMethod": []any{method}, "authentication": []any{did + "#k"}}, verdict.Pass, ""},
		"embedded there":          {m{"id": did, "authentication": []any{method}}, verdict.Pass, ""},
		"for assertions":          {m{"id": did, "verificationMethod": []any{method}, "assertionMethod": []any{did + "#k"}}, verdict.Fail, verdict.KeyNotAssertion},
		"embedded for assertions": {m{"id": did, "assertionMethod": []any{method}}, verdict.Fail, verdict.KeyNotAssertion},
		"for nothing":             {m{"id": did, "verificationMethod": []any{method}}, verdict.Fail, verdict.KeyNotAssertion},
		"withdrawn":               {m{"id": did, "authentication": []any{with(method, m{"revoked": "2026-01-01T00:00:00Z"})}}, verdict.Fail, verdict.KeyRevoked},
		"past":                    {m{"id": did, "authentication": []any{with(method, m{"expires": "2026-01-01T00:00:00Z"})}}, verdict.Unknown, verdict.KeyOutdated},
		"another's document":      {m{"id": "did:web:other.example", "authentication": []any{method}}, verdict.Fail, verdict.KeyNotIssuers},
		"by another name":         {m{"id": did, "authentication": []any{with(method, m{"id": did + "#other"})}}, verdict.Fail, verdict.KeyNotIssuers},
	} {
		v.o.Fetcher = verifytest.NewWeb(m{"https://holder.example/.well-known/did.json": tc.doc})
		got, err := v.Present(t.Context(), presented(key, did, "eddsa-jcs-2022", func(p map[string]any) { p["verificationMethod"] = did + "#k" }, heldBadge(did)), Asked{Challenge: "c-1", Domain: "jobs.example", Own: true}, Applicant{})
		if err != nil {
			t.Fatal(err)
		}
		proven := got.Credentials[0].Aspects.Recipient.Reason == verdict.HolderProven
		if got.Proof.State != tc.state || got.Proof.Reason != tc.reason || proven != (tc.state == verdict.Pass) || proven != (got.Holder == did) {
			t.Errorf("%s: %+v, proven %v", desc, got.Held, proven)
		}
	}
}

// TestAny: of a credential that is no badge its signature, its time and its status are
// judged where that is asked for, and it is no badge all the same.
func TestAny(t *testing.T) {
	key := verifytest.Ed25519(1)
	did, method := verifytest.DIDKey(key)
	v := newVerifier(t, verifytest.NewWeb(nil), nil)
	for desc, tc := range map[string]struct {
		change func(m)
		dates  verdict.State
		status verdict.State
	}{
		"good": {func(m) {}, verdict.Pass, verdict.None},
		"past": {func(c m) { c["validUntil"] = "2026-02-01T00:00:00Z" }, verdict.Fail, verdict.None},
		"a status that is away": {func(c m) {
			c["credentialStatus"] = m{"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "1", "statusListCredential": "https://away.example/1"}
		}, verdict.Pass, verdict.Unknown},
	} {
		c := m{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiableCredential"}, "issuer": did, "validFrom": "2026-01-01T00:00:00Z", "credentialSubject": m{"id": "did:example:1"}}
		tc.change(c)
		payload := Assertion{Payload: verifytest.JSON(verifytest.Secure(c, key, method, "eddsa-rdfc-2022"))}
		got, err := v.Any().Verify(t.Context(), payload, Applicant{})
		plain, err2 := v.Verify(t.Context(), payload, Applicant{})
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		a := got.Aspects
		if got.Result != verdict.Unsupported || got.Reason != verdict.NotABadgeVC || a.Integrity.State != verdict.Pass || a.Issuer.State != verdict.Pass || a.Dates.State != tc.dates || a.Status.State != tc.status {
			t.Errorf("%s: %s %s %+v", desc, got.Result, got.Reason, a)
		}
		if plain.Aspects.Dates.State != verdict.None || plain.Result != verdict.Unsupported {
			t.Errorf("%s, unasked: %+v", desc, plain.Aspects)
		}
	}
}
