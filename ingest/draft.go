package ingest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/index/record"
	"assay/verify/read"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// Draft is an application that comes in piece by piece: of its documents no more than a
// chunk is in memory at a time. For one goroutine.
type Draft struct {
	s      *Submitter
	docs   []Document
	stored map[int]*upload // by the place of the document
	inside int
	total  int64
	buf    []byte
}

// Draft begins an application. Discard must be called in the end.
func (s *Submitter) Draft() *Draft { return &Draft{s: s, stored: map[int]*upload{}} }

// File takes a document, to the end of r. Of one that is not read, because it is too large
// or one too many, its digest and size alone are kept. Errors are r's, or as those of
// Submitter.Submit.
func (d *Draft) File(ctx context.Context, name, mediaType string, r io.Reader) error {
	if len(d.docs) >= maxTold {
		return malformed("more than %d documents or links", maxTold).at("documents")
	}
	if d.buf == nil {
		d.buf = make([]byte, chunkBytes)
	}
	doc := Document{Name: name, Type: mediaType}
	n, err := io.ReadFull(r, d.buf)
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !ended {
		return err
	}
	if chunk := d.buf[:n]; ended && n <= MaxInline && d.inside+n <= maxInlineTotal {
		sum := sha256.Sum256(chunk)
		doc.SHA256, doc.Size, doc.Data = hex.EncodeToString(sum[:]), int64(n), slices.Clone(chunk)
		d.inside += n
		d.total += int64(n)
		d.docs = append(d.docs, doc)
		return nil
	}
	doc.Object = true
	u, sum, size, err := d.store(ctx, d.buf[:n], ended, r)
	if u != nil {
		d.stored[len(d.docs)] = u
		d.total += size
	}
	doc.SHA256, doc.Size = hex.EncodeToString(sum.Sum(nil)), size
	d.docs = append(d.docs, doc)
	return err
}

// store puts a document into the object store while it comes; nil where it is not read.
func (d *Draft) store(ctx context.Context, chunk []byte, ended bool, r io.Reader) (u *upload, sum hash.Hash, size int64, err error) {
	sum = sha256.New()
	if len(d.docs) < maxCount && d.total < MaxDocuments {
		if u, err = d.s.q.begin(ctx); err != nil {
			return nil, sum, 0, err
		}
	}
	for {
		sum.Write(chunk)
		size += int64(len(chunk))
		if u != nil && (size > MaxDocument || d.total+size > MaxDocuments) {
			if err := d.s.q.end(ctx, u); err != nil {
				return u, sum, size, err
			}
			u = nil
		}
		if u != nil {
			if err := d.s.q.add(ctx, u, chunk); err != nil {
				return u, sum, size, err
			}
		}
		if ended {
			return u, sum, size, nil
		}
		n, err := io.ReadFull(r, d.buf)
		if ended = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF); err != nil && !ended {
			return u, sum, size, err
		}
		chunk = d.buf[:n]
		if n == 0 {
			return u, sum, size, nil
		}
	}
}

// Submit puts the application on the queue with the documents that came, in place of its
// earlier submission; sub names no Files. Errors are those of Submitter.Submit, or wrap
// ErrKey.
func (d *Draft) Submit(ctx context.Context, sub Submission) (*Receipt, error) {
	if err := checkNames(sub.Tenant, sub.Application); err != nil {
		return nil, err
	}
	a := &Application{V: EnvelopeVersion, Tenant: sub.Tenant, Application: sub.Application, Job: sub.Job, Applicant: sub.Applicant,
		Documents: d.docs, Links: slices.Clone(sub.Links)}
	if err := a.check(); err != nil {
		return nil, err
	}
	return d.s.hand(ctx, a, d.stored, sub.Key)
}

// Discard removes what came in and belongs to no submission. It does so also where ctx has
// ended; what it cannot remove is swept.
func (d *Draft) Discard(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	for i, u := range d.stored {
		if err := d.s.q.end(ctx, u); err != nil {
			d.s.q.log.Warn("what came in of a document is left for the sweep", zap.Error(plain(err)))
		}
		delete(d.stored, i)
	}
}

// Message puts on the queue what is a message already, in place of the application's
// earlier submission, and gives the application's name. The version and the tenant may be
// left out, and of a document that is in it, digest and size. Errors are those of
// Submitter.Submit, or wrap ErrKey.
func (s *Submitter) Message(ctx context.Context, tenant string, body []byte, key string) (string, *Receipt, error) {
	if len(body) > maxMessage {
		return "", nil, malformed("larger than %d bytes", maxMessage)
	}
	m, err := read.ParseObject(body, envelopeLimits)
	if err != nil {
		return "", nil, malformed("not strict JSON")
	}
	application, _ := m["application"].(string)
	if err := checkNames(tenant, application); err != nil {
		return "", nil, err
	}
	if m["v"] == nil {
		m["v"] = EnvelopeVersion
	}
	if m["tenant"] == nil {
		m["tenant"] = tenant
	}
	for _, d := range read.Objects(m["documents"]) {
		var x Document
		text, ok := d["data"].(string)
		if raw, err := json.Marshal(text); !ok || err != nil || json.Unmarshal([]byte(`{"data":`+string(raw)+`}`), &x) != nil {
			continue
		}
		if d["sha256"] == nil {
			sum := sha256.Sum256(x.Data)
			d["sha256"] = hex.EncodeToString(sum[:])
		}
		if d["size"] == nil {
			d["size"] = len(x.Data)
		}
	}
	if body, err = json.Marshal(m); err != nil {
		return "", nil, err
	}
	a, err := Decode(body, tenant, application)
	if err != nil {
		return application, nil, err
	}
	r, err := s.hand(ctx, a, nil, key)
	return application, r, err
}

func checkNames(tenant, application string) error {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return err
	}
	if record.CheckToken("application", application) != nil {
		return malformed("tenant or application is %v", record.ErrToken).at("application")
	}
	return nil
}

// hand puts a checked application on the queue, with the documents that are stored.
func (s *Submitter) hand(ctx context.Context, a *Application, stored map[int]*upload, key string) (r *Receipt, err error) {
	ctx, end := s.q.o.Tracing.submitting(ctx, a)
	defer func() { end(r, err) }()
	body, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	if len(body) > maxMessage-4096 { // room for headers
		return nil, malformed("larger than a message may be")
	}
	if err := s.refuseErased(ctx, a.Tenant, a.Application); err != nil {
		return nil, err
	}
	read := a.objects()
	for i, u := range stored {
		if !read[a.Documents[i].SHA256] {
			continue
		}
		if err := s.q.take(ctx, a.Tenant, a.Application, u); err != nil {
			return nil, err
		}
	}
	r, err = s.publishOnce(ctx, a.Tenant, a.Application, body, key)
	if err != nil {
		return nil, err
	}
	for i, u := range stored {
		if !read[a.Documents[i].SHA256] {
			continue
		}
		if err := s.q.settle(ctx, a.Tenant, a.Application, u); err != nil {
			return nil, err
		}
	}
	r.Unread = outcome(a.whole(nil), len(a.Documents)).Unread
	if err := s.refuseErased(ctx, a.Tenant, a.Application); err != nil {
		// Erased meanwhile: take back what came too late.
		return nil, errors.Join(err, s.q.forget(ctx, a.Tenant, a.Application))
	}
	// Documents that the earlier submission alone named are the sweep's.
	return r, nil
}

// ErrKey: a submission under the same key had another content.
var ErrKey = errors.New("another submission was handed in under this key")

// headerOnce, on a submission, has what it and those before it were handed in under: a
// digest of the key and one of the content, and the sequence, "-" for its own.
const headerOnce = "Assay-Once"

// maxOnce bounds them.
const maxOnce = 16

// publishOnce publishes a submission unless it was handed in before under the same key,
// as far as the application's newest submissions know.
func (s *Submitter) publishOnce(ctx context.Context, tenant, application string, body []byte, key string) (*Receipt, error) {
	subject := "applications." + tenant + "." + application
	id, of := "", s.once(tenant, application, string(body))
	if key != "" {
		id = s.once(tenant, application, "key "+key)
	}
	for try := range publishTries + 1 {
		// Most are an application's first: without a key nothing is to be known of
		// others, and the stream refuses it where there is one.
		var last *jetstream.RawStreamMsg
		err := error(jetstream.ErrMsgNotFound)
		if key != "" || try > 0 {
			last, err = s.q.last(ctx, StreamApplications, subject)
		}
		after, list := uint64(0), []string(nil)
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
		case err != nil:
			return nil, s.q.explain(err)
		default:
			after = last.Sequence
			for _, line := range last.Header.Values(headerOnce) {
				t := strings.Fields(line)
				if len(t) != 3 {
					continue
				}
				r := &Receipt{Sequence: last.Sequence, Submitted: last.Time, Repeated: true}
				if t[2] != "-" {
					n, err := strconv.ParseUint(t[2], 10, 64)
					if err != nil {
						continue
					}
					r.Sequence, r.Submitted = n, time.Time{}
				}
				switch {
				case id == "" || t[0] != id:
				case t[1] != of:
					return nil, ErrKey
				default:
					return r, nil
				}
				list = append(list, t[0]+" "+t[1]+" "+strconv.FormatUint(r.Sequence, 10))
			}
		}
		if id != "" {
			list = append([]string{id + " " + of + " -"}, list...)
		}
		m := &nats.Msg{Subject: subject, Data: body, Header: nats.Header{}}
		intoTrace(ctx, m.Header)
		if len(list) > 0 {
			m.Header[headerOnce] = list[:min(len(list), maxOnce)]
		}
		var ack *jetstream.PubAck
		err = s.q.allowed(ctx, func(ctx context.Context) (err error) {
			ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
			defer cancel()
			ack, err = s.q.js.PublishMsg(ctx, m, jetstream.WithExpectStream(StreamApplications), jetstream.WithExpectLastSequencePerSubject(after))
			return err
		}, subject)
		if isTaken(err) {
			continue
		}
		if err != nil {
			return nil, s.q.explain(err)
		}
		return &Receipt{Sequence: ack.Sequence}, nil
	}
	return nil, fmt.Errorf("%w: others submit the same application all the time", ErrNoQueue)
}

// once is a digest that nobody without the key can make.
func (s *Submitter) once(tenant, application, of string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte("once\x00" + tenant + "\x00" + application + "\x00" + of))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
