package query

import (
	"slices"

	"assay/index/record"
	"assay/verify/verdict"
)

// Bar gives the plan as it is asked while claims of blocked issuers still stand in
// the index as they were: none of them meets a condition, and none is counted in a
// facet. Issuers are ids, as claims have them.
func (p Plan) Bar(issuers []string) Plan {
	if len(issuers) == 0 {
		return p
	}
	p.Barred = slices.Clone(issuers)
	p.Root = p.Root.bar(p.notBarred())
	return p
}

// notBarred is the filter that keeps barred claims out, nil where none is barred.
func (p Plan) notBarred() *Filter {
	if len(p.Barred) == 0 {
		return nil
	}
	return &Filter{Op: OpNot, Kids: []Filter{{Op: OpLeaf, Field: FilterBarred, Values: p.Barred}}}
}

func (c Cond) bar(f *Filter) Cond {
	if c.Op == OpTies { // they may be by what is barred
		return Cond{}
	}
	if c.Claim != nil {
		k := *c.Claim
		if k.Where == nil {
			k.Where = f
		} else {
			k.Where = &Filter{Op: OpAnd, Kids: []Filter{*k.Where, *f}}
		}
		c.Claim = &k
	}
	if len(c.Kids) > 0 {
		kids := make([]Cond, len(c.Kids))
		for i, k := range c.Kids {
			kids[i] = k.bar(f)
		}
		c.Kids = kids
	}
	return c
}

// worth is the breadth that an application is sorted by while issuers are barred:
// what its other claims count for as they stand.
func (p Plan) worth(a *record.Application) int {
	n := 0
	for i := range a.Claims {
		if k := &a.Claims[i]; record.EffectiveStatus(k, p.Now) == verdict.Verified && !slices.Contains(p.Barred, k.Issuer) {
			n += k.Worth
		}
	}
	return n
}
