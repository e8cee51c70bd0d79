package proof

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"

	"assay/verify/read"
	"assay/verify/verdict"
)

// MaxToken is the most bytes of a compact JWS (OB3 credentials are a few KiB).
const MaxToken = 64 << 10

// JWS is a compact JWS (RFC 7515 §7.1) that was read and not yet checked.
type JWS struct {
	Alg     string // as the header says: one of those that Verify knows
	KeyID   string // kid, "" if none
	Type    string // typ, "" if none
	JWK     *Key   // jwk, nil if none: a hint whose owner is unproven
	Payload []byte // what is signed, decoded

	// Thumbprint is that of JWK (RFC 7638), to be found among the issuer's keys.
	Thumbprint string

	token  []byte
	size   int         // of the signature
	object read.Object // of the payload, nil where it is none
	fault  error       // why it is none
}

// Object gives the strict JSON object that the payload is, as
// [read.ParseDocument] reads it. It is read once, and whoever asks is given the
// same.
func (t *JWS) Object() (read.Object, error) { return t.object, t.fault }

// algorithms are the ones that a badge may be signed by, each with the test
// that a key fits it. What is not here is refused: nothing symmetric, nothing
// unsigned.
var algorithms = map[string]struct {
	alg  jwa.SignatureAlgorithm
	fits func(crypto.PublicKey) bool
	size int // of the signature in bytes, 0 = that of the modulus
}{
	"RS256": {jwa.RS256, isRSA, 0},
	"PS256": {jwa.PS256, isRSA, 0},
	"ES256": {jwa.ES256, isEC(elliptic.P256()), 64},
	"ES384": {jwa.ES384, isEC(elliptic.P384()), 96},
	"EdDSA": {jwa.EdDSA, isEd25519, ed25519.SignatureSize},
	// RFC 9864 §2.2: the same by its full name.
	"Ed25519": {jwa.EdDSA, isEd25519, ed25519.SignatureSize},
}

func isRSA(k crypto.PublicKey) bool     { _, ok := k.(*rsa.PublicKey); return ok }
func isEd25519(k crypto.PublicKey) bool { _, ok := k.(ed25519.PublicKey); return ok }
func isEC(c elliptic.Curve) func(crypto.PublicKey) bool {
	return func(k crypto.PublicKey) bool {
		e, ok := k.(*ecdsa.PublicKey)
		return ok && e.Curve == c
	}
}

// ParseJWS reads a compact JWS whose header holds nothing but alg, kid, jwk
// and typ, the only ones that OB 3.0 §8.2.4.1 allows: crit, b64, jku, x5u, x5c,
// zip, enc, cty and any other give ErrHeader. Open Badges 1 and 2 tokens obey
// the same rule. An SD-JWT gives ErrSDJWT, a JWE ErrUnsupported, and so does an
// algorithm by another name than RS256, PS256, ES256, ES384, EdDSA; "none" in any spelling
// and the symmetric algorithms give ErrHeader.
func ParseJWS(token []byte) (*JWS, error) {
	if isSDJWT(token) {
		return nil, ErrSDJWT
	}
	if len(token) > MaxToken {
		return nil, verdict.Because(ErrMalformed, "token of %d bytes", len(token))
	}
	switch dots := bytes.Count(token, []byte{'.'}); dots {
	case 2:
	case 4:
		return nil, verdict.Because(ErrUnsupported, "JWE")
	default:
		return nil, verdict.Because(ErrMalformed, "token with %d dots", dots)
	}
	parts := bytes.Split(token, []byte{'.'})
	head, err := decode64(parts[0])
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	h, err := read.ParseObject(head, read.Limits{Bytes: 16 << 10, Depth: 4})
	if err != nil {
		return nil, verdict.Because(ErrMalformed, "header: %w", err)
	}
	t := &JWS{token: bytes.Clone(token)}
	for name, v := range h {
		s, isString := v.(string)
		switch name {
		case "alg":
			t.Alg = s
		case "kid":
			t.KeyID = s
		case "typ":
			t.Type = s
		case "jwk":
			o, ok := v.(map[string]any)
			if !ok {
				return nil, verdict.Because(ErrMalformed, "jwk is not an object")
			}
			if t.JWK, err = ParseJWK(o); err != nil {
				return nil, err
			}
			continue
		default:
			return nil, verdict.Because(ErrHeader, "%q", name)
		}
		if !isString {
			return nil, verdict.Because(ErrMalformed, "%s is not a string", name)
		}
	}
	if _, ok := algorithms[t.Alg]; !ok {
		switch {
		case strings.EqualFold(t.Alg, "none"), len(t.Alg) > 1 && strings.EqualFold(t.Alg[:2], "HS"), t.Alg == "":
			return nil, verdict.Because(ErrHeader, "alg %q", t.Alg)
		}
		return nil, verdict.Because(ErrUnsupported, "alg %q", t.Alg)
	}
	if t.Payload, err = decode64(parts[1]); err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	t.object, t.fault = read.ParseDocument(t.Payload)
	if err := t.checkWhole(); err != nil {
		return nil, err
	}
	sig, err := decode64(parts[2])
	if err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	if len(sig) == 0 {
		return nil, verdict.Because(ErrMalformed, "no signature")
	}
	t.size = len(sig)
	if t.JWK != nil {
		if t.Thumbprint, err = Thumbprint(t.JWK.Public); err != nil {
			return nil, err
		}
	}
	return t, nil
}

var base64Strict = base64.RawURLEncoding.Strict()

// decode64 reads base64url in its only spelling: no padding, no line breaks
// (which encoding/base64 skips), no bits left over (RFC 7515 §2).
func decode64(b []byte) ([]byte, error) {
	if bytes.ContainsAny(b, "\r\n") {
		return nil, verdict.Because(ErrMalformed, "line break in base64url")
	}
	out := make([]byte, base64Strict.DecodedLen(len(b)))
	n, err := base64Strict.Decode(out, b)
	if err != nil {
		return nil, verdict.Because(ErrMalformed, "not base64url")
	}
	return out[:n], nil
}

// Verify checks the signature by key. The algorithm is the token's only where
// it is one of ours and fits the key's type, size, curve and, if the key is
// limited to one, its alg; else ErrKey. A wrong signature is ErrSignature.
func (t *JWS) Verify(key *Key) error {
	a, ok := algorithms[t.Alg]
	if !ok {
		return verdict.Because(ErrUnsupported, "alg %q", t.Alg)
	}
	if key == nil || !a.fits(key.Public) {
		return verdict.Because(ErrKey, "%s", t.Alg)
	}
	if key.Alg != "" && key.Alg != t.Alg && !(a.alg == jwa.EdDSA && algorithms[key.Alg].alg == jwa.EdDSA) {
		return verdict.Because(ErrKey, "key is for %s, token by %s", key.Alg, t.Alg)
	}
	if err := CheckKey(key.Public); err != nil {
		return err
	}
	size := a.size
	if r, ok := key.Public.(*rsa.PublicKey); ok {
		size = r.Size()
	}
	// One length: ECDSA in DER is another one (RFC 7518 §3.4).
	if t.size != size {
		return verdict.Because(ErrSignature, "signature of %d bytes", t.size)
	}
	switch t.Alg {
	case "Ed25519", "PS256":
		return t.verifyHere(key)
	}
	// The arithmetic alone: jws.Verify reads the header once more, and refuses what
	// begins with a space, which JSON lets it.
	v, err := jws.NewVerifier(a.alg)
	if err != nil {
		return verdict.Because(ErrUnsupported, "alg %q", t.Alg)
	}
	at := bytes.LastIndexByte(t.token, '.')
	sig, err := decode64(t.token[at+1:])
	if err != nil {
		return err
	}
	if v.Verify(t.token[:at], sig, key.Public) != nil {
		return ErrSignature
	}
	return nil
}

// verifyHere checks what jwx does not as it must: Ed25519 by the name of RFC
// 9864, which it does not know, and PS256, for which it takes a salt of any
// length (RFC 7518 §3.5: that of the hash).
func (t *JWS) verifyHere(key *Key) error {
	at := bytes.LastIndexByte(t.token, '.')
	sig, err := decode64(t.token[at+1:])
	if err != nil {
		return err
	}
	ok := false
	switch k := key.Public.(type) {
	case ed25519.PublicKey:
		ok = ed25519.Verify(k, t.token[:at], sig)
	case *rsa.PublicKey:
		sum := sha256.Sum256(t.token[:at])
		ok = rsa.VerifyPSS(k, crypto.SHA256, sum[:], sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
	}
	if !ok {
		return ErrSignature
	}
	return nil
}

// jwkMembers are the members that make up each type of public key.
var jwkMembers = map[string][]string{
	"RSA": {"n", "e"},
	"EC":  {"crv", "x", "y"},
	"OKP": {"crv", "x"},
}

// ParseJWK reads a public key (RFC 7517) that read.Parse gave. It refuses
// symmetric keys, keys with a private part, keys for another use than
// signatures, and whatever CheckKey refuses. ID is the kid.
func ParseJWK(m map[string]any) (*Key, error) {
	kty, _ := m["kty"].(string)
	want, ok := jwkMembers[kty]
	if !ok {
		if kty == "oct" {
			return nil, verdict.Because(ErrKey, "symmetric key")
		}
		return nil, verdict.Because(ErrUnsupported, "kty %q", kty)
	}
	for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if _, ok := m[private]; ok {
			return nil, verdict.Because(ErrKey, "private key published")
		}
	}
	if v, ok := m["use"]; ok && v != "sig" {
		return nil, verdict.Because(ErrKey, "key is not for signatures")
	}
	if v, ok := m["key_ops"]; ok && !read.Has(v, "verify") {
		return nil, verdict.Because(ErrKey, "key is not for signatures")
	}
	k := &Key{ID: read.Object(m).Str("kid")}
	if v, ok := m["alg"]; ok {
		if k.Alg, _ = v.(string); k.Alg == "" {
			return nil, verdict.Because(ErrMalformed, "alg of key")
		}
	}
	public := map[string]string{"kty": kty}
	for _, name := range want {
		s, ok := m[name].(string)
		if !ok {
			return nil, verdict.Because(ErrMalformed, "key without %s", name)
		}
		if name != "crv" {
			raw, err := decode64([]byte(s))
			if err != nil || len(raw) == 0 || len(raw) > MaxRSABits/8 {
				return nil, verdict.Because(ErrMalformed, "%s of key", name)
			}
			// RFC 7518 §6.3.1.1: no leading zero; §6.2.1.2: full length.
			if kty == "RSA" && raw[0] == 0 || kty == "EC" && !fullLength(m["crv"], len(raw)) {
				return nil, verdict.Because(ErrMalformed, "%s of key", name)
			}
		}
		public[name] = s
	}
	if crv := public["crv"]; kty == "EC" && crv != "P-256" && crv != "P-384" || kty == "OKP" && crv != "Ed25519" {
		return nil, verdict.Because(ErrUnsupported, "curve %q", crv)
	}
	text, err := json.Marshal(public)
	if err != nil {
		return nil, verdict.Because(ErrMalformed, "key")
	}
	parsed, err := jwk.ParseKey(text)
	if err != nil {
		return nil, verdict.Because(ErrMalformed, "key")
	}
	var raw any
	if err := parsed.Raw(&raw); err != nil {
		return nil, verdict.Because(ErrKey, "key material")
	}
	k.Public = raw
	if err := CheckKey(k.Public); err != nil {
		return nil, err
	}
	return k, nil
}

func fullLength(crv any, n int) bool {
	switch crv {
	case "P-256":
		return n == 32
	case "P-384":
		return n == 48
	}
	return true // another curve is refused by name
}
