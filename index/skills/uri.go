package skills

import (
	"net/url"
	"strings"
)

// Identifiers of the frameworks' concepts.
const (
	escoBase  = "http://data.europa.eu/esco/"
	escoSkill = escoBase + "skill/"
	onetElem  = "https://www.onetonline.org/find/descriptor/result/"
	onetTech  = "https://www.onetonline.org/search/tech/example?e="
	onetOcc   = "https://www.onetonline.org/link/summary/"
)

// Names of the frameworks that assay knows by their URLs.
const (
	ESCO      = "ESCO"
	ONET      = "O*NET"
	CASE      = "CASE"
	RSD       = "RSD"
	CTDL      = "CTDL"
	Lightcast = "Lightcast"
)

// appendKey writes the key under which a concept's URL is looked up: a short
// form for the frameworks whose URLs are known in all their shapes, else the
// URL without scheme, "www." and trailing slash. framework is "" for the
// latter. It fetches nothing: a taxonomy is local, and asking a URL that a badge
// names would let the badge's maker see who looks.
func appendKey(dst []byte, raw string) (key []byte, framework string) {
	raw = strings.TrimSpace(raw)
	if len(raw) == 0 || len(raw) > 2048 {
		return dst, ""
	}
	if strings.HasPrefix(raw, "ce-") && isUUID(raw[3:]) {
		return appendLower(append(dst, "ctdl:"...), raw), CTDL
	}
	if u, ok := strings.CutPrefix(raw, "urn:uuid:"); ok && isUUID(u) {
		return appendLower(append(dst, "uuid:"...), u), ""
	}
	rest, ok := cutScheme(raw)
	if !ok {
		return append(dst, raw...), ""
	}
	host, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	host = trimPrefixFold(host, "www.")
	query := ""
	if i := strings.IndexByte(path, '#'); i >= 0 {
		// Single-page portals carry the way in the fragment (#/competency/ce-…).
		if strings.HasPrefix(path[i:], "#/") {
			path = path[:i] + path[i+1:]
		} else {
			path = path[:i]
		}
	}
	if i := strings.IndexByte(path, '?'); i >= 0 {
		path, query = path[:i], path[i+1:]
	}
	path = strings.TrimRight(path, "/")
	last := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case hostIs(host, "europa.eu"):
		// The portals name the concept in ?uri=, escaped or not.
		if u := param(query, "uri"); u != "" {
			if r, ok := cutScheme(u); ok {
				if h, p, ok := strings.Cut(r, "/"); ok && strings.EqualFold(h, "data.europa.eu") {
					path = "/" + strings.TrimRight(p, "/")
				}
			}
		}
		if i := strings.Index(path, "esco/"); i >= 0 {
			switch p := path[i+5:]; {
			case strings.HasPrefix(p, "skill/"), strings.HasPrefix(p, "isced-f/"), strings.HasPrefix(p, "occupation/"):
				return appendLower(append(dst, "esco:"...), strings.TrimPrefix(p, "skill/")), ESCO
			}
		}
	case hostIs(host, "onetonline.org"), hostIs(host, "onetcenter.org"):
		if strings.HasPrefix(path, "/search/tech") {
			if e := param(query, "e"); e != "" {
				return appendLower(append(dst, "tech:"...), e), ONET
			}
		}
		for p := path; p != ""; {
			i := strings.LastIndexByte(p, '/')
			if seg := p[i+1:]; isElement(seg) {
				return append(append(dst, "onet:"...), seg...), ONET
			}
			if i < 0 {
				break
			}
			p = p[:i]
		}
	case strings.Contains(path, "/CFItems/") && isUUID(last):
		return appendLower(append(dst, "case:"...), last), CASE
	case strings.HasPrefix(last, "ce-") && isUUID(last[3:]) && (hostIs(host, "credentialfinder.org") || hostIs(host, "credentialengineregistry.org") || hostIs(host, "credreg.net")):
		return appendLower(append(dst, "ctdl:"...), last), CTDL
	case (strings.Contains(path, "/api/skills/") || strings.Contains(path, "/api/v3/skills/")) && isUUID(last):
		return appendLower(append(dst, "rsd:"...), last), RSD
	case hostIs(host, "lightcast.io"), hostIs(host, "economicmodeling.com"), hostIs(host, "emsidata.com"):
		if strings.HasPrefix(last, "KS") || strings.HasPrefix(last, "ES") {
			return append(append(dst, "lightcast:"...), last...), Lightcast
		}
	}
	dst = append(appendLower(append(dst, "url:"...), host), path...)
	if query != "" {
		dst = append(append(dst, '?'), query...)
	}
	return dst, ""
}

// canonical gives the identifier that is stored for a URL that no loaded
// framework has, but whose form says what framework it belongs to.
func canonical(key, raw string) string {
	kind, rest, _ := strings.Cut(key, ":")
	switch kind {
	case "esco":
		if strings.HasPrefix(rest, "isced-f/") || strings.HasPrefix(rest, "occupation/") {
			return escoBase + rest
		}
		return escoSkill + rest
	case "onet":
		return onetElem + rest
	}
	return strings.TrimSpace(raw)
}

func cutScheme(s string) (rest string, ok bool) {
	if len(s) > 8 && strings.EqualFold(s[:8], "https://") {
		return s[8:], true
	}
	if len(s) > 7 && strings.EqualFold(s[:7], "http://") {
		return s[7:], true
	}
	return s, false
}

func trimPrefixFold(s, prefix string) string {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):]
	}
	return s
}

// hostIs reports whether host is domain or below it.
func hostIs(host, domain string) bool {
	if len(host) < len(domain) || !strings.EqualFold(host[len(host)-len(domain):], domain) {
		return false
	}
	return len(host) == len(domain) || host[len(host)-len(domain)-1] == '.'
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

// isElement reports whether s is an O*NET element id: 2.A.1.b, 1.C.6, 2.C.10.
func isElement(s string) bool {
	if len(s) < 5 || len(s) > 16 || s[0] < '1' || s[0] > '6' || s[1] != '.' || s[2] < 'A' || s[2] > 'J' || s[3] != '.' {
		return false
	}
	for part := range strings.SplitSeq(s[4:], ".") {
		if part == "" || len(part) > 2 {
			return false
		}
		for i := 0; i < len(part); i++ {
			if c := part[i]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' && len(part) == 1) {
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
