package elastic

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"

	"assay/index/query"
	"assay/verify/verdict"
)

// facetFields gives, for each facet, the field of the flat copies and that of the
// claims.
var facetFields = map[query.Facet][2]string{
	query.FacetSkill:       {"flat.skills", "claims.skill"},
	query.FacetCertificate: {"flat.certificates", "claims.certificate"},
	query.FacetSoft:        {"flat.soft", "claims.soft"},
	query.FacetFramework:   {"flat.frameworks", "claims.framework"},
	query.FacetIssuer:      {"flat.issuers", "claims.issuer"},
	query.FacetStanding:    {"flat.standings", "claims.standing"},
	query.FacetYear:        {"flat.years", "claims.year"},
}

// tenants asks whose documents an aggregation counted: it is looked at before
// any count leaves.
var tenants = object{"terms": object{"field": "tenant", "size": 2}}

// few names the aggregation of claimed.few.
const few = "few"

// blindFacet is a facet whose values may name an applicant: for blind readers it is
// counted where a claim, or what Flat says, is clear, and beside that what is written
// for them.
type blindFacet struct {
	clear       string // name of the aggregation of what is clear
	later       string // in the place of the facet's name in later.lost
	flat, claim string // fields of what is written for blind readers
}

var blindFacets = map[query.Facet]blindFacet{
	query.FacetIssuer:      {"clear_issuers", "blind_issuer", "flat.blind_issuers", "claims.blind.issuer"},
	query.FacetCertificate: {"clear_certificates", "blind_certificate", "flat.blind_certificates", "claims.blind.certificate"},
}

// laterName gives the name that a facet has in later.lost.
func laterName(f query.Facet, blind bool) string {
	if b, ok := blindFacets[f]; blind && ok {
		return b.later
	}
	return string(f)
}

// facetLater gives the facet of a name in later.lost, false when it is none that
// the reader counts.
func facetLater(name string, blind bool) (query.Facet, bool) {
	for f, b := range blindFacets {
		switch name {
		case b.later:
			return f, blind
		case string(f):
			return f, !blind
		}
	}
	return query.Facet(name), true
}

// blinded gives the aggregations of a facet: two for a blindFacet of a blind
// reader, whose counts facetSums joins. A value may stand in both, so that all are
// asked for, maxLapsed at most: the first of one list need not be among the first
// of both.
func blinded(into object, f query.Facet, blind bool, clear string, terms object, second func() object) {
	b, ok := blindFacets[f]
	if !blind || !ok {
		into[string(f)] = terms
		return
	}
	other := second()
	for _, t := range []object{terms, other} {
		of := t["terms"].(object)
		of["size"] = max(maxLapsed, of["size"].(int))
		if _, ok := of["shard_size"]; ok {
			of["shard_size"] = of["size"]
		}
	}
	into[b.clear] = object{"filter": isClear(clear), "aggs": object{"inner": terms}}
	into[string(f)] = other
}

// facetSums joins what blinded asked apart.
func facetSums(m map[string]facetResult) {
	for f, b := range blindFacets {
		c, ok := m[b.clear]
		if !ok || c.Inner == nil {
			continue
		}
		delete(m, b.clear)
		all := m[string(f)]
		all.Buckets = append(all.Buckets, c.Inner.Buckets...)
		all.Others += c.Inner.Others
		m[string(f)] = all
	}
}

// maxFresh is how many values of a facet are asked for: more than are shown, so
// that what lapsed documents add to can be placed without another request.
const maxFresh = 2 * query.MaxBuckets

// maxLapsed bounds the values that documents in which a claim has run out may take
// from, or add to, all facets together.
const maxLapsed = 5000

// flatHolds says whether the flat copies answer for these statuses: they speak
// of verified claims only.
func flatHolds(include []verdict.Result) bool {
	return len(include) == 1 && include[0] == verdict.Verified
}

// facetAggs asks for facets. Of verified claims the flat copies are counted, and what
// the later state in force has lost of them, where a claim has run out; where no state
// is kept, beyond is counted instead (see beyondAggs). Of other claims the claims
// themselves are counted, with the applications that they stand in.
func (e *Engine) facetAggs(facets []query.Facet, p query.Plan) object {
	flat := object{}
	for _, f := range facets {
		switch fields, ok := facetFields[f]; {
		case !ok:
		case e.states.Load() && slices.Contains(fewValued, f):
			flat[few] = object{"terms": object{"field": "claimed.few", "size": maxFresh}}
		default:
			blinded(flat, f, p.Blind, "flat.", freshTerms(f, fields[0]), func() object { return freshTerms(f, blindFacets[f].flat) })
		}
	}
	if len(flat) == 0 {
		return nil
	}
	if !flatHolds(p.Include) || len(p.Barred) > 0 {
		return object{"tenants": tenants, "claims": claimAggs(facets, p, query.MaxBuckets, nil)}
	}
	parts := object{"beyond": object{"filter": e.beyond(p)}}
	if e.states.Load() {
		parts["states"] = laterLost(p, object{"field": "later.lost", "size": maxLapsed})
	}
	return object{"tenants": tenants, "fresh": e.freshFacets(p, flat), "lapsed": lapsedFacets(p, parts)}
}

// freshFacets counts values of the documents that keep a state of the moment.
func (e *Engine) freshFacets(p query.Plan, aggs object) object {
	return object{"filter": object{"bool": object{"must_not": both([]object{e.beyond(p), lapsedIn("flat.next_until", p.Now)})}}, "aggs": aggs}
}

func freshTerms(f query.Facet, field string) object { return moreTerms(f, field, maxFresh) }

func moreTerms(f query.Facet, field string, size int) object {
	t := object{"field": field, "size": size}
	if f == query.FacetYear {
		t["order"] = object{"_key": "desc"} // the newest are shown
	}
	return object{"terms": t}
}

// fewAggs asks for the facets of few values one by one, when together they have
// more than maxFresh after all.
func (e *Engine) fewAggs(p query.Plan) object {
	flat := object{}
	for _, f := range fewValued {
		flat[string(f)] = freshTerms(f, facetFields[f][0])
	}
	return object{"tenants": tenants, "fresh": e.freshFacets(p, flat)}
}

// freshAggs asks for more values of a facet.
func (e *Engine) freshAggs(f query.Facet, p query.Plan, size int) object {
	flat := object{}
	blinded(flat, f, p.Blind, "flat.", moreTerms(f, facetFields[f][0], size), func() object { return moreTerms(f, blindFacets[f].flat, size) })
	return object{"tenants": tenants, "fresh": e.freshFacets(p, flat)}
}

// lapsedFacets asks something of the documents of which a verified claim has run
// out.
func lapsedFacets(p query.Plan, aggs object) object {
	return object{"filter": lapsedIn("flat.next_until", p.Now), "aggs": aggs}
}

// laterLost counts values that the later states in force have lost.
func laterLost(p query.Plan, terms object) object {
	return object{"nested": object{"path": "later"}, "aggs": object{
		"in_force": object{"filter": inForce(p.Now), "aggs": object{"lost": object{"terms": terms}}},
	}}
}

// lostAggs asks how often values that are known were lost, when more than maxLapsed
// were.
func (a aggsResult) lostAggs(p query.Plan, beyond aggsResult) object {
	var values []string
	for f, list := range a.known(beyond) {
		for _, v := range list {
			values = append(values, laterName(f, p.Blind)+facetGap+v)
		}
	}
	slices.Sort(values)
	return object{"tenants": tenants, "lapsed": lapsedFacets(p, object{
		"states": laterLost(p, object{"field": "later.lost", "size": len(values), "include": values}),
	})}
}

// fresh gives the flat copies' counts of a facet, and whether it has more values.
func (a aggsResult) fresh(f query.Facet) (counts map[string]int, more bool) {
	if t, ok := a.Fresh[string(f)]; ok {
		return t.counts(), t.Others > 0
	}
	counts = map[string]int{}
	for v, n := range a.Fresh[few].counts() {
		if facet, value, _ := strings.Cut(v, facetGap); facet == string(f) {
			counts[value] = n
		}
	}
	return counts, false // else they were asked one by one
}

// known gives the values of each facet that have a count.
func (a aggsResult) known(beyond aggsResult) map[query.Facet][]string {
	out := map[query.Facet][]string{}
	for f := range facetFields {
		all, _ := a.fresh(f)
		for v := range beyond.Lapsed.Beyond.Claims.Eff[string(f)].counts() {
			all[v] = 0
		}
		out[f] = slices.Sorted(maps.Keys(all))
	}
	return out
}

// beyond holds, where a claim has run out, for the documents that keep no state of
// the moment.
func (e *Engine) beyond(p query.Plan) object {
	if !e.states.Load() {
		return object{"match_all": object{}}
	}
	return lapsedIn("claimed.beyond", p.Now)
}

// beyondAggs asks for the facets of the documents beyond: few have so many badges
// that run out. only, when not nil, names the values to count.
func (e *Engine) beyondAggs(facets []query.Facet, p query.Plan, only map[query.Facet][]string) object {
	return object{"tenants": tenants, "lapsed": lapsedFacets(p, object{
		"beyond": object{"filter": e.beyond(p), "aggs": object{"claims": claimAggs(facets, p, maxLapsed, only)}},
	})}
}

// claimAggs counts the values of the claims that count.
func claimAggs(facets []query.Facet, p query.Plan, size int, only map[query.Facet][]string) object {
	nested := object{}
	for _, f := range facets {
		if fields, ok := facetFields[f]; ok {
			if only != nil {
				size = max(1, len(only[f]))
			}
			c := claimTerms(fields[1], size, only[f])
			if f == query.FacetYear {
				c["terms"].(object)["order"] = object{"_key": "desc"}
			}
			blinded(nested, f, p.Blind, "claims.", c, func() object { return claimTerms(blindFacets[f].claim, size, only[f]) })
		}
	}
	return object{"nested": object{"path": "claims"}, "aggs": object{
		"eff": object{"filter": unbarred(p, status(p.Include, p.Now)), "aggs": nested},
	}}
}

// claimTerms counts the applications that the claims' values stand in, most
// first, ties by value. include, when not nil, names the values to count.
func claimTerms(field string, size int, include []string) object {
	t := object{
		"field":      field,
		"size":       size,
		"shard_size": max(size, 4*query.MaxBuckets),
		"order":      []object{{"apps": "desc"}, {"_key": "asc"}},
	}
	if include != nil {
		t["include"] = include
	}
	return object{"terms": t, "aggs": object{"apps": object{"reverse_nested": object{}}}}
}

// termsResult is the answer to a terms aggregation, flat or of claims.
type termsResult struct {
	Others  int `json:"sum_other_doc_count"`
	Buckets []struct {
		Key   json.RawMessage `json:"key"`
		Count int             `json:"doc_count"`
		Apps  *struct {
			Count int `json:"doc_count"`
		} `json:"apps"`
	} `json:"buckets"`
}

func (t termsResult) counts() map[string]int {
	m := make(map[string]int, len(t.Buckets))
	for _, b := range t.Buckets {
		n := b.Count
		if b.Apps != nil {
			n = b.Apps.Count
		}
		m[key(b.Key)] += n
	}
	return m
}

// key reads a bucket's key, a string or a number.
func key(raw json.RawMessage) string {
	if n := len(raw); n > 1 && raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : n-1])
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

type claimsResult struct {
	Eff map[string]facetResult `json:"eff"`
}

// cut reports whether a facet has more values than were asked for.
func (c claimsResult) cut() bool {
	for _, f := range c.Eff {
		if f.Others > 0 {
			return true
		}
	}
	return false
}

// aggsResult is the answer to facetAggs, beyondAggs and missingAggs.
type aggsResult struct {
	Tenants termsResult            `json:"tenants"`
	Fresh   map[string]facetResult `json:"fresh"`
	Lapsed  struct {
		States struct {
			InForce struct {
				Lost termsResult `json:"lost"`
			} `json:"in_force"`
		} `json:"states"`
		Beyond struct {
			Count  int          `json:"doc_count"`
			Claims claimsResult `json:"claims"`
		} `json:"beyond"`
	} `json:"lapsed"`
	Claims claimsResult `json:"claims"`
}

// facetResult is a facet among an aggregation's own members.
type facetResult struct {
	termsResult
	Inner *termsResult `json:"inner"` // of a facet that only some documents are counted for
}

// UnmarshalJSON passes over what is no object: the count of documents.
func (r *facetResult) UnmarshalJSON(raw []byte) error {
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	type plain facetResult
	return json.Unmarshal(raw, (*plain)(r))
}

// lost gives how often values were lost, by facet.
func (a aggsResult) lost(blind bool) map[query.Facet]map[string]int {
	out := map[query.Facet]map[string]int{}
	for v, n := range a.Lapsed.States.InForce.Lost.counts() {
		facet, value, _ := strings.Cut(v, facetGap)
		f, counts := facetLater(facet, blind)
		if !counts {
			continue
		}
		if out[f] == nil {
			out[f] = map[string]int{}
		}
		out[f][value] = n
	}
	return out
}

// merge joins the counts of a facet with those of the documents beyond. missing are
// values whose flat count is not known, as they stand behind the flat copies' first
// maxFresh, and which could be among those that are shown.
func (a aggsResult) merge(f query.Facet, beyond aggsResult) (counts map[string]int, missing []string) {
	counts = a.Claims.Eff[string(f)].counts()
	fresh, more := a.fresh(f)
	least := 0 // no unknown flat count is higher
	for v, n := range fresh {
		counts[v] += n
		if least == 0 || n < least {
			least = n
		}
	}
	unknown := map[string]bool{}
	for v, n := range beyond.Lapsed.Beyond.Claims.Eff[string(f)].counts() {
		if _, known := counts[v]; !known && more {
			unknown[v] = true
		}
		counts[v] += n
	}
	shown := slices.Sorted(maps.Values(counts))
	last := shown[max(0, len(shown)-query.MaxBuckets):]
	for v := range unknown {
		// Years are shown by number, not by count.
		if f == query.FacetYear || len(last) < query.MaxBuckets || counts[v]+least >= last[0] {
			missing = append(missing, v)
		}
	}
	slices.Sort(missing)
	return counts, missing
}

// enough reports whether, after values were lost, none behind the flat copies' known
// ones can be among those that are shown.
func (a aggsResult) enough(f query.Facet, lost map[string]int) bool {
	fresh, more := a.fresh(f)
	if !more || len(lost) == 0 {
		return true
	}
	type bucket struct {
		value string
		count int
	}
	order := func(a, b bucket) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.value, b.value))
	}
	if f == query.FacetYear {
		order = func(a, b bucket) int { return cmp.Compare(b.value, a.value) }
	}
	var left []bucket
	last := bucket{count: math.MaxInt}
	for v, n := range fresh {
		if b := (bucket{v, n}); last.count == math.MaxInt || order(b, last) > 0 {
			last = b
		}
		if n > lost[v] {
			left = append(left, bucket{v, n - lost[v]})
		}
	}
	slices.SortFunc(left, order)
	return len(left) >= query.MaxBuckets && order(left[query.MaxBuckets-1], last) <= 0
}

// missingAggs asks for the flat counts that merge lacked.
func (e *Engine) missingAggs(missing map[query.Facet][]string, p query.Plan) object {
	flat := object{}
	for f, values := range missing {
		of := func(field string) object {
			return object{"terms": object{"field": field, "size": len(values), "include": values}}
		}
		blinded(flat, f, p.Blind, "flat.", of(facetFields[f][0]), func() object { return of(blindFacets[f].flat) })
	}
	return object{"tenants": tenants, "fresh": e.freshFacets(p, flat)}
}
