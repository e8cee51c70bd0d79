package tell

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/index"
	"assay/index/local"
	"assay/index/record"
	"assay/index/web"
	"assay/ingest"
	"assay/ingest/examine"
	"assay/ingest/natsd"
	"assay/verify"
	"assay/verify/fetch"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

var key = []byte("a key of the tests, 32 bytes long")

// named finds a badge that is called by the applicant's name in every document.
type named struct{}

func (named) Examine(_ context.Context, in examine.Input) ([]examine.Report, error) {
	out := make([]examine.Report, 0, len(in.Documents))
	for _, d := range in.Documents {
		r := examine.Report{Document: d.Name}
		f := examine.Finding{Where: d.Name}
		f.Verdict = verify.Verdict{Result: "authentic"}
		f.Verdict.Credential.Name = "Welding by Zaphod Quux"
		r.Findings = append(r.Findings, f)
		out = append(out, r)
	}
	return out, nil
}

// receiver notes what it is sent.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	heads  []http.Header
	status atomic.Int64
}

func newReceiver(t *testing.T, status int) *receiver {
	r := &receiver{}
	r.status.Store(int64(status))
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		b, _ := io.ReadAll(q.Body)
		if err := obeys(string(b), q.Header); err != nil {
			t.Errorf("what is sent is none of the contract's: %v\n%s", err, b)
		}
		r.mu.Lock()
		r.bodies, r.heads = append(r.bodies, string(b)), append(r.heads, q.Header)
		r.mu.Unlock()
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(int(r.status.Load()))
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) host() string { u, _ := url.Parse(r.URL); return u.Host }

// came gives what came by now.
func (r *receiver) came() (bodies []string, heads []http.Header) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.bodies), slices.Clone(r.heads)
}

// wait gives what came, once it is so much.
func (r *receiver) wait(t *testing.T, n int) []string {
	t.Helper()
	for range 600 {
		if got, _ := r.came(); len(got) >= n {
			return got
		}
		time.Sleep(25 * time.Millisecond)
	}
	got, _ := r.came()
	t.Fatalf("%d came, want %d", len(got), n)
	return nil
}

type desk struct {
	*Teller
	q    *ingest.Queue
	e    index.Engine
	s    *ingest.Submitter
	logs *observer.ObservedLogs
}

func open(t *testing.T, now func() time.Time, hosts ...string) *desk {
	t.Helper()
	s, err := natsd.Start(natsd.Options{Dir: t.TempDir(), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	d := &desk{}
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
	c, err := fetch.NewClient(fetch.Options{AllowHosts: hosts})
	if err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zap.DebugLevel)
	d.logs = logs
	if d.Teller, err = New(Options{Queue: d.q, Engine: d.e, Key: key, Client: c, Link: "https://ats.example/{application}", Now: now, Log: zap.New(core)}); err != nil {
		t.Fatal(err)
	}
	if d.s, err = ingest.NewSubmitter(d.q, key); err != nil {
		t.Fatal(err)
	}
	w, err := ingest.NewWorker(ingest.WorkerOptions{Queue: d.q, Engine: d.e, Examiner: named{}, IDKey: key, Workers: 2, Names: true, Log: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 2)
	go func() { done <- w.Run(ctx) }()
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
	return d
}

func (d *desk) apply(t *testing.T, tenant, application string) {
	t.Helper()
	if _, err := d.s.Submit(t.Context(), ingest.Submission{Tenant: tenant, Application: application, Files: []ingest.File{{Name: "cv.txt", Data: []byte(application)}},
		Applicant: ingest.Applicant{Name: "Zaphod Quux", Emails: []string{"zaphod.quux@example.org"}}}); err != nil {
		t.Fatal(err)
	}
}

// TestTell: outcomes are sent, signed, to the tenant's own destinations; one that is away,
// or leads elsewhere, keeps nobody waiting; and who applies is told to those alone that
// were set so.
func TestTell(t *testing.T) {
	good, all, away, rival := newReceiver(t, 200), newReceiver(t, 204), newReceiver(t, 302), newReceiver(t, 200)
	d := open(t, time.Now, good.host(), all.host(), away.host(), rival.host())
	set := func(tenant, address string, names bool) web.Webhook {
		t.Helper()
		w, err := d.SetWebhook(t.Context(), tenant, "Jo", web.WebhookRequest{URL: address, Names: names})
		if err != nil || !strings.HasPrefix(w.Secret, "whsec_") {
			t.Fatalf("%+v %v", w, err)
		}
		return w
	}
	first := set("acme", good.URL+"/hook", false)
	set("acme", all.URL+"/hook", true)
	failing := set("acme", away.URL+"/hook", false)
	set("rival", rival.URL+"/hook", false)
	d.apply(t, "acme", "A-1")
	body := good.wait(t, 1)[0]
	verifier, err := webhooks.NewWebhook(first.Secret)
	if err != nil {
		t.Fatal(err)
	}
	_, heads := good.came()
	if err := verifier.Verify([]byte(body), heads[0]); err != nil {
		t.Errorf("%v: %v", err, heads[0])
	}
	if err := verifier.Verify([]byte(body+" "), heads[0]); err == nil {
		t.Error("a body that was changed passes")
	}
	var e struct {
		Type string
		Data struct {
			Application, State, ApplicationURL string
			Findings                           []ingest.Found
		}
	}
	if err := json.Unmarshal([]byte(body), &e); err != nil || e.Type != typeChecked || e.Data.Application != "A-1" || e.Data.State != "indexed" || e.Data.ApplicationURL != "https://ats.example/A-1" || len(e.Data.Findings) != 1 {
		t.Errorf("%s", body)
	}
	if low := strings.ToLower(body); strings.Contains(low, "zaphod") || strings.Contains(low, "quux") {
		t.Errorf("who applies is told: %s", body)
	}
	if body := all.wait(t, 1)[0]; !strings.Contains(body, `"applicant":{"name":"Zaphod Quux"}`) || !strings.Contains(body, "Welding by Zaphod") {
		t.Errorf("%s", body)
	}
	// An id may tell the name; then it is another, and leads nowhere.
	d.apply(t, "acme", "zaphod-quux")
	if body := good.wait(t, 2)[1]; strings.Contains(body, "quux") || strings.Contains(body, "ats.example") {
		t.Errorf("%s", body)
	}
	if err := d.q.Erase(t.Context(), d.e, "acme", "A-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	away.wait(t, 2)
	_, heads = away.came()
	for _, x := range heads {
		if x.Get("webhook-signature") == "" {
			t.Error("not signed")
		}
	}
	list, err := d.Webhooks(t.Context(), "acme")
	if err != nil || len(list) != 3 {
		t.Fatalf("%+v %v", list, err)
	}
	for _, w := range list {
		if w.Secret != "" {
			t.Error("a secret is shown twice")
		}
		if bad := w.ID == failing.ID; bad != !w.Failing.IsZero() || bad && (w.Waiting == 0 || !strings.Contains(w.Error, "302")) {
			t.Errorf("%+v", w)
		}
	}
	// The same address is the same destination; it goes on without a new secret.
	again, err := d.SetWebhook(t.Context(), "acme", "Jo", web.WebhookRequest{URL: good.URL + "/hook"})
	if err != nil || again.ID != first.ID || again.Secret != "" {
		t.Errorf("%+v %v", again, err)
	}
	if renewed, err := d.SetWebhook(t.Context(), "acme", "Jo", web.WebhookRequest{URL: good.URL + "/hook", Renew: true}); err != nil || renewed.Secret == "" || renewed.Secret == first.Secret {
		t.Errorf("%+v %v", renewed, err)
	}
	if err := d.RemoveWebhook(t.Context(), "rival", first.ID); kind(err) != web.KindNotFound {
		t.Errorf("another tenant's: %v", err)
	}
	if err := d.RemoveWebhook(t.Context(), "acme", first.ID); err != nil {
		t.Error(err)
	}
	d.apply(t, "acme", "A-3")
	all.wait(t, 3)
	if n := len(good.wait(t, 2)); n != 2 && n != 3 { // the erasure may have been told
		t.Errorf("%d were sent to who is removed", n)
	}
	if bodies, _ := rival.came(); len(bodies) != 0 {
		t.Errorf("another tenant is told %q", bodies)
	}
	for _, l := range d.logs.All() {
		if strings.Contains(l.Message, "quux") || strings.Contains(l.Message, "whsec") {
			t.Errorf("%s", l.Message)
		}
	}
}

func kind(err error) web.Kind {
	var door *web.DoorError
	if !errors.As(err, &door) {
		return ""
	}
	return door.Kind
}

// TestDead: what is not taken for three days is given up, and told.
func TestDead(t *testing.T) {
	away := newReceiver(t, 500)
	d := open(t, func() time.Time { return time.Now().Add(73 * time.Hour) }, away.host())
	if _, err := d.SetWebhook(t.Context(), "acme", "Jo", web.WebhookRequest{URL: away.URL}); err != nil {
		t.Fatal(err)
	}
	d.apply(t, "acme", "A-1")
	away.wait(t, 2)
	for try := 0; ; try++ {
		list, err := d.Webhooks(t.Context(), "acme")
		if err == nil && list[0].Dead == 1 && !list[0].DeadSince.IsZero() && list[0].Waiting == 0 {
			break
		}
		if try == 200 {
			t.Fatalf("%+v %v", list, err)
		}
		time.Sleep(25 * time.Millisecond)
	}
	if d.logs.FilterMessageSnippet("given up").Len() != 1 {
		t.Error("the log does not tell it")
	}
}

// TestNobodyKnown: of an application without a record nothing can be masked, so that who
// is told no names has the id that names nobody, and no link.
func TestNobodyKnown(t *testing.T) {
	good := newReceiver(t, 200)
	d := open(t, time.Now, good.host())
	for names, application := range map[bool]string{true: `"application":"zaphod-quux"`, false: `"application":"` + record.ID(key, "acme", "zaphod-quux") + `"`} {
		to := &ingest.Destination{Tenant: "acme", ID: "x", URL: good.URL, Names: names, Secret: []byte("a secret of twenty-four b")}
		n := len(good.wait(t, 0))
		if err := d.send(t.Context(), ingest.Telling{To: to, ID: "1", Outcome: &ingest.Outcome{V: ingest.OutcomeVersion, Tenant: "acme", Application: "zaphod-quux", State: ingest.Refused, Findings: []ingest.Found{}, Unread: []ingest.OutcomeGap{}}}); err != nil {
			t.Fatal(err)
		}
		body := good.wait(t, n+1)[n]
		if !strings.Contains(body, application) || strings.Contains(body, "ats.example") != names || !strings.Contains(body, `"id":"`+record.ID(key, "acme", "zaphod-quux")+`"`) {
			t.Errorf("%s", body)
		}
	}
}

// TestLongAnswer: whoever takes an outcome and answers at length has taken it.
func TestLongAnswer(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 1<<20))
	}))
	t.Cleanup(srv.Close)
	at, _ := url.Parse(srv.URL)
	d := open(t, time.Now, at.Host)
	to := &ingest.Destination{Tenant: "acme", ID: "x", URL: srv.URL, Secret: []byte("a secret of twenty-four b")}
	if err := d.send(t.Context(), ingest.Telling{To: to, ID: "1", Outcome: &ingest.Outcome{Tenant: "acme", Application: "A-1", State: ingest.Refused}}); err != nil {
		t.Error(err)
	}
}

// TestSetRefused: outcomes go to public names over https, and a tenant has so many
// destinations.
func TestSetRefused(t *testing.T) {
	good := newReceiver(t, 200)
	d := open(t, time.Now, good.host())
	for _, address := range []string{"", "http://hooks.example.org/", "https://10.0.0.1/", "https://hooks.example.org:444/", "https://u@hooks.example.org/", "https://localhost/"} {
		if _, err := d.SetWebhook(t.Context(), "acme", "Jo", web.WebhookRequest{URL: address}); kind(err) != web.KindRefused {
			t.Errorf("%q: %v", address, err)
		}
	}
	var last error
	for i := range 17 {
		_, last = d.SetWebhook(t.Context(), "acme", "Jo", web.WebhookRequest{URL: good.URL + "/" + strings.Repeat("x", i)})
	}
	if kind(last) != web.KindRefused {
		t.Errorf("%v", last)
	}
	// What somebody else writes to the bucket is nobody's destination.
	other, err := ingest.NewDestinations(d.q, []byte("another key"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := other.Set(t.Context(), ingest.Destination{Tenant: "rival", URL: good.URL}, false); err != nil {
		t.Fatal(err)
	}
	if list, err := d.Webhooks(t.Context(), "rival"); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}

// TestAlert: an event goes, signed and under its id, to a destination of the tenant's own,
// and to no other tenant's.
func TestAlert(t *testing.T) {
	const event = `{"type":"search.new","timestamp":"2026-11-29T09:00:00Z","data":{"search":"s1","name":"Site crew","count":1,"applications":["a1"]}}`
	good := newReceiver(t, 200)
	d := open(t, time.Now, good.host())
	w, err := d.SetWebhook(t.Context(), "acme", "Jo", web.WebhookRequest{URL: good.URL + "/hook"})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range [][2]string{{"rival", w.ID}, {"acme", "none"}, {"", w.ID}} {
		if err := d.Alert(t.Context(), x[0], x[1], "search_1", []byte(event)); !errors.Is(err, ingest.ErrNoDestination) {
			t.Errorf("%v: %v", x, err)
		}
	}
	if err := d.Alert(t.Context(), "acme", w.ID, "search_1", []byte(event)); err != nil {
		t.Fatal(err)
	}
	bodies, heads := good.came()
	verifier, err := webhooks.NewWebhook(w.Secret)
	if err != nil {
		t.Fatal(err)
	}
	if len(bodies) != 1 || bodies[0] != event || heads[0].Get(webhooks.HeaderWebhookID) != "search_1" {
		t.Fatalf("%q %v", bodies, heads)
	}
	if err := verifier.Verify([]byte(bodies[0]), heads[0]); err != nil {
		t.Error(err)
	}
	good.status.Store(500)
	if err := d.Alert(t.Context(), "acme", w.ID, "search_2", []byte(event)); !errors.Is(err, errAnswer) {
		t.Error(err)
	}
}
