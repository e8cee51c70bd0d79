package elastic

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/guard"
	"assay/verify/verdict"

	"golang.org/x/sync/errgroup"
)

// leftOut are the parts of a document that no page of results needs: what is
// derived for the engine, and the grounds of verdicts, which Get returns. None
// has a wildcard: without, the server filters a source as it streams.
var leftOut = []string{
	"claimed", "later", "persons", "held",
	"flat.skills", "flat.ancestors", "flat.soft", "flat.frameworks", "flat.issuers", "flat.standings", "flat.years", "flat.domains",
	"flat.certificates", "flat.clear", "flat.blind_issuers", "flat.blind_certificates", // and not what settles ties
	"credentials.verdict.aspects",
	"credentials.verdict.endorsements",
	"credentials.verdict.credential.description",
	"credentials.verdict.credential.criteria",
	"credentials.verdict.credential.evidenceUrls",
	"credentials.verdict.credential.associations",
	"credentials.verdict.credential.alignments",
	"credentials.verdict.credential.extensions",
	"credentials.verdict.credential.image",
}

// searchRequest is the body of a _search, as far as we use it.
type searchRequest struct {
	Query   object
	Size    int
	Sort    []object
	After   []any
	Source  any
	Aggs    object
	Total   bool
	Timeout string
}

func (r *searchRequest) object() object {
	o := object{"query": r.Query, "size": r.Size, "_source": r.Source, "track_total_hits": r.Total, "timeout": r.Timeout}
	if len(r.Sort) > 0 {
		o["sort"] = r.Sort
	}
	if len(r.After) > 0 {
		o["search_after"] = r.After
	}
	if len(r.Aggs) > 0 {
		o["aggs"] = r.Aggs
	}
	return o
}

type searchResponse struct {
	TimedOut bool `json:"timed_out"`
	Shards   struct {
		Failed int `json:"failed"`
	} `json:"_shards"`
	Hits struct {
		Total struct {
			Value int `json:"value"`
		} `json:"total"`
		Hits []struct {
			Source *record.Application `json:"_source"`
		} `json:"hits"`
	} `json:"hits"`
	Aggs   json.RawMessage `json:"aggregations"`
	Status int             `json:"status"`
	Error  json.RawMessage `json:"error"`
}

// msearch runs searches for one tenant in one round trip. Half an answer (a
// failed shard, a time-out) is no answer.
func (e *Engine) msearch(ctx context.Context, tenant string, reqs ...searchRequest) ([]searchResponse, error) {
	return e.msearchEach(ctx, func(int) string { return tenant }, reqs)
}

// msearchEach is msearch with a tenant for each search.
func (e *Engine) msearchEach(ctx context.Context, of func(i int) (tenant string), reqs []searchRequest) ([]searchResponse, error) {
	var body []byte
	for i, r := range reqs {
		r.Timeout = fmt.Sprintf("%dms", e.o.Timeout.Milliseconds())
		for _, line := range []object{{"index": e.alias, "routing": of(i), "allow_partial_search_results": false}, r.object()} {
			var err error
			if body, err = appendObject(body, line); err != nil {
				return nil, err
			}
			body = append(body, '\n')
		}
	}
	var out struct {
		Responses []searchResponse `json:"responses"`
	}
	if err := e.send(ctx, http.MethodPost, "/_msearch", "application/x-ndjson", body, &out); err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	if len(out.Responses) != len(reqs) {
		return nil, fmt.Errorf("search: %w: %d answers to %d searches", index.ErrUnavailable, len(out.Responses), len(reqs))
	}
	for _, r := range out.Responses {
		switch {
		case r.Error != nil:
			f := &failure{r.Status, errorType([]byte(`{"error":` + string(r.Error) + `}`))}
			if r.Status == http.StatusTooManyRequests || r.Status >= 500 || r.Status == http.StatusNotFound {
				return nil, fmt.Errorf("search: %w: %w", index.ErrUnavailable, f)
			}
			return nil, fmt.Errorf("search: %w", f)
		case r.TimedOut:
			return nil, fmt.Errorf("search: %w: took longer than %s", index.ErrUnavailable, e.o.Timeout)
		case r.Shards.Failed > 0:
			return nil, fmt.Errorf("search: %w: a shard failed", index.ErrUnavailable)
		}
	}
	return out.Responses, nil
}

// Search implements index.Engine.
func (e *Engine) Search(ctx context.Context, tenant string, q query.Query) (*index.Results, error) {
	out, err := e.Searches(ctx, tenant, []query.Query{q})
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// search is one of several that are asked at once.
type search struct {
	q     query.Query
	after *query.Position
	size  int
	few   bool // all that are found stand on the page

	res     *index.Results
	more    bool // was found than stands on the page of the few
	cursor  string
	aggs    aggsResult
	counted []searchResponse // of the statuses
}

// Searches implements index.Engine: the server runs them beside each other.
func (e *Engine) Searches(ctx context.Context, tenant string, list []query.Query) ([]*index.Results, error) {
	start := e.now()
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, nil
	}
	searches := make([]search, len(list))
	for i, q := range list {
		var err error
		if searches[i], err = e.prepare(tenant, q); err != nil {
			return nil, err
		}
	}
	if err := e.beside(ctx, tenant, searches); err != nil {
		return nil, err
	}
	out := make([]*index.Results, len(list))
	for i := range searches {
		var err error
		if out[i], err = e.results(ctx, tenant, &searches[i]); err != nil {
			return nil, err
		}
		// Together they took as long as all did.
		now := e.now()
		out[i].Took, start = now.Sub(start), now
	}
	return out, nil
}

// beside asks for the pages of searches and for what is counted for them in two requests
// at once: documents are most of what is read, and are read while the server counts.
func (e *Engine) beside(ctx context.Context, tenant string, searches []search) error {
	g, ctx := errgroup.WithContext(ctx) // half an answer is none: where one fails, the other is cut off
	g.Go(func() error {
		return guard.Try("asking for hits", func() error { return e.pages(ctx, tenant, searches) })
	})
	g.Go(func() error {
		return guard.Try("asking for counts", func() error { return e.counts(ctx, tenant, searches) })
	})
	err := g.Wait()
	if fault := (*guard.Fault)(nil); errors.As(err, &fault) {
		panic(fault) // whoever serves the request tells it
	}
	return err
}

// pages asks for the hits of searches.
func (e *Engine) pages(ctx context.Context, tenant string, searches []search) error {
	reqs := make([]searchRequest, len(searches))
	for i := range searches {
		reqs[i] = e.hits(tenant, &searches[i])
	}
	answers, err := e.msearch(ctx, tenant, reqs...)
	if err != nil {
		return err
	}
	for i := range searches {
		if err := e.page(tenant, &searches[i], &answers[i]); err != nil {
			return err
		}
	}
	return nil
}

// counts asks for what is counted for searches.
func (e *Engine) counts(ctx context.Context, tenant string, searches []search) error {
	var reqs []searchRequest
	count := make([]int, len(searches))
	for i := range searches {
		of := e.countedFor(tenant, &searches[i].q)
		reqs, count[i] = append(reqs, of...), len(of)
	}
	if len(reqs) == 0 {
		return nil
	}
	answers, err := e.msearch(ctx, tenant, reqs...)
	if err != nil {
		return err
	}
	for i := range searches {
		s := &searches[i]
		s.counted, answers = answers[:count[i]], answers[count[i]:]
		if len(s.counted) == len(statusesAsked(s.q)) {
			continue
		}
		if s.aggs, err = e.aggregations(tenant, s.counted[0]); err != nil {
			return err
		}
		s.counted = s.counted[1:]
	}
	return nil
}

// prepare opens what a search is asked with.
func (e *Engine) prepare(tenant string, q query.Query) (search, error) {
	after, err := index.OpenCursor(e.o.Key, tenant, &q) // which gives q the moment of its first page
	if err != nil {
		return search{}, err
	}
	s := search{q: q, after: after, size: q.Size}
	if s.size <= 0 {
		s.size = query.DefaultSize
	}
	s.size = min(s.size, query.MaxExportSize)
	s.few = s.after == nil && 0 < q.Found && q.Found <= s.size
	return s, nil
}

// hits gives the request for the hits of a search.
func (e *Engine) hits(tenant string, s *search) searchRequest {
	r := searchRequest{Size: s.size, Source: object{"excludes": leftOut}, Total: true}
	if s.few {
		// Their documents are read anyway, and tell their scores and order: the server
		// takes several times as long to work these out as to find them.
		r.Query, r.Sort = e.counted(tenant, s.q.Plan), []object{{"_doc": object{"order": "asc"}}}
		return r
	}
	r.Query = e.query(tenant, s.q.Plan)
	r.Sort, r.After = e.order(s.q.Sort, s.q.Plan, s.after)
	return r
}

// countedFor gives the requests for the facets of a search, and for each status that
// is counted: the server runs them beside each other.
func (e *Engine) countedFor(tenant string, q *query.Query) []searchRequest {
	var all []searchRequest
	if aggs := e.facetAggs(q.Facets, q.Plan); aggs != nil {
		all = append(all, searchRequest{Query: e.counted(tenant, q.Plan), Source: false, Aggs: aggs})
	}
	for _, st := range statusesAsked(*q) {
		all = append(all, searchRequest{Query: e.counted(tenant, q.Plan.WithInclude(st)), Source: false, Total: true})
	}
	return all
}

// page reads the hits of a search.
func (e *Engine) page(tenant string, s *search, answer *searchResponse) error {
	res := index.NewResults(&s.q)
	s.res, res.Total = res, answer.Hits.Total.Value
	if s.more = s.few && res.Total > len(answer.Hits.Hits); s.more {
		return nil
	}
	docs := make([]*record.Application, len(answer.Hits.Hits))
	for i, h := range answer.Hits.Hits {
		if docs[i] = h.Source; h.Source == nil {
			return fmt.Errorf("search: %w: a hit without a document", index.ErrUnavailable)
		}
	}
	var last *record.Application
	score := 0
	if s.few {
		res.Hits = res.Ranked(tenant, docs)
	} else {
		for _, d := range docs {
			if hit, ok := res.Hit(tenant, d); ok {
				res.Hits = append(res.Hits, hit)
				last, score = d, hit.Score
			}
		}
	}
	if len(res.Hits) < len(docs) {
		e.log.Error("the index gave hits that are none")
	}
	seen := len(docs)
	if s.after != nil {
		seen += s.after.Seen
	}
	if last != nil && len(docs) == s.size && seen < res.Total {
		s.cursor = index.SealCursor(e.o.Key, tenant, &s.q, s.q.Position(last, score, seen))
	}
	return nil
}

// results makes the answer to a search of what was asked for it.
func (e *Engine) results(ctx context.Context, tenant string, s *search) (*index.Results, error) {
	if s.more { // more were written since they were counted
		again := s.q
		again.Found = 0
		return e.Search(ctx, tenant, again)
	}
	if err := e.facets(ctx, tenant, &s.q, s.aggs, s.counted, s.res); err != nil {
		return nil, err
	}
	s.res.Cursor = s.cursor
	return s.res, nil
}

// Count implements index.Engine.
func (e *Engine) Count(ctx context.Context, tenant string, plans []query.Plan) ([]int, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	reqs := make([]searchRequest, len(plans))
	for i, p := range plans {
		reqs[i] = searchRequest{Query: e.counted(tenant, p), Source: false, Total: true}
	}
	if len(reqs) == 0 {
		return nil, nil
	}
	answers, err := e.msearch(ctx, tenant, reqs...)
	if err != nil {
		return nil, err
	}
	out := make([]int, len(plans))
	for i, a := range answers {
		out[i] = a.Hits.Total.Value
	}
	return out, nil
}

// statusesAsked are the statuses that need a search of their own for FacetStatus: of a
// search for one status alone the total is known, unless it finds applications
// without any badge, too.
func statusesAsked(q query.Query) []verdict.Result {
	if !slices.Contains(q.Facets, query.FacetStatus) {
		return nil
	}
	return slices.DeleteFunc(query.FacetStatuses(), func(s verdict.Result) bool {
		return q.Plan.AsksBadge() && slices.Equal(q.Plan.Include, []verdict.Result{s})
	})
}

// facets reads the facets out of what was counted, and asks for what it lacks.
func (e *Engine) facets(ctx context.Context, tenant string, q *query.Query, aggs aggsResult, byStatus []searchResponse, res *index.Results) error {
	if aggs.Fresh[few].Others > 0 {
		a, err := e.ask(ctx, tenant, q, e.fewAggs(q.Plan))
		if err != nil {
			return err
		}
		maps.Copy(aggs.Fresh, a.Fresh)
	}
	var beyond aggsResult
	if aggs.Lapsed.Beyond.Count > 0 {
		var err error
		if beyond, err = e.ask(ctx, tenant, q, e.beyondAggs(q.Facets, q.Plan, nil)); err != nil {
			return err
		}
		if beyond.Lapsed.Beyond.Claims.cut() {
			if beyond, err = e.ask(ctx, tenant, q, e.beyondAggs(q.Facets, q.Plan, aggs.known(beyond))); err != nil {
				return err
			}
		}
	}
	lost, err := e.lost(ctx, tenant, q, &aggs, beyond)
	if err != nil {
		return err
	}
	counts := map[query.Facet]map[string]int{}
	missing := map[query.Facet][]string{}
	for _, f := range q.Facets {
		if _, ok := facetFields[f]; !ok {
			continue
		}
		m, lack := aggs.merge(f, beyond)
		counts[f] = m
		if len(lack) > 0 {
			missing[f] = lack
		}
	}
	if len(missing) > 0 {
		a, err := e.ask(ctx, tenant, q, e.missingAggs(missing, q.Plan))
		if err != nil {
			return err
		}
		for f := range missing {
			for v, n := range a.Fresh[string(f)].counts() {
				counts[f][v] += n
			}
		}
	}
	for f, m := range counts {
		for v, n := range lost[f] {
			if m[v] -= n; m[v] <= 0 {
				delete(m, v)
			}
		}
	}
	statuses := statusesAsked(*q)
	for _, f := range q.Facets {
		if f == query.FacetStatus {
			c := map[string]int{}
			if len(q.Plan.Include) == 1 {
				c[string(q.Plan.Include[0])] = res.Total
			}
			for i, s := range statuses {
				c[string(s)] = byStatus[i].Hits.Total.Value
			}
			res.AddFacet(f, c)
		} else if c, ok := counts[f]; ok {
			res.AddFacet(f, c)
		}
	}
	return nil
}

// lost gives how often values of the flat copies were lost, by facet, and asks for more
// of those until what was lost cannot hide what is to be shown.
func (e *Engine) lost(ctx context.Context, tenant string, q *query.Query, aggs *aggsResult, beyond aggsResult) (map[query.Facet]map[string]int, error) {
	cut := aggs.Lapsed.States.InForce.Lost.Others > 0
	for size := maxFresh; ; {
		if cut {
			a, err := e.ask(ctx, tenant, q, aggs.lostAggs(q.Plan, beyond))
			if err != nil {
				return nil, err
			}
			aggs.Lapsed.States = a.Lapsed.States
		}
		lost := aggs.lost(q.Plan.Blind)
		size *= 8
		whole := true
		for f := range facetFields {
			if aggs.enough(f, lost[f]) {
				continue
			}
			whole = false
			a, err := e.ask(ctx, tenant, q, e.freshAggs(f, q.Plan, size))
			if err != nil {
				return nil, err
			}
			maps.Copy(aggs.Fresh, a.Fresh)
		}
		if whole {
			return lost, nil
		}
	}
}

// ask asks for more aggregations of a search.
func (e *Engine) ask(ctx context.Context, tenant string, q *query.Query, aggs object) (aggsResult, error) {
	more, err := e.msearch(ctx, tenant, searchRequest{Query: e.counted(tenant, q.Plan), Source: false, Aggs: aggs})
	if err != nil {
		return aggsResult{}, err
	}
	return e.aggregations(tenant, more[0])
}

// aggregations reads the aggregations of an answer, and refuses those that
// counted another tenant's documents, whatever the filter said.
func (e *Engine) aggregations(tenant string, r searchResponse) (aggsResult, error) {
	var a aggsResult
	if r.Aggs == nil {
		return a, nil
	}
	if err := json.Unmarshal(r.Aggs, &a); err != nil {
		return a, fmt.Errorf("%w: facets: %w", index.ErrUnavailable, err)
	}
	for _, m := range []map[string]facetResult{a.Fresh, a.Claims.Eff, a.Lapsed.Beyond.Claims.Eff} {
		facetSums(m)
	}
	for t := range a.Tenants.counts() {
		if t != tenant {
			return aggsResult{}, fmt.Errorf("facets: %w", index.ErrForeign)
		}
	}
	return a, nil
}

// Suggest implements index.Engine: the last word of prefix begins a word of the
// text that a kind goes by, the words before it stand in it whole.
func (e *Engine) Suggest(ctx context.Context, tenant string, kind index.SuggestionKind, prefix string, n int) ([]index.Suggestion, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	w := skills.Words(prefix)
	if len(w) == 0 || n <= 0 {
		return nil, nil
	}
	verified := status([]verdict.Result{verdict.Verified}, e.now().Unix())
	begins := func(field string) []object {
		return append(terms(field, w[:len(w)-1]), object{"prefix": object{field: w[len(w)-1]}})
	}
	if by, ok := suggestFields[kind]; ok {
		holds := []object{verified, isClear("claims.")}
		return e.suggestValues(ctx, tenant, kind, by.value, both(append(begins(by.words), holds...)), both(holds), n)
	}
	fits := both(append(begins("claims.label_words"), verified,
		either([]object{isClear("claims."), {"exists": object{"field": "claims.skill"}}})))
	// The server counts labels; a label may stand for several skills, so that the
	// order of labels is not that of suggestions: where one left out could belong
	// among the first n, more are asked for.
	for labels := 4 * n; ; labels *= 8 {
		out, least, err := e.suggest(ctx, tenant, fits, min(labels, maxLabels))
		if err != nil {
			return nil, err
		}
		if least == 0 || labels >= maxLabels || len(out) >= n && out[n-1].Count > least {
			return out[:min(n, len(out))], nil
		}
	}
}

// suggestFields gives, for the kinds beside skills, the field of what is suggested
// and that of the words that it goes by.
var suggestFields = map[index.SuggestionKind]struct{ value, words string }{
	index.SuggestCertificate: {"claims.certificate", "claims.title_words"},
	index.SuggestIssuer:      {"claims.issuer", "claims.issuer_words"},
}

// suggestValues gives the values of claims that fit, counted over all claims that
// hold: those of one value need not have the same words.
func (e *Engine) suggestValues(ctx context.Context, tenant string, kind index.SuggestionKind, field string, fits, holds object, n int) ([]index.Suggestion, error) {
	type buckets struct {
		Buckets []struct {
			Key  string `json:"key"`
			Apps struct {
				Count int `json:"doc_count"`
			} `json:"apps"`
			Names termsResult `json:"names"`
		} `json:"buckets"`
	}
	ask := func(filter, values object) (buckets, error) {
		res, err := e.msearch(ctx, tenant, searchRequest{
			Query: object{"bool": object{"filter": []object{
				e.counted(tenant, query.Plan{}),
				{"nested": object{"path": "claims", "query": filter}},
			}}},
			Source: false,
			Aggs: object{"tenants": tenants, "claims": object{"nested": object{"path": "claims"}, "aggs": object{
				"fits": object{"filter": filter, "aggs": object{"values": values}},
			}}},
		})
		if err != nil {
			return buckets{}, err
		}
		if _, err := e.aggregations(tenant, res[0]); err != nil {
			return buckets{}, err
		}
		var a struct {
			Claims struct {
				Fits struct {
					Values buckets `json:"values"`
				} `json:"fits"`
			} `json:"claims"`
		}
		if err := json.Unmarshal(res[0].Aggs, &a); err != nil {
			return buckets{}, fmt.Errorf("%w: suggestions: %w", index.ErrUnavailable, err)
		}
		return a.Claims.Fits.Values, nil
	}
	found, err := ask(fits, object{"terms": object{"field": field, "size": maxLabels}})
	if err != nil || len(found.Buckets) == 0 {
		return nil, err
	}
	values := make([]string, len(found.Buckets))
	for i, b := range found.Buckets {
		values[i] = b.Key
	}
	counted := claimTerms(field, len(values), values)
	if kind == index.SuggestIssuer {
		counted["aggs"].(object)["names"] = object{"terms": object{"field": "claims.issuer_name", "size": query.MaxBuckets}}
	}
	found, err = ask(both([]object{holds, {"terms": object{field: values}}}), counted)
	if err != nil {
		return nil, err
	}
	var out []index.Suggestion
	for _, b := range found.Buckets {
		s := index.Suggestion{Kind: kind, Label: b.Key, Count: b.Apps.Count}
		if kind == index.SuggestIssuer {
			s.Label, s.ID = "", b.Key
			best := 0
			for name, k := range b.Names.counts() { // as most of its claims name it
				if k > best || k == best && name < s.Label {
					s.Label, best = name, k
				}
			}
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b index.Suggestion) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Label, b.Label), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(n, len(out))], nil
}

// maxLabels bounds the labels that suggestions are looked for among.
const maxLabels = 5000

// suggest counts the skills of the most frequent labels whose claims fit. least
// is the count of the last label when there are more, else 0.
func (e *Engine) suggest(ctx context.Context, tenant string, fits object, labels int) (out []index.Suggestion, least int, err error) {
	byFramework := claimTerms("claims.framework", query.MaxBuckets, nil)
	byFramework["terms"].(object)["missing"] = ""
	bySkill := object{"terms": object{"field": "claims.skill", "size": query.MaxBuckets, "missing": ""}, "aggs": object{"framework": byFramework}}
	byLabel := claimTerms("claims.label", labels, nil)
	byLabel["aggs"].(object)["skill"] = bySkill
	res, err := e.msearch(ctx, tenant, searchRequest{
		Query: object{"bool": object{"filter": []object{
			e.counted(tenant, query.Plan{Root: query.Cond{Op: query.OpAll}}),
			{"nested": object{"path": "claims", "query": fits}},
		}}},
		Source: false,
		Aggs: object{"tenants": tenants, "claims": object{"nested": object{"path": "claims"}, "aggs": object{
			"fits": object{"filter": fits, "aggs": object{"label": byLabel}},
		}}},
	})
	if err != nil {
		return nil, 0, err
	}
	if _, err := e.aggregations(tenant, res[0]); err != nil {
		return nil, 0, err
	}
	var a struct {
		Claims struct {
			Fits struct {
				Label struct {
					Others  int `json:"sum_other_doc_count"`
					Buckets []struct {
						Key  string `json:"key"`
						Apps struct {
							Count int `json:"doc_count"`
						} `json:"apps"`
						Skill struct {
							Buckets []struct {
								Key       string      `json:"key"`
								Framework termsResult `json:"framework"`
							} `json:"buckets"`
						} `json:"skill"`
					} `json:"buckets"`
				} `json:"label"`
			} `json:"fits"`
		} `json:"claims"`
	}
	if err := json.Unmarshal(res[0].Aggs, &a); err != nil {
		return nil, 0, fmt.Errorf("%w: suggestions: %w", index.ErrUnavailable, err)
	}
	for _, l := range a.Claims.Fits.Label.Buckets {
		for _, s := range l.Skill.Buckets {
			for f, c := range s.Framework.counts() {
				out = append(out, index.Suggestion{Kind: index.SuggestSkill, Label: l.Key, ID: s.Key, Framework: f, Count: c})
			}
		}
		if a.Claims.Fits.Label.Others > 0 {
			least = l.Apps.Count
		}
	}
	slices.SortFunc(out, func(a, b index.Suggestion) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Label, b.Label), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Framework, b.Framework))
	})
	return out, least, nil
}

// Get implements index.Engine. It sees what was written a moment ago.
func (e *Engine) Get(ctx context.Context, tenant, application string) (*record.Application, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	err := error(index.ErrNotFound)
	for _, id := range index.IDs(e.o.Key, tenant, application) {
		var app *record.Application
		if app, err = e.get(ctx, tenant, id, ""); !errors.Is(err, index.ErrNotFound) {
			return app, err
		}
	}
	return nil, err
}

// Version implements index.Engine. It sees what was written a moment ago.
func (e *Engine) Version(ctx context.Context, tenant, application string) (int64, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return 0, err
	}
	err := error(index.ErrNotFound)
	for _, id := range index.IDs(e.o.Key, tenant, application) {
		var app *record.Application
		if app, err = e.get(ctx, tenant, id, "&_source_includes=id,tenant,version,erased"); err == nil {
			return app.Version, nil
		}
		if !errors.Is(err, index.ErrNotFound) {
			return 0, err
		}
	}
	return 0, err
}

// get reads one document, or of it what is asked for.
func (e *Engine) get(ctx context.Context, tenant, id, of string) (*record.Application, error) {
	var a struct {
		Found  bool               `json:"found"`
		Source record.Application `json:"_source"`
	}
	err := e.call(ctx, http.MethodGet, "/"+e.alias+"/_doc/"+url.PathEscape(id)+"?routing="+url.QueryEscape(tenant)+of, nil, &a)
	switch {
	case failed(err, http.StatusNotFound) && err.(*failure).kind == "":
		return nil, index.ErrNotFound // with a type, it is the index that is missing
	case err != nil:
		return nil, unavailable(err)
	case a.Source.Tenant != tenant || a.Source.ID != id:
		return nil, index.ErrNotFound
	case a.Source.Erased:
		return nil, index.ErrErased
	}
	return &a.Source, nil
}

// Scan implements index.Engine. It reads the index as it stands at the call.
func (e *Engine) Scan(ctx context.Context, tenant string, fn func(*record.Application) error) error {
	asked := object{"bool": object{"filter": []object{{"term": object{"erased": false}}}}}
	routing := ""
	if tenant != "" {
		if err := record.CheckToken("tenant", tenant); err != nil {
			return err
		}
		asked = e.counted(tenant, query.Plan{Root: query.Cond{Op: query.OpAll}})
		routing = tenant
	}
	return e.each(ctx, e.alias, routing, asked, scanPage, func(_ int64, source json.RawMessage) error {
		var a record.Application
		if err := json.Unmarshal(source, &a); err != nil {
			return fmt.Errorf("document in the index: %w", err)
		}
		if tenant != "" && a.Tenant != tenant {
			return nil
		}
		return fn(&a)
	})
}

const (
	scanPage  = 200
	scanAlive = "2m" // a point in time waits so long for its next page
)

// each calls fn for every document of an index that fits, at one point in time.
func (e *Engine) each(ctx context.Context, name, routing string, query object, page int, fn func(version int64, source json.RawMessage) error) error {
	path := "/" + url.PathEscape(name) + "/_pit?keep_alive=" + scanAlive
	if routing != "" {
		path += "&routing=" + url.QueryEscape(routing)
	}
	var pit struct {
		ID string `json:"id"`
	}
	if err := e.call(ctx, http.MethodPost, path, nil, &pit); err != nil {
		return fmt.Errorf("scan: %w", unavailable(err))
	}
	defer func() {
		// Also when ctx is over: a point in time holds segments on the server.
		c, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = e.call(c, http.MethodDelete, "/_pit", object{"id": pit.ID}, nil)
	}()
	var after []any
	for {
		req := object{
			"query":            query,
			"size":             page,
			"sort":             []string{"_shard_doc"},
			"pit":              object{"id": pit.ID, "keep_alive": scanAlive},
			"version":          true,
			"track_total_hits": false,
		}
		if after != nil {
			req["search_after"] = after
		}
		var res struct {
			PIT  string `json:"pit_id"`
			Hits struct {
				Hits []struct {
					Version int64             `json:"_version"`
					Source  json.RawMessage   `json:"_source"`
					Sort    []json.RawMessage `json:"sort"`
				} `json:"hits"`
			} `json:"hits"`
		}
		if err := e.call(ctx, http.MethodPost, "/_search?allow_partial_search_results=false", req, &res); err != nil {
			return fmt.Errorf("scan: %w", unavailable(err))
		}
		if res.PIT != "" {
			pit.ID = res.PIT
		}
		for _, h := range res.Hits.Hits {
			if err := fn(h.Version, h.Source); err != nil {
				return err
			}
		}
		if len(res.Hits.Hits) < page {
			return nil
		}
		after = nil
		for _, s := range res.Hits.Hits[len(res.Hits.Hits)-1].Sort {
			after = append(after, s)
		}
	}
}
