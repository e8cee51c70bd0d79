package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/index"
	"assay/verify/verdict"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// digest is what stands in a file of tokens.
func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// tokensOf opens a file of tokens with these lines.
func tokensOf(t *testing.T, lines string) (*Tokens, string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	tokens, err := OpenTokens(path)
	return tokens, path, err
}

func TestOpenTokens(t *testing.T) {
	good := digest("one") + " acme Recruiter One\n"
	for _, tc := range []struct{ desc, lines, err string }{
		{"one", good, ""},
		{"comments, empty lines, tabs, Windows' ends", "# who\r\n\r\n" + digest("one") + "\tacme\tRecruiter One\r\n", ""},
		{"without an end of line", strings.TrimSpace(good), ""},
		{"upper case digits", strings.ToUpper(digest("one")) + " acme R\n", ""},
		{"rights", digest("one") + " acme rights=search,names\tRecruiter One\n", ""},
		{"a right that is none", digest("one") + " acme rights=search,secret-token Recruiter\n", "line 1: a right is none of search, names"},
		{"no right", digest("one") + " acme rights= Recruiter\n", "line 1: a right is none of"},
		{"rights and no name", digest("one") + " acme rights=search\n", "line 1: the caller's name is not"},
		{"a name of other letters", digest("one") + " acme Žofie Nováková\n", ""},
		{"nothing", "", "holds no token"},
		{"comments only", "# " + good, "holds no token"},
		{"the token itself", "secret-token acme Recruiter\n", "line 1: does not begin with the 64 hex digits"},
		{"a short digest", digest("one")[:62] + " acme Recruiter\n", "line 1: does not begin"},
		{"a long digest", digest("one") + "00 acme Recruiter\n", "line 1: does not begin"},
		{"no hex", strings.Repeat("g", 64) + " acme Recruiter\n", "line 1: does not begin"},
		{"the digest of nothing", digest("") + " acme Recruiter\n", "line 1: is the SHA-256 of nothing"},
		{"no tenant", digest("one") + "\n", "line 1: the tenant is not"},
		{"any tenant", "\n" + digest("one") + " * Recruiter\n", "line 2: the tenant is not"},
		{"no name", good + digest("two") + " acme\n", "line 2: the caller's name is not"},
		{"a long name", digest("one") + " acme " + strings.Repeat("a", 65) + "\n", "line 1: the caller's name is not"},
		{"a name that turns text", digest("one") + " acme a\u202eb\n", "line 1: the caller's name is not"},
		{"an issuer's name", digest("one") + " acme oidc:u-1\n", "line 1: a name that begins with oidc: is one that an issuer gives"},
		{"twice", good + "\n" + good, "line 3: the token of line 1 again"},
		{"too large", good + strings.Repeat("#\n", maxTokensFile/2), "larger than"},
	} {
		_, _, err := tokensOf(t, tc.lines)
		if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: %v, want %q", tc.desc, err, tc.err)
		}
		if err != nil && strings.Contains(err.Error(), "secret-token") {
			t.Errorf("%s: the error repeats the line: %v", tc.desc, err)
		}
	}
	if _, err := OpenTokens(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there is taken")
	}
}

// TestCaller: only who bears a token is known, and by his own.
func TestCaller(t *testing.T) {
	tokens, _, err := tokensOf(t, digest("one")+" acme Recruiter One\n"+digest("two:2")+" rival Recruiter Two\n")
	if err != nil {
		t.Fatal(err)
	}
	basic := func(user, password string) string {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.SetBasicAuth(user, password)
		return r.Header.Get("Authorization")
	}
	for _, tc := range []struct {
		desc    string
		headers []string
		want    Caller
	}{
		{"bearer", []string{"Bearer one"}, Caller{"Recruiter One", "acme", lineRights}},
		{"bearer in any case", []string{"bearer one"}, Caller{"Recruiter One", "acme", lineRights}},
		{"another caller", []string{"Bearer two:2"}, Caller{"Recruiter Two", "rival", lineRights}},
		{"basic", []string{basic("anybody", "one")}, Caller{"Recruiter One", "acme", lineRights}},
		{"basic without a user, with a colon", []string{basic("", "two:2")}, Caller{"Recruiter Two", "rival", lineRights}},
		{"nothing", nil, Caller{}},
		{"an empty header", []string{""}, Caller{}},
		{"an empty token", []string{"Bearer "}, Caller{}},
		{"another token", []string{"Bearer ones"}, Caller{}},
		{"a part of the token", []string{"Bearer on"}, Caller{}},
		{"the digest", []string{"Bearer " + digest("one")}, Caller{}},
		{"the token as user", []string{basic("one", "")}, Caller{}},
		{"another scheme", []string{"Digest one"}, Caller{}},
		{"no scheme", []string{"one"}, Caller{}},
		{"two headers", []string{"Bearer one", "Bearer two:2"}, Caller{}},
		{"a huge token", []string{"Bearer " + strings.Repeat("a", 1<<16)}, Caller{}},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Authorization"] = tc.headers
		got, err := tokens.Caller(r)
		if got != tc.want || (err == nil) != (tc.want != Caller{}) {
			t.Errorf("%s: %v, %v", tc.desc, got, err)
		}
	}
}

// TestReload: a token that is taken back is good no more, and a file that is
// broken takes none back.
func TestReload(t *testing.T) {
	tokens, path, err := tokensOf(t, digest("one")+" acme Recruiter\n")
	if err != nil {
		t.Fatal(err)
	}
	known := func(token string) bool {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		_, err := tokens.Caller(r)
		return err == nil
	}
	write := func(lines string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if changed, err := tokens.Reload(); changed || err != nil {
		t.Errorf("the same file: changed %v, %v", changed, err)
	}
	write("nonsense\n")
	if _, err := tokens.Reload(); err == nil || !known("one") {
		t.Errorf("a broken file: %v, the token of before is known: %v", err, known("one"))
	}
	write(digest("two") + " acme Recruiter\n")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { tokens.Follow(ctx, time.Millisecond, zap.NewNop()); close(done) }()
	for end := time.Now().Add(10 * time.Second); !known("two") && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-done
	if known("one") || !known("two") {
		t.Errorf("after the change: the old token is known %v, the new one %v", known("one"), known("two"))
	}
}

// TestFollowSaysOnce: a file that cannot be read is told of once, and again when
// it is another one that cannot.
func TestFollowSaysOnce(t *testing.T) {
	good := digest("one") + " acme Recruiter\n"
	tokens, path, err := tokensOf(t, good)
	if err != nil {
		t.Fatal(err)
	}
	core, logged := observer.New(zap.ErrorLevel)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { tokens.Follow(ctx, time.Millisecond, zap.New(core)); close(done) }()
	for i, lines := range []string{"nonsense\n", "other nonsense\n", ""} {
		if lines == "" {
			err = os.Remove(path)
		} else {
			err = os.WriteFile(path, []byte(lines), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(10 * time.Second); logged.Len() < i+1 && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(20 * time.Millisecond)
		// A file that is looked at while it is written is one more that cannot be read.
		if n := logged.Len(); n < i+1 || n > 2*(i+1) {
			t.Errorf("%q: told %d times", lines, n)
		}
	}
	cancel()
	<-done
}

// asking gives a server that asks who its callers are.
func asking(t *testing.T, o Options) *httptest.Server {
	t.Helper()
	tokens, _, err := tokensOf(t, digest("of acme")+" acme rights=search,names,export Recruiter One\n"+digest("of rival")+" rival rights=names,search Recruiter Two\n"+rightsLines)
	if err != nil {
		t.Fatal(err)
	}
	o.Identity = tokens.Caller
	return openWith(t, o,
		document("acme", "A1", "Applicant One", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")),
		document("acme", "A3", "Applicant Three", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")),
		document("rival", "B1", "Applicant Two", nil, badge("Zymurgy teamwork", teams, "work in teams", verdict.Verified, "")))
}

func as(t *testing.T, s *httptest.Server, token, path string) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return do(t, r)
}

// everyRoute is one address of each route.
var everyRoute = []string{"/", "/?q=teamwork", "/suggest?q=team", "/match?required=teamwork", "/applications/A1", "/nothing",
	"/v1/search?q=teamwork", "/v1/export?format=ndjson", "/v1/match?required=teamwork", "/v1/match?required=teamwork&format=csv", "/v1/applications/A1",
	"/v1/suggest?prefix=team", "/v1/skills/" + url.PathEscape(teams), "/v1/skills/" + teams, "/v1/openapi.json", "/v1/nothing"}

// TestNobodyUnknown: no route answers to a caller that is not known.
func TestNobodyUnknown(t *testing.T) {
	s := asking(t, Options{})
	for _, path := range append([]string{"/issuers", "/operations", "/check", "/v1/applications/A1/outcome", "/v1/deadletters", "/v1/status", "/v1/problems"}, everyRoute...) {
		for _, token := range []string{"", "of nobody"} {
			status, body, h := as(t, s, token, path)
			challenges := h.Values("WWW-Authenticate")
			if status != http.StatusUnauthorized || len(challenges) != 2 || !strings.HasPrefix(challenges[0], "Bearer ") || !strings.HasPrefix(challenges[1], "Basic ") {
				t.Errorf("%s with token %q: status %d, %q", path, token, status, challenges)
			}
			body = strings.ReplaceAll(body, url.QueryEscape(path), "")
			want := "text/html"
			if strings.HasPrefix(path, "/v1/") {
				want = "application/problem+json"
			}
			if !strings.HasPrefix(h.Get("Content-Type"), want) || strings.Contains(body, "A1") {
				t.Errorf("%s: %s: %s", path, h.Get("Content-Type"), body)
			}
		}
		if status, _, _ := as(t, s, "of acme", path); status == http.StatusUnauthorized {
			t.Errorf("%s: a known caller is refused", path)
		}
	}
	r, err := http.NewRequest(http.MethodGet, s.URL+"/?q=teamwork", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("anybody", "of acme")
	if status, body, _ := do(t, r); status != 200 || !strings.Contains(body, "2 applicants found") {
		t.Errorf("a browser with the token as password: status %d", status)
	}
}

// TestTenantIsTheCallers: nothing in the request names another tenant.
func TestTenantIsTheCallers(t *testing.T) {
	s := asking(t, Options{})
	for _, path := range everyRoute {
		if path == "/nothing" || path == "/v1/nothing" || path == "/v1/openapi.json" {
			continue
		}
		join := "?"
		if strings.Contains(path, "?") {
			join = "&"
		}
		for param, want := range map[string]int{
			"tenant=rival": 400, "tenant=": 400, "tenant=*": 400, "tenant=acme&tenant=rival": 400, "tenant=rival&tenant=acme": 400, "tenant=acme": 200, "": 200,
		} {
			status, body, _ := as(t, s, "of acme", path+join+param)
			if param == "" {
				status, body, _ = as(t, s, "of acme", path)
			}
			if status != want || strings.Contains(body, "B1") {
				t.Errorf("%s %q: status %d, want %d", path, param, status, want)
			}
		}
	}
	for token, want := range map[string]int{"of acme": 2, "of rival": 1} {
		_, body, _ := as(t, s, token, "/v1/search?q=teamwork")
		var res index.Results
		if err := json.Unmarshal([]byte(body), &res); err != nil || res.Total != want {
			t.Errorf("%s: %d found, %v", token, res.Total, err)
		}
	}
	if status, _, _ := as(t, s, "of rival", "/v1/applications/A1"); status != http.StatusNotFound {
		t.Errorf("another tenant's record: status %d", status)
	}
	// What a proxy or a user says beside the token counts for nothing.
	r, err := http.NewRequest(http.MethodGet, s.URL+"/v1/applications/A1", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("acme", "of rival")
	for _, name := range []string{"X-Tenant", "X-Forwarded-User", "X-Remote-User"} {
		r.Header.Set(name, "acme")
	}
	if status, _, _ := do(t, r); status != http.StatusNotFound {
		t.Errorf("a header named the tenant: status %d", status)
	}
}

// TestTenantOnLoopback: without an identity tenant= names the tenant, once.
func TestTenantOnLoopback(t *testing.T) {
	s := open(t, document("rival", "B1", "", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, "")))
	for path, want := range map[string]int{
		"/v1/search?tenant=rival": 200, "/v1/search": 200, "/v1/search?tenant=rival&tenant=default": 400, "/v1/search?tenant=": 400,
		"/?tenant=rival&tenant=default": 400, "/?tenant=*": 400, "/match?tenant=*": 400, "/applications/B1?tenant=rival&tenant=rival": 400,
	} {
		if status, body, _ := get(t, s, path); status != want {
			t.Errorf("%s: status %d, want %d: %s", path, status, want, body)
		}
	}
	if _, body, _ := get(t, s, "/?tenant=rival"); !strings.Contains(body, `href="/?tenant=rival"`) || !strings.Contains(body, `href="/applications/B1?tenant=rival"`) {
		t.Error("the links lose the tenant")
	}
}

// TestRate: each caller has a share of his own, and it comes back with time.
func TestRate(t *testing.T) {
	at := now
	s := asking(t, Options{Rate: 2, Burst: 3, Now: func() time.Time { return at }})
	ask := func(token, path string) (int, http.Header, string) {
		status, body, h := as(t, s, token, path)
		return status, h, body
	}
	for i := range 3 {
		if status, _, body := ask("of acme", "/v1/search"); status != 200 {
			t.Fatalf("request %d: status %d %s", i+1, status, body)
		}
	}
	for path, kind := range map[string]string{"/v1/search": "application/problem+json", "/": "text/html", "/v1/export": "application/problem+json"} {
		status, h, body := ask("of acme", path)
		if status != http.StatusTooManyRequests || h.Get("Retry-After") != "1" || !strings.HasPrefix(h.Get("Content-Type"), kind) {
			t.Errorf("%s, one too many: status %d, Retry-After %q, %s", path, status, h.Get("Retry-After"), body)
		}
	}
	if status, _, _ := ask("of rival", "/v1/search"); status != 200 {
		t.Errorf("another caller pays for it: status %d", status)
	}
	if status, _, _ := ask("", "/v1/search"); status != http.StatusUnauthorized {
		t.Errorf("nobody: status %d", status)
	}
	at = at.Add(500 * time.Millisecond)
	if status, _, _ := ask("of acme", "/v1/search"); status != 200 {
		t.Errorf("half a second later: status %d", status)
	}
	if status, _, _ := ask("of acme", "/v1/search"); status != http.StatusTooManyRequests {
		t.Errorf("and once more: status %d", status)
	}
	free := asking(t, Options{})
	for range 200 {
		if status, _, _ := as(t, free, "of acme", "/v1/suggest"); status != 200 {
			t.Fatalf("without a limit: status %d", status)
		}
	}
}

// TestAudit: a line for each record, and for each list that has names, is matched
// or taken along: who, whose, what, how many.
func TestAudit(t *testing.T) {
	var lines []Seen
	s := asking(t, Options{Audit: func(_ *http.Request, v Seen) { lines = append(lines, v) }})
	who := Caller{"Recruiter One", "acme", MaySearch | MayNames | MayExport}
	for _, tc := range []struct {
		path string
		want []Seen
	}{
		{"/applications/A1", []Seen{{who, "/applications/{id}", "A1", 1, true}}},
		{"/applications/A1?blind=off", []Seen{{who, "/applications/{id}", "A1", 1, false}}},
		{"/v1/applications/A1", []Seen{{who, "/v1/applications/{id}", "A1", 1, true}}},
		{"/applications/B1", nil},
		{"/", nil},
		{"/?q=teamwork&blind=off", []Seen{{who, "/", "", 2, false}}},
		{"/v1/search?q=teamwork", nil},
		{"/v1/search?q=teamwork&blind=off&size=1", []Seen{{who, "/v1/search", "", 1, false}}},
		{"/v1/export?q=teamwork", []Seen{{who, "/v1/export", "", 2, true}}},
		{"/v1/export?q=juggling&blind=off&format=json", []Seen{{who, "/v1/export", "", 0, false}}},
		{"/v1/export?format=xlsx", nil},
		{"/v1/match?required=teamwork", []Seen{{who, "/v1/match", "", 2, true}}},
		{"/v1/match?required=teamwork&format=csv&blind=off", []Seen{{who, "/v1/match", "", 2, false}}},
		{"/match?required=teamwork", []Seen{{who, "/match", "", 2, true}}},
		{"/match", nil},
		{"/v1/suggest?prefix=team", nil},
	} {
		lines = nil
		as(t, s, "of acme", tc.path)
		if !slices.Equal(lines, tc.want) {
			t.Errorf("%s: %+v, want %+v", tc.path, lines, tc.want)
		}
	}
}
