package fetch

import (
	"net/http"
	"testing"
)

// TestChallengeIsForgotten: a check for robots is remembered no longer than an
// error, whatever lifetime it names.
func TestChallengeIsForgotten(t *testing.T) {
	robots := true
	o, hits := site(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=86400")
		w.Header().Set("Content-Type", "text/html")
		if robots {
			w.Write([]byte("<html>captcha"))
			return
		}
		w.Write([]byte("<html>a badge"))
	})
	k := newClock()
	o.Now = k.now
	c := client(t, o)
	ask := func() *Response {
		t.Helper()
		r, err := c.Fetch(t.Context(), Request{URL: "https://badges.example.org/1"})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := ask(); !r.Challenge() {
		t.Fatalf("%s", r.Body)
	}
	robots = false
	if r := ask(); !r.Cached {
		t.Error("asked again at once")
	}
	k.add(DefaultNegativeTTL)
	if r := ask(); r.Challenge() || hits.Load() != 2 {
		t.Errorf("%s after %d requests", r.Body, hits.Load())
	}
}
