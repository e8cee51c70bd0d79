package verify

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// The times of a key that is past its date: the badge was signed on the first of
// January, and its key ended in March.
const (
	keyEnd     = "2026-03-01T00:00:00Z"
	beforeEnd  = "Mon, 05 Jan 2026 09:00:00 GMT"
	afterEnd   = "Mon, 01 Jun 2026 09:00:00 GMT"
	hostedAt   = "https://badges.example.edu/credentials/77"
	otherPlace = "https://badges.example.edu/credentials/78"

	oldSchool    = "did:web:badges.example.edu"
	oldSchoolDoc = "https://badges.example.edu/.well-known/did.json"
)

// schoolDID is listingDID of the school.
func schoolDID(keys ...ed25519.PrivateKey) m {
	return verifytest.Object(strings.ReplaceAll(string(verifytest.JSON(listingDID(keys...))), didWeb, oldSchool))
}

// outdated is a web on which the key of a did:web ended, and a second is in force.
func outdated() *verifytest.Web {
	doc := schoolDID(issuerKey, verifytest.Ed25519(7))
	at(doc, "verificationMethod", 0)["expires"] = keyEnd
	w := issuers()
	w.Put(oldSchoolDoc, doc)
	return w
}

// hostedCopy answers with a credential that the host says it has had since.
func hostedCopy(body any, since string) verifytest.Answer {
	b, ok := body.([]byte)
	if !ok {
		b = verifytest.JSON(body)
	}
	return verifytest.Answer{Body: string(b), Type: "application/vc", Header: map[string]string{"Last-Modified": since}}
}

// oldBadge gives a badge at an address by the key that ended, in three forms.
func oldBadge(id string, change ...func(b m)) map[string]any {
	b := with(badge(oldSchool), m{"id": id})
	for _, f := range change {
		f(b)
	}
	return map[string]any{
		"eddsa-rdfc-2022": verifytest.Secure(b, issuerKey, oldSchool+"#k0", "eddsa-rdfc-2022"),
		"eddsa-jcs-2022":  verifytest.Secure(b, issuerKey, oldSchool+"#k0", "eddsa-jcs-2022"),
		"token":           tokenOf(b, m{"alg": "EdDSA", "kid": oldSchool + "#k0"}, issuerKey),
	}
}

// TestHostedCopyDatesABadge: a badge by a key that is past its date counts where the
// issuer's host has it with its signature since before, or signed anew.
func TestHostedCopyDatesABadge(t *testing.T) {
	for form, b := range oldBadge(hostedAt) {
		wantReason(t, check(t, outdated(), b), verdict.Unsupported, verdict.KeyOutdated)
		w := outdated()
		w.Put(hostedAt, hostedCopy(b, beforeEnd))
		v := check(t, w, b)
		wantVerified(t, v)
		dated := false
		for _, e := range v.Aspects.Issuer.Evidence {
			dated = dated || e.URL == hostedAt && strings.Contains(e.Note, "2026-01-05")
		}
		if !dated || v.Aspects.Issuer.Detail == "" {
			t.Errorf("%s: %+v", form, v.Aspects.Issuer)
		}
		// What else speaks against it is asked all the same.
		ended := oldBadge(hostedAt, func(b m) { b["validUntil"] = "2026-02-01T00:00:00Z" })["eddsa-rdfc-2022"]
		w.Put(hostedAt, hostedCopy(ended, beforeEnd))
		wantReason(t, check(t, w, ended), verdict.Expired, verdict.PastEnd)
		// Signed anew, whenever: that copy is judged.
		anew := verifytest.Secure(with(badge(oldSchool), m{"id": hostedAt, "validUntil": "2029-01-01T00:00:00Z"}), verifytest.Ed25519(7), oldSchool+"#k1", "eddsa-rdfc-2022")
		w.Put(hostedAt, hostedCopy(anew, afterEnd))
		v = check(t, w, b)
		wantVerified(t, v)
		if v.Credential.Expires.Year() != 2029 || len(v.Warnings) == 0 || v.Warnings[len(v.Warnings)-1] != verdict.WarnRefreshed {
			t.Errorf("%s, signed anew: %v, %v", form, v.Credential.Expires, v.Warnings)
		}
	}
}

// TestAttack397KeyPastItsDate: who has a key that is past its date dates a badge of
// his own back, and has the issuer's host, or one that looks like it, say that it
// was there.
func TestAttack397KeyPastItsDate(t *testing.T) {
	forms := oldBadge(hostedAt)
	b := forms["eddsa-rdfc-2022"].(m)
	unsigned := verifytest.Clone(b)
	delete(unsigned, "proof")
	another := oldBadge(hostedAt, func(b m) { at(b, "credentialSubject", "achievement")["name"] = "Doctor of Medicine" })["eddsa-rdfc-2022"]
	evil, method := verifytest.DIDKey(evilKey)
	for desc, a := range map[string]verifytest.Answer{
		"put there later":           hostedCopy(b, afterEnd),
		"put there as the key ends": hostedCopy(b, "Sun, 01 Mar 2026 00:00:00 GMT"),
		"without a date":            {Body: string(verifytest.JSON(b))},
		"a date that is none":       hostedCopy(b, "5 January 2026"),
		"a text among files":        {Type: "text/plain", Body: string(verifytest.JSON(b)), Header: map[string]string{"Last-Modified": beforeEnd}},
		"older than its signature":  hostedCopy(b, "Wed, 31 Dec 2025 23:59:59 GMT"),
		"from before all badges":    hostedCopy(b, "Thu, 01 Jan 1970 00:00:01 GMT"),
		"without its signature":     hostedCopy(unsigned, beforeEnd),
		"another by the same key":   hostedCopy(another, beforeEnd),
		"another by his own key":    hostedCopy(verifytest.Secure(with(badge(evil), m{"id": hostedAt}), evilKey, method, "eddsa-rdfc-2022"), beforeEnd),
		"his own key in its name":   hostedCopy(verifytest.Secure(with(badge(oldSchool), m{"id": hostedAt}), evilKey, method, "eddsa-rdfc-2022"), beforeEnd),
		"a page":                    {Type: "text/html", Body: "<html>", Header: map[string]string{"Last-Modified": beforeEnd}},
		"not there":                 {Status: 404, Body: string(verifytest.JSON(b)), Header: map[string]string{"Last-Modified": beforeEnd}},
		"of another host":           {Final: "https://evil.example/77", Body: string(verifytest.JSON(b)), Header: map[string]string{"Last-Modified": beforeEnd}},
		"led to where files lie":    {Final: "https://badges.example.edu/uploads/77", Body: string(verifytest.JSON(b)), Header: map[string]string{"Last-Modified": beforeEnd}},
		"led to what it is asked":   {Final: "https://badges.example.edu/echo?body=x", Body: string(verifytest.JSON(b)), Header: map[string]string{"Last-Modified": beforeEnd}},
	} {
		w := outdated()
		w.Put(hostedAt, a)
		if v := check(t, w, b); v.Result != verdict.Unsupported || v.Aspects.Issuer.Reason != verdict.KeyOutdated {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	// A host that gives all its files one date, and a badge that says it is as old.
	old := verifytest.Secure(with(badge(oldSchool), m{"id": hostedAt, "validFrom": "1970-01-01T00:00:00Z"}), issuerKey, oldSchool+"#k0", "eddsa-rdfc-2022", func(p m) { p["created"] = "1970-01-01T00:00:00Z" })
	w := outdated()
	w.Put(hostedAt, hostedCopy(old, "Thu, 01 Jan 1970 00:00:01 GMT"))
	wantReason(t, check(t, w, old), verdict.Unsupported, verdict.KeyOutdated)
	// Where the thief may have chosen what the host says.
	for _, where := range []string{
		"https://evil.example/77", "https://badges.example.edu.evil.example/77", "http://badges.example.edu/credentials/77", "https://badges.example.edu:8443/77", "https://www.badges.example.edu/77",
		"https://badges.example.edu/echo?last-modified=2026", "https://badges.example.edu/proxy/https://evil.example/77", "https://badges.example.edu/proxy/https:%2F%2Fevil.example/77",
		"https://badges.example.edu/proxy/https:/evil.example/77", "https://badges.example.edu/proxy/evil.example/77", "https://badges.example.edu/%70roxy/77",
		"https://badges.example.edu/~mallory/77", "https://badges.example.edu/uploads/77", "https://badges.example.edu@evil.example/77", "https://badges.example.edu/credentials/77#x", "urn:uuid:77", "did:web:badges.example.edu:credentials:77",
	} {
		for form, b := range oldBadge(where) {
			w := outdated()
			w.Put(where, hostedCopy(b, beforeEnd))
			if v := check(t, w, b); v.Result == verdict.Verified || v.Result == verdict.Authentic || v.Aspects.Issuer.State == verdict.Pass {
				t.Errorf("%s at %s: %s", form, where, short(v))
			}
			onlyAsked(t, w, oldSchoolDoc)
		}
	}
	// An issuer that is no more than a page, on a host where everybody has one.
	page := "did:web:pages.github.io:school"
	doc := listingDID(issuerKey)
	doc = verifytest.Object(strings.ReplaceAll(string(verifytest.JSON(doc)), didWeb, page))
	at(doc, "verificationMethod", 0)["expires"] = keyEnd
	w = issuers()
	w.Put("https://pages.github.io/school/did.json", doc)
	there := "https://pages.github.io/school/77"
	paged := verifytest.Secure(with(badge(page), m{"id": there}), issuerKey, page+"#k0", "eddsa-rdfc-2022")
	w.Put(there, hostedCopy(paged, beforeEnd))
	if v := check(t, w, paged); v.Aspects.Issuer.Reason != verdict.KeyOutdated {
		t.Errorf("on a page: %s", short(v))
	}
	// A key that was withdrawn, or past its date by the badge's own word, is so.
	for _, expires := range []any{nil, keyEnd} {
		w = outdated()
		w.Put(hostedAt, hostedCopy(b, beforeEnd))
		doc = schoolDID(issuerKey)
		at(doc, "verificationMethod", 0)["revoked"] = keyEnd
		if expires != nil {
			at(doc, "verificationMethod", 0)["expires"] = expires
		}
		w.Put(oldSchoolDoc, doc)
		wantReason(t, check(t, w, b), verdict.Rejected, verdict.KeyRevoked)
		onlyAsked(t, w, oldSchoolDoc)
	}
	late := verifytest.Secure(with(badge(oldSchool), m{"id": hostedAt}), issuerKey, oldSchool+"#k0", "eddsa-rdfc-2022", func(p m) { p["created"] = "2026-04-01T00:00:00Z" })
	w = outdated()
	w.Put(hostedAt, hostedCopy(late, beforeEnd))
	wantReason(t, check(t, w, late), verdict.Rejected, verdict.KeyExpired)
	// A copy that is signed anew counts only as what it is: of the same subject, and by
	// a key in force.
	theirs := func(b m) { at(b, "credentialSubject")["id"] = "did:example:other" }
	for desc, anew := range map[string]m{
		"of another subject": verifytest.Secure(with(badge(oldSchool), m{"id": hostedAt, "credentialSubject": with(at(badge(oldSchool), "credentialSubject"), m{"id": "did:example:other"})}), verifytest.Ed25519(7), oldSchool+"#k1", "eddsa-rdfc-2022"),
		"under another id":   verifytest.Secure(with(badge(oldSchool), m{"id": otherPlace}), verifytest.Ed25519(7), oldSchool+"#k1", "eddsa-rdfc-2022"),
		"by the same key":    oldBadge(hostedAt, theirs)["eddsa-rdfc-2022"].(m),
	} {
		w := outdated()
		w.Put(hostedAt, hostedCopy(anew, afterEnd))
		if v := check(t, w, b); v.Result != verdict.Unsupported || v.Aspects.Issuer.Reason != verdict.KeyOutdated {
			t.Errorf("signed anew, %s: %s", desc, short(v))
		}
	}
}

// TestAttack398ListDatesNothing: a status list from before the end of a key has a
// clear bit in a place that was never given away, so that a thief of the key can name
// it; no list shows that a badge was signed before.
func TestAttack398ListDatesNothing(t *testing.T) {
	_, w := statusBadge(nil, nil, nil)
	list := verifytest.Object(strings.ReplaceAll(w.Answers["https://issuer.example/status/1"].Body, "issuer.example", "badges.example.edu"))
	delete(list, "proof")
	list["issuer"] = oldSchool
	signed := verifytest.Secure(list, verifytest.Ed25519(7), oldSchool+"#k1", "eddsa-rdfc-2022", func(p m) { p["created"] = "2026-01-02T00:00:00Z" })
	w = outdated()
	w.Put("https://badges.example.edu/status/1", verifytest.Answer{Body: string(verifytest.JSON(signed)), Header: map[string]string{"Last-Modified": beforeEnd}})
	entry := m{"id": "https://badges.example.edu/status/1#94567", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "94567", "statusListCredential": "https://badges.example.edu/status/1"}
	for form, forged := range oldBadge("urn:uuid:never-issued", func(b m) { b["credentialStatus"] = entry }) {
		v := check(t, w, forged)
		if v.Result != verdict.Unsupported || v.Reason != verdict.KeyOutdated || v.Aspects.Status.State != verdict.Pass {
			t.Errorf("%s: %s, status %+v", form, short(v), v.Aspects.Status)
		}
	}
	w.Put("https://badges.example.edu/status/2", m{"id": "https://badges.example.edu/status/2", "issuer": oldSchool, "revokedCredential": []any{}})
	for form, forged := range oldBadge("urn:uuid:never-issued", func(b m) {
		b["credentialStatus"] = m{"id": "https://badges.example.edu/status/2", "type": "1EdTechRevocationList"}
	}) {
		if v := check(t, w, forged); v.Result != verdict.Unsupported || v.Reason != verdict.KeyOutdated {
			t.Errorf("a list of what was revoked, %s: %s", form, short(v))
		}
	}
}
