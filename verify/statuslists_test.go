package verify

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"assay/verify/fetch"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// The lists of the software that issues most badges with a status, each with a
// right badge and a revoked one. None of it is copied: the shapes are.

// listOf is a status list credential as an issuer's software makes it.
func listOf(context []any, where, issuer, kind string, places int, set ...int) m {
	began := "validFrom"
	if context[0] == "https://www.w3.org/2018/credentials/v1" {
		began = "issuanceDate"
	}
	subject, encoded := "BitstringStatusList", encodedList(places, set...)
	if kind == "StatusList2021Credential" {
		subject, encoded = "StatusList2021", encoded[1:]
	}
	return m{
		"@context": context, "id": where, "type": []any{"VerifiableCredential", kind}, "issuer": issuer, began: "2026-01-01T00:00:00Z",
		"credentialSubject": m{"id": where + "#list", "type": subject, "statusPurpose": "revocation", "encodedList": encoded},
	}
}

func warns(v Verdict, want ...verdict.Warning) bool {
	for _, w := range []verdict.Warning{verdict.WarnStatusListShort, verdict.WarnStatusListIssuer} {
		if slices.Contains(v.Warnings, w) != slices.Contains(want, w) {
			return false
		}
	}
	return true
}

// TestStatusOfDCC: Digital Credentials Consortium. Lists of 100,000 places, signed
// by the status service's key and badges by the tenant's, both did:key, both by
// Ed25519Signature2020.
func TestStatusOfDCC(t *testing.T) {
	const where = "https://status.university.example/4L3Q"
	tenant, tenantMethod := verifytest.DIDKey(issuerKey)
	service, serviceMethod := verifytest.DIDKey(verifytest.Ed25519(77))
	suite := "https://w3id.org/security/suites/ed25519-2020/v1"
	b := badge(tenant)
	b["@context"] = []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", suite}
	b["credentialStatus"] = m{"id": where + "#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListCredential": where, "statusListIndex": "7"}
	b = verifytest.Secure(b, issuerKey, tenantMethod, "Ed25519Signature2020")
	list := func(set ...int) m {
		l := listOf([]any{"https://www.w3.org/ns/credentials/v2", suite}, where, service, "BitstringStatusListCredential", 100_000, set...)
		return verifytest.Secure(l, verifytest.Ed25519(77), serviceMethod, "Ed25519Signature2020")
	}
	w := issuers()
	w.Put(where, list(6, 8))
	v := check(t, w, b)
	wantVerified(t, v)
	if !warns(v, verdict.WarnStatusListShort, verdict.WarnStatusListIssuer) {
		t.Errorf("warns %v", v.Warnings)
	}
	if notes := string(verifytest.JSON(v.Aspects.Status.Evidence)); !strings.Contains(notes, service) || !strings.Contains(notes, tenant) {
		t.Errorf("the parties are not in the evidence: %s", notes)
	}
	w.Put(where, list(7))
	v = check(t, w, b)
	wantReason(t, v, verdict.Rejected, verdict.Revoked)
	if !warns(v) {
		t.Errorf("revoked, warns %v", v.Warnings)
	}
	// The same from a mirror, and changed on the way.
	w.Put(where, verifytest.Answer{Final: "https://mirror.example/4L3Q", Body: string(verifytest.JSON(list()))})
	wantReason(t, check(t, w, b), verdict.Pending, verdict.StatusForeign)
	changed := list(7)
	at(changed, "credentialSubject")["encodedList"] = encodedList(100_000)
	w.Put(where, changed)
	wantReason(t, check(t, w, b), verdict.Pending, verdict.StatusInvalid)
}

// TestStatusOfOpenEdX: Open edX with its default settings, StatusList2021 of 10,000
// bytes by the issuer's own key.
func TestStatusOfOpenEdX(t *testing.T) {
	const where = "https://credentials.courses.example/verifiable_credentials/status-list/1/v1/did/"
	did, method := verifytest.DIDKey(issuerKey)
	suite, statuses := "https://w3id.org/security/suites/ed25519-2020/v1", "https://w3id.org/vc/status-list/2021/v1"
	b := badgeV1(did)
	b["@context"] = []any{"https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", suite, statuses}
	b["credentialStatus"] = m{"id": where + "#3", "type": "StatusList2021Entry", "statusPurpose": "revocation", "statusListCredential": where, "statusListIndex": "3"}
	b = verifytest.Secure(b, issuerKey, method, "Ed25519Signature2020")
	list := func(set ...int) m {
		l := listOf([]any{"https://www.w3.org/2018/credentials/v1", statuses, suite}, where, did, "StatusList2021Credential", 80_000, set...)
		return verifytest.Secure(l, issuerKey, method, "Ed25519Signature2020")
	}
	w := issuers()
	w.Put(where, list(2, 4))
	v := check(t, w, b)
	wantVerified(t, v)
	if !warns(v, verdict.WarnStatusListShort) {
		t.Errorf("warns %v", v.Warnings)
	}
	w.Put(where, list(3))
	wantReason(t, check(t, w, b), verdict.Rejected, verdict.Revoked)
}

// TestStatusOfTokens: badges as tokens of a did:web, whose lists are tokens too, as
// agents of edubadges issue them, the index a number and the padding left on.
func TestStatusOfTokens(t *testing.T) {
	const where = "https://agent.issuer.example/status-lists/12"
	header := m{"alg": "EdDSA", "kid": webMethod(issuerKey), "typ": "vc+jwt"}
	b := with(badge(didWeb), m{"credentialStatus": m{"id": where + "#94567", "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
		"statusListCredential": where, "statusListIndex": json.Number("94567"), "statusSize": json.Number("1")}})
	list := func(set ...int) m {
		l := listOf([]any{"https://www.w3.org/ns/credentials/v2"}, where, didWeb, "BitstringStatusListCredential", 131_072, set...)
		s := at(l, "credentialSubject")
		for text := s["encodedList"].(string); len(text)%4 != 1; text = s["encodedList"].(string) {
			s["encodedList"] = text + "="
		}
		return l
	}
	w := issuers()
	put := func(l m) { w.Put(where, string(tokenOfAny(l, header))) }
	put(list(94566, 94568))
	v := check(t, w, tokenOf(b, header, issuerKey))
	wantVerified(t, v)
	if !warns(v) {
		t.Errorf("warns %v", v.Warnings)
	}
	put(list(94567))
	wantReason(t, check(t, w, tokenOf(b, header, issuerKey)), verdict.Rejected, verdict.Revoked)
	// As the claim vc of VCDM 1.1, with StatusList2021 without a multibase prefix, as
	// walt.id's issuers and others write it.
	v1 := with(badgeV1(didWeb), m{"credentialStatus": m{"id": where + "#7", "type": "StatusList2021Entry", "statusPurpose": "revocation", "statusListCredential": where, "statusListIndex": "7"}})
	old := func(set ...int) string {
		l := listOf([]any{"https://www.w3.org/2018/credentials/v1"}, where, didWeb, "StatusList2021Credential", 131_072, set...)
		return string(verifytest.Compact(m{"alg": "EdDSA", "kid": webMethod(issuerKey), "typ": "JWT"}, verifytest.JSON(m{"iss": didWeb, "jti": where, "sub": where + "#list", "nbf": 1767225600, "vc": l}), issuerKey))
	}
	w.Put(where, old(6, 8))
	wantVerified(t, check(t, w, tokenOf(v1, m{"alg": "EdDSA", "kid": webMethod(issuerKey)}, issuerKey)))
	w.Put(where, old(7))
	wantReason(t, check(t, w, tokenOf(v1, m{"alg": "EdDSA", "kid": webMethod(issuerKey)}, issuerKey)), verdict.Rejected, verdict.Revoked)
}

// TestStatusListNamedByItsToken: what a token's jti says is the id of the list in it.
func TestStatusListNamedByItsToken(t *testing.T) {
	const where = "https://status.example/lists/9"
	evilDID, evilMethod := verifytest.DIDKey(evilKey)
	b := secured(func(b m) {
		b["credentialStatus"] = m{"id": where + "#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListCredential": where, "statusListIndex": "7"}
	})
	for jti, want := range map[any]Result{where: verdict.Verified, where + "0": verdict.Pending, nil: verdict.Pending} {
		l := with(listOf([]any{"https://www.w3.org/ns/credentials/v2"}, where, evilDID, "BitstringStatusListCredential", 131_072), m{"id": nil, "jti": jti})
		w := issuers()
		w.Put(where, string(verifytest.Compact(m{"alg": "EdDSA", "kid": evilMethod}, verifytest.JSON(l), evilKey)))
		if v := check(t, w, b); v.Result != want {
			t.Errorf("jti %v: %s", jti, short(v))
		}
	}
}

// deflate packs a Token Status List.
func deflate(b []byte) string {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(out.Bytes())
}

// TestAttack258TokenStatusList: the claim status of a token, by a list of two bits.
func TestAttack258TokenStatusList(t *testing.T) {
	const where = "https://issuer.example/statuslists/1"
	evilDID, evilMethod := verifytest.DIDKey(evilKey)
	kid := webMethod(issuerKey)
	statuses := make([]byte, 64)
	statuses[1] = 1<<2 | 2<<4 | 3<<6 // of the places 4 to 7: 0, 1, 2, 3
	claims := m{"iss": didWeb, "sub": where, "iat": 1767225600, "ttl": 43200, "exp": 1893456000, "status_list": m{"bits": 2, "lst": deflate(statuses)}}
	typ := m{"alg": "EdDSA", "kid": kid, "typ": "statuslist+jwt"}
	honest := func(change m) any {
		return string(verifytest.Compact(typ, verifytest.JSON(with(claims, change)), issuerKey))
	}
	w := issuers()
	ask := func(list any, place int) Verdict {
		w.Put(where, list)
		return check(t, w, tokenOf(badge(didWeb), m{"alg": "EdDSA", "kid": kid}, issuerKey, func(_, c m) {
			c["status"] = m{"status_list": m{"idx": place, "uri": where}}
		}))
	}
	wantVerified(t, ask(honest(nil), 4))
	wantReason(t, ask(honest(nil), 5), verdict.Rejected, verdict.Revoked)
	wantReason(t, ask(honest(nil), 6), verdict.Rejected, verdict.Suspended)
	v := ask(honest(nil), 7)
	wantReason(t, v, verdict.Pending, verdict.StatusUnclear)
	if !strings.Contains(v.Aspects.Status.Detail, "3") {
		t.Errorf("not by its number: %q", v.Aspects.Status.Detail)
	}
	// Without iss, as later drafts have it: by the DID of its key.
	wantVerified(t, ask(honest(m{"iss": nil}), 4))
	wantReason(t, ask(honest(m{"iss": nil}), 5), verdict.Rejected, verdict.Revoked)
	// A media type has no case, and may be written whole (RFC 7515 §4.1.9).
	for _, spelt := range []string{"StatusList+JWT", "application/statuslist+jwt", "application/StatusList+jwt"} {
		typ["typ"] = spelt
		wantVerified(t, ask(honest(nil), 4))
		wantReason(t, ask(honest(nil), 5), verdict.Rejected, verdict.Revoked)
	}
	for _, other := range []string{"statuslist+jwt ", "text/statuslist+jwt", "statuslist+cwt", "application/application/statuslist+jwt"} {
		typ["typ"] = other
		wantReason(t, ask(honest(nil), 4), verdict.Pending, verdict.StatusInvalid)
	}
	typ["typ"] = "statuslist+jwt"
	// By a status service of its own.
	service := func(change m) any {
		return string(verifytest.Compact(m{"alg": "EdDSA", "kid": evilMethod, "typ": "statuslist+jwt"}, verifytest.JSON(with(claims, change)), evilKey))
	}
	for _, iss := range []any{evilDID, nil} {
		v = ask(service(m{"iss": iss}), 4)
		wantVerified(t, v)
		if !warns(v, verdict.WarnStatusListIssuer) {
			t.Errorf("warns %v", v.Warnings)
		}
		wantReason(t, ask(service(m{"iss": iss}), 5), verdict.Rejected, verdict.Revoked)
		elsewhere := verifytest.Answer{Final: "https://evil.example/1", Body: service(m{"iss": iss}).(string)}
		wantReason(t, ask(elsewhere, 4), verdict.Pending, verdict.StatusForeign)
		wantReason(t, ask(elsewhere, 5), verdict.Rejected, verdict.Revoked)
	}
	tampered := honest(nil).(string)
	tampered = tampered[:len(tampered)-8] + "AAAAAAAA"
	for desc, tc := range map[string]struct {
		list   any
		reason Reason
	}{
		"signed by another in the issuer's name": {service(nil), verdict.StatusInvalid},
		"a signature that does not hold":         {tampered, verdict.StatusInvalid},
		"a token of another type":                {string(verifytest.Compact(m{"alg": "EdDSA", "kid": kid, "typ": "JWT"}, verifytest.JSON(claims), issuerKey)), verdict.StatusInvalid},
		"a token without a type":                 {string(verifytest.Compact(m{"alg": "EdDSA", "kid": kid}, verifytest.JSON(claims), issuerKey)), verdict.StatusInvalid},
		"about another list":                     {honest(m{"sub": where + "0"}), verdict.StatusInvalid},
		"past":                                   {honest(m{"exp": 1767225601}), verdict.StatusInvalid},
		"not begun":                              {honest(m{"nbf": 1893456000}), verdict.StatusInvalid},
		"made in the future":                     {honest(m{"iat": 1893456000}), verdict.StatusInvalid},
		"an end that is no date":                 {honest(m{"exp": "soon"}), verdict.StatusInvalid},
		"JSON":                                   {verifytest.Clone(claims), verdict.StatusInvalid},
		"a page":                                 {verifytest.Answer{Type: "text/html", Body: "<html>"}, verdict.StatusUnreachable},
		"not there":                              {verifytest.Answer{Status: 404}, verdict.StatusUnreachable},
	} {
		if v := ask(tc.list, 4); v.Result != verdict.Pending || v.Reason != tc.reason {
			t.Errorf("%s: %s", desc, short(v))
		}
		if desc == "JSON" || desc == "a page" || desc == "not there" || desc == "an end that is no date" {
			continue
		}
		// Its word against the badge counts all the same.
		if v := ask(tc.list, 5); v.Result != verdict.Rejected || v.Reason != verdict.Revoked {
			t.Errorf("%s, revoked: %s", desc, short(v))
		}
	}
	// By an algorithm that is not judged: named, and no waiting mends it.
	odd := string(verifytest.Compact(m{"alg": "ML-DSA-44", "kid": kid, "typ": "statuslist+jwt"}, verifytest.JSON(claims), issuerKey))
	v = ask(odd, 4)
	wantReason(t, v, verdict.Unsupported, verdict.StatusUnknownType)
	if !strings.Contains(v.Aspects.Status.Detail, "ML-DSA-44") {
		t.Errorf("not by its name: %q", v.Aspects.Status.Detail)
	}
	wantReason(t, ask(odd, 5), verdict.Rejected, verdict.Revoked)
}

// TestAttack259StatusListInIssuersName: a list that bears the issuer's name and is
// another's by its key is not the issuer's, nor is it told as another's.
func TestAttack259StatusListInIssuersName(t *testing.T) {
	for _, by := range []string{"forged", "nobody"} {
		b, w := statusBadge(nil, nil, by)
		v := check(t, w, b)
		wantReason(t, v, verdict.Pending, verdict.StatusInvalid)
		if !warns(v) {
			t.Errorf("%s: warns %v", by, v.Warnings)
		}
		b, w = statusBadge(nil, nil, by, 94567)
		wantReason(t, check(t, w, b), verdict.Rejected, verdict.Revoked)
	}
}

// TestStatusListOfManyBytes: a list as a token is longer than any badge.
func TestStatusListOfManyBytes(t *testing.T) {
	const where = "https://issuer.example/status-lists/full"
	var set []int
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 1_000_000 {
		if i != 7 && r.IntN(2) == 0 {
			set = append(set, i)
		}
	}
	header := m{"alg": "EdDSA", "kid": webMethod(issuerKey)}
	b := with(badge(didWeb), m{"credentialStatus": m{"id": where + "#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListCredential": where, "statusListIndex": "7"}})
	w := issuers()
	for _, places := range [][]int{set, append(set, 7)} {
		l := string(tokenOfAny(listOf([]any{"https://www.w3.org/ns/credentials/v2"}, where, didWeb, "BitstringStatusListCredential", 1_000_000, places...), header))
		if len(l) < 150_000 {
			t.Fatalf("%d bytes", len(l))
		}
		w.Put(where, l)
		if v := check(t, w, tokenOf(b, header, issuerKey)); (v.Reason == verdict.Revoked) != (len(places) > len(set)) || (v.Result == verdict.Verified) != (len(places) == len(set)) {
			t.Errorf("%d set: %s", len(places), short(v))
		}
	}
}

// TestAttack260RevokedByWhomever: what an issuer's profile of Open Badges 2.0 points
// at as its list says that a badge is taken back, whatever is wrong with the list;
// and such a list says nothing by its silence.
func TestAttack260RevokedByWhomever(t *testing.T) {
	const list, id = "https://issuer.example/revoked", "urn:uuid:11111111-aaaa-4111-8111-111111111111"
	key := m{"@context": ob2Context, "type": "CryptographicKey", "id": "https://issuer.example/key", "owner": ob2Profile, "publicKeyPem": verifytest.PEM(issuerKey.Public())}
	doc := func(entries ...any) m {
		return m{"@context": ob2Context, "type": "RevocationList", "id": list, "issuer": ob2Profile, "revokedAssertions": entries}
	}
	away := func(l m) any {
		return verifytest.Answer{Final: "https://elsewhere.example/revoked", Body: string(verifytest.JSON(l))}
	}
	for desc, tc := range map[string]struct {
		list   func(entries ...any) any
		silent Reason
	}{
		"as it should be":    {func(e ...any) any { return doc(e...) }, ""},
		"from another host":  {func(e ...any) any { return away(doc(e...)) }, verdict.StatusForeign},
		"by another issuer":  {func(e ...any) any { return with(doc(e...), m{"issuer": "https://other.example/"}) }, verdict.StatusForeign},
		"without its issuer": {func(e ...any) any { return with(doc(e...), m{"issuer": nil}) }, ""},
	} {
		w := ob2Web()
		w.Put(ob2Profile, with(verifytest.Object(w.Answers[ob2Profile].Body), m{"publicKey": key, "revocationList": list}))
		w.Put(list, tc.list(id))
		if v := check(t, w, signedOB2()); v.Result != verdict.Rejected || v.Reason != verdict.Revoked {
			t.Errorf("%s, listed: %s", desc, short(v))
		}
		w.Put(list, tc.list())
		if v := check(t, w, signedOB2()); v.Reason != tc.silent || (v.Result == verdict.Verified) != (tc.silent == "") || v.Result == verdict.Rejected {
			t.Errorf("%s, not listed: %s", desc, short(v))
		}
	}
}

// TestUnreadKeyDocuments: an issuer's document that cannot be read says of no key
// that it is another's.
func TestUnreadKeyDocuments(t *testing.T) {
	b := verifytest.Secure(badge(didWeb), issuerKey, webMethod(issuerKey), "eddsa-rdfc-2022")
	for desc, tc := range map[string]struct {
		answer any
		result Result
		reason Reason
	}{
		"no strict JSON": {`{"id":"` + didWeb + `","id":"` + didWeb + `"}`, verdict.Pending, verdict.KeyUnavailable},
		"half of it":     {`{"id":"` + didWeb + `",`, verdict.Pending, verdict.KeyUnavailable},
		"too large":      {verifytest.Answer{Err: fetch.ErrTooLarge}, verdict.Unsupported, verdict.AnswerTooLarge},
		"of another DID": {didDocument("did:web:other.example", issuerKey), verdict.Rejected, verdict.KeyNotIssuers},
	} {
		w := issuers()
		w.Put(didWebDoc, tc.answer)
		if v := check(t, w, b); v.Result != tc.result || v.Reason != tc.reason {
			t.Errorf("%s: %s, %s", desc, v.Reason, short(v))
		}
	}
}
