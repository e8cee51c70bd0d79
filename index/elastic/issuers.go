package elastic

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
)

// unbarred keeps the claims of barred issuers out of those that a filter holds for.
func unbarred(p query.Plan, filter object) object {
	if len(p.Barred) == 0 {
		return filter
	}
	return object{"bool": object{"filter": filter, "must_not": object{"terms": object{"claims.issuer": p.Barred}}}}
}

const (
	issuersPage = 2000
	maxTerms    = 10000 // issuers that one query names; of more, all applications are read
	decidePage  = 250   // applications

	// exactly is up to how many applicants of an issuer are counted one by one. More
	// of it costs memory in the server for each of issuersPage: 16 KiB as it is.
	exactly = 3000
)

// Issuers implements index.Engine.
func (e *Engine) Issuers(ctx context.Context, tenant string) ([]index.IssuerCount, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	var out []index.IssuerCount
	var after object
	for {
		pages := object{"size": issuersPage, "sources": []object{{"issuer": object{"terms": object{"field": "claims.issuer"}}}}}
		if after != nil {
			pages["after"] = after
		}
		res, err := e.msearch(ctx, tenant, searchRequest{
			Query:  e.counted(tenant, query.Plan{Root: query.Cond{Op: query.OpAll}}),
			Source: false,
			Aggs: object{"tenants": tenants, "claims": object{"nested": object{"path": "claims"}, "aggs": object{
				"issuers": object{"composite": pages, "aggs": object{"apps": object{"reverse_nested": object{}, "aggs": object{
					"people": object{"cardinality": object{"field": "candidate", "precision_threshold": exactly}},
					"keyed":  object{"value_count": object{"field": "candidate"}},
				}}}},
			}}},
		})
		if err != nil {
			return nil, err
		}
		if _, err := e.aggregations(tenant, res[0]); err != nil {
			return nil, err
		}
		type value struct {
			Value int `json:"value"`
		}
		var a struct {
			Claims struct {
				Issuers struct {
					After   object `json:"after_key"`
					Buckets []struct {
						Key struct {
							Issuer string `json:"issuer"`
						} `json:"key"`
						Apps struct {
							Count  int   `json:"doc_count"`
							People value `json:"people"`
							Keyed  value `json:"keyed"` // applications of which the candidate is known
						} `json:"apps"`
					} `json:"buckets"`
				} `json:"issuers"`
			} `json:"claims"`
		}
		if err := json.Unmarshal(res[0].Aggs, &a); err != nil {
			return nil, fmt.Errorf("%w: issuers: %w", index.ErrUnavailable, err)
		}
		for _, b := range a.Claims.Issuers.Buckets {
			keyed := min(b.Apps.Keyed.Value, b.Apps.Count)
			out = append(out, index.IssuerCount{ID: b.Key.Issuer, Applications: b.Apps.Count,
				Applicants: b.Apps.Count - keyed + min(b.Apps.People.Value, keyed), About: b.Apps.People.Value > exactly})
		}
		if after = a.Claims.Issuers.After; after == nil || len(a.Claims.Issuers.Buckets) < issuersPage {
			break
		}
	}
	slices.SortFunc(out, index.IssuerCount.Compare)
	return out, nil
}

// ScanIssuers implements index.Engine. What was written a moment ago is seen: the
// index is refreshed first.
func (e *Engine) ScanIssuers(ctx context.Context, tenant string, issuers []string, after string, fn func(*record.Application) error) error {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return err
	}
	if issuers != nil && len(issuers) == 0 {
		return nil
	}
	filter := []object{e.counted(tenant, query.Plan{Root: query.Cond{Op: query.OpAll}})}
	if issuers != nil && len(issuers) <= maxTerms {
		filter = append(filter, join("claims", []object{{"terms": object{"claims.issuer": issuers}}}, nil))
	}
	if err := e.Refresh(ctx); err != nil {
		return fmt.Errorf("scan: %w", unavailable(err))
	}
	for {
		req := object{"query": both(filter), "size": decidePage, "sort": []object{{"id": "asc"}}, "track_total_hits": false,
			"_source": object{"excludes": []string{"claimed", "later"}}}
		if after != "" {
			req["search_after"] = []string{after}
		}
		var res struct {
			Hits struct {
				Hits []struct {
					Source *record.Application `json:"_source"`
				} `json:"hits"`
			} `json:"hits"`
		}
		path := "/" + e.alias + "/_search?allow_partial_search_results=false&routing=" + url.QueryEscape(tenant)
		if err := e.call(ctx, http.MethodPost, path, req, &res); err != nil {
			return fmt.Errorf("scan: %w", unavailable(err))
		}
		for _, h := range res.Hits.Hits {
			switch {
			case h.Source == nil:
				return fmt.Errorf("scan: %w: a hit without a document", index.ErrUnavailable)
			case h.Source.Tenant != tenant || h.Source.Erased:
				return fmt.Errorf("scan: %w", index.ErrForeign)
			}
			after = h.Source.ID
			if err := fn(h.Source); err != nil {
				return err
			}
		}
		if len(res.Hits.Hits) < decidePage {
			return nil
		}
	}
}
