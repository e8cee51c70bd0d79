package index

import (
	"context"

	"assay/index/record"
	"assay/verify/verdict"
)

// Upgrade writes the documents of an index of an earlier schema anew, and reports
// whether it had to: each verdict is decided again from what it holds, by what
// decide gives for its tenant (nothing is fetched or parsed), and what follows from
// verdicts and claims is worked out as of today. Until it has, searches see the
// documents as they were. Searches and writes go on meanwhile; progress may be nil.
func Upgrade(ctx context.Context, e Engine, decide func(tenant string) func(*verdict.Verdict), progress func(done, total int)) (bool, error) {
	s, err := e.Status(ctx)
	if err != nil || s.Schema >= SchemaVersion {
		return false, err
	}
	return true, e.Rebuild(ctx, func(a *record.Application) {
		record.Redecide(a, decide(a.Tenant))
		record.Refresh(a)
	}, progress)
}
