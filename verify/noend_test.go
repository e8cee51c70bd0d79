package verify

import (
	"encoding/json"
	"strings"
	"testing"

	"assay/verify/verdict"
)

// TestEndThatIsNone: software that has no end to write writes the zero of its clock,
// which is no end in the past, and none that is good. Every other end in the past is
// one, and so is a real one beside a zero.
func TestEndThatIsNone(t *testing.T) {
	header := m{"alg": "EdDSA", "kid": webMethod(issuerKey)}
	const zero, one, past = "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2026-06-01T00:00:00Z"
	for _, tc := range []struct {
		ends   m
		result Result
		reason Reason
	}{
		{m{"validUntil": one}, verdict.Pending, verdict.DateMalformed},
		{m{"validUntil": "0001-01-01T00:00:00"}, verdict.Pending, verdict.DateMalformed},
		{m{"validUntil": "0001-01-01T00:00:00.0000000+00:00"}, verdict.Pending, verdict.DateMalformed},
		{m{"validUntil": zero}, verdict.Pending, verdict.DateMalformed},
		{m{"validUntil": zero, "exp": json.Number("1893456000")}, verdict.Verified, ""},
		{m{"validUntil": one, "exp": json.Number("1893456000")}, verdict.Verified, ""},
		{m{"validUntil": "1970-01-01T00:00:01Z"}, verdict.Rejected, verdict.DateMalformed},
		{m{"validUntil": "2025-01-01T00:00:00Z"}, verdict.Rejected, verdict.DateMalformed},
		{m{"validUntil": past}, verdict.Expired, verdict.PastEnd},
		{m{"validUntil": one, "expirationDate": past}, verdict.Expired, verdict.PastEnd},
		{m{"validUntil": zero, "expirationDate": past}, verdict.Expired, verdict.PastEnd},
		{m{"validUntil": past, "expirationDate": zero}, verdict.Expired, verdict.PastEnd},
		{m{"validUntil": zero, "exp": json.Number("1780272000")}, verdict.Expired, verdict.PastEnd},
		{m{"validUntil": zero, "validFrom": "2100-01-01T00:00:00Z"}, verdict.Rejected, verdict.NotYetValid},
	} {
		v := check(t, issuers(), tokenOf(with(badge(didWeb), tc.ends), header, issuerKey, func(_, c m) {
			if c["exp"] = tc.ends["exp"]; c["exp"] == nil {
				delete(c, "exp")
			}
		}))
		if v.Result != tc.result || v.Aspects.Dates.Reason != tc.reason {
			t.Errorf("%v: %s", tc.ends, short(v))
		}
		if told := strings.Contains(v.Aspects.Dates.Detail, "may stand for no end"); told != (v.Result == verdict.Pending) {
			t.Errorf("%v: %q", tc.ends, v.Aspects.Dates.Detail)
		}
	}
	w := ob2Web()
	for end, want := range map[string]Result{one: verdict.Pending, zero: verdict.Pending, "2020-01-01T00:00:00Z": verdict.Rejected} {
		b := with(ob2Badge(), m{"expires": end})
		w.Put(b["id"].(string), b)
		if v := check(t, w, b); v.Result != want {
			t.Errorf("hosted, %s: %s", end, short(v))
		}
	}
}
