package query

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// What beyond and widest leave out changes nothing: tried on conditions made at
// random of five claims, with every choice of which of them hold.
func TestBeyond(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	claims := make([]*ClaimCond, 5)
	for i := range claims {
		claims[i] = &ClaimCond{}
	}
	var made func(depth int) Cond
	made = func(depth int) Cond {
		if depth == 0 || r.IntN(3) == 0 {
			return Cond{Op: OpClaim, Claim: claims[r.IntN(len(claims))]}
		}
		c := Cond{Op: []Op{OpAnd, OpAnd, OpOr, OpBest, OpMost, OpMay, OpTies, OpAll, OpNot}[r.IntN(9)]}
		if c.Op == OpTies || c.Op == OpAll {
			return c
		}
		n := 1 + r.IntN(3)
		if c.Op == OpNot {
			n = 1
		}
		if c.Op == OpMost {
			c.Least = 1 + r.IntN(n)
		}
		for range n {
			c.Kids = append(c.Kids, made(depth-1))
		}
		return c
	}
	var holds func(c Cond, set int) bool
	holds = func(c Cond, set int) bool {
		n := 0
		for _, k := range c.Kids {
			if holds(k, set) {
				n++
			}
		}
		switch c.Op {
		case OpClaim:
			return set&(1<<slices.Index(claims, c.Claim)) != 0
		case OpAnd:
			return n == len(c.Kids)
		case OpOr, OpBest:
			return n > 0
		case OpMost:
			return n >= c.Least
		case OpNot:
			return n == 0
		}
		return true
	}
	less, dropped := 0, 0
	for range 20000 {
		met := made(2)
		var before, rest []Cond
		for range 1 + r.IntN(3) {
			b := made(3)
			before, rest = append(before, b), append(rest, beyond(b, met))
			if size(rest[len(rest)-1]) < size(b) {
				less++
			}
		}
		any := func(list []Cond, set int) bool {
			return slices.ContainsFunc(list, func(c Cond) bool { return holds(c, set) })
		}
		few := widest(slices.Clone(rest))
		if len(few) < len(rest) {
			dropped++
		}
		for set := range 1 << len(claims) {
			if !holds(met, set) {
				continue
			}
			if want, got := any(before, set), any(few, set); got != want {
				t.Fatalf("beyond %+v of %+v: %+v with %b: %v, want %v", met, before, few, set, got, want)
			}
		}
	}
	if less < 5000 || dropped < 1000 {
		t.Errorf("%d conditions are shorter, %d lists", less, dropped)
	}
}

func size(c Cond) int {
	n := 1
	for _, k := range c.Kids {
		n += size(k)
	}
	return n
}
