package did

import (
	"context"
	"errors"
	"strings"
	"testing"

	"assay/verify/verifytest"
)

// A method is a row and a function, as the package comment says: what is judged
// of a key is judged for it as for the others.
func TestAddingAMethod(t *testing.T) {
	key := verifytest.Ed25519(1)
	const owner = "did:example:one"
	served := map[string]any{}
	methods["example"] = method{document: func(_ context.Context, _ *lookup, did string) (*document, error) {
		return &document{m: served, issuer: did}, nil
	}}
	t.Cleanup(func() { delete(methods, "example") })
	entry := map[string]any{"id": owner + "#k", "type": "Multikey", "controller": owner, "publicKeyMultibase": verifytest.Multikey(key)}
	for _, tc := range []struct {
		desc string
		doc  map[string]any
		want error
	}{
		{"sound", map[string]any{"id": owner, "assertionMethod": []any{entry}}, nil},
		{"document of another", map[string]any{"id": "did:example:two", "assertionMethod": []any{entry}}, ErrDocument},
		{"to log in", map[string]any{"id": owner, "authentication": []any{entry}}, ErrNotAssertion},
		{"not listed", map[string]any{"id": owner}, ErrNotIssuers},
	} {
		served = tc.doc
		k, _, err := New(verifytest.NewWeb(nil), Options{}).Resolve(t.Context(), owner, owner+"#k")
		if !errors.Is(err, tc.want) || (err == nil) != (k != nil) {
			t.Errorf("%s: %v", tc.desc, err)
		}
	}
	for did, want := range map[string]error{"did:" + strings.Repeat("x", 9) + ":1": ErrUnsupported, "did:": ErrMethod, "did:key": ErrMethod, "key:z": ErrUnprovable, "did:key:" + strings.Repeat("z", maxDID): ErrMethod} {
		if _, _, err := New(verifytest.NewWeb(nil), Options{}).Resolve(t.Context(), did, did+"#k"); !errors.Is(err, want) {
			t.Errorf("%.40s: %v, want %v", did, err, want)
		}
	}
	for did, want := range map[string]bool{"did:key:z1": true, "did:jwk:e30": true, "did:web:h.example": false, "did:other:1": false, "https://h.example/": false} {
		if Carries(did) != want {
			t.Errorf("%s: carries its key: %v", did, !want)
		}
	}
}
