package status_test

import (
	"testing"

	"assay/verify/verdict"
	vt "assay/verify/verifytest"
)

// TestAttack356ListInTheIssuersName: a revocation list without a proof is the issuer's
// by where it lies; one of another host that writes the issuer's name is nobody's.
func TestAttack356ListInTheIssuersName(t *testing.T) {
	e := obj{"type": "1EdTechRevocationList", "id": listURL}
	rl := obj{"id": listURL, "issuer": issuer, "revokedCredential": []any{}}
	expect(t, "as named", check(t, vt.NewWeb(obj{listURL: rl}), e), verdict.Pass, "")
	for _, final := range []string{"https://evil.example.com/1", "http://issuer.example.org/status/1"} {
		w := vt.NewWeb(obj{listURL: vt.Answer{Final: final, Body: string(vt.JSON(rl))}})
		expect(t, final, check(t, w, e), verdict.Unknown, verdict.StatusForeign)
	}
}
