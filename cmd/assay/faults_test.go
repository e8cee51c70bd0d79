package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"assay/ingest"

	"go.uber.org/zap"
)

// faultWords is what the panics of these tests say: a document's words.
const faultWords = "canary of applicant@example.org"

// elsewhere are the works that the service of these tests does not come to, with
// the test that makes them fail.
var elsewhere = map[string]string{
	"writing to Elasticsearch":       "assay/index/elastic.TestBulkGoroutineFails",
	"ending a child":                 "assay/extract/sandbox.TestEndingFails",
	"telling an outcome":             "assay/ingest.TestE06_TellingFails",
	"reading a status list":          "assay/verify/status.TestFaultReachesAllWhoWait",
	"a tool of an assistant":         "assay/index/web.TestE06_ToolFails",
	"working on a notice":            "assay/ingest/intake/hooks.TestE06_NoticeFails",
	"sending an outcome":             "assay/ingest/intake/tell.TestE06_SendingFails",
	"alerts of a tenant":             "assay/index/web.TestE06_AlertsFail",
	"suggesting":                     "assay/index.TestE06_SuggestingFails",
	"asking for hits":                "assay/index/elastic.TestE06_AskingFails",
	"asking for counts":              "assay/index/elastic.TestE06_AskingFails",
	"a part of a search":             "assay/index/local.TestE06_PartOfASearchFails",
	"asking what the operator named": "assay/verify/fetch.TestE06_OperatorFails",
	// assay bench measures, and serves nobody.
	"submitting":        "",
	"the issuers' site": "",
	"watching memory":   "",
}

// elsewhereIn are the same, by the file they stand in: works without a name.
var elsewhereIn = map[string]string{
	"extract/sandbox/child.go":   "assay/extract/sandbox.TestB12_Faults", // in the child
	"extract/sandbox/fault.go":   "assay/extract/sandbox.TestProtected",  // what ends a child that hangs
	"cmd/assay/beside.go":        "",
	"cmd/assay/bench.go":         "", // assay bench, and these two
	"cmd/assay/hiring.go":        "",
	"cmd/assay/usage.go":         "",
	"extract/sandbox/sandbox.go": "assay/extract/sandbox.TestB12_StartFaults", // without a child, serve does not start
}

// faulty is the program with a panic in every place that keeps one.
type faulty struct {
	program string
	works   []string // their names
}

// buildFaulty builds it by an overlay: nothing in the tree is changed. Which
// panic comes, and when, the environment says; the waits between tries are made
// short.
func buildFaulty(t *testing.T) *faulty {
	t.Helper()
	s := load(t)
	f := &faulty{program: filepath.Join(t.TempDir(), "assay")}
	insert := map[string][]keptWork{}
	tests := map[string]bool{}
	for _, p := range s.places(t) {
		var here []string
		for _, name := range p.names {
			test, out := elsewhere[name]
			if name == p.id() || under(p.file, "cmd/assay/bench.go") || under(p.file, "cmd/assay/beside.go") || under(p.file, "cmd/assay/hiring.go") || under(p.file, "cmd/assay/usage.go") {
				test, out = elsewhereIn[p.file]
			}
			if !out {
				here = append(here, name)
			} else if test != "" {
				tests[test] = true
			}
		}
		if len(here) > 0 {
			insert[p.body] = append(insert[p.body], p)
			f.works = append(f.works, here...)
		}
	}
	slices.Sort(f.works)
	f.works = slices.Compact(f.works)
	for name := range tests {
		exists(t, s.top, name)
	}
	patch := map[string][2]string{
		"ingest/queue.go": {"DefaultMaxTries    = 6", "DefaultMaxTries    = 8"},
		"ingest/task.go":  {"5*time.Second<<min(tries-1, 6)", "100*time.Millisecond<<min(tries-1, 1)"},
	}
	dir := t.TempDir()
	replace := map[string]string{}
	write := func(rel, text string) {
		path := filepath.Join(dir, strconv.Itoa(len(replace))+".go")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(s.top, rel)] = path
	}
	helped := map[string]bool{}
	for rel := range s.files {
		text := string(s.text[rel])
		at := insert[rel]
		slices.SortFunc(at, func(a, b keptWork) int { return b.offset - a.offset })
		for _, p := range at {
			text = text[:p.offset] + fmt.Sprintf(" zzFault(%q, %s);", p.id(), p.where) + text[p.offset:]
		}
		if len(at) > 0 && !helped[filepath.Dir(rel)] {
			helped[filepath.Dir(rel)] = true
			write(filepath.Join(filepath.Dir(rel), "zz_faults.go"), strings.Replace(zzFaults, "package main", "package "+s.files[rel].Name.Name, 1))
		}
		if p, ok := patch[rel]; ok {
			if strings.Count(text, p[0]) != 1 {
				t.Fatalf("%s has changed: %q is not there once", rel, p[0])
			}
			text = strings.Replace(text, p[0], p[1], 1)
		}
		if rel == "extract/carrier.go" {
			text = readerFails(t, s, rel, text)
		}
		if text != string(s.text[rel]) {
			write(rel, text)
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, list, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-overlay", overlay, "-o", f.program, "./cmd/assay")
	cmd.Dir = s.top
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return f
}

// failingReader is the beginning of the name of a document on which the child's
// readers fail.
const failingReader = "zz-reader-fails"

// readerFails puts a panic into the function by which a child's carriers read.
func readerFails(t *testing.T, s *source, rel, text string) string {
	t.Helper()
	for _, d := range s.files[rel].Decls {
		if fd, ok := d.(*ast.FuncDecl); ok && fd.Name.Name == "readBy" && len(fd.Recv.List[0].Names) == 1 {
			at := s.set.Position(fd.Body.List[0].End()).Offset // after the guard
			p := fd.Recv.List[0].Names[0].Name
			return text[:at] + fmt.Sprintf("; if len(%s.where) > %d && %s.where[:%d] == %q { panic(%q) }", p, len(failingReader), p, len(failingReader), failingReader, faultWords) + text[at:]
		}
	}
	t.Fatal("extract/carrier.go has no readBy any more")
	return ""
}

// exists fails when a test is not there: "assay/package.TestName".
func exists(t *testing.T, top, test string) {
	t.Helper()
	dot := strings.LastIndexByte(test, '.')
	files, err := filepath.Glob(filepath.Join(top, strings.TrimPrefix(test[:dot], "assay/"), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("\nfunc "+test[dot+1:]+"(t *testing.T)")) {
			return
		}
	}
	t.Errorf("%s, which makes a work fail that these tests do not come to, is not there", test)
}

// zzFaults stands in each package that has a panic put in.
const zzFaults = `package main

import (
	"os"
	"strings"
	"sync"
)

var (
	zzMu   sync.Mutex
	zzSeen = map[string]int{}
)

// zzFault panics when ASSAY_TEST_FAULTS says so: "once" at the first time of
// each work, "always NAME" and "twice NAME" at those of one.
func zzFault(id, where string) {
	mode, name, _ := strings.Cut(os.Getenv("ASSAY_TEST_FAULTS"), " ")
	if mode == "" || name != "" && name != where {
		return
	}
	zzMu.Lock()
	n := zzSeen[id+where]
	zzSeen[id+where]++
	zzMu.Unlock()
	if mode == "once" && n > 0 || mode == "twice" && n > 1 {
		return
	}
	if f, err := os.OpenFile(os.Getenv("ASSAY_TEST_FAULTS_SEEN"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
		_, _ = f.WriteString(where + "\n")
		_ = f.Close()
	}
	panic("` + faultWords + `")
}
`

// service is a running "assay serve" of the faulty program.
type service struct {
	t       *testing.T
	cmd     *exec.Cmd
	http    string
	ops     string
	public  string
	site    string
	log     *lockedBuffer
	seen    string
	ended   chan error
	queue   *ingest.Queue
	sub     *ingest.Submitter
	letter  string // text of the letter: a link to a badge
	sampler *sampler
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

const (
	faultToken  = "token of the faults' test"
	faultSecret = "0123456789abcdef0123456789abcdef"
)

// serve starts the service with panics as mode says.
func (f *faulty) serve(t *testing.T, mode string) *service {
	t.Helper()
	dir := t.TempDir()
	s := &service{t: t, log: &lockedBuffer{}, seen: filepath.Join(dir, "seen"), ended: make(chan error, 1)}
	var err error
	if s.sampler, err = newSampler(); err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/badge/"))
		text, err := s.sampler.badge(r.Context(), 1000+n, fmt.Sprintf("applicant%d@example.org", n))
		if err != nil {
			http.Error(w, "no badge", http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(site.Close)
	s.site, s.letter = site.URL, site.URL+"/badge/"
	tokens := filepath.Join(dir, "tokens")
	sum := sha256.Sum256([]byte(faultToken))
	if err := os.WriteFile(tokens, fmt.Appendf(nil, "%x bench rights=search,names,export,issuers,submit,check,operate tester\n", sum), 0o600); err != nil {
		t.Fatal(err)
	}
	web, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	queue, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	ops, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	public, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	hooks := filepath.Join(dir, "hooks.yaml")
	for name, text := range map[string]string{"secret": faultSecret, "hooks.yaml": "hooks:\n  greenhouse: {tenant: bench, system: greenhouse, secrets: [{file: secret}]}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.http, s.ops, s.public = "http://127.0.0.1:"+web, "http://127.0.0.1:"+ops, "http://127.0.0.1:"+public
	s.cmd = exec.Command(f.program, "serve", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:"+web, "--nats-listen", "127.0.0.1:"+queue, "--ops-listen", "127.0.0.1:"+ops,
		"--tokens", tokens, "--accept", "key", "--allow-host", strings.TrimPrefix(site.URL, "http://"), "--follow", "all", "--log-json", "--workers", "2", "--child-per", "application",
		"--hooks", hooks, "--public-check", "127.0.0.1:"+public, "--otlp-endpoint", site.URL+"/traces")
	s.cmd.Env = settled("ASSAY_TEST_FAULTS="+mode, "ASSAY_TEST_FAULTS_SEEN="+s.seen)
	s.cmd.Stderr = s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.ended <- s.cmd.Wait() }()
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	s.until("ready", func() bool { code, _ := s.get("/readyz"); return code == http.StatusOK })
	s.until("the queue answers", func() bool {
		s.queue, err = ingest.Dial(t.Context(), ingest.QueueOptions{URL: "nats://127.0.0.1:" + queue, NKey: filepath.Join(dir, "data", "queue.nk"), Name: "test", Log: zap.NewNop()})
		return err == nil
	})
	t.Cleanup(s.queue.Close)
	if s.sub, err = ingest.NewSubmitter(s.queue, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// until waits for a condition while the service lives.
func (s *service) until(what string, ok func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		select {
		case err := <-s.ended:
			s.ended <- err
			s.t.Fatalf("the service has ended (%v), before: %s\n%s", err, what, s.log)
		default:
		}
		if ok() {
			return
		}
	}
	s.t.Fatalf("never: %s\n%s", what, s.log)
}

func (s *service) get(path string) (int, string) { return s.ask(http.MethodGet, s.http+path, "") }

func (s *service) ask(method, url, body string) (int, string) {
	req, err := http.NewRequestWithContext(s.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", "Bearer "+faultToken)
	mac := hmac.New(sha256.New, []byte(faultSecret)) // as Greenhouse signs
	_, _ = io.WriteString(mac, body)
	req.Header.Set("Signature", fmt.Sprintf("sha256 %x", mac.Sum(nil)))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, ""
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(b)
}

// submit submits application number n, of three badges: two enclosed, one
// behind the link of its letter, which an even application names itself too. The
// letter is long enough to be sent to the
// child by a goroutine of its own.
func (s *service) submit(n int, more ...ingest.File) (ingest.Submission, *ingest.Receipt) {
	s.t.Helper()
	sub, err := s.sampler.application(s.t.Context(), n)
	if err != nil {
		s.t.Fatal(err)
	}
	sub.Files[len(sub.Files)-1].Data = []byte("My badge: " + s.letter + strconv.Itoa(n) + "\n" + strings.Repeat("I apply for the job.\n", 3000))
	sub.Files = append(sub.Files, more...)
	if n%2 == 0 {
		sub.Links = []string{s.letter + strconv.Itoa(n)}
	}
	r, err := s.sub.Submit(s.t.Context(), sub)
	if err != nil {
		s.t.Fatal(err)
	}
	return sub, r
}

func (s *service) outcome(sub ingest.Submission, r *ingest.Receipt) *ingest.Outcome {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 90*time.Second)
	defer cancel()
	o, err := s.queue.Wait(ctx, sub.Tenant, sub.Application, r)
	if err != nil {
		s.t.Fatalf("%s has no outcome: %v\n%s", sub.Application, err, s.log)
	}
	return o
}

func (s *service) letters() (all []ingest.DeadLetter) {
	s.t.Helper()
	if err := s.queue.DeadLetters(s.t.Context(), "", func(d ingest.DeadLetter) error { all = append(all, d); return nil }); err != nil {
		s.t.Fatal(err)
	}
	return all
}

// end tells the service to end, which it must do in order.
func (s *service) end() {
	s.t.Helper()
	if code, _ := s.get("/healthz"); code != http.StatusOK {
		s.t.Errorf("/healthz: %d", code)
	}
	s.queue.Close()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	select {
	case err := <-s.ended:
		if err != nil {
			s.t.Errorf("the service ended with %v\n%s", err, s.log)
		}
	case <-time.After(60 * time.Second):
		s.t.Errorf("the service does not end\n%s", s.log)
	}
	if log := s.log.String(); strings.Contains(log, faultWords) || strings.Contains(log, "applicant") && strings.Contains(log, "@example.org") {
		s.t.Errorf("the log tells what the panic said, or of whom: %s", log)
	}
}

// met gives the works in which a panic came.
func (s *service) met() []string {
	s.t.Helper()
	b, err := os.ReadFile(s.seen)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

// told reports that log and metric tell of a fault.
func (s *service) told(where string) error {
	q := strconv.Quote(where)
	if !strings.Contains(s.log.String(), `"where":`+q) {
		return errors.New("the log does not tell")
	}
	if _, m := s.get("/metrics"); !strings.Contains(m, "\nassay_faults_total{where="+q+"} ") {
		return errors.New("the metric does not tell")
	}
	return nil
}

// use has the service do everything that it does.
func (s *service) use(n int) (ingest.Submission, *ingest.Receipt) {
	s.t.Helper()
	sub, r := s.submit(n)
	s.outcome(sub, r)
	s.until("what is told of outcomes", func() bool {
		code, _ := s.ask(http.MethodPut, s.http+"/v1/webhooks", `{"url":"`+s.site+`/told"}`)
		return code == http.StatusOK || code == http.StatusCreated
	})
	s.until("a notification", func() bool {
		code, _ := s.ask(http.MethodPost, s.http+"/v1/hooks/greenhouse", fmt.Sprintf(`{"action":"new_candidate_application","payload":{"application":{"id":%d,"candidate":{"id":%d,"attachments":[{"filename":"letter.json","url":%q,"type":"cover_letter"}]}}}}`, 1000+n, n, s.letter+strconv.Itoa(100+n)))
		return code == http.StatusOK
	})
	s.until("a presentation", func() bool {
		code, _ := s.ask(http.MethodPost, s.http+"/v1/presentations/verify", `{"verifiablePresentation":{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"]}}`)
		return code == http.StatusOK || code == http.StatusBadRequest // nobody signed it
	})
	s.until("the public page", func() bool { code, _ := s.ask(http.MethodGet, s.public+"/", ""); return code == http.StatusOK })
	other, r2 := s.submit(n + 1)
	s.outcome(other, r2)
	s.until("a page", func() bool { code, _ := s.get("/"); return code == http.StatusOK })
	s.until("what operators look at", func() bool { code, _ := s.get("/operations"); return code == http.StatusOK })
	s.until("what operators ask", func() bool { code, _ := s.ask(http.MethodGet, s.ops+"/readyz", ""); return code == http.StatusOK })
	s.until("a search", func() bool { code, _ := s.get("/v1/search?q=python"); return code == http.StatusOK })
	s.until("the state of the index", func() bool { _, err := s.queue.RequestStatus(s.t.Context()); return err == nil })
	s.until("metrics", func() bool { code, _ := s.get("/metrics"); return code == http.StatusOK })
	s.until("figures", func() bool { f, err := s.queue.RequestFigures(s.t.Context()); return err == nil && len(f) == 1 })
	if _, err := s.queue.Reprocess(s.t.Context(), nil, ingest.ReprocessOptions{}); err != nil {
		s.t.Fatal(err)
	}
	s.until("rechecks are done", func() bool { n, err := s.queue.Rechecks(s.t.Context()); return err == nil && n == 0 })
	s.until("a person is erased", func() bool {
		_, err := s.queue.RequestEraseCandidate(s.t.Context(), other.Tenant, ingest.Person{Address: other.Applicant.Proven[0]}, false)
		return err == nil
	})
	s.until("erased", func() bool { return s.queue.RequestErase(s.t.Context(), other.Tenant, other.Application) == nil })
	s.until("an issuer is trusted", func() bool {
		code, _ := s.ask(http.MethodPost, s.http+"/v1/issuers", fmt.Sprintf(`{"decision":"trust","issuer":"did:key:%s"}`, keyText(sampleKey(2*n%10))))
		return code == http.StatusOK
	})
	s.until("rebuilt", func() bool { return s.queue.RequestRebuild(s.t.Context(), nil) == nil })
	return sub, r
}

// whole reports that nothing of an application is missing.
func whole(o *ingest.Outcome) bool {
	return o.State == ingest.Indexed && o.Reason == "" && o.Counts.Verified == 3 && o.Counts.Total() == 3 && len(o.Unread) == 0
}

// TestE06_Faults puts a panic into every place of the program where work begins that
// a goroutine does. Whatever fails, the service lives, what has not failed goes
// on, and letter, log and metric tell.
func TestE06_Faults(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program and starts it often")
	}
	f := buildFaulty(t)
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		s := f.serve(t, "")
		sub, r := s.use(1)
		if o := s.outcome(sub, r); !whole(o) {
			t.Errorf("outcome %+v: the other tests see nothing", o)
		}
		if l := s.letters(); len(l) > 0 {
			t.Errorf("letters %+v", l)
		}
		s.end()
		if strings.Contains(s.log.String(), "fault") {
			t.Errorf("log %s", s.log)
		}
	})

	// Every work fails the first time, and the service comes to do all it does.
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		begin := time.Now()
		s := f.serve(t, "once")
		sub, r := s.use(1)
		// What is told of in a letter is put back to work until nothing is left.
		s.until("an application without faults", func() bool {
			for _, l := range s.letters() {
				if err := s.queue.RetryDeadLetter(t.Context(), l.Sequence); err != nil {
					t.Logf("letter %d: %v", l.Sequence, err)
				}
			}
			return whole(s.outcome(sub, r))
		})
		works := slices.DeleteFunc(slices.Clone(f.works), func(w string) bool { return w == "checking" })
		missing := func() []string {
			met := s.met()
			return slices.DeleteFunc(slices.Clone(works), func(w string) bool { return w == "ending HTTP" || slices.Contains(met, w) })
		}
		s.until("the works that come late", func() bool { return len(missing()) == 0 || time.Since(begin) > 30*time.Second })
		if m := missing(); len(m) > 0 {
			t.Errorf("no panic came in %q: if the service of this test cannot come to it, elsewhere says what does", m)
		}
		for _, w := range works {
			if err := s.told(w); err != nil && w != "ending HTTP" && w != "sending a document" {
				t.Errorf("%s: %v", w, err)
			}
		}
		s.end()
		if !slices.Contains(s.met(), "ending HTTP") || !strings.Contains(s.log.String(), `"where":"ending HTTP"`) {
			t.Error("the end of the HTTP server did not fail, or is not told of")
		}
	})

	// One work fails every time.
	for _, tt := range []struct {
		where  string
		mode   string
		state  ingest.State
		class  ingest.Class
		detail string // of the letter
		ok     func(o *ingest.Outcome) bool
	}{
		{where: "reading a document", ok: func(o *ingest.Outcome) bool { return len(o.Unread) == 3 && o.Counts.Total() == 0 }},
		{where: "following a link", ok: func(o *ingest.Outcome) bool { return o.Counts.Verified == 2 && len(o.NotFollowed) == 1 }},
		{where: "following links", ok: func(o *ingest.Outcome) bool { return o.Counts.Verified == 2 && o.Counts.Total() == 2 }},
		{where: "judging a badge", ok: func(o *ingest.Outcome) bool { return o.Counts.Unsupported == 3 && o.Counts.Total() == 3 }},
		{where: "judging", ok: func(o *ingest.Outcome) bool { return o.Counts.Unsupported == 3 && o.Counts.Total() == 3 }},
		{where: "reporting", ok: func(o *ingest.Outcome) bool { return len(o.Unread) == 3 && o.Counts.Total() == 0 }},
		{where: "verifying", ok: func(o *ingest.Outcome) bool { return o.Counts.Unsupported == 3 && o.Counts.Total() == 3 }},
		{where: "fetching", ok: func(o *ingest.Outcome) bool { return o.Counts.Verified == 2 && len(o.NotFollowed) == 1 }},
		{where: "an application in hand", state: ingest.Refused},
		{where: "index", state: ingest.Refused},
		{where: "a message in hand", mode: "twice", ok: whole},
	} {
		t.Run("always/"+tt.where, func(t *testing.T) {
			t.Parallel()
			mode := tt.mode
			if mode == "" {
				mode = "always"
			}
			s := f.serve(t, mode+" "+tt.where)
			sub, r := s.submit(1)
			o := s.outcome(sub, r)
			if tt.mode == "" {
				want := ingest.Indexed
				if tt.state != "" {
					want = tt.state
				}
				if o.State != want || o.Reason != string(ingest.ClassFault) {
					t.Errorf("outcome %+v", o)
				}
				l := s.letters()
				if len(l) != 1 || l[0].Class != ingest.ClassFault || l[0].Attempts != 8 || !strings.Contains(l[0].Error, tt.where) || strings.Contains(l[0].Error, faultWords) {
					t.Errorf("letters %+v", l)
				}
			}
			if tt.ok != nil && !tt.ok(o) {
				t.Errorf("outcome %+v", o)
			}
			if err := s.told(tt.where); err != nil {
				t.Error(err)
			}
			s.end()
		})
	}

	// A reader fails in the child: the rest is indexed at once.
	t.Run("a reader in the child", func(t *testing.T) {
		t.Parallel()
		s := f.serve(t, "")
		sub, r := s.submit(1, ingest.File{Name: failingReader + ".txt", Data: []byte("I apply for the job.\n")})
		o := s.outcome(sub, r)
		if o.State != ingest.Indexed || o.Reason != string(ingest.ClassFault) || o.Counts.Verified != 3 || len(o.Unread) != 1 || o.Unread[0].Reason != "reader_failed" {
			t.Errorf("outcome %+v", o)
		}
		l := s.letters()
		if len(l) != 1 || l[0].Class != ingest.ClassFault || l[0].Attempts != 1 || !strings.Contains(l[0].Error, "reader text") {
			t.Errorf("letters %+v", l)
		}
		if err := s.told("reader text"); err != nil {
			t.Error(err)
		}
		s.end()
	})

	// The command line does the rest of what it was asked, and says so.
	t.Run("check", func(t *testing.T) {
		t.Parallel()
		seen := filepath.Join(t.TempDir(), "seen")
		cmd := exec.Command(f.program, "check", "--offline", filepath.Join(root(t), "testdata", "applications", "A-01-proof-png", "teamwork.png"), filepath.Join(root(t), "testdata", "applications", "A-17-broken-pdf", "teamwork.json"))
		cmd.Env = settled("ASSAY_TEST_FAULTS=once", "ASSAY_TEST_FAULTS_SEEN="+seen)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != int(statusRefused) {
			t.Errorf("%v\n%s", err, &stderr)
		}
		if s := stderr.String(); !strings.Contains(s, "a fault of assay's own in: checking") || strings.Contains(s, faultWords) || !strings.Contains(stdout.String(), "teamwork.") {
			t.Errorf("stderr %s\nstdout %s", s, &stdout)
		}
		if b, err := os.ReadFile(seen); err != nil || !strings.Contains(string(b), "checking\n") {
			t.Errorf("met %q, %v", b, err)
		}
	})
}
