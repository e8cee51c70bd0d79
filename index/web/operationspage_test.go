package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/verify/verdict"
)

// waits is a badge whose issuer's server does not answer.
func waits(host string) (d []verdict.Evidence) {
	return []verdict.Evidence{{URL: "https://" + host + "/list.json"}}
}

// TestOperationsPage: what waits and since when, what was buried and why, and which hosts
// are waited for; the figures of the moment are a piece of their own.
func TestOperationsPage(t *testing.T) {
	e := badge("Teamwork", teams, "work in teams", verdict.Pending, verdict.StatusUnreachable)
	e.Verdict.Aspects.Status = verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnreachable, Evidence: waits("status.example.net")}
	c := &counter{}
	s := openWith(t, Options{Intake: c, Operations: c}, document("default", "A1", "Applicant One", nil, e, e), document("rival", "B1", "Applicant Two", nil, e))
	status, page, _ := get(t, s, "/operations?said=retry&count=1")
	text := seenText(page)
	for _, want := range []string{"1,207 applications", "4 min since 23 November 2026, 11:56 UTC", "312 a minute", "5 1 host is left alone for a while", "2, with 3 applications in hand", "0 at work, 40 started, 2 ended by a limit or a crash", "x, 8,310 applications",
		"40 applications wait to be checked again", "1, never delivered for ever: each waits for you (1 fault)", "assay itself failed on it, or on a part of it. e", "12 GiB / 50 GiB 24 %", "all parts answer", "1 letter is tried again.",
		"status.example.net The list that tells whether the badge was taken back could not be had. 2", "Waiting for others 1 application"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q: %s", want, text)
		}
	}
	if status != 200 || strings.Contains(page, "Applicant One") || strings.Contains(page, "B1") || !slices.Equal(c.tenants, []string{"default", "default"}) {
		t.Errorf("%d, for %v", status, c.tenants)
	}
	status, piece, _ := get(t, s, "/operations?live=on&count=100")
	if status != 200 || strings.Contains(piece, "<html") || strings.Contains(piece, "<form") || !strings.Contains(seenText(piece), "60 of 100") || !strings.Contains(page, `data-live="/operations?count=1&amp;live=on"`) {
		t.Errorf("live: %d %s", status, piece)
	}
	c.away = errors.New("away")
	if status, page, _ := get(t, s, "/operations"); status != 200 || !strings.Contains(seenText(page), "no worker answers") || !strings.Contains(seenText(page), "1,207") {
		t.Errorf("without workers: %d", status)
	}
	if status, _, _ := get(t, openNone(t), "/operations"); status != 501 {
		t.Errorf("no queue: %d", status)
	}
}

// TestOperateForm: a dead letter is tried again or dropped for the caller's tenant, one or
// those that are chosen; all is checked again; nothing is done for a page elsewhere.
func TestOperateForm(t *testing.T) {
	c := &counter{}
	var seen []Seen
	s := asking(t, Options{Intake: c, Operations: c, Audit: func(_ *http.Request, x Seen) { seen = append(seen, x) }})
	for _, tc := range []struct {
		form  url.Values
		leads string
		did   []string
	}{
		{url.Values{"one": {"retry:7"}, "n": {"8", "9"}}, "/operations?count=1&said=retry", []string{"retry 7"}},
		{url.Values{"do": {"drop"}, "n": {"8", "9"}}, "/operations?count=2&said=drop", []string{"drop 8", "drop 9"}},
		{url.Values{"do": {"reprocess"}, "application": {""}}, "/operations?count=3&said=reprocess", nil},
		{url.Values{"do": {"reprocess"}, "application": {" A1 "}}, "/operations?count=3&said=reprocess", nil},
	} {
		c.tenants, c.did, seen = nil, nil, nil
		status, body, leads := submits(t, s, "may operate", "/operations", tc.form)
		if status != http.StatusSeeOther || leads != tc.leads || !slices.Equal(c.did, tc.did) || slices.ContainsFunc(c.tenants, func(s string) bool { return s != "acme" }) || len(seen) != 1 || !strings.HasPrefix(seen[0].Route, "POST /operations ") {
			t.Errorf("%v: %d %s, did %v for %v, seen %v: %s", tc.form, status, leads, c.did, c.tenants, seen, body)
		}
	}
	c.tenants, c.did = nil, nil
	retry := url.Values{"do": {"retry"}, "n": {"7"}}
	for name, tc := range map[string]struct {
		token  string
		form   url.Values
		header []string
		status int
	}{
		"without the right": {"may issuers", retry, nil, 403}, "by nobody": {"", retry, nil, 401}, "from another site": {"may operate", retry, []string{"Sec-Fetch-Site", "same-site"}, 403},
		"none chosen": {"may operate", url.Values{"do": {"retry"}}, nil, 400}, "too many": {"may operate", url.Values{"do": {"retry"}, "n": slices.Repeat([]string{"7"}, pageLetters+1)}, nil, 400},
		"no number": {"may operate", url.Values{"one": {"drop:x"}}, nil, 400}, "nothing": {"may operate", url.Values{}, nil, 400}, "something else": {"may operate", url.Values{"one": {"erase:7"}}, nil, 400},
		"another field": {"may operate", url.Values{"do": {"retry"}, "n": {"7"}, "tenant": {"rival"}}, nil, 400}, "no application": {"may operate", url.Values{"do": {"reprocess"}, "application": {"../x"}}, nil, 400},
	} {
		if status, body, _ := submits(t, s, tc.token, "/operations", tc.form, tc.header...); status != tc.status {
			t.Errorf("%s: %d %s", name, status, seenText(body))
		}
	}
	if len(c.did)+len(c.tenants) != 0 {
		t.Errorf("what was refused is done: %v for %v", c.did, c.tenants)
	}
	if status, _, _ := submits(t, s, "may operate", "/operations", url.Values{"one": {"retry:2"}}); status != 404 {
		t.Errorf("a letter that is not there: %d", status)
	}
}

// TestOperationsInGerman: the page speaks the reader's language.
func TestOperationsInGerman(t *testing.T) {
	s := openWith(t, Options{})
	r, err := http.NewRequest(http.MethodGet, s.URL+"/operations", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "de")
	_, page, _ := do(t, r)
	for _, want := range []string{"Betrieb", "1.207 Bewerbungen", "assay selbst ist daran gescheitert", "alle Teile antworten"} {
		if !strings.Contains(seenText(page), want) {
			t.Errorf("no %q: %s", want, seenText(page))
		}
	}
}

// TestLasting: how long something takes, in the unit that a person would use.
func TestLasting(t *testing.T) {
	a := &asked{speaks: tongueOfTest(t)}
	for d, want := range map[time.Duration]string{-time.Second: "0 s", 59 * time.Second: "59 s", 4 * time.Minute: "4 min", 5 * time.Hour: "5 h", 49 * time.Hour: "2 days"} {
		if got := lasting(a, d); got != want {
			t.Errorf("%v: %s", d, got)
		}
	}
}
