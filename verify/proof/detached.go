package proof

import (
	"context"
	"crypto"
	"slices"
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"
)

// A detachedSuite is one of the suites before Data Integrity whose signature is a
// JWS without its payload (RFC 7797): the two hashes stand in the payload's place.
type detachedSuite struct {
	algorithms []string // that its header may name: one for each type of key
	contexts   []any    // that define its proofs, whatever context a proof writes
}

// detached are the suites by the type of their proofs.
var detached = map[string]detachedSuite{
	// Ed25519 Signature 2018 (W3C CCG) §3.
	"Ed25519Signature2018": {[]string{"EdDSA"}, []any{"https://www.w3.org/2018/credentials/v1"}},
	// JSON Web Signature 2020 (W3C CCG) §2.2.
	"JsonWebSignature2020": {[]string{"EdDSA", "ES256", "ES384", "ES256K", "PS256"}, []any{"https://www.w3.org/2018/credentials/v1", "https://w3id.org/security/suites/jws-2020/v1"}},
}

// detachedJWS checks a proof of these suites: hash and canonicalization are those
// of eddsa-rdfc-2022.
func detachedJWS(ctx context.Context, p *diProof) (map[string]any, error) {
	s := detached[p.result.Suite]
	head, sig, err := s.parse(p.value)
	if err != nil {
		return nil, err
	}
	k := p.result.Key
	a := algorithms[head.alg]
	switch {
	case !a.fits(k.Public):
		return nil, verdict.Because(ErrKey, "%s", head.alg)
	case k.Alg != "" && k.Alg != head.alg && !(edDSA(k.Alg) && edDSA(head.alg)):
		return nil, verdict.Because(ErrKey, "key is for %.20q, proof by %s", k.Alg, head.alg)
	}
	if err := CheckKey(k.Public); err != nil {
		return nil, err
	}
	return p.linkedData(ctx, s.contexts, func(data []byte) bool {
		return a.verify(k.Public, append([]byte(head.text+"."), data...), sig) == nil
	})
}

// A detachedHead is the header of a JWS without a payload.
type detachedHead struct {
	text string // as it stands, in base64url
	alg  string
}

// parse reads a JWS without its payload, whose header says alg, b64: false and
// crit: ["b64"], and nothing else: here alone may a header say so.
func (s detachedSuite) parse(value string) (head detachedHead, sig []byte, err error) {
	if len(value) > MaxToken {
		return head, nil, verdict.Because(ErrMalformed, "jws of %d bytes", len(value))
	}
	parts := strings.Split(value, ".")
	if len(parts) != 3 || parts[1] != "" {
		return head, nil, verdict.Because(ErrMalformed, "jws is not one without its payload")
	}
	raw, err := decode64([]byte(parts[0]))
	if err != nil {
		return head, nil, err
	}
	h, err := read.ParseObject(raw, read.Limits{Bytes: 1 << 10, Depth: 4})
	if err != nil {
		return head, nil, verdict.Because(ErrMalformed, "header of jws: %w", err)
	}
	crit, _ := h["crit"].([]any)
	if head.alg = read.Object(h).Str("alg"); !slices.Contains(s.algorithms, head.alg) {
		return head, nil, verdict.Because(ErrHeader, "alg %.20q", head.alg)
	}
	if len(h) != 3 || h["b64"] != any(false) || len(crit) != 1 || crit[0] != any("b64") {
		return head, nil, verdict.Because(ErrHeader, "not that of a payload that stands elsewhere")
	}
	if sig, err = decode64([]byte(parts[2])); err != nil {
		return head, nil, err
	}
	head.text = parts[0]
	return head, sig, nil
}

// linkedData is rdfc for a proof that is read under contexts of its suite: under
// those of its document, or its own, the signer's software took its terms from
// whichever copy it had.
func (p *diProof) linkedData(ctx context.Context, contexts []any, ok func(hashData []byte) bool) (map[string]any, error) {
	if _, has := p.config["@context"]; has {
		p.result.Warnings = append(p.result.Warnings, verdict.WarnSuiteContext)
	}
	p.config["@context"] = contexts
	return p.variants(ctx, crypto.SHA256, ok)
}
