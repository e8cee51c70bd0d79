package intake

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"assay/extract"
	"assay/index"
	"assay/index/local"
	"assay/index/web"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/fetch"
	"assay/verify/guard"
	"assay/verify/verifytest"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.uber.org/zap"
)

// inProcess reads documents without a child.
type inProcess struct{ *extract.Extractor }

func (x inProcess) Extract(ctx context.Context, d extract.Document) (extract.Result, error) {
	switch string(d.Data) {
	case "busy":
		return extract.Result{}, context.DeadlineExceeded
	case "fault":
		panic("a fault")
	}
	return x.Extractor.Extract(ctx, d)
}

// badgeOf is a signed badge for an address.
func badgeOf(name, email string) map[string]any {
	key := verifytest.Ed25519(1)
	did, method := verifytest.DIDKey(key)
	return verifytest.Secure(map[string]any{
		"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		"id":       "urn:uuid:1", "type": []any{"VerifiableCredential", "OpenBadgeCredential"},
		"issuer": did, "validFrom": "2026-01-01T00:00:00Z", "name": name,
		"credentialSubject": map[string]any{
			"type":       []any{"AchievementSubject"},
			"identifier": []any{map[string]any{"type": "IdentityObject", "identityType": "emailAddress", "hashed": false, "identityHash": email}},
			"achievement": map[string]any{"id": "https://issuer.example/teamwork", "type": []any{"Achievement"}, "name": name,
				"description": "Works well with others", "criteria": map[string]any{"narrative": "Nominated by peers"}},
		},
	}, key, method, "eddsa-rdfc-2022")
}

// spotted is a server that checks on the spot, by a verifier of tests.
func spotted(t *testing.T, w fetch.Fetcher, policy func(tenant string) verify.Policy) (*httptest.Server, index.Engine) {
	t.Helper()
	v, err := verify.New(verify.Options{Fetcher: w, Now: func() time.Time { return verifytest.Now }})
	if err != nil {
		t.Fatal(err)
	}
	x, err := examine.New(examine.Options{Extraction: inProcess{&extract.Extractor{}}, Verifier: v, Fetcher: w})
	if err != nil {
		t.Fatal(err)
	}
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	h, err := web.New(web.Options{Engine: e, Checker: &Checker{Examiner: x, Policy: policy, Faults: &guard.Watch{Log: zap.NewNop()}}})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s, e
}

func send(t *testing.T, s *httptest.Server, path, kind, body string) (int, string) {
	t.Helper()
	d := &door{Server: s}
	status, _, answer := d.ask(t, "", http.MethodPost, path, kind, "", strings.NewReader(body))
	return status, answer
}

// TestCheckedOnTheSpot: what is asked about is answered as a worker would judge it, by the
// tenant's own word, in the form that openapi.json says, and nothing is kept.
func TestCheckedOnTheSpot(t *testing.T) {
	did, _ := verifytest.DIDKey(verifytest.Ed25519(1))
	trust, err := verify.LoadTrust([]byte(`{"meta":{"title":"Harbour"},"registry":{"` + did + `":{"name":"Harbour College"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	blocked, err := trust.With(verify.Decision{Issuer: did, Block: true})
	if err != nil {
		t.Fatal(err)
	}
	w := verifytest.NewWeb(map[string]any{"https://badges.example/1": badgeOf("By a link", "applicant@example.org")})
	s, e := spotted(t, w, func(tenant string) verify.Policy {
		switch tenant {
		case "acme":
			return verify.Policy{Trust: trust}
		case "rival":
			return verify.Policy{Trust: blocked}
		}
		return verify.Policy{}
	})
	badge := string(verifytest.JSON(badgeOf("Teamwork", "applicant@example.org")))
	schema := reportSchema(t, s)
	ask := func(tenant, kind, body string) []examine.Report {
		t.Helper()
		status, answer := send(t, s, "/v1/check?tenant="+tenant, kind, body)
		var out struct {
			Reports []struct {
				Findings []struct{ Result, Reason string }
			}
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(answer))
		if err == nil {
			err = errors.Join(json.Unmarshal([]byte(answer), &out), schema.Validate(v))
		}
		if status != 200 || err != nil {
			t.Fatalf("%d %s: %v", status, answer, err)
		}
		reports := make([]examine.Report, len(out.Reports))
		for i, r := range out.Reports {
			for _, f := range r.Findings {
				reports[i].Findings = append(reports[i].Findings, examine.Finding{Verdict: verify.Verdict{Result: verify.Result(f.Result), Reason: verify.Reason(f.Reason)}})
			}
		}
		return reports
	}
	const asJSON = "application/json"
	request := `{"applicant_email":["Jo <applicant@example.org>"],"credential":` + badge + `}`
	for tenant, want := range map[string]verify.Result{"acme": "verified", "rival": "rejected", "third": "unvouched"} {
		if r := ask(tenant, asJSON, request); len(r) != 1 || len(r[0].Findings) != 1 || r[0].Findings[0].Result != want {
			t.Errorf("%s: %+v", tenant, r)
		}
	}
	kind, body := form("file=badge.json:"+badge, "file=cv.txt:Dear all, https://badges.example/1", "link=badges.example/1", "credential="+badge, "applicant_proven=applicant@example.org")
	r := ask("acme", kind, body)
	if len(r) != 4 {
		t.Fatalf("%d reports", len(r))
	}
	for i, f := range r {
		if len(f.Findings) != 1 || f.Findings[0].Result != "verified" {
			t.Errorf("report %d: %+v", i, f)
		}
	}
	if r := ask("acme", asJSON, `{"applicant_email":["applicant@example.org"],"credential":`+strings.Replace(badge, "Works well", "Works badly", 1)+`}`); r[0].Findings[0].Result != "rejected" {
		t.Errorf("an edited one: %+v", r)
	}
	kind, body = form("file=cv.txt:fault", "credential="+badge, "applicant_email=applicant@example.org")
	if r := ask("acme", kind, body); len(r) != 2 || len(r[0].Findings) != 0 || r[1].Findings[0].Result != "verified" {
		t.Errorf("beside a fault: %+v", r)
	}
	for _, tc := range []struct{ body, says string }{
		{`{"links":["nothing at all"]}`, `"member":"link[0]"`},
		{`{"links":["a.example"],"applicant_email":["a@b.example","nobody"]}`, `"member":"applicant_email[1]"`},
		{`{"links":["a.example"],"applicant_proven":["a@b.example, c@d.example"]}`, `"member":"applicant_proven[0]"`},
		{`{"links":["a.example"],"applicant_name":"` + strings.Repeat("x", 3000) + `"}`, `"member":"applicant_name"`},
	} {
		if status, answer := send(t, s, "/v1/check", asJSON, tc.body); status != 422 || !strings.Contains(answer, tc.says) {
			t.Errorf("%.80s: %d %s", tc.body, status, answer)
		}
	}
	for _, tenant := range []string{"acme", "rival", "third"} {
		if issuers, err := e.Issuers(t.Context(), tenant); err != nil || len(issuers) != 0 {
			t.Errorf("%s: %d issuers were seen, %v", tenant, len(issuers), err)
		}
	}
}

// reportSchema is what openapi.json says of the answer, with nothing beside it.
func reportSchema(t *testing.T, s *httptest.Server) *jsonschema.Schema {
	t.Helper()
	res, err := http.Get(s.URL + "/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := jsonschema.UnmarshalJSON(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	closed(raw)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("https://assay.example/openapi.json", raw); err != nil {
		t.Fatal(err)
	}
	sch, err := c.Compile("https://assay.example/openapi.json#/components/schemas/CheckReports")
	if err != nil {
		t.Fatal(err)
	}
	return sch
}

// closed lets no object have what its schema does not name.
func closed(v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			closed(x)
		}
	case map[string]any:
		_, has := v["additionalProperties"]
		if _, ok := v["properties"]; ok && !has && v["type"] == "object" {
			v["additionalProperties"] = false
		}
		for _, x := range v {
			closed(x)
		}
	}
}

// TestChosenLinks: where anybody may name a link, those of known providers alone are asked.
func TestChosenLinks(t *testing.T) {
	w := verifytest.NewWeb(map[string]any{"https://badges.example/1": badgeOf("By a link", "applicant@example.org")})
	v, err := verify.New(verify.Options{Fetcher: w, Now: func() time.Time { return verifytest.Now }})
	if err != nil {
		t.Fatal(err)
	}
	x, err := examine.New(examine.Options{Extraction: inProcess{&extract.Extractor{}}, Verifier: v, Fetcher: w, Follow: examine.FollowKnown})
	if err != nil {
		t.Fatal(err)
	}
	const known = "https://www.credly.com/badges/11111111-2222-4333-8444-555555555555"
	for chosen, want := range map[bool]int{true: 0, false: 1} {
		c := &Checker{Examiner: x, Chosen: chosen, Faults: &guard.Watch{Log: zap.NewNop()}}
		w.Asked = map[string]int{}
		reports, err := c.Check(t.Context(), "", web.Checking{Links: []string{"https://badges.example/1", known}})
		if err != nil || len(reports) != 2 || w.Asked["https://badges.example/1"] != want || w.Total() < want+1 {
			t.Errorf("chosen %v: asked %v, %s, %v", chosen, w.Asked, reports, err)
		}
		if chosen && !strings.Contains(string(reports[0]), `"reason":"policy"`) {
			t.Errorf("it is not told: %s", reports[0])
		}
	}
}
