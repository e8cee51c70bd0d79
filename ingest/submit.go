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
	"strconv"
	"sync/atomic"
	"time"

	"assay/index/record"

	"github.com/nats-io/nats.go"
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
	Key         string // of a Draft: what is handed in under one key twice is taken once; "" = none
}

// Submitter puts applications on the queue. Safe for concurrent use.
type Submitter struct {
	q      *Queue
	key    []byte
	unread atomic.Pointer[error] // why what is on the queue cannot be read
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

// Named gives an error, which wraps ErrEnvelope, where a message names another tenant
// than the one for whom it is submitted; one that names none is his.
func Named(named, tenant string) error {
	if named != "" && named != tenant {
		return malformed("of another employer").at("tenant")
	}
	return nil
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
func (s *Submitter) Submit(ctx context.Context, sub Submission) (r *Receipt, err error) {
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
	ctx, end := s.q.o.Tracing.submitting(ctx, &a)
	defer func() { end(r, err) }()
	if err := s.refuseErased(ctx, a.Tenant, a.Application); err != nil {
		return nil, err
	}
	before := s.objectsOf(ctx, a.Tenant, a.Application)
	if err := s.putDocuments(ctx, a.Tenant, a.Application, big); err != nil {
		return nil, err
	}
	r, err = s.publish(ctx, a.Tenant, a.Application, body)
	if err != nil {
		return nil, err
	}
	// Once more: what an earlier submission had brought may have been removed before
	// this one named it.
	if err := s.q.putDocuments(ctx, a.Tenant, a.Application, big); err != nil {
		s.q.log.Warn("documents of a submission cannot be looked at again", zap.Error(plain(err)))
	}
	r.Unread = outcome(a.whole(nil), len(a.Documents)).Unread
	if err := s.refuseErased(ctx, a.Tenant, a.Application); err != nil {
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
		var ack *jetstream.PubAck
		err := s.q.allowed(ctx, func(ctx context.Context) (err error) {
			m := &nats.Msg{Subject: subject, Data: body, Header: nats.Header{}}
			intoTrace(ctx, m.Header)
			ack, err = s.q.js.PublishMsg(ctx, m, jetstream.WithMsgID(id), jetstream.WithExpectStream(StreamApplications))
			return s.q.explain(err)
		}, subject)
		if err != nil {
			return nil, err
		}
		var last *jetstream.RawStreamMsg
		err = s.mayRead(func() (err error) {
			last, err = s.q.last(ctx, StreamApplications, subject)
			return err
		})
		switch {
		case errors.Is(err, ErrRights) && !ack.Duplicate:
			return &Receipt{Sequence: ack.Sequence}, nil
		case err == nil && string(last.Data) == string(body):
			return &Receipt{Sequence: last.Sequence, Submitted: last.Time, Repeated: ack.Duplicate}, nil
		case err == nil && !ack.Duplicate && last.Sequence > ack.Sequence:
			// Somebody's newer submission took its place already.
			return &Receipt{Sequence: ack.Sequence}, nil
		case err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) && !errors.Is(err, ErrRights):
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

// What a submission is compared with on the queue, a user may lack the right to read,
// as one has who submits for one tenant alone. Then it goes without, which is safe: a
// submission of what was erased is refused by whoever works on it, documents that an
// earlier one leaves are swept, and nothing passes for a repetition. It is asked for once.

func (s *Submitter) mayRead(f func() error) error {
	if err := s.unread.Load(); err != nil {
		return *err
	}
	err := f()
	if errors.Is(err, ErrRights) {
		s.unread.Store(&err)
	}
	return err
}

func (s *Submitter) refuseErased(ctx context.Context, tenant, application string) error {
	err := s.mayRead(func() error { return s.q.refuseErased(ctx, tenant, application) })
	if errors.Is(err, ErrRights) {
		return nil
	}
	return err
}

func (s *Submitter) objectsOf(ctx context.Context, tenant, application string) (all map[string]bool) {
	_ = s.mayRead(func() error {
		all = s.q.objectsOf(ctx, tenant, application)
		return nil
	})
	return all
}

// putDocuments stores the documents, in parts where the user has rights for one tenant
// alone: the object store's names cannot be divided by tenants.
func (s *Submitter) putDocuments(ctx context.Context, tenant, application string, docs map[string][]byte) error {
	if s.unread.Load() != nil {
		return s.q.putParts(ctx, tenant, application, docs)
	}
	return s.q.putDocuments(ctx, tenant, application, docs)
}

// last gives the newest message of a subject. The right that it needs is one for this
// subject alone.
func (q *Queue) last(ctx context.Context, stream, subject string) (m *jetstream.RawStreamMsg, err error) {
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	at := "$JS.API.DIRECT.GET." + stream + "." + subject
	err = q.allowed(ctx, func(ctx context.Context) error {
		m, err = q.direct(ctx, at, nil)
		return err
	}, at)
	return m, err
}

// direct asks for one message (NATS ADR-31). What the server says of it stands behind
// the message's own headers, which may say something else under the same names; so its
// last word counts.
func (q *Queue) direct(ctx context.Context, at string, body []byte) (*jetstream.RawStreamMsg, error) {
	r, err := q.nc.RequestWithContext(ctx, at, body)
	if errors.Is(err, nats.ErrNoResponders) {
		return nil, jetstream.ErrNoStreamResponse
	}
	if err != nil {
		return nil, err
	}
	said := func(name string) string {
		if all := r.Header.Values(name); len(all) > 0 {
			return all[len(all)-1]
		}
		return ""
	}
	m := &jetstream.RawStreamMsg{Subject: said(jetstream.SubjectHeader), Header: r.Header, Data: r.Data}
	if said(jetstream.SequenceHeader) == "" && r.Header.Get("Status") == "404" {
		return nil, jetstream.ErrMsgNotFound
	}
	if m.Sequence, err = strconv.ParseUint(said(jetstream.SequenceHeader), 10, 64); err != nil {
		return nil, fmt.Errorf("%w that gives single messages: %s", ErrNoQueue, r.Header.Get("Description"))
	}
	if m.Time, err = time.Parse(time.RFC3339Nano, said(jetstream.TimeStampHeaer)); err != nil {
		return nil, fmt.Errorf("%w that says when a message came", ErrNoQueue)
	}
	return m, nil
}

// one asks a stream for one message.
func (q *Queue) one(ctx context.Context, stream string, what any) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	body, err := json.Marshal(what)
	if err != nil {
		return nil, err
	}
	return q.direct(ctx, "$JS.API.DIRECT.GET."+stream, body)
}

// at gives the message of a sequence.
func (q *Queue) at(ctx context.Context, stream string, seq uint64) (*jetstream.RawStreamMsg, error) {
	return q.one(ctx, stream, map[string]uint64{"seq": seq})
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
