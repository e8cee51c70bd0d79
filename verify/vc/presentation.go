package vc

import (
	"context"
	"errors"
	"strings"
	"time"

	"assay/verify/did"
	"assay/verify/proof"
	"assay/verify/rdf"
	"assay/verify/read"
	"assay/verify/verdict"
)

// Held is what the proof of a presentation shows (VC Data Integrity §4.4, with
// proofPurpose authentication).
type Held struct {
	Holder            string // DID under whose authentication the key is listed that made the proof; "" = nobody's
	Challenge, Domain string // that the proof was made for
	Proof             verdict.Aspect
}

// Presentation gives the presentation that an object is or envelopes, nil for none.
func Presentation(o read.Object) read.Object {
	in, err := ObjectInput(o)
	if err != nil || in.Token != nil {
		return nil
	}
	return presentation(in)
}

// Held judges the proofs of a presentation: one that holds, for the challenge and the
// domain if these are asked for, suffices. Where none is for them, it gives one that is
// good but for that.
func (g *Judge) Held(ctx context.Context, env Env, vp read.Object, challenge, domain string) Held {
	if !vp.Has("proof") {
		return Held{Proof: verdict.Aspect{State: verdict.Fail, Reason: verdict.Unsigned}}
	}
	holders := map[string]string{}
	results, err := proof.VerifyDataIntegrity(ctx, vp, proof.DIOptions{
		Now: env.Now, Purpose: "authentication",
		Keys: func(ctx context.Context, method string) ([]*proof.Key, error) {
			holder, key, err := holderKey(ctx, env, method)
			if err != nil {
				return nil, err
			}
			holders[method] = holder
			return []*proof.Key{forArithmetic(key)}, nil
		},
		Contexts: func(ctx context.Context, urls []string) (rdf.Extensions, error) {
			ext, _, err := env.Contexts.Find(ctx, urls)
			return ext, err
		},
	})
	if err != nil {
		return Held{Proof: heldAspect(err)}
	}
	named, _ := vp.Ref("holder")
	var out Held
	for i, p := range vp.Objs("proof") {
		one := Held{Challenge: only(p["challenge"]), Domain: only(p["domain"])}
		switch r := results[i]; {
		case r.Err != nil:
			one.Proof = heldAspect(r.Err)
		case named != "" && named != holders[r.Method]:
			one.Proof = verdict.Aspect{State: verdict.Fail, Reason: verdict.KeyNotIssuers, Detail: "the presentation names another holder"}
		default:
			one.Holder, one.Proof = holders[r.Method], verdict.Aspect{State: verdict.Pass}
		}
		good := one.Proof.State == verdict.Pass
		if good && (challenge == "" || one.Challenge == challenge) && (domain == "" || one.Domain == domain) {
			return one
		}
		if i == 0 || good && out.Proof.State != verdict.Pass {
			out = one
		}
	}
	return out
}

// only is a text, or what no text is that is asked for: a proof for several domains is
// for others, too.
func only(v any) string {
	switch s := v.(type) {
	case nil:
		return ""
	case string:
		return s
	}
	return "\x00several"
}

// holderKey finds the key that the proof of a presentation names, and the DID that lists
// it for authentication. What it does not name is not looked for.
func holderKey(ctx context.Context, env Env, method string) (string, *proof.Key, error) {
	holder, _, _ := strings.Cut(method, "#")
	if !strings.HasPrefix(holder, "did:") {
		return "", nil, did.ErrUnprovable
	}
	r := did.New(env.Fetcher, did.Options{Purpose: "authentication", Now: func() time.Time { return env.Now }})
	found, _, err := r.Resolve(ctx, holder, method)
	switch {
	case err != nil:
		return "", nil, err
	case !found.Named || len(found.Keys) != 1:
		return "", nil, found.None()
	}
	if err := did.Withdrawn(found.Keys[0], env.Now); err != nil {
		return "", nil, err
	}
	return holder, found.Keys[0], nil
}

// heldAspect is what an error of a proof, or of the search for its key, says.
func heldAspect(err error) verdict.Aspect {
	for _, of := range []error{did.ErrNotIssuers, did.ErrNotAssertion, did.ErrRevoked, did.ErrExpired, did.ErrUnclear, did.ErrMany, did.ErrUnprovable, did.ErrUnsupported, did.ErrMethod, did.ErrDocument, did.ErrNotFound} {
		if errors.Is(err, of) {
			return IssuerAspect(err)
		}
	}
	if a := proof.Aspect(err); a.Reason != verdict.ProofInvalid || errors.Is(err, proof.ErrSignature) {
		return a
	}
	return IssuerAspect(err) // a host that gave no answer
}
