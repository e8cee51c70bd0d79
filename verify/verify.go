package verify

import (
	"context"
	"time"

	"assay/verify/fetch"
	"assay/verify/verdict"
)

// The vocabulary of results, defined in package verdict so that the packages
// below can speak it too.
type (
	Verdict    = verdict.Verdict
	Aspect     = verdict.Aspect
	Aspects    = verdict.Aspects
	Reason     = verdict.Reason
	State      = verdict.State
	Result     = verdict.Result
	Credential = verdict.Credential
)

// Assertion is a badge as it was found.
type Assertion struct {
	Payload   []byte // JSON text or compact JWS
	Origin    string // the URL that it was fetched from, "" when it stood in a document
	Ambiguous string // from extraction: another reader could see another badge; never verified
}

// Applicant is whom a badge must belong to. An empty field was not told.
type Applicant struct {
	Emails []string // addresses proven for this application
	Name   string
	IDs    []string // DIDs, URLs, telephone numbers and other identifiers
}

// Options configure a Verifier.
type Options struct {
	Fetcher fetch.Fetcher    // required
	Now     func() time.Time // nil = time.Now
	Trust   *Trust           // nil = no registry: trust is none
}

// Verifier judges badges. Safe for concurrent use.
type Verifier struct{ o Options }

// New returns a Verifier.
func New(o Options) (*Verifier, error) { return &Verifier{o: o}, nil }

// Verify judges one badge for one applicant. It never fails: what could not be
// done is in the verdict.
func (v *Verifier) Verify(ctx context.Context, a Assertion, who Applicant) Verdict { return Verdict{} }

// Trust is a set of issuer registries and a block list.
type Trust struct{}

// LoadTrust reads registries (form of the DCC issuer registry) and block lists.
func LoadTrust(data ...[]byte) (*Trust, error) { return &Trust{}, nil }
