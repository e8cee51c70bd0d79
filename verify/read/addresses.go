package read

import (
	"net/mail"
	"strings"
	"unicode"
)

// Addresses gives the e-mail addresses in s as it stands in a field of mail or of a
// form: alone, with a name before it (RFC 5322 §3.4), several of them, as a mailto:
// link, in quotes or with a full stop behind it. ok is false where any part of s is
// no address; a name is none, whatever it looks like.
func Addresses(s string) (all []string, ok bool) {
	s = strings.TrimSpace(s)
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s, _, _ = strings.Cut(s[7:], "?")
	}
	if plain := strings.TrimRight(strings.Trim(s, `"'<> `), ". "); isAddress(plain) {
		return []string{plain}, true
	}
	list, err := mail.ParseAddressList(strings.TrimRight(strings.ReplaceAll(s, ";", ","), ",. "))
	if err != nil {
		return nil, false
	}
	for _, a := range list {
		if !isAddress(a.Address) {
			return nil, false
		}
		all = append(all, a.Address)
	}
	return all, len(all) > 0
}

// isAddress reports whether s is one address and nothing else.
func isAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && at < len(s)-1 && strings.Count(s, "@") == 1 && !strings.ContainsAny(s, `,;<>"()`) &&
		!strings.ContainsFunc(s, func(r rune) bool { return !Shown(r) || unicode.IsSpace(r) })
}
