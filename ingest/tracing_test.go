package ingest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"assay/ingest/examine"
	"assay/verify/fetch"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

const (
	aTrace  = "0af7651916cd43dd8448eb211c80319c"
	aParent = "00-" + aTrace + "-b7ad6b7169203331-01"
)

// collecting is Tracing whose spans are kept.
func collecting(t testing.TB, ratio float64) (*Tracing, *tracetest.InMemoryExporter) {
	t.Helper()
	kept := tracetest.NewInMemoryExporter()
	tr, err := NewTracing(TracingOptions{Exporter: kept, Ratio: ratio, Key: []byte("key of a test")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close(context.Background()) })
	return tr, kept
}

// asking is hosting whose examiner asks a host n times, and takes steps.
func asking(f fetch.Fetcher, url string, n int) examiner {
	ex := &hosting{}
	return func(ctx context.Context, in examine.Input) ([]examine.Report, error) {
		in.Took(examine.StepRead, time.Millisecond)
		if in.Asks != nil {
			ctx = fetch.Asking(ctx, in.Asks)
		}
		for i := range n {
			if _, err := f.Fetch(ctx, fetch.Request{URL: fmt.Sprint(url, i), Chosen: true, PlainHTTP: true}); errors.Is(err, fetch.ErrLater) {
				break
			} else if err != nil {
				return nil, err
			}
		}
		in.Took(examine.StepJudge, time.Millisecond)
		return ex.Examine(ctx, in)
	}
}

func aHost(t *testing.T) (*fetch.Client, string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "{}") }))
	t.Cleanup(s.Close)
	c, err := fetch.NewClient(fetch.Options{AllowHosts: []string{strings.TrimPrefix(s.URL, "http://")}})
	if err != nil {
		t.Fatal(err)
	}
	return c, s.URL + "/canary-path?"
}

// One trace leads from who hands an application in to both of its outcomes, and says
// nothing of anybody.
func TestTrace(t *testing.T) {
	t.Parallel()
	tr, kept := collecting(t, 1)
	r, e := alone(t, func(o *QueueOptions) { o.Tracing = tr })
	client, url := aHost(t)
	r.work(t, e, asking(client, url, 3))
	sub := submission("acme", "canary-application", "hosted verified")
	sub.Applicant.Name, sub.Files[0].Name, sub.Job = "Canary Surname", "canary.pdf", "canary-job"
	rc, err := r.sub.Submit(traced(t.Context(), aParent), sub)
	if err != nil {
		t.Fatal(err)
	}
	r.outcome(t, "acme", "canary-application", rc)
	eventually(t, "all have ended", func() bool { l, err := r.Lag(t.Context()); return err == nil && l == waits{} })
	byName := func() map[string][]tracetest.SpanStub {
		tr.Flush(t.Context())
		all := map[string][]tracetest.SpanStub{}
		for _, s := range kept.GetSpans() {
			all[s.Name] = append(all[s.Name], s)
		}
		return all
	}
	eventually(t, "the last span has ended", func() bool { return len(byName()["application with hosts"]) == 1 })
	all := byName()
	for name, n := range map[string]int{"submit": 1, "application": 1, "application with hosts": 1, "documents": 2, "examine": 2, "read": 2, "judge": 2, "fetch": 3, "write": 2, "outcome": 2} {
		if len(all[name]) != n {
			t.Errorf("%d spans %q, want %d", len(all[name]), name, n)
		}
	}
	ids := map[trace.SpanID]string{}
	for name, list := range all {
		for _, s := range list {
			ids[s.SpanContext.SpanID()] = name
			if s.SpanContext.TraceID().String() != aTrace {
				t.Errorf("%s is of another trace: %v", name, s.SpanContext.TraceID())
			}
			if text := fmt.Sprint(s.Name, s.Attributes, s.Events, s.Status, s.Links, s.SpanContext.TraceState()); strings.Contains(strings.ToLower(text), "canary") || strings.Contains(text, "applicant@") || strings.Contains(text, "127.0.0.1") || strings.Contains(text, "resume") {
				t.Errorf("%s tells %s", name, text)
			}
		}
	}
	for name, parent := range map[string]string{"application": "submit", "application with hosts": "submit", "examine": "application", "read": "examine", "fetch": "examine", "write": "application", "outcome": "application"} {
		if got := ids[all[name][0].Parent.SpanID()]; got != parent && got != parent+" with hosts" {
			t.Errorf("%s is below %q, want %q", name, got, parent)
		}
	}
	if s := all["submit"][0]; s.Parent.SpanID().String() != "b7ad6b7169203331" {
		t.Errorf("submit is below %v", s.Parent.SpanID())
	}
	has := func(s tracetest.SpanStub, want ...attribute.KeyValue) {
		t.Helper()
		for _, w := range want {
			found := false
			for _, a := range s.Attributes {
				found = found || a == w
			}
			if !found {
				t.Errorf("%s has %v, want %v", s.Name, s.Attributes, w)
			}
		}
	}
	has(all["application with hosts"][0], attribute.String("assay.tenant", "acme"), attribute.String("assay.state", "indexed"), attribute.String("assay.phase", "complete"), attribute.Int("assay.verified", 1), attribute.Int64("assay.tries", 1))
	has(all["fetch"][0], attribute.String("assay.purpose", "links"), attribute.String("assay.outcome", "2xx"))
	has(all["submit"][0], attribute.Int64("assay.sequence", int64(rc.Sequence)))
	// Who reads the outcome goes on with it.
	m, err := r.last(t.Context(), StreamResults, "results.acme.canary-application")
	if err != nil {
		t.Fatal(err)
	}
	if p := traceOf(m.Header); !strings.HasPrefix(p, "00-"+aTrace+"-") || ids[trace.SpanContextFromContext(traced(t.Context(), p)).SpanID()] != "outcome" {
		t.Errorf("the outcome's header is %q", p)
	}

	// A later check is a trace of its own, which names the first.
	kept.Reset()
	if err := r.recheck(t.Context(), "acme", "canary-application", recheck{V: 1, Reason: "reprocess"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is checked again", func() bool { return len(byName()["application again"]) == 1 })
	s := byName()["application again"][0]
	if s.SpanContext.TraceID().String() == aTrace || len(s.Links) != 1 || s.Links[0].SpanContext.TraceID().String() != aTrace {
		t.Errorf("%v links %v", s.SpanContext.TraceID(), s.Links)
	}
}

// Where assay itself does not trace, the header goes on as it came.
func TestTraceGoesThrough(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	r.work(t, e, examiner(byContent))
	rc, err := r.sub.Submit(traced(t.Context(), aParent), submission("acme", "A-1", "verified"))
	if err != nil {
		t.Fatal(err)
	}
	r.outcome(t, "acme", "A-1", rc)
	m, err := r.last(t.Context(), StreamResults, "results.acme.A-1")
	if err != nil || traceOf(m.Header) != aParent {
		t.Errorf("%v, %v", m.Header, err)
	}
	// A letter's outcome, too.
	if err := r.nc.PublishMsg(&nats.Msg{Subject: "applications.acme.A-2", Data: []byte("no JSON"), Header: nats.Header{headerTrace: {aParent}}}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a letter", func() bool { return len(r.letters(t)) == 1 })
	m, err = r.last(t.Context(), StreamResults, "results.acme.A-2")
	if err != nil || traceOf(m.Header) != aParent {
		t.Errorf("%v, %v", m.Header, err)
	}
	// Nobody has said anything: nothing is said.
	r.outcome(t, "acme", "A-3", r.submit(t, "acme", "A-3", "verified"))
	if m, err = r.last(t.Context(), StreamResults, "results.acme.A-3"); err != nil || len(m.Header[headerTrace]) != 0 {
		t.Errorf("%v, %v", m.Header, err)
	}
}

// What a submitter says of traces chooses nothing, and what is in no form is nothing.
func TestTraceHostile(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "x", strings.ToUpper(aParent), "00-" + strings.Repeat("0", 32) + "-b7ad6b7169203331-01", "00-" + aTrace + "-0000000000000000-01",
		"ff-" + aParent[3:], "01-" + aParent[3:] + "-more", aParent + strings.Repeat("a", 1<<20), strings.Repeat("-", 55), "00-" + strings.Repeat("g", 32) + "-b7ad6b7169203331-01"} {
		if trace.SpanContextFromContext(traced(t.Context(), bad)).IsValid() {
			t.Errorf("%.80q is taken", bad)
		}
	}
	for _, h := range []nats.Header{{headerTrace: {aParent, aParent}}, {headerTrace: {aParent + "x"}}, {"Traceparent": {aParent}}, {}} {
		if got := traceOf(h); got != "" {
			t.Errorf("%.80v gives %.80q", h, got)
		}
	}
	sampled := func(tr *Tracing, parent, subject string) bool {
		ctx := context.WithValue(traced(t.Context(), parent), subjectKey{}, subject)
		_, span := tr.tracer.Start(ctx, "x")
		defer span.End()
		return span.IsRecording()
	}
	none, _ := collecting(t, -1)
	some, _ := collecting(t, 0.1)
	same, _ := collecting(t, 0.1)
	foreign, err := NewTracing(TracingOptions{Exporter: tracetest.NewNoopExporter(), Ratio: 0.1, Key: []byte("key of another installation")})
	if err != nil {
		t.Fatal(err)
	}
	defer foreign.Close(t.Context())
	n, flagged, foreseen := 0, 0, 0
	const tries = 4000
	for i := range tries {
		// Ids of the caller's choice, which a plain share by ids would take, and the flag.
		parent, subject := fmt.Sprintf("00-%032x-b7ad6b7169203331-01", i+1), fmt.Sprint("applications.acme.", i)
		if sampled(none, parent, subject) {
			t.Fatal("traced, where nothing is to be")
		}
		if sampled(some, parent, subject) {
			n++
			if !sampled(same, parent[:53]+"00", subject) {
				t.Fatal("another process chooses another")
			}
			if sampled(foreign, parent, subject) {
				foreseen++
			}
		}
		if sampled(some, aParent, subject) { // one id for all
			flagged++
		}
	}
	if foreseen > n/2 {
		t.Errorf("of %d that are traced %d could have been foreseen", n, foreseen)
	}
	for _, x := range []int{n, flagged} {
		if x < tries/20 || x > tries/6 {
			t.Errorf("%d of %d are traced, want a tenth", x, tries)
		}
	}
	// A tracestate goes nowhere.
	ctx := propagation.TraceContext{}.Extract(t.Context(), propagation.MapCarrier{headerTrace: aParent, "tracestate": "canary=1"})
	all, kept := collecting(t, 1)
	_, end := all.begin(ctx, "x")
	end(errors.New("canary"))
	all.Flush(t.Context())
	if s := kept.GetSpans(); len(s) != 1 || s[0].SpanContext.TraceState().Len() != 0 || strings.Contains(s[0].Status.Description, "canary") {
		t.Errorf("%+v", s)
	}
}

// Links without end make no spans without end; a collector that takes nothing keeps nobody.
func TestTraceBounded(t *testing.T) {
	t.Parallel()
	tr, kept := collecting(t, 1)
	r, e := alone(t, func(o *QueueOptions) { o.Tracing = tr })
	client, url := aHost(t)
	r.work(t, e, asking(client, url, maxFetchSpans+10))
	r.outcome(t, "acme", "A-1", r.submit(t, "acme", "A-1", "verified"))
	n := func() (fetches int, told int64) {
		tr.Flush(t.Context())
		for _, s := range kept.GetSpans() {
			if s.Name == "fetch" {
				fetches++
			}
			for _, a := range s.Attributes {
				if a.Key == "assay.fetches" {
					told = a.Value.AsInt64()
				}
			}
		}
		return fetches, told
	}
	eventually(t, "examined", func() bool { _, told := n(); return told > 0 })
	if got, told := n(); got != maxFetchSpans || told != maxFetchSpans+10 {
		t.Errorf("%d spans of %d fetches", got, told)
	}

	stuck := &hanging{}
	stuck.end, stuck.stop = context.WithCancel(context.Background())
	away, err := NewTracing(TracingOptions{Exporter: stuck, Ratio: 1})
	if err != nil {
		t.Fatal(err)
	}
	// The collector answers nothing: whoever waited for it would wait here for ever.
	begun := make(chan struct{})
	go func() {
		defer close(begun)
		for range 2 * maxSpans {
			_, end := away.begin(t.Context(), "x")
			end(nil)
		}
	}()
	select {
	case <-begun:
	case <-time.After(2 * time.Minute):
		t.Fatal("spans wait for a collector")
	}
	stuck.stop()
	away.Close(t.Context())
	if n := stuck.got.Load(); n > maxSpans+2*lotSpans {
		t.Errorf("%d spans were kept", n)
	}
}

// hanging takes no spans until it is stopped.
type hanging struct {
	end  context.Context
	stop func()
	got  atomic.Int64
}

func (h *hanging) ExportSpans(_ context.Context, s []sdk.ReadOnlySpan) error {
	<-h.end.Done()
	h.got.Add(int64(len(s)))
	return nil
}
func (h *hanging) Shutdown(context.Context) error { return nil }

// BenchmarkTracing is what the spans of one application cost, where there is no collector,
// where it is not chosen, and where it is.
func BenchmarkTracing(b *testing.B) {
	for _, x := range []struct {
		name  string
		ratio float64
	}{{"off", 0}, {"not chosen", -1}, {"traced", 1}} {
		b.Run(x.name, func(b *testing.B) {
			w := &Worker{q: &Queue{}, o: WorkerOptions{IDKey: []byte("key"), Now: time.Now, Metrics: NewMetrics(nil)}}
			if x.ratio != 0 {
				w.q.o.Tracing, _ = collecting(b, x.ratio)
			}
			t := task{subject: "applications.acme.A-1", sequence: 7, tries: 1}
			o := &Outcome{State: Indexed}
			b.ReportAllocs()
			for b.Loop() {
				ctx, end := w.trace(context.Background(), t)
				for _, step := range []string{stepDocuments, stepWrite, stepOutcome} {
					_, ends := w.step(ctx, step)
					ends()
				}
				_, ended := w.examining(ctx, &examine.Input{})
				ended(nil)
				outcomeSpan(ctx, o)
				end(nil)
			}
		})
	}
}
