package proof

import (
	"bytes"

	"assay/verify/read"
	"assay/verify/verdict"
)

// MaxSignatures is how many signatures of one JWS in its JSON serialisation are
// read.
const MaxSignatures = 8

// IsJWSJSON reports whether an object is a JWS in the JSON serialisation, general
// or flattened (RFC 7515 §7.2).
func IsJWSJSON(o read.Object) bool {
	return o.Str("payload") != "" && (o.Str("signature") != "" || o.Has("signatures"))
}

// CompactForms gives the compact form of each signature of a JWS in the JSON
// serialisation, as it may be read by [ParseJWS]; of an SD-JWT (RFC 9901 §8) as by
// [ParseSDJWT]. Nothing in an unprotected header is trusted: it is not signed, so
// an algorithm there is ErrUnsupported, and but for disclosures, which are as good
// as their digests, no member of one is read. Both serialisations at once, a member
// in both headers (RFC 7515 §7.2.1) and more than MaxSignatures give ErrMalformed.
// An error of one signature stands in its place in errs.
func CompactForms(o read.Object) (forms [][]byte, errs []error, err error) {
	signatures := []any{map[string]any(o)}
	if o.Has("signatures") {
		if o.Has("signature") || o.Has("protected") || o.Has("header") {
			return nil, nil, verdict.Because(ErrMalformed, "a JWS in two serialisations")
		}
		signatures = o.List("signatures")
	}
	if len(signatures) == 0 || len(signatures) > MaxSignatures {
		return nil, nil, verdict.Because(ErrMalformed, "%d signatures", len(signatures))
	}
	disclosed := disclosuresIn(signatures[0])
	for _, s := range signatures {
		form, err := compactForm(o.Str("payload"), s, disclosed)
		forms, errs = append(forms, form), append(errs, err)
	}
	return forms, errs, nil
}

func compactForm(payload string, v any, disclosed []byte) ([]byte, error) {
	m, _ := v.(map[string]any)
	s := read.Object(m)
	protected, signature := s.Str("protected"), s.Str("signature")
	for _, part := range []string{payload, protected, signature} {
		if bytes.ContainsAny([]byte(part), ".~") {
			return nil, verdict.Because(ErrMalformed, "a part of a JWS that is no base64url")
		}
	}
	if protected == "" {
		return nil, verdict.Because(ErrUnsupported, "the algorithm is not signed")
	}
	head, err := decode64([]byte(protected))
	if err != nil {
		return nil, err
	}
	h, err := read.ParseObject(head, read.Limits{Bytes: 16 << 10, Depth: 4})
	if err != nil {
		return nil, verdict.Because(ErrMalformed, "header: %w", err)
	}
	if _, ok := h["alg"]; !ok {
		return nil, verdict.Because(ErrUnsupported, "the algorithm is not signed")
	}
	for name := range s.Obj("header") {
		if _, twice := h[name]; twice {
			return nil, verdict.Because(ErrMalformed, "a member of both headers")
		}
	}
	return append([]byte(protected+"."+payload+"."+signature), disclosed...), nil
}

// disclosuresIn gives what follows the signed part of an SD-JWT whose first
// signature brings it in its unprotected header, nil when there is nothing.
func disclosuresIn(v any) []byte {
	m, _ := v.(map[string]any)
	header := read.Object(m).Obj("header")
	if !header.Has("disclosures") && !header.Has("kb_jwt") {
		return nil
	}
	out := []byte{'~'}
	for _, d := range header.List("disclosures") {
		s, ok := d.(string)
		if !ok {
			s = "." // no disclosure, and refused as one
		}
		out = append(append(out, s...), '~')
	}
	return append(out, header.Str("kb_jwt")...)
}
