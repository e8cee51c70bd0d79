package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	gotoken "go/token"
	"go/types"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/verify/verdict"

	"github.com/chromedp/chromedp"
)

// judgeOf is a Checker that gives a report of its own.
type judgeOf struct {
	Checker // the methods that the page does not use
	mu      sync.Mutex
	report  string
	err     error
	asked   []Checking
	tenants []string
	hold    chan struct{}
	held    chan struct{}
}

func (j *judgeOf) Check(_ context.Context, tenant string, c Checking) ([]json.RawMessage, error) {
	if j.hold != nil {
		j.held <- struct{}{}
		select {
		case <-j.hold:
		case <-time.After(5 * time.Second): // who should not have come
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.asked, j.tenants = append(j.asked, c), append(j.tenants, tenant)
	return []json.RawMessage{json.RawMessage(j.report)}, j.err
}

func public(t *testing.T, o PublicOptions) *Public {
	t.Helper()
	o.Listen = "127.0.0.1:0"
	o.Unread = func(code string) string { return "unread " + code }
	o.Link = func(code string) string { return "link " + code }
	p, err := NewPublic(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// from asks the page as an address.
func from(p *Public, addr, method, path, kind, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = addr
	r.Header.Set("Content-Type", kind)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

const peer = "192.0.2.1:1000"

// reportOf is a report of badges with these results and reasons.
func reportOf(t *testing.T, name string, badges ...[2]string) string {
	t.Helper()
	type one map[string]any
	var findings []any
	for _, b := range badges {
		aspects := one{}
		for _, q := range []string{"integrity", "issuer", "status", "dates", "recipient", "standing", "conformance"} {
			aspects[q] = one{"state": "pass"}
		}
		switch verdict.Result(b[0]) {
		case verdict.Rejected:
			aspects["integrity"] = one{"state": "fail", "reason": b[1]}
		case verdict.Authentic:
			aspects["recipient"] = one{"state": "fail", "reason": b[1]}
		case verdict.Unvouched:
			aspects["standing"] = one{"state": "unknown", "reason": b[1]}
		}
		findings = append(findings, one{"where": name + " > page 1", "result": b[0], "reason": b[1], "aspects": aspects,
			"credential": one{"name": name, "issuer": one{"id": "x", "name": name}, "issued": "2026-03-01T00:00:00Z", "expires": "2029-03-01T00:00:00Z", "skills": []any{one{"label": name}}}})
	}
	b, err := json.Marshal(one{"document": name, "findings": findings, "unread": []any{one{"where": name, "reason": "encrypted"}}, "notFollowed": []any{one{"where": name, "url": "https://" + name, "reason": "policy"}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestPublicPage: what is put in is asked for nobody and shown with what to do; nothing else
// is served, and what a badge says steers no page.
func TestPublicPage(t *testing.T) {
	j := &judgeOf{report: reportOf(t, "cv.pdf", [2]string{"verified", ""}, [2]string{"rejected", "proof_invalid"}, [2]string{"authentic", "recipient_mismatch"}, [2]string{"unvouched", "issuer_unvouched"})}
	p := public(t, PublicOptions{Checker: j, Now: func() time.Time { return now }})
	kind, body := checkingForm(t, [][2]string{{"email", "a@example.org, b@example.org"}, {"link", " https://badges.example/1 "}}, []byte("one"))
	w := from(p, peer, "POST", "/", kind, body)
	page := seenText(w.Body.String())
	for _, want := range []string{"cv.pdf: 1 of 4 badges counts", "verified 1 to look at 3 not read 1", "An employer sees this as yours", "not what was signed", remedies[verdict.ProofInvalid], remedies[verdict.RecipientMismatch], remedies[verdict.IssuerUnvouched],
		"unread encrypted Send it without a password.", "link policy This page follows links to known providers", "says that it is from “cv.pdf”", "earned Mar 2026 · runs out Mar 2029", "Nothing is kept"} {
		if !strings.Contains(page, strings.Join(strings.Fields(want), " ")) {
			t.Errorf("no %q on the page: %s", want, page)
		}
	}
	if q := j.asked[0]; w.Code != 200 || j.tenants[0] != "" || fmt.Sprintf("%q %q %d", q.Emails, q.Links, len(q.Files)) != `["a@example.org, b@example.org"] ["https://badges.example/1"] 1` {
		t.Errorf("%d, asked %+v for %q", w.Code, q, j.tenants[0])
	}
	if !strings.Contains(w.Body.String(), `value="a@example.org, b@example.org"`) {
		t.Error("the addresses are to be typed again")
	}
	h := w.Header()
	if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || h.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", h)
	}
	if text := w.Body.String(); regexp.MustCompile(`<script[^>]*>[^<]|<style| style=| on\w+=`).MatchString(text) || strings.Count(text, "<h1") != 1 {
		t.Error("an inline style or script, or not one heading")
	}
	for _, tc := range []struct {
		method, path string
		want         int
	}{{"GET", "/", 200}, {"HEAD", "/", 200}, {"GET", p.look.File("assay.css"), 200}, {"GET", p.look.File("assay.js"), 200}, {"GET", "/public.css", 404}, {"GET", "/healthz", 200}, {"GET", "/v1/search", 404}, {"POST", "/v1/check", 405}, {"GET", "/applications/A1", 404}, {"GET", "/static/assay.css", 404}, {"GET", "/metrics", 404}, {"DELETE", "/", 405}} {
		if w := from(p, peer, tc.method, tc.path, "", ""); w.Code != tc.want {
			t.Errorf("%s %s: %d", tc.method, tc.path, w.Code)
		}
	}
	for _, tc := range []struct {
		desc, kind, body string
		err              error
		want             int
		says             string
	}{
		{"nothing", kind, strings.NewReplacer("one", "", `filename="0.pdf"`, `filename=""`, "https://badges.example/1", "").Replace(body), nil, 400, "Choose a file, or give a link"},
		{"no form", "text/plain", "x", nil, 400, "no form of this page"},
		{"an address that is none", kind, body, &DoorError{Kind: KindRefused, Member: "applicant_email[0]"}, 400, "One of the e-mail addresses is none"},
		{"a link that is none", kind, body, &DoorError{Kind: KindRefused, Member: "links[0]"}, 400, "The link is none"},
		{"no child", kind, body, &DoorError{Kind: KindBusy, Err: errAtOnce}, 503, "in a few seconds"},
		{"a fault", kind, body, errors.New("a secret"), 500, "says nothing about your badge"},
	} {
		j.err = tc.err
		w := from(p, "192.0.2.9:1", "POST", "/", tc.kind, tc.body)
		if w.Code != tc.want || !strings.Contains(seenText(w.Body.String()), tc.says) || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d %s", tc.desc, w.Code, seenText(w.Body.String()))
		}
	}
	j.err = nil
	large, largeBody := checkingForm(t, nil, bytes.Repeat([]byte("x"), publicBytes+1))
	if w := from(p, "192.0.2.10:1", "POST", "/", large, largeBody); w.Code != 400 || !strings.Contains(w.Body.String(), "25 MiB are read in all") {
		t.Errorf("too large: %d", w.Code)
	}

	many, manyBody := checkingForm(t, nil, []byte("1"), []byte("2"), []byte("3"), []byte("4"), []byte("5"), []byte("6"))
	if w := from(p, "192.0.2.10:1", "POST", "/", many, manyBody); w.Code != 400 || !strings.Contains(w.Body.String(), fmt.Sprintf("%d files and ", publicFiles)) {
		t.Errorf("too many: %d", w.Code)
	}

	want := skeleton(t, w.Body.String())
	for _, evil := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</p></main><h1>x`, `{{.}}`, "\u202egnp.exe", "javascript:alert(1)"} {
		j.report = reportOf(t, evil, [2]string{"verified", ""}, [2]string{"rejected", "proof_invalid"}, [2]string{"authentic", "recipient_mismatch"}, [2]string{"unvouched", "issuer_unvouched"})
		w := from(p, "192.0.2.11:1", "POST", "/", kind, body)
		if got := skeleton(t, w.Body.String()); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q changes the page", evil)
		}
	}
}

// TestPublicBounds: an address has so many checks an hour and one in hand, and cannot call
// itself another.
func TestPublicBounds(t *testing.T) {
	at := now
	j := &judgeOf{report: reportOf(t, "x")}
	p := public(t, PublicOptions{Checker: j, Now: func() time.Time { return at }, Proxies: []string{"10.0.0.0/8", "fd00::1"}})
	kind, body := checkingForm(t, nil, []byte("one"))
	use := func(addr string, header ...string) int {
		return from(p, addr, "POST", "/", kind, body, header...).Code
	}
	for i := range publicHourly + 2 {
		want := 200
		if i >= publicHourly {
			want = 429
		}
		// What a caller says of himself is not believed.
		if got := use(peer, "X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i)); got != want {
			t.Errorf("check %d: %d", i+1, got)
		}
	}
	for _, tc := range []struct {
		desc, addr string
		forwarded  []string
		want       int
	}{
		{"another address", "192.0.2.2:1", nil, 200},
		{"behind a proxy that is believed", "10.0.0.1:1", []string{"X-Forwarded-For", "192.0.2.1"}, 429},
		{"behind two, with what the caller made up before", "10.0.0.1:1", []string{"X-Forwarded-For", "203.0.113.1, 192.0.2.1, 10.0.0.7"}, 429},
		{"in two headers", "10.0.0.1:1", []string{"X-Forwarded-For", "203.0.113.1", "X-Forwarded-For", "192.0.2.1"}, 429},
		{"the proxy says nothing", "10.0.0.1:1", nil, 200},
		{"another one behind it", "10.0.0.1:1", []string{"X-Forwarded-For", "192.0.2.3"}, 200},
		{"mapped into IPv6", "[::ffff:192.0.2.1]:1", nil, 429},
	} {
		if got := use(tc.addr, tc.forwarded...); got != tc.want {
			t.Errorf("%s: %d", tc.desc, got)
		}
	}
	for i := range publicHourly + 1 { // all of one network of IPv6
		if got := use(fmt.Sprintf("[2001:db8::%x]:1", i)); (got == 429) != (i == publicHourly) {
			t.Errorf("IPv6 %d: %d", i, got)
		}
	}
	if got := use("[2001:db8:0:1::1]:1"); got != 200 {
		t.Errorf("the next network: %d", got)
	}
	at = at.Add(59 * time.Minute)
	if w := from(p, peer, "POST", "/", kind, body); w.Code != 429 || w.Header().Get("Retry-After") != "60" {
		t.Errorf("within the hour: %d %s", w.Code, w.Header().Get("Retry-After"))
	}
	at = at.Add(time.Minute)
	if got := use(peer); got != 200 {
		t.Errorf("an hour later: %d", got)
	}
	for _, h := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://elsewhere.example"}} {
		if got := use("192.0.2.4:1", h...); got != 403 {
			t.Errorf("%v: %d", h, got)
		}
	}

	j.hold, j.held = make(chan struct{}), make(chan struct{}, publicAtOnce+2)
	answers := make(chan int, publicAtOnce)
	for i := range publicAtOnce {
		go func() { answers <- use(fmt.Sprintf("198.51.100.%d:1", i)) }()
		<-j.held
		if i == 0 {
			if got := use("198.51.100.0:2"); got != 503 {
				t.Fatalf("a second one in hand: %d", got)
			}
		}
	}
	if got := use("198.51.100.200:1"); got != 503 {
		t.Fatalf("one too many in all: %d", got)
	}
	close(j.hold)
	for range publicAtOnce {
		if got := <-answers; got != 200 {
			t.Errorf("in hand: %d", got)
		}
	}

	// Addresses that are remembered have an end.
	full := &hours{now: func() time.Time { return at }, of: p.hours.of}
	for i := range publicAddresses {
		full.of[netipOf(i)] = hour{since: at, n: 1}
	}
	if wait := full.take(netipOf(publicAddresses + 1)); wait == 0 {
		t.Error("addresses without end are remembered")
	}
	at = at.Add(time.Hour)
	if wait := full.take(netipOf(publicAddresses + 1)); wait != 0 || len(full.of) != 1 {
		t.Errorf("an hour later: %v, %d", wait, len(full.of))
	}
	for _, bad := range []string{"proxy.example", "10.0.0.0/33", ""} {
		if _, err := NewPublic(PublicOptions{Listen: ":0", Proxies: []string{bad}}); !errors.Is(err, ErrProxies) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := NewPublic(PublicOptions{Listen: "8080"}); !errors.Is(err, ErrAddress) {
		t.Error(err)
	}
}

// TestRemedies: there is something to do about every reason, and about none that there is
// not.
func TestRemedies(t *testing.T) {
	fset := gotoken.NewFileSet()
	file, err := parser.ParseFile(fset, "../../verify/verdict/reasons.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[verdict.Reason]bool{}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != gotoken.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			if id, ok := v.Type.(*ast.Ident); !ok || id.Name != "Reason" {
				continue
			}
			tv, err := types.Eval(fset, nil, gotoken.NoPos, v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes[verdict.Reason(constant.StringVal(tv.Value))] = true
		}
	}
	if len(codes) < 80 {
		t.Fatalf("only %d reasons were seen", len(codes))
	}
	said := map[string]verdict.Reason{}
	for code := range codes {
		words := remedies[code]
		if words == "" || !strings.HasSuffix(words, ".") || words[0] < 'A' || words[0] > 'Z' {
			t.Errorf("%s: %q says not what to do", code, words)
		}
		if words == code.Words() {
			t.Errorf("%s: it says what is wrong, and not what to do", code)
		}
		said[words] = code
	}
	for code := range remedies {
		if !codes[code] {
			t.Errorf("%s is no reason", code)
		}
	}
}

// TestPublicInBrowser puts a file in and reads the answer, in a real browser.
func TestPublicInBrowser(t *testing.T) {
	j := &judgeOf{report: reportOf(t, "badge.json", [2]string{"authentic", "recipient_mismatch"})}
	p := public(t, PublicOptions{Checker: j})
	s := httptest.NewServer(http.HandlerFunc(p.ServeHTTP))
	t.Cleanup(s.Close)
	path := filepath.Join(t.TempDir(), "badge.json")
	if err := os.WriteFile(path, []byte(`{"a":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := browser(t, 60*time.Second)
	do, text := clicks(t, ctx)
	do(chromedp.Navigate(s.URL+"/"), chromedp.WaitVisible(`#file`), chromedp.SetUploadFiles(`#file`, []string{path}), chromedp.SendKeys(`#email`, "a@example.org"), chromedp.Click(`form .go`), chromedp.WaitVisible(`.todo`))
	if got := text(`main`); !strings.Contains(got, "badge.json: its badge does not count yet") || !strings.Contains(got, "Give the address to which the badge was sent") {
		t.Errorf("the page says %s", got)
	}
	if q := j.asked[0]; len(q.Files) != 1 || q.Files[0].Name != "badge.json" || string(q.Files[0].Data) != `{"a":1}` || q.Emails[0] != "a@example.org" || len(q.Links) != 0 {
		t.Errorf("asked was %+v", q)
	}
	for _, wide := range []int64{320, 1280} {
		do(chromedp.EmulateViewport(wide, 800))
		if bad, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](outside)); err != nil || len(bad) > 0 {
			t.Errorf("at %d: %v %v", wide, bad, err)
		}
	}
}

// netipOf is an address by number.
func netipOf(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{100, byte(i >> 16), byte(i >> 8), byte(i)})
}
