package verify

import (
	"slices"
	"strings"
	"testing"

	"assay/verify/fetch"
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

// TestUnsignedCopy: a copy that has lost its proof is judged by what its own address
// gives, where that is signed and of the same id. Of the copy nothing counts; without
// such an answer it is no forgery, and never good.
func TestUnsignedCopy(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	evilDID, evilMethod := verifytest.DIDKey(evilKey)
	const where = "https://issuer.example/credentials/1"
	genuine := with(badge(did), m{"id": where})
	signed := verifytest.Secure(genuine, issuerKey, method, "eddsa-jcs-2022")
	token := string(tokenOfAny(genuine, m{"alg": "EdDSA", "kid": method}))
	forged := with(genuine, m{"name": "Chief Surgeon", "credentialSubject": with(at(genuine, "credentialSubject"), m{"achievement": m{"id": "urn:uuid:a", "type": []any{"Achievement"}, "name": "Chief Surgeon", "description": "d", "criteria": m{"narrative": "n"}}})})
	ask := func(copied m, answer any) (Verdict, *verifytest.Web) {
		w := issuers()
		if answer != nil {
			w.Put(where, answer)
		}
		return check(t, w, copied), w
	}
	for desc, answer := range map[string]any{
		"with its proof": signed, "a token": token, "enveloped": m{"type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + token},
		"from another host": verifytest.Answer{Final: "https://cdn.example/1", Body: string(verifytest.JSON(signed))},
	} {
		for _, copied := range []m{genuine, forged} {
			v, w := ask(copied, answer)
			wantVerified(t, v)
			if v.Credential.Name != "Teamwork" || slices.Contains(v.Warnings, verdict.WarnCopyDiffers) != (copied["name"] == "Chief Surgeon") {
				t.Errorf("%s: %q, %v", desc, v.Credential.Name, v.Warnings)
			}
			if w.Asked[where] != 1 || len(v.Aspects.Integrity.Evidence) == 0 {
				t.Errorf("%s: asked %v, evidence %v", desc, w.Asked, v.Aspects.Integrity.Evidence)
			}
		}
	}
	// What the signed one says against it counts, and so does its own proof.
	edited := with(signed, m{"name": "Chief Surgeon"})
	v, _ := ask(genuine, edited)
	wantReason(t, v, verdict.Rejected, verdict.ProofInvalid)
	v, _ = ask(forged, verifytest.Secure(with(genuine, m{"validUntil": "2026-02-01T00:00:00Z"}), issuerKey, method, "eddsa-jcs-2022"))
	wantReason(t, v, verdict.Expired, verdict.PastEnd)
	v, _ = ask(genuine, verifytest.Secure(genuine, evilKey, evilMethod, "eddsa-jcs-2022"))
	wantReason(t, v, verdict.Rejected, verdict.KeyNotIssuers)
	// Whoever has the address speaks for himself.
	v, _ = ask(genuine, verifytest.Secure(with(badge(evilDID), m{"id": where}), evilKey, evilMethod, "eddsa-jcs-2022"))
	if v.Credential.Issuer.ID != evilDID {
		t.Errorf("another's badge at the address: %s %+v", short(v), v.Credential.Issuer)
	}
	for desc, tc := range map[string]struct {
		answer any
		result Result
		reason Reason
	}{
		"no answer":          {nil, verdict.Pending, verdict.HostUnreachable},
		"down":               {verifytest.Answer{Err: fetch.ErrTimeout}, verdict.Pending, verdict.HostUnreachable},
		"later":              {verifytest.Answer{Err: fetch.ErrLater}, verdict.Pending, verdict.BeingAsked},
		"offline":            {verifytest.Answer{Err: fetch.ErrOffline}, verdict.Pending, verdict.Offline},
		"a login":            {verifytest.Answer{Status: 401, Type: "text/html", Body: "<html>"}, verdict.Pending, verdict.HostUnreachable},
		"none":               {verifytest.Answer{Status: 404, Type: "text/html", Body: "<html>"}, verdict.Unsupported, verdict.NoProof},
		"a page":             {verifytest.Answer{Type: "text/html", Body: "<html><body>A badge</body></html>"}, verdict.Unsupported, verdict.NoProof},
		"a picture":          {verifytest.Answer{Type: "image/png", Body: "\x89PNG"}, verdict.Unsupported, verdict.ImageUnsupported},
		"the same, unsigned": {forged, verdict.Unsupported, verdict.NoProof},
		"an empty proof":     {with(genuine, m{"proof": []any{}}), verdict.Unsupported, verdict.NoProof},
		"another badge":      {verifytest.Secure(with(badge(did), m{"id": "https://issuer.example/credentials/2"}), issuerKey, method, "eddsa-jcs-2022"), verdict.Unsupported, verdict.NoProof},
		"one without an id":  {secured(func(b m) { delete(b, "id") }), verdict.Unsupported, verdict.NoProof},
		"a presentation":     {m{"@context": genuine["@context"], "id": where, "type": "VerifiablePresentation", "verifiableCredential": []any{signed}}, verdict.Unsupported, verdict.NoProof},
		"an Open Badge 2":    {with(ob2Badge(), m{"id": where}), verdict.Unsupported, verdict.NoProof},
		"COSE":               {m{"type": "EnvelopedVerifiableCredential", "id": "data:application/vc+cose;base64,oWE="}, verdict.Unsupported, verdict.SuiteUnsupported},
		"more than is read":  {strings.Repeat(" ", 2<<20), verdict.Unsupported, verdict.AnswerTooLarge},
	} {
		v, w := ask(forged, tc.answer)
		wantReason(t, v, tc.result, tc.reason)
		if c := v.Credential; c.Name != "" || c.Issuer.Name != "" || v.Proven || v.Identity != "" || w.Total() != 1 {
			t.Errorf("%s: of the copy stands %+v, asked %v", desc, c, w.Asked)
		}
		if u := v.Unconfirmed; u.Name != "Chief Surgeon" || u.Recipient != verdict.Pass || u.Identities != nil {
			t.Errorf("%s: unconfirmed %+v", desc, u)
		}
	}
	// One that names no address is nobody's; nothing is asked.
	w := issuers()
	wantReason(t, check(t, w, with(badge(did), m{"id": "urn:uuid:1"})), verdict.Rejected, verdict.Unsigned)
	if w.Total() != 0 {
		t.Errorf("asked %v", w.Asked)
	}
}

// TestUnsignedWithin: a copy without a proof within a record or a presentation is asked
// for like any, within the budget of what it stands in; and what was taken out of
// another's badge is not the record's because that badge has lost its proof.
func TestUnsignedWithin(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	otherDID, otherMethod := verifytest.DIDKey(verifytest.Ed25519(6))
	const where = "https://other.example/credentials/1"
	theirs := with(badge(otherDID), m{"id": where})
	signed := verifytest.Secure(theirs, verifytest.Ed25519(6), otherMethod, "eddsa-jcs-2022")
	w := issuers()
	w.Put(where, signed)
	vp := m{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": "VerifiablePresentation", "verifiableCredential": []any{theirs}}
	if v := check(t, w, vp); len(v.Contained) != 1 || v.Contained[0].Result != verdict.Verified {
		t.Errorf("in a presentation: %s", short(v))
	}
	record := clrOf(did, theirs)
	at(record, "credentialSubject")["achievement"] = []any{m{"id": "urn:uuid:moved", "type": []any{"Achievement"}, "name": "Moved", "description": "d", "criteria": m{"narrative": "n"}}}
	of := func(suite string) Verdict { return check(t, w, verifytest.Secure(record, issuerKey, method, suite)) }
	v := of("eddsa-rdfc-2022")
	if len(v.Contained) != 2 || v.Contained[0].Result != verdict.Verified {
		t.Fatalf("in a record: %s", short(v))
	}
	if a := v.Contained[1].Aspects.Issuer; a.State != verdict.Unknown || a.Reason != verdict.IssuerUnprovable {
		t.Errorf("what may stand in another's badge is the record's: %+v", a)
	}
	if v := of("eddsa-jcs-2022"); v.Contained[1].Aspects.Issuer.State != verdict.Pass {
		t.Errorf("of a text that is signed: %s", short(v.Contained[1]))
	}
	var many []any
	for i := range MaxPayload >> 16 {
		many = append(many, with(theirs, m{"id": where + "/" + strings.Repeat("x", i+1)}))
	}
	w = issuers()
	v = check(t, w, m{"@context": vp["@context"], "type": "VerifiablePresentation", "verifiableCredential": many})
	if w.Total() != 8 || len(v.Contained) != len(many) {
		t.Errorf("%d asked, of %d", w.Total(), len(many))
	}
	for i, in := range v.Contained {
		want := verdict.Unsupported
		if i < 8 {
			want = verdict.Pending
		}
		if in.Result != want || want == verdict.Unsupported && in.Reason != verdict.WorkLimit {
			t.Errorf("%d: %s", i, short(in))
		}
	}
	// They take nothing of what the signed ones beside them need.
	many = append(many, verifytest.Secure(badge(didWeb), issuerKey, webMethod(issuerKey), "eddsa-jcs-2022"))
	v = check(t, issuers(), m{"@context": vp["@context"], "type": "VerifiablePresentation", "verifiableCredential": many})
	if last := v.Contained[len(v.Contained)-1]; last.Result != verdict.Verified {
		t.Errorf("behind many copies: %s", short(last))
	}
}
