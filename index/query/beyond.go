package query

import "slices"

// beyond gives what a condition says of whoever meets another: without what the other
// says, too, and without what always holds. It is asked under a NOT, where scores
// play no part.
func beyond(c, met Cond) Cond {
	known := []Cond{met}
	if met.Op == OpAnd {
		known = met.Kids
	}
	kids := []Cond{c}
	if c.Op == OpAnd {
		kids = c.Kids
	}
	var rest []Cond
	for _, k := range kids {
		if k.Op != OpMay && !slices.ContainsFunc(known, func(m Cond) bool { return same(k, m) }) {
			rest = append(rest, k)
		}
	}
	return and(rest...)
}

// same reports whether two conditions are one: readings of a question share those of
// its words.
func same(a, b Cond) bool {
	return a.Op == b.Op && a.Op != OpJob && a.Claim == b.Claim && a.Least == b.Least && slices.EqualFunc(a.Kids, b.Kids, same)
}
