package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index/issuers"
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
	for _, want := range []string{"1,207 applications", "4 min since 23 November 2026, 11:56 UTC", "312 a minute", "Wait for hosts 1 of all tenants, 5 are asked for now, 1 host is left alone for a while", "2, with 3 applications in hand", "0 at work, 40 started, 2 ended by a limit or a crash", "x, 8,310 applications",
		"40 applications wait to be checked again", "1, never delivered for ever: each waits for you (1 fault)", "letter 1 assay itself failed on it, or on a part of it. just now 2", "12 GiB / 50 GiB 24 %", "all parts answer", "1 letter is tried again.",
		"status.example.net The list that tells whether the badge was taken back could not be had. 2", "Waiting for others 1 application"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q: %s", want, text)
		}
	}
	if status != 200 || strings.Contains(page, "Applicant One") || strings.Contains(page, "B1") || !slices.Equal(c.tenants, []string{"default", "default"}) {
		t.Errorf("%d, for %v", status, c.tenants)
	}
	if _, page, _ := get(t, s, "/operations?blind=off"); !strings.Contains(seenText(page), "A1 assay itself failed on it, or on a part of it. e") {
		t.Errorf("with names: %s", seenText(page))
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

// TestOperationsBlind: neither a letter nor a host nor a word of a badge tells a blind reader
// who applies; with names all is shown.
func TestOperationsBlind(t *testing.T) {
	e := badge("Teamwork", teams, "work in teams", verdict.Pending, verdict.StatusUnreachable)
	e.Verdict.Aspects.Status = verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnreachable, Evidence: waits("beeblebrox.example.net")}
	by := badge("Teamwork", teams, "work in teams", verdict.Pending, verdict.StatusUnreachable)
	by.Verdict.Credential.Issuer.ID = "https://zaphod.example.org"
	c := &counter{hostile: " zaphod"}
	d := &desk{}
	s := openWith(t, Options{Intake: c, Operations: c, Issuers: d}, document("default", "A1", "Zaphod Beeblebrox", nil, e, by))
	_, page, _ := get(t, s, "/operations")
	for _, tells := range []string{"zaphod", "beeblebrox", ">A1<"} {
		if strings.Contains(strings.ToLower(page), tells) {
			t.Errorf("%s: %s", tells, seenText(page))
		}
	}
	if !strings.Contains(page, ".example.net") || !slices.Equal(d.listed, []int{0}) {
		t.Errorf("%v: %s", d.listed, seenText(page))
	}
	_, page, _ = get(t, s, "/operations?words=on")
	if text := seenText(page); strings.Contains(text, "Applicant One") || !strings.Contains(text, "3 words") || !strings.Contains(text, "on 6 applications") {
		t.Errorf("words: %s", text)
	}
	_, page, _ = get(t, s, "/operations?words=on&blind=off")
	for _, want := range []string{"beeblebrox.example.net", "zaphod.example.org", "e zaphod", "Knots of Applicant One", "4 words", "on 7 applications"} {
		if !strings.Contains(seenText(page), want) {
			t.Errorf("with names no %s: %s", want, seenText(page))
		}
	}
}

// TestOneAtATime: questions that read every application, or hold a processor, are asked a
// few at a time; who asks one more is told so, and is answered when one has ended.
func TestOneAtATime(t *testing.T) {
	var h *handler
	s := openWith(t, Options{made: func(made *handler) { h = made }})
	for desc, tc := range map[string]struct {
		limit *atOnce
		who   string
		ask   func() int
		free  int
	}{
		"a decision's reach": {h.counts, "default", func() int { n, _, _ := get(t, s, "/issuers?do=block&issuer=mill.example"); return n }, 200},
		"unmapped words":     {h.counts, "default", func() int { n, _, _ := get(t, s, "/operations?words=on"); return n }, 200},
		"a skill that is none": {h.counts, "default", func() int {
			n, _, _ := submits(t, s, "", "/operations", url.Values{"do": {"map"}, "label": {"Latte art"}, "skill": {"zqxv"}})
			return n
		}, 400},
		"an advert": {h.adverts, "default/", func() int { n, _, _ := submits(t, s, "", "/match", url.Values{"advert": {"welding"}}); return n }, 303},
	} {
		if n := tc.ask(); n != tc.free {
			t.Errorf("%s: %d", desc, n)
		}
		var ends []func()
		for range countAtOnce / 2 {
			end, ok := tc.limit.begin(tc.who)
			if !ok {
				t.Fatal(desc)
			}
			ends = append(ends, end)
		}
		if n := tc.ask(); n != http.StatusServiceUnavailable {
			t.Errorf("%s: one more: %d", desc, n)
		}
		ends[0]()
		if n := tc.ask(); n != tc.free {
			t.Errorf("%s: when one has ended: %d", desc, n)
		}
		ends[1]()
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

// TestWordsMapped: a word that no framework knows is mapped to a skill by whoever operates,
// in his name; a skill that there is not is said, with what is near.
func TestWordsMapped(t *testing.T) {
	d := &desk{list: &issuers.List{Mapped: []issuers.Word{{Kind: issuers.Map, Label: "Foam rosettas", Skill: teams, By: "Jo", At: now}}, Work: &issuers.Work{Done: 3, Total: 21}}}
	s := asking(t, Options{Issuers: d})
	_, page, _ := as(t, s, "may operate", "/operations?said=map")
	for _, want := range []string{"Look for them", "Foam rosettas → work in teams Jo, 23 November 2026", "being read again: 3 of 21", "It holds for every badge that comes"} {
		if !strings.Contains(seenText(page), want) {
			t.Errorf("no %q: %s", want, seenText(page))
		}
	}
	_, page, _ = as(t, s, "may operate", "/operations?words=on")
	if text := seenText(page); !strings.Contains(text, "3 words") || strings.Count(page, `value="Latte art"`) != 1 || !strings.Contains(text, "on 9 applications · House") || strings.Contains(text, "Look for them") {
		t.Errorf("%s", text)
	}
	for _, typed := range []string{"work in teams", teams, " Work in teams "} {
		d.said = nil
		status, body, leads := submits(t, s, "may operate", "/operations", url.Values{"do": {"map"}, "label": {"Latte art"}, "skill": {typed}})
		if status != http.StatusSeeOther || leads != "/operations?said=map" || len(d.said) != 1 || d.said[0].Skill != teams || d.said[0].Label != "Latte art" || d.said[0].By != "Only operate" {
			t.Errorf("%q: %d %s %+v %s", typed, status, leads, d.said, seenText(body))
		}
	}
	d.said = nil
	if status, _, _ := submits(t, s, "may operate", "/operations", url.Values{"do": {"unmap"}, "label": {"Latte art"}}); status != http.StatusSeeOther || len(d.said) != 1 || d.said[0].Skill != "" {
		t.Errorf("taken back: %d %+v", status, d.said)
	}
	d.said = nil
	status, page, _ := submits(t, s, "may operate", "/operations", url.Values{"do": {"map"}, "label": {"Latte art"}, "skill": {`work in teems"><b>`}})
	if text := seenText(page); status != 400 || !strings.Contains(text, `There is no skill called “work in teems"><b>”.`) || !strings.Contains(page, `value="work in teems&#34;&gt;&lt;b&gt;"`) {
		t.Errorf("%d %s", status, text)
	}
	for name, tc := range map[string]struct {
		token  string
		form   url.Values
		status int
	}{
		"without the right": {"may issuers", url.Values{"do": {"map"}, "label": {"x"}, "skill": {teams}}, 403}, "no skill": {"may operate", url.Values{"do": {"map"}, "label": {"x"}}, 400},
		"no word": {"may operate", url.Values{"do": {"map"}, "skill": {teams}}, 400}, "a word that cannot be shown": {"may operate", url.Values{"do": {"map"}, "label": {"a\u202eb"}, "skill": {teams}}, 400},
		"on the page of issuers": {"may issuers", url.Values{"do": {"map"}, "issuer": {"mill.example"}}, 400},
	} {
		path := "/operations"
		if strings.HasPrefix(name, "on the") {
			path = "/issuers"
		}
		if status, body, _ := submits(t, s, tc.token, path, tc.form); status != tc.status {
			t.Errorf("%s: %d %s", name, status, seenText(body))
		}
	}
	if len(d.said) != 0 {
		t.Errorf("what was refused is said: %+v", d.said)
	}
}

// TestOperationsHostile: whatever stands in a badge or a letter, the page has the same
// elements.
func TestOperationsHostile(t *testing.T) {
	shape := func(name string) []string {
		e := badge("Teamwork", teams, "work in teams", verdict.Pending, verdict.StatusUnreachable)
		e.Verdict.Aspects.Status = verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnreachable, Evidence: waits("x.example/" + name)}
		c := &counter{hostile: name}
		s := openWith(t, Options{Intake: c, Operations: c, Issuers: &desk{list: &issuers.List{Mapped: []issuers.Word{{Kind: issuers.Map, Label: name, Skill: name, By: name, Note: name, At: now}}}}}, document("default", "A1", name, nil, e))
		status, page, _ := get(t, s, "/operations?words=on&blind=off")
		if status != 200 {
			t.Fatalf("%q: %d", name, status)
		}
		return skeleton(t, page)
	}
	want := shape("plain")
	for _, evil := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</td></table><h1>x`, `{{.}}`, "\u202egnp.exe", `javascript:alert(1)`} {
		if got := shape(evil); !slices.Equal(got, want) {
			t.Errorf("%q changes the page", evil)
		}
	}
}
