package verify_test

import (
	"context"
	"fmt"

	"assay/verify"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// A badge is judged for one applicant; the verdict says what holds and what
// does not.
func ExampleVerifier_Verify() {
	key := verifytest.Ed25519(1)
	did, method := verifytest.DIDKey(key)
	badge := verifytest.Secure(map[string]any{
		"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		"id":       "urn:uuid:1", "type": []any{"VerifiableCredential", "OpenBadgeCredential"},
		"issuer": did, "validFrom": "2026-01-01T00:00:00Z", "name": "Teamwork",
		"credentialSubject": map[string]any{
			"type":       []any{"AchievementSubject"},
			"identifier": []any{map[string]any{"type": "IdentityObject", "identityType": "emailAddress", "hashed": false, "identityHash": "applicant@example.org"}},
			"achievement": map[string]any{
				"id": "https://issuer.example/teamwork", "type": []any{"Achievement"}, "name": "Teamwork",
				"description": "Works well with others", "criteria": map[string]any{"narrative": "Nominated by peers"},
			},
		},
	}, key, method, "eddsa-rdfc-2022")

	// The employer lists the issuer: nobody else stands behind a key.
	trust, err := verify.LoadTrust([]byte(`{"meta":{"title":"Harbour"},"registry":{"` + did + `":{"name":"Harbour College"}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := verify.New(verify.Options{Fetcher: verifytest.NewWeb(nil), Trust: trust})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, email := range []string{"applicant@example.org", "other@example.org"} {
		got, err := v.Verify(context.Background(), verify.Assertion{Payload: verifytest.JSON(badge)}, verify.Applicant{Emails: []string{email}})
		if err != nil {
			fmt.Println(err) // a fault in assay: says nothing about the badge
		}
		fmt.Printf("%s, integrity %s, recipient %s %s.\n", got.Result, got.Aspects.Integrity.State, got.Aspects.Recipient.State, got.Reason)
	}
	badge["name"] = "Doctor of Medicine"
	edited, err := v.Verify(context.Background(), verify.Assertion{Payload: verifytest.JSON(badge)}, verify.Applicant{})
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(edited.Result == verdict.Rejected, edited.Reason)
	// Output:
	// verified, integrity pass, recipient pass .
	// authentic, integrity pass, recipient fail recipient_mismatch.
	// true proof_invalid
}
