package did

import (
	"cmp"
	"context"
	"strings"

	"assay/verify/proof"
	"assay/verify/verdict"
)

// A method is how the document of a DID of one kind is had.
type method struct {
	// document gives it, by l.read where it must be fetched. Its id is compared
	// with the DID afterwards.
	document func(ctx context.Context, l *lookup, did string) (*document, error)

	// carries says that the DID is its key: nothing is fetched, and the bare DID
	// stands for its only key in proofs of early tools.
	carries bool
}

// methods are the DID methods that are judged, by their names.
var methods = map[string]method{
	"key":   {keyDocument, true},
	"jwk":   {jwkDocument, true},
	"web":   {webDocument, false},
	"webvh": {webvhDocument, false},
	"ebsi":  {ebsiDocument, false},
}

// maxDID bounds a DID, in bytes.
const maxDID = 4096

// methodOf gives the method of a DID.
func methodOf(did string) (method, error) {
	name, _, ok := strings.Cut(strings.TrimPrefix(did, "did:"), ":")
	if !ok || name == "" || !strings.HasPrefix(did, "did:") {
		return method{}, verdict.Because(ErrMethod, "not a DID")
	}
	m, ok := methods[name]
	switch {
	case !ok:
		return method{}, verdict.Because(ErrUnsupported, "did:%.32s", name)
	case len(did) > maxDID:
		return method{}, verdict.Because(ErrMethod, "DID too long")
	}
	return m, nil
}

// Carries reports whether a DID is of a method that holds its key in its name.
func Carries(did string) bool {
	m, err := methodOf(did)
	return err == nil && m.carries
}

// ofMethod gives the document of a DID, which must be that DID's.
func (l *lookup) ofMethod(ctx context.Context, did string) (*document, error) {
	m, err := methodOf(did)
	if err != nil {
		return nil, err
	}
	d, err := m.document(ctx, l, did)
	if err != nil {
		return nil, err
	}
	switch own := canonical(d.id()); {
	case own == "":
		return nil, verdict.Because(ErrIllegible, "it does not say whose it is")
	case own != did:
		return nil, verdict.Because(ErrDocument, "it is of another DID")
	}
	d.base, d.isDID, d.purpose = did, true, cmp.Or(l.purpose, assertion)
	if m.carries && d.purpose == authentication {
		d.m[authentication] = d.m[assertion] // the key of such a DID is for both (did:key §3.1.2)
		delete(d.m, assertion)
	}
	return d, nil
}

// carried is the document of a DID that is its key.
func carried(did string, key map[string]any) *document {
	key["controller"] = did
	return &document{m: map[string]any{"id": did, "assertionMethod": key}, issuer: did}
}

// Thumbprint is the JWK thumbprint (RFC 7638) of the key that a DID carries, ""
// for other DIDs and for what is none. Nothing is fetched.
func Thumbprint(did string) string {
	did, _, _ = strings.Cut(did, "#")
	if !Carries(did) {
		return ""
	}
	l := &lookup{}
	d, err := l.ofMethod(context.Background(), did)
	if err != nil {
		return ""
	}
	for _, e := range d.entries() {
		if k, err := e.key(); err == nil {
			if t, err := proof.Thumbprint(k.Public); err == nil {
				return t
			}
		}
	}
	return ""
}
