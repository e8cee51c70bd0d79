package elastic

import (
	"context"
	"fmt"
	"slices"
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
	x := &holding{tenant: tenant, keys: keys}
	if err := e.fresh.do(ctx, x, e.lookUp); err != nil {
		if ctx.Err() != nil {
			err = unavailable(err)
		}
		return nil, err
	}
	var out []record.Holder
	for _, h := range x.answer.Hits.Hits {
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

// holding is one question for holders.
type holding struct {
	tenant string
	keys   []string
	answer searchResponse
}

// manyHoldings is how many questions go in one request.
const manyHoldings = 100

// lookUp answers questions, each as of everything that was written before.
func (e *Engine) lookUp(ctx context.Context, all []*holding) error {
	if err := e.Refresh(ctx); err != nil {
		return unavailable(err)
	}
	for list := range slices.Chunk(all, manyHoldings) {
		reqs := make([]searchRequest, len(list))
		for i, x := range list {
			reqs[i] = searchRequest{
				Query:  e.within(x.tenant, object{"terms": object{"held.key": x.keys}}),
				Size:   index.MaxHolders,
				Sort:   []object{{"held.proven": object{"order": "desc", "mode": "max", "missing": "_last", "unmapped_type": "boolean"}}},
				Source: []string{"tenant", "application", "persons", "held"},
			}
		}
		answers, err := e.msearchEach(ctx, func(i int) string { return list[i].tenant }, reqs)
		if err != nil {
			return err
		}
		for i, x := range list {
			x.answer = answers[i]
		}
	}
	return nil
}

// refresher makes one refresh and one request do for all who wait: it begins after each
// of them has come.
type refresher struct {
	mu      sync.Mutex
	next    *round // that has not begun
	running sync.Mutex
}

type round struct {
	done chan struct{}
	asks []*holding
	err  error
}

func (r *refresher) do(ctx context.Context, x *holding, lookUp func(context.Context, []*holding) error) error {
	r.mu.Lock()
	n, first := r.next, r.next == nil
	if first {
		n = &round{done: make(chan struct{})}
		r.next = n
	}
	n.asks = append(n.asks, x)
	r.mu.Unlock()
	if first {
		// The others wait for it, whatever becomes of who came first.
		r.run(context.WithoutCancel(ctx), n, lookUp)
	}
	select {
	case <-n.done:
		return n.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *refresher) run(ctx context.Context, n *round, lookUp func(context.Context, []*holding) error) {
	r.running.Lock()
	defer r.running.Unlock()
	defer close(n.done)
	r.mu.Lock()
	r.next = nil
	r.mu.Unlock()
	n.err = index.ErrUnavailable // should it not return
	n.err = lookUp(ctx, n.asks)
}
