package web

import (
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
)

// A caller's traceparent is read in its one form, and nothing else that it says of traces.
func TestTraced(t *testing.T) {
	const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for _, x := range []struct {
		values []string
		ok     bool
	}{{[]string{good}, true}, {nil, false}, {[]string{good, good}, false}, {[]string{good + "-x"}, false}, {[]string{"ff" + good[2:]}, false},
		{[]string{strings.Repeat("0", 55)}, false}, {[]string{good + strings.Repeat("0", 1<<16)}, false}, {[]string{strings.ToUpper(good)}, false}} {
		r := httptest.NewRequest("POST", "/v1/applications", nil)
		r.Header["Traceparent"] = x.values
		r.Header.Set("Tracestate", "canary=1")
		r.Header.Set("Baggage", "canary=1")
		c := trace.SpanContextFromContext(traced(r).Context())
		if c.IsValid() != x.ok || c.TraceState().Len() > 0 || x.ok && !c.IsRemote() {
			t.Errorf("%.80q: %+v", x.values, c)
		}
	}
}
