package ob2

import (
	"net/url"
	"slices"
	"strings"

	"assay/verify/read"
	"assay/verify/standing"
	"assay/verify/verdict"
)

// authority is what an issuer says of itself, as its own host gave it at the
// issuer's own id. The scope policy, the keys, the revocation list and the id
// that a registry is asked for are read through it and in no other way, so
// that nothing that came embedded in a badge has a say in whose badge it is,
// whatever generation the badge claims to be of.
type authority struct {
	id  string      // the issuer's id
	at  *url.URL    // the same, parsed
	doc read.Object // the profile; nil where the host itself is the issuer (OB 0.5), which has neither policy nor keys

	self     string // what the profile calls itself, where its site has moved; "" elsewhere
	evidence []verdict.Evidence
}

// is reports whether an id is the issuer's.
func (a authority) is(id string) bool { return sameID(id, a.id) || a.self != "" && sameID(id, a.self) }

// authority gives what a part may say for its id: nothing when it came embedded
// in another object, calls itself by what is no web address, or was answered from
// where strangers put their files.
func (p part) authority() (authority, bool) {
	at, ok := read.HTTPURL(p.id)
	if !ok || p.owner == nil {
		return authority{}, false
	}
	if standing.Strays(p.owner, at) {
		return authority{}, false // an address of the host's led on to a file of somebody's
	}
	by := authority{id: p.id, at: at, doc: p.obj, evidence: p.evidence}
	if p.moved {
		by.self = p.obj.Str("id")
	}
	return by, true
}

// authority gives the badge's issuer. An OB 0.5 assertion has no document of
// its issuer: the issuer is the host that answered with it, the whole host and
// nothing else.
func (j *job) authority() (authority, bool) {
	if j.v.Format != verdict.OB05 {
		return j.issuer.authority()
	}
	if j.assertion.owner == nil {
		return authority{}, false
	}
	at := &url.URL{Scheme: j.assertion.owner.Scheme, Host: j.assertion.owner.Host}
	return authority{id: at.String(), at: at, evidence: j.assertion.evidence}, true
}

// policies are the issuer's words on which addresses it answers for (OB2
// "VerificationObject"). Each of them narrows.
func (a authority) policies() []read.Object { return a.doc.Objs("verification") }

// keys are the keys that the issuer lists, at most maxKeys: each a link, or an
// object.
func (a authority) keys() []any {
	listed := a.doc.List("publicKey")
	return listed[:min(len(listed), maxKeys)]
}

// revocationLists are the issuer's lists of what it has taken back: each a link,
// or an object.
func (a authority) revocationLists() []any { return a.doc.List("revocationList") }

// isProfile tells an issuer's profile from what else may stand at an issuer's
// id. Open Badges 1.0 gave its objects no type.
func isProfile(o read.Object) bool {
	if o.IsType("Profile", "Issuer") {
		return true
	}
	return o.Has("name") && !o.IsType("Assertion", "BadgeClass", "CryptographicKey", "RevocationList", "Endorsement")
}

// silent reports whether an answer, got at an issuer's id, is none of an
// issuer's: a page, a picture, nothing. That speaks neither for a badge nor
// against it.
func silent(r verdict.Aspect) bool {
	switch r.Reason {
	case verdict.NotFound, verdict.Gone, verdict.NotABadge, verdict.ImageUnsupported, verdict.AnswerTooLarge:
		return true
	}
	return false
}

// generations are those of Open Badges that this package judges, oldest first.
var generations = []verdict.Format{verdict.OB05, verdict.OB10, verdict.OB11, verdict.OB20}

// later gives the later of two generations: a badge is judged by the stricter
// of what it says at hand and what its host says, so that neither can talk the
// other's rules away.
func later(a, b verdict.Format) verdict.Format {
	if slices.Index(generations, a) > slices.Index(generations, b) {
		return a
	}
	return b
}

// generation gives that of a class or profile, by the context that it names, ""
// for one that names none. It lowers nothing: whose badge it is goes by what the
// profile says of keys and scope, in whatever generation it and the assertion are.
func generation(o read.Object) verdict.Format {
	switch ctx := strings.Join(o.Strs("@context"), " "); {
	case strings.Contains(ctx, "w3id.org/openbadges/v1"):
		return verdict.OB11
	case isOpenBadges(ctx):
		return verdict.OB20
	}
	return ""
}

// plain reports whether a media type is that of text or of a page: what hosts
// give for files that their users put there.
func plain(mediaType string) bool {
	switch mediaType {
	case "text/plain", "text/html", "application/xhtml+xml", "text/markdown":
		return true
	}
	return false
}

// warnShared tells that the issuer rests on JSON that was served as a text or a
// page, on a host where others may speak as well: one whose issuer is but a
// place on it, or (OB 0.5) one that has no document of its issuer.
func (j *job) warnShared() {
	by, ok := j.authority()
	if !ok || by.doc != nil && (by.at.Path == "" || by.at.Path == "/") {
		return
	}
	for _, p := range []part{j.assertion, j.class, j.issuer} {
		if p.plain {
			j.warn(verdict.WarnSharedHost)
			return
		}
	}
}
