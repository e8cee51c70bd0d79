package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"assay/extract"
	"assay/index"
	"assay/index/local"
	"assay/index/record"
	"assay/index/skills"
	"assay/index/web"
	"assay/ingest"
	"assay/ingest/examine"
	"assay/verify/verdict"
)

// constants gives the constants of a type of strings.
func constants(t *testing.T, imp types.Importer, path, typ string) map[string]string {
	t.Helper()
	pkg, err := imp.Import(path)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, name := range pkg.Scope().Names() {
		c, ok := pkg.Scope().Lookup(name).(*types.Const)
		if !ok || !c.Exported() || c.Val().Kind() != constant.String {
			continue
		}
		if n, ok := c.Type().(*types.Named); ok && n.Obj().Name() == typ {
			out[name] = constant.StringVal(c.Val())
		}
	}
	return out
}

// seen is a page as a person reads it.
func seen(t *testing.T, h http.Handler, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d", path, w.Code)
	}
	text := regexp.MustCompile(`title="([^"]*)"`).ReplaceAllString(w.Body.String(), ">$1<")
	return html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(text, "\n"))
}

// TestWords walks every code that says why, and every result, state and question,
// through the page and through what the commands print: each stands there in
// words, and on the page in nothing else.
func TestWords(t *testing.T) {
	imp := exports(t, token.NewFileSet())
	key := []byte(strings.Repeat("words key ", 4))
	en, err := local.Open(local.Options{Dir: t.TempDir(), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	defer en.Close()
	page, err := web.New(web.Options{Engine: en, Unread: func(code string) string { return extract.Reason(code).Words() },
		Link: func(code string) string { return examine.Skipped(code).Words() }})
	if err != nil {
		t.Fatal(err)
	}
	const verdicts = "assay/verify/verdict"
	reasons := constants(t, imp, verdicts, "Reason")
	warnings := constants(t, imp, verdicts, "Warning")
	unread := constants(t, imp, "assay/extract", "Reason")
	classes := constants(t, imp, "assay/ingest", "Class")
	skipped := constants(t, imp, "assay/ingest/examine", "Skipped")
	for what, n := range map[string][2]int{"reasons": {len(reasons), 50}, "warnings": {len(warnings), 20}, "reasons of parts": {len(unread), 15}, "reasons of links": {len(skipped), 8}, "classes of dead letters": {len(classes), 7}} {
		if n[0] < n[1] {
			t.Errorf("only %d %s were found", n[0], what)
		}
	}
	n, day := 0, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	var links []record.Link // of the next application
	// put writes one application and gives its page, and the search's.
	put := func(v verdict.Verdict, parts ...record.Unread) (application, search string) {
		n++
		id := fmt.Sprintf("A-%d", n)
		e := record.Entry{Where: "cv.pdf", Carrier: "pdf", Verdict: v, Skills: []skills.Skill{{ID: "urn:w", Label: "welding", Framework: "ESCO", Basis: skills.BasisURI}}}
		a := record.New(key, record.Submission{Tenant: id, Application: id, Submitted: day, Checked: day}, []record.Entry{e}, parts)
		a.NotFollowed = links
		for _, o := range en.Write(t.Context(), []record.Application{a}) {
			if o.Err != nil {
				t.Fatal(o.Err)
			}
		}
		return seen(t, page, "/applications/"+id+"?tenant="+id), seen(t, page, "/?include=rejected&tenant="+id)
	}
	// api is what the API says of the last one, as a client reads it.
	api := func(path string) string {
		u, err := url.Parse("http://127.0.0.1" + path)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		q.Set("tenant", fmt.Sprintf("A-%d", n))
		u.RawQuery = q.Encode()
		w := httptest.NewRecorder()
		page.ServeHTTP(w, httptest.NewRequest(http.MethodGet, u.String(), nil))
		var v any
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(v)
	}
	// report is what the commands print of a verdict and of what was left out.
	report := func(v verdict.Verdict, part string, link examine.Skipped) (check, outcome string) {
		var a, b bytes.Buffer
		p := newPrinter(&a)
		p.width = 1000
		r := examine.Report{Document: "cv.pdf", Findings: []examine.Finding{{Where: "cv.pdf", Verdict: v}}}
		o := &ingest.Outcome{State: ingest.Indexed, Findings: []ingest.Found{{Document: "document 1", Result: v.Result, Reason: v.Reason}}}
		if part != "" {
			r.Unread = []extract.Unread{{Where: "cv.pdf", Reason: extract.Reason(part)}}
			o.Unread = append(o.Unread, ingest.OutcomeGap{Document: "document 1", Reason: part})
		}
		if link != "" {
			r.NotFollowed = []examine.Unfollowed{{Where: "cv.pdf", URL: "https://example.org/", Reason: link}}
			o.NotFollowed = []ingest.OutcomeLink{{Document: "document 1", Reason: link, Links: 1}}
		}
		p.report(r)
		p = newPrinter(&b)
		p.width = 1000
		p.outcome(o, nil)
		return a.String(), b.String()
	}
	// says demands the words, and on a page that no code stands beside them.
	says := func(name, code, words, where, text string, isPage bool) {
		t.Helper()
		if words == "" {
			t.Errorf("%s (%s) has no words", name, code)
		} else if !strings.Contains(text, strings.TrimSuffix(words, ".")) {
			t.Errorf("%s: %s does not say %q:\n%s", name, where, words, text)
		}
		if isPage && strings.Contains(code, "_") && strings.Contains(text, code) {
			t.Errorf("%s: %s shows the code %s", name, where, code)
		}
	}
	rejected := verdict.Verdict{Result: verdict.Rejected, Format: verdict.OB30, Credential: verdict.Credential{Name: "Welding"}}
	for name, code := range reasons {
		r := verdict.Reason(code)
		v := rejected
		v.Reason, v.Aspects.Integrity = r, verdict.Aspect{State: verdict.Fail, Reason: r}
		application, search := put(v)
		says(name, code, r.Words(), "the page of an applicant", application, true)
		says(name, code, r.Words(), "the page of a search", search, true)
		says(name, code, r.Words(), "the API", api(fmt.Sprintf("/v1/applications/A-%d", n)), false)
		says(name, code, r.Words(), "the API's search", api("/v1/search?include=rejected"), false)
		check, outcome := report(v, "", "")
		says(name, code, r.Words(), "assay check", check, false)
		says(name, code, r.Words(), "assay submit --wait", outcome, false)
		var b bytes.Buffer
		p := newPrinter(&b)
		p.width = 1000
		p.rest(&index.Hit{Refused: []index.Refused{{Name: "Welding", Reason: r}}}, map[int]bool{})
		says(name, code, r.Words(), "assay search", b.String(), false)
	}
	for name, code := range warnings {
		w := verdict.Warning(code)
		v := rejected
		v.Result, v.Warnings = verdict.Verified, []verdict.Warning{w}
		application, _ := put(v)
		says(name, code, w.Words(), "the page of an applicant", application, true)
		check, _ := report(v, "", "")
		says(name, code, w.Words(), "assay check", check, false)
	}
	for name, code := range unread {
		application, _ := put(rejected, record.Unread{Where: "cv.pdf", Reason: code})
		says(name, code, extract.Reason(code).Words(), "the page of an applicant", application, true)
		says(name, code, extract.Reason(code).Words(), "the API", api(fmt.Sprintf("/v1/applications/A-%d", n)), false)
		check, outcome := report(rejected, code, "")
		says(name, code, extract.Reason(code).Words(), "assay check", check, false)
		says(name, code, extract.Reason(code).Words(), "assay submit --wait", outcome, false)
	}
	for name, code := range classes {
		var b bytes.Buffer
		newPrinter(&b).outcome(&ingest.Outcome{State: ingest.Refused, Reason: code}, nil)
		says(name, code, ingest.Class(code).Words(), "assay submit --wait", b.String(), false)
	}
	for name, code := range skipped {
		s := examine.Skipped(code)
		check, outcome := report(rejected, "", s)
		says(name, code, s.Words(), "assay check", check, false)
		says(name, code, s.Words(), "assay submit --wait", outcome, false)
		links = []record.Link{{Where: "cv.pdf", URL: "https://example.org/", Reason: code}}
		application, _ := put(rejected)
		says(name, code, s.Words(), "the page of an applicant", application, true)
		says(name, code, s.Words(), "the API", api(fmt.Sprintf("/v1/applications/A-%d", n)), false)
	}
	links = nil
	v := rejected
	v.Aspects.Integrity.State, v.Aspects.Issuer.State, v.Aspects.Status.State, v.Aspects.Dates.State = verdict.Pass, verdict.Fail, verdict.Unknown, verdict.None
	application, _ := put(v)
	for name, q := range constants(t, imp, verdicts, "Question") {
		says(name, q, verdict.Question(q).Words(), "the page of an applicant", application, false)
	}
	for name, s := range constants(t, imp, verdicts, "State") {
		says(name, s, verdict.State(s).Words(), "the page of an applicant", application, false)
	}
}
