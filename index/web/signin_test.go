package web

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/index/record"
	"assay/index/web/session"
	"assay/verify/verdict"

	"github.com/go-jose/go-jose/v4"
)

// house is a server with a door, whose clock and file of tokens a test sets.
type house struct {
	*door
	clock  *clock
	tokens *Tokens
	path   string // of the tokens' file
	mu     sync.Mutex
	seen   []Seen
}

func (h *house) told(_ *http.Request, s Seen) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen = append(h.seen, s)
}

const houseTokens = " acme rights=search,names,export Jo of HR\n"

func newHouse(t *testing.T, lines string, logins *Logins, docs ...record.Application) *house {
	t.Helper()
	return newKeeping(t, nil, lines, logins, docs...)
}

// newKeeping is a house in which recruiters keep things.
func newKeeping(t *testing.T, saved Saved, lines string, logins *Logins, docs ...record.Application) *house {
	t.Helper()
	if docs == nil {
		docs = []record.Application{document("acme", "A1", "Applicant One", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, ""))}
	}
	h := &house{clock: &clock{at: now}}
	var err error
	if h.tokens, h.path, err = tokensOf(t, lines); err != nil {
		t.Fatal(err)
	}
	srv, err := NewServer(Access{Listen: "127.0.0.1:0", Tokens: h.tokens, Logins: logins})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := New(Options{Engine: engineWith(t, docs...), Identity: srv.access.caller, Now: h.clock.now, Checker: &spot{}, Intake: &shelf{docs: []Original{{Name: "resume.pdf", Data: []byte("of Applicant One")}}}, Documents: reading{}, Saved: saved, tokens: h.tokens, logins: logins,
		Audit: h.told})
	if err != nil {
		t.Fatal(err)
	}
	h.door = &door{server: srv, pages: pages, log: srv.access.Log}
	return h
}

// write gives the file of tokens other lines.
func (h *house) write(t *testing.T, lines string) {
	t.Helper()
	if err := os.WriteFile(h.path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.tokens.Reload(); err != nil {
		t.Fatal(err)
	}
}

// visitor is a browser at the door.
type visitor struct {
	t   *testing.T
	h   http.Handler
	jar map[string]string
}

func (h *house) visitor(t *testing.T) *visitor { return &visitor{t, h, map[string]string{}} }

// visitorOf is a browser with another's cookies.
func (h *house) visitorOf(t *testing.T, v *visitor) *visitor {
	return &visitor{t, h, maps.Clone(v.jar)}
}

func (v *visitor) do(r *http.Request, head ...string) *httptest.ResponseRecorder {
	v.t.Helper()
	r.Host = "localhost"
	r.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Del(head[i])
		if head[i+1] != "" {
			r.Header.Set(head[i], head[i+1])
		}
	}
	for name, value := range v.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	v.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(v.jar, c.Name)
		} else {
			v.jar[c.Name] = c.Value
		}
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
			v.t.Errorf("a cookie that others read: %v", c)
		}
	}
	return w
}

func (v *visitor) get(path string, head ...string) *httptest.ResponseRecorder {
	v.t.Helper()
	return v.do(httptest.NewRequest(http.MethodGet, path, nil), head...)
}

func (v *visitor) post(path string, form url.Values, head ...string) *httptest.ResponseRecorder {
	v.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(r, head...)
}

func (v *visitor) signIn(token string) {
	v.t.Helper()
	if w := v.post("/sign-in", url.Values{"token": {token}}); w.Code != http.StatusSeeOther || len(v.jar) == 0 {
		v.t.Fatalf("signing in: %d %s", w.Code, w.Body)
	}
}

var keyField = regexp.MustCompile(`name="key" value="([^"]+)"`)

// key is that of the forms of a page.
func (v *visitor) key() string {
	v.t.Helper()
	m := keyField.FindStringSubmatch(v.get("/blind").Body.String())
	if m == nil {
		v.t.Fatal("a form without a key")
	}
	return m[1]
}

// TestSignIn: a browser is shown the page to sign in, and goes on to the page that it
// asked for; programs are challenged as before.
func TestSignIn(t *testing.T) {
	h := newHouse(t, digest("jo's")+houseTokens, nil)
	v := h.visitor(t)
	w := v.get("/?q=teamwork")
	body := w.Body.String()
	if got := w.Header().Values("WWW-Authenticate"); w.Code != http.StatusUnauthorized || !slices.Equal(got, []string{`Bearer realm="assay"`}) {
		t.Errorf("%d, %q: a browser would ask for a password", w.Code, got)
	}
	if !strings.Contains(body, `<h1>Sign in</h1>`) || !strings.Contains(body, `name="to" value="/?q=teamwork"`) || strings.Contains(body, "Applicant One") || strings.Contains(body, "signed out") {
		t.Errorf("the page to sign in: %s", body)
	}
	for _, path := range []string{"/v1/search?q=teamwork", "/nothing"} {
		// A browser's scripts and downloads open no password box, either.
		for _, head := range [][]string{{"Accept", "", "Sec-Fetch-Site", ""}, {"Accept", "*/*"}, {"Accept", "", "Sec-Fetch-Site", "", "Sec-Fetch-Dest", "empty"}} {
			want := 1
			if head[1] == "" && len(head) == 4 {
				want = 2
			}
			if w := v.get(path, head...); w.Code != http.StatusUnauthorized || len(w.Header().Values("WWW-Authenticate")) != want {
				t.Errorf("%s with %q: %d, %q", path, head, w.Code, w.Header())
			}
		}
	}
	if w := v.get(regexp.MustCompile(`/static/assay\.[0-9a-f]+\.css`).FindString(body)); w.Code != http.StatusOK {
		t.Errorf("the page has no style sheet: %d", w.Code)
	}
	for _, token := range []string{"", "of nobody", strings.Repeat("x", maxToken+1), digest("jo's")} {
		w := v.post("/sign-in", url.Values{"token": {token}, "to": {"/?q=teamwork"}})
		if w.Code != http.StatusUnauthorized || len(v.jar) != 0 || !strings.Contains(w.Body.String(), "This token is not known here") || !strings.Contains(w.Body.String(), `value="/?q=teamwork"`) || strings.Contains(w.Body.String(), "of nobody") {
			t.Errorf("%.20q: %d, %v", token, w.Code, v.jar)
		}
	}
	w = v.post("/sign-in", url.Values{"token": {" jo's\n"}, "to": {"/?q=teamwork"}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/?q=teamwork" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	if w := v.get("/blind"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Jo of HR") || !strings.Contains(w.Body.String(), "acme, rights: search, names, export") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	if w := v.get("/?q=teamwork"); w.Code != http.StatusOK {
		t.Errorf("%d", w.Code)
	}
	// Another begins anew, so that nobody knows it who knew the one of before.
	before := v.jar["assay"]
	v.signIn("jo's")
	if v.jar["assay"] == before {
		t.Error("the session of before goes on")
	}
	// Who is shown a form of another site's signs nobody in.
	stranger := h.visitor(t)
	for _, head := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "", "Origin", "https://evil.example"}, {"Sec-Fetch-Site", "", "Origin", "null"}} {
		if w := stranger.post("/sign-in", url.Values{"token": {"jo's"}}, head...); w.Code != http.StatusForbidden || len(stranger.jar) != 0 {
			t.Errorf("%q: %d", head, w.Code)
		}
	}
	if w := stranger.post("/sign-in", url.Values{"token": {"jo's"}}, "Content-Type", "text/plain"); w.Code != http.StatusBadRequest {
		t.Errorf("no form: %d", w.Code)
	}
	// Where nobody signs in there is no door.
	free := open(t)
	if status, _, _ := get(t, free, "/sign-in"); status != http.StatusNotFound {
		t.Errorf("on loopback: %d", status)
	}
}

// TestOwnPage: nobody is led elsewhere from the door.
func TestOwnPage(t *testing.T) {
	h := newHouse(t, digest("jo's")+houseTokens, nil)
	for to, want := range map[string]string{
		"/": "/", "/?q=a%20b&include=all": "/?q=a%20b&include=all", "/applications/A1#b1": "/applications/A1#b1", "/v1/skills/http://x.example/y": "/v1/skills/http://x.example/y",
		"": "/", "//evil.example": "/", "///evil.example": "/", "https://evil.example": "/", "javascript:alert(1)": "/", "evil.example": "/", `/\evil.example`: "/", `\\evil.example`: "/",
		"/\t/evil.example": "/", "/\n/evil.example": "/", " //evil.example": "/", "/%2fevil.example": "/%2fevil.example", "/%5cevil.example": "/%5cevil.example", "/é": "/", "/\x7f": "/", "/%zz": "/", "/" + strings.Repeat("a", maxTo): "/",
		"/sign-in": "/", "/sign-in/company": "/", "/sign-out": "/", "/sign-out/everywhere": "/", "/language?code=de&to=/": "/", "/sign-info": "/sign-info",
		"/x\r\nSet-Cookie: a=b": "/",
	} {
		if got := ownPage(to); got != want {
			t.Errorf("%q: %q, want %q", to, got, want)
		}
		v := h.visitor(t)
		h.clock.add(time.Minute)
		if w := v.post("/sign-in", url.Values{"token": {"jo's"}, "to": {to}}); w.Header().Get("Location") != want {
			t.Errorf("%q: to %q", to, w.Header().Get("Location"))
		}
		if w := v.post("/blind", url.Values{"do": {"keep"}, "to": {to}, "key": {v.key()}}); w.Header().Get("Location") != want {
			t.Errorf("%q: reading blind leads to %q", to, w.Header().Get("Location"))
		}
		if w := v.get("/language?code=de&to=" + url.QueryEscape(to)); w.Code == http.StatusSeeOther && w.Header().Get("Location") != want {
			t.Errorf("%q: a language leads to %q", to, w.Header().Get("Location"))
		}
	}
}

// TestSessionAtTheDoor: a session ends by time, with its token, and does what its
// token may now.
func TestSessionAtTheDoor(t *testing.T) {
	line := digest("jo's")
	h := newHouse(t, line+houseTokens, nil)
	again := func(desc, notice string, change func()) {
		t.Helper()
		h.write(t, line+houseTokens)
		v := h.visitor(t)
		v.signIn("jo's")
		change()
		w := v.get("/?q=teamwork")
		if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), notice) || !strings.Contains(w.Body.String(), `value="/?q=teamwork"`) || v.jar["assay"] != "" {
			t.Errorf("%s: %d, %v: %s", desc, w.Code, v.jar, w.Body)
		}
		if w := v.get("/"); w.Code != http.StatusUnauthorized || strings.Contains(w.Body.String(), notice) {
			t.Errorf("%s is said twice", desc)
		}
		if w := v.get("/v1/export"); w.Code != http.StatusUnauthorized || strings.Contains(fmt.Sprint(w.Header()), "Basic") {
			t.Errorf("%s: a browser would ask for a password: %v", desc, w.Header())
		}
	}
	again("idle", "You were signed out after 30 minutes without use. What you asked for is kept.", func() { h.clock.add(session.Idle) })
	again("taken back", "your token is not known here any more", func() { h.write(t, digest("another")+houseTokens) })
	v := h.visitor(t)
	h.write(t, line+houseTokens)
	v.signIn("jo's")
	for end := h.clock.now().Add(session.Absolute); h.clock.now().Add(20 * time.Minute).Before(end); {
		h.clock.add(20 * time.Minute)
		if w := v.get("/"); w.Code != http.StatusOK {
			t.Fatalf("used all the time: %d", w.Code)
		}
	}
	h.clock.add(20 * time.Minute)
	if w := v.get("/"); w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "after 12 hours") {
		t.Errorf("after twelve hours: %d", w.Code)
	}
	v.signIn("jo's")
	h.write(t, line+" acme rights=check Jo of HR\n")
	if w := v.get("/"); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "The page “Search” needs the right search.") || !strings.Contains(w.Body.String(), "You have: check.") || !strings.Contains(w.Body.String(), "Sign in as somebody else") {
		t.Errorf("a right that was taken: %d %s", w.Code, w.Body)
	}
	h.write(t, line+" rival rights=search Jo of HR\n")
	if w := v.get("/applications/A1"); w.Code != http.StatusNotFound {
		t.Errorf("of another tenant now: %d", w.Code)
	}
	// Who is not known for another reason is not told that he was signed out.
	made := h.visitor(t)
	made.jar["assay"] = "made-up"
	if w := made.get("/"); w.Code != http.StatusUnauthorized || strings.Contains(w.Body.String(), "signed out") {
		t.Errorf("a cookie that somebody made: %d", w.Code)
	}
}

// TestSignOut: here, and everywhere; a copy of the cookie is worth nothing then.
func TestSignOut(t *testing.T) {
	h := newHouse(t, digest("jo's")+houseTokens+digest("jo's other")+houseTokens+digest("al's")+" acme rights=search Al\n", nil)
	one, two, al := h.visitor(t), h.visitor(t), h.visitor(t)
	one.signIn("jo's")
	two.signIn("jo's other")
	al.signIn("al's")
	h.clock.add(time.Second)
	stolen := h.visitor(t)
	maps.Copy(stolen.jar, one.jar)
	out := func(v *visitor, path, said string) {
		t.Helper()
		w := v.post(path, url.Values{"key": {v.key()}})
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/sign-in?said="+said || v.jar["assay"] != "" {
			t.Errorf("%s: %d to %q, %v", path, w.Code, w.Header().Get("Location"), v.jar)
		}
		if w := v.get(w.Header().Get("Location")); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "You are signed out") {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	out(one, "/sign-out", "out")
	if w := stolen.get("/"); w.Code != http.StatusUnauthorized {
		t.Errorf("a copied cookie: %d", w.Code)
	}
	if w := two.get("/"); w.Code != http.StatusOK {
		t.Errorf("the other device: %d", w.Code)
	}
	one.signIn("jo's")
	h.clock.add(time.Second)
	maps.Copy(stolen.jar, two.jar)
	out(one, "/sign-out/everywhere", "everywhere")
	for desc, v := range map[string]*visitor{"the other device": two, "a copied cookie": stolen} {
		if w := v.get("/"); w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "You were signed out.") {
			t.Errorf("%s: %d", desc, w.Code)
		}
	}
	if w := al.get("/"); w.Code != http.StatusOK {
		t.Errorf("somebody else: %d", w.Code)
	}
	h.clock.add(time.Second)
	two.signIn("jo's other")
	if w := two.get("/"); w.Code != http.StatusOK {
		t.Errorf("signed in again: %d", w.Code)
	}
	// Who bears a token has nothing to sign out of.
	bearer := h.visitor(t)
	if w := bearer.post("/sign-out", nil, "Authorization", "Bearer jo's"); w.Code != http.StatusBadRequest {
		t.Errorf("a token: %d", w.Code)
	}
}

// TestFormsHaveKeys: a form is taken with the key of its session alone, which is another
// text in each answer.
func TestFormsHaveKeys(t *testing.T) {
	h := newHouse(t, digest("jo's")+houseTokens+digest("al's")+" acme rights=search,names Al\n", nil)
	v, other := h.visitor(t), h.visitor(t)
	v.signIn("jo's")
	other.signIn("al's")
	if one, two := v.key(), v.key(); one == two {
		t.Error("two pages have one text")
	}
	lift := url.Values{"do": {"lift"}}
	for desc, key := range map[string]string{"none": "", "another session's": other.key(), "made up": strings.Repeat("A", 86)} {
		form := url.Values{"do": {"lift"}, "key": {key}}
		if w := v.post("/blind", form); w.Code != http.StatusForbidden || v.jar["assay-blind"] != "" {
			t.Errorf("%s: %d", desc, w.Code)
		}
	}
	lift.Set("key", v.key())
	for _, site := range []string{"cross-site", "same-site"} {
		behind := &visitor{t, h.pages, v.jar} // where the door itself does not refuse it
		for _, try := range []*visitor{v, behind} {
			if w := try.post("/blind", lift, "Sec-Fetch-Site", site); w.Code != http.StatusForbidden || v.jar["assay-blind"] != "" {
				t.Errorf("%s: %d", site, w.Code)
			}
		}
	}
	if w := v.post("/blind?key="+v.key(), url.Values{"do": {"lift"}}); w.Code == http.StatusSeeOther {
		t.Error("the key in the address is taken")
	}
	if w := v.post("/blind", lift, "Sec-Fetch-Site", "", "Origin", "null"); w.Code != http.StatusSeeOther {
		t.Errorf("a browser that tells nothing: %d %s", w.Code, w.Body)
	}
	// Where there is no session the browser has to tell whose the form is.
	free := &visitor{t, nil, map[string]string{}}
	pages, err := New(Options{Engine: engineWith(t)})
	if err != nil {
		t.Fatal(err)
	}
	basic := h.visitor(t)
	free.h = pages
	for _, tc := range []struct {
		site, origin string
		want         int
	}{
		{"same-origin", "", 303}, {"same-origin", "null", 303}, {"none", "", 303}, {"cross-site", "", 403}, {"same-site", "", 403}, {"", "", 303}, {"", "http://localhost", 303},
		{"", "http://localhost:1", 403}, {"", "https://evil.example", 403}, {"", "null", 403}, {"cross-site", "http://localhost", 403},
	} {
		for desc, try := range map[string]*visitor{"nobody is asked": free, "a password that the browser keeps": basic} {
			head := []string{"Sec-Fetch-Site", tc.site, "Origin", tc.origin}
			if try == basic {
				head = append(head, "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("x:jo's")))
			}
			if w := try.post("/blind", url.Values{"do": {"keep"}}, head...); w.Code != tc.want {
				t.Errorf("%s, from %q, %q: %d, want %d", desc, tc.site, tc.origin, w.Code, tc.want)
			}
		}
	}
}

// TestCookiesChangeNothing: a session reads the API, and changes nothing there, nor is it
// an assistant's or a hiring system's.
func TestCookiesChangeNothing(t *testing.T) {
	h := newHouse(t, digest("jo's")+" acme rights="+AllRights.String()+" Jo\n", nil)
	v := h.visitor(t)
	v.signIn("jo's")
	for _, path := range []string{"/v1/search?q=teamwork", "/v1/suggest?prefix=team", "/v1/export", "/v1/applications/A1", "/v1/openapi.json", "/"} {
		if w := v.get(path); w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	key := v.key()
	n := 0
	for route := range needs {
		method, path, ok := strings.Cut(route, " ")
		if !ok {
			method, path = http.MethodPost, route
		}
		if !strings.HasPrefix(path, "/v1/") && path != "/mcp" || strings.HasPrefix(path, "/v1/hooks/") {
			continue
		}
		n++
		paths := []string{strings.ReplaceAll(path, "{id}", "A1")}
		if at, ok := strings.CutPrefix(paths[0], "/v1/"); ok && (strings.HasSuffix(at, "/verify") || at == "challenges") {
			paths = append(paths, "/"+at)
		}
		for _, path := range paths {
			for _, kind := range []string{"application/json", "application/x-www-form-urlencoded"} {
				r := httptest.NewRequest(method, path, strings.NewReader("key="+key))
				r.Header.Set("Content-Type", kind)
				if w := v.do(r); w.Code != http.StatusUnauthorized {
					t.Errorf("%s %s: %d", method, path, w.Code)
				}
			}
		}
	}
	if n < 15 {
		t.Errorf("only %d routes were tried", n)
	}
	if w := v.get("/metrics", "X-Forwarded-For", "192.0.2.1"); w.Code != http.StatusUnauthorized {
		t.Errorf("/metrics: %d", w.Code)
	}
}

// TestTries: nobody tries tokens one after the other.
func TestTries(t *testing.T) {
	h := newHouse(t, digest("jo's")+houseTokens, nil)
	try := func(address string) int {
		v := h.visitor(t)
		r := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader("token=x"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr = address
		w := v.do(r)
		if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
			t.Error("it is not said when to try again")
		}
		return w.Code
	}
	for i := range triesOfOne {
		if code := try("192.0.2.1:1"); code != http.StatusUnauthorized {
			t.Fatalf("try %d: %d", i, code)
		}
	}
	if code := try("192.0.2.1:2"); code != http.StatusTooManyRequests {
		t.Errorf("one too many: %d", code)
	}
	if code := try("192.0.2.2:1"); code != http.StatusUnauthorized {
		t.Errorf("another address: %d", code)
	}
	h.clock.add(2 * time.Second)
	if code := try("192.0.2.1:1"); code != http.StatusUnauthorized {
		t.Errorf("two seconds later: %d", code)
	}
	h.clock.add(time.Hour)
	for range 2 * triesOfAll { // one address alone shuts the door for nobody else
		try("192.0.2.1:1")
	}
	for i := range triesOfOne {
		if code := try(fmt.Sprintf("[2001:db8::%x]:1", i)); code != http.StatusUnauthorized {
			t.Fatalf("try %d: %d", i, code)
		}
	}
	if code := try("[2001:db8::ffff]:1"); code != http.StatusTooManyRequests {
		t.Errorf("one has a network of IPv6: %d", code)
	}
	h.clock.add(time.Hour)
	for i := range triesOfAll {
		if code := try(fmt.Sprintf("[2001:db8:0:%x::1]:1", i)); code != http.StatusUnauthorized {
			t.Fatalf("try %d: %d", i, code)
		}
	}
	if code := try("198.51.100.1:1"); code != http.StatusTooManyRequests {
		t.Errorf("one too many of all: %d", code)
	}
}

// TestLanguageIsKept, by a word in the reader's browser.
func TestLanguageIsKept(t *testing.T) {
	h := newHouse(t, digest("jo's")+houseTokens, nil)
	v := h.visitor(t)
	body := v.get("/?q=teamwork").Body.String()
	link := "/language?code=de&amp;to=%2F%3Fq%3Dteamwork"
	if !strings.Contains(body, `href="`+link+`"`) || !strings.Contains(body, `<html lang="en">`) {
		t.Fatalf("no choice: %s", body)
	}
	if w := v.get(strings.ReplaceAll(link, "&amp;", "&")); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/?q=teamwork" || v.jar[tongueCookie] != "de" {
		t.Errorf("%d to %q, %v", w.Code, w.Header().Get("Location"), v.jar)
	}
	if body := v.get("/").Body.String(); !strings.Contains(body, `<html lang="de">`) || !strings.Contains(body, "<h1>Anmelden</h1>") {
		t.Errorf("it is not kept: %s", body)
	}
	for _, code := range []string{"", "xx", "de&code=en"} {
		if w := v.get("/language?code=" + code); w.Code != http.StatusBadRequest || v.jar[tongueCookie] != "de" {
			t.Errorf("%q: %d", code, w.Code)
		}
	}
}

// grants are how people sign in to a realm.
type grants struct {
	realm    *realm
	clock    *clock
	redirect string // that the client has told it of

	asked  url.Values     // of the last authorization request
	claims map[string]any // of the ID token, beside the good ones; nil takes one out
	head   map[string]any // of its header
	key    any            // that signs, nil = the realm's
	raw    string         // the ID token itself
	down   bool           // the token endpoint
	page   bool           // somebody is asked there, and goes on by a link
}

func (g *grants) authorize(w http.ResponseWriter, r *http.Request) {
	p := r.URL.Query()
	g.asked = p
	if p.Get("client_id") != "assay-page" || p.Get("redirect_uri") != g.redirect || p.Get("response_type") != "code" || !slices.Contains(strings.Fields(p.Get("scope")), "openid") || p.Get("code_challenge_method") != "S256" || len(p.Get("code_challenge")) != 43 || len(p.Get("state")) < 43 || len(p.Get("nonce")) < 43 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	back := g.redirect + "?" + url.Values{"code": {"a code"}, "state": {p.Get("state")}, "iss": {g.realm.URL}, "session_state": {"x"}}.Encode()
	if g.page {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><title>x</title><main>The company asks who you are. <a id="on" href="%s">Go on</a></main>`, html.EscapeString(back))
		return
	}
	w.Header().Set("Location", back)
	w.WriteHeader(http.StatusFound)
}

func (g *grants) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	switch {
	case g.down:
		w.WriteHeader(http.StatusBadGateway)
		return
	case r.Method != http.MethodPost, id != "assay-page", secret != "a-secret", r.PostFormValue("grant_type") != "authorization_code", r.PostFormValue("code") != "a code",
		r.PostFormValue("redirect_uri") != g.redirect, base64.RawURLEncoding.EncodeToString(sum[:]) != g.asked.Get("code_challenge"):
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		return
	}
	claims := g.realm.claims(g.clock)
	claims["aud"], claims["nonce"] = "assay-page", g.asked.Get("nonce")
	maps.Copy(claims, g.claims)
	for name, v := range claims {
		if v == nil {
			delete(claims, name)
		}
	}
	head := map[string]any{"kid": "one", "typ": "JWT"}
	maps.Copy(head, g.head)
	key := g.key
	if key == nil {
		key = g.realm.signer["one"]
	}
	token := sign(g.realm.t, key, jose.ES256, head, claims)
	if g.raw != "" {
		token = g.raw
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": token})
}

// withCompany is a house whose people sign in by an issuer.
func withCompany(t *testing.T) (*house, *grants) {
	t.Helper()
	return companyAt(t, "https://badges.example")
}

// companyAt is withCompany whose pages browsers reach at an address.
func companyAt(t *testing.T, at string) (*house, *grants) {
	t.Helper()
	c := &clock{at: now}
	s := newRealm(t)
	g := &grants{realm: s, clock: c, redirect: at + "/sign-in/back"}
	s.grants = g
	o := s.options(c)
	o.Client, o.Secret, o.Redirect = "assay-page", "a-secret", g.redirect
	o.Rights = append(o.Rights, "reader=search")
	l, err := NewLogins(o)
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t, digest("jo's")+houseTokens, l)
	h.clock = c
	pages, err := New(Options{Engine: engineWith(t, document("acme", "A1", "Applicant One", nil, badge("Teamwork", teams, "work in teams", verdict.Verified, ""))),
		Identity: h.server.access.caller, Now: c.now, tokens: h.tokens, logins: l, Audit: h.told})
	if err != nil {
		t.Fatal(err)
	}
	h.pages = pages
	return h, g
}

// goThere goes the way to the issuer and gives where it sends the browser back.
func (v *visitor) goThere(g *grants) *url.URL {
	v.t.Helper()
	w := v.get("/sign-in/company?to=" + url.QueryEscape("/?q=teamwork"))
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), g.realm.URL+"/authorize?") {
		v.t.Fatalf("%d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	client := *g.realm.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Get(w.Header().Get("Location"))
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	u, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || resp.StatusCode != http.StatusFound {
		v.t.Fatalf("the issuer does not take the question: %d %v", resp.StatusCode, err)
	}
	return u
}

// comeBack is how a browser comes from the issuer's page.
func (v *visitor) comeBack(u *url.URL) *httptest.ResponseRecorder {
	v.t.Helper()
	return v.get(u.RequestURI(), "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document")
}

// TestCompanySignIn: people sign in by the company's issuer, and every condition holds by
// which it is known that it speaks of who is here, to assay, and now.
func TestCompanySignIn(t *testing.T) {
	h, g := withCompany(t)
	v := h.visitor(t)
	if body := v.get("/?q=teamwork").Body.String(); !strings.Contains(body, `href="/sign-in/company?to=%2F%3Fq%3Dteamwork"`) {
		t.Fatalf("the page does not lead there: %s", body)
	}
	w := v.comeBack(v.goThere(g))
	if w.Code != http.StatusOK || w.Header().Get("Refresh") != "0; url=/?q=teamwork" || !strings.Contains(w.Body.String(), `href="/?q=teamwork"`) || v.jar["assay-way"] != "" {
		t.Fatalf("%d %v: %s", w.Code, w.Header(), w.Body)
	}
	if w := v.get("/blind"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "oidc:u-1") || !strings.Contains(w.Body.String(), "acme, rights: search, names<") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	// The same answer again is worth nothing.
	u := v.goThere(g)
	v.comeBack(u)
	v.jar = map[string]string{}
	if w := v.comeBack(u); w.Code != http.StatusBadRequest || len(v.jar) != 0 {
		t.Errorf("the same answer again: %d %v", w.Code, v.jar)
	}
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for desc, tc := range map[string]struct {
		set    func(g *grants)
		change func(p url.Values)
		want   int
	}{
		"state: none":              {change: func(p url.Values) { p.Del("state") }},
		"state: another":           {change: func(p url.Values) { p.Set("state", "x") }},
		"state: twice":             {change: func(p url.Values) { p.Add("state", "x") }},
		"code: none":               {change: func(p url.Values) { p.Del("code") }},
		"code: another":            {change: func(p url.Values) { p.Set("code", "x") }},
		"refused there":            {change: func(p url.Values) { p.Set("error", "access_denied") }},
		"issuer: another answers":  {change: func(p url.Values) { p.Set("iss", "https://issuer.example") }},
		"issuer: with a slash":     {set: func(g *grants) { g.claims = map[string]any{"iss": g.realm.URL + "/"} }},
		"issuer: without scheme":   {set: func(g *grants) { g.claims = map[string]any{"iss": strings.TrimPrefix(g.realm.URL, "https://")} }},
		"nonce: none":              {set: func(g *grants) { g.claims = map[string]any{"nonce": nil} }},
		"nonce: another":           {set: func(g *grants) { g.claims = map[string]any{"nonce": "x"} }},
		"PKCE: another's question": {set: func(g *grants) { g.asked.Set("code_challenge", strings.Repeat("x", 43)) }},
		"audience: the API's":      {set: func(g *grants) { g.claims = map[string]any{"aud": "assay"} }},
		"audience: several":        {set: func(g *grants) { g.claims = map[string]any{"aud": []string{"assay-page", "other"}} }},
		"for another client":       {set: func(g *grants) { g.claims = map[string]any{"azp": "other"} }},
		"expired":                  {set: func(g *grants) { g.claims = map[string]any{"exp": g.clock.now().Unix() - 61} }},
		"without an end":           {set: func(g *grants) { g.claims = map[string]any{"exp": nil} }},
		"a stranger's key":         {set: func(g *grants) { g.key = stranger }},
		"no tenant":                {set: func(g *grants) { g.claims = map[string]any{"org": nil} }},
		"nobody":                   {set: func(g *grants) { g.claims = map[string]any{"sub": nil} }},
		"a logout token":           {set: func(g *grants) { g.head = map[string]any{"typ": "logout+jwt"} }},
		"an event":                 {set: func(g *grants) { g.claims = map[string]any{"events": map[string]any{}} }},
		"an access token":          {set: func(g *grants) { g.claims = map[string]any{"token_use": "access"} }},
		"no ID token":              {set: func(g *grants) { g.raw = "x" }},
		"the issuer is away":       {set: func(g *grants) { g.down = true }, want: http.StatusServiceUnavailable},
	} {
		v := h.visitor(t)
		h.clock.add(time.Minute)
		u := v.goThere(g)
		g.realm.mu.Lock()
		if tc.set != nil {
			tc.set(g)
		}
		g.realm.mu.Unlock()
		p := u.Query()
		if tc.change != nil {
			tc.change(p)
		}
		u.RawQuery = p.Encode()
		want := tc.want
		if want == 0 {
			want = http.StatusForbidden
		}
		if w := v.comeBack(u); w.Code != want || v.jar["assay"] != "" {
			t.Errorf("%s: %d %v: %s", desc, w.Code, v.jar, w.Body)
		} else if w := v.get("/"); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: signed in", desc)
		}
		g.realm.mu.Lock()
		g.claims, g.head, g.key, g.raw, g.down = nil, nil, nil, "", false
		g.realm.mu.Unlock()
	}
	// Who has another's answer is not signed in by it: it is bound to the browser.
	victim, thief := h.visitor(t), h.visitor(t)
	h.clock.add(time.Minute)
	stolen := thief.goThere(g)
	if w := victim.comeBack(stolen); w.Code != http.StatusBadRequest || victim.jar["assay"] != "" {
		t.Errorf("an answer of another browser's: %d", w.Code)
	}
	victim.goThere(g)
	if w := victim.comeBack(stolen); w.Code != http.StatusForbidden || victim.jar["assay"] != "" {
		t.Errorf("another browser's answer on the way: %d", w.Code)
	}
	h.clock.add(time.Minute)
	u = victim.goThere(g)
	h.clock.add(session.WayTime)
	if w := victim.comeBack(u); w.Code != http.StatusBadRequest || victim.jar["assay"] != "" {
		t.Errorf("ten minutes later: %d", w.Code)
	}
	// Nothing else is asked for by a page of another site.
	for _, path := range []string{"/", "/sign-in", "/sign-in/company", "/v1/search"} {
		if w := v.get(path, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"); w.Code != http.StatusForbidden {
			t.Errorf("%s from another site: %d", path, w.Code)
		}
	}
	for _, head := range [][]string{{"Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"}, {"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}} {
		if w := v.get(backRoute, append([]string{"Sec-Fetch-Site", "cross-site"}, head...)...); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "another site") {
			t.Errorf("%q from another site: %d", head, w.Code)
		}
	}
}

// TestCompanyAsksSeldom: whoever comes to the door, the issuer is asked where people sign
// in once in ten minutes, however many keys it has.
func TestCompanyAsksSeldom(t *testing.T) {
	h, g := withCompany(t)
	g.realm.mu.Lock()
	g.realm.add("two", map[string]any{})
	g.realm.mu.Unlock()
	v := h.visitor(t)
	v.goThere(g)
	asked := func() int {
		g.realm.mu.Lock()
		defer g.realm.mu.Unlock()
		return g.realm.asked
	}
	before := asked()
	for range 10 {
		h.clock.add(2 * keysPause)
		v.get("/sign-in/company")
	}
	if n := asked() - before; n != 0 {
		t.Errorf("asked %d times", n)
	}
	h.clock.add(keysFresh)
	v.get("/sign-in/company")
	if asked() == before {
		t.Error("it is never asked again")
	}
	g.realm.mu.Lock()
	g.realm.away = true
	g.realm.mu.Unlock()
	h.clock.add(keysStale)
	if w := v.get("/sign-in/company"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("where the issuer does not answer: %d", w.Code)
	}
}

// TestCompanyRights: what the issuer's people may do is what the operator says now; and
// a line of the file of tokens is not theirs.
func TestCompanyRights(t *testing.T) {
	h, g := withCompany(t)
	v := h.visitor(t)
	v.comeBack(v.goThere(g))
	if w := v.get("/applications/A1?blind=off"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Applicant One") {
		t.Errorf("names: %d", w.Code)
	}
	l := h.server.access.Logins
	l.rights["recruiter"] = MaySearch
	if w := v.get("/applications/A1?blind=off"); w.Code != http.StatusForbidden {
		t.Errorf("a right that the operator took: %d", w.Code)
	}
	delete(l.rights, "recruiter")
	if w := v.get("/"); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "You have none.") {
		t.Errorf("no right: %d", w.Code)
	}
	// A session is of the issuer that it came by, and of how its word was read.
	l.rights["recruiter"] = MaySearch
	for desc, change := range map[string]func(*LoginOptions){"another issuer": func(o *LoginOptions) { o.Issuer += "/2" }, "another client": func(o *LoginOptions) { o.Client = "other" }, "another tenant": func(o *LoginOptions) { o.Tenant = "rival" },
		"another claim of tenants": func(o *LoginOptions) { o.TenantClaim = "team" }, "another claim of names": func(o *LoginOptions) { o.NameClaim = "email" }, "another claim of rights": func(o *LoginOptions) { o.RightsClaim = "roles" }} {
		o := l.o
		change(&o)
		was := l.own
		l.own = o.own()
		if w := h.visitorOf(t, v).get("/"); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", desc, w.Code)
		}
		l.own = was
	}
	if w := v.get("/"); w.Code != http.StatusOK {
		t.Errorf("this test sees nothing: %d", w.Code)
	}
	l.o.Client = ""
	if w := v.get("/"); w.Code != http.StatusUnauthorized {
		t.Errorf("nobody signs in by the issuer any more: %d", w.Code)
	}
	if w := v.get("/sign-in/company"); w.Code != http.StatusNotFound {
		t.Errorf("nor is anybody sent there: %d", w.Code)
	}
}

// TestClientOptions: what cannot be a client of an issuer's is refused at the start.
func TestClientOptions(t *testing.T) {
	good := LoginOptions{Issuer: "https://issuer.example", Audience: "assay", Tenant: "acme", Rights: []string{"a=search"}, Client: "page", Secret: "s", Redirect: "https://badges.example/sign-in/back"}
	for desc, tc := range map[string]struct {
		change func(*LoginOptions)
		ok     bool
	}{
		"good":                {func(*LoginOptions) {}, true},
		"a public client":     {func(o *LoginOptions) { o.Secret = "" }, true},
		"on this machine":     {func(o *LoginOptions) { o.Redirect = "http://localhost:8080/sign-in/back" }, true},
		"in the clear":        {func(o *LoginOptions) { o.Redirect = "http://badges.example/sign-in/back" }, false},
		"nowhere to go back":  {func(o *LoginOptions) { o.Redirect = "" }, false},
		"with a query":        {func(o *LoginOptions) { o.Redirect += "?a" }, false},
		"a secret of nobody":  {func(o *LoginOptions) { o.Client = "" }, false},
		"nobody at the pages": {func(o *LoginOptions) { o.Client, o.Secret, o.Redirect = "", "", "" }, true},
	} {
		o := good
		tc.change(&o)
		if _, err := NewLogins(o); (err == nil) != tc.ok {
			t.Errorf("%s: %v", desc, err)
		}
	}
	tokens, _, err := tokensOf(t, digest("x")+houseTokens)
	if err != nil {
		t.Fatal(err)
	}
	for origin, ok := range map[string]bool{"": true, "https://badges.example": true, "https://badges.example:8443": true, "http://localhost:8080": true, "http://127.0.0.1": true,
		"http://badges.example": true, "badges.example": false, "https://badges.example/": true, "https://badges.example//": false, "https://badges.example/x": false, "https://u@badges.example": false, "https://": false, "https://a b": false, "ftp://badges.example": false} {
		s, err := NewServer(Access{Listen: "127.0.0.1:0", Tokens: tokens, Origin: origin})
		if (err == nil) != ok {
			t.Errorf("%q: %v", origin, err)
		}
		if err == nil && strings.Contains(origin, "badges") && !s.hosts["badges.example"] {
			t.Errorf("%q: the server does not answer to it", origin)
		}
		if a := (&Access{Origin: origin}); a.secure() != strings.HasPrefix(origin, "https:") {
			t.Errorf("%q: secure %v", origin, a.secure())
		}
	}
}

// TestServeSignsIn: a server lets people sign in to its pages, and where browsers come
// over https its cookies go over nothing else; a process with the same key knows them.
func TestServeSignsIn(t *testing.T) {
	tokens, _, err := tokensOf(t, digest("jo's")+houseTokens)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	kept := map[string]*http.Cookie{}
	for i, tc := range []struct{ page, cookie, key string }{{"", "assay", "one"}, {"https://badges.example", "__Host-assay", "one"}, {"https://badges.example", "__Host-assay", "one"}, {"https://badges.example", "__Host-assay", "two"}} {
		s, err := NewServer(Access{Listen: "127.0.0.1:0", Tokens: tokens, Origin: tc.page})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Listen(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended, engine := make(chan error, 1), engineWith(t)
		go func() {
			ended <- s.Serve(ctx, Routes{Ready: func(context.Context) error { return nil }, Page: &Options{Engine: engine, Key: []byte(tc.key)}})
		}()
		ask := func(method, path string, form url.Values) *http.Response {
			r, err := http.NewRequestWithContext(ctx, method, s.URL()+path, strings.NewReader(form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept", "text/html")
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if c := kept[tc.cookie]; c != nil {
				r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
			}
			if tc.page != "" {
				r.Host = "badges.example"
			}
			resp, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			return resp
		}
		want := map[int]int{0: http.StatusUnauthorized, 1: http.StatusUnauthorized, 2: http.StatusOK, 3: http.StatusUnauthorized}[i]
		if resp := ask(http.MethodGet, "/blind", nil); resp.StatusCode != want {
			t.Errorf("%d: %s, want %d", i, resp.Status, want)
		}
		resp := ask(http.MethodPost, "/sign-in", url.Values{"token": {"jo's"}})
		for _, c := range resp.Cookies() {
			kept[c.Name] = c
			if c.Name != tc.cookie || c.Secure != (tc.page != "") {
				t.Errorf("%d: %v", i, c)
			}
		}
		if resp := ask(http.MethodGet, "/blind", nil); resp.StatusCode != http.StatusOK {
			t.Errorf("%d: signed in: %s", i, resp.Status)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
