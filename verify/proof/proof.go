// Package proof checks signatures on credentials: compact JWS by
// github.com/lestrrat-go/jwx (jose.go, the only file that imports it) and Data
// Integrity proofs (dataintegrity.go and one file a family of suites). It binds
// nothing to an issuer: it says whose key signed what, and its callers judge
// whether that key is the issuer's own.
//
// Specifications: RFC 7515, RFC 7518, RFC 8037, VC Data Integrity 1.0,
// vc-di-eddsa 1.0, vc-di-ecdsa 1.0. Out of scope: making proofs, JWE, symmetric
// algorithms.
package proof

import (
	"context"
	"crypto"
	"errors"
	"time"
)

// Key is a public key and what its document says of it.
type Key struct {
	ID         string           // absolute URL of the verification method
	Controller string           // as its document says, "" if it says nothing
	Public     crypto.PublicKey // ed25519.PublicKey, *ecdsa.PublicKey (P-256, P-384) or *rsa.PublicKey
	Alg        string           // JWK alg, when the key is limited to one
	Assertion  bool             // its document lists it under assertionMethod (or has no relationships at all, as an OB 2.0 profile)
	Expires    time.Time
	Revoked    time.Time
}

// KeySource finds the key that a proof names, in a document of its controller.
// The implementation decides what it is willing to resolve.
type KeySource func(ctx context.Context, method string) (*Key, error)

// Why a proof is not good. Callers map them to reasons.
var (
	ErrMalformed   = errors.New("proof: malformed")                        // not parseable as its specification says
	ErrUnsupported = errors.New("proof: suite or algorithm not supported") // named in the message
	ErrSignature   = errors.New("proof: signature does not match")         // the arithmetic says no
	ErrKey         = errors.New("proof: key does not fit")                 // wrong type, size or curve for the algorithm
	ErrPurpose     = errors.New("proof: wrong purpose")                    // proofPurpose is not assertionMethod
	ErrDates       = errors.New("proof: not valid at this time")           // created in the future, expires past
	ErrChain       = errors.New("proof: chain is broken")                  // previousProof missing or bad
	ErrDataLoss    = errors.New("proof: a statement would be dropped")     // JSON-LD data loss: unsigned content
	ErrContext     = errors.New("proof: context not allowed")              // unknown, inline or out of order
	ErrBudget      = errors.New("proof: work limit reached")               // poison graph and such
	ErrHeader      = errors.New("proof: header not allowed")               // crit, b64, jku, ...
)
