package otlp

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// Where spans may go: to https, or to this machine.
func TestEndpoint(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"https://collector.example":               "https://collector.example/v1/traces",
		"https://collector.example/":              "https://collector.example/v1/traces",
		"https://collector.example/otlp/v1/trace": "https://collector.example/otlp/v1/trace",
		"http://127.0.0.1:4318":                   "http://127.0.0.1:4318/v1/traces",
		"http://[::1]:4318":                       "http://[::1]:4318/v1/traces",
		"http://localhost:4318":                   "http://localhost:4318/v1/traces",
		"http://collector.example:4318":           "",
		"http://127.0.0.1.collector.example:4318": "",
		"http://localhost.collector.example":      "",
		"http://10.0.0.1:4318":                    "",
		"https://user:word@collector.example":     "",
		"https://collector.example/?key=word":     "",
		"https://collector.example/#x":            "",
		"collector.example:4318":                  "",
		"file:///tmp/x":                           "",
		"":                                        "",
	} {
		x, err := New(Options{Endpoint: endpoint})
		switch {
		case want == "" && !errors.Is(err, ErrEndpoint):
			t.Errorf("%q: %v", endpoint, err)
		case want != "" && (err != nil || x.to != want):
			t.Errorf("%q: %v, %v", endpoint, x, err)
		}
	}
}

func spans(t *testing.T) []sdk.ReadOnlySpan {
	t.Helper()
	start := time.Unix(1_700_000_000, 5)
	id, parent := trace.TraceID{1, 2, 3, 15: 4}, trace.SpanID{9, 7: 9}
	return tracetest.SpanStubs{{
		Name: "examine", SpanKind: trace.SpanKindConsumer, StartTime: start, EndTime: start.Add(time.Second),
		SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: trace.SpanID{1, 7: 1}, TraceFlags: trace.FlagsSampled}),
		Parent:      trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: parent}),
		Attributes:  []attribute.KeyValue{attribute.String("s", "x"), attribute.Int("n", -3), attribute.Bool("b", true), attribute.Float64("f", 0.5), attribute.StringSlice("l", []string{"a"})},
		Links:       []sdk.Link{{SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{7}, SpanID: parent})}},
		Status:      sdk.Status{Code: codes.Error, Description: "the queue is full"},
	}}.Snapshots()
}

// What is sent has the form of the specification.
func TestExport(t *testing.T) {
	t.Parallel()
	var got []byte
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "POST" || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		got, _ = io.ReadAll(r.Body)
		fmt.Fprint(w, `{"partialSuccess":{}}`)
	}))
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	x, err := New(Options{Endpoint: s.URL, Version: "1.2.3", RootCAs: roots})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(x.ExportSpans(t.Context(), spans(t)), x.Shutdown(t.Context())); err != nil {
		t.Fatal(err)
	}
	want := `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"assay"}},{"key":"service.version","value":{"stringValue":"1.2.3"}}]},` +
		`"scopeSpans":[{"scope":{"name":""},"spans":[{"traceId":"01020300000000000000000000000004","spanId":"0100000000000001","parentSpanId":"0900000000000009","name":"examine","kind":5,` +
		`"startTimeUnixNano":"1700000000000000005","endTimeUnixNano":"1700000001000000005","attributes":[{"key":"s","value":{"stringValue":"x"}},{"key":"n","value":{"intValue":"-3"}},` +
		`{"key":"b","value":{"boolValue":true}},{"key":"f","value":{"doubleValue":0.5}},{"key":"l","value":{"stringValue":"[\"a\"]"}}],` +
		`"links":[{"traceId":"07000000000000000000000000000000","spanId":"0900000000000009"}],"status":{"code":2,"message":"the queue is full"}}]}]}]}`
	if string(got) != want {
		t.Errorf("sent\n%s, want\n%s", got, want)
	}
	if !json.Valid(got) {
		t.Error("no JSON")
	}
}

// A collector that is away, refuses or leads elsewhere costs the spans alone.
func TestExportRefused(t *testing.T) {
	t.Parallel()
	var elsewhere, asked atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	status := 503
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if status/100 == 3 {
			w.Header().Set("Location", other.URL+"/v1/traces")
		}
		w.WriteHeader(status)
		if status == 503 {
			status = 200
		}
	}))
	core, told := observer.New(zapcore.DebugLevel)
	x, err := New(Options{Endpoint: s.URL, Log: zap.New(core)})
	if err != nil {
		t.Fatal(err)
	}
	send := func(want int64, lost string) {
		t.Helper()
		asked.Store(0)
		if err := x.ExportSpans(t.Context(), spans(t)); err != nil {
			t.Error(err)
		}
		text := ""
		for _, e := range told.TakeAll() {
			text += e.Message + fmt.Sprint(e.ContextMap()["error"])
		}
		if asked.Load() != want || !strings.Contains(text, lost) || lost == "" && text != "" || strings.Contains(text, "queue is full") {
			t.Errorf("asked %d times, want %d; told %q", asked.Load(), want, text)
		}
	}
	send(2, "")
	status = 400
	send(1, "400")
	status = 307
	send(1, "307")
	s.Close()
	send(0, "lost")
	if elsewhere.Load() != 0 {
		t.Error("another host was told")
	}
}
