package fetch

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// line is where requests of one lane stand for one host, one address or one of
// the client's places; of a host, with its circuit breaker.
type line struct {
	key     string
	limiter *rate.Limiter // nil = as often as there is a place
	slots   chan struct{}

	mu       sync.Mutex
	failures int                   // in a row
	by       map[*application]bool // whose failures were counted
	open     time.Time             // not asked before this time
	trying   bool                  // one request is finding out whether the host is back
	used     time.Time
}

// maxLines bounds the memory for lines; beyond it, those at rest are forgotten.
const maxLines = 10_000

// addressHosts is how many hosts' rate one address has: honest hosts share one,
// too.
const addressHosts = 4

func (c *Client) host(l lane, name string) *line {
	return c.line(l.key+"\nhost "+name, c.o.PerHost, 1)
}

func (c *Client) address(l lane, addr string) *line {
	return c.line(l.key+"\naddress "+addr, c.o.PerAddress, addressHosts)
}

// places are those of MaxAtOnce that one lane may take: three quarters.
func (c *Client) places(l lane) *line { return c.line(l.key, max(c.o.MaxAtOnce*3/4, 1), 0) }

// line gives the line of that key; times is by how much it may go faster than a
// host, 0 = without a rate.
func (c *Client) line(key string, places int, times float64) *line {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.o.Now()
	h := c.lines[key]
	if h == nil {
		if len(c.lines) >= maxLines && now.Sub(c.swept) > time.Second {
			c.swept = now
			for n, old := range c.lines {
				if old.atRest(now, c.o.BreakFor) {
					delete(c.lines, n)
				}
			}
		}
		h = &line{key: key, slots: make(chan struct{}, places), by: map[*application]bool{}}
		if times > 0 {
			h.limiter = rate.NewLimiter(rate.Limit(c.o.Rate*times), int(float64(c.o.Burst)*times))
		}
		c.lines[key] = h
	}
	h.mu.Lock()
	h.used = now
	h.mu.Unlock()
	return h
}

func (h *line) atRest(now time.Time, after time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.slots) == 0 && !h.trying && now.After(h.open) && now.Sub(h.used) > after
}

// learnt is what a turn showed of the host.
type learnt int

const (
	nothing learnt = iota // such as when the one who asked went away
	good                  // it answered
	bad                   // it failed
)

// enter waits for a turn, no longer than longest. The returned function ends it.
func (h *line) enter(ctx context.Context, c *Client, l lane, longest time.Duration) (func(learnt), error) {
	now := c.o.Now()
	mine := l.app.at(h.key, cap(h.slots))
	if mine.broken(c.o.BreakAfter) {
		return nil, ErrBusy
	}
	try, err := h.begin(now)
	if err != nil {
		return nil, err
	}
	release, err := h.turn(ctx, now, l, mine, longest)
	if err != nil {
		h.finish(c, l, try, nothing)
		if errors.Is(err, errNoPlace) && longest > 0 && ctx.Err() == nil {
			mine.waited()
		}
		return nil, ErrBusy
	}
	return func(what learnt) {
		release()
		mine.learn(what)
		h.finish(c, l, try, what)
	}, nil
}

// begin asks the breaker; try says that this request is to find out whether the
// host is back.
func (h *line) begin(now time.Time) (try bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open.IsZero() {
		return false, nil
	}
	if now.Before(h.open) || h.trying {
		return false, ErrBusy
	}
	h.trying = true
	return true, nil
}

// errNoPlace: there was no place, all the time, as with a host that answers
// slowly; with one that is merely asked often it is the rate that refuses.
var errNoPlace = errors.New("no place")

// turn waits, longest in all, for a place of the application's, a place of the
// line's, and the line's rate.
func (h *line) turn(ctx context.Context, now time.Time, l lane, mine *stand, longest time.Duration) (release func(), err error) {
	wait := time.NewTimer(longest)
	defer wait.Stop()
	take := func(places chan struct{}) bool {
		select {
		case places <- struct{}{}:
			return true
		default:
		}
		select {
		case places <- struct{}{}:
			return true
		case <-wait.C:
		case <-ctx.Done():
		}
		return false
	}
	if !take(mine.places) {
		return nil, errNoPlace
	}
	if l.alone && mine.tired() || !take(h.slots) {
		<-mine.places
		return nil, errNoPlace
	}
	release = func() { <-h.slots; <-mine.places }
	if h.limiter == nil {
		return release, nil
	}
	turn := h.limiter.ReserveN(now, 1)
	delay := turn.DelayFrom(now)
	if !turn.OK() || delay > longest {
		turn.CancelAt(now)
		release()
		return nil, ErrBusy
	}
	if delay > 0 {
		t := time.NewTimer(delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			turn.CancelAt(now)
			release()
			return nil, ErrBusy
		}
	}
	return release, nil
}

// take waits for a place of the line's alone.
func (h *line) take(ctx context.Context) (release func(), err error) {
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, ErrBusy
	}
}

// finish tells the breaker what a turn showed. Of an issuer's host one
// application's failures count once: they may be one badge's, and whoever made
// that chose the addresses.
func (h *line) finish(c *Client, l lane, try bool, what learnt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if try {
		h.trying = false
	}
	switch what {
	case good:
		h.failures, h.open = 0, time.Time{}
		clear(h.by)
	case bad:
		if l.app != nil && !l.chosen && !try {
			if h.by[l.app] {
				return
			}
			h.by[l.app] = true
		}
		h.failures++
		if over := h.failures - c.o.BreakAfter; over >= 0 {
			h.open = c.o.Now().Add(c.o.BreakFor << min(over, 4))
			clear(h.by)
		}
	}
}
