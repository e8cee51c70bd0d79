package ingest

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"assay/index/record"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// File is a document to submit.
type File struct {
	Name string
	Type string // media type, a hint
	Data []byte
	Size int64 // of a file larger than MaxDocument, whose Data need not be here
}

// Submission is what Submit takes.
type Submission struct {
	Tenant      string
	Application string
	Job         string
	Applicant   Applicant
	Files       []File
	Links       []string
}

// Submitter puts applications on the queue. Safe for concurrent use.
type Submitter struct {
	q   *Queue
	key []byte
}

// NewSubmitter returns a Submitter. The key makes message ids that nobody else
// can foresee (who could, might have the queue take a victim's submission for a
// repetition). With a key that several submitters share, a repetition within
// two minutes is dropped by the queue; nil makes a random one, which does so
// for this process alone.
func NewSubmitter(q *Queue, key []byte) (*Submitter, error) {
	if key == nil {
		key = make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return nil, err
		}
	}
	return &Submitter{q: q, key: key}, nil
}

// Receipt says that a submission is on the disk of the queue.
type Receipt struct {
	Sequence  uint64
	Submitted time.Time // as the queue has it; zero when a newer submission took its place at once
	Repeated  bool      // the queue had the very same submission already

	Unread []OutcomeGap // documents and links that will not be read, as nobody can
}

// Submit puts an application on the queue in place of its earlier submission.
// When it returns without an error, the submission is on the disk. Errors wrap
// ErrEnvelope, record.ErrToken, ErrErased, ErrFull, ErrNoQueue or ErrNoServer.
func (s *Submitter) Submit(ctx context.Context, sub Submission) (*Receipt, error) {
	if err := record.CheckToken("tenant", sub.Tenant); err != nil {
		return nil, err
	}
	if err := record.CheckToken("application", sub.Application); err != nil {
		return nil, err
	}
	a := Application{V: EnvelopeVersion, Tenant: sub.Tenant, Application: sub.Application, Job: sub.Job, Applicant: sub.Applicant, Links: slices.Clone(sub.Links)}
	big := map[string][]byte{}
	var inside int
	for _, f := range sub.Files {
		if size := max(f.Size, int64(len(f.Data))); size > MaxDocument {
			a.Documents = append(a.Documents, Document{Name: f.Name, Type: f.Type, Size: size})
			continue
		}
		sum := sha256.Sum256(f.Data)
		d := Document{Name: f.Name, Type: f.Type, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(f.Data))}
		if len(f.Data) > MaxInline || inside+len(f.Data) > maxInlineTotal {
			d.Object = true
			big[d.SHA256] = f.Data
		} else {
			inside += len(f.Data)
			d.Data = f.Data
		}
		a.Documents = append(a.Documents, d)
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	read := a.objects()
	maps.DeleteFunc(big, func(sha string, _ []byte) bool { return !read[sha] })
	body, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	if len(body) > maxMessage-4096 { // room for headers
		return nil, malformed("larger than a message may be")
	}
	if err := s.q.refuseErased(ctx, a.Tenant, a.Application); err != nil {
		return nil, err
	}
	before := s.q.objectsOf(ctx, a.Tenant, a.Application)
	if err := s.q.putDocuments(ctx, a.Tenant, a.Application, big); err != nil {
		return nil, err
	}
	r, err := s.publish(ctx, a.Tenant, a.Application, body)
	if err != nil {
		return nil, err
	}
	// Once more: what an earlier submission had brought may have been removed before
	// this one named it.
	if err := s.q.putDocuments(ctx, a.Tenant, a.Application, big); err != nil {
		s.q.log.Warn("documents of a submission cannot be looked at again", zap.Error(plain(err)))
	}
	r.Unread = outcome(a.whole(nil), len(a.Documents)).Unread
	if err := s.q.refuseErased(ctx, a.Tenant, a.Application); err != nil {
		// Erased meanwhile: take back what came too late.
		return nil, errors.Join(err, s.q.forget(ctx, a.Tenant, a.Application))
	}
	for name := range before {
		if _, ok := big[name]; !ok {
			if err := s.q.deleteDocument(ctx, a.Tenant, a.Application, name); err != nil {
				s.q.log.Warn("document of an earlier submission is left for the sweep")
			}
		}
	}
	return r, nil
}

// publish does not believe "duplicate" unless the queue really holds this very
// submission as the application's newest: message ids are checked for the whole
// stream, and an earlier content may come again after another one.
func (s *Submitter) publish(ctx context.Context, tenant, application string, body []byte) (*Receipt, error) {
	subject := "applications." + tenant + "." + application
	id := messageID(s.key, tenant, application, body)
	for range 4 {
		ack, err := s.q.js.Publish(ctx, subject, body, jetstream.WithMsgID(id), jetstream.WithExpectStream(StreamApplications))
		if err != nil {
			return nil, s.q.explain(err)
		}
		last, err := s.q.last(ctx, StreamApplications, subject)
		switch {
		case err == nil && string(last.Data) == string(body):
			return &Receipt{Sequence: last.Sequence, Submitted: last.Time, Repeated: ack.Duplicate}, nil
		case err == nil && !ack.Duplicate && last.Sequence > ack.Sequence:
			// Somebody's newer submission took its place already.
			return &Receipt{Sequence: ack.Sequence}, nil
		case err != nil && !errors.Is(err, jetstream.ErrMsgNotFound):
			return nil, s.q.explain(err)
		case err != nil && !ack.Duplicate:
			// Taken and gone again: erased, which the caller looks for.
			return &Receipt{Sequence: ack.Sequence}, nil
		}
		s.q.log.Warn("queue took a submission for a repetition of something else; sent again")
		id = rand.Text()
	}
	return nil, fmt.Errorf("%w: it takes every submission for a repetition", ErrNoQueue)
}

func messageID(key []byte, tenant, application string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(tenant + "\x00" + application + "\x00"))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// last gives the newest message of a subject.
func (q *Queue) last(ctx context.Context, stream, subject string) (*jetstream.RawStreamMsg, error) {
	s, err := q.stream(ctx, stream)
	if err != nil {
		return nil, err
	}
	return s.GetLastMsgForSubject(ctx, subject)
}

// stream binds without asking the server: what is missing shows on first use.
func (q *Queue) stream(ctx context.Context, name string) (jetstream.Stream, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if s := q.streams[name]; s != nil {
		return s, nil
	}
	s, err := q.js.Stream(ctx, name)
	if err != nil {
		return nil, q.explain(err)
	}
	q.streams[name] = s
	return s, nil
}
