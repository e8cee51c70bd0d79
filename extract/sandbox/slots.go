package sandbox

import (
	"context"
	"slices"
	"sync"
)

// slots are places of children that work. Where several tenants wait for one, who has the
// fewest is next; of those another than the last, and of those who came first: who has one
// document does not wait for all that another has.
type slots struct {
	all     int
	mu      sync.Mutex
	free    int
	of      map[string]int // that a tenant has
	last    string         // tenant
	ending  bool           // who came first is first: the end waits for no more than has come before
	waiting []*slot        // who came first is first
}

// slot is one that is waited for.
type slot struct {
	tenant string
	ready  chan struct{} // closed when it is one's own
}

func newSlots(n int) *slots { return &slots{all: n, free: n, of: map[string]int{}} }

// take waits for a slot until quit is closed; the error is ctx's or ErrClosed.
func (s *slots) take(ctx context.Context, tenant string, quit <-chan struct{}) (err error) {
	s.mu.Lock()
	x := &slot{tenant, make(chan struct{})}
	s.waiting = append(s.waiting, x)
	s.hand()
	s.mu.Unlock()
	select {
	case <-x.ready:
		return nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-quit:
		err = ErrClosed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.waiting, x); i >= 0 {
		s.waiting = slices.Delete(s.waiting, i, i+1)
	} else { // meanwhile
		s.back(tenant)
	}
	return err
}

// end takes all of them: who comes after that gets none.
func (s *slots) end() {
	s.mu.Lock()
	s.ending = true
	mine := make([]*slot, s.all)
	for i := range mine {
		mine[i] = &slot{"", make(chan struct{})}
	}
	s.waiting = append(s.waiting, mine...)
	s.hand()
	s.mu.Unlock()
	for _, x := range mine {
		<-x.ready
	}
}

// give gives one back.
func (s *slots) give(tenant string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.back(tenant)
}

// back takes one back. The caller holds mu.
func (s *slots) back(tenant string) {
	s.free++
	if s.of[tenant]--; s.of[tenant] == 0 {
		delete(s.of, tenant)
	}
	s.hand()
}

// hand hands out what is free. The caller holds mu.
func (s *slots) hand() {
	for s.free > 0 && len(s.waiting) > 0 {
		next := 0
		for i := range s.waiting {
			if s.before(s.waiting[i].tenant, s.waiting[next].tenant) {
				next = i
			}
		}
		x := s.waiting[next]
		s.waiting = slices.Delete(s.waiting, next, next+1)
		s.free--
		s.of[x.tenant]++
		s.last = x.tenant
		close(x.ready)
	}
}

// before reports whether a comes before b, whoever of them came first. The caller holds mu.
func (s *slots) before(a, b string) bool {
	if s.ending {
		return false
	}
	if s.of[a] != s.of[b] {
		return s.of[a] < s.of[b]
	}
	return a != s.last && b == s.last
}

// taken is how many are not free.
func (s *slots) taken() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all - s.free
}
