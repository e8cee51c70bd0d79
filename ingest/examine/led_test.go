package examine

import (
	"context"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"assay/extract"
	"assay/verify"
	"assay/verify/fetch"
	"assay/verify/verdict"
)

// leading is a web whose links lead on.
type leading map[string]fetch.Response

func (w leading) Fetch(_ context.Context, r fetch.Request) (*fetch.Response, error) {
	out, ok := w[r.URL]
	if !ok {
		return nil, fetch.ErrUnreachable
	}
	if out.URL == "" {
		out.URL = r.URL
	}
	out.At = time.Unix(0, 0)
	return &out, nil
}

// examined gives what is found behind one link.
func examined(t *testing.T, w fetch.Fetcher, l Limits, line string) Report {
	t.Helper()
	r, err := newExaminer(t, w, FollowAll, l).Examine(context.Background(), Input{Documents: []extract.Document{{Name: "cv", Data: []byte(line)}}})
	if err != nil {
		t.Fatal(err)
	}
	return r[0]
}

// TestLedToAProvider: a link that leads on to the page of a known provider, such as
// a short one, is asked for the page's machine form; one to a page that a machine
// cannot check is told as such.
func TestLedToAProvider(t *testing.T) {
	const (
		short   = "https://go.college.example/7"
		page    = "https://www.credly.com/badges/12345678-1234-4123-8123-123456789abc"
		machine = "https://api.credly.com/v1/obi/v2/badge_assertions/12345678-1234-4123-8123-123456789abc"
		shared  = "https://verifierplus.org/credentials/12345678-1234-4123-8123-123456789abc"
		api     = "https://verifierplus.org/api/credentials/12345678-1234-4123-8123-123456789abc"
	)
	html := fetch.Response{Status: 200, ContentType: "text/html", Body: []byte("<html>"), URL: page}
	given := fetch.Response{Status: 200, Body: []byte(`json {"a":1}`)}
	at := func(r fetch.Response, where string) fetch.Response { r.URL = where; return r }
	for desc, tc := range map[string]struct {
		web     leading
		limits  Limits
		results []verdict.Reason // of the findings, "" = a badge that was judged
	}{
		"a badge":                          {web: leading{short: html, machine: given}, results: []verdict.Reason{""}},
		"a page that is withheld":          {web: leading{short: {Status: 403, URL: page}, machine: given}, results: []verdict.Reason{""}},
		"a machine form that is down":      {web: leading{short: html}, results: []verdict.Reason{verdict.HostUnreachable}},
		"a machine form that is withheld":  {web: leading{short: html, machine: {Status: 403}}, results: []verdict.Reason{verdict.HostUnreachable}},
		"a machine form that is gone":      {web: leading{short: html, machine: {Status: 404}}},
		"a share that is withdrawn":        {web: leading{short: at(html, shared), api: {Status: 404}}, results: []verdict.Reason{verdict.NotShared}},
		"a certificate":                    {web: leading{short: at(html, "https://coursera.org/verify/AB12CD34EF56")}, results: []verdict.Reason{verdict.ClaimOnly}},
		"a page that holds a badge itself": {web: leading{short: at(given, page)}, results: []verdict.Reason{""}},
		"a page of nobody's":               {web: leading{short: at(html, "https://college.example/7")}},
		"a lookalike":                      {web: leading{short: at(html, "https://evilcredly.com/badges/12345678-1234-4123-8123-123456789abc"), machine: given}},
		"a portal":                         {web: leading{short: at(html, "https://www.credly.com/users/role-account"), machine: given}},
		"a file":                           {web: leading{short: at(html, "https://drive.google.com/file/d/1AbCdEfGhIjKlMnOp/view"), "https://drive.google.com/uc?export=download&id=1AbCdEfGhIjKlMnOp": given}, results: []verdict.Reason{""}},
		"a file that is no badge":          {web: leading{short: at(html, "https://drive.google.com/file/d/1AbCdEfGhIjKlMnOp/view"), "https://drive.google.com/uc?export=download&id=1AbCdEfGhIjKlMnOp": html}},
		"a page of a verifier":             {web: leading{short: at(html, "https://college.example/app?vc="+url.QueryEscape(page)), machine: given}, results: []verdict.Reason{""}},
		"no fetch left":                    {web: leading{short: html, machine: given}, limits: Limits{Fetches: 1}, results: []verdict.Reason{verdict.Budget}},
	} {
		r := examined(t, tc.web, tc.limits, "other "+short)
		if len(r.Findings) != len(tc.results) {
			t.Errorf("%s: %+v", desc, r.Findings)
			continue
		}
		for i, want := range tc.results {
			if f := r.Findings[i]; want != "" && f.Reason != want || want == "" && f.Carrier != "json" {
				t.Errorf("%s: %+v", desc, f)
			}
		}
	}
}

// TestCarried: an address that stands whole in the query of a link is asked for where
// the link itself comes to nothing, and is not where it is no badge's or was asked.
func TestCarried(t *testing.T) {
	const (
		page    = "https://www.credly.com/badges/12345678-1234-4123-8123-123456789abc"
		machine = "https://api.credly.com/v1/obi/v2/badge_assertions/12345678-1234-4123-8123-123456789abc"
	)
	given := fetch.Response{Status: 200, Body: []byte(`json {"a":1}`)}
	html := fetch.Response{Status: 200, ContentType: "text/html", Body: []byte("<html>")}
	click := "https://track.example/c?u=" + url.QueryEscape(page)
	for desc, tc := range map[string]struct {
		web    leading
		limits Limits
		line   string
		asked  int
		badges int // of the findings that were judged
	}{
		"gone":               {web: leading{click: {Status: 404}, machine: given}, line: click, asked: 2, badges: 1},
		"no answer":          {web: leading{machine: given}, line: click, asked: 2, badges: 1},
		"a page of nobody's": {web: leading{click: html, machine: given}, line: click, asked: 2, badges: 1},
		"a badge itself":     {web: leading{click: given, machine: given}, line: click, asked: 1, badges: 1},
		"asked beside it":    {web: leading{click: html, machine: given}, line: machine + "\nother " + click, asked: 2, badges: 1},
		"no fetch left":      {web: leading{click: html, machine: given}, limits: Limits{Fetches: 1}, line: click, asked: 1},
		"no badge's":         {web: leading{}, line: "https://track.example/c?u=https://example.org/me", asked: 1},
		"one in another":     {web: leading{}, line: "https://track.example/c?u=" + url.QueryEscape("https://x.example/badge?u="+url.QueryEscape("https://y.example/badge")), asked: 2},
	} {
		badges := 0
		var asked atomic.Int64
		r := examined(t, counting{&asked, tc.web}, tc.limits, "other "+tc.line)
		for _, f := range r.Findings {
			if f.Carrier == "json" {
				badges++
			}
		}
		if int(asked.Load()) != tc.asked || badges != tc.badges {
			t.Errorf("%s: %d requests, %d badges: %+v", desc, asked.Load(), badges, r)
		}
	}
}

// TestSignIn: a page where one has to sign in, to which a host leads on, is not what was
// asked for, and says nothing of it.
func TestSignIn(t *testing.T) {
	const link = "https://drive.example/badge/1"
	for final, want := range map[string]Skipped{
		"https://accounts.example/v3/x?continue=" + url.QueryEscape(link): SkippedStatus,
		"https://accounts.example/ServiceLogin?continue=x":                SkippedStatus,
		"https://login.example/common/oauth2/authorize":                   SkippedStatus,
		"https://drive.example/login?next=/badge/1":                       SkippedStatus,
		"https://drive.example/users/sign_in":                             SkippedStatus,
		"https://drive.example/badge/1/":                                  SkippedNoBadge,
		"https://drive.example/blogin/1":                                  SkippedNoBadge,
		"https://drive.example/badge/1?from=/login":                       SkippedNoBadge,
		link: SkippedNoBadge,
	} {
		r := examined(t, leading{link: {Status: 200, ContentType: "text/html", Body: []byte("<html>"), URL: final}}, Limits{}, "other "+link)
		if len(r.NotFollowed) != 1 || r.NotFollowed[0].Reason != want {
			t.Errorf("%s: %+v, want %s", final, r.NotFollowed, want)
		}
	}
	given := fetch.Response{Status: 200, Body: []byte(`json {"a":1}`), URL: "https://login.example/badge"}
	if r := examined(t, leading{link: given}, Limits{}, "other "+link); len(r.Findings) != 1 || len(r.NotFollowed) != 0 {
		t.Errorf("a badge there: %+v", r)
	}
}

// TestCarriedByPolicy: the policy holds for what a link carries, too.
func TestCarriedByPolicy(t *testing.T) {
	var asked atomic.Int64
	w := counting{&asked, leading{}}
	e := newExaminer(t, w, FollowKnown, Limits{})
	_, err := e.Examine(context.Background(), Input{Documents: []extract.Document{{Name: "cv", Data: []byte("known https://track.example/c?u=https://example.org/badges/1")}}})
	if err != nil || asked.Load() != 1 {
		t.Errorf("%d requests, %v", asked.Load(), err)
	}
}

// TestAttack342LedInCircles: pages of providers that lead on to one another cost one
// request more than a link that does not.
func TestAttack342LedInCircles(t *testing.T) {
	const (
		a = "https://www.credly.com/badges/12345678-1234-4123-8123-123456789abc"
		b = "https://www.credly.com/badges/22345678-1234-4123-8123-123456789abc"
	)
	var asked atomic.Int64
	w := counting{&asked, leading{}}
	html := fetch.Response{Status: 200, ContentType: "text/html", Body: []byte("<html>")}
	for from, to := range map[string]string{
		"https://go.college.example/7": a,
		"https://api.credly.com/v1/obi/v2/badge_assertions/12345678-1234-4123-8123-123456789abc": b,
		"https://api.credly.com/v1/obi/v2/badge_assertions/22345678-1234-4123-8123-123456789abc": a,
	} {
		r := html
		r.URL = to
		w.leading[from] = r
	}
	r := examined(t, w, Limits{}, "other https://go.college.example/7")
	if asked.Load() != 2 || len(r.Findings) != 0 {
		t.Errorf("%d requests: %+v", asked.Load(), r.Findings)
	}
}

type counting struct {
	n *atomic.Int64
	leading
}

func (c counting) Fetch(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	c.n.Add(1)
	return c.leading.Fetch(ctx, r)
}

// TestShareWithdrawn: a link by which a badge was shared and that gives it out no
// more says so, known by its host or by the page; a link that is down is pending.
func TestShareWithdrawn(t *testing.T) {
	const own, api = "https://verify.college.example/credentials/1", "https://verify.college.example/api/credentials/1"
	const page = "form " + api + "\n"
	for desc, tc := range map[string]struct {
		answer fetch.Response
		want   verdict.Reason
	}{
		"withdrawn": {fetch.Response{Status: 404}, verdict.NotShared},
		"gone":      {fetch.Response{Status: 410}, verdict.NotShared},
		"down":      {fetch.Response{Status: 503}, verdict.HostUnreachable},
		"withheld":  {fetch.Response{Status: 403}, verdict.HostUnreachable},
	} {
		r := examined(t, leading{api: tc.answer}, Limits{}, "share "+own+" "+api)
		if len(r.Findings) != 1 || r.Findings[0].Reason != tc.want {
			t.Errorf("%s, by its host: %+v", desc, r.Findings)
		}
		r = examined(t, leading{own: {Status: 200, Body: []byte("sharedform " + api)}, api: tc.answer}, Limits{}, "likely "+own)
		if len(r.Findings) != 1 || r.Findings[0].Reason != tc.want {
			t.Errorf("%s, by the page: %+v", desc, r.Findings)
		}
	}
	r := examined(t, leading{own: {Status: 200, Body: []byte(page)}, api: {Status: 404}}, Limits{}, "likely "+own)
	if len(r.Findings) != 0 {
		t.Errorf("a form that is none of a share: %+v", r.Findings)
	}
}

// TestAttack341SharedFromWithin: the address that a verifier's link names, and the
// machine form of a share, are asked through the guard like any link.
func TestAttack341SharedFromWithin(t *testing.T) {
	guarded, err := fetch.NewClient(fetch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{
		"https://verifierplus.org/#verify?vc=http://169.254.169.254/latest/badge.json",
		"https://verifierplus.org/#verify?vc=https%3A%2F%2F127.0.0.1%2Fbadge.json",
		"https://verifierplus.org/#verify?vc=https://2130706433/badge.json",
		"https://badgecheck.io/?url=http%3A%2F%2F%5B%3A%3A1%5D%2Fbadge.json",
		"https://10.0.0.1/credentials/12345678-1234-4123-8123-123456789abc",
	} {
		v, err := verify.New(verify.Options{Fetcher: Budgeted(fetch.Offline())})
		if err != nil {
			t.Fatal(err)
		}
		e, err := New(Options{Extraction: plainly{}, Verifier: v, Fetcher: guarded, Follow: FollowAll})
		if err != nil {
			t.Fatal(err)
		}
		r, err := e.Examine(context.Background(), Input{Documents: []extract.Document{{Name: "cv.txt", Data: []byte("My badge: " + link)}}})
		if err != nil || len(r[0].Findings) != 0 || len(r[0].NotFollowed) != 1 || r[0].NotFollowed[0].Reason != SkippedRefused {
			t.Errorf("%s: %+v %v", link, r, err)
		}
	}
}

// plainly reads documents without a child.
type plainly struct{}

func (plainly) Extract(ctx context.Context, d extract.Document) (extract.Result, error) {
	return (&extract.Extractor{}).Extract(ctx, d)
}
