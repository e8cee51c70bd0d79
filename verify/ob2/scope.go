package ob2

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"assay/verify/read"
	"assay/verify/standing"
	"assay/verify/verdict"
)

// judgeScope asks whether the issuer answers for the place that the hosted
// assertion lies at (OB2 "HostedBadge": startsWith, allowedOrigins; by default
// assertion and class on the origin of the profile's id). Both the assertion's
// id and the address that answered in the end must lie there: a host that leads
// on to another of its pages speaks for that page only.
func (j *job) judgeScope() {
	a := &j.v.Aspects
	if a.Issuer.State != verdict.Unknown || a.Issuer.Reason != "" {
		return // the profile could not be read
	}
	if j.v.Format == verdict.OB05 {
		j.judgeOrigin()
		return
	}
	unprovable := func(detail string) {
		a.Issuer = verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnprovable, Detail: detail, Evidence: j.issuer.evidence}
	}
	by, ok := j.authority()
	if j.silent {
		by.at, ok = read.HTTPURL(j.issuer.id)
	}
	if !ok {
		unprovable("the issuer's id is no http address, or leads on to a file that anybody may have put there")
		return
	}
	assertion, ok := read.HTTPURL(j.assertion.id)
	if !ok {
		unprovable("the assertion's id is no http address")
		return
	}
	s := Scope{Policies: by.policies(), Profile: by.at, Class: j.classURL(), Named: j.names(by)}
	within, why := j.holds(s, assertion)
	if at := j.assertion.owner; at != nil {
		there, whyNot := j.holds(s, at)
		switch {
		case j.assertion.moved:
			// One place under two names.
			within = within || there
		case within:
			within, why = there, whyNot
		}
	}
	if !within {
		if may, detail := j.mayHold(s, assertion); may {
			unprovable(detail)
			return
		}
		a.Issuer = verdict.Aspect{State: verdict.Fail, Reason: verdict.HostNotIssuers, Detail: why, Evidence: j.issuer.evidence}
		return
	}
	a.Issuer = verdict.Aspect{State: verdict.Pass, Evidence: j.issuer.evidence}
	switch {
	case !j.silent && j.strays(s, assertion):
		unprovable("the badge lies where users of the issuer's host put their files, and the issuer does not say that it answers for these")
	case !j.silent:
	case j.env.Listed != nil && j.env.Listed(j.issuer.id):
		a.Issuer.Detail = "the issuer has no profile at its id; it is the employer who lists it"
	default:
		unprovable("the issuer's id gives no profile")
	}
}

// strays reports whether an assertion, or what answered for it, lies among the files of
// users of the issuer's host: any of them could say that it is the issuer's. Where the
// issuer keeps its badges there, it says so by startsWith.
func (j *job) strays(s Scope, assertion *url.URL) bool {
	for _, p := range s.Policies {
		for _, e := range p.Strs("startsWith") {
			if u, ok := read.HTTPURL(e); ok && standing.Strays(u, s.Profile) && under(e, assertion) {
				return false
			}
		}
	}
	at := j.assertion.owner
	return standing.Strays(assertion, s.Profile) || at != nil && standing.Strays(at, s.Profile)
}

// names reports whether the class names the issuer by that very id, or by the
// same over http, as old classes do.
func (j *job) names(by authority) bool {
	holder := j.class.obj
	if holder == nil {
		holder = j.assertion.obj // an endorsement has no class
	}
	id, _ := holder.Ref("issuer")
	id = j.resolve(id)
	rest, plain := strings.CutPrefix(id, "http://")
	return sameID(id, by.id) || plain && sameID("https://"+rest, by.id)
}

// judgeOrigin is judgeScope for Open Badges 0.5, which has neither profile nor
// policy: the issuer is the host that answered, and the origin that the badge
// claims must be that host. A path in it says nothing.
func (j *job) judgeOrigin() {
	a := &j.v.Aspects
	by, ok := j.authority()
	origin, ok2 := read.HTTPURL(j.issuer.obj.Str("origin"))
	switch {
	case !ok || !ok2:
		a.Issuer.Reason, a.Issuer.Detail = verdict.IssuerUnprovable, "the issuer's origin is no http address"
	case !read.SameOrigin(origin, by.at) && !read.SameOrigin(origin, j.before(by.at)):
		a.Issuer = verdict.Aspect{State: verdict.Fail, Reason: verdict.HostNotIssuers, Evidence: by.evidence,
			Detail: "the assertion does not lie on the host that it names as its issuer"}
	case j.assertion.owner != nil && standing.Strays(j.assertion.owner, by.at):
		a.Issuer = verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnprovable, Evidence: by.evidence,
			Detail: "the badge lies where users of the host that it names as its issuer put their files"}
	default:
		a.Issuer = verdict.Aspect{State: verdict.Pass, Evidence: by.evidence}
	}
}

// classURL is where the class lies, nil when it stands in the assertion.
func (j *job) classURL() *url.URL {
	if u, ok := read.HTTPURL(j.class.id); ok && !j.class.embedded {
		return u
	}
	return j.class.owner
}

// Scope is what an issuer answers for.
type Scope struct {
	Policies []read.Object // the profile's verification, each of which must hold
	Profile  *url.URL      // the issuer's id
	Class    *url.URL      // where the class lies, nil when it is part of the assertion
	Named    bool          // the class names the issuer by that very id
}

// Holds reports whether the issuer answers for an assertion at an address, and
// if not, why. A policy narrows what lies on the profile's own origin. Another
// origin, which the policy lets in, counts only where that host names the
// issuer too: by a class of its own, or by pointing at one of the issuer's.
func (s Scope) Holds(assertion *url.URL) (bool, string) {
	return s.by(under, allowedOrigin, assertion)
}

// MayHold reports whether an assertion for which Holds says no may be within what the
// issuer answers for all the same, and why that is not known: by an entry of a policy
// that is not understood, of what lies on the issuer's own host or on one that the
// entry covers by a wildcard; or on the one host under its names with and without
// "www.".
func (s Scope) MayHold(assertion *url.URL) (bool, string) {
	own := func(understood func(string) bool, in func(string, *url.URL) bool) func(string, *url.URL) bool {
		return func(entry string, u *url.URL) bool {
			return in(entry, u) || !understood(entry) && (read.SameOrigin(u, s.Profile) || wildcard(entry, u))
		}
	}
	names := func(u *url.URL) []*url.URL {
		if u == nil {
			return []*url.URL{nil}
		}
		return []*url.URL{u, twin(u)}
	}
	for _, class := range names(s.Class) {
		t := s
		t.Class = class
		for _, at := range names(assertion) {
			if ok, _ := t.by(own(isPrefix, under), own(isOrigin, allowedOrigin), at); !ok {
				continue
			}
			if at == assertion && class == s.Class {
				return true, "the issuer's profile does not say in a way that is understood which addresses it answers for"
			}
			return true, "the issuer's host has one name with www. and one without, and its profile names the other"
		}
	}
	return false, ""
}

// twin is an address on the same site under its name with "www." in place of that
// without, or the other way round; the address itself where there is no such name.
func twin(u *url.URL) *url.URL {
	host := standing.Host(u)
	other, had := strings.CutPrefix(host, "www.")
	if !had {
		other = "www." + host
	}
	if !usualPort(u) || !standing.Twins(host, other) {
		return u
	}
	at := *u
	at.Host = other
	return &at
}

// isPrefix reports whether an entry of startsWith is understood.
func isPrefix(entry string) bool {
	_, ok := read.HTTPURL(entry)
	return ok || strings.Contains(entry, "@")
}

// isOrigin reports whether an entry of allowedOrigins is understood.
func isOrigin(entry string) bool {
	u, ok := read.HTTPURL(entry)
	if !ok {
		u, ok = read.HTTPURL("https://" + entry)
		ok = ok && !strings.Contains(entry, "/")
	}
	return strings.Contains(entry, "@") || ok && strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == "" && !strings.Contains(entry, "*")
}

// wildcard reports whether an entry "*.host" covers the host of u.
func wildcard(entry string, u *url.URL) bool {
	_, host, _ := strings.Cut(entry, "://")
	if host == "" {
		host = entry
	}
	below, ok := strings.CutPrefix(host, "*.")
	below = strings.ToLower(strings.TrimSuffix(below, "/"))
	return ok && below != "" && strings.HasSuffix(standing.Host(u), "."+below)
}

// by is Holds by the meaning of entries that is given.
func (s Scope) by(under, allowedOrigin func(entry string, u *url.URL) bool, assertion *url.URL) (bool, string) {
	restricted := false
	for _, p := range s.Policies {
		starts, origins := p.List("startsWith"), p.List("allowedOrigins")
		restricted = restricted || len(starts) > 0 || len(origins) > 0
		if len(starts) > 0 && !anyOf(starts, under, assertion) {
			return false, "the assertion does not lie under any address that the issuer names"
		}
		if len(origins) > 0 && !anyOf(origins, allowedOrigin, assertion) {
			return false, "the assertion does not lie on any host that the issuer names"
		}
	}
	if !restricted && !read.SameOrigin(assertion, s.Profile) {
		return false, "the assertion does not lie on the issuer's host"
	}
	class := s.Class
	if class == nil {
		class = assertion
	}
	if !read.SameOrigin(class, s.Profile) {
		if !restricted || !read.SameOrigin(class, assertion) {
			return false, "the badge class does not lie on the issuer's host"
		}
	}
	if !read.SameOrigin(assertion, s.Profile) && !s.Named {
		return false, "the host of the assertion does not name the issuer"
	}
	return true, ""
}

// anyOf reports whether an entry of a policy lets u in. An entry that is no
// text counts as an empty one, which lets nothing in.
func anyOf(entries []any, in func(entry string, u *url.URL) bool, u *url.URL) bool {
	for _, e := range entries {
		if s, _ := e.(string); in(s, u) {
			return true
		}
	}
	return false
}

// under reports whether u lies under the prefix, both read as URLs: the same
// scheme and authority, or the same host by https that the prefix names by http, and
// a path that continues at a segment's end.
func under(prefix string, u *url.URL) bool {
	p, ok := read.HTTPURL(prefix)
	if !ok || p.Scheme != u.Scheme && u.Scheme != "https" || !read.SameOrigin(p, u) {
		return false
	}
	if odd(p) || odd(u) {
		return false // servers disagree about where this leads
	}
	base, have := p.Path, u.Path
	if p.RawQuery != "" {
		// A prefix that runs into the query: the path is settled, the query
		// continues.
		return base == have && strings.HasPrefix(u.RawQuery, p.RawQuery)
	}
	if !strings.HasPrefix(have, base) {
		return false
	}
	return base == "" || strings.HasSuffix(base, "/") || len(have) == len(base) || have[len(base)] == '/'
}

// odd reports whether a path has a segment that some server may take for a way
// up or for several segments: dots, with a parameter (RFC 3986 §3.3) or
// without, also when they are escaped several times or written in characters
// that stand for dots and slashes; an escaped separator; a control character;
// what is no UTF-8.
func odd(u *url.URL) bool {
	text := u.EscapedPath()
	for i := 0; ; i++ {
		for _, segment := range strings.Split(text, "/") {
			if oddSegment(segment) {
				return true
			}
		}
		plain, err := url.PathUnescape(text)
		if err != nil {
			// A percent sign that stands for itself, but to those servers that
			// read %uXXXX.
			return strings.Contains(strings.ToLower(text), "%u")
		}
		if i == 8 {
			return true
		}
		if plain == text {
			return false
		}
		if strings.Count(plain, "/") != strings.Count(text, "/") {
			return true
		}
		text = plain
	}
}

func oddSegment(s string) bool {
	if !utf8.ValidString(s) || strings.ContainsRune(s, '\\') {
		return true
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.C) }) {
		return true
	}
	if strings.ContainsFunc(s, func(r rune) bool {
		return r >= utf8.RuneSelf && strings.ContainsAny(norm.NFKC.String(string(r)), `./\;%`)
	}) {
		return true // full-width and small forms, leaders of dots
	}
	name, _, _ := strings.Cut(s, ";")
	return name != "" && strings.Trim(name, ". ") == ""
}

// allowedOrigin reports whether a host of the issuer's list is u's, exactly:
// subdomains and ports are hosts of their own.
func allowedOrigin(origin string, u *url.URL) bool {
	o, ok := read.HTTPURL(origin)
	if !ok {
		// A bare host name, as the specification gives it.
		if strings.ContainsAny(origin, "/@?#") {
			return false
		}
		if o, ok = read.HTTPURL(u.Scheme + "://" + origin); !ok {
			return false
		}
	} else if strings.Trim(o.Path, "/") != "" || o.RawQuery != "" || o.Fragment != "" {
		return false
	}
	return read.SameOrigin(o, u)
}
