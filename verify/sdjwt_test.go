package verify

import (
	"encoding/base64"
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// sdHeader is the header of an SD-JWT by the key of a did:key.
func sdHeader(typ string) m {
	_, method := verifytest.DIDKey(issuerKey)
	return m{"alg": "EdDSA", "kid": method, "typ": typ}
}

// concealed gives a badge as an SD-JWT whose issuer lets the claims at paths be
// hidden.
func concealed(b m, paths ...string) *verifytest.Concealed {
	return verifytest.Conceal(sdHeader("vc+sd-jwt"), b, issuerKey, paths...)
}

// listed names a revocation list that has nothing against the badge, and one that
// has.
const clearList, setList = "https://issuer.example/clear", "https://issuer.example/set"

func listsOf(did string) *verifytest.Web {
	w := issuers()
	w.Put(clearList, m{"id": clearList, "issuer": did, "revokedCredential": []any{}})
	w.Put(setList, m{"id": setList, "issuer": did, "revokedCredential": []any{m{"id": badge(did)["id"]}}})
	return w
}

func listEntry(where string) m { return m{"id": where, "type": "1EdTechRevocationList"} }

// TestSDJWT: an SD-JWT is judged like the others. What is there to be read decides;
// an end, a beginning and a status that may have been left out are unknown.
func TestSDJWT(t *testing.T) {
	did, _ := verifytest.DIDKey(issuerKey)
	w := listsOf(did)
	whole := with(badge(did), m{"credentialStatus": listEntry(clearList)})
	// All of it disclosed, or nothing to hide.
	c := concealed(whole, "validUntil", "credentialStatus", "credentialSubject.achievement.tag.0", "name")
	for desc, token := range map[string][]byte{
		"all disclosed":                 c.Show(0, 1, 2, 3),
		"in another order":              c.Show(3, 1, 0, 2),
		"nothing to hide":               concealed(whole).Show(),
		"a status and dates for all":    concealed(whole, "name").Show(),
		"without the last tilde":        append([]byte(concealed(whole, "validUntil").Signed+"~"), concealed(whole, "validUntil").Disclosures[0]...),
		"a part of the achievement":     concealed(whole, "credentialSubject.achievement.tag").Show(),
		"no status and nothing to hide": concealed(with(whole, m{"credentialStatus": nil})).Show(),
		"SD-JWT VC by type":             verifytest.Conceal(sdHeader("dc+sd-jwt"), with(whole, m{"vct": "https://issuer.example/badge"}), issuerKey, "name").Show(0),
	} {
		v := check(t, w, token)
		wantVerified(t, v)
		if v.Proof != "sd-jwt EdDSA" || v.Credential.Name != "Teamwork" {
			t.Errorf("%s: %s %q", desc, v.Proof, v.Credential.Name)
		}
	}
	// What is disclosed counts, whoever chose to.
	wantReason(t, check(t, w, concealed(with(whole, m{"validUntil": "2026-02-01T00:00:00Z"}), "validUntil", "name").Show(0)), verdict.Expired, verdict.PastEnd)
	wantReason(t, check(t, w, concealed(with(whole, m{"credentialStatus": listEntry(setList)}), "credentialStatus", "name").Show(0)), verdict.Rejected, verdict.Revoked)
	wantReason(t, check(t, w, concealed(with(whole, m{"validFrom": "2029-01-01T00:00:00Z"}), "validFrom", "name").Show(0)), verdict.Rejected, verdict.NotYetValid)
	// An SD-JWT VC that is no badge, and one that says what it is by vct alone.
	wantReason(t, check(t, w, verifytest.Conceal(sdHeader("dc+sd-jwt"), m{"iss": did, "vct": "https://bank.example/identity", "given_name": "Erika"}, issuerKey, "given_name").Show(0)),
		verdict.Unsupported, verdict.NotABadgeVC)
	vct := m{"iss": did, "jti": "urn:uuid:1", "nbf": 1767225600, "exp": 1893456000, "vct": "https://issuer.example/OpenBadgeCredential",
		"credentialSubject": badge(did)["credentialSubject"], "cnf": m{"jwk": verifytest.JWK(evilKey.Public())}}
	v := check(t, w, verifytest.Conceal(sdHeader("dc+sd-jwt"), vct, issuerKey).Show())
	wantVerified(t, v)
	if v.Format != verdict.OB30 || v.Credential.Issuer.ID != did || v.Credential.ID != "urn:uuid:1" {
		t.Errorf("%s %+v", v.Format, v.Credential)
	}
	wantReason(t, check(t, w, verifytest.Conceal(sdHeader("dc+sd-jwt"), with(vct, m{"exp": 1769000000}), issuerKey).Show()), verdict.Expired, verdict.PastEnd)
	// Its status, by a Token Status List of one bit: the second place is set.
	const list = "https://issuer.example/l"
	w.Put(list, string(verifytest.Compact(m{"alg": "EdDSA", "kid": sdHeader("")["kid"], "typ": "statuslist+jwt"},
		verifytest.JSON(m{"iss": did, "sub": list, "iat": 1767225600, "exp": 1893456000, "status_list": m{"bits": 1, "lst": deflate([]byte{2, 0})}}), issuerKey)))
	at := func(place int) Verdict {
		return check(t, w, verifytest.Conceal(sdHeader("dc+sd-jwt"), with(vct, m{"status": m{"status_list": m{"idx": place, "uri": list}}}), issuerKey).Show())
	}
	wantVerified(t, at(0))
	wantReason(t, at(1), verdict.Rejected, verdict.Revoked)
}

// TestAttack300HiddenEnd: the end, or the beginning, is a digest that is not
// disclosed.
func TestAttack300HiddenEnd(t *testing.T) {
	did, _ := verifytest.DIDKey(issuerKey)
	w := listsOf(did)
	over := with(badge(did), m{"credentialStatus": listEntry(clearList), "validUntil": "2026-02-01T00:00:00Z"})
	wantReason(t, check(t, w, concealed(over, "validUntil").Show(0)), verdict.Expired, verdict.PastEnd)
	v1 := with(badgeV1(did), m{"expirationDate": "2026-02-01T00:00:00Z", "credentialStatus": listEntry(clearList)})
	claim := m{"iss": did, "jti": v1["id"], "vc": v1}
	early := with(over, m{"validUntil": nil, "validFrom": "2029-01-01T00:00:00Z"})
	for desc, token := range map[string][]byte{
		"hidden":                        concealed(over, "validUntil").Show(),
		"hidden beside what is shown":   concealed(over, "validUntil", "name").Show(1),
		"without a tilde":               []byte(concealed(over, "validUntil").Signed),
		"VCDM 1.1, in the claim vc":     concealed(claim, "vc.expirationDate").Show(),
		"VCDM 1.1, the whole claim":     concealed(with(claim, m{"vc": with(v1, m{"expirationDate": nil}), "exp": 1769000000}), "exp").Show(),
		"a beginning":                   concealed(with(early, m{"validUntil": "2030-01-01T00:00:00Z"}), "validFrom").Show(),
		"a decoy may be an end":         concealed(with(over, m{"validUntil": nil, "x": "y"}), "x").Show(),
		"the end of an SD-JWT VC":       verifytest.Conceal(sdHeader("dc+sd-jwt"), with(over, m{"validUntil": nil, "vct": "x", "exp": 1769000000}), issuerKey, "exp").Show(),
		"typ of a plain token":          verifytest.Conceal(sdHeader("vc+jwt"), over, issuerKey, "validUntil").Show(),
		"no typ, and without its tilde": []byte(verifytest.Conceal(sdHeader(""), over, issuerKey, "validUntil").Signed),
		"a hash that is named":          concealed(with(over, m{"_sd_alg": "sha-256"}), "validUntil").Show(),
	} {
		if v := check(t, w, token); v.Result != verdict.Unsupported || v.Reason != verdict.NotDisclosed || v.Aspects.Dates.State != verdict.Unknown {
			t.Errorf("%s: %s, %s", desc, v.Reason, short(v))
		}
	}
}

// TestAttack301HiddenStatus: the status, or one of two, or a part of it, is a
// digest that is not disclosed.
func TestAttack301HiddenStatus(t *testing.T) {
	did, _ := verifytest.DIDKey(issuerKey)
	w := listsOf(did)
	revoked := with(badge(did), m{"credentialStatus": listEntry(setList)})
	two := with(badge(did), m{"credentialStatus": []any{listEntry(clearList), listEntry(setList)}})
	wantReason(t, check(t, w, concealed(two, "credentialStatus.1").Show(0)), verdict.Rejected, verdict.Revoked)
	for desc, token := range map[string][]byte{
		"hidden":                        concealed(revoked, "credentialStatus").Show(),
		"one of two":                    concealed(two, "credentialStatus.1").Show(),
		"both":                          concealed(two, "credentialStatus.0", "credentialStatus.1").Show(),
		"where it stands":               concealed(with(badge(did), m{"credentialStatus": with(listEntry(clearList), m{"x": "y"})}), "credentialStatus.x").Show(),
		"the claim status":              concealed(with(badge(did), m{"status": m{"status_list": m{"idx": 1, "uri": setList}}}), "status").Show(),
		"in the claim vc":               concealed(m{"iss": did, "vc": with(badgeV1(did), m{"credentialStatus": listEntry(setList)})}, "vc.credentialStatus").Show(),
		"where its list is":             concealed(revoked, "credentialStatus.id").Show(),
		"its kind":                      concealed(revoked, "credentialStatus.type").Show(),
		"one in a status, disclosed up": concealed(two, "credentialStatus.1", "credentialStatus").Show(1),
	} {
		v := check(t, w, token)
		if v.Result != verdict.Unsupported || v.Reason != verdict.NotDisclosed || v.Aspects.Status.State != verdict.Unknown {
			t.Errorf("%s: %s, %s", desc, v.Reason, short(v))
		}
	}
}

// TestAttack302ForgedDisclosure: what the issuer did not sign is no part of the
// badge, and a badge that brings it is no badge.
func TestAttack302ForgedDisclosure(t *testing.T) {
	did, _ := verifytest.DIDKey(issuerKey)
	c := concealed(with(badge(did), m{"validUntil": "2026-02-01T00:00:00Z"}), "validUntil", "name")
	forged := func(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }
	for desc, extra := range map[string]string{
		"another end":       forged(`["salt0","validUntil","2030-01-01T00:00:00Z"]`),
		"another salt":      forged(`["salt9","name","Teamwork"]`),
		"an issuer":         forged(`["s","issuer","https://university.example"]`),
		"an element":        forged(`["s",{"type":"IdentityObject"}]`),
		"one of another":    concealed(badge(did), "validUntil").Disclosures[0],
		"no JSON":           "AAAA",
		"no base64url":      "a+b=",
		"nothing":           "",
		"a name of its own": forged(`["s","_sd",[]]`),
	} {
		for _, token := range [][]byte{append(c.Show(1), extra+"~"...), append(c.Show(), extra+"~"...)} {
			wantReason(t, check(t, issuers(), token), verdict.Rejected, verdict.DisclosureBad)
		}
		v := check(t, issuers(), verifytest.Secure(clrOf(did, string(c.Show(1))+extra+"~"), issuerKey, sdHeader("")["kid"].(string), "eddsa-jcs-2022"))
		if len(v.Contained) != 1 || v.Contained[0].Result != verdict.Rejected || v.Contained[0].Reason != verdict.DisclosureBad {
			t.Errorf("%s, in a record: %+v", desc, v.Contained)
		}
	}
	// What was signed by another key is not the issuer's, disclosed or not.
	evil := verifytest.Conceal(sdHeader("vc+sd-jwt"), badge(did), evilKey, "name")
	wantReason(t, check(t, issuers(), evil.Show(0)), verdict.Rejected, verdict.ProofInvalid)
}

// TestAttack303DisclosedTwice: neither a disclosure nor a digest stands twice.
func TestAttack303DisclosedTwice(t *testing.T) {
	did, _ := verifytest.DIDKey(issuerKey)
	c := concealed(badge(did), "name")
	wantVerified(t, check(t, issuers(), c.Show(0)))
	wantReason(t, check(t, issuers(), c.Show(0, 0)), verdict.Rejected, verdict.DisclosureBad)
	note := concealed(with(badge(did), m{"note": "n"}), "note").Disclosures[0]
	digest := verifytest.SDDigest(note)
	twice := func(change func(b m)) Verdict {
		b := with(badge(did), m{"_sd": []any{digest}})
		change(b)
		return check(t, issuers(), append(tokenOfAny(b, sdHeader("vc+sd-jwt")), "~"+note+"~"...))
	}
	wantVerified(t, twice(func(m) {}))
	wantReason(t, twice(func(b m) { at(b, "credentialSubject", "achievement")["_sd"] = []any{digest} }), verdict.Rejected, verdict.DisclosureBad)
}

// TestAttack304DisclosedOver: what is disclosed takes no other claim's place.
func TestAttack304DisclosedOver(t *testing.T) {
	did, _ := verifytest.DIDKey(issuerKey)
	for _, claim := range []string{`["s","validUntil","2035-01-01T00:00:00Z"]`, `["s","issuer","https://university.example"]`, `["s","_sd",[]]`, `["s","...",1]`, `["s","_sd_alg","md5"]`} {
		d := base64.RawURLEncoding.EncodeToString([]byte(claim))
		token := append(tokenOfAny(with(badge(did), m{"_sd": []any{verifytest.SDDigest(d)}}), sdHeader("vc+sd-jwt")), "~"+d+"~"...)
		wantReason(t, check(t, issuers(), token), verdict.Rejected, verdict.DisclosureBad)
	}
}

// TestAttack305HiddenIssuer: an SD-JWT without its issuer is nobody's, and of
// nobody's badge nothing is said against it.
func TestAttack305HiddenIssuer(t *testing.T) {
	did, _ := verifytest.DIDKey(issuerKey)
	c := concealed(badge(did), "issuer")
	wantReason(t, check(t, issuers(), c.Show()), verdict.Unsupported, verdict.NotDisclosed)
	wantVerified(t, check(t, issuers(), c.Show(0)))
	wantReason(t, check(t, issuers(), concealed(badge(did), "issuer.id").Show()), verdict.Unsupported, verdict.NotDisclosed)
	// The claim iss does not stand in for it.
	named := concealed(with(badge(did), m{"iss": did}), "issuer")
	wantReason(t, check(t, issuers(), named.Show()), verdict.Unsupported, verdict.NotDisclosed)
	evil := verifytest.Conceal(with(sdHeader("vc+sd-jwt"), m{"kid": "https://university.example#k"}), with(badge("https://university.example"), nil), evilKey, "issuer")
	if v := check(t, issuers(), evil.Show(0)); v.Result == verdict.Verified || v.Result == verdict.Authentic {
		t.Errorf("another's issuer: %s", short(v))
	}
}

// TestAttack306HoldersProof: the proof of a holder's key raises nothing, and one
// that does not hold is told.
func TestAttack306HoldersProof(t *testing.T) {
	did, _ := verifytest.DIDKey(issuerKey)
	holder, kb := verifytest.Ed25519(77), m{"alg": "EdDSA", "typ": "kb+jwt"}
	b := with(badge(did), m{"cnf": m{"jwk": verifytest.JWK(holder.Public())}})
	c := concealed(b, "validUntil", "name")
	plain := check(t, issuers(), c.Show(0, 1))
	wantVerified(t, plain)
	bound := check(t, issuers(), verifytest.Bind(c.Show(0, 1), kb, holder))
	wantVerified(t, bound)
	for _, v := range []Verdict{plain, bound} {
		if len(v.Warnings) != 1 || v.Warnings[0] != verdict.WarnHolderKey {
			t.Errorf("%v", v.Warnings)
		}
	}
	// Neither hides what was left out, nor makes it the applicant's.
	wantReason(t, check(t, issuers(), verifytest.Bind(c.Show(1), kb, holder)), verdict.Unsupported, verdict.NotDisclosed)
	nobody := verifytest.Clone(b)
	delete(at(nobody, "credentialSubject"), "identifier")
	wantReason(t, check(t, issuers(), verifytest.Bind(concealed(nobody, "name").Show(0), kb, holder)), verdict.Authentic, verdict.RecipientUnknown)
	wantReason(t, check(t, issuers(), verifytest.Bind(c.Show(0, 1), kb, evilKey)), verdict.Rejected, verdict.DisclosureBad)
	cut := append(c.Show(0), verifytest.Bind(c.Show(0, 1), kb, holder)[len(c.Show(0, 1)):]...)
	wantReason(t, check(t, issuers(), cut), verdict.Rejected, verdict.DisclosureBad)
}

// TestAttack306Tilde: a tilde behind a plain token for the holder of a key makes no
// SD-JWT of it.
func TestAttack306Tilde(t *testing.T) {
	did, _ := verifytest.DIDKey(issuerKey)
	token := tokenOfAny(with(badge(did), m{"cnf": m{"jwk": verifytest.JWK(evilKey.Public())}}), sdHeader("vc+jwt"))
	wantReason(t, check(t, issuers(), token), verdict.Unsupported, verdict.HolderBound)
	wantReason(t, check(t, issuers(), append(token, '~')), verdict.Unsupported, verdict.HolderBound)
	wantReason(t, check(t, issuers(), verifytest.Bind(append(token, '~'), m{"alg": "EdDSA", "typ": "kb+jwt"}, evilKey)), verdict.Unsupported, verdict.HolderBound)
}

// TestAttack307HiddenResult: a failed result may have been left out, so the
// achievement makes no skill.
func TestAttack307HiddenResult(t *testing.T) {
	did, _ := verifytest.DIDKey(issuerKey)
	w := listsOf(did)
	result := []any{m{"type": []any{"Result"}, "status": "Failed"}}
	failed := with(badge(did), m{"credentialStatus": listEntry(clearList)})
	at(failed, "credentialSubject")["result"] = result
	hidden := func(desc string, v Verdict, want bool) {
		t.Helper()
		warned := false
		for _, code := range v.Warnings {
			warned = warned || code == verdict.WarnResultsHidden
		}
		if v.Credential.Undisclosed.Results != want || warned != want || v.Result != verdict.Verified {
			t.Errorf("%s: %v %v %s", desc, v.Credential.Undisclosed, v.Warnings, short(v))
		}
	}
	described := verifytest.Clone(failed)
	at(described, "credentialSubject")["result"] = []any{m{"type": []any{"Result"}, "value": "40", "resultDescription": "urn:uuid:5"}}
	at(described, "credentialSubject", "achievement")["resultDescription"] = []any{m{"id": "urn:uuid:5", "type": []any{"ResultDescription"}, "name": "Score", "resultType": "RawScore", "requiredValue": "50"}}
	hidden("shown", check(t, w, concealed(failed, "credentialSubject.result").Show(0)), false)
	hidden("left out", check(t, w, concealed(failed, "credentialSubject.result").Show()), true)
	hidden("an element", check(t, w, concealed(failed, "credentialSubject.result.0").Show()), true)
	hidden("its status", check(t, w, concealed(failed, "credentialSubject.result.0.status").Show()), true)
	hidden("what is required", check(t, w, concealed(described, "credentialSubject.achievement.resultDescription.0.requiredValue").Show()), true)
	hidden("its description", check(t, w, concealed(described, "credentialSubject.achievement.resultDescription").Show()), true)
	hidden("all there", check(t, w, concealed(described, "credentialSubject.achievement.tag").Show()), false)
	hidden("another part, results there", check(t, w, concealed(with(described, nil), "credentialSubject.identifier.0.salt").Show(0)), false)

	// Of a record, too, whose achievements its results speak of.
	record := with(clrOf(did), m{"validUntil": "2030-01-01T00:00:00Z", "credentialStatus": listEntry(clearList)})
	at(record, "credentialSubject")["achievement"] = []any{at(badge(did), "credentialSubject", "achievement")}
	at(record, "credentialSubject")["result"] = result
	for show, want := range map[int]bool{0: false, 1: true} {
		v := check(t, w, concealed(record, "credentialSubject.result", "name").Show(show))
		if len(v.Contained) != 1 || v.Contained[0].Credential.Undisclosed.Results != want {
			t.Errorf("a record: %s %+v", short(v), v.Contained)
		}
	}

	key := verifytest.P256(7)
	sdDID, method := verifytest.P256DIDKey(key)
	w = listsOf(sdDID)
	derived := func(b m, optional func(line string) bool) Verdict {
		return check(t, w, verifytest.Disclose(b, key, method, func(line string) bool { return !optional(line) }))
	}
	none := func(string) bool { return false }
	passed := with(badge(sdDID), m{"credentialStatus": listEntry(clearList)})
	hidden("a derived proof without results", derived(passed, none), true)
	at(passed, "credentialSubject")["result"] = []any{m{"type": []any{"Result"}, "status": "Completed"}}
	hidden("a mandatory result", derived(passed, none), false)
	hidden("a result of its choice", derived(passed, func(line string) bool { return strings.Contains(line, "#result>") }), true)
	hidden("a status of its choice", derived(passed, func(line string) bool { return strings.Contains(line, "Completed") }), true)
}

// TestAttack315HiddenRecipient: whom the badge names may have been left out, which
// is not that it names nobody.
func TestAttack315HiddenRecipient(t *testing.T) {
	did, _ := verifytest.DIDKey(issuerKey)
	c := concealed(badge(did), "credentialSubject.identifier")
	wantReason(t, check(t, issuers(), c.Show()), verdict.Authentic, verdict.NotDisclosed)
	wantVerified(t, check(t, issuers(), c.Show(0)))
	// Neither is it that the claim sub names another.
	b := with(badge(did), m{"sub": "did:example:applicant"})
	at(b, "credentialSubject")["id"] = "did:example:applicant"
	c = concealed(b, "credentialSubject.id")
	wantVerified(t, check(t, issuers(), c.Show(0)))
	wantVerified(t, check(t, issuers(), c.Show()))
	wantReason(t, check(t, issuers(), concealed(b, "credentialSubject").Show()), verdict.Unsupported, verdict.NotDisclosed)
	wantReason(t, check(t, issuers(), concealed(with(b, m{"sub": "did:example:other"}), "credentialSubject.id").Show(0)), verdict.Rejected, verdict.ClaimsMismatch)
}

// metadataOf is the JWT VC Issuer Metadata of an issuer with a key.
func metadataOf(issuer string, key any) m {
	return m{"issuer": issuer, "jwks": m{"keys": []any{with(verifytest.JWK(key), m{"kid": "1", "alg": "EdDSA"})}}}
}

// TestIssuerMetadata: the key of an SD-JWT VC is found in the metadata of its issuer,
// where a profile has none, and in no other badge's case.
func TestIssuerMetadata(t *testing.T) {
	const issuer, where = "https://school.example/tenants/7", "https://school.example/.well-known/jwt-vc-issuer/tenants/7"
	gone := verifytest.Answer{Status: 404, Type: "text/html", Body: "<html>"}
	web := func(answer any) *verifytest.Web {
		return verifytest.NewWeb(m{issuer: gone, "https://school.example/.well-known/jwks.json": gone, where: answer})
	}
	vct := m{"iss": issuer, "jti": "urn:uuid:1", "nbf": 1767225600, "exp": 1893456000, "vct": "https://school.example/OpenBadgeCredential", "credentialSubject": badge(issuer)["credentialSubject"]}
	for _, kid := range []any{"1", nil, issuer + "#1"} {
		h := m{"alg": "EdDSA", "typ": "dc+sd-jwt", "kid": kid}
		if kid == nil {
			delete(h, "kid")
		}
		token := verifytest.Conceal(h, vct, issuerKey).Show()
		w := web(metadataOf(issuer, issuerKey.Public()))
		v := check(t, w, token)
		wantVerified(t, v)
		if v.Credential.Issuer.ID != issuer || v.Aspects.Issuer.Evidence[len(v.Aspects.Issuer.Evidence)-1].URL != where {
			t.Errorf("%v: %+v", kid, v.Aspects.Issuer)
		}
		// By a link, wherever the issuer has its keys kept.
		for _, keys := range []string{"https://school.example/keys", "https://keys.example/school"} {
			w = web(m{"issuer": issuer, "jwks_uri": keys})
			w.Put(keys, at(metadataOf(issuer, issuerKey.Public()), "jwks"))
			wantVerified(t, check(t, w, token))
		}
		wantReason(t, check(t, web(gone), token), verdict.Pending, verdict.KeyUnavailable)
		if v := check(t, web(verifytest.Answer{Status: 503}), token); v.Result != verdict.Pending || v.Aspects.Issuer.Reason != verdict.HostUnreachable {
			t.Errorf("%v, its host in trouble: %s", kid, short(v))
		}
	}
	// A root has its metadata at the root, and a slash behind a path makes no other.
	for iss, where := range map[string]string{"https://school.example": "https://school.example/.well-known/jwt-vc-issuer", "https://school.example/": "https://school.example/.well-known/jwt-vc-issuer", "https://school.example/x/": "https://school.example/.well-known/jwt-vc-issuer/x"} {
		w := verifytest.NewWeb(m{iss: gone, "https://school.example/.well-known/jwks.json": gone, where: metadataOf(iss, issuerKey.Public())})
		wantVerified(t, check(t, w, verifytest.Conceal(m{"alg": "EdDSA", "typ": "dc+sd-jwt"}, with(vct, m{"iss": iss}), issuerKey).Show()))
	}
	// It is for SD-JWT VCs: other tokens are not looked up there.
	w := web(metadataOf(issuer, issuerKey.Public()))
	if v := check(t, w, tokenOf(badge(issuer), m{"alg": "EdDSA", "kid": "1"}, issuerKey)); v.Result == verdict.Verified || w.Asked[where] != 0 {
		t.Errorf("a plain token: %s, asked %d times", short(v), w.Asked[where])
	}
}

// TestAttack400IssuerMetadata: metadata makes a key the issuer's only where the
// issuer's own host has it, in its place, under the issuer's very name.
func TestAttack400IssuerMetadata(t *testing.T) {
	const issuer, where = "https://school.example/tenants/7", "https://school.example/.well-known/jwt-vc-issuer/tenants/7"
	gone := verifytest.Answer{Status: 404, Type: "text/html", Body: "<html>"}
	evil := metadataOf(issuer, evilKey.Public())
	vct := m{"iss": issuer, "jti": "urn:uuid:1", "nbf": 1767225600, "exp": 1893456000, "vct": "https://school.example/OpenBadgeCredential", "credentialSubject": badge(issuer)["credentialSubject"]}
	base := func() *verifytest.Web {
		return verifytest.NewWeb(m{issuer: gone, "https://school.example/.well-known/jwks.json": gone, where: gone})
	}
	for desc, put := range map[string]m{
		"behind the issuer's path":     {issuer + "/.well-known/jwt-vc-issuer": evil},
		"of another tenant":            {"https://school.example/.well-known/jwt-vc-issuer/tenants/8": evil, where: metadataOf("https://school.example/tenants/8", evilKey.Public())},
		"of the host":                  {"https://school.example/.well-known/jwt-vc-issuer": evil},
		"under another name":           {where: metadataOf("https://evil.example", evilKey.Public())},
		"under another spelling":       {where: metadataOf(issuer+"/", evilKey.Public())},
		"under no name":                {where: with(evil, m{"issuer": nil})},
		"on another host":              {where: verifytest.Answer{Final: "https://evil.example/meta", Body: string(verifytest.JSON(evil))}},
		"keys of another's":            {where: m{"issuer": issuer, "jwks_uri": "https://school.example/keys"}, "https://school.example/keys": m{"keys": []any{with(verifytest.JWK(evilKey.Public()), m{"kid": "1", "controller": "https://evil.example"})}}},
		"keys beside it":               {where: with(metadataOf(issuer, issuerKey.Public()), m{"publicKeyJwk": verifytest.JWK(evilKey.Public()), "verificationMethod": []any{m{"id": issuer + "#1", "type": "JsonWebKey", "publicKeyJwk": verifytest.JWK(evilKey.Public())}}})},
		"keys in its set's place":      {where: m{"issuer": issuer, "verificationMethod": []any{m{"id": issuer + "#1", "type": "JsonWebKey", "publicKeyJwk": verifytest.JWK(evilKey.Public())}}}},
		"the metadata is a page":       {where: verifytest.Answer{Type: "text/html", Body: "<script>" + string(verifytest.JSON(evil))}},
		"a key that was withdrawn":     {where: m{"issuer": issuer, "jwks": m{"keys": []any{with(verifytest.JWK(evilKey.Public()), m{"kid": "1", "revoked": true})}}}},
		"another issuer's name on it":  {where: m{"issuer": issuer, "jwks": m{"keys": []any{with(verifytest.JWK(evilKey.Public()), m{"kid": "1", "iss": "https://evil.example"})}}}},
		"the proof names another host": {where: metadataOf(issuer, issuerKey.Public()), "https://evil.example/keys": at(evil, "jwks")},
	} {
		for _, kid := range []string{"1", issuer + "#1", "https://evil.example/keys#1"} {
			w := base()
			for u, d := range put {
				w.Put(u, d)
			}
			v := check(t, w, verifytest.Conceal(m{"alg": "EdDSA", "typ": "dc+sd-jwt", "kid": kid}, vct, evilKey).Show())
			if v.Aspects.Issuer.State == verdict.Pass && v.Aspects.Integrity.State == verdict.Pass || v.Result == verdict.Verified || v.Result == verdict.Authentic {
				t.Errorf("%s, %s: %s", desc, kid, short(v))
			}
			onlyAsked(t, w, "https://school.example/")
		}
	}
}
