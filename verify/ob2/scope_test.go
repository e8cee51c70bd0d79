package ob2

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"assay/verify/read"
)

// servers are what web servers are known to do to a path before they look for
// what it names.
var servers = map[string]func(p string) string{
	"unescapes once": unescape,
	"unescapes twice": func(p string) string {
		return unescape(unescape(p))
	},
	"unescapes until nothing changes": func(p string) string {
		for range 8 {
			p = unescape(p)
		}
		return p
	},
	"takes parameters off a segment": func(p string) string { return regexp.MustCompile(`;[^/]*`).ReplaceAllString(unescape(p), "") },
	"takes parameters off, then unescapes": func(p string) string {
		return unescape(regexp.MustCompile(`;[^/]*`).ReplaceAllString(p, ""))
	},
	"turns backslashes":                  func(p string) string { return strings.ReplaceAll(unescape(p), `\`, "/") },
	"ends at a zero":                     func(p string) string { p, _, _ = strings.Cut(unescape(p), "\x00"); return p },
	"drops control characters":           func(p string) string { return dropped(unescape(p), "\x00\t\r\n\u200b\u00ad") },
	"takes the nearest ASCII characters": func(p string) string { return norm.NFKC.String(unescape(p)) },
	"drops dots and spaces at the end of a name": func(p string) string {
		return regexp.MustCompile(`([^/. ])[. ]+(/|$)`).ReplaceAllString(unescape(p), "$1$2")
	},
	"takes more dots for two": func(p string) string {
		return regexp.MustCompile(`(^|/)\.[. ]+(/|$)`).ReplaceAllString(unescape(p), "$1..$2")
	},
}

func unescape(p string) string {
	if s, err := url.PathUnescape(p); err == nil {
		return s
	}
	return p
}

func dropped(s, cut string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(cut, r) {
			return -1
		}
		return r
	}, s)
}

// TestScopeByAnyServer: no path that begins as the issuer's prefix and counts
// as under it leads out of it, on any of the servers.
func TestScopeByAnyServer(t *testing.T) {
	const prefix = "https://host.example/university/"
	pieces := []string{
		"..", ".", "/", "//", ";", ";x=1", "%2e", "%2E", "%2f", "%5c", `%5C`, "%00", "%09", "%20", "%25", "%252e", "%252f", "%255c", "%3b", "a", "1", "mallory", "...", "%EF%BC%8E", "%EF%BC%8F", "%E2%80%A5", "%E2%80%A4",
		"%E2%80%8B", "%C2%AD", "%c0%ae", "%u002e", "~", "+", "@", ":", "ß", "%C3%9F",
	}
	tried, within := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 50 {
			p := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 8).Draw(t, "path"), "")
			u, ok := read.HTTPURL(prefix + p)
			if !ok {
				continue
			}
			tried++
			if !anyOf([]any{prefix}, under, u) {
				continue
			}
			within++
			for name, serve := range servers {
				if got := path.Clean("/" + serve(u.EscapedPath())); !strings.HasPrefix(got+"/", "/university/") {
					t.Fatalf("%s: a server that %s gives %s", u, name, got)
				}
			}
		}
	})
	if within == 0 || within == tried {
		t.Errorf("%d of %d paths count as under the prefix", within, tried)
	}
}
