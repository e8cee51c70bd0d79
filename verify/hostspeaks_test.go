package verify

import (
	"testing"

	"assay/verify/fetch"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// 216: an issuer at a path of a host where others have pages is named without the
// path, as if it were the host, only when the host itself names its key or its id
// at a place that is the host's alone.
func TestAttack216PathPassesForTheHost(t *testing.T) {
	const host, id = "https://example.edu", "https://example.edu/people/forger"
	const whole, part = `example.edu, which calls itself "Example University"`, `example.edu/people/forger, which calls itself "Example University"`
	k, other := issuerKey, verifytest.Ed25519(77)
	profile := m{"@context": "https://w3id.org/openbadges/v3", "id": id, "type": "Profile", "name": "Example University",
		"verificationMethod": []any{m{"id": id + "#k", "type": "Multikey", "controller": id, "publicKeyMultibase": verifytest.Multikey(k)}}}
	jwks := func(keys ...any) m { return m{"keys": keys} }
	for desc, c := range map[string]struct {
		where  string
		answer any
		shown  string
	}{
		"nothing there":                   {host + "/nowhere", m{}, part},
		"the host's DID document":         {host + "/.well-known/did.json", didDocument("did:web:example.edu", k), whole},
		"another key there":               {host + "/.well-known/did.json", didDocument("did:web:example.edu", other), part},
		"the document of another":         {host + "/.well-known/did.json", didDocument("did:web:example.com", k), part},
		"the host's key set":              {host + "/.well-known/jwks.json", jwks(verifytest.JWK(k.Public())), whole},
		"a key set with another":          {host + "/.well-known/jwks.json", jwks(verifytest.JWK(other.Public())), part},
		"a DID document in a folder":      {host + "/people/did.json", didDocument("did:web:example.edu:people", k), part},
		"the root names it":               {host + "/", m{"id": host + "/", "type": "Profile", "name": "Example", "departments": []any{id}}, whole},
		"the root names another":          {host + "/", m{"id": host + "/", "type": "Profile", "departments": []any{id + "/2"}}, part},
		"the root tells of pages":         {host + "/", m{"items": []any{m{"title": "new", "url": id}}}, part},
		"the root is a page with a link":  {host + "/", verifytest.Answer{Type: "text/html", Body: `<html><a href="` + id + `">`}, part},
		"the root of another host":        {host + "/", verifytest.Answer{Final: "https://www.example.com/", Body: `{"departments":"` + id + `"}`}, part},
		"the root does not answer":        {host + "/", verifytest.Answer{Err: fetch.ErrTimeout}, part},
		"the root is not there, it says":  {host + "/", verifytest.Answer{Status: 404, Body: `{"departments":"` + id + `"}`}, part},
		"the root says so with a refusal": {host + "/", verifytest.Answer{Status: 403, Body: `{"departments":"` + id + `"}`}, part},
	} {
		w := verifytest.NewWeb(m{id: profile})
		for _, path := range []string{"/", "/.well-known/did.json", "/.well-known/jwks.json"} {
			w.Put(host+path, verifytest.Answer{Status: 404})
		}
		w.Put(c.where, c.answer)
		b := badge(id)
		b["issuer"] = m{"id": id, "type": "Profile", "name": "Example University"}
		v := judged(t, employer(t, w), Assertion{Payload: verifytest.JSON(verifytest.Secure(b, k, id+"#k", "eddsa-rdfc-2022"))}, applicant)
		wantVerified(t, v)
		if v.Credential.Issuer.Shown != c.shown || v.Aspects.Standing.Level != verdict.LevelDomain {
			t.Errorf("%s: shown as %s, %s", desc, v.Credential.Issuer.Shown, v.Aspects.Standing.Level)
		}
		if e := v.Aspects.Standing.Evidence; (len(e) == 1 && e[0].URL == c.where && e[0].SHA256 != "") != (c.shown == whole) {
			t.Errorf("%s: evidence %+v", desc, e)
		}
	}
}
