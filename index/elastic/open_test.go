package elastic

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"assay/index"
	"assay/index/conformance"
)

// A server that answers and will not do is told so, not as one that does not
// answer; one that may come back is.
func TestOpenSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		desc   string
		status int
		head   string
		body   string
		want   error
	}{
		{"no login", 401, "Elasticsearch", `{"error":{"type":"security_exception","root_cause":[{"type":"security_exception"}]}}`, ErrLogin},
		{"a proxy's login", 401, "", "<html>", ErrLogin},
		{"no right", 403, "Elasticsearch", `{"error":{"type":"security_exception","root_cause":[{"type":"security_exception"}]}}`, ErrRights},
		{"a proxy's refusal", 403, "", "<html>", ErrOther},
		{"another page", 404, "", "<html>", ErrOther},
		{"another page, elsewhere", 302, "", "", ErrOther},
		{"a page", 200, "", "<html>", ErrOther},
		{"a fork", 200, "OpenSearch", `{"acknowledged":true}`, ErrOther},
		{"busy", 503, "Elasticsearch", `{"error":{"type":"cluster_block_exception"}}`, index.ErrUnavailable},
		{"a proxy's fault", 502, "", "<html>", index.ErrUnavailable},
		{"too much", 429, "Elasticsearch", `{"error":{"type":"circuit_breaking_exception"}}`, index.ErrUnavailable},
	} {
		t.Run(c.desc, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if c.head != "" {
					rw.Header().Set("X-Elastic-Product", c.head)
				}
				rw.Header().Set("Location", "/x")
				rw.WriteHeader(c.status)
				_, _ = rw.Write([]byte(c.body))
			}))
			defer s.Close()
			for _, existing := range []bool{false, true} {
				e, err := Open(t.Context(), Options{Addresses: []string{s.URL}, Key: conformance.Key, Existing: existing})
				if existing && c.status == 404 {
					continue // no index
				}
				if !errors.Is(err, c.want) || c.want != index.ErrUnavailable && errors.Is(err, index.ErrUnavailable) {
					t.Errorf("existing %v: %v, want %v", existing, err, c.want)
				}
				if err == nil {
					_ = e.Close()
				}
			}
		})
	}
	if _, err := Open(t.Context(), Options{Addresses: []string{"https://127.0.0.1:1"}, Key: conformance.Key, CACert: []byte("x")}); err == nil {
		t.Error("a certificate that is none is taken")
	}
}
