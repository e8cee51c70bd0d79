package extract

import (
	"slices"
	"strings"
)

// PlatformHost reports whether a host is one that a row of the table of providers
// names: a platform's own, and not one that only serves a path as many do, on which
// anybody may listen.
func PlatformHost(host string) bool {
	host = strings.ToLower(host)
	return slices.ContainsFunc(providers, func(p provider) bool {
		return slices.ContainsFunc(p.hosts, func(pattern string) bool { return pattern != "*" && matchHost(pattern, host) })
	})
}
