package vc

import (
	"cmp"
	"context"
	"strings"

	"assay/verify/read"
	"assay/verify/verdict"
)

// linkageTerms is where the terms of a DID configuration resource lie (DIF Well Known
// DID Configuration §4.2).
const linkageTerms = "https://identity.foundation/.well-known/resources/did-configuration/#"

// Linked reports whether an entry of a DID configuration resource (DIF Well Known
// DID Configuration §4) makes a DID the origin's own: a linkage credential, as a
// token or with a proof, that the DID issued about itself, naming that origin,
// signed by its key, in force and not taken back. An entry that is anything else
// says nothing.
func (g *Judge) Linked(ctx context.Context, env Env, entry any, did, origin string) bool {
	in, err := input(entry)
	if err != nil || in.SD != nil {
		return false
	}
	c := &credential{judge: g, ctx: ctx, env: env, in: in, inner: true}
	if !c.open() {
		return false
	}
	issuer, _ := c.doc.Ref("issuer")
	subject := c.doc.Obj("credentialSubject")
	if !c.doc.IsType("DomainLinkageCredential") || subject.Str("id") != did || !namesOrigin(subject.Str("origin"), origin) ||
		cmp.Or(issuer, c.token.Str("iss")) != did || c.token.Has("iss") && c.token.Str("iss") != did {
		return false
	}
	c.proofs()
	c.tree = c.doc
	c.dates()
	a := &c.v.Aspects
	if a.Integrity.State != verdict.Pass || a.Issuer.State != verdict.Pass || a.Dates.State != verdict.Pass {
		return false
	}
	if !c.signedTokenOrJSON() {
		// Of statements, only what was read from them was signed: the terms are an
		// extension's, by their IRIs.
		t, err := c.readTree()
		if err != nil || !t.IsType(linkageTerms+"DomainLinkageCredential") || t.Obj("credentialSubject").Str("id") != did ||
			!namesOrigin(read.ID(t.Obj("credentialSubject")[linkageTerms+"origin"]), origin) {
			return false
		}
		c.tree = t
	}
	c.status()
	return a.Status.State == verdict.Pass || a.Status.State == verdict.None || a.Status.State == ""
}

func (c *credential) signedTokenOrJSON() bool { return c.in.Token != nil || c.signedJSON() }

// namesOrigin compares the origin that a linkage credential names, which early
// tools wrote without its scheme.
func namesOrigin(said, origin string) bool {
	if !strings.Contains(said, "://") {
		said = "https://" + said
	}
	x, ok := read.HTTPURL(said)
	y, isOrigin := read.HTTPURL(origin)
	return ok && isOrigin && x.Scheme == y.Scheme && strings.Trim(x.Path, "/") == "" && x.RawQuery == "" && x.Fragment == "" &&
		read.Authority(x) == read.Authority(y)
}
