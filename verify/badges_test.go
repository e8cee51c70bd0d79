package verify

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"strings"
	"sync"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

type m = map[string]any

// Who issues, who forges, and whose badge it is.
var (
	issuerKey = verifytest.Ed25519(1)
	evilKey   = verifytest.Ed25519(2)
	applicant = Applicant{Emails: []string{"applicant@example.org"}}
)

const (
	didWeb     = "did:web:issuer.example"
	didWebDoc  = "https://issuer.example/.well-known/did.json"
	httpIssuer = "https://university.example/issuer"
)

// rsaKey is made once: it takes a while.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

var ecKey = sync.OnceValue(func() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
})

func sha(s string) string {
	h := sha256.Sum256([]byte(s))
	return "sha256$" + hex.EncodeToString(h[:])
}

// badge gives an Open Badges 3.0 credential on VCDM 2.0 for the applicant.
func badge(issuer string) m {
	return m{
		"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"},
		"id":       "urn:uuid:11111111-1111-4111-8111-111111111111", "type": []any{"VerifiableCredential", "OpenBadgeCredential"},
		"issuer": m{"id": issuer, "type": []any{"Profile"}, "name": "Example University"},
		"name":   "Teamwork", "validFrom": "2026-01-01T00:00:00Z", "validUntil": "2030-01-01T00:00:00Z",
		"credentialSubject": m{
			"type": []any{"AchievementSubject"},
			"identifier": []any{m{
				"type": "IdentityObject", "identityType": "emailAddress", "hashed": true, "salt": "pepper",
				"identityHash": sha("applicant@example.orgpepper"),
			}},
			"achievement": m{
				"id": "https://issuer.example/achievements/teamwork", "type": []any{"Achievement"}, "name": "Teamwork",
				"description": "Works well with others", "criteria": m{"narrative": "Nominated by peers"},
				"alignment": []any{m{"type": []any{"Alignment"}, "targetName": "work in teams", "targetUrl": "http://data.europa.eu/esco/skill/1"}},
				"tag":       []any{"teamwork"},
			},
		},
	}
}

// badgeV1 is badge on VCDM 1.1.
func badgeV1(issuer string) m {
	return with(badge(issuer), m{
		"@context":     []any{"https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"},
		"issuanceDate": "2026-01-01T00:00:00Z", "expirationDate": "2030-01-01T00:00:00Z", "validFrom": nil, "validUntil": nil,
	})
}

// with gives a copy of o with members replaced, or removed where nil.
func with(o m, change m) m {
	out := verifytest.Clone(o)
	for k, v := range change {
		if v == nil {
			delete(out, k)
		} else {
			out[k] = v
		}
	}
	return out
}

// at gives the object at a path of member names and list indexes.
func at(o any, path ...any) m {
	for _, p := range path {
		switch x := p.(type) {
		case string:
			o = o.(m)[x]
		case int:
			o = o.([]any)[x]
		}
	}
	return o.(m)
}

// secured gives a badge of a did:key with an eddsa-rdfc-2022 proof.
func secured(change ...func(b m)) m {
	did, method := verifytest.DIDKey(issuerKey)
	b := badge(did)
	for _, f := range change {
		f(b)
	}
	return verifytest.Secure(b, issuerKey, method, "eddsa-rdfc-2022")
}

// didDocument is a document for a did:web that lists keys for assertions.
func didDocument(did string, keys ...ed25519.PrivateKey) m {
	doc := m{"@context": []any{"https://www.w3.org/ns/did/v1"}, "id": did}
	var methods, names []any
	for _, k := range keys {
		id := did + "#" + verifytest.Multikey(k)
		methods = append(methods, m{"id": id, "type": "Multikey", "controller": did, "publicKeyMultibase": verifytest.Multikey(k)})
		names = append(names, id)
	}
	doc["verificationMethod"], doc["assertionMethod"] = methods, names
	return doc
}

func webMethod(k ed25519.PrivateKey) string { return didWeb + "#" + verifytest.Multikey(k) }

// issuers is the web of an honest did:web and an honest HTTP issuer.
func issuers() *verifytest.Web {
	return verifytest.NewWeb(m{
		didWebDoc: didDocument(didWeb, issuerKey),
		httpIssuer: m{"@context": "https://w3id.org/openbadges/v3", "id": httpIssuer, "type": "Profile", "name": "Example University",
			"verificationMethod": []any{m{"id": httpIssuer + "#k", "type": "Multikey", "controller": httpIssuer, "publicKeyMultibase": verifytest.Multikey(issuerKey)}}},
		"https://university.example/.well-known/jwks.json": m{"keys": []any{with(verifytest.JWK(rsaKey().Public()), m{"kid": "rsa", "alg": "RS256"})}},
	})
}

func check(t testing.TB, w *verifytest.Web, payload any) Verdict {
	t.Helper()
	return checkFor(t, w, payload, applicant)
}

func checkFor(t testing.TB, w *verifytest.Web, payload any, who Applicant) Verdict {
	t.Helper()
	b, ok := payload.([]byte)
	if !ok {
		b = verifytest.JSON(payload)
	}
	return judged(t, newVerifier(t, w, nil), Assertion{Payload: b}, who)
}

// short gives result, and state and reason of each aspect that is no pass.
func short(v Verdict) string {
	out := []string{string(v.Result)}
	a := v.Aspects
	for name, x := range map[string]Aspect{"integrity": a.Integrity, "issuer": a.Issuer, "status": a.Status, "dates": a.Dates, "recipient": a.Recipient} {
		if x.State == verdict.Fail || x.State == verdict.Unknown {
			out = append(out, name+"="+string(x.State)+":"+string(x.Reason)+" "+x.Detail)
		}
	}
	return strings.Join(out, "; ")
}

// wantVerified fails the test unless the badge is verified: every attack below
// is one change away from a badge that is.
func wantVerified(t testing.TB, v Verdict) {
	t.Helper()
	if v.Result != verdict.Verified {
		t.Errorf("not verified: %s", short(v))
	}
}

// wantReason fails the test unless the result follows from the reason.
func wantReason(t testing.TB, v Verdict, result Result, reason Reason) {
	t.Helper()
	if v.Result != result || v.Reason != reason {
		t.Errorf("got %s (%s), want %s by %s: %s", v.Result, v.Reason, result, reason, short(v))
	}
}

// tokenOf signs a badge as a VC-JWT with the claims of OB3 §8.2.4.1. Its
// layout is the one of the badge's data model. change alters claims or header.
func tokenOf(b m, header m, k any, change ...func(header, claims m)) []byte {
	claims := m{}
	issuer := b["issuer"]
	if o, ok := issuer.(m); ok {
		issuer = o["id"]
	}
	claims["iss"], claims["jti"] = issuer, b["id"]
	claims["nbf"], claims["exp"] = 1767225600, 1893456000
	if at(b, "credentialSubject")["id"] != nil {
		claims["sub"] = at(b, "credentialSubject")["id"]
	}
	if b["issuanceDate"] != nil {
		claims["vc"] = verifytest.Clone(b)
	} else {
		maps.Copy(claims, verifytest.Clone(b))
	}
	header = verifytest.Clone(header)
	for _, f := range change {
		f(header, claims)
	}
	switch key := k.(type) {
	case ed25519.PrivateKey:
		return verifytest.Compact(header, verifytest.JSON(claims), key)
	case *ecdsa.PrivateKey:
		return verifytest.Compact(header, verifytest.JSON(claims), key)
	case *rsa.PrivateKey:
		return verifytest.Compact(header, verifytest.JSON(claims), key)
	}
	panic("unknown key")
}

// A sound Open Badges 2.0 badge of issuer.example.
const (
	ob2URL, ob2Class, ob2Profile = "https://issuer.example/a/1", "https://issuer.example/class", "https://issuer.example/profile"
	ob2Context                   = "https://w3id.org/openbadges/v2"
)

func ob2Badge() m {
	return m{
		"@context": ob2Context, "type": "Assertion", "id": ob2URL, "badge": ob2Class, "issuedOn": "2026-01-01T00:00:00Z",
		"recipient":    m{"type": "email", "hashed": true, "salt": "pepper", "identity": sha("applicant@example.orgpepper")},
		"verification": m{"type": "hosted"},
	}
}

func ob2Web() *verifytest.Web {
	return verifytest.NewWeb(m{
		ob2URL: ob2Badge(),
		ob2Class: m{"@context": ob2Context, "type": "BadgeClass", "id": ob2Class, "name": "Teamwork", "description": "d",
			"image": "https://issuer.example/i.png", "criteria": m{"narrative": "n"}, "issuer": ob2Profile},
		ob2Profile: m{"@context": ob2Context, "type": "Profile", "id": ob2Profile, "name": "Example University", "url": "https://issuer.example", "email": "b@issuer.example"},
	})
}

// endorse is an endorsement of something by somebody, not signed yet.
func endorse(by, about string) m {
	return m{
		"@context": badge(by)["@context"], "id": "urn:uuid:e", "type": []any{"VerifiableCredential", "EndorsementCredential"},
		"issuer": m{"id": by, "type": []any{"Profile"}, "name": "Accreditor"}, "validFrom": "2026-01-01T00:00:00Z", "name": "e",
		"credentialSubject": m{"id": about, "type": []any{"EndorsementSubject"}},
	}
}
