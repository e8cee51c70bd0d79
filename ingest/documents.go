package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"assay/extract"

	"github.com/nats-io/nats.go/jetstream"
)

// Why the documents of a submission cannot be had.
var (
	errDocumentMissing  = errors.New("not in the object store")
	errDocumentLost     = errors.New("chunks are missing in the object store")
	errDocumentMismatch = errors.New("not what the submission names, in the object store")
)

func (q *Queue) store(ctx context.Context) (jetstream.ObjectStore, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.objects != nil {
		return q.objects, nil
	}
	s, err := q.js.ObjectStore(ctx, BucketDocuments)
	if err != nil {
		return nil, q.explain(err)
	}
	q.objects = s
	return s, nil
}

// objectName is made from the subject's own names, never from what a message
// says, so that no submission can reach another's documents.
func objectName(tenant, application, sha string) string {
	return tenant + "/" + application + "/" + sha
}

func (q *Queue) putDocuments(ctx context.Context, tenant, application string, docs map[string][]byte) error {
	if len(docs) == 0 {
		return nil
	}
	s, err := q.store(ctx)
	if err != nil {
		return err
	}
	for sha, data := range docs {
		name := objectName(tenant, application, sha)
		if i, err := s.GetInfo(ctx, name); err == nil && i.Size == uint64(len(data)) && q.kept(ctx, i) {
			continue
		}
		if _, err := s.Put(ctx, jetstream.ObjectMeta{Name: name}, bytes.NewReader(data)); err != nil {
			return fmt.Errorf("document: %w", q.explain(err))
		}
	}
	return nil
}

// kept reports whether the store has all chunks of an object that it knows: of one
// that lost some, a submission that brings it again makes it whole.
func (q *Queue) kept(ctx context.Context, o *jetstream.ObjectInfo) bool {
	s, err := q.stream(ctx, "OBJ_"+BucketDocuments)
	if err != nil {
		return true
	}
	i, err := s.Info(ctx, jetstream.WithSubjectFilter("$O."+BucketDocuments+".C."+o.NUID))
	if err != nil {
		return true // who may not ask
	}
	n := uint64(0)
	for _, chunks := range i.State.Subjects {
		n += chunks
	}
	return n >= uint64(o.Chunks)
}

func (q *Queue) deleteDocument(ctx context.Context, tenant, application, sha string) error {
	s, err := q.store(ctx)
	if err != nil {
		return err
	}
	i, err := s.GetInfo(ctx, objectName(tenant, application, sha))
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil
	}
	if err != nil {
		return q.explain(err)
	}
	return q.shred(ctx, s, i)
}

// shred deletes an object whose bytes are overwritten first: the store itself
// would leave them on the disk until it needs the room. The names of stream and
// subject are those of NATS ADR-20.
func (q *Queue) shred(ctx context.Context, s jetstream.ObjectStore, o *jetstream.ObjectInfo) error {
	if err := q.overwrite(ctx, "OBJ_"+BucketDocuments, "$O."+BucketDocuments+".C."+o.NUID, int(o.Chunks)); err != nil {
		return err
	}
	if err := s.Delete(ctx, o.Name); err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
		return q.explain(err)
	}
	return nil
}

// objectsOf gives the digests of the documents by reference of the newest
// submission.
func (q *Queue) objectsOf(ctx context.Context, tenant, application string) map[string]bool {
	m, err := q.last(ctx, StreamApplications, "applications."+tenant+"."+application)
	if err != nil {
		return nil
	}
	return references(m.Data)
}

// references reads the digests that a submission names; one that is malformed
// names none.
func references(data []byte) map[string]bool {
	var a struct {
		Documents []struct {
			SHA256 string `json:"sha256"`
			Object bool   `json:"object"`
		} `json:"documents"`
	}
	if json.Unmarshal(data, &a) != nil {
		return nil
	}
	out := map[string]bool{}
	for _, d := range a.Documents {
		if d.Object && digest.MatchString(d.SHA256) {
			out[d.SHA256] = true
		}
	}
	return out
}

// objects are the digests of the documents by reference that are read.
func (a *Application) objects() map[string]bool {
	all := map[string]bool{}
	for _, d := range a.Documents {
		if d.Object && d.gap == "" {
			all[d.SHA256] = true
		}
	}
	return all
}

// documents fetches what the submission names. One that cannot be had costs that
// one alone: its gap says why, and gone in words for a log. An error is the store's,
// not a document's; at the last try it is a document's.
func (q *Queue) documents(ctx context.Context, a *Application, last bool) (docs []extract.Document, gone []error, err error) {
	for i := range a.Documents {
		d := &a.Documents[i]
		data := d.Data
		if d.gap == "" && d.Object {
			data, err = q.document(ctx, a.Tenant, a.Application, *d)
			switch {
			case err == nil:
			case errors.Is(err, errDocumentMismatch):
				d.gap = extract.ReasonMismatch
			case errors.Is(err, errDocumentMissing), errors.Is(err, errDocumentLost), last && ctx.Err() == nil:
				d.gap = extract.ReasonMissing
			default:
				return nil, nil, err
			}
			if err != nil {
				gone = append(gone, fmt.Errorf("document %d: %w", i+1, plain(err)))
			}
		}
		if d.gap == "" {
			docs = append(docs, extract.Document{Name: d.Name, ContentType: d.Type, Data: data})
		}
	}
	return docs, gone, nil
}

func (q *Queue) document(ctx context.Context, tenant, application string, d Document) ([]byte, error) {
	s, err := q.store(ctx)
	if err != nil {
		return nil, err
	}
	o, err := s.Get(ctx, objectName(tenant, application, d.SHA256))
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		data, err := q.joined(ctx, tenant, application, d)
		if data == nil && err == nil {
			err = errDocumentMissing
		}
		return d.is(data, err)
	}
	if err != nil {
		return nil, q.explain(err)
	}
	defer o.Close()
	data, err := io.ReadAll(io.LimitReader(o, d.Size+1))
	i, _ := o.Info() // its error is that of reading
	switch {
	case i != nil && i.Size == uint64(d.Size) && int64(len(data)) < d.Size && ctx.Err() == nil && q.nc.IsConnected():
		// The store knows it, and what it knows of does not come.
		return nil, errDocumentLost
	case errors.Is(err, jetstream.ErrDigestMismatch):
		return nil, errDocumentMismatch
	}
	return d.is(data, err)
}

// is gives the bytes that were read, when they are the document's.
func (d *Document) is(data []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	if int64(len(data)) != d.Size || hex.EncodeToString(sum[:]) != d.SHA256 {
		return nil, errDocumentMismatch
	}
	return data, nil
}
