package did

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/mr-tron/base58"

	"assay/verify/verdict"
)

// ebsiRegisters are the registers of did:ebsi (EBSI DID Registry API v5): that in
// force, and that of its trial, which is asked only for what the first says that it
// does not have.
var ebsiRegisters = []string{
	"https://api.ebsi.eu/did-registry/v5/identifiers/",
	"https://api-pilot.ebsi.eu/did-registry/v5/identifiers/",
}

// ebsiDocument reads the document of the did:ebsi of a legal entity. Its name says
// nothing but a number: what the register says of its keys is all that is known.
func ebsiDocument(ctx context.Context, l *lookup, did string) (*document, error) {
	text, ok := strings.CutPrefix(strings.TrimPrefix(did, "did:ebsi:"), "z")
	if !ok || len(text) > 64 {
		return nil, verdict.Because(ErrMethod, "not a did:ebsi")
	}
	raw, err := base58.Decode(text)
	switch {
	case err != nil || base58.Encode(raw) != text:
		return nil, verdict.Because(ErrMethod, "not a did:ebsi")
	case len(raw) != 17 || raw[0] != 1:
		return nil, verdict.Because(ErrUnsupported, "a did:ebsi that is no legal entity's")
	}
	register := ebsiRegisters[0]
	if resp, err := l.ask(ctx, register+did, accept, maxDocument); resp != nil && resp.Status == http.StatusNotFound && errors.Is(err, ErrNotFound) {
		register = ebsiRegisters[1]
	}
	return l.read(ctx, register+did)
}
