package examine

import (
	"context"
	"errors"
	"testing"

	"assay/verify/fetch"
)

// asked notes what it is asked.
type asked []fetch.Request

func (a *asked) Fetch(_ context.Context, r fetch.Request) (*fetch.Response, error) {
	*a = append(*a, r)
	return &fetch.Response{}, nil
}

// TestPlatforms: only hosts of badge platforms are asked, and they lead nowhere else.
func TestPlatforms(t *testing.T) {
	for url, want := range map[string]bool{
		"https://www.credly.com/badges/1":                                             true,
		"https://API.credly.com/v1/obi/v2/badges/1":                                   true,
		"https://eu.badgr.com/public/assertions/x":                                    true,
		"http://www.credly.com/badges/1":                                              false,
		"https://www.credly.com:8443/badges/1":                                        false,
		"https://www.credly.com.attacker.example/b":                                   false,
		"https://attacker.example/badges/secret":                                      false,
		"https://attacker.example/public/assertions/secret?to=https://www.credly.com": false,
		"https://www.credly.com@attacker.example/":                                    false,
		"https://xcredly.com/":                                                        false,
		"://":                                                                         false,
	} {
		a := &asked{}
		_, err := Platforms(a).Fetch(t.Context(), fetch.Request{URL: url})
		if want != (err == nil) || want != (len(*a) == 1) || !want && !errors.Is(err, fetch.ErrOffline) {
			t.Errorf("%s: %v, asked %v", url, err, *a)
		}
		if want && !(*a)[0].SameHost {
			t.Errorf("%s: may lead elsewhere", url)
		}
	}
}
