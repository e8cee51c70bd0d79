package read

import (
	"net/url"
	"strings"
)

// unreadable stands for an address that is no URL: what of it is a password cannot
// be told.
const unreadable = "an address that cannot be read"

// Redacted is a server's address, or several separated by commas, as it may be
// printed and logged (RFC 3986 §3.2.1): without password, and without a user alone,
// which is a token; without query and fragment. What cannot be read, such as a
// password with a slash that is not escaped, is left out whole.
func Redacted(addresses string) string {
	parts := strings.Split(addresses, ",")
	for i, s := range parts {
		parts[i] = redacted(strings.TrimSpace(s))
	}
	return strings.Join(parts, ",")
}

func redacted(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "", s
	}
	u, err := url.Parse("x://" + rest)
	if err != nil || u.Host == "" || strings.Contains(u.Path+"?"+u.RawQuery+"#"+u.Fragment, "@") || strings.ContainsAny(scheme, "@:/") {
		return unreadable
	}
	at := u.Host + u.EscapedPath()
	if u.User != nil {
		name := "xxxxx"
		if _, secret := u.User.Password(); secret {
			name = u.User.Username() + ":xxxxx"
		}
		at = name + "@" + at
	}
	if ok {
		at = scheme + "://" + at
	}
	return at
}
