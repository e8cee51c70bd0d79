package web

import (
	"slices"

	"assay/index/query"
	"assay/index/record"
	"assay/verify/verdict"
)

// Bounds of counting for whom issuers have issued.
const (
	maxHolders = 8 // issuers of one record that are counted; most applications have fewer
	fewHolders = 20
)

// signed are the results of badges whose issuers are proven.
var signed = []string{string(verdict.Verified), string(verdict.Authentic), string(verdict.Expired), string(verdict.Unvouched)}

// holders counts, for the proven issuers of an application's badges, how many of
// the tenant's applicants have a badge of theirs: fewHolders stands for as many or
// more. It is evidence only: a count that cannot be had is left out.
func (h *handler) holders(a *asked, app *record.Application) map[string]int {
	out := map[string]int{}
	for i := range app.Claims {
		c := &app.Claims[i]
		_, counted := out[c.Issuer]
		if c.Issuer == "" || counted || len(out) == maxHolders || !slices.Contains(signed, string(c.Status)) {
			continue
		}
		q, err := query.New("", query.Options{Taxonomy: h.o.Taxonomy(), Now: h.o.Now(), Size: fewHolders,
			Choices: []query.Choice{{Facet: query.FacetIssuer, Values: []string{c.Issuer}}, {Facet: query.FacetStatus, Values: signed}}})
		if err != nil {
			continue
		}
		res, err := h.o.Engine.Search(a.Context(), a.caller.Tenant, q)
		if err != nil {
			continue
		}
		people := map[string]bool{}
		for _, hit := range res.Hits {
			who := "application " + hit.Application
			if hit.Candidate != "" {
				who = "candidate " + hit.Candidate
			}
			people[who] = true
		}
		if out[c.Issuer] = len(people); res.Total > len(res.Hits) {
			out[c.Issuer] = max(len(people), 2) // the first page need not hold another
		}
	}
	return out
}
