package elastic

import (
	"encoding/json"
	"fmt"
	"testing"

	"assay/index/query"
)

// After values were lost, more of those that all have are asked for where one behind
// those that are known could be among the first that are shown.
func TestLostFacets(t *testing.T) {
	// 150 are known, from 160 down to 11 times, and there are more.
	var known termsResult
	known.Others = 1000
	for i := range 150 {
		known.Buckets = append(known.Buckets, struct {
			Key   json.RawMessage `json:"key"`
			Count int             `json:"doc_count"`
			Apps  *struct {
				Count int `json:"doc_count"`
			} `json:"apps"`
		}{Key: fmt.Appendf(nil, "%q", fmt.Sprintf("v%03d", i)), Count: 160 - i})
	}
	a := aggsResult{Fresh: map[string]facetResult{string(query.FacetIssuer): {termsResult: known}}}
	lost := func(n, each int) map[string]int {
		m := map[string]int{}
		for i := range n {
			m[fmt.Sprintf("v%03d", i)] = each
		}
		return m
	}
	for _, c := range []struct {
		what string
		lost map[string]int
		want bool
	}{
		{"nothing", nil, true},
		{"one of each of the first", lost(60, 1), true},
		{"all of fifty", lost(50, 200), true},
		{"all of fifty-one", lost(51, 200), false},
		{"fifty, down to as many as the last has", lost(50, 149), true},
		{"sixty of those, down to fewer", lost(60, 150), false},
		{"what is not known", map[string]int{"w": 7}, true},
	} {
		if got := a.enough(query.FacetIssuer, c.lost); got != c.want {
			t.Errorf("%s lost: %v, want %v", c.what, got, c.want)
		}
	}
	known.Others = 0
	a.Fresh[string(query.FacetIssuer)] = facetResult{termsResult: known}
	if !a.enough(query.FacetIssuer, lost(150, 200)) {
		t.Error("there is nothing behind them")
	}
}
