package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index"
	"assay/index/local"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"

	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"
)

var (
	now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	key = []byte("a key of the tests, 32 bytes long")
)

// badge makes an entry as a verification would.
func badge(name, skill, label string, result verdict.Result, reason verdict.Reason) record.Entry {
	v := verdict.Verdict{Format: verdict.OB30, Proof: "eddsa-rdfc-2022", Result: result, Reason: reason}
	v.Aspects.Integrity.State, v.Aspects.Issuer.State = verdict.Pass, verdict.Pass
	v.Credential = verdict.Credential{ID: "urn:uuid:1", Name: name, Issuer: verdict.Party{ID: "did:key:zIssuer", Name: "Harbour College", Shown: "Harbour College"},
		Issued: now.AddDate(-1, 0, 0), Expires: now.AddDate(1, 0, 0)}
	if result == verdict.Rejected {
		v.Aspects.Integrity = verdict.Aspect{State: verdict.Fail, Reason: reason}
		v.Credential.Issuer.Shown = ""
	}
	return record.Entry{Where: "resume.pdf > attachment badge.png", Carrier: "png", Verdict: v,
		Skills: []skills.Skill{{ID: skill, Label: label, Framework: "ESCO", Basis: skills.BasisURI}}}
}

const teams = "http://data.europa.eu/esco/skill/60c78287-22eb-4103-9c8c-28deaa460da0"

// open gives a server over a real engine with the documents in it.
func open(t *testing.T, docs ...record.Application) *httptest.Server {
	t.Helper()
	return openWith(t, Options{}, docs...)
}

func openWith(t *testing.T, o Options, docs ...record.Application) *httptest.Server {
	t.Helper()
	o.Engine = engineWith(t, docs...)
	if o.Issuers == nil {
		o.Issuers = &desk{}
	}
	if o.Webhooks == nil {
		o.Webhooks = &outer{}
	}
	if o.Intake == nil {
		o.Intake, o.Operations = &counter{}, &counter{}
	}
	if o.Checker == nil {
		o.Checker = &spot{}
	}
	if o.Documents == nil {
		o.Documents = &paper{says: oneReport}
	}
	if o.Now == nil {
		o.Now = func() time.Time { return now }
	}
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// engineWith gives a real engine with the documents in it.
func engineWith(t *testing.T, docs ...record.Application) index.Engine {
	t.Helper()
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: key, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	for _, o := range e.Write(context.Background(), docs) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
	return e
}

func document(tenant, application, name string, unread []record.Unread, entries ...record.Entry) record.Application {
	return record.New(key, record.Submission{Tenant: tenant, Application: application, Job: "site-technician", DisplayName: name,
		Submitted: now.Add(-time.Hour), Checked: now.Add(-time.Minute)}, entries, unread)
}

func get(t *testing.T, s *httptest.Server, path string) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, r)
}

// do sends a request and follows no redirect.
func do(t *testing.T, req *http.Request) (int, string, http.Header) {
	t.Helper()
	r, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b), r.Header
}

func TestPageTellsWhoCanProveWhat(t *testing.T) {
	s := open(t,
		document("default", "A1", "Applicant One", nil, badge("Teamwork on site", teams, "work in teams", verdict.Verified, "")),
		document("default", "A2", "Applicant Two", []record.Unread{{Where: "scans.pdf", Reason: "encrypted"}},
			badge("Forged", teams, "work in teams", verdict.Rejected, verdict.ProofInvalid)))
	for _, tc := range []struct {
		desc, path string
		status     int
		want, not  []string
	}{
		{"before a question", "/", 200, []string{"Who can prove it?", "<dt>applicants</dt><dd>2</dd>", "work in teams", "Newest applicants"}, []string{"Applicant One"}},
		{"everyone, with what they can prove and what does not hold", "/?sort=recency", 200,
			[]string{"2 applications", "work in teams", "verified", "altered or forged", "Forged", "The badge is not what was signed", "does not count", `href="/applications/A2#b1"`}, []string{"Applicant One"}},
		{"one can prove it, names are hidden", "/?q=teamwork", 200, []string{"1 applicant found", "of 2, in ", "<mark>"}, []string{"Applicant One", "Applicant Two"}},
		{"names on demand", "/?q=teamwork&blind=off", 200, []string{"Applicant One"}, []string{"Applicant Two"}},
		{"refused ones on demand", "/?q=teamwork&include=rejected", 200, []string{"2 applicants found", "1 of the 2 on this page verified", "altered or forged"}, nil},
		{"bad syntax has its column", "/?q=" + url.QueryEscape("teamwork AND (lead"), 400, []string{"cannot be read", "^"}, nil},
		{"nobody", "/?q=juggling", 200, []string{"0 applicants found", "Nobody can prove this yet"}, nil},
		{"record", "/applications/A1", 200, []string{"Teamwork on site", "unaltered", "document 1 › attachment"}, []string{"Applicant One", "resume.pdf"}},
		{"record of a refused one", "/applications/A2", 200, []string{"not what was signed", "an issuer that calls itself “Harbour College”", "document 2</span>: encrypted"}, []string{"scans.pdf"}},
		{"no such application", "/applications/A3", 404, []string{"No such application", "Back to search"}, []string{"{"}},
		{"role", "/match?required=teamwork,juggling", 200, []string{"has", "lacks", "in no framework"}, nil},
		{"role without a skill", "/match", 200, []string{"Paste the advert"}, nil},
		{"role too long", "/match?required=" + strings.Repeat("a,", 40) + "a", 400, []string{"cannot be read"}, nil},
	} {
		status, body, _ := get(t, s, tc.path)
		if status != tc.status {
			t.Errorf("%s: status %d, want %d", tc.desc, status, tc.status)
		}
		for _, w := range tc.want {
			if !strings.Contains(body, w) {
				t.Errorf("%s: %q is not on the page", tc.desc, w)
			}
		}
		for _, w := range tc.not {
			if strings.Contains(body, w) {
				t.Errorf("%s: %q is on the page", tc.desc, w)
			}
		}
	}
}

// TestFacetLabels: issuers and skills that no framework knows are named, not
// shown as addresses, even when no hit of the page explains itself by them.
func TestFacetLabels(t *testing.T) {
	unknown := badge("Juggling", "https://skills.example/juggling", "juggling with knives", verdict.Verified, "")
	unknown.Verdict.Credential.Issuer = verdict.Party{ID: "https://circus.example/issuer", Name: "Circus School"}
	s := open(t, document("default", "A1", "", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, ""), unknown))
	_, body, _ := get(t, s, "/?q=teamwork")
	for _, w := range []string{"Circus School", "juggling with knives", "Harbour College"} {
		if !strings.Contains(body, w) {
			t.Errorf("%q is not among the filters", w)
		}
	}
}

// TestD01_HostileNames: whatever stands in a badge, the page has the same
// elements and attributes as for a harmless one.
func TestD01_HostileNames(t *testing.T) {
	shape := func(name string) []string {
		e := badge("Teamwork "+name, teams, "work in teams "+name, verdict.Verified, "")
		e.Where = name
		e.Verdict.Credential.Issuer.Name = name
		e.Verdict.Credential.Image = "javascript:alert(1)"
		e.Verdict.Aspects.Standing = verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerNotListed, Detail: name}
		s := open(t, document("default", "A1", name, []record.Unread{{Where: name, Reason: "encrypted"}}, e))
		var out []string
		for _, path := range []string{"/?q=teamwork&blind=off", "/applications/A1?blind=off", "/match?required=teamwork&blind=off"} {
			status, body, _ := get(t, s, path)
			if status != 200 {
				t.Fatalf("%s: status %d", path, status)
			}
			out = append(out, skeleton(t, body)...)
		}
		return out
	}
	want := shape("plain")
	for _, evil := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</span></main><h1>x`, `<!--`, `{{.}}`,
		"\u202egnp.exe", "a\u0000b", `<svg/onload=alert(1)>`, `javascript:alert(1)`, `&lt;b&gt;`, "]]><b>",
	} {
		got := shape(evil)
		if !slices.Equal(got, want) {
			t.Errorf("%q changes the page: %d elements, want %d", evil, len(got), len(want))
		}
	}
}

// skeleton lists elements with their attributes' names, and the values of those
// attributes that load or run something.
func skeleton(t *testing.T, page string) []string {
	t.Helper()
	var out []string
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return out
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			line := tok.Data
			for _, a := range tok.Attr {
				line += " " + a.Key
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
					t.Errorf("attribute %s on the page", a.Key)
				}
				if a.Key == "src" || (a.Key == "href" && !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#")) {
					line += "=" + a.Val
				}
			}
			out = append(out, line)
		case html.TextToken:
			if strings.ContainsAny(string(z.Text()), "\u202e\u0000") {
				t.Error("a control character is on the page")
			}
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	s := open(t)
	for _, path := range []string{"/", "/v1/search", "/v1/nothing", "/static/assay.css"} {
		_, _, h := get(t, s, path)
		if csp := h.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: content security policy %q", path, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: content type may be guessed", path)
		}
	}
}

// TestD05_Tenant: nothing of another tenant comes out of any route.
func TestD05_Tenant(t *testing.T) {
	const canary = "Zymurgy"
	s := open(t,
		document("acme", "A1", "Applicant One", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")),
		document("rival", "B1", canary, nil, badge(canary+" teamwork", "https://example.org/zymurgy", canary+" teamwork", verdict.Verified, "")))
	paths := []string{"/?q=teamwork", "/?q=" + canary, "/", "/match?required=teamwork," + canary, "/v1/search?q=teamwork&include=rejected", "/v1/search",
		"/v1/export?q=teamwork&format=ndjson&blind=off", "/v1/suggest?prefix=zym", "/v1/match?required=teamwork", "/v1/applications/B1", "/applications/B1",
		"/v1/skills/" + url.PathEscape(teams)}
	for _, p := range paths {
		join := "?"
		if strings.Contains(p, "?") {
			join = "&"
		}
		_, body, _ := get(t, s, p+join+"tenant=acme")
		body = strings.ReplaceAll(body, url.QueryEscape("q="+canary), "") // what was asked may be repeated
		asked := strings.Count(p, canary) > 0
		if !asked && strings.Contains(body, canary) || strings.Contains(body, `"B1"`) || strings.Contains(body, "/applications/B1") {
			t.Errorf("%s tells of another tenant", p)
		}
		_, body, _ = get(t, s, p+join+"tenant=rival")
		if strings.Contains(body, `"A1"`) || strings.Contains(body, "/applications/A1") {
			t.Errorf("%s tells of another tenant", p)
		}
	}
	if _, body, _ := get(t, s, "/v1/search?q=teamwork&tenant=rival"); !strings.Contains(body, canary) {
		t.Error("the tenant does not find its own: the test shows nothing")
	}
}

func TestBadRequests(t *testing.T) {
	s := open(t)
	for path, want := range map[string]int{
		"/v1/search?tenant=../x":                    400,
		"/v1/search?q=" + url.QueryEscape("("):      400,
		"/v1/search?size=51":                        400,
		"/v1/search?size=x":                         400,
		"/v1/search?sort=worst":                     400,
		"/v1/search?include=everything":             400,
		"/v1/search?exact=perhaps":                  400,
		"/v1/search?cursor=forged":                  400,
		"/v1/export?format=xlsx":                    400,
		"/v1/suggest?n=0":                           400,
		"/v1/match":                                 400,
		"/v1/match?occupation=nothing":              400,
		"/v1/skills/urn:nothing":                    404,
		"/v1/applications/nobody":                   404,
		"/v1/nothing":                               404,
		"/v1/search?q=" + strings.Repeat("a+", 300): 400,
	} {
		status, body, h := get(t, s, path)
		var p problem
		if status != want || h.Get("Content-Type") != "application/problem+json" || json.Unmarshal([]byte(body), &p) != nil || p.Status != want || p.Title == "" {
			t.Errorf("%.60s: status %d, %s", path, status, body)
		}
	}
	r, err := http.Post(s.URL+"/v1/search", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", r.StatusCode)
	}
	_, body, _ := get(t, s, "/v1/search?q="+url.QueryEscape("teamwork AND"))
	if !strings.Contains(body, `"column":`) {
		t.Errorf("no column in %s", body)
	}
}

// TestD02_ExportIsSafe: a cell of the CSV never starts a formula.
func TestD02_ExportIsSafe(t *testing.T) {
	s := open(t, document("default", "A1", "=HYPERLINK(1)", nil, badge("=cmd|'/c calc'!A0 teamwork", teams, "work in teams", verdict.Verified, "")))
	status, body, h := get(t, s, "/v1/export?q=teamwork&blind=off")
	if status != 200 || !strings.HasPrefix(h.Get("Content-Type"), "text/csv") {
		t.Fatalf("status %d, %s", status, h.Get("Content-Type"))
	}
	if !strings.Contains(body, "A1") {
		t.Fatalf("the export is empty: %s", body)
	}
	for cell := range strings.FieldsFuncSeq(body, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if c := strings.Trim(cell, `"`); c != "" && strings.ContainsAny(c[:1], "=+-@\t") {
			t.Errorf("cell %q starts a formula", cell)
		}
	}
	if _, body, _ := get(t, s, "/v1/export?q=teamwork"); strings.Contains(body, "HYPERLINK") {
		t.Error("a name is exported though nobody asked for names")
	}
}

// clicks gives what does steps in a browser, and what reads a part of its page.
func clicks(t *testing.T, ctx context.Context) (do func(...chromedp.Action[chromedp.Void]), text func(selector string) string) {
	do = func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	text = func(selector string) string {
		t.Helper()
		v, err := chromedp.Run(ctx, chromedp.Text(selector))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	return do, text
}

// TestInBrowser searches, filters and opens a record in a real browser.
func TestInBrowser(t *testing.T) {
	s := open(t,
		document("default", "A1", "", nil, badge("Teamwork on site", teams, "work in teams", verdict.Verified, "")),
		document("default", "A2", "", nil, badge("Teamwork forged", teams, "work in teams", verdict.Rejected, verdict.ProofInvalid)))
	ctx := browser(t, 60*time.Second)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(s.URL+"/")); err != nil {
		t.Fatal(err)
	}
	do, text := clicks(t, ctx)
	do(chromedp.SendKeys(`.box input[data-suggest]`, "teamwork"), chromedp.Click(`.box button`), chromedp.WaitVisible(`.question`))
	found := text(`.head h1`)
	do(chromedp.Click(`input[name=include][value=rejected]`), chromedp.WaitVisible(`.card .s-altered`), chromedp.WaitVisible(`input[name=include][value=rejected]:checked:focus`))
	widened := text(`.head h1`)
	do(chromedp.Click(`.card h3 a`), chromedp.WaitVisible(`.aspects`))
	record := text(`main`)
	if found != "1 applicant found" || widened != "2 applicants found" || !strings.Contains(record, "Teamwork") {
		t.Errorf("found %q, widened %q, record %q", found, widened, record)
	}
}
