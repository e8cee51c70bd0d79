package fetch

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// Attack 159: a host that is called like the applicant gets into the log.
func TestAttack159HostsInTheLog(t *testing.T) {
	client := func() (*Client, *observer.ObservedLogs) {
		core, logs := observer.New(zapcore.InfoLevel)
		c, err := NewClient(Options{Log: zap.New(core), BreakAfter: 100})
		if err != nil {
			t.Fatal(err)
		}
		return c, logs
	}
	lines := func(logs *observer.ObservedLogs) (out []string) {
		for _, e := range logs.TakeAll() {
			out = append(out, fmt.Sprint(e.Message, e.ContextMap()))
		}
		return out
	}
	c, logs := client()
	ask := func(url string, private bool) string {
		t.Helper()
		if _, err := c.Fetch(t.Context(), Request{URL: url, Private: private}); err == nil {
			t.Fatalf("%s answers", url)
		}
		list := lines(logs)
		if len(list) != 1 {
			t.Fatalf("%s: %q", url, list)
		}
		return list[0]
	}
	own := ask("https://zaphod.invalid/badge", true)
	if strings.Contains(own, "zaphod") || !strings.Contains(own, "applicant's ") {
		t.Errorf("the log: %s", own)
	}
	again := ask("https://ZAPHOD.invalid/other", true)
	if again != own {
		t.Errorf("one host has two names: %s, %s", own, again)
	}
	if s := ask("https://zaphod.invalid/issuer", false); strings.Contains(s, "zaphod") {
		t.Errorf("the issuer on the applicant's host: %s", s)
	}
	if s := ask("https://college.invalid/issuer", false); !strings.Contains(s, "college.invalid") {
		t.Errorf("an issuer's host is kept from the operator: %s", s)
	}
	if _, err := c.Fetch(t.Context(), Request{URL: "https://zaphods.invalid/", Chosen: true}); err == nil || strings.Contains(strings.Join(lines(logs), ""), "zaphods") {
		t.Errorf("an address that the applicant chose: %v", err)
	}
	if s := ask("https://beeblebrox.invalid/", true); s == own {
		t.Error("two hosts have one name")
	}
	// One that answered, and then answers no more.
	site := httptest.NewServer(http.NotFoundHandler())
	at := strings.TrimPrefix(site.URL, "http://")
	core, siteLogs := observer.New(zapcore.InfoLevel)
	one, err := NewClient(Options{Log: zap.New(core), AllowHosts: []string{at}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := one.Fetch(t.Context(), Request{URL: site.URL, Private: true, PlainHTTP: true}); err != nil {
		t.Fatal(err)
	}
	site.Close()
	if _, err := one.Fetch(t.Context(), Request{URL: site.URL + "/issuer", PlainHTTP: true}); err == nil {
		t.Fatal("it answers")
	}
	if s := strings.Join(lines(siteLogs), ""); strings.Contains(s, "127.0.0.1") || !strings.Contains(s, "applicant's ") {
		t.Errorf("the log: %s", s)
	}
	other, otherLogs := client()
	if _, err := other.Fetch(t.Context(), Request{URL: "https://zaphod.invalid/badge", Private: true}); err == nil {
		t.Fatal("it answers")
	}
	if s := strings.Join(lines(otherLogs), ""); s == own {
		t.Error("another process gives the same name")
	}
	n := newHostNames()
	for i := range 3 * maxOwnHosts {
		n.own(fmt.Sprintf("h%d.example", i), true)
		n.own("zaphod.example", i == 0)
	}
	if !n.own("zaphod.example", false) || n.own("college.example", false) || len(n.young)+len(n.old) > 2*maxOwnHosts+2 {
		t.Errorf("%d names are remembered, of zaphod.example %v", len(n.young)+len(n.old), n.own("zaphod.example", false))
	}
}
