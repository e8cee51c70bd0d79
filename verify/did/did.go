// Package did finds the public key that a proof names and judges whether it is
// the issuer's own: did:key, did:jwk, did:web, did:webvh, did:ebsi, and HTTP issuers
// by their profile and by the JWKS of their authority.
//
// Open Badges 3.0 says how to check a signature and not whose key it is, so
// the binding is ours, after Controlled Identifiers 1.0 §3.3 (retrieve
// verification method) and the implementation guide of Open Badges 3.0:
//
//   - DID issuer: the DID's document lists the key under assertionMethod, itself
//     or by a link.
//   - HTTP issuer: the method stands in the profile at the issuer's id (under
//     assertionMethod, if the profile has any verification relationship), or in
//     a document that the profile refers to, or in
//     https://{authority}/.well-known/jwks.json with iss, if given, the issuer's
//     id; or, of an SD-JWT VC, in its JWT VC Issuer Metadata under /.well-known/.
//     A document that merely lies on the issuer's host is nobody's key,
//     whatever it says of itself: anyone with an upload folder there could have
//     put it up. A profile that lists no keys, or cannot be read, has none.
//   - Whatever the controller (owner, in Open Badges 2) of a key says, if it
//     says anything, it is the issuer's id.
//   - What the proof calls its key is a hint: where the documents list none by
//     that name, each that they list for assertions is tried, 16 at most, unless
//     the name is that of another DID or host.
//   - A key that its document calls revoked is so under each of its names.
//   - A key that travels with the proof, in a header, a fragment or a DID that
//     is not the issuer's, is never bound to it.
//
// Specifications: DID Core 1.0, did:key 0.7, did:jwk, did:web, did:webvh 1.0, EBSI
// DID Registry API v5, Controlled Identifiers 1.0, RFC 7517, SD-JWT VC §5. Out of
// scope: other DID methods, delegation, DID URL parameters, service endpoints.
//
// # Adding a DID method
//
// A method is one row of the table in method.go, and one file with the function
// that the row names, which gives the document of a DID: made out of its name
// (key.go), or read from where the name says (web.go). That the document is that
// DID's, that it lists the key for assertions, that the key is not withdrawn,
// and whose a badge by it is, is judged for all methods alike and is not the
// row's. Then the vectors: one that passes, and one for each way in which a
// document or a name of the method can be wrong, below testdata/vectors/did of
// package verify (own_make_test.go there).
package did

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/standing"
	"assay/verify/verdict"
)

// Why a key is not to be had. A document that cannot be read just now gives an
// error that wraps one of package fetch; fetch.Temporary tells which pass.
var (
	ErrNotIssuers   = errors.New("key is not the issuer's")                  // another's, or none that its documents list
	ErrNotAssertion = errors.New("key is not for assertions")                // listed, but not under assertionMethod
	ErrRevoked      = errors.New("key is revoked")                           // its document says so, or is deactivated
	ErrExpired      = errors.New("key is expired")                           // its expires date is past
	ErrUnclear      = errors.New("whether the key has expired is unclear")   // something is said of it that cannot be read
	ErrMany         = errors.New("more keys than are tried")                 // and the proof does not name one
	ErrUnprovable   = errors.New("no key can be bound to this issuer id")    // neither a DID nor an HTTP URL
	ErrUnsupported  = errors.New("method or key type not supported")         // named in the message
	ErrMethod       = errors.New("not the name of a verification method")    // malformed
	ErrDocument     = errors.New("document does not say what it must")       // malformed, or of another id
	ErrNotFound     = errors.New("the issuer's document is not to be found") // 404, 410 or a page in its place

	// ErrIllegible is ErrDocument for a document of the issuer's that says something of
	// keys and not so that it can be read: nothing in it says that a key is another's.
	ErrIllegible = verdict.Because(ErrDocument, "what it says of keys cannot be read")

	// ErrUnreferred is ErrNotIssuers for a key, not by the name of another DID or host,
	// while the issuer's documents name no key at all: nothing says that it is
	// another's, and nothing that it is the issuer's.
	ErrUnreferred = verdict.Because(ErrNotIssuers, "the issuer's documents refer to no key")
)

// Why a key that the issuer's document lists makes nothing the issuer's, nor another's.
var (
	ErrControlled = verdict.Because(ErrNotIssuers, "the issuer's document lists the key, and says that another controls it")
	// ErrUnsaid is for a DID document without any verification relationship: it lists the
	// key for nothing, so neither for assertions nor for something else.
	ErrUnsaid   = verdict.Because(ErrNotAssertion, "the issuer's document lists the key, and does not say what for")
	ErrNameless = verdict.Because(ErrNotIssuers, "the proof names its key by no address")
	ErrRenamed  = verdict.Because(ErrNotIssuers, "the proof names its key by another DID, and the issuer's document lists the same key")
)

// maxDocument bounds DID documents, profiles and key sets, in bytes.
const maxDocument = 256 << 10

// maxKeys bounds how many keys of one document are looked at.
const maxKeys = 64

// accept asks for what DID documents and issuer profiles are served as.
const accept = "application/did+json, application/did+ld+json, application/ld+json, application/json;q=0.9"

// Options configure a Resolver. The zero value is good.
type Options struct {
	Now func() time.Time // the time to judge dates of keys at; nil = time.Now

	// Metadata has an HTTP issuer's keys looked for in its JWT VC Issuer Metadata, too
	// (SD-JWT VC §5): for a proof of that kind.
	Metadata bool

	// Purpose is the verification relationship that the document of a DID must list a
	// key under; "" = assertionMethod. An HTTP issuer's keys make assertions alone.
	Purpose string

	// Renamed has the key found that a proof names by another DID which carries it, with
	// its doubt, where the issuer's document lists the same key: for a proof that stands
	// in a document. The kid of a token says who signed.
	Renamed bool

	// Shared is told when a document is served as a text or a page, as hosts serve
	// the files of their users, and from a place where these may lie: neither
	// the root of its host nor under /.well-known/. nil = nobody is told.
	Shared func()
}

// Resolver finds keys. It keeps nothing between calls: the Fetcher has the
// cache. Safe for concurrent use.
type Resolver struct {
	f      fetch.Fetcher
	now    func() time.Time
	shared func()

	metadata bool
	renamed  bool
	purpose  string
}

// New returns a Resolver that reads documents through f.
func New(f fetch.Fetcher, o Options) *Resolver {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Shared == nil {
		o.Shared = func() {}
	}
	return &Resolver{f: f, now: o.Now, shared: o.Shared, metadata: o.Metadata, renamed: o.Renamed, purpose: cmp.Or(o.Purpose, assertion)}
}

// MaxTried bounds how many keys of an issuer are tried for a proof that does not
// say by which of them it was made.
const MaxTried = 16

// Found are the keys that an issuer's own documents list and that may have made a
// proof. What they say of the end of a key stands in it: whether it may still make
// claims is for the caller to judge ([Withdrawn]).
type Found struct {
	// Keys is the key that the proof names; else, since a name is but a hint (RFC
	// 7515 §4.1.4), those that may make assertions, at most MaxTried.
	Keys  []*proof.Key
	Named bool // it is the one that the proof names

	// Unlisted says that the proof names a key of the issuer that the issuer's
	// documents do not list: one that was taken out of them, or never stood there.
	Unlisted bool

	unsure error // why a proof that none of Keys made may be the issuer's all the same
}

// None is what it says when none of the keys made the proof: ErrNotIssuers, or why
// that is not known.
func (f *Found) None() error {
	if f.unsure != nil {
		return f.unsure
	}
	return verdict.Because(ErrNotIssuers, "none of those that its documents list made the proof")
}

// Resolve returns the keys of issuer that may have made a proof that names method:
// an absolute URL, a fragment with or without its "#", a thumbprint, a path in a
// store of keys, whatever the signer's software calls it by, or nothing. Which DID
// or host it names is all that counts of a name that the issuer's documents do not
// list: that of another gives ErrNotIssuers, and one of a DID method that is not
// judged ErrUnsupported. The issuer's documents are all that is read. The evidence
// is what was read, also with an error.
func (r *Resolver) Resolve(ctx context.Context, issuer, method string) (*Found, []verdict.Evidence, error) {
	if strings.HasPrefix(method, "#") {
		method = issuer + method
	}
	issuer, method = canonical(issuer), canonical(method)
	l := &lookup{r: r, issuer: issuer, method: method, loose: true, purpose: r.purpose, match: func(e *entry) bool { return e.names(method) }}
	return l.run(ctx)
}

// ResolveThumbprint is Resolve for a proof that carries its key: it returns the
// issuer's own key with that JWK thumbprint (RFC 7638).
func (r *Resolver) ResolveThumbprint(ctx context.Context, issuer, thumbprint string) (*Found, []verdict.Evidence, error) {
	if thumbprint == "" {
		return nil, nil, verdict.Because(ErrMethod, "no thumbprint")
	}
	l := &lookup{r: r, issuer: canonical(issuer), match: func(e *entry) bool { return e.thumbprint() == thumbprint }}
	return l.run(ctx)
}

// Withdrawn says why a key that its issuer lists may make no claims at a time:
// ErrRevoked, its Doubt, ErrUnclear or ErrExpired; nil when it may.
func Withdrawn(k *proof.Key, now time.Time) error {
	switch {
	case !k.Revoked.IsZero() && !now.Before(k.Revoked):
		return ErrRevoked
	case k.Doubt != nil:
		return k.Doubt
	case k.Unclear:
		return ErrUnclear
	case !k.Expires.IsZero() && !now.Before(k.Expires):
		return ErrExpired
	}
	return nil
}

// Unbound returns the key that method names wherever it is, bound to nobody:
// enough to judge whether a proof was made by that key, and never enough to say
// whose it is. The key of a DID that carries it, and of a URL whose fragment is a
// Multikey, is in the name; for others the document is read.
func (r *Resolver) Unbound(ctx context.Context, method string) (*proof.Key, []verdict.Evidence, error) {
	method = canonical(method)
	base, frag, _ := strings.Cut(method, "#")
	l := &lookup{r: r, method: method, match: func(e *entry) bool { return e.names(method) }}
	var doc *document
	var err error
	switch {
	case Carries(base):
		l.issuer = base
		if frag == "" {
			l.match = func(*entry) bool { return true }
		}
		if doc, err = l.ofMethod(ctx, base); err != nil {
			return nil, nil, err
		}
		e, err := l.pick(doc)
		if err != nil {
			return nil, nil, err
		}
		k, err := e.key()
		return k, nil, err
	case strings.HasPrefix(base, "did:"):
		doc, err = l.ofMethod(ctx, base)
	case strings.HasPrefix(base, "https://"), strings.HasPrefix(base, "http://"):
		if pub, err := proof.ParseMultikey(frag); err == nil {
			return &proof.Key{ID: method, Public: pub}, nil, nil
		}
		doc, err = l.read(ctx, base)
	default:
		return nil, nil, verdict.Because(ErrMethod, "neither a DID nor an HTTP URL")
	}
	if err != nil {
		return nil, l.evidence, err
	}
	for _, e := range doc.entries() {
		if e.ref == "" && l.match(e) {
			k, err := e.key()
			return k, l.evidence, err
		}
	}
	return nil, l.evidence, verdict.Because(ErrMethod, "not in its document")
}

// lookup is one search for a key of an issuer.
type lookup struct {
	r        *Resolver
	issuer   string
	also     string // another spelling of the issuer's id, by which its own profile calls itself
	method   string // "" when the proof names none, or is searched by thumbprint
	loose    bool   // where none matches, all are looked for
	purpose  string // of the key; "" = assertion
	match    func(*entry) bool
	evidence []verdict.Evidence
	own      []*document // of the issuer, that were read
}

func (l *lookup) run(ctx context.Context) (*Found, []verdict.Evidence, error) {
	f, err := l.find(ctx)
	if err != nil {
		return nil, l.evidence, err
	}
	l.readLinks(ctx)
	for i, k := range f.Keys {
		f.Keys[i] = l.asWithdrawn(k)
	}
	return f, l.evidence, nil
}

func (l *lookup) find(ctx context.Context) (*Found, error) {
	if strings.HasPrefix(l.issuer, "did:") {
		return l.ofDID(ctx)
	}
	if u, ok := httpURL(l.issuer); ok && cmp.Or(l.purpose, assertion) == assertion {
		return l.ofHTTP(ctx, u)
	}
	return nil, ErrUnprovable
}

// ofDID looks in the issuer's DID document, and in what that refers to.
func (l *lookup) ofDID(ctx context.Context) (*Found, error) {
	if strings.ContainsAny(l.issuer, "#?/") {
		return nil, verdict.Because(ErrUnprovable, "a DID URL in place of a DID")
	}
	doc, err := l.ofMethod(ctx, l.issuer)
	if err != nil {
		if other := l.stray(&Found{}); other != nil && l.loose {
			return nil, other // the name is all that is known, and it is not the issuer's
		}
		return nil, err
	}
	if l.method == l.issuer && Carries(l.issuer) {
		// The DID stands for its only key in proofs of early tools.
		l.match = func(*entry) bool { return true }
	}
	f, err := l.named(ctx, doc)
	if !l.loose || !errors.Is(err, ErrNotIssuers) {
		return f, err
	}
	return l.all(ctx, doc)
}

// host is where the issuer's id lies, nil for a DID that lies nowhere.
func (l *lookup) host() *url.URL {
	where := l.issuer
	var err error
	switch {
	case strings.HasPrefix(where, "did:webvh:"):
		if where, _, err = webvhURL(l.issuer); err != nil {
			return nil
		}
	case strings.HasPrefix(where, "did:"):
		if where, err = webURL(l.issuer); err != nil || !strings.HasPrefix(l.issuer, "did:web:") {
			return nil
		}
	}
	u, _ := httpURL(where)
	return u
}

// ofHTTP looks in the issuer's profile and what it refers to, then in the key
// set of its authority.
func (l *lookup) ofHTTP(ctx context.Context, issuer *url.URL) (*Found, error) {
	if issuer.Fragment != "" {
		return nil, verdict.Because(ErrUnprovable, "a fragment in an issuer's id")
	}
	// What each place said: nil for "read, and not there".
	var docs []*document
	// A key in doubt hides none of the same name in the next place, unless that is the
	// very key.
	var doubted *Found
	named := func(d *document) (*Found, error) {
		f, err := l.named(ctx, d)
		switch {
		case err != nil:
			return nil, err
		case doubted != nil && f.shares(doubted):
			return doubted, nil
		case f.controlled():
			doubted = cmp.Or(doubted, f)
			return nil, ErrNotIssuers
		}
		return f, nil
	}
	profile, profileErr := l.profile(ctx, issuer)
	listsKeys := false
	if profileErr == nil {
		f, err := named(profile)
		if !errors.Is(err, ErrNotIssuers) {
			return f, err
		}
		listsKeys = len(profile.entries()) > 0
		docs = append(docs, profile)
	}
	set, setErr := l.read(ctx, issuer.Scheme+"://"+issuer.Host+"/.well-known/jwks.json")
	if setErr == nil {
		set.isSet = true
		f, err := named(set)
		if !errors.Is(err, ErrNotIssuers) {
			return f, err
		}
		docs = append(docs, set)
	}
	metaErr := errNotAsked
	if l.r.metadata {
		var meta *document
		if meta, metaErr = l.metadata(ctx, issuer); metaErr == nil {
			f, err := named(meta)
			if !errors.Is(err, ErrNotIssuers) {
				return f, err
			}
			docs = append(docs, meta)
		}
		if doubted == nil && fetch.Temporary(metaErr) {
			return nil, metaErr // it is the place for the keys of such a proof
		}
	}
	if doubted != nil {
		return doubted, nil
	}
	// A profile that lists keys, and not this one, has answered the question.
	// Else a place that could not be read may hold it.
	if strings.HasPrefix(l.method, "did:") {
		if err := l.stray(&Found{}); err != nil {
			return l.renamed(err, docs)
		}
	}
	if !listsKeys {
		for _, err := range []error{profileErr, setErr} {
			if err != nil && fetch.Temporary(err) {
				return nil, err
			}
		}
	}
	if l.loose {
		if f, err := l.all(ctx, docs...); err == nil || !errors.Is(err, ErrNotIssuers) {
			return f, err
		}
	}
	return nil, l.nowhere(issuer, listsKeys, profileErr, setErr, metaErr)
}

// nowhere is why an HTTP issuer has no key by the name of the proof's, by what each
// place said.
func (l *lookup) nowhere(issuer *url.URL, listsKeys bool, profileErr, setErr, metaErr error) error {
	own, _, _ := strings.Cut(l.method, "#")
	u, ok := httpURL(own)
	neighbour := ok && own != l.issuer && sameOrigin(u, issuer)
	switch {
	case neighbour && profileErr == nil && !listsKeys:
		return ErrUnreferred
	case profileErr == nil && !listsKeys && setErr != nil && metaErr != nil && l.stray(&Found{}) == nil:
		return ErrUnreferred // none of its documents names a key, this one or another
	case profileErr == nil, setErr == nil, metaErr == nil:
		return verdict.Because(ErrNotIssuers, "its documents do not list it")
	}
	return profileErr
}

// controlled reports whether a key was found by its name and another controls it.
func (f *Found) controlled() bool {
	return len(f.Keys) == 1 && errors.Is(f.Keys[0].Doubt, ErrControlled)
}

// shares reports whether a key is among those of both.
func (f *Found) shares(o *Found) bool {
	return slices.ContainsFunc(f.Keys, func(k *proof.Key) bool {
		t, err := proof.Thumbprint(k.Public)
		return err == nil && slices.ContainsFunc(o.Keys, func(k *proof.Key) bool {
			u, err := proof.Thumbprint(k.Public)
			return err == nil && t == u
		})
	})
}

var errNotAsked = errors.New("not asked")

// metadata reads the JWT VC Issuer Metadata of an issuer (SD-JWT VC §5.1): its path,
// without a last slash, stands behind that of the metadata. It must call itself by
// the issuer's id, letter by letter; what it has beside its keys is not read.
func (l *lookup) metadata(ctx context.Context, issuer *url.URL) (*document, error) {
	if issuer.Scheme != "https" || issuer.RawQuery != "" {
		return nil, errNotAsked
	}
	d, err := l.read(ctx, "https://"+issuer.Host+"/.well-known/jwt-vc-issuer"+strings.TrimSuffix(issuer.EscapedPath(), "/"))
	if err != nil {
		return nil, err
	}
	if d.m["issuer"] != any(l.issuer) {
		return nil, verdict.Because(ErrDocument, "the metadata is of another issuer")
	}
	d.m = map[string]any{"jwks": d.m["jwks"], "jwks_uri": d.m["jwks_uri"]}
	for _, e := range d.entries() {
		e.anywhere = true
	}
	return d, nil
}

// profile reads the profile at an issuer's id. It may call itself by another
// spelling of that id; one with another query is read from there, once, and counts
// as it calls itself there. A profile that is of another path or host is another's.
func (l *lookup) profile(ctx context.Context, issuer *url.URL) (*document, error) {
	d, err := l.read(ctx, l.issuer)
	if err != nil {
		return nil, err
	}
	id := d.id()
	if id == "" || l.isIssuer(id) {
		return l.spelt(d, id), nil
	}
	u, ok := httpURL(id)
	if !ok || u.Fragment != "" || pageOf(u) != pageOf(issuer) {
		return nil, verdict.Because(ErrDocument, "the profile calls itself %s", read.Printable(id))
	}
	own, err := l.read(ctx, "https://"+u.Host+u.RequestURI())
	if err != nil {
		return nil, err
	}
	l.own = append(l.own, d) // for what it says was withdrawn
	if own.id() != id {
		return nil, verdict.Because(ErrDocument, "the profile calls itself %s, and there something else", read.Printable(id))
	}
	return l.spelt(own, id), nil
}

// spelt takes id for another name of the issuer's, and of the keys that are named
// after it.
func (l *lookup) spelt(d *document, id string) *document {
	if id != l.issuer {
		l.also = id
	}
	base, fragment, ok := strings.Cut(l.method, "#")
	if ok && l.isIssuer(base) && (base != l.issuer || l.also != "") {
		match := l.match
		l.match = func(e *entry) bool {
			return match(e) || e.names(l.issuer+"#"+fragment) || l.also != "" && e.names(l.also+"#"+fragment)
		}
	}
	return d
}

// isIssuer reports whether id is the issuer's, by http or https and with a slash
// behind it or not.
func (l *lookup) isIssuer(id string) bool {
	return canonical(id) == l.issuer || id != "" && id == l.also || sameSpelling(id, l.issuer)
}

func sameSpelling(a, b string) bool {
	x, ok := httpURL(a)
	y, ok2 := httpURL(b)
	return ok && ok2 && pageOf(x) == pageOf(y) && x.RawQuery == y.RawQuery && x.Fragment == y.Fragment
}

// pageOf is one spelling for an address without its query: its host on the usual
// port by http or https, and its path without a last slash.
func pageOf(u *url.URL) string {
	authority := read.Authority(u)
	if u.Scheme == "https" {
		authority = strings.TrimSuffix(authority, ":443")
	} else {
		authority = strings.TrimSuffix(authority, ":80")
	}
	return authority + strings.TrimSuffix(u.EscapedPath(), "/")
}

// ownPage reports whether a JSON object that was served as a page is the
// document that was asked for all the same: at the issuer's own id, as the document
// of its DID, or at a place that only the owner of the host writes to. A key that a
// profile merely links to is not read from a page, nor is what an address could
// have put into one: by its query, by what stands for other characters in its path,
// by leading on to another.
func (l *lookup) ownPage(where string, resp *fetch.Response) bool {
	u, ok := httpURL(where)
	if !ok || resp.ContentType != "text/html" || resp.URL != where || u.RawQuery != "" || strings.ContainsAny(where, "%{}\"<>?") {
		return false
	}
	own := where == l.issuer || strings.HasPrefix(u.Path, "/.well-known/") || strings.HasPrefix(l.issuer, "did:web:") && strings.HasSuffix(u.Path, "/did.json")
	return own && bytes.HasPrefix(bytes.TrimLeft(resp.Text(), " \t\r\n"), []byte("{"))
}

// named looks in a document of the issuer, and in what it links to, for the key
// that the proof is by. ErrNotIssuers is for none.
func (l *lookup) named(ctx context.Context, d *document) (*Found, error) {
	l.own = append(l.own, d)
	e, err := l.pick(d)
	if err == nil {
		var k *proof.Key
		if k, err = l.use(e); err == nil {
			return &Found{Keys: []*proof.Key{k}, Named: true}, nil
		}
	}
	if !errors.Is(err, ErrNotIssuers) {
		return nil, err
	}
	for _, e := range d.entries() {
		if e.ref == "" || l.loose && !l.refersTo(e.ref) {
			continue
		}
		behind, err := l.behind(ctx, e)
		if err != nil {
			return nil, err
		}
		f := &Found{Named: l.method == e.ref && len(behind) == 1}
		for _, k := range behind {
			if l.loose && l.method == e.ref || l.match(k) {
				if err := f.add(l.use(k)); err != nil && len(behind) == 1 {
					return nil, err
				}
			}
		}
		if len(f.Keys) > 0 {
			return f, nil
		}
	}
	return nil, err
}

// refersTo reports whether a link of the issuer's document leads to where the proof
// says that its key is: to it, or to the set that it is named in.
func (l *lookup) refersTo(ref string) bool {
	where, _, _ := strings.Cut(l.method, "#")
	return l.method != "" && (ref == l.method || ref == where)
}

// behind gives the keys of the document that the issuer's own links to: one that
// is a key (Open Badges 2.0 CryptographicKey, a Multikey, a JWK), a set of JWKs, or
// by a fragment one of several.
func (l *lookup) behind(ctx context.Context, e *entry) (out []*entry, err error) {
	where, fragment, _ := strings.Cut(e.ref, "#")
	u, ok := httpURL(where)
	if !ok || where == l.issuer {
		return nil, nil
	}
	iss := l.host()
	doc, err := l.read(ctx, where)
	if err != nil {
		return nil, err
	}
	l.own = append(l.own, doc)
	doc.isSet = doc.m["keys"] != nil && doc.asKey() == nil
	var own []*entry
	switch {
	case fragment != "":
		own = []*entry{doc.named(e.ref)}
	case doc.isSet:
		own = doc.entries()
	default:
		own = []*entry{doc.asKey()}
	}
	for _, k := range own {
		// Two ways: the issuer names the key, the key names its owner. On another
		// origin it must; on the issuer's own it may leave it out, and so may a set that
		// an issuer's metadata names, which no specification has name its owner.
		if k != nil && (l.isIssuer(k.controller()) || k.controller() == "" && (e.anywhere || iss != nil && sameOrigin(u, iss))) {
			k.assertion = e.assertion
			out = append(out, k)
		}
	}
	return out, nil
}

// all gives the keys for assertions that the issuer's documents list, for a proof
// whose name is of none of them.
func (l *lookup) all(ctx context.Context, docs ...*document) (*Found, error) {
	f := &Found{}
	if err := l.stray(f); err != nil {
		return l.renamed(err, docs)
	}
	links := 0
	for _, d := range docs {
		for _, e := range d.entries() {
			keys := []*entry{e}
			if e.ref != "" {
				if !e.assertion {
					continue
				}
				if links++; links > MaxTried {
					f.doubt(ErrMany)
					continue
				}
				var err error
				if keys, err = l.behind(ctx, e); err != nil {
					f.doubt(err)
				}
			}
			for _, k := range keys {
				if !k.assertion && !k.unsaid {
					continue
				}
				// One that another controls counts for nothing unless the proof names it.
				if own, err := l.use(k); err != nil || !errors.Is(own.Doubt, ErrControlled) {
					f.doubt(f.add(own, err))
				}
			}
		}
	}
	switch {
	case len(f.Keys) > 0:
		return f, nil
	case f.unsure == nil && f.Unlisted && !strings.HasPrefix(l.method, l.issuer):
		// A place on the issuer's host speaks neither for it nor against it.
		return nil, ErrUnreferred
	}
	return nil, f.None()
}

// renamed gives the key of a proof that names it by a DID which carries it, where a
// document of the issuer's lists the very key; else the error. Whoever
// has such a DID may be the issuer under another name, as early samples were made, or
// may not: the key counts for neither.
func (l *lookup) renamed(err error, docs []*document) (*Found, error) {
	where, _, _ := strings.Cut(l.method, "#")
	if !l.loose || !l.r.renamed || !Carries(where) {
		return nil, err
	}
	own := carriedEntry(l.method)
	if own == nil || own.thumbprint() == "" {
		return nil, err
	}
	for _, d := range docs {
		for _, e := range d.entries() {
			if e.ref != "" || e.thumbprint() != own.thumbprint() {
				continue
			}
			if k, errK := l.use(e); errK == nil {
				named := *k
				named.Doubt = ErrRenamed
				return &Found{Keys: []*proof.Key{&named}, Named: true}, nil
			}
		}
	}
	return nil, err
}

// stray judges a name that none of the issuer's documents lists, by whose it is.
func (l *lookup) stray(f *Found) error {
	where, _, _ := strings.Cut(l.method, "#")
	scheme, rest, _ := strings.Cut(where, ":")
	switch scheme = strings.ToLower(scheme); {
	case scheme == "did":
		if i := strings.IndexAny(where, "?/"); i >= 0 {
			where = where[:i]
		}
		if where == l.issuer {
			f.Unlisted = l.method != l.issuer
			return nil
		}
		if _, err := methodOf(where); errors.Is(err, ErrUnsupported) {
			return err
		}
		return verdict.Because(ErrNotIssuers, "method of another DID")
	case strings.HasPrefix(where, "//"), (scheme == "https" || scheme == "http") && rest != "":
		u, ok := httpURL(where)
		if host := l.host(); !ok || host == nil || !sameOrigin(u, host) {
			return verdict.Because(ErrNotIssuers, "method of another host")
		}
		f.Unlisted = l.method != l.issuer
	}
	return nil
}

// add takes a key, once.
func (f *Found) add(k *proof.Key, err error) error {
	if err != nil {
		return err
	}
	t, err := proof.Thumbprint(k.Public)
	if err != nil {
		return err
	}
	for _, have := range f.Keys {
		if h, err := proof.Thumbprint(have.Public); err == nil && h == t {
			return nil
		}
	}
	if len(f.Keys) == MaxTried {
		return ErrMany
	}
	f.Keys = append(f.Keys, k)
	return nil
}

// doubt keeps why a key that may be the one is not among Keys. One that the
// issuer's documents rule out, and one that nothing may rest on, is not such a key.
func (f *Found) doubt(err error) {
	lasting := errors.Is(err, ErrUnsupported) || errors.Is(err, proof.ErrUnsupported) || errors.Is(err, ErrMany) || errors.Is(err, ErrIllegible)
	if fetch.Temporary(err) || errors.Is(err, ErrNotFound) || f.unsure == nil && lasting {
		f.unsure = err
	}
}

// pick gives the entry that matches in the document.
func (l *lookup) pick(d *document) (*entry, error) {
	// DID Resolution has it in the metadata, some hosts write it into the document.
	if read.Object(d.m).Denied("deactivated", l.r.now()) != read.No {
		return nil, verdict.Because(ErrRevoked, "its document is deactivated")
	}
	var found *entry
	for _, e := range d.entries() {
		if e.ref != "" || !l.match(e) {
			continue
		}
		if found != nil && l.method != "" && !found.same(e) {
			return nil, verdict.Because(ErrIllegible, "one name for two keys")
		}
		if found == nil || e.assertion && !found.assertion {
			found = e
		}
	}
	if found == nil {
		return nil, verdict.Because(ErrNotIssuers, "its document does not list it")
	}
	return found, nil
}

// use gives the key of an entry, if it is the issuer's and for assertions.
func (l *lookup) use(e *entry) (*proof.Key, error) {
	others := e.controller() != "" && !l.isIssuer(e.controller())
	if others && !l.loose {
		return nil, verdict.Because(ErrNotIssuers, "its controller is another")
	}
	if e.oddController() {
		return nil, verdict.Because(ErrIllegible, "controller of a key")
	}
	unsaid := e.unsaid && cmp.Or(l.purpose, assertion) == assertion
	if !e.assertion && !unsaid {
		return nil, ErrNotAssertion
	}
	k, err := e.key()
	if errors.Is(err, proof.ErrMalformed) && !Carries(l.issuer) {
		err = verdict.Because(ErrIllegible, "%w", err)
	}
	if err == nil && (others || unsaid) {
		in := *k
		if in.Doubt = ErrControlled; unsaid {
			in.Doubt = ErrUnsaid
		}
		return &in, nil
	}
	return k, err
}

// readLinks reads what the issuer's documents link to and what was not needed to find
// the key: one of these may say that the same key was withdrawn. One that gives no
// answer says nothing.
func (l *lookup) readLinks(ctx context.Context) {
	have := map[string]bool{}
	for _, d := range l.own {
		have[d.base] = true
	}
	links := 0
	for _, d := range slices.Clone(l.own) {
		for _, e := range d.entries() {
			where, _, _ := strings.Cut(e.ref, "#")
			if e.ref == "" || have[where] {
				continue
			}
			have[where] = true
			if links++; links > MaxTried {
				return
			}
			_, _ = l.behind(ctx, e)
		}
	}
}

// asWithdrawn is a key with what the issuer's documents say of the same key under
// other names, that it was withdrawn or when it ends: who has a key that is no more
// would choose the other name.
func (l *lookup) asWithdrawn(k *proof.Key) *proof.Key {
	listed := 0
	for _, d := range l.own {
		listed += len(d.entries())
	}
	if listed <= 1 {
		return k
	}
	t, err := proof.Thumbprint(k.Public)
	if err != nil {
		return k
	}
	out := *k
	for _, d := range l.own {
		for _, e := range d.entries() {
			if e.ref != "" || e.bareThumbprint() != t {
				continue
			}
			o := &proof.Key{}
			e.ends(o)
			out.Unclear = out.Unclear || o.Unclear
			for _, end := range []struct {
				to   *time.Time
				from time.Time
			}{{&out.Revoked, o.Revoked}, {&out.Expires, o.Expires}} {
				if !end.from.IsZero() {
					earlier(end.to, end.from)
				}
			}
		}
	}
	return &out
}

// read fetches a document of keys. SameHost keeps an open redirect on the
// issuer's site from lending its name to another's document.
func (l *lookup) read(ctx context.Context, where string) (*document, error) {
	resp, err := l.ask(ctx, where, accept, maxDocument)
	switch {
	case err != nil:
		return nil, err
	case !resp.JSON() && !l.ownPage(where, resp):
		return nil, verdict.Because(ErrNotFound, "not JSON")
	case ledAway(where, resp.URL):
		return nil, verdict.Because(ErrNotFound, "it leads on to a file that anybody may have put on the host")
	}
	m, err := read.ParseObject(resp.Text(), read.Limits{Bytes: maxDocument})
	if err != nil {
		return nil, verdict.Because(ErrDocument, "%w", err)
	}
	l.tellShared(where, resp)
	return &document{m: m, base: where, issuer: l.issuer}, nil
}

// ledAway reports whether an address that is no stranger's place led on to one: any
// page of a host may lead where its address asks. What is under /.well-known/ leads
// where the owner of the host has it lead.
func ledAway(where, final string) bool {
	if where == final {
		return false
	}
	from, ok := httpURL(where)
	to, ok2 := httpURL(final)
	return ok && ok2 && !strings.HasPrefix(from.Path, "/.well-known/") && standing.Strays(to, from)
}

// tellShared tells of a document that is served as hosts serve the files of their
// users, from a place where these may lie.
func (l *lookup) tellShared(where string, resp *fetch.Response) {
	plain := strings.HasPrefix(resp.ContentType, "text/") && !strings.HasPrefix(resp.ContentType, "text/json")
	if u, ok := httpURL(where); ok && plain && strings.Trim(u.Path, "/") != "" && !strings.HasPrefix(u.Path, "/.well-known/") {
		l.r.shared()
	}
}

// ask fetches what a host says of keys; an answer of another status than 200 comes
// with the error that it means.
func (l *lookup) ask(ctx context.Context, where, accept string, most int64) (*fetch.Response, error) {
	resp, err := l.r.f.Fetch(ctx, fetch.Request{URL: where, Accept: accept, MaxBytes: most, SameHost: true})
	if err != nil {
		l.evidence = append(l.evidence, verdict.Evidence{URL: where, At: l.r.now().UTC(), Note: "no answer"})
		return nil, err
	}
	ev := verdict.Evidence{URL: where, At: resp.At.UTC(), SHA256: resp.SHA256}
	l.evidence = append(l.evidence, ev)
	switch {
	case !resp.Gives() && !resp.Denies():
		return resp, fmt.Errorf("status %d: %w", resp.Status, fetch.ErrUnreachable)
	case resp.Status != 200:
		return resp, verdict.Because(ErrNotFound, "status %d", resp.Status)
	}
	return resp, nil
}

func httpURL(s string) (*url.URL, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, false
	}
	return u, true
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}
