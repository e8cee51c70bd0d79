package verify

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/verify/read"

	"golang.org/x/net/idna"
)

// alike compares two plain identities of a kind: same, near where two people could
// have them or one, or different; and says in words what is alike.
func alike(kind, a, b string) (likeness, string) {
	switch kind {
	case "email":
		x, y := address(a), address(b)
		switch {
		case x == "" || y == "":
		case emailKey(x) == emailKey(y):
			return same, ""
		case emailKey(untagged(x)) == emailKey(untagged(y)):
			return near, "the addresses differ in what stands behind a +"
		}
		return different, ""
	case "telephone":
		return telephone(a).alike(telephone(b))
	case "id", "url":
		x, y := personKey(a), personKey(b)
		switch {
		case a == b:
			return same, ""
		case x == y:
			return same, "the applicant's, in another spelling"
		case !strings.HasPrefix(x, "//"):
		case lower(x) == lower(y):
			return near, "the web addresses differ in capitals"
		case lower(page(x)) == lower(page(y)) && (page(x) == x || page(y) == y):
			return near, "one web address goes on behind the other's page"
		}
		return different, ""
	}
	if a == b || orcid(a) != "" && orcid(a) == orcid(b) {
		return same, ""
	}
	return different, ""
}

// hashForms gives what an issuer may have hashed for identities of the applicant's:
// as they are told, and, worked out where none of those is it, in other spellings of the
// same, and what may be another's. Each list is bounded: an address has some 40 spellings.
func hashForms(kind string, known []string) (plain []string, rest func() (spelled, close []string)) {
	for _, k := range known {
		if kind == "email" {
			plain = append(plain, emailForms(k)...)
		} else {
			plain = append(plain, k)
		}
	}
	return plain, func() (spelled, close []string) {
		for _, k := range known {
			switch kind {
			case "email":
				list := capitals(k)
				for _, e := range append(emailForms(k), lower(k)) {
					if uri := "mailto:" + e; !slices.Contains(list, uri) {
						list = append(list, uri) // RFC 6068, as an id has it
					}
				}
				spelled = append(spelled, list...)
				if bare := untagged(k); bare != k {
					close = append(close, emailForms(bare)...)
				}
			case "telephone":
				spelled = append(spelled, telephone(k).forms()...)
			case "id", "url":
				spelled = append(spelled, pageForms(k)...)
			}
		}
		return spelled, close
	}
}

// address gives the address of an e-mail address, alone, percent-encoded, or behind a
// name in angle brackets (RFC 5322 §3.4), or of a mailto: URI (RFC 6068); "" for what
// is none of these.
func address(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > len("mailto:") && lower(s[:len("mailto:")]) == "mailto:" {
		s, _, _ = strings.Cut(s[len("mailto:"):], "?")
		if plain, err := url.PathUnescape(s); err == nil && utf8.ValidString(plain) {
			s = plain
		}
	}
	switch {
	case strings.HasSuffix(s, ">"):
		a, err := mail.ParseAddress(s)
		if err != nil {
			return ""
		}
		s = a.Address
	case !strings.Contains(s, "@") && strings.Contains(s, "%40"):
		if plain, err := url.PathUnescape(s); err == nil && utf8.ValidString(plain) {
			s = plain
		}
	}
	if at := strings.LastIndexByte(s, '@'); at <= 0 || at == len(s)-1 {
		return ""
	}
	return s
}

// emailForms gives the spellings under which an issuer may have hashed an
// address: as told, in lower case, with a lower-case domain, in NFC, and with
// the domain in either form of IDNA.
func emailForms(e string) (out []string) {
	add := adder(&out)
	for _, f := range []string{e, composed(e)} {
		at := strings.LastIndexByte(f, '@')
		local, domain := f[:at], f[at+1:]
		add(f)
		add(local + "@" + lower(domain))
		add(lower(f))
		if d, err := idna.ToASCII(domain); err == nil {
			add(lower(local) + "@" + lower(d))
			add(local + "@" + lower(d))
		}
		if d, err := idna.ToUnicode(lower(domain)); err == nil {
			add(lower(local) + "@" + d)
			add(local + "@" + d)
		}
	}
	return out
}

// capitals gives the spellings of an address with capitals, as forms and registers
// have them, each of local part and domain: in small letters, in capitals, and with
// a capital at the beginning or at that of each part.
func capitals(e string) (out []string) {
	e = composed(e)
	at := strings.LastIndexByte(e, '@')
	add := adder(&out)
	for _, local := range append(cased(e[:at]), e[:at]) {
		for _, domain := range append(cased(e[at+1:]), e[at+1:]) {
			add(local + "@" + domain)
		}
	}
	return out
}

// cased gives a text in small letters, in capitals, with a capital first, with one at
// the beginning of each part, and of each but the first.
func cased(s string) []string {
	small := lower(s)
	first, parts := []rune(small), []rune(small)
	for i := range parts {
		if i == 0 || strings.ContainsRune(".-_+'\u2019", parts[i-1]) {
			parts[i] = capital(parts[i])
		}
	}
	later := slices.Clone(parts)
	if len(first) > 0 {
		later[0], first[0] = first[0], capital(first[0])
	}
	return []string{small, strings.Map(capital, small), string(first), string(parts), string(later)}
}

// capital is the capital of a letter that is the capital of no other: that of a
// dotless i would make one person's address another's.
func capital(r rune) rune {
	if u := unicode.ToUpper(r); unicode.ToLower(u) == r {
		return u
	}
	return r
}

func adder(list *[]string) func(string) {
	return func(s string) {
		if !slices.Contains(*list, s) {
			*list = append(*list, s)
		}
	}
}

// emailKey is one spelling for all of an address's forms.
func emailKey(e string) string {
	e = composed(e)
	at := strings.LastIndexByte(e, '@')
	if at < 0 {
		return lower(e)
	}
	domain := lower(e[at+1:])
	if d, err := idna.ToASCII(domain); err == nil {
		domain = lower(d)
	}
	return lower(e[:at]) + "@" + domain
}

// untagged takes a "+tag" off the local part.
func untagged(e string) string {
	at := strings.LastIndexByte(e, '@')
	if at < 0 {
		return e
	}
	plus := strings.IndexByte(e[:at], '+')
	if plus <= 0 {
		return e
	}
	return e[:plus] + e[at:]
}

// phone is a telephone number.
type phone struct {
	digits    string // without what leads abroad; "" = it is none
	abroad    bool   // it names its country, by a + or by 00
	extension string
}

// telephone reads a telephone number as people and RFC 3966 write it.
func telephone(s string) phone {
	s = strings.TrimPrefix(lower(strings.TrimSpace(s)), "tel:")
	var p phone
	s, params, _ := strings.Cut(s, ";")
	for param := range strings.SplitSeq(params, ";") {
		if ext, ok := strings.CutPrefix(param, "ext="); ok {
			p.extension = ext
		}
	}
	p.abroad = strings.HasPrefix(s, "+")
	if p.abroad {
		s = strings.Replace(s, "(0)", "", 1) // dialled at home only
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case '0' <= r && r <= '9':
			b.WriteRune(r)
		case strings.ContainsRune(" +-.()/\u00a0\u2010\u2011\u2012\u2013", r):
		default:
			return phone{}
		}
	}
	if p.digits = b.String(); !p.abroad {
		if rest, ok := strings.CutPrefix(p.digits, "00"); ok {
			p.digits, p.abroad = rest, true
		}
	}
	if len(p.digits) < 6 {
		return phone{}
	}
	return p
}

// alike compares two numbers. One that names no country may be one that does.
func (p phone) alike(q phone) (likeness, string) {
	if q.abroad && !p.abroad {
		p, q = q, p
	}
	switch home := strings.TrimPrefix(q.digits, "0"); {
	case p.digits == "" || q.digits == "":
		return different, ""
	case p.digits == q.digits && p.extension == q.extension:
		return same, ""
	case p.digits == q.digits:
		return near, "the telephone numbers differ in their extension"
	case p.abroad && !q.abroad && len(home) >= 6 && strings.HasSuffix(p.digits, home):
		return near, "one telephone number names its country and the other does not"
	case p.abroad && !q.abroad && len(q.digits)-len(p.digits) <= 4 && strings.HasSuffix(q.digits, p.digits):
		return near, "one telephone number has what is dialled abroad in some countries before it"
	}
	return different, ""
}

// forms gives the spellings under which an issuer may have hashed a number.
func (p phone) forms() []string {
	out := []string{p.digits, "+" + p.digits, "tel:+" + p.digits}
	if p.abroad {
		out = append(out, "00"+p.digits)
	}
	return out
}

// iNumber is an ORCID iD, alone or in its address.
var iNumber = regexp.MustCompile(`^(?:(?i:https?://(?:www\.)?orcid\.org/|orcid:))?(\d{4}-\d{4}-\d{4}-\d{3}[\dXx])/?$`)

// orcid gives the number of an ORCID iD, "" for what is none: its last character
// is checked (ISO 7064, MOD 11-2).
func orcid(s string) string {
	m := iNumber.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return ""
	}
	n := strings.ToUpper(m[1])
	total := 0
	for _, c := range strings.ReplaceAll(n[:len(n)-1], "-", "") {
		total = (total + int(c-'0')) * 2
	}
	if "0123456789X"[(12-total%11)%11] != n[len(n)-1] {
		return ""
	}
	return n
}

// personKey is one spelling for all of an identifier's: of a person's page whether
// by http or https, with www. or without, and with a slash behind it or not; of
// an ORCID iD its number.
func personKey(s string) string {
	s = strings.TrimSpace(s)
	if n := orcid(s); n != "" {
		return "orcid:" + n
	}
	if u, ok := read.HTTPURL(s); ok {
		key := "//" + strings.TrimPrefix(bareHost(u), "www.") + strings.TrimSuffix(pathOf(u), "/")
		if u.RawQuery != "" {
			key += "?" + u.RawQuery
		}
		if u.Fragment != "" {
			key += "#" + u.Fragment
		}
		return key
	}
	return identifierKey(s)
}

// page is a key of a web address without its query and fragment.
func page(key string) string {
	if i := strings.IndexAny(key, "?#"); i >= 0 {
		return key[:i]
	}
	return key
}

// escaped is an octet of a path as a URI writes what it may not hold.
var escaped = regexp.MustCompile(`%[0-9a-fA-F]{2}`)

// pathOf is one spelling of the path of an address: what need not be percent-encoded is
// not (RFC 3986 §6.2.2.2), the rest in capitals.
func pathOf(u *url.URL) string {
	return escaped.ReplaceAllStringFunc(u.EscapedPath(), func(octet string) string {
		plain, err := url.PathUnescape(octet)
		if err != nil || plain[0] >= utf8.RuneSelf || !unreserved(plain[0]) {
			return strings.ToUpper(octet)
		}
		return plain
	})
}

// unreserved reports RFC 3986 §2.3.
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// bareHost is the host of an address, with its port where that is not the scheme's.
func bareHost(u *url.URL) string {
	a := read.Authority(u)
	if u.Scheme == "https" {
		return strings.TrimSuffix(a, ":443")
	}
	return strings.TrimSuffix(a, ":80")
}

// pageForms gives the spellings under which an issuer may have hashed a person's
// page, or an identifier.
func pageForms(s string) (out []string) {
	add := adder(&out)
	s = strings.TrimSpace(s)
	add(s)
	if n := orcid(s); n != "" {
		add(n)
		s = "https://orcid.org/" + n
	}
	u, ok := read.HTTPURL(s)
	if !ok {
		add(identifierKey(s))
		return out
	}
	host := strings.TrimPrefix(bareHost(u), "www.")
	for _, rest := range []string{u.EscapedPath(), pathOf(u)} {
		if u.RawQuery != "" {
			rest += "?" + u.RawQuery
		}
		if u.Fragment != "" {
			rest += "#" + u.EscapedFragment()
		}
		for _, scheme := range []string{"https://", "http://"} {
			for _, www := range []string{"", "www."} {
				add(scheme + www + host + rest)
				if u.RawQuery == "" && u.Fragment == "" {
					bare := scheme + www + host + strings.TrimSuffix(rest, "/")
					add(bare)
					add(bare + "/")
				}
			}
		}
	}
	return out
}
