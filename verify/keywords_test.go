package verify

import (
	"maps"
	"strings"
	"testing"

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

// Under a proof over statements, which would be the same, nothing is read by keywords:
// it is told so, and nothing is said against the badge. Beside id and type they are
// two names for one thing (TestAttack33Keywords).
func TestKeywordsOfStatements(t *testing.T) {
	for desc, change := range map[string]func(b m){
		"all":         func(b m) { maps.Copy(b, keyworded(b).(m)); delete(b, "id"); delete(b, "type") },
		"the root":    func(b m) { b["@type"] = b["type"]; delete(b, "type") },
		"the subject": func(b m) { s := at(b, "credentialSubject"); s["@type"] = s["type"]; delete(s, "type") },
		"the issuer":  func(b m) { s := at(b, "issuer"); s["@id"] = s["id"]; delete(s, "id") },
	} {
		b := secured()
		change(b)
		v := check(t, issuers(), b)
		if v.Result != verdict.Unsupported || v.Result == verdict.Verified {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	twice := secured()
	s := at(twice, "credentialSubject")
	s["@type"] = s["type"]
	if v := check(t, issuers(), twice); v.Result != verdict.Rejected {
		t.Errorf("both: %s", short(v))
	}
}
