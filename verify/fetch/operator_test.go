package fetch

import (
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestOperator: what the operator names is asked over https, and nobody else is.
func TestOperator(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("plain")) }))
	defer plain.Close()
	other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("other")) }))
	defer other.Close()
	own := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			_, _ = w.Write([]byte("own " + r.UserAgent()))
		case "/here":
			http.Redirect(w, r, "/", http.StatusFound)
		case "/other":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/plain":
			http.Redirect(w, r, "http://"+r.Host, http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/large":
			_, _ = w.Write([]byte(strings.Repeat("a", operatorAnswer+1)))
		default:
			http.NotFound(w, r)
		}
	}))
	defer own.Close()
	roots := x509.NewCertPool()
	roots.AddCert(own.Certificate()) // of all httptest's servers
	o := NewOperator(roots)
	for _, tc := range []struct {
		desc, url, want string
		err             error
	}{
		{"its own", own.URL, "own " + DefaultUserAgent, nil},
		{"on the same host", own.URL + "/here", "own " + DefaultUserAgent, nil},
		{"plain", plain.URL, "", ErrForbidden},
		{"to another host", own.URL + "/other", "", ErrRedirect},
		{"to plain", own.URL + "/plain", "", ErrForbidden},
		{"without end", own.URL + "/round", "", ErrRedirect},
		{"too large", own.URL + "/large", "", ErrTooLarge},
		{"not there", own.URL + "/none", "", ErrWithheld},
	} {
		got, err := o.Read(t.Context(), tc.url)
		if string(got) != tc.want || !errors.Is(err, tc.err) {
			t.Errorf("%s: %.40q, %v; want %q, %v", tc.desc, got, err, tc.want, tc.err)
		}
	}
	if _, err := NewOperator(nil).Read(t.Context(), own.URL); err == nil {
		t.Error("a certificate of nobody is taken")
	}
}
