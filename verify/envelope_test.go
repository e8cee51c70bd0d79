package verify

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// jwsJSON writes tokens over one payload as one JWS in the JSON serialisation:
// flattened for one, general for several.
func jwsJSON(tokens ...[]byte) m {
	var all []any
	var payload string
	for _, token := range tokens {
		p := strings.Split(string(token), ".")
		payload = p[1]
		all = append(all, m{"protected": p[0], "signature": p[2]})
	}
	if len(all) == 1 {
		return with(all[0].(m), m{"payload": payload})
	}
	return m{"payload": payload, "signatures": all}
}

// TestJWSJSON: a badge in the JSON serialisation of a JWS is judged like one in the
// compact form.
func TestJWSJSON(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	token := tokenOf(badge(did), m{"alg": "EdDSA", "kid": method}, issuerKey)
	general := jwsJSON(token)
	general["signatures"] = []any{m{"protected": general["protected"], "signature": general["signature"]}}
	delete(general, "protected")
	delete(general, "signature")
	for desc, b := range map[string]m{"flattened": jwsJSON(token), "general": general, "with an unsigned header": with(jwsJSON(token), m{"header": m{"note": "x"}})} {
		v := check(t, issuers(), b)
		wantVerified(t, v)
		if v.Proof != "vc-jwt EdDSA" || len(v.Warnings) > 0 {
			t.Errorf("%s: %s %v", desc, v.Proof, v.Warnings)
		}
	}
	wantReason(t, check(t, issuers(), jwsJSON(tokenOf(with(badge(did), m{"validUntil": "2026-02-01T00:00:00Z"}), m{"alg": "EdDSA", "kid": method}, issuerKey, func(_, c m) { delete(c, "exp") }))),
		verdict.Expired, verdict.PastEnd)
	wantReason(t, check(t, issuers(), with(jwsJSON(token), m{"signature": jwsJSON(tokenOf(badge(did), m{"alg": "EdDSA", "kid": method}, evilKey))["signature"]})), verdict.Rejected, verdict.ProofInvalid)
	// Open Badges 2.0, signed; and an SD-JWT.
	const keyURL = "https://issuer.example/key"
	w := ob2Web()
	w.Put(keyURL, m{"@context": ob2Context, "type": "CryptographicKey", "id": keyURL, "owner": ob2Profile, "publicKeyPem": verifytest.PEM(issuerKey.Public())})
	w.Put(ob2Profile, m{"@context": ob2Context, "type": "Profile", "id": ob2Profile, "name": "Example University", "url": "https://issuer.example", "email": "b@issuer.example", "publicKey": keyURL})
	old := verifytest.JSON(with(ob2Badge(), m{"id": "urn:uuid:8", "verification": m{"type": "signed", "creator": keyURL}}))
	compact, stranger := verifytest.Compact(m{"alg": "EdDSA"}, old, issuerKey), verifytest.Compact(m{"alg": "EdDSA"}, old, evilKey)
	for _, b := range []any{compact, jwsJSON(compact), jwsJSON(stranger, compact), jwsJSON(compact, stranger)} {
		wantVerified(t, check(t, w, b))
	}
	wantReason(t, check(t, w, jwsJSON(stranger, stranger)), verdict.Rejected, verdict.ProofInvalid)
	c := concealed(badge(did), "validUntil", "name")
	sd := jwsJSON([]byte(c.Signed))
	wantReason(t, check(t, issuers(), sd), verdict.Unsupported, verdict.NotDisclosed)
	wantVerified(t, check(t, issuers(), with(sd, m{"header": m{"disclosures": []any{c.Disclosures[0], c.Disclosures[1]}}})))
	wantReason(t, check(t, issuers(), with(sd, m{"header": m{"disclosures": []any{c.Disclosures[0], c.Disclosures[0]}}})), verdict.Rejected, verdict.DisclosureBad)
	wantReason(t, check(t, issuers(), with(sd, m{"header": m{"disclosures": []any{7}}})), verdict.Rejected, verdict.DisclosureBad)
	// A diploma that is no badge is told so, however it is signed.
	sealed := jwsJSON(verifytest.Compact(m{"alg": "EdDSA", "crit": []any{"sigT"}, "sigT": "2023-01-01T00:00:00Z"},
		verifytest.JSON(with(badge(did), m{"type": []any{"VerifiableCredential", "Diploma"}})), issuerKey))
	wantReason(t, check(t, issuers(), sealed), verdict.Unsupported, verdict.NotABadgeVC)
	wantReason(t, check(t, issuers(), m{"payload": "AAAA", "signature": "AAAA", "protected": "AAAA"}), verdict.Unsupported, verdict.PayloadUnreadable)
}

// TestAttack308UnsignedHeader: of a header that nobody signed nothing is read.
func TestAttack308UnsignedHeader(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	_, evilMethod := verifytest.DIDKey(evilKey)
	header := m{"alg": "EdDSA", "kid": method}
	token := tokenOf(badge(did), header, issuerKey)
	wantVerified(t, check(t, issuers(), with(jwsJSON(token), m{"header": m{"jku": "https://evil.example/k", "x5c": []any{"AA"}}})))
	for desc, b := range map[string]m{
		"alg none there":     with(jwsJSON(token), m{"protected": nil, "header": m{"alg": "none"}}),
		"all of it there":    with(jwsJSON(token), m{"protected": nil, "header": header}),
		"alg in both":        with(jwsJSON(token), m{"header": m{"alg": "EdDSA"}}),
		"kid in both":        with(jwsJSON(token), m{"header": m{"kid": evilMethod}}),
		"alg there alone":    with(jwsJSON(token), m{"protected": base64.RawURLEncoding.EncodeToString(verifytest.JSON(m{"kid": method})), "header": m{"alg": "EdDSA"}}),
		"his key there":      with(jwsJSON(tokenOf(badge(did), m{"alg": "EdDSA"}, evilKey)), m{"header": m{"kid": evilMethod, "jwk": verifytest.JWK(evilKey.Public())}}),
		"two serialisations": with(jwsJSON(token), m{"signatures": []any{m{"protected": jwsJSON(token)["protected"], "signature": jwsJSON(token)["signature"]}}}),
		"no signatures":      m{"payload": jwsJSON(token)["payload"], "signatures": []any{}},
		"a dot in a part":    with(jwsJSON(token), m{"payload": "e30." + jwsJSON(token)["payload"].(string)}),
		"a tilde in a part":  with(jwsJSON(token), m{"signature": jwsJSON(token)["signature"].(string) + "~"}),
		"padded":             with(jwsJSON(token), m{"payload": jwsJSON(token)["payload"].(string) + "="}),
		"too many":           jwsJSON(token, token, token, token, token, token, token, token, token),
	} {
		w := issuers()
		if v := check(t, w, b); v.Result == verdict.Verified || v.Result == verdict.Authentic {
			t.Errorf("%s: %s", desc, short(v))
		}
		if w.Total() > 0 {
			t.Errorf("%s: something was fetched", desc)
		}
	}
	wantReason(t, check(t, issuers(), with(jwsJSON(token), m{"protected": nil, "header": header})), verdict.Unsupported, verdict.SuiteUnsupported)
}

// TestAttack309OtherSignatures: of several signatures the issuer's own counts.
func TestAttack309OtherSignatures(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	_, evilMethod := verifytest.DIDKey(evilKey)
	own := tokenOf(badge(did), m{"alg": "EdDSA", "kid": method}, issuerKey)
	evil := tokenOf(badge(did), m{"alg": "EdDSA", "kid": evilMethod}, evilKey)
	forged := tokenOf(badge(did), m{"alg": "EdDSA", "kid": method}, evilKey)
	odd := tokenOf(badge(did), m{"alg": "X1", "kid": method}, issuerKey)
	for desc, b := range map[string]m{"his after": jwsJSON(own, evil), "his before": jwsJSON(evil, own), "a forged one": jwsJSON(forged, own), "one that is not read": jwsJSON(odd, own)} {
		v := check(t, issuers(), b)
		wantVerified(t, v)
		if len(v.Warnings) != 1 || v.Warnings[0] != verdict.WarnMalformedProof {
			t.Errorf("%s: %v", desc, v.Warnings)
		}
	}
	for _, b := range []m{jwsJSON(evil, forged), jwsJSON(forged, evil), jwsJSON(evil, evil)} {
		if v := check(t, issuers(), b); v.Result != verdict.Rejected {
			t.Errorf("his alone: %s", short(v))
		}
	}
	// The key that is told as the signer's is that of the signature that counts.
	if a, b := check(t, issuers(), jwsJSON(evil, own)).Signer, check(t, issuers(), own).Signer; a != b || a == "" {
		t.Errorf("signer %q, %q", a, b)
	}
}

// enveloped is a credential in an enveloping object.
func enveloped(media, data string) m {
	return m{"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiableCredential", "id": "data:" + media + "," + data}
}

// TestPresentations: whatever presents badges, they are judged each alone.
func TestPresentations(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	header := m{"alg": "EdDSA", "kid": method}
	token := string(tokenOf(badge(did), header, issuerKey))
	sd := string(concealed(badge(did), "validUntil").Show(0))
	vp := func(held ...any) m {
		return m{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation"}, "verifiableCredential": held}
	}
	old := func(held any) m {
		return m{"iss": "did:example:holder", "nonce": "n", "aud": "https://verifier.example", "vp": m{"@context": []any{"https://www.w3.org/2018/credentials/v1"}, "type": "VerifiablePresentation", "verifiableCredential": held}}
	}
	signed := func(o m, h m) []byte { return verifytest.Compact(h, verifytest.JSON(o), evilKey) }
	presenting := m{"alg": "EdDSA", "typ": "vp+jwt", "cty": "vp", "x5c": []any{"AA"}}
	for desc, b := range map[string]any{
		"claim vp":                        signed(old([]any{token}), m{"alg": "EdDSA"}),
		"claim vp, a text":                signed(old(token), m{"alg": "EdDSA"}),
		"claim vp, no type":               signed(m{"vp": m{"verifiableCredential": token}}, m{"alg": "EdDSA"}),
		"vp+jwt":                          signed(vp(enveloped("application/vc+jwt", token)), presenting),
		"vp+jwt, a text":                  signed(vp(token), presenting),
		"vp+jwt, a data: URL":             signed(vp("data:application/vc+jwt,"+token), presenting),
		"an SD-JWT in it":                 signed(vp(enveloped("application/vc+sd-jwt", sd)), presenting),
		"an SD-JWT, escaped":              signed(vp(enveloped("application/dc+sd-jwt", strings.ReplaceAll(url.PathEscape(sd), "~", "%7E"))), presenting),
		"base64":                          signed(vp(enveloped("application/vc+jwt;base64", base64.StdEncoding.EncodeToString([]byte(token)))), presenting),
		"a credential with a proof in it": signed(vp(enveloped("application/vc", url.PathEscape(string(verifytest.JSON(secured()))))), presenting),
		"a JWS in JSON":                   vp(jwsJSON([]byte(token))),
		"as a JWS in JSON":                jwsJSON(signed(vp(token), presenting)),
		"as an SD-JWT":                    append(signed(vp(token), m{"alg": "EdDSA", "typ": "vp+sd-jwt"}), '~'),
		"enveloped itself":                m{"type": "EnvelopedVerifiablePresentation", "id": "data:application/vp+jwt," + string(signed(vp(token), presenting))},
		"one in another":                  vp(string(signed(old(token), m{"alg": "EdDSA"}))),
	} {
		w := issuers()
		v := check(t, w, b)
		if v.Result != verdict.Unsupported || v.Reason != verdict.NotABadgeVC || len(v.Contained) != 1 || v.Contained[0].Result != verdict.Verified {
			t.Errorf("%s: %s %+v", desc, short(v), v.Contained)
		}
		if w.Total() > 0 {
			t.Errorf("%s: something was fetched", desc)
		}
	}
	// What is enveloped alone, or in a record, is judged as what it is.
	wantVerified(t, check(t, issuers(), enveloped("application/vc+jwt", token)))
	wantVerified(t, check(t, issuers(), enveloped("application/vc+sd-jwt", sd)))
	wantReason(t, check(t, issuers(), enveloped("application/vc+sd-jwt", string(concealed(badge(did), "validUntil").Show()))), verdict.Unsupported, verdict.NotDisclosed)
	record := check(t, issuers(), verifytest.Secure(clrOf(did, enveloped("application/vc+jwt", token)), issuerKey, method, "eddsa-rdfc-2022"))
	wantVerified(t, record)
	if len(record.Contained) != 1 || record.Contained[0].Result != verdict.Verified || record.Contained[0].Credential.Name != "Teamwork" {
		t.Errorf("in a record: %+v", record.Contained)
	}
	// A presentation of nothing holds nothing.
	if v := check(t, issuers(), signed(vp(), presenting)); v.Result != verdict.Unsupported || len(v.Contained) != 0 {
		t.Errorf("of nothing: %s", short(v))
	}
}

// TestAttack310NestedPresentations: presentations in presentations have an end.
func TestAttack310NestedPresentations(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	token := string(tokenOf(badge(did), m{"alg": "EdDSA", "kid": method}, issuerKey))
	nest := func(levels int) []byte {
		var held any = token
		for range levels {
			held = m{"type": []any{"VerifiablePresentation"}, "verifiableCredential": []any{held}}
		}
		return verifytest.JSON(held)
	}
	for levels, want := range map[int]Result{1: verdict.Verified, 9: verdict.Verified, 10: verdict.Unsupported} {
		v := check(t, issuers(), nest(levels))
		if len(v.Contained) != 1 || v.Contained[0].Result != want {
			t.Errorf("%d levels: %s %+v", levels, short(v), v.Contained)
		}
	}
	for _, levels := range []int{1000} {
		if v := check(t, issuers(), nest(levels)); v.Result != verdict.Unsupported || len(v.Contained) > 1 {
			t.Errorf("%d levels: %s", levels, short(v))
		}
	}
	// Envelopes have one, too, and a presentation does not fan out.
	for levels, want := range map[int]Result{3: verdict.Verified, 5: verdict.Unsupported} {
		one := enveloped("application/vc+jwt", token)
		for range levels - 1 {
			one = enveloped("application/vc", url.PathEscape(string(verifytest.JSON(one))))
		}
		if v := check(t, issuers(), one); v.Result != want {
			t.Errorf("%d envelopes: %s", levels, short(v))
		}
	}
	var many []any
	for range 3 {
		var held []any
		for range 60 {
			held = append(held, "eyJh.e30.AA")
		}
		many = append(many, m{"type": "VerifiablePresentation", "verifiableCredential": held})
	}
	if v := check(t, issuers(), m{"type": "VerifiablePresentation", "verifiableCredential": many}); len(v.Contained) != 100 {
		t.Errorf("%d in all", len(v.Contained))
	}
}

// TestAttack311PresentationVouches: a presentation by the issuer's name, and even by
// his key, makes nothing good in it, and one by nobody makes nothing bad.
func TestAttack311PresentationVouches(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	_, evilMethod := verifytest.DIDKey(evilKey)
	forged := tokenOf(badge(did), m{"alg": "EdDSA", "kid": evilMethod}, evilKey)
	unsigned := badge(did)
	for _, held := range []any{string(forged), unsigned, enveloped("application/vc+jwt", string(forged)), jwsJSON(forged)} {
		o := m{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation", "OpenBadgeCredential"}, "holder": did, "issuer": did, "iss": did, "verifiableCredential": []any{held}}
		for _, b := range []any{tokenOfAny(o, m{"alg": "EdDSA", "kid": method, "typ": "vp+jwt"}), tokenOfAny(m{"iss": did, "vp": o}, m{"alg": "EdDSA", "kid": method}), o} {
			v := check(t, issuers(), b)
			if v.Result != verdict.Unsupported || len(v.Contained) != 1 || v.Contained[0].Result != verdict.Rejected {
				t.Errorf("%s %+v", short(v), v.Contained)
			}
		}
	}
}

// TestAttack312ClaimsBesideAnEnvelope: of an enveloping object only what it
// envelopes is read.
func TestAttack312ClaimsBesideAnEnvelope(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	token := string(tokenOf(badge(did), m{"alg": "EdDSA", "kid": method}, issuerKey))
	o := with(badge(did), m{"type": []any{"OpenBadgeCredential", "EnvelopedVerifiableCredential"}, "id": "data:application/vc+jwt," + token, "name": "Chief Surgeon"})
	at(o, "credentialSubject", "achievement")["name"] = "Chief Surgeon"
	v := check(t, issuers(), o)
	wantVerified(t, v)
	if v.Credential.Name != "Teamwork" || v.Credential.ID != badge(did)["id"] {
		t.Errorf("%+v", v.Credential)
	}
	for desc, b := range map[string]m{
		"an address":    {"type": "EnvelopedVerifiableCredential", "id": "https://evil.example/badge"},
		"nothing":       {"type": "EnvelopedVerifiableCredential"},
		"a page":        enveloped("text/html", "<p>badge</p>"),
		"rubbish":       enveloped("application/vc+jwt", "%zz"),
		"no base64":     enveloped("application/vc+jwt;base64", "***"),
		"COSE":          enveloped("application/vc+cose;base64", "0oRD"),
		"a bare badge":  enveloped("application/vc", url.PathEscape(string(verifytest.JSON(badge(did))))),
		"another badge": enveloped("application/vc+jwt", strings.Replace(token, ".", ".e30", 1)),
	} {
		w := issuers()
		if v := check(t, w, b); v.Result == verdict.Verified || v.Result == verdict.Authentic || w.Total() > 0 {
			t.Errorf("%s: %s, %d fetched", desc, short(v), w.Total())
		}
	}
	if v := check(t, issuers(), enveloped("application/vc+cose;base64", "0oRD")); v.Result != verdict.Unsupported || !strings.Contains(fmt.Sprint(v.Aspects.Integrity.Detail), "cose") {
		t.Errorf("COSE: %s", short(v))
	}
}

// TestAttack313OldAddress: an Open Badges 0.5 assertion may name the address at
// which it is hosted; the host that answers there is its issuer.
func TestAttack313OldAddress(t *testing.T) {
	const where, evil = "https://university.example/a/1", "https://evil.example/a/1"
	old := func(address, origin, name string) m {
		return m{"recipient": "applicant@example.org", "issued_on": "2015-06-01", "verify": m{"type": "hosted", "url": address},
			"badge": m{"version": "0.5.0", "name": name, "image": "/i.png", "description": "d", "criteria": "/c", "issuer": m{"origin": origin, "name": "Example University"}}}
	}
	web := func(docs m) *verifytest.Web { return verifytest.NewWeb(docs) }
	genuine := old(where, "https://university.example", "Basic")
	wantVerified(t, check(t, web(m{where: genuine}), genuine))
	// Of an edited copy the host's counts.
	v := check(t, web(m{where: genuine}), old(where, "https://university.example", "Chief Surgeon"))
	wantVerified(t, v)
	if v.Credential.Name != "Basic" {
		t.Errorf("name %q", v.Credential.Name)
	}
	wantReason(t, check(t, web(m{evil: old(evil, "https://university.example", "x")}), old(evil, "https://university.example", "x")), verdict.Rejected, verdict.HostNotIssuers)
	wantReason(t, check(t, web(m{evil: old(where, "https://university.example", "x")}), old(evil, "https://university.example", "x")), verdict.Rejected, verdict.HostNotIssuers)
	wantReason(t, check(t, web(m{where: verifytest.Answer{Status: 404}}), genuine), verdict.Rejected, verdict.NotFound)
	wantReason(t, check(t, web(m{where: verifytest.Answer{Status: 410, Body: `{"revoked":true}`}}), genuine), verdict.Rejected, verdict.Revoked)
	wantReason(t, check(t, web(nil), genuine), verdict.Pending, verdict.HostUnreachable)
	signed := with(genuine, m{"verify": m{"type": "signed", "url": where}})
	wantReason(t, check(t, web(m{where: genuine}), signed), verdict.Rejected, verdict.Unsigned)
}
