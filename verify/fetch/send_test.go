package fetch

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"
)

// TestSend: a message goes to the address that it names, with its key and body, and where
// that leads, nothing goes; addresses are checked as they all are.
func TestSend(t *testing.T) {
	var got []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = append(got, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")+" "+string(b))
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
			return
		}
		_, _ = io.WriteString(w, "taken")
	}))
	defer srv.Close()
	at, _ := url.Parse(srv.URL)
	c := client(t, Options{AllowHosts: []string{at.Host}})
	m := Message{Method: http.MethodPost, URL: srv.URL + "/x", Header: http.Header{"authorization": {"Bearer k"}}, Body: []byte("body")}
	res, err := c.Send(t.Context(), m)
	if err != nil || res.Status != 200 || string(res.Body) != "taken" || len(got) != 1 || got[0] != "POST /x Bearer k body" {
		t.Errorf("%v %q", err, got)
	}
	m.URL = srv.URL + "/away"
	if res, err = c.Send(t.Context(), m); err != nil || res.Status != http.StatusTemporaryRedirect || len(got) != 2 {
		t.Errorf("%v %q", err, got)
	}
	m.URL, m.MaxBytes = srv.URL+"/x", 3
	if _, err = c.Send(t.Context(), m); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v", err)
	}
	for _, address := range []string{"http://hooks.example.org/", "https://hooks.example.org:8443/", "https://127.0.0.1/", "https://u:p@hooks.example.org/", "ftp://hooks.example.org/", "https://[::1]/", "hooks"} {
		if err := c.Check(address); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", address, err)
		}
		if _, err := c.Send(t.Context(), Message{Method: http.MethodPost, URL: address}); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", address, err)
		}
	}
	// A public name with an address of the own network.
	c = client(t, Options{Resolver: dnsServer(t, func(string, int) []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.0.0.1")} })})
	if _, err := c.Send(t.Context(), Message{Method: http.MethodPost, URL: "https://hooks.example.org/"}); !errors.Is(err, ErrForbidden) {
		t.Errorf("%v", err)
	}
}

// TestSendTold: whoever wants the status alone has it, whatever is wrong with the body.
func TestSendTold(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/long":
			_, _ = w.Write(make([]byte, 128<<10))
		case "/packed":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "not gzip")
		case "/broken":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "short")
		}
	}))
	defer srv.Close()
	at, _ := url.Parse(srv.URL)
	c := client(t, Options{AllowHosts: []string{at.Host}})
	for _, path := range []string{"/long", "/packed", "/broken"} {
		m := Message{Method: http.MethodPost, URL: srv.URL + path, MaxBytes: 64 << 10}
		if _, err := c.Send(t.Context(), m); err == nil {
			t.Errorf("%s: read", path)
		}
		m.Told = true
		if res, err := c.Send(t.Context(), m); err != nil || res.Status != http.StatusOK || len(res.Body) > 64<<10 {
			t.Errorf("%s: %v", path, err)
		}
	}
}
