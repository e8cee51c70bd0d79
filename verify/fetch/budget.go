package fetch

import (
	"context"
	"sync"
)

// Budget bounds what one application may cost. A zero field is no bound.
type Budget struct {
	Requests int   // requests that reached a host, or tried to
	Bytes    int64 // bytes of bodies
}

// WithBudget returns a Fetcher that passes on to f until the budget is used up
// and fails with ErrBudget from then on. Answers from a cache cost nothing,
// but are not to be had either once the budget is used up: what is judged must
// not depend on what others asked before. Safe for concurrent use.
func WithBudget(f Fetcher, b Budget) Fetcher { return &budgeted{f: f, b: b} }

type budgeted struct {
	f  Fetcher
	b  Budget
	mu sync.Mutex

	requests int
	bytes    int64
}

func (b *budgeted) Fetch(ctx context.Context, r Request) (*Response, error) {
	b.mu.Lock()
	if b.b.Requests > 0 && b.requests >= b.b.Requests || b.b.Bytes > 0 && b.bytes >= b.b.Bytes {
		b.mu.Unlock()
		return nil, ErrBudget
	}
	b.requests++
	b.mu.Unlock()
	resp, err := b.f.Fetch(ctx, r)
	b.mu.Lock()
	defer b.mu.Unlock()
	if resp != nil {
		if resp.Cached {
			b.requests--
		} else {
			b.bytes += int64(len(resp.Body))
		}
	}
	return resp, err
}
