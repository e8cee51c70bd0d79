package elastic

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/index"
	"assay/index/conformance"
	"assay/index/query"
	"assay/index/record"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// die makes a rebuild that ends without a word behind a request, as kill -9 does.
func die(t *testing.T, e *Engine, behind string) {
	t.Helper()
	o := e.o
	ctx, end := context.WithCancel(t.Context())
	defer end()
	dead := false
	o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		if dead {
			return nil, errors.New("dead")
		}
		res, err := http.DefaultTransport.RoundTrip(r)
		if strings.HasSuffix(r.URL.Path, behind) {
			dead = true
			end()
			if err == nil {
				_ = res.Body.Close()
			}
			return nil, errors.New("dead")
		}
		return res, err
	})
	o.RetryFor = 2 * time.Second // for the tidying up of one who is dead; a server under load needs more before
	d, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Rebuild(ctx, nil, nil); err == nil {
		t.Fatal("the rebuild lives")
	}
}

func written(t *testing.T, e *Engine, docs []record.Application) {
	t.Helper()
	for _, o := range e.Write(t.Context(), docs) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
	}
}

// Whatever a rebuild that was killed leaves, writers get on by themselves, an
// erasure reaches it, and the next rebuild clears it away.
func TestRebuildKilled(t *testing.T) {
	t.Parallel()
	for _, behind := range []string{"-building/_bulk", "/_block/write", "/_aliases"} {
		t.Run(strings.Trim(behind, "/"), func(t *testing.T) {
			e := open(t)
			docs := apps(30)
			written(t, e, docs[:20])
			die(t, e, behind)
			if left := indices(t, e); len(left) != 2 {
				t.Fatalf("the dead rebuild left %v", left)
			}
			e.patience = 500 * time.Millisecond
			written(t, e, docs)
			if err := e.Erase(t.Context(), "acme", docs[0].Application); err != nil {
				t.Fatal(err)
			}
			for _, name := range indices(t, e) {
				var a struct {
					Source record.Application `json:"_source"`
				}
				err := e.call(t.Context(), http.MethodGet, "/"+name+"/_doc/"+docs[0].ID+"?routing=acme", nil, &a)
				if err != nil && !failed(err, http.StatusNotFound) {
					t.Fatal(err)
				}
				if a.Source.Application != "" {
					t.Errorf("%s still has who was erased", name)
				}
			}
			if err := e.Rebuild(t.Context(), nil, nil); err != nil {
				t.Fatal(err)
			}
			if left := indices(t, e); len(left) != 1 {
				t.Errorf("left after the next rebuild: %v", left)
			}
			for _, d := range docs[1:] {
				if _, err := e.Get(t.Context(), "acme", d.Application); err != nil {
					t.Errorf("%s: %v", d.Application, err)
				}
			}
			if _, err := e.Get(t.Context(), "acme", docs[0].Application); !errors.Is(err, index.ErrErased) {
				t.Errorf("erased: %v", err)
			}
		})
	}
}

// A rebuild that begins while another has the block: what was acknowledged
// between the two stays.
func TestTwoRebuilds(t *testing.T) {
	t.Parallel()
	var once sync.Once
	reached, goOn := make(chan struct{}), make(chan struct{})
	a := open(t, func(o *Options) {
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/_aliases" {
				once.Do(func() { close(reached); <-goOn })
			}
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	docs := apps(12)
	written(t, a, docs[:10])
	o := a.o
	o.Transport = nil
	b, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.Rebuild(t.Context(), nil, nil) }()
	<-reached
	ctx, cancel := context.WithCancel(t.Context())
	if err := b.Rebuild(ctx, nil, func(int, int) { cancel() }); err == nil {
		t.Error("a rebuild whose caller went away ended well")
	}
	written(t, b, docs[10:11])
	if err := b.Erase(t.Context(), "acme", docs[0].Application); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	t.Logf("the first rebuild: %v", <-done)
	if _, err := b.Get(t.Context(), "acme", docs[10].Application); err != nil {
		t.Errorf("an acknowledged write is gone: %v", err)
	}
	if _, err := b.Get(t.Context(), "acme", docs[0].Application); !errors.Is(err, index.ErrErased) {
		t.Errorf("an acknowledged erasure is undone: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// An erasure that finds the old index blocked and replaced drops it, while the rebuild
// looks there once more.
func TestErasedBehindRebuild(t *testing.T) {
	t.Parallel()
	e := open(t)
	docs := apps(12)
	written(t, e, docs)
	old, _, err := e.current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	swapped, erased := false, false
	o := e.o
	o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		if swapped && !erased && r.URL.Path == "/"+old+"/_refresh" {
			erased = true
			if err := e.Erase(t.Context(), "acme", docs[0].Application); err != nil {
				t.Error(err)
			}
		}
		swapped = swapped || r.URL.Path == "/_aliases"
		return http.DefaultTransport.RoundTrip(r)
	})
	d, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	d.linger = e.linger
	if err := d.Rebuild(t.Context(), nil, nil); err != nil {
		t.Error(err)
	}
	if left := indices(t, e); !erased || len(left) != 1 || left[0] == old {
		t.Errorf("erased %v, left are %v", erased, left)
	}
	for _, d := range docs[1:] {
		if _, err := e.Get(t.Context(), "acme", d.Application); err != nil {
			t.Errorf("%s: %v", d.Application, err)
		}
	}
	if _, err := e.Get(t.Context(), "acme", docs[0].Application); !errors.Is(err, index.ErrErased) {
		t.Errorf("erased: %v", err)
	}
}

// An index of an earlier schema: documents are written and found, and no
// document is refused for a field that the index lacks.
func TestEarlierSchema(t *testing.T) {
	t.Parallel()
	e := open(t)
	old := mapping(meta{Schema: 1, Key: index.KeyFingerprint(e.o.Key)})
	p := old["properties"].(object)
	delete(p, "claimed")
	delete(p, "later")
	delete(p["claims"].(object)["properties"].(object), "worth")
	name, _, err := e.current(t.Context())
	if err == nil {
		err = e.call(t.Context(), http.MethodDelete, "/"+name, nil, nil)
	}
	if err == nil {
		err = e.call(t.Context(), http.MethodDelete, "/_index_template/"+e.alias, nil, nil)
	}
	if err == nil {
		err = e.call(t.Context(), http.MethodPut, "/"+name, object{"mappings": old, "aliases": object{e.alias: object{"is_write_index": true}}}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	// A process that was not started anew meets the strange index: it waits.
	e.bulk.retryFor = 200 * time.Millisecond
	if out := e.Write(t.Context(), apps(1)); !errors.Is(out[0].Err, index.ErrUnavailable) || errors.Is(out[0].Err, index.ErrRejected) {
		t.Errorf("%+v", out[0])
	}
	next, err := Open(t.Context(), e.o)
	if err != nil {
		t.Fatal(err)
	}
	next.linger = e.linger
	if next.states.Load() {
		t.Error("the states of documents that have none are asked")
	}
	written(t, next, apps(3))
	if err := next.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, rebuilt := range []bool{false, true} {
		q, err := query.New("", query.Options{Facets: query.AllFacets()})
		if err != nil {
			t.Fatal(err)
		}
		res, err := next.Search(t.Context(), "acme", q)
		if err != nil || res.Total != 3 {
			t.Fatalf("rebuilt %v: %v %+v", rebuilt, err, res)
		}
		if err := next.Rebuild(t.Context(), nil, nil); err != nil {
			t.Fatal(err)
		}
		st, err := next.Status(t.Context())
		if err != nil || st.Schema != index.SchemaVersion || !next.states.Load() {
			t.Errorf("after a rebuild: %+v, states %v, %v", st, next.states.Load(), err)
		}
	}
	if err := next.Close(); err != nil {
		t.Error(err)
	}
}

// The fields of the index change only together with its schema's number.
func TestSchemaIsNumbered(t *testing.T) {
	var fields []string
	var walk func(path string, v object)
	walk = func(path string, v object) {
		for name, f := range v {
			fields = append(fields, path+name)
			if p, ok := f.(object)["properties"].(object); ok {
				walk(path+name+".", p)
			}
		}
	}
	walk("", mapping(meta{})["properties"].(object))
	slices.Sort(fields)
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(fields, " "))))[:16]
	if want := "25bbfc904f5dc86c"; sum != want || index.SchemaVersion != 7 {
		t.Errorf("the fields of schema %d are %s, want %s: raise index.SchemaVersion with them", index.SchemaVersion, sum, want)
	}
}

// Documents of schema 2 are decided again from what they hold.
func TestUpgradeDecides(t *testing.T) {
	t.Parallel()
	e := open(t)
	name, m, err := e.current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.Schema = 2
	loose := object{"dynamic": "false", "_meta": object{"assay": m}, "properties": object{
		"claims": object{"type": "nested", "dynamic": "false"}, "flat": object{"type": "object", "dynamic": "false"},
	}}
	if err := e.call(t.Context(), http.MethodPut, "/"+name+"/_mapping", loose, nil); err != nil {
		t.Fatal(err)
	}
	for _, a := range conformance.Former() {
		path := "/" + name + "/_doc/" + a.ID + "?routing=" + a.Tenant + "&version_type=external_gte&version=" + strconv.FormatInt(a.Version, 10)
		if err := e.call(t.Context(), http.MethodPut, path, json.RawMessage(conformance.Old(a)), nil); err != nil {
			t.Fatal(err)
		}
	}
	next, err := Open(t.Context(), e.o)
	if err != nil {
		t.Fatal(err)
	}
	next.linger = e.linger
	conformance.Upgraded(t, next)
	if err := next.Close(); err != nil {
		t.Error(err)
	}
}
