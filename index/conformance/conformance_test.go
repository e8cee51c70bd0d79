package conformance

import (
	"context"
	"errors"
	"flag"
	"testing"
	"time"

	"assay/index"
	"assay/index/query"
	"assay/index/record"
)

// No run that counts asks fewer pairs than a whole one.
func TestPairs(t *testing.T) {
	short := flag.Lookup("test.short").Value.String()
	defer func() { _ = flag.Set("test.short", short) }()
	for _, c := range []struct {
		require, pairs, short string
		want                  int
	}{
		{"", "", "false", DefaultPairs},
		{"", "", "true", 500},
		{"", "300", "false", 300},
		{"", "300", "true", 300},
		{"", "20000", "true", 20000},
		{"elasticsearch", "", "false", DefaultPairs},
		{"elasticsearch", "", "true", DefaultPairs},
		{"elasticsearch", "300", "false", DefaultPairs},
		{"elasticsearch", "20000", "false", 20000},
	} {
		t.Setenv("ASSAY_REQUIRE", c.require)
		t.Setenv("ASSAY_ISOLATION_PAIRS", c.pairs)
		if err := flag.Set("test.short", c.short); err != nil {
			t.Fatal(err)
		}
		if n := Pairs(t); n != c.want {
			t.Errorf("ASSAY_REQUIRE=%q ASSAY_ISOLATION_PAIRS=%q -short=%s: %d pairs, want %d", c.require, c.pairs, c.short, n, c.want)
		}
	}
}

// keeper is an engine of documents that answers as reference does: with one
// fault, where leaks names a kind of answer.
type keeper struct {
	reference
	leaks Kind
}

func (k *keeper) Write(_ context.Context, docs []record.Application) []index.Outcome {
	k.docs, k.now = docs, time.Now().Unix()
	return make([]index.Outcome, len(docs))
}

func (k *keeper) as(kind Kind) reference {
	r := k.reference
	r.open = kind == k.leaks
	return r
}

func (k *keeper) Searches(ctx context.Context, tenant string, list []query.Query) ([]*index.Results, error) {
	return index.OneByOne(list, func(q query.Query) (*index.Results, error) { return k.Search(ctx, tenant, q) })
}

func (k *keeper) Search(ctx context.Context, tenant string, q query.Query) (*index.Results, error) {
	res, err := k.reference.Search(ctx, tenant, q)
	if err != nil {
		return nil, err
	}
	all, err := k.as(k.leaks).Search(ctx, tenant, q)
	if err != nil {
		return nil, err
	}
	switch k.leaks {
	case KindHits:
		if q.Size <= query.MaxSize {
			res.Hits = all.Hits
		}
	case KindTotal:
		res.Total = all.Total
	case KindFacets:
		res.Facets = all.Facets
	case KindExport:
		if q.Size > query.MaxSize {
			return all, nil
		}
	}
	return res, nil
}

func (k *keeper) Count(ctx context.Context, tenant string, plans []query.Plan) ([]int, error) {
	return k.as(KindCounts).Count(ctx, tenant, plans)
}

func (k *keeper) Suggest(ctx context.Context, tenant string, kind index.SuggestionKind, prefix string, n int) ([]index.Suggestion, error) {
	return k.as(KindSuggestions).Suggest(ctx, tenant, kind, prefix, n)
}

func (k *keeper) Scan(ctx context.Context, tenant string, fn func(*record.Application) error) error {
	return k.as(KindScan).Scan(ctx, tenant, fn)
}

// Whatever kind of answer leaks alone, Isolation says so; without a leak it is
// silent, and a failure is no leak.
func TestIsolationNamesTheLeak(t *testing.T) {
	if err := Isolation(t.Context(), &keeper{}, 3, 400); err != nil {
		t.Errorf("without a leak: %v", err)
	}
	for _, kind := range Kinds() {
		if kind == KindRole || kind == KindSections {
			continue // made of searches
		}
		err := Isolation(t.Context(), &keeper{leaks: kind}, 3, 400)
		var l *Leak
		// Sections go by counts: they are of no kind where those alone leak.
		if err == nil || kind != KindCounts && (!errors.As(err, &l) || l.Kind != kind) {
			t.Errorf("%s leak: %v", kind, err)
		}
	}
	err := Isolation(t.Context(), &slow{}, 3, 400)
	var l *Leak
	if !errors.Is(err, index.ErrUnavailable) || errors.As(err, &l) {
		t.Errorf("an engine that does not answer: %v", err)
	}
}

// slow takes documents and answers nothing.
type slow struct{ keeper }

func (*slow) Search(context.Context, string, query.Query) (*index.Results, error) {
	return nil, index.ErrUnavailable
}
