package verify

import (
	"slices"
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// The attacks from 70 on put somebody else's name on a badge by a document
// that has no say in it: one that came embedded, one that merely lies on the
// issuer's host, one of an older generation.

const (
	university = "https://university.example/profile"  // listed by the employer's registry
	uploads    = "https://university.example/uploads/" // where anybody may put a file
	evilHost   = "https://evil.example/"
)

// universityWeb has the victim: a 2.0 profile with a key and a policy.
func universityWeb() *verifytest.Web {
	const key = "https://university.example/keys/1"
	return verifytest.NewWeb(m{
		university: m{
			"@context": ob2Context, "type": "Profile", "id": university, "name": "Example University", "url": "https://university.example", "email": "badges@university.example",
			"publicKey": key, "verification": m{"startsWith": "https://university.example/badges/"},
		},
		key: m{"@context": ob2Context, "type": "CryptographicKey", "id": key, "owner": university, "publicKeyPem": verifytest.PEM(issuerKey.Public())},
	})
}

// checkListed judges a badge that lies at origin for an employer whose registry
// lists the university, by its profile and by its host.
func checkListed(t *testing.T, w *verifytest.Web, payload any, origin string) Verdict {
	t.Helper()
	b, ok := payload.([]byte)
	if !ok {
		b = verifytest.JSON(payload)
	}
	tr := load(t, `{"registry":{"`+university+`":{"name":"Example University"},"https://university.example/":{"name":"Example University"}}}`)
	return judged(t, newVerifier(t, w, tr), Assertion{Payload: b, Origin: origin}, applicant)
}

// wantNotTheirs fails if a forgery passes as the university's, or as anybody's
// whom a registry lists.
func wantNotTheirs(t *testing.T, desc string, v Verdict) {
	t.Helper()
	if v.Aspects.Standing.Level == verdict.LevelListed || v.Result == verdict.Verified && strings.Contains(v.Credential.Issuer.ID, "university") {
		t.Errorf("%s: %s, issuer %s, trust %s", desc, short(v), v.Credential.Issuer.ID, v.Aspects.Standing.Level)
	}
}

// ob05 is an Open Badges 0.5 assertion that names an issuer.
func ob05(issuer m) m {
	return m{"recipient": "applicant@example.org", "issued_on": "2012-06-01", "badge": m{
		"version": "0.5.0", "name": "Chief Surgeon", "image": "/i.png", "description": "d", "criteria": "/c", "issuer": issuer}}
}

// TestAttack70OldestEmbedsItsIssuer: an assertion of Open Badges 0.5 on the
// forger's host embeds the victim's origin, and a policy that lets it in.
func TestAttack70OldestEmbedsItsIssuer(t *testing.T) {
	const where = evilHost + "badges/1"
	for _, origin := range []string{"https://university.example", "https://university.example/", university, "https://UNIVERSITY.example.", "http://university.example"} {
		for _, policy := range []any{
			m{"allowedOrigins": []any{"evil.example"}}, m{"allowedOrigins": "https://evil.example"}, m{"startsWith": evilHost}, m{"startsWith": []any{where}}, nil,
		} {
			a := ob05(with(m{"origin": origin, "name": "Example University"}, m{"verification": policy}))
			w := universityWeb()
			w.Put(where, a)
			v := checkListed(t, w, a, where)
			wantReason(t, v, verdict.Rejected, verdict.HostNotIssuers)
			wantNotTheirs(t, origin, v)
		}
	}
	// Its own host is its issuer: whole, whatever path it claims.
	w := universityWeb()
	for _, origin := range []string{"https://evil.example", "https://evil.example/university", "http://evil.example/"} {
		a := ob05(m{"origin": origin, "name": "Example University"})
		w.Put(where, a)
		v := checkListed(t, w, a, where)
		wantVerified(t, v)
		if v.Credential.Issuer.ID != "https://evil.example" {
			t.Errorf("origin %s: issuer %s", origin, v.Credential.Issuer.ID)
		}
		wantNotTheirs(t, origin, v)
	}
	// On the victim's own host, the listed profile is not the host's word.
	a := ob05(m{"origin": university, "name": "Example University"})
	w.Put(uploads+"1.txt", verifytest.Answer{Type: "text/plain", Body: string(verifytest.JSON(a))})
	if v := checkListed(t, w, a, uploads+"1.txt"); v.Credential.Issuer.ID != "https://university.example" || !slices.Contains(v.Warnings, verdict.WarnSharedHost) {
		t.Errorf("%s: issuer %s, %v", short(v), v.Credential.Issuer.ID, v.Warnings)
	}
}

// TestAttack71HostLowersTheGeneration: the badge at hand is of 2.0, and its
// host answers with one of 0.5 or 1.0, whose rules are weaker.
func TestAttack71HostLowersTheGeneration(t *testing.T) {
	const where = evilHost + "badges/1"
	stub := m{"@context": ob2Context, "type": "Assertion", "id": where, "badge": evilHost + "class", "verification": m{"type": "hosted"},
		"recipient": m{"type": "email", "hashed": false, "identity": "applicant@example.org"}, "issuedOn": "2026-01-01T00:00:00Z"}
	old := ob05(m{"origin": "https://evil.example", "name": "Example University", "verification": m{"startsWith": evilHost}})
	for desc, answer := range map[string]m{"0.5": old, "0.5 under its id": with(old, m{"id": where}), "0.5 with a date": with(old, m{"issuedOn": "2026-01-01"})} {
		w := universityWeb()
		w.Put(where, answer)
		v := checkListed(t, w, stub, "")
		if v.Format != verdict.OB20 || v.Aspects.Issuer.State == verdict.Pass || v.Result == verdict.Verified {
			t.Errorf("%s: %s %s", desc, v.Format, short(v))
		}
		wantNotTheirs(t, desc, v)
	}
}

// TestAttack72KeyAnywhereOnTheHost: a page of the victim's host echoes a key
// of the forger's; an assertion of Open Badges 1.x names that page as its key.
func TestAttack72KeyAnywhereOnTheHost(t *testing.T) {
	const page, class = "https://university.example/search?q=key", evilHost + "class"
	pem := verifytest.PEM(evilKey.Public())
	for _, kind := range []string{"1.0", "1.1"} {
		for desc, body := range map[string]verifytest.Answer{
			"a page":    {Type: "text/html", Body: "<html><p>You searched for</p>\n" + pem + "\n<p>nothing found</p></html>"},
			"a text":    {Type: "text/plain", Body: pem},
			"a JWK":     {Body: string(verifytest.JSON(verifytest.JWK(evilKey.Public())))},
			"a 2.0 key": {Body: string(verifytest.JSON(m{"type": "CryptographicKey", "owner": university, "publicKeyPem": pem}))},
		} {
			for _, listsKeys := range []bool{true, false} {
				for _, issuer := range []any{university, m{"id": university, "type": "Issuer", "name": "Example University", "publicKey": page}} {
					w := universityWeb()
					if !listsKeys {
						w.Put(university, m{"name": "Example University", "url": "https://university.example"})
					}
					w.Put(page, body)
					w.Put(class, m{"name": "Chief Surgeon", "description": "d", "image": "x", "criteria": "x", "issuer": issuer})
					a := m{"uid": "1", "recipient": m{"type": "email", "hashed": false, "identity": "applicant@example.org"}, "badge": class, "issuedOn": "2026-01-01T00:00:00Z", "verify": m{"type": "signed", "url": page}}
					if kind == "1.1" {
						a = with(a, m{"@context": "https://w3id.org/openbadges/v1", "type": "Assertion", "id": "urn:uuid:1"})
					}
					v := checkListed(t, w, verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(a), evilKey), "")
					if listsKeys {
						wantReason(t, v, verdict.Rejected, verdict.ProofInvalid)
					} else {
						wantReason(t, v, verdict.Unsupported, verdict.IssuerUnprovable)
					}
					wantNotTheirs(t, kind+", "+desc, v)
				}
			}
		}
	}
	// The key that the issuer's document refers to is the issuer's.
	w := universityWeb()
	const key = "https://university.example/key.pem"
	w.Put(university, m{"name": "Example University", "url": "https://university.example", "publicKey": key})
	w.Put(key, verifytest.PEM(issuerKey.Public()))
	w.Put("https://university.example/class", m{"name": "Nurse", "description": "d", "image": "x", "criteria": "x", "issuer": university})
	a := m{"uid": "1", "recipient": m{"type": "email", "hashed": false, "identity": "applicant@example.org"}, "badge": "https://university.example/class", "issuedOn": "2026-01-01", "verify": m{"type": "signed", "url": key}}
	wantVerified(t, checkListed(t, w, verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(a), issuerKey), ""))
	for desc, text := range map[string]string{
		"two keys": verifytest.PEM(issuerKey.Public()) + verifytest.PEM(evilKey.Public()), "a text before it": "hello\n" + verifytest.PEM(issuerKey.Public()),
		"a text after it": verifytest.PEM(issuerKey.Public()) + "hello", "a broken one before it": "-----BEGIN PUBLIC KEY-----\n" + verifytest.PEM(issuerKey.Public()),
	} {
		w.Put(key, text)
		if v := checkListed(t, w, verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(a), issuerKey), ""); v.Result == verdict.Verified {
			t.Errorf("a key document with %s is taken", desc)
		}
	}
}

// TestAttack73PolicyWidens: a policy that lets in a host of many users; one of
// them puts an assertion there. It counts only if that host names the issuer
// as well.
func TestAttack73PolicyWidens(t *testing.T) {
	const host, issuer = "https://host.example/", "https://issuer.example/profile"
	base := ob2Web()
	profile := with(verifytest.Object(base.Answers[ob2Profile].Body), m{"id": issuer, "verification": m{"allowedOrigins": []any{"host.example", "issuer.example"}}})
	class := with(verifytest.Object(base.Answers[ob2Class].Body), m{"issuer": issuer})
	for _, tc := range []struct {
		desc  string
		class string // where the class lies
		names string // whom it names
		want  Result
	}{
		{"the class on that host names the issuer", host + "class", issuer, verdict.Verified},
		{"the class lies on the issuer's own host", "https://issuer.example/class", issuer, verdict.Verified},
		{"the class names the issuer over http", host + "class", "http://issuer.example/profile", verdict.Verified},
		{"the class lies elsewhere", evilHost + "class", issuer, verdict.Rejected},
		{"the class names another, who says that he is the issuer", host + "class", host + "alias", verdict.Rejected},
	} {
		w := verifytest.NewWeb(m{issuer: profile, host + "alias": profile, "http://issuer.example/profile": verifytest.Answer{Final: issuer, Body: string(verifytest.JSON(profile))}, tc.class: with(class, m{"id": tc.class, "issuer": tc.names})})
		a := with(ob2Badge(), m{"id": host + "1", "badge": tc.class})
		w.Put(host+"1", a)
		if v := check(t, w, a); v.Result != tc.want || tc.want == verdict.Rejected && v.Reason != verdict.HostNotIssuers {
			t.Errorf("%s: %s", tc.desc, short(v))
		}
	}
	// A word that cannot be read lets nothing in, and speaks against nothing on the
	// issuer's own host, nor on one that a wildcard covers; against the rest it does.
	for desc, tc := range map[string]struct {
		policy    any
		elsewhere string // "" = on the issuer's host
		unread    bool
	}{
		"of another form":             {m{"startsWith": m{"prefix": "https://issuer.example/badges/"}}, "", true},
		"a host in place of a prefix": {m{"startsWith": "issuer.example"}, "", true},
		"a word":                      {m{"startsWith": "https"}, "", true},
		"a star":                      {m{"allowedOrigins": "*"}, "", true},
		"an empty text":               {m{"allowedOrigins": ""}, "", true},
		"an origin with a path":       {m{"allowedOrigins": "https://issuer.example/badges"}, "", true},
		"a wildcard":                  {m{"allowedOrigins": []any{"*.issuer.example"}}, "", true},
		"a wildcard and the host":     {m{"allowedOrigins": []any{"*.issuer.example"}}, "https://badges.issuer.example/1", true},
		"a wildcard, another host":    {m{"allowedOrigins": "*.issuer.example"}, "https://evilissuer.example/1", false},
		"a wildcard, a host below":    {m{"allowedOrigins": "*.issuer.example"}, "https://badges.issuer.example.evil.example/1", false},
		"a star, another host":        {m{"allowedOrigins": "*"}, evilHost + "1", false},
		"a word, another host":        {m{"startsWith": "https"}, evilHost + "1", false},
		"another host":                {m{"allowedOrigins": "other.example"}, "", false},
		"a host that goes on":         {m{"allowedOrigins": "issuer.example.evil.example"}, "", false},
		"a user":                      {m{"allowedOrigins": "https://user@issuer.example"}, "", false},
		"a user before a prefix":      {m{"startsWith": "https://user@issuer.example/"}, "", false},
		"a star beside a prefix":      {m{"allowedOrigins": "*", "startsWith": "https://issuer.example/badges/"}, "", false},
	} {
		w := ob2Web()
		w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"verification": tc.policy}))
		a := ob2Badge()
		if tc.elsewhere != "" {
			a["id"] = tc.elsewhere
			w.Put(tc.elsewhere, a)
		}
		want, why := verdict.Rejected, verdict.HostNotIssuers
		if tc.unread {
			want, why = verdict.Unsupported, verdict.IssuerUnprovable
		}
		if v := check(t, w, a); v.Result != want || v.Reason != why {
			t.Errorf("policy, %s: %s", desc, short(v))
		}
	}
	// A prefix by http covers the same host by https, and no other; not the other way round.
	for prefix, want := range map[string]Result{
		"http://issuer.example/": verdict.Verified, "http://issuer.example:80/": verdict.Verified, "http://issuer.example:443/": verdict.Rejected,
		"http://issuer.example:8080/": verdict.Rejected, "http://issuer.exampl": verdict.Rejected, "http://issuer.example/badges/": verdict.Rejected,
	} {
		w := ob2Web()
		w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"verification": m{"startsWith": prefix}}))
		if v := check(t, w, ob2Badge()); v.Result != want {
			t.Errorf("prefix %s: %s", prefix, short(v))
		}
	}
	// Both words of a policy hold.
	for desc, policy := range map[string]any{
		"both":             m{"allowedOrigins": "issuer.example", "startsWith": "https://issuer.example/badges/"},
		"a second, strict": []any{m{"allowedOrigins": "issuer.example"}, m{"startsWith": "https://issuer.example/badges/"}},
	} {
		w := ob2Web()
		w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"verification": policy}))
		if v := check(t, w, ob2Badge()); v.Result != verdict.Rejected || v.Reason != verdict.HostNotIssuers {
			t.Errorf("policy, %s: %s", desc, short(v))
		}
	}
}

// TestAttack74NoProfileAtTheIssuersID: an upload on the victim's host names an
// issuer on it, at whose id there is a page, a picture, or nothing.
func TestAttack74NoProfileAtTheIssuersID(t *testing.T) {
	const issuer = "https://university.example/about"
	for desc, answer := range map[string]any{
		"a page": verifytest.Answer{Type: "text/html", Body: "<html>"}, "nothing": verifytest.Answer{Status: 404}, "a picture": verifytest.Answer{Type: "image/png", Body: "\x89PNG"},
		"gone": verifytest.Answer{Status: 410}, "another JSON": m{"status": "up"}, "a class": m{"id": issuer, "type": "BadgeClass", "name": "About"},
	} {
		w := universityWeb()
		w.Put(issuer, answer)
		w.Put(uploads+"class.json", m{"id": uploads + "class.json", "@context": ob2Context, "type": "BadgeClass", "name": "Chief Surgeon", "description": "d", "image": "x", "criteria": "x",
			"issuer": m{"id": issuer, "type": "Profile", "name": "Example University", "url": "https://university.example", "verification": m{"startsWith": []any{uploads, evilHost}}}})
		a := m{"@context": ob2Context, "type": "Assertion", "id": uploads + "1.json", "badge": uploads + "class.json", "verification": m{"type": "hosted"},
			"recipient": m{"type": "email", "hashed": false, "identity": "applicant@example.org"}, "issuedOn": "2026-01-01T00:00:00Z"}
		w.Put(uploads+"1.json", a)
		wantReason(t, check(t, w, a), verdict.Unsupported, verdict.IssuerUnprovable)
		// Whoever the employer lists by that id, or by its host, need not have one.
		for _, listed := range []string{issuer, "https://university.example/"} {
			v := judged(t, newVerifier(t, w, load(t, `{"registry":{"`+listed+`":{"name":"Example University"}}}`)), Assertion{Payload: verifytest.JSON(a)}, applicant)
			wantVerified(t, v)
		}
		v := judged(t, newVerifier(t, w, load(t, `{"registry":{"https://university.example/elsewhere":{}, "https://other.example/":{}}}`)), Assertion{Payload: verifytest.JSON(a)}, applicant)
		wantReason(t, v, verdict.Unsupported, verdict.IssuerUnprovable)
		v = judged(t, newVerifier(t, w, load(t, `{"registry":{"`+issuer+`":{}},"blocked":["https://university.example/"]}`)), Assertion{Payload: verifytest.JSON(a)}, applicant)
		wantReason(t, v, verdict.Rejected, verdict.IssuerBlocked)
		// From another host, nobody's list helps.
		w.Put(evilHost+"1.json", with(a, m{"id": evilHost + "1.json"}))
		v = checkListed(t, w, with(a, m{"id": evilHost + "1.json"}), "")
		if v.Result != verdict.Rejected || v.Aspects.Issuer.State != verdict.Fail {
			t.Errorf("%s, on another host: %s", desc, short(v))
		}
	}
}

// TestAttack75Neighbour: a JSON in an upload folder of an issuer that lists no
// keys, or has no profile at all, says that it is the issuer's key.
func TestAttack75Neighbour(t *testing.T) {
	profile := m{"id": httpIssuer, "type": "Profile", "name": "Example University"}
	for desc, issuer := range map[string]any{
		"lists no keys": profile, "404": verifytest.Answer{Status: 404}, "a page": verifytest.Answer{Type: "text/html", Body: "<html>"},
		"gone": verifytest.Answer{Status: 410}, "an empty list": with(profile, m{"publicKey": []any{}, "verificationMethod": []any{}}), "a broken JSON": `{"id":`,
	} {
		for _, file := range []string{"key.json", "key.txt"} {
			where := "https://university.example/uploads/" + file
			for form, doc := range map[string]m{
				"Multikey":   {"controller": httpIssuer, "publicKeyMultibase": verifytest.Multikey(evilKey)},
				"PEM":        {"owner": httpIssuer, "publicKeyPem": verifytest.PEM(evilKey.Public())},
				"JWK":        with(verifytest.JWK(evilKey.Public()), m{"iss": httpIssuer}),
				"controller": {"assertionMethod": []any{m{"id": "#1", "type": "Multikey", "controller": httpIssuer, "publicKeyMultibase": verifytest.Multikey(evilKey)}}},
				"set":        {"keys": []any{with(verifytest.JWK(evilKey.Public()), m{"iss": httpIssuer, "kid": "1"})}},
			} {
				w := verifytest.NewWeb(m{httpIssuer: issuer, "https://university.example/.well-known/jwks.json": verifytest.Answer{Status: 404}})
				answer := verifytest.Answer{Body: string(verifytest.JSON(doc))}
				if strings.HasSuffix(file, ".txt") {
					answer.Type = "text/plain"
				}
				w.Put(where, answer)
				for _, method := range []string{where, where + "#1"} {
					for _, payload := range []any{
						verifytest.Secure(badge(httpIssuer), evilKey, method, "eddsa-rdfc-2022"), tokenOf(badge(httpIssuer), m{"alg": "EdDSA", "kid": method}, evilKey),
					} {
						v := check(t, w, payload)
						if v.Result == verdict.Verified || v.Result == verdict.Authentic || v.Aspects.Issuer.State == verdict.Pass {
							t.Errorf("%s, %s at %s: %s", desc, form, method, short(v))
						}
						if desc == "lists no keys" && (v.Result != verdict.Unsupported || v.Reason != verdict.IssuerUnprovable) {
							t.Errorf("%s at %s: %s", form, method, short(v))
						}
					}
				}
			}
		}
	}
	// The site's home page as issuer.
	const home = "https://university.example/"
	w := verifytest.NewWeb(m{home: verifytest.Answer{Type: "text/html", Body: "<html>"}, home + ".well-known/jwks.json": verifytest.Answer{Status: 404}})
	w.Put(uploads+"key.json", m{"controller": home, "publicKeyMultibase": verifytest.Multikey(evilKey)})
	if v := check(t, w, verifytest.Secure(badge(home), evilKey, uploads+"key.json", "eddsa-rdfc-2022")); v.Aspects.Issuer.State == verdict.Pass || v.Result == verdict.Verified {
		t.Errorf("home page as issuer: %s", short(v))
	}
}

// TestSharedHost: an issuer that rests on JSON served as a text or a page is
// told so, unless the host itself speaks.
func TestSharedHost(t *testing.T) {
	as := func(kind string, doc any) verifytest.Answer {
		return verifytest.Answer{Type: kind, Body: string(verifytest.JSON(doc))}
	}
	for kind, want := range map[string]bool{"text/plain": true, "text/html": true, "application/json": false, "application/ld+json": false} {
		for _, where := range []string{ob2URL, ob2Class, ob2Profile} {
			w := ob2Web()
			w.Put(where, as(kind, verifytest.Object(w.Answers[where].Body)))
			v := check(t, w, ob2Badge())
			wantVerified(t, v)
			if slices.Contains(v.Warnings, verdict.WarnSharedHost) != want {
				t.Errorf("%s as %s: %v", where, kind, v.Warnings)
			}
		}
		if kind == "text/html" {
			continue // Open Badges 3.0 reads no page
		}
		w := issuers()
		w.Put(httpIssuer, as(kind, verifytest.Object(w.Answers[httpIssuer].Body)))
		w.Put(didWebDoc, as(kind, verifytest.Object(w.Answers[didWebDoc].Body)))
		for issuer, want := range map[string]bool{httpIssuer: want, didWeb: false} {
			method := webMethod(issuerKey)
			if issuer == httpIssuer {
				method = httpIssuer + "#k"
			}
			v := check(t, w, verifytest.Secure(badge(issuer), issuerKey, method, "eddsa-rdfc-2022"))
			wantVerified(t, v)
			if slices.Contains(v.Warnings, verdict.WarnSharedHost) != want {
				t.Errorf("%s as %s: %v", issuer, kind, v.Warnings)
			}
			v = check(t, w, tokenOf(badge(issuer), m{"alg": "EdDSA", "jwk": verifytest.JWK(issuerKey.Public())}, issuerKey))
			wantVerified(t, v)
			if slices.Contains(v.Warnings, verdict.WarnSharedHost) != want {
				t.Errorf("%s as %s, by thumbprint: %v", issuer, kind, v.Warnings)
			}
		}
	}
	// A host whose root is its issuer speaks for itself.
	const root = "https://issuer.example/"
	w := ob2Web()
	w.Put(ob2Class, with(verifytest.Object(w.Answers[ob2Class].Body), m{"issuer": root}))
	w.Put(root, as("text/plain", with(verifytest.Object(w.Answers[ob2Profile].Body), m{"id": root})))
	if v := check(t, w, ob2Badge()); slices.Contains(v.Warnings, verdict.WarnSharedHost) || v.Result != verdict.Verified {
		t.Errorf("the root of a host: %s %v", short(v), v.Warnings)
	}
}

// TestAttack76OutOfScopeByPath: paths that begin as the issuer's policy wants
// and lead elsewhere, and a redirect of the host itself that does.
func TestAttack76OutOfScopeByPath(t *testing.T) {
	const home = "https://host.example/university/"
	base := ob2Web()
	web := func() *verifytest.Web {
		return verifytest.NewWeb(m{
			home + "profile": with(verifytest.Object(base.Answers[ob2Profile].Body), m{"id": home + "profile", "verification": m{"startsWith": home}}),
			home + "class":   with(verifytest.Object(base.Answers[ob2Class].Body), m{"id": home + "class", "issuer": home + "profile"}),
		})
	}
	for path, want := range map[string]Result{
		"1": verdict.Verified, "a/b/1": verdict.Verified, "a;v=1/1": verdict.Verified, "stra%C3%9Fe/1": verdict.Verified, "a..b/1": verdict.Verified, "1?x=..%2F": verdict.Verified,
		"..;/mallory/1": verdict.Rejected, "..;x=1/mallory/1": verdict.Rejected, "%2e%2e;/mallory/1": verdict.Rejected, ".;/..;/mallory/1": verdict.Rejected,
		"..%5cmallory%5c1": verdict.Rejected, "a%5c..%5c..%5cmallory": verdict.Rejected, "%252e%252e/mallory/1": verdict.Rejected, "%25252e%25252e/mallory/1": verdict.Rejected,
		"..%252fmallory/1": verdict.Rejected, "%252e%252e%252fmallory/1": verdict.Rejected, ".%00./mallory/1": verdict.Rejected, "..%00/mallory/1": verdict.Rejected,
		"..%09/mallory/1": verdict.Rejected, "..%20/mallory/1": verdict.Rejected, ".../mallory/1": verdict.Rejected, "..%255cmallory/1": verdict.Rejected,
		"%EF%BC%8E%EF%BC%8E/mallory/1": verdict.Rejected, "%E2%80%A5/mallory/1": verdict.Rejected, "%c0%ae%c0%ae/mallory/1": verdict.Rejected, "..%EF%BC%8Fmallory/1": verdict.Rejected,
		".%E2%80%8B./mallory/1": verdict.Rejected, "..%3B/mallory/1": verdict.Rejected, "..%253B/mallory/1": verdict.Rejected,
	} {
		w := web()
		a := with(ob2Badge(), m{"id": home + path, "badge": home + "class"})
		w.Put(home+path, a)
		if v := check(t, w, a); v.Result != want || want == verdict.Rejected && v.Reason != verdict.HostNotIssuers {
			t.Errorf("%s: %s", path, short(v))
		}
	}
	// The host's own redirect: what answered is asked as well.
	for id, final := range map[string]string{home + "go?to=/mallory/1": "https://host.example/mallory/1", home + "1": "https://host.example/university/..;/mallory/1"} {
		w := web()
		a := with(ob2Badge(), m{"id": id, "badge": home + "class"})
		w.Put(id, verifytest.Answer{Final: final, Body: string(verifytest.JSON(a))})
		wantReason(t, check(t, w, a), verdict.Rejected, verdict.HostNotIssuers)
	}
	w := web()
	a := with(ob2Badge(), m{"id": home + "old/1", "badge": home + "class"})
	w.Put(home+"old/1", verifytest.Answer{Final: home + "new/1", Body: string(verifytest.JSON(a))})
	wantVerified(t, check(t, w, a))
}
