package local

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"assay/index"
	"assay/index/record"

	bolt "go.etcd.io/bbolt"
)

// numbers gives the numbers of texts, as a set of those that any document holds.
func (f *finder) numbers(list []string) map[uint32]bool {
	out := make(map[uint32]bool, len(list))
	for _, s := range list {
		if n, ok := f.e.terms.find(s); ok && n != 0 {
			out[n] = true
		}
	}
	return out
}

// Issuers implements index.Engine.
func (e *Engine) Issuers(ctx context.Context, tenant string) ([]index.IssuerCount, error) {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return nil, err
	}
	snap, t, err := e.acquire(tenant)
	if err != nil {
		return nil, err
	}
	defer snap.release()
	f := &finder{ctx: ctx, e: e, snap: snap, tenant: tenant, tenantRows: t}
	counted := make([]*row, 0, len(t.rows))
	for _, r := range t.rows {
		if snap.alive(r) && f.ours(r) {
			counted = append(counted, r)
		}
	}
	// Each candidate's applications stand together, and are one number.
	slices.SortFunc(counted, func(a, b *row) int { return cmp.Compare(a.candidate, b.candidate) })
	names := e.terms.list()
	apps, people := newCounter(len(names)), newCounter(len(names))
	who := uint32(0)
	for i, r := range counted {
		if err = f.tick(); err != nil {
			break
		}
		if i > 0 && (r.candidate == "" || r.candidate != counted[i-1].candidate) {
			who++
		}
		for k := range r.claims {
			apps.add(r.claims[k].issuer, r.ordinal)
			people.add(r.claims[k].issuer, who)
		}
	}
	applications, applicants := apps.done(names), people.done(names)
	if err != nil {
		return nil, fmt.Errorf("counting: %w", unavailable(err))
	}
	var out []index.IssuerCount
	for id, n := range applications {
		out = append(out, index.IssuerCount{ID: id, Applications: n, Applicants: applicants[id]})
	}
	slices.SortFunc(out, index.IssuerCount.Compare)
	return out, nil
}

// scanPart is how many documents are read from the file at a time.
const scanPart = 100

// ScanIssuers implements index.Engine.
func (e *Engine) ScanIssuers(ctx context.Context, tenant string, issuers []string, after string, fn func(*record.Application) error) error {
	if err := record.CheckToken("tenant", tenant); err != nil {
		return err
	}
	snap, t, err := e.acquire(tenant)
	if err != nil {
		return err
	}
	f := &finder{ctx: ctx, e: e, snap: snap, tenant: tenant, tenantRows: t}
	want := f.numbers(issuers)
	var ids []string
	for _, r := range t.rows {
		if !snap.alive(r) || !f.ours(r) || r.id <= after {
			continue
		}
		if issuers == nil || slices.ContainsFunc(r.claims, func(c claim) bool { return want[c.issuer] }) {
			ids = append(ids, r.id)
		}
	}
	snap.release()
	slices.Sort(ids)
	for part := range slices.Chunk(ids, scanPart) {
		if err := ctx.Err(); err != nil {
			return err
		}
		apps := make([]record.Application, len(part))
		err := e.view(func(tx *bolt.Tx) error {
			docs := tx.Bucket(bucketDocuments)
			for i, id := range part {
				if err := json.Unmarshal(docs.Get([]byte(id)), &apps[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("scan: %w", unavailable(err))
		}
		for i := range apps {
			if a := &apps[i]; !a.Erased && a.Tenant == tenant {
				if err := fn(a); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
