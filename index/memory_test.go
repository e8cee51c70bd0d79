package index_test

import (
	"context"
	"slices"
	"strings"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
)

// memory is the plainest engine that is right: it asks Plan.Match of every
// document.
type memory struct {
	key  []byte
	docs map[string]record.Application
}

func newMemory(key []byte) *memory { return &memory{key: key, docs: map[string]record.Application{}} }

func (m *memory) Write(_ context.Context, docs []record.Application) []index.Outcome {
	var out []index.Outcome
	for _, d := range docs {
		o := index.Outcome{ID: d.ID, Superseded: m.docs[d.ID].Version > d.Version}
		if !o.Superseded {
			m.docs[d.ID] = d
		}
		out = append(out, o)
	}
	return out
}

func (m *memory) Search(_ context.Context, tenant string, q query.Query) (*index.Results, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	after, err := index.OpenCursor(m.key, tenant, &q)
	if err != nil {
		return nil, err
	}
	r := index.NewResults(&q)
	type found struct {
		hit index.Hit
		app record.Application
		pos query.Position
	}
	var all []found
	counts := map[query.Facet]map[string]int{}
	for _, f := range q.Facets {
		counts[f] = map[string]int{}
	}
	for _, d := range m.docs {
		if d.Tenant != tenant {
			continue
		}
		for _, s := range query.FacetStatuses() {
			p := q.Plan.WithInclude(s)
			if _, _, ok := p.Match(&d); ok && counts[query.FacetStatus] != nil {
				counts[query.FacetStatus][string(s)]++
			}
		}
		h, ok := r.Hit(tenant, &d)
		if !ok {
			continue
		}
		all = append(all, found{h, d, q.Position(&d, h.Score, 0)})
		q.Plan.CountFacets(&d, q.Facets, func(f query.Facet, v string) { counts[f][v]++ })
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
			r.Cursor = index.SealCursor(m.key, tenant, &q, q.Position(&last.app, last.hit.Score, seen+q.Size))
			break
		}
		r.Hits = append(r.Hits, f.hit)
	}
	for _, f := range q.Facets {
		r.AddFacet(f, counts[f])
	}
	return r, nil
}

func (m *memory) Suggest(_ context.Context, tenant, prefix string, n int) ([]index.Suggestion, error) {
	var out []index.Suggestion
	for _, d := range m.docs {
		for _, c := range d.Claims {
			if d.Tenant == tenant && c.Status == "verified" && strings.HasPrefix(c.LabelWords, skills.Folded(prefix)) {
				if i := slices.IndexFunc(out, func(s index.Suggestion) bool { return s.Label == c.Label }); i >= 0 {
					out[i].Count++
				} else {
					out = append(out, index.Suggestion{Label: c.Label, ID: c.ID, Framework: c.Framework, Count: 1})
				}
			}
		}
	}
	return out[:min(n, len(out))], nil
}

func (m *memory) Get(_ context.Context, tenant, application string) (*record.Application, error) {
	d, ok := m.docs[record.ID(m.key, tenant, application)]
	switch {
	case !ok || d.Tenant != tenant:
		return nil, index.ErrNotFound
	case d.Erased:
		return nil, index.ErrErased
	}
	return &d, nil
}

func (m *memory) Scan(_ context.Context, tenant string, fn func(*record.Application) error) error {
	for _, d := range m.docs {
		if d.Erased || tenant != "" && d.Tenant != tenant {
			continue
		}
		if err := fn(&d); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Erase(ctx context.Context, tenant, application string) error {
	m.Write(ctx, []record.Application{record.Stub(m.key, tenant, application)})
	return nil
}

func (m *memory) Rebuild(context.Context, func(*record.Application), func(int, int)) error {
	return nil
}
func (m *memory) Status(context.Context) (index.Status, error) { return index.Status{}, nil }
func (m *memory) Ready(context.Context) error                  { return nil }
func (m *memory) Close() error                                 { return nil }
