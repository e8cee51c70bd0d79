package web

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestDoorInABrowser: a browser signs in by the form, reads, and signs out, and the
// pages of the door, and of a right that is missing, are readable for everybody.
func TestDoorInABrowser(t *testing.T) {
	axe := axeSource(t)
	h, _ := withCompany(t)
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	ctx := browser(t, 2*time.Minute)
	text := func() string {
		t.Helper()
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname + location.search + " " + document.querySelector("main").innerText + " " + document.querySelector("header").innerText`))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	says := func(desc string, want ...string) {
		t.Helper()
		got := text()
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Fatalf("%s: %q is not in %s", desc, w, got)
			}
		}
		lookedAt(t, ctx, axe, desc, []int64{320, 768, 1280}, "light")
	}
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		for _, a := range actions {
			if err := chromedp.Do(ctx, a); err != nil {
				t.Fatal(err)
			}
		}
	}
	do(chromedp.Navigate(s.URL + "/blind?to=%2Fapplications%2FA1"))
	says("not known", "/blind?to", "Sign in", "Go on with your company’s sign-in")
	do(chromedp.SendKeys("#tk", "nobody's\r"), chromedp.WaitVisible("#tke"))
	says("a wrong token", "/sign-in ", "This token is not known here")
	do(chromedp.SendKeys("#tk", "jo's\r"), chromedp.WaitVisible("nav.main"))
	says("signed in", "/applications/A1")
	do(chromedp.Navigate(s.URL + "/blind?to=%2F"))
	says("blind reading", "Blind reading is on.", "Jo of HR", "Blind: on")
	do(chromedp.Click(`button[value="lift"]`), chromedp.WaitVisible(`form[role="search"]`))
	do(chromedp.Navigate(s.URL + "/blind"))
	says("lifted", "names are shown", "Read blind again", "Blind: off")
	h.write(t, digest("jo's")+" acme rights=check Jo of HR\n")
	do(chromedp.Navigate(s.URL + "/"))
	says("a right that is missing", "This needs another right", "Sign in as somebody else")
	do(chromedp.Click(".me summary"), chromedp.Click(`form[action="/sign-out/everywhere"] button`), chromedp.WaitVisible("#tk"))
	says("signed out", "/sign-in?said=everywhere", "You are signed out on every device.")
}
