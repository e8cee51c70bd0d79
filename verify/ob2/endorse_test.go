package ob2

import (
	"crypto/ed25519"
	"testing"

	"assay/verify/fetch"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// Another organisation that endorses, with a key and a revocation list.
const (
	oProfile = "https://other.example/profile"
	oKey     = "https://other.example/keys/1"
	oList    = "https://other.example/revoked"
	oToken   = "https://other.example/e/signed"
)

func endorsementOf(about string) m {
	return m{
		"@context": ctx2, "type": "Endorsement", "id": "urn:uuid:e1", "issuer": oProfile, "issuedOn": "2026-02-01T00:00:00Z",
		"claim": m{"id": about, "endorsementComment": "good"}, "verification": m{"type": "SignedBadge", "creator": oKey},
	}
}

func TestSignedEndorsements(t *testing.T) {
	key, evil := verifytest.Ed25519(5), verifytest.Ed25519(6)
	keyDoc := m{"@context": ctx2, "type": "CryptographicKey", "id": oKey, "owner": oProfile, "publicKeyPem": verifytest.PEM(key.Public())}
	other := with(profile(), m{"id": oProfile, "name": "Other", "publicKey": oKey, "revocationList": oList})
	revoked := func(entries ...any) func(w *verifytest.Web) {
		return func(w *verifytest.Web) {
			w.Put(oList, m{"@context": ctx2, "type": "RevocationList", "issuer": oProfile, "revokedAssertions": entries})
		}
	}
	put := func(url string, d any) func(w *verifytest.Web) { return func(w *verifytest.Web) { w.Put(url, d) } }
	evilKey := put("https://evil.example/key", with(keyDoc, m{"id": "https://evil.example/key", "publicKeyPem": verifytest.PEM(evil.Public())}))
	for _, tc := range []struct {
		desc   string
		change m
		web    func(w *verifytest.Web)
		signer ed25519.PrivateKey
		result verdict.Result
		reason verdict.Reason
	}{
		{"sound", nil, nil, key, verdict.Authentic, ""},
		{"signed, the short name", m{"verification": m{"type": "signed", "creator": oKey}}, nil, key, verdict.Authentic, ""},
		{"no creator", m{"verification": m{"type": "SignedBadge"}}, nil, key, verdict.Authentic, ""},
		{"another's signature", nil, nil, evil, verdict.Rejected, verdict.ProofInvalid},
		{"creator not listed", m{"verification": m{"type": "signed", "creator": "https://evil.example/key"}}, evilKey, evil, verdict.Rejected, verdict.KeyNotIssuers},
		{"key of another owner", nil, put(oKey, with(keyDoc, m{"owner": pURL})), key, verdict.Rejected, verdict.KeyNotIssuers},
		{"key revoked", nil, put(oKey, with(keyDoc, m{"revoked": "2026-01-02T00:00:00Z"})), key, verdict.Rejected, verdict.KeyRevoked},
		{"key down", nil, put(oKey, verifytest.Answer{Err: fetch.ErrTimeout}), key, verdict.Pending, verdict.HostUnreachable},
		{"in another's name", m{"issuer": "https://victim.example/profile"}, put("https://victim.example/profile", with(other, m{"id": "https://victim.example/profile"})), key, verdict.Rejected, verdict.KeyNotIssuers},
		{"issuer embedded without address", m{"issuer": m{"type": "Profile", "name": "Other", "publicKey": keyDoc}}, nil, key, verdict.Unsupported, verdict.IssuerUnprovable},
		{"issuer down", nil, put(oProfile, verifytest.Answer{Err: fetch.ErrUnreachable}), key, verdict.Pending, verdict.HostUnreachable},
		{"revoked in its issuer's list", nil, revoked("urn:uuid:e1"), key, verdict.Rejected, verdict.Revoked},
		{"another revoked", nil, revoked("urn:uuid:e2"), key, verdict.Authentic, ""},
		{"revoked by member", m{"revoked": true}, nil, key, verdict.Rejected, verdict.Revoked},
		{"list down", nil, put(oList, verifytest.Answer{Err: fetch.ErrUnreachable}), key, verdict.Pending, verdict.StatusUnreachable},
		{"list of another issuer", nil, put(oList, m{"type": "RevocationList", "issuer": pURL, "revokedAssertions": []any{}}), key, verdict.Pending, verdict.StatusForeign},
		{"of another object", m{"claim": m{"id": "https://other.example/class"}}, nil, key, verdict.Rejected, verdict.RecipientMismatch},
		{"of nothing", m{"claim": nil}, nil, key, verdict.Rejected, verdict.RecipientMismatch},
		{"an assertion", m{"type": "Assertion"}, nil, key, verdict.Rejected, verdict.NotABadge},
		{"says that it is hosted", m{"verification": m{"type": "hosted"}}, nil, key, verdict.Rejected, verdict.Unsigned},
		{"does not say how", m{"verification": nil}, nil, key, verdict.Rejected, verdict.Unsigned},
		{"from the future", m{"issuedOn": "2030-02-01T00:00:00Z"}, nil, key, verdict.Rejected, verdict.NotYetValid},
		{"expired", m{"expires": "2026-03-01T00:00:00Z"}, nil, key, verdict.Expired, verdict.PastEnd},
		{"without a date", m{"issuedOn": nil}, nil, key, verdict.Authentic, ""},
	} {
		for _, at := range []string{"", oToken} {
			t.Run(tc.desc+" "+at, func(t *testing.T) {
				token := string(verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(with(endorsementOf(cURL), tc.change)), tc.signer))
				w := hostedWeb()
				w.Put(oProfile, other)
				w.Put(oKey, keyDoc)
				revoked()(w)
				if tc.web != nil {
					tc.web(w)
				}
				where := token
				if at != "" {
					// The token lies at an address, anybody's.
					where = at
					w.Put(at, verifytest.Answer{Type: "text/plain", Body: token + "\n"})
				}
				w.Put(cURL, with(class(), m{"endorsement": where}))
				v := judge(t, w, assertion())
				if len(v.Endorsements) != 1 {
					t.Fatalf("%+v", v.Endorsements)
				}
				if got := v.Endorsements[0]; got.Result != tc.result || got.Reason != tc.reason {
					t.Errorf("%+v, want %s %s", got, tc.result, tc.reason)
				} else if got.Result == verdict.Authentic && (got.Issuer.ID != oProfile || got.Issuer.Name != "Other") {
					t.Errorf("by %+v", got.Issuer)
				}
				if got := aspects(v); got != "pass pass pass pass pass" {
					t.Errorf("an endorsement changed the verdict: %s", got)
				}
			})
		}
	}
}

// A token that is no token, or was changed, endorses nothing.
func TestBrokenEndorsementTokens(t *testing.T) {
	key := verifytest.Ed25519(5)
	payload := verifytest.JSON(endorsementOf(cURL))
	sound := verifytest.Compact(m{"alg": "EdDSA"}, payload, key)
	changed := append([]byte(nil), sound...)
	changed[len(changed)-8] ^= 1
	none := append(verifytest.Compact(m{"alg": "none"}, payload, key), "."...)
	for _, tc := range []struct {
		desc, token string
		reason      verdict.Reason
	}{
		{"changed signature", string(changed), verdict.ProofInvalid},
		{"algorithm none", string(none), verdict.Unsigned},
		{"text", "urn:uuid:e1", verdict.Unsigned},
		{"dots", "..", verdict.Unsigned},
		{"payload is no JSON", string(verifytest.Compact(m{"alg": "EdDSA"}, []byte("hello"), key)), verdict.ProofMalformed},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			w := hostedWeb()
			w.Put(oProfile, with(profile(), m{"id": oProfile, "publicKey": oKey}))
			w.Put(oKey, m{"type": "CryptographicKey", "id": oKey, "owner": oProfile, "publicKeyPem": verifytest.PEM(key.Public())})
			w.Put(cURL, with(class(), m{"endorsement": []any{tc.token}}))
			v := judge(t, w, assertion())
			if len(v.Endorsements) != 1 || v.Endorsements[0].Result != verdict.Rejected || v.Endorsements[0].Reason != tc.reason {
				t.Errorf("%+v, want %s", v.Endorsements, tc.reason)
			}
		})
	}
}

// An endorsement raises nothing: a badge that is rejected, or of an issuer
// that is not proved, stays so, and the issuer's word for itself is none.
func TestEndorsementsRaiseNothing(t *testing.T) {
	key := verifytest.Ed25519(5)
	keyDoc := m{"type": "CryptographicKey", "id": oKey, "owner": oProfile, "publicKeyPem": verifytest.PEM(key.Public())}
	token := func(e m) string {
		return string(verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(e), key))
	}

	w := hostedWeb()
	w.Put(oProfile, with(profile(), m{"id": oProfile, "publicKey": oKey}))
	w.Put(oKey, keyDoc)
	w.Put(cURL, with(class(), m{"endorsement": token(endorsementOf(cURL))}))
	w.Put(aURL, with(assertion(), m{"revoked": true}))
	v := judge(t, w, assertion())
	if got := aspects(v); got != "pass pass fail:revoked pass pass" || v.Endorsements[0].Result != verdict.Authentic {
		t.Errorf("revoked badge, endorsed: %s %+v", got, v.Endorsements)
	}

	// Endorsed by the badge's own issuer.
	w = hostedWeb()
	w.Put(pURL, with(profile(), m{"publicKey": kURL}))
	w.Put(kURL, with(keyDoc, m{"id": kURL, "owner": pURL}))
	w.Put(cURL, with(class(), m{"endorsement": []any{
		token(with(endorsementOf(cURL), m{"issuer": pURL, "verification": m{"type": "signed", "creator": kURL}})),
		"https://issuer.example/e/1",
	}}))
	w.Put("https://issuer.example/e/1", with(endorsementOf(cURL), m{"id": "https://issuer.example/e/1", "issuer": pURL, "verification": m{"type": "hosted"}}))
	v = judge(t, w, assertion())
	if len(v.Endorsements) != 2 {
		t.Fatalf("%+v", v.Endorsements)
	}
	for _, e := range v.Endorsements {
		if e.Result != verdict.Rejected || e.Reason != verdict.SelfEndorsed {
			t.Errorf("its own endorsement: %+v", e)
		}
	}

	// Nothing is asked on the word of a badge that is not its issuer's.
	w = hostedWeb()
	w.Put(oProfile, with(profile(), m{"id": oProfile, "publicKey": oKey}))
	w.Put(oKey, keyDoc)
	w.Put(cURL, with(class(), m{"issuer": oProfile, "endorsement": token(endorsementOf(cURL))}))
	v = judge(t, w, assertion())
	if len(v.Endorsements) != 0 || v.Aspects.Issuer.Reason != verdict.HostNotIssuers {
		t.Errorf("%+v %+v", v.Aspects.Issuer, v.Endorsements)
	}
}
