package proof

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/mr-tron/base58"

	"assay/verify/read"
)

// tokenSigner makes tokens with the standard library alone, so that what is tested
// is never tested against itself.
type tokenSigner struct {
	alg  string
	key  crypto.Signer
	sign func(input []byte) []byte
}

func (s tokenSigner) public() *Key { return &Key{Public: s.key.Public()} }

var testKeys = sync.OnceValue(func() map[string]tokenSigner {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	out := map[string]tokenSigner{}
	rk, err := rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	out["RS256"] = tokenSigner{"RS256", rk, func(in []byte) []byte {
		h := sha256.Sum256(in)
		s, err := rsa.SignPKCS1v15(nil, rk, crypto.SHA256, h[:])
		must(err)
		return s
	}}
	out["PS256"] = tokenSigner{"PS256", rk, func(in []byte) []byte {
		h := sha256.Sum256(in)
		s, err := rsa.SignPSS(rand.Reader, rk, crypto.SHA256, h[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		must(err)
		return s
	}}
	ec := func(alg string, c elliptic.Curve, hash func([]byte) []byte) {
		k, err := ecdsa.GenerateKey(c, rand.Reader)
		must(err)
		out[alg] = tokenSigner{alg, k, func(in []byte) []byte {
			r, s, err := ecdsa.Sign(rand.Reader, k, hash(in))
			must(err)
			n := (c.Params().BitSize + 7) / 8
			return append(r.FillBytes(make([]byte, n)), s.FillBytes(make([]byte, n))...)
		}}
	}
	ec("ES256", elliptic.P256(), func(b []byte) []byte { h := sha256.Sum256(b); return h[:] })
	ec("ES384", elliptic.P384(), func(b []byte) []byte { h := sha512.Sum384(b); return h[:] })
	_, ek, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	out["EdDSA"] = tokenSigner{"EdDSA", ek, func(in []byte) []byte { return ed25519.Sign(ek, in) }}
	return out
})

var b64 = base64.RawURLEncoding.EncodeToString

// token signs payload under header with s, whatever alg the header claims.
func makeToken(s tokenSigner, header, payload string) []byte {
	in := b64([]byte(header)) + "." + b64([]byte(payload))
	return []byte(in + "." + b64(s.sign([]byte(in))))
}

func goodToken(alg string) ([]byte, tokenSigner) {
	s := testKeys()[alg]
	return makeToken(s, `{"alg":"`+alg+`","kid":"did:example:1#k","typ":"JWT"}`, `{"iss":"did:example:1"}`), s
}

func jwkOf(t testing.TB, pub crypto.PublicKey) map[string]any {
	t.Helper()
	switch k := pub.(type) {
	case ed25519.PublicKey:
		return map[string]any{"kty": "OKP", "crv": "Ed25519", "x": b64(k)}
	case *ecdsa.PublicKey:
		raw, err := k.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		n := len(raw) / 2
		return map[string]any{"kty": "EC", "crv": k.Params().Name, "x": b64(raw[1 : 1+n]), "y": b64(raw[1+n:])}
	case *rsa.PublicKey:
		return map[string]any{"kty": "RSA", "n": b64(k.N.Bytes()), "e": b64(big.NewInt(int64(k.E)).Bytes())}
	}
	t.Fatalf("key %T", pub)
	return nil
}

func TestJWS(t *testing.T) {
	for alg := range testKeys() {
		tok, s := goodToken(alg)
		j, err := ParseJWS(tok)
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		if j.Alg != alg || j.KeyID != "did:example:1#k" || j.Type != "JWT" || string(j.Payload) != `{"iss":"did:example:1"}` {
			t.Errorf("%s: %+v", alg, j)
		}
		if err := j.Verify(s.public()); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
		k := s.public()
		k.Alg = alg
		if err := j.Verify(k); err != nil {
			t.Errorf("%s: key limited to it: %v", alg, err)
		}
		if err := j.Verify(nil); !errors.Is(err, ErrKey) {
			t.Errorf("%s: no key: %v", alg, err)
		}
		// The parsed token is its own: the caller's bytes may change.
		copy(tok, bytes.Repeat([]byte("A"), len(tok)))
		if err := j.Verify(s.public()); err != nil {
			t.Errorf("%s: after the caller's bytes changed: %v", alg, err)
		}
	}
	s := testKeys()["EdDSA"]
	j, err := ParseJWS(makeToken(s, `{"alg":"Ed25519"}`, `{}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, keyAlg := range []string{"", "EdDSA", "Ed25519"} {
		if err := j.Verify(&Key{Public: s.key.Public(), Alg: keyAlg}); err != nil {
			t.Errorf("RFC 9864 name, key for %q: %v", keyAlg, err)
		}
	}
	if err := j.Verify(&Key{Public: s.key.Public(), Alg: "ES256"}); !errors.Is(err, ErrKey) {
		t.Errorf("key for another algorithm: %v", err)
	}
	bad := makeToken(s, `{"alg":"Ed25519"}`, `{}`)
	bad[len(bad)-3] ^= 1
	if j, err := ParseJWS(bad); err == nil && !errors.Is(j.Verify(s.public()), ErrSignature) {
		t.Error("RFC 9864 name: changed signature verifies")
	}
}

// Every bit counts: no token with one bit changed verifies.
func TestEveryBitOfAToken(t *testing.T) {
	for alg := range testKeys() {
		tok, s := goodToken(alg)
		step := 1
		if alg == "RS256" || alg == "PS256" {
			step = 3 // the tokens are long
		}
		for i := 0; i < len(tok); i += step {
			for bit := range 8 {
				m := bytes.Clone(tok)
				m[i] ^= 1 << bit
				j, err := ParseJWS(m)
				if err != nil {
					continue
				}
				if err := j.Verify(s.public()); err == nil {
					t.Fatalf("%s: verifies with bit %d of byte %d changed", alg, bit, i)
				}
			}
		}
	}
}

func TestAttack01_A1_AlgNone(t *testing.T) {
	s := testKeys()["RS256"]
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "noNE", ""} {
		head := fmt.Sprintf(`{"alg":%q}`, alg)
		in := b64([]byte(head)) + "." + b64([]byte(`{}`))
		for _, tok := range []string{in + ".", in + "." + b64(s.sign([]byte(in))), in + ".AA"} {
			j, err := ParseJWS([]byte(tok))
			if err == nil {
				t.Errorf("%q: parsed as %q", alg, j.Alg)
			}
			if !errors.Is(err, ErrHeader) {
				t.Errorf("%q: %v", alg, err)
			}
		}
	}
	for _, head := range []string{`{}`, `{"alg":null}`, `{"alg":1}`, `{"alg":["RS256"]}`, `{"alg":{"RS256":1}}`, `{"ALG":"RS256"}`, `{"Alg":"RS256"}`} {
		if _, err := ParseJWS(makeToken(s, head, `{}`)); !errors.Is(err, ErrHeader) && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", head, err)
		}
	}
	// Signature removed from a good token.
	for alg := range testKeys() {
		tok, _ := goodToken(alg)
		if _, err := ParseJWS(tok[:bytes.LastIndexByte(tok, '.')+1]); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s without its signature: %v", alg, err)
		}
	}
	// Other spellings of algorithms that are known are unknown.
	for _, alg := range []string{"rs256", "Rs256", "RS256 ", " RS256", "EDDSA", "eddsa", "es256", "RS256\u0000", "es256k", "ES512K", "RS224", "PS1", "ES256K-R", "RS1", "ML-DSA-44", "Ed448"} {
		if _, err := ParseJWS(makeToken(s, fmt.Sprintf(`{"alg":%q}`, alg), `{}`)); !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", alg, err)
		}
	}
}

func TestAttack02_A2_HMACWithPublicKey(t *testing.T) {
	for alg, s := range testKeys() {
		spki, err := x509.MarshalPKIXPublicKey(s.key.Public())
		if err != nil {
			t.Fatal(err)
		}
		jwk, _ := json.Marshal(jwkOf(t, s.key.Public()))
		text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})
		for _, secret := range [][]byte{spki, text, bytes.TrimSpace(text), jwk, {}} {
			for _, hs := range []string{"HS256", "HS384", "HS512", "hs256"} {
				in := []byte(b64([]byte(`{"alg":"`+hs+`"}`)) + "." + b64([]byte(`{}`)))
				mac := hmac.New(sha256.New, secret)
				mac.Write(in)
				tok := []byte(string(in) + "." + b64(mac.Sum(nil)))
				if _, err := ParseJWS(tok); !errors.Is(err, ErrHeader) {
					t.Errorf("%s under the %s key: %v", hs, alg, err)
				}
			}
		}
	}
}

// A key of one kind never checks a token of another.
func TestAttack03_A2_AlgDoesNotFitKey(t *testing.T) {
	fits := 0
	for alg := range testKeys() {
		tok, _ := goodToken(alg)
		j, err := ParseJWS(tok)
		if err != nil {
			t.Fatal(err)
		}
		for other, s := range testKeys() {
			err := j.Verify(s.public())
			switch {
			case alg == other:
				fits++
				if err != nil {
					t.Errorf("%s: %v", alg, err)
				}
			case isRSA(s.key.Public()) && (alg == "RS256" || alg == "PS256"):
				fits++ // one RSA key does for both
				if err != nil {
					t.Errorf("%s: %v", alg, err)
				}
			default:
				if !errors.Is(err, ErrKey) {
					t.Errorf("%s under the key of %s: %v", alg, other, err)
				}
			}
			// The same with the token relabelled: the header is signed, so the
			// forger signs anew with his own key and claims another algorithm.
			if alg != other {
				forged, err := ParseJWS(makeToken(s, `{"alg":"`+alg+`"}`, `{}`))
				if err != nil {
					t.Fatal(err)
				}
				if err := forged.Verify(s.public()); err == nil {
					t.Errorf("signed as %s, labelled %s: verifies", other, alg)
				}
				if err := forged.Verify(testKeys()[alg].public()); err == nil {
					t.Errorf("signed as %s, labelled %s: verifies under the key of %s", other, alg, alg)
				}
			}
		}
		// Limited by its document to another algorithm.
		k := testKeys()[alg].public()
		k.Alg = "RSA-OAEP-256"
		if err := j.Verify(k); !errors.Is(err, ErrKey) {
			t.Errorf("%s under a key for encryption: %v", alg, err)
		}
	}
	if fits != 7 {
		t.Errorf("%d pairs fit, want 7", fits)
	}
	// A PS256 token under a key limited to RS256.
	tok, s := goodToken("PS256")
	j, err := ParseJWS(tok)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Verify(&Key{Public: s.key.Public(), Alg: "RS256"}); !errors.Is(err, ErrKey) {
		t.Errorf("PS256 under a key for RS256: %v", err)
	}
	// X25519 in the guise of Ed25519, P-224 and P-521 for ECDSA, values in place of pointers.
	x, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tok, _ = goodToken("EdDSA")
	if j, err = ParseJWS(tok); err != nil {
		t.Fatal(err)
	}
	for _, pub := range []crypto.PublicKey{x.PublicKey(), nil, ed25519.PublicKey(nil), []byte(testKeys()["EdDSA"].key.Public().(ed25519.PublicKey)), "key"} {
		if err := j.Verify(&Key{Public: pub}); !errors.Is(err, ErrKey) {
			t.Errorf("%T: %v", pub, err)
		}
	}
	tok, _ = goodToken("ES256")
	if j, err = ParseJWS(tok); err != nil {
		t.Fatal(err)
	}
	for _, c := range []elliptic.Curve{elliptic.P224(), elliptic.P521()} {
		k, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Verify(&Key{Public: &k.PublicKey}); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", c.Params().Name, err)
		}
	}
}

// A key in the header is handed on as a hint, and checks nothing by itself.
func TestAttack04_HeaderKeyIsAHint(t *testing.T) {
	issuer, attacker := testKeys()["ES256"], testKeys()["EdDSA"]
	jwk, _ := json.Marshal(jwkOf(t, attacker.key.Public()))
	j, err := ParseJWS(makeToken(attacker, `{"alg":"EdDSA","jwk":`+string(jwk)+`}`, `{"iss":"https://university.example.edu"}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Verify(issuer.public()); err == nil {
		t.Error("verifies under the issuer's key")
	}
	want, err := Thumbprint(attacker.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if j.Thumbprint != want || j.JWK == nil || j.JWK.Controller != "" || j.JWK.Assertion {
		t.Errorf("hint %+v with thumbprint %s", j.JWK, j.Thumbprint)
	}
	// The same key as an issuer's own, by its thumbprint, is for others to find.
	if other, _ := Thumbprint(issuer.key.Public()); other == j.Thumbprint {
		t.Error("two keys, one thumbprint")
	}
}

// rocaModulus makes a modulus as the generator of CVE-2017-15361 did: both
// factors k*M + (65537^a mod M), M the product of the first primes. Whether
// they are prime does not matter to the test for it.
func rocaModulus() *big.Int {
	m := big.NewInt(1)
	for _, p := range []int64{2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167} {
		m.Mul(m, big.NewInt(p))
	}
	factor := func(a int64) *big.Int {
		f := new(big.Int).Exp(big.NewInt(65537), big.NewInt(a), m)
		return f.Add(f, new(big.Int).Mul(m, new(big.Int).Lsh(big.NewInt(1), uint(1040-m.BitLen()))))
	}
	return new(big.Int).Mul(factor(12345), factor(67891))
}

// TestKeysOfLibraries: a number of a key is read with the sign byte or without the
// zeros that libraries write it with, and is the same key.
func TestKeysOfLibraries(t *testing.T) {
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		var m map[string]any
		for m == nil || bytesOf(t, m["x"])[0] != 0 {
			k, err := ecdsa.GenerateKey(curve, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			m = jwkOf(t, &k.PublicKey)
		}
		whole, err := ParseJWK(m)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Thumbprint(whole.Public)
		if err != nil {
			t.Fatal(err)
		}
		x := bytesOf(t, m["x"])
		for desc, raw := range map[string][]byte{"cut": bytes.TrimLeft(x, "\x00"), "with a sign byte": append([]byte{0}, x...)} {
			m["x"] = b64(raw)
			k, err := ParseJWK(m)
			if err != nil {
				t.Errorf("%s, %s: %v", curve.Params().Name, desc, err)
				continue
			}
			if got, err := Thumbprint(k.Public); err != nil || got != want {
				t.Errorf("%s, %s: another key, %v", curve.Params().Name, desc, err)
			}
		}
	}
}

func bytesOf(t *testing.T, text any) []byte {
	raw, err := base64.RawURLEncoding.DecodeString(text.(string))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestAttack15_BadJWK(t *testing.T) {
	keys := testKeys()
	with := func(alg string, change func(m map[string]any)) map[string]any {
		m := jwkOf(t, keys[alg].key.Public())
		change(m)
		return m
	}
	set := func(kv ...any) func(map[string]any) {
		return func(m map[string]any) {
			for i := 0; i < len(kv); i += 2 {
				m[kv[i].(string)] = kv[i+1]
			}
		}
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	n := keys["RS256"].key.Public().(*rsa.PublicKey).N
	for _, tc := range []struct {
		desc string
		m    map[string]any
		want error
	}{
		{"RSA", with("RS256", set("kid", "x")), nil},
		{"for signatures", with("RS256", set("use", "sig")), nil},
		{"to verify", with("ES256", set("key_ops", []any{"verify"})), nil},
		{"with alg", with("ES384", set("alg", "ES384")), nil},
		{"with other members", with("EdDSA", set("x5t#S256", "abc")), nil},

		{"private EC", with("ES256", set("d", b64(make([]byte, 32)))), ErrKey},
		{"private OKP", with("EdDSA", set("d", b64(make([]byte, 32)))), ErrKey},
		{"private OKP, null", with("EdDSA", set("d", nil)), nil},
		{"private RSA", with("RS256", set("d", "AQ")), ErrKey},
		{"private RSA by its primes", with("RS256", set("p", "AQ")), ErrKey},
		{"symmetric", map[string]any{"kty": "oct", "k": b64(make([]byte, 32))}, ErrKey},
		{"symmetric part", with("RS256", set("k", "AQ")), ErrKey},
		{"for encryption", with("RS256", set("use", "enc")), ErrOtherUse},
		{"for encryption, in a list, in capitals", with("RS256", set("use", []any{" ENC"})), ErrOtherUse},
		{"use is a list", with("RS256", set("use", []any{"sig"})), nil},
		{"use in capitals", with("RS256", set("use", "Sig ")), nil},
		{"use by another word", with("RS256", set("use", "signature")), nil},
		{"no use", with("RS256", set("use", "")), nil},
		{"an unknown use", with("RS256", set("use", "tls")), ErrUnsupported},
		{"a use that is no word", with("RS256", set("use", json.Number("1"))), ErrUnsupported},
		{"to encrypt", with("RS256", set("key_ops", []any{"encrypt"})), ErrOtherUse},
		{"to derive, as a text", with("ES256", set("key_ops", "deriveKey")), ErrOtherUse},
		{"to encrypt, for signatures", with("RS256", set("key_ops", []any{"wrapKey", "unwrapKey"}, "use", "sig")), ErrOtherUse},
		{"to verify, for encryption", with("RS256", set("key_ops", []any{"verify"}, "use", "enc")), ErrOtherUse},
		{"to sign only", with("ES256", set("key_ops", []any{"sign"})), nil},
		{"to sign and verify", with("ES256", set("key_ops", []any{"sign", "verify"})), nil},
		{"to verify and encrypt", with("RS256", set("key_ops", []any{"encrypt", "verify"})), nil},
		{"to verify, as a text", with("ES256", set("key_ops", "verify")), nil},
		{"no operation", with("ES256", set("key_ops", []any{})), nil},
		{"an unknown operation", with("ES256", set("key_ops", []any{"encrypt", "notarise"})), ErrUnsupported},
		{"alg is empty", with("ES256", set("alg", "")), nil},
		{"alg in other letters", with("ES256", set("alg", "es256")), nil},
		{"alg of another kind of key", with("EdDSA", set("alg", "ES256")), ErrMalformed},
		{"alg of another curve", with("ES256", set("alg", "ES384")), ErrMalformed},
		{"alg is no string", with("ES256", set("alg", 7)), ErrMalformed},
		{"alg, use and key_ops are null", with("ES256", func(m map[string]any) { m["alg"], m["use"], m["key_ops"] = nil, nil, nil }), nil},

		{"RSA of 1024 bits", jwkOf(t, &small.PublicKey), ErrKey},
		{"RSA e=1", with("RS256", set("e", "AQ")), ErrKey},
		{"RSA e=3", with("RS256", set("e", "Aw")), ErrKey},
		{"RSA e even", with("RS256", set("e", b64(big.NewInt(65538).Bytes()))), ErrKey},
		{"RSA e huge", with("RS256", set("e", b64(bytes.Repeat([]byte{0xff}, 200)))), ErrKey},
		{"RSA n even", with("RS256", set("n", b64(new(big.Int).Sub(n, big.NewInt(1)).Bytes()))), ErrKey},
		{"RSA of a broken generator", with("RS256", set("n", b64(rocaModulus().Bytes()))), ErrKey},
		{"RSA n with a leading zero", with("RS256", set("n", b64(append([]byte{0}, n.Bytes()...)))), nil},
		{"RSA of 16384 bits", with("RS256", set("n", b64(append([]byte{0x80}, bytes.Repeat([]byte{1}, 2047)...)))), ErrMalformed},
		{"RSA without n", with("RS256", func(m map[string]any) { delete(m, "n") }), ErrMalformed},
		{"RSA n is a number", with("RS256", set("n", json.Number("1"))), ErrMalformed},

		{"EC off its curve", with("ES256", set("y", b64(bytes.Repeat([]byte{1}, 32)))), ErrKey},
		{"EC at infinity", with("ES256", func(m map[string]any) { m["x"], m["y"] = b64(make([]byte, 32)), b64(make([]byte, 32)) }), ErrKey},
		{"EC of another point, short", with("ES256", set("x", b64(make([]byte, 31)))), ErrKey},
		{"EC with a sign byte", with("ES256", func(m map[string]any) { m["x"] = b64(append([]byte{0}, bytesOf(t, m["x"])...)) }), nil},
		{"EC long", with("ES256", set("x", b64(bytes.Repeat([]byte{1}, 33)))), ErrMalformed},
		{"EC of another curve", with("ES256", set("crv", "P-384")), ErrKey},
		{"EC of P-521, short", with("ES256", set("crv", "P-521")), ErrKey},
		{"EC of secp256k1, off its curve", with("ES256", set("crv", "secp256k1")), ErrKey},
		{"P-224", with("ES256", set("crv", "P-224")), ErrUnsupported},
		{"Brainpool", with("ES256", set("crv", "BP-256")), ErrUnsupported},
		{"EC without y", with("ES256", func(m map[string]any) { delete(m, "y") }), ErrMalformed},
		{"X25519", with("EdDSA", set("crv", "X25519")), ErrUnsupported},
		{"Ed448", with("EdDSA", set("crv", "Ed448")), ErrUnsupported},
		{"Ed25519 short", with("EdDSA", set("x", b64(make([]byte, 31)))), ErrKey},
		{"Ed25519 long", with("EdDSA", set("x", b64(bytes.Repeat([]byte{7}, 33)))), ErrKey},
		{"Ed25519 of small order", with("EdDSA", set("x", b64(make([]byte, 32)))), ErrKey},
		{"padding", with("EdDSA", set("x", b64(keys["EdDSA"].key.Public().(ed25519.PublicKey))+"=")), nil},
		{"Ed25519 with a zero before it", with("EdDSA", func(m map[string]any) { m["x"] = b64(append([]byte{0}, bytesOf(t, m["x"])...)) }), ErrKey},
		{"unknown kty", with("EdDSA", set("kty", "AKP")), ErrUnsupported},
		{"kty in other case", with("EdDSA", set("kty", "okp")), ErrUnsupported},
		{"kty twice by case", func() map[string]any {
			m := with("ES256", set("KTY", "oct"))
			delete(m, "kty")
			return m
		}(), ErrUnsupported},
		{"nothing", nil, ErrUnsupported},
	} {
		t.Run(tc.desc, func(t *testing.T) {
			k, err := ParseJWK(tc.m)
			if !errors.Is(err, tc.want) {
				t.Fatalf("%v, want %v", err, tc.want)
			}
			if tc.want != nil {
				if k != nil {
					t.Error("a key beside the error")
				}
				return
			}
			if CheckKey(k.Public) != nil || k.ID != read.Object(tc.m).Str("kid") || !strings.EqualFold(k.Alg, read.Object(tc.m).Str("alg")) {
				t.Errorf("%+v", k)
			}
		})
	}
	// In a header what only an owner may know is refused with the token; what is no key
	// is no hint.
	s := keys["EdDSA"]
	for _, jwk := range []string{`{"kty":"oct","k":"AQ"}`, `{"kty":"OKP","crv":"Ed25519","x":"` + b64(s.key.Public().(ed25519.PublicKey)) + `","d":"AQ"}`} {
		if _, err := ParseJWS(makeToken(s, `{"alg":"EdDSA","jwk":`+jwk+`}`, `{}`)); err == nil {
			t.Errorf("header jwk %s was taken", jwk)
		}
	}
	for _, jwk := range []string{`"key"`, `[]`, `{}`, `{"kty":"oct"}`, `{"kty":"OKP","crv":"Ed25519","x":"AQ"}`, `{"kty":"OKP","crv":"Ed25519","x":"` + b64(s.key.Public().(ed25519.PublicKey)) + `","use":"enc"}`} {
		j, err := ParseJWS(makeToken(s, `{"alg":"EdDSA","kid":"k","jwk":`+jwk+`}`, `{}`))
		if err != nil || j.JWK != nil || j.Thumbprint != "" || j.KeyID != "k" || !slices.Equal(j.Ignored, []string{"jwk"}) {
			t.Errorf("header jwk %s: %+v %v", jwk, j, err)
		}
	}
}

func TestAttack16_A4_HeadersAndForms(t *testing.T) {
	s := testKeys()["EdDSA"]
	for _, extra := range []string{
		`"crit":["exp"],"exp":1`, `"crit":[]`, `"crit":null`, `"crit":["b64"],"b64":false`, `"crit":["alg"]`, `"crit":"exp"`, `"b64":false`, `"b64":"true"`, `"b64":0`, `"enc":"A128GCM"`,
	} {
		if _, err := ParseJWS(makeToken(s, `{"alg":"EdDSA",`+extra+`}`, `{}`)); !errors.Is(err, ErrHeader) {
			t.Errorf("%s: %v", extra, err)
		}
	}
	if _, err := ParseJWS(makeToken(s, `{"alg":"EdDSA","zip":"DEF"}`, `{}`)); !errors.Is(err, ErrUnsupported) {
		t.Errorf("compressed: %v", err)
	}
	// What is not understood is ignored, and told; it takes the place of nothing that
	// is, and a key that it names is no key.
	for _, extra := range []string{
		`"jku":"https://evil.example.com/keys"`, `"x5u":"https://evil.example.com/c"`, `"x5c":["AA"]`, `"x5t":"AA"`, `"x5t#S256":"AA"`, `"cty":"JWT"`,
		`"p2c":2147483648`, `"epk":{}`, `"iss":"x"`, `"nonce":"x"`, `"KID":"x"`, `"Jwk":{}`, `"ALG":"none"`, `"Crit":["exp"]`, `"__proto__":{}`, `"":""`, `"b64":true`,
		`"jwk":{"kty":"AKP","pub":"AA"}`, `"x5c":[1,{"a":null}]`,
		`"kid":1`, `"kid":["k"]`, `"kid":{"id":"k"}`, `"typ":[]`, `"typ":false`,
	} {
		j, err := ParseJWS(makeToken(s, `{"alg":"EdDSA",`+extra+`}`, `{}`))
		if err != nil {
			t.Errorf("%s: %v", extra, err)
			continue
		}
		name := strings.Split(extra, `"`)[1]
		if !slices.Equal(j.Ignored, []string{name}) || j.KeyID != "" || j.JWK != nil || j.Thumbprint != "" || j.Alg != "EdDSA" {
			t.Errorf("%s: %+v", extra, j)
		}
		if err := j.Verify(s.public()); err != nil {
			t.Errorf("%s: %v", extra, err)
		}
		if err := j.Verify(testKeys()["ES256"].public()); err == nil {
			t.Errorf("%s: verifies by another key", extra)
		}
	}
	if j, err := ParseJWS(makeToken(s, `{"alg":"EdDSA","kid":null,"typ":null,"jwk":null}`, `{}`)); err != nil || j.KeyID != "" || j.Type != "" || j.JWK != nil || j.Ignored != nil {
		t.Errorf("null: %+v %v", j, err)
	}
	for _, head := range []string{
		`{"alg":"EdDSA","alg":"EdDSA"}`, `{"alg":7}`, `{"alg":["EdDSA"]}`, `{"alg":"EdDSA","kid":"\ud800"}`,
		`["EdDSA"]`, `"EdDSA"`, `{"alg":"EdDSA"} ` + `x`, "\xef\xbb\xbf" + `{"alg":"EdDSA"}`, `{"alg":"EdDSA","kid":"` + "\xff" + `"}`, ``, `{`,
		`{"alg":"EdDSA","jwk":` + strings.Repeat(`{"a":`, 10) + `1` + strings.Repeat(`}`, 10) + `}`,
		`{"alg":"EdDSA","kid":"` + strings.Repeat("x", 20_000) + `"}`,
	} {
		if _, err := ParseJWS(makeToken(s, head, `{}`)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%.60q: %v", head, err)
		}
	}
	tok, _ := goodToken("EdDSA")
	parts := strings.Split(string(tok), ".")
	for desc, m := range map[string]string{
		"empty":              "",
		"one part":           parts[0],
		"two parts":          parts[0] + "." + parts[1],
		"four parts":         string(tok) + ".",
		"six parts":          string(tok) + "...",
		"leading dot":        "." + string(tok),
		"leading space":      " " + string(tok),
		"trailing newline":   string(tok) + "\n",
		"newline inside":     parts[0] + "." + parts[1][:4] + "\n" + parts[1][4:] + "." + parts[2],
		"space inside":       parts[0] + "." + parts[1][:4] + " " + parts[1][4:] + "." + parts[2],
		"tab":                parts[0] + ".\t" + parts[1] + "." + parts[2],
		"JSON serialisation": `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"general JSON":       `{"payload":"` + parts[1] + `","signatures":[{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"}]}`,
		"quoted":             `"` + string(tok) + `"`,
	} {
		if _, err := ParseJWS([]byte(m)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", desc, err)
		}
	}
	disclosed := "~" + b64([]byte(`["salt","name","value"]`)) + "~"
	for desc, m := range map[string]string{
		"disclosures": string(tok) + disclosed, "none disclosed": string(tok) + "~", "bound to its holder": string(tok) + disclosed + string(tok),
		"by its type":             string(makeToken(s, `{"alg":"EdDSA","typ":"dc+sd-jwt"}`, `{}`)),
		"by its type in capitals": string(makeToken(s, `{"alg":"EdDSA","typ":"VC+SD-JWT"}`, `{}`)),
		"_sd":                     string(makeToken(s, `{"alg":"EdDSA"}`, `{"vc":{"credentialSubject":[{"_sd":["x"]}]}}`)),
		"_sd, spelt otherwise":    string(makeToken(s, `{"alg":"EdDSA"}`, `{"\u005fsd":[]}`)),
		"_sd_alg":                 string(makeToken(s, `{"alg":"EdDSA"}`, `{"_sd_alg":"sha-256"}`)),
		"a digest in a list":      string(makeToken(s, `{"alg":"EdDSA"}`, `{"credentialStatus":[{"...":"x"}]}`)),
	} {
		if _, err := ParseJWS([]byte(m)); !errors.Is(err, ErrSDJWT) || !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", desc, err)
		}
	}
	// Detached: the payload is not there.
	j, err := ParseJWS([]byte(parts[0] + ".." + parts[2]))
	if err == nil && j.Verify(s.public()) == nil {
		t.Error("detached signature verifies over nothing")
	}
	// A JWS within a JWS is a payload like any other; nobody looks inside.
	nested := makeToken(s, `{"alg":"EdDSA"}`, string(tok))
	if j, err := ParseJWS(nested); err != nil || string(j.Payload) != string(tok) {
		t.Errorf("nested: %v", err)
	}
}

func TestA6_JWE(t *testing.T) {
	for _, head := range []string{
		`{"alg":"dir","enc":"A128GCM"}`, `{"alg":"RSA-OAEP","enc":"A128CBC-HS256","cty":"JWT"}`,
		`{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483648,"p2s":"AAAA"}`, `{"alg":"dir","enc":"A128GCM","zip":"DEF"}`,
	} {
		tok := b64([]byte(head)) + ".AAAA.AAAA.AAAA.AAAA"
		if _, err := ParseJWS([]byte(tok)); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", head, err)
		}
		// Five parts are refused before the header is read.
		if _, err := ParseJWS([]byte("!.!.!.!.!")); !errors.Is(err, ErrUnsupported) {
			t.Errorf("five parts: %v", err)
		}
	}
}

func TestA7_Size(t *testing.T) {
	s := testKeys()["EdDSA"]
	if _, err := ParseJWS(bytes.Repeat([]byte("."), MaxToken)); !errors.Is(err, ErrMalformed) {
		t.Errorf("dots: %v", err)
	}
	if _, err := ParseJWS(make([]byte, 50<<20)); !errors.Is(err, ErrMalformed) {
		t.Errorf("50 MB: %v", err)
	}
	// At the limit and one beyond.
	base := len(makeToken(s, `{"alg":"EdDSA"}`, ``))
	fill := (MaxToken - base) / 4 * 3
	for ; base+base64.RawURLEncoding.EncodedLen(fill+1) <= MaxToken; fill++ {
	}
	tok := makeToken(s, `{"alg":"EdDSA"}`, strings.Repeat(" ", fill))
	if j, err := ParseJWS(tok); err != nil || j.Verify(s.public()) != nil {
		t.Errorf("%d bytes: %v", len(tok), err)
	}
	if tok := makeToken(s, `{"alg":"EdDSA"}`, strings.Repeat(" ", fill+2)); len(tok) > MaxToken {
		if _, err := ParseJWS(tok); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d bytes: %v", len(tok), err)
		}
	}
}

func TestAttack17_A9_SignatureForms(t *testing.T) {
	resign := func(tok []byte, sig []byte) []byte {
		return []byte(string(tok[:bytes.LastIndexByte(tok, '.')+1]) + b64(sig))
	}
	sigOf := func(tok []byte) []byte {
		sig, err := base64.RawURLEncoding.DecodeString(string(tok[bytes.LastIndexByte(tok, '.')+1:]))
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
	as := func(desc string, tok []byte, s tokenSigner, want error) {
		t.Helper()
		j, err := ParseJWS(tok)
		if err != nil {
			return
		}
		if err := j.Verify(s.public()); !errors.Is(err, want) {
			t.Errorf("%s: %v", desc, err)
		}
	}
	check := func(desc string, tok []byte, s tokenSigner) {
		t.Helper()
		as(desc, tok, s, ErrSignature)
	}
	for _, alg := range []string{"ES256", "ES384"} {
		tok, s := goodToken(alg)
		sig := sigOf(tok)
		n := len(sig) / 2
		h := sha256.Sum256(tok[:bytes.LastIndexByte(tok, '.')])
		digest := h[:]
		if alg == "ES384" {
			h := sha512.Sum384(tok[:bytes.LastIndexByte(tok, '.')])
			digest = h[:]
		}
		der, err := ecdsa.SignASN1(rand.Reader, s.key.(*ecdsa.PrivateKey), digest)
		if err != nil {
			t.Fatal(err)
		}
		order := s.key.Public().(*ecdsa.PublicKey).Params().N
		zero := make([]byte, n)
		N := order.FillBytes(make([]byte, n))
		// Another spelling of a good signature is never good, and nothing against it.
		as(alg+" DER", resign(tok, der), s, ErrUnsupported)
		check(alg+" DER and more", resign(tok, append(bytes.Clone(der), 0)), s)
		check(alg+" DER cut", resign(tok, der[:len(der)-1]), s)
		check(alg+" r=s=0", resign(tok, make([]byte, 2*n)), s)
		check(alg+" r=0", resign(tok, append(bytes.Clone(zero), sig[n:]...)), s)
		check(alg+" s=0", resign(tok, append(bytes.Clone(sig[:n]), zero...)), s)
		check(alg+" r=n", resign(tok, append(bytes.Clone(N), sig[n:]...)), s)
		check(alg+" s=n", resign(tok, append(bytes.Clone(sig[:n]), N...)), s)
		check(alg+" swapped", resign(tok, append(bytes.Clone(sig[n:]), sig[:n]...)), s)
		check(alg+" padded", resign(tok, append(append([]byte{0}, sig[:n]...), append([]byte{0}, sig[n:]...)...)), s)
		check(alg+" cut", resign(tok, sig[:len(sig)-1]), s)
		check(alg+" longer", resign(tok, append(bytes.Clone(sig), 0)), s)
		check(alg+" halves of another size", resign(tok, sig[:n]), s)
	}
	tok, s := goodToken("EdDSA")
	sig := sigOf(tok)
	// S + L verifies where S is not reduced (RFC 8032 §5.1.7).
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	S := new(big.Int).SetBytes(reversed(sig[32:]))
	S.Add(S, order)
	check("EdDSA S+L", resign(tok, append(bytes.Clone(sig[:32]), reversed(S.FillBytes(make([]byte, 32)))...)), s)
	check("EdDSA zeros", resign(tok, make([]byte, 64)), s)
	check("EdDSA cut", resign(tok, sig[:63]), s)
	check("EdDSA longer", resign(tok, append(bytes.Clone(sig), 0)), s)
	// RFC 7518 §3.5: the salt is as long as the hash.
	tok, s = goodToken("PS256")
	digest := sha256.Sum256(tok[:bytes.LastIndexByte(tok, '.')])
	for _, salt := range []int{0, 16, 31, 33, 64, rsa.PSSSaltLengthAuto} {
		sig, err := rsa.SignPSS(rand.Reader, s.key.(*rsa.PrivateKey), crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: salt})
		if err != nil {
			t.Fatal(err)
		}
		check(fmt.Sprintf("PS256 salt of %d", salt), resign(tok, sig), s)
	}
	for _, alg := range []string{"RS256", "PS256"} {
		tok, s := goodToken(alg)
		sig := sigOf(tok)
		N := s.key.Public().(*rsa.PublicKey).N
		check(alg+" zeros", resign(tok, make([]byte, len(sig))), s)
		check(alg+" one", resign(tok, append(make([]byte, len(sig)-1), 1)), s)
		check(alg+" leading zero", resign(tok, append([]byte{0}, sig...)), s)
		check(alg+" cut", resign(tok, sig[1:]), s)
		check(alg+" plus modulus", resign(tok, new(big.Int).Add(new(big.Int).SetBytes(sig), N).Bytes()), s)
		check(alg+" minus", resign(tok, new(big.Int).Sub(N, new(big.Int).SetBytes(sig)).FillBytes(make([]byte, len(sig)))), s)
	}
}

func reversed(b []byte) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		out[len(b)-1-i] = c
	}
	return out
}

// A9: keys under which one signature fits many messages, and points in another
// spelling than their own.
func TestA9_WeakEd25519Keys(t *testing.T) {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	le := func(v *big.Int, sign byte) []byte {
		b := reversed(v.FillBytes(make([]byte, 32)))
		b[31] |= sign
		return b
	}
	var keys [][]byte
	for _, sign := range []byte{0, 0x80} {
		for d := int64(-1); d <= 18; d++ { // p-1 is of order 2; p and beyond are other spellings
			keys = append(keys, le(new(big.Int).Add(p, big.NewInt(d)), sign))
		}
		keys = append(keys, le(big.NewInt(0), sign), le(big.NewInt(1), sign))
		for _, s := range smallOrder {
			k, err := hex.DecodeString(s)
			if err != nil {
				t.Fatal(err)
			}
			k[31] |= sign
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		if err := CheckKey(ed25519.PublicKey(k)); !errors.Is(err, ErrKey) {
			t.Errorf("%x: %v", k, err)
		}
	}
	// The zero key really is as weak as that: S = 0, R = the point of order 4
	// verifies about every fourth message, if the key is let through.
	weak := ed25519.PublicKey(make([]byte, 32))
	fooled := 0
	for i := range 64 {
		if ed25519.Verify(weak, []byte{byte(i)}, make([]byte, 64)) {
			fooled++
		}
	}
	if fooled == 0 {
		t.Error("the weak key fools nobody: the test tests nothing")
	}
	if err := CheckKey(testKeys()["EdDSA"].key.Public()); err != nil {
		t.Errorf("a good key: %v", err)
	}
}

func TestAttack18_NonCanonical(t *testing.T) {
	tok, s := goodToken("EdDSA")
	parts := strings.Split(string(tok), ".")
	// 64 bytes leave four bits over in the last character.
	last := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", parts[2][len(parts[2])-1])
	for d := 1; d < 16; d++ {
		m := parts[0] + "." + parts[1] + "." + parts[2][:len(parts[2])-1] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last|d])
		if _, err := ParseJWS([]byte(m)); !errors.Is(err, ErrMalformed) {
			t.Errorf("left-over bits %d: %v", d, err)
		}
	}
	for desc, m := range map[string]string{
		"padding":  string(tok) + "==",
		"standard": parts[0] + "." + parts[1] + "." + "+/" + parts[2][2:],
		"CR LF":    parts[0] + "." + parts[1] + "." + parts[2][:10] + "\r\n" + parts[2][10:],
	} {
		if _, err := ParseJWS([]byte(m)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", desc, err)
		}
	}

	raw := append([]byte{0xed, 0x01}, s.key.Public().(ed25519.PublicKey)...)
	z := "z" + base58.Encode(raw)
	if pub, err := ParseMultikey(z); err != nil || !cmp.Equal(pub, s.key.Public()) {
		t.Fatalf("%v %v", pub, err)
	}
	if pub, err := ParseMultikey("u" + b64(raw)); err != nil || !cmp.Equal(pub, s.key.Public()) {
		t.Errorf("base64url: %v %v", pub, err)
	}
	for desc, k := range map[string]string{
		"empty": "", "prefix alone": "z", "no prefix": z[1:], "base64url, padded": "u" + b64(raw) + "=", "base64url, left-over bits": "u" + b64(raw)[:45] + "B", "base64url in base64's alphabet": "u+/" + b64(raw), "base64": "m" + base64.RawStdEncoding.EncodeToString(raw),
		"base16": "f" + hex.EncodeToString(raw), "upper case prefix": "Z" + z[1:], "flickr alphabet": "Z" + base58.EncodeAlphabet(raw, base58.FlickrAlphabet),
		"character outside": z + "0", "letter l": z[:5] + "l" + z[6:], "space": z + " ", "leading ones": "z1" + z[1:], "too long": "z" + strings.Repeat("2", maxMultikey),
		"no codec": "z" + base58.Encode(raw[2:]), "codec in a longer form": "z" + base58.Encode(append([]byte{0xed, 0x81, 0x00}, raw[2:]...)),
		"endless codec": "z" + base58.Encode(bytes.Repeat([]byte{0xff}, 20)), "nothing after the codec": "z" + base58.Encode([]byte{0xed, 0x01}),
	} {
		if pub, err := ParseMultikey(k); err == nil {
			t.Errorf("%s: %v", desc, pub)
		}
	}
	ec := testKeys()["ES256"].key.Public().(*ecdsa.PublicKey)
	full, err := ec.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	code := func(c uint64, b []byte) string {
		return "z" + base58.Encode(append(binary.AppendUvarint(nil, c), b...))
	}
	for desc, k := range map[string]string{
		"P-256 uncompressed":      code(0x1200, full),
		"P-256 hybrid":            code(0x1200, append([]byte{0x06}, full[1:]...)),
		"P-256 off the curve":     code(0x1200, append([]byte{0x02}, bytes.Repeat([]byte{0xff}, 32)...)),
		"P-256 at infinity":       code(0x1200, []byte{0}),
		"P-384 of P-256 size":     code(0x1201, full[:33]),
		"P-521 of P-256 size":     code(0x1202, full[:33]),
		"secp256k1 off the curve": code(0xe7, append([]byte{0x02}, bytes.Repeat([]byte{0xff}, 32)...)),
		"secp256k1 uncompressed":  code(0xe7, full),
		"Ed25519 long":            code(0xed, bytes.Repeat([]byte{9}, 33)),
		"Ed25519 small order":     code(0xed, make([]byte, 32)),
		"RSA rubbish":             code(0x1205, []byte("rubbish")),
	} {
		if pub, err := ParseMultikey(k); !errors.Is(err, ErrKey) && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v %v", desc, pub, err)
		}
	}
	for c, name := range map[uint64]string{0xec: "X25519", 0x1203: "0x1203", 0xeb: "BLS12-381 G2", 0x999: "0x999"} {
		if _, err := ParseMultikey(code(c, full[:33])); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	rk := testKeys()["RS256"].key.Public().(*rsa.PublicKey)
	if pub, err := ParseMultikey(code(0x1205, x509.MarshalPKCS1PublicKey(rk))); err != nil || !rk.Equal(pub) {
		t.Errorf("RSA Multikey: %v", err)
	}
}

func TestParsePEM(t *testing.T) {
	enc := func(typ string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der}) }
	for alg, s := range testKeys() {
		spki, err := x509.MarshalPKIXPublicKey(s.key.Public())
		if err != nil {
			t.Fatal(err)
		}
		pub, err := ParsePEM(enc("PUBLIC KEY", spki))
		if err != nil {
			t.Errorf("%s: %v", alg, err)
			continue
		}
		a, _ := Thumbprint(pub)
		if b, _ := Thumbprint(s.key.Public()); a != b {
			t.Errorf("%s: another key", alg)
		}
	}
	rk := testKeys()["RS256"].key.(*rsa.PrivateKey)
	if _, err := ParsePEM(enc("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rk.PublicKey))); err != nil {
		t.Errorf("PKCS #1: %v", err)
	}
	spki, _ := x509.MarshalPKIXPublicKey(&rk.PublicKey)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	smallDER, _ := x509.MarshalPKIXPublicKey(&small.PublicKey)
	p8, _ := x509.MarshalPKCS8PrivateKey(rk)
	for desc, data := range map[string][]byte{
		"nothing": nil, "no PEM": []byte("ssh-rsa AAAA"), "private": enc("PRIVATE KEY", p8), "private PKCS #1": enc("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rk)),
		"certificate": enc("CERTIFICATE", spki), "rubbish": enc("PUBLIC KEY", []byte("x")), "two": append(enc("PUBLIC KEY", spki), enc("PUBLIC KEY", spki)...),
		"RSA of 1024 bits": enc("PUBLIC KEY", smallDER), "trailing": enc("PUBLIC KEY", append(bytes.Clone(spki), 0)), "huge": bytes.Repeat([]byte("x"), 65<<10),
	} {
		if pub, err := ParsePEM(data); err == nil {
			t.Errorf("%s: %v", desc, pub)
		}
	}
}

// RFC 7638 §3.1 and RFC 8037 appendix A.3.
func TestThumbprint(t *testing.T) {
	for _, tc := range []struct {
		jwk, want string
	}{
		{`{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
		{`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
	} {
		m, err := read.ParseObject([]byte(tc.jwk), read.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		k, err := ParseJWK(m)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Thumbprint(k.Public); err != nil || got != tc.want {
			t.Errorf("%s, want %s (%v)", got, tc.want, err)
		}
	}
	if _, err := Thumbprint("x"); !errors.Is(err, ErrKey) {
		t.Errorf("no key: %v", err)
	}
}

// FuzzParseJWS: whatever is parsed obeys the header rule, and nothing that the
// test's key did not sign verifies.
func FuzzParseJWS(f *testing.F) {
	signed := map[string]bool{}
	for alg := range testKeys() {
		tok, _ := goodToken(alg)
		signed[string(tok)] = true
		f.Add(tok)
	}
	for _, s := range []string{"..", "....", "e30.e30.AA", b64([]byte(`{"alg":"none"}`)) + ".e30."} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, tok []byte) {
		j, err := ParseJWS(tok)
		if err != nil {
			for _, e := range []error{ErrMalformed, ErrHeader, ErrUnsupported, ErrKey} {
				if errors.Is(err, e) {
					return
				}
			}
			t.Fatalf("%q: %v", tok, err)
		}
		if _, ok := algorithms[j.Alg]; !ok {
			t.Fatalf("alg %q", j.Alg)
		}
		for _, s := range testKeys() {
			if j.Verify(s.public()) == nil && !signed[string(tok)] {
				t.Fatalf("%q verifies and was not signed", tok)
			}
		}
	})
}

// FuzzHeader: a header of the fuzzer's under a true signature is read as the
// strict parser reads it, or refused.
func FuzzHeader(f *testing.F) {
	f.Add(`{"alg":"EdDSA"}`, `{}`)
	f.Add(`{"alg":"EdDSA","kid":"a","typ":"b"}`, `{"iss":"x"}`)
	f.Add(` {"alg":"EdDSA","kid":"a"}`, `{}`) // JSON may begin with a space
	f.Add(`{"alg":"none","alg":"EdDSA"}`, ``)
	f.Add(`{"alg":"EdDSA","jwk":{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}`, `null`)
	f.Fuzz(func(t *testing.T, header, payload string) {
		s := testKeys()["EdDSA"]
		j, err := ParseJWS(makeToken(s, header, payload))
		if err != nil {
			return
		}
		m, err := read.ParseObject([]byte(header), read.Limits{})
		if err != nil {
			t.Fatalf("%q was taken: %v", header, err)
		}
		for name := range m {
			switch {
			case name == "alg", name == "kid", name == "jwk", name == "typ":
			case name == "crit", name == "enc", name == "zip", name == "b64" && m[name] != any(true), !slices.Contains(j.Ignored, name):
				t.Fatalf("%q was taken", header)
			}
		}
		if j.Alg != m["alg"] || m["kid"] != nil && m["kid"] != any(j.KeyID) && !slices.Contains(j.Ignored, "kid") || string(j.Payload) != payload {
			t.Fatalf("%q, %q: %+v", header, payload, j)
		}
		if err := j.Verify(s.public()); (err == nil) != (j.Alg == "EdDSA" || j.Alg == "Ed25519") {
			t.Fatalf("%q: %v", header, err)
		}
	})
}

func FuzzParseMultikey(f *testing.F) {
	f.Add("z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")
	f.Add("zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv")
	f.Fuzz(func(t *testing.T, s string) {
		pub, err := ParseMultikey(s)
		if err != nil {
			return
		}
		if err := CheckKey(pub); err != nil {
			t.Fatal(err)
		}
		// One key, one spelling in each base.
		var raw []byte
		switch k := pub.(type) {
		case ed25519.PublicKey:
			raw = append([]byte{0xed, 0x01}, k...)
		case *ecdsa.PublicKey:
			c := map[elliptic.Curve]uint64{elliptic.P256(): 0x1200, elliptic.P384(): 0x1201, elliptic.P521(): 0x1202}[k.Curve]
			full, err := k.Bytes() // 4 || X || Y
			if err != nil {
				t.Fatal(err)
			}
			n := len(full) / 2
			raw = append(binary.AppendUvarint(nil, c), 2|full[2*n]&1)
			raw = append(raw, full[1:1+n]...)
		case *rsa.PublicKey:
			raw = append(binary.AppendUvarint(nil, 0x1205), x509.MarshalPKCS1PublicKey(k)...)
		case *secp256k1.PublicKey:
			raw = append(binary.AppendUvarint(nil, 0xe7), k.SerializeCompressed()...)
		}
		if again := "z" + base58.Encode(raw); again != s && "u"+base64.RawURLEncoding.EncodeToString(raw) != s {
			t.Fatalf("%s is %s in another spelling", s, again)
		}
	})
}

// BenchmarkJWS gives, for each algorithm, the raw check of the signature, the
// whole of a token (parse, header, check), and the reading of the payload that
// the limit of issue 2 allows beside twice the raw check.
func BenchmarkJWS(b *testing.B) {
	payload := `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],"id":"http://example.org/credentials/3527","type":["VerifiableCredential","OpenBadgeCredential"],"issuer":{"id":"https://example.org/issuer","type":["Profile"],"name":"Example"},"validFrom":"2026-01-01T00:00:00Z","name":"Teamwork","credentialSubject":{"id":"did:example:1","type":["AchievementSubject"],"achievement":{"id":"https://example.org/a/1","type":["Achievement"],"criteria":{"narrative":"Team members are nominated for this badge by their peers."},"description":"This badge recognizes the capacity to collaborate within a group.","name":"Teamwork"}},"iss":"https://example.org/issuer","jti":"http://example.org/credentials/3527","nbf":1767225600,"sub":"did:example:1"}`
	for _, alg := range []string{"RS256", "PS256", "ES256", "ES384", "EdDSA"} {
		s := testKeys()[alg]
		tok := makeToken(s, `{"alg":"`+alg+`","kid":"https://example.org/issuer#key-1","typ":"JWT"}`, payload)
		at := bytes.LastIndexByte(tok, '.')
		sig, err := base64.RawURLEncoding.DecodeString(string(tok[at+1:]))
		if err != nil {
			b.Fatal(err)
		}
		in := tok[:at]
		raw := func() bool {
			switch k := s.key.Public().(type) {
			case ed25519.PublicKey:
				return ed25519.Verify(k, in, sig)
			case *ecdsa.PublicKey:
				n := len(sig) / 2
				r, t := new(big.Int).SetBytes(sig[:n]), new(big.Int).SetBytes(sig[n:])
				if alg == "ES384" {
					h := sha512.Sum384(in)
					return ecdsa.Verify(k, h[:], r, t)
				}
				h := sha256.Sum256(in)
				return ecdsa.Verify(k, h[:], r, t)
			case *rsa.PublicKey:
				h := sha256.Sum256(in)
				if alg == "PS256" {
					return rsa.VerifyPSS(k, crypto.SHA256, h[:], sig, nil) == nil
				}
				return rsa.VerifyPKCS1v15(k, crypto.SHA256, h[:], sig) == nil
			}
			return false
		}
		b.Run(alg+"/raw", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !raw() {
					b.Fatal("does not verify")
				}
			}
		})
		b.Run(alg+"/token", func(b *testing.B) {
			b.ReportAllocs()
			key := s.public()
			for b.Loop() {
				j, err := ParseJWS(tok)
				if err != nil {
					b.Fatal(err)
				}
				if err := j.Verify(key); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("payload", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := read.ParseObject([]byte(payload), read.Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A header that begins with a space is signed as it stands, by every algorithm.
func TestHeaderBeginsWithSpace(t *testing.T) {
	for name, s := range testKeys() {
		tok := makeToken(s, " {\"alg\":\""+name+"\",\"kid\":\"a\"}", `{"a":1}`)
		j, err := ParseJWS(tok)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := j.Verify(s.public()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		j.token = bytes.Replace(j.token, []byte("."), []byte(".A"), 1)
		if err := j.Verify(s.public()); err == nil {
			t.Errorf("%s: another payload verifies", name)
		}
	}
}
