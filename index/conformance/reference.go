package conformance

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/verify/verdict"
)

// reference answers as an engine over a few documents must: with the oracle. It
// holds no tenant's documents apart when it is open, as an engine without its
// tenant filter would.
type reference struct {
	index.Engine // what it does not answer
	docs         []record.Application
	open         bool
	now          int64 // of suggestions
}

// of gives whose documents answer a tenant.
func (r reference) of(tenant string) string {
	if r.open {
		return everyone
	}
	return tenant
}

func (r reference) Searches(ctx context.Context, tenant string, list []query.Query) ([]*index.Results, error) {
	return index.OneByOne(list, func(q query.Query) (*index.Results, error) { return r.Search(ctx, tenant, q) })
}

func (r reference) Search(_ context.Context, tenant string, q query.Query) (*index.Results, error) {
	after, err := index.OpenCursor(Key, tenant, &q)
	if err != nil {
		return nil, err
	}
	want := oracle(r.docs, r.of(tenant), &q)
	res := index.NewResults(&q)
	res.Total = len(want.docs)
	seen := 0
	if after != nil {
		seen = after.Seen
	}
	page := want.docs[min(seen, len(want.docs)):]
	page = page[:min(q.Size, len(page))]
	for _, a := range page {
		if h, ok := res.Hit(a.Tenant, a); ok {
			res.Hits = append(res.Hits, h)
		}
	}
	for _, f := range q.Facets {
		res.AddFacet(f, want.facets[f])
	}
	if seen += len(page); len(page) == q.Size && seen < res.Total {
		last := page[len(page)-1]
		res.Cursor = index.SealCursor(Key, tenant, &q, q.Position(last, res.Hits[len(page)-1].Score, seen))
	}
	return res, nil
}

func (r reference) Count(_ context.Context, tenant string, plans []query.Plan) ([]int, error) {
	out := make([]int, len(plans))
	for i := range plans {
		for k := range r.docs {
			if t := r.of(tenant); t != everyone && r.docs[k].Tenant != t {
				continue
			}
			if _, _, ok := plans[i].Match(&r.docs[k]); ok {
				out[i]++
			}
		}
	}
	return out, nil
}

func (r reference) Suggest(_ context.Context, tenant string, kind index.SuggestionKind, prefix string, n int) ([]index.Suggestion, error) {
	docs := slices.DeleteFunc(slices.Clone(r.docs), func(a record.Application) bool {
		t := r.of(tenant)
		return t != everyone && a.Tenant != t
	})
	return Suggested(docs, kind, prefix, n, r.now), nil
}

// Suggested is what an engine must suggest of some documents.
func Suggested(docs []record.Application, kind index.SuggestionKind, prefix string, n int, now int64) []index.Suggestion {
	w := record.Words(prefix)
	if len(w) == 0 || n <= 0 {
		return nil
	}
	fits, counts, names := map[index.Suggestion]bool{}, map[index.Suggestion]int{}, map[index.Suggestion]map[string]int{}
	for i := range docs {
		a := &docs[i]
		if a.Erased {
			continue
		}
		seen := map[index.Suggestion]bool{}
		for k := range a.Claims {
			c := &a.Claims[k]
			if record.EffectiveStatus(c, now) != verdict.Verified || !c.Clear && (kind != index.SuggestSkill || c.ID == "") {
				continue
			}
			s, words := index.Suggestion{Kind: kind, Label: c.Label, ID: c.ID, Framework: c.Framework}, c.LabelWords
			switch kind {
			case index.SuggestCertificate:
				s, words = index.Suggestion{Kind: kind, Label: c.Certificate}, c.TitleWords
			case index.SuggestIssuer:
				s, words = index.Suggestion{Kind: kind, ID: c.Issuer}, c.IssuerW
				if names[s] == nil {
					names[s] = map[string]int{}
				}
				names[s][c.IssuerName]++
			}
			if s.Label == "" && s.ID == "" || kind == index.SuggestSkill && s.Label == "" {
				continue
			}
			fits[s] = fits[s] || completes(words, w)
			if !seen[s] {
				seen[s] = true
				counts[s]++
			}
		}
	}
	var out []index.Suggestion
	for s, n := range counts {
		if !fits[s] {
			continue
		}
		// An issuer is named as most of its claims name it.
		best := 0
		for name, k := range names[s] {
			if k > best || k == best && name < s.Label {
				s.Label, best = name, k
			}
		}
		s.Count = n
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b index.Suggestion) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.Label, b.Label), strings.Compare(a.ID, b.ID), strings.Compare(a.Framework, b.Framework))
	})
	return out[:min(n, len(out))]
}

// completes reports whether the words stand in a label, the last as the
// beginning of one.
func completes(label string, words []string) bool {
	have := strings.Fields(label)
	last := len(words) - 1
	for _, w := range words[:last] {
		if !slices.Contains(have, w) {
			return false
		}
	}
	return slices.ContainsFunc(have, func(h string) bool { return strings.HasPrefix(h, words[last]) })
}

func (r reference) Get(_ context.Context, tenant, application string) (*record.Application, error) {
	for _, id := range index.IDs(Key, tenant, application) {
		for i := range r.docs {
			if r.docs[i].ID == id {
				return &r.docs[i], nil
			}
		}
	}
	return nil, index.ErrNotFound
}

func (r reference) Scan(_ context.Context, tenant string, fn func(*record.Application) error) error {
	for i := range r.docs {
		if t := r.of(tenant); t != everyone && r.docs[i].Tenant != t {
			continue
		}
		if err := fn(&r.docs[i]); err != nil {
			return err
		}
	}
	return nil
}
