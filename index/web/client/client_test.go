package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
)

// server answers as the API would and keeps what it was asked.
type server struct {
	*httptest.Server
	asked []*http.Request
}

func serve(t *testing.T, answer http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked = append(s.asked, r)
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func open(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func one(c *Client) error {
	return c.Search(context.Background(), Search{Query: "x"}, func(*index.Results) error { return nil })
}

func TestNew(t *testing.T) {
	for _, tc := range []struct {
		desc string
		o    Options
		want error
	}{
		{"a tenant", Options{Server: "http://127.0.0.1:8080", Tenant: "acme"}, nil},
		{"a token", Options{Server: "https://example.org/assay/", Token: "s3cret~+/=="}, nil},
		{"no tenant", Options{Server: "http://127.0.0.1"}, record.ErrToken},
		{"a tenant of two parts", Options{Server: "http://127.0.0.1", Tenant: "a.b"}, record.ErrToken},
		{"a token of two lines", Options{Server: "http://127.0.0.1", Token: "a\nb"}, ErrToken},
		{"a token with a space", Options{Server: "http://127.0.0.1", Token: "a b"}, ErrToken},
		{"no scheme", Options{Server: "127.0.0.1:8080", Tenant: "acme"}, ErrServer},
		{"another scheme", Options{Server: "file:///etc", Tenant: "acme"}, ErrServer},
		{"no host", Options{Server: "http:///x", Tenant: "acme"}, ErrServer},
	} {
		if _, err := New(tc.o); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.desc, err, tc.want)
		}
	}
}

// Each question reaches the API in its parameters and in no other.
func TestQuestions(t *testing.T) {
	s := serve(t, says(200, `{"hits":[],"applicants":[],"skills":[{"term":"a"}]}`))
	c := open(t, Options{Server: s.URL + "/", Tenant: "acme"})
	ctx := context.Background()
	page := Page{Size: 7, Cursor: "-abc", Names: true}
	search := Search{Query: "a AND b", Exact: true, Sort: query.SortRecency, Include: []string{"authentic"}, Status: []string{"expired"}, Skill: []string{"urn:1", "urn:2"},
		Certificate: []string{"PMP"}, Soft: []string{"teamwork"}, Framework: []string{"ESCO"}, Issuer: []string{"did:key:a"}, Standing: []string{"listed"}, Earned: []string{"2024"}, Page: page}
	all := url.Values{"tenant": {"acme"}, "blind": {"off"}, "q": {"a AND b"}, "exact": {"true"}, "sort": {"recency"}, "include": {"authentic"}, "status": {"expired"},
		"skill": {"urn:1", "urn:2"}, "certificate": {"PMP"}, "soft": {"teamwork"}, "framework": {"ESCO"}, "issuer": {"did:key:a"}, "standing": {"listed"}, "earned": {"2024"}}
	paged, file := url.Values{"size": {"7"}, "cursor": {"-abc"}}, url.Values{"format": {"csv"}}
	for k, v := range all {
		paged[k], file[k] = v, v
	}
	for _, tc := range []struct {
		path string
		want url.Values
		ask  func() error
	}{
		{"/v1/search", paged, func() error { return c.Search(ctx, search, func(*index.Results) error { return nil }) }},
		{"/v1/search", paged, func() error { _, err := c.SearchJSON(ctx, search); return err }},
		{"/v1/search", url.Values{"tenant": {"acme"}, "q": {""}}, func() error { _, err := c.SearchJSON(ctx, Search{}); return err }},
		{"/v1/export", file, func() error { _, err := c.Export(ctx, search, "csv"); return err }},
		{"/v1/match", url.Values{"tenant": {"acme"}, "blind": {"off"}, "size": {"7"}, "cursor": {"-abc"}, "required": {"a", "b"}, "wished": {"c"}, "occupation": {"welder"}},
			func() error {
				return c.Match(ctx, Match{Required: []string{"a", "b"}, Wished: []string{"c"}, Occupation: "welder", Page: page}, func(*Role) error { return nil })
			}},
	} {
		if err := tc.ask(); err != nil {
			t.Errorf("%s: %v", tc.path, err)
			continue
		}
		r := s.asked[len(s.asked)-1]
		if r.URL.Path != tc.path || !reflect.DeepEqual(r.URL.Query(), tc.want) || r.Header.Get("Authorization") != "" {
			t.Errorf("asked %s, want %s?%s", r.URL, tc.path, tc.want.Encode())
		}
	}
}

// A token says who asks, so the tenant is not said.
func TestToken(t *testing.T) {
	s := serve(t, says(200, `{"hits":[]}`))
	if err := one(open(t, Options{Server: s.URL, Token: "s3cret", Tenant: "acme"})); err != nil {
		t.Fatal(err)
	}
	if r := s.asked[0]; r.Header.Get("Authorization") != "Bearer s3cret" || r.URL.Query().Has("tenant") {
		t.Errorf("asked %s with Authorization %q", r.URL, r.Header.Get("Authorization"))
	}
}

func TestErrors(t *testing.T) {
	for _, tc := range []struct {
		status     int
		body, want string
	}{
		{400, `{"title":"parameter cannot be taken","status":400,"detail":"size=x is no number"}`, "size=x is no number"},
		{400, `{"title":"cursor is not of this search","status":400}`, "cursor is not of this search"},
		{401, `{"title":"a token is needed"}`, "a token is needed"},
		{502, "<html>\n</html>", "answers 502 Bad Gateway"},
		{503, `{"detail":"` + strings.Repeat("long ", 1000) + `"}`, "…"},
	} {
		s := serve(t, says(tc.status, tc.body))
		err := one(open(t, Options{Server: strings.Replace(s.URL, "://", "://user:secret@", 1), Tenant: "acme"}))
		var api *Error
		if !errors.As(err, &api) || api.Status != tc.status || !strings.Contains(err.Error(), tc.want) || len(err.Error()) > 700 || strings.Contains(err.Error(), "secret") {
			t.Errorf("%d %.40s: %v", tc.status, tc.body, err)
		}
	}
	for _, body := range []string{"<html>", `{"hits":{}}`, `[1]`} {
		s := serve(t, says(200, body))
		if err := one(open(t, Options{Server: s.URL, Tenant: "acme"})); !errors.Is(err, ErrNotOurs) {
			t.Errorf("%s: %v", body, err)
		}
	}
	s := serve(t, nil)
	s.Close()
	if err := one(open(t, Options{Server: s.URL, Tenant: "acme"})); err == nil || strings.Contains(err.Error(), "tenant=") {
		t.Errorf("no server: %v", err)
	}
}

// paged answers with one hit a page, n pages.
func paged(list string, n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page := 1
		if c := r.URL.Query().Get("cursor"); c != "" {
			_, _ = fmt.Sscanf(c, "page-%d", &page)
		}
		next := ""
		if page < n {
			next = fmt.Sprintf(`,"cursor":"page-%d"`, page+1)
		}
		fmt.Fprintf(w, `{"total":%d,"skills":[{"term":"x"}],"new":"kept",%q:[{"application":"A-%d"}]%s}`, n, list, page, next)
	}
}

func TestPages(t *testing.T) {
	s := serve(t, paged("hits", 3))
	c := open(t, Options{Server: s.URL, Tenant: "acme"})
	for all, want := range map[bool]string{false: "A-1", true: "A-1 A-2 A-3"} {
		var seen []string
		if err := c.Search(context.Background(), Search{Page: Page{All: all}}, func(r *index.Results) error {
			seen = append(seen, r.Hits[0].Application)
			return nil
		}); err != nil || strings.Join(seen, " ") != want {
			t.Errorf("all %t: %v, %v", all, seen, err)
		}
	}
	stop := errors.New("enough")
	if err := c.Search(context.Background(), Search{Page: Page{All: true}}, func(*index.Results) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
	b, err := c.SearchJSON(context.Background(), Search{Page: Page{All: true}})
	if got := string(b); err != nil || !strings.Contains(got, `"hits":[{"application":"A-1"},{"application":"A-2"},{"application":"A-3"}]`) || strings.Contains(got, "cursor") || !strings.Contains(got, `"new":"kept"`) {
		t.Errorf("%v\n%s", err, got)
	}
	b, err = c.SearchJSON(context.Background(), Search{Page: Page{Cursor: "page-2"}})
	if err != nil || !strings.Contains(string(b), `[{"application":"A-2"}],"cursor":"page-3"`) {
		t.Errorf("%v\n%s", err, b)
	}
	s = serve(t, paged("applicants", 2))
	b, err = open(t, Options{Server: s.URL, Tenant: "acme"}).MatchJSON(context.Background(), Match{Page: Page{All: true}})
	if err != nil || !strings.Contains(string(b), `[{"application":"A-1"},{"application":"A-2"}]`) {
		t.Errorf("%v\n%s", err, b)
	}
	// A server that gives the same page for ever, as far as a test goes.
	given := 0
	s = serve(t, func(w http.ResponseWriter, r *http.Request) {
		if given++; given > 5 {
			w.WriteHeader(http.StatusInternalServerError)
		}
		fmt.Fprint(w, `{"hits":[],"cursor":"same"}`)
	})
	if err := open(t, Options{Server: s.URL, Tenant: "acme"}).Search(context.Background(), Search{Page: Page{All: true}}, func(*index.Results) error { return nil }); !errors.Is(err, ErrNotOurs) || len(s.asked) != 2 {
		t.Errorf("%v after %d", err, len(s.asked))
	}
}

// A server that says when to come again is asked again, so often and no more.
func TestAskedToWait(t *testing.T) {
	for _, tc := range []struct {
		after string
		times int
		asked int
		good  bool
	}{{"0", 2, 3, true}, {"0", 100, retries + 1, false}, {"3600", 1, 1, false}, {"-1", 1, 1, false}, {"", 1, 1, false}} {
		left := tc.times
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if left--; left >= 0 {
				w.Header().Set("Retry-After", tc.after)
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			fmt.Fprint(w, `{"hits":[]}`)
		})
		if err := one(open(t, Options{Server: s.URL, Tenant: "acme"})); (err == nil) != tc.good || len(s.asked) != tc.asked {
			t.Errorf("Retry-After %q, %d times: %v after %d", tc.after, tc.times, err, len(s.asked))
		}
	}
}

// An answer that is cut is an error, and so is one that does not end.
func TestCut(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "application\r\nA-1\r\n")
		_ = http.NewResponseController(w).Flush()
		if r.URL.Path == "/v1/export" {
			panic(http.ErrAbortHandler)
		}
		for range maxAnswer >> 20 {
			_, _ = w.Write(make([]byte, 1<<20))
		}
	})
	c := open(t, Options{Server: s.URL, Tenant: "acme"})
	x, err := c.Export(context.Background(), Search{}, "csv")
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if b, err := io.ReadAll(x); err == nil || !strings.Contains(err.Error(), "breaks off") {
		t.Errorf("%q %v", b, err)
	}
	if err := one(c); err == nil || !strings.Contains(err.Error(), "is larger than 32 MiB") {
		t.Errorf("%v", err)
	}
}
