// Package did finds the public key that a proof names and judges whether it is
// the issuer's own: did:key, did:jwk, did:web, and HTTP issuers by their
// profile and by the JWKS of their authority.
//
// Open Badges 3.0 says how to check a signature and not whose key it is, so
// the binding is ours, after Controlled Identifiers 1.0 §3.3 (retrieve
// verification method) and the implementation guide of Open Badges 3.0:
//
//   - DID issuer: the method is a DID URL of that very DID, and its document
//     lists it under assertionMethod.
//   - HTTP issuer: the method stands in the profile at the issuer's id (under
//     assertionMethod, if the profile has any verification relationship), or in
//     a document that the profile refers to, or in
//     https://{authority}/.well-known/jwks.json with iss, if given, the issuer's
//     id. A document that merely lies on the issuer's host is nobody's key,
//     whatever it says of itself: anyone with an upload folder there could have
//     put it up. A profile that lists no keys, or cannot be read, has none.
//   - Whatever the controller (owner, in Open Badges 2) of a key says, if it
//     says anything, it is the issuer's id.
//   - A key that travels with the proof, in a header, a fragment or a DID that
//     is not the issuer's, is never bound to it.
//
// Specifications: DID Core 1.0, did:key 0.7, did:jwk, did:web, Controlled
// Identifiers 1.0, RFC 7517. Out of scope: other DID methods, delegation, DID
// URL parameters, service endpoints.
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
	"assay/verify/verdict"
)

// Why a key is not to be had. A document that cannot be read just now gives an
// error that wraps one of package fetch; fetch.Temporary tells which pass.
var (
	ErrNotIssuers   = errors.New("key is not the issuer's")                  // another's, or none that its documents list
	ErrNotAssertion = errors.New("key is not for assertions")                // listed, but not under assertionMethod
	ErrRevoked      = errors.New("key is revoked")                           // its revoked date is past
	ErrExpired      = errors.New("key is expired")                           // its expires date is past
	ErrUnclear      = errors.New("whether the key is withdrawn is unclear")  // something is said of it that cannot be read
	ErrUnprovable   = errors.New("no key can be bound to this issuer id")    // neither a DID nor an HTTP URL
	ErrUnsupported  = errors.New("method or key type not supported")         // named in the message
	ErrMethod       = errors.New("not the name of a verification method")    // malformed
	ErrDocument     = errors.New("document does not say what it must")       // malformed, or of another id
	ErrNotFound     = errors.New("the issuer's document is not to be found") // 404, 410 or a page in its place

	// ErrUnreferred is ErrNotIssuers for a key on the issuer's own origin while
	// the issuer's documents name no key at all: nothing says that it is
	// another's, and nothing that it is the issuer's.
	ErrUnreferred = verdict.Because(ErrNotIssuers, "the issuer's documents refer to no key")
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
}

// New returns a Resolver that reads documents through f.
func New(f fetch.Fetcher, o Options) *Resolver {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Shared == nil {
		o.Shared = func() {}
	}
	return &Resolver{f: f, now: o.Now, shared: o.Shared}
}

// Resolve returns the key named method (an absolute URL, a fragment "#…"
// relative to the issuer, or for an HTTP issuer the kid of a key in its JWKS)
// if it is a current key of issuer for making assertions; else one of the
// errors above. The evidence is what was read, also with an error.
func (r *Resolver) Resolve(ctx context.Context, issuer, method string) (*proof.Key, []verdict.Evidence, error) {
	if method == "" {
		return nil, nil, verdict.Because(ErrMethod, "none named")
	}
	if strings.HasPrefix(method, "#") {
		method = issuer + method
	}
	l := &lookup{r: r, issuer: issuer, method: method, match: func(e *entry) bool { return e.names(method) }}
	return l.run(ctx)
}

// ResolveThumbprint is Resolve for a proof that carries its key: it returns the
// issuer's own key with that JWK thumbprint (RFC 7638).
func (r *Resolver) ResolveThumbprint(ctx context.Context, issuer, thumbprint string) (*proof.Key, []verdict.Evidence, error) {
	if thumbprint == "" {
		return nil, nil, verdict.Because(ErrMethod, "no thumbprint")
	}
	l := &lookup{r: r, issuer: issuer, match: func(e *entry) bool {
		k, err := e.key()
		if err != nil {
			return false
		}
		t, err := proof.Thumbprint(k.Public)
		return err == nil && t == thumbprint
	}}
	return l.run(ctx)
}

// Unbound returns the key that method names wherever it is, bound to nobody:
// enough to judge whether a proof was made by that key, and never enough to say
// whose it is. The key of a DID that carries it, and of a URL whose fragment is a
// Multikey, is in the name; for others the document is read.
func (r *Resolver) Unbound(ctx context.Context, method string) (*proof.Key, []verdict.Evidence, error) {
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
		k, err := l.pick(doc)
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
	method   string // "" when searched by thumbprint
	match    func(*entry) bool
	evidence []verdict.Evidence
}

func (l *lookup) run(ctx context.Context) (*proof.Key, []verdict.Evidence, error) {
	k, err := l.find(ctx)
	if err != nil {
		return nil, l.evidence, err
	}
	return k, l.evidence, nil
}

func (l *lookup) find(ctx context.Context) (*proof.Key, error) {
	if strings.HasPrefix(l.issuer, "did:") {
		return l.ofDID(ctx)
	}
	if u, ok := httpURL(l.issuer); ok {
		return l.ofHTTP(ctx, u)
	}
	return nil, ErrUnprovable
}

// ofDID looks in the issuer's DID document, and only there.
func (l *lookup) ofDID(ctx context.Context) (*proof.Key, error) {
	if strings.ContainsAny(l.issuer, "#?/") {
		return nil, verdict.Because(ErrUnprovable, "a DID URL in place of a DID")
	}
	if l.method != "" {
		base, frag, _ := strings.Cut(l.method, "#")
		if base != l.issuer {
			return nil, verdict.Because(ErrNotIssuers, "method of another controller")
		}
		switch {
		case frag != "":
		case Carries(l.issuer):
			// The DID stands for its only key in proofs of early tools.
			l.match = func(*entry) bool { return true }
		default:
			return nil, verdict.Because(ErrMethod, "a DID without a fragment")
		}
	}
	doc, err := l.ofMethod(ctx, l.issuer)
	if err != nil {
		return nil, err
	}
	return l.pick(doc)
}

// ofHTTP looks in the issuer's profile and what it refers to, then in the key
// set of its authority.
func (l *lookup) ofHTTP(ctx context.Context, issuer *url.URL) (*proof.Key, error) {
	if issuer.Fragment != "" {
		return nil, verdict.Because(ErrUnprovable, "a fragment in an issuer's id")
	}
	if strings.HasPrefix(l.method, "did:") {
		return nil, verdict.Because(ErrNotIssuers, "method of a DID, issuer of another kind")
	}
	// What each place said: nil for "read, and not there".
	profile, profileErr := l.profile(ctx, issuer)
	listsKeys := false
	if profileErr == nil {
		k, err := l.pickFetching(ctx, profile)
		if !errors.Is(err, ErrNotIssuers) {
			return k, err
		}
		listsKeys = len(profile.entries()) > 0
	}
	set, setErr := l.read(ctx, issuer.Scheme+"://"+issuer.Host+"/.well-known/jwks.json")
	if setErr == nil {
		set.isSet = true
		k, err := l.pick(set)
		if !errors.Is(err, ErrNotIssuers) {
			return k, err
		}
	}
	// A profile that lists keys, and not this one, has answered the question.
	// Else a place that could not be read may hold it.
	if !listsKeys {
		for _, err := range []error{profileErr, setErr} {
			if err != nil && fetch.Temporary(err) {
				return nil, err
			}
		}
	}
	own, _, _ := strings.Cut(l.method, "#")
	u, ok := httpURL(own)
	neighbour := ok && own != l.issuer && sameOrigin(u, issuer)
	switch {
	case neighbour && profileErr == nil && !listsKeys:
		return nil, ErrUnreferred
	case profileErr == nil, setErr == nil:
		return nil, verdict.Because(ErrNotIssuers, "its documents do not list it")
	case errors.Is(profileErr, ErrNotFound):
		return nil, profileErr
	}
	return nil, profileErr
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
	if id == "" || l.named(id) {
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
	if ok && l.named(base) && (base != l.issuer || l.also != "") {
		match := l.match
		l.match = func(e *entry) bool {
			return match(e) || e.names(l.issuer+"#"+fragment) || l.also != "" && e.names(l.also+"#"+fragment)
		}
	}
	return d
}

// named reports whether id is the issuer's, by http or https and with a slash
// behind it or not.
func (l *lookup) named(id string) bool {
	return id == l.issuer || id != "" && id == l.also || sameSpelling(id, l.issuer)
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

// pickFetching is pick for a profile that may link to its keys: to a document
// that is one key (Open Badges 2.0 CryptographicKey, a Multikey, a JWK), or by a
// fragment to one that lists several.
func (l *lookup) pickFetching(ctx context.Context, d *document) (*proof.Key, error) {
	k, err := l.pick(d)
	if !errors.Is(err, ErrNotIssuers) {
		return k, err
	}
	for _, e := range d.entries() {
		if e.ref == "" || l.method != "" && e.ref != l.method {
			continue
		}
		where, fragment, _ := strings.Cut(e.ref, "#")
		u, ok := httpURL(where)
		iss, _ := httpURL(l.issuer)
		if !ok || iss == nil || where == l.issuer {
			continue
		}
		doc, err := l.read(ctx, where)
		if err != nil {
			return nil, err
		}
		own := doc.asKey()
		if fragment != "" {
			own = doc.named(e.ref)
		}
		// Two ways: the profile names the key, the key names its owner. On
		// another origin it must; on the profile's own it may leave it out.
		if own == nil || !l.named(own.controller()) && !(own.controller() == "" && sameOrigin(u, iss)) {
			continue
		}
		own.assertion = e.assertion
		if l.match(own) || l.method == e.ref {
			return l.use(own)
		}
	}
	return nil, err
}

// pick gives the key that matches in the document, if its document, its
// controller and its dates let it sign for the issuer.
func (l *lookup) pick(d *document) (*proof.Key, error) {
	// DID Resolution has it in the metadata, some hosts write it into the document.
	switch read.Object(d.m).Denied("deactivated", l.r.now()) {
	case read.Yes:
		return nil, verdict.Because(ErrRevoked, "its document is deactivated")
	case read.Unclear:
		return nil, ErrUnclear
	}
	entries := d.entries()
	var found *entry
	for _, e := range entries {
		if e.ref != "" || !l.match(e) {
			continue
		}
		if found != nil && !found.same(e) {
			return nil, verdict.Because(ErrDocument, "one name for two keys")
		}
		if found == nil || e.assertion && !found.assertion {
			found = e
		}
	}
	if found == nil {
		return nil, verdict.Because(ErrNotIssuers, "its document does not list it")
	}
	return l.use(found)
}

// use judges the entry that the proof names.
func (l *lookup) use(e *entry) (*proof.Key, error) {
	if c := e.controller(); c != "" && !l.named(c) {
		return nil, verdict.Because(ErrNotIssuers, "its controller is another")
	}
	if e.oddController() {
		return nil, verdict.Because(ErrDocument, "controller of a key")
	}
	if !e.assertion {
		return nil, ErrNotAssertion
	}
	k, err := e.key()
	if err != nil {
		return nil, err
	}
	now := l.r.now()
	if !k.Revoked.IsZero() && !now.Before(k.Revoked) {
		return nil, ErrRevoked
	}
	if !k.Expires.IsZero() && !now.Before(k.Expires) {
		return nil, ErrExpired
	}
	return k, nil
}

// read fetches a document of keys. SameHost keeps an open redirect on the
// issuer's site from lending its name to another's document.
func (l *lookup) read(ctx context.Context, where string) (*document, error) {
	resp, err := l.r.f.Fetch(ctx, fetch.Request{URL: where, Accept: accept, MaxBytes: maxDocument, SameHost: true})
	if err != nil {
		l.evidence = append(l.evidence, verdict.Evidence{URL: where, At: l.r.now().UTC(), Note: "no answer"})
		return nil, err
	}
	ev := verdict.Evidence{URL: where, At: resp.At.UTC(), SHA256: resp.SHA256}
	l.evidence = append(l.evidence, ev)
	switch {
	case resp.Status >= 500, slices.Contains([]int{401, 403, 408, 425, 429}, resp.Status):
		return nil, fmt.Errorf("status %d: %w", resp.Status, fetch.ErrUnreachable)
	case resp.Status != 200:
		return nil, verdict.Because(ErrNotFound, "status %d", resp.Status)
	case !resp.JSON() && !l.ownPage(where, resp):
		return nil, verdict.Because(ErrNotFound, "not JSON")
	}
	m, err := read.ParseObject(resp.Text(), read.Limits{Bytes: maxDocument})
	if err != nil {
		return nil, verdict.Because(ErrDocument, "%w", err)
	}
	if u, ok := httpURL(where); ok && strings.HasPrefix(resp.ContentType, "text/") && resp.ContentType != "text/json" && strings.Trim(u.Path, "/") != "" && !strings.HasPrefix(u.Path, "/.well-known/") {
		l.r.shared()
	}
	return &document{m: m, base: where, issuer: l.issuer}, nil
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
