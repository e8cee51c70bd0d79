package verify

import (
	"encoding/json"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// TestClaimsSpelt: a token that says of issuer, badge, holder and end what its badge
// says, in another spelling or as nothing, contradicts nothing; one that says another
// does, however it is spelt.
func TestClaimsSpelt(t *testing.T) {
	const page = "https://university.example/issuer"
	null := json.RawMessage("null")
	did, method := verifytest.DIDKey(issuerKey)
	type claims = m
	judge := func(b m, set claims) Verdict {
		return check(t, issuers(), tokenOf(b, m{"alg": "EdDSA", "kid": map[bool]string{true: page + "#k", false: method}[at(b, "issuer")["id"] == page]}, issuerKey, func(_, c m) {
			for name, v := range set {
				c[name] = v
			}
		}))
	}
	mail := func(value any) m {
		b := badge(did)
		at(b, "credentialSubject")["identifier"] = []any{m{"type": "IdentityObject", "identityType": "emailAddress", "hashed": false, "identityHash": value}}
		return b
	}
	held := badge(did)
	at(held, "credentialSubject")["id"] = "https://people.example/7"
	for desc, tc := range map[string]struct {
		b    m
		set  claims
		good bool
	}{
		"nothing":                   {badge(did), claims{"iss": null, "jti": null, "sub": null, "exp": null, "nbf": null}, true},
		"nothing, VCDM 1.1":         {badgeV1(did), claims{"iss": null, "jti": null, "sub": null, "exp": null, "nbf": null}, true},
		"empty texts":               {badge(did), claims{"iss": "", "jti": "", "sub": "", "exp": ""}, true},
		"an end of nought":          {badge(did), claims{"exp": 0}, true},
		"its issuer as an object":   {badge(did), claims{"iss": m{"id": did}}, true},
		"another as an object":      {badge(did), claims{"iss": m{"id": "did:example:another"}}, false},
		"a key of its issuer":       {badge(did), claims{"iss": method}, true},
		"a key of another":          {badge(did), claims{"iss": "did:example:another#" + did}, false},
		"a DID that begins alike":   {badge(did), claims{"iss": did + "x"}, false},
		"its issuer with a slash":   {badge(page), claims{"iss": page + "/"}, true},
		"its issuer in capitals":    {badge(page), claims{"iss": "https://University.example/issuer"}, true},
		"its issuer by http":        {badge(page), claims{"iss": "http://university.example/issuer"}, true},
		"another path":              {badge(page), claims{"iss": page + "/other"}, false},
		"another host":              {badge(page), claims{"iss": "https://university.example.evil.example/issuer"}, false},
		"a UUID alone":              {badge(did), claims{"jti": "11111111-1111-4111-8111-111111111111"}, true},
		"another UUID":              {badge(did), claims{"jti": "11111111-1111-4111-8111-111111111112"}, false},
		"the holder with a slash":   {held, claims{"sub": "https://people.example/7/"}, true},
		"another holder":            {held, claims{"sub": "https://people.example/8"}, false},
		"the address, hashed":       {badge(did), claims{"sub": "applicant@example.org"}, true},
		"the address, with mailto:": {badge(did), claims{"sub": "mailto:applicant@example.org"}, true},
		"another address":           {badge(did), claims{"sub": "mailto:other@example.org"}, false},
		"the address, plain":        {mail("applicant@example.org"), claims{"sub": "Applicant@Example.org"}, true},
		"another, plain":            {mail("applicant@example.org"), claims{"sub": "other@example.org"}, false},
		"a holder of another kind":  {badge(did), claims{"sub": "did:example:holder"}, true},
		"a number for an address":   {badge(did), claims{"sub": 7}, false},
		"dates beside, spelt":       {badgeV1(did), claims{"issuanceDate": "2026-01-01T00:00:00.000Z", "expirationDate": 1893456000}, true},
		"dates beside, others":      {badgeV1(did), claims{"issuanceDate": "2026-01-01T00:00:01Z"}, false},
		"dates beside, no dates":    {badgeV1(did), claims{"issuanceDate": "soon"}, false},
		"no zone, reckoned west":    {with(badge(did), m{"validUntil": "2030-01-01T00:00:00"}), claims{"exp": 1893456000 + 12*3600}, true},
		"no zone, a day later":      {with(badge(did), m{"validUntil": "2030-01-01T00:00:00"}), claims{"exp": 1893456000 + 24*3600}, false},
		"a zone, an hour later":     {badge(did), claims{"exp": 1893456000 + 3600}, false},
		"no zone, reckoned east":    {with(badgeV1(did), m{"expirationDate": "2030-01-01T00:00:00"}), claims{"exp": 1893456000 - 14*3600}, true},
	} {
		v := judge(tc.b, tc.set)
		if tc.good && v.Result != verdict.Verified || !tc.good && v.Reason != verdict.ClaimsMismatch {
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	// Of two ends that differ by a zone the earlier counts.
	v := judge(with(badge(did), m{"validUntil": "2026-11-23T11:00:00"}), claims{"exp": 1795435200 + 3600})
	wantReason(t, v, verdict.Expired, verdict.PastEnd)
}
