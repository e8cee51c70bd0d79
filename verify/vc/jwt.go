package vc

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"assay/verify/read"
	"assay/verify/verdict"
)

// judgeToken judges a credential that is secured as a compact JWS (OB3
// §8.2.4.1, VC-JOSE-COSE §3).
func (c *credential) judgeToken() {
	a := &c.v.Aspects
	t := c.in.Token
	switch t.Type {
	case "", "JWT", "vc+jwt", "vc+ld+jwt", "vc+ld+json+jwt":
	case "vc+sd-jwt", "dc+sd-jwt":
		if c.in.SD == nil {
			c.warn(verdict.WarnTypSpelling)
		}
	default:
		c.warn(verdict.WarnTypSpelling)
	}
	if len(c.extraHeaders()) > 0 {
		c.warn(verdict.WarnHeaderIgnored)
	}
	issuer, _ := c.doc.Ref("issuer")
	if issuer == "" && (c.leftOut() || c.left.Under("issuer")) {
		a.Integrity = verdict.Aspect{State: verdict.Unknown, Reason: verdict.NotDisclosed}
		a.Issuer = a.Integrity
		return
	}
	b := c.tokenKey(issuer)
	a.Issuer = b.issuer
	if len(b.tried) == 0 {
		a.Integrity = verdict.Keyless(b.issuer)
		if b.issuer.Reason == verdict.SuiteUnsupported {
			a.Integrity = b.issuer
		}
		return
	}
	by, err := b.verify(t)
	if err != nil {
		a.Integrity, a.Issuer = b.unmade(err, c.env.Now)
		return
	}
	a.Issuer = b.use(by, c.signedAt(), c.env.Now)
	c.made = made{signature: t.Signature(), signed: c.signedAt(), ended: b.ended(by)}
	if bad := c.claimsOfToken(); len(bad) > 0 {
		a.Integrity = verdict.Aspect{State: verdict.Fail, Reason: verdict.ClaimsMismatch, Detail: strings.Join(bad, "; ")}
		return
	}
	a.Integrity = verdict.Aspect{State: verdict.Pass}
	c.signedBy(b, by)
	c.judgeDisclosed()
	if c.boundToHolder() {
		a.Integrity = verdict.Aspect{State: verdict.Unknown, Reason: verdict.HolderBound}
	} else if c.v.Format == verdict.EDC && c.namesKey() {
		c.warn(verdict.WarnHolderKey)
	}
	if c.doc.Has("proof") {
		// A second proof inside the token decides nothing. One that is bad is
		// told: somebody may have wrapped what was not theirs.
		c.checkInnerProof(issuer)
	}
}

// extraHeaders are the members of the header that no specification of these
// tokens names: OB3 §8.2.4.1 allows no others than alg, kid, jwk and typ,
// VC-JOSE-COSE §3.1.1 has cty, too.
func (c *credential) extraHeaders() (out []string) {
	for _, name := range c.in.Token.Ignored {
		if name != "cty" {
			out = append(out, name)
		}
	}
	return out
}

func (c *credential) checkInnerProof(issuer string) {
	s := &credential{judge: c.judge, ctx: c.ctx, env: c.env, doc: c.doc}
	s.judgeEmbedded()
	if s.v.Aspects.Integrity.State == verdict.Fail || s.v.Aspects.Issuer.State == verdict.Fail {
		c.warn(verdict.WarnMalformedProof)
	}
}

// signedAt is when a token says that it was made, zero where it does not say.
func (c *credential) signedAt() time.Time {
	for _, name := range []string{"iat", "nbf"} {
		if t, ok := numericDate(c.token, name); ok {
			return t
		}
	}
	return c.dated()
}

// tokenKey finds the key of a token: the one that its kid names in a document
// of the issuer, or those that may have made it. A key in the header is a hint: it
// counts as the issuer's when the same key is found there, and else says only who
// signed.
func (c *credential) tokenKey(issuer string) *binding {
	t := c.in.Token
	if t.KeyID == "" && t.JWK != nil {
		return c.headerKey(issuer)
	}
	b := c.key(c.ctx, issuer, t.KeyID)
	if t.JWK != nil && (b.found == nil || !b.found.Named) {
		b.tried, b.err = append(b.tried, forArithmetic(t.JWK)), nil
	}
	return b
}

// twoCredentials reports whether a token with the claim vc holds a credential beside
// it, too. Of an issuer, a widespread library (did-jwt-vc, which Veramo signs with)
// puts the id into iss and leaves the rest there: that is one credential.
func twoCredentials(inner, token read.Object) bool {
	return token.Has("credentialSubject") || token.Has("@context") ||
		token.Has("issuer") && (inner.Has("issuer") || issuerOf(token) == nil)
}

// issuerOf gives the issuer that stands beside vc with the id that iss gives it, nil
// where it has another one, or says it in other words.
func issuerOf(token read.Object) map[string]any {
	iss := token.Str("iss")
	o, ok := token["issuer"].(map[string]any)
	if !ok || iss == "" || o["id"] != nil && o["id"] != any(iss) {
		return nil
	}
	for name := range o {
		if strings.HasPrefix(name, "@") {
			return nil
		}
	}
	out := maps.Clone(o)
	out["id"] = iss
	return out
}

// withIssuer puts the issuer that stands beside vc into it, where it has none.
func withIssuer(inner, token read.Object) read.Object {
	if inner.Has("issuer") || !token.Has("issuer") {
		return inner
	}
	out := maps.Clone(inner)
	out["issuer"] = issuerOf(token)
	return out
}

// validity are the members that say whether a credential is in force. Some
// issuers write them beside the claim vc instead of in it.
var validity = []string{"validFrom", "issuanceDate", "validUntil", "expirationDate", "credentialStatus"}

// complete puts into a credential what its token says of it instead (VCDM 1.1
// §6.3.1: iss, jti, sub, nbf and exp may stand in place of the members), and
// what stands beside it that belongs into it. Of dates in both places
// claimsOfToken says whether they agree; every status counts.
func complete(doc, token read.Object) read.Object {
	out := maps.Clone(doc)
	for _, name := range validity {
		switch {
		case !token.Has(name):
		case !out.Has(name):
			out[name] = token[name]
		case name == "credentialStatus" && !read.Equal(out[name], token[name]):
			out[name] = slices.Concat(out.List(name), token.List(name))
		}
	}
	put := func(name, claim string) {
		if s := token.Str(claim); s != "" && !out.Has(name) {
			out[name] = s
		}
	}
	put("issuer", "iss")
	put("id", "jti")
	if t, ok := numericDate(token, "nbf"); ok && !out.Has("issuanceDate") && !out.Has("validFrom") {
		out["issuanceDate"] = t.Format(time.RFC3339)
	}
	if subject := out.Obj("credentialSubject"); subject != nil && !subject.Has("id") && absolute(token.Str("sub")) {
		subject = maps.Clone(subject)
		subject["id"] = token.Str("sub")
		out["credentialSubject"] = map[string]any(subject)
	}
	return out
}

// numericDate reads a NumericDate (RFC 7519 §2).
func numericDate(o read.Object, name string) (time.Time, bool) {
	n, ok := o[name].(json.Number)
	if !ok {
		return time.Time{}, false
	}
	f, err := n.Float64()
	if err != nil || math.IsNaN(f) || f < 0 || f > 1e11 {
		return time.Time{}, false
	}
	return time.Unix(int64(f), 0).UTC(), true
}

// claimDate reads a registered date of a token: a NumericDate, or what issuers
// write for one. Zero where it names none, as 0 does, ok=false where it cannot be
// read.
func claimDate(o read.Object, name string) (time.Time, bool) {
	if t, ok := numericDate(o, name); ok && t.Unix() != 0 {
		return read.Dated(t), true
	}
	return o.Earliest(name)
}
