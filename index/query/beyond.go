package query

import "slices"

// beyond gives what a condition says of whoever meets another: without what the other
// says, too, and without what always holds. It is asked under a NOT, where scores
// play no part.
func beyond(c, met Cond) Cond {
	known := parts(met)
	var rest []Cond
	for _, k := range parts(c) {
		if !implied(k, known) {
			rest = append(rest, k)
		}
	}
	return and(rest...)
}

// widest leaves out, of conditions of which any may hold, those that hold only where
// another does.
func widest(any []Cond) []Cond {
	for i := 0; i < len(any); {
		known := parts(any[i])
		if slices.ContainsFunc(slices.Concat(any[:i], any[i+1:]), func(c Cond) bool { return implied(c, known) }) {
			any = slices.Delete(any, i, i+1)
		} else {
			i++
		}
	}
	return any
}

// parts gives what a condition asks all of.
func parts(c Cond) []Cond {
	if c.Op == OpAnd {
		return c.Kids
	}
	return []Cond{c}
}

// implied reports whether a condition holds wherever all of known do, as far as that
// shows: also one of several ways, of which one is known.
func implied(c Cond, known []Cond) bool {
	if slices.ContainsFunc(known, func(m Cond) bool { return same(c, m) }) {
		return true
	}
	by := func(k Cond) bool { return implied(k, known) }
	switch c.Op {
	case OpAll, OpMay, OpTies:
		return true
	case OpAnd:
		return !slices.ContainsFunc(c.Kids, func(k Cond) bool { return !by(k) })
	case OpOr, OpBest:
		return slices.ContainsFunc(c.Kids, by)
	}
	return false
}

// same reports whether two conditions are one: readings of a question share those of
// its words.
func same(a, b Cond) bool {
	return a.Op == b.Op && a.Op != OpJob && a.Claim == b.Claim && a.Least == b.Least && slices.EqualFunc(a.Kids, b.Kids, same)
}
