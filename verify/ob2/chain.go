package ob2

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"assay/verify/fetch"
	"assay/verify/read"
	"assay/verify/standing"
	"assay/verify/verdict"
)

// maxObject bounds an assertion, class, profile, key or list.
const maxObject = 1 << 20

// hostedURL is the address whose answer counts.
func (j *job) hostedURL() string {
	o := j.in.Object
	switch j.v.Format {
	case verdict.OB05, verdict.OB10, verdict.OB11:
		first := ""
		for _, s := range []string{o.Obj("verify").Str("url"), o.Str("id"), o.Obj("verification").Str("url"), j.in.Origin} {
			if s == "" {
				continue
			}
			s = j.fromOrigin(s)
			if j.v.Format != verdict.OB05 || onOrigin(s, o) {
				return s
			}
			if first == "" {
				first = s
			}
		}
		return first
	default:
		return o.Str("id")
	}
}

// fromOrigin makes an address of an Open Badges 0.5 assertion absolute by the
// origin that it names.
func (j *job) fromOrigin(s string) string {
	origin, ok := read.HTTPURL(j.in.Object.Obj("badge").Obj("issuer").Str("origin"))
	if u, err := url.Parse(s); j.v.Format == verdict.OB05 && ok && err == nil && !u.IsAbs() && strings.HasPrefix(u.Path, "/") {
		return origin.ResolveReference(u).String()
	}
	return s
}

// onOrigin reports whether an address lies on the host that an Open Badges 0.5
// assertion at hand names as its issuer. It says where to ask; whose badge it is,
// the host that answers there says.
func onOrigin(address string, o read.Object) bool {
	u, ok := read.HTTPURL(address)
	origin, ok2 := read.HTTPURL(o.Obj("badge").Obj("issuer").Str("origin"))
	return ok && ok2 && read.SameOrigin(u, origin)
}

// readAssertion puts the host's copy in place of the copy at hand. It reports
// false when there is none, and says why in integrity and status.
func (j *job) readAssertion() bool {
	a := &j.v.Aspects
	want := j.hostedURL()
	if _, ok := read.HTTPURL(want); !ok {
		if form := otherForm(j.in.Object); form != "" {
			j.unjudged(form)
			return false
		}
		a.Integrity = verdict.Aspect{State: verdict.Fail, Reason: verdict.Unsigned,
			Detail: "not signed, and names no address at which its issuer confirms it"}
		return false
	}
	if verificationKind(j.in.Object) == signedKind {
		// The bare payload of a signed badge: its signature was left behind.
		a.Integrity = verdict.Aspect{State: verdict.Fail, Reason: verdict.Unsigned,
			Detail: "says that it is signed, and comes without its signature"}
		return false
	}
	j.v.Credential.ID = want
	p, r := j.read(want, anAssertion)
	if r.State != verdict.Pass {
		a.Integrity = r
		switch r.Reason {
		case verdict.NotFound, verdict.NotABadge, verdict.WrongID, verdict.RedirectedAway:
			// What is proven elsewhere need not lie at the address that names it.
			if form := otherForm(j.in.Object); form != "" {
				j.unjudged(form)
			}
		case verdict.Revoked, verdict.Gone:
			// OB1.1, OB2 "Revoking an assertion": 410 is revocation.
			a.Integrity = verdict.Aspect{State: verdict.Unknown, Reason: verdict.Gone, Evidence: r.Evidence}
			a.Status = verdict.Aspect{State: verdict.Fail, Reason: verdict.Revoked, Detail: r.Detail, Evidence: r.Evidence}
		}
		return false
	}
	f, ok := Version(p.obj)
	if !ok {
		if said := takenBack(p, j.env.Now); said.State == verdict.Fail {
			// A stub that says no more than that the badge is taken back.
			a.Status = said
			a.Integrity = verdict.Aspect{State: verdict.Unknown, Reason: verdict.Gone, Evidence: p.evidence}
			return false
		}
		a.Integrity = verdict.Aspect{State: verdict.Unknown, Reason: verdict.NotABadge, Passing: true, Evidence: p.evidence}
		return false
	}
	if verificationKind(p.obj) == signedKind {
		a.Integrity = verdict.Aspect{State: verdict.Fail, Reason: verdict.Unsigned,
			Detail: "the host's copy says that it is signed, and comes without its signature", Evidence: p.evidence}
		return false
	}
	if !read.Equal(map[string]any(p.obj), map[string]any(j.in.Object)) {
		j.warn(verdict.WarnCopyDiffers)
	}
	j.v.Format = later(j.v.Format, f)
	j.assertion = p
	a.Integrity = verdict.Aspect{State: verdict.Pass, Evidence: p.evidence}
	return true
}

// otherForm names how an assertion that is no SignedBadge says that it is to be
// verified, where that is another way than by its host (Blockcerts 2 has a proof of
// its place in a tree of hashes); "" where it says none.
func otherForm(o read.Object) string {
	for _, name := range []string{"signature", "proof"} {
		for _, t := range o.Obj(name).Strs("type") {
			if t != "Extension" {
				return fmt.Sprintf("proof type %.40q", t)
			}
		}
	}
	if verificationKind(o) != "" {
		return ""
	}
	for _, name := range []string{"verification", "verify"} {
		for _, t := range o.Obj(name).Strs("type") {
			if t != "Extension" && t != "VerificationObject" {
				return fmt.Sprintf("verification type %.40q", t)
			}
		}
	}
	return ""
}

// unjudged says that a badge is of a form that is not judged. What it is called is
// shown all the same.
func (j *job) unjudged(form string) {
	j.v.Aspects.Integrity = verdict.Aspect{State: verdict.Unknown, Reason: verdict.SuiteUnsupported, Detail: form}
	j.v.Proof = ""
	if strings.Contains(form, "MerkleProof") {
		j.v.Format = verdict.Blockcerts
	}
	j.v.Credential.ID, j.v.Credential.Name = j.in.Object.Str("id"), j.in.Object.Obj("badge").Text("name")
}

// readClass reads the BadgeClass. It reports false when there is none.
func (j *job) readClass() bool {
	a := &j.v.Aspects
	id, obj := j.assertion.obj.Ref("badge")
	id = j.resolve(id)
	p, r := j.readPart(id, obj, aClass)
	if silent(r) && j.ownClass(id, obj) {
		j.warn(verdict.WarnClassInBadge)
		p, r = part{obj: obj, id: id, embedded: true, evidence: r.Evidence}, verdict.Aspect{State: verdict.Pass}
	}
	if r.State != verdict.Pass {
		if r.Reason == verdict.NotFound { // the badge itself was found
			r.Detail = "there is nothing at the address of its class, which says what it is for"
		}
		if (r.Reason == verdict.NotFound || r.Reason == verdict.Gone) && j.elsewhere(id) {
			// The host that awards it says that the badge is there; another one, of which
			// nothing says that it is the issuer's, lacks what it is for.
			r.State, r.Passing = verdict.Unknown, true
		}
		if a.Integrity.State != verdict.Fail {
			a.Integrity = r
		}
		j.issuerUnread(r)
		return false
	}
	j.class = p
	a.Integrity.Evidence = append(a.Integrity.Evidence, p.evidence...)
	return true
}

// elsewhere reports whether an address lies on another site than the one that gave
// the badge out.
func (j *job) elsewhere(id string) bool {
	u, ok := read.HTTPURL(id)
	if !ok || j.assertion.owner == nil {
		return false
	}
	x, y := standing.Host(u), standing.Host(j.assertion.owner)
	return x != y && !standing.Twins(x, y)
}

// ownClass reports whether a class that the host's own answer holds may be read
// from there, its address on that host giving none. A class has no authority:
// whose badge it is, the issuer's document says.
func (j *job) ownClass(id string, obj read.Object) bool {
	u, ok := read.HTTPURL(id)
	return ok && obj.Has("name") && j.assertion.owner != nil && read.SameOrigin(u, j.assertion.owner)
}

func (j *job) readIssuer() {
	id, obj := j.class.obj.Ref("issuer")
	if j.v.Format == verdict.OB05 {
		// OB0.5: what is embedded claims a name; who it is says [job.authority].
		j.issuer = part{obj: obj, embedded: true}
		return
	}
	id = j.resolve(id)
	p, r := j.readPart(id, obj, aPart)
	_, address := read.HTTPURL(id)
	switch {
	case r.State == verdict.Pass && (isProfile(p.obj) || p.embedded):
		j.issuer = p
	case address && j.v.Proof == "hosted" && (r.State == verdict.Pass || silent(r)):
		// What came embedded names it, and has no say.
		j.issuer = part{obj: obj, id: id, embedded: true, evidence: append(p.evidence, r.Evidence...)}
		j.silent = true
	default:
		if r.State == verdict.Pass {
			r = verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerMissing, Passing: true, Evidence: p.evidence}
		}
		j.issuerUnread(r)
	}
}

// issuerUnread says in the issuer aspect that the issuer's document is not at
// hand, which says nothing of the badge: a host that denies it today may have it
// tomorrow.
func (j *job) issuerUnread(r verdict.Aspect) {
	switch r.Reason {
	case verdict.NotFound, verdict.Gone, verdict.NotABadge, verdict.WrongID:
		r.State, r.Reason, r.Passing = verdict.Unknown, verdict.IssuerMissing, true
	}
	j.v.Aspects.Issuer = r
}

// resolve makes a relative URL absolute where OB 0.5 and 1.0 allow one.
func (j *job) resolve(ref string) string {
	if ref == "" || j.v.Format != verdict.OB05 && j.v.Format != verdict.OB10 {
		return ref
	}
	u, err := url.Parse(ref)
	base, ok := j.assertion.owner, true
	if base == nil {
		base, ok = read.HTTPURL(j.hostedURL())
	}
	if err != nil || u.IsAbs() || !ok {
		return ref
	}
	return base.ResolveReference(u).String()
}

// readPart reads a class or profile that is given by id or embedded. One that
// is embedded under an http id is read from there all the same: the embedding
// document speaks for itself, not for others.
func (j *job) readPart(id string, obj read.Object, to role) (part, verdict.Aspect) {
	if _, ok := read.HTTPURL(id); ok && j.v.Format != verdict.OB05 {
		return j.read(id, to)
	}
	if obj == nil {
		return part{}, verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerMissing, Detail: "names a class or issuer by no address"}
	}
	return part{obj: obj, embedded: true}, verdict.Aspect{State: verdict.Pass}
}

// role is what an object is read for.
type role int

const (
	anAssertion role = iota
	aClass
	aPart // a profile or endorsement
	aKey
	aWitness // the host's copy of a signed badge: what its host says at its very address
)

// gives reports whether an answer of a host gives an object, and if not, what it
// says instead.
func gives(d *fetch.Document, err error, want string) (verdict.Aspect, bool) {
	switch {
	case errors.Is(err, fetch.ErrFormat):
		// A login page, a single page application, a parking site.
		d.Evidence.Note = "not a badge"
		return notGiven(verdict.NotABadge, d.Evidence), false
	case err != nil:
		return fetch.Unreached(err, want), false
	case d.Status == http.StatusGone:
		d.Evidence.Note = "410 Gone"
		return verdict.Aspect{State: verdict.Fail, Reason: verdict.Gone, Detail: verdict.Clip(d.Object.Str("revocationReason")), Evidence: []verdict.Evidence{d.Evidence}}, false
	case d.Status/100 != 2:
		return notGiven(verdict.NotFound, d.Evidence), false
	case d.Status == http.StatusAccepted && !speaks(d.Object):
		d.Evidence.Note = "a promise of an answer"
		return d.Withheld(), false
	}
	return verdict.Aspect{}, true
}

// notGiven is the aspect of what a host does not give, for a reason: it fails where
// the host denies it, or another speaks in its name. All else is no answer about it.
func notGiven(r verdict.Reason, ev ...verdict.Evidence) verdict.Aspect {
	a := verdict.Aspect{State: verdict.Unknown, Reason: r, Passing: true, Evidence: ev}
	if r == verdict.NotFound || r == verdict.RedirectedAway {
		a.State, a.Passing = verdict.Fail, false
	}
	return a
}

// read fetches an object and makes sure that it is what the owner of its id
// says: an object that calls itself something else is read once more from
// there, and an answer that came from another host counts only for an object
// that is at home on that host, or where the site has but moved ([moved]).
func (j *job) read(want string, to role) (part, verdict.Aspect) {
	fail := func(r verdict.Reason, ev ...verdict.Evidence) (part, verdict.Aspect) {
		return part{}, notGiven(r, ev...)
	}
	own := to == anAssertion || to == aWitness
	strict := to == aKey || to == aWitness
	for range 2 {
		j.warnPlain(want)
		d, err := fetch.Get(j.ctx, j.env.Fetcher, fetch.Request{
			URL: want, MaxBytes: maxObject, Fresh: own, Private: own, Chosen: own, PlainHTTP: true,
		})
		if d == nil {
			return part{}, fetch.Unreached(err, want)
		}
		asked, ok := read.HTTPURL(want)
		final, ok2 := read.HTTPURL(d.URL)
		if !ok || !ok2 {
			return fail(verdict.RedirectedAway, d.Evidence)
		}
		move := !strict && moved(asked, final)
		away := !move && !read.SameOrigin(asked, final)
		switch {
		case errors.Is(err, fetch.ErrWithheld):
			return part{}, d.Withheld()
		case !strict && away && (d.Page || d.Status/100 != 2):
			// Neither a page of another host nor what it denies says what this
			// one has.
			d.Evidence.Note = "another host answered"
			r := d.Withheld()
			r.Detail = "another server answered in its stead, and does not speak for it"
			return part{}, r
		case errors.Is(err, fetch.ErrImage):
			return j.unbaked(d, asked, final, to)
		}
		if r, ok := gives(d, err, want); !ok {
			return part{body: d.Body, owner: final}, r
		}
		d.Object = read.Plain(d.Object)
		p := part{obj: d.Object, id: d.Object.Str("id"), owner: final, evidence: []verdict.Evidence{d.Evidence}, plain: plain(d.ContentType)}
		id := p.id
		switch {
		case id == "":
			// OB1.0 objects have no id: they are what their address is, and that
			// is the last one, where the content came from.
			p.id = want
			if away {
				p.id = d.URL
			}
		case sameID(id, d.URL), sameID(id, want) && !away:
		case move && j.respelt(id, asked):
		case sameID(id, want):
			// An open redirect would let anyone speak for this host.
			return part{owner: final}, notGiven(verdict.RedirectedAway, d.Evidence)
		default:
			if _, ok := read.HTTPURL(id); ok {
				want = id
				continue
			}
			// Its id is no address: what the asked host gave is what it says.
			p.id, p.embedded = "", true
		}
		if move {
			j.settle(&p, asked, final, to)
		}
		return p, verdict.Aspect{State: verdict.Pass}
	}
	return fail(verdict.WrongID)
}

// speaks reports whether an object is a part of a badge, or says that one is
// taken back.
func speaks(o read.Object) bool {
	_, is := Version(o)
	return is || o.Has("type") || o.Has("name") || o.Has("revoked")
}

// warnPlain tells that a document is read over http. Badges from before https
// was usual have nothing else; whoever sits between us and the host could
// change what it says.
func (j *job) warnPlain(where string) {
	if strings.HasPrefix(where, "http://") {
		j.warn(verdict.WarnPlainHTTP)
	}
}

// sameID compares two URLs as identifiers, spelt differently or not.
func sameID(a, b string) bool {
	if a == b {
		return true
	}
	x, ok := read.HTTPURL(a)
	y, ok2 := read.HTTPURL(b)
	if !ok || !ok2 {
		return false
	}
	path := func(u *url.URL) string {
		if p := u.EscapedPath(); p != "" {
			return p
		}
		return "/"
	}
	return x.Scheme == y.Scheme && read.Authority(x) == read.Authority(y) && path(x) == path(y) &&
		x.RawQuery == y.RawQuery && x.Fragment == y.Fragment
}
