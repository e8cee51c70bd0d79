package record

import (
	"net/url"
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"
)

// ShownIssuer is how an issuer may be named to a person: as the verdict says, and
// where it does not, by its host if that is proven, and then by what it calls
// itself, in quotes. It is "" for a badge that names no issuer.
func ShownIssuer(v *verdict.Verdict) string {
	by := &v.Credential.Issuer
	switch {
	case by.Shown != "":
		return by.Shown
	case by.ID == "" && by.Name == "":
		return ""
	case v.Aspects.Issuer.State == verdict.Pass && v.Aspects.Integrity.State == verdict.Pass:
		b := verdict.Backing{Level: verdict.LevelKey}
		if host, path := placeOf(by.ID); host != "" {
			b = verdict.Backing{Level: verdict.LevelDomain, Host: host, Path: path}
		}
		return b.Shown(b.Level, "", plain(by.Name))
	case by.Name == "":
		return "an issuer that gives no name"
	}
	return `an issuer that calls itself "` + strings.ReplaceAll(plain(by.Name), `"`, "'") + `"`
}

// Proven reports whether the claim's issuer is: its badge is unaltered, and made by
// whom it names.
func (k *Claim) Proven() bool {
	switch k.Status {
	case verdict.Verified, verdict.Authentic, verdict.Expired, verdict.Unvouched:
		return true
	}
	return false
}

// placeOf gives host and path of an id that is a web address, a did:web or a did:webvh.
func placeOf(id string) (host, path string) {
	if rest, ok := read.WebDID(id); ok {
		host, rest, _ := strings.Cut(rest, ":")
		if host, err := url.PathUnescape(host); err == nil {
			return strings.ToLower(host), strings.TrimSuffix("/"+strings.ReplaceAll(rest, ":", "/"), "/")
		}
		return "", ""
	}
	u, err := url.Parse(id)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", ""
	}
	return strings.ToLower(u.Host), strings.TrimSuffix(u.EscapedPath(), "/")
}

// known gives what a search for an issuer may go by: the host that was proven,
// with those above it, and what the issuer is known by: its listed name, its
// platform, its domain's own label. What an issuer calls itself is not among them.
func known(v *verdict.Verdict) (hosts, names []string) {
	b, by := v.Backing, v.Credential.Issuer
	name, domain := "", ""
	switch {
	case v.Aspects.Standing.Level == verdict.LevelListed && by.Shown != b.Shown(verdict.LevelListed, "", plain(by.Name)):
		name = by.Shown // it is listed under this name
	case b.Level == verdict.LevelDomain && b.Platform != "":
		name = by.Name // a platform that vets its issuers stands for it
	}
	if host := strings.ToLower(b.Host); host != "" && b.Level != verdict.LevelKey {
		for h := range upTo(host, b.Counts) {
			hosts = once(hosts, h)
		}
		domain, _, _ = strings.Cut(hosts[len(hosts)-1], ".")
		if b.Platform != "" || isAddress(hosts[len(hosts)-1]) {
			domain = ""
		}
	}
	return hosts, []string{name, b.Platform, domain}
}

// upTo gives a host, without its port, and the hosts above it, to the one that
// counts.
func upTo(host, last string) func(func(string) bool) {
	return func(yield func(string) bool) {
		if h, _, ok := strings.Cut(host, ":"); ok && !isAddress(host) {
			if !yield(host) {
				return
			}
			host = h
		}
		for yield(host) && host != last && strings.HasSuffix(host, "."+last) {
			_, host, _ = strings.Cut(host, ".")
		}
	}
}

// isAddress reports whether a host is an IP address and no name.
func isAddress(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	return strings.HasPrefix(host, "[") || last != "" && last[0] >= '0' && last[0] <= '9'
}
