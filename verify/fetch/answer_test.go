package fetch_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"assay/verify/fetch"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// TestAnswers: 404 and 410 deny, a 2xx gives, and all else says nothing of what
// was asked for.
func TestAnswers(t *testing.T) {
	const page, json = "<!DOCTYPE html><title>Badge</title>", `{"id":"https://issuer.example/1"}`
	for _, tc := range []struct {
		desc          string
		answer        fetch.Response
		gives, denies bool
	}{
		{"a document", fetch.Response{Status: 200, ContentType: "application/json", Body: []byte(json)}, true, false},
		{"a page", fetch.Response{Status: 200, ContentType: "text/html", Body: []byte(page)}, true, false},
		{"what a proxy has changed", fetch.Response{Status: 203, ContentType: "application/json", Body: []byte(json)}, true, false},
		{"a promise that is a document", fetch.Response{Status: 202, ContentType: "application/json", Body: []byte(json)}, true, false},
		{"a promise with a page", fetch.Response{Status: 202, ContentType: "text/html", Body: []byte(page)}, false, false},
		{"a promise with a page that is called JSON", fetch.Response{Status: 202, ContentType: "application/json", Body: []byte(page)}, false, false},
		{"a promise", fetch.Response{Status: 202}, false, false},
		{"nothing", fetch.Response{Status: 204}, false, false},
		{"not found", fetch.Response{Status: 404, ContentType: "text/html", Body: []byte(page)}, false, true},
		{"gone", fetch.Response{Status: 410}, false, true},
		{"gone, told by a service that keeps robots out", fetch.Response{Status: 410, Header: http.Header{"Cf-Mitigated": {"challenge"}}}, false, true},
		{"a check that calls itself not found", fetch.Response{Status: 404, Header: http.Header{"Cf-Mitigated": {"challenge"}}}, false, false},
	} {
		if g, d := tc.answer.Gives(), tc.answer.Denies(); g != tc.gives || d != tc.denies {
			t.Errorf("%s: gives %v, denies %v", tc.desc, g, d)
		}
	}
	for status := 300; status < 600; status++ {
		r := fetch.Response{Status: status}
		if r.Gives() || r.Denies() != (status == 404 || status == 410) {
			t.Errorf("%d: gives %v, denies %v", status, r.Gives(), r.Denies())
		}
	}
}

// TestChallenge: a check for robots is told from a page, in the forms of the
// services that make them; a document that speaks of one is none.
func TestChallenge(t *testing.T) {
	long := strings.Repeat("<p>Scaffold Inspector</p>", 2000)
	for _, tc := range []struct {
		desc string
		r    fetch.Response
		want bool
	}{
		{"Cloudflare's header", fetch.Response{Header: http.Header{"Cf-Mitigated": {"challenge"}}}, true},
		{"AWS WAF's header", fetch.Response{Header: http.Header{"X-Amzn-Waf-Action": {"captcha"}}}, true},
		{"SiteGround's header", fetch.Response{Header: http.Header{"Sg-Captcha": {"challenge"}}}, true},
		{"Vercel's header", fetch.Response{Header: http.Header{"X-Vercel-Mitigated": {"challenge"}}}, true},
		{"another value of the header", fetch.Response{Header: http.Header{"Cf-Mitigated": {"none"}}}, false},
		{"Cloudflare's page", fetch.Response{ContentType: "text/html", Body: []byte(`<html><title>Just a moment...</title><script>window._cf_chl_opt={}</script>` + long)}, true},
		{"Imperva's page", fetch.Response{ContentType: "text/html", Body: []byte(`<html style="height:100%"><script src="/_Incapsula_Resource?SWJIYLWA=1"></script>`)}, true},
		{"DataDome's page", fetch.Response{ContentType: "text/html", Body: []byte(`<html><script src="https://ct.captcha-delivery.com/c.js"></script>`)}, true},
		{"a page with a captcha", fetch.Response{ContentType: "text/html", Body: []byte(`<html><div class="g-recaptcha">`)}, true},
		{"words alone", fetch.Response{ContentType: "text/html; charset=utf-8", Body: []byte("<!doctype html><h1>Please verify you are human</h1>")}, true},
		{"a long page with a form that has one", fetch.Response{ContentType: "text/html", Body: []byte("<html>" + long + `<div class="g-recaptcha">`)}, false},
		{"a page", fetch.Response{ContentType: "text/html", Body: []byte("<html><h1>Scaffold Inspector</h1>")}, false},
		{"a badge on captchas", fetch.Response{ContentType: "application/json", Body: []byte(`{"name":"Builds a captcha"}`)}, false},
		{"the same, called a page", fetch.Response{ContentType: "text/html", Body: []byte(`{"name":"<html> captcha"}`)}, false},
		{"a picture that speaks of one", fetch.Response{ContentType: "image/svg+xml", Body: []byte(`<svg xmlns="http://www.w3.org/2000/svg"><text>captcha</text></svg>`)}, false},
	} {
		tc.r.Status = 200
		if got := tc.r.Challenge(); got != tc.want {
			t.Errorf("%s: %v", tc.desc, got)
		}
	}
}

// TestWithheld: what is neither given nor denied is an error that passes, with
// what came instead as evidence.
func TestWithheld(t *testing.T) {
	const at = "https://issuer.example/1"
	for desc, answer := range map[string]verifytest.Answer{
		"status 403":                           {Status: 403, Body: `{"error":"forbidden"}`},
		"status 451":                           {Status: 451, Type: "text/html"},
		"a check for robots":                   {Type: "text/html", Body: "<html>Are you a robot?"},
		"an empty answer, or a promise of one": {Status: 202, Type: "text/html", Body: "<html>"},
	} {
		d, err := fetch.Get(context.Background(), verifytest.NewWeb(map[string]any{at: answer}), fetch.Request{URL: at})
		if !errors.Is(err, fetch.ErrWithheld) || !fetch.Temporary(err) || d == nil || d.Object != nil {
			t.Errorf("%s: %v", desc, err)
			continue
		}
		a := d.Withheld()
		if a.State != verdict.Unknown || !a.Passing || len(a.Evidence) != 1 || a.Evidence[0].Note != desc || len(a.Evidence[0].SHA256) != 64 || !strings.Contains(a.Detail, desc) {
			t.Errorf("%s: %+v", desc, a)
		}
	}
	gone, err := fetch.Get(context.Background(), verifytest.NewWeb(map[string]any{at: verifytest.Answer{Status: 410, Body: `{"revoked":true}`}}), fetch.Request{URL: at})
	if err != nil || gone.Status != 410 || gone.Object["revoked"] != any(true) {
		t.Errorf("a 410: %+v %v", gone, err)
	}
}
