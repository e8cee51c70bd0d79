package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"assay/index"
	"assay/ingest/examine"

	"github.com/nats-io/nats.go/jetstream"
)

// hand hands in documents piece by piece.
func (r *rig) hand(t *testing.T, sub Submission, docs ...io.Reader) (*Receipt, error) {
	t.Helper()
	d := r.sub.Draft()
	defer d.Discard(t.Context())
	for _, doc := range docs {
		if err := d.File(t.Context(), "resume.png", "image/png", doc); err != nil {
			return nil, err
		}
	}
	return d.Submit(t.Context(), sub)
}

// uploads are the records of random names, and all chunks.
func (r *rig) uploads(t *testing.T) (records int, chunks uint64) {
	t.Helper()
	if err := r.given(t.Context(), 1, func(o object) error {
		if isUpload(&o.ObjectInfo) {
			records++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	s, err := r.stream(t.Context(), storeDocuments)
	if err != nil {
		t.Fatal(err)
	}
	i, err := s.Info(t.Context(), jetstream.WithSubjectFilter("$O."+BucketDocuments+".C.>"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range i.State.Subjects {
		chunks += n
	}
	return records, chunks
}

func anytime(*jetstream.ObjectInfo) bool { return true }

// TestDraft: what comes in piece by piece is examined byte for byte, whatever its size,
// and leaves nothing else behind.
func TestDraft(t *testing.T) {
	servers(t, func(t *testing.T, s server) {
		r, e := newRig(t, s), newMemory()
		var mu sync.Mutex
		sums := map[string]bool{}
		r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
			mu.Lock()
			defer mu.Unlock()
			for _, d := range in.Documents {
				sum := sha256.Sum256(d.Data)
				sums[hex.EncodeToString(sum[:])] = true
			}
			return byContent(ctx, in)
		}))
		small, edge, large := []byte("verified"), bytes.Repeat([]byte("e"), chunkBytes), bytes.Repeat([]byte("large "), 500_000)
		rc, err := r.hand(t, Submission{Tenant: "acme", Application: "A-1", Key: "k"}, bytes.NewReader(small), bytes.NewReader(edge),
			iotest.HalfReader(bytes.NewReader(large)), io.LimitReader(zeros{}, MaxDocument+1), bytes.NewReader(nil))
		if err != nil {
			t.Fatal(err)
		}
		if len(rc.Unread) != 1 || rc.Unread[0] != (OutcomeGap{"document 4", "limit_file_size"}) {
			t.Errorf("unread %v", rc.Unread)
		}
		o := r.outcome(t, "acme", "A-1", rc)
		if o.State != Indexed || o.Counts.Verified != 1 || o.Sequence != rc.Sequence {
			t.Errorf("%+v", o)
		}
		for _, doc := range [][]byte{small, edge, large, nil} {
			if sum := sha256.Sum256(doc); !sums[hex.EncodeToString(sum[:])] {
				t.Errorf("a document of %d bytes was not examined", len(doc))
			}
		}
		want := uint64(1 + (len(large)+chunkBytes-1)/chunkBytes)
		if n, chunks := r.uploads(t); n != 0 || chunks != want {
			t.Errorf("%d random names and %d chunks are left, want 0 and %d", n, chunks, want)
		}
		// The same again, under the same key and under none: nothing is stored twice.
		for key, repeated := range map[string]bool{"k": true, "": false} {
			again, err := r.hand(t, Submission{Tenant: "acme", Application: "A-1", Key: key}, bytes.NewReader(small), bytes.NewReader(edge),
				bytes.NewReader(large), io.LimitReader(zeros{}, MaxDocument+1), bytes.NewReader(nil))
			if err != nil || again.Repeated != repeated || repeated && again.Sequence != rc.Sequence {
				t.Errorf("key %q: %+v, %v", key, again, err)
			}
			if n, chunks := r.uploads(t); n != 0 || chunks != want {
				t.Errorf("key %q: %d random names and %d chunks", key, n, chunks)
			}
		}
		if n, err := r.sweepDocuments(t.Context(), anytime); n != 0 || err != nil {
			t.Errorf("swept %d, %v", n, err)
		}
		if err := r.Erase(t.Context(), e, "acme", "A-1", time.Now()); err != nil {
			t.Fatal(err)
		}
		if n, chunks := r.uploads(t); n != 0 || chunks != 0 {
			t.Errorf("erased: %d random names and %d chunks are left", n, chunks)
		}
		if _, err := r.hand(t, Submission{Tenant: "acme", Application: "A-1"}, bytes.NewReader(large)); !errors.Is(err, ErrErased) {
			t.Errorf("%v", err)
		}
		if n, chunks := r.uploads(t); n != 0 || chunks != 0 {
			t.Errorf("refused: %d random names and %d chunks are left", n, chunks)
		}
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestDraftTooMuch: documents beyond what is read of an application are told of, cost only
// themselves, and are not kept.
func TestDraftTooMuch(t *testing.T) {
	r, e := alone(t)
	r.work(t, e, examiner(byContent))
	docs := []io.Reader{io.LimitReader(zeros{}, 24<<20), io.LimitReader(zeros{}, 25<<20), io.LimitReader(zeros{}, 2<<20), strings.NewReader("verified")}
	for range maxCount {
		docs = append(docs, strings.NewReader("verified"))
	}
	docs = append(docs, io.LimitReader(zeros{}, 300<<10))
	rc, err := r.hand(t, Submission{Tenant: "acme", Application: "A-1"}, docs...)
	if err != nil {
		t.Fatal(err)
	}
	var want []OutcomeGap
	for i := range docs {
		if i == 2 || i >= maxCount {
			want = append(want, OutcomeGap{"document " + strconv.Itoa(i+1), "limit_documents"})
		}
	}
	if !slices.Equal(rc.Unread, want) {
		t.Errorf("unread %v", rc.Unread)
	}
	if o := r.outcome(t, "acme", "A-1", rc); o.Counts.Verified != maxCount-3 {
		t.Errorf("%+v", o.Counts)
	}
	chunks := func(n int) int { return (n + chunkBytes - 1) / chunkBytes }
	if n, have := r.uploads(t); n != 0 || have != uint64(chunks(24<<20)+chunks(25<<20)) {
		t.Errorf("%d random names and %d chunks", n, have)
	}
}

// TestDraftBrokenOff: what did not come in whole is taken away at once, or swept where
// the door itself has ended; a document that its record took over is not.
func TestDraftBrokenOff(t *testing.T) {
	r, _ := alone(t)
	large := strings.Repeat("large ", 100_000)
	_, err := r.hand(t, Submission{Tenant: "acme", Application: "A-1"}, strings.NewReader(large), io.MultiReader(strings.NewReader(large), iotest.ErrReader(errFlaky)))
	if !errors.Is(err, errFlaky) {
		t.Fatal(err)
	}
	if n, chunks := r.uploads(t); n != 0 || chunks != 0 {
		t.Errorf("%d random names and %d chunks are left", n, chunks)
	}

	// The door ends before anything is handed in.
	d := r.sub.Draft()
	if err := d.File(t.Context(), "x", "", strings.NewReader(large)); err != nil {
		t.Fatal(err)
	}
	if n, _ := r.sweepDocuments(t.Context(), func(o *jetstream.ObjectInfo) bool { return time.Since(o.ModTime) > documentAge }); n != 0 {
		t.Errorf("what is on its way was swept: %d", n)
	}
	if n, chunks := r.uploads(t); n != 1 || chunks != 3 {
		t.Errorf("%d random names and %d chunks are there", n, chunks)
	}
	if n, err := r.sweepDocuments(t.Context(), anytime); n != 1 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	if n, chunks := r.uploads(t); n != 0 || chunks != 0 {
		t.Errorf("%d random names and %d chunks are left", n, chunks)
	}

	// It ends when the submission is on the queue, before the random name is forgotten.
	d = r.sub.Draft()
	if err := d.File(t.Context(), "x", "", strings.NewReader(large)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Submit(t.Context(), Submission{Tenant: "acme", Application: "A-2"}); err != nil {
		t.Fatal(err)
	}
	if n, chunks := r.uploads(t); n != 1 || chunks != 3 {
		t.Errorf("%d random names and %d chunks are there", n, chunks)
	}
	if n, err := r.sweepDocuments(t.Context(), anytime); n != 0 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	if n, chunks := r.uploads(t); n != 0 || chunks != 3 {
		t.Errorf("%d random names and %d chunks are there: the document is lost", n, chunks)
	}

	// Its record came, and its submission did not: it is an orphan like any other.
	d = r.sub.Draft()
	if err := d.File(t.Context(), "x", "", strings.NewReader(large+"!")); err != nil {
		t.Fatal(err)
	}
	if err := r.take(t.Context(), "acme", "A-3", d.stored[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := r.sweepDocuments(t.Context(), anytime); err != nil {
		t.Fatal(err)
	}
	if _, err := r.sweepDocuments(t.Context(), anytime); err != nil {
		t.Fatal(err)
	}
	if n, chunks := r.uploads(t); n != 0 || chunks != 3 {
		t.Errorf("%d random names and %d chunks are there", n, chunks)
	}
}

// TestDraftOvertaken: a document that an earlier submission had brought, and that is
// removed before this one names it, is there all the same; where it cannot be, the
// submission is not acknowledged.
func TestDraftOvertaken(t *testing.T) {
	r, _ := alone(t)
	large := strings.Repeat("large ", 100_000)
	sum := sha256.Sum256([]byte(large))
	sha := hex.EncodeToString(sum[:])
	if _, err := r.hand(t, Submission{Tenant: "acme", Application: "A-1"}, strings.NewReader(large)); err != nil {
		t.Fatal(err)
	}
	d := r.sub.Draft()
	if err := d.File(t.Context(), "x", "", strings.NewReader(large)); err != nil {
		t.Fatal(err)
	}
	u := d.stored[0]
	if err := r.take(t.Context(), "acme", "A-1", u); err != nil || u.taken {
		t.Fatalf("taken %v, %v", u.taken, err)
	}
	if err := r.drop(t.Context(), "acme", "A-1", sha); err != nil {
		t.Fatal(err)
	}
	if err := r.settle(t.Context(), "acme", "A-1", u); err != nil || !u.taken {
		t.Fatalf("taken %v, %v", u.taken, err)
	}
	d.Discard(t.Context())
	if data, err := r.Queue.document(t.Context(), "acme", "A-1", Document{SHA256: sha, Size: int64(len(large))}); err != nil || string(data) != large {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if err := r.drop(t.Context(), "acme", "A-1", sha); err != nil {
		t.Fatal(err)
	}
	if err := r.settle(t.Context(), "acme", "A-1", u); !errors.Is(err, errGone) {
		t.Errorf("%v", err)
	}
}

// TestOnce: what is handed in under one key is taken once, by whomever and whenever, and
// what is newer stays.
func TestOnce(t *testing.T) {
	r, _ := alone(t)
	in := func(name, key, job string) (*Receipt, error) {
		return r.hand(t, Submission{Tenant: "acme", Application: name, Key: key, Job: job}, strings.NewReader("verified"))
	}
	if rc, err := in("A-1", "one", "x"); err != nil || rc.Repeated {
		t.Fatalf("%+v %v", rc, err)
	}
	first, err := in("A-1", "one", "x")
	if err != nil || !first.Repeated {
		t.Fatalf("%+v %v", first, err)
	}
	if _, err := in("A-1", "one", "y"); !errors.Is(err, ErrKey) {
		t.Errorf("another content under the key: %v", err)
	}
	if other, err := in("A-2", "one", "y"); err != nil || other.Repeated {
		t.Errorf("another application under the key: %+v %v", other, err)
	}
	newer, err := in("A-1", "two", "y")
	if err != nil || newer.Repeated || newer.Sequence <= first.Sequence {
		t.Fatalf("%+v %v", newer, err)
	}
	if unkeyed, err := in("A-1", "", "z"); err != nil || unkeyed.Repeated {
		t.Fatalf("%+v %v", unkeyed, err)
	}
	late, err := in("A-1", "one", "x")
	if err != nil || !late.Repeated || late.Sequence != first.Sequence {
		t.Errorf("an old key: %+v %v, want %d", late, err, first.Sequence)
	}
	if m, err := r.last(t.Context(), StreamApplications, "applications.acme.A-1"); err != nil || !strings.Contains(string(m.Data), `"job":"z"`) {
		t.Errorf("the newest is %s, %v", m.Data, err)
	}
	// Another process with the installation's key knows it too, one without does not.
	same, err := NewSubmitter(r.Queue, []byte("key of a test"))
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := NewSubmitter(r.Queue, nil)
	if err != nil {
		t.Fatal(err)
	}
	message := []byte(`{"application":"A-9","applicant":{"emails":["a@example.org"]},"documents":[{"name":"x","data":"dmVyaWZpZWQ="}]}`)
	if name, rc, err := same.Message(t.Context(), "acme", message, "k"); err != nil || name != "A-9" || rc.Repeated || len(rc.Unread) != 0 {
		t.Errorf("%s %+v %v", name, rc, err)
	}
	if _, rc, err := r.sub.Message(t.Context(), "acme", message, "k"); err != nil || !rc.Repeated {
		t.Errorf("%+v %v", rc, err)
	}
	if _, rc, err := stranger.Message(t.Context(), "acme", message, "k"); err != nil || rc.Repeated {
		t.Errorf("%+v %v", rc, err)
	}
}

// TestOnceAtOneTime: several who hand in under one key at one moment are one.
func TestOnceAtOneTime(t *testing.T) {
	servers(t, func(t *testing.T, s server) {
		r := newRig(t, s)
		// At the moment of handing in each waits for all, so that they are at it at once.
		var wg, all sync.WaitGroup
		var mu sync.Mutex
		seen, repeated := map[uint64]bool{}, 0
		all.Add(8)
		for range 8 {
			wg.Go(func() {
				a := &Application{V: EnvelopeVersion, Tenant: "acme", Application: "A-1", Job: "x"}
				if err := a.check(); err != nil {
					t.Error(err)
				}
				sum := sha256.Sum256([]byte("verified"))
				a.Documents = []Document{{Name: "resume.png", Type: "image/png", SHA256: hex.EncodeToString(sum[:]), Size: 8, Data: []byte("verified")}}
				body, err := json.Marshal(a)
				if err != nil {
					t.Error(err)
				}
				all.Done()
				all.Wait()
				rc, err := r.sub.publishOnce(t.Context(), "acme", "A-1", body, "one")
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
					return
				}
				seen[rc.Sequence] = true
				if rc.Repeated {
					repeated++
				}
			})
		}
		wg.Wait()
		if len(seen) != 1 || repeated != 7 {
			t.Errorf("sequences %v, %d repeated", seen, repeated)
		}
	})
}

// TestMessageMember: an error names the member by its path.
func TestMessageMember(t *testing.T) {
	r, _ := alone(t)
	for body, want := range map[string]string{
		`{"application":"A 1"}`:                                                         "application",
		`{"application":"A-1","tenant":"rival","applicant":{}}`:                         "",
		`{"application":"A-1","v":2,"applicant":{}}`:                                    "v",
		`{"application":"A-1","applicant":{"emails":["a@example.org","nobody"]}}`:       "applicant.emails[1]",
		`{"application":"A-1","applicant":{"emails":"nobody"}}`:                         "applicant.emails",
		`{"application":"A-1","applicant":{"proven":["a@example.org, b@example.org"]}}`: "applicant.proven[0]",
		`{"application":"A-1","applicant":{"phone":"1"}}`:                               "applicant",
		`{"application":"A-1","applicant":{},"documents":[{"name":"a"},{"nom":"b"}]}`:   "documents[1]",
	} {
		_, _, err := r.sub.Message(t.Context(), "acme", []byte(body), "")
		var e *EnvelopeError
		if !errors.As(err, &e) || e.Member != want {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
}

// TestTold: what became of a submission is told when it is there, of the right one.
func TestTold(t *testing.T) {
	r, e := alone(t)
	ask := func(name string, sequence uint64, wait time.Duration) (*Outcome, error) {
		ctx, cancel := context.WithTimeout(t.Context(), max(wait, 5*time.Second))
		defer cancel()
		var out *Outcome
		err := r.Told(ctx, "acme", name, sequence, func(o *Outcome, _ []byte, _ string) bool {
			out = o
			return o != nil || wait == 0
		})
		return out, err
	}
	if _, err := ask("A-1", 0, 0); !errors.Is(err, index.ErrNotFound) {
		t.Errorf("nothing is there: %v", err)
	}
	rc := r.submit(t, "acme", "A-1", "verified")
	if o, err := ask("A-1", rc.Sequence, 0); o != nil || err != nil {
		t.Errorf("not worked on yet: %v %v", o, err)
	}
	r.work(t, e, examiner(byContent))
	if o, err := ask("A-1", rc.Sequence, time.Minute); err != nil || o.Sequence != rc.Sequence || o.State != Indexed {
		t.Errorf("%+v %v", o, err)
	}
	newer := r.submit(t, "acme", "A-1", "rejected")
	for _, sequence := range []uint64{0, newer.Sequence} {
		if o, err := ask("A-1", sequence, time.Minute); err != nil || o.Sequence != newer.Sequence {
			t.Errorf("%d: %+v %v", sequence, o, err)
		}
	}
	if err := r.Erase(t.Context(), e, "acme", "A-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	if o, err := ask("A-1", 0, 0); !errors.Is(err, ErrErased) && (o == nil || o.State != Erased) {
		t.Errorf("%+v %v", o, err)
	}
}
