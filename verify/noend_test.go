package verify

import (
	"encoding/json"
	"strings"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
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
		// A day alone, in the year 1, in 1970 there and west of there, or in no calendar.
		{m{"validUntil": "0001-01-01"}, verdict.Pending, verdict.DateMalformed},
		{m{"validUntil": "1970-01-01"}, verdict.Pending, verdict.DateMalformed},
		{m{"validUntil": "1970-01-01T23:59:59Z"}, verdict.Pending, verdict.DateMalformed},
		{m{"validUntil": "1969-12-31"}, verdict.Pending, verdict.DateMalformed},
		{m{"validUntil": "19700101"}, verdict.Pending, verdict.DateMalformed},
		{m{"validUntil": "0000-00-00"}, verdict.Pending, verdict.DateMalformed},
		{m{"validUntil": "0000-00-00 00:00:00"}, verdict.Pending, verdict.DateMalformed},
		{m{"validUntil": "0000-00-00T00:00:00.000Z"}, verdict.Pending, verdict.DateMalformed},
		{m{"validUntil": "0000-00-00", "exp": json.Number("1893456000")}, verdict.Verified, ""},
		{m{"validUntil": "1970-01-01", "exp": json.Number("1893456000")}, verdict.Verified, ""},
		{m{"validUntil": "0000-00-00", "expirationDate": past}, verdict.Expired, verdict.PastEnd},
		{m{"validUntil": past, "expirationDate": "0001-01-01"}, verdict.Expired, verdict.PastEnd},
		{m{"validUntil": "1970-01-02"}, verdict.Rejected, verdict.DateMalformed},
		{m{"validUntil": "1970-01"}, verdict.Rejected, verdict.DateMalformed},
		{m{"validUntil": "1969-12-30"}, verdict.Rejected, verdict.DateMalformed},
		{m{"validUntil": "0001-01-02"}, verdict.Rejected, verdict.DateMalformed},
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
	for end, want := range map[string]Result{one: verdict.Pending, zero: verdict.Pending, "1970-01-01": verdict.Pending, "0000-00-00 00:00:00": verdict.Pending, "1970-01-02": verdict.Rejected, "2020-01-01T00:00:00Z": verdict.Rejected} {
		b := with(ob2Badge(), m{"expires": end})
		w.Put(b["id"].(string), b)
		if v := check(t, w, b); v.Result != want {
			t.Errorf("hosted, %s: %s", end, short(v))
		}
	}
}

// TestEndOfProofThatIsNone: the zero of a clock may stand for no end of a proof, too;
// of one that does not hold it says nothing.
func TestEndOfProofThatIsNone(t *testing.T) {
	did, method := verifytest.DIDKey(issuerKey)
	sign := func(end string) m {
		return verifytest.Secure(badge(did), issuerKey, method, "eddsa-jcs-2022", func(p m) { p["expires"] = end })
	}
	for _, end := range []string{"1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "1970-01-01", "0000-00-00"} {
		v := check(t, issuers(), sign(end))
		wantReason(t, v, verdict.Pending, verdict.DateMalformed)
		if !strings.Contains(v.Aspects.Integrity.Detail, "may stand for no end") || !strings.Contains(v.Aspects.Integrity.Detail, end) {
			t.Errorf("%s: %q", end, v.Aspects.Integrity.Detail)
		}
		wantReason(t, check(t, issuers(), with(sign(end), m{"name": "Surgery"})), verdict.Rejected, verdict.ProofInvalid)
	}
	for _, end := range []string{"1970-01-02", "2026-06-01T00:00:00Z"} {
		wantReason(t, check(t, issuers(), sign(end)), verdict.Rejected, verdict.ProofExpired)
	}
	wantVerified(t, check(t, issuers(), sign("2030-01-01T00:00:00Z")))
}
