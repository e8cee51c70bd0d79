package vc

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"assay/verify/proof"
	"assay/verify/read"
	"assay/verify/verdict"
)

// An SD-JWT is judged as a token whose payload has what was disclosed in its place
// (package proof). What its holder left out is no absence: a digest may stand for
// an end, a status, a failed result or whom it is about. RFC 9901 §9.7 bids issuers
// not to let anything be hidden that decides on validity, and verifiers not to
// count on that: so an end, a beginning and a status have to be there to be read,
// or nothing may have been left out where they stand.

// judgeDisclosed judges what is about an SD-JWT alone, once the issuer's signature
// holds.
func (c *credential) judgeDisclosed() {
	sd := c.in.SD
	if sd == nil {
		return
	}
	if sd.Left != nil {
		c.warn(verdict.WarnSelective)
	}
	if !sd.Bound() {
		return
	}
	// A key proves something of whoever uses it now. A copy in an application shows
	// that somebody did, once.
	c.warn(verdict.WarnHolderKey)
	switch err := sd.CheckHolder(); {
	case err == nil:
	case errors.Is(err, proof.ErrSignature), errors.Is(err, proof.ErrDisclosure):
		c.v.Aspects.Integrity = verdict.Aspect{State: verdict.Fail, Reason: verdict.DisclosureBad, Detail: "the proof of the holder is not over what is disclosed"}
	default:
		c.warn(verdict.WarnHolderUnread)
	}
}

// shows reports whether one of the members is there to be read, in the credential
// or in the token around it, and nothing was left out of it.
func (c *credential) shows(names ...string) bool {
	for _, name := range names {
		switch {
		case c.doc.Has(name):
			if !c.left.Under(name) {
				return true
			}
		case c.token.Has(name) && !c.in.SD.Left.Under(name):
			return true
		}
	}
	return false
}

// boundToHolder reports whether the credential counts only in the hands of
// whoever holds a key that it names (RFC 7800, cnf). A copy in an application
// proves nothing of that. An SD-JWT is made out to a key as a rule, and so is a
// European Digital Credential: the key of the wallet that it went to. These are as
// well proven as others, and judged by whom else they name; a tilde behind another
// token makes no SD-JWT of it.
func (c *credential) boundToHolder() bool {
	return !(c.in.SD != nil && c.in.SD.ByIssuer()) && c.v.Format != verdict.EDC && c.namesKey()
}

// namesKey reports whether the credential names a key of its holder's.
func (c *credential) namesKey() bool { return c.token.Has("cnf") || c.doc.Has("cnf") }

// subjectLeftOut reports whether what names the subject may have been left out.
func (c *credential) subjectLeftOut() bool {
	left := c.left.Of("credentialSubject")
	return c.leftOut() && !c.doc.Has("credentialSubject") || left.At() || left.Under("identifier")
}

// leftOut reports whether a member of the credential may be one that its holder
// left out: of the credential itself, or of the token around it.
func (c *credential) leftOut() bool { return c.in.SD != nil && (c.left.At() || c.in.SD.Left.At()) }

// datesLeftOut reports whether the holder of an SD-JWT may have left out when it
// begins or ends.
func (c *credential) datesLeftOut() bool {
	return c.leftOut() && !(c.shows("validFrom", "issuanceDate", "nbf") && c.shows("validUntil", "expirationDate", "exp"))
}

// statusLeftOut reports the same of a status.
func (c *credential) statusLeftOut() bool {
	if c.in.SD == nil {
		return false
	}
	for _, name := range []string{"credentialStatus", "status"} {
		if c.left.Under(name) || c.in.SD.Left.Under(name) {
			return true
		}
	}
	return c.leftOut() && !c.shows("credentialStatus", "status")
}

// typed is the payload of an SD-JWT VC in the words of the data model: its vct is
// the type where it gives none, and registered claims stand for the members that
// they mean (SD-JWT VC §3.2.2.2), as in a token with a claim vc.
func typed(token read.Object) read.Object {
	out := maps.Clone(token)
	if !out.Has("type") {
		vct := token.Str("vct")
		out["type"] = vct[strings.LastIndexAny(vct, ":/#")+1:]
	}
	if !out.Has("issuer") && token.Str("iss") != "" {
		out["issuer"] = token.Str("iss")
	}
	if !out.Has("id") && token.Str("jti") != "" {
		out["id"] = token.Str("jti")
	}
	if t, ok := numericDate(token, "nbf"); ok && !out.Has("validFrom") && !out.Has("issuanceDate") {
		out["validFrom"] = t.Format(time.RFC3339)
	}
	return out
}

// obTerms is the namespace of the terms of Open Badges 3.0.
const obTerms = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"

// undisclosed says what else the holder may have left out of what is read.
func (c *credential) undisclosed() (u verdict.Undisclosed) {
	subject := subjectOf(c.tree)
	described := slices.ContainsFunc(subject.Objs("result"), func(r read.Object) bool { return r.Has("resultDescription") })
	if s := c.selective; s != nil {
		const of = credentialTerms + "credentialSubject"
		u.Results = !s.Fixed(of, obTerms+"result") || described && !s.Fixed(of, obTerms+"Achievement", obTerms+"resultDescription")
		u.Recipient = true
		return u
	}
	if c.in.SD == nil {
		return u
	}
	if subject == nil {
		gone := c.leftOut()
		return verdict.Undisclosed{Results: gone, Recipient: gone}
	}
	left := c.left.Of("credentialSubject")
	u.Recipient = c.subjectLeftOut()
	if !subject.Has("result") {
		u.Results = left.At() || left.Under("result")
		return u
	}
	// Of a value nobody knows whether it is enough while what is required is hidden.
	u.Results = left.Under("result") || left.Under("achievement", "resultDescription") ||
		left.At("achievement") && !subject.Obj("achievement").Has("resultDescription")
	return u
}

// partial reports whether something may have been left out of the credential
// anywhere.
func (c *credential) partial() bool {
	return c.selective != nil || c.in.SD != nil && c.in.SD.Left != nil
}
