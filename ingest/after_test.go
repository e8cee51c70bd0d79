package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/index/record"
	"assay/ingest/examine"
	"assay/verify/verdict"

	"github.com/nats-io/nats.go/jetstream"
)

// issuer is an examiner whose badges change: of each document, by its name, what its
// issuer says now.
type issuer struct {
	mu   sync.Mutex
	says map[string]verdict.Verdict // by document
}

func (s *issuer) say(doc string, v verdict.Verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.says == nil {
		s.says = map[string]verdict.Verdict{}
	}
	s.says[doc] = v
}

func (s *issuer) Examine(_ context.Context, in examine.Input) ([]examine.Report, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []examine.Report
	for _, d := range in.Documents {
		r := examine.Report{Document: d.Name}
		for _, name := range strings.Split(string(d.Data), ",") {
			if v, ok := s.says[name]; ok {
				r.Findings = append(r.Findings, examine.Finding{Where: d.Name + " > " + name, Carrier: "png", Verdict: v})
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// badge is a verdict of a badge whose issuer publishes its status.
func badge(id, issuer string, r verdict.Result, status verdict.State) verdict.Verdict {
	v := verdict.Verdict{Result: r, Proof: "eddsa-rdfc-2022", Credential: verdict.Credential{ID: id, Name: "Badge", Issuer: verdict.Party{ID: issuer}}, Aspects: verdict.Unasked()}
	v.Aspects.Integrity.State, v.Aspects.Status.State = verdict.Pass, status
	if r == verdict.Rejected {
		v.Reason = verdict.Revoked
	}
	return v
}

// recheckNow has an application checked again, and gives its outcome then.
func (r *rig) recheckNow(t *testing.T, application string, was *Outcome) *Outcome {
	t.Helper()
	if _, err := r.Reprocess(t.Context(), nil, ReprocessOptions{Tenant: "acme", Application: application}); err != nil {
		t.Fatal(err)
	}
	var o *Outcome
	eventually(t, "checked again", func() bool {
		o = r.told(t, application)
		return o != nil && o.Checked.After(was.Checked)
	})
	return o
}

// waiting gives what waits to be checked again, in its order.
func (r *rig) waiting(t *testing.T, f func(name string, again recheck)) {
	t.Helper()
	s, err := r.js.Stream(t.Context(), StreamRechecks)
	if err != nil {
		t.Fatal(err)
	}
	i := s.CachedInfo().State
	for seq := i.FirstSeq; seq <= i.LastSeq && i.Msgs > 0; seq++ {
		m, err := r.at(t.Context(), StreamRechecks, seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		var again recheck
		if err != nil || json.Unmarshal(m.Data, &again) != nil {
			t.Fatal(err)
		}
		f(strings.TrimPrefix(m.Subject, "rechecks."), again)
	}
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) told(t *testing.T, application string) *Outcome {
	t.Helper()
	m, err := r.last(t.Context(), StreamResults, "results.acme."+application)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil
	}
	o := new(Outcome)
	if err != nil || json.Unmarshal(m.Data, o) != nil {
		t.Fatal(err)
	}
	return o
}

// What another check comes to is told with what it was before, and stays told until it
// changes again; a newer submission begins anew.
func TestChangedIsTold(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	s := &issuer{}
	s.say("a", badge("urn:a", "https://x.example", verdict.Verified, verdict.Pass))
	s.say("b", badge("urn:b", "https://x.example", verdict.Verified, verdict.Pass))
	r.work(t, e, s)
	first := r.outcome(t, "acme", "A-1", r.submit(t, "acme", "A-1", "a,b"))
	if len(first.Changed) != 0 {
		t.Errorf("a first check changed %+v", first.Changed)
	}
	s.say("b", badge("urn:b", "https://x.example", verdict.Rejected, verdict.Fail))
	second := r.recheckNow(t, "A-1", first)
	want := Change{Finding: 2, From: verdict.Verified, To: verdict.Rejected, Reason: verdict.Revoked, At: second.Checked}
	if len(second.Changed) != 1 || second.Changed[0] != want {
		t.Errorf("changed %+v, want %+v", second.Changed, want)
	}
	if doc, err := e.Get(t.Context(), "acme", "A-1"); err != nil || doc.Counts.Rejected != 1 {
		t.Errorf("the index says %+v, %v", doc, err)
	}
	third := r.recheckNow(t, "A-1", second)
	if len(third.Changed) != 1 || third.Changed[0] != want {
		t.Errorf("who reads late sees %+v, want %+v", third.Changed, want)
	}
	if n := len(r.recheckNow(t, "A-1", third).Changed); n != 1 {
		t.Errorf("%d changes", n)
	}
	again := r.outcome(t, "acme", "A-1", r.submit(t, "acme", "A-1", "b,a"))
	if len(again.Changed) != 0 {
		t.Errorf("a newer submission changed %+v", again.Changed)
	}
}

// A check that was stopped between index and outcome is made again, and tells its change.
func TestChangedAfterAStop(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	s := &issuer{}
	s.say("a", badge("urn:a", "https://x.example", verdict.Verified, verdict.Pass))
	r.work(t, e, s)
	first := r.outcome(t, "acme", "A-1", r.submit(t, "acme", "A-1", "a"))
	begun := time.Now()
	s.say("a", badge("urn:a", "https://x.example", verdict.Rejected, verdict.Fail))
	// As far as the one that was stopped came: the index alone.
	doc, err := e.Get(t.Context(), "acme", "A-1")
	if err != nil {
		t.Fatal(err)
	}
	doc.Version, doc.CheckedAt = record.NextVersion(doc.Version), time.Now().UTC()
	e.Write(t.Context(), []record.Application{*doc})
	if n, err := r.Reprocess(t.Context(), nil, ReprocessOptions{Tenant: "acme", Before: begun}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	eventually(t, "the change is told", func() bool {
		o := r.told(t, "A-1")
		return o.Checked.After(first.Checked) && len(o.Changed) == 1 && o.Changed[0].To == verdict.Rejected
	})
}

func TestChanges(t *testing.T) {
	t.Parallel()
	at, then := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f := func(doc, id string, r verdict.Result) Found {
		return Found{Document: doc, Carrier: "png", Result: r, Credential: FoundCredential{ID: id, Issuer: verdict.Party{ID: "i"}}}
	}
	of := func(list ...Found) *Outcome {
		o := &Outcome{Findings: list}
		for _, x := range list {
			o.Counts.Add(x.Result, 1)
		}
		return o
	}
	for _, c := range []struct {
		what     string
		was, now *Outcome
		earlier  []Change
		want     []Change
	}{
		{"nothing", of(f("d", "a", verdict.Verified)), of(f("d", "a", verdict.Verified)), nil, nil},
		{"in another place", of(f("d", "a", verdict.Verified), f("d", "b", verdict.Verified)), of(f("d", "b", verdict.Expired), f("d", "a", verdict.Verified)), nil,
			[]Change{{Finding: 1, From: verdict.Verified, To: verdict.Expired, At: at}}},
		{"under another document", of(f("link 1", "a", verdict.Verified)), of(f("link 2", "a", verdict.Rejected)), nil,
			[]Change{{Finding: 1, From: verdict.Verified, To: verdict.Rejected, At: at}}},
		{"it could not be fetched before", of(f("d", "", verdict.Pending)), of(f("d", "a", verdict.Verified)), nil,
			[]Change{{Finding: 1, From: verdict.Pending, To: verdict.Verified, At: at}}},
		{"two badges in one place", of(f("d", "a", verdict.Verified)), of(f("d", "b", verdict.Verified)), nil,
			[]Change{{Finding: 1, To: verdict.Verified, At: at}, {From: verdict.Verified, At: at}}},
		{"what changed before", of(f("d", "a", verdict.Rejected), f("d", "b", verdict.Verified)), of(f("d", "b", verdict.Verified), f("d", "a", verdict.Rejected)),
			[]Change{{Finding: 1, From: verdict.Verified, To: verdict.Rejected, At: then}}, []Change{{Finding: 2, From: verdict.Verified, To: verdict.Rejected, At: then}}},
		{"what was gone before", of(), of(), []Change{{From: verdict.Verified, At: then}}, []Change{{From: verdict.Verified, At: then}}},
		{"back", of(f("d", "a", verdict.Rejected)), of(f("d", "a", verdict.Verified)), []Change{{Finding: 1, From: verdict.Verified, To: verdict.Rejected, At: then}},
			[]Change{{Finding: 1, From: verdict.Rejected, To: verdict.Verified, At: at}}},
	} {
		c.was.Changed = c.earlier
		c.now.since(c.was, at)
		if !slices.Equal(c.now.Changed, c.want) {
			t.Errorf("%s: %+v, want %+v", c.what, c.now.Changed, c.want)
		}
	}
	short := of(f("d", "a", verdict.Verified))
	short.Counts.Verified = 2
	if short.since(of(), at); len(short.Changed) != 0 {
		t.Errorf("of an outcome that is cut short: %+v", short.Changed)
	}
	now := of()
	for i := range 2 * maxChanges {
		now.Findings = append(now.Findings, f("d", fmt.Sprint(i), verdict.Verified))
		now.Counts.Verified++
	}
	if now.since(of(), at); len(now.Changed) != maxChanges {
		t.Errorf("%d changes", len(now.Changed))
	}
}

// What is chosen to be checked again, what is counted, and that counting changes nothing.
func TestReprocessChoice(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	s := &issuer{}
	s.say("x", badge("urn:x", "https://x.example", verdict.Verified, verdict.Pass))
	s.say("y", badge("urn:y", "https://y.example", verdict.Verified, verdict.None))
	stop := r.work(t, e, s)
	for _, x := range []string{"x", "y"} {
		rc := r.submit(t, "acme", "A-"+x, x)
		r.outcome(t, "acme", "A-"+x, rc)
	}
	r.outcome(t, "rival", "A-x", r.submit(t, "rival", "A-x", "x"))
	later := time.Now()
	if _, err := r.js.Publish(t.Context(), "applications.acme.A-bad", []byte("no submission")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a letter and an outcome", func() bool { o := r.told(t, "A-bad"); return len(r.letters(t)) == 1 && o != nil })
	// Indexed, with a letter of a part of it.
	if err := r.bury(t.Context(), letter{subject: "applications.acme.A-y", data: []byte("{}"), class: ClassFault}); err != nil {
		t.Fatal(err)
	}
	stop()
	for _, c := range []struct {
		what string
		o    ReprocessOptions
		want string
	}{
		{"all", ReprocessOptions{}, "acme.A-x acme.A-y rival.A-x acme.A-bad"},
		{"a tenant", ReprocessOptions{Tenant: "acme"}, "acme.A-x acme.A-y acme.A-bad"},
		{"one", ReprocessOptions{Tenant: "acme", Application: "A-x"}, "acme.A-x"},
		{"since", ReprocessOptions{Since: later}, "acme.A-bad"},
		{"failed", ReprocessOptions{Failed: true}, "acme.A-y acme.A-bad"},
		{"failed, since", ReprocessOptions{Failed: true, Since: later}, "acme.A-bad"},
		{"failed, of another", ReprocessOptions{Failed: true, Tenant: "rival"}, ""},
		{"due", ReprocessOptions{Due: true}, "acme.A-x rival.A-x"},
		{"due, of a tenant", ReprocessOptions{Due: true, Tenant: "rival"}, "rival.A-x"},
		{"issuer", ReprocessOptions{Issuer: "https://y.example", Tenant: "acme"}, "acme.A-y"},
		{"issuer, of all", ReprocessOptions{Issuer: "https://x.example"}, "acme.A-x rival.A-x"},
		{"issuer, of another", ReprocessOptions{Issuer: "https://y.example", Tenant: "rival"}, ""},
	} {
		want := strings.Fields(c.want)
		c.o.DryRun = true
		if n, err := r.Reprocess(t.Context(), e, c.o); n != len(want) || err != nil {
			t.Errorf("%s: %d would be checked, %v; want %s", c.what, n, err, c.want)
		}
		if n, err := r.Rechecks(t.Context()); n != 0 || err != nil {
			t.Fatalf("%s: a dry run queued %d, %v", c.what, n, err)
		}
		c.o.DryRun = false
		seen := 0
		c.o.Progress = func(now, total int) { seen = now }
		if n, err := r.Reprocess(t.Context(), e, c.o); n != len(want) || err != nil {
			t.Errorf("%s: %d, %v", c.what, n, err)
		}
		var got []string
		r.waiting(t, func(name string, again recheck) {
			if sub, err := r.at(t.Context(), StreamApplications, again.Sequence); !c.o.Failed && (err != nil || sub.Subject != "applications."+name) {
				t.Errorf("%s: the sequence of %s leads to %v, %v", c.what, name, sub, err)
			}
			got = append(got, name)
		})
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", c.what, got, want)
		}
		if len(want) > 0 && seen == 0 && !c.o.Failed && c.o.Issuer == "" {
			t.Errorf("%s: no progress", c.what)
		}
	}
	if _, err := r.Reprocess(t.Context(), e, ReprocessOptions{Failed: true, Due: true}); !errors.Is(err, ErrChoice) {
		t.Errorf("two ways at once: %v", err)
	}
}

// More than a page, in the order of the stream, each once, and what came since is left.
func TestReprocessPages(t *testing.T) {
	t.Parallel()
	r, _ := alone(t)
	const n = pageSize + windowSize + 1
	for i := range n {
		if _, err := r.js.PublishMsgAsync(natsMsg(fmt.Sprintf("applications.acme.A-%d", i))); err != nil {
			t.Fatal(err)
		}
		if i%1000 == 0 {
			<-r.js.PublishAsyncComplete()
		}
	}
	<-r.js.PublishAsyncComplete()
	var told [2]int
	if got, err := r.Reprocess(t.Context(), nil, ReprocessOptions{Progress: func(now, total int) { told = [2]int{now, total} }}); got != n || err != nil {
		t.Fatal(got, err)
	}
	if told != [2]int{n, n} {
		t.Errorf("progress ends with %v", told)
	}
	last, seen := uint64(0), 0
	r.waiting(t, func(_ string, again recheck) {
		if again.Sequence <= last {
			t.Errorf("%d behind %d", again.Sequence, last)
		}
		last = again.Sequence
		seen++
	})
	if seen != n {
		t.Errorf("%d rechecks", seen)
	}
}

// A recheck says where the submission was; what lies there is another application's, or
// nothing any more, and is not taken for it.
func TestRecheckByItsSequence(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	r.work(t, e, examiner(byContent))
	other := r.submit(t, "rival", "A-1", "verified")
	was := r.outcome(t, "rival", "A-1", other)
	first := r.submit(t, "acme", "A-1", "rejected")
	r.outcome(t, "acme", "A-1", first)
	second := r.submit(t, "acme", "A-1", "rejected again")
	o := r.outcome(t, "acme", "A-1", second)
	for _, seq := range []uint64{other.Sequence, first.Sequence, second.Sequence, second.Sequence + 1000} {
		if err := r.recheck(t.Context(), "acme", "A-1", recheck{V: 1, Reason: "reprocess", Sequence: seq}); err != nil {
			t.Fatal(err)
		}
		checked := o.Checked
		eventually(t, "checked again", func() bool { o = r.told(t, "A-1"); return o.Checked.After(checked) })
		if o.Counts.Rejected != 1 || o.Counts.Verified != 0 || o.Sequence != second.Sequence {
			t.Errorf("by sequence %d: %+v", seq, o)
		}
	}
	m, err := r.last(t.Context(), StreamResults, "results.rival.A-1")
	var now Outcome
	if err != nil || json.Unmarshal(m.Data, &now) != nil || !now.Checked.Equal(was.Checked) {
		t.Errorf("the other one was checked: %+v, %v", now, err)
	}
}

func TestMayChange(t *testing.T) {
	t.Parallel()
	checked := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	now := checked.Add(48 * time.Hour)
	of := func(change func(*verdict.Verdict)) *Outcome {
		v := badge("urn:a", "https://x.example", verdict.Verified, verdict.None)
		change(&v)
		o := &Outcome{Checked: checked}
		o.found("document 1", "png", v, nil)
		return o
	}
	for _, c := range []struct {
		what string
		o    *Outcome
		want bool
	}{
		{"signed once and for all", of(func(*verdict.Verdict) {}), false},
		{"with a status", of(func(v *verdict.Verdict) { v.Aspects.Status.State = verdict.Pass }), true},
		{"suspended", of(func(v *verdict.Verdict) { v.Result, v.Aspects.Status.State = verdict.Rejected, verdict.Fail }), true},
		{"forged", of(func(v *verdict.Verdict) {
			v.Result, v.Aspects.Status.State, v.Aspects.Integrity.State = verdict.Rejected, verdict.Pass, verdict.Fail
		}), false},
		{"hosted", of(func(v *verdict.Verdict) { v.Proof = "hosted" }), true},
		{"pending", of(func(v *verdict.Verdict) { v.Result, v.Aspects.Status.State = verdict.Pending, verdict.Unknown }), false},
		{"its time is over since", of(func(v *verdict.Verdict) { v.Credential.Expires = checked.Add(time.Hour) }), true},
		{"its time is over later", of(func(v *verdict.Verdict) { v.Credential.Expires = now.Add(time.Hour) }), false},
		{"its time was over", of(func(v *verdict.Verdict) { v.Result, v.Credential.Expires = verdict.Expired, checked.Add(-time.Hour) }), false},
		{"cut short", &Outcome{Checked: checked, Counts: verdict.Counts{Verified: 2}}, true},
	} {
		if got := len(c.o.mayChange(now)) > 0; got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}

// What may have changed is looked at again when it is due, by issuers, and not before;
// and of one issuer no more than its budget an hour.
func TestRenew(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	s := &issuer{}
	for _, x := range []string{"x", "y"} {
		s.say(x, badge("urn:"+x, "https://"+x+".example", verdict.Verified, verdict.Pass))
		h := badge("urn:h"+x, "https://h"+x+".example", verdict.Verified, verdict.Pass)
		h.Proof = "hosted"
		s.say("h"+x, h)
	}
	s.say("fixed", badge("urn:f", "did:key:z", verdict.Verified, verdict.None))
	var mu sync.Mutex
	var ahead time.Duration
	now := func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(ahead) }
	stop := r.work(t, e, s, func(o *WorkerOptions) { o.Recheck, o.Now = -1, now })
	var last *Receipt
	for i, content := range []string{"x", "y", "fixed", "x", "hx", "y", "hx", "hx"} {
		last = r.submit(t, "acme", fmt.Sprintf("A-%d", i), content)
		r.outcome(t, "acme", fmt.Sprintf("A-%d", i), last)
	}
	stop()
	w, err := NewWorker(WorkerOptions{Queue: r.Queue, Engine: e, Examiner: s, IDKey: []byte("id key of a test, long enough...."), Recheck: 24 * time.Hour, Budget: 2, Log: r.log.logger()})
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now().Truncate(time.Hour).Add(time.Hour)
	if n, err := w.renew(t.Context(), begun); n != 0 || err != nil {
		t.Errorf("of what was just checked, %d are looked at, %v", n, err)
	}
	due := begun.Add(24 * time.Hour)
	queuedNow := func() (got []string) {
		t.Helper()
		r.waiting(t, func(name string, _ recheck) { got = append(got, strings.TrimPrefix(name, "acme.")) })
		return got
	}
	if n, err := w.renew(t.Context(), due); n != 6 || err != nil {
		t.Errorf("%d are due, %v", n, err)
	}
	if got := strings.Join(queuedNow(), " "); got != "A-4 A-6 A-0 A-3 A-1 A-5" {
		t.Errorf("looked at again, by issuers: %s", got)
	}
	if n, err := w.renew(t.Context(), due.Add(time.Minute)); n != 0 || err != nil {
		t.Errorf("%d before the next look, %v", n, err)
	}
	// None was checked meanwhile. What the budget left stays left until the next hour.
	if n, err := w.renew(t.Context(), due.Add(20*time.Minute)); n != 4 || err != nil {
		t.Errorf("%d in the same hour, %v", n, err)
	}
	queuedNow()
	if n, err := w.renew(t.Context(), due.Add(time.Hour)); n != 6 || err != nil {
		t.Errorf("%d in the next hour, %v", n, err)
	}
	queuedNow()
	w.o.Recheck = -1
	if n, err := w.renew(t.Context(), due.Add(5*time.Hour)); n != 0 || err != nil {
		t.Errorf("%d where it is off, %v", n, err)
	}
}

// A worker whose clock goes on finds that a badge was withdrawn, and that another one's
// time is over, and says so in the index and in the outcome.
func TestWithdrawnIsNoticed(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	s := &issuer{}
	s.say("a", badge("urn:a", "https://x.example", verdict.Verified, verdict.Pass))
	var mu sync.Mutex
	var ahead time.Duration
	now := func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(ahead) }
	r.work(t, e, s, func(o *WorkerOptions) { o.Now = now })
	first := r.outcome(t, "acme", "A-1", r.submit(t, "acme", "A-1", "a"))
	s.say("a", badge("urn:a", "https://x.example", verdict.Rejected, verdict.Fail))
	mu.Lock()
	ahead = 25 * time.Hour
	mu.Unlock()
	eventually(t, "the withdrawal is noticed", func() bool { return r.told(t, "A-1").Checked.After(first.Checked) })
	if o := r.told(t, "A-1"); len(o.Changed) != 1 || o.Changed[0].From != verdict.Verified || o.Changed[0].Reason != verdict.Revoked {
		t.Errorf("told: %+v", o.Changed)
	}
	if doc, err := e.Get(t.Context(), "acme", "A-1"); err != nil || doc.Counts.Rejected != 1 {
		t.Errorf("the index says %+v, %v", doc, err)
	}
}
