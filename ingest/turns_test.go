package ingest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// queue is a test's turns: what waits, and in which order it came.
type queue struct {
	*turns
	t     *testing.T
	order []string
	at    map[string]*place
}

// wait has something wait for a place.
func (q *queue) wait(name string, of urgency, tenant string) {
	go func() {
		p, err := q.enter(q.t.Context(), of, tenant)
		if err != nil {
			return
		}
		q.mu.Lock()
		defer q.mu.Unlock()
		q.order = append(q.order, name)
		q.at[name] = p
	}()
	synctest.Wait()
}

// leave ends the work of who came last and gives the name of who comes next.
func (q *queue) leave() string {
	q.mu.Lock()
	n := len(q.order)
	p := q.at[q.order[n-1]]
	q.mu.Unlock()
	p.leave()
	p.leave() // once
	synctest.Wait()
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.order) == n {
		return ""
	}
	return q.order[n]
}

func newQueue(t *testing.T, places, bulk int) *queue {
	return &queue{turns: newTurns(places, bulk, time.Now), t: t, at: map[string]*place{}}
}

// A tenant with one application waits for one of a tenant with many, not for all of
// them; two with many take turns; and nobody waits while a place is free.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 1, 1)
		for range 50 {
			q.wait("many", urgent, "many")
		}
		for range 40 {
			q.wait("more", urgent, "more")
		}
		q.wait("one", urgent, "one")
		var order []string
		for range 90 {
			order = append(order, q.leave())
		}
		if at := slices.Index(order, "one"); at > 2*turnLength {
			t.Errorf("one came after %d others", at)
		}
		for _, tenant := range []string{"many", "more"} {
			longest, n := 0, 0
			for _, x := range order[:70] {
				if x == tenant {
					n++
					longest = max(longest, n)
				} else if x != "one" {
					n = 0
				}
			}
			if longest > turnLength || longest < turnLength/2 {
				t.Errorf("%s had %d in one turn", tenant, longest)
			}
		}
		if q.leave() != "" || q.free != 1 || len(q.of) != 0 {
			t.Errorf("%d places are free at the end, tenants %v", q.free, q.of)
		}
	})
}

// A turn ends after its time, too.
func TestTurnsOfLongWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 1, 1)
		for range 10 {
			q.wait("many", urgent, "many")
		}
		for range 10 {
			q.wait("more", urgent, "more")
		}
		var order []string
		for range 8 {
			time.Sleep(turnTime)
			order = append(order, q.leave())
		}
		if slices.Contains(order[4:], "") || slices.Equal(order, slices.Repeat([]string{"many"}, 8)) || order[3] == order[4] {
			t.Errorf("order %v", order)
		}
	})
}

// Who has one application at a time comes once a round, not whenever the last is done.
func TestTurnsOfWhoComesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 1, 1)
		for range 8 * turnLength {
			q.wait("many", urgent, "many")
			q.wait("more", urgent, "more")
		}
		q.wait("one", urgent, "one")
		ones, was := 0, ""
		for range 12 * turnLength {
			is := q.leave()
			if was == "one" { // it has been told
				ones++
				q.wait("one", urgent, "one")
			}
			was = is
		}
		if ones < 4 || ones > 7 {
			t.Errorf("it came %d times in twelve turns of others", ones)
		}
	})
}

// Of many tenants each has one place at a time, and keeps it for its turn; of few each has
// its share, and one alone has all.
func TestTurnsAtOnce(t *testing.T) {
	for _, tc := range []struct{ tenants, most int }{{9, 1}, {4, 1}, {2, 2}, {1, 4}} {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(t, 4, 4)
			for n := range 2 * turnLength {
				for i := range tc.tenants {
					tenant := string(rune('a' + i))
					q.wait(fmt.Sprint(tenant, n), urgent, tenant)
				}
			}
			var at []*place
			var of []string
			for i, n, changes := 0, 0, 0; ; i++ {
				q.mu.Lock()
				for _, name := range q.order[n:] {
					p := q.at[name]
					if n++; n > 8 && !slices.Contains(of[n-9:], p.tenant) {
						changes++
					}
					at, of = append(at, p), append(of, p.tenant)
				}
				q.mu.Unlock()
				if i > 4 && i < turnLength*tc.tenants { // at first the first has all, and the last at last
					has := map[string]int{}
					for _, p := range at {
						if has[p.tenant]++; has[p.tenant] > tc.most {
							t.Fatalf("%d tenants: at %d %s has %d of 4 places", tc.tenants, i, p.tenant, has[p.tenant])
						}
					}
					if len(at) != 4 {
						t.Fatalf("%d tenants: at %d %d of 4 places are taken", tc.tenants, i, len(at))
					}
				}
				if len(at) == 0 {
					if want := 2 * tc.tenants; changes > want {
						t.Errorf("%d tenants: a place went to another tenant %d times, want %d at most", tc.tenants, changes, want)
					}
					break
				}
				at[0].leave()
				at = at[1:]
				synctest.Wait()
			}
		})
	}
}

// Whatever comes, goes and gives up: no place is free while somebody waits who may have
// it, and each who waits comes to his turn.
func TestTurnsWaitForNoFreePlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		q := newTurns(3, 1, time.Now)
		q.perTenant = 2
		var at []*place
		var mu sync.Mutex
		entered, came := 0, 0
		for step := range 3000 {
			mu.Lock()
			n := len(at)
			mu.Unlock()
			switch {
			case step < 2000 && r.IntN(2) == 0:
				patience := time.Hour
				if r.IntN(9) == 0 {
					patience = time.Duration(r.IntN(500)) * time.Millisecond
				}
				of, tenant := urgency(r.IntN(int(urgencies))), string(rune('a'+r.IntN(7)))
				entered++
				go func() {
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					defer cancel()
					p, err := q.enter(ctx, of, tenant)
					mu.Lock()
					defer mu.Unlock()
					if came++; err == nil {
						at = append(at, p)
					}
				}()
			case n > 0:
				mu.Lock()
				i := r.IntN(n)
				p := at[i]
				at = slices.Delete(at, i, i+1)
				mu.Unlock()
				p.leave()
			}
			time.Sleep(time.Duration(r.IntN(60)) * time.Millisecond)
			synctest.Wait()
			q.mu.Lock()
			for u := range q.queues {
				for _, l := range q.queues[u].lanes {
					if len(l.waiting) > 0 && q.free > 0 && q.taken[u] < q.most[u] && !q.full(l.tenant) {
						t.Errorf("step %d: %d places are free, and %d of %s wait", step, q.free, len(l.waiting), l.tenant)
					}
				}
			}
			q.mu.Unlock()
			if t.Failed() {
				return
			}
		}
		if len(at) != 0 || came != entered || q.free != 3 || len(q.of) != 0 {
			t.Errorf("%d of %d came, %d places are free, tenants %v", came, entered, q.free, q.of)
		}
	})
}

// What is new comes before what is checked again, which gets one place all the same and
// never more than its share.
func TestTurnsByUrgency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 4, 2)
		for range 4 {
			q.wait("again", rechecked, "acme")
		}
		if n := len(q.order); n != 2 {
			t.Fatalf("%d rechecks have places, want 2", n)
		}
		q.wait("hosts", answered, "acme")
		q.wait("new", urgent, "acme")
		q.wait("hosts", answered, "acme")
		q.wait("new", urgent, "rival")
		if got := q.leave(); got != "new" { // of who had the place of "new"
			t.Errorf("next is %q", got)
		}
		if got := q.leave(); got != "hosts" {
			t.Errorf("next is %q", got)
		}
	})
}

// However much is new, one place is left for what is checked again.
func TestTurnsLeaveOneForRechecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 2, 1)
		for range 6 {
			q.wait("new", urgent, "acme")
		}
		q.wait("again", rechecked, "acme")
		if got := q.leave(); got != "again" {
			t.Errorf("next is %q", got)
		}
	})
}

// A tenant has no more than its share of the places, and others have the rest.
func TestTurnsShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 4, 4)
		q.perTenant = 3
		for range 6 {
			q.wait("many", urgent, "many")
		}
		if len(q.order) != 3 {
			t.Fatalf("%d have places", len(q.order))
		}
		q.wait("one", urgent, "one")
		if len(q.order) != 4 || q.order[3] != "one" {
			t.Fatalf("order %v", q.order)
		}
		for want := 2; want >= 0; want-- {
			if got := q.leave(); got != "" && got != "many" {
				t.Errorf("next is %q", got)
			}
		}
	})
}

// Who waits for a host gives his place up, and takes it again afterwards; of several at
// one place the first and the last do.
func TestTurnsWhileHostsAreAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 1, 1)
		q.wait("first", urgent, "acme")
		q.wait("second", urgent, "acme")
		p := q.at["first"]
		one, _ := p.asks(t.Context())
		synctest.Wait()
		if len(q.order) != 2 {
			t.Fatal("its place is not given up")
		}
		two, _ := p.asks(t.Context())
		one() // the other one still waits
		back := make(chan bool)
		go func() { two(); close(back) }()
		synctest.Wait()
		select {
		case <-back:
			t.Fatal("it goes on without a place")
		default:
		}
		if got := q.leave(); got != "" {
			t.Errorf("%q has the place", got)
		}
		<-back
		q.wait("third", urgent, "acme")
		if len(q.order) != 2 {
			t.Error("two have one place")
		}
		p.leave()
		synctest.Wait()
		if len(q.order) != 3 {
			t.Error("the place is lost")
		}
		q.leave()
		if q.free != 1 || len(q.of) != 0 {
			t.Errorf("%d places are free, tenants %v", q.free, q.of)
		}
	})
}

// Who does not want to wait any more leaves nothing behind.
func TestTurnsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 1, 1)
		q.wait("first", urgent, "acme")
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error)
		go func() {
			_, err := q.enter(ctx, urgent, "acme")
			gone <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		q.wait("second", urgent, "rival")
		if got := q.leave(); got != "second" {
			t.Errorf("next is %q", got)
		}
		if q.leave(); q.free != 1 {
			t.Errorf("%d places are free", q.free)
		}
	})
}

// A candidate's time with hosts runs off.
func TestSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSpent(time.Now)
		s.add("a", hostsEach-time.Second)
		if w := s.over("a"); w != 0 {
			t.Errorf("waits for %s", w)
		}
		s.add("a", 2*time.Second)
		if w := s.over("a"); w != time.Minute || s.over("b") != 0 {
			t.Errorf("waits for %s, and another one for %s", w, s.over("b"))
		}
		time.Sleep(time.Minute)
		if w := s.over("a"); w != 0 {
			t.Errorf("waits for %s after a minute", w)
		}
		s.add("a", hostsEach)
		if w := s.over("a"); w < hostsPeriod*9/10 || w > hostsPeriod {
			t.Errorf("waits for %s after twice the time", w)
		}
	})
}

// stream is work of one tenant that waits for places and keeps them until it is ended.
type stream struct {
	t  *turns
	mu sync.Mutex
	at []*place
}

// come has so many applications wait.
func (s *stream) come(ctx context.Context, n int, of urgency, tenant string) {
	for range n {
		go func() {
			if p, err := s.t.enter(ctx, of, tenant); err == nil {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.at = append(s.at, p)
			}
		}()
	}
	synctest.Wait()
}

// end ends the oldest and gives how many have places then.
func (s *stream) end() int {
	s.mu.Lock()
	p := s.at[0]
	s.at = s.at[1:]
	s.mu.Unlock()
	p.leave()
	synctest.Wait()
	return s.has()
}

func (s *stream) has() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.at)
}

// While another tenant comes, one has no more places than leave few in front of whoever
// comes next; when that one has not come for a while, it has all again. So has what is
// checked again, whoever's it is, while new applications come. Both come to their end all
// the same.
func TestTurnsBeside(t *testing.T) {
	for _, tc := range []struct {
		desc             string
		beside, yielding int
		of               urgency
		tenant           string // who comes
		alone            int
		then             []int // places, as one after the other ends
	}{
		{"another tenant", 2, 0, urgent, "one", 8, []int{7, 6, 5, 4, 3, 2, 2, 2}},
		{"new ones", 0, 1, rechecked, "one", 4, []int{3, 2, 1, 1, 1}},
		{"new ones of the same", 0, 1, rechecked, "many", 4, []int{3, 2, 1, 1, 1}},
		{"its own", 2, 0, urgent, "many", 8, []int{8, 8}},
		{"nobody has less for", 0, 0, urgent, "one", 8, []int{8, 8}},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newTurns(8, 4, time.Now)
				q.beside, q.yielding = tc.beside, tc.yielding
				many := &stream{t: q}
				many.come(t.Context(), 40, tc.of, "many")
				if n := many.has(); n != tc.alone {
					t.Errorf("alone it has %d places, want %d", n, tc.alone)
				}
				gone, cancel := context.WithCancel(t.Context())
				cancel()
				if p, err := q.enter(gone, urgent, tc.tenant); err == nil {
					p.leave()
				}
				var then []int
				for range tc.then {
					then = append(then, many.end())
				}
				if !slices.Equal(then, tc.then) {
					t.Errorf("%v places, want %v", then, tc.then)
				}
				time.Sleep(lately)
				if n := many.end(); n != tc.alone {
					t.Errorf("alone again it has %d places, want %d", n, tc.alone)
				}
			})
		})
	}
}

// What is kept free for others is handed out when they have not come for a while, though
// nobody enters or leaves: what is in hand may take long.
func TestTurnsKeepNothingForWhoIsGone(t *testing.T) {
	for _, tc := range []struct {
		desc string
		of   urgency
		wait time.Duration
		want int
	}{
		{"another tenant has just come", urgent, lately / 2, 1},
		{"another tenant came once", urgent, 2 * lately, 2},
		{"a new one has just come", rechecked, lately / 2, 1},
		{"a new one came once", rechecked, 2 * lately, 2},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newTurns(2, 2, time.Now)
				q.beside, q.yielding = 1, 1
				p, err := q.enter(t.Context(), urgent, "one")
				if err != nil {
					t.Fatal(err)
				}
				p.leave()
				many := &stream{t: q}
				many.come(t.Context(), 2, tc.of, "many")
				time.Sleep(tc.wait)
				synctest.Wait()
				if n := many.has(); n != tc.want {
					t.Errorf("%d of 2 places are taken, want %d", n, tc.want)
				}
				for many.has() > 0 {
					many.end()
				}
			})
		})
	}
}

// Who is beside others leaves one processor to them where the queue is near; of a far one
// he has half of the places, and enough for all processors.
func TestBusy(t *testing.T) {
	procs := runtime.GOMAXPROCS(0)
	for n, want := range map[int][2]int{1: {1, 1}, procs: {max(1, procs-1), procs}, 2*procs + 2: {max(1, procs-1), procs + 1}, 6 * procs: {max(1, procs-1), 3 * procs}} {
		if got := [2]int{busy(n, true), busy(n, false)}; got != want {
			t.Errorf("of %d places: %d, want %d", n, got, want)
		}
	}
}

// Who has one place alone beside others gets all that he has done in turns: what is
// guaranteed a place does not take every one.
func TestTurnsOfOnePlace(t *testing.T) {
	for _, kinds := range [][]urgency{{urgent, rechecked}, {urgent, answered}, {urgent, answered, rechecked}, {returning, rechecked}, {returning, answered, rechecked}} {
		synctest.Test(t, func(t *testing.T) {
			const each = 20
			turns := newTurns(8, 4, time.Now)
			turns.beside, turns.yielding = 1, 1
			var got [urgencies]int
			done := make(chan *place, len(kinds)*each)
			other, err := turns.enter(t.Context(), urgent, "few")
			if err != nil {
				t.Fatal(err)
			}
			other.leave()
			for _, u := range kinds {
				for range each {
					go func() {
						if p, err := turns.enter(t.Context(), u, "many"); err == nil {
							done <- p
						}
					}()
				}
			}
			synctest.Wait()
			for range each {
				time.Sleep(lately / 4)
				if other, err = turns.enter(t.Context(), urgent, "few"); err != nil {
					t.Fatal(err)
				}
				other.leave()
				p := <-done
				got[p.of]++
				p.leave()
				synctest.Wait()
			}
			for _, u := range kinds {
				if got[u] < each/len(kinds)/2 {
					t.Errorf("of %v waiting, urgency %d got %d of %d places: %v", kinds, u, got[u], each, got)
				}
			}
			for range len(kinds)*each - each { // all come to an end
				(<-done).leave()
			}
		})
	}
}
