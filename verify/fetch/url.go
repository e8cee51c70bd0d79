package fetch

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// maxURL is the longest URL that is asked for. A did:key or data URL never
// comes here.
const maxURL = 4096

// checkURL checks that a URL is one that may be fetched by its look alone, and
// gives it back with an ASCII host in lower case. What the name resolves to is
// checked at the dial. allowed holds the HOST:PORT pairs that the operator
// exempts from the rules for scheme, port and address.
func checkURL(raw string, plain bool, allowed map[string]bool) (*url.URL, error) {
	if len(raw) > maxURL {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrForbidden, maxURL)
	}
	// Browsers and servers disagree about these; url.Parse takes the backslash.
	for i := 0; i < len(raw); i++ {
		if c := raw[i]; c <= ' ' || c == 0x7f || c == '\\' {
			return nil, fmt.Errorf("%w: control character, space or backslash", ErrForbidden)
		}
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: not a URL", ErrForbidden)
	}
	if u.Scheme != "https" && u.Scheme != "http" || u.Opaque != "" || u.Host == "" {
		return nil, fmt.Errorf("%w: not an http or https URL", ErrForbidden)
	}
	if u.User != nil {
		return nil, fmt.Errorf("%w: user in URL", ErrForbidden)
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	port := u.Port()
	if port == "" {
		if strings.HasSuffix(u.Host, ":") {
			return nil, fmt.Errorf("%w: empty port", ErrForbidden)
		}
		port = "443"
		if u.Scheme == "http" {
			port = "80"
		}
	}
	u.Fragment, u.RawFragment = "", ""
	if allowed[net.JoinHostPort(host, port)] {
		return u, nil
	}
	if u.Scheme == "http" && !plain {
		return nil, fmt.Errorf("%w: https needed", ErrForbidden)
	}
	if u.Scheme == "https" && port != "443" || u.Scheme == "http" && port != "80" {
		return nil, fmt.Errorf("%w: port %s", ErrForbidden, port)
	}
	name, err := asciiHost(host)
	if err != nil {
		return nil, err
	}
	u.Host = name
	return u, nil
}

// asciiHost refuses IP addresses in every spelling and gives the name in the
// form that DNS carries (RFC 5891).
func asciiHost(host string) (string, error) {
	if strings.ContainsAny(host, ":%[]") {
		return "", fmt.Errorf("%w: IP address in place of a name", ErrForbidden)
	}
	// UTS #46 maps full-width digits and dots to ASCII before the test below.
	name, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return "", fmt.Errorf("%w: not a host name", ErrForbidden)
	}
	name = strings.TrimSuffix(name, ".")
	if len(name) > 253 || !strings.Contains(name, ".") {
		return "", fmt.Errorf("%w: not a public host name", ErrForbidden)
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return "", fmt.Errorf("%w: not a host name", ErrForbidden)
		}
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return "", fmt.Errorf("%w: IP address in place of a name", ErrForbidden)
	}
	// No top-level domain is numeric: such a name is an address in decimal,
	// octal or hexadecimal, which some resolvers read as one.
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last[0] >= '0' && last[0] <= '9' {
		return "", fmt.Errorf("%w: IP address in place of a name", ErrForbidden)
	}
	return name, nil
}

// hostPort is the key of a host for limits and for AllowHosts.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "443"
		if u.Scheme == "http" {
			port = "80"
		}
	}
	return net.JoinHostPort(strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), port)
}

// redirect gives the URL that a 3xx answer from u points at, checked like the
// first and against the rules for redirects.
func redirect(u *url.URL, location string, r Request, seen map[string]bool, allowed map[string]bool) (*url.URL, error) {
	if len(seen) > maxRedirects {
		return nil, fmt.Errorf("%w: more than %d", ErrRedirect, maxRedirects)
	}
	if len(location) > maxURL {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrRedirect, maxURL)
	}
	ref, err := url.Parse(location)
	if err != nil || location == "" {
		return nil, fmt.Errorf("%w: not a URL", ErrRedirect)
	}
	next, err := checkURL(u.ResolveReference(ref).String(), r.PlainHTTP, allowed)
	if err != nil {
		return nil, err
	}
	if u.Scheme == "https" && next.Scheme != "https" {
		return nil, fmt.Errorf("%w: from https to http", ErrRedirect)
	}
	if r.SameHost && !strings.EqualFold(u.Hostname(), next.Hostname()) {
		return nil, fmt.Errorf("%w: to another host", ErrRedirect)
	}
	if seen[next.String()] {
		return nil, fmt.Errorf("%w: loop", ErrRedirect)
	}
	return next, nil
}

// maxRedirects is the most redirects that are followed.
const maxRedirects = 3

func isRedirect(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}
