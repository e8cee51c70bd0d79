package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// A name elsewhere that was made to point at this machine gets nothing.
func TestOwnNames(t *testing.T) {
	h := ownNames(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for host, want := range map[string]int{
		"127.0.0.1:8080": 204, "localhost:8080": 204, "localhost": 204, "[::1]:8080": 204, "127.0.0.2": 204,
		"evil.example.org": 421, "evil.example.org:8080": 421, "127.0.0.1.evil.example.org": 421, "192.0.2.1": 421, "": 421,
	} {
		r := httptest.NewRequest(http.MethodGet, "/v1/search", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("Host %q: %d, want %d", host, w.Code, want)
		}
	}
}

func TestLoopback(t *testing.T) {
	for listen, ok := range map[string]bool{"127.0.0.1:8080": true, "localhost:0": true, "[::1]:1": true, "0.0.0.0:80": false, ":80": false, "192.0.2.1:80": false, "example.org:80": false, "8080": false} {
		if err := loopback(listen); (err == nil) != ok {
			t.Errorf("%q: %v", listen, err)
		}
	}
}
