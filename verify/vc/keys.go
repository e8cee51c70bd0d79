package vc

import (
	"context"
	"errors"
	"strings"
	"time"

	"assay/verify/did"
	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/verdict"
)

// key finds the key that a proof names and what ties it to the issuer. A key
// that is carried in its own name (a DID that is its key, a Multikey as fragment)
// serves to say whether the proof is a proof at all, also when nothing ties it
// to the issuer. Nothing is fetched from where an unbound method points.
func (c *credential) key(ctx context.Context, issuer, method string) *binding {
	shared := false
	r := did.New(c.env.Fetcher, did.Options{Now: func() time.Time { return c.env.Now }, Shared: func() { shared = true }})
	var k *proof.Key
	var evidence []verdict.Evidence
	err := did.ErrMethod
	if resolvable(method) || !resolvable(issuer) {
		k, evidence, err = r.Resolve(ctx, issuer, method)
	}
	if err == nil {
		c.warnShared(shared)
		return &binding{key: k, issuer: verdict.Aspect{State: verdict.Pass, Evidence: evidence}}
	}
	b := &binding{err: err, issuer: IssuerAspect(err)}
	b.issuer.Evidence = append(b.issuer.Evidence, evidence...)
	if hint := carriedKey(ctx, r, method); hint != nil {
		b.key, b.err = forArithmetic(hint), nil
	}
	return b
}

// headerKey is key for a token whose header carries the key and names none.
func (c *credential) headerKey(issuer string) *binding {
	shared := false
	r := did.New(c.env.Fetcher, did.Options{Now: func() time.Time { return c.env.Now }, Shared: func() { shared = true }})
	k, evidence, err := r.ResolveThumbprint(c.ctx, issuer, c.in.Token.Thumbprint)
	if err == nil {
		c.warnShared(shared)
		return &binding{key: k, issuer: verdict.Aspect{State: verdict.Pass, Evidence: evidence}}
	}
	b := &binding{key: forArithmetic(c.in.Token.JWK), issuer: IssuerAspect(err)}
	b.issuer.Evidence = append(b.issuer.Evidence, evidence...)
	return b
}

// warnShared tells that the issuer's key rests on what a host served as a
// plain text from among its files.
func (c *credential) warnShared(shared bool) {
	if shared {
		c.warn(verdict.WarnSharedHost)
	}
}

// forArithmetic is a key whose owner is unproven, made fit for the check of a
// signature. Its binding says that it is nobody's.
func forArithmetic(k *proof.Key) *proof.Key {
	out := *k
	out.Assertion = true
	return &out
}

// resolvable reports whether a method is of a kind that a document of an
// issuer can list: a DID URL, a web address, a fragment, or the bare kid of a
// key in a set. Another scheme names nothing that can be read.
func resolvable(method string) bool {
	for _, prefix := range []string{"did:", "https://", "http://", "#"} {
		if strings.HasPrefix(method, prefix) {
			return true
		}
	}
	return !strings.ContainsAny(method, ":#")
}

// carriedKey gives the key that the name of a method holds, nil if none. It
// fetches nothing.
func carriedKey(ctx context.Context, r *did.Resolver, method string) *proof.Key {
	base, fragment, _ := strings.Cut(method, "#")
	if did.Carries(base) {
		k, _, err := r.Unbound(ctx, method)
		if err != nil {
			return nil
		}
		return k
	}
	pub, err := proof.ParseMultikey(fragment)
	if err != nil {
		return nil
	}
	return &proof.Key{ID: method, Public: pub}
}

// IssuerAspect is what a failed search for the issuer's key says.
func IssuerAspect(err error) verdict.Aspect {
	fail := func(r verdict.Reason) verdict.Aspect { return verdict.Aspect{State: verdict.Fail, Reason: r} }
	switch {
	case errors.Is(err, did.ErrUnreferred):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnprovable, Detail: "the issuer's documents refer to no key"}
	case errors.Is(err, did.ErrUnclear):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.KeyUnclear}
	case errors.Is(err, did.ErrNotIssuers), errors.Is(err, did.ErrMethod), errors.Is(err, did.ErrDocument):
		a := fail(verdict.KeyNotIssuers)
		a.Detail = verdict.DetailOf(err)
		return a
	case errors.Is(err, did.ErrNotAssertion):
		return fail(verdict.KeyNotAssertion)
	case errors.Is(err, did.ErrRevoked), errors.Is(err, did.ErrExpired):
		return fail(verdict.KeyRevoked)
	case errors.Is(err, did.ErrUnprovable):
		return fail(verdict.IssuerUnprovable)
	case errors.Is(err, did.ErrUnsupported), errors.Is(err, proof.ErrUnsupported):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.SuiteUnsupported, Detail: verdict.DetailOf(err)}
	case errors.Is(err, did.ErrNotFound):
		// A document that is gone today may be back tomorrow; it never makes a
		// badge good.
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.KeyUnavailable, Passing: true}
	case errors.Is(err, proof.ErrKey), errors.Is(err, proof.ErrMalformed):
		return fail(verdict.ProofKey)
	case errors.Is(err, fetch.ErrTooLarge):
		return fail(verdict.KeyNotIssuers)
	}
	return fetch.Unreached(err, "")
}
