package proof

import (
	"context"
	"crypto"
	"crypto/ed25519"

	"assay/verify/verdict"
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
func eddsaJCS(ctx context.Context, p *diProof) (map[string]any, error) {
	pub, sig, err := p.ed25519()
	if err != nil {
		return nil, err
	}
	return p.jcs(ctx, sha256Sum, func(data []byte) bool { return ed25519.Verify(pub, data, sig) })
}

// ed25519Signature2020 is the suite before cryptosuites had names (vc-di-eddsa
// §A.1): the proof is its own configuration, without cryptosuite.
func ed25519Signature2020(ctx context.Context, p *diProof) (map[string]any, error) {
	if _, has := p.config["cryptosuite"]; has {
		return nil, verdict.Because(ErrMalformed, "Ed25519Signature2020 with a cryptosuite")
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
		return nil, nil, verdict.Because(ErrKey, "%s needs an Ed25519 key", p.result.Suite)
	}
	if a := p.result.Key.Alg; a != "" && a != "EdDSA" && a != "Ed25519" {
		return nil, nil, verdict.Because(ErrKey, "the key is for %.20q", a)
	}
	if err := CheckKey(pub); err != nil {
		return nil, nil, err
	}
	sig, err := base58btc(p.value, ed25519.SignatureSize)
	if err != nil {
		return nil, nil, err
	}
	return pub, sig, nil
}
