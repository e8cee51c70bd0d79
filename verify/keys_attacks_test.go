package verify

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// The attacks from 235 on: which key signed, where a proof names it loosely or
// names a place of keys, and what its issuer says of the key.

const webHost = "https://issuer.example/"

// listingDID is a document of didWeb that lists keys for assertions, each under #k and
// its number.
func listingDID(keys ...ed25519.PrivateKey) m {
	doc := m{"@context": []any{"https://www.w3.org/ns/did/v1"}, "id": didWeb}
	var methods, listed []any
	for i, k := range keys {
		id := fmt.Sprintf("%s#k%d", didWeb, i)
		methods = append(methods, m{"id": id, "type": "Multikey", "controller": didWeb, "publicKeyMultibase": verifytest.Multikey(k)})
		listed = append(listed, id)
	}
	doc["verificationMethod"], doc["assertionMethod"] = methods, listed
	return doc
}

// webOf is the honest issuers with another document of didWeb.
func webOf(doc any) *verifytest.Web {
	w := issuers()
	w.Put(didWebDoc, doc)
	return w
}

// loose are names of a key that are none of its document's.
var loose = []string{"", didWeb, didWeb + "#other", didWeb + "?versionId=1#k0", "#other", "other", "kms/alias/issuer-1", "../../../etc/passwd", "urn:uuid:5e0c6c4e-9f1d-4a63-8a70-2f6a3c1e0d11", "aws-kms://alias/issuer-1", "k1' OR '1'='1"}

// named is a token whose header names a key, if name is not empty.
func named(b m, name string, k any, more ...m) []byte {
	h := m{"alg": "EdDSA", "typ": "vc+jwt"}
	if name != "" {
		h["kid"] = name
	}
	for _, x := range more {
		h = with(h, x)
	}
	return tokenOf(b, h, k, func(_, c m) { delete(c, "nbf") })
}

// onlyAsked fails the test where a host was asked that is not one of these.
func onlyAsked(t *testing.T, w *verifytest.Web, prefixes ...string) {
	t.Helper()
	for u := range w.Asked {
		if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(u, p) }) {
			t.Errorf("asked %s", u)
		}
	}
}

func TestAttack237KeysElsewhere(t *testing.T) {
	const there = "https://evil.example/keys"
	jwk := verifytest.JWK(evilKey.Public())
	for _, name := range append(loose, didWeb+"#k0") {
		for desc, more := range map[string]m{
			"jku": {"jku": there}, "x5u": {"x5u": there}, "x5c": {"x5c": []any{"MIIB"}, "x5t#S256": "abc"}, "jku of a DID": {"jku": didWebDoc}, "jwk": {"jwk": jwk},
			"all": {"jku": there, "x5u": there, "jwk": jwk},
		} {
			w := webOf(listingDID(issuerKey))
			w.Put(there, m{"keys": []any{with(jwk, m{"kid": name})}})
			v := check(t, w, named(badge(didWeb), name, evilKey, more))
			if v.Result != verdict.Rejected || v.Reason != verdict.KeyNotIssuers && v.Reason != verdict.ProofInvalid {
				t.Errorf("%q, %s: %s", name, desc, short(v))
			}
			onlyAsked(t, w, webHost)
			// The issuer's own key is found all the same.
			if desc == "jwk" || desc == "all" {
				continue // which is another's
			}
			wantVerified(t, check(t, w, named(badge(didWeb), name, issuerKey, more)))
			onlyAsked(t, w, webHost)
		}
	}
}

func TestAttack238KeyOfAnother(t *testing.T) {
	evilDID, evilMethod := verifytest.DIDKey(evilKey)
	ownDID, _ := verifytest.DIDKey(issuerKey)
	for _, issuer := range []string{didWeb, httpIssuer, ownDID} {
		for _, name := range []string{
			evilDID, evilMethod, "did:web:evil.example", "did:web:evil.example#k", "did:web:issuer.example:people:mallory#k", didWeb + ":people#k",
			"https://evil.example/k", "https://evil.example/k#k", "HTTPS://evil.example/k", "http://issuer.example/k", "https://issuer.example:8443/k", "https://issuer.example@evil.example/k",
			"//evil.example/k", "https://issuer.example.evil.example/k", "https://", "did:", "did:key:",
		} {
			// Who signed does not matter: the name is another's.
			for _, k := range []ed25519.PrivateKey{evilKey, issuerKey} {
				w := issuers()
				w.Put("https://evil.example/k", with(verifytest.JWK(evilKey.Public()), m{"iss": issuer}))
				w.Put("https://evil.example/.well-known/did.json", didDocument("did:web:evil.example", evilKey))
				v := check(t, w, named(badge(issuer), name, k))
				if v.Aspects.Issuer.State != verdict.Fail || v.Result != verdict.Rejected {
					t.Errorf("%s, %s: %s", issuer, name, short(v))
				}
				onlyAsked(t, w, webHost, "https://university.example/")
			}
		}
	}
}

func TestAttack239KeyForAnotherPurpose(t *testing.T) {
	for _, relationship := range []string{"authentication", "keyAgreement", "capabilityInvocation", "capabilityDelegation"} {
		for _, embedded := range []bool{false, true} {
			doc := listingDID(issuerKey)
			k := m{"id": didWeb + "#login", "type": "Multikey", "controller": didWeb, "publicKeyMultibase": verifytest.Multikey(evilKey)}
			if embedded {
				doc[relationship] = []any{k}
			} else {
				doc["verificationMethod"] = append(doc["verificationMethod"].([]any), k)
				doc[relationship] = []any{didWeb + "#login"}
			}
			for _, name := range loose {
				v := check(t, webOf(doc), named(badge(didWeb), name, evilKey))
				if v.Result != verdict.Rejected {
					t.Errorf("%s, embedded %v, %q: %s", relationship, embedded, name, short(v))
				}
				wantVerified(t, check(t, webOf(doc), named(badge(didWeb), name, issuerKey)))
			}
			wantReason(t, check(t, webOf(doc), named(badge(didWeb), didWeb+"#login", evilKey)), verdict.Rejected, verdict.KeyNotAssertion)
		}
	}
	// A key whose controller is another, and one of another's document.
	doc := listingDID(issuerKey, evilKey)
	at(doc, "verificationMethod", 1)["controller"] = "did:web:evil.example"
	for _, name := range loose {
		if v := check(t, webOf(doc), named(badge(didWeb), name, evilKey)); v.Result != verdict.Rejected {
			t.Errorf("another controller, %q: %s", name, short(v))
		}
	}
	// By its name the document lists it and disowns it, which is no answer; it is not
	// a licence for others either.
	wantReason(t, check(t, webOf(doc), named(badge(didWeb), didWeb+"#k1", evilKey)), verdict.Unsupported, verdict.IssuerUnprovable)
	wantReason(t, check(t, webOf(doc), named(badge(didWeb), didWeb+"#k1", verifytest.Ed25519(72))), verdict.Rejected, verdict.ProofInvalid)
	at(doc, "verificationMethod", 1)["revoked"] = true
	wantReason(t, check(t, webOf(doc), named(badge(didWeb), didWeb+"#k1", evilKey)), verdict.Rejected, verdict.KeyRevoked)
}

// TestAttack240WithdrawnKey: the thief of a key that its issuer has withdrawn dates
// back, leaves the key's name out, or takes another name of the same key.
func TestAttack240WithdrawnKey(t *testing.T) {
	old := func(b m) m { return with(b, m{"validFrom": "2020-01-01T00:00:00Z"}) }
	for _, revoked := range []any{true, "2026-06-01T00:00:00Z", "yes, in June", m{}} {
		doc := listingDID(issuerKey, evilKey, issuerKey)
		at(doc, "verificationMethod", 0)["revoked"] = revoked
		at(doc, "verificationMethod", 2)["revoked"] = false
		for _, name := range append(loose, didWeb+"#k0", didWeb+"#k2", thumbprintOf(issuerKey.Public())) {
			wantReason(t, check(t, webOf(doc), named(old(badge(didWeb)), name, issuerKey)), verdict.Rejected, verdict.KeyRevoked)
		}
		for _, method := range []string{didWeb, didWeb + "#k0", didWeb + "#k2", didWeb + "#other"} {
			b := verifytest.Secure(old(badge(didWeb)), issuerKey, method, "eddsa-rdfc-2022", func(p m) { p["created"] = "2020-01-01T00:00:00Z" })
			wantReason(t, check(t, webOf(doc), b), verdict.Rejected, verdict.KeyRevoked)
			wantVerified(t, check(t, webOf(listingDID(issuerKey, evilKey, issuerKey)), b))
		}
		// A header that carries the key.
		wantReason(t, check(t, webOf(doc), tokenOf(badge(didWeb), m{"alg": "EdDSA", "jwk": verifytest.JWK(issuerKey.Public())}, issuerKey)), verdict.Rejected, verdict.KeyRevoked)
		// Beside another proof by a key that is in force, that one counts.
		doc = listingDID(issuerKey, evilKey)
		at(doc, "verificationMethod", 0)["revoked"] = revoked
		both := verifytest.Secure(verifytest.Secure(badge(didWeb), issuerKey, didWeb+"#k0", "eddsa-rdfc-2022"), evilKey, didWeb+"#k1", "eddsa-rdfc-2022")
		wantVerified(t, check(t, webOf(doc), both))
		// Open Badges 2.0: two names of one key in the profile.
		w := ob2Web()
		key := m{"@context": ob2Context, "type": "CryptographicKey", "id": "https://issuer.example/key", "owner": ob2Profile, "publicKeyPem": verifytest.PEM(issuerKey.Public())}
		w.Put("https://issuer.example/key", key)
		w.Put("https://issuer.example/key0", with(key, m{"id": "https://issuer.example/key0", "revoked": revoked}))
		w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"publicKey": []any{"https://issuer.example/key", "https://issuer.example/key0"}}))
		wantReason(t, check(t, w, signedOB2()), verdict.Rejected, verdict.KeyRevoked)
	}
	// A DID that is no more, as a whole.
	for _, name := range loose {
		wantReason(t, check(t, webOf(with(listingDID(issuerKey), m{"deactivated": true})), named(old(badge(didWeb)), name, issuerKey)), verdict.Rejected, verdict.KeyRevoked)
	}
}

func TestAttack241SeventeenthKey(t *testing.T) {
	var keys []ed25519.PrivateKey
	for i := range 16 {
		keys = append(keys, verifytest.Ed25519(byte(100+i)))
	}
	for _, name := range loose {
		wantVerified(t, check(t, webOf(listingDID(append(keys[:15:15], issuerKey)...)), named(badge(didWeb), name, issuerKey)))
		w := webOf(listingDID(append(keys, issuerKey)...))
		wantReason(t, check(t, w, named(badge(didWeb), name, issuerKey)), verdict.Unsupported, verdict.TooManyKeys)
		wantReason(t, check(t, w, named(badge(didWeb), name, evilKey)), verdict.Unsupported, verdict.TooManyKeys)
		// The same key again and again is one.
		wantVerified(t, check(t, webOf(listingDID(append(slices.Repeat(keys[:1], 20), issuerKey)...)), named(badge(didWeb), name, issuerKey)))
	}
	w := webOf(listingDID(append(keys, issuerKey)...))
	wantVerified(t, check(t, w, named(badge(didWeb), didWeb+"#k16", issuerKey)))
	// In a profile of Open Badges 2.0, too.
	profile := func(k ed25519.PrivateKey, n int) *verifytest.Web {
		w := ob2Web()
		var list []any
		for i := range n {
			id := fmt.Sprintf("https://issuer.example/key%d", i)
			one := keys[i%16]
			if i == n-1 {
				id, one = "https://issuer.example/key", k
			}
			list = append(list, m{"type": "CryptographicKey", "id": id, "owner": ob2Profile, "publicKeyPem": verifytest.PEM(one.Public())})
		}
		w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"publicKey": list}))
		return w
	}
	a := with(ob2Badge(), m{"id": "urn:uuid:11111111-aaaa-4111-8111-111111111111", "verification": m{"type": "signed"}})
	unnamed := verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(a), issuerKey)
	wantVerified(t, check(t, profile(issuerKey, 16), unnamed))
	wantReason(t, check(t, profile(issuerKey, 17), unnamed), verdict.Unsupported, verdict.TooManyKeys)
	wantVerified(t, check(t, profile(issuerKey, 17), signedOB2()))
}

// TestAttack242KeyByItsAddress: kid is the address of a key (OB 3.0 §8.2.4.1). It
// counts where the issuer's own document refers to it.
func TestAttack242KeyByItsAddress(t *testing.T) {
	const own, other = "https://university.example/keys/1", "https://keys.example/1"
	jwk := verifytest.JWK(issuerKey.Public())
	profile := m{"id": httpIssuer, "type": "Profile", "name": "Example University"}
	forms := map[string]m{
		"JWK": jwk, "with its kid": with(jwk, m{"kid": own}), "with a controller": with(jwk, m{"controller": httpIssuer}),
		"set": {"keys": []any{verifytest.JWK(verifytest.Ed25519(70).Public()), with(jwk, m{"kid": own})}}, "set without kids": {"keys": []any{verifytest.JWK(verifytest.Ed25519(70).Public()), jwk}},
	}
	web := func(profile m, where string, doc m) *verifytest.Web {
		w := issuers()
		w.Put(httpIssuer, profile)
		w.Put("https://university.example/.well-known/jwks.json", verifytest.Answer{Status: 404})
		w.Put(where, doc)
		return w
	}
	for desc, doc := range forms {
		good := named(badge(httpIssuer), own, issuerKey)
		// A place proves nothing.
		w := web(profile, own, doc)
		wantReason(t, check(t, w, good), verdict.Unsupported, verdict.IssuerUnprovable)
		if w.Asked[own] != 0 {
			t.Errorf("%s: a place that nobody refers to was asked", desc)
		}
		// Where the issuer lists keys, it has said which are its own.
		if v := check(t, web(with(profile, m{"verificationMethod": []any{m{"id": httpIssuer + "#k", "type": "Multikey", "publicKeyMultibase": verifytest.Multikey(verifytest.Ed25519(71))}}}), own, doc), good); v.Result != verdict.Rejected {
			t.Errorf("%s, beside other keys: %s", desc, short(v))
		}
		for _, name := range []string{"verificationMethod", "assertionMethod", "publicKey", "jwks_uri", "jwksUri", "jwks"} {
			for _, single := range []bool{true, false} {
				link := any(own)
				if !single {
					if link = []any{own}; strings.HasPrefix(name, "jwks") {
						continue
					}
				}
				referring := with(profile, m{name: link})
				wantVerified(t, check(t, web(referring, own, doc), good))
				if v := check(t, web(referring, own, doc), named(badge(httpIssuer), own, evilKey)); v.Result != verdict.Rejected {
					t.Errorf("%s by %s, forged: %s", desc, name, short(v))
				}
				// Under the address of the set, by the name of a key in it, and by none.
				for _, loose := range []string{own + "#" + own, "", "kms/1"} {
					if loose == own+"#"+own && desc != "set" {
						continue
					}
					wantVerified(t, check(t, web(referring, own, doc), named(badge(httpIssuer), loose, issuerKey)))
				}
			}
		}
		// On another host, without a word of whose it is.
		elsewhere := named(badge(httpIssuer), other, issuerKey)
		wantReason(t, check(t, web(profile, other, doc), elsewhere), verdict.Rejected, verdict.KeyNotIssuers)
		if v := check(t, web(with(profile, m{"jwks_uri": other}), other, doc), elsewhere); (v.Result == verdict.Verified) != (desc == "with a controller") {
			t.Errorf("%s, referred to on another host: %s", desc, short(v))
		}
	}
	// Of a DID document, too.
	doc := with(m{"id": didWeb}, m{"assertionMethod": []any{"https://issuer.example/keys/1"}})
	w := webOf(doc)
	w.Put("https://issuer.example/keys/1", jwk)
	wantVerified(t, check(t, w, named(badge(didWeb), "https://issuer.example/keys/1", issuerKey)))
	wantVerified(t, check(t, w, named(badge(didWeb), "", issuerKey)))
	for _, where := range []string{"authentication", "verificationMethod", "publicKey", "keyAgreement"} {
		w.Put(didWebDoc, m{"id": didWeb, where: []any{"https://issuer.example/keys/1"}})
		for _, name := range []string{"https://issuer.example/keys/1", ""} {
			if v := check(t, w, named(badge(didWeb), name, issuerKey)); v.Result == verdict.Verified || v.Aspects.Issuer.State == verdict.Pass {
				t.Errorf("referred to under %s, %q: %s", where, name, short(v))
			}
		}
	}
}

// TestAttack243KeyPastItsDate: a badge by a key whose time is over dates itself
// before; nothing but the badge says so.
func TestAttack243KeyPastItsDate(t *testing.T) {
	doc := listingDID(issuerKey)
	at(doc, "verificationMethod", 0)["expires"] = "2026-03-01T00:00:00Z"
	ended := func(created, from string) Verdict {
		b := with(badge(didWeb), m{"validFrom": from})
		return check(t, webOf(doc), verifytest.Secure(b, issuerKey, didWeb+"#k0", "eddsa-rdfc-2022", func(p m) {
			if p["created"] = created; created == "" {
				delete(p, "created")
			}
		}))
	}
	for _, c := range []struct {
		created, from string
		result        Result
		reason        Reason
	}{
		{"2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z", verdict.Unsupported, verdict.KeyOutdated}, {"2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z", verdict.Unsupported, verdict.KeyOutdated},
		{"2026-02-28T23:59:59Z", "2026-04-01T00:00:00Z", verdict.Unsupported, verdict.KeyOutdated}, // valid later than it was signed
		{"2026-03-01T00:00:01Z", "2026-02-01T00:00:00Z", verdict.Rejected, verdict.KeyExpired}, {"", "2026-04-01T00:00:00Z", verdict.Rejected, verdict.KeyExpired},
		{"", "2026-02-01T00:00:00Z", verdict.Unsupported, verdict.KeyOutdated},
	} {
		wantReason(t, ended(c.created, c.from), c.result, c.reason)
	}
	token := func(change func(h, c m)) Verdict {
		return check(t, webOf(doc), tokenOf(badge(didWeb), m{"alg": "EdDSA", "kid": didWeb + "#k0"}, issuerKey, change))
	}
	wantReason(t, token(func(_, c m) { c["iat"] = 1767225600 }), verdict.Unsupported, verdict.KeyOutdated)
	wantReason(t, token(func(_, c m) { c["iat"] = 1775001600 }), verdict.Rejected, verdict.KeyExpired)
	w := ob2Web()
	w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"publicKey": m{"type": "CryptographicKey", "id": "https://issuer.example/key", "owner": ob2Profile,
		"publicKeyPem": verifytest.PEM(issuerKey.Public()), "expires": "2026-03-01T00:00:00Z"}}))
	wantReason(t, check(t, w, signedOB2()), verdict.Unsupported, verdict.KeyOutdated)
}

// TestAttack247HostedTwin: a badge by a key that is past its date counts where the
// issuer's own host has it, with its date; the copy of a thief's badge is no such
// thing.
func TestAttack247HostedTwin(t *testing.T) {
	const id = "https://issuer.example/a/77"
	a := with(ob2Badge(), m{"id": id, "verification": m{"type": "signed", "creator": "https://issuer.example/key"}})
	token := verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(a), issuerKey)
	hosted := with(a, m{"verification": m{"type": "hosted"}})
	web := func(ended string, put ...any) *verifytest.Web {
		w := ob2Web()
		profile := with(verifytest.Object(w.Answers[ob2Profile].Body), m{"publicKey": m{"type": "CryptographicKey", "id": "https://issuer.example/key", "owner": ob2Profile,
			"publicKeyPem": verifytest.PEM(issuerKey.Public()), "expires": ended}})
		for i := 0; i < len(put); i += 2 {
			if put[i] == "policy" {
				profile["verification"] = put[i+1]
				continue
			}
			w.Put(put[i].(string), put[i+1])
		}
		w.Put(ob2Profile, profile)
		return w
	}
	const after = "2026-06-01T00:00:00Z"
	wantVerified(t, check(t, web(after, id, hosted), token))
	wantVerified(t, check(t, web(after, id, with(hosted, m{"evidence": "https://issuer.example/e"})), token))
	for desc, w := range map[string]*verifytest.Web{
		"not there": web(after, id, verifytest.Answer{Status: 404}), "down": web(after, id, verifytest.Answer{Status: 503}), "a page": web(after, id, verifytest.Answer{Type: "text/html", Body: "<html>"}),
		"gone": web(after, id, verifytest.Answer{Status: 410}), "taken back": web(after, id, with(hosted, m{"revoked": true})), "of another": web(after, id, with(hosted, m{"recipient": m{"type": "email", "identity": "x@example.org"}})),
		"of another day": web(after, id, with(hosted, m{"issuedOn": "2026-01-02T00:00:00Z"})), "for something else": web(after, id, with(hosted, m{"badge": "https://issuer.example/other"})),
		"under another id": web(after, id, with(hosted, m{"id": "https://issuer.example/a/78"})), "of another host": web(after, id, verifytest.Answer{Final: "https://evil.example/77", Body: string(verifytest.JSON(hosted))}),
		"where the issuer does not answer for badges": web(after, id, hosted, "policy", m{"startsWith": "https://issuer.example/badges/"}),
		"led to where it does not":                    web(after, "policy", m{"startsWith": id}, id, verifytest.Answer{Final: "https://issuer.example/uploads/77", Body: string(verifytest.JSON(hosted))}),
	} {
		if v := check(t, w, token); v.Result == verdict.Verified || v.Aspects.Issuer.Reason != verdict.KeyOutdated {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	// A key that was withdrawn, or past its date by the badge's own, is so all the same.
	w := web(after, id, hosted)
	w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"publicKey": with(at(verifytest.Object(w.Answers[ob2Profile].Body), "publicKey"), m{"revoked": true})}))
	wantReason(t, check(t, w, token), verdict.Rejected, verdict.KeyRevoked)
	wantReason(t, check(t, web("2025-06-01T00:00:00Z", id, hosted), token), verdict.Rejected, verdict.KeyExpired)
	// On a host of the attacker's, whatever it says.
	evil := with(a, m{"id": "https://evil.example/77"})
	w = web(after, "https://evil.example/77", with(evil, m{"verification": m{"type": "hosted"}}))
	wantReason(t, check(t, w, verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(evil), issuerKey)), verdict.Unsupported, verdict.KeyOutdated)
	onlyAsked(t, w, webHost)
}

// TestAttack244UnreadMethod: a key under a DID method that is not read makes no
// badge, whoever signed and whatever stands there.
func TestAttack244UnreadMethod(t *testing.T) {
	for _, name := range []string{"did:velocity:v2:0x1:2#key-1", "did:ion:abc#k", "did:example:1#" + verifytest.Multikey(evilKey)} {
		for _, issuer := range []string{didWeb, httpIssuer} {
			for _, k := range []ed25519.PrivateKey{evilKey, issuerKey} {
				v := check(t, issuers(), named(badge(issuer), name, k))
				wantReason(t, v, verdict.Unsupported, verdict.SuiteUnsupported)
				if method := strings.Join(strings.SplitN(name, ":", 3)[:2], ":"); !strings.Contains(v.Aspects.Issuer.Detail, method) {
					t.Errorf("%s: %s", name, v.Aspects.Issuer.Detail)
				}
				v = check(t, issuers(), verifytest.Secure(badge(issuer), k, name, "eddsa-rdfc-2022"))
				wantReason(t, v, verdict.Unsupported, verdict.SuiteUnsupported)
			}
		}
	}
	// The issuer's own document lists a key by such a name: then it is the issuer's.
	const name = "did:velocity:v2:0x1:2#key-1"
	doc := listingDID(issuerKey)
	at(doc, "verificationMethod", 0)["id"] = name
	doc["assertionMethod"] = []any{name}
	wantVerified(t, check(t, webOf(doc), named(badge(didWeb), name, issuerKey)))
	if v := check(t, webOf(doc), named(badge(didWeb), name, evilKey)); v.Result != verdict.Rejected {
		t.Errorf("forged: %s", short(v))
	}
	// So is that of a did:key, which carries it.
	_, carried := verifytest.DIDKey(issuerKey)
	w := webOf(m{"id": didWeb, "assertionMethod": []any{carried}})
	wantVerified(t, check(t, w, named(badge(didWeb), carried, issuerKey)))
	_, evilMethod := verifytest.DIDKey(evilKey)
	wantReason(t, check(t, w, named(badge(didWeb), evilMethod, evilKey)), verdict.Rejected, verdict.KeyNotIssuers)
}

// TestAttack245LooseMethod: the method of a Data Integrity proof is the issuer's
// DID, a fragment that its document does not have, or none.
func TestAttack245LooseMethod(t *testing.T) {
	secure := func(k ed25519.PrivateKey, method, suite string) m {
		return verifytest.Secure(badge(didWeb), k, method, suite, func(p m) {
			if method == "" {
				delete(p, "verificationMethod")
			}
		})
	}
	for _, suite := range []string{"eddsa-rdfc-2022", "eddsa-jcs-2022"} {
		for _, method := range []string{"", didWeb, didWeb + "#other", "#other"} {
			if suite == "eddsa-rdfc-2022" && method == "#other" {
				continue // a relative address is no statement
			}
			w := webOf(listingDID(verifytest.Ed25519(70), issuerKey, verifytest.Ed25519(71)))
			v := check(t, w, secure(issuerKey, method, suite))
			wantVerified(t, v)
			if !slices.Contains(v.Warnings, verdict.WarnKeyTried) {
				t.Errorf("%s, %q: %v", suite, method, v.Warnings)
			}
			if v := check(t, w, secure(evilKey, method, suite)); v.Result != verdict.Rejected {
				t.Errorf("%s, %q, forged: %s", suite, method, short(v))
			}
			edited := secure(issuerKey, method, suite)
			edited["name"] = "Doctor"
			if v := check(t, w, edited); v.Result != verdict.Rejected {
				t.Errorf("%s, %q, edited: %s", suite, method, short(v))
			}
		}
		for _, method := range []string{"other", "urn:uuid:1", "xxx:" + verifytest.Multikey(issuerKey)} {
			if suite == "eddsa-rdfc-2022" && !strings.Contains(method, ":") {
				continue
			}
			wantReason(t, check(t, webOf(listingDID(issuerKey)), secure(issuerKey, method, suite)), verdict.Unsupported, verdict.IssuerUnprovable)
			if v := check(t, webOf(listingDID(issuerKey)), secure(evilKey, method, suite)); v.Result != verdict.Rejected {
				t.Errorf("%s, %q, forged: %s", suite, method, short(v))
			}
			edited := secure(issuerKey, method, suite)
			edited["name"] = "Doctor"
			if v := check(t, webOf(listingDID(issuerKey)), edited); v.Result != verdict.Rejected {
				t.Errorf("%s, %q, edited: %s", suite, method, short(v))
			}
		}
	}
}

// TestAttack239ControlledHidesNone: a key that the issuer's profile lists for another
// controller hides no key of that name in the issuer's key set; the very same key there
// is no other.
func TestAttack239ControlledHidesNone(t *testing.T) {
	const set = "https://university.example/.well-known/jwks.json"
	web := func(inProfile, inSet any, controller string) *verifytest.Web {
		w := issuers()
		w.Put(httpIssuer, m{"@context": "https://w3id.org/openbadges/v3", "id": httpIssuer, "type": "Profile", "name": "Example University",
			"verificationMethod": []any{with(inProfile.(m), m{"id": httpIssuer + "#k", "type": "JsonWebKey", "controller": controller})}})
		w.Put(set, m{"keys": []any{with(inSet.(m), m{"kid": "k"})}})
		return w
	}
	jwk := func(k ed25519.PrivateKey) m { return verifytest.JWK(k.Public()) }
	other := verifytest.Ed25519(6)
	sign := func(k ed25519.PrivateKey) []byte {
		return tokenOf(badge(httpIssuer), m{"alg": "EdDSA", "kid": httpIssuer + "#k"}, k)
	}
	const parent = "https://parent.example/"
	w := web(m{"publicKeyJwk": jwk(other)}, jwk(issuerKey), parent)
	wantVerified(t, check(t, w, sign(issuerKey)))
	wantReason(t, check(t, w, sign(evilKey)), verdict.Rejected, verdict.ProofInvalid)
	if v := check(t, w, sign(other)); v.Aspects.Issuer.State == verdict.Pass && v.Aspects.Integrity.State == verdict.Pass {
		t.Errorf("by the key that another controls: %s", short(v))
	}
	// The same key in both, or none in the set: as before.
	wantReason(t, check(t, web(m{"publicKeyJwk": jwk(issuerKey)}, jwk(issuerKey), parent), sign(issuerKey)), verdict.Unsupported, verdict.IssuerUnprovable)
	w = web(m{"publicKeyJwk": jwk(issuerKey)}, jwk(issuerKey), parent)
	w.Put(set, verifytest.Answer{Status: 404})
	wantReason(t, check(t, w, sign(issuerKey)), verdict.Unsupported, verdict.IssuerUnprovable)
	// One that was withdrawn under the name is so all the same.
	wantReason(t, check(t, web(m{"publicKeyJwk": jwk(issuerKey), "revoked": true}, jwk(issuerKey), parent), sign(issuerKey)), verdict.Rejected, verdict.KeyRevoked)
}

// TestKeyListedForNothing: a DID document that says of no key what it is for speaks
// neither for a badge by one of them nor against it; one that says it of any key does.
func TestKeyListedForNothing(t *testing.T) {
	key := m{"id": didWeb + "#k", "type": "JsonWebKey", "controller": didWeb, "publicKeyJwk": verifytest.JWK(issuerKey.Public())}
	judge := func(doc m, badge any) Verdict {
		w := issuers()
		w.Put(didWebDoc, with(m{"id": didWeb, "verificationMethod": []any{key}}, doc))
		return check(t, w, badge)
	}
	token := func(kid any, k ed25519.PrivateKey) []byte {
		return tokenOf(badge(didWeb), m{"alg": "EdDSA", "kid": kid}, k)
	}
	for _, kid := range []any{didWeb + "#k", didWeb, "x", nil} {
		v := judge(nil, token(kid, issuerKey))
		wantReason(t, v, verdict.Unsupported, verdict.IssuerUnprovable)
		if d := v.Aspects.Issuer.Detail; !strings.Contains(d, "does not say what for") || v.Aspects.Integrity.State != verdict.Pass {
			t.Errorf("%v: %q, %s", kid, d, short(v))
		}
		if v := judge(nil, token(kid, evilKey)); v.Result != verdict.Rejected {
			t.Errorf("%v, forged: %s", kid, short(v))
		}
		if v := judge(m{"authentication": []any{didWeb + "#k"}}, token(kid, issuerKey)); v.Result != verdict.Rejected {
			t.Errorf("%v, for logging in: %s", kid, short(v))
		}
	}
	sealed := verifytest.Secure(badge(didWeb), issuerKey, didWeb+"#k", "eddsa-jcs-2022")
	wantReason(t, judge(nil, sealed), verdict.Unsupported, verdict.IssuerUnprovable)
	wantReason(t, judge(nil, with(sealed, m{"name": "Surgery"})), verdict.Rejected, verdict.ProofInvalid)
	wantReason(t, judge(m{"verificationMethod": []any{with(key, m{"revoked": true})}}, token(didWeb+"#k", issuerKey)), verdict.Rejected, verdict.KeyRevoked)
	wantReason(t, judge(m{"deactivated": true}, token(didWeb+"#k", issuerKey)), verdict.Rejected, verdict.KeyRevoked)
	wantVerified(t, judge(m{"assertionMethod": []any{didWeb + "#k"}}, token(didWeb+"#k", issuerKey)))
}
