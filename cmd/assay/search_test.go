package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/ingest"
	"assay/verify/verdict"

	"github.com/alecthomas/kong"
)

// api answers as the HTTP API would and keeps what it was asked.
type api struct {
	*httptest.Server
	asked  []url.Values
	header []http.Header
	stderr bytes.Buffer
}

func serveAPI(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *api {
	t.Helper()
	a := &api{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked, a.header = append(a.asked, r.URL.Query()), append(a.header, r.Header)
		answer(w, r)
	}))
	t.Cleanup(a.Close)
	return a
}

func always(v any) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(v) }
}

// asks runs a command against a server and gives what it prints.
func asks(t *testing.T, a *api, cmd interface{ Run(*env) error }, args ...string) (string, error) {
	t.Helper()
	k, err := kong.New(cmd, vars(), kong.Exit(func(int) { t.Fatal("exit") }))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Parse(append(args, "--server", a.URL)); err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = cmd.Run(&env{ctx: context.Background(), stdout: &out, stderr: &a.stderr})
	return out.String(), err
}

// either asks by match or by search.
func either(t *testing.T, a *api, match bool, args ...string) (string, error) {
	t.Helper()
	if match {
		return asks(t, a, &matchCmd{}, append(args, "--required", "x")...)
	}
	return asks(t, a, &searchCmd{}, append(args, "x")...)
}

// Flags that may be given several times reach the API as it takes them.
func TestSearchAsks(t *testing.T) {
	a := serveAPI(t, always(index.Results{}))
	for _, c := range []struct {
		args string
		want url.Values
	}{
		{"x --include authentic,pending", url.Values{"include": {"authentic", "pending"}}},
		{"x --include authentic --include rejected", url.Values{"include": {"authentic", "rejected"}}},
		{"x --exact --sort recency --size 7 --cursor=-abc", url.Values{"exact": {"true"}, "sort": {"recency"}, "size": {"7"}, "cursor": {"-abc"}}},
		{"x --trust listed,unlisted --issuer did:key:a --issuer did:key:b --earned 2024,2025", url.Values{"standing": {"listed", "unlisted"}, "issuer": {"did:key:a", "did:key:b"}, "earned": {"2024", "2025"}}},
		{"x --standing domain --standing account --status expired", url.Values{"status": {"expired"}}},
		{"x --skill urn:1 --certificate PMP,old --soft teamwork --framework ESCO", url.Values{"skill": {"urn:1"}, "certificate": {"PMP,old"}, "soft": {"teamwork"}, "framework": {"ESCO"}}},
		{"team work --tenant acme", url.Values{"q": {"team work"}, "tenant": {"acme"}, "blind": nil}},
		{"x --names", url.Values{"blind": {"off"}}},
	} {
		if _, err := asks(t, a, &searchCmd{}, strings.Fields(c.args)...); err != nil {
			t.Errorf("%s: %v", c.args, err)
			continue
		}
		got := a.asked[len(a.asked)-1]
		for name, want := range c.want {
			if !reflect.DeepEqual(got[name], want) {
				t.Errorf("%s: %s is %q, want %q", c.args, name, got[name], want)
			}
		}
	}
	a = serveAPI(t, always(index.RoleResults{Skills: []index.RoleSkill{{Term: "a"}}}))
	if _, err := asks(t, a, &matchCmd{}, "--required", "a,b", "--required", "c", "--wished", "d", "--occupation", "welder"); err != nil {
		t.Fatal(err)
	}
	want := url.Values{"required": {"a", "b", "c"}, "wished": {"d"}, "occupation": {"welder"}, "tenant": {"default"}}
	if !reflect.DeepEqual(a.asked[0], want) {
		t.Errorf("asked %v, want %v", a.asked[0], want)
	}
}

func TestSearchRefusesFlags(t *testing.T) {
	a := serveAPI(t, always(index.Results{}))
	for _, args := range []string{"x --include good", "x --trust some", "x --earned now", "x --size 0", "x --size 51", "x --sort name", "x --format xml",
		"x --format csv --all", "x --format json --json", "x --tenant a.b"} {
		if _, err := asks(t, a, &searchCmd{}, strings.Fields(args)...); err == nil {
			t.Errorf("%s: no error", args)
		}
	}
	for _, args := range []string{"", "--required a --size 51"} {
		if _, err := asks(t, a, &matchCmd{}, strings.Fields(args)...); err == nil {
			t.Errorf("match %s: no error", args)
		}
	}
	if _, err := asks(t, a, &searchCmd{}, "--token", "a\nb"); err == nil || strings.Contains(err.Error(), "a\nb") {
		t.Errorf("%v", err)
	}
	if len(a.asked) > 0 {
		t.Errorf("the server was asked %v", a.asked)
	}
}

// A token says who asks, so the tenant is not said.
func TestToken(t *testing.T) {
	for _, c := range []struct {
		cmd  interface{ Run(*env) error }
		args []string
		v    any
	}{
		{&searchCmd{}, []string{"x"}, index.Results{}},
		{&searchCmd{}, []string{"x", "--json"}, map[string]any{"hits": nil}},
		{&searchCmd{}, []string{"x", "--format", "csv"}, nil},
		{&matchCmd{}, []string{"--required", "x"}, index.RoleResults{Skills: []index.RoleSkill{{}}}},
	} {
		a := serveAPI(t, always(c.v))
		if _, err := asks(t, a, c.cmd, append(c.args, "--tenant", "acme", "--token", "s3cret~+/==")...); err != nil {
			t.Errorf("%v: %v", c.args, err)
			continue
		}
		if got := a.header[0].Get("Authorization"); got != "Bearer s3cret~+/==" {
			t.Errorf("%v: Authorization %q", c.args, got)
		}
		if a.asked[0].Has("tenant") {
			t.Errorf("%v: tenant=%s is sent beside a token", c.args, a.asked[0].Get("tenant"))
		}
	}
	a := serveAPI(t, always(index.Results{}))
	if _, err := asks(t, a, &searchCmd{}, "x"); err != nil || a.header[0].Get("Authorization") != "" || a.asked[0].Get("tenant") != "default" {
		t.Errorf("without a token: %v %q %v", err, a.header[0].Get("Authorization"), a.asked[0])
	}
}

func TestSearchErrors(t *testing.T) {
	for _, c := range []struct {
		status     int
		body, want string
	}{
		{400, `{"title":"parameter cannot be taken","status":400,"detail":"size=\"x\"\nis no number"}`, "size=\"x\"; is no number"},
		{400, `{"title":"cursor is not of this search","status":400}`, "cursor is not of this search"},
		{401, `{"title":"who asks?","status":401}`, "does not know who asks: --token, or better ASSAY_TOKEN"},
		{502, "<html>\n</html>", "502 Bad Gateway"},
		{503, `{"detail":"` + strings.Repeat("long ", 1000) + `"}`, "…"},
		{200, "<html>", "the answer is not that of assay"},
	} {
		a := serveAPI(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(c.status); fmt.Fprint(w, c.body) })
		for _, match := range []bool{false, true} {
			_, err := either(t, a, match)
			var line bytes.Buffer
			if err == nil || fail(&line, err) != statusUsage || strings.Count(line.String(), "\n") != 1 || !strings.Contains(line.String(), c.want) || line.Len() > 800 {
				t.Errorf("%d %.40s: %q", c.status, c.body, line.String())
			}
		}
	}
}

// paged answers with one hit a page, n pages.
func paged(list string, n int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		page := 1
		if c := r.URL.Query().Get("cursor"); c != "" {
			_, _ = fmt.Sscanf(c, "page-%d", &page)
		}
		next := ""
		if page < n {
			next = fmt.Sprintf(`,"cursor":"page-%d"`, page+1)
		}
		fmt.Fprintf(w, `{"total":%d,"skills":[{"term":"x","label":"x"}],"new":"kept",%q:[{"application":"A-%d"}]%s}`, n, list, page, next)
	}
}

func TestAllPages(t *testing.T) {
	for list, match := range map[string]bool{"hits": false, "applicants": true} {
		a := serveAPI(t, paged(list, 3))
		out, err := either(t, a, match, "--all")
		if err != nil || !strings.Contains(out, " 1. A-1 ") || !strings.Contains(out, " 3. A-3 ") || strings.Contains(out, "--cursor") {
			t.Errorf("%s --all: %v\n%s", list, err, out)
		}
		out, err = either(t, a, match)
		if err != nil || strings.Contains(out, "A-2") || !strings.Contains(out, "--cursor=page-2\n") || !strings.Contains(out, ", 1 shown") {
			t.Errorf("%s: %v\n%s", list, err, out)
		}
		out, err = either(t, a, match, "--cursor", "page-2")
		if err != nil || !strings.Contains(out, "A-2") || strings.Contains(out, "1. A-2") || !strings.Contains(out, "--cursor=page-3\n") {
			t.Errorf("%s --cursor: %v\n%s", list, err, out)
		}
		out, err = either(t, a, match, "--all", "--json")
		var whole map[string]any
		if err != nil || json.Unmarshal([]byte(out), &whole) != nil || strings.Count(out, "\n") != 1 {
			t.Fatalf("%s --all --json: %v\n%s", list, err, out)
		}
		if hits, _ := whole[list].([]any); len(hits) != 3 || whole["cursor"] != nil || whole["new"] != "kept" {
			t.Errorf("%s --all --json: %s", list, out)
		}
		out, err = either(t, a, match, "--json")
		if err != nil || !strings.Contains(out, `"cursor":"page-2"`) {
			t.Errorf("%s --json: %v\n%s", list, err, out)
		}
	}
	// A server that gives the same page for ever.
	a := serveAPI(t, always(map[string]any{"hits": []any{}, "cursor": "same"}))
	if _, err := asks(t, a, &searchCmd{}, "--all"); err == nil {
		t.Error("no error for a cursor that does not move")
	}
}

var (
	earned  = time.Date(2025, 3, 4, 0, 0, 0, 0, time.UTC)
	expires = time.Date(2027, 3, 4, 0, 0, 0, 0, time.UTC)
	checked = time.Date(2026, 5, 6, 0, 0, 0, 0, time.UTC)
)

func foundOne() *index.Results {
	return &index.Results{Read: "weldng AND k8s AND xyzzy", Total: 1,
		Expanded: []query.Expansion{
			{Term: "weldng", Concept: "urn:w", Label: "welding techniques", How: query.HowTypo, Also: []string{"gas welding", "arc welding", "c", "d", "e"}, Narrower: 12},
			{Term: "k8s", Concept: "urn:k", Label: "Kubernetes", How: query.HowAlias},
			{Term: "plain", Concept: "urn:p", Label: "Plain", How: query.HowExact},
			{Term: "xyzzy"}},
		Hits: []index.Hit{{Application: "A-1", DisplayName: "Jo Doe", Job: "welder", AppliedAt: checked, CheckedAt: checked,
			Why: []query.Match{
				{Term: "weldng", How: query.HowTypo, Skill: "urn:w", Label: "welding techniques", Framework: "ESCO", Basis: skills.BasisURI, Status: verdict.Verified, Level: "Advanced",
					Name: "Welding II", IssuerName: "College", Earned: earned, Expires: expires, Standing: "listed"},
				{Term: "weldng", How: query.HowNarrower, Skill: "urn:g", Label: "gas welding", Framework: "ESCO", Basis: skills.BasisText, Status: verdict.Pending, Credential: 1,
					Name: "Gas", Issuer: "did:key:z", Earned: earned, Standing: ""},
				{Term: "k8s", How: query.HowAlias, Skill: "urn:k", Label: "Kubernetes", Framework: "ESCO", Basis: skills.BasisLabel, Status: verdict.Expired, Expired: true, Credential: 2,
					Name: "K8s", IssuerName: `k8s.example, which calls itself "College"`, Expires: earned, Standing: "domain", Resembles: verdict.WarnNameLookalike},
				{Term: "xyzzy", How: query.HowName, Status: verdict.Rejected, Expired: true, Expires: earned, Credential: 3, Name: "Xyzzy master", IssuerName: `an issuer that calls itself "Mill"`},
				{Term: "a", How: query.HowExact, Label: "a b", Basis: skills.BasisUnmapped, Framework: "Local", Status: verdict.Verified, Credential: 4, Name: "AB"},
				{Term: "b", How: query.HowLabel, Label: "a b", Basis: skills.BasisUnmapped, Framework: "Local", Status: verdict.Verified, Credential: 4, Name: "AB"}},
			Counts:  verdict.Counts{Verified: 2, Pending: 1, Rejected: 4, Expired: 1, Unvouched: 3},
			Breadth: record.Breadth{Skills: 2, Domains: 1, SoftSkills: 3, Credentials: 2, Issuers: 1, Years: 2},
			Unread:  1,
			Refused: []index.Refused{{Credential: 3, Name: "Xyzzy master", Reason: verdict.Revoked}, {Credential: 5, Reason: verdict.ProofInvalid}}}},
		Facets: []index.FacetCounts{
			{Facet: query.FacetStatus, Buckets: []index.Bucket{{Value: "verified", Count: 1}, {Value: "unvouched", Count: 2}, {Value: "rejected", Count: 4}}},
			{Facet: query.FacetSkill, Buckets: []index.Bucket{{Value: "urn:w", Label: "welding techniques", Count: 1}}},
			{Facet: query.FacetStanding, Buckets: []index.Bucket{{Value: "listed", Count: 1}}}}}
}

func TestSearchPrints(t *testing.T) {
	const want = `searched for weldng AND k8s AND xyzzy
  weldng: read as welding techniques, a typing error set right; also searching gas welding, arc
    welding, c, d and 8 more
  k8s: read as Kubernetes
  xyzzy: in no skills framework that is loaded; looked for as words

 1. A-1 (for welder, applied 2026-05-06)
    ✔ verified  welding techniques (ESCO, exact, level Advanced) — weldng, a typing error set right
                “Welding II” by College, earned 2025-03-04, expires 2027-03-04, issuer listed
    … pending   gas welding (ESCO, by name) — below weldng (set right) in the framework
                “Gas”, says it is by did:key:z, earned 2025-03-04, does not expire
    ◷ expired   Kubernetes (ESCO, by name) — another name of k8s
                “K8s” by k8s.example, which calls itself "College", expired 2025-03-04
    ! resembles The issuer's name resembles that of a listed issuer, and it is another.
    ✘ rejected  “Xyzzy master” — xyzzy in the badge's name or tags
                by an issuer that calls itself "Mill", expired 2025-03-04
                revoked: The badge was revoked by its issuer.
    ✔ verified  a b (unmapped, says Local) — a itself; b in the skill's words
                “AB”, does not expire
    proves      2 skills in 1 domain, 3 soft skills, 2 badges by 1 issuer, earned 2 years running
    ✘ refused   a badge without a name — proof_invalid: The badge is not what was signed: it was
                changed afterwards, or somebody else signed it.
    ○ unvouched 3 badges whose issuer nobody stands behind
    ✘ refused   2 more
    ! unread    1 part of the application could not be read

1 applicant
`
	a := serveAPI(t, always(foundOne()))
	out, err := asks(t, a, &searchCmd{}, "x")
	if err != nil || out != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out, want)
	}
	out, err = asks(t, a, &searchCmd{}, "x", "--names", "--facets")
	if err != nil || !strings.Contains(out, " 1. Jo Doe (A-1, for welder, applied 2026-05-06)\n") {
		t.Errorf("--names: %v\n%s", err, out)
	}
	for _, s := range []string{"\nstatus (--status)\n     1 verified\n     2 unvouched\n     4 rejected\n", "\nskill (--skill)\n     1 welding techniques urn:w\n", "\nstanding (--standing)\n     1 listed\n"} {
		if !strings.Contains(out, s) {
			t.Errorf("--facets prints no %q in\n%s", s, out)
		}
	}
}

// A * that is no beginning of a word is told.
func TestSearchTellsOfStars(t *testing.T) {
	a := serveAPI(t, always(&index.Results{Read: "w*ld", Expanded: []query.Expansion{{Term: "w*ld", Note: query.NoteStar}}}))
	if out, err := asks(t, a, &searchCmd{}, "w*ld"); err != nil || !strings.Contains(out, "w*ld: words as they stand: a * ends the beginning of one") {
		t.Errorf("%v\n%s", err, out)
	}
}

// Where the question names no skill, what can be proven is told instead.
func TestSearchPrintsProven(t *testing.T) {
	r := foundOne()
	h := &r.Hits[0]
	h.Proven, h.Why = h.Why[:1], nil
	h.Proven[0].Term, h.Proven[0].How = "", ""
	out, err := asks(t, serveAPI(t, always(r)), &searchCmd{})
	if err != nil || !strings.Contains(out, "✔ verified  welding techniques (ESCO, exact, level Advanced)\n") || !strings.Contains(out, "✘ refused   Xyzzy master — revoked: ") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSearchPrintsNothing(t *testing.T) {
	r := foundOne()
	r.Hits, r.Total = nil, 0
	r.Instead = []index.Bucket{{Value: "unvouched", Count: 2}, {Value: "rejected", Count: 4}}
	r.Help = &index.Help{
		Parts: []index.PartCount{{Words: "\"xyzzy\"", Count: 0, Without: 3, Rest: "welding"}, {Words: "welding", Count: 3, Rest: "\"xyzzy\""}},
		Try:   []index.Attempt{{Query: "xyzzy welding", Why: "without quotes", Part: "\"xyzzy\"", Count: 1}},
		Near:  []index.Suggestion{{Label: "xyzzies", Count: 5}}, Widened: 1, Unfiltered: 9,
	}
	out, err := asks(t, serveAPI(t, always(r)), &searchCmd{}, "x")
	const want = `
no applicant
no skills framework that is loaded knows xyzzy, so only its words were looked for
nobody has "xyzzy"; without it, 3 applicants: welding
welding alone: 3 applicants
1 applicant (without quotes): xyzzy welding
spelt like it: xyzzies, which 5 applicants can prove
1 applicant without --exact
9 applicants without the flags that choose
2 applicants with --include unvouched
4 applicants with --include rejected
`
	if err != nil || !strings.HasSuffix(out, want) {
		t.Errorf("%v\n%s", err, out)
	}
}

// A question that cannot be read is shown with the place, and with what is nearest.
func TestSearchPointsAtTheError(t *testing.T) {
	a := serveAPI(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"title":"query cannot be read","status":400,"detail":"column 8 of the query: AND needs a term after it","column":8,"length":3,"try":["python"]}`)
	})
	for _, format := range [][]string{nil, {"--json"}, {"--format", "csv"}} {
		_, err := asks(t, a, &searchCmd{}, append([]string{"python AND"}, format...)...)
		if want := "column 8 of the query: AND needs a term after it\n  python AND\n         ^^^\n  meant was perhaps: python"; err == nil || err.Error() != want {
			t.Errorf("%v: %v", format, err)
		}
	}
}

// An occupation has more skills than a role; those that were not asked for are
// told.
func TestMatchLeftOut(t *testing.T) {
	a := serveAPI(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"title":"welder","left_out":7,"skills":[{"term":"a","label":"a"}]}`)
	})
	out, err := asks(t, a, &matchCmd{}, "--occupation", "welder")
	if err != nil || !strings.Contains(out, "\n7 more skills of the occupation left out\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestMatchPrints(t *testing.T) {
	w := foundOne().Hits[0]
	has, weak := w.Why[0], w.Why[1]
	has.Term, has.How, weak.Term = "welding", query.HowAlias, "gas"
	w.Why, w.Refused, w.Counts, w.Unread = nil, nil, verdict.Counts{}, 0
	r := index.RoleResults{Title: "Welder", Total: 1,
		Skills: []index.RoleSkill{
			{Term: "welding", ID: "urn:w", Label: "welding techniques", Required: true},
			{Term: "gas", ID: "urn:x", Label: "gas", Required: true, Badges: []index.Badge{{Name: "Gas II", IssuerName: "College", Holders: 2}, {Name: "Gas", Issuer: "did:key:z", Holders: 1}}},
			{Term: "xyzzy", Label: "xyzzy"},
			{Term: "http://example.org/s/1", ID: "http://example.org/s/1", Label: "solder"}},
		Applicants: []index.RoleApplicant{{Hit: w, Required: 1, Weaker: 1, Lacks: 2, Skills: []index.RoleStanding{
			{Term: "welding", Required: true, Standing: index.StandingHas, Match: &has},
			{Term: "gas", Required: true, Standing: index.StandingWeaker, Match: &weak},
			{Term: "xyzzy", Standing: index.StandingLacks},
			{Term: "http://example.org/s/1", Standing: index.StandingLacks}}}}}
	const want = `Welder
required welding: read as welding techniques
required gas
wished xyzzy: in no skills framework that is loaded; looked for as words
wished solder

 1. A-1 (for welder, applied 2026-05-06)
    has         1 of 2 required, 0 of 2 wished; 1 with weaker evidence; lacks 2
    ✔ has       welding techniques (ESCO, exact, level Advanced), required — another name of
                welding
                “Welding II” by College, earned 2025-03-04, expires 2027-03-04, issuer listed
    ? weaker    gas, required, pending — gas welding (ESCO, by name), below gas in the framework
                “Gas”, says it is by did:key:z, earned 2025-03-04, does not expire
                would be closed by “Gas II” by College (2 holders), “Gas” by did:key:z (1 holder)
    ✘ lacks     xyzzy, wished
                no badge was seen that would close the gap
    ✘ lacks     solder, wished
                no badge was seen that would close the gap
    proves      2 skills in 1 domain, 3 soft skills, 2 badges by 1 issuer, earned 2 years running

1 applicant with any of these skills
`
	out, err := asks(t, serveAPI(t, always(r)), &matchCmd{}, "--required", "welding")
	if err != nil || out != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out, want)
	}
}

// evilText moves the cursor, rings the bell, turns the line: in C0, in C1 and
// in marks of direction.
const evilText = "\x1b]0;owned\x07\x1b[2J\u202eabc\r\n\u2028x\ufeff\u009b31m\u200f\u061c\u2066\x7f\u200b\u00ad\U000e0041\u3164"

func harmlessOutput(t *testing.T, what, out string) {
	t.Helper()
	if i := strings.IndexAny(out, "\x1b\x07\u202e\u2028\ufeff\u009b\u200f\u061c\u2066\x7f\u200b\u00ad\U000e0041\u3164"); i >= 0 {
		t.Errorf("%s: %q gets through", what, out[max(0, i-40):min(len(out), i+10)])
	}
	if !strings.Contains(out, "abc") {
		t.Errorf("%s: nothing was printed", what)
	}
}

// fill puts a text into every string that a value holds.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.Type() == reflect.TypeFor[*query.Node]() {
			return // the question, as a tree: not printed
		}
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				fill(f, text)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), text)
	case reflect.String:
		v.SetString(text)
	case reflect.Int:
		v.SetInt(1)
	}
}

// What strangers wrote is printed without what a terminal obeys, and as JSON
// without loss.
func TestAnswersAreSafeForATerminal(t *testing.T) {
	var r index.Results
	fill(reflect.ValueOf(&r).Elem(), evilText)
	r.Hits[0].Refused[0].Credential = 2
	var role index.RoleResults
	fill(reflect.ValueOf(&role).Elem(), evilText)
	for _, s := range []index.Standing{index.StandingHas, index.StandingLacks} {
		role.Skills = append(role.Skills, role.Skills[0])
		x := role.Applicants[0].Skills[0]
		x.Standing = s
		role.Applicants[0].Skills = append(role.Applicants[0].Skills, x)
	}
	a := serveAPI(t, always(r))
	b := serveAPI(t, always(role))
	for _, c := range []struct {
		api  *api
		cmd  interface{ Run(*env) error }
		args []string
		into any
	}{
		{a, &searchCmd{}, []string{"x", "--names", "--facets"}, nil},
		{a, &searchCmd{}, []string{"x", "--json"}, &index.Results{}},
		{b, &matchCmd{}, []string{"--names", "--required", "x"}, nil},
		{b, &matchCmd{}, []string{"--required", "x", "--json"}, &index.RoleResults{}},
	} {
		out, err := asks(t, c.api, c.cmd, c.args...)
		if err != nil {
			t.Errorf("%v: %v", c.args, err)
			continue
		}
		harmlessOutput(t, fmt.Sprint(c.args), out)
		if c.into == nil {
			continue
		}
		if err := json.Unmarshal([]byte(out), c.into); err != nil {
			t.Errorf("%v: %v", c.args, err)
		}
		if got, ok := c.into.(*index.Results); ok && got.Hits[0].Why[0].Name != evilText {
			t.Errorf("%v: %q is not what was sent", c.args, got.Hits[0].Why[0].Name)
		}
	}
	for _, form := range []string{"csv", "json", "ndjson"} {
		x := serveAPI(t, func(w http.ResponseWriter, _ *http.Request) {
			if form == "csv" {
				fmt.Fprint(w, "name\r\n\"\u202eabc\u009b31m\u200f\x1b\x07\"\r\n")
				return
			}
			if form == "json" {
				_ = json.NewEncoder(w).Encode(r.Hits)
				return
			}
			for i := range r.Hits {
				_ = json.NewEncoder(w).Encode(&r.Hits[i])
			}
		})
		out, err := asks(t, x, &searchCmd{}, "x", "--format", form)
		if err != nil || x.asked[0].Get("format") != form {
			t.Errorf("%s: %v", form, err)
		}
		harmlessOutput(t, form, out)
		if form == "csv" && !strings.HasPrefix(out, "name\r\n\"") {
			t.Errorf("line ends are lost: %q", out)
		}
	}
	x := serveAPI(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"detail": evilText})
	})
	_, err := asks(t, x, &searchCmd{}, "x")
	var line bytes.Buffer
	fail(&line, err)
	harmlessOutput(t, "error", line.String())
}

// An export that breaks off is an error, not a short file.
func TestExportBreaksOff(t *testing.T) {
	a := serveAPI(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "application\r\nA-1\r\n")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	if _, err := asks(t, a, &searchCmd{}, "x", "--format", "csv"); err == nil || !strings.Contains(err.Error(), "breaks off") {
		t.Errorf("%v", err)
	}
}

// A file that does not hold everybody says so, and not in the file.
func TestExportTruncated(t *testing.T) {
	a := serveAPI(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Total-Count", "200000")
		w.Header().Set("X-Truncated", "true")
		fmt.Fprint(w, "application\r\n")
	})
	out, err := asks(t, a, &searchCmd{}, "x", "--format", "csv")
	if want := "assay: there are more applicants than a file holds, 200000 in all\n"; err != nil || out != "application\r\n" || a.stderr.String() != want {
		t.Errorf("%v %q %q", err, out, a.stderr.String())
	}
}

// A server that says when to come again is asked again.
func TestAskedToWait(t *testing.T) {
	for _, c := range []struct {
		after string
		times int
		good  bool
	}{{"0", 2, true}, {"0", 100, false}, {"3600", 1, false}, {"", 1, false}} {
		left := c.times
		a := serveAPI(t, func(w http.ResponseWriter, _ *http.Request) {
			if left--; left >= 0 {
				w.Header().Set("Retry-After", c.after)
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			fmt.Fprint(w, "{}")
		})
		if _, err := asks(t, a, &searchCmd{}, "x"); (err == nil) != c.good || len(a.asked) > 10 {
			t.Errorf("Retry-After %q, %d times: %v after %d", c.after, c.times, err, len(a.asked))
		}
	}
}

func TestOutcomePrints(t *testing.T) {
	o := &ingest.Outcome{Tenant: "t", Application: "A-1", State: ingest.Indexed, Findings: []ingest.Found{
		{Document: "document 1", Result: verdict.Verified, Credential: ingest.FoundCredential{Name: "W", Skills: []skills.Skill{
			{Label: "welding", Framework: "ESCO", Basis: skills.BasisURI, Level: "Level 2"}, {Label: "craft", Basis: skills.BasisUnmapped}}}},
		{Document: "document 1", Result: verdict.Authentic, Reason: verdict.RecipientUnknown, Credential: ingest.FoundCredential{Skills: []skills.Skill{{Label: "gas", Framework: "ESCO", Basis: skills.BasisText}}}}}}
	var b bytes.Buffer
	newPrinter(&b).outcome(o, nil)
	for _, want := range []string{"skills      welding (ESCO, exact, Level 2), craft (unmapped)\n", "would show  gas (ESCO, by name)\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	var evil ingest.Outcome
	fill(reflect.ValueOf(&evil).Elem(), evilText)
	b.Reset()
	newPrinter(&b).outcome(&evil, nil)
	harmlessOutput(t, "outcome", b.String())
}

func TestFlagHelp(t *testing.T) {
	var c struct {
		Server string `help:"HTTP API." default:"http://x" placeholder:"URL"`
		Plain  string `help:"Plain." default:"p"`
		None   string `help:"None." placeholder:"X"`
	}
	var out bytes.Buffer
	k := kong.Must(&c, kong.ValueFormatter(flagHelp), kong.Writers(&out, &out), kong.Exit(func(int) {}))
	_, _ = k.Parse([]string{"--help"})
	for _, want := range []string{"HTTP API (default http://x).", `--plain="p"`, "None.\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
