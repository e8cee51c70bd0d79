package ob2

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"maps"
	"testing"

	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

const (
	aURL = "https://issuer.example/assertions/1"
	cURL = "https://issuer.example/classes/teamwork"
	pURL = "https://issuer.example/profile"
	kURL = "https://issuer.example/keys/1"
	lURL = "https://issuer.example/revoked"
	ctx2 = "https://w3id.org/openbadges/v2"
)

type m = map[string]any

// assertion, class and profile give a sound Open Badges 2.0 badge.
func assertion() m {
	return m{
		"@context": ctx2, "type": "Assertion", "id": aURL, "badge": cURL, "issuedOn": "2026-01-01T00:00:00Z",
		"recipient":    m{"type": "email", "hashed": false, "identity": "applicant@example.org"},
		"verification": m{"type": "hosted"},
	}
}

func class() m {
	return m{
		"@context": ctx2, "type": "BadgeClass", "id": cURL, "name": "Teamwork", "description": "Works well with others",
		"image": "https://issuer.example/teamwork.png", "criteria": m{"narrative": "Nominated by peers"}, "issuer": pURL,
		"tags": []any{"teamwork"}, "alignment": []any{m{"targetName": "work in teams", "targetUrl": "http://data.europa.eu/esco/skill/1"}},
	}
}

func profile() m {
	return m{"@context": ctx2, "type": "Profile", "id": pURL, "name": "Example Academy", "url": "https://issuer.example", "email": "badges@issuer.example"}
}

func hostedWeb() *verifytest.Web {
	return verifytest.NewWeb(m{aURL: assertion(), cURL: class(), pURL: profile()})
}

func with(o m, change m) m {
	out := verifytest.Clone(o)
	maps.Copy(out, change)
	for k, v := range change {
		if v == nil {
			delete(out, k)
		}
	}
	return out
}

func judge(t *testing.T, w fetch.Fetcher, o m) verdict.Verdict {
	t.Helper()
	return keptRule(t, Judge(context.Background(), Env{Fetcher: w, Now: verifytest.Now}, Input{Object: verifytest.Clone(o)}))
}

// aspects gives state and reason of the aspects that this package judges.
func aspects(v verdict.Verdict) string {
	s := func(a verdict.Aspect) string {
		if a.Reason != "" {
			return string(a.State) + ":" + string(a.Reason)
		}
		return string(a.State)
	}
	a := v.Aspects
	return s(a.Integrity) + " " + s(a.Issuer) + " " + s(a.Status) + " " + s(a.Dates) + " " + s(a.Conformance)
}

func TestHosted(t *testing.T) {
	type webChange = func(w *verifytest.Web)
	put := func(url string, d any) webChange { return func(w *verifytest.Web) { w.Put(url, d) } }
	for _, tc := range []struct {
		desc string
		in   m
		web  webChange
		want string
	}{
		{"sound", nil, nil, "pass pass pass pass pass"},
		{"edited copy: the host's counts", with(assertion(), m{"issuedOn": "2020-01-01T00:00:00Z", "badge": "https://issuer.example/other"}), nil, "pass pass pass pass pass"},
		{"revoked by 410", nil, put(aURL, verifytest.Answer{Status: 410, Body: `{"revoked":true}`}), "unknown:gone unknown:gone fail:revoked unknown:gone unknown:gone"},
		{"revoked by member", nil, put(aURL, with(assertion(), m{"revoked": true, "revocationReason": "issued in error"})), "pass pass fail:revoked pass pass"},
		{"revoked stub", nil, put(aURL, m{"@context": ctx2, "id": aURL, "revoked": true}), "unknown:gone unknown:gone fail:revoked unknown:gone unknown:gone"},
		{"404", nil, put(aURL, verifytest.Answer{Status: 404, Body: "no"}), "fail:not_found unknown:not_found none unknown:not_found unknown:not_found"},
		{"login page", nil, put(aURL, verifytest.Answer{Type: "text/html", Body: "<html>"}), "unknown:not_a_badge unknown:not_a_badge none unknown:not_a_badge unknown:not_a_badge"},
		{"another JSON", nil, put(aURL, m{"hello": "world"}), "unknown:not_a_badge unknown:not_a_badge none unknown:not_a_badge unknown:not_a_badge"},
		{"host down", nil, put(aURL, verifytest.Answer{Err: fetch.ErrTimeout}), "unknown:host_unreachable unknown:host_unreachable none unknown:host_unreachable unknown:host_unreachable"},
		{"host in trouble", nil, put(aURL, verifytest.Answer{Status: 503}), "unknown:host_unreachable unknown:host_unreachable none unknown:host_unreachable unknown:host_unreachable"},
		{"class down", nil, put(cURL, verifytest.Answer{Err: fetch.ErrUnreachable}), "unknown:host_unreachable unknown:host_unreachable pass pass pass"},
		{"class gone", nil, put(cURL, verifytest.Answer{Status: 404}), "fail:not_found unknown:issuer_missing pass pass pass"},
		{"profile down", nil, put(pURL, verifytest.Answer{Err: fetch.ErrUnreachable}), "pass unknown:host_unreachable pass pass pass"},
		{"picture", nil, put(aURL, verifytest.Answer{Type: "image/png", Body: "\x89PNG"}), "unknown:image_answer unknown:image_answer none unknown:image_answer unknown:image_answer"},
		{"too large", nil, put(aURL, verifytest.Answer{Err: fetch.ErrTooLarge}), "unknown:answer_too_large unknown:answer_too_large none unknown:answer_too_large unknown:answer_too_large"},
		{"expired", nil, put(aURL, with(assertion(), m{"expires": "2026-06-01T00:00:00Z"})), "pass pass pass fail:expired pass"},
		{"future", nil, put(aURL, with(assertion(), m{"issuedOn": "2026-11-23T12:01:01Z"})), "pass pass pass fail:not_yet_valid pass"},
		{"clock skew", nil, put(aURL, with(assertion(), m{"issuedOn": "2026-11-23T12:00:59Z"})), "pass pass pass pass pass"},
		{"expires before issued", nil, put(aURL, with(assertion(), m{"expires": "2025-06-01T00:00:00Z"})), "pass pass pass fail:date_malformed pass"},
		{"no zone", nil, put(aURL, with(assertion(), m{"issuedOn": "2026-01-01T00:00:00"})), "pass pass pass pass fail:schema_invalid"},
		{"no date", nil, put(aURL, with(assertion(), m{"issuedOn": nil})), "pass pass pass pass:date_missing fail:schema_invalid"},
		{"a date of issue that cannot be read", nil, put(aURL, with(assertion(), m{"issuedOn": "25.02.2016"})), "pass pass pass unknown:date_malformed fail:schema_invalid"},
		{"an end that cannot be read", nil, put(aURL, with(assertion(), m{"expires": "soon"})), "pass pass pass unknown:date_malformed fail:schema_invalid"},
		{"ends before it begins, in a list", nil, put(aURL, with(assertion(), m{"expires": []any{"2020-01-01T00:00:00Z"}})), "pass pass pass fail:date_malformed fail:schema_invalid"},
		{"not hosted anywhere", with(assertion(), m{"id": "urn:uuid:1"}), nil, "fail:unsigned unknown:unsigned none unknown:unsigned unknown:unsigned"},
		{"signed without signature", with(assertion(), m{"verification": m{"type": "signed"}}), nil, "fail:unsigned unknown:unsigned none unknown:unsigned unknown:unsigned"},
		{"host says signed", nil, put(aURL, with(assertion(), m{"verification": m{"type": "SignedBadge"}})), "fail:unsigned unknown:unsigned none unknown:unsigned unknown:unsigned"},
		{"class without image", nil, put(cURL, with(class(), m{"image": nil})), "pass pass pass pass fail:schema_invalid"},
		{"class embedded, read from its address", nil, put(aURL, with(assertion(), m{"badge": with(class(), m{"name": "Doctor"})})), "pass pass pass pass pass"},
		{"class embedded, its address a picture", nil, func(w *verifytest.Web) {
			w.Put(aURL, with(assertion(), m{"badge": class()}))
			w.Put(cURL, verifytest.Answer{Type: "image/png", Body: "\x89PNG"})
		}, "pass pass pass pass pass"},
		{"class embedded, its address gone", nil, func(w *verifytest.Web) {
			w.Put(aURL, with(assertion(), m{"badge": class()}))
			w.Put(cURL, verifytest.Answer{Status: 404})
		}, "pass pass pass pass pass"},
		{"class embedded, its address another host's and gone", nil, func(w *verifytest.Web) {
			w.Put(aURL, with(assertion(), m{"badge": with(class(), m{"id": "https://other.example/class"})}))
			w.Put("https://other.example/class", verifytest.Answer{Status: 404})
		}, "unknown:not_found unknown:issuer_missing pass pass pass"},
		{"class of another host's, and gone", nil, func(w *verifytest.Web) {
			w.Put(aURL, with(assertion(), m{"badge": "https://other.example/class"}))
			w.Put("https://other.example/class", verifytest.Answer{Status: 410})
		}, "unknown:gone unknown:issuer_missing pass pass pass"},
		{"class of the same site by its other name, and gone", nil, func(w *verifytest.Web) {
			w.Put(aURL, with(assertion(), m{"badge": "https://www.issuer.example/class"}))
			w.Put("https://www.issuer.example/class", verifytest.Answer{Status: 404})
		}, "fail:not_found unknown:issuer_missing pass pass pass"},
		{"class of the same host at another port, and gone", nil, func(w *verifytest.Web) {
			w.Put(aURL, with(assertion(), m{"badge": "https://issuer.example:8443/class"}))
			w.Put("https://issuer.example:8443/class", verifytest.Answer{Status: 404})
		}, "fail:not_found unknown:issuer_missing pass pass pass"},
		{"class of another host's, taken back with the badge", nil, func(w *verifytest.Web) {
			w.Put(aURL, with(assertion(), m{"badge": "https://other.example/class", "revoked": true}))
			w.Put("https://other.example/class", verifytest.Answer{Status: 404})
		}, "unknown:not_found unknown:issuer_missing fail:revoked pass pass"},
		{"class embedded at hand only, its address gone", with(assertion(), m{"badge": class()}), put(cURL, verifytest.Answer{Status: 404}), "fail:not_found unknown:issuer_missing pass pass pass"},
		{"class embedded, its address down", nil, func(w *verifytest.Web) {
			w.Put(aURL, with(assertion(), m{"badge": class()}))
			w.Put(cURL, verifytest.Answer{Err: fetch.ErrTimeout})
		}, "unknown:host_unreachable unknown:host_unreachable pass pass pass"},
		{"class embedded without address", nil, put(aURL, with(assertion(), m{"badge": with(class(), m{"id": nil})})), "pass pass pass pass pass"},
		{"wrong context", nil, put(aURL, with(assertion(), m{"@context": "https://w3id.org/openbadges/invalid"})), "unknown:not_a_badge unknown:not_a_badge none unknown:not_a_badge unknown:not_a_badge"},
		{"wrong type", nil, put(aURL, with(assertion(), m{"type": "OtherAssertion"})), "unknown:not_a_badge unknown:not_a_badge none unknown:not_a_badge unknown:not_a_badge"},
		{"inline context", nil, put(aURL, with(assertion(), m{"@context": []any{ctx2, m{"issuedOn": "x:y"}}})), "pass pass pass pass fail:context_redefines"},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			w := hostedWeb()
			if tc.web != nil {
				tc.web(w)
			}
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

func TestClaimsComeFromTheHost(t *testing.T) {
	v := judge(t, hostedWeb(), with(assertion(), m{"badge": with(class(), m{"name": "Doctor of Medicine"}), "recipient": m{"type": "email", "hashed": false, "identity": "forger@example.org"}}))
	c := v.Credential
	if c.Name != "Teamwork" || c.Issuer.ID != pURL || c.Issuer.Name != "Example Academy" || c.Identities[0].Value != "applicant@example.org" {
		t.Errorf("claims %+v", c)
	}
	if len(c.Alignments) != 1 || c.Alignments[0].TargetName != "work in teams" || c.Tags[0] != "teamwork" || c.Criteria != "Nominated by peers" {
		t.Errorf("claims %+v", c)
	}
	if len(v.Warnings) == 0 || v.Warnings[0] != verdict.WarnCopyDiffers {
		t.Errorf("warnings %v", v.Warnings)
	}
	if len(v.Aspects.Integrity.Evidence) != 2 || v.Aspects.Integrity.Evidence[0].SHA256 == "" {
		t.Errorf("evidence %+v", v.Aspects.Integrity.Evidence)
	}
}

func TestScope(t *testing.T) {
	for _, tc := range []struct {
		desc      string
		policy    m
		profile   string
		assertion string
		class     string
		want      bool
	}{
		{"same origin", nil, pURL, aURL, cURL, true},
		{"http and https of one host", nil, pURL, "http://issuer.example/a", cURL, true},
		{"usual port written out", nil, pURL, "https://issuer.example:443/a", cURL, true},
		{"case and dot of the host", nil, pURL, "https://Issuer.EXAMPLE./a", cURL, true},
		{"other port", nil, pURL, "https://issuer.example:8443/a", cURL, false},
		{"http on the port of https", nil, pURL, "http://issuer.example:443/a", cURL, false},
		{"other host", nil, pURL, "https://evil.example/a", cURL, false},
		{"subdomain", nil, pURL, "https://a.issuer.example/a", cURL, false},
		{"host as prefix", nil, pURL, "https://issuer.example.evil.example/a", cURL, false},
		{"class elsewhere", nil, pURL, aURL, "https://evil.example/c", false},
		{"class within the assertion", nil, pURL, aURL, "", true},
		{"startsWith", m{"startsWith": "https://host.example/issuer/"}, pURL, "https://host.example/issuer/1", cURL, true},
		{"startsWith, one of several", m{"startsWith": []any{"https://x.example/", "https://host.example/issuer/"}}, pURL, "https://host.example/issuer/1", cURL, true},
		{"startsWith, neighbour", m{"startsWith": "https://host.example/issuer"}, pURL, "https://host.example/issuer-evil/1", cURL, false},
		{"startsWith, at a segment", m{"startsWith": "https://host.example/issuer"}, pURL, "https://host.example/issuer/1", cURL, true},
		{"startsWith, host alone", m{"startsWith": "https://host.example"}, pURL, "https://host.example.evil.example/1", cURL, false},
		{"startsWith, userinfo", m{"startsWith": "https://host.example"}, pURL, "https://host.example@evil.example/1", cURL, false},
		{"startsWith, other scheme", m{"startsWith": "https://host.example/"}, pURL, "http://host.example/1", cURL, false},
		{"startsWith, dots", m{"startsWith": "https://host.example/issuer/"}, pURL, "https://host.example/issuer/../evil/1", cURL, false},
		{"startsWith, encoded dots", m{"startsWith": "https://host.example/issuer/"}, pURL, "https://host.example/issuer/%2e%2e/evil/1", cURL, false},
		{"startsWith, encoded slash", m{"startsWith": "https://host.example/issuer/"}, pURL, "https://host.example/issuer/..%2fevil", cURL, false},
		{"startsWith is no URL", m{"startsWith": "https:"}, pURL, "https://host.example/1", cURL, false},
		{"startsWith replaces the default", m{"startsWith": "https://host.example/"}, pURL, aURL, cURL, false},
		{"startsWith, query", m{"startsWith": "https://host.example/a?issuer=1&"}, pURL, "https://host.example/a?issuer=1&id=2", cURL, true},
		{"startsWith, other query", m{"startsWith": "https://host.example/a?issuer=1&"}, pURL, "https://host.example/a?issuer=2&id=2", cURL, false},
		{"allowedOrigins", m{"allowedOrigins": "host.example"}, pURL, "https://host.example/1", cURL, true},
		{"allowedOrigins, several", m{"allowedOrigins": []any{"a.example", "host.example"}}, pURL, "https://host.example/1", cURL, true},
		{"allowedOrigins, as origin", m{"allowedOrigins": "https://host.example"}, pURL, "https://host.example/1", cURL, true},
		{"allowedOrigins, with port", m{"allowedOrigins": "host.example:8443"}, pURL, "https://host.example:8443/1", cURL, true},
		{"allowedOrigins, other port", m{"allowedOrigins": "host.example"}, pURL, "https://host.example:8443/1", cURL, false},
		{"allowedOrigins, subdomain", m{"allowedOrigins": "host.example"}, pURL, "https://a.host.example/1", cURL, false},
		{"allowedOrigins, suffix", m{"allowedOrigins": "host.example"}, pURL, "https://evilhost.example/1", cURL, false},
		{"allowedOrigins, userinfo", m{"allowedOrigins": "host.example@evil.example"}, pURL, "https://evil.example/1", cURL, false},
		{"allowedOrigins, look-alike", m{"allowedOrigins": "host.example"}, pURL, "https://hоst.example/1", cURL, false},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			p, _ := read.HTTPURL(tc.profile)
			a, ok := read.HTTPURL(tc.assertion)
			c, _ := read.HTTPURL(tc.class)
			got := false
			if ok {
				got, _ = Scope{Policies: []read.Object{tc.policy}, Profile: p, Class: c, Named: true}.Holds(a)
			}
			if got != tc.want {
				t.Errorf("in scope %v, want %v", got, tc.want)
			}
		})
	}
}

// signedBadge gives the assertion of a signed badge and the web of its issuer.
func signedBadge(key ed25519.PrivateKey) (m, *verifytest.Web) {
	w := verifytest.NewWeb(m{
		cURL: class(),
		pURL: with(profile(), m{"publicKey": kURL, "revocationList": lURL}),
		kURL: m{"@context": ctx2, "type": "CryptographicKey", "id": kURL, "owner": pURL, "publicKeyPem": verifytest.PEM(key.Public())},
		lURL: m{"@context": ctx2, "type": "RevocationList", "id": lURL, "issuer": pURL, "revokedAssertions": []any{}},
	})
	return with(assertion(), m{"id": "urn:uuid:1", "verification": m{"type": "signed", "creator": kURL}}), w
}

func judgeToken(t *testing.T, w fetch.Fetcher, token []byte) verdict.Verdict {
	t.Helper()
	jws, err := proof.ParseJWS(token)
	if err != nil {
		t.Fatal(err)
	}
	o, err := read.ParseDocument(jws.Payload)
	if err != nil {
		t.Fatal(err)
	}
	return keptRule(t, Judge(context.Background(), Env{Fetcher: w, Now: verifytest.Now}, Input{Object: o, Token: jws}))
}

func TestSigned(t *testing.T) {
	key, other := verifytest.Ed25519(1), verifytest.Ed25519(2)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keyDoc := m{"@context": ctx2, "type": "CryptographicKey", "id": kURL, "owner": pURL, "publicKeyPem": verifytest.PEM(key.Public())}
	for _, tc := range []struct {
		desc   string
		change m
		web    func(w *verifytest.Web)
		signer any
		want   string
	}{
		{"sound", nil, nil, nil, "pass pass pass pass pass"},
		{"no creator", m{"verification": m{"type": "signed"}}, nil, nil, "pass pass pass pass pass"},
		{"no creator, second of several keys", m{"verification": m{"type": "signed"}}, func(w *verifytest.Web) {
			w.Put(pURL, with(profile(), m{"publicKey": []any{"https://issuer.example/keys/0", kURL}}))
			w.Put("https://issuer.example/keys/0", with(keyDoc, m{"id": "https://issuer.example/keys/0", "publicKeyPem": verifytest.PEM(other.Public())}))
		}, nil, "pass pass none pass pass"},
		{"embedded key", nil, func(w *verifytest.Web) { w.Put(pURL, with(profile(), m{"publicKey": keyDoc})) }, nil, "pass pass none pass pass"},
		{"other key signed", nil, nil, other, "fail:proof_invalid pass pass pass pass"},
		{"creator not listed", m{"verification": m{"type": "signed", "creator": "https://evil.example/key"}}, func(w *verifytest.Web) {
			w.Put("https://evil.example/key", with(keyDoc, m{"id": "https://evil.example/key", "publicKeyPem": verifytest.PEM(other.Public())}))
		}, other, "unknown:key_unavailable fail:key_not_issuers pass pass pass"},
		{"key of another owner", nil, func(w *verifytest.Web) { w.Put(kURL, with(keyDoc, m{"owner": "https://other.example/profile"})) }, nil, "unknown:key_unavailable fail:key_not_issuers pass pass pass"},
		{"key of no owner", nil, func(w *verifytest.Web) { w.Put(kURL, with(keyDoc, m{"owner": nil})) }, nil, "pass pass pass pass pass"},
		{"key of no owner on another host", m{"verification": m{"type": "signed", "creator": "https://evil.example/key"}}, func(w *verifytest.Web) {
			w.Put(pURL, with(profile(), m{"publicKey": "https://evil.example/key"}))
			w.Put("https://evil.example/key", with(keyDoc, m{"id": "https://evil.example/key", "owner": nil}))
		}, nil, "unknown:key_unavailable fail:key_not_issuers none pass pass"},
		{"key gone", nil, func(w *verifytest.Web) { w.Put(kURL, verifytest.Answer{Status: 410}) }, nil, "unknown:key_unavailable unknown:key_unavailable pass pass pass"},
		{"key behind a login", nil, func(w *verifytest.Web) { w.Put(kURL, verifytest.Answer{Type: "text/html", Body: "<html>"}) }, nil, "unknown:key_unavailable unknown:key_unavailable pass pass pass"},
		{"key cannot be read", nil, func(w *verifytest.Web) { w.Put(kURL, with(keyDoc, m{"publicKeyPem": "-----"})) }, nil, "unknown:key_unavailable unknown:key_unavailable pass pass pass"},
		{"key that anybody has", nil, func(w *verifytest.Web) {
			w.Put(kURL, with(keyDoc, m{"publicKeyPem": "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----"}))
		}, nil, "unknown:key_unavailable fail:proof_key pass pass pass"},
		{"key revoked", nil, func(w *verifytest.Web) { w.Put(kURL, with(keyDoc, m{"revoked": "2026-01-02T00:00:00Z"})) }, nil, "pass fail:key_revoked pass pass pass"},
		{"no key listed", nil, func(w *verifytest.Web) { w.Put(pURL, profile()) }, nil, "unknown:key_unavailable fail:key_not_issuers none pass pass"},
		{"key down", nil, func(w *verifytest.Web) { w.Put(kURL, verifytest.Answer{Err: fetch.ErrTimeout}) }, nil, "unknown:host_unreachable unknown:host_unreachable pass pass pass"},
		{"key calls itself another", nil, func(w *verifytest.Web) { w.Put(kURL, with(keyDoc, m{"id": "https://issuer.example/keys/9"})) }, nil, "unknown:host_unreachable unknown:host_unreachable pass pass pass"},
		{"P-256", nil, func(w *verifytest.Web) { w.Put(kURL, with(keyDoc, m{"publicKeyPem": verifytest.PEM(ec.Public())})) }, ec, "pass pass pass pass pass"},
		{"algorithm and key differ", nil, func(w *verifytest.Web) { w.Put(kURL, with(keyDoc, m{"publicKeyPem": verifytest.PEM(ec.Public())})) }, nil, "fail:proof_key pass pass pass pass"},
		{"revoked by id", nil, list("urn:uuid:1"), nil, "pass pass fail:revoked pass pass"},
		{"revoked by object", nil, list(m{"id": "urn:uuid:1", "revocationReason": "x"}), nil, "pass pass fail:revoked pass pass"},
		{"not revoked, said so", nil, list(m{"id": "urn:uuid:1", "revoked": false}), nil, "pass pass pass pass pass"},
		{"revoked by uid", m{"uid": "77"}, list(m{"uid": "77"}), nil, "pass pass fail:revoked pass pass"},
		{"another revoked", nil, list("urn:uuid:2", m{"uid": "77"}), nil, "pass pass pass pass pass"},
		{"list down", nil, func(w *verifytest.Web) { w.Put(lURL, verifytest.Answer{Err: fetch.ErrUnreachable}) }, nil, "pass pass unknown:status_unreachable pass pass"},
		{"list is a page", nil, func(w *verifytest.Web) { w.Put(lURL, "<html>") }, nil, "pass pass unknown:status_invalid pass pass"},
		{"list of another issuer", nil, func(w *verifytest.Web) {
			w.Put(lURL, m{"type": "RevocationList", "issuer": "https://other.example/", "revokedAssertions": []any{}})
		}, nil, "pass pass unknown:status_foreign pass pass"},
		{"list from another host", nil, func(w *verifytest.Web) {
			w.Put(lURL, verifytest.Answer{Final: "https://evil.example/list", Body: `{"type":"RevocationList","revokedAssertions":[]}`})
		}, nil, "pass pass unknown:status_foreign pass pass"},
		{"list is something else", nil, func(w *verifytest.Web) { w.Put(lURL, m{"a": "b"}) }, nil, "pass pass unknown:status_invalid pass pass"},
		{"issuer down", nil, func(w *verifytest.Web) { w.Put(pURL, verifytest.Answer{Err: fetch.ErrTimeout}) }, nil, "unknown:host_unreachable unknown:host_unreachable unknown:status_unreachable pass pass"},
		{"issuer's id is no address", nil, func(w *verifytest.Web) { w.Put(pURL, with(profile(), m{"id": "urn:uuid:7", "publicKey": keyDoc})) }, nil, "unknown:issuer_unprovable unknown:issuer_unprovable none pass pass"},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			a, w := signedBadge(key)
			if tc.web != nil {
				tc.web(w)
			}
			payload := verifytest.JSON(with(a, tc.change))
			var token []byte
			switch k := tc.signer.(type) {
			case *ecdsa.PrivateKey:
				token = verifytest.Compact(m{"alg": "ES256"}, payload, k)
			case ed25519.PrivateKey:
				token = verifytest.Compact(m{"alg": "EdDSA"}, payload, k)
			default:
				token = verifytest.Compact(m{"alg": "EdDSA"}, payload, key)
			}
			v := judgeToken(t, w, token)
			if got := aspects(v); got != tc.want {
				t.Errorf("got  %s\nwant %s\n%+v", got, tc.want, v.Aspects)
			}
		})
	}
}

func list(entries ...any) func(w *verifytest.Web) {
	return func(w *verifytest.Web) {
		w.Put(lURL, m{"@context": ctx2, "type": "RevocationList", "issuer": pURL, "revokedAssertions": entries})
	}
}

// keptRule gives a verdict, which must keep the one rule.
func keptRule(t *testing.T, v verdict.Verdict) verdict.Verdict {
	t.Helper()
	for _, broken := range verifytest.OneRule(&v) {
		t.Error(broken)
	}
	return v
}
