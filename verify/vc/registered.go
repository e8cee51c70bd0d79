package vc

import (
	"time"

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

// elsewhere gives the latest beginning and the earliest end that token,
// credential and subject name in other words or places, and whether one of them
// cannot be read.
func (c *credential) elsewhere() (from, to time.Time, unclear bool) {
	subject := subjectOf(c.tree)
	each := func(o read.Object, names []string, take func(time.Time)) {
		for _, name := range names {
			t, said := read.Since(o[name])
			switch {
			case said == read.No:
			case said == read.Unclear || t.IsZero():
				unclear = true
			default:
				take(t)
			}
		}
	}
	begin := func(t time.Time) {
		if t.After(from) {
			from = t
		}
	}
	end := func(t time.Time) {
		if to.IsZero() || t.Before(to) {
			to = t
		}
	}
	// exp and nbf of the token itself are compared with the credential.
	each(c.token, otherEnds[1:], end)
	each(c.token, otherBegins[1:], begin)
	first := 0
	if c.token != nil && !c.legacy {
		first = 1 // the credential is the token
	}
	each(c.tree, otherEnds[first:], end)
	each(c.tree, otherBegins[first:], begin)
	each(subject, otherEnds, end)
	each(subject, otherBegins, begin)
	each(subject, []string{"validUntil", "expirationDate"}, end)
	each(subject, []string{"validFrom", "issuanceDate"}, begin)
	return from, to, unclear
}

// boundToHolder reports whether the credential counts only in the hands of
// whoever holds a key that it names (RFC 7800, cnf). A copy in an application
// proves nothing of that.
func (c *credential) boundToHolder() bool { return c.token.Has("cnf") || c.doc.Has("cnf") }

// statusClaim is what the claim status says (Token Status List, draft of the
// IETF): a list that assay does not read.
func (c *credential) statusClaim() (verdict.Aspect, bool) {
	if !c.token.Has("status") && !c.tree.Has("status") {
		return verdict.Aspect{}, false
	}
	return verdict.Aspect{State: verdict.Unknown, Reason: verdict.StatusUnknownType, Detail: "the claim status of a token"}, true
}
