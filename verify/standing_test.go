package verify

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/verify/fetch"
	"assay/verify/verdict"
	"assay/verify/verifytest"

	"pgregory.net/rapid"
)

// employer judges as an employer does who has turned nothing.
func employer(t testing.TB, w *verifytest.Web, decisions ...Decision) *Verifier {
	t.Helper()
	tr, err := (*Trust)(nil).With(decisions...)
	if err != nil {
		t.Fatal(err)
	}
	v, err := New(Options{Fetcher: w, Now: clock, Trust: tr})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// famous are names that a forger would give himself.
var famous = []string{"MIT", "Stanford University", "IBM", "Red Cross", "Harvard Medical School", `MIT", listed by everybody`}

// badgeBy is a badge by a key at an id, which calls itself by a name.
func badgeBy(id, name string, k ed25519.PrivateKey, change ...func(b m)) m {
	b := badge(id)
	b["issuer"] = m{"id": id, "type": []any{"Profile"}, "name": name}
	for _, c := range change {
		c(b)
	}
	return verifytest.Secure(b, k, id+"#"+verifytest.Multikey(k), "eddsa-rdfc-2022")
}

// at puts the DID document of a did:web where it belongs.
func putDID(w *verifytest.Web, id string, k ed25519.PrivateKey) {
	at := "https://" + strings.ReplaceAll(strings.TrimPrefix(id, "did:web:"), ":", "/")
	if strings.Count(at, "/") == 2 {
		at += "/.well-known"
	}
	w.Put(at+"/did.json", didDocument(id, k))
}

// 210: whoever signs stands for nothing but what he paid for; whomever the badge
// names, and whether it has run out.
func TestAttack210NamesThatAnybodyCanTake(t *testing.T) {
	forms := map[string]struct {
		id     func(i int) string
		result Result
		shown  string
	}{
		"keys":     {func(i int) string { id, _ := verifytest.DIDKey(verifytest.Ed25519(byte(100 + i))); return id }, verdict.Unvouched, "a key that calls itself "},
		"hosts":    {func(i int) string { return fmt.Sprintf("did:web:famous%d.github.io", i) }, verdict.Unvouched, "a page on famous%d.github.io that calls itself "},
		"stores":   {func(i int) string { return fmt.Sprintf("did:web:famous%d.firebaseio.com", i) }, verdict.Unvouched, "a page on famous%d.firebaseio.com that calls itself "},
		"pastes":   {func(i int) string { return fmt.Sprintf("did:web:pastebin.com:raw:%d", i) }, verdict.Unvouched, "a page on pastebin.com/raw/%d that calls itself "},
		"accounts": {func(i int) string { return fmt.Sprintf("did:web:badgr.com:issuers:%d", i) }, verdict.Verified, "an account on badgr.com that calls itself "},
	}
	whom := map[string]struct {
		who    Applicant
		change func(b m)
		result Result // of one whose standing is accepted
	}{
		"his own": {applicant, func(m) {}, verdict.Verified},
		"nobody": {applicant, func(b m) {
			delete(at(b, "credentialSubject"), "identifier")
			at(b, "credentialSubject")["id"] = "urn:x"
		}, verdict.Authentic},
		"another's": {Applicant{Emails: []string{"other@example.org"}}, func(m) {}, verdict.Authentic},
		"over":      {applicant, func(b m) { b["validUntil"] = "2026-02-01T00:00:00Z" }, verdict.Expired},
	}
	for form, f := range forms {
		for of, x := range whom {
			for i, name := range famous {
				k := verifytest.Ed25519(byte(100 + i))
				w, id := verifytest.NewWeb(nil), f.id(i)
				if strings.HasPrefix(id, "did:web:") {
					putDID(w, id, k)
				}
				v := judged(t, employer(t, w), Assertion{Payload: verifytest.JSON(badgeBy(id, name, k, x.change))}, x.who)
				want := f.result
				if want == verdict.Verified {
					want = x.result
				}
				if v.Result != want {
					t.Errorf("%s, %s: %s", form, of, short(v))
				}
				shown := f.shown
				if strings.Contains(shown, "%d") {
					shown = fmt.Sprintf(shown, i)
				}
				if got := v.Credential.Issuer.Shown; !strings.HasPrefix(got, shown+`"`) || strings.Count(got, `"`) != 2 || !strings.HasSuffix(got, `"`) {
					t.Errorf("%s is shown as %s", form, got)
				}
			}
		}
	}
	// The twin: an issuer on its own domain is shown by it, and verified.
	w := verifytest.NewWeb(nil)
	putDID(w, "did:web:badges.example.edu", issuerKey)
	v := judged(t, employer(t, w), Assertion{Payload: verifytest.JSON(badgeBy("did:web:badges.example.edu", "MIT", issuerKey))}, applicant)
	wantVerified(t, v)
	if v.Credential.Issuer.Shown != `badges.example.edu, which calls itself "MIT"` || v.Aspects.Standing.Level != verdict.LevelDomain {
		t.Errorf("%s, %s", v.Credential.Issuer.Shown, v.Aspects.Standing.Level)
	}
}

// Each employer draws the line; above it a badge is as good as any.
func TestAcceptDrawsTheLine(t *testing.T) {
	k := issuerKey
	did, _ := verifytest.DIDKey(k)
	ids := map[verdict.Level]string{
		verdict.LevelDomain: "did:web:badges.example.edu", verdict.LevelAccount: "did:web:badgr.com:issuers:1",
		verdict.LevelPage: "did:web:somebody.github.io", verdict.LevelKey: did,
	}
	for _, accept := range verdict.Levels() {
		for level, id := range ids {
			w := verifytest.NewWeb(nil)
			if strings.HasPrefix(id, "did:web:") {
				putDID(w, id, k)
			}
			v, err := New(Options{Fetcher: w, Now: clock, Accept: accept})
			if err != nil {
				t.Fatal(err)
			}
			got := judged(t, v, Assertion{Payload: verifytest.JSON(badgeBy(id, "Example", k))}, applicant)
			if good := level.Rank() >= accept.Rank(); (got.Result == verdict.Verified) != good || (got.Result == verdict.Unvouched) == good || got.Aspects.Standing.Level != level {
				t.Errorf("accept %s, %s: %s", accept, level, short(got))
			}
		}
	}
}

// 211: the applicant is his own issuer: by its id, its key or its site.
func TestAttack211OwnIssuer(t *testing.T) {
	k := issuerKey
	did, _ := verifytest.DIDKey(k)
	for desc, c := range map[string]struct {
		id      string
		ids     []string
		subject string
		own     bool
	}{
		"the applicant's DID":                 {did, []string{did}, "", true},
		"with a fragment":                     {did, []string{did + "#" + verifytest.Multikey(k)}, "", true},
		"the subject's DID":                   {did, nil, did, true},
		"the applicant's key under a did:web": {"did:web:badges.example.edu", []string{did}, "", true},
		"the subject's key under a did:web":   {"did:web:badges.example.edu", nil, did, true},
		"the applicant's site":                {"did:web:badges.example.edu", []string{"https://www.example.edu/"}, "", true},
		"the applicant's account":             {"did:web:network.learncard.com:users:mina", []string{"did:web:network.learncard.com:users:mina"}, "", true},
		"the applicant's did:web":             {"did:web:badges.example.edu", []string{"did:web:badges.example.edu"}, "", true},
		"a profile at the issuer's":           {"did:web:badges.example.edu", []string{"https://www.example.edu/people/mina"}, "", false},
		"a home page at the issuer's":         {"did:web:badges.example.edu", []string{"https://www.example.edu/~mina"}, "", false},
		"another site":                        {"did:web:badges.example.edu", []string{"https://mina.example.com/"}, "", false},
		"another key":                         {"did:web:badges.example.edu", []string{"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}, "", false},
		"a profile at a network":              {"did:web:badges.example.edu", []string{"https://www.linkedin.com/in/mina", "https://orcid.org/0000-0002-1825-0097"}, "", false},
	} {
		w := verifytest.NewWeb(nil)
		if strings.HasPrefix(c.id, "did:web:") {
			putDID(w, c.id, k)
		}
		b := badgeBy(c.id, "Example", k, func(b m) {
			if c.subject != "" {
				at(b, "credentialSubject")["id"] = c.subject
			}
		})
		who := Applicant{Emails: applicant.Emails, IDs: c.ids}
		for _, decisions := range [][]Decision{nil, {{Issuer: c.id, Name: "Known"}}} {
			v := judged(t, employer(t, w, decisions...), Assertion{Payload: verifytest.JSON(b)}, who)
			if own := v.Reason == verdict.IssuerIsApplicant && v.Result == verdict.Unvouched && v.Aspects.Standing.Level == verdict.LevelSelf; own != c.own {
				t.Errorf("%s: %s", desc, short(v))
			}
			if strings.Contains(v.Credential.Issuer.Shown, "Known") == c.own && decisions != nil {
				t.Errorf("%s: shown as %s", desc, v.Credential.Issuer.Shown)
			}
		}
	}
}

// linkageBy is a linkage credential (DIF Well Known DID Configuration §4.1).
func linkageBy(id, origin string, k ed25519.PrivateKey, change ...func(header, claims m)) string {
	c := m{"iss": id, "sub": id, "nbf": 1767225600, "exp": 1798761600, "vc": m{
		"@context": []any{"https://www.w3.org/2018/credentials/v1", "https://identity.foundation/.well-known/did-configuration/v1"},
		"issuer":   id, "issuanceDate": "2026-01-01T00:00:00Z", "expirationDate": "2027-01-01T00:00:00Z",
		"type": []any{"VerifiableCredential", "DomainLinkageCredential"}, "credentialSubject": m{"id": id, "origin": origin},
	}}
	h := m{"alg": "EdDSA", "kid": id + "#" + verifytest.Multikey(k)}
	for _, f := range change {
		f(h, c)
	}
	return string(verifytest.Compact(h, verifytest.JSON(c), k))
}

// 212: only the domain itself makes a key its own: by a credential that the key
// signed, for this origin, at the place that the domain keeps for it.
func TestAttack212DomainsOfOthers(t *testing.T) {
	k, other := issuerKey, verifytest.Ed25519(77)
	did, _ := verifytest.DIDKey(k)
	otherDID, _ := verifytest.DIDKey(other)
	const origin, where = "https://example.edu", "https://example.edu/.well-known/did-configuration.json"
	good := linkageBy(did, origin, k)
	config := func(list ...any) m {
		return m{"@context": "https://identity.foundation/.well-known/did-configuration/v1", "linked_dids": list}
	}
	for desc, c := range map[string]struct {
		url    string
		answer any
		ok     bool
	}{
		"confirmed":                  {origin, config(good), true},
		"with a path":                {origin + "/about", config(good), true},
		"the second of two":          {origin, config(linkageBy(otherDID, origin, other), good), true},
		"an origin without a scheme": {origin, config(linkageBy(did, "example.edu", k)), true},
		"no url":                     {"", config(good), false},
		"plain http":                 {"http://example.edu", config(good), false},
		"not there":                  {origin, verifytest.Answer{Status: 404}, false},
		"down":                       {origin, verifytest.Answer{Err: fetch.ErrTimeout}, false},
		"a page":                     {origin, "<html>", false},
		"another key":                {origin, config(linkageBy(otherDID, origin, other)), false},
		"another origin":             {origin, config(linkageBy(did, "https://example.com", k)), false},
		"a sub-domain":               {origin, config(linkageBy(did, "https://www.example.edu", k)), false},
		"plain http in it":           {origin, config(linkageBy(did, "http://example.edu", k)), false},
		"signed by another":          {origin, config(linkageBy(did, origin, other)), false},
		"with another's kid":         {origin, config(linkageBy(did, origin, other, func(h, _ m) { h["kid"] = otherDID + "#" + verifytest.Multikey(other) })), false},
		"run out":                    {origin, config(linkageBy(did, origin, k, func(_, c m) { c["exp"] = 1769904000; at(c, "vc")["expirationDate"] = "2026-02-01T00:00:00Z" })), false},
		"about another":              {origin, config(linkageBy(did, origin, k, func(_, c m) { c["sub"] = otherDID; at(c, "vc", "credentialSubject")["id"] = otherDID })), false},
		"of another type":            {origin, config(linkageBy(did, origin, k, func(_, c m) { at(c, "vc")["type"] = []any{"VerifiableCredential"} })), false},
		"the badge itself":           {origin, config(verifytest.JSON(secured())), false},
		"edited":                     {origin, config(good[:len(good)-6] + "AAAAAA"), false},
		"no list":                    {origin, m{"linked_dids": good[:0]}, false},
		"a redirect to another host": {origin, verifytest.Answer{Err: fetch.ErrRedirect}, false},
		"on a page host":             {"https://somebody.github.io", config(linkageBy(did, "https://somebody.github.io", k)), false},
	} {
		w := verifytest.NewWeb(nil)
		w.Put(where, c.answer)
		w.Put("https://somebody.github.io/.well-known/did-configuration.json", c.answer)
		b := badgeBy(did, "Example University", k, func(b m) {
			if c.url != "" {
				at(b, "issuer")["url"] = c.url
			}
		})
		v := judged(t, employer(t, w), Assertion{Payload: verifytest.JSON(b)}, applicant)
		a := v.Aspects.Standing
		switch {
		case c.ok && (v.Result != verdict.Verified || a.Level != verdict.LevelDomain || len(a.Evidence) != 1 || a.Evidence[0].URL != where || v.Credential.Issuer.Shown != `example.edu, which calls itself "Example University"`):
			t.Errorf("%s: %s, %+v, %s", desc, short(v), a, v.Credential.Issuer.Shown)
		case !c.ok && (v.Result != verdict.Unvouched || a.Level != verdict.LevelKey):
			t.Errorf("%s: %s, %s", desc, short(v), a.Level)
		}
	}
}

// A domain is asked once a day for a key; one that was down is asked again soon.
func TestLinksAreKept(t *testing.T) {
	k := issuerKey
	did, _ := verifytest.DIDKey(k)
	const where = "https://example.edu/.well-known/did-configuration.json"
	now := verifytest.Now
	w := verifytest.NewWeb(m{where: verifytest.Answer{Err: fetch.ErrTimeout}})
	v, err := New(Options{Fetcher: w, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	b := verifytest.JSON(badgeBy(did, "Example", k, func(b m) { at(b, "issuer")["url"] = "https://example.edu" }))
	step := func(want Result, asked int) {
		t.Helper()
		if got := judged(t, v, Assertion{Payload: b}, applicant); got.Result != want || w.Asked[where] != asked {
			t.Errorf("%s, asked %d times, want %s, %d", short(got), w.Asked[where], want, asked)
		}
	}
	step(verdict.Unvouched, 1)
	step(verdict.Unvouched, 1)
	now = now.Add(linkAgain)
	w.Put(where, m{"linked_dids": []any{linkageBy(did, "https://example.edu", k)}})
	step(verdict.Verified, 2)
	step(verdict.Verified, 2)
	now = now.Add(linkFor - time.Second)
	w.Put(where, verifytest.Answer{Status: 404})
	step(verdict.Verified, 2)
	now = now.Add(time.Second)
	step(verdict.Unvouched, 3)
	// What one application has no requests left for is not held against the next.
	if l := v.linkage(context.Background(), brokeFetcher{}, did, "https://example.edu", now); !l.until.IsZero() {
		t.Errorf("%+v is kept", l)
	}
}

type brokeFetcher struct{}

func (brokeFetcher) Fetch(context.Context, fetch.Request) (*fetch.Response, error) {
	return nil, fetch.ErrBudget
}

// 213: a block goes by the place that would be asked, however it is spelt; a
// neighbour's is another.
func TestAttack213BlockedBySpelling(t *testing.T) {
	spellings := map[string][]string{
		"https://mill.example.com/": {"https://mill.example.com/i", "http://mill.example.com/i", "https://MILL.example.com/i", "https://mill.example.com:8443/i", "https://www.mill.example.com/i",
			"https://badges.mill.example.com/i", "https://mill.example.com./i", "https://ｍｉｌｌ.example.com/i", "https://mill。example.com/i", "did:web:mill.example.com", "did:web:mill.example.com%3A8443:x", "did:web:a.mill.example.com"},
		"mill.example.com":                      {"https://mill.example.com/i", "did:web:mill.example.com"},
		"https://www.mill.example.com":          {"https://mill.example.com/i"},
		"https://bücher.example.com/":           {"https://xn--bcher-kva.example.com/i", "https://BÜCHER.example.com/i", "did:web:xn--bcher-kva.example.com"},
		"https://xn--bcher-kva.example.com":     {"https://bücher.example.com/i"},
		"did:web:mill.example.com:issuers:1":    {"did:web:mill.example.com:issuers:1", "https://mill.example.com/issuers/1"},
		"https://badgr.com/issuers/7":           {"https://badgr.com/issuers/7", "http://www.badgr.com/issuers/7", "https://badgr.com/issuers/%37", "did:web:badgr.com:issuers:7"},
		"https://badgr.com/issuers/acme/":       {"https://badgr.com/issuers/acme/1", "http://BADGR.com/issuers/acme", "did:web:badgr.com:issuers:acme:2"},
		"did:key:z6MkhaXgBZDvotDkL5257faiztiGi": {"did:key:z6MkhaXgBZDvotDkL5257faiztiGi", "did:key:z6MkhaXgBZDvotDkL5257faiztiGi#k"},
	}
	others := []string{"https://mill.example.org/i", "https://notmill.example.com/i", "https://example.com/i", "https://bucher.example.com/i", "did:web:example.com", "https://badgr.com/issuers/77", "https://badgr.com/issuers/acmecorp/1", "did:key:z6Mkother", ""}
	for blocked, ids := range spellings {
		tr, err := (*Trust)(nil).With(Decision{Issuer: blocked, Block: true}, Decision{Issuer: ids[0], Name: "trusted beside it"})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if a, _, _ := stand(tr, verdict.Party{ID: id}, true); a.Reason != verdict.IssuerBlocked || a.State != verdict.Fail {
				t.Errorf("%s is blocked, %s is not: %+v", blocked, id, a)
			}
		}
		for _, id := range others {
			if a, _, _ := stand(tr, verdict.Party{ID: id}, true); a.Reason == verdict.IssuerBlocked {
				t.Errorf("%s is blocked, and with it %s", blocked, id)
			}
		}
	}
}

// 214: what is trusted covers what it names, and nothing that strangers may put
// beside it.
func TestAttack214TrustedTooFar(t *testing.T) {
	for trusted, c := range map[string]struct{ listed, others []string }{
		"example.edu":                     {[]string{"https://example.edu/i", "https://www.example.edu/i", "https://badges.example.edu/i", "did:web:badges.example.edu"}, []string{"http://example.edu/i", "https://example.edu:8443/i", "https://notexample.edu/i", "https://example.com/i"}},
		"https://badgr.com/issuers/7":     {[]string{"https://badgr.com/issuers/7"}, []string{"https://badgr.com/issuers/77", "https://badgr.com/issuers/7/x", "http://badgr.com/issuers/7"}},
		"https://badgr.com/issuers/acme/": {[]string{"https://badgr.com/issuers/acme/1"}, []string{"https://badgr.com/issuers/acme/../mallory", "https://badgr.com/issuers/acme/..;/mallory", "https://badgr.com/issuers/acme/%2e%2e/mallory", "https://badgr.com/issuers/acme/%252e%252e/x", "https://badgr.com/issuers/acmes/1"}},
		"did:web:example.edu":             {[]string{"did:web:example.edu", "did:web:example.edu#k"}, []string{"did:web:example.edu:mallory", "https://example.edu/i"}},
	} {
		tr, err := (*Trust)(nil).With(Decision{Issuer: trusted, Name: "Known", Source: "the employer"})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range c.listed {
			if a, _, _ := stand(tr, verdict.Party{ID: id}, true); a.Level != verdict.LevelListed || len(a.Evidence) != 1 || a.Evidence[0].Note != "listed by the employer" {
				t.Errorf("%s is trusted, %s is not: %+v", trusted, id, a)
			}
		}
		for _, id := range c.others {
			if a, _, _ := stand(tr, verdict.Party{ID: id}, true); a.Level == verdict.LevelListed {
				t.Errorf("%s is trusted, and with it %s", trusted, id)
			}
		}
	}
	for _, many := range []string{"badgr.com", "https://api.badgr.io/", "somebody.github.io", "https://pastebin.com", "credly.com", "192.0.2.1", "MIT", "", "urn:x"} {
		if _, err := (*Trust)(nil).With(Decision{Issuer: many}); err == nil {
			t.Errorf("%q can be trusted whole", many)
		}
	}
	// A registry cannot do it either.
	tr := load(t, `{"registry":{"https://badgr.com/":{"name":"Badgr"},"https://example.edu/":{"name":"Example"}}}`)
	for id, want := range map[string]bool{"https://badgr.com/issuers/7": false, "https://badgr.com": true, "https://example.edu/issuer": true} {
		if a, _, _ := stand(tr, verdict.Party{ID: id}, true); (a.Level == verdict.LevelListed) != want {
			t.Errorf("%s: %s", id, a.Level)
		}
	}
}

// 215: an endorser below the line is not shown as good.
func TestAttack215EndorsersOfNoStanding(t *testing.T) {
	did, method := verifytest.DIDKey(verifytest.Ed25519(5))
	b := secured(func(b m) {
		b["endorsement"] = []any{verifytest.Secure(with(endorse(did, b["id"].(string)), m{"issuer": m{"id": did, "type": []any{"Profile"}, "name": "World Health Organization"}}), verifytest.Ed25519(5), method, "eddsa-rdfc-2022")}
	})
	issuer, _ := verifytest.DIDKey(issuerKey)
	for desc, c := range map[string]struct {
		decisions []Decision
		result    Result
		reason    Reason
		shown     string
	}{
		"a key":   {nil, verdict.Unvouched, verdict.IssuerUnvouched, `a key that calls itself "World Health Organization"`},
		"listed":  {[]Decision{{Issuer: did, Name: "Harbour Board"}}, verdict.Authentic, "", "Harbour Board"},
		"blocked": {[]Decision{{Issuer: did, Block: true}}, verdict.Rejected, verdict.IssuerBlocked, `a key that calls itself "World Health Organization"`},
	} {
		v := judged(t, employer(t, issuers(), append(c.decisions, Decision{Issuer: issuer})...), Assertion{Payload: verifytest.JSON(b)}, applicant)
		wantVerified(t, v)
		if e := v.Endorsements; len(e) != 1 || e[0].Result != c.result || e[0].Reason != c.reason || e[0].Issuer.Shown != c.shown {
			t.Errorf("%s: %+v", desc, e)
		}
	}
}

// TestDecideAgain: a stored verdict that is decided again by another policy is
// what judging under that policy gives, whatever was said before.
func TestDecideAgain(t *testing.T) {
	did, _ := verifytest.DIDKey(issuerKey)
	web := verifytest.NewWeb(nil)
	putDID(web, "did:web:badges.example.edu", issuerKey)
	putDID(web, "did:web:somebody.github.io", issuerKey)
	web.Put("https://example.edu/.well-known/did-configuration.json", m{"linked_dids": []any{linkageBy(did, "https://example.edu", issuerKey)}})
	var badges [][]byte
	for _, id := range []string{did, "did:web:badges.example.edu", "did:web:somebody.github.io"} {
		for _, change := range []func(b m){
			func(m) {}, func(b m) { b["validUntil"] = "2026-02-01T00:00:00Z" }, func(b m) { at(b, "issuer")["url"] = "https://example.edu" },
		} {
			badges = append(badges, verifytest.JSON(badgeBy(id, "Example University", issuerKey, change)))
		}
	}
	badges = append(badges, verifytest.JSON(edited(badgeBy(did, "Example", issuerKey), func(b m) { b["name"] = "Doctor" })), []byte("{}"))
	all := []Decision{{Issuer: did, Name: "One"}, {Issuer: did, Block: true}, {Issuer: "example.edu", Name: "Two"}, {Issuer: "example.edu", Block: true}, {Issuer: "did:web:somebody.github.io"}, {Issuer: "did:key:zOther", Name: "The Example University"}}
	policy := func(t *rapid.T, name string) Policy {
		var chosen []Decision
		for i, d := range all {
			if rapid.Bool().Draw(t, fmt.Sprint(name, i)) {
				chosen = append(chosen, d)
			}
		}
		tr, err := (*Trust)(nil).With(chosen...)
		if err != nil {
			t.Fatal(err)
		}
		return Policy{Trust: tr, Accept: rapid.SampledFrom(verdict.Levels()[:5]).Draw(t, name+" accept")}
	}
	who := []Applicant{applicant, {Emails: []string{"other@example.org"}}, {Emails: applicant.Emails, IDs: []string{did}}}
	base, err := New(Options{Fetcher: web, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[Result]bool{}
	rapid.Check(t, func(t *rapid.T) {
		p, q := policy(t, "first"), policy(t, "then")
		a := Assertion{Payload: rapid.SampledFrom(badges).Draw(t, "badge")}
		by := rapid.SampledFrom(who).Draw(t, "applicant")
		got, err := base.For(p).Verify(context.Background(), a, by)
		if err != nil {
			t.Fatal(err)
		}
		want, err := base.For(q).Verify(context.Background(), a, by)
		if err != nil {
			t.Fatal(err)
		}
		Decide(&got, q)
		seen[got.Result] = true
		if slices.Sort(got.Warnings); true {
			slices.Sort(want.Warnings)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("decided again:\n%+v\njudged:\n%+v", got, want)
		}
	})
	for _, r := range []Result{verdict.Verified, verdict.Authentic, verdict.Expired, verdict.Unvouched, verdict.Rejected, verdict.Unsupported} {
		if !seen[r] {
			t.Errorf("nothing was %s: this test sees little", r)
		}
	}
}

// BenchmarkStanding is what standing costs a badge, without and with a thousand
// listed names to compare with.
func BenchmarkStanding(b *testing.B) {
	var many []Decision
	for i := range 1000 {
		many = append(many, Decision{Issuer: fmt.Sprintf("college%d.edu", i), Name: fmt.Sprintf("%s College of Sciences %d", []string{"Northern", "Royal", "Central"}[i%3], i)})
	}
	tr, err := (*Trust)(nil).With(many...)
	if err != nil {
		b.Fatal(err)
	}
	for name, p := range map[string]Policy{"alone": {}, "thousand": {Trust: tr}} {
		b.Run(name, func(b *testing.B) {
			v, err := New(Options{Fetcher: verifytest.NewWeb(nil), Trust: p.Trust})
			if err != nil {
				b.Fatal(err)
			}
			pass := verdict.Aspect{State: verdict.Pass}
			out := Verdict{Aspects: verdict.Aspects{Integrity: pass, Issuer: pass, Status: pass, Dates: pass, Recipient: pass},
				Credential: Credential{Issuer: verdict.Party{ID: "https://badges.example.edu/issuers/1", Name: "Example University"}}}
			b.ReportAllocs()
			for b.Loop() {
				again := out
				v.back(context.Background(), v.o.Fetcher, &again, applicant)
				Decide(&again, v.policy())
			}
		})
	}
}
