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

	lightcastSkill = "https://lightcast.io/open-skills/skills/"
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
// latter. What is no URL has a key of its own kind, so that nothing a badge
// writes can be taken for a key. It fetches nothing: a taxonomy is local, and asking a URL that a badge
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
		return append(append(dst, "id:"...), raw...), ""
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
			switch seg := p[i+1:]; {
			case isElement(seg):
				return append(append(dst, "onet:"...), seg...), ONET
			case isSOC(seg):
				return append(append(dst, "soc:"...), seg...), ONET
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
		for p := path; p != ""; { // the id may have the skill's name behind it
			i := strings.LastIndexByte(p, '/')
			if seg := p[i+1:]; isLightcast(seg) {
				return append(append(dst, "lightcast:"...), seg...), Lightcast
			}
			if i < 0 {
				break
			}
			p = p[:i]
		}
	}
	dst = append(appendLower(append(dst, "url:"...), host), path...)
	if query != "" {
		dst = append(append(dst, '?'), query...)
	}
	return dst, ""
}

// opaque gives the identifier that is kept for a URL that no loaded framework
// has, of the frameworks that assay knows by their identifiers only; framework
// is appendKey's. Of ESCO and O*NET it is never one: their concepts are all
// known where they are loaded, and what is not among them may be made up.
// competency says that the badge calls the target one, which a registry's
// identifier alone does not tell.
func opaque(framework, raw string, competency bool) (id string, ok bool) {
	raw = strings.TrimSpace(raw)
	switch framework {
	case CTDL:
		switch ctdlSection(raw) {
		case ctdlCompetency:
			return raw, true
		case ctdlUnsaid:
			return raw, competency
		}
	case CASE:
		path := urlPath(raw)
		n := len("/CFItems/") + 36
		if len(path) < n {
			return "", false
		}
		at := path[:len(path)-n]
		return raw, strings.HasPrefix(path[len(path)-n:], "/CFItems/") && (strings.HasSuffix(at, "/ims/case/v1p0") || strings.HasSuffix(at, "/ims/case/v1p1"))
	case RSD:
		path := urlPath(raw)
		path = strings.Replace(path, "/api/v3/", "/api/", 1)
		return raw, len(path) == len("/api/skills/")+36 && strings.HasPrefix(path, "/api/skills/")
	case Lightcast:
		for seg := range strings.SplitSeq(urlPath(raw), "/") {
			if isLightcast(seg) {
				return lightcastSkill + seg, true
			}
		}
	}
	return "", false
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

// What a URL of the Credential Registry says about the thing it names.
type ctdlKind uint8

const (
	ctdlUnsaid     ctdlKind = iota // /resources/ce-…: anything
	ctdlCompetency                 // /competency/ce-…
	ctdlOther                      // /credential/ce-…, /organization/ce-…: no skill
)

// ctdlSection reads the part of a registry's URL before the CTID.
func ctdlSection(raw string) ctdlKind {
	raw, _, _ = strings.Cut(raw, "?")
	i := strings.LastIndex(raw, "/ce-")
	if i < 0 {
		return ctdlUnsaid
	}
	section := raw[:i]
	section = section[strings.LastIndexByte(section, '/')+1:]
	switch strings.ToLower(section) {
	case "competency", "competencies":
		return ctdlCompetency
	case "resources", "graph", "api", "ce-registry", "id":
		return ctdlUnsaid
	}
	return ctdlOther
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

// isSOC reports whether s is the code of an O*NET occupation: 15-1252 or
// 15-1252.00.
func isSOC(s string) bool {
	if len(s) != 7 && len(s) != 10 {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case i == 2 && c == '-', i == 7 && c == '.':
		case i == 2, i == 7, c < '0', c > '9':
			return false
		}
	}
	return true
}

// isGroupCode reports whether s has the form of an ESCO group's code: T4.1,
// S1.12.3, L1, 0613.
func isGroupCode(s string) bool {
	if s == "" || len(s) > 8 {
		return false
	}
	if strings.IndexByte("STLKstlk", s[0]) >= 0 {
		s = s[1:]
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '.' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// isLightcast reports whether s is an identifier of Lightcast Open Skills:
// KS125LS6N7WP4S6SFTCK, ES… and BGS… alike.
func isLightcast(s string) bool {
	if len(s) < 17 || len(s) > 22 || !strings.HasPrefix(s, "KS") && !strings.HasPrefix(s, "ES") && !strings.HasPrefix(s, "BGS") {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z') {
			return false
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
