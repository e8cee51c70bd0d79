package vc

import (
	"context"
	"errors"
	"fmt"

	"assay/verify/fetch"
	"assay/verify/read"
	"assay/verify/status"
	"assay/verify/verdict"
)

// status asks for each status that the credential names (OB3 §8.3, "Check the
// status"; Bitstring Status List §3.2).
func (c *credential) status() {
	issuer, _ := c.doc.Ref("issuer")
	a := c.judge.lists.Check(c.ctx, status.Query{
		Status: c.tree["credentialStatus"], ID: c.tree.Str("id"), Issuer: issuer, Now: c.env.Now,
		Fetcher: c.env.Fetcher, VerifyList: c.verifyList,
	})
	if a.State == verdict.None && c.selective != nil {
		// Its holder shows what he likes, and does not show a status. Only one
		// that the issuer made mandatory could not be hidden, and would be here.
		a = verdict.Aspect{State: verdict.Unknown, Reason: verdict.NotDisclosed}
	}
	switch max(c.token.Denied("revoked", c.env.Now), c.tree.Denied("revoked", c.env.Now)) {
	case read.Yes:
		a = verdict.Aspect{State: verdict.Fail, Reason: verdict.Revoked, Evidence: a.Evidence}
	case read.Unclear:
		if a.State != verdict.Fail {
			a = verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnclear, Evidence: a.Evidence}
		}
	}
	c.v.Aspects.Status = a
}

// hiddenEnd reports whether the holder may have left out when the credential
// expires.
func (c *credential) hiddenEnd() bool {
	return c.selective != nil && !c.tree.Has("validUntil") && !c.tree.Has("expirationDate")
}

var errList = errors.New("status list is not to be relied on")

// verifyList checks a status list credential as any other: its proof holds, by
// a key of its issuer.
func (c *credential) verifyList(ctx context.Context, raw []byte, url string) (*status.List, error) {
	in, err := readText(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errList, err)
	}
	l := &credential{judge: c.judge, ctx: ctx, env: c.env, in: in, inner: true}
	if !l.open() {
		return nil, fmt.Errorf("%w: ambiguous", errList)
	}
	l.proofs()
	a := l.v.Aspects
	for _, x := range []verdict.Aspect{a.Integrity, a.Issuer} {
		switch {
		case x.State == verdict.Pass:
		case x.State == verdict.Unknown && x.Passing:
			return nil, fmt.Errorf("%w: %s: %w", errList, x.Reason, fetch.ErrUnreachable)
		default:
			return nil, fmt.Errorf("%w: %s", errList, x.Reason)
		}
	}
	if l.tree, err = tree(l.doc, in.Token != nil || l.signedJSON()); err != nil {
		return nil, fmt.Errorf("%w: %w", errList, err)
	}
	l.dates()
	if l.v.Aspects.Dates.Reason == verdict.DateMalformed {
		return nil, fmt.Errorf("%w: %s", errList, verdict.DateMalformed)
	}
	issuer, _ := l.tree.Ref("issuer")
	return &status.List{
		Issuer: issuer, Credential: l.tree, ValidFrom: l.from, ValidUntil: l.v.Credential.Expires,
		Evidence: a.Issuer.Evidence,
	}, nil
}
