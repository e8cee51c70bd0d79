package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// rightsLines are tokens with one right each, one with all, and one of a line of
// before there were rights.
var rightsLines = func() string {
	lines := digest("may all") + " acme rights=" + AllRights.String() + " Everything\n" + digest("of before") + " acme Old line\n"
	for _, name := range rightNames {
		lines += digest("may "+name) + " acme rights=" + name + " Only " + name + "\n"
	}
	return lines
}()

// addresses are an address or more of each route that needs asks a right for.
var addresses = map[string][]string{
	"/": {"/", "/?q=teamwork"}, "/role": {"/role", "/role?required=teamwork"}, "/match": {"/match", "/match?required=teamwork"}, "POST /match": {"/match"}, "/compare": {"/compare", "/compare?a=A1"}, "/applications/{id}": {"/applications/A1", "/applications/none"},
	"/blind": {"/blind"}, "POST /blind": {"/blind"}, languageRoute: {"/language?code=de&to=/v1/openapi.json"},
	signInRoute: {"/sign-in"}, "POST /sign-in": {"/sign-in"}, companyRoute: {"/sign-in/company"}, backRoute: {"/sign-in/back"}, "POST /sign-out": {"/sign-out"}, "POST /sign-out/everywhere": {"/sign-out/everywhere"},
	"/suggest": {"/suggest?q=team"}, "/static/": {"/static/assay.css"}, "/v1/": {"/v1/nothing", "/nothing"}, "/v1/openapi.json": {"/v1/openapi.json"},
	"/v1/search": {"/v1/search?q=teamwork"}, "/v1/export": {"/v1/export", "/v1/export?format=ndjson"}, "/v1/match": {"/v1/match?required=teamwork"},
	"/v1/applications/{id}": {"/v1/applications/A1"}, "/v1/suggest": {"/v1/suggest?prefix=team"}, "/v1/issuers": {"/v1/issuers"}, "/v1/issuers/log": {"/v1/issuers/log"}, "/v1/skills/{id}": {"/v1/skills/" + teams, "/v1/skills/none"},
	"/metrics":          nil, // of the door: TestOwnRoutes
	"/v1/asyncapi.json": {"/v1/asyncapi.json"}, "/v1/schemas/submission.json": {"/v1/schemas/submission.json"}, "/v1/schemas/outcome.json": {"/v1/schemas/outcome.json"}, "/v1/schemas/event.json": {"/v1/schemas/event.json"},
	"POST /v1/applications": {"/v1/applications"}, "/v1/applications/{id}/outcome": {"/v1/applications/A1/outcome"}, "DELETE /v1/applications/{id}": {"/v1/applications/A1"},
	"POST /v1/check": {"/v1/check"},
	"/operations":    {"/operations"}, "POST /operations": {"/operations"},
	"/check": {"/check"}, "POST /check": {"/check"},
	"/issuers": {"/issuers", "/issuers?do=block&issuer=mill.example"}, "POST /issuers": {"/issuers"},
	"POST /v1/credentials/verify": {"/v1/credentials/verify", "/credentials/verify"}, "POST /v1/presentations/verify": {"/v1/presentations/verify", "/presentations/verify"}, "POST /v1/challenges": {"/v1/challenges", "/challenges"},
	"/v1/deadletters": {"/v1/deadletters"}, "POST /v1/deadletters": {"/v1/deadletters"}, "POST /v1/reprocess": {"/v1/reprocess"}, "POST /v1/candidates/erase": {"/v1/candidates/erase"}, "/v1/status": {"/v1/status"}, "/v1/applications/{id}/record": {"/v1/applications/A1/record"}, "/v1/problems": {"/v1/problems"},
	"/saved": {"/saved", "/saved?open=none"}, "/saved/{id}/export": {"/saved/none/export"}, feedRoute: {"/feeds/none.atom"},
	"POST /saved/lists": {"/saved/lists"}, "POST /saved/searches": {"/saved/searches"}, "POST /saved/seen": {"/saved/seen"}, "POST /saved/{id}": {"/saved/none"},
	assistRoute:             {"/mcp"}, // its tools: TestAssistantRights
	"POST /v1/hooks/{hook}": {"/v1/hooks/acme"}, "/v1/webhooks": {"/v1/webhooks"}, "PUT /v1/webhooks": {"/v1/webhooks"}, "DELETE /v1/webhooks": {"/v1/webhooks?id=1"},
}

// by asks for an address by the method of its route.
func by(t *testing.T, s *httptest.Server, token, route, path string) (int, string) {
	t.Helper()
	method, _ := methodOf(route)
	r, err := http.NewRequestWithContext(t.Context(), strings.ToUpper(method), s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	status, body, _ := do(t, r)
	return status, body
}

// Attack 154: a token asks for what it was not given.
func TestAttack154Rights(t *testing.T) {
	s := asking(t, Options{})
	for route, need := range needs {
		list, ok := addresses[route]
		if !ok {
			t.Errorf("%s has no address here", route)
		}
		for _, path := range list {
			for i, name := range rightNames {
				status, body := by(t, s, "may "+name, route, path)
				may := Rights(1 << i).May(need)
				if may == (status == http.StatusForbidden) || status == http.StatusUnauthorized {
					t.Errorf("%s with %s alone: status %d, needs %q", path, name, status, need)
				}
				body = strings.ReplaceAll(body, url.QueryEscape(path), "") // of the page that one goes back to
				lacks := (need &^ Rights(1<<i)).String()
				if !may && (!strings.Contains(body, "needs the right "+lacks) || strings.Contains(body, "A1")) {
					t.Errorf("%s with %s alone: %s", path, name, body)
				}
			}
			if status, _ := by(t, s, "may all", route, path); status == http.StatusForbidden {
				t.Errorf("%s with all rights: status %d", path, status)
			}
		}
	}
	for _, tc := range []struct {
		token, path string
		status      int
	}{
		{"may search", "/v1/match?required=teamwork&format=csv", 403}, {"of acme", "/v1/match?required=teamwork&format=csv", 200},
		{"of before", "/v1/match?required=teamwork&format=csv", 200}, {"of before", "/v1/export", 200}, {"of before", "/v1/search", 200},
		{"may export", "/v1/export", 200}, {"may export", "/v1/export?blind=off", 403}, {"may names", "/v1/search?blind=off", 403},
	} {
		if status, body, _ := as(t, s, tc.token, tc.path); status != tc.status {
			t.Errorf("%s: %s: status %d, want %d: %s", tc.token, tc.path, status, tc.status, body)
		}
	}
	// What no row names is nobody's.
	if err := permit(Caller{Rights: AllRights}, "/v1/new"); err == nil {
		t.Error("a route without a row is open")
	}
}

// Attack 155: a token without the right asks for names, or follows a link to them.
func TestAttack155BlindOff(t *testing.T) {
	s := asking(t, Options{})
	for _, path := range []string{"/", "/?q=teamwork", "/match?required=teamwork", "/applications/A1", "/v1/search", "/v1/export", "/v1/match?required=teamwork", "/v1/applications/A1"} {
		join := "?"
		if strings.Contains(path, "?") {
			join = "&"
		}
		for _, token := range []string{"may search", "of before"} {
			if status, body, _ := as(t, s, token, path+join+"blind=off"); status != http.StatusForbidden || strings.Contains(body, "Applicant One") {
				t.Errorf("%s asks for names on %s: status %d", token, path, status)
			}
			status, body, _ := as(t, s, token, path)
			if may := token == "of before" || path != "/v1/export"; may != (status == 200) || strings.Contains(body, "Applicant One") || strings.Contains(body, "blind=off") {
				t.Errorf("%s on %s: status %d, and %s", token, path, status, body)
			}
		}
		if status, body, _ := as(t, s, "of acme", path+join+"blind=off"); status != 200 || !strings.Contains(body, "Applicant One") {
			t.Errorf("who may see names does not: %s: status %d", path, status)
		}
	}
	// Without the right to export nothing offers it.
	for path, want := range map[string]bool{"/?q=teamwork": true, "/match?required=teamwork": true} {
		for token, may := range map[string]bool{"may search": false, "of acme": true} {
			if _, body, _ := as(t, s, token, path); strings.Contains(body, "format=csv") != (want && may) {
				t.Errorf("%s on %s: export is offered", token, path)
			}
		}
	}
}

// Attack 156: a page of another site has the reader's browser ask, with his
// password.
func TestAttack156CrossSite(t *testing.T) {
	h, err := New(Options{Engine: engineWith(t, document("default", "A1", "Applicant One", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")))})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := NewServer(Access{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	d := &door{server: srv, pages: h, Routes: Routes{Metrics: http.NotFoundHandler()}, log: srv.access.Log}
	for _, path := range []string{"/", "/v1/search?q=teamwork", "/v1/export", "/static/assay.css", "/healthz", "/metrics", "/v1/nothing"} {
		for site, may := range map[string]bool{"": true, "none": true, "same-origin": true, "same-site": false, "cross-site": false, "Same-Origin": false, "same-origin, cross-site": false} {
			for _, mode := range []string{"navigate", "no-cors", "cors"} {
				r := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
				if site != "" {
					r.Header.Set("Sec-Fetch-Site", site)
					r.Header.Set("Sec-Fetch-Mode", mode)
				}
				w := httptest.NewRecorder()
				d.ServeHTTP(w, r)
				if may == (w.Code == http.StatusForbidden) || !may && strings.Contains(w.Body.String(), "A1") {
					t.Errorf("%s from %q: status %d", path, site, w.Code)
				}
				if p := w.Header().Get("Cross-Origin-Resource-Policy"); p != "same-origin" && path != "/healthz" && path != "/metrics" {
					t.Errorf("%s from %q: Cross-Origin-Resource-Policy %q", path, site, p)
				}
			}
		}
	}
}

// canaries are spellings of the name of the applicant whose every text tells it.
var canaries = []string{"zaphod", "beeblebrox", "beeble", "müller", "mueller", "muller", "zb42"}

func tells(s string) string {
	low := strings.ToLower(s)
	if u, err := url.QueryUnescape(low); err == nil {
		low += u
	}
	for _, c := range canaries {
		if i := strings.Index(low, c); i >= 0 {
			return "…" + low[max(0, i-60):min(len(low), i+40)] + "…"
		}
	}
	return ""
}

// canaryDocument has the name in every text.
func canaryDocument(application string, result verdict.Result) record.Application {
	n := "Zaphod Beeblebrox-Müller"
	v := verdict.Verdict{Format: verdict.OB30, Proof: "hosted", Result: result, Credential: verdict.Credential{
		ID: "urn:zaphod-beeblebrox", Name: "Teamwork of Zaphod Mueller", Description: n + " has learned", Issuer: verdict.Party{ID: "https://zaphodbeeblebrox.example/issuer", Name: "Academy of " + n},
		Creator: verdict.Party{ID: "https://beeblebrox.example", Name: n}, AchievementID: "https://x.example/ZaphodBeeblebrox", AchievementType: n, Criteria: "given to zb42", Image: "https://x.example/zaphod.png",
		Tags: []string{n, "MUELLER"}, Alignments: []verdict.Alignment{{TargetURL: "https://x.example/zaphod", TargetName: n, TargetCode: "zaphod-1", TargetFramework: n}},
		Results: []verdict.Attainment{{Name: n, Level: "Beeblebrox"}}, EvidenceURLs: []string{"https://x.example/zaphod%20m%C3%BCller"},
		Extensions: map[string]json.RawMessage{"zaphod": json.RawMessage(`{"Beeblebrox":["Zaphod"]}`)}, Issued: now.AddDate(-1, 0, 0), Expires: now.AddDate(1, 0, 0),
	}, Endorsements: []verdict.Endorsed{{Issuer: verdict.Party{ID: "https://zaphod.example", Name: n}}}}
	v.Backing = verdict.Backing{Level: verdict.LevelDomain, Host: "zaphod.example", Path: "/~zaphod", Platform: "Zaphod's", Counts: "zaphod.example"}
	v.Credential.Issuer.Shown = `zaphod.example, which calls itself "Academy of Zaphod Beeblebrox"`
	v.Aspects.Standing = verdict.Aspect{State: verdict.Pass, Level: verdict.LevelDomain}
	v.Aspects.Integrity = verdict.Aspect{State: verdict.Unknown, Detail: "as " + n + " says", Evidence: []verdict.Evidence{{URL: "https://x.example/zaphod/1", SHA256: strings.Repeat("a", 64)}}}
	bad := v
	bad.Result, bad.Reason = verdict.Rejected, verdict.ProofInvalid
	a := record.New(key, record.Submission{Tenant: "default", Application: application, Job: "job for " + n, Candidate: "zaphod", DisplayName: n, Addresses: []string{"zb42@mail.example"},
		Submitted: now.AddDate(0, -1, 0), Checked: now.AddDate(0, -1, 0)}, []record.Entry{
		{Where: n + ".pdf > attachment Zaphod's.png > iTXt x", Carrier: "pdf", Verdict: v, Skills: []skills.Skill{
			{ID: teams, Label: "work in teams", Framework: "ESCO", Basis: skills.BasisURI, Level: "Zaphod"},
			{Label: "Juggling by " + n, Framework: "Framework of " + n, Basis: skills.BasisUnmapped, Target: &verdict.Alignment{TargetURL: "https://x.example/zaphod", TargetCode: "beeblebrox"}},
		}},
		{Where: "https://zaphod.example/ > link https://zb42.example", Carrier: "pdf", Verdict: bad, Link: "https://zb42.example"},
	}, []record.Unread{{Where: n + ".zip > zaphod.pdf", Reason: "encrypted"}})
	a.NotFollowed = []record.Link{{Where: n + ".pdf > annotation zaphod", URL: "https://zaphod.example/me/zb42/badges", Reason: "no_answer", Pending: true}}
	return a
}

// Attack 157: a name in every text of a badge and a document, looked for in every
// answer of the page, the API, files and suggestions, and everywhere a reader may
// type it.
func TestAttack157Canary(t *testing.T) {
	old := canaryDocument("old-1", verdict.Verified)
	old.BlindRule, old.Own = 0, nil
	record.Refresh(&old)
	s := open(t, canaryDocument("zaphod-1", verdict.Verified), canaryDocument("A2", verdict.Authentic), old,
		document("default", "B1", "Applicant Two", nil, badge("Juggling", teams, "work in teams", verdict.Verified, "")))
	paths := []string{"/", "/match?required=teamwork,juggling&wished=welding", "/applications/A2", "/applications/old-1", "/v1/search", "/v1/export", "/v1/match?required=teamwork,juggling", "/v1/match?required=juggling&format=csv",
		"/v1/applications/A2", "/v1/applications/old-1", "/v1/skills/" + teams}
	for _, q := range []string{"teamwork", "juggling", "status:rejected", "teamwork issuer:academy", "job:job", "framework:esco", "a b ("} {
		for _, more := range []string{"", "&include=all", "&sort=recency", "&size=1", "&sort=breadth&include=all"} {
			for _, route := range []string{"/?", "/v1/search?", "/v1/export?format=csv&", "/v1/export?format=json&", "/v1/export?format=ndjson&"} {
				if strings.Contains(route, "export") && strings.Contains(more, "size") {
					continue
				}
				paths = append(paths, route+"q="+url.QueryEscape(q)+more)
			}
		}
	}
	for _, prefix := range []string{"j", "ju", "juggling b", "a", "z", "m", "b"} {
		paths = append(paths, "/v1/suggest?n=20&prefix="+url.QueryEscape(prefix), "/suggest?q="+url.QueryEscape(prefix))
	}
	seen := map[string]bool{}
	for i := 0; i < len(paths); i++ { // and where links and pages lead
		path := paths[i]
		if seen[path] {
			continue
		}
		seen[path] = true
		_, body, head := get(t, s, path)
		if found := tells(body + fmt.Sprint(head)); found != "" {
			t.Errorf("%s: %s", path, found)
		}
		if len(paths) > 600 {
			continue
		}
		for _, part := range strings.Split(body, `href="`)[1:] {
			link, _, _ := strings.Cut(part, `"`)
			if link = strings.ReplaceAll(link, "&amp;", "&"); strings.HasPrefix(link, "/") && !strings.Contains(link, "blind=off") && !strings.HasPrefix(link, "/static") {
				paths = append(paths, link)
			}
		}
		var v struct {
			Cursor string
			Hits   []struct{ Application string }
		}
		if json.Unmarshal([]byte(body), &v) == nil {
			for _, h := range v.Hits {
				paths = append(paths, "/v1/applications/"+h.Application, "/applications/"+h.Application)
			}
			if v.Cursor != "" {
				u, err := url.Parse(path)
				if err != nil {
					t.Fatal(err)
				}
				q := u.Query()
				q.Set("cursor", v.Cursor)
				paths = append(paths, u.Path+"?"+q.Encode())
			}
		}
	}
	// The record is there, by the id that a blind reader has.
	doc := canaryDocument("zaphod-1", verdict.Verified)
	status, body, _ := get(t, s, "/v1/applications/"+doc.ID)
	if status != 200 || !strings.Contains(body, "work in teams") || !strings.Contains(body, record.Masked) || !seen["/applications/"+doc.ID] {
		t.Errorf("the record by its id: status %d: %.300s", status, body)
	}
	if _, page, _ := get(t, s, "/applications/old-1"); !strings.Contains(page, "Texts are hidden") {
		t.Error("a record whose texts are kept back does not say so")
	}
	if _, body, _ := get(t, s, "/v1/applications/old-1"); !strings.Contains(body, `"hidden":true`) {
		t.Error("nor does the API")
	}
	for _, path := range []string{"/v1/applications/zaphod-1?blind=off", "/v1/search?q=teamwork&blind=off", "/applications/old-1?blind=off", "/v1/export?blind=off"} {
		if _, body, _ := get(t, s, path); tells(body) == "" || strings.Contains(body, record.Masked) {
			t.Errorf("%s: who may see names does not", path)
		}
	}
	// Nobody is found by it.
	total := func(q, more string) int {
		t.Helper()
		_, body, _ := get(t, s, "/v1/search?q="+url.QueryEscape(q)+more)
		var v struct{ Total int }
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Fatal(err)
		}
		return v.Total
	}
	for _, name := range []string{"zaphod", "beeblebrox", "müller", "mueller", "zb42", "zaphot", "zahpod", "beeblebroks"} {
		for _, form := range []string{"%s", `"%s"`, "skill:%s", "issuer:%s", "job:%s"} {
			q := fmt.Sprintf(form, name)
			if n := total(q, "&include=all"); n != 0 {
				t.Errorf("%s finds %d", q, n)
			}
			if n := total("NOT "+q, ""); n != 4 {
				t.Errorf("NOT %s leaves %d of 4", q, n)
			}
		}
	}
	if n := total("zaphod", "&blind=off&include=all"); n != 3 {
		t.Errorf("who sees names finds %d of 3 by the name", n)
	}
	if n := total("", "&include=all&issuer="+url.QueryEscape("https://zaphodbeeblebrox.example/issuer")); n != 0 {
		t.Errorf("the issuer's id finds %d", n)
	}
}

// Every plain text of a record and a hit is masked or stands on a list of those
// that hold words of frameworks and of assay alone.
func TestNoTextIsLeftOut(t *testing.T) {
	doc := canaryDocument("A1", verdict.Verified)
	b, err := doc.Blinded()
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				walk(path+"."+k, x)
			}
		case []any:
			for _, x := range v {
				walk(path, x)
			}
		case string:
			texts = append(texts, path)
			if strings.Contains(v, record.Masked) {
				return
			}
			if w := tells(path + v); w != "" {
				t.Errorf("%s: %s", path, w)
			}
		}
	}
	raw, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	walk("", v)
	if len(slices.Compact(slices.Sorted(slices.Values(texts)))) < 40 {
		t.Errorf("only %d texts were looked at", len(texts))
	}
}
