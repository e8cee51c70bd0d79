package intake

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/deploy/testenv"
	"assay/index"
	"assay/index/local"
	"assay/index/web"
	"assay/ingest"
	"assay/ingest/examine"
	"assay/ingest/natsd"

	"go.uber.org/zap"
)

var key = []byte("a key of the tests, 32 bytes long")

// unread finds nothing in any document.
type unread struct{}

func (unread) Examine(_ context.Context, in examine.Input) ([]examine.Report, error) {
	out := make([]examine.Report, 0, len(in.Documents))
	for _, d := range in.Documents {
		out = append(out, examine.Report{Document: d.Name})
	}
	return out, nil
}

// door is a server with tokens over a queue, and where it is.
type door struct {
	*httptest.Server
	q *ingest.Queue
	e index.Engine
}

func open(t *testing.T, o ingest.QueueOptions) *door {
	t.Helper()
	d := &door{}
	var err error
	if d.q, err = ingest.Dial(t.Context(), o); err != nil {
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
	desk, err := New(d.q, d.e, key, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tokens")
	var lines []byte
	for _, l := range []string{"acme rights=submit", "rival rights=submit", "acme rights=search", "acme rights=names,export", "rival rights=names,export", "acme rights=export", "acme rights=operate", "rival rights=operate"} {
		lines = fmt.Appendf(lines, "%x %s Tester\n", sha256.Sum256([]byte(l)), l)
	}
	if err := os.WriteFile(path, lines, 0o600); err != nil {
		t.Fatal(err)
	}
	tokens, err := web.OpenTokens(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := web.New(web.Options{Engine: d.e, Intake: desk, Operations: desk, Identity: tokens.Caller})
	if err != nil {
		t.Fatal(err)
	}
	d.Server = httptest.NewServer(h)
	t.Cleanup(d.Close)
	return d
}

func embedded(t *testing.T) ingest.QueueOptions {
	t.Helper()
	s, err := natsd.Start(natsd.Options{Dir: t.TempDir(), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return ingest.QueueOptions{InProcess: s}
}

func (d *door) work(t *testing.T) {
	t.Helper()
	w, err := ingest.NewWorker(ingest.WorkerOptions{Queue: d.q, Engine: d.e, Examiner: unread{}, IDKey: key, Workers: 2, Log: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

const submitter = "acme rights=submit"

// ask sends a request and gives status, headers and body.
func (d *door) ask(t *testing.T, token, method, path, kind, idem string, body io.Reader) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, d.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if idem != "" {
		r.Header.Set("Idempotency-Key", idem)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(b)
}

// form writes a form: NAME=VALUE, or file=NAME:TEXT.
func form(fields ...string) (kind, body string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		if name == "file" {
			name, text, _ := strings.Cut(value, ":")
			p, _ := w.CreateFormFile("file", name)
			_, _ = io.WriteString(p, text)
			continue
		}
		_ = w.WriteField(name, value)
	}
	_ = w.Close()
	return w.FormDataContentType(), b.String()
}

// TestHandIn: an application comes in as a form or as JSON, and what became of it is told
// where the answer says, to its tenant alone.
func TestHandIn(t *testing.T) {
	d := open(t, embedded(t))
	large := strings.Repeat("a badge is not in here. ", 50_000)
	kind, body := form("file=cv.txt:"+large, "file=letter.txt:Dear all", "application=A-1", "job=welder", "applicant_email=Jo <applicant01@example.org>",
		"applicant_email=a@example.org", "applicant_proven=a@example.org", "applicant_name=Applicant One", "applicant_id=did:key:z1", "link=badges.example.org/1", "link=nothing at all")
	status, h, answer := d.ask(t, submitter, http.MethodPost, "/v1/applications", kind, `"key 1"`, strings.NewReader(body))
	var handed web.Handed
	if err := json.Unmarshal([]byte(answer), &handed); status != http.StatusAccepted || err != nil || handed.Sequence == 0 || handed.Application != "A-1" {
		t.Fatalf("%d %s", status, answer)
	}
	if want := fmt.Sprintf("/v1/applications/A-1/outcome?sequence=%d", handed.Sequence); h.Get("Location") != want || handed.Outcome != want {
		t.Errorf("Location %q, outcome %q", h.Get("Location"), handed.Outcome)
	}
	if len(handed.Unread) != 1 || handed.Unread[0].Document != "link 2" || handed.Unread[0].Reason != "no_link" {
		t.Errorf("unread %+v", handed.Unread)
	}
	if status, _, again := d.ask(t, submitter, http.MethodPost, "/v1/applications", kind, "key 1", strings.NewReader(body)); status != http.StatusAccepted || !strings.Contains(again, `"repeated":true`) || !strings.Contains(again, fmt.Sprintf(`"sequence":%d,`, handed.Sequence)) {
		t.Errorf("again: %d %s", status, again)
	}
	kind2, body2 := form("application=A-1", "job=another")
	if status, _, again := d.ask(t, submitter, http.MethodPost, "/v1/applications", kind2, "key 1", strings.NewReader(body2)); status != http.StatusUnprocessableEntity || !strings.Contains(again, "key_reused") {
		t.Errorf("another under the key: %d %s", status, again)
	}
	at := handed.Outcome
	if status, h, answer := d.ask(t, submitter, http.MethodGet, at, "", "", nil); status != http.StatusAccepted || !strings.Contains(answer, `"waiting"`) || h.Get("Retry-After") == "" {
		t.Errorf("nobody works: %d %s", status, answer)
	}
	if status, _, answer := d.ask(t, "rival rights=submit", http.MethodGet, at, "", "", nil); status != http.StatusNotFound {
		t.Errorf("another tenant: %d %s", status, answer)
	}
	for _, token := range []string{"acme rights=search", ""} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			path := at
			if method == http.MethodPost {
				path = "/v1/applications"
			}
			if status, _, answer := d.ask(t, token, method, path, kind, "", strings.NewReader("")); status != http.StatusForbidden && token != "" || status != http.StatusUnauthorized && token == "" {
				t.Errorf("%s with %q: %d %s", method, token, status, answer)
			}
		}
	}
	d.work(t)
	status, _, answer = d.ask(t, submitter, http.MethodGet, at+"&wait=30s", "", "", nil)
	var o ingest.Outcome
	if err := json.Unmarshal([]byte(answer), &o); status != http.StatusOK || err != nil || o.State != ingest.Indexed || o.Sequence != handed.Sequence || o.Tenant != "acme" {
		t.Errorf("%d %s", status, answer)
	}
	a, err := d.e.Get(t.Context(), "acme", "A-1")
	if err != nil || a.DisplayName != "Applicant One" || a.Job != "welder" {
		t.Errorf("%+v %v", a, err)
	}

	status, h, answer = d.ask(t, submitter, http.MethodPost, "/v1/applications", "application/json; charset=utf-8", "",
		strings.NewReader(`{"application":"A-2","applicant":{"emails":["a@example.org"]},"documents":[{"name":"cv.txt","data":"aGVsbG8K"}]}`))
	if status != http.StatusAccepted {
		t.Fatalf("%d %s", status, answer)
	}
	if status, _, answer := d.ask(t, submitter, http.MethodGet, h.Get("Location")+"&wait=30s", "", "", nil); status != http.StatusOK || !strings.Contains(answer, `"state":"indexed"`) {
		t.Errorf("%d %s", status, answer)
	}

	// As events, the one that is known already left out.
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.URL+"/v1/applications/A-2/outcome", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+submitter)
	r.Header.Set("Accept", "text/event-stream")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	event := func() (id, data string) {
		for lines.Scan() {
			switch line := lines.Text(); {
			case strings.HasPrefix(line, "id: "):
				id = line[4:]
			case strings.HasPrefix(line, "data: "):
				data = line[6:]
			case line == "" && data != "":
				return id, data
			}
		}
		t.Fatal(lines.Err())
		return "", ""
	}
	if resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("%v", resp.Header)
	}
	id, data := event()
	if id == "" || !strings.Contains(data, `"application":"A-2"`) {
		t.Errorf("%s %s", id, data)
	}
	if status, _, answer := d.ask(t, submitter, http.MethodPost, "/v1/applications", "application/json", "", strings.NewReader(`{"application":"A-2","applicant":{},"links":["https://badges.example.org/9"]}`)); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, answer)
	}
	if next, data := event(); next == id || !strings.Contains(data, `"application":"A-2"`) {
		t.Errorf("%s %s", next, data)
	}
}

// TestHandInRefused: each refusal is a problem whose type is listed, names the member, and
// leaves nothing on the queue.
func TestHandInRefused(t *testing.T) {
	d := open(t, embedded(t))
	_, _, list := d.ask(t, submitter, http.MethodGet, "/v1/problems", "", "", nil)
	formOf := func(fields ...string) func() (string, string) {
		return func() (string, string) { return form(fields...) }
	}
	text := func(kind, body string) func() (string, string) { return func() (string, string) { return kind, body } }
	long := strings.Repeat("x", 3000)
	for _, tc := range []struct {
		desc   string
		body   func() (string, string)
		status int
		kind   web.Kind
		member string
	}{
		{"no type", text("", "{}"), 415, web.KindMediaType, ""},
		{"plain text", text("text/plain", "{}"), 415, web.KindMediaType, ""},
		{"a plain form", text("application/x-www-form-urlencoded", "application=A-1"), 415, web.KindMediaType, ""},
		{"a form without boundary", text("multipart/form-data", ""), 400, web.KindMalformed, ""},
		{"a form that breaks off", text("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc"), 400, web.KindMalformed, ""},
		{"nothing", formOf(), 422, web.KindRefused, "application"},
		{"no application", formOf("job=x", "file=a:b"), 422, web.KindRefused, "application"},
		{"no token", formOf("application=A 1"), 422, web.KindRefused, "application"},
		{"two applications", formOf("application=A-1", "application=A-2"), 422, web.KindRefused, "application"},
		{"an unknown field", formOf("application=A-1", "phone=1"), 422, web.KindRefused, "phone"},
		{"the tenant in a field", formOf("application=A-1", "tenant=rival"), 422, web.KindRefused, "tenant"},
		{"no address", formOf("application=A-1", "applicant_email=a@example.org", "applicant_email=nobody", "file=a:"+strings.Repeat("b", 1<<20)), 422, web.KindRefused, "applicant_email[1]"},
		{"a long name", formOf("application=A-1", "applicant_name="+long), 422, web.KindRefused, "applicant_name"},
		{"large fields", formOf("application=A-1", "job="+strings.Repeat("x", 2<<20)), 413, web.KindTooLarge, "job"},
		{"no JSON", text("application/json", "{"), 422, web.KindRefused, ""},
		{"large JSON", text("application/json", `{"application":"`+strings.Repeat("x", 1<<20)+`"}`), 413, web.KindTooLarge, ""},
		{"another tenant in JSON", text("application/json", `{"tenant":"rival","application":"A-1","applicant":{}}`), 422, web.KindRefused, ""},
		{"an unknown member", text("application/json", `{"application":"A-1","applicant":{"phone":"1"}}`), 422, web.KindRefused, "applicant.phone"},
		{"an id that is none", text("application/json", `{"application":"A-1","applicant":{"ids":["x",""]}}`), 422, web.KindRefused, "applicant.ids[1]"},
	} {
		kind, body := tc.body()
		status, h, answer := d.ask(t, submitter, http.MethodPost, "/v1/applications", kind, "", strings.NewReader(body))
		var p struct{ Type, Title, Member string }
		if err := json.Unmarshal([]byte(answer), &p); err != nil || status != tc.status || p.Member != tc.member || p.Type != "/v1/problems#"+string(tc.kind) || h.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", tc.desc, status, answer)
		}
		if !strings.Contains(list, fmt.Sprintf(`{"type":%q,"title":%q,"status":%d,`, p.Type, p.Title, status)) {
			t.Errorf("%s: %q is not listed in %s", tc.desc, p.Type, list)
		}
	}
	for _, idem := range []string{`""`, "\u00e4", strings.Repeat("x", 256)} {
		kind, body := form("application=A-1")
		if status, _, answer := d.ask(t, submitter, http.MethodPost, "/v1/applications", kind, idem, strings.NewReader(body)); status != 400 || !strings.Contains(answer, "Idempotency-Key") {
			t.Errorf("key %q: %d %s", idem, status, answer)
		}
	}
	// A page elsewhere can have a browser send a form.
	kind, body := form("application=A-1")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.URL+"/v1/applications", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+submitter)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Origin", "https://elsewhere.example")
	if resp, err := http.DefaultClient.Do(r); err != nil || resp.StatusCode != 400 {
		t.Errorf("%v %v", resp, err)
	} else {
		_ = resp.Body.Close()
	}
	for path, want := range map[string]int{"/v1/applications/A-1/outcome": 404, "/v1/applications/A-1/outcome?sequence=0": 400, "/v1/applications/A-1/outcome?wait=x": 400, "/v1/applications/A%201/outcome": 422, "/v1/applications": 405} {
		if status, h, answer := d.ask(t, submitter, http.MethodGet, path, "", "", nil); status != want || want == 405 && h.Get("Allow") != "POST" {
			t.Errorf("%s: %d %s %s", path, status, h.Get("Allow"), answer)
		}
	}
	load, err := d.q.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range load.Stores {
		if (s.Stream == ingest.StreamApplications || s.Name == "documents") && s.Messages != 0 {
			t.Errorf("%s has %d messages", s.Name, s.Messages)
		}
	}
	if status, _, answer := d.ask(t, submitter, http.MethodPost, "/v1/applications", kind, "", strings.NewReader(body)); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, answer)
	}
	if err := d.q.Erase(t.Context(), d.e, "acme", "A-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	if status, _, answer := d.ask(t, submitter, http.MethodPost, "/v1/applications", kind, "", strings.NewReader(body)); status != http.StatusGone || !strings.Contains(answer, "#erased") {
		t.Errorf("%d %s", status, answer)
	}
	if status, _, answer := d.ask(t, submitter, http.MethodGet, "/v1/applications/A-1/outcome", "", "", nil); status != http.StatusGone {
		t.Errorf("%d %s", status, answer)
	}
}

// TestOriginals: what was submitted is given back byte for byte, to who may see who it is
// of, of the tenant alone.
func TestOriginals(t *testing.T) {
	d := open(t, embedded(t))
	d.work(t)
	large := strings.Repeat("large \x00", 60_000)
	kind, body := form("application=A-1", "file=cv.txt:"+large, "file=../../letter.txt:Dear all", "file=cv.txt:other")
	status, h, answer := d.ask(t, submitter, http.MethodPost, "/v1/applications", kind, "", strings.NewReader(body))
	if status != http.StatusAccepted {
		t.Fatalf("%d %s", status, answer)
	}
	if status, _, answer := d.ask(t, submitter, http.MethodGet, h.Get("Location")+"&wait=30s", "", "", nil); status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	const path = "/v1/applications/A-1/record?as=zip"
	status, h, answer = d.ask(t, "acme rights=names,export", http.MethodGet, path, "", "", nil)
	z, err := zip.NewReader(strings.NewReader(answer), int64(len(answer)))
	if err != nil || status != http.StatusOK || h.Get("Content-Disposition") != `attachment; filename="A-1.zip"` {
		t.Fatalf("%d %v %v", status, err, h)
	}
	want := map[string]string{"documents/01-cv.txt": large, "documents/02-letter.txt": "Dear all", "documents/03-cv.txt": "other"}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := want[f.Name]; ok && text != string(b) || !ok && (f.Name != "record.json" || !strings.Contains(string(b), `"kept":true`) || !strings.Contains(string(b), `"application":"A-1"`)) {
			t.Errorf("%s: %.200s", f.Name, b)
		}
		delete(want, f.Name)
	}
	if len(want) > 0 {
		t.Errorf("%d documents are not there", len(want))
	}
	if status, _, answer := d.ask(t, "acme rights=names,export", http.MethodGet, "/v1/applications/A-1/record", "", "", nil); status != http.StatusOK || !strings.Contains(answer, `"size":420000`) {
		t.Errorf("%d %s", status, answer)
	}
	for token, want := range map[string]int{"acme rights=export": 403, "acme rights=search": 403, submitter: 403, "rival rights=names,export": 404} {
		if status, _, answer := d.ask(t, token, http.MethodGet, path, "", "", nil); status != want {
			t.Errorf("%s: %d %s", token, status, answer)
		}
	}
	if err := d.q.Erase(t.Context(), d.e, "acme", "A-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	if status, _, answer := d.ask(t, "acme rights=names,export", http.MethodGet, path, "", "", nil); status != http.StatusGone {
		t.Errorf("%d %s", status, answer)
	}
}

// TestHandInFull: a queue that is full, or has gone, refuses for a time, and what came in
// of the files does not stay.
func TestHandInFull(t *testing.T) {
	o := embedded(t)
	o.Retention = ingest.Retention{MaxBytes: 64 << 10, Documents: 8 << 20}
	d := open(t, o)
	full := 0
	for i := range 12 {
		kind, body := form(fmt.Sprintf("application=A-%d", i), "file=a.txt:"+strings.Repeat("x", 10<<10), "file=b.txt:"+strings.Repeat("y", 400<<10))
		status, h, answer := d.ask(t, submitter, http.MethodPost, "/v1/applications", kind, "", strings.NewReader(body))
		switch {
		case status == http.StatusAccepted && full == 0:
		case status == http.StatusServiceUnavailable && strings.Contains(answer, "#full") && h.Get("Retry-After") != "":
			full++
		default:
			t.Errorf("%d: %d %s", i, status, answer)
		}
	}
	if full == 0 {
		t.Error("it is never full")
	}
	d.q.Close()
	kind, body := form("application=A-99", "file=a.txt:x")
	if status, _, answer := d.ask(t, submitter, http.MethodPost, "/v1/applications", kind, "", strings.NewReader(body)); status != http.StatusServiceUnavailable || !strings.Contains(answer, "#away") {
		t.Errorf("%d %s", status, answer)
	}
}

// watched reads, and from time to time looks at how much is live on the heap.
type watched struct {
	io.Reader
	n, next int64
	most    uint64
}

const lookEvery = 4 << 20

func live() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if w.n += int64(n); w.n >= w.next {
		w.next = w.n + lookEvery
		w.most = max(w.most, live())
	}
	return n, err
}

// TestHandInMemory: an application of 50 MiB costs the door, with a queue elsewhere, less
// than 8 MiB of live heap; its own client is counted with it.
func TestHandInMemory(t *testing.T) {
	bin := testenv.NATSServer(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	server := exec.Command(bin, "-js", "-sd", t.TempDir(), "-a", "127.0.0.1", "-p", port)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	for range 200 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			_ = c.Close()
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	d := open(t, ingest.QueueOptions{URL: "nats://127.0.0.1:" + port})
	kind, small := form("application=A-0", "file=a:b")
	if status, _, answer := d.ask(t, submitter, http.MethodPost, "/v1/applications", kind, "", strings.NewReader(small)); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, answer) // everything is there once
	}
	var parts []io.Reader
	for i := range 2 {
		parts = append(parts, strings.NewReader(fmt.Sprintf("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"scan%d.pdf\"\r\n\r\n", i)),
			io.LimitReader(pattern{}, ingest.MaxDocument), strings.NewReader("\r\n"))
	}
	parts = append(parts, strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"application\"\r\n\r\nA-1\r\n--x--\r\n"))
	before := live()
	body := &watched{Reader: io.MultiReader(parts...)}
	begun := time.Now()
	status, _, answer := d.ask(t, submitter, http.MethodPost, "/v1/applications", "multipart/form-data; boundary=x", "", body)
	if status != http.StatusAccepted || !strings.Contains(answer, `"unread":[]`) {
		t.Fatalf("%d %s", status, answer)
	}
	cost := int64(body.most) - int64(before)
	t.Logf("%d MiB in %v: %.1f MiB live beside the %.1f MiB of before", body.n>>20, time.Since(begun).Round(time.Millisecond), float64(cost)/(1<<20), float64(before)/(1<<20))
	if cost > 8<<20 {
		t.Errorf("%d bytes of live heap", cost)
	}
	if body.n < 2*ingest.MaxDocument {
		t.Errorf("%d bytes came", body.n)
	}
}

// pattern is bytes without an end.
type pattern struct{}

func (pattern) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i * 7)
	}
	return len(p), nil
}

// TestProblems: every kind has a row, once.
func TestProblems(t *testing.T) {
	d := open(t, embedded(t))
	_, _, body := d.ask(t, submitter, http.MethodGet, "/v1/problems", "", "", nil)
	var list struct {
		Problems []struct {
			Type, Title, Words string
			Status             int
		}
	}
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, p := range list.Problems {
		types = append(types, strings.TrimPrefix(p.Type, "/v1/problems#"))
		if p.Title == "" || p.Words == "" || p.Status < 400 {
			t.Errorf("%+v", p)
		}
	}
	for _, k := range []web.Kind{web.KindMalformed, web.KindTooLarge, web.KindMediaType, web.KindRefused, web.KindKeyReused, web.KindErased, web.KindNotFound,
		web.KindBusy, web.KindFull, web.KindAway, web.KindOutdated} {
		i := slices.Index(types, string(k))
		if i < 0 || slices.Contains(types[i+1:], string(k)) {
			t.Errorf("%s stands in %v", k, types)
		}
	}
}
