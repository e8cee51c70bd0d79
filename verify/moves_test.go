package verify

import (
	"slices"
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// movedWeb is the web of a badge, class and profile at three addresses, each of
// which leads on to another and says there that it is at a third.
func movedWeb(at, leads, says [3]string) (*verifytest.Web, m) {
	w := verifytest.NewWeb(nil)
	base := ob2Web()
	doc := func(u string, change m) m { return with(verifytest.Object(base.Answers[u].Body), change) }
	docs := [3]m{
		with(ob2Badge(), m{"id": says[0], "badge": at[1]}),
		doc(ob2Class, m{"id": says[1], "issuer": at[2]}),
		doc(ob2Profile, m{"id": says[2], "url": "https://issuer.example"}),
	}
	for i, d := range docs {
		w.Put(at[i], verifytest.Answer{Final: leads[i], Body: string(verifytest.JSON(d))})
	}
	return w, with(docs[0], m{"id": at[0]})
}

// parts are the addresses of a badge, class and profile on a site.
func parts(site string) [3]string {
	return [3]string{site + "/a/1", site + "/class", site + "/profile"}
}

// TestAttack46Redirects: a site that has moved is followed, by https, to www. or
// from it, and to nowhere else: what answers for an address of the issuer's calls
// itself by the address that answered, or comes from the same site and path.
func TestAttack46Redirects(t *testing.T) {
	const bare, www, old, oldWWW = "https://issuer.example", "https://www.issuer.example", "http://issuer.example", "http://www.issuer.example"
	for _, tc := range []struct {
		desc            string
		at, leads, says string
	}{
		{"to www.", bare, www, bare},
		{"to www., which says so", bare, www, www},
		{"from www.", www, bare, www},
		{"from www., and it says so", www, bare, bare},
		{"up to https", old, bare, old},
		{"up to https, and it says so", old, bare, bare},
		{"up to https and www.", old, www, old},
		{"up to https and www., which says so", old, www, www},
		{"up to https and www., which says the half of it", old, www, bare},
		{"up to https and from www.", oldWWW, bare, old},
	} {
		w, a := movedWeb(parts(tc.at), parts(tc.leads), parts(tc.says))
		v := check(t, w, a)
		wantVerified(t, v)
		if !slices.Contains(v.Warnings, verdict.WarnMoved) {
			t.Errorf("%s: %v", tc.desc, v.Warnings)
		}
		// The issuer is who it is named as: the site, not where it moved to.
		site := strings.TrimPrefix(strings.TrimPrefix(tc.at, "https://"), "http://")
		if id := v.Credential.Issuer.ID; !strings.HasSuffix(id, "://"+site+"/profile") {
			t.Errorf("%s: issuer %s", tc.desc, id)
		}
	}
	// One part that moved among others that did not.
	for i, name := range []string{"badge", "class", "profile"} {
		for _, says := range []string{bare, www} {
			leads, ids := parts(bare), parts(bare)
			leads[i], ids[i] = parts(www)[i], parts(says)[i]
			w, a := movedWeb(parts(bare), leads, ids)
			wantVerified(t, check(t, w, a))
			// A badge that is somebody else's, or taken back, is so there, too.
			wantReason(t, checkFor(t, w, a, Applicant{Emails: []string{"other@example.org"}}), verdict.Authentic, verdict.RecipientMismatch)
			if i == 0 {
				w.Put(parts(bare)[0], verifytest.Answer{Final: leads[0], Body: string(verifytest.JSON(with(a, m{"id": ids[0], "revoked": true})))})
				wantReason(t, check(t, w, a), verdict.Rejected, verdict.Revoked)
			}
			w.Put(parts(bare)[i], verifytest.Answer{Final: leads[i], Status: 404, Type: "text/html"})
			if v := check(t, w, a); i == 0 && v.Reason != verdict.NotFound || v.Result == verdict.Verified {
				t.Errorf("%s that is not where it moved to: %s", name, short(v))
			}
		}
	}

	open := "https://issuer.example/go?to=https://evil.example/1"
	a := with(ob2Badge(), m{"id": open})
	w := ob2Web()
	w.Put(open, verifytest.Answer{Final: "https://evil.example/1", Body: string(verifytest.JSON(a))})
	wantReason(t, check(t, w, a), verdict.Rejected, verdict.RedirectedAway)
	// The victim's profile by an open redirect, with a policy that lets the
	// attacker's host in.
	profile := "https://issuer.example/go?to=https://evil.example/p"
	w = ob2Web()
	a = with(ob2Badge(), m{"id": "https://evil.example/1", "badge": "https://evil.example/c"})
	w.Put("https://evil.example/1", a)
	w.Put("https://evil.example/c", with(verifytest.Object(w.Answers[ob2Class].Body), m{"id": "https://evil.example/c", "issuer": profile}))
	w.Put(profile, verifytest.Answer{Final: "https://evil.example/p", Body: string(verifytest.JSON(with(verifytest.Object(w.Answers[ob2Profile].Body), m{"id": profile, "verification": m{"allowedOrigins": "evil.example"}})))})
	if v := check(t, w, a); v.Result != verdict.Rejected || v.Aspects.Issuer.State != verdict.Fail {
		t.Errorf("%s", short(v))
	}
}

// TestAttack336NotAMove: what a site leads on to is another's unless it is the same
// path of the same name but for www. and https, and no name where strangers have
// theirs.
func TestAttack336NotAMove(t *testing.T) {
	for desc, tc := range map[string][2]string{
		"another user of the same host of pages": {"https://university.github.io/a/1", "https://mallory.github.io/a/1"},
		"a user who is called www":               {"https://github.io/a/1", "https://www.github.io/a/1"},
		"www. of a user":                         {"https://university.github.io/a/1", "https://www.university.github.io/a/1"},
		"a user of a bucket":                     {"https://university.s3.amazonaws.com/a/1", "https://www.university.s3.amazonaws.com/a/1"},
		"a public suffix":                        {"https://co.uk/a/1", "https://www.co.uk/a/1"},
		"another path":                           {"https://issuer.example/a/1", "https://www.issuer.example/a/2"},
		"a path above":                           {"https://issuer.example/a/1", "https://www.issuer.example/"},
		"another query":                          {"https://issuer.example/a?b=1", "https://www.issuer.example/a?b=2"},
		"a path spelt otherwise":                 {"https://issuer.example/a%2f1", "https://www.issuer.example/a/1"},
		"another port":                           {"https://issuer.example/a/1", "https://www.issuer.example:8443/a/1"},
		"a name that begins with www":            {"https://issuer.example/a/1", "https://wwwissuer.example/a/1"},
		"a name that begins with www-":           {"https://issuer.example/a/1", "https://www-issuer.example/a/1"},
		"www. twice":                             {"https://issuer.example/a/1", "https://www.www.issuer.example/a/1"},
		"another suffix":                         {"https://issuer.example/a/1", "https://www.issuer.example.evil.example/a/1"},
		"a look-alike":                           {"https://issuer.example/a/1", "https://www.ıssuer.example/a/1"},
		"another name of the domain":             {"https://issuer.example/a/1", "https://badges.issuer.example/a/1"},
		"down to http":                           {"https://issuer.example/a/1", "http://www.issuer.example/a/1"},
		"an address":                             {"https://192.0.2.1/a/1", "https://www.192.0.2.1/a/1"},
	} {
		a := with(ob2Badge(), m{"id": tc[0]})
		w := ob2Web()
		w.Put(tc[0], verifytest.Answer{Final: tc[1], Body: string(verifytest.JSON(a))})
		v := check(t, w, a)
		if v.Result != verdict.Rejected || v.Reason != verdict.RedirectedAway || slices.Contains(v.Warnings, verdict.WarnMoved) {
			t.Errorf("%s: %s %v", desc, short(v), v.Warnings)
		}
		// A profile by the same way is no profile of the host's.
		w = ob2Web()
		w.Put(ob2Class, with(verifytest.Object(w.Answers[ob2Class].Body), m{"issuer": tc[0]}))
		w.Put(tc[0], verifytest.Answer{Final: tc[1], Body: string(verifytest.JSON(with(verifytest.Object(w.Answers[ob2Profile].Body), m{"id": tc[0], "verification": m{"allowedOrigins": "issuer.example"}})))})
		if v := check(t, w, ob2Badge()); v.Aspects.Issuer.State == verdict.Pass {
			t.Errorf("%s, of a profile: %s", desc, short(v))
		}
	}
	// Who has only the name with www. leads on to the site's true profile, and class,
	// so that the name without it counts as his: it does not, for it has said nothing.
	// Nor does that speak against it: the two are one site's names, as a rule.
	const mine = "https://www.issuer.example/mine"
	a := with(ob2Badge(), m{"id": mine, "badge": "https://www.issuer.example/class"})
	w := ob2Web()
	w.Put(mine, a)
	w.Put("https://www.issuer.example/class", verifytest.Answer{Final: ob2Class, Body: w.Answers[ob2Class].Body})
	wantReason(t, check(t, w, a), verdict.Unsupported, verdict.IssuerUnprovable)
	// Under a private suffix, and on another port, they are two.
	for _, two := range [][2]string{{"https://issuer.github.io", "https://www.issuer.github.io"}, {"https://issuer.example:8443", "https://www.issuer.example"}, {"https://issuer.example", "https://ww.issuer.example"}} {
		base := ob2Web()
		profile, class, mine := two[0]+"/profile", two[0]+"/class", two[1]+"/mine"
		a := with(ob2Badge(), m{"id": mine, "badge": class})
		wantReason(t, check(t, verifytest.NewWeb(m{mine: a,
			profile: with(verifytest.Object(base.Answers[ob2Profile].Body), m{"id": profile}),
			class:   with(verifytest.Object(base.Answers[ob2Class].Body), m{"id": class, "issuer": profile}),
		}), a), verdict.Rejected, verdict.HostNotIssuers)
	}
	// Nor does it where another part of the badge has moved, out of the issuer's scope.
	w, a = movedWeb(parts("https://issuer.example"), parts("https://www.issuer.example"), parts("https://issuer.example"))
	p := verifytest.Object(w.Answers[parts("https://issuer.example")[2]].Body)
	w.Put(parts("https://issuer.example")[2], verifytest.Answer{Final: parts("https://www.issuer.example")[2], Body: string(verifytest.JSON(with(p, m{"verification": m{"startsWith": "https://issuer.example/badges/"}})))})
	wantReason(t, check(t, w, a), verdict.Rejected, verdict.HostNotIssuers)
}

// TestAttack337NoMoveOfKeys: keys, DID documents and status lists are read where
// they are named, and nowhere else.
func TestAttack337NoMoveOfKeys(t *testing.T) {
	lead := func(w *verifytest.Web, from string) *verifytest.Web {
		answer := w.Answers[from]
		answer.Final = strings.Replace(from, "://", "://www.", 1)
		w.Put(from, answer)
		return w
	}
	sealed := verifytest.Secure(badge(didWeb), issuerKey, webMethod(issuerKey), "eddsa-rdfc-2022")
	if v := check(t, lead(issuers(), "https://issuer.example/.well-known/did.json"), sealed); v.Aspects.Issuer.State == verdict.Pass {
		t.Errorf("a DID document: %s", short(v))
	}
	ofProfile := verifytest.Secure(badge(httpIssuer), issuerKey, httpIssuer+"#k", "eddsa-rdfc-2022")
	wantVerified(t, check(t, issuers(), ofProfile))
	if v := check(t, lead(issuers(), httpIssuer), ofProfile); v.Aspects.Issuer.State == verdict.Pass {
		t.Errorf("a profile of keys: %s", short(v))
	}
	const key, list = "https://issuer.example/key", "https://issuer.example/revoked"
	signed := with(ob2Badge(), m{"id": "urn:uuid:1", "verification": m{"type": "signed", "creator": key}})
	token := verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(signed), issuerKey)
	web := func(profile string) *verifytest.Web {
		w := ob2Web()
		w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"id": profile, "publicKey": key, "revocationList": list}))
		w.Put(key, m{"@context": ob2Context, "type": "CryptographicKey", "id": key, "owner": profile, "publicKeyPem": verifytest.PEM(issuerKey.Public())})
		w.Put(list, m{"@context": ob2Context, "type": "RevocationList", "id": list, "issuer": profile, "revokedAssertions": []any{}})
		return w
	}
	wantVerified(t, check(t, web(ob2Profile), token))
	// The profile itself may have moved, and name itself and its key's owner so.
	wantVerified(t, check(t, lead(web(ob2Profile), ob2Profile), token))
	wantVerified(t, check(t, lead(web("https://www.issuer.example/profile"), ob2Profile), token))
	wantReason(t, check(t, lead(web("https://www.issuer.example/other"), ob2Profile), token), verdict.Pending, verdict.HostUnreachable)
	// A key that is to be had on another name of the site alone is nobody's, and no other's,
	// whatever it calls itself; on another site, or at another path, it speaks against the badge.
	for i, k := range []any{
		m{"@context": ob2Context, "type": "CryptographicKey", "id": key, "owner": ob2Profile, "publicKeyPem": verifytest.PEM(issuerKey.Public())},
		m{"@context": ob2Context, "type": "CryptographicKey", "id": "https://www.issuer.example/key", "owner": ob2Profile, "publicKeyPem": verifytest.PEM(issuerKey.Public())},
		verifytest.PEM(issuerKey.Public()),
	} {
		w := web(ob2Profile)
		w.Put(key, k)
		body := w.Answers[key].Body
		wantReason(t, check(t, lead(w, key), token), verdict.Pending, verdict.KeyUnavailable)
		for _, final := range []string{"https://www2.issuer.example/key", "https://evil.example/key", "https://www.issuer.example/other", "https://www.issuer.example/key?x"} {
			w.Put(key, verifytest.Answer{Body: body, Final: final})
			if v := check(t, w, token); v.Aspects.Issuer.State == verdict.Pass || i != 1 && v.Result != verdict.Rejected {
				t.Errorf("%s: %s", final, short(v))
			}
		}
	}
	wantReason(t, check(t, lead(web(ob2Profile), list), token), verdict.Pending, verdict.StatusForeign)
}
