package extract

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Classes of Link.
const (
	ClassKnown  = "known"  // a row of the table of providers matches
	ClassLikely = "likely" // host or path speak of badges, assertions, credentials, certificates or awards
	ClassOther  = "other"  // any other http or https URL
)

const maxURL = 4 << 10

// ParseLink takes raw, a URL as it stood in a document, and gives its normal
// form and what the table of providers knows of it. The normal form has no
// brackets or punctuation around it, no soft hyphens or invisible characters,
// no HTML entities, no default port, and no query members that only track the
// reader or that bear the recipient's address (identity__email). ok is false
// for what is not an http or https URL with a host.
func ParseLink(raw string) (normal string, l Link, ok bool) {
	normal, l, ok = parseLink(raw)
	if l.Class == ClassKnown || !strings.Contains(raw, softHyphen) {
		return normal, l, ok
	}
	// Or it is the hyphen of a font that calls it so, and was copied.
	if n, m, good := parseLink(strings.ReplaceAll(raw, softHyphen, "-")); good && m.Class == ClassKnown {
		return n, m, true
	}
	return normal, l, ok
}

const softHyphen = "\u00AD"

func parseLink(raw string) (normal string, l Link, ok bool) {
	u, badge := parseURL(raw)
	// What was taken off may leave something behind to take off.
	for range 4 {
		if u == nil {
			return "", Link{}, false
		}
		normal = u.String()
		if len(normal) > maxURL {
			return "", Link{}, false
		}
		if tidy(normal) == normal {
			if l = classify(u); l.Class != ClassKnown {
				if v := withoutGlued(u); v != nil {
					return v.String(), classify(v), true
				}
			}
			if badge && l.Class == ClassOther {
				l.Class = ClassLikely
			}
			return normal, l, true
		}
		var more bool
		u, more = parseURL(normal)
		badge = badge || more
	}
	return "", Link{}, false
}

// fixedID is an id of a known length, where one stands in an address.
var fixedID = regexp.MustCompile(`[/=](?:` + reAnyUUID + `|[0-9a-f]{40})`)

// mostGlued is how many digits the number of a note has at most.
const mostGlued = 2

// withoutGlued gives an address without what stands behind the id of its badge with
// nothing between them (the number of a note, a word beside a picture), where a
// provider knows the address then; nil for any other.
func withoutGlued(u *url.URL) *url.URL {
	s := u.EscapedPath()
	if u.RawQuery != "" {
		s += "?" + u.RawQuery
	}
	at := fixedID.FindStringIndex(s)
	if at == nil || at[1] == len(s) || s[at[1]] == '/' || s[at[1]] == '?' || s[at[1]] == '&' && strings.IndexByte(s[:at[0]], '?') >= 0 {
		return nil
	}
	rest := s[at[1]:]
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789abcdefABCDEF"))
	if hasFoldPrefix(rest, "%2f") || strings.HasPrefix(rest, ".json") || at[1]-at[0] == 41 && digits > mostGlued {
		return nil // another form of it, or another id
	}
	v, err := url.Parse(u.Scheme + "://" + u.Host + s[:at[1]])
	if err != nil || classify(v).Class != ClassKnown {
		return nil
	}
	return v
}

// link takes a URL that stood where links stand: an annotation, an href, a
// relationship. What is not http or https is passed over; data: is unpacked.
func (p *part) link(raw string, pl Place) {
	if len(raw) > 5 && strings.EqualFold(raw[:5], "data:") {
		p.dataURI(raw, pl)
		return
	}
	u, l, ok := p.parseLink(raw, pl)
	if !ok && isSchemeless(raw) {
		u, l, ok = p.parseLink("https://"+strings.TrimSpace(raw), pl)
	}
	if !ok {
		if rest := cmp.Or(inFile(raw), misspelt(raw)); rest != "" {
			u, l, ok = p.parseLink("https://"+rest, pl)
		}
	}
	if !ok {
		if len(raw) <= maxURL && !hasFoldPrefix(raw, "javascript:") && (strings.Contains(strings.ToLower(raw), "http") || strings.Contains(raw, "://")) {
			p.text(raw, pl) // a button that tells somebody of a badge, an address that a browser shows in its own way
		}
		return
	}
	p.emit(Finding{Kind: KindLink, Payload: u, Carrier: p.carrier, Link: &l}, pl)
	p.jwsInURL(u, pl)
	p.jwsInURL(fragmentOf(raw, u), pl)
}

// fragmentOf gives the fragment of an address as it was written, "" where the address that
// is told has it, too: it is not sent to a host, and a wallet's page reads its badge
// there.
func fragmentOf(raw, told string) string {
	if _, fragment, ok := strings.Cut(raw, "#"); ok && !strings.HasSuffix(told, fragment) {
		return fragment
	}
	return ""
}

// inFile gives the address of a provider's host within that of a file, "" where there
// is none: a program that takes credly.com/badges/… for the name of a file puts its own
// folder before it.
func inFile(raw string) string {
	if !hasFoldPrefix(raw, "file:") || len(raw) > maxURL {
		return ""
	}
	s := strings.ReplaceAll(raw, `\`, "/")
	for range maxFolders {
		var ok bool
		if _, s, ok = strings.Cut(s, "/"); !ok {
			break
		}
		if isSchemeless(s) {
			return s
		}
	}
	return ""
}

const maxFolders = 32 // one in another

// misspelt gives the address of a provider's host behind two slashes and a scheme that
// is none (htps:, ttps:), "" where there is none.
func misspelt(raw string) string {
	if scheme, rest, ok := strings.Cut(strings.TrimSpace(raw), "//"); ok && len(scheme) <= len("https: ") && isSchemeless(rest) {
		return rest
	}
	return ""
}

// isSchemeless reports whether a link lacks nothing but its scheme: people type
// credly.com/badges/… where a program asks for an address. Only a provider's host
// is taken for one; any other may be the name of a file.
func isSchemeless(raw string) bool {
	host, _, ok := strings.Cut(strings.TrimSpace(raw), "/")
	return ok && isProvider(strings.ToLower(host))
}

// isProvider reports whether the table of providers names host.
func isProvider(host string) bool {
	for k := range providers {
		for _, h := range providers[k].hosts {
			if h != "*" && matchHost(h, host) {
				return true
			}
		}
	}
	return false
}

// isTarget reports whether an attribute that may name a file names a link.
func isTarget(s string) bool {
	return hasFoldPrefix(s, "http") || inFile(s) != "" || hasFoldPrefix(s, "www.") || hasFoldPrefix(s, "data:") || isSchemeless(s)
}

// parseLink is ParseLink within the budget of the call.
func (p *part) parseLink(raw string, pl Place) (string, Link, bool) {
	if p.linkWork <= 0 {
		p.limit(pl.Where, ReasonLinks, fmt.Sprintf("at most %d URLs are looked at", allLinks))
		return "", Link{}, false
	}
	p.linkWork--
	return ParseLink(raw)
}

// jwsInURL takes a credential that a validator's link carries along.
func (p *part) jwsInURL(u string, pl Place) {
	for {
		i := strings.Index(u, "ey")
		if i < 0 {
			return
		}
		u = u[i:]
		n := 0
		for n < len(u) && (isBase64URL(u[n]) || u[n] == '.') {
			n++
		}
		if s := u[:n]; isJWS(s) {
			if body, ok := jwsPayload(s); ok && bearsCredential(body) {
				p.take(p.carrier, s, pl.flagged("in_url"), false, "")
			}
		}
		u = u[max(n, 1):]
	}
}

// bearsCredential reports whether the payload of a JWT is a credential or has
// one under vc, so that a session token is not taken for a badge.
func bearsCredential(body string) bool {
	if isCredential(body) {
		return true
	}
	for k := range members(body) {
		if k == "vc" || k == "vp" {
			return true
		}
	}
	return false
}

// dataURI unpacks data:[<type>][;base64],<data> (RFC 2397) and reports whether
// it could. The payload goes through the dispatcher.
func (p *part) dataURI(raw string, pl Place) bool {
	head, body, ok := strings.Cut(raw[5:], ",")
	if i := strings.LastIndexByte(raw, ';'); !ok && i >= 5 && isToken(raw[i+1:]) {
		head, body, ok = raw[5:i], raw[i+1:], true // as drafts of VCDM 2.0 had it
	}
	if !ok || len(head) > 256 {
		return false
	}
	contentType, params, _ := strings.Cut(head, ";")
	var data []byte
	if strings.Contains(";"+params, ";base64") {
		data = decodeBase64(body)
	} else if s, err := url.PathUnescape(body); err == nil {
		data = []byte(s)
	}
	if len(data) == 0 {
		return false
	}
	pl.Where += " > data: URI"
	p.embed(pl, "", contentType, data)
	return true
}

// decodeBase64 decodes either alphabet, with or without padding, space and
// percent signs in between, up to the first thing that is not base64.
func decodeBase64(s string) []byte {
	if strings.Contains(s, "%") {
		if t, err := url.PathUnescape(s); err == nil {
			s = t
		}
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '-':
			return '+'
		case r == '_':
			return '/'
		case r == '=' || r == ' ' || r == '\t' || r == '\r' || r == '\n':
			return -1
		}
		return r
	}, s)
	b := make([]byte, base64.RawStdEncoding.DecodedLen(len(s)))
	n, _ := base64.RawStdEncoding.Decode(b, []byte(s))
	return b[:n]
}

// parseURL gives the URL that was meant; badge says that a verifier's link named
// it, so that it leads to a badge whatever it looks like.
func parseURL(raw string) (u *url.URL, badge bool) {
	u = plainURL(raw)
	for range maxRewritten {
		inner, verifiers := unwrap(u)
		if inner == nil {
			break
		}
		u, badge = inner, badge || verifiers
	}
	if u != nil && strings.HasPrefix(u.Fragment, verifyFragment) {
		u.Fragment, u.RawFragment = "", ""
	}
	return u, badge
}

// maxRewritten is how many redirectors may stand in one another.
const maxRewritten = 4

// plainURL is parseURL without looking into redirectors.
func plainURL(raw string) *url.URL {
	if len(raw) > 4*maxURL {
		return nil
	}
	s := tidy(raw)
	if len(s) < 4 {
		return nil
	}
	if hasFoldPrefix(s, "url:") { // RFC 3986 App. C
		s = s[len("url:"):]
	}
	s = oneScheme(s)
	if len(s) > 3 && s[len(s)-3] == '%' {
		s = blankEnd.ReplaceAllString(s, "")
	}
	switch {
	case hasHTTP(s):
	case hasFoldPrefix(s, "hxxps://"), hasFoldPrefix(s, "hxxp://"):
		s = "http" + s[4:]
	case hasFoldPrefix(s, "www."):
		s = "https://" + s
	case strings.HasPrefix(s, "//"):
		// Base64 of text begins so, too.
		if host, _, _ := strings.Cut(s[2:], "/"); !strings.Contains(host, ".") {
			return nil
		}
		s = "https:" + s
	default:
		return nil
	}
	u, err := url.Parse(s)
	if err != nil {
		// A stray percent sign is no reason to lose a badge.
		if u, err = url.Parse(strings.ReplaceAll(s, "%", "%25")); err != nil {
			return nil
		}
	}
	u.Scheme = strings.ToLower(u.Scheme)
	host := strings.ToLower(u.Host)
	if u.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	} else {
		host = strings.TrimSuffix(host, ":80")
	}
	host = strings.TrimRight(host, ".")
	if host == "" || host[0] == ':' || strings.HasPrefix(host, ".") {
		return nil
	}
	u.Host = host
	u.RawQuery = withoutTracking(u.RawQuery)
	u.ForceQuery = false
	if !keepFragment(u.Fragment) {
		u.Fragment, u.RawFragment = "", ""
	}
	return u
}

// blankEnd is what was copied behind an address, and encoded: white space and signs that
// nobody sees.
var blankEnd = regexp.MustCompile(`(?i)(?:%20|%09|%0[ad]|%c2%a0|%e2%80%8[b-f]|%ef%bb%bf)+$`)

// slips are schemes as people, and programs that put one before what has one, write
// them: a colon or a slash is lacking, or turned round.
var slips = regexp.MustCompile(`^(?i)(https?)(?:[:;][/\\]{1,2}|//)`)

// again is a scheme before another one, with no slash behind one of them.
var again = regexp.MustCompile(`^(?i)https?:[/\\]{0,2}(https?:)(?:[/\\]|[a-z0-9-]+\.)`)

// oneScheme puts right the scheme of a URL that has it misspelt or twice.
func oneScheme(s string) string {
	for range 4 {
		was := s
		if m := again.FindStringSubmatchIndex(s); m != nil {
			s = s[m[2]:m[3]] + "//" + strings.TrimLeft(s[m[3]:], `/\`)
		}
		m := slips.FindStringSubmatchIndex(s)
		if m == nil {
			return s
		}
		rest := s[m[1]:]
		if host, _, _ := strings.Cut(strings.TrimLeft(rest, "/"), "/"); strings.Contains(host, ".") {
			rest = strings.TrimLeft(rest, "/") // a slash too many
		}
		scheme := strings.ToLower(s[:m[3]])
		if s = rest; !slips.MatchString(rest) {
			s = scheme + "://" + rest
		}
		if s == was {
			return s
		}
	}
	return s
}

// isSlip reports whether s begins with such a scheme and a name of a host.
func isSlip(s string) bool {
	if !hasFoldPrefix(s, "http") {
		return false
	}
	m := slips.FindStringIndex(s[:min(len(s), 10)])
	if m == nil {
		return false
	}
	host := strings.TrimLeft(s[m[1]:min(len(s), m[1]+100)], "/")
	if n := strings.IndexFunc(host, func(r rune) bool { return r != '.' && (r >= utf8.RuneSelf || !isHostByte(byte(r))) }); n >= 0 {
		host = host[:n]
	}
	return strings.Contains(strings.Trim(host, "."), ".")
}

func hasHTTP(s string) bool { return hasFoldPrefix(s, "https://") || hasFoldPrefix(s, "http://") }

func hasFoldPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// tidy takes off what stands around and within a URL in prose.
func tidy(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		c := s[i]
		plain = c > ' ' && c < 0x7f && c != '&' && c != '[' && c != '\\'
	}
	if !plain {
		s = strings.Map(func(r rune) rune {
			if r <= ' ' || r == 0x7f || r == '\u00AD' || r == utf8.RuneError || r > 0x7f && (unicode.Is(unicode.Cf, r) || unicode.IsSpace(r) || unicode.IsControl(r)) {
				return -1
			}
			if isDash(r) {
				return '-'
			}
			return r
		}, s)
		s = ligatures.Replace(unescapeEntities(s))
		if strings.Contains(s, "[.]") || strings.Contains(s, "[:]") {
			s = strings.NewReplacer("[.]", ".", "[:]", ":").Replace(s)
		}
	}
	return trimURLEnd(unescapeSigns(strings.TrimLeft(s, `<([{"'`+"`*_“”‘’«»„")))
}

// ligatures are letters that fonts run together (Unicode, U+FB00 to U+FB06): no address has
// them.
var ligatures = strings.NewReplacer("\ufb00", "ff", "\ufb01", "fi", "\ufb02", "fl", "\ufb03", "ffi", "\ufb04", "ffl", "\ufb05", "st", "\ufb06", "st")

// unescapeSigns takes off the backslashes of Markdown and LaTeX. One within the host is
// no such: what follows it is another host to some readers.
func unescapeSigns(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	host := len(s) - len(strings.TrimLeft(s, "/"))
	if i := strings.Index(s, "://"); i >= 0 {
		host = i + len("://")
	}
	if i := strings.IndexByte(s[host:], '/'); i >= 0 {
		host += i
	} else {
		return s
	}
	if strings.IndexByte(s[:host], '\\') >= 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if i < host || !isEscape(s, i) {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// trimURLEnd takes off the punctuation that follows a URL in prose. A closing
// bracket stays when the URL opens it.
func trimURLEnd(s string) string {
	for s != "" {
		r, n := utf8.DecodeLastRuneInString(s)
		switch r {
		case '.', ',', ';', ':', '\'', '"', '!', '?', '*', '>', '<', '`', '|', '\\', '“', '”', '‘', '’', '«', '»', '…', '。', '，', '、':
		case ')':
			if strings.Count(s, "(") >= strings.Count(s, ")") {
				return s
			}
		case ']':
			if strings.Count(s, "[") >= strings.Count(s, "]") {
				return s
			}
		case '}':
			if strings.Count(s, "{") >= strings.Count(s, "}") {
				return s
			}
		default:
			return s
		}
		s = s[:len(s)-n]
	}
	return s
}

// unescapeEntities undoes HTML character references, those with a semicolon
// only: "&copy=2" is a query member.
func unescapeEntities(s string) string {
	if !strings.Contains(s, "&") || !strings.Contains(s, ";") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		s = s[i:]
		end := strings.IndexByte(s[:min(len(s), 12)], ';')
		if end < 2 {
			b.WriteByte('&')
			s = s[1:]
			continue
		}
		b.WriteString(html.UnescapeString(s[:end+1]))
		s = s[end+1:]
	}
	b.WriteString(s)
	return b.String()
}

// tracking are query members that say who reads or sends a link, never which
// badge it is. An entry that ends with * is a prefix.
var tracking = []string{
	"identity__*", // the recipient's address (Badgr)
	"utm_*", "fbclid", "gclid", "gbraid", "wbraid", "dclid", "msclkid", "yclid", "twclid", "ttclid", "igshid", "igsh",
	"mc_cid", "mc_eid", "_hsenc", "_hsmi", "mkt_tok", "vero_id", "oly_enc_id", "oly_anon_id", "trk", "trkemail", "trackingid",
	"lipi", "midtoken", "midsig", "embedversion",
}

func withoutTracking(q string) string {
	if q == "" {
		return ""
	}
	kept := make([]string, 0, 4)
	for m := range strings.SplitSeq(q, "&") {
		name, _, _ := strings.Cut(m, "=")
		if n, err := url.QueryUnescape(name); err == nil {
			name = n
		}
		name = strings.ToLower(strings.TrimPrefix(name, "amp;"))
		if m == "" || slices.ContainsFunc(tracking, func(t string) bool {
			if prefix, ok := strings.CutSuffix(t, "*"); ok {
				return strings.HasPrefix(name, prefix)
			}
			return name == t
		}) {
			continue
		}
		kept = append(kept, m)
	}
	return strings.Join(kept, "&")
}

// keepFragment reports whether a fragment says which page is meant: Accredible
// (#acc.…) and pages that route by it.
func keepFragment(f string) bool {
	return strings.HasPrefix(f, "acc.") || strings.HasPrefix(f, "/") || strings.HasPrefix(f, "!/") || strings.HasPrefix(f, verifyFragment)
}

// verifyFragment begins the fragment in which a link of VerifierPlus, on any host,
// has the address of the credential that it is to show.
const verifyFragment = "verify?vc="

// shown gives the address in such a fragment, escaped or not; "" where there is
// none.
func shown(u *url.URL) string {
	rest := u.EscapedFragment()
	switch {
	case hasFoldPrefix(rest, verifyFragment):
		rest = rest[len(verifyFragment):]
	case hasFoldPrefix(rest, "verify%3Fvc%3D"):
		rest = rest[len("verify%3Fvc%3D"):]
	default:
		return ""
	}
	if hasHTTP(rest) {
		return rest // as it stands: a query of its own may follow
	}
	rest, _, _ = strings.Cut(rest, "&")
	for range 2 { // or escaped twice
		plain, err := url.PathUnescape(rest)
		if err != nil || hasHTTP(rest) {
			break
		}
		rest = plain
	}
	return rest
}

// redirectors wrap the link that was meant into a query member: mail filters,
// social networks and verifiers of badges do.
var redirectors = []struct {
	host, path, member string              // host as in provider.hosts; "www.google." for it in any country
	badge              bool                // a verifier's: what is wrapped is a badge
	decode             func(string) string // of the member; nil = it stands as it is
}{
	{host: "*.safelinks.protection.outlook.com", path: "/", member: "url"},
	{host: "*.safelinks.protection.office365.us", path: "/", member: "url"},
	{host: "*.safelinks.protection.partner.outlook.cn", path: "/", member: "url"},
	{host: "*.teams.cdn.office.net", path: "/", member: "url"}, // Safe Links in Teams
	{host: "statics.teams.microsoft.com", path: "/evergreen-assets/safelinks/", member: "url"},
	{host: "*", path: "/owa/redir.aspx", member: "url"}, // Outlook on the web, on the host of who uses it
	{host: "urldefense.proofpoint.com", path: "/v1/", member: "u"},
	{host: "urldefense.proofpoint.com", path: "/v2/", member: "u", decode: proofpoint2},
	{host: "urldefense.com", path: "/v1/", member: "u"},
	{host: "urldefense.com", path: "/v2/", member: "u", decode: proofpoint2},
	{host: "urldefense.us", path: "/v2/", member: "u", decode: proofpoint2},
	{host: "linkprotect.cudasvc.com", path: "/url", member: "a"},
	{host: "*.trendmicro.com", path: "/wis/clicktime/", member: "url"},
	{host: "*.protection.sophos.com", path: "/", member: "u", decode: func(s string) string { return string(decodeBase64(strings.ReplaceAll(s, " ", "+"))) }},
	{host: "*.fireeye.com", path: "/", member: "u"},
	{host: "*.trellix.com", path: "/", member: "u"}, // FireEye's name since 2022
	{host: "*.mimecast.com", path: "/", member: "url"},
	{host: "*.mimecastprotect.com", path: "/", member: "url"},
	{host: "clicktime.symantec.com", path: "/", member: "u"},
	{host: "*.vadesecure.com", path: "/", member: "u"},
	{host: "link.edgepilot.com", path: "/", member: "u"},
	{host: "*", path: "/fmlurlsvc/", member: "url"}, // FortiMail, on the host of who uses it
	{host: "deref-gmx.net", path: "/mail/", member: "redirectUrl"},
	{host: "deref-web.de", path: "/mail/", member: "redirectUrl"},
	{host: "deref-mail.com", path: "/mail/", member: "redirectUrl"},
	{host: "www.google.", path: "/url", member: "q"},
	{host: "www.google.", path: "/url", member: "url"},
	{host: "*.google.com", path: "/url", member: "q"}, // of Docs, Mail and others
	{host: "meet.google.com", path: "/linkredirect", member: "dest"},
	{host: "*.linkedin.com", path: "/safety/go", member: "url"},
	{host: "*.linkedin.com", path: "/authwall", member: "sessionRedirect"}, // who has no account is sent there
	{host: "*.linkedin.com", path: "/redir/", member: "url"},
	{host: "*.linkedin.com", path: "/profile/add", member: "certurl"}, // buttons that share a badge
	{host: "*.linkedin.com", path: "/sharing/share-offsite", member: "url"},
	{host: "*.linkedin.com", path: "/shareArticle", member: "url"},
	{host: "*.facebook.com", path: "/sharer", member: "u"},
	{host: "twitter.com", path: "/intent/tweet", member: "url"},
	{host: "x.com", path: "/intent/", member: "url"},
	{host: "*.facebook.com", path: "/l.php", member: "u"},
	{host: "*.facebook.com", path: "/flx/warn/", member: "u"},
	{host: "l.messenger.com", path: "/l.php", member: "u"},
	{host: "l.wl.co", path: "/l", member: "u"}, // WhatsApp
	{host: "out.reddit.com", path: "/", member: "url"},
	{host: "vk.com", path: "/away.php", member: "to"},
	{host: "t.umblr.com", path: "/redirect", member: "z"},
	{host: "duckduckgo.com", path: "/l/", member: "uddg"},
	{host: "www.bing.com", path: "/ck/", member: "u", decode: func(s string) string { return string(decodeBase64(strings.TrimPrefix(s, "a1"))) }},
	{host: "translate.google.com", path: "/", member: "u"},
	{host: "l.instagram.com", path: "/", member: "u"},
	{host: "slack-redir.net", path: "/link", member: "url"},
	{host: "www.youtube.com", path: "/redirect", member: "q"},
	{host: "badgecheck.io", path: "/", member: "url", badge: true},
	{host: "badgecheck.us.badgr.com", path: "/", member: "url", badge: true},
	{host: "openbadgesvalidator.imsglobal.org", path: "/", member: "url", badge: true},
	{host: "*.verifybadge.org", path: "/", member: "url", badge: true},
}

func unwrap(u *url.URL) (inner *url.URL, badge bool) {
	if u == nil {
		return nil, false
	}
	if s := shown(u); hasHTTP(s) {
		return plainURL(s), true
	}
	if s := inPath(u); hasHTTP(s) {
		return plainURL(s), false
	}
	if u.RawQuery == "" {
		return nil, false
	}
	for _, r := range redirectors {
		if (matchHost(r.host, u.Hostname()) || r.host == "www.google." && isGoogle(u.Host)) && strings.HasPrefix(cmp.Or(u.Path, "/"), r.path) {
			s := memberOf(u, r.member)
			if r.decode != nil {
				s = r.decode(s)
			}
			for range 2 { // or escaped twice
				if inner := plainURL(s); inner != nil {
					return inner, r.badge
				}
				s, _ = url.PathUnescape(s)
			}
		}
	}
	return nil, false
}

// Carried gives the link that stands whole in the query or the path of another, as
// ParseLink does; ok is false where none does. Whether it is what was meant nobody knows
// but who made it.
func Carried(raw string) (normal string, l Link, ok bool) {
	u, err := url.Parse(raw)
	if err != nil || len(raw) > maxURL {
		return "", Link{}, false
	}
	within := strings.Split(u.RawQuery, "&")
	for i, m := range within {
		_, v, _ := strings.Cut(m, "=")
		within[i], _ = url.QueryUnescape(v)
	}
	if i := strings.Index(raw, "/http"); i >= 0 {
		within = append(within, raw[i+1:])
	}
	for _, v := range within {
		if !hasHTTP(v) {
			continue
		}
		if normal, l, ok = ParseLink(v); ok && (l.Class != ClassOther || l.Machine != "") {
			return normal, l, true
		}
	}
	return "", Link{}, false
}

// memberOf gives the query member of that name, in whichever letters.
func memberOf(u *url.URL, name string) string {
	all := u.Query()
	if v := all.Get(name); v != "" {
		return v
	}
	for k, v := range all {
		if strings.EqualFold(k, name) && len(v) > 0 {
			return v[0]
		}
	}
	return ""
}

// isGoogle reports whether host is Google's search in some country.
func isGoogle(host string) bool {
	country, ok := strings.CutPrefix(strings.TrimPrefix(host, "www."), "google.")
	if !ok {
		return false
	}
	for _, second := range []string{"com.", "co.", "it."} {
		if c, ok := strings.CutPrefix(country, second); ok {
			return len(c) == 2
		}
	}
	return country == "com" || country == "cat" || len(country) == 2
}

// inPath gives the link that stands in the path of one that a mail filter
// rewrote (Proofpoint's third form, Cisco) or that an archive of the Web keeps;
// "" for any other.
func inPath(u *url.URL) string {
	s := u.EscapedPath()
	if u.RawQuery != "" {
		s += "?" + u.RawQuery
	}
	switch {
	case u.Host == "urldefense.com" || u.Host == "urldefense.us" || u.Host == "urldefense.proofpoint.com":
		if rest, ok := strings.CutPrefix(s, "/v3/__"); ok {
			return twoSlashes(proofpoint3(rest))
		}
	case u.Host == "secure-web.cisco.com":
		if i := strings.Index(strings.ToLower(s), "/http"); i > 0 {
			rest, _, _ := strings.Cut(s[i+1:], "?")
			plain, _ := url.PathUnescape(rest)
			return twoSlashes(plain)
		}
	case u.Host == "protect.checkpoint.com" || u.Host == "url.avanan.click":
		if rest, ok := strings.CutPrefix(s, "/v2/___"); ok {
			rest, _, _ = strings.Cut(rest, "___")
			return twoSlashes(rest)
		}
	case isGoogle(u.Host):
		if rest, ok := strings.CutPrefix(s, "/amp/s/"); ok {
			return "https://" + rest
		}
	case u.Host == "web.archive.org" || u.Host == "www.web.archive.org" || u.Host == "wayback.archive.org":
		rest, ok := strings.CutPrefix(s, "/web/")
		if !ok {
			rest, ok = strings.CutPrefix(s, "/save/")
		}
		if ok {
			if !hasFoldPrefix(rest, "http") { // the time
				_, rest, _ = strings.Cut(rest, "/")
			}
			if encodedScheme.MatchString(rest) {
				rest, _ = url.PathUnescape(rest)
			}
			if rest = twoSlashes(rest); !hasHTTP(rest) && isSchemeless(rest) {
				rest = "https://" + rest
			}
			return rest
		}
	}
	return ""
}

// twoSlashes gives back the slash that programs take out of a path.
func twoSlashes(s string) string {
	for _, scheme := range []string{"https:/", "http:/"} {
		if rest, ok := strings.CutPrefix(s, scheme); ok && !strings.HasPrefix(rest, "/") {
			return scheme + "/" + rest
		}
	}
	return s
}

// proofpoint2 undoes the second form: "-3A" for "%3A", "_" for "/".
func proofpoint2(s string) string {
	plain, _ := url.PathUnescape(strings.NewReplacer("-", "%", "_", "/").Replace(s))
	return plain
}

// proofpoint3 undoes the third form: the link up to "__;", and behind it, in
// base64, the characters for which an asterisk stands in it; "**" and a letter stand
// for a run of two and more. Some count the bytes of letters beyond ASCII.
func proofpoint3(s string) string {
	link, rest, _ := strings.Cut(s, "__;")
	code, _, _ := strings.Cut(rest, "!")
	kept := decodeBase64(code)
	stand := stars.FindAllStringIndex(link, -1)
	all := 0
	for _, r := range stand {
		all += starred(link[r[0]:r[1]])
	}
	byBytes := all == len(kept) || !utf8.Valid(kept)
	var b strings.Builder
	at := 0
	for _, r := range stand {
		if len(kept) == 0 {
			break
		}
		b.WriteString(link[at:r[0]])
		at = r[1]
		for range starred(link[r[0]:r[1]]) {
			n := min(1, len(kept))
			if !byBytes {
				_, n = utf8.DecodeRune(kept)
			}
			b.Write(kept[:n])
			kept = kept[n:]
		}
	}
	return b.String() + link[at:]
}

// stars are what stands for characters in Proofpoint's third form, starred for how many.
var stars = regexp.MustCompile(`\*(?:\*[A-Za-z0-9_-])?`)

func starred(run string) int {
	if len(run) < 3 {
		return 1
	}
	return strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", run[2]) + 2
}

func matchHost(pattern, host string) bool {
	if pattern == "*" || pattern == host {
		return true
	}
	rest, ok := strings.CutPrefix(pattern, "*.")
	return ok && (host == rest || strings.HasSuffix(host, pattern[1:]))
}

// rules are the patterns of the providers, each compiled when a link of its host
// is first met.
var rules = func() []func() *regexp.Regexp {
	all := make([]func() *regexp.Regexp, len(providers))
	for i, p := range providers {
		all[i] = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:` + p.path + `)$`) })
	}
	return all
}()

// speaks are the words by which a URL is likely to lead to a badge.
var speaks = []string{"badge", "assertion", "credential", "certificat", "award"}

func classify(u *url.URL) Link {
	path := u.EscapedPath()
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	if u.Fragment != "" {
		path += "#" + u.EscapedFragment()
	}
	host := u.Host
	lower := strings.ToLower(host + path)
	for i := range providers {
		p := &providers[i]
		anyHost := p.hosts[0] == "*"
		if anyHost && !strings.Contains(lower, "/badges/") && !strings.Contains(lower, "/public/assertions/") {
			continue
		}
		if !slices.ContainsFunc(p.hosts, func(h string) bool { return matchHost(h, host) }) {
			continue
		}
		re := rules[i]()
		m := re.FindStringSubmatchIndex(path)
		if m == nil {
			continue
		}
		l := Link{Class: ClassKnown, Provider: p.name, Claim: p.claim, Portal: p.portal, Share: p.share}
		if p.machine != "" {
			machine := strings.ReplaceAll(p.machine, "$host", strings.ReplaceAll(host, "$", "$$"))
			machine = strings.ReplaceAll(machine, "$1", "${1}")
			machine = strings.ReplaceAll(machine, "$2", "${2}")
			machine = strings.ReplaceAll(machine, "$3", "${3}")
			if u.Scheme == "http" && anyHost {
				machine = "http" + strings.TrimPrefix(machine, "https")
			}
			l.Machine = string(re.ExpandString(nil, machine, path, m))
		}
		return l
	}
	file := fileOf(host, path)
	for _, w := range speaks {
		if strings.Contains(lower, w) {
			return Link{Class: ClassLikely, Machine: file}
		}
	}
	return Link{Class: ClassOther, Machine: file}
}
