package standing

import (
	_ "embed"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/net/publicsuffix"
)

// Kinds of places.tsv.
const (
	vetted  = "vetted"  // a platform that knows its issuers by contract
	account = "account" // a platform where anybody can open an issuer's account
	page    = "page"    // a site where anybody can put a file or a page
	profile = "profile" // a site of persons' profiles: no issuer, and nobody's own site
)

// place is a row of places.tsv.
type place struct{ kind, name string }

// places are hosts, each with everything under it, and hosts with a path, by what
// is asked for: "host" and "host/first/segments".
//
// The columns of the table: the host and path, the kind, what the place is called,
// and where it is known from that strangers get a place there.
//
//go:embed places.tsv
var table string

var places = sync.OnceValue(func() map[string]place {
	m := map[string]place{}
	for line := range strings.Lines(table) {
		if f := strings.Split(strings.TrimRight(line, "\n"), "\t"); len(f) == 4 && f[0] != "place" {
			m[f[0]] = place{f[1], f[2]}
		}
	}
	return m
})

// placeOf gives the row for a host and path: the longest host counts, and of that
// the longest path.
func placeOf(host string, u *url.URL) (place, bool) {
	segments := strings.Split(strings.Trim(strings.ToLower(u.Path), "/"), "/")
	for h := host; ; {
		for n := min(len(segments), 3); n > 0; n-- {
			if p, ok := places()[h+"/"+strings.Join(segments[:n], "/")]; ok {
				return p, true
			}
		}
		if p, ok := places()[h]; ok {
			return p, true
		}
		_, rest, more := strings.Cut(h, ".")
		if !more {
			return place{}, false
		}
		h = rest
	}
}

// Many reports whether strangers get places of their own on a host, so that the
// host as a whole cannot be trusted: only an id on it, or a path.
func Many(host string) bool {
	p, ok := placeOf(host, &url.URL{})
	return ok && p.kind != profile || isPrivate(host) || isIP(host)
}

// Site is the domain that one party holds: one label under the suffix, of either
// section of the list (of a.b.github.io it is b.github.io).
func Site(host string) string {
	if s, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return s
	}
	return host
}

// OwnSite gives the site ([Site]) of a link that an applicant gave as a site
// of their own, "" for what is none: a profile or a page at somebody's, a
// provider of badges, a place deep in a site that has others.
func OwnSite(link string) string {
	u, root := urlOf(link)
	if u == nil {
		return ""
	}
	host := Host(u)
	suffix, managed := suffixOf(host)
	if _, found := placeOf(host, u); found || isIP(host) || !managed || suffix == host || personal(u) {
		return ""
	}
	if !root {
		s := strings.Split(strings.Trim(strings.ToLower(u.Path), "/"), "/")
		if len(s) > 1 || !ownPages[strings.TrimSuffix(strings.TrimSuffix(s[0], ".html"), ".htm")] {
			return ""
		}
	}
	return Site(host)
}

// ownPages are what people call the pages of their own sites.
var ownPages = map[string]bool{
	"index": true, "home": true, "about": true, "about-me": true, "me": true, "portfolio": true, "cv": true, "resume": true, "blog": true,
	"contact": true, "work": true, "projects": true, "en": true, "de": true, "fr": true, "es": true, "it": true,
}
