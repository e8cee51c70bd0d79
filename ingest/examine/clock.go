package examine

import (
	"context"
	"sync"
	"time"
)

// clock is the time that an application has. It stands still while a document of
// it waits for a child, for half as long as there is time at most: what others do
// to the children is not the application's.
type clock struct {
	mu     sync.Mutex
	end    *time.Timer
	turned time.Time     // when it was let go or stopped last
	work   time.Duration // left
	wait   time.Duration // left
	still  bool          // wait runs, and not work
}

// withClock ends the context when the time is up, or when it is cancelled: of a clock that
// ran on, all that the context leads to would stay in memory until the time is up.
func withClock(ctx context.Context, limit time.Duration) (context.Context, *clock, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	c := &clock{end: time.AfterFunc(limit, cancel), turned: time.Now(), work: limit, wait: limit / 2}
	return ctx, c, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.end.Stop()
		cancel()
	}
}

// stop stops it, and gives what lets it go on; calling that again does nothing.
func (c *clock) stop() (goOn func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(&c.work, &c.wait)
	c.still = true
	var once sync.Once
	return func() {
		once.Do(func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.turn(&c.wait, &c.work)
			c.still = false
		})
	}
}

// left is how much of the time is left.
func (c *clock) left() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.still {
		return c.work
	}
	return c.work - time.Since(c.turned)
}

// turn takes what went by from one time that is left, and lets the other run.
func (c *clock) turn(spent, next *time.Duration) {
	now := time.Now()
	*spent -= now.Sub(c.turned)
	c.turned = now
	if c.end.Stop() { // or it is over
		c.end.Reset(max(0, *next))
	}
}
