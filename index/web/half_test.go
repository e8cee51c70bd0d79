package web

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"assay/verify/guard"

	"go.uber.org/zap"
)

// TestHalfClosed: a client that has closed its half of the connection, and reads on, is not
// told that all is well when nothing was answered.
func TestHalfClosed(t *testing.T) {
	t.Parallel()
	d := &door{server: &Server{access: Access{Faults: &guard.Watch{Log: zap.NewNop()}}}, log: zap.NewNop()}
	d.pages = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/begun" {
			w.WriteHeader(http.StatusAccepted)
		}
		select { // and says nothing, as to one who is gone
		case <-r.Context().Done():
		case <-t.Context().Done():
		}
	})
	s := httptest.NewServer(d)
	defer s.Close()
	for path, want := range map[string]string{"/v1/x": "HTTP/1.1 400 ", "/begun": "HTTP/1.1 202 "} {
		c, err := (&net.Dialer{}).DialContext(context.WithoutCancel(t.Context()), "tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, "POST "+path+" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}"); err != nil {
			t.Fatal(err)
		}
		if err := c.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(c)
		if err != nil || !strings.HasPrefix(string(answer), want) {
			t.Errorf("%s: %q, %v", path, answer, err)
		}
		_ = c.Close()
	}
}
