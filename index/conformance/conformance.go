// Package conformance holds every index.Engine to one behaviour. Run is a test
// suite: what an engine finds is compared with what a person wrote down and with
// query.Plan.Match, which is the meaning of a query.
//
// Out of scope: how an engine fails when its server does; that is its own
// package's test.
package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
	"assay/verify/verdict"

	"github.com/google/go-cmp/cmp"
)

// Key is the id key that engines under test are opened with.
var Key = []byte("key of the conformance suite")

// Now is the moment at which the suite's queries judge expiry.
var Now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// Run runs the suite, its groups beside each other, each on an engine of its own.
// open gives an empty engine under Key, and sees to its end; an engine whose
// writes are seen late has a method Refresh(context.Context) error.
func Run(t *testing.T, open func(t *testing.T) index.Engine) {
	s := &suite{open: open}
	groups := []struct {
		name string
		run  func(t *testing.T)
	}{
		{"write", s.write},
		{"erase", s.erase},
		{"search", s.search},
		{"facets", s.facets},
		{"paging", s.paging},
		{"why", s.why},
		{"suggest", s.suggest},
		{"sections", s.sections},
		{"edges", s.edges},
		{"expiry", s.expiry},
		{"many", s.many},

		{"issuers", s.issuers},
		{"holders", s.holders},
		{"tenants", s.tenants},
		{"blind", s.blind},
		{"bad", s.bad},
		{"scan", s.scan},
		{"rebuild", s.rebuild},
		{"random", s.random},
		{"forgers", s.forgers},
	}
	var ran atomic.Int64
	t.Cleanup(func() { // when all groups have ended
		t.Logf("conformance: %d cases", s.cases.Load())
		// With -run, a part of the suite was asked for; without an engine, none.
		if int(ran.Load()) == len(groups) && s.cases.Load() < MinCases {
			t.Errorf("the suite ran %d cases, want %d at least", s.cases.Load(), MinCases)
		}
	})
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			g.run(t)
			ran.Add(1) // not when it was skipped
		})
	}
}

// MinCases is how many cases an engine is held to at least.
const MinCases = 150

type suite struct {
	open  func(t *testing.T) index.Engine
	cases atomic.Int64
}

// run runs one case of the suite.
func (s *suite) run(t *testing.T, desc string, f func(t *testing.T)) {
	t.Helper()
	s.cases.Add(1)
	t.Run(strings.ReplaceAll(desc, "/", "|"), f)
}

// Refresh makes writes visible to searches.
func Refresh(ctx context.Context, e index.Engine) error {
	if r, ok := e.(interface{ Refresh(context.Context) error }); ok {
		return r.Refresh(ctx)
	}
	return nil
}

func refresh(t *testing.T, e index.Engine) {
	t.Helper()
	if err := Refresh(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

// put writes documents that must all be taken.
func put(t *testing.T, e index.Engine, docs ...record.Application) {
	t.Helper()
	for i, o := range e.Write(t.Context(), docs) {
		if o.Err != nil || o.Superseded || o.ID != docs[i].ID {
			t.Fatalf("Write of %s: %+v", docs[i].Application, o)
		}
	}
	refresh(t, e)
}

// ask makes a query that must be right.
func ask(t *testing.T, text string, o query.Options) query.Query {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = Now
	}
	q, err := query.New(text, o)
	if err != nil {
		t.Fatalf("query %q: %v", text, err)
	}
	return q
}

func search(t *testing.T, e index.Engine, tenant, text string, o query.Options) *index.Results {
	t.Helper()
	r, err := e.Search(t.Context(), tenant, ask(t, text, o))
	if err != nil {
		t.Fatalf("search %q: %v", text, err)
	}
	return r
}

func names(r *index.Results) []string {
	var out []string
	for _, h := range r.Hits {
		out = append(out, h.Application)
	}
	return out
}

// expected is what a query must give, worked out from the documents alone.
type expected struct {
	docs   []*record.Application // in the order of hits
	hits   []string              // their ids
	scores []int
	facets map[query.Facet]map[string]int
}

// everyone stands for all tenants together: what an engine that keeps none apart
// would answer for.
const everyone = ""

// oracle works a query out over a tenant's documents with query.Plan.Match and
// query.Plan.CountFacets.
func oracle(docs []record.Application, tenant string, q *query.Query) expected {
	type hit struct {
		a   *record.Application
		pos query.Position
	}
	want := expected{facets: map[query.Facet]map[string]int{}}
	for _, f := range q.Facets {
		want.facets[f] = map[string]int{}
	}
	var hits []hit
	for i := range docs {
		a := &docs[i]
		if tenant != everyone && a.Tenant != tenant || a.Erased {
			continue
		}
		for _, s := range query.FacetStatuses() {
			p := q.Plan.WithInclude(s)
			if _, _, ok := p.Match(a); ok && want.facets[query.FacetStatus] != nil {
				want.facets[query.FacetStatus][string(s)]++
			}
		}
		score, _, ok := q.Plan.Match(a)
		if !ok {
			continue
		}
		pos := query.Position{Score: score, Fresh: a.Breadth.Fresh(), Breadth: a.Breadth.Skills, Applied: a.AppliedAt.UnixMilli(), ID: a.ID}
		if q.Sort == query.SortBreadth {
			// Whoever asks for the broadest asks for what holds now.
			pos.Breadth = record.BreadthOf(a, q.Plan.Now).Skills
		}
		hits = append(hits, hit{a, pos})
		q.Plan.CountFacets(a, q.Facets, func(f query.Facet, v string) { want.facets[f][v]++ })
	}
	slices.SortFunc(hits, func(a, b hit) int {
		if q.Sort.Before(a.pos, b.pos) {
			return -1
		}
		return 1
	})
	for _, h := range hits {
		want.docs = append(want.docs, h.a)
		want.hits = append(want.hits, h.pos.ID)
		want.scores = append(want.scores, h.pos.Score)
	}
	return want
}

// differs compares the first page of a search with what it must be: hits, their
// order and scores, the total, and every facet. "" means that nothing differs.
func (want expected) differs(q *query.Query, got *index.Results) string {
	var ids []string
	var scores []int
	for _, h := range got.Hits {
		ids = append(ids, h.ID)
		scores = append(scores, h.Score)
	}
	n := min(q.Size, len(want.hits))
	if got.Total != len(want.hits) {
		return fmt.Sprintf("total is %d, want %d", got.Total, len(want.hits))
	}
	if d := cmp.Diff(slices.Clip(want.hits[:n]), ids, equateEmpty); d != "" {
		return "hits (-want +got):\n" + d
	}
	if d := cmp.Diff(slices.Clip(want.scores[:n]), scores, equateEmpty); d != "" {
		return "scores (-want +got):\n" + d
	}
	if len(got.Facets) != len(q.Facets) {
		return fmt.Sprintf("%d facets, want %d", len(got.Facets), len(q.Facets))
	}
	ref := index.NewResults(q)
	for _, f := range q.Facets {
		ref.AddFacet(f, want.facets[f])
	}
	for i, f := range got.Facets {
		if d := cmp.Diff(strip(ref.Facets[i]), strip(f), equateEmpty); d != "" {
			return "facet " + string(f.Facet) + " (-want +got):\n" + d
		}
	}
	return ""
}

var equateEmpty = cmp.FilterValues(func(a, b any) bool { return isEmpty(a) && isEmpty(b) }, cmp.Ignore())

func isEmpty(v any) bool {
	switch v := v.(type) {
	case []string:
		return len(v) == 0
	case []int:
		return len(v) == 0
	case []index.Bucket:
		return len(v) == 0
	}
	return false
}

// strip takes labels out: they come from the hits and the frameworks.
func strip(f index.FacetCounts) index.FacetCounts {
	b := slices.Clone(f.Buckets)
	for i := range b {
		b[i].Label = ""
	}
	f.Buckets = b
	return f
}

// check runs a query on an engine and compares the first page with the oracle.
func check(ctx context.Context, e index.Engine, docs []record.Application, tenant string, q query.Query) error {
	got, err := e.Search(ctx, tenant, q)
	if err != nil {
		return fmt.Errorf("search %q: %w", q.Text, err)
	}
	if d := oracle(docs, tenant, &q).differs(&q, got); d != "" {
		return fmt.Errorf("search %q as %s: %s", q.Text, tenant, d)
	}
	for _, h := range got.Hits {
		if h.Tenant != tenant {
			return fmt.Errorf("search %q as %s: hit of %s", q.Text, tenant, h.Tenant)
		}
	}
	return nil
}

// pass is an aspect that was asked and is good.
var pass = verdict.Aspect{State: verdict.Pass}
