package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/index"
	"assay/index/record"
	"assay/ingest/examine"

	"github.com/nats-io/nats.go"
)

// twice is two workers, who take in hand what they are told to.
func (r *rig) twice(t *testing.T, e index.Engine, ex Examiner, now func() time.Time) [2]*Worker {
	t.Helper()
	var two [2]*Worker
	for i := range two {
		w, err := NewWorker(WorkerOptions{Queue: r.Queue, Engine: e, Examiner: ex, IDKey: []byte("id key of a test, long enough...."), Now: now,
			Jitter: func() float64 { return 0 }, Log: r.log.logger()})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
		done := make(chan error, 1)
		go func() { done <- w.writer.run(ctx) }()
		t.Cleanup(func() { cancel(); <-done })
		two[i] = w
	}
	return two
}

// newest gives the task of the newest submission.
func (r *rig) newestTask(t *testing.T, application string) task {
	t.Helper()
	subject := "applications.acme." + application
	m, err := r.last(t.Context(), StreamApplications, subject)
	if err != nil {
		t.Fatal(err)
	}
	return task{subject: subject, data: m.Data, sequence: m.Sequence, submitted: m.Time, tries: 1}
}

// Whatever happens in whatever order, the newest submission of the stream is the one in
// the index and its outcome the last, and every submission has an outcome: with two
// workers, redeliveries, rechecks and decisions at the same time, clocks of the queue and
// of workers that jump, and a stream that is made anew.
func TestConcurrentOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			r, e := alone(t)
			rnd := rand.New(rand.NewPCG(seed, 15))
			var mu sync.Mutex
			one := func(of int) int { // of several, by chance
				mu.Lock()
				defer mu.Unlock()
				return rnd.IntN(of)
			}
			wait := func(most int) time.Duration { return time.Duration(one(most)) * 100 * time.Microsecond }
			jump := func() time.Duration { return time.Duration(one(41)-20) * time.Minute }
			two := r.twice(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
				time.Sleep(wait(60))
				return byContent(ctx, in)
			}), func() time.Time { return time.Now().Add(jump()) })

			told := map[string]bool{}
			var tellings sync.Mutex
			sub, err := r.nc.Subscribe("results.acme.*", func(m *nats.Msg) {
				var o Outcome
				if json.Unmarshal(m.Data, &o) == nil {
					tellings.Lock()
					told[fmt.Sprint(o.Application, o.Sequence, o.Submitted.UnixNano())] = true
					tellings.Unlock()
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer sub.Unsubscribe()

			const applications = 3
			var want []string
			// A clock of the queue that is minutes wrong, for each submission its own;
			// of lives of the stream the later one is later.
			clock := map[uint64]time.Duration{}
			life := func(base time.Duration) {
				clear(clock)
				var wg sync.WaitGroup
				of := func(k task) task { k.submitted = k.submitted.Add(clock[k.sequence]); return k }
				work := func(k task) {
					w := two[one(2)]
					pause := wait(80)
					wg.Go(func() {
						time.Sleep(pause)
						for range 50 { // as a message that is delivered again
							if err := w.try(t.Context(), k, nil); err == nil {
								return
							}
						}
						t.Errorf("%s %d cannot be worked on", k.subject, k.sequence)
					})
				}
				for n := range 30 {
					name := fmt.Sprint("A-", one(applications))
					switch n % 5 {
					case 3: // a recheck of what is newest, or a redelivery
						if last, err := r.last(t.Context(), StreamApplications, "applications.acme."+name); err == nil {
							k := of(task{subject: last.Subject, data: last.Data, sequence: last.Sequence, submitted: last.Time, tries: 2, attempt: one(2)})
							if doc, err := e.Get(t.Context(), "acme", name); err == nil && k.attempt > 0 {
								k.began = doc.Version
							}
							work(k)
						}
					case 4: // a decision
						if doc, err := e.Get(t.Context(), "acme", name); err == nil {
							doc.Version = record.NextVersion(doc.Version)
							e.Write(t.Context(), []record.Application{*doc})
						}
					default:
						r.submit(t, "acme", name, fmt.Sprint("verified ", base, n))
						k := r.newestTask(t, name)
						clock[k.sequence] = base + jump()
						k = of(k)
						want = append(want, fmt.Sprint(name, k.sequence, k.submitted.UnixNano()))
						work(k)
						if n%7 == 0 {
							work(k)
						}
					}
					time.Sleep(wait(20))
				}
				wg.Wait()
				for i := range applications {
					name := fmt.Sprint("A-", i)
					if _, err := r.last(t.Context(), StreamApplications, "applications.acme."+name); err != nil {
						continue
					}
					k := of(r.newestTask(t, name))
					doc, err := e.Get(t.Context(), "acme", name)
					if err != nil {
						t.Fatal(err)
					}
					if _, sequence, ok := record.Place(doc.Version); !ok || sequence != k.sequence || !doc.AppliedAt.Equal(k.submitted) {
						t.Errorf("%s: the index has submission %d of %v, the stream %d of %v", name, sequence, doc.AppliedAt, k.sequence, k.submitted)
					}
					last, err := r.last(t.Context(), StreamResults, "results.acme."+name)
					if err != nil {
						t.Fatal(err)
					}
					var o Outcome
					if err := json.Unmarshal(last.Data, &o); err != nil || markOf(last.Header) != k.mark() || o.State != Indexed || !o.Submitted.Equal(k.submitted) {
						t.Errorf("%s: the last outcome is %s of %d, the newest submission %d", name, o.State, o.Sequence, k.sequence)
					}
				}
			}
			life(0)
			if err := r.js.DeleteStream(t.Context(), StreamApplications); err != nil {
				t.Fatal(err)
			}
			if err := r.Setup(t.Context()); err != nil {
				t.Fatal(err)
			}
			life(2 * time.Hour)
			if err := r.nc.Flush(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "every submission has an outcome", func() bool {
				tellings.Lock()
				defer tellings.Unlock()
				for _, k := range want {
					if !told[k] {
						return false
					}
				}
				return true
			})
		})
	}
}

// Two submissions within one millisecond, the first of which takes longer.
func TestOrderWithinAMillisecond(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		if string(in.Documents[0].Data) == "rejected: first" {
			time.Sleep(30 * time.Millisecond)
		}
		return byContent(ctx, in)
	}))
	var all []*Receipt
	for i := range 20 {
		name := fmt.Sprint("A-", i)
		r.submit(t, "acme", name, "rejected: first")
		all = append(all, r.submit(t, "acme", name, "verified: second"))
	}
	for i, rc := range all {
		o := r.outcome(t, "acme", fmt.Sprint("A-", i), rc)
		if o.Sequence != rc.Sequence {
			t.Errorf("outcome of %d, want %d", o.Sequence, rc.Sequence)
		}
	}
	eventually(t, "all are answered", func() bool {
		l, err := r.Lag(t.Context())
		return err == nil && l.Held == 0 && l.Live == 0
	})
	for i, rc := range all {
		name := fmt.Sprint("A-", i)
		if doc, err := e.Get(t.Context(), "acme", name); err != nil || doc.Counts.Verified != 1 {
			t.Errorf("%s: %+v, %v", name, doc, err)
		}
		if o := r.outcome(t, "acme", name, rc); o.State != Indexed || o.Counts.Verified != 1 {
			t.Errorf("%s: outcome %+v", name, o)
		}
	}
}

// What is there is of an earlier life of the stream, or of an earlier release.
func TestOrderOverWhatIsThere(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, tt := range []struct {
		desc     string
		version  int64
		applied  time.Time
		checked  time.Time
		replaced bool
	}{
		{"an earlier release's", record.Version(now.Add(time.Hour), now.Add(2*time.Hour)), now.Add(time.Hour), now, true},
		{"older", record.VersionAt(3, 0), now, now, true},
		{"of a lost stream, submitted before", record.VersionAt(3, 5000), now.Add(-time.Hour), now, true},
		{"of a lost stream, submitted later", record.VersionAt(3, 5000), now.Add(time.Hour), now, false},
	} {
		t.Run(tt.desc, func(t *testing.T) {
			t.Parallel()
			r, e := alone(t)
			e.docs["acme/A-1"] = record.Application{Tenant: "acme", Application: "A-1", Version: tt.version, AppliedAt: tt.applied, CheckedAt: tt.checked}
			var seen atomic.Int64
			r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
				seen.Add(1)
				return byContent(ctx, in)
			}))
			rc := r.submit(t, "acme", "A-1", "verified")
			o := r.outcome(t, "acme", "A-1", rc)
			doc, err := e.Get(t.Context(), "acme", "A-1")
			if err != nil || (o.State == Indexed) != tt.replaced || (doc.Version > tt.version) != tt.replaced || seen.Load() != 1 {
				t.Errorf("%s at %d after %d, %v", o.State, doc.Version, tt.version, err)
			}
			if !tt.replaced && o.State != Superseded {
				t.Errorf("outcome %s", o.State)
			}
		})
	}
}

// An outcome of an earlier life of the stream, at a higher sequence, is not the one that
// is waited for, and covers nothing.
func TestWaitForThisLife(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	old := outcome(nil, 0)
	old.Tenant, old.Application, old.State, old.Sequence, old.Submitted = "acme", "A-1", Indexed, 5000, time.Now().Add(-time.Hour).UTC()
	if err := r.publishOutcome(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	rc := r.submit(t, "acme", "A-1", "verified")
	k := r.newestTask(t, "A-1")
	if (mark{5000, old.Submitted.UnixNano()}).covers(k.mark()) || !k.mark().covers(k.mark()) {
		t.Error("what covers is wrong")
	}
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if o, err := r.Wait(short, "acme", "A-1", rc); err == nil {
		t.Errorf("waiting gives %+v", o)
	}
	r.work(t, e, examiner(byContent))
	if o := r.outcome(t, "acme", "A-1", rc); o.Sequence != rc.Sequence {
		t.Errorf("%+v", o)
	}
}

// Of two checks of one submission the one that began later stands, unless nobody was told
// of it; a recheck stands over what it was begun on, whatever the clocks say.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		desc   string
		told   bool
		began  bool // the check knows of what is there
		stands bool
	}{
		{"the other is told of", true, false, false},
		{"the other is not", false, false, true},
		{"a recheck of it, by a slow clock", true, true, true},
	} {
		t.Run(tt.desc, func(t *testing.T) {
			t.Parallel()
			r, e := alone(t)
			w := r.twice(t, e, examiner(byContent), time.Now)[0]
			r.submit(t, "acme", "A-1", "verified")
			k := r.newestTask(t, "A-1")
			there := record.NextVersion(record.VersionAt(0, k.sequence))
			e.docs["acme/A-1"] = record.Application{Tenant: "acme", Application: "A-1", Job: "the other's", Version: there, AppliedAt: k.submitted, CheckedAt: time.Now().Add(time.Minute)}
			if tt.told {
				o := outcome(nil, 0)
				o.Tenant, o.Application, o.State, o.Sequence, o.Submitted = "acme", "A-1", Indexed, k.sequence, k.submitted
				if err := r.publishOutcome(t.Context(), o); err != nil {
					t.Fatal(err)
				}
			}
			if tt.began {
				k.began = there
			}
			if err := w.work(t.Context(), k, nil); err != nil {
				t.Fatal(err)
			}
			doc, err := e.Get(t.Context(), "acme", "A-1")
			if err != nil || (doc.Job != "the other's") != tt.stands {
				t.Errorf("%+v %v", doc, err)
			}
			// Either way the last outcome is of this submission, and says that it is indexed.
			last, err := r.last(t.Context(), StreamResults, "results.acme.A-1")
			var o Outcome
			if err != nil || json.Unmarshal(last.Data, &o) != nil || o.State != Indexed || markOf(last.Header) != k.mark() {
				t.Errorf("%+v %v", o, err)
			}
		})
	}
}

// Two workers check one submission, and who wrote first is the last to tell: what is told
// is what stands in the index. An index that was made anew counts from the beginning, and
// is told of all the same.
func TestOrderOfTellings(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	two := r.twice(t, e, examiner(byContent), time.Now)
	r.submit(t, "acme", "A-1", "verified")
	k := r.newestTask(t, "A-1")
	written, told := make(chan struct{}), make(chan struct{})
	var first atomic.Bool
	e.after = func(record.Application) {
		if first.CompareAndSwap(false, true) {
			close(written)
			<-told
		}
	}
	slow := make(chan error, 1)
	go func() { slow <- two[0].work(t.Context(), k, nil) }()
	<-written
	if err := two[1].work(t.Context(), k, nil); err != nil {
		t.Fatal(err)
	}
	close(told)
	if err := <-slow; err != nil {
		t.Fatal(err)
	}
	last := func() (version, stands int64) {
		t.Helper()
		m, err := r.last(t.Context(), StreamResults, "results.acme.A-1")
		var o Outcome
		if err != nil || json.Unmarshal(m.Data, &o) != nil {
			t.Fatal(err)
		}
		stands, err = e.Version(t.Context(), "acme", "A-1")
		if err != nil {
			t.Fatal(err)
		}
		return o.Version, stands
	}
	before, stands := last()
	if before != stands {
		t.Errorf("the outcome is of version %d, the index has %d", before, stands)
	}
	e.mu.Lock()
	delete(e.docs, "acme/A-1")
	e.mu.Unlock()
	if err := two[0].work(t.Context(), k, nil); err != nil {
		t.Fatal(err)
	}
	if version, stands := last(); version != stands || version >= before {
		t.Errorf("after the index was made anew: the outcome is of version %d, the index has %d", version, stands)
	}
}

// The older of two submissions ends last, by a clock that went back in between.
func TestOrderByTheStream(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	w := r.twice(t, e, examiner(byContent), time.Now)[0]
	heard := make(chan *nats.Msg, 8)
	sub, err := r.nc.ChanSubscribe("results.acme.A-1", heard)
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Unsubscribe()
	var tasks []task
	for _, content := range []string{"rejected: the older", "verified: the newer"} {
		r.submit(t, "acme", "A-1", content)
		tasks = append(tasks, r.newestTask(t, "A-1"))
	}
	older, newer := tasks[0], tasks[1]
	newer.submitted = newer.submitted.Add(-10 * time.Minute)
	for _, k := range []task{newer, older, older} {
		if err := w.work(t.Context(), k, nil); err != nil {
			t.Fatal(err)
		}
	}
	if doc, err := e.Get(t.Context(), "acme", "A-1"); err != nil || doc.Counts.Verified != 1 {
		t.Errorf("%+v %v", doc, err)
	}
	last, err := r.last(t.Context(), StreamResults, "results.acme.A-1")
	if err != nil || markOf(last.Header) != newer.mark() {
		t.Errorf("the last outcome is of %+v, %v", markOf(last.Header), err)
	}
	var o Outcome
	for i, want := range []State{Indexed, Superseded, Indexed, Superseded, Indexed} {
		select {
		case m := <-heard:
			if err := json.Unmarshal(m.Data, &o); err != nil || o.State != want {
				t.Errorf("outcome %d is %s, want %s", i+1, o.State, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("outcome %d is not told", i+1)
		}
	}
	// Who did not see the last outcome does not take its place.
	if _, err := r.tell(t.Context(), "results.acme.A-1", []byte("{}"), older.mark().header(), nil); !isTaken(err) {
		t.Errorf("%v", err)
	}
}
