// Package otlp sends traces to a collector that the operator names, by the OpenTelemetry
// Protocol 1.x over HTTP in its JSON form (OTLP specification, "OTLP/HTTP Request" and
// "JSON Protobuf Encoding"): trace and span ids in hex, 64-bit numbers as text, enums as
// numbers.
//
// Out of scope: the binary form and gRPC, which would bring a whole RPC stack into a
// program whose children read hostile documents; metrics and logs, which have ways of
// their own. What a trace may hold is package ingest's business.
package otlp

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"assay/verify/guard"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/zap"
)

// Bounds of sending.
const (
	sendTime = 10 * time.Second // a batch with its second try
	sendWait = time.Second      // before that
	maxTold  = 64 << 10         // of an answer that is read
)

// Options say where spans go. Endpoint is required.
type Options struct {
	Endpoint string         // https, or http on this machine; without a path it gets /v1/traces
	Version  string         // of this program
	RootCAs  *x509.CertPool // nil = the system's
	Faults   *guard.Watch   // is told of assay's own faults; nil = Log is
	Log      *zap.Logger    // nil = no log
}

// ErrEndpoint: where spans should go is not such an address.
var ErrEndpoint = errors.New("traces go to an https URL, or to an http one of this machine, without user, query and fragment")

// Exporter sends spans. A collector that is away costs the spans, and nothing else.
type Exporter struct {
	o    Options
	to   string
	http *http.Client
}

// New returns an Exporter. The error wraps ErrEndpoint.
func New(o Options) (*Exporter, error) {
	u, err := url.Parse(o.Endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && !(u.Scheme == "http" && here(u.Hostname())) {
		return nil, ErrEndpoint
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/v1/traces"
	}
	o.Log = cmp.Or(o.Log, zap.NewNop())
	o.Faults = cmp.Or(o.Faults, &guard.Watch{Log: o.Log})
	return &Exporter{o: o, to: u.String(), http: &http.Client{
		Timeout: sendTime,
		// What the operator named is told, and nobody whom that names.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:     (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs}, TLSHandshakeTimeout: 3 * time.Second,
			ResponseHeaderTimeout: sendTime, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
		}}}, nil
}

// here reports whether a host is this machine, by its address alone or the one name that
// is never another's (RFC 6761 §6.3).
func here(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// ExportSpans sends spans. What cannot be sent is dropped and logged: the error is nil.
func (e *Exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	_ = e.o.Faults.Do("traces", func() {
		body, err := json.Marshal(e.request(spans))
		if err == nil {
			err = e.send(ctx, body)
		}
		if err != nil {
			e.o.Log.Warn("traces are lost", zap.Int("count", len(spans)), zap.Error(err))
		}
	})
	return nil
}

// Shutdown closes connections.
func (e *Exporter) Shutdown(context.Context) error {
	e.http.CloseIdleConnections()
	return nil
}

// errAnswer: the collector did not take spans.
var errAnswer = errors.New("the collector answers")

// send sends a batch, once more where the collector asks for that (OTLP/HTTP, "Retryable
// Response Codes").
func (e *Exporter) send(ctx context.Context, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	for again := true; ; again = false {
		status, err := e.post(ctx, body)
		switch {
		case err != nil:
			// It may name the address, which is the operator's; never what was sent.
			return err
		case status/100 == 2:
			return nil
		case !again || status != http.StatusTooManyRequests && status != http.StatusBadGateway && status != http.StatusServiceUnavailable && status != http.StatusGatewayTimeout:
			return fmt.Errorf("%w %d", errAnswer, status)
		}
		t := time.NewTimer(sendWait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
	}
}

func (e *Exporter) post(ctx context.Context, body []byte) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.to, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "assay")
	resp, err := e.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, maxTold))
	return resp.StatusCode, err
}

// The messages of opentelemetry/proto/trace/v1, as far as they are used.
type (
	exportRequest struct {
		ResourceSpans []resourceSpans `json:"resourceSpans"`
	}
	resourceSpans struct {
		Resource   resource     `json:"resource"`
		ScopeSpans []scopeSpans `json:"scopeSpans"`
	}
	resource struct {
		Attributes []keyValue `json:"attributes"`
	}
	scopeSpans struct {
		Scope scope  `json:"scope"`
		Spans []span `json:"spans"`
	}
	scope struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
	}
	span struct {
		TraceID    string     `json:"traceId"`
		SpanID     string     `json:"spanId"`
		ParentID   string     `json:"parentSpanId,omitempty"`
		Name       string     `json:"name"`
		Kind       int        `json:"kind"`
		Start      string     `json:"startTimeUnixNano"`
		End        string     `json:"endTimeUnixNano"`
		Attributes []keyValue `json:"attributes,omitempty"`
		Links      []link     `json:"links,omitempty"`
		Status     status     `json:"status"`
	}
	link struct {
		TraceID string `json:"traceId"`
		SpanID  string `json:"spanId"`
	}
	status struct {
		Code    int    `json:"code,omitempty"`
		Message string `json:"message,omitempty"`
	}
	keyValue struct {
		Key   string         `json:"key"`
		Value map[string]any `json:"value"`
	}
)

// Of opentelemetry.proto.trace.v1.Status: the numbers of the program's own package differ.
const (
	statusOK    = 1
	statusError = 2
)

func (e *Exporter) request(spans []sdk.ReadOnlySpan) exportRequest {
	of := resourceSpans{Resource: resource{Attributes: []keyValue{text("service.name", "assay"), text("service.version", e.o.Version)}}}
	at := map[string]int{}
	for _, s := range spans {
		name := s.InstrumentationScope().Name
		i, ok := at[name]
		if !ok {
			i = len(of.ScopeSpans)
			at[name] = i
			of.ScopeSpans = append(of.ScopeSpans, scopeSpans{Scope: scope{Name: name, Version: s.InstrumentationScope().Version}})
		}
		of.ScopeSpans[i].Spans = append(of.ScopeSpans[i].Spans, spanOf(s))
	}
	return exportRequest{[]resourceSpans{of}}
}

func spanOf(s sdk.ReadOnlySpan) span {
	id, parent := s.SpanContext(), s.Parent()
	x := span{TraceID: id.TraceID().String(), SpanID: id.SpanID().String(), Name: s.Name(), Kind: int(s.SpanKind()), // of one numbering
		Start: strconv.FormatInt(s.StartTime().UnixNano(), 10), End: strconv.FormatInt(s.EndTime().UnixNano(), 10), Attributes: values(s.Attributes())}
	if parent.SpanID().IsValid() {
		p := parent.SpanID()
		x.ParentID = hex.EncodeToString(p[:])
	}
	for _, l := range s.Links() {
		x.Links = append(x.Links, link{l.SpanContext.TraceID().String(), l.SpanContext.SpanID().String()})
	}
	switch st := s.Status(); st.Code {
	case codes.Ok:
		x.Status = status{Code: statusOK}
	case codes.Error:
		x.Status = status{statusError, st.Description}
	}
	return x
}

func text(key, v string) keyValue { return keyValue{key, map[string]any{"stringValue": v}} }

func values(list []attribute.KeyValue) []keyValue {
	var all []keyValue
	for _, a := range list {
		k := string(a.Key)
		switch a.Value.Type() {
		case attribute.BOOL:
			all = append(all, keyValue{k, map[string]any{"boolValue": a.Value.AsBool()}})
		case attribute.INT64:
			all = append(all, keyValue{k, map[string]any{"intValue": strconv.FormatInt(a.Value.AsInt64(), 10)}})
		case attribute.FLOAT64:
			all = append(all, keyValue{k, map[string]any{"doubleValue": a.Value.AsFloat64()}})
		default:
			all = append(all, text(k, a.Value.String()))
		}
	}
	return all
}
