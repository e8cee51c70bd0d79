package vc

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/standing"
	"assay/verify/verdict"
)

// Whoever has a key that is past its date can sign today under any date. That a badge
// was signed before is shown by nothing in it, and by no status list: an issuer signs
// a list of places long before they are given away, so that a thief takes one that
// nobody has (its bit is clear), and a list that names what was revoked names none
// that was not. What dates a badge is the issuer's own host, where it gives out the
// badge at the badge's id:
//
//   - with the very signature, unchanged since before the end of the key by the
//     host's own clock (Last-Modified, RFC 9110 §8.8.2): so the signature was there;
//   - or signed anew, by a key in force: then that copy is judged in its place.
//
// The thief chooses the id. So the host must be that of the issuer's id, which must
// be a domain's and no place where strangers put files; what a host was asked to say
// by the address (a query, another address in the path) counts for nothing, nor does
// a text, a page or a picture, nor a date before that of the signature, or before
// there were badges: some hosts give all their files one. What is left to a thief is
// an issuer's host on which he may put JSON and choose its date, at a place that does
// not look like one for strangers.

// made is by what a proof that holds was made.
type made struct {
	signature string    // as it is written
	signed    time.Time // when it says that it was made, zero where it does not
	ended     time.Time // the end of its key, zero for none
}

// firstBadges is when the first badges were given out.
var firstBadges = time.Date(2011, 1, 1, 0, 0, 0, 0, time.UTC)

// hosted asks the issuer's host for a badge by a key that is past its date. It
// reports whether a copy that was signed anew took this one's place.
func (c *credential) hosted() bool {
	where, ok := c.home()
	if !ok {
		return false
	}
	resp, err := c.env.Fetcher.Fetch(c.ctx, fetch.Request{URL: where, Accept: acceptCredential, MaxBytes: maxCredential, SameHost: true, Fresh: true, Private: true, Chosen: true})
	if err != nil || resp.Status/100 != 2 || !c.answers(resp.URL) {
		return false
	}
	in, err := readText(resp.Text())
	if err != nil || !Is(in.Object) {
		return false
	}
	own := strings.HasPrefix(resp.ContentType, "application/")
	if own && slices.Contains(signatures(in), c.made.signature) {
		if changed := lastModified(resp.Header); c.before(changed) {
			a := &c.v.Aspects.Issuer
			note := "the signed badge, unchanged since " + changed.Format(time.RFC3339)
			*a = verdict.Aspect{State: verdict.Pass, Evidence: append(a.Evidence, resp.Evidence(note)), Detail: "the key is past its date; the issuer's host has the signed badge from before"}
		}
		return false
	}
	return c.replace(in, resp, "the badge at its own address, signed anew")
}

// home is the address at which the issuer's host would have the badge.
func (c *credential) home() (string, bool) {
	id := c.v.Credential.ID
	u, ok := read.HTTPURL(id)
	if !ok || u.Scheme != "https" || c.made.signature == "" || c.made.ended.IsZero() {
		return "", false
	}
	return id, c.answers(id)
}

// answers reports whether the issuer's host speaks at an address, and nobody else.
func (c *credential) answers(where string) bool {
	at, by := standing.URL(where), standing.URL(c.v.Credential.Issuer.ID)
	if at == nil || by == nil || at.Scheme != "https" || by.Scheme != "https" || !read.SameOrigin(at, by) {
		return false
	}
	if at.RawQuery != "" || at.Fragment != "" || leads(at) {
		return false
	}
	return standing.Of(where, nil).Level == verdict.LevelDomain && standing.Of(c.v.Credential.Issuer.ID, nil).Level == verdict.LevelDomain
}

// leads reports whether a path may hold another address or host, or hides what it
// holds; what else is odd about one, package standing tells.
func leads(u *url.URL) bool {
	return strings.ContainsAny(u.EscapedPath(), "%:") || strings.Contains(path.Dir(u.Path), ".")
}

// before reports whether a file of the host's shows that the signature was there
// before its key was past its date.
func (c *credential) before(changed time.Time) bool {
	m := c.made
	return changed.After(firstBadges) && !m.signed.IsZero() && !changed.Before(m.signed.Truncate(time.Second)) && changed.Before(m.ended)
}

// lastModified is when the host says that what it gives was changed last, zero where
// it does not say it.
func lastModified(h http.Header) time.Time {
	t, err := http.ParseTime(h.Get("Last-Modified"))
	if err != nil {
		return time.Time{}
	}
	return t
}

// signatures are those of a credential, as they are written.
func signatures(in Input) (out []string) {
	for _, t := range in.Tokens() {
		out = append(out, t.Signature())
	}
	for _, p := range in.Object.Objs("proof") {
		if s := signatureOf(p); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// signatureOf is the value of a Data Integrity proof.
func signatureOf(p read.Object) string {
	if s := p.Str("proofValue"); s != "" {
		return s
	}
	return p.Str("jws")
}

// ended is when the time of a key was over, zero where its issuer does not say it.
func (b *binding) ended(made *proof.Key) time.Time {
	if i := slices.Index(b.tried, made); b.found != nil && i >= 0 && i < len(b.found.Keys) {
		return b.found.Keys[i].Expires
	}
	return time.Time{}
}
