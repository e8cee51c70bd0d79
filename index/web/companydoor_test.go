package web

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index/web/session"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"
)

// TestCompanyInABrowser: who is sent a link signs in by the company's issuer in a real
// browser, which decides by itself which cookies go along, and lands on it; lifts blind
// reading, which is logged, searches, and signs out everywhere, after which a copy of the
// session is dead; and sessions end by time, with what was asked for kept.
func TestCompanyInABrowser(t *testing.T) {
	s := httptest.NewUnstartedServer(nil)
	t.Cleanup(s.Close)
	at := "http://" + s.Listener.Addr().String()
	h, g := companyAt(t, at)
	g.page = true
	s.Config.Handler = h
	s.Start()
	ctx := browser(t, 2*time.Minute)
	if _, err := chromedp.Call(ctx, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true}); err != nil {
		t.Fatal(err) // the issuer's certificate is the test's own
	}
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		for _, a := range actions {
			if err := chromedp.Do(ctx, a); err != nil {
				t.Fatal(err)
			}
		}
	}
	page := func() string {
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + " " + document.body.innerText`))
		if err != nil { // it is between two pages
			return err.Error()
		}
		return text
	}
	// reaches waits until the browser is somewhere, where some words are and others are not.
	reaches := func(desc, address string, words, not []string) {
		t.Helper()
		got := ""
		for end := time.Now().Add(6 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if got = page(); strings.HasPrefix(got, address+" ") && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(got, w) }) {
				break
			}
		}
		for _, w := range append([]string{address + " "}, words...) {
			if !strings.Contains(got, w) {
				t.Fatalf("%s: %q is not in %s", desc, w, got)
			}
		}
		for _, w := range not {
			if strings.Contains(got, w) {
				t.Fatalf("%s: %q is in %s", desc, w, got)
			}
		}
	}
	const name = "Applicant One"
	deep := at + "/applications/A1"
	there := func(desc string) { // by the company's page to where one wanted
		t.Helper()
		do(chromedp.Click(".door a.btn.go"), chromedp.WaitVisible("#on"))
		if got := page(); !strings.HasPrefix(got, g.realm.URL+"/authorize?") {
			t.Fatalf("%s: the company is not asked: %s", desc, got)
		}
		do(chromedp.Click("#on"))
		reaches(desc, deep, []string{"oidc:u-1", "Blind: on", "Teamwork"}, []string{name})
	}
	said := func() (out []string) {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, x := range h.seen {
			out = append(out, fmt.Sprintf("%s of %s: %s, blind %v", x.Name, x.Tenant, x.Route, x.Blind))
		}
		h.seen = nil
		return out
	}

	do(chromedp.Navigate(deep))
	reaches("signed out", deep, []string{"Go on with your company’s sign-in"}, []string{name, "signed out"})
	there("signed in")
	if got := said(); !slices.Equal(got, []string{"oidc:u-1 of acme: /applications/{id}, blind true"}) {
		t.Errorf("logged: %q", got)
	}
	do(chromedp.Click(`.me a[href^="/blind"]`), chromedp.WaitVisible(`button[value="lift"]`), chromedp.Click(`button[value="lift"]`))
	reaches("lifted", deep, []string{name, "Blind: off"}, nil)
	if got := said(); !slices.Equal(got, []string{"oidc:u-1 of acme: POST /blind lift, blind false", "oidc:u-1 of acme: /applications/{id}, blind false"}) {
		t.Errorf("logged: %q", got)
	}
	do(chromedp.Click(`nav.main a`), chromedp.WaitVisible("#q"), chromedp.SendKeys("#q", "teamwork\r"), chromedp.WaitVisible(".card"))
	reaches("found", at+"/?last=&q=teamwork", []string{name, "1 applicant"}, nil)

	cookies, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{at}})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(cookies.Cookies, func(c *network.Cookie) bool { return c.Name == "assay" })
	if i < 0 || !cookies.Cookies[i].HTTPOnly || cookies.Cookies[i].SameSite != network.CookieSameSiteLax || !cookies.Cookies[i].Session {
		t.Fatalf("cookies: %+v", cookies.Cookies)
	}
	old := cookies.Cookies[i].Value
	h.clock.add(time.Second)
	do(chromedp.Click(".me summary"), chromedp.Click(`form[action="/sign-out/everywhere"] button`))
	reaches("signed out", at+"/sign-in?said=everywhere", []string{"You are signed out on every device."}, []string{name})
	do(chromedp.NavigateBack())
	reaches("the page before", at+"/?last=&q=teamwork", []string{"Sign in"}, []string{name})
	if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: "assay", Value: old, URL: at}); err != nil {
		t.Fatal(err)
	}
	do(chromedp.Navigate(deep))
	reaches("a copy of the session", deep, []string{"You were signed out.", "Go on with your company’s sign-in"}, []string{name})

	h.clock.add(time.Second)
	there("again, and read blind again")
	h.clock.add(session.Idle)
	do(chromedp.Navigate(deep))
	reaches("not used", deep, []string{"after 30 minutes without use"}, []string{name})
	there("after it")
	for end := h.clock.now().Add(session.Absolute); ; {
		h.clock.add(session.Idle - time.Minute)
		do(chromedp.Navigate(deep))
		if !h.clock.now().Before(end) {
			break
		}
		reaches("used all the time", deep, []string{"Teamwork"}, nil)
	}
	reaches("the end", deep, []string{"after 12 hours"}, []string{name})

	// Whose company gives no right to names lifts nothing, by the page or by a form of his own.
	g.realm.mu.Lock()
	g.claims = map[string]any{"realm": map[string]any{"roles": []string{"reader"}}}
	g.realm.mu.Unlock()
	there("a reader")
	said()
	do(chromedp.Navigate(at + "/blind"))
	reaches("a reader", at+"/blind", []string{"Blind reading is on."}, []string{"Lift"})
	status, err := chromedp.Run(ctx, chromedp.Evaluate[int](`fetch("/blind", {method: "POST", body: new URLSearchParams({do: "lift", key: document.querySelector("form [name=key]").value})}).then(r => r.status)`, chromedp.EvalAwaitPromise))
	if err != nil || status != 403 {
		t.Errorf("a form of his own: %d, %v", status, err)
	}
	do(chromedp.Navigate(deep))
	reaches("a reader", deep, []string{"Blind: on", "Teamwork"}, []string{name})
	if got := said(); slices.ContainsFunc(got, func(x string) bool { return strings.HasSuffix(x, "blind false") }) {
		t.Errorf("logged: %q", got)
	}
}
