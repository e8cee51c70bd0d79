package proof

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"sync"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	k1 "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/mr-tron/base58"

	"assay/verify/read"
)

// k1Signer is a secp256k1 key as a crypto.Signer that signs digests.
type k1Signer struct{ *secp256k1.PrivateKey }

func (s k1Signer) Public() crypto.PublicKey { return s.PubKey() }

func (s k1Signer) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	r, x := s.rs(digest)
	return append(r.FillBytes(make([]byte, 32)), x.FillBytes(make([]byte, 32))...), nil
}

// rs signs a digest; s is the lower of its two values.
func (s k1Signer) rs(digest []byte) (r, x *big.Int) {
	sig := k1.Sign(s.PrivateKey, digest)
	a, b := sig.R(), sig.S()
	ra, sb := a.Bytes(), b.Bytes()
	return new(big.Int).SetBytes(ra[:]), new(big.Int).SetBytes(sb[:])
}

// moreKeys sign by the algorithms that testKeys do not.
var moreKeys = sync.OnceValue(func() map[string]tokenSigner {
	out := map[string]tokenSigner{}
	rk := testKeys()["RS256"].key.(*rsa.PrivateKey)
	for name, h := range map[string]crypto.Hash{"384": crypto.SHA384, "512": crypto.SHA512} {
		sum := func(in []byte) []byte { d := h.New(); d.Write(in); return d.Sum(nil) }
		must := func(b []byte, err error) []byte {
			if err != nil {
				panic(err)
			}
			return b
		}
		out["RS"+name] = tokenSigner{"RS" + name, rk, func(in []byte) []byte { return must(rsa.SignPKCS1v15(nil, rk, h, sum(in))) }}
		out["PS"+name] = tokenSigner{"PS" + name, rk, func(in []byte) []byte {
			return must(rsa.SignPSS(rand.Reader, rk, h, sum(in), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}))
		}}
	}
	ek, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		panic(err)
	}
	out["ES512"] = tokenSigner{"ES512", ek, func(in []byte) []byte {
		h := sha512.Sum512(in)
		r, s, err := ecdsa.Sign(rand.Reader, ek, h[:])
		if err != nil {
			panic(err)
		}
		return append(r.FillBytes(make([]byte, 66)), s.FillBytes(make([]byte, 66))...)
	}}
	kk, err := secp256k1.GeneratePrivateKey()
	if err != nil {
		panic(err)
	}
	out["ES256K"] = tokenSigner{"ES256K", k1Signer{kk}, func(in []byte) []byte {
		h := sha256.Sum256(in)
		sig, _ := k1Signer{kk}.Sign(nil, h[:], nil)
		return sig
	}}
	return out
})

// every is all algorithms by their names.
func every() map[string]tokenSigner {
	out := map[string]tokenSigner{}
	for _, m := range []map[string]tokenSigner{testKeys(), moreKeys()} {
		for alg, s := range m {
			out[alg] = s
		}
	}
	return out
}

func TestMoreAlgorithms(t *testing.T) {
	if n := len(every()) + 1; n != len(algorithms) { // and Ed25519, another name of EdDSA
		t.Errorf("%d algorithms are tested, there are %d", n, len(algorithms))
	}
	for alg, s := range moreKeys() {
		tok := makeToken(s, `{"alg":"`+alg+`"}`, `{"iss":"did:example:1"}`)
		j, err := ParseJWS(tok)
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		for _, own := range []string{"", alg} {
			if err := j.Verify(&Key{Public: s.key.Public(), Alg: own}); err != nil {
				t.Errorf("%s, key for %q: %v", alg, own, err)
			}
		}
		if err := j.Verify(&Key{Public: s.key.Public(), Alg: "ES256"}); !errors.Is(err, ErrKey) {
			t.Errorf("%s, key for another algorithm: %v", alg, err)
		}
		for i := 0; i < len(tok); i += 5 {
			m := bytes.Clone(tok)
			m[i] ^= 1
			if j, err := ParseJWS(m); err == nil && j.Verify(s.public()) == nil {
				t.Fatalf("%s: verifies with byte %d changed", alg, i)
			}
		}
	}
}

// TestAttack235AlgorithmOfAnotherKey: a token names an algorithm that its key is
// not for, or is signed by one and labelled by another, of every pair of those
// that are judged.
func TestAttack235AlgorithmOfAnotherKey(t *testing.T) {
	fits := 0
	for alg, s := range every() {
		for label := range every() {
			j, err := ParseJWS(makeToken(s, `{"alg":"`+label+`"}`, `{}`))
			if err != nil {
				t.Fatal(err)
			}
			for other, o := range every() {
				err := j.Verify(o.public())
				if good := label == alg && (other == alg || isRSA(s.key.Public()) && isRSA(o.key.Public())); good {
					if fits++; err != nil {
						t.Errorf("%s by the key of %s: %v", alg, other, err)
					}
				} else if err == nil {
					t.Errorf("signed by %s, labelled %s, verifies by the key of %s", alg, label, other)
				}
			}
		}
	}
	if fits != 6*6+5 {
		t.Errorf("%d fit", fits)
	}
}

// TestAttack236SignaturesOutOfRange: r and s of nothing, of the order of the
// curve and beyond, in DER, cut, filled up, and of half a token of another curve.
func TestAttack236SignaturesOutOfRange(t *testing.T) {
	for alg, n := range map[string]int{"ES512": 66, "ES256K": 32} {
		s := moreKeys()[alg]
		tok := makeToken(s, `{"alg":"`+alg+`"}`, `{}`)
		in := tok[:bytes.LastIndexByte(tok, '.')]
		sig := s.sign(in)
		order := elliptic.P521().Params().N
		if alg == "ES256K" {
			order = secp256k1.Params().N
		}
		N, zero := order.FillBytes(make([]byte, n)), make([]byte, n)
		high := new(big.Int).Sub(order, new(big.Int).SetBytes(sig[n:])).FillBytes(make([]byte, n))
		for desc, c := range map[string]struct {
			sig  []byte
			good bool
		}{
			"as it is": {sig, true}, "the other s": {append(bytes.Clone(sig[:n]), high...), true}, // RFC 7518 and RFC 8812 ask for neither
			"r of nothing": {append(bytes.Clone(zero), sig[n:]...), false}, "s of nothing": {append(bytes.Clone(sig[:n]), zero...), false}, "nothing": {make([]byte, 2*n), false},
			"r of the order": {append(bytes.Clone(N), sig[n:]...), false}, "s of the order": {append(bytes.Clone(sig[:n]), N...), false},
			"all ones": {bytes.Repeat([]byte{0xff}, 2*n), false}, "s beyond the order": {append(bytes.Clone(sig[:n]), bytes.Repeat([]byte{0xff}, n)...), false},
			"cut": {sig[:2*n-1], false}, "half": {sig[:n], false}, "filled up": {append(bytes.Clone(sig), 0), false}, "zero before": {append([]byte{0}, sig...), false},
			"turned round": {append(bytes.Clone(sig[n:]), sig[:n]...), false}, "with its recovery bit": {append([]byte{27}, sig...), false},
		} {
			j, err := ParseJWS([]byte(string(in) + "." + b64(c.sig)))
			if err != nil {
				t.Errorf("%s, %s: %v", alg, desc, err)
				continue
			}
			if err := j.Verify(s.public()); (err == nil) != c.good || err != nil && !errors.Is(err, ErrSignature) {
				t.Errorf("%s, %s: %v", alg, desc, err)
			}
		}
	}
}

// A key on secp256k1 is the same as a JWK, as a Multikey and by its thumbprint.
func TestSecp256k1Keys(t *testing.T) {
	pub := moreKeys()["ES256K"].key.Public().(*secp256k1.PublicKey)
	raw := pub.SerializeUncompressed()
	jwk := map[string]any{"kty": "EC", "crv": "secp256k1", "x": b64(raw[1:33]), "y": b64(raw[33:]), "kid": "k"}
	k, err := ParseJWK(jwk)
	if err != nil || !k.Public.(*secp256k1.PublicKey).IsEqual(pub) || k.ID != "k" {
		t.Fatalf("JWK: %+v %v", k, err)
	}
	m, err := ParseMultikey("z" + base58.Encode(append(binary.AppendUvarint(nil, 0xe7), pub.SerializeCompressed()...)))
	if err != nil || !m.(*secp256k1.PublicKey).IsEqual(pub) {
		t.Fatalf("Multikey: %v", err)
	}
	a, errA := Thumbprint(k.Public)
	b, errB := Thumbprint(m)
	if errA != nil || errB != nil || a != b || a == "" {
		t.Errorf("thumbprints %q %v, %q %v", a, errA, b, errB)
	}
	for desc, change := range map[string]map[string]any{
		"turned round": {"x": jwk["y"], "y": jwk["x"]}, "of P-256": {"crv": "P-256"}, "short": {"x": b64(raw[1:32])}, "long": {"x": b64(raw[:33])},
		"nothing": {"x": b64(make([]byte, 32)), "y": b64(make([]byte, 32))}, "beyond the field": {"x": b64(bytes.Repeat([]byte{0xff}, 32))}, "private": {"d": "AQ"}, "y is no text": {"y": 1},
	} {
		bad := map[string]any{}
		for name, v := range jwk {
			bad[name] = v
		}
		for name, v := range change {
			bad[name] = v
		}
		if k, err := ParseJWK(read.Object(bad)); err == nil {
			t.Errorf("%s: %+v", desc, k)
		}
	}
}
