package fetch

import (
	"bytes"
	"net/http"
	"strings"
)

// An answer gives out what was asked for ([Response.Gives]), or denies that there
// is such a thing ([Response.Denies]), or does neither: the host cannot be asked
// just now, or wants to see a person first. What it does not say speaks for nothing
// and against nothing (RFC 9110 §15).

// Gives reports whether the host gave something out: a 2xx with a body that is
// no check for robots; of 202, which is a promise and no answer (RFC 9110
// §15.3.3), one that is no page.
func (r *Response) Gives() bool {
	switch {
	case r.Status/100 != 2, r.Status == http.StatusNoContent, r.Status == http.StatusResetContent, r.Challenge():
		return false
	case r.Status == http.StatusAccepted:
		return len(r.Body) > 0 && !r.page()
	}
	return true
}

// Denies reports whether the host says that there is no such thing: 404, where it
// is no check for robots, and 410. Any other 4xx speaks of the question: of its
// method, its form, who asks, how often, or from which country.
func (r *Response) Denies() bool {
	return r.Status == http.StatusGone || r.Status == http.StatusNotFound && !r.Challenge()
}

// challengeHeaders are those by which services that keep robots out mark their
// pages, with the values that mean one.
var challengeHeaders = map[string][]string{
	"Cf-Mitigated":       {"challenge"},            // Cloudflare
	"Sg-Captcha":         {"challenge"},            // SiteGround
	"X-Amzn-Waf-Action":  {"challenge", "captcha"}, // AWS WAF
	"X-Vercel-Mitigated": {"challenge"},            // Vercel
}

// challengeMarks stand in the pages of such services, and in none of others.
var challengeMarks = []string{
	"_cf_chl_opt", "cf-browser-verification", "challenge-error-text", // Cloudflare
	"awswafcookiedomainlist", "awswafintegration", // AWS WAF
	"/_incapsula_resource", // Imperva
	"captcha-delivery.com", // DataDome
	"px-captcha",           // HUMAN
	"sec-if-cpt-container", // Akamai
	"/.well-known/sgcaptcha", "sucuri_cloudproxy_js", "anubis_challenge", "ddos-guard/js-challenge",
}

// challengeWords are what a page says that has nothing else to say.
var challengeWords = []string{
	"captcha", "just a moment...", "checking your browser", "checking if the site connection is secure", "you are human", "you're human", "you are a human",
	"not a robot", "not a bot", "are you a robot", "are a robot", "bot check", "human verification", "security check", "unusual traffic",
}

// challengeWordsIn is how long a page may be that is told by its words: a longer
// one has such words beside its own.
const challengeWordsIn = 32 << 10

// Challenge reports whether the answer is a check for robots (a captcha, a script
// that a browser must run first) in place of what was asked for.
func (r *Response) Challenge() bool {
	for name, values := range challengeHeaders {
		for _, v := range values {
			if r.Header != nil && strings.EqualFold(strings.TrimSpace(r.Header.Get(name)), v) {
				return true
			}
		}
	}
	if !r.page() {
		return false
	}
	text := bytes.ToLower(r.Body)
	has := func(s string) bool { return bytes.Contains(text, []byte(s)) }
	for _, m := range challengeMarks {
		if has(m) {
			return true
		}
	}
	if len(text) <= challengeWordsIn {
		for _, w := range challengeWords {
			if has(w) {
				return true
			}
		}
	}
	return false
}

// page reports whether the body is an HTML page, whatever the host calls it: JSON
// that is called one is none, and a picture (SVG) is none.
func (r *Response) page() bool {
	b := bytes.TrimLeft(bytes.TrimPrefix(r.Body, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(b) == 0 || b[0] != '<' {
		return false
	}
	switch r.ContentType {
	case "text/html", "application/xhtml+xml":
		return true
	}
	start := bytes.ToLower(b[:min(len(b), 512)])
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.Contains(start, []byte("<html"))
}
