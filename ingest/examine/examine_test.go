package examine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/extract"
	"assay/extract/sandbox"
	"assay/index/skills"
	"assay/verify"
	"assay/verify/fetch"
	"assay/verify/guard"
	"assay/verify/verdict"

	"github.com/google/go-cmp/cmp"
)

// script is an Extraction whose documents say what is found in them: a line a
// finding, "json {…}", "known URL", "likely URL", "other URL", "claim URL",
// "portal URL", "bake URL", "machine URL URL", "share URL URL", "form URL", "sharedform URL", "unread REASON"; "boom" fails, "slow"
// takes until the time is over.
type script struct{}

func (script) Extract(ctx context.Context, d extract.Document) (extract.Result, error) {
	var r extract.Result
	if err := ctx.Err(); err != nil {
		return r, err
	}
	if string(d.Data) == "slow" {
		<-ctx.Done()
		return r, ctx.Err()
	}
	if string(d.Data) == "boom" {
		return r, errors.New("child is gone")
	}
	for i, line := range strings.Split(string(d.Data), "\n") {
		word, rest, _ := strings.Cut(line, " ")
		where := d.Name
		if len(r.Findings) > 0 || strings.Contains(string(d.Data), "\n") {
			where = fmt.Sprintf("%s > line %d", d.Name, i+1)
		}
		f := extract.Finding{Kind: extract.KindLink, Payload: rest, Carrier: "text", Places: []extract.Place{{Where: where}}}
		switch word {
		case "json":
			f.Kind, f.Carrier = extract.KindJSON, "json"
		case "known", "likely", "other":
			f.Link = &extract.Link{Class: word}
		case "claim":
			f.Link = &extract.Link{Class: "known", Claim: true}
		case "portal":
			f.Link = &extract.Link{Class: "known", Portal: true}
		case "machine":
			u, m, _ := strings.Cut(rest, " ")
			f.Payload, f.Link = u, &extract.Link{Class: "known", Machine: m}
		case "share":
			u, m, _ := strings.Cut(rest, " ")
			f.Payload, f.Link = u, &extract.Link{Class: "known", Machine: m, Share: true}
		case "form", "sharedform":
			f.Link = &extract.Link{Class: "likely", Form: true, Share: word == "sharedform"}
		case "bake":
			f.Bake = true
		case "unread":
			r.Unread = append(r.Unread, extract.Unread{Where: d.Name, Reason: extract.Reason(rest)})
			continue
		default:
			if strings.HasPrefix(line, "http") { // a link that stands alone
				f.Payload, f.Link = line, &extract.Link{Class: "other"}
				break
			}
			continue
		}
		r.Findings = append(r.Findings, f)
	}
	return r, nil
}

// web answers out of a map and counts.
type web struct {
	mu    sync.Mutex
	asked []string
	pages map[string]string // body, or "status N", or "error"
	errs  map[string]error
}

func (w *web) Fetch(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if strings.HasPrefix(r.Accept, accept[:10]) && r.Private {
		w.asked = append(w.asked, r.URL)
	}
	if err := w.errs[r.URL]; err != nil {
		return nil, err
	}
	body, ok := w.pages[r.URL]
	if !ok {
		return nil, fetch.ErrUnreachable
	}
	status := 200
	if _, err := fmt.Sscanf(body, "status %d", &status); err == nil {
		body = ""
	}
	return &fetch.Response{URL: r.URL, Status: status, Body: []byte(body), At: time.Unix(0, 0)}, nil
}

func newExaminer(t *testing.T, w fetch.Fetcher, follow Follow, l Limits) *Examiner {
	t.Helper()
	v, err := verify.New(verify.Options{Fetcher: Budgeted(fetch.Offline())})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Options{Extraction: script{}, Verifier: v, Fetcher: w, Follow: follow, Limits: l})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestTook: each step of an application is told of once, in order.
func TestTook(t *testing.T) {
	e := newExaminer(t, fetch.Offline(), FollowNone, Limits{})
	var steps []Step
	e.o.Took = func(s Step, d time.Duration) {
		if d < 0 {
			t.Errorf("%s took %v", s, d)
		}
		steps = append(steps, s)
	}
	if _, err := e.Examine(t.Context(), Input{Documents: []extract.Document{{Name: "a", Data: []byte("x")}}}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(steps, []Step{StepRead, StepFollow, StepJudge}) {
		t.Errorf("steps %q", steps)
	}
}

func TestFollow(t *testing.T) {
	const k, l, o, p = "https://known.example/1", "https://likely.example/badge", "https://other.example/", "https://portal.example/me"
	doc := "other " + o + "\nlikely " + l + "\nknown " + k + "\nportal " + p
	pages := map[string]string{
		k: `json {"a":1}`, l: `json {"b":1}`, o: "known https://known.example/2\nlikely https://likely.example/2",
		p: "known https://known.example/3\nother https://other.example/3", "https://known.example/2": `json {"c":1}`,
		"https://known.example/3": `json {"d":1}`, "https://likely.example/2": `json {"e":1}`, "https://other.example/3": "nothing\nknown https://known.example/9",
	}
	table := []struct {
		follow  Follow
		asked   []string
		skipped map[string]Skipped
	}{
		{FollowNone, nil, map[string]Skipped{k: "policy", l: "policy", o: "policy", p: "policy"}},
		{FollowKnown, []string{k}, map[string]Skipped{l: "policy", o: "policy", p: "portal"}},
		{FollowLikely, []string{k, l}, map[string]Skipped{o: "policy", p: "portal"}},
		{FollowAll, []string{k, p, l, o, "https://known.example/3", "https://known.example/2"},
			map[string]Skipped{"https://likely.example/2": "hops", "https://other.example/3": "hops"}},
		{FollowPortfolio, []string{k, p, l, o, "https://known.example/3", "https://known.example/2", "https://likely.example/2", "https://other.example/3"}, nil},
	}
	for _, tt := range table {
		t.Run(string(tt.follow), func(t *testing.T) {
			w := &web{pages: pages}
			e := newExaminer(t, w, tt.follow, Limits{Parallel: 1})
			r, err := e.Examine(t.Context(), Input{Documents: []extract.Document{{Name: "cv.txt", Data: []byte(doc)}}})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.asked, w.asked); d != "" {
				t.Errorf("asked, known first (-want +got):\n%s", d)
			}
			got := map[string]Skipped{}
			for _, u := range r[0].NotFollowed {
				got[u.URL] = u.Reason
			}
			if tt.skipped == nil {
				tt.skipped = map[string]Skipped{}
			}
			if d := cmp.Diff(tt.skipped, got); d != "" {
				t.Errorf("not followed (-want +got):\n%s", d)
			}
		})
	}
}

func TestFollowOrderAndBudget(t *testing.T) {
	w := &web{pages: map[string]string{}}
	var lines []string
	for i := range 5 {
		lines = append(lines, fmt.Sprintf("likely https://likely.example/%d", i))
	}
	for i := range 5 {
		lines = append(lines, fmt.Sprintf("known https://known.example/%d", i))
	}
	lines = append(lines, "bake https://bake.example/1")
	e := newExaminer(t, w, FollowLikely, Limits{Fetches: 7, Parallel: 1})
	r, err := e.Examine(t.Context(), Input{Documents: []extract.Document{{Name: "cv", Data: []byte(strings.Join(lines, "\n"))}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(w.asked) != 7 || w.asked[0] != "https://bake.example/1" || !strings.Contains(w.asked[5], "known.example") || !strings.Contains(w.asked[6], "likely.example") {
		t.Errorf("asked %q", w.asked)
	}
	n := 0
	for _, u := range r[0].NotFollowed {
		if u.Reason == SkippedBudget {
			n++
		}
	}
	if n != 4 {
		t.Errorf("%d links over the budget are listed, want 4", n)
	}
}

// What becomes of a link behind which a badge should be.
func TestLinkFindings(t *testing.T) {
	table := []struct {
		desc   string
		line   string
		page   string
		err    error
		follow Follow
		result verdict.Result // "" = no finding
		reason verdict.Reason
	}{
		{desc: "bake, host is down", line: "bake", err: fetch.ErrUnreachable, result: verdict.Pending, reason: verdict.HostUnreachable},
		{desc: "bake, private address looks the same", line: "bake", err: fetch.ErrForbidden, result: verdict.Pending, reason: verdict.HostUnreachable},
		{desc: "bake, even when no link is followed", line: "bake", page: "status 410", follow: FollowNone, result: verdict.Rejected, reason: verdict.Gone},
		{desc: "bake, not found", line: "bake", page: "status 404", result: verdict.Rejected, reason: verdict.NotFound},
		{desc: "bake, gone", line: "bake", page: "status 410", result: verdict.Rejected, reason: verdict.Gone},
		{desc: "bake, server is in trouble", line: "bake", page: "status 503", result: verdict.Pending, reason: verdict.HostUnreachable},
		{desc: "bake, not a badge", line: "bake", page: "a page", result: verdict.Rejected, reason: verdict.NotABadge},
		{desc: "bake, offline", line: "bake", err: fetch.ErrOffline, result: verdict.Pending, reason: verdict.Offline},
		{desc: "known, host is down", line: "known", err: fetch.ErrTimeout, result: verdict.Pending, reason: verdict.HostUnreachable},
		{desc: "known, a page without a badge", line: "known", page: "a page", result: verdict.Unsupported, reason: verdict.ClaimOnly},
		{desc: "known, not found", line: "known", page: "status 404"},
		{desc: "known, refused address", line: "known", err: fetch.ErrForbidden},
		{desc: "claim only, without a fetch", line: "claim", follow: FollowNone, result: verdict.Unsupported, reason: verdict.ClaimOnly},
		{desc: "likely, a page without a badge", line: "likely", page: "a page"},
		{desc: "likely, host is down", line: "likely", err: fetch.ErrUnreachable},
	}
	for _, tt := range table {
		t.Run(tt.desc, func(t *testing.T) {
			const u = "https://badges.example/1"
			w := &web{pages: map[string]string{u: tt.page}, errs: map[string]error{u: tt.err}}
			r, err := newExaminer(t, w, tt.follow, Limits{}).Examine(t.Context(), Input{Documents: []extract.Document{{Name: "cv", Data: []byte(tt.line + " " + u)}}})
			if err != nil {
				t.Fatal(err)
			}
			if tt.result == "" {
				if len(r[0].Findings) != 0 {
					t.Errorf("findings %+v", r[0].Findings)
				}
				return
			}
			if len(r[0].Findings) != 1 || r[0].Findings[0].Result != tt.result || r[0].Findings[0].Reason != tt.reason {
				t.Fatalf("findings %+v", r[0].Findings)
			}
			if f := r[0].Findings[0]; f.Where != "cv" || f.Aspects.Recipient.State == verdict.Pass {
				t.Errorf("finding %+v", f)
			}
		})
	}
}

func TestMachineFormAndHops(t *testing.T) {
	w := &web{pages: map[string]string{
		"https://machine.example/1": "nothing\nknown https://hop.example/2",
		"https://hop.example/2":     "nothing\nknown https://hop.example/3",
		"https://hop.example/3":     `json {"x":1}`,
	}}
	r, err := newExaminer(t, w, FollowPortfolio, Limits{}).Examine(t.Context(), Input{Documents: []extract.Document{{Name: "cv", Data: []byte("machine https://page.example/1 https://machine.example/1")}}})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"https://machine.example/1", "https://hop.example/2"}, w.asked); d != "" {
		t.Errorf("asked, two hops at most (-want +got):\n%s", d)
	}
	_ = r
}

// A page's own machine forms are asked for in order until one holds a badge;
// the others are neither asked for nor told of.
func TestPagesOwnForms(t *testing.T) {
	const badge = `json {"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://page.example/2.json"}`
	w := &web{pages: map[string]string{
		"https://page.example/1":      "form https://page.example/1.json\nform https://page.example/2.json\nform https://page.example/3.json\nother https://page.example/about",
		"https://page.example/1.json": "nothing", "https://page.example/2.json": badge, "https://page.example/3.json": badge,
		"https://page.example/5": badge + "\nform https://page.example/6.json", "https://page.example/6.json": badge,
	}}
	r, err := newExaminer(t, w, FollowLikely, Limits{}).Examine(t.Context(), Input{Documents: []extract.Document{
		{Name: "cv", Data: []byte("likely https://page.example/1")}, {Name: "letter", Data: []byte("likely https://page.example/5")}}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"https://page.example/1", "https://page.example/1.json", "https://page.example/2.json", "https://page.example/5"}
	slices.Sort(w.asked)
	if d := cmp.Diff(want, w.asked); d != "" {
		t.Errorf("asked (-want +got):\n%s", d)
	}
	if len(r[0].Findings) != 1 || !strings.HasPrefix(r[0].Findings[0].Where, "cv > ") {
		t.Errorf("findings of the page: %+v, want the one badge of its second form", r[0].Findings)
	}
	for _, n := range r[0].NotFollowed {
		if strings.Contains(n.URL, ".json") {
			t.Errorf("form %s is told of", n.URL)
		}
	}
}

// The limits of extraction hold for all documents of an application together.
func TestLimitsOfTheApplication(t *testing.T) {
	badge := func(i int) string {
		return fmt.Sprintf(`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://badges.example/%d"}`, i)
	}
	v, err := verify.New(verify.Options{Fetcher: Budgeted(fetch.Offline())})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Options{Extraction: &extract.Extractor{Limits: extract.Limits{Badges: 3}}, Verifier: v, Fetcher: fetch.Offline()})
	if err != nil {
		t.Fatal(err)
	}
	var docs []extract.Document
	for i := range 3 {
		docs = append(docs, extract.Document{Name: fmt.Sprintf("%d.json", i), Data: []byte("[" + badge(2*i) + "," + badge(2*i+1) + "]")})
	}
	reports, err := e.Examine(t.Context(), Input{Documents: docs})
	if err != nil {
		t.Fatal(err)
	}
	found, limited := 0, 0
	for _, r := range reports {
		found += len(r.Findings)
		for _, u := range r.Unread {
			if u.Reason == extract.ReasonBadges {
				limited++
			}
		}
	}
	if found != 3 || limited != 2 {
		t.Errorf("%d badges found, %d documents cut short; want 3 and 2", found, limited)
	}
}

// The whole body of a link has its origin told; what stood inside one has not.
func TestOrigin(t *testing.T) {
	const badge = `json {"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://badges.example/1"}`
	w := &web{pages: map[string]string{"https://badges.example/1": badge, "https://badges.example/2": "page\n" + badge}}
	e := newExaminer(t, w, FollowKnown, Limits{})
	_, clock, stop := withClock(t.Context(), time.Minute)
	defer stop()
	x := &exam{Examiner: e, clock: clock, links: map[string]*link{}, verdicts: map[string]*judged{}}
	x.fetches.Store(9)
	x.bytes.Store(allLinkBytes)
	docs := x.read(t.Context(), Input{Documents: []extract.Document{{Name: "cv", Data: []byte("known https://badges.example/1\nknown https://badges.example/2")}}})
	x.follow(t.Context(), docs[0].nodes, 1)
	if n := docs[0].nodes[0].link.nodes; len(n) != 1 || n[0].origin != "https://badges.example/1" {
		t.Errorf("whole body: %+v", n)
	}
	if n := docs[0].nodes[1].link.nodes; len(n) != 1 || n[0].origin != "" {
		t.Errorf("inside a page: %+v", n)
	}
}

// faulty is a fetcher with a fault: it panics where verifying asks, and tells of
// one where a link is followed.
type faulty struct{}

func (faulty) Fetch(_ context.Context, r fetch.Request) (*fetch.Response, error) {
	if strings.HasPrefix(r.Accept, accept[:10]) {
		return nil, guard.Do("fetching", func() { panic("fault") })
	}
	panic("fault")
}

// A fault of ours is passed up beside the reports, in which the badge that met
// it is judged by nobody and the other is judged.
func TestFaultIsPassedUp(t *testing.T) {
	const hosted = `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://b.example/1","badge":"https://b.example/c","issuedOn":"2026-01-01T00:00:00Z","verification":{"type":"hosted"},"recipient":{"type":"email","hashed":false,"identity":"a@example.org"}}`
	v, err := verify.New(verify.Options{Fetcher: faulty{}})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Options{Extraction: script{}, Verifier: v, Fetcher: faulty{}, Follow: FollowKnown})
	if err != nil {
		t.Fatal(err)
	}
	for desc, tc := range map[string]struct {
		doc     string
		reasons []verdict.Reason
	}{
		"verifying": {"json " + hosted + "\njson {\"a\":1}", []verdict.Reason{verdict.InternalFault, verdict.FormatUnknown}},
		"a link":    {"known https://known.example/1\njson {\"a\":1}", []verdict.Reason{verdict.InternalFault, verdict.FormatUnknown}},
	} {
		r, err := e.Examine(t.Context(), Input{Documents: []extract.Document{{Name: "a", Data: []byte(tc.doc)}}})
		if !errors.Is(err, verify.ErrFault) || len(r) != 1 {
			t.Fatalf("%s: %v, %d reports", desc, err, len(r))
		}
		var got []verdict.Reason
		for _, f := range r[0].Findings {
			got = append(got, f.Reason)
		}
		if d := cmp.Diff(tc.reasons, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", desc, d)
		}
	}
}

func TestSameBadgeOnce(t *testing.T) {
	w := &web{pages: map[string]string{}}
	e := newExaminer(t, w, FollowNone, Limits{})
	r, err := e.Examine(t.Context(), Input{Documents: []extract.Document{
		{Name: "a", Data: []byte("json {\"a\":1}\njson {\"b\":1}\njson {\"a\":1}")},
		{Name: "b", Data: []byte(`json {"a":1}`)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r[0].Findings) != 2 || len(r[0].Findings[0].Places) != 2 || len(r[1].Findings) != 1 {
		t.Errorf("reports %+v", r)
	}
	m := Merged(r)
	if len(m) != 2 || len(m[0].Places) != 3 {
		t.Errorf("merged %+v", m)
	}
	if len(r[0].Findings[0].Places) != 2 {
		t.Error("Merged changed the reports")
	}
}

func TestMergeKeepsForgeriesApart(t *testing.T) {
	c := verdict.Credential{ID: "urn:uuid:1", Issuer: verdict.Party{ID: "https://issuer.example"}}
	good := verify.Verdict{Result: verdict.Verified, Proof: "hosted", Credential: c}
	bad := verify.Verdict{Result: verdict.Rejected, Proof: "hosted", Credential: c}
	at := func(s string) []extract.Place { return []extract.Place{{Where: s}} }
	got := Merged([]Report{{Findings: []Finding{
		{Where: "a", Places: at("a"), Verdict: good, key: "1"}, {Where: "b", Places: at("b"), Verdict: bad, key: "2"},
		{Where: "c", Places: at("c"), Verdict: good, key: "3"}, {Where: "d", Places: at("d"), Verdict: bad, key: "4"},
	}}})
	if len(got) != 3 || len(got[0].Places) != 2 || got[1].Result != verdict.Rejected || got[2].Result != verdict.Rejected {
		t.Errorf("merged %+v", got)
	}
}

func TestBadDocumentCostsNothingElse(t *testing.T) {
	e := newExaminer(t, &web{}, FollowNone, Limits{})
	r, err := e.Examine(t.Context(), Input{Documents: []extract.Document{
		{Name: "a", Data: []byte("boom")}, {Name: "b", Data: []byte("unread encrypted")}, {Name: "c", Data: []byte(`json {"a":1}`)}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r) != 3 || len(r[0].Unread) != 1 || r[1].Unread[0].Reason != extract.ReasonEncrypted || len(r[2].Findings) != 1 {
		t.Errorf("reports %+v", r)
	}
}

// TestCredentials: what stands in a document leaves as it is written, and what was not read
// of it is counted; a child that is not to be had is another matter: it is there later.
func TestCredentials(t *testing.T) {
	e := newExaminer(t, &web{}, FollowNone, Limits{})
	got, unread, err := e.Credentials(t.Context(), "acme", "A-1", extract.Document{Name: "a", Data: []byte("json {\"a\":1}\nknown https://badges.example/1\nunread encrypted\nunread limit_time")})
	if err != nil || len(got) != 1 || got[0].Payload != `{"a":1}` || unread != 2 {
		t.Errorf("%+v, %d unread, %v", got, unread, err)
	}
	if _, _, err := e.Credentials(t.Context(), "acme", "A-1", extract.Document{Name: "a", Data: []byte("unread parser_unavailable")}); !errors.Is(err, sandbox.ErrBusy) {
		t.Errorf("%v", err)
	}
}

func TestLinksOfTheApplication(t *testing.T) {
	w := &web{pages: map[string]string{"https://badges.example/1": `json {"a":1}`}}
	in := Input{Links: []string{"https://badges.example/1", "https://badges.example/2"}}
	r, err := newExaminer(t, w, FollowLikely, Limits{}).Examine(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(r) != 2 || len(r[0].Findings) != 1 || r[0].Findings[0].Where != "https://badges.example/1" {
		t.Errorf("reports %+v", r)
	}
	if d := cmp.Diff([]Unfollowed{{"https://badges.example/2", "https://badges.example/2", SkippedNoAnswer, true, 0}}, r[1].NotFollowed); d != "" {
		t.Error(d)
	}
	w.asked = nil
	if _, err := newExaminer(t, w, FollowNone, Limits{}).Examine(t.Context(), in); err != nil || len(w.asked) != 0 {
		t.Errorf("follow none: asked %q, %v", w.asked, err)
	}
	in.Explicit = true
	if _, err := newExaminer(t, w, FollowNone, Limits{}).Examine(t.Context(), in); err != nil || len(w.asked) != 2 {
		t.Errorf("explicit: asked %q, %v", w.asked, err)
	}
}

func TestApplicationTime(t *testing.T) {
	e := newExaminer(t, &web{}, FollowNone, Limits{Application: time.Millisecond})
	r, err := e.Examine(t.Context(), Input{Documents: []extract.Document{{Name: "a", Data: []byte("slow")}}})
	if err != nil || len(r) != 1 || len(r[0].Unread) != 1 || r[0].Unread[0].Reason != extract.ReasonTime {
		t.Errorf("%+v, %v", r, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Examine(ctx, Input{Documents: []extract.Document{{Name: "a"}}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

type counted struct {
	n      int
	cached bool
}

func (c *counted) Fetch(context.Context, fetch.Request) (*fetch.Response, error) {
	c.n++
	return &fetch.Response{Cached: c.cached}, nil
}

func TestBudgeted(t *testing.T) {
	c := &counted{}
	f := Budgeted(c)
	ctx := withBudget(t.Context(), 3)
	var refused int
	for range 5 {
		if _, err := f.Fetch(ctx, fetch.Request{}); errors.Is(err, fetch.ErrBudget) {
			refused++
		}
	}
	if c.n != 3 || refused != 2 {
		t.Errorf("asked %d, refused %d", c.n, refused)
	}
	c.n, c.cached = 0, true
	ctx = withBudget(t.Context(), 1)
	for range 5 {
		if _, err := f.Fetch(ctx, fetch.Request{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Fetch(t.Context(), fetch.Request{}); err != nil {
		t.Errorf("without a budget: %v", err)
	}
}

// The form of `assay check --json`, to the byte.
func TestReportJSON(t *testing.T) {
	a := func(s verdict.State, r verdict.Reason) verdict.Aspect { return verdict.Aspect{State: s, Reason: r} }
	r := Report{Document: "resume.pdf",
		Findings: []Finding{{Where: "resume.pdf > attachment badge.png > iTXt openbadgecredential", Carrier: "png",
			Places: []extract.Place{{Where: "resume.pdf > attachment badge.png > iTXt openbadgecredential"}},
			Verdict: verify.Verdict{Format: verdict.OB30, Proof: "eddsa-rdfc-2022", Result: verdict.Verified,
				Aspects: verdict.Aspects{Integrity: a("pass", ""), Issuer: a("pass", ""), Status: a("none", ""), Dates: a("pass", ""), Recipient: a("pass", ""), Standing: a("unknown", "issuer_not_listed"), Conformance: a("pass", "")},
				Credential: verdict.Credential{ID: "urn:1", Name: "Teamwork", Issuer: verdict.Party{ID: "did:key:z", Name: "Example & Co"},
					Issued: time.Unix(1700000000, 0).UTC(), Expires: time.Unix(1800000000, 0).UTC()}},
			Skills: []skills.Skill{{ID: "http://data.europa.eu/esco/skill/1", Label: "work in teams", Framework: "ESCO", Basis: skills.BasisURI}}}},
		Unread: []extract.Unread{{Where: "resume.pdf > attachment x.bin", Reason: "encrypted"}}}
	const want = `{"document":"resume.pdf","findings":[{"where":"resume.pdf > attachment badge.png > iTXt openbadgecredential","carrier":"png","format":"ob3","proof":"eddsa-rdfc-2022","result":"verified",` +
		`"aspects":{"integrity":{"state":"pass"},"issuer":{"state":"pass"},"status":{"state":"none"},"dates":{"state":"pass"},"recipient":{"state":"pass"},"standing":{"state":"unknown","reason":"issuer_not_listed"},"conformance":{"state":"pass"}},` +
		`"credential":{"id":"urn:1","name":"Teamwork","issuer":{"id":"did:key:z","name":"Example & Co"},"issued":"2023-11-14T22:13:20Z","expires":"2027-01-15T08:00:00Z","skills":[{"id":"http://data.europa.eu/esco/skill/1","label":"work in teams","framework":"ESCO","basis":"uri"}]}}],` +
		`"unread":[{"where":"resume.pdf > attachment x.bin","reason":"encrypted"}]}` + "\n"
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if b, err := json.Marshal(Report{Document: "x", Findings: []Finding{}, Unread: []extract.Unread{}}); err != nil || string(b) != `{"document":"x","findings":[],"unread":[]}` {
		t.Errorf("empty: %s, %v", b, err)
	}
}

func TestParseFollow(t *testing.T) {
	for _, s := range []string{"none", "known", "likely", "all", "portfolio"} {
		if f, err := ParseFollow(s); err != nil || string(f) != s {
			t.Errorf("%s: %v", s, err)
		}
	}
	if f, err := ParseFollow(""); err != nil || f != FollowLikely {
		t.Errorf("empty: %v, %v", f, err)
	}
	if _, err := ParseFollow("some"); !errors.Is(err, ErrFollow) {
		t.Errorf("some: %v", err)
	}
}

func TestNewNeedsItsParts(t *testing.T) {
	if _, err := New(Options{}); !errors.Is(err, ErrOptions) {
		t.Errorf("%v", err)
	}
}

// The links of a tenant's applicants that fail close a host to that tenant's
// links, and to nothing of another's.
func TestAttack131_LanesOfApplications(t *testing.T) {
	var lookups atomic.Int64
	nobody := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		lookups.Add(1)
		return nil, errors.New("no name server")
	}}
	client, err := fetch.NewClient(fetch.Options{Resolver: nobody, Rate: 1000, Burst: 1000})
	if err != nil {
		t.Fatal(err)
	}
	e := newExaminer(t, client, FollowAll, Limits{})
	asked := func(tenant string, n int) bool {
		t.Helper()
		before := lookups.Load()
		in := Input{Tenant: tenant}
		for i := range n {
			in.Links = append(in.Links, fmt.Sprintf("https://dead.example.org/%d", i))
		}
		if _, err := e.Examine(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		return lookups.Load() > before
	}
	if !asked("a", 20) || asked("a", 1) {
		t.Error("a host that failed the tenant's links is asked on")
	}
	if !asked("b", 1) {
		t.Error("another tenant's link is not asked for")
	}
	// And what issuers publish there is.
	before := lookups.Load()
	if _, err := client.Fetch(fetch.For(t.Context(), "a"), fetch.Request{URL: "https://dead.example.org/profile"}); !errors.Is(err, fetch.ErrUnreachable) || lookups.Load() == before {
		t.Errorf("the issuer's document: %v", err)
	}
}

// TestNamesOfTheApplicant: no address in a document is read on over a word of the
// applicant's name, however long that is.
func TestNamesOfTheApplicant(t *testing.T) {
	v, err := verify.New(verify.Options{Fetcher: Budgeted(fetch.Offline())})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Options{Extraction: &extract.Extractor{}, Verifier: v, Fetcher: fetch.Offline()})
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("https://badges.example.org/academy/of/welding/a-\nlovelace\n")
	for name, links := range map[string]int{"Ada Lovelace": 1, "Role Account": 2, "": 2, "Lovelace " + strings.Repeat("é", 1000): 1, "lovelace@example.org": 1, "role@example.org": 2} {
		in := Input{Documents: []extract.Document{{Name: "cv.txt", Data: text}}}
		if in.Applicant.Name = name; strings.Contains(name, "@") {
			in.Applicant.Name, in.Applicant.Emails = "", []string{name}
		}
		reports, err := e.Examine(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(reports[0].Findings) + len(reports[0].NotFollowed); n != links {
			t.Errorf("of %.20q: %d links, want %d: %+v", name, n, links, reports[0])
		}
	}
}

// TestClockEnds: the clock of an application that has ended runs no more, whoever stopped
// it or lets it go on meanwhile. What it runs for would stay in memory.
func TestClockEnds(t *testing.T) {
	for _, still := range []bool{false, true} {
		ctx, c, end := withClock(t.Context(), time.Hour)
		goOn := func() {}
		if still {
			goOn = c.stop()
		}
		end()
		goOn()
		if ctx.Err() == nil || c.end.Stop() {
			t.Errorf("stopped %t: %v, or it runs on", still, ctx.Err())
		}
	}
}
