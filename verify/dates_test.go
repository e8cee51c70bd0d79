package verify

import (
	"encoding/json"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// dated are the generations of badges with a beginning and an end put in, each
// under the names that it has for them.
func dated(t *testing.T, begin, end any) map[string]Verdict {
	t.Helper()
	did, method := verifytest.DIDKey(issuerKey)
	header := m{"alg": "EdDSA", "kid": method}
	bare := func(_, c m) { delete(c, "exp"); delete(c, "nbf") }
	out := map[string]Verdict{
		"token, VCDM 2.0": check(t, issuers(), tokenOf(with(badge(did), m{"validFrom": begin, "validUntil": end}), header, issuerKey, bare)),
		"token, VCDM 1.1": check(t, issuers(), tokenOf(with(badgeV1(did), m{"issuanceDate": begin, "expirationDate": end}), header, issuerKey, bare)),
		"JCS proof":       check(t, issuers(), verifytest.Secure(with(badge(did), m{"validFrom": begin, "validUntil": end}), issuerKey, method, "eddsa-jcs-2022")),
	}
	w := ob2Web()
	w.Put(ob2URL, with(ob2Badge(), m{"issuedOn": begin, "expires": end}))
	out["hosted, Open Badges 2.0"] = check(t, w, ob2Badge())
	return out
}

// TestAttack220EndsInOtherWords: however an end is spelt, one that is past is never
// passed over, and one that is not does not count as past; of several the earliest
// counts, of several beginnings the latest.
func TestAttack220EndsInOtherWords(t *testing.T) {
	const begin = "2020-01-01T00:00:00Z"
	seconds, ahead := json.Number("1769904000"), json.Number("4102444800") // 2026-02-01, 2100-01-01
	for _, tc := range []struct {
		desc  string
		end   any
		state verdict.State
	}{
		{"basic form", "20260201T000000Z", verdict.Fail}, {"basic form, ahead", "21000101T000000Z", verdict.Pass},
		{"eight digits", "20260201", verdict.Fail}, {"eight digits, ahead", "21000101", verdict.Pass},
		{"hours alone in the offset", "2026-11-23T12:30:00+01", verdict.Fail}, {"the same, ahead", "2026-11-23T12:30:00-01", verdict.Pass},
		{"24:00", "2026-11-22T24:00:00Z", verdict.Fail}, {"24:00 tonight", "2026-11-23T24:00:00Z", verdict.Pass},
		{"small letters", "2026-02-01t00:00:00z", verdict.Fail}, {"a fraction behind a comma", "2026-02-01T00:00:00,5Z", verdict.Fail},
		{"a week", "2026-W05", verdict.Fail}, {"an ordinal", "2026-032", verdict.Fail}, {"a month", "2026-02", verdict.Fail}, {"this month", "2026-11", verdict.Pass},
		{"a day, yesterday", "2026-11-22", verdict.Fail}, {"a day, today", "2026-11-23", verdict.Pass},
		{"seconds", seconds, verdict.Fail}, {"seconds, ahead", ahead, verdict.Pass}, {"seconds in a text", "1769904000", verdict.Fail},
		{"milliseconds", json.Number("1769904000000"), verdict.Fail}, {"milliseconds in a text", "1769904000000", verdict.Fail},
		{"space around it", " 2026-02-01T00:00:00Z\n", verdict.Fail},
		{"a list of one", []any{"2026-02-01T00:00:00Z"}, verdict.Fail},
		{"two, the first past", []any{"2026-02-01T00:00:00Z", "2100-01-01T00:00:00Z"}, verdict.Fail},
		{"two, the second past", []any{"2100-01-01T00:00:00Z", "2026-02-01T00:00:00Z"}, verdict.Fail},
		{"two, one no date and one past", []any{"soon", "2026-02-01T00:00:00Z"}, verdict.Fail},
		{"two, one no date", []any{"2100-01-01T00:00:00Z", "soon"}, verdict.Unknown},
		{"two, one empty", []any{"2100-01-01T00:00:00Z", ""}, verdict.Pass},
		{"empty", "", verdict.Pass}, {"null", json.RawMessage("null"), verdict.Pass}, {"zero", json.Number("0"), verdict.Pass}, {"false", false, verdict.Pass},
		{"a word", "never", verdict.Unknown}, {"true", true, verdict.Unknown}, {"an object", m{"date": "2026-02-01"}, verdict.Unknown},
		{"a small number", json.Number("7"), verdict.Unknown}, {"zeros of a database", "0000-00-00 00:00:00", verdict.Unknown},
	} {
		for room, v := range dated(t, begin, tc.end) {
			a := v.Aspects.Dates
			if a.State != tc.state || tc.state == verdict.Unknown && a.Reason != verdict.DateMalformed || tc.state == verdict.Fail && a.Reason != verdict.PastEnd {
				t.Errorf("%s, %s: dates %s %s %s", tc.desc, room, a.State, a.Reason, a.Detail)
			}
			if good := v.Result == verdict.Verified || v.Result == verdict.Authentic; good != (tc.state == verdict.Pass) {
				t.Errorf("%s, %s: %s", tc.desc, room, short(v))
			}
		}
	}
	for _, tc := range []struct {
		desc  string
		begin any
		state verdict.State
	}{
		{"ahead in basic form", "21000101T000000Z", verdict.Fail}, {"ahead in seconds", ahead, verdict.Fail}, {"ahead in a day", "2026-11-24", verdict.Fail},
		{"two, the second ahead", []any{begin, "2100-01-01T00:00:00Z"}, verdict.Fail}, {"two, the first ahead", []any{"2100-01-01T00:00:00Z", begin}, verdict.Fail},
		{"today", "2026-11-23", verdict.Pass}, {"none", nil, verdict.Pass}, {"a word", "25.02.2016", verdict.Unknown},
	} {
		for room, v := range dated(t, tc.begin, "2100-01-01T00:00:00Z") {
			if a := v.Aspects.Dates; a.State != tc.state || tc.state == verdict.Fail && a.Reason != verdict.NotYetValid {
				t.Errorf("begins: %s, %s: dates %s %s %s", tc.desc, room, a.State, a.Reason, a.Detail)
			}
		}
	}
}
