package main

import "slices"

// Tenants are kept apart twice in each engine: a filter picks the tenant's
// documents, and what leaves is looked at again. The tests of an engine as it is
// are those of conformance:
const (
	isolation = "^TestIsolationBriefly$"     // every kind of answer is the tenant's own
	nothing   = "^TestNothingForeignLeaves$" // no document of another tenant leaves, whatever is counted
)

// kinds of answers that other tenants must show in when nothing keeps them
// apart, each in a quarter of the answers at least (conformance.Kinds).
var kinds = func() []string {
	var out []string
	for _, k := range []string{"hits", "total", "facets", "suggestions", "export", "scan", "role"} {
		out = append(out, `other tenants show in \d+ of \d+ answers in `+k+` \((2[5-9]|[3-9]\d|100) %\)`)
	}
	return out
}()

// The filter of the embedded engine, place by place.
var (
	localRows = change{"index/local/find.go", "return r != nil && !r.erased && r.tenant == f.tenant", "return r != nil && !r.erased"}
	localMet  = change{"index/local/find.go", "if col.tenant == f.tenantID {", "if col.tenant != 0 {"}
	localScan = change{"index/local/search.go", `if tenant == "" || r.tenant == tenant {`, `if tenant == "" || r.tenant != "" {`}
	localAll  = change{"index/local/local.go", `	if t := e.tenants[tenant]; t != nil {
		return e.snap, tenantRows{rows: t.rows, said: t.said}, nil
	}
	return e.snap, tenantRows{}, nil
`, `	var all tenantRows
	for _, t := range e.tenants {
		all.rows = append(all.rows, t.rows...)
		for kind, list := range t.said {
			all.said[kind] = append(all.said[kind], list...)
		}
	}
	return e.snap, all, nil
`}
	localFilter = []change{localRows, localMet, localScan, localAll}
)

// Its second look.
var localLook = []change{
	{"index/local/search.go", "return res.Hit(tenant, a)", "return res.Hit(a.Tenant, a)"},
	{"index/local/search.go", `if a.Erased || tenant != "" && a.Tenant != tenant {`, "if a.Erased {"},
}

// The filter of Elasticsearch: of every query, and the routing that finds no
// shard but the tenant's.
var elasticFilter = []change{
	{"index/elastic/query.go", `"filter":   object{"term": object{"tenant": tenant}},`, ""},
	{"index/elastic/search.go", `	for i, r := range reqs {
		r.Timeout = fmt.Sprintf("%dms", e.o.Timeout.Milliseconds())
		for _, line := range []object{{"index": e.alias, "routing": of(i), `, `	for _, r := range reqs {
		r.Timeout = fmt.Sprintf("%dms", e.o.Timeout.Milliseconds())
		for _, line := range []object{{"index": e.alias, `},
	{"index/elastic/search.go", "		routing = tenant\n", ""},
}

// Its second look.
var elasticLook = []change{
	{"index/elastic/search.go", "hit, ok := res.Hit(tenant, d)", "hit, ok := res.Hit(d.Tenant, d)"},
	{"index/elastic/search.go", "if t != tenant {", `if t == "" {`},
	{"index/elastic/search.go", `if tenant != "" && a.Tenant != tenant {`, `if tenant != "" && a.Tenant == "" {`},
}

// everywhere asks of every tenant's documents.
const everywhere = "translation{now: q.Plan.Now, unscored: true})"

func all(lists ...[]change) []change { return slices.Concat(lists...) }

// tenantMutants take the isolation of tenants out: layer by layer, and the filter
// place by place with the second look out, which would hide it.
var tenantMutants = []layered{
	{"local: the filter is out", localFilter, local, isolation, nil, nothing},
	{"local: the second look is out", localLook, local, "", nil, isolation},
	{"local: nothing keeps tenants apart", all(localFilter, localLook), local, isolation, kinds, ""},
	{"local: no document is kept in", all(localFilter, localLook), local, nothing, []string{"of another tenant"}, ""},
	{"local: rows of every tenant are ours", all(localLook, []change{localRows, localAll}), local, isolation, nil, ""},
	{"local: claims of every tenant are met", all(localLook, []change{localMet}), local, isolation, nil, ""},
	{"local: every tenant's documents are scanned", all(localLook, []change{localScan}), local, isolation, []string{"answers in scan"}, ""},
	{"local: scanned documents are not looked at again", all(localFilter, localLook[1:]), local, nothing, []string{"a scanned document of another tenant"}, ""},
	{"local: hits are not looked at again", all(localFilter, localLook[:1]), local, nothing, []string{"a hit of another tenant"}, ""},

	{needsServer + "the filter is out", elasticFilter, elastic, isolation, nil, nothing},
	{needsServer + "the second look is out", elasticLook, elastic, "", nil, isolation},
	// Sections are of counts that every tenant is in, and of hits that are not: neither of
	// the answers that are looked for, so that the first ends the test.
	{needsServer + "nothing keeps tenants apart", all(elasticFilter, elasticLook), elastic, isolation, []string{`other tenants show in|sections of "`}, ""},
	{needsServer + "no document is kept in", all(elasticFilter, elasticLook), elastic, nothing, []string{"of another tenant"}, ""},
	{needsServer + "facets ask every tenant", all(elasticLook, []change{{"index/elastic/search.go", "all = append(all, searchRequest{Query: e.counted(tenant, q.Plan), Source: false, Aggs: aggs})", "all = append(all, searchRequest{Query: e.asked(q.Plan, " + everywhere + ", Source: false, Aggs: aggs})"}}), elastic, isolation, []string{"answers in facets|facets \\(-want"}, ""},
	{needsServer + "facets beyond the first ask every tenant", all(elasticLook, []change{{"index/elastic/search.go", "searchRequest{Query: e.counted(tenant, q.Plan), Source: false, Aggs: aggs})\n\tif err", "searchRequest{Query: e.asked(q.Plan, " + everywhere + ", Source: false, Aggs: aggs})\n\tif err"}}), elastic, isolation, nil, ""},
	{needsServer + "statuses are counted of every tenant", all(elasticLook, []change{{"index/elastic/search.go", "searchRequest{Query: e.counted(tenant, q.Plan.WithInclude(st)), Source: false, Total: true}", "searchRequest{Query: e.asked(q.Plan.WithInclude(st), " + everywhere + ", Source: false, Total: true}"}}), elastic, isolation, []string{"answers in facets|facets \\(-want"}, ""},
	{needsServer + "every tenant's documents are scanned", all(elasticLook, []change{{"index/elastic/search.go", "asked = e.counted(tenant, query.Plan{Root: query.Cond{Op: query.OpAll}})", "asked = e.asked(query.Plan{Root: query.Cond{Op: query.OpAll}}, translation{unscored: true})"}}), elastic, isolation, []string{"answers in scan"}, ""},
	{needsServer + "suggestions ask every tenant", all(elasticLook, []change{{"index/elastic/search.go", "e.counted(tenant, query.Plan{Root: query.Cond{Op: query.OpAll}}),", "e.asked(query.Plan{Root: query.Cond{Op: query.OpAll}}, translation{unscored: true}),"}, {"index/elastic/search.go", "e.counted(tenant, query.Plan{}),", "e.asked(query.Plan{}, translation{unscored: true}),"}}), elastic, isolation, []string{"answers in suggestions|suggestions \\(-want"}, ""},
	{needsServer + "scanned documents are not looked at again", all(elasticFilter, elasticLook[2:]), elastic, nothing, []string{"a scanned document of another tenant"}, ""},
	{needsServer + "hits are not looked at again", all(elasticFilter, elasticLook[:1]), elastic, nothing, []string{"a hit of another tenant"}, ""},
}
