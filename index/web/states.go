package web

import (
	"assay/index/record"
	"assay/index/web/look"
	"assay/verify/verdict"
)

// stateOf gives the state in which a badge is shown: by its result as it is now, the
// reason that decided, and what stands behind its issuer (record.Claim.Standing). Of
// what is rejected, only what speaks of fraud is shown as such.
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
	case standing == record.Blocked || reason == verdict.IssuerBlocked:
		return look.Blocked
	case reason == verdict.Revoked || reason == verdict.Suspended || reason == verdict.Gone:
		return look.Revoked
	case reason == verdict.NotYetValid:
		return look.Early
	}
	return look.Altered
}
