package web

import (
	"slices"
	"testing"

	"assay/index/record"
	"assay/index/web/look"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// TestStates: each result is shown as what it is, and nothing as fraud that is none.
func TestStates(t *testing.T) {
	for _, tc := range []struct {
		r        verdict.Result
		reason   verdict.Reason
		standing string
		want     look.State
	}{
		{verdict.Verified, "", "", look.Verified},
		{verdict.Expired, verdict.PastEnd, "", look.Expired},
		{verdict.Expired, verdict.RecipientMismatch, "", look.Expired},
		{verdict.Unvouched, verdict.IssuerUnvouched, string(verdict.LevelKey), look.Unvouched},
		{verdict.Authentic, verdict.RecipientMissing, "", look.Authentic},
		{verdict.Authentic, verdict.RecipientMismatch, "", look.Other},
		{verdict.Pending, verdict.HostUnreachable, "", look.Waiting},
		{verdict.Unsupported, verdict.MDoc, "", look.Unjudged},
		{verdict.Rejected, verdict.ProofInvalid, "", look.Altered},
		{verdict.Rejected, verdict.HostNotIssuers, "", look.Altered},
		{verdict.Rejected, verdict.Revoked, "", look.Revoked},
		{verdict.Rejected, verdict.Suspended, "", look.Suspended},
		{verdict.Rejected, verdict.Gone, "", look.Gone},
		{verdict.Rejected, verdict.NotYetValid, "", look.Early},
		{verdict.Rejected, verdict.IssuerBlocked, "", look.Blocked},
		{verdict.Rejected, verdict.ProofInvalid, record.Blocked, look.Altered}, // whoever blocks the issuer, it is forged
		{verdict.Rejected, verdict.NotFound, record.Blocked, look.Blocked},
		{verdict.Rejected, verdict.PastEnd, record.Blocked, look.Blocked},
	} {
		if got := stateOf(tc.r, tc.reason, tc.standing); got != tc.want {
			t.Errorf("%s, %s, %s: %s, want %s", tc.r, tc.reason, tc.standing, got, tc.want)
		}
	}
}

// TestMistakesAreNoFraud: of all reasons that fail a badge, only those that say that it is
// not what its issuer signed, or not its issuer's, are shown as fraud.
func TestMistakesAreNoFraud(t *testing.T) {
	said := []verdict.Reason{verdict.ProofInvalid, verdict.DisclosureBad, verdict.KeyNotIssuers, verdict.HostNotIssuers}
	for reason, ground := range verifytest.Grounds {
		if len(ground.Fails) == 0 {
			continue
		}
		if got := stateOf(verdict.Rejected, reason, ""); (got == look.Altered) != slices.Contains(said, reason) {
			t.Errorf("%s: %s", reason, got)
		}
	}
	for _, reason := range []verdict.Reason{verdict.NotFound, verdict.KeyExpired, verdict.KeyRevoked, verdict.KeyNotAssertion, verdict.DateMalformed, verdict.Unsigned, verdict.ContextDiffers, ""} {
		if got := stateOf(verdict.Rejected, reason, ""); got != look.Void {
			t.Errorf("%s: %s", reason, got)
		}
	}
}
