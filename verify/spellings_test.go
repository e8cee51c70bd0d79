package verify

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// TestSpellings: whoever an issuer names in another spelling than the applicant's
// is found, what may be another's is unknown, and another is another.
func TestSpellings(t *testing.T) {
	const orcidID = "https://orcid.org/0000-0002-1825-0097"
	for _, tc := range []struct {
		kind, theirs, ours string // the badge's, and what is known of the applicant
		want               likeness
		hashed             likeness // where the badge has a hash of it
	}{
		{"email", "MINA.OKAFOR@applicant.example", "mina.okafor@applicant.example", same, same},
		{"email", "Mina.Okafor@Applicant.Example", "mina.okafor@applicant.example", same, same},
		{"email", "Mina.okafor@applicant.example", "mina.okafor@applicant.example", same, same},
		{"email", "Anne-Marie_O@Applicant.Example", "anne-marie_o@applicant.example", same, same},
		{"email", "JÖRG@applicant.example", "jörg@applicant.example", different, same},
		{"email", "mInA@applicant.example", "mina@applicant.example", same, different},
		{"email", "mina@applicant.example", "MINA@Applicant.Example", same, same},
		{"email", "mailto:mina%2Eokafor%40applicant.example", "mina.okafor@applicant.example", same, different},
		{"email", "mailto:mina@applicant.example?subject=badge", "mina@applicant.example", same, different},
		{"email", "mina@applicant.example", "mailto:mina@applicant.example", same, same},
		{"email", "mailto:mina%00@applicant.example", "mina@applicant.example", different, different},
		{"email", "mina@applicant.example,eve@applicant.example", "eve@applicant.example", different, different},
		{"email", "I@applicant.example", "ı@applicant.example", different, different},
		{"email", "S@applicant.example", "ſ@applicant.example", different, different},
		{"email", "K@applicant.example", "\u212A@applicant.example", different, different},
		{"email", "mina.Okafor@applicant.example", "mina.okafor@applicant.example", same, same},
		{"email", "Mina.O'Hara@applicant.example", "mina.o'hara@applicant.example", same, same},
		{"email", "mailto:mina@applicant.example", "Mina@applicant.example", same, same},
		{"email", "mailto:eve@applicant.example", "mina@applicant.example", different, different},
		{"telephone", "011 49 40 123456", "+4940123456", near, different},
		{"telephone", "011 49 40 123457", "+4940123456", different, different},
		{"telephone", "99999 4940123456", "+4940123456", different, different},
		{"telephone", "004940123456", "+4940123456", same, same},
		{"telephone", "+49 (0)40 12 34-56", "+4940123456", same, different},
		{"telephone", "tel:+49-40-123456", "+49 40 123456", same, different},
		{"telephone", "4940123456", "+4940123456", same, same},
		{"telephone", "+4940123456", "040 123456", near, different},
		{"telephone", "040123456", "+4940123456", near, different},
		{"telephone", "+4940123456;ext=12", "+4940123456", near, different},
		{"telephone", "+4940123456;ext=12", "+4940123456;ext=12", same, same},
		{"telephone", "+4930123456", "+4940123456", different, different},
		{"telephone", "030123456", "+4940123456", different, different},
		{"telephone", "+4940123456", "+14940123456", different, different},
		{"telephone", "0040123456", "+4940123456", different, different},
		{"url", "http://orcid.org/0000-0002-1825-0097", orcidID, same, same},
		{"url", "https://www.orcid.org/0000-0002-1825-0097/", orcidID, same, same},
		{"url", orcidID, "0000-0002-1825-0097", same, same},
		{"id", "https://orcid.org/0000-0002-1825-0097", "orcid:0000-0002-1825-0097", same, same},
		{"identifier", "0000-0002-1694-233x", "https://orcid.org/0000-0002-1694-233X", same, incomparable},
		{"url", "https://orcid.org/0000-0001-5109-3700", orcidID, different, different},
		{"url", "https://orcid.org/0000-0002-1825-0098", "0000-0002-1825-0098", incomparable, different},
		{"url", "https://orcid.org.evil.example/0000-0002-1825-0097", orcidID, different, different},
		{"url", "https://www.linkedin.com/in/mina/", "https://linkedin.com/in/mina", same, same},
		{"url", "http://linkedin.com/in/mina", "https://www.linkedin.com/in/mina/", same, same},
		{"url", "https://github.com/Mina", "https://github.com/mina", near, different},
		{"url", "https://people.example/%7Emina", "https://people.example/~mina", same, different},
		{"url", "https://people.example/~mina", "https://people.example/%7emina", same, same},
		{"url", "https://people.example/a%2fb", "https://people.example/a%2Fb", same, different},
		{"url", "https://people.example/a%2Fb", "https://people.example/a/b", different, different},
		{"url", "https://people.example/mina?lang=de#badges", "https://people.example/mina", near, different},
		{"url", "https://people.example/mina", "https://people.example/mina/?lang=de", near, different},
		{"url", "https://people.example/eve?lang=de", "https://people.example/mina", different, different},
		{"url", "https://people.example/?id=7", "https://people.example/?id=7", same, same},
		{"url", "https://people.example/?id=7", "https://people.example/?id=8", different, different},
		{"url", "https://people.example:8443/mina", "https://people.example/mina", different, different},
		{"url", "https://people.example/a//", "https://people.example/a", different, different},
		{"url", "https://mina.example/", "https://mina.example.evil.example/", different, different},
		{"id", "did:web:www.mina.example", "did:web:mina.example", different, different},
	} {
		applicants := Applicant{IDs: []string{tc.ours}}
		if tc.kind == "email" {
			applicants = Applicant{Emails: []string{tc.ours}}
		}
		for _, hashed := range []bool{false, true} {
			id, want := verdict.Identity{Kind: tc.kind, Value: tc.theirs}, tc.want
			if hashed {
				id, want = verdict.Identity{Kind: tc.kind, Value: sha(tc.theirs + "salt"), Hashed: true, Salt: "salt"}, tc.hashed
			}
			got, _, words := compare(id, applicants)
			if got != want {
				t.Errorf("%s %q, hashed %v, against %q: %d, want %d", tc.kind, tc.theirs, hashed, tc.ours, got, want)
			}
			if strings.Contains(words, "@") || strings.ContainsAny(words, "0123456789") {
				t.Errorf("%q: the words name somebody: %q", tc.theirs, words)
			}
		}
	}
	// What was looked at is told.
	for desc, tc := range map[string]struct {
		id    verdict.Identity
		words string
	}{
		"capitals":      {verdict.Identity{Kind: "email", Value: sha("MINA@applicant.examples"), Hashed: true, Salt: "s"}, "another spelling"},
		"another's":     {verdict.Identity{Kind: "email", Value: sha("eve@applicant.examples"), Hashed: true, Salt: "s"}, "capitals count"},
		"as it is told": {verdict.Identity{Kind: "email", Value: sha("mina@applicant.examples"), Hashed: true, Salt: "s"}, ""},
	} {
		a, _ := recipient([]verdict.Identity{tc.id}, Applicant{Emails: []string{"mina@applicant.example"}})
		if tc.words == "" && a.Detail != "" || !strings.Contains(a.Detail, tc.words) {
			t.Errorf("%s: %+v", desc, a)
		}
	}
}

// TestRecipientWritten: however an Open Badge writes its recipient down, it is
// read: a number for a telephone or a salt, and null for what is absent.
func TestRecipientWritten(t *testing.T) {
	phone := json.Number("4940123456")
	null := json.RawMessage("null")
	who := Applicant{Emails: []string{"applicant@example.org"}, IDs: []string{"+49 40 123456"}}
	for desc, tc := range map[string]struct {
		recipient any
		state     State
	}{
		"a telephone that is a number":       {m{"type": "telephone", "hashed": false, "identity": phone}, verdict.Pass},
		"another":                            {m{"type": "telephone", "hashed": false, "identity": json.Number("4940123457")}, verdict.Fail},
		"a salt that is a number":            {m{"type": "email", "hashed": true, "salt": json.Number("12345"), "identity": sha("applicant@example.org12345")}, verdict.Pass},
		"another salt that is a number":      {m{"type": "email", "hashed": true, "salt": json.Number("12346"), "identity": sha("applicant@example.org12345")}, verdict.Fail},
		"a salt that is null":                {m{"type": "email", "hashed": true, "salt": null, "identity": sha("applicant@example.org")}, verdict.Pass},
		"an identity that is null":           {m{"type": "email", "hashed": false, "identity": null}, verdict.None},
		"a recipient that is null":           {null, verdict.None},
		"an address with mailto:, in code":   {m{"type": "email", "hashed": false, "identity": "mailto:applicant%40example.org"}, verdict.Pass},
		"a type that is null":                {m{"type": null, "hashed": false, "identity": "applicant@example.org"}, verdict.Pass},
		"a type in another vocabulary":       {m{"type": "schema:telephone", "hashed": false, "identity": "+4940123456"}, verdict.Pass},
		"hashed is a text":                   {m{"type": "email", "hashed": "true", "salt": "s", "identity": sha("applicant@example.orgs")}, verdict.Pass},
		"hashed is null, and it is plain":    {m{"type": "email", "hashed": null, "identity": "applicant@example.org"}, verdict.Pass},
		"two identities, one of them number": {m{"type": "telephone", "hashed": false, "identity": []any{phone, "+1 222 333 4444"}}, verdict.Pass},
	} {
		w := ob2Web()
		w.Put(ob2URL, with(ob2Badge(), m{"recipient": tc.recipient}))
		if v := checkFor(t, w, ob2Badge(), who); v.Aspects.Recipient.State != tc.state {
			t.Errorf("%s: %+v", desc, v.Aspects.Recipient)
		}
	}
}

// TestIdentifierWritten: however Open Badges 3.0 writes whom it names, it is read, and
// what names nobody that can be read is not told to name another.
func TestIdentifierWritten(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	null := json.RawMessage("null")
	who := Applicant{Emails: []string{"applicant@example.org"}, IDs: []string{"+49 170 1234567", "https://applicant.example/"}}
	for desc, tc := range map[string]struct {
		identifier any
		state      State
		reason     Reason
	}{
		"no identity":             {m{"type": "IdentityObject", "identityType": "emailAddress", "hashed": false}, verdict.Unknown, verdict.RecipientUnknown},
		"null":                    {m{"type": "IdentityObject", "identityType": "emailAddress", "hashed": false, "identityHash": null}, verdict.Unknown, verdict.RecipientUnknown},
		"null, hashed":            {m{"type": "IdentityObject", "identityType": "emailAddress", "hashed": true, "identityHash": null}, verdict.Unknown, verdict.RecipientUnknown},
		"null, a telephone":       {m{"type": "IdentityObject", "identityType": "telephone", "hashed": false, "identityHash": null}, verdict.Unknown, verdict.RecipientUnknown},
		"null, an address":        {m{"type": "IdentityObject", "identityType": "url", "hashed": false, "identityHash": null}, verdict.Unknown, verdict.RecipientUnknown},
		"by the name of before":   {m{"type": "IdentityObject", "identityType": "emailAddress", "hashed": false, "identity": "applicant@example.org"}, verdict.Unknown, verdict.RecipientUnknown},
		"a text":                  {"applicant@example.org", verdict.Pass, verdict.AddressClaimed},
		"another's, as a text":    {"other@example.org", verdict.Fail, verdict.RecipientMismatch},
		"no kind":                 {m{"type": "IdentityObject", "hashed": false, "identityHash": "applicant@example.org"}, verdict.Pass, verdict.AddressClaimed},
		"no kind, another's":      {m{"type": "IdentityObject", "hashed": false, "identityHash": "other@example.org"}, verdict.Fail, verdict.RecipientMismatch},
		"no kind, hashed":         {m{"type": "IdentityObject", "hashed": true, "salt": "s", "identityHash": sha("applicant@example.orgs")}, verdict.Pass, verdict.AddressClaimed},
		"no kind, and no address": {m{"type": "IdentityObject", "hashed": false, "identityHash": "4711"}, verdict.Unknown, verdict.RecipientUnknown},
	} {
		b := badge(did)
		at(b, "credentialSubject")["identifier"] = []any{tc.identifier}
		v := checkFor(t, issuers(), tokenOf(b, m{"alg": "EdDSA", "kid": method}, issuerKey), who)
		if a := v.Aspects.Recipient; a.State != tc.state || a.Reason != tc.reason {
			t.Errorf("%s: %+v", desc, a)
		}
	}
}

// TestWhomWasLookedFor: a badge is said to name nobody where it was read and names
// nobody, and not where it was not read.
func TestWhomWasLookedFor(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	down := verifytest.NewWeb(nil)
	gone := ob2Web()
	gone.Put(ob2URL, verifytest.Answer{Status: 410})
	page := ob2Web()
	page.Put(ob2URL, verifytest.Answer{Body: "<html>", Type: "text/html"})
	nobody := ob2Web()
	nobody.Put(ob2URL, with(ob2Badge(), m{"recipient": nil}))
	for desc, tc := range map[string]struct {
		w    *verifytest.Web
		b    any
		want Reason
	}{
		"its host is down":                 {down, ob2Badge(), ""},
		"its host says it is gone":         {gone, ob2Badge(), ""},
		"its host answers with a page":     {page, ob2Badge(), ""},
		"a token that is refused":          {issuers(), tokenOf(badge(did), m{"alg": "EdDSA", "kid": method, "crit": []any{"x"}, "x": 1}, issuerKey), ""},
		"a token with two badges":          {issuers(), tokenOf(badgeV1(did), m{"alg": "EdDSA", "kid": method}, issuerKey, func(_, c m) { c["issuer"] = did }), ""},
		"a hosted badge that names none":   {nobody, ob2Badge(), verdict.RecipientMissing},
		"a signed badge that names none":   {issuers(), secured(func(b m) { delete(at(b, "credentialSubject"), "identifier"); delete(at(b, "credentialSubject"), "id") }), verdict.RecipientMissing},
		"a badge by somebody else's key":   {issuers(), tokenOf(badge(did), m{"alg": "EdDSA", "kid": method}, verifytest.Ed25519(9)), verdict.AddressClaimed},
		"a badge that names the applicant": {issuers(), secured(), verdict.AddressClaimed},
	} {
		v := checkFor(t, tc.w, tc.b, Applicant{Emails: []string{"applicant@example.org"}})
		if v.Aspects.Recipient.Reason != tc.want {
			t.Errorf("%s: %+v", desc, v.Aspects.Recipient)
		}
		if none := v.Aspects.Recipient.State == verdict.None; none != (tc.want == "" || tc.want == verdict.RecipientMissing) {
			t.Errorf("%s: %+v", desc, v.Aspects.Recipient)
		}
	}
}

// TestAttack222SeveralHolders: a badge that names several holders gives none of
// them what it says of another.
func TestAttack222SeveralHolders(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	mine := at(badge(did), "credentialSubject")
	other := with(verifytest.Clone(mine), m{"identifier": []any{m{"type": "IdentityObject", "hashed": false, "identityType": "emailAddress", "identityHash": "second@example.org"}}})
	better := verifytest.Clone(other)
	at(better, "achievement")["name"], at(better, "achievement")["id"] = "Chief Surgeon", "https://issuer.example/achievements/surgeon"
	failed := with(verifytest.Clone(other), m{"result": []any{m{"type": []any{"Result"}, "status": "Failed"}}})
	over := with(verifytest.Clone(other), m{"validUntil": "2026-02-01T00:00:00Z"})
	key, keyMethod := verifytest.DIDKey(verifytest.Ed25519(7))
	self := with(verifytest.Clone(other), m{"id": key})
	seal := map[string]func(issuer string, subjects ...any) any{
		"token": func(_ string, subjects ...any) any {
			return verifytest.Compact(m{"alg": "EdDSA", "kid": method}, verifytest.JSON(with(badge(did), m{"credentialSubject": subjects})), issuerKey)
		},
		"JCS": func(_ string, subjects ...any) any {
			return verifytest.Secure(with(badge(did), m{"credentialSubject": subjects}), issuerKey, method, "eddsa-jcs-2022")
		},
		"RDFC": func(_ string, subjects ...any) any {
			return verifytest.Secure(with(badge(did), m{"credentialSubject": subjects}), issuerKey, method, "eddsa-rdfc-2022")
		},
	}
	for suite, by := range seal {
		for desc, tc := range map[string]struct {
			subjects []any
			result   Result
			state    State
			reason   Reason
		}{
			"one award, the applicant first":  {[]any{mine, other}, verdict.Verified, verdict.Pass, verdict.AddressClaimed},
			"one award, the applicant second": {[]any{other, mine}, verdict.Verified, verdict.Pass, verdict.AddressClaimed},
			"one award, two others":           {[]any{other, with(other, m{"identifier": []any{m{"type": "IdentityObject", "hashed": false, "identityType": "emailAddress", "identityHash": "third@example.org"}}})}, verdict.Authentic, verdict.Fail, verdict.RecipientMismatch},
			"another's better award first":    {[]any{better, mine}, verdict.Authentic, verdict.Unknown, verdict.RecipientSeveral},
			"another's better award second":   {[]any{mine, better}, verdict.Authentic, verdict.Unknown, verdict.RecipientSeveral},
			"one of them has failed":          {[]any{mine, failed}, verdict.Authentic, verdict.Unknown, verdict.RecipientSeveral},
		} {
			v := check(t, issuers(), by(did, tc.subjects...))
			if v.Result != tc.result || v.Aspects.Recipient.State != tc.state || v.Aspects.Recipient.Reason != tc.reason {
				t.Errorf("%s, %s: %s, %+v", suite, desc, short(v), v.Aspects.Recipient)
			}
			if v.Credential.Name == "Chief Surgeon" {
				t.Errorf("%s, %s: takes over another's award", suite, desc)
			}
			if v.Aspects.Conformance.State != verdict.Fail {
				t.Errorf("%s, %s: conformance %+v", suite, desc, v.Aspects.Conformance)
			}
		}
		if suite == "RDFC" {
			continue
		}
		// An end of any of them counts.
		wantReason(t, check(t, issuers(), by(did, mine, over)), verdict.Expired, verdict.PastEnd)
	}
	// Whoever issues to himself and to another does so to himself.
	v := check(t, issuers(), verifytest.Compact(m{"alg": "EdDSA", "kid": keyMethod}, verifytest.JSON(with(badge(key), m{"credentialSubject": []any{other, self}})), verifytest.Ed25519(7)))
	if v.Aspects.Standing.Level != verdict.LevelSelf {
		t.Errorf("self-issued among several: %s, %+v", short(v), v.Aspects.Standing)
	}
	for id, want := range map[string]bool{"http://www.university.example/7/": true, "https://university.example/7": true, "https://university.example/8": false} {
		if own := ownID("https://university.example/7", "", "", Applicant{IDs: []string{id}}); own != want {
			t.Errorf("an applicant %s is the issuer https://university.example/7: %v", id, own)
		}
	}
}

// FuzzSpellings: no spelling under which an address is looked for is another
// address, and comparing is the same both ways.
func FuzzSpellings(f *testing.F) {
	for _, s := range []string{"mina.okafor@applicant.example", "JÖRG@bücher.example", "ı@x.example", "mailto:a%40b", "+49 (0)40 123456;ext=1", "https://www.orcid.org/0000-0002-1825-0097/", "a+b@c"} {
		f.Add(s, "http://orcid.org/0000-0002-1825-0097")
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, kind := range []string{"email", "telephone", "id"} {
			x, _ := alike(kind, a, b)
			y, _ := alike(kind, b, a)
			if x != y {
				t.Fatalf("%s: %q is %d to %q, and %d back", kind, a, x, b, y)
			}
		}
		e := address(a)
		if e == "" || !utf8.ValidString(e) {
			return
		}
		forms := append(emailForms(e), capitals(e)...)
		if len(forms) > 60 {
			t.Fatalf("%q has %d spellings", e, len(forms))
		}
		for _, form := range capitals(e) {
			if !strings.EqualFold(form, composed(e)) {
				t.Fatalf("%q is looked for as %q", e, form)
			}
		}
	})
}
