// Package standing tells what stands behind an issuer's id: an internet domain,
// an account at a badge platform, a page at a place where anybody can put one, or
// nothing but a key. A signature proves that somebody signed; this says what it
// cost to be that somebody, and how the issuer may be named to a person.
//
// Whose a host is goes by the Public Suffix List (publicsuffix.org): its ICANN
// section tells domains that are registered, its private section places where
// strangers get a name of their own. Platforms, and sites on which strangers put
// files though the name is registered, stand in places.tsv, each with where that
// is known from.
//
// Names that look alike are compared by their skeletons (UTS #39 §4), and by what
// a reader overlooks: an article, two letters in the wrong order, a word more, an
// abbreviation ([Names]).
//
// Out of scope: the network (a domain that confirms a key is asked by package
// verify), what an employer or a registry says of an issuer, and whether an
// issuer keeps its word.
package standing

import (
	"net/netip"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/verify/read"
	"assay/verify/verdict"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// maxPath is how much of a path is shown, in bytes.
const maxPath = 80

// Of gives what stands behind an issuer's id by itself. Local says which hosts,
// as HOST:PORT with the port written out, an operator has allowed by their
// address: they count as domains; nil says none.
func Of(id string, local func(hostport string) bool) verdict.Backing {
	u, root := urlOf(id)
	if u == nil {
		return verdict.Backing{Level: verdict.LevelKey, Counts: "key"}
	}
	b := verdict.Backing{Host: Shown(u), Level: verdict.LevelDomain}
	if !root {
		b.Path = shownPath(u)
	}
	host := Host(u)
	if local != nil && local(read.Authority(u)) {
		b.Counts = read.Authority(u)
		return b
	}
	suffix, managed := suffixOf(host)
	b.Counts = registrable(host)
	p, found := placeOf(host, u)
	switch {
	case isIP(host), !managed, suffix == host, strings.HasPrefix(host, "."), strings.Contains(host, ".."):
		b.Level = verdict.LevelPage
	case found && p.kind == vetted:
		b.Platform, b.Counts = p.name, id
	case found && p.kind == account:
		b.Level, b.Platform, b.Counts = verdict.LevelAccount, p.name, p.name
	case found && p.kind == page, isPrivate(host), odd(u), personal(u):
		b.Level = verdict.LevelPage
	}
	if b.Level == verdict.LevelPage && b.Path == "" && strings.Trim(u.Path, "/") != "" {
		b.Path = shownPath(u)
	}
	return b
}

// Strays reports whether what lies at an address lies where strangers put their files
// or pages, and the issuer that it is to speak for does not.
func Strays(from, issuer *url.URL) bool {
	level := func(u *url.URL) verdict.Level { return Of(u.String(), nil).Level }
	return level(from) == verdict.LevelPage && level(issuer) != verdict.LevelPage
}

// Confirmed gives the backing of a key that a domain has confirmed for its own:
// that of the domain, where it is one.
func Confirmed(origin string, local func(hostport string) bool) (verdict.Backing, bool) {
	b := Of(origin, local)
	return b, b.Level == verdict.LevelDomain && b.Platform == ""
}

// urlOf gives the place of an id as a URL, nil for what is none, and whether the
// host itself speaks there: a did:web or did:webvh without a path, a profile at the
// root. That a host names an issuer at a path of it, package verify asks.
func urlOf(id string) (u *url.URL, root bool) {
	if rest, ok := read.WebDID(id); ok {
		rest, _, _ = strings.Cut(rest, "#")
		rest, _, _ = strings.Cut(rest, "?")
		host, rest, more := strings.Cut(rest, ":")
		host, err := url.PathUnescape(host)
		if err != nil {
			return nil, false
		}
		u, ok := read.HTTPURL("https://" + host + "/" + strings.ReplaceAll(rest, ":", "/"))
		if !ok || Host(u) == "" {
			return nil, false
		}
		return u, !more
	}
	u, ok := read.HTTPURL(strings.TrimSpace(id))
	if !ok || Host(u) == "" {
		return nil, false
	}
	return u, strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && strings.Trim(u.Fragment, "/") == ""
}

// URL gives the place that an id names: of an http or https URL itself, of a
// did:web and a did:webvh its host and path; nil for other ids.
func URL(id string) *url.URL {
	u, _ := urlOf(id)
	return u
}

// Host is the host of a URL as DNS would be asked for it: lower case, ASCII
// (UTS #46, which also maps full-width letters and dots), without a dot at the
// end. What is no name of a host is given in lower case.
func Host(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = strings.ToLower(ascii)
	}
	return strings.TrimSuffix(host, ".")
}

// Twins reports whether two hosts, as [Host] gives them, are one site under its
// name with and without a leading "www.". Under a private suffix every name is
// another user's, "www" among them, so that there none are.
func Twins(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	suffix, _ := suffixOf(a)
	return b == "www."+a && !isIP(a) && !isPrivate(a) && !isPrivate(b) && suffix != a
}

func isIP(host string) bool {
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err == nil || host == "" {
		return true
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last != "" && last[0] >= '0' && last[0] <= '9'
}

// suffixOf is the ICANN suffix of a host; managed is false for names under no
// suffix that is known.
func suffixOf(host string) (suffix string, managed bool) {
	for rest := host; rest != ""; {
		s, icann := publicsuffix.PublicSuffix(rest)
		if icann {
			return s, true
		}
		// A private suffix lies under an ICANN one; a suffix of one label that is
		// none of either is nobody's.
		_, below, more := strings.Cut(s, ".")
		if !more {
			return s, false
		}
		rest = below
	}
	return "", false
}

// isPrivate reports whether a host lies under a suffix of the private section.
func isPrivate(host string) bool {
	s, icann := publicsuffix.PublicSuffix(host)
	return !icann && strings.Contains(s, ".")
}

// registrable is the domain under the ICANN suffix that a host belongs to, the
// host itself where there is none.
func registrable(host string) string {
	suffix, managed := suffixOf(host)
	if !managed || isIP(host) || len(host) <= len(suffix)+1 {
		return host
	}
	rest := host[:len(host)-len(suffix)-1]
	return rest[strings.LastIndexByte(rest, '.')+1:] + "." + suffix
}

// Registrable is the domain under an ICANN suffix that a host belongs to (of
// a.github.io it is github.io), the host itself where there is none.
func Registrable(host string) string { return registrable(host) }

// odd reports whether a path is written so that two readers could see two paths.
func odd(u *url.URL) bool {
	p := strings.ToLower(u.EscapedPath())
	if strings.Contains(p, "%2f") || strings.Contains(p, "%5c") || strings.Contains(p, "%25") || strings.Contains(p, "%00") || strings.Contains(u.Path, "//") {
		return true
	}
	for s := range strings.SplitSeq(u.Path, "/") {
		if s == "." || s == ".." || strings.ContainsAny(s, ";\\") {
			return true
		}
	}
	return false
}

// folders are names under which web servers keep what their users put there.
var folders = map[string]bool{
	"upload": true, "uploads": true, "uploaded": true, "attachment": true, "attachments": true, "userfiles": true, "user-files": true,
	"user_files": true, "usercontent": true, "user-content": true, "user_content": true, "user-uploads": true, "user_uploads": true,
	"wp-content": true, "pluginfile.php": true, "draftfile.php": true, "tokenpluginfile.php": true, "fileadmin": true,
	"public_html": true, "dropbox": true, "pastebin": true, "paste": true, "pastes": true, "gist": true, "gists": true,
	"bitstream": true, "bitstreams": true,
	"avatars": true, "forum": true, "forums": true, "wiki": true, "blogs": true, "community": true,
}

// personal reports whether a path is that of a person's page, or of a folder of
// what users put there.
func personal(u *url.URL) bool {
	segments := strings.Split(strings.ToLower(u.Path), "/")
	for i, s := range segments {
		if strings.HasPrefix(s, "~") || folders[s] {
			return true
		}
		if s == "files" && i >= 2 && segments[i-2] == "sites" {
			return true // Drupal has a folder for each of its sites
		}
	}
	return false
}

// Shown is a host as it may be shown: in Unicode, but in punycode where a label
// mixes scripts, or could be read as another name in Latin letters. A port that
// is not the usual one stays.
func Shown(u *url.URL) string {
	host := Host(u)
	var out []string
	for label := range strings.SplitSeq(host, ".") {
		if s, err := idna.ToUnicode(label); err == nil && s != label && oneScript(s) && read.Printable(s) == s {
			label = s
		}
		out = append(out, label)
	}
	shown := strings.Join(out, ".")
	if p := u.Port(); p != "" && !(u.Scheme == "https" && p == "443" || u.Scheme == "http" && p == "80") {
		shown += ":" + p
	}
	return shown
}

// scripts are those that one word may mix: Japanese, Korean and Chinese writing.
var scripts = [][]*unicode.RangeTable{
	{unicode.Latin},
	{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo},
	{unicode.Arabic}, {unicode.Hebrew}, {unicode.Devanagari}, {unicode.Thai}, {unicode.Greek}, {unicode.Cyrillic},
	{unicode.Armenian}, {unicode.Georgian}, {unicode.Bengali}, {unicode.Tamil}, {unicode.Telugu}, {unicode.Gujarati},
	{unicode.Gurmukhi}, {unicode.Kannada}, {unicode.Malayalam}, {unicode.Sinhala}, {unicode.Lao}, {unicode.Khmer}, {unicode.Myanmar}, {unicode.Ethiopic},
}

func oneScript(label string) bool {
	of := -1
	for _, r := range label {
		if !unicode.IsLetter(r) {
			continue
		}
		in := -1
		for i, s := range scripts {
			if unicode.IsOneOf(s, r) {
				in = i
			}
		}
		if in < 0 || of >= 0 && in != of {
			return false
		}
		of = in
	}
	// A word of Cyrillic or Greek letters that all look Latin is shown as what it is.
	return of <= 0 || !latin(Skeleton(label))
}

func latin(s string) bool {
	for _, r := range s {
		if r >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// shownPath is a path as it may be shown behind its host.
func shownPath(u *url.URL) string {
	p := strings.TrimSuffix(path.Clean("/"+read.Printable(u.Path)), "/")
	if u.RawQuery != "" {
		p += "?" + read.Printable(u.RawQuery)
	}
	if len(p) > maxPath {
		p = read.Cut(p, maxPath) + "…"
	}
	return p
}
