package did

import (
	"context"
	"encoding/base64"
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"
)

// jwkDocument makes the document of a did:jwk, whose name is its key as a JWK.
func jwkDocument(_ context.Context, _ *lookup, did string) (*document, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimPrefix(did, "did:jwk:"))
	if err != nil || strings.ContainsAny(did, "\r\n") {
		return nil, verdict.Because(ErrMethod, "not a did:jwk")
	}
	m, err := read.ParseObject(raw, read.Limits{Bytes: maxDID, Depth: 4})
	if err != nil {
		return nil, verdict.Because(ErrMethod, "did:jwk: %w", err)
	}
	return carried(did, map[string]any{"id": did + "#0", "publicKeyJwk": m}), nil
}
