package elastic

import (
	"encoding/json"
	"slices"

	"assay/index"
	"assay/verify/verdict"
)

// facetFields gives, for each facet, the flat copy and the claims' own field.
var facetFields = map[index.Facet][2]string{
	index.FacetSkill:     {"flat.skills", "claims.skill"},
	index.FacetSoft:      {"flat.soft", "claims.soft"},
	index.FacetFramework: {"flat.frameworks", "claims.framework"},
	index.FacetIssuer:    {"flat.issuers", "claims.issuer"},
	index.FacetTrust:     {"flat.trust", "claims.trust"},
	index.FacetYear:      {"flat.years", "claims.year"},
}

// tenants asks whose documents an aggregation counted: it is looked at before
// any count leaves.
var tenants = object{"terms": object{"field": "tenant", "size": 2}}

// maxStale bounds the values that lapsed documents may add to a facet.
const maxStale = 1000

// flatHolds says whether the flat copies answer for these statuses: they speak
// of verified claims only.
func flatHolds(include []verdict.Result) bool {
	return len(include) == 1 && include[0] == verdict.Verified
}

// facetAggs asks for facets. Where the flat copies are exact (verified claims,
// none lapsed since the check) they are counted; elsewhere the claims are, with
// the applications that they stand in.
func facetAggs(facets []index.Facet, p index.Plan) object {
	flat, nested := object{}, object{}
	for _, f := range facets {
		fields, ok := facetFields[f]
		if !ok {
			continue
		}
		flat[string(f)] = object{"terms": object{"field": fields[0], "size": index.MaxBuckets, "shard_size": 4 * index.MaxBuckets}}
		size := index.MaxBuckets
		if flatHolds(p.Include) {
			size = maxStale
		}
		nested[string(f)] = claimTerms(fields[1], size, nil)
	}
	if len(flat) == 0 {
		return nil
	}
	claims := object{"nested": object{"path": "claims"}, "aggs": object{
		"eff": object{"filter": status(p.Include, p.Now), "aggs": nested},
	}}
	if !flatHolds(p.Include) {
		return object{"tenants": tenants, "claims": claims}
	}
	fresh := object{"range": object{"flat.next_until": object{"gt": p.Now}}}
	return object{
		"tenants": tenants,
		"fresh":   object{"filter": fresh, "aggs": flat},
		"stale":   object{"filter": object{"bool": object{"must_not": fresh}}, "aggs": object{"claims": claims}},
	}
}

// claimTerms counts the applications that the claims' values stand in, most
// first, ties by value. include, when not nil, names the values to count.
func claimTerms(field string, size int, include []string) object {
	t := object{
		"field":      field,
		"size":       size,
		"shard_size": max(size, 4*index.MaxBuckets),
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
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

type claimsResult struct {
	Eff map[string]json.RawMessage `json:"eff"`
}

// aggsResult is the answer to facetAggs.
type aggsResult struct {
	Tenants termsResult                `json:"tenants"`
	Fresh   map[string]json.RawMessage `json:"fresh"`
	Stale   struct {
		Count  int          `json:"doc_count"`
		Claims claimsResult `json:"claims"`
	} `json:"stale"`
	Claims claimsResult `json:"claims"`
}

// merge joins the counts of a facet. missing are values whose flat count is not
// known, as they stand behind the flat copies' first MaxBuckets.
func (a aggsResult) merge(f index.Facet) (counts map[string]int, missing []string, err error) {
	read := func(m map[string]json.RawMessage) (t termsResult, err error) {
		if raw := m[string(f)]; raw != nil {
			err = json.Unmarshal(raw, &t)
		}
		return t, err
	}
	claims, err := read(a.Claims.Eff)
	if err != nil {
		return nil, nil, err
	}
	fresh, err := read(a.Fresh)
	if err != nil {
		return nil, nil, err
	}
	stale, err := read(a.Stale.Claims.Eff)
	if err != nil {
		return nil, nil, err
	}
	counts = claims.counts()
	for v, n := range fresh.counts() {
		counts[v] += n
	}
	for v, n := range stale.counts() {
		if _, known := counts[v]; !known && fresh.Others > 0 {
			missing = append(missing, v)
		}
		counts[v] += n
	}
	slices.Sort(missing)
	return counts, missing, nil
}

// missingAggs asks for the flat counts that merge lacked.
func missingAggs(missing map[index.Facet][]string, p index.Plan) object {
	flat := object{}
	for f, values := range missing {
		flat[string(f)] = object{"terms": object{"field": facetFields[f][0], "size": len(values), "include": values}}
	}
	return object{"tenants": tenants, "fresh": object{
		"filter": object{"range": object{"flat.next_until": object{"gt": p.Now}}},
		"aggs":   flat,
	}}
}
