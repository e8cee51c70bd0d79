package verify

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"assay/verify/fetch"
	"assay/verify/verdict"
	"assay/verify/verifytest"
)

// asked is a web of which a part is asked later, until it is open.
type asked struct {
	fetch.Fetcher
	closed string
	open   atomic.Bool
}

func (a *asked) Fetch(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	if !a.open.Load() && strings.Contains(r.URL, a.closed) {
		return nil, fetch.ErrLater
	}
	return a.Fetcher.Fetch(ctx, r)
}

// What follows from a host that is to be asked later is remembered of none: the badge
// stands by its domain as soon as that has answered, whichever part came late.
func TestAskedLaterIsNotRemembered(t *testing.T) {
	did, _ := verifytest.DIDKey(issuerKey)
	const closed = "did-configuration"
	web := verifytest.NewWeb(nil)
	web.Put("https://example.edu/.well-known/did-configuration.json", m{"linked_dids": []any{linkageBy(did, "https://example.edu", issuerKey)}})
	f := &asked{Fetcher: web, closed: closed}
	v, err := New(Options{Fetcher: f, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	badge := verifytest.JSON(badgeBy(did, "Example University", issuerKey, func(b m) { at(b, "issuer")["url"] = "https://example.edu" }))
	level := func() verdict.Level {
		t.Helper()
		d, err := v.Verify(t.Context(), Assertion{Payload: badge}, applicant)
		if err != nil {
			t.Fatal(err)
		}
		return d.Aspects.Standing.Level
	}
	before := level()
	f.open.Store(true)
	if after := level(); before == verdict.LevelDomain || after != verdict.LevelDomain {
		t.Errorf("%s: %q, then %q", closed, before, after)
	}
}
