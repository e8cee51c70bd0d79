package web

import (
	"net/http"

	"go.opentelemetry.io/otel/propagation"
)

// traceparent is the header of W3C Trace Context §3.2; in its one version it is so long.
const (
	traceparent    = "traceparent"
	lenTraceparent = 55
)

// traced is a request in the trace that its caller says it belongs to. What is not in the
// one form that there is, is in none; nothing else that a caller says of traces is read.
func traced(r *http.Request) *http.Request {
	v := r.Header.Values(traceparent)
	if len(v) != 1 || len(v[0]) != lenTraceparent {
		return r
	}
	return r.WithContext(propagation.TraceContext{}.Extract(r.Context(), propagation.MapCarrier{traceparent: v[0]}))
}
