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

// TestRevocationListInSomething: a 1EdTech revocation list is read as a token, as the
// subject of a credential, and in what hosts wrap lists in. It needs no proof; one that
// it bears must hold, and says nothing for the badge once its time is over.
func TestRevocationListInSomething(t *testing.T) {
	const where = "https://issuer.example/revoked/1"
	header := m{"alg": "EdDSA", "kid": webMethod(issuerKey)}
	evilDID, evilMethod := verifytest.DIDKey(evilKey)
	b := with(badge(didWeb), m{"id": "https://issuer.example/credentials/1", "credentialStatus": m{"id": where, "type": "1EdTechRevocationList"}})
	signedBadge := tokenOf(b, header, issuerKey)
	list := func(entries ...any) m {
		return m{"id": where, "issuer": didWeb, "revokedCredential": append([]any{m{"id": "urn:uuid:2"}}, entries...)}
	}
	as := func(entries ...any) m { // a credential whose subject it is
		return m{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "id": where, "type": []any{"VerifiableCredential", "RevocationListCredential"}, "issuer": didWeb,
			"credentialSubject": m{"id": where + "#list", "type": "1EdTechRevocationList", "revokedCredential": entries}}
	}
	w := issuers()
	ask := func(answer any) Verdict {
		w.Put(where, answer)
		return check(t, w, signedBadge)
	}
	token := func(l m) string { return string(tokenOfAny(l, header)) }
	revoked := m{"id": b["id"], "revocationReason": "cheating"}
	for desc, form := range map[string]func(l m) any{
		"a token":           func(l m) any { return token(l) },
		"of iss alone":      func(l m) any { l = with(l, m{"iss": l["issuer"]}); delete(l, "issuer"); return token(l) },
		"a token in quotes": func(l m) any { return string(verifytest.JSON(token(l))) },
		"enveloped": func(l m) any {
			return m{"type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + token(l)}
		},
		"verifiableCredential": func(l m) any { return m{"verifiableCredential": []any{token(l)}} },
		"data, plain":          func(l m) any { return m{"data": l} },
		"revocationList":       func(l m) any { return m{"revocationList": l} },
		"in a list of one":     func(l m) any { return string(verifytest.JSON([]any{l})) },
		"the claim vc": func(l m) any {
			return token(m{"iss": didWeb, "vc": with(l, m{"@context": []any{"https://www.w3.org/2018/credentials/v1"}, "type": []any{"VerifiableCredential"}})})
		},
		"with a proof": func(l m) any {
			return verifytest.Secure(with(l, m{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiableCredential"}}), issuerKey, webMethod(issuerKey), "eddsa-jcs-2022")
		},
	} {
		wantVerified(t, ask(form(list())))
		wantVerified(t, ask(form(as())))
		for _, l := range []m{list(revoked), as(revoked)} {
			v := ask(form(l))
			wantReason(t, v, verdict.Rejected, verdict.Revoked)
			if v.Aspects.Status.Detail != "revoked by the issuer: cheating" {
				t.Errorf("%s: %q", desc, v.Aspects.Status.Detail)
			}
		}
	}
	broken := func(s string) string { return s[:len(s)-8] + "AAAAAAAA" }
	evil := func(l m) string {
		return string(verifytest.Compact(m{"alg": "EdDSA", "kid": evilMethod}, verifytest.JSON(l), evilKey))
	}
	proof := with(list(), m{"proof": m{"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "verificationMethod": webMethod(issuerKey), "proofPurpose": "assertionMethod", "proofValue": "z3FXQqFGbpZcmZAUTHkXtUzGGFqSBZUHPqiHGkGBoq8kPH7SgKHJgmP7qKNuBvwwr2fxS8LBTAMpjmLMcDiQ5gMk"}})
	for desc, tc := range map[string]struct {
		answer any
		result Result
		reason Reason
	}{
		"a bad signature":          {broken(token(list())), verdict.Pending, verdict.StatusInvalid},
		"another's signature":      {evil(list()), verdict.Pending, verdict.StatusInvalid},
		"a bad proof":              {proof, verdict.Pending, verdict.StatusInvalid},
		"past its end":             {token(with(list(), m{"exp": json.Number("1767225600")})), verdict.Pending, verdict.StatusInvalid},
		"by nobody":                {m{"data": m{"id": where, "revokedCredential": []any{}}}, verdict.Pending, verdict.StatusInvalid},
		"entries alone":            {string(verifytest.JSON([]any{m{"id": "urn:uuid:2", "revoked": true}})), verdict.Pending, verdict.StatusInvalid},
		"two of them":              {m{"data": list(), "credential": list()}, verdict.Pending, verdict.StatusInvalid},
		"neither object nor token": {"all is well", verdict.Pending, verdict.StatusInvalid},
		"COSE":                     {m{"type": "EnvelopedVerifiableCredential", "id": "data:application/vc+cose;base64,oWE="}, verdict.Unsupported, verdict.StatusUnknownType},
		// A word against the badge counts from whatever says it.
		"a bad signature, and listed":     {broken(token(list(revoked))), verdict.Rejected, verdict.Revoked},
		"another's signature, and listed": {evil(list(revoked)), verdict.Rejected, verdict.Revoked},
		"a bad proof, and listed":         {with(proof, m{"revokedCredential": []any{revoked}}), verdict.Rejected, verdict.Revoked},
		"past its end, and listed":        {token(with(list(revoked), m{"exp": json.Number("1767225600")})), verdict.Rejected, verdict.Revoked},
		"entries alone, and listed":       {string(verifytest.JSON([]any{m{"id": b["id"], "revoked": true}})), verdict.Rejected, verdict.Revoked},
		"two entries alone, and listed":   {string(verifytest.JSON([]any{"urn:uuid:2", b["id"]})), verdict.Rejected, verdict.Revoked},
	} {
		v := ask(tc.answer)
		if v.Result != tc.result || v.Reason != tc.reason {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	// Another's own list, well signed, tells with a warning, as in any other form.
	v := ask(evil(with(list(), m{"issuer": evilDID})))
	wantVerified(t, v)
	if !warns(v, verdict.WarnStatusListIssuer) {
		t.Errorf("another's list: %v", v.Warnings)
	}
	// A list of a token from another host is no word for the badge.
	wantReason(t, ask(verifytest.Answer{Final: "https://mirror.example/1", Body: token(list())}), verdict.Pending, verdict.StatusForeign)
}
