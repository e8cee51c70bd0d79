package hooks

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/index"
	"assay/index/local"
	"assay/index/web"
	"assay/ingest"
	"assay/ingest/natsd"
	"assay/verify/fetch"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/time/rate"
)

var (
	key = []byte("a key of the tests, 32 bytes long")
	now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
)

// desk is hooks over a queue, and the hiring systems that they ask.
type desk struct {
	*Hooks
	q     *ingest.Queue
	e     index.Engine
	js    jetstream.JetStream
	site  *httptest.Server // APIs and files
	log   *observer.ObservedLogs
	asked func() []string // what the site was asked, with its keys

	mu     sync.Mutex
	counts map[string]int
}

func (d *desk) counted(outcome string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counts[outcome]
}

// open starts hooks as a file says; SITE stands for the address of the site.
func open(t *testing.T, file string, site http.HandlerFunc) *desk {
	t.Helper()
	d := &desk{counts: map[string]int{}}
	var mu sync.Mutex
	var asked []string
	d.asked = func() []string { mu.Lock(); defer mu.Unlock(); return slices.Clone(asked) }
	d.site = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization")+r.Header.Get("X-SmartToken"))
		mu.Unlock()
		site(w, r)
	}))
	t.Cleanup(d.site.Close)
	s, err := natsd.Start(natsd.Options{Dir: t.TempDir(), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if d.q, err = ingest.Dial(t.Context(), ingest.QueueOptions{InProcess: s}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.q.Close)
	if err := d.q.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d.e, err = local.Open(local.Options{Dir: t.TempDir(), Key: key}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.e.Close() })
	login, err := nats.NkeyOptionFromSeed(s.Seed())
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect("", nats.InProcessServer(s), login)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	if d.js, err = jetstream.New(nc); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "hooks.yaml")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(file, "SITE", d.site.URL)), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	at, _ := url.Parse(d.site.URL)
	c, err := fetch.NewClient(fetch.Options{AllowHosts: []string{at.Host}})
	if err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zap.DebugLevel)
	d.log = logs
	if d.Hooks, err = New(Options{Hooks: all, Queue: d.q, Engine: d.e, Key: key, Fetcher: c, Client: c, Now: func() time.Time { return now }, Log: zap.New(core)}); err != nil {
		t.Fatal(err)
	}
	d.count = func(_, outcome string) { d.mu.Lock(); d.counts[outcome]++; d.mu.Unlock() }
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return d
}

// submitted waits for an application on the queue.
func (d *desk) submitted(t *testing.T, tenant, application string) ingest.Application {
	t.Helper()
	s, err := d.js.Stream(t.Context(), ingest.StreamApplications)
	if err != nil {
		t.Fatal(err)
	}
	for range 400 {
		m, err := s.GetLastMsgForSubject(t.Context(), "applications."+tenant+"."+application)
		if err == nil {
			var a ingest.Application
			if err := json.Unmarshal(m.Data, &a); err != nil {
				t.Fatal(err)
			}
			return a
		}
		time.Sleep(25 * time.Millisecond)
	}
	for _, l := range d.log.All() {
		t.Log(l.Message, l.ContextMap())
	}
	t.Fatalf("%s of %s was not handed in", application, tenant)
	return ingest.Application{}
}

// submissions counts what was ever handed in.
func (d *desk) submissions(t *testing.T) uint64 {
	t.Helper()
	s, err := d.js.Stream(t.Context(), ingest.StreamApplications)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().State.LastSeq
}

// until waits until so many notices came to an outcome.
func (d *desk) until(t *testing.T, outcome string, n int) {
	t.Helper()
	for range 400 {
		if d.counted(outcome) >= n {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	for _, l := range d.log.All() {
		t.Log(l.Message, l.ContextMap())
	}
	t.Fatalf("%d are %s, want %d", d.counted(outcome), outcome, n)
}

func mac(secret, text string) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(text))
	return hex.EncodeToString(m.Sum(nil))
}

// head makes headers of NAME, VALUE pairs.
func head(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

// kindOfError is the kind of a problem; "" for none.
func kindOfError(t *testing.T, err error) web.Kind {
	t.Helper()
	var door *web.DoorError
	if err != nil && !errors.As(err, &door) {
		t.Fatalf("%v is no problem", err)
	}
	if err == nil {
		return ""
	}
	return door.Kind
}

// greenhouse is a new application in the form that Greenhouse documents.
const greenhouse = `{"action":"new_candidate_application","payload":{"application":{"id":71980812,"status":"active","jobs":[{"id":1,"name":"Welder"}],
 "custom_fields":{"portfolio":{"name":"Portfolio","type":"url","value":"portfolio.example.org"},"other":{"name":"Other","type":"boolean","value":null}},
 "candidate":{"id":60304594,"first_name":"Applicant","last_name":"One \u003c","email_addresses":[{"value":"applicant01@example.org","type":"personal"},{"value":"no address","type":"work"}],
  "website_addresses":[{"value":"mysite.example.org","type":"personal"}],"social_media_addresses":[{"value":"social.example.org/one"}],"custom_fields":{},
  "attachments":[{"filename":"resume.pdf","url":"SITE/files/resume.pdf?X-Amz-Expires=604800","type":"resume"},{"filename":"offer.pdf","url":"SITE/files/offer.pdf","type":"offer_packet"}]}}}}`

const greenhouseFile = `
hooks:
  acme-greenhouse: {tenant: acme, system: greenhouse, secrets: [{env: HOOK_OLD}, {env: HOOK_NEW}]}
  rival-greenhouse: {tenant: rival, system: greenhouse, secrets: [{env: HOOK_RIVAL}]}
  empty-greenhouse: {tenant: empty, system: greenhouse, secrets: [{env: HOOK_NONE}]}
  none-greenhouse: {tenant: none, system: greenhouse}
`

func secrets(t *testing.T) {
	t.Setenv("HOOK_OLD", "old secret")
	t.Setenv("HOOK_NEW", "new secret")
	t.Setenv("HOOK_RIVAL", "rival secret")
	t.Setenv("HOOK_NONE", "")
	t.Setenv("HOOK_API", "api key")
}

func files(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/files/"):
		w.Header().Set("Content-Type", "application/pdf")
		_, _ = fmt.Fprintf(w, "the file %s", r.URL.Path)
	default:
		http.NotFound(w, r)
	}
}

// TestGreenhouse: a signed event becomes an application, once, however often it is sent;
// what is not signed, or by another's secret, or changed, becomes nothing.
func TestGreenhouse(t *testing.T) {
	secrets(t)
	d := open(t, greenhouseFile, files)
	body := strings.ReplaceAll(greenhouse, "SITE", d.site.URL)
	sign := func(secret, body string) string { return "sha256 " + mac(secret, body) }
	for _, tc := range []struct {
		desc, hook, signature, body string
		kind                        web.Kind
	}{
		{"no signature", "acme-greenhouse", "", body, web.KindSignature},
		{"an empty one", "acme-greenhouse", "sha256 ", body, web.KindSignature},
		{"no prefix", "acme-greenhouse", mac("new secret", body), body, web.KindSignature},
		{"another secret", "acme-greenhouse", sign("another", body), body, web.KindSignature},
		{"the empty secret", "acme-greenhouse", sign("", body), body, web.KindSignature},
		{"another tenant's secret", "acme-greenhouse", sign("rival secret", body), body, web.KindSignature},
		{"changed after signing", "acme-greenhouse", sign("new secret", body), strings.Replace(body, "71980812", "71980813", 1), web.KindSignature},
		{"no JSON", "acme-greenhouse", sign("new secret", "{"), "{", web.KindMalformed},
		{"a name twice", "acme-greenhouse", sign("new secret", `{"a":1,"a":2}`), `{"a":1,"a":2}`, web.KindMalformed},
		{"no hook", "nobody", sign("new secret", body), body, web.KindNoHook},
		{"a secret that is empty", "empty-greenhouse", sign("", body), body, web.KindNoHook},
		{"no secret", "none-greenhouse", sign("", body), body, web.KindNoHook},
	} {
		if _, err := d.Take(t.Context(), tc.hook, head("Signature", tc.signature), []byte(tc.body)); kindOfError(t, err) != tc.kind {
			t.Errorf("%s: %v", tc.desc, err)
		}
	}
	if n := d.submissions(t); n != 0 {
		t.Fatalf("%d submissions of what is refused", n)
	}
	ping := `{"action":"ping","payload":{}}`
	for _, b := range []string{ping, `{"action":"candidate_stage_change","payload":{}}`} {
		if a, err := d.Take(t.Context(), "acme-greenhouse", head("Signature", sign("old secret", b)), []byte(b)); err != nil || a.Status != 200 || a.State != wasIgnored {
			t.Errorf("%s: %+v %v", b, a, err)
		}
	}
	for i, want := range []string{wasTaken, wasRepeated, wasRepeated} {
		h := head("Signature", sign([]string{"new secret", "old secret", "new secret"}[i], body), "Greenhouse-Event-ID", []string{"e1", "e1", "of another's making"}[i])
		if a, err := d.Take(t.Context(), "acme-greenhouse", h, []byte(body)); err != nil || a.Status != 200 || a.State != want {
			t.Fatalf("%d: %+v %v", i, a, err)
		}
	}
	a := d.submitted(t, "acme", "71980812")
	if a.Job != "Welder" || a.Applicant.Name != "Applicant One <" || !slices.Equal(a.Applicant.Emails, []string{"applicant01@example.org"}) || len(a.Applicant.Proven) != 0 {
		t.Errorf("%+v", a)
	}
	if !slices.Equal(a.Links, []string{"https://mysite.example.org", "https://social.example.org/one", "https://portfolio.example.org"}) {
		t.Errorf("links %q", a.Links)
	}
	if len(a.Documents) != 1 || a.Documents[0].Name != "resume.pdf" || string(a.Documents[0].Data) != "the file /files/resume.pdf" {
		t.Errorf("documents %+v", a.Documents)
	}
	d.until(t, wasDone, 1)
	// The same event in another state, as some send again, is one submission.
	later := strings.Replace(body, "Welder", "Baker", 1)
	if _, err := d.Take(t.Context(), "acme-greenhouse", head("Signature", sign("new secret", later), "Greenhouse-Event-ID", "e1"), []byte(later)); err != nil {
		t.Fatal(err)
	}
	d.until(t, wasDone, 2)
	if n := d.submissions(t); n != 1 {
		t.Errorf("%d submissions", n)
	}
	// Nothing of a person stays on the queue that is worked off.
	kv, err := d.js.KeyValue(t.Context(), ingest.BucketNotices)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := kv.Keys(t.Context())
	if err != nil || len(keys) != 2 {
		t.Errorf("%q %v", keys, err)
	}
	for _, k := range keys {
		if e, err := kv.Get(t.Context(), k); err != nil || len(e.Value()) != 0 {
			t.Errorf("%d bytes stay, %v", len(e.Value()), err)
		}
	}
	for _, l := range d.log.All() {
		if text := fmt.Sprint(l.Message, l.ContextMap()); strings.Contains(text, "secret ") || strings.Contains(text, "example.org") {
			t.Errorf("the log says %s", text)
		}
	}
}

// TestErasedAndMerged: a merge makes applications another candidate's and loses none; a
// deletion erases those that are the candidate's by then, and no late event brings them
// back; who is made anonymous may apply again.
func TestErasedAndMerged(t *testing.T) {
	secrets(t)
	d := open(t, greenhouseFile, files)
	n := 0
	send := func(body string) {
		t.Helper()
		if a, err := d.Take(t.Context(), "acme-greenhouse", head("Signature", "sha256 "+mac("new secret", body), "Greenhouse-Event-ID", fmt.Sprint(n)), []byte(body)); err != nil || a.State != wasTaken {
			t.Fatalf("%+v %v", a, err)
		}
		n++
		d.until(t, wasDone, n)
	}
	apply := func(application, candidate int) {
		t.Helper()
		send(fmt.Sprintf(`{"action":"new_candidate_application","payload":{"application":{"id":%d,"candidate":{"id":%d}}}}`, application, candidate))
	}
	there := func(application string) bool {
		t.Helper()
		s, err := d.js.Stream(t.Context(), ingest.StreamApplications)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.GetLastMsgForSubject(t.Context(), "applications.acme."+application)
		return err == nil
	}
	apply(1, 100)
	apply(2, 200)
	send(`{"action":"merge_candidate","payload":{"person":{"id":100,"new_candidate_id":200}}}`)
	// The one who was merged away is told as deleted, too.
	send(`{"action":"delete_candidate","payload":{"person":{"id":100,"deleted_application_ids":[]}}}`)
	apply(3, 100)
	if !there("1") || !there("2") || !there("3") {
		t.Fatal("an application is lost by a merge")
	}
	if list, err := d.roster.Of(t.Context(), "acme", "greenhouse\x00", "200", time.Now().Add(time.Hour)); err != nil || !slices.Equal(list, []string{"2", "1", "3"}) {
		t.Errorf("%q %v", list, err)
	}
	// However that is told: why the one who was merged away is gone is the merge.
	send(`{"action":"delete_candidate","payload":{"person":{"id":100}}}`)
	if !there("1") || !there("3") {
		t.Fatal("who was merged away takes another's applications along")
	}
	apply(4, 300)
	send(`{"action":"delete_candidate","payload":{"person":{"id":300,"deleted_application_ids":[4]}}}`)
	if there("4") {
		t.Error("4 is not erased")
	}
	send(`{"action":"candidate_anonymized","payload":{"candidate_id":200,"anonymized_fields":["full_name"]}}`)
	apply(5, 200)
	for _, a := range []string{"1", "2", "3"} {
		if there(a) {
			t.Errorf("%s is there after its candidate was made anonymous", a)
		}
	}
	if !there("5") {
		t.Error("who was made anonymous, and applies again, is lost")
	}
	// Of one who was deleted nothing is taken any more.
	if list, err := d.roster.Close(t.Context(), "acme", "greenhouse\x00", "400", false); err != nil || len(list) != 0 {
		t.Errorf("%q %v", list, err)
	}
	apply(6, 400)
	if there("6") {
		t.Error("6 came after its candidate was deleted")
	}
	// Whoever is merged into one who was deleted goes as he went.
	apply(7, 500)
	send(`{"action":"merge_candidate","payload":{"person":{"id":500,"new_candidate_id":400}}}`)
	if there("7") {
		t.Error("7 is there, whose candidate was deleted")
	}
	// What is tried again later asks for what was there when it came.
	apply(8, 600)
	if list, err := d.roster.Of(t.Context(), "acme", "greenhouse\x00", "600", time.Now().Add(-time.Hour)); err != nil || len(list) != 0 {
		t.Errorf("%q %v", list, err)
	}
	// A deletion that is not signed says nothing of whom nobody knows.
	if list, err := d.roster.Close(t.Context(), "acme", "greenhouse\x00", "700", true); err != nil || len(list) != 0 {
		t.Errorf("%q %v", list, err)
	}
	apply(9, 700)
	if !there("9") {
		t.Error("9 is lost by a deletion of nobody")
	}
	// Another tenant's candidate of the same number is another one.
	body := `{"action":"new_candidate_application","payload":{"application":{"id":1,"candidate":{"id":200}}}}`
	if _, err := d.Take(t.Context(), "rival-greenhouse", head("Signature", "sha256 "+mac("rival secret", body)), []byte(body)); err != nil {
		t.Fatal(err)
	}
	d.submitted(t, "rival", "1")
}

// TestForms: each of the others, in the form that it documents, becomes an application;
// those that send ids only are asked by them, and their keys go to no other host.
func TestForms(t *testing.T) {
	secrets(t)
	var site string
	d := open(t, `
hooks:
  workable: {tenant: workable, system: workable, secrets: [{env: HOOK_NEW}]}
  jazzhr: {tenant: jazzhr, system: jazzhr, secrets: [{env: HOOK_NEW}]}
  teamtailor: {tenant: teamtailor, system: teamtailor, secrets: [{env: HOOK_NEW}], api-url: SITE/tt, api-key: {env: HOOK_API}}
  smartrecruiters: {tenant: smartrecruiters, system: smartrecruiters, secrets: [{env: HOOK_NEW}], api-url: SITE/sr, api-key: {env: HOOK_API}}
  ashby: {tenant: ashby, system: ashby, secrets: [{env: HOOK_NEW}], api-url: SITE/ashby, api-key: {env: HOOK_API}}
  lever: {tenant: lever, system: lever, secrets: [{env: HOOK_NEW}], prefix: lv-, api-url: SITE/lever, api-key: {env: HOOK_API}}
`, func(w http.ResponseWriter, r *http.Request) {
		answer := map[string]string{
			"GET /tt/job-applications/77?include=candidate,job": `{"data":{"id":"77","type":"job-applications","relationships":{"candidate":{"data":{"id":"9","type":"candidates"}}}},
				"included":[{"id":"9","type":"candidates","attributes":{"first-name":"Applicant","last-name":"Two","email":"applicant02@example.org","linkedin-url":null,"resume":"SITE/files/tt.pdf"}},{"id":"5","type":"jobs","attributes":{"title":"Cook"}}]}`,
			"GET /tt/candidates/9/uploads":                      `{"data":[{"id":"1","type":"uploads","attributes":{"url":"SITE/files/letter.pdf","file-name":"letter.pdf"}}]}`,
			"GET /sr/candidates/cand-1":                         `{"id":"cand-1","firstName":"Applicant","lastName":"Three","email":"applicant03@example.org","web":{"linkedin":"https://social.example.org/three"},"primaryAssignment":{"job":{"title":"Nurse"}}}`,
			"GET /sr/candidates/cand-1/attachments":             `{"content":[{"id":"att-1","name":"cv.pdf","contentType":"application/pdf"}]}`,
			"POST /ashby/candidate.info":                        `{"success":true,"results":{"id":"c","name":"Applicant Four","emailAddresses":[{"value":"applicant04@example.org"}],"socialLinks":[{"url":"https://social.example.org/four"}],"resumeFileHandle":{"id":"1","name":"r.pdf","handle":"HANDLE"},"fileHandles":[{"id":"1","name":"r.pdf","handle":"HANDLE"}]}}`,
			"POST /ashby/file.info":                             `{"success":true,"results":{"url":"SITE/files/r.pdf?sig=1"}}`,
			"GET /lever/opportunities/op-1?expand=applications": `{"data":{"id":"op-1","name":"Applicant Five","emails":["applicant05@example.org"],"links":["badges.example.org/5"],"applications":[{"posting":"p-1"}]}}`,
			"GET /lever/opportunities/op-1":                     `{"data":{"id":"op-1"}}`,
			"GET /lever/opportunities/op-1/resumes":             `{"data":[{"id":"res-1","file":{"name":"five.pdf","ext":"pdf"}}]}`,
			"GET /lever/opportunities/op-1/files":               `{"data":[]}`,
		}[r.Method+" "+r.URL.RequestURI()]
		switch {
		case strings.HasSuffix(r.URL.Path, "/attachments/att-1"):
			_, _ = fmt.Fprint(w, "an attachment")
		case strings.HasSuffix(r.URL.Path, "/download"):
			http.Redirect(w, r, site+"/files/five.pdf", http.StatusFound)
		case strings.HasPrefix(r.URL.Path, "/files/"):
			if r.Header.Get("Authorization") != "" {
				t.Errorf("a key goes with a file")
			}
			files(w, r)
		case answer == "":
			http.NotFound(w, r)
		default:
			_, _ = fmt.Fprint(w, strings.ReplaceAll(answer, "SITE", site))
		}
	})
	site = d.site.URL
	stamp := fmt.Sprint(now.UnixMilli())
	tt := `{"event":"job_application.create","resource_id":"77"}`
	sr := `{"job_id":"job-1","candidate_id":"cand-1"}`
	wk := `{"event_type":"candidate_created","data":{"id":"3b1","name":"Applicant Six","email":"applicant06@example.org","job":{"shortcode":"S","title":"Porter"},"resume_url":"` + site + `/files/six.pdf","cover_letter":"Dear all","social_profiles":[{"type":"x","url":"https://social.example.org/six"}],"cover_letter_url":null}}`
	jz := `{"candidate":{"id":"prospect_1","first_name":"Applicant","last_name":"Seven","email":"applicant07@example.org","resume":{"filename":"seven.txt","content":"` + base64.StdEncoding.EncodeToString([]byte("seven's")) + `"}},"job":{"title":"Clerk"}}`
	as := `{"action":"applicationSubmit","data":{"application":{"id":"app-4","candidate":{"id":"c","name":"x"},"job":{"id":"j","title":"Tailor"}}}}`
	lv := `{"event":"applicationCreated","triggeredAt":` + stamp + `,"token":"tok","signature":"` + mac("new secret", "tok"+stamp) + `","data":{"applicationId":"x","opportunityId":"op-1","candidateId":"op-1"}}`
	srText := strings.Join([]string{stamp, sr, "ev-1", "application.created", "v201804", "<https://api.example.org/x>"}, ".")
	srHead := head("smartrecruiters-signature", "v1="+mac("gone", srText)+";v1="+mac("new secret", srText), "smartrecruiters-timestamp", stamp, "event-id", "ev-1", "event-name", "application.created", "event-version", "v201804", "link", "<https://api.example.org/x>")
	for _, tc := range []struct {
		name        string
		header      http.Header
		body        string
		status      int
		application string
		job, who    string
		email       string
		documents   string // names and sizes
		links       []string
	}{
		{"workable", head("X-Workable-Signature", mac("new secret", wk)), wk, 200, "3b1", "Porter", "Applicant Six", "applicant06@example.org", "six.pdf:the file /files/six.pdf cover-letter.txt:Dear all", []string{"https://social.example.org/six"}},
		{"jazzhr", head("X-JazzHR-Signature", mac("new secret", jz), "X-JazzHR-Event", "CANDIDATE-EXPORT"), jz, 200, "prospect_1", "Clerk", "Applicant Seven", "applicant07@example.org", "seven.txt:seven's", nil},
		{"teamtailor", head("Teamtailor-Signature", base64.StdEncoding.EncodeToString([]byte(mac("new secret", "77")))), tt, 200, "77", "Cook", "Applicant Two", "applicant02@example.org", "tt.pdf:the file /files/tt.pdf letter.pdf:the file /files/letter.pdf", nil},
		{"smartrecruiters", srHead, sr, 202, "cand-1-job-1", "Nurse", "Applicant Three", "applicant03@example.org", "cv.pdf:an attachment", []string{"https://social.example.org/three"}},
		{"ashby", head("Ashby-Signature", "sha256="+mac("new secret", as)), as, 200, "app-4", "Tailor", "Applicant Four", "applicant04@example.org", "r.pdf:the file /files/r.pdf", []string{"https://social.example.org/four"}},
		{"lever", head(), lv, 200, "lv-op-1", "p-1", "Applicant Five", "applicant05@example.org", "five.pdf:the file /files/five.pdf", []string{"https://badges.example.org/5"}},
	} {
		a, err := d.Take(t.Context(), tc.name, tc.header, []byte(tc.body))
		if err != nil || a.Status != tc.status || a.State != wasTaken {
			t.Errorf("%s: %+v %v", tc.name, a, err)
			continue
		}
		got := d.submitted(t, tc.name, tc.application)
		var docs []string
		for _, x := range got.Documents {
			docs = append(docs, x.Name+":"+string(x.Data))
		}
		if got.Job != tc.job || got.Applicant.Name != tc.who || !slices.Equal(got.Applicant.Emails, []string{tc.email}) || strings.Join(docs, " ") != tc.documents || !slices.Equal(got.Links, tc.links) {
			t.Errorf("%s: %+v %q", tc.name, got, docs)
		}
	}
	for _, a := range d.asked() {
		f := strings.Fields(a)
		want := map[string]string{"tt": "Token token=api key", "sr": "api key", "ashby": "Basic " + base64.StdEncoding.EncodeToString([]byte("api key:")), "lever": "Basic " + base64.StdEncoding.EncodeToString([]byte("api key:"))}[strings.Split(f[1], "/")[1]]
		if strings.Join(f[2:], " ") != want {
			t.Errorf("%q with %q", a, want)
		}
	}

	// Handshakes are answered as they came.
	a, err := d.Take(t.Context(), "smartrecruiters", head("X-Hook-Secret", "a secret of theirs"), nil)
	if err != nil || a.Status != 200 || a.Name != "X-Hook-Secret" || a.Value != "a secret of theirs" {
		t.Errorf("%+v %v", a, err)
	}

	// A token counts once, whatever stands beside it.
	other := strings.Replace(lv, "op-1", "op-2", 2)
	if a, err := d.Take(t.Context(), "lever", head(), []byte(other)); err != nil || a.State != wasRepeated {
		t.Errorf("a token twice: %+v %v", a, err)
	}
	// A deletion that is not signed is not believed while the system has the candidate.
	erase := `{"event":"candidateDeleted","triggeredAt":` + stamp + `,"token":"t2","signature":"` + mac("new secret", "t2"+stamp) + `","data":{"candidateId":"op-1"}}`
	done := d.counted(wasDone)
	if _, err := d.Take(t.Context(), "lever", head(), []byte(erase)); err != nil {
		t.Fatal(err)
	}
	d.until(t, wasDone, done+1)
	d.submitted(t, "lever", "lv-op-1")
	gone := strings.NewReplacer("op-1", "op-9", "t2", "t9", mac("new secret", "t2"+stamp), mac("new secret", "t9"+stamp)).Replace(erase)
	if _, err := d.Take(t.Context(), "lever", head(), []byte(gone)); err != nil {
		t.Fatal(err)
	}
	d.until(t, wasDone, done+2)
	// Nor what was signed at another time.
	for _, at := range []time.Time{now.Add(-73 * time.Hour), now.Add(73 * time.Hour)} {
		stamp := fmt.Sprint(at.UnixMilli())
		old := `{"event":"applicationCreated","triggeredAt":` + stamp + `,"token":"t3","signature":"` + mac("new secret", "t3"+stamp) + `","data":{"opportunityId":"op-1"}}`
		if _, err := d.Take(t.Context(), "lever", head(), []byte(old)); kindOfError(t, err) != web.KindSignature {
			t.Errorf("at %v: %v", at, err)
		}
	}
	none := `{"event":"applicationCreated","signature":"` + mac("new secret", "") + `","data":{"opportunityId":"op-1"}}`
	if _, err := d.Take(t.Context(), "lever", head(), []byte(none)); kindOfError(t, err) != web.KindSignature {
		t.Errorf("a signature of nothing: %v", err)
	}
}

// TestLargeAndGone: a notice that is too large to wait is worked on at once, and a file that
// cannot be had costs that file, whose address is told in its place.
func TestLargeAndGone(t *testing.T) {
	secrets(t)
	d := open(t, "hooks: {jazzhr: {tenant: acme, system: jazzhr, secrets: [{env: HOOK_NEW}]}}", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
	})
	file := make([]byte, 1<<20)
	for i, x := 0, uint32(1); i < len(file); i++ { // nothing that can be packed
		x = x*1664525 + 1013904223
		file[i] = byte(x >> 24)
	}
	body := `{"id":"large","resume":{"filename":"scan.png","content":"` + base64.StdEncoding.EncodeToString(file) + `"}}`
	if a, err := d.Take(t.Context(), "jazzhr", head("X-JazzHR-Signature", mac("new secret", body)), []byte(body)); err != nil || a.State != wasTaken {
		t.Fatalf("%+v %v", a, err)
	}
	if d.submissions(t) != 1 { // by now
		t.Error("it waits")
	}
	if a := d.submitted(t, "acme", "large"); len(a.Documents) != 1 || !a.Documents[0].Object || a.Documents[0].Size != 1<<20 {
		t.Errorf("%+v", a.Documents)
	}
	body = `{"id":"gone","email":"applicant01@example.org","resume":{"filename":"cv.pdf","url":"` + d.site.URL + `/cv.pdf"}}`
	if _, err := d.Take(t.Context(), "jazzhr", head("X-JazzHR-Signature", mac("new secret", body)), []byte(body)); err != nil {
		t.Fatal(err)
	}
	if a := d.submitted(t, "acme", "gone"); len(a.Documents) != 0 || !slices.Equal(a.Links, []string{d.site.URL + "/cv.pdf"}) || len(a.Applicant.Emails) != 1 {
		t.Errorf("%+v", a)
	}
}

// TestGivenUp: what fails for three days is given up, and stays until it is thirty days old.
func TestGivenUp(t *testing.T) {
	d := open(t, "hooks: {}", files)
	if known, err := d.q.PutNotice(t.Context(), "x", "1", []byte("a notice")); known || err != nil {
		t.Fatal(known, err)
	}
	try := func(later time.Duration, dead bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		called := false
		d.q.Notices(ctx, "x", func() time.Time { return time.Now().Add(later) }, func(_ context.Context, n ingest.Notice) error {
			called = true
			if n.Last != dead || string(n.Body) != "a notice" {
				t.Errorf("%+v", n)
			}
			return errAPI
		}, func(err error, was bool) {
			if !errors.Is(err, errAPI) || was != dead {
				t.Errorf("after %v: %v, dead %t", later, err, was)
			}
			cancel()
		})
		if !called {
			t.Errorf("after %v: not called", later)
		}
	}
	// Whoever works on it may have been away for three days.
	try(73*time.Hour, false)
	c, err := d.js.Consumer(t.Context(), "KV_"+ingest.BucketNotices, "hook_x")
	if err != nil {
		t.Fatal(err)
	}
	for range 6 {
		m, err := c.Next(jetstream.FetchMaxWait(20 * time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Nak(); err != nil {
			t.Fatal(err)
		}
	}
	try(73*time.Hour, true)
	// Sent again it is taken again.
	if known, err := d.q.PutNotice(t.Context(), "x", "1", []byte("again")); known || err != nil {
		t.Errorf("%t %v", known, err)
	}
	kv, err := d.js.KeyValue(t.Context(), ingest.BucketNotices)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := kv.Get(t.Context(), "x.1"); err != nil || string(e.Value()) != "again" {
		t.Errorf("%v", err)
	}
}

// TestUnsignedIsNotBelieved: of an event whose signature covers an id alone, expressions
// see that id, and what was fetched by it.
func TestUnsignedIsNotBelieved(t *testing.T) {
	s := Scheme{Signature: "header S", Form: "hex", Sign: []string{"member resource.id"}}
	m := &message{header: head("S", mac("k", "7")), raw: []byte(`{"resource":{"id":"7","email":"forged@example.org"},"email":"forged@example.org"}`)}
	got, err := s.open(m.header, m.raw, [][]byte{[]byte("k")}, now)
	if err != nil {
		t.Fatal(err)
	}
	event, header := s.believed(got)
	if b, _ := json.Marshal(event); string(b) != `{"resource":{"id":"7"}}` || len(header) != 0 {
		t.Errorf("%s %v", b, header)
	}
	// Where nothing stands that is signed, nothing is.
	if _, err := s.open(head("S", mac("k", "")), []byte(`{"resource":{"email":"forged@example.org"}}`), [][]byte{[]byte("k")}, now); !errors.Is(err, errSignature) {
		t.Errorf("a signature of nothing: %v", err)
	}
	// And a hook that would believe more is none.
	dir := t.TempDir()
	for name, text := range map[string]string{
		"s.yaml": "{signature: header S, form: hex, sign: [member id]}",
		"m.yaml": "{kind: \"'application'\", application: $.id, emails: $.emails}",
		"h.yaml": "hooks: {a: {tenant: acme, scheme: s.yaml, mapping: m.yaml, secrets: [{env: HOOK}]}}",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(filepath.Join(dir, "h.yaml")); err == nil || !strings.Contains(err.Error(), "does not cover the body") {
		t.Errorf("%v", err)
	}
}

// TestPacked: a packed body is signed as it came, and is not unpacked without end.
func TestPacked(t *testing.T) {
	pack := func(b []byte) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, _ = z.Write(b)
		_ = z.Close()
		return out.Bytes()
	}
	s := Scheme{Signature: "header S", Form: "hex", Sign: []string{"body"}}
	k := [][]byte{[]byte("k")}
	h := func(raw []byte) http.Header { return head("S", mac("k", string(raw)), "Content-Encoding", "gzip") }
	good := pack([]byte(`{"a":"b"}`))
	if m, err := s.open(h(good), good, k, now); err != nil || m.object["a"] != "b" {
		t.Errorf("%v", err)
	}
	bomb := pack(append(append([]byte(`{"a":"`), bytes.Repeat([]byte("x"), maxUnpacked)...), `"}`...))
	if _, err := s.open(h(bomb), bomb, k, now); !errors.Is(err, errLarge) {
		t.Errorf("%d bytes: %v", len(bomb), err)
	}
	// What nobody signed is not unpacked at all.
	if _, err := s.open(head("S", "00", "Content-Encoding", "gzip"), []byte("no gzip"), k, now); !errors.Is(err, errSignature) {
		t.Errorf("%v", err)
	}
	large := bytes.Repeat([]byte("x"), MaxBody+1)
	if _, err := s.open(head("S", mac("k", string(large))), large, k, now); !errors.Is(err, errLarge) {
		t.Errorf("%v", err)
	}
}

// TestCost: an expression ends, and a path is one of the API's.
func TestCost(t *testing.T) {
	env, err := environment()
	if err != nil {
		t.Fatal(err)
	}
	list := make([]any, 2000)
	for i := range list {
		list[i] = int64(i)
	}
	v := vars{event: map[string]any{"list": list, "id": int64(12345678901), "deep": map[string]any{"a": []any{map[string]any{"b": "c"}, map[string]any{}}}}, got: map[string]any{}}
	e, err := compile(env, "x", "items(event.list).all(a, items(event.list).all(b, a >= 0 && b >= 0))")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.of(t.Context(), e); !errors.Is(err, errCost) {
		t.Errorf("%v", err)
	}
	for source, want := range map[string]string{
		"$.id": "12345678901", "$.deep.a[0].b": `"c"`, "$.deep.a[*].b": `["c"]`, "$.deep.a[7].b": "null", "$.nothing.at[0].all": "null",
		"text(at(event, 'id')) + '-1'": `"12345678901-1"`, "first([at(event, 'no'), ' ', at(event, 'id')])": `"12345678901"`,
		"seg('a/../b?c')": `"a%2F..%2Fb%3Fc"`, "items(at(event, 'deep')).size()": "1",
	} {
		e, err := compile(env, "x", source)
		if err != nil {
			t.Fatal(err)
		}
		x, err := v.of(t.Context(), e)
		if b, _ := json.Marshal(x); err != nil || string(b) != want {
			t.Errorf("%s: %s, %v", source, b, err)
		}
	}
	for _, source := range []string{"seg('..')", "seg('')", "event.nothing.more"} {
		e, err := compile(env, "x", source)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.of(t.Context(), e); err == nil {
			t.Errorf("%s passes", source)
		}
	}
	if _, err := compile(env, "x", "nobody(event)"); !errors.Is(err, errMapping) {
		t.Errorf("%v", err)
	}
}

// TestRate: an API is asked no faster than it lets, waits where it says so, and is asked
// nothing beside its own paths.
func TestRate(t *testing.T) {
	var n atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = fmt.Fprint(w, "{}")
	}))
	defer srv.Close()
	at, _ := url.Parse(srv.URL)
	c, err := fetch.NewClient(fetch.Options{AllowHosts: []string{at.Host}})
	if err != nil {
		t.Fatal(err)
	}
	clock, slept := now, time.Duration(0)
	api := &client{api: &API{URL: srv.URL, Auth: "bearer", Rate: 10, Burst: 20}, key: "k", client: c, turn: rate.NewLimiter(10, 20),
		now: func() time.Time { return clock },
		sleep: func(_ context.Context, d time.Duration) error {
			clock, slept = clock.Add(max(d, 0)), slept+max(d, 0)
			return nil
		}}
	if _, err := api.json(t.Context(), http.MethodGet, "/x", nil); err != nil || slept != 7*time.Second {
		t.Errorf("%v after %v", err, slept)
	}
	slept = 0
	for range 50 {
		if _, err := api.json(t.Context(), http.MethodGet, "/x", nil); err != nil {
			t.Fatal(err)
		}
	}
	if slept < 2900*time.Millisecond || slept > 3100*time.Millisecond {
		t.Errorf("50 requests waited %v", slept)
	}
	asked := n.Load()
	for _, path := range []string{"", "x", "//evil.example", "/a/../b", "/a b", "@evil.example/", "/x#y"} {
		if _, err := api.json(t.Context(), http.MethodGet, path, nil); err == nil {
			t.Errorf("%q passes", path)
		}
	}
	api.key = ""
	if _, err := api.json(t.Context(), http.MethodGet, "/x", nil); !errors.Is(err, errAPI) || n.Load() != asked {
		t.Errorf("%v, %d requests", err, n.Load()-asked)
	}
}

// TestOpen: what a file of hooks says wrongly is told, and no secret with it.
func TestOpen(t *testing.T) {
	secrets(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("of a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	read := func(text string) ([]*Hook, error) {
		path := filepath.Join(dir, "hooks.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return Open(path)
	}
	all, err := read("hooks: {a: {tenant: acme, system: ashby, secrets: [{file: secret}], api-key: {env: HOOK_API}}, b: {tenant: acme, system: ashby, secrets: [{file: secret}]}}")
	if err != nil || len(all) != 2 || string(all[0].secrets[0]) != "of a file" || len(all[1].secrets) != 0 {
		t.Errorf("%v", err)
	}
	for desc, text := range map[string]string{
		"an unknown key":      "hooks: {a: {tenant: acme, system: greenhouse, secret: x}}",
		"no tenant":           "hooks: {a: {system: greenhouse}}",
		"a name":              "hooks: {a.b: {tenant: acme, system: greenhouse}}",
		"an unknown system":   "hooks: {a: {tenant: acme, system: other}}",
		"no system":           "hooks: {a: {tenant: acme}}",
		"three secrets":       "hooks: {a: {tenant: acme, system: greenhouse, secrets: [{env: A}, {env: B}, {env: C}]}}",
		"a secret twice":      "hooks: {a: {tenant: acme, system: greenhouse, secrets: [{env: A, file: B}]}}",
		"an API elsewhere":    "hooks: {a: {tenant: acme, system: ashby, api-url: 'ftp://x'}}",
		"a user in the URL":   "hooks: {a: {tenant: acme, system: ashby, api-url: 'https://u:p@x'}}",
		"a scheme that lacks": "hooks: {a: {tenant: acme, system: greenhouse, scheme: secret}}",
	} {
		if _, err := read(text); !errors.Is(err, ErrConfig) || strings.Contains(err.Error(), "of a file") && desc != "a scheme that lacks" {
			t.Errorf("%s: %v", desc, err)
		}
	}
}
