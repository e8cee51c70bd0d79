package verify

import (
	"maps"
	"strings"
	"testing"

	"assay/verify/contexts"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// keyworded writes @id for id and @type for type, but in contexts.
func keyworded(v any) any {
	switch x := v.(type) {
	case m:
		out := m{}
		for name, e := range x {
			switch name {
			case "@context":
				out[name] = e
				continue
			case "id", "type":
				name = "@" + name
			}
			out[name] = keyworded(e)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = keyworded(e)
		}
		return out
	}
	return v
}

// TestKeywords: @id and @type are read as id and type wherever the JSON counts, and
// texts in whatever form JSON-LD gives them.
func TestKeywords(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	plain := check(t, issuers(), secured())
	for desc, b := range map[string]any{
		"token": verifytest.Compact(m{"alg": "EdDSA", "kid": method}, verifytest.JSON(keyworded(badge(did))), issuerKey),
		"JCS":   verifytest.Secure(keyworded(badge(did)).(m), issuerKey, method, "eddsa-jcs-2022"),
	} {
		v := check(t, issuers(), b)
		if v.Result != verdict.Verified || v.Credential.Name != plain.Credential.Name || v.Credential.ID != plain.Credential.ID || v.Credential.Issuer.ID != did || v.Credential.AchievementID != plain.Credential.AchievementID {
			t.Errorf("%s: %s, %+v", desc, short(v), v.Credential)
		}
	}
	w := ob2Web()
	for where, a := range w.Answers {
		w.Put(where, keyworded(verifytest.Object(a.Body)))
	}
	v := check(t, w, ob2Badge())
	if v.Result != verdict.Verified || v.Credential.Issuer.ID != ob2Profile || v.Credential.Name != "Teamwork" {
		t.Errorf("Open Badges 2.0: %s, %+v", short(v), v.Credential)
	}
	// As found in a document, too.
	if v := check(t, w, keyworded(ob2Badge())); v.Result != verdict.Verified {
		t.Errorf("Open Badges 2.0, at hand: %s", short(v))
	}
	for desc, tc := range map[string]struct {
		name any
		want string
	}{
		"a number": {2026, "2026"}, "a text in a language": {m{"@value": "Teamarbeit", "@language": "de"}, "Teamarbeit"}, "a map of languages": {m{"de": "Teamarbeit", "en": "Teamwork"}, "Teamwork"},
		"a list": {[]any{"Teamwork", "Working in teams"}, "Teamwork"}, "a value": {m{"@value": "Teamwork"}, "Teamwork"},
	} {
		w := ob2Web()
		w.Put(ob2Class, with(verifytest.Object(w.Answers[ob2Class].Body), m{"name": tc.name}))
		if v := check(t, w, ob2Badge()); v.Result != verdict.Verified || v.Credential.Name != tc.want {
			t.Errorf("a name that is %s: %s, %q", desc, short(v), v.Credential.Name)
		}
		b := badge(did)
		at(b, "credentialSubject", "achievement")["name"] = tc.name
		if v := check(t, issuers(), verifytest.Compact(m{"alg": "EdDSA", "kid": method}, verifytest.JSON(b), issuerKey)); v.Result != verdict.Verified || v.Credential.Name != tc.want {
			t.Errorf("token, a name that is %s: %s, %q", desc, short(v), v.Credential.Name)
		}
	}
}

// TestAttack224Keywords: by writing id as @id nobody makes two of one, or has what is taken back, ended or another's pass.
func TestAttack224Keywords(t *testing.T) {
	// Two names for one member.
	both := secured()
	both["@id"] = "urn:uuid:another"
	if v := check(t, issuers(), both); v.Aspects.Integrity.State == verdict.Pass {
		t.Errorf("id and @id: %s", short(v))
	}
	// What speaks against a hosted badge, said in JSON-LD.
	for desc, change := range map[string]m{
		"revoked": {"revoked": m{"@value": true}}, "over": {"expires": m{"@type": "xsd:dateTime", "@value": "2026-02-01T00:00:00Z"}}, "over, in a set": {"expires": m{"@set": []any{"2100-01-01", "2026-02-01"}}},
		"another's": {"recipient": m{"@type": "email", "hashed": false, "identity": m{"@value": "bob@example.org"}}}, "elsewhere": {"id": nil, "@id": "https://other.example/1"},
	} {
		w := ob2Web()
		w.Put(ob2URL, with(ob2Badge(), change))
		if v := check(t, w, ob2Badge()); v.Result == verdict.Verified || strings.HasPrefix(desc, "re") && v.Reason != verdict.Revoked || strings.HasPrefix(desc, "over") && v.Result != verdict.Expired {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	// A list that names it by @id, in a set.
	key := m{"type": "CryptographicKey", "id": "https://issuer.example/key", "owner": ob2Profile, "publicKeyPem": verifytest.PEM(issuerKey.Public())}
	w := ob2Web()
	w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"publicKey": key, "revocationList": "https://issuer.example/revoked"}))
	w.Put("https://issuer.example/revoked", m{"@type": "RevocationList", "issuer": m{"@id": ob2Profile}, "revokedAssertions": m{"@set": []any{m{"@id": "urn:uuid:1"}}}})
	signed := verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(with(ob2Badge(), m{"id": "urn:uuid:1", "verification": m{"@type": "signed", "creator": m{"@id": "https://issuer.example/key"}}})), issuerKey)
	wantReason(t, check(t, w, signed), verdict.Rejected, verdict.Revoked)
}

// TestKeywordsOfStatements: @id and @type say the same statements as id and type, so
// that a signature over statements holds, and the badge says what it said.
func TestKeywordsOfStatements(t *testing.T) {
	plain := secured()
	want := check(t, issuers(), plain)
	wantVerified(t, want)
	type move func(b m)
	rename := func(o m, names ...string) {
		for _, name := range names {
			o["@"+name] = o[name]
			delete(o, name)
		}
	}
	for desc, change := range map[string]move{
		"all":         func(b m) { x := keyworded(b).(m); clear(b); maps.Copy(b, x) },
		"the root":    func(b m) { rename(b, "id", "type") },
		"the subject": func(b m) { rename(at(b, "credentialSubject"), "type") },
		"the issuer":  func(b m) { rename(at(b, "issuer"), "id") },
		"the proof":   func(b m) { rename(at(b, "proof"), "type") },
	} {
		b := verifytest.Clone(plain)
		change(b)
		v := check(t, issuers(), b)
		if v.Result != verdict.Verified || v.Aspects.Conformance.State != verdict.Fail && desc != "the proof" {
			t.Errorf("%s: %s, %+v", desc, short(v), v.Aspects.Conformance)
		}
		if g, w := v.Credential, want.Credential; g.ID != w.ID || g.Issuer != w.Issuer || g.SubjectID != w.SubjectID || g.AchievementID != w.AchievementID || g.Name != w.Name || !g.Issued.Equal(w.Issued) {
			t.Errorf("%s: %+v, want %+v", desc, g, w)
		}
		// Whose key it is cannot be asked: pending, as it would be without.
		if v := check(t, verifytest.NewWeb(nil), b); v.Result != check(t, verifytest.NewWeb(nil), plain).Result {
			t.Errorf("%s, without the issuer's documents: %s", desc, short(v))
		}
		// And nothing else may be changed.
		b["name"] = "Another"
		notReal(t, desc+", changed", check(t, issuers(), b))
	}
	// Terms of the issuer's own, a record, and a badge of which parts were left out.
	more, w := studied()
	v := judgeWith(t, w, contexts.Options{}, keyworded(more))
	if v.Result != verdict.Verified || v.Credential.AchievementID != want.Credential.AchievementID {
		t.Errorf("terms of the issuer's own: %s", short(v))
	}
}

// TestAttack395KeywordsOfStatements: whoever holds a badge that statements were
// signed of may write id as @id, and hides nothing by it: not when it ends, not
// whose it is, not a part of what is said of a node.
func TestAttack395KeywordsOfStatements(t *testing.T) {
	rename := func(o m, names ...string) {
		for _, name := range names {
			o["@"+name] = o[name]
			delete(o, name)
		}
	}
	// Both spellings, whether they agree or not, of whatever object.
	for desc, change := range map[string]func(b m){
		"another id":                  func(b m) { b["@id"] = "urn:uuid:another" },
		"the same id":                 func(b m) { b["@id"] = b["id"] },
		"another type":                func(b m) { b["@type"] = []any{"VerifiableCredential"} },
		"the same type":               func(b m) { b["@type"] = b["type"] },
		"another issuer":              func(b m) { at(b, "issuer")["@id"] = "https://famous.example" },
		"another subject":             func(b m) { at(b, "credentialSubject")["@id"] = "did:example:other" },
		"another type of the subject": func(b m) { at(b, "credentialSubject")["@type"] = "AchievementSubject" },
		"id is null":                  func(b m) { b["@id"], b["id"] = b["id"], nil },
		"@id is null":                 func(b m) { b["@id"] = nil },
		"of the proof":                func(b m) { at(b, "proof")["@type"] = "Ed25519Signature2020" },
		"in a list":                   func(b m) { b["@id"] = []any{b["id"]}; delete(b, "id") },
		"@included":                   func(b m) { b["@included"] = []any{} },
	} {
		b := secured()
		change(b)
		if v := check(t, issuers(), b); v.Result != verdict.Rejected || v.Aspects.Integrity.State != verdict.Fail {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	for desc, change := range map[string]func(b m){
		"another id":     func(b m) { b["id"] = "urn:uuid:another" },
		"another issuer": func(b m) { at(b, "issuer")["id"] = "https://famous.example" },
		"the same type":  func(b m) { b["type"] = b["@type"] },
	} {
		b := keyworded(secured()).(m)
		change(b)
		if v := check(t, issuers(), b); v.Result != verdict.Rejected || v.Aspects.Integrity.State != verdict.Fail {
			t.Errorf("%s, and all else by keywords: %s", desc, short(v))
		}
	}
	// What speaks against it is read by either name.
	ended := secured(func(b m) { b["validUntil"] = "2026-02-01T00:00:00Z" })
	wantReason(t, check(t, issuers(), keyworded(ended)), verdict.Expired, verdict.PastEnd)
	theirs := secured(func(b m) {
		at(b, "credentialSubject")["identifier"] = []any{m{"type": "IdentityObject", "identityType": "emailAddress", "hashed": false, "identityHash": "other@example.org"}}
	})
	wantReason(t, check(t, issuers(), keyworded(theirs)), verdict.Authentic, verdict.RecipientMismatch)
	status := func() (m, *verifytest.Web) {
		return statusBadge(m{"id": "https://issuer.example/status/1#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": "https://issuer.example/status/1"}, nil, nil, 7)
	}
	b, w := status()
	plain := check(t, w, b)
	wantReason(t, plain, verdict.Rejected, verdict.Revoked)
	rename(at(b, "credentialStatus"), "id", "type")
	wantReason(t, check(t, w, b), verdict.Rejected, verdict.Revoked)
	// A status list may be written so, too.
	b, w = status()
	for u, a := range w.Answers {
		if strings.Contains(u, "/status/") {
			w.Put(u, keyworded(verifytest.Object(a.Body)))
		}
	}
	wantReason(t, check(t, w, b), verdict.Rejected, verdict.Revoked)
	// A result that falls short of what is required, said of the achievement at
	// another of its objects: in an endorsement of it, which is judged alone.
	did, method := verifytest.DIDKey(verifytest.Ed25519(6))
	short60 := secured(func(b m) {
		s := at(b, "credentialSubject")
		a := at(s, "achievement")
		a["resultDescription"] = []any{m{"id": "urn:uuid:score", "type": []any{"ResultDescription"}, "name": "Score", "resultType": "RawScore", "requiredValue": "60"}}
		s["result"] = []any{m{"type": []any{"Result"}, "resultDescription": "urn:uuid:score", "value": "40"}}
		a["creator"] = m{"id": at(b, "issuer")["id"], "type": []any{"Profile"}}
		a["endorsement"] = []any{verifytest.Secure(m{
			"@context": b["@context"], "id": "urn:uuid:endorsement", "type": []any{"VerifiableCredential", "EndorsementCredential"}, "name": "Good",
			"issuer": m{"id": did, "type": []any{"Profile"}, "name": "Endorser"}, "validFrom": "2026-01-01T00:00:00Z",
			"credentialSubject": m{"id": a["id"], "type": []any{"EndorsementSubject"}},
		}, verifytest.Ed25519(6), method, "eddsa-rdfc-2022")}
	})
	for desc, b := range map[string]m{"plain": short60, "by keywords": keyworded(short60).(m)} {
		v := check(t, issuers(), b)
		if len(v.Credential.Results) != 1 || !v.Credential.Results[0].Short || len(v.Endorsements) != 1 || v.Endorsements[0].Result != verdict.Authentic {
			t.Errorf("%s: %s, %+v, %+v", desc, short(v), v.Credential.Results, v.Endorsements)
		}
	}
	moved := verifytest.Clone(short60)
	a := at(moved, "credentialSubject", "achievement")
	profile := at(a, "creator")
	rename(profile, "id")
	profile["name"] = at(moved, "issuer")["name"]
	delete(at(moved, "issuer"), "name")
	if v := check(t, issuers(), moved); v.Aspects.Integrity.State != verdict.Pass || v.Credential.Issuer.Name != check(t, issuers(), short60).Credential.Issuer.Name {
		t.Errorf("a name said elsewhere: %s, %+v", short(v), v.Credential.Issuer)
	}
	subject := at(a, "endorsement", 0, "credentialSubject")
	rename(subject, "id")
	subject["resultDescription"] = a["resultDescription"]
	delete(a, "resultDescription")
	if v := check(t, issuers(), moved); v.Aspects.Integrity.State == verdict.Pass && (len(v.Credential.Results) != 1 || !v.Credential.Results[0].Short) {
		t.Errorf("what is required, said in an endorsement: %s, %+v", short(v), v.Credential.Results)
	}
}
