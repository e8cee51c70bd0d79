package verify

import (
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// The attacks from 350 on: what lies between the rules of keys, of spellings and of
// what a host shows.

// TestAttack350WithdrawnBehindALink: of two places that have one key, one by a link
// that the proof does not name, the one that says that it was withdrawn counts.
func TestAttack350WithdrawnBehindALink(t *testing.T) {
	jwk := with(verifytest.JWK(issuerKey.Public()), m{"kid": "signing"})
	profile := m{"id": httpIssuer, "type": "Profile", "name": "Example University"}
	const link, set = "https://university.example/key", "https://university.example/jwks"
	for desc, listed := range map[string]m{"a key": {"publicKey": link}, "a set": {"jwks_uri": set}, "a key of a set": {"assertionMethod": []any{set + "#signing"}}} {
		for _, kid := range []string{"signing", "https://university.example/.well-known/jwks.json#signing", httpIssuer + "#signing", "", thumbprintOf(issuerKey.Public()), "other"} {
			for _, revoked := range []any{nil, true, "2026-02-01T00:00:00Z", "perhaps"} {
				w := issuers()
				w.Put(httpIssuer, with(profile, listed))
				w.Put(link, m{"id": link, "type": "Multikey", "controller": httpIssuer, "publicKeyMultibase": verifytest.Multikey(issuerKey), "revoked": revoked})
				w.Put(set, m{"keys": []any{with(jwk, m{"revoked": revoked})}})
				w.Put("https://university.example/.well-known/jwks.json", m{"keys": []any{jwk}})
				v := check(t, w, named(badge(httpIssuer), kid, issuerKey))
				if revoked == nil {
					wantVerified(t, v)
				} else if v.Result != verdict.Rejected || v.Reason != verdict.KeyRevoked {
					t.Errorf("%s, %q, revoked %v: %s", desc, kid, revoked, short(v))
				}
			}
		}
	}
}

// TestAttack351WithdrawnUnderASpelling: what the profile at the issuer's id says was
// withdrawn is so, where it calls itself by another spelling and lists the key there.
func TestAttack351WithdrawnUnderASpelling(t *testing.T) {
	const issuer = httpIssuer + "?v=1"
	w := issuers()
	p := verifytest.Object(w.Answers[httpIssuer].Body)
	for _, revoked := range []any{nil, true} {
		w.Put(issuer, with(p, m{"verificationMethod": []any{with(at(p, "verificationMethod", 0), m{"revoked": revoked})}}))
		for _, kid := range []string{"", issuer + "#k", httpIssuer + "#k", "other"} {
			v := check(t, w, named(badge(issuer), kid, issuerKey))
			if revoked == nil {
				wantVerified(t, v)
			} else if v.Reason != verdict.KeyRevoked {
				t.Errorf("%q: %s", kid, short(v))
			}
		}
	}
}

// TestAttack352BlockedWithAQuery: no issuer that is blocked has badges under its id with
// a query that its host ignores.
func TestAttack352BlockedWithAQuery(t *testing.T) {
	for _, c := range []struct {
		blocked, id string
		want        bool
	}{
		{httpIssuer, httpIssuer + "?v=1", true}, {httpIssuer, httpIssuer + "/?v=1", true}, {httpIssuer, "http://www.university.example/issuer?", true},
		{httpIssuer + "?id=7", httpIssuer + "?id=7&x=1", true}, {httpIssuer + "?id=7", httpIssuer + "?x=1&i%64=7", true}, {httpIssuer + "?a=1&b=2", httpIssuer + "?b=2&a=1", true},
		{httpIssuer + "?id=7", httpIssuer + "?id=77", false}, {httpIssuer + "?id=7", httpIssuer, false}, {httpIssuer + "?id=7", httpIssuer + "?x=7", false}, {httpIssuer, httpIssuer + "s?v=1", false},
		// By dots and slashes that hosts leave out of a path.
		{httpIssuer, "https://university.example/./issuer", true}, {httpIssuer, "https://university.example/a/../issuer", true}, {httpIssuer, "https://university.example//issuer", true},
		{httpIssuer, "https://university.example/%2E/issuer", true}, {httpIssuer, "https://university.example/a/%2e%2e/issuer?v=1", true}, {httpIssuer + "/", "https://university.example/a/../issuer/7", true},
		{httpIssuer, "https://university.example/issuer/../other", false}, {httpIssuer, "https://university.example/a/issuer", false}, {httpIssuer + "/", "https://university.example/issuer/../other", true},
	} {
		tr, err := (*Trust)(nil).With(Decision{Issuer: c.blocked, Block: true})
		if err != nil {
			t.Fatal(err)
		}
		if tr.blocks(c.id) != c.want {
			t.Errorf("%s is blocked: %s is %v", c.blocked, c.id, !c.want)
		}
	}
	// From end to end.
	w := issuers()
	w.Put(httpIssuer+"?v=1", w.Answers[httpIssuer])
	tr, err := (*Trust)(nil).With(Decision{Issuer: httpIssuer, Block: true})
	if err != nil {
		t.Fatal(err)
	}
	v, err := New(Options{Fetcher: w, Now: clock, Trust: tr, Accept: verdict.LevelKey, Schemas: verifytest.Schemas{}})
	if err != nil {
		t.Fatal(err)
	}
	wantReason(t, judged(t, v, Assertion{Payload: named(badge(httpIssuer+"?v=1"), "", issuerKey)}, applicant), verdict.Rejected, verdict.IssuerBlocked)
}

// TestAttack353HostedTwinOfAnotherEnd: the host's copy of a badge by a key that is past
// its date vouches for what it says itself: its end, and what was done.
func TestAttack353HostedTwinOfAnotherEnd(t *testing.T) {
	const id = "https://issuer.example/a/77"
	a := with(ob2Badge(), m{"id": id, "verification": m{"type": "signed", "creator": "https://issuer.example/key"}})
	judge := func(signed, hosted m) Verdict {
		w := ob2Web()
		w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"publicKey": m{"type": "CryptographicKey", "id": "https://issuer.example/key", "owner": ob2Profile,
			"publicKeyPem": verifytest.PEM(issuerKey.Public()), "expires": "2026-06-01T00:00:00Z"}}))
		w.Put(id, with(a, hosted))
		return check(t, w, verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(with(a, signed)), issuerKey))
	}
	wantVerified(t, judge(nil, nil))
	wantVerified(t, judge(m{"expires": "2030-01-01T00:00:00Z", "narrative": "led a team"}, m{"expires": "2030-01-01T00:00:00Z", "narrative": "led a team"}))
	over := m{"expires": "2026-02-01T00:00:00Z"}
	if v := judge(over, over); v.Result != verdict.Expired {
		t.Error(short(v))
	}
	for desc, c := range map[string][2]m{
		"left out": {nil, over}, "later": {m{"expires": "2030-01-01T00:00:00Z"}, over}, "empty": {m{"expires": ""}, over},
		"a tale": {m{"narrative": "first of all"}, nil}, "evidence": {m{"evidence": "https://evil.example/e"}, m{"evidence": "https://issuer.example/e"}},
	} {
		if v := judge(c[0], c[1]); v.Result == verdict.Verified || v.Aspects.Issuer.Reason != verdict.KeyOutdated {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
}

// TestAttack355EndedUnderAnotherName: where a key is listed twice, once with its end,
// it has ended under both names.
func TestAttack355EndedUnderAnotherName(t *testing.T) {
	for _, ended := range []any{nil, "2026-03-01T00:00:00Z", "some day"} {
		result, want := verdict.Unsupported, verdict.KeyOutdated
		if ended == "some day" { // which its issuer can mend
			result, want = verdict.Pending, verdict.KeyUnclear
		}
		judged := func(desc string, v Verdict) {
			t.Helper()
			if ended == nil {
				wantVerified(t, v)
			} else if v.Result != result || v.Aspects.Issuer.Reason != want {
				t.Errorf("%s: %s", desc, short(v))
			}
		}
		doc := listingDID(issuerKey, evilKey, issuerKey)
		at(doc, "verificationMethod", 0)["expires"] = ended
		w := issuers()
		p := verifytest.Object(w.Answers[httpIssuer].Body)
		w.Put(httpIssuer, with(p, m{"verificationMethod": nil, "publicKey": []any{"https://university.example/key"}}))
		w.Put("https://university.example/key", with(at(p, "verificationMethod", 0), m{"id": "https://university.example/key", "expires": ended}))
		w.Put("https://university.example/.well-known/jwks.json", m{"keys": []any{with(verifytest.JWK(issuerKey.Public()), m{"kid": "signing"})}})
		for _, name := range append(loose, didWeb+"#k0", didWeb+"#k2") {
			judged(name, check(t, webOf(doc), named(badge(didWeb), name, issuerKey)))
		}
		for _, name := range []string{"", "signing", "other"} {
			judged(name, check(t, w, named(badge(httpIssuer), name, issuerKey)))
		}
		// Open Badges 2.0, named by the one and by the other.
		w = ob2Web()
		key := m{"@context": ob2Context, "type": "CryptographicKey", "id": "https://issuer.example/key", "owner": ob2Profile, "publicKeyPem": verifytest.PEM(issuerKey.Public())}
		w.Put("https://issuer.example/key", key)
		w.Put("https://issuer.example/key0", with(key, m{"id": "https://issuer.example/key0", "expires": ended}))
		w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"publicKey": []any{"https://issuer.example/key", "https://issuer.example/key0"}}))
		judged("Open Badges 2.0", check(t, w, signedOB2()))
	}
}
