package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/extract"
	"assay/index/local"
	"assay/index/record"
	"assay/index/skills"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/fetch"
	"assay/verify/verdict"

	"github.com/google/go-cmp/cmp"
)

// college is a web of hosted badges, all good; those of down are not there just now.
type college struct {
	mu    sync.Mutex
	asked map[string]int // of badges
	down  map[string]bool
}

func (c *college) Fetch(_ context.Context, r fetch.Request) (*fetch.Response, error) {
	const host = "https://badges.example"
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down[r.URL] {
		return nil, fetch.ErrUnreachable
	}
	var body string
	switch path := strings.TrimPrefix(r.URL, host); {
	case path == "/issuer":
		body = `{"@context":"https://w3id.org/openbadges/v2","type":"Issuer","id":"` + host + `/issuer","name":"College","url":"` + host + `","email":"office@badges.example"}`
	case path == "/class":
		body = `{"@context":"https://w3id.org/openbadges/v2","type":"BadgeClass","id":"` + host + `/class","name":"Welding","description":"Welds.","image":"` + host + `/a.png","criteria":{"narrative":"Weld."},"issuer":"` + host + `/issuer"}`
	case strings.HasPrefix(path, "/assertions/"):
		if r.Chosen && strings.HasPrefix(r.Accept, "application/vc+jwt") {
			c.asked[r.URL]++
		}
		body = `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"` + r.URL + `","recipient":{"type":"email","hashed":false,"identity":"applicant01@example.org"},"badge":"` + host + `/class","verification":{"type":"hosted"},"issuedOn":"2025-01-01T00:00:00Z"}`
	default:
		return &fetch.Response{URL: r.URL, Status: 404}, nil
	}
	return &fetch.Response{URL: r.URL, Status: 200, ContentType: "application/json", Body: []byte(body), At: time.Unix(0, 0)}, nil
}

// counts gives how often each badge was asked for as a link.
func (c *college) counts() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []int
	for _, n := range c.asked {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

type inProcess struct{}

func (inProcess) Extract(ctx context.Context, d extract.Document) (extract.Result, error) {
	return (&extract.Extractor{}).Extract(ctx, d)
}

func collegeBadge(i int) string { return fmt.Sprintf("https://badges.example/assertions/%d", i) }

// An application of more badges than are fetched for at a time is worked through in
// several checks, the ones that were left over first; what is known stands, and is
// asked once.
func TestManyBadgesInSeveralChecks(t *testing.T) {
	t.Parallel()
	r, _ := alone(t)
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: []byte("id key of a test, long enough....")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	w := &college{asked: map[string]int{}, down: map[string]bool{collegeBadge(3): true}}
	v, err := verify.New(verify.Options{Fetcher: examine.Budgeted(w)})
	if err != nil {
		t.Fatal(err)
	}
	x, err := examine.New(examine.Options{Extraction: inProcess{}, Verifier: v, Fetcher: w, Limits: examine.Limits{Fetches: 10}})
	if err != nil {
		t.Fatal(err)
	}
	r.work(t, e, x)
	const n = 26
	var lines []string
	for i := range n {
		lines = append(lines, collegeBadge(i))
	}
	o := *r.outcome(t, "acme", "A-1", r.submit(t, "acme", "A-1", strings.Join(lines, "\n")))
	keys := map[string]bool{}
	// The one that is down is asked in vain, then waits behind those that were left over.
	for check, want := range []struct{ good, left int }{{9, 16}, {19, 7}, {25, 0}, {25, 0}, {26, 0}} {
		good, left := want.good, want.left
		doc, err := e.Get(t.Context(), "acme", "A-1")
		if err != nil {
			t.Fatal(err)
		}
		if _, pending := doc.LinksOf(); doc.Counts != o.Counts || o.Counts.Authentic+o.Counts.Verified+o.Counts.Unvouched != good || leftOver(doc.NotFollowed) != left || pending < left {
			t.Fatalf("check %d: %+v, of the document %+v, want %d good; %d left over, want %d: %+v", check, o.Counts, doc.Counts, good, leftOver(doc.NotFollowed), left, doc.NotFollowed)
		}
		for _, c := range doc.Credentials {
			if c.Verdict.Result != verdict.Pending && (c.Link == "" || c.Key == "") {
				t.Errorf("check %d: a badge of %q has the key %q", check, c.Link, c.Key)
			}
			if c.Key != "" {
				keys[c.Key] = true
			}
		}
		if len(doc.Held) != good || len(keys) != good {
			t.Errorf("check %d: %d credentials are held under %d keys", check, len(doc.Held), len(keys))
		}
		if good == n {
			break
		}
		wait := o.Recheck.Sub(o.Checked)
		if most := 13 * firstRecheck / 10; left > 0 && wait > most || left == 0 && wait < most {
			t.Errorf("check %d: the next is after %v", check, wait)
		}
		if check == 3 {
			w.mu.Lock()
			w.down = nil
			w.mu.Unlock()
		}
		if n, err := r.due(t.Context(), o.Recheck); n != 1 || err != nil {
			t.Fatalf("due: %d, %v", n, err)
		}
		before := o.Checked
		o = Outcome{}
		eventually(t, "the next outcome", func() bool {
			m, err := r.last(t.Context(), StreamResults, "results.acme.A-1")
			return err == nil && json.Unmarshal(m.Data, &o) == nil && o.Checked.After(before)
		})
	}
	want := slices.Repeat([]int{1}, n)
	if got := w.counts(); !cmp.Equal(want, got) {
		t.Errorf("badges were asked for %v times, want each once", got)
	}
	// Checked anew as a whole, all are asked again.
	if _, err := r.Reprocess(t.Context(), nil, ReprocessOptions{Tenant: "acme", Application: "A-1"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a check of everything", func() bool { got := w.counts(); return got[len(got)-1] == 2 })
}

// What stands of the check before is what was found then: with the credentials that a
// record holds, its places, and what others who hold it do not change.
func TestEarlierStands(t *testing.T) {
	w := &Worker{o: WorkerOptions{Taxonomy: skills.Builtin}}
	const a, b, c, d, f, g = "https://a.example/1", "https://b.example/1", "https://c.example/1", "https://d.example/1", "https://f.example/1", "https://g.example/1"
	entry := func(where, link string, r verdict.Result, contained ...verdict.Verdict) []record.Entry {
		v := verdict.Verdict{Result: r, Identity: "identity of " + where, Aspects: verdict.Unasked(), Contained: contained}
		out := record.Entries(where, "json", v, nil, nil)
		for i := range out {
			out[i].Link = link
		}
		return out
	}
	inner := verdict.Verdict{Result: verdict.Rejected, Aspects: verdict.Unasked(), Identity: "inner"}
	entries := slices.Concat(
		entry("cv.pdf > iTXt", "", verdict.Verified),
		entry("cv.pdf > "+a, a, verdict.Verified, inner, inner), entry("cv.pdf > "+a+" > other", a, verdict.Rejected),
		entry("cv.pdf > "+g, g, verdict.Verified), entry("cv.pdf > "+g+" > other", g, verdict.Pending), entry("cv.pdf > "+b, b, verdict.Pending), entry("cv.pdf > "+b+" > other", b, verdict.Verified))
	old := record.New([]byte("key"), record.Submission{Tenant: "acme", Application: "A-1"}, entries, []record.Unread{{Where: "cv.pdf > page 1 > " + a + " > image", Reason: "truncated"}, {Where: "cv.pdf", Reason: "truncated"}})
	old.NotFollowed = []record.Link{{Where: "cv.pdf", URL: c, Reason: "no_answer", Pending: true}, {Where: "cv.pdf", URL: d, Reason: "budget", Pending: true}, {Where: "cv.pdf", URL: b, Reason: "limit_time", Pending: true},
		{Where: "cv.pdf > page 1 > " + a, URL: f, Reason: "hops", More: 3}}
	got := w.stands(&old, nil)
	if _, ok := got[g]; len(got) != 4 || !ok || len(got[g].Findings) != 0 || len(got[c].Findings) != 0 || len(got[f].Findings) != 0 {
		t.Fatalf("stands: %+v", got)
	}
	r := got[a]
	if len(r.Findings) != 2 || len(r.Findings[0].Contained) != 2 || len(r.Findings[0].Keys) != 3 || r.Findings[0].Keys[0] != old.Credentials[1].Key || r.Findings[1].Where != "cv.pdf > "+a+" > other" {
		t.Errorf("findings %+v", r.Findings)
	}
	if len(r.Unread) != 1 || r.Unread[0].Reason != "truncated" || len(r.NotFollowed) != 1 || r.NotFollowed[0].More != 3 {
		t.Errorf("beyond the link: %+v %+v", r.Unread, r.NotFollowed)
	}
	if w.stands(nil, nil) != nil {
		t.Error("something stands of nothing")
	}
}

// A record of another submission says nothing of this one.
func TestOtherSubmissionDoesNotStand(t *testing.T) {
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	e := newMemory()
	e.docs["acme/A-1"] = record.Application{Tenant: "acme", Application: "A-1", AppliedAt: at}
	w := &Worker{o: WorkerOptions{Engine: e}}
	for desc, tc := range map[string]struct {
		task  task
		tells bool
	}{
		"a recheck":                         {task{submitted: at.Add(300 * time.Microsecond), attempt: 1}, true},
		"a recheck of a newer submission":   {task{submitted: at.Add(time.Second), attempt: 1}, false},
		"a check of everything":             {task{submitted: at}, false},
		"a recheck of what is not there":    {task{submitted: at, attempt: 1, subject: "gone"}, false},
		"a recheck of what has been erased": {task{submitted: at, attempt: 1, subject: "erased"}, false},
	} {
		application := "A-1"
		if tc.task.subject != "" {
			application = "A-2"
		}
		if tc.task.subject == "erased" {
			_ = e.Erase(t.Context(), "acme", application)
		}
		if old, err := w.earlier(t.Context(), tc.task, "acme", application); err != nil || (old != nil) != tc.tells {
			t.Errorf("%s: %+v %v", desc, old, err)
		}
	}
}

// What stands is decided by what the employer says today.
func TestStandsByTodaysPolicy(t *testing.T) {
	w := &Worker{o: WorkerOptions{Taxonomy: skills.Builtin}}
	v := verdict.Verdict{Result: verdict.Verified, Format: verdict.OB20}
	pass := verdict.Aspect{State: verdict.Pass}
	v.Aspects = verdict.Aspects{Integrity: pass, Issuer: pass, Status: verdict.Aspect{State: verdict.None}, Dates: pass, Recipient: pass, Standing: pass, Conformance: pass}
	v.Credential.Issuer.ID = "https://badges.example/issuer"
	v.Backing = verdict.Backing{Level: verdict.LevelDomain, Host: "badges.example"}
	v.Aspects.Standing.Level = verdict.LevelDomain
	old := record.New([]byte("key"), record.Submission{Tenant: "acme", Application: "A-1"}, []record.Entry{{Where: "cv", Verdict: v, Link: "https://badges.example/1"}}, nil)
	for accept, want := range map[verdict.Level]verdict.Result{verdict.LevelDomain: verdict.Verified, verdict.LevelListed: verdict.Unvouched} {
		got := w.stands(&old, &verify.Policy{Accept: accept})["https://badges.example/1"]
		if len(got.Findings) != 1 || got.Findings[0].Result != want {
			t.Errorf("accepting %s: %+v, want %s", accept, got.Findings, want)
		}
	}
}
