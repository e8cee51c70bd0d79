package vc

import (
	"assay/verify/read"
	"assay/verify/verdict"
)

// What is signed may speak of its validity in other words than the credential's
// own: registered claims of a JWT (RFC 7519 §4.1, IANA "JSON Web Token Claims"),
// in the place of another or inside the credential, and what issuers write for
// them. Their issuer said so, so they count; those that assay does not judge are
// never passed over.

// The names of an end and a beginning beside those of VCDM.
var (
	otherEnds   = []string{"exp", "expires", "expires_at", "expiresAt", "expiration", "expiry", "valid_until", "validTo", "not_after", "notAfter"}
	otherBegins = []string{"nbf", "not_before", "notBefore", "valid_from"}
)

// elsewhere reads the beginnings and ends that token, credential and subjects name
// in other words or places.
func (c *credential) elsewhere(begins, ends func(o read.Object, names ...string)) {
	// exp and nbf of the token itself are compared with the credential.
	ends(c.token, otherEnds[1:]...)
	begins(c.token, otherBegins[1:]...)
	first := 0
	if c.token != nil && !c.legacy {
		first = 1 // the credential is the token
	}
	ends(c.tree, otherEnds[first:]...)
	begins(c.tree, otherBegins[first:]...)
	for _, subject := range c.tree.Objs("credentialSubject") {
		ends(subject, otherEnds...)
		begins(subject, otherBegins...)
		ends(subject, "validUntil", "expirationDate")
		begins(subject, "validFrom", "issuanceDate")
	}
	if c.v.Format == verdict.EDC {
		for _, right := range edcRights(c.tree) {
			ends(right, "expiryDate", "dateExpires")
		}
	}
	// Of an extension's terms nothing is read by name, but what speaks against it.
	for _, o := range append(c.extra().Objs("credentialSubject"), c.extra()) {
		ends(o, otherEnds...)
		begins(o, otherBegins...)
	}
}

// extra is the document as it is written where extension contexts add to it:
// their terms are read by nobody's name, but what they say against the badge is
// heard.
func (c *credential) extra() read.Object {
	if c.shown == nil {
		return nil
	}
	return c.doc
}
