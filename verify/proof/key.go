package proof

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"strings"

	"assay/verify/verdict"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/mr-tron/base58"
)

// Sizes of RSA keys that are accepted, in bits. The upper one bounds the work
// of a check.
const (
	MinRSABits = 2048
	MaxRSABits = 8192
)

// ErrOtherUse is ErrKey for a key that its document gives for something else than
// signatures.
var ErrOtherUse = verdict.Because(ErrKey, "key is for something else than signatures")

// CheckKey refuses keys that no signature may rest on: RSA outside the sizes
// above or with an exponent below 65537 (FIPS 186-5 §5.1), EC points off their
// curve or on another curve than P-256, P-384, P-521 and secp256k1, Ed25519
// points of small order or in another than their one encoding (RFC 8032 §5.1.3).
func CheckKey(pub crypto.PublicKey) error {
	switch k := pub.(type) {
	case ed25519.PublicKey:
		return checkEd25519(k)
	case *ecdsa.PublicKey:
		if k == nil || k.Curve != elliptic.P256() && k.Curve != elliptic.P384() && k.Curve != elliptic.P521() {
			return verdict.Because(ErrKey, "curve")
		}
		if _, err := k.ECDH(); err != nil { // checks that the point is on the curve
			return verdict.Because(ErrKey, "point is not on its curve")
		}
		return nil
	case *secp256k1.PublicKey:
		if k == nil || !k.IsOnCurve() {
			return verdict.Because(ErrKey, "point is not on its curve")
		}
		return nil
	case *rsa.PublicKey:
		if k == nil || k.N == nil {
			return verdict.Because(ErrKey, "empty")
		}
		if n := k.N.BitLen(); n < MinRSABits || n > MaxRSABits {
			return verdict.Because(ErrKey, "RSA of %d bits", n)
		}
		if k.N.Bit(0) == 0 || k.E < 65537 || k.E%2 == 0 {
			return verdict.Because(ErrKey, "RSA exponent or modulus")
		}
		if roca(k.N) {
			return verdict.Because(ErrKey, "RSA modulus of a broken generator (CVE-2017-15361)")
		}
		return nil
	}
	return verdict.Because(ErrKey, "type %T", pub)
}

// rocaPrimes and, for each, the powers of 65537 modulo it. The broken generator
// of CVE-2017-15361 made primes that are such powers modulo each of these, so
// its moduli are, too; of others, one in about 2^27 is.
var rocaPrimes = func() map[uint64]map[uint64]bool {
	out := map[uint64]map[uint64]bool{}
	for _, p := range []uint64{11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157} {
		powers := map[uint64]bool{}
		for x := uint64(1); !powers[x]; x = x * 65537 % p {
			powers[x] = true
		}
		out[p] = powers
	}
	return out
}()

func roca(n *big.Int) bool {
	var p, r big.Int
	for prime, powers := range rocaPrimes {
		if !powers[r.Mod(n, p.SetUint64(prime)).Uint64()] {
			return false
		}
	}
	return true
}

// smallOrder holds the y coordinates, sign bit cleared, of the points whose
// order divides 8: under such a key one signature fits many messages.
var smallOrder = [...]string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}

func checkEd25519(k ed25519.PublicKey) error {
	if len(k) != ed25519.PublicKeySize {
		return verdict.Because(ErrKey, "Ed25519 of %d bytes", len(k))
	}
	y := bytes.Clone(k)
	y[31] &= 0x7f
	// y must be below p = 2^255 - 19.
	if y[31] == 0x7f && y[0] >= 0xed && bytes.Count(y[1:31], []byte{0xff}) == 30 {
		return verdict.Because(ErrKey, "Ed25519 point in another encoding")
	}
	s := hex.EncodeToString(y)
	for _, low := range smallOrder {
		if s == low {
			return verdict.Because(ErrKey, "Ed25519 point of small order")
		}
	}
	return nil
}

// Multicodec codes of public keys (Multikey, CID 1.0 §2.2.2), named for those
// that are not judged.
var codecs = map[uint64]string{
	0xed: "Ed25519", 0x1200: "P-256", 0x1201: "P-384", 0x1202: "P-521", 0xe7: "secp256k1", 0x1205: "RSA",
	0xec: "X25519", 0xea: "BLS12-381 G1", 0xeb: "BLS12-381 G2", 0xee: "BLS12-381 G1G2",
}

// maxMultikey bounds the text of a key: base58 is decoded in quadratic time.
const maxMultikey = 2048

// otherBases are the prefixes of multibase that no specification of keys uses.
const otherBases = "079fFvVtTbBcChkKRZmMUp"

// ParseMultikey reads a publicKeyMultibase value: base58btc under the prefix "z"
// or base64url without padding under "u", the two that Controlled Identifiers 1.0
// §2.4 knows, a multicodec and the key, in its only spelling. Ed25519, P-256,
// P-384, P-521, secp256k1 and RSA are read; other codecs give ErrUnsupported with
// their name, and so do the other encodings of multibase.
func ParseMultikey(s string) (crypto.PublicKey, error) {
	if len(s) < 2 || len(s) > maxMultikey {
		return nil, verdict.Because(ErrMalformed, "not a key in multibase")
	}
	var raw []byte
	var err error
	switch s[0] {
	case 'z':
		if raw, err = base58.Decode(s[1:]); err != nil || base58.Encode(raw) != s[1:] {
			return nil, verdict.Because(ErrMalformed, "not a base58btc key")
		}
	case 'u':
		if raw, err = decode64([]byte(s[1:])); err != nil {
			return nil, err
		}
	default:
		if strings.IndexByte(otherBases, s[0]) >= 0 {
			return nil, verdict.Because(ErrUnsupported, "key in multibase %q", s[:1])
		}
		return nil, verdict.Because(ErrMalformed, "not a base58btc or base64url key")
	}
	code, n := binary.Uvarint(raw)
	if n <= 0 || n > 1 && raw[n-1] == 0 { // a longer form of a shorter code
		return nil, verdict.Because(ErrMalformed, "no multicodec")
	}
	raw = raw[n:]
	var pub crypto.PublicKey
	switch code {
	case 0xed:
		pub = ed25519.PublicKey(raw)
	case 0x1200:
		pub, err = compressed(elliptic.P256(), raw)
	case 0x1201:
		pub, err = compressed(elliptic.P384(), raw)
	case 0x1202:
		pub, err = compressed(elliptic.P521(), raw)
	case 0xe7:
		if len(raw) != secp256k1.PubKeyBytesLenCompressed {
			return nil, verdict.Because(ErrKey, "EC point of %d bytes", len(raw))
		}
		pub, err = newSecp256k1(raw)
	case 0x1205:
		var k *rsa.PublicKey
		if k, err = x509.ParsePKCS1PublicKey(raw); err != nil {
			return nil, verdict.Because(ErrMalformed, "RSA key")
		}
		pub = k
	default:
		if name := codecs[code]; name != "" {
			return nil, verdict.Because(ErrUnsupported, "%s key", name)
		}
		return nil, verdict.Because(ErrUnsupported, "key of multicodec %#x", code)
	}
	if err != nil {
		return nil, err
	}
	if err := CheckKey(pub); err != nil {
		return nil, err
	}
	return pub, nil
}

// compressed reads a SEC 1 compressed point.
func compressed(c elliptic.Curve, b []byte) (crypto.PublicKey, error) {
	if len(b) != 1+(c.Params().BitSize+7)/8 {
		return nil, verdict.Because(ErrKey, "EC point of %d bytes", len(b))
	}
	x, y := elliptic.UnmarshalCompressed(c, b)
	if x == nil {
		return nil, verdict.Because(ErrKey, "point is not on its curve")
	}
	n := len(b) - 1
	full := append(make([]byte, 0, 1+2*n), 4)
	full = append(full, x.FillBytes(make([]byte, n))...)
	full = append(full, y.FillBytes(make([]byte, n))...)
	pub, err := ecdsa.ParseUncompressedPublicKey(c, full)
	if err != nil {
		return nil, verdict.Because(ErrKey, "point is not on its curve")
	}
	return pub, nil
}

// ParsePEM reads the one public key of a PEM text, as Open Badges 1 and 2
// publish it: a SubjectPublicKeyInfo ("PUBLIC KEY", RFC 7468 §13), and for old
// issuers a PKCS #1 "RSA PUBLIC KEY". A private key is refused: whoever
// publishes it, anyone can sign with it.
func ParsePEM(data []byte) (crypto.PublicKey, error) {
	if len(data) > 64<<10 {
		return nil, verdict.Because(ErrMalformed, "PEM too large")
	}
	const begin = "-----BEGIN "
	data = bytes.TrimSpace(data)
	block, rest := pem.Decode(data)
	switch {
	case block == nil:
		return nil, verdict.Because(ErrMalformed, "no PEM")
	case bytes.Count(data, []byte(begin)) > 1:
		return nil, verdict.Because(ErrMalformed, "several keys in one PEM")
	case !bytes.HasPrefix(data, []byte(begin)), len(bytes.TrimSpace(rest)) > 0:
		// A page that quotes a key is no key.
		return nil, verdict.Because(ErrMalformed, "more than a PEM")
	}
	var pub crypto.PublicKey
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		pub, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		pub, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			return nil, verdict.Because(ErrKey, "private key published")
		}
		return nil, verdict.Because(ErrMalformed, "PEM of type %q", block.Type)
	}
	if err != nil {
		return nil, verdict.Because(ErrMalformed, "PEM key")
	}
	if err := CheckKey(pub); err != nil {
		return nil, err
	}
	return pub, nil
}

// Thumbprint is the SHA-256 JWK thumbprint of a key in base64url (RFC 7638,
// RFC 8037 appendix A.3): the same for the same key however it was published.
func Thumbprint(pub crypto.PublicKey) (string, error) {
	b64 := base64.RawURLEncoding.EncodeToString
	var text string
	switch k := pub.(type) {
	case ed25519.PublicKey:
		text = `{"crv":"Ed25519","kty":"OKP","x":"` + b64(k) + `"}`
	case *ecdsa.PublicKey:
		raw, err := k.Bytes() // 4 || X || Y
		if err != nil {
			return "", verdict.Because(ErrKey, "EC key")
		}
		n := len(raw) / 2
		text = `{"crv":"` + k.Curve.Params().Name + `","kty":"EC","x":"` + b64(raw[1:1+n]) + `","y":"` + b64(raw[1+n:]) + `"}`
	case *secp256k1.PublicKey:
		raw := k.SerializeUncompressed()
		text = `{"crv":"secp256k1","kty":"EC","x":"` + b64(raw[1:33]) + `","y":"` + b64(raw[33:]) + `"}`
	case *rsa.PublicKey:
		text = `{"e":"` + b64(big.NewInt(int64(k.E)).Bytes()) + `","kty":"RSA","n":"` + b64(k.N.Bytes()) + `"}`
	default:
		return "", verdict.Because(ErrKey, "type %T", pub)
	}
	sum := sha256.Sum256([]byte(text))
	return b64(sum[:]), nil
}
