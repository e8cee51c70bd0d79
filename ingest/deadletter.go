package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"assay/index/record"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Class says why a message is a dead letter.
type Class string

const (
	ClassSubject   Class = "subject"           // published under names that are no tokens
	ClassMalformed Class = "malformed"         // the submission is not what the contract says
	ClassTenant    Class = "unknown_tenant"    // this installation does not work for the tenant; of earlier versions: today it stays on the queue
	ClassMissing   Class = "document_missing"  // a document by reference never came; of earlier versions: today the rest is indexed
	ClassMismatch  Class = "document_mismatch" // a document by reference is another one; of earlier versions, likewise
	ClassIndex     Class = "index_refused"     // the engine refuses the document as such
	ClassFault     Class = "fault"             // assay itself failed on it, or on a part of it; it is indexed without, where it could be
	ClassStuck     Class = "stuck"             // examining it came to no end in twice the time that it has
	ClassExhausted Class = "exhausted"         // tried too often without an answer: crash, or a fault that does not pass
)

// meaning of each class, for the Error header: never anything out of the
// message itself.
var meaning = map[Class]string{
	ClassSubject:   "tenant or application in the subject is not 1 to 64 of A-Z a-z 0-9 _ -",
	ClassMalformed: "the submission is malformed",
	ClassTenant:    "this installation does not work for the tenant",
	ClassMissing:   "a document by reference is not in the object store",
	ClassMismatch:  "a document by reference does not have the sha256 or size that is named",
	ClassIndex:     "the index refuses the document",
	ClassFault:     "assay itself failed",
	ClassStuck:     "examining it came to no end in twice the time that an application has",
	ClassExhausted: "tried too often without success",
}

// Words is what the class means, in a sentence for an operator; "" for a code
// that this version does not know.
func (c Class) Words() string {
	text := meaning[c]
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// Headers of a dead letter.
const (
	headerClass    = "Error-Class"
	headerError    = "Error"
	headerAttempts = "Attempts"
)

// undeliverable is the tenant of dead letters whose subject names none. It is
// no token, so nobody can be called it.
const undeliverable = "~"

// letter is a submission that could not be worked on.
type letter struct {
	subject   string
	data      []byte
	sequence  uint64
	again     uint64
	submitted time.Time
	attempts  uint64
	class     Class
	detail    string // beside the class's meaning; never out of the message
}

// bury publishes a dead letter. None of the message's own headers go with it.
func (q *Queue) bury(ctx context.Context, l letter) error {
	tenant, application, ok := split(l.subject, "applications")
	if !ok {
		sum := sha256.Sum256([]byte(l.subject))
		tenant, application = undeliverable, hex.EncodeToString(sum[:16])
	}
	text := meaning[l.class]
	if l.detail != "" {
		text += ": " + l.detail
	}
	m := &nats.Msg{Subject: "deadletters." + tenant + "." + application, Data: l.data, Header: mark{l.sequence, l.submitted.UnixNano()}.header()}
	m.Header.Set(headerClass, string(l.class))
	m.Header.Set(headerError, text)
	m.Header.Set(headerAttempts, strconv.FormatUint(l.attempts, 10))
	// A crash between this and the answer to the queue must not make two; what was tried
	// again from a letter that is gone, and fails again, must make another.
	id := fmt.Sprintf("%s-%d-%d-%d-%s", StreamApplications, l.sequence, l.submitted.UnixNano(), l.again, l.class)
	if _, err := q.js.PublishMsg(ctx, m, jetstream.WithMsgID(id), jetstream.WithExpectStream(StreamDeadLetters)); err != nil {
		return q.explain(err)
	}
	if !ok {
		return nil
	}
	if err := q.refuseErased(ctx, tenant, application); errors.Is(err, ErrErased) {
		return q.wipe(ctx, StreamDeadLetters, m.Subject)
	}
	return nil
}

// DeadLetter is one dead letter without its body.
type DeadLetter struct {
	Sequence    uint64    `json:"sequence"` // in DEADLETTERS: its name for show, retry and drop
	Tenant      string    `json:"tenant"`
	Application string    `json:"application"`
	Class       Class     `json:"class"`
	Error       string    `json:"error"`
	Attempts    int       `json:"attempts"`
	Submitted   time.Time `json:"submitted,omitzero"`
	Buried      time.Time `json:"buried"`
	Bytes       int       `json:"bytes,omitempty"`
}

// ErrNoLetter: there is no dead letter of that number.
var ErrNoLetter = errors.New("no such dead letter")

// ErrOutdated: a newer submission of the application is there, or none of its
// subject can be, so the letter cannot be tried again.
var ErrOutdated = errors.New("dead letter cannot be tried again")

func deadLetter(subject string, h nats.Header, seq uint64, at time.Time) DeadLetter {
	rest := strings.TrimPrefix(subject, "deadletters.")
	tenant, application, _ := strings.Cut(rest, ".")
	d := DeadLetter{Sequence: seq, Tenant: tenant, Application: application, Class: Class(h.Get(headerClass)), Error: h.Get(headerError), Buried: at}
	d.Attempts, _ = strconv.Atoi(h.Get(headerAttempts))
	if n := submitted(h); n != 0 {
		d.Submitted = time.Unix(0, n).UTC()
	}
	return d
}

// DeadLetters calls f for every dead letter of the tenant ("" = of all), oldest
// first, until f fails.
func (q *Queue) DeadLetters(ctx context.Context, tenant string, f func(DeadLetter) error) error {
	filter := "deadletters.>"
	if tenant != "" {
		if err := record.CheckToken("tenant", tenant); err != nil {
			return err
		}
		filter = "deadletters." + tenant + ".*"
	}
	return q.walk(ctx, StreamDeadLetters, filter, func(subject string, h nats.Header, seq uint64, at time.Time) error {
		return f(deadLetter(subject, h, seq, at))
	})
}

// ShowDeadLetter gives one dead letter and its body. The body is personal.
func (q *Queue) ShowDeadLetter(ctx context.Context, seq uint64) (*DeadLetter, []byte, error) {
	s, err := q.stream(ctx, StreamDeadLetters)
	if err != nil {
		return nil, nil, err
	}
	m, err := s.GetMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil, ErrNoLetter
	}
	if err != nil {
		return nil, nil, q.explain(err)
	}
	d := deadLetter(m.Subject, m.Header, m.Sequence, m.Time)
	d.Bytes = len(m.Data)
	return &d, m.Data, nil
}

// RetryDeadLetter puts the submission back to work and drops the letter. What
// is still the application's newest submission is checked again as of its own
// time; what the queue no longer has is submitted anew; what a newer one has
// replaced is ErrOutdated.
func (q *Queue) RetryDeadLetter(ctx context.Context, seq uint64) error {
	d, body, err := q.ShowDeadLetter(ctx, seq)
	if err != nil {
		return err
	}
	if d.Tenant == undeliverable {
		return fmt.Errorf("%w: its subject named no application", ErrOutdated)
	}
	if err := q.refuseErased(ctx, d.Tenant, d.Application); err != nil {
		return err
	}
	subject := "applications." + d.Tenant + "." + d.Application
	last, err := q.last(ctx, StreamApplications, subject)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		if _, err := q.js.Publish(ctx, subject, body, jetstream.WithExpectLastSequencePerSubject(0)); err != nil {
			return q.explain(err)
		}
	case err != nil:
		return q.explain(err)
	case string(last.Data) != string(body):
		return fmt.Errorf("%w: a newer submission of the application is there", ErrOutdated)
	default:
		if err := q.recheck(ctx, d.Tenant, d.Application, recheck{V: 1, Reason: "retry"}); err != nil {
			return err
		}
	}
	return q.DropDeadLetter(ctx, seq)
}

// DropDeadLetter removes a dead letter for good.
func (q *Queue) DropDeadLetter(ctx context.Context, seq uint64) error {
	s, err := q.stream(ctx, StreamDeadLetters)
	if err != nil {
		return err
	}
	err = s.SecureDeleteMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
		return ErrNoLetter
	}
	return q.explain(err)
}

// walk calls f for every message of a stream that is there now, without bodies.
func (q *Queue) walk(ctx context.Context, stream, filter string, f func(subject string, h nats.Header, seq uint64, at time.Time) error) error {
	return q.walkFrom(ctx, stream, 1, jetstream.OrderedConsumerConfig{FilterSubjects: []string{filter}, HeadersOnly: true}, func(m jetstream.Msg, md *jetstream.MsgMetadata) error {
		return f(m.Subject(), m.Headers(), md.Sequence.Stream, md.Timestamp)
	})
}

const walkIdle = 10 * time.Second

// walkFrom calls f for every message of a stream that is there now, from a sequence
// on, as c says. The server forgets the walk walkIdle after its last request, or its
// consumers would gather: each erasure walks.
func (q *Queue) walkFrom(ctx context.Context, stream string, from uint64, c jetstream.OrderedConsumerConfig, f func(jetstream.Msg, *jetstream.MsgMetadata) error) error {
	c.DeliverPolicy, c.OptStartSeq, c.InactiveThreshold = jetstream.DeliverByStartSequencePolicy, max(from, 1), walkIdle
	o, err := q.js.OrderedConsumer(ctx, stream, c)
	if err != nil {
		return q.explain(err)
	}
	for {
		// The consumer was made just now: what waits is what is there.
		b, err := o.FetchNoWait(500)
		if err != nil {
			return q.explain(err)
		}
		n := 0
		for m := range b.Messages() {
			n++
			md, err := m.Metadata()
			if err != nil {
				return err
			}
			if err := f(m, md); err != nil {
				return err
			}
		}
		if err := b.Error(); err != nil {
			return q.explain(err)
		}
		if n == 0 {
			return ctx.Err()
		}
	}
}
