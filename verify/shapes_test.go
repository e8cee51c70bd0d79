package verify

import (
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// TestShapesOfHosts: badges as Badgr and Credly serve them are verified, and their
// revoked twins rejected, by what each serves of one that was taken back.
func TestShapesOfHosts(t *testing.T) {
	recipient := m{"type": "email", "hashed": true, "salt": "deadsea", "identity": sha("applicant@example.orgdeadsea")}
	for name, tc := range map[string]struct{ id, class, profile, kind string }{
		"Badgr":  {"https://api.badgr.io/public/assertions/8bLUrJhgSMyWKF-I7xOosQ", "https://api.badgr.io/public/badges/Rr9cWQ0tRkqYk5uKz6vLSA", "https://api.badgr.io/public/issuers/JfW1cXn6S2iS3sWn2bVJ2g", "HostedBadge"},
		"Credly": {"https://api.credly.com/v1/obi/v2/badge_assertions/0f0d4c4e-95c4-4f9f-9c5f-7a1f3d4d2b10", "https://api.credly.com/v1/obi/v2/badge_classes/5b2f4f0c-6bd5-4f6b-8a53-52b7c6b3a9d1", "https://api.credly.com/v1/obi/v2/issuers/d1e3c7aa-50b1-4a6e-8e0f-6bb0a1f4e2c9", "hosted"},
	} {
		assertion := m{"@context": ob2Context, "type": "Assertion", "id": tc.id, "badge": tc.class, "issuedOn": "2026-01-01T00:00:00.000000+00:00", "recipient": recipient,
			"verification": m{"type": tc.kind}, "image": m{"id": tc.id + "/image"}, "evidence": []any{}, "narrative": nil}
		w := verifytest.NewWeb(m{
			tc.id: assertion,
			tc.class: m{"@context": ob2Context, "type": "BadgeClass", "id": tc.class, "name": "Teamwork", "description": "d", "image": tc.class + "/image",
				"criteria": m{"narrative": "n"}, "issuer": tc.profile, "tags": []any{}, "alignments": []any{}},
			tc.profile: m{"@context": ob2Context, "type": "Issuer", "id": tc.profile, "name": "Example University", "url": "https://issuer.example", "email": "b@issuer.example"},
		})
		v := check(t, w, assertion)
		wantVerified(t, v)
		if v.Credential.Name != "Teamwork" || v.Credential.Issuer.ID != tc.profile {
			t.Errorf("%s: %+v", name, v.Credential)
		}
		for how, answer := range map[string]verifytest.Answer{
			"in place":  {Body: string(verifytest.JSON(with(assertion, m{"revoked": true, "revocationReason": "error"})))},
			"as a stub": {Body: string(verifytest.JSON(m{"@context": ob2Context, "id": tc.id, "revoked": true}))},
			"gone":      {Status: 410, Body: string(verifytest.JSON(m{"@context": ob2Context, "id": tc.id, "revoked": true, "revocationReason": "error"}))},
		} {
			w.Put(tc.id, answer)
			if v := check(t, w, assertion); v.Result != verdict.Rejected || v.Aspects.Status.Reason != verdict.Revoked {
				t.Errorf("%s, revoked %s: %s", name, how, short(v))
			}
		}
	}
}

// TestShapeOfWaltID: a token with a vc claim of a did:web whose kid is the bare DID,
// with a status in a list that is a token too.
func TestShapeOfWaltID(t *testing.T) {
	const where = "https://portal.issuer.example/status/1"
	b := badge(didWeb)
	b["credentialStatus"] = m{"id": where + "#42", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListCredential": where, "statusListIndex": "42"}
	vc := verifytest.Clone(b)
	token := verifytest.Compact(m{"alg": "EdDSA", "kid": didWeb, "typ": "JWT"}, verifytest.JSON(m{
		"iss": didWeb, "jti": b["id"], "iat": 1767225600, "nbf": 1767225600, "vc": vc}), issuerKey)
	list := func(set ...int) string {
		l := listOf([]any{"https://www.w3.org/ns/credentials/v2"}, where, didWeb, "BitstringStatusListCredential", 131_072, set...)
		return string(verifytest.Compact(m{"alg": "EdDSA", "kid": didWeb, "typ": "JWT"}, verifytest.JSON(l), issuerKey))
	}
	w := issuers()
	w.Put(where, verifytest.Answer{Type: "application/jwt", Body: list(41, 43)})
	wantVerified(t, check(t, w, token))
	w.Put(where, verifytest.Answer{Type: "application/jwt", Body: list(42)})
	wantReason(t, check(t, w, token), verdict.Rejected, verdict.Revoked)
}

// TestShapeOfEDC: a sealed European Digital Credential whose status a list tells.
func TestShapeOfEDC(t *testing.T) {
	const where = "https://status.university.example/edc/1"
	by, method := verifytest.DIDKey(issuerKey)
	leaf := certified(t, nil, nil, nil)
	doc := sealed(t, edc(func(b m) {
		b["credentialStatus"] = m{"id": where + "#9", "type": "StatusList2021Entry", "statusPurpose": "revocation", "statusListCredential": where, "statusListIndex": "9"}
	}), seal{by: leaf})
	judge := func(set ...int) Verdict {
		l := listOf([]any{"https://www.w3.org/2018/credentials/v1", "https://w3id.org/vc/status-list/2021/v1", "https://w3id.org/security/suites/ed25519-2020/v1"}, where, by, "StatusList2021Credential", 131_072, set...)
		w := issuers()
		w.Put(where, verifytest.Secure(l, issuerKey, method, "Ed25519Signature2020"))
		return check(t, w, doc)
	}
	wantVerified(t, judge(8, 10))
	wantReason(t, judge(9), verdict.Rejected, verdict.Revoked)
}
