package proof

import (
	"bytes"
	"crypto"
	"slices"
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"
)

// An SD-JWT (RFC 9901) is a JWS of which its holder keeps claims back: in its
// payload they are digests, and what is disclosed stands beside it. Whoever reads
// it as a plain token takes a hidden end or revocation for none. So [ParseJWS]
// refuses it, whole or cut off from its disclosures, and [ParseSDJWT] reads it and
// says where something was left out.

// Limits of an SD-JWT.
const (
	MaxSDJWT       = 256 << 10 // bytes of it all; the part that is signed is a JWS of at most MaxToken
	maxDisclosures = 2_000     // a record of a whole study has some hundred claims
	maxNested      = 64        // disclosures in disclosures, as the strict parser bounds JSON
)

// isSDJWT reports whether a token has the form of an SD-JWT (RFC 9901 §4): a JWS
// before disclosures, each after a tilde.
func isSDJWT(token []byte) bool {
	jws, _, ok := bytes.Cut(token, []byte{'~'})
	return ok && bytes.Count(jws, []byte{'.'}) == 2
}

// checkWhole refuses a token that says of itself that it is an SD-JWT, by its
// type (SD-JWT VC §3.2.1, VC-JOSE-COSE §3.2.1) or by a digest in its payload.
func (t *JWS) checkWhole() error {
	if typ := strings.ToLower(t.Type); typ == "sd-jwt" || strings.HasSuffix(typ, "+sd-jwt") {
		return ErrSDJWT
	}
	if m, err := t.Object(); err == nil && HoldsDigests(map[string]any(m)) {
		return ErrSDJWT
	}
	return nil
}

// HoldsDigests reports whether a member of an SD-JWT that stands for a hidden
// claim (_sd, or ... in a list), or tells how it is hidden (_sd_alg), stands
// anywhere in v (RFC 9901 §4.2.4).
func HoldsDigests(v any) bool {
	switch x := v.(type) {
	case map[string]any:
		for name, e := range x {
			if reserved(name) || HoldsDigests(e) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(x, HoldsDigests)
	}
	return false
}

// reserved reports whether a name is one that no claim may have.
func reserved(name string) bool { return name == "_sd" || name == "_sd_alg" || name == "..." }

// SDJWT is an SD-JWT that was read and not yet checked.
type SDJWT struct {
	JWS    *JWS        // the part that the issuer signed, whose object still has the digests
	Object read.Object // its payload with what was disclosed in its place, and without digests
	Left   *LeftOut    // where digests are left of which nothing was disclosed; nil = nowhere

	holder *JWS  // the proof of the holder's key, nil if none
	unread error // why it is none
	over   []byte
	hash   crypto.Hash
}

// LeftOut says where something may have been left out of an SD-JWT: a claim of an
// object, or an element of a list. A digest that stands for nothing looks the same
// (RFC 9901 §4.2.7). What stands in a list is told of the list as a whole.
type LeftOut struct {
	here  bool
	below map[string]*LeftOut
}

// At reports whether something may have been left out of the very object or list
// at a path of members.
func (l *LeftOut) At(path ...string) bool {
	l = l.Of(path...)
	return l != nil && l.here
}

// Under reports whether something may have been left out at a path or anywhere
// below it.
func (l *LeftOut) Under(path ...string) bool { return l.Of(path...) != nil }

// Of gives what was left out at a path and below, nil when nothing was.
func (l *LeftOut) Of(path ...string) *LeftOut {
	for _, name := range path {
		if l == nil {
			return nil
		}
		l = l.below[name]
	}
	return l
}

// disclosure is one claim, or element of a list, that the holder discloses
// (RFC 9901 §4.2.1, §4.2.2).
type disclosure struct {
	name    string
	element bool // of a list: it has no name
	value   any
	used    bool
}

// sdHashes are the hash algorithms of _sd_alg (IANA, Named Information Hash
// Algorithm Registry) that are read.
var sdHashes = map[string]crypto.Hash{"sha-256": crypto.SHA256, "sha-384": crypto.SHA384, "sha-512": crypto.SHA512}

// ParseSDJWT reads an SD-JWT, with or without the proof of its holder's key, and
// puts what it discloses in its place (RFC 9901 §7.1). A token without disclosures
// is one of which nothing was disclosed. A disclosure whose digest the issuer did
// not sign gives ErrSignature; one that stands twice, takes a reserved name or that
// of another claim, and whatever else §7.1 refuses, ErrMalformed; a hash that is
// not read, ErrUnsupported; and the rest as [ParseJWS].
func ParseSDJWT(token []byte) (*SDJWT, error) {
	if len(token) > MaxSDJWT {
		return nil, verdict.Because(ErrMalformed, "SD-JWT of %d bytes", len(token))
	}
	parts := bytes.Split(token, []byte{'~'})
	t, err := parseCompact(parts[0], MaxToken)
	if err != nil {
		return nil, err
	}
	payload, err := t.Object()
	if err != nil {
		return nil, verdict.Because(ErrMalformed, "payload: %w", err)
	}
	s := &SDJWT{JWS: t, hash: crypto.SHA256}
	parts = parts[1:]
	if n := len(parts); n > 0 {
		// What follows the last tilde is nothing, or the holder's proof. A copy that
		// lost its last tilde ends in a disclosure.
		if last := parts[n-1]; len(last) == 0 || bytes.IndexByte(last, '.') >= 0 {
			parts = parts[:n-1]
			s.over = bytes.Clone(token[:len(token)-len(last)])
			if len(last) > 0 {
				s.holder, s.unread = parseCompact(last, MaxToken)
			}
		}
	}
	if v, ok := payload["_sd_alg"]; ok {
		name, _ := v.(string)
		if s.hash, ok = sdHashes[name]; !ok {
			return nil, verdict.Because(ErrUnsupported, "_sd_alg %q", verdict.Clip(name))
		}
	}
	p := &sdPayload{disclosed: map[string]*disclosure{}, seen: map[string]bool{}}
	if err := p.read(parts, s.hash); err != nil {
		return nil, err
	}
	root := new(LeftOut)
	v, err := p.object(payload, root, 0)
	if err != nil {
		return nil, err
	}
	for _, d := range p.disclosed {
		if !d.used {
			return nil, verdict.Because(ErrDisclosure, "the issuer did not sign it")
		}
	}
	s.Object = v
	if root.here || root.below != nil {
		s.Left = root
	}
	return s, nil
}

// sdPayload is the payload of an SD-JWT while it is put together.
type sdPayload struct {
	disclosed map[string]*disclosure // by digest
	seen      map[string]bool        // digests that stood somewhere
}

// read reads the disclosures: each base64url of a list of salt, name and value, or
// of salt and value.
func (p *sdPayload) read(parts [][]byte, hash crypto.Hash) error {
	if len(parts) > maxDisclosures {
		return verdict.Because(ErrBudget, "%d disclosures", len(parts))
	}
	for _, text := range parts {
		b, err := decode64(text)
		if err != nil {
			return verdict.Because(ErrDisclosure, "a disclosure: %w", err)
		}
		v, err := read.Parse(b, read.Limits{Bytes: MaxSDJWT, Depth: maxNested})
		list, ok := v.([]any)
		if err != nil || !ok || len(list) < 2 || len(list) > 3 {
			return verdict.Because(ErrDisclosure, "a disclosure is no list of two or three")
		}
		if _, ok := list[0].(string); !ok {
			return verdict.Because(ErrDisclosure, "a disclosure without a salt")
		}
		d := &disclosure{element: len(list) == 2, value: list[len(list)-1]}
		if !d.element {
			if d.name, ok = list[1].(string); !ok || reserved(d.name) {
				return verdict.Because(ErrDisclosure, "a disclosure of a claim that may have no such name")
			}
		}
		h := hash.New()
		h.Write(text)
		digest := base64url.EncodeToString(h.Sum(nil))
		if p.disclosed[digest] != nil {
			return verdict.Because(ErrDisclosure, "a disclosure stands twice")
		}
		p.disclosed[digest] = d
	}
	return nil
}

// take gives the disclosure of a digest, nil when there is none. A digest stands
// once.
func (p *sdPayload) take(v any) (*disclosure, error) {
	digest, ok := v.(string)
	if !ok {
		return nil, verdict.Because(ErrDisclosure, "a digest is no text")
	}
	if p.seen[digest] {
		return nil, verdict.Because(ErrDisclosure, "a digest stands twice")
	}
	p.seen[digest] = true
	d := p.disclosed[digest]
	if d != nil {
		d.used = true
	}
	return d, nil
}

// value puts together what stands at a place, telling where of what was left out.
func (p *sdPayload) value(v any, left *LeftOut, depth int) (any, error) {
	if depth > maxNested {
		return nil, verdict.Because(ErrMalformed, "nested too deeply")
	}
	switch x := v.(type) {
	case map[string]any:
		o, err := p.object(x, left, depth)
		return map[string]any(o), err
	case []any:
		return p.list(x, left, depth)
	}
	return v, nil
}

func (p *sdPayload) object(x map[string]any, left *LeftOut, depth int) (read.Object, error) {
	out := make(read.Object, len(x))
	put := func(name string, v any) error {
		below := new(LeftOut)
		v, err := p.value(v, below, depth+1)
		if err != nil {
			return err
		}
		out[name] = v
		left.add(name, below)
		return nil
	}
	for name, v := range x {
		switch {
		case name == "...", name == "_sd_alg" && depth > 0:
			return nil, verdict.Because(ErrDisclosure, "%q where it has no meaning", name)
		case reserved(name):
		default:
			if err := put(name, v); err != nil {
				return nil, err
			}
		}
	}
	v, ok := x["_sd"]
	if !ok {
		return out, nil
	}
	digests, ok := v.([]any)
	if !ok {
		return nil, verdict.Because(ErrDisclosure, "_sd is no list")
	}
	for _, v := range digests {
		d, err := p.take(v)
		switch {
		case err != nil:
			return nil, err
		case d == nil:
			left.here = true
			continue
		case d.element:
			return nil, verdict.Because(ErrDisclosure, "an element of a list is disclosed as a claim")
		}
		if _, twice := out[d.name]; twice {
			return nil, verdict.Because(ErrDisclosure, "a disclosed claim stands there already")
		}
		if err := put(d.name, d.value); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *sdPayload) list(x []any, left *LeftOut, depth int) (any, error) {
	out := make([]any, 0, len(x))
	for _, e := range x {
		if m, ok := e.(map[string]any); ok && m["..."] != nil {
			if len(m) != 1 {
				return nil, verdict.Because(ErrDisclosure, "a digest in a list with something beside it")
			}
			d, err := p.take(m["..."])
			switch {
			case err != nil:
				return nil, err
			case d == nil:
				left.here = true
				continue
			case !d.element:
				return nil, verdict.Because(ErrDisclosure, "a claim is disclosed as an element of a list")
			}
			e = d.value
		}
		v, err := p.value(e, left, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// add keeps what was left out below a name, if anything was.
func (l *LeftOut) add(name string, below *LeftOut) {
	if !below.here && below.below == nil {
		return
	}
	if l.below == nil {
		l.below = map[string]*LeftOut{}
	}
	if have := l.below[name]; have != nil { // of another element of the same list
		have.here = have.here || below.here
		for n, b := range below.below {
			have.add(n, b)
		}
		return
	}
	l.below[name] = below
}

// ByIssuer reports whether its issuer made it an SD-JWT, as its type or a digest
// says. Anybody can put a tilde behind another token.
func (s *SDJWT) ByIssuer() bool { return s.JWS.checkWhole() != nil }

// Bound reports whether the SD-JWT names a key that its holder should prove to
// have, or comes with such a proof (RFC 9901 §4.3).
func (s *SDJWT) Bound() bool { return s.holder != nil || s.unread != nil || s.Object.Has("cnf") }

// CheckHolder checks the proof of the holder's key (RFC 9901 §7.3): that it is by
// the key that the issuer names, and over this very choice of disclosures. nil
// says that it holds, or that there is none; ErrSignature that it is by another key,
// ErrDisclosure that it is over other disclosures; any other error that it could not
// be read. Of who shows a
// copy of it, it says nothing.
func (s *SDJWT) CheckHolder() error {
	switch {
	case s.unread != nil:
		return s.unread
	case s.holder == nil:
		return nil
	case s.holder.Type != "kb+jwt":
		return verdict.Because(ErrUnsupported, "proof of the holder by typ %q", verdict.Clip(s.holder.Type))
	}
	jwk := s.Object.Obj("cnf").Obj("jwk")
	if jwk == nil {
		return verdict.Because(ErrUnsupported, "the holder's key is not in the token")
	}
	key, err := ParseJWK(jwk)
	if err != nil {
		return err
	}
	claims, err := s.holder.Object()
	if err != nil {
		return verdict.Because(ErrMalformed, "proof of the holder: %w", err)
	}
	if err := s.holder.Verify(key); err != nil {
		return err
	}
	h := s.hash.New()
	h.Write(s.over)
	switch claims.Str("sd_hash") {
	case "": // as in drafts of the specification
		return verdict.Because(ErrUnsupported, "proof of the holder without sd_hash")
	case base64url.EncodeToString(h.Sum(nil)):
		return nil
	}
	return verdict.Because(ErrDisclosure, "the holder's proof is over other disclosures")
}
