package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// openapi is as much of the document as the tests look at.
type openapi struct {
	OpenAPI  string
	Servers  []struct{ URL string }
	Security []map[string][]string
	Paths    map[string]map[string]struct {
		Parameters []struct {
			Name, In string
			Required bool
			Schema   struct {
				Type    string
				Default any
				Enum    []any
				Items   struct{ Enum []any }
			}
		}
		Responses map[string]json.RawMessage
	}
	Components struct {
		SecuritySchemes map[string]struct{ Type, Scheme string }
		Responses       map[string]struct{ Content map[string]json.RawMessage }
	}
}

func readOpenAPI(t *testing.T) (openapi, any) {
	t.Helper()
	b, err := files.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc openapi
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	raw, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	return doc, raw
}

// TestOpenAPINames: the document names every route of the API with every
// parameter that it takes, and nothing else.
func TestOpenAPINames(t *testing.T) {
	doc, _ := readOpenAPI(t)
	if !strings.HasPrefix(doc.OpenAPI, "3.1") || len(doc.Servers) == 0 || len(doc.Security) == 0 {
		t.Errorf("version %q, %d servers, %d ways to be known", doc.OpenAPI, len(doc.Servers), len(doc.Security))
	}
	for name, want := range map[string]string{"bearer": "bearer", "basic": "basic"} {
		if s := doc.Components.SecuritySchemes[name]; s.Type != "http" || s.Scheme != want {
			t.Errorf("security scheme %s is %v", name, s)
		}
	}
	var routes []string
	for route := range accepted {
		if strings.Contains(route, "/v1/") {
			routes = append(routes, route)
		}
	}
	slices.Sort(routes)
	var have []string
	for path, methods := range doc.Paths {
		for m := range methods {
			if route := routeNamed(m, path); route != "POST /v1/issuers" { // goes by the rights and parameters of asking
				have = append(have, route)
			}
		}
	}
	slices.Sort(have)
	if !slices.Equal(have, routes) {
		t.Fatalf("paths %v, want %v", have, routes)
	}
	for _, route := range routes {
		method, path := methodOf(route)
		operation := doc.Paths[path][method]
		var once, many []string
		for _, p := range operation.Parameters {
			switch {
			case p.In == "header":
			case p.In == "path":
				if !strings.Contains(route, "{"+p.Name+"}") || !p.Required {
					t.Errorf("%s has no %s in its path", route, p.Name)
				}
			case p.Schema.Type == "array":
				many = append(many, p.Name)
			default:
				once = append(once, p.Name)
			}
		}
		for _, list := range []struct{ have, want []string }{{once, accepted[route].once}, {many, accepted[route].many}} {
			slices.Sort(list.have)
			if want := slices.Sorted(slices.Values(list.want)); !slices.Equal(list.have, want) {
				t.Errorf("%s: the document names %v, taken are %v", route, list.have, want)
			}
		}
		want := []string{"400", "401", "403", "405", "421", "429", "431", "500", "503"}
		switch method {
		case "get":
			want = append(want, "200")
		case "post":
			want = append(want, "413", "415", "422")
		}
		if strings.Contains(route, "{") && method == "get" {
			want = append(want, "404")
		}
		for _, status := range want {
			if operation.Responses[status] == nil {
				t.Errorf("%s: no answer %s", route, status)
			}
		}
	}
	for name, r := range doc.Components.Responses {
		if name != "TooLong" && r.Content["application/problem+json"] == nil {
			t.Errorf("answer %s is no problem", name)
		}
	}
}

// routeNamed is a route as rights and parameters name it.
func routeNamed(method, path string) string {
	return strings.TrimPrefix(strings.ToUpper(method)+" "+path, "GET ")
}

// methodOf is the method of a route, as the document writes it, and its path.
func methodOf(route string) (method, path string) {
	if method, path, ok := strings.Cut(route, " "); ok {
		return strings.ToLower(method), path
	}
	return "get", route
}

// TestOpenAPIParameters: every value that the document lists is taken, and every
// default is what happens without the parameter.
func TestOpenAPIParameters(t *testing.T) {
	s := open(t, document("default", "A1", "", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")))
	doc, _ := readOpenAPI(t)
	address := func(route string, q url.Values) string {
		if route == "/v1/match" {
			q.Set("required", "teamwork")
		}
		route = strings.NewReplacer("/applications/{id}/", "/applications/A1/", "/applications/{id}", "/applications/A1", "/skills/{id}", "/skills/"+url.PathEscape(teams)).Replace(route)
		return route + "?" + q.Encode()
	}
	for route, methods := range doc.Paths {
		if methods["get"].Responses == nil {
			continue
		}
		defaults := url.Values{}
		for _, p := range methods["get"].Parameters {
			if p.In != "query" {
				continue
			}
			for _, v := range slices.Concat(p.Schema.Enum, p.Schema.Items.Enum) {
				if status, b, _ := get(t, s, address(route, url.Values{p.Name: {text(v)}})); status != 200 {
					t.Errorf("%s %s=%v: status %d %s", route, p.Name, v, status, b)
				}
			}
			if p.Schema.Default != nil {
				defaults.Set(p.Name, text(p.Schema.Default))
			}
		}
		_, want, _ := get(t, s, address(route, url.Values{}))
		status, have, _ := get(t, s, address(route, defaults))
		if status != 200 || took.ReplaceAllString(have, "") != took.ReplaceAllString(want, "") {
			t.Errorf("%s with its defaults: status %d %s, without %s", route, status, have, want)
		}
	}
}

// took is how long an answer took.
var took = regexp.MustCompile(`"took_ns":[0-9]+`)

// text is a value of the document as a parameter.
func text(v any) string {
	b, _ := json.Marshal(v)
	return strings.Trim(string(b), `"`)
}

// everything is an application that has of everything something, so that its
// answers show every property there is.
func everything() record.Application {
	full := badge("Teamwork on site, level 3", teams, "work in teams", verdict.Verified, "")
	full.Skills[0].Level, full.Skills[0].Soft = "B2", "teamwork"
	full.Skills[0].Above = &skills.Above{Ancestors: []string{"http://data.europa.eu/esco/skill/S1.8.1"}, Domain: "collaborating in teams"}
	v := &full.Verdict
	v.Aspects.Standing = verdict.Aspect{State: verdict.Pass, Reason: "x", Detail: "y", Evidence: []verdict.Evidence{{URL: "https://registry.example/list", At: now, SHA256: strings.Repeat("0", 64), Note: "listed"}}}
	v.Aspects.Status.State, v.Aspects.Dates.State, v.Aspects.Recipient.State, v.Aspects.Conformance.State = verdict.None, verdict.Pass, verdict.Unknown, verdict.Pass
	v.Warnings = []verdict.Warning{verdict.WarnMD5}
	v.Unconfirmed = verdict.Unconfirmed{Name: "n", Issuer: "i", Recipient: verdict.None}
	v.Endorsements = []verdict.Endorsed{{Issuer: verdict.Party{ID: "did:key:z1", Name: "E", URL: "https://e.example"}, Result: verdict.Rejected, Reason: verdict.SelfEndorsed}}
	c := &v.Credential
	c.Description, c.Criteria, c.Image, c.Tags = "d", "c", "https://i.example/b.png", []string{"teamwork"}
	c.Creator = verdict.Party{ID: "https://creator.example"}
	c.AchievementID, c.AchievementType = "https://a.example/1", "Badge"
	c.Alignments = []verdict.Alignment{{TargetURL: teams, TargetName: "work in teams", TargetCode: "x", TargetFramework: "ESCO", TargetType: "CFItem", TargetDescription: "d"}}
	c.Results = []verdict.Attainment{{Name: "Final", Type: "LetterGrade", Value: "A", Level: "B2", Alignments: c.Alignments}}
	c.EvidenceURLs = []string{"https://e.example/1"}
	c.Associations = []verdict.Association{{Type: "isChildOf", Source: "a", Target: "b"}}
	c.Extensions = map[string]json.RawMessage{"extensions:ApplyLink": json.RawMessage(`{"url":"https://x.example","deep":[1,{"a":null}]}`)}
	old := badge("Teamwork of long ago", teams, "work in teams", verdict.Verified, "")
	old.Verdict.Credential.ID, old.Verdict.Credential.Expires = "urn:uuid:2", now.AddDate(0, 0, -1)
	bare := record.Entry{Where: "https://b.example/1", Carrier: "link", Verdict: verdict.Verdict{Result: verdict.Unsupported, Reason: verdict.FormatUnknown}}
	real := badge("Juggling", "", "juggling", verdict.Authentic, "")
	real.Skills[0] = skills.Skill{Label: "juggling", Framework: "Circus", Basis: skills.BasisUnmapped,
		Target: &verdict.Alignment{TargetURL: "https://circus.example/juggling", TargetCode: "J1"}}
	entries := []record.Entry{full, old, bare, real, badge("Forged", teams, "work in teams", verdict.Rejected, verdict.ProofInvalid)}
	for i := range entries {
		a := &entries[i].Verdict.Aspects
		for _, x := range []*verdict.Aspect{&a.Integrity, &a.Issuer, &a.Status, &a.Dates, &a.Recipient, &a.Standing, &a.Conformance} {
			if x.State == "" {
				x.State = verdict.None
			}
		}
	}
	entries[0].Link = "https://badges.example/2"
	a := document("default", "A1", "Applicant One", []record.Unread{{Where: "scans.pdf", Reason: "encrypted"}}, entries...)
	a.NotFollowed = []record.Link{{Where: "cv.pdf", URL: "https://badges.example/1", Reason: "no_answer", Pending: true, More: 2}, {Where: "cv.pdf", URL: "https://short.example/1", Reason: "policy"}}
	return a
}

// TestOpenAPIAnswers holds real answers of every route to the document: nothing
// in them may be absent from it.
func TestOpenAPIAnswers(t *testing.T) {
	s := open(t, everything(), document("default", "A2", "", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")),
		document("default", "A3", "", nil))
	doc, raw := readOpenAPI(t)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	closed(raw)
	if err := c.AddResource("https://assay.example/openapi.json", raw); err != nil {
		t.Fatal(err)
	}
	check := func(path string, status int, schema, body string) {
		t.Helper()
		sch, err := c.Compile("https://assay.example/openapi.json#" + schema)
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
		if err != nil {
			t.Fatalf("%s: %v: %s", path, err, body)
		}
		if err := sch.Validate(v); err != nil {
			t.Errorf("%s (%d): %v", path, status, err)
		}
	}
	pointer := func(route string) string {
		return "/paths/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(route) + "/get/responses/200/content/application~1json/schema"
	}
	seen := map[string]bool{}
	for _, tc := range []struct{ route, path string }{
		{"/v1/search", "/v1/search"},
		{"/v1/search", "/v1/search?q=teamwork&blind=off&include=all,unsupported&size=1"},
		{"/v1/search", "/v1/search?q=" + url.QueryEscape(`"work in teams" OR juggling NOT skill:"first aid" earned>=2020 status:all`) + "&include=all"},
		{"/v1/search", "/v1/search?q=" + url.QueryEscape("teamwrk level>=A1")},
		{"/v1/search", "/v1/search?q=nothing"},
		{"/v1/search", "/v1/search?exact=true&earned=1999&q=" + url.QueryEscape(`"teamwork nothing" issuer:harbour`)},
		{"/v1/search", "/v1/search?status=rejected"},
		{"/v1/export", "/v1/export?format=json&blind=off&include=all"},
		{"/v1/export", "/v1/export?format=json&q=nothing"},
		{"/v1/export", "/v1/export?format=json&q=" + url.QueryEscape("teamwork zymurgology")},
		{"/v1/match", "/v1/match?required=teamwork,juggling&wished=" + url.QueryEscape("first aid") + "&size=1&blind=off"},
		{"/v1/applications/{id}", "/v1/applications/A1?blind=off"},
		{"/v1/applications/{id}", "/v1/applications/A3"},
		{"/v1/suggest", "/v1/suggest?prefix=team"},
		{"/v1/skills/{id}", "/v1/skills/" + url.PathEscape(teams)},
		{"/v1/issuers", "/v1/issuers?n=1"},
		{"/v1/issuers/log", "/v1/issuers/log"},
		{"/v1/applications/{id}/outcome", "/v1/applications/A1/outcome"},
		{"/v1/applications/{id}/record", "/v1/applications/A1/record"},
		{"/v1/deadletters", "/v1/deadletters"},
		{"/v1/status", "/v1/status"},
		{"/v1/problems", "/v1/problems"},
		{"/v1/webhooks", "/v1/webhooks"},
	} {
		status, body, _ := get(t, s, tc.path)
		if status != 200 {
			t.Errorf("%s: status %d %s", tc.path, status, body)
			continue
		}
		seen[tc.route] = true
		check(tc.path, status, pointer(tc.route), body)
	}
	for route, methods := range doc.Paths {
		if !seen[route] && methods["get"].Responses != nil {
			t.Errorf("no answer of %s was looked at", route)
		}
	}
	_, body, _ := get(t, s, "/v1/export?format=ndjson&include=all")
	for line := range strings.Lines(body) {
		check("/v1/export?format=ndjson", 200, "/components/schemas/ExportHit", line)
	}
	for _, body := range []string{`{"decision":"block","issuer":"mill.example"}`, `{"decision":"import","source":"r.json","registry":{"registry":{}}}`} {
		check("what is said", 200, "/components/schemas/IssuerRequest", body)
		status, answer := post(t, s, "", "/v1/issuers", asJSON, body)
		check("a receipt", status, "/components/schemas/IssuerReceipt", answer)
	}
	for _, tc := range []struct{ path, request, body, answer string }{
		{"/v1/applications", "HandedMessage", `{"application":"A1","applicant":{},"documents":[{"name":"x","data":"eA=="}]}`, "Handed"},
		{"/v1/deadletters", "LettersRequest", `{"do":"retry","numbers":[1,2]}`, "LettersDone"},
		{"/v1/candidates/erase", "ErasureRequest", `{"address":"a@example.org"}`, "Erasure"},
		{"/v1/reprocess", "ReprocessRequest", `{"application":"A1","checked_before":"2026-11-23T12:00:00Z"}`, "Reprocessing"},
		{"/v1/applications", "HandedMessage", `{"application":"refused"}`, "Problem"},
		{"/v1/check", "CheckRequest", exampleOf(t, "CheckRequest"), "CheckReports"},
		{"/v1/challenges", "ChallengeRequest", exampleOf(t, "ChallengeRequest"), "Challenge"},
		{"/v1/credentials/verify", "VerifyCredential", exampleOf(t, "VerifyCredential"), "Verified"},
		{"/credentials/verify", "VerifyCredential", `{"verifiableCredential":"text"}`, "Verified"},
		{"/v1/presentations/verify", "VerifyPresentation", exampleOf(t, "VerifyPresentation"), "Verified"},
	} {
		check("what is said", 200, "/components/schemas/"+tc.request, tc.body)
		status, answer := post(t, s, "", tc.path, asJSON, tc.body)
		check(tc.path, status, "/components/schemas/"+tc.answer, answer)
	}
	for _, path := range []string{"/v1/search?q=(", "/v1/search?size=0", "/v1/nothing", "/v1/applications/none", "/v1/skills/none"} {
		status, body, _ := get(t, s, path)
		check(path, status, "/components/schemas/Problem", body)
	}
	status, body, _ := as(t, asking(t, Options{}), "", "/v1/search")
	if status != http.StatusUnauthorized {
		t.Errorf("status %d", status)
	}
	check("/v1/search", status, "/components/schemas/Problem", body)
	// The test shows nothing where the schemas take anything.
	bad := `{"query":"","read":"","total":0,"hits":[],"took_ns":1,"more":1}`
	sch, err := c.Compile("https://assay.example/openapi.json#/components/schemas/Results")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := jsonschema.UnmarshalJSON(strings.NewReader(bad)); err != nil || sch.Validate(v) == nil {
		t.Error("a property that the document lacks is taken")
	}
}

// closed lets no object have what its schema does not name.
func closed(v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			closed(x)
		}
	case map[string]any:
		if _, has := v["additionalProperties"]; v["type"] == "object" && !has {
			if _, ok := v["properties"]; ok {
				v["additionalProperties"] = false
			}
		}
		for _, x := range v {
			closed(x)
		}
	}
}

// TestRecordHidesTheIndex: what is there for searching only is not given out,
// and the version is text.
func TestRecordHidesTheIndex(t *testing.T) {
	s := open(t, everything())
	_, body, _ := get(t, s, "/v1/applications/A1?blind=off")
	for _, name := range []string{`"flat"`, `_words"`, `"framework_key"`, `"until"`, `"erased"`, `"next_until"`} {
		if strings.Contains(body, name) {
			t.Errorf("%s is in %s", name, body)
		}
	}
	var v struct{ Version json.RawMessage }
	if err := json.Unmarshal([]byte(body), &v); err != nil || !strings.HasPrefix(string(v.Version), `"`) || len(v.Version) < 18 {
		t.Errorf("version %s, %v", v.Version, err)
	}
}
