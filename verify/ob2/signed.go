package ob2

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/verify/did"
	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/standing"
	"assay/verify/verdict"
)

// Bounds of how many keys of a profile are looked at for the one that is named, and
// how many are tried where none is.
const (
	maxKeys  = 64
	maxTried = did.MaxTried
)

// judgeSignature checks the token by keys of the issuer, and by no others:
// integrity says whether one of them made the signature, issuer whether there
// is such a key.
func (j *job) judgeSignature() {
	a := &j.v.Aspects
	if a.Integrity.State == verdict.Fail || j.issuer.obj == nil {
		// Without the issuer's document there is no key to check by.
		if a.Integrity.State == verdict.Unknown && a.Integrity.Reason == "" {
			a.Integrity = a.Issuer
			if a.Issuer.State == verdict.Fail || a.Issuer.Reason == verdict.IssuerMissing {
				a.Integrity = verdict.Aspect{State: verdict.Unknown, Reason: verdict.KeyUnavailable, Passing: a.Issuer.Passing}
			}
		}
		return
	}
	by, _ := j.authority()
	keys, r := j.keys()
	if r.State == verdict.Fail {
		a.Issuer = r
		a.Integrity = verdict.Aspect{State: verdict.Unknown, Reason: verdict.KeyUnavailable}
		return
	}
	var bad error
	made := slices.IndexFunc(keys, func(k issuerKey) bool {
		err := j.in.Token.Verify(k.key)
		if err != nil {
			bad = proof.Telling(bad, err)
		}
		return err == nil
	})
	if made >= 0 {
		k := keys[made]
		a.Integrity = verdict.Aspect{State: verdict.Pass, Evidence: append(a.Integrity.Evidence, k.evidence...)}
		if a.Issuer = useOf(keys, made); len(keys) < len(by.keys()) {
			a.Issuer = useOf(append(keys, j.others(by, keys)...), made)
		}
		a.Issuer.Evidence = append(j.issuer.evidence, k.evidence...)
		if a.Issuer.Reason == verdict.KeyOutdated {
			if ev, ok := j.dated(by); ok {
				a.Issuer = verdict.Aspect{State: verdict.Pass, Evidence: append(a.Issuer.Evidence, ev...), Detail: "the key is past its date; the issuer's host has the badge from before"}
			}
		}
		return
	}
	if r.State == verdict.Unknown {
		// A key that could not be read may be the one.
		a.Integrity, a.Issuer = r, r
		return
	}
	a.Integrity = proof.Aspect(bad)
	if a.Integrity.State == verdict.Unknown {
		// Whether the issuer's key made it is not known.
		a.Issuer = verdict.Aspect{State: verdict.Unknown, Reason: a.Integrity.Reason, Evidence: j.issuer.evidence}
		return
	}
	a.Issuer = verdict.Aspect{State: verdict.Pass, Evidence: j.issuer.evidence, Detail: "the key is the issuer's, the signature is not this key's"}
}

// useOf says whether the issuer lets a key make claims, by all the names under which
// it lists the same: who has a key that was withdrawn would choose another one.
func useOf(keys []issuerKey, made int) verdict.Aspect {
	out := keys[made].use
	own, err := proof.Thumbprint(keys[made].key.Public)
	for _, k := range keys {
		if t, errT := proof.Thumbprint(k.key.Public); err == nil && errT == nil && t == own && (k.use.Reason == verdict.KeyRevoked || out.State == verdict.Pass) {
			out = k.use
		}
	}
	return out
}

// others are the keys that the issuer lists beside some, as far as they can be read.
func (j *job) others(by authority, but []issuerKey) (out []issuerKey) {
	for i, l := range by.keys() {
		id, obj := read.Object{"k": l}.Ref("k")
		if i >= maxTried || slices.ContainsFunc(but, func(k issuerKey) bool { return id != "" && k.key.ID == id }) {
			continue
		}
		if k, r := j.key(by, id, obj); r.State == verdict.Pass {
			out = append(out, k)
		}
	}
	return out
}

// dated reports whether the issuer's own host shows that a badge was issued when it
// says, and so before its key was past its date: by the assertion at its id, where
// the issuer answers for hosted badges, which says the same of whom, for what,
// from when and until when, and has not been taken back. The date in the badge alone is nobody's word
// but that of who has the key.
func (j *job) dated(by authority) ([]verdict.Evidence, bool) {
	own := j.assertion.obj
	id, ok := read.HTTPURL(own.Str("id"))
	if !ok || j.signedAt().IsZero() {
		return nil, false
	}
	s := Scope{Policies: by.policies(), Profile: by.at, Class: j.classURL(), Named: j.names(by)}
	if within, _ := s.Holds(id); !within {
		return nil, false
	}
	p, r := j.read(own.Str("id"), aWitness)
	if r.State != verdict.Pass || p.owner == nil || !sameID(p.id, own.Str("id")) || takenBack(p, j.env.Now).State != verdict.None {
		return nil, false
	}
	if within, _ := s.Holds(p.owner); !within {
		return nil, false
	}
	if standing.Strays(id, by.at) || standing.Strays(p.owner, by.at) {
		return nil, false // among the files of users of the host
	}
	for _, name := range []string{"recipient", "badge", "issuedOn"} {
		if !own.Has(name) || !read.Equal(own[name], p.obj[name]) {
			return nil, false
		}
	}
	// Who has the key would leave out the end, and write of his own what was done.
	for _, name := range []string{"expires", "evidence", "narrative"} {
		if (name == "expires" || own.Has(name)) && !read.Equal(own[name], p.obj[name]) {
			return nil, false
		}
	}
	return p.evidence, true
}

// issuerKey is a key that the issuer names as its own.
type issuerKey struct {
	key      *proof.Key
	use      verdict.Aspect // whether it may make claims
	evidence []verdict.Evidence
}

// keys gives the issuer's keys that may have signed: the creator that the
// assertion names, if the profile lists it, else all that the profile lists
// (OB2 "SignedBadge"). What the profile lists binds badges of Open Badges 1,
// too, whose verify.url is but the name of a key. An unknown aspect comes with
// the keys that could be read.
func (j *job) keys() ([]issuerKey, verdict.Aspect) {
	by, ok := j.authority()
	if !ok {
		return nil, verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnprovable, Detail: "the issuer's id is no http address, or leads on to a file that anybody may have put there"}
	}
	listed := by.keys()
	if old := j.v.Format == verdict.OB10 || j.v.Format == verdict.OB11; old && len(listed) == 0 {
		return nil, j.unreferred(by)
	}
	creator := j.creator(by, listed)
	var keys []issuerKey
	unread := verdict.Aspect{State: verdict.Pass}
	found, tried := false, 0
	for _, l := range listed {
		id, obj := read.Object{"k": l}.Ref("k")
		if creator != "" && !sameID(creator, id) {
			continue
		}
		found = true
		if tried++; tried > maxTried {
			unread = verdict.Aspect{State: verdict.Unknown, Reason: verdict.TooManyKeys}
			break
		}
		k, r := j.key(by, id, obj)
		switch r.State {
		case verdict.Pass:
			keys = append(keys, k)
		case verdict.Unknown:
			unread = r
		default:
			if len(keys) == 0 && unread.State == verdict.Pass {
				unread = r
			}
		}
	}
	if !found {
		if k, ok := j.unnamed(by); ok {
			return []issuerKey{k}, verdict.Aspect{State: verdict.Pass}
		}
	}
	switch {
	case !found:
		return nil, verdict.Aspect{State: verdict.Fail, Reason: verdict.KeyNotIssuers, Evidence: by.evidence,
			Detail: "the issuer's profile does not list the key"}
	case len(keys) > 0 && unread.State == verdict.Fail:
		unread.State = verdict.Pass
	}
	return keys, unread
}

// creator is the key that the assertion names, "" for any of those listed. The
// verify.url of Open Badges 1 is the name of one that is listed, or none at all,
// unless it lies on another host, whose key the issuer must name.
func (j *job) creator(by authority, listed []any) string {
	for _, name := range []string{"verification", "verify"} {
		s, _ := j.assertion.obj.Obj(name).Ref("creator")
		if s == "" {
			continue
		}
		s = absolute(s, by.at)
		for _, same := range []func(a, b string) bool{sameID, read.SameName} { // the very one before one that is spelt so
			for _, l := range listed {
				if id, _ := (read.Object{"k": l}).Ref("k"); id != "" && same(id, s) {
					return id
				}
			}
		}
		if by.is(s) {
			return "" // the profile in place of one of its keys
		}
		return s
	}
	if j.v.Format == verdict.OB20 {
		return ""
	}
	for _, l := range listed {
		if id, _ := (read.Object{"k": l}).Ref("k"); id != "" && sameID(id, j.keyURL()) {
			return id
		}
	}
	if u, ok := read.HTTPURL(j.keyURL()); ok && !read.SameOrigin(u, by.at) {
		return j.keyURL()
	}
	return ""
}

// absolute gives the address of a key that is named by a relative one as its issuer
// would. It says but which of the issuer's keys is meant.
func absolute(ref string, issuer *url.URL) string {
	u, err := url.Parse(ref)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(ref, "/") && !strings.HasPrefix(ref, "#") {
		return ref
	}
	return issuer.ResolveReference(u).String()
}

// keyURL is where an assertion of Open Badges 1 says that its key lies.
func (j *job) keyURL() string {
	if s := j.assertion.obj.Obj("verify").Str("url"); s != "" {
		return s
	}
	return j.assertion.obj.Obj("verification").Str("url")
}

// unreferred is what a badge of Open Badges 1 says by the address of a key
// whose issuer refers to none: nothing, on the issuer's own host, where anyone
// may have put the key, from a page of a forum to the echo of a search. It is
// not even asked for. On another host it speaks against the badge.
func (j *job) unreferred(by authority) verdict.Aspect {
	fail := verdict.Aspect{State: verdict.Fail, Reason: verdict.KeyNotIssuers, Evidence: by.evidence}
	u, ok := read.HTTPURL(j.keyURL())
	switch {
	case !ok:
		fail.Detail = "names no address of its key"
		return fail
	case !read.SameOrigin(u, by.at):
		fail.Detail = "the key does not lie on the issuer's host"
		return fail
	}
	return verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnprovable, Evidence: by.evidence,
		Detail: "the issuer's document refers to no key"}
}

// key reads a key that the issuer lists: an object in the profile, or a
// document that is one key and nothing else (a CryptographicKey, a JWK, a PEM).
// It must name the profile as its owner, as the profile names it; one that names
// none, as a bare JWK or PEM cannot, must lie on the issuer's own host.
func (j *job) key(by authority, id string, obj read.Object) (issuerKey, verdict.Aspect) {
	p := part{obj: obj, id: id, owner: j.issuer.owner, embedded: true}
	fail := func(r verdict.Reason, detail string) (issuerKey, verdict.Aspect) {
		if r == verdict.KeyNotIssuers && ledOn(id, p.owner) {
			return issuerKey{}, unread("the address of the key leads on to another name of its site, where keys are not read", p.evidence)
		}
		return issuerKey{}, verdict.Aspect{State: verdict.Fail, Reason: r, Detail: detail}
	}
	if _, ok := read.HTTPURL(id); ok && !obj.Has("publicKeyPem") && !obj.Has("publicKeyJwk") {
		var r verdict.Aspect
		p, r = j.read(id, aKey)
		switch {
		case r.Reason == verdict.NotABadge && p.body != nil:
			p.obj, p.id, p.evidence = read.Object{"publicKeyPem": string(p.body)}, id, r.Evidence
		case r.Reason == verdict.NotFound, r.Reason == verdict.Gone, r.Reason == verdict.NotABadge:
			// The issuer names it. That it is not there today says nothing of whose it is.
			return issuerKey{}, unread("there is no key at the address that the issuer's profile names", r.Evidence)
		case r.State == verdict.Fail:
			p.evidence = r.Evidence
			return fail(verdict.KeyNotIssuers, r.Detail)
		case r.State != verdict.Pass:
			return issuerKey{}, r
		}
		if page, _, _ := strings.Cut(p.id, "#"); !sameID(p.id, id) && !sameID(page, id) {
			return fail(verdict.KeyNotIssuers, "the key calls itself something else")
		}
	}
	doubt := false
	switch owner, _ := p.obj.Ref("owner"); {
	case owner == "" && p.owner != nil && read.SameOrigin(p.owner, by.at):
	case owner == "":
		return fail(verdict.KeyNotIssuers, "the key names no owner, and does not lie on the issuer's host")
	case by.is(owner), p.owner != nil && read.SameOrigin(p.owner, by.at) && read.SameName(owner, by.id):
	case p.owner != nil && read.SameOrigin(p.owner, by.at) && vague(owner, by.at):
		doubt = true
	default:
		return fail(verdict.KeyNotIssuers, "the key names another owner")
	}
	k, err := oneKey(p.obj)
	switch {
	case errors.Is(err, proof.ErrUnsupported):
		return issuerKey{}, verdict.Aspect{State: verdict.Unknown, Reason: verdict.SuiteUnsupported, Detail: verdict.DetailOf(err)}
	case errors.Is(err, proof.ErrMalformed):
		return issuerKey{}, unread("the key that the issuer's profile names cannot be read", p.evidence)
	case errors.Is(err, proof.ErrOtherUse):
		return fail(verdict.KeyNotAssertion, "the key is for something else than signatures")
	case err != nil:
		return fail(verdict.ProofKey, "the key is one that nothing may rest on")
	}
	// The profile may say it where it lists the key, the key in its own document.
	may := use(j.env.Now, j.signedAt(), obj, p.obj)
	if doubt && may.State != verdict.Fail {
		may = verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnprovable, Detail: "the key that the issuer's profile lists names its owner otherwise than the profile names itself"}
	}
	return issuerKey{key: &proof.Key{ID: id, Controller: by.id, Public: k.Public, Alg: k.Alg, Assertion: true}, use: may, evidence: p.evidence},
		verdict.Aspect{State: verdict.Pass}
}

// ledOn reports whether the address of a key has led on to another name of its site. A
// key is read where the issuer says that it is: there it is nobody's, and no other's.
func ledOn(id string, owner *url.URL) bool {
	at, ok := read.HTTPURL(id)
	return ok && owner != nil && !read.SameOrigin(owner, at) && moved(at, owner)
}

// vague reports whether what a key calls its owner names no other one than the issuer
// at an address: it is no address of anybody, the issuer's site alone, or the same page
// with another query or by the site's name with www. or without.
func vague(owner string, at *url.URL) bool {
	u, ok := read.HTTPURL(owner)
	if !ok {
		return !strings.Contains(owner, ":")
	}
	if read.SameOrigin(u, at) && strings.Trim(u.EscapedPath(), "/") == "" && u.RawQuery == "" && u.Fragment == "" {
		return true
	}
	twins := usualPort(u) && usualPort(at) && standing.Twins(standing.Host(u), standing.Host(at))
	return (read.SameOrigin(u, at) || twins) && u.EscapedPath() == at.EscapedPath() && u.Fragment == at.Fragment
}

// unnamed gives the key that a profile holds in place of the name of one, where that
// key made the token and the badge names another: what the issuer says of keys is
// then not how it is said, and speaks neither for the badge nor against it.
func (j *job) unnamed(by authority) (issuerKey, bool) {
	for _, text := range append(by.doc.Strs("publicKey"), by.doc.Str("publicKeyPem")) {
		pub, err := proof.ParsePEM([]byte(text))
		if err != nil {
			continue
		}
		k := &proof.Key{Controller: by.id, Public: pub, Assertion: true}
		if j.in.Token.Verify(k) == nil {
			return issuerKey{key: k, evidence: by.evidence, use: verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnprovable, Evidence: by.evidence,
				Detail: "the issuer's profile holds the key under no name, and the badge names another"}}, true
		}
	}
	return issuerKey{}, false
}

// unread is the answer of a key that the issuer names and that is not to be had: it
// may be the one, and be there tomorrow.
func unread(detail string, ev []verdict.Evidence) verdict.Aspect {
	return verdict.Aspect{State: verdict.Unknown, Reason: verdict.KeyUnavailable, Detail: detail, Passing: true, Evidence: ev}
}

// use says whether the objects that describe a key let it make claims. signed is
// when the badge says that it was made, which is believed where it speaks against
// the badge alone: a thief of the key dates back.
func use(now, signed time.Time, described ...read.Object) verdict.Aspect {
	out := verdict.Aspect{State: verdict.Pass}
	for _, o := range described {
		for _, x := range []read.Object{o, o.Obj("publicKeyJwk")} {
			if from, said := read.Since(x["revoked"]); said != read.No && !from.After(now) {
				return verdict.Aspect{State: verdict.Fail, Reason: verdict.KeyRevoked}
			}
			for _, end := range []string{"expires", "exp"} {
				from, said := read.Until(x[end])
				switch {
				case said == read.Unclear && out.State == verdict.Pass:
					out = verdict.Aspect{State: verdict.Unknown, Reason: verdict.KeyUnclear}
				case said != read.Yes, from.After(now):
				case signed.After(from):
					out = verdict.Aspect{State: verdict.Fail, Reason: verdict.KeyExpired}
				case out.State != verdict.Fail:
					out = verdict.Aspect{State: verdict.Unknown, Reason: verdict.KeyOutdated}
				}
			}
		}
	}
	return out
}

// signedAt is when the assertion says that it was issued, zero where that cannot be
// read.
func (j *job) signedAt() time.Time {
	for _, name := range []string{"issuedOn", "issued_on"} {
		if d, ok := read.DateOf(j.assertion.obj[name]); ok {
			return d.First
		}
	}
	return time.Time{}
}

// oneKey reads the key of an object that must hold exactly one: two would let
// two readers take two keys.
func oneKey(o read.Object) (*proof.Key, error) {
	var found []*proof.Key
	if o.Has("publicKeyPem") {
		pems := o.Strs("publicKeyPem")
		if len(pems) != 1 {
			return nil, proof.ErrMalformed
		}
		pub, err := proof.ParsePEM([]byte(pems[0]))
		if err != nil {
			return nil, err
		}
		found = append(found, &proof.Key{Public: pub})
	}
	for _, jwk := range []read.Object{o.Obj("publicKeyJwk"), o} {
		if !jwk.Has("kty") {
			continue
		}
		k, err := proof.ParseJWK(jwk)
		if err != nil {
			return nil, err
		}
		found = append(found, k)
	}
	if len(found) != 1 {
		return nil, proof.ErrMalformed
	}
	return found[0], nil
}
