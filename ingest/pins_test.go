package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/verify/contexts"
	"assay/verify/fetch"
	"assay/verify/rdf"
)

// contextHost answers every address with the text that it has.
type contextHost string

func (h contextHost) Fetch(_ context.Context, r fetch.Request) (*fetch.Response, error) {
	if h == "" {
		return nil, fetch.ErrTimeout
	}
	return &fetch.Response{URL: r.URL, Status: 200, Body: []byte(h)}, nil
}

const contextAt = "https://contexts.example/c.json"

func contextText(i int) contextHost {
	return contextHost(fmt.Sprintf(`{"@context":{"t":"https://contexts.example/#%d"}}`, i))
}

// reader is what a process knows contexts by.
func reader(t *testing.T, q *Queue, key string) *contexts.Store {
	t.Helper()
	s, err := contexts.Open(contexts.Options{Keeper: q.Pins([]byte(key))})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func readContext(t *testing.T, s *contexts.Store, h contextHost) (string, error) {
	t.Helper()
	ext, _, err := s.Badge(h).Find(t.Context(), []string{contextAt})
	if err != nil {
		return "", err
	}
	return ext[contextAt].SHA256, nil
}

// TestPinsAreShared: two processes go by one text, whichever read it first; one that
// has changed waits in both, also after a restart of the queue; what is accepted in
// one holds in the other.
func TestPinsAreShared(t *testing.T) {
	servers(t, func(t *testing.T, s server) {
		newRig(t, s)
		var both []*contexts.Store
		for range 2 {
			q, err := Dial(t.Context(), s.options())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(q.Close)
			both = append(both, reader(t, q, "key"))
		}
		first, err := readContext(t, both[0], contextText(0))
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := readContext(t, both[1], ""); err != nil || sum != first {
			t.Errorf("the host is away: %s, %v", sum, err)
		}
		for i := range both {
			if _, err := readContext(t, both[i], contextText(1)); !errors.Is(err, rdf.ErrChanged) {
				t.Errorf("a changed text in %d: %v", i, err)
			}
		}
		s.stop()
		// Nothing is accepted where nobody can say what was pinned.
		if _, err := readContext(t, both[1], contextText(0)); !errors.Is(err, rdf.ErrUnread) {
			t.Errorf("the queue is away: %v", err)
		}
		s.start(t)
		q, err := Dial(t.Context(), s.options())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(q.Close)
		third := reader(t, q, "key")
		list, err := third.List(t.Context())
		if err != nil || len(list) != 1 || list[0].SHA256 != first || list[0].Pending == "" || list[0].URL != contextAt {
			t.Fatalf("%+v, %v", list, err)
		}
		if _, err := readContext(t, third, contextText(1)); !errors.Is(err, rdf.ErrChanged) {
			t.Errorf("after a restart: %v", err)
		}
		p, err := third.Accept(t.Context(), contextAt, list[0].Pending[:8])
		if err != nil {
			t.Fatal(err)
		}
		if _, inside := s.(*embedded); !inside { // whose connections end with it
			eventually(t, "it holds elsewhere", func() bool {
				sum, err := readContext(t, both[0], contextText(1))
				return err == nil && sum == p.SHA256
			})
			if _, err := readContext(t, both[0], contextText(0)); !errors.Is(err, rdf.ErrChanged) {
				t.Errorf("the old text elsewhere: %v", err)
			}
		}
		if list, err := third.List(t.Context()); err != nil || len(list) != 1 || list[0].SHA256 != p.SHA256 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// TestAttack396Pins: of many processes that a context's host tells different things
// at the same time, none goes by a text that the others do not; and who can write to
// the bucket and has not the installation's key has none of them go by his.
func TestAttack396Pins(t *testing.T) {
	servers(t, func(t *testing.T, s server) {
		r := newRig(t, s)
		sums := make([]string, 8)
		var all sync.WaitGroup
		for i := range sums {
			q, err := Dial(t.Context(), s.options())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(q.Close)
			one := reader(t, q, "key")
			all.Go(func() {
				ext, _, err := one.Badge(contextText(i)).Find(t.Context(), []string{contextAt})
				switch {
				case err == nil:
					sums[i] = ext[contextAt].SHA256
				case !errors.Is(err, rdf.ErrChanged):
					t.Error(err)
				}
			})
		}
		all.Wait()
		slices.Sort(sums)
		if taken := slices.DeleteFunc(slices.Compact(sums), func(s string) bool { return s == "" }); len(taken) != 1 {
			t.Errorf("%d texts were taken", len(taken))
		}
		// A pin of somebody's own, a true one under another name, and one by the key of
		// another installation.
		kv, err := r.js.KeyValue(t.Context(), BucketContexts)
		if err != nil {
			t.Fatal(err)
		}
		names, err := kv.Keys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		name := names[0]
		name, _, _ = strings.Cut(name, ".")
		good, err := kv.Get(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		other := `{"url":"` + contextAt + `","sha256":"00","at":"2026-01-01T00:00:00Z","text":"{}"}`
		foreign, err := r.Pins([]byte("another key")).sign(name, []byte(other))
		if err != nil {
			t.Fatal(err)
		}
		one := reader(t, r.Queue, "key")
		for desc, value := range map[string]string{"unsigned": other, "a signature that is none": `{"pin":` + other + `,"mac":""}`, "by another key": string(foreign), "nothing": "", "no JSON": "x"} {
			if _, err := kv.Put(t.Context(), name, []byte(value)); err != nil {
				t.Fatal(err)
			}
			if _, err := readContext(t, one, contextText(0)); !errors.Is(err, rdf.ErrUnread) {
				t.Errorf("%s: %v", desc, err)
			}
			if _, err := r.Pins([]byte("key")).Get(t.Context(), name); !errors.Is(err, ErrForgedPin) {
				t.Errorf("%s: %v", desc, err)
			}
		}
		if _, err := kv.Put(t.Context(), name+".pending", good.Value()); err != nil {
			t.Fatal(err)
		}
		if _, err := one.Accept(t.Context(), contextAt, ""); !errors.Is(err, ErrForgedPin) {
			t.Errorf("a pin under another name: %v", err)
		}
		if _, err := kv.Put(t.Context(), name, good.Value()); err != nil {
			t.Fatal(err)
		}
		if _, err := readContext(t, one, ""); err != nil {
			t.Errorf("the true one again: %v", err)
		}
	})
}

// TestPinsBeforeSetup: without its bucket nothing is kept, and nothing is taken.
func TestPinsBeforeSetup(t *testing.T) {
	s := &embedded{dir: t.TempDir()}
	s.start(t)
	t.Cleanup(s.stop)
	q, err := Dial(t.Context(), s.options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Close)
	one := reader(t, q, "key")
	if _, err := readContext(t, one, contextText(0)); !errors.Is(err, rdf.ErrUnread) {
		t.Errorf("%v", err)
	}
	if _, err := one.List(t.Context()); !errors.Is(err, ErrNoQueue) {
		t.Errorf("%v", err)
	}
	if err := q.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, err := one.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := readContext(t, one, contextText(0)); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	<-ctx.Done()
	if _, err := q.Pins([]byte("key")).Get(ctx, "x"); err == nil {
		t.Error("asked after its time")
	}
}
