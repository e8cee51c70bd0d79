package proof

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
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

	// Ignored are the members of the header that were not followed, sorted: those
	// that this package does not know, and those that would have a reader fetch or
	// trust a key on the token's own word (jku, x5u, x5c).
	Ignored []string

	// Thumbprint is that of JWK (RFC 7638), to be found among the issuer's keys.
	Thumbprint string

	token  []byte
	object read.Object // of the payload, nil where it is none
	fault  error       // why it is none
}

// Object gives the strict JSON object that the payload is, as
// [read.ParseDocument] reads it. It is read once, and whoever asks is given the
// same.
func (t *JWS) Object() (read.Object, error) { return t.object, t.fault }

// Signature is the last part of the token, as it is written.
func (t *JWS) Signature() string { return string(t.token[bytes.LastIndexByte(t.token, '.')+1:]) }

// algorithms are the ones that a badge may be signed by, each with the test
// that a key fits it. What is not here is refused: nothing symmetric, nothing
// unsigned.
var algorithms = map[string]algorithm{
	"RS256": {alg: jwa.RS256, fits: isRSA},
	"RS384": {alg: jwa.RS384, fits: isRSA},
	"RS512": {alg: jwa.RS512, fits: isRSA},
	"PS256": {pss: crypto.SHA256, fits: isRSA},
	"PS384": {pss: crypto.SHA384, fits: isRSA},
	"PS512": {pss: crypto.SHA512, fits: isRSA},
	"ES256": {alg: jwa.ES256, fits: isEC(elliptic.P256()), size: 64},
	"ES384": {alg: jwa.ES384, fits: isEC(elliptic.P384()), size: 96},
	"ES512": {alg: jwa.ES512, fits: isEC(elliptic.P521()), size: 132},
	// RFC 8812 §3.2.
	"ES256K": {fits: isSecp256k1, size: 64},
	"EdDSA":  {alg: jwa.EdDSA, fits: isEd25519, size: ed25519.SignatureSize},
	// RFC 9864 §2.2: the same by its full name, which jwx does not know.
	"Ed25519": {fits: isEd25519, size: ed25519.SignatureSize},
}

// An algorithm is what a name in the header stands for.
type algorithm struct {
	alg  jwa.SignatureAlgorithm // as jwx calls it, "" where the arithmetic is not left to it
	pss  crypto.Hash            // of RSASSA-PSS, else 0
	fits func(crypto.PublicKey) bool
	size int // of the signature in bytes, 0 = that of the modulus
}

// edDSA are the two names of one algorithm.
func edDSA(alg string) bool { return alg == "EdDSA" || alg == "Ed25519" }

func isRSA(k crypto.PublicKey) bool     { _, ok := k.(*rsa.PublicKey); return ok }
func isEd25519(k crypto.PublicKey) bool { _, ok := k.(ed25519.PublicKey); return ok }
func isEC(c elliptic.Curve) func(crypto.PublicKey) bool {
	return func(k crypto.PublicKey) bool {
		e, ok := k.(*ecdsa.PublicKey)
		return ok && e.Curve == c
	}
}

// ParseJWS reads a compact JWS. Of its header alg, kid, jwk and typ are read; what
// of them is of another kind, such as a kid that is a number, is as if it were not
// there; it and what else stands there is ignored, as RFC 7515 §4 has it of what is
// not understood, and listed in Ignored: nothing is fetched or trusted on the word of jku, x5u or
// x5c. ErrHeader is for a header that asks for what is not done here: whatever has
// crit, which forbids to ignore, b64 unless it is true, enc, and the algorithms
// "none", in any spelling, and the symmetric ones. An SD-JWT gives ErrSDJWT; a JWE,
// a compressed payload (zip) and an algorithm by a name that is not known give
// ErrUnsupported.
func ParseJWS(token []byte) (*JWS, error) { return ParseLongJWS(token, MaxToken) }

// ParseLongJWS is [ParseJWS] for what may have as many as most bytes, such as a
// status list.
func ParseLongJWS(token []byte, most int) (*JWS, error) {
	if isSDJWT(token) {
		return nil, ErrSDJWT
	}
	t, err := parseCompact(token, most)
	if err != nil {
		return nil, err
	}
	if err := t.checkWhole(); err != nil {
		return nil, err
	}
	return t, nil
}

// parseCompact is ParseLongJWS for a token that may be the signed part of an
// SD-JWT.
func parseCompact(token []byte, most int) (*JWS, error) {
	if len(token) > most {
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
	if err := t.readHeader(h); err != nil {
		return nil, err
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
	sig, err := decode64(parts[2])
	if err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	if len(sig) == 0 {
		return nil, verdict.Because(ErrMalformed, "no signature")
	}
	if t.JWK != nil {
		if t.Thumbprint, err = Thumbprint(t.JWK.Public); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// readHeader reads the members of a header, and lists those that it ignores.
func (t *JWS) readHeader(h map[string]any) error {
	for name, v := range h {
		s, isString := v.(string)
		if v == nil && name != "alg" && name != "crit" {
			continue // some software writes null for what is not there
		}
		switch name {
		case "alg":
			t.Alg = s
		case "kid", "typ":
			switch {
			case !isString:
				t.Ignored = append(t.Ignored, name) // it names no key and no type
			case name == "kid":
				t.KeyID = s
			default:
				t.Type = s
			}
			continue
		case "jwk":
			o, _ := v.(map[string]any)
			if holdsPrivate(o) {
				return verdict.Because(ErrKey, "private key published")
			}
			var err error
			if t.JWK, err = ParseJWK(o); err != nil {
				t.JWK = nil
				t.Ignored = append(t.Ignored, name) // a hint that is none
			}
			continue
		case "crit", "enc":
			return verdict.Because(ErrHeader, "%q", name)
		case "b64": // RFC 7797 §3: true is how any token is
			if v != any(true) {
				return verdict.Because(ErrHeader, "%q", name)
			}
			t.Ignored = append(t.Ignored, name)
			continue
		case "zip":
			return verdict.Because(ErrUnsupported, "a compressed token")
		default:
			t.Ignored = append(t.Ignored, name)
			continue
		}
		if !isString {
			return verdict.Because(ErrMalformed, "%s is not a string", name)
		}
	}
	slices.Sort(t.Ignored)
	return nil
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
	if key.Alg != "" && key.Alg != t.Alg && !(edDSA(key.Alg) && edDSA(t.Alg)) {
		return verdict.Because(ErrKey, "key is for %s, token by %s", key.Alg, t.Alg)
	}
	if err := CheckKey(key.Public); err != nil {
		return err
	}
	at := bytes.LastIndexByte(t.token, '.')
	sig, err := decode64(t.token[at+1:])
	if err != nil {
		return err
	}
	return a.verify(key.Public, t.token[:at], sig)
}

// verify checks a signature by a key that fits the algorithm.
func (a algorithm) verify(pub crypto.PublicKey, input, sig []byte) error {
	size := a.size
	if r, ok := pub.(*rsa.PublicKey); ok {
		size = r.Size()
	}
	// One length: ECDSA in DER is another one (RFC 7518 §3.4), which says nothing
	// against who signed.
	if len(sig) != size {
		if _, rsa := pub.(*rsa.PublicKey); !rsa && !isEd25519(pub) && inDER(sig, size) {
			return verdict.Because(ErrUnsupported, "a signature in DER")
		}
		return verdict.Because(ErrSignature, "signature of %d bytes", len(sig))
	}
	ok := false
	switch k := pub.(type) {
	case ed25519.PublicKey:
		ok = ed25519.Verify(k, input, sig)
	case *secp256k1.PublicKey:
		ok = verifySecp256k1(k, input, sig)
	default:
		if a.pss != 0 {
			// jwx takes a salt of any length (RFC 7518 §3.5: that of the hash).
			h := a.pss.New()
			h.Write(input)
			r, isRSA := pub.(*rsa.PublicKey)
			ok = isRSA && rsa.VerifyPSS(r, a.pss, h.Sum(nil), sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
			break
		}
		// The arithmetic alone: jws.Verify reads the header once more, and refuses what
		// begins with a space, which JSON lets it.
		v, err := jws.NewVerifier(a.alg)
		ok = err == nil && v.Verify(input, sig, pub) == nil
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
// symmetric keys, keys with a private part, keys that are for something else than
// signatures (ErrOtherUse), and whatever CheckKey refuses. ID is the kid.
func ParseJWK(m map[string]any) (*Key, error) {
	kty, _ := m["kty"].(string)
	want, ok := jwkMembers[kty]
	if !ok {
		if kty == "oct" {
			return nil, verdict.Because(ErrKey, "symmetric key")
		}
		return nil, verdict.Because(ErrUnsupported, "kty %q", kty)
	}
	if holdsPrivate(m) {
		return nil, verdict.Because(ErrKey, "private key published")
	}
	for _, name := range []string{"use", "key_ops"} {
		if err := checkUse(name, m[name]); err != nil {
			return nil, err
		}
	}
	k := &Key{ID: read.Object(m).Str("kid")}
	if v := m["alg"]; v != nil && v != "" { // libraries write "" for none
		if k.Alg, _ = v.(string); k.Alg == "" {
			return nil, verdict.Because(ErrMalformed, "alg of key")
		}
	}
	public, err := publicPart(kty, want, m)
	if err != nil {
		return nil, err
	}
	if k.Public, err = publicKey(kty, public); err != nil {
		return nil, err
	}
	if err := k.fitAlg(); err != nil {
		return nil, err
	}
	return k, nil
}

// uses are the words of use and key_ops (RFC 7517 §4.2, §4.3), and others that issuers
// write for them: whether they are of signatures. An issuer that writes "sign" of a
// public key tells what its other half is for.
var uses = map[string]bool{
	"sig": true, "signature": true, "signatures": true, "sign": true, "signing": true, "verify": true, "verification": true,
	"enc": false, "encryption": false, "encrypt": false, "decrypt": false, "wrapkey": false, "unwrapkey": false, "derivekey": false, "derivebits": false,
}

// checkUse reads what a JWK says that it is for, in use or key_ops. What says nothing
// forbids nothing; of several words one of signatures suffices. ErrOtherUse is for a key
// that is plainly for something else, ErrUnsupported for a word that is not known.
func checkUse(name string, v any) error {
	other, unknown := false, ""
	for _, x := range read.List(v) {
		s, isText := x.(string)
		word := strings.ToLower(strings.TrimSpace(s))
		signs, known := uses[word]
		switch {
		case signs:
			return nil
		case known:
			other = true
		case x != nil && (word != "" || !isText):
			unknown = verdict.Clip(fmt.Sprint(x))
		}
	}
	switch {
	case unknown != "":
		return verdict.Because(ErrUnsupported, "key with %s %q", name, unknown)
	case other:
		return ErrOtherUse
	}
	return nil
}

// fitAlg brings the alg of a key to the letters of its name. One that no key of this
// kind can have says nothing that could be obeyed.
func (k *Key) fitAlg() error {
	for name, a := range algorithms {
		if strings.EqualFold(name, k.Alg) {
			if k.Alg = name; !a.fits(k.Public) {
				return verdict.Because(ErrMalformed, "alg %s of another kind of key", name)
			}
		}
	}
	return nil
}

// publicKey makes the key of the members of a JWK.
func publicKey(kty string, public map[string]string) (crypto.PublicKey, error) {
	switch crv := public["crv"]; {
	case kty == "EC" && crv == "secp256k1": // RFC 8812 §3.1, which jwx does not read
		k, err := parseSecp256k1(public["x"], public["y"])
		if err != nil {
			return nil, err
		}
		return k, CheckKey(k)
	case kty == "EC" && ecBytes[crv] == 0, kty == "OKP" && crv != "Ed25519":
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
	return raw, CheckKey(raw)
}

// holdsPrivate reports whether a JWK has what only its owner may know.
func holdsPrivate(m map[string]any) bool {
	for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if v := m[private]; v != nil && v != "" && len(read.List(v)) > 0 { // .NET writes null and [] for what is not there
			return true
		}
	}
	return false
}

// publicPart gives the members of a JWK that make up its public key.
func publicPart(kty string, want []string, m map[string]any) (map[string]string, error) {
	public := map[string]string{"kty": kty}
	for _, name := range want {
		s, ok := m[name].(string)
		if !ok {
			return nil, verdict.Because(ErrMalformed, "key without %s", name)
		}
		if name != "crv" {
			raw, err := decode64([]byte(strings.TrimRight(s, "=")))
			if err != nil || len(raw) == 0 {
				return nil, verdict.Because(ErrMalformed, "%s of key", name)
			}
			if kty != "OKP" {
				raw = number(raw, public["crv"])
			}
			if len(raw) > MaxRSABits/8 || kty == "EC" && !fullLength(m["crv"], len(raw)) {
				return nil, verdict.Because(ErrMalformed, "%s of key", name)
			}
			s = base64Strict.EncodeToString(raw)
		}
		public[name] = s
	}
	return public, nil
}

// number gives a number of a key in the length that its specification wants: that
// of a coordinate on its curve, and else without a zero before it (RFC 7518
// §6.2.1.2, §6.3.1.1). Libraries write the sign byte of their numbers, or leave
// zeros out; the number is the same.
func number(raw []byte, crv string) []byte {
	raw = bytes.TrimLeft(raw, "\x00")
	if n := ecBytes[crv]; n > len(raw) {
		raw = append(make([]byte, n-len(raw)), raw...)
	}
	return raw
}

// ecBytes are the bytes of a coordinate on the curves that are judged.
var ecBytes = map[string]int{"P-256": 32, "P-384": 48, "P-521": 66, "secp256k1": 32}

func fullLength(crv any, n int) bool {
	name, _ := crv.(string)
	return ecBytes[name] == 0 || n == ecBytes[name] // another curve is refused by name
}
