package fetch

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// host holds the manners towards one host and its circuit breaker.
type host struct {
	limiter *rate.Limiter
	slots   chan struct{}

	mu       sync.Mutex
	failures int       // in a row
	open     time.Time // not asked before this time
	trying   bool      // one request is finding out whether the host is back
	used     time.Time
}

// maxHosts bounds the memory for hosts; beyond it, those at rest are forgotten.
const maxHosts = 10_000

func (c *Client) host(name string) *host {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.o.Now()
	h := c.hosts[name]
	if h == nil {
		if len(c.hosts) >= maxHosts && now.Sub(c.swept) > time.Second {
			c.swept = now
			for n, old := range c.hosts {
				if old.atRest(now, c.o.BreakFor) {
					delete(c.hosts, n)
				}
			}
		}
		h = &host{limiter: rate.NewLimiter(rate.Limit(c.o.Rate), c.o.Burst), slots: make(chan struct{}, c.o.PerHost)}
		c.hosts[name] = h
	}
	h.mu.Lock()
	h.used = now
	h.mu.Unlock()
	return h
}

func (h *host) atRest(now time.Time, after time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.slots) == 0 && !h.trying && now.After(h.open) && now.Sub(h.used) > after
}

// enter waits for a turn at the host. The returned function ends the turn:
// bad says that the host failed, good that it answered; neither, that nothing
// was learnt.
func (h *host) enter(ctx context.Context, c *Client) (func(bad, good bool), error) {
	now := c.o.Now()
	h.mu.Lock()
	try := false
	if !h.open.IsZero() {
		if now.Before(h.open) || h.trying {
			h.mu.Unlock()
			return nil, ErrBusy
		}
		h.trying, try = true, true
	}
	h.mu.Unlock()
	giveUp := func() {
		if try {
			h.mu.Lock()
			h.trying = false
			h.mu.Unlock()
		}
	}

	wait := time.NewTimer(c.o.MaxWait)
	defer wait.Stop()
	select {
	case h.slots <- struct{}{}:
	case <-wait.C:
		giveUp()
		return nil, ErrBusy
	case <-ctx.Done():
		giveUp()
		return nil, ErrBusy
	}
	turn := h.limiter.ReserveN(now, 1)
	delay := turn.DelayFrom(now)
	if !turn.OK() || delay > c.o.MaxWait {
		turn.CancelAt(now)
		<-h.slots
		giveUp()
		return nil, ErrBusy
	}
	if delay > 0 {
		t := time.NewTimer(delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			turn.CancelAt(now)
			<-h.slots
			giveUp()
			return nil, ErrBusy
		}
	}
	return func(bad, good bool) {
		<-h.slots
		h.mu.Lock()
		defer h.mu.Unlock()
		if try {
			h.trying = false
		}
		switch {
		case good:
			h.failures, h.open = 0, time.Time{}
		case bad:
			h.failures++
			if over := h.failures - c.o.BreakAfter; over >= 0 {
				h.open = c.o.Now().Add(c.o.BreakFor << min(over, 4))
			}
		}
	}, nil
}
