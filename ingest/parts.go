package ingest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The object store's subjects do not tell whose a document is, and who may write there
// may take away what is others'. So one who has rights for one tenant alone stores a
// document that is too large for a message in parts, in their order, on
// parts.<tenant>.<application>.<sha256>.0, .1 and so on. The submission names it as one
// of the object store.

// StreamParts is the stream of documents in parts.
const StreamParts = "PARTS"

// partBytes is what a part holds at most.
const partBytes = 512 << 10

// maxParts is more than the parts of an application's documents are, of several
// submissions.
const maxParts = 1024

func partsOf(tenant, application, sha string) string {
	return "parts." + tenant + "." + application + "." + sha
}

// parts is the stream's configuration. Its bytes are not set aside on the server, as
// those of the object store are; the number of messages bounds them.
func (r Retention) parts(c *jetstream.StreamConfig) {
	c.Name, c.Subjects = StreamParts, []string{"parts.*.*.*.*"}
	c.Description = "Documents too large for a message, in parts, of users with rights for one tenant"
	c.Discard, c.MaxMsgsPerSubject = jetstream.DiscardNew, 1
	c.MaxAge, c.MaxMsgs, c.MaxMsgSize = r.MaxAge, max(1, r.Documents/partBytes), partBytes+4096
}

func (q *Queue) putParts(ctx context.Context, tenant, application string, docs map[string][]byte) error {
	for sha, data := range docs {
		for n := 0; len(data) > 0; n++ {
			part := data[:min(len(data), partBytes)]
			data = data[len(part):]
			subject := partsOf(tenant, application, sha) + "." + strconv.Itoa(n)
			if err := q.allowed(ctx, func(ctx context.Context) error {
				_, err := q.js.Publish(ctx, subject, part, jetstream.WithExpectStream(StreamParts))
				return q.explain(err)
			}, subject); err != nil {
				return fmt.Errorf("document: %w", err)
			}
		}
	}
	return nil
}

// joined reads a document that was stored in parts; nil when one is missing.
func (q *Queue) joined(ctx context.Context, tenant, application string, d Document) ([]byte, error) {
	var data []byte
	for n := 0; int64(len(data)) < d.Size; n++ {
		m, err := q.last(ctx, StreamParts, partsOf(tenant, application, d.SHA256)+"."+strconv.Itoa(n))
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			return nil, nil
		case err != nil:
			return nil, q.explain(err)
		case len(m.Data) == 0 || int64(len(data)+len(m.Data)) > d.Size:
			return nil, errDocumentMismatch
		}
		data = append(data, m.Data...)
	}
	return data, nil
}

func (q *Queue) forgetParts(ctx context.Context, tenant, application string) error {
	subject := "parts." + tenant + "." + application + ".>"
	if err := q.overwrite(ctx, StreamParts, subject, maxParts); err != nil {
		return err
	}
	s, err := q.stream(ctx, StreamParts)
	if err != nil {
		return err
	}
	return q.explain(s.Purge(ctx, jetstream.WithPurgeSubject(subject)))
}

// sweepParts removes parts that no newest submission names and that came before then
// (later ones may belong to a submission on its way).
func (q *Queue) sweepParts(ctx context.Context, then time.Time) (int, error) {
	s, err := q.stream(ctx, StreamParts)
	if err != nil {
		return 0, err
	}
	n, of, named := 0, "", map[string]bool(nil)
	err = q.walk(ctx, StreamParts, "parts.>", func(subject string, _ nats.Header, seq uint64, at time.Time) error {
		if at.After(then) {
			return nil
		}
		t := strings.Split(subject, ".")
		if len(t) != 5 {
			return nil
		}
		if k := t[1] + "." + t[2]; k != of {
			m, err := q.last(ctx, StreamApplications, "applications."+k)
			switch {
			case err == nil:
				named = references(m.Data)
			case errors.Is(err, jetstream.ErrMsgNotFound):
				named = nil
			default:
				return q.explain(err)
			}
			of = k
		}
		if named[t[3]] {
			return nil
		}
		if err := s.SecureDeleteMsg(ctx, seq); err != nil && !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
			return q.explain(err)
		}
		n++
		return nil
	})
	return n, err
}
