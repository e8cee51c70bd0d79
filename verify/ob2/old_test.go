package ob2

import (
	"testing"

	"assay/verify/fetch"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

func TestVersion(t *testing.T) {
	for _, tc := range []struct {
		desc string
		o    m
		want verdict.Format
		ok   bool
	}{
		{"0.5", m{"recipient": "a@example.org", "badge": m{"name": "x"}}, verdict.OB05, true},
		{"1.0", m{"uid": "1", "recipient": m{"identity": "x"}, "badge": "http://a.example/b", "verify": m{"type": "hosted"}}, verdict.OB10, true},
		{"1.1", m{"@context": "https://w3id.org/openbadges/v1", "type": "Assertion", "badge": "x"}, verdict.OB11, true},
		{"2.0", assertion(), verdict.OB20, true},
		{"2.1", with(assertion(), m{"@context": "https://purl.imsglobal.org/spec/ob/v2p1/ob_v2p1.jsonld"}), verdict.OB20, true},
		{"class", class(), "", false},
		{"credential", m{"@context": "https://www.w3.org/ns/credentials/v2", "type": []any{"VerifiableCredential"}}, "", false},
		{"anything", m{"a": "b"}, "", false},
	} {
		if f, ok := Version(verifytest.Clone(tc.o)); ok != tc.ok || ok && f != tc.want {
			t.Errorf("%s: %q %v", tc.desc, f, ok)
		}
	}
	if Part(class()) != "BadgeClass" || Part(m{"type": "BadgeClass"}) != "" {
		t.Error("parts of badges are not told")
	}
}

// A badge of Open Badges 1.0: nothing has an id but by its address.
func ob1() (m, *verifytest.Web) {
	a := m{
		"uid": "1", "recipient": m{"type": "email", "hashed": true, "salt": "s", "identity": "sha256$00"},
		"badge": "http://old.example/class", "issuedOn": "2015-04-30", "verify": m{"type": "hosted", "url": "http://old.example/1"},
	}
	return a, verifytest.NewWeb(m{
		"http://old.example/1":      a,
		"http://old.example/class":  m{"name": "Basic", "description": "d", "image": "http://old.example/i", "criteria": "http://old.example/c", "issuer": "http://old.example/issuer"},
		"http://old.example/issuer": m{"name": "Old issuer", "url": "http://old.example"},
	})
}

func TestOpenBadges1Hosted(t *testing.T) {
	a, w := ob1()
	v := judge(t, w, a)
	if got := aspects(v); got != "pass pass pass pass pass" || v.Format != verdict.OB10 {
		t.Fatalf("%s %s %+v", v.Format, got, v.Aspects)
	}
	if len(v.Warnings) != 1 || v.Warnings[0] != verdict.WarnPlainHTTP {
		t.Errorf("warnings %v", v.Warnings)
	}
	if v.Credential.Name != "Basic" || v.Credential.Issuer.ID != "http://old.example/issuer" || v.Credential.ID != "http://old.example/1" {
		t.Errorf("%+v", v.Credential)
	}
	w.Put("http://old.example/class", m{"name": "Basic", "issuer": "http://victim.example/issuer"})
	w.Put("http://victim.example/issuer", m{"name": "Victim", "url": "http://victim.example"})
	if got := aspects(judge(t, w, a)); got[:len("pass fail:host_not_issuers")] != "pass fail:host_not_issuers" {
		t.Errorf("badge in another's name: %s", got)
	}
}

func TestOpenBadges1Signed(t *testing.T) {
	key := verifytest.Ed25519(3)
	const pem = "https://old.example/key.pem"
	for _, tc := range []struct {
		desc   string
		change m
		web    func(w *verifytest.Web)
		want   string
	}{
		{"sound", nil, nil, "pass pass none pass pass"},
		{"key on another host", m{"verify": m{"type": "signed", "url": "https://evil.example/key.pem"}}, func(w *verifytest.Web) {
			w.Put("https://evil.example/key.pem", verifytest.PEM(key.Public()))
		}, "unknown:key_unavailable fail:key_not_issuers none pass pass"},
		{"key redirected away", nil, func(w *verifytest.Web) {
			w.Put(pem, verifytest.Answer{Final: "https://evil.example/key.pem", Body: verifytest.PEM(key.Public())})
		}, "unknown:key_unavailable fail:key_not_issuers none pass pass"},
		{"key that the issuer's document does not refer to", nil, func(w *verifytest.Web) {
			w.Put("https://old.example/issuer", m{"name": "Old issuer", "url": "https://old.example"})
		}, "unknown:issuer_unprovable unknown:issuer_unprovable none pass pass"},
		{"key on another host, and none referred to", m{"verify": m{"type": "signed", "url": "https://evil.example/key.pem"}}, func(w *verifytest.Web) {
			w.Put("https://old.example/issuer", m{"name": "Old issuer", "url": "https://old.example"})
			w.Put("https://evil.example/key.pem", verifytest.PEM(key.Public()))
		}, "unknown:key_unavailable fail:key_not_issuers none pass pass"},
		{"key referred to on another host", nil, func(w *verifytest.Web) {
			w.Put("https://old.example/issuer", m{"name": "Old issuer", "url": "https://old.example", "publicKey": "https://keys.example/key.pem"})
			w.Put("https://keys.example/key.pem", verifytest.PEM(key.Public()))
		}, "unknown:key_unavailable fail:key_not_issuers none pass pass"},
		{"a JWK", nil, func(w *verifytest.Web) { w.Put(pem, verifytest.JWK(key.Public())) }, "pass pass none pass pass"},
		{"a JWK to sign", nil, func(w *verifytest.Web) { w.Put(pem, with(verifytest.JWK(key.Public()), m{"key_ops": []any{"sign"}})) }, "pass pass none pass pass"},
		{"a JWK for encryption", nil, func(w *verifytest.Web) { w.Put(pem, with(verifytest.JWK(key.Public()), m{"use": "enc"})) }, "unknown:key_unavailable fail:key_not_for_claims none pass pass"},
		{"a PEM and a JWK", nil, func(w *verifytest.Web) {
			w.Put(pem, with(verifytest.JWK(key.Public()), m{"publicKeyPem": verifytest.PEM(key.Public())}))
		}, "unknown:key_unavailable unknown:key_unavailable none pass pass"},
		{"a PEM within a page", nil, func(w *verifytest.Web) { w.Put(pem, "<html>"+verifytest.PEM(key.Public())) }, "unknown:key_unavailable unknown:key_unavailable none pass pass"},
		{"key gone", nil, func(w *verifytest.Web) { w.Put(pem, verifytest.Answer{Status: 404}) }, "unknown:key_unavailable unknown:key_unavailable none pass pass"},
		{"key down", nil, func(w *verifytest.Web) { w.Put(pem, verifytest.Answer{Err: fetch.ErrTimeout}) }, "unknown:host_unreachable unknown:host_unreachable none pass pass"},
		{"other key", nil, func(w *verifytest.Web) { w.Put(pem, verifytest.PEM(verifytest.Ed25519(4).Public())) }, "fail:proof_invalid pass none pass pass"},
		{"not PEM", nil, func(w *verifytest.Web) { w.Put(pem, "hello") }, "unknown:key_unavailable unknown:key_unavailable none pass pass"},
		{"revoked by uid", nil, func(w *verifytest.Web) {
			w.Put("https://old.example/issuer", m{"name": "Old", "url": "https://old.example", "publicKey": pem, "revocationList": "https://old.example/list"})
			w.Put("https://old.example/list", m{"1": "issued in error"})
		}, "pass pass fail:revoked pass pass"},
		{"another revoked", nil, func(w *verifytest.Web) {
			w.Put("https://old.example/issuer", m{"name": "Old", "url": "https://old.example", "publicKey": pem, "revocationList": "https://old.example/list"})
			w.Put("https://old.example/list", m{"2": "issued in error"})
		}, "pass pass pass pass pass"},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			a := with(m{
				"uid": "1", "recipient": m{"type": "email", "hashed": false, "identity": "applicant@example.org"},
				"badge": "https://old.example/class", "issuedOn": "2015-04-30", "verify": m{"type": "signed", "url": pem},
			}, tc.change)
			w := verifytest.NewWeb(m{
				"https://old.example/class":  m{"name": "Basic", "description": "d", "image": "http://old.example/i", "criteria": "http://old.example/c", "issuer": "https://old.example/issuer"},
				"https://old.example/issuer": m{"name": "Old issuer", "url": "https://old.example", "publicKey": pem},
				pem:                          verifytest.PEM(key.Public()),
			})
			if tc.web != nil {
				tc.web(w)
			}
			v := judgeToken(t, w, verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(a), key))
			if got := aspects(v); got != tc.want {
				t.Errorf("got  %s\nwant %s\n%+v", got, tc.want, v.Aspects)
			}
		})
	}
}

func TestOpenBadges05(t *testing.T) {
	const where = "https://old.example/a/1"
	a := m{
		"recipient": "sha256$85c4196c5516561cef673642157499b70066cb1070852b2a37fdbf3cc599b087", "salt": "s", "issued_on": "2011-06-01",
		"badge": m{"version": "0.5.0", "name": "Basic", "image": "/i.png", "description": "d", "criteria": "/c", "issuer": m{"origin": "https://old.example", "name": "Old"}},
	}
	w := verifytest.NewWeb(m{where: a})
	in := Input{Object: verifytest.Clone(a), Origin: where}
	v := Judge(t.Context(), Env{Fetcher: w, Now: verifytest.Now}, in)
	if got := aspects(v); got != "pass pass pass pass pass" || v.Format != verdict.OB05 {
		t.Fatalf("%s %s %+v", v.Format, got, v.Aspects)
	}
	if v.Credential.Issuer.ID != "https://old.example" || !v.Credential.Identities[0].Hashed || v.Credential.Identities[0].Salt != "s" {
		t.Errorf("%+v", v.Credential)
	}
	if got := aspects(judge(t, w, a)); got[:len("fail:unsigned")] != "fail:unsigned" {
		t.Errorf("without its address: %s", got)
	}
	// It may name its address, in the ways of later generations.
	for desc, change := range map[string]m{
		"verify":           {"verify": m{"type": "hosted", "url": where}},
		"verify, relative": {"verify": m{"type": "hosted", "url": "/a/1"}},
		"verification":     {"verification": m{"type": "hosted", "url": where}},
		"id":               {"id": where},
		"uid as well":      {"uid": "1", "verify": m{"url": where}},
	} {
		named := with(a, change)
		w.Put(where, named)
		for _, origin := range []string{"", where, "https://copies.example/1"} {
			v := Judge(t.Context(), Env{Fetcher: w, Now: verifytest.Now}, Input{Object: verifytest.Clone(named), Origin: origin})
			if got := aspects(v); got != "pass pass pass pass pass" || v.Credential.ID != where || v.Credential.Issuer.ID != "https://old.example" {
				t.Errorf("%s, from %q: %s %+v", desc, origin, got, v.Aspects)
			}
		}
	}
	w.Put(where, with(a, m{"badge": m{"name": "Basic", "issuer": m{"origin": "https://victim.example", "name": "Victim"}}}))
	v = Judge(t.Context(), Env{Fetcher: w, Now: verifytest.Now}, in)
	if v.Aspects.Issuer.Reason != verdict.HostNotIssuers {
		t.Errorf("another's origin: %+v", v.Aspects.Issuer)
	}
}

func TestRedirects(t *testing.T) {
	const evil = "https://evil.example/1"
	for _, tc := range []struct {
		desc string
		in   m
		web  func(w *verifytest.Web)
		want string
	}{
		{"object calls itself another: read from there", with(assertion(), m{"id": "https://mirror.example/1"}), func(w *verifytest.Web) {
			w.Put("https://mirror.example/1", assertion())
		}, "pass pass pass pass pass"},
		{"open redirect speaks in the host's name", nil, func(w *verifytest.Web) {
			w.Put(aURL, verifytest.Answer{Final: evil, Body: string(verifytest.JSON(assertion()))})
		}, "fail:redirected_away unknown:redirected_away none unknown:redirected_away unknown:redirected_away"},
		{"moved to another host, and says so", nil, func(w *verifytest.Web) {
			w.Put(aURL, verifytest.Answer{Final: evil, Body: string(verifytest.JSON(with(assertion(), m{"id": evil})))})
		}, "pass fail:host_not_issuers pass pass pass"},
		{"profile by an open redirect", nil, func(w *verifytest.Web) {
			w.Put(pURL, verifytest.Answer{Final: evil, Body: string(verifytest.JSON(profile()))})
		}, "pass fail:redirected_away pass pass pass"},
		{"two that name each other", nil, func(w *verifytest.Web) {
			w.Put(aURL, with(assertion(), m{"id": "https://issuer.example/2"}))
			w.Put("https://issuer.example/2", assertion())
		}, "unknown:id_mismatch unknown:id_mismatch none unknown:id_mismatch unknown:id_mismatch"},
		{"http to https of one host", with(assertion(), m{"id": "http://issuer.example/assertions/1"}), func(w *verifytest.Web) {
			w.Put("http://issuer.example/assertions/1", verifytest.Answer{Final: aURL, Body: string(verifytest.JSON(assertion()))})
		}, "pass pass pass pass pass"},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			w := hostedWeb()
			tc.web(w)
			in := tc.in
			if in == nil {
				in = assertion()
			}
			v := judge(t, w, in)
			if got := aspects(v); got != tc.want {
				t.Errorf("got  %s\nwant %s\n%+v", got, tc.want, v.Aspects)
			}
		})
	}
}

func TestEndorsements(t *testing.T) {
	const eURL, oURL = "https://other.example/e/1", "https://other.example/profile"
	e := m{
		"@context": ctx2, "type": "Endorsement", "id": eURL, "issuer": oURL, "issuedOn": "2026-02-01T00:00:00Z",
		"claim": m{"id": cURL, "endorsementComment": "good"}, "verification": m{"type": "hosted"},
	}
	for _, tc := range []struct {
		desc   string
		e      any
		result verdict.Result
		reason verdict.Reason
	}{
		{"sound", e, verdict.Authentic, ""},
		{"of another object", with(e, m{"claim": m{"id": "https://other.example/class"}}), verdict.Rejected, verdict.RecipientMismatch},
		{"revoked", with(e, m{"revoked": true}), verdict.Rejected, verdict.Revoked},
		{"gone", verifytest.Answer{Status: 410}, verdict.Rejected, verdict.Revoked},
		{"in another's name", with(e, m{"issuer": pURL}), verdict.Rejected, verdict.HostNotIssuers},
		{"down", verifytest.Answer{Err: fetch.ErrTimeout}, verdict.Pending, verdict.HostUnreachable},
		{"no endorsement", class(), verdict.Rejected, verdict.NotABadge},
		{"signed, without signature", with(e, m{"verification": m{"type": "signed"}}), verdict.Rejected, verdict.Unsigned},
		{"from the future", with(e, m{"issuedOn": "2030-02-01T00:00:00Z"}), verdict.Rejected, verdict.NotYetValid},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			w := hostedWeb()
			w.Put(cURL, with(class(), m{"endorsement": eURL}))
			w.Put(oURL, with(profile(), m{"id": oURL, "name": "Other"}))
			w.Put(eURL, tc.e)
			if tc.desc == "no endorsement" {
				w.Put(eURL, with(class(), m{"id": eURL}))
			}
			v := judge(t, w, assertion())
			if len(v.Endorsements) != 1 {
				t.Fatalf("%+v", v.Endorsements)
			}
			if got := v.Endorsements[0]; got.Result != tc.result || got.Reason != tc.reason {
				t.Errorf("%+v", got)
			}
			if got := aspects(v); got != "pass pass pass pass pass" {
				t.Errorf("an endorsement changed the verdict: %s", got)
			}
		})
	}
}

func TestExtensionsAreKept(t *testing.T) {
	w := hostedWeb()
	w.Put(aURL, with(assertion(), m{"extensions:example": m{"type": []any{"Extension", "extensions:Example"}, "text": "short"}}))
	v := judge(t, w, assertion())
	if got := aspects(v); got != "pass pass pass pass pass" {
		t.Error(got)
	}
	if string(v.Credential.Extensions["extensions:example"]) != `{"text":"short","type":["Extension","extensions:Example"]}` {
		t.Errorf("%s", v.Credential.Extensions)
	}
}
