package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/extract"
	"assay/index"
	"assay/index/record"
	"assay/ingest/examine"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func TestSubmitToOutcome(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r, e := newRig(t, s), newMemory()
		r.work(t, e, examiner(byContent))
		rc := r.submit(t, "acme", "A-1", "verified badge")
		o := r.outcome(t, "acme", "A-1", rc)
		if o.State != Indexed || o.Counts.Verified != 1 || len(o.Findings) != 1 || o.Findings[0].Document != "document 1" {
			t.Errorf("outcome %+v", o)
		}
		doc, err := e.Get(t.Context(), "acme", "A-1")
		if err != nil || doc.Version != record.NextVersion(record.VersionAt(0, rc.Sequence)) || o.Version != doc.Version {
			t.Errorf("document %+v, %v; want version of %v", doc, err, rc.Submitted)
		}
		// The answered message is not delivered again.
		c, err := r.js.Consumer(t.Context(), StreamApplications, consumerOf(ConsumerLive, "acme"))
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "message acknowledged", func() bool {
			i, err := c.Info(t.Context())
			return err == nil && i.NumAckPending == 0 && i.AckFloor.Stream == rc.Sequence
		})
	})
}

func TestLargeDocumentsTravelByReference(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r, e := newRig(t, s), newMemory()
		var got atomic.Int64
		r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
			for _, d := range in.Documents {
				got.Add(int64(len(d.Data)))
			}
			return byContent(ctx, in)
		}))
		sub := submission("acme", "A-1", "verified ")
		sub.Files = append(sub.Files, File{Name: "big.pdf", Data: []byte("rejected " + strings.Repeat("x", 3<<20))})
		rc, err := r.sub.Submit(t.Context(), sub)
		if err != nil {
			t.Fatal(err)
		}
		o := r.outcome(t, "acme", "A-1", rc)
		if o.Counts.Verified != 1 || o.Counts.Rejected != 1 || got.Load() != int64(len(sub.Files[0].Data)+len(sub.Files[1].Data)) {
			t.Errorf("outcome %+v, %d bytes", o.Counts, got.Load())
		}
		// A newer submission that no longer names it has it removed.
		rc = r.submit(t, "acme", "A-1", "verified again")
		r.outcome(t, "acme", "A-1", rc)
		store, err := r.store(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if l, err := store.List(t.Context()); !errors.Is(err, jetstream.ErrNoObjectsFound) {
			t.Errorf("left in the object store: %d objects, %v", len(l), err)
		}
	})
}

func TestSweepDocuments(t *testing.T) {
	t.Parallel()
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	r := newRig(t, s)
	sub := submission("acme", "A-1", strings.Repeat("x", MaxInline+1))
	if _, err := r.sub.Submit(t.Context(), sub); err != nil {
		t.Fatal(err)
	}
	if err := r.putDocuments(t.Context(), "acme", "A-1", map[string][]byte{strings.Repeat("a", 64): []byte("left behind")}); err != nil {
		t.Fatal(err)
	}
	n, err := r.sweepDocuments(t.Context(), func(*jetstream.ObjectInfo) bool { return false })
	if n != 0 || err != nil {
		t.Errorf("young objects: removed %d, %v", n, err)
	}
	n, err = r.sweepDocuments(t.Context(), func(*jetstream.ObjectInfo) bool { return true })
	if n != 1 || err != nil {
		t.Errorf("removed %d, %v; want the one that nothing names", n, err)
	}
	if m := r.objectsOf(t.Context(), "acme", "A-1"); len(m) != 1 {
		t.Errorf("submission names %d objects", len(m))
	}
}

// The delays between tries are those that a worker asks for, at every try.
func TestDelays(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r := newRig(t, s, func(o *QueueOptions) { o.AckWait = time.Hour })
		r.submit(t, "acme", "A-1", "verified")
		c, err := r.js.Consumer(t.Context(), StreamApplications, consumerOf(ConsumerLive, "acme"))
		if err != nil {
			t.Fatal(err)
		}
		for try := range 4 {
			m, err := c.Next(jetstream.FetchMaxWait(20 * time.Second))
			if err != nil {
				t.Fatalf("after %d tries: %v", try, err)
			}
			if err := m.NakWithDelay(100 * time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A fault that passes is tried again, and the application is indexed once.
func TestRedelivery(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r, e := newRig(t, s), newMemory()
		var tries atomic.Int32
		r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
			if tries.Add(1) == 1 {
				return nil, errFlaky
			}
			return byContent(ctx, in)
		}))
		rc := r.submit(t, "acme", "A-1", "verified")
		if o := r.outcome(t, "acme", "A-1", rc); o.State != Indexed || tries.Load() != 2 || e.writes != 1 {
			t.Errorf("state %s after %d tries, %d writes", o.State, tries.Load(), e.writes)
		}
	})
}

// An index that is down uses up no tries: the message stays in hand.
func TestIndexOutage(t *testing.T) {
	t.Parallel()
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	r := newRig(t, s, func(o *QueueOptions) { o.MaxTries = 2; o.AckWait = 600 * time.Millisecond })
	e := newMemory()
	var refused atomic.Int32
	e.set(func(record.Application) error {
		if refused.Add(1) <= 5 { // 0.1 + 0.2 + … s: longer than MaxTries times AckWait
			return index.ErrUnavailable
		}
		return nil
	})
	var examined atomic.Int32
	r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		examined.Add(1)
		return byContent(ctx, in)
	}))
	rc := r.submit(t, "acme", "A-1", "verified")
	if o := r.outcome(t, "acme", "A-1", rc); o.State != Indexed {
		t.Errorf("state %s", o.State)
	}
	if n := examined.Load(); n != 1 {
		t.Errorf("examined %d times: redelivered while in hand", n)
	}
	if l := r.letters(t); len(l) != 0 {
		t.Errorf("dead letters %+v", l)
	}
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	table := []struct {
		desc    string
		subject string
		body    string
		change  func(*WorkerOptions)
		fail    error
		class   Class
		tenant  string
		says    string // in the letter, after the meaning of its class
	}{
		{desc: "not JSON", subject: "applications.acme.A-1", body: "hello", class: ClassMalformed, tenant: "acme"},
		{desc: "unknown member", subject: "applications.acme.A-1", body: `{"v":1,"tenant":"acme","application":"A-1","extra":1,"applicant":{}}`, class: ClassMalformed, tenant: "acme"},
		{desc: "E04 other tenant in the body", subject: "applications.acme.A-1", body: `{"v":1,"tenant":"rival","application":"A-1","applicant":{}}`, class: ClassMalformed, tenant: "acme"},
		{desc: "E01 subject with a wild card's letters", subject: "applications.acme.A 1$", body: `{}`, class: ClassSubject, tenant: undeliverable},
		{desc: "E01 subject too deep", subject: "applications.acme.A.1", body: `{}`, class: ClassSubject, tenant: undeliverable},
		{desc: "index refuses", subject: "applications.acme.A-1", body: `{"v":1,"tenant":"acme","application":"A-1","applicant":{}}`,
			fail: index.ErrRejected, class: ClassIndex, tenant: "acme"},
		{desc: "index refuses and says why", subject: "applications.acme.A-1", body: `{"v":1,"tenant":"acme","application":"A-1","applicant":{}}`,
			fail: &index.Refusal{Kind: "mapper_parsing_exception\r\n", Field: "claims.earned\x7f"}, class: ClassIndex, tenant: "acme", says: ": mapper_parsing_exception in claims.earned"},
		{desc: "index refuses at length", subject: "applications.acme.A-1", body: `{"v":1,"tenant":"acme","application":"A-1","applicant":{}}`,
			fail: &index.Refusal{Kind: strings.Repeat("x", 1000)}, class: ClassIndex, tenant: "acme", says: ": " + strings.Repeat("x", 200)},
	}
	for _, tt := range table {
		t.Run(tt.desc, func(t *testing.T) {
			t.Parallel()
			r, e := alone(t)
			if tt.fail != nil {
				e.set(func(record.Application) error { return tt.fail })
			}
			subject := strings.ReplaceAll(tt.subject, " ", "\u00a0")
			if _, err := r.js.Publish(t.Context(), subject, []byte(tt.body)); err != nil {
				t.Fatal(err)
			}
			var change []func(*WorkerOptions)
			if tt.change != nil {
				change = append(change, tt.change)
			}
			r.work(t, e, examiner(byContent), change...)
			eventually(t, "a dead letter", func() bool { return len(r.letters(t)) == 1 })
			l := r.letters(t)[0]
			if l.Class != tt.class || l.Tenant != tt.tenant || l.Attempts != 1 || l.Error == "" {
				t.Errorf("letter %+v", l)
			}
			if tt.class == ClassIndex && (l.Error != meaning[ClassIndex]+tt.says || !strings.Contains(r.log.String(), `"detail":"`+strings.TrimPrefix(tt.says, ": ")+`"`)) {
				t.Errorf("letter says %q, want the meaning and %q; log %s", l.Error, tt.says, r.log)
			}
			_, body, err := r.ShowDeadLetter(t.Context(), l.Sequence)
			if err != nil || string(body) != tt.body {
				t.Errorf("body %q, %v", body, err)
			}
			if tt.tenant == "acme" {
				if o := r.outcome(t, "acme", "A-1", &Receipt{Sequence: 1}); o.State != Refused || o.Reason != string(tt.class) {
					t.Errorf("outcome %+v", o)
				}
			}
			c, err := r.js.Consumer(t.Context(), StreamApplications, consumerOf(ConsumerLive, "acme"))
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, "message answered", func() bool {
				i, err := c.Info(t.Context())
				return err == nil && i.NumAckPending == 0 && i.NumPending == 0
			})
			if len(r.letters(t)) != 1 {
				t.Error("more than one letter")
			}
		})
	}
}

// What fails every time ends as a dead letter and never goes round for ever;
// once mended, it is tried again from there.
func TestE06_PoisonAndRetry(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r := newRig(t, s, func(o *QueueOptions) { o.MaxTries = 2 })
		e := newMemory()
		var mended atomic.Bool
		r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
			if strings.HasPrefix(string(in.Documents[0].Data), "poison") && !mended.Load() {
				panic("parser is beside itself about applicant@example.org")
			}
			return byContent(ctx, in)
		}))
		rc := r.submit(t, "acme", "A-1", "poison")
		good := r.submit(t, "acme", "A-2", "verified")
		if o := r.outcome(t, "acme", "A-2", good); o.State != Indexed {
			t.Errorf("neighbour: %+v", o)
		}
		// What nothing is known of is indexed as unread.
		if o := r.outcome(t, "acme", "A-1", rc); o.State != Indexed || o.Reason != string(ClassFault) || len(o.Unread) != 1 || o.Unread[0].Reason != string(extract.ReasonReaderFailed) {
			t.Fatalf("outcome %+v", o)
		}
		if doc, err := e.Get(t.Context(), "acme", "A-1"); err != nil || len(doc.Unread) != 1 || doc.Unread[0].Reason != string(extract.ReasonReaderFailed) {
			t.Errorf("document %+v, %v", doc, err)
		}
		l := r.letters(t)
		if len(l) != 1 || l[0].Class != ClassFault || l[0].Attempts != 2 || l[0].Error != meaning[ClassFault]+": an application in hand" {
			t.Fatalf("letters %+v", l)
		}
		// Tried again too early, it is a letter again, and not gone.
		if err := r.RetryDeadLetter(t.Context(), l[0].Sequence); err != nil {
			t.Fatal(err)
		}
		early := l[0].Sequence
		eventually(t, "buried again", func() bool {
			l = r.letters(t)
			return len(l) == 1 && l[0].Sequence > early
		})
		mended.Store(true)
		if err := r.RetryDeadLetter(t.Context(), l[0].Sequence); err != nil {
			t.Fatal(err)
		}
		eventually(t, "read after the retry", func() bool {
			doc, err := e.Get(t.Context(), "acme", "A-1")
			return err == nil && len(doc.Unread) == 1 && doc.Unread[0].Reason == string(extract.ReasonUnknown)
		})
		if l := r.letters(t); len(l) != 0 {
			t.Errorf("letters left %+v", l)
		}
		if strings.Contains(r.log.String(), "applicant@example.org") {
			t.Error("the panic's value is in the log")
		}
	})
}

// An engine that fails on one document costs its neighbours nothing.
func TestEngineFailure(t *testing.T) {
	t.Parallel()
	r, e := alone(t, func(o *QueueOptions) { o.MaxTries = 2 })
	e.set(func(d record.Application) error {
		if d.Application == "A-3" {
			panic("out of range")
		}
		return nil
	})
	apps := names(8)
	receipts := make([]*Receipt, len(apps))
	for i, a := range apps {
		receipts[i] = r.submit(t, "acme", a, "verified")
	}
	r.work(t, e, examiner(byContent), func(o *WorkerOptions) { o.Workers = 8 })
	for i, a := range apps {
		want := Indexed
		if a == "A-3" {
			want = Refused
		}
		if o := r.outcome(t, "acme", a, receipts[i]); o.State != want || want == Refused && o.Reason != string(ClassFault) {
			t.Errorf("%s: %+v", a, o)
		}
	}
}

// A worker that dies each time leaves nothing but the server's advisory.
func TestE06_ExhaustedByCrash(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r := newRig(t, s, func(o *QueueOptions) {
			o.MaxTries = 2
			o.AckWait = 300 * time.Millisecond
		})
		rc := r.submit(t, "acme", "A-1", "verified")
		c, err := r.js.Consumer(t.Context(), StreamApplications, consumerOf(ConsumerLive, "acme"))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // taken and never answered
			if _, err := c.Next(jetstream.FetchMaxWait(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		r.work(t, newMemory(), examiner(byContent))
		if o := r.outcome(t, "acme", "A-1", rc); o.State != Refused || o.Reason != string(ClassExhausted) {
			t.Errorf("outcome %+v", o)
		}
		if l := r.letters(t); len(l) != 1 || l[0].Class != ClassExhausted || l[0].Attempts != 2 {
			t.Errorf("letters %+v", l)
		}
	})
}

// The newer submission wins, in whatever order the work is done.
func TestSuperseded(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r, e := newRig(t, s), newMemory()
		hold, held := make(chan struct{}), make(chan struct{})
		var once sync.Once
		r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
			if strings.HasPrefix(string(in.Documents[0].Data), "rejected") {
				once.Do(func() { close(held) })
				<-hold
			}
			return byContent(ctx, in)
		}))
		r.submit(t, "acme", "A-1", "rejected: the old one")
		<-held
		rc := r.submit(t, "acme", "A-1", "verified: the new one")
		o := r.outcome(t, "acme", "A-1", rc)
		close(hold)
		eventually(t, "both are done", func() bool {
			l, err := r.Lag(t.Context())
			return err == nil && l.Held == 0 && l.Live == 0
		})
		doc, err := e.Get(t.Context(), "acme", "A-1")
		if err != nil || doc.Counts.Verified != 1 || doc.Version != o.Version {
			t.Errorf("document %+v, %v", doc, err)
		}
		if again := r.outcome(t, "acme", "A-1", rc); again.State != Indexed || again.Sequence != rc.Sequence {
			t.Errorf("the older submission's outcome took the newer one's place: %+v", again)
		}
	})
}

func TestDuplicateSubmissions(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r, e := newRig(t, s), newMemory()
		r.work(t, e, examiner(byContent))
		first := r.submit(t, "acme", "A-1", "verified")
		for range 9 {
			if rc := r.submit(t, "acme", "A-1", "verified"); !rc.Repeated || rc.Sequence != first.Sequence {
				t.Errorf("receipt %+v, want a repetition of %d", rc, first.Sequence)
			}
		}
		r.outcome(t, "acme", "A-1", first)
		// A, B, A within the window: the last one is A, not B.
		b := r.submit(t, "acme", "A-1", "rejected")
		r.outcome(t, "acme", "A-1", b)
		a := r.submit(t, "acme", "A-1", "verified")
		if a.Repeated && a.Sequence <= b.Sequence {
			t.Fatalf("receipt %+v", a)
		}
		r.outcome(t, "acme", "A-1", a)
		if doc, err := e.Get(t.Context(), "acme", "A-1"); err != nil || doc.Counts.Verified != 1 {
			t.Errorf("document %+v, %v", doc, err)
		}
	})
}

// Somebody publishes first under the message id of a victim's submission.
func TestE03_PoisonedMessageID(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r, e := newRig(t, s), newMemory()
		// The attacker knows the key: the worst case.
		body, err := json.Marshal(Application{V: 1, Tenant: "acme", Application: "A-1", Applicant: Applicant{Emails: []string{"applicant@example.org"}}, Links: []string{"https://badges.example.org/1"}})
		if err != nil {
			t.Fatal(err)
		}
		sub := Submission{Tenant: "acme", Application: "A-1", Applicant: Applicant{Emails: []string{"applicant@example.org"}}, Links: []string{"https://badges.example.org/1"}}
		id := messageID([]byte("key of a test"), "acme", "A-1", body)
		if _, err := r.js.Publish(t.Context(), "applications.rival.X", []byte(`{"v":1,"tenant":"rival","application":"X","applicant":{}}`), jetstream.WithMsgID(id)); err != nil {
			t.Fatal(err)
		}
		rc, err := r.sub.Submit(t.Context(), sub)
		if err != nil {
			t.Fatal(err)
		}
		r.work(t, e, examiner(byContent))
		r.outcome(t, "acme", "A-1", rc)
		if _, err := e.Get(t.Context(), "acme", "A-1"); err != nil {
			t.Errorf("the victim's application: %v", err)
		}
		m, err := r.last(t.Context(), StreamApplications, "applications.acme.A-1")
		if err != nil || string(m.Data) != string(body) {
			t.Errorf("stored %v, %v", m, err)
		}
	})
}

// Headers that would command the server are refused by the streams, and
// none is copied to dead letters.
func TestE02_HeaderSmuggling(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r := newRig(t, s)
		for _, h := range []string{"Nats-Rollup", "Nats-TTL", "Nats-Schedule", "Nats-Incr"} {
			m := &nats.Msg{Subject: "applications.acme.A-1", Data: []byte("{}"), Header: nats.Header{h: {map[string]string{"Nats-Rollup": "all", "Nats-TTL": "1s", "Nats-Schedule": "@at 2030-01-01T00:00:00Z", "Nats-Incr": "1"}[h]}}}
			if _, err := r.js.PublishMsg(t.Context(), m); err == nil {
				t.Errorf("%s: accepted", h)
			}
		}
		m := &nats.Msg{Subject: "applications.acme.A-2", Data: []byte("malformed"), Header: nats.Header{"X-Trace": {"applicant@example.org"}, headerClass: {"fine"}}}
		if _, err := r.js.PublishMsg(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		r.work(t, newMemory(), examiner(byContent))
		eventually(t, "a dead letter", func() bool { return len(r.letters(t)) == 1 })
		raw, err := r.last(t.Context(), StreamDeadLetters, "deadletters.acme.A-2")
		if err != nil {
			t.Fatal(err)
		}
		if raw.Header.Get("X-Trace") != "" || raw.Header.Get(headerClass) != string(ClassMalformed) {
			t.Errorf("headers %v", raw.Header)
		}
	})
}

// No tenant or application gets through to a subject unless it is a token.
func TestE01_Tokens(t *testing.T) {
	t.Parallel()
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	r := newRig(t, s)
	for _, bad := range []string{"", "*", ">", "a.b", "a b", "a\r\nb", "$JS", "ä", strings.Repeat("a", 65), "a\x00", "../x", "a/b", "~"} {
		if _, err := r.sub.Submit(t.Context(), submission(bad, "A-1", "x")); !errors.Is(err, record.ErrToken) {
			t.Errorf("tenant %q: %v", bad, err)
		}
		if _, err := r.sub.Submit(t.Context(), submission("acme", bad, "x")); !errors.Is(err, record.ErrToken) {
			t.Errorf("application %q: %v", bad, err)
		}
		if err := r.RequestErase(t.Context(), "acme", bad); !errors.Is(err, record.ErrToken) {
			t.Errorf("erase %q: %v", bad, err)
		}
		if _, err := r.Reprocess(t.Context(), nil, ReprocessOptions{Tenant: bad, Application: "A-1"}); !errors.Is(err, record.ErrToken) {
			t.Errorf("reprocess %q: %v", bad, err)
		}
	}
	if st, err := r.js.Stream(t.Context(), StreamApplications); err != nil || st.CachedInfo().State.Msgs != 0 {
		t.Errorf("something was stored: %v", err)
	}
}

func TestErase(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r, e := newRig(t, s), newMemory()
		stop := r.work(t, e, examiner(byContent))
		big := submission("acme", "A-1", "verified "+strings.Repeat("x", MaxInline))
		rc, err := r.sub.Submit(t.Context(), big)
		if err != nil {
			t.Fatal(err)
		}
		r.outcome(t, "acme", "A-1", rc)
		other := r.submit(t, "acme", "A-10", "verified")
		r.outcome(t, "acme", "A-10", other)
		if err := r.bury(t.Context(), letter{subject: "applications.acme.A-1", data: []byte("personal"), class: ClassIndex}); err != nil {
			t.Fatal(err)
		}
		// The sweep takes an erasure that it meets for one that was stopped.
		eventually(t, "the first sweep is done", func() bool { return strings.Contains(r.log.String(), "sweep is done") })
		eventually(t, "a worker erases it", func() bool {
			err := r.RequestErase(t.Context(), "acme", "A-1")
			if err != nil && !errors.Is(err, ErrNoWorker) { // the worker begins to answer while it begins to work
				t.Fatal(err)
			}
			return err == nil
		})
		if _, err := e.Get(t.Context(), "acme", "A-1"); !errors.Is(err, index.ErrErased) {
			t.Errorf("index: %v", err)
		}
		gone := func() {
			t.Helper()
			for stream, subject := range map[string]string{StreamApplications: "applications.acme.A-1", StreamDeadLetters: "deadletters.acme.A-1", StreamPending: "pending.acme.A-1"} {
				if _, err := r.last(t.Context(), stream, subject); !errors.Is(err, jetstream.ErrMsgNotFound) {
					t.Errorf("%s: %v", stream, err)
				}
			}
			st, err := r.store(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if l, err := st.List(t.Context()); !errors.Is(err, jetstream.ErrNoObjectsFound) {
				t.Errorf("objects: %d, %v", len(l), err)
			}
		}
		gone()
		if _, err := r.last(t.Context(), StreamResults, "results.acme.A-1"); !errors.Is(err, jetstream.ErrMsgNotFound) {
			t.Errorf("results: %v", err)
		}
		if _, err := e.Get(t.Context(), "acme", "A-10"); err != nil {
			t.Errorf("the neighbour: %v", err)
		}
		if _, err := r.sub.Submit(t.Context(), big); !errors.Is(err, ErrErased) {
			t.Errorf("submission after erasure: %v", err)
		}
		gone()

		// Whoever publishes past Submit is refused by the worker, in words.
		body := []byte(`{"v":1,"tenant":"acme","application":"A-1","applicant":{"name":"Canary"}}`)
		ack, err := r.js.Publish(t.Context(), "applications.acme.A-1", body)
		if err != nil {
			t.Fatal(err)
		}
		if o := r.outcome(t, "acme", "A-1", &Receipt{Sequence: ack.Sequence}); o.State != Erased || o.Reason != ErrErased.Error() {
			t.Errorf("outcome %+v", o)
		}
		gone()

		// The index alone knows of it, as after a queue made anew.
		stop()
		kv, err := r.doors(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := kv.Purge(t.Context(), door("acme", "A-1")); err != nil {
			t.Fatal(err)
		}
		if ack, err = r.js.Publish(t.Context(), "applications.acme.A-1", body); err != nil {
			t.Fatal(err)
		}
		r.work(t, e, examiner(byContent))
		if o := r.outcome(t, "acme", "A-1", &Receipt{Sequence: ack.Sequence}); o.State != Erased {
			t.Errorf("outcome %+v", o)
		}
		gone()
		if _, err := e.Get(t.Context(), "acme", "A-1"); !errors.Is(err, index.ErrErased) {
			t.Errorf("index: %v", err)
		}
	})
}

// Erased while it is in hand: what the worker writes afterwards is taken back.
func TestEraseInFlight(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r, e := newRig(t, s), newMemory()
		hold, held := make(chan struct{}), make(chan struct{})
		e.after = func(record.Application) { close(held); <-hold }
		stop := r.work(t, e, examiner(byContent))
		r.submit(t, "acme", "A-1", "verified")
		<-held // written, and not told yet
		if err := r.Erase(t.Context(), e, "acme", "A-1", time.Now()); err != nil {
			t.Fatal(err)
		}
		close(hold)
		stop()
		if m, err := r.last(t.Context(), StreamResults, "results.acme.A-1"); !errors.Is(err, jetstream.ErrMsgNotFound) {
			t.Errorf("an outcome came after the erasure: %v, %v", m, err)
		}
		if _, err := e.Get(t.Context(), "acme", "A-1"); !errors.Is(err, index.ErrErased) {
			t.Errorf("index: %v", err)
		}
	})
}

// The worker and the server end in the midst of it, again and again; nothing is
// lost and nothing is there twice.
func TestRestartsLoseNothing(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		e := newMemory()
		apps := names(60)
		short := func(o *QueueOptions) {
			o.AckWait = time.Second
			o.MaxTries = 20
		}
		slow := examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
			select {
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			return byContent(ctx, in)
		})
		r := newRig(t, s, short)
		for _, a := range apps {
			r.submit(t, "acme", a, "verified "+a)
		}
		for range 3 {
			// The hand is called off at once: what is in it goes back.
			stop := r.work(t, e, slow, func(o *WorkerOptions) { o.Drain = time.Millisecond })
			before := e.count()
			eventually(t, "some are done", func() bool { return e.count() >= min(before+8, len(apps)) })
			stop()
			r.Close()
			s.stop()
			s.start(t)
			r = newRig(t, s, short)
		}
		r.work(t, e, slow)
		eventually(t, "all are done", func() bool { return e.count() == len(apps) })
		eventually(t, "all are answered", func() bool {
			l, err := r.Lag(t.Context())
			return err == nil && l.Held == 0 && l.Live == 0
		})
		if l := r.letters(t); len(l) != 0 {
			t.Errorf("letters %+v", l)
		}
	})
}

func (m *memory) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.docs)
}

func TestReprocess(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r, e := newRig(t, s), newMemory()
		var at atomic.Int64
		at.Store(time.Now().Unix())
		now := func() time.Time { return time.Unix(at.Load(), 0) }
		var examined atomic.Int32
		r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
			examined.Add(1)
			return byContent(ctx, in)
		}), func(o *WorkerOptions) { o.Now = now })
		for _, a := range names(5) {
			r.outcome(t, "acme", a, r.submit(t, "acme", a, "verified"))
		}
		r.outcome(t, "rival", "A-0", r.submit(t, "rival", "A-0", "verified"))
		first, _ := e.Get(t.Context(), "acme", "A-0")
		at.Add(3600)
		n, err := r.Reprocess(t.Context(), nil, ReprocessOptions{Tenant: "acme", Before: now()})
		if err != nil || n != 5 {
			t.Fatalf("%d, %v", n, err)
		}
		done := func() bool {
			n, err := r.Rechecks(t.Context())
			return err == nil && n == 0
		}
		eventually(t, "all are checked again", done)
		if got := examined.Load(); got != 11 {
			t.Errorf("examined %d times, want 6 and 5", got)
		}
		again, _ := e.Get(t.Context(), "acme", "A-0")
		if again.Version <= first.Version || !again.AppliedAt.Equal(first.AppliedAt) {
			t.Errorf("version %d after %d; applied at %v after %v", again.Version, first.Version, again.AppliedAt, first.AppliedAt)
		}
		// Going on where it stopped: what was checked after that time is passed over.
		if _, err := r.Reprocess(t.Context(), nil, ReprocessOptions{Tenant: "acme", Before: now()}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "all are passed over", done)
		if got := examined.Load(); got != 11 {
			t.Errorf("examined %d times: done work was repeated", got)
		}
	})
}

func TestPendingIsCheckedAgain(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	var up atomic.Bool
	r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		if up.Load() {
			in.Documents[0].Data = []byte("verified")
		}
		return byContent(ctx, in)
	}))
	o := r.outcome(t, "acme", "A-1", r.submit(t, "acme", "A-1", "pending: the host is down"))
	if o.Counts.Pending != 1 || o.Recheck.Sub(o.Checked) < firstRecheck-time.Second {
		t.Fatalf("outcome %+v", o)
	}
	if n, err := r.due(t.Context(), o.Checked); n != 0 || err != nil {
		t.Errorf("due at once: %d, %v", n, err)
	}
	// Still down: later again, and later each time.
	if n, err := r.due(t.Context(), o.Recheck); n != 1 || err != nil {
		t.Fatalf("due: %d, %v", n, err)
	}
	var second Outcome
	eventually(t, "a second outcome", func() bool {
		m, err := r.last(t.Context(), StreamResults, "results.acme.A-1")
		return err == nil && json.Unmarshal(m.Data, &second) == nil && second.Checked.After(o.Checked)
	})
	if d := second.Recheck.Sub(second.Checked); d < 2*firstRecheck-time.Second {
		t.Errorf("second recheck after %v", d)
	}
	up.Store(true)
	if n, err := r.due(t.Context(), second.Recheck); n != 1 || err != nil {
		t.Fatalf("due: %d, %v", n, err)
	}
	eventually(t, "verified", func() bool {
		d, err := e.Get(t.Context(), "acme", "A-1")
		return err == nil && d.Counts.Verified == 1
	})
	if l, err := r.Lag(t.Context()); err != nil || l.Pending != 0 {
		t.Errorf("lag %+v, %v", l, err)
	}
}

// Links that gave no answer are in the record, and are asked for again as pending
// badges are, until they lead to one; those that time cannot mend are not.
func TestLinksAreAskedAgain(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	var up atomic.Bool
	r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		const where, policy = "cv.txt > text", "https://short.example/1"
		left := []examine.Unfollowed{{Where: where, URL: policy, Reason: examine.SkippedPolicy, More: 2}}
		if !up.Load() && in.Application == "A-1" {
			left = append(left, examine.Unfollowed{Where: where, URL: "https://badges.example/1", Reason: examine.SkippedNoAnswer, Pending: true})
			return []examine.Report{{Document: "cv.txt", NotFollowed: left}}, nil
		}
		reports, err := byContent(ctx, in)
		reports[0].NotFollowed = left
		return reports, err
	}))
	o := r.outcome(t, "acme", "A-1", r.submit(t, "acme", "A-1", "verified"))
	want := []OutcomeLink{{Document: "document 1", Reason: examine.SkippedNoAnswer, Links: 1, Pending: 1}, {Document: "document 1", Reason: examine.SkippedPolicy, Links: 3}}
	if d := cmp.Diff(want, o.NotFollowed); d != "" || o.Counts.Pending != 0 || o.Recheck.Sub(o.Checked) < firstRecheck-time.Second {
		t.Fatalf("outcome %+v\n%s", o, d)
	}
	d, err := e.Get(t.Context(), "acme", "A-1")
	links := []record.Link{{Where: "cv.txt > text", URL: "https://badges.example/1", Reason: "no_answer", Pending: true}, {Where: "cv.txt > text", URL: "https://short.example/1", Reason: "policy", More: 2}}
	if err != nil || !cmp.Equal(links, d.NotFollowed) {
		t.Fatalf("%v\n%s", err, cmp.Diff(links, d.NotFollowed))
	}
	if l, err := r.Lag(t.Context()); err != nil || l.Pending != 1 {
		t.Errorf("lag %+v, %v", l, err)
	}
	up.Store(true)
	if n, err := r.due(t.Context(), o.Recheck); n != 1 || err != nil {
		t.Fatalf("due: %d, %v", n, err)
	}
	eventually(t, "verified", func() bool {
		d, err := e.Get(t.Context(), "acme", "A-1")
		return err == nil && d.Counts.Verified == 1 && len(d.NotFollowed) == 1
	})
	if o := r.outcome(t, "acme", "A-2", r.submit(t, "acme", "A-2", "verified")); !o.Recheck.IsZero() || len(o.NotFollowed) != 1 {
		t.Errorf("what time cannot mend is asked again: %+v", o)
	}
	if l, err := r.Lag(t.Context()); err != nil || l.Pending != 0 {
		t.Errorf("lag %+v, %v", l, err)
	}
}

// A submission that was delivered and left neither outcome nor dead letter is
// found by the sweep, and only that one.
func TestSweep(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	lost := r.submit(t, "acme", "A-1", "verified")
	c, err := r.js.Consumer(t.Context(), StreamApplications, consumerOf(ConsumerLive, "acme"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Next(jetstream.FetchMaxWait(10 * time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.DoubleAck(t.Context()); err != nil { // as if the word of it were lost
		t.Fatal(err)
	}
	stop := r.work(t, e, examiner(byContent))
	r.outcome(t, "acme", "A-2", r.submit(t, "acme", "A-2", "verified"))
	eventually(t, "answered", func() bool { l, err := r.Lag(t.Context()); return err == nil && l.Held == 0 })
	stop()
	if n, err := r.sweep(t.Context(), time.Now()); n != 0 || err != nil {
		t.Errorf("young ones: %d, %v", n, err)
	}
	n, err := r.sweep(t.Context(), time.Now().Add(2*time.Minute))
	if n != 1 || err != nil {
		t.Fatalf("found %d, %v", n, err)
	}
	r.work(t, e, examiner(byContent))
	if o := r.outcome(t, "acme", "A-1", lost); o.State != Indexed {
		t.Errorf("outcome %+v", o)
	}
}

func TestFullQueueRefuses(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r := newRig(t, s, func(o *QueueOptions) { o.Retention.MaxBytes = 256 << 10 })
		var err error
		n := 0
		for _, a := range names(20) {
			if _, err = r.sub.Submit(t.Context(), submission("acme", a, strings.Repeat("x", 40<<10))); err != nil {
				break
			}
			n++
		}
		if !errors.Is(err, ErrFull) || n == 0 {
			t.Fatalf("after %d submissions: %v", n, err)
		}
		for _, a := range names(n) {
			if _, err := r.last(t.Context(), StreamApplications, "applications.acme."+a); err != nil {
				t.Errorf("%s was taken and is not there: %v", a, err)
			}
		}
	})
}

func TestNoServerNoQueue(t *testing.T) {
	t.Parallel()
	if _, err := Dial(t.Context(), QueueOptions{URL: "nats://127.0.0.1:1"}); !errors.Is(err, ErrNoServer) {
		t.Errorf("no server: %v", err)
	}
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	q, err := Dial(t.Context(), s.options())
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	sub, err := NewSubmitter(q, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sub.Submit(t.Context(), submission("acme", "A-1", "x")); !errors.Is(err, ErrNoQueue) {
		t.Errorf("no queue: %v", err)
	}
	if err := q.RequestErase(t.Context(), "acme", "A-1"); !errors.Is(err, ErrNoWorker) {
		t.Errorf("no worker: %v", err)
	}
}

// Nothing personal in the log, the outcome or the headers of dead letters.
func TestF01_Canary(t *testing.T) {
	t.Parallel()
	r, e := alone(t, func(o *QueueOptions) { o.MaxTries = 2 })
	canaries := []string{"canary-name", "canary-mail@example.org", "did:example:canary", "canary-file", "canary-content", "canary-link", "canary-job"}
	r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		if strings.Contains(string(in.Documents[0].Data), "fail") {
			return nil, errors.New("cannot read canary-content of canary-file")
		}
		return byContent(ctx, in)
	}))
	sub := Submission{Tenant: "acme", Job: canaries[6],
		Applicant: Applicant{Name: canaries[0], Emails: []string{canaries[1]}, IDs: []string{canaries[2]}},
		Links:     []string{"https://example.org/" + canaries[5]}}
	var texts []string
	for name, content := range map[string]string{"A-1": "verified canary-content", "A-2": "pending canary-content", "A-3": "fail canary-content", "A-4": "unread canary-content", "A-5": "index canary-content"} {
		sub.Application = name
		sub.Files = []File{{Name: canaries[3] + ".pdf", Data: []byte(content)}}
		if name == "A-5" {
			e.set(func(d record.Application) error {
				if d.Application == "A-5" {
					return index.ErrRejected
				}
				return nil
			})
		}
		rc, err := r.sub.Submit(t.Context(), sub)
		if err != nil {
			t.Fatal(err)
		}
		r.outcome(t, "acme", name, rc)
		m, err := r.last(t.Context(), StreamResults, "results.acme."+name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(m.Data))
	}
	if _, err := r.js.Publish(t.Context(), "applications.acme.A-6", []byte(`{"v":1,"tenant":"acme","application":"A-6","applicant":{"name":"canary-name"},"canary-name":1}`)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "three dead letters", func() bool { return len(r.letters(t)) == 3 })
	for _, l := range r.letters(t) {
		texts = append(texts, l.Error, string(l.Class))
	}
	texts = append(texts, r.log.String())
	if !strings.Contains(r.log.String(), "dead letter") {
		t.Error("the log is empty: this test sees nothing")
	}
	for _, text := range texts {
		for _, c := range canaries {
			if strings.Contains(text, c) {
				t.Errorf("%s in: %.300s", c, text)
			}
		}
	}
}

func TestRequestStatus(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	r.work(t, e, examiner(byContent))
	r.outcome(t, "acme", "A-1", r.submit(t, "acme", "A-1", "verified"))
	var st *index.Status
	eventually(t, "status", func() bool {
		var err error
		st, err = r.RequestStatus(t.Context())
		return err == nil
	})
	if st.Applications != 1 || st.Engine != "memory" {
		t.Errorf("status %+v", st)
	}
}
