package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"unicode/utf8"

	"assay/index"
	"assay/index/skills"
	"assay/verify/verdict"
)

// errNoSkill: no framework that is loaded knows the skill.
var errNoSkill = errors.New("no such skill")

// Bounds of parameters.
const (
	maxSuggestions = 20
	maxChoices     = 32  // values of one facet that can be picked at once
	maxValue       = 512 // characters of one value
)

// choiceFacets are the facets whose values can be picked by a parameter of the
// same name.
var choiceFacets = []index.Facet{index.FacetSkill, index.FacetSoft, index.FacetFramework, index.FacetIssuer, index.FacetTrust, index.FacetYear}

// searchOf reads a search from the request's parameters.
func (h *handler) searchOf(p url.Values, export bool) (index.Query, error) {
	o := index.QueryOptions{Taxonomy: h.o.Taxonomy(), Now: h.o.Now(), Cursor: p.Get("cursor"), Export: export}
	if !export {
		o.Facets = index.AllFacets()
	}
	for _, v := range p["include"] {
		r := verdict.Result(v)
		if r != verdict.Verified && r != verdict.Authentic && r != verdict.Pending && r != verdict.Rejected {
			return index.Query{}, fmt.Errorf("%w: include=%.32q is not authentic, pending or rejected", errBadRequest, v)
		}
		o.Include = append(o.Include, r)
	}
	switch s := index.Sort(p.Get("sort")); {
	case !p.Has("sort"):
	case s == index.SortMatch, s == index.SortBreadth, s == index.SortRecency:
		o.Sort = s
	default:
		return index.Query{}, fmt.Errorf("%w: sort=%.32q is not match, breadth or recency", errBadRequest, s)
	}
	var err error
	if !export {
		if o.Size, err = number(p, "size", index.DefaultSize, 1, index.MaxSize); err != nil {
			return index.Query{}, err
		}
	}
	if v := p.Get("exact"); p.Has("exact") {
		if o.Exact, err = strconv.ParseBool(v); err != nil {
			return index.Query{}, fmt.Errorf("%w: exact=%.32q is not true or false", errBadRequest, v)
		}
	}
	for _, f := range choiceFacets {
		values := p[string(f)]
		if len(values) == 0 {
			continue
		}
		if len(values) > maxChoices || slices.ContainsFunc(values, func(v string) bool { return utf8.RuneCountInString(v) > maxValue }) {
			return index.Query{}, fmt.Errorf("%w: too many or too long values of %s", errBadRequest, f)
		}
		o.Choices = append(o.Choices, index.Choice{Facet: f, Values: values})
	}
	return index.NewQuery(p.Get("q"), o)
}

func number(p url.Values, name string, def, least, most int) (int, error) {
	if !p.Has(name) {
		return def, nil
	}
	v := p.Get(name)
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%w: %s=%.32q is not a number from %d to %d", errBadRequest, name, v, least, most)
	}
	return n, nil
}

func (h *handler) search(_ http.ResponseWriter, r *http.Request, tenant string) (any, error) {
	q, err := h.searchOf(r.URL.Query(), false)
	if err != nil {
		return nil, err
	}
	return h.o.Engine.Search(r.Context(), tenant, q)
}

func (h *handler) application(_ http.ResponseWriter, r *http.Request, tenant string) (any, error) {
	app, err := h.o.Engine.Get(r.Context(), tenant, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	h.o.Audit(r, tenant, app.Application)
	return app, nil
}

func (h *handler) suggest(_ http.ResponseWriter, r *http.Request, tenant string) (any, error) {
	p := r.URL.Query()
	n, err := number(p, "n", 8, 1, maxSuggestions)
	if err != nil {
		return nil, err
	}
	prefix := p.Get("prefix")
	if utf8.RuneCountInString(prefix) > index.MaxQueryRunes {
		return nil, fmt.Errorf("%w: prefix is longer than %d characters", errBadRequest, index.MaxQueryRunes)
	}
	s, err := index.Suggest(r.Context(), h.o.Engine, h.o.Taxonomy(), tenant, prefix, n)
	if err != nil {
		return nil, err
	}
	if s == nil {
		s = []index.Suggestion{}
	}
	return map[string]any{"suggestions": s}, nil
}

// skill gives a concept of the frameworks and how many of the tenant's
// applicants can prove it.
func (h *handler) skill(_ http.ResponseWriter, r *http.Request, tenant string) (any, error) {
	concept, ok := h.o.Taxonomy().Concept(r.PathValue("id"))
	if !ok {
		return nil, errNoSkill
	}
	q, err := index.NewQuery("", index.QueryOptions{Taxonomy: h.o.Taxonomy(), Now: h.o.Now(), Size: 1,
		Choices: []index.Choice{{Facet: index.FacetSkill, Values: []string{concept.ID}}}})
	if err != nil {
		return nil, err
	}
	res, err := h.o.Engine.Search(r.Context(), tenant, q)
	if err != nil {
		return nil, err
	}
	return struct {
		skills.Concept
		Applicants int `json:"applicants"` // who can prove it now
	}{concept, res.Total}, nil
}
