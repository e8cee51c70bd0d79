package ingest

import (
	"container/heap"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"assay/index/record"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// recheck asks for an application to be checked again. It names nobody: the
// worker reads the newest submission.
type recheck struct {
	V       int       `json:"v"`
	Reason  string    `json:"reason"`           // reprocess, pending, retry or sweep
	Before  time.Time `json:"before,omitzero"`  // only if it was last checked before
	Attempt int       `json:"attempt,omitzero"` // of rechecks for pending badges
	At      time.Time `json:"at,omitzero"`      // on PENDING: when it is due
}

func (q *Queue) recheck(ctx context.Context, tenant, application string, r recheck) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = q.js.Publish(ctx, "rechecks."+tenant+"."+application, body, jetstream.WithExpectStream(StreamRechecks))
	return q.explain(err)
}

// ReprocessOptions choose what is checked again.
type ReprocessOptions struct {
	Tenant      string    // "" = all
	Application string    // "" = all of the tenant
	Before      time.Time // only what was last checked before; zero = all
	Progress    func(queued, total int)
}

// Reprocess queues applications for checking again and gives how many. It can
// be repeated: an application is queued once, and what was checked after Before
// is passed over quickly, so repeating with the same Before goes on where the
// last run was stopped.
func (q *Queue) Reprocess(ctx context.Context, o ReprocessOptions) (int, error) {
	filter := "applications.>"
	switch {
	case o.Application != "":
		if err := record.CheckToken("application", o.Application); err != nil {
			return 0, err
		}
		if err := record.CheckToken("tenant", o.Tenant); err != nil {
			return 0, err
		}
		filter = "applications." + o.Tenant + "." + o.Application
	case o.Tenant != "":
		if err := record.CheckToken("tenant", o.Tenant); err != nil {
			return 0, err
		}
		filter = "applications." + o.Tenant + ".*"
	}
	s, err := q.stream(ctx, StreamApplications)
	if err != nil {
		return 0, err
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return 0, q.explain(err)
	}
	total, n := len(info.State.Subjects), 0
	for subject := range info.State.Subjects {
		tenant, application, ok := split(subject, "applications")
		if ok {
			err := q.recheck(ctx, tenant, application, recheck{V: 1, Reason: "reprocess", Before: o.Before})
			for errors.Is(err, ErrFull) && sleep(ctx, time.Second) { // workers make room
				err = q.recheck(ctx, tenant, application, recheck{V: 1, Reason: "reprocess", Before: o.Before})
			}
			if err != nil {
				return n, err
			}
		}
		n++
		if o.Progress != nil {
			o.Progress(n, total)
		}
	}
	return n, nil
}

// Rechecks gives how many applications wait to be checked again.
func (q *Queue) Rechecks(ctx context.Context) (int, error) {
	s, err := q.stream(ctx, StreamRechecks)
	if err != nil {
		return 0, err
	}
	i, err := s.Info(ctx)
	if err != nil {
		return 0, q.explain(err)
	}
	return int(i.State.Msgs), nil
}

// Times between rechecks for pending badges.
const (
	firstRecheck = 5 * time.Minute
	lastRecheck  = 24 * time.Hour
	maxRechecks  = 30
)

// later notes that an application is to be checked again for its pending
// badges, after at least wait; it gives the time, zero when it was tried often
// enough.
func (q *Queue) later(ctx context.Context, tenant, application string, attempt int, wait time.Duration, now time.Time, jitter float64) (time.Time, error) {
	if attempt >= maxRechecks {
		return time.Time{}, nil
	}
	d := firstRecheck << min(attempt, 16)
	d = min(max(d, wait), lastRecheck)
	at := now.Add(d + time.Duration(jitter*float64(d)/5)).UTC().Truncate(time.Second)
	_, err := q.note(ctx, tenant, application, recheck{V: 1, Reason: "pending", Attempt: attempt + 1, At: at})
	return at, err
}

// headerDue is when what is noted on PENDING is due, in seconds since 1970.
const headerDue = "Assay-Due"

// note notes on PENDING that an application is to be checked again, and gives the
// sequence of the note.
func (q *Queue) note(ctx context.Context, tenant, application string, r recheck) (uint64, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return 0, err
	}
	m := &nats.Msg{Subject: "pending." + tenant + "." + application, Data: body, Header: nats.Header{headerDue: {strconv.FormatInt(r.At.Unix(), 10)}}}
	ack, err := q.js.PublishMsg(ctx, m, jetstream.WithExpectStream(StreamPending))
	if err != nil {
		return 0, q.explain(err)
	}
	return ack.Sequence, nil
}

// strike takes a note away again, where no newer one took its place.
func (q *Queue) strike(ctx context.Context, seq uint64) error {
	s, err := q.stream(ctx, StreamPending)
	if err != nil {
		return err
	}
	if err := s.DeleteMsg(ctx, seq); err != nil && !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return q.explain(err)
	}
	return nil
}

// agenda is what PENDING holds, by the time that it is due: two numbers of each, and
// nobody's name.
type agenda struct {
	mu    sync.Mutex
	until uint64 // everything on PENDING up to it was read
	dates dates
}

// date is when a message of PENDING is due.
type date struct {
	at  int64
	seq uint64
}

// dates is a heap whose first is due first.
type dates []date

func (d dates) Len() int           { return len(d) }
func (d dates) Less(i, j int) bool { return d[i].at < d[j].at }
func (d dates) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *dates) Push(x any)        { *d = append(*d, x.(date)) }
func (d *dates) Pop() any {
	last := (*d)[len(*d)-1]
	*d = (*d)[:len(*d)-1]
	return last
}

// due moves what is due from PENDING to RECHECKS; it looks at what is new there, and
// at what is due. Several workers may do it at once: an application is queued once all
// the same.
func (q *Queue) due(ctx context.Context, now time.Time) (int, error) {
	s, err := q.js.Stream(ctx, StreamPending)
	if err != nil {
		return 0, q.explain(err)
	}
	a := &q.agenda
	a.mu.Lock()
	defer a.mu.Unlock()
	if s.CachedInfo().State.LastSeq < a.until { // made anew
		a.until, a.dates = 0, nil
	}
	c := jetstream.OrderedConsumerConfig{FilterSubjects: []string{"pending.>"}, HeadersOnly: true}
	if err := q.walkFrom(ctx, StreamPending, a.until+1, c, func(m jetstream.Msg, md *jetstream.MsgMetadata) error {
		at, _ := strconv.ParseInt(m.Headers().Get(headerDue), 10, 64) // none of an earlier version: its body says it
		heap.Push(&a.dates, date{at, md.Sequence.Stream})
		a.until = md.Sequence.Stream
		return nil
	}); err != nil {
		return 0, err
	}
	n := 0
	for len(a.dates) > 0 && a.dates[0].at <= now.Unix() {
		d := a.dates[0]
		moved, again, err := q.move(ctx, s, d.seq, now)
		if err != nil {
			return n, err
		}
		heap.Pop(&a.dates)
		if moved {
			n++
		}
		if !again.IsZero() {
			heap.Push(&a.dates, date{max(again.Unix(), now.Unix()+1), d.seq})
		}
	}
	return n, nil
}

// move moves one message of PENDING to RECHECKS, or says when it is due.
func (q *Queue) move(ctx context.Context, s jetstream.Stream, seq uint64, now time.Time) (moved bool, again time.Time, err error) {
	m, err := s.GetMsg(ctx, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, again, nil // replaced, moved or erased
	}
	if err != nil {
		return false, again, q.explain(err)
	}
	var r recheck
	if tenant, application, ok := split(m.Subject, "pending"); ok && json.Unmarshal(m.Data, &r) == nil {
		if r.At.After(now) {
			return false, r.At, nil
		}
		if err := q.recheck(ctx, tenant, application, r); err != nil {
			return false, again, err
		}
		moved = true
	}
	if err := s.DeleteMsg(ctx, seq); err != nil && !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
		return moved, again, q.explain(err)
	}
	return moved, again, nil
}
