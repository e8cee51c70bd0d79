package ingest

import (
	"context"
	"slices"
	"sync"
	"time"
)

// What examines takes processor time, and there are few processors: turns hands out the
// places to do so. What waits for hosts, or is on its way to the index, needs none.

// urgency says what comes first of what waits for a place.
type urgency int

const (
	returning urgency = iota // who has waited for a host, and goes on
	urgent                   // new applications
	answered                 // those whose hosts are asked
	rechecked                // those that are checked again
	urgencies
)

// A tenant's turn ends after so many applications or so much time, where others wait:
// children that read documents are a tenant's own, and to change them costs time.
const (
	turnLength = 16
	turnTime   = 200 * time.Millisecond
)

// lately is how long it is reckoned with who has come: that he comes again.
const lately = time.Second

// comers are who came last.
type comers struct{ last, before comer }

type comer struct {
	tenant string
	at     time.Time
}

// came notes that somebody came.
func (c *comers) came(tenant string, now time.Time) {
	if c.last.tenant != tenant {
		c.before = c.last
	}
	c.last = comer{tenant, now}
}

// others reports whether another than this tenant has come lately.
func (c *comers) others(tenant string, now time.Time) bool {
	other := c.last
	if other.tenant == tenant {
		other = c.before
	}
	return other.tenant != "" && now.Sub(other.at) < lately
}

// turns has the tenants of each urgency take turns, and none wait while a place is free.
// As many have their turns at once as there are places, so that each has one place and
// one child where many wait: one that has all the places for a moment spreads what it has
// over as many children. One that had nothing waiting comes next; who always has
// something comes in a round (RFC 8290 §4.1 does so with flows of packets).
type turns struct {
	now func() time.Time

	places int

	mu        sync.Mutex
	free      int
	perTenant int            // places at a time; 0 = all
	beside    int            // places of a tenant while another one has come lately, who would wait for them; 0 = no fewer
	yielding  int            // places of rechecks while new applications have come lately; 0 = no fewer
	comers    comers         // of them, whatever for
	newest    time.Time      // when a new application came
	of        map[string]int // places that a tenant has
	sure      map[string]sure

	most   [urgencies]int // places at a time
	taken  [urgencies]int
	queues [urgencies]round
}

// round are the tenants of which something waits. Each lane is in one of the lists.
type round struct {
	lanes    map[string]*lane
	at       []*lane // in their turns
	new, old []*lane // who come next, and those after them
}

// lane is what waits of one tenant.
type lane struct {
	tenant  string
	waiting []*place
	left    int // of its turn
	began   time.Time
}

// newTurns makes so many places, of which rechecks have bulk at most.
func newTurns(places, bulk int, now func() time.Time) *turns {
	t := &turns{now: now, places: places, free: places, of: map[string]int{}, sure: map[string]sure{}, most: [urgencies]int{places, places, places, bulk}}
	for u := range t.queues {
		t.queues[u].lanes = map[string]*lane{}
	}
	return t
}

// place is a place to work at, or one that is waited for.
type place struct {
	t      *turns
	of     urgency
	tenant string
	ready  chan struct{} // closed when it is one's own

	mu   sync.Mutex
	left bool // for good
	away int  // of who works at it, how many wait for hosts
}

// enter waits for a place. The error is ctx's.
func (t *turns) enter(ctx context.Context, of urgency, tenant string) (*place, error) {
	p := &place{t: t, of: of, tenant: tenant}
	return p, p.enter(ctx)
}

func (p *place) enter(ctx context.Context) error {
	t := p.t
	t.mu.Lock()
	p.ready = make(chan struct{})
	now := t.now()
	t.comers.came(p.tenant, now)
	if p.of == urgent {
		t.newest = now
	}
	t.queues[p.of].add(p)
	t.hand()
	t.mu.Unlock()
	if t.wait(ctx, p) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-p.ready: // meanwhile
		t.give(p)
	default:
		l := t.queues[p.of].lanes[p.tenant]
		l.waiting = slices.DeleteFunc(l.waiting, func(x *place) bool { return x == p })
	}
	return ctx.Err()
}

// wait waits for a place until ctx ends. What is kept free for others who came lately is
// handed out when they come no more, whether or not somebody enters or leaves then.
func (t *turns) wait(ctx context.Context, p *place) bool {
	var late <-chan time.Time
	if t.beside > 0 || t.yielding > 0 {
		again := time.NewTicker(lately)
		defer again.Stop()
		late = again.C
	}
	for {
		select {
		case <-p.ready:
			return true
		case <-ctx.Done():
			return false
		case <-late:
			t.mu.Lock()
			t.hand()
			t.mu.Unlock()
		}
	}
}

// give takes a place back. The caller holds mu.
func (t *turns) give(p *place) {
	t.free++
	t.taken[p.of]--
	if t.of[p.tenant]--; t.of[p.tenant] == 0 {
		delete(t.of, p.tenant)
	}
	t.hand()
}

// full reports whether a tenant has all the places that it may.
func (t *turns) full(tenant string) bool {
	return t.perTenant > 0 && t.of[tenant] >= t.perTenant ||
		t.beside > 0 && t.of[tenant] >= t.beside && t.comers.others(tenant, t.now())
}

// atMost is how many places an urgency may have by now.
func (t *turns) atMost(u urgency) int {
	if u == rechecked && t.yielding > 0 && t.now().Sub(t.newest) < lately {
		return min(t.yielding, t.most[u])
	}
	return t.most[u]
}

// leave gives the place up, for good; once. Of nil it does nothing.
func (p *place) leave() {
	if p == nil {
		return
	}
	p.mu.Lock()
	has := !p.left && p.away == 0
	p.left = true
	p.mu.Unlock()
	if has {
		p.t.mu.Lock()
		p.t.give(p)
		p.t.mu.Unlock()
	}
}

// asks gives the place up while a host is asked, and gives what takes it again. Of
// several that work at one place the first to ask gives it up, and the last to be
// answered takes it.
func (p *place) asks(ctx context.Context) (answered func(), err error) {
	p.mu.Lock()
	p.away++
	gives := p.away == 1 && !p.left
	p.mu.Unlock()
	if gives {
		p.t.mu.Lock()
		p.t.give(p)
		p.t.mu.Unlock()
	}
	return func() {
		p.mu.Lock()
		last := p.away == 1 && !p.left
		if !last {
			p.away--
		}
		p.mu.Unlock()
		if !last {
			return
		}
		again := &place{t: p.t, of: returning, tenant: p.tenant}
		got := again.enter(ctx) == nil
		p.mu.Lock()
		p.away--
		keeps := got && !p.left && p.away == 0
		if keeps {
			p.t.mu.Lock()
			p.t.taken[returning]--
			p.t.taken[p.of]++
			p.t.mu.Unlock()
		}
		if !got {
			p.left = true // and whoever has begun goes on without
		}
		p.mu.Unlock()
		if got && !keeps {
			p.t.mu.Lock()
			p.t.give(again)
			p.t.mu.Unlock()
		}
	}, nil
}

// hand hands out what places there are. The caller holds mu.
func (t *turns) hand() {
	for t.free > 0 {
		p := t.next()
		if p == nil {
			return
		}
		t.free--
		t.taken[p.of]++
		t.of[p.tenant]++
		close(p.ready)
	}
}

// next is who comes next, nil for nobody. Those whose hosts are asked, and what is checked
// again, get one place each whatever else waits, so that they come to an end.
func (t *turns) next() *place {
	for i, u := range []urgency{rechecked, answered} {
		if t.taken[u] == 0 && t.most[urgent] > i+1 {
			if p := t.queues[u].next(t, func(tenant string) bool { return t.had(tenant, u) }); p != nil {
				t.sure[p.tenant] = sure{u, true}
				return p
			}
		}
	}
	for u := range t.queues {
		if t.taken[u] >= t.atMost(urgency(u)) {
			continue
		}
		if p := t.queues[u].next(t, func(string) bool { return false }); p != nil {
			if s, ok := t.sure[p.tenant]; ok {
				t.sure[p.tenant] = sure{s.of, false}
			}
			return p
		}
	}
	return nil
}

// sure is what a tenant got whatever else waited.
type sure struct {
	of   urgency
	last bool // it got nothing since
}

// had reports whether a tenant had its sure place of an urgency, and others of its own wait
// for the last one that it may have: it would take them all.
func (t *turns) had(tenant string, u urgency) bool {
	s, ok := t.sure[tenant]
	if !ok || t.beside == 0 || t.of[tenant]+1 < t.beside || !t.comers.others(tenant, t.now()) {
		return false
	}
	waits := func(u urgency) bool {
		l := t.queues[u].lanes[tenant]
		return l != nil && len(l.waiting) > 0
	}
	return s.last && (waits(returning) || waits(urgent)) || s.of == u && waits(rechecked+answered-u)
}

func (r *round) add(p *place) {
	l := r.lanes[p.tenant]
	if l == nil {
		l = &lane{tenant: p.tenant}
		r.lanes[p.tenant] = l
		r.new = append(r.new, l)
	}
	l.waiting = append(l.waiting, p)
}

// next is who comes next: of those in their turns the tenant with the fewest places, but
// for those who are passed over.
func (r *round) next(t *turns, over func(tenant string) bool) *place {
	now := t.now()
	r.end(now)
	for len(r.at) < t.places && r.begin(now) {
	}
	l := r.fewest(t, over)
	if l == nil {
		return nil
	}
	p := l.waiting[0]
	l.waiting = l.waiting[1:]
	l.left--
	return p
}

// end ends the turns of those who have had theirs, and of those of whom nothing waits:
// these go through the round once more, else a tenant could come first every time.
func (r *round) end(now time.Time) {
	r.at = slices.DeleteFunc(r.at, func(l *lane) bool {
		over := len(l.waiting) == 0 || l.left <= 0 || now.Sub(l.began) >= turnTime
		if over {
			r.old = append(r.old, l)
		}
		return over
	})
}

// begin begins the turn of the next tenant, and reports whether there was one.
func (r *round) begin(now time.Time) bool {
	for _, list := range []*[]*lane{&r.new, &r.old} {
		for len(*list) > 0 {
			l := (*list)[0]
			*list = (*list)[1:]
			if len(l.waiting) == 0 {
				delete(r.lanes, l.tenant)
				continue
			}
			l.left, l.began = turnLength, now
			r.at = append(r.at, l)
			return true
		}
	}
	return false
}

// fewest gives the lane in its turn of the tenant with the fewest places, nil where all
// have what they may.
func (r *round) fewest(t *turns, over func(tenant string) bool) (least *lane) {
	for _, l := range r.at {
		if !t.full(l.tenant) && !over(l.tenant) && (least == nil || t.of[l.tenant] < t.of[least.tenant]) {
			least = l
		}
	}
	return least
}
