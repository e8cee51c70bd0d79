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
	apps, people := map[string]map[string]bool{}, map[string]map[string]bool{}
	for _, a := range m.all(tenant) {
		for _, c := range a.Claims {
			if c.Issuer == "" || a.Erased {
				continue
			}
			if apps[c.Issuer] == nil {
				apps[c.Issuer], people[c.Issuer] = map[string]bool{}, map[string]bool{}
			}
			apps[c.Issuer][a.ID] = true
			people[c.Issuer][cmp.Or(a.Candidate, "without: "+a.ID)] = true
		}
	}
	var out []index.IssuerCount
	for id := range apps {
		out = append(out, index.IssuerCount{ID: id, Applications: len(apps[id]), Applicants: len(people[id])})
	}
	slices.SortFunc(out, index.IssuerCount.Compare)
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
