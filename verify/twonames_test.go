package verify

import (
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// TestAttack409IssuerOfTwoReaders: whoever signs the JSON itself writes his issuer so
// that the key is looked for under his own id, and the badge shows, and is vouched for
// by, another's. No host of either is asked for a key.
func TestAttack409IssuerOfTwoReaders(t *testing.T) {
	evilDID, evilMethod := verifytest.DIDKey(evilKey)
	const victim = "https://university.example/issuer"
	written := map[string]any{
		"as the specifications have it": m{"id": evilDID},
		"a value beside @id":            m{"@id": evilDID, "@value": victim},
		"a value beside id":             m{"id": evilDID, "@value": victim},
		"a text in a language":          m{"@id": evilDID, "@value": victim, "@language": "en"},
		"a text in a language, and id":  m{"id": evilDID, "@value": victim, "@language": "en"},
		"a typed value":                 m{"@id": evilDID, "@value": victim, "@type": "@id"},
		"one of a list":                 []any{m{"@id": evilDID, "@value": victim}},
		"texts":                         []any{m{"@id": evilDID, "@value": victim, "@language": "en"}, m{"@value": victim, "@language": "de"}},
		"an id that is a value":         m{"id": m{"@value": victim}, "@id": evilDID},
		"an id that is a text":          m{"id": m{"@value": victim, "@language": "en"}, "@id": evilDID},
		"an id that is a list":          m{"id": []any{victim}, "@id": evilDID},
		"an id that is a set":           m{"id": m{"@set": []any{victim}}, "@id": evilDID},
		"an id that is a list of one":   m{"id": m{"@list": []any{victim}}, "@id": evilDID},
		"two ids":                       m{"id": evilDID, "@id": victim},
		"two ids, the other way round":  m{"id": victim, "@id": evilDID},
		"a list beside":                 m{"id": evilDID, "@list": []any{victim}},
		"a set":                         m{"@set": []any{victim}},
		"a hole":                        []any{nil, victim},
		"a list in a list":              []any{[]any{victim}},
	}
	for desc, issuer := range written {
		b := badge(evilDID)
		b["issuer"] = issuer
		header := m{"alg": "EdDSA", "kid": evilMethod, "typ": "vc+jwt"}
		forms := map[string]any{
			"token":       verifytest.Compact(header, verifytest.JSON(b), evilKey),
			"old token":   verifytest.Compact(header, verifytest.JSON(m{"iss": evilDID, "vc": with(badgeV1(evilDID), m{"issuer": issuer})}), evilKey),
			"SD-JWT":      append(verifytest.Compact(with(header, m{"typ": "vc+sd-jwt"}), verifytest.JSON(b), evilKey), '~'),
			"signed JSON": verifytest.Secure(b, evilKey, evilMethod, "eddsa-jcs-2022"),
		}
		for form, payload := range forms {
			w := issuers()
			v := check(t, w, payload)
			if proven := v.Aspects.Integrity.State == verdict.Pass && v.Aspects.Issuer.State == verdict.Pass; proven && v.Credential.Issuer.ID != evilDID {
				t.Errorf("%s, %s: %s, by %q", form, desc, short(v), v.Credential.Issuer.ID)
			}
			if strings.HasPrefix(desc, "as ") {
				wantVerified(t, v)
			}
		}
	}
}

// TestAttack409StatusListOfTwoReaders: the same of a status list, so that it counts as
// the issuer's own.
func TestAttack409StatusListOfTwoReaders(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	evilDID, evilMethod := verifytest.DIDKey(evilKey)
	const where = "https://lists.example/1"
	b := badge(did)
	b["credentialStatus"] = m{"id": where + "#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": where}
	badge := tokenOf(b, m{"alg": "EdDSA", "kid": method}, issuerKey)
	list := m{
		"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "id": where, "type": []any{"VerifiableCredential", "BitstringStatusListCredential"},
		"issuer": did, "validFrom": "2026-01-01T00:00:00Z",
		"credentialSubject": m{"id": where + "#list", "type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": encodedList(131_072)},
	}
	w := issuers()
	w.Put(where, verifytest.Answer{Status: 200, Type: "application/vc+jwt", Body: string(tokenOfAny(list, m{"alg": "EdDSA", "kid": method}))})
	wantVerified(t, check(t, w, badge))
	list["issuer"] = m{"id": m{"@value": did}, "@id": evilDID}
	w.Put(where, verifytest.Answer{Status: 200, Type: "application/vc+jwt", Body: string(verifytest.Compact(m{"alg": "EdDSA", "kid": evilMethod}, verifytest.JSON(list), evilKey))})
	if v := check(t, w, badge); v.Aspects.Status.State != verdict.Unknown {
		t.Errorf("%s", short(v))
	}
}

// TestAttack410StrangersBadgeInARecord: a record of a learner's badges holds one by a
// stranger, about the same learner or of an achievement that the record's issuer has
// as well. What the stranger says is not what the record's issuer says.
func TestAttack410StrangersBadgeInARecord(t *testing.T) {
	evilDID, evilMethod := verifytest.DIDKey(evilKey)
	did, method := verifytest.DIDKey(issuerKey)
	const course, learner = "https://issuer.example/achievements/hello", "did:example:applicant"
	for desc, id := range map[string]string{"of an achievement of its own": "https://evil.example/neurosurgery", "of the issuer's achievement": course} {
		b := badge(evilDID)
		subject, a := at(b, "credentialSubject"), at(b, "credentialSubject", "achievement")
		subject["id"], a["id"], a["name"], a["tag"] = learner, id, "Neurosurgery", []any{"neurosurgery"}
		record := clrOf(did, verifytest.Secure(b, evilKey, evilMethod, "eddsa-rdfc-2022"))
		of := at(record, "credentialSubject")
		delete(of, "identifier")
		of["achievement"] = []any{m{"id": course, "type": []any{"Achievement"}, "name": "Hello", "description": "d", "criteria": m{"narrative": "n"}}}
		v := check(t, issuers(), verifytest.Secure(record, issuerKey, method, "eddsa-rdfc-2022"))
		if v.Aspects.Integrity.State != verdict.Pass || len(v.Contained) != 2 {
			t.Fatalf("%s: %s, %d contained", desc, short(v), len(v.Contained))
		}
		if v.Aspects.Recipient.State == verdict.Pass {
			t.Errorf("%s: whom the stranger's badge names is whom the record names", desc)
		}
		for _, c := range v.Contained {
			switch own := c.Credential.Issuer.ID == did; {
			case own && (c.Credential.Name != "Hello" || len(c.Credential.Alignments)+len(c.Credential.Tags) > 0):
				t.Errorf("%s: the record's issuer says %q, %v, %v", desc, c.Credential.Name, c.Credential.Alignments, c.Credential.Tags)
			case !own && (c.Result != verdict.Verified || len(c.Credential.Alignments) == 0):
				t.Errorf("%s: the stranger's badge: %s", desc, short(c))
			}
		}
	}
}

// TestAttack410StatementsMovedInARecord: the holder moves what the stranger's badge says
// to what the record says. The record's proof is over statements, and holds; that of the
// badge does not any more.
func TestAttack410StatementsMovedInARecord(t *testing.T) {
	evilDID, evilMethod := verifytest.DIDKey(evilKey)
	did, method := verifytest.DIDKey(issuerKey)
	const course = "https://issuer.example/achievements/hello"
	for _, moved := range []bool{false, true} {
		b := badge(evilDID)
		at(b, "credentialSubject", "achievement")["id"] = course
		record := clrOf(did, verifytest.Secure(b, evilKey, evilMethod, "eddsa-rdfc-2022"))
		at(record, "credentialSubject")["achievement"] = []any{m{"id": course, "type": []any{"Achievement"}, "name": "Hello", "description": "d", "criteria": m{"narrative": "n"}}}
		record = verifytest.Secure(record, issuerKey, method, "eddsa-rdfc-2022")
		if moved {
			theirs := at(record, "credentialSubject", "verifiableCredential", 0, "credentialSubject", "achievement")
			at(record, "credentialSubject", "achievement", 0)["alignment"] = theirs["alignment"]
			delete(theirs, "alignment")
		}
		v := check(t, issuers(), record)
		if v.Aspects.Integrity.State != verdict.Pass || len(v.Contained) != 2 {
			t.Fatalf("moved %v: %s", moved, short(v))
		}
		if own := v.Contained[1]; (own.Result == verdict.Verified) == moved || moved && own.Result != verdict.Unsupported {
			t.Errorf("moved %v: %s", moved, short(own))
		}
	}
}
