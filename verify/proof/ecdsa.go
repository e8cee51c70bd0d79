package proof

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"math/big"

	"assay/verify/verdict"
)

// ecdsaRDFC is ecdsa-rdfc-2019 (vc-di-ecdsa §3.2): the curve decides the hash
// of the canonicalization, of the two digests and of the signature.
func ecdsaRDFC(ctx context.Context, p *diProof) (map[string]any, error) {
	k, err := p.ecdsa()
	if err != nil {
		return nil, err
	}
	return p.rdfc(ctx, k.hash, k.verify)
}

// ecdsaJCS is ecdsa-jcs-2019 (vc-di-ecdsa §3.3).
func ecdsaJCS(ctx context.Context, p *diProof) (map[string]any, error) {
	k, err := p.ecdsa()
	if err != nil {
		return nil, err
	}
	return p.jcs(ctx, k.sum, k.verify)
}

// An ecdsaSignature is a key with a signature in the form of IEEE P1363.
type ecdsaSignature struct {
	pub  *ecdsa.PublicKey
	hash crypto.Hash
	sum  func([]byte) []byte
	r, s *big.Int
}

func (k *ecdsaSignature) verify(data []byte) bool {
	return ecdsa.Verify(k.pub, k.sum(data), k.r, k.s)
}

// ecdsa gives the key and signature of a proof, both of the right form.
func (p *diProof) ecdsa() (*ecdsaSignature, error) {
	k, err := newECDSA(p.result.Key, p.result.Suite)
	if err != nil {
		return nil, err
	}
	sig, err := base58btc(p.value, 2*((k.pub.Curve.Params().BitSize+7)/8))
	if err != nil {
		return nil, err
	}
	return k, k.set(sig)
}

func newECDSA(key *Key, name string) (*ecdsaSignature, error) {
	pub, ok := key.Public.(*ecdsa.PublicKey)
	if !ok || pub == nil || pub.Curve == nil {
		return nil, verdict.Because(ErrKey, "%s needs a P-256 or P-384 key", name)
	}
	k := &ecdsaSignature{pub: pub}
	alg := ""
	switch pub.Curve {
	case elliptic.P256():
		k.hash, k.sum, alg = crypto.SHA256, sha256Sum, "ES256"
	case elliptic.P384():
		k.hash, k.sum, alg = crypto.SHA384, sha384Sum, "ES384"
	default:
		return nil, verdict.Because(ErrKey, "%s needs a P-256 or P-384 key", name)
	}
	if key.Alg != "" && key.Alg != alg {
		return nil, verdict.Because(ErrKey, "the key is for %.20q", key.Alg)
	}
	if err := CheckKey(pub); err != nil { // the point lies on the curve
		return nil, err
	}
	return k, nil
}

var errRange = errors.New("r or s out of range")

// set reads r and s, which must both lie in [1, n-1] (FIPS 186-5 §6.4.2).
func (k *ecdsaSignature) set(sig []byte) error {
	n := k.pub.Curve.Params().N
	k.r = new(big.Int).SetBytes(sig[:len(sig)/2])
	k.s = new(big.Int).SetBytes(sig[len(sig)/2:])
	if k.r.Sign() == 0 || k.s.Sign() == 0 || k.r.Cmp(n) >= 0 || k.s.Cmp(n) >= 0 {
		return verdict.Because(ErrSignature, "%w", errRange)
	}
	return nil
}
