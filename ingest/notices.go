package ingest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"assay/index/record"
	"assay/verify/guard"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// Buckets of what hiring systems notify.
const (
	BucketNotices = "NOTICES" // key-value: <hook>.<digest>: a notice that waits, empty when it is worked off
	BucketRoster  = "ROSTER"  // key-value: a digest of a hiring system's candidate: the applications that came of it
)

// NoticeMemory is how long a notice that was worked off is known again.
const NoticeMemory = 30 * 24 * time.Hour

// Bounds of notices.
const (
	MaxNotice      = 900 << 10 // bytes of one that waits
	maxNotices     = 32 << 20  // of all, packed: what the embedded queue has left for them
	noticeID       = 128       // of it, a notice's id and headers
	noticeYield    = 256       // known ones that give way at a time, for looking through all of a hook's takes a while
	noticeTime     = 5 * time.Minute
	noticePull     = 30 * time.Second
	noticeFirst    = 5 * time.Second // until it is tried again, at first
	noticeLast     = time.Hour
	noticeAge      = 3 * 24 * time.Hour // at which it is given up
	noticeTries    = 8                  // and not before so many: whoever works on it may have been away
	rosterTries    = 20
	maxRosterValue = 64 << 10
)

func (q *Queue) setupNotices(ctx context.Context) error {
	for _, c := range []jetstream.KeyValueConfig{
		{Bucket: BucketNotices, Description: "What hiring systems notified, until it is worked off; and that it was", TTL: NoticeMemory, MaxValueSize: MaxNotice + 1024, MaxBytes: maxNotices},
		{Bucket: BucketRoster, Description: "Applications by the candidate of a hiring system, who is named by a digest", MaxValueSize: maxRosterValue},
	} {
		if err := q.bucket(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// Notice is what a hiring system notified. It waits on the queue's disk until it is
// worked off.
type Notice struct {
	Hook string // a token
	ID   string // that it is known again by, in hex
	Body []byte
	At   time.Time // when it came
	Last bool      // it is tried for the last time, after three days and eight tries
}

// PutNotice puts a notice on the queue, once: known says that it was there before. When
// it returns without an error the notice is on the disk, or was worked off. ErrFull where
// the hook has as much there as is free for all.
func (q *Queue) PutNotice(ctx context.Context, hook, id string, body []byte) (known bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	kv, err := q.js.KeyValue(ctx, BucketNotices)
	if err != nil {
		return false, q.explain(err)
	}
	if err := q.share(ctx, hook, len(body)); err != nil {
		if _, there := kv.Get(ctx, hook+"."+id); there == nil {
			return true, nil
		}
		return false, err
	}
	_, err = kv.Create(ctx, hook+"."+id, body)
	if errors.Is(err, jetstream.ErrKeyExists) {
		return true, nil
	}
	return false, q.explain(err)
}

// share sees to it that a hook takes no more room than it leaves free, so that whatever
// floods one, another has room: the first takes half, the next half of the rest. What a
// hook knows again gives way to what is new of it, oldest first.
func (q *Queue) share(ctx context.Context, hook string, size int) error {
	s, err := q.js.Stream(ctx, "KV_"+BucketNotices)
	if err != nil {
		return q.explain(err)
	}
	is := s.CachedInfo()
	subject := "$KV." + BucketNotices + "." + hook + "."
	need := noticeSize(subject, nil, size) + noticeID
	free := is.Config.MaxBytes - int64(is.State.Bytes) - need
	if int64(is.State.Bytes)+need <= free {
		return nil
	}
	var own int64
	type worked struct { // off
		subject string
		seq     uint64
		size    int64
	}
	var known []worked
	err = q.walkFrom(ctx, "KV_"+BucketNotices, 1, jetstream.OrderedConsumerConfig{FilterSubjects: []string{subject + "*"}, HeadersOnly: true},
		func(m jetstream.Msg, md *jetstream.MsgMetadata) error {
			body, _ := strconv.Atoi(m.Headers().Get(nats.MsgSize))
			n := noticeSize(m.Subject(), m.Headers(), body)
			if own += n; body == 0 {
				known = append(known, worked{m.Subject(), md.Sequence.Stream, n})
			}
			return nil
		})
	if err != nil {
		return err
	}
	over := func() bool { return own+need > free }
	if !over() {
		return nil
	}
	for i, x := range known {
		if !over() && i >= noticeYield {
			break
		}
		// A bucket lets nothing be deleted, but purged.
		if err := s.Purge(ctx, jetstream.WithPurgeSubject(x.subject), jetstream.WithPurgeSequence(x.seq+1)); err != nil {
			return q.explain(err)
		}
		own, free = own-x.size, free+x.size
	}
	if over() {
		return fmt.Errorf("%w: notices of %s wait and take as much of it as is free", ErrFull, hook)
	}
	return nil
}

// noticeSize is about what a notice takes on the disk.
func noticeSize(subject string, h nats.Header, body int) int64 {
	n := 34 + len(subject) + body
	for k, v := range h {
		if k != nats.MsgSize {
			n += len(k) + len(v[0]) + 4
		}
	}
	return int64(n)
}

// Notices calls f with each notice of a hook, one after the other and again after each
// error, with longer and longer pauses, until ctx ends. One that fails for three days is
// called with Last, and then forgotten, so that it is taken when it is sent again; told is
// called with each end: the error, or nil, and whether it is given up.
func (q *Queue) Notices(ctx context.Context, hook string, now func() time.Time, f func(context.Context, Notice) error, told func(err error, dead bool)) {
	for {
		err := q.notices(ctx, hook, now, f, told)
		if ctx.Err() != nil {
			return
		}
		q.log.Warn("what a hiring system notified waits", zap.String("of", hook), zap.Error(plain(err)))
		if !sleep(ctx, noticeFirst) {
			return
		}
	}
}

// next waits for a consumer's next message, until ctx ends. One at a time: what waited
// here would be delivered to another process as well.
func (q *Queue) next(ctx context.Context, c jetstream.Consumer) (jetstream.Msg, error) {
	for {
		pull, cancel := context.WithTimeout(ctx, noticePull)
		m, err := c.Next(jetstream.FetchContext(pull))
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
			continue
		case err != nil:
			return nil, q.explain(err)
		}
		return m, nil
	}
}

func (q *Queue) notices(ctx context.Context, hook string, now func() time.Time, f func(context.Context, Notice) error, told func(error, bool)) error {
	prefix := "$KV." + BucketNotices + "." + hook + "."
	stream := "KV_" + BucketNotices
	kv, err := q.js.KeyValue(ctx, BucketNotices)
	if err != nil {
		return q.explain(err)
	}
	// Those that wait to be tried again must not hold up what is new.
	c, err := q.js.CreateOrUpdateConsumer(ctx, stream, jetstream.ConsumerConfig{Durable: "hook_" + hook, FilterSubject: prefix + "*",
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: noticeTime + time.Minute, MaxAckPending: -1, InactiveThreshold: NoticeMemory})
	if err != nil {
		return q.explain(err)
	}
	for {
		m, err := q.next(ctx, c)
		if err != nil {
			return err
		}
		md, err := m.Metadata()
		if err != nil {
			return err
		}
		n := Notice{Hook: hook, ID: m.Subject()[len(prefix):], Body: m.Data(), At: md.Timestamp.UTC()}
		if len(n.Body) == 0 || m.Headers().Get("KV-Operation") != "" {
			_ = m.Ack() // worked off
			continue
		}
		n.Last = lastTry(now().Sub(n.At), md.NumDelivered)
		err = q.notice(ctx, f, n)
		switch {
		case ctx.Err() != nil:
			_ = m.Nak()
			return ctx.Err()
		case err == nil:
			// Its body is a person's, and no longer needed; that it was here is.
			if _, err := kv.Update(ctx, hook+"."+n.ID, nil, md.Sequence.Stream); err != nil {
				return q.explain(err)
			}
			told(nil, false)
			_ = m.Ack()
		case n.Last:
			// Whoever sends it again must not be told that it was taken.
			if err := kv.Purge(ctx, hook+"."+n.ID, jetstream.LastRevision(md.Sequence.Stream)); err != nil {
				return q.explain(err)
			}
			told(err, true)
			_ = m.Term()
		default:
			told(err, false)
			_ = m.NakWithDelay(pauseAfter(md.NumDelivered))
		}
	}
}

func (q *Queue) notice(ctx context.Context, f func(context.Context, Notice) error, n Notice) error {
	ctx, cancel := context.WithTimeout(ctx, noticeTime)
	defer cancel()
	return guard.Try("working on a notice", func() error { return f(ctx, n) })
}

// lastTry reports whether what failed for so long, and is tried for this time, is given up
// if it fails again.
func lastTry(age time.Duration, tries uint64) bool { return age > noticeAge && tries >= noticeTries }

// pauseAfter is how long what failed so many times waits.
func pauseAfter(tries uint64) time.Duration {
	d := noticeFirst
	for range min(tries, 12) - min(tries, 1) {
		d = min(3*d, noticeLast)
	}
	return d
}

// Roster knows which applications came of which candidate of a hiring system, for what
// is said of a candidate: erased, or merged into another one. Candidates are known by
// digests alone. Safe for concurrent use.
type Roster struct {
	q   *Queue
	key []byte
}

// NewRoster returns a Roster; the key is the installation's.
func NewRoster(q *Queue, key []byte) *Roster { return &Roster{q, key} }

// ErrGone: the candidate was erased, and takes no application any more.
var ErrGone = errors.New("candidate was erased")

// enrolled is what the roster has of a candidate.
type enrolled struct {
	Applications []string             `json:"applications,omitempty"`
	Since        map[string]time.Time `json:"since,omitempty"` // when each was notified last
	Gone         bool                 `json:"gone,omitempty"`
	Into         string               `json:"into,omitempty"` // key of the one who took this one's place
}

// add notes an application, and when it was notified.
func (e *enrolled) add(application string, at time.Time) (changed bool) {
	if !slices.Contains(e.Applications, application) {
		e.Applications, changed = append(e.Applications, application), true
	}
	if at.After(e.Since[application]) {
		if e.Since == nil {
			e.Since = map[string]time.Time{}
		}
		e.Since[application], changed = at.UTC(), true
	}
	return changed
}

// errMergedAway: the candidate was merged into another one meanwhile.
var errMergedAway = errors.New("candidate was merged away")

func (r *Roster) keyOf(tenant, of, candidate string) string {
	mac := hmac.New(sha256.New, r.key)
	mac.Write([]byte("roster\x00" + tenant + "\x00" + of + "\x00" + candidate))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// change reads, changes and writes what there is of a key, with compare.
func (r *Roster) change(ctx context.Context, key string, f func(*enrolled) (bool, error)) (*enrolled, error) {
	kv, err := r.q.js.KeyValue(ctx, BucketRoster)
	if err != nil {
		return nil, r.q.explain(err)
	}
	for range rosterTries {
		e, revision := &enrolled{}, uint64(0)
		switch x, err := kv.Get(ctx, key); {
		case err == nil:
			revision = x.Revision()
			if err := json.Unmarshal(x.Value(), e); err != nil {
				return nil, err
			}
		case !errors.Is(err, jetstream.ErrKeyNotFound):
			return nil, r.q.explain(err)
		}
		write, err := f(e)
		if err != nil || !write {
			return e, err
		}
		body, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		if revision == 0 {
			_, err = kv.Create(ctx, key, body)
		} else {
			_, err = kv.Update(ctx, key, body, revision)
		}
		if errors.Is(err, jetstream.ErrKeyExists) || isTaken(err) {
			continue
		}
		return e, r.q.explain(err)
	}
	return nil, fmt.Errorf("%w: a candidate is written to all the time", ErrNoQueue)
}

// survivor gives the key of the one who stands for a candidate now.
func (r *Roster) survivor(ctx context.Context, key string) (string, error) {
	for range rosterTries {
		e, err := r.change(ctx, key, func(*enrolled) (bool, error) { return false, nil })
		if err != nil {
			return "", err
		}
		if e.Into == "" {
			break
		}
		key = e.Into
	}
	return key, nil
}

// Enroll notes that an application is of a candidate, before it is handed in, and when it
// was notified: ErrGone where the candidate was erased.
func (r *Roster) Enroll(ctx context.Context, tenant, of, candidate, application string, at time.Time) error {
	if err := record.CheckToken("application", application); err != nil {
		return err
	}
	for range rosterTries {
		key, err := r.survivor(ctx, r.keyOf(tenant, of, candidate))
		if err != nil {
			return err
		}
		_, err = r.change(ctx, key, func(e *enrolled) (bool, error) {
			switch {
			case e.Into != "":
				return false, errMergedAway
			case e.Gone:
				return false, ErrGone
			}
			return e.add(application, at), nil
		})
		if !errors.Is(err, errMergedAway) {
			return err
		}
	}
	return fmt.Errorf("%w: a candidate is written to all the time", ErrNoQueue)
}

// Close gives a candidate's applications, and takes no more of him: they are to be
// erased, and then Forget is to be called. Of one who was merged into another there are
// none: that is why he is gone. With known, one of whom nothing came is left alone.
func (r *Roster) Close(ctx context.Context, tenant, of, candidate string, known bool) ([]string, error) {
	e, err := r.change(ctx, r.keyOf(tenant, of, candidate), func(e *enrolled) (bool, error) {
		if e.Into != "" || e.Gone || known && len(e.Applications) == 0 {
			return false, nil
		}
		e.Gone = true
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return e.Applications, nil
}

// Forget takes applications off a candidate's.
func (r *Roster) Forget(ctx context.Context, tenant, of, candidate string, applications []string) error {
	key, err := r.survivor(ctx, r.keyOf(tenant, of, candidate))
	if err != nil {
		return err
	}
	_, err = r.change(ctx, key, func(e *enrolled) (bool, error) {
		n := len(e.Applications)
		e.Applications = slices.DeleteFunc(e.Applications, func(a string) bool { return slices.Contains(applications, a) })
		maps.DeleteFunc(e.Since, func(a string, _ time.Time) bool { return slices.Contains(applications, a) })
		return len(e.Applications) < n, nil
	})
	return err
}

// Merge makes one candidate's applications another one's, who stands for both from now
// on. No application is lost by it: they are the other's before they are not the first's.
// Where the other was erased already, it gives those that are to be erased with him.
func (r *Roster) Merge(ctx context.Context, tenant, of, from, into string) (erase []string, err error) {
	old, err := r.survivor(ctx, r.keyOf(tenant, of, from))
	if err != nil {
		return nil, err
	}
	key, err := r.survivor(ctx, r.keyOf(tenant, of, into))
	if err != nil {
		return nil, err
	}
	if key == old { // done before
		e, err := r.change(ctx, key, func(*enrolled) (bool, error) { return false, nil })
		if err != nil || !e.Gone {
			return nil, err
		}
		return e.Applications, nil
	}
	for range rosterTries {
		first, err := r.change(ctx, old, func(*enrolled) (bool, error) { return false, nil })
		if err != nil {
			return nil, err
		}
		moved := first.Applications
		other, err := r.change(ctx, key, func(e *enrolled) (bool, error) {
			write := false
			for _, a := range moved {
				write = e.add(a, first.Since[a]) || write
			}
			return write, nil
		})
		if err != nil {
			return nil, err
		}
		whole := false
		if _, err := r.change(ctx, old, func(e *enrolled) (bool, error) {
			if whole = !slices.ContainsFunc(e.Applications, func(a string) bool { return !slices.Contains(moved, a) }); !whole {
				return false, nil // one more came meanwhile
			}
			*e = enrolled{Into: key}
			return true, nil
		}); err != nil {
			return nil, err
		}
		if whole && other.Gone {
			return other.Applications, nil
		}
		if whole {
			return nil, nil
		}
	}
	return nil, fmt.Errorf("%w: a candidate is written to all the time", ErrNoQueue)
}

// Of gives a candidate's applications that were notified before a time.
func (r *Roster) Of(ctx context.Context, tenant, of, candidate string, before time.Time) ([]string, error) {
	key, err := r.survivor(ctx, r.keyOf(tenant, of, candidate))
	if err != nil {
		return nil, err
	}
	e, err := r.change(ctx, key, func(*enrolled) (bool, error) { return false, nil })
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(e.Applications), func(a string) bool { return e.Since[a].After(before) }), nil
}
