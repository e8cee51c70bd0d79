package examine

import (
	"context"
	"net/url"

	"assay/extract"
	"assay/verify/fetch"
)

// Platforms answers requests for hosts of known badge platforms by f, redirects within
// the host alone, and all others with fetch.ErrOffline: whatever a badge names as its
// issuer, its status or its key, nobody else is told that it was read, or what by.
func Platforms(f fetch.Fetcher) fetch.Fetcher { return platforms{f} }

type platforms struct{ fetch.Fetcher }

// Fetch implements [fetch.Fetcher].
func (p platforms) Fetch(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	u, err := url.Parse(r.URL)
	if err != nil || u.Scheme != "https" || u.Port() != "" || !extract.PlatformHost(u.Hostname()) {
		return nil, fetch.ErrOffline
	}
	r.SameHost = true // a platform may lead on to anybody
	return p.Fetcher.Fetch(ctx, r)
}
