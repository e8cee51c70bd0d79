package fetch

import (
	"context"
	"errors"
	"net/http"
	"testing"
)

// Nobody is asked before whoever is to know says so, but what the cache has is given; a
// refusal is remembered for nobody.
func TestAsking(t *testing.T) {
	o, asked := site(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=600")
		_, _ = w.Write([]byte("{}"))
	})
	told := 0
	o.Told = func(Asked) { told++ }
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	const url = "https://example.org/"
	not := Asking(t.Context(), func(context.Context) (func(), error) { return nil, ErrLater })
	for _, r := range []Request{{URL: url + "issuer"}, {URL: url + "link", Private: true}, {URL: url + "badge", Fresh: true}} {
		if _, err := c.Fetch(not, r); !errors.Is(err, ErrLater) || !Temporary(err) || asked.Load() != 0 || told != 0 {
			t.Errorf("%s: %v, %d asked, %d told", r.URL, err, asked.Load(), told)
		}
	}
	begun, over := 0, 0
	now := Asking(t.Context(), func(context.Context) (func(), error) {
		begun++
		return func() { over++ }, nil
	})
	for _, r := range []Request{{URL: url + "issuer"}, {URL: url + "link", Private: true}, {URL: url + "badge", Fresh: true}} {
		if _, err := c.Fetch(now, r); err != nil {
			t.Errorf("%s: %v", r.URL, err)
		}
	}
	if begun != 3 || over != 3 || asked.Load() != 3 {
		t.Errorf("%d begun, %d over, %d asked", begun, over, asked.Load())
	}
	if r, err := c.Fetch(not, Request{URL: url + "issuer"}); err != nil || !r.Cached {
		t.Errorf("what the cache has: %v", err)
	}
}
