package local

import (
	"context"
	"testing"

	"assay/index"
	"assay/index/conformance"
	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// What a question has found is used again by its next searches, and only by those to which
// it is the answer: not after a write, for another tenant, at another moment, or blind.
func TestMemoryOfAQuestion(t *testing.T) {
	e := open(t)
	rival := record.New(conformance.Key, record.Submission{Tenant: "rival", Application: "one"}, []record.Entry{{
		Verdict: verdict.Verdict{Result: verdict.Verified}, Skills: []skills.Skill{{Label: "zither", Basis: skills.BasisUnmapped}}}}, nil)
	add := func(docs ...record.Application) {
		t.Helper()
		for i := range docs {
			docs[i].Version = 1
		}
		put(t, e, docs...)
	}
	add(named("one", "Mia Potter", 1), named("two", "Zoe Potter", 2), rival)
	q, err := query.New("zither", query.Options{Exact: true})
	if err != nil {
		t.Fatal(err)
	}
	count := func(ctx context.Context, tenant string, p query.Plan) int {
		t.Helper()
		n, err := e.Count(ctx, tenant, []query.Plan{p})
		if err != nil {
			t.Fatal(err)
		}
		return n[0]
	}
	ctx := index.WithMemory(t.Context())
	r, err := e.Search(ctx, "acme", q)
	if err != nil {
		t.Fatal(err)
	}
	kept := index.MemoryOf(ctx).Take().(worked)
	for key := range kept.met {
		kept.met[key] = kept.met[key][:1] // as if it had found one alone
	}
	index.MemoryOf(ctx).Keep(kept)
	if r.Total != 2 || count(ctx, "acme", q.Plan) != 1 || len(kept.met) == 0 {
		t.Fatalf("%d found, %d counted, %d are remembered", r.Total, count(ctx, "acme", q.Plan), len(kept.met))
	}
	later, blind := q.Plan, q.Plan
	later.Now++
	blind.Blind = true
	for name, ask := range map[string]func(ctx context.Context) int{
		"of another tenant": func(ctx context.Context) int { return count(ctx, "rival", q.Plan) },
		"at another moment": func(ctx context.Context) int { return count(ctx, "acme", later) },
		"blind":             func(ctx context.Context) int { return count(ctx, "acme", blind) },
		"after a write": func(ctx context.Context) int {
			add(named("three", "Ada Potter", 3))
			return count(ctx, "acme", q.Plan)
		},
	} {
		ctx := index.WithMemory(t.Context())
		if _, err := e.Search(ctx, "acme", q); err != nil {
			t.Fatal(err)
		}
		kept := index.MemoryOf(ctx).Take().(worked)
		for key := range kept.met {
			kept.met[key] = nil
		}
		index.MemoryOf(ctx).Keep(kept)
		if got, want := ask(ctx), ask(t.Context()); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}
