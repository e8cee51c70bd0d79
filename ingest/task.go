package ingest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/extract"
	"assay/index"
	"assay/index/record"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/guard"
	"assay/verify/read"
	"assay/verify/verdict"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// task is a submission in hand.
type task struct {
	subject   string
	data      []byte // nil = on the stream
	size      int64  // of it
	sequence  uint64
	submitted time.Time
	tries     uint64
	attempt   int    // of rechecks for pending badges
	whole     bool   // links are asked again, whatever the attempt
	again     uint64 // sequence of the recheck that somebody asked for; 0 = none
	began     int64  // version of the application in the index, as a recheck began

	trace string // W3C traceparent of who handed it in; "" = none
	later bool   // this check belongs to no trace of that

	urgency urgency // of the work on it
	hosts   *hosts  // what is left when the documents have been examined; nil = hosts are asked at once
	place   *place  // to examine it at; nil = none is needed
	way     *writer // to the index; nil = that of new applications
	gone    func()  // says that it does not go there any more
}

// permanent is an error that trying again does not mend.
type permanent struct {
	class  Class
	detail string
}

func (p *permanent) Error() string { return string(p.class) + ": " + meaning[p.class] + " " + p.detail }

// fresh is how old a submission may be that nobody can have worked on but through
// the same consumer.
const fresh = time.Minute

// done reports that a submission has its outcome: other workers had it, before
// the list of tenants was changed. What was buried for want of a worker for its
// tenant, as assay did once, is not done.
func (q *Queue) done(ctx context.Context, t task) bool {
	tenant, application, ok := split(t.subject, "applications")
	if !ok {
		return false
	}
	last, err := q.last(ctx, StreamResults, "results."+tenant+"."+application)
	var o Outcome
	return err == nil && markOf(last.Header).covers(t.mark()) && json.Unmarshal(last.Data, &o) == nil &&
		(o.State != Refused || o.Reason != string(ClassTenant))
}

// live works on a message of APPLICATIONS.
func (w *Worker) live(ctx, hand context.Context, m jetstream.Msg, tenant string, more func()) {
	md, err := m.Metadata()
	if err != nil {
		w.log.Error("message without metadata", zap.Error(err))
		return
	}
	t := task{subject: m.Subject(), sequence: md.Sequence.Stream, submitted: md.Timestamp, tries: md.NumDelivered, way: w.writer, hosts: &hosts{}, trace: traceOf(m.Headers())}
	t.size, _ = strconv.ParseInt(m.Headers().Get(nats.MsgSize), 10, 64)
	if w.o.Now().Sub(t.submitted) > fresh && w.q.done(hand, t) {
		if err := m.DoubleAck(hand); err != nil {
			w.about(t).Warn("answer to the queue is lost", zap.Error(err))
		}
		return
	}
	leave, err := w.enter(ctx, &t, urgent, tenant)
	if err != nil {
		w.back(m)
		return
	}
	more()
	err = func() error {
		defer leave()
		err := w.guarded(hand, t)
		w.answer(hand, m, t, err)
		return err
	}()
	if err == nil && t.hosts.note > 0 {
		w.complete(ctx, hand, t, tenant)
	}
}

// enter waits for room among the submissions that are examined or on their way to the index,
// and for a place to examine one. The error is ctx's.
func (w *Worker) enter(ctx context.Context, t *task, u urgency, tenant string) (leave func(), err error) {
	t.urgency = u
	hand, err := w.hands[u].enter(ctx, u, tenant)
	if err != nil {
		return nil, err
	}
	if t.place, err = w.turns.enter(ctx, u, tenant); err != nil {
		hand.leave()
		return nil, err
	}
	t.gone = t.way.expect()
	return func() {
		t.gone()
		t.place.leave()
		hand.leave()
	}, nil
}

// batch works on a message of RECHECKS.
func (w *Worker) batch(ctx, hand context.Context, m jetstream.Msg, tenant string, more func()) {
	md, err := m.Metadata()
	if err != nil {
		w.log.Error("message without metadata", zap.Error(err))
		return
	}
	var r recheck
	_, application, ok := split(m.Subject(), "rechecks")
	if !ok || json.Unmarshal(m.Data(), &r) != nil {
		w.log.Warn("recheck is malformed", zap.Uint64("sequence", md.Sequence.Stream))
		w.do(m.TermWithReason("malformed"))
		return
	}
	t := task{subject: "applications." + tenant + "." + application, tries: md.NumDelivered, attempt: r.Attempt, whole: r.Whole, way: w.bulk}
	at, err := w.hosts.enter(ctx, urgent, tenant)
	if err != nil {
		w.back(m)
		return
	}
	defer at.leave()
	leave, err := w.enter(ctx, &t, rechecked, tenant)
	if err != nil {
		w.back(m)
		return
	}
	defer leave()
	more()
	last, err := w.q.submission(hand, t.subject, r.Sequence)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		// Erased, or gone by age: nothing to check.
		w.do(m.DoubleAck(hand))
		return
	}
	if err == nil {
		t.data, t.size, t.sequence, t.submitted = last.Data, int64(len(last.Data)), last.Sequence, last.Time
		t.trace, t.later = traceOf(last.Header), r.Reason != "hosts"
		if t.later {
			t.again = md.Sequence.Stream
		}
		if !t.later {
			here := w.second.begin(t)
			here.ask()
			defer here.end()
		}
		if doc, e := w.o.Engine.Get(hand, tenant, application); e == nil {
			if !r.Before.IsZero() && !doc.CheckedAt.Before(r.Before) && t.of(doc) && w.q.toldAsChecked(hand, tenant+"."+application, doc.CheckedAt) {
				w.do(m.DoubleAck(hand))
				return
			}
			t.began = doc.Version
			who := tenant + "/" + doc.Candidate
			if wait := w.spent.over(who); wait > 0 && r.Reason == "hosts" {
				r.At = w.o.Now().Add(wait).UTC().Truncate(time.Second)
				w.second.put(t, r.At)
				if _, err = w.q.note(hand, tenant, application, r); err == nil {
					w.do(m.DoubleAck(hand))
					return
				}
			}
			begun := w.o.Now()
			defer func() { w.spent.add(who, w.o.Now().Sub(begun)) }()
		}
		if err == nil {
			err = w.guarded(hand, t)
		}
	}
	w.answer(hand, m, t, err)
}

// answer tells the queue what became of a message.
func (w *Worker) answer(ctx context.Context, m jetstream.Msg, t task, err error) {
	if err == nil {
		if err := m.DoubleAck(context.WithoutCancel(ctx)); err != nil {
			// It comes again, and the index takes it as the same.
			w.about(t).Warn("answer to the queue is lost", zap.Error(err))
		}
		return
	}
	if ctx.Err() != nil {
		w.back(m)
		return
	}
	p := new(permanent)
	if !errors.As(err, &p) {
		if t.tries < uint64(w.q.o.MaxTries) {
			w.o.Metrics.retries.Inc()
			w.about(t).Warn("application is tried again", zap.Error(plain(err)))
			w.do(m.NakWithDelay(w.delay(t.tries)))
			return
		}
		p = &permanent{class: ClassExhausted}
		if errors.Is(err, guard.ErrFault) {
			p.class, p.detail = ClassFault, where(guard.Faults(err))
		}
	}
	if err := w.refuse(ctx, t, p); err != nil {
		w.about(t).Error("dead letter cannot be written", zap.Error(err))
		w.do(m.NakWithDelay(w.delay(t.tries)))
		return
	}
	w.do(m.TermWithReason(string(p.class)))
}

// refuse writes the dead letter and the outcome that says so.
func (w *Worker) refuse(ctx context.Context, t task, p *permanent) error {
	tenant, application, ok := split(t.subject, "applications")
	if ok && errors.Is(w.q.refuseErased(ctx, tenant, application), ErrErased) {
		// No letter and no outcome of it may stand. The submission stays until
		// the erasure is done.
		w.about(t).Error("an erased application is not gone yet; it is tried again in an hour, or erase it again")
		_, err := w.q.note(ctx, tenant, application, recheck{V: 1, Reason: "erase", At: w.o.Now().Add(sweepEvery).UTC().Truncate(time.Second)})
		return err
	}
	w.o.Metrics.applications.WithLabelValues(string(Refused)).Inc()
	fields := []zap.Field{zap.String("class", string(p.class))}
	if p.class == ClassIndex {
		fields = append(fields, zap.String("detail", p.detail))
	}
	w.about(t).Warn("application is a dead letter", fields...)
	if err := w.bury(ctx, t, p.class, p.detail); err != nil {
		return err
	}
	if !ok {
		return nil
	}
	ctx = traced(ctx, t.trace)
	o := outcome(nil, 0)
	o.Tenant, o.Application, o.Sequence, o.Submitted, o.Checked = tenant, application, t.sequence, t.submitted.UTC(), w.o.Now().UTC()
	o.State, o.Reason, o.Tries = Refused, string(p.class), t.tries
	return w.q.publishOutcome(ctx, o)
}

func (w *Worker) do(err error) {
	if err != nil {
		w.log.Warn("answer to the queue is lost", zap.Error(err))
	}
}

// delay between tries: 5 s, doubling to 5 min, spread by half.
func (w *Worker) delay(tries uint64) time.Duration {
	d := min(5*time.Second<<min(tries-1, 6), 5*time.Minute)
	return d/2 + time.Duration(w.o.Jitter()*float64(d))
}

// guarded works on a submission and keeps a fault of assay's own from being the
// end of all: it is an error like any other that may pass. At the last try the
// application is indexed all the same, as far as assay did not fail on it.
func (w *Worker) guarded(ctx context.Context, t task) error {
	start := w.o.Now()
	defer func() {
		if !t.hosts.asked() {
			w.o.Metrics.seconds.Observe(w.o.Now().Sub(start).Seconds())
		}
	}()
	ctx, traced := w.trace(inHand(ctx, t, start), t)
	err := w.try(ctx, t, nil)
	if errors.Is(err, guard.ErrFault) && w.last(t) {
		err = w.try(ctx, t, err)
	}
	traced(err)
	return err
}

// try is work, whose panic is an error.
func (w *Worker) try(ctx context.Context, t task, earlier error) (err error) {
	if fault := guard.Do("an application in hand", func() { err = w.work(ctx, t, earlier) }); fault != nil {
		w.tell(t, fault)
		return fault
	}
	return err
}

// last reports that a submission is not tried again.
func (w *Worker) last(t task) bool { return t.tries >= uint64(w.q.o.MaxTries) }

// tell tells of faults in a submission.
func (w *Worker) tell(t task, err error) {
	w.o.Faults.Tell(err, w.fields(t)...)
}

// where names the works in which there were faults, each once: the detail of a
// dead letter.
func where(faults []*guard.Fault) string {
	var all []string
	for _, f := range faults {
		all = append(all, f.Where)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}

// work takes one submission from its message to its outcome. nil means that it
// is in the index (or something newer is) and its outcome is published. With a
// fault of an earlier try, nothing is examined: it is indexed as unread.
func (w *Worker) work(ctx context.Context, t task, earlier error) error {
	tenant, application, ok := split(t.subject, "applications")
	if !ok {
		return &permanent{class: ClassSubject}
	}
	o := outcome(nil, 0)
	o.Tenant, o.Application, o.Sequence, o.Submitted = tenant, application, t.sequence, t.submitted.UTC()
	o.Tries = t.tries
	// Before it is read: what was erased goes, readable or not.
	if err := w.q.refuseErased(ctx, tenant, application); err != nil {
		if errors.Is(err, ErrErased) {
			return w.late(ctx, t, o)
		}
		return err
	}
	room := w.roomFor()
	defer room.leave()
	a, err := w.read(ctx, t, room, tenant, application)
	if e := new(EnvelopeError); errors.As(err, &e) {
		return &permanent{ClassMalformed, e.Words()}
	} else if errors.Is(err, errWithdrawn) {
		return w.withdrawn(ctx, t, o)
	} else if err != nil {
		return err
	}
	docs, gone, err := w.documents(ctx, a, t)
	if err != nil {
		return err
	}
	if len(gone) > 0 {
		// Removed for a newer submission that no longer names it: that one is
		// worked on.
		if last, e := w.q.last(ctx, StreamApplications, t.subject); e == nil && last.Sequence > t.sequence {
			o.State = Superseded
			return w.publish(ctx, t, o)
		}
		w.about(t).Warn("documents of an application cannot be had; the rest is indexed", zap.Int("count", len(gone)), zap.Error(gone[0]))
	}
	checked := w.o.Now()
	in := examine.Input{Tenant: tenant, Application: application, Documents: docs, Links: a.followed(), Read: func() { a.forget(docs); room.leave() },
		Applicant: verify.Applicant{Emails: a.Applicant.Emails, Proven: a.Applicant.Proven, Name: a.Applicant.Name, IDs: a.Applicant.IDs}}
	policy, said := w.policy(tenant)
	in.Policy = policy
	in.Words = w.words(tenant)
	old, err := w.earlier(ctx, t, tenant, application)
	if err != nil {
		return err
	}
	in.Earlier = w.stands(old, policy)
	in.Asks = t.asks()
	reports, faults, letters, err := w.examine(ctx, t, in, earlier)
	if err != nil {
		return err
	}
	t.place.leave()
	reports = a.whole(reports)
	said = w.decideAgain(tenant, said, reports)
	found := outcome(reports, len(a.Documents))
	o.Counts, o.Findings, o.Unread, o.NotFollowed = found.Counts, found.Findings, found.Unread, found.NotFollowed
	o.Checked = checked.UTC()

	doc := w.document(a, t, checked, reports)
	o.State = Indexed
	switch before, err := w.over(ctx, t, &doc); {
	case errors.Is(err, index.ErrErased):
		return w.late(ctx, t, o)
	case errors.Is(err, errSuperseded):
		o.State = Superseded
	case err != nil:
		return err
	default:
		o.Version, o.first = doc.Version, before == nil
		o.shared(&doc)
		if err := w.reconcile(ctx, &o, &doc, before.Keys()); err != nil {
			return err
		}
	}
	if !w.o.Names {
		if err := o.unnamed(record.MaskOf(&doc)); err != nil {
			return err
		}
	}
	switch wait, n := pendingOf(reports); {
	case o.State != Indexed:
	case t.hosts.asked():
		o.Phase = PhaseDocuments
		err = w.noteHosts(ctx, t.hosts, &doc)
	case n > 0:
		o.Recheck, err = w.later(ctx, tenant, application, nextAttempt(t, old, doc.NotFollowed), wait, checked)
	}
	if err != nil {
		return err
	}
	if len(faults) > 0 && o.State == Indexed {
		o.Reason = string(ClassFault)
		w.about(t).Warn("application is indexed without what assay failed on", zap.String("detail", where(faults)), zap.Bool("letter", letters))
		if letters {
			if err := w.bury(ctx, t, ClassFault, where(faults)); err != nil {
				return err
			}
		}
	}
	w.o.Metrics.found(&o)
	if err := w.publish(ctx, t, o); err != nil {
		return err
	}
	if err := w.lookAgain(ctx, o.State, &doc); err != nil {
		return err
	}
	if o.State != Indexed {
		return nil
	}
	return w.settle(ctx, tenant, said, &doc)
}

// asks is what is done before a host is asked for a submission.
func (t task) asks() func(context.Context) (func(), error) {
	switch {
	case t.hosts != nil:
		return t.hosts.later
	case t.place != nil:
		return t.place.asks
	}
	return nil
}

// examine examines a submission. A fault of assay's own is an error as long as
// it may be tried again. Afterwards it stands beside the reports, as that of a
// reader does at once: the same bytes meet the same reader every time. letters
// says whether a letter is to tell of it: not again when pending badges are
// rechecked and only a reader failed.
func (w *Worker) examine(ctx context.Context, t task, in examine.Input, earlier error) (_ []examine.Report, _ []*guard.Fault, letters bool, _ error) {
	if earlier != nil {
		return unexamined(in), guard.Faults(earlier), true, nil
	}
	reports, err := w.given(ctx, in)
	w.tell(t, err)
	faults := guard.Faults(err)
	if err != nil && (len(faults) == 0 && !errors.Is(err, examine.ErrBusy) || !w.last(t)) {
		return nil, nil, false, err
	}
	if err != nil && len(reports) == 0 {
		reports = unexamined(in)
	}
	for _, r := range reports {
		for _, u := range r.Unread {
			if u.Reason == extract.ReasonReaderFailed && u.At != "" {
				f := &guard.Fault{Where: "reader " + u.Reader, Stack: u.At}
				w.tell(t, f)
				faults = append(faults, f)
			}
		}
	}
	return reports, faults, err != nil || t.attempt == 0, nil
}

// given examines a submission within twice the time that an application has.
// What has not ended then is given up, whatever it does: its slot is free, and
// it is a letter of class stuck.
func (w *Worker) given(ctx context.Context, in examine.Input) ([]examine.Report, error) {
	start := w.o.Now()
	ctx, traced := w.examining(ctx, &in)
	defer func() {
		traced(nil)
		w.o.Metrics.step(stepExamine, w.o.Now().Sub(start))
	}()
	limit, cancel := context.WithTimeout(ctx, 2*w.o.Time)
	defer cancel()
	var reports []examine.Report
	var err error
	gone := w.left.Within(limit, grace, "an application in hand", func() { reports, err = w.o.Examiner.Examine(limit, in) })
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(gone, guard.ErrLeft), gone == nil && err != nil && limit.Err() != nil && len(reports) == 0:
		return nil, &permanent{class: ClassStuck}
	case gone != nil:
		return nil, gone
	}
	return reports, err
}

// followed are the links that are examined.
func (a *Application) followed() []string {
	var all []string
	for i, l := range a.Links {
		if a.gaps[i] == "" {
			all = append(all, l)
		}
	}
	return all
}

// whole puts what is not examined, and why, among the reports of what is: one for
// each document and then one for each link, as the submission names them.
func (a *Application) whole(examined []examine.Report) []examine.Report {
	var all []examine.Report
	add := func(name string, gap extract.Reason) {
		switch {
		case gap != "":
			all = append(all, examine.Report{Document: name, Findings: []examine.Finding{}, Unread: []extract.Unread{{Where: name, Reason: gap}}})
		case len(examined) > 0:
			all, examined = append(all, examined[0]), examined[1:]
		default:
			all = append(all, examine.Report{Document: name})
		}
	}
	for _, d := range a.Documents {
		add(d.Name, d.gap)
	}
	for i, l := range a.Links {
		add("link: "+read.Cut(plainly(l), maxText), a.gaps[i])
	}
	return append(all, examined...)
}

// unexamined are the reports of an application of which nothing was read.
func unexamined(in examine.Input) []examine.Report {
	var all []examine.Report
	add := func(name string) {
		all = append(all, examine.Report{Document: name, Unread: []extract.Unread{{Where: name, Reason: extract.ReasonReaderFailed, Reader: extract.ReaderNone}}})
	}
	for _, d := range in.Documents {
		add(d.Name)
	}
	for _, l := range in.Links {
		add(l)
	}
	return all
}

// errErasing: what was erased is in the index still.
var errErasing = errors.New("an erased application cannot be taken out of the index")

// late answers a submission of an application that was erased: it is removed
// from the index, where an erasure that was stopped half-way left it, and from
// the queue. The index first: of all that is left, only the submission names the
// application, and it brings the worker here again.
func (w *Worker) late(ctx context.Context, t task, o Outcome) error {
	err := w.patient(ctx, func() error {
		if err := w.q.leave(ctx, w.o.Engine, o.Tenant, o.Application); err != nil {
			return err
		}
		if err := w.o.Engine.Erase(ctx, o.Tenant, o.Application); err != nil {
			return err
		}
		return w.q.forgetSaved(ctx, o.Tenant, o.Application)
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errErasing, err)
	}
	if err := w.q.forget(ctx, o.Tenant, o.Application); err != nil {
		return err
	}
	e := outcome(nil, 0)
	e.Tenant, e.Application, e.Sequence, e.Submitted, e.Checked = o.Tenant, o.Application, o.Sequence, o.Submitted, w.o.Now().UTC()
	e.State, e.Reason = Erased, ErrErased.Error()
	return w.publish(ctx, t, e)
}

// publish tells of a submission. The queue writes one outcome after the other: tenants
// take turns here, too, or one would wait behind all that another has been told of.
func (w *Worker) publish(ctx context.Context, t task, o Outcome) error {
	outcomeSpan(ctx, &o)
	ctx, told := w.step(ctx, stepOutcome)
	at, err := w.tells.enter(ctx, t.urgency, o.Tenant)
	if err != nil {
		return err
	}
	defer at.leave()
	o.rechecked = func(ctx context.Context) (bool, error) {
		v, err := w.o.Engine.Version(ctx, o.Tenant, o.Application)
		if errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrErased) {
			return false, nil
		}
		return v > o.Version, err
	}
	if err := w.patient(ctx, func() error { return w.q.publishOutcome(ctx, o) }); err != nil {
		return err
	}
	told()
	if o.Phase != PhaseDocuments { // it is told once more
		w.o.Metrics.applications.WithLabelValues(string(o.State)).Inc()
	}
	w.told(ctx, o).Info("application", zap.String("state", string(o.State)),
		zap.Int("verified", o.Counts.Verified), zap.Int("authentic", o.Counts.Authentic), zap.Int("rejected", o.Counts.Rejected),
		zap.Int("expired", o.Counts.Expired), zap.Int("unvouched", o.Counts.Unvouched), zap.Int("pending", o.Counts.Pending), zap.Int("unsupported", o.Counts.Unsupported), zap.Int("unread", len(o.Unread)))
	return nil
}

// document makes the document for the index.
func (w *Worker) document(a *Application, t task, checked time.Time, reports []examine.Report) record.Application {
	var entries []record.Entry
	for _, f := range examine.Merged(reports) {
		of := record.Entries(f.Where, f.Carrier, f.Verdict, f.Skills, f.Inner)
		for i := range of {
			if of[i].Link = f.Link; i < len(f.Keys) {
				of[i].Key = f.Keys[i]
			}
		}
		entries = append(entries, of...)
	}
	var unread []record.Unread
	var links []record.Link
	for _, r := range reports {
		for _, u := range r.Unread {
			unread = append(unread, record.Unread{Where: u.Where, Reason: string(u.Reason), Detail: u.Detail})
		}
		for _, u := range r.NotFollowed {
			links = append(links, record.Link{Where: u.Where, URL: u.URL, Reason: string(u.Reason), Pending: u.Pending, More: u.More})
		}
	}
	doc := record.New(w.o.IDKey, record.Submission{
		Tenant: a.Tenant, Application: a.Application, Job: a.Job, Candidate: candidate(w.o.IDKey, a),
		DisplayName: a.Applicant.Name, Addresses: slices.Concat(a.Applicant.Emails, a.Applicant.Proven, a.Applicant.IDs),
		Persons: record.Persons(w.o.IDKey, a.Tenant, a.Applicant.Emails, a.Applicant.Proven, a.Applicant.IDs), Submitted: t.submitted.UTC(), Checked: checked.UTC(),
	}, entries, unread)
	doc.NotFollowed = record.KeepLinks(links)
	return doc
}

// candidate is the opaque key by which a tenant's applications of one person
// are known for such.
func candidate(key []byte, a *Application) string {
	who := ""
	switch {
	case len(a.Applicant.Proven) > 0:
		who = strings.ToLower(a.Applicant.Proven[0])
	case len(a.Applicant.Emails) > 0:
		who = strings.ToLower(a.Applicant.Emails[0])
	case len(a.Applicant.IDs) > 0:
		who = a.Applicant.IDs[0]
	default:
		who = a.Application
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("candidate\x00" + a.Tenant + "\x00" + who))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// pendingOf counts pending badges, documents that may be found yet, and links that
// are to be asked again, and gives the time that the badges' hosts ask for.
func pendingOf(reports []examine.Report) (time.Duration, int) {
	var wait time.Duration
	n := 0
	for _, r := range reports {
		for _, u := range r.Unread {
			if u.Reason == extract.ReasonMissing {
				n++
			}
		}
		for _, f := range r.Findings {
			if f.Result == verdict.Pending {
				n++
				wait = max(wait, f.RetryAfter)
			}
		}
		for _, u := range r.NotFollowed {
			if u.Pending {
				n++
			}
		}
	}
	return wait, n
}

// later is Queue.later, with patience.
func (w *Worker) later(ctx context.Context, tenant, application string, attempt int, wait time.Duration, now time.Time) (at time.Time, err error) {
	err = w.patient(ctx, func() error {
		at, err = w.q.later(ctx, tenant, application, attempt, wait, now, w.o.Jitter())
		return err
	})
	return at, err
}

// patient does f again while the engine or a full queue takes nothing, with the
// message in hand: that uses up no tries, and nothing more is taken off the queue.
func (w *Worker) patient(ctx context.Context, f func() error) error {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 30*time.Second) {
		err := f()
		switch {
		case errors.Is(err, index.ErrUnavailable):
			w.o.Metrics.unavailable.Inc()
			w.log.Warn("index takes nothing just now", zap.Duration("pause", pause))
		case errors.Is(err, ErrFull):
			w.log.Warn("queue takes nothing just now", zap.Duration("pause", pause), zap.Error(err))
		default:
			return err
		}
		if !sleep(ctx, pause/2+time.Duration(w.o.Jitter()*float64(pause))) {
			return ctx.Err()
		}
	}
}

// refusal is what the engine says of a document that it refuses. It quotes
// nothing of it; what becomes a header is cut to a short line of ASCII all the
// same.
func refusal(err error) string {
	r := new(index.Refusal)
	if !errors.As(err, &r) {
		return ""
	}
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, r.Detail())
	return text[:min(len(text), 200)]
}

// plain is err as far as it may stand in a log: ours, or its kind alone.
func plain(err error) error {
	for _, e := range []error{errErasing, errDocumentMissing, errDocumentLost, errDocumentMismatch, guard.ErrFault, examine.ErrBusy,
		ErrNoServer, ErrLogin, ErrRights, ErrNoQueue, ErrFull, ErrRoom, index.ErrUnavailable, context.DeadlineExceeded, os.ErrDeadlineExceeded,
		nats.ErrTimeout, nats.ErrNoResponders, nats.ErrConnectionClosed} {
		if errors.Is(err, e) {
			return e
		}
	}
	return fmt.Errorf("%T", err)
}

// overTries is how often a document is written while others write the same application.
const overTries = 20

// over writes a document over what the index has of its application, and gives that, nil
// for nothing. The error is index.ErrErased, errSuperseded, the
// engine's or the queue's.
func (w *Worker) over(ctx context.Context, t task, doc *record.Application) (before *record.Application, err error) {
	for range overTries {
		old, err := w.meet(ctx, doc)
		if err != nil {
			return nil, err
		}
		if doc.Version, err = w.version(ctx, t, old, doc.CheckedAt); err != nil {
			return nil, err
		}
		if old != nil {
			before = old
		}
		out, err := w.put(ctx, t, *doc)
		if err != nil || !out.Superseded {
			return before, err
		}
		// Somebody wrote it meanwhile, this one too when the answer was lost.
		now, err := w.o.Engine.Get(ctx, doc.Tenant, doc.Application)
		switch {
		case errors.Is(err, index.ErrErased):
			return nil, err
		case err == nil && now.Version == doc.Version && t.of(now) && now.CheckedAt.Equal(doc.CheckedAt):
			return before, nil
		}
	}
	return nil, fmt.Errorf("%w: an application changes all the time", index.ErrUnavailable)
}

// put writes one document.
func (w *Worker) put(ctx context.Context, t task, doc record.Application) (index.Outcome, error) {
	ctx, end := w.step(ctx, stepWrite)
	defer end()
	way := w.writer
	if t.way != nil {
		way = t.way
	}
	if t.gone != nil {
		defer t.gone()
	}
	var o index.Outcome
	err := w.patient(ctx, func() error {
		o = way.put(ctx, doc)
		return o.Err
	})
	switch {
	case errors.Is(err, index.ErrRejected):
		return o, &permanent{class: ClassIndex, detail: refusal(err)}
	case errors.Is(err, index.ErrErased):
		return index.Outcome{Superseded: true}, nil
	}
	return o, err
}
