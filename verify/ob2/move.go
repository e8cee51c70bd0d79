package ob2

import (
	"net/url"

	"assay/verify/read"
	"assay/verify/standing"
	"assay/verify/verdict"
)

// moved reports whether a site has answered for one of its own addresses from
// where it has moved: up to https, to its name with a leading "www." or from it,
// with the path and query that were asked for. Another path would let an open
// redirect speak for the site, and under a private suffix another name is another
// user's.
func moved(asked, final *url.URL) bool {
	x, y := standing.Host(asked), standing.Host(final)
	if asked.Scheme == "https" && final.Scheme != "https" || !usualPort(asked) || !usualPort(final) {
		return false
	}
	up := x == y && asked.Scheme != final.Scheme
	return (up || standing.Twins(x, y)) && samePath(asked, final)
}

func usualPort(u *url.URL) bool {
	p := u.Port()
	return p == "" || u.Scheme == "https" && p == "443" || u.Scheme == "http" && p == "80"
}

// samePath compares what follows the host of two URLs, but for the fragment.
func samePath(a, b *url.URL) bool {
	path := func(u *url.URL) string {
		if p := u.EscapedPath(); p != "" {
			return p
		}
		return "/"
	}
	return path(a) == path(b) && a.RawQuery == b.RawQuery
}

// respelt reports whether an object that was asked for at an address, and came by
// a move, calls itself by another spelling of it: by http or https, with "www." or
// without.
func (j *job) respelt(id string, asked *url.URL) bool {
	u, ok := read.HTTPURL(id)
	if !ok || !usualPort(u) || !samePath(u, asked) || u.Fragment != asked.Fragment {
		return false
	}
	x, y := standing.Host(u), standing.Host(asked)
	return x == y || standing.Twins(x, y)
}

// settle takes down that a part came by a move. A class or profile keeps the host
// that it was asked for at: an issuer is who it is named as.
func (j *job) settle(p *part, asked, final *url.URL, to role) {
	j.warn(verdict.WarnMoved)
	p.moved = true
	if standing.Host(asked) == standing.Host(final) {
		return
	}
	if j.moves == nil {
		j.moves = map[string]string{}
	}
	j.moves[standing.Host(final)] = asked.Host
	if id, ok := read.HTTPURL(p.id); ok && (to == aClass || to == aPart) {
		at := *id
		at.Host = asked.Host
		p.id = at.String()
	}
}

// before gives an address as it was before the site moved, where a part of this
// badge has shown that it did: what the new name has, the old one answers for.
func (j *job) before(u *url.URL) *url.URL {
	if u == nil {
		return nil
	}
	old, ok := j.moves[standing.Host(u)]
	if !ok {
		return u
	}
	at := *u
	at.Host = old
	return &at
}

// holds is Scope.Holds for a site that may have moved.
func (j *job) holds(s Scope, where *url.URL) (bool, string) {
	within, why := s.Holds(where)
	if !within && len(j.moves) > 0 {
		s.Class = j.before(s.Class)
		within, _ = s.Holds(j.before(where))
	}
	return within, why
}

// mayHold is Scope.MayHold of an assertion and of what answered for it.
func (j *job) mayHold(s Scope, assertion *url.URL) (bool, string) {
	may, detail := s.MayHold(assertion)
	if at := j.assertion.owner; may && at != nil {
		if within, _ := j.holds(s, at); !within {
			may, detail = s.MayHold(at)
		}
	}
	return may, detail
}
