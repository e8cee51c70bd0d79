package elastic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"assay/index"
	"assay/index/record"

	"github.com/google/go-cmp/cmp"
)

func TestAnotherKeyIsRefused(t *testing.T) {
	t.Parallel()
	e := open(t)
	o := e.o
	o.Key = []byte("another")
	if _, err := Open(t.Context(), o); !errors.Is(err, index.ErrKey) {
		t.Errorf("Open: %v", err)
	}
	o.Key = e.o.Key
	second, err := Open(t.Context(), o)
	if err != nil {
		t.Fatalf("the same key: %v", err)
	}
	second.o.Key = []byte("another")
	if err := second.Rebuild(t.Context(), nil, nil); !errors.Is(err, index.ErrKey) {
		t.Errorf("Rebuild: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

func TestInitAtOnce(t *testing.T) {
	t.Parallel()
	e := open(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := e.Init(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func indices(t *testing.T, e *Engine) []string {
	t.Helper()
	var names map[string]any
	if err := e.call(t.Context(), http.MethodGet, "/"+e.alias+"-*/_alias", nil, &names); err != nil {
		t.Fatal(err)
	}
	var out []string
	for n := range names {
		out = append(out, n)
	}
	return out
}

func properties(t *testing.T, e *Engine) string {
	t.Helper()
	name, _, err := e.current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]struct {
		Mappings json.RawMessage `json:"mappings"`
	}
	if err := e.call(t.Context(), http.MethodGet, "/"+name+"/_mapping", nil, &m); err != nil {
		t.Fatal(err)
	}
	return string(m[name].Mappings)
}

// No document changes the mapping, and none is written past the alias.
func TestStrict(t *testing.T) {
	t.Parallel()
	e := open(t)
	before := properties(t, e)
	put := func(path string, doc object) *response {
		body, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		res, err := e.raw(t.Context(), http.MethodPut, path, "application/json", body)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	for i := range 50 {
		for _, doc := range []object{
			{fmt.Sprintf("key%d", i): 1},
			{"claims": []object{{fmt.Sprintf("key%d", i): "x"}}},
			{"flat": object{fmt.Sprintf("key%d", i): "x"}},
			{"breadth": object{"skills": "many"}},
		} {
			if res := put("/"+e.alias+fmt.Sprintf("/_doc/x%d?routing=acme", i), doc); res.status != http.StatusBadRequest {
				t.Fatalf("%v: %d %s", doc, res.status, res.body)
			}
		}
	}
	if res := put("/"+e.alias+"/_doc/x", object{"tenant": "acme"}); res.status != http.StatusBadRequest {
		t.Errorf("without routing: %d %s", res.status, res.body)
	}
	if d := cmp.Diff(before, properties(t, e)); d != "" {
		t.Errorf("the mapping changed:\n%s", d)
	}
	// An index that went away is not made anew by a write.
	name, _, err := e.current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.call(t.Context(), http.MethodDelete, "/"+name, nil, nil); err != nil {
		t.Fatal(err)
	}
	e.bulk.retryFor = 200 * time.Millisecond
	if out := e.Write(t.Context(), apps(1)); !errors.Is(out[0].Err, index.ErrUnavailable) {
		t.Errorf("%+v", out)
	}
	if err := e.Ready(t.Context()); !errors.Is(err, index.ErrUnavailable) {
		t.Errorf("Ready: %v", err)
	}
	if _, err := e.Get(t.Context(), "acme", "app-0"); !errors.Is(err, index.ErrUnavailable) {
		t.Errorf("Get: %v", err)
	}
	if err := e.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := e.Ready(t.Context()); err != nil {
		t.Errorf("Ready: %v", err)
	}
}

// Shards and replicas are the operator's: what the options or the cluster say
// stays, through restarts and rebuilds.
func TestLayout(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		desc  string
		first Options
		set   layout  // by the operator, in the cluster
		later Options // of the process that comes next, and rebuilds
		// What stands after the first, after the next has begun, after its rebuild.
		made, begun, rebuilt layout
	}{
		{desc: "nothing said", made: layout{"1", "0", "0-1"}, begun: layout{"1", "0", "0-1"}, rebuilt: layout{"1", "0", "0-1"}},
		{desc: "asked for", first: Options{Shards: 2, Replicas: 1}, made: layout{"2", "1", "false"},
			begun: layout{"2", "1", "false"}, rebuilt: layout{"2", "1", "false"}},
		{desc: "asked for later", later: Options{Shards: 3, Replicas: 2}, made: layout{"1", "0", "0-1"},
			begun: layout{"1", "2", "false"}, rebuilt: layout{"3", "2", "false"}},
		{desc: "none asked for", later: Options{Replicas: NoReplicas}, made: layout{"1", "0", "0-1"},
			begun: layout{"1", "0", "false"}, rebuilt: layout{"1", "0", "false"}},
		{desc: "none asked for at first", first: Options{Replicas: NoReplicas}, made: layout{"1", "0", "false"},
			begun: layout{"1", "0", "false"}, rebuilt: layout{"1", "0", "false"}},
		{desc: "set in the cluster", set: layout{Replicas: "2", Expand: "false"}, made: layout{"1", "0", "0-1"},
			begun: layout{"1", "2", "false"}, rebuilt: layout{"1", "2", "false"}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			t.Parallel()
			e := open(t, func(o *Options) { o.Shards, o.Replicas = tc.first.Shards, tc.first.Replicas })
			look := func(when string, want layout) {
				t.Helper()
				name, _, err := e.current(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				have, err := e.layoutOf(t.Context(), name)
				if want.Expand == "false" && have.Expand == "" {
					want.Expand = "" // what it is by itself
				}
				if err != nil || have != want {
					t.Errorf("%s: %+v, %v; want %+v", when, have, err, want)
				}
			}
			look("made", tc.made)
			if tc.set != (layout{}) {
				if err := e.call(t.Context(), http.MethodPut, "/"+e.alias+"/_settings", object{"index": tc.set}, nil); err != nil {
					t.Fatal(err)
				}
			}
			o := e.o
			o.Shards, o.Replicas = tc.later.Shards, tc.later.Replicas
			next, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			next.linger = 0
			look("begun", tc.begun)
			if err := next.Rebuild(t.Context(), nil, nil); err != nil {
				t.Error(err)
			}
			look("rebuilt", tc.rebuilt)
			if err := next.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A rebuild that fails leaves everything as it was.
func TestRebuildFails(t *testing.T) {
	t.Parallel()
	e := open(t)
	docs := apps(30)
	for _, o := range e.Write(t.Context(), docs) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
	before := indices(t, e)
	ctx, cancel := context.WithCancel(t.Context())
	err := e.Rebuild(ctx, nil, func(int, int) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	err = e.Rebuild(t.Context(), func(a *record.Application) { a.Claims = make([]record.Claim, 10001) }, nil)
	if !errors.Is(err, index.ErrRejected) {
		t.Errorf("refused documents: %v", err)
	}
	if d := cmp.Diff(before, indices(t, e)); d != "" {
		t.Errorf("indices:\n%s", d)
	}
	if out := e.Write(t.Context(), apps(1)); out[0].Err != nil {
		t.Errorf("a write after: %v", out[0].Err)
	}
	// A process killed with the block set: the next rebuild lifts it.
	if err := e.block(t.Context(), before[0], true); err != nil {
		t.Fatal(err)
	}
	if err := e.Rebuild(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	if out := e.Write(t.Context(), apps(1)); out[0].Err != nil {
		t.Errorf("a write after: %v", out[0].Err)
	}
	if after := indices(t, e); len(after) != 1 || after[0] == before[0] {
		t.Errorf("indices %v, before %v", after, before)
	}
	st, err := e.Status(t.Context())
	if err != nil || st.Applications != 30 || st.Bytes == 0 || st.Engine == "elasticsearch" {
		t.Errorf("%+v %v", st, err)
	}
}

// A late write cannot bring an erased person back, however long ago the erasure:
// a stub stays, where a delete would be forgotten after index.gc_deletes.
func TestErasureOutlivesGCDeletes(t *testing.T) {
	t.Parallel()
	e := open(t)
	name, _, err := e.current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.call(t.Context(), http.MethodPut, "/"+name+"/_settings", object{"index": object{"gc_deletes": "1ms"}}, nil); err != nil {
		t.Fatal(err)
	}
	docs := apps(2)
	e.Write(t.Context(), docs)
	if err := e.Erase(t.Context(), "acme", docs[0].Application); err != nil {
		t.Fatal(err)
	}
	raw, err := e.raw(t.Context(), http.MethodGet, "/"+e.alias+"/_doc/"+docs[0].ID+"?routing=acme", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	var stub struct {
		Version int64          `json:"_version"`
		Source  map[string]any `json:"_source"`
	}
	if err := json.Unmarshal(raw.body, &stub); err != nil {
		t.Fatal(err)
	}
	if stub.Version != record.VersionErased || stub.Source["erased"] != true || stub.Source["display_name"] != nil || stub.Source["claims"] != nil {
		t.Errorf("%+v", stub)
	}
	time.Sleep(20 * time.Millisecond)
	docs[0].Version = record.VersionErased - 1
	if out := e.Write(t.Context(), docs[:1]); !out[0].Superseded {
		t.Errorf("%+v", out)
	}
	if _, err := e.Get(t.Context(), "acme", docs[0].Application); !errors.Is(err, index.ErrErased) {
		t.Errorf("%v", err)
	}
}
