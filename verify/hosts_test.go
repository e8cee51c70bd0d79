package verify

import (
	"strconv"
	"testing"

	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// withheld are answers of a host that neither give a badge out nor say that there
// is none. None has a body that says anything.
func withheld() map[string]verifytest.Answer {
	const page = "<!DOCTYPE html><title>Badge</title>"
	all := map[string]verifytest.Answer{
		"a promise and a page":              {Status: 202, Type: "text/html", Body: page},
		"a promise":                         {Status: 202, Body: `{"status":"queued"}`},
		"nothing":                           {Status: 204, Type: "text/plain", Body: ""},
		"403 and a captcha":                 {Status: 403, Type: "text/html", Body: "<html><title>Just a moment...</title>", Header: map[string]string{"cf-mitigated": "challenge"}},
		"200 and a captcha":                 {Type: "text/html", Body: `<html><body><div class="h-captcha"></div>Verify you are human`},
		"200 and a check":                   {Type: "text/html", Body: `<html><script>window._cf_chl_opt={}</script>`},
		"404 and a check":                   {Status: 404, Type: "text/html", Body: "<html>", Header: map[string]string{"cf-mitigated": "challenge"}},
		"405 and a captcha":                 {Status: 405, Type: "text/html", Body: "<html>", Header: map[string]string{"x-amzn-waf-action": "captcha"}},
		"a badge, and no status of success": {Status: 403, Body: string(verifytest.JSON(ob2Badge()))},
	}
	for _, status := range []int{400, 401, 402, 403, 405, 406, 407, 408, 409, 412, 418, 421, 423, 425, 426, 428, 429, 431, 451, 500, 502, 503, 504, 520} {
		all[strconv.Itoa(status)] = verifytest.Answer{Status: status, Type: "text/html", Body: page}
	}
	return all
}

// TestAttack335Withheld: an answer that says nothing of the badge fails none and
// lets none pass, whichever of its documents the host keeps to itself.
func TestAttack335Withheld(t *testing.T) {
	for desc, answer := range withheld() {
		for _, where := range []string{ob2URL, ob2Class, ob2Profile} {
			w := ob2Web()
			w.Put(where, answer)
			v := check(t, w, ob2Badge())
			if v.Result != verdict.Pending || v.Reason != verdict.HostUnreachable || v.RetryAfter == 0 {
				t.Errorf("%s at %s: %s", desc, where, short(v))
			}
		}
	}
	// What is denied still is.
	for status, reason := range map[int]Reason{404: verdict.NotFound, 410: verdict.Revoked} {
		w := ob2Web()
		w.Put(ob2URL, verifytest.Answer{Status: status, Type: "text/html", Body: "<html>"})
		wantReason(t, check(t, w, ob2Badge()), verdict.Rejected, reason)
	}
	// Of its own host alone: what another one answers, where it leads, denies nothing.
	for desc, answer := range map[string]verifytest.Answer{
		"404":       {Status: 404, Type: "text/html", Final: "https://parking.example/"},
		"410":       {Status: 410, Final: "https://parking.example/"},
		"a page":    {Type: "text/html", Body: "<html>Sign in", Final: "https://login.example/?back=1"},
		"the front": {Type: "text/html", Body: "<html>Welcome", Final: "https://www.issuer.example/"},
		"its own":   {Type: "text/html", Body: "<html>Welcome", Final: "https://issuer.example/"},
	} {
		w := ob2Web()
		w.Put(ob2URL, answer)
		switch v := check(t, w, ob2Badge()); {
		case desc == "its own" && (v.Result != verdict.Pending || v.Reason != verdict.NotABadge):
			t.Errorf("%s: %s", desc, short(v))
		case desc != "its own" && (v.Result != verdict.Pending || v.Reason != verdict.HostUnreachable):
			t.Errorf("%s: %s", desc, short(v))
		}
	}
	// A promise that is the badge itself is read, and so is what it says against it.
	w := ob2Web()
	w.Put(ob2URL, verifytest.Answer{Status: 202, Body: string(verifytest.JSON(ob2Badge()))})
	wantVerified(t, check(t, w, ob2Badge()))
	w.Put(ob2URL, verifytest.Answer{Status: 202, Body: `{"revoked":true}`})
	wantReason(t, check(t, w, ob2Badge()), verdict.Rejected, verdict.Revoked)
}

// TestWithheldKeys: the same of what a signed badge needs from hosts.
func TestWithheldKeys(t *testing.T) {
	sealed := verifytest.Secure(badge(didWeb), issuerKey, webMethod(issuerKey), "eddsa-rdfc-2022")
	wantVerified(t, check(t, issuers(), sealed))
	for desc, answer := range withheld() {
		w := issuers()
		w.Put("https://issuer.example/.well-known/did.json", answer)
		if v := check(t, w, sealed); v.Result != verdict.Pending || v.RetryAfter == 0 {
			t.Errorf("%s for a DID document: %s", desc, short(v))
		}
		b, w := statusBadge(nil, nil, nil)
		w.Put("https://issuer.example/status/1", answer)
		if v := check(t, w, b); v.Result != verdict.Pending || v.Aspects.Status.State != verdict.Unknown {
			t.Errorf("%s for a status list: %s", desc, short(v))
		}
	}
}
