package ingest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A document may come in before its digest is known, or whose it is. Its chunks go into
// the object store under a random name at once, and a record of that name tells of them
// from the beginning, so that what is left of one that broke off is swept. When the
// submission is whole, a record of the document's own name takes the chunks over. The
// random one says before which name that will be: from then on the chunks are the sweep's
// to take only where no record of that name has them. The names of subjects are those of
// NATS ADR-20.
const (
	uploadPrefix = "upload/"
	uploadFor    = "for"     // in a record's metadata: the name that takes the chunks over
	chunkBytes   = 288 << 10 // more than goes inside a message
)

// errGone: what was stored for a submission was taken away before the submission named it.
var errGone = errors.New("a document was removed while it was submitted: send the application again")

// upload is a document on its way into the object store.
type upload struct {
	nuid   string
	record uint64 // sequence of the record of the random name
	sum    hash.Hash
	size   int64
	chunks uint32
	taken  bool // a record of the document's own name has the chunks, or may have
	sure   bool // it has
}

func (u *upload) name() string { return uploadPrefix + u.nuid }

// as is what a record says of the chunks.
func (u *upload) as(name string) jetstream.ObjectInfo {
	return jetstream.ObjectInfo{ObjectMeta: jetstream.ObjectMeta{Name: name, Opts: &jetstream.ObjectMetaOptions{ChunkSize: chunkBytes}},
		Bucket: BucketDocuments, NUID: u.nuid, Size: uint64(u.size), Chunks: u.chunks, Digest: u.digest()}
}

func (u *upload) digest() string {
	return "SHA-256=" + base64.URLEncoding.EncodeToString(u.sum.Sum(nil))
}

func recordSubject(name string) string {
	return "$O." + BucketDocuments + ".M." + base64.URLEncoding.EncodeToString([]byte(name))
}

// putRecord writes a record behind the one of a sequence, 0 = there is none; isTaken
// reports of the error that another one came between.
func (q *Queue) putRecord(ctx context.Context, i jetstream.ObjectInfo, after uint64) (uint64, error) {
	body, err := json.Marshal(i)
	if err != nil {
		return 0, err
	}
	subject := recordSubject(i.Name)
	m := &nats.Msg{Subject: subject, Data: body, Header: nats.Header{jetstream.MsgRollup: {jetstream.MsgRollupSubject}}}
	// A form may take long to come, and each answer of the server not.
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	var ack *jetstream.PubAck
	if err := q.allowed(ctx, func(ctx context.Context) (err error) {
		ack, err = q.js.PublishMsg(ctx, m, jetstream.WithExpectStream(storeDocuments), jetstream.WithExpectLastSequencePerSubject(after))
		return err
	}, subject); err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// begin writes the record of a random name.
func (q *Queue) begin(ctx context.Context) (*upload, error) {
	u := &upload{nuid: rand.Text(), sum: sha256.New()}
	var err error
	u.record, err = q.putRecord(ctx, u.as(u.name()), 0)
	return u, q.explain(err)
}

// add stores one more chunk. One after the other: of several under way the server
// might take a later one first.
func (q *Queue) add(ctx context.Context, u *upload, chunk []byte) error {
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	if _, err := q.js.Publish(ctx, "$O."+BucketDocuments+".C."+u.nuid, chunk, jetstream.WithExpectStream(storeDocuments)); err != nil {
		return fmt.Errorf("document: %w", q.explain(err))
	}
	u.sum.Write(chunk)
	u.size += int64(len(chunk))
	u.chunks++
	return nil
}

// has reports whether the store has a whole document of that name, and what it knows of
// it: the sequence of the record, 0 = none.
func (q *Queue) has(ctx context.Context, name string, u *upload) (bool, jetstream.ObjectInfo, uint64, error) {
	var i jetstream.ObjectInfo
	m, err := q.last(ctx, storeDocuments, recordSubject(name))
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return false, i, 0, nil
	case err != nil:
		return false, i, 0, q.explain(err)
	case json.Unmarshal(m.Data, &i) != nil || i.Deleted:
		return false, jetstream.ObjectInfo{}, m.Sequence, nil
	}
	return i.Size == uint64(u.size) && i.Digest == u.digest() && q.kept(ctx, &i), i, m.Sequence, nil
}

// take has a record of the document's own name take the chunks over, where the store
// does not have the document already.
func (q *Queue) take(ctx context.Context, tenant, application string, u *upload) error {
	name := objectName(tenant, application, hex.EncodeToString(u.sum.Sum(nil)))
	for range publishTries {
		whole, have, after, err := q.has(ctx, name, u)
		if err != nil || whole {
			if whole && have.NUID == u.nuid {
				u.taken, u.sure = true, true
			}
			return err
		}
		note := u.as(u.name())
		note.Metadata = map[string]string{uploadFor: name}
		if u.record, err = q.putRecord(ctx, note, u.record); err != nil {
			return q.explain(err)
		}
		u.taken = true // whatever the answer is
		if _, err = q.putRecord(ctx, u.as(name), after); isTaken(err) {
			u.taken = false
			continue
		}
		if err != nil {
			return q.explain(err)
		}
		u.sure = true
		if have.NUID != "" && have.NUID != u.nuid { // of which chunks were missing
			return q.overwrite(ctx, storeDocuments, "$O."+BucketDocuments+".C."+have.NUID, int(have.Chunks))
		}
		return nil
	}
	return fmt.Errorf("%w: somebody else stores the same document", errGone)
}

// settle looks, when the submission is on the queue, whether the store has the document,
// which an earlier submission may have had removed before this one named it.
func (q *Queue) settle(ctx context.Context, tenant, application string, u *upload) error {
	mine := u.taken
	name := objectName(tenant, application, hex.EncodeToString(u.sum.Sum(nil)))
	whole, _, _, err := q.has(ctx, name, u)
	switch {
	case err != nil:
		return err
	case whole:
		return nil
	case mine: // and its chunks with it
		return errGone
	}
	return q.take(ctx, tenant, application, u)
}

// end forgets the random name: with the chunks, where no other record may have them.
func (q *Queue) end(ctx context.Context, u *upload) error {
	switch {
	case u.taken && !u.sure: // whether the record was written the sweep will see
		return nil
	case !u.taken:
		if err := q.overwrite(ctx, storeDocuments, "$O."+BucketDocuments+".C."+u.nuid, int(u.chunks)); err != nil {
			return err
		}
	}
	return q.unrecord(ctx, u.name())
}

// unrecord removes a record and not what it tells of.
func (q *Queue) unrecord(ctx context.Context, name string) error {
	s, err := q.stream(ctx, storeDocuments)
	if err != nil {
		return err
	}
	return q.explain(s.Purge(ctx, jetstream.WithPurgeSubject(recordSubject(name))))
}

// sweepUpload removes what is left of a document that did not come in whole, or of the
// way that it came in, and reports whether there was more than that.
func (q *Queue) sweepUpload(ctx context.Context, s jetstream.ObjectStore, o *jetstream.ObjectInfo) (bool, error) {
	if name := o.Metadata[uploadFor]; name != "" {
		switch i, err := s.GetInfo(ctx, name); {
		case err == nil && i.NUID == o.NUID:
			return false, q.unrecord(ctx, o.Name)
		case err != nil && !errors.Is(err, jetstream.ErrObjectNotFound):
			return false, q.explain(err)
		}
	}
	// How many chunks came nobody has noted.
	if err := q.overwrite(ctx, storeDocuments, "$O."+BucketDocuments+".C."+o.NUID, MaxDocument/chunkBytes+1); err != nil {
		return false, err
	}
	return true, q.unrecord(ctx, o.Name)
}

func isUpload(o *jetstream.ObjectInfo) bool {
	nuid, ok := strings.CutPrefix(o.Name, uploadPrefix)
	return ok && nuid == o.NUID
}

// endTime is what is left for ending uploads whose sender has gone.
const endTime = 10 * time.Second
