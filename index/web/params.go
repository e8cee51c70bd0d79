package web

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"assay/index/query"
	"assay/index/web/look"
	"assay/index/web/session"
	"assay/verify/verdict"
)

// Bounds of parameters.
const (
	maxSuggestions = 20
	maxChoices     = 32  // times that a parameter can be repeated
	maxValue       = 512 // characters of one value
)

// choiceFacets are the facets whose values can be picked by a parameter of the
// same name.
var choiceFacets = []query.Facet{query.FacetSkill, query.FacetCertificate, query.FacetSoft, query.FacetFramework, query.FacetIssuer, query.FacetStanding, query.FacetYear}

// takes are the parameters of a route: those that may stand once, and those
// that may be repeated.
type takes struct{ once, many []string }

func (t takes) and(once ...string) takes {
	return takes{slices.Concat(t.once, once), t.many}
}

var (
	searching = takes{
		once: []string{"tenant", "blind", "q", "exact", "sort"},
		many: []string{"include", "status", "skill", "certificate", "soft", "framework", "issuer", "standing", "trust", "earned"},
	}
	matching  = takes{once: []string{"tenant", "blind", "occupation", "size", "cursor"}, many: []string{"required", "wished"}}
	recording = takes{once: []string{"tenant", "blind"}}
)

// accepted lists what each route takes. Anything else is refused: a parameter
// that is left out because nobody knows it would leave out a condition, and so
// find everybody. openapi.json is held to this list by a test.
var accepted = map[string]takes{
	"/":                     searching.and("size", "cursor", "back", "last", "view"),
	"/suggest":              {once: []string{"tenant", "blind", "q"}},
	"/blind":                {once: []string{"tenant", "to"}},
	signInRoute:             {once: []string{"to", "said"}},
	companyRoute:            {once: []string{"to"}},
	languageRoute:           {once: []string{"code", "to"}},
	"/match":                {once: append(slices.Clone(matching.once), "back", "title", "found", "left"), many: append(slices.Clone(matching.many), "a")},
	"/compare":              {once: []string{"tenant", "blind", "only"}, many: []string{"a"}},
	"/applications/{id}":    recording,
	"/issuers":              {once: []string{"tenant", "blind", "n", "named", "standing", "undecided", "resembling", "do", "issuer", "source", "accept", "said", "live"}},
	"POST /issuers":         {once: []string{"tenant", "blind"}},
	"/operations":           {once: []string{"tenant", "blind", "said", "count", "live", "words"}},
	"POST /operations":      {once: []string{"tenant", "blind"}},
	"/check":                {once: []string{"tenant", "blind"}},
	"POST /check":           {once: []string{"tenant", "blind"}},
	"/saved":                {once: []string{"tenant", "blind", "open"}, many: []string{"a"}},
	"/saved/{id}/export":    recording.and("format"),
	"/v1/search":            searching.and("size", "cursor"),
	"/v1/export":            searching.and("format"),
	"/v1/match":             matching.and("format"),
	"/v1/applications/{id}": recording.and("format"),
	"/v1/issuers":           {once: []string{"tenant", "n"}},
	"/v1/issuers/log":       {once: []string{"tenant"}},
	"/v1/suggest":           {once: []string{"tenant", "prefix", "n"}},
	"/v1/skills/{id}":       {once: []string{"tenant"}},

	// With the method, where it is not GET.
	"POST /blind":                   {once: []string{"tenant"}},
	"POST " + signInRoute:           {},
	backRoute:                       {}, // what the issuer sends is its own
	"POST " + signOutRoute:          {},
	"POST " + everyOut:              {},
	"POST /match":                   {once: []string{"tenant", "blind"}},
	"POST /v1/applications":         {once: []string{"tenant"}},
	"/v1/applications/{id}/outcome": {once: []string{"tenant", "sequence", "wait"}},
	"/v1/problems":                  {once: []string{"tenant"}},
	"/v1/applications/{id}/record":  {once: []string{"tenant", "as"}},
	"DELETE /v1/applications/{id}":  {once: []string{"tenant"}},
	"/v1/deadletters":               {once: []string{"tenant", "class", "after", "n"}},
	"POST /v1/deadletters":          {once: []string{"tenant"}},
	"POST /v1/reprocess":            {once: []string{"tenant"}},
	"POST /v1/candidates/erase":     {once: []string{"tenant"}},
	"/v1/status":                    {once: []string{"tenant"}},

	"POST /saved/lists":    recording,
	"POST /saved/searches": recording,
	"POST /saved/seen":     recording,
	"POST /saved/{id}":     recording,

	assistRoute:                     {once: []string{"tenant"}},
	"POST /v1/hooks/{hook}":         {},
	"/v1/webhooks":                  {once: []string{"tenant"}},
	"PUT /v1/webhooks":              {once: []string{"tenant"}},
	"DELETE /v1/webhooks":           {once: []string{"tenant", "id"}},
	"POST /v1/check":                {once: []string{"tenant"}},
	"POST /v1/credentials/verify":   {once: []string{"tenant"}},
	"POST /v1/presentations/verify": {once: []string{"tenant"}},
	"POST /v1/challenges":           {once: []string{"tenant"}},
}

// parameters reads a request's parameters, strictly.
func parameters(route, raw string) (url.Values, error) {
	p, err := url.ParseQuery(raw)
	if err != nil {
		// With URL.Query what cannot be read would be dropped.
		return nil, badRequest("the address's parameters cannot be read: a semicolon or a %% that stands for nothing")
	}
	t := accepted[route]
	for _, name := range slices.Sorted(maps.Keys(p)) {
		switch {
		case slices.Contains(t.many, name) && len(p[name]) > maxChoices:
			return nil, badRequest("%s stands there %d times, %d are taken", name, len(p[name]), maxChoices)
		case slices.Contains(t.many, name):
		case !slices.Contains(t.once, name):
			return nil, badRequest("there is no parameter %.32q; there are %s", name, strings.Join(slices.Sorted(slices.Values(slices.Concat(t.once, t.many))), ", "))
		case len(p[name]) > 1:
			return nil, badRequest("%s stands there %d times", name, len(p[name]))
		}
		if slices.ContainsFunc(p[name], func(v string) bool { return !utf8.ValidString(v) }) {
			return nil, badRequest("%s is not valid UTF-8", name)
		}
	}
	if b := p.Get("blind"); p.Has("blind") && b != "on" && b != "off" {
		return nil, badRequest("blind=%.32q is not on or off", b)
	}
	if b := p.Get("back"); p.Has("back") && (len(b) > 8192 || !trail.MatchString(b)) {
		return nil, badRequest("back is not one of ours")
	}
	if v := p.Get("view"); p.Has("view") && v != "full" && v != "dense" {
		return nil, badRequest("view=%.32q is not full or dense", v)
	}
	if p.Has("trust") { // its name of before
		p["standing"] = append(p["standing"], p["trust"]...)
		p.Del("trust")
	}
	return p, nil
}

// trail is a list of cursors.
var trail = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// asked is a request whose caller and parameters are known to be good.
type asked struct {
	*http.Request
	w      http.ResponseWriter
	caller Caller
	route  string
	p      url.Values
	named  bool // the tenant is named by tenant=, so links carry it
	speaks *look.Tongue

	session *session.Session // nil: the request bears a token, or nobody is asked
	kept    session.Blind    // how the reader reads, as it is remembered of him
	lifted  bool             // blind=off of p is kept's and not the address's: links do not carry it
}

// blind reports whether names are hidden: they are, unless asked for.
func (a *asked) blind() bool { return a.hides().names }

// readsBlind reports whether somebody has signed in and has not lifted blind reading: what
// names applicants whatever an address says (originals) is not for him until he has.
func (a *asked) readsBlind() bool {
	return a.session != nil && !(a.kept.Lifted && a.caller.Rights.May(MayNames))
}

func isBlind(p url.Values) bool { return p.Get("blind") != "off" }

// to gives the address of a path with parameters.
func to(path string, p url.Values) string {
	return (&url.URL{Path: path, RawQuery: p.Encode()}).String()
}

// first gives the parameters without those that belong to one page of hits, or to
// what was asked before.
func (a *asked) first() url.Values {
	p := url.Values{}
	for name, values := range a.p {
		if name != "cursor" && name != "back" && name != "last" && name != "view" && !(name == "blind" && a.lifted) {
			p[name] = slices.Clone(values)
		}
	}
	return p
}

// again gives the parameters to ask the same anew.
func (a *asked) again() url.Values {
	p := a.first()
	if a.lifted {
		p.Set("blind", "off")
	}
	return p
}

// with gives the request's address with one parameter set, or taken out when
// value is "". A change of the question starts again at the first page.
func (a *asked) with(name, value string) string {
	p := a.first()
	p.Del(name)
	if value != "" {
		p.Set(name, value)
	}
	return to(a.URL.Path, p)
}

// without gives the request's address without one value of a parameter.
func (a *asked) without(name, value string) string {
	p := a.first()
	p[name] = slices.DeleteFunc(p[name], func(v string) bool { return v == value })
	return to(a.URL.Path, p)
}

// keep gives parameters that links to other pages carry: whose tenant, and
// whether names are shown.
func (a *asked) keep() url.Values {
	p := url.Values{}
	if a.named {
		p.Set("tenant", a.caller.Tenant)
	}
	if !a.blind() && !a.lifted {
		p.Set("blind", "off")
	}
	return p
}

// maxTrail bounds how many pages one can go back step by step.
const maxTrail = 16

// firstPage stands for the first page in a list of cursors.
const firstPage = "-"

// paging gives the links to the page before and the page after. A cursor leads
// forward only, so the way back is carried along.
func (a *asked) paging(cursor string) (before, after string) {
	here, seen := a.p.Get("cursor"), []string(nil)
	if b := a.p.Get("back"); b != "" {
		seen = strings.Split(b, ".")
	}
	if here != "" {
		p := a.first()
		if n := len(seen); n > 0 && seen[n-1] != firstPage {
			p.Set("cursor", seen[n-1])
			if n > 1 {
				p.Set("back", strings.Join(seen[:n-1], "."))
			}
		}
		before = to(a.URL.Path, p)
	} else {
		here = firstPage
	}
	if cursor != "" {
		p := a.first()
		p.Set("cursor", cursor)
		seen = append(seen, here)
		p.Set("back", strings.Join(seen[max(0, len(seen)-maxTrail):], "."))
		after = to(a.URL.Path, p)
	}
	return before, after
}

func number(p url.Values, name string, def, least, most int) (int, error) {
	if !p.Has(name) {
		return def, nil
	}
	v := p.Get(name)
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		return 0, badRequest("%s=%.32q is not a number from %d to %d", name, v, least, most)
	}
	return n, nil
}

// statusWords is a list of statuses as the query language takes one.
var statusWords = regexp.MustCompile(`^[A-Za-z]{1,16}(,[A-Za-z]{1,16}){0,15}$`)

// statusesOf reads include= or status=: repeated or by commas, in the words of
// the query language's include:.
func statusesOf(p url.Values, name string) ([]verdict.Result, error) {
	var out []verdict.Result
	for _, v := range p[name] {
		bad := badRequest("%s=%.32q is not of verified, authentic, expired, unvouched, pending, rejected, unsupported and all", name, v)
		if !statusWords.MatchString(v) {
			return nil, bad
		}
		parsed, err := query.Parse("include:" + v)
		if err != nil {
			return nil, bad
		}
		for _, r := range parsed.Include {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out, nil
}

var year = regexp.MustCompile(`^[0-9]{4}$`)

// searchOf reads a search from parameters, for a reader from whom something is hidden.
func (h *handler) searchOf(p url.Values, x hides, facets []query.Facet, export bool) (query.Query, error) {
	o := query.Options{Taxonomy: h.o.Taxonomy(), Now: h.o.Now(), Cursor: p.Get("cursor"), Export: export, Facets: facets, Blind: isBlind(p), Unnamed: x.schools, Undated: x.dates}
	var err error
	if o.Include, err = statusesOf(p, "include"); err != nil {
		return query.Query{}, err
	}
	switch s := query.Sort(p.Get("sort")); {
	case !p.Has("sort"):
	case s == query.SortMatch, s == query.SortBreadth, s == query.SortRecency:
		o.Sort = s
	default:
		return query.Query{}, badRequest("sort=%.32q is not match, breadth or recency", s)
	}
	if !export {
		if o.Size, err = number(p, "size", query.DefaultSize, 1, query.MaxSize); err != nil {
			return query.Query{}, err
		}
	}
	if v := p.Get("exact"); p.Has("exact") {
		if v != "true" && v != "false" {
			return query.Query{}, badRequest("exact=%.32q is not true or false", v)
		}
		o.Exact = v == "true"
	}
	for _, f := range choiceFacets {
		values := p[string(f)]
		if len(values) == 0 {
			continue
		}
		for _, v := range values {
			switch {
			case v == "" || utf8.RuneCountInString(v) > maxValue:
				return query.Query{}, badRequest("a value of %s is not 1 to %d characters", f, maxValue)
			case f == query.FacetStanding && !query.StandingWord(v):
				return query.Query{}, badRequest("standing=%.32q is not listed, domain, account, page, key, self, blocked, unlisted or unasked", v)
			case f == query.FacetYear && !year.MatchString(v):
				return query.Query{}, badRequest("earned=%.32q is not a year", v)
			}
		}
		o.Choices = append(o.Choices, query.Choice{Facet: f, Values: values})
	}
	status, err := statusesOf(p, "status")
	if err != nil {
		return query.Query{}, err
	}
	if len(status) > 0 {
		var words []string
		for _, s := range status {
			words = append(words, string(s))
		}
		o.Choices = append(o.Choices, query.Choice{Facet: query.FacetStatus, Values: words})
	}
	q, err := query.New(p.Get("q"), o)
	if err == nil && len(status) > 0 {
		// As the facet counts it, also where nothing else is asked.
		q.Plan = q.Plan.WithInclude(q.Plan.Include...)
	}
	return q, err
}
