package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/index"
	"assay/index/conformance"
	"assay/index/record"
	"assay/verify/guard"
)

// cluster is as much of Elasticsearch as the bulk writer meets: external
// versions, per-item outcomes, and faults put in between.
type cluster struct {
	t      *testing.T
	server *httptest.Server

	mu      sync.Mutex
	stored  map[string]int64 // id → version
	writes  map[string]int   // id → writes that took effect
	bulks   int              // requests to _bulk so far
	busy    int
	mostly  int // most requests at once
	sizes   []int
	fault   func(c *cluster, n int, w http.ResponseWriter, body []byte) bool // true: it has answered
	item    func(n int, id string, version int64) (status int, kind string)  // 0: no fault
	missing bool                                                             // _mget finds nothing
	after   func(c *cluster, n int, w http.ResponseWriter)                   // once the writes are done, instead of the answer
}

func newCluster(t *testing.T) *cluster {
	c := &cluster{t: t, stored: map[string]int64{}, writes: map[string]int{}}
	c.server = httptest.NewServer(c)
	t.Cleanup(c.server.Close)
	return c
}

// engine makes an engine on the cluster whose pauses cost nothing.
func (c *cluster) engine(change ...func(*Options)) *Engine {
	o := Options{Addresses: []string{c.server.URL}, Key: conformance.Key, RetryFor: 5 * time.Second}
	for _, f := range change {
		f(&o)
	}
	e, err := connect(o)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		if err := e.Close(); err != nil {
			c.t.Error(err)
		}
	})
	e.bulk.sleep = func(ctx context.Context, d time.Duration) error { return sleep(ctx, d/1000) }
	return e
}

func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/_mget") {
		c.mget(w, body)
		return
	}
	if !strings.HasSuffix(r.URL.Path, "/_bulk") || r.URL.Query().Get("require_alias") != "true" {
		c.t.Errorf("request %s %s", r.Method, r.URL)
		http.Error(w, "{}", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	n := c.bulks
	c.bulks++
	c.busy++
	c.mostly = max(c.mostly, c.busy)
	c.sizes = append(c.sizes, bytes.Count(body, []byte{'\n'})/2)
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.busy--
		c.mu.Unlock()
	}()
	if c.fault != nil && c.fault(c, n, w, body) {
		return
	}
	answer := c.apply(n, body)
	if c.after != nil {
		c.after(c, n, w)
		return
	}
	_, _ = w.Write(answer)
}

func (c *cluster) apply(n int, body []byte) []byte {
	type action struct {
		Index struct {
			ID          string `json:"_id"`
			Routing     string `json:"routing"`
			Version     int64  `json:"version"`
			VersionType string `json:"version_type"`
		} `json:"index"`
	}
	var items []string
	lines := bytes.Split(bytes.TrimSuffix(body, []byte{'\n'}), []byte{'\n'})
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := 0; i+1 < len(lines); i += 2 {
		var a action
		if err := json.Unmarshal(lines[i], &a); err != nil || a.Index.VersionType != "external" || a.Index.Routing == "" {
			c.t.Errorf("action %s: %v", lines[i], err)
		}
		id, v := a.Index.ID, a.Index.Version
		status, kind := 0, ""
		if c.item != nil {
			status, kind = c.item(n, id, v)
		}
		switch {
		case status != 0:
		case c.stored[id] > v:
			status, kind = 409, "version_conflict_engine_exception"
		default:
			status = 201
			c.stored[id] = v
			c.writes[id]++
		}
		if status < 300 {
			items = append(items, fmt.Sprintf(`{"index":{"_id":"%s","status":%d}}`, id, status))
		} else {
			items = append(items, fmt.Sprintf(`{"index":{"_id":"%s","status":%d,"error":{"type":"%s","reason":"failed to parse field [claims.year] of type [integer], preview 'Secret Name'"}}}`, id, status, kind))
		}
	}
	return []byte(`{"items":[` + strings.Join(items, ",") + `]}`)
}

func (c *cluster) mget(w http.ResponseWriter, body []byte) {
	var in struct {
		Docs []struct {
			ID string `json:"_id"`
		} `json:"docs"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		c.t.Error(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var docs []string
	for _, d := range in.Docs {
		v, ok := c.stored[d.ID]
		docs = append(docs, fmt.Sprintf(`{"_id":"%s","found":%v,"_version":%d}`, d.ID, ok && !c.missing, v))
	}
	fmt.Fprintf(w, `{"docs":[%s]}`, strings.Join(docs, ","))
}

func answer(w http.ResponseWriter, status int, kind string) bool {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":{"root_cause":[{"type":"%s"}],"type":"%s"},"status":%d}`, kind, kind, status)
	return true
}

// cutOff ends the connection without an answer.
func cutOff(w http.ResponseWriter) {
	panic(http.ErrAbortHandler)
}

func apps(n int) []record.Application {
	out := make([]record.Application, n)
	for i := range out {
		name := fmt.Sprintf("app-%d", i)
		out[i] = record.Application{ID: record.ID(conformance.Key, "acme", name), Tenant: "acme", Application: name, Version: 100, Flat: record.Flat{NextUntil: record.Never}}
	}
	return out
}

// A fault of assay's own in a goroutine that writes costs the documents of its
// request, says so of each, and keeps nobody else from writing.
func TestBulkGoroutineFails(t *testing.T) {
	c := newCluster(t)
	docs := apps(6)
	c.fault = func(_ *cluster, _ int, w http.ResponseWriter, body []byte) bool {
		return bytes.Contains(body, []byte(docs[2].ID)) && answer(w, 503, "unavailable_shards_exception")
	}
	e := c.engine(func(o *Options) { o.FlushDocs, o.Concurrency = 2, 1 })
	e.bulk.jitter = func() float64 { panic("words of a document") } // before the next attempt
	for i, o := range e.Write(t.Context(), docs) {
		if failed := i == 2 || i == 3; errors.Is(o.Err, guard.ErrFault) != failed || (o.Err != nil) != failed || o.ID != docs[i].ID {
			t.Errorf("document %d: %+v", i, o)
		}
		if o.Err != nil && strings.Contains(o.Err.Error(), "words") {
			t.Errorf("document %d tells what the panic said: %v", i, o.Err)
		}
	}
	c.fault = nil
	for i, o := range e.Write(t.Context(), docs) {
		if o.Err != nil {
			t.Errorf("document %d afterwards: %+v", i, o)
		}
	}
}

func TestBulkFaults(t *testing.T) {
	const n = 60
	for _, c := range []struct {
		desc   string
		spin   func(c *cluster)
		ended  func(i int) bool // documents that must not be acknowledged; nil = all are written
		err    error            // and with what error
		repeat bool             // documents may take effect twice: an answer was lost
		least  int              // requests at least
	}{
		{desc: "none"},
		{desc: "429 for the whole, three times", least: 4, spin: func(c *cluster) {
			c.fault = func(_ *cluster, n int, w http.ResponseWriter, _ []byte) bool {
				return n < 3 && answer(w, 429, "es_rejected_execution_exception")
			}
		}},
		{desc: "503 for the whole", least: 4, spin: func(c *cluster) {
			c.fault = func(_ *cluster, n int, w http.ResponseWriter, _ []byte) bool {
				return n < 3 && answer(w, 503, "unavailable_shards_exception")
			}
		}},
		{desc: "502 from a balancer, not JSON", least: 3, spin: func(c *cluster) {
			c.fault = func(_ *cluster, n int, w http.ResponseWriter, _ []byte) bool {
				if n >= 2 {
					return false
				}
				w.WriteHeader(502)
				_, _ = io.WriteString(w, "<html>Bad Gateway</html>")
				return true
			}
		}},
		{desc: "403 cluster_block for the whole", least: 3, spin: func(c *cluster) {
			c.fault = func(_ *cluster, n int, w http.ResponseWriter, _ []byte) bool {
				return n < 2 && answer(w, 403, "cluster_block_exception")
			}
		}},
		{desc: "429 for a third of the items, at random", least: 2, spin: func(c *cluster) {
			r := rand.New(rand.NewPCG(1, 1))
			c.item = func(n int, _ string, _ int64) (int, string) {
				if n < 8 && r.IntN(3) == 0 {
					return 429, "es_rejected_execution_exception"
				}
				return 0, ""
			}
		}},
		{desc: "503 for every item, twice", least: 3, spin: func(c *cluster) {
			c.item = func(n int, _ string, _ int64) (int, string) {
				if n < 2 {
					return 503, "unavailable_shards_exception"
				}
				return 0, ""
			}
		}},
		{desc: "403 cluster_block for items (flood stage), then it lifts", least: 4, spin: func(c *cluster) {
			c.item = func(n int, _ string, _ int64) (int, string) {
				if n < 3 {
					return 403, "cluster_block_exception"
				}
				return 0, ""
			}
		}},
		{desc: "404 while an index is swapped", least: 2, spin: func(c *cluster) {
			c.item = func(n int, _ string, _ int64) (int, string) {
				if n < 1 {
					return 404, "index_not_found_exception"
				}
				return 0, ""
			}
		}},
		{desc: "413 above ten documents", least: 6, spin: func(c *cluster) {
			c.fault = func(_ *cluster, _ int, w http.ResponseWriter, body []byte) bool {
				return bytes.Count(body, []byte{'\n'})/2 > 10 && answer(w, 413, "")
			}
		}},
		{desc: "413 for one document, however alone", err: index.ErrRejected, ended: func(i int) bool { return i == 7 }, spin: func(c *cluster) {
			id := apps(8)[7].ID
			c.fault = func(_ *cluster, _ int, w http.ResponseWriter, body []byte) bool {
				return bytes.Contains(body, []byte(`{"index":{"_id":"`+id)) && answer(w, 413, "")
			}
		}},
		{desc: "400 for the whole, because of one document", err: index.ErrRejected, ended: func(i int) bool { return i == 11 }, spin: func(c *cluster) {
			id := apps(12)[11].ID
			c.fault = func(_ *cluster, _ int, w http.ResponseWriter, body []byte) bool {
				return bytes.Contains(body, []byte(`{"index":{"_id":"`+id)) && answer(w, 400, "illegal_argument_exception")
			}
		}},
		{desc: "400 for items: their neighbours are written", err: index.ErrRejected, ended: func(i int) bool { return i%10 == 3 }, spin: func(c *cluster) {
			bad := map[string]bool{}
			for i, a := range apps(n) {
				bad[a.ID] = i%10 == 3
			}
			c.item = func(_ int, id string, _ int64) (int, string) {
				if bad[id] {
					return 400, "document_parsing_exception"
				}
				return 0, ""
			}
		}},
		{desc: "the connection breaks before the answer, the writes were done", repeat: true, least: 2, spin: func(c *cluster) {
			c.after = func(c *cluster, n int, w http.ResponseWriter) {
				c.after = nil
				cutOff(w)
			}
		}},
		{desc: "the same, and then a server that answers 409 to an equal version", repeat: true, least: 2, spin: func(c *cluster) {
			c.after = func(c *cluster, n int, w http.ResponseWriter) {
				c.after = nil
				cutOff(w)
			}
			c.item = func(n int, _ string, _ int64) (int, string) {
				if n > 0 {
					return 409, "version_conflict_engine_exception"
				}
				return 0, ""
			}
		}},
		{desc: "the connection breaks before anything was done", least: 2, spin: func(c *cluster) {
			c.fault = func(_ *cluster, n int, w http.ResponseWriter, _ []byte) bool {
				if n == 0 {
					cutOff(w)
				}
				return false
			}
		}},
		{desc: "half an answer", repeat: true, least: 2, spin: func(c *cluster) {
			c.after = func(c *cluster, n int, w http.ResponseWriter) {
				c.after = nil
				_, _ = io.WriteString(w, `{"items":[{"index":{"_id":"`)
			}
		}},
		{desc: "an answer about fewer documents", repeat: true, least: 2, spin: func(c *cluster) {
			c.after = func(c *cluster, n int, w http.ResponseWriter) {
				c.after = nil
				fmt.Fprintf(w, `{"items":[{"index":{"_id":"%s","status":201}}]}`, apps(1)[0].ID)
			}
		}},
		{desc: "an answer about other documents", repeat: true, least: 2, spin: func(c *cluster) {
			c.after = func(c *cluster, n int, w http.ResponseWriter) {
				c.after = nil
				var items []string
				for range 60 {
					items = append(items, `{"index":{"_id":"x","status":201}}`)
				}
				fmt.Fprintf(w, `{"items":[%s]}`, strings.Join(items, ","))
			}
		}},
		{desc: "409 that a read does not bear out", err: index.ErrUnavailable, ended: func(int) bool { return true }, spin: func(c *cluster) {
			c.missing = true
			c.item = func(int, string, int64) (int, string) { return 409, "version_conflict_engine_exception" }
		}},
		{desc: "429 for ever", err: index.ErrUnavailable, ended: func(int) bool { return true }, spin: func(c *cluster) {
			c.fault = func(_ *cluster, _ int, w http.ResponseWriter, _ []byte) bool { return answer(w, 429, "x") }
		}},
		{desc: "401 for ever", err: index.ErrUnavailable, ended: func(int) bool { return true }, spin: func(c *cluster) {
			c.fault = func(_ *cluster, _ int, w http.ResponseWriter, _ []byte) bool {
				return answer(w, 401, "security_exception")
			}
		}},
		{desc: "no whole answer, ever", err: index.ErrUnavailable, ended: func(int) bool { return true }, spin: func(c *cluster) {
			c.fault = func(_ *cluster, _ int, w http.ResponseWriter, _ []byte) bool { cutOff(w); return true }
		}},
		{desc: "429 for one item for ever: its neighbours are acknowledged", err: index.ErrUnavailable, ended: func(i int) bool { return i == 5 }, spin: func(c *cluster) {
			id := apps(6)[5].ID
			c.item = func(_ int, got string, _ int64) (int, string) {
				if got == id {
					return 429, "es_rejected_execution_exception"
				}
				return 0, ""
			}
		}},
	} {
		t.Run(c.desc, func(t *testing.T) {
			fake := newCluster(t)
			if c.spin != nil {
				c.spin(fake)
			}
			e := fake.engine(func(o *Options) {
				if c.err != nil {
					o.RetryFor = 300 * time.Millisecond
				}
			})
			docs := apps(n)
			out := e.Write(t.Context(), docs)
			// A request that was given up may still be being answered.
			fake.mu.Lock()
			defer fake.mu.Unlock()
			if len(out) != n {
				t.Fatalf("%d outcomes", len(out))
			}
			for i, o := range out {
				if o.ID != docs[i].ID {
					t.Errorf("%d: outcome of %s", i, o.ID)
				}
				if c.ended != nil && c.ended(i) {
					if !errors.Is(o.Err, c.err) || o.Superseded {
						t.Errorf("%d: %+v, want %v", i, o, c.err)
					}
					if o.Err != nil && strings.Contains(o.Err.Error(), "Secret") {
						t.Errorf("%d: the error quotes the document: %v", i, o.Err)
					}
					continue
				}
				if o.Err != nil || o.Superseded {
					t.Errorf("%d: %+v", i, o)
					continue
				}
				// What was acknowledged is there, and once.
				if fake.stored[o.ID] != 100 || fake.writes[o.ID] != 1 && !c.repeat {
					t.Errorf("%d: acknowledged, stored version %d, written %d times", i, fake.stored[o.ID], fake.writes[o.ID])
				}
			}
			if fake.bulks < c.least {
				t.Errorf("%d requests, want %d", fake.bulks, c.least)
			}
		})
	}
}

func TestBulkSuperseded(t *testing.T) {
	c := newCluster(t)
	docs := apps(3)
	c.stored[docs[1].ID] = 101
	c.stored[docs[2].ID] = 100
	out := c.engine().Write(t.Context(), docs)
	for i, want := range []bool{false, true, false} {
		if out[i].Err != nil || out[i].Superseded != want {
			t.Errorf("%d: %+v", i, out[i])
		}
	}
	if c.stored[docs[1].ID] != 101 {
		t.Errorf("stored version %d", c.stored[docs[1].ID])
	}
}

func TestBulkErrorNamesTheField(t *testing.T) {
	c := newCluster(t)
	c.item = func(int, string, int64) (int, string) { return 400, "document_parsing_exception" }
	out := c.engine().Write(t.Context(), apps(1))
	if got := fmt.Sprint(out[0].Err); !strings.HasSuffix(got, "document_parsing_exception in claims.year") {
		t.Error(got)
	}
}

// A request holds no more than FlushDocs documents and FlushBytes bytes, and no
// more than Concurrency are under way.
func TestBulkParts(t *testing.T) {
	c := newCluster(t)
	var most atomic.Int64
	c.fault = func(_ *cluster, _ int, _ http.ResponseWriter, body []byte) bool {
		most.Store(max(most.Load(), int64(len(body))))
		time.Sleep(2 * time.Millisecond)
		return false
	}
	docs := apps(1000)
	for i := range docs {
		docs[i].Job = strings.Repeat("j", 100*(i%10))
	}
	e := c.engine(func(o *Options) { o.FlushDocs, o.FlushBytes, o.Concurrency = 50, 20000, 3 })
	for _, o := range e.Write(t.Context(), docs) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
	for _, n := range c.sizes {
		if n > 50 {
			t.Errorf("%d documents in a request", n)
		}
	}
	if n := most.Load(); n > 20000+50*250 {
		t.Errorf("%d bytes in a request", n)
	}
	if c.mostly > 3 {
		t.Errorf("%d requests at once", c.mostly)
	}
	if len(c.stored) != len(docs) {
		t.Errorf("%d stored", len(c.stored))
	}
}

func TestBulkCancelled(t *testing.T) {
	c := newCluster(t)
	ctx, cancel := context.WithCancel(t.Context())
	c.fault = func(_ *cluster, _ int, w http.ResponseWriter, _ []byte) bool {
		cancel()
		return answer(w, 503, "x")
	}
	for _, o := range c.engine().Write(ctx, apps(5)) {
		if !errors.Is(o.Err, index.ErrUnavailable) {
			t.Errorf("%+v", o)
		}
	}
	if c.bulks != 1 {
		t.Errorf("%d requests", c.bulks)
	}
}

func TestGate(t *testing.T) {
	g := newGate(8)
	ctx := t.Context()
	limit := func() int { return g.limit }
	step := func(throttled bool) {
		if err := g.acquire(ctx); err != nil {
			t.Fatal(err)
		}
		g.release(throttled)
	}
	for _, want := range []int{4, 2, 1, 1} {
		if step(true); limit() != want {
			t.Errorf("limit %d, want %d", limit(), want)
		}
	}
	for range 100 {
		step(false)
	}
	if limit() != 8 {
		t.Errorf("limit %d, want 8 again", limit())
	}
	for range 8 {
		if err := g.acquire(ctx); err != nil {
			t.Fatal(err)
		}
	}
	c, cancel := context.WithCancel(ctx)
	cancel()
	if err := g.acquire(c); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	done := make(chan error)
	go func() { done <- g.acquire(ctx) }()
	g.release(false)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestBackoff(t *testing.T) {
	for _, jitter := range []float64{0, 0.5, 0.999} {
		w := &writer{jitter: func() float64 { return jitter }}
		last := time.Duration(0)
		for i := 1; i < 40; i++ {
			d := w.backoff(i)
			if d < last || d < backoffFirst/2 || d > backoffMost {
				t.Errorf("attempt %d: %v after %v", i, d, last)
			}
			last = d
		}
		if last < backoffMost/2 {
			t.Errorf("never longer than %v", last)
		}
	}
}

func TestConnectRefuses(t *testing.T) {
	for _, c := range []struct {
		desc string
		o    Options
	}{
		{"no address", Options{Key: conformance.Key}},
		{"no key", Options{Addresses: []string{"http://127.0.0.1:1"}}},
		{"an address without a scheme", Options{Addresses: []string{"127.0.0.1:9200"}, Key: conformance.Key}},
		{"another scheme", Options{Addresses: []string{"file:///etc/x"}, Key: conformance.Key}},
		{"a prefix with a star", Options{Addresses: []string{"http://127.0.0.1:1"}, Key: conformance.Key, Prefix: "a*"}},
		{"a prefix in upper case", Options{Addresses: []string{"http://127.0.0.1:1"}, Key: conformance.Key, Prefix: "A"}},
	} {
		if _, err := connect(c.o); err == nil {
			t.Errorf("%s: no error", c.desc)
		}
	}
	if _, err := Open(t.Context(), Options{Addresses: []string{"http://127.0.0.1:1"}, Key: conformance.Key}); !errors.Is(err, index.ErrUnavailable) {
		t.Errorf("nobody there: %v", err)
	}
}
