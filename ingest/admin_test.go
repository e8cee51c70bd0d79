package ingest

import (
	"fmt"
	"testing"

	"assay/index/record"
	"assay/index/skills"
	"assay/verify/verdict"

	"github.com/google/go-cmp/cmp"
)

// What rejected badges say is not on the list, and what a badge points at is.
func TestListUnmapped(t *testing.T) {
	t.Parallel()
	r, e := alone(t)
	claim := func(label, url, code string, status verdict.Result) record.Claim {
		return record.Claim{Label: label, Framework: "Harbour", URL: url, Code: code, Basis: skills.BasisUnmapped, Status: status}
	}
	known := claim("work in teams", "", "", verdict.Verified)
	known.Basis = skills.BasisURI
	plain := claim("splice", "https://harbour.example/1", "H1", verdict.Pending)
	plain.Clear = true // to blind readers
	for i, claims := range [][]record.Claim{
		{claim("splice", "https://harbour.example/1", "H1", verdict.Authentic), claim("splice", "https://harbour.example/1", "H1", verdict.Verified), known},
		{plain, claim("moor", "", "", verdict.Authentic)},
		{claim("splice", "https://harbour.example/1", "H1", verdict.Rejected), claim("splice", "https://harbour.example/2", "", verdict.Verified)},
		{claim("made up", "", "", verdict.Rejected), claim("not judged", "", "", verdict.Unsupported), claim("", "", "", verdict.Verified)},
	} {
		d := record.Application{Tenant: "acme", Application: fmt.Sprintf("A-%d", i), Claims: claims}
		e.docs["acme/"+d.Application] = d
	}
	e.docs["rival/A-1"] = record.Application{Tenant: "rival", Application: "A-1", Claims: []record.Claim{claim("moor", "", "", verdict.Verified)}}
	r.work(t, e, examiner(byContent))

	acme := []Unmapped{
		{Label: "splice", Framework: "Harbour", URL: "https://harbour.example/1", Code: "H1", Applications: 2, Verified: 1, Clear: 1},
		{Label: "splice", Framework: "Harbour", URL: "https://harbour.example/2", Applications: 1, Verified: 1},
		{Label: "moor", Framework: "Harbour", Applications: 1},
	}
	all := []Unmapped{{Label: "moor", Framework: "Harbour", Applications: 2, Verified: 1}, acme[0], acme[1]}
	for tenant, want := range map[string][]Unmapped{"acme": acme, "": all} {
		got, err := ListUnmapped(t.Context(), e, tenant)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("tenant %q (-want +got):\n%s", tenant, d)
		}
		eventually(t, "the same through a worker", func() bool {
			got, err := r.RequestUnmapped(t.Context(), tenant)
			return err == nil && cmp.Equal(want, got)
		})
	}
}
