package web

import (
	"assay/index/record"
	"assay/index/web/look"
	"assay/verify/verdict"
)

// stateOf gives the state in which a badge is shown: by its result as it is now, the
// reason that decided, and what stands behind its issuer (record.Claim.Standing). Of
// what is rejected, only what speaks of fraud is shown as such, whoever has blocked its
// issuer.
func stateOf(r verdict.Result, reason verdict.Reason, standing string) look.State {
	switch r {
	case verdict.Verified:
		return look.Verified
	case verdict.Expired:
		return look.Expired
	case verdict.Unvouched:
		return look.Unvouched
	case verdict.Pending:
		return look.Waiting
	case verdict.Unsupported:
		return look.Unjudged
	case verdict.Authentic:
		if reason == verdict.RecipientMismatch {
			return look.Other
		}
		return look.Authentic
	}
	switch {
	case fraud(reason):
		return look.Altered
	case standing == record.Blocked || reason == verdict.IssuerBlocked:
		return look.Blocked
	case reason == verdict.Revoked:
		return look.Revoked
	case reason == verdict.Suspended:
		return look.Suspended
	case reason == verdict.Gone:
		return look.Gone
	case reason == verdict.NotYetValid:
		return look.Early
	}
	return look.Void
}

// fraud reports whether a reason says that a badge is not what its issuer signed, or that
// its key is not the issuer's that it names. All others may be mistakes of an issuer, a
// host or a wallet; so may a key, which is why the sentence says no more than that.
func fraud(r verdict.Reason) bool {
	switch r {
	case verdict.ProofInvalid, verdict.DisclosureBad, verdict.KeyNotIssuers, verdict.HostNotIssuers:
		return true
	}
	return false
}
