package ingest

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"assay/extract"
	"assay/index"
	"assay/ingest/examine"
	"assay/verify"
	"assay/verify/guard"
	"assay/verify/verdict"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
)

// faultWords is what panics say in these tests.
const faultWords = "words of a document"

// halfFailing finds a good badge and one on which assay fails while failing
// says so.
func halfFailing(failing func() bool) examiner {
	return func(_ context.Context, in examine.Input) ([]examine.Report, error) {
		badge := func(name string, v verify.Verdict) examine.Finding {
			v.Credential.ID, v.Credential.Name = name, name
			return examine.Finding{Where: "resume.png > " + name, Carrier: "png", Verdict: v}
		}
		good := verify.Verdict{Result: verdict.Verified}
		r := examine.Report{Document: in.Documents[0].Name, Findings: []examine.Finding{badge("good", good)}}
		if !failing() {
			r.Findings = append(r.Findings, badge("other", good))
			return []examine.Report{r}, nil
		}
		r.Findings = append(r.Findings, badge("other", verify.Verdict{Result: verdict.Unsupported, Reason: verdict.InternalFault}))
		return []examine.Report{r}, guard.Do("judging a badge", func() { panic(faultWords) })
	}
}

// A fault of assay's own is no verdict: it is tried again, and when it does not
// pass, the application is indexed with the badge as not judged; letter, log
// and metric tell. Retried from the letter, it is judged.
func TestE06_Fault(t *testing.T) {
	t.Parallel()
	r, e := alone(t, func(o *QueueOptions) { o.MaxTries = 2 })
	var mended atomic.Bool
	var tries atomic.Int32
	reg := prometheus.NewPedanticRegistry()
	r.work(t, e, halfFailing(func() bool { tries.Add(1); return !mended.Load() }), func(o *WorkerOptions) {
		o.Faults = &guard.Watch{Log: o.Log, Count: CountFaults(reg)}
	})
	rc := r.submit(t, "acme", "A-1", "x")
	o := r.outcome(t, "acme", "A-1", rc)
	if o.State != Indexed || o.Reason != string(ClassFault) || o.Counts.Verified != 1 || o.Counts.Unsupported != 1 || tries.Load() != 2 {
		t.Errorf("outcome after %d tries: %+v", tries.Load(), o)
	}
	doc, err := e.Get(t.Context(), "acme", "A-1")
	if err != nil || len(doc.Credentials) != 2 || doc.Credentials[1].Verdict.Result != verdict.Unsupported || doc.Credentials[1].Verdict.Reason != verdict.InternalFault {
		t.Errorf("document %+v, %v", doc, err)
	}
	l := r.letters(t)
	if len(l) != 1 || l[0].Class != ClassFault || l[0].Attempts != 2 || l[0].Error != meaning[ClassFault]+": judging a badge" {
		t.Fatalf("letters %+v", l)
	}
	if m, err := reg.Gather(); err != nil || len(m) != 1 || m[0].GetName() != "assay_faults_total" || len(m[0].GetMetric()) != 1 ||
		m[0].GetMetric()[0].GetLabel()[0].GetValue() != "judging a badge" || m[0].GetMetric()[0].GetCounter().GetValue() != 2 {
		t.Errorf("metrics %v, %v", m, err)
	}
	log := r.log.String()
	if !strings.Contains(log, `"where":"judging a badge"`) || !strings.Contains(log, "halfFailing") || strings.Contains(log, faultWords) {
		t.Errorf("log %s", log)
	}

	mended.Store(true)
	if err := r.RetryDeadLetter(t.Context(), l[0].Sequence); err != nil {
		t.Fatal(err)
	}
	eventually(t, "judged after the retry", func() bool {
		doc, err := e.Get(t.Context(), "acme", "A-1")
		return err == nil && doc.Counts.Verified == 2
	})
	if l := r.letters(t); len(l) != 0 {
		t.Errorf("letters left %+v", l)
	}
}

// A reader in the child that fails would fail on the same bytes again: the rest
// is indexed at once, and everybody is told all the same, but not once more by
// each recheck of a pending badge.
func TestE06_ReaderFails(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	var tries, faults atomic.Int32
	r.work(t, e, examiner(func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		tries.Add(1)
		reports, err := byContent(ctx, in)
		reports[0].Unread = append(reports[0].Unread, extract.Unread{Where: in.Documents[0].Name, Reason: extract.ReasonReaderFailed, Reader: "png", At: "png.go:12"})
		return reports, err
	}), func(o *WorkerOptions) {
		o.Faults = &guard.Watch{Log: o.Log, Count: func(where string) {
			if where == "reader png" {
				faults.Add(1)
			}
		}}
	})
	o := r.outcome(t, "acme", "A-1", r.submit(t, "acme", "A-1", "pending"))
	if o.State != Indexed || o.Reason != string(ClassFault) || o.Counts.Pending != 1 || tries.Load() != 1 || faults.Load() != 1 {
		t.Errorf("after %d tries and %d faults: %+v", tries.Load(), faults.Load(), o)
	}
	if log := r.log.String(); !strings.Contains(log, `"where":"reader png"`) || !strings.Contains(log, `"stack":"png.go:12"`) {
		t.Errorf("log %s", log)
	}
	if l := r.letters(t); len(l) != 1 || l[0].Class != ClassFault || l[0].Attempts != 1 || l[0].Error != meaning[ClassFault]+": reader png" {
		t.Errorf("letters %+v", l)
	}
	if n, err := r.due(t.Context(), o.Recheck); n != 1 || err != nil {
		t.Fatalf("due: %d, %v", n, err)
	}
	eventually(t, "checked again", func() bool { n, err := r.Rechecks(t.Context()); return err == nil && n == 0 && tries.Load() == 2 })
	var again Outcome
	eventually(t, "told again", func() bool {
		m, err := r.last(t.Context(), StreamResults, "results.acme.A-1")
		return err == nil && json.Unmarshal(m.Data, &again) == nil && again.Checked.After(o.Checked)
	})
	// Of a letter that is the same the queue would make one for two minutes.
	if n := strings.Count(r.log.String(), `"letter":true`); len(r.letters(t)) != 1 || n != 1 || faults.Load() != 2 || again.Reason != string(ClassFault) {
		t.Errorf("letters %+v, %d sent, %d faults, outcome %+v", r.letters(t), n, faults.Load(), again)
	}
}

// A message that assay fails to work on or to answer goes back to the queue;
// what is tried too often there becomes a dead letter by the server's word.
func TestE06_MessageInHandFails(t *testing.T) {
	t.Parallel()
	r, e := alone(t, func(o *QueueOptions) { o.MaxTries, o.AckWait = 2, time.Hour })
	w, err := NewWorker(WorkerOptions{Queue: r.Queue, Engine: e, Examiner: examiner(byContent), IDKey: []byte("id key of a test, long enough...."), Log: r.log.logger(), Jitter: func() float64 { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	rc := r.submit(t, "acme", "A-1", "verified")
	ctx, cancel := context.WithCancel(t.Context())
	var calls atomic.Int32
	ended := make(chan error)
	go func() {
		ended <- w.loop(ctx, ctx, StreamApplications, consumerOf(ConsumerLive, "acme"), func(context.Context, jetstream.Msg) {
			calls.Add(1)
			panic(faultWords)
		})
	}()
	eventually(t, "tried twice", func() bool { return calls.Load() == 2 })
	eventually(t, "both are told", func() bool { return strings.Count(r.log.String(), `"where":"a message in hand"`) == 2 })
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	r.work(t, e, examiner(byContent))
	if o := r.outcome(t, "acme", "A-1", rc); o.State != Refused || o.Reason != string(ClassExhausted) {
		t.Errorf("outcome %+v", o)
	}
	if l := r.letters(t); len(l) != 1 || l[0].Class != ClassExhausted || l[0].Attempts != 2 {
		t.Errorf("letters %+v", l)
	}
	if strings.Contains(r.log.String(), faultWords) {
		t.Errorf("log %s", r.log)
	}
}

// failingStatus fails when it is asked for its state.
type failingStatus struct {
	*memory
	fails atomic.Bool // once
}

func (e *failingStatus) Status(ctx context.Context) (index.Status, error) {
	if e.fails.Swap(false) {
		panic(faultWords)
	}
	return e.memory.Status(ctx)
}

// A request on which assay fails is answered, and the next one too.
func TestE06_RequestFails(t *testing.T) {
	t.Parallel()
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	r, e := newRig(t, s), &failingStatus{memory: newMemory()}
	r.work(t, e, examiner(byContent))
	eventually(t, "an answer, and no sweep that asks, too", func() bool {
		_, err := r.RequestStatus(t.Context())
		return err == nil && strings.Contains(r.log.String(), "sweep is done")
	})
	e.fails.Store(true)
	_, err := r.RequestStatus(t.Context())
	if err == nil || err.Error() != errRequest.Error() {
		t.Errorf("answer %v", err)
	}
	if log := r.log.String(); !strings.Contains(log, `"where":"an operator's request"`) || strings.Contains(log, faultWords) {
		t.Errorf("log %s", log)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := r.RequestStatus(ctx); err != nil {
		t.Errorf("the next request: %v", err)
	}
}
