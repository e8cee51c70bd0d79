package index_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"assay/index"
	"assay/index/conformance"
	"assay/index/query"
	"assay/index/record"
)

// memory is the plainest engine that is right: it asks Plan.Match of every
// document.
type memory struct {
	key []byte

	mu   sync.RWMutex
	docs map[string]*record.Application // by id; never changed
}

var _ index.Engine = (*memory)(nil)

func newMemory(key []byte) *memory { return &memory{key: key, docs: map[string]*record.Application{}} }

// A new engine is one when it stands this: see "Adding a search engine".
func TestLongConformance(t *testing.T) {
	if os.Getenv("ASSAY_LONG") == "" {
		t.Skip("is long: make test-long")
	}
	conformance.Run(t, func(*testing.T) index.Engine { return newMemory(conformance.Key) })
}

func TestOwnVectors(t *testing.T) {
	conformance.Vectors(t, func(*testing.T) index.Engine { return newMemory(conformance.Key) })
}

func TestIsolationBriefly(t *testing.T) {
	conformance.Isolate(t, newMemory(conformance.Key), conformance.BriefPairs)
}

func TestNothingForeignLeaves(t *testing.T) {
	conformance.NothingForeign(t, newMemory(conformance.Key))
}

// all gives every document, or one tenant's.
func (m *memory) all(tenant string) []*record.Application {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []*record.Application
	for _, a := range m.docs {
		if tenant == "" || a.Tenant == tenant {
			out = append(out, a)
		}
	}
	return out
}

// copied gives a document that shares nothing with a.
func copied(a *record.Application) (*record.Application, error) {
	raw, err := json.Marshal(a)
	if err != nil {
		return nil, &index.Refusal{Kind: "cannot be written as JSON"}
	}
	var out record.Application
	return &out, json.Unmarshal(raw, &out)
}

// put stores a document unless one that is as new is there, or, with equal, a newer one.
func (m *memory) put(a *record.Application, equal bool) index.Outcome {
	own, err := copied(a)
	if err != nil {
		return index.Outcome{ID: a.ID, Err: err}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if have := m.docs[a.ID]; have != nil && (have.Version > a.Version || !equal && have.Version == a.Version) {
		return index.Outcome{ID: a.ID, Superseded: true}
	}
	m.docs[a.ID] = own
	return index.Outcome{ID: a.ID}
}

func (m *memory) Write(ctx context.Context, docs []record.Application) []index.Outcome {
	out := make([]index.Outcome, len(docs))
	for i := range docs {
		if err := index.CheckWrite(m.key, &docs[i]); err != nil {
			out[i] = index.Outcome{ID: docs[i].ID, Err: err}
		} else if err := ctx.Err(); err != nil {
			out[i] = index.Outcome{ID: docs[i].ID, Err: fmt.Errorf("%w: %w", index.ErrUnavailable, err)}
		} else {
			out[i] = m.put(&docs[i], false)
		}
	}
	return out
}

func (m *memory) Searches(ctx context.Context, tenant string, list []query.Query) ([]*index.Results, error) {
	return index.OneByOne(list, func(q query.Query) (*index.Results, error) { return m.Search(ctx, tenant, q) })
}

func (m *memory) Search(ctx context.Context, tenant string, q query.Query) (*index.Results, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	after, err := index.OpenCursor(m.key, tenant, &q)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", index.ErrUnavailable, err)
	}
	r := index.NewResults(&q)
	type found struct {
		app *record.Application
		pos query.Position
	}
	var all []found
	counts := map[query.Facet]map[string]int{}
	for _, f := range q.Facets {
		counts[f] = map[string]int{}
	}
	for _, d := range m.all(tenant) {
		for _, s := range query.FacetStatuses() {
			p := q.Plan.WithInclude(s)
			if _, _, ok := p.Match(d); ok && counts[query.FacetStatus] != nil {
				counts[query.FacetStatus][string(s)]++
			}
		}
		score, _, ok := q.Plan.Match(d)
		if !ok {
			continue
		}
		all = append(all, found{d, q.Position(d, score, 0)})
		q.Plan.CountFacets(d, q.Facets, func(f query.Facet, v string) { counts[f][v]++ })
	}
	slices.SortFunc(all, func(a, b found) int {
		if q.Sort.Before(a.pos, b.pos) {
			return -1
		}
		return 1
	})
	r.Total = len(all)
	seen := 0
	if after != nil {
		seen = after.Seen
		all = slices.DeleteFunc(all, func(f found) bool { return !q.Sort.Before(*after, f.pos) })
	}
	for i, f := range all {
		if i == q.Size {
			last := all[i-1]
			r.Cursor = index.SealCursor(m.key, tenant, &q, q.Position(last.app, last.pos.Score, seen+q.Size))
			break
		}
		if h, ok := r.Hit(tenant, f.app); ok { // those of the page alone: facets show the names of their issuers
			r.Hits = append(r.Hits, h)
		}
	}
	for _, f := range q.Facets {
		r.AddFacet(f, counts[f])
	}
	return r, nil
}

func (m *memory) Count(_ context.Context, tenant string, plans []query.Plan) ([]int, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	out := make([]int, len(plans))
	for i := range plans {
		for _, d := range m.all(tenant) {
			if _, _, ok := plans[i].Match(d); ok {
				out[i]++
			}
		}
	}
	return out, nil
}

func (m *memory) Suggest(_ context.Context, tenant string, kind index.SuggestionKind, prefix string, n int) ([]index.Suggestion, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	var docs []record.Application
	for _, d := range m.all(tenant) {
		docs = append(docs, *d)
	}
	return conformance.Suggested(docs, kind, prefix, n, time.Now().Unix()), nil
}

func (m *memory) Holders(_ context.Context, tenant string, keys []string) ([]record.Holder, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []record.Holder
	for _, a := range m.docs {
		if a.Tenant == tenant && slices.ContainsFunc(a.Keys(), func(k string) bool { return slices.Contains(keys, k) }) {
			out = append(out, record.Holder{Application: a.Application, Persons: a.Persons, Held: a.Held})
		}
	}
	proven := func(h record.Holder) int {
		if slices.ContainsFunc(h.Held, func(x record.Held) bool { return x.Proven }) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(out, func(a, b record.Holder) int { return proven(a) - proven(b) })
	return out[:min(len(out), index.MaxHolders)], nil
}

func (m *memory) Version(ctx context.Context, tenant, application string) (int64, error) {
	d, err := m.Get(ctx, tenant, application)
	if err != nil {
		return 0, err
	}
	return d.Version, nil
}

func (m *memory) Get(_ context.Context, tenant, application string) (*record.Application, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	m.mu.RLock()
	var d *record.Application
	for _, id := range index.IDs(m.key, tenant, application) {
		if d == nil {
			d = m.docs[id]
		}
	}
	m.mu.RUnlock()
	switch {
	case d == nil || d.Tenant != tenant:
		return nil, index.ErrNotFound
	case d.Erased:
		return nil, index.ErrErased
	}
	return copied(d)
}

func (m *memory) Scan(_ context.Context, tenant string, fn func(*record.Application) error) error {
	if tenant != "" {
		if err := record.CheckToken("tenant", tenant); err != nil {
			return err
		}
	}
	for _, d := range m.all(tenant) {
		if d.Erased {
			continue
		}
		own, err := copied(d)
		if err == nil {
			err = fn(own)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Erase(_ context.Context, tenant, application string) error {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return err
	}
	stub := record.Stub(m.key, tenant, application)
	return m.put(&stub, true).Err
}

func (m *memory) Rebuild(ctx context.Context, remake func(*record.Application), progress func(done, total int)) error {
	m.mu.RLock()
	ids := slices.Collect(maps.Keys(m.docs))
	m.mu.RUnlock()
	for i, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		m.mu.RLock()
		was := m.docs[id]
		m.mu.RUnlock()
		a, err := copied(was)
		if err == nil && remake != nil && !a.Erased {
			remake(a)
			a.ID, a.Tenant, a.Application, a.Version, a.Erased = was.ID, was.Tenant, was.Application, was.Version, false
		}
		if err == nil {
			err = index.CheckDocument(m.key, a)
		}
		if err == nil {
			err = m.put(a, true).Err
		}
		if err != nil {
			return err
		}
		if progress != nil && ((i+1)%200 == 0 || i+1 == len(ids)) {
			progress(i+1, len(ids))
		}
	}
	return nil
}

func (m *memory) Status(context.Context) (index.Status, error) {
	s := index.Status{Engine: "memory", Name: "none", Schema: index.SchemaVersion}
	for _, d := range m.all("") {
		if d.Erased {
			s.Erased++
		} else {
			s.Applications++
		}
	}
	return s, nil
}

func (m *memory) Ready(context.Context) error { return nil }
func (m *memory) Close() error                { return nil }
