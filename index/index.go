package index

import (
	"context"
	"errors"
	"time"

	"assay/index/skills"
	"assay/verify"
)

// Submission says whose application it is and when it came.
type Submission struct {
	Tenant      string
	Application string
	Job         string
	Candidate   string // opaque key of the applicant within the tenant, made by the submitter of the document
	DisplayName string // shown to recruiters, never searched
	Submitted   time.Time
	Checked     time.Time
}

// Entry is one badge of an application as it goes into the index.
type Entry struct {
	Where   string
	Carrier string
	Verdict verify.Verdict
	Skills  []skills.Skill
}

// Unread is a part of the application that could not be read.
type Unread struct {
	Where  string `json:"where"`
	Reason string `json:"reason"`
}

// Outcome is what became of one document of a Write.
type Outcome struct {
	ID         string
	Superseded bool  // something newer is there: success
	Err        error // nil on success; wraps ErrRejected when the document itself is at fault
}

// Errors of an Engine.
var (
	ErrRejected    = errors.New("index: document refused by the engine") // permanent: dead letters
	ErrUnavailable = errors.New("index: engine does not take it now")    // try again
	ErrNotFound    = errors.New("index: no such application")
	ErrErased      = errors.New("index: application was erased")
	ErrTenant      = errors.New("index: tenant missing or malformed")
)

// Engine stores and searches applications. Bleve (index/local) and
// Elasticsearch (index/elastic) implement it alike; one conformance suite holds
// both to it.
type Engine interface {
	// Write stores documents, each at its external version: a lower version
	// than the stored one is Superseded. One Outcome a document, in order.
	Write(ctx context.Context, docs []Application) []Outcome
	// Search runs q for one tenant. Every hit is the tenant's.
	Search(ctx context.Context, tenant string, q Query) (*Results, error)
	// Get returns one application, or ErrNotFound or ErrErased.
	Get(ctx context.Context, tenant, application string) (*Application, error)
	// Erase leaves a stub without personal data at the highest version.
	Erase(ctx context.Context, tenant, application string) error
	// Ready reports whether the engine can take writes and searches.
	Ready(ctx context.Context) error
	Close() error
}

// Application is the one document of an application.
type Application struct {
	ID      string // opaque: HMAC of tenant and application
	Tenant  string
	Version int64
}

// Query is a parsed search.
type Query struct{}

// Results is a page of hits with their facets.
type Results struct{}

// ID gives the document id: HMAC-SHA-256 of tenant and application under the
// installation's key, hex.
func ID(key []byte, tenant, application string) string { return "" }

// Version gives the external version of DESIGN.md: 40 bits of milliseconds
// since 2020-01-01 UTC of the submission, 23 bits of minutes from there to the
// check.
func Version(submitted, checked time.Time) int64 { return 0 }

// NewApplication makes the document of an application.
func NewApplication(key []byte, s Submission, entries []Entry, unread []Unread) Application {
	return Application{}
}
