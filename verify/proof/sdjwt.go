package proof

import (
	"bytes"
	"strings"
)

// An SD-JWT (RFC 9901) is a JWS of which its holder keeps claims back: they are
// digests in it, and whoever reads it as a plain token takes a hidden end or
// revocation for none. It is refused in place of a JWS, whole or cut off from its
// disclosures.

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
			switch name {
			case "_sd", "_sd_alg", "...":
				return true
			}
			if HoldsDigests(e) {
				return true
			}
		}
	case []any:
		for _, e := range x {
			if HoldsDigests(e) {
				return true
			}
		}
	}
	return false
}
