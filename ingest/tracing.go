package ingest

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"sync"
	"time"

	"assay/index/record"
	"assay/ingest/examine"
	"assay/verify/fetch"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// A submission's trace goes from who hands it in to its outcome, in the header that W3C's
// Trace Context names, on the message of the queue and on that of the outcome. What a span
// says of an application is what a log line says: the tenant, the key by which the index
// has it, its sequence and tries, and numbers. Of hosts it says whether links or issuers
// were asked for and what came of it: no address, no name, no text of anybody's.

// headerTrace is the header of W3C Trace Context §3.2.
const headerTrace = "traceparent"

// lenTrace is how long it is in the only version that there is (§3.2.2); what is of
// another length, and the tracestate beside it, is not looked at.
const lenTrace = 55

// maxFetchSpans is how many questions to hosts have a span of their own in one try.
const maxFetchSpans = 64

// Bounds of what waits to be sent; what is more is dropped.
const (
	maxSpans  = 4096
	lotSpans  = 512
	spansWait = 5 * time.Second
)

// TracingOptions configure Tracing. Exporter is required.
type TracingOptions struct {
	Exporter sdk.SpanExporter // such as an otlp.Exporter
	Ratio    float64          // of applications that are traced: 1 = all; less than 0 = none
	Key      []byte           // of the installation, by which it is chosen which; nil = a random one
}

// Tracing makes spans. nil makes none. Safe for concurrent use.
type Tracing struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// NewTracing returns Tracing, which Close ends.
func NewTracing(o TracingOptions) (*Tracing, error) {
	if o.Key == nil {
		o.Key = make([]byte, 32)
		if _, err := rand.Read(o.Key); err != nil {
			return nil, err
		}
	}
	p := sdk.NewTracerProvider(sdk.WithSampler(newChoice(o)),
		sdk.WithBatcher(o.Exporter, sdk.WithMaxQueueSize(maxSpans), sdk.WithMaxExportBatchSize(lotSpans), sdk.WithBatchTimeout(spansWait)))
	return &Tracing{p, p.Tracer("assay")}, nil
}

// Flush sends what waits to be sent.
func (t *Tracing) Flush(ctx context.Context) {
	if t != nil {
		_ = t.provider.ForceFlush(ctx) // the exporter tells of what it cannot send
	}
}

// Close sends what waits to be sent, and ends.
func (t *Tracing) Close(ctx context.Context) {
	if t != nil {
		_ = t.provider.Shutdown(ctx)
	}
}

// choice says which applications are traced: the operator's share of them, chosen by a
// digest of trace and application under the installation's key, so that door and workers
// choose the same. Neither the flag nor the ids that a submitter sends move it.
type choice struct {
	key []byte
	all bool
	max uint64
}

func newChoice(o TracingOptions) choice {
	c := choice{key: o.Key, all: o.Ratio >= 1}
	if o.Ratio > 0 && !c.all {
		c.max = uint64(o.Ratio * math.MaxUint64)
	}
	return c
}

type subjectKey struct{}

// ShouldSample implements sdk.Sampler.
func (c choice) ShouldSample(p sdk.SamplingParameters) sdk.SamplingResult {
	yes := sdk.SamplingResult{Decision: sdk.RecordAndSample}
	if parent := trace.SpanContextFromContext(p.ParentContext); parent.IsValid() && !parent.IsRemote() {
		if parent.IsSampled() {
			return yes
		}
		return sdk.SamplingResult{Decision: sdk.Drop}
	}
	subject, _ := p.ParentContext.Value(subjectKey{}).(string)
	mac := hmac.New(sha256.New, c.key)
	mac.Write([]byte("trace\x00"))
	mac.Write(p.TraceID[:])
	mac.Write([]byte(subject))
	if c.all || binary.BigEndian.Uint64(mac.Sum(nil)) < c.max {
		return yes
	}
	return sdk.SamplingResult{Decision: sdk.Drop}
}

// Description implements sdk.Sampler.
func (choice) Description() string { return "the operator's share of applications" }

// traced is the context of work that somebody else's span has led to; what is no
// traceparent leads nowhere.
func traced(ctx context.Context, parent string) context.Context {
	if len(parent) != lenTrace {
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{headerTrace: parent})
}

// traceOf is what a message says of the trace that it belongs to: of exactly one header.
func traceOf(h nats.Header) string {
	if v := h[headerTrace]; len(v) == 1 && len(v[0]) == lenTrace {
		return v[0]
	}
	return ""
}

// intoTrace writes the span of a context on a message.
func intoTrace(ctx context.Context, h nats.Header) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return
	}
	c := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, c)
	h[headerTrace] = []string{c[headerTrace]}
}

// begin begins a span; the function it gives ends it.
func (t *Tracing) begin(ctx context.Context, name string, o ...trace.SpanStartOption) (context.Context, func(error)) {
	if t == nil {
		return ctx, func(error) {}
	}
	ctx, span := t.tracer.Start(ctx, name, o...)
	return ctx, func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, plain(err).Error())
		}
		span.End()
	}
}

// submitting begins the span of handing an application in.
func (t *Tracing) submitting(ctx context.Context, a *Application) (context.Context, func(*Receipt, error)) {
	if t == nil {
		return ctx, func(*Receipt, error) {}
	}
	ctx = context.WithValue(ctx, subjectKey{}, "applications."+a.Tenant+"."+a.Application)
	size := int64(0)
	for _, d := range a.Documents {
		size += d.Size
	}
	ctx, end := t.begin(ctx, "submit", trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(
		attribute.String("assay.tenant", a.Tenant), attribute.Int("assay.documents", len(a.Documents)), attribute.Int64("assay.bytes", size)))
	return ctx, func(r *Receipt, err error) {
		if r != nil {
			trace.SpanFromContext(ctx).SetAttributes(attribute.Int64("assay.sequence", int64(r.Sequence)), attribute.Bool("assay.repeated", r.Repeated))
		}
		end(err)
	}
}

// trace is the context of a try of a submission, in the trace of who handed it in; a
// later check is a trace of its own that names that one.
func (w *Worker) trace(ctx context.Context, t task) (context.Context, func(error)) {
	from := traced(ctx, t.trace)
	tr := w.q.o.Tracing
	if tr == nil {
		return from, func(error) {} // who reads the outcome may trace
	}
	tenant, application, _ := split(t.subject, "applications")
	o := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
		attribute.String("assay.tenant", tenant), attribute.String("assay.key", record.ID(w.o.IDKey, tenant, application)),
		attribute.Int64("assay.sequence", int64(t.sequence)), attribute.Int64("assay.tries", int64(t.tries)))}
	name := "application"
	switch {
	case t.later:
		name = "application again"
		o = append(o, trace.WithNewRoot(), trace.WithLinks(trace.LinkFromContext(from)))
	case t.hosts == nil:
		name = "application with hosts"
	}
	return tr.begin(context.WithValue(from, subjectKey{}, t.subject), name, o...)
}

// spans makes those of examining: of its steps, and of questions to hosts.
type spans struct {
	t *Tracing

	mu    sync.Mutex
	ctx   context.Context // of the step's own span; nil = it has ended
	asked int
}

// examining begins the span of examining. What is told of it afterwards is of nobody.
func (w *Worker) examining(ctx context.Context, in *examine.Input) (context.Context, func(error)) {
	tr := w.q.o.Tracing
	if tr == nil || !trace.SpanFromContext(ctx).IsRecording() {
		return ctx, func(error) {}
	}
	ctx, end := tr.begin(ctx, stepExamine)
	s := &spans{t: tr, ctx: ctx}
	in.Took = func(step examine.Step, took time.Duration) { s.past(string(step), took) }
	return fetch.Telling(ctx, s.fetched), func(err error) {
		s.mu.Lock()
		s.ctx = nil
		asked := s.asked
		s.mu.Unlock()
		trace.SpanFromContext(ctx).SetAttributes(attribute.Int("assay.fetches", asked))
		end(err)
	}
}

// past makes a span of what took so long and ends now.
func (s *spans) past(name string, took time.Duration, a ...attribute.KeyValue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil {
		return
	}
	now := time.Now()
	_, span := s.t.tracer.Start(s.ctx, name, trace.WithTimestamp(now.Add(-took)), trace.WithAttributes(a...))
	span.End(trace.WithTimestamp(now))
}

// fetched makes the span of a question that a host was asked.
func (s *spans) fetched(a fetch.Asked) {
	if a.Cached {
		return
	}
	s.mu.Lock()
	s.asked++
	more := s.asked > maxFetchSpans
	s.mu.Unlock()
	if more {
		return
	}
	purpose := purposeIssuers
	if a.Chosen {
		purpose = purposeLinks
	}
	s.past("fetch", a.Took, attribute.String("assay.purpose", purpose), attribute.String("assay.outcome", a.Outcome))
}

// outcomeSpan says on an application's span what became of it.
func outcomeSpan(ctx context.Context, o *Outcome) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(attribute.String("assay.state", string(o.State)), attribute.String("assay.phase", cmp.Or(string(o.Phase), string(PhaseComplete))),
		attribute.Int("assay.verified", o.Counts.Verified), attribute.Int("assay.rejected", o.Counts.Rejected), attribute.Int("assay.pending", o.Counts.Pending),
		attribute.Int("assay.unread", len(o.Unread)))
}
