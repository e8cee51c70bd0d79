package ob2

import (
	"net/url"
	"path"
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"
)

// judgeScope asks whether the issuer answers for the place that the hosted
// assertion lies at (OB2 "HostedBadge": startsWith, allowedOrigins; by default
// assertion and class on the origin of the profile's id).
func (j *job) judgeScope() {
	a := &j.v.Aspects
	if a.Issuer.State != verdict.Unknown || a.Issuer.Reason != "" {
		return // the profile could not be read
	}
	fail := func(r verdict.Reason, detail string) {
		a.Issuer = verdict.Aspect{State: verdict.Fail, Reason: r, Detail: detail, Evidence: j.issuer.evidence}
	}
	profile, ok := read.HTTPURL(j.issuer.id)
	if !ok {
		fail(verdict.IssuerUnprovable, "the issuer's id is no http address")
		return
	}
	assertion, ok := read.HTTPURL(j.assertion.id)
	if !ok {
		fail(verdict.HostNotIssuers, "the assertion's id is no http address")
		return
	}
	switch within, why := InScope(j.issuer.obj.Obj("verification"), profile, assertion, j.classURL()); {
	case !within:
		fail(verdict.HostNotIssuers, why)
	default:
		a.Issuer = verdict.Aspect{State: verdict.Pass, Evidence: j.issuer.evidence}
	}
}

// classURL is the class's address, nil when it is embedded without one.
func (j *job) classURL() *url.URL {
	if j.class.embedded {
		return nil
	}
	u, _ := read.HTTPURL(j.class.id)
	return u
}

// InScope reports whether an issuer with the given verification policy answers
// for an assertion's address, and if not, why. class is nil when it is part of
// the assertion.
func InScope(policy read.Object, profile, assertion, class *url.URL) (bool, string) {
	starts := policy.Strs("startsWith")
	origins := policy.Strs("allowedOrigins")
	if len(starts) == 0 && len(origins) == 0 {
		if !read.SameOrigin(assertion, profile) {
			return false, "the assertion does not lie on the issuer's host"
		}
		if class != nil && !read.SameOrigin(class, profile) {
			return false, "the badge class does not lie on the issuer's host"
		}
		return true, ""
	}
	if len(starts) > 0 {
		for _, s := range starts {
			if under(s, assertion) {
				return true, ""
			}
		}
		return false, "the assertion does not lie under any address that the issuer names"
	}
	for _, o := range origins {
		if allowedOrigin(o, assertion) {
			return true, ""
		}
	}
	return false, "the assertion does not lie on any host that the issuer names"
}

// under reports whether u lies under the prefix, both read as URLs: the same
// scheme and authority, and a path that continues at a segment's end.
func under(prefix string, u *url.URL) bool {
	p, ok := read.HTTPURL(prefix)
	if !ok || p.Scheme != u.Scheme || read.Authority(p) != read.Authority(u) {
		return false
	}
	if strings.Contains(strings.ToLower(u.EscapedPath()), "%2e") || strings.Contains(strings.ToLower(u.EscapedPath()), "%2f") {
		return false // servers disagree about where this leads
	}
	base, have := p.Path, clean(u.Path)
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

// clean takes dot segments out, keeping a slash at the end.
func clean(p string) string {
	c := path.Clean("/" + p)
	if strings.HasSuffix(p, "/") && c != "/" {
		c += "/"
	}
	return c
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
