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
	if c.selective != nil && a.State != verdict.Fail && !c.selective.Fixed(credentialTerms+"credentialStatus") {
		// Its holder shows what he likes, and of several statuses the clear one.
		// Only one that the issuer made mandatory could not be left out.
		a = verdict.Aspect{State: verdict.Unknown, Reason: verdict.NotDisclosed, Evidence: a.Evidence}
	}
	if other, said := c.statusClaim(); said && a.State != verdict.Fail {
		other.Evidence = a.Evidence
		a = other
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

// credentialTerms is the namespace of the terms of VCDM.
const credentialTerms = "https://www.w3.org/2018/credentials#"

// hiddenDates reports whether the holder may have left out when the credential
// begins or ends.
func (c *credential) hiddenDates() bool {
	s := c.selective
	if s == nil {
		return false
	}
	return !s.Fixed(credentialTerms+"validFrom") && !s.Fixed(credentialTerms+"issuanceDate") ||
		!s.Fixed(credentialTerms+"validUntil") && !s.Fixed(credentialTerms+"expirationDate")
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
	if l.selective != nil {
		// Whoever passes it on could have left out its end, or its purpose.
		return nil, fmt.Errorf("%w: %s", errList, verdict.NotDisclosed)
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
