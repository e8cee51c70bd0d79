package vc

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"

	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/verdict"
)

// A credential stands in other forms than an object and a token: in a data: URL of
// an enveloping object (VCDM 2.0 §4.13), in the JSON serialisation of a JWS, and in
// presentations, of either kind. What is around it proves nothing and is not read.

// Bounds of what stands in what.
const (
	maxEnvelopes     = 4 // envelopes around one credential
	maxPresentations = 8 // presentations in one another
)

// ObjectInput gives the input for a JSON object: what it envelopes, the token that
// it is the JSON serialisation of, or itself. The error is that of the token; the
// object is its payload then, so far as it can be read, which nothing vouches for.
func ObjectInput(o read.Object) (Input, error) { return objectInput(o, 0) }

func objectInput(o read.Object, depth int) (Input, error) {
	switch {
	case o.IsType("EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"):
		return enveloped(o.Str("id"), depth)
	case proof.IsJWSJSON(o):
		return serialised(o)
	}
	return Input{Object: o}, nil
}

// enveloped reads the data: URL (RFC 2397) of an enveloping object. Nothing else
// that the object says is read: it is not signed.
func enveloped(id string, depth int) (Input, error) {
	if depth == maxEnvelopes {
		return Input{}, verdict.Because(proof.ErrMalformed, "enveloped too deeply")
	}
	text, err := dataOf(id)
	if err != nil {
		return Input{}, err
	}
	return textInput(text, depth+1)
}

// dataOf gives what stands in a data: URL.
func dataOf(id string) ([]byte, error) {
	head, data, ok := strings.Cut(id, ",")
	if last := strings.LastIndexByte(id, ';'); !ok && last > 0 && strings.HasPrefix(id[last:], ";eyJ") {
		// Drafts of VCDM 2.0 had a token behind a semicolon, and so has what they taught.
		head, data, ok = id[:last], id[last+1:], true
	}
	if !ok || len(head) < 5 || !strings.EqualFold(head[:5], "data:") {
		return nil, verdict.Because(proof.ErrMalformed, "an envelope without a data: URL")
	}
	kind, params, _ := strings.Cut(strings.ToLower(head[5:]), ";")
	if strings.Contains(kind, "cose") || strings.Contains(kind, "cbor") || strings.Contains(kind, "mdoc") {
		return nil, verdict.Because(proof.ErrUnsupported, "enveloped as %q", verdict.Clip(kind))
	}
	text, err := url.PathUnescape(data)
	if err != nil {
		return nil, verdict.Because(proof.ErrMalformed, "a data: URL that is none")
	}
	if strings.HasSuffix(";"+params, ";base64") {
		b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(text), "="))
		if err != nil {
			return nil, verdict.Because(proof.ErrMalformed, "a data: URL that is none")
		}
		return b, nil
	}
	return []byte(text), nil
}

// serialised reads a JWS in its JSON serialisation. Each signature is a token of
// its own over one payload.
func serialised(o read.Object) (Input, error) {
	forms, errs, err := proof.CompactForms(o)
	if err != nil {
		return Input{}, err
	}
	var in Input
	for i, form := range forms {
		one, err := Input{}, errs[i]
		if err == nil {
			one, err = TokenInput(form)
		}
		switch {
		case err != nil:
			errs[i] = err
			in.unread = true
		case in.Token == nil:
			one.also, one.unread = in.also, in.unread
			in = one
		default:
			in.also = append(in.also, one)
		}
	}
	if in.Token == nil {
		// One that may be good and is not understood comes before one that is none.
		err := errs[0]
		for _, e := range errs {
			if errors.Is(e, proof.ErrUnsupported) {
				err = e
			}
		}
		return Input{Object: payload(o.Str("payload"))}, err
	}
	return in, nil
}

// judgeTokens judges a token by each of its signatures. The issuer's own counts: a
// stranger's beside it takes nothing away, and adds nothing.
func (c *credential) judgeTokens() {
	if len(c.in.also) == 0 {
		c.judgeToken()
	} else {
		best, rank, bad := credential{}, -1, false
		for _, in := range append([]Input{c.in}, c.in.also...) {
			one := *c
			one.in, one.v.Warnings = in, nil
			one.v.Proof = tokenProof(in)
			one.judgeToken()
			a := one.v.Aspects
			n := 0
			switch {
			case a.Integrity.State == verdict.Pass && a.Issuer.State == verdict.Pass:
				n = 3
			case a.Integrity.State != verdict.Fail && a.Issuer.State != verdict.Fail:
				n = 2
			case a.Integrity.State == verdict.Pass:
				n = 1
			}
			bad = bad || n < 2
			if n > rank {
				best, rank = one, n
			}
		}
		if bad && rank >= 2 {
			best.warn(verdict.WarnMalformedProof)
		}
		best.v.Warnings = append(c.v.Warnings, best.v.Warnings...)
		*c = best
	}
	if c.in.unread {
		c.warn(verdict.WarnMalformedProof)
	}
}

// Tokens gives the token by each of its signatures, none for what is no token.
func (in Input) Tokens() (out []*proof.JWS) {
	if in.Token != nil {
		out = append(out, in.Token)
	}
	for _, other := range in.also {
		out = append(out, other.Token)
	}
	return out
}

// tokenProof names how a token is secured.
func tokenProof(in Input) string {
	if in.SD != nil {
		return "sd-jwt " + in.Token.Alg
	}
	return "vc-jwt " + in.Token.Alg
}

// presentation gives the presentation that an input is, nil if it is none (VCDM
// 1.1 §4.10 and §6.3.1, the claim vp; VCDM 2.0 §4.13).
func presentation(in Input) read.Object {
	o := in.Object
	if in.Token != nil && !o.Has("vc") {
		if vp := o.Obj("vp"); vp != nil {
			return vp
		}
	}
	if o.IsType("VerifiablePresentation") {
		return o
	}
	return nil
}
