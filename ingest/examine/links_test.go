package examine

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/extract"
	"assay/verify"
	"assay/verify/fetch"
	"assay/verify/verdict"

	"github.com/google/go-cmp/cmp"
)

// answering is a web of which every address gives what it makes of it; it counts.
type answering struct {
	mu    sync.Mutex
	asked []string
	give  func(ctx context.Context, url string) ([]byte, error)
}

func (w *answering) Fetch(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	w.mu.Lock()
	w.asked = append(w.asked, r.URL)
	w.mu.Unlock()
	body, err := w.give(ctx, r.URL)
	if err != nil {
		return nil, err
	}
	kind := "application/json"
	if bytes.HasPrefix(body, []byte("<")) {
		kind = "text/html"
	}
	return &fetch.Response{URL: r.URL, Status: 200, ContentType: kind, Body: body, At: time.Unix(0, 0)}, nil
}

// real examines a text with the extractor itself.
func real(t *testing.T, w fetch.Fetcher, text string) Report {
	t.Helper()
	v, err := verify.New(verify.Options{Fetcher: Budgeted(fetch.Offline())})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Options{Extraction: plainly{}, Verifier: v, Fetcher: w})
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.Examine(t.Context(), Input{Documents: []extract.Document{{Name: "cv.txt", Data: []byte(text)}}})
	if err != nil {
		t.Fatal(err)
	}
	return r[0]
}

func assertion(url string) []byte {
	return fmt.Appendf(nil, `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":%q}`, url)
}

func credly(i int) string {
	return fmt.Sprintf("https://www.credly.com/badges/12345678-1234-4123-8123-%012d", i)
}

// reasons counts links that led to no badge by their reasons.
func reasons(r Report) map[Skipped]int {
	out := map[Skipped]int{}
	for _, u := range r.NotFollowed {
		out[u.Reason]++
	}
	return out
}

// Badges of one provider, as many as people in IT have, are all looked at; what is
// beyond the fetches of one application is pending, by its reason.
func TestManyBadges(t *testing.T) {
	for n, over := range map[int]int{26: 0, DefaultFetches: 0, DefaultFetches + 30: 30} {
		var lines []string
		for i := range n {
			lines = append(lines, credly(i))
		}
		w := &answering{give: func(_ context.Context, url string) ([]byte, error) { return assertion(url), nil }}
		r := real(t, w, strings.Join(lines, "\n"))
		left := 0
		for _, f := range r.Findings {
			if f.Reason == verdict.Budget {
				left++
				if f.Result != verdict.Pending {
					t.Errorf("a badge that was left out is %s", f.Result)
				}
			}
		}
		if len(w.asked) != n-over || len(r.Findings) != n || left != over || reasons(r)[SkippedBudget] != over {
			t.Errorf("%d badges: %d asked, %d findings of which %d are left over, want %d; %v", n, len(w.asked), len(r.Findings), left, over, reasons(r))
		}
		for _, u := range r.NotFollowed {
			if !u.Pending {
				t.Errorf("%+v is not asked again", u)
			}
		}
	}
}

// TestAttack382ThousandsOfLinks: an application of ten thousand links costs as many
// requests as any other may, and tells what was left out.
func TestAttack382ThousandsOfLinks(t *testing.T) {
	var lines []string
	for i := range 10_000 {
		switch i % 3 {
		case 0:
			lines = append(lines, credly(i))
		case 1:
			lines = append(lines, fmt.Sprintf("https://h%d.example/badges/%d", i, i))
		default:
			lines = append(lines, fmt.Sprintf("https://www.example.org/%d", i))
		}
	}
	w := &answering{give: func(_ context.Context, url string) ([]byte, error) {
		// And each page leads to a hundred more.
		var b strings.Builder
		b.WriteString("<html><body>")
		for i := range 100 {
			fmt.Fprintf(&b, `<a href="%s/badges/%d">a badge</a>`, url, i)
		}
		return []byte(b.String()), nil
	}}
	r := real(t, w, strings.Join(lines, "\n"))
	if len(w.asked) != DefaultFetches {
		t.Errorf("%d requests, want %d", len(w.asked), DefaultFetches)
	}
	if n := reasons(r); len(r.Findings)+len(r.NotFollowed) > 2*extract.DefaultLinks || n[SkippedBudget] < extract.DefaultLinks-DefaultFetches-n[SkippedPolicy] {
		t.Errorf("%d findings, links %v", len(r.Findings), n)
	}
	if len(r.Unread) != 1 || r.Unread[0].Reason != extract.ReasonLinks || !strings.Contains(r.Unread[0].Detail, "; 9750 more") {
		t.Errorf("of the links for which there was no room: %+v", r.Unread)
	}
}

// TestAttack383BadgeBehindLikelyLinks: a list of three hundred publications under
// /award/ does not push out the one badge of a provider behind it.
func TestAttack383BadgeBehindLikelyLinks(t *testing.T) {
	var lines []string
	for i := range 3 * extract.DefaultLinks {
		lines = append(lines, fmt.Sprintf("https://journal.example/award/%d", i))
	}
	lines = append(lines, credly(1))
	w := &answering{give: func(_ context.Context, url string) ([]byte, error) {
		if strings.Contains(url, "credly") {
			return assertion(url), nil
		}
		return []byte("<html>"), nil
	}}
	r := real(t, w, strings.Join(lines, "\n"))
	if len(r.Findings) != 1 || r.Findings[0].Carrier != "json" {
		t.Errorf("findings %+v", r.Findings)
	}
}

// TestBadgeBehindADocumentOfLinks: nor does one document push out the badge in another.
func TestBadgeBehindADocumentOfLinks(t *testing.T) {
	var lines []string
	for i := range 3 * extract.DefaultLinks {
		lines = append(lines, fmt.Sprintf("https://journal.example/award/%d", i))
	}
	w := &answering{give: func(_ context.Context, url string) ([]byte, error) {
		if strings.Contains(url, "credly") {
			return assertion(url), nil
		}
		return []byte("<html>"), nil
	}}
	v, err := verify.New(verify.Options{Fetcher: Budgeted(fetch.Offline())})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Options{Extraction: plainly{}, Verifier: v, Fetcher: w, Limits: Limits{Parallel: 1}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.Examine(t.Context(), Input{Documents: []extract.Document{{Name: "publications.txt", Data: []byte(strings.Join(lines, "\n"))}, {Name: "cv.txt", Data: []byte(credly(1))}}})
	if err != nil || len(r[1].Findings) != 1 || len(r[1].Unread) != 0 {
		t.Errorf("%v, %+v", err, r[len(r)-1])
	}
}

// TestAttack384PagesFullOfLinks: pages that are full of links leave the next page its
// own machine form.
func TestAttack384PagesFullOfLinks(t *testing.T) {
	w := &answering{give: func(_ context.Context, url string) ([]byte, error) {
		if strings.HasSuffix(url, ".json") {
			return assertion(url), nil
		}
		var b strings.Builder
		b.WriteString("<html><body>")
		for i := range extract.DefaultLinks - 10 {
			fmt.Fprintf(&b, `<a href="%s/%d">more</a>`, url, i)
		}
		fmt.Fprintf(&b, `<link rel="alternate" type="application/json" href="%s.json">`, url)
		return []byte(b.String()), nil
	}}
	var lines []string
	for i := range 5 {
		lines = append(lines, fmt.Sprintf("https://college%d.example/badges/1", i))
	}
	for i := range extract.DefaultLinks - 10 {
		lines = append(lines, fmt.Sprintf("https://www.example.org/%d", i))
	}
	if r := real(t, w, strings.Join(lines, "\n")); len(r.Findings) != 5 || len(r.Unread) != 0 {
		t.Errorf("%d badges of 5 were found, unread %+v", len(r.Findings), r.Unread)
	}
}

// TestAttack385FatAnswers: what all links of one application answer is bounded
// together.
func TestAttack385FatAnswers(t *testing.T) {
	fat := append([]byte("<html>"), bytes.Repeat([]byte("x"), linkBytes-6)...)
	w := &answering{give: func(context.Context, string) ([]byte, error) { return fat, nil }}
	var lines []string
	for i := range DefaultFetches {
		lines = append(lines, fmt.Sprintf("likely https://h%d.example/badges/1", i))
	}
	e := newExaminer(t, w, FollowLikely, Limits{})
	r, err := e.Examine(t.Context(), Input{Documents: []extract.Document{{Name: "cv", Data: []byte(strings.Join(lines, "\n"))}}})
	if err != nil {
		t.Fatal(err)
	}
	most := allLinkBytes/linkBytes + DefaultParallel
	if len(w.asked) > most || reasons(r[0])[SkippedBudget] != DefaultFetches-len(w.asked) {
		t.Errorf("%d answers of %d bytes were read, want %d at most; %v", len(w.asked), len(fat), most, reasons(r[0]))
	}
}

// TestAttack386OneHostOfMany: links of one host, however many stand before them, do
// not keep the others of their kind from being asked.
func TestAttack386OneHostOfMany(t *testing.T) {
	w := &answering{give: func(context.Context, string) ([]byte, error) { return []byte("<html>"), nil }}
	var lines []string
	for i := range 50 {
		lines = append(lines, fmt.Sprintf("known https://slow.example/%d", i))
	}
	lines = append(lines, "known https://other.example/1", "known https://third.example/1", "likely https://likely.example/badges/1")
	e := newExaminer(t, w, FollowLikely, Limits{Parallel: 1, Fetches: 5})
	if _, err := e.Examine(t.Context(), Input{Documents: []extract.Document{{Name: "cv", Data: []byte(strings.Join(lines, "\n"))}}}); err != nil {
		t.Fatal(err)
	}
	want := []string{"https://slow.example/0", "https://other.example/1", "https://third.example/1", "https://slow.example/1", "https://slow.example/2"}
	if d := cmp.Diff(want, w.asked); d != "" {
		t.Errorf("asked (-want +got):\n%s", d)
	}
}

// TestAttack387SlowLinks: links that take their time leave half of it for judging
// what the documents hold, and those that were not asked are told.
func TestAttack387SlowLinks(t *testing.T) {
	w := &answering{give: func(ctx context.Context, _ string) ([]byte, error) {
		select {
		case <-time.After(50 * time.Millisecond):
			return []byte("<html>"), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	var lines []string
	for i := range 60 {
		lines = append(lines, fmt.Sprintf("known https://slow%d.example/1", i))
	}
	lines = append(lines, "json "+string(assertion("https://badges.example/1")))
	e := newExaminer(t, w, FollowLikely, Limits{Parallel: 1, Application: 2 * time.Second})
	r, err := e.Examine(t.Context(), Input{Documents: []extract.Document{{Name: "cv", Data: []byte(strings.Join(lines, "\n"))}}})
	if err != nil {
		t.Fatal(err)
	}
	if n := reasons(r[0])[SkippedTime]; n < 30 || n == 60 {
		t.Errorf("%d links of 60 were left out for want of time, want more than half and not all", n)
	}
	late := 0
	for _, f := range r[0].Findings {
		if f.Carrier == "json" && f.Reason == verdict.LimitTime {
			t.Error("the badge of the document was not judged")
		}
		if f.Reason == verdict.LimitTime && f.Result == verdict.Pending {
			late++
		}
	}
	if late != reasons(r[0])[SkippedTime] {
		t.Errorf("%d badges are pending for want of time, want each that was not asked for", late)
	}
}

// A link that was asked and leads to no badge is told from one that was not asked;
// only what time can mend, and what speaks of a badge or was sent as a link, is asked
// again.
func TestLinksWithoutABadge(t *testing.T) {
	const u = "https://h.example/1"
	for desc, tc := range map[string]struct {
		line, page string
		err        error
		sent       bool
		want       Unfollowed
		asked      bool
	}{
		"nothing there":            {line: "likely", page: "a page", want: Unfollowed{Reason: SkippedNoBadge}, asked: true},
		"not found":                {line: "likely", page: "status 404", want: Unfollowed{Reason: SkippedNotFound}, asked: true},
		"withheld":                 {line: "likely", page: "status 403", want: Unfollowed{Reason: SkippedStatus}, asked: true},
		"in trouble":               {line: "likely", page: "status 503", want: Unfollowed{Reason: SkippedNoAnswer, Pending: true}, asked: true},
		"down":                     {line: "likely", err: fetch.ErrTimeout, want: Unfollowed{Reason: SkippedNoAnswer, Pending: true}, asked: true},
		"not asked just now":       {line: "likely", err: fetch.ErrBusy, want: Unfollowed{Reason: SkippedBusy, Pending: true}},
		"the same, of a provider":  {line: "known", err: fetch.ErrBusy, want: Unfollowed{Reason: SkippedBusy, Pending: true}},
		"down, of a provider":      {line: "known", err: fetch.ErrUnreachable, want: Unfollowed{Reason: SkippedNoAnswer, Pending: true}, asked: true},
		"down, sent as a link":     {line: "", sent: true, err: fetch.ErrUnreachable, want: Unfollowed{Reason: SkippedNoAnswer, Pending: true}, asked: true},
		"down, of no kind":         {line: "other", err: fetch.ErrUnreachable, want: Unfollowed{Reason: SkippedNoAnswer}, asked: true},
		"no HTTP":                  {line: "likely", err: fetch.ErrMalformed, want: Unfollowed{Reason: SkippedUnread}, asked: true},
		"too large":                {line: "likely", err: fetch.ErrTooLarge, want: Unfollowed{Reason: SkippedUnread}, asked: true},
		"leads on without end":     {line: "likely", err: fetch.ErrRedirect, want: Unfollowed{Reason: SkippedUnread}, asked: true},
		"forbidden":                {line: "likely", err: fetch.ErrForbidden, want: Unfollowed{Reason: SkippedRefused}},
		"offline":                  {line: "likely", err: fetch.ErrOffline, want: Unfollowed{Reason: SkippedOffline}},
		"what cannot be read":      {line: "likely", page: "unread encrypted"},
		"a badge":                  {line: "likely", page: `json {"x":1}`},
		"a page without its proof": {line: "known", page: "a page"}, // a finding says so
	} {
		w := &web{pages: map[string]string{u: tc.page}, errs: map[string]error{u: tc.err}}
		in := Input{Documents: []extract.Document{{Name: "cv", Data: []byte(tc.line + " " + u)}}}
		if tc.sent {
			in = Input{Links: []string{u}}
		}
		r, err := newExaminer(t, w, FollowAll, Limits{}).Examine(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		var want []Unfollowed
		if tc.want.Reason != "" {
			tc.want.URL, tc.want.Where = u, "cv"
			if tc.sent {
				tc.want.Where = u
			}
			want = append(want, tc.want)
		}
		if d := cmp.Diff(want, r[0].NotFollowed); d != "" {
			t.Errorf("%s (-want +got):\n%s", desc, d)
		}
		if tc.want.Reason != "" && tc.want.Reason.Asked() != tc.asked {
			t.Errorf("%s: asked is %t", desc, !tc.asked)
		}
	}
	// A redirect is also refused for where it leads: https to http.
	if words := SkippedUnread.Words(); !strings.Contains(words, "leads on") {
		t.Errorf("a refused redirect is told as %q", words)
	}
}

// What was never asked for comes before what was asked in vain, and what stands of the
// check before is told as it was and not asked.
func TestNeverAskedComesFirst(t *testing.T) {
	w := &answering{give: func(context.Context, string) ([]byte, error) { return []byte("<html>"), nil }}
	e := newExaminer(t, w, FollowLikely, Limits{Parallel: 1, Fetches: 3})
	stands := Finding{Where: "cv > line 2 > https://b.example/1", Carrier: "json", Verdict: verdict.NotJudged(verdict.ClaimOnly), Keys: []string{"key"}}
	r, err := e.Examine(t.Context(), Input{
		Documents: []extract.Document{{Name: "cv", Data: []byte("known https://a.example/1\nknown https://b.example/1\nlikely https://c.example/1\nknown https://d.example/1\nother https://b.example/1")}},
		Earlier: map[string]Report{"https://a.example/1": {}, "https://b.example/1": {Findings: []Finding{stands}, Unread: []extract.Unread{{Where: "cv > line 2 > b", Reason: "truncated"}},
			NotFollowed: []Unfollowed{{Where: "cv > line 2", URL: "https://far.example/", Reason: SkippedHops}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"https://d.example/1", "https://c.example/1", "https://a.example/1"}, w.asked); d != "" {
		t.Errorf("asked (-want +got):\n%s", d)
	}
	n := 0
	for _, f := range r[0].Findings {
		if len(f.Keys) > 0 {
			n++
			if f.Link != "https://b.example/1" || f.Where != stands.Where || f.Reason != verdict.ClaimOnly {
				t.Errorf("what stands is %+v", f)
			}
		}
	}
	if n != 1 || len(r[0].Unread) != 1 || reasons(r[0])[SkippedHops] != 1 {
		t.Errorf("%d stand; unread %+v, links %+v", n, r[0].Unread, r[0].NotFollowed)
	}
}

// A page of a provider that gives no proof is told as such, with whose it is, whether
// it stands in a document or a link leads there, and nothing is asked for the former.
func TestClaimsNameTheirProvider(t *testing.T) {
	for link, provider := range map[string]string{
		"https://www.coursera.org/account/accomplishments/professional-cert/AB12CD34EF56": "coursera",
		"https://udemy-certificate.s3.amazonaws.com/pdf/UC-0a1b2c3d-4e5f-6789-abcd.pdf":   "udemy",
		"https://learn.microsoft.com/en-us/users/roleaccount-1234/achievements":           "microsoft-learn",
		"https://www.linkedin.com/learning/certificates/0123456789abcdef0123456789abcdef": "linkedin-learning",
		"https://www.linkedin.com/in/role-account/details/certifications/":                "linkedin",
		"https://courses.edx.org/certificates/0a1b2c3d4e5f67890a1b2c3d4e5f6789":           "edx",
		"https://verify.edx.org/cert/0a1b2c3d4e5f67890a1b2c3d4e5f6789":                    "edx",
		"https://certs.duolingo.com/0a1b2c3d4e5f6789":                                     "duolingo",
	} {
		for _, led := range []bool{false, true} {
			w := leading{"https://go.example/badge": {Status: 200, ContentType: "text/html", Body: []byte("<html>"), URL: link}}
			text := link
			if led {
				text = "https://go.example/badge"
			}
			r := real(t, w, text)
			if len(r.Findings) != 1 || r.Findings[0].Reason != verdict.ClaimOnly || r.Findings[0].Aspects.Integrity.Detail != "shown by "+provider || len(r.NotFollowed) != 0 {
				t.Errorf("%s, led to %t: %+v %+v", link, led, r.Findings, r.NotFollowed)
			}
		}
	}
}

// Links of a page that are too far are told once for each page, with how many.
func TestLinksBeyondAPage(t *testing.T) {
	w := &answering{give: func(_ context.Context, url string) ([]byte, error) {
		return fmt.Appendf(nil, "likely %[1]s/1\nlikely %[1]s/2\nlikely %[1]s/3\nother %[1]s/4", url), nil
	}}
	r, err := newExaminer(t, w, FollowLikely, Limits{}).Examine(t.Context(), Input{Documents: []extract.Document{{Name: "cv", Data: []byte("likely https://a.example/badge\nlikely https://b.example/badge")}}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range r[0].NotFollowed {
		if u.Reason == SkippedHops {
			got = append(got, fmt.Sprintf("%s and %d", u.URL, u.More))
		}
	}
	if d := cmp.Diff([]string{"https://a.example/badge/1 and 2", "https://b.example/badge/1 and 2"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
