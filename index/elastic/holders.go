package elastic

import (
	"context"
	"fmt"
	"sync"

	"assay/index"
	"assay/index/record"
)

// Holders implements index.Engine.
func (e *Engine) Holders(ctx context.Context, tenant string, keys []string) ([]record.Holder, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, nil
	}
	if err := e.fresh.do(ctx, e.Refresh); err != nil {
		return nil, unavailable(err)
	}
	answers, err := e.msearch(ctx, tenant, searchRequest{
		Query:  e.within(tenant, object{"terms": object{"held.key": keys}}),
		Size:   index.MaxHolders,
		Sort:   []object{{"held.proven": object{"order": "desc", "mode": "max", "missing": "_last", "unmapped_type": "boolean"}}},
		Source: []string{"tenant", "application", "persons", "held"},
	})
	if err != nil {
		return nil, err
	}
	var out []record.Holder
	for _, h := range answers[0].Hits.Hits {
		if h.Source == nil {
			return nil, fmt.Errorf("holders: %w: a hit without a document", index.ErrUnavailable)
		}
		if h.Source.Tenant != tenant {
			e.log.Error("the index gave a hit that is not one")
			continue
		}
		out = append(out, record.Holder{Application: h.Source.Application, Persons: h.Source.Persons, Held: h.Source.Held})
	}
	return out, nil
}

// refresher makes one refresh do for all who wait for one: it begins after each of
// them has come.
type refresher struct {
	mu      sync.Mutex
	next    *round // that has not begun
	running sync.Mutex
}

type round struct {
	done chan struct{}
	err  error
}

func (r *refresher) do(ctx context.Context, refresh func(context.Context) error) error {
	r.mu.Lock()
	n, first := r.next, r.next == nil
	if first {
		n = &round{done: make(chan struct{})}
		r.next = n
	}
	r.mu.Unlock()
	if first {
		// The others wait for it, whatever becomes of who came first.
		r.run(context.WithoutCancel(ctx), n, refresh)
	}
	select {
	case <-n.done:
		return n.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *refresher) run(ctx context.Context, n *round, refresh func(context.Context) error) {
	r.running.Lock()
	defer r.running.Unlock()
	defer close(n.done)
	r.mu.Lock()
	r.next = nil
	r.mu.Unlock()
	n.err = index.ErrUnavailable // should refresh not return
	n.err = refresh(ctx)
}
