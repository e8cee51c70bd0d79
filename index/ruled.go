package index

import (
	"cmp"
	"context"
	"slices"

	"assay/index/query"
	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"
)

// Ruled is an Engine that answers by what employers have decided since its
// documents were written: claims of issuers that are blocked count for nothing in a
// search, a match or a suggestion, and one application is shown as it would be
// decided now.
type Ruled struct {
	Engine
	// Barred gives the issuers, by the ids that claims have, that a tenant blocks and
	// that stand in the index as before; none for nil.
	Barred func(tenant string) []string
	// Decide gives what decides a verdict by a tenant's policy, nil where that is not
	// known: then only what is barred shows.
	Decide   func(tenant string) func(*verdict.Verdict)
	Taxonomy func() *skills.Taxonomy // of suggestions
}

// Search implements Engine.
func (e *Ruled) Search(ctx context.Context, tenant string, q query.Query) (*Results, error) {
	q.Plan = q.Plan.Bar(e.Barred(tenant))
	return e.Engine.Search(ctx, tenant, q)
}

// Searches implements Engine.
func (e *Ruled) Searches(ctx context.Context, tenant string, list []query.Query) ([]*Results, error) {
	barred := e.Barred(tenant)
	asked := slices.Clone(list)
	for i := range asked {
		asked[i].Plan = asked[i].Plan.Bar(barred)
	}
	return e.Engine.Searches(ctx, tenant, asked)
}

// Count implements Engine.
func (e *Ruled) Count(ctx context.Context, tenant string, plans []query.Plan) ([]int, error) {
	barred := e.Barred(tenant)
	asked := make([]query.Plan, len(plans))
	for i, p := range plans {
		asked[i] = p.Bar(barred)
	}
	return e.Engine.Count(ctx, tenant, asked)
}

// Suggest implements Engine. Where an issuer is barred, each suggestion is counted by
// a search.
func (e *Ruled) Suggest(ctx context.Context, tenant string, kind SuggestionKind, prefix string, n int) ([]Suggestion, error) {
	out, err := e.Engine.Suggest(ctx, tenant, kind, prefix, n)
	barred := e.Barred(tenant)
	if err != nil || len(barred) == 0 {
		return out, err
	}
	kept := out[:0]
	for _, s := range out {
		o := query.Options{Taxonomy: e.Taxonomy(), Size: 1, Exact: true}
		text := ""
		switch {
		case kind == SuggestCertificate:
			o.Choices = []query.Choice{{Facet: query.FacetCertificate, Values: []string{s.Label}}}
		case kind == SuggestIssuer:
			o.Choices = []query.Choice{{Facet: query.FacetIssuer, Values: []string{s.ID}}}
		case s.ID != "":
			o.Choices = []query.Choice{{Facet: query.FacetSkill, Values: []string{s.ID}}}
		default:
			text = phraseOf(s.Label)
		}
		q, err := query.New(text, o)
		if err != nil {
			continue // a label that cannot be asked for
		}
		r, err := e.Search(ctx, tenant, q)
		if err != nil {
			return nil, err
		}
		if s.Count = r.Total; s.Count > 0 {
			kept = append(kept, s)
		}
	}
	slices.SortStableFunc(kept, func(a, b Suggestion) int { return cmp.Compare(b.Count, a.Count) })
	return kept, nil
}

// phraseOf is a label as a question of its words.
func phraseOf(label string) string {
	text := "\""
	for i, w := range record.Words(label) {
		if i > 0 {
			text += " "
		}
		text += w
	}
	return text + "\""
}

// Get implements Engine.
func (e *Ruled) Get(ctx context.Context, tenant, application string) (*record.Application, error) {
	a, err := e.Engine.Get(ctx, tenant, application)
	if err != nil {
		return nil, err
	}
	if decide := e.Decide(tenant); decide != nil {
		record.Redecide(a, decide)
		return a, nil
	}
	return record.Bar(a, e.Barred(tenant)), nil
}
