package web

import (
	"cmp"
	"slices"
	"strings"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/verify/verdict"
)

// facetView is a group of filters.
type facetView struct {
	Title      string
	Rows, More []facetRow
	Picked     int
	Open       bool // unfolded: what is asked for most, and where something is picked
	Cut        bool // further values are held by fewer
}

// facetRow is a value that can be picked.
type facetRow struct {
	Name, Value, Label, Small string
	Shape                     string // of the state's symbol
	Count, Share              int
	On, Fixed                 bool
}

// shownRows bounds the rows of one facet that are seen at once, foldedRows those that
// are folded away below them.
const (
	shownRows  = 4
	foldedRows = 6
)

// facetTitle names a facet.
func (a *asked) facetTitle(f query.Facet) string {
	switch f {
	case query.FacetStatus:
		return a.T("Proof")
	case query.FacetSkill:
		return a.T("Skill")
	case query.FacetCertificate:
		return a.T("Certificate")
	case query.FacetSoft:
		return a.T("Soft skills")
	case query.FacetFramework:
		return a.T("Framework")
	case query.FacetIssuer:
		return a.T("Issuer")
	case query.FacetStanding:
		return a.T("Who stands behind the issuer")
	}
	return a.T("Earned")
}

// standingWord names a value of the facet of standing.
func (a *asked) standingWord(v string) string {
	switch v {
	case string(verdict.LevelListed):
		return a.T("Listed")
	case string(verdict.LevelDomain):
		return a.T("A domain of its own")
	case string(verdict.LevelAccount):
		return a.T("An account at a platform")
	case string(verdict.LevelPage):
		return a.T("A page anybody can put up")
	case string(verdict.LevelKey):
		return a.T("Nothing but a key")
	case string(verdict.LevelSelf):
		return a.T("The applicant")
	case record.Blocked:
		return a.T("Blocked by you")
	}
	return clean(v)
}

// resultWord names a result; what is rejected or authentic by all that it may be.
func (a *asked) resultWord(r verdict.Result) string {
	switch r {
	case verdict.Rejected:
		return a.T("Altered, revoked, blocked, not yet valid or otherwise refused")
	case verdict.Authentic:
		return a.T("Authentic, or for another address or person")
	}
	return capital(a.T(stateOf(r, "", "").Word()))
}

// facetsOf makes the filters: the first values of each facet, and every one that is
// picked, also where it finds nothing, so that it can be taken back.
func (a *asked) facetsOf(res *index.Results) []facetView {
	var out []facetView
	for _, f := range facetOrder(res.Facets) {
		v := facetView{Title: a.facetTitle(f.Facet)}
		name := string(f.Facet)
		if f.Facet == query.FacetStatus {
			name = "include"
		}
		buckets := f.Buckets
		for _, value := range a.p[name] {
			if !slices.ContainsFunc(buckets, func(b index.Bucket) bool { return b.Value == value }) {
				buckets = append(buckets, index.Bucket{Value: value})
			}
		}
		most := 1
		for _, b := range buckets {
			most = max(most, b.Count)
		}
		for _, b := range buckets {
			row := a.rowOf(f.Facet, b)
			row.Name, row.Share, row.On = name, 100*b.Count/most, row.Fixed || slices.Contains(a.p[name], b.Value)
			if row.On && !row.Fixed {
				v.Picked++
			}
			switch {
			case len(v.Rows) < shownRows || row.On || f.Facet == query.FacetStatus && b.Count > 0 && len(v.Rows) < 2*shownRows:
				v.Rows = append(v.Rows, row)
			case len(v.More) < foldedRows:
				v.More = append(v.More, row)
			default:
				v.Cut = true
			}
		}
		if len(v.Rows) > 0 {
			v.Open = v.Picked > 0 || f.Facet == query.FacetStatus || f.Facet == query.FacetCertificate
			out = append(out, v)
		}
	}
	return out
}

// facetOrder puts the facets as they are shown: certificates, which recruiters ask for by
// name, before the skills.
func facetOrder(list []index.FacetCounts) []index.FacetCounts {
	order := []query.Facet{query.FacetStatus, query.FacetCertificate, query.FacetSkill, query.FacetIssuer, query.FacetStanding, query.FacetYear, query.FacetSoft, query.FacetFramework}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(x, y index.FacetCounts) int {
		return cmp.Compare(slices.Index(order, x.Facet), slices.Index(order, y.Facet))
	})
	return out
}

// rowOf shows one value of a facet.
func (a *asked) rowOf(f query.Facet, b index.Bucket) facetRow {
	row := facetRow{Value: b.Value, Label: shortened(cmp.Or(clean(b.Label), clean(b.Value))), Count: b.Count}
	switch f {
	case query.FacetStatus:
		r := verdict.Result(b.Value)
		row.Label, row.Shape = a.resultWord(r), stateOf(r, "", "").Shape()
		if r == verdict.Verified {
			row.Fixed, row.Small = true, a.T("always shown")
		}
	case query.FacetStanding:
		row.Label = a.standingWord(b.Value)
	case query.FacetSoft:
		row.Label = capital(row.Label)
	case query.FacetIssuer:
		by := a.byOf(b.Label, "")
		row.Small = strings.TrimPrefix(strings.TrimSpace(by.Claim), ", ")
		if text := strings.TrimSpace(by.Before + " " + by.Host); text != "" {
			row.Label = text
		}
	}
	return row
}

// noFacets is an answer that counts nothing: what is picked shows all the same.
func noFacets() *index.Results {
	res := &index.Results{}
	for _, f := range query.AllFacets() {
		res.Facets = append(res.Facets, index.FacetCounts{Facet: f})
	}
	return res
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
