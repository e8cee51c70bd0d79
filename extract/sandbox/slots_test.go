package sandbox

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"assay/extract"
)

// Who has one document waits for as many as are read, not for all that another has; two
// with many take turns, and nobody waits while a slot is free.
func TestSlots(t *testing.T) {
	for _, tc := range []struct {
		desc  string
		slots int
		come  string // tenants, in their order
		want  string
	}{
		{"one after the other", 1, "aaaa", "aaaa"},
		{"one beside many", 1, "aaaaaab", "abaaaaa"},
		{"one beside many, of two slots", 2, "aaaaaab", "aabaaaa"},
		{"many beside many", 2, "aaaabbbb", "aabababb"},
		{"two beside many", 1, "aaaabc", "abacaa"},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSlots(tc.slots)
				var mu sync.Mutex
				var order []string
				for _, tenant := range strings.Split(tc.come, "") {
					go func() {
						if s.take(t.Context(), tenant, nil) == nil {
							mu.Lock()
							defer mu.Unlock()
							order = append(order, tenant)
						}
					}()
					synctest.Wait()
				}
				for i := range tc.come { // who came first ends first
					if n := s.taken(); n != min(tc.slots, len(tc.come)-i) {
						t.Errorf("%d slots are taken when %d have ended", n, i)
					}
					mu.Lock()
					tenant := order[i]
					mu.Unlock()
					s.give(tenant)
					synctest.Wait()
				}
				if got := strings.Join(order, ""); got != tc.want {
					t.Errorf("order %s, want %s", got, tc.want)
				}
				if s.taken() != 0 || len(s.of) != 0 {
					t.Errorf("%d are taken at the end, of %v", s.taken(), s.of)
				}
			})
		})
	}
}

// Who does not want to wait any more leaves nothing behind.
func TestSlotsGivenUp(t *testing.T) {
	s := newSlots(1)
	if err := s.take(t.Context(), "a", nil); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.take(gone, "a", nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	quit := make(chan struct{})
	close(quit)
	if err := s.take(t.Context(), "b", quit); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	s.give("a")
	if s.taken() != 0 || len(s.waiting) != 0 {
		t.Errorf("%d are taken, %d wait", s.taken(), len(s.waiting))
	}
}

// Whose document is read next is by who waits, not by who came first.
func TestPoolTakesTurns(t *testing.T) {
	p, err := New(Options{Workers: 1, childArgs: []string{"remember"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.slots.take(t.Context(), "busy", nil); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var order []string
	var all sync.WaitGroup
	waits := func(n int) bool {
		p.slots.mu.Lock()
		defer p.slots.mu.Unlock()
		return len(p.slots.waiting) == n
	}
	for i, tenant := range []string{"busy", "busy", "acme"} {
		all.Go(func() {
			d := extract.Document{Name: "a.json", Data: []byte("{}"), Started: func() {
				mu.Lock()
				defer mu.Unlock()
				order = append(order, tenant)
			}}
			if _, err := p.Extract(WithOwner(context.Background(), Owner{Tenant: tenant}), d); err != nil {
				t.Error(err)
			}
		})
		for !waits(i + 1) {
			time.Sleep(time.Millisecond)
		}
	}
	p.slots.give("busy")
	all.Wait()
	if got := strings.Join(order, " "); got != "acme busy busy" {
		t.Errorf("order %s", got)
	}
}

// The end waits for who has come before it, and for nobody who comes after that.
func TestSlotsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(2)
		quit := make(chan struct{})
		var at []string
		var mu sync.Mutex
		var all sync.WaitGroup
		come := func(tenant string) {
			all.Go(func() {
				if s.take(t.Context(), tenant, quit) == nil {
					mu.Lock()
					defer mu.Unlock()
					at = append(at, tenant)
				}
			})
			synctest.Wait()
		}
		for _, tenant := range []string{"a", "b", "a"} {
			come(tenant)
		}
		ended := make(chan struct{})
		go func() {
			s.end()
			close(ended)
		}()
		synctest.Wait()
		for i := range 3 {
			come(string(rune('c' + i))) // has none, and comes all the time
			mu.Lock()
			if len(at) <= i {
				t.Fatalf("who waited before the end has no slot: %v", at)
			}
			tenant := at[i]
			mu.Unlock()
			s.give(tenant)
			synctest.Wait()
		}
		select {
		case <-ended:
		default:
			t.Errorf("the end waits for who came after it: %v", at)
		}
		close(quit)
		all.Wait()
		for len(at) > 3 { // of the fault above
			s.give(at[3])
			at = at[1:]
		}
	})
}
