package web

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index"
	"assay/index/local"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// TestStrictParameters: what cannot be taken is refused: left out, it would find
// everybody.
func TestStrictParameters(t *testing.T) {
	s := open(t, document("default", "A1", "", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")))
	bad := []string{
		"query=python", "Q=python", "q=a;b", "q=%zz", "q=a%", "q=a&q=b", "includes=rejected", "include=everything", "include=", "include=rejected,",
		"include=rejected+OR+x", "status=done", "status=", "trust=foo", "trust=", "earned=abc", "earned=", "earned=19", "earned=2019-05", "skill=", "issuer=",
		strings.Repeat("include=pending&", 33), strings.Repeat("skill=a&", 33), "sort=match&sort=breadth", "exact=1", "exact=", "exact=true&exact=false", "blind=no", "blind=", "tenant=default&tenant=default", "q=%ff", "skill=%ff",
	}
	for route, more := range map[string][]string{
		"/v1/search": append([]string{"size=1&size=2", "format=csv", "back=x", "prefix=x"}, bad...),
		"/v1/export": append([]string{"size=1", "cursor=x", "back=x"}, bad...),
		"/": append([]string{"size=1&size=2", "size=99", "format=csv", "back=%20", "back=" + strings.Repeat("a", 8193), "back=a&back=b"},
			bad...),
		"/v1/suggest":          {"q=tea", "prefix=a&prefix=b", "n=0", "n=21", "n=1&n=2", "blind=off", "prefix=%zz", "prefix=%ff"},
		"/v1/match":            {"required=a&skill=b", "required=a&size=0", "required=a&format=xlsx", "required=a&format=csv&size=1", "required=a&format=csv&cursor=x", "q=a", "required=a&blind=no", "required=a;b", "required=a&occupation=b&occupation=c", strings.Repeat("wished=a&", 33)},
		"/match":               {"required=a&skill=b", "required=a&size=0", "required=a&format=csv", "q=a", "required=a&blind=no", "required=a;b"},
		"/v1/applications/A1":  {"q=a", "blind=no", "blind=off&blind=on", "x", ";"},
		"/applications/A1":     {"q=a", "blind=no", "blind=off&blind=on", "x", ";"},
		"/v1/skills/" + teams:  {"q=a", "x=1", "blind=off"},
		"/v1/skills/urn:other": {"q=a"},
	} {
		for _, raw := range more {
			status, body, h := get(t, s, route+"?"+raw)
			if status != http.StatusBadRequest {
				t.Errorf("%s?%.40s: status %d %.200s", route, raw, status, body)
			}
			want := "text/html"
			if strings.HasPrefix(route, "/v1/") {
				want = "application/problem+json"
			}
			if !strings.HasPrefix(h.Get("Content-Type"), want) {
				t.Errorf("%s?%.40s: %s", route, raw, h.Get("Content-Type"))
			}
		}
	}
	if _, body, _ := get(t, s, "/v1/search?query=python"); !strings.Contains(body, "there is no parameter") || !strings.Contains(body, "skill") {
		t.Errorf("it is not told what there is: %s", body)
	}
}

// mixed are applications of each status.
func mixed() []record.Application {
	old := badge("Teamwork", teams, "work in teams", verdict.Verified, "")
	old.Verdict.Credential.Expires = now.AddDate(0, 0, -1)
	return []record.Application{
		document("default", "verified", "Applicant One", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")),
		document("default", "authentic", "Applicant Two", nil, badge("Teamwork", teams, "work in teams", verdict.Authentic, "")),
		document("default", "pending", "Applicant Three", nil, badge("Teamwork", teams, "work in teams", verdict.Pending, verdict.HostUnreachable)),
		document("default", "rejected", "Applicant Four", nil, badge("Teamwork", teams, "work in teams", verdict.Rejected, verdict.ProofInvalid)),
		document("default", "unsupported", "Applicant Five", nil, badge("Teamwork", teams, "work in teams", verdict.Unsupported, verdict.SuiteUnsupported)),
		document("default", "expired", "Applicant Six", nil, old),
		document("default", "none", "Applicant Seven", nil),
		document("default", "unvouched", "Applicant Eight", nil, badge("Teamwork", teams, "work in teams", verdict.Unvouched, verdict.IssuerUnvouched)),
	}
}

// applications lists who is found.
func applications(t *testing.T, body string) []string {
	t.Helper()
	var res index.Results
	if err := json.Unmarshal([]byte(body), &res); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	out := []string{}
	for _, h := range res.Hits {
		out = append(out, h.Application)
	}
	slices.Sort(out)
	return out
}

func TestStatuses(t *testing.T) {
	s := open(t, mixed()...)
	all := []string{"authentic", "expired", "none", "pending", "rejected", "unsupported", "unvouched", "verified"}
	for raw, want := range map[string][]string{
		"":                                     all,
		"q=teamwork":                           {"verified"},
		"q=teamwork&include=authentic":         {"authentic", "verified"},
		"q=teamwork&include=authentic,pending": {"authentic", "pending", "verified"},
		"q=teamwork&include=authentic&include=pending":    {"authentic", "pending", "verified"},
		"q=teamwork&include=all":                          {"authentic", "expired", "pending", "rejected", "unvouched", "verified"},
		"q=teamwork&include=all,unsupported":              {"authentic", "expired", "pending", "rejected", "unsupported", "unvouched", "verified"},
		"q=teamwork&include=refused":                      {"rejected", "verified"},
		"q=teamwork&include=expired":                      {"expired", "verified"},
		"q=teamwork&include=unvouched":                    {"unvouched", "verified"},
		"q=teamwork&status=unvouched":                     {"unvouched"},
		"q=teamwork&status=rejected":                      {"rejected"},
		"q=teamwork&status=authentic,pending":             {"authentic", "pending"},
		"q=teamwork&status=unsupported":                   {"unsupported"},
		"status=rejected":                                 {"rejected"},
		"status=verified":                                 {"verified"},
		"status=authentic&status=verified":                {"authentic", "verified"},
		"status=rejected&skill=" + url.QueryEscape(teams): {"rejected"},
	} {
		for _, route := range []string{"/v1/search", "/v1/export"} {
			path := route + "?" + raw
			if route == "/v1/export" {
				path += "&format=json"
			}
			status, body, _ := get(t, s, strings.Replace(path, "?&", "?", 1))
			if route == "/v1/export" {
				body = `{"hits":` + body + `}`
			}
			if status != 200 || !slices.Equal(applications(t, body), want) {
				t.Errorf("%s: status %d, found %v, want %v", path, status, applications(t, body), want)
			}
		}
	}
	// The choice finds as many as its facet counts.
	_, body, _ := get(t, s, "/v1/search")
	var res index.Results
	if err := json.Unmarshal([]byte(body), &res); err != nil {
		t.Fatal(err)
	}
	for _, f := range res.Facets {
		for _, b := range f.Buckets {
			if f.Facet != query.FacetStatus {
				continue
			}
			if _, body, _ := get(t, s, "/v1/search?status="+b.Value); len(applications(t, body)) != b.Count {
				t.Errorf("status=%s finds %v, its facet counts %d", b.Value, applications(t, body), b.Count)
			}
		}
	}
}

// crowd are n applications.
func crowd(n int) []record.Application {
	var out []record.Application
	for i := range n {
		out = append(out, document("default", fmt.Sprintf("A%03d", i), fmt.Sprintf("Applicant %d", i), nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")))
	}
	return out
}

// TestExportIsWhole: every page of hits is in the file, and one that ends before
// the last says so.
func TestExportIsWhole(t *testing.T) {
	const many = query.MaxExportSize + 7
	s := open(t, crowd(many)...)
	names := func(format, body string) []string {
		t.Helper()
		var out []string
		switch format {
		case "csv":
			rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows[1:] {
				out = append(out, row[0])
			}
		case "json":
			out = applications(t, `{"hits":`+body+`}`)
		case "ndjson":
			for line := range strings.Lines(body) {
				var h index.Hit
				if err := json.Unmarshal([]byte(line), &h); err != nil {
					t.Fatal(err)
				}
				out = append(out, h.Application)
			}
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	cut := openWith(t, Options{Export: 3}, crowd(5)...)
	exact := openWith(t, Options{Export: 5}, crowd(5)...)
	for _, format := range []string{"csv", "json", "ndjson"} {
		_, body, h := get(t, s, "/v1/export?q=teamwork&format="+format)
		if n := len(names(format, body)); n != many || h.Get("X-Total-Count") != fmt.Sprint(many) || h.Get("X-Truncated") != "" {
			t.Errorf("%s: %d applicants, X-Total-Count %q, X-Truncated %q", format, n, h.Get("X-Total-Count"), h.Get("X-Truncated"))
		}
		_, body, h = get(t, cut, "/v1/export?q=teamwork&format="+format)
		if n := len(names(format, body)); n != 3 || h.Get("X-Total-Count") != "5" || h.Get("X-Truncated") != "true" {
			t.Errorf("%s, cut: %d applicants, X-Total-Count %q, X-Truncated %q", format, n, h.Get("X-Total-Count"), h.Get("X-Truncated"))
		}
		_, body, h = get(t, exact, "/v1/export?q=teamwork&format="+format)
		if n := len(names(format, body)); n != 5 || h.Get("X-Truncated") != "" {
			t.Errorf("%s, at the limit: %d applicants, X-Truncated %q", format, n, h.Get("X-Truncated"))
		}
	}
	if _, body, _ := get(t, s, "/v1/export?q=juggling&format=json"); body != "[]\n" {
		t.Errorf("nobody: %q", body)
	}
	_, body, h := get(t, cut, "/v1/match?required=teamwork&format=csv")
	if n := len(names("csv", body)); n != 3 || h.Get("X-Total-Count") != "5" || h.Get("X-Truncated") != "true" {
		t.Errorf("a match, cut: %d applicants, X-Total-Count %q, X-Truncated %q", n, h.Get("X-Total-Count"), h.Get("X-Truncated"))
	}
	_, body, _ = get(t, s, "/v1/match?required=teamwork&format=csv")
	if n := len(names("csv", body)); n != many {
		t.Errorf("a match: %d applicants", n)
	}
}

// TestExportWithoutATerm: where the question names no skill, the file says what
// each can prove.
func TestExportWithoutATerm(t *testing.T) {
	s := open(t, document("default", "A1", "", nil, badge("Teamwork on site", teams, "work in teams", verdict.Verified, "")), document("default", "A2", "", nil))
	for _, path := range []string{"/v1/export", "/v1/export?q=" + url.QueryEscape("job:technician")} {
		_, body, _ := get(t, s, path)
		rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		if err != nil || len(rows) != 3 {
			t.Fatalf("%s: %v, %v", path, rows, err)
		}
		for _, row := range rows[1:] {
			cell := func(name string) string { return row[slices.Index(rows[0], name)] }
			if cell("application") == "A1" && (cell("skill") != "work in teams" || cell("skill_id") != teams || cell("basis") != "uri" || cell("status") != "verified" || cell("badge") != "Teamwork on site" || cell("issuer") != "Harbour College") {
				t.Errorf("%s: %q", path, row)
			}
			if cell("application") == "A2" && cell("skill") != "" {
				t.Errorf("%s: %q", path, row)
			}
		}
	}
}

func TestD02_SafeCell(t *testing.T) {
	for _, start := range []string{"", " ", "\u200b", "\u2007", "\u00a0", "\ufeff", "\u3000", "\u2060", "\u202e", "\u2800", ",", ";", "\"", "'", " \u200b\u00a0"} {
		for _, sign := range []string{"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", "﹦", "−"} {
			in := start + sign + "1+1"
			if got := safeCell(in); !strings.HasPrefix(got, "'") || strings.ContainsAny(got, "\t\r\u200b\ufeff\u202e") {
				t.Errorf("%q: %q may be taken for a formula", in, got)
			}
		}
	}
	for _, plain := range []string{"", " ", "work in teams", "a=b", "B2", "2026-11-23T12:00:00Z", "c++", "\u00a0x", "Žofie"} {
		if got := safeCell(plain); got != plain {
			t.Errorf("%q becomes %q", plain, got)
		}
	}
	if got := safeCell("a\r\nb\u202ec\x00"); got != "a  bc" {
		t.Errorf("%q", got)
	}
}

// failing is an engine that answers so many searches and then no more.
type failing struct {
	index.Engine
	good int
}

func (f *failing) Search(ctx context.Context, tenant string, q query.Query) (*index.Results, error) {
	if f.good--; f.good < 0 {
		return nil, index.ErrUnavailable
	}
	return f.Engine.Search(ctx, tenant, q)
}

// TestExportBreaksOff: a file that cannot be completed does not look like a whole
// one, and who had taken what of it is told all the same.
func TestExportBreaksOff(t *testing.T) {
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: key, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	e.Write(context.Background(), crowd(query.MaxExportSize+1))
	for good, want := range map[int]int{0: http.StatusServiceUnavailable, 1: http.StatusOK} {
		var lines []Seen
		h, err := New(Options{Engine: &failing{e, good}, Now: func() time.Time { return now }, Audit: func(_ *http.Request, v Seen) { lines = append(lines, v) }})
		if err != nil {
			t.Fatal(err)
		}
		s := httptest.NewUnstartedServer(h)
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.Start()
		r, err := http.Get(s.URL + "/v1/export?format=ndjson")
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(r.Body)
		r.Body.Close()
		s.Close()
		if r.StatusCode != want || (want == http.StatusOK) != (err != nil) {
			t.Errorf("%d good pages: status %d, read with %v", good, r.StatusCode, err)
		}
		if want == http.StatusOK && (len(lines) != 1 || lines[0].Count != query.MaxExportSize) {
			t.Errorf("told of: %+v", lines)
		}
	}
}

// TestBlind: without blind=off no answer of any route has a name, nor the name of
// a file, which often holds it.
func TestBlind(t *testing.T) {
	e := badge("Teamwork", teams, "work in teams", verdict.Verified, "")
	e.Where = "Jane_Doe_CV.pdf > attachment badge.png"
	other := badge("Forged", teams, "work in teams", verdict.Rejected, verdict.ProofInvalid)
	other.Where = "letter of Jane_Doe.docx > link https://badges.example/1"
	linked := badge("Pending", teams, "work in teams", verdict.Pending, verdict.HostUnreachable)
	linked.Where = "https://portfolio.example/Jane_Doe > page"
	again := badge("Teamwork again", teams, "work in teams", verdict.Verified, "")
	again.Where = "Jane_Doe_CV.pdf"
	s := open(t, document("default", "A1", "Jane_Doe", []record.Unread{{Where: "Jane_Doe.zip > scans.pdf", Reason: "encrypted"}}, e, other, linked, again))
	for _, path := range []string{"/?q=teamwork", "/", "/match?required=teamwork", "/applications/A1", "/v1/search?q=teamwork&include=all", "/v1/search",
		"/v1/export", "/v1/export?format=json", "/v1/export?format=ndjson&q=teamwork", "/v1/match?required=teamwork", "/v1/match?required=teamwork&format=csv", "/v1/applications/A1"} {
		join := "?"
		if strings.Contains(path, "?") {
			join = "&"
		}
		for _, blind := range []string{"", join + "blind=on"} {
			status, body, _ := get(t, s, path+blind)
			if status != 200 || strings.Contains(body, "Jane") || strings.Contains(body, "display_name\":") {
				t.Errorf("%s%s: status %d, the name is told", path, blind, status)
			}
		}
		if status, body, _ := get(t, s, path+join+"blind=off"); status != 200 || !strings.Contains(body, "Jane_Doe") {
			t.Errorf("%s unblinded: status %d, the name is not there", path, status)
		}
	}
	_, body, _ := get(t, s, "/v1/applications/A1")
	var v struct {
		Credentials []struct{ Where string }
		Unread      []struct{ Where string }
	}
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatal(err)
	}
	var where []string
	for _, c := range v.Credentials {
		where = append(where, c.Where)
	}
	where = append(where, v.Unread[0].Where)
	if want := []string{"document 1 > attachment", "document 2 > link", "link 1 > page", "document 1", "document 3 > file"}; !slices.Equal(where, want) {
		t.Errorf("places %q, want %q", where, want)
	}
	// Links go on as the page is read.
	for page, links := range map[string][]string{
		"/?q=teamwork&blind=off":             {`/applications/A1?blind=off`, `blind=off&amp;format=csv`, `blind=off&amp;format=json`, `blind=off&amp;format=ndjson`},
		"/applications/A1?blind=off":         {`href="/v1/applications/A1?blind=off"`, `Blind: off`},
		"/applications/A1":                   {`href="/v1/applications/A1"`, `Blind: on`, `href="/blind?to=%2Fapplications%2FA1"`},
		"/match?required=teamwork&blind=off": {`href="/applications/A1?blind=off"`, `Blind: off`, `/v1/match?blind=off&amp;format=csv`},
		"/match?required=teamwork":           {`href="/applications/A1"`, `Blind: on`, `href="/blind?to=%2Fmatch%3Frequired%3Dteamwork"`},
	} {
		_, body, _ := get(t, s, page)
		for _, l := range links {
			if !strings.Contains(body, l) {
				t.Errorf("%s has no %s", page, l)
			}
		}
	}
}

// TestRecordIsAsOfNow: what ran out since the check is in no figure of the
// record, in the API and on the page.
func TestRecordIsAsOfNow(t *testing.T) {
	one := badge("Teamwork on site, B2", teams, "work in teams", verdict.Verified, "")
	one.Skills[0].Level, one.Skills[0].Soft, one.Skills[0].Above = "B2", "teamwork", &skills.Above{Domain: "collaborating"}
	one.Verdict.Credential.Issued, one.Verdict.Credential.Expires = date(2024, 3), date(2027, 8)
	two := badge("Teamwork at sea", teams, "work in teams", verdict.Verified, "")
	two.Skills[0].Level, two.Skills[0].Soft, two.Skills[0].Above = "C1", "teamwork", &skills.Above{Domain: "collaborating"}
	two.Verdict.Credential.Issuer = verdict.Party{ID: "did:key:zOther", Name: "Sea College"}
	two.Verdict.Credential.Issued, two.Verdict.Credential.Expires = date(2025, 5), date(2028, 9)
	gone := badge("Rope access", "https://skills.example/rope", "rope access", verdict.Verified, "")
	gone.Verdict.Credential.Issued, gone.Verdict.Credential.Expires = date(2020, 1), date(2027, 2)
	at := now
	s := openWith(t, Options{Now: func() time.Time { return at }}, document("default", "A1", "", nil, one, two, gone))
	for _, tc := range []struct {
		desc   string
		at     time.Time
		counts verdict.Counts
		b      record.Breadth
		depth  []record.Depth
		rows   []string
	}{
		{"at the check", now, verdict.Counts{Verified: 3},
			record.Breadth{Skills: 2, Domains: 1, SoftSkills: 1, Credentials: 3, Issuers: 2, Years: 2, First: date(2020, 1), Last: date(2025, 5), NextExpiry: date(2027, 2)},
			[]record.Depth{{ID: teams, Label: "work in teams", Framework: "ESCO", Soft: "teamwork", Credentials: 2, Issuers: 2, Level: "C1", First: date(2024, 3), Last: date(2025, 5), NextExpiry: date(2027, 8)},
				{ID: "https://skills.example/rope", Label: "rope access", Framework: "ESCO", Credentials: 1, Issuers: 1, First: date(2020, 1), Last: date(2020, 1), NextExpiry: date(2027, 2)}},
			[]string{"work in teams|2 exact|C1|2|May 2025|Aug 2027", "rope access|1 exact|1|Jan 2020|Feb 2027"}},
		{"after an expiry", date(2027, 3), verdict.Counts{Verified: 2, Expired: 1},
			record.Breadth{Skills: 1, Domains: 1, SoftSkills: 1, Credentials: 2, Issuers: 2, Years: 2, First: date(2024, 3), Last: date(2025, 5), NextExpiry: date(2027, 8)},
			[]record.Depth{{ID: teams, Label: "work in teams", Framework: "ESCO", Soft: "teamwork", Credentials: 2, Issuers: 2, Level: "C1", First: date(2024, 3), Last: date(2025, 5), NextExpiry: date(2027, 8)}},
			[]string{"work in teams|2 exact|C1|2|May 2025|Aug 2027", "rope access|1 over|1|ended Feb 2027"}},
		{"after the second", date(2028, 1), verdict.Counts{Verified: 1, Expired: 2},
			record.Breadth{Skills: 1, Domains: 1, SoftSkills: 1, Credentials: 1, Issuers: 1, Years: 1, First: date(2025, 5), Last: date(2025, 5), NextExpiry: date(2028, 9)},
			[]record.Depth{{ID: teams, Label: "work in teams", Framework: "ESCO", Soft: "teamwork", Credentials: 1, Issuers: 1, Level: "C1", First: date(2025, 5), Last: date(2025, 5), NextExpiry: date(2028, 9)}},
			[]string{"work in teams|1 exact, 1 over|C1|1|May 2025|Sep 2028", "rope access|1 over|1|ended Feb 2027"}},
		{"after all", date(2030, 1), verdict.Counts{Expired: 3}, record.Breadth{}, []record.Depth{}, []string{"work in teams|2 over|C1|2|ended Sep 2028", "rope access|1 over|1|ended Feb 2027"}},
	} {
		at = tc.at
		_, body, _ := get(t, s, "/v1/applications/A1")
		var v struct {
			Counts  verdict.Counts
			Breadth record.Breadth
			Depth   []record.Depth
			Claims  []struct {
				Status  verdict.Result
				Expired bool
			}
		}
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Fatal(err)
		}
		if v.Counts != tc.counts || v.Breadth != tc.b || !slices.Equal(v.Depth, tc.depth) {
			t.Errorf("%s: counts %+v, breadth %+v, depth %+v; want %+v, %+v, %+v", tc.desc, v.Counts, v.Breadth, v.Depth, tc.counts, tc.b, tc.depth)
		}
		good := 0
		for _, c := range v.Claims {
			if c.Expired != (c.Status == verdict.Expired) {
				t.Errorf("%s: claim %+v", tc.desc, c)
			}
			if c.Status == verdict.Verified {
				good++
			}
		}
		if good != tc.counts.Verified {
			t.Errorf("%s: %d claims are verified", tc.desc, good)
		}
		_, page, _ := get(t, s, "/applications/A1")
		rows := tableOf(t, page)
		if !slices.Equal(rows, tc.rows) {
			t.Errorf("%s: the table is %q, want %q", tc.desc, rows, tc.rows)
		}
		for name, want := range map[string]string{
			"skills proven": fmt.Sprint(tc.b.Skills), "Soft skills": fmt.Sprint(tc.b.SoftSkills), "Fields of work": fmt.Sprint(tc.b.Domains), "verified badges": fmt.Sprint(tc.counts.Verified),
			"issuers": fmt.Sprint(tc.b.Issuers), "Years in a row with a badge": fmt.Sprint(tc.b.Years), "not counted": fmt.Sprint(tc.counts.Expired),
			"First": monthOrDash(tc.b.First), "Newest": monthOrDash(tc.b.Last), "Next expiry": monthOrDash(tc.b.NextExpiry),
		} {
			if w := "<dt>" + name + "</dt><dd>" + want + "</dd>"; !strings.Contains(page, w) {
				t.Errorf("%s: %s is not on the page", tc.desc, w)
			}
		}
	}
}

func date(y int, m time.Month) time.Time { return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC) }

// tableOf reads the body of the page's table, a string a line.
func tableOf(t *testing.T, page string) []string {
	t.Helper()
	_, body, ok := strings.Cut(page, `<table class="profile`)
	if !ok {
		return nil
	}
	_, body, _ = strings.Cut(body, "</thead>")
	body, _, _ = strings.Cut(body, "</table>")
	body = regexp.MustCompile(`<svg class="units"[^>]*aria-label="([^"]*)"`).ReplaceAllString(body, "$1<svg")
	var out []string
	for row := range strings.SplitSeq(body, "</tr>") {
		if strings.Contains(row, `scope="rowgroup"`) {
			continue
		}
		var cells []string
		for _, end := range []string{"</th>", "</td>"} {
			row = strings.ReplaceAll(row, end, "\x00")
		}
		for cell := range strings.SplitSeq(row, "\x00") {
			if s := strings.TrimSpace(tags.ReplaceAllString(cell, "")); s != "" {
				cells = append(cells, s)
			}
		}
		if len(cells) > 0 {
			out = append(out, strings.Join(cells, "|"))
		}
	}
	return out
}

// TestSkillPaths: a concept is found by its URI however a client writes it, and
// nobody is sent elsewhere.
func TestSkillPaths(t *testing.T) {
	s := open(t, document("default", "A1", "", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")))
	for _, path := range []string{url.PathEscape(teams), teams, strings.Replace(teams, "://", ":/", 1), url.QueryEscape(teams), "http:/" + url.PathEscape(strings.TrimPrefix(teams, "http:/"))} {
		status, body, _ := get(t, s, "/v1/skills/"+path)
		var v struct {
			ID         string
			Applicants int
		}
		if err := json.Unmarshal([]byte(body), &v); err != nil || status != 200 || v.ID != teams || v.Applicants != 1 {
			t.Errorf("%s: status %d %s", path, status, body)
		}
	}
	for _, path := range []string{"", "http://", "http:/", "http://data.europa.eu/esco/skill/none", "//", "../applications/A1"} {
		r, err := http.NewRequest(http.MethodGet, s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Path = "/v1/skills/" + path
		if status, body, _ := do(t, r); status != http.StatusNotFound {
			t.Errorf("%q: status %d %s", path, status, body)
		}
	}
	r, err := http.NewRequest(http.MethodPost, s.URL+"/v1/skills/"+teams, nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, h := do(t, r); status != http.StatusMethodNotAllowed || h.Get("Allow") == "" {
		t.Errorf("POST: status %d", status)
	}
}

// onBasis makes an entry whose skill was recognised on a basis.
func monthOrDash(at time.Time) string {
	if at.IsZero() {
		return "–"
	}
	return at.UTC().Format("Jan 2006")
}

func onBasis(name string, basis skills.Basis) record.Entry {
	e := badge(name, teams, "work in teams", verdict.Verified, "")
	e.Skills[0].Basis = basis
	if basis == skills.BasisUnmapped {
		e.Skills[0] = skills.Skill{Label: "juggling", Basis: basis}
	}
	return e
}

func FuzzSafeCell(f *testing.F) {
	for _, s := range []string{"=1", " \t=x", "a", "'=1", "\u202e\u00a0-1", "\xff=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := safeCell(s)
		if strings.ContainsAny(got, "\t\r\n\x00") {
			t.Errorf("%q has a control character", got)
		}
		if got != "" && strings.ContainsRune("=+-@", rune(got[0])) {
			t.Errorf("%q begins a formula", got)
		}
	})
}
