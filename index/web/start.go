package web

import (
	"cmp"
	"strings"

	"assay/index"
	"assay/index/query"
	"assay/index/web/look"
	"assay/verify/verdict"

	"go.uber.org/zap"
)

// startView is the page before anything is asked.
type startView struct {
	Examples      []look.Link
	Figures       []figure
	Since         []sinceView // the last look at searches that are kept
	Certificates  []heldView
	Skills        []heldView
	Newest        []newcomer
	AllURL, Saved string
}

// sinceView is what is new in a search that was kept, or about somebody on a list.
type sinceView struct {
	Text, URL, New string
	State          look.State // of a badge that has changed, "" = none
}

// heldView is what is held most, and the address of those who hold it.
type heldView struct {
	Label, URL   string
	Count, Share int
}

// newcomer is somebody who has applied lately.
type newcomer struct {
	ID, Title, URL, Sub, Skills string
	Verified                    int
}

// Bounds of the start page.
const (
	startHeld   = 5
	startNewest = 6
	startSkills = 3
)

// startPage is shown where nothing is asked.
func (h *handler) startPage(a *asked, v *searchView) (*screen, error) {
	p := a.first()
	p.Set("sort", string(query.SortRecency))
	asks := a.again()
	asks.Set("sort", string(query.SortRecency))
	q, err := h.searchOf(asks, a.hides(), []query.Facet{query.FacetStatus, query.FacetSkill, query.FacetCertificate, query.FacetYear, query.FacetStanding}, false)
	if err != nil {
		return nil, err
	}
	q.Size = startNewest
	res, err := h.find(a, q)
	if err != nil {
		return nil, err
	}
	if !a.blind() {
		h.seen(a, res.Shown())
	}
	h.nameBuckets(a.Context(), a.caller.Tenant, res, startHeld, a.blind())
	s := &startView{AllURL: to(a.URL.Path, p)}
	// A help only: what cannot be had leaves the rest as it is.
	if s.Since, err = h.since(a); err != nil {
		h.o.Log.Warn("what is new is not told", zap.Error(err))
	}
	if len(s.Since) > 0 {
		s.Saved = to("/saved", a.keep())
	}
	v.Start, v.Ask = s, askView{Keep: a.hidden(false), Suggest: to("/suggest", a.keep()), HasLast: true, First: true}
	s.Figures = []figure{{a.T("applicants"), res.Total}}
	for _, f := range res.Facets {
		a.startFacet(s, &f)
	}
	for i, hit := range res.Hits {
		c := h.cardOf(a, hit, i+1, nil, nil)
		n := newcomer{ID: c.ID, Title: c.Title, URL: c.URL, Sub: c.Sub, Verified: hit.Counts.Verified}
		var names []string
		for _, m := range hit.Proven {
			if m.Label != "" && len(names) < startSkills {
				names = append(names, shortened(clean(m.Label)))
			}
		}
		n.Skills = strings.Join(names, ", ")
		s.Newest = append(s.Newest, n)
	}
	return &screen{name: "search", title: a.T("Who can prove it?"), here: "/", view: v}, nil
}

// startFacet fills in what one facet tells: what is held most, and a question that finds
// who holds it.
func (a *asked) startFacet(s *startView, f *index.FacetCounts) {
	held := func() []heldView {
		var out []heldView
		for _, b := range f.Buckets[:min(len(f.Buckets), startHeld)] {
			p := a.first()
			p.Set(string(f.Facet), b.Value)
			out = append(out, heldView{Label: shortened(cmp.Or(clean(b.Label), clean(b.Value))), URL: to(a.URL.Path, p), Count: b.Count, Share: 100 * b.Count / max(1, f.Buckets[0].Count)})
		}
		return out
	}
	try := func(text string) {
		s.Examples = append(s.Examples, look.Link{Text: clean(text), URL: a.with("q", text)})
	}
	var first index.Bucket
	if len(f.Buckets) > 0 {
		first = f.Buckets[0]
	}
	switch f.Facet {
	case query.FacetStatus:
		for _, b := range f.Buckets {
			switch b.Value {
			case string(verdict.Verified):
				s.Figures = append(s.Figures, figure{a.T("with a verified badge"), b.Count})
			case string(verdict.Expired):
				s.Figures = append(s.Figures, figure{a.T("with an expired one"), b.Count})
			case string(verdict.Pending):
				s.Figures = append(s.Figures, figure{a.T("with one that waits"), b.Count})
			}
		}
	case query.FacetSkill:
		if s.Skills = held(); first.Label != "" && !strings.Contains(first.Label, `"`) {
			try(`"` + clean(first.Label) + `"`)
		}
	case query.FacetCertificate:
		if s.Certificates = held(); first.Value != "" && !strings.Contains(first.Value, `"`) {
			try(badgeQuestion(clean(first.Value)))
		}
	case query.FacetYear:
		if first.Value != "" {
			try("earned>=" + first.Value)
		}
	case query.FacetStanding:
		if first.Value != "" && query.StandingWord(first.Value) {
			try("standing:" + first.Value)
		}
	}
}
