package skills

import (
	"net/url"
	"strings"
)

// address is a URL in the parts that identifiers stand in; of what is none only
// raw is set.
type address struct {
	raw         string // as it was written
	host        string // without "www."
	path, query string // path without a slash at its end
	last        string // part of the path
}

// parseAddress takes a URL apart. It fetches nothing: a taxonomy is local, and
// asking a URL that a badge names would let the badge's maker see who looks.
func parseAddress(raw string) (u address, ok bool) {
	u.raw = raw
	rest, ok := cutScheme(raw)
	if !ok {
		return u, false
	}
	end := 0
	for end < len(rest) && rest[end] != '/' && rest[end] != '?' && rest[end] != '#' {
		end++
	}
	u.host, u.path = trimPrefixFold(rest[:end], "www."), rest[end:]
	if i := strings.IndexByte(u.path, '#'); i >= 0 {
		// Single-page portals carry the way in the fragment (#/competency/ce-…).
		if strings.HasPrefix(u.path[i:], "#/") {
			u.path = u.path[:i] + u.path[i+1:]
		} else {
			u.path = u.path[:i]
		}
	}
	if i := strings.IndexByte(u.path, '?'); i >= 0 {
		u.path, u.query = u.path[:i], u.path[i+1:]
	}
	u.path = strings.TrimRight(u.path, "/")
	u.last = u.path[strings.LastIndexByte(u.path, '/')+1:]
	return u, true
}

// segment gives the last part of the path that is one, "" where none is.
func (u address) segment(is func(string) bool) string {
	for p := u.path; ; {
		i := strings.LastIndexByte(p, '/')
		if seg := p[i+1:]; is(seg) {
			return seg
		}
		if i < 0 {
			return ""
		}
		p = p[:i]
	}
}

// appendKey writes the key under which a concept's URL is looked up: a short
// form for the frameworks whose identifiers are known in all their shapes, else
// the URL without scheme, "www." and trailing slash. framework is "" for the
// latter. What is no URL has a key of its own kind, so that nothing a badge
// writes can be taken for a key.
func appendKey(dst []byte, raw string) (key []byte, framework string) {
	raw = strings.TrimSpace(raw)
	if len(raw) == 0 || len(raw) > 2048 {
		return dst, ""
	}
	u, isURL := parseAddress(raw)
	for i := range frameworks {
		f := &frameworks[i]
		if f.identifier == nil {
			continue
		}
		if kind, id := f.identifier(u); id != "" {
			return appendLower(append(append(dst, kind...), ':'), id), f.name
		}
	}
	if id, ok := strings.CutPrefix(raw, "urn:uuid:"); ok && isUUID(id) {
		return appendLower(append(dst, "uuid:"...), id), ""
	}
	if !isURL {
		return append(append(dst, "id:"...), raw...), ""
	}
	dst = append(appendLower(append(dst, "url:"...), u.host), u.path...)
	if u.query != "" {
		dst = append(append(dst, '?'), u.query...)
	}
	return dst, ""
}

// urlPath gives the path of a URL without a slash at its end.
func urlPath(raw string) string {
	rest, _ := cutScheme(raw)
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	i := strings.IndexByte(rest, '/')
	if i < 0 {
		return ""
	}
	return strings.TrimRight(rest[i:], "/")
}

// isURI reports whether s names something by a URL, a URN or a CTID, as against
// by words. "http:/" counts: proxies collapse the slashes of a URL in a path.
func isURI(s string) bool {
	s = strings.TrimSpace(s)
	if _, ok := cutScheme(s); ok {
		return true
	}
	return strings.HasPrefix(s, "urn:") || strings.HasPrefix(s, "ce-") && isUUID(s[3:])
}

func cutScheme(s string) (rest string, ok bool) {
	switch {
	case s == "" || s[0]|0x20 != 'h': // as most that is asked about
		return s, false
	case len(s) > 7 && strings.EqualFold(s[:7], "https:/"):
		rest = s[7:]
	case len(s) > 6 && strings.EqualFold(s[:6], "http:/"):
		rest = s[6:]
	default:
		return s, false
	}
	rest = strings.TrimPrefix(rest, "/")
	return rest, rest != ""
}

func trimPrefixFold(s, prefix string) string {
	if len(s) >= len(prefix) && s[0]|0x20 == prefix[0] && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):]
	}
	return s
}

// hostIs reports whether host is domain or below it.
func hostIs(host, domain string) bool {
	at := len(host) - len(domain)
	if at < 0 || host[at]|0x20 != domain[0] || !strings.EqualFold(host[at:], domain) {
		return false
	}
	return at == 0 || host[at-1] == '.'
}

// param gives the unescaped value of a query parameter.
func param(query, name string) string {
	for query != "" {
		var kv string
		kv, query, _ = strings.Cut(query, "&")
		if k, v, ok := strings.Cut(kv, "="); ok && k == name {
			u, err := url.QueryUnescape(v)
			if err != nil {
				return ""
			}
			return u
		}
	}
	return ""
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
				return false
			}
		}
	}
	return true
}

func appendLower(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func queryEscape(s string) string { return url.QueryEscape(s) }
