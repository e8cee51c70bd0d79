package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/extract"
	"assay/ingest/examine"

	"github.com/nats-io/nats.go/jetstream"
)

// onlooker is an examiner that keeps what it was given.
type onlooker struct {
	mu   sync.Mutex
	docs []string
	urls []string
}

func (r *onlooker) Examine(ctx context.Context, in examine.Input) ([]examine.Report, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.docs, r.urls = nil, in.Links
	for _, d := range in.Documents {
		r.docs = append(r.docs, string(d.Data))
	}
	return byContent(ctx, in)
}

func (r *onlooker) given() (docs, urls string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.docs, ","), strings.Join(r.urls, ",")
}

func inside(name, data string) Document {
	sum := sha256.Sum256([]byte(data))
	return Document{Name: name, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data)), Data: []byte(data)}
}

func byReference(name, data string) Document {
	d := inside(name, data)
	d.Data, d.Object = nil, true
	return d
}

// put publishes a submission as a stranger's client does.
func (r *rig) put(t *testing.T, a Application) *Receipt {
	t.Helper()
	a.V, a.Tenant = EnvelopeVersion, "acme"
	body, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	ack, err := r.js.Publish(t.Context(), "applications.acme."+a.Application, body)
	if err != nil {
		t.Fatal(err)
	}
	return &Receipt{Sequence: ack.Sequence}
}

func gapsOf(o *Outcome) string {
	var all []string
	for _, u := range o.Unread {
		all = append(all, u.Document+" "+u.Reason)
	}
	return strings.Join(all, ", ")
}

// Attack 392: documents that are not what their digest and size say, inside or in
// the object store, and links that are none. Each costs itself: it is never read or
// asked, and told by its place, and the rest is judged.
func TestAttack392_PartsAlone(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	ex := &onlooker{}
	r.work(t, e, ex)
	other := inside("other.txt", "evil: inside")
	other.SHA256 = inside("", "verified").SHA256
	short := inside("short.txt", "evil: short")
	short.Size--
	stored := byReference("stored.png", "verified: announced")
	if err := r.putDocuments(t.Context(), "acme", "A-1", map[string][]byte{stored.SHA256: []byte("verified: evil")}); err != nil {
		t.Fatal(err)
	}
	large := byReference("large.bin", "x")
	large.Size = MaxDocument + 1
	rc := r.put(t, Application{Application: "A-1", Documents: []Document{other, inside("a.png", "verified"), short, stored, large, inside("b.png", "rejected")},
		Links: []string{"javascript:alert(1)", "https://example.org/1", "//applicant@", "mysite.com"}})
	o := r.outcome(t, "acme", "A-1", rc)
	const want = "document 1 document_mismatch, document 3 document_mismatch, document 4 document_mismatch, document 5 limit_file_size, link 1 no_link, link 3 no_link"
	if o.State != Indexed || gapsOf(o) != want || o.Counts.Verified != 1 || o.Counts.Rejected != 1 || o.Findings[0].Document != "document 2" || o.Findings[1].Document != "document 6" {
		t.Errorf("%s: %s, want %s; %+v", o.State, gapsOf(o), want, o.Findings)
	}
	if docs, urls := ex.given(); docs != "verified,rejected" || urls != "https://example.org/1,https://mysite.com" {
		t.Errorf("read %s, asked %s", docs, urls)
	}
	if !o.Recheck.IsZero() {
		t.Error("what time does not mend is tried again")
	}
	doc, err := e.Get(t.Context(), "acme", "A-1")
	if err != nil || len(doc.Unread) != 6 || doc.Unread[0].Where != "other.txt" || doc.Unread[4].Where != "link: javascript:alert(1)" {
		t.Errorf("%v %+v", err, doc)
	}
	if len(r.letters(t)) != 0 {
		t.Error("a dead letter")
	}
}

// Attack 394: what is typed into a link's field and is no page. Only http and https
// are kept, and only what begins with a host's name under a domain gets a scheme.
func TestAttack394_TypedLinks(t *testing.T) {
	for s, want := range map[string]string{
		"https://example.org/a b": "https://example.org/a b", "mysite.com": "https://mysite.com", "mysite.com/x?y=1": "https://mysite.com/x?y=1",
		"www.example.org": "https://www.example.org", "//example.org/x": "https://example.org/x", "https://http://example.org": "http://example.org",
		"ftp://example.org/x": "", "file://example.org/etc/passwd": "", "javascript://example.org/%0aalert(1)": "", "gopher://127.0.0.1:6379/_x": "",
		"127.0.0.1/x": "", "169.254.169.254/latest/meta-data": "", "[::1]/x": "", "0x7f.1": "", "localhost/x": "", "localhost": "", "host.example:22/x": "",
		"a@example.org": "", "user:pw@example.org": "", "../../etc/passwd": "", "none": "", "-": "", "": "", "nowhere.": "", ".com": "",
	} {
		if got, ok := typed(s); got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v; want %q", s, got, ok, want)
		}
	}
}

// Attack 393: a submission that names documents that never come, so that it goes
// round for ever or holds back what came with it. It is indexed at once without
// them, tried again as pending badges are, so many times, and what comes is read.
func TestAttack393_DocumentsThatNeverCome(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	ex := &onlooker{}
	r.work(t, e, ex)
	late := byReference("late.png", "verified: late")
	rc := r.put(t, Application{Application: "A-1", Documents: []Document{inside("a.png", "rejected"), late, byReference("never.png", "x")}})
	o := r.outcome(t, "acme", "A-1", rc)
	if o.State != Indexed || gapsOf(o) != "document 2 document_missing, document 3 document_missing" || o.Counts.Rejected != 1 || o.Recheck.IsZero() {
		t.Fatalf("%s %s %+v, again at %v", o.State, gapsOf(o), o.Counts, o.Recheck)
	}
	if !strings.Contains(r.log.String(), `"error":"document 2: not in the object store"`) {
		t.Errorf("log %s", r.log)
	}
	if err := r.putDocuments(t.Context(), "acme", "A-1", map[string][]byte{late.SHA256: []byte("verified: late")}); err != nil {
		t.Fatal(err)
	}
	if n, err := r.due(t.Context(), o.Recheck); n != 1 || err != nil {
		t.Fatalf("%d are due, %v", n, err)
	}
	eventually(t, "the document that came", func() bool {
		o := r.outcome(t, "acme", "A-1", rc)
		return o.Counts.Verified == 1 && gapsOf(o) == "document 3 document_missing" && o.Findings[1].Document == "document 2"
	})
	if at, err := r.later(t.Context(), "acme", "A-1", maxRechecks, 0, time.Now(), 0); !at.IsZero() || err != nil {
		t.Errorf("tried again after %d times: %v %v", maxRechecks, at, err)
	}
	if len(r.letters(t)) != 0 {
		t.Error("a dead letter")
	}
}

// A document of which the store has lost chunks, or all of them, is told in words,
// and what travelled beside it is indexed.
func TestDocumentLost(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, s server) {
		r, e := newRig(t, s), newMemory()
		big := [2]string{strings.Repeat("verified ", 1<<16), strings.Repeat("verified  ", 1<<16)}
		sub := submission("acme", "A-1", "rejected")
		for _, data := range big {
			sub.Files = append(sub.Files, File{Name: "big.png", Data: []byte(data)})
		}
		rc, err := r.sub.Submit(t.Context(), sub)
		if err != nil {
			t.Fatal(err)
		}
		store, err := r.store(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for keep, data := range big {
			i, err := store.GetInfo(t.Context(), objectName("acme", "A-1", inside("", data).SHA256))
			if err != nil || i.Chunks < 2 {
				t.Fatalf("%+v %v", i, err)
			}
			chunks, err := r.js.Stream(t.Context(), "OBJ_"+BucketDocuments)
			if err != nil {
				t.Fatal(err)
			}
			if err := chunks.Purge(t.Context(), jetstream.WithPurgeSubject("$O."+BucketDocuments+".C."+i.NUID), jetstream.WithPurgeKeep(uint64(keep))); err != nil {
				t.Fatal(err)
			}
		}
		r.work(t, e, examiner(byContent))
		o := r.outcome(t, "acme", "A-1", rc)
		if o.State != Indexed || gapsOf(o) != "document 2 document_missing, document 3 document_missing" || o.Counts.Rejected != 1 || o.Recheck.IsZero() {
			t.Errorf("%s %s %+v, again at %v", o.State, gapsOf(o), o.Counts, o.Recheck)
		}
		if !strings.Contains(r.log.String(), `"error":"document 2: chunks are missing in the object store"`) {
			t.Errorf("log %s", r.log)
		}
		// Who sends it again makes it whole; what is whole is not sent again.
		sub.Job = "another"
		if rc, err = r.sub.Submit(t.Context(), sub); err != nil {
			t.Fatal(err)
		}
		if o := r.outcome(t, "acme", "A-1", rc); gapsOf(o) != "" || rc.Repeated {
			t.Errorf("sent again: %s", gapsOf(o))
		}
		for _, data := range big {
			i, err := store.GetInfo(t.Context(), objectName("acme", "A-1", inside("", data).SHA256))
			if err != nil || !r.kept(t.Context(), i) {
				t.Fatalf("%+v %v", i, err)
			}
			if err := r.putDocuments(t.Context(), "acme", "A-1", map[string][]byte{inside("", data).SHA256: []byte(data)}); err != nil {
				t.Fatal(err)
			}
			if again, err := store.GetInfo(t.Context(), i.Name); err != nil || again.NUID != i.NUID {
				t.Errorf("stored twice: %v", err)
			}
		}
	})
}

// What Submit leaves out, it says by its place; nothing of it is stored.
func TestSubmitLeavesOut(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	sub := submission("acme", "A-1", "verified")
	sub.Files = append(sub.Files, File{Name: "huge.bin", Size: 60_000_000})
	for i := range 3 {
		sub.Files = append(sub.Files, File{Name: "large.bin", Data: []byte(fmt.Sprint(i, strings.Repeat(" ", 20<<20)))})
	}
	sub.Links = []string{"none", "mysite.com"}
	rc, err := r.sub.Submit(t.Context(), sub)
	const want = "document 2 limit_file_size, document 5 limit_documents, link 1 no_link"
	if err != nil || gapsOf(&Outcome{Unread: rc.Unread}) != want {
		t.Fatalf("%v %+v, want %s", err, rc, want)
	}
	if sub.Links[1] != "mysite.com" {
		t.Error("the caller's links were changed")
	}
	store, err := r.store(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if l, err := store.List(t.Context()); err != nil || len(l) != 2 {
		t.Errorf("%d objects, %v", len(l), err)
	}
	ex := &onlooker{}
	r.work(t, e, ex)
	o := r.outcome(t, "acme", "A-1", rc)
	read := 0
	for _, u := range o.Unread {
		if u.Reason == string(extract.ReasonUnknown) { // what the examiner of this test says
			read++
		}
	}
	if o.State != Indexed || read != 2 || len(o.Unread) != 5 || o.Counts.Verified != 1 {
		t.Errorf("%+v", o)
	}
	if _, urls := ex.given(); urls != "https://mysite.com" {
		t.Errorf("asked %s", urls)
	}
}
