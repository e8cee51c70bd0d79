package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// The object store finds a document by its whole name alone, so that whose documents
// it has can only be asked of a list of all. HELD has them by application. One worker
// at a time keeps it up, by what the store has been given since; whoever needs all
// documents of an application reads HELD and what was given after its end.
const (
	storeDocuments = "OBJ_" + BucketDocuments
	heldSubject    = "$KV." + BucketHeld + "."
	heldKey        = "held" // its progress in BucketSweep
	orphansKey     = "orphans"
)

// object is a document that was put into the store.
type object struct {
	tenant, application, sha string
	jetstream.ObjectInfo
	seq uint64
}

// given calls f for every document that was put into the store from a sequence on,
// and was not replaced or removed. Of one whose name is none of ours the names are
// empty.
func (q *Queue) given(ctx context.Context, from uint64, f func(object) error) error {
	c := jetstream.OrderedConsumerConfig{FilterSubjects: []string{"$O." + BucketDocuments + ".M.>"}}
	return q.walkFrom(ctx, storeDocuments, from, c, func(m jetstream.Msg, md *jetstream.MsgMetadata) error {
		o := object{seq: md.Sequence.Stream}
		if json.Unmarshal(m.Data(), &o.ObjectInfo) != nil || o.Deleted {
			return nil
		}
		o.ModTime = md.Timestamp
		if p := strings.Split(o.Name, "/"); len(p) == 3 && isToken(p[0]) && isToken(p[1]) && digest.MatchString(p[2]) {
			o.tenant, o.application, o.sha = p[0], p[1], p[2]
		}
		return f(o)
	})
}

// holdDocuments brings HELD up to what the store has been given.
func (q *Queue) holdDocuments(ctx context.Context) error {
	p, err := q.progress(ctx, heldKey, storeDocuments)
	if err != nil {
		return err
	}
	last, n := p.Seq, 0
	err = q.given(ctx, p.Seq+1, func(o object) error {
		if o.sha != "" {
			_, err := q.js.Publish(ctx, heldSubject+o.tenant+"."+o.application+"."+o.sha, nil, jetstream.WithExpectStream("KV_"+BucketHeld))
			if err != nil {
				return q.explain(err)
			}
		}
		last = o.seq
		if n++; n%noteEvery == 0 {
			return q.doneUpTo(ctx, p, last)
		}
		return nil
	})
	return errors.Join(err, q.doneUpTo(ctx, p, last))
}

// letGo takes a document out of HELD, sha "*" all of the application.
func (q *Queue) letGo(ctx context.Context, tenant, application, sha string) error {
	s, err := q.stream(ctx, "KV_"+BucketHeld)
	if err != nil {
		return err
	}
	return q.explain(s.Purge(ctx, jetstream.WithPurgeSubject(heldSubject+tenant+"."+application+"."+sha)))
}

// held gives the digests of an application's documents in HELD.
func (q *Queue) held(ctx context.Context, tenant, application string) ([]string, error) {
	s, err := q.stream(ctx, "KV_"+BucketHeld)
	if err != nil {
		return nil, err
	}
	prefix := heldSubject + tenant + "." + application + "."
	i, err := s.Info(ctx, jetstream.WithSubjectFilter(prefix+"*"))
	if err != nil {
		return nil, q.explain(err)
	}
	var all []string
	for subject := range i.State.Subjects {
		all = append(all, strings.TrimPrefix(subject, prefix))
	}
	return all, nil
}

// forgetDocuments removes every document of an application.
func (q *Queue) forgetDocuments(ctx context.Context, tenant, application string) error {
	// How far first: what is noted in HELD meanwhile is found twice, and not never.
	p, err := q.progress(ctx, heldKey, storeDocuments)
	if err != nil {
		return err
	}
	list, err := q.held(ctx, tenant, application)
	if err != nil {
		return err
	}
	all := q.objectsOf(ctx, tenant, application)
	if all == nil {
		all = map[string]bool{}
	}
	for _, sha := range list {
		all[sha] = true
	}
	if err := q.given(ctx, p.Seq+1, func(o object) error {
		if o.tenant == tenant && o.application == application {
			all[o.sha] = true
		}
		return nil
	}); err != nil {
		return err
	}
	for _, sha := range slices.Sorted(maps.Keys(all)) {
		if err := q.deleteDocument(ctx, tenant, application, sha); err != nil {
			return err
		}
	}
	return q.letGo(ctx, tenant, application, "*")
}

// drop removes a document, and what is noted of it.
func (q *Queue) drop(ctx context.Context, tenant, application, sha string) error {
	if err := q.deleteDocument(ctx, tenant, application, sha); err != nil {
		return err
	}
	return q.letGo(ctx, tenant, application, sha)
}

// sweepDocuments removes documents that no newest submission names and that are old
// (young ones may belong to a submission on its way): of those that it has not looked
// at. What a later submission has replaced is the business of sweepReplaced.
func (q *Queue) sweepDocuments(ctx context.Context, old func(*jetstream.ObjectInfo) bool) (int, error) {
	if err := q.holdDocuments(ctx); err != nil {
		return 0, err
	}
	p, err := q.progress(ctx, orphansKey, storeDocuments)
	if err != nil {
		return 0, err
	}
	s, err := q.store(ctx)
	if err != nil {
		return 0, err
	}
	n, last, young, seen := 0, p.Seq, false, 0
	err = q.given(ctx, p.Seq+1, func(o object) error {
		if !old(&o.ObjectInfo) {
			young = true
			return nil
		}
		var named map[string]bool
		if o.sha != "" {
			if named, err = q.named(ctx, o.tenant, o.application); err != nil {
				return err
			}
		}
		switch {
		case named[o.sha]:
		case o.sha != "":
			if err := q.drop(ctx, o.tenant, o.application, o.sha); err != nil {
				return err
			}
			n++
		case isUpload(&o.ObjectInfo):
			more, err := q.sweepUpload(ctx, s, &o.ObjectInfo)
			if err != nil {
				return err
			}
			if more {
				n++
			}
		default:
			if err := q.shred(ctx, s, &o.ObjectInfo); err != nil {
				return err
			}
			n++
		}
		if !young {
			last = o.seq
		}
		if seen++; seen%noteEvery == 0 {
			return q.doneUpTo(ctx, p, last)
		}
		return nil
	})
	return n, errors.Join(err, q.doneUpTo(ctx, p, last))
}

// sweepReplaced removes documents of an application from before a time that its
// newest submission does not name, and gives their bytes: whoever published it need
// not have done so.
func (q *Queue) sweepReplaced(ctx context.Context, tenant, application string, before time.Time) (bytes int64, err error) {
	list, err := q.held(ctx, tenant, application)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	s, err := q.store(ctx)
	if err != nil {
		return 0, err
	}
	for _, sha := range list {
		i, err := s.GetInfo(ctx, objectName(tenant, application, sha))
		switch {
		case errors.Is(err, jetstream.ErrObjectNotFound):
			err = q.letGo(ctx, tenant, application, sha)
		case err == nil && i.ModTime.Before(before):
			// Asked for each time: a submission may have come meanwhile.
			named, e := q.named(ctx, tenant, application)
			if err = e; e == nil && !named[sha] {
				bytes += int64(i.Size)
				err = q.drop(ctx, tenant, application, sha)
			}
		}
		if err != nil {
			return bytes, q.explain(err)
		}
	}
	return bytes, nil
}

// named gives the digests that the newest submission names; none where there is none.
func (q *Queue) named(ctx context.Context, tenant, application string) (map[string]bool, error) {
	m, err := q.last(ctx, StreamApplications, "applications."+tenant+"."+application)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, q.explain(err)
	}
	return references(m.Data), nil
}
