package verify

import (
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

const ebsiID = "did:ebsi:zZeKyEJfUTGwajhNyNX928z"

// lookedUpRecipes are of issuers whose documents are read from a log or a register.
func lookedUpRecipes() (out []recipe) {
	add := func(name, what, expect string, id string, web m, lines ...string) {
		b := verifytest.Secure(badge(id), issuerKey, id+"#key", "eddsa-rdfc-2022")
		out = append(out, recipe{name: name, rule: "did:webvh 1.0, Read (Resolve)", what: what, expect: expect, badge: b, web: verifytest.NewWeb(web), lines: append(lines, "accept: key")})
	}
	first := verifytest.WebVHEntry{Parameters: m{"method": "did:webvh:1.0", "scid": "{SCID}", "updateKeys": []any{verifytest.Multikey(issuerKey)}}, Key: issuerKey}
	next := func(p m, k ...func(*verifytest.WebVHEntry)) verifytest.WebVHEntry {
		e := verifytest.WebVHEntry{Parameters: p, Key: issuerKey}
		for _, f := range k {
			f(&e)
		}
		return e
	}
	const log = "https://badges.example.edu/.well-known/did.jsonl"
	for _, x := range []struct {
		name, what, expect string
		list               []verifytest.WebVHEntry
		lines              []string
	}{
		{"webvh", "a log of two entries, in the last of which the key stands", "verified", []verifytest.WebVHEntry{first, next(m{})}, []string{"standing: pass domain"}},
		{"webvh-foreign", "an entry by a key that may not update", "rejected key_not_issuers", []verifytest.WebVHEntry{first, next(m{}, func(e *verifytest.WebVHEntry) { e.Key = evilKey })}, []string{"issuer: fail key_not_issuers"}},
		{"webvh-broken", "an entry that was changed after it was hashed", "rejected key_not_issuers", []verifytest.WebVHEntry{first, next(m{}, func(e *verifytest.WebVHEntry) { e.Signed = func(x m) { x["parameters"] = m{"ttl": 1} } })}, []string{"issuer: fail key_not_issuers"}},
		{"webvh-deactivated", "a DID that was given up", "rejected key_revoked", []verifytest.WebVHEntry{first, next(m{"deactivated": true})}, []string{"issuer: fail key_revoked"}},
		{"webvh-version", "a version that is not read", "unsupported suite_unsupported", []verifytest.WebVHEntry{first, next(m{"method": "did:webvh:2.0"})}, []string{"integrity: unknown key_unavailable", "issuer: unknown suite_unsupported"}},
	} {
		id, text := verifytest.WebVHLog("badges.example.edu", x.list...)
		if x.name == "webvh-foreign" || x.name == "webvh-broken" || x.name == "webvh-deactivated" {
			x.lines = append(x.lines, "integrity: unknown key_unavailable")
		}
		add(x.name, x.what, x.expect, id, m{log: verifytest.Answer{Type: "text/jsonl", Body: text}}, x.lines...)
	}
	id, _ := verifytest.WebVHLog("badges.example.edu", first)
	add("webvh-down", "the host does not answer", "pending key_unavailable", id, m{}, "integrity: unknown key_unavailable", "issuer: unknown host_unreachable")
	doc := m{"id": ebsiID, "verificationMethod": []any{m{"id": ebsiID + "#key", "type": "Multikey", "controller": ebsiID, "publicKeyMultibase": verifytest.Multikey(issuerKey)}}, "assertionMethod": []any{ebsiID + "#key"}}
	const register = "https://api.ebsi.eu/did-registry/v5/identifiers/" + ebsiID
	add("ebsi", "the register lists the key", "verified", ebsiID, m{register: doc}, "standing: pass key")
	add("ebsi-down", "the register does not answer", "pending key_unavailable", ebsiID, m{}, "integrity: unknown key_unavailable", "issuer: unknown host_unreachable")
	return out
}

// TestEDCByDID: a European Digital Credential that an issuer signs by his DID, as a
// token, is judged like the others.
func TestEDCByDID(t *testing.T) {
	t.Parallel()
	doc := m{"id": ebsiID, "verificationMethod": []any{m{"id": ebsiID + "#key", "type": "Multikey", "controller": ebsiID, "publicKeyMultibase": verifytest.Multikey(issuerKey)}}, "assertionMethod": []any{ebsiID + "#key"}}
	w := verifytest.NewWeb(m{"https://api.ebsi.eu/did-registry/v5/identifiers/" + ebsiID: doc})
	token := func(change func(m)) []byte {
		b := edc(change)
		b["issuer"].(m)["id"] = ebsiID
		return verifytest.Compact(m{"alg": "EdDSA", "kid": ebsiID + "#key"}, verifytest.JSON(b), issuerKey)
	}
	v, err := New(Options{Fetcher: w, Now: clock, Accept: verdict.LevelKey})
	if err != nil {
		t.Fatal(err)
	}
	got := judged(t, v, Assertion{Payload: token(nil)}, applicant)
	if got.Result != verdict.Verified || got.Format != verdict.EDC || got.Credential.Name != "Nautical Science" || got.Credential.Issuer.Name != "Tidewater University" || len(got.Credential.Alignments) != 3 {
		t.Errorf("%s, %+v", short(got), got.Credential)
	}
	if got := judged(t, v, Assertion{Payload: token(func(b m) { b["expirationDate"] = "2026-10-01T00:00:00Z" })}, applicant); got.Result != verdict.Expired {
		t.Errorf("expired: %s", short(got))
	}
}
