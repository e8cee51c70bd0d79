package ingest

import (
	"cmp"
	"container/heap"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/verify/verdict"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// recheck asks for an application to be checked again. It names nobody: the
// worker reads the newest submission.
type recheck struct {
	V        int       `json:"v"`
	Reason   string    `json:"reason"`             // reprocess, due, pending, retry, sweep, missing, hosts or erase
	Before   time.Time `json:"before,omitzero"`    // only if it was last checked before
	Attempt  int       `json:"attempt,omitempty"`  // of rechecks for pending badges
	At       time.Time `json:"at,omitzero"`        // on PENDING: when it is due
	Sequence uint64    `json:"sequence,omitempty"` // where the submission was last seen in APPLICATIONS
	Whole    bool      `json:"whole,omitempty"`    // links are asked again, too, whatever the attempt
}

func (q *Queue) recheck(ctx context.Context, tenant, application string, r recheck) error {
	m, err := again(tenant+"."+application, r)
	if err != nil {
		return err
	}
	_, err = q.js.PublishMsg(ctx, m, jetstream.WithExpectStream(StreamRechecks))
	return q.explain(err)
}

// again is the message that asks for it.
func again(name string, r recheck) (*nats.Msg, error) {
	body, err := json.Marshal(r)
	return &nats.Msg{Subject: "rechecks." + name, Data: body}, err
}

// submission gives the newest submission of an application. seq is where it was, 0 = not
// known: to look there costs less than to look for it. Whatever a recheck says, it gets
// no other application's.
func (q *Queue) submission(ctx context.Context, subject string, seq uint64) (*jetstream.RawStreamMsg, error) {
	if seq > 0 {
		m, err := q.at(ctx, StreamApplications, seq)
		switch {
		case err == nil && m.Subject == subject: // the stream keeps one of each
			return m, nil
		case err != nil && !errors.Is(err, jetstream.ErrMsgNotFound):
			return nil, err
		}
	}
	m, err := q.last(ctx, StreamApplications, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return q.fromLeader(ctx, StreamApplications, which{Last: subject})
	}
	return m, err
}

// ReprocessOptions choose what is checked again.
type ReprocessOptions struct {
	Tenant      string    `json:"tenant,omitempty"`      // "" = all
	Application string    `json:"application,omitempty"` // "" = all of the tenant
	Before      time.Time `json:"before,omitzero"`       // only what was last checked before; zero = all
	Since       time.Time `json:"since,omitzero"`        // only what was submitted since; zero = all

	// Of these one at most.
	Failed bool   `json:"failed,omitempty"` // only what was refused, or is a dead letter
	Due    bool   `json:"due,omitempty"`    // only what may say something else by now: see Outcome.mayChange
	Issuer string `json:"issuer,omitempty"` // only applications that have a badge of this issuer

	DryRun   bool                 `json:"dryRun,omitempty"` // count, and queue nothing
	Now      time.Time            `json:"-"`                // of Due; zero = the time of the machine
	Progress func(now, total int) `json:"-"`
}

// ErrChoice: what is to be checked again is chosen in two ways.
var ErrChoice = errors.New("of failed, due and issuer one at most is asked for")

func (o *ReprocessOptions) check() error {
	n := 0
	for _, x := range []bool{o.Failed, o.Due, o.Issuer != ""} {
		if x {
			n++
		}
	}
	switch {
	case n > 1:
		return ErrChoice
	case o.Application != "":
		return errors.Join(record.CheckToken("application", o.Application), record.CheckToken("tenant", o.Tenant))
	case o.Tenant != "":
		return record.CheckToken("tenant", o.Tenant)
	}
	return nil
}

// below gives the subjects of a stream that are asked for.
func (o *ReprocessOptions) below(prefix string) string {
	switch {
	case o.Application != "":
		return prefix + "." + o.Tenant + "." + o.Application
	case o.Tenant != "":
		return prefix + "." + o.Tenant + ".*"
	}
	return prefix + ".>"
}

// chosen is an application that is to be checked again.
type chosen struct {
	name string // <tenant>.<application>
	seq  uint64 // of its submission; 0 = not known
}

// Reprocess queues applications for checking again and gives how many. It can be
// repeated: an application is queued once, and what was checked after Before is passed
// over quickly, so repeating with the same Before goes on where the last run was
// stopped. It goes through the queue in the queue's own order, some thousands at a
// time, and holds no more of them.
func (q *Queue) Reprocess(ctx context.Context, e index.Engine, o ReprocessOptions) (int, error) {
	if err := o.check(); err != nil {
		return 0, err
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	n := 0
	take := func(list []chosen) error {
		if o.DryRun {
			for _, x := range list {
				checked, err := q.checkedSince(ctx, x.name, o.Before)
				if err != nil {
					return err
				}
				if !checked {
					n++
				}
			}
			return nil
		}
		r := recheck{V: 1, Reason: "reprocess", Before: o.Before}
		done, err := q.recheckAll(ctx, list, r)
		n += done
		return err
	}
	switch {
	case o.Issuer != "":
		err := q.ofIssuer(ctx, e, o, take)
		return n, err
	case o.Failed:
		if err := q.lettered(ctx, o, take); err != nil {
			return n, err
		}
		return n, q.paged(ctx, StreamResults, o, false, q.failed(ctx, o), take)
	case o.Due:
		return n, q.paged(ctx, StreamResults, o, true, func(m jetstream.Msg, _ *jetstream.MsgMetadata) (seq uint64, ok bool, err error) {
			var told Outcome
			if json.Unmarshal(m.Data(), &told) != nil || told.State != Indexed || told.Submitted.Before(o.Since) {
				return 0, false, nil
			}
			return told.Sequence, len(told.mayChange(o.Now)) > 0, nil
		}, take)
	}
	return n, q.paged(ctx, StreamApplications, o, false, func(_ jetstream.Msg, md *jetstream.MsgMetadata) (uint64, bool, error) {
		return md.Sequence.Stream, !md.Timestamp.Before(o.Since), nil
	}, take)
}

// checkedSince reports whether the outcome of an application is of a whole check that did
// not begin before then.
func (q *Queue) checkedSince(ctx context.Context, name string, then time.Time) (bool, error) {
	if then.IsZero() {
		return false, nil
	}
	m, err := q.last(ctx, StreamResults, "results."+name)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, nil
	}
	var told Outcome
	return err == nil && json.Unmarshal(m.Data, &told) == nil && told.Phase != PhaseDocuments && !told.Checked.Before(then), q.explain(err)
}

// failed chooses outcomes of what was refused.
func (q *Queue) failed(ctx context.Context, o ReprocessOptions) func(jetstream.Msg, *jetstream.MsgMetadata) (uint64, bool, error) {
	return func(m jetstream.Msg, md *jetstream.MsgMetadata) (uint64, bool, error) {
		of := markOf(m.Headers())
		state, err := q.stateOf(ctx, m.Headers(), md.Sequence.Stream)
		return of.sequence, state == Refused && !time.Unix(0, of.submitted).Before(o.Since), err
	}
}

// stateOf gives what an outcome says that was met by its headers alone.
func (q *Queue) stateOf(ctx context.Context, h nats.Header, seq uint64) (State, error) {
	if s := State(h.Get(headerState)); s != "" {
		return s, nil
	}
	m, err := q.at(ctx, StreamResults, seq) // of an earlier release
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return "", nil // a newer one is there, and is met later
	}
	var o Outcome
	if err != nil || json.Unmarshal(m.Data, &o) != nil {
		return "", q.explain(err)
	}
	return o.State, nil
}

// lettered chooses applications that are dead letters and whose outcome does not say so:
// the newest letter of each.
func (q *Queue) lettered(ctx context.Context, o ReprocessOptions, take func([]chosen) error) error {
	return q.walk(ctx, StreamDeadLetters, o.below("deadletters"), func(subject string, h nats.Header, seq uint64, _ time.Time) error {
		tenant, application, ok := split(subject, "deadletters")
		if !ok || tenant == undeliverable || time.Unix(0, markOf(h).submitted).Before(o.Since) {
			return nil
		}
		newest, err := q.last(ctx, StreamDeadLetters, subject)
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound), err == nil && newest.Sequence != seq:
			return nil
		case err != nil:
			return q.explain(err)
		}
		switch told, err := q.last(ctx, StreamResults, "results."+tenant+"."+application); {
		case err == nil:
			if state, err := q.stateOf(ctx, told.Header, told.Sequence); err != nil || state == Refused {
				return err // is met among the outcomes
			}
		case !errors.Is(err, jetstream.ErrMsgNotFound):
			return q.explain(err)
		}
		return take([]chosen{{tenant + "." + application, markOf(h).sequence}})
	})
}

// ofIssuer chooses applications that have a badge of an issuer in the index.
func (q *Queue) ofIssuer(ctx context.Context, e index.Engine, o ReprocessOptions, take func([]chosen) error) error {
	var page []chosen
	seen := 0
	each := func(a *record.Application) error {
		if o.Application != "" && a.Application != o.Application || a.AppliedAt.Before(o.Since) ||
			!slices.ContainsFunc(a.Claims, func(c record.Claim) bool { return c.Issuer == o.Issuer }) {
			return nil
		}
		_, seq, _ := record.Place(a.Version)
		seen++
		if page = append(page, chosen{a.Tenant + "." + a.Application, seq}); len(page) < pageSize {
			return nil
		}
		err := take(page)
		page = page[:0]
		o.Progress(seen, seen)
		return err
	}
	var err error
	if o.Tenant == "" {
		err = e.Scan(ctx, "", each)
	} else {
		err = e.ScanIssuers(ctx, o.Tenant, []string{o.Issuer}, "", each)
	}
	if err != nil {
		return err
	}
	return take(page)
}

// pageSize is how many applications are chosen at a time, and windowSize how many of
// them are published before the first answer is waited for.
const (
	pageSize   = 5000
	windowSize = 1000
)

// paged goes through what a stream has now, in its order, and gives take the
// applications that pick chooses, page by page: who waits for room is in no walk, which
// the server would forget.
func (q *Queue) paged(ctx context.Context, stream string, o ReprocessOptions, bodies bool,
	pick func(jetstream.Msg, *jetstream.MsgMetadata) (seq uint64, ok bool, err error), take func([]chosen) error) error {
	s, err := q.js.Stream(ctx, stream)
	if err != nil {
		return q.explain(err)
	}
	prefix := strings.ToLower(stream)
	c := jetstream.OrderedConsumerConfig{FilterSubjects: []string{o.below(prefix)}, HeadersOnly: !bodies}
	end, from, seen, total := s.CachedInfo().State.LastSeq, uint64(1), 0, 0
	var page []chosen
	for more := true; more; {
		more, page = false, page[:0]
		err := q.walkFrom(ctx, stream, from, c, func(m jetstream.Msg, md *jetstream.MsgMetadata) error {
			if md.Sequence.Stream > end {
				return errEnough // came since, and is checked anyway
			}
			if total == 0 {
				total = 1 + int(md.NumPending)
			}
			from = md.Sequence.Stream + 1
			seen++
			tenant, application, ok := split(m.Subject(), prefix)
			if !ok {
				return nil
			}
			seq, ok, err := pick(m, md)
			if err != nil || !ok {
				return err
			}
			if page = append(page, chosen{tenant + "." + application, seq}); len(page) == pageSize {
				more = true
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
		if err := take(page); err != nil {
			return err
		}
		o.Progress(seen, max(seen, total))
	}
	return nil
}

// recheckAll queues applications, windowSize at a time without waiting for each, and
// waits while there is no room. It gives how many are queued.
func (q *Queue) recheckAll(ctx context.Context, list []chosen, r recheck) (int, error) {
	n := 0
	for part := range slices.Chunk(list, windowSize) {
		asked := make([]jetstream.PubAckFuture, len(part))
		for i, x := range part {
			r.Sequence = x.seq
			m, err := again(x.name, r)
			if err != nil {
				return n, err
			}
			if asked[i], err = q.js.PublishMsgAsync(m, jetstream.WithExpectStream(StreamRechecks)); err != nil {
				break // too many are on their way: the rest is asked for below
			}
		}
		for i, x := range part {
			r.Sequence = x.seq
			if err := q.queued(ctx, asked[i], x.name, r); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// queued waits until a recheck is on the queue, which it is asked for again where
// asking once did not do.
func (q *Queue) queued(ctx context.Context, asked jetstream.PubAckFuture, name string, r recheck) error {
	if asked != nil {
		t := time.NewTimer(defaultTimeout)
		defer t.Stop()
		select {
		case <-asked.Ok():
			return nil
		case err := <-asked.Err():
			q.log.Debug("a recheck is asked for again", zap.Error(plain(q.explain(err))))
		case <-t.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	tenant, application, _ := strings.Cut(name, ".")
	err := q.recheck(ctx, tenant, application, r)
	for errors.Is(err, ErrFull) && sleep(ctx, time.Second) { // workers make room
		err = q.recheck(ctx, tenant, application, r)
	}
	return err
}

// RequestReprocess has a worker Reprocess, and gives how many applications it queued and
// when it began, by the clock that checks go by.
func (q *Queue) RequestReprocess(ctx context.Context, o ReprocessOptions) (n int, begun time.Time, err error) {
	if err := o.check(); err != nil {
		return 0, begun, err
	}
	body, err := json.Marshal(o)
	if err != nil {
		return 0, begun, err
	}
	r, err := q.askWith(ctx, requestReprocess, body, o.Progress)
	if err != nil {
		return 0, begun, err
	}
	return r.Count, r.Begun, nil
}

// Changed is how many badges changed in one way.
type Changed struct {
	From   verdict.Result `json:"from,omitempty"`
	To     verdict.Result `json:"to,omitempty"`
	Reason verdict.Reason `json:"reason,omitempty"`
	Badges int            `json:"badges"`
}

// ToldUpTo gives up to where outcomes are told by now, for Changes.
func (q *Queue) ToldUpTo(ctx context.Context) (uint64, error) {
	s, err := q.js.Stream(ctx, StreamResults)
	if err != nil {
		return 0, q.explain(err)
	}
	return s.CachedInfo().State.LastSeq, nil
}

// Changes gives what checks since a time came to that the outcomes tell which came
// behind one (ToldUpTo): how many applications were checked, and what changed, most
// frequent first. Of each application it counts what its newest outcome says.
func (q *Queue) Changes(ctx context.Context, o ReprocessOptions, behind uint64, since time.Time) (checked int, list []Changed, err error) {
	if err := o.check(); err != nil {
		return 0, nil, err
	}
	n := map[Changed]int{}
	c := jetstream.OrderedConsumerConfig{FilterSubjects: []string{o.below("results")}}
	err = q.walkFrom(ctx, StreamResults, behind+1, c, func(m jetstream.Msg, _ *jetstream.MsgMetadata) error {
		var told Outcome
		if json.Unmarshal(m.Data(), &told) != nil || told.Checked.Before(since) {
			return nil
		}
		checked++
		for _, x := range told.Changed {
			if !x.At.Before(since) {
				n[Changed{From: x.From, To: x.To, Reason: x.Reason}]++
			}
		}
		return nil
	})
	for c, k := range n {
		c.Badges = k
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Changed) int {
		return cmp.Or(cmp.Compare(b.Badges, a.Badges), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Reason, b.Reason))
	})
	return checked, list, err
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

// RechecksOf gives how many wait of a tenant, or of one application.
func (q *Queue) RechecksOf(ctx context.Context, o ReprocessOptions) (int, error) {
	if o.Tenant == "" {
		return q.Rechecks(ctx)
	}
	return q.count(ctx, StreamRechecks, o.below("rechecks"))
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
func (q *Queue) strike(ctx context.Context, tenant, application string, seq uint64) error {
	s, err := q.stream(ctx, StreamPending)
	if err != nil {
		return err
	}
	m, err := q.at(ctx, StreamPending, seq)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound), err == nil && m.Subject != "pending."+tenant+"."+application:
		return nil // replaced, or of a stream made anew
	case err != nil:
		return q.explain(err)
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
	m, err := q.at(ctx, StreamPending, seq)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		m, err = q.fromLeader(ctx, StreamPending, which{Sequence: seq})
	}
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

// toldAsChecked reports that the outcome of an application is not of a check before the
// one that the index has: who was stopped between the two has told of neither.
func (q *Queue) toldAsChecked(ctx context.Context, name string, checked time.Time) bool {
	told, err := q.checkedSince(ctx, name, checked)
	return told && err == nil
}
