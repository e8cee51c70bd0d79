package index_test

import (
	"errors"
	"strings"
	"testing"

	"assay/index"
	"assay/index/record"
	"assay/index/record/recordtest"
)

func TestRefusals(t *testing.T) {
	whole := func(change func(*record.Application)) record.Application {
		a := recordtest.Application("a", recordtest.Badge{Name: "Python", Issuer: "college"})
		change(&a)
		return a
	}
	for _, tc := range []struct {
		desc         string
		app          record.Application
		write, store string // the field at fault in a Write, and in a rebuild; "" = none
	}{
		{"as it should be", whole(func(*record.Application) {}), "", ""},
		{"no tenant", whole(func(a *record.Application) { a.Tenant = "" }), "tenant", "tenant"},
		{"a tenant that is no token", whole(func(a *record.Application) { a.Tenant = "acme corp" }), "tenant", "tenant"},
		{"another's id", whole(func(a *record.Application) { a.ID = record.ID(recordtest.Key, "rival", "a") }), "id", "id"},
		{"no id", whole(func(a *record.Application) { a.ID = "" }), "id", "id"},
		{"version 0", whole(func(a *record.Application) { a.Version = 0 }), "version", "version"},
		{"the version of a stub", whole(func(a *record.Application) { a.Version = record.VersionErased }), "version", "version"},
		{"more claims than can be", whole(func(a *record.Application) { a.Claims = make([]record.Claim, 10001) }), "claims", "claims"},
		{"a keyword without end in a claim", whole(func(a *record.Application) { a.Claims[0].Soft = strings.Repeat("x", 32767) }), "claims", "claims"},
		{"a stub of a lower version", whole(func(a *record.Application) { a.Erased = true }), "version", "version"},
		{"a stub", record.Stub(recordtest.Key, "acme", "a"), "erased", ""},
	} {
		for _, of := range []struct {
			field string
			err   error
		}{{tc.write, index.CheckWrite(recordtest.Key, &tc.app)}, {tc.store, index.CheckDocument(recordtest.Key, &tc.app)}} {
			if of.field == "" && of.err == nil {
				continue
			}
			var r *index.Refusal
			if !errors.As(of.err, &r) || !errors.Is(of.err, index.ErrRejected) || r.Field != of.field || r.Kind == "" {
				t.Errorf("%s: %v, want a refusal of %q", tc.desc, of.err, of.field)
			}
		}
	}
}

func TestRefusalText(t *testing.T) {
	for want, r := range map[string]*index.Refusal{
		"mapper_parsing_exception in claims.earned": {Kind: "mapper_parsing_exception", Field: "claims.earned"},
		"too large": {Kind: "too large"},
	} {
		if r.Detail() != want || r.Error() != "the index refuses the document: "+want {
			t.Errorf("%q, %q", r.Detail(), r.Error())
		}
	}
}
