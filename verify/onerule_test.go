package verify

import (
	"slices"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// TestOneRule: every reason has its row among the grounds, a row names a fact where
// an aspect may fail by it and only there, and of what is waited for it says what
// time mends, or that nothing does.
func TestOneRule(t *testing.T) {
	judged := []verdict.Question{verdict.Integrity, verdict.Issuer, verdict.Status, verdict.Dates}
	reasons := map[Reason]bool{}
	for _, code := range everyCode(t) {
		r := Reason(code)
		if r.Words() == "" {
			continue // a warning
		}
		reasons[r] = true
		g, ok := verifytest.Grounds[r]
		if !ok {
			t.Errorf("%s has no row in verifytest.Grounds", r)
			continue
		}
		if (g.Fact == "") != (len(g.Fails) == 0) {
			t.Errorf("%s: fails %v by the fact %q", r, g.Fails, g.Fact)
		}
		waits := slices.ContainsFunc(g.Open, func(q verdict.Question) bool { return slices.Contains(judged, q) })
		if waits && (g.Mends == "") != r.Lasting() || !waits && (g.Mends != "" || r.Lasting()) {
			t.Errorf("%s leaves %v open, lasts %v, and time mends %q", r, g.Open, r.Lasting(), g.Mends)
		}
	}
	if len(reasons) != len(verifytest.Grounds) {
		t.Errorf("%d reasons, %d rows", len(reasons), len(verifytest.Grounds))
	}
	// The rule is one: what breaks it is told.
	for desc, a := range map[string]verdict.Aspects{
		"not understood":  {Integrity: Aspect{State: verdict.Fail, Reason: verdict.SuiteUnsupported}},
		"not reached":     {Status: Aspect{State: verdict.Fail, Reason: verdict.StatusUnreachable}},
		"another aspect":  {Dates: Aspect{State: verdict.Fail, Reason: verdict.Revoked}},
		"left elsewhere":  {Dates: Aspect{State: verdict.Unknown, Reason: verdict.StatusInvalid}},
		"no reason":       {Issuer: Aspect{State: verdict.Unknown}},
		"no such reason":  {Issuer: Aspect{State: verdict.Fail, Reason: "odd"}},
		"waits for ever":  {Integrity: Aspect{State: verdict.Unknown, Reason: verdict.SuiteUnsupported, Passing: true}},
		"good for a fail": {Status: Aspect{State: verdict.Pass, Reason: verdict.Revoked}},
	} {
		outer := Verdict{Contained: []Verdict{{Aspects: a}}}
		if len(verifytest.OneRule(&Verdict{Aspects: a})) != 1 || len(verifytest.OneRule(&outer)) != 1 {
			t.Errorf("%s is not told", desc)
		}
	}
}
