// Package proof checks signatures on credentials: JWS, compact or as JSON, by
// github.com/lestrrat-go/jwx (jose.go, the only file that imports it), SD-JWT
// (sdjwt.go), seals by a certificate (seal.go), and Data Integrity proofs
// (dataintegrity.go and one file a family of suites). It binds
// nothing to an issuer: it says which key signed what, and its callers judge
// whether that key is the issuer's own. What an error says of a badge is [Aspect].
//
// Specifications: RFC 7515, RFC 7518, RFC 8037, RFC 8812 (ES256K), RFC 9864 (the
// name Ed25519), VC Data Integrity 1.0, vc-di-eddsa 1.0 with Ed25519Signature2020,
// vc-di-ecdsa 1.0 with ecdsa-sd-2023; RFC 7797 within Ed25519Signature2018 and
// JsonWebSignature2020; RFC 9901 (SD-JWT); ETSI TS 119 182-1 (JAdES) for seals.
// Out of scope: making proofs, JWE, symmetric algorithms.
//
// # Adding a proof suite
//
// A suite of Data Integrity is one function in a file of its family, say for one
// that hashes by SHA-512 (eddsa.go):
//
//	func eddsaSHA512(ctx context.Context, p *diProof) (map[string]any, error) {
//		pub, sig, err := p.ed25519()
//		if err != nil {
//			return nil, err
//		}
//		return p.jcs(ctx, sha512Sum, func(data []byte) bool { return ed25519.Verify(pub, data, sig) })
//	}
//
//	func sha512Sum(b []byte) []byte { s := sha512.Sum512(b); return s[:] }
//
// its row in the table suites (dataintegrity.go):
//
//	"eddsa-jcs-sha512": eddsaSHA512,
//
// and, for those who sign test data, a case of [HashDataIntegrity]:
//
//	case "eddsa-jcs-sha512":
//		_, err = p.jcs(ctx, sha512Sum, keep)
//
// TestAddingASuite adds just these. The function is given what was signed and the
// key, whose document, purpose and dates were judged before; it hashes (p.rdfc or
// p.jcs), checks the arithmetic under the bounds of CheckKey, and gives back the
// document that the signature covers, never another copy of it. A suite over the
// JSON text has "-jcs-" in its name, by which package vc knows that names of
// members are signed as they stand. An algorithm of JWS is a row of the table
// algorithms (jose.go).
//
// Then the tests: the vectors of its specification, those of our own
// (testdata/vectors/proof of package verify), signatures in every other encoding
// (TestAttack17SignatureForms), and the one-field mutations
// (TestOneFieldMutations), to whose lists, and that of its signers, the suite is
// added.
package proof

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"time"

	"assay/verify/rdf"
	"assay/verify/verdict"
)

// Key is a public key and what its document says of it.
type Key struct {
	ID         string           // absolute URL of the verification method
	Controller string           // as its document says, "" if it says nothing
	Public     crypto.PublicKey // ed25519.PublicKey, *ecdsa.PublicKey (P-256, P-384, P-521), *secp256k1.PublicKey or *rsa.PublicKey
	Alg        string           // JWK alg, when the key is limited to one
	Assertion  bool             // its document lists it under assertionMethod (or has no relationships at all, as an OB 2.0 profile)
	Expires    time.Time
	Revoked    time.Time
	Unclear    bool  // its document says something of its end that cannot be read
	Doubt      error // why nothing is the issuer's by this key, though its document lists it; nil = it is
}

// KeySource finds the key that a proof names, "" for one that names none, in a
// document of its controller. The implementation decides what it is willing to
// resolve. Where the name does not tell, it gives each key that may have made the
// proof: the one counts by which the proof holds.
type KeySource func(ctx context.Context, method string) ([]*Key, error)

// Why a proof is not good. An error of this package wraps one of them, most of
// them in a [verdict.Cause]; [Aspect] is what each says of a badge.
var (
	ErrMalformed   = rdf.ErrMalformed                               // not parseable as its specification says
	ErrUnsupported = errors.New("suite or algorithm not supported") // named in the detail
	ErrSDJWT       = fmt.Errorf("%w: SD-JWT", ErrUnsupported)       // in place of a JWS
	ErrSignature   = errors.New("signature does not match")         // the arithmetic says no
	ErrDisclosure  = errors.New("disclosure does not fit")          // of an SD-JWT: into what the issuer signed
	ErrKey         = errors.New("key does not fit")                 // wrong type, size or curve for the algorithm
	ErrPurpose     = errors.New("proof for another purpose")        // proofPurpose is not assertionMethod
	ErrDates       = errors.New("proof not valid at this time")     // created in the future, expires past
	ErrUndated     = errors.New("a date that cannot be gone by")    // created or expires of a proof that holds else: not read, or it may stand for none
	ErrChain       = errors.New("chain of proofs is broken")        // previousProof missing or bad
	ErrDataLoss    = rdf.ErrDataLoss                                // JSON-LD data loss: unsigned content
	ErrContext     = rdf.ErrContext                                 // a context that a badge is not judged by
	ErrUnread      = rdf.ErrUnread                                  // a context that cannot be had just now
	ErrChanged     = rdf.ErrChanged                                 // a context that is not the text that it was
	ErrBudget      = rdf.ErrBudget                                  // poison graph and such
	ErrHeader      = errors.New("header not allowed")               // crit, b64, alg none, ...
)

// aspects say what an error means for integrity, the first that fits: what is
// said of one proof in a chain comes before that the chain is broken by it.
var aspects = []struct {
	kind   error
	reason verdict.Reason
	tell   bool // with its detail
}{
	{ErrSDJWT, verdict.SDJWT, false},
	{ErrUnsupported, verdict.SuiteUnsupported, true},
	{ErrDataLoss, verdict.DataLoss, true},
	{ErrContext, verdict.ContextNotPinned, true},
	{ErrUnread, verdict.ContextUnavailable, true},
	{ErrChanged, verdict.ContextChanged, true},
	{ErrBudget, verdict.WorkLimit, false},
	{ErrPurpose, verdict.ProofPurpose, false},
	{ErrDates, verdict.ProofExpired, true},
	{ErrUndated, verdict.DateMalformed, true},
	{ErrChain, verdict.ProofChain, false},
	{ErrHeader, verdict.HeaderNotAllowed, true},
	{ErrKey, verdict.ProofKey, false},
	{ErrDisclosure, verdict.DisclosureBad, true},
	{ErrSignature, verdict.ProofInvalid, false},
	{ErrMalformed, verdict.ProofMalformed, true},
}

// Aspect is what an error of a proof says of integrity: a failure, but unknown
// where the suite or a context is not one that is judged, or where the work or the
// time was up. A context is not signed, so none speaks against a badge. An error
// that is none of this package's is a proof that does not hold.
func Aspect(err error) verdict.Aspect {
	a := verdict.Aspect{State: verdict.Fail, Reason: verdict.ProofInvalid}
	for _, x := range aspects {
		if errors.Is(err, x.kind) {
			a.Reason = x.reason
			if x.tell {
				a.Detail = verdict.DetailOf(err)
			}
			switch {
			case x.kind == ErrUnread || x.kind == ErrChanged:
				a.State, a.Passing = verdict.Unknown, true
			case x.kind == ErrContext || x.kind == ErrBudget || x.kind == ErrUndated || errors.Is(err, ErrUnsupported):
				a.State = verdict.Unknown
			}
			return a
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		a.State, a.Reason, a.Passing = verdict.Unknown, verdict.LimitTime, true
	}
	return a
}

// Telling gives that of the errors of one proof by two keys which says more of it: a
// signature that is not a key's, then one in a form that is not read, then a key that
// does not fit. Of two that say as much it is the first.
func Telling(first, next error) error {
	for _, kind := range []error{ErrSignature, ErrUnsupported} {
		if first == nil || errors.Is(first, kind) {
			break
		}
		if errors.Is(next, kind) {
			return next
		}
	}
	if first == nil {
		return next
	}
	return first
}
