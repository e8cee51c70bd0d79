package read

import (
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// Addresses gives the e-mail addresses in s as it stands in a field of mail or of a
// form: alone, with a name before it (RFC 5322 §3.4), several of them, as a mailto:
// link (RFC 6068), in quotes or with a full stop behind it. Each is given once, as
// it is written. ok is false where any part of s is no address; a name is none,
// whatever it looks like.
func Addresses(s string) (all []string, ok bool) {
	if s = strings.TrimSpace(s); isMailto(s) {
		s, _, _ = strings.Cut(s, "?") // a subject has commas, too
		if plain, err := url.PathUnescape(s); err == nil && !strings.Contains(s, "@") {
			s = plain
		}
	}
	parts, ok := listed(s)
	for _, p := range parts {
		if !ok {
			break
		}
		var a string
		a, ok = one(p)
		all = append(all, a)
	}
	if !ok {
		// What net/mail alone knows, such as a group with its name.
		list, err := mail.ParseAddressList(s)
		if err != nil {
			return nil, false
		}
		all = nil
		for _, a := range list {
			if !isAddress(a.Address) {
				return nil, false
			}
			all = append(all, a.Address)
		}
	}
	var once []string
	for _, a := range all {
		if !slices.Contains(once, a) {
			once = append(once, a)
		}
	}
	return once, len(once) > 0
}

// listed cuts a list at its commas, semicolons and line ends, outside of quotes,
// brackets and comments. A name may have a comma and no quotes: "Eight, Applicant
// <…>".
func listed(s string) (parts []string, ok bool) {
	quoted, angle, comment, start := false, false, 0, 0
	name := ""
	end := func(i int) bool {
		p := strings.TrimSpace(s[start:i])
		switch {
		case p == "":
		case !strings.Contains(p, "@"):
			name += p + " "
		case name != "" && !strings.Contains(p, "<"):
			return false
		default:
			parts, name = append(parts, name+p), ""
		}
		return true
	}
	for i, r := range s {
		switch {
		case r == '"' && !angle:
			quoted = !quoted
		case quoted:
		case r == '<' || r == '>':
			angle = r == '<'
		case r == '(':
			comment++
		case r == ')':
			comment--
		case comment <= 0 && !angle && strings.ContainsRune(",;\r\n", r):
			if !end(i) || name != "" && r != ',' {
				return nil, false
			}
			start = i + 1
		}
	}
	return parts, end(len(s)) && name == "" && len(parts) > 0
}

// trimmed takes off what stands around an address and belongs to none.
func trimmed(s string) string {
	return strings.TrimFunc(s, func(r rune) bool {
		return !Shown(r) || unicode.IsSpace(r) || strings.ContainsRune(`"'<>[]“”„‘’‚«».,:;`, r)
	})
}

func isMailto(s string) bool { return len(s) > 7 && strings.EqualFold(s[:7], "mailto:") }

// one reads one address.
func one(s string) (string, bool) {
	if plain := bare(s); isAddress(plain) {
		return plain, true
	}
	if a, err := mail.ParseAddress(s); err == nil {
		return a.Address, isAddress(a.Address)
	}
	// A name that is not written as RFC 5322 wants it, before the address.
	if i := strings.LastIndexAny(s, "<["); i > 0 && strings.ContainsAny(s[i:], ">]") {
		if plain := bare(s[i:]); isAddress(plain) {
			return plain, true
		}
	}
	return "", false
}

// bare takes off what stands around an address, and the scheme and parameters of
// a mailto: link.
func bare(s string) string {
	s = trimmed(s)
	for isMailto(s) { // twice where a program puts it before what has it
		s, _, _ = strings.Cut(s[7:], "?")
		if plain, err := url.PathUnescape(s); err == nil {
			s = plain
		}
		s = trimmed(s)
	}
	return s
}

// isAddress reports whether s is one address and nothing else: read again it is the
// same, which one that needs its quotes (":"@…, "mailto:x"@…) is not.
func isAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return bare(s) == s && at > 0 && isDomain(s[at+1:]) && strings.Count(s, "@") == 1 && !strings.ContainsAny(s, `,;:\[]<>"()`) &&
		!strings.ContainsFunc(s, func(r rune) bool { return !Shown(r) || unicode.IsSpace(r) })
}

// isDomain reports whether s is names with dots between them (RFC 5321 §4.1.2, RFC
// 6531 §3.3). What people put behind an address, such as ?subject=…, is no part of one.
func isDomain(s string) bool {
	for name := range strings.SplitSeq(s, ".") {
		if name == "" || name[0] == '-' || name[len(name)-1] == '-' || strings.ContainsFunc(name, func(r rune) bool {
			return r != '-' && r != '_' && !unicode.In(r, unicode.L, unicode.M, unicode.N)
		}) {
			return false
		}
	}
	return true
}
