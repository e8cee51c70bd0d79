package did

import (
	"context"
	"strings"

	"assay/verify/verdict"
)

// keyDocument makes the document of a did:key, whose key is its name (did:key
// §3.1).
func keyDocument(_ context.Context, _ *lookup, did string) (*document, error) {
	text := strings.TrimPrefix(did, "did:key:")
	if !strings.HasPrefix(text, "z") {
		return nil, verdict.Because(ErrMethod, "not a did:key")
	}
	return carried(did, map[string]any{"id": did + "#" + text, "publicKeyMultibase": text}), nil
}
