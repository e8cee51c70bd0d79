package query

import (
	"cmp"
	"math/bits"
	"slices"

	"assay/verify/verdict"
)

// Way says what a reading of a question gives up.
type Way string

// Ways of reading a question that finds fewer than a page, in the order in which
// they are asked.
const (
	WayFillers Way = "fillers" // words that name no skill are left out
	WayForms   Way = "forms"   // words in another form count, too
	WayRelated Way = "related" // neighbours of the skills that were asked for count, too
	WayMost    Way = "most"    // not all that was asked for is needed
	WayAny     Way = "any"     // one thing of it is enough
)

// Reading is one way of reading a question more loosely than it was put.
type Reading struct {
	Way   Way    `json:"w"`
	Drop  uint32 `json:"d,omitempty"` // things that are given up, by their place among those asked for
	Least int    `json:"l,omitempty"` // of the other loose ones so many are needed, 0 = all
}

// Bounds of Relax.
const (
	maxDropped  = 3 // readings without one thing each
	maxReadings = 12
)

// Thing is one thing that a question asks for and that may be given up.
type Thing struct {
	Text string
	Plan Plan // whoever meets it alone
	at   int
}

// Things lists what a question asks for that may be given up, but for filler words:
// bare words, where they are neither in brackets nor beside an AND that was written
// out.
func (q *Query) Things() []Thing {
	fillers := q.fillers()
	var out []Thing
	for i := range q.items {
		if it := &q.items[i]; it.loose() && fillers&(1<<i) == 0 {
			p := q.Plan
			p.Root = it.cond
			out = append(out, Thing{joined(it.words), p, i})
		}
	}
	return out
}

// fillers gives the places of the filler words, none where there is nothing beside
// them.
func (q *Query) fillers() uint32 {
	drop, kept := uint32(0), false
	for i := range q.items {
		switch it := &q.items[i]; {
		case it.loose() && it.isFiller():
			drop |= 1 << i
		case it.term:
			kept = true
		}
	}
	if !kept {
		return 0
	}
	return drop
}

// Relax gives the looser readings of the question, best first, that need no more
// than its words: without fillers, then with what is another form of a word, then
// with what is related.
func (q *Query) Relax() []Reading {
	var out []Reading
	drop := q.fillers()
	if drop != 0 {
		out = append(out, Reading{Way: WayFillers, Drop: drop})
	}
	for _, w := range []Way{WayForms, WayRelated} {
		if q.widens(w, drop) {
			out = append(out, Reading{Way: w, Drop: drop})
		}
	}
	return out
}

// RelaxBy gives the readings that ask for less, best first. met says how many
// applicants meet each of Things alone: what nobody meets is given up first, then
// one thing, the commonest first, then half of them, then all but one.
func (q *Query) RelaxBy(met []int) []Reading {
	things := q.Things()
	if len(met) != len(things) {
		return nil
	}
	drop, fixed := q.fillers(), 0
	for i := range q.items {
		if it := &q.items[i]; it.term && !it.loose() {
			fixed++
		}
	}
	var found []int // of things, the commonest first
	none := drop
	for i, n := range met {
		if n > 0 {
			found = append(found, i)
		} else {
			none |= 1 << things[i].at
		}
	}
	slices.SortStableFunc(found, func(a, b int) int { return cmp.Or(met[b]-met[a], b-a) })
	var out []Reading
	n := len(found)
	if n+fixed == 0 {
		return nil
	}
	if none != drop {
		out = append(out, Reading{Way: WayMost, Drop: none})
	}
	if n+fixed >= 2 {
		for _, i := range found[:min(n, maxDropped)] {
			out = append(out, Reading{Way: WayMost, Drop: none | 1<<things[i].at})
		}
	}
	if n >= 4 {
		out = append(out, Reading{Way: WayMost, Drop: none, Least: (n + 1) / 2})
	}
	if n >= 3 {
		out = append(out, Reading{Way: WayAny, Drop: none, Least: 1})
	}
	if fixed > 0 && n >= 2 {
		all := none
		for _, i := range found {
			all |= 1 << things[i].at
		}
		out = append(out, Reading{Way: WayMost, Drop: all})
	}
	return out[:min(len(out), maxReadings)]
}

// Read is the question by the last of some readings, without whom it or the
// readings before find: nobody stands in two of them. False where there is no
// such reading of it.
func (q Query) Read(path []Reading) (Query, bool) {
	if len(path) == 0 || len(path) > maxReadings || len(q.items) == 0 {
		return q, false
	}
	before := []Cond{q.Plan.Root}
	for _, r := range path {
		c, ok := q.read(r)
		if !ok {
			return q, false
		}
		before = append(before, c)
	}
	last := before[len(path)]
	not := Cond{Op: OpOr, Kids: before[:len(path)]}
	if len(path) == 1 {
		not = before[0]
	}
	q.Plan.Root = and(last, Cond{Op: OpNot, Kids: []Cond{not}})
	q.Path, q.items = path, nil
	return q, true
}

// read gives the condition of a reading: what may not be given up, and of the rest
// what is not.
func (q *Query) read(r Reading) (Cond, bool) {
	switch r.Way {
	case WayFillers, WayForms, WayRelated, WayMost, WayAny:
	default:
		return Cond{}, false
	}
	var kept, loose []Cond
	var words []string
	terms := 0
	for i := range q.items {
		it := &q.items[i]
		if it.loose() && r.Drop&(1<<i) != 0 {
			continue
		}
		if it.term {
			terms++
		}
		c := it.cond
		if it.loose() {
			c = q.widened(it, r.Way)
			loose = append(loose, c)
			words = append(words, wordsOf(it.words)...)
			continue
		}
		kept = append(kept, c)
	}
	if terms == 0 || r.Least < 0 || r.Least > len(loose) {
		return Cond{}, false
	}
	if r.Least > 0 {
		kept = append(kept, Cond{Op: OpMost, Kids: loose, Least: r.Least})
	} else {
		kept = append(kept, loose...)
	}
	if c, ok := together(words, q.Plan.Include); ok && len(loose) > 1 && r.Least == 0 {
		kept = append(kept, c)
	}
	return and(kept...), true
}

// GivenUp names what a reading gives up, and what it keeps, of what was asked for
// in bare words; fillers are neither.
func (q *Query) GivenUp(r Reading) (gaveUp, kept, fillers []string) {
	skip := q.fillers()
	for i := range q.items {
		it := &q.items[i]
		if len(it.words) == 0 {
			continue
		}
		text := joined(it.words)
		switch {
		case r.Drop&skip&(1<<i) != 0:
			fillers = append(fillers, text)
		case it.loose() && r.Drop&(1<<i) != 0:
			gaveUp = append(gaveUp, text)
		default:
			kept = append(kept, text)
		}
	}
	return gaveUp, kept, fillers
}

// Dropped counts what a reading gives up.
func (r Reading) Dropped() int { return bits.OnesCount32(r.Drop) }

// weightTogether is what words weigh that stand in one badge: as much as one more of
// them in a skill's label, so that they stand above the same words in several badges.
const weightTogether = weightLabel * StandingStep

// together lifts whoever has all the words in one badge.
func together(words []string, include []verdict.Result) (Cond, bool) {
	if len(words) < 2 {
		return Cond{}, false
	}
	words = words[:min(len(words), MaxTierWords)]
	c := &ClaimCond{Plain: true, Status: include, Tiers: []Tier{{How: HowTogether, Weight: weightTogether, Unproven: weightTogether, Field: FieldBadge, Words: words}}}
	return Cond{Op: OpMay, Kids: []Cond{{Op: OpClaim, Claim: c}}}, true
}

// widens reports whether a way of reading changes what some kept thing means.
func (q *Query) widens(w Way, drop uint32) bool {
	for i := range q.items {
		if it := &q.items[i]; it.loose() && drop&(1<<i) == 0 && len(q.wider(it, w)) > 0 {
			return true
		}
	}
	return false
}

// widened gives what a thing means by a way of reading: as it stands, or, below
// that, what the way adds.
func (q *Query) widened(it *item, w Way) Cond {
	tiers := q.wider(it, w)
	if len(tiers) == 0 {
		return it.cond
	}
	b := planner{o: &q.Options, include: q.Plan.Include}
	return Cond{Op: OpBest, Kids: []Cond{it.cond, b.claim(joined(it.words), tiers, it.where)}}
}

// wider gives the ways of meeting a thing that a way of reading adds.
func (q *Query) wider(it *item, w Way) []Tier {
	return nil
}
