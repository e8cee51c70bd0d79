package extract

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// sniffText is the last carrier: whatever reads as text in some encoding.
func sniffText(p *part) bool {
	b := p.data[:min(len(p.data), 4096)]
	if isUTF16(b) {
		return true
	}
	odd := 0
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\r' && c != '\n' && c != '\f' && c != 0x1b {
			odd++
		}
	}
	return odd*50 <= len(b)
}

func isUTF16(b []byte) bool {
	return bytes.HasPrefix(b, []byte{0xFF, 0xFE}) || bytes.HasPrefix(b, []byte{0xFE, 0xFF})
}

// extractText reads plain text, Markdown and whatever else is text.
func extractText(p *part) {
	pl := p.place("text")
	b := p.encodedFiles(p.data, p.place())
	text, sure := p.unquoted(b, pl)
	p.plain(decodeText(text), pl)
	if !sure {
		p.text(decodeText(b), pl)
	}
}

// decodeText makes UTF-8 of UTF-8, of UTF-16 with a byte order mark, and of
// anything else as if it were Latin-1, in which URLs look alike.
func decodeText(b []byte) string {
	switch {
	case isUTF16(b):
		return decodeUTF16(b[2:], b[0] == 0xFE)
	case utf8.Valid(b):
		return string(b)
	}
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = rune(c)
	}
	return string(r)
}

func decodeUTF16(b []byte, bigEndian bool) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		if bigEndian {
			u[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
		} else {
			u[i] = uint16(b[2*i+1])<<8 | uint16(b[2*i])
		}
	}
	return string(utf16.Decode(u))
}

// text looks through prose for URLs, compact JWS and JSON credentials. Each is
// looked for as it stands and, where a line ends in it, joined with what
// follows on the next line. Offsets are those of s, added to the place's own.
func (p *part) text(s string, pl Place) { p.scan(s, pl, true) }

// prose is text for what has its lines from markup: a URL there is not broken
// by the end of one, except where a provider's rule says that it is.
func (p *part) prose(s string, pl Place) { p.scan(s, pl, false) }

func (p *part) scan(s string, pl Place, wrapped bool) {
	scan := scan{p: p, s: s, place: pl, wrapped: wrapped}
	scan.run()
}

func (t *scan) run() {
	t.s = wholeSchemes(t.s)
	p, s := t.p, t.s
	t.credentials = tellsCredential(s)
	for i := 0; i < len(s); {
		if end := t.cbor(i); end > i {
			i = end
			continue
		}
		switch c := s[i]; c {
		case 'h', 'H', 'w', 'W':
			if n := urlStart(s[i:]); n > 0 && !insideWord(s, i, c) || n == 0 && isSlip(s[i:]) {
				i = t.url(i)
				continue
			}
			if end := t.encoded(i); end > i {
				i = end
				continue
			}
		case 'e':
			if i >= t.noJWS && strings.HasPrefix(s[i:], "ey") && (i == 0 || !isBase64URL(s[i-1]) && s[i-1] != '.') {
				end := t.jws(i)
				if end == i {
					end = t.padded(i)
				}
				if end > i {
					i = end
					continue
				}
			}
		case 'd':
			if strings.HasPrefix(s[i:], "data-share-badge-id=") {
				i = max(i+1, t.embed(i))
				continue
			}
		case '{':
			if t.credentials {
				if end := t.json(i); end > i {
					i = end
					continue
				}
			}
		case '/':
			// credly.com/badges/…: known providers are recognised without scheme.
			if i > 3 && strings.HasPrefix(s[i:], "/") && isHostByte(s[i-1]) && !strings.HasSuffix(s[:i], ":/") {
				i = max(i+1, t.bare(i))
				continue
			}
		}
		i++
		if i&0xffff == 0 && p.done() {
			return
		}
	}
	t.blocks()
}

// dividedScheme is one that goes on behind the end of a line, with a hyphen or without:
// LaTeX breaks an address behind its colon, narrow columns anywhere.
var dividedScheme = regexp.MustCompile(`(?i)\b(h[tps]*:?/?)(?:-|\x{2010}|\x{AD})?[ \t\r]*\n[ \t]*([tps]*:?/{1,2})`)

// wholeSchemes gives a text in which no scheme is divided over the ends of lines; all else
// keeps its place.
func wholeSchemes(s string) string {
	var out []byte // the text is copied once, however many there are
	for at := 0; ; {
		n := strings.IndexByte(s[at:], '\n')
		if n < 0 {
			break
		}
		n += at
		at = n + 1
		if !schemeGoesOn(s, at) {
			continue
		}
		start := len(strings.TrimRight(s[max(0, n-40):n], " \t\r")) + max(0, n-40) - schemeRoom
		start = max(0, start)
		m := dividedScheme.FindStringSubmatchIndex(s[start:min(len(s), n+40)])
		if m == nil || start+m[3] > n || start+m[4] <= n {
			continue
		}
		whole := s[start+m[2]:start+m[3]] + s[start+m[4]:start+m[5]]
		if !strings.EqualFold(whole, "http://") && !strings.EqualFold(whole, "https://") {
			continue
		}
		end := start + m[5]
		if out == nil {
			out = []byte(s)
		}
		copy(out[end-len(whole):], whole)
		gap := out[start+m[0] : end-len(whole)]
		for n := range gap {
			gap[n] = ' '
		}
		gap[len(gap)-1] = '\n'
	}
	if out == nil {
		return s
	}
	return string(out)
}

// schemeRoom is what the beginning of a scheme takes, with a hyphen and a character before it.
const schemeRoom = len(" https:/\u2010")

// schemeGoesOn reports whether what may be the rest of a scheme begins a line at i.
func schemeGoesOn(s string, i int) bool {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	for n := 0; i < len(s) && n < 5 && strings.IndexByte("tpsTPS:", s[i]) >= 0; n++ {
		i++
	}
	return i < len(s) && s[i] == '/'
}

// tellsCredential reports whether prose gives cause to try braces as JSON.
func tellsCredential(s string) bool {
	return strings.Contains(s, `"`) && (strings.Contains(s, `"type"`) || strings.Contains(s, `"@type"`) ||
		strings.Contains(s, `"recipient"`) || strings.Contains(s, `"credentialSubject"`) || strings.Contains(s, `"payload"`) || strings.Contains(s, "\n") && strings.Contains(s, "@context")) ||
		tellsForm(s)
}

type scan struct {
	p           *part
	s           string
	place       Place
	credentials bool // there is cause to try braces as JSON
	wrapped     bool // lines may be broken anywhere
	only        bool // links and prose in JSON are not wanted
	last        int  // end of the last URL without scheme
	noJWS       int  // before it none begins
	lines       *pdfLines
}

func (t *scan) at(i int, flags ...string) Place {
	pl := t.place.flagged(flags...)
	if pl.Object == 0 {
		pl.Offset += int64(i)
	}
	return pl
}

// encodedScheme is that of an address which stands in the body of a form, or behind mailto:.
// Some programs leave its slashes as they are (Python's urllib.parse.quote).
var encodedScheme = regexp.MustCompile(`^(?i)https?%3a(?:%2f%2f|//)`)

// encoded takes the address that begins at i and is encoded as one within another is, and
// gives where it ends; i for none.
func (t *scan) encoded(i int) int {
	if !hasFoldPrefix(t.s[i:], "http") || !encodedScheme.MatchString(t.s[i:min(len(t.s), i+16)]) {
		return i
	}
	signs := "%.~*!()"
	if t.s[i+strings.IndexByte(t.s[i:], '%')+len("%3A")] == '/' {
		if signs += "/:"; i == 0 { // it may be the colon alone that was encoded
			signs += "?=&#+,;"
		}
	}
	end := i
	for end < len(t.s) && end-i < 2*maxURL && (isBase64URL(t.s[end]) || strings.IndexByte(signs, t.s[end]) >= 0) {
		end++
	}
	s, err := url.PathUnescape(t.s[i:end])
	if err != nil {
		return end // or each that begins in it would be read to the same end
	}
	s = s[:urlEnd(s, 0)] // what stands behind white space, or in a sign, is a person's
	if u, l, ok := t.p.parseLink(s, t.place); ok && !isNamespace(u) {
		t.p.emit(Finding{Kind: KindLink, Payload: u, Carrier: t.p.carrier, Link: &l}, t.at(i))
	}
	return end
}

// urlStart gives the length of the scheme, or of "www.", with which s begins.
func urlStart(s string) int {
	if len(s) < 2 || strings.IndexByte("tTwWxX", s[1]) < 0 {
		return 0 // most words end here
	}
	for _, p := range []string{"https://", "http://", "hxxps://", "hxxp://", "www.", "hxxps[:]//", "hxxp[:]//", "https[:]//", "http[:]//"} {
		if hasFoldPrefix(s, p) && len(s) > len(p) {
			return len(p)
		}
	}
	return 0
}

func insideWord(s string, i int, c byte) bool {
	if i == 0 || c != 'w' && c != 'W' {
		return false
	}
	b := s[i-1]
	return isBase64URL(b) || b == '.' || b == '/' || b == '@' || b == ':'
}

// isURLByte reports whether c may stand within a URL as people write them.
func isURLByte(c byte) bool {
	switch c {
	case '"', '<', '>', '\\', '^', '`', '{', '}', '|':
		return false
	}
	return c > ' ' && c != 0x7f
}

// plainURLByte has the characters of ASCII that a URL goes on with whatever stands beside
// them, and that say nothing of what comes behind.
var plainURLByte = func() (t [256]bool) {
	for c := range byte(utf8.RuneSelf) {
		t[c] = isURLByte(c) && c != '[' && c != ']' && c != '?'
	}
	return t
}()

// isURLRune is isURLByte for characters beyond ASCII: letters and digits, and
// invisible ones, which are taken off later.
func isURLRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r))
}

// isDash reports whether r is one of the dashes that programs make of a hyphen. No URL
// has one, and within an address each stands for the hyphen.
func isDash(r rune) bool { return r >= '\u2010' && r <= '\u2013' || r == '\u2212' }

// unspaced are the scripts in which a sentence goes on right behind a URL, or runs
// against it. A URI has no such letters (RFC 3986 §2).
var unspaced = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo,
	unicode.Arabic, unicode.Hebrew, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

// urlEnd is the end of the run of URL characters that begins at i. Behind its
// host, where it has one, a URL ends before a script without spaces.
func urlEnd(s string, i int) int { return urlRun(s, i, false) }

// iriEnd is the end, urlEnd, of the one that begins at i for one that is spelled in such a
// script.
func (t *scan) iriEnd(i, end int) int {
	if end == len(t.s) || t.s[end] < utf8.RuneSelf {
		return end
	}
	return urlRun(t.s, i, true)
}

// escapable are the signs within addresses that Markdown and LaTeX write behind a
// backslash.
const escapable = "-_.~#&=%+"

// isEscape reports whether such a sign is at i, with more of a word behind it.
func isEscape(s string, i int) bool {
	return s[i] == '\\' && i+2 < len(s) && strings.IndexByte(escapable, s[i+1]) >= 0 && isHostByte(s[i+2])
}

func urlRun(s string, i int, iri bool) int {
	start, host := i, i
	if n := urlStart(s[i:]); n > 0 {
		host = i + n
		for host < len(s) && host-i < 300 && strings.IndexByte("/?# \r\n", s[host]) < 0 {
			host++
		}
	}
	query := false
	for i < len(s) && i-start < 4*maxURL {
		c := s[i]
		if plainURLByte[c] { // most are
			i++
			continue
		}
		if c < utf8.RuneSelf {
			if i > start && i >= host && isEscape(s, i) {
				i += 2
				continue
			}
			if !isURLByte(c) {
				break
			}
			if c == '[' || c == ']' {
				n := bracketed(s, i, i < host, query)
				if n == 0 {
					break
				}
				i += n
				continue
			}
			query = query || c == '?'
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if isDash(r) && i > start && i+n < len(s) && isHostByte(s[i+n]) {
			i += n
			continue
		}
		if !isURLRune(r) {
			break
		}
		if !iri && unicode.In(r, unspaced...) && (i >= host || i > start && isHostByte(s[i-1]) && strings.IndexByte(s[i:host], '.') < 0) {
			break
		}
		i += n
	}
	return i
}

// bracketed is the length of what stands in square brackets at i and may be part
// of a URL: [.] and [:] of a link made harmless, an address of IPv6 for the host,
// and the name of a query member as PHP writes it. Elsewhere a bracket is none of
// a URL's characters (RFC 3986 §3.3, App. A).
func bracketed(s string, i int, host, query bool) int {
	if s[i] != '[' {
		return 0
	}
	n := strings.IndexByte(s[i:min(len(s), i+48)], ']') + 1
	switch in := s[i+1 : i+max(n-1, 1)]; {
	case n == 0:
	case in == "." || in == ":":
		return n
	case host && strings.Contains(in, ":") && strings.Trim(in, "0123456789abcdefABCDEF:.") == "":
		return n
	case query && i+n < len(s) && (s[i+n] == '=' || s[i+n] == '[') && strings.IndexFunc(in, func(r rune) bool { return r >= utf8.RuneSelf || !isBase64URL(byte(r)) }) < 0:
		return n
	}
	return 0
}

// inAngles gives the URL that begins at i when it stands between angle brackets
// over several lines, where white space does not count (RFC 3986 App. C), and
// where it ends; "" for any other.
func (t *scan) inAngles(i int) (string, int) {
	if i == 0 || t.s[i-1] != '<' && !(i >= 5 && strings.EqualFold(t.s[i-5:i], "<URL:")) {
		return "", 0
	}
	var b strings.Builder
	for j := i; j < len(t.s) && j-i < 2*maxURL; j++ {
		switch c := t.s[j]; {
		case c == '>':
			if u := b.String(); j > i+b.Len() && strings.IndexByte(u, '@') < 0 {
				return u, j
			}
			return "", 0
		case c == '\r' && j+1 < len(t.s) && t.s[j+1] == '\n':
		case c == '\n':
			for j+1 < len(t.s) && strings.IndexByte(" \t", t.s[j+1]) >= 0 || t.quoted(i) && j+1 < len(t.s) && t.s[j+1] == '>' {
				j++
			}
			if j+1 >= len(t.s) || t.s[j+1] == '\n' || t.s[j+1] == '\r' || urlStart(t.s[j+1:]) > 0 {
				return "", 0
			}
		case (c == ' ' || c == '\t') && strings.HasPrefix(strings.TrimLeft(t.s[j:min(len(t.s), j+80)], " \t\r"), "\n"):
		case c < utf8.RuneSelf && !isURLByte(c):
			return "", 0
		default:
			b.WriteByte(c)
		}
	}
	return "", 0
}

// quoted reports whether the line in which i stands is one of a quotation in mail.
func (t *scan) quoted(i int) bool {
	from := strings.LastIndexByte(t.s[max(0, i-1000):i], '\n') + 1 + max(0, i-1000)
	return from < len(t.s) && t.s[from] == '>'
}

const (
	maxJoined = 16 // lines one URL may run over
	shortLine = 40 // a line of fewer characters was not broken for want of room
)

// url takes the URL that begins at i and gives the place to go on from.
func (t *scan) url(i int) int {
	end := urlEnd(t.s, i)
	if end <= i {
		return i + 1
	}
	whole := end
	if u, to := t.inAngles(i); u != "" && !t.p.owns(u[min(len(u), end-i):]) {
		if v, l, ok := t.p.parseLink(u, t.place); ok && !isNamespace(v) {
			pl := t.at(i, "joined")
			t.p.emit(Finding{Kind: KindLink, Payload: v, Carrier: t.p.carrier, Link: &l}, pl)
			t.p.jwsInURL(v, pl)
			return to
		}
	}
	raw := t.s[i:end]
	// Two URLs without space between them.
	if j := strings.Index(raw[4:], "http"); j > 0 && urlStart(raw[4+j:]) > 0 && !strings.ContainsAny(raw[4:4+j], "?=#") && !strings.HasSuffix(raw[:4+j], "/") && !strings.HasSuffix(raw[:4+j], "/__") {
		end = i + 4 + j
	}
	end, raw = t.separated(i, end)
	u, l, ok := t.p.parseLink(raw, t.place)
	emit := func(u string, l Link, flags ...string) {
		if isNamespace(u) {
			return
		}
		pl := t.at(i, flags...)
		t.p.emit(Finding{Kind: KindLink, Payload: u, Carrier: t.p.carrier, Link: &l}, pl)
		t.p.jwsInURL(u, pl)
		t.p.jwsInURL(fragmentOf(raw, u), pl)
	}
	if ok && l.Class == ClassKnown && !openEnded(l, u) {
		emit(u, l)
		return end
	}
	// An address spelled in such a script has more behind it than letters.
	if long := t.iriEnd(i, whole); end == whole && long > end && strings.ContainsAny(t.s[end:long], "/?=-0123456789") {
		if v, m, good := t.p.parseLink(t.s[i:long], t.place); good {
			if ok {
				emit(u, l)
			}
			emit(v, m)
			return long
		}
	}
	if t.wrappedURL(i, end) {
		return end
	}
	v, m, joined, to, alone := t.joinedURL(i, end, u, ok && l.Class == ClassKnown)
	if ok && (!joined || alone) {
		emit(u, l)
	}
	if joined {
		emit(v, m, "joined")
		return to
	}
	return end
}

// separated gives where a URL ends that is a value among others, or is stressed, by what
// stands between them: as before it, so behind it. Of one that begins its line with such behind it both
// readings are told, this one here.
func (t *scan) separated(i, end int) (int, string) {
	raw := t.s[i:end]
	if i > 0 && (t.s[i-1] == '_' || t.s[i-1] == '~') { // as Markdown stresses what stands between
		sign := t.s[i-1 : i]
		if j := strings.LastIndex(raw, sign); j > 0 && strings.Trim(raw[j+1:], ".,;:!?)*") == "" {
			raw = strings.TrimRight(raw[:j], sign)
			return i + j, raw
		}
	}
	row := raw
	for j, c := range raw {
		if c != ',' && c != ';' || ampersand.MatchString(raw[max(0, j-5):j+1]) {
			continue
		}
		behind := raw[j+1:]
		if n := strings.IndexAny(behind, ",;"); n >= 0 {
			behind = behind[:n]
		}
		if isOfPerson(behind) || t.p.owns(behind) && !ofPath(behind) { // it would be told to a stranger's host
			end, raw = i+j, raw[:j]
			break
		}
	}
	if i > 0 && (t.s[i-1] == ',' || t.s[i-1] == ';') {
		if j := strings.IndexByte(raw, t.s[i-1]); j > 0 {
			return i + j, raw[:j]
		}
	}
	if i == 0 || t.s[i-1] == '\n' {
		for _, c := range []string{";", ","} {
			if first, _, _ := strings.Cut(raw, c); strings.Count(row, c) > 1 {
				if u, l, ok := t.p.parseLink(first, t.place); ok && !isNamespace(u) {
					t.p.emit(Finding{Kind: KindLink, Payload: u, Carrier: t.p.carrier, Link: &l}, t.at(i))
				}
				break
			}
		}
	}
	return end, raw
}

// ampersand is one as HTML spells it, whose semicolon divides nothing.
var ampersand = regexp.MustCompile(`(?i)&(?:amp|#38|#x26);$`)

// ofPath reports whether what stands behind a comma goes on in a path, as values do not.
func ofPath(s string) bool {
	return strings.Contains(s, "/") && !strings.Contains(s, "//") && !isHostName(s) || strings.HasSuffix(strings.ToLower(s), ".pdf") || endsFile("", s)
}

// embedded are the marks in the code that Credly gives to show a badge on a page, for
// the badge and the host, in whichever quotes.
var embedded = struct{ badge, host *regexp.Regexp }{
	regexp.MustCompile(`^data-share-badge-id=\W{0,4}([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})`),
	regexp.MustCompile(`data-share-badge-host=\W{0,4}(https?://[A-Za-z0-9.-]+)`),
}

// embed takes the badge of such code that somebody has put into a text, and gives where
// it ends.
func (t *scan) embed(i int) int {
	m := embedded.badge.FindStringSubmatch(t.s[i:min(len(t.s), i+80)])
	if m == nil {
		return i
	}
	end := i + len(m[0])
	host := "https://www.credly.com"
	if h := embedded.host.FindStringSubmatchIndex(t.s[end:min(len(t.s), end+200)]); h != nil {
		host = t.s[end+h[2] : end+h[3]]
		end += h[1]
	}
	if u, l, ok := t.p.parseLink(host+"/badges/"+m[1], t.place); ok {
		t.p.emit(Finding{Kind: KindLink, Payload: u, Carrier: t.p.carrier, Link: &l}, t.at(i))
	}
	return end
}

// joinedURL gives a URL that the line ends within, perhaps: the longest joined form
// that a provider's rule wants is right; with no rule both forms are told (alone).
func (t *scan) joinedURL(i, end int, u string, known bool) (v string, m Link, joined bool, to int, alone bool) {
	raw := t.s[i:end]
	whole, at := raw, end
	best, bestEnd := "", 0
	for range maxJoined {
		next, nextEnd := t.continuation(whole, at)
		if next == "" {
			break
		}
		whole, at = whole+next, nextEnd
		best, bestEnd = whole, at
		if v, m, ok := t.p.parseLink(whole, t.place); ok && m.Class == ClassKnown && !openEnded(m, v) {
			break
		}
	}
	if best == "" {
		return "", Link{}, false, 0, false
	}
	v, m, good := t.p.parseLink(best, t.place)
	switch {
	case !good || v == u:
	case m.Class == ClassKnown && !known:
		return v, m, true, bestEnd, false
	case t.wrapped && m.Class != ClassKnown && i-strings.LastIndexByte(t.s[:i], '\n')-1+len(raw) >= shortLine:
		return v, m, true, bestEnd, true
	}
	return "", Link{}, false, 0, false
}

// namespaces are URLs that name things in markup and lead to no badge.
var namespaces = []string{
	"www.w3.org/", "w3.org/", "www.w3id.org/", "w3id.org/", "schema.org/", "purl.org/", "purl.oclc.org/", "purl.imsglobal.org/",
	"ns.adobe.com/", "schemas.microsoft.com/", "schemas.openxmlformats.org/", "docs.oasis-open.org/", "xmlns.com/", "ogp.me/", "openbadges.org/",
}

func isNamespace(u string) bool {
	_, u, _ = strings.Cut(u, "://")
	for _, n := range namespaces {
		if strings.HasPrefix(u, n) || u == n[:len(n)-1] {
			return true
		}
	}
	return false
}

// openEnded reports whether more may follow what a provider's rule matched: a
// query of which the rule knows nothing.
func openEnded(l Link, u string) bool {
	return l.Machine == "" || strings.Contains(u, "?") && !strings.Contains(u, ".php?")
}

// continuation gives what may be the next piece of a URL of which so has been told and
// that runs up to i: the first word of the next line, when the line ends at i and the
// word may be the rest of an address.
func (t *scan) continuation(so string, i int) (string, int) {
	j := i
	for j < len(t.s) && (t.s[j] == ' ' || t.s[j] == '\t' || t.s[j] == '\r') {
		j++
	}
	if j >= len(t.s) || t.s[j] != '\n' {
		return "", 0
	}
	quoted := t.quoted(i)
	for j++; j < len(t.s) && (t.s[j] == ' ' || t.s[j] == '\t' || quoted && t.s[j] == '>'); j++ {
	}
	end := urlEnd(t.s, j)
	word := t.s[j:end]
	alone := end >= len(t.s) || t.s[end] == '\n' || t.s[end] == '\r'
	if !continues(so, word, alone) && !t.completes(so, word) || t.p.owns(word) {
		return "", 0
	}
	return word, end
}

// completes reports whether word is the end of the id of a badge, by the rule of a provider
// who is asked for nothing else: ids have one length, which words have by chance only. Any
// other host than his own is told nothing but the end of a hash.
func (t *scan) completes(so, word string) bool {
	word = strings.TrimRight(word, ".,;:!?)")
	if len(word) > maxID || strings.ContainsFunc(word, func(r rune) bool { return r >= utf8.RuneSelf || !isBase64URL(byte(r)) }) {
		return false
	}
	// No number that people have is a part of a hash.
	hex := len(word) >= hexLeast && strings.Trim(word, "0123456789abcdef") == "" && strings.ContainsAny(word, "abcdef") && strings.ContainsAny(word, "0123456789")
	known := func(raw string) bool {
		u, l, ok := t.p.parseLink(raw, t.place)
		return ok && l.Class == ClassKnown && l.Machine != "" && (isProvider(hostOf(u)) || hex)
	}
	return !known(so) && known(so+word)
}

const (
	maxID    = 64 // characters of an id
	hexLeast = 4  // characters that may be the end of a hash at any host
)

func hostOf(link string) string {
	_, host, _ := strings.Cut(link, "://")
	host, _, _ = strings.Cut(host, "/")
	return host
}

func isHostByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-'
}

// bare takes a URL without scheme, whose first slash is at i, when it is one of
// a known provider.
func (t *scan) bare(i int) int {
	start := i
	for start > t.last && i-start < 100 && (isHostByte(t.s[start-1]) || t.s[start-1] == '.') {
		start--
	}
	host := strings.ToLower(t.s[start:i])
	if !strings.Contains(host, ".") || start > 0 && (t.s[start-1] == '@' || strings.IndexByte("/:", t.s[start-1]) >= 0 && !isScheme(t.s[:start])) {
		return 0
	}
	if !isProvider(host) {
		return 0
	}
	end := urlEnd(t.s, i)
	word, at := "https://"+t.s[start:end], end
	for range maxJoined {
		u, l, ok := t.p.parseLink(word, t.place)
		if ok && l.Class == ClassKnown {
			t.p.emit(Finding{Kind: KindLink, Payload: u, Carrier: t.p.carrier, Link: &l}, t.at(start))
			t.last = at
			return at
		}
		var next string
		if next, at = t.continuation(word, at); next == "" {
			break
		}
		word += next
	}
	return end
}

// isScheme reports whether s ends in a scheme without slashes, or in two slashes that no
// host or path stands before: with a scheme that is misspelt or a blank behind its colon.
func isScheme(s string) bool {
	for _, scheme := range []string{"http:", "https:"} {
		if n := len(s) - len(scheme); n >= 0 && strings.EqualFold(s[n:], scheme) && (n == 0 || !isHostByte(s[n-1])) {
			return true
		}
	}
	s, ok := strings.CutSuffix(s, "//")
	return ok && (s == "" || strings.IndexByte(": \t\n", s[len(s)-1]) >= 0)
}

// jws takes the compact JWS that begins at i and gives its end, or i when there
// is none.
func (t *scan) jws(i int) int {
	s := t.s
	var b strings.Builder
	dots, joined, at := 0, false, i
	type cut struct{ length, end int }
	var cuts []cut // ends of lines within the signature
	for at < len(s) && b.Len() < maxPayload {
		run := at
		for run < len(s) && (isBase64URL(s[run]) || s[run] == '.' && dots < 2) {
			if s[run] == '.' {
				dots++
			}
			run++
		}
		b.WriteString(s[at:run])
		at = run
		if b.Len() < 6 {
			return i
		}
		next := t.jwsLine(at)
		if next == 0 {
			break
		}
		if dots == 2 {
			cuts = append(cuts, cut{b.Len(), at})
		}
		joined = true
		at = next
	}
	text := b.String()
	if dots == 0 {
		// Nor does one begin in any of these lines: its header ends in a dot.
		if t.noJWS = at; b.Len() >= maxPayload {
			t.noJWS = at - maxHead
		}
	}
	if dots != 2 || !isJWS(text) {
		return i
	}
	// Where the signature may end at the end of a line, its length decides.
	if h := jwsHeader(text); h != nil && joined {
		sig := strings.LastIndexByte(text, '.') + 1
		for _, c := range cuts {
			if c.length > sig && signatureLength(h.Alg, c.length-sig) {
				text, at = text[:c.length], c.end
				joined = strings.Contains(s[i:at], "\n")
				break
			}
		}
	}
	flags := []string{}
	if next := t.jwsLine(at); next > 0 && s[next] == '~' {
		at, joined = next, true
	}
	if end := disclosures(s, at); isSDJWT(text + s[at:end]) {
		text, at, joined = t.disclosed(text, at, joined)
	}
	if joined {
		flags = append(flags, "joined")
	}
	if !t.p.take(t.p.carrier, text, t.at(i, flags...), false, "") {
		return i
	}
	return at
}

// disclosed gives an SD-JWT whose signed part ends at i with what follows: over
// the ends of lines as far as it is made of disclosures, else to the end of its own.
func (t *scan) disclosed(jws string, i int, joined bool) (text string, end int, over bool) {
	end = disclosures(t.s, i)
	text, over = jws+t.s[i:end], joined
	b, at, read := []byte(text), end, len(jws) // read is the last tilde before which all is well
	for lines := 0; lines < maxLines && len(b) < maxPayload; lines++ {
		next := t.jwsLine(at)
		if next == 0 {
			break
		}
		for at = next; at < len(t.s) && (isBase64URL(t.s[at]) || t.s[at] == '~' || t.s[at] == '.'); at++ {
		}
		b = append(b, t.s[next:at]...)
		for {
			n := bytes.IndexByte(b[read+1:], '~')
			if n < 0 {
				break
			}
			if !isDisclosure(b[read+1 : read+1+n]) {
				return text, end, over
			}
			read += 1 + n
		}
		// It ends in its last disclosure or in the proof of its holder.
		if tail := string(b[read+1:]); tail == "" || isJWS(tail) {
			text, end, over = string(b), at, true
		}
	}
	return text, end, over
}

// maxLines is how many lines the disclosures of an SD-JWT in a text run over.
const maxLines = 2_000

// padded takes the JWS with padded parts that begins at i and gives its end, or i
// when there is none.
func (t *scan) padded(i int) int {
	end := i
	for end < len(t.s) && end-i < maxPayload && (isBase64URL(t.s[end]) || t.s[end] == '.' || t.s[end] == '=') {
		end++
	}
	if text := t.s[i:end]; !isPadded(text) || !t.p.take(t.p.carrier, text, t.at(i), false, "") {
		return i
	}
	return end
}

// jwsLine gives the start of the next line when the line ends at i and the next
// one is nothing but a piece of a JWS, else 0.
func (t *scan) jwsLine(i int) int {
	s := t.s
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	if i >= len(s) || s[i] != '\n' {
		return 0
	}
	for i++; i < len(s) && (s[i] == ' ' || s[i] == '\t'); i++ {
	}
	j := i
	for j < len(s) && (isBase64URL(s[j]) || s[j] == '.' || s[j] == '~') {
		j++
	}
	if j == i || j < len(s) && s[j] != '\n' && s[j] != '\r' && s[j] != ' ' {
		return 0
	}
	if k := strings.IndexByte(s[j:], '\n'); k >= 0 && strings.TrimSpace(s[j:j+k]) != "" || k < 0 && strings.TrimSpace(s[j:]) != "" {
		return 0
	}
	return i
}

// signatureLength reports whether a signature of alg may be n characters of
// base64url long (RFC 7518 §3.1, RFC 8037 §3.1).
func signatureLength(alg string, n int) bool {
	bytes := base64.RawURLEncoding.DecodedLen(n)
	switch alg {
	case "EdDSA", "Ed25519", "ES256", "ES256K":
		return bytes == 64
	case "ES384":
		return bytes == 96
	case "ES512":
		return bytes == 132
	case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512":
		return bytes == 256 || bytes == 384 || bytes == 512
	}
	return false
}

// json takes the JSON object that begins at i, if it is one that holds a
// credential, and gives its end, else i. The work on objects that turn out to
// be none is bounded for the call.
func (t *scan) json(i int) int {
	s := t.s
	if j := skipSpace(s, i+1); j >= len(s) || s[j] != '"' {
		return i
	}
	most := min(len(s), i+maxPayload+1)
	end := valueEnd(s[:most], i)
	t.p.jsonWork -= int64(end - i)
	if t.p.jsonWork < 0 {
		t.p.limit(t.place.Where, ReasonParts, "too many braces in the text")
		t.credentials = false
		return i
	}
	raw := s[i:end]
	if raw[len(raw)-1] != '}' {
		return i
	}
	if json.Valid([]byte(raw)) {
		if t.jsonText(raw, t.at(i)) {
			return end
		}
		return i
	}
	if strings.HasPrefix(raw, `{""`) {
		// A value of separated ones, whose quotes are doubled.
		if t.jsonText(strings.ReplaceAll(raw, `""`, `"`), t.at(i)) {
			return end
		}
	}
	if strings.Contains(raw, "\n") {
		joined := strings.NewReplacer("\r\n", "", "\n", "").Replace(raw)
		if t.jsonText(joined, t.at(i, "joined")) {
			return end
		}
	}
	return i
}

// jsonText is part.jsonText as this scan wants it.
func (t *scan) jsonText(s string, pl Place) bool {
	if !json.Valid([]byte(s)) {
		return false
	}
	w := jsonWalk{p: t.p, carrier: t.p.carrier, top: pl, only: t.only}
	w.value(s, 0)
	return w.any
}

// jsonWithin takes the JSON objects with credentials in a text that is no prose.
func (p *part) jsonWithin(s string, pl Place) {
	t := scan{p: p, s: s, place: pl, credentials: true}
	t.objects()
}

// credentialsWithin is jsonWithin where links and prose in the same objects are a
// program's.
func (p *part) credentialsWithin(s string, pl Place) {
	t := scan{p: p, s: s, place: pl, credentials: tellsCredential(s), only: true}
	t.objects()
}

func (t *scan) objects() {
	s := t.s
	for i := 0; i < len(s) && t.credentials; i++ {
		if s[i] == '{' {
			if end := t.json(i); end > i {
				i = end - 1
			}
		}
		if i&0xffff == 0 && t.p.done() {
			return
		}
	}
}
