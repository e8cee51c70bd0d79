package read

import (
	"net/url"
	"strings"
)

// HTTPURL parses an absolute http or https URL that names a host and no user,
// and reports whether s is one.
func HTTPURL(s string) (*url.URL, bool) {
	// Characters that parsers disagree about never stand in an id.
	if s == "" || strings.ContainsAny(s, " \t\r\n\\") {
		return nil, false
	}
	u, err := url.Parse(s)
	if err != nil || u.User != nil || u.Hostname() == "" || u.Opaque != "" {
		return nil, false
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return nil, false
	}
	return u, true
}

// Authority is the host and effective port of u in one spelling: lower case,
// no trailing dot, the port always written out.
func Authority(u *url.URL) string {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	port := u.Port()
	if port == "" {
		port = "443"
		if u.Scheme == "http" {
			port = "80"
		}
	}
	return host + ":" + port
}

// SameOrigin reports whether two URLs lie on the same host and port. Plain
// http on its usual port and https on its usual port of one host count as the
// same: old badges name the one and redirect to the other.
func SameOrigin(a, b *url.URL) bool {
	x, y := Authority(a), Authority(b)
	if x == y {
		return a.Scheme == b.Scheme
	}
	hx, px, _ := cutPort(x)
	hy, py, _ := cutPort(y)
	usual := (px == "80" && py == "443" && a.Scheme == "http" && b.Scheme == "https") ||
		(px == "443" && py == "80" && a.Scheme == "https" && b.Scheme == "http")
	return hx == hy && usual
}

func cutPort(s string) (host, port string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// WebDID gives the place that a DID of the web names, host and path with colons
// between them as a did:web has them: of a did:web, and of a did:webvh behind its SCID.
func WebDID(did string) (place string, ok bool) {
	if place, ok = strings.CutPrefix(did, "did:web:"); ok {
		return place, true
	}
	if rest, is := strings.CutPrefix(did, "did:webvh:"); is {
		_, place, ok = strings.Cut(rest, ":")
	}
	return place, ok
}
