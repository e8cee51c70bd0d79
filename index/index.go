// Package index keeps what a recruiter may search: one document an application
// (index/record), asked by queries that are data (index/query), in an Engine
// that answers exactly what query.Plan.Match says; index/local and index/elastic
// are engines, index/conformance holds both to it.
//
// Here are the Engine's contract and what all engines share of an answer: hits
// with their reasons, facets, cursors, suggestions, and the ranking of applicants
// for a role; and the id key of an installation.
//
// Expiry is judged when a query is asked, not when a document is written. Scores
// are sums of constant weights, never term frequencies, so that engines agree
// and one tenant's documents cannot be felt in another's scores. Out of scope:
// who may ask (the caller names the tenant of an authenticated principal), and
// the full text of applications, which is not indexed at all.
//
// # Adding a search engine
//
// A search engine is an Engine in a package of its own under index. What it need
// not work out is here: CheckWrite and CheckDocument say which documents it
// refuses, record.ID and record.Stub what it stores them under, query.Plan what
// is asked (with Plan.Match, Plan.CountFacets and Sort.Before as its meaning),
// NewResults, Results.Hit and Results.AddFacet make the answer, OpenCursor and
// SealCursor its pages, CheckKey refuses an index of another id key. Results.Hit
// looks at the tenant of what leaves once more; the filter before it is the
// engine's own.
//
// It is one when it stands conformance.Run, conformance.Vectors, conformance.Isolate
// and conformance.NothingForeign; the mutants (cmd/internal/mutants) must name its
// filter. The plainest engine that does is the one of this package's tests, in
// memory_test.go: 300 lines. cmd/assay opens engines by its flags, in engine.go.
package index

import (
	"cmp"
	"context"
	"errors"

	"assay/index/query"
	"assay/index/record"
)

// Outcome is what became of one document of a Write.
type Outcome struct {
	ID         string
	Superseded bool  // something as new is there: success
	Err        error // nil on success; a *Refusal when the document itself is at fault
}

// Errors of an Engine.
var (
	ErrRejected    = errors.New("the index refuses the document") // for good; see Refusal
	ErrUnavailable = errors.New("the index does not answer now")  // or takes nothing: try again
	ErrNotFound    = errors.New("not in the index")               // the application; or there is no index
	ErrErased      = errors.New("the application was erased")
	ErrCursor      = errors.New("the cursor is not of this search, or too old") // forged, of another tenant, of another query, or older than an hour
	ErrKey         = errors.New("the index was written under another id key")
	ErrForeign     = errors.New("the answer holds what is another tenant's") // and was thrown away whole
)

// Refusal says why an engine takes a document at no time, and quotes nothing of
// it. It wraps ErrRejected.
type Refusal struct {
	Kind  string // of mistake, in words of ours or the engine's
	Field string // where it stands in the document, dotted; "" = not known, or the whole
}

// Error gives kind and field.
func (r *Refusal) Error() string { return ErrRejected.Error() + ": " + r.Detail() }

// Detail gives kind and field alone, for whoever names the refusal himself.
func (r *Refusal) Detail() string {
	if r.Field == "" {
		return r.Kind
	}
	return r.Kind + " in " + r.Field
}

// Unwrap gives ErrRejected.
func (r *Refusal) Unwrap() error { return ErrRejected }

// Bounds of what engines store: those of Lucene and of Elasticsearch's nested
// documents, far above what record.New makes.
const (
	maxKeyword = 32766 // bytes
	maxClaims  = 10000
)

// CheckDocument refuses with a *Refusal what no engine may store: a tenant that
// is none, a version out of its range, an id that is not that of tenant and
// application under the key (a stub no longer names its application), more claims
// or longer keywords than an engine takes.
func CheckDocument(key []byte, a *record.Application) error {
	switch {
	case record.CheckToken("tenant", a.Tenant) != nil:
		return &Refusal{"missing or malformed", "tenant"}
	case a.Version < 1 || (a.Version == record.VersionErased) != a.Erased:
		return &Refusal{"out of range", "version"}
	case a.ID == "" || !a.Erased && a.ID != record.ID(key, a.Tenant, a.Application):
		return &Refusal{"not that of tenant and application", "id"}
	case len(a.Claims) > maxClaims:
		return &Refusal{"too many", "claims"}
	}
	f := &a.Flat
	if tooLong([]string{a.Application, a.Job, a.Candidate}, f.Skills, f.Ancestors, f.Soft, f.Frameworks, f.Issuers, f.Standings, f.Years, f.Domains, f.BlindIssuers, f.Certificates, f.BlindCertificates, f.Ties) {
		return &Refusal{Kind: "keyword too long"}
	}
	for i := range a.Claims {
		c := &a.Claims[i]
		if tooLong([]string{c.ID, c.Label, c.Framework, c.FrameworkW, string(c.Basis), c.Soft, c.Domain, c.Level, c.Scale, string(c.Status), c.Standing, c.Issuer, c.IssuerName, c.Certificate}, c.Ancestors, c.Hosts) {
			return &Refusal{"keyword too long", "claims"}
		}
	}
	return nil
}

func tooLong(lists ...[]string) bool {
	for _, list := range lists {
		for _, s := range list {
			if len(s) > maxKeyword {
				return true
			}
		}
	}
	return false
}

// IDs gives the document ids that Get looks an application up by: that of an
// application of this name, and the name itself where it is such an id, as blind
// readers have it.
func IDs(key []byte, tenant, application string) []string {
	ids := []string{record.ID(key, tenant, application)}
	if len(application) == len(ids[0]) {
		ids = append(ids, application)
	}
	return ids
}

// CheckWrite is CheckDocument of what an Engine's Write is given: no stub, which
// Erase alone makes.
func CheckWrite(key []byte, a *record.Application) error {
	if err := CheckDocument(key, a); err != nil {
		return err
	}
	if a.Erased {
		return &Refusal{"a stub is for Erase to write", "erased"}
	}
	return nil
}

// Engine stores and searches applications. Bleve (index/local) and
// Elasticsearch (index/elastic) implement it alike; one conformance suite holds
// both to it. Every method that takes a tenant refuses a missing or malformed
// one with record.ErrToken, adds it outside what the user asked, and checks it again
// on everything that leaves.
type Engine interface {
	// Write stores documents, each at its external version: one that is not higher
	// than the stored one is Superseded, so that whoever writes at the version after
	// the one that he read (record.NextVersion) loses no write in between. One Outcome
	// a document, in order.
	Write(ctx context.Context, docs []record.Application) []Outcome
	// Search runs q for one tenant. Every hit is the tenant's.
	Search(ctx context.Context, tenant string, q query.Query) (*Results, error)
	// Searches runs several, as Search does, at once where that is quicker.
	Searches(ctx context.Context, tenant string, list []query.Query) ([]*Results, error)
	// Count gives, for each plan, how many of the tenant's applications it finds.
	Count(ctx context.Context, tenant string, plans []query.Plan) ([]int, error)
	// Suggest gives what this tenant's own applicants can prove of a kind and has
	// words beginning with prefix, most applicants first, n at most. Package function
	// Suggest asks for all kinds, and adds what the frameworks know. Only claims count
	// that are Clear, or have the skill's label from a framework: no label tells a name.
	Suggest(ctx context.Context, tenant string, kind SuggestionKind, prefix string, n int) ([]Suggestion, error)
	// Get returns one application, by its own name or by the document's id, or
	// ErrNotFound or ErrErased.
	Get(ctx context.Context, tenant, application string) (*record.Application, error)
	// Version gives the version of an application that Get would return, and Get's
	// errors, without reading it.
	Version(ctx context.Context, tenant, application string) (int64, error)
	// Holders gives the tenant's applications that hold one of the credentials, by
	// record.Credential.Key, as of every Write and Erase that ended before; those to
	// whom a credential's recipient is confirmed come first, MaxHolders at most.
	Holders(ctx context.Context, tenant string, keys []string) ([]record.Holder, error)
	// Scan calls fn for every application of the tenant that is not erased, in
	// no order, until fn fails; tenant "" means every tenant and is for
	// operators only (rebuild, skills unmapped).
	Scan(ctx context.Context, tenant string, fn func(*record.Application) error) error
	// Issuers counts, for each issuer that the tenant's claims name, the
	// applicants and applications that have one: most applicants first, then most
	// applications, then by id.
	Issuers(ctx context.Context, tenant string) ([]IssuerCount, error)
	// ScanIssuers calls fn for the tenant's applications that have a claim by one
	// of the issuers (nil = for all that are not erased), in the order of their ids
	// and beginning after one ("" = at the first), until fn fails. It reads the
	// index as it stands when it comes to each.
	ScanIssuers(ctx context.Context, tenant string, issuers []string, after string, fn func(*record.Application) error) error
	// Erase leaves a stub without personal data at the highest version.
	Erase(ctx context.Context, tenant, application string) error
	// Rebuild writes every document anew, through remake when that is not nil
	// (nil documents stay as they are), into a fresh index and then swaps; searches
	// and writes go on meanwhile. progress may be nil.
	Rebuild(ctx context.Context, remake func(*record.Application), progress func(done, total int)) error
	// Status describes the index, for operators.
	Status(ctx context.Context) (Status, error)
	// Ready reports whether the engine can take writes and searches.
	Ready(ctx context.Context) error
	Close() error
}

// IssuerCount is how many have a claim by an issuer.
type IssuerCount struct {
	ID           string
	Applications int
	Applicants   int  // by the key of their candidate; an application without one is somebody's of its own
	About        bool // Applicants is nearly so
}

// Compare orders issuers as Engine.Issuers gives them.
func (c IssuerCount) Compare(d IssuerCount) int {
	return cmp.Or(d.Applicants-c.Applicants, d.Applications-c.Applications, cmp.Compare(c.ID, d.ID))
}

// Status describes an index.
type Status struct {
	Engine       string `json:"engine"` // "bleve" or "elasticsearch", with its version
	Name         string `json:"name"`   // of the index behind the alias, or its folder
	Applications int    `json:"applications"`
	Erased       int    `json:"erased"` // stubs
	Bytes        int64  `json:"bytes,omitempty"`
	Schema       int    `json:"schema"` // SchemaVersion it was written with
}

// MaxHolders is how many applications Holders gives at most.
const MaxHolders = 1000

// SchemaVersion is raised when the shape of what an engine stores changes; an
// engine says so where its index has another, and goes on with it until the next
// Rebuild.
const SchemaVersion = 7
