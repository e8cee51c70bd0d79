package did

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mr-tron/base58"

	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/verdict"
)

// document is a DID document, an issuer profile, a key or a key set.
type document struct {
	m    map[string]any
	base string // what relative ids are relative to: the DID or the URL

	isDID   bool   // a key without a relationship asserts nothing (DID Core §5.3)
	isSet   bool   // a JWK set
	purpose string // the relationship that is looked for; "" = assertion
	issuer  string // whose keys are looked for; "" = anybody's

	listed []*entry // once they were looked at
}

func (d *document) id() string { return read.ID(d.m) }

// Verification relationships that are looked for.
const (
	assertion      = "assertionMethod"
	authentication = "authentication"
)

// relationships are the verification relationships of CID 1.0 §2.3.
var relationships = []string{assertion, authentication, "keyAgreement", "capabilityInvocation", "capabilityDelegation"}

// entry is a key as a document lists it.
type entry struct {
	id        string
	m         map[string]any
	ref       string   // a link to a key document in place of a key
	kidOf     []string // URLs under which the id is known as a fragment (a kid)
	assertion bool
	unsaid    bool // of a DID document that says of no key what it is for (DID Core §5.3)
	anywhere  bool // what it links to need not name its owner, wherever that lies

	parsed *proof.Key
	err    error
	print  string // the thumbprint, once it was asked for
}

// abs resolves a relative id against the document.
func (d *document) abs(id string) string {
	if strings.HasPrefix(id, "#") {
		return d.base + id
	}
	return canonical(id)
}

// entries gives the keys of a document, at most maxKeys of a member.
func (d *document) entries() []*entry {
	if d.listed == nil {
		d.listed = d.list()
	}
	return d.listed
}

func (d *document) list() []*entry {
	if d.isSet {
		return d.setEntries(d.m["keys"])
	}
	listed := map[string]bool{}
	related := false
	purpose := cmp.Or(d.purpose, assertion)
	for _, r := range relationships {
		related = related || d.m[r] != nil
	}
	for _, id := range read.Strings(d.m[purpose]) {
		listed[d.abs(id)] = true
	}
	var out []*entry
	add := func(v any, embedded, links bool) {
		for i, x := range read.List(v) {
			if i == maxKeys {
				return
			}
			switch k := x.(type) {
			case string:
				switch id := d.abs(k); {
				case links:
					out = append(out, &entry{id: id, ref: id, assertion: listed[id] || !related && !d.isDID})
				case embedded: // of a DID document what it lists for assertions is followed, and nothing else
					out = append(out, d.elsewhere(id)...)
				}
			case map[string]any:
				if id := d.abs(read.ID(k)); id != "" {
					out = append(out, &entry{id: id, m: k, assertion: embedded || listed[id] || !related && !d.isDID, unsaid: !related && d.isDID})
				}
			}
		}
	}
	add(d.m[purpose], true, !d.isDID)
	add(d.m["verificationMethod"], false, !d.isDID)
	add(d.m["publicKey"], false, !d.isDID)
	if d.isDID {
		// A link to what the document itself holds is none.
		out = slices.DeleteFunc(out, func(e *entry) bool {
			return e.ref != "" && slices.ContainsFunc(out, func(o *entry) bool { return o.m != nil && o.id == e.id })
		})
	}
	for _, r := range relationships {
		if r == purpose {
			continue
		}
		// A key that is embedded here asserts nothing by being here.
		for i, k := range read.Objects(d.m[r]) {
			if id := d.abs(read.ID(k)); id != "" && i < maxKeys {
				out = append(out, &entry{id: id, m: k, assertion: listed[id]})
			}
		}
	}
	if !d.isDID {
		out = append(out, d.sets()...)
		if k := d.asKey(); k != nil {
			out = append(out, k)
		}
	}
	return out
}

// sets gives the keys of the sets that a profile holds, or links to.
func (d *document) sets() (out []*entry) {
	if jwks, ok := d.m["jwks"].(map[string]any); ok {
		out = d.setEntries(jwks["keys"])
	}
	for _, name := range []string{"jwks", "jwks_uri", "jwksUri"} {
		if s := read.Object(d.m).Str(name); s != "" {
			out = append(out, &entry{id: s, ref: s, assertion: true})
		}
	}
	return out
}

// elsewhere gives what a DID document lists for assertions and does not hold: a
// link to a key or a set, or the key of a DID that carries it.
func (d *document) elsewhere(id string) []*entry {
	if isHTTP(id) {
		return []*entry{{id: id, ref: id, assertion: true}}
	}
	if base, _, _ := strings.Cut(id, "#"); Carries(base) && base != d.base {
		if e := carriedEntry(id); e != nil {
			return []*entry{e}
		}
	}
	return nil
}

func isHTTP(id string) bool { _, ok := httpURL(id); return ok }

// carriedEntry is the key of a DID that carries it, which another DID's document
// lists as its own; nil for none.
func carriedEntry(method string) *entry {
	did, fragment, _ := strings.Cut(method, "#")
	l := &lookup{}
	d, err := l.ofMethod(context.Background(), did)
	if err != nil {
		return nil
	}
	for _, e := range d.entries() {
		if fragment == "" || e.names(method) {
			m := maps.Clone(e.m)
			delete(m, "controller")
			return &entry{id: method, m: m, assertion: true}
		}
	}
	return nil
}

// named gives the key that a document lists by a name, nil for none.
func (d *document) named(method string) *entry {
	for _, e := range d.entries() {
		if e.ref == "" && e.names(method) {
			return e
		}
	}
	return nil
}

// setEntries reads the keys of a JWK set (RFC 7517 §5).
func (d *document) setEntries(v any) []*entry {
	var out []*entry
	for i, k := range read.Objects(v) {
		if i == maxKeys {
			break
		}
		// The implementation guide of OB 3.0: iss, if there, is the issuer.
		if iss, ok := k["iss"]; ok && d.issuer != "" && iss != any(d.issuer) && !sameSpelling(read.Object(k).Str("iss"), d.issuer) {
			continue
		}
		e := &entry{id: read.Object(k).Str("kid"), m: k, assertion: true, kidOf: []string{d.base}}
		if d.issuer != "" {
			e.kidOf = append(e.kidOf, d.issuer)
		}
		out = append(out, e)
	}
	return out
}

// asKey reads the document itself as one key: a CryptographicKey of Open
// Badges 2, a Multikey or a JWK; nil if it is none.
func (d *document) asKey() *entry {
	for _, name := range []string{"publicKeyPem", "publicKeyMultibase", "publicKeyJwk", "kty"} {
		if d.m[name] == nil {
			continue
		}
		id := d.base
		if own := d.id(); own != "" {
			id = d.abs(own)
		}
		return &entry{id: id, m: d.m, assertion: true, kidOf: []string{d.base}}
	}
	return nil
}

func (e *entry) controller() string {
	for _, name := range []string{"controller", "owner"} {
		if id, _ := read.Object(e.m).Ref(name); id != "" {
			return id
		}
	}
	return ""
}

// oddController tells a controller that is neither one id nor absent. The
// empty string is let pass as absent: a widespread issuer publishes it.
func (e *entry) oddController() bool {
	for _, name := range []string{"controller", "owner"} {
		switch e.m[name].(type) {
		case nil, string:
		default:
			if id, _ := read.Object(e.m).Ref(name); id == "" {
				return true
			}
		}
	}
	return false
}

// thumbprint is that of the key (RFC 7638), "" where it cannot be read.
func (e *entry) thumbprint() string {
	if k, err := e.key(); err == nil && e.print == "" {
		e.print, _ = proof.Thumbprint(k.Public) // CheckKey knows every type of key
	}
	return e.print
}

// bareThumbprint is [entry.thumbprint] of what lies in the entry, also where it says of its
// key what does not fit it.
func (e *entry) bareThumbprint() string {
	print := e.thumbprint()
	for _, jwk := range []any{e.m["publicKeyJwk"], map[string]any(e.m)} {
		if m, ok := jwk.(map[string]any); ok && print == "" && m["kty"] != nil {
			m = maps.Clone(m)
			for _, said := range []string{"alg", "use", "key_ops"} {
				delete(m, said)
			}
			if k, err := proof.ParseJWK(m); err == nil {
				print, _ = proof.Thumbprint(k.Public)
			}
		}
	}
	return print
}

// names reports whether method is this key's name: its id, the kid of its JWK, or
// its kid alone or as a fragment of where it is listed.
func (e *entry) names(method string) bool {
	if e.id != "" && e.id == method {
		return true
	}
	if jwk, _ := e.m["publicKeyJwk"].(map[string]any); jwk != nil && method != "" && read.Object(jwk).Str("kid") == method {
		return true
	}
	base, frag, ok := strings.Cut(method, "#")
	if !ok || frag == "" {
		return false
	}
	for _, u := range e.kidOf {
		if u == base && (frag == e.id || frag == read.Object(e.m).Str("kid")) {
			return true
		}
	}
	return false
}

// same reports whether two entries hold one key. What one of them says of its end
// counts for both ([lookup.asWithdrawn]).
func (e *entry) same(o *entry) bool {
	return e.thumbprint() != "" && e.thumbprint() == o.thumbprint() && e.controller() == o.controller()
}

// key reads the key itself.
func (e *entry) key() (*proof.Key, error) {
	if e.parsed == nil && e.err == nil {
		e.parsed, e.err = e.parse()
	}
	return e.parsed, e.err
}

func (e *entry) parse() (*proof.Key, error) {
	var found []*proof.Key
	if v, ok := e.m["publicKeyMultibase"]; ok {
		s, _ := v.(string)
		pub, err := proof.ParseMultikey(s)
		if err != nil {
			return nil, err
		}
		found = append(found, &proof.Key{Public: pub})
	}
	if v, ok := e.m["publicKeyPem"]; ok {
		s, _ := v.(string)
		pub, err := proof.ParsePEM([]byte(s))
		if err != nil {
			return nil, err
		}
		found = append(found, &proof.Key{Public: pub})
	}
	if v, ok := e.m["publicKeyBase58"]; ok {
		s, _ := v.(string)
		pub, err := fromBase58(read.Object(e.m).Str("type"), s)
		if err != nil {
			return nil, err
		}
		found = append(found, &proof.Key{Public: pub})
	}
	if v, ok := e.m["publicKeyJwk"]; ok {
		o, _ := v.(map[string]any)
		k, err := proof.ParseJWK(o)
		if err != nil {
			return nil, err
		}
		found = append(found, k)
	}
	if e.m["kty"] != nil {
		k, err := proof.ParseJWK(e.m)
		if err != nil {
			return nil, err
		}
		found = append(found, k)
	}
	if len(found) == 0 {
		return nil, e.unread()
	}
	k := found[0]
	for _, o := range found[1:] {
		t, err := proof.Thumbprint(k.Public)
		u, err2 := proof.Thumbprint(o.Public)
		if err != nil || err2 != nil || t != u {
			// Two readers would take two keys.
			return nil, verdict.Because(ErrIllegible, "several keys under one name")
		}
		k.Alg = cmp.Or(k.Alg, o.Alg)
	}
	k.ID, k.Controller, k.Assertion = e.id, e.controller(), e.assertion
	e.ends(k)
	return k, nil
}

// ends puts into k from when on the entry says its key is no more.
func (e *entry) ends(k *proof.Key) {
	// Some put it beside the key, some into its JWK.
	jwk, _ := e.m["publicKeyJwk"].(map[string]any)
	for _, o := range []read.Object{e.m, jwk} {
		if t, said := read.Since(o["revoked"]); said != read.No {
			if said == read.Unclear {
				t = always // what cannot be read is no licence to use the key
			}
			earlier(&k.Revoked, t)
		}
		for _, end := range []string{"expires", "exp"} {
			switch t, said := read.Until(o[end]); said {
			case read.Yes:
				earlier(&k.Expires, t)
			case read.Unclear:
				k.Unclear = true
			}
		}
	}
}

// unread is the error of an entry without a key in a form that is read: it names the
// form, where there is one.
func (e *entry) unread() error {
	for _, name := range slices.Sorted(maps.Keys(e.m)) {
		if e.m[name] != nil && (strings.HasPrefix(name, "publicKey") || name == "blockchainAccountId" || name == "ethereumAddress") {
			return verdict.Because(ErrUnsupported, "key as %.40q", name)
		}
	}
	return verdict.Because(ErrIllegible, "no key under its name")
}

// always is the time from which a key counts as withdrawn whose document says
// that it is and not since when. It is not the zero time, which says nothing.
var always = time.Unix(0, 0).UTC()

// earlier puts a time from which a key is no more (CID 1.0 §2.2; some write true)
// into t, unless t holds an earlier one.
func earlier(t *time.Time, from time.Time) {
	if from.IsZero() {
		from = always
	}
	if t.IsZero() || from.Before(*t) {
		*t = from
	}
}

// fromBase58 reads the raw key of Ed25519VerificationKey2018. Some write the type of
// its successor beside it, which has none of its own in that form.
func fromBase58(typ, s string) (ed25519.PublicKey, error) {
	if typ != "Ed25519VerificationKey2018" && typ != "Ed25519VerificationKey2020" {
		return nil, verdict.Because(ErrUnsupported, "key of type %.40q", typ)
	}
	if len(s) > 64 {
		return nil, verdict.Because(ErrIllegible, "publicKeyBase58")
	}
	raw, err := base58.Decode(s)
	if err != nil || base58.Encode(raw) != s {
		return nil, verdict.Because(ErrIllegible, "publicKeyBase58")
	}
	if len(raw) != ed25519.PublicKeySize {
		return nil, verdict.Because(ErrIllegible, "publicKeyBase58 of %d bytes", len(raw))
	}
	pub := ed25519.PublicKey(raw)
	if err := proof.CheckKey(pub); err != nil {
		return nil, err
	}
	return pub, nil
}
