package query

import (
	"cmp"

	"assay/index/record"
)

// Position is where a page ended: the sort values of its last hit.
type Position struct {
	Score   int    `json:"s"`
	Fresh   int    `json:"f"` // stored Breadth.Fresh
	Breadth int    `json:"b"` // stored Breadth.Skills
	Applied int64  `json:"a"` // AppliedAt, Unix milliseconds
	ID      string `json:"i"`
	Seen    int    `json:"n"` // hits up to and with this one
	Now     int64  `json:"t"` // Plan.Now, kept from page to page

	Path []Reading `json:"r,omitempty"` // Query.Path
}

// Position gives where a document stands in the query's order. SortBreadth goes
// by what can be proven now; where breadth only settles ties, it is that of the
// check, which costs no engine a look at the claims.
func (q *Query) Position(a *record.Application, score, seen int) Position {
	p := Position{Score: score, Fresh: a.Breadth.Fresh(), Breadth: a.Breadth.Skills, Applied: a.AppliedAt.UnixMilli(), ID: a.ID, Seen: seen, Now: q.Plan.Now}
	if q.Sort == SortBreadth {
		p.Breadth = record.BreadthOf(a, q.Plan.Now).Skills
		if len(q.Plan.Barred) > 0 {
			p.Breadth = q.Plan.worth(a)
		}
	}
	return p
}

// Before reports whether a stands before b in the order of a sort.
func (s Sort) Before(a, b Position) bool { return s.compare(a, b) < 0 }

func (s Sort) compare(a, b Position) int {
	score, breadth, applied := cmp.Compare(b.Score, a.Score), cmp.Compare(b.Breadth, a.Breadth), cmp.Compare(b.Applied, a.Applied)
	switch s {
	case SortBreadth:
		return cmp.Or(breadth, score, applied, cmp.Compare(a.ID, b.ID))
	case SortRecency:
		return cmp.Or(applied, score, breadth, cmp.Compare(a.ID, b.ID))
	}
	return cmp.Or(score, cmp.Compare(b.Fresh, a.Fresh), breadth, applied, cmp.Compare(a.ID, b.ID))
}
