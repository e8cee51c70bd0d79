package verify

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"assay/verify/standing"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// The attacks from 90 on: what speaks against a badge, or was never attained,
// is said in a form that a reader takes for silence.

// against are the ways in which issuers write that something was taken back,
// with what each says: yes, no, or nothing that can be understood.
var against = []struct {
	value any
	said  string
}{
	{true, "yes"}, {json.Number("1"), "yes"}, {json.Number("-1"), "unclear"}, {json.Number("1577836800"), "yes"}, {json.Number("1577836800000"), "yes"},
	{"1", "yes"}, {"true", "yes"}, {"TRUE", "yes"}, {"Yes", "yes"}, {" true ", "yes"}, {"2020-01-01", "yes"}, {"2020-01-01T00:00:00Z", "yes"},
	{"2020-01-01 00:00:00", "yes"}, {"1577836800", "yes"}, {"0001-01-01T00:00:00Z", "yes"}, {[]any{true}, "yes"}, {[]any{false, true}, "yes"},
	{"revoked", "unclear"}, {"", "unclear"}, {m{}, "unclear"}, {m{"revoked_at": json.Number("1577836800")}, "unclear"}, {[]any{false, "soon"}, "unclear"}, {"31.12.2020", "unclear"},
	{nil, "no"}, {false, "no"}, {json.Number("0"), "no"}, {json.Number("0.0"), "no"}, {"0", "no"}, {"false", "no"}, {"False", "no"}, {"no", "no"}, {[]any{}, "no"}, {[]any{false}, "no"},
}

// wantSaid fails the test unless the badge is rejected, pending or verified by
// what was said against it.
func wantSaid(t testing.TB, desc, said string, v Verdict, yes, unclear Reason) {
	t.Helper()
	switch {
	case said == "yes" && v.Result == verdict.Rejected && v.Reason == yes:
	case said == "unclear" && v.Result == verdict.Pending && v.Reason == unclear:
	case said == "no" && v.Result == verdict.Verified:
	default:
		t.Errorf("%s: %s", desc, short(v))
	}
}

func TestAttack90FactsAgainst(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	put := func(w *verifytest.Web, url string, change m) {
		w.Put(url, with(verifytest.Object(w.Answers[url].Body), change))
	}
	for _, f := range against {
		desc := fmt.Sprintf("%T %v", f.value, f.value)
		// The host's own copy of a badge.
		w := ob2Web()
		put(w, ob2URL, m{"revoked": f.value})
		wantSaid(t, "hosted: "+desc, f.said, check(t, w, ob2Badge()), verdict.Revoked, verdict.StatusUnclear)
		// A key that its issuer calls revoked proves nothing, in whatever words; when
		// one ends may be unclear. The badge says that it was issued in 2026.
		key := func(end string) (said string, yes Reason) {
			switch {
			case end == "expires":
				return f.said, verdict.KeyExpired
			case f.said == "unclear":
				return "yes", verdict.KeyRevoked
			}
			return f.said, verdict.KeyRevoked
		}
		// A key of Open Badges 2, where the profile lists it and in its own document.
		for _, end := range []string{"revoked", "expires"} {
			said, yes := key(end)
			key := m{"@context": ob2Context, "type": "CryptographicKey", "id": "https://issuer.example/key", "owner": ob2Profile}
			pem := m{"publicKeyPem": verifytest.PEM(issuerKey.Public())}
			for _, inProfile := range []bool{true, false} {
				w := ob2Web()
				listed, own := with(key, m{end: f.value}), with(key, pem)
				if !inProfile {
					listed, own = key, with(with(key, pem), m{end: f.value})
				}
				put(w, ob2Profile, m{"publicKey": listed})
				w.Put("https://issuer.example/key", own)
				wantSaid(t, fmt.Sprintf("key, %s, in the profile %v: %s", end, inProfile, desc), said, check(t, w, signedOB2()), yes, verdict.KeyUnclear)
			}
			// The same in the JWK of a key in the profile.
			w = ob2Web()
			put(w, ob2Profile, m{"publicKey": m{"type": "CryptographicKey", "id": "https://issuer.example/key", "owner": ob2Profile,
				"publicKeyJwk": with(verifytest.JWK(issuerKey.Public()), m{"exp": f.value})}})
			wantSaid(t, "key, in its JWK: "+desc, f.said, check(t, w, signedOB2()), verdict.KeyExpired, verdict.KeyUnclear)
			// A key in a DID document, beside it and in its JWK, and the document.
			for _, inJWK := range []bool{true, false} {
				doc := didDocument(didWeb, issuerKey)
				k := at(doc, "verificationMethod", 0)
				delete(k, "publicKeyMultibase")
				k["publicKeyJwk"] = verifytest.JWK(issuerKey.Public())
				if k[end] = f.value; inJWK {
					delete(k, end)
					at(k, "publicKeyJwk")[end] = f.value
				}
				w := issuers()
				w.Put(didWebDoc, doc)
				v := check(t, w, tokenOf(badge(didWeb), m{"alg": "EdDSA", "kid": webMethod(issuerKey)}, issuerKey))
				wantSaid(t, fmt.Sprintf("DID, %s, in the JWK %v: %s", end, inJWK, desc), said, v, yes, verdict.KeyUnclear)
			}
		}
		w = issuers()
		w.Put(didWebDoc, with(didDocument(didWeb, issuerKey), m{"deactivated": f.value}))
		b := verifytest.Secure(badge(didWeb), issuerKey, webMethod(issuerKey), "eddsa-rdfc-2022")
		said, yes := key("revoked")
		wantSaid(t, "DID deactivated: "+desc, said, check(t, w, b), yes, verdict.KeyUnclear)
		// In the signed credential itself, and beside it in its token.
		for _, b := range []m{badge(did), badgeV1(did)} {
			token := tokenOf(b, m{"alg": "EdDSA", "kid": method}, issuerKey, func(_, c m) { c["revoked"] = f.value })
			wantSaid(t, "token: "+desc, f.said, check(t, issuers(), token), verdict.Revoked, verdict.StatusUnclear)
		}
	}
	// A key may say beforehand when it ends; a badge that says so says nothing clear.
	const later = "2099-01-01T00:00:00Z"
	w := issuers()
	doc := didDocument(didWeb, issuerKey)
	at(doc, "verificationMethod", 0)["revoked"] = later
	w.Put(didWebDoc, doc)
	wantVerified(t, check(t, w, verifytest.Secure(badge(didWeb), issuerKey, webMethod(issuerKey), "eddsa-rdfc-2022")))
	w = ob2Web()
	put(w, ob2URL, m{"revoked": later})
	wantReason(t, check(t, w, ob2Badge()), verdict.Pending, verdict.StatusUnclear)
}

// signedOB2 gives a signed Open Badges 2.0 badge whose key is to lie at
// https://issuer.example/key.
func signedOB2() []byte {
	a := with(ob2Badge(), m{"id": "urn:uuid:11111111-aaaa-4111-8111-111111111111", "verification": m{"type": "signed", "creator": "https://issuer.example/key"}})
	return verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(a), issuerKey)
}

// TestAttack91RevocationLists: entries of revocation lists in every form.
func TestAttack91RevocationLists(t *testing.T) {
	const list, second = "https://issuer.example/revoked", "https://issuer.example/revoked2"
	const id = "urn:uuid:11111111-aaaa-4111-8111-111111111111"
	const upper = "URN:UUID:11111111-AAAA-4111-8111-111111111111"
	const other = "urn:uuid:22222222-aaaa-4111-8111-111111111111"
	entries := map[string]struct {
		entries any
		said    string
	}{
		"id":                      {[]any{id}, "yes"},
		"one text":                {id, "yes"},
		"object":                  {[]any{m{"id": id}}, "yes"},
		"@id":                     {[]any{m{"@id": id, "revocationReason": "left"}}, "yes"},
		"uid":                     {[]any{m{"uid": id}}, "yes"},
		"id of another and @id":   {[]any{m{"id": other, "@id": id}}, "yes"},
		"ids in a list":           {[]any{m{"id": []any{other, id}}}, "yes"},
		"id an object":            {[]any{m{"id": m{"@id": id}}}, "yes"},
		"capitals":                {[]any{upper}, "yes"},
		"capitals in an object":   {[]any{m{"id": upper}}, "yes"},
		"encoded":                 {[]any{"urn%3Auuid%3A11111111-aaaa-4111-8111-111111111111"}, "yes"},
		"revoked: 1":              {[]any{m{"id": id, "revoked": 1}}, "yes"},
		"revoked: text":           {[]any{m{"id": id, "revoked": "1"}}, "yes"},
		"revoked: null":           {[]any{m{"id": id, "revoked": nil}}, "yes"},
		"revoked: a date":         {[]any{m{"id": id, "revoked": "2020-01-01"}}, "yes"},
		"lists in a list":         {[]any{[]any{other}, []any{m{"id": id}}}, "yes"},
		"a map":                   {m{id: "left"}, "yes"},
		"a map, true":             {m{id: true}, "yes"},
		"a map, null":             {m{id: nil}, "yes"},
		"a map, an object":        {m{upper: m{"revocationReason": "left"}}, "yes"},
		"a map in a list":         {[]any{m{other: "x"}, m{id: "left"}}, "yes"},
		"revoked: false and true": {[]any{m{"id": id, "revoked": false}, m{"id": id}}, "yes"},
		"another member":          {[]any{m{"assertion": id}}, "unclear"},
		"deep in another member":  {[]any{m{"badge": m{"assertions": []any{id}}}}, "unclear"},
		"a flag":                  {[]any{true, other}, "unclear"},
		"revoked: false":          {[]any{m{"id": id, "revoked": false}}, "no"},
		"a map, false":            {m{id: false}, "no"},
		"another":                 {[]any{other, m{"id": other}, m{other: "x"}}, "no"},
		"none":                    {[]any{}, "no"},
	}
	key := m{"@context": ob2Context, "type": "CryptographicKey", "id": "https://issuer.example/key", "owner": ob2Profile, "publicKeyPem": verifytest.PEM(issuerKey.Public())}
	ob2Lists := func(lists any, docs m) *verifytest.Web {
		w := ob2Web()
		w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"publicKey": key, "revocationList": lists}))
		for u, d := range docs {
			w.Put(u, d)
		}
		return w
	}
	did, method := verifytest.DIDKey(issuerKey)
	for desc, e := range entries {
		doc := m{"@context": ob2Context, "type": "RevocationList", "id": list, "issuer": ob2Profile, "revokedAssertions": e.entries}
		wantSaid(t, "ob2: "+desc, e.said, check(t, ob2Lists(list, m{list: doc}), signedOB2()), verdict.Revoked, verdict.StatusUnclear)
		// The same by a second list, and by a list that is named by an object.
		clear := with(doc, m{"revokedAssertions": []any{}})
		for _, both := range []any{[]any{list, second}, []any{second, m{"id": list}}, m{"@id": list}} {
			wantSaid(t, fmt.Sprintf("ob2, lists %v: %s", both, desc), e.said, check(t, ob2Lists(both, m{list: doc, second: clear}), signedOB2()), verdict.Revoked, verdict.StatusUnclear)
		}
		// 1EdTechRevocationList, under either name.
		for _, name := range []string{"revokedCredential", "revokedCredentials"} {
			w := issuers()
			w.Put(list, with(m{"id": list, "issuer": did, "revokedCredential": []any{}}, m{name: e.entries}))
			b := secured(func(b m) { b["id"], b["credentialStatus"] = id, m{"id": list, "type": "1EdTechRevocationList"} })
			wantSaid(t, name+": "+desc, e.said, check(t, w, b), verdict.Revoked, verdict.StatusUnclear)
		}
	}
	// Lists whose entries stand in a member of another name: a slip, a draft or another
	// form of list. One that names the badge there clears it not, one that does not is none
	// of the kind.
	for _, name := range []string{"revokedAssertion", "revoked", "RevokedAssertions", "assertions"} {
		for _, said := range []struct {
			id   string
			want Result
		}{{id, verdict.Pending}, {other, verdict.Verified}} {
			for _, e := range []any{[]any{said.id}, []any{m{"id": said.id}}, said.id, m{said.id: "an error"}} {
				doc := m{"@context": ob2Context, "type": "RevocationList", "id": list, "issuer": ob2Profile, name: e}
				if v := check(t, ob2Lists(list, m{list: doc}), signedOB2()); v.Result != said.want {
					t.Errorf("ob2 %s %v: %s", name, e, short(v))
				}
				w := issuers()
				w.Put(list, m{"id": list, "issuer": did, "type": "1EdTechRevocationList", name: e})
				b := secured(func(b m) { b["id"], b["credentialStatus"] = id, m{"id": list, "type": "1EdTechRevocationList"} })
				if v := check(t, w, b); v.Result != said.want {
					t.Errorf("1EdTech %s %v: %s", name, e, short(v))
				}
			}
		}
	}
	// A profile that names its list in no way that can be read does not say that there is none.
	for _, odd := range []any{true, 7, m{}, []any{m{"revokedAssertions": []any{second}}}} {
		wantReason(t, check(t, ob2Lists(odd, nil), signedOB2()), verdict.Pending, verdict.StatusInvalid)
	}
	// What the profile itself says of a list counts, whatever lies at the list's id; that
	// it does not name the badge there takes back nothing.
	empty := m{"@context": ob2Context, "type": "RevocationList", "id": list, "issuer": ob2Profile, "revokedAssertions": []any{}}
	naming := with(empty, m{"revokedAssertions": []any{id}})
	for _, e := range []any{[]any{id}, id, m{"id": id}, []any{m{"uid": id, "revocationReason": "x"}}, m{id: "x"}} {
		for _, embedded := range []m{{"revokedAssertions": e}, {"id": list, "revokedAssertions": e}} {
			wantReason(t, check(t, ob2Lists(embedded, m{list: empty}), signedOB2()), verdict.Rejected, verdict.Revoked)
			wantReason(t, check(t, ob2Lists([]any{second, embedded}, m{list: empty, second: empty}), signedOB2()), verdict.Rejected, verdict.Revoked)
		}
	}
	wantReason(t, check(t, ob2Lists(m{"id": list, id: "cheated"}, m{list: empty}), signedOB2()), verdict.Rejected, verdict.Revoked)
	wantReason(t, check(t, ob2Lists(empty, m{list: naming}), signedOB2()), verdict.Rejected, verdict.Revoked)
	wantVerified(t, check(t, ob2Lists(empty, m{list: empty}), signedOB2()))
	wantVerified(t, check(t, ob2Lists([]any{}, nil), signedOB2()))
	wantVerified(t, check(t, ob2Lists(nil, nil), signedOB2()))

	// An end, a beginning or a status beside the claim vc instead of in it.
	lists := issuers()
	lists.Put(list, m{"id": list, "issuer": did, "revokedCredential": []any{badge(did)["id"]}})
	status := m{"id": list, "type": "1EdTechRevocationList"}
	beside := func(b, change m) Verdict {
		return check(t, lists, tokenOf(b, m{"alg": "EdDSA", "kid": method}, issuerKey, func(_, c m) {
			delete(c, "exp")
			for name, v := range change {
				c[name] = v
			}
		}))
	}
	open := with(badgeV1(did), m{"expirationDate": nil})
	wantVerified(t, beside(open, nil))
	wantReason(t, beside(open, m{"expirationDate": "2020-01-01T00:00:00Z"}), verdict.Rejected, verdict.DateMalformed) // before it begins
	wantReason(t, beside(open, m{"validUntil": "2026-02-01T00:00:00Z"}), verdict.Expired, verdict.PastEnd)
	wantReason(t, beside(open, m{"expirationDate": "2026-02-01T00:00:00Z"}), verdict.Expired, verdict.PastEnd)
	wantReason(t, beside(open, m{"expirationDate": "soon"}), verdict.Pending, verdict.DateMalformed)
	wantReason(t, beside(open, m{"credentialStatus": status}), verdict.Rejected, verdict.Revoked)
	wantReason(t, beside(with(open, m{"credentialStatus": []any{}}), m{"credentialStatus": status}), verdict.Rejected, verdict.Revoked)
	good := m{"id": second, "type": "1EdTechRevocationList"}
	lists.Put(second, m{"id": second, "issuer": did, "revokedCredential": []any{}})
	wantVerified(t, beside(with(open, m{"credentialStatus": good}), m{"credentialStatus": good}))
	wantReason(t, beside(with(open, m{"credentialStatus": good}), m{"credentialStatus": status}), verdict.Rejected, verdict.Revoked)
	wantReason(t, beside(badgeV1(did), m{"expirationDate": "2029-01-01T00:00:00Z"}), verdict.Rejected, verdict.ClaimsMismatch)
	wantVerified(t, beside(badgeV1(did), m{"expirationDate": "2030-01-01T00:00:00Z"}))
}

// TestAttack92SDJWT: what its holder left out of an SD-JWT is no absence. The
// end is over and the status is revoked; both are digests.
func TestAttack92SDJWT(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	header := m{"alg": "EdDSA", "kid": method}
	hidden := with(badge(did), m{"validUntil": nil})
	digests := []any{"UvII4DcghlrVYLoBIZN2bf7V4ekoESM52Me8-HK8jvM", "Wz7AFyWxTM72i2x4kigkBh5VwzoogyajO6Tts-j1xNE"}
	plain := tokenOfAny(hidden, header)
	wantVerified(t, check(t, issuers(), plain))
	nested := verifytest.Clone(hidden)
	at(nested, "credentialSubject", "achievement")["_sd"] = digests
	list := verifytest.Clone(hidden)
	list["credentialStatus"] = []any{m{"...": digests[0]}}
	hides := func(result Result, reason Reason) func(Verdict) bool {
		return func(v Verdict) bool { return v.Result == result && v.Reason == reason }
	}
	unsaid, form := hides(verdict.Unsupported, verdict.NotDisclosed), hides(verdict.Unsupported, verdict.SDJWT)
	whole := hides(verdict.Verified, "")
	for _, tc := range []struct {
		desc  string
		token []byte
		want  func(Verdict) bool
	}{
		{"digests", tokenOfAny(with(hidden, m{"_sd": digests, "_sd_alg": "sha-256"}), header), unsaid},
		{"digests, forged", append(tokenOfAny(with(hidden, m{"_sd": digests}), header), "~WyJzIiwidmFsaWRVbnRpbCIsIjIwMjUtMDItMDFUMDA6MDA6MDBaIl0~"...), hides(verdict.Rejected, verdict.DisclosureBad)},
		{"digests below", tokenOfAny(nested, header), whole},
		{"digests in a list", tokenOfAny(list, header), unsaid},
		{"only how they are hidden", tokenOfAny(with(hidden, m{"_sd_alg": "sha-256"}), header), whole},
		{"by its type", tokenOfAny(hidden, with(header, m{"typ": "vc+sd-jwt"})), whole},
		{"by its type, the newer", tokenOfAny(hidden, with(header, m{"typ": "dc+sd-jwt"})), whole},
		{"a tilde", append(plain, '~'), whole},
		{"a tilde and a holder's word", append(append(plain, '~'), plain...), whole},
		{"in the claim vc", tokenOf(with(badgeV1(did), m{"_sd": digests}), header, issuerKey), unsaid},
		{"beside the claim vc", tokenOf(badgeV1(did), header, issuerKey, func(_, c m) { c["_sd"] = digests }), unsaid},
		{"Open Badges 2.0", verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(with(ob2Badge(), m{"_sd": digests, "verification": m{"type": "signed"}})), issuerKey), form},
		{"its payload alone", verifytest.JSON(with(hidden, m{"_sd": digests})), form},
		{"under a JCS proof", verifytest.JSON(verifytest.Secure(with(hidden, m{"_sd": digests}), issuerKey, method, "eddsa-jcs-2022")), form},
		{"below, under a JCS proof", verifytest.JSON(verifytest.Secure(nested, issuerKey, method, "eddsa-jcs-2022")), form},
	} {
		w := issuers()
		if v := check(t, w, tc.token); !tc.want(v) {
			t.Errorf("%s: %s, %s", tc.desc, v.Reason, short(v))
		}
		if w.Total() != 0 {
			t.Errorf("%s: something was fetched", tc.desc)
		}
		if string(tc.token[0]) == "{" || tc.desc == "Open Badges 2.0" {
			continue
		}
		// The same in a record, and as an endorsement.
		v := check(t, issuers(), verifytest.Secure(clrOf(did, string(tc.token)), issuerKey, method, "eddsa-jcs-2022"))
		if len(v.Contained) != 1 || !tc.want(v.Contained[0]) {
			t.Errorf("%s, in a record: %+v", tc.desc, v.Contained)
		}
		endorsed := badge(did)
		endorsed["endorsementJwt"] = []any{string(tc.token)}
		v = check(t, issuers(), verifytest.Secure(endorsed, issuerKey, method, "eddsa-jcs-2022"))
		if len(v.Endorsements) != 1 || v.Endorsements[0].Result == verdict.Authentic {
			t.Errorf("%s, as an endorsement: %+v", tc.desc, v.Endorsements)
		}
	}
	inner := clrOf(did, with(hidden, m{"_sd": digests}))
	wantReason(t, check(t, issuers(), verifytest.Secure(inner, issuerKey, method, "eddsa-jcs-2022")), verdict.Unsupported, verdict.SDJWT)
	// An endorsement whose end may be hidden is none.
	by, byMethod := verifytest.DIDKey(evilKey)
	for desc, tc := range map[string]struct {
		paths []string
		want  Result
	}{"whole": {nil, verdict.Authentic}, "its end hidden": {[]string{"validUntil"}, verdict.Unsupported}} {
		said := with(endorse(by, badge(did)["id"].(string)), m{"validUntil": "2026-02-01T00:00:00Z"})
		if tc.paths == nil {
			delete(said, "validUntil")
		}
		endorsed := badge(did)
		endorsed["endorsementJwt"] = []any{string(verifytest.Conceal(m{"alg": "EdDSA", "kid": byMethod, "typ": "vc+sd-jwt"}, said, evilKey, tc.paths...).Show())}
		v := check(t, issuers(), verifytest.Secure(endorsed, issuerKey, method, "eddsa-jcs-2022"))
		if len(v.Endorsements) != 1 || v.Endorsements[0].Result != tc.want {
			t.Errorf("endorsement, %s: %+v", desc, v.Endorsements)
		}
	}
	// A status list whose holder may hide that it is of yesterday is none.
	const where = "https://issuer.example/list"
	w := issuers()
	status := m{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "id": where, "type": []any{"VerifiableCredential", "BitstringStatusListCredential"},
		"issuer": did, "credentialSubject": m{"id": where + "#list", "type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": encodedList(131_072)}}
	entry := m{"id": where + "#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": where}
	b := secured(func(b m) { b["credentialStatus"] = entry })
	w.Put(where, string(tokenOfAny(status, header)))
	wantVerified(t, check(t, w, b))
	w.Put(where, string(tokenOfAny(with(status, m{"_sd": digests}), header)))
	wantReason(t, check(t, w, b), verdict.Unsupported, verdict.StatusUnknownType)
	at(status, "credentialSubject")["encodedList"] = encodedList(131_072, 7)
	w.Put(where, string(tokenOfAny(with(status, m{"_sd": digests}), header)))
	wantReason(t, check(t, w, b), verdict.Rejected, verdict.Revoked)
}

// TestAttack94SelectiveDisclosure: the holder of a derived proof leaves out what
// the issuer did not make mandatory: one of two statuses, the end, the beginning.
func TestAttack94SelectiveDisclosure(t *testing.T) {
	key := verifytest.P256(7)
	did, method := verifytest.P256DIDKey(key)
	const clear, set, terms = "https://issuer.example/clear", "https://issuer.example/set", "https://www.w3.org/2018/credentials#"
	id := badge(did)["id"]
	w := issuers()
	w.Put(clear, m{"id": clear, "issuer": did, "revokedCredential": []any{}})
	w.Put(set, m{"id": set, "issuer": did, "revokedCredential": []any{m{"id": id}}})
	entry := func(where string) m { return m{"id": where, "type": "1EdTechRevocationList"} }
	// A statement is optional when it has one of the words; all else is mandatory.
	disclose := func(b m, optional ...string) Verdict {
		return check(t, w, verifytest.Disclose(b, key, method, func(line string) bool {
			for _, word := range optional {
				if strings.Contains(line, word) {
					return false
				}
			}
			return true
		}))
	}
	with1 := with(badge(did), m{"credentialStatus": entry(clear)})
	wantVerified(t, disclose(with1))
	wantVerified(t, disclose(with1, "#tag>", "description", "#targetName>"))
	v1 := with(badgeV1(did), m{"credentialStatus": entry(clear)})
	v1["@context"] = append(v1["@context"].([]any), "https://w3id.org/security/data-integrity/v2")
	wantVerified(t, disclose(v1))
	for desc, v := range map[string]Verdict{
		"the clear one of two":                 disclose(with1, terms+"credentialStatus>"),
		"one of two mandatory":                 disclose(with(with1, m{"credentialStatus": []any{entry(clear), entry(clear + "?2")}}), "<"+terms+"credentialStatus> <"+clear+"?2>"),
		"no status":                            disclose(badge(did)),
		"part of a status":                     disclose(with1, "1EdTechRevocationList"),
		"another's status mandatory":           disclose(with(with1, m{"relatedResource": []any{m{"id": "urn:x", "digestMultibase": "x " + terms + "credentialStatus> "}}}), "> <"+terms+"credentialStatus> <"),
		"no end":                               disclose(with(with1, m{"validUntil": nil})),
		"an end of its choice":                 disclose(with1, terms+"validUntil>"),
		"a beginning of its choice":            disclose(with1, terms+"validFrom>"),
		"a beginning of its choice, VCDM 1.1":  disclose(v1, terms+"issuanceDate>"),
		"an end of its choice, VCDM 1.1":       disclose(v1, terms+"expirationDate>"),
		"everything of its choice":             disclose(with1, " "),
		"a host that is down and no mandatory": disclose(with(with1, m{"credentialStatus": entry(clear + "/down")}), terms+"credentialStatus>"),
	} {
		if v.Result != verdict.Unsupported || v.Reason != verdict.NotDisclosed {
			t.Errorf("%s: %s, %s", desc, v.Reason, short(v))
		}
	}
	// What is shown and speaks against it counts, whoever chose to show it.
	for optional, want := range map[string]Reason{terms + "credentialStatus>": verdict.Revoked, "no such": verdict.Revoked} {
		wantReason(t, disclose(with(with1, m{"credentialStatus": []any{entry(clear), entry(set)}}), optional), verdict.Rejected, want)
	}
	wantReason(t, disclose(with(with1, m{"validUntil": "2026-02-01T00:00:00Z"}), terms+"validUntil>"), verdict.Expired, verdict.PastEnd)
	wantReason(t, disclose(with(with1, m{"credentialStatus": entry(clear + "/down")})), verdict.Pending, verdict.StatusUnreachable)
	// A status list that somebody could have left something out of.
	const where = "https://issuer.example/list"
	list := m{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "id": where, "type": []any{"VerifiableCredential", "BitstringStatusListCredential"},
		"issuer": did, "credentialSubject": m{"id": where + "#list", "type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": encodedList(131_072)}}
	w.Put(where, verifytest.Disclose(list, key, method, func(string) bool { return true }))
	b := with(badge(did), m{"credentialStatus": m{"id": where + "#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": where}})
	wantReason(t, disclose(b), verdict.Pending, verdict.StatusInvalid)
	at(list, "credentialSubject")["encodedList"] = encodedList(131_072, 7)
	w.Put(where, verifytest.Disclose(list, key, method, func(string) bool { return true }))
	wantReason(t, disclose(b), verdict.Rejected, verdict.Revoked)
}

// TestAttack95YearOneAndUnseenCharacters: an end in the year 1 is an end, but for the
// zero of a clock, of which nobody knows and which is never taken for none; and a
// name with characters that are not seen is the name without them.
func TestAttack95YearOneAndUnseenCharacters(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	for end, want := range map[string]State{
		"0001-01-01T00:00:00Z": verdict.Unknown, "0001-01-01T02:00:00+02:00": verdict.Unknown, "0000-12-31T00:00:00Z": verdict.Unknown,
		"0001-01-01T00:00:01Z": verdict.Fail, "0001-01-02T00:00:00Z": verdict.Fail, "0001-12-31T00:00:00Z": verdict.Fail,
	} {
		for _, began := range []string{"0002-01-01T00:00:00Z", "2026-01-01T00:00:00Z"} {
			for _, b := range []m{
				with(badge(did), m{"validUntil": end, "validFrom": began}),
				with(badge(did), m{"validUntil": nil, "expirationDate": end, "validFrom": began}),
				with(badgeV1(did), m{"expirationDate": end, "issuanceDate": began}),
			} {
				v := check(t, issuers(), tokenOf(b, m{"alg": "EdDSA", "kid": method}, issuerKey, func(_, c m) { delete(c, "exp"); delete(c, "nbf") }))
				if v.Reason != verdict.DateMalformed || v.Aspects.Dates.State != want || v.Credential.Expires.IsZero() {
					t.Errorf("begins %s, ends %s: %s", began, end, short(v))
				}
			}
			w := ob2Web()
			w.Put(ob2URL, with(ob2Badge(), m{"expires": end, "issuedOn": began}))
			if v := check(t, w, ob2Badge()); v.Reason != verdict.DateMalformed || v.Aspects.Dates.State != want {
				t.Errorf("ob2, ends %s: %s", end, short(v))
			}
		}
	}
	// A status list that ended then says nothing.
	const where = "https://issuer.example/list"
	list := m{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "id": where, "type": []any{"VerifiableCredential", "BitstringStatusListCredential"}, "validUntil": "0001-01-01T00:00:00Z",
		"issuer": did, "credentialSubject": m{"id": where + "#list", "type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": encodedList(131_072)}}
	w := issuers()
	w.Put(where, string(tokenOfAny(list, m{"alg": "EdDSA", "kid": method})))
	b := secured(func(b m) {
		b["credentialStatus"] = m{"id": where + "#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": where}
	})
	wantReason(t, check(t, w, b), verdict.Pending, verdict.StatusInvalid)
	// A proof that ended then.
	old := verifytest.Secure(badge(did), issuerKey, method, "eddsa-rdfc-2022", func(p m) { p["expires"] = "0001-01-01T00:00:00Z" })
	wantReason(t, check(t, issuers(), old), verdict.Pending, verdict.DateMalformed)
	old = verifytest.Secure(badge(did), issuerKey, method, "eddsa-rdfc-2022", func(p m) { p["expires"] = "0001-01-01T00:00:01Z" })
	wantReason(t, check(t, issuers(), old), verdict.Rejected, verdict.ProofExpired)

	const name = "Example University"
	for _, odd := range []string{"Example\u200b University", "Example University\U000e0041\U000e0042", "\u2060Exam\u00adple Univer\ufe0fsity", "Example\u3164 University\u115f", "\u202eExample University\u202c ", "Example\u2028University"} {
		b := secured(func(b m) { at(b, "issuer")["name"] = odd })
		if v := check(t, issuers(), b); v.Result != verdict.Verified || v.Credential.Issuer.Name != name {
			t.Errorf("%+q: %s, %+q", odd, v.Result, v.Credential.Issuer.Name)
		}
		w := ob2Web()
		w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"name": odd}))
		if v := check(t, w, ob2Badge()); v.Credential.Issuer.Name != name {
			t.Errorf("ob2, %+q: %+q", odd, v.Credential.Issuer.Name)
		}
		if standing.Skeleton(odd) != standing.Skeleton(name) {
			t.Errorf("%+q is not compared as %q", odd, name)
		}
	}
}

// TestAttack96RegisteredClaims: what a token says of its validity in other words
// or places than a credential does.
func TestAttack96RegisteredClaims(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	past, ahead := json.Number("1769904000"), json.Number("4102444800") // 2026-02-01, 2100-01-01
	list := m{"status_list": m{"idx": json.Number("7"), "uri": "https://issuer.example/tsl"}}
	type claims = m
	for _, b := range []m{badge(did), badgeV1(did)} {
		token := func(beside, inside, subject claims) Verdict {
			return check(t, issuers(), tokenOf(b, m{"alg": "EdDSA", "kid": method}, issuerKey, func(_, c m) {
				maps.Copy(c, beside)
				in := c
				if v, ok := c["vc"].(m); ok {
					in = v
				}
				maps.Copy(in, inside)
				maps.Copy(at(in, "credentialSubject"), subject)
			}))
		}
		legacy := b["issuanceDate"] != nil
		wantVerified(t, token(nil, nil, nil))
		wantVerified(t, token(claims{"iat": past, "aud": "https://employer.example/", "status": nil}, claims{"cnf": nil}, claims{"exp": ahead, "nbf": past}))
		wantReason(t, token(claims{"status": list}, nil, nil), verdict.Pending, verdict.StatusUnreachable)
		wantReason(t, token(nil, claims{"status": list}, nil), verdict.Pending, verdict.StatusUnreachable)
		for _, status := range []any{"valid", true, m{}, m{"status_assertion": m{}}} {
			wantReason(t, token(claims{"status": status}, nil, nil), verdict.Unsupported, verdict.StatusUnknownType)
			wantReason(t, token(nil, claims{"status": status}, nil), verdict.Unsupported, verdict.StatusUnknownType)
		}
		for _, bound := range []any{m{"jwk": m{}}, m{"kid": "did:example:applicant#1"}, "x"} {
			wantReason(t, token(claims{"cnf": bound}, nil, nil), verdict.Unsupported, verdict.HolderBound)
			wantReason(t, token(nil, claims{"cnf": bound}, nil), verdict.Unsupported, verdict.HolderBound)
		}
		for _, name := range []string{"exp", "expires", "expires_at", "expiresAt", "expiration", "expiry", "valid_until", "validTo", "not_after", "notAfter"} {
			wantReason(t, token(nil, nil, claims{name: past}), verdict.Expired, verdict.PastEnd)
			wantReason(t, token(nil, nil, claims{name: "2026-02-01T00:00:00Z"}), verdict.Expired, verdict.PastEnd)
			wantReason(t, token(nil, nil, claims{name: "soon"}), verdict.Pending, verdict.DateMalformed)
			wantReason(t, token(nil, nil, claims{name: true}), verdict.Pending, verdict.DateMalformed)
			wantVerified(t, token(nil, nil, claims{name: ahead}))
			if name != "exp" || legacy {
				wantReason(t, token(nil, claims{name: past}, nil), verdict.Expired, verdict.PastEnd)
			}
			if name != "exp" {
				wantReason(t, token(claims{name: past}, nil, nil), verdict.Expired, verdict.PastEnd)
			}
		}
		for _, name := range []string{"nbf", "not_before", "notBefore", "valid_from", "validFrom"} {
			wantReason(t, token(nil, nil, claims{name: "2027-01-01T00:00:00Z"}), verdict.Rejected, verdict.NotYetValid)
		}
		wantReason(t, token(nil, nil, claims{"validUntil": "2026-02-01T00:00:00Z"}), verdict.Expired, verdict.PastEnd)
		// A list that says revoked counts before one that is not to be had.
		w := issuers()
		w.Put("https://issuer.example/list", m{"issuer": did, "revokedCredential": []any{b["id"]}})
		revoked := with(b, m{"credentialStatus": m{"id": "https://issuer.example/list", "type": "1EdTechRevocationList"}})
		wantReason(t, check(t, w, tokenOf(revoked, m{"alg": "EdDSA", "kid": method}, issuerKey, func(_, c m) { c["status"] = list })), verdict.Rejected, verdict.Revoked)
	}
	// Under a JCS proof, which signs whatever stands there.
	for change, want := range map[string]Reason{"exp": verdict.PastEnd, "expires": verdict.PastEnd} {
		b := verifytest.Secure(with(badge(did), m{change: past}), issuerKey, method, "eddsa-jcs-2022")
		wantReason(t, check(t, issuers(), b), verdict.Expired, want)
	}
	// A signed Open Badges 2.0 badge.
	key := m{"type": "CryptographicKey", "id": "https://issuer.example/key", "owner": ob2Profile, "publicKeyPem": verifytest.PEM(issuerKey.Public())}
	w := ob2Web()
	w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"publicKey": key}))
	signed := func(change claims) Verdict {
		a := with(ob2Badge(), m{"id": "urn:uuid:1", "verification": m{"type": "signed", "creator": "https://issuer.example/key"}})
		return check(t, w, verifytest.Compact(m{"alg": "EdDSA"}, verifytest.JSON(with(a, change)), issuerKey))
	}
	wantVerified(t, signed(claims{"exp": ahead, "nbf": past}))
	wantReason(t, signed(claims{"exp": past}), verdict.Expired, verdict.PastEnd)
	wantReason(t, signed(claims{"nbf": ahead}), verdict.Rejected, verdict.NotYetValid)
	wantReason(t, signed(claims{"exp": "soon"}), verdict.Pending, verdict.DateMalformed)
	wantReason(t, signed(claims{"status": list}), verdict.Unsupported, verdict.StatusUnknownType)
}

// graded is a secured badge whose achievement was failed by one result, with
// everything that a rewriting could hide.
func graded() m {
	return secured(func(b m) {
		s := at(b, "credentialSubject")
		s["id"] = "did:example:applicant"
		a := at(s, "achievement")
		a["achievementType"] = "Certificate"
		a["image"] = m{"id": "https://issuer.example/i.png", "type": "Image"}
		a["creator"] = m{"id": "https://another.example/", "type": []any{"Profile"}, "name": "Another",
			"address": m{"type": []any{"Address"}, "addressCountry": "NL", "geo": m{"type": []any{"GeoCoordinates"}, "latitude": json.Number("1.5"), "longitude": json.Number("2")}}}
		a["tag"] = []any{"teamwork", "python", "a", "b"}
		a["alignment"] = []any{at(a, "alignment", 0), m{"type": []any{"Alignment"}, "targetName": "x", "targetUrl": "https://f.example/2"}}
		a["resultDescription"] = []any{
			m{"id": "urn:r:1", "type": []any{"ResultDescription"}, "name": "Grade", "resultType": "LetterGrade"},
			m{"id": "urn:r:2", "type": []any{"ResultDescription"}, "name": "Forecast", "resultType": "PredictedScore"},
		}
		s["result"] = []any{m{"type": []any{"Result"}, "resultDescription": "urn:r:1", "value": "F"}, m{"type": []any{"Result"}, "resultDescription": "urn:r:2", "value": "9"}}
		b["evidence"] = []any{m{"id": "https://issuer.example/e1", "type": []any{"Evidence"}}, m{"id": "https://issuer.example/e2", "type": []any{"Evidence"}}}
	})
}

// TestAttack97Rewriting: whoever holds a badge may write it otherwise without
// touching its signature, which is over statements. Any rewriting that keeps the
// statements keeps what is read, or the badge is refused.
func TestAttack97Rewriting(t *testing.T) {
	original := graded()
	want := check(t, issuers(), original)
	wantVerified(t, want)
	if len(want.Credential.Results) != 2 || want.Credential.Creator.Name != "Another" || want.Credential.Criteria == "" || want.Credential.AchievementType == "" {
		t.Fatalf("%+v", want.Credential)
	}
	claims := func(v Verdict) string { return string(verifytest.JSON(v.Credential)) }
	achievement := func(b m) m { return at(b, "credentialSubject", "achievement") }
	without := func(o m, names ...string) m {
		out := verifytest.Clone(o)
		for _, n := range names {
			delete(out, n)
		}
		return out
	}
	only := func(o m, names ...string) m {
		out := m{}
		for _, n := range names {
			out[n] = o[n]
		}
		return out
	}
	// split writes an object as two of its id.
	split := func(o m, names ...string) []any {
		return []any{without(o, names...), only(o, append(names, "id", "type")...)}
	}
	rename := func(o m, from, to string) { o[to] = o[from]; delete(o, from) }
	same := map[string]func(b m){ // read alike
		"the achievement twice, its creator apart": func(b m) { at(b, "credentialSubject")["achievement"] = split(achievement(b), "creator") },
		"its criteria and descriptions apart": func(b m) {
			at(b, "credentialSubject")["achievement"] = split(achievement(b), "criteria", "resultDescription", "name")
		},
		"the subject twice, its results apart":          func(b m) { b["credentialSubject"] = split(at(b, "credentialSubject"), "result") },
		"the subject twice, its identifier apart":       func(b m) { b["credentialSubject"] = split(at(b, "credentialSubject"), "identifier") },
		"a name of the credential apart":                func(b m) { b["evidence"] = append(b["evidence"].([]any), "https://issuer.example/e1") },
		"lists in lists":                                func(b m) { achievement(b)["alignment"] = []any{[]any{achievement(b)["alignment"]}} },
		"a value twice":                                 func(b m) { achievement(b)["tag"] = append(achievement(b)["tag"].([]any), "python") },
		"text and null":                                 func(b m) { achievement(b)["humanCode"] = nil },
		"the achievement in a list":                     func(b m) { at(b, "credentialSubject")["achievement"] = []any{achievement(b)} },
		"the image as a link beside what is said of it": func(b m) { a := achievement(b); a["image"] = []any{at(a, "image")["id"], a["image"]} },
	}
	refused := map[string]func(b m){
		"the issuer as two": func(b m) { b["issuer"] = split(at(b, "issuer"), "name") },
		"Criteria":          func(b m) { rename(achievement(b), "criteria", "Criteria") },
		"GeoCoordinates":    func(b m) { rename(at(achievement(b), "creator", "address"), "geo", "GeoCoordinates") },
		"a type by its IRI": func(b m) {
			at(b, "credentialSubject", "result", 0)["type"] = []any{"https://purl.imsglobal.org/spec/vc/ob/vocab.html#Result"}
		},
		"the badge's type by its IRI": func(b m) {
			b["type"] = []any{"VerifiableCredential", "OpenBadgeCredential", "https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential"}
		},
		"a property by its IRI": func(b m) {
			rename(achievement(b), "creator", "https://purl.imsglobal.org/spec/vc/ob/vocab.html#creator")
		},
		"the end in another node": func(b m) {
			end := b["validUntil"]
			delete(b, "validUntil")
			b["evidence"] = append(b["evidence"].([]any), m{"id": b["id"], "type": b["type"], "validUntil": end})
		},
	}
	kept := 0
	for desc, change := range same {
		b := verifytest.Clone(original)
		change(b)
		v := check(t, issuers(), b)
		if v.Aspects.Integrity.State != verdict.Pass {
			t.Errorf("%s: not the same statements: %s", desc, short(v))
			continue
		}
		kept++
		if claims(v) != claims(want) || v.Result != want.Result {
			t.Errorf("%s: %s\n%s\n%s", desc, short(v), claims(v), claims(want))
		}
	}
	for desc, change := range refused {
		b := verifytest.Clone(original)
		change(b)
		if v := check(t, issuers(), b); v.Aspects.Issuer.Reason != verdict.IssuerUnprovable && (v.Result != verdict.Rejected || v.Aspects.Integrity.State != verdict.Fail && v.Aspects.Issuer.State != verdict.Fail) || v.Result != verdict.Rejected && v.Result != verdict.Unsupported {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	// The older contexts have four more.
	_, method := verifytest.DIDKey(issuerKey)
	for _, tc := range []struct{ context, from, to string }{{"3.0", "creator", "Profile"}, {"3.0.1", "image", "Image"}, {"3.0.2", "image", "Image"}, {"3.0", "criteria", "Criteria"}} {
		b := verifytest.Clone(original)
		delete(b, "proof")
		url := "https://purl.imsglobal.org/spec/ob/v3p0/context-" + tc.context + ".json"
		if tc.context == "3.0" {
			url = "https://purl.imsglobal.org/spec/ob/v3p0/context.json"
		}
		b["@context"] = []any{"https://www.w3.org/2018/credentials/v1", url, "https://w3id.org/security/data-integrity/v2"}
		b["issuanceDate"], b["expirationDate"] = b["validFrom"], b["validUntil"]
		delete(b, "validFrom")
		delete(b, "validUntil")
		delete(achievement(b), "achievementType")
		b = verifytest.Secure(b, issuerKey, method, "eddsa-rdfc-2022")
		if v := check(t, issuers(), b); v.Aspects.Integrity.State != verdict.Pass {
			t.Errorf("%+v: %s", tc, short(v))
			continue
		}
		rename(achievement(b), tc.from, tc.to)
		if v := check(t, issuers(), b); v.Result != verdict.Rejected || v.Aspects.Integrity.State != verdict.Fail {
			t.Errorf("%+v: %s", tc, short(v))
		}
	}
	// An identifier by a prefix of a context.
	did, _ := verifytest.DIDKey(issuerKey)
	v1 := badgeV1(did)
	v1["@context"] = append(v1["@context"].([]any), "https://w3id.org/security/data-integrity/v2")
	v1["id"] = "https://www.w3.org/2018/credentials#1"
	v1 = verifytest.Secure(v1, issuerKey, method, "eddsa-rdfc-2022")
	wantVerified(t, check(t, issuers(), v1))
	v1["id"] = "cred:1"
	if v := check(t, issuers(), v1); v.Result != verdict.Rejected || v.Aspects.Integrity.Reason != verdict.ProofMalformed {
		t.Errorf("an identifier by a prefix: %s", short(v))
	}

	// At random: orders, lists, splits, links, several at once.
	r := rand.New(rand.NewPCG(97, 1))
	for i := range 300 {
		b := scrambled(r, verifytest.Clone(original)).(m)
		v := check(t, issuers(), b)
		if v.Aspects.Integrity.State != verdict.Pass {
			continue
		}
		kept++
		if claims(v) != claims(want) || v.Result != want.Result {
			t.Fatalf("scrambled %d: %s\n%s\n%s\n%s", i, short(v), verifytest.JSON(b), claims(v), claims(want))
		}
	}
	if kept < 200 {
		t.Errorf("only %d rewritings kept the statements", kept)
	}
}

// scrambled writes a JSON-LD value otherwise: lists in another order or in lists,
// and objects with an id as two of it.
func scrambled(r *rand.Rand, v any) any {
	switch x := v.(type) {
	case []any:
		var out []any
		for _, e := range x {
			s := scrambled(r, e)
			if l, ok := s.([]any); ok {
				out = append(out, l...)
				continue
			}
			out = append(out, s)
		}
		r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
		return out
	case m:
		out := m{}
		for _, name := range slices.Sorted(maps.Keys(x)) {
			switch name {
			case "@context", "proof", "id", "issuer":
				out[name] = x[name]
			default:
				out[name] = scrambled(r, x[name])
			}
		}
		id, _ := x["id"].(string)
		if id == "" || x["@context"] != nil || r.IntN(2) == 0 {
			return out
		}
		half := m{"id": id}
		if x["type"] != nil {
			half["type"] = x["type"]
		}
		for _, name := range slices.Sorted(maps.Keys(out)) {
			if name != "id" && name != "type" && r.IntN(2) == 0 {
				half[name] = out[name]
				delete(out, name)
			}
		}
		return []any{out, half}
	}
	return v
}
