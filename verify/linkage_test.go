package verify

import (
	"fmt"
	"testing"

	"assay/verify/contexts"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// 218: a linkage credential whose proof is over statements (eddsa-rdfc-2022) counts
// as one that is a token does; one whose terms somebody else's context gives
// another meaning, or that was edited, does not.
func TestAttack218LinkageOfStatements(t *testing.T) {
	const where, origin = "https://example.edu/.well-known/did-configuration.json", "https://example.edu"
	const at1, terms = "https://identity.foundation/.well-known/did-configuration/v1", "https://identity.foundation/.well-known/resources/did-configuration/#"
	dif := func(base string) m {
		return m{"@context": m{"@version": 1.1, "@protected": true, "DomainLinkageCredential": base + "DomainLinkageCredential", "origin": base + "origin"}}
	}
	did, _ := verifytest.DIDKey(issuerKey)
	linkage := func(to string, context m) m {
		return extended(m{"@context": []any{"https://www.w3.org/2018/credentials/v1", "https://w3id.org/security/data-integrity/v2"}, "issuer": did, "issuanceDate": "2026-01-01T00:00:00Z", "expirationDate": "2027-01-01T00:00:00Z",
			"type": []any{"VerifiableCredential", "DomainLinkageCredential"}, "credentialSubject": m{"id": did, "origin": to}}, m{at1: context}, at1)
	}
	edited := linkage("https://elsewhere.example", dif(terms))
	edited["credentialSubject"].(m)["origin"] = origin
	for desc, c := range map[string]struct {
		credential, served m
		ok                 bool
	}{
		"of this origin":            {linkage(origin, dif(terms)), dif(terms), true},
		"of another":                {linkage("https://elsewhere.example", dif(terms)), dif(terms), false},
		"edited":                    {edited, dif(terms), false},
		"of other terms":            {linkage(origin, dif("https://terms.example/#")), dif("https://terms.example/#"), false},
		"a context that is not had": {linkage(origin, dif(terms)), nil, false},
	} {
		w := verifytest.NewWeb(m{where: m{"linked_dids": []any{c.credential}}})
		if c.served != nil {
			w.Put(at1, c.served)
		}
		b := badgeBy(did, "Example University", issuerKey, func(b m) { at(b, "issuer")["url"] = origin })
		s, err := contexts.Open(contexts.Options{})
		if err != nil {
			t.Fatal(err)
		}
		judge, err := New(Options{Fetcher: w, Now: clock, Contexts: s})
		if err != nil {
			t.Fatal(err)
		}
		v := judged(t, judge, Assertion{Payload: verifytest.JSON(b)}, applicant)
		if (v.Aspects.Standing.Level == verdict.LevelDomain) != c.ok || (v.Result == verdict.Verified) != c.ok {
			t.Errorf("%s: %s", desc, fmt.Sprint(short(v), " ", v.Aspects.Standing.Level))
		}
	}
}
