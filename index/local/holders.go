package local

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"assay/index"
	"assay/index/record"
)

// heldKey is a credential of one tenant's.
type heldKey struct{ tenant, key string }

// hold enters a row under the credentials that it holds, or takes it out. The
// caller holds e.mu.
func (e *Engine) hold(r *row, in bool) {
	for _, h := range r.held {
		k := heldKey{r.tenant, h.Key}
		list := slices.DeleteFunc(e.held[k], func(x *row) bool { return x == r })
		if in {
			list = append(list, r)
		}
		if len(list) == 0 {
			delete(e.held, k)
		} else {
			e.held[k] = list
		}
	}
}

// Holders implements index.Engine.
func (e *Engine) Holders(ctx context.Context, tenant string, keys []string) ([]record.Holder, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", index.ErrUnavailable, err)
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return nil, fmt.Errorf("%w: closed", index.ErrUnavailable)
	}
	var rows []*row
	seen := map[*row]bool{}
	for _, k := range keys {
		for _, r := range e.held[heldKey{tenant, k}] {
			if !seen[r] && !r.erased && r.tenant == tenant {
				seen[r] = true
				rows = append(rows, r)
			}
		}
	}
	proven := func(r *row) int {
		if slices.ContainsFunc(r.held, func(h record.Held) bool { return h.Proven }) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(rows, func(a, b *row) int { return cmp.Compare(proven(b), proven(a)) })
	var out []record.Holder
	for _, r := range rows[:min(len(rows), index.MaxHolders)] {
		out = append(out, record.Holder{Application: r.application, Persons: slices.Clone(r.persons), Held: slices.Clone(r.held)})
	}
	return out, nil
}
