package proof

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
)

// eddsaRDFC is eddsa-rdfc-2022 (vc-di-eddsa §3.2).
func eddsaRDFC(ctx context.Context, p *diProof) (map[string]any, error) {
	pub, sig, err := p.ed25519()
	if err != nil {
		return nil, err
	}
	return p.rdfc(ctx, crypto.SHA256, func(data []byte) bool { return ed25519.Verify(pub, data, sig) })
}

// eddsaJCS is eddsa-jcs-2022 (vc-di-eddsa §3.3).
func eddsaJCS(_ context.Context, p *diProof) (map[string]any, error) {
	pub, sig, err := p.ed25519()
	if err != nil {
		return nil, err
	}
	return p.jcs(sha256Sum, func(data []byte) bool { return ed25519.Verify(pub, data, sig) })
}

// ed25519Signature2020 is the suite before cryptosuites had names (vc-di-eddsa
// §A.1): the proof is its own configuration, without cryptosuite.
func ed25519Signature2020(ctx context.Context, p *diProof) (map[string]any, error) {
	if _, has := p.config["cryptosuite"]; has {
		return nil, fmt.Errorf("%w: Ed25519Signature2020 with a cryptosuite", ErrMalformed)
	}
	pub, sig, err := p.ed25519()
	if err != nil {
		return nil, err
	}
	return p.rdfc(ctx, crypto.SHA256, func(data []byte) bool { return ed25519.Verify(pub, data, sig) })
}

// ed25519 gives the key and signature of a proof, both of the right form.
// ed25519.Verify itself refuses S ≥ L and an R that is not canonical.
func (p *diProof) ed25519() (ed25519.PublicKey, []byte, error) {
	pub, ok := p.result.Key.Public.(ed25519.PublicKey)
	if !ok {
		return nil, nil, fmt.Errorf("%w: %s needs an Ed25519 key", ErrKey, p.result.Suite)
	}
	if a := p.result.Key.Alg; a != "" && a != "EdDSA" && a != "Ed25519" {
		return nil, nil, fmt.Errorf("%w: the key is for %.20q", ErrKey, a)
	}
	if err := CheckEd25519(pub); err != nil {
		return nil, nil, err
	}
	sig, err := base58btc(p.value, ed25519.SignatureSize)
	if err != nil {
		return nil, nil, err
	}
	return pub, sig, nil
}

// fieldPrime is p = 2^255 - 19, little-endian.
var fieldPrime = unhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")

// lowOrder are the y coordinates of the points whose order divides 8, without
// the sign bit, little-endian: 0, 1, p-1 and the two of order 8.
var lowOrder = [...][]byte{
	unhex("0000000000000000000000000000000000000000000000000000000000000000"),
	unhex("0100000000000000000000000000000000000000000000000000000000000000"),
	unhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
	unhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
	unhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err) // a constant of this file
	}
	return b
}

// CheckEd25519 refuses a public key that is not 32 bytes, is not written
// canonically (y < p, RFC 8032 §5.1.3), or lies in the small subgroup, where
// one signature can hold for many messages. The error wraps ErrKey.
func CheckEd25519(pub ed25519.PublicKey) error {
	if len(pub) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: an Ed25519 key of %d bytes", ErrKey, len(pub))
	}
	y := append([]byte(nil), pub...)
	y[31] &= 0x7f
	below := false
	for i := 31; i >= 0; i-- {
		if y[i] != fieldPrime[i] {
			below = y[i] < fieldPrime[i]
			break
		}
	}
	if !below {
		return fmt.Errorf("%w: an Ed25519 key that is not canonical", ErrKey)
	}
	for _, l := range lowOrder {
		if string(y) == string(l) {
			return fmt.Errorf("%w: an Ed25519 key of low order", ErrKey)
		}
	}
	return nil
}
