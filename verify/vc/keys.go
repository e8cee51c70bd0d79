package vc

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"assay/verify/did"
	"assay/verify/fetch"
	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/verdict"
)

// key finds the key that a proof names, "" for none, and what ties it to the
// issuer. A key that is carried in its own name (a DID that is its key, a Multikey
// as fragment) serves to say whether the proof is a proof at all, also when nothing
// ties it to the issuer. Nothing is fetched from where an unbound method points.
func (c *credential) key(ctx context.Context, issuer, method string) *binding {
	shared := false
	r := did.New(c.env.Fetcher, did.Options{Now: func() time.Time { return c.env.Now }, Metadata: c.token.Has("vct"), Renamed: c.in.Token == nil, Shared: func() { shared = true }})
	found, evidence, err := r.Resolve(ctx, issuer, method)
	if err == nil {
		c.warnShared(shared)
		b := bound(found, evidence)
		if found.Named {
			return b
		}
		return b.orCarried(ctx, method) // to tell a stranger's proof from none
	}
	b := &binding{err: err, issuer: IssuerAspect(err)}
	b.issuer.Evidence = append(b.issuer.Evidence, evidence...)
	return b.orCarried(ctx, method)
}

// orCarried is the binding with the key that a name carries, which is nobody's.
func (b *binding) orCarried(ctx context.Context, method string) *binding {
	if hint := carriedKey(ctx, method); hint != nil {
		b.tried, b.err = append(b.tried, forArithmetic(hint)), nil
	}
	return b
}

// headerKey is key for a token whose header carries the key and names none.
func (c *credential) headerKey(issuer string) *binding {
	shared := false
	r := did.New(c.env.Fetcher, did.Options{Now: func() time.Time { return c.env.Now }, Metadata: c.token.Has("vct"), Shared: func() { shared = true }})
	found, evidence, err := r.ResolveThumbprint(c.ctx, issuer, c.in.Token.Thumbprint)
	if err == nil {
		c.warnShared(shared)
		return bound(found, evidence)
	}
	b := &binding{tried: []*proof.Key{forArithmetic(c.in.Token.JWK)}, issuer: IssuerAspect(err)}
	b.issuer.Evidence = append(b.issuer.Evidence, evidence...)
	return b
}

// bound is the binding of keys that are the issuer's.
func bound(found *did.Found, evidence []verdict.Evidence) *binding {
	b := &binding{found: found, issuer: verdict.Aspect{State: verdict.Pass, Evidence: evidence}}
	for _, k := range found.Keys {
		b.tried = append(b.tried, forArithmetic(k))
	}
	return b
}

// doubt makes none of the keys speak for the issuer; what speaks against one stays.
func (b *binding) doubt(why error) {
	if b.found == nil {
		return
	}
	f := *b.found
	f.Keys = slices.Clone(f.Keys)
	for i, k := range f.Keys {
		if k.Doubt == nil {
			own := *k
			own.Doubt = why
			f.Keys[i] = &own
		}
	}
	b.found = &f
}

// verify checks a token by each of the keys and gives the one that made it.
func (b *binding) verify(t *proof.JWS) (made *proof.Key, err error) {
	for _, k := range b.tried {
		e := t.Verify(k)
		if e == nil {
			return k, nil
		}
		err = proof.Telling(err, e)
	}
	return nil, err
}

// use says whether the issuer lets the key that made a proof, one of tried, make
// claims: whether it is the issuer's, and not withdrawn. signed is when the proof
// says that it was made, zero where it does not say: believed where it speaks
// against the badge alone, for a thief of the key dates back.
func (b *binding) use(made *proof.Key, signed, now time.Time) verdict.Aspect {
	i := slices.Index(b.tried, made)
	if b.issuer.State != verdict.Pass || b.found == nil || i < 0 {
		return b.issuer
	}
	var out verdict.Aspect
	if i >= len(b.found.Keys) {
		out = IssuerAspect(b.found.None()) // by the key that its own name carries
	} else {
		k := b.found.Keys[i]
		out = IssuerAspect(did.Withdrawn(k, now))
		if out.Reason == verdict.KeyOutdated && signed.After(k.Expires) {
			out = verdict.Aspect{State: verdict.Fail, Reason: verdict.KeyExpired}
		}
	}
	out.Evidence = b.issuer.Evidence
	return out
}

// unmade is what is said of a proof that none of the keys made, by what the
// arithmetic said last. Where the proof did not name its key, that may be a key
// that was not among them.
func (b *binding) unmade(err error, now time.Time) (integrity, issuer verdict.Aspect) {
	integrity, issuer = proof.Aspect(err), b.issuer
	if issuer.State == verdict.Pass && b.found != nil && b.found.Named && len(b.found.Keys) == 1 {
		// The one that is named does not speak for the issuer, whoever made this.
		issuer = IssuerAspect(did.Withdrawn(b.found.Keys[0], now))
		issuer.Evidence = b.issuer.Evidence
	}
	if errors.Is(err, proof.ErrUnsupported) && issuer.State == verdict.Pass && b.found != nil && !b.found.Named {
		// Which of its keys made it is not known.
		issuer.State, issuer.Reason = verdict.Unknown, integrity.Reason
	}
	if b.found == nil || b.found.Named || !errors.Is(err, proof.ErrSignature) && !errors.Is(err, proof.ErrKey) {
		return integrity, issuer
	}
	issuer = IssuerAspect(b.found.None())
	issuer.Evidence = b.issuer.Evidence
	if issuer.State == verdict.Unknown || b.found.Unlisted {
		integrity = verdict.Keyless(issuer)
	} else {
		integrity = verdict.Aspect{State: verdict.Fail, Reason: verdict.ProofInvalid}
	}
	return integrity, issuer
}

// warnShared tells that the issuer's key rests on what a host served as a
// plain text from among its files.
func (c *credential) warnShared(shared bool) {
	if shared {
		c.warn(verdict.WarnSharedHost)
	}
}

// forArithmetic is a key made fit for the check of a signature, whatever else is
// said of it: whose it is, and whether it may make claims, its binding says.
func forArithmetic(k *proof.Key) *proof.Key {
	return &proof.Key{ID: k.ID, Controller: k.Controller, Public: k.Public, Alg: k.Alg, Assertion: true}
}

// resolvable reports whether the method of a Data Integrity proof is of a kind that
// a document of an issuer can list: a DID URL, a web address, a fragment.
func resolvable(method string) bool {
	for _, prefix := range []string{"did:", "https://", "http://", "#"} {
		if strings.HasPrefix(method, prefix) {
			return true
		}
	}
	return false
}

// carriedKey gives the key that the name of a method holds, nil if none. It
// fetches nothing.
func carriedKey(ctx context.Context, method string) *proof.Key {
	base, fragment, _ := strings.Cut(method, "#")
	if did.Carries(base) {
		k, _, err := did.New(nil, did.Options{}).Unbound(ctx, method)
		if err != nil {
			return nil
		}
		return k
	}
	pub, err := proof.ParseMultikey(fragment)
	if err != nil || strings.HasPrefix(base, "did:") && !strings.HasPrefix(base, "did:web:") {
		return nil // in another method it may be no more than a name
	}
	return &proof.Key{ID: method, Public: pub}
}

// IssuerAspect is what a failed search for the issuer's key says.
func IssuerAspect(err error) verdict.Aspect {
	fail := func(r verdict.Reason) verdict.Aspect { return verdict.Aspect{State: verdict.Fail, Reason: r} }
	switch {
	case err == nil:
		return verdict.Aspect{State: verdict.Pass}
	case errors.Is(err, did.ErrUnreferred):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnprovable, Detail: "the issuer's documents do not refer to the key"}
	case errors.Is(err, did.ErrControlled):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnprovable, Detail: "the issuer's document lists the key, and says that another controls it"}
	case errors.Is(err, did.ErrUnsaid):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnprovable, Detail: "the issuer's document lists the key, and does not say what for"}
	case errors.Is(err, did.ErrNameless):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnprovable, Detail: "the signature names its key by no address"}
	case errors.Is(err, did.ErrRenamed):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnprovable, Detail: "the signature names its key by another DID, and the issuer's document lists the same key"}
	case errors.Is(err, did.ErrUnclear):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.KeyUnclear}
	case errors.Is(err, did.ErrMany):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.TooManyKeys}
	case errors.Is(err, did.ErrIllegible), errors.Is(err, did.ErrDocument) && unreadable(err):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.KeyUnavailable, Detail: verdict.DetailOf(err), Passing: true}
	case errors.Is(err, did.ErrNotIssuers), errors.Is(err, did.ErrMethod), errors.Is(err, did.ErrDocument):
		a := fail(verdict.KeyNotIssuers)
		a.Detail = verdict.DetailOf(err)
		return a
	case errors.Is(err, did.ErrNotAssertion), errors.Is(err, proof.ErrOtherUse):
		return fail(verdict.KeyNotAssertion)
	case errors.Is(err, did.ErrRevoked):
		return fail(verdict.KeyRevoked)
	case errors.Is(err, did.ErrExpired):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.KeyOutdated}
	case errors.Is(err, did.ErrUnprovable):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.IssuerUnprovable}
	case errors.Is(err, did.ErrUnsupported), errors.Is(err, proof.ErrUnsupported):
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.SuiteUnsupported, Detail: verdict.DetailOf(err)}
	case errors.Is(err, did.ErrNotFound):
		// A document that is gone today may be back tomorrow; it never makes a
		// badge good.
		return verdict.Aspect{State: verdict.Unknown, Reason: verdict.KeyUnavailable, Passing: true}
	case errors.Is(err, proof.ErrKey), errors.Is(err, proof.ErrMalformed):
		return fail(verdict.ProofKey)
	}
	return fetch.Unreached(err, "")
}

// unreadable reports whether a document is not even strict JSON, and so says nothing
// about any key.
func unreadable(err error) bool {
	e := (*read.Error)(nil)
	return errors.As(err, &e)
}
