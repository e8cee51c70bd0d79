package ingest

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"assay/index/record"
	"assay/index/web/kept"

	"github.com/nats-io/nats.go/jetstream"
)

// BucketSaved has, sealed with the installation's key, the shortlists and searches that
// recruiters keep: of.<tenant>.<id>; and which search a feed's token reads, by the token's
// digest: feed.<digest>.
const BucketSaved = "SAVED"

// Prefixes of its keys.
const (
	savedThings = "of."
	savedFeeds  = "feed."
)

func (q *Queue) setupSaved(ctx context.Context) error {
	return q.bucket(ctx, jetstream.KeyValueConfig{Bucket: BucketSaved, Description: "Shortlists and searches that recruiters keep, sealed", MaxValueSize: kept.MaxValue + 1024})
}

// Saved is what recruiters keep, of all tenants. Errors that are not package kept's wrap
// kept.ErrAway. Safe for concurrent use.
type Saved struct {
	q    *Queue
	key  []byte
	seal cipher.AEAD
}

// Saved gives what is kept, and has erasures by this Queue take applicants out of it; the
// key is the installation's.
func (q *Queue) Saved(key []byte) (*Saved, error) {
	seal, err := sealOf(key, "saved")
	if err != nil {
		return nil, err
	}
	s := &Saved{q: q, key: key, seal: seal}
	q.saved.CompareAndSwap(nil, s)
	return s, nil
}

func (s *Saved) away(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", kept.ErrAway, s.q.explain(err))
}

func (s *Saved) kv(ctx context.Context) (jetstream.KeyValue, error) {
	kv, err := s.q.js.KeyValue(ctx, BucketSaved)
	return kv, s.away(err)
}

func keyOfSaved(tenant, id string) string { return savedThings + tenant + "." + id }

// open reads what stands under a key; nil for what this installation did not write there.
func (s *Saved) open(key string, value []byte) *kept.Thing {
	body, ok := unsealed(s.seal, key, value)
	if !ok {
		return nil
	}
	var t kept.Thing
	if json.Unmarshal(body, &t) != nil || key != keyOfSaved(t.Tenant, t.ID) || (t.List == nil) == (t.Search == nil) {
		return nil
	}
	return &t
}

func (s *Saved) write(t *kept.Thing) (key string, value []byte, err error) {
	key = keyOfSaved(t.Tenant, t.ID)
	body, err := t.Encode()
	if err != nil {
		return "", nil, err
	}
	value, err = sealed(s.seal, key, body)
	return key, value, err
}

// All gives everything that a tenant keeps, with "" all tenants, in the order in which it
// was begun.
func (s *Saved) All(ctx context.Context, tenant string) ([]*kept.Thing, error) {
	keys := keyOfSaved("*", "*")
	if tenant != "" {
		if err := record.CheckToken("tenant", tenant); err != nil {
			return nil, err
		}
		keys = keyOfSaved(tenant, "*")
	}
	kv, err := s.kv(ctx)
	if err != nil {
		return nil, err
	}
	w, err := kv.Watch(ctx, keys, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, s.away(err)
	}
	defer func() { _ = w.Stop() }()
	var all []*kept.Thing
	for {
		select {
		case <-ctx.Done():
			return nil, s.away(ctx.Err())
		case e, ok := <-w.Updates():
			switch {
			case !ok:
				return nil, s.away(jetstream.ErrConsumerNotFound)
			case e == nil: // that was all
				slices.SortFunc(all, func(a, b *kept.Thing) int {
					if c := a.Created.Compare(b.Created); c != 0 {
						return c
					}
					return strings.Compare(a.ID, b.ID)
				})
				return all, nil
			}
			if t := s.open(e.Key(), e.Value()); t != nil && (tenant == "" || t.Tenant == tenant) {
				all = append(all, t)
			}
		}
	}
}

// Add keeps one thing more, and gives it its id: kept.ErrMany.
func (s *Saved) Add(ctx context.Context, t *kept.Thing) error {
	all, err := s.All(ctx, t.Tenant)
	if err != nil {
		return err
	}
	if tooMany(all, t.Owner, 1) {
		return kept.ErrMany
	}
	t.ID = strings.ToLower(rand.Text())
	key, value, err := s.write(t)
	if err != nil {
		return err
	}
	kv, err := s.kv(ctx)
	if err != nil {
		return err
	}
	if _, err = kv.Create(ctx, key, value); err != nil {
		return s.away(err)
	}
	// Others may have added at the same time.
	all, err = s.All(ctx, t.Tenant)
	if err == nil && tooMany(all, t.Owner, 0) {
		err = kept.ErrMany
	}
	if err != nil {
		return errors.Join(err, s.away(kv.Purge(ctx, key)))
	}
	return nil
}

// tooMany reports whether a caller or a tenant has too many things, with some more.
func tooMany(all []*kept.Thing, owner string, more int) bool {
	own := 0
	for _, x := range all {
		if x.Owner == owner {
			own++
		}
	}
	return own+more > kept.MaxOwn || len(all)+more > kept.MaxTenant
}

// get reads one thing and its revision: kept.ErrNone.
func (s *Saved) get(ctx context.Context, kv jetstream.KeyValue, tenant, id string) (*kept.Thing, uint64, error) {
	if record.CheckToken("tenant", tenant) != nil || record.CheckToken("application", id) != nil {
		return nil, 0, kept.ErrNone
	}
	key := keyOfSaved(tenant, id)
	e, err := kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, 0, kept.ErrNone
	}
	if err != nil {
		return nil, 0, s.away(err)
	}
	t := s.open(key, e.Value())
	if t == nil {
		return nil, 0, kept.ErrNone
	}
	return t, e.Revision(), nil
}

// Change reads a thing, has f change it, and writes it if nobody else has meanwhile: else
// f is called again with what he wrote. An error of f is given as it is, and nothing is
// written. Its feeds are known before, and forgotten after.
func (s *Saved) Change(ctx context.Context, tenant, id string, f func(*kept.Thing) error) (*kept.Thing, error) {
	kv, err := s.kv(ctx)
	if err != nil {
		return nil, err
	}
	for range rosterTries {
		t, revision, err := s.get(ctx, kv, tenant, id)
		if err != nil {
			return nil, err
		}
		before := feedsOf(t)
		if err := f(t); err != nil {
			return nil, err
		}
		for _, digest := range feedsOf(t) {
			if !slices.Contains(before, digest) {
				if err := s.putFeed(ctx, kv, t, digest); err != nil {
					return nil, err
				}
			}
		}
		key, value, err := s.write(t)
		if err != nil {
			return nil, err
		}
		if _, err = kv.Update(ctx, key, value, revision); outrun(err) || isTaken(err) {
			continue
		} else if err != nil {
			return nil, s.away(err)
		}
		for _, digest := range before {
			if !slices.Contains(feedsOf(t), digest) {
				if err := kv.Purge(ctx, savedFeeds+digest); err != nil {
					return nil, s.away(err)
				}
			}
		}
		return t, nil
	}
	return nil, fmt.Errorf("%w: it is written to all the time", kept.ErrAway)
}

// Remove keeps a thing no longer: kept.ErrNone.
func (s *Saved) Remove(ctx context.Context, tenant, id string) error {
	kv, err := s.kv(ctx)
	if err != nil {
		return err
	}
	t, _, err := s.get(ctx, kv, tenant, id)
	if err != nil {
		return err
	}
	if err := kv.Purge(ctx, keyOfSaved(tenant, id)); err != nil {
		return s.away(err)
	}
	for _, digest := range feedsOf(t) {
		if err := kv.Purge(ctx, savedFeeds+digest); err != nil {
			return s.away(err)
		}
	}
	return nil
}

// feedsOf gives the digests of a thing's feeds.
func feedsOf(t *kept.Thing) []string {
	var all []string
	if t.Search != nil {
		for _, f := range t.Search.Feeds {
			all = append(all, f.Digest)
		}
	}
	return all
}

// savedFeed says which search a feed reads.
type savedFeed struct {
	Tenant string `json:"tenant"`
	ID     string `json:"id"`
}

func (s *Saved) putFeed(ctx context.Context, kv jetstream.KeyValue, t *kept.Thing, digest string) error {
	body, err := json.Marshal(savedFeed{t.Tenant, t.ID})
	if err != nil {
		return err
	}
	if body, err = sealed(s.seal, savedFeeds+digest, body); err != nil {
		return err
	}
	_, err = kv.Put(ctx, savedFeeds+digest, body)
	return s.away(err)
}

// Feed gives the search that a feed reads, by the digest of its token: kept.ErrNone. What
// the search itself does not have among its feeds was taken back.
func (s *Saved) Feed(ctx context.Context, sum string) (*kept.Thing, error) {
	if !digest.MatchString(sum) {
		return nil, kept.ErrNone
	}
	kv, err := s.kv(ctx)
	if err != nil {
		return nil, err
	}
	e, err := kv.Get(ctx, savedFeeds+sum)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, kept.ErrNone
	}
	if err != nil {
		return nil, s.away(err)
	}
	var at savedFeed
	if body, ok := unsealed(s.seal, savedFeeds+sum, e.Value()); !ok || json.Unmarshal(body, &at) != nil {
		return nil, kept.ErrNone
	}
	t, _, err := s.get(ctx, kv, at.Tenant, at.ID)
	if err == nil && !slices.Contains(feedsOf(t), sum) {
		err = kept.ErrNone
	}
	return t, err
}

// having gives a tenant's things that an application is in, as forgetting it shows.
func (s *Saved) having(ctx context.Context, tenant, application string) ([]*kept.Thing, error) {
	all, err := s.All(ctx, tenant)
	id := record.ID(s.key, tenant, application)
	return slices.DeleteFunc(all, func(t *kept.Thing) bool { return !t.Forget(id) }), err
}

// errSavedKey: an erasure cannot look into what recruiters keep.
var errSavedKey = errors.New("what recruiters keep is sealed, and this process does not have the key: have the erasure done by assay serve or assay work")

// savedOf counts the things that an application is in.
func (q *Queue) savedOf(ctx context.Context, tenant, application string) (int, error) {
	s := q.saved.Load()
	if s == nil {
		return 0, nil
	}
	all, err := s.having(ctx, tenant, application)
	if errors.Is(err, ErrNoQueue) { // of an earlier release, which kept nothing
		err = nil
	}
	return len(all), err
}

// forgetSaved takes an application out of all that recruiters keep. It comes after the
// index has forgotten it: whoever keeps it later looks there afterwards.
func (q *Queue) forgetSaved(ctx context.Context, tenant, application string) error {
	s := q.saved.Load()
	if s == nil {
		return q.savesNothing(ctx, tenant)
	}
	all, err := s.having(ctx, tenant, application)
	if errors.Is(err, ErrNoQueue) {
		return nil
	}
	if err != nil {
		return err
	}
	id := record.ID(s.key, tenant, application)
	for _, t := range all {
		if _, err := s.Change(ctx, tenant, t.ID, func(t *kept.Thing) error { t.Forget(id); return nil }); err != nil && !errors.Is(err, kept.ErrNone) {
			return err
		}
	}
	return nil
}

// savesNothing is errSavedKey where a tenant keeps anything.
func (q *Queue) savesNothing(ctx context.Context, tenant string) error {
	kv, err := q.js.KeyValue(ctx, BucketSaved)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil
	}
	if err != nil {
		return q.explain(err)
	}
	keys, err := kv.ListKeysFiltered(ctx, keyOfSaved(tenant, "*"))
	if err != nil {
		return q.explain(err)
	}
	defer func() { _ = keys.Stop() }()
	for range keys.Keys() {
		return errSavedKey
	}
	return nil
}
