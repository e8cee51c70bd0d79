package verify

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// The matrix: who may say that a badge is an issuer's, by generation. Of a
// hosted badge, what is said is that the issuer answers for the host that it
// lies on; of a signed one, that the key is the issuer's.

const (
	sayIssuer   = "the issuer's document, at the issuer's id"
	sayBadge    = "an object embedded in the badge"
	sayClass    = "an object embedded in the class"
	sayUpload   = "a file elsewhere on the issuer's host"
	sayPage     = "a page of the issuer's host that quotes it"
	sayForger   = "a document on another host"
	sayRedirect = "a redirect of the issuer's host to another"
	sayNobody   = "nobody"
)

var sayers = []string{sayIssuer, sayBadge, sayClass, sayUpload, sayPage, sayForger, sayRedirect, sayNobody}

// A badge that lies on a platform, and what its issuer is at home on.
const (
	platform   = "https://platform.example/"
	onPlatform = platform + "1"
)

// hostedBy makes a hosted badge of a generation whose only tie to the
// university is what the sayer says.
func hostedBy(generation, sayer string) (*verifytest.Web, []byte) {
	policy := m{"verification": m{"allowedOrigins": []any{"platform.example", "university.example"}}}
	profile := m{"@context": ob2Context, "type": "Profile", "id": victimProfile, "name": "Example University", "url": victimHost, "email": "b@university.example"}
	says := with(profile, policy)
	w := verifytest.NewWeb(m{
		victimProfile: profile, victimUpload: says, evilIssuer: says,
		victimEcho:                         verifytest.Answer{Type: "text/html", Body: "<html>" + string(verifytest.JSON(says)) + "</html>"},
		victimHost + "go?to=" + evilIssuer: verifytest.Answer{Final: evilIssuer, Body: string(verifytest.JSON(says))},
	})
	class := m{"@context": ob2Context, "type": "BadgeClass", "id": platform + "class", "name": forgedName, "description": "d", "image": "x", "criteria": "x"}
	class["issuer"] = map[string]any{
		sayIssuer: victimProfile, sayBadge: says, sayClass: says, sayUpload: victimUpload, sayPage: victimEcho, sayForger: evilIssuer,
		sayRedirect: victimHost + "go?to=" + evilIssuer, sayNobody: victimProfile,
	}[sayer]
	if sayer == sayIssuer {
		w.Put(victimProfile, says)
	}
	a := m{"uid": "1", "issuedOn": "2026-01-01T00:00:00Z", "recipient": m{"type": "email", "hashed": false, "identity": "applicant@example.org"}, "badge": platform + "class", "verify": m{"type": "hosted", "url": onPlatform}}
	switch generation {
	case "0.5":
		// Its issuer is an origin; who says that the host is its own is the host.
		origin := with(m{"name": "Example University", "origin": "https://university.example"}, policy)
		if sayer == sayIssuer {
			origin["origin"] = platform
		}
		a = m{"recipient": "applicant@example.org", "badge": m{"name": forgedName, "issuer": origin}}
	case "1.1":
		a = with(a, m{"@context": "https://w3id.org/openbadges/v1", "type": "Assertion", "id": onPlatform})
	case "2.0":
		a = with(a, m{"@context": ob2Context, "type": "Assertion", "id": onPlatform, "verify": nil, "verification": m{"type": "hosted"}})
	}
	if sayer == sayBadge && generation != "0.5" {
		a["badge"] = with(class, m{"id": nil})
	}
	w.Put(platform+"class", class)
	w.Put(onPlatform, a)
	return w, verifytest.JSON(a)
}

// signedBy makes a badge of a generation, signed by a key that only the sayer
// says to be the university's.
func signedBy(generation, sayer string) (*verifytest.Web, []byte) {
	id := victimProfile
	if generation == "3.0, did:web" {
		id = victimDID
	}
	key := func(where string) m {
		if strings.HasPrefix(generation, "3.0") {
			return m{"id": where, "type": "Multikey", "controller": id, "publicKeyMultibase": verifytest.Multikey(evilKey)}
		}
		return m{"@context": ob2Context, "type": "CryptographicKey", "id": where, "owner": id, "publicKeyPem": verifytest.PEM(evilKey.Public())}
	}
	where := map[string]string{
		sayIssuer: victimKey, sayUpload: victimUpload, sayPage: victimEcho, sayForger: evilKeyURL, sayRedirect: victimHost + "go?to=" + evilKeyURL,
	}[sayer]
	if where == "" {
		where = victimUpload + "/nothing"
	}
	profile := m{"@context": ob2Context, "type": "Profile", "id": victimProfile, "name": "Example University", "url": victimHost, "email": "b@university.example"}
	says := with(profile, m{"publicKey": []any{key(where)}})
	w := verifytest.NewWeb(m{
		victimProfile: profile, victimUpload: key(victimUpload), evilKeyURL: key(evilKeyURL),
		victimEcho:                           verifytest.Answer{Type: "text/html", Body: "<html>\n" + verifytest.PEM(evilKey.Public()) + "</html>"},
		victimHost + "go?to=" + evilKeyURL:   verifytest.Answer{Final: evilKeyURL, Body: string(verifytest.JSON(key(where)))},
		victimHost + ".well-known/jwks.json": verifytest.Answer{Status: 404},
		victimHost + ".well-known/did.json":  m{"id": victimDID},
		victimKey:                            key(victimKey),
	})
	if sayer == sayIssuer {
		w.Put(victimProfile, with(profile, m{"publicKey": victimKey, "assertionMethod": []any{victimKey}}))
		w.Put(victimHost+".well-known/did.json", didDocument(victimDID, evilKey))
	}
	if strings.HasPrefix(generation, "3.0") {
		method := where
		switch {
		case generation == "3.0, did:web" && sayer == sayIssuer:
			method = victimDID + "#" + verifytest.Multikey(evilKey)
		case sayer == sayBadge:
			method = id + "#" + verifytest.Multikey(evilKey)
		}
		b := badge(id)
		if sayer == sayClass {
			at(b, "credentialSubject", "achievement")["creator"] = m{"id": id, "type": []any{"Profile"}, "url": evilHost}
		}
		return w, verifytest.JSON(verifytest.Secure(b, evilKey, method, "eddsa-rdfc-2022"))
	}
	class := m{"@context": ob2Context, "type": "BadgeClass", "id": evilClass, "name": forgedName, "description": "d", "image": "x", "criteria": "x", "issuer": victimProfile}
	if sayer == sayClass || sayer == sayBadge {
		class["issuer"] = says
	}
	a := m{"uid": "1", "issuedOn": "2026-01-01T00:00:00Z", "recipient": m{"type": "email", "hashed": false, "identity": "applicant@example.org"}, "badge": evilClass, "verify": m{"type": "signed", "url": where}}
	switch generation {
	case "1.1":
		a = with(a, m{"@context": "https://w3id.org/openbadges/v1", "type": "Assertion", "id": "urn:uuid:1"})
	case "2.0":
		a = with(a, m{"@context": ob2Context, "type": "Assertion", "id": "urn:uuid:1", "verify": nil, "verification": m{"type": "signed", "creator": where}})
	}
	if sayer == sayBadge {
		a["badge"] = with(class, m{"id": nil})
		for _, name := range []string{"verify", "verification"} {
			if a[name] != nil {
				at(a, name)["creator"] = key(where)
			}
		}
	}
	w.Put(evilClass, class)
	return w, verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(a), evilKey)
}

// TestWhoSaysSo: of all who could say that a badge is the issuer's, in each
// generation only the issuer's own document is heard.
func TestWhoSaysSo(t *testing.T) {
	for _, sayer := range sayers {
		for _, generation := range []string{"0.5", "1.0", "1.1", "2.0"} {
			w, payload := hostedBy(generation, sayer)
			outcomeOf(t, generation+" hosted", sayer, checkListed(t, w, payload, onPlatform))
		}
		for _, generation := range []string{"1.0", "1.1", "2.0", "3.0, https", "3.0, did:web"} {
			w, payload := signedBy(generation, sayer)
			outcomeOf(t, generation+" signed", sayer, checkListed(t, w, payload, ""))
		}
	}
}

func outcomeOf(t *testing.T, generation, sayer string, v Verdict) {
	t.Helper()
	if good := v.Aspects.Issuer.State == verdict.Pass && v.Result == verdict.Verified; good != (sayer == sayIssuer) || !good && v.Aspects.Issuer.State == verdict.Pass && v.Aspects.Integrity.State == verdict.Pass {
		t.Errorf("%s, by %s: %s", generation, sayer, short(v))
	}
}

// embedded draws an object as a forger would embed one.
func embedded(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		if rapid.Bool().Draw(t, "the victim's profile") {
			// With a policy and a key of the forger's, by an id that it may bear.
			return m{
				"id": rapid.SampledFrom([]any{victimProfile, victimHost, victimProfile + "#", nil}).Draw(t, "id"), "origin": rapid.SampledFrom([]any{nil, "https://university.example", victimProfile}).Draw(t, "origin"),
				"type": "Profile", "name": "Example University", "publicKey": m{"id": evilKeyURL, "owner": victimProfile, "publicKeyPem": verifytest.PEM(evilKey.Public())},
				"verification": m{rapid.SampledFrom([]string{"startsWith", "allowedOrigins"}).Draw(t, "policy"): []any{evilHost, "evil.example"}},
			}
		}
		ids := rapid.SampledFrom([]any{nil, victimProfile, victimHost, victimDID, victimClass, victimBadge, victimKey, evilIssuer, evilClass, evilKeyURL, evilBadge, "urn:uuid:2"})
		out := m{}
		for _, k := range []string{"id", "origin", "owner", "url", "issuer", "creator", "publicKey", "revocationList"} {
			if v := ids.Draw(t, k); v != nil {
				out[k] = v
			}
		}
		if v := rapid.SampledFrom([]any{nil, "Profile", "Issuer", "BadgeClass", "Assertion", "CryptographicKey", "hosted", "signed"}).Draw(t, "type"); v != nil {
			out["type"] = v
		}
		values := m{"startsWith": []any{evilHost, victimHost}, "allowedOrigins": []any{"evil.example", "university.example"}, "publicKeyPem": verifytest.PEM(evilKey.Public()), "name": "Example University"}
		for _, k := range []string{"startsWith", "allowedOrigins", "publicKeyPem", "name"} {
			if rapid.Bool().Draw(t, k) {
				out[k] = values[k]
			}
		}
		if depth > 0 {
			for _, k := range []string{"issuer", "verification", "publicKey", "creator", "badge", "verify"} {
				if rapid.IntRange(0, 2).Draw(t, k+" within") == 0 {
					out[k] = embedded(depth-1).Draw(t, k)
				}
			}
		}
		return out
	})
}

// TestNothingEmbeddedMakesAnIssuer: whatever is put in place of an object that
// a forgery embeds, at hand, at its host and in its class, it does not come out
// as the victim's.
func TestNothingEmbeddedMakesAnIssuer(t *testing.T) {
	total, nth := combinations(openBadges2)
	tr := load(t, registryOfVictim)
	failed := 0
	rapid.Check(t, func(rt *rapid.T) {
		c := nth(rapid.IntRange(0, total-1).Draw(rt, "forgery"))
		c["handed in"] = rapid.IntRange(0, 1).Draw(rt, "handed in")
		w, payload, origin, ok := forgedOpenBadge(c)
		if !ok {
			return
		}
		before := judged(t, newVerifier(t, w, tr), Assertion{Payload: payload, Origin: origin}, applicant)
		if before.Aspects.Issuer.State == verdict.Fail {
			failed++
		}
		for range 4 { // each upon the last
			for _, where := range []string{evilBadge, evilClass, ""} {
				doc := verifytest.Object(string(payload))
				if where != "" {
					doc = verifytest.Object(w.Answers[where].Body)
				}
				all := []slot{}
				for _, s := range slots(doc, "") {
					if _, ok := s.value.(m); ok && s.path != "/recipient" {
						all = append(all, s)
					}
				}
				if len(all) == 0 || rapid.IntRange(0, 3).Draw(rt, "leave") == 0 {
					continue
				}
				s := rapid.SampledFrom(all).Draw(rt, "which")
				s.set(embedded(2).Draw(rt, "in its place"))
				if where == "" {
					payload = verifytest.JSON(doc)
				} else {
					w.Put(where, doc)
				}
			}
			v := judged(t, newVerifier(t, w, tr), Assertion{Payload: payload, Origin: origin}, applicant)
			if forged(v) || before.Aspects.Issuer.State == verdict.Fail && v.Aspects.Issuer.State == verdict.Pass && strings.Contains(v.Credential.Issuer.ID, "university") && v.Credential.ID != victimBadge {
				rt.Fatalf("%v: %s as %s\n%s", c, short(v), v.Credential.Issuer.ID, payload)
			}
		}
	})
	if failed == 0 {
		t.Error("no forgery's issuer failed before")
	}
}
