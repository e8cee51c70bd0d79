package web

import (
	"testing"

	"assay/index/record"
	"assay/index/web/look"
	"assay/verify/verdict"
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
		{verdict.Rejected, verdict.Suspended, "", look.Revoked},
		{verdict.Rejected, verdict.Gone, "", look.Revoked},
		{verdict.Rejected, verdict.NotYetValid, "", look.Early},
		{verdict.Rejected, verdict.IssuerBlocked, "", look.Blocked},
		{verdict.Rejected, verdict.PastEnd, record.Blocked, look.Blocked},
	} {
		if got := stateOf(tc.r, tc.reason, tc.standing); got != tc.want {
			t.Errorf("%s, %s, %s: %s, want %s", tc.r, tc.reason, tc.standing, got, tc.want)
		}
	}
}
