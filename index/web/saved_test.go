package web

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	things "assay/index/web/kept"
	"assay/index/web/look"
	"assay/ingest"
	"assay/ingest/natsd"
	"assay/verify/guard"
	"assay/verify/verdict"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// saver is a server with what recruiters keep in a real queue.
type saver struct {
	*httptest.Server
	e      index.Engine
	saved  Saved
	h      *handler
	logs   *observer.ObservedLogs
	tokens *Tokens
	path   string // of their file
	mu     sync.Mutex
	at     time.Time
	seen   []Seen
}

// savers are the callers: Jo and Lee of acme, Rae of rival, and Ops of acme, who operates.
const savers = "%s acme rights=search,names,export Jo\n%s acme rights=search,export Lee\n%s rival rights=search,names,export Jo\n%s acme rights=search,operate Ops\n"

func saverLines() string {
	return fmt.Sprintf(savers, digest("of Jo"), digest("of Lee"), digest("of rival"), digest("of Ops"))
}

// saves gives a queue that keeps.
func saves(t *testing.T) Saved {
	t.Helper()
	n, err := natsd.Start(natsd.Options{Dir: t.TempDir(), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	q, err := ingest.Dial(t.Context(), ingest.QueueOptions{InProcess: n})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Close)
	if err := q.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := q.Saved(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newSaver(t *testing.T, docs ...record.Application) *saver {
	t.Helper()
	s := &saver{at: now, saved: saves(t), e: engineWith(t, docs...)}
	var err error
	if s.tokens, s.path, err = tokensOf(t, saverLines()); err != nil {
		t.Fatal(err)
	}
	s.serve(t, &teller{})
	return s
}

// serve starts a server with an alerter, in place of the last one.
func (s *saver) serve(t *testing.T, x Alerter) *handler {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	h, err := New(Options{Engine: s.e, Saved: s.saved, Identity: s.tokens.Caller, Holds: s.tokens.holdsAll, Webhooks: &outer{}, Alerter: x, Now: s.now, Log: zap.New(core),
		Audit: func(_ *http.Request, x Seen) { s.mu.Lock(); defer s.mu.Unlock(); s.seen = append(s.seen, x) }, made: func(h *handler) { s.h = h }})
	if err != nil {
		t.Fatal(err)
	}
	s.logs = logs
	s.Server = httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.h
}

// holdsAll is Access.holds of a server without an issuer.
func (t *Tokens) holdsAll(tenant, name string) (Rights, bool) {
	return (&Access{Tokens: t}).holds(tenant, name)
}

func (s *saver) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *saver) wait(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

// form posts a form of the page and gives the answer's status, body and address.
func (s *saver) form(t *testing.T, token, path string, posted url.Values) (int, string, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(posted.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+token)
	status, body, h := do(t, r)
	return status, body, h.Get("Location")
}

// keep keeps a list or a search and gives its id.
func (s *saver) keep(t *testing.T, token, kind string, posted url.Values) string {
	t.Helper()
	status, body, at := s.form(t, token, "/saved/"+kind, posted)
	u, err := url.Parse(at)
	if status != http.StatusSeeOther || err != nil || u.Query().Get("open") == "" {
		t.Fatalf("%d, %q: %s", status, at, body)
	}
	return u.Query().Get("open")
}

func (s *saver) page(t *testing.T, token, more string) string {
	t.Helper()
	status, body, _ := as(t, s.Server, token, "/saved"+more)
	if status != http.StatusOK {
		t.Fatalf("%d: %s", status, body)
	}
	return body
}

func (s *saver) write(t *testing.T, doc record.Application) {
	t.Helper()
	old, err := s.e.Version(t.Context(), doc.Tenant, doc.Application)
	if err == nil {
		doc.Version = record.NextVersion(old)
	}
	if o := s.e.Write(t.Context(), []record.Application{doc})[0]; o.Err != nil || o.Superseded {
		t.Fatal(o)
	}
}

func firstAid(result verdict.Result, reason verdict.Reason) record.Entry {
	e := badge("First aid", teams, "work in teams", result, reason)
	e.Verdict.Credential.ID = "urn:first-aid"
	return e
}

func applicant(tenant, application, name string, entries ...record.Entry) record.Application {
	return document(tenant, application, name, nil, entries...)
}

// TestSavedList: a shortlist is kept, shown, shared within the tenant and never beyond it,
// changed by its owner alone, and taken along as a file.
func TestSavedList(t *testing.T) {
	s := newSaver(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")), applicant("acme", "A2", "Noor Sample", firstAid(verdict.Verified, "")),
		applicant("rival", "B1", "Kim Rival", firstAid(verdict.Verified, "")))
	id := s.keep(t, "of Jo", "lists", url.Values{"name": {"Site crew"}, "a": {"A1", "A2"}})
	body := s.page(t, "of Jo", "?blind=off")
	for _, want := range []string{"Site crew", "Robin Example", "Noor Sample", "only you", "added by Jo, 23 November 2026", `/applications/A1?blind=off`, "Export as CSV", "No change in 2 badges since 23 November 2026."} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, body)
		}
	}
	if body := s.page(t, "of Jo", ""); strings.Contains(body, "Robin") || !strings.Contains(body, "Site crew") || !strings.Contains(body, "Applicant ") {
		t.Errorf("blind: %s", body)
	}
	for _, token := range []string{"of Lee", "of rival", "of Ops"} {
		if body := s.page(t, token, ""); strings.Contains(body, "Site crew") {
			t.Errorf("%s sees it", token)
		}
		for _, do := range []string{"rename", "share", "remove", "drop", "seen", "feed", "unfeed", "alert"} {
			if status, _, _ := s.form(t, token, "/saved/"+id, url.Values{"do": {do}, "name": {"x"}, "a": {"A1"}, "how": {"none"}}); status != http.StatusNotFound {
				t.Errorf("%s: %s: %d", token, do, status)
			}
		}
		if status, _, _ := s.form(t, token, "/saved/lists", url.Values{"list": {id}, "a": {"B1"}}); status != http.StatusNotFound {
			t.Errorf("%s adds: %d", token, status)
		}
		if status, _, _ := as(t, s.Server, token, "/saved/"+id+"/export"); status == http.StatusOK {
			t.Errorf("%s takes it along", token)
		}
	}
	if status, _, _ := s.form(t, "of Jo", "/saved/"+id, url.Values{"do": {"share"}, "shared": {"1"}}); status != http.StatusSeeOther {
		t.Error(status)
	}
	if body := s.page(t, "of Lee", ""); !strings.Contains(body, "shared by Jo") || strings.Contains(body, `value="rename"`) {
		t.Errorf("%s", body)
	}
	if body := s.page(t, "of rival", ""); strings.Contains(body, "Site crew") || !strings.Contains(body, "Nothing is kept yet") {
		t.Error("what is shared is shared with another tenant")
	}
	for token, want := range map[string]int{"of Lee": http.StatusForbidden, "of rival": http.StatusNotFound, "of Ops": http.StatusSeeOther, "of Jo": http.StatusSeeOther} {
		if status, _, _ := s.form(t, token, "/saved/"+id, url.Values{"do": {"rename"}, "name": {"Crew of spring"}}); status != want {
			t.Errorf("%s renames what is shared: %d, want %d", token, status, want)
		}
	}
	// Those chosen in a search go on it, or on a new one.
	if _, body, _ := as(t, s.Server, "of Jo", "/?q=aid"); !strings.Contains(body, `formaction="/saved"`) {
		t.Errorf("no way from the tray: %s", body)
	}
	if body := s.page(t, "of Jo", "?a=A1&a=%22%3E%3Cb%3E"); strings.Count(body, `name="a" value="A1"`) < 2 || !strings.Contains(body, `name="list" value="`+id+`">Crew of spring<`) || !strings.Contains(body, "2 chosen") || strings.Contains(body, `"><b>`) {
		t.Errorf("those chosen: %s", body)
	}
	if status, _, _ := as(t, s.Server, "of Jo", "/saved?a="+strings.Repeat("A1&a=", things.MaxEntries)+"A1"); status != http.StatusBadRequest {
		t.Errorf("more than a list has: %d", status)
	}
	if status, _, _ := s.form(t, "of Lee", "/saved/lists", url.Values{"list": {id}, "a": {"B1"}}); status != http.StatusNotFound {
		t.Errorf("another tenant's applicant: %d", status)
	}
	// The file, with the export's guards.
	for path, want := range map[string]int{"/saved/" + id + "/export": 200, "/saved/" + id + "/export?format=json&blind=off": 200, "/saved/" + id + "/export?format=xls": 400, "/saved/none/export": 404} {
		status, body, h := as(t, s.Server, "of Jo", path)
		if status != want || strings.Contains(body, "Robin") != strings.Contains(path, "blind=off") || want == 200 && h.Get("X-Total-Count") != "2" {
			t.Errorf("%s: %d %v: %s", path, status, h, body)
		}
	}
	if status, _, _ := as(t, s.Server, "of Ops", "/saved/"+id+"/export"); status != http.StatusForbidden {
		t.Errorf("without the right to export: %d", status)
	}
	_, file, _ := as(t, s.Server, "of Jo", "/saved/"+id+"/export?blind=off")
	if rows, err := csv.NewReader(strings.NewReader(file)).ReadAll(); err != nil || len(rows) != 3 {
		t.Errorf("%v, %v", rows, err)
	}
	doc, err := s.e.Get(t.Context(), "acme", "A2")
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := s.form(t, "of Lee", "/saved/"+id, url.Values{"do": {"drop"}, "a": {doc.ID}}); status != http.StatusSeeOther {
		t.Error(status)
	}
	if body := s.page(t, "of Jo", "?blind=off"); strings.Contains(body, "Noor") || !strings.Contains(body, "Robin") {
		t.Error("who was taken off is there, or nobody is")
	}
	if status, _, at := s.form(t, "of Jo", "/saved/"+id, url.Values{"do": {"remove"}}); status != http.StatusSeeOther || at != "/saved" {
		t.Error(status, at)
	}
	if body := s.page(t, "of Lee", ""); strings.Contains(body, "Crew") {
		t.Error("it is kept still")
	}
}

// TestSavedBadForms: what cannot be kept is refused, and nothing is.
func TestSavedBadForms(t *testing.T) {
	s := newSaver(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")))
	many := make([]string, things.MaxEntries+1)
	for _, tc := range []struct {
		path   string
		posted url.Values
		want   int
	}{
		{"/saved/lists", url.Values{"a": {"A1"}}, 400},
		{"/saved/lists", url.Values{"name": {"a\nb"}}, 400},
		{"/saved/lists", url.Values{"name": {strings.Repeat("a", things.MaxName+1)}}, 400},
		{"/saved/lists", url.Values{"name": {"x"}, "a": {"none"}}, 404},
		{"/saved/lists", url.Values{"name": {"x"}, "a": many}, 400},
		{"/saved/lists", url.Values{"list": {"*"}, "a": {"A1"}}, 404},
		{"/saved/searches", url.Values{"name": {"x"}, "q": {"q=(("}}, 400},
		{"/saved/searches", url.Values{"name": {"x"}, "q": {"nothing=1"}}, 400},
		{"/saved/searches", url.Values{"name": {"x"}, "q": {"q=a;b"}}, 400},
		{"/saved/searches", url.Values{"name": {"x"}, "q": {"q=" + strings.Repeat("a", things.MaxQuery)}}, 400},
		{"/saved/searches", url.Values{"name": {""}, "q": {"q=a"}}, 400},
		{"/saved/none", url.Values{"do": {"seen"}}, 404},
		{"/saved/none", url.Values{"do": {"burn"}}, 400},
		{"/saved/none", url.Values{"do": {"alert"}, "how": {"fax"}}, 400},
	} {
		if status, body, _ := s.form(t, "of Jo", tc.path, tc.posted); status != tc.want {
			t.Errorf("%s %.60v: %d, want %d: %s", tc.path, tc.posted, status, tc.want, body)
		}
	}
	if body := s.page(t, "of Jo", ""); !strings.Contains(body, "Nothing is kept yet") {
		t.Error("something is kept")
	}
	for range things.MaxOwn {
		s.keep(t, "of Jo", "lists", url.Values{"name": {"x"}})
	}
	if status, _, _ := s.form(t, "of Jo", "/saved/lists", url.Values{"name": {"x"}}); status != 400 {
		t.Errorf("one too many: %d", status)
	}
	// A form of another site's page is none of ours.
	r, _ := http.NewRequest(http.MethodPost, s.URL+"/saved/seen", strings.NewReader(""))
	r.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Authorization": {"Bearer of Jo"}, "Sec-Fetch-Site": {"cross-site"}}
	if status, _, _ := do(t, r); status != http.StatusForbidden {
		t.Errorf("from elsewhere: %d", status)
	}
}

// TestSavedHostile: names and questions that a recruiter gives, and what applicants wrote,
// are text.
func TestSavedHostile(t *testing.T) {
	evil := `"><script>alert(1)</script>`
	e := firstAid(verdict.Verified, "")
	e.Verdict.Credential.Name = evil
	s := newSaver(t, applicant("acme", "A1", evil, e))
	s.keep(t, "of Jo", "lists", url.Values{"name": {evil}, "a": {"A1"}, "shared": {"1"}})
	s.keep(t, "of Jo", "searches", url.Values{"name": {evil}, "q": {url.Values{"q": {`"<script>alert(2)</script>"`}, "issuer": {evil}}.Encode()}, "shared": {"1"}})
	bad := e
	bad.Verdict.Result, bad.Verdict.Reason = verdict.Rejected, verdict.Revoked
	s.write(t, applicant("acme", "A1", evil, bad))
	for _, more := range []string{"", "?blind=off"} {
		if body := s.page(t, "of Jo", more); strings.Contains(body, "<script>alert") || !strings.Contains(body, "&lt;script&gt;alert(1)") {
			t.Errorf("%s", body)
		}
	}
}

// TestSavedNews: what is new in a search and what has changed on a list since the reader's
// last look, until he marks it as seen.
func TestSavedNews(t *testing.T) {
	s := newSaver(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")), applicant("acme", "A2", "Noor Sample", firstAid(verdict.Pending, verdict.HostUnreachable)))
	list := s.keep(t, "of Jo", "lists", url.Values{"name": {"Site crew"}, "a": {"A1", "A2"}, "shared": {"1"}})
	s.wait(time.Second) // what was kept first is first
	s.keep(t, "of Jo", "searches", url.Values{"name": {"First aiders"}, "q": {"q=teamwork&size=3&blind=off"}})
	if body := s.page(t, "of Jo", ""); !strings.Contains(body, "nothing new") || !strings.Contains(body, "1 in all") || strings.Contains(body, `class="change"`) {
		t.Errorf("at once: %s", body)
	}
	if status, _, _ := s.form(t, "of Lee", "/saved/"+list, url.Values{"do": {"seen"}}); status != http.StatusSeeOther {
		t.Error(status)
	}
	s.wait(time.Hour)
	s.write(t, applicant("acme", "A3", "Mika Third", firstAid(verdict.Verified, "")))
	s.write(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Rejected, verdict.Revoked)))
	s.write(t, applicant("acme", "A2", "Noor Sample", firstAid(verdict.Verified, "")))
	body := s.page(t, "of Jo", "?blind=off")
	for _, want := range []string{"2 new", "2 in all", "2 new applicants, 2 changes", "of Robin Example was taken back by its issuer.", "of Noor Sample was “waiting” and is verified now.", `#b1`, "<title>Saved: 2 new, 2 changes · assay</title>"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, body)
		}
	}
	if body := s.page(t, "of Lee", ""); !strings.Contains(body, "was taken back by its issuer.") || strings.Contains(body, "Robin") {
		t.Errorf("whom it is shared with: %s", body)
	}
	a := &asked{Request: httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), caller: Caller{Name: "Jo", Tenant: "acme", Rights: AllRights}, p: url.Values{}}
	a.tongue(s.h)
	got, err := s.h.since(a)
	if err != nil || len(got) != 2 || got[0].New != "2 changes" || got[1].New != "2 new" || got[1].Text != "First aiders" {
		t.Errorf("since: %+v, %v", got, err)
	}
	if status, _, _ := s.form(t, "of Jo", "/saved/"+list, url.Values{"do": {"seen"}}); status != http.StatusSeeOther {
		t.Error(status)
	}
	if body := s.page(t, "of Jo", ""); strings.Contains(body, `class="change"`) || !strings.Contains(body, "2 new") {
		t.Errorf("the list was seen, and the search was not: %s", body)
	}
	if status, _, _ := s.form(t, "of Jo", "/saved/seen", nil); status != http.StatusSeeOther {
		t.Error(status)
	}
	if body := s.page(t, "of Jo", ""); !strings.Contains(body, "nothing new") || !strings.Contains(body, "0 new applicants, 0 changes") {
		t.Errorf("all was seen: %s", body)
	}
	if body := s.page(t, "of Lee", ""); !strings.Contains(body, `class="change"`) {
		t.Error("what Jo has seen, Lee has not")
	}
	// Time alone ends a badge.
	s.wait(2 * 366 * 24 * time.Hour)
	if body := s.page(t, "of Jo", ""); !strings.Contains(body, "ran out on 23 November 2027") {
		t.Errorf("expired: %s", body)
	}
}

// TestSavedMoves: every move of a badge away from verified is told, and one that the record
// has no more.
func TestSavedMoves(t *testing.T) {
	badges := func(results ...verdict.Result) []record.Entry {
		var all []record.Entry
		for i, r := range results {
			e := firstAid(r, "")
			e.Verdict.Credential.ID, e.Verdict.Credential.Name = fmt.Sprint("urn:", i), fmt.Sprint("Badge ", i)
			all = append(all, e)
		}
		return all
	}
	s := newSaver(t, applicant("acme", "A1", "Robin Example", badges(verdict.Verified, verdict.Verified, verdict.Verified, verdict.Verified, verdict.Authentic, verdict.Pending)...))
	s.keep(t, "of Jo", "lists", url.Values{"name": {"Site crew"}, "a": {"A1"}, "shared": {"1"}})
	if body := s.page(t, "of Lee", ""); !strings.Contains(body, "since the last look on 23 November 2026") || strings.Contains(body, "your last look") {
		t.Errorf("the owner's look is called Lee's: %s", body)
	}
	for now, want := range map[verdict.Result]string{verdict.Pending: "waiting", verdict.Unvouched: "unvouched", verdict.Authentic: "authentic", verdict.Unsupported: "unjudged"} {
		word := look.State(want).Word()
		s.write(t, applicant("acme", "A1", "Robin Example", badges(now, verdict.Verified, verdict.Verified, verdict.Verified, verdict.Authentic, verdict.Unvouched)...))
		body := s.page(t, "of Jo", "?blind=off")
		if !strings.Contains(body, "Badge 0</a> of Robin Example was verified and is “"+word+"” now: it does not count.") || !strings.Contains(body, "1 change<") || strings.Contains(body, "No change") || strings.Contains(body, "Badge 5</a>") {
			t.Errorf("%s: %s", now, body)
		}
	}
	s.write(t, applicant("acme", "A1", "Robin Example", badges(verdict.Verified, verdict.Verified)...))
	body := s.page(t, "of Jo", "?blind=off")
	for _, want := range []string{"2 badges</a> of Robin Example: gone from the record, verified until then.", "2 badges</a> of Robin Example: gone from the record.", "2 changes<"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, body)
		}
	}
	if strings.Contains(body, "No change") {
		t.Error("and yet nothing has changed")
	}
}

// TestSavedCompares: of too many badges the states of those are kept that count, and it is
// said how many are not compared.
func TestSavedCompares(t *testing.T) {
	var all []record.Entry
	for i := range things.MaxBadges + 6 {
		e := firstAid(verdict.Pending, "")
		e.Verdict.Credential.ID = fmt.Sprint("urn:", i)
		if i == things.MaxBadges+5 {
			e.Verdict.Result, e.Verdict.Credential.Name = verdict.Verified, "The last"
		}
		all = append(all, e)
	}
	s := newSaver(t, applicant("acme", "A1", "Robin Example", all...))
	s.keep(t, "of Jo", "lists", url.Values{"name": {"Site crew"}, "a": {"A1"}})
	if body := s.page(t, "of Jo", ""); !strings.Contains(body, "No change in 64 badges since 23 November 2026.") || !strings.Contains(body, "6 badges are not compared: of an applicant 64 are.") {
		t.Errorf("%s", body)
	}
	all[len(all)-1].Verdict.Result = verdict.Pending
	s.write(t, applicant("acme", "A1", "Robin Example", all...))
	if body := s.page(t, "of Jo", ""); !strings.Contains(body, "The last</a>") || strings.Contains(body, "No change") {
		t.Errorf("what counted does no more, and it is not told: %s", body)
	}
}

// TestSavedSkips: of what was not looked at it is not said that nothing has changed, and
// what fits is looked at, whatever did not before it.
func TestSavedSkips(t *testing.T) {
	s := newSaver(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")))
	for i, n := range []int{100, 100, 100, 99, 100} {
		x := &things.Thing{Tenant: "acme", Owner: "Jo", Name: fmt.Sprint("List ", i), Created: now.Add(time.Duration(i-9) * time.Minute), List: &things.List{}, Looks: map[string]things.Look{"Jo": {At: now}}}
		for j := range n {
			x.List.Entries = append(x.List.Entries, things.Entry{ID: fmt.Sprint("gone", j), Added: now, By: "Jo"})
		}
		if err := s.saved.Add(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	s.wait(time.Second)
	s.keep(t, "of Jo", "lists", url.Values{"name": {"Small"}, "a": {"A1"}})
	body := s.page(t, "of Jo", "")
	if strings.Count(body, "There is much here.") != 1 || strings.Count(body, "No change") != 1 || !strings.Contains(body, "; 1 shortlist or search was not looked at") {
		t.Errorf("%s", body)
	}
	s.write(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Rejected, verdict.Revoked)))
	a := &asked{Request: httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), caller: Caller{Name: "Jo", Tenant: "acme", Rights: AllRights}, p: url.Values{}}
	a.tongue(s.h)
	got, err := s.h.since(a)
	if err != nil || len(got) != 2 || got[0].New != "1 change" || got[1].Text != "5 shortlists and searches were not looked at" {
		t.Errorf("since: %+v, %v", got, err)
	}
}

// stuck is what is kept where the queue does not answer.
type stuck struct{ Saved }

func (stuck) All(ctx context.Context, _ string) ([]*things.Thing, error) {
	<-ctx.Done()
	return nil, fmt.Errorf("%w: %w", things.ErrAway, ctx.Err())
}

// TestStartWaitsShort: the start page does not wait for what it tells by the way.
func TestStartWaitsShort(t *testing.T) {
	t.Parallel()
	s := openWith(t, Options{Saved: stuck{}})
	begin := time.Now()
	if status, _, _ := get(t, s, "/"); status != http.StatusOK || time.Since(begin) > 2*startTime {
		t.Errorf("%d after %v", status, time.Since(begin))
	}
}

// TestSavedAdds: whoever adds to a list that is shared with him has seen nobody less.
func TestSavedAdds(t *testing.T) {
	s := newSaver(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")), applicant("acme", "A2", "Noor Sample", firstAid(verdict.Verified, "")))
	for desc, forget := range map[string]bool{"the owner's look": false, "no look": true} {
		id := s.keep(t, "of Jo", "lists", url.Values{"name": {"Site crew"}, "a": {"A1"}, "shared": {"1"}})
		if _, err := s.saved.Change(t.Context(), "acme", id, func(x *things.Thing) error {
			if forget {
				x.Looks = nil
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		s.keep(t, "of Lee", "lists", url.Values{"list": {id}, "a": {"A2"}})
		if body := s.page(t, "of Lee", ""); strings.Contains(body, `class="new"`) || strings.Contains(body, `class="change"`) || !strings.Contains(body, "No change in 2 badges") {
			t.Errorf("%s: %s", desc, body)
		}
		if status, _, _ := s.form(t, "of Jo", "/saved/"+id, url.Values{"do": {"remove"}}); status != http.StatusSeeOther {
			t.Fatal(status)
		}
	}
}

// TestSavedChanges: a badge that counts no more is told by the reason, and as fraud only
// where it is.
func TestSavedChanges(t *testing.T) {
	for reason, want := range map[verdict.Reason]string{
		verdict.Revoked: "was taken back by its issuer.", verdict.Suspended: "was suspended by its issuer.", verdict.Gone: "is no longer at its issuer’s host, and does not count.",
		verdict.NotFound: "does not hold, and does not count.", verdict.ProofInvalid: "is not what its issuer signed, or not its issuer’s, and does not count.",
	} {
		s := newSaver(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")))
		s.keep(t, "of Jo", "lists", url.Values{"name": {"Site crew"}, "a": {"A1"}})
		now := firstAid(verdict.Rejected, reason)
		if reason == verdict.Gone { // its host says no more than that
			now.Verdict.Credential = verdict.Credential{ID: now.Verdict.Credential.ID}
		}
		s.write(t, applicant("acme", "A1", "Robin Example", now))
		if body := s.page(t, "of Jo", "?blind=off"); !strings.Contains(body, "of Robin Example "+want) {
			t.Errorf("%s: no %q in %s", reason, want, seenText(body))
		}
	}
}

// TestSavedTray: those who are chosen among what is kept are compared by the same reader,
// in the same way.
func TestSavedTray(t *testing.T) {
	s := openWith(t, Options{Saved: saves(t)}, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")), applicant("acme", "A2", "Noor Sample", firstAid(verdict.Verified, "")))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/saved/lists?tenant=acme", strings.NewReader("name=x&a=A1&a=A2"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if status, body, _ := do(t, r); status != http.StatusSeeOther {
		t.Fatalf("%d: %s", status, body)
	}
	_, body, _ := get(t, s, "/saved?tenant=acme&blind=off")
	_, tray, ok := strings.Cut(body, `<form class="tray" id="pick" action="/compare"`)
	tray, _, _ = strings.Cut(tray, "</form>")
	if !ok || !strings.Contains(tray, `name="tenant" value="acme"`) || !strings.Contains(tray, `name="blind" value="off"`) || !strings.Contains(tray, `data-text="# chosen"`) {
		t.Errorf("%s", tray)
	}
}

// TestSavedCanary: nothing of what is kept tells a name to a blind reader.
func TestSavedCanary(t *testing.T) {
	e := canaryDocument("zaphod-1", verdict.Verified)
	e.Tenant, e.ID = "acme", record.ID(key, "acme", "zaphod-1")
	s := newSaver(t, e)
	id := s.keep(t, "of Lee", "lists", url.Values{"name": {"list"}, "a": {e.ID}})
	feed := s.feed(t, "of Lee", s.keep(t, "of Lee", "searches", url.Values{"name": {"search"}, "q": {"q=teamwork&include=all"}}))
	bad := canaryDocument("zaphod-1", verdict.Rejected)
	bad.Tenant, bad.ID = e.Tenant, e.ID
	for i := range bad.Credentials {
		bad.Credentials[i].Verdict.Result, bad.Credentials[i].Verdict.Reason = verdict.Rejected, verdict.Revoked
	}
	s.write(t, bad)
	for _, path := range []string{"/saved", "/saved?open=" + id, "/saved/" + id + "/export", "/saved/" + id + "/export?format=json"} {
		status, body, _ := as(t, s.Server, "of Lee", path)
		if found := tells(body); status != 200 || found != "" {
			t.Errorf("%s: %d: %s", path, status, found)
		}
		if path == "/saved" && !strings.Contains(body, "taken back") {
			t.Error("no change is told: this test sees nothing")
		}
	}
	for _, form := range []string{".atom", ".json"} {
		status, body, _ := as(t, s.Server, "", "/feeds/"+feed+form)
		if found := tells(body); status != 200 || found != "" || !strings.Contains(body, "/applications/"+e.ID) {
			t.Errorf("feed: %d: %s: %s", status, found, body)
		}
	}
	// Nobody is found in one by what a blind reader does not see.
	byName := s.feed(t, "of Lee", s.keep(t, "of Lee", "searches", url.Values{"name": {"by name"}, "q": {"q=job:beeblebrox&include=all"}}))
	if status, body, _ := as(t, s.Server, "", "/feeds/"+byName+".atom"); status != 200 || strings.Contains(body, "/applications/") {
		t.Errorf("a feed of a name: %d: %s", status, body)
	}
}

// TestSavedNowhere: a server without a queue says that it keeps nothing.
func TestSavedNowhere(t *testing.T) {
	s := open(t)
	if status, body, _ := get(t, s, "/saved"); status != http.StatusNotImplemented || !strings.Contains(body, "This server has no queue") || strings.Contains(body, "<form") {
		t.Errorf("%d: %s", status, body)
	}
	if status, _, _ := get(t, s, "/feeds/"+strings.Repeat("a", lengthToken)+".atom"); status != http.StatusNotFound {
		t.Error(status)
	}
}

var feedToken = regexp.MustCompile(`/feeds/([A-Za-z0-9_-]{43})\.atom`)

// feed makes a feed of a search, and gives its token.
func (s *saver) feed(t *testing.T, token, id string) string {
	t.Helper()
	status, body, _ := s.form(t, token, "/saved/"+id, url.Values{"do": {"feed"}})
	m := feedToken.FindStringSubmatch(body)
	if status != http.StatusOK || m == nil {
		t.Fatalf("%d: %s", status, body)
	}
	return m[1]
}

// TestFeeds: a token reads one search, in two forms, blind; it is kept as a digest, is
// never logged, can be taken back, and ends with the right of who made it.
func TestFeeds(t *testing.T) {
	s := newSaver(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")), applicant("rival", "B1", "Kim Rival", firstAid(verdict.Verified, "")))
	id := s.keep(t, "of Jo", "searches", url.Values{"name": {"First <aiders> & co"}, "q": {"q=teamwork"}, "shared": {"1"}})
	token, other := s.feed(t, "of Jo", id), s.feed(t, "of Lee", id)
	if body := s.page(t, "of Jo", ""); strings.Contains(body, token) || !strings.Contains(body, things.Digest(token)) {
		t.Error("a token is shown again")
	}
	all, err := s.saved.All(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := all[0].Encode(); err != nil || strings.Contains(string(b), token) {
		t.Errorf("a token is kept: %s, %v", b, err)
	}
	status, body, h := as(t, s.Server, "", "/feeds/"+token+".atom")
	var atom struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Entries []struct {
			ID, Title, Updated, Summary string
			Link                        struct {
				Href string `xml:"href,attr"`
			} `xml:"link"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal([]byte(body), &atom); err != nil || status != 200 || h.Get("Content-Type") != "application/atom+xml; charset=utf-8" {
		t.Fatalf("%d %v: %v: %s", status, h, err, body)
	}
	doc, err := s.e.Get(t.Context(), "acme", "A1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := time.Parse(time.RFC3339, atom.Updated); err != nil || !strings.HasPrefix(atom.ID, "urn:uuid:") || atom.Title != "First <aiders> & co" || len(atom.Entries) != 1 || atom.Entries[0].Link.Href != s.URL+"/applications/"+doc.ID {
		t.Errorf("%+v, %v", atom, err)
	}
	status, body, h = as(t, s.Server, "", "/feeds/"+token+".json")
	var feed struct {
		Version, Title string
		Items          []struct {
			ID   string
			Text string `json:"content_text"`
		}
	}
	if err := json.Unmarshal([]byte(body), &feed); err != nil || status != 200 || h.Get("Content-Type") != "application/feed+json" || feed.Version != "https://jsonfeed.org/version/1.1" || len(feed.Items) != 1 || feed.Items[0].Text != "1 verified badge: work in teams" {
		t.Errorf("%d %v %v: %s", status, h, err, body)
	}
	if strings.Contains(body, "Robin") || strings.Contains(body, "A1") {
		t.Error("a feed tells a name")
	}
	for host, want := range map[string]string{"badges.example": "https://badges.example/saved", "127.0.0.1:1": "http://127.0.0.1:1/saved"} { // behind a proxy, and here
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/feeds/"+token+".json", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		if _, body, _ := do(t, r); !strings.Contains(body, want) {
			t.Errorf("%s: %s", host, body)
		}
	}
	for _, path := range []string{"/feeds/" + token, "/feeds/" + token + ".rss", "/feeds/" + token + ".atom?blind=off", "/feeds/" + strings.Repeat("a", 43) + ".atom", "/feeds/" + things.Digest(token) + ".atom", "/feeds/.atom", "/feeds/" + token[:42] + ".atom"} {
		if status, body, _ := as(t, s.Server, "", path); status != http.StatusNotFound || strings.Contains(body, "urn:") {
			t.Errorf("%s: %d", path, status)
		}
	}
	for token := range map[string]bool{token: true, other: true} {
		if status, _, _ := as(t, s.Server, token, "/v1/search"); status != http.StatusUnauthorized {
			t.Errorf("a feed's token opens the API: %d", status)
		}
	}
	// Lee takes his own back, and cannot take Jo's.
	for _, tok := range []string{token, other} {
		if status, _, _ := s.form(t, "of Lee", "/saved/"+id, url.Values{"do": {"unfeed"}, "feed": {things.Digest(tok)}}); status != http.StatusSeeOther {
			t.Error(status)
		}
	}
	read := func(token string) int {
		t.Helper()
		status, _, _ := as(t, s.Server, "", "/feeds/"+token+".atom")
		return status
	}
	if read(other) != http.StatusNotFound || read(token) != 200 {
		t.Errorf("after one was taken back: %d, the other %d", read(other), read(token))
	}
	// It ends with its maker's sight of the search, and with his right.
	lees := s.feed(t, "of Lee", id)
	if read(lees) != 200 {
		t.Error("this test sees nothing")
	}
	s.form(t, "of Jo", "/saved/"+id, url.Values{"do": {"share"}})
	if read(lees) != http.StatusNotFound || read(token) != 200 {
		t.Errorf("after it is shared no longer: %d, its owner's %d", read(lees), read(token))
	}
	if err := os.WriteFile(s.path, []byte(strings.Replace(saverLines(), "rights=search,names,export Jo\n", "rights=names,export Jo\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.tokens.Reload(); err != nil || read(token) != http.StatusNotFound {
		t.Errorf("its maker may search no longer: %d, %v", read(token), err)
	}
	for _, l := range s.logs.All() {
		if x := fmt.Sprint(l.Message, l.ContextMap()); strings.Contains(x, token) || strings.Contains(x, other) {
			t.Errorf("a token is logged: %s", x)
		}
	}
	for _, x := range s.seen {
		if strings.Contains(fmt.Sprint(x), token) {
			t.Errorf("a token is in the audit: %v", x)
		}
	}
}

// TestNamesStay: what was named by somebody who saw names of applicants is called otherwise
// where it leaves, and no question of his is offered as a name.
func TestNamesStay(t *testing.T) {
	s := newSaver(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")))
	x := &teller{}
	a := alertsOf(s.serve(t, x))
	_, body, _ := as(t, s.Server, "of Jo", "/?q=Robin&blind=off")
	if m := regexp.MustCompile(`name="name" value="([^"]*)"`).FindStringSubmatch(body); m == nil || m[1] != "Search of 23 November 2026" {
		t.Errorf("%q is offered", m)
	}
	status, _, at := s.form(t, "of Jo", "/saved/searches?blind=off", url.Values{"name": {"For Robin"}, "q": {"q=teamwork"}, "shared": {"1"}})
	u, err := url.Parse(at)
	if status != http.StatusSeeOther || err != nil {
		t.Fatal(status, err)
	}
	id := u.Query().Get("open")
	token := s.feed(t, "of Jo", id)
	title := func() string {
		t.Helper()
		_, body, _ := as(t, s.Server, "", "/feeds/"+token+".json")
		return body
	}
	if body := title(); strings.Contains(body, "Robin") || !strings.Contains(body, "Search of 23 November 2026") {
		t.Errorf("a feed: %s", body)
	}
	for how, posted := range map[string]url.Values{"mail": {"mail": {"jo@example.org"}}, "hook": {"hook": {"1"}}} {
		posted.Set("do", "alert")
		posted.Set("how", how)
		if status, _, _ := s.form(t, "of Ops", "/saved/"+id, posted); status != http.StatusSeeOther {
			t.Fatal(status)
		}
		s.wait(alertDay)
		s.write(t, applicant("acme", how, "Robin Example", firstAid(verdict.Verified, "")))
		if err := a.once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if told := fmt.Sprint(x.sent); x.count() != 2 || strings.Contains(told, "Robin") || strings.Count(told, "Search of 23 November 2026") != 3 {
		t.Errorf("alerts: %+v", x.sent)
	}
	s.form(t, "of Jo", "/saved/"+id, url.Values{"do": {"rename"}, "name": {"First aiders"}})
	if body := title(); !strings.Contains(body, "First aiders") {
		t.Errorf("a name of somebody who reads blind: %s", body)
	}
}

// erasing is an engine from which somebody is erased just after a search, or a look at him.
type erasing struct {
	index.Engine
	erase func()
}

func (e *erasing) then() {
	if f := e.erase; f != nil {
		e.erase = nil
		f()
	}
}

func (e *erasing) Search(ctx context.Context, tenant string, q query.Query) (*index.Results, error) {
	defer e.then()
	return e.Engine.Search(ctx, tenant, q)
}

func (e *erasing) Get(ctx context.Context, tenant, application string) (*record.Application, error) {
	defer e.then()
	return e.Engine.Get(ctx, tenant, application)
}

// TestErasedMeanwhile: who is erased between a look at the index and its writing is not
// kept by it, as an erasure has looked here before.
func TestErasedMeanwhile(t *testing.T) {
	for desc, do := range map[string]func(t *testing.T, s *saver, erase func()){
		"a search is kept": func(t *testing.T, s *saver, erase func()) {
			erase()
			s.keep(t, "of Jo", "searches", url.Values{"name": {"x"}, "q": {"q=teamwork"}, "daily": {"1"}})
		},
		"a search is seen": func(t *testing.T, s *saver, erase func()) {
			id := s.keep(t, "of Jo", "searches", url.Values{"name": {"x"}, "q": {"q=nobody"}})
			if _, err := s.saved.Change(t.Context(), "acme", id, func(x *things.Thing) error { x.Search.Query = "q=teamwork"; return nil }); err != nil {
				t.Fatal(err)
			}
			erase()
			s.form(t, "of Jo", "/saved/"+id, url.Values{"do": {"seen"}})
		},
		"a list is seen": func(t *testing.T, s *saver, erase func()) {
			id := s.keep(t, "of Jo", "lists", url.Values{"name": {"x"}, "a": {"A1"}})
			if _, err := s.saved.Change(t.Context(), "acme", id, func(x *things.Thing) error { x.Looks = nil; return nil }); err != nil {
				t.Fatal(err)
			}
			erase()
			s.form(t, "of Jo", "/saved/"+id, url.Values{"do": {"seen"}})
		},
		"somebody is to be told": func(t *testing.T, s *saver, erase func()) {
			id := s.keep(t, "of Jo", "searches", url.Values{"name": {"x"}, "q": {"q=nobody"}})
			if _, err := s.saved.Change(t.Context(), "acme", id, func(x *things.Thing) error { x.Search.Query = "q=teamwork"; return nil }); err != nil {
				t.Fatal(err)
			}
			erase()
			s.form(t, "of Jo", "/saved/"+id, url.Values{"do": {"alert"}, "how": {"daily"}})
		},
		"somebody is told": func(t *testing.T, s *saver, erase func()) {
			x := &things.Thing{Tenant: "acme", Owner: "Ops", Name: "x", Created: now.Add(-time.Hour), Search: &things.Search{Query: "q=teamwork", Alert: &things.Alert{Mail: "jo@example.org", By: "Ops"}}}
			if err := s.saved.Add(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			erase()
			mails := &teller{}
			if err := alertsOf(s.serve(t, mails)).once(t.Context()); err != nil || mails.count() != 1 {
				t.Errorf("%v, %d are told", err, mails.count())
			}
		},
	} {
		s := newSaver(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")))
		doc, err := s.e.Get(t.Context(), "acme", "A1")
		if err != nil {
			t.Fatal(err)
		}
		e := &erasing{Engine: s.e}
		s.e = e
		s.serve(t, &teller{})
		do(t, s, func() {
			e.erase = func() {
				if err := e.Erase(t.Context(), "acme", "A1"); err != nil {
					t.Error(err)
				}
				all, err := s.saved.All(t.Context(), "acme")
				if err != nil {
					t.Error(err)
				}
				for _, x := range all { // as an erasure does
					if _, err := s.saved.Change(t.Context(), "acme", x.ID, func(x *things.Thing) error { x.Forget(doc.ID); return nil }); err != nil {
						t.Error(err)
					}
				}
			}
		})
		if e.erase != nil {
			t.Errorf("%s: nobody was erased", desc)
		}
		all, err := s.saved.All(t.Context(), "acme")
		if err != nil || len(all) != 1 {
			t.Fatalf("%s: %v, %v", desc, all, err)
		}
		if b, err := all[0].Encode(); err != nil || strings.Contains(string(b), things.Short(doc.ID)) {
			t.Errorf("%s: %s, %v", desc, b, err)
		}
	}
}

// TestFeedsTellWhatIsProven: what is not verified stands in no feed as if it were.
func TestFeedsTellWhatIsProven(t *testing.T) {
	other := badge("Juggling", "urn:juggling", "juggling", verdict.Unvouched, verdict.IssuerUnvouched)
	s := newSaver(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, ""), other))
	token := s.feed(t, "of Jo", s.keep(t, "of Jo", "searches", url.Values{"name": {"all"}, "q": {"q=teamwork+juggling&include=all"}}))
	if _, body, _ := as(t, s.Server, "", "/feeds/"+token+".json"); !strings.Contains(body, `"1 verified badge: work in teams"`) {
		t.Error(body)
	}
}

// TestFeedAge: of a maker whom an issuer alone knows, a look stands for his right, and not
// for ever.
func TestFeedAge(t *testing.T) {
	h := &handler{o: Options{Now: func() time.Time { return now }, Holds: func(string, string) (Rights, bool) { return 0, false }}}
	x := &things.Thing{Looks: map[string]things.Look{"Jo": {At: now.Add(-feedAge + time.Hour)}, "Lee": {At: now.Add(-feedAge)}}}
	old := now.Add(-2 * feedAge)
	if !h.holds(x, "Jo", old, MaySearch) || h.holds(x, "Lee", old, MaySearch) || h.holds(x, "Rae", old, MaySearch) || !h.holds(x, "Rae", now, MaySearch) {
		t.Error("a look is too long ago, or is not")
	}
	a := &Access{Tokens: &Tokens{}, Logins: &Logins{}}
	a.Tokens.list.Store(&tokenList{entries: []tokenEntry{{caller: Caller{"Jo", "acme", MaySearch}}, {caller: Caller{"Jo", "acme", MayNames}}}})
	if r, known := a.holds("acme", "Jo"); !known || r != MaySearch|MayNames {
		t.Error(r, known)
	}
	if _, known := a.holds("rival", "oidc:u-1"); known {
		t.Error("an issuer may know him")
	}
	if r, known := a.holds("rival", "Jo"); !known || r != 0 {
		t.Error("whose token was taken back is taken for one whom the issuer knows", r, known)
	}
	a.Logins = nil
	if r, known := a.holds("rival", "oidc:u-1"); !known || r != 0 {
		t.Error(r, known)
	}
}

// TestFeedsAreBounded: a feed is read so often, and an address asks so often for what is
// not there.
func TestFeedsAreBounded(t *testing.T) {
	s := newSaver(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")))
	id := s.keep(t, "of Jo", "searches", url.Values{"name": {"x"}, "q": {"q=teamwork"}})
	token := s.feed(t, "of Jo", id)
	for i := range feedBurst + 1 {
		status, _, h := as(t, s.Server, "", "/feeds/"+token+".atom")
		if want := map[bool]int{true: 200, false: 429}[i < feedBurst]; status != want || status == 429 && h.Get("Retry-After") == "" {
			t.Errorf("%d: %d", i, status)
		}
	}
	if status, _, _ := as(t, s.Server, "", "/feeds/"+s.feed(t, "of Jo", id)+".atom"); status != 200 {
		t.Errorf("another feed: %d", status)
	}
	guesses := 0
	for range knockBurst + 1 {
		if status, _, _ := as(t, s.Server, "", "/feeds/"+strings.Repeat("b", lengthToken)+".atom"); status == 429 {
			guesses++
		}
	}
	if guesses == 0 {
		t.Error("tokens are guessed without end")
	}
	if status, _, _ := as(t, s.Server, "", "/feeds/"+s.feed(t, "of Jo", id)+".atom"); status != 200 {
		t.Errorf("who guesses keeps others at his address from their feeds: %d", status)
	}
	s.wait(time.Hour)
	if status, _, _ := as(t, s.Server, "", "/feeds/"+token+".atom"); status != 200 {
		t.Errorf("later: %d", status)
	}
	for range things.MaxFeeds {
		s.form(t, "of Jo", "/saved/"+id, url.Values{"do": {"feed"}})
	}
	if status, _, _ := s.form(t, "of Jo", "/saved/"+id, url.Values{"do": {"feed"}}); status != http.StatusBadRequest {
		t.Errorf("one feed too many: %d", status)
	}
}

// told1 is what an Alerter was given.
type told1 struct{ to, subject, text, id string }

// teller notes what it is to send.
type teller struct {
	mu   sync.Mutex
	sent []told1
	err  error
	mute bool // no mail server is named
}

func (x *teller) take(m told1) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sent = append(x.sent, m)
	return x.err
}

func (x *teller) Mails() bool { return !x.mute }

func (x *teller) Mail(_ context.Context, to, subject, text string) error {
	return x.take(told1{to: to, subject: subject, text: text})
}

func (x *teller) Alert(_ context.Context, tenant, destination, id string, event []byte) error {
	return x.take(told1{to: tenant + "/" + destination, text: string(event), id: id})
}

func (x *teller) count() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.sent)
}

// TestAlertsThatCannotBe: what cannot work as the server is set up is neither offered nor
// taken.
func TestAlertsThatCannotBe(t *testing.T) {
	s := newSaver(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")))
	id := s.keep(t, "of Jo", "searches", url.Values{"name": {"First aiders"}, "q": {"q=teamwork"}, "shared": {"1"}})
	mail := url.Values{"do": {"alert"}, "how": {"mail"}, "mail": {"jo@example.org"}}
	for desc, tc := range map[string]struct {
		to            Alerter
		mails, dailys bool
	}{"all": {&teller{}, true, true}, "no mail server": {&teller{mute: true}, false, true}, "nobody": {nil, false, false}} {
		s.serve(t, tc.to)
		page := s.page(t, "of Ops", "")
		if strings.Contains(page, `value="mail"`) != tc.mails || strings.Contains(page, "No mail server is named here") == tc.mails && tc.dailys {
			t.Errorf("%s: e-mail is offered, or not: %s", desc, page)
		}
		status, body, _ := s.form(t, "of Ops", "/saved/"+id, mail)
		if (status == http.StatusSeeOther) != tc.mails || !tc.mails && (status != http.StatusBadRequest || !strings.Contains(body, "No mail server is named here, by --smtp: no e-mail is sent.")) {
			t.Errorf("%s: %d %s", desc, status, body)
		}
		kept, err := s.saved.All(t.Context(), "acme")
		if err != nil || len(kept) != 1 || (kept[0].Search.Alert != nil && kept[0].Search.Alert.Mail != "") != tc.mails {
			t.Errorf("%s: %v, %+v", desc, err, kept)
		}
		if status, _, _ := s.form(t, "of Jo", "/saved/"+id, url.Values{"do": {"alert"}, "how": {"daily"}}); (status == http.StatusSeeOther) != tc.dailys {
			t.Errorf("%s: daily: %d", desc, status)
		}
		if tc.dailys {
			s.form(t, "of Ops", "/saved/"+id, url.Values{"do": {"alert"}, "how": {"none"}})
			continue
		}
		if status, _, _ := s.form(t, "of Jo", "/saved/searches", url.Values{"name": {"x"}, "q": {"q=teamwork"}, "daily": {"on"}}); status != http.StatusBadRequest {
			t.Errorf("%s: a new one, daily: %d", desc, status)
		}
		if _, page, _ := as(t, s.Server, "of Jo", "/?q=teamwork"); strings.Contains(page, `name="daily"`) || !strings.Contains(page, `action="/saved/searches"`) {
			t.Errorf("%s: it is offered beside a search", desc)
		}
	}
}

// TestAlertNoLongerOffered: where the way of an alert is not offered now, none is chosen,
// so that something is.
func TestAlertNoLongerOffered(t *testing.T) {
	s := newSaver(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")))
	id := s.keep(t, "of Jo", "searches", url.Values{"name": {"First aiders"}, "q": {"q=teamwork"}, "shared": {"1"}})
	mail, hook := things.Alert{Mail: "jo@example.org", By: "Ops"}, things.Alert{Hook: "nowhere", By: "Ops"}
	for _, tc := range []struct {
		to    Alerter
		alert things.Alert
		want  string
	}{{&teller{}, mail, "mail"}, {&teller{mute: true}, mail, "none"}, {nil, mail, "none"}, {&teller{}, hook, "none"}} {
		s.serve(t, tc.to)
		if _, err := s.saved.Change(t.Context(), "acme", id, func(x *things.Thing) error { x.Search.Alert = &tc.alert; return nil }); err != nil {
			t.Fatal(err)
		}
		if page := s.page(t, "of Ops", ""); !strings.Contains(page, `name="how" value="`+tc.want+`" checked`) || strings.Count(page, `" checked> `) != 1 {
			t.Errorf("%+v: not %s: %s", tc.alert, tc.want, page)
		}
	}
}

// TestAlerts: who is told of what is new is told once a day, however many processes look,
// and without names.
func TestAlerts(t *testing.T) {
	s := newSaver(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")))
	x := &teller{}
	one := alertsOf(s.serve(t, x))
	two := alertsOf(s.serve(t, x))
	id := s.keep(t, "of Jo", "searches", url.Values{"name": {"First aiders"}, "q": {"q=teamwork"}, "shared": {"1"}, "daily": {"1"}})
	mail := url.Values{"do": {"alert"}, "how": {"mail"}, "mail": {"jo@example.org"}}
	if status, _, _ := s.form(t, "of Jo", "/saved/"+id, mail); status != http.StatusForbidden {
		t.Errorf("without the right to operate: %d", status)
	}
	for _, bad := range []string{"", "jo", "Jo <jo@example.org>", "jo@example.org, lee@example.org", "jo@example.org\r\nBcc: all@example.org", "jo@example.org\nX: y", `"a b"@example.org`, "jo@example.org\x00", "jö@example.org", strings.Repeat("a", maxMail) + "@example.org"} {
		if status, _, _ := s.form(t, "of Ops", "/saved/"+id, url.Values{"do": {"alert"}, "how": {"mail"}, "mail": {bad}}); status != http.StatusBadRequest {
			t.Errorf("%q is taken: %d", bad, status)
		}
	}
	for _, bad := range []string{"", "none", "*", "../x"} {
		if status, _, _ := s.form(t, "of Ops", "/saved/"+id, url.Values{"do": {"alert"}, "how": {"hook"}, "hook": {bad}}); status != http.StatusBadRequest {
			t.Errorf("webhook %q is taken: %d", bad, status)
		}
	}
	if status, _, _ := s.form(t, "of Ops", "/saved/"+id, mail); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	if body := s.page(t, "of Lee", ""); strings.Contains(body, "jo@example.org") || !strings.Contains(body, "e-mail, once a day at most") {
		t.Error("an address is shown to who does not operate")
	}
	look := func() {
		t.Helper()
		var both sync.WaitGroup
		for _, a := range []*alerts{one, two, one, two} {
			both.Go(func() {
				if err := a.once(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
	}
	look()
	if x.count() != 0 {
		t.Errorf("nothing is new, and it is told: %+v", x.sent)
	}
	add := func(application string) {
		t.Helper()
		s.write(t, applicant("acme", application, "Mika Example", firstAid(verdict.Verified, "")))
		s.wait(alertEvery)
		look()
	}
	add("A2")
	if x.count() != 1 || x.sent[0].to != "jo@example.org" || x.sent[0].subject != "assay: 1 new applicant · First aiders" || strings.Contains(x.sent[0].text, "Mika") || strings.Contains(x.sent[0].text, "A2") || !strings.Contains(x.sent[0].text, "- Applicant ") {
		t.Fatalf("%+v", x.sent)
	}
	for i := range 4 { // and not once more that day
		add(fmt.Sprint("A", 3+i))
	}
	s.form(t, "of Ops", "/saved/"+id, url.Values{"do": {"alert"}, "how": {"mail"}, "mail": {"lee@example.org"}})
	look()
	if x.count() != 1 {
		t.Errorf("told twice on one day: %+v", x.sent)
	}
	s.wait(alertDay)
	look()
	if x.count() != 2 || !strings.Contains(x.sent[1].subject, "4 new applicants") || x.sent[1].to != "lee@example.org" {
		t.Errorf("the day after: %+v", x.sent)
	}
	// What was not taken is sent again an hour later; what may have been is not.
	s.wait(alertDay)
	x.err = errors.New("the server says no\r\nto you")
	add("B1")
	s.wait(alertEvery)
	look()
	if x.count() != 3 || !strings.Contains(s.page(t, "of Ops", ""), "the last try failed: the server says no") {
		t.Errorf("%d, %s", x.count(), s.page(t, "of Ops", ""))
	}
	if body := s.page(t, "of Jo", ""); strings.Contains(body, "the server says") || !strings.Contains(body, "the last try failed") {
		t.Errorf("what a mail server says is shown to who does not operate, or nothing is: %s", body)
	}
	x.err = ErrMaybeSent
	s.wait(alertAgain)
	look()
	s.wait(alertDay)
	look()
	if x.count() != 4 {
		t.Errorf("%d are told", x.count())
	}
	// Who set it operates no longer.
	x.err = nil
	if err := os.WriteFile(s.path, []byte(strings.Replace(saverLines(), "search,operate Ops", "search Ops", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.tokens.Reload(); err != nil {
		t.Fatal(err)
	}
	add("B2")
	if x.count() != 4 {
		t.Errorf("who set the address may not any more: %+v", x.sent)
	}
}

// slowTeller takes what one tenant is told when another was told.
type slowTeller struct {
	teller
	other chan struct{}
	late  bool // nobody else was told meanwhile
}

func (x *slowTeller) Alert(ctx context.Context, tenant, destination, id string, event []byte) error {
	if end, ok := ctx.Deadline(); !ok || time.Until(end) > alertSend {
		x.late = true
	}
	if tenant == "rival" {
		defer close(x.other)
		return x.teller.Alert(ctx, tenant, destination, id, event)
	}
	select {
	case <-x.other:
	case <-ctx.Done():
		x.late = true
	}
	return x.teller.Alert(ctx, tenant, destination, id, event)
}

// TestAlertsBeside: one tenant's slow webhook holds up nobody else, and who does not see a
// search any more has nobody told of it.
func TestAlertsBeside(t *testing.T) {
	s := newSaver(t)
	if err := os.WriteFile(s.path, []byte(saverLines()+digest("ops of rival")+" rival rights=search,operate Ops\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.tokens.Reload(); err != nil {
		t.Fatal(err)
	}
	x := &slowTeller{other: make(chan struct{})}
	a := alertsOf(s.serve(t, x))
	for _, one := range []things.Thing{{Tenant: "acme", Owner: "Ops"}, {Tenant: "rival", Owner: "Ops"}, {Tenant: "acme", Owner: "Jo"}} {
		one.Name, one.Created, one.Search = "All", now, &things.Search{Alert: &things.Alert{Hook: "1", By: "Ops"}}
		if err := s.saved.Add(t.Context(), &one); err != nil {
			t.Fatal(err)
		}
	}
	s.write(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")))
	s.write(t, applicant("rival", "B1", "Kim Rival", firstAid(verdict.Verified, "")))
	s.wait(time.Hour)
	if err := a.once(t.Context()); err != nil || x.count() != 2 || x.late {
		t.Errorf("%v, late %v: %+v", err, x.late, x.sent)
	}
}

// failingTeller fails as assay's own code may, for one tenant.
type failingTeller struct{ teller }

func (x *failingTeller) Alert(ctx context.Context, tenant, destination, id string, event []byte) error {
	if tenant == "acme" {
		panic("canary")
	}
	return x.teller.Alert(ctx, tenant, destination, id, event)
}

// TestE06_AlertsFail: a panic while one tenant is told leaves the process and the others as
// they are.
func TestE06_AlertsFail(t *testing.T) {
	s := newSaver(t)
	if err := os.WriteFile(s.path, []byte(saverLines()+digest("ops of rival")+" rival rights=search,operate Ops\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.tokens.Reload(); err != nil {
		t.Fatal(err)
	}
	x := &failingTeller{}
	a := alertsOf(s.serve(t, x))
	for _, tenant := range []string{"acme", "rival"} {
		one := things.Thing{Tenant: tenant, Owner: "Ops", Name: "All", Created: now, Search: &things.Search{Alert: &things.Alert{Hook: "1", By: "Ops"}}}
		if err := s.saved.Add(t.Context(), &one); err != nil {
			t.Fatal(err)
		}
	}
	s.write(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")))
	s.write(t, applicant("rival", "B1", "Kim Rival", firstAid(verdict.Verified, "")))
	s.wait(time.Hour)
	if err := a.once(t.Context()); !errors.Is(err, guard.ErrFault) || x.count() != 1 || x.sent[0].to != "rival/1" {
		t.Errorf("%v: %+v", err, x.sent)
	}
}

// TestAlertHook: a webhook of the tenant's own is told by ids that name nobody, and knows
// again what it is sent a second time.
func TestAlertHook(t *testing.T) {
	s := newSaver(t)
	x := &teller{err: errors.New("it answers 500")}
	a := alertsOf(s.serve(t, x))
	id := s.keep(t, "of Ops", "searches", url.Values{"name": {"All"}, "q": {""}})
	if status, body, _ := s.form(t, "of Ops", "/saved/"+id, url.Values{"do": {"alert"}, "how": {"hook"}, "hook": {"1"}}); status != http.StatusSeeOther {
		t.Fatalf("%d: %s", status, body)
	}
	s.write(t, applicant("acme", "A1", "Robin Example", firstAid(verdict.Verified, "")))
	for range 2 {
		s.wait(alertAgain)
		if err := a.once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := s.e.Get(t.Context(), "acme", "A1")
	if err != nil {
		t.Fatal(err)
	}
	var e alertEvent
	if x.count() != 2 || x.sent[0].id != x.sent[1].id || x.sent[0].to != "acme/1" || json.Unmarshal([]byte(x.sent[0].text), &e) != nil || e.Type != "search.new" || e.Data.Count != 1 || e.Data.Applications[0] != doc.ID || strings.Contains(x.sent[0].text, "Robin") {
		t.Errorf("%+v", x.sent)
	}
}

func TestPageURL(t *testing.T) {
	for text, want := range map[string]bool{"": true, "https://assay.example.org": true, "http://127.0.0.1:8080/": true, "assay.example.org": false, "ftp://x": false, "https://": false,
		"https://u:p@x": false, "https://x/path": false, "https://x?q": false, "https://x#f": false, "javascript:alert(1)": false, "https://x\"": false} {
		if err := CheckPageURL(text); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// crowdedServer has crowded applications, kept on a list and in a search whose every text
// is as long as it may be.
func crowdedServer(t *testing.T) *httptest.Server {
	t.Helper()
	docs := crowded()
	kept := saves(t)
	for i, x := range []*things.Thing{{List: &things.List{}}, {Search: &things.Search{Query: url.Values{"q": {strings.Repeat("x", 120)}, "issuer": {strings.Repeat("y", 120)}}.Encode(), Feeds: []things.Feed{{Digest: things.Digest("x"), By: strings.Repeat("z", 64), At: now}},
		Alert: &things.Alert{Mail: strings.Repeat("a", 60) + "@" + strings.Repeat("b", 60) + ".example", By: "x", Error: strings.Repeat("e", 200)}}}} {
		x.Tenant, x.Owner, x.Name, x.Created = "default", operatorName, strings.Repeat("Donaudampf", 8), now
		x.Looks = map[string]things.Look{operatorName: {At: now, Seen: map[string]string{}}}
		for _, doc := range docs {
			if x.List != nil {
				x.List.Entries = append(x.List.Entries, things.Entry{ID: doc.ID, Added: now, By: strings.Repeat("z", 64)})
				x.Looks[operatorName].Seen[things.Short(doc.ID)] = "" // so that every badge is new
			}
		}
		if err := kept.Add(t.Context(), x); err != nil {
			t.Fatal(i, err)
		}
	}
	return openWith(t, Options{Saved: kept}, docs...)
}
