package web

import (
	"slices"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/verify/verdict"
)

// hides is what is kept from the reader of an answer.
type hides struct {
	names   bool // and whatever else tells who the applicant is: record.Mask
	schools bool // who issued a badge, and where it was earned; only beside names
	dates   bool // when it was earned, and when it ends; only beside names

	issuer string // what stands for every issuer where schools are hidden
}

// hides tells what the reader asked not to see. What the address says comes first; else
// it is what is remembered of him.
func (a *asked) hides() hides {
	if a.p.Get("blind") == "off" {
		return hides{}
	}
	x := hides{names: true, schools: a.kept.Schools, dates: a.kept.Dates, issuer: "an issuer"}
	if a.speaks != nil {
		x.issuer = a.T("an issuer")
	}
	return x
}

// find asks the index, and gives what the reader may see of its answer.
func (h *handler) find(a *asked, q query.Query) (*index.Results, error) {
	res, err := index.Search(a.Context(), h.o.Engine, a.caller.Tenant, q)
	if err == nil {
		a.hides().results(res)
	}
	return res, err
}

// results takes out of an answer what is hidden.
func (x hides) results(res *index.Results) {
	for i := range res.Hits {
		x.hit(&res.Hits[i])
	}
	for i := range res.Sections {
		for j := range res.Sections[i].Hits {
			x.hit(&res.Sections[i].Hits[j])
		}
	}
	res.Facets = slices.DeleteFunc(res.Facets, func(f index.FacetCounts) bool {
		return x.schools && f.Facet == query.FacetIssuer || x.dates && f.Facet == query.FacetYear
	})
}

// role takes out of a match what is hidden.
func (x hides) role(res *index.RoleResults) {
	for i := range res.Skills {
		for j := range res.Skills[i].Badges {
			if b := &res.Skills[i].Badges[j]; x.schools {
				b.Issuer, b.IssuerName = "", x.issuer
			}
		}
	}
	for i := range res.Applicants {
		x.hit(&res.Applicants[i].Hit)
		for _, s := range res.Applicants[i].Skills {
			for _, m := range []*query.Match{s.Match, s.Instead} {
				if m != nil {
					x.match(m)
				}
			}
		}
	}
}

// hit takes out of one applicant of a list what is hidden.
func (x hides) hit(h *index.Hit) {
	for _, list := range [][]query.Match{h.Why, h.Proven} {
		for i := range list {
			x.match(&list[i])
		}
	}
	for i := range h.Refused {
		x.match(&h.Refused[i].Shown)
	}
	x.breadth(&h.Breadth)
}

func (x hides) match(m *query.Match) {
	if x.schools {
		m.Issuer, m.IssuerName = "", x.issuer // Resembles warns, and names nobody
	}
	if x.dates {
		m.Earned, m.Expires = time.Time{}, time.Time{} // Status and Expired are as of now
	}
}

func (x hides) breadth(b *record.Breadth) {
	if x.dates {
		b.First, b.Last, b.NextExpiry, b.Years = time.Time{}, time.Time{}, time.Time{}, 0
	}
}

func (x hides) depth(list []record.Depth) {
	for i := range list {
		if x.dates {
			list[i].First, list[i].Last, list[i].NextExpiry = time.Time{}, time.Time{}, time.Time{}
		}
	}
}

// record takes out of one application what is hidden; it is to be a copy.
func (x hides) record(a *record.Application, now time.Time) {
	for i := range a.Credentials {
		x.verdict(&a.Credentials[i].Verdict, now)
		if x.schools {
			a.Credentials[i].Link = ""
		}
	}
	for i := range a.Claims {
		k := &a.Claims[i]
		if x.schools {
			k.Issuer, k.IssuerName, k.URL = "", x.issuer, ""
		}
		if x.dates {
			k.Earned, k.Year, k.Expires = time.Time{}, 0, time.Time{} // Until still says whether it is over
		}
	}
	x.breadth(&a.Breadth)
}

// verdict takes out of one badge what is hidden.
func (x hides) verdict(v *verdict.Verdict, now time.Time) {
	c := &v.Credential
	if x.dates {
		// Without its end nobody could see that it is over.
		v.Result, _ = nowOf(v, now)
		if ended(v, now) && v.Aspects.Dates.State != verdict.Fail {
			v.Aspects.Dates.State, v.Aspects.Dates.Reason = verdict.Fail, verdict.PastEnd
		}
		c.Issued, c.Expires = time.Time{}, time.Time{}
		v.Aspects.Dates.Detail = ""
	}
	if x.schools {
		c.ID, c.Issuer, c.Creator, c.AchievementID, c.Criteria, c.Image = "", verdict.Party{Shown: x.issuer}, verdict.Party{}, "", "", ""
		c.EvidenceURLs, c.Extensions, c.Associations = nil, nil, nil
		v.Unconfirmed.Issuer, v.Seal = "", nil
		v.Backing = verdict.Backing{Level: v.Backing.Level}
		for _, a := range v.Aspects.Each() {
			a.Detail = ""
			for i := range a.Evidence {
				a.Evidence[i].URL, a.Evidence[i].Note = "", ""
			}
		}
		for i := range v.Endorsements {
			e := &v.Endorsements[i]
			e.Issuer, e.Backing = verdict.Party{Shown: x.issuer}, verdict.Backing{Level: e.Backing.Level}
		}
	} else if x.dates {
		for _, a := range v.Aspects.Each() {
			for i := range a.Evidence {
				a.Evidence[i].Note = ""
			}
		}
	}
	for i := range v.Contained {
		x.verdict(&v.Contained[i], now)
	}
}
