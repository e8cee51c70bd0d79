package record_test

import (
	"testing"

	"assay/index/record"
	"assay/index/record/recordtest"
	"assay/verify/verdict"
)

// TestBarredAndForged: a block gives its reason to what counted until then; what failed for
// another reason keeps that.
func TestBarredAndForged(t *testing.T) {
	a := recordtest.Application("a", recordtest.Badge{Name: "Forged", Issuer: "college", Result: verdict.Rejected}, recordtest.Badge{Name: "Real", Issuer: "college"})
	a.Credentials[0].Verdict.Reason = verdict.ProofInvalid
	out := record.Bar(&a, []string{"college"})
	for i, want := range []verdict.Reason{verdict.ProofInvalid, verdict.IssuerBlocked} {
		if v := out.Credentials[i].Verdict; v.Result != verdict.Rejected || v.Reason != want || v.Aspects.Standing.State != verdict.Fail {
			t.Errorf("%s: %s, %s, want %s", v.Credential.Name, v.Result, v.Reason, want)
		}
	}
	if out.Counts.Rejected != 2 || a.Counts.Rejected != 1 {
		t.Errorf("%+v of %+v", out.Counts, a.Counts)
	}
}
