package index_test

import (
	"cmp"
	"context"
	"slices"

	"assay/index"
	"assay/index/record"
)

func (m *memory) Issuers(ctx context.Context, tenant string) ([]index.IssuerCount, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, a := range m.all(tenant) {
		seen := map[string]bool{}
		for _, c := range a.Claims {
			if c.Issuer != "" && !a.Erased && !seen[c.Issuer] {
				seen[c.Issuer] = true
				counts[c.Issuer]++
			}
		}
	}
	var out []index.IssuerCount
	for id, n := range counts {
		out = append(out, index.IssuerCount{ID: id, Applications: n})
	}
	slices.SortFunc(out, func(a, b index.IssuerCount) int {
		return cmp.Or(b.Applications-a.Applications, cmp.Compare(a.ID, b.ID))
	})
	return out, ctx.Err()
}

func (m *memory) ScanIssuers(_ context.Context, tenant string, issuers []string, after string, fn func(*record.Application) error) error {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return err
	}
	all := m.all(tenant)
	slices.SortFunc(all, func(a, b *record.Application) int { return cmp.Compare(a.ID, b.ID) })
	for _, a := range all {
		if a.Erased || a.ID <= after || issuers != nil && !slices.ContainsFunc(a.Claims, func(c record.Claim) bool { return slices.Contains(issuers, c.Issuer) }) {
			continue
		}
		own, err := copied(a)
		if err != nil {
			return err
		}
		if err := fn(own); err != nil {
			return err
		}
	}
	return nil
}
