package ingest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/deploy/testenv"
	"assay/index/issuers"
	"assay/index/local"
	"assay/ingest/natsd"

	"github.com/nats-io/nats.go"
)

// certificates writes an authority, and a certificate that it signs, for a server and
// its clients.
func certificates(t *testing.T, dir string) {
	t.Helper()
	make := func(name string, tmpl, parent *x509.Certificate, signer *ecdsa.PrivateKey) *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if signer == nil {
			signer = k
		}
		der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, k.Public(), signer)
		if err != nil {
			t.Fatal(err)
		}
		key, err := x509.MarshalPKCS8PrivateKey(k)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.WriteFile(filepath.Join(dir, name+".crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
			os.WriteFile(filepath.Join(dir, name+".key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600)); err != nil {
			t.Fatal(err)
		}
		return k
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test's"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	k := make("ca", ca, ca, nil)
	make("tls", &x509.Certificate{SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}, ca, k)
}

// shipped is a real server with the configuration that is shipped, and with the users
// that assay makes for it.
type shipped struct {
	dir, url string
	roles    map[string]natsd.Role
}

func newShipped(t *testing.T, tenants ...string) *shipped {
	t.Helper()
	bin := testenv.NATSServer(t)
	s := &shipped{dir: t.TempDir(), roles: map[string]natsd.Role{}}
	certificates(t, s.dir)
	roles, err := natsd.MakeRoles(s.dir, tenants)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range roles {
		s.roles[r.Name] = r
	}
	conf, err := os.ReadFile(filepath.Join(testenv.Root(t), "deploy", "nats.conf"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	l.Close()
	text := string(conf)
	for from, to := range map[string]string{`"/data"`: strconv.Quote(filepath.Join(s.dir, "data")), `"0.0.0.0:4222"`: strconv.Quote(at),
		`"/etc/nats/tls.crt"`: strconv.Quote(s.file("tls.crt")), `"/etc/nats/tls.key"`: strconv.Quote(s.file("tls.key")), `"/etc/nats/ca.crt"`: strconv.Quote(s.file("ca.crt"))} {
		if strings.Count(text, from) != 1 {
			t.Fatalf("nats.conf does not have one %s", from)
		}
		text = strings.Replace(text, from, to, 1)
	}
	if err := os.WriteFile(s.file("nats.conf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(bin, "-t", "-c", s.file("nats.conf")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(bin, "-c", s.file("nats.conf"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	eventually(t, "the server listens", func() bool {
		c, err := net.Dial("tcp", at)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	s.url = "tls://" + at
	return s
}

func (s *shipped) file(name string) string { return filepath.Join(s.dir, name) }

func (s *shipped) as(role string) QueueOptions {
	r := s.roles[role]
	return QueueOptions{URL: s.url, NKey: s.file(role + ".nk"), RootCA: s.file("ca.crt"), Cert: s.file("tls.crt"), Key: s.file("tls.key"), Inbox: r.Inbox()}
}

func (s *shipped) dial(t *testing.T, role string) (*Queue, *logs) {
	t.Helper()
	log := &logs{}
	o := s.as(role)
	o.Log = log.logger()
	q, err := Dial(t.Context(), o)
	if err != nil {
		t.Fatalf("%s: %v", role, err)
	}
	t.Cleanup(q.Close)
	return q, log
}

// refusals connects as a role and counts the subjects that it is refused.
func (s *shipped) refusals(t *testing.T, role string) (*nats.Conn, func(subject string) bool) {
	t.Helper()
	var mu sync.Mutex
	var all strings.Builder
	o := s.as(role)
	opts, err := o.login()
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(s.url, append(opts, nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		mu.Lock()
		defer mu.Unlock()
		if errors.Is(err, nats.ErrPermissionViolation) {
			all.WriteString(err.Error())
		}
	}))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc, func(subject string) bool {
		mu.Lock()
		defer mu.Unlock()
		return strings.Contains(all.String(), strconv.Quote(subject))
	}
}

// TestRoles: on a server with what is shipped, each role does what it is for, and the
// server has nothing to refuse.
func TestRoles(t *testing.T) {
	t.Parallel()
	s := newShipped(t, "acme", "rival")
	q, log := s.dial(t, "worker")
	r := &rig{Queue: q, log: log}
	if err := q.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	e, err := local.Open(local.Options{Dir: t.TempDir(), Key: deskKey})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	decisions := func(q *Queue) *Decisions {
		d, err := OpenDecisions(t.Context(), DecisionsOptions{Queue: q, Engine: e, Key: deskKey})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	desk := decisions(q)
	follow(t, desk)
	r.work(t, e, examiner(byContent), func(o *WorkerOptions) { o.Decisions, o.IDKey = desk, deskKey })

	// A hiring system: what it submits, large documents too, and what became of it.
	submit, own := s.dial(t, "submit_acme")
	sub, err := NewSubmitter(submit, nil)
	if err != nil {
		t.Fatal(err)
	}
	limit, over := context.WithTimeout(t.Context(), time.Minute)
	defer over()
	large := submission("acme", "A-1", "verified")
	large.Files = append(large.Files, File{Name: "cv.pdf", Data: bytes.Repeat([]byte("verified "), 200_000)})
	for range 3 {
		rc, err := sub.Submit(t.Context(), large)
		if err != nil {
			t.Fatalf("%v\n%s", err, own)
		}
		o, err := submit.Wait(limit, "acme", "A-1", rc)
		if err != nil || o.State != Indexed || len(o.Unread) > 0 {
			t.Fatalf("%+v, %v\n%s", o, err, log)
		}
	}
	begun := time.Now()
	if _, err := sub.Submit(t.Context(), submission("rival", "A-1", "verified")); !errors.Is(err, ErrRights) || !strings.Contains(err.Error(), `"applications.rival.A-1"`) {
		t.Errorf("another tenant's: %v", err)
	}
	large.Tenant = "rival"
	if _, err := sub.Submit(t.Context(), large); !errors.Is(err, ErrRights) || !strings.Contains(err.Error(), `"parts.rival.A-1.`) {
		t.Errorf("another tenant's document: %v", err)
	}
	if d := time.Since(begun); d > defaultTimeout/2 {
		t.Errorf("refused after %v", d)
	}

	// Who reads outcomes.
	read, _ := s.dial(t, "results_acme")
	if o, err := read.Wait(limit, "acme", "A-1", &Receipt{}); err != nil || o.State != Indexed {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := read.Wait(limit, "rival", "A-1", &Receipt{}); !errors.Is(err, ErrRights) || !strings.Contains(err.Error(), `results.rival.A-1"`) {
		t.Errorf("another tenant's outcome: %v", err)
	}

	// Operators.
	operator, refused := s.dial(t, "operator")
	ctx, done := operator.Heed(limit)
	defer done()
	if n, _, err := operator.RequestReprocess(ctx, ReprocessOptions{}); n != 1 || err != nil {
		t.Errorf("reprocess: %d, %v", n, err)
	}
	eventually(t, "all is checked again", func() bool { n, err := operator.Rechecks(ctx); return n == 0 && err == nil })
	if s, err := operator.Show(ctx, "acme", "A-1"); err != nil || s.Work != WorkDone || s.Index == nil {
		t.Errorf("show: %+v, %v", s, err)
	}
	if _, _, err := operator.Changes(ctx, ReprocessOptions{Tenant: "acme"}, 0, begun); err != nil {
		t.Errorf("what changed: %v", err)
	}
	if x, err := operator.RequestEraseCandidate(ctx, "acme", Person{Address: "nobody@example.org"}, false); err != nil || x.Erased != 0 {
		t.Errorf("erasure of a person: %+v, %v", x, err)
	}
	if _, err := submit.js.Publish(t.Context(), "applications.acme.A-2", []byte("no submission")); err != nil {
		t.Fatal(err)
	}
	letter := DeadLetter{}
	eventually(t, "a letter", func() bool {
		return operator.DeadLetters(ctx, "", func(d DeadLetter) error { letter = d; return nil }) == nil && letter.Sequence > 0
	})
	if _, _, err := operator.ShowDeadLetter(ctx, letter.Sequence); err != nil {
		t.Error(err)
	}
	if err := operator.RetryDeadLetter(ctx, letter.Sequence); err != nil {
		t.Error(err)
	}
	if _, err := operator.RequestStatus(ctx); err != nil {
		t.Error(err)
	}
	if _, err := operator.Load(ctx); err != nil {
		t.Error(err)
	}
	if names, err := operator.Pins(deskKey).Names(ctx); err != nil || len(names) > 0 {
		t.Errorf("%v, %v", names, err)
	}
	if err := operator.Pins(deskKey).Create(ctx, "pin.x", []byte(`{}`)); err != nil {
		t.Error(err)
	}
	if err := operator.RequestErase(ctx, "acme", "A-1"); err != nil {
		t.Error(err)
	}
	for _, stream := range []string{StreamParts, StreamApplications} {
		if m, err := q.one(t.Context(), stream, map[string]string{"last_by_subj": strings.ToLower(stream) + ".acme.A-1.>"}); m != nil {
			t.Errorf("%s after an erasure: %v, %v", stream, m.Subject, err)
		}
	}
	if operatorSub, err := NewSubmitter(operator, nil); err != nil {
		t.Error(err)
	} else if large.Tenant = "rival"; true {
		if _, err := operatorSub.Submit(ctx, large); err != nil {
			t.Error(err)
		}
	}

	// The page.
	web, page := s.dial(t, "web")
	d := decisions(web)
	follow(t, d)
	if _, err := d.Say(limit, "acme", issuers.Word{Kind: issuers.Block, Issuer: "mill.example", By: "Jo", At: time.Now()}); err != nil {
		t.Error(err)
	}
	// The door.
	door, serves := s.dial(t, "serve")
	doorSub, err := NewSubmitter(door, deskKey)
	if err != nil {
		t.Fatal(err)
	}
	draft := doorSub.Draft()
	if err := draft.File(limit, "x", "", strings.NewReader(strings.Repeat("large ", 100_000))); err != nil {
		t.Fatal(err)
	}
	if rc, err := draft.Submit(limit, Submission{Tenant: "acme", Application: "A-door", Key: "k"}); err != nil {
		t.Error(err)
	} else if err := door.Told(limit, "acme", "A-door", rc.Sequence, func(o *Outcome, _ []byte, _ string) bool { return o != nil }); err != nil {
		t.Error(err)
	}
	draft.Discard(limit)
	for name, l := range map[string]*logs{"worker": log, "serve": serves, "operator": refused, "web": page} {
		if strings.Contains(l.String(), "ermissions") {
			t.Errorf("%s is refused what it needs:\n%s", name, l)
		}
	}
}

// foreign are subjects that a role has no business with.
func foreign(role string) (publish, subscribe []string) {
	streams := []string{"APPLICATIONS", "RESULTS", "DEADLETTERS", "PARTS", "OBJ_DOCUMENTS", "KV_ERASED", "KV_ISSUERS", "KV_CONTEXTS"}
	for _, s := range streams {
		publish = append(publish, "$JS.API.STREAM.DELETE."+s, "$JS.API.STREAM.SNAPSHOT."+s, "$JS.API.STREAM.RESTORE."+s)
	}
	publish = append(publish, "$JS.API.ACCOUNT.PURGE.assay", "$JS.API.META.LEADER.STEPDOWN", "$JS.API.SERVER.REMOVE", "$JS.API.STREAM.LEADER.STEPDOWN.APPLICATIONS",
		"$JS.API.STREAM.PEER.REMOVE.APPLICATIONS", "$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.assay.CONNZ", "anything", "_INBOX.x", "_INBOX_web.x", "documents.acme.A-1")
	subscribe = []string{">", "_INBOX.>", "_INBOX_submit_rival.>", "$JS.>", "$KV.>", "applications.>", "applications.acme.*", "parts.>", "deadletters.>", "$SYS.>"}
	if role == "serve" {
		return append(publish, "parts.acme.A-1.x.0"), append(subscribe, "_INBOX_operator.>", "results.>", "_INBOX_worker.>")
	}
	if role == "worker" {
		return append(publish, "applications.acme.A-1", "parts.acme.A-1.x.0"), append(subscribe, "_INBOX_operator.>", "results.>")
	}
	publish = append(publish, "$KV.ERASED.x", "$KV.REDECIDE.acme", "results.acme.A-1", "deadletters.acme.A-1", "pending.acme.A-1", "_INBOX_operator.x",
		"$JS.API.STREAM.CREATE.COPY", "$JS.API.STREAM.UPDATE.KV_ISSUERS", "$JS.API.STREAM.PURGE.APPLICATIONS", "$JS.API.STREAM.MSG.DELETE.APPLICATIONS",
		"$JS.API.CONSUMER.DURABLE.CREATE.APPLICATIONS.x", "$JS.API.CONSUMER.CREATE.KV_ERASED.x", "$JS.ACK.APPLICATIONS.live.1.1.1.1.1")
	subscribe = append(subscribe, "_INBOX_worker.>", "assay.>", "assay.erase.*.*")
	if role == "operator" {
		return append(publish, "$KV.ISSUERS.acme.issuer.1", "$JS.API.CONSUMER.DELETE.APPLICATIONS.live"), append(subscribe, "rechecks.>")
	}
	publish = append(publish, "assay.erase.acme.A-1", "assay.rebuild", "applications.rival.A-1", "applications.acme.A-1.x", "parts.rival.A-1.x.0", "rechecks.acme.A-1",
		"$O.DOCUMENTS.C.x", "$O.DOCUMENTS.M.x", "$KV.CONTEXTS.x", "$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.INFO.APPLICATIONS", "$JS.API.STREAM.MSG.GET.APPLICATIONS",
		"$JS.API.DIRECT.GET.APPLICATIONS", "$JS.API.DIRECT.GET.APPLICATIONS.applications.acme.A-1", "$JS.API.DIRECT.GET.RESULTS", "$JS.API.DIRECT.GET.RESULTS.results.rival.A-1",
		"$JS.API.DIRECT.GET.KV_ERASED.x", "$JS.API.CONSUMER.CREATE.RESULTS.x", "$JS.API.CONSUMER.CREATE.APPLICATIONS.x", "$JS.API.CONSUMER.MSG.NEXT.APPLICATIONS.live")
	subscribe = append(subscribe, "results.>", "results.*.*", "results.rival.*", "_INBOX_operator.>")
	if role != "web" {
		publish = append(publish, "$KV.ISSUERS.acme.issuer.1")
	}
	if role == "results_acme" {
		publish = append(publish, "applications.acme.A-1", "parts.acme.A-1.x.0")
	}
	return publish, subscribe
}

// Attack 182: a user of the queue asks for what is not his business.
func TestAttack182NoRight(t *testing.T) {
	t.Parallel()
	s := newShipped(t, "acme", "rival")
	q, _ := s.dial(t, "worker")
	if err := q.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{"worker", "serve", "web", "operator", "submit_acme", "results_acme"} {
		nc, refused := s.refusals(t, role)
		publish, subscribe := foreign(role)
		if n := len(publish) + len(subscribe); n < 40 {
			t.Errorf("%s: %d subjects", role, n)
		}
		for _, subject := range publish {
			if err := nc.PublishRequest(subject, nc.NewInbox(), nil); err != nil {
				t.Fatal(err)
			}
		}
		for _, subject := range subscribe {
			if _, err := nc.SubscribeSync(subject); err != nil {
				t.Fatal(err)
			}
		}
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
		for _, subject := range append(publish, subscribe...) {
			for range 40 {
				if refused(subject) {
					break
				}
				time.Sleep(25 * time.Millisecond)
			}
			if !refused(subject) {
				t.Errorf("%s may %s", role, subject)
			}
		}
	}
	// And without a key, or a certificate, nobody gets in.
	for name, change := range map[string]func(*QueueOptions){
		"without a key":         func(o *QueueOptions) { o.NKey = "" },
		"without a certificate": func(o *QueueOptions) { o.Cert, o.Key = "", "" },
		"with a user":           func(o *QueueOptions) { o.NKey, o.User, o.Password = "", "worker", "worker" },
	} {
		o := s.as("worker")
		change(&o)
		if q, err := Dial(t.Context(), o); err == nil {
			q.Close()
			t.Errorf("%s: let in", name)
		}
	}
}

// Attack 418: a tenant has the server send its answer to a subject that is another
// tenant's, or assay's own, where it would be stored.
func TestAttack418_AnswersAsMessages(t *testing.T) {
	t.Parallel()
	s := newShipped(t, "acme", "rival")
	q, _ := s.dial(t, "worker")
	if err := q.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	rival, _ := s.dial(t, "submit_rival")
	sub, err := NewSubmitter(rival, nil)
	if err != nil {
		t.Fatal(err)
	}
	rc, err := sub.Submit(t.Context(), submission("rival", "A-1", "verified"))
	if err != nil {
		t.Fatal(err)
	}
	nc, _ := s.refusals(t, "submit_acme")
	shut := "$KV.ERASED." + door("rival", "A-1")
	for _, answer := range []string{"applications.rival.A-1", shut, "results.rival.A-1", "rechecks.rival.A-1", "parts.rival.A-1.x.0", "assay.erase.rival.A-1"} {
		for _, subject := range []string{"applications.acme.A-1", "parts.acme.A-1.x.0", "$JS.API.DIRECT.GET.RESULTS.results.acme.A-1"} {
			if err := nc.PublishRequest(subject, answer, []byte(`{}`)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := nc.Request("applications.acme.A-2", []byte(`{}`), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if m, err := q.last(t.Context(), StreamApplications, "applications.rival.A-1"); err != nil || m.Sequence != rc.Sequence {
		t.Errorf("the submission was written over: %+v, %v", m, err)
	}
	if err := q.refuseErased(t.Context(), "rival", "A-1"); err != nil {
		t.Errorf("the door: %v", err)
	}
	for _, x := range []struct{ stream, subject string }{{StreamResults, "results.rival.A-1"}, {StreamRechecks, "rechecks.rival.A-1"}, {StreamParts, "parts.rival.A-1.x.0"}} {
		if m, err := q.last(t.Context(), x.stream, x.subject); m != nil {
			t.Errorf("written to %s: %s, %v", x.subject, m.Data, err)
		}
	}
}

// Attack 419: the headers of a submission say that it is another application's, of a
// sequence that is another's. An erasure would delete that one, and a recheck judge it
// as the other's.
func TestAttack419_ForgedPlace(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r, e := newRig(t, s), newMemory()
		victim := r.submit(t, "rival", "A-1", "verified")
		body, err := json.Marshal(Application{V: 1, Tenant: "rival", Application: "A-1", Applicant: Applicant{Emails: []string{"mallory@example.org"}}})
		if err != nil {
			t.Fatal(err)
		}
		m := nats.NewMsg("applications.acme.A-2")
		m.Data = body
		for k, v := range map[string]string{"Nats-Subject": "applications.rival.A-1", "Nats-Sequence": fmt.Sprint(victim.Sequence), "Nats-Stream": "X",
			"Nats-Time-Stamp": "2099-01-01T00:00:00Z", "Status": "404"} {
			m.Header.Set(k, v)
		}
		ack, err := r.js.PublishMsg(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		for name, get := range map[string]func() (string, uint64, time.Time, error){
			"last": func() (string, uint64, time.Time, error) {
				m, err := r.last(t.Context(), StreamApplications, "applications.acme.A-2")
				if err != nil {
					return "", 0, time.Time{}, err
				}
				return m.Subject, m.Sequence, m.Time, nil
			},
			"at": func() (string, uint64, time.Time, error) {
				m, err := r.at(t.Context(), StreamApplications, ack.Sequence)
				if err != nil {
					return "", 0, time.Time{}, err
				}
				return m.Subject, m.Sequence, m.Time, nil
			},
		} {
			subject, seq, at, err := get()
			if err != nil || subject != "applications.acme.A-2" || seq != ack.Sequence || time.Until(at) > time.Hour {
				t.Errorf("%s: %s %d %v, %v", name, subject, seq, at, err)
			}
		}
		if err := r.Erase(t.Context(), e, "acme", "A-2", time.Now()); err != nil {
			t.Fatal(err)
		}
		if m, err := r.last(t.Context(), StreamApplications, "applications.rival.A-1"); err != nil || m.Sequence != victim.Sequence {
			t.Errorf("another's submission is gone: %v", err)
		}
		if m, _ := r.last(t.Context(), StreamApplications, "applications.acme.A-2"); m != nil {
			t.Error("what was to be erased is there")
		}
	})
}

// TestParts: a document in parts is read when they are whole, and swept when nothing
// names it.
func TestParts(t *testing.T) {
	t.Parallel()
	r, _ := alone(t)
	data := bytes.Repeat([]byte("0123456789abcdef"), 3*partBytes/32)
	sum := sha256.Sum256(data)
	d := Document{Name: "cv.pdf", SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data)), Object: true}
	put := func() {
		t.Helper()
		if err := r.putParts(t.Context(), "acme", "A-1", map[string][]byte{d.SHA256: data}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Queue.document(t.Context(), "acme", "A-1", d); !errors.Is(err, errDocumentMissing) {
		t.Errorf("before: %v", err)
	}
	put()
	put() // again, as a submission that is repeated does
	if got, err := r.Queue.document(t.Context(), "acme", "A-1", d); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	for _, other := range [][2]string{{"rival", "A-1"}, {"acme", "A-2"}} {
		if _, err := r.Queue.document(t.Context(), other[0], other[1], d); !errors.Is(err, errDocumentMissing) {
			t.Errorf("%v: %v", other, err)
		}
	}
	if i, err := r.stream(t.Context(), StreamParts); err != nil {
		t.Error(err)
	} else if info, err := i.Info(t.Context()); err != nil || info.State.Msgs != 2 {
		t.Errorf("%+v, %v", info.State, err)
	}
	subject := partsOf("acme", "A-1", d.SHA256)
	for desc, x := range map[string]struct {
		part string
		want error
	}{
		"another part": {strings.Repeat("x", len(data)-partBytes), errDocumentMismatch}, "too much": {strings.Repeat("x", partBytes), errDocumentMismatch}, "an empty one": {"", errDocumentMismatch},
	} {
		if _, err := r.js.Publish(t.Context(), subject+".1", []byte(x.part)); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Queue.document(t.Context(), "acme", "A-1", d); !errors.Is(err, x.want) {
			t.Errorf("%s: %v", desc, err)
		}
		if got, err := r.joined(t.Context(), "acme", "A-1", d); int64(len(got)) > d.Size {
			t.Errorf("%s: %d bytes are taken for %d, %v", desc, len(got), d.Size, err)
		}
	}
	if err := r.wipe(t.Context(), StreamParts, subject+".1"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Queue.document(t.Context(), "acme", "A-1", d); !errors.Is(err, errDocumentMissing) {
		t.Errorf("half of it: %v", err)
	}
	put()
	body, err := json.Marshal(Application{V: 1, Tenant: "acme", Application: "A-1", Documents: []Document{d}})
	if err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Hour)
	if _, err := r.js.Publish(t.Context(), "applications.acme.A-1", body); err != nil {
		t.Fatal(err)
	}
	if n, err := r.sweepParts(t.Context(), later); n != 0 || err != nil {
		t.Errorf("swept although it is named: %d, %v", n, err)
	}
	if _, err := r.js.Publish(t.Context(), "applications.acme.A-1", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	if n, err := r.sweepParts(t.Context(), time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("swept although it is new: %d, %v", n, err)
	}
	if n, err := r.sweepParts(t.Context(), later); n != 2 || err != nil {
		t.Errorf("not swept: %d, %v", n, err)
	}
}
